"""Correct answers to lesson 2, written in very different ways: none may be rejected. Named ``<exercise>__<way>``.

Needs torch only: learners' `examples` are given these functions, and they run where the learners' code runs.
"""

import math
from collections import Counter
from collections.abc import Sequence
from itertools import accumulate

import torch
import torch.nn.functional as F
from torch import Tensor


def _sensible(rates: Sequence[int], kernel_size: int = 3) -> None:
    if min(rates, default=1) < 1 or kernel_size < 1 or kernel_size % 2 == 0:
        raise ValueError("rates are at least 1 and kernels are odd")


def reachable_offsets__sets(rates: Sequence[int], kernel_size: int = 3) -> Tensor:
    """Python's sets, layer by layer."""
    _sensible(rates, kernel_size)
    reached, half = {0}, kernel_size // 2
    for rate in rates:
        reached = {offset + tap * rate for offset in reached for tap in range(-half, half + 1)}
    return torch.tensor(sorted(reached))


def reachable_offsets__unique(rates: Sequence[int], kernel_size: int = 3) -> Tensor:
    """Sums of tensors, and each value once."""
    _sensible(rates, kernel_size)
    offsets, taps = torch.zeros(1, dtype=torch.int64), torch.arange(kernel_size) - kernel_size // 2
    for rate in rates:
        offsets = torch.unique(offsets[:, None] + rate * taps)
    return offsets


