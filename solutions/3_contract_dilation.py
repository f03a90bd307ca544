# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Lesson 3: contract_dilation
#
# A backbone that was trained with strides is turned into one without them, and its weights stay. That works exactly, to the last bit that
# rounding leaves, if one rate in each stage is right. `contract_dilation` is the switch for this rate. In this lesson you build both
# networks and measure the difference: it is 0 with the switch, and it isn't without.
#
# About an hour; with the exercises marked *further*, which nothing else needs, about an hour and three quarters. You need: lesson 1, in
# particular what a dilated kernel reads; `nn.Module`, `nn.Sequential`, BatchNorm. Lesson 2 explains the holes that are mentioned here.
#
# Contents: the rule · the blocks of a stage · which strides go · the stem · a bottleneck · a stage · the measurement · a whole config ·
# your own tests · summary.

# %% [markdown]
# ## What you will be able to do
#
# - predict the dilation of every block of a config, contraction and `multi_grid` included;
# - derive `strides=(1, 2, 1, 1)` and `dilations=(1, 1, 2, 4)` from the output stride that is wanted;
# - build a ResNet stage whose weights fit strided and dense networks alike;
# - prove, with a test that can fail, that a dense network computes what the strided one computes.

# %% [markdown]
# ## Why it matters
#
# This is the backbone of most of mmsegmentation's configs:
#
# ```python
# backbone = dict(type='ResNetV1c', depth=50, num_stages=4, dilations=(1, 1, 2, 4), strides=(1, 2, 1, 1), contract_dilation=True)
# ```
#
# The weights that are loaded into it were trained with `strides=(1, 2, 2, 2)` and no dilation. Nothing is retrained before the first
# image goes through. So the question is whether the dense network means the same by these weights. A common explanation says that
# `contract_dilation=True` turns the rates (1, 2, 4, 8) into (1, 1, 2, 4), against the gridding effect. That describes the first block
# of each stage only, and it leaves out what the switch is for.

# %% [markdown]
# ## Setting up
#
# Run these two cells first. Everything runs on this computer; nothing is sent anywhere.

# %% nbgrader={"grade": false, "grade_id": "setup", "locked": true, "schema_version": 3, "solution": false, "task": false}
from collections.abc import Sequence
from itertools import product
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

# %% nbgrader={"grade": false, "grade_id": "tools", "locked": true, "schema_version": 3, "solution": false, "task": false}
from autograder import check, hint, predict, progress, reveal
from autograder.pictures import block_tables, block_tables_alt, offset_rows, offset_rows_alt, show, weight_maps, weight_maps_alt
from autograder.widgets import stage_explorer

# %% [markdown]
# An exercise works as in the other lessons: complete the function or class, run its cell, run the check below it.
# `hint("first_dilation")`, in a cell of its own, gives a hint; asked again after the next attempt, it goes one step further. Where a guess
# is asked for, put a number in the place of the `...`. Functions keep their parameters' names, leave their arguments as they were, draw no
# random numbers, and remember nothing; only making a module draws its first weights.

# %% [markdown]
# ## 1. The rule
#
# Take a stage whose first 3 × 3 layer has stride 2, and remove the stride. What that layer itself reads doesn't change: it still sees its
# input's pixels one next to the other, only more often. What comes *after* it does change. Its output now has twice as many pixels, and
# what used to be neighbours are two pixels apart. So the layers after it need rate 2, and the layer itself keeps rate 1.
#
# What if both get rate 2? One output then reads pixels up to 4 to the left and 4 to the right. How many of the 9 pixels of that span does it
# miss?

# %%
predict("pixels missed between the outermost two, rate 2 then rate 2", ...)

# %% [markdown]
# In one dimension, for two layers of 3 taps, counted in pixels of the stage's input:

# %%
rows = {"strided: stride 2, then rate 1": [-3, -2, -1, 0, 1, 2, 3],
        "dense: rate 1, then rate 2": [-3, -2, -1, 0, 1, 2, 3],
        "dense: rate 2, then rate 2": [-4, -2, 0, 2, 4]}
show(offset_rows(rows), alt=offset_rows_alt(rows) + " The first two rows are the same; the third misses every odd offset.")

# %% [markdown]
# The cell below asks autograd whether these rows are true.

