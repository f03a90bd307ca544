"""What `atrous lint` looks at, both ways: nothing wrong may pass, nothing right may fail, and everything must be in step.

Reads and runs the course; changes nothing.
"""

import ast
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from typing import Any

import torch

from autograder import build, course
from autograder.course import EXERCISES, Exercise, Lesson
from autograder.examination.attempt import Attempt
from autograder.examination.examine import Job, examine
from autograder.feedback.diagnosis import implementations
from autograder.learner_side.session import Session
from autograder.sandbox import DirectChannel
from autograder.submission import Cell, Submission, from_notebook
from autograder.verdicts import ExerciseResult

FILES = ("checks.py", "oracle.py", "misconceptions.py", "variants.py", "probes.py", "exercises.yaml")
MIN_HINTS = 3
MIN_MISCONCEPTIONS, MIN_CENTRAL_MISCONCEPTIONS = 4, 10
#: How long a cell may take here. One thread computes: on a busy machine, threads that wait for each other take ten times as long.
CELL_SECONDS = 600
#: Minutes for reading and guessing, beside those of the exercises: without the further ones, and with them.
CORE_READING, READING = 15, 25
#: Right answers, written in different ways, that an exercise of tensors needs; any other needs two.
MIN_TENSOR_VARIANTS, MIN_VARIANTS = 4, 2


def complaints(tell: Callable[[str], None]) -> Iterator[str]:
    """Everything that is out of step, a sentence each. ``tell`` is told what is being looked at."""
    torch.set_num_threads(1)  # tensors here are tiny; more threads would only wait for each other
    for lesson in course.lessons().values():
        for look in LOOKS:
            tell(f"{lesson.name}: {str(look.__doc__).splitlines()[0]}")
            yield from (f"{lesson.name}: {complaint}" for complaint in look(lesson))
    tell("lessons/ against solutions/")
    yield from build.differences()


def texts(lesson: Lesson) -> Iterator[str]:
    """The table is complete, and speaks of the misconceptions that there are."""
    yield from (f"there is no {name}" for name in FILES if not (EXERCISES / lesson.name / name).is_file())
    for row in lesson.exercises.values():
        yield from (f"{row.name}: {complaint}" for complaint in _row_complaints(row))
        known = implementations(lesson.name, row.name, "misconceptions").keys()
        yield from (f"{row.name}: the misconception {name} has no implementation" for name in row.misconceptions.keys() - known)
        yield from (f"{row.name}: nothing is said of the misconception {name}" for name in known - row.misconceptions.keys())


def _row_complaints(row: Exercise) -> Iterator[str]:
    if row.points <= 0 or row.minutes <= 0 or not 1 <= row.difficulty <= 5:
        yield "points and minutes are positive, difficulty runs from 1 to 5"
    if len(set(row.hints)) < MIN_HINTS:
        yield f"it needs at least {MIN_HINTS} hints"
    if len(row.misconceptions) < (least := MIN_CENTRAL_MISCONCEPTIONS if row.central else MIN_MISCONCEPTIONS):
        yield f"it needs at least {least} misconceptions"
    for known in row.misconceptions.values():
        if not known.question.endswith("?") or not known.next_step.strip():
            yield f"{known.id} needs a question with a question mark, and a next step"


