"""Watches the tensor operations of one call: how many, which, and on which devices. Judges nothing."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

#: Operations that may take an index tensor from the CPU whatever the device of the data, on CUDA as well.
MAY_MIX = ("index", "index_put", "index_put_", "_index_put_impl_", "copy_", "_to_copy")


class Watch(TorchDispatchMode):
    """Counts the operations below it, lists the forbidden ones and, if asked to, those whose tensors lie on two devices.

    ``forbidden`` are patterns of ATen names without overload, such as ``*conv*`` or ``im2col``. An operation whose argument
    `dilation` is not 1 has a second name: ``dilated convolution``.
    """

    def __init__(self, forbidden: tuple[str, ...] = (), mixing: bool = False) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.patterns, self.mixing = forbidden, mixing
        self.count = 0
        self.forbidden: set[str] = set()
        self.mixed: set[str] = set()

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # otherwise torch imports its compiler, for seconds, at the first watched operation

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run one operation and take note of it."""
        self.count += 1
        name = name_of(func)
        if self.patterns:
            names = (name, f"dilated {name}") if is_dilated(func, args, kwargs or {}) else (name,)
            self.forbidden.update(known for known in names if matches(known, self.patterns))
        if self.mixing and name not in MAY_MIX and len(devices((args, kwargs))) > 1:
            self.mixed.add(name)
        return func(*args, **(kwargs or {}))


@cache
def name_of(func: Any) -> str:
    """The name of an ATen operation, without its overload."""
    return str(func.overloadpacket.__name__)


def is_dilated(func: Any, args: Any, kwargs: Any) -> bool:
    """Whether an operation is called with a dilation other than 1; one that has no such argument is not."""
    place = _place_of_dilation(func)
    if place is None:
        return False
    given = kwargs.get("dilation", args[place] if place < len(args) else 1)
    return any(step != 1 for step in (given if isinstance(given, list | tuple) else (given,)))


@cache
def _place_of_dilation(func: Any) -> int | None:
    names = [argument.name for argument in func._schema.arguments]
    return names.index("dilation") if "dilation" in names else None


@cache
def matches(name: str, patterns: tuple[str, ...]) -> bool:
    """Whether a name is forbidden by one of the patterns."""
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def devices(values: Any) -> set[str]:
    """The device types of all tensors in ``values``; a CPU scalar (0-d) goes with any device and doesn't count."""
    return {tensor.device.type for tensor in _tensors(values) if tensor.dim() or tensor.device.type != "cpu"}


def _tensors(values: Any) -> Iterator[Tensor]:
    if isinstance(values, Tensor):
        yield values
    elif isinstance(values, list | tuple):
        for value in values:
            yield from _tensors(value)
    elif isinstance(values, dict):
        yield from _tensors(list(values.values()))