# %%
def offsets_read(*layers: tuple[int, int]) -> list[int]:
    """Which offsets one output of (stride, dilation) layers with 3 taps reads."""
    line = torch.zeros(1, 1, 33, dtype=torch.float64, requires_grad=True)
    features = line
    for stride, dilation in layers:
        features = F.conv1d(features, torch.ones(1, 1, 3, dtype=torch.float64), stride=stride, padding=dilation, dilation=dilation)
    middle = features[0, 0, (features.shape[-1] - 1) // 2]
    return (torch.autograd.grad(middle, line)[0][0, 0].nonzero()[:, 0] - 16).tolist()


for name, layers in (("strided", [(2, 1), (1, 1)]), ("dense, 1 then 2", [(1, 1), (1, 2)]), ("dense, 2 then 2", [(1, 2), (1, 2)])):
    print(f"{name}: {offsets_read(*layers)}")
reveal("pixels missed between the outermost two, rate 2 then rate 2", 9 - len(offsets_read((1, 2), (1, 2))))

# %% [markdown]
# In mmsegmentation a stage has one dilation, and the switch says whether its first block gets half of it. Half, because each removed
# stride is 2.
#
# ### Exercise: first_dilation
#
# difficulty 1/5 · about 4 minutes · 1 point

# %% nbgrader={"grade": false, "grade_id": "first_dilation", "locked": false, "schema_version": 3, "solution": true, "task": false}
def first_dilation(dilation: int, contract: bool) -> int:
    """The dilation of a stage's first block, by mmsegmentation's rule.

    first_dilation(4, True) is 2, first_dilation(4, False) is 4. A dilation of 1 can't be contracted; an odd one is rounded down.

    Raises:
        ValueError: dilation < 1.
    """
    ### BEGIN SOLUTION
    if dilation < 1:
        raise ValueError(f"a dilation is at least 1, not {dilation}")
    return dilation // 2 if contract and dilation > 1 else dilation
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_first_dilation", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
check(first_dilation)

# %% [markdown]
# ## 2. The blocks of a stage
#
# The other blocks of the stage get the whole dilation, contracted or not. Layer 3 of a ResNet-50 has six blocks. With dilation 2 and
# `contract_dilation=True`, how many of the six have dilation 1?

# %%
predict("blocks with dilation 1 in a stage of six, dilation 2, contracted", ...)

# %% [markdown]
# There is a second switch. `multi_grid` lists the rates of a stage's blocks one by one, literally: they are not multiplied by the stage's
# dilation, and `contract_dilation` has no say in that stage. Of a list that is longer than the stage, the rest is ignored.
#
# | num_blocks | dilation | contract | multi_grid | rates |
# | --- | --- | --- | --- | --- |
# | 3 | 4 | no | | 4, 4, 4 |
# | 3 | 4 | yes | | 2, 4, 4 |
# | 3 | 1 | yes | | 1, 1, 1 |
# | 3 | 4 | yes | (1, 2, 4) | 1, 2, 4 |
#
# ### Exercise: block_dilations
#
# difficulty 2/5 · about 8 minutes · 4 points

# %% nbgrader={"grade": false, "grade_id": "block_dilations", "locked": false, "schema_version": 3, "solution": true, "task": false}
def block_dilations(num_blocks: int, dilation: int, contract: bool, multi_grid: tuple[int, ...] | None = None) -> list[int]:
    """The dilation of each block of a stage, by mmsegmentation's rule.

    block_dilations(3, 4, True) is [2, 4, 4].

    Args:
        num_blocks: at least 1.
        dilation: the stage's dilation, at least 1.
        contract: the config's contract_dilation.
        multi_grid: the rates of the blocks instead; at least num_blocks of them, each at least 1.

    Raises:
        ValueError: num_blocks < 1, dilation < 1, a multi_grid with fewer entries than blocks, or with an entry < 1.
    """
    ### BEGIN SOLUTION
    if num_blocks < 1 or dilation < 1:
        raise ValueError(f"no stage has {num_blocks} blocks and dilation {dilation}")
    if multi_grid is None:
        return [first_dilation(dilation, contract)] + [dilation] * (num_blocks - 1)
    if len(multi_grid) < num_blocks or min(multi_grid) < 1:
        raise ValueError(f"multi_grid {multi_grid} does not fit {num_blocks} blocks")
    return list(multi_grid[:num_blocks])
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_block_dilations", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
check(block_dilations)

# %%
contracted = block_dilations(6, 2, contract=True)
print(f"contracted: {contracted}; not contracted: {block_dilations(6, 2, contract=False)}")
reveal("blocks with dilation 1 in a stage of six, dilation 2, contracted", contracted.count(1))

# %% [markdown]
# One of six. Not "the rates are halved": one block's rate in each stage that is dilated at all. And with `multi_grid` none.
#
# Play with a stage: the text and the picture say which pixels, along one axis, its last block reads through all of its 3 × 3 layers.

# %%
stage_explorer(num_blocks=3, dilation=2)

# %% [markdown]
# ## 3. Which strides go
#
# The stem of a ResNet divides the size by 4, and the stages 2, 3 and 4 by 2 each: an output stride of 32. For an output stride of 8, the
# strides are kept from the front until their product is 8. All later ones become 1, and each removed stride multiplies the dilation of
# its own stage and of every later one.
#
# | output stride | strides | dilations |
# | --- | --- | --- |
# | 32 | 1, 2, 2, 2 | 1, 1, 1, 1 |
# | 16 | 1, 2, 2, 1 | 1, 1, 1, 2 |
# | 8 | 1, 2, 1, 1 | 1, 1, 2, 4 |
#
# The table can be continued. Which dilation does the last stage get at an output stride of 4?

# %%
predict("dilation of the last stage at output stride 4", ...)

# %% [markdown]
#
# ### Exercise: remove_strides
#
# difficulty 3/5 · about 10 minutes · 3 points · further

# %% nbgrader={"grade": false, "grade_id": "remove_strides", "locked": false, "schema_version": 3, "solution": true, "task": false}
def remove_strides(strides: Sequence[int], output_stride: int, stem_stride: int = 4) -> tuple[list[int], list[int]]:
    """The stages' strides and dilations that give an output stride, made from the strides of the network that was trained.

    remove_strides((1, 2, 2, 2), 8) is ([1, 2, 1, 1], [1, 1, 2, 4]).

    Args:
        strides: of each stage; each at least 1.
        output_stride: what the image's size is divided by in the end.
        stem_stride: what the stem divides it by.

    Returns:
        The new strides, and the dilations, one entry a stage.

    Raises:
        ValueError: the product of the stem's stride and the kept ones never equals output_stride; a stride < 1.
    """
    ### BEGIN SOLUTION
    if min(strides, default=1) < 1 or stem_stride < 1:
        raise ValueError(f"strides are at least 1, not {stem_stride} and {list(strides)}")
    product_so_far, dilation, kept, dilations = stem_stride, 1, [], []
    for stride in strides:
        if product_so_far == output_stride:
            dilation *= stride
            kept.append(1)
        else:
            product_so_far *= stride
            kept.append(stride)
        dilations.append(dilation)
    if product_so_far != output_stride:
        raise ValueError(f"the strides {list(strides)} never come to {output_stride}")
    return kept, dilations
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_remove_strides", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
check(remove_strides)

# %%
for output_stride in (32, 16, 8, 4):
    print(f"output stride {output_stride:2}: strides and dilations {remove_strides((1, 2, 2, 2), output_stride)}")
reveal("dilation of the last stage at output stride 4", remove_strides((1, 2, 2, 2), 4)[1][-1])

# %% [markdown]
# ## 4. The stem
#
# The C in ResNetV1c is a stem of three 3 × 3 layers where ResNet has one of 7 × 7: strides 2, 1, 1, and half of the channels in the first
# two. Each is followed by a BatchNorm and a ReLU. (A max pool with stride 2 comes after the stem, and isn't part of it here.) It has
# nothing to do with contraction: V1c fixes the stem only, and `contract_dilation` is a setting of its own.
#
# ### Exercise: deep_stem
#
# difficulty 2/5 · about 8 minutes · 2 points · further

# %% nbgrader={"grade": false, "grade_id": "deep_stem", "locked": false, "schema_version": 3, "solution": true, "task": false}
def deep_stem(in_channels: int, channels: int) -> nn.Sequential:
    """ResNetV1c's stem without the pool: three times a 3 x 3 convolution, BatchNorm, ReLU, as nine children in a row.

    Strides 2, 1, 1; channels / 2, channels / 2, channels; padding 1; no biases. (N, in_channels, H, W) becomes
    (N, channels, ceil(H / 2), ceil(W / 2)).

    Raises:
        ValueError: channels is odd, or a number of channels is < 1.
    """
    ### BEGIN SOLUTION
    if channels % 2 or channels < 2 or in_channels < 1:
        raise ValueError(f"no stem from {in_channels} to {channels} channels")
    wide, layers = (in_channels, channels // 2, channels // 2, channels), []
    for place, stride in enumerate((2, 1, 1)):
        convolution = nn.Conv2d(wide[place], wide[place + 1], 3, stride, padding=1, bias=False)
        layers += [convolution, nn.BatchNorm2d(wide[place + 1]), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers)
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_deep_stem", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check(deep_stem)

# %% [markdown]
# The 7 × 7 layer of the ordinary stem has 7 · 7 · 3 · 64 weights, and multiplies with each of them once for each output pixel. Three
# small layers look cheaper. How many multiplications do they need, with 64 channels?

# %%
predict("multiplications per output pixel of the deep stem, 64 channels", ...)

# %%
macs = sum(layer.weight.numel() for layer in deep_stem(3, 64) if isinstance(layer, nn.Conv2d))
print(f"7 x 7: {7 * 7 * 3 * 64} multiplications; three times 3 x 3: {macs}, {macs / (7 * 7 * 3 * 64):.2f} times as many")
reveal("multiplications per output pixel of the deep stem, 64 channels", macs)

# %% [markdown]
# More, not fewer, since the second and third layers work at the same resolution with many channels.
#
# ## 5. A bottleneck
#
# A block has two roads that meet in an addition. One is 1 × 1, 3 × 3, 1 × 1, each followed by a BatchNorm, with ReLUs in between; the
# other is the input itself. Where the shape or the resolution changes, the second road gets a 1 × 1 layer with the stride, and a
# BatchNorm. The stride and the dilation are the 3 × 3's.
#
# In a block from 256 channels down to 64 planes and back to 256, only the 3 × 3 sees more than one pixel. Which percentage of the weights of
# its convolutions is in that layer?

# %%
predict("percent of a bottleneck's weights in its 3 x 3, 256 channels and 64 planes", ...)

# %% [markdown]
# ### Exercise: Bottleneck
#
# difficulty 3/5 · about 15 minutes · 4 points
#
# The children's names are those of the published weights: that is how a state dict finds its place.

# %% nbgrader={"grade": false, "grade_id": "Bottleneck", "locked": false, "schema_version": 3, "solution": true, "task": false}
class Bottleneck(nn.Module):
    """A residual block: (N, in_channels, H, W) becomes (N, 4 * planes, ceil(H / stride), ceil(W / stride)).

    Children: conv1 (1 x 1 to planes), bn1, conv2 (3 x 3 with the stride, the dilation, and a padding equal to the dilation), bn2, conv3
    (1 x 1 to 4 * planes), bn3; and `downsample`, an nn.Sequential of a 1 x 1 convolution with the stride and a BatchNorm, only where
    in_channels differs from 4 * planes or the stride isn't 1. No biases. ReLU after bn1, after bn2, and after the sum.

    Raises:
        ValueError: a number of channels, the stride or the dilation is < 1.
    """

    def __init__(self, in_channels: int, planes: int, stride: int = 1, dilation: int = 1) -> None:
        ### BEGIN SOLUTION
        if min(in_channels, planes, stride, dilation) < 1:
            raise ValueError(f"no block with {in_channels} channels, {planes} planes, stride {stride} and dilation {dilation}")
        super().__init__()
        out_channels = 4 * planes
        self.conv1, self.bn1 = nn.Conv2d(in_channels, planes, 1, bias=False), nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, stride, padding=dilation, dilation=dilation, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.conv3, self.bn3 = nn.Conv2d(planes, out_channels, 1, bias=False), nn.BatchNorm2d(out_channels)
        self.downsample = None
        if stride != 1 or in_channels != out_channels:
            self.downsample = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride, bias=False), nn.BatchNorm2d(out_channels))
        ### END SOLUTION

    def forward(self, x: Tensor) -> Tensor:
        """The sum of both roads, through a ReLU."""
        ### BEGIN SOLUTION
        shortcut = x if self.downsample is None else self.downsample(x)
        y = F.relu(self.bn1(self.conv1(x)))
        y = F.relu(self.bn2(self.conv2(y)))
        return F.relu(self.bn3(self.conv3(y)) + shortcut)
        ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_Bottleneck", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
