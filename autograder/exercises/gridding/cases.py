"""The random inputs of lesson 2's checks, as Hypothesis strategies. They shrink towards no layers and kernels of 3."""

from dataclasses import dataclass

import torch
from hypothesis import strategies as st
from torch import Tensor

from autograder.exercises.probing import numbers

KERNELS = st.sampled_from([3, 5, 1, 7])
RATES = st.lists(st.integers(1, 6), max_size=4)
STACKS = st.tuples(RATES, KERNELS)
SHIFTED = st.tuples(RATES, st.integers(-15, 15), KERNELS)
ORDERED = st.lists(st.integers(1, 20), min_size=1, max_size=6)
DEPTHS = st.tuples(st.integers(0, 4), st.sampled_from([3, 5, 7]))


@st.composite
def at_the_limit(draw: st.DrawFn) -> tuple[list[int], int]:
    """A stack each of whose rates is about as large as it may be, in any order: some have holes, some have none."""
    kernel_size, rates = draw(st.sampled_from([3, 5, 7])), list[int]()
    for _ in range(draw(st.integers(0, 5))):
        limit = 1 + (kernel_size - 1) * sum(rates)
        rates.append(draw(st.one_of(st.integers(1, limit), st.integers(max(1, limit - 1), limit + 1))))
    return list(draw(st.permutations(rates))), kernel_size


@dataclass(frozen=True)
class Phases:
    """A dilated convolution's arguments by their sizes; its numbers follow from them."""

    height: int
    width: int
    rows: int
    columns: int
    dilation: int
    batch: int
    channels: int
    filters: int

    def args(self, dtype: torch.dtype = torch.float64) -> tuple[Tensor, Tensor, int]:
        """x, weight, dilation."""
        x = numbers((self.batch, self.channels, self.height, self.width), 11, dtype)
        return x, numbers((self.filters, self.channels, self.rows, self.columns), 12, dtype), self.dilation

    @property
    def terms(self) -> int:
        """How many products make one output."""
        return self.channels * self.rows * self.columns


LIMITS = at_the_limit()
ODD = st.sampled_from([3, 1, 5])
CONVOLUTIONS = st.builds(Phases, st.integers(1, 9), st.integers(1, 11), ODD, ODD, st.integers(1, 6), st.integers(1, 2),
                         st.integers(1, 3), st.integers(1, 3))
