"""The site: pages without faults, solutions behind a click, and what a browser makes of it, in light and dark, wide and narrow.

By itself it builds lesson 2 without running it, and the documents. With ATROUS_SITE it looks at a whole site: `make check-site`.
"""

import json
import os
import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from autograder import build, course, lint
from tools import website

ROOT = course.PACKAGE.parent
AXE = ROOT / "tools" / "axe" / "node_modules" / "axe-core" / "axe.min.js"
CHROMIUM = shutil.which("chromium")
LACKING = [name for name in ("sphinx", "myst_nb", "furo", "latex2mathml") if not find_spec(name)]
#: Width and height in pixels, and the colours that are preferred.
LOOKS = {"desktop": (1280, 900, "light"), "dark": (1280, 900, "dark"), "phone": (390, 844, "light")}
#: axe-core's grades of impact that count.
SERIOUS = ("serious", "critical")


@pytest.fixture(scope="module")
def html(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the pages."""
    if whole := os.environ.get("ATROUS_SITE"):
        return Path(whole).resolve()
    if LACKING:
        pytest.skip(f"the site can't be built without {', '.join(LACKING)}: make site installs them")
    return website.site([course.lesson("gridding")], tmp_path_factory.mktemp("site"), run=False)


def test_no_page_has_a_fault(html: Path) -> None:
    assert len(list(html.rglob("*.html"))) > 8 and list(website.faults(html)) == []


def test_faults_are_seen(tmp_path: Path) -> None:
    wrong = '<img src="x.png"><script src="https://cdn.x.org/a.js"></script><a href="no.html">a</a><a href="#no">b</a>'
    (tmp_path / "index.html").write_text(wrong + '<a id="yes" href="index.html#yes">c</a><a href="https://x.org">d</a>')
    (tmp_path / "a.css").write_text("@font-face { src: url(https://fonts.x.org/a.woff) }")
    told = [fault.split(":")[1] for fault in website.faults(tmp_path)]
    assert told == [" a picture without alt text", " loads https", " a link leads nowhere", " a link leads nowhere", " loads https"]


def test_solutions_are_pages_of_their_own_and_behind_a_click(html: Path) -> None:
    from bs4 import BeautifulSoup
    for lesson in [lesson for lesson in course.lessons().values() if (html / "lessons" / f"{lesson.folder}.html").is_file()]:
        cells = {cell.id: cell.source for cell in build.source_notebook(lesson).cells}
        lines = [line for name in lesson.exercises for line in lint._solution_lines(cells[name]) if len(line) > 30]
        page, solutions = (BeautifulSoup((html / kind / f"{lesson.folder}.html").read_text("utf-8"), "html.parser")
                           for kind in ("lessons", "solutions"))
        assert lines and not [line for line in lines if line in page.get_text()]
        assert len(solutions.select("details > summary")) >= len(lesson.exercises) and all(line in solutions.get_text() for line in lines)
        assert not [block for block in solutions.select("div.highlight") if not block.find_parent("details")]


def test_a_page_shows_neither_checks_of_a_solution_nor_measured_values_at_once() -> None:
    lesson = course.lesson("dilated_convolution")
    cells = [cell for cell in json.loads(lesson.notebook.read_text("utf-8"))["cells"] if cell["cell_type"] == "code"]
    told = {"output_type": "display_data", "metadata": {}, "data": {"text/html": "told", "application/vnd.jupyter.widget-view+json": {}}}
    page = website._page(lesson, {cell["id"]: [told] for cell in cells})
    shown = {cell["id"]: cell for cell in page["cells"] if cell["cell_type"] == "code"}
    exercises = {name for exercise in lesson.exercises for name in (exercise, f"check_{exercise}")}
    assert all((cell["outputs"] == []) == (name in exercises) for name, cell in shown.items())
    assert all(output["data"] == {"text/html": "told"} for cell in shown.values() for output in cell["outputs"])
    hidden = [cell for cell in shown.values() if cell["metadata"].get("tags") == ["hide-output"]]
    assert hidden and all("reveal(" in "".join(cell["source"]) for cell in hidden)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Debian's Chromium, without a way to any other machine."""
    if not CHROMIUM or not find_spec("playwright"):
        pytest.skip("there is no Chromium or no playwright: make setup-browser installs them")
    from playwright.sync_api import sync_playwright
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND"])
        yield browser
        browser.close()


def opened(browser: Any, address: str, look: str) -> tuple[Any, list[str]]:
    """A page, and the list of what it asks for from elsewhere and of the errors that it reports."""
    width, height, colours = LOOKS[look]
    page, complaints = browser.new_page(viewport={"width": width, "height": height}, color_scheme=colours), list[str]()
    page.on("request", lambda made: None if made.url.startswith(("file:", "data:")) else complaints.append(f"it asks for {made.url}"))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(address)
    return page, complaints


@pytest.mark.parametrize("look", LOOKS)
def test_every_page_is_accessible_and_fits(html: Path, browser: Any, look: str) -> None:
    if not AXE.is_file():
        pytest.skip("there is no axe-core: npm ci --prefix tools/axe installs it")
    for path in sorted(html.rglob("*.html")):
        page, complaints = opened(browser, path.as_uri(), look)
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        page.add_script_tag(path=AXE)
        assert list(violations(page)) == [] and complaints == [], path.name
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{path.name} is wider than the window"
        page.close()


def violations(page: Any) -> Iterator[str]:
    """What axe-core finds that counts."""
    for found in page.evaluate("axe.run()")["violations"]:
        if found["impact"] in SERIOUS:
            yield from (f"{found['id']}: {node['html'][:200]} {node['failureSummary']}" for node in found["nodes"])


def test_search_works_without_a_server(html: Path, browser: Any) -> None:
    page, complaints = opened(browser, f"{(html / 'search.html').as_uri()}?q=gridding", "desktop")
    page.wait_for_selector("#search-results li a")
    assert "gridding" in page.inner_text("#search-results").lower() and complaints == []
    page.close()


def test_pages_lead_on_and_back(html: Path, browser: Any) -> None:
    page, _ = opened(browser, (html / "lessons" / "2_gridding.html").as_uri(), "phone")
    page.click(".related-pages .next-page")
    page.click(".related-pages .prev-page")
    assert page.url.endswith("2_gridding.html")
    page.close()