check(Bottleneck)

# %%
weights = {name: layer.weight.numel() for name, layer in Bottleneck(256, 64).named_children() if isinstance(layer, nn.Conv2d)}
print(weights)
reveal("percent of a bottleneck's weights in its 3 x 3, 256 channels and 64 planes", 100 * weights["conv2"] / sum(weights.values()))

# %% [markdown]
# ## 6. A stage
#
# A stage is a row of blocks. Build one with a stride and one with a dilation in its place. In how many entries of their state dicts, by name
# and shape, will the two differ?

# %%
predict("entries in which the state dicts of a strided and a dense stage differ", ...)

# %% [markdown]
# ### Exercise: make_stage
#
# difficulty 3/5 · about 10 minutes · 4 points

# %% nbgrader={"grade": false, "grade_id": "make_stage", "locked": false, "schema_version": 3, "solution": true, "task": false}
def make_stage(in_channels: int, planes: int, num_blocks: int, stride: int, dilation: int, contract: bool) -> nn.Sequential:
    """A stage of num_blocks `Bottleneck`s in a row; only the first has the stride, the change of channels and the first dilation.

    Raises:
        ValueError: what `block_dilations` or `Bottleneck` refuses.
    """
    ### BEGIN SOLUTION
    first, *others = block_dilations(num_blocks, dilation, contract)
    blocks = [Bottleneck(in_channels, planes, stride, first)]
    blocks += [Bottleneck(4 * planes, planes, dilation=rate) for rate in others]
    return nn.Sequential(*blocks)
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_make_stage", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
check(make_stage)

