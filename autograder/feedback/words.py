"""Values as short text: a tensor by its numbers when it is small, by its form when it is not; a call as it would be typed."""

from collections.abc import Iterable
from itertools import islice
from typing import Any

import torch
from torch import Tensor

from autograder.languages import say
from autograder.learner_side.drive import Step
from autograder.learner_side.wire import Function, Opaque, way_of

MAX_NUMBERS = 24
MAX_TEXT = 160
MAX_ENTRIES = 3
#: Items of a list that can be seen in ``MAX_TEXT`` characters.
MAX_ITEMS = MAX_TEXT // 2


def brief(value: Any) -> str:
    """One line for a value, at most ``MAX_TEXT`` characters."""
    text = _tensor(value) if isinstance(value, Tensor) else _plain(value)
    return text if len(text) <= MAX_TEXT else text[:MAX_TEXT - 1] + "…"


def sides(expected: Any, got: Any) -> tuple[str, str]:
    """One line for each of two values. Of two tensors that would look the same, the first rows that differ are shown."""
    if isinstance(expected, Tensor) and isinstance(got, Tensor) and (place := _first_difference(expected, got)):
        where = f"[{', '.join(map(str, place[:-1]))}{', ' if place[:-1] else ''}:]"
        due, came = (say("{row} at {place}", row=brief(side[place[:-1]]), place=where) for side in (expected, got))
        return due, came
    return brief(expected), brief(got)


def _first_difference(expected: Tensor, got: Tensor) -> tuple[int, ...] | None:
    """The index of the first element that clearly differs, where a row of both tensors can be shown, but not all of them."""
    too_large = expected.numel() > MAX_NUMBERS >= expected.shape[-1] if expected.dim() else False
    if not too_large or brief(expected) != brief(got) or expected.device.type == "meta":
        return None
    places = (~torch.isclose(expected.double(), got.double(), rtol=1e-6, atol=1e-9, equal_nan=True)).nonzero()
    return tuple(places[0].tolist()) if len(places) else None


def call_text(function: str, args: Iterable[Any], kwargs: dict[str, Any]) -> str:
    """``f(3, x=tensor (1, 1, 5, 7) float64)``, at most twice ``MAX_TEXT`` characters."""
    words = [brief(arg) for arg in args] + [f"{name}={brief(value)}" for name, value in kwargs.items()]
    text = f"{function}({', '.join(words)})"
    return text if len(text) <= 2 * MAX_TEXT else text[:2 * MAX_TEXT - 1] + "…"


def script_text(steps: Iterable[Step]) -> str:
    """The lines that a script stands for: ``net = Block(4); net.double(); net(tensor (1, 4, 5, 7) float64)``."""
    return "; ".join(_line(*step) for step in steps)


def _line(kind: str, name: str, path: str, args: list[Any], kwargs: dict[str, Any]) -> str:
    call = path if kind == "get" else call_text(path, args, kwargs)
    return f"{name} = {call}" if kind == "let" else call


def form(value: Tensor) -> str:
    """Shape and dtype: ``tensor (1, 2, 5, 7) float64``."""
    return f"tensor {tuple(value.shape)} {str(value.dtype).removeprefix('torch.')}"


def _tensor(value: Tensor) -> str:
    if value.device.type == "meta":
        return say("{tensor} on meta", tensor=form(value))
    if value.numel() > MAX_NUMBERS or value.numel() == 0:
        return form(value)
    return f"{_numbers(value.detach())} {str(value.dtype).removeprefix('torch.')}"


def _numbers(value: Tensor) -> str:
    if value.dim() == 0:
        return f"{value.item():.6g}" if value.dtype.is_floating_point else str(value.item())
    return f"[{', '.join(_numbers(item) for item in value)}]"


def _plain(value: Any) -> str:
    if isinstance(value, Opaque):
        return say("a {type}", type=value.type_name)
    if isinstance(value, Function):
        return say("an implementation: {way}", way=way_of(value))
    if isinstance(value, torch.dtype):
        return str(value).removeprefix("torch.")
    if isinstance(value, tuple | list):
        items = ", ".join(brief(item) for item in value[:MAX_ITEMS])
        return f"[{items}]" if isinstance(value, list) else f"({items}{',' if len(value) == 1 else ''})"
    if isinstance(value, dict):
        more = f", … {say('{count} entries', count=len(value))}" if len(value) > MAX_ENTRIES else ""
        entries = [f"{key[:MAX_TEXT]}: {brief(item)}" for key, item in islice(value.items(), MAX_ENTRIES)]
        return f"{{{', '.join(entries)}{more}}}"
    return value[:2 * MAX_TEXT].removeprefix("$") if isinstance(value, str) else repr(value)
