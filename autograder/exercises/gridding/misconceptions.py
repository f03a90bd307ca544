"""Wrong answers to lesson 2 that learners really give. Every one must be rejected, and named. Called ``<exercise>__<id>``.

What each is told is in ``exercises.yaml``. Needs torch only: learners' `examples` are given these functions, and they run
where the learners' code runs.
"""

import math
from collections.abc import Sequence
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor


def _sensible(rates: Sequence[int], kernel_size: int = 3) -> None:
    if min(rates, default=1) < 1 or kernel_size < 1 or kernel_size % 2 == 0:
        raise ValueError("rates are at least 1 and kernels are odd")


def _offsets(rates: Sequence[int], kernel_size: int) -> list[int]:
    """The right offsets, for the mistakes that lie elsewhere."""
    _sensible(rates, kernel_size)
    reached, half = {0}, kernel_size // 2
    for rate in rates:
        reached = {offset + tap * rate for offset in reached for tap in range(-half, half + 1)}
    return sorted(reached)


def _reach(rates: Sequence[int], kernel_size: int) -> int:
    return kernel_size // 2 * sum(rates)


def reachable_offsets__whole_box(rates: Sequence[int], kernel_size: int = 3) -> Tensor:
    """Every pixel of the receptive field."""
    _sensible(rates, kernel_size)
    reach = _reach(rates, kernel_size)
    return torch.arange(-reach, reach + 1)


def reachable_offsets__one_side(rates: Sequence[int], kernel_size: int = 3) -> Tensor:
    """Counts from the first tap, not from the output's own position."""
    return torch.tensor(_offsets(rates, kernel_size)) + _reach(rates, kernel_size)


def reachable_offsets__layers_apart(rates: Sequence[int], kernel_size: int = 3) -> Tensor:
    """What each layer would read by itself, put together."""
    _sensible(rates, kernel_size)
    half = kernel_size // 2
    return torch.tensor(sorted({0} | {tap * rate for rate in rates for tap in range(-half, half + 1)}))


def reachable_offsets__every_path(rates: Sequence[int], kernel_size: int = 3) -> Tensor:
    """An entry a path, not an entry an offset."""
    _sensible(rates, kernel_size)
    paths, half = [0], kernel_size // 2
    for rate in rates[:12]:
        paths = sorted(offset + tap * rate for offset in paths for tap in range(-half, half + 1))[:10_000]
    return torch.tensor(paths)


def reachable_offsets__three_taps(rates: Sequence[int], kernel_size: int = 3) -> Tensor:
    """One tap on each side and one in the middle, whatever the kernel."""
    _sensible(rates, kernel_size)
    return torch.tensor(_offsets(rates, 3))


