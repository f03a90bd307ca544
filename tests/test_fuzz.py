"""A short run of what ``make fuzz`` does at length, and that its judges see what they are there for."""

import json
from pathlib import Path
from typing import Any

import pytest

from autograder import verdicts
from autograder.grading import store
from autograder.verdicts import result_from_json
from benchmarks import fuzz
from benchmarks import fuzz_inputs as inputs

NUMBER = 150


@pytest.mark.parametrize("name", fuzz.SURFACES)
def test_spoiled_input_is_refused_or_read(name: str) -> None:
    surface = fuzz.SURFACES[name]
    ends = fuzz.drawn(surface.drawn, NUMBER, 0, surface.read)
    assert ends.total() >= NUMBER and min(ends["read"], ends["refused"]) > 0
    assert {surface.read(data) for data in surface.seeds()} <= {"read", "refused"} and surface.read(surface.seeds()[0]) == "read"


def test_forged_answers_and_worthless_code_earn_nothing() -> None:
    for strategy, judge in fuzz.GRADED.values():
        assert fuzz.graded(strategy, judge, 6, 0).total() == 6


def test_points_for_nothing_are_seen() -> None:
    right = {"cells": [{"cell_type": "code", "source": "def effective_kernel_size(k, d):\n    return d * (k - 1) + 1"}]}
    with pytest.raises(AssertionError, match="points for nothing"):
        fuzz.worthless_notebooks([json.dumps(right).encode()])


def test_a_failure_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzz, "from_python", lambda data: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        fuzz.drawn(inputs.PYTHON_FILES, NUMBER, 0, fuzz.python_file)


def _changed(**fields: Any) -> str:
    return json.dumps(inputs.RESULT | fields)


def _first(**fields: Any) -> str:
    first, *rest = inputs.RESULT["exercises"]
    return _changed(exercises=[first | fields, *rest])


@pytest.mark.parametrize("text", [
    _changed(score=8.0), _changed(score=float("nan")), _changed(max_score=1e30), _changed(score=True), _changed(student=3),
    _changed(outcome="fine"), _changed(outcome="crashed"), _changed(devices=[1]), _changed(seconds="1"), _changed(schema=2),
    _changed(schema=True), _first(score=5.0), _first(outcome="right"), _first(score=-1.0), _first(score=0.5), _first(misconception=3),
    _first(checks=[{"name": 1, "device": "", "outcome": ""}]), _first(checks=3), "[" * 100_000, "[]", "{}"])
def test_a_result_that_is_not_sound_is_not_believed(text: str) -> None:
    with pytest.raises(ValueError, match="result"):
        result_from_json(text)


def test_a_sound_result_comes_back() -> None:
    result = result_from_json(json.dumps(inputs.RESULT))
    assert json.loads(result.to_json()) == inputs.RESULT and result.score == result.exercises[0].score + 0.5
    assert verdicts.result_from_json(result.named("blaise", "key").to_json()).student == "blaise"


def test_a_result_of_somebody_else_is_not_taken(tmp_path: Path) -> None:
    for student in ("ada", "blaise"):
        for where in (store.feedback_path, store.result_path):
            path = where(tmp_path, student, "dilated_convolution")
            path.parent.mkdir(parents=True)
            path.write_text(json.dumps(inputs.RESULT))
    found = [store.stored(tmp_path, student, "dilated_convolution", inputs.KEY) for student in ("ada", "blaise")]
    assert found[0] is not None and found[1] is None
