"""Functions of the other side, lent to the learner's code: called here, computed there, and autograd follows all the way."""

import builtins
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

#: Exceptions that a function on the other side may raise here. Anything else arrives as a RuntimeError.
KNOWN = ("ValueError", "TypeError", "RuntimeError", "IndexError", "ZeroDivisionError", "AssertionError", "NotImplementedError")
#: Asks the other side: args, kwargs, and a gradient of the result where those of the arguments are wanted → a report.
Ask = Callable[[list[Any], dict[str, Any], Tensor | None], dict[str, Any]]


def lent(ask: Ask) -> Callable[..., Any]:
    """The function that asks the other side. Its name says nothing of which one it is."""

    def given(*args: Any, **kwargs: Any) -> Any:
        value = _outcome(ask(list(args), kwargs, None)).get("value")
        if not isinstance(value, Tensor) or not value.requires_grad or not torch.is_grad_enabled():
            return value
        inputs = [arg for arg in (*args, *kwargs.values()) if isinstance(arg, Tensor) and arg.requires_grad]
        return _Linked.apply(  # type: ignore[no-untyped-call]
            value.detach(), lambda upstream: _outcome(ask(list(args), kwargs, upstream)), *inputs)

    return given


class _Linked(torch.autograd.Function):
    """Ties a value that came over the wire to the tensors that it was computed from."""

    @staticmethod
    def forward(ctx: Any, value: Tensor, report: Callable[[Tensor], dict[str, Any]], *inputs: Tensor) -> Tensor:
        """The value; ``report`` is kept for the way back."""
        ctx.report = report
        return value.view_as(value)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, upstream: Tensor) -> tuple[Tensor | None, ...]:
        """The gradients of the inputs, asked of the other side."""
        return (None, None, *ctx.report(upstream)["gradients"])


def _outcome(report: dict[str, Any]) -> dict[str, Any]:
    """The report, or the error in it raised here under the nearest built-in name."""
    raised = report.get("raised")
    if raised is None:
        return report
    name = next((base for base in raised["bases"] if base in KNOWN), "RuntimeError")
    raise getattr(builtins, name)(raised["message"])
