"""Correct answers to lesson 3, written in very different ways: none may be rejected. Named ``<exercise>__<way>``.

Needs torch only: learners' `examples` are given these functions, and they run where the learners' code runs.
"""

import math
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import accumulate, chain, islice, repeat
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def _sensible(*numbers: int) -> None:
    if min(numbers) < 1:
        raise ValueError("these numbers are at least 1")


def first_dilation__halved(dilation: int, contract: bool) -> int:
    """The rule as it is read aloud."""
    if dilation < 1:
        raise ValueError("a dilation is at least 1")
    if contract and dilation > 1:
        return dilation // 2
    return dilation


def first_dilation__rounded_up_before(dilation: int, contract: bool) -> int:
    """Half of what is there with its own half rounded up taken away."""
    _sensible(dilation)
    return dilation - dilation // 2 - dilation % 2 if contract and dilation != 1 else dilation


def first_dilation__binary(dilation: int, contract: bool) -> int:
    """Drops the last digit of the binary number, but never the only one."""
    _sensible(dilation)
    digits = format(dilation, "b")
    return int(digits[:-1] or "1", 2) if contract else dilation


def block_dilations__first_and_rest(num_blocks: int, dilation: int, contract: bool, multi_grid: tuple[int, ...] | None = None) -> list[int]:
    """One list and another."""
    _sensible(num_blocks, dilation)
    if multi_grid is not None:
        return _grid(num_blocks, multi_grid)
    first = dilation // 2 if contract and dilation > 1 else dilation
    return [first] + [dilation] * (num_blocks - 1)


def _grid(num_blocks: int, multi_grid: Sequence[int]) -> list[int]:
    rates = list(multi_grid[:num_blocks])
    if len(rates) < num_blocks or min(rates) < 1:
        raise ValueError("the grid has a rate of at least 1 for each block")
    return rates


