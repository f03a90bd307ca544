"""Pictures of resizing: where outputs read, the weights they read with, how far off they look, and maps of labels."""

from collections.abc import Mapping, Sequence
from string import ascii_uppercase
from typing import TYPE_CHECKING, Any

import numpy as np

from autograder.pictures import cells, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

MOST_NUMBERS = 17
"""Dots of rows with more outputs than this carry no number."""

Numbers = Any
"""A tensor, an array or nested lists of numbers."""


def rulers(size: int, rows: Mapping[str, Sequence[float]], name: str = "input") -> "Figure":
    """A row of pixels of what is called ``name``, and below it one row for each name: numbered dots at the given coordinates.

    The ruler is in these pixels, pixel 0 being centred at 0. Thin lines mark the centres.
    """
    figure, (axes,) = style.new_figure(1, 1, style.MAX_WIDTH, 1.3 + 0.62 * len(rows))
    square = np.ones((1, size), dtype=bool)
    cells.fill(axes, square, (0, 0), style.PALE[1])
    cells.lay_out(axes, (1 + len(rows), size))
    axes.grid(visible=False, which="minor")
    for column in range(size):
        axes.plot([column, column], [-0.5, len(rows) + 0.5], color=style.HOLE_INK, linewidth=0.8, zorder=1)
        cells.outline(axes, (0, column))
    for row, places in enumerate(rows.values(), start=1):
        _draw_reads(axes, row, list(places))
    axes.set_aspect("auto")
    axes.set_xlim(-0.75, size - 0.25)
    style.label(axes, "", f"coordinate ({name} pixels)")
    axes.set_yticks(range(1 + len(rows)), [name, *rows])
    return figure


def _draw_reads(axes: "Axes", row: int, places: list[float]) -> None:
    numbered = len(places) <= MOST_NUMBERS
    axes.plot(places, [row + 0.12] * len(places), "o", color=style.CATEGORIES[(0, 5, 2, 3)[(row - 1) % 4]], markersize=6, zorder=3)
    seen: dict[float, int] = {}
    for number, place in enumerate(places if numbered else []):
        seen[place] = seen.get(place, 0) + 1  # outputs at the same place: their numbers stand side by side
        shift: dict[str, Any] = {"xytext": (9 * (seen[place] - 1), 5), "textcoords": "offset points", "ha": "center"}
        axes.annotate(str(number), (place, row), fontsize=style.SMALL_SIZE, color=style.INK, **shift)


def rulers_alt(size: int, rows: Mapping[str, Sequence[float]], name: str = "input") -> str:
    """What `rulers` draws, in words."""
    parts = [f"{row}: {len(places)} at {_few([f'{place:.4g}' for place in places])}" for row, places in rows.items()]
    pixels = "pixel" if size == 1 else "pixels"
    return f"Coordinates in a row of {size} {name} {pixels}. {'; '.join(parts)}."


def _few(texts: list[str]) -> str:
    """All of a short list; of a long one, how it begins and ends."""
    return ", ".join(texts if len(texts) <= 12 else [*texts[:4], "…", *texts[-3:]])


def both_reads(in_size: int, out_size: int) -> "Figure":
    """`rulers` with both conventions."""
    return rulers(in_size, _conventions(in_size, out_size))


def both_reads_alt(in_size: int, out_size: int) -> str:
    """What `both_reads` draws, in words, and how far the two conventions are apart."""
    rows = _conventions(in_size, out_size)
    apart = max(abs(min(one, in_size - 1) - min(other, in_size - 1)) for one, other in zip(*rows.values(), strict=True))
    return f"{rulers_alt(in_size, rows)} The two differ by {apart:.3g} input pixels at most." if apart > 1e-9 else \
        f"{rulers_alt(in_size, rows)} Both read the same."


def _conventions(in_size: int, out_size: int) -> dict[str, list[float]]:
    places = np.arange(out_size)
    aligned = places * (in_size - 1) / max(out_size - 1, 1)
    halves = np.maximum((places + 0.5) * in_size / out_size - 0.5, 0)
    return {"align_corners=True": aligned.tolist(), "align_corners=False": halves.tolist()}


def weight_maps(maps: Mapping[str, Numbers], x: str = "input pixel", y: str = "output pixel") -> "Figure":
    """Matrices of numbers from 0 on side by side, on one scale: printed where they fit; zeros are pale."""
    arrays = {name: np.asarray(values, dtype=float) for name, values in maps.items()}
    tallest, widest = (max(array.shape[axis] for array in arrays.values()) for axis in (0, 1))
    cell = min(0.55, (style.MAX_WIDTH - 1.2) / len(arrays) / (widest + 1), 4.5 / tallest)
    width = max(len(arrays) * (widest + 1) * cell + 1.2, 5.0)
    figure, panels = style.new_figure(1, len(arrays), width, tallest * cell + 1.2)
    largest = max(array.max() for array in arrays.values())
    for axes, (name, array) in zip(panels, arrays.items(), strict=True):
        image = cells.paint(axes, np.ma.masked_equal(array, 0), (0, largest))
        printed = cells.write_numbers(axes, image, np.ma.masked_equal(array, 0), cell)
        if not printed:
            figure.colorbar(image, ax=axes, shrink=0.7).ax.tick_params(labelsize=style.SMALL_SIZE)
        style.label(axes, name, x, y if axes is panels[0] else "")
    return figure


