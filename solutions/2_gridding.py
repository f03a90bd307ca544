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
# # Lesson 2: The gridding effect
#
# Dilated layers in a row can miss pixels that lie well inside their receptive field, and neighbouring outputs can see pictures that
# have no pixel in common. In this lesson you measure that, find out exactly when it happens, and test a rule that is much quoted
# against the truth.
#
# About an hour; with the exercises marked *further*, which nothing else needs, about two hours and a quarter. You need: lesson 1, in
# particular what a dilated kernel reads and what the receptive field of a stack is; Python lists and sets.
#
# Contents: which pixels a stack reads · in how many ways · the share of the box · what neighbours share · the stack as separate
# networks · what passes through · when there are no holes · the HDC rule · the widest stack · your own tests · summary.

# %% [markdown]
# ## What you will be able to do
#
# - compute which pixels a stack of dilated layers reads, in how many ways, and how much two outputs have in common;
# - show that rates with a common factor split a network into networks that never talk to each other;
# - decide for any stack, in one pass over its rates, whether it leaves holes;
# - say when the HDC rule is right, and give a stack on which it is wrong.

# %% [markdown]
# ## Why it matters
#
# These are two ways to configure the same network in mmsegmentation:
#
# ```python
# backbone = dict(type='ResNetV1c', depth=50, dilations=(1, 1, 2, 4), strides=(1, 2, 1, 1), contract_dilation=False)
# backbone = dict(type='ResNetV1c', depth=50, dilations=(1, 1, 2, 4), strides=(1, 2, 1, 1), contract_dilation=True)
# ```
#
# The last two stages of the first have 3 × 3 layers with the rates 2, 2, 2, 2, 2, 2, 4, 4, 4. Those of the second have
# 1, 2, 2, 2, 2, 2, 2, 4, 4. The sizes of all tensors are the same, and so is the number of weights. But many of the features that an output
# of the first could see are never read, and its neighbours read other ones. After this lesson you can tell that from the nine numbers.

# %% [markdown]
# ## Setting up
#
# Run these two cells first. Everything runs on this computer; nothing is sent anywhere.

# %% nbgrader={"grade": false, "grade_id": "setup", "locked": true, "schema_version": 3, "solution": false, "task": false}
import math
from collections.abc import Sequence
from itertools import permutations, product

import torch
import torch.nn.functional as F
from torch import Tensor

# %% nbgrader={"grade": false, "grade_id": "tools", "locked": true, "schema_version": 3, "solution": false, "task": false}
from autograder import check, hint, predict, progress, reveal
from autograder.pictures import gains, offset_rows, offset_rows_alt, phase_tiles, show, stack_alt, stack_taps

# %% [markdown]
# An exercise works as in lesson 1: complete the function, run its cell, run the check below it. `hint("reachable_offsets")`, in a
# cell of its own, gives a hint; asked again after the next attempt, it goes one step further. Where a guess is asked for, put a
# number in the place of the `...`. Here too, every function keeps its parameters' names, leaves its arguments as they were, draws no
# random numbers, and remembers nothing.
#
# In this lesson a **stack** is the list of its layers' dilation rates, such as `[1, 2, 5]`. All its kernels have the same odd size
# $k$, and all strides are 1. Its receptive field is $1 + (k - 1) \sum_i r_i$ pixels wide.

# %% [markdown]
# ## 1. Which pixels a stack reads
#
# Follow one path from an output back to the image. In each layer it takes one tap, and a tap of a layer with rate $r$ moves it by a
# multiple of $r$: by $-r$, $0$ or $r$ if there are 3 taps. The offset at which it ends is the *sum* of these steps. So the set of
# offsets that an output reads along one axis is the set of all sums
#
# $$S = \{\, t_1 r_1 + t_2 r_2 + \dots + t_n r_n \;:\; -\tfrac{k-1}{2} \le t_i \le \tfrac{k-1}{2} \,\}.$$
#
# Columns work like rows: a pixel is read if its row offset *and* its column offset are in $S$.

# %%
rows = {"rate 2 alone": [-2, 0, 2], "rate 3 alone": [-3, 0, 3], "both layers": [-5, -3, -2, -1, 0, 1, 2, 3, 5]}
show(offset_rows(rows), alt=offset_rows_alt(rows) + " Hatched in the row of both layers, because never read: -4 and 4.")

# %% [markdown]
# Two layers with rates 2 and 3 miss the offsets −4 and 4, although 2 and 3 have no common factor. Which sum would be 4? There is
# none: $3 + 2 = 5$, $3 + 0 = 3$.
#
# ### Exercise: reachable_offsets
#
# difficulty 2/5 · about 8 minutes · 2 points
#
# Three layers have 27 paths, which could be listed. Forty have $3^{40}$. Go layer by layer, and forget how an offset was reached.

