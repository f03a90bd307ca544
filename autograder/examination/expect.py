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

from . import notes
from .learner import Raised

#: Rounding errors of one summed term, in units of the dtype's machine epsilon.
ULPS_PER_TERM = 4.0


class Mismatch(AssertionError):
    """What was expected and what came instead; ``note`` says how they differ, ``look_at`` where to look if not where the exercise says."""

    def __init__(self, note: str, expected: Any = None, got: Any = None, look_at: str = "") -> None:
        super().__init__(note)
        self.note, self.expected, self.got, self.look_at = note, expected, got, look_at


def kind(got: Any, expected: type) -> None:
    """``got`` is exactly of this type: a bool is no int, an int is no float."""
    if type(got) is expected or (expected is Tensor and isinstance(got, Tensor)):
        return
    if got is None:
        raise Mismatch(say(notes.NOTHING), _type(name_of(expected)), "None", notes.TYPES)
    if type_of(got).endswith("Error"):
        note = say("it returned the error: write `raise`, not `return`")
        raise Mismatch(note, _type(name_of(expected)), _type(type_of(got)), notes.RAISES)
    note = notes.another_type(type_of(got), name_of(expected))
    raise Mismatch(note, _type(name_of(expected)), _type(type_of(got)), notes.TYPES)


def dtype(got: Tensor, expected: torch.dtype) -> None:
    """A tensor of this dtype."""
    kind(got, Tensor)
    if got.dtype != expected:
        raise Mismatch(notes.another_dtype(), _short(expected), _short(got.dtype), notes.FORMS)


def shape(got: Tensor, expected: tuple[int, ...]) -> None:
    """A tensor of this shape."""
    kind(got, Tensor)
    if tuple(got.shape) != tuple(expected):
        raise Mismatch(notes.another_shape(tuple(got.shape), tuple(expected)), say("shape {sizes}", sizes=tuple(expected)),
                       say("shape {sizes}", sizes=tuple(got.shape)), notes.FORMS)


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
        raise Mismatch(notes.another_number(got, expected), expected, got)


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
            came = str(raised.error.get("type"))
            note = notes.another_error(came, expected.__name__, str(raised.error.get("message", "")))
            raise Mismatch(note, expected.__name__, came, notes.RAISES) from None
    else:
        raise Mismatch(say("no error is raised"), expected.__name__, say("a value came back"), notes.RAISES)


def _same_form(got: Any, expected: Tensor) -> None:
    kind(got, Tensor)
    dtype(got, expected.dtype)
    shape(got, tuple(expected.shape))


def _equal_items(got: Any, expected: tuple[Any, ...] | list[Any]) -> None:
    if len(got) != len(expected):
        named = all(type(item) is str for item in (*got, *expected))
        note = notes.other_names(got, expected) if named else notes.another_length(len(got), len(expected))  # type: ignore[arg-type]
        raise Mismatch(note, expected, got)
    for place, (mine, theirs) in enumerate(zip(got, expected, strict=True)):
        try:
            equal(mine, theirs)
        except Mismatch as mismatch:
            nested = isinstance(theirs, tuple | list)
            note = say("in item {place}: {note}", place=place, note=mismatch.note) if nested else mismatch.note
            raise Mismatch(note, expected, got, mismatch.look_at) from None


def _values(got: Tensor, expected: Tensor, tolerance: Tensor) -> None:
    if got.is_meta:
        raise Mismatch(say("it is on the meta device, where a tensor has no values"), say("a tensor on the CPU"), say("a tensor on meta"))
    same = (got == expected) | (got.isnan() & expected.isnan())
    if expected.dtype.is_floating_point:
        same |= (got - expected).abs() <= tolerance
    if not bool(same.all()):
        raise Mismatch(notes.other_values(got, expected, same), expected, got)


def _type(name: str) -> str:
    return say("type {name}", name=name)


def type_of(value: Any) -> str:
    """The name of a value's type; of one that could not cross the wire, the name that it had there."""
    return value.type_name if isinstance(value, Opaque) else type_name(value).removeprefix("torch.")


def name_of(kind: type) -> str:
    """The name of a type in a message."""
    return kind.__name__


def _short(kind: torch.dtype) -> str:
    return str(kind).removeprefix("torch.")
