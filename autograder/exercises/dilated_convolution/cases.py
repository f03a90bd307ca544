"""The random inputs of lesson 1's checks, as Hypothesis strategies. They shrink towards one pixel, one tap, no padding."""

from dataclasses import dataclass

import torch
from hypothesis import strategies as st
from torch import Tensor

from autograder.exercises.probing import numbers

KERNELS = st.integers(1, 6)
DILATIONS = st.integers(1, 7)
KERNEL_AND_DILATION = st.tuples(KERNELS, DILATIONS)
LAYERS = st.lists(st.tuples(KERNELS, st.integers(1, 3), st.integers(0, 4), st.integers(1, 5)), max_size=7)
MAPS = st.tuples(st.integers(1, 13), st.integers(1, 15), st.sampled_from([3, 1, 5]))


@dataclass(frozen=True)
class Sizes:
    """One axis of a convolution: it always fits."""

    size: int
    kernel: int
    stride: int
    padding: int
    dilation: int


@st.composite
def axes(draw: st.DrawFn, max_kernel: int = 4, max_stride: int = 4) -> Sizes:
    """An axis on which the dilated kernel fits into the padded input; the dilation may be larger than the input."""
    kernel, dilation, padding = draw(st.integers(1, max_kernel)), draw(st.integers(1, 4)), draw(st.integers(0, 6))
    least = max(1, dilation * (kernel - 1) + 1 - 2 * padding)
    return Sizes(least + draw(st.integers(0, 5)), kernel, draw(st.integers(1, max_stride)), padding, dilation)


@dataclass(frozen=True)
class Convolution:
    """A convolution's arguments by their sizes; its numbers follow from them."""

    rows: Sizes
    columns: Sizes
    batch: int
    channels: int
    filters: int
    biased: bool

    def args(self, dtype: torch.dtype = torch.float64) -> tuple[Tensor, Tensor, Tensor | None, tuple[int, int], tuple[int, int]]:
        """x, weight, bias, padding, dilation."""
        x = numbers((self.batch, self.channels, self.rows.size, self.columns.size), 11, dtype)
        weight = numbers((self.filters, self.channels, self.rows.kernel, self.columns.kernel), 12, dtype)
        bias = numbers((self.filters,), 13, dtype) if self.biased else None
        return x, weight, bias, (self.rows.padding, self.columns.padding), (self.rows.dilation, self.columns.dilation)

    @property
    def terms(self) -> int:
        """How many products make one output."""
        return self.channels * self.rows.kernel * self.columns.kernel + 1


AXES = axes()
CONVOLUTIONS = st.builds(Convolution, axes(max_kernel=3, max_stride=1), axes(max_kernel=4, max_stride=1), st.integers(1, 2),
                         st.integers(1, 3), st.integers(1, 3), st.booleans())
STUFFED = st.tuples(st.integers(1, 2), st.integers(1, 4), st.integers(1, 4), st.integers(1, 4), st.integers(1, 4))
