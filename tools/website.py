"""Builds the site: ``python tools/website.py [LESSON …]`` writes build/site/html from docs/ and the lessons, run. Then looks at every page.

A lesson's page is what learners get, with the outputs that it has when its exercises are solved; what a check says of a solution is
left out. Solutions have pages of their own. Exit code 1 when a page is not as it should be.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup, Tag

from autograder import build, course
from autograder.course import Lesson

ROOT = course.PACKAGE.parent
DOCS = ROOT / "docs"
FOLDER = ROOT / "build" / "site"
CELL_SECONDS = 600
#: The documents in reading order; others follow by name.
ORDER = ("learner", "instructor", "author", "faq", "explain", "feedback", "lms", "scale", "security", "architecture", "proof")
#: What only a running notebook can show.
LIVE = re.compile(r"application/vnd\.jupyter\.widget|application/javascript")
#: Attributes by which a page loads something.
LOADS = {"img": "src", "script": "src", "link": "href", "iframe": "src", "source": "src", "video": "src", "object": "data"}
#: What a style sheet loads from another place.
FROM_ELSEWHERE = re.compile(r"url\(['\"]?(https?:[^)]*|//[^)]*)|@import")
INDEX = """# Atrous

A course that people take in Jupyter: dilated convolution, gridding, mmsegmentation's `contract_dilation`, poly learning-rate decay,
`align_corners`, and a capstone that trains what its config says. On these pages it can be read. To solve it, with checks that answer
under each exercise, start with [three steps](docs/learner.md).

## Lessons

{lessons}

## Documents

{titles}

```{{toctree}}
:hidden:
:caption: Lessons

{lesson_pages}
```

```{{toctree}}
:hidden:
:caption: Solutions

{solution_pages}
```

```{{toctree}}
:hidden:
:caption: Documents

{documents}
```
"""


def main(names: list[str]) -> int:
    """Build the site with the lessons named (default: all), and say what is wrong with its pages."""
    lessons = [course.lesson(name) for name in names] or list(course.lessons().values())
    html = site(lessons, FOLDER)
    found = list(faults(html))
    print(*found, f"site: {html / 'index.html'}", sep="\n")
    return 1 if found else 0


def site(lessons: list[Lesson], folder: Path, run: bool = True) -> Path:
    """The folder of the pages. Without ``run`` lessons have no outputs. Raises ``CalledProcessError`` when Sphinx warns."""
    source, html = folder / "source", folder / "html"
    shutil.rmtree(source, ignore_errors=True)
    shutil.rmtree(html, ignore_errors=True)
    shutil.copytree(DOCS, source / "docs", ignore=shutil.ignore_patterns("conf.py", "_static", "__pycache__"))
    for kind in ("lessons", "solutions"):
        (source / kind).mkdir()
    for lesson in lessons:
        outputs = _outputs(lesson, folder) if run else {}
        (source / "lessons" / f"{lesson.folder}.ipynb").write_text(json.dumps(_page(lesson, outputs)), encoding="utf-8")
        (source / "solutions" / f"{lesson.folder}.md").write_text(_solutions(lesson), encoding="utf-8")
    (source / "index.md").write_text(_index(lessons), encoding="utf-8")
    words = ["-b", "html", "-q", "-W", "--keep-going", "-c", str(DOCS), str(source), str(html)]
    subprocess.run([sys.executable, "-m", "sphinx", *words], check=True)
    return html


def _index(lessons: list[Lesson]) -> str:
    there = {path.stem for path in DOCS.glob("*.md")}
    documents = [name for name in ORDER if name in there] + sorted(there - set(ORDER))
    names = [lesson.folder for lesson in lessons]
    titles = {name: (DOCS / f"{name}.md").read_text("utf-8").partition("\n")[0].strip("# ") for name in documents}
    return INDEX.format(titles="\n".join(f"- [{title}](docs/{name}.md)" for name, title in titles.items()),
                        lessons="\n".join(f"{lesson.number}. [{lesson.title}](lessons/{lesson.folder}.ipynb)" for lesson in lessons),
                        lesson_pages="\n".join(f"lessons/{name}" for name in names),
                        solution_pages="\n".join(f"solutions/{name}" for name in names),
                        documents="\n".join(f"docs/{name}" for name in documents))


def _outputs(lesson: Lesson, folder: Path) -> dict[str, list[dict[str, Any]]]:
    """What the cells of a solved lesson print and draw, by the cells' ids; kept for as long as the lesson and the package stay the same."""
    files = [path for path in sorted(course.PACKAGE.rglob("*.py")) if "exercises" not in path.parts]
    key = hashlib.sha256(b"".join(path.read_bytes() for path in [build.source_file(lesson), *files])).hexdigest()[:16]
    kept = folder / "run" / f"{lesson.name}-{key}.json"
    if not kept.is_file():
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps(_run(lesson)), encoding="utf-8")
    found: dict[str, list[dict[str, Any]]] = json.loads(kept.read_text("utf-8"))
    return found


