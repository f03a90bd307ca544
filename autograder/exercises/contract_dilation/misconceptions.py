"""Wrong answers to lesson 3 that learners really give. Every one must be rejected, and named. Called ``<exercise>__<id>``.

What each is told is in ``exercises.yaml``. Needs torch only: learners' `examples` are given these functions, and they run
where the learners' code runs.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

Grid = tuple[int, ...] | None


def _sensible(*numbers: int) -> None:
    if min(numbers) < 1:
        raise ValueError("these numbers are at least 1")


def _half(dilation: int) -> int:
    return max(dilation // 2, 1)


def first_dilation__rounds_up(dilation: int, contract: bool) -> int:
    """Half of 3 is 2."""
    _sensible(dilation)
    return (dilation + 1) // 2 if contract else dilation


def first_dilation__half_of_one(dilation: int, contract: bool) -> int:
    """Half of 1 is 0."""
    _sensible(dilation)
    return dilation // 2 if contract else dilation


def first_dilation__one_less(dilation: int, contract: bool) -> int:
    """Takes 1 away."""
    _sensible(dilation)
    return max(dilation - 1, 1) if contract else dilation


def first_dilation__back_to_one(dilation: int, contract: bool) -> int:
    """No dilation at all in the first block."""
    _sensible(dilation)
    return 1 if contract else dilation


def first_dilation__always(dilation: int, contract: bool) -> int:
    """Whatever the flag says."""
    _sensible(dilation)
    return _half(dilation)


def first_dilation__never(dilation: int, contract: bool) -> int:
    """As if the flag were there for something else."""
    _sensible(dilation)
    return dilation


def first_dilation__fraction(dilation: int, contract: bool) -> float:
    """Half as a float."""
    _sensible(dilation)
    return dilation / 2 if contract and dilation > 1 else dilation


def first_dilation__known_rates_only(dilation: int, contract: bool) -> int:
    """A table of the rates in use."""
    _sensible(dilation)
    return {2: 1, 4: 2}.get(dilation, dilation) if contract else dilation


def first_dilation__accepts_nonsense(dilation: int, contract: bool) -> int:
    """Answers for a dilation of 0."""
    return _half(dilation) if contract else dilation


def _rates(num_blocks: int, dilation: int, contract: bool, multi_grid: Grid) -> list[int]:
    """The right answer, for the mistakes that lie elsewhere."""
    _sensible(num_blocks, dilation)
    if multi_grid is None:
        return [_half(dilation) if contract else dilation] + [dilation] * (num_blocks - 1)
    if len(multi_grid) < num_blocks or min(multi_grid[:num_blocks]) < 1:
        raise ValueError("a block without a rate")
    return list(multi_grid[:num_blocks])


def _spoiled(num_blocks: int, dilation: int, contract: bool, multi_grid: Grid, spoil: Callable[[list[int]], list[int]]) -> list[int]:
    """The right answer, of which a stage without a grid that is contracted is spoiled."""
    rates = _rates(num_blocks, dilation, contract, multi_grid)
    return spoil(rates) if contract and multi_grid is None else rates


def block_dilations__all_halved(num_blocks: int, dilation: int, contract: bool, multi_grid: Grid = None) -> list[int]:
    """The common explanation: every block of the stage gets half."""
    return _spoiled(num_blocks, dilation, contract, multi_grid, lambda rates: [_half(dilation)] * num_blocks)


def block_dilations__last_block(num_blocks: int, dilation: int, contract: bool, multi_grid: Grid = None) -> list[int]:
    """Half at the end of the stage."""
    return _spoiled(num_blocks, dilation, contract, multi_grid, lambda rates: rates[::-1])


def block_dilations__never(num_blocks: int, dilation: int, contract: bool, multi_grid: Grid = None) -> list[int]:
    """The same rate for all."""
    return _rates(num_blocks, dilation, False, multi_grid)


def block_dilations__always(num_blocks: int, dilation: int, contract: bool, multi_grid: Grid = None) -> list[int]:
    """Whatever the flag says."""
    return _rates(num_blocks, dilation, True, multi_grid)


def block_dilations__rounds_up(num_blocks: int, dilation: int, contract: bool, multi_grid: Grid = None) -> list[int]:
    """Half of 3 is 2."""
    return _spoiled(num_blocks, dilation, contract, multi_grid, lambda rates: [(dilation + 1) // 2, *rates[1:]])


def block_dilations__half_of_one(num_blocks: int, dilation: int, contract: bool, multi_grid: Grid = None) -> list[int]:
    """Half of 1 is 0."""
    return _spoiled(num_blocks, dilation, contract, multi_grid, lambda rates: [dilation // 2, *rates[1:]])


def block_dilations__back_to_one(num_blocks: int, dilation: int, contract: bool, multi_grid: Grid = None) -> list[int]:
    """The first block has no dilation at all."""
    return _spoiled(num_blocks, dilation, contract, multi_grid, lambda rates: [1, *rates[1:]])


def block_dilations__one_less(num_blocks: int, dilation: int, contract: bool, multi_grid: Grid = None) -> list[int]:
    """Takes 1 away, where half is due."""
    return _spoiled(num_blocks, dilation, contract, multi_grid, lambda rates: [max(dilation - 1, 1), *rates[1:]])


def block_dilations__grows_in_the_stage(num_blocks: int, dilation: int, contract: bool, multi_grid: Grid = None) -> list[int]:
    """Twice as much in every block."""
    return _spoiled(num_blocks, dilation, contract, multi_grid, lambda rates: [rates[0] * 2**block for block in range(num_blocks)])


def block_dilations__known_rates_only(num_blocks: int, dilation: int, contract: bool, multi_grid: Grid = None) -> list[int]:
    """A table of the rates in use."""
    return _spoiled(num_blocks, dilation, contract, multi_grid, lambda rates: [{2: 1, 4: 2}.get(dilation, dilation), *rates[1:]])


def block_dilations__one_block_more(num_blocks: int, dilation: int, contract: bool, multi_grid: Grid = None) -> list[int]:
    """The first block, and then as many as there should be in all."""
    rates = _rates(num_blocks, dilation, contract, multi_grid)
    return [*rates, dilation] if multi_grid is None else rates


def block_dilations__needs_two_blocks(num_blocks: int, dilation: int, contract: bool, multi_grid: Grid = None) -> list[int]:
    """A stage of one block has no first one."""
    return _rates(num_blocks, dilation, contract and num_blocks > 1, multi_grid)


def block_dilations__multiplies_the_grid(num_blocks: int, dilation: int, contract: bool, multi_grid: Grid = None) -> list[int]:
    """The grid of the paper: rates relative to the stage's."""
    rates = _rates(num_blocks, dilation, contract, multi_grid)
    return rates if multi_grid is None else [dilation * rate for rate in rates]


