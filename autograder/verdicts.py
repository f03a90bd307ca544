"""What a grading says, as plain data: one result a submission and lesson, one entry an exercise, one line a check."""

import json
from dataclasses import asdict, dataclass, replace
from typing import Any, get_args, get_origin, get_type_hints

SCHEMA = 1
#: No score and no number of seconds comes near.
MAX_NUMBER = 1e9
#: Scores are rounded to two digits.
CENT = 0.01

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
    """Read a result back. Raises ``ValueError`` for anything that is not one of ours, or whose points don't add up."""
    try:
        data = json.loads(text)
        exercises = tuple(_exercise(entry) for entry in data.pop("exercises"))
        result = Result(**{**data, "devices": tuple(data["devices"])}, exercises=exercises)
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
        raise ValueError(f"not a result file: {error}") from None
    if result.schema != SCHEMA:
        raise ValueError(f"result schema {result.schema!r} is not {SCHEMA}")
    if complaint := _complaint(result):
        raise ValueError(f"not a result file: {complaint}")
    return result


def _exercise(entry: dict[str, Any]) -> ExerciseResult:
    checks = tuple(CheckResult(**check) for check in entry.pop("checks"))
    evidence = entry.pop("evidence", None)
    return ExerciseResult(**entry, checks=checks, evidence=Evidence(**evidence) if evidence else None)


def _complaint(result: Result) -> str:
    """What can't be in a result of ours; empty where nothing is wrong."""
    for row in (result, *result.exercises, *(check for exercise in result.exercises for check in exercise.checks)):
        if field := next((name for name, kind in get_type_hints(type(row)).items() if not _is(getattr(row, name), kind)), ""):
            return f"{field} is {getattr(row, field)!r:.60}"
    if result.outcome not in SUBMISSION_OUTCOMES or any(exercise.outcome not in EXERCISE_OUTCOMES for exercise in result.exercises):
        return "an outcome that there isn't"
    return "" if _adds_up(result) else "its points don't add up"


def _is(value: Any, kind: Any) -> bool:
    """Whether a value is of the kind that its field's annotation says; a number is finite, and no truth value."""
    if get_origin(kind) is tuple:
        return type(value) is tuple and all(_is(item, get_args(kind)[0]) for item in value)
    if kinds := get_args(kind):
        return any(_is(value, other) for other in kinds)
    if kind is float:
        return type(value) in (int, float) and abs(value) < MAX_NUMBER
    return kind is Any or type(value) is kind


def _adds_up(result: Result) -> bool:
    """Whether no score is beyond its maximum, full points mean correct, and the total is theirs, or 0 where nothing was graded."""
    rows = [(row.score, row.max_score, row.outcome == "correct") for row in result.exercises]
    if not all(0 <= score <= most and (not correct or score == most) for score, most, correct in rows):
        return False
    if result.outcome != "graded":
        return result.score == 0 <= result.max_score
    score, most = (sum(row[place] for row in rows) for place in (0, 1))
    return abs(result.score - score) < CENT and abs(result.max_score - most) < CENT
