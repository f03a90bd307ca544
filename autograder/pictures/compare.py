"""Target beside yours beside the difference: the picture under a failed check, and the sentence that says the same."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from autograder.languages import say
from autograder.pictures import cells, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LARGEST_SIDE = 64
"""Maps with a longer side are cropped round the first difference, to a window whose numbers can be printed."""

Index = tuple[int, ...]
Names = tuple[str, str]


@dataclass(frozen=True)
class View:
    """The part of two arrays of one shape that is drawn: matrices, where they lie, and where they first differ."""

    target: np.ndarray
    yours: np.ndarray
    difference: np.ndarray
    corner: cells.Cell
    first: cells.Cell | None
    where: str


def compare(expected: Any, got: Any, title: str = "", names: Names = ("target", "yours")) -> "Figure":
    """Draws target, yours and the difference (yours − target) of two tensors, arrays, numbers or lists of numbers.

    Of more than two axes the first matrix that differs is drawn; of long lines, curves; of maps larger than 64 pixels, a window
    round the first difference. Arrays of different shapes are drawn side by side, without a difference.
    """
    target, yours = _array(expected), _array(got)
    if target.shape != yours.shape or target.size == 0:
        figure = _draw_apart(target, yours, names)
    elif target.ndim == 1 and target.size > cells.PRINTED_SIDE:
        figure = _draw_curves(target, yours, names)
    else:
        figure = _draw_view(_view(target, yours), names)
    style.heading(figure, title)
    return figure


def compare_alt(expected: Any, got: Any, names: Names = ("target", "yours")) -> str:
    """What `compare` draws, in words: shapes, how many values differ, the first that does, and the largest difference."""
    target, yours = _array(expected), _array(got)
    if target.shape != yours.shape:
        return say("The shapes differ. Of {one}: {size}. Of {other}: {other_size}. No difference is drawn.",
                   one=names[0], size=_sized(target), other=names[1], other_size=_sized(yours))
    start = say("Drawn are {one}, {other} and their difference; each is {size}.", one=names[0], other=names[1], size=_sized(target))
    differs = _differs(target, yours)
    if not differs.any():
        return f"{start} {say('No value differs.')}"
    first = tuple(int(place) for place in np.argwhere(differs)[0])
    values = f"{names[0]} {_exact(target[first])}, {names[1]} {_exact(yours[first])}"
    count = {"some": differs.sum(), "all": differs.size, "values": values}
    told = say("{some} of {all} differ, the first at index {index}: {values}.", index=_listed(first), **count) if first else \
        say("{some} of {all} differ: {values}.", **count)
    return f"{start} {told}{_largest(target, yours)}"


def _array(values: Any) -> np.ndarray:
    """Anything numeric as float64, or int64 where it holds whole numbers or booleans; complex numbers as a last axis of two."""
    import torch

    tensor: torch.Tensor = values if isinstance(values, torch.Tensor) else torch.as_tensor(np.asarray(values))
    tensor = tensor.detach().cpu()
    if tensor.is_complex():
        tensor = torch.view_as_real(tensor.resolve_conj())
    array: np.ndarray = tensor.to(torch.float64 if tensor.is_floating_point() else torch.int64).numpy()
    return array


def _differs(target: np.ndarray, yours: np.ndarray) -> np.ndarray:
    """Where two arrays differ by more than rounding; where none do, where they differ at all."""
    with np.errstate(invalid="ignore"):
        exactly = (target != yours) & ~(np.isnan(target) & np.isnan(yours))
        if target.dtype == yours.dtype == np.int64:
            return np.asarray(exactly)
        clearly = exactly & ~np.isclose(target, yours, rtol=1e-6, atol=1e-9, equal_nan=True)
    return np.asarray(clearly if clearly.any() else exactly)


def _view(target: np.ndarray, yours: np.ndarray) -> View:
    differs = _differs(target, yours)
    index = tuple(np.argwhere(differs)[0]) if differs.any() else (0,) * target.ndim
    wanted, found = _matrix(target, index[:-2]), _matrix(yours, index[:-2])
    row, column = (0, 0, *index)[-2:]
    rows, columns = window = _window(wanted.shape, (row, column))
    wanted, found = wanted[window], found[window]
    with np.errstate(invalid="ignore"):
        difference = found - wanted
    where = _where(target, index[:-2], window)
    return View(wanted, found, difference, (rows.start, columns.start), (row, column) if differs.any() else None, where)


def _matrix(array: np.ndarray, outer: Index) -> np.ndarray:
    matrix: np.ndarray = np.atleast_2d(array[outer])
    return matrix


def _window(shape: tuple[int, ...], place: cells.Cell) -> tuple[slice, slice]:
    """All of a matrix, or if it is huge, as much round ``place`` as has its numbers printed."""
    if max(shape) <= LARGEST_SIDE:
        return slice(0, shape[0]), slice(0, shape[1])
    width = cells.PRINTED_SIDE - 4
    starts = [max(0, min(middle - width // 2, side - width)) for side, middle in zip(shape, place, strict=True)]
    return slice(starts[0], min(starts[0] + width, shape[0])), slice(starts[1], min(starts[1] + width, shape[1]))


def _where(array: np.ndarray, outer: Index, window: tuple[slice, slice]) -> str:
    """Which part of the array the window of its matrix ``outer`` is, in words; empty for all of it."""
    matrix = _matrix(array, outer)
    parts = [f"at index [{_listed(outer)}, :, :]"] if matrix.size < array.size else []
    if matrix[window].size < matrix.size:
        parts.append(f"a window of {' × '.join(map(str, matrix.shape))}")
    return ", ".join(parts)


def _draw_view(view: View, names: Names) -> "Figure":
    rows, columns = view.target.shape
    tall = columns > 2.5 * rows
    cell = min(0.55, (style.MAX_WIDTH - 1.2 if tall else (style.MAX_WIDTH - 1.2) / 3) / columns, 5 / rows)
    across, down = (1, 3) if tall else (3, 1)
    width, height = max(across * cell * columns + 1.2, 5.5), down * (cell * rows + 0.65) + 0.7 + 0.3 * bool(view.where)
    figure, panels = style.new_figure(down, across, width, height)
    errors = _centred_limits(view.difference)
    _draw_panel(panels[0], view.target, view, _limits(view.target, view.yours), cell)
    _draw_panel(panels[1], view.yours, view, _limits(view.target, view.yours), cell)
    _draw_panel(panels[2], view.difference, view, errors, cell, signed=True)
    for place, (axes, title) in enumerate(zip(panels, (*names, _minus(names)), strict=True)):
        _label(axes, title, row=tall or place == 0, column=not tall or place == 2)
    figure.supxlabel(view.where, fontsize=style.SMALL_SIZE, color=style.INK)
    return figure


def _draw_panel(axes: "Axes", values: np.ndarray, view: View, limits: tuple[float, float], cell: float, signed: bool = False) -> None:
    image = cells.paint(axes, values, limits, style.DIVERGING if signed else style.SEQUENTIAL, view.corner)
    printed = cells.write_numbers(axes, image, values, cell, corner=view.corner, signed=signed)
    if not printed:
        axes.figure.colorbar(image, ax=axes, shrink=0.7).ax.tick_params(labelsize=style.SMALL_SIZE)
    if view.first is not None:
        margin = 0 if max(values.shape) <= cells.PRINTED_SIDE else 1
        first = view.first[0] - margin, view.first[1] - margin
        cells.outline(axes, first, (1 + 2 * margin, 1 + 2 * margin))


def _minus(names: Names) -> str:
    return f"{names[1]} − {names[0]}"


def _label(axes: "Axes", title: str, row: bool, column: bool) -> None:
    style.label(axes, title, "column" if column else "", "row" if row else "")
    axes.tick_params(labelleft=row, labelbottom=column)


def _limits(target: np.ndarray, yours: np.ndarray) -> tuple[float, float]:
    """The range of the target's finite values; of both, where the target is constant; never empty."""
    for array in (target, np.concatenate([target.ravel(), yours.ravel()])):
        known = array[np.isfinite(array)]
        if known.size and known.min() < known.max():
            return float(known.min()), float(known.max())
    return 0.0, 1.0


