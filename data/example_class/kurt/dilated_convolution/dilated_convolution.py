import torch
import torch.nn.functional as F
from torch import Tensor


def _positive(*numbers: int) -> None:
    if min(numbers) < 1:
        raise ValueError('at least 1')


def effective_kernel_size(kernel_size: int, dilation: int) -> int:
    """Taps plus what lies in the gaps."""
    _positive(kernel_size, dilation)
    return kernel_size + (kernel_size - 1) * (dilation - 1)


def _positive(*numbers: int) -> None:
    if min(numbers) < 1:
        raise ValueError('at least 1')


def conv_output_size(size: int, kernel_size: int, stride: int=1, padding: int=0, dilation: int=1) -> int:
    """Asks PyTorch, without computing anything."""
    _positive(size, kernel_size, stride, dilation, padding + 1)
    try:
        weight = torch.empty(1, 1, kernel_size, device='meta')
        return F.conv1d(torch.empty(1, 1, size, device='meta'), weight, None, stride, padding, dilation).shape[2]
    except RuntimeError as error:
        raise ValueError('nonsense') from error


def _positive(*numbers: int) -> None:
    if min(numbers) < 1:
        raise ValueError('at least 1')


def same_padding(kernel_size: int, dilation: int) -> tuple[int, int]:
    """Half of it, and the rest."""
    _positive(kernel_size, dilation)
    total = dilation * (kernel_size - 1)
    return (total // 2, total - total // 2)


def _spread(size: int, step: int, like: Tensor) -> Tensor:
    places = torch.arange(step * (size - 1) + 1, device=like.device)
    return (places[:, None] == step * torch.arange(size, device=like.device)).to(like.dtype)


def _positive(*numbers: int) -> None:
    if min(numbers) < 1:
        raise ValueError('at least 1')


def _has_taps(weight: Tensor, dilation: tuple[int, int]) -> None:
    _positive(*dilation, weight.dim() - 1, *weight.shape[-2:])


def dilate_kernel(weight: Tensor, dilation: tuple[int, int]) -> Tensor:
    """Spreads rows and columns with a matrix of zeros and ones on either side."""
    _has_taps(weight, dilation)
    rows, columns = (_spread(size, step, weight) for size, step in zip(weight.shape[-2:], dilation, strict=True))
    return rows @ weight @ columns.T


def _selection(size: int, output: int, taps: int, step: int, padding: int, like: Tensor) -> Tensor:
    """(taps, output, size): a one where output position and tap meet the input position."""
    reach = torch.arange(output, device=like.device) - padding + step * torch.arange(taps, device=like.device)[:, None]
    return (reach[:, :, None] == torch.arange(size, device=like.device)).to(like.dtype)


def _plus(y: Tensor, bias: Tensor | None) -> Tensor:
    if bias is not None and bias.shape != y.shape[1:2]:
        raise ValueError('one bias for each output channel')
    return y if bias is None else y + bias[:, None, None]


def _positive(*numbers: int) -> None:
    if min(numbers) < 1:
        raise ValueError('at least 1')


def _output(x: Tensor, weight: Tensor, padding: tuple[int, int], dilation: tuple[int, int]) -> tuple[int, int]:
    """The height and width of the result; raises ``ValueError`` where there is none."""
    _positive(*dilation)
    if x.dim() != 4 or weight.dim() != 4:
        raise ValueError('not four axes')
    sizes = [x.shape[2 + axis] + 2 * padding[axis] - dilation[axis] * (weight.shape[2 + axis] - 1) for axis in (0, 1)]
    if min(padding) < 0 or min(sizes) < 1 or x.shape[1] != weight.shape[1]:
        raise ValueError('the kernel does not fit')
    return (sizes[0], sizes[1])


def dilated_conv2d(x: Tensor, weight: Tensor, bias: Tensor | None=None, padding: tuple[int, int]=(0, 0), dilation: tuple[int, int]=(1, 1)) -> Tensor:
    """Selection matrices pick rows and columns; no pixel is indexed."""
    height, width = _output(x, weight, padding, dilation)
    rows = _selection(x.shape[2], height, weight.shape[2], dilation[0], padding[0], x)
    columns = _selection(x.shape[3], width, weight.shape[3], dilation[1], padding[1], x)
    picked = torch.einsum('ihr,ncrs,jws->nchwij', rows, x, columns)
    return _plus(torch.einsum('nchwij,ocij->nohw', picked, weight), bias)


def receptive_field(layers: list[tuple[int, int, int, int]]) -> tuple[int, int, float]:
    """From the input on: size, jump and centre, in steps of the layer's own input."""
    size, jump, centre = (1, 1, 0.0)
    for kernel, stride, padding, dilation in layers:
        if min(kernel, stride, dilation) < 1 or padding < 0:
            raise ValueError('nonsense')
        reach = dilation * (kernel - 1)
        size, centre, jump = (size + reach * jump, centre + (reach / 2 - padding) * jump, jump * stride)
    return (size, jump, centre)


def _positive(*numbers: int) -> None:
    if min(numbers) < 1:
        raise ValueError('at least 1')


def _odd(size: int, dilation: int, kernel_size: int) -> None:
    _positive(size, dilation, kernel_size)
    if kernel_size % 2 == 0:
        raise ValueError('an even kernel has no middle')


def valid_taps(size: int, dilation: int, kernel_size: int=3) -> Tensor:
    """Position by position."""
    _odd(size, dilation, kernel_size)
    reach = [dilation * (tap - kernel_size // 2) for tap in range(kernel_size)]
    inside = [sum((0 <= place + step < size for step in reach)) for place in range(size)]
    return torch.tensor([[rows * columns for columns in inside] for rows in inside])


def examples(dilated_conv2d: object) -> None:
    """Looks at the shape of the result, not at its values."""
    x = torch.ones(1, 1, 9, 9)
    assert dilated_conv2d(x, torch.ones(1, 1, 3, 3), None, (2, 2), (2, 2)).shape == x.shape
