"""Which misconception a wrong answer looks like: the one whose behaviour on the exercise's probes is the learner's own.

Every exercise has groups of probe calls (``probes.py``). The first group on which the learner's code differs from the oracle
decides: a misconception is named when it, and no other, behaves like the learner's code on that group and on all before it.
"""

import importlib
import math
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from autograder.course import EXERCISES, Exercise, Misconception
from autograder.learner_side.calls import observe
from autograder.learner_side.wire import Function, copied, way_of
from autograder.sandbox import Ended
from autograder.sandbox.reports import checked

if TYPE_CHECKING:
    from autograder.examination.learner import Learner

Report = dict[str, Any]


def diagnose(exercise: Exercise, learner: "Learner") -> Misconception | None:
    """The one misconception that explains what this code does, or None when none or several do."""
    known = behaviours(exercise.lesson, exercise.name)
    suspects, only_errors = known.keys() - {"oracle"}, True
    for group, calls in probes(exercise.lesson, exercise.name).items():
        try:
            learner.start_again()
            reports = [_asked(learner, exercise.name, call) for call in calls]
        except Ended:
            return None
        only_errors = only_errors and all("raised" in report for report in reports)
        suspects = {name for name in suspects if _alike(reports, known[name][group], only_errors)}
        if not _alike(reports, known["oracle"][group], only_errors):
            return exercise.misconceptions.get(suspects.pop()) if len(suspects) == 1 else None
    return None


@cache
def probes(lesson: str, exercise: str) -> dict[str, list[Report]]:
    """The probe calls of an exercise by group: each has ``args``, ``kwargs`` and ``watch``."""
    module = importlib.import_module(f"autograder.exercises.{lesson}.probes")
    groups: dict[str, list[Report]] = module.PROBES.get(exercise, {})
    return groups


@cache
def behaviours(lesson: str, exercise: str) -> dict[str, dict[str, list[Report]]]:
    """What the oracle and every misconception of an exercise do on its probes, by group."""
    functions = {"oracle": getattr(_module(lesson, "oracle"), exercise, None)} | implementations(lesson, exercise, "misconceptions")
    groups = probes(lesson, exercise)
    known = {name: {group: [_observed(function, call, lesson) for call in calls] for group, calls in groups.items()}
             for name, function in functions.items()}
    for report in [report for reports in known["oracle"].values() for report in reports]:
        report["forbidden"] = []  # the oracle may use what the exercise forbids
    return known


def implementations(lesson: str, exercise: str, file: str) -> dict[str, Any]:
    """The functions named ``<exercise>__<id>`` in a lesson's ``misconceptions.py`` or ``variants.py``, by id."""
    everything = vars(_module(lesson, file))
    return {way_of(Function(name)): value for name, value in everything.items() if name.startswith(f"{exercise}__")}


def _module(lesson: str, file: str) -> Any:
    assert (EXERCISES / lesson / f"{file}.py").is_file()
    return importlib.import_module(f"autograder.exercises.{lesson}.{file}")


def _asked(learner: "Learner", name: str, call: Report) -> Report:
    message = {"kind": "call", "function": name, "args": call["args"], "kwargs": call["kwargs"], "watch": call["watch"]}

    return checked(learner.channel.request(message, learner.call_back))


def _observed(function: Any, call: Report, lesson: str) -> Report:
    """The report on a call of one of our own functions, with values as they come over the wire."""
    own = copied(call, lambda name: _lent(lesson, name))
    return copied(observe(function, own["args"], own["kwargs"], own["watch"]), Function)


def _lent(lesson: str, name: str) -> Any:
    return getattr(_module(lesson, "misconceptions"), name, None) or getattr(_module(lesson, "variants"), name)


def _alike(mine: list[Report], theirs: list[Report], only_errors: bool) -> bool:
    """Where nothing but errors came so far, their messages must agree too: one error of Python's has many causes."""
    pairs = zip(mine, theirs, strict=True)
    return all(_same_report(one, other, only_errors) for one, other in pairs) and _growth(mine) == _growth(theirs)


def _same_report(one: Report, other: Report, to_the_word: bool) -> bool:
    if ("raised" in one) != ("raised" in other):
        return False
    if "raised" in one:
        return _same_error(one["raised"], other["raised"], to_the_word)
    same_marks = all(one.get(key) == other.get(key) for key in ("changed", "random", "mixed", "devices")) \
        and one.get("forbidden", []) == other.get("forbidden", [])
    return same_marks and same_value(one.get("value"), other.get("value")) and same_value(one.get("gradients"), other.get("gradients"))


def _same_error(one: Report, other: Report, to_the_word: bool) -> bool:
    own_words = not to_the_word or one["type"] == "ValueError"  # what a ValueError says is up to whoever raises it
    return bool(one["type"] == other["type"] and (own_words or one["message"] == other["message"]))


def _growth(reports: list[Report]) -> list[bool]:
    counts = [report["operations"] for report in reports if "operations" in report]
    return [later > earlier for earlier, later in pairwise(counts)]


def same_value(one: Any, other: Any) -> bool:
    """The same type and form and, within rounding, the same values."""
    if isinstance(one, Tensor) and isinstance(other, Tensor):
        return _same_tensor(one, other)
    if type(one) is not type(other):
        return False
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(same_value(a, b) for a, b in zip(one, other, strict=True))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same_value(value, other[key]) for key, value in one.items())
    if isinstance(one, float):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9) or (math.isnan(one) and math.isnan(other))
    return bool(one == other)


def _same_tensor(one: Tensor, other: Tensor) -> bool:
    if (one.dtype, one.shape, one.device, one.requires_grad) != (other.dtype, other.shape, other.device, other.requires_grad):
        return False
    if one.device.type == "meta" or not one.dtype.is_floating_point:
        return one.device.type == "meta" or torch.equal(one, other)
    eps = torch.finfo(one.dtype).eps * 1e3
    return torch.allclose(one.detach(), other.detach(), rtol=eps, atol=eps, equal_nan=True)