def _centred_limits(difference: np.ndarray) -> tuple[float, float]:
    largest = float(np.abs(difference[np.isfinite(difference)]).max(initial=0)) or 1.0
    return -largest, largest


def _draw_apart(target: np.ndarray, yours: np.ndarray, names: Names) -> "Figure":
    """Two arrays whose shapes differ, or that are empty: pixels of one size in both, no difference."""
    parts = [_first_part(array) for array in (target, yours)]
    shape = max(1, *(len(part) for part in parts)), max(1, *(part.shape[1] for part in parts))
    cell = min(0.7, 3.3 / shape[1], 3.6 / shape[0])
    figure, panels = style.new_figure(1, 2, max(2 * (cell * shape[1] + 0.8), 5), cell * shape[0] + 1.3)
    limits = _limits(*parts)
    for axes, array, part, name in zip(panels, (target, yours), parts, names, strict=True):
        _draw_part(axes, part, shape, limits, cell)
        style.label(axes, f"{name}: shape {array.shape}", "column", "row")
    return figure


def _first_part(array: np.ndarray) -> np.ndarray:
    if array.size == 0:
        return np.zeros((0, 0))
    matrix = _matrix(array, (0,) * (array.ndim - 2))
    return matrix[_window(matrix.shape, (0, 0))]


