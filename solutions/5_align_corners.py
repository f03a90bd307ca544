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
# About an hour and a half. You need: lesson 1, in particular where a feature is centred; matrix products; what a gradient is.
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
    left = places.floor().long().clamp(max=in_size - 1)
    right, rows = (left + 1).clamp(max=in_size - 1), torch.arange(out_size)
    matrix = torch.zeros(out_size, in_size, dtype=torch.float64)
    matrix.index_put_((rows, left), 1 - (places - left), accumulate=True)
    matrix.index_put_((rows, right), places - left, accumulate=True)
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
# difficulty 4/5 · about 18 minutes · 5 points
#
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
# The same flag both ways brings the ramp back, apart from the ends without align_corners. Mixed flags stretch it, and every pixel but
# the middle ones is wrong.
