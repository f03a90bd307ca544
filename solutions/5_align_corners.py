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
# # Lesson 5: align_corners
#
# A segmentation network computes small maps and stretches them to the size of the image. There are two conventions for that, and one
# flag chooses between them. In this lesson you write both, find out what the flag moves and by how much, and see that neither value
# is the right one by itself: it depends on the network and on the size of the image.
#
# About an hour; with the exercises marked *further*, which nothing else needs, about an hour and three quarters. You need: lesson 1, in
# particular where a feature is centred; matrix products; what a gradient is.
#
# Contents: where an output reads · a resize is a matrix · two axes · where features look · the sizes of crops · labels · the warning ·
# your own tests · summary.

# %% [markdown]
# ## What you will be able to do
#
# - compute by hand what `F.interpolate` does in bilinear mode, for both values of `align_corners`;
# - say by how many pixels a network's logits are displaced, for any image size, stride and flag;
# - choose crop sizes at which nothing is displaced;
# - tell when a resize of labels, a mixture of flags or a warning is wrong.

# %% [markdown]
# ## Why it matters
#
# These lines are from two kinds of configs in mmsegmentation:
#
# ```python
# crop_size = (769, 769)
# model = dict(decode_head=dict(type='FCNHead', align_corners=True))
# ```
#
# ```python
# crop_size = (512, 1024)
# model = dict(decode_head=dict(type='FCNHead', align_corners=False))
# ```
#
# In version 1.2.2 all 88 configs that train on 769 × 769 crops say True, and nearly all others say False. The one pixel more, from
# 768 to 769, and the flag belong together. After this lesson you can say why, and what happens to those who change one of them alone.

# %% [markdown]
# ## Setting up
#
# Run these two cells first. Everything runs on this computer; nothing is sent anywhere.

# %% nbgrader={"grade": false, "grade_id": "setup", "locked": true, "schema_version": 3, "solution": false, "task": false}
from itertools import product

import torch
import torch.nn.functional as F
from torch import Tensor

# %% nbgrader={"grade": false, "grade_id": "tools", "locked": true, "schema_version": 3, "solution": false, "task": false}
from autograder import check, hint, predict, progress, reveal
from autograder.pictures import (
    both_reads,
    both_reads_alt,
    errors_along,
    errors_along_alt,
    label_maps,
    label_maps_alt,
    rulers,
    rulers_alt,
    show,
    weight_maps,
    weight_maps_alt,
)
from autograder.widgets import resize_explorer

# %% [markdown]
# An exercise works as in the other lessons: complete the function, run its cell, run the check below it.
# `hint("source_coordinates")`, in a cell of its own, gives a hint; asked again after the next attempt, it goes one step further. Where
# a guess is asked for, put a number in the place of the `...`. Every function keeps its parameters' names, leaves its arguments as
# they were, draws no random numbers, and remembers nothing from one call to the next.

# %% [markdown]
# ## 1. Where an output reads
#
# A resize goes through the *output* pixels and asks for each: where in the input do I read? The answer is a coordinate, which need
# not be a whole number. Input pixel $i$ is a square with its centre at coordinate $i$ and its edges at $i \pm \tfrac12$. The two
# conventions differ in what they put on top of each other:
#
# - `align_corners=True` takes the **centres** of the outermost pixels. The first output reads the centre of the first input pixel, the
#   last output the centre of the last one, and the others lie between them in even steps.
# - `align_corners=False` takes the **edges** of the whole image. From edge to edge there are $n_{in}$ input pixels and $n_{out}$ output
#   pixels, so an output pixel is $n_{in} / n_{out}$ wide, and it reads at its own centre.

# %%
show(both_reads(4, 8), alt=both_reads_alt(4, 8))

# %% [markdown]
# In the lower row every step is half a pixel, and the first dot should lie at −0.25. There is no pixel to the left of it, so PyTorch
# moves it to 0. At the other end, 3.25 stays: both neighbours of that place are pixel 3, whatever the coordinate.
#
# ### Exercise: source_coordinates
#
# difficulty 2/5 · about 12 minutes · 3 points
#
# Work the step and the first coordinate out for each convention. A single output is a case of its own: there is no step then, and with
# align_corners it reads pixel 0.

# %% nbgrader={"grade": false, "grade_id": "source_coordinates", "locked": false, "schema_version": 3, "solution": true, "task": false}
def source_coordinates(in_size: int, out_size: int, align_corners: bool) -> Tensor:
    """Where each output pixel reads along one axis, in input pixels, as PyTorch's linear modes have it.

    source_coordinates(2, 4, True) is [0, 1/3, 2/3, 1]; source_coordinates(2, 4, False) is [0, 0.25, 0.75, 1.25]: clamped at 0, and
    not at the other end.

    Args:
        in_size: the number of input pixels.
        out_size: the number of output pixels.
        align_corners: whether the centres of the outermost pixels coincide, or else the edges of the image.

    Returns:
        (out_size,), float64.

    Raises:
        ValueError: a size < 1.
    """
    ### BEGIN SOLUTION
    if in_size < 1 or out_size < 1:
        raise ValueError(f"{in_size} pixels can't be resized to {out_size}")
    outputs = torch.arange(out_size, dtype=torch.float64)
    if align_corners:
        return outputs * (in_size - 1) / max(out_size - 1, 1)
    return ((outputs + 0.5) * in_size / out_size - 0.5).clamp(min=0)
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_source_coordinates", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
check(source_coordinates)

