"""The house is as its rules say: who may import whom, how long functions are, what is typed and described, what the page on it shows."""

import ast
import re
import runpy
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("autograder", "tests", "benchmarks", "tools")
Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(folder: str) -> Iterator[tuple[Path, Function]]:
    for path in sorted((ROOT / folder).rglob("*.py")):
        yield from ((path, node) for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, Function))


def lines(node: Function) -> int:
    """Its length without signature and docstring."""
    body = node.body[1:] if ast.get_docstring(node) and len(node.body) > 1 else node.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1


def broken_rules(folder: Path) -> str:
    """What import-linter says of the package in this folder; empty where every rule is kept."""
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache"]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, env={"PYTHONPATH": str(folder)}, check=False)
    return run.stdout if run.returncode else ""


def test_imports_follow_the_rules() -> None:
    assert broken_rules(ROOT) == ""


def test_an_import_against_the_rules_is_found(tmp_path: Path) -> None:
    rules = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    package = tmp_path / "autograder"
    for room in re.findall(r"\w+", "".join(re.findall(r"(?s)layers = \[(.*?)\]", rules))):
        (package / room).mkdir(parents=True)
        (package / room / "__init__.py").touch()
    (package / "__init__.py").touch()
    (tmp_path / "pyproject.toml").write_text(rules)
    (package / "sandbox" / "__init__.py").write_text("import autograder.grading")
    assert "autograder.sandbox -> autograder.grading" in broken_rules(tmp_path)


@pytest.mark.parametrize("folder", FOLDERS)
def test_functions_are_short(folder: str) -> None:
    lengths = sorted(lines(node) for _, node in functions(folder))
    assert statistics.median(lengths) <= 7 and lengths[int(0.9 * (len(lengths) - 1))] < 20


@pytest.mark.parametrize("folder", FOLDERS)
def test_functions_are_typed(folder: str) -> None:
    def typed(node: Function) -> bool:
        arguments = [a for a in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs) if a.arg not in ("self", "cls")]
        return node.returns is not None and all(argument.annotation for argument in arguments)

    assert [f"{path.name}:{node.lineno}" for path, node in functions(folder) if not typed(node)] == []


@pytest.mark.parametrize("path", [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))
                                  if "configs" not in path.parts], ids=lambda path: path.stem)
def test_a_file_says_in_its_first_line_what_happens_in_it(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not text or (ast.get_docstring(ast.parse(text)) or "").partition("\n")[0].endswith((".", ":")), path


@pytest.fixture(scope="module")
def architecture() -> dict[str, Any]:
    return runpy.run_path(str(ROOT / "tools" / "architecture.py"))


def test_the_page_and_the_picture_are_what_the_code_says(architecture: dict[str, Any]) -> None:
    assert architecture["PAGE"].read_text(encoding="utf-8") == architecture["page"](), "python tools/architecture.py writes it anew"
    assert architecture["PICTURE"].read_text(encoding="utf-8") == architecture["svg"](), "python tools/architecture.py draws it anew"


def test_arrows_that_follow_from_others_are_not_drawn(architecture: dict[str, Any]) -> None:
    known = {room: set[str]() for room in architecture["imports"]()} | {"cli": {"lint", "build"}, "lint": {"build", "course"}}
    assert set(architecture["drawn"](known)) == {("cli", "lint"), ("lint", "build")}


def test_every_mention_of_the_version_is_the_same() -> None:
    (version,) = re.findall(r'(?m)^version = "(.*)"$', (ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert f"\nversion: {version}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\n## {version}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
