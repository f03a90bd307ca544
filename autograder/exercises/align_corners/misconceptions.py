"""Wrong answers to lesson 5 that learners really give. Every one must be rejected, and named. Called ``<exercise>__<id>``.

What each is told is in ``exercises.yaml``. Needs torch only: learners' `examples` are given these functions, and they run
where the learners' code runs.
"""

import torch
import torch.nn.functional as F
from torch import Tensor


def _sensible(*sizes: int) -> None:
    if min(sizes) < 1:
        raise ValueError("sizes and strides are at least 1")


def _places(in_size: int, out_size: int, align_corners: bool, least: float = 0.0) -> Tensor:
    """The right coordinates, for the mistakes that lie elsewhere."""
    _sensible(in_size, out_size)
    out = torch.arange(out_size, dtype=torch.float64)
    if align_corners:
        return out * ((in_size - 1) / max(out_size - 1, 1))
    return ((out + 0.5) * (in_size / out_size) - 0.5).clamp(min=least)


def _weights(places: Tensor, in_size: int) -> Tensor:
    """The right matrix for coordinates, right or wrong: a tent of height 1 round each."""
    return (1 - (places.clamp(0, in_size - 1)[:, None] - torch.arange(in_size)).abs()).relu()


def source_coordinates__asymmetric(in_size: int, out_size: int, align_corners: bool) -> Tensor:
    """Without align_corners, j · in / out: the corners of the pixels, not their centres."""
    if align_corners:
        return _places(in_size, out_size, True)
    _sensible(in_size, out_size)
    return torch.arange(out_size, dtype=torch.float64) * in_size / out_size


def source_coordinates__forgets_to_go_back(in_size: int, out_size: int, align_corners: bool) -> Tensor:
    """(j + ½) · in / out: adds the half pixel and never takes it off again."""
    places = _places(in_size, out_size, align_corners, least=-1.0)
    return places if align_corners else places + 0.5


def source_coordinates__mixes_the_formulas(in_size: int, out_size: int, align_corners: bool) -> Tensor:
    """The half pixel of one convention with the step of the other."""
    if not align_corners:
        return _places(in_size, out_size, False)
    _sensible(in_size, out_size)
    out = torch.arange(out_size, dtype=torch.float64)
    return ((out + 0.5) * (in_size - 1) / max(out_size - 1, 1) - 0.5).clamp(min=0)


def source_coordinates__swaps_the_flag(in_size: int, out_size: int, align_corners: bool) -> Tensor:
    """Takes True for False."""
    return _places(in_size, out_size, not align_corners)


def source_coordinates__below_zero(in_size: int, out_size: int, align_corners: bool) -> Tensor:
    """Does not clamp."""
    return _places(in_size, out_size, align_corners, least=-1.0)


def source_coordinates__clamps_the_end_too(in_size: int, out_size: int, align_corners: bool) -> Tensor:
    """Clamps on both sides."""
    return _places(in_size, out_size, align_corners).clamp(max=in_size - 1)


def source_coordinates__corners_apart(in_size: int, out_size: int, align_corners: bool) -> Tensor:
    """With align_corners, (in − 1) / out: the last output never gets to the last pixel."""
    if not align_corners:
        return _places(in_size, out_size, False)
    _sensible(in_size, out_size)
    return torch.arange(out_size, dtype=torch.float64) * (in_size - 1) / out_size


def source_coordinates__upside_down(in_size: int, out_size: int, align_corners: bool) -> Tensor:
    """Multiplies by out / in."""
    _sensible(in_size, out_size)
    out = torch.arange(out_size, dtype=torch.float64)
    if align_corners:
        return out * (out_size - 1) / max(in_size - 1, 1)
    return ((out + 0.5) * out_size / in_size - 0.5).clamp(min=0)