# %% [markdown]
# ### Where it makes no difference
#
# At some sizes both conventions read the same pixels with the same weights. That is why an example that is too small proves nothing.
# For how many of the 64 pairs of sizes from 1 to 8 is the flag without effect?

# %%
predict("pairs of sizes from 1 to 8 at which align_corners has no effect", ...)

# %%
def reads(in_size: int, out_size: int, align_corners: bool) -> Tensor:
    """The coordinates, with both ends clamped: what lies beyond the last centre reads the last pixel."""
    return source_coordinates(in_size, out_size, align_corners).clamp(max=in_size - 1)


agreeing = [sizes for sizes in product(range(1, 9), repeat=2) if torch.allclose(reads(*sizes, True), reads(*sizes, False))]
print("the same size:", [sizes for sizes in agreeing if sizes[0] == sizes[1]])
print("a single pixel before:", [sizes for sizes in agreeing if sizes[0] == 1 < sizes[1]])
print("others:", [sizes for sizes in agreeing if sizes[0] != sizes[1] and sizes[0] > 1])
reveal("pairs of sizes from 1 to 8 at which align_corners has no effect", len(agreeing))

# %% [markdown]
# Try other sizes. Where are the two rows furthest apart, in the middle or at the ends?

# %%
resize_explorer()

# %% [markdown]
# ## 2. A resize is a matrix
#
# Bilinear interpolation in one dimension takes the two pixels on both sides of the coordinate, and gives the nearer one the larger
# weight: at 0.25, pixel 0 counts three times as much as pixel 1. Every output is a weighted sum of inputs, and the weights don't
# depend on the picture. So a resize is a product with a matrix. Its column $j$ can be seen by resizing an image in which pixel $j$ is 1
# and all others are 0:

# %%
def seen_from_outside(in_size: int, out_size: int, align_corners: bool) -> Tensor:
    """The matrix of a resize, a column for each image with one bright pixel."""
    bright = torch.eye(in_size, dtype=torch.float64)[None]
    return F.interpolate(bright, size=out_size, mode="linear", align_corners=align_corners)[0].T


matrices = {f"align_corners={flag}": seen_from_outside(4, 8, flag) for flag in (True, False)}
show(weight_maps(matrices), alt=weight_maps_alt(matrices))

# %% [markdown]
# All rows add up to 1, and no weight is negative: a grey image stays grey, and no output is brighter than the brightest input. The
# first row on the right is where the clamp shows. At the last row both neighbours are pixel 3, and it gets both weights.
#
# ### Exercise: resize_matrix
#
# difficulty 3/5 · about 14 minutes · 3 points
#
# Build it from the coordinates. `F.interpolate` is not forbidden here, but it will be in the next exercise and in all functions that
# it calls.

# %% nbgrader={"grade": false, "grade_id": "resize_matrix", "locked": false, "schema_version": 3, "solution": true, "task": false}
def resize_matrix(in_size: int, out_size: int, align_corners: bool) -> Tensor:
    """The matrix that resizes a line of pixels: ``resize_matrix(...) @ line`` is the resized line.

    resize_matrix(2, 3, True) is [[1, 0], [0.5, 0.5], [0, 1]].

    Args:
        in_size: the number of input pixels.
        out_size: the number of output pixels.
        align_corners: as in source_coordinates.

    Returns:
        (out_size, in_size), float64; at most two weights in a row, and their sum is 1.

    Raises:
        ValueError: a size < 1.
    """
    ### BEGIN SOLUTION
    places = source_coordinates(in_size, out_size, align_corners)
    left, rows = places.long(), torch.arange(out_size)
    right = (left + 1).clamp(max=in_size - 1)
    matrix = torch.zeros(out_size, in_size, dtype=torch.float64)
    matrix[rows, left] = 1 - (places - left)
    matrix[rows, right] += places - left
    return matrix
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_resize_matrix", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
check(resize_matrix)

# %% [markdown]
# ### Bilinear is not averaging
#
# A line of 64 pixels is resized to 8, without align_corners. How many of the 64 pixels have any influence on the result?

# %%
predict("of 64 pixels resized to 8, how many are read, align_corners=False", ...)

# %%
for in_size, out_size in ((64, 8), (63, 7), (96, 8)):
    used = {flag: int((resize_matrix(in_size, out_size, flag).sum(0) > 1e-9).sum()) for flag in (True, False)}
    print(f"{in_size} to {out_size}: {used[True]} pixels are read with align_corners, {used[False]} without")