def _draw_part(axes: "Axes", part: np.ndarray, shape: tuple[int, int], limits: tuple[float, float], cell: float) -> None:
    """``shape`` is what the axes have room for; cells that the array lacks are hatched."""
    missing = np.ones(shape, dtype=bool)
    missing[: part.shape[0], : part.shape[1]] = False
    if part.size:
        image = cells.paint(axes, part, limits)
        cells.write_numbers(axes, image, part, cell)
    cells.fill(axes, missing, pattern=style.HOLE_PATTERN)
    cells.lay_out(axes, shape, grid=max(shape) <= cells.PRINTED_SIDE)


def _draw_curves(target: np.ndarray, yours: np.ndarray, names: Names) -> "Figure":
    figure, (values, errors) = style.new_figure(2, 1, style.MAX_WIDTH, 4.6)
    values.plot(target, color=style.CATEGORIES[0], linewidth=3, label=names[0])
    values.plot(yours, color=style.CATEGORIES[5], linewidth=1.8, linestyle="--", label=names[1])
    values.legend(fontsize=style.SMALL_SIZE, frameon=False)
    with np.errstate(invalid="ignore"):
        errors.plot(yours - target, color=style.INK, linewidth=1.8)
    errors.axhline(0, color=style.HOLE_INK, linewidth=1)
    style.label(values, " and ".join(names), y="value")
    style.label(errors, _minus(names), "index", "difference")
    return figure


def _sized(array: np.ndarray) -> str:
    if array.ndim == 0:
        return say("one number")
    if array.shape == (0,):
        return say("empty")
    if array.ndim == 1:
        return say("a line of {count}", count=len(array))
    return " × ".join(map(str, array.shape))


def _listed(index: Index) -> str:
    return ", ".join(map(str, index))


def _exact(value: np.generic) -> str:
    return str(int(value)) if isinstance(value, np.integer) else f"{float(value):.6g}"


def _largest(target: np.ndarray, yours: np.ndarray) -> str:
    with np.errstate(invalid="ignore"):
        distances = np.abs(yours - target)
    known = distances[np.isfinite(distances)]
    return " " + say("The largest difference is {number}.", number=_exact(known.max())) if known.any() else ""
