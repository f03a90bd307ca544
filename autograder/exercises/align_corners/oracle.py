"""The truth about lesson 5, found another way than the solutions find it: PyTorch's own operator, and what it makes of a ramp."""

from functools import cache

import torch
import torch.nn.functional as F
from torch import Tensor


@cache
def source_coordinates(in_size: int, out_size: int, align_corners: bool) -> Tensor:
    """A ramp has the value of its position everywhere, so resized it says where each output read it.

    Without align_corners the ramp gets one pixel more, and the step is passed on as a scale: so it goes on where the image ends.
    """
    _sensible(in_size, out_size)
    if align_corners:
        return _line(torch.arange(in_size, dtype=torch.float64), out_size, True)
    longer = torch.arange(in_size + 1, dtype=torch.float64)[None, None]
    resized = F.interpolate(longer, scale_factor=out_size / in_size, mode="linear", align_corners=False, recompute_scale_factor=False)
    return resized[0, 0, :out_size]


@cache
def resize_matrix(in_size: int, out_size: int, align_corners: bool) -> Tensor:
    """Column j is what becomes of an image in which pixel j alone is 1."""
    _sensible(in_size, out_size)
    unit = torch.eye(in_size, dtype=torch.float64)[None]
    return F.interpolate(unit, size=out_size, mode="linear", align_corners=align_corners)[0].T.contiguous()


def resize_bilinear(x: Tensor, size: tuple[int, int], align_corners: bool) -> Tensor:
    """PyTorch's own operator, in double precision."""
    if x.dim() != 4:
        raise ValueError("an image has four axes")
    _sensible(*x.shape[2:], *size)
    return F.interpolate(x.double(), size=tuple(size), mode="bilinear", align_corners=align_corners).to(x.dtype)


@cache
def alignment_error(image_size: int, stride: int, align_corners: bool) -> Tensor:
    """The features' centres, resized as the logits are, minus the pixels that they come to lie on."""
    _sensible(image_size, stride)
    centres = torch.arange(0, image_size, stride, dtype=torch.float64)
    return _line(centres, image_size, align_corners) - torch.arange(image_size, dtype=torch.float64)


def crop_size(at_least: int, stride: int) -> int:
    """What is missing to a remainder of 1, added."""
    _sensible(at_least, stride)
    return max(at_least + (1 - at_least) % stride, stride + 1)


def upsample_labels(logits: Tensor, size: tuple[int, int], align_corners: bool) -> Tensor:
    """The class whose resized logit is the largest."""
    if logits.dim() == 4 and logits.shape[1] == 0:
        raise ValueError("no class to choose")
    return resize_bilinear(logits.detach().double(), size, align_corners).argmax(1)


def resize_warning(in_size: tuple[int, int], out_size: tuple[int, int], align_corners: bool) -> bool:
    """Whether the last pixel of neither axis is among every (in − 1)-th one."""
    _sensible(*in_size, *out_size)
    pairs = [*zip(in_size, out_size, strict=True)]
    if not align_corners or min(*in_size, *out_size) == 1 or all(out <= before for before, out in pairs):
        return False
    return all(out - 1 not in range(0, out, before - 1) for before, out in pairs)


@cache
def _example(batch: int = 2) -> Tensor:
    return torch.randn(batch, 2, 5, 3, generator=torch.Generator().manual_seed(5), dtype=torch.float64)


def examples(resize_bilinear: object) -> None:
    """Compares with PyTorch's operator on one image without any symmetry, larger and smaller, and asks for the errors."""
    x = _example().requires_grad_()
    for size in ((11, 4), (2, 7), (1, 1)):
        for flag in (True, False):
            got = resize_bilinear(x, size, flag)  # type: ignore[operator]
            assert got.dtype == x.dtype and got.requires_grad
            torch.testing.assert_close(got, F.interpolate(x, size=size, mode="bilinear", align_corners=flag))


def _line(values: Tensor, size: int, align_corners: bool) -> Tensor:
    return F.interpolate(values[None, None], size=size, mode="linear", align_corners=align_corners)[0, 0]


def _sensible(*sizes: int) -> None:
    if min(sizes) < 1:
        raise ValueError("sizes and strides are at least 1")
