"""Pictures of taps: which pixels a dilated kernel, a zero-stuffed kernel, a phase or a stack of layers reads."""

from collections.abc import Sequence
from string import ascii_uppercase
from typing import TYPE_CHECKING

import numpy as np

from autograder.pictures import cells, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from torch import Tensor

COUNTED_SIDE = 23
"""Counts of paths are short: they are printed in maps of up to this many rows and columns."""


def tap_maps(dilations: Sequence[int], kernel_size: int = 3) -> "Figure":
    """One map for each dilation: where the taps of a kernel lie round the output's own pixel, and the square they span.

    Taps carry the number of their weight, counted row by row from 0. All maps have the same scale.
    """
    reach = max(dilations) * (kernel_size - 1) // 2 + 1
    columns = len(dilations) if len(dilations) <= 3 else 2
    rows, side = -(-len(dilations) // columns), min(style.MAX_WIDTH / columns, 3.4)
    figure, panels = style.new_figure(rows, columns, side * columns, (side + 0.5) * rows)
    for axes in panels[len(dilations) :]:
        axes.remove()
    for axes, dilation in zip(panels, dilations, strict=False):
        _draw_taps(axes, dilation, kernel_size, reach, cell=(side - 0.5) / (2 * reach + 1))
    for axes in panels[::columns]:
        axes.set_ylabel(style.ROW_OFFSET, fontsize=style.TEXT_SIZE)
    return figure


def _draw_taps(axes: "Axes", dilation: int, kernel_size: int, reach: int, cell: float) -> None:
    extent = dilation * (kernel_size - 1) + 1
    first = -(extent // 2)
    lines = range(first, first + extent, dilation)
    places = [(row, column) for row in lines for column in lines]
    taken = np.zeros((2 * reach + 1, 2 * reach + 1), dtype=bool)
    taken[tuple(np.array(places).T + reach)] = True
    cells.lay_out(axes, taken.shape, (-reach, -reach))
    cells.fill(axes, taken, (-reach, -reach), style.CATEGORIES[0])
    texts = {place: str(weight) for weight, place in enumerate(places)}
    cells.write(axes, texts, (0, 0), cells.font_size(cell, 2), style.PAPER)
    cells.outline(axes, (first, first), (extent, extent), dashed=True)
    style.label(axes, f"dilation {dilation}: {extent} × {extent}\n{kernel_size**2} of {extent**2} read", style.COLUMN_OFFSET)


def zero_stuffed(kernel: "Tensor | np.ndarray", title: str = "") -> "Figure":
    """A kernel (rows, columns) as a heat map: weights are printed, zeros are hatched."""
    values = np.asarray(kernel, dtype=float)
    cell = min(0.5, 4 / max(values.shape))
    figure, (axes,) = style.new_figure(1, 1, cell * values.shape[1] + 1.4, cell * values.shape[0] + 1.3)
    image = cells.paint(axes, np.ma.masked_equal(values, 0), (values.min(), values.max()))
    cells.fill(axes, values == 0, pattern=style.HOLE_PATTERN)
    cells.write_numbers(axes, image, np.ma.masked_equal(values, 0), cell)
    weights = np.count_nonzero(values)
    style.label(axes, title or f"{weights} weights, {values.size - weights} zeros", "column (taps)", "row (taps)")
    return figure


def phase_tiles(size: int = 8, dilation: int = 2) -> "Figure":
    """A size × size image whose pixels carry the letter of their phase, beside its phases, each gathered into one tile.

    Raises ``ValueError`` unless 1 ≤ dilation ≤ 2 (nine colours and more are not told apart by eye) and size is a multiple of it.
    """
    if dilation not in (1, 2) or size % dilation:
        raise ValueError(f"phases are drawn for dilation 1 or 2 and a size that it divides, not {dilation} and {size}")
    rows, columns = np.indices((size, size)) // (size // dilation)
    tiles = rows * dilation + columns
    order = np.arange(size).reshape(-1, dilation).T.ravel()
    phases = np.empty_like(tiles)
    phases[np.ix_(order, order)] = tiles
    figure, panels = style.new_figure(1, 2, 8, 4.3)
    _draw_phases(panels[0], phases, "one image", order=np.arange(size))
    _draw_phases(panels[1], tiles, f"the same pixels, gathered into {dilation**2} phases", order)
    return figure


def _draw_phases(axes: "Axes", phases: np.ndarray, title: str, order: np.ndarray) -> None:
    """``order``: the row (and the column) of the image that each row of the drawing comes from."""
    cells.lay_out(axes, phases.shape)
    for phase in range(phases.max() + 1):
        cells.fill(axes, phases == phase, colour=style.CATEGORIES[phase + 1])
    texts = {(row, column): ascii_uppercase[phases[row, column]] for row, column in np.ndindex(phases.shape)}
    cells.write(axes, texts, (0, 0), style.SMALL_SIZE)
    axes.set_xticks(range(len(order)), [str(place) for place in order])
    axes.set_yticks(range(len(order)), [str(place) for place in order])
    style.label(axes, title, style.COLUMN, style.ROW)


def stack_taps(stacks: Sequence[Sequence[int]], kernel_size: int = 3, reach: int | None = None) -> "Figure":
    """One map for each stack of dilation rates: in how many ways each input pixel reaches one output pixel of the last layer.

    The frame is the receptive field. Pixels in it that are not read at all are hatched. Every map shows ``reach`` pixels on each
    side of the output's own; by default, as many as the largest stack needs.
    """
    counts = [_path_counts(rates, kernel_size) for rates in stacks]
    reach = reach or max(len(count) for count in counts) // 2 + 1
    side = min(style.MAX_WIDTH / len(stacks), 4.6 if len(stacks) == 1 else 3.9)
    figure, panels = style.new_figure(1, len(stacks), side * len(stacks), side + 0.4)
    for axes, rates, count in zip(panels, stacks, counts, strict=True):
        _draw_stack(axes, rates, count, reach, cell=(side - 0.7) / (2 * reach + 1))
    panels[0].set_ylabel(style.ROW_OFFSET, fontsize=style.TEXT_SIZE)
    return figure


def stack_alt(stacks: Sequence[Sequence[int]], kernel_size: int = 3) -> str:
    """What `stack_taps` draws, in words."""
    sentences = ["How many paths lead from each input pixel to one output pixel."]
    for rates in stacks:
        counts = _path_counts(rates, kernel_size)
        size, most = len(counts), int(counts.max())
        sentences.append(
            f"Dilation {', then '.join(map(str, rates))}: receptive field {size} × {size} pixels, "
            f"{np.count_nonzero(counts)} of {counts.size} read, by at most {most} {'path' if most == 1 else 'paths'} each."
        )
    return " ".join(sentences)


def _path_counts(rates: Sequence[int], kernel_size: int) -> np.ndarray:
    line = np.ones(1)
    for rate in rates:
        taps = np.zeros(rate * (kernel_size - 1) + 1)
        taps[::rate] = 1
        line = np.convolve(line, taps)
    return np.outer(line, line)


def _draw_stack(axes: "Axes", rates: Sequence[int], counts: np.ndarray, reach: int, cell: float) -> None:
    size, corner = len(counts), (-(len(counts) // 2),) * 2
    image = cells.paint(axes, np.ma.masked_equal(counts, 0), (0, counts.max()), corner=corner)
    cells.fill(axes, counts == 0, corner, pattern=style.HOLE_PATTERN)
    cells.write_numbers(axes, image, np.ma.masked_equal(counts, 0), cell, corner=corner, largest_side=COUNTED_SIDE)
    cells.lay_out(axes, (2 * reach + 1,) * 2, (-reach, -reach), grid=reach <= 11)
    cells.outline(axes, corner, counts.shape, dashed=True)
    name = f"dilation {', '.join(map(str, rates))}" if rates else "no layer"
    style.label(axes, f"{name}: {size} × {size}\n{np.count_nonzero(counts)} of {counts.size} read", style.COLUMN_OFFSET)
