"""Tests of the nbgrader integration: nbgrader's own commands, with the shipped config, in a temporary course folder.

The grader is a canned one, so that what the gradebook must say is known to the last bit whatever a submission holds; only the
tests at the end use the real one.
"""

import csv
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbgrader.api import Gradebook
from nbgrader.apps.api import NbGraderAPI
from nbgrader.converters import Autograde, GenerateAssignment
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from nbgrader.plugins import CsvExportPlugin
from traitlets.config import Config, PyFileConfigLoader

from autograder import build, course
from autograder.files import write_whole
from autograder.integrations import gradebook as books
from autograder.integrations import nbgrader as ours
from autograder.verdicts import ExerciseResult, Result

pytestmark = pytest.mark.xdist_group("nbgrader")  # one class, made and graded once, for all of them
PACKAGE = course.PACKAGE.parent
REAL = "dilated_convolution"
TABLE = """
number: 1
title: Tiny
exercises:
  twice: {points: 3, minutes: 1, difficulty: 1, hints: [], look_at: "", misconceptions: {}}
  thrice: {points: 2.5, minutes: 1, difficulty: 1, hints: [], look_at: "", misconceptions: {}}
"""
SOURCE = """
# %% nbgrader={"grade": false, "grade_id": "setup", "locked": true, "schema_version": 3, "solution": false, "task": false}
import torch

# %% [markdown]
# Twice, then thrice.

# %% nbgrader={"grade": false, "grade_id": "twice", "locked": false, "schema_version": 3, "solution": true, "task": false}
def twice(x):
    ### BEGIN SOLUTION
    return x + x
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_twice", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
check(twice)
### BEGIN HIDDEN TESTS
the_hidden_test = 1
### END HIDDEN TESTS

# %% nbgrader={"grade": false, "grade_id": "thrice", "locked": false, "schema_version": 3, "solution": true, "task": false}
def thrice(x):
    ### BEGIN SOLUTION
    return 3 * x
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_thrice", "locked": true, "points": 2.5, "schema_version": 3, "solution": false}
check(thrice)
"""
#: A course of one lesson, and a grader that says what canned.json says. Runs in this process and, as sitecustomize, in nbgrader's.
CANNED = """
import json, os, sys, types
from pathlib import Path
from autograder import build, course, verdicts

parts = Path(os.environ["TINY_COURSE"])
course.EXERCISES, course.lessons_folder, build.SOLUTIONS = parts / "exercises", lambda: parts / "lessons", parts / "solutions"

def grade_files(files, *, jobs, seed, sandbox, device):
    from autograder.sandbox import NoSandbox
    with (parts / "calls").open("a") as log:
        log.write(json.dumps({"files": [[a, b, c.name] for a, b, c in files], "jobs": jobs, "seed": seed, "device": device}) + "\\n")
    if sandbox == "bubblewrap":
        raise NoSandbox("there is no bubblewrap here")
    canned = json.loads((parts / "canned.json").read_text())
    for student, lesson, _ in reversed(files):
        outcome, message, *entries = canned.get(student, ["unreadable", "It is not a notebook.", 0.0, 0.0])
        names = course.lessons()[lesson].exercises.values()
        exercises = tuple(verdicts.ExerciseResult(exercise.name, "correct" if score else "wrong", score, exercise.points,
                          message=message) for exercise, score in zip(names, entries))
        yield verdicts.Result(student, lesson, outcome, message, sum(entries), 5.5, ("cpu",), seed, 0.0, exercises)

sys.modules["autograder.grading"] = types.ModuleType("autograder.grading")
sys.modules["autograder.grading"].grade_files = grade_files
"""
EVIL = "got <script>alert(1)</script> \x1b[31mred"