used_of_64 = int((resize_matrix(64, 8, False).sum(0) > 1e-9).sum())
reveal("of 64 pixels resized to 8, how many are read, align_corners=False", used_of_64)

# %% [markdown]
# The two in the middle of each block of eight, and no others. An interpolation looks at two neighbours, however small the result is.
# A mean over the block is what `antialias=True` computes. A checkerboard of 0 and 1 shows the difference: averaged, it should be 0.5
# everywhere.

# %%
places = torch.arange(32)
board = ((places[:, None] + places) % 2).double()[None, None]
for antialias in (False, True):
    small = F.interpolate(board, size=(11, 11), mode="bilinear", align_corners=False, antialias=antialias)
    print(f"antialias={antialias}: from {small.min():.3f} to {small.max():.3f}, standard deviation {small.std():.4f}")

# %% [markdown]
# ## 3. Two axes
#
# An image $X$ has rows and columns, and they are resized independently of each other. With the matrix $A$ for the rows and $B$ for
# the columns:
#
# $$Y = A \, X \, B^\top.$$
#
# Written down as a definition, slow but hard to get wrong: each output is a weighted sum of four pixels.

# %%
def slow_resize(image: Tensor, size: tuple[int, int], align_corners: bool) -> Tensor:
    """The definition for one channel, output by output: (h, w) -> (H, W)."""
    result = image.new_zeros(size)
    down, across = (source_coordinates(before, after, align_corners).tolist() for before, after in zip(image.shape, size, strict=True))
    for row, y in enumerate(down):
        for column, x in enumerate(across):
            top, left = min(int(y), image.shape[0] - 1), min(int(x), image.shape[1] - 1)
            bottom, right = min(top + 1, image.shape[0] - 1), min(left + 1, image.shape[1] - 1)
            above = (1 - (x - left)) * image[top, left] + (x - left) * image[top, right]
            below = (1 - (x - left)) * image[bottom, left] + (x - left) * image[bottom, right]
            result[row, column] = (1 - (y - top)) * above + (y - top) * below
    return result

# %% [markdown]
# ### Exercise: resize_bilinear
#
# difficulty 4/5 · about 12 minutes · 5 points
#
# For all images and channels at once. `F.interpolate`, `F.upsample`, `nn.Upsample` and its relatives, and `grid_sample` are forbidden in
# this function and in everything that it calls. The number of operations must not grow with the height or width, before or after. No
# anti-aliasing: when the image shrinks, an output still reads four pixels.

# %% nbgrader={"grade": false, "grade_id": "resize_bilinear", "locked": false, "schema_version": 3, "solution": true, "task": false}
def resize_bilinear(x: Tensor, size: tuple[int, int], align_corners: bool) -> Tensor:
    """Bilinear interpolation of images to another size, as ``F.interpolate`` does it. Differentiable.

    Args:
        x: (N, C, h, w), the images, float32 or float64.
        size: (H, W), the new height and width.
        align_corners: as in source_coordinates.

    Returns:
        (N, C, H, W), with the dtype and on the device of ``x``.

    Raises:
        ValueError: x has not four axes, or a height or width, before or after, is < 1.
    """
    ### BEGIN SOLUTION
    if x.dim() != 4:
        raise ValueError(f"x has the axes (N, C, h, w), not {tuple(x.shape)}")
    rows, columns = (resize_matrix(before, after, align_corners).to(x) for before, after in zip(x.shape[2:], size, strict=True))
    return rows @ x @ columns.T
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_resize_bilinear", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
check(resize_bilinear)

# %%
generator = torch.Generator().manual_seed(0)
x = torch.randn(1, 1, 5, 7, generator=generator, dtype=torch.float64)
for size in ((10, 21), (8, 9), (3, 2), (1, 1)):
    for flag in (True, False):
        theirs = F.interpolate(x, size=size, mode="bilinear", align_corners=flag)
        slow = slow_resize(x[0, 0], size, flag)
        mine = resize_bilinear(x, size, flag)
        print(f"{size}, {flag!s:5}: against F.interpolate {(mine - theirs).abs().max():.1e}, "
              f"against the slow definition {(mine[0, 0] - slow).abs().max():.1e}")

# %% [markdown]
# ### Who is trained how much
#
# The gradient goes the way back, through $A^\top$ and $B$. Suppose that each pixel of a 64 × 64 image sends a gradient of 1 to its
# logit, and that the logits were resized from a map of 8 × 8. With align_corners, how much gradient does the logit in the corner of the
# map get, in percent of one in the middle?

# %%
predict("gradient of a corner logit in percent of a middle one, 8 x 8 to 64 x 64, align_corners=True", ...)

# %%
def gradient_share(align_corners: bool) -> Tensor:
    """The gradient that each of 8 x 8 logits gets when every pixel of 64 x 64 sends 1."""
    logits = torch.zeros(1, 1, 8, 8, dtype=torch.float64, requires_grad=True)
    resize_bilinear(logits, (64, 64), align_corners).sum().backward()
    return logits.grad[0, 0].round(decimals=6)


