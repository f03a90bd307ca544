"""Mutation testing of the checks: every small change to every reference solution, examined as a submission. Prints a table by exercise.

Survivors are listed, unless ``equivalent.yaml`` says why they compute the same. Exit code 1 when one is left that it doesn't know.
"""

import ast
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import yaml

from autograder import build, course
from autograder.course import Lesson
from autograder.examination.attempt import Attempt
from autograder.examination.examine import Job, examine
from autograder.learner_side.session import Session
from autograder.sandbox import DirectChannel
from autograder.submission import Submission

EQUIVALENT = Path(__file__).with_name("equivalent.yaml")
#: Seconds for one call: a mutant that never ends is told apart from one that is slow by this alone.
CALL_SECONDS = 3.0

SWAPS: dict[type[ast.AST], tuple[type[ast.AST], ...]] = {
    ast.Add: (ast.Sub,), ast.Sub: (ast.Add,), ast.Mult: (ast.Add, ast.FloorDiv), ast.Div: (ast.Mult,), ast.FloorDiv: (ast.Mult, ast.Div),
    ast.Mod: (ast.FloorDiv,), ast.Pow: (ast.Mult,), ast.Lt: (ast.LtE, ast.Gt), ast.LtE: (ast.Lt, ast.Gt), ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.Lt), ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.Is: (ast.IsNot,), ast.IsNot: (ast.Is,), ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,), ast.And: (ast.Or,), ast.Or: (ast.And,)}
NAMES = {"min": "max", "max": "min", "all": "any", "any": "all", "sum": "max", "long": "double", "reversed": "list"}


@dataclass(frozen=True)
class Mutant:
    """One change: the exercise, the line as it became, and the whole cell with it."""

    exercise: str
    line: str
    source: str


def main(wanted: list[str]) -> int:
    """Examine the mutants of the lessons named, or of all, and print the table."""
    torch.set_num_threads(1)
    known, unknown = yaml.safe_load(EQUIVALENT.read_text("utf-8")) or {}, []
    print("| exercise | mutants | killed | equivalent | survivors | seconds |\n| --- | ---: | ---: | ---: | ---: | ---: |")
    for lesson in course.lessons().values():
        for exercise in lesson.exercises if lesson.name in (wanted or course.lessons()) else ():
            if exercise == "examples":  # its solution is a set of tests; one that catches a little less is still a right answer
                continue
            unknown += _exercise(lesson, exercise, known.get(f"{lesson.name}.{exercise}", {}))
    for mutant in unknown:
        print(f"survives: {mutant.exercise}: {mutant.line}")
    return 1 if unknown else 0


def _exercise(lesson: Lesson, exercise: str, equivalent: dict[str, str]) -> list[Mutant]:
    start, found = time.perf_counter(), list(mutants(lesson, exercise))
    alive = [mutant for mutant, outcome in zip(found, _outcomes(lesson, found), strict=True) if outcome == "correct"]
    unknown = [mutant for mutant in alive if mutant.line not in equivalent]
    counts = (len(found), len(found) - len(alive), len(alive) - len(unknown), len(unknown))
    print(f"| {lesson.number} {exercise} | {' | '.join(map(str, counts))} | {time.perf_counter() - start:.0f} |", flush=True)
    return unknown


def _outcomes(lesson: Lesson, found: list[Mutant]) -> list[str]:
    cells, outcomes = cells_of(lesson), list[str]()

    def job(mutant: Mutant) -> Job:
        namespace = _namespace(cells | {mutant.exercise: mutant.source})
        attempt = Attempt(Submission(()), lambda: DirectChannel(Session(namespace), CALL_SECONDS), load=False)
        return Job(attempt, lesson, lambda: DirectChannel(Session()), graded=True, exercises=(mutant.exercise,),
                   done=lambda results: outcomes.append(results[0].outcome))

    examine((job(mutant) for mutant in found), [lesson.name])
    return outcomes


def cells_of(lesson: Lesson) -> dict[str, str]:
    """The solution's cells by the id of their exercise, and before them the one that imports."""
    cells = [cell for cell in build.source_notebook(lesson).cells if cell.cell_type == "code"]
    named = {cell.metadata.nbgrader.grade_id: cell.source for cell in cells if cell.metadata.get("nbgrader", {}).get("grade_id")}
    return {name: source for name, source in named.items() if name == "setup" or name in lesson.exercises}


def _namespace(cells: dict[str, str]) -> dict[str, Any]:
    """What the cells define; a mutant that fails when it is defined leaves its exercise undefined."""
    names: dict[str, Any] = {}
    for source in cells.values():
        try:
            exec(source, names)
        except Exception as error:
            names["error"] = error
    return names