# %%
strided, dense = make_stage(8, 4, 3, stride=2, dilation=1, contract=False), make_stage(8, 4, 3, stride=1, dilation=2, contract=True)
print("dilations", [block.conv2.dilation for block in strided], "and", [block.conv2.dilation for block in dense])
shapes = [{(name, tuple(entry.shape)) for name, entry in net.state_dict().items()} for net in (strided, dense)]
reveal("entries in which the state dicts of a strided and a dense stage differ", len(shapes[0] ^ shapes[1]))

# %% [markdown]
# None: both accept the same weights. That is why a wrong rate is a silent mistake: nothing fails when the weights are loaded.
#
# ## 7. The measurement
#
# Load the same weights into both, run the same image through both, and compare the dense output with the strided one at every second
# pixel. In eval mode, since in train mode BatchNorm's statistics come from other pixels. Are the two equal, and how far off is the dense
# stage without contraction? Guess the second, in percent of the largest output.

# %%
predict("error without contraction, in percent of the largest output", ...)

# %% [markdown]
# One trap: BatchNorm after its creation has mean 0, variance 1 and weight 1, and in many published recipes the last weight of a block
# starts at 0. Then the block's first road adds nothing, and *every* version is equal to every other. A test on fresh networks can't
# fail. So give them statistics and weights at random.

