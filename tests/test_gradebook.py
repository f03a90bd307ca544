"""`atrous grade --gradebook URL`: nbgrader's gradebook filled by ourselves, on SQLite and on a real PostgreSQL server."""

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import nbgrader.api
import pytest
from nbgrader.api import Gradebook
from nbgrader.utils import parse_utc
from sqlalchemy import MetaData, create_engine, select
from typer.testing import CliRunner

from autograder import build, classroom, course
from autograder.cli import app
from autograder.grading.find import ClassFolder
from autograder.integrations import gradebook as books
from autograder.verdicts import ExerciseResult, Result

from . import postgres
from .test_nbgrader import Classroom, canned_course

Cells = dict[str, tuple[Any, ...]]


def result(student: str, twice: float, thrice: float, **changed: Any) -> Result:
    exercises = (ExerciseResult("twice", "wrong", twice, 3.0), ExerciseResult("thrice", "correct", thrice, 2.5))
    return replace(Result(student, "tiny", "graded", "", twice + thrice, 5.5, ("cpu",), 0, 0.0, exercises), **changed)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Classroom]:
    """A course of one lesson with exercises twice (3 points) and thrice (2.5)."""
    room = Classroom(tmp_path_factory.mktemp("tiny"))
    with canned_course(room), pytest.MonkeyPatch.context() as patch:
        books.find_alembic()
        patch.setattr(nbgrader.api, "get_alembic_version", cache(nbgrader.api.get_alembic_version))  # a second for each new gradebook
        build.build(course.lesson("tiny"), room.parts / "lessons")
        yield room


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgres.server() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tiny: Classroom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A gradebook that nobody has seen yet, in a folder without nbgrader_config.py."""
    monkeypatch.chdir(tmp_path)
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/gradebook.db"
    server: str = request.getfixturevalue("server")
    name = f"book{abs(hash(request.node.nodeid))}"
    with create_engine(books._with_driver(server), isolation_level="AUTOCOMMIT").connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    return server.replace("/postgres?", f"/{name}?")


def rows(url: str) -> dict[str, list[Any]]:
    """Everything that a gradebook holds, table by table."""
    engine, tables = create_engine(books._with_driver(url)), MetaData()
    tables.reflect(engine)
    with engine.connect() as connection:
        return {table.name: sorted(map(repr, connection.execute(select(table)))) for table in tables.sorted_tables}


def grades(url: str, student: str) -> Cells:
    """A student's cells: what the grader gave, what a person gave, whether a person has to look."""
    with Gradebook(books._with_driver(url), "atrous") as gradebook:
        notebook = gradebook.find_submission_notebook("tiny", "tiny", student)
        return {grade.name: (grade.auto_score, grade.manual_score, bool(grade.needs_manual_grade)) for grade in notebook.grades}


def by_hand(url: str, student: str, points: float) -> None:
    """What formgrader does when an instructor gives points and a comment."""
    with Gradebook(books._with_driver(url), "atrous") as gradebook:
        grade = gradebook.find_grade("check_twice", "tiny", "tiny", student)
        grade.manual_score, grade.needs_manual_grade, grade.extra_credit = points, False, 0.5
        gradebook.find_comment("twice", "tiny", "tiny", student).manual_comment = "I like this."
        gradebook.db.commit()


def due(url: str, when: str) -> None:
    with Gradebook(books._with_driver(url), "atrous") as gradebook:
        gradebook.update_or_create_assignment("tiny", duedate=when)


def test_the_points_are_the_results_to_the_last_bit_and_again_changes_nothing(url: str) -> None:
    results = [result("ada", 0.1 + 0.2, 2.5 / 3), result("name [1] *é", 3.0, 0.0), result("zoe", 0.0, 0.0, outcome="unreadable")]
    books.fill_gradebook(results, url)
    first = rows(url)
    assert grades(url, "ada") == {"check_twice": (0.1 + 0.2, None, False), "check_thrice": (2.5 / 3, None, False)}
    assert grades(url, "name [1] *é") == {"check_twice": (3.0, None, False), "check_thrice": (0.0, None, False)}
    assert grades(url, "zoe") == {"check_twice": (0.0, None, False), "check_thrice": (0.0, None, False)}
    books.fill_gradebook(results, url)
    assert rows(url) == first and len(first["grade"]) == 6 and len(first["alembic_version"]) == 1


def test_what_a_person_gave_survives_and_is_looked_at_again_only_when_ours_changes(url: str) -> None:
    books.fill_gradebook([result("ada", 1.0, 2.5)], url)
    by_hand(url, "ada", 2.25)
    before = rows(url)
    books.fill_gradebook([result("ada", 1.0, 2.5)], url)
    assert rows(url) == before and "I like this." in str(before["comment"])
    books.fill_gradebook([result("ada", 1.5, 2.5)], url)
    assert grades(url, "ada") == {"check_twice": (1.5, 2.25, True), "check_thrice": (2.5, None, False)}
    with Gradebook(books._with_driver(url), "atrous") as gradebook:
        assert gradebook.find_submission("tiny", "ada").score == 2.25 + 0.5 + 2.5


