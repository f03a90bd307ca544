"""What a grading says, as plain data: one result a submission and lesson, one entry an exercise, one line a check."""

import json
from dataclasses import asdict, dataclass, replace
from typing import Any

SCHEMA = 1

#: How one exercise can end. Only ``correct`` earns every point.
EXERCISE_OUTCOMES = ("correct", "wrong", "raised", "not_attempted", "timeout", "out_of_memory", "crashed", "forbidden")
#: How a whole submission can end. Anything but ``graded`` scores 0, with the reason in ``message``.
SUBMISSION_OUTCOMES = ("graded", "unreadable", "timeout", "out_of_memory", "crashed")


@dataclass(frozen=True)
class CheckResult:
    """One check on one device; ``outcome`` is passed, failed, skipped or not_reached."""

    name: str
    device: str
    outcome: str
    message: str = ""


@dataclass(frozen=True)
class Evidence:
    """What the picture of a failed check shows: both sides as nested lists, or None where there is nothing to draw."""

    expected: Any = None
    got: Any = None


@dataclass(frozen=True)
class ExerciseResult:
    """One exercise: its outcome, its points, the card's text, and every check in order."""

    name: str
    outcome: str
    score: float
    max_score: float
    misconception: str | None = None
    message: str = ""
    checks: tuple[CheckResult, ...] = ()
    evidence: Evidence | None = None


@dataclass(frozen=True)
class Result:
    """One submission of one lesson. ``seconds`` is wall time; ``devices`` are those the checks ran on.

    ``key`` stands for all that decides the verdict: what was handed in, the version of the checks, the seed, the devices.
    """

    student: str
    lesson: str
    outcome: str
    message: str
    score: float
    max_score: float
    devices: tuple[str, ...]
    seed: int
    seconds: float
    exercises: tuple[ExerciseResult, ...]
    schema: int = SCHEMA
    key: str = ""

    def to_json(self) -> str:
        """The result as the JSON text of ``--json`` and ``results/<student>/<lesson>.json``."""
        return json.dumps(asdict(self), indent=2, ensure_ascii=False, allow_nan=True) + "\n"

    def named(self, student: str, key: str) -> "Result":
        """The same result, for this student and under this key."""
        return replace(self, student=student, key=key)


def result_from_json(text: str) -> Result:
    """Read a result back. Raises ``ValueError`` for anything that is not one of ours."""
    try:
        data = json.loads(text)
        exercises = tuple(_exercise(entry) for entry in data.pop("exercises"))
        result = Result(**{**data, "devices": tuple(data["devices"])}, exercises=exercises)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"not a result file: {error}") from None
    if result.schema != SCHEMA:
        raise ValueError(f"result schema {result.schema!r} is not {SCHEMA}")
    return result


def _exercise(entry: dict[str, Any]) -> ExerciseResult:
    checks = tuple(CheckResult(**check) for check in entry.pop("checks"))
    evidence = entry.pop("evidence", None)
    return ExerciseResult(**entry, checks=checks, evidence=Evidence(**evidence) if evidence else None)