# %%
def at_random(net: nn.Module, seed: int) -> nn.Module:
    """All weights and statistics of a network, drawn anew; float64."""
    generator = torch.Generator().manual_seed(seed)
    state = net.double().state_dict()
    for name, entry in state.items():
        if entry.dtype.is_floating_point:
            noise = torch.randn(entry.shape, generator=generator, dtype=torch.float64)
            state[name] = noise.abs() + 0.5 if name.endswith("running_var") else noise / max(entry[:1].numel(), 1) ** 0.5
    net.load_state_dict(state)
    return net

# %% [markdown]
# ### Exercise: equivalence_error
#
# difficulty 3/5 · about 12 minutes · 3 points

# %% nbgrader={"grade": false, "grade_id": "equivalence_error", "locked": false, "schema_version": 3, "solution": true, "task": false}
def equivalence_error(strided: nn.Module, dense: nn.Module, x: Tensor) -> float:
    """How far a dense network is from a strided one, as they are: no weights are copied.

    Both run in eval mode and without gradients; every module is left in the mode that it was in.

    Args:
        x: the image, (N, C, H, W).

    Returns:
        The maximum of |dense(x)[..., ::r, ::r] - strided(x)|, r being the smallest power of two with which the sizes agree.

    Raises:
        ValueError: there is no such r, or the outputs differ in their channels.
    """
    ### BEGIN SOLUTION
    modules = [(module, module.training) for net in (strided, dense) for module in net.modules()]
    strided.eval()
    dense.eval()
    try:
        with torch.no_grad():
            few, many = strided(x), dense(x)
    finally:
        for module, training in modules:
            module.training = training
    for step in (2**power for power in range(32)):
        part = many[..., ::step, ::step]
        if part.shape == few.shape:
            return float((part - few).abs().max())
    raise ValueError(f"{tuple(many.shape)} is no dense version of {tuple(few.shape)}")
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_equivalence_error", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
check(equivalence_error)