def weight_maps_alt(maps: Mapping[str, Numbers]) -> str:
    """What `weight_maps` draws, in words; all numbers of small maps."""
    return " ".join(_map_alt(name, np.asarray(values, dtype=float)) for name, values in maps.items())


def _map_alt(name: str, array: np.ndarray) -> str:
    head = f"{name}: {array.shape[0]} rows of {array.shape[1]} numbers, from {array.min():.3g} to {array.max():.3g}"
    if array.size > 40:
        return f"{head}, {np.count_nonzero(array)} of {array.size} not 0."
    return f"{head}; row by row {'; '.join(', '.join(f'{value:.3g}' for value in row) for row in array)}."


def errors_along(lines: Mapping[str, Numbers], title: str, x: str = "pixel", y: str = "error (pixels)") -> "Figure":
    """One curve for each name: an error at each pixel of a line, with the zero marked."""
    figure, (axes,) = style.new_figure(1, 1, style.MAX_WIDTH, 4.2)
    axes.axhline(0, color=style.HOLE_INK, linewidth=1)
    for kind, (name, values) in enumerate(lines.items()):
        array = np.asarray(values, dtype=float)
        look: dict[str, Any] = {"linestyle": style.LINES[kind], "linewidth": 2.4, "marker": "os^D"[kind % 4]}
        axes.plot(array, color=style.CATEGORIES[kind], label=name, markevery=(kind * 11, max(len(array) // 9, 1)), **look)
    figure.legend(loc="outside lower center", ncols=min(len(lines), 2), fontsize=style.SMALL_SIZE, frameon=False)
    axes.grid(axis="y", color=style.EMPTY)
    style.label(axes, title, x, y)
    return figure


def errors_along_alt(lines: Mapping[str, Numbers], what: str = "Errors") -> str:
    """What `errors_along` draws, in words."""
    return f"{what} along a line. " + " ".join(_line_alt(name, np.asarray(values, dtype=float)) for name, values in lines.items())


def _line_alt(name: str, array: np.ndarray) -> str:
    if np.ptp(array) < 1e-9:
        return f"{name}: {array[0]:.4g} everywhere."
    return f"{name}: {array[0]:.4g} at the first pixel, {array[len(array) // 2]:.4g} in the middle, {array[-1]:.4g} at the last."


def label_maps(maps: Mapping[str, Numbers]) -> "Figure":
    """Maps of class labels (0 to 3) side by side: a tint and a pattern for each class, and its letter where cells are large."""
    arrays = {name: np.asarray(values) for name, values in maps.items()}
    side, classes = min(style.MAX_WIDTH / len(arrays), 3.4), np.unique(np.concatenate([labels.ravel() for labels in arrays.values()]))
    figure, panels = style.new_figure(1, len(arrays), side * len(arrays), side + 1.1)
    for axes, (name, labels) in zip(panels, arrays.items(), strict=True):
        cells.lay_out(axes, labels.shape, grid=max(labels.shape) <= cells.PRINTED_SIDE)
        for number in np.unique(labels):
            cells.fill(axes, labels == number, colour=style.PALE[number + 1], pattern=style.PATTERNS[number])
        if max(labels.shape) <= cells.PRINTED_SIDE:
            texts = {(int(row), int(column)): ascii_uppercase[labels[row, column]] for row, column in np.ndindex(labels.shape)}
            cells.write(axes, texts, (0, 0), cells.font_size((side - 0.8) / max(labels.shape), 2))
        style.label(axes, name, style.COLUMN, style.ROW if axes is panels[0] else "")
    figure.legend(handles=[_swatch(number) for number in classes], loc="outside lower center", ncols=len(classes),
                  fontsize=style.SMALL_SIZE, frameon=False)
    return figure


def _swatch(number: int) -> "Patch":
    from matplotlib.patches import Patch

    return Patch(facecolor=style.PALE[number + 1], edgecolor=style.HOLE_INK, hatch=style.PATTERNS[number] * 2,
                 label=f"class {ascii_uppercase[number]}")


def label_maps_alt(maps: Mapping[str, Numbers]) -> str:
    """What `label_maps` draws, in words: how many pixels each class has."""
    parts = []
    for name, values in maps.items():
        numbers, counts = np.unique(np.asarray(values), return_counts=True)
        shares = [f"class {ascii_uppercase[number]} {count}" for number, count in zip(numbers, counts, strict=True)]
        parts.append(f"{name}: {', '.join(shares)} of {np.asarray(values).size} pixels.")
    return "Maps of labels. " + " ".join(parts)
