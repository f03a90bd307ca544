"""Both sides of a failed check and their difference as grids of numbers: which part, which text, which shade. Writes no HTML."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from autograder.languages import say
from autograder.pictures.cells import PRINTED_SIDE, number_format
from autograder.pictures.compare import compare_alt
from autograder.verdicts import Evidence

#: Shades run from 0 to this; the middle one means no difference.
SHADES = 8
DIGITS = 3

Index = tuple[int, ...]


@dataclass(frozen=True)
class Cell:
    """One number: its text, its shade (empty: not finite), and whether it is the first that differs."""

    text: str
    shade: str
    first: bool


@dataclass(frozen=True)
class Grid:
    """A table of numbers with the indices of its rows and columns; ``kind`` is ``value`` or ``difference``."""

    caption: str
    kind: str
    columns: range
    rows: tuple[tuple[int, tuple[Cell, ...]], ...]


@dataclass(frozen=True)
class Picture:
    """Grids side by side, and the same in a sentence."""

    text: str
    grids: tuple[Grid, ...]


@dataclass(frozen=True)
class _Part:
    """The rows and columns of a matrix that are shown, and the place of the first difference."""

    rows: range
    columns: range
    first: Index | None

    def cut(self, matrix: np.ndarray) -> np.ndarray:
        return matrix[self.rows.start:self.rows.stop, self.columns.start:self.columns.stop]


def picture(evidence: Evidence | None) -> Picture | None:
    """What a page shows of the evidence; None where there is nothing that can be shown."""
    if evidence is None or evidence.expected is None or evidence.got is None:
        return None
    try:
        return _picture(evidence)
    except (ValueError, TypeError, OverflowError):  # ragged, or not numbers
        return None


def _picture(evidence: Evidence) -> Picture | None:
    expected, got = (np.asarray(side, dtype=np.float64) for side in (evidence.expected, evidence.got))
    if not expected.size or not got.size:
        return None
    names = say("expected"), say("got")
    told = compare_alt(evidence.expected, evidence.got, names)
    if expected.shape != got.shape:
        return Picture(told, tuple(_apart(name, side) for name, side in zip(names, (expected, got), strict=True)))
    index = _first_difference(expected, got)
    matrices = [np.atleast_2d(side[index[:-2]]) for side in (expected, got)]
    part = _part(matrices[0].shape, index[-2:])
    shown = _which_part(expected.ndim, index[:-2], matrices[0].shape, part)
    return Picture(" ".join([told, *shown]), _grids(part.cut(matrices[0]), part.cut(matrices[1]), part))


def _grids(expected: np.ndarray, got: np.ndarray, part: _Part) -> tuple[Grid, ...]:
    with np.errstate(invalid="ignore"):
        difference = got - expected
    shade = _shader(np.concatenate([expected.ravel(), got.ravel()]))
    values = (_grid(name, "value", side, part, shade) for name, side in ((say("expected"), expected), (say("got"), got)))
    return *values, _grid(say("difference: got − expected"), "difference", difference, part, _centred_shader(difference), signed=True)


def _apart(name: str, side: np.ndarray) -> Grid:
    matrix = np.atleast_2d(side[(0,) * (side.ndim - 2)])
    part = _part(matrix.shape, ())
    cut = part.cut(matrix)
    return _grid(say("{name}, shape {shape}", name=name, shape=side.shape), "value", cut, part, _shader(cut))


def _grid(caption: str, kind: str, values: np.ndarray, part: _Part, shade: Callable[[float], str], signed: bool = False) -> Grid:
    write = number_format(values, DIGITS, signed)
    rows = tuple((row, tuple(Cell(write(value), shade(value), part.first == (row, column))
                             for column, value in zip(part.columns, line, strict=True)))
                 for row, line in zip(part.rows, values.tolist(), strict=True))
    return Grid(caption, kind, part.columns, rows)


def _first_difference(expected: np.ndarray, got: np.ndarray) -> Index:
    """The index of the first element that differs by more than rounding; of the first that differs at all; all zeros."""
    differs = ~((expected == got) | (np.isnan(expected) & np.isnan(got)))
    with np.errstate(invalid="ignore"):
        clearly = differs & ~np.isclose(got, expected, rtol=1e-6, atol=1e-9, equal_nan=True)
    places = np.argwhere(clearly if clearly.any() else differs)
    return tuple(int(number) for number in places[0]) if len(places) else (0,) * expected.ndim


def _part(shape: Sequence[int], first: Index) -> _Part:
    """As much of a matrix as has its numbers printed, with the first difference in it."""
    place = (0, 0, *first)[-2:] if first else (0, 0)
    starts = [max(0, min(middle - PRINTED_SIDE // 2, size - PRINTED_SIDE)) for size, middle in zip(shape, place, strict=True)]
    rows, columns = (range(start, min(start + PRINTED_SIDE, size)) for start, size in zip(starts, shape, strict=True))
    return _Part(rows, columns, place if first else None)


def _which_part(dimensions: int, outer: Index, shape: Sequence[int], part: _Part) -> list[str]:
    found = [say("Shown is the slice {slice}.", slice=f"[{', '.join(map(str, outer))}, :, :]")] if dimensions > 2 else []
    if len(part.rows) < shape[0] or len(part.columns) < shape[1]:
        found.append(say("Of its {all} values, {some} are shown.", all=f"{shape[0]} × {shape[1]}",
                         some=f"{len(part.rows)} × {len(part.columns)}"))
    return found


def _shader(values: np.ndarray) -> Callable[[float], str]:
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
    width = high - low or 1.0
    return lambda value: str(round(SHADES * (value - low) / width)) if math.isfinite(value) else ""


def _centred_shader(differences: np.ndarray) -> Callable[[float], str]:
    """The middle shade for zero only."""
    largest = float(np.abs(differences[np.isfinite(differences)]).max(initial=0.0)) or 1.0
    half = SHADES // 2

    def shade(value: float) -> str:
        if not math.isfinite(value):
            return ""
        steps = max(1, round(half * abs(value) / largest)) if value else 0
        return str(half + steps if value > 0 else half - steps)

    return shade