def reachable_offsets__outer_taps(rates: Sequence[int], kernel_size: int = 3) -> Tensor:
    """The two outer taps of each layer, without the middle."""
    _sensible(rates, kernel_size)
    reached = {0}
    for rate in rates:
        reached = {offset + tap * rate for offset in reached for tap in (-(kernel_size // 2), kernel_size // 2)}
    return torch.tensor(sorted(reached))


def reachable_offsets__nothing_without_layers(rates: Sequence[int], kernel_size: int = 3) -> Tensor:
    """No layers, no offsets."""
    offsets = torch.tensor(_offsets(rates, kernel_size))
    return offsets if rates else offsets[:0]


def reachable_offsets__accepts_nonsense(rates: Sequence[int], kernel_size: int = 3) -> Tensor:
    """Takes a rate of 0 for a layer, and an even kernel for an odd one."""
    rates, kernel_size = [max(abs(rate), 1) for rate in rates], max(kernel_size, 1) // 2 * 2 + 1
    return torch.tensor(_offsets(rates, kernel_size))


def _counts(rates: Sequence[int], kernel_size: int) -> list[int]:
    """The right counts along one axis, as Python's whole numbers."""
    _sensible(rates, kernel_size)
    counts = [1]
    for rate in rates:
        longer = [0] * (len(counts) + rate * (kernel_size - 1))
        for place, ways in enumerate(counts):
            for tap in range(kernel_size):
                longer[place + tap * rate] += ways
        counts = longer
    return counts


def path_counts__one_axis(rates: Sequence[int], kernel_size: int = 3) -> Tensor:
    """The counts along one axis."""
    return torch.tensor(_counts(rates, kernel_size))


def path_counts__adds_axes(rates: Sequence[int], kernel_size: int = 3) -> Tensor:
    """Ways along the rows plus ways along the columns."""
    line = torch.tensor(_counts(rates, kernel_size))
    return line[:, None] + line


def path_counts__reached_or_not(rates: Sequence[int], kernel_size: int = 3) -> Tensor:
    """1 where a pixel is read, 0 where it isn't."""
    line = (torch.tensor(_counts(rates, kernel_size)) > 0).long()
    return line[:, None] * line


def path_counts__filled_kernels(rates: Sequence[int], kernel_size: int = 3) -> Tensor:
    """Every layer reads all pixels that its kernel spans."""
    _sensible(rates, kernel_size)
    line = torch.tensor([1])
    for rate in rates:
        filled = rate * (kernel_size - 1) + 1
        line = F.pad(line, (filled - 1, filled - 1)).unfold(0, filled, 1).sum(1)
    return line[:, None] * line


def path_counts__single_precision(rates: Sequence[int], kernel_size: int = 3) -> Tensor:
    """Adds up in float32."""
    line = torch.tensor(_counts(rates, kernel_size)).float()
    return (line[:, None] * line).long()


def path_counts__floats(rates: Sequence[int], kernel_size: int = 3) -> Tensor:
    """Adds up in float64."""
    line = torch.tensor(_counts(rates, kernel_size)).double()
    return (line[:, None] * line).long()


def path_counts__accepts_nonsense(rates: Sequence[int], kernel_size: int = 3) -> Tensor:
    """Takes a rate of 0 for a layer, and an even kernel for an odd one."""
    rates, kernel_size = [max(abs(rate), 1) for rate in rates], max(kernel_size, 1) // 2 * 2 + 1
    line = torch.tensor(_counts(rates, kernel_size))
    return line[:, None] * line


def coverage__one_axis(rates: Sequence[int], kernel_size: int = 3) -> float:
    """The share along one axis."""
    return len(_offsets(rates, kernel_size)) / (2 * _reach(rates, kernel_size) + 1)


def coverage__always_all(rates: Sequence[int], kernel_size: int = 3) -> float:
    """Takes the receptive field for what is read."""
    _sensible(rates, kernel_size)
    return 1.0


def coverage__adds_spans(rates: Sequence[int], kernel_size: int = 3) -> float:
    """Adds up what each kernel spans, its own pixel every time."""
    box = sum(rate * (kernel_size - 1) + 1 for rate in rates) or 1
    return (len(_offsets(rates, kernel_size)) / box) ** 2


def coverage__counts_paths(rates: Sequence[int], kernel_size: int = 3) -> float:
    """Paths to a pixel, where pixels are to be counted."""
    _sensible(rates, kernel_size)
    return float(kernel_size ** (2 * len(rates)) / (2 * _reach(rates, kernel_size) + 1) ** 2)


def coverage__percent(rates: Sequence[int], kernel_size: int = 3) -> float:
    """Percent, not a share."""
    return 100 * coverage__one_axis(rates, kernel_size) ** 2


def coverage__accepts_nonsense(rates: Sequence[int], kernel_size: int = 3) -> float:
    """Takes a rate of 0 for a layer, and an even kernel for an odd one."""
    return coverage__one_axis([max(abs(rate), 1) for rate in rates], max(kernel_size, 1) // 2 * 2 + 1) ** 2


def shared_inputs__ignores_holes(rates: Sequence[int], shift: int, kernel_size: int = 3) -> float:
    """How much two receptive fields overlap, holes included."""
    _sensible(rates, kernel_size)
    box = 2 * _reach(rates, kernel_size) + 1
    return max(box - abs(shift), 0) / box


def shared_inputs__of_the_box(rates: Sequence[int], shift: int, kernel_size: int = 3) -> float:
    """Divides by the receptive field."""
    return _common(rates, shift, kernel_size) / (2 * _reach(rates, kernel_size) + 1)


def shared_inputs__of_both(rates: Sequence[int], shift: int, kernel_size: int = 3) -> float:
    """Divides by all that the two outputs read together."""
    both = _common(rates, shift, kernel_size)
    return both / (2 * len(_offsets(rates, kernel_size)) - both)


def shared_inputs__two_axes(rates: Sequence[int], shift: int, kernel_size: int = 3) -> float:
    """Squared, as if the output were shifted along both axes."""
    return (_common(rates, shift, kernel_size) / len(_offsets(rates, kernel_size))) ** 2


def shared_inputs__not_shared(rates: Sequence[int], shift: int, kernel_size: int = 3) -> float:
    """The share that the other output doesn't read."""
    return 1 - _common(rates, shift, kernel_size) / len(_offsets(rates, kernel_size))


def shared_inputs__accepts_nonsense(rates: Sequence[int], shift: int, kernel_size: int = 3) -> float:
    """Takes a rate of 0 for a layer, and an even kernel for an odd one."""
    rates, kernel_size = [max(abs(rate), 1) for rate in rates], max(kernel_size, 1) // 2 * 2 + 1
    return _common(rates, shift, kernel_size) / len(_offsets(rates, kernel_size))


def _common(rates: Sequence[int], shift: int, kernel_size: int) -> int:
    offsets = set(_offsets(rates, kernel_size))
    return sum(offset - shift in offsets for offset in offsets)


def _phases(x: Tensor, weight: Tensor, dilation: int) -> Tensor:
    """The right answer, for the mistakes that lie elsewhere."""
    _convolves(x, weight, dilation)
    y = x.new_zeros(x.shape[0], weight.shape[0], *x.shape[2:])
    for row in range(min(dilation, x.shape[2])):
        for column in range(min(dilation, x.shape[3])):
            y[:, :, row::dilation, column::dilation] = _same(x[:, :, row::dilation, column::dilation], weight)
    return y


def _convolves(x: Tensor, weight: Tensor, dilation: int) -> None:
    if dilation < 1 or x.shape[1] != weight.shape[1] or weight.shape[2] % 2 == 0 or weight.shape[3] % 2 == 0:
        raise ValueError("no such convolution")


def _same(x: Tensor, weight: Tensor) -> Tensor:
    return F.conv2d(x, weight, padding=(weight.shape[2] // 2, weight.shape[3] // 2))


def phase_conv2d__ignores_dilation(x: Tensor, weight: Tensor, dilation: int) -> Tensor:
    """An ordinary convolution."""
    _convolves(x, weight, dilation)
    return _same(x, weight)


def phase_conv2d__calls_the_operator(x: Tensor, weight: Tensor, dilation: int) -> Tensor:
    """The dilated convolution that is to be taken apart."""
    _convolves(x, weight, dilation)
    return F.conv2d(x, weight, None, 1, (dilation * (weight.shape[2] // 2), dilation * (weight.shape[3] // 2)), dilation)


def phase_conv2d__drops_the_rest(x: Tensor, weight: Tensor, dilation: int) -> Tensor:
    """Only rows and columns up to a multiple of the dilation."""
    _convolves(x, weight, dilation)
    height, width = (size // dilation * dilation for size in x.shape[2:])
    y = _phases(x[:, :, :height, :width], weight, dilation)
    return F.pad(y, (0, x.shape[3] - width, 0, x.shape[2] - height))


def phase_conv2d__one_phase(x: Tensor, weight: Tensor, dilation: int) -> Tensor:
    """The first phase; nothing for the others."""
    _convolves(x, weight, dilation)
    y = x.new_zeros(x.shape[0], weight.shape[0], *x.shape[2:])
    y[:, :, ::dilation, ::dilation] = _same(x[:, :, ::dilation, ::dilation], weight)
    return y


def phase_conv2d__tiles(x: Tensor, weight: Tensor, dilation: int) -> Tensor:
    """Cuts the image into d × d neighbouring tiles, not into phases."""
    _convolves(x, weight, dilation)
    rows = [_row_of_tiles(row, weight, dilation) for row in x.tensor_split(dilation, 2) if row.shape[2]]
    return torch.cat(rows, 2)


def _row_of_tiles(x: Tensor, weight: Tensor, dilation: int) -> Tensor:
    return torch.cat([_same(tile, weight) for tile in x.tensor_split(dilation, 3) if tile.shape[3]], 3)


def phase_conv2d__not_interlaced(x: Tensor, weight: Tensor, dilation: int) -> Tensor:
    """The phases side by side, as tiles."""
    y = _phases(x, weight, dilation)
    rows = torch.cat([y[:, :, row::dilation] for row in range(dilation)], 2)
    return torch.cat([rows[:, :, :, column::dilation] for column in range(dilation)], 3)


def phase_conv2d__pads_by_dilation(x: Tensor, weight: Tensor, dilation: int) -> Tensor:
    """Pads every phase as much as the whole image would need, and cuts off what is too much."""
    _convolves(x, weight, dilation)
    y = x.new_zeros(x.shape[0], weight.shape[0], *x.shape[2:])
    for row in range(min(dilation, x.shape[2])):
        for column in range(min(dilation, x.shape[3])):
            part = y[:, :, row::dilation, column::dilation]
            padding = (dilation * (weight.shape[2] // 2), dilation * (weight.shape[3] // 2))
            wide = F.conv2d(x[:, :, row::dilation, column::dilation], weight, padding=padding)
            y[:, :, row::dilation, column::dilation] = wide[:, :, :part.shape[2], :part.shape[3]]
    return y


def phase_conv2d__large_images_only(x: Tensor, weight: Tensor, dilation: int) -> Tensor:
    """Convolves phases that are empty, and stops there."""
    _convolves(x, weight, dilation)
    if min(x.shape[2:]) < dilation:
        raise RuntimeError("the kernel is larger than the padded image")
    return _phases(x, weight, dilation)


def phase_conv2d__flips_the_kernel(x: Tensor, weight: Tensor, dilation: int) -> Tensor:
    """The mathematician's convolution."""
    return _phases(x, weight.flip(-2, -1), dilation)


def phase_conv2d__loses_the_gradient(x: Tensor, weight: Tensor, dilation: int) -> Tensor:
    """The values are right; the graph is cut."""
    return _phases(x.detach(), weight.detach(), dilation)


def phase_conv2d__default_dtype(x: Tensor, weight: Tensor, dilation: int) -> Tensor:
    """Collects the phases in a torch.zeros of the default dtype."""
    return _phases(x, weight, dilation).float()


def phase_conv2d__on_the_cpu(x: Tensor, weight: Tensor, dilation: int) -> Tensor:
    """Collects the phases in a torch.zeros on the default device."""
    y = _phases(x, weight, dilation)
    collected = torch.zeros(y.shape, dtype=y.dtype)
    collected += y
    return collected


def phase_conv2d__loops_over_pixels(x: Tensor, weight: Tensor, dilation: int) -> Tensor:
    """Interlaces pixel by pixel."""
    y = _phases(x, weight, dilation)
    rows = [torch.stack([y[:, :, i, j] for j in range(y.shape[3])], -1) for i in range(y.shape[2])]
    return torch.stack(rows, 2)


def phase_conv2d__accepts_nonsense(x: Tensor, weight: Tensor, dilation: int) -> Tensor:
    """Takes a dilation of 0 for 1, and what is left of an even kernel."""
    channels = min(x.shape[1], weight.shape[1])
    rows, columns = ((size - 1) // 2 * 2 + 1 for size in weight.shape[2:])
    return _phases(x[:, :channels], weight[:, :channels, :rows, :columns], max(dilation, 1))


def _fits(rates: Sequence[int], kernel_size: int) -> bool:
    """The right criterion, in the order given."""
    reach = 1
    for rate in rates:
        if rate > reach:
            return False
        reach += (kernel_size - 1) * rate
    return True


def is_hole_free__gcd_is_one(rates: Sequence[int], kernel_size: int = 3) -> bool:
    """No common factor of all rates."""
    _sensible(rates, kernel_size)
    return math.gcd(*rates) <= 1 or kernel_size == 1


def is_hole_free__pairwise_gcd(rates: Sequence[int], kernel_size: int = 3) -> bool:
    """No common factor of any two rates."""
    _sensible(rates, kernel_size)
    pairs = ((one, other) for place, one in enumerate(rates) for other in rates[:place])
    return kernel_size == 1 or ((len(rates) != 1 or rates[0] == 1) and all(math.gcd(*pair) == 1 for pair in pairs))


def is_hole_free__hdc_rule(rates: Sequence[int], kernel_size: int = 3) -> bool:
    """M_2 is at most the kernel size."""
    _sensible(rates, kernel_size)
    gap = 1
    for place, rate in enumerate(reversed(rates[1:] or rates)):
        gap = max(gap - 2 * rate, 2 * rate - gap, rate) if place else rate
    return gap <= kernel_size or kernel_size == 1


def is_hole_free__in_the_order_given(rates: Sequence[int], kernel_size: int = 3) -> bool:
    """The right criterion, without sorting first."""
    _sensible(rates, kernel_size)
    return kernel_size == 1 or _fits(rates, kernel_size)


def is_hole_free__any_first_rate(rates: Sequence[int], kernel_size: int = 3) -> bool:
    """The right criterion from the second rate on."""
    _sensible(rates, kernel_size)
    ordered = sorted(rates)
    return kernel_size == 1 or all(rate <= 1 + (kernel_size - 1) * sum(ordered[:place]) for place, rate in enumerate(ordered) if place)


def is_hole_free__kernels_of_three(rates: Sequence[int], kernel_size: int = 3) -> bool:
    """2 where k − 1 belongs."""
    _sensible(rates, kernel_size)
    return kernel_size == 1 or _fits(sorted(rates), 3)


def is_hole_free__forgets_plus_one(rates: Sequence[int], kernel_size: int = 3) -> bool:
    """The next rate may only be as large as the span so far, not one larger."""
    _sensible(rates, kernel_size)
    ordered = sorted(rates)
    bounds = [max((kernel_size - 1) * sum(ordered[:place]), 1) for place in range(len(ordered))]
    return kernel_size == 1 or all(rate <= bound for rate, bound in zip(ordered, bounds, strict=True))


def is_hole_free__one_side(rates: Sequence[int], kernel_size: int = 3) -> bool:
    """Counts the reach to one side only."""
    _sensible(rates, kernel_size)
    ordered = sorted(rates)
    return kernel_size == 1 or all(rate <= 1 + kernel_size // 2 * sum(ordered[:place]) for place, rate in enumerate(ordered))


def is_hole_free__last_rate_only(rates: Sequence[int], kernel_size: int = 3) -> bool:
    """Compares each rate with k times the one before, not with all before it."""
    _sensible(rates, kernel_size)
    ordered = sorted(rates)
    return kernel_size == 1 or (ordered[:1] in ([], [1]) and all(rate <= kernel_size * before for before, rate in pairwise(ordered)))


def is_hole_free__has_a_one(rates: Sequence[int], kernel_size: int = 3) -> bool:
    """One ordinary layer fills everything."""
    _sensible(rates, kernel_size)
    return not rates or 1 in rates or kernel_size == 1


def is_hole_free__ordinary_layers_only(rates: Sequence[int], kernel_size: int = 3) -> bool:
    """Every dilated layer leaves holes, so every stack with one does."""
    _sensible(rates, kernel_size)
    return kernel_size == 1 or max(rates, default=1) == 1


def is_hole_free__all_different(rates: Sequence[int], kernel_size: int = 3) -> bool:
    """Different rates are enough."""
    _sensible(rates, kernel_size)
    return kernel_size == 1 or (len(set(rates)) == len(rates) and list(rates) != [2])


def is_hole_free__enough_paths(rates: Sequence[int], kernel_size: int = 3) -> bool:
    """At least as many paths as there are pixels."""
    _sensible(rates, kernel_size)
    return bool(kernel_size ** len(rates) >= 1 + (kernel_size - 1) * sum(rates))


def is_hole_free__floats(rates: Sequence[int], kernel_size: int = 3) -> bool:
    """The right criterion in floats, which round."""
    _sensible(rates, kernel_size)
    ordered = [float(rate) for rate in sorted(rates)]
    return kernel_size == 1 or all(rate <= 1 + (kernel_size - 1) * sum(ordered[:place]) for place, rate in enumerate(ordered))


def is_hole_free__in_a_tensor(rates: Sequence[int], kernel_size: int = 3) -> bool:
    """The right criterion in int64, which overflows."""
    _sensible(rates, kernel_size)
    ordered = torch.tensor(sorted(rates), dtype=torch.int64)
    reach = 1 + (kernel_size - 1) * (ordered.cumsum(0) - ordered)
    return kernel_size == 1 or bool((ordered <= reach).all())


def is_hole_free__empty_is_not(rates: Sequence[int], kernel_size: int = 3) -> bool:
    """No layers, no answer."""
    _sensible(rates, kernel_size)
    return bool(rates) and (kernel_size == 1 or _fits(sorted(rates), kernel_size))


def is_hole_free__one_tap_has_holes(rates: Sequence[int], kernel_size: int = 3) -> bool:
    """Applies the criterion to kernels of one tap, which reach no further at all."""
    _sensible(rates, kernel_size)
    return _fits(sorted(rates), kernel_size)


def is_hole_free__accepts_nonsense(rates: Sequence[int], kernel_size: int = 3) -> bool:
    """Right, but silent about even kernels and a rate of 0."""
    return kernel_size == 1 or _fits(sorted(rates), kernel_size)


def _gaps(rates: Sequence[int]) -> int:
    """The recursion over all the layers that are given."""
    gap = rates[-1]
    for rate in reversed(rates[:-1]):
        gap = max(gap - 2 * rate, 2 * rate - gap, rate)
    return gap


def _layers(rates: Sequence[int]) -> None:
    if not rates or min(rates) < 1:
        raise ValueError("rates are at least 1, and there is at least one")


def hdc_max_gap__down_to_one(rates: Sequence[int]) -> int:
    """M_1: goes on to the first layer."""
    _layers(rates)
    return _gaps(rates)


def hdc_max_gap__from_the_front(rates: Sequence[int]) -> int:
    """Starts at the first layer and goes to the last but one."""
    _layers(rates)
    return _gaps(rates[::-1][1:] or rates)


def hdc_max_gap__sorts_first(rates: Sequence[int]) -> int:
    """Puts the rates in order first."""
    _layers(rates)
    return _gaps(sorted(rates)[1:] or rates)


def hdc_max_gap__forgets_own_rate(rates: Sequence[int]) -> int:
    """Without the third term, r_i itself."""
    _layers(rates)
    gap = rates[-1]
    for rate in reversed(rates[1:-1]):
        gap = max(gap - 2 * rate, 2 * rate - gap)
    return gap


def hdc_max_gap__forgets_one_side(rates: Sequence[int]) -> int:
    """Without the second term, 2 r_i − M_{i+1}."""
    _layers(rates)
    gap = rates[-1]
    for rate in reversed(rates[1:-1]):
        gap = max(gap - 2 * rate, rate)
    return gap


def hdc_max_gap__last_rate(rates: Sequence[int]) -> int:
    """M_n: the last rate."""
    _layers(rates)
    return rates[-1]


def hdc_max_gap__accepts_nonsense(rates: Sequence[int]) -> int:
    """Right, but silent about an empty stack and a rate of 0."""
    return _gaps(rates[1:] or rates) if rates else 0


def hdc_counterexample__rule_is_right() -> list[int]:
    """Passes, and has no holes."""
    return [1, 2, 5]


def hdc_counterexample__rule_rejects_it() -> list[int]:
    """Has holes, and the rule says so."""
    return [2, 4, 8]


def hdc_counterexample__false_alarm() -> list[int]:
    """The other kind of error: has no holes, and the rule rejects it."""
    return [1, 5, 2]


def hdc_counterexample__one_layer() -> list[int]:
    """A single layer."""
    return [2]


def hdc_counterexample__no_rates() -> list[int]:
    """A rate of 0."""
    return [0, 2, 2]


def widest_hole_free__doubles(layers: int, kernel_size: int = 3) -> list[int]:
    """1, 2, 4, …: no holes, but not the widest."""
    _deep(layers, kernel_size)
    return [2**layer for layer in range(layers)]


def widest_hole_free__powers_of_three(layers: int, kernel_size: int = 3) -> list[int]:
    """Powers of 3 for every kernel."""
    _deep(layers, kernel_size)
    return [3**layer for layer in range(layers)]


def widest_hole_free__starts_at_k(layers: int, kernel_size: int = 3) -> list[int]:
    """k, k², …: without the 1."""
    _deep(layers, kernel_size)
    return [kernel_size ** (layer + 1) for layer in range(layers)]


def widest_hole_free__one_layer_more(layers: int, kernel_size: int = 3) -> list[int]:
    """One rate too many."""
    _deep(layers, kernel_size)
    return [kernel_size**layer for layer in range(layers + 1)]


def widest_hole_free__descending(layers: int, kernel_size: int = 3) -> list[int]:
    """The largest rate first."""
    _deep(layers, kernel_size)
    return [kernel_size**layer for layer in reversed(range(layers))]


def widest_hole_free__by_the_last_rate(layers: int, kernel_size: int = 3) -> list[int]:
    """Each rate just spans the kernel before it: 1, 3, 7, …"""
    _deep(layers, kernel_size)
    rates = [1]
    while len(rates) < layers:
        rates.append(rates[-1] * (kernel_size - 1) + 1)
    return rates[:layers]


def widest_hole_free__floats(layers: int, kernel_size: int = 3) -> list[int]:
    """Powers by way of floats, which round."""
    _deep(layers, kernel_size)
    return [int(float(kernel_size) ** layer) for layer in range(layers)]


def widest_hole_free__accepts_nonsense(layers: int, kernel_size: int = 3) -> list[int]:
    """Right, but silent about even kernels and a negative number of layers."""
    return [kernel_size**layer for layer in range(layers)]


def _deep(layers: int, kernel_size: int) -> None:
    if layers < 0 or kernel_size < 3 or kernel_size % 2 == 0:
        raise ValueError("no such stack")


def examples__asserts_nothing(is_hole_free: object) -> None:
    """Calls it, and is content."""
    is_hole_free([1, 2, 5])  # type: ignore[operator]
    is_hole_free([2, 2, 2])  # type: ignore[operator]


def examples__two_stacks(is_hole_free: object) -> None:
    """The two stacks that every article shows."""
    assert is_hole_free([1, 2, 5])  # type: ignore[operator]
    assert not is_hole_free([2, 4, 8])  # type: ignore[operator]


def examples__good_stacks_only(is_hole_free: object) -> None:
    """Never asks about a stack with holes."""
    for rates in ([1], [1, 2], [1, 2, 5], [1, 3, 9], [1, 1, 1]):
        assert is_hole_free(rates)  # type: ignore[operator]


def examples__trusts_the_rule(is_hole_free: object) -> None:
    """Asserts what the HDC rule says, where the rule is wrong."""
    assert is_hole_free([2, 2, 2])  # type: ignore[operator]
    assert not is_hole_free([1, 5, 2])  # type: ignore[operator]


def examples__trusts_the_gcd(is_hole_free: object) -> None:
    """Asserts that rates without a common factor leave no holes."""
    assert not is_hole_free([2, 4, 8])  # type: ignore[operator]
    assert is_hole_free([3, 4, 5])  # type: ignore[operator]
