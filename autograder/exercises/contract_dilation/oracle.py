"""The truth about lesson 3, found another way than the solutions find it: shifted slices for convolutions, running products, bits."""

from collections.abc import Callable, Sequence
from itertools import accumulate, chain
from operator import mul
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

TYPES = ("ResNet", "ResNetV1c", "ResNetV1d")
BLOCKS = {18: "2 2 2 2", 34: "3 4 6 3", 50: "3 4 6 3", 101: "3 4 23 3", 152: "3 8 36 3"}


def first_dilation(dilation: int, contract: bool) -> int:
    """One bit less, unless it is the last one."""
    _at_least_one(dilation)
    return max(dilation >> 1, 1) if contract else dilation


def block_dilations(num_blocks: int, dilation: int, contract: bool, multi_grid: tuple[int, ...] | None = None) -> list[int]:
    """A list of equal rates, the first of which is replaced; or the beginning of the grid."""
    _at_least_one(num_blocks, dilation)
    if multi_grid is None:
        return [dilation if block else first_dilation(dilation, contract) for block in range(num_blocks)]
    if len(multi_grid) < num_blocks:
        raise ValueError("a block without a rate")
    _at_least_one(*multi_grid[:num_blocks])
    return [rate for rate, _ in zip(multi_grid, range(num_blocks), strict=False)]


