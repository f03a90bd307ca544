"""Watches the tensor operations of one call: how many, which, and on which devices. Judges nothing."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

#: Operations that may take an index tensor from the CPU whatever the device of the data, on CUDA as well.
MAY_MIX = ("index", "index_put", "index_put_", "_index_put_impl_", "copy_", "_to_copy")


class Watch(TorchDispatchMode):
    """Counts the operations below it, lists the forbidden ones, and those whose tensors lie on two devices.

    ``forbidden`` are patterns of ATen names without overload, such as ``*conv*`` or ``im2col``.
    """

    def __init__(self, forbidden: tuple[str, ...] = ()) -> None:
        super().__init__()
        self.patterns = forbidden
        self.count = 0
        self.forbidden: set[str] = set()
        self.mixed: set[str] = set()

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # otherwise torch imports its compiler, for seconds, at the first watched operation

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run one operation and take note of it."""
        name = func.overloadpacket.__name__
        self.count += 1
        if any(fnmatchcase(name, pattern) for pattern in self.patterns):
            self.forbidden.add(name)
        if name not in MAY_MIX and len(devices((args, kwargs))) > 1:
            self.mixed.add(name)
        return func(*args, **(kwargs or {}))


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
