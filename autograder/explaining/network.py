"""What a ResNet backbone of mmsegmentation comes to, block by block: stride, dilation, receptive field, coverage, size, cost. Builds none.

The rules are those of mmsegmentation 1.2.2 (`ResNet`, `ResNetV1c`, `ResNetV1d`, `ResNeXt`, `ResNeSt`); tests/test_mmseg.py holds them
against the real modules. Sizes and receptive fields are in pixels, costs in multiply-accumulates (MACs) of the convolutions, one image.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from autograder.exercises.contract_dilation.oracle import block_dilations, dilation_plan
from autograder.exercises.gridding.oracle import coverage

KINDS = ("ResNet", "ResNetV1c", "ResNetV1d", "ResNeXt", "ResNeSt")
#: Backbones that hold such a network, under this key.
INNER = "backbone_cfg"
#: Depths whose blocks have two 3 × 3, of which only the first takes the stage's dilation.
BASIC = (18, 34)
RGB = 3
#: Numbers of channels and groups, and the largest that are reckoned with; of dilations and blocks, too.
CHANNELS = ("base_channels", "stem_channels", "in_channels", "groups", "base_width")
MOST = 2**16
Size = tuple[int, int]


class UnknownNetwork(ValueError):
    """It is no network whose blocks can be told. The text is a sentence."""


@dataclass(frozen=True)
class Conv:
    """One convolution, with "same" padding. ``shortcut``: it lies beside the main path."""

    kernel: int
    stride: int
    dilation: int
    inputs: int
    outputs: int
    groups: int = 1
    shortcut: bool = False


@dataclass(frozen=True)
class Block:
    """One residual block, as it is in this network. ``size``: (height, width) of what it returns; ``macs`` None: not reckoned."""

    stride: int
    dilation: int
    receptive_field: int
    size: Size
    macs: int | None


@dataclass(frozen=True)
class Stage:
    """One stage. ``coverage``: of its stride-1 layers; ``coverage_so_far``: of all layers since the last stride; as in lesson 2, 0 to 1."""

    output_stride: int
    dilation: int
    blocks: tuple[Block, ...]
    coverage: float
    coverage_so_far: float

    @property
    def size(self) -> Size:
        """(height, width) of its output."""
        return self.blocks[-1].size


@dataclass(frozen=True)
class Network:
    """A backbone on an image of a size. The stem's max-pool is part of the stem. ``depth`` None: the config names blocks instead."""

    kind: str
    depth: int | None
    image: Size
    stem_receptive_field: int
    stages: tuple[Stage, ...]
    macs: int | None

    @property
    def plan(self) -> list[list[int]]:
        """For each stage, the dilation of each block."""
        return [[block.dilation for block in stage.blocks] for stage in self.stages]


@dataclass
class _Walk:
    """Where one is on the way from the image: size, pixels from one place to the next, receptive field, rates since the last stride."""

    size: Size
    jump: int = 1
    receptive_field: int = 1
    rates: list[int] = field(default_factory=list)
    macs: int = 0

    def pass_through(self, conv: Conv) -> None:
        """Go through a convolution, or through a pool of the same form (with no channels, it costs nothing)."""
        size = _strided(self.size, conv.stride)
        self.macs += size[0] * size[1] * conv.kernel**2 * conv.inputs // conv.groups * conv.outputs
        if conv.shortcut:
            return
        self.receptive_field += (conv.kernel - 1) * conv.dilation * self.jump
        self.rates = [] if conv.stride > 1 else self.rates + [conv.dilation] * (conv.kernel > 1)
        self.size, self.jump = size, self.jump * conv.stride


def backbone_of(model: dict[str, Any]) -> dict[str, Any]:
    """The ResNet in a model's config, also where another backbone holds it. Raises ``UnknownNetwork``."""
    backbone = model.get("backbone")
    if not isinstance(backbone, dict):
        raise UnknownNetwork("the model names no backbone")
    inner = backbone.get(INNER)
    for candidate in (backbone, inner):
        if isinstance(candidate, dict) and candidate.get("type") in KINDS:
            return candidate
    raise UnknownNetwork(f"the backbone {backbone.get('type')} is no ResNet: its blocks are not explained")


def explained(backbone: dict[str, Any], image: Size) -> Network:
    """The network on an image of (height, width) pixels. Raises ``UnknownNetwork``."""
    _require_whole(backbone)
    plan = _plan(backbone)
    walk = _Walk(image)
    for conv in _stem(backbone):
        walk.pass_through(conv)
    stem = walk.receptive_field
    stages = tuple(_stage(backbone, number, rates, walk) for number, rates in enumerate(plan))
    macs = None if backbone["type"] == "ResNeSt" else walk.macs
    return Network(backbone["type"], backbone.get("depth"), image, stem, stages, macs)


def strides(backbone: dict[str, Any]) -> list[int]:
    """The stride of each stage's first block."""
    return list(backbone.get("strides", (1, 2, 2, 2)))[:stages(backbone)]


def stages(backbone: dict[str, Any]) -> int:
    """How many stages are built."""
    return len(backbone["blocks"]) if "blocks" in backbone else int(backbone.get("num_stages", 4))


