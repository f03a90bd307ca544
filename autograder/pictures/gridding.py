"""Pictures of gridding: rows of offsets with holes, and how much of each spatial frequency a stack lets through."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from autograder.pictures import cells, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WIDEST_GRID = 61
"""Cells: wider rows are drawn without lines between them."""


def offset_rows(rows: Mapping[str, Sequence[int]], marked: Sequence[int] = ()) -> "Figure":
    """One row of pixels for each name: the offsets that are read, along one axis.

    What lies between a row's first and last offset and is not read is hatched. Offsets in ``marked`` carry a dot in every row
    that reads them.
    """
    first, last = min(map(min, rows.values())) - 1, max(map(max, rows.values())) + 1
    width, cell = last - first + 1, min(0.32, 6.6 / (last - first + 1))
    figure, (axes,) = style.new_figure(1, 1, style.MAX_WIDTH, 2 * cell * len(rows) + 0.9)
    cells.lay_out(axes, (len(rows), width), (0, first), grid=width <= WIDEST_GRID)
    for row, offsets in enumerate(rows.values()):
        read = np.isin(np.arange(first, last + 1), list(offsets))[None]
        between = (np.arange(first, last + 1) > min(offsets)) & (np.arange(first, last + 1) < max(offsets))
        cells.fill(axes, read, (row, first), style.CATEGORIES[0])
        cells.fill(axes, between[None] & ~read, (row, first), pattern=style.HOLE_PATTERN)
        cells.write(axes, {(row, place): "●" for place in marked if place in offsets}, (0, 0), cells.font_size(cell, 1), style.PAPER)
    axes.set_aspect(2 if cell > 0.2 else "auto")
    style.label(axes, "", "offset (pixels)")
    axes.set_yticks(range(len(rows)), list(rows))
    return figure


def offset_rows_alt(rows: Mapping[str, Sequence[int]]) -> str:
    """What `offset_rows` draws, in words."""
    parts = [f"{name}: {len(offsets)} of {max(offsets) - min(offsets) + 1} pixels from {min(offsets)} to {max(offsets)}"
             for name, offsets in rows.items()]
    return f"Which offsets are read along one axis. {'; '.join(parts)}."


def gains(stacks: Mapping[str, Sequence[int]], kernel_size: int = 3) -> "Figure":
    """How much of a wave a stack of averaging layers lets through, by the wave's frequency along one axis: name → dilation rates."""
    figure, (axes,) = style.new_figure(1, 1, 7.5, 3.9)
    frequencies = np.linspace(0, 0.5, 501)
    for kind, (name, rates) in enumerate(stacks.items()):
        gain = np.abs(np.prod([_gain(frequencies, rate, kernel_size) for rate in rates], axis=0))
        look: dict[str, Any] = {"linestyle": style.LINES[kind], "linewidth": 2}
        axes.plot(frequencies, gain, color=style.CATEGORIES[kind], label=f"{name}: {gain[-1]:.2g} at 0.5", **look)
    axes.set_xlim(0, 0.5)
    axes.set_ylim(0, 1.05)
    axes.grid(axis="y", color=style.EMPTY)
    figure.legend(loc="outside lower center", ncols=len(stacks), fontsize=style.SMALL_SIZE, frameon=False)
    style.label(axes, "what stacks of averaging layers let through", "frequency (cycles for each pixel)", "gain")
    return figure


def _gain(frequencies: np.ndarray, rate: int, kernel_size: int) -> np.ndarray:
    taps = np.arange(kernel_size) - kernel_size // 2
    mean: np.ndarray = np.cos(2 * np.pi * rate * taps[:, None] * frequencies).mean(axis=0)
    return mean
