"""Drives an object of the learner's (a module, a scheduler) through a script of plain steps, each of which stands for one line of Python.

A step is one of

- ``let(name, path, *args, **kwargs)``: ``name = path(*args, **kwargs)``, kept for later steps;
- ``do(path, *args, **kwargs)``: ``path(*args, **kwargs)``, and its value is dropped;
- ``see(path, *args, **kwargs)``: the same, and its value is reported;
- ``get(path)``: the value found there is reported.

A path is dotted and starts at a kept name, at the learner's class or function, at ``device`` (where the tensors of the call are), at
``torch`` or at a built-in: ``block.conv2.dilation``, ``torch.optim.SGD``, ``isinstance``. In lists and dicts it goes on by place and by
key: ``optimizer.param_groups.0.lr``. An argument ``"$path"`` is the value found there.
"""

import builtins
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

#: What is done, the name it is kept under, the path, and the arguments of the call.
Step = tuple[str, str, str, list[Any], dict[str, Any]]
#: The kinds of step whose value is reported.
REPORTED = ("see", "get")
#: Where values that can be iterated over are cut off: an endless one would never be reported.
MAX_LENGTH = 10_000


def let(name: str, path: str, *args: Any, **kwargs: Any) -> Step:
    """Call and keep the value under a name."""
    return "let", name, path, list(args), kwargs


def do(path: str, *args: Any, **kwargs: Any) -> Step:
    """Call and drop the value."""
    return "do", "", path, list(args), kwargs


def see(path: str, *args: Any, **kwargs: Any) -> Step:
    """Call and report the value."""
    return "see", "", path, list(args), kwargs


def get(path: str) -> Step:
    """Report the value that is found there."""
    return "get", "", path, [], {}


def reported(step: Step) -> bool:
    """Whether the script's answer holds the value of this step."""
    return step[0] in REPORTED


def driver(function: Callable[..., Any], name: str, device: str) -> Callable[[list[Step]], list[Any]]:
    """A function that runs a script in which ``function`` goes by ``name``, and returns the values of its ``see`` and ``get`` steps."""

    def driven(steps: list[Step]) -> list[Any]:
        names = vars(builtins) | {"torch": torch, "device": device, name: function}
        values = [_run(step, names) for step in steps]
        return [value for step, value in zip(steps, values, strict=True) if reported(step)]

    return driven


def _run(step: Step, names: dict[str, Any]) -> Any:
    kind, name, path, args, kwargs = step
    target = _found(path, names)
    if kind == "get":
        return _plain(target)
    value = target(*_given(args, names), **_given(kwargs, names))
    if kind == "let":
        names[name] = value
    return _plain(value) if kind == "see" else None


def _found(path: str, names: dict[str, Any]) -> Any:
    value: Any = names
    for part in path.split("."):
        value = _member(value, part)
    return value


def _member(value: Any, part: str) -> Any:
    if isinstance(value, Mapping) and part in value:
        return value[part]
    if part.isdecimal() and not hasattr(value, part):  # a module's children may be called 0, 1, ...
        return value[int(part)]
    return getattr(value, part)


def _given(values: Any, names: dict[str, Any]) -> Any:
    if isinstance(values, str) and values.startswith("$"):
        return _found(values[1:], names)
    if isinstance(values, list | tuple):
        return type(values)(_given(value, names) for value in values)
    if isinstance(values, dict):
        return {key: _given(value, names) for key, value in values.items()}
    return values


def _plain(value: Any, depth: int = 8) -> Any:
    """The value as it is now, in plain lists, tuples, dicts and tensors; later steps don't change it."""
    if isinstance(value, Tensor):
        return value.detach().clone().requires_grad_(value.requires_grad)
    if depth == 0 or isinstance(value, str | torch.nn.Module):
        return value
    if isinstance(value, Mapping):
        return {key: _plain(item, depth - 1) for key, item in value.items()}
    if type(value) is tuple:
        return tuple(_plain(item, depth - 1) for item in value)
    if isinstance(value, Sequence) or hasattr(value, "__next__"):
        return [_plain(item, depth - 1) for item in _first(value)]
    return value


def _first(values: Iterable[Any]) -> Iterable[Any]:
    return (value for value, _ in zip(values, range(MAX_LENGTH), strict=False))