shares = {f"align_corners={flag}": gradient_share(flag) for flag in (True, False)}
aligned = shares["align_corners=True"]
show(weight_maps(shares, "column of the map", "row of the map"), alt=weight_maps_alt(shares)
     + f" With align_corners the corners get {aligned[0, 0]:g}, the borders {aligned[0, 3]:g} and the middle {aligned[3, 3]:g}.")
reveal("gradient of a corner logit in percent of a middle one, 8 x 8 to 64 x 64, align_corners=True", 100 * aligned[0, 0] / aligned[3, 3])

# %% [markdown]
# With align_corners the outermost features have neighbours on one side only, and are trained with less weight. Without it, every
# feature stands for a block of the same size.
#
# ### Mixed flags
#
# A ramp, whose value at each pixel is the pixel's own position, is shrunk from 65 pixels to 9 and enlarged again. If that were free of
# errors, every pixel would find its own position. By how many pixels is it wrong at most when the flag is False on the way down
# and True on the way up?

# %%
predict("largest error of a ramp, 65 to 9 to 65, False on the way down and True on the way up", ...)

# %%
ramp, trips = torch.arange(65, dtype=torch.float64), {}
for down, up in product((True, False), repeat=2):
    back = resize_matrix(9, 65, up) @ (resize_matrix(65, 9, down) @ ramp)
    trips[f"{down} down, {up} up"] = back - ramp
    print(f"{down!s:5} down, {up!s:5} up: largest error {(back - ramp).abs().max():.2f}, mean {(back - ramp).abs().mean():.2f}")
show(errors_along(trips, "a ramp of 65 pixels, resized to 9 and back"), alt=errors_along_alt(trips))
reveal("largest error of a ramp, 65 to 9 to 65, False on the way down and True on the way up", trips["False down, True up"].abs().max())

# %% [markdown]
# The same flag both ways brings the ramp back, apart from the ends without align_corners. Mixed flags stretch or squeeze it, and nearly
# every pixel is wrong.

# %% [markdown]
# ## 4. Where features look
#
# Which flag does a network need? That depends on where its features look. Take a net of stride 8, made of odd kernels with the
# same padding on both sides. On which pixel is feature 5 centred? (Feature 0 is the first one.)

# %%
predict("pixel on which feature 5 of a net of odd kernels with stride 8 is centred", ...)

# %% [markdown]
# The measurement asks autograd again: with all weights equal, the gradient of a feature spreads evenly round its centre.