def block_dilations__replaced_entry(num_blocks: int, dilation: int, contract: bool, multi_grid: tuple[int, ...] | None = None) -> list[int]:
    """All alike, then the first one changed."""
    _sensible(num_blocks, dilation)
    rates = [dilation] * num_blocks if multi_grid is None else _grid(num_blocks, multi_grid)
    if contract and multi_grid is None:
        rates[0] = max(1, rates[0] // 2)
    return rates


def block_dilations__iterators(num_blocks: int, dilation: int, contract: bool, multi_grid: tuple[int, ...] | None = None) -> list[int]:
    """An endless row of rates, of which as many are taken as there are blocks."""
    _sensible(num_blocks, dilation)
    endless = chain([first_dilation__halved(dilation, contract)], repeat(dilation)) if multi_grid is None else iter(multi_grid)
    rates = list(islice(endless, num_blocks))
    if len(rates) != num_blocks or any(rate < 1 for rate in rates):
        raise ValueError("a block without a rate")
    return rates


def block_dilations__in_a_tensor(num_blocks: int, dilation: int, contract: bool, multi_grid: tuple[int, ...] | None = None) -> list[int]:
    """Whole numbers in a tensor."""
    _sensible(num_blocks, dilation)
    if multi_grid is not None:
        return _grid(num_blocks, multi_grid)
    rates = torch.full((num_blocks,), dilation)
    rates[:1] = (rates[:1] // (2 if contract else 1)).clamp(min=1)
    return [int(rate) for rate in rates]


def remove_strides__loop(strides: Sequence[int], output_stride: int, stem_stride: int = 4) -> tuple[list[int], list[int]]:
    """From the front, with what is reached and what was removed in two variables."""
    _sensible(*strides, output_stride, stem_stride)
    reached, removed, kept, dilations = stem_stride, 1, [], []
    for stride in strides:
        if reached == output_stride:
            removed, stride = removed * stride, 1
        reached *= stride
        kept.append(stride)
        dilations.append(removed)
    if reached != output_stride:
        raise ValueError("the output stride is not reached")
    return kept, dilations


def remove_strides__cut(strides: Sequence[int], output_stride: int, stem_stride: int = 4) -> tuple[list[int], list[int]]:
    """Finds where to cut the list, then fills both parts."""
    _sensible(*strides, output_stride, stem_stride)
    cuts = [place for place in range(len(strides) + 1) if stem_stride * math.prod(strides[:place]) == output_stride]
    if not cuts:
        raise ValueError("the output stride is not reached")
    kept, removed = list(strides[:cuts[0]]), list(strides[cuts[0]:])
    return kept + [1] * len(removed), [1] * len(kept) + list(accumulate(removed, lambda one, other: one * other))


def remove_strides__recursion(strides: Sequence[int], output_stride: int, stem_stride: int = 4) -> tuple[list[int], list[int]]:
    """One stage, and the rest with what that stage has reached."""
    _sensible(*strides, output_stride, stem_stride)
    if stem_stride == output_stride:
        return [1] * len(strides), [math.prod(strides[:place + 1]) for place in range(len(strides))]
    if not strides:
        raise ValueError("the output stride is not reached")
    kept, dilations = remove_strides__recursion(strides[1:], output_stride, stem_stride * strides[0])
    return [strides[0], *kept], [1, *dilations]


def _stem(in_channels: int, channels: int) -> None:
    _sensible(in_channels, channels)
    if channels % 2:
        raise ValueError("the channels are to be halved")


def deep_stem__spelled_out(in_channels: int, channels: int) -> nn.Sequential:
    """Nine lines."""
    _stem(in_channels, channels)
    return nn.Sequential(
        nn.Conv2d(in_channels, channels // 2, 3, stride=2, padding=1, bias=False),
        nn.BatchNorm2d(channels // 2),
        nn.ReLU(inplace=True),
        nn.Conv2d(channels // 2, channels // 2, 3, padding=1, bias=False),
        nn.BatchNorm2d(channels // 2),
        nn.ReLU(inplace=True),
        nn.Conv2d(channels // 2, channels, 3, padding=1, bias=False),
        nn.BatchNorm2d(channels),
        nn.ReLU(inplace=True),
    )


def deep_stem__loop(in_channels: int, channels: int) -> nn.Sequential:
    """Three times the same three layers."""
    _stem(in_channels, channels)
    layers: list[nn.Module] = []
    for stride, width in ((2, channels // 2), (1, channels // 2), (1, channels)):
        layers += [nn.Conv2d(in_channels, width, (3, 3), (stride, stride), (1, 1), bias=False), nn.BatchNorm2d(width), nn.ReLU()]
        in_channels = width
    return nn.Sequential(*layers)


def deep_stem__named_by_number(in_channels: int, channels: int) -> nn.Sequential:
    """Children added one by one, with weights that are all zero at first."""
    _stem(in_channels, channels)
    stem, half = nn.Sequential(), channels // 2
    for place, (wide, narrow) in enumerate(((in_channels, half), (half, half), (half, channels))):
        convolution = nn.Conv2d(wide, narrow, 3, 1 if place else 2, 1, bias=False)
        nn.init.zeros_(convolution.weight)
        stem.add_module(str(3 * place), convolution)
        stem.add_module(str(3 * place + 1), nn.BatchNorm2d(narrow))
        stem.add_module(str(3 * place + 2), nn.Threshold(0, 0))
    return stem


class _EveryOther(nn.Conv2d):
    """Convolves at every pixel and keeps every other row and column."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x)[..., ::2, ::2]


def deep_stem__all_then_every_other(in_channels: int, channels: int) -> nn.Sequential:
    """The stride as a slice."""
    _stem(in_channels, channels)
    half = channels // 2
    blocks = [[kind(wide, narrow, 3, padding=1, bias=False), nn.BatchNorm2d(narrow), nn.ReLU()]
              for kind, wide, narrow in ((_EveryOther, in_channels, half), (nn.Conv2d, half, half), (nn.Conv2d, half, channels))]
    return nn.Sequential(*chain.from_iterable(blocks))


class Bottleneck__as_in_torchvision(nn.Module):
    """Modules made in the constructor, called one by one."""

    def __init__(self, in_channels: int, planes: int, stride: int = 1, dilation: int = 1) -> None:
        _sensible(in_channels, planes, stride, dilation)
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, planes, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, stride, dilation, dilation, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.conv3 = nn.Conv2d(planes, planes * 4, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(planes * 4)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = None
        if stride != 1 or in_channels != planes * 4:
            self.downsample = nn.Sequential(nn.Conv2d(in_channels, planes * 4, 1, stride, bias=False), nn.BatchNorm2d(planes * 4))

    def forward(self, x: Tensor) -> Tensor:
        """(N, in_channels, H, W) -> (N, 4 * planes, H', W')."""
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))
        out += x if self.downsample is None else self.downsample(x)
        last: Tensor = self.relu(out)
        return last


class Bottleneck__loop(nn.Module):
    """Three rounds over names."""

    downsample: Any

    def __init__(self, in_channels: int, planes: int, stride: int = 1, dilation: int = 1) -> None:
        _sensible(in_channels, planes, stride, dilation)
        super().__init__()
        wide = in_channels
        for name, (size, width) in {"1": (1, planes), "2": (3, planes), "3": (1, 4 * planes)}.items():
            options: dict[str, Any] = {"stride": stride, "dilation": dilation, "padding": dilation} if size == 3 else {}
            self.add_module(f"conv{name}", nn.Conv2d(wide, width, size, bias=False, **options))
            self.add_module(f"bn{name}", nn.BatchNorm2d(width))
            wide = width
        if stride > 1 or in_channels != wide:
            self.add_module("downsample", nn.Sequential(nn.Conv2d(in_channels, wide, 1, stride=stride, bias=False), nn.BatchNorm2d(wide)))

    def forward(self, x: Tensor) -> Tensor:
        """(N, in_channels, H, W) -> (N, 4 * planes, H', W')."""
        y = x
        for name in "123":
            y = getattr(self, f"bn{name}")(getattr(self, f"conv{name}")(y))
            y = y.relu() if name < "3" else y
        return F.relu(y + (self.downsample(x) if "downsample" in self._modules else x))


class Bottleneck__zero_stuffed(nn.Module):
    """The dilation as zeros in the kernel, 1 × 1 convolutions as products, and an identity that has no weights."""

    def __init__(self, in_channels: int, planes: int, stride: int = 1, dilation: int = 1) -> None:
        _sensible(in_channels, planes, stride, dilation)
        super().__init__()
        self.stride, self.dilation = stride, dilation
        self.conv1, self.bn1 = nn.Conv2d(in_channels, planes, 1, bias=False), nn.BatchNorm2d(planes)
        self.conv2, self.bn2 = nn.Conv2d(planes, planes, 3, bias=False), nn.BatchNorm2d(planes)
        self.conv3, self.bn3 = nn.Conv2d(planes, 4 * planes, 1, bias=False), nn.BatchNorm2d(4 * planes)
        if stride != 1 or in_channels != 4 * planes:
            self.downsample = nn.Sequential(nn.Conv2d(in_channels, 4 * planes, 1, bias=False), nn.BatchNorm2d(4 * planes))

    def forward(self, x: Tensor) -> Tensor:
        """(N, in_channels, H, W) -> (N, 4 * planes, H', W')."""
        y = self.bn1(torch.einsum("oc,nchw->nohw", self.conv1.weight[:, :, 0, 0], x)).relu()
        stuffed = y.new_zeros(*self.conv2.weight.shape[:2], 2 * self.dilation + 1, 2 * self.dilation + 1)
        stuffed[:, :, ::self.dilation, ::self.dilation] = self.conv2.weight
        y = self.bn2(F.conv2d(y, stuffed, stride=self.stride, padding=self.dilation)).relu()
        shortcut = self.downsample(x[..., ::self.stride, ::self.stride]) if hasattr(self, "downsample") else x
        last: Tensor = self.bn3(self.conv3(y)) + shortcut
        return last.relu()


class Bottleneck__unfolded(nn.Module):
    """The 3 × 3 as one product with unfolded patches; batch norms are called as functions where nothing is trained."""

    conv1: Any
    conv2: Any
    conv3: Any
    bn1: Any
    bn2: Any
    bn3: Any

    def __init__(self, in_channels: int, planes: int, stride: int = 1, dilation: int = 1) -> None:
        _sensible(in_channels, planes, stride, dilation)
        super().__init__()
        self.planes, self.step = planes, stride
        self.patches = nn.Unfold(3, dilation=dilation, padding=dilation, stride=stride)
        widths = {"1": (in_channels, planes, 1), "2": (planes, planes, 3), "3": (planes, 4 * planes, 1)}
        for name, (wide, narrow, size) in widths.items():
            setattr(self, f"conv{name}", nn.Conv2d(wide, narrow, size, bias=False))
            setattr(self, f"bn{name}", nn.BatchNorm2d(narrow))
        same = stride == 1 and in_channels == 4 * planes
        shortcut = nn.Conv2d(in_channels, 4 * planes, 1, stride, bias=False), nn.BatchNorm2d(4 * planes)
        self.downsample = None if same else nn.Sequential(*shortcut)

    def forward(self, x: Tensor) -> Tensor:
        """(N, in_channels, H, W) -> (N, 4 * planes, H', W')."""
        y, size = torch.relu(self.bn1(self.conv1(x))), [-(-side // self.step) for side in x.shape[2:]]
        y = (self.conv2.weight.flatten(1) @ self.patches(y)).unflatten(2, size)
        y = self.bn3(self.conv3(torch.relu(self.bn2(y))))
        return torch.relu(y + (self.downsample(x) if self.downsample else x))


def make_stage__comprehension(in_channels: int, planes: int, num_blocks: int, stride: int, dilation: int, contract: bool) -> nn.Sequential:
    """The first block, then all the others."""
    _sensible(in_channels, planes, num_blocks, stride, dilation)
    first = Bottleneck__as_in_torchvision(in_channels, planes, stride, dilation // 2 if contract and dilation > 1 else dilation)
    return nn.Sequential(first, *(Bottleneck__as_in_torchvision(4 * planes, planes, 1, dilation) for _ in range(num_blocks - 1)))


def make_stage__arguments_change(
    in_channels: int, planes: int, num_blocks: int, stride: int, dilation: int, contract: bool
) -> nn.Sequential:
    """One call in a loop, whose arguments are other ones after the first round."""
    _sensible(in_channels, planes, num_blocks, stride, dilation)
    blocks = []
    for rate in block_dilations__replaced_entry(num_blocks, dilation, contract):
        blocks.append(Bottleneck__zero_stuffed(in_channels, planes, stride, rate))
        in_channels, stride = 4 * planes, 1
    return nn.Sequential(*blocks)


def make_stage__table(in_channels: int, planes: int, num_blocks: int, stride: int, dilation: int, contract: bool) -> nn.Sequential:
    """Rows of arguments, and an ordered dict of blocks."""
    _sensible(in_channels, planes, num_blocks, stride, dilation)
    rows = [(4 * planes, planes, 1, dilation)] * num_blocks
    rows[0] = in_channels, planes, stride, first_dilation__halved(dilation, contract)
    return nn.Sequential(OrderedDict((str(number), Bottleneck__loop(*row)) for number, row in enumerate(rows)))


def make_stage__changed_afterwards(
    in_channels: int, planes: int, num_blocks: int, stride: int, dilation: int, contract: bool
) -> nn.Sequential:
    """All blocks with the full rate; then the first one's 3 × 3 is told another."""
    _sensible(in_channels, planes, num_blocks, stride, dilation)
    stage = nn.Sequential()
    for number in range(num_blocks):
        stage.append(Bottleneck__as_in_torchvision(4 * planes if number else in_channels, planes, 1 if number else stride, dilation))
    first = stage[0].conv2
    if contract and dilation > 1 and isinstance(first, nn.Conv2d):
        first.dilation = first.padding = (dilation // 2, dilation // 2)
    return stage


@contextmanager
def _evaluating(net: nn.Module) -> Iterator[None]:
    modes = [(module, module.training) for module in net.modules()]
    net.eval()
    try:
        yield
    finally:
        for module, training in modes:
            module.training = training


def _step(many: Sequence[int], few: Sequence[int]) -> int:
    step = 1
    while step < 2 * max(many):
        if [-(-size // step) for size in many] == list(few):
            return step
        step *= 2
    raise ValueError("the sizes are no power of two apart")


def equivalence_error__contexts(strided: nn.Module, dense: nn.Module, x: Tensor) -> float:
    """Context managers, one inside the other, so that modes come back in the opposite order."""
    with torch.no_grad(), _evaluating(strided), _evaluating(dense):
        few, many = strided(x), dense(x)
    if few.shape[:2] != many.shape[:2]:
        raise ValueError("the outputs have other channels")
    step = _step(many.shape[2:], few.shape[2:])
    return float((many[..., ::step, ::step] - few).abs().max())


def equivalence_error__saved_modes(strided: nn.Module, dense: nn.Module, x: Tensor) -> float:
    """All modes in one list; the difference in double precision; the step from the first that fits."""
    modes = [(module, module.training) for net in (strided, dense) for module in net.modules()]
    for net in (strided, dense):
        net.train(False)
    with torch.inference_mode():
        few, many = strided(x).double(), dense(x).double()
    for module, training in modes:
        module.training = training
    for step in [2**power for power in range(16)]:
        if many[..., ::step, ::step].shape == few.shape:
            return float(torch.max(torch.abs(many[..., ::step, ::step] - few)))
    raise ValueError("no step makes the outputs comparable")


def equivalence_error__rows_and_columns(strided: nn.Module, dense: nn.Module, x: Tensor) -> float:
    """Gathers the pixels by their indices; an exit stack for the modes."""
    with ExitStack() as stack:
        for net in (strided, dense):
            stack.enter_context(_evaluating(net))
        stack.enter_context(torch.no_grad())
        outputs = [net(x) for net in (strided, dense)]
    (height, width), step = outputs[1].shape[2:], _step(outputs[1].shape[2:], outputs[0].shape[2:])
    if outputs[0].shape[1] != outputs[1].shape[1]:
        raise ValueError("the outputs have other channels")
    rows, columns = (torch.arange(0, size, step, device=x.device) for size in (height, width))
    picked = outputs[1].index_select(2, rows).index_select(3, columns)
    return float(torch.dist(picked.double(), outputs[0].double(), math.inf))


def equivalence_error__by_pooling(strided: nn.Module, dense: nn.Module, x: Tensor) -> float:
    """Pools windows of one pixel; switches only the modules whose mode is another."""
    training = {module for net in (strided, dense) for module in net.modules() if module.training}
    for module in training:
        module.training = False
    try:
        with torch.no_grad():
            few, many = strided(x), dense(x)
    finally:
        for module in training:
            module.training = True
    if few.shape[1] != many.shape[1]:
        raise ValueError("the outputs have other channels")
    same = F.avg_pool2d(many.double(), 1, stride=_step(many.shape[2:], few.shape[2:]))
    low, high = torch.aminmax(same - few.double())
    return max(-low.item(), high.item())


COUNTS = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3), 50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}


def dilation_plan__stage_by_stage(backbone: dict[str, Any]) -> list[list[int]]:
    """Defaults first, then a loop."""
    defaults = {"num_stages": 4, "strides": (1, 2, 2, 2), "dilations": (1, 1, 1, 1), "contract_dilation": False, "multi_grid": None}
    settings: dict[str, Any] = defaults | backbone
    if settings.get("type") not in ("ResNet", "ResNetV1c", "ResNetV1d") or settings.get("depth") not in COUNTS:
        raise ValueError("no such backbone")
    stages, strides, dilations = settings["num_stages"], settings["strides"], settings["dilations"]
    if stages not in (1, 2, 3, 4) or not len(strides) == len(dilations) == stages or min(strides) < 1:
        raise ValueError("one stride and one dilation for each of 1 to 4 stages")
    plan = []
    for stage in range(stages):
        grid = settings["multi_grid"] if stage == stages - 1 else None
        blocks = COUNTS[settings["depth"]][stage]
        plan.append(block_dilations__first_and_rest(blocks, dilations[stage], settings["contract_dilation"], grid))
    return plan


def dilation_plan__then_the_last(backbone: dict[str, Any]) -> list[list[int]]:
    """All stages alike, and the last one replaced."""
    kinds, depths = {"ResNet", "ResNetV1c", "ResNetV1d"}, {18: "2222", 34: "3463", 50: "3463", 101: "34N3", 152: "38Z3"}
    if backbone.get("type") not in kinds or backbone.get("depth") not in depths:
        raise ValueError("no such backbone")
    blocks = [{"N": 23, "Z": 36}.get(letter) or int(letter) for letter in depths[backbone["depth"]]]
    count, contract, grid = backbone.get("num_stages", 4), backbone.get("contract_dilation", False), backbone.get("multi_grid")
    strides, rates = list(backbone.get("strides", [1, 2, 2, 2])), list(backbone.get("dilations", [1, 1, 1, 1]))
    if {len(strides), len(rates)} != {count} or not 0 < count < 5 or min(strides + rates) < 1:
        raise ValueError("stages, strides and dilations don't fit")
    plan = [[max(rate // 2, 1) if contract else rate] + [rate] * (number - 1) for rate, number in zip(rates, blocks, strict=False)]
    if grid is not None:
        plan[-1] = _grid(len(plan[-1]), grid)
    return plan


def examples__table(block_dilations: Callable[..., list[int]]) -> None:
    """Rows worked out by hand, chosen against one mistake each."""
    rows = {(3, 4, True, None): [2, 4, 4], (3, 4, False, None): [4, 4, 4], (1, 8, True, None): [4], (4, 1, True, None): [1] * 4,
            (3, 3, True, None): [1, 3, 3], (3, 7, True, None): [3, 7, 7], (3, 2, True, (4, 8, 6)): [4, 8, 6],
            (2, 2, True, (6, 4, 2)): [6, 4], (5, 8, True, None): [4, 8, 8, 8, 8], (3, 4, False, (1, 2, 4)): [1, 2, 4]}
    for args, expected in rows.items():
        assert block_dilations(*args) == expected
    nonsense: list[tuple[Any, ...]] = [(3, 0, True), (0, 2, False), (3, 2, True, (1, 2)), (2, 2, True, (1, 0)), (3, 2, True, ())]
    for wrong in nonsense:
        assert _raises(block_dilations, *wrong)


def _raises(function: Callable[..., Any], *args: Any) -> bool:
    try:
        function(*args)
    except ValueError:
        return True
    return False


def examples__against_the_rule(block_dilations: Callable[..., list[int]]) -> None:
    """The rule once more, on all small stages and some grids."""
    for blocks in range(1, 5):
        for rate in range(1, 9):
            for contract in (False, True):
                assert block_dilations(blocks, rate, contract) == block_dilations__replaced_entry(blocks, rate, contract)
    for grid in ((1, 2, 4), (4, 2, 2, 8), (6,) * 9):
        assert block_dilations(num_blocks=3, dilation=2, contract=True, multi_grid=grid) == list(grid[:3])
    assert _raises(block_dilations, 3, 2, False, (1, 2))
    assert _raises(block_dilations, 3, 0, False)
