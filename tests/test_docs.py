"""What the documents say can be done is done: every command runs, the author's walk-through is taken, every link leads somewhere."""

import ast
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from autograder import course
from autograder.cli import app

ROOT = course.PACKAGE.parent
DOCUMENTS = {path.name: path.read_text("utf-8") for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]}
PROGRAMS = "make|atrous|nbgrader|python|pip|pytest|mkdir|cp|source|git|docker|dask|apt-get"
COMMAND = re.compile(rf"^(?:\.venv/bin/)?(?:{PROGRAMS}) .*")
#: The documents whose commands are run below, in the order in which they stand there.
RUN_HERE = ("README.md", "learner.md", "instructor.md", "author.md", "faq.md")
#: The commands that end with another code than 0, as the documents say: something is not correct yet.
NOT_CORRECT = ("check wrong.py", "check work.py", "check my_lessons/")
#: Commands that are not run below, by their beginning: why, and the test that does the same.
ELSEWHERE = {
    "make lab": ("it serves until it is stopped", "test_wheel.py", "test_lab_starts_lesson_1_in_an_empty_folder"),
    ".venv/bin/atrous lab": ("it serves until it is stopped", "test_wheel.py", "test_lab_starts_lesson_1_in_an_empty_folder"),
    "atrous watch": ("it runs until it is stopped", "test_watching.py", "test_every_save_is_checked_and_recorded_until_ctrl_c"),
    "make grade": ("it grades 14 students", "test_grading.py", "test_every_hand_in_of_the_example_class_has_its_own_end"),
    "make test": ("this is part of it", "test_docs.py", "test_make_knows_every_target"),
    "python -m venv .venv": ("it would replace the environment", "test_wheel.py", "installed"),
    ".venv/bin/python -m pip install": ("it needs the network", "test_docs.py", "test_make_sets_up_as_the_documents_say"),
    "nbgrader generate_assignment": ("it takes long", "test_nbgrader.py", "test_with_the_real_grader_the_gradebook_says_what_it_says"),
    "nbgrader autograde": ("it takes long", "test_nbgrader.py", "test_with_the_real_grader_the_gradebook_says_what_it_says"),
    "nbgrader generate_feedback": ("it takes long", "test_nbgrader.py", "test_feedback_shows_the_message_escaped_and_no_hidden_test"),
    "nbgrader export": ("it takes long", "test_nbgrader.py", "test_the_export_reads_the_same_points"),
    "atrous export gradescope": ("once is enough", "test_export.py", "test_every_command_of_the_document_works"),
    "python -m build": ("without --no-isolation it needs the network", "test_wheel.py", "wheel"),
}


def commands(document: str) -> list[str]:
    """The commands in the indented blocks of a document, without their comments."""
    lines = [line.strip() for line in DOCUMENTS[document].splitlines() if line.startswith("    ")]
    return [re.sub(r"\s+#.*", "", line) for line in lines if COMMAND.match(line)]


def files(document: str) -> dict[str, str]:
    """The blocks that are whole files, by the path above them."""
    return dict(re.findall(r"^`([^`\n]+)`\n\n```\w+\n(.*?)^```$", DOCUMENTS[document], re.MULTILINE | re.DOTALL))


def not_run(command: str) -> tuple[str, str, str] | None:
    """Why a command is not run below, and the test that does the same."""
    return next((told for beginning, told in ELSEWHERE.items() if command.startswith(beginning)), None)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the course's folder, set up, as a reader has it."""
    copy = tmp_path_factory.mktemp("course") / "atrous"
    left_out = shutil.ignore_patterns(".*", "__pycache__", "out", "build", "class", "collected", "dist", "my_lessons")
    shutil.copytree(ROOT, copy, ignore=left_out)
    (copy / ".venv").symlink_to(sys.prefix)
    return copy


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command as a reader does, with the environment active. What it imports is the copy."""
    paths = {"PATH": f"{folder}/.venv/bin{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(folder), "COLUMNS": "200"}
    return subprocess.run(["bash", "-c", command], cwd=folder, env=os.environ | paths, capture_output=True, text=True, check=False)


def require(document: str, folder: Path) -> dict[str, str]:
    """Run a document's commands, each as it says; what each printed."""
    printed = {}
    for command in commands(document):
        if not not_run(command):
            done = run(command, folder)
            assert done.returncode == any(beginning in command for beginning in NOT_CORRECT), (command, done.stdout, done.stderr)
            printed[command] = done.stdout
    return printed


def test_an_instructors_first_class(folder: Path, warm: object) -> None:
    printed = require("instructor.md", folder)
    assert "22/22" in printed["atrous grade collected --out out"]
    places = re.findall(r"^\| `(out/[^`]+)` ", DOCUMENTS["instructor.md"], re.MULTILINE)
    assert len(places) == 4 and all((folder / place).is_file() for place in places)
    assert (folder / "class/submitted/ada/dilated_convolution/dilated_convolution.ipynb").is_file()


