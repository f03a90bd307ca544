"""The random inputs of lesson 5's checks, as Hypothesis strategies. They shrink towards one pixel."""

from dataclasses import dataclass
from functools import cache

import torch
from hypothesis import strategies as st
from torch import Tensor

from autograder.exercises.probing import numbers

FLAG = st.booleans()
LINES = st.tuples(st.integers(1, 12), st.integers(1, 17), FLAG)
CROPS = st.tuples(st.integers(1, 300), st.integers(1, 33))
FEATURES = st.tuples(st.integers(1, 60), st.integers(1, 17), FLAG)
SIDE = st.integers(1, 11)
SIZES = st.tuples(SIDE, SIDE)


@st.composite
def resizes(draw: st.DrawFn) -> tuple[tuple[int, int], tuple[int, int], bool]:
    """Two sizes and a flag, often with whole steps from one to the other on one axis or on both."""
    before, steps = draw(SIZES), draw(SIZES)
    after = [(size - 1) * step + 1 if draw(st.booleans()) else draw(st.integers(1, 40)) for size, step in zip(before, steps, strict=True)]
    return before, (after[0], after[1]), draw(st.sampled_from([True, True, True, False]))


@dataclass(frozen=True)
class Resize:
    """A resize's arguments by their sizes; its numbers follow from them."""

    height: int
    width: int
    rows: int
    columns: int
    align_corners: bool
    batch: int
    channels: int

    def args(self, dtype: torch.dtype = torch.float64) -> tuple[Tensor, tuple[int, int], bool]:
        """x, size, align_corners."""
        return numbers((self.batch, self.channels, self.height, self.width), 51, dtype), (self.rows, self.columns), self.align_corners

    def logits(self) -> tuple[Tensor, tuple[int, int], bool]:
        """The same with logits for x: no two classes are equal anywhere."""
        return logits((self.batch, self.channels, self.height, self.width), 52), (self.rows, self.columns), self.align_corners

    @property
    def terms(self) -> int:
        """How far rounding may go: a coordinate is rounded in units of its size."""
        return 8 + 2 * (self.height + self.width)


@cache
def logits(shape: tuple[int, ...], salt: int, dtype: torch.dtype = torch.float64) -> Tensor:
    """Normally distributed numbers; the same tensor for the same shape and salt."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(salt), dtype=torch.float64).to(dtype)


IMAGES = st.builds(Resize, st.integers(1, 9), st.integers(1, 11), st.integers(1, 13), st.integers(1, 12), FLAG, st.integers(1, 2),
                   st.integers(1, 3))
PAIRS = resizes()