def remove_strides(strides: Sequence[int], output_stride: int, stem_stride: int = 4) -> tuple[list[int], list[int]]:
    """By the stride that each stage would have without any removal: what exceeds the output stride is its dilation."""
    _at_least_one(*strides, output_stride, stem_stride)
    reached = list(accumulate(strides, mul, initial=stem_stride))
    if output_stride not in reached:
        raise ValueError("no stage has that output stride")
    kept = [1 if total > output_stride else stride for stride, total in zip(strides, reached[1:], strict=True)]
    return kept, [max(total // output_stride, 1) for total in reached[1:]]


def deep_stem(in_channels: int, channels: int) -> nn.Sequential:
    """Three convolutions of nine shifted slices each."""
    _at_least_one(in_channels, channels)
    if channels % 2:
        raise ValueError("half of the channels is no whole number")
    wide = (in_channels, channels // 2, channels // 2, channels)
    layers = [[Taps(wide[place], wide[place + 1], 3, stride), nn.BatchNorm2d(wide[place + 1]), nn.ReLU()]
              for place, stride in enumerate((2, 1, 1))]
    return nn.Sequential(*chain.from_iterable(layers))


class Taps(nn.Conv2d):
    """A convolution without bias: every tap is a slice of the padded image, times its weights; of the result every stride-th is kept."""

    def __init__(self, in_channels: int, channels: int, size: int, step: int = 1, rate: int = 1) -> None:
        super().__init__(in_channels, channels, size, bias=False)
        self.step, self.rate = step, rate

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, O, ceil(H / step), ceil(W / step))."""
        (height, width), size, reach = x.shape[2:], self.weight.shape[2], self.rate * (self.weight.shape[2] // 2)
        padded, y = F.pad(x, (reach,) * 4), x.new_zeros(())
        for row in range(size):
            for column in range(size):
                tap = padded[..., row * self.rate:row * self.rate + height, column * self.rate:column * self.rate + width]
                y = y + torch.einsum("oc,nchw->nohw", self.weight[:, :, row, column], tap[..., ::self.step, ::self.step])
        return y


class Bottleneck(nn.Module):
    """The block, of convolutions by taps; the sum's negative part is cut off."""

    def __init__(self, in_channels: int, planes: int, stride: int = 1, dilation: int = 1) -> None:
        _at_least_one(in_channels, planes, stride, dilation)
        super().__init__()
        self.conv1, self.bn1 = Taps(in_channels, planes, 1), nn.BatchNorm2d(planes)
        self.conv2, self.bn2 = Taps(planes, planes, 3, stride, dilation), nn.BatchNorm2d(planes)
        self.conv3, self.bn3 = Taps(planes, 4 * planes, 1), nn.BatchNorm2d(4 * planes)
        if (stride, in_channels) != (1, 4 * planes):
            self.downsample = nn.Sequential(Taps(in_channels, 4 * planes, 1, stride), nn.BatchNorm2d(4 * planes))

    def forward(self, x: Tensor) -> Tensor:
        """(N, in_channels, H, W) -> (N, 4 * planes, H', W')."""
        inner = self.bn1(self.conv1(x)).clamp(min=0)
        inner = self.bn2(self.conv2(inner)).clamp(min=0)
        shortcut = self.downsample(x) if hasattr(self, "downsample") else x
        total: Tensor = self.bn3(self.conv3(inner)) + shortcut
        return total.clamp(min=0)


def make_stage(in_channels: int, planes: int, num_blocks: int, stride: int, dilation: int, contract: bool) -> nn.Sequential:
    """One block more at a time."""
    _at_least_one(in_channels, planes, num_blocks, stride, dilation)
    stage = nn.Sequential()
    for place, rate in enumerate(block_dilations(num_blocks, dilation, contract)):
        block = Bottleneck(4 * planes, planes, 1, rate) if place else Bottleneck(in_channels, planes, stride, rate)
        stage.append(block)
    return stage


def equivalence_error(strided: nn.Module, dense: nn.Module, x: Tensor) -> float:
    """The largest of all differences, in a list of Python's own numbers."""
    modules = {id(module): (module, module.training) for net in (strided, dense) for module in net.modules()}
    try:
        few, many = _outputs(strided, dense, x)
    finally:
        for module, training in modules.values():
            module.training = training
    if few.shape[:-2] != many.shape[:-2]:
        raise ValueError("the outputs have different channels")
    rows, columns = _places(tuple(many.shape[-2:]), tuple(few.shape[-2:]))
    differences: list[float] = (many[..., rows, :][..., columns] - few).abs().flatten().tolist()
    return max(differences)


def _outputs(strided: nn.Module, dense: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    for net in (strided, dense):
        for module in net.modules():
            module.training = False
    with torch.no_grad():
        return strided(x), dense(x)


def _places(many: tuple[int, ...], few: tuple[int, ...]) -> list[list[int]]:
    """The rows and the columns that are compared."""
    for step in (2**power for power in range(20)):
        places = [list(range(0, size, step)) for size in many]
        if tuple(map(len, places)) == few:
            return places
    raise ValueError("the sizes are no power of two apart")


def dilation_plan(backbone: dict[str, Any]) -> list[list[int]]:
    """Stage by stage; what the last one is told differs."""
    if backbone.get("type") not in TYPES or backbone.get("depth") not in BLOCKS:
        raise ValueError("not such a network")
    stages = backbone.get("num_stages", 4)
    strides, dilations = backbone.get("strides", (1, 2, 2, 2)), backbone.get("dilations", (1, 1, 1, 1))
    if not 1 <= stages <= 4 or len(strides) != stages or len(dilations) != stages:
        raise ValueError("an entry for each stage, of one to four")
    _at_least_one(*strides)
    grids = [None] * (stages - 1) + [backbone.get("multi_grid")]
    counts = [int(count) for count in BLOCKS[backbone["depth"]].split()]
    return [block_dilations(count, dilation, backbone.get("contract_dilation", False), grid)
            for count, dilation, grid in zip(counts, dilations, grids, strict=False)]


def examples(block_dilations: Callable[..., list[int]]) -> None:
    """A row for each thing that may go wrong, and the errors."""
    for args, expected in (((3, 4, True), [2, 4, 4]), ((2, 4, False), [4, 4]), ((2, 1, True), [1, 1]), ((1, 6, True), [3]),
                           ((2, 3, True), [1, 3]), ((4, 8, True), [4, 8, 8, 8]), ((3, 4, True, (4, 2, 6, 8)), [4, 2, 6])):
        assert block_dilations(*args) == expected
    nonsense: list[tuple[Any, ...]] = [(3, 0, True), (3, 2, True, (1, 2)), (3, 2, True, ()), (0, 2, True)]
    for wrong in nonsense:
        try:
            block_dilations(*wrong)
        except ValueError:
            continue
        raise AssertionError("nonsense is accepted")


def _at_least_one(*numbers: int) -> None:
    if min(numbers) < 1:
        raise ValueError("all of these numbers are at least 1")
