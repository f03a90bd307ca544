"""Wrong answers to lesson 3 that learners really give. Every one must be rejected, and named. Called ``<exercise>__<id>``.

What each is told is in ``exercises.yaml``. Needs torch only: learners' `examples` are given these functions, and they run
where the learners' code runs.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

Grid = tuple[int, ...] | None


def _sensible(*numbers: int) -> None:
    if min(numbers) < 1:
        raise ValueError("these numbers are at least 1")


def _half(dilation: int) -> int:
    return max(dilation // 2, 1)


def first_dilation__rounds_up(dilation: int, contract: bool) -> int:
    """Half of 3 is 2."""
    _sensible(dilation)
    return (dilation + 1) // 2 if contract else dilation


def first_dilation__half_of_one(dilation: int, contract: bool) -> int:
    """Half of 1 is 0."""
    _sensible(dilation)
    return dilation // 2 if contract else dilation


def first_dilation__one_less(dilation: int, contract: bool) -> int:
    """Takes 1 away."""
    _sensible(dilation)
    return max(dilation - 1, 1) if contract else dilation


def first_dilation__back_to_one(dilation: int, contract: bool) -> int:
    """No dilation at all in the first block."""
    _sensible(dilation)
    return 1 if contract else dilation


def first_dilation__always(dilation: int, contract: bool) -> int:
    """Whatever the flag says."""
    _sensible(dilation)
    return _half(dilation)


def first_dilation__never(dilation: int, contract: bool) -> int:
    """As if the flag were there for something else."""
    _sensible(dilation)
    return dilation


def first_dilation__fraction(dilation: int, contract: bool) -> float:
    """Half as a float."""
    _sensible(dilation)
    return dilation / 2 if contract and dilation > 1 else dilation


def first_dilation__known_rates_only(dilation: int, contract: bool) -> int:
    """A table of the rates in use."""
    _sensible(dilation)
    return {2: 1, 4: 2}.get(dilation, dilation) if contract else dilation


def first_dilation__accepts_nonsense(dilation: int, contract: bool) -> int:
    """Answers for a dilation of 0."""
    return _half(dilation) if contract else dilation