def test_a_learners_first_steps(folder: Path) -> None:
    run("python -c 'from autograder.lab import copied; from pathlib import Path; copied(Path(\"my_lessons\"))'", folder)
    assert "effective_kernel_size" in require("learner.md", folder)["atrous status"]
    stub = re.search(r"    (# YOUR CODE HERE)\n    (raise \w+\(\))\n", DOCUMENTS["learner.md"])
    assert stub and all(line in course.lesson("dilated_convolution").notebook.read_text("utf-8") for line in stub.groups())
    (first_try,) = re.findall(r"```python\n(.*?)```", DOCUMENTS["learner.md"], re.DOTALL)
    (folder / "dilated_convolution.py").write_text(first_try, encoding="utf-8")
    told = run("atrous check dilated_convolution.py --exercise effective_kernel_size --sandbox=none", folder).stdout
    assert card("learner.md") in told


def card(document: str) -> str:
    """The card that a document shows."""
    lines = re.findall(r"^    (✗.*|  (?:call|expected|got|so|perhaps|next) .*)$", DOCUMENTS[document], re.MULTILINE)
    assert len(lines) == 6
    return "\n".join(lines)


def test_an_author_adds_an_exercise(folder: Path) -> None:
    for name, text in files("author.md").items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    printed = require("author.md", folder)
    assert printed["atrous lint --lesson output_stride"].endswith("✓ the course is in step\n")
    assert card("author.md") in printed["atrous check wrong.py --lesson output_stride"]
    lesson = (folder / "lessons/7_output_stride/output_stride.ipynb").read_text("utf-8")
    assert "def output_stride" in lesson and "math.prod" not in lesson


@pytest.mark.parametrize("document", ["README.md", "faq.md"])
def test_the_commands_of_the_short_documents(document: str, folder: Path) -> None:
    (folder / "work.py").write_text("def same_padding(kernel_size, dilation): ...\n", encoding="utf-8")
    require(document, folder)


def test_every_command_is_run_by_a_test() -> None:
    tests = {path.name: path.read_text("utf-8") for path in (ROOT / "tests").glob("test_*.py") if path.name != Path(__file__).name}
    for document in DOCUMENTS.keys() - set(RUN_HERE):
        assert not commands(document) or any(f'"{document}"' in text for text in tests.values()), f"no test reads {document}"
    for _, file, name in ELSEWHERE.values():
        tree = ast.parse((ROOT / "tests" / file).read_text("utf-8"))
        assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, f"{file} has no {name}"
    assert all(any(command.startswith(beginning) for name in RUN_HERE for command in commands(name)) for beginning in ELSEWHERE)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_what_is_said_of_atrous_is_a_command_with_these_options(document: str) -> None:
    known = typer.main.get_command(app)
    for name, words in re.findall(r"(?:`|^    (?:\S*/)?)atrous ([a-z]+)\b([^`\n]*)", DOCUMENTS[document], re.MULTILINE):
        command = known.commands[name]  # type: ignore[attr-defined]
        options = {option for parameter in command.params for option in parameter.opts} | {"--help"}
        assert set(re.findall(r"--[a-z-]+", words.split("#")[0])) <= options, f"atrous {name}{words}"


def targets() -> Iterator[str]:
    for text in DOCUMENTS.values():
        yield from re.findall(r"(?:`|^    )make ([a-z-]+)", text, re.MULTILINE)


def test_make_knows_every_target(folder: Path) -> None:
    assert {"lab", "grade", "test"} <= set(targets())
    for target in set(targets()):
        assert run(f"make --dry-run {target}", folder).returncode == 0, target


def test_make_sets_up_as_the_documents_say() -> None:
    options = "-c constraints.txt -e "
    assert f"pip install --quiet --disable-pip-version-check {options}" in (ROOT / "Makefile").read_text("utf-8")
    assert all(f"pip install {options}." in DOCUMENTS[document] for document in ("README.md", "learner.md"))


def anchors(text: str) -> set[str]:
    """The anchors of a document's headings, as GitHub and the site make them."""
    headings = re.findall(r"^#+ (.+)$", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_internal_link_leads_somewhere(document: str) -> None:
    here = ROOT if document == "README.md" else ROOT / "docs"
    for target in re.findall(r"\]\(([^)\s]+)\)", DOCUMENTS[document]):
        if not target.startswith(("http:", "https:", "mailto:")):
            path, _, anchor = target.partition("#")
            assert not path or (here / path).exists(), f"{document}: {target}"
            assert not anchor or anchor in anchors(DOCUMENTS[Path(path).name if path else document]), f"{document}: {target}"