def times(lesson: Lesson) -> Iterator[str]:
    """What the lesson says of minutes, difficulty and points is what the table says, and what is further can be left out."""
    notebook = build.source_notebook(lesson)
    prose = " ".join(" ".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown").split())
    if (opening := _opening(lesson)) not in prose:
        yield f"it should say: {opening}"
    for row in lesson.exercises.values():
        if f"### Exercise: {row.name} {row.heading}" not in prose:
            yield f"{row.name}: below its heading should stand: {row.heading}"
    yield from _needed_elsewhere(lesson, [(cell.cell_type, cell.source) for cell in notebook.cells])


def _opening(lesson: Lesson) -> str:
    """How long it takes, with the time for reading, to a quarter of an hour."""
    core = sum(row.minutes for row in lesson.exercises.values() if not row.further) + CORE_READING
    everything = sum(row.minutes for row in lesson.exercises.values()) + READING
    if not any(row.further for row in lesson.exercises.values()):
        return f"About {_hours(everything)}."
    return f"About {_hours(core)}; with the exercises marked *further*, which nothing else needs, about {_hours(everything)}."


def _hours(minutes: float) -> str:
    hours, quarters = divmod(round(minutes / 15), 4)
    whole = ("", "an hour", "two hours", "three hours")[hours]
    return whole + ("", " and a quarter", " and a half", " and three quarters")[quarters]


def _needed_elsewhere(lesson: Lesson, cells: list[tuple[str, str]]) -> Iterator[str]:
    """Code that uses a further exercise after the next heading: who leaves it out would meet an error there."""
    at = ""
    for kind, source in cells:
        if kind == "markdown" and re.search(r"^##", source, re.MULTILINE):
            found = re.findall(r"^### Exercise: (\w+)", source, re.MULTILINE)
            at = found[-1] if found else ""
        names = {node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)} if kind == "code" else set()
        yield from (f"{name}: it is further, and needed in: {source[:60]!r}" for name in sorted(names)
                    if name != at and name in lesson.exercises and lesson.exercises[name].further and name != "examples")


def company(lesson: Lesson) -> Iterator[str]:
    """Around every exercise, between the one before and the one after it, there is a picture and something to predict."""
    cells = [cell for cell in build.source_notebook(lesson).cells if cell.cell_type == "code"]
    places = {cell.metadata.nbgrader.grade_id: place for place, cell in enumerate(cells)
              if cell.metadata.get("nbgrader", {}).get("solution") and cell.metadata.nbgrader.grade_id != "examples"}
    for name, before, after in zip(places, [0, *places.values()], [*places.values(), len(cells)][1:], strict=False):
        around = "\n".join(cell.source for cell in cells[before:after])
        if not re.search(r"^(show|\w+_explorer)\(", around, re.MULTILINE):
            yield f"{name}: there is no picture"
        if not re.search(r"^predict\(", around, re.MULTILINE):
            yield f"{name}: there is nothing to predict"


def stubs(lesson: Lesson) -> Iterator[str]:
    """Every untouched stub is not attempted."""
    for result in _examined(lesson, from_notebook(lesson.notebook.read_bytes(), lesson)):
        if result.outcome != "not_attempted":
            yield f"{result.name}: the untouched stub is {result.outcome}, not not_attempted"


def solutions(lesson: Lesson) -> Iterator[str]:
    """Every solution is correct, and nothing of it stands in the lesson."""
    source = build.source_notebook(lesson)
    cells = [Cell(cell.metadata.nbgrader.grade_id, cell.source, cell.metadata.nbgrader.grade_id, notebook=True)
             for cell in source.cells if cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("grade_id")]
    taken = [cell for cell in cells if cell.exercise in lesson.exercises or cell.exercise == "setup"]
    for result in _examined(lesson, Submission(tuple(taken))):
        if result.outcome != "correct":
            yield f"{result.name}: our own solution is {result.outcome}: {result.message}"
    released = lesson.notebook.read_text(encoding="utf-8")
    for cell in taken:
        yield from (f"{cell.name}: a line of the solution stands in the lesson: {line}" for line in _solution_lines(cell.source)
                    if len(line) > 30 and line in released)


def _solution_lines(source: str) -> list[str]:
    regions = re.findall(r"### BEGIN SOLUTION\n(.*?)### END SOLUTION", source, re.DOTALL)
    return [line.strip() for region in regions for line in region.splitlines()]


def wrong_answers(lesson: Lesson) -> Iterator[str]:
    """Every misconception is rejected, and named."""
    for row, name, result in _implementations(lesson, "misconceptions"):
        if result.outcome in ("correct", "not_attempted"):
            yield f"{row.name}: the misconception {name} is {result.outcome}"
        elif result.misconception != name:
            yield f"{row.name}: the misconception {name} is told to be {result.misconception}: {result.message}"