class Classroom:
    """A temporary course folder with the shipped config, and what can be asked about it."""

    log: str
    first_calls: list[dict[str, Any]]
    first_scores: dict[str, tuple[Any, Any]]

    def __init__(self, root: Path) -> None:
        self.root, self.parts, self.submitted = root, root / "parts", root / "class" / "submitted"
        for name, text in {"exercises/tiny/exercises.yaml": TABLE, "solutions/1_tiny.py": SOURCE, "fake/sitecustomize.py": CANNED}.items():
            (self.parts / name).parent.mkdir(parents=True)
            (self.parts / name).write_text(text)
        (root / "nbgrader_config.py").write_text((PACKAGE / "nbgrader_config.py").read_text())

    def run(self, *command: str, real: bool = False) -> str:
        """One of nbgrader's commands, in a process of its own and without an activated environment; its log."""
        path = str(PACKAGE) if real else f"{self.parts / 'fake'}{os.pathsep}{PACKAGE}"
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(self.root), "PYTHONPATH": path, "TINY_COURSE": str(self.parts)}
        command = (sys.executable, "-m", "nbgrader", *command)
        done = subprocess.run(command, cwd=self.root, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stderr

    def hand_in(self, student: str, change: Callable[[dict[str, Any]], object] = lambda notebook: None) -> Path:
        """The handed-out lesson, changed by ``change``, as this student's submission."""
        notebook = json.loads((self.parts / "lessons" / "1_tiny" / "tiny.ipynb").read_text())
        change(notebook)
        path = self.submitted / student / "tiny" / "tiny.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(notebook))
        return path

    def can(self, **results: list[Any]) -> None:
        """What the grader will say: outcome, message, points for twice, points for thrice."""
        (self.parts / "canned.json").write_text(json.dumps(results))

    def calls(self) -> list[dict[str, Any]]:
        path = self.parts / "calls"
        calls = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
        path.unlink(missing_ok=True)
        return calls

    def rows(self, column: str = "auto_score") -> dict[str, dict[str, Any]]:
        """A column of the gradebook's grades, by student and cell, read without nbgrader."""
        query = f"""SELECT student_id, base_cell.name, grade.{column} FROM grade JOIN base_cell ON base_cell.id = grade.cell_id
            JOIN submitted_notebook ON submitted_notebook.id = grade.notebook_id
            JOIN submitted_assignment ON submitted_assignment.id = submitted_notebook.assignment_id"""
        rows: dict[str, dict[str, Any]] = {}
        with sqlite3.connect(self.root / "class" / "gradebook.db") as database:
            for student, cell, value in database.execute(query):
                rows.setdefault(student, {})[cell] = value
        return rows

    def scores(self) -> dict[str, tuple[Any, Any]]:
        return {student: (cells["check_twice"], cells["check_thrice"]) for student, cells in self.rows().items()}

    def execute(self, statement: str, *values: object) -> None:
        with sqlite3.connect(self.root / "class" / "gradebook.db") as database:
            database.execute(statement, values)

    def feedback(self, student: str) -> str:
        return (self.root / "class" / "feedback" / student / "tiny" / "tiny.html").read_text()

    def autograded(self, student: str) -> dict[str, Any]:
        return dict(json.loads((self.root / "class" / "autograded" / student / "tiny" / "tiny.ipynb").read_text()))

    def converter(self, student: str = "*", **settings: dict[str, Any]) -> Autograde:
        """nbgrader's autograde in this process, with the shipped config and what an option on the command line would add."""
        config = PyFileConfigLoader("nbgrader_config.py", str(self.root)).load_config()
        config.merge(Config(settings))
        return Autograde(coursedir=CourseDirectory(config=config, assignment_id="tiny", student_id=student), config=config)


@contextmanager
def canned_course(room: Classroom) -> Iterator[None]:
    """In this process, too, the course has one lesson and the grader is canned."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TINY_COURSE", str(room.parts))
        for module, name in [(course, "EXERCISES"), (course, "lessons_folder"), (build, "SOLUTIONS")]:
            patch.setattr(module, name, None)
        patch.setitem(sys.modules, "autograder.grading", None)
        course.lessons.cache_clear()
        exec(CANNED, {})
        yield
    course.lessons.cache_clear()


@pytest.fixture(scope="module")
def handed_out(tmp_path_factory: pytest.TempPathFactory) -> Classroom:
    """A course of one lesson, handed out and in the gradebook."""
    room = Classroom(tmp_path_factory.mktemp("course"))
    with canned_course(room):
        build.build(course.lesson("tiny"), room.parts / "lessons")
    room.run("generate_assignment", "tiny")
    return room


@pytest.fixture
def tiny(handed_out: Classroom) -> Iterator[Classroom]:
    """The same, for tests that work in this process."""
    with canned_course(handed_out):
        yield handed_out


def cell(notebook: dict[str, Any], grade_id: str) -> dict[str, Any]:
    return next(cell for cell in notebook["cells"] if cell["id"] == grade_id)


def solve(notebook: dict[str, Any]) -> None:
    cell(notebook, "twice")["source"] = "def twice(x):\n    return 2 * x  # ada's own"


def skip_the_checks(notebook: dict[str, Any]) -> None:
    for name in ("check_twice", "check_thrice"):
        cell(notebook, name)["metadata"]["tags"] = ["skip-execution"]


def claim_points(notebook: dict[str, Any]) -> None:
    output = {"output_type": "execute_result", "execution_count": 1, "metadata": {}, "data": {"text/plain": "3.0"}}
    for name in ("check_twice", "check_thrice"):
        cell(notebook, name)["outputs"] = [output]
        cell(notebook, name)["metadata"]["nbgrader"]["points"] = 1000


def warn_on_stderr(notebook: dict[str, Any]) -> None:
    for name in ("check_twice", "check_thrice"):
        cell(notebook, name)["outputs"] = [{"output_type": "stream", "name": "stderr", "text": "UserWarning: harmless"}]


def copy_cells(notebook: dict[str, Any]) -> None:
    notebook["cells"] += [cell(notebook, "check_twice"), {**cell(notebook, "twice"), "source": "def twice(x): return 'the last copy'"}]


def delete_checks(notebook: dict[str, Any]) -> None:
    notebook["cells"] = [cell for cell in notebook["cells"] if not cell["id"].startswith("check")]


def forge_metadata(notebook: dict[str, Any]) -> None:
    cell(notebook, "twice")["metadata"]["nbgrader"] = {"grade_id": "twice", "schema_version": 1, "grade": True, "points": 99}
    cell(notebook, "check_twice")["metadata"]["nbgrader"] = ["nonsense"]
    notebook["metadata"]["kernelspec"] = {"name": "evil", "language": "R"}


def write_a_marker(notebook: dict[str, Any]) -> None:
    cell(notebook, "twice")["source"] = "def twice(x):\n    # BEGIN HIDDEN TESTS\n    return 2 * x"
    notebook["cells"].append({"cell_type": "markdown", "id": "mine", "metadata": {}, "source": "<script>markdown</script>"})


#: What each submission does, and what the grader says of it: the gradebook has to say the same.
CLASS: dict[str, tuple[Callable[[dict[str, Any]], object], list[Any]]] = {
    "ada": (solve, ["graded", "", 3.0, 2.5]),
    "ben": (solve, ["graded", EVIL, 0.1 + 0.2, 2.5 / 3]),
    "cheats-by-tags": (skip_the_checks, ["graded", "Nothing was written.", 0.0, 0.0]),
    "cheats-by-outputs": (claim_points, ["graded", "Nothing was written.", 0.0, 0.0]),
    "copies": (copy_cells, ["graded", "", 1.0, 2.5]),
    "deletes": (delete_checks, ["graded", "", 3.0, 1.25]),
    "forges": (forge_metadata, ["graded", "", 0.0, 2.5]),
    "marker": (write_a_marker, ["graded", "", 3.0, 0.0]),
    "warns": (warn_on_stderr, ["graded", "", 3.0, 2.5]),
    "name [1] *é": (solve, ["graded", "", 2.0, 2.5]),
    "zoe": (solve, ["graded", "", 3.0, 2.0]),
}
ODD = {"broken", "empty", "renamed", "linked", "only-python", "adas-shadow"}


@pytest.fixture(scope="module")
def graded(handed_out: Classroom) -> Classroom:
    """The class after autograde, generate_feedback and export."""
    tiny = handed_out
    for student, (change, _) in CLASS.items():
        tiny.hand_in(student, change)
    tiny.hand_in("broken").write_text("{not json")
    tiny.hand_in("renamed").rename(tiny.submitted / "renamed" / "tiny" / "tiny (1).ipynb")
    tiny.hand_in("empty").unlink()
    secret = tiny.root / "secret"
    secret.write_text("the instructor's")
    linked = tiny.hand_in("linked")
    linked.unlink()
    linked.symlink_to(secret)
    (tiny.submitted / "adas-shadow").mkdir()
    (tiny.submitted / "adas-shadow" / "tiny").symlink_to(tiny.submitted / "ada" / "tiny")
    tiny.hand_in("only-python").rename(tiny.submitted / "only-python" / "tiny" / "tiny.py")
    (tiny.submitted / "only-python" / "tiny" / "tiny.py").write_text("def twice(x):\n    return 'from a file'\n")
    for student in ("ada", "name [1] *é"):
        (tiny.submitted / student / "tiny" / "link").symlink_to(secret)
        os.mkfifo(tiny.submitted / student / "tiny" / "pipe")
    (tiny.submitted / "ada" / "tiny" / "timestamp.txt").write_text("2026-01-05 10:00:00 UTC")
    (tiny.submitted / "ben" / "tiny" / "timestamp.txt").write_text("when I had time")
    (tiny.submitted / "ada" / "tiny" / "submission_secret.txt").write_text(128 * "a")
    (tiny.submitted / "ben" / "tiny" / "submission_secret.txt").write_text(128 * "a" + "\n")
    (tiny.submitted / "zoe" / "tiny" / "submission_secret.txt").symlink_to(tiny.submitted / "ada" / "tiny" / "submission_secret.txt")
    tiny.can(**{student: result for student, (_, result) in CLASS.items()}, **{"only-python": ["graded", "", 3.0, 0.0]})
    tiny.log = tiny.run("autograde", "tiny", "--SubmissionExporter.seed=7", "--SubmissionExporter.jobs=3")
    tiny.run("generate_feedback", "tiny")
    tiny.run("export", "--to", "grades.csv")
    tiny.first_calls, tiny.first_scores = tiny.calls(), tiny.scores()
    return tiny


@pytest.fixture
def room(graded: Classroom, tiny: Classroom) -> Classroom:
    """The graded class, for tests that work in this process."""
    return tiny


def test_the_release_is_the_lesson_and_lies_apart(tiny: Classroom) -> None:
    release = tiny.root / "build" / "nbgrader" / "release" / "tiny" / "tiny.ipynb"
    assert release.read_text() == build.lesson_text(course.lesson("tiny"))
    assert "x + x" not in release.read_text() and "the_hidden_test" not in release.read_text()


def test_the_gradebook_has_exactly_the_graders_points(graded: Classroom) -> None:
    scores = graded.first_scores
    assert {student: scores[student] for student in CLASS} == {student: tuple(result[2:]) for student, (_, result) in CLASS.items()}
    assert scores["only-python"] == (3.0, 0.0)
    assert set(graded.rows("needs_manual_grade")["ada"].values()) == {0}


def test_what_can_not_be_graded_gets_an_explicit_0_with_the_reason(graded: Classroom) -> None:
    scores = graded.first_scores
    assert set(scores) == set(CLASS) | ODD
    assert {scores[student] for student in ODD - {"only-python"}} == {(0.0, 0.0)}
    assert "It is not a notebook." in graded.feedback("broken")
    assert "There is no tiny.ipynb in this submission." in graded.feedback("empty")
    assert "There is no tiny.ipynb in this submission; there is: tiny (1).ipynb." in graded.feedback("renamed")


def test_the_whole_class_is_graded_in_one_go(graded: Classroom) -> None:
    (call,) = graded.first_calls
    assert {student for student, _, _ in call["files"]} == set(CLASS) | {"broken", "linked", "only-python", "adas-shadow"}
    assert ["only-python", "tiny", "tiny.py"] in call["files"]
    assert ["adas-shadow", "tiny", "tiny"] in call["files"], "the grader has to see the link, and to refuse it"
    assert (call["jobs"], call["seed"], call["device"]) == (3, 7, "auto")


def test_the_export_reads_the_same_points(graded: Classroom) -> None:
    with (graded.root / "grades.csv").open() as file:
        exported = {row["student_id"]: (float(row["score"]), float(row["max_score"])) for row in csv.DictReader(file)}
    assert exported == {student: (sum(points), 5.5) for student, points in graded.first_scores.items()}


def test_feedback_shows_the_message_escaped_and_no_hidden_test(graded: Classroom) -> None:
    page = graded.feedback("ben")
    assert "0.3 of 3 points\ngot " in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page and "<script>alert(1)" not in page and "\x1b" not in page
    assert "\x1b" not in json.dumps(graded.autograded("ben"), ensure_ascii=False) and "\\u001b" not in json.dumps(graded.autograded("ben"))
    pages = {student: graded.feedback(student) for student in graded.first_scores if "[" not in student}
    assert not [student for student, page in pages.items() if "the_hidden_test" in page or "<script>markdown" in page]
    assert "ada&#39;s own" in pages["ada"] or "ada's own" in pages["ada"]
    assert "the last copy" in pages["copies"] and "from a file" in pages["only-python"]


def test_the_graded_notebook_holds_the_text_and_the_verdicts_only(graded: Classroom) -> None:
    notebook = graded.autograded("cheats-by-outputs")
    assert [cell["id"] for cell in notebook["cells"]] == ["000-code", "twice", "check_twice", "thrice", "check_thrice"]
    check = cell(notebook, "check_thrice")
    assert check["outputs"] == [{"name": "stdout", "output_type": "stream",
                                 "text": ["0 of 2.5 points\n", "Nothing was written.\n"]}]
    assert check["metadata"]["nbgrader"]["points"] == 2.5
    assert "tags" not in cell(graded.autograded("cheats-by-tags"), "check_twice")["metadata"]
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"


def test_nothing_but_the_notebook_is_copied_out_of_a_submission(graded: Classroom) -> None:
    folder = graded.root / "class" / "autograded"
    assert sorted(path.name for path in (folder / "ada" / "tiny").iterdir()) == ["submission_secret.txt", "timestamp.txt", "tiny.ipynb"]
    assert [path.parts[-3] for path in folder.rglob("submission_secret.txt")] == ["ada"], "one is no secret of nbgrader's, one a link"
    assert (graded.root / "class" / "feedback" / "ada" / "tiny" / "submission_secret.txt").read_text() == 128 * "a"
    assert [path.name for path in (folder / "name [1] *é" / "tiny").iterdir()] == ["tiny.ipynb"]
    assert "the instructor's" not in "".join(path.read_text() for path in folder.rglob("*.*"))


def test_the_log_tells_what_is_odd_and_nothing_went_wrong(graded: Classroom) -> None:
    assert "ben/tiny/timestamp.txt holds no timestamp" in graded.log
    assert "ERROR" not in graded.log and "Traceback" not in graded.log and "SAWarning" not in graded.log
    with sqlite3.connect(graded.root / "class" / "gradebook.db") as database:
        times = dict(database.execute("SELECT student_id, timestamp FROM submitted_assignment"))
    assert times["ada"].startswith("2026-01-05 10:00:00") and times["ben"] is None


def test_a_second_autograde_grades_what_has_changed_and_nothing_else(room: Classroom) -> None:
    room.calls()
    room.converter().start()
    assert room.calls() == []
    room.hand_in("zoe", delete_checks)
    room.hand_in("empty", solve)
    room.can(zoe=["graded", "", 0.5, 0.0], empty=["graded", "", 3.0, 2.5])
    room.converter().start()
    (call,) = room.calls()
    assert [student for student, _, _ in call["files"]] == ["empty", "zoe"]
    assert room.scores()["zoe"] == (0.5, 0.0) and room.scores()["empty"] == (3.0, 2.5) and room.scores()["ada"] == (3.0, 2.5)


def test_a_regrade_that_fails_leaves_no_older_score(room: Classroom, monkeypatch: pytest.MonkeyPatch) -> None:
    assert room.scores()["copies"] == (1.0, 2.5)
    monkeypatch.setattr(ours, "save", lambda *_: 1 / 0)
    with pytest.raises(NbGraderException):
        room.converter("copies", BaseConverter={"force": True}).start()
    assert room.scores()["copies"] == (0.0, 0.0)
    assert set(room.rows("needs_manual_grade")["copies"].values()) == {1}


def test_a_grader_that_stops_leaves_a_flagged_0_and_what_it_graded(room: Classroom, monkeypatch: pytest.MonkeyPatch) -> None:
    only = lambda files, **_: iter([result("cheats-by-tags", 0.5, 0.5)])  # noqa: E731
    monkeypatch.setattr(sys.modules["autograder.grading"], "grade_files", only)
    with pytest.raises(NbGraderException):
        room.converter("cheats-by-*", BaseConverter={"force": True}).start()
    assert room.scores()["cheats-by-tags"] == (0.5, 0.5) and room.scores()["cheats-by-outputs"] == (0.0, 0.0)
    assert set(room.rows("needs_manual_grade")["cheats-by-outputs"].values()) == {1}


def test_what_a_person_gave_stays_and_is_flagged(room: Classroom) -> None:
    room.can(warns=["graded", "", 1.5, 0.5])
    room.execute("""UPDATE grade SET manual_score = 2.25 WHERE auto_score = 3.0 AND notebook_id IN (SELECT submitted_notebook.id
        FROM submitted_notebook JOIN submitted_assignment ON submitted_assignment.id = submitted_notebook.assignment_id
        WHERE student_id = ?)""", "warns")
    room.converter("warns", BaseConverter={"force": True}).start()
    assert room.scores()["warns"] == (1.5, 0.5)
    assert room.rows("manual_score")["warns"] == {"check_twice": 2.25, "check_thrice": None}
    assert room.rows("needs_manual_grade")["warns"] == {"check_twice": 1, "check_thrice": 0}


def test_the_formgraders_button_gives_the_same_points(room: Classroom) -> None:
    room.can(forges=["graded", "", 0.75, 2.5])
    converter = room.converter()
    answer = NbGraderAPI(converter.coursedir, config=converter.config).autograde("tiny", "forges")
    assert answer["success"], answer
    assert room.scores()["forges"] == (0.75, 2.5) and converter.coursedir.ignore != ["*"]


@pytest.mark.parametrize(("settings", "sentence"), [
    ({"Execute": {"enabled": False}, "ClearOutput": {"enabled": False}}, "--no-execute"),
    ({"SubmissionExporter": {"sandbox": "bubblewrap"}}, "there is no bubblewrap here"),
])
def test_what_can_not_be_done_ends_the_command_and_changes_nothing(
    room: Classroom, settings: dict[str, Any], sentence: str
) -> None:
    before = room.scores()
    with pytest.raises(NbGraderException, match=sentence):
        room.converter(**settings, BaseConverter={"force": True}).start()
    assert room.scores() == before and room.autograded("ada")


@pytest.mark.parametrize(("spoil", "mend", "sentence"), [
    ("UPDATE grade_cells SET max_score = 4 WHERE max_score = 3", "UPDATE grade_cells SET max_score = 3 WHERE max_score = 4",
     "with other exercises or points"),
    ("UPDATE assignment SET name = 'other'", "UPDATE assignment SET name = 'tiny'", "run `nbgrader generate_assignment tiny` first"),
])
def test_another_gradebook_than_the_courses_ends_the_command(room: Classroom, spoil: str, mend: str, sentence: str) -> None:
    before = room.scores()
    room.execute(spoil)
    try:
        with pytest.raises(NbGraderException, match=sentence):
            room.converter(BaseConverter={"force": True}).start()
    finally:
        room.execute(mend)
    assert room.scores() == before


def test_a_lesson_that_is_none_of_the_courses_is_refused(room: Classroom) -> None:
    converter = room.converter()
    converter.coursedir.assignment_id = "other"
    other = room.submitted / "ada" / "other"
    other.mkdir()
    (other / "other.ipynb").write_text("{}")
    with pytest.raises(NbGraderException, match="this course has no lesson 'other'"):
        converter.start()


def test_the_config_keeps_nbgrader_from_executing_whatever_goes_wrong_in_it(tiny: Classroom, monkeypatch: pytest.MonkeyPatch) -> None:
    # After an error in its config nbgrader goes on as if there were none, and by itself it would run learners' code.
    monkeypatch.setattr(ours, "prepare", lambda _: 1 / 0)
    config = tiny.converter().config
    assert config.Autograde.exporter_class.endswith("SubmissionExporter")
    assert not [name for name in config.Autograde.autograde_preprocessors if "Execute" in str(name)]
    # And with no config at all it finds neither the class nor its gradebook.
    assert not (tiny.root / "submitted").exists() and not (tiny.root / "gradebook.db").exists()


def test_prepare_follows_the_source_and_leaves_no_stale_lesson(tiny: Classroom, tmp_path: Path) -> None:
    written, target = tiny.parts / "solutions" / "1_tiny.py", tmp_path / "tiny" / "tiny.ipynb"
    ours.prepare(tmp_path)
    first = target.stat().st_ino
    ours.prepare(tmp_path)
    assert target.stat().st_ino == first, "written again though nothing changed"
    try:
        written.write_text(SOURCE.replace("Twice, then", "First twice, then"))
        ours.prepare(tmp_path)
        assert "First twice" in target.read_text()
        written.write_text(SOURCE.replace('"points": 3,', '"points": 4,'))
        with pytest.raises(ValueError, match="check_twice gives 4 points"):
            ours.prepare(tmp_path)
        assert not target.exists()
    finally:
        written.write_text(SOURCE)


def result(student: str, twice: float, thrice: float, points: float = 3.0) -> Result:
    exercises = (ExerciseResult("twice", "not_attempted", twice, points), ExerciseResult("thrice", "correct", thrice, 2.5))
    return Result(student, "tiny", "graded", "", twice + thrice, points + 2.5, ("cpu",), 0, 0.0, exercises)


@pytest.fixture
def straight(tiny: Classroom) -> Classroom:
    """A gradebook that nbgrader's commands have never seen."""
    other = Classroom.__new__(Classroom)
    other.root = tiny.root / "straight"
    (other.root / "class").mkdir(parents=True, exist_ok=True)
    return other


def test_results_go_straight_into_a_new_gradebook_and_out_by_export(
    tiny: Classroom, straight: Classroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, exported = f"sqlite:///{straight.root}/class/gradebook.db", straight.root / "grades.csv"
    monkeypatch.setenv("PATH", "/nowhere")
    books.fill_gradebook(iter([result("ada", 0.0, 0.1), result("ben", 1 / 3, 2.5)]), url)
    books.fill_gradebook([result("ada", 0.7, 0.1)], url)
    assert straight.scores() == {"ada": (0.7, 0.1), "ben": (1 / 3, 2.5)}
    with Gradebook(url) as gradebook:
        CsvExportPlugin(to=str(exported)).export(gradebook)
    with exported.open() as file:
        assert {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)} == {"ada": 0.7 + 0.1, "ben": 1 / 3 + 2.5}
    # The lesson was entered as generate_assignment enters it: running that afterwards is no conflict.
    converter = tiny.converter(CourseDirectory={"db_url": url})
    GenerateAssignment(coursedir=converter.coursedir, config=converter.config).start()
    assert straight.scores()["ada"] == (0.7, 0.1)


def test_a_result_that_does_not_fit_is_refused_and_stops_no_other(straight: Classroom) -> None:
    results = [result("eve", 4.0, 1.0, points=4.0), result("bad\udcff", 1.0, 1.0), result("zoe", 1.0, 1.0)]
    with pytest.raises(ValueError, match=r"not in the gradebook: 'eve': .*other exercises or points.*; 'bad\\udcff'"):
        books.fill_gradebook(results, f"sqlite:///{straight.root}/class/gradebook.db")
    assert straight.scores()["zoe"] == (1.0, 1.0)


@pytest.mark.skipif(not (course.lessons_folder() / f"1_{REAL}").is_dir(), reason="needs the built lesson: atrous build")
def test_with_the_real_grader_the_gradebook_says_what_it_says(tmp_path: Path) -> None:
    grading = pytest.importorskip("autograder.grading", exc_type=ImportError)
    from autograder.sandbox import why_not

    lesson, room, sandbox = course.lesson(REAL), Classroom(tmp_path), "process" if why_not() else "auto"
    solution = json.loads(nbformat.writes(build.source_notebook(lesson)))
    mistaken = json.loads(json.dumps(solution))
    cell(mistaken, "effective_kernel_size")["source"] = "def effective_kernel_size(kernel_size, dilation): return kernel_size * dilation"
    texts = {"solved": json.dumps(solution), "wrong": json.dumps(mistaken), "broken": "{"}
    files = [(student, REAL, tmp_path / "class" / "submitted" / student / REAL / f"{REAL}.ipynb") for student in texts]
    for student, _, path in files:
        write_whole(path, texts[student])
    room.run("generate_assignment", REAL, real=True)
    room.run("autograde", REAL, f"--SubmissionExporter.sandbox={sandbox}", real=True)
    expected = {each.student: {f"check_{entry.name}": entry.score for entry in each.exercises}
                for each in grading.grade_files(files, jobs=2, seed=0, sandbox=sandbox, device="auto")}
    assert room.rows() == expected
    solved, wrong, broken = (sum(expected[student].values()) for student in ("solved", "wrong", "broken"))
    assert 0 == broken < wrong < solved <= lesson.points