# %% nbgrader={"grade": false, "grade_id": "reachable_offsets", "locked": false, "schema_version": 3, "solution": true, "task": false}
def reachable_offsets(rates: Sequence[int], kernel_size: int = 3) -> Tensor:
    """The offsets, relative to the output's own position, that one output of a stack reads along one axis.

    reachable_offsets([2, 3]) is [-5, -3, -2, -1, 0, 1, 2, 3, 5]. Without layers it is [0].

    Args:
        rates: the dilation rate of each layer.
        kernel_size: the number of taps of each layer, odd.

    Returns:
        The offsets, each once, ascending: (n,), int64.

    Raises:
        ValueError: a rate < 1, or a kernel_size that is even or < 1.
    """
    ### BEGIN SOLUTION
    if min(rates, default=1) < 1 or kernel_size < 1 or kernel_size % 2 == 0:
        raise ValueError(f"rates {list(rates)} must be at least 1, and kernel_size {kernel_size} odd")
    taps = torch.arange(kernel_size) - kernel_size // 2
    offsets = torch.zeros(1, dtype=torch.int64)
    for rate in rates:
        offsets = (offsets[:, None] + rate * taps).unique()
    return offsets
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_reachable_offsets", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check(reachable_offsets)

# %% [markdown]
# ### Rates 2, 2, 2
#
# Three layers with rate 2 have a receptive field of 13 × 13 = 169 pixels. How many of them does one output read?

# %%
predict("pixels of 13 x 13 that an output reads through three layers with rate 2", ...)

# %% [markdown]
# The measurement asks autograd: with all weights 1, an output depends on a pixel exactly where its gradient is not zero.

# %%
def paths_by_gradient(*rates: int, kernel_size: int = 3) -> Tensor:
    """In how many ways each pixel of the receptive field reaches the output: the gradient through layers of ones."""
    side = 1 + (kernel_size - 1) * sum(rates)
    image = torch.zeros(1, 1, side, side, dtype=torch.float64, requires_grad=True)
    features = image
    for rate in rates:
        features = F.conv2d(features, torch.ones(1, 1, kernel_size, kernel_size, dtype=torch.float64), dilation=rate)
    return torch.autograd.grad(features.sum(), image)[0][0, 0]


measured = int(paths_by_gradient(2, 2, 2).count_nonzero())
print(f"along one axis: {reachable_offsets([2, 2, 2]).tolist()}")
reveal("pixels of 13 x 13 that an output reads through three layers with rate 2", measured)

# %% [markdown]
# Nothing but even offsets: 7 of 13 along an axis, 49 of 169 in the image. The other pixels are **holes**. The order of the layers
# changes nothing, because the order of the terms doesn't change a sum:

# %%
for order in permutations([1, 2, 9]):
    offsets = reachable_offsets(order).tolist()
    print(order, "misses", [offset for offset in range(-12, 13) if offset not in offsets])

# %% [markdown]
# ## 2. In how many ways
#
# A pixel that is read may be read through one path or through many, and with weights of similar size many paths weigh more than
# one. Along one axis the number of paths grows layer by layer like this, for the rates 1, then 2, and 3 taps:
#
# | after | −3 | −2 | −1 | 0 | 1 | 2 | 3 |
# | --- | --- | --- | --- | --- | --- | --- | --- |
# | no layer | | | | 1 | | | |
# | rate 1 | | | 1 | 1 | 1 | | |
# | rate 2 | 1 | 1 | 2 | 1 | 2 | 1 | 1 |
#
# The last row is the sum of three copies of the row above, shifted by −2, 0 and 2. A path in the image is one along the rows and
# one along the columns, so the number of paths to a pixel is the product of two such counts.
#
# ### Exercise: path_counts
#
# difficulty 3/5 · about 12 minutes · 3 points
#
# The counts get large: a float32 is exact up to $2^{24}$ and a float64 up to $2^{53}$. Results up to $2^{63} - 1$ have to be exact.

# %% nbgrader={"grade": false, "grade_id": "path_counts", "locked": false, "schema_version": 3, "solution": true, "task": false}
def path_counts(rates: Sequence[int], kernel_size: int = 3) -> Tensor:
    """In how many ways each pixel of the receptive field reaches the output.

    path_counts([1, 1]) is 9 in the middle, 1 in the corners, and sums to 81.

    Args:
        rates: the dilation rate of each layer.
        kernel_size: the number of taps of each layer along one axis, odd.

    Returns:
        (rf, rf), int64, with rf = 1 + (kernel_size - 1) * sum(rates). Exact as long as every count fits into int64.

    Raises:
        ValueError: a rate < 1, or a kernel_size that is even or < 1.
    """
    ### BEGIN SOLUTION
    reachable_offsets([], kernel_size)
    line = torch.ones(1, dtype=torch.int64)
    for rate in rates:
        if rate < 1:
            raise ValueError(f"a rate is at least 1, not {rate}")
        size = len(line)
        wider = line.new_zeros(size + rate * (kernel_size - 1))
        for tap in range(kernel_size):
            wider[tap * rate : tap * rate + size] += line
        line = wider
    return torch.outer(line, line)
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_path_counts", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
check(path_counts)

# %%
stacks = [[2, 2, 2], [1, 2, 3]]
show(stack_taps(stacks), alt=stack_alt(stacks) + " In the first map only every second row and column is read; holes are hatched.")

# %% [markdown]
# Both stacks have a receptive field of 13 × 13 and 27 paths along an axis. The first wastes its paths on the same 7 places, with 49
# ways to the middle pixel. The second reads everything.
#
# Full is not the same as even. In how many ways does the most often read pixel of the rates 1, 2, 4 reach the output, if the corner
# does in one way? And of the rates 1, 3, 9?

