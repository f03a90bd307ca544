"""Wrong answers to lesson 1 that learners really give. Every one must be rejected, and named. Called ``<exercise>__<id>``.

What each is told is in ``exercises.yaml``. Needs torch only: learners' `examples` are given these functions, and they run
where the learners' code runs.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

Pair = tuple[int, int]


def _positive(*numbers: int) -> None:
    if min(numbers) < 1:
        raise ValueError("at least 1")


def effective_kernel_size__multiplies(kernel_size: int, dilation: int) -> int:
    """k · d."""
    _positive(kernel_size, dilation)
    return kernel_size * dilation


def effective_kernel_size__inserts_d_zeros(kernel_size: int, dilation: int) -> int:
    """d zeros between two taps where there are d − 1."""
    _positive(kernel_size, dilation)
    return kernel_size + (kernel_size - 1) * dilation


def effective_kernel_size__adds_once(kernel_size: int, dilation: int) -> int:
    """Widens the kernel once, not once a gap."""
    _positive(kernel_size, dilation)
    return kernel_size + dilation - 1


def effective_kernel_size__odd_kernels_only(kernel_size: int, dilation: int) -> int:
    """Twice the half."""
    _positive(kernel_size, dilation)
    return 2 * (kernel_size // 2) * dilation + 1


def effective_kernel_size__accepts_nonsense(kernel_size: int, dilation: int) -> int:
    """Right, but silent about a dilation of 0."""
    return dilation * (kernel_size - 1) + 1


def conv_output_size__ignores_dilation(size: int, kernel_size: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    """The formula without d."""
    _fits(size, kernel_size, stride, padding, dilation)
    return (size + 2 * padding - kernel_size) // stride + 1


def conv_output_size__pads_once(size: int, kernel_size: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    """Counts the padding on one side only."""
    _fits(size, kernel_size, stride, padding, dilation)
    return (size + padding - dilation * (kernel_size - 1) - 1) // stride + 1


def conv_output_size__forgets_plus_one(size: int, kernel_size: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    """Counts the steps, not the positions."""
    _fits(size, kernel_size, stride, padding, dilation)
    return (size + 2 * padding - dilation * (kernel_size - 1) - 1) // stride


def conv_output_size__rounds_up(size: int, kernel_size: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    """Lets the last window hang over the edge."""
    _fits(size, kernel_size, stride, padding, dilation)
    return -(-(size + 2 * padding - dilation * (kernel_size - 1) - 1) // stride) + 1


def conv_output_size__multiplies(size: int, kernel_size: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    """Takes k · d for the kernel's extent."""
    _fits(size, kernel_size, stride, padding, dilation)
    return (size + 2 * padding - dilation * kernel_size) // stride + 1