def right_answers(lesson: Lesson) -> Iterator[str]:
    """There are enough variants, and every one is correct."""
    of_tensors = _exercises_of_tensors(lesson)
    for row in lesson.exercises.values():
        least = MIN_TENSOR_VARIANTS if row.name in of_tensors else MIN_VARIANTS
        if len(implementations(lesson.name, row.name, "variants")) < least:
            yield f"{row.name}: it needs at least {least} variants"
    for row, name, result in _implementations(lesson, "variants"):
        if result.outcome != "correct":
            yield f"{row.name}: the variant {name} is {result.outcome}: {result.message}"


def _exercises_of_tensors(lesson: Lesson) -> set[str]:
    """The exercises whose stub takes or returns a tensor or a module, by its annotations, or is a module itself."""
    stubs = [ast.parse(cell.source).body for cell in from_notebook(lesson.notebook.read_bytes(), lesson).cells if cell.exercise]
    return {node.name for body in stubs for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef)
            and re.search(r"\b(Tensor|nn)\b", _signature(node))}


def _signature(node: ast.FunctionDef | ast.ClassDef) -> str:
    if isinstance(node, ast.ClassDef):
        return " ".join(map(ast.unparse, node.bases))
    return f"{ast.unparse(node.args)} {ast.unparse(node.returns) if node.returns else ''}"


def _implementations(lesson: Lesson, file: str) -> Iterator[tuple[Exercise, str, ExerciseResult]]:
    """Every function ``<exercise>__<id>`` of a file as an answer, with its result; one pytest session for all."""
    named = [(row, name, function) for row in lesson.exercises.values()
             for name, function in implementations(lesson.name, row.name, file).items()]
    results: list[ExerciseResult] = []
    examine((_job(lesson, Submission(()), results.extend, row.name, {row.name: function}) for row, _, function in named), [lesson.name])
    yield from ((row, name, result) for (row, name, _), result in zip(named, results, strict=True))


def _examined(lesson: Lesson, submission: Submission) -> list[ExerciseResult]:
    results: list[ExerciseResult] = []
    examine([_job(lesson, submission, results.extend)], [lesson.name])
    return results


def _job(lesson: Lesson, submission: Submission, done: Callable[[list[ExerciseResult]], None], exercise: str = "",
         namespace: dict[str, Any] | None = None) -> Job:
    """A submission, or functions that are there already, to be examined in this process, hidden checks included."""
    attempt = Attempt(submission, lambda: DirectChannel(Session(namespace)), load=namespace is None)
    return Job(attempt, lesson, lambda: DirectChannel(Session()), graded=True, exercises=(exercise,) if exercise else (), done=done)


def pictures(lesson: Lesson) -> Iterator[str]:
    """Every figure has alt text."""
    for cell in build.source_notebook(lesson).cells:
        if cell.cell_type == "markdown" and re.search(r"!\[\s*\]|<img(?![^>]*\balt=)", cell.source):
            yield f"a picture without alt text in: {cell.source[:60]!r}"
        if cell.cell_type == "code":
            yield from (f"{name}(...) without alt text" for name in _shown_without_alt(cell.source))


def _shown_without_alt(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name == "show" and "alt" not in [keyword.arg for keyword in node.keywords]:
                yield name


def execution(lesson: Lesson) -> Iterator[str]:
    """The lesson runs top to bottom with its solutions, without a warning."""
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError
    notebook = build.source_notebook(lesson)
    with tempfile.TemporaryDirectory() as folder:
        client = NotebookClient(notebook, timeout=CELL_SECONDS, kernel_name="python3", resources={"metadata": {"path": folder}})
        try:
            client.execute(env=os.environ | {"PYTHONWARNINGS": "default", "OMP_NUM_THREADS": "1"})
        except CellExecutionError as error:
            yield f"it does not run: {str(error)[-600:]}"
            return
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            if output.get("name") == "stderr":
                yield f"it warns: {output['text'][:200]!r} in {cell.source[:60]!r}"


#: All that is looked at in a lesson.
LOOKS = (texts, times, company, stubs, solutions, wrong_answers, right_answers, pictures, execution)
