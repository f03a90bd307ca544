"""The truth about lesson 2, found another way than the solutions find it: sets of sums, a row of bits, PyTorch's own operator."""

from collections import Counter
from collections.abc import Sequence
from functools import cache, reduce

import torch
import torch.nn.functional as F
from torch import Tensor

#: Receptive fields of up to this many pixels are looked at pixel by pixel.
MAX_BITS = 2**22
Interval = tuple[int, int]


def reachable_offsets(rates: Sequence[int], kernel_size: int = 3) -> Tensor:
    """Every sum of one tap a layer."""
    return torch.tensor(sorted(_paths(tuple(rates), kernel_size)), dtype=torch.int64)


def path_counts(rates: Sequence[int], kernel_size: int = 3) -> Tensor:
    """How often each sum of one tap a layer comes about, row by column, in Python's own whole numbers."""
    paths = _paths(tuple(rates), kernel_size)
    line = range(min(paths), max(paths) + 1)
    return torch.tensor([[paths[row] * paths[column] for column in line] for row in line], dtype=torch.int64)


def coverage(rates: Sequence[int], kernel_size: int = 3) -> float:
    """The pixels that are reached, of all pixels between the outermost ones."""
    paths = _paths(tuple(rates), kernel_size)
    return len(paths) ** 2 / (max(paths) - min(paths) + 1) ** 2


def shared_inputs(rates: Sequence[int], shift: int, kernel_size: int = 3) -> float:
    """The offsets that are also offsets of the shifted output."""
    paths = _paths(tuple(rates), kernel_size)
    return sum(offset - shift in paths for offset in paths) / len(paths)


@cache
def _paths(rates: tuple[int, ...], kernel_size: int) -> Counter[int]:
    """How many paths lead to each offset that is reached."""
    _sensible(rates, kernel_size)
    taps, paths = range(-(kernel_size // 2), kernel_size // 2 + 1), Counter({0: 1})
    for rate in rates:
        longer: Counter[int] = Counter()
        for offset, ways in paths.items():
            for tap in taps:
                longer[offset + tap * rate] += ways
        paths = longer
    return paths


def phase_conv2d(x: Tensor, weight: Tensor, dilation: int) -> Tensor:
    """PyTorch's own dilated convolution."""
    kh, kw = weight.shape[2:]
    _sensible((dilation,), kh)
    _sensible((dilation,), kw)
    try:
        return F.conv2d(x, weight, padding=(dilation * (kh // 2), dilation * (kw // 2)), dilation=dilation)
    except RuntimeError as error:
        raise ValueError(str(error)) from None


def is_hole_free(rates: Sequence[int], kernel_size: int = 3) -> bool:
    """Looks at every pixel of the receptive field; where there are too many, at the stretches without a hole."""
    _sensible(rates, kernel_size)
    span = (kernel_size - 1) * sum(rates)
    return _all_bits(tuple(rates), kernel_size) if span < MAX_BITS else _pieces(sorted(rates), kernel_size) == [(0, span)]


@cache
def _all_bits(rates: tuple[int, ...], kernel_size: int) -> bool:
    """Bit n is set where offset n, counted from the first one, is reached."""
    bits = reduce(lambda bits, rate: reduce(lambda more, tap: more | bits << tap * rate, range(kernel_size), 0), rates, 1)
    return bits.bit_count() == bits.bit_length()


def _pieces(rates: Sequence[int], kernel_size: int) -> list[Interval]:
    """The stretches without a hole, of ascending rates; only as far as the first hole, which no larger rate can fill."""
    pieces = [(0, 0)]
    for rate in rates:
        pieces = _merged(sorted((first + tap * rate, last + tap * rate) for first, last in pieces for tap in range(kernel_size)))
        if len(pieces) > 1:
            break
    return pieces


def _merged(pieces: list[Interval]) -> list[Interval]:
    merged = [pieces[0]]
    for first, last in pieces[1:]:
        if first <= merged[-1][1] + 1:
            merged[-1] = merged[-1][0], max(merged[-1][1], last)
        else:
            merged.append((first, last))
    return merged


def hdc_max_gap(rates: Sequence[int]) -> int:
    """The recursion as it is printed in the paper, with both of its first two terms, for layers 2 to n."""
    _sensible(rates, 3)
    if not rates:
        raise ValueError("no layer, no gap")
    return _gap(tuple(rates[1:] or rates))


def _gap(rates: tuple[int, ...]) -> int:
    rate, rest = rates[0], rates[1:]
    if not rest:
        return rate
    after = _gap(rest)
    return max(after - 2 * rate, after - 2 * (after - rate), rate)


@cache
def hdc_counterexample() -> list[int]:
    """The first pair that passes and has holes, found by trying."""
    pairs = ([one, other] for one in range(1, 9) for other in range(1, 9))
    return next(pair for pair in pairs if hdc_max_gap(pair) <= 3 and not is_hole_free(pair))


@cache
def widest_hole_free(layers: int, kernel_size: int = 3) -> list[int]:
    """Each layer's rate is raised, by steps that are halved, for as long as no hole opens."""
    if layers < 0 or kernel_size < 3:
        raise ValueError("fewer than no layers, or a kernel of one tap")
    _sensible((), kernel_size)
    rates: list[int] = []
    for _ in range(layers):
        rates = [*rates, _largest(rates, kernel_size)]
    return rates


def _largest(rates: list[int], kernel_size: int) -> int:
    rate, step = 1, kernel_size ** (len(rates) + 1)
    while step:
        if is_hole_free([*rates, rate + step], kernel_size):
            rate += step
        else:
            step //= 2
    return rate


def examples(is_hole_free: object) -> None:
    """Compares with the rows of bits on a few stacks of each kind, and asks for the errors."""
    stacks = ((2, 2, 2), 3), ((1, 2, 5), 3), ((3, 1, 9), 3), ((2, 3), 3), ((1, 2, 9), 3), ((5, 1), 5), ((1, 6), 5), ((), 3)
    for rates, kernel_size in stacks:
        assert is_hole_free(rates, kernel_size) is _all_bits(rates, kernel_size)  # type: ignore[operator]


def _sensible(rates: Sequence[int], kernel_size: int) -> None:
    if min(rates, default=1) < 1 or kernel_size < 1 or kernel_size % 2 == 0:
        raise ValueError("rates are at least 1 and kernels are odd")
