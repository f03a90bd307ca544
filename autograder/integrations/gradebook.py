"""nbgrader's gradebook, on SQLite or PostgreSQL, through nbgrader's own ``Gradebook``: what rows a result is. Grades nothing."""

import logging
import os
import shutil
import sys
import sysconfig
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.preprocessors import AssignLatePenalties, ClearHiddenTests, SaveCells
from nbgrader.utils import parse_utc
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SAWarning
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from autograder import build
from autograder.course import Lesson, lesson
from autograder.submission import Unreadable, read_bytes
from autograder.verdicts import ExerciseResult, Result

v4: Any = nbformat.v4
COURSE = "atrous"
FORMS = "sqlite:///class/gradebook.db or postgresql://USER@HOST/DATABASE"
CONFIG = "nbgrader_config.py"
MAX_STAMP = 200

Tell = Callable[[str], object]


def prepare_gradebook(db_url: str, names: Iterable[str]) -> None:
    """Enter these lessons into the gradebook at ``db_url`` where they are not in it yet.

    Raises ``ValueError`` for a URL that leads to no gradebook, and when it has a lesson with other exercises or points.
    """
    with opened(db_url) as gradebook:
        for name in names:
            _enter(gradebook, lesson(name), db_url)


def fill_gradebook(results: Iterable[Result], db_url: str, folders: Mapping[tuple[str, str], Path] | None = None,
                   tell: Tell = lambda sentence: None) -> None:
    """Write results into the nbgrader gradebook at ``db_url``: the points that ``nbgrader autograde`` would write.

    ``folders``: by student and lesson, where a ``timestamp.txt`` may lie. ``tell`` gets a sentence for each submission that was late.
    Students and lessons that are not in the gradebook are added. What a person gave there stays. Filling it again changes nothing.
    Raises ``ValueError`` as :func:`prepare_gradebook` does, and, after all others are saved, for results that it would not take.
    """
    kept = list(results)
    prepare_gradebook(db_url, dict.fromkeys(result.lesson for result in kept))
    refused, penalties = list[str](), _penalties(db_url)
    with opened(db_url) as gradebook:
        for result in kept:
            try:
                _fill(gradebook, result, (folders or {}).get((result.student, result.lesson)), penalties, tell)
            except ValueError as error:
                gradebook.db.rollback()
                refused.append(f"{result.student!a}: {error!s:.300}")
    if refused:
        raise ValueError("not in the gradebook: " + "; ".join(refused))


def _fill(gradebook: Any, result: Result, folder: Path | None, penalties: Callable[[Result], None], tell: Tell) -> None:
    stamp = _handed_in(folder, tell) if folder else None
    gradebook.update_or_create_student(result.student)
    submission = gradebook.update_or_create_submission(result.lesson, result.student, **({"timestamp": stamp} if stamp else {}))
    save(gradebook, result)
    notebook = gradebook.find_submission_notebook(result.lesson, result.lesson, result.student)
    if submission.total_seconds_late or notebook.late_submission_penalty:
        penalties(result)
        gradebook.db.refresh(notebook)
        _tell_late(result, submission.total_seconds_late, notebook.late_submission_penalty or 0.0, tell)


def _tell_late(result: Result, seconds: float, penalty: float, tell: Tell) -> None:
    if seconds:
        late = timedelta(seconds=round(seconds))
        taken = f"{penalty:g} points were taken off" if penalty else f"no points were taken off, since {CONFIG} sets no penalty for it"
        tell(f"{result.student} handed in {result.lesson} {late} (h:mm:ss) after the due date; {taken}.")


def _penalties(db_url: str) -> Callable[[Result], None]:
    """nbgrader's own step for late submissions, as this folder's ``nbgrader_config.py`` sets it."""
    there = Path(CONFIG).is_file()
    settings: Any = PyFileConfigLoader(CONFIG, str(Path.cwd())).load_config() if there else Config()
    step = AssignLatePenalties(config=settings)
    step.log.setLevel(logging.ERROR)  # what it warns of, we say in a sentence

    def penalize(result: Result) -> None:
        names = {"notebook": result.lesson, "assignment": result.lesson, "student": result.student, "db_url": _with_driver(db_url)}
        step.preprocess(v4.new_notebook(), {"nbgrader": names})

    return penalize


def _handed_in(folder: Path, tell: Tell) -> datetime | None:
    """When a submission was handed in, by the ``timestamp.txt`` that nbgrader's exchange leaves with it."""
    path = folder / "timestamp.txt"
    if not os.path.lexists(path):
        return None
    try:
        stamp: datetime = parse_utc(read_bytes(path, MAX_STAMP).decode().strip())
        return stamp
    except (Unreadable, ValueError, OverflowError, AttributeError):
        tell(f"{path} holds no time, so nobody knows whether this submission was late.")
        return None