def block_dilations__contracts_the_grid(num_blocks: int, dilation: int, contract: bool, multi_grid: Grid = None) -> list[int]:
    """Half of the grid's first rate."""
    rates = _rates(num_blocks, dilation, contract, multi_grid)
    return rates if multi_grid is None or not contract else [_half(rates[0]), *rates[1:]]


def block_dilations__ignores_the_grid(num_blocks: int, dilation: int, contract: bool, multi_grid: Grid = None) -> list[int]:
    """As if there were none."""
    _rates(num_blocks, dilation, contract, multi_grid)
    return _rates(num_blocks, dilation, contract, None)


def block_dilations__first_of_the_grid(num_blocks: int, dilation: int, contract: bool, multi_grid: Grid = None) -> list[int]:
    """The grid's first rate for the first block; the stage's for the others."""
    rates = _rates(num_blocks, dilation, contract, multi_grid)
    return rates if multi_grid is None else [rates[0]] + [dilation] * (num_blocks - 1)


def block_dilations__whole_grid(num_blocks: int, dilation: int, contract: bool, multi_grid: Grid = None) -> list[int]:
    """Rates for blocks that there are not."""
    rates = _rates(num_blocks, dilation, contract, multi_grid)
    return rates if multi_grid is None else list(multi_grid)


def block_dilations__end_of_the_grid(num_blocks: int, dilation: int, contract: bool, multi_grid: Grid = None) -> list[int]:
    """The last rates of a grid that is too long."""
    rates = _rates(num_blocks, dilation, contract, multi_grid)
    return rates if multi_grid is None else list(multi_grid[-num_blocks:])


def block_dilations__fills_short_grids(num_blocks: int, dilation: int, contract: bool, multi_grid: Grid = None) -> list[int]:
    """The stage's rate where the grid ends."""
    _sensible(num_blocks, dilation, *(multi_grid or (1,)))
    return _rates(num_blocks, dilation, contract, multi_grid and multi_grid + (dilation,) * num_blocks)


def block_dilations__empty_grid_is_none(num_blocks: int, dilation: int, contract: bool, multi_grid: Grid = None) -> list[int]:
    """Asks whether the grid is empty, where it should ask whether there is one."""
    return _rates(num_blocks, dilation, contract, multi_grid or None)


def block_dilations__tuple(num_blocks: int, dilation: int, contract: bool, multi_grid: Grid = None) -> tuple[int, ...]:
    """A tuple."""
    return tuple(_rates(num_blocks, dilation, contract, multi_grid))