# %%
predict("paths to the most often read pixel, rates 1, 2, 4", ...)

# %%
predict("paths to the most often read pixel, rates 1, 3, 9", ...)

# %%
for rates in ([1, 2, 4], [1, 3, 9]):
    counts = path_counts(rates)
    assert torch.equal(counts.double(), paths_by_gradient(*rates))
    print(f"rates {rates}: {tuple(counts.shape)}, from {counts.min()} to {counts.max()} paths a pixel")
reveal("paths to the most often read pixel, rates 1, 2, 4", path_counts([1, 2, 4]).max())
reveal("paths to the most often read pixel, rates 1, 3, 9", path_counts([1, 3, 9]).max())

# %% [markdown]
# With the rates 1, 3, 9 there are 27 paths along an axis for 27 pixels, and each gets exactly one. Section 8 comes back to it.

# %% [markdown]
# ## 3. The share of the box
#
# ### Exercise: coverage
#
# difficulty 1/5 · about 5 minutes · 1 point
#
# Careful: a share along one axis is not a share of the image.

# %% nbgrader={"grade": false, "grade_id": "coverage", "locked": false, "schema_version": 3, "solution": true, "task": false}
def coverage(rates: Sequence[int], kernel_size: int = 3) -> float:
    """Which share of its square receptive field a stack reads, from 0 to 1.

    coverage([2]) is 0.36, which is 9 of 25 pixels.

    Raises:
        ValueError: a rate < 1, or a kernel_size that is even or < 1.
    """
    ### BEGIN SOLUTION
    along_one_axis = len(reachable_offsets(rates, kernel_size)) / (1 + (kernel_size - 1) * sum(rates))
    return along_one_axis**2
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_coverage", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
check(coverage)

# %% [markdown]
# Back to the two networks from the beginning. Which percentage of its box does the first one read, in its last two stages?

# %%
predict("percent of the box that rates 2, 2, 2, 2, 2, 2, 4, 4, 4 read", ...)

# %%
plain, contracted = [2] * 6 + [4] * 3, [1] + [2] * 5 + [2, 4, 4]
for name, rates in (("contract_dilation=False", plain), ("contract_dilation=True", contracted)):
    print(f"{name}: {1 + 2 * sum(rates)} pixels wide, {coverage(rates):.1%} read")
reveal("percent of the box that rates 2, 2, 2, 2, 2, 2, 4, 4, 4 read", 100 * coverage(plain))

# %% [markdown]
# One number in each stage decides. A last stage by itself is worse still: 4, 4, 4 reads 49 of 625 pixels. But the holes belong to
# the features that enter these two stages. The stages before them have ordinary 3 × 3 layers with rate 1, which fill the holes when
# the *image* is looked at:

# %%
print(f"4, 4, 4: {coverage([4, 4, 4]):.1%}")
print(f"one ordinary layer before all of them: {coverage([1, *plain]):.1%}")

# %% [markdown]
# So a plot of the receptive field on the image shows nothing wrong. What is wrong shows when two neighbouring outputs are compared.

# %% [markdown]
# ## 4. What neighbours share
#
# The output one pixel further on reads the same pattern one pixel further on. In a segmentation map, neighbours usually belong to
# the same object. They should look at nearly the same pixels.
#
# ### Exercise: shared_inputs
#
# difficulty 2/5 · about 6 minutes · 1 point · further

# %% nbgrader={"grade": false, "grade_id": "shared_inputs", "locked": false, "schema_version": 3, "solution": true, "task": false}
def shared_inputs(rates: Sequence[int], shift: int, kernel_size: int = 3) -> float:
    """Which share of its inputs an output has in common with the output ``shift`` pixels further on, along one axis.

    shared_inputs([1], 1) is 2/3: of the offsets -1, 0, 1 the neighbour reads 0 and 1 as well. A shift of 0 gives 1.0.

    Args:
        rates: the dilation rate of each layer.
        shift: how far apart the outputs are, in pixels; of either sign.
        kernel_size: the number of taps of each layer, odd.

    Returns:
        The number of offsets in both patterns, divided by the number of offsets in one.

    Raises:
        ValueError: a rate < 1, or a kernel_size that is even or < 1.
    """
    ### BEGIN SOLUTION
    offsets = reachable_offsets(rates, kernel_size)
    return torch.isin(offsets + shift, offsets).double().mean().item()
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_shared_inputs", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
check(shared_inputs)

# %% [markdown]
# Which percentage of the features does an output of the first network share with its direct neighbour? Its box is 49 wide.

# %%
predict("percent of its inputs that an output shares with its neighbour, contract_dilation=False", ...)

# %%
for name, rates in (("contract_dilation=False", plain), ("contract_dilation=True", contracted)):
    print(f"{name}: {shared_inputs(rates, 1):.1%} shared with the neighbour, {shared_inputs(rates, 2):.1%} with the next but one")
reveal("percent of its inputs that an output shares with its neighbour, contract_dilation=False", 100 * shared_inputs(plain, 1))

