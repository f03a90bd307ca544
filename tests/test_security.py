"""docs/security.md says what is true: every threat has a line, every test that it names is there, and its limits are the program's."""

import ast
import re
import tomllib
from dataclasses import asdict, fields
from pathlib import Path

from autograder import submission
from autograder.config import Limits
from autograder.learner_side import calls, wire
from autograder.sandbox import reports

from .test_threats import ATTACKS

TESTS = Path(__file__).parent
PAGE = (TESTS.parent / "docs" / "security.md").read_text(encoding="utf-8")
#: 46 threats for any course, and six that torch adds.
THREATS = range(1, 53)


def section(title: str) -> str:
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def table(title: str) -> list[list[str]]:
    """The cells of a section's table, without its head."""
    lines = [line for line in section(title).splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def existing_tests() -> set[str]:
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in TESTS.glob("test_*.py")]
    return {node.name for tree in trees for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


def named(text: str) -> list[str]:
    """Names of tests, and of cases in brackets."""
    return re.findall(r"`(test_\w+|\[[^`]+\])`", text)


def test_every_threat_has_a_line_with_a_test() -> None:
    rows = table("Every threat")
    assert [int(row[0]) for row in rows] == list(THREATS)
    assert all(len(row) == 4 and all(row) and named(row[3]) for row in rows)


def test_every_test_that_is_named_exists() -> None:
    known, names = existing_tests(), named(PAGE)
    assert len(names) > 80
    assert [name for name in names if name.startswith("test_") and name not in known] == []


def test_every_attack_stands_in_the_line_of_its_number() -> None:
    cases = {(row[0], case.strip("[]")) for row in table("Every threat") for case in named(row[3]) if case.startswith("[")}
    told = {case for _, case in cases}
    assert told <= ATTACKS.keys() and {case for number, case in cases if case.split()[0] != number} == set()
    assert {name.split()[0] for name in ATTACKS} == {name.split()[0] for name in told}


def test_the_limits_on_the_page_are_those_of_the_config() -> None:
    text = section("Limits").partition("[limits]\n")[2].partition("\n\n")[0]
    assert tomllib.loads(text) == asdict(Limits())


def test_every_limit_is_explained_in_the_config() -> None:
    source = Path(str(submission.__file__)).with_name("config.py").read_text(encoding="utf-8")
    body = next(node for node in ast.parse(source).body if isinstance(node, ast.ClassDef) and node.name == "Limits").body
    kinds = [type(node) for node in body[1:]]
    assert kinds == [ast.AnnAssign, ast.Expr] * len(fields(Limits))


def test_the_fixed_values_on_the_page_are_those_of_the_code() -> None:
    values = [f"{wire.MAX_FRAME // 2**20} MiB, {wire.MAX_JSON // 2**20} MiB of it JSON", f"{wire.MAX_DEPTH} levels", f"{wire.MAX_ITEMS:,}",
              f"{wire.MAX_BITS:,}", f"{submission.MAX_CELLS:,}", f"{submission.MAX_CODE:,} characters"]
    assert [row[1] for row in table("Limits")] == values
    assert reports.MAX_TEXT == calls.MAX_OUTPUT == Limits().output
