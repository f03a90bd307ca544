"""Correct answers to lesson 1, written in very different ways: none may be rejected. Named ``<exercise>__<way>``.

Needs torch only: learners' `examples` are given these functions, and they run where the learners' code runs.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

Pair = tuple[int, int]


def _positive(*numbers: int) -> None:
    if min(numbers) < 1:
        raise ValueError("at least 1")


def _output(x: Tensor, weight: Tensor, padding: Pair, dilation: Pair) -> Pair:
    """The height and width of the result; raises ``ValueError`` where there is none."""
    _positive(*dilation)
    if x.dim() != 4 or weight.dim() != 4:
        raise ValueError("not four axes")
    sizes = [x.shape[2 + axis] + 2 * padding[axis] - dilation[axis] * (weight.shape[2 + axis] - 1) for axis in (0, 1)]
    if min(padding) < 0 or min(sizes) < 1 or x.shape[1] != weight.shape[1]:
        raise ValueError("the kernel does not fit")
    return sizes[0], sizes[1]


def _padded(x: Tensor, padding: Pair) -> Tensor:
    return F.pad(x, (padding[1], padding[1], padding[0], padding[0]))


def _plus(y: Tensor, bias: Tensor | None) -> Tensor:
    if bias is not None and bias.shape != y.shape[1:2]:
        raise ValueError("one bias for each output channel")
    return y if bias is None else y + bias[:, None, None]


def effective_kernel_size__gaps(kernel_size: int, dilation: int) -> int:
    """Taps plus what lies in the gaps."""
    _positive(kernel_size, dilation)
    return kernel_size + (kernel_size - 1) * (dilation - 1)


def effective_kernel_size__range(kernel_size: int, dilation: int) -> int:
    """The last of the taps' positions."""
    _positive(kernel_size, dilation)
    return range(0, kernel_size * dilation, dilation)[-1] + 1


