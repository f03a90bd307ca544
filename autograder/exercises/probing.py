"""How a lesson's ``probes.py`` writes down its calls."""

from functools import cache
from types import ModuleType
from typing import Any

import torch
from torch import Tensor

from autograder.learner_side.wire import Function

#: Without data, with the operations counted: what to watch on another device.
META = {"device": "meta", "operations": True}


def probe(*args: Any, watch: dict[str, Any] | None = None, **kwargs: Any) -> dict[str, Any]:
    """One call: its arguments, and what to watch while it runs."""
    return {"args": list(args), "kwargs": kwargs, "watch": watch or {}}


def trainable(tensor: Tensor) -> Tensor:
    """A copy that wants a gradient."""
    return tensor.clone().requires_grad_()


def lent(function: str, *modules: ModuleType) -> list[dict[str, Any]]:
    """One call with each implementation of ``function`` in the modules, as `examples` are called."""
    return [probe(Function(name)) for module in modules for name in vars(module) if name.startswith(f"{function}__")]


def fractions(shape: tuple[int, ...], salt: int, dtype: torch.dtype = torch.float64) -> Tensor:
    """Numbers of some hundreds that no float holds exactly: half precision or float32 on the way to a result shows."""
    return (numbers(shape, salt) * (997 / 7)).to(dtype)


@cache
def numbers(shape: tuple[int, ...], salt: int, dtype: torch.dtype = torch.float64) -> Tensor:
    """Whole numbers from ±1 to ±5, never 0, without any symmetry; the same tensor for the same shape and salt."""
    generator = torch.Generator().manual_seed(salt)
    size = torch.randint(1, 6, shape, generator=generator)
    sign = 2 * torch.randint(0, 2, shape, generator=generator) - 1
    return (size * sign).to(dtype)