def reachable_offsets__shifted_masks(rates: Sequence[int], kernel_size: int = 3) -> Tensor:
    """A row of true and false, shifted by each tap."""
    _sensible(rates, kernel_size)
    reach = kernel_size // 2 * sum(rates)
    mask = torch.zeros(2 * reach + 1, dtype=torch.bool)
    mask[reach] = True
    for rate in rates:
        steps = [rate * (tap - kernel_size // 2) for tap in range(kernel_size)]
        mask = torch.stack([mask.roll(step) for step in steps]).any(0)
    return mask.nonzero()[:, 0] - reach


def reachable_offsets__gradient(rates: Sequence[int], kernel_size: int = 3) -> Tensor:
    """Where the gradient of a stack of ones is not zero."""
    _sensible(rates, kernel_size)
    reach = kernel_size // 2 * sum(rates)
    line = torch.zeros(1, 1, 2 * reach + 1, dtype=torch.float64, requires_grad=True)
    features = line
    for rate in rates:
        features = F.conv1d(features, torch.full((1, 1, kernel_size), 1 / kernel_size, dtype=torch.float64), dilation=rate)
    return torch.autograd.grad(features.sum(), line)[0][0, 0].nonzero()[:, 0] - reach


def _line(rates: Sequence[int], kernel_size: int) -> Counter[int]:
    _sensible(rates, kernel_size)
    paths, half = Counter({0: 1}), kernel_size // 2
    for rate in rates:
        longer: Counter[int] = Counter()
        for offset, ways in paths.items():
            for tap in range(-half, half + 1):
                longer[offset + tap * rate] += ways
        paths = longer
    return paths


def path_counts__dictionary(rates: Sequence[int], kernel_size: int = 3) -> Tensor:
    """Ways to each offset in a dictionary, then the product of both axes."""
    paths = _line(rates, kernel_size)
    counts = torch.tensor([paths[offset] for offset in range(min(paths), max(paths) + 1)])
    return torch.outer(counts, counts)


def path_counts__padded_slices(rates: Sequence[int], kernel_size: int = 3) -> Tensor:
    """The square grows layer by layer: one padded copy a tap."""
    _sensible(rates, kernel_size)
    box = torch.ones(1, 1, dtype=torch.int64)
    for rate in rates:
        steps = [(rate * tap, rate * (kernel_size - 1 - tap)) for tap in range(kernel_size)]
        rows = torch.stack([F.pad(box, (0, 0, *step)) for step in steps]).sum(0)
        box = torch.stack([F.pad(rows, step) for step in steps]).sum(0)
    return box


def path_counts__matrices(rates: Sequence[int], kernel_size: int = 3) -> Tensor:
    """A matrix of zeros and ones a layer, multiplied."""
    _sensible(rates, kernel_size)
    line = torch.ones(1, 1, dtype=torch.int64)
    for rate in rates:
        size = line.shape[1]
        step = torch.arange(size + rate * (kernel_size - 1)) - torch.arange(size)[:, None]
        line = line @ ((step >= 0) & (step % rate == 0) & (step <= rate * (kernel_size - 1))).long()
    return line.T @ line


def path_counts__polynomial(rates: Sequence[int], kernel_size: int = 3) -> Tensor:
    """One huge whole number whose digits, in base 2^64, are the counts."""
    _sensible(rates, kernel_size)
    number = math.prod(sum(1 << 64 * rate * tap for tap in range(kernel_size)) for rate in rates)
    counts = torch.tensor([number >> 64 * place & (1 << 64) - 1 for place in range(1 + (kernel_size - 1) * sum(rates))])
    return counts[:, None] * counts


def coverage__set(rates: Sequence[int], kernel_size: int = 3) -> float:
    """Offsets by receptive field, squared."""
    return (len(_line(rates, kernel_size)) / (1 + (kernel_size - 1) * sum(rates))) ** 2


def coverage__tensor_mean(rates: Sequence[int], kernel_size: int = 3) -> float:
    """The mean of a mask."""
    offsets = reachable_offsets__unique(rates, kernel_size)
    mask = torch.zeros(int(offsets[-1] - offsets[0]) + 1, dtype=torch.float64)
    mask[offsets - offsets[0]] = 1
    return mask.mean().square().item()


def shared_inputs__sets(rates: Sequence[int], shift: int, kernel_size: int = 3) -> float:
    """An intersection of sets."""
    offsets = set(_line(rates, kernel_size))
    return len(offsets & {offset + shift for offset in offsets}) / len(offsets)


def shared_inputs__isin(rates: Sequence[int], shift: int, kernel_size: int = 3) -> float:
    """Asks PyTorch which elements are in both."""
    offsets = reachable_offsets__unique(rates, kernel_size)
    return torch.isin(offsets + shift, offsets).double().mean().item()


def _convolves(x: Tensor, weight: Tensor, dilation: int) -> None:
    if x.dim() != 4 or weight.dim() != 4 or x.shape[1] != weight.shape[1] or dilation < 1 or not all(size % 2 for size in weight.shape[2:]):
        raise ValueError("no such convolution")


def _half(weight: Tensor) -> tuple[int, int]:
    return weight.shape[2] // 2, weight.shape[3] // 2


def phase_conv2d__strided_slices(x: Tensor, weight: Tensor, dilation: int) -> Tensor:
    """Every d-th row and column, written back where it came from."""
    _convolves(x, weight, dilation)
    y = x.new_empty(x.shape[0], weight.shape[0], *x.shape[2:])
    for row in range(min(dilation, x.shape[2])):
        for column in range(min(dilation, x.shape[3])):
            y[..., row::dilation, column::dilation] = F.conv2d(x[..., row::dilation, column::dilation], weight, padding=_half(weight))
    return y


def phase_conv2d__into_the_batch(x: Tensor, weight: Tensor, dilation: int) -> Tensor:
    """Pads to a multiple, moves the phases into the batch, convolves once."""
    _convolves(x, weight, dilation)
    height, width = x.shape[2:]
    padded = F.pad(x, (0, -width % dilation, 0, -height % dilation))
    cells = padded.unflatten(3, (-1, dilation)).unflatten(2, (-1, dilation)).permute(3, 5, 0, 1, 2, 4)
    y = F.conv2d(cells.flatten(0, 2), weight, padding=_half(weight))
    apart: Tensor = y.unflatten(0, (dilation, dilation, x.shape[0])).permute(2, 3, 4, 0, 5, 1)
    return apart.flatten(4, 5).flatten(2, 3)[:, :, :height, :width]


def phase_conv2d__pixel_shuffle(x: Tensor, weight: Tensor, dilation: int) -> Tensor:
    """Phases as groups of channels, by pixel_unshuffle, and one grouped convolution."""
    _convolves(x, weight, dilation)
    (height, width), channels = x.shape[2:], x.shape[1]
    padded = F.pad(x, (0, -width % dilation, 0, -height % dilation))
    phases = F.pixel_unshuffle(padded, dilation).unflatten(1, (channels, -1)).transpose(1, 2)
    y = F.conv2d(phases.flatten(0, 1), weight, padding=_half(weight)).unflatten(0, (-1, dilation**2))
    return F.pixel_shuffle(y.transpose(1, 2).flatten(1, 2), dilation)[:, :, :height, :width]


def phase_conv2d__reordered(x: Tensor, weight: Tensor, dilation: int) -> Tensor:
    """Gathers rows and columns phase by phase, with room between the phases, convolves once and puts them back."""
    _convolves(x, weight, dilation)
    (rows, columns), (height, width) = _half(weight), x.shape[2:]
    row, column = (_places(size, dilation, gap).to(x.device) for size, gap in ((height, rows), (width, columns)))
    spread = x.new_zeros(*x.shape[:2], (dilation + 1) * rows + height, (dilation + 1) * columns + width)
    spread[:, :, row[:, None], column] = x
    y = F.conv2d(spread, weight, padding=_half(weight))
    return y[:, :, row[:, None], column]


def _places(size: int, dilation: int, gap: int) -> Tensor:
    """Where each row goes when the rows of a phase stand together, and ``gap`` zeros before each phase."""
    places = torch.arange(size)
    phase, lengths = places % dilation, [len(range(start, size, dilation)) for start in range(dilation)]
    starts = torch.tensor([gap * (number + 1) + sum(lengths[:number]) for number in range(dilation)])
    return starts[phase] + places // dilation


def phase_conv2d__taps_of_phases(x: Tensor, weight: Tensor, dilation: int) -> Tensor:
    """No convolution at all: within a phase, one shifted slice a tap."""
    _convolves(x, weight, dilation)
    (rows, columns), (height, width) = _half(weight), x.shape[2:]
    padded = F.pad(x, (dilation * columns, dilation * columns, dilation * rows, dilation * rows))
    y = x.new_zeros(x.shape[0], weight.shape[0], height, width)
    for i in range(weight.shape[2]):
        for j in range(weight.shape[3]):
            tap = padded[..., i * dilation:i * dilation + height, j * dilation:j * dilation + width]
            y = y + torch.einsum("oc,nchw->nohw", weight[:, :, i, j], tap)
    return y


def is_hole_free__running_reach(rates: Sequence[int], kernel_size: int = 3) -> bool:
    """Sorted, and no rate beyond the reach of those before it."""
    _sensible(rates, kernel_size)
    reach = 1
    for rate in sorted(rates) if kernel_size > 1 else ():
        if rate > reach:
            return False
        reach += (kernel_size - 1) * rate
    return True


def is_hole_free__accumulated(rates: Sequence[int], kernel_size: int = 3) -> bool:
    """The same as one comparison of two lists."""
    _sensible(rates, kernel_size)
    ordered = sorted(rates)
    reach = accumulate(ordered, initial=0)
    return kernel_size == 1 or all(rate <= 1 + (kernel_size - 1) * before for rate, before in zip(ordered, reach, strict=False))


def is_hole_free__from_the_largest(rates: Sequence[int], kernel_size: int = 3) -> bool:
    """Takes the largest rate off until nothing is left; each must fit what the smaller ones span."""
    _sensible(rates, kernel_size)
    if not rates or kernel_size == 1:
        return True
    smaller = sorted(rates)
    largest = smaller.pop()
    return largest <= 1 + (kernel_size - 1) * sum(smaller) and is_hole_free__from_the_largest(smaller, kernel_size)


def hdc_max_gap__loop(rates: Sequence[int]) -> int:
    """From the last layer back to the second."""
    _layers(rates)
    gap = rates[-1]
    for rate in reversed(rates[1:-1]):
        gap = max(gap - 2 * rate, 2 * rate - gap, rate)
    return gap


def hdc_max_gap__recursion(rates: Sequence[int]) -> int:
    """As it is printed, with an absolute value."""
    _layers(rates)
    if len(rates) <= 2:
        return rates[-1]
    after = hdc_max_gap__recursion(rates[1:])
    return max(abs(after - 2 * rates[1]), rates[1])


def _layers(rates: Sequence[int]) -> None:
    if not rates or min(rates) < 1:
        raise ValueError("rates are at least 1, and there is at least one")


def hdc_counterexample__papers_own() -> list[int]:
    """The rates that the paper itself calls bad."""
    return [2, 2, 2]


def hdc_counterexample__different_rates() -> list[int]:
    """Ascending, without a common factor."""
    return [2, 3, 4]


def hdc_counterexample__huge() -> list[int]:
    """The rule never looks at the first rate."""
    return [10**40, 1, 1]


def widest_hole_free__powers(layers: int, kernel_size: int = 3) -> list[int]:
    """Powers of k."""
    if layers < 0 or kernel_size < 3 or kernel_size % 2 == 0:
        raise ValueError("no such stack")
    return [kernel_size**layer for layer in range(layers)]


def widest_hole_free__as_far_as_it_goes(layers: int, kernel_size: int = 3) -> list[int]:
    """Each rate is the span of those before it, plus one."""
    if layers < 0 or kernel_size < 3 or kernel_size % 2 == 0:
        raise ValueError("no such stack")
    rates: list[int] = []
    for _ in range(layers):
        rates.append(1 + (kernel_size - 1) * sum(rates))
    return rates


def examples__table(is_hole_free: object) -> None:
    """Stacks worked out by hand, chosen against one mistake each."""
    holes = {((2, 2, 2), 3), ((2, 3), 3), ((1, 2, 9), 3), ((3, 4, 5), 3), ((7, 1, 1), 3), ((1, 2, 4, 16), 3), ((1, 6), 5), ((2,), 3)}
    none = {((), 3), ((1,), 3), ((3, 1), 3), ((1, 5, 2), 3), ((4, 4, 4, 1, 1), 3), ((1, 2, 4), 3), ((1, 3, 9), 3), ((1, 5), 5), ((7,), 1)}
    for stacks, expected in ((holes, False), (none, True)):
        for rates, kernel_size in stacks:
            assert is_hole_free(list(rates), kernel_size) is expected  # type: ignore[operator]


def examples__brute_force(is_hole_free: object) -> None:
    """Every stack of up to two small rates, and some of three, against the set of all sums; and the error for nonsense."""
    pairs = [[one, other] for one in range(1, 5) for other in range(1, 5)]
    for rates in [[], [1], [2], *pairs, [1, 2, 8], [2, 2, 1], [1, 1, 6], [2, 3, 4], [1, 3, 9]]:
        for kernel_size in (3, 5):
            offsets = reachable_offsets__sets(rates, kernel_size)
            full = len(offsets) == 1 + (kernel_size - 1) * sum(rates)
            assert is_hole_free(rates, kernel_size) == full  # type: ignore[operator]
    assert is_hole_free([3**30, *(3**layer for layer in range(30))]) is True  # type: ignore[operator]
    assert is_hole_free([3**90 + 1, *(3**layer for layer in range(90))]) is False  # type: ignore[operator]