def conv_output_size__accepts_nonsense(size: int, kernel_size: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    """Returns 0 or less where the kernel does not fit."""
    return (size + 2 * padding - dilation * (kernel_size - 1) - 1) // stride + 1


def _fits(size: int, kernel_size: int, stride: int, padding: int, dilation: int) -> None:
    _positive(size, kernel_size, stride, dilation, padding + 1, size + 2 * padding - dilation * (kernel_size - 1))


def same_padding__half_kernel(kernel_size: int, dilation: int) -> Pair:
    """k // 2, whatever the dilation."""
    _positive(kernel_size, dilation)
    return kernel_size // 2, kernel_size // 2


def same_padding__extra_in_front(kernel_size: int, dilation: int) -> Pair:
    """Right in sum, the odd one on the wrong side."""
    _positive(kernel_size, dilation)
    total = dilation * (kernel_size - 1)
    return total - total // 2, total // 2


def same_padding__always_symmetric(kernel_size: int, dilation: int) -> Pair:
    """Half on either side, and an odd one lost."""
    _positive(kernel_size, dilation)
    half = dilation * (kernel_size - 1) // 2
    return half, half


def same_padding__all_on_each_side(kernel_size: int, dilation: int) -> Pair:
    """The whole of it twice."""
    _positive(kernel_size, dilation)
    return dilation * (kernel_size - 1), dilation * (kernel_size - 1)


def same_padding__dilation_itself(kernel_size: int, dilation: int) -> Pair:
    """padding = dilation, which holds for 3 × 3 only."""
    _positive(kernel_size, dilation)
    return dilation, dilation


def same_padding__accepts_nonsense(kernel_size: int, dilation: int) -> Pair:
    """Right, but silent about a dilation of 0."""
    total = dilation * (kernel_size - 1)
    return total // 2, total - total // 2


def _stuffed(weight: Tensor, dy: int, dx: int) -> Tensor:
    """The right zero-stuffed kernel, for the mistakes that lie elsewhere."""
    stuffed = weight.new_zeros(*weight.shape[:-2], dy * (weight.shape[-2] - 1) + 1, dx * (weight.shape[-1] - 1) + 1)
    stuffed[..., ::dy, ::dx] = weight
    return stuffed


def dilate_kernel__one_zero_too_many(weight: Tensor, dilation: Pair) -> Tensor:
    """d zeros between two taps where there are d − 1."""
    _positive(*dilation)
    return _stuffed(weight, dilation[0] + 1, dilation[1] + 1)


def dilate_kernel__keeps_trailing_zeros(weight: Tensor, dilation: Pair) -> Tensor:
    """d · k wide: zeros after the last tap as well."""
    _positive(*dilation)
    (dy, dx), (kh, kw) = dilation, weight.shape[-2:]
    stuffed = weight.new_zeros(*weight.shape[:-2], dy * kh, dx * kw)
    stuffed[..., ::dy, ::dx] = weight
    return stuffed


def dilate_kernel__swaps_axes(weight: Tensor, dilation: Pair) -> Tensor:
    """dx for the rows, dy for the columns."""
    _positive(*dilation)
    return _stuffed(weight, dilation[1], dilation[0])


def dilate_kernel__repeats_taps(weight: Tensor, dilation: Pair) -> Tensor:
    """Copies of the tap where zeros belong."""
    _positive(*dilation)
    (dy, dx), (kh, kw) = dilation, weight.shape[-2:]
    repeated = weight.repeat_interleave(dy, -2).repeat_interleave(dx, -1)
    return repeated[..., :dy * (kh - 1) + 1, :dx * (kw - 1) + 1]


def dilate_kernel__loses_the_gradient(weight: Tensor, dilation: Pair) -> Tensor:
    """The values are copied; the graph is cut."""
    _positive(*dilation)
    return _stuffed(weight.detach(), *dilation)


def dilate_kernel__default_dtype(weight: Tensor, dilation: Pair) -> Tensor:
    """torch.zeros without the dtype of the weight."""
    _positive(*dilation)
    (dy, dx), (kh, kw) = dilation, weight.shape[-2:]
    stuffed = torch.zeros(*weight.shape[:-2], dy * (kh - 1) + 1, dx * (kw - 1) + 1, device=weight.device)
    stuffed[..., ::dy, ::dx] = weight
    return stuffed


def dilate_kernel__on_the_cpu(weight: Tensor, dilation: Pair) -> Tensor:
    """torch.zeros without the device of the weight."""
    _positive(*dilation)
    (dy, dx), (kh, kw) = dilation, weight.shape[-2:]
    stuffed = torch.zeros(*weight.shape[:-2], dy * (kh - 1) + 1, dx * (kw - 1) + 1, dtype=weight.dtype)
    stuffed[..., ::dy, ::dx] = weight
    return stuffed


def dilate_kernel__accepts_nonsense(weight: Tensor, dilation: Pair) -> Tensor:
    """Takes a dilation of 0 for 1."""
    return _stuffed(weight, max(dilation[0], 1), max(dilation[1], 1))


def _conv(x: Tensor, weight: Tensor, bias: Tensor | None, padding: Pair, dilation: Pair) -> Tensor:
    """The right convolution, for the mistakes that lie elsewhere: shifted slices, and ``ValueError`` where it must be."""
    sizes = [x.shape[2 + axis] + 2 * padding[axis] - dilation[axis] * (weight.shape[2 + axis] - 1) for axis in (0, 1)]
    if min(dilation) < 1 or min(padding) < 0 or min(sizes) < 1 or x.shape[1] != weight.shape[1]:
        raise ValueError("the kernel does not fit")
    padded = F.pad(x, (padding[1], padding[1], padding[0], padding[0]))
    return _slices(padded, weight, bias, dilation, (sizes[0], sizes[1]))


def _slices(padded: Tensor, weight: Tensor, bias: Tensor | None, dilation: Pair, size: Pair) -> Tensor:
    y = padded.new_zeros(padded.shape[0], weight.shape[0], *size)
    for i in range(weight.shape[2]):
        for j in range(weight.shape[3]):
            rows, columns = slice(i * dilation[0], i * dilation[0] + size[0]), slice(j * dilation[1], j * dilation[1] + size[1])
            y = y + torch.einsum("oc,nchw->nohw", weight[:, :, i, j], padded[:, :, rows, columns])
    return y if bias is None else y + bias[:, None, None]


def dilated_conv2d__flips_the_kernel(x: Tensor, weight: Tensor, bias: Tensor | None = None, padding: Pair = (0, 0),
                                     dilation: Pair = (1, 1)) -> Tensor:
    """The mathematician's convolution."""
    return _conv(x, weight.flip(-2, -1), bias, padding, dilation)


def dilated_conv2d__ignores_dilation(x: Tensor, weight: Tensor, bias: Tensor | None = None, padding: Pair = (0, 0),
                                     dilation: Pair = (1, 1)) -> Tensor:
    """An ordinary convolution."""
    _conv(x, weight, bias, padding, dilation)
    return _conv(x, weight, bias, padding, (1, 1))


def dilated_conv2d__swaps_axes(x: Tensor, weight: Tensor, bias: Tensor | None = None, padding: Pair = (0, 0),
                               dilation: Pair = (1, 1)) -> Tensor:
    """dx for the rows, dy for the columns."""
    return _conv(x, weight, bias, padding, (dilation[1], dilation[0]))


def dilated_conv2d__swaps_padding(x: Tensor, weight: Tensor, bias: Tensor | None = None, padding: Pair = (0, 0),
                                  dilation: Pair = (1, 1)) -> Tensor:
    """F.pad counts from the last axis; this one forgot."""
    return _conv(x, weight, bias, (padding[1], padding[0]), dilation)


def dilated_conv2d__pads_half_kernel(x: Tensor, weight: Tensor, bias: Tensor | None = None, padding: Pair = (0, 0),
                                     dilation: Pair = (1, 1)) -> Tensor:
    """k // 2, whatever was asked for."""
    _conv(x, weight, bias, padding, dilation)
    return _conv(x, weight, bias, (weight.shape[2] // 2, weight.shape[3] // 2), dilation)


def dilated_conv2d__ignores_padding(x: Tensor, weight: Tensor, bias: Tensor | None = None, padding: Pair = (0, 0),
                                    dilation: Pair = (1, 1)) -> Tensor:
    """The image as it is."""
    return _conv(x, weight, bias, (0, 0), dilation)


def dilated_conv2d__pads_behind_only(x: Tensor, weight: Tensor, bias: Tensor | None = None, padding: Pair = (0, 0),
                                     dilation: Pair = (1, 1)) -> Tensor:
    """All the zeros below and to the right: the window starts at its corner, not before it."""
    _conv(x, weight, bias, padding, dilation)
    return _conv(F.pad(x, (0, 2 * padding[1], 0, 2 * padding[0])), weight, bias, (0, 0), dilation)


def dilated_conv2d__pads_with_edge(x: Tensor, weight: Tensor, bias: Tensor | None = None, padding: Pair = (0, 0),
                                   dilation: Pair = (1, 1)) -> Tensor:
    """Repeats the border where zeros belong."""
    _conv(x, weight, bias, padding, dilation)
    padded = F.pad(x, (padding[1], padding[1], padding[0], padding[0]), mode="replicate")
    return _conv(padded, weight, bias, (0, 0), dilation)


def dilated_conv2d__forgets_bias(x: Tensor, weight: Tensor, bias: Tensor | None = None, padding: Pair = (0, 0),
                                 dilation: Pair = (1, 1)) -> Tensor:
    """The argument is there, and unused."""
    return _conv(x, weight, None, padding, dilation)


def dilated_conv2d__adds_bias_per_tap(x: Tensor, weight: Tensor, bias: Tensor | None = None, padding: Pair = (0, 0),
                                      dilation: Pair = (1, 1)) -> Tensor:
    """The bias inside the loop over taps."""
    times = weight.shape[2] * weight.shape[3]
    return _conv(x, weight, None if bias is None else bias * times, padding, dilation)


def dilated_conv2d__inserts_d_zeros(x: Tensor, weight: Tensor, bias: Tensor | None = None, padding: Pair = (0, 0),
                                    dilation: Pair = (1, 1)) -> Tensor:
    """d zeros between two taps where there are d − 1."""
    _conv(x, weight, bias, padding, dilation)
    return _conv(x, weight, bias, padding, (dilation[0] + 1, dilation[1] + 1))


def dilated_conv2d__strides_the_image(x: Tensor, weight: Tensor, bias: Tensor | None = None, padding: Pair = (0, 0),
                                      dilation: Pair = (1, 1)) -> Tensor:
    """Keeps every d-th pixel and convolves what is left: one phase of the answer."""
    _conv(x, weight, bias, padding, dilation)
    padded = F.pad(x, (padding[1], padding[1], padding[0], padding[0]))
    return _conv(padded[..., ::dilation[0], ::dilation[1]], weight, bias, (0, 0), (1, 1))


def dilated_conv2d__averages_channels(x: Tensor, weight: Tensor, bias: Tensor | None = None, padding: Pair = (0, 0),
                                      dilation: Pair = (1, 1)) -> Tensor:
    """A mean over the input channels where a sum belongs."""
    return _conv(x, weight / weight.shape[1], bias, padding, dilation)


def dilated_conv2d__one_filter_for_all(x: Tensor, weight: Tensor, bias: Tensor | None = None, padding: Pair = (0, 0),
                                       dilation: Pair = (1, 1)) -> Tensor:
    """The first filter for every output channel."""
    return _conv(x, weight[:1].expand_as(weight), bias, padding, dilation)


def dilated_conv2d__loses_the_gradient(x: Tensor, weight: Tensor, bias: Tensor | None = None, padding: Pair = (0, 0),
                                       dilation: Pair = (1, 1)) -> Tensor:
    """The values are right; the graph is cut."""
    return _conv(x.detach(), weight.detach(), None if bias is None else bias.detach(), padding, dilation)


def dilated_conv2d__default_dtype(x: Tensor, weight: Tensor, bias: Tensor | None = None, padding: Pair = (0, 0),
                                  dilation: Pair = (1, 1)) -> Tensor:
    """Adds up in a torch.zeros of the default dtype."""
    return _conv(x, weight, bias, padding, dilation).float()


def dilated_conv2d__on_the_cpu(x: Tensor, weight: Tensor, bias: Tensor | None = None, padding: Pair = (0, 0),
                               dilation: Pair = (1, 1)) -> Tensor:
    """Adds up in a torch.zeros on the default device."""
    y = _conv(x, weight, bias, padding, dilation)
    total = torch.zeros(y.shape, dtype=y.dtype)
    total += y
    return total


def dilated_conv2d__loops_over_pixels(x: Tensor, weight: Tensor, bias: Tensor | None = None, padding: Pair = (0, 0),
                                      dilation: Pair = (1, 1)) -> Tensor:
    """The specification, pixel by pixel."""
    y = _conv(x, weight, bias, padding, dilation)
    rows = [torch.stack([y[:, :, i, j] for j in range(y.shape[3])], -1) for i in range(y.shape[2])]
    return torch.stack(rows, 2)


def dilated_conv2d__writes_into_x(x: Tensor, weight: Tensor, bias: Tensor | None = None, padding: Pair = (0, 0),
                                  dilation: Pair = (1, 1)) -> Tensor:
    """Reuses the caller's image as scratch space."""
    y = _conv(x, weight, bias, padding, dilation)
    with torch.no_grad():
        x.mul_(0)
    return y


def dilated_conv2d__accepts_nonsense(x: Tensor, weight: Tensor, bias: Tensor | None = None, padding: Pair = (0, 0),
                                     dilation: Pair = (1, 1)) -> Tensor:
    """Slices never complain: an impossible size comes back empty."""
    padded = F.pad(x, (max(padding[1], 0),) * 2 + (max(padding[0], 0),) * 2)
    sizes = [max(padded.shape[2 + axis] - dilation[axis] * (weight.shape[2 + axis] - 1), 0) for axis in (0, 1)]
    return _slices(padded, weight[:, :x.shape[1]], bias, dilation, (sizes[0], sizes[1])) if min(sizes) else padded[:, :0]


def dilated_conv2d__calls_the_operator(x: Tensor, weight: Tensor, bias: Tensor | None = None, padding: Pair = (0, 0),
                                       dilation: Pair = (1, 1)) -> Tensor:
    """What the exercise asks to do without."""
    _conv(x, weight, bias, padding, dilation)
    return F.conv2d(x, weight, bias, 1, padding, dilation)


def receptive_field__jump_too_early(layers: list[tuple[int, int, int, int]]) -> tuple[int, int, float]:
    """Multiplies the stride in before the layer's own taps are spaced."""
    _sensible(layers)
    size, jump, centre = 1, 1, 0.0
    for kernel, stride, padding, dilation in layers:
        jump *= stride
        reach = dilation * (kernel - 1)
        size, centre = size + reach * jump, centre + (reach / 2 - padding) * jump
    return size, jump, centre


def receptive_field__ignores_dilation(layers: list[tuple[int, int, int, int]]) -> tuple[int, int, float]:
    """k − 1 where d(k − 1) belongs."""
    return _field([(kernel, stride, padding, 1) for kernel, stride, padding, _ in _sensible(layers)])


def receptive_field__ignores_jump(layers: list[tuple[int, int, int, int]]) -> tuple[int, int, float]:
    """Adds up the reaches as if nothing had been strided."""
    _, jump, centre = _field(layers)
    return 1 + sum(dilation * (kernel - 1) for kernel, _, _, dilation in layers), jump, centre


def receptive_field__ignores_padding(layers: list[tuple[int, int, int, int]]) -> tuple[int, int, float]:
    """The centre of a net without padding."""
    _sensible(layers)
    return _field([(kernel, stride, 0, dilation) for kernel, stride, _, dilation in layers])


def receptive_field__from_the_output(layers: list[tuple[int, int, int, int]]) -> tuple[int, int, float]:
    """Goes through the layers in the wrong direction."""
    return _field(layers[::-1])


def receptive_field__centre_from_one(layers: list[tuple[int, int, int, int]]) -> tuple[int, int, float]:
    """Counts pixel centres from 0.5, not from 0."""
    size, jump, centre = _field(layers)
    return size, jump, centre + 0.5


def receptive_field__multiplies_sizes(layers: list[tuple[int, int, int, int]]) -> tuple[int, int, float]:
    """Every layer multiplies the field."""
    _, jump, centre = _field(layers)
    size = 1
    for kernel, _, _, dilation in layers:
        size *= dilation * (kernel - 1) + 1
    return size, jump, centre


def receptive_field__accepts_nonsense(layers: list[tuple[int, int, int, int]]) -> tuple[int, int, float]:
    """Right, but silent about a stride of 0."""
    size, jump, centre = 1, 1, 0.0
    for kernel, stride, padding, dilation in layers:
        reach = dilation * (kernel - 1)
        size, centre, jump = size + reach * jump, centre + (reach / 2 - padding) * jump, jump * stride
    return size, jump, centre


def _sensible(layers: list[tuple[int, int, int, int]]) -> list[tuple[int, int, int, int]]:
    for kernel, stride, padding, dilation in layers:
        _positive(kernel, stride, dilation, padding + 1)
    return layers


def _field(layers: list[tuple[int, int, int, int]]) -> tuple[int, int, float]:
    return receptive_field__accepts_nonsense(_sensible(layers))


def valid_taps__every_tap_counts(size: int, dilation: int, kernel_size: int = 3) -> Tensor:
    """k² everywhere, as if the padding held pixels."""
    _odd(size, dilation, kernel_size)
    return torch.full((size, size), kernel_size ** 2)


def valid_taps__ignores_dilation(size: int, dilation: int, kernel_size: int = 3) -> Tensor:
    """The map of an ordinary convolution."""
    _odd(size, dilation, kernel_size)
    return _counts(size, 1, kernel_size, kernel_size // 2)


def valid_taps__adds_axes(size: int, dilation: int, kernel_size: int = 3) -> Tensor:
    """Rows plus columns where rows times columns belong."""
    _odd(size, dilation, kernel_size)
    inside = _along(size, dilation, kernel_size, kernel_size // 2)
    return inside[:, None] + inside


def valid_taps__starts_at_the_corner(size: int, dilation: int, kernel_size: int = 3) -> Tensor:
    """The first tap at the position itself, not the middle one."""
    _odd(size, dilation, kernel_size)
    return _counts(size, dilation, kernel_size, 0)


def valid_taps__floats(size: int, dilation: int, kernel_size: int = 3) -> Tensor:
    """Counts as floats."""
    _odd(size, dilation, kernel_size)
    return _counts(size, dilation, kernel_size, kernel_size // 2).float()


def valid_taps__shares(size: int, dilation: int, kernel_size: int = 3) -> Tensor:
    """The share of the taps, not their number."""
    _odd(size, dilation, kernel_size)
    return _counts(size, dilation, kernel_size, kernel_size // 2) / kernel_size ** 2


def valid_taps__accepts_nonsense(size: int, dilation: int, kernel_size: int = 3) -> Tensor:
    """Right, but silent about an even kernel."""
    return _counts(max(size, 0), dilation, kernel_size, kernel_size // 2)


def _odd(size: int, dilation: int, kernel_size: int) -> None:
    _positive(size, dilation, kernel_size)
    if kernel_size % 2 == 0:
        raise ValueError("an even kernel has no middle")


def _along(size: int, dilation: int, kernel_size: int, middle: int) -> Tensor:
    taps = torch.arange(size)[:, None] + dilation * (torch.arange(kernel_size) - middle)
    return ((taps >= 0) & (taps < size)).sum(1)


def _counts(size: int, dilation: int, kernel_size: int, middle: int) -> Tensor:
    inside = _along(size, dilation, kernel_size, middle)
    return inside[:, None] * inside


def examples__asserts_nothing(dilated_conv2d: object) -> None:
    """Calls it, looks at nothing."""
    x = torch.ones(1, 1, 5, 5)
    dilated_conv2d(x, x[..., :3, :3], padding=(1, 1))  # type: ignore[operator]


def examples__only_shapes(dilated_conv2d: object) -> None:
    """Looks at the shape of the result, not at its values."""
    x = torch.ones(1, 1, 9, 9)
    assert dilated_conv2d(x, torch.ones(1, 1, 3, 3), None, (2, 2), (2, 2)).shape == x.shape  # type: ignore[operator]


def examples__only_ones(dilated_conv2d: object) -> None:
    """Ones convolved with ones: too much symmetry to see much."""
    x, weight = torch.ones(1, 1, 7, 7), torch.ones(1, 1, 3, 3)
    expected = F.conv2d(x, weight, None, 1, (2, 2), (2, 2))
    assert torch.equal(dilated_conv2d(x, weight, None, (2, 2), (2, 2)), expected)  # type: ignore[operator]


def examples__exact_floats(dilated_conv2d: object) -> None:
    """Rejects a right answer for its rounding."""
    generator = torch.Generator().manual_seed(0)
    x, weight = (torch.randn(shape, generator=generator) for shape in ((2, 3, 11, 8), (4, 3, 2, 3)))
    expected = F.conv2d(x, weight, None, 1, (1, 2), (3, 2))
    assert torch.equal(dilated_conv2d(x, weight, None, (1, 2), (3, 2)), expected)  # type: ignore[operator]


def examples__no_rectangle(dilated_conv2d: object) -> None:
    """Everything square: nothing that confuses two axes is seen."""
    generator = torch.Generator().manual_seed(0)
    x, weight = (torch.randn(shape, generator=generator) for shape in ((1, 1, 9, 9), (1, 1, 3, 3)))
    expected = F.conv2d(x, weight, None, 1, (2, 2), (2, 2))
    torch.testing.assert_close(dilated_conv2d(x, weight, None, (2, 2), (2, 2)), expected)  # type: ignore[operator]