rows = {f"output {shift} of rates 2, 2, 2": (reachable_offsets([2, 2, 2]) + shift).tolist() for shift in (0, 1)}
rows |= {f"output {shift} of rates 1, 2, 3": (reachable_offsets([1, 2, 3]) + shift).tolist() for shift in (0, 1)}
show(offset_rows(rows), alt=offset_rows_alt(rows) + " The two outputs of rates 2, 2, 2 read every second pixel, one the even and one "
     "the odd ones, and share none. The two of rates 1, 2, 3 share 12 of 13.")

# %% [markdown]
# Neighbours share nothing, and the next but one shares nearly everything. The output falls apart into two interleaved pictures along
# each axis. If they disagree a little, the map shows a grid: this is where **gridding** has its name from.
#
# Does a residual connection help? An identity path adds the offset 0, which the middle tap has already. The set stays as it is.
# Does training help? It changes weights, but not which pixels are connected.

# %% [markdown]
# ## 5. One stack, four networks
#
# Lesson 1 showed a dilated convolution as ordinary ones on the **phases** of the image. Here it becomes the explanation. If all
# rates of a stack are multiples of $g$, no path ever leaves its phase: the stack *is* $g \cdot g$ networks that share their weights
# and never exchange a number.

# %%
show(
    phase_tiles(8, 2),
    alt="Left, an 8 by 8 image whose pixels carry the letters A to D in a repeating 2 by 2 pattern. Right, the same pixels gathered "
    "by letter into four 4 by 4 images: the four phases, of which each is convolved by itself.",
)

# %% [markdown]
# Written down as a specification, slow but hard to get wrong: each output belongs to the phase of its row and column, and reads its
# neighbours there.

# %%
def slow_phase_conv(image: Tensor, kernel: Tensor, dilation: int) -> Tensor:
    """The definition for one channel, output by output: image (H, W), kernel (k, k) with odd k -> (H, W)."""
    result, half = torch.zeros_like(image), kernel.shape[0] // 2
    for row in range(image.shape[0]):
        for column in range(image.shape[1]):
            phase = image[row % dilation :: dilation, column % dilation :: dilation]
            padded = F.pad(phase, (half, half, half, half))
            top, left = row // dilation, column // dilation
            result[row, column] = (kernel * padded[top : top + 2 * half + 1, left : left + 2 * half + 1]).sum()
    return result

# %% [markdown]
# ### Exercise: phase_conv2d
#
# difficulty 4/5 · about 18 minutes · 5 points · further
#
# The steps: for each of the d · d **phases**, **slice** it out with a step · **convolve** it, with a padding that fits the phase ·
# **write** it back with the same slice.
#
# `F.conv2d` and `nn.Conv2d` are allowed, with dilation 1 only; any operation with another dilation is forbidden in this function.
# The number of operations may grow with the dilation, but not with the height or width of the image. The dilation may be larger than
# the image.