def source_coordinates__not_a_number(in_size: int, out_size: int, align_corners: bool) -> Tensor:
    """0 / 0 for a single output."""
    places = _places(in_size, out_size, align_corners)
    return places * float("nan") if align_corners and out_size == 1 else places


def source_coordinates__default_dtype(in_size: int, out_size: int, align_corners: bool) -> Tensor:
    """torch.arange without a dtype, times a float."""
    return _places(in_size, out_size, align_corners).float()


def source_coordinates__accepts_nonsense(in_size: int, out_size: int, align_corners: bool) -> Tensor:
    """Has coordinates for images of no pixels."""
    return _places(max(in_size, 1), max(out_size, 1), align_corners)


def resize_matrix__transposed(in_size: int, out_size: int, align_corners: bool) -> Tensor:
    """A row for each input."""
    return _weights(_places(in_size, out_size, align_corners), in_size).T


def resize_matrix__swaps_the_weights(in_size: int, out_size: int, align_corners: bool) -> Tensor:
    """Gives the nearer neighbour the smaller weight."""
    places = _places(in_size, out_size, align_corners).clamp(max=in_size - 1)
    left = places.floor()
    return _weights((left + 1 - (places - left)).where(places > left, left), in_size)


def resize_matrix__nearest(in_size: int, out_size: int, align_corners: bool) -> Tensor:
    """All weight on the nearest pixel."""
    return _weights(_places(in_size, out_size, align_corners).round(), in_size)


def resize_matrix__loses_the_end(in_size: int, out_size: int, align_corners: bool) -> Tensor:
    """Leaves out a neighbour beyond the last pixel, with its weight."""
    places = _places(in_size, out_size, align_corners)
    return (1 - (places[:, None] - torch.arange(in_size)).abs()).relu()


def resize_matrix__overwrites(in_size: int, out_size: int, align_corners: bool) -> Tensor:
    """Where both neighbours are the last pixel, the second weight is written over the first."""
    places = _places(in_size, out_size, align_corners)
    left = places.long().clamp(max=in_size - 1)
    rows, matrix = torch.arange(out_size), torch.zeros(out_size, in_size, dtype=torch.float64)
    matrix[rows, left] = 1 - (places - left)
    matrix[rows, (left + 1).clamp(max=in_size - 1)] = places - left
    return matrix


def resize_matrix__extrapolates(in_size: int, out_size: int, align_corners: bool) -> Tensor:
    """Goes on along the straight line beyond the first and the last centre, with a negative weight."""
    places = _places(in_size, out_size, align_corners, least=-1.0)
    left = places.floor().long().clamp(0, max(in_size - 2, 0))
    weight, right = (places - left)[:, None], (left + 1).clamp(max=in_size - 1)
    return torch.lerp(F.one_hot(left, in_size).double(), F.one_hot(right, in_size).double(), weight)


def resize_matrix__wraps_around(in_size: int, out_size: int, align_corners: bool) -> Tensor:
    """Index −1, which is the last pixel, gets a weight."""
    places = _places(in_size, out_size, align_corners, least=-1.0)
    left = places.floor().long()
    right = (left + 1).clamp(max=in_size - 1)
    return torch.lerp(F.one_hot(left % in_size, in_size).double(), F.one_hot(right, in_size).double(), (places - left)[:, None])


def resize_matrix__swaps_the_flag(in_size: int, out_size: int, align_corners: bool) -> Tensor:
    """Takes True for False."""
    return _weights(_places(in_size, out_size, not align_corners), in_size)


def resize_matrix__default_dtype(in_size: int, out_size: int, align_corners: bool) -> Tensor:
    """Collects the weights in a torch.zeros."""
    return _weights(_places(in_size, out_size, align_corners), in_size).float()


def resize_matrix__accepts_nonsense(in_size: int, out_size: int, align_corners: bool) -> Tensor:
    """Has a matrix for images of no pixels."""
    return _weights(_places(max(in_size, 1), max(out_size, 1), align_corners), max(in_size, 1))
