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
