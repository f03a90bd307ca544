"""Builds the lessons: ``solutions/N_<lesson>.py`` → ``lessons/N_<lesson>/<lesson>.ipynb``, by nbgrader's own steps. Runs no cell."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from autograder.course import PACKAGE, Exercise, Lesson, lessons, lessons_folder
from autograder.files import write_whole

SOLUTIONS = PACKAGE.parent / "solutions"
#: What a grade cell is called: this, and its exercise's name.
CHECK = "check_"
#: What nbgrader cuts out lies between these; none of them may be left in a lesson.
MARKERS = re.compile(r"(BEGIN|END) (SOLUTION|HIDDEN TESTS|MARK SCHEME)")
#: The only cell metadata that a lesson carries; jupytext's own stays behind.
KEPT = ("nbgrader", "tags")
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def build(lesson: Lesson, into: Path | None = None) -> Path:
    """Write one lesson's notebook below ``into`` (default: ``lessons/``) and return its path. Deletes nothing.

    Raises ``ValueError``, in a sentence, when the source is not fit to be handed out (see ``lesson_text``), and when the notebook
    that is there now holds somebody's work.
    """
    target = _target(lesson, into or lessons_folder())
    text = lesson_text(lesson)
    if _read(target) != text:
        _require_no_work(target)
        write_whole(target, text)
    return target


def differences(into: Path | None = None) -> list[str]:
    """What ``atrous build`` would have to change below ``into`` (default: ``lessons/``): a sentence each; none if nothing."""
    folder = into or lessons_folder()
    found = [_difference(lesson, folder) for lesson in lessons().values()]
    return [sentence for sentence in found if sentence] + list(_extra(folder)) + list(_orphans())


def lesson_text(lesson: Lesson) -> str:
    """The notebook that learners get, as text: the same bytes for the same source.

    Raises ``ValueError`` when the source is missing or is not a lesson with these exercises, when nothing of a solution was
    cleared, when clearing took the stub's first line too, or when a marker is left.
    """
    source = source_notebook(lesson)
    text = _released(source, _shown(source_file(lesson)))
    _require_cleared(lesson, _by_id(source), json.loads(text)["cells"])
    return text


def source_file(lesson: Lesson) -> Path:
    """Where a lesson is written, solutions included: ``solutions/1_dilated_convolution.py``."""
    return SOLUTIONS / f"{lesson.folder}.py"


def source_notebook(lesson: Lesson) -> Any:
    """The lesson with its solutions, as an nbformat notebook with steady cell ids.

    Raises ``ValueError`` when there is no source, or when an exercise lacks its solution cell or its check cell with the
    points of the course's table.
    """
    import jupytext
    from nbformat import v4

    new_notebook: Any = v4.new_notebook
    text = _read(source_file(lesson))
    if text is None:
        where = "" if SOLUTIONS.is_dir() else "; solutions are not installed, only the course's repository has them"
        raise ValueError(f"{lesson.name}: there is no {_shown(source_file(lesson))} to build it from{where}")
    cells = jupytext.reads(text, fmt="py:percent").cells
    notebook = new_notebook(cells=[_cell(cell, number) for number, cell in enumerate(cells)], metadata=METADATA)
    _require_exercises(lesson, _by_id(notebook), _shown(source_file(lesson)))
    return notebook


def cell_id(grade_id: str | None, number: int, kind: str) -> str:
    """A cell's id: nbgrader's where it has one, otherwise its place and kind, so that a rebuild changes none."""
    return grade_id or f"{number:03d}-{kind}"


def _cell(cell: Any, number: int) -> Any:
    cell.metadata = {key: cell.metadata[key] for key in KEPT if key in cell.metadata}
    cell.id = cell_id(_grade_id(cell), number, cell.cell_type)
    return cell


def _released(source: Any, shown: str) -> str:
    from nbgrader.nbgraderformat import MetadataValidator, SchemaTooNewError, SchemaTooOldError, ValidationError

    try:
        MetadataValidator().validate_nb(source)  # nbgrader's steps do it too, but keep what is wrong to themselves
        return str(_steps().from_notebook_node(source)[0])
    except (RuntimeError, ValidationError, SchemaTooOldError, SchemaTooNewError) as error:
        raise ValueError(f"{shown}: {str(error).splitlines()[0]}") from None


def _steps() -> Any:
    """The exporter that ``nbgrader generate_assignment`` uses, with the same steps but the one that writes a gradebook."""
    from nbconvert.exporters import NotebookExporter
    from nbgrader.converters import GenerateAssignment
    from nbgrader.coursedir import CourseDirectory
    from nbgrader.preprocessors import SaveCells
    from traitlets.config import Config

    exporter: Any = NotebookExporter(config=Config({"Exporter": {"default_preprocessors": []}}))  # type: ignore[no-untyped-call]
    for step in GenerateAssignment(coursedir=CourseDirectory()).preprocessors:
        if step is not SaveCells:
            exporter.register_preprocessor(step)
    return exporter


def _require_exercises(lesson: Lesson, cells: dict[str, Any], shown: str) -> None:
    for exercise in lesson.exercises.values():
        _require_cells(exercise, cells, shown)
    for name, cell in cells.items():
        if cell.metadata.get("nbgrader", {}).get("grade") and name.removeprefix(CHECK) not in lesson.exercises:
            raise ValueError(f"{shown}: the grade cell {name} belongs to no exercise of the lesson")


def _require_cells(exercise: Exercise, cells: dict[str, Any], shown: str) -> None:
    solution, check = (cells.get(name, {}).get("metadata", {}).get("nbgrader", {}) for name in (exercise.name, CHECK + exercise.name))
    if not solution.get("solution"):
        raise ValueError(f"{shown}: there is no solution cell with the grade_id {exercise.name!r}")
    if not check.get("grade") or not check.get("locked"):
        raise ValueError(f"{shown}: there is no locked grade cell with the grade_id {CHECK + exercise.name!r}")
    if check.get("points") != exercise.points:
        raise ValueError(f"{shown}: {CHECK}{exercise.name} gives {check.get('points')} points, the exercises' table {exercise.points}")


def _require_cleared(lesson: Lesson, source: dict[str, Any], released: list[Any]) -> None:
    shown, after = _shown(source_file(lesson)), {cell["id"]: "".join(cell["source"]) for cell in released}
    for name in lesson.exercises:
        if after[name] == source[name].source:
            raise ValueError(f"{shown}: nothing of {name} was cleared; put ### BEGIN SOLUTION and ### END SOLUTION around its solution")
        if not re.search(rf"^(def|class) {name}\b", after[name], re.MULTILINE):
            raise ValueError(f"{shown}: learners would not see how {name} begins; keep its first line outside the solution")
    for cell, text in after.items():
        if MARKERS.search(text):
            raise ValueError(f"{shown}: a marker of nbgrader's is left in the cell {cell}")


def _require_no_work(target: Path) -> None:
    if (text := _read(target)) is None:
        return
    try:
        work = _work(text)
    except (ValueError, LookupError, TypeError, AttributeError):
        raise ValueError(f"{target} is not a notebook that we built; move it away, then build again") from None
    if work:
        raise ValueError(f"{target} holds somebody's work ({', '.join(work)}); move it away, then build again")


def _work(text: str) -> list[str]:
    """The cells of a lesson that someone wrote in (the checksum tells) or added (their ids are not ours)."""
    from nbformat import v4
    from nbgrader.utils import compute_checksum

    reads: Any = v4.reads
    cells = reads(text).cells
    edited = [name for cell in cells if (name := _grade_id(cell)) and cell.metadata.nbgrader.get("checksum") != compute_checksum(cell)]
    return edited + [cell.id for cell in cells if not _grade_id(cell) and not re.fullmatch(r"\d{3,}-[a-z]+", cell.id)]


def _difference(lesson: Lesson, folder: Path) -> str:
    shown, source = _shown(_target(lesson, folder)), _shown(source_file(lesson))
    try:
        wanted, there = lesson_text(lesson), _read(_target(lesson, folder))
    except ValueError as error:
        return f"{shown} can't be built: {error}"
    if there is None:
        return f"{shown} is missing; `atrous build` makes it from {source}"
    return "" if there == wanted else f"{shown} differs from what {source} builds; run `atrous build`"


def _extra(folder: Path) -> Iterator[str]:
    """Notebooks that are laid out like lessons but are none of the course. Others are a learner's own, and stay."""
    ours = {_target(lesson, folder) for lesson in lessons().values()}
    for path in sorted(folder.glob("[0-9]*_*/*.ipynb")):
        if path not in ours and path.stem == re.sub(r"^\d+_", "", path.parent.name):
            yield f"{_shown(path)} belongs to no lesson of the course; remove it, or add its source to solutions/"


def _orphans() -> Iterator[str]:
    known = {source_file(lesson) for lesson in lessons().values()}
    for path in sorted(SOLUTIONS.glob("[0-9]*_*.py")):
        if path not in known:
            yield f"{_shown(path)} belongs to no lesson of the course: autograder/exercises/ has no table for it, or another number"


def _target(lesson: Lesson, folder: Path) -> Path:
    return folder / lesson.folder / f"{lesson.name}.ipynb"


def _by_id(notebook: Any) -> dict[str, Any]:
    return {cell.id: cell for cell in notebook.cells}


def _grade_id(cell: Any) -> str | None:
    grade_id: str | None = cell.metadata.get("nbgrader", {}).get("grade_id")
    return grade_id


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None


def _shown(path: Path) -> str:
    """A path as a person of the course knows it: its last folders, not where this machine keeps them."""
    return "/".join(path.parts[-2 if path.suffix == ".py" else -3 :])
