"""Correct answers to lesson 5, written in very different ways: none may be rejected. Named ``<exercise>__<way>``.

Needs torch only: learners' `examples` are given these functions, and they run where the learners' code runs.
"""

from fractions import Fraction
from math import ceil, floor

import torch
import torch.nn.functional as F
from torch import Tensor


def _sensible(*sizes: int) -> None:
    if min(sizes) < 1:
        raise ValueError("sizes and strides are at least 1")


def source_coordinates__formula(in_size: int, out_size: int, align_corners: bool) -> Tensor:
    """The two formulas, for all outputs at once."""
    _sensible(in_size, out_size)
    out = torch.arange(out_size, dtype=torch.float64)
    if align_corners:
        return out * ((in_size - 1) / max(out_size - 1, 1))
    return ((out + 0.5) * (in_size / out_size) - 0.5).clamp(min=0)


def source_coordinates__linspace(in_size: int, out_size: int, align_corners: bool) -> Tensor:
    """From the first output to the last, in even steps."""
    _sensible(in_size, out_size)
    margin = 0.0 if align_corners else in_size / out_size / 2 - 0.5
    return torch.linspace(margin, in_size - 1 - margin, out_size, dtype=torch.float64).clamp(min=0)


def source_coordinates__fractions(in_size: int, out_size: int, align_corners: bool) -> Tensor:
    """Exact fractions, one after another."""
    _sensible(in_size, out_size)
    if align_corners:
        places = [Fraction(out * (in_size - 1), max(out_size - 1, 1)) for out in range(out_size)]
    else:
        places = [max(Fraction((2 * out + 1) * in_size - out_size, 2 * out_size), Fraction(0)) for out in range(out_size)]
    return torch.tensor([float(place) for place in places], dtype=torch.float64)


def source_coordinates__affine_grid(in_size: int, out_size: int, align_corners: bool) -> Tensor:
    """The grid of grid_sample, from −1 to 1, measured in pixels."""
    _sensible(in_size, out_size)
    if align_corners and out_size == 1:
        return torch.zeros(1, dtype=torch.float64)
    identity = torch.eye(2, 3, dtype=torch.float64)[None]
    grid = F.affine_grid(identity, [1, 1, 1, out_size], align_corners=align_corners)[0, 0, :, 0] + 1
    return grid / 2 * (in_size - 1) if align_corners else (grid / 2 * in_size - 0.5).relu()


def resize_matrix__tent(in_size: int, out_size: int, align_corners: bool) -> Tensor:
    """A tent of height 1 round each coordinate."""
    places = source_coordinates__formula(in_size, out_size, align_corners).clamp(max=in_size - 1)
    return (1 - (places[:, None] - torch.arange(in_size)).abs()).relu()


def resize_matrix__index_add(in_size: int, out_size: int, align_corners: bool) -> Tensor:
    """Two weights a row, added to the columns of both neighbours."""
    places = source_coordinates__linspace(in_size, out_size, align_corners)
    left = places.floor().long().clamp(max=in_size - 1)
    right, weight = (left + 1).clamp(max=in_size - 1), places - left
    flat, rows = torch.zeros(out_size * in_size, dtype=torch.float64), torch.arange(out_size) * in_size
    flat.index_add_(0, rows + left, 1 - weight).index_add_(0, rows + right, weight)
    return flat.view(out_size, in_size)


def resize_matrix__one_hot(in_size: int, out_size: int, align_corners: bool) -> Tensor:
    """A mixture of two selections."""
    places = source_coordinates__formula(in_size, out_size, align_corners)
    left = places.long().clamp(max=in_size - 1)
    right = (left + 1).clamp(max=in_size - 1)
    return torch.lerp(F.one_hot(left, in_size).double(), F.one_hot(right, in_size).double(), (places - left)[:, None])


def resize_matrix__operator(in_size: int, out_size: int, align_corners: bool) -> Tensor:
    """What PyTorch makes of the unit vectors, as an image of one channel."""
    _sensible(in_size, out_size)
    unit = torch.eye(in_size, dtype=torch.float64)[None, None]
    return F.interpolate(unit, size=(in_size, out_size), mode="bilinear", align_corners=align_corners)[0, 0].T


def resize_matrix__nested_lists(in_size: int, out_size: int, align_corners: bool) -> Tensor:
    """Row by row in Python's own numbers."""
    rows = []
    for place in source_coordinates__fractions(in_size, out_size, align_corners).tolist():
        row, left = [0.0] * in_size, min(floor(place), in_size - 1)
        row[left] += 1 - (place - left)
        row[min(left + 1, in_size - 1)] += place - left
        rows.append(row)
    return torch.tensor(rows, dtype=torch.float64)


def _resizes(x: Tensor, size: tuple[int, int]) -> None:
    if x.dim() != 4:
        raise ValueError("an image has four axes")
    _sensible(*x.shape[2:], *size)


def _matrices(x: Tensor, size: tuple[int, int], align_corners: bool) -> list[Tensor]:
    _resizes(x, size)
    return [resize_matrix__tent(before, after, align_corners).to(x) for before, after in zip(x.shape[2:], size, strict=True)]


def resize_bilinear__two_products(x: Tensor, size: tuple[int, int], align_corners: bool) -> Tensor:
    """A matrix from the left and one from the right."""
    rows, columns = _matrices(x, size, align_corners)
    return rows @ x @ columns.T


def resize_bilinear__double_inside(x: Tensor, size: tuple[int, int], align_corners: bool) -> Tensor:
    """One einsum, in double precision whatever comes in."""
    rows, columns = _matrices(x.double(), size, align_corners)
    return torch.einsum("yh,xw,nchw->ncyx", rows, columns, x.double()).to(x.dtype)


def resize_bilinear__four_neighbours(x: Tensor, size: tuple[int, int], align_corners: bool) -> Tensor:
    """The four pixels round each coordinate, gathered and weighted."""
    _resizes(x, size)
    (top, bottom, down), (left, right, across) = (
        _neighbours(x, before, after, align_corners) for before, after in zip(x.shape[2:], size, strict=True))
    down = down[:, None]
    above = x[:, :, top[:, None], left] * (1 - across) + x[:, :, top[:, None], right] * across
    below = x[:, :, bottom[:, None], left] * (1 - across) + x[:, :, bottom[:, None], right] * across
    return above * (1 - down) + below * down


def _neighbours(x: Tensor, in_size: int, out_size: int, align_corners: bool) -> tuple[Tensor, Tensor, Tensor]:
    """The pixels before and after each coordinate, and the weight of the second."""
    places = source_coordinates__formula(in_size, out_size, align_corners).to(x.device)
    before = places.long().clamp(max=in_size - 1)
    return before, (before + 1).clamp(max=in_size - 1), (places - before).to(x.dtype)


def resize_bilinear__axis_by_axis(x: Tensor, size: tuple[int, int], align_corners: bool) -> Tensor:
    """One axis after the other, columns first."""
    _resizes(x, size)
    for axis in (3, 2):
        before, after, weight = _neighbours(x, x.shape[axis], size[axis - 2], align_corners)
        weight = weight if axis == 3 else weight[:, None]
        x = torch.lerp(x.index_select(axis, before), x.index_select(axis, after), weight)
    return x


def resize_bilinear__one_large_matrix(x: Tensor, size: tuple[int, int], align_corners: bool) -> Tensor:
    """All pixels of an image as one vector, and Kronecker's product of both matrices."""
    rows, columns = _matrices(x, size, align_corners)
    return (x.flatten(2) @ torch.kron(rows, columns).T).unflatten(2, tuple(size))
