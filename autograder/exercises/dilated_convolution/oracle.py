"""The truth about lesson 1, found another way than the solutions find it: PyTorch's own operator, or brute force."""

from functools import cache
from itertools import count

import torch
import torch.nn.functional as F
from torch import Tensor


@cache
def effective_kernel_size(kernel_size: int, dilation: int) -> int:
    """Where the last tap lands, counted from where the first one does."""
    _sensible(kernel_size, dilation)
    taps = range(0, kernel_size * dilation, dilation)
    return taps[-1] - taps[0] + 1


@cache
def conv_output_size(size: int, kernel_size: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    """The size that PyTorch's own convolution returns, asked without computing it."""
    _sensible(size, kernel_size, stride, dilation)
    _not_negative(padding)
    x, weight = torch.empty(1, 1, size, device="meta"), torch.empty(1, 1, kernel_size, device="meta")
    try:
        return int(F.conv1d(x, weight, stride=stride, padding=padding, dilation=dilation).shape[-1])
    except RuntimeError as error:
        raise ValueError(str(error)) from None


@cache
def same_padding(kernel_size: int, dilation: int) -> tuple[int, int]:
    """The least padding, found by trying, that lets a long signal keep its length; shared out, the extra one behind."""
    _sensible(kernel_size, dilation)
    long = kernel_size * dilation
    total = next(total for total in count() if conv_output_size(long + total, kernel_size, dilation=dilation) == long)
    return total // 2, -(-total // 2)


def dilate_kernel(weight: Tensor, dilation: tuple[int, int]) -> Tensor:
    """Each tap put into its place, one after another."""
    _sensible(*dilation)
    (dy, dx), (kh, kw) = dilation, weight.shape[-2:]
    dilated = weight.new_zeros(*weight.shape[:-2], dy * (kh - 1) + 1, dx * (kw - 1) + 1)
    for row in range(kh):
        for column in range(kw):
            dilated[..., dy * row, dx * column] = weight[..., row, column]
    return dilated


def dilated_conv2d(x: Tensor, weight: Tensor, bias: Tensor | None = None,
                   padding: tuple[int, int] = (0, 0), dilation: tuple[int, int] = (1, 1)) -> Tensor:
    """PyTorch's own operator."""
    _sensible(*dilation)
    _not_negative(*padding)
    try:
        return F.conv2d(x, weight, bias, padding=padding, dilation=dilation)
    except RuntimeError as error:
        raise ValueError(str(error)) from None


def receptive_field(layers: list[tuple[int, int, int, int]]) -> tuple[int, int, float]:
    """Follows the outermost taps of the first two features back to the input, layer by layer."""
    for kernel, stride, padding, dilation in layers:
        _sensible(kernel, stride, dilation)
        _not_negative(padding)
    first, second = _seen_by(0, layers), _seen_by(1, layers)
    return first[1] - first[0] + 1, second[0] - first[0], (first[0] + first[1]) / 2


def _seen_by(feature: int, layers: list[tuple[int, int, int, int]]) -> tuple[int, int]:
    lowest = highest = feature
    for kernel, stride, padding, dilation in reversed(layers):
        lowest, highest = lowest * stride - padding, highest * stride - padding + (kernel - 1) * dilation
    return lowest, highest


@cache
def valid_taps(size: int, dilation: int, kernel_size: int = 3) -> Tensor:
    """A convolution of a map of ones with a kernel of ones counts the taps that meet a one."""
    _sensible(size, dilation, kernel_size)
    if kernel_size % 2 == 0:
        raise ValueError("the kernel is even")
    ones, taps = torch.ones(1, 1, size, size, dtype=torch.float64), torch.ones(1, 1, kernel_size, kernel_size, dtype=torch.float64)
    return F.conv2d(ones, taps, padding=dilation * (kernel_size - 1) // 2, dilation=dilation)[0, 0].round().long()


@cache
def _example() -> tuple[Tensor, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(5)
    shapes = ((2, 2, 9, 7), (3, 2, 3, 2), (3,))
    x, weight, bias = (torch.randn(shape, generator=generator, dtype=torch.float64) for shape in shapes)
    return x, weight, bias


def examples(dilated_conv2d: object) -> None:
    """Compares with PyTorch's operator on one input that has no symmetry at all, and asks for the errors."""
    x, weight, bias = _example()
    expected = F.conv2d(x, weight, bias, padding=(1, 2), dilation=(3, 2))
    got = dilated_conv2d(x.requires_grad_(), weight, bias, padding=(1, 2), dilation=(3, 2))  # type: ignore[operator]
    assert got.dtype == x.dtype and got.requires_grad
    torch.testing.assert_close(got, expected)


def _sensible(*numbers: int) -> None:
    if min(numbers) < 1:
        raise ValueError("sizes, strides and dilations are at least 1")


def _not_negative(*paddings: int) -> None:
    if min(paddings) < 0:
        raise ValueError("padding is at least 0")