def _run(lesson: Lesson) -> dict[str, list[dict[str, Any]]]:
    from nbclient import NotebookClient
    print(f"running lesson {lesson.number}", flush=True)
    notebook = build.source_notebook(lesson)
    with tempfile.TemporaryDirectory() as folder:
        client = NotebookClient(notebook, timeout=CELL_SECONDS, kernel_name="python3", resources={"metadata": {"path": folder}})
        client.execute(env=os.environ | {"OMP_NUM_THREADS": "1"})
    return {cell.id: cell.outputs for cell in notebook.cells if cell.cell_type == "code"}


def _page(lesson: Lesson, outputs: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """The learners' notebook with outputs; measured values that one is to guess first are behind a click."""
    notebook: dict[str, Any] = json.loads(lesson.notebook.read_text("utf-8"))
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            about = cell["metadata"].get("nbgrader", {})
            told = about.get("grade") or about.get("solution")
            cell["outputs"] = [] if told else [_still(output) for output in outputs.get(cell["id"], [])]
            cell["metadata"] = {"tags": ["hide-output"]} if re.search(r"^reveal\(", "".join(cell["source"]), re.MULTILINE) else {}
    end = f"## Solutions\n\nThey are on [a page of their own](../solutions/{lesson.folder}.md), each behind a click."
    notebook["cells"].append({"cell_type": "markdown", "id": "solutions", "metadata": {}, "source": end})
    return notebook


def _still(output: dict[str, Any]) -> dict[str, Any]:
    """An output as a page can show it."""
    data = {kind: content for kind, content in output.get("data", {}).items() if not LIVE.search(kind)}
    return output | {"data": data, "metadata": {}} if "data" in output else output


def _solutions(lesson: Lesson) -> str:
    cells = {cell.id: cell.source for cell in build.source_notebook(lesson).cells}
    parts = [f"# Solutions {lesson.number}: {lesson.title}",
             f"Try the [lesson](../lessons/{lesson.folder}.ipynb) first. Each solution is one of many that are right."]
    for name in lesson.exercises:
        code = re.sub(r"^ *### (BEGIN|END) SOLUTION\n?", "", cells[name], flags=re.MULTILINE).rstrip()
        parts.append(f"## {name}\n\n<details>\n<summary>Show a solution of {name}</summary>\n\n```python\n{code}\n```\n\n</details>")
    return "\n\n".join(parts) + "\n"


def faults(html: Path) -> Iterator[str]:
    """What is wrong with the pages: links and anchors that lead nowhere, what is loaded from elsewhere, pictures without alt text."""
    pages = {path: BeautifulSoup(path.read_text("utf-8"), "html.parser") for path in sorted(html.rglob("*.html"))}
    anchors = {path: {str(tag["id"]) for tag in page.select("[id]")} for path, page in pages.items()}
    for path, page in pages.items():
        where = path.relative_to(html)
        yield from (f"{where}: a picture without alt text: {str(tag)[:80]}" for tag in page.select("img") if not tag.get("alt"))
        for tag in page.find_all(list(LOADS)):
            yield from (f"{where}: loads {address}" for address in [str(tag.get(LOADS[tag.name], ""))] if _outside(tag, address))
        for link in page.select("a[href]"):
            yield from (f"{where}: a link leads nowhere: {link['href']}" for _ in [0] if not _leads(path, str(link["href"]), anchors))
    for style in html.rglob("*.css"):
        yield from (f"{style.relative_to(html)}: loads {address}" for address in FROM_ELSEWHERE.findall(style.read_text("utf-8")))


def _outside(tag: Tag, address: str) -> bool:
    return bool(urlsplit(address).netloc) and tag.get("rel") != ["canonical"]


def _leads(page: Path, address: str, anchors: dict[Path, set[str]]) -> bool:
    parts = urlsplit(address)
    if parts.scheme or parts.netloc:
        return True
    target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    return target.exists() and (not parts.fragment or target not in anchors or unquote(parts.fragment) in anchors[target])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
