"""Turns what happened in one exercise's checks into its result: the outcome, the points, and what the learner is told."""

from fnmatch import fnmatchcase
from typing import Any

import pytest
import torch

from autograder.course import Exercise
from autograder.feedback import cards
from autograder.feedback.diagnosis import diagnose
from autograder.languages import say, sentence
from autograder.sandbox import Ended
from autograder.submission import is_stub
from autograder.verdicts import CheckResult, Evidence, ExerciseResult

from .attempt import Attempt
from .expect import Mismatch
from .fixtures import device_of, name_of
from .learner import Forbidden, Learner, Missing, Raised

MAX_EVIDENCE = 400


class Marking:
    """Collects one exercise's checks in order. After the first failure it is ``over``: the rest is not reached and earns nothing."""

    def __init__(self, exercise: Exercise, attempt: Attempt, graded: bool) -> None:
        self.exercise, self.attempt, self.graded = exercise, attempt, graded
        self.checks: list[CheckResult] = []
        self.weights: dict[str, int] = {}
        self.failed: set[str] = set()
        self.over: ExerciseResult | None = None

    def before(self) -> ExerciseResult | None:
        """The result of an exercise that need not be examined: not attempted, forbidden by its text, or its cell ended the process."""
        definition = self.attempt.submission.definition(self.exercise.name)
        if definition and is_stub(definition):
            return self._unexamined("not_attempted", cards.not_attempted(self.exercise))
        if names := self._forbidden():
            return self._unexamined("forbidden", cards.forbidden(self.exercise, names))
        if ended := self._cell_end():
            return self._unexamined(ended.outcome, self._why_missing())
        return None

    def skipped(self, item: pytest.Item) -> None:
        """A check on a device that isn't here, or isn't to be used."""
        device = device_of(item).upper()
        left_out = say("{device} was left out of this run", device=device) if torch.cuda.is_available() else \
            say("no {device} device", device=device)
        self._note(item, "skipped", left_out)

    def not_reached(self, item: pytest.Item) -> None:
        """A check after the first failure."""
        self._note(item, "not_reached")
        self._weigh(item, failed=True)

    def ran(self, item: pytest.Item, error: BaseException | None, learner: Learner) -> None:
        """A check that ran; ``error`` is what it raised."""
        self._weigh(item, failed=error is not None)
        if error is None:
            return self._note(item, "passed")
        self._note(item, "failed", self._told(item, error, learner))
        return None

    def result(self) -> ExerciseResult:
        """The exercise's result, once every check was noted."""
        row, checks = self.exercise, tuple(self.checks)
        if self.over is None:
            return ExerciseResult(row.name, "correct", row.points, row.points, None, cards.correct(row, checks, self.graded), checks)
        over = self.over
        return ExerciseResult(row.name, over.outcome, self._score(), row.points, over.misconception, over.message, checks, over.evidence)

    def _told(self, item: pytest.Item, error: BaseException, learner: Learner) -> str:
        """What the learner is told of the first failure; with it the exercise is over."""
        outcome = self._outcome(error)
        hidden = bool(getattr(item.function, "hidden", False))  # type: ignore[attr-defined]
        found = diagnose(self.exercise, learner) if outcome in ("wrong", "raised", "forbidden") and not hidden else None
        prop = str(item.function.__doc__ or name_of(item)).strip().splitlines()[0]  # type: ignore[attr-defined]
        if isinstance(error, Missing):
            message = self._why_missing()
        else:
            message = cards.failed(self.exercise, prop, error, None if hidden else learner, found)
        evidence = _evidence(error) if isinstance(error, Mismatch) and not hidden else None
        self.over = ExerciseResult(self.exercise.name, outcome, 0.0, 0.0, found.id if found else None, message, (), evidence)
        return message

    def _outcome(self, error: BaseException) -> str:
        if isinstance(error, Ended):
            return error.outcome
        if isinstance(error, Missing):
            ended = self._cell_end()
            return ended.outcome if ended else "raised" if self._cell_error() else "not_attempted"
        if isinstance(error, Raised):
            return _outcome_of_error(error.error)
        if isinstance(error, Forbidden):
            return "forbidden"
        if isinstance(error, Mismatch):
            return "wrong"
        raise error  # a fault of the check itself must never cost a learner points

    def _cell_error(self) -> dict[str, Any] | None:
        errors = self.attempt.errors
        return errors.get(self.exercise.name) or errors.get("file")

    def _cell_end(self) -> Ended | None:
        """How its cell, or the file that it stands in, ended the process."""
        deadly = self.attempt.deadly
        return deadly.get(self.exercise.name) or deadly.get("file")

    def _why_missing(self) -> str:
        if ended := self._cell_end():
            return cards.ended(self.exercise, sentence("its code runs to the end"), ended, None)
        error = self._cell_error()
        return cards.cell_failed(self.exercise, error) if error else cards.missing(self.exercise)

    def _forbidden(self) -> list[str]:
        """What its text uses and must not; most exercises forbid nothing by name, and their text isn't looked through."""
        patterns = self.exercise.forbidden_names
        used = sorted(self.attempt.submission.uses(self.exercise.name)) if patterns else []
        return [name for name in used if any(fnmatchcase(name, pattern) for pattern in patterns)]

    def _unexamined(self, outcome: str, message: str) -> ExerciseResult:
        return ExerciseResult(self.exercise.name, outcome, 0.0, self.exercise.points, None, message)

    def _note(self, item: pytest.Item, outcome: str, message: str = "") -> None:
        self.checks.append(CheckResult(name_of(item), device_of(item), outcome, message))

    def _weigh(self, item: pytest.Item, failed: bool) -> None:
        self.weights[name_of(item)] = getattr(item.function, "weight", 1)  # type: ignore[attr-defined]
        if failed:
            self.failed.add(name_of(item))

    def _score(self) -> float:
        total = sum(self.weights.values())
        earned = sum(weight for name, weight in self.weights.items() if name not in self.failed)
        return round(self.exercise.points * earned / total, 2) if total else 0.0


def _outcome_of_error(error: dict[str, Any]) -> str:
    text = str(error.get("message"))
    if "MemoryError" in error.get("bases", ()) or "can't allocate memory" in text or "CUDA out of memory" in text:
        return "out_of_memory"
    return "raised"


def _evidence(error: Mismatch) -> Evidence | None:
    sides = (error.expected, error.got)
    if not all(hasattr(side, "tolist") and side.numel() <= MAX_EVIDENCE and side.device.type != "meta" for side in sides):
        return None
    return Evidence(error.expected.tolist(), error.got.tolist())