# %%
strided = at_random(make_stage(8, 4, 3, stride=2, dilation=1, contract=False), seed=0)
image = torch.randn(2, 8, 21, 25, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
with torch.no_grad():
    due = strided.eval()(image)
largest, errors, maps = due.abs().max().item(), {}, {}
for contract in (True, False):
    dense = make_stage(8, 4, 3, stride=1, dilation=2, contract=contract).double()
    dense.load_state_dict(strided.state_dict())
    errors[contract] = equivalence_error(strided, dense, image)
    with torch.no_grad():
        maps[f"contract={contract}"] = (dense.eval()(image)[..., ::2, ::2] - due).abs().amax((0, 1))
    print(f"contract={contract}: {errors[contract]:.1e}, which is {100 * errors[contract] / largest:.1e} percent of the largest output")
show(weight_maps(maps, "column", "row"), alt=weight_maps_alt(maps) + " The largest error over images and channels at each place that both have.")
reveal("error without contraction, in percent of the largest output", 100 * errors[False] / largest)

# %% [markdown]
# With contraction the dense stage *is* the strided stage, computed at four times as many places. This is what `contract_dilation` is for:
# the weights keep their meaning. Without it, the first block's 3 × 3 reads pixels that it was never trained on.
#
# It holds for a whole backbone, and not only for one stage. Below, four small stages with one block fewer each than a ResNet-50 has. The
# stages after a removed stride need the accumulated dilation, so (1, 1, 2, 2) is wrong even with contraction.

# %%
def backbone(strides: Sequence[int], dilations: Sequence[int], contract: bool) -> nn.Sequential:
    """Four stages of two or three blocks."""
    stages, channels = [], 4
    for place, (blocks, stride, dilation) in enumerate(zip((2, 2, 3, 2), strides, dilations, strict=True)):
        stages.append(make_stage(channels, 2 * 2**place, blocks, stride, dilation, contract))
        channels = 8 * 2**place
    return nn.Sequential(*stages).double()


strided = at_random(backbone((1, 2, 2, 2), (1, 1, 1, 1), False), seed=2)
image = torch.randn(1, 4, 33, 41, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
with torch.no_grad():
    largest = strided.eval()(image).abs().max().item()
for dilations, contract in product(([1, 1, 2, 4], [1, 1, 2, 2]), (True, False)):
    dense = backbone((1, 2, 1, 1), dilations, contract)
    dense.load_state_dict(strided.state_dict())
    print(f"dilations {dilations}, contract={contract}: error {equivalence_error(strided, dense, image) / largest:.1e} of the largest output")

# %% [markdown]
# It holds for bottlenecks. The blocks of ResNet-18 and 34 have two 3 × 3 layers, and mmsegmentation dilates the first of them only: there
# the dense network isn't equal with the switch either.
#
# And in train mode? BatchNorm then takes mean and variance of the batch. The dense network has more pixels, so they differ, and so do
# the outputs. Equal is what the *function* computes, not what further training makes of it.

# %% [markdown]
# ## 8. A whole config
#
# mmsegmentation's backbone dict says all that is needed: `depth` decides the blocks of each stage, `multi_grid` reaches the last stage
# only.
#
# | depth | blocks |
# | --- | --- |
# | 18 | 2, 2, 2, 2 |
# | 34, 50 | 3, 4, 6, 3 |
# | 101 | 3, 4, 23, 3 |
# | 152 | 3, 8, 36, 3 |
#
# ### Exercise: dilation_plan
#
# difficulty 3/5 · about 12 minutes · 4 points · further

# %% nbgrader={"grade": false, "grade_id": "dilation_plan", "locked": false, "schema_version": 3, "solution": true, "task": false}
def dilation_plan(backbone: dict[str, Any]) -> list[list[int]]:
    """For each stage, for each of its blocks, the dilation of its dilated 3 x 3, from the dict of an mmsegmentation backbone.

    Args:
        backbone: `type` (ResNet, ResNetV1c or ResNetV1d) and `depth` (18, 34, 50, 101 or 152), and where they differ from
            mmsegmentation's defaults `num_stages` (4), `strides` (1, 2, 2, 2), `dilations` (1, 1, 1, 1), `contract_dilation` (False),
            `multi_grid` (None). Other keys are ignored.

    Raises:
        ValueError: another type or depth, num_stages outside 1 to 4, strides or dilations without an entry for each stage, or what
            `block_dilations` refuses.
    """
    ### BEGIN SOLUTION
    blocks = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3), 50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}
    depth, num_stages = backbone.get("depth"), backbone.get("num_stages", 4)
    strides, dilations = backbone.get("strides", (1, 2, 2, 2)), backbone.get("dilations", (1, 1, 1, 1))
    if backbone.get("type") not in ("ResNet", "ResNetV1c", "ResNetV1d") or depth not in blocks or num_stages not in range(1, 5):
        raise ValueError(f"no such backbone: {backbone}")
    if len(strides) != num_stages or len(dilations) != num_stages or min(strides) < 1:
        raise ValueError(f"{num_stages} stages need as many strides and dilations, each at least 1")
    grids = [None] * (num_stages - 1) + [backbone.get("multi_grid")]
    contract = backbone.get("contract_dilation", False)
    return [block_dilations(count, dilation, contract, grid) for count, dilation, grid in zip(blocks[depth], dilations, grids)]
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_dilation_plan", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
check(dilation_plan)