def mutants(lesson: Lesson, exercise: str) -> Iterator[Mutant]:
    """Every change of one place in the solution of an exercise, each different text once. Annotations and messages stay."""
    tree = _Bare().visit(ast.parse(cells_of(lesson)[exercise]))
    before, seen = ast.unparse(tree), set[str]()
    for node in ast.walk(tree):
        for changed in (change for changes in CHANGES for change in changes(node)):
            source = _unparsed_with(tree, node, *changed)
            if source != before and source not in seen:
                seen.add(source)
                yield Mutant(exercise, _changed_line(before, source), source)


class _Bare(ast.NodeTransformer):
    """Takes away annotations, and what an error says: no check depends on either."""

    def visit_arg(self, node: ast.arg) -> ast.arg:
        """An argument without its annotation."""
        node.annotation = None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """A function without the annotation of what it returns."""
        node.returns = None
        return self.generic_visit(node)

    def visit_Raise(self, node: ast.Raise) -> ast.AST:
        """An error without a message."""
        if isinstance(node.exc, ast.Call):
            node.exc.args = []
        return node


#: A field of a node, and what is put there.
Change = tuple[str, Any]


def _unparsed_with(tree: ast.AST, node: ast.AST, field: str, value: Any) -> str:
    before = getattr(node, field)
    setattr(node, field, value)
    try:
        return ast.unparse(tree)
    finally:
        setattr(node, field, before)


def _changed_line(before: str, after: str) -> str:
    old, new = before.splitlines(), after.splitlines()
    place = next((place for place, (one, other) in enumerate(zip(old, new, strict=False)) if one != other), min(len(old), len(new)) - 1)
    return f"{old[place].strip()}  →  {new[place].strip()}"


def _swapped(node: ast.AST) -> Iterator[Change]:
    """Another operator, or another built-in of the same form."""
    if isinstance(node, ast.BinOp | ast.AugAssign | ast.BoolOp):
        yield from (("op", other()) for other in SWAPS.get(type(node.op), ()))
    if isinstance(node, ast.Compare):
        for place, operator in enumerate(node.ops):
            yield from (("ops", [*node.ops[:place], other(), *node.ops[place + 1:]]) for other in SWAPS.get(type(operator), ()))
    for field in ("id", "attr"):
        if (other := NAMES.get(getattr(node, field, ""))):
            yield field, other


def _other_constant(node: ast.AST) -> Iterator[Change]:
    """A number that is one more or less, a truth value turned round."""
    value = getattr(node, "value", None) if isinstance(node, ast.Constant) else None
    if isinstance(value, bool):
        yield "value", not value
    elif isinstance(value, int | float):
        yield from (("value", other) for other in (value + 1, value - 1 if isinstance(value, int) else value * 1.5))


def _left_out(node: ast.AST) -> Iterator[Change]:
    """A statement, a condition or an argument left out."""
    for field in ("body", "orelse"):
        statements = getattr(node, field, None)
        for place, statement in enumerate(statements if isinstance(statements, list) else []):
            if not isinstance(statement, ast.Return | ast.FunctionDef | ast.ClassDef) and not _is_text(statement):
                yield field, [*statements[:place], ast.Pass(), *statements[place + 1:]]
    for field, least in (("values", 2), ("keywords", 1)):
        parts = getattr(node, field, None)
        if isinstance(node, ast.BoolOp | ast.Call) and parts and (field == "keywords" or len(parts) >= least):
            yield from ((field, parts[:place] + parts[place + 1:]) for place in range(len(parts)))


def _is_symmetric(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("min", "max")


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _turned_round(node: ast.AST) -> Iterator[Change]:
    """Branches of an expression, or the first two arguments, in the other order; a sign or a ``not`` dropped."""
    if isinstance(node, ast.IfExp):
        yield from (("body", node.orelse), ("orelse", node.body))
    for field in ("args", "elts"):
        parts = getattr(node, field, None)
        if isinstance(node, ast.Call | ast.Tuple) and isinstance(parts, list) and len(parts) > 1 and not _is_symmetric(node):
            yield field, [parts[1], parts[0], *parts[2:]]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield "op", ast.UAdd()
    for field in ("test", "value"):  # a condition or a value turned round
        if isinstance(inner := getattr(node, field, None), ast.UnaryOp) and isinstance(inner.op, ast.Not):
            yield field, inner.operand


CHANGES: tuple[Callable[[ast.AST], Iterator[Change]], ...] = (_swapped, _other_constant, _left_out, _turned_round)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