def is_basic(backbone: dict[str, Any]) -> bool:
    """Whether its blocks are BasicBlocks."""
    return backbone.get("depth") in BASIC


def _plan(backbone: dict[str, Any]) -> list[list[int]]:
    known = {**backbone, "type": "ResNet"}
    if "multi_grid" in known and known["multi_grid"] is not None:
        known["multi_grid"] = tuple(known["multi_grid"])
    try:
        return _own_plan(backbone) if "blocks" in backbone else dilation_plan(known)
    except (ValueError, TypeError, KeyError) as error:
        raise UnknownNetwork(f"this {backbone['type']} can't be built: {error}") from None


def _own_plan(backbone: dict[str, Any]) -> list[list[int]]:
    """That of lesson 6, whose configs name the blocks of each stage."""
    stages = zip(backbone["blocks"], backbone["dilations"], strict=True)
    return [block_dilations(blocks, dilation, backbone["contract_dilation"]) for blocks, dilation in stages]


def _require_whole(backbone: dict[str, Any]) -> None:
    for key in CHANNELS:
        if type(value := backbone.get(key, 1)) is not int or not 0 < value <= MOST:
            raise UnknownNetwork(f"the backbone's {key} has to be a whole number from 1 to {MOST}, and is {value!r}")
    for key in ("blocks", "strides", "dilations", "multi_grid"):
        values = backbone.get(key)
        if values is not None and not (isinstance(values, list | tuple) and all(type(value) is int for value in values)):
            raise UnknownNetwork(f"the backbone's {key} has to be whole numbers, one for each, and is {values!r}; "
                                 "mmsegmentation builds 4.0 and fails at the first image")
        if values and max(values) > MOST:
            raise UnknownNetwork(f"the backbone's {key} has numbers up to {MOST}, not {max(values)}")


def _stem(backbone: dict[str, Any]) -> list[Conv]:
    inputs, width = backbone.get("in_channels", RGB), backbone.get("stem_channels", 64)
    pool = Conv(3, 2, 1, 0, 0)
    if backbone.get("deep_stem", backbone["type"] in ("ResNetV1c", "ResNetV1d", "ResNeSt")):
        half = width // 2
        return [Conv(3, 2, 1, inputs, half), Conv(3, 1, 1, half, half), Conv(3, 1, 1, half, width), pool]
    return [Conv(7, 2, 1, inputs, width), pool]


def _stage(backbone: dict[str, Any], number: int, rates: Sequence[int], walk: _Walk) -> Stage:
    stride, before = strides(backbone)[number], len(walk.rates)
    blocks = [_block(backbone, number, place, rate, stride if place == 0 else 1, walk) for place, rate in enumerate(rates)]
    own = walk.rates[before if stride == 1 else 0:]
    return Stage(walk.jump, tuple(backbone.get("dilations", (1, 1, 1, 1)))[number], tuple(blocks), coverage(own), coverage(walk.rates))


def _block(backbone: dict[str, Any], number: int, place: int, rate: int, stride: int, walk: _Walk) -> Block:
    planes = backbone.get("base_channels", 64) << number
    expansion = 1 if is_basic(backbone) else 4
    inputs = planes * expansion if place else backbone.get("stem_channels", 64) if number == 0 else planes * expansion // 2
    before = walk.macs
    for conv in (*_shortcut(inputs, planes * expansion, stride), *_main(backbone, inputs, planes, stride, rate)):
        walk.pass_through(conv)
    macs = None if backbone["type"] == "ResNeSt" else walk.macs - before
    return Block(stride, rate, walk.receptive_field, walk.size, macs)


def _shortcut(inputs: int, outputs: int, stride: int) -> Iterator[Conv]:
    if stride > 1 or inputs != outputs:
        yield Conv(1, stride, 1, inputs, outputs, shortcut=True)


def _main(backbone: dict[str, Any], inputs: int, planes: int, stride: int, rate: int) -> list[Conv]:
    """The main path. Where the stride lies tells style; an average pool takes it over in ResNeSt."""
    if is_basic(backbone):
        return [Conv(3, stride, rate, inputs, planes), Conv(3, 1, 1, planes, planes)]
    early = stride if backbone.get("style", "pytorch") == "caffe" else 1
    late = stride // early
    pooled = late > 1 and bool(backbone.get("avg_down_stride", backbone["type"] == "ResNeSt"))
    width, groups = _width(backbone, planes)
    middle = [Conv(3, 1, rate, width, width, groups), Conv(3, late, 1, 0, 0)] if pooled else [Conv(3, late, rate, width, width, groups)]
    return [Conv(1, early, 1, inputs, width), *middle, Conv(1, 1, 1, width, 4 * planes)]


def _width(backbone: dict[str, Any], planes: int) -> tuple[int, int]:
    """Channels and groups of a Bottleneck's 3 × 3."""
    groups = backbone.get("groups", 1) if backbone["type"] == "ResNeXt" else 1
    if groups == 1:
        return planes, 1
    return planes * backbone.get("base_width", 4) // backbone.get("base_channels", 64) * groups, groups


def _strided(size: Size, stride: int) -> Size:
    height, width = (-(-side // stride) for side in size)
    return height, width