# %% nbgrader={"grade": false, "grade_id": "phase_conv2d", "locked": false, "schema_version": 3, "solution": true, "task": false}
def phase_conv2d(x: Tensor, weight: Tensor, dilation: int) -> Tensor:
    """Dilated convolution with stride 1, zero padding and the size of ``x``, computed by ordinary convolutions on phases.

    Args:
        x: (N, C, H, W), the images; H and W at least 1.
        weight: (O, C, kh, kw), with odd kh and kw.
        dilation: the distance between taps along both axes, in pixels.

    Returns:
        (N, O, H, W), with the dtype and on the device of ``x``.

    Raises:
        ValueError: x or weight has not four axes; their channels differ; kh or kw is even; dilation < 1.
    """
    ### BEGIN SOLUTION
    if x.dim() != 4 or weight.dim() != 4 or x.shape[1] != weight.shape[1]:
        raise ValueError(f"x {tuple(x.shape)} and weight {tuple(weight.shape)} must be (N, C, H, W) and (O, C, kh, kw)")
    kh, kw = weight.shape[2:]
    if dilation < 1 or kh % 2 == 0 or kw % 2 == 0:
        raise ValueError(f"dilation {dilation} must be at least 1, and the kernel {kh} x {kw} odd")
    y = x.new_zeros(x.shape[0], weight.shape[0], *x.shape[2:])
    for top in range(min(dilation, x.shape[2])):
        for left in range(min(dilation, x.shape[3])):
            phase = x[:, :, top::dilation, left::dilation]
            y[:, :, top::dilation, left::dilation] = F.conv2d(phase, weight, padding=(kh // 2, kw // 2))
    return y
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_phase_conv2d", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
check(phase_conv2d)

# %%
generator = torch.Generator().manual_seed(0)
x = torch.randn(1, 1, 11, 13, generator=generator, dtype=torch.float64)
weight = torch.randn(1, 1, 3, 3, generator=generator, dtype=torch.float64)
for dilation in (2, 3, 12):
    dilated = F.conv2d(x, weight, padding=dilation, dilation=dilation)
    slow = slow_phase_conv(x[0, 0], weight[0, 0], dilation)
    print(f"dilation {dilation}: phases against F.conv2d {(phase_conv2d(x, weight, dilation) - dilated).abs().max():.1e}, "
          f"against the slow definition {(phase_conv2d(x, weight, dilation)[0, 0] - slow).abs().max():.1e}")

# %% [markdown]
# That the phases of a stack never talk is stronger than any picture. Take a network of three layers with the rates 2, 4, 8 and ReLUs
# between them, and change *every* pixel whose row or column is odd. How many of the outputs in even rows and even columns change?

# %%
predict("outputs in even rows and columns that change with all other pixels, rates 2, 4, 8", ...)

# %%
generator = torch.Generator().manual_seed(1)
weights = [torch.randn(4, channels, 3, 3, generator=generator, dtype=torch.float64) for channels in (1, 4, 4)]


def network(image: Tensor, rates: Sequence[int]) -> Tensor:
    """Three layers of 3 x 3 with ReLUs, with the size of the image: (H, W) -> (4, H, W)."""
    features = image[None, None]
    for kernel, rate in zip(weights, rates, strict=True):
        features = F.conv2d(features, kernel, padding=rate, dilation=rate).relu()
    return features[0]


image = torch.randn(32, 32, generator=generator, dtype=torch.float64)
other = torch.randn(32, 32, generator=generator, dtype=torch.float64)
other[::2, ::2] = image[::2, ::2]
for rates in ([2, 4, 8], [1, 2, 4]):
    changed = (network(image, rates) != network(other, rates))[:, ::2, ::2].any(0).sum()
    print(f"rates {rates}: {changed} of {16 * 16} outputs in even rows and columns change")
changed = (network(image, [2, 4, 8]) != network(other, [2, 4, 8]))[:, ::2, ::2].any(0).sum()
reveal("outputs in even rows and columns that change with all other pixels, rates 2, 4, 8", changed)

# %% [markdown]
# Three quarters of the image were replaced, and a quarter of the outputs did not change by a single bit.

# %% [markdown]
# ## 6. What passes through
#
# Gridding can be heard, so to speak. The finest pattern that an image can hold is a checkerboard of +1 and −1. A smoothing layer
# should remove it. Send one through three layers that each average their nine taps. Which amplitude is left after the rates 2, 2, 2?
# And after 1, 2, 3?

# %%
predict("amplitude of a checkerboard of 1 and -1 after averaging with rates 2, 2, 2", ...)

# %%
predict("amplitude of a checkerboard of 1 and -1 after averaging with rates 1, 2, 3", ...)

# %%
def left_of_checkerboard(rates: Sequence[int]) -> float:
    """The amplitude in the middle of a large checkerboard after layers that average 3 x 3 taps."""
    places = torch.arange(65)
    board = (1.0 - 2 * ((places[:, None] + places) % 2)).double()[None, None]
    for rate in rates:
        board = F.conv2d(board, torch.full((1, 1, 3, 3), 1 / 9, dtype=torch.float64), dilation=rate)
    return board.abs().max().item()


for rates in ([2, 2, 2], [2, 4, 8], [1, 2, 3], [1, 2, 4], [1, 3, 9]):
    print(f"rates {rates}: {left_of_checkerboard(rates):.4f}")
reveal("amplitude of a checkerboard of 1 and -1 after averaging with rates 2, 2, 2", left_of_checkerboard([2, 2, 2]))
reveal("amplitude of a checkerboard of 1 and -1 after averaging with rates 1, 2, 3", left_of_checkerboard([1, 2, 3]))

# %%
stacks = {"2, 2, 2": [2, 2, 2], "1, 2, 3": [1, 2, 3], "1, 2, 4": [1, 2, 4], "1, 3, 9": [1, 3, 9]}
show(
    gains(stacks),
    alt="The gain of four stacks of averaging layers against the frequency along one axis, from 0 to half a cycle for each pixel. "
    "All start at 1. Rates 2, 2, 2 return to 1 at the finest frequency, as if nothing had been averaged. There 1, 2, 4 lets 1/3 "
    "through, 1, 2, 3 lets 1/9 through, and 1, 3, 9 lets 1/27 through.",
)

# %% [markdown]
# A layer with an even rate reads squares of one colour only, so its average is the checkerboard itself. Each odd rate leaves a third
# along each axis. In a stack without holes such as 1, 2, 4, where a single rate is odd, a ripple is left as well: that no pixel is missed
# doesn't mean that all count alike.

# %% [markdown]
# ## 7. When there are no holes
#
# Three rules of thumb are in use. You have the functions to test each of them:
#
# - *the rates have no common factor*;
# - *the rates are all different*;
# - *there are at least as many paths as pixels*.
#
# How many of the $12^3 = 1728$ stacks of three rates from 1 to 12 have rates without a common factor, and holes nevertheless?

# %%
predict("stacks of three rates from 1 to 12 without a common factor that have holes", ...)

# %%
def reads_all(rates: Sequence[int], kernel_size: int = 3) -> bool:
    """The definition: as many offsets as the receptive field is wide."""
    return len(reachable_offsets(rates, kernel_size)) == 1 + (kernel_size - 1) * sum(rates)


triples = {rates: reads_all(rates) for rates in product(range(1, 13), repeat=3)}
rules = {
    "no common factor": lambda rates: math.gcd(*rates) == 1,
    "all different": lambda rates: len(set(rates)) == len(rates),
    "enough paths": lambda rates: 3 ** len(rates) >= 1 + 2 * sum(rates),
}
for name, rule in rules.items():
    overlooked = [rates for rates, full in triples.items() if rule(rates) and not full]
    alarms = [rates for rates, full in triples.items() if full and not rule(rates)]
    print(f"{name}: {len(overlooked)} with holes are passed, such as {overlooked[:2]}; {len(alarms)} without are rejected")
coprime = sum(math.gcd(*rates) == 1 and not full for rates, full in triples.items())
reveal("stacks of three rates from 1 to 12 without a common factor that have holes", coprime)

# %% [markdown]
# A common factor is a sure sign of holes. Its absence says little.
#
# The exact answer is not harder, if the layers are taken from the smallest rate to the largest. Suppose that the layers so far read
# an unbroken row of $w$ pixels. A layer with rate $r$ slides that row to $k$ places, $r$ apart:

# %%
rows = {name: reachable_offsets(rates).tolist()
        for name, rates in {"no layer": [], "rate 1": [1], "1, 3": [1, 3], "1, 3, 9": [1, 3, 9], "1, 3, 10": [1, 3, 10]}.items()}
show(offset_rows(rows), alt=offset_rows_alt(rows) + " Rate 9 puts three rows of 9 pixels side by side. With rate 10 there is a hole "
     "of one pixel between them, at -5 and at 5.")

# %% [markdown]
# The copies touch or overlap as long as $r$ is not larger than what? And how wide is the row afterwards? Before any layer, $w = 1$.
#
# When a rate is too large for the row so far, can a later, still larger one fill the hole? Count from the left end of the receptive
# field, so that the taps of a layer add $0, r, 2r, \dots$ The row so far is the pixels $0$ to $w - 1$. A path to pixel $w$ would have
# to use a later layer, and each step of those is longer than $w$. So the hole stays, and the first rate that doesn't fit decides.
#
# ### Exercise: is_hole_free
#
# difficulty 4/5 · about 18 minutes · 5 points
#
# One pass over the sorted rates does. The checks ask for 200 layers and for rates up to $3^{199}$: no list of offsets can hold
# that, and no float. Python's own whole numbers are exact at any size.

# %% nbgrader={"grade": false, "grade_id": "is_hole_free", "locked": false, "schema_version": 3, "solution": true, "task": false}
def is_hole_free(rates: Sequence[int], kernel_size: int = 3) -> bool:
    """Whether an output of a stack reads every pixel of its receptive field. The rates may be in any order.

    is_hole_free([2, 1]) is True and is_hole_free([2, 3]) is False. No layers, or kernels of a single tap, have a receptive field of
    one pixel, and leave no holes.

    Args:
        rates: the dilation rate of each layer, of any size.
        kernel_size: the number of taps of each layer, odd.

    Raises:
        ValueError: a rate < 1, or a kernel_size that is even or < 1.
    """
    ### BEGIN SOLUTION
    if min(rates, default=1) < 1 or kernel_size < 1 or kernel_size % 2 == 0:
        raise ValueError("every rate must be at least 1, and kernel_size odd")
    if kernel_size == 1:
        return True
    width = 1
    for rate in sorted(rates):
        if rate > width:
            return False
        width += (kernel_size - 1) * rate
    return True
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_is_hole_free", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
check(is_hole_free)

# %%
agreed = sum(is_hole_free(rates) == full for rates, full in triples.items())
print(f"agrees with the definition on {agreed} of {len(triples)} stacks")
print("3 to the power of 0 to 199:", is_hole_free([3**layer for layer in range(200)]))

# %% [markdown]
# ## 8. The HDC rule
#
# The rule that is quoted most comes from Wang et al., who named the effect and proposed *hybrid dilated convolution* (HDC). For the
# rates $r_1, \dots, r_n$ of layers with $k \times k$ taps, it asks for the largest gap between two taps, from the last layer to the
# second:
#
# $$M_n = r_n, \qquad M_i = \max\,(M_{i+1} - 2 r_i,\; 2 r_i - M_{i+1},\; r_i),$$
#
# and wants $M_2 \le k$. In the paper, $k = 3$. Its own two examples:
#
# | rates | $M_3$ | $M_2$ | $M_2 \le 3$ |
# | --- | --- | --- | --- |
# | 1, 2, 5 | 5 | max(5 − 4, 4 − 5, 2) = 2 | yes |
# | 1, 2, 9 | 9 | max(9 − 4, 4 − 9, 2) = 5 | no |
#
# ### Exercise: hdc_max_gap
#
# difficulty 2/5 · about 8 minutes · 2 points

# %% nbgrader={"grade": false, "grade_id": "hdc_max_gap", "locked": false, "schema_version": 3, "solution": true, "task": false}
def hdc_max_gap(rates: Sequence[int]) -> int:
    """M_2 of the HDC rule, for the layers in the order given.

    hdc_max_gap([1, 2, 5]) is 2. For a single layer it is that layer's rate.

    Raises:
        ValueError: no rates at all, or a rate < 1.

    Source: Wang et al., Understanding Convolution for Semantic Segmentation, 2018, section 3.2.
    """
    ### BEGIN SOLUTION
    if not rates or min(rates) < 1:
        raise ValueError(f"the rule needs rates of at least 1, not {list(rates)}")
    gap = rates[-1]
    for rate in reversed(rates[1:-1]):
        gap = max(gap - 2 * rate, 2 * rate - gap, rate)
    return gap
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_hdc_max_gap", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check(hdc_max_gap)

# %% [markdown]
# The rule can be wrong in two ways: it can pass a stack that has holes, and reject one that has none. How many of the 1728 stacks of
# three rates from 1 to 12 with holes does it pass?

# %%
predict("stacks of three rates from 1 to 12 that have holes and pass the HDC rule", ...)

# %%
passed = {rates: hdc_max_gap(rates) <= 3 for rates in triples}
overlooked = sum(passed[rates] and not full for rates, full in triples.items())
alarms = sum(full and not passed[rates] for rates, full in triples.items())
print(f"with holes, and passed: {overlooked}; without, and rejected: {alarms}")
reveal("stacks of three rates from 1 to 12 that have holes and pass the HDC rule", overlooked)

for order in permutations([1, 2, 5]):
    print(f"{order}: M_2 = {hdc_max_gap(order)}, hole-free: {is_hole_free(order)}")
ascending = [rates for rates in triples if rates[0] == 1 and list(rates) == sorted(rates)]
wrong = sum(passed[rates] != triples[rates] for rates in ascending)
print(f"ascending from 1: wrong on {wrong} of {len(ascending)}")

# %% [markdown]
# The same three layers in another order read the same pixels, and the rule changes its mind. Ascending and starting with 1, it is
# exact; this is a premise that the rule doesn't state. Never looking at $r_1$, it can't know whether anybody reads offset 1.
#
# ### Exercise: hdc_counterexample
#
# difficulty 3/5 · about 8 minutes · 1 point · further
#
# Find one stack of two or more layers that the rule passes, with 3 taps and $M_2 \le 3$, and that has holes. Any will do. A search is
# a fine way to find it; return the rates.

# %% nbgrader={"grade": false, "grade_id": "hdc_counterexample", "locked": false, "schema_version": 3, "solution": true, "task": false}
def hdc_counterexample() -> list[int]:
    """Two or more rates whose M_2 is at most 3 although layers of 3 x 3 with these rates leave holes."""
    ### BEGIN SOLUTION
    return next(list(rates) for rates in product(range(1, 5), repeat=3) if hdc_max_gap(rates) <= 3 and not is_hole_free(rates))
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_hdc_counterexample", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
check(hdc_counterexample)

# %%
rates = hdc_counterexample()
print(f"{rates}: M_2 = {hdc_max_gap(rates)}, coverage {coverage(rates):.1%}")

# %% [markdown]
# ## 9. The widest stack
#
# How far can a stack of $n$ layers see without a hole? Rates 1, 2, 4, 8, … are the usual choice. With six layers of 3 taps they see
# 127 pixels. What is the most that six layers can see?

# %%
predict("widest receptive field of six hole-free layers of 3 taps", ...)

# %% [markdown]
# ### Exercise: widest_hole_free
#
# difficulty 3/5 · about 8 minutes · 2 points · further
#
# Take the largest rate that fits, at each step. The picture of section 7 shows which that is.

# %% nbgrader={"grade": false, "grade_id": "widest_hole_free", "locked": false, "schema_version": 3, "solution": true, "task": false}
def widest_hole_free(layers: int, kernel_size: int = 3) -> list[int]:
    """The rates of the stack of that many layers that leaves no hole and has the largest receptive field, ascending.

    widest_hole_free(2) is [1, 3]. No layers: [].

    Raises:
        ValueError: layers < 0, or a kernel_size that is even or < 3.
    """
    ### BEGIN SOLUTION
    if layers < 0 or kernel_size < 3 or kernel_size % 2 == 0:
        raise ValueError(f"no stack of {layers} layers with kernels of {kernel_size} taps")
    return [kernel_size**layer for layer in range(layers)]
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_widest_hole_free", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check(widest_hole_free)

# %%
widest = widest_hole_free(6)
print(f"rates {widest}: hole-free {is_hole_free(widest)}")
print(f"the last rate one larger: hole-free {is_hole_free([*widest[:-1], widest[-1] + 1])}")
print(f"1, 2, 4, 8, 16, 32: {1 + 2 * sum([1, 2, 4, 8, 16, 32])} pixels")
reveal("widest receptive field of six hole-free layers of 3 taps", 1 + 2 * sum(widest))

# %% [markdown]
# There are $3^n$ paths along an axis, so no stack can read more than $3^n$ pixels. The powers of 3 reach this bound: each whole
# number from $-\tfrac{3^n - 1}{2}$ to $\tfrac{3^n - 1}{2}$ is written in one way only with the digits −1, 0 and 1. It is a bound, not
# advice: with one path to each pixel, a single weight decides what becomes of it.

# %% [markdown]
# ## 10. Your own tests
#
# `examples` gets a function with the signature of `is_hole_free`. It must return for a correct one, and raise an `AssertionError` for
# a wrong one. The wrong ones follow rules of thumb: a common factor, factors of pairs, different rates, enough paths, HDC's rule, the
# order given, a rate of 1 somewhere, 3 taps whatever the kernel, one too many or one too few. Some compute with floats, or forget the
# empty stack or the `ValueError`.
#
# Which stack tells each of them from the truth? Whatever you have written above may be used.
#
# ### Exercise: examples
#
# difficulty 3/5 · about 12 minutes · 3 points · further

# %% nbgrader={"grade": false, "grade_id": "examples", "locked": false, "schema_version": 3, "solution": true, "task": false}
def examples(is_hole_free) -> None:
    """Returns if the given implementation of `is_hole_free` is correct, as far as a few examples can tell.

    Raises:
        AssertionError: an example does not come out as it should.
    """
    ### BEGIN SOLUTION
    for rates in product(range(1, 5), repeat=2):
        for kernel_size in (3, 5):
            full = len(reachable_offsets(rates, kernel_size)) == 1 + (kernel_size - 1) * sum(rates)
            assert is_hole_free(rates, kernel_size) == full, f"rates {rates} with {kernel_size} taps"
    for rates in ([], [1], [1, 3, 9], [1, 5, 2], [4, 4, 4, 1, 1], [1, 1, 5]):
        assert is_hole_free(rates), f"rates {rates} leave no holes"
    for rates in ([2], [1, 2, 9], [3, 4, 5], [7, 1, 1], [1, 2, 4, 16], [1, 2, 7, 23]):
        assert not is_hole_free(rates), f"rates {rates} leave holes"
    powers = [3**layer for layer in range(80)]
    assert is_hole_free(powers), "powers of 3 leave no holes"
    assert not is_hole_free([*powers[:-1], powers[-1] + 1]), "the last rate is 1 too large"
    assert is_hole_free([2, 9], 1), "a single tap leaves no holes"
    try:
        is_hole_free([1, 0])
    except ValueError:
        return
    raise AssertionError("a rate of 0 makes no sense")
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_examples", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
check(examples)

# %% [markdown]
# Try them on your own function, and on the rule of the common factor:

# %%
def no_common_factor(rates: Sequence[int], kernel_size: int = 3) -> bool:
    """Wrong on purpose."""
    return math.gcd(*rates) <= 1


for candidate in (is_hole_free, no_common_factor):
    try:
        examples(candidate)
        print(f"{candidate.__name__} is accepted")
    except AssertionError as reason:
        print(f"{candidate.__name__} is rejected: {reason}")

# %% [markdown]
# ## Summary
#
# - The offsets that a stack reads along an axis are the sums of one tap a layer. Their order doesn't matter; residual connections and
#   training change nothing.
# - The share of the image is the square of the share along an axis: 7 of 13 become 49 of 169.
# - Rates with a common factor $g$ make $g^2$ networks that never exchange a number. Direct neighbours share no input.
# - A stack is hole-free exactly if, with the rates sorted, each is at most $1 + (k - 1)$ times the sum of those before it.
# - $M_2 \le 3$ is that test in disguise for 3 taps, ascending rates and $r_1 = 1$. Without these premises it is wrong both ways.
# - Without holes, $n$ layers can see $k^n$ pixels, with the rates $1, k, k^2, \dots$; then each pixel is read through one path.

# %% [markdown]
# ## What public material gets wrong about it
#
# - *"$M_2 \le K$ guarantees that there are no holes."* Only for ascending rates that start with 1. (2, 2, 2), the example that the
#   [HDC paper](https://arxiv.org/abs/1702.08502) itself calls bad, passes it.
# - *"The rates must not share a factor."* The factor of all rates together counts: (1, 2, 4) reads everything, although 2 and 4 share a
#   factor. And none is not enough: (2, 3) and (3, 4, 5) have holes.
# - *"Half of the pixels are read"*, for rates 2, 2, 2. That is one axis; of the image it is 29 percent.
# - *"Residual connections fill the holes."* They add a path with offset 0, which the middle tap has already.
# - *"The network sees its whole receptive field, so there is no gridding."* On the image, perhaps. Look at the features that enter the
#   dilated stages, and at what neighbours share.
# - *"`contract_dilation` was made against gridding."* It does fill these holes. But its purpose is another, and lesson 3 is about it.

# %% [markdown]
# ## References
#
# - Wang et al., *Understanding Convolution for Semantic Segmentation*, 2018, [arXiv:1702.08502](https://arxiv.org/abs/1702.08502).
# - Yu, Koltun and Funkhouser, *Dilated Residual Networks*, 2017, [arXiv:1705.09914](https://arxiv.org/abs/1705.09914).
# - Wang and Ji, *Smoothed Dilated Convolutions for Improved Dense Prediction*, 2018,
#   [arXiv:1808.08931](https://arxiv.org/abs/1808.08931).
# - Hamaguchi et al., *Effective Use of Dilated Convolutions for Segmenting Small Object Instances in Remote Sensing Imagery*, 2018,
#   [arXiv:1709.00179](https://arxiv.org/abs/1709.00179).
# - mmsegmentation, [res_layer.py](https://github.com/open-mmlab/mmsegmentation/blob/main/mmseg/models/utils/res_layer.py).

# %%
progress()