@contextmanager
def opened(db_url: str) -> Iterator[Any]:
    """nbgrader's ``Gradebook`` at a URL, made where there is none. Raises ``ValueError`` with a sentence when it can't be opened."""
    find_alembic()
    # SQLAlchemy 2.1 warns of nbgrader's way to make a submission at each new one; the row is complete.
    warnings.filterwarnings("ignore", message=r"Object of type <Submitted", category=SAWarning)
    try:
        with Gradebook(_with_driver(db_url), COURSE) as gradebook:
            yield gradebook
    except DBAPIError as error:
        hidden = make_url(db_url).render_as_string(hide_password=True)
        raise ValueError(f"the gradebook {hidden} can't be used: {' '.join(str(error.orig).split())}") from None


def _with_driver(db_url: str) -> str:
    """The URL, with the driver that we pin where it names none."""
    try:
        url = make_url(db_url)
        url = url.set(drivername="postgresql+psycopg") if url.drivername in ("postgresql", "postgres") else url
        url.get_dialect().import_dbapi()
    except ArgumentError:
        raise ValueError(f"a gradebook's URL is needed, such as {FORMS}") from None
    except ImportError:
        raise ValueError("a gradebook on PostgreSQL needs psycopg: pip install 'atrous[postgresql]'") from None
    return url.render_as_string(hide_password=False)


def find_alembic() -> None:
    """Make a new gradebook possible where no virtual environment is activated: nbgrader calls ``alembic`` by its bare name."""
    if shutil.which("alembic") is None:
        folders = [str(Path(sys.executable).parent), sysconfig.get_path("scripts"), sysconfig.get_path("scripts", f"{os.name}_user")]
        os.environ["PATH"] = os.pathsep.join([os.environ.get("PATH", os.defpath), *folders])


def course_cells(gradebook: Any, of: Lesson) -> dict[str, Any]:
    """The lesson's solution and grade cells as the gradebook has them. Raises ``ValueError`` if it has other ones than the course."""
    try:
        notebook = gradebook.find_notebook(of.name, of.name)
    except MissingEntry:
        raise ValueError(f"the gradebook does not have {of.name} yet; run `nbgrader generate_assignment {of.name}` first") from None
    points = {cell.name: cell.max_score for cell in notebook.grade_cells}
    if points != {build.CHECK + name: exercise.points for name, exercise in of.exercises.items()}:
        raise ValueError(f"the gradebook has {of.name} with other exercises or points; run `nbgrader generate_assignment {of.name}` again")
    wanted = {cell.name for cell in notebook.solution_cells} | points.keys()
    return {source.name: _course_cell(source, points.get(source.name)) for source in notebook.source_cells if source.name in wanted}


def _course_cell(source: Any, points: float | None) -> Any:
    graded = points is not None
    ours = {"schema_version": 3, "grade_id": source.name, "grade": graded, "solution": not graded, "task": False}
    ours |= {"locked": source.locked, "checksum": source.checksum, "cell_type": source.cell_type}
    cell = v4.new_code_cell(source.source, metadata={"nbgrader": ours | ({"points": points} if graded else {})})
    return ClearHiddenTests().preprocess_cell(cell, {}, 0)[0] if graded else cell


def _enter(gradebook: Any, of: Lesson, db_url: str) -> None:
    """Put a lesson into a gradebook that has never seen it, by nbgrader's own step of ``generate_assignment``."""
    try:
        gradebook.find_notebook(of.name, of.name)
    except MissingEntry:
        gradebook.update_or_create_assignment(of.name)
        names = {"notebook": of.name, "assignment": of.name, "db_url": _with_driver(db_url)}
        SaveCells().preprocess(v4.reads(of.notebook.read_text(encoding="utf-8")), {"nbgrader": names})
    course_cells(gradebook, of)


def save(gradebook: Any, result: Result) -> None:
    """One result into its grade rows. What a person gave (points, comments) stays, and is marked to be looked at again if ours changed."""
    notebook = gradebook.find_submission_notebook(result.lesson, result.lesson, result.student)
    earned = {build.CHECK + entry.name: entry for entry in result.exercises}
    _require_same(notebook, earned, result)
    for grade in notebook.grades:
        by_hand, changed = grade.manual_score is not None, grade.auto_score != earned[grade.name].score
        grade.auto_score = earned[grade.name].score
        grade.needs_manual_grade = by_hand and (changed or grade.needs_manual_grade)
    untouched = {entry.name for entry in result.exercises if entry.outcome == "not_attempted"}
    for comment in notebook.comments:
        comment.auto_comment = "No response." if comment.name in untouched else None
    gradebook.db.commit()


def _require_same(notebook: Any, earned: dict[str, ExerciseResult], result: Result) -> None:
    if {grade.name: grade.max_score for grade in notebook.grades} != {name: entry.max_score for name, entry in earned.items()}:
        raise ValueError(f"a result of {result.lesson} with other exercises or points than the gradebook has")


def zero(gradebook: Any, name: str, student: str) -> None:
    """An explicit 0 for every exercise of a submission that is in the gradebook, marked to be looked at, until it is graded again."""
    try:
        notebook = gradebook.find_submission_notebook(name, name, student)
    except MissingEntry:
        return
    for grade in notebook.grades:
        grade.auto_score, grade.needs_manual_grade = 0.0, True
    gradebook.db.commit()
