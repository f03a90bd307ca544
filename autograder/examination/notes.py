"""The sentences that say how a value differs from what is due, and what to do about it. Compares nothing."""

import math

import torch
from torch import Tensor

from autograder.languages import say, sentence

#: Where to look, by what is wrong.
TYPES = sentence("the first line of the stub: behind -> it says what is due")
FORMS = sentence("the docstring: it says which shape and which dtype are due")
RAISES = sentence("the docstring: under Raises it says when which error is due")
DEVICES = sentence("every place where a tensor is made: pass device=x.device, or use x.new_zeros(...)")

NOTHING = sentence("it returned None: is there a `return` on every way through the function?")
ITEM = sentence("take the value out with .item()")
#: What to do where one type came and another is due.
CONVERSIONS = {
    ("float", "int"): sentence("should / be //, which keeps whole numbers?"),
    ("int", "float"): sentence("does // cut the fraction off? If not, float(...) makes it a float"),
    ("int", "bool"): sentence("a comparison gives a bool, and so does bool(...)"),
    ("Tensor", "int"): ITEM, ("Tensor", "float"): ITEM, ("Tensor", "bool"): ITEM,
    ("list", "Tensor"): sentence("torch.tensor(...) makes a tensor of it; say the dtype, too"),
    ("tuple", "Tensor"): sentence("which of its parts is meant? A comma after `return` makes a tuple"),
    ("torch.return_types.max", "Tensor"): sentence("max with an axis gives values and places: take one, or use argmax"),
    ("numpy.ndarray", "Tensor"): sentence("stay with PyTorch's operations, which keep dtype, device and gradient"),
    ("list", "tuple"): sentence("tuple(...) makes one of it, or values with commas between them"),
    ("tuple", "list"): sentence("list(...) makes one of it"),
    ("Tensor", "list"): sentence(".tolist() makes one of it"),
}


def another_type(came: str, due: str) -> str:
    """One type came, another is due."""
    what = say("it returned {came} where {due} is due", came=article(came), due=article(due))
    todo = CONVERSIONS.get((came, due))
    return say("{what}: {todo}", what=what, todo=say(todo)) if todo else what


def another_kind(due: str, came: str) -> str:
    """A module of the kind that is due (``nn.Sequential``) was not what came."""
    if came == "NoneType":
        return say(NOTHING)
    return say("it returned an object of another kind where an {due} is due", due=due)


def another_dtype() -> str:
    """The dtype is not the one that is due."""
    return say("a tensor gets its dtype where it is made: say dtype=..., or use x.new_zeros(...), which takes over that of x")


def another_shape(came: tuple[int, ...], due: tuple[int, ...]) -> str:
    """The shape is not the one that is due."""
    if len(came) < len(due):
        return say("{due} axes are due, {came} came: is one summed or indexed away?", due=len(due), came=len(came))
    if len(came) > len(due):
        return say("{due} axes are due, {came} came: which one is too many?", due=len(due), came=len(came))
    places = [place for place, sizes in enumerate(zip(came, due, strict=True)) if sizes[0] != sizes[1]]
    if sorted(came) == sorted(due):
        return say("the sizes are right but in another order: are two axes swapped?" if len(places) == 2 else
                   "the sizes are right but in another order: which axis is due where?")
    return say("axis {axis} should have the size {due} and has {came}", axis=places[0], due=due[places[0]], came=came[places[0]])


def another_length(came: int, due: int) -> str:
    """There are more or fewer items than are due."""
    if due == 1:
        return say("one item is due, {came} came", came=came)
    return say("{due} items are due, {came} came", due=due, came=came)


def other_names(came: list[str], due: list[str]) -> str:
    """Which names are missing and which are not due, at most three of each."""
    missing, odd = ([name for name in some if name not in others][:3] for some, others in ((due, came), (came, due)))
    parts = [say("missing: {names}", names=", ".join(missing))] if missing else []
    return "; ".join([*parts, say("not due: {names}", names=", ".join(odd))] if odd else parts) or another_length(len(came), len(due))


def another_number(came: float, due: float) -> str:
    """Two numbers that are not the same."""
    if math.isnan(came):
        return say("it is NaN: look for 0 / 0, or for a mean over nothing")
    if digits := [digits for digits in range(1, 10) if round(due, digits) == came]:
        return say("it is the right number, rounded to {digits} digits: leave the rounding out", digits=digits[0])
    if math.isclose(came, due, rel_tol=1e-4):
        return say("the first digits are right: is something computed in float32, or in too few steps?")
    return say("the value differs")


def other_values(came: Tensor, due: Tensor, same: Tensor) -> str:
    """Two tensors of one form; ``same`` says which elements agree."""
    if bool(came.isnan().any()) and not bool(due.isnan().any()):
        return say("{count} of {all} values are NaN: look for 0 / 0, or for a mean over nothing", count=int(came.isnan().sum()),
                   all=came.numel())
    first = tuple(int(index) for index in (~same).nonzero()[0])
    one, other = _told_apart(due[first], came[first])
    counted = say("{wrong} of {all} values differ; at {place} {due} is due, {came} came", wrong=int((~same).sum()), all=same.numel(),
                  place=list(first), due=one, came=other)
    if due.dtype == torch.float64 and torch.allclose(came, due, rtol=1e-4, atol=0.0):
        return say("{what}: is something computed in float32, or rounded?", what=counted)
    return counted


def another_error(came: str, due: str, message: str) -> str:
    """An error of another kind is raised."""
    if came == "AssertionError":
        return say("an assert stands where `raise {due}(...)` is due", due=due)
    return say("another error is raised: {message}", message=message[:80]) if message else say("another error is raised")


def article(noun: str) -> str:
    """``an int``, ``a tuple``."""
    return say("an {noun}", noun=noun) if noun[:1] in "aeiou" else say("a {noun}", noun=noun)


def _told_apart(one: Tensor, other: Tensor) -> tuple[str, str]:
    """Both numbers with six digits, or with all of them where six look the same."""
    short = _number(one), _number(other)
    return short if short[0] != short[1] else (_number(one, 17), _number(other, 17))


def _number(value: Tensor, digits: int = 6) -> str:
    return f"{value.item():.{digits}g}" if value.dtype.is_floating_point else str(value.item())
