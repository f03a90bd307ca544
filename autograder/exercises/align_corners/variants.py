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
    grid = F.affine_grid(identity, [1, 1, 2, out_size], align_corners=align_corners)[0, 0, :, 0] + 1
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
    y: Tensor = x.flatten(2) @ torch.kron(rows, columns).T
    return y.view(*x.shape[:2], *size)


def alignment_error__weighted_centres(image_size: int, stride: int, align_corners: bool) -> Tensor:
    """The matrix of the resize, times the centres."""
    _sensible(image_size, stride)
    centres = torch.arange(0, image_size, stride, dtype=torch.float64)
    return resize_matrix__tent(len(centres), image_size, align_corners) @ centres - torch.arange(image_size)


def alignment_error__clamped_coordinates(image_size: int, stride: int, align_corners: bool) -> Tensor:
    """Between two features the centre runs straight, so the coordinates do, as far as there are features."""
    _sensible(image_size, stride)
    features = ceil(image_size / stride)
    places = source_coordinates__linspace(features, image_size, align_corners).clamp(max=features - 1)
    return places * stride - torch.arange(image_size)


def alignment_error__by_gradient(image_size: int, stride: int, align_corners: bool) -> Tensor:
    """Asks autograd which features each logit reads."""
    _sensible(image_size, stride)
    features = (image_size - 1) // stride + 1
    logits = torch.zeros(1, 1, features, dtype=torch.float64, requires_grad=True)
    resized = F.interpolate(logits, size=image_size, mode="linear", align_corners=align_corners)[0, 0]
    ones = torch.eye(image_size, dtype=torch.float64)
    reads = torch.autograd.grad(resized, logits, ones, is_grads_batched=True)[0][:, 0, 0]
    return (reads * stride * torch.arange(features)).sum(1) - torch.arange(image_size)


def alignment_error__pixel_by_pixel(image_size: int, stride: int, align_corners: bool) -> Tensor:
    """In exact fractions."""
    _sensible(image_size, stride)
    last, errors = (image_size - 1) // stride, []
    for pixel in range(image_size):
        place = Fraction(pixel * last, max(image_size - 1, 1)) if align_corners else \
            Fraction((2 * pixel + 1) * (last + 1) - image_size, 2 * image_size)
        errors.append(float(min(max(place, Fraction(0)), Fraction(last)) * stride - pixel))
    return torch.tensor(errors, dtype=torch.float64)


def crop_size__rounded_up(at_least: int, stride: int) -> int:
    """As many strides as are needed, and one pixel."""
    _sensible(at_least, stride)
    return max(-(-(at_least - 1) // stride), 1) * stride + 1


def crop_size__remainder(at_least: int, stride: int) -> int:
    """What is missing to the next one."""
    _sensible(at_least, stride)
    least = max(at_least, stride + 1)
    rest = (least - 1) % stride
    return least if rest == 0 else least + stride - rest


def _has_classes(logits: Tensor) -> None:
    if logits.dim() != 4 or logits.shape[1] == 0:
        raise ValueError("no class to choose")


def upsample_labels__operator(logits: Tensor, size: tuple[int, int], align_corners: bool) -> Tensor:
    """PyTorch's resize, then argmax."""
    _has_classes(logits)
    _resizes(logits, size)
    return F.interpolate(logits, size=size, mode="bilinear", align_corners=align_corners).argmax(dim=1)


def upsample_labels__sorted(logits: Tensor, size: tuple[int, int], align_corners: bool) -> Tensor:
    """The first place of a ranking."""
    _has_classes(logits)
    return resize_bilinear__two_products(logits, size, align_corners).topk(1, dim=1).indices.squeeze(1)


def upsample_labels__class_by_class(logits: Tensor, size: tuple[int, int], align_corners: bool) -> Tensor:
    """Keeps the best class so far."""
    _has_classes(logits)
    best = resize_bilinear__four_neighbours(logits[:, :1], size, align_corners)[:, 0]
    labels = torch.zeros_like(best, dtype=torch.int64)
    for number in range(1, logits.shape[1]):
        rival = resize_bilinear__four_neighbours(logits[:, number:number + 1], size, align_corners)[:, 0]
        labels, best = torch.where(rival > best, number, labels), torch.maximum(rival, best)
    return labels


def upsample_labels__pairs(logits: Tensor, size: tuple[int, int], align_corners: bool) -> Tensor:
    """The class with the most victories over other classes."""
    _has_classes(logits)
    resized = resize_bilinear__one_large_matrix(logits, size, align_corners)
    victories = (resized[:, :, None] > resized[:, None]).sum(2)
    return victories.max(1).indices


def resize_warning__comparisons(in_size: tuple[int, int], out_size: tuple[int, int], align_corners: bool) -> bool:
    """One condition after another."""
    _sensible(*in_size, *out_size)
    (height, width), (rows, columns) = in_size, out_size
    if not align_corners or 1 in (height, width, rows, columns):
        return False
    return (rows > height or columns > width) and (rows - 1) % (height - 1) > 0 and (columns - 1) % (width - 1) > 0


def resize_warning__by_coordinates(in_size: tuple[int, int], out_size: tuple[int, int], align_corners: bool) -> bool:
    """An axis fits where every input pixel is hit by an output."""
    _sensible(*in_size, *out_size)
    axes = [*zip(in_size, out_size, strict=True)]
    if not align_corners or any(1 in axis for axis in axes) or not any(after > before for before, after in axes):
        return False
    return not any(Fraction(after - 1, before - 1).denominator == 1 for before, after in axes)


def _image() -> Tensor:
    generator = torch.Generator().manual_seed(8)
    return torch.randn(1, 2, 3, 5, generator=generator, dtype=torch.float64)


def examples__operator(resize_bilinear: object) -> None:
    """PyTorch's operator on a few sizes of both kinds."""
    x = _image().requires_grad_()
    for size in ((7, 4), (5, 11), (2, 2), (1, 1)):
        for flag in (True, False):
            expected = F.interpolate(x, size=size, mode="bilinear", align_corners=flag)
            got = resize_bilinear(x, size, flag)  # type: ignore[operator]
            torch.testing.assert_close(got, expected)
            assert got.requires_grad


def examples__by_hand(resize_bilinear: object) -> None:
    """Rows and columns worked out by hand, in float32 and float64, and an error for an empty size."""
    line = torch.tensor([[[[0.0, 10.0, 40.0, 30.0]]]])
    known = [(8, True, [0, 30 / 7, 60 / 7, 130 / 7, 220 / 7, 270 / 7, 240 / 7, 30]), (8, False, [0, 2.5, 7.5, 17.5, 32.5, 37.5, 32.5, 30]),
             (2, True, [0, 30]), (2, False, [5, 35]), (1, True, [0]), (1, False, [25]), (3, False, [5 / 3, 25, 95 / 3])]
    for size, flag, expected in known:
        for dtype in (torch.float32, torch.float64):
            want = torch.tensor(expected, dtype=dtype)
            x = line.to(dtype)
            torch.testing.assert_close(resize_bilinear(x.repeat(1, 1, 2, 1), (3, size), flag)[0, 0, 1], want)  # type: ignore[operator]
            torch.testing.assert_close(resize_bilinear(x.mT, (size, 1), flag)[0, 0, :, 0], want)  # type: ignore[operator]
    try:
        resize_bilinear(line, (0, 4), True)  # type: ignore[operator]
    except ValueError:
        return
    raise AssertionError("no row at all makes no image")
