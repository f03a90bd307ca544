"""What a check may expect of a value. Each function returns quietly, or raises ``Mismatch`` with both sides.

The order within an exercise: type → dtype and device → shape → values. Comparison is strict about the first three
and tolerant about rounding only: the tolerance grows with the number of terms that an operation sums.
"""

import contextlib
import math
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from autograder.languages import say
from autograder.learner_side.wire import Opaque, type_name

from .learner import Raised

#: Rounding errors of one summed term, in units of the dtype's machine epsilon.
ULPS_PER_TERM = 4.0


class Mismatch(AssertionError):
    """What was expected and what came instead; ``note`` is the sentence that says how they differ."""

    def __init__(self, note: str, expected: Any = None, got: Any = None) -> None:
        super().__init__(note)
        self.note, self.expected, self.got = note, expected, got


def kind(got: Any, expected: type) -> None:
    """``got`` is exactly of this type: a bool is no int, an int is no float."""
    if type(got) is expected or (expected is Tensor and isinstance(got, Tensor)):
        return
    if got is None:
        raise Mismatch(say("it returned None: is there a `return` on every way through the function?"), _type(name_of(expected)), "None")
    raise Mismatch(say("it returned {came} where {due} is due", came=article(type_of(got)), due=article(name_of(expected))),
                   _type(name_of(expected)), _type(type_of(got)))


def dtype(got: Tensor, expected: torch.dtype) -> None:
    """A tensor of this dtype."""
    kind(got, Tensor)
    if got.dtype != expected:
        raise Mismatch(say("the dtype differs"), _short(expected), _short(got.dtype))


def shape(got: Tensor, expected: tuple[int, ...]) -> None:
    """A tensor of this shape."""
    kind(got, Tensor)
    if tuple(got.shape) != tuple(expected):
        raise Mismatch(_shape_note(tuple(got.shape), tuple(expected)), say("shape {sizes}", sizes=tuple(expected)),
                       say("shape {sizes}", sizes=tuple(got.shape)))


def equal(got: Any, expected: Any) -> None:
    """The same value, of the same types all the way down; tensors equal element by element, without tolerance."""
    if isinstance(expected, Tensor):
        _same_form(got, expected)
        return _values(got, expected, torch.zeros(()))
    kind(got, type(expected))
    if isinstance(expected, tuple | list):
        return _equal_items(got, expected)
    if isinstance(expected, float):
        return close_number(got, expected, 0.0)
    if got != expected:
        raise Mismatch(say("the value differs"), expected, got)
    return None


def close_number(got: Any, expected: float, tolerance: float = 1e-12) -> None:
    """A float within ``tolerance`` of ``expected``, relative to the larger of it and 1."""
    kind(got, float)
    if not math.isclose(got, expected, rel_tol=tolerance, abs_tol=tolerance):
        raise Mismatch(say("the value differs"), expected, got)


def close(got: Any, expected: Tensor, terms: int = 1) -> None:
    """The same form and, within rounding, the same values; ``terms`` is how many products or summands make one element."""
    _same_form(got, expected)
    if not expected.dtype.is_floating_point:
        return _values(got, expected, torch.zeros(()))
    scale = expected[expected.isfinite()].abs().max() if expected.isfinite().any() else torch.tensor(1.0)
    tolerance = ULPS_PER_TERM * torch.finfo(expected.dtype).eps * max(terms, 1) * scale.clamp(min=1.0)
    return _values(got, expected, tolerance)


@contextlib.contextmanager
def raises(expected: type[BaseException]) -> Iterator[None]:
    """The call inside raises this kind of error."""
    try:
        yield
    except Raised as raised:
        if not raised.is_a(expected):
            note = say("another error is raised: {message}", message=str(raised.error.get("message", ""))[:80])
            raise Mismatch(note, expected.__name__, raised.error.get("type")) from None
    else:
        raise Mismatch(say("no error is raised"), expected.__name__, say("a value came back"))


def _same_form(got: Any, expected: Tensor) -> None:
    kind(got, Tensor)
    dtype(got, expected.dtype)
    shape(got, tuple(expected.shape))


def _equal_items(got: Any, expected: tuple[Any, ...] | list[Any]) -> None:
    if len(got) != len(expected):
        raise Mismatch(say("{due} items are due, {came} came", due=len(expected), came=len(got)), expected, got)
    for mine, theirs in zip(got, expected, strict=True):
        try:
            equal(mine, theirs)
        except Mismatch as mismatch:
            raise Mismatch(mismatch.note, expected, got) from None


def _values(got: Tensor, expected: Tensor, tolerance: Tensor) -> None:
    if got.is_meta:
        raise Mismatch(say("it is on the meta device, where a tensor has no values"), say("a tensor on the CPU"), say("a tensor on meta"))
    same = (got == expected) | (got.isnan() & expected.isnan())
    if expected.dtype.is_floating_point:
        same |= (got - expected).abs() <= tolerance
    if bool(same.all()):
        return
    wrong = int((~same).sum())
    first = tuple(int(index) for index in (~same).nonzero()[0])
    due, came = _told_apart(expected[first], got[first])
    note = say("{wrong} of {all} values differ; at {place} {due} is due, {came} came", wrong=wrong, all=same.numel(), place=list(first),
               due=due, came=came)
    if bool(got.isnan().any()) and not bool(expected.isnan().any()):
        note = say("{count} of {all} values are NaN", count=int(got.isnan().sum()), all=got.numel())
    raise Mismatch(note, expected, got)


def _shape_note(got: tuple[int, ...], expected: tuple[int, ...]) -> str:
    if len(got) != len(expected):
        return say("{due} dimensions are due, {came} came", due=len(expected), came=len(got))
    if got != expected and sorted(got) == sorted(expected):
        return say("the sizes are right but in another order: are two axes swapped?")
    return say("the shape differs")


def _type(name: str) -> str:
    return say("type {name}", name=name)


def another_kind(due: str) -> str:
    """The note on a module that is not of the kind that is due: ``nn.Sequential``."""
    return say("it returned an object of another kind where an {due} is due", due=due)


def type_of(value: Any) -> str:
    """The name of a value's type; of one that could not cross the wire, the name that it had there."""
    return value.type_name if isinstance(value, Opaque) else type_name(value).removeprefix("torch.")


def name_of(kind: type) -> str:
    """The name of a type in a message."""
    return kind.__name__


def article(noun: str) -> str:
    """``an int``, ``a tuple``."""
    return say("an {noun}", noun=noun) if noun[:1] in "aeiou" else say("a {noun}", noun=noun)


def _short(kind: torch.dtype) -> str:
    return str(kind).removeprefix("torch.")


def _told_apart(one: Tensor, other: Tensor) -> tuple[str, str]:
    """Both numbers with six digits, or with all of them where six look the same."""
    short = _number(one), _number(other)
    return short if short[0] != short[1] else (_number(one, 17), _number(other, 17))


def _number(value: Tensor, digits: int = 6) -> str:
    return f"{value.item():.{digits}g}" if value.dtype.is_floating_point else str(value.item())
