"""Maps of cells: pixels as squares, coloured by value or by kind, with numbers, letters or hatching in them."""

import math
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from autograder.pictures import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.image import AxesImage

PRINTED_SIDE = 13
"""Numbers are printed in maps of up to this many rows and columns."""

SMALLEST_FONT = 5.2
"""Points: numbers that would have to be smaller are left out."""

Cell = tuple[int, int]
"""A (row, column)."""


def lay_out(axes: "Axes", shape: tuple[int, ...], corner: Cell = (0, 0), grid: bool = True) -> None:
    """Prepares axes for a map of shape (rows, columns) whose first cell is ``corner``."""
    rows, columns = shape
    axes.set_facecolor(style.EMPTY)
    axes.set_xlim(corner[1] - 0.5, corner[1] + columns - 0.5)
    axes.set_ylim(corner[0] + rows - 0.5, corner[0] - 0.5)
    axes.set_aspect("equal")
    axes.set_xticks(_ticks(corner[1], columns))
    axes.set_yticks(_ticks(corner[0], rows))
    axes.set_xticks(np.arange(columns + 1) + corner[1] - 0.5 if grid else [], minor=True)
    axes.set_yticks(np.arange(rows + 1) + corner[0] - 0.5 if grid else [], minor=True)
    axes.grid(which="minor", color=style.PAPER, linewidth=1.2)
    axes.tick_params(which="minor", length=0)


def _ticks(first: int, count: int) -> list[int]:
    """At most seven whole numbers, zero among them if it is in the map."""
    step = next(step for step in (1, 2, 5, 10, 20, 50, 100) if count <= 7 * step)
    return [place for place in range(first, first + count) if place % step == 0]


def paint(
    axes: "Axes", values: np.ndarray, limits: tuple[float, float], colours: str = style.SEQUENTIAL, corner: Cell = (0, 0)
) -> "AxesImage":
    """Colours a matrix (rows, columns) from ``limits[0]`` to ``limits[1]``; what is not finite stays pale."""
    rows, columns = values.shape
    extent = (corner[1] - 0.5, corner[1] + columns - 0.5, corner[0] + rows - 0.5, corner[0] - 0.5)
    known = np.ma.masked_invalid(values)
    image = axes.imshow(known, cmap=colours, vmin=limits[0], vmax=limits[1], extent=extent, interpolation="nearest")
    lay_out(axes, values.shape, corner, grid=max(values.shape) <= PRINTED_SIDE)
    return image


def fill(axes: "Axes", where: np.ndarray, corner: Cell = (0, 0), colour: str = style.EMPTY, pattern: str = "") -> None:
    """Fills the cells of a boolean matrix that are True with one colour and pattern."""
    from matplotlib.collections import PolyCollection

    square = np.array([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)])
    centres = np.argwhere(where)[:, ::-1] + (corner[1], corner[0])
    look: dict[str, Any] = {"facecolor": colour, "edgecolor": style.HOLE_INK, "linewidth": 0, "hatch": pattern, "zorder": 0.5}
    axes.add_collection(PolyCollection(centres[:, None, :] + square, **look), autolim=False)


def write(axes: "Axes", texts: dict[Cell, str], corner: Cell, size: float, colour: str = style.INK) -> None:
    """Writes one text in the middle of each of the given cells."""
    for (row, column), text in texts.items():
        place: dict[str, Any] = {"ha": "center", "va": "center_baseline", "fontsize": size, "color": colour}
        axes.text(column + corner[1], row + corner[0], text, **place).set_in_layout(False)  # or layout takes a second


def write_numbers(
    axes: "Axes",
    image: "AxesImage",
    values: np.ndarray,
    cell: float,
    *,
    corner: Cell = (0, 0),
    signed: bool = False,
    largest_side: int = PRINTED_SIDE,
) -> bool:
    """Prints each value that is not masked into its cell, ``cell`` inches wide. Prints none, and returns False, if they don't fit."""
    if max(values.shape) > largest_side:
        return False
    texts, size = _fitting(values, cell, signed)
    if size < SMALLEST_FONT:
        return False
    for place, text in texts.items():
        colour = _readable_on(image.cmap(image.norm(values[place]))) if np.isfinite(values[place]) else style.INK
        write(axes, {place: text}, corner, size, colour)
    return True


def outline(axes: "Axes", first: Cell, shape: tuple[int, int] = (1, 1), dashed: bool = False) -> None:
    """Draws a frame round the shape (rows, columns) of cells that begins at ``first``; a whole line has a light edge."""
    rows, columns = shape
    x = np.array([0, columns, columns, 0, 0]) + first[1] - 0.5
    y = np.array([0, 0, rows, rows, 0]) + first[0] - 0.5
    look: dict[str, Any] = {"clip_on": False, "zorder": 4, "solid_capstyle": "projecting"}
    if not dashed:
        axes.plot(x, y, color=style.PAPER, linewidth=5, **look)
    axes.plot(x, y, color="black", linewidth=2.2, linestyle="--" if dashed else "-", **look)


def _fitting(values: np.ndarray, cell: float, signed: bool) -> tuple[dict[Cell, str], float]:
    """The text of each cell, with as many digits as the cells are wide, and the font size (points) that fits them."""
    shown = [place for place in np.ndindex(values.shape) if not np.ma.is_masked(values[place])]
    for digits in (3, 2):
        write_one = number_format(values, digits, signed)
        texts = {place: write_one(float(values[place])) for place in shown}
        size = font_size(cell, max(map(len, texts.values()), default=1))
        if size >= 6.5:
            break
    return texts, size


def font_size(cell: float, characters: int) -> float:
    """The size (points) at which that many characters fit a cell ``cell`` inches wide."""
    return min(style.SMALL_SIZE, 72 * cell / (0.64 * characters + 0.3))


def number_format(values: np.ndarray, digits: int, signed: bool = False) -> Callable[[float], str]:
    """How numbers of these values' size are written in few characters: 12, −.25, +1.5e9, nan; an exact zero is 0."""
    known = np.abs(np.ma.compressed(np.ma.masked_invalid(values)))
    scale = math.floor(math.log10(known.max())) if known.any() else 0
    whole = np.all(known == np.round(known)) and scale < 5
    kind = ".0f" if whole else f".{digits - 1}e" if not -4 < scale < 5 else f".{max(0, digits - 1 - scale)}f"

    def _write_one(value: float) -> str:
        sign = "+" if signed and value and not math.isnan(value) else ""
        return _shortened(f"{value:{sign}{kind}}") if value else "0"

    return _write_one


def _shortened(text: str) -> str:
    text = re.sub(r"\.?0*e([+-])0*(?=\d)", lambda exponent: "e" + exponent[1].strip("+"), text)
    return re.sub(r"^([+-]?)0\.", r"\1.", text).replace("-", "−")


def _readable_on(colour: Any) -> str:
    from matplotlib.colors import to_rgb

    return max((style.PAPER, "#000000"), key=lambda ink: style.contrast(to_rgb(ink), tuple(colour[:3])))
