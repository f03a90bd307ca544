"""The benchmark's parts work: what they print can be measured. No time is judged here."""

import pytest
import yaml

from autograder import course
from autograder.course import Lesson
from autograder.examination.stage import implementations
from autograder.learner_side.wire import Function
from benchmarks import matrix, mutants
from benchmarks.bare import bare_seconds, recorded

from .conftest import EXAMPLE_CLASS


def test_the_bare_calls_of_a_submission_are_those_of_its_checks(lesson: Lesson) -> None:
    submission, calls = recorded(EXAMPLE_CLASS / "ada" / lesson.name / f"{lesson.name}.ipynb", lesson)
    assert {call["function"] for call in calls} == set(lesson.exercises)
    lent = [value for call in calls for value in call["args"] if isinstance(value, Function)]
    assert lent and all(f"def {value.of}(" in "".join(implementations(lesson.name).values()) for value in lent)
    assert min(bare_seconds(submission, calls, lesson)) > 0


def test_every_mutant_of_an_exercise_is_caught(capsys: pytest.CaptureFixture[str]) -> None:
    assert mutants._exercise(course.lesson("align_corners"), "crop_size", {}) == []
    name, made, killed, *_ = capsys.readouterr().out.strip("| ").split(" | ")
    assert name == "5 crop_size" and int(made) == int(killed) > 20


def test_what_is_called_equivalent_is_a_mutant() -> None:
    known = yaml.safe_load(mutants.EQUIVALENT.read_text("utf-8"))
    for key, lines in known.items():
        lesson, exercise = key.split(".")
        assert lines.keys() <= {mutant.line for mutant in mutants.mutants(course.lesson(lesson), exercise)}, key


def test_a_mutant_that_survives_is_told(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    survivor = mutants.Mutant("crop_size", "a  →  b", "")
    monkeypatch.setattr(mutants, "_exercise", lambda lesson, exercise, known: [survivor] * (exercise == "crop_size"))
    assert mutants.main([]) == 1
    assert capsys.readouterr().out.endswith("survives: crop_size: a  →  b\n")


def test_what_the_matrix_can_not_have_is_in_its_table(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    told = "error: Request failed\n  cause: dns error\n  cause: no such name\n"
    monkeypatch.setattr(matrix, "_uv", lambda *words: matrix._require(1, told))
    monkeypatch.setattr(matrix, "_interpreter", lambda python: python)
    assert matrix.main([]) == 1
    table = capsys.readouterr().out.splitlines()
    assert table.count("| 3.11 | lowest declared |  | not to be had here: no such name |") == 1
    assert sum("| not to be had here: no such name |" in line for line in table) == len(matrix.PYTHONS) + 1