def block_dilations__accepts_nonsense(num_blocks: int, dilation: int, contract: bool, multi_grid: Grid = None) -> list[int]:
    """Answers for no blocks, and for rates below 1."""
    if multi_grid is None:
        return [max(dilation // 2, min(dilation, 1)) if contract else dilation] + [dilation] * (num_blocks - 1)
    if len(multi_grid) < num_blocks:
        raise ValueError("a block without a rate")
    return list(multi_grid[:num_blocks])


Stages = tuple[list[int], list[int]]


def _removed(strides: Sequence[int], output_stride: int, stem_stride: int) -> Stages:
    """The right answer, for the mistakes that lie elsewhere."""
    _sensible(*strides, output_stride, stem_stride)
    reached, removed, kept, dilations = stem_stride, 1, list[int](), list[int]()
    for stride in strides:
        stays = reached != output_stride
        reached, removed = (reached * stride, removed) if stays else (reached, removed * stride)
        kept.append(stride if stays else 1)
        dilations.append(removed)
    if reached != output_stride:
        raise ValueError("the output stride is not reached")
    return kept, dilations


def remove_strides__not_accumulated(strides: Sequence[int], output_stride: int, stem_stride: int = 4) -> Stages:
    """Each stage only gets what was removed from itself."""
    kept, _ = _removed(strides, output_stride, stem_stride)
    return kept, [stride // one for stride, one in zip(strides, kept, strict=True)]


def remove_strides__one_stage_late(strides: Sequence[int], output_stride: int, stem_stride: int = 4) -> Stages:
    """A stage's own stride counts only from the next stage on."""
    kept, dilations = _removed(strides, output_stride, stem_stride)
    return kept, [1, *dilations][:len(kept)]


def remove_strides__keeps_the_strides(strides: Sequence[int], output_stride: int, stem_stride: int = 4) -> Stages:
    """Dilates, and strides all the same."""
    return list(strides), _removed(strides, output_stride, stem_stride)[1]


def remove_strides__forgets_the_stem(strides: Sequence[int], output_stride: int, stem_stride: int = 4) -> Stages:
    """Begins to count at 1."""
    return _removed(strides, output_stride, 1)


def remove_strides__doubles(strides: Sequence[int], output_stride: int, stem_stride: int = 4) -> Stages:
    """Every removed stride is taken for 2."""
    kept, dilations = _removed(strides, output_stride, stem_stride)
    first = next((place for place, rate in enumerate(dilations) if rate > 1), len(kept))
    return kept, [1] * first + [2 ** (place + 1) for place in range(len(kept) - first)]


def remove_strides__dilates_everywhere(strides: Sequence[int], output_stride: int, stem_stride: int = 4) -> Stages:
    """The largest rate for all stages from the first removed stride on."""
    kept, dilations = _removed(strides, output_stride, stem_stride)
    return kept, [rate if rate == 1 else dilations[-1] for rate in dilations]


def remove_strides__from_the_front(strides: Sequence[int], output_stride: int, stem_stride: int = 4) -> Stages:
    """Removes the first strides and keeps the last ones."""
    kept, dilations = _removed(strides[::-1], output_stride, stem_stride)
    return kept[::-1], dilations[::-1]


def remove_strides__always_reached(strides: Sequence[int], output_stride: int, stem_stride: int = 4) -> Stages:
    """Removes what would lead beyond the output stride, and never asks whether it is reached."""
    _sensible(*strides, output_stride, stem_stride)
    reached, removed, kept, dilations = stem_stride, 1, list[int](), list[int]()
    for stride in strides:
        stays = reached * stride <= output_stride and removed == 1
        reached, removed = (reached * stride, removed) if stays else (reached, removed * stride)
        kept.append(stride if stays else 1)
        dilations.append(removed)
    return kept, dilations


def remove_strides__tuples(strides: Sequence[int], output_stride: int, stem_stride: int = 4) -> Any:
    """Tuples, where lists are due."""
    kept, dilations = _removed(strides, output_stride, stem_stride)
    return tuple(kept), tuple(dilations)


def remove_strides__accepts_nonsense(strides: Sequence[int], output_stride: int, stem_stride: int = 4) -> Stages:
    """Takes a stride of 0 for 1."""
    return _removed([max(stride, 1) for stride in strides], max(output_stride, 1), max(stem_stride, 1))


def _stem(in_channels: int, wide: Sequence[int], strides: Sequence[int] = (2, 1, 1), **options: Any) -> list[nn.Module]:
    """The nine layers, for the mistakes that lie in one of them."""
    _sensible(in_channels, *wide)
    layers: list[nn.Module] = []
    for narrow, stride in zip(wide, strides, strict=True):
        layers += [nn.Conv2d(in_channels, narrow, 3, stride, **{"padding": 1, "bias": False} | options), nn.BatchNorm2d(narrow), nn.ReLU()]
        in_channels = narrow
    return layers


def _even(channels: int) -> tuple[int, int, int]:
    if channels % 2:
        raise ValueError("half of the channels is no whole number")
    return channels // 2, channels // 2, channels


def deep_stem__two_strides(in_channels: int, channels: int) -> nn.Sequential:
    """As the paper's sentence can be read: the first and the second with a stride of 2."""
    return nn.Sequential(*_stem(in_channels, _even(channels), (2, 2, 1)))


def deep_stem__stride_at_the_end(in_channels: int, channels: int) -> nn.Sequential:
    """The third one strides."""
    return nn.Sequential(*_stem(in_channels, _even(channels), (1, 1, 2)))


def deep_stem__no_stride(in_channels: int, channels: int) -> nn.Sequential:
    """None of them strides."""
    return nn.Sequential(*_stem(in_channels, _even(channels), (1, 1, 1)))


def deep_stem__all_channels(in_channels: int, channels: int) -> nn.Sequential:
    """All three with all channels."""
    _even(channels)
    return nn.Sequential(*_stem(in_channels, (channels,) * 3))


def deep_stem__biases(in_channels: int, channels: int) -> nn.Sequential:
    """Biases, which the batch norm would take out again."""
    return nn.Sequential(*_stem(in_channels, _even(channels), bias=True))


def deep_stem__no_padding(in_channels: int, channels: int) -> nn.Sequential:
    """Loses a border in each convolution."""
    return nn.Sequential(*_stem(in_channels, _even(channels), padding=0))


def deep_stem__with_the_pool(in_channels: int, channels: int) -> nn.Sequential:
    """And the max pool."""
    return nn.Sequential(*_stem(in_channels, _even(channels)), nn.MaxPool2d(3, 2, 1))


def deep_stem__one_large_kernel(in_channels: int, channels: int) -> nn.Sequential:
    """The stem before V1c."""
    _sensible(in_channels, *_even(channels))
    return nn.Sequential(nn.Conv2d(in_channels, channels, 7, 2, 3, bias=False), nn.BatchNorm2d(channels), nn.ReLU())


def deep_stem__three_groups(in_channels: int, channels: int) -> nn.Sequential:
    """A Sequential of three Sequentials."""
    layers = _stem(in_channels, _even(channels))
    return nn.Sequential(*(nn.Sequential(*layers[place:place + 3]) for place in (0, 3, 6)))


def deep_stem__no_last_relu(in_channels: int, channels: int) -> nn.Sequential:
    """The last one is left linear."""
    return nn.Sequential(*_stem(in_channels, _even(channels))[:-1], nn.Identity())


def deep_stem__relu_before_norm(in_channels: int, channels: int) -> nn.Sequential:
    """The last two layers of each three in the other order."""
    layers = _stem(in_channels, _even(channels))
    for place in (0, 3, 6):
        norm = layers[place + 1]
        layers[place + 1:place + 3] = [_ReluFirst(int(norm.num_features)), nn.Identity()]  # type: ignore[arg-type]
    return nn.Sequential(*layers)


class _ReluFirst(nn.BatchNorm2d):
    def forward(self, input: Tensor) -> Tensor:
        return super().forward(input.relu())


def deep_stem__odd_channels(in_channels: int, channels: int) -> nn.Sequential:
    """Rounds half of the channels down."""
    return nn.Sequential(*_stem(in_channels, (channels // 2, channels // 2, channels)))


class _Block(nn.Module):
    """The right block, for the mistakes that lie in one place of it. ``options`` are those of the 3 × 3 convolution."""

    def __init__(self, in_channels: int, planes: int, stride: int = 1, dilation: int = 1, bias: bool = False, **options: Any) -> None:
        _sensible(in_channels, planes, stride, dilation)
        super().__init__()
        wide = 4 * planes
        options = {"stride": stride, "padding": dilation, "dilation": dilation} | options
        self.conv1, self.bn1 = nn.Conv2d(in_channels, planes, 1, bias=bias), nn.BatchNorm2d(planes)
        self.conv2, self.bn2 = nn.Conv2d(planes, planes, 3, bias=bias, **options), nn.BatchNorm2d(planes)
        self.conv3, self.bn3 = nn.Conv2d(planes, wide, 1, bias=bias), nn.BatchNorm2d(wide)
        self.downsample: nn.Module | None = _shortcut(in_channels, wide, stride) if stride > 1 or in_channels != wide else None

    def forward(self, x: Tensor) -> Tensor:
        return self.merged(self.branch(x), x if self.downsample is None else self.downsample(x))

    def branch(self, x: Tensor) -> Tensor:
        """Up to the last batch norm."""
        inner = self.bn1(self.conv1(x)).relu()
        inner = self.bn2(self.conv2(inner)).relu()
        last: Tensor = self.bn3(self.conv3(inner))
        return last

    def merged(self, last: Tensor, shortcut: Tensor) -> Tensor:
        """The sum, and what comes after it."""
        return (last + shortcut).relu()


def _shortcut(in_channels: int, wide: int, stride: int, *more: nn.Module) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(in_channels, wide, 1, stride, bias=False), *(more or (nn.BatchNorm2d(wide),)))


class Bottleneck__padding_one(_Block):
    """Padding 1 whatever the dilation: the branch comes back smaller than the shortcut."""

    def __init__(self, in_channels: int, planes: int, stride: int = 1, dilation: int = 1) -> None:
        super().__init__(in_channels, planes, stride, dilation, padding=1)


class Bottleneck__ignores_dilation(_Block):
    """An ordinary 3 × 3."""

    def __init__(self, in_channels: int, planes: int, stride: int = 1, dilation: int = 1) -> None:
        super().__init__(in_channels, planes, stride, dilation)
        self.conv2.dilation, self.conv2.padding = (1, 1), (1, 1)


class Bottleneck__stride_in_the_first(_Block):
    """The stride in the first 1 × 1, as in Caffe."""

    def __init__(self, in_channels: int, planes: int, stride: int = 1, dilation: int = 1) -> None:
        super().__init__(in_channels, planes, stride, dilation)
        self.conv1.stride, self.conv2.stride = (stride, stride), (1, 1)


class Bottleneck__stride_twice(_Block):
    """The stride in the 3 × 3 and in the last 1 × 1."""

    def __init__(self, in_channels: int, planes: int, stride: int = 1, dilation: int = 1) -> None:
        super().__init__(in_channels, planes, stride, dilation)
        self.conv3.stride = (stride, stride)
        if isinstance(self.downsample, nn.Sequential) and isinstance(self.downsample[0], nn.Conv2d):
            self.downsample[0].stride = (stride**2, stride**2)


class Bottleneck__shortcut_keeps_its_size(_Block):
    """The 1 × 1 of the shortcut without the stride."""

    def __init__(self, in_channels: int, planes: int, stride: int = 1, dilation: int = 1) -> None:
        super().__init__(in_channels, planes, stride, dilation)
        if self.downsample is not None:
            self.downsample = _shortcut(in_channels, 4 * planes, 1)


class Bottleneck__shortcut_without_norm(_Block):
    """A convolution alone."""

    def __init__(self, in_channels: int, planes: int, stride: int = 1, dilation: int = 1) -> None:
        super().__init__(in_channels, planes, stride, dilation)
        if self.downsample is not None:
            self.downsample = _shortcut(in_channels, 4 * planes, stride, nn.Identity())


class Bottleneck__always_a_convolution(_Block):
    """A convolution in the shortcut, also where nothing changes."""

    def __init__(self, in_channels: int, planes: int, stride: int = 1, dilation: int = 1) -> None:
        super().__init__(in_channels, planes, stride, dilation)
        self.downsample = _shortcut(in_channels, 4 * planes, stride)


class Bottleneck__for_the_stride_only(_Block):
    """No convolution in the shortcut where only the channels change."""

    def __init__(self, in_channels: int, planes: int, stride: int = 1, dilation: int = 1) -> None:
        super().__init__(in_channels, planes, stride, dilation)
        self.downsample = self.downsample if stride > 1 else None


class Bottleneck__for_the_channels_only(_Block):
    """No convolution in the shortcut where only the size changes."""

    def __init__(self, in_channels: int, planes: int, stride: int = 1, dilation: int = 1) -> None:
        super().__init__(in_channels, planes, stride, dilation)
        self.downsample = self.downsample if in_channels != 4 * planes else None


class Bottleneck__biases(_Block):
    """Biases before batch norms."""

    def __init__(self, in_channels: int, planes: int, stride: int = 1, dilation: int = 1) -> None:
        super().__init__(in_channels, planes, stride, dilation, bias=True)


class Bottleneck__not_wider(_Block):
    """Comes out as narrow as it is inside."""

    def __init__(self, in_channels: int, planes: int, stride: int = 1, dilation: int = 1) -> None:
        super().__init__(in_channels, planes, stride, dilation)
        self.conv3, self.bn3 = nn.Conv2d(planes, planes, 1, bias=False), nn.BatchNorm2d(planes)
        self.downsample = _shortcut(in_channels, planes, stride) if stride > 1 or in_channels != planes else None


class Bottleneck__no_shortcut(_Block):
    """The branch alone."""

    def merged(self, last: Tensor, shortcut: Tensor) -> Tensor:
        """Both roads."""
        return last.relu()


class Bottleneck__relu_before_the_sum(_Block):
    """Cuts off the branch, then adds."""

    def merged(self, last: Tensor, shortcut: Tensor) -> Tensor:
        """Both roads."""
        return last.relu() + shortcut


class Bottleneck__no_last_relu(_Block):
    """The plain sum."""

    def merged(self, last: Tensor, shortcut: Tensor) -> Tensor:
        """Both roads."""
        return last + shortcut


class Bottleneck__relu_three_times(_Block):
    """A ReLU after the third batch norm, and one after the sum."""

    def merged(self, last: Tensor, shortcut: Tensor) -> Tensor:
        """Both roads."""
        return (last.relu() + shortcut).relu()


class Bottleneck__misses_a_relu(_Block):
    """No ReLU between the 3 × 3 and the last 1 × 1."""

    def branch(self, x: Tensor) -> Tensor:
        """Up to the last batch norm."""
        last: Tensor = self.bn3(self.conv3(self.bn2(self.conv2(self.bn1(self.conv1(x)).relu()))))
        return last


class Bottleneck__adds_into_its_input(_Block):
    """Saves memory where it must not."""

    def merged(self, last: Tensor, shortcut: Tensor) -> Tensor:
        """Both roads."""
        shortcut += last
        return shortcut.relu()


class Bottleneck__cut_off_shortcut(_Block):
    """No gradient through the shortcut."""

    def merged(self, last: Tensor, shortcut: Tensor) -> Tensor:
        """Both roads."""
        return (last + shortcut.detach()).relu()


class Bottleneck__accepts_nonsense(_Block):
    """Takes a stride or a dilation of 0 for 1."""

    def __init__(self, in_channels: int, planes: int, stride: int = 1, dilation: int = 1) -> None:
        super().__init__(max(in_channels, 1), max(planes, 1), max(stride, 1), max(dilation, 1))


def _stage(in_channels: int, planes: int, stride: int, rates: Sequence[int], strides: Sequence[int] = ()) -> nn.Sequential:
    """The right stage for these rates, for the mistakes that lie in them or in one block."""
    _sensible(in_channels, planes, stride, *rates)
    strides = strides or [stride] + [1] * (len(rates) - 1)
    return nn.Sequential(*(_Block(4 * planes if place else in_channels, planes, step, rate)
                           for place, (rate, step) in enumerate(zip(rates, strides, strict=True))))


def make_stage__all_halved(in_channels: int, planes: int, num_blocks: int, stride: int, dilation: int, contract: bool) -> nn.Sequential:
    """The common explanation: every block gets half."""
    _sensible(num_blocks, dilation)
    return _stage(in_channels, planes, stride, [_half(dilation) if contract else dilation] * num_blocks)


def make_stage__never(in_channels: int, planes: int, num_blocks: int, stride: int, dilation: int, contract: bool) -> nn.Sequential:
    """The same rate for all."""
    _sensible(num_blocks, dilation)
    return _stage(in_channels, planes, stride, [dilation] * num_blocks)


def make_stage__always(in_channels: int, planes: int, num_blocks: int, stride: int, dilation: int, contract: bool) -> nn.Sequential:
    """Whatever the flag says."""
    return _stage(in_channels, planes, stride, _rates(num_blocks, dilation, True, None))


def make_stage__last_block(in_channels: int, planes: int, num_blocks: int, stride: int, dilation: int, contract: bool) -> nn.Sequential:
    """Half at the end."""
    return _stage(in_channels, planes, stride, _rates(num_blocks, dilation, contract, None)[::-1])


def make_stage__rounds_up(in_channels: int, planes: int, num_blocks: int, stride: int, dilation: int, contract: bool) -> nn.Sequential:
    """Half of 3 is 2."""
    _sensible(num_blocks, dilation)
    return _stage(in_channels, planes, stride, [(dilation + 1) // 2 if contract else dilation] + [dilation] * (num_blocks - 1))


def make_stage__back_to_one(in_channels: int, planes: int, num_blocks: int, stride: int, dilation: int, contract: bool) -> nn.Sequential:
    """No dilation at all in the first block."""
    _sensible(num_blocks, dilation)
    return _stage(in_channels, planes, stride, [1 if contract else dilation] + [dilation] * (num_blocks - 1))


def make_stage__only_without_stride(
    in_channels: int, planes: int, num_blocks: int, stride: int, dilation: int, contract: bool
) -> nn.Sequential:
    """Contracts only where a stride is missing."""
    return _stage(in_channels, planes, stride, _rates(num_blocks, dilation, contract and stride == 1, None))


def make_stage__stride_in_every_block(
    in_channels: int, planes: int, num_blocks: int, stride: int, dilation: int, contract: bool
) -> nn.Sequential:
    """Every block makes the map smaller."""
    return _stage(in_channels, planes, stride, _rates(num_blocks, dilation, contract, None), [stride] * num_blocks)


def make_stage__stride_in_the_last(
    in_channels: int, planes: int, num_blocks: int, stride: int, dilation: int, contract: bool
) -> nn.Sequential:
    """The last block makes the map smaller."""
    return _stage(in_channels, planes, stride, _rates(num_blocks, dilation, contract, None), [1] * (num_blocks - 1) + [stride])


def make_stage__no_stride(in_channels: int, planes: int, num_blocks: int, stride: int, dilation: int, contract: bool) -> nn.Sequential:
    """No block makes the map smaller."""
    _sensible(stride)
    return _stage(in_channels, planes, 1, _rates(num_blocks, dilation, contract, None))


def make_stage__one_block_more(in_channels: int, planes: int, num_blocks: int, stride: int, dilation: int, contract: bool) -> nn.Sequential:
    """The first block, and then as many as there should be in all."""
    return _stage(in_channels, planes, stride, [*_rates(num_blocks, dilation, contract, None), dilation])


def make_stage__same_input_channels(
    in_channels: int, planes: int, num_blocks: int, stride: int, dilation: int, contract: bool
) -> nn.Sequential:
    """Every block is made for the channels that enter the stage."""
    _sensible(in_channels, planes, stride)
    return nn.Sequential(*(_Block(in_channels, planes, 1 if place else stride, rate)
                           for place, rate in enumerate(_rates(num_blocks, dilation, contract, None))))


def make_stage__planes_come_out(
    in_channels: int, planes: int, num_blocks: int, stride: int, dilation: int, contract: bool
) -> nn.Sequential:
    """Takes a block's planes for the channels that leave it."""
    _sensible(in_channels, planes, stride)
    return nn.Sequential(*(_Block(planes if place else in_channels, planes, 1 if place else stride, rate)
                           for place, rate in enumerate(_rates(num_blocks, dilation, contract, None))))


def make_stage__downsample_everywhere(
    in_channels: int, planes: int, num_blocks: int, stride: int, dilation: int, contract: bool
) -> nn.Sequential:
    """A convolution in every shortcut."""
    _sensible(in_channels, planes, stride)
    return nn.Sequential(*(Bottleneck__always_a_convolution(4 * planes if place else in_channels, planes, 1 if place else stride, rate)
                           for place, rate in enumerate(_rates(num_blocks, dilation, contract, None))))


def make_stage__one_block_repeated(
    in_channels: int, planes: int, num_blocks: int, stride: int, dilation: int, contract: bool
) -> nn.Sequential:
    """The same object many times: blocks that share their weights."""
    stage = _stage(in_channels, planes, stride, _rates(num_blocks, dilation, contract, None)[:2])
    return nn.Sequential(stage[0], *[stage[-1]] * (num_blocks - 1))


def make_stage__list_of_blocks(in_channels: int, planes: int, num_blocks: int, stride: int, dilation: int, contract: bool) -> nn.ModuleList:
    """A list that can't be called."""
    return nn.ModuleList(_stage(in_channels, planes, stride, _rates(num_blocks, dilation, contract, None)))


def make_stage__accepts_nonsense(
    in_channels: int, planes: int, num_blocks: int, stride: int, dilation: int, contract: bool
) -> nn.Sequential:
    """Takes 0 for 1."""
    rates = _rates(max(num_blocks, 1), max(dilation, 1), contract, None)
    return _stage(max(in_channels, 1), max(planes, 1), max(stride, 1), rates)


def _evaluated(nets: Sequence[nn.Module], x: Tensor) -> list[Tensor]:
    """Both outputs, with all modes as they were afterwards."""
    modes = [(module, module.training) for net in nets for module in net.modules()]
    for net in nets:
        net.eval()
    with torch.no_grad():
        outputs = [net(x) for net in nets]
    for module, training in modes:
        module.training = training
    return outputs


def _step(few: Tensor, many: Tensor) -> int:
    for step in (2**power for power in range(16)):
        if few.shape == many[..., ::step, ::step].shape:
            return int(step)
    raise ValueError("the outputs have no common grid")


def _apart(few: Tensor, many: Tensor) -> Tensor:
    """The right differences, for the mistakes that lie elsewhere."""
    step = _step(few, many)
    return many[..., ::step, ::step] - few


def equivalence_error__last_of_each(strided: nn.Module, dense: nn.Module, x: Tensor) -> float:
    """The last pixel of each cell of the grid, not the first."""
    few, many = _evaluated((strided, dense), x)
    step, (height, width) = _step(few, many), few.shape[2:]
    padded = F.pad(many, (0, step - 1, 0, step - 1))[..., step - 1::step, step - 1::step]
    return (padded[..., :height, :width] - few).abs().max().item()


def equivalence_error__resized(strided: nn.Module, dense: nn.Module, x: Tensor) -> float:
    """Resizes the larger output."""
    few, many = _evaluated((strided, dense), x)
    _step(few, many)
    return (F.interpolate(many, few.shape[2:], mode="bilinear") - few).abs().max().item()


def equivalence_error__averaged(strided: nn.Module, dense: nn.Module, x: Tensor) -> float:
    """Averages the pixels that belong to one of the grid."""
    few, many = _evaluated((strided, dense), x)
    _step(few, many)
    return float((F.adaptive_avg_pool2d(many, (few.shape[2], few.shape[3])) - few).abs().max())


def equivalence_error__always_two(strided: nn.Module, dense: nn.Module, x: Tensor) -> float:
    """Every second pixel, whatever the nets."""
    few, many = _evaluated((strided, dense), x)
    _step(few, many)
    if many[..., ::2, ::2].shape != few.shape:
        raise ValueError("not every second pixel")
    return (many[..., ::2, ::2] - few).abs().max().item()


def equivalence_error__divides_the_sizes(strided: nn.Module, dense: nn.Module, x: Tensor) -> float:
    """The quotient of the heights, without its rest."""
    few, many = _evaluated((strided, dense), x)
    _step(few, many)
    step = many.shape[2] // few.shape[2]
    return (many[..., ::step, ::step] - few).abs().max().item()


def equivalence_error__height_only(strided: nn.Module, dense: nn.Module, x: Tensor) -> float:
    """Finds the step from the heights, and uses it on the widths."""
    few, many = _evaluated((strided, dense), x)
    _step(few, many)
    step = next(2**power for power in range(16) if -(-many.shape[2] // 2**power) == few.shape[2])
    return (many[..., ::step, ::step] - few).abs().max().item()


def equivalence_error__mean(strided: nn.Module, dense: nn.Module, x: Tensor) -> float:
    """The mean of the differences."""
    return _apart(*_evaluated((strided, dense), x)).abs().mean().item()


def equivalence_error__signed(strided: nn.Module, dense: nn.Module, x: Tensor) -> float:
    """The largest difference above zero."""
    return _apart(*_evaluated((strided, dense), x)).max().item()


def equivalence_error__relative(strided: nn.Module, dense: nn.Module, x: Tensor) -> float:
    """Divided by the largest value."""
    few, many = _evaluated((strided, dense), x)
    return (_apart(few, many).abs().max() / few.abs().max()).item()


def equivalence_error__in_training_mode(strided: nn.Module, dense: nn.Module, x: Tensor) -> float:
    """In the mode that the nets are in."""
    with torch.no_grad():
        return _apart(strided(x), dense(x)).abs().max().item()


def equivalence_error__leaves_them_evaluating(strided: nn.Module, dense: nn.Module, x: Tensor) -> float:
    """Never switches back."""
    outputs = _evaluated((strided, dense), x)
    strided.eval(), dense.eval()
    return _apart(*outputs).abs().max().item()


def equivalence_error__trains_all_afterwards(strided: nn.Module, dense: nn.Module, x: Tensor) -> float:
    """Switches all to training, whatever they were before."""
    outputs = _evaluated((strided, dense), x)
    strided.train(), dense.train()
    return _apart(*outputs).abs().max().item()


def equivalence_error__one_mode_for_each_net(strided: nn.Module, dense: nn.Module, x: Tensor) -> float:
    """Remembers the mode of each net, not of what is in it."""
    modes = strided.training, dense.training
    outputs = _evaluated((strided, dense), x)
    strided.train(modes[0]), dense.train(modes[1])
    return _apart(*outputs).abs().max().item()


def equivalence_error__copies_the_weights(strided: nn.Module, dense: nn.Module, x: Tensor) -> float:
    """Gives one net the weights of the other."""
    dense.load_state_dict(strided.state_dict())
    return _apart(*_evaluated((strided, dense), x)).abs().max().item()


def equivalence_error__tensor(strided: nn.Module, dense: nn.Module, x: Tensor) -> Tensor:
    """A tensor of one number."""
    return _apart(*_evaluated((strided, dense), x)).abs().max()


def equivalence_error__cuts_to_fit(strided: nn.Module, dense: nn.Module, x: Tensor) -> float:
    """Compares as much as there is, where sizes or channels don't fit."""
    few, many = _evaluated((strided, dense), x)
    step = 1
    while -(-many.shape[2] // step) > few.shape[2] or -(-many.shape[3] // step) > few.shape[3]:
        step *= 2
    channels, (height, width) = min(few.shape[1], many.shape[1]), many[..., ::step, ::step].shape[2:]
    return (many[:, :channels, ::step, ::step] - few[:, :channels, :height, :width]).abs().max().item()


COUNTS = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3), 50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}
Plan = list[list[int]]
Settings = dict[str, Any]
DEFAULTS: Settings = {"num_stages": 4, "strides": (1, 2, 2, 2), "dilations": (1, 1, 1, 1), "contract_dilation": False, "multi_grid": None}


def _settings(backbone: Settings) -> Settings:
    """With the defaults; errors for what makes no sense."""
    full = DEFAULTS | backbone
    if full.get("type") not in ("ResNet", "ResNetV1c", "ResNetV1d") or full.get("depth") not in COUNTS:
        raise ValueError("no such backbone")
    stages = full["num_stages"]
    if stages not in (1, 2, 3, 4) or len(full["strides"]) != stages or len(full["dilations"]) != stages:
        raise ValueError("one stride and one dilation for each stage")
    _sensible(*full["strides"], *full["dilations"])
    return full


def _rows(backbone: Settings, **other: Any) -> Iterator[tuple[int, int, bool, Grid]]:
    """The arguments of each stage's block_dilations."""
    full = _settings(backbone) | other
    for stage, dilation in enumerate(full["dilations"]):
        grid = full["multi_grid"] if stage == full["num_stages"] - 1 else None
        yield COUNTS[full["depth"]][stage], dilation, full["contract_dilation"], grid


def dilation_plan__all_halved(backbone: Settings) -> Plan:
    """The common explanation: every block of every stage gets half."""
    return [block_dilations__all_halved(*row) for row in _rows(backbone)]


def dilation_plan__contracts_by_default(backbone: Settings) -> Plan:
    """As if the class had the configs' value for a default."""
    return [_rates(*row) for row in _rows({"contract_dilation": True} | backbone)]


def dilation_plan__contracts_v1c(backbone: Settings) -> Plan:
    """Takes the flag for a part of ResNetV1c."""
    return [_rates(*row) for row in _rows(backbone, contract_dilation=backbone.get("type") == "ResNetV1c")]


def dilation_plan__one_each(backbone: Settings) -> Plan:
    """One rate a stage: that of its first block."""
    return [_rates(*row)[:1] for row in _rows(backbone)]


def dilation_plan__without_the_grid(backbone: Settings) -> Plan:
    """Never looks at multi_grid."""
    plan = [_rates(*row) for row in _rows(backbone)]
    return plan and [*plan[:-1], _rates(*list(_rows(backbone))[-1][:3], None)]


def dilation_plan__grid_everywhere(backbone: Settings) -> Plan:
    """multi_grid reaches every stage."""
    grid = _settings(backbone)["multi_grid"]
    return [_rates(count, rate, contract, grid and tuple(grid) * count) for count, rate, contract, _ in _rows(backbone)]


def dilation_plan__grid_in_stage_four(backbone: Settings) -> Plan:
    """multi_grid reaches the fourth stage, and nothing where there is none."""
    return [_rates(*row[:3], row[3] if place == 3 else None) for place, row in enumerate(_rows(backbone))]


def dilation_plan__multiplies_the_grid(backbone: Settings) -> Plan:
    """The grid of the paper: rates relative to the stage's."""
    return [block_dilations__multiplies_the_grid(*row) for row in _rows(backbone)]


def dilation_plan__grid_ends_contraction(backbone: Settings) -> Plan:
    """multi_grid switches contraction off in all stages."""
    contract = _settings(backbone)["contract_dilation"] and not backbone.get("multi_grid")
    return [_rates(*row) for row in _rows(backbone, contract_dilation=contract)]


def dilation_plan__from_the_strides(backbone: Settings) -> Plan:
    """Works the dilations out of the strides, where they are given."""
    rates, product = list[int](), 1
    for stride, usual in zip(_settings(backbone)["strides"], (1, 2, 2, 2), strict=False):
        product *= usual if stride < usual else 1
        rates.append(product)
    return [_rates(*row) for row in _rows(backbone, dilations=rates)]


def dilation_plan__only_without_stride(backbone: Settings) -> Plan:
    """A stage that keeps its stride is not contracted."""
    strides = _settings(backbone)["strides"]
    return [_rates(count, rate, contract and stride == 1, grid)
            for (count, rate, contract, grid), stride in zip(_rows(backbone), strides, strict=True)]


def dilation_plan__two_each_in_34(backbone: Settings) -> Plan:
    """Twice as many blocks as ResNet-18 has, in ResNet-34."""
    counts = (4, 4, 4, 4) if backbone.get("depth") == 34 else COUNTS.get(backbone.get("depth", 0), (0,))
    return [_rates(count, *row[1:]) for count, row in zip(counts, _rows(backbone), strict=False)]


def dilation_plan__always_four_stages(backbone: Settings) -> Plan:
    """The four stages of the default, also where fewer are asked for."""
    full = _settings(backbone)
    rates = [*full["dilations"], *[1] * 4][:4]
    return [_rates(*row) for row in _rows(backbone)] + [_rates(count, rate, full["contract_dilation"], None) for count, rate in
                                                       list(zip(COUNTS[full["depth"]], rates, strict=True))[full["num_stages"]:]]


def dilation_plan__ignores_lengths(backbone: Settings) -> Plan:
    """As many stages as the shortest list has entries."""
    full = DEFAULTS | backbone
    shortest = max(1, min(4, full["num_stages"], len(full["strides"]), len(full["dilations"])))
    return [_rates(*row) for row in _rows(backbone | {"num_stages": shortest, "strides": list(full["strides"])[:shortest],
                                                     "dilations": list(full["dilations"])[:shortest]})]


def dilation_plan__key_error(backbone: Settings) -> Plan:
    """A KeyError for a depth that there isn't."""
    COUNTS[backbone["depth"]]
    return [_rates(*row) for row in _rows(backbone)]


def _raises(block_dilations: Callable[..., Any], *args: Any) -> bool:
    try:
        block_dilations(*args)
    except ValueError:
        return True
    return False


def examples__asserts_nothing(block_dilations: Callable[..., list[int]]) -> None:
    """Calls it, and is content."""
    block_dilations(3, 4, True)
    block_dilations(3, 2, True, (1, 2, 4))


def examples__one_stage(block_dilations: Callable[..., list[int]]) -> None:
    """The one stage that is in every explanation."""
    assert block_dilations(3, 4, True) == [2, 4, 4]


def examples__first_blocks_only(block_dilations: Callable[..., list[int]]) -> None:
    """Looks at first blocks, and never further."""
    assert [block_dilations(3, rate, True)[0] for rate in (1, 2, 4, 8)] == [1, 1, 2, 4]
    assert block_dilations(3, 3, True)[0] == 1 and block_dilations(2, 4, False)[0] == 4


def examples__believes_the_explanation(block_dilations: Callable[..., list[int]]) -> None:
    """Asserts what the common explanation says."""
    assert [block_dilations(3, rate, True) for rate in (1, 2, 4, 8)] == [[1] * 3, [1] * 3, [2] * 3, [4] * 3]


def examples__multiplies_the_grid(block_dilations: Callable[..., list[int]]) -> None:
    """Asserts the grid of the paper."""
    assert block_dilations(3, 4, True) == [2, 4, 4] and block_dilations(3, 4, False) == [4, 4, 4]
    assert block_dilations(3, 2, True, (1, 2, 4)) == [2, 4, 8]


def examples__only_lengths(block_dilations: Callable[..., list[int]]) -> None:
    """Asks how many rates come back, and for one error."""
    for blocks in (1, 2, 3, 6):
        assert len(block_dilations(blocks, 4, True)) == blocks
    assert _raises(block_dilations, 3, 2, True, (1, 2))