# %%
def centre(feature: int, kernels: list[tuple[int, int]], pixels: int = 128, padded: bool = True) -> float:
    """The centre of gravity of what a feature reads, in pixels; the layers are (kernel size, stride)."""
    image = torch.zeros(1, 1, pixels, dtype=torch.float64, requires_grad=True)
    features = image
    for kernel, stride in kernels:
        weight = torch.ones(1, 1, kernel, dtype=torch.float64)
        features = F.conv1d(features, weight, stride=stride, padding=(kernel - 1) // 2 if padded else 0)
    gradient = torch.autograd.grad(features[0, 0, feature], image)[0][0, 0]
    return ((gradient * torch.arange(pixels)).sum() / gradient.sum()).item()


net = [(7, 2), (3, 2), (3, 1), (3, 2), (3, 1)]
print("a stem of 7 taps, then 3, 3, 3, 3, with strides 2, 2, 1, 2, 1:", [round(centre(feature, net), 6) for feature in (4, 5, 6, 7)])
reveal("pixel on which feature 5 of a net of odd kernels with stride 8 is centred", centre(5, net))

# %% [markdown]
# Feature $i$ is centred on pixel $i \cdot S$ for stride $S$: the first on pixel 0, the second on pixel $S$. The features of ResNets in
# mmsegmentation are centred like this, to the last digit (ResNetV1d with its even average pools is the exception).
#
# An image of $W$ pixels gives $n = \lceil W / S \rceil$ features. The logits, one for each feature, are resized to $W$ pixels. On which
# pixels do the features end up, for 16 pixels and stride 4?

# %%
features = torch.arange(4.0)
rows = {
    "looks at": (4 * features).tolist(),
    "put by True": (features * 15 / 3).tolist(),
    "put by False": ((features + 0.5) * 4 - 0.5).tolist(),
}
show(rulers(16, rows, "image"), alt=rulers_alt(16, rows, "image") + " The last feature looks at pixel 12. With align_corners it is put "
     "on pixel 15, and without on 13.5.")

# %% [markdown]
# Neither is right. Feature 3 knows about pixel 12, and its answer is used for pixel 15 or for pixels around 13.5. Turned round: the
# logit at pixel 15 looks 3 pixels too far left.
#
# **Definition.** The logit at pixel $p$ is a weighted sum of features. Take the centres of these features with the same weights: that is
# where the logit looks. The *alignment error* at $p$ is this place minus $p$.
#
# ### Exercise: alignment_error
#
# difficulty 4/5 · about 10 minutes · 3 points
#
# At the borders there is no feature on the other side. The outermost one has all the weight there, and the error shows it.

# %% nbgrader={"grade": false, "grade_id": "alignment_error", "locked": false, "schema_version": 3, "solution": true, "task": false}
def alignment_error(image_size: int, stride: int, align_corners: bool) -> Tensor:
    """How far from its own pixel each resized logit looks, along one axis, for a net of odd, centred kernels.

    The net has ceil(image_size / stride) features; feature i is centred on pixel i * stride. Its logits are resized to image_size.
    alignment_error(6, 3, True) is [0, -0.4, -0.8, -1.2, -1.6, -2].

    Args:
        image_size: the number of pixels.
        stride: the distance of two features' centres, in pixels.
        align_corners: the flag with which the logits are resized.

    Returns:
        (image_size,), float64, in pixels; negative where the logit looks too far left.

    Raises:
        ValueError: a size or a stride < 1.
    """
    ### BEGIN SOLUTION
    if image_size < 1 or stride < 1:
        raise ValueError(f"no net has stride {stride} on {image_size} pixels")
    centres = torch.arange(0, image_size, stride, dtype=torch.float64)
    return resize_matrix(len(centres), image_size, align_corners) @ centres - torch.arange(image_size)
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_alignment_error", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
check(alignment_error)

# %% [markdown]
# Two images, of 512 and of 513 pixels, and a net of stride 8. One of the four combinations of size and flag is free of errors. By how
# many pixels is 512 without align_corners displaced in the middle? And 512 with align_corners at its last pixel? (The sign counts.)

# %%
predict("alignment error in the middle of 512 pixels, stride 8, align_corners=False", ...)

# %%
predict("alignment error at the last of 512 pixels, stride 8, align_corners=True", ...)

# %%
lines = {f"{size} pixels, align_corners={flag}": alignment_error(size, 8, flag) for size in (512, 513) for flag in (True, False)}
show(errors_along(lines, "where the logit looks, minus its own pixel (stride 8)"), alt=errors_along_alt(lines) + " Without align_corners "
     "513 pixels begin a little above -3.5 next to the border, cross 0 in the middle and rise to the opposite value.")
for name, line in lines.items():
    print(f"{name}: from {line.min():.2f} to {line.max():.2f}, mean distance {line.abs().mean():.2f}")
reveal("alignment error in the middle of 512 pixels, stride 8, align_corners=False", alignment_error(512, 8, False)[256])
reveal("alignment error at the last of 512 pixels, stride 8, align_corners=True", alignment_error(512, 8, True)[-1])

# %% [markdown]
# With 513 pixels and align_corners the features are put exactly where they look. Without align_corners, a multiple of the stride is
# displaced by the same $-\tfrac{S - 1}{2}$ everywhere but at its ends, which later layers or training can take up. And the worst is what happens to
# those who change one thing alone: 512 with True drifts to −7, 513 with False to ±3.4.
#
# ### Other nets, another answer
#
# All this hangs on the centres. A Vision Transformer cuts the image into patches of 16 × 16 with kernels of 16, a stride of 16 and no
# padding. Where is its feature $i$ centred, and which flag does it need?

# %%
patches = [centre(feature, [(16, 16)], padded=False) for feature in range(8)]
print("patches of 16 are centred on", patches)
for flag in (True, False):
    looks = resize_matrix(8, 128, flag) @ torch.tensor(patches, dtype=torch.float64)
    error = looks - torch.arange(128)
    print(f"align_corners={flag!s:5}: error {error[8]:+.2f} at pixel 8, {error[64]:+.2f} at 64, {error[119]:+.2f} at 119")

# %% [markdown]
# Here False is exact, apart from half a patch at each border, and True is not. Even kernels move the centres by half a pixel, and
# padding on one side by more. So the question is never which flag is better, but where the features look.

# %% [markdown]
# ## 5. The sizes of crops
#
# With align_corners everything fits for $W = n \cdot S + 1$. DeepLab's crops are of this kind: 321, 513, 769, and 1025 × 2049. Each of
# them fits the strides 8, 16 and 32 at the same time.
#
# ### Exercise: crop_size
#
# difficulty 1/5 · about 5 minutes · 1 point · further

# %% nbgrader={"grade": false, "grade_id": "crop_size", "locked": false, "schema_version": 3, "solution": true, "task": false}
def crop_size(at_least: int, stride: int) -> int:
    """The smallest size n * stride + 1, for a whole number n >= 1, that is not smaller than ``at_least``.

    crop_size(512, 8) is 513, and so is crop_size(513, 8).

    Raises:
        ValueError: at_least < 1 or stride < 1.
    """
    ### BEGIN SOLUTION
    if at_least < 1 or stride < 1:
        raise ValueError(f"no crop of {at_least} pixels fits a stride of {stride}")
    steps = -(-(at_least - 1) // stride)
    return max(steps, 1) * stride + 1
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_crop_size", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
check(crop_size)

# %%
for at_least in (500, 1000):
    for stride in (8, 32):
        size = crop_size(at_least, stride)
        print(f"at least {at_least}, stride {stride}: {size}, largest error {alignment_error(size, stride, True).abs().max():.1e}")
for size in (321, 513, 769, 1025, 2049):
    print(size, "fits the strides", [stride for stride in (8, 16, 32) if crop_size(size, stride) == size])

# %% [markdown]
# ## 6. Labels
#
# In the end every pixel needs a label. There are two ways to get from a small map of logits to a large map of labels: choose a class
# for each feature and enlarge the labels, or enlarge the logits and choose then. Between two features, the logits of two classes cross
# somewhere:

# %%
logits = torch.tensor([[3.0, -1.0, -2.0], [1.0, 2.0, -1.5], [-3.0, 0.4, 3.0]], dtype=torch.float64)
lines = {f"class {name}": resize_matrix(3, 33, True) @ scores for name, scores in zip("ABC", logits, strict=True)}
winners = torch.stack(list(lines.values())).argmax(0)
share = [int((winners == label).sum()) for label in range(3)]
show(errors_along(lines, "three features, at 0, 16 and 32, and the logits between them", y="logit"),
     alt=errors_along_alt(lines, "Logits") + f" A is the largest in {share[0]} pixels, then B in {share[1]}, then C in {share[2]}.")
print("largest logit:        ", "".join("ABC"[label] for label in winners))
print("the nearest feature's:", "".join("ABC"[round(pixel / 16)] for pixel in range(33)))

# %% [markdown]
# ### Exercise: upsample_labels
#
# difficulty 2/5 · about 8 minutes · 2 points · further

# %% nbgrader={"grade": false, "grade_id": "upsample_labels", "locked": false, "schema_version": 3, "solution": true, "task": false}
def upsample_labels(logits: Tensor, size: tuple[int, int], align_corners: bool) -> Tensor:
    """The label of every pixel: the class with the largest logit, after the logits are resized to the image.

    Args:
        logits: (N, C, h, w), one map for each class.
        size: (H, W), the height and width of the image.
        align_corners: as in source_coordinates.

    Returns:
        (N, H, W), int64, labels from 0 to C - 1, on the device of ``logits``.

    Raises:
        ValueError: logits has not four axes or no class, or a height or width, before or after, is < 1.
    """
    ### BEGIN SOLUTION
    if logits.dim() != 4 or logits.shape[1] == 0:
        raise ValueError(f"logits has the axes (N, C, h, w) with at least one class, not {tuple(logits.shape)}")
    return resize_bilinear(logits, size, align_corners).argmax(dim=1)
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_upsample_labels", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check(upsample_labels)

# %% [markdown]
# A scene of 65 × 65 pixels: a disc of class C on class A, and class B in a corner. A perfect net with stride 8 computes the right logits
# at its 9 × 9 features. Which percentage of the pixels gets a wrong label when each feature chooses its class first, and the labels are
# enlarged to the nearest?

# %%
predict("percent of wrong labels when the labels are enlarged, stride 8", ...)

# %%
def scene(places: Tensor) -> Tensor:
    """The logits of the three classes at all pairs of these positions: (1, 3, n, n)."""
    y, x = places[:, None], places
    background = torch.zeros(len(places), len(places), dtype=torch.float64)
    corner = (x + 0.6 * y - 84) / 1.2
    disc = 17 - ((y - 26) ** 2 + (x - 27) ** 2).sqrt()
    return torch.stack([background, corner.expand_as(background), disc])[None]


truth = scene(torch.arange(65, dtype=torch.float64)).argmax(1)[0]
small = scene(torch.arange(0, 65, 8, dtype=torch.float64))
nearest = (torch.arange(65) / 8).round().long()
small_labels = small.argmax(1)
maps = {
    "labels, to the nearest": small_labels[0][nearest[:, None], nearest],
    "labels, interpolated": resize_bilinear(small_labels[:, None].double(), (65, 65), True)[0, 0].round().long(),
    "logits, then argmax": upsample_labels(small, (65, 65), True)[0],
}
show(label_maps(maps), alt=label_maps_alt(maps) + " To the nearest, the disc has a border of steps. Interpolated, a ring of class B lies "
     "between the disc of class C and the ground of class A. With resized logits the disc is round.")
wrong = {name: 100 * (labels != truth).double().mean() for name, labels in maps.items()}
for name, share in wrong.items():
    print(f"{name}: {share:.1f} percent wrong")
invented = ((maps["labels, interpolated"] == 1) & (truth != 1)).sum()
print(f"interpolated: {invented} pixels of class B where there is none")
reveal("percent of wrong labels when the labels are enlarged, stride 8", wrong["labels, to the nearest"])

# %% [markdown]
# Class B is striped and class C dotted. Labels are names: halfway between class 0 and class 2 there is no class 1, so they are never
# interpolated. And the flag matters here as well. These are the same logits with the other flag:

# %%
other = upsample_labels(small, (65, 65), False)[0]
print(f"align_corners=True: {wrong['logits, then argmax']:.1f} percent wrong, "
      f"align_corners=False: {100 * (other != truth).double().mean():.1f} percent")

# %% [markdown]
# ## 7. The warning
#
# mmsegmentation has a function `resize`, which calls `F.interpolate` and warns of sizes that don't fit. This is when it means to warn:
#
# - align_corners is on, and all four sizes, before and after, are larger than 1;
# - some axis grows;
# - on both axes, $n_{out} - 1$ is not a multiple of $n_{in} - 1$. (If one axis fits, it keeps silent.)
#
# ### Exercise: resize_warning
#
# difficulty 2/5 · about 8 minutes · 2 points · further

# %% nbgrader={"grade": false, "grade_id": "resize_warning", "locked": false, "schema_version": 3, "solution": true, "task": false}
def resize_warning(in_size: tuple[int, int], out_size: tuple[int, int], align_corners: bool) -> bool:
    """Whether mmsegmentation means to warn of a resize from ``in_size`` to ``out_size``.

    Args:
        in_size: (height, width) before.
        out_size: (height, width) after.
        align_corners: the flag of the resize.

    Raises:
        ValueError: a size < 1.
    """
    ### BEGIN SOLUTION
    if min(*in_size, *out_size) < 1:
        raise ValueError(f"no image is resized from {in_size} to {out_size}")
    axes = list(zip(in_size, out_size, strict=True))
    if not align_corners or min(*in_size, *out_size) == 1 or all(after <= before for before, after in axes):
        return False
    return all((after - 1) % (before - 1) for before, after in axes)
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_resize_warning", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check(resize_warning)

# %% [markdown]
# What version 1.2.2 does is not what it means: where the width of the output should be compared with the width of the *input*, it is
# compared with the height of the output. On all $12^4 = 20736$ pairs of sizes from 2 to 13, how often does it warn although it
# shouldn't?

# %%
predict("warnings of mmsegmentation 1.2.2 that are not meant, of 20736 pairs of sizes", ...)

# %%
def warning_as_released(in_size: tuple[int, int], out_size: tuple[int, int]) -> bool:
    """The same with the slip: whether anything grows is asked of the wrong pair of numbers."""
    grows = out_size[0] > in_size[0] or out_size[1] > out_size[0]
    return grows and all((after - 1) % (before - 1) for before, after in zip(in_size, out_size, strict=True))


sizes = list(product(range(2, 14), repeat=2))
verdicts = [(warning_as_released(before, after), resize_warning(before, after, True)) for before, after in product(sizes, repeat=2)]
print(f"warns: {sum(released for released, _ in verdicts)}, should warn: {sum(meant for _, meant in verdicts)}")
print(f"warns and shouldn't: {verdicts.count((True, False))}, should and doesn't: {verdicts.count((False, True))}")
print("512 × 1024 to 64 × 128, which shrinks:", warning_as_released((512, 1024), (64, 128)))
print("200 × 50 to 150 × 100, where the width grows:", warning_as_released((200, 50), (150, 100)))
reveal("warnings of mmsegmentation 1.2.2 that are not meant, of 20736 pairs of sizes", verdicts.count((True, False)))

# %% [markdown]
# So silence doesn't mean that all is well. From 65 × 64 to 513 × 512 it is silent too, because one axis fits. `alignment_error` answers
# the question itself.

# %% [markdown]
# ## 8. Your own tests
#
# `examples` gets a function with the signature of `resize_bilinear`. It must return for a correct one, and raise an `AssertionError`
# for a wrong one. The wrong ones ignore the flag or swap it, read at $j \cdot n_{in} / n_{out}$, swap height and width, use one step for
# both axes or a whole number for a factor, take the nearest pixel, swap the weights, wrap around or go on beyond the border, darken the
# last row, average when the image shrinks, or divide by 0 for a single output. Some lose the gradient or the dtype, or forget the
# `ValueError`.
#
# Here `F.interpolate` is allowed. Right implementations round differently, so compare with `torch.testing.assert_close`.
#
# ### Exercise: examples
#
# difficulty 3/5 · about 12 minutes · 3 points · further

# %% nbgrader={"grade": false, "grade_id": "examples", "locked": false, "schema_version": 3, "solution": true, "task": false}
def examples(resize_bilinear) -> None:
    """Returns if the given implementation of `resize_bilinear` is correct, as far as a few examples can tell.

    Raises:
        AssertionError: an example does not come out as it should.
    """
    ### BEGIN SOLUTION
    image = torch.randn(2, 2, 3, 5, generator=torch.Generator().manual_seed(1), dtype=torch.float64, requires_grad=True)
    for size in ((7, 8), (6, 10), (2, 3), (1, 4), (1, 1)):
        for flag in (True, False):
            expected = F.interpolate(image, size=size, mode="bilinear", align_corners=flag)
            got = resize_bilinear(image, size, flag)
            torch.testing.assert_close(got, expected)
            assert got.requires_grad, "the way back to x is cut"
    try:
        resize_bilinear(image, (0, 4), False)
    except ValueError:
        return
    raise AssertionError("a height of 0 makes no sense")
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_examples", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
check(examples)

# %% [markdown]
# Try them on your own function, and on the convention that TensorFlow 1 had for `align_corners=False`:

# %%
def from_the_corner(x: Tensor, size: tuple[int, int], align_corners: bool) -> Tensor:
    """Wrong on purpose: without align_corners, output j reads at j * in / out."""
    if align_corners:
        return resize_bilinear(x, size, True)
    tents = []
    for before, after in zip(x.shape[2:], size, strict=True):
        places = (torch.arange(after) * before / after).clamp(max=before - 1)
        tents.append((1 - (places[:, None] - torch.arange(before)).abs()).relu().to(x))
    return tents[0] @ x @ tents[1].T


for candidate in (resize_bilinear, from_the_corner):
    try:
        examples(candidate)
        print(f"{candidate.__name__} is accepted")
    except AssertionError as reason:
        print(f"{candidate.__name__} is rejected: {str(reason).splitlines()[0]}")

# %% [markdown]
# Is that convention wrong, or only another one? A property tells. Mirror the image, resize it, and mirror it back: nothing should have
# changed. Networks are tested with mirrored images, so a resize without this property averages maps that don't lie on each other.

# %%
image = torch.arange(8, dtype=torch.float64).view(1, 1, 1, 8) ** 2
for name, function, flag in (("align_corners=True", resize_bilinear, True), ("align_corners=False", resize_bilinear, False),
                             ("from the corner", from_the_corner, False)):
    mirrored = function(image.flip(3), (1, 20), flag).flip(3)
    print(f"{name}: {(mirrored - function(image, (1, 20), flag)).abs().max():.2g}")

# %% [markdown]
# ## Summary
#
# - With align_corners output $j$ reads at $j (n_{in} - 1) / (n_{out} - 1)$, without it at $(j + \tfrac12) n_{in} / n_{out} - \tfrac12$,
#   clamped at 0. The flag decides about the whole image, not only about its border.
# - A resize is a product with a matrix for each axis. It reads two pixels an axis, also when the image shrinks.
# - Features of odd, centred kernels look at multiples of the stride. For $n \cdot S + 1$ pixels align_corners is exact; for $n \cdot S$
#   pixels the other convention is off by a constant $-\tfrac{S-1}{2}$, and align_corners by up to $-(S - 1)$.
# - Patches are centred in the middle of their cells. For them align_corners=False is exact.
# - Resize logits, and choose the class afterwards. Use the same flag wherever a size is changed and changed back.

# %% [markdown]
# ## What public material gets wrong about it
#
# - *"align_corners=False is correct, True is a bug that was kept for old models."* For images that are resized, the edges should coincide.
#   For features of odd kernels on $n \cdot S + 1$ pixels, the centres should.
# - *"align_corners=True is better for segmentation."* With 512 pixels and stride 8 its last logit looks 7 pixels too far left.
# - *"It is a matter of the border."* The difference is largest near the ends, and the step changes everywhere.
# - *"TensorFlow and PyTorch mean the same by the flag."* TensorFlow 1 read at $j \cdot n_{in} / n_{out}$ without it: the third
#   convention of section 8. TensorFlow 2 has half pixels, and no flag.
# - *"Bilinear downsampling averages."* From 64 to 8 pixels it ignores 48 of them.
# - *"scale_factor and size are two ways to say the same."* Without align_corners PyTorch takes a scale factor at its word, also where the
#   size was rounded:

# %%
five = torch.arange(5.0)[None, None]
print("size 7:          ", F.interpolate(five, size=7, mode="linear", align_corners=False)[0, 0].tolist())
print("scale factor 1.5:", F.interpolate(five, scale_factor=1.5, mode="linear", align_corners=False)[0, 0].tolist())

# %% [markdown]
# ## References
#
# - PyTorch, [interpolate](https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.interpolate.html), and the formulas in
#   [UpSample.h](https://github.com/pytorch/pytorch/blob/main/aten/src/ATen/native/UpSample.h). The flag came with
#   [pull request 5927](https://github.com/pytorch/pytorch/pull/5927), in version 0.4.
# - Araujo, Norris and Sim, *Computing Receptive Fields of Convolutional Neural Networks*, Distill, 2019,
#   [doi:10.23915/distill.00021](https://doi.org/10.23915/distill.00021): where features are centred.
# - Chen et al., *Rethinking Atrous Convolution for Semantic Image Segmentation*, 2017,
#   [arXiv:1706.05587](https://arxiv.org/abs/1706.05587): crops of 513 pixels, and logits enlarged for training.
# - TensorFlow, [issue 6720](https://github.com/tensorflow/tensorflow/issues/6720): the convention that doesn't survive a mirror.
# - ONNX, [Resize](https://onnx.ai/onnx/operators/onnx__Resize.html): names for all of these conventions.
# - mmsegmentation, [wrappers.py](https://github.com/open-mmlab/mmsegmentation/blob/main/mmseg/models/utils/wrappers.py): the warning.

# %%
progress()