def folder(root: Path, stamp: str) -> Path:
    root.mkdir()
    (root / "timestamp.txt").write_text(stamp)
    return root


@pytest.mark.parametrize(("setting", "penalty", "said"), [
    ("", None, "no points were taken off, since nbgrader_config.py sets no penalty for it."),
    ("c = get_config()\nc.LateSubmissionPlugin.penalty_method = 'zero'\n", 4.0, "4 points were taken off."),
])
def test_a_late_submission_is_told_and_costs_what_nbgraders_config_says(
    url: str, tmp_path: Path, setting: str, penalty: float | None, said: str
) -> None:
    Path("nbgrader_config.py").write_text(setting)
    told, stamps = list[str](), {"ada": "2026-01-05 10:00:00 UTC", "ben": "2026-01-05 12:30:00 UTC", "cy": "when I had time"}
    folders = {(student, "tiny"): folder(tmp_path / student, stamp) for student, stamp in stamps.items()}
    books.prepare_gradebook(url, ["tiny"])
    due(url, "2026-01-05 11:00:00 UTC")
    results = [result(student, 1.5, 2.5) for student in (*stamps, "dot")]
    books.fill_gradebook(results, url, folders, told.append)
    assert told == [f"ben handed in tiny 1:30:00 (h:mm:ss) after the due date; {said}",
                    f"{tmp_path}/cy/timestamp.txt holds no time, so nobody knows whether this submission was late."]
    with Gradebook(books._with_driver(url), "atrous") as gradebook:
        assert gradebook.find_submission_notebook("tiny", "tiny", "ben").late_submission_penalty == penalty
        assert gradebook.find_submission("tiny", "ada").timestamp == parse_utc("2026-01-05 10:00:00 UTC")
    before = rows(url)
    books.fill_gradebook(results, url, folders)
    assert rows(url) == before
    due(url, "2026-01-05 13:00:00 UTC")
    books.fill_gradebook(results, url, folders, told.append)
    with Gradebook(books._with_driver(url), "atrous") as gradebook:
        assert gradebook.find_submission_notebook("tiny", "tiny", "ben").late_submission_penalty is None, "an extension takes it back"


def test_a_timestamp_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("2026-01-05 10:00:00 UTC")
    (tmp_path / "timestamp.txt").symlink_to(tmp_path / "secret")
    told = list[str]()
    assert books._handed_in(tmp_path, told.append) is None and "holds no time" in told[0]


def test_a_result_that_the_gradebook_does_not_take_is_told_and_stops_no_other(url: str) -> None:
    with pytest.raises(ValueError, match=r"not in the gradebook: 'eve': .*other exercises or points"):
        books.fill_gradebook([result("eve", 1.0, 1.0, exercises=()), result("zoe", 1.0, 2.0)], url)
    assert grades(url, "zoe") == {"check_twice": (1.0, None, False), "check_thrice": (2.0, None, False)}


@pytest.mark.parametrize(("bad", "sentence"), [
    ("class/gradebook.db", "a gradebook's URL is needed, such as sqlite:///"),
    ("oracle11://host/db", "a gradebook's URL is needed"),
    ("sqlite:////nowhere/at/all.db", "can't be used: unable to open database file"),
    ("postgresql://me:sesame@/db?host=/nowhere", r"the gradebook postgresql://me:\*\*\*@/db.* can't be used"),
])
def test_a_url_that_leads_nowhere_is_one_sentence_without_the_password(bad: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence) as error:
        books.prepare_gradebook(bad, [])
    assert "sesame" not in str(error.value)


def test_without_the_driver_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(ValueError, match=r"pip install 'atrous\[postgresql\]'"):
        books.prepare_gradebook("postgresql://me@host/db", [])


def test_the_command_fills_the_gradebook_and_tells_what_was_odd(
    tiny: Classroom, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def grade_class(found: ClassFolder, *_: object) -> list[Result]:
        return [result(upload.student, 1.0, 2.5, message="The cell of twice is there 2 times; the last one was graded.")
                for upload in found.uploads]

    monkeypatch.setattr(classroom, "grade_class", grade_class)
    path = tmp_path / "class" / "ada" / "tiny" / "tiny.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"cells": []}))
    words = ["grade", str(tmp_path / "class"), "--out", str(tmp_path / "out"), "--sandbox", "process", "--gradebook", url]
    done = CliRunner().invoke(app, words, catch_exceptions=False, env={"COLUMNS": "200"})
    assert done.exit_code == 0, done.output
    assert "ada, tiny: The cell of twice is there 2 times; the last one was graded." in done.output
    assert "nbgrader's gradebook has all 1 results" in done.output
    assert grades(url, "ada") == {"check_twice": (1.0, None, False), "check_thrice": (2.5, None, False)}


def test_a_bad_url_is_told_before_anything_is_graded(tiny: Classroom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classroom, "grade_class", lambda *_: pytest.fail("graded"))
    (tmp_path / "class" / "ada" / "tiny").mkdir(parents=True)
    with pytest.raises(ValueError, match="a gradebook's URL is needed"):
        classroom.run(classroom.Console(), tmp_path / "class", tmp_path / "out", 1, 0, "cpu", "process", "gradebook.db")