def conv_output_size__positions(size: int, kernel_size: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    """Counts the starting positions."""
    _positive(size, kernel_size, stride, dilation)
    starts = range(0, size + 2 * padding - dilation * (kernel_size - 1), stride)
    if padding < 0 or not starts:
        raise ValueError("the kernel does not fit")
    return len(starts)


def conv_output_size__meta(size: int, kernel_size: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    """Asks PyTorch, without computing anything."""
    _positive(size, kernel_size, stride, dilation, padding + 1)
    try:
        weight = torch.empty(1, 1, kernel_size, device="meta")
        return F.conv1d(torch.empty(1, 1, size, device="meta"), weight, None, stride, padding, dilation).shape[2]
    except RuntimeError as error:
        raise ValueError("nonsense") from error


def same_padding__halves(kernel_size: int, dilation: int) -> Pair:
    """Half of it, and the rest."""
    _positive(kernel_size, dilation)
    total = dilation * (kernel_size - 1)
    return total // 2, total - total // 2


def same_padding__rounded(kernel_size: int, dilation: int) -> Pair:
    """Rounded down, rounded up."""
    _positive(kernel_size, dilation)
    before, odd = divmod(dilation * (kernel_size - 1), 2)
    return before, before + odd


def _has_taps(weight: Tensor, dilation: Pair) -> None:
    _positive(*dilation, weight.dim() - 1, *weight.shape[-2:])


def dilate_kernel__strided_write(weight: Tensor, dilation: Pair) -> Tensor:
    """Every d-th place of a map of zeros is written."""
    _has_taps(weight, dilation)
    (dy, dx), (kh, kw) = dilation, weight.shape[-2:]
    dilated = weight.new_zeros(*weight.shape[:-2], dy * (kh - 1) + 1, dx * (kw - 1) + 1)
    dilated[..., ::dy, ::dx] = weight
    return dilated


def dilate_kernel__padded_cells(weight: Tensor, dilation: Pair) -> Tensor:
    """Every tap becomes a cell of dy × dx with the tap in its corner; what hangs over is cut off."""
    _has_taps(weight, dilation)
    (dy, dx), (kh, kw) = dilation, weight.shape[-2:]
    cells = F.pad(weight[..., None, None], (0, dx - 1, 0, dy - 1)).transpose(-3, -2)
    return cells.reshape(*weight.shape[:-2], kh * dy, kw * dx)[..., :dy * (kh - 1) + 1, :dx * (kw - 1) + 1]


def dilate_kernel__matrices(weight: Tensor, dilation: Pair) -> Tensor:
    """Spreads rows and columns with a matrix of zeros and ones on either side."""
    _has_taps(weight, dilation)
    rows, columns = (_spread(size, step, weight) for size, step in zip(weight.shape[-2:], dilation, strict=True))
    return rows @ weight @ columns.T


def _spread(size: int, step: int, like: Tensor) -> Tensor:
    places = torch.arange(step * (size - 1) + 1, device=like.device)
    return (places[:, None] == step * torch.arange(size, device=like.device)).to(like.dtype)


def dilate_kernel__kronecker(weight: Tensor, dilation: Pair) -> Tensor:
    """The Kronecker product with a cell that is 1 in its corner, cut to size."""
    _has_taps(weight, dilation)
    (dy, dx), (kh, kw) = dilation, weight.shape[-2:]
    corner = F.pad(weight.new_ones(1, 1), (0, dx - 1, 0, dy - 1))
    cells = torch.kron(weight.contiguous(), corner.reshape((1,) * (weight.dim() - 2) + (dy, dx)))
    return cells[..., :dy * (kh - 1) + 1, :dx * (kw - 1) + 1]


def dilated_conv2d__shifted_slices(x: Tensor, weight: Tensor, bias: Tensor | None = None, padding: Pair = (0, 0),
                                   dilation: Pair = (1, 1)) -> Tensor:
    """One shifted view of the image a tap, weighted and summed."""
    height, width = _output(x, weight, padding, dilation)
    padded, (dy, dx) = _padded(x, padding), dilation
    taps = [torch.einsum("oc,nchw->nohw", weight[:, :, i, j], padded[:, :, i * dy:i * dy + height, j * dx:j * dx + width])
            for i in range(weight.shape[2]) for j in range(weight.shape[3])]
    return _plus(torch.stack(taps).sum(0), bias)


def dilated_conv2d__as_strided(x: Tensor, weight: Tensor, bias: Tensor | None = None, padding: Pair = (0, 0),
                               dilation: Pair = (1, 1)) -> Tensor:
    """All windows at once as one view of the padded image, then one einsum."""
    height, width = _output(x, weight, padding, dilation)
    padded = _padded(x, padding).contiguous()
    n, c, h, w = padded.stride()
    shape = (*padded.shape[:2], height, width, *weight.shape[2:])
    windows = padded.as_strided(shape, (n, c, h, w, h * dilation[0], w * dilation[1]))
    return _plus(torch.einsum("nchwij,ocij->nohw", windows, weight), bias)


def dilated_conv2d__gather(x: Tensor, weight: Tensor, bias: Tensor | None = None, padding: Pair = (0, 0),
                           dilation: Pair = (1, 1)) -> Tensor:
    """Index tensors pick every tap of every window; a matrix product weighs them."""
    height, width = _output(x, weight, padding, dilation)
    rows, columns = (torch.arange(size, device=x.device) + step * torch.arange(taps, device=x.device)[:, None]
                     for size, step, taps in zip((height, width), dilation, weight.shape[2:], strict=True))
    picked = _padded(x, padding)[:, :, rows[:, None, :, None], columns[None, :, None, :]]
    y = weight.flatten(1) @ picked.flatten(4).flatten(1, 3)
    return _plus(y.unflatten(2, (height, width)), bias)


def dilated_conv2d__fft(x: Tensor, weight: Tensor, bias: Tensor | None = None, padding: Pair = (0, 0),
                        dilation: Pair = (1, 1)) -> Tensor:
    """Multiplies spectra: cross-correlation is multiplication with the conjugate."""
    height, width = _output(x, weight, padding, dilation)
    if x.shape[0] == 0:  # PyTorch's FFT takes no empty batch
        return x.new_zeros(0, weight.shape[0], height, width)
    padded, size = _padded(x, padding), (x.shape[2] + 2 * padding[0], x.shape[3] + 2 * padding[1])
    image = torch.fft.rfft2(padded)
    kernel = torch.fft.rfft2(dilate_kernel__strided_write(weight, dilation), s=size)
    y = torch.fft.irfft2(torch.einsum("nchw,ochw->nohw", image, kernel.conj()), s=size)
    return _plus(y[..., :height, :width], bias)


def dilated_conv2d__zero_stuffed(x: Tensor, weight: Tensor, bias: Tensor | None = None, padding: Pair = (0, 0),
                                 dilation: Pair = (1, 1)) -> Tensor:
    """An ordinary convolution, by windows, with the zero-stuffed kernel."""
    _output(x, weight, padding, dilation)
    stuffed = dilate_kernel__strided_write(weight, dilation)
    windows = _padded(x, padding).unfold(2, stuffed.shape[2], 1).unfold(3, stuffed.shape[3], 1)
    return _plus(torch.einsum("nchwij,ocij->nohw", windows, stuffed), bias)


def dilated_conv2d__matrices(x: Tensor, weight: Tensor, bias: Tensor | None = None, padding: Pair = (0, 0),
                             dilation: Pair = (1, 1)) -> Tensor:
    """Selection matrices pick rows and columns; no pixel is indexed."""
    height, width = _output(x, weight, padding, dilation)
    rows = _selection(x.shape[2], height, weight.shape[2], dilation[0], padding[0], x)
    columns = _selection(x.shape[3], width, weight.shape[3], dilation[1], padding[1], x)
    picked = torch.einsum("ihr,ncrs,jws->nchwij", rows, x, columns)
    return _plus(torch.einsum("nchwij,ocij->nohw", picked, weight), bias)


def _selection(size: int, output: int, taps: int, step: int, padding: int, like: Tensor) -> Tensor:
    """(taps, output, size): a one where output position and tap meet the input position."""
    reach = torch.arange(output, device=like.device) - padding + step * torch.arange(taps, device=like.device)[:, None]
    return (reach[:, :, None] == torch.arange(size, device=like.device)).to(like.dtype)


def dilated_conv2d__double_inside(x: Tensor, weight: Tensor, bias: Tensor | None = None, padding: Pair = (0, 0),
                                  dilation: Pair = (1, 1)) -> Tensor:
    """Computes in float64 and rounds once, at the end."""
    double = None if bias is None else bias.double()
    return dilated_conv2d__as_strided(x.double(), weight.double(), double, padding, dilation).to(x.dtype)


def receptive_field__recursion(layers: list[tuple[int, int, int, int]]) -> tuple[int, int, float]:
    """From the last layer back: what a box of the next layer needs of this one."""
    size, jump, start = 1, 1, 0
    for kernel, stride, padding, dilation in reversed(layers):
        _positive(kernel, stride, dilation, padding + 1)
        size = (size - 1) * stride + dilation * (kernel - 1) + 1
        start = start * stride - padding
        jump *= stride
    return size, jump, start + (size - 1) / 2


def receptive_field__forward(layers: list[tuple[int, int, int, int]]) -> tuple[int, int, float]:
    """From the input on: size, jump and centre, in steps of the layer's own input."""
    size, jump, centre = 1, 1, 0.0
    for kernel, stride, padding, dilation in layers:
        if min(kernel, stride, dilation) < 1 or padding < 0:
            raise ValueError("nonsense")
        reach = dilation * (kernel - 1)
        size, centre, jump = size + reach * jump, centre + (reach / 2 - padding) * jump, jump * stride
    return size, jump, centre


def valid_taps__axes(size: int, dilation: int, kernel_size: int = 3) -> Tensor:
    """Counts along one axis; the map is the product of both."""
    _odd(size, dilation, kernel_size)
    taps = torch.arange(size)[:, None] + dilation * (torch.arange(kernel_size) - kernel_size // 2)
    inside = ((taps >= 0) & (taps < size)).sum(1)
    return inside[:, None] * inside


def valid_taps__convolution(size: int, dilation: int, kernel_size: int = 3) -> Tensor:
    """Ones convolved with ones."""
    _odd(size, dilation, kernel_size)
    ones = torch.ones(1, 1, size, size, dtype=torch.float64)
    taps = torch.ones(1, 1, kernel_size, kernel_size, dtype=torch.float64)
    return F.conv2d(ones, taps, padding=dilation * (kernel_size // 2), dilation=dilation)[0, 0].round().to(torch.int64)


def valid_taps__loops(size: int, dilation: int, kernel_size: int = 3) -> Tensor:
    """Position by position."""
    _odd(size, dilation, kernel_size)
    reach = [dilation * (tap - kernel_size // 2) for tap in range(kernel_size)]
    inside = [sum(0 <= place + step < size for step in reach) for place in range(size)]
    return torch.tensor([[rows * columns for columns in inside] for rows in inside])


def valid_taps__shifted_masks(size: int, dilation: int, kernel_size: int = 3) -> Tensor:
    """A padded map of ones, one shifted view a tap."""
    _odd(size, dilation, kernel_size)
    reach = dilation * (kernel_size // 2)
    ones = F.pad(torch.ones(size, size, dtype=torch.int64), (reach,) * 4)
    starts = range(0, 2 * reach + 1, dilation)
    return torch.stack([ones[row:row + size, column:column + size] for row in starts for column in starts]).sum(0)


def _odd(size: int, dilation: int, kernel_size: int) -> None:
    _positive(size, dilation, kernel_size)
    if kernel_size % 2 == 0:
        raise ValueError("an even kernel has no middle")


def examples__against_pytorch(dilated_conv2d: object) -> None:
    """Random numbers against PyTorch's operator, and the errors."""
    generator = torch.Generator().manual_seed(0)
    x, weight, bias = (torch.randn(shape, generator=generator).double() for shape in ((2, 3, 11, 8), (4, 3, 2, 3), (4,)))
    weight.requires_grad_()
    before = x.clone()
    got = dilated_conv2d(x, weight, bias, padding=(1, 2), dilation=(3, 2))  # type: ignore[operator]
    torch.testing.assert_close(got, F.conv2d(x, weight, bias, padding=(1, 2), dilation=(3, 2)))
    assert torch.equal(x, before) and got.requires_grad
    for wrong in ({"dilation": (0, 1)}, {"dilation": (12, 1)}, {"padding": (-1, 0)}):
        _expect_value_error(dilated_conv2d, x, weight, **wrong)


def examples__against_loops(dilated_conv2d: object) -> None:
    """Numbers that could be counted on a sheet of paper, by a specification in loops."""
    x, weight = [[[1, 2, 3, 4, 5], [6, 7, 8, 9, 1], [2, 3, 5, 7, 1]]] * 2, [[[[1, 10, 100]], [[2, 0, 3]]], [[[5, 0, 0]], [[0, 0, 4]]]]
    for bias, padding, dilation in (([7, 8], (0, 2), (1, 2)), (None, (1, 0), (3, 1)), ([1, 2], (0, 0), (1, 2))):
        expected = [[_spec(x, taps, bias[o] if bias else 0, padding, dilation) for o, taps in enumerate(weight)]]
        given = None if bias is None else torch.tensor(bias).double()
        got = dilated_conv2d(torch.tensor([x]).double(), torch.tensor(weight).double(), given, padding, dilation)  # type: ignore[operator]
        torch.testing.assert_close(got, torch.tensor(expected).double())


def _spec(x: list[list[list[int]]], taps: list[list[list[int]]], bias: int, padding: Pair, dilation: Pair) -> list[list[int]]:
    height, width = (len(rows) + 2 * p - d * (len(t) - 1) for rows, p, d, t in
                     ((x[0], padding[0], dilation[0], taps[0]), (x[0][0], padding[1], dilation[1], taps[0][0])))
    return [[bias + sum(tap * _pixel(x[c], i - padding[0] + a * dilation[0], j - padding[1] + b * dilation[1])
                        for c, rows in enumerate(taps) for a, row in enumerate(rows) for b, tap in enumerate(row))
             for j in range(width)] for i in range(height)]


def _pixel(image: list[list[int]], row: int, column: int) -> int:
    return image[row][column] if 0 <= row < len(image) and 0 <= column < len(image[0]) else 0


def _expect_value_error(function: object, *args: object, **kwargs: object) -> None:
    try:
        function(*args, **kwargs)  # type: ignore[operator]
    except ValueError:
        return
    raise AssertionError("no ValueError")