# %% [markdown]
# Now the sentence from the beginning: "contract_dilation=True turns (1, 2, 4, 8) into (1, 1, 2, 4)". Of the 16 blocks of a ResNet-50 with
# these dilations, how many have another rate with the switch than without?

# %%
predict("blocks of 16 that contract_dilation changes, dilations (1, 2, 4, 8)", ...)

# %%
config = dict(type="ResNetV1c", depth=50, dilations=(1, 2, 4, 8), strides=(1, 1, 1, 1))
plain, contracted = (dilation_plan(config | {"contract_dilation": contract}) for contract in (False, True))
for name, plan in (("False", plain), ("True", contracted)):
    print(f"contract_dilation={name}: {plan}")
print("first blocks:", [stage[0] for stage in contracted])
tables = {"contract_dilation=False": plain, "contract_dilation=True (framed: another rate than above)": contracted}
show(block_tables(tables), alt=block_tables_alt(tables))
changed = sum(one != other for before, after in zip(plain, contracted, strict=True) for one, other in zip(before, after, strict=True))
reveal("blocks of 16 that contract_dilation changes, dilations (1, 2, 4, 8)", changed)

# %% [markdown]
# The largest rate stays 8; what becomes (1, 1, 2, 4) is the list of the first blocks.
#
# ## 9. Your own tests
#
# `examples` gets a function with the signature of `block_dilations`. It must return for a correct one, and raise an `AssertionError` for a
# wrong one. These are the mistakes:
#
# - *which block*: all halved, the last one, none whatever the flag says, or always; growing from block to block;
# - *how much*: rounded up, 1 taken away, always down to 1, a dilation of 1 that becomes 0, a table that knows 2 and 4 only;
# - *how many*: one block more; a single block that is left alone;
# - *`multi_grid`*: multiplied by the dilation, contracted, ignored, used for the first block only; all of it where it is too long, or its
#   end; filled up where it is too short; an empty one taken for none;
# - *the form*: a tuple, a missing `ValueError`.
#
# ### Exercise: examples
#
# difficulty 2/5 · about 8 minutes · 3 points · further

# %% nbgrader={"grade": false, "grade_id": "examples", "locked": false, "schema_version": 3, "solution": true, "task": false}
def examples(block_dilations) -> None:
    """Returns if the given implementation of `block_dilations` is correct, as far as a few examples can tell.

    Raises:
        AssertionError: an example does not come out as it should.
    """
    ### BEGIN SOLUTION
    due = {(3, 4, True): [2, 4, 4], (3, 4, False): [4, 4, 4], (3, 1, True): [1, 1, 1], (1, 8, True): [4], (2, 8, True): [4, 8],
           (2, 3, True): [1, 3], (4, 5, True): [2, 5, 5, 5], (6, 2, True): [1, 2, 2, 2, 2, 2], (1, 1, False): [1], (2, 6, True): [3, 6],
           (3, 4, True, (1, 2, 4)): [1, 2, 4], (3, 2, False, (1, 2, 4)): [1, 2, 4], (2, 4, True, (6, 2, 5)): [6, 2],
           (2, 2, True, (4, 2)): [4, 2], (3, 1, False, (2, 2, 2, 9)): [2, 2, 2]}
    for args, expected in due.items():
        rates = block_dilations(*args)
        assert type(rates) is list and rates == expected, f"block_dilations{args} is {rates}, not {expected}"
        assert all(type(rate) is int for rate in rates), f"block_dilations{args} holds something else than ints"
    for args in ((0, 2, True), (-1, 2, False), (3, 0, True), (3, -2, False), (3, 2, True, (1, 2)), (2, 2, True, (0, 1)), (2, 2, True, (1, 0)), (2, 2, True, ())):
        try:
            block_dilations(*args)
        except ValueError:
            continue
        raise AssertionError(f"block_dilations{args} makes no sense")
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_examples", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
check(examples)

# %% [markdown]
# Try them on your own function, and on the common explanation:

# %%
def halves_everything(num_blocks: int, dilation: int, contract: bool, multi_grid: tuple[int, ...] | None = None) -> list[int]:
    """Wrong on purpose."""
    return list(multi_grid or [max(dilation // 2, 1) if contract else dilation] * num_blocks)[:num_blocks]


for candidate in (block_dilations, halves_everything):
    try:
        examples(candidate)
        print(f"{candidate.__name__} is accepted")
    except AssertionError as reason:
        print(f"{candidate.__name__} is rejected: {reason}")

# %% [markdown]
# ## Summary
#
# - With `contract_dilation=True` the first block of each stage gets half of the stage's dilation; all other blocks get the whole.
# - The layer that had the stride reads what it always read. Only what comes after it lives on a finer grid, and needs the rate.
# - So the dense network equals the strided one at every second (fourth, …) pixel, weights and statistics being the same. Without
#   contraction it doesn't. The sizes, the state dict and the cost are the same either way, so nobody tells.
# - Removed strides accumulate: (1, 2, 2, 2) at an output stride of 8 gives the dilations (1, 1, 2, 4).
# - `multi_grid` is taken literally, in the last stage, and switches contraction off there.
# - A test of two networks needs random statistics and weights; on fresh ones it may not be able to fail.

# %% [markdown]
# ## What public material gets wrong about it
#
# - *"It turns the rates (1, 2, 4, 8) into (1, 1, 2, 4)."* Those are the rates of first blocks. 13 of the 16 blocks of a ResNet-50 keep
#   theirs.
# - *"It is a cure for gridding."* It does fill some holes (lesson 2 measured which). But half of a rate is exact for another reason: the
#   conversion of a strided network.
# - *"With it, every dense ResNet equals the strided one."* Bottleneck networks do. With the basic blocks of ResNet-18 and 34,
#   mmsegmentation leaves the second 3 × 3 of each block at rate 1.
# - *"It belongs to ResNetV1c."* V1c is a stem. ResNet and V1d take the setting as well, and its default is False everywhere.
# - *"A larger receptive field is better, so leave it off."* The weights were trained for the smaller one.
# - *"`multi_grid=(1, 2, 4)` multiplies the stage's dilation"*, as in the DeepLab v3 paper. In mmsegmentation it replaces it.

# %% [markdown]
# ## References
#
# - Long, Shelhamer and Darrell, *Fully Convolutional Networks for Semantic Segmentation*, 2015,
#   [arXiv:1411.4038](https://arxiv.org/abs/1411.4038), section 3.2.
# - Chen et al., *Rethinking Atrous Convolution for Semantic Image Segmentation*, 2017, [arXiv:1706.05587](https://arxiv.org/abs/1706.05587).
# - He et al., *Bag of Tricks for Image Classification with Convolutional Neural Networks*, 2019,
#   [arXiv:1812.01187](https://arxiv.org/abs/1812.01187).
# - mmsegmentation, [res_layer.py](https://github.com/open-mmlab/mmsegmentation/blob/main/mmseg/models/utils/res_layer.py) and
#   [resnet.py](https://github.com/open-mmlab/mmsegmentation/blob/main/mmseg/models/backbones/resnet.py).

# %%
progress()
