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
# # Lesson 1: Dilated convolution
#
# A dilated convolution reads pixels that lie apart. One number, the dilation, says how far. In this lesson you build the
# operator, and measure what it sees, what it misses and what it costs.
#
# About an hour; with the exercises marked *further*, which nothing else needs, about an hour and three quarters. You need: slicing of
# PyTorch tensors, and an idea of what an ordinary convolution does.
#
# Contents: 1 how far a kernel reaches · 2 how large the output is · 3 padding that keeps the size · 4 a kernel with zeros in it ·
# 5 the operator · 6 three views of it · 7 stacks of layers · 8 what it costs · 9 taps that fall off the map · 10 your own tests.

# %% [markdown]
# ## What you will be able to do
#
# - compute what a dilated kernel spans, the size of its output, and the padding that keeps the size;
# - write the operator yourself, without a loop over pixels, and say how it relates to two other views of it;
# - compute the receptive field of any stack of layers, and see how many of a kernel's taps fall into the padding;
# - tell a right implementation from a wrong one with tests of your own.

# %% [markdown]
# ## Why it matters
#
# A segmentation network in mmsegmentation is described by lines such as these:
#
# ```python
# backbone = dict(type='ResNetV1c', depth=50, strides=(1, 2, 1, 1), dilations=(1, 1, 2, 4))
# ```
#
# The code that reads them makes layers such as this one:
#
# ```python
# nn.Conv2d(planes, planes, kernel_size=3, stride=stride, padding=dilation, dilation=dilation)
# ```
#
# An ordinary ResNet has the strides (1, 2, 2, 2) and the dilations (1, 1, 1, 1). Here two strides have become 1, two dilations have
# become 2 and 4, and the padding equals the dilation. After this lesson you can say why the padding is right, how far such a layer
# sees, and what the choice costs.

# %% [markdown]
# ## Setting up
#
# Run these two cells first. Everything runs on this computer; nothing is sent anywhere.

# %% nbgrader={"grade": false, "grade_id": "setup", "locked": true, "schema_version": 3, "solution": false, "task": false}
import math

import torch
import torch.nn.functional as F
from torch import Tensor

# %% nbgrader={"grade": false, "grade_id": "tools", "locked": true, "schema_version": 3, "solution": false, "task": false}
import statistics
import time

from torch.utils.flop_counter import FlopCounterMode

from autograder import check, hint, predict, progress, reveal
from autograder.pictures import (
    compare,
    compare_alt,
    growth,
    phase_tiles,
    show,
    stack_alt,
    stack_taps,
    tap_maps,
    tap_shares,
    zero_stuffed,
)
from autograder.widgets import tap_explorer

# %% [markdown]
# How an exercise works: complete the function, run its cell, then run the check below it. The check says what it tried, what it
# expected and what it got. When you are stuck, open a new cell and ask for a hint:
#
# ```python
# hint("effective_kernel_size")
# ```
#
# Ask again after your next attempt, and the hint goes one step further.
#
# A check that is not content ends in one red line. So *Run All* stops at the first exercise that is still open, which is as it
# should be: some of the cells below it need your function. Later exercises use the functions of earlier ones.
#
# Four things hold for every function, and the docstrings don't repeat them: its parameters have the names that the stub gives them,
# it leaves its arguments as they were, it draws no random numbers, and it remembers nothing from one call to the next.
#
# Before a measurement you are asked to predict it. Replace the `...` by a number, and run the cell. Your guess is stored on this
# computer and shown beside the measured value. A wrong guess costs nothing, and helps to remember the right number.

# %% [markdown]
# ## 1. How far a kernel reaches
#
# A kernel has **taps**: the places where it reads. In an ordinary 3 × 3 kernel the nine taps are neighbours. The **dilation**
# (or *rate*) $d$ puts them $d$ pixels apart. $d = 1$ is the ordinary convolution. There are still nine taps and nine weights.

# %%
rates = (1, 2, 4)
show(
    tap_maps(rates),
    alt="Three maps of the pixels that one output reads, for dilation 1, 2 and 4. Nine taps each, "
    "numbered 0 to 8. They are 1, 2 and 4 pixels apart, and span squares of 3, 5 and 9 pixels.",
)


# %% [markdown]
# The square in the picture has a side of $k_\text{eff}$ pixels, the **effective kernel size**. A row of $k$ taps has a gap to
# cross between each tap and the next. Count the gaps, not the taps.
#
# ### Exercise: effective_kernel_size
#
# difficulty 1/5 · about 4 minutes · 1 point

# %% nbgrader={"grade": false, "grade_id": "effective_kernel_size", "locked": false, "schema_version": 3, "solution": true, "task": false}
def effective_kernel_size(kernel_size: int, dilation: int) -> int:
    """How many pixels a row of taps spans, from the first tap to the last, both included.

    There are ``kernel_size`` taps, each ``dilation`` pixels from the next.
    effective_kernel_size(3, 1) is 3, and effective_kernel_size(3, 2) is 5.

    Raises:
        ValueError: kernel_size < 1 or dilation < 1.
    """
    ### BEGIN SOLUTION
    if kernel_size < 1 or dilation < 1:
        raise ValueError(f"kernel_size and dilation must be at least 1, not {kernel_size} and {dilation}")
    return dilation * (kernel_size - 1) + 1
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_effective_kernel_size", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
check(effective_kernel_size)

# %% [markdown]
# ### How much of the square is read?
#
# Nine taps span a larger and larger square. At dilation 8, what share of the pixels of that square does one output read, in
# percent?

# %%
predict("share of its square that a 3 x 3 with dilation 8 reads, in percent", ...)


# %% [markdown]
# To measure it, ask PyTorch. When all weights are 1, an output reads exactly those pixels for which its gradient is not zero. The
# two functions below will serve us again later.

# %%
def pixels_read(*rates: int, size: int = 65) -> Tensor:
    """Which pixels of a size x size image the middle output reads: (size, size), bool.

    Between the two lies one 3 x 3 layer for each rate.
    """
    image = torch.zeros(1, 1, size, size, requires_grad=True)
    features = image
    for rate in rates:
        features = F.conv2d(features, torch.ones(1, 1, 3, 3), padding=rate, dilation=rate)
    features[0, 0, size // 2, size // 2].backward()
    return image.grad[0, 0] != 0


def span(read: Tensor) -> int:
    """The side, in pixels, of the smallest square that holds all pixels read."""
    rows = read.any(dim=1).nonzero()
    return int(rows.max() - rows.min()) + 1


# %%
shares = {}
for rate in (1, 2, 4, 8):
    read = pixels_read(rate)
    side = span(read)
    shares[rate] = read.sum().item() / side**2
    print(f"dilation {rate}: {read.sum()} of {side} x {side} pixels, {shares[rate]:.1%}")

reveal("share of its square that a 3 x 3 with dilation 8 reads, in percent", 100 * shares[8])


# %% [markdown]
# A single 3 × 3 with a dilation of 2 or more never reads all of its square. Whether a *stack* of them does is the subject of lesson 2.

# %% [markdown]
# ## 2. How large the output is
#
# Take one axis of $n$ pixels. Padding adds $p$ pixels on *both* sides. The kernel spans $k_\text{eff}$ of them, and moves in
# steps of the stride $s$ for as long as it fits:
#
# $$n_\text{out} = \left\lfloor \frac{n + 2p - k_\text{eff}}{s} \right\rfloor + 1$$
#
# This is the formula in PyTorch's documentation, except that $k_\text{eff}$ is written out there.
#
# ### Exercise: conv_output_size
#
# difficulty 2/5 · about 8 minutes · 2 points

# %% nbgrader={"grade": false, "grade_id": "conv_output_size", "locked": false, "schema_version": 3, "solution": true, "task": false}
def conv_output_size(
    size: int, kernel_size: int, stride: int = 1, padding: int = 0, dilation: int = 1
) -> int:
    """How many outputs a convolution has along an axis of ``size`` pixels.

    ``padding`` pixels are added on each side.
    conv_output_size(7, 3) is 5, and conv_output_size(7, 3, dilation=2) is 3.

    Raises:
        ValueError: size < 0, kernel_size < 1, stride < 1, padding < 0, dilation < 1,
            or the dilated kernel is larger than the padded axis.
    """
    ### BEGIN SOLUTION
    if size < 0 or stride < 1 or padding < 0:
        raise ValueError(f"size {size}, stride {stride} or padding {padding} is too small")
    room = size + 2 * padding - effective_kernel_size(kernel_size, dilation)
    if room < 0:
        raise ValueError(f"the kernel is {-room} pixels larger than the padded axis")
    return room // stride + 1
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_conv_output_size", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check(conv_output_size)

# %% [markdown]
# ### What happens when the padding is forgotten
#
# Somebody raises the dilation of four 3 × 3 layers to 4, and leaves their padding at 1. The map has 65 rows. How many are left
# after the four layers?

# %%
predict("rows left of 65 after four 3 x 3 layers with dilation 4 and padding 1", ...)

# %%
features, taps = torch.zeros(1, 1, 65, 65), torch.zeros(1, 1, 3, 3)
sizes = [features.shape[-2]]
for _ in range(4):
    features = F.conv2d(features, taps, padding=1, dilation=4)
    sizes.append(features.shape[-2])

print(" -> ".join(map(str, sizes)))
reveal("rows left of 65 after four 3 x 3 layers with dilation 4 and padding 1", sizes[-1])

# %% [markdown]
# PyTorch says nothing: a smaller map is a legal result. The mistake shows much later, as a shape error or as an output that
# doesn't line up with its image.

# %% [markdown]
# ## 3. Padding that keeps the size
#
# With stride 1, the output is as large as the input when the padding makes up for what the kernel spans beyond one pixel:
# $k_\text{eff} - 1$ pixels, *before and after together*. Where that number is odd, one side needs one pixel more. By the
# usual convention that is the side after.
#
# For a 3 × 3 this is $2d$ in all, so $d$ on each side. That is the `padding=dilation` in the code above.
#
# How many pixels do 4 taps need?

# %%
predict("padding before and after together that keeps the size: 4 taps, dilation 3", ...)


# %% [markdown]
# ### Exercise: same_padding
#
# difficulty 2/5 · about 6 minutes · 2 points

# %% nbgrader={"grade": false, "grade_id": "same_padding", "locked": false, "schema_version": 3, "solution": true, "task": false}
def same_padding(kernel_size: int, dilation: int) -> tuple[int, int]:
    """The padding (before, after) that keeps the size of an axis at stride 1, in pixels: a tuple.

    Where the total is odd, one pixel more goes after.
    same_padding(3, 2) is (2, 2), and same_padding(2, 1) is (0, 1).

    Raises:
        ValueError: kernel_size < 1 or dilation < 1.
    """
    ### BEGIN SOLUTION
    total = effective_kernel_size(kernel_size, dilation) - 1
    before = total // 2
    return before, total - before
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_same_padding", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check(same_padding)

# %% [markdown]
# The measurement tries every amount of padding until the size is kept.

# %%
line, taps = torch.zeros(1, 1, 20), torch.zeros(1, 1, 4)
sizes = [F.conv1d(F.pad(line, (0, pad)), taps, dilation=3).shape[-1] for pad in range(20)]
enough = sizes.index(line.shape[-1])
reveal("padding before and after together that keeps the size: 4 taps, dilation 3", enough)


# %% [markdown]
# An odd number can't be shared out evenly. A layer that pads both sides by the same amount, as `padding=p` does in PyTorch,
# can't keep the size here. This is one reason why nearly all dilated kernels have an odd size.

# %% [markdown]
# ## 4. A kernel with zeros in it
#
# There is a second way to look at dilation. Leave the convolution as it was, and put zeros between the weights. With $d = 2$:
#
# $$\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix} \quad\longrightarrow\quad
# \begin{pmatrix} 1 & 0 & 2 \\ 0 & 0 & 0 \\ 3 & 0 & 4 \end{pmatrix}$$
#
# How many zeros go between two weights? Try your answer on $d = 1$: there, nothing may change.
#
# Computed like this, the zeros would cost as much as the weights. But it is a good way to think, and to test.
#
# ### Exercise: dilate_kernel
#
# difficulty 2/5 · about 8 minutes · 3 points

# %% nbgrader={"grade": false, "grade_id": "dilate_kernel", "locked": false, "schema_version": 3, "solution": true, "task": false}
def dilate_kernel(weight: Tensor, dilation: tuple[int, int]) -> Tensor:
    """The kernel with zeros between its taps.

    An ordinary convolution with it is a dilated convolution with ``weight``.

    Args:
        weight: (..., kh, kw), of any dtype, on any device. Gradients flow back to it.
        dilation: (dh, dw), in pixels: from one row of taps to the next, and from one column of
            taps to the next.

    Returns:
        (..., effective_kernel_size(kh, dh), effective_kernel_size(kw, dw)), with the dtype and on
        the device of ``weight``. All other axes are kept, however many there are.

    Raises:
        ValueError: a dilation < 1, or a weight that has fewer than two axes or no taps.
    """
    ### BEGIN SOLUTION
    if weight.dim() < 2:
        raise ValueError(f"weight needs two axes or more, not {weight.dim()}")
    dh, dw = dilation
    *channels, kh, kw = weight.shape
    stuffed = weight.new_zeros(*channels, effective_kernel_size(kh, dh), effective_kernel_size(kw, dw))
    stuffed[..., ::dh, ::dw] = weight
    return stuffed
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_dilate_kernel", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
check(dilate_kernel)

# %%
kernel = torch.arange(1.0, 10.0).reshape(3, 3)
stuffed = dilate_kernel(kernel, (4, 4))
show(
    zero_stuffed(stuffed),
    alt="Heat map of a 3 by 3 kernel at dilation 4: "
    f"{stuffed.shape[0]} by {stuffed.shape[1]} entries. The weights 1 to 9 lie in rows and "
    f"columns 0, 4 and 8; the other {(stuffed == 0).sum()} entries are zero, and hatched.",
)

# %% [markdown]
# ### Which of these numbers are learned?
#
# Take a 3 × 3 kernel at dilation 2, stuffed with zeros: 5 × 5 entries. Make *that* tensor the parameter of a layer, and train for
# one step. How many of its 25 entries are not zero after the step?

# %%
predict("entries of a trained zero-stuffed 3 x 3 that are not zero after one step", ...)

# %%
generator = torch.Generator().manual_seed(0)
image = torch.randn(1, 1, 9, 9, generator=generator)
kernel = torch.randn(1, 1, 3, 3, generator=generator)


def weights_after_one_step(parameter: Tensor, dilation: int) -> int:
    """One step of gradient descent: how many entries of the dilated kernel are then not zero."""
    parameter = parameter.clone().requires_grad_()
    F.conv2d(image, dilate_kernel(parameter, (dilation, dilation))).square().sum().backward()
    trained = parameter - 0.01 * parameter.grad
    return int(dilate_kernel(trained, (dilation, dilation)).count_nonzero())


nine = weights_after_one_step(kernel, dilation=2)
all_entries = weights_after_one_step(dilate_kernel(kernel, (2, 2)), dilation=1)
print("the nine weights are the parameter:", nine)
print("the stuffed kernel is the parameter:", all_entries)
reveal("entries of a trained zero-stuffed 3 x 3 that are not zero after one step", all_entries)


# %% [markdown]
# The zeros have gradients like everything else. A dilated 3 × 3 has nine weights for each pair of channels, not 25; the zeros are a
# way to look at it.

# %% [markdown]
# ## 5. The operator
#
# The output at position $p$ is a weighted sum of the pixels at the taps. With $C$ input channels, and $o$ an output channel:
#
# $$y_o[p] = b_o + \sum_{c=1}^{C} \sum_{t} w_{o,c}[t] \; x_c[p + d\,t]$$
#
# Here $t = (i, j)$ runs over the taps of the kernel, from $(0, 0)$ at its top left, and $x$ is the image with its padding: zeros
# on all four sides.
#
# For one channel and no padding, this is the same thing in code: slow, and hard to get wrong.

# %%
def slow_dilated_conv(image: Tensor, kernel: Tensor, dilation: int) -> Tensor:
    """The definition, tap by tap: image (H, W), kernel (kh, kw) -> where the whole kernel fits."""
    kh, kw = kernel.shape
    height = image.shape[0] - dilation * (kh - 1)
    width = image.shape[1] - dilation * (kw - 1)
    result = torch.zeros(height, width, dtype=image.dtype)
    for row in range(height):
        for column in range(width):
            for i in range(kh):
                for j in range(kw):
                    pixel = image[row + i * dilation, column + j * dilation]
                    result[row, column] += kernel[i, j] * pixel
    return result


# %% [markdown]
# One thing about this definition deserves a guess before you write your own.
#
# Take an image of 5 × 5 pixels that is black but for a single pixel of brightness 1 in its middle, and a kernel with the weights
# 1, 2, 3 in its first row, 4, 5, 6 in its second, and 7, 8, 9 in its third. The dilation is 2, and the padding 2, so the output has
# 5 × 5 pixels too. What is its *top left* value?

# %%
predict("top left value of the response to one bright pixel, kernel 1 to 9", ...)

# %%
bright = torch.zeros(1, 1, 5, 5)
bright[0, 0, 2, 2] = 1
kernel = torch.arange(1.0, 10.0).reshape(1, 1, 3, 3)
response = F.conv2d(bright, kernel, padding=2, dilation=2)
corner = response[0, 0, 0, 0].item()
reveal("top left value of the response to one bright pixel, kernel 1 to 9", corner)
stuffed, names = dilate_kernel(kernel, (2, 2)), ("zero-stuffed kernel", "response")
show(
    compare(stuffed, response, names=names),
    alt="The zero-stuffed kernel beside the response to one bright pixel: "
    "the response is the kernel turned by 180 degrees. " + compare_alt(stuffed, response, names),
)


# %% [markdown]
# The response is the kernel turned by 180 degrees. In the sense of mathematics, what PyTorch calls a convolution is a
# **cross-correlation**; a convolution would flip the kernel first, and the response to a bright pixel would be the kernel itself.
# Yu and Koltun define dilated convolution with the flip, PyTorch and TensorFlow compute it without. For weights that are learned
# it makes no difference. For a kernel that you write by hand it does. Here we do as PyTorch does.
#
# ### Exercise: dilated_conv2d
#
# difficulty 4/5 · about 20 minutes · 6 points
#
# A loop over pixels is far too slow. Turn the loops inside out: take *one* tap, and ask which input pixels *all* outputs read
# through it. They form a rectangle of the padded input. So there is one slice for each tap, however large the image is.
#
# The steps: **pad** · **size of the output** · for each tap, **slice** · **weigh and add** · **bias**.
#
# PyTorch's own convolutions, `unfold` and `fold` of `torch.nn.functional`, and the modules made of them are not allowed in this
# function. The number of operations must not grow with the height or width of the image.

# %% nbgrader={"grade": false, "grade_id": "dilated_conv2d", "locked": false, "schema_version": 3, "solution": true, "task": false}
def dilated_conv2d(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    padding: tuple[int, int] = (0, 0),
    dilation: tuple[int, int] = (1, 1),
) -> Tensor:
    """Dilated convolution with stride 1 and zero padding: a cross-correlation, as in PyTorch.

    Args:
        x: (N, C, H, W), the images, on any device.
        weight: (O, C, kh, kw).
        bias: (O,), or None.
        padding: (ph, pw): ph rows of zeros are added above and as many below, pw columns on the
            left and as many on the right.
        dilation: (dh, dw), in pixels: from one row of taps to the next, and from one column of
            taps to the next.

    Returns:
        (N, O, H', W'), with the dtype and on the device of ``x``; H' and W' as in
        `conv_output_size`. Gradients flow back to x, weight and bias.

    Raises:
        ValueError: x or weight has not four axes; their channels differ; bias has another shape
            than (O,); a padding < 0; a dilation < 1; a kernel larger than the padded image.
    """
    ### BEGIN SOLUTION
    if x.dim() != 4 or weight.dim() != 4 or x.shape[1] != weight.shape[1]:
        raise ValueError(f"x {tuple(x.shape)} and weight {tuple(weight.shape)} must be (N, C, H, W) and (O, C, kh, kw)")
    if bias is not None and bias.shape != weight.shape[:1]:
        raise ValueError(f"bias must have shape {tuple(weight.shape[:1])}, not {tuple(bias.shape)}")
    (kh, kw), (ph, pw), (dh, dw) = weight.shape[2:], padding, dilation
    height = conv_output_size(x.shape[2], kh, padding=ph, dilation=dh)
    width = conv_output_size(x.shape[3], kw, padding=pw, dilation=dw)
    padded = F.pad(x, (pw, pw, ph, ph))
    y = x.new_zeros(x.shape[0], weight.shape[0], height, width)
    for i in range(kh):
        for j in range(kw):
            read = padded[:, :, i * dh : i * dh + height, j * dw : j * dw + width]
            y = y + torch.einsum("oc,nchw->nohw", weight[:, :, i, j], read)
    return y if bias is None else y + bias[:, None, None]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_dilated_conv2d", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
check(dilated_conv2d)

# %% [markdown]
# ## 6. Three views, one operator
#
# You know two views of dilation by now: taps that lie apart, and a kernel stuffed with zeros. The third one leaves the kernel
# alone and takes the *image* apart. With dilation 2, an output in an even row and an even column reads even rows and even columns
# only. So the image falls into four smaller ones, its **phases**, and each is convolved as if there were no dilation.

# %%
show(
    phase_tiles(8, 2),
    alt="Left, an 8 by 8 image whose pixels carry the letters A to D in a repeating 2 by 2 "
    "pattern. Right, the same pixels gathered by letter into four 4 by 4 images: A has even rows "
    "and columns, B odd columns, C odd rows, D both odd.",
)

# %% [markdown]
# Three views, computed in three ways, and the slow definition. All agree up to rounding:

# %%
generator = torch.Generator().manual_seed(1)
x = torch.randn(1, 2, 11, 13, generator=generator, dtype=torch.float64)
weight = torch.randn(3, 2, 3, 3, generator=generator, dtype=torch.float64)

slow = slow_dilated_conv(x[0, 0], weight[0, 0], dilation=2)
taps = dilated_conv2d(x[:, :1], weight[:1, :1], dilation=(2, 2))
difference = (taps[0, 0] - slow).abs().max()
print(f"taps and slow definition, one channel: largest difference {difference:.1e}")

taps = dilated_conv2d(x, weight, dilation=(2, 2))
zeros = F.conv2d(x, dilate_kernel(weight, (2, 2)))
difference = (taps - zeros).abs().max()
print(f"taps and zero-stuffed kernel: largest difference {difference:.1e}")
for row in (0, 1):
    for column in (0, 1):
        phase = F.conv2d(x[..., row::2, column::2], weight)
        difference = (taps[..., row::2, column::2] - phase).abs().max()
        print(f"taps and phase ({row}, {column}): largest difference {difference:.1e}")


# %% [markdown]
# The third view also warns: the four phases never exchange a pixel. In lesson 2 this becomes the gridding effect.

# %% [markdown]
# ## 7. Stacks of layers
#
# The **receptive field** of a feature is the smallest square of input pixels outside of which nothing changes it. It is easy to
# compute, for one axis. Three numbers go through the layers:
#
# - the **size** of the receptive field, in input pixels: 1 before the first layer;
# - the **jump**, the distance in input pixels between one feature and the next: 1 before the first layer;
# - the **centre** of the first feature, in input pixels: 0.0, the middle of pixel 0, before the first layer.
#
# A layer whose kernel spans $k_\text{eff}$ features of its *input* reaches $k_\text{eff} - 1$ steps further, and each of those
# steps is as wide as the jump of its input. The stride multiplies the jump, for the layers that follow. And the centre: without
# padding, the first feature sits in the middle of the first $k_\text{eff}$ features of the input. Each pixel of padding moves it
# one jump of the input to the left.
#
# ### Exercise: receptive_field
#
# difficulty 3/5 · about 12 minutes · 3 points · further

# %% nbgrader={"grade": false, "grade_id": "receptive_field", "locked": false, "schema_version": 3, "solution": true, "task": false}
def receptive_field(layers: list[tuple[int, int, int, int]]) -> tuple[int, int, float]:
    """What the features of a stack of layers see along one axis, in input pixels.

    The start of a ResNet, [(7, 2, 3, 1), (3, 2, 1, 1)], gives (11, 4, 0.0).
    No layers give (1, 1, 0.0).

    Args:
        layers: (kernel_size, stride, padding, dilation) of each layer, the one nearest to the
            input first.

    Returns:
        A tuple (int, int, float): the size of the receptive field; the jump from one feature to
        the next; the centre of the first feature, where the middle of pixel 0 is 0.0.

    Raises:
        ValueError: a kernel_size, stride or dilation < 1, or a padding < 0.

    Source: Araujo, Norris and Sim, Computing Receptive Fields of Convolutional Neural Networks,
    Distill 2019, with the effective kernel size in place of the kernel size.
    """
    ### BEGIN SOLUTION
    size, jump, centre = 1, 1, 0.0
    for kernel_size, stride, padding, dilation in layers:
        if stride < 1 or padding < 0:
            raise ValueError(f"stride must be at least 1 and padding at least 0, not {stride} and {padding}")
        steps = effective_kernel_size(kernel_size, dilation) - 1
        size += steps * jump
        centre += (steps / 2 - padding) * jump
        jump *= stride
    return size, jump, centre
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_receptive_field", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
check(receptive_field)

# %% [markdown]
# ### One layer or two?
#
# The first figure of Yu and Koltun's paper is the best-known picture of dilation. It shows a 3 × 3, a 7 × 7 and a 15 × 15 square.
# It is easy to take the second for what *one* layer with dilation 2 sees. You know from above what one such layer spans. What
# does it span when it follows a layer with dilation 1?

# %%
predict("side of the receptive field of two 3 x 3 layers, dilation 1 then 2", ...)

# %%
both = span(pixels_read(1, 2))
print("one layer, dilation 2:", span(pixels_read(2)))
print("two layers, dilation 1 then 2:", both)
print("three layers, dilation 1, 2, 4:", span(pixels_read(1, 2, 4)))
reveal("side of the receptive field of two 3 x 3 layers, dilation 1 then 2", both)
show(stack_taps([[2], [1, 2]]), alt=stack_alt([[2], [1, 2]]))

# %% [markdown]
# The frame is the receptive field. The numbers count paths: in how many ways a pixel reaches the output. Hatched pixels are holes:
# no path leads from them. The single layer reads 9 of 25 pixels, the stack all 49. Now try other pairs of rates. Which of them
# leave holes?

# %%
tap_explorer()

# %% [markdown]
# ### How fast does it grow?
#
# It is often said that dilation makes the receptive field grow exponentially with depth. Two guesses, in pixels along one side, for
# six layers of 3 × 3:

# %%
predict("receptive field of six 3 x 3 layers with dilation 2 throughout", ...)

# %%
predict("receptive field of six 3 x 3 layers with dilation 1, 2, 4, 8, 16, 32", ...)

# %%
constant, doubling = [2] * 6, [1, 2, 4, 8, 16, 32]
measured = [span(pixels_read(*rates, size=129)) for rates in (constant, doubling)]
reveal("receptive field of six 3 x 3 layers with dilation 2 throughout", measured[0])
reveal("receptive field of six 3 x 3 layers with dilation 1, 2, 4, 8, 16, 32", measured[1])
stacks = {
    "dilation 1 throughout": [1] * 6,
    "dilation 2 throughout": constant,
    "doubling": doubling,
}
ends = ", ".join(f"{name}: {1 + 2 * sum(rates)} pixels" for name, rates in stacks.items())
show(
    growth(stacks),
    alt="The receptive field after 0 to 6 layers of 3 by 3. It starts at 1 pixel and ends at "
    f"{ends}. Constant rates give straight lines; doubling rates give a curve that about doubles "
    "with each layer.",
)

# %% [markdown]
# Each 3 × 3 layer of stride 1 adds $2d$ pixels. With a constant rate the sum grows linearly, whatever the rate is. It grows
# exponentially only if the *rates* do.

# %% [markdown]
# ## 8. What it costs
#
# Three claims to tell apart. First: stuffing a kernel with zeros costs the zeros as well. At dilation 8, how many times as many
# multiplications does the zero-stuffed 3 × 3 need for each output as the nine taps?

# %%
predict("multiplications of a zero-stuffed 3 x 3 at dilation 8, relative to nine taps", ...)


# %%
def operations(*layers: dict, size: int = 64, taps: int = 3) -> list[int]:
    """Counts the operations of each layer of a stack: 16 channels, images of size x size.

    The tensors have a size but no data: the device "meta" computes nothing.
    """
    features = torch.empty(1, 16, size, size, device="meta")
    weight = torch.empty(16, 16, taps, taps, device="meta")
    counts = []
    for options in layers:
        with FlopCounterMode(display=False) as counter:
            features = F.conv2d(features, weight, **options)
        counts.append(counter.get_total_flops())
    return counts


[ordinary] = operations(dict(padding=1))
[dilated] = operations(dict(padding=8, dilation=8))
[stuffed] = operations(dict(padding=8), taps=17)
print(f"dilation 8 in place of 1: {dilated / ordinary:.1f} times the operations")
ratio = stuffed / dilated
reveal("multiplications of a zero-stuffed 3 x 3 at dilation 8, relative to nine taps", ratio)


# %% [markdown]
# Second: the same number of operations is not the same time. This cell measures both kernels here, on your computer; the ratio
# depends on it, and on what else it is doing. On a GPU, a dilated layer can well be slower than an ordinary one.

# %%
def median_time(weight: Tensor, **options: int) -> float:
    """The median time of a convolution of one 32 x 32 image of 16 channels, in seconds."""
    image, times = torch.zeros(1, 16, 32, 32), []
    for _ in range(21):
        start = time.perf_counter()
        F.conv2d(image, weight, **options)
        times.append(time.perf_counter() - start)
    return statistics.median(times)


weight = torch.ones(16, 16, 3, 3)
ordinary = median_time(weight, padding=1)
dilated = median_time(weight, padding=8, dilation=8)
stuffed = median_time(dilate_kernel(weight, (8, 8)), padding=8)
print(f"dilation 8 in place of 1: {dilated / ordinary:.1f} times the time")
print(f"zero-stuffed in place of dilation 8: {stuffed / dilated:.1f} times the time")

# %% [markdown]
# Third: dilation is used to *remove a stride*, and that is not free at all. Take a layer with stride 2 and the layer after it.
# Set the stride to 1, and give the second layer dilation 2. Its weights are as many as before. How many times as many operations
# does the second layer need?

# %%
predict("operations of the layer after a removed stride of 2, relative to before", ...)

# %%
strided = operations(dict(stride=2, padding=1), dict(padding=1))
dense = operations(dict(stride=1, padding=1), dict(padding=2, dilation=2))
ratio = dense[1] / strided[1]
reveal("operations of the layer after a removed stride of 2, relative to before", ratio)

# %% [markdown]
# For each output the price is the same; there are four times as many outputs. This is what `strides=(1, 2, 1, 1)` with
# `dilations=(1, 1, 2, 4)` pays for, twice. Lesson 3 shows what it buys.

# %% [markdown]
# ## 9. Taps that fall off the map
#
# A backbone that keeps one feature for every 8 pixels turns an image of 513 × 513 pixels into a map of 65 × 65. On such a map, a
# module called atrous spatial pyramid pooling (ASPP) runs several 3 × 3 layers side by side, with large rates. DeepLab v3 uses
# 12, 24 and 36 there. A tap that lies outside the map reads padding, which is zero, and so its weight does nothing.
#
# On a 65 × 65 map, with rate 24 and "same" padding: at how many percent of the positions do all nine taps lie inside the map?

# %%
predict("percent of the positions of a 65 x 65 map with all nine taps inside, rate 24", ...)


# %% [markdown]
# ### Exercise: valid_taps
#
# difficulty 2/5 · about 8 minutes · 2 points · further
#
# Rows and columns don't interfere. Count along one axis first.

# %% nbgrader={"grade": false, "grade_id": "valid_taps", "locked": false, "schema_version": 3, "solution": true, "task": false}
def valid_taps(size: int, dilation: int, kernel_size: int = 3) -> Tensor:
    """How many taps of a kernel lie inside a map, for each position that it is centred on.

    valid_taps(5, 1) is 4 in the corners, 6 along the edges and 9 elsewhere.

    Args:
        size: the side of the square map, in pixels.
        dilation: the distance between taps, in pixels.
        kernel_size: the side of the square kernel, an odd number of taps.

    Returns:
        (size, size), int64, from 1 to kernel_size².

    Raises:
        ValueError: size < 0, dilation < 1, or a kernel_size that is even or < 1.
    """
    ### BEGIN SOLUTION
    if size < 0 or dilation < 1 or kernel_size < 1 or kernel_size % 2 == 0:
        raise ValueError(f"no taps to count: size {size}, dilation {dilation}, kernel_size {kernel_size}")
    radius = kernel_size // 2
    offsets = dilation * torch.arange(-radius, radius + 1)
    places = torch.arange(size)[:, None] + offsets
    along_one_axis = ((places >= 0) & (places < size)).sum(dim=1)
    return torch.outer(along_one_axis, along_one_axis)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_valid_taps", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check(valid_taps)

# %%
all_nine = (valid_taps(65, 24) == 9).double().mean().item()
question = "percent of the positions of a 65 x 65 map with all nine taps inside, rate 24"
reveal(question, 100 * all_nine)
for rate in (6, 12, 18, 24, 36, 64):
    counts = valid_taps(65, rate).double()
    complete, mean = (counts == 9).double().mean(), counts.mean() / 9
    print(f"rate {rate}: all nine inside at {complete:.1%} of the positions, mean share {mean:.1%}")

# %% [markdown]
# The same for all rates, and for a smaller map. At each rate, the height of a band is the share of the positions that have so many
# taps inside.

# %%
show(
    tap_shares(sizes=(65, 33)),
    alt="The rate that turned a 3 by 3 into a 1 by 1. Stacked areas of the share of positions "
    "with 9, 6, 4, 2 or 1 taps inside the map, against the dilation rate, for maps of 65 and 33 "
    f"pixels. At 65 pixels, all nine taps are inside at {all_nine:.1%} of the positions for rate "
    "24, and nowhere from rate 33 on. From rate 65 on, every position has one tap left. A dashed "
    f"line, the mean share of taps inside, falls from nearly 1 to {1 / 9:.1%}.",
)

# %% [markdown]
# From rate 65 on, only the middle tap is ever inside a 65 × 65 map. The 3 × 3 has become a 1 × 1:

# %%
generator = torch.Generator().manual_seed(2)
x = torch.randn(1, 2, 65, 65, generator=generator, dtype=torch.float64)
weight = torch.randn(3, 2, 3, 3, generator=generator, dtype=torch.float64)
wide = F.conv2d(x, weight, padding=65, dilation=65)
middle = F.conv2d(x, weight[:, :, 1:2, 1:2])
difference = (wide - middle).abs().max()
print(f"3 x 3 at rate 65 and its middle tap alone: largest difference {difference:.1e}")


# %% [markdown]
# DeepLab v3 reports this, and adds a branch that averages over the whole map. It is also a reason to train with large crops: on a
# small one, most taps of a large rate look at padding.

# %% [markdown]
# ## 10. Your own tests
#
# How would you find out that an implementation is wrong, if you had no autograder? Write the asserts. `examples` gets a function
# with the signature of `dilated_conv2d`. It must return for a correct one, and raise an `AssertionError` for a wrong one. It will
# be called with correct implementations, all of which it has to accept, and with a number of wrong ones, of which it has to catch
# three quarters. Some of the wrong ones flip the kernel, confuse rows and columns, mix up channels, forget the bias, or put the
# padding in the wrong place.
#
# Good tests are small and lopsided. A symmetric kernel can't show a flip, and a square image can't show that height and width were
# swapped. Values that are worked out by hand are welcome, and so is `F.conv2d`: nothing is forbidden here. Correct implementations
# may add in another order, so compare with a tolerance.
#
# ### Exercise: examples
#
# difficulty 3/5 · about 12 minutes · 3 points · further

# %% nbgrader={"grade": false, "grade_id": "examples", "locked": false, "schema_version": 3, "solution": true, "task": false}
def examples(dilated_conv2d) -> None:
    """Returns if the given `dilated_conv2d` is correct, as far as a few examples can tell.

    Raises:
        AssertionError: an example does not come out as it should.
    """
    ### BEGIN SOLUTION
    bright = torch.zeros(1, 1, 3, 5)
    bright[0, 0, 1, 2] = 1
    taps = torch.arange(1.0, 10.0).reshape(1, 1, 3, 3)
    response = dilated_conv2d(bright, taps, padding=(1, 2), dilation=(1, 2))
    by_hand = torch.tensor([[[[9.0, 0, 8, 0, 7], [6, 0, 5, 0, 4], [3, 0, 2, 0, 1]]]])
    assert response.shape == by_hand.shape, "padding = dilation keeps the size, for a 3 x 3"
    assert torch.allclose(response, by_hand, atol=1e-5), "the response to one bright pixel is the kernel, turned by 180 degrees"

    x = torch.arange(2 * 3 * 7 * 11).reshape(2, 3, 7, 11).double().sin()
    weight = torch.arange(3 * 3 * 3 * 2).reshape(3, 3, 3, 2).double().cos()
    bias = torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64)
    for padding, dilation in (((0, 0), (1, 1)), ((2, 1), (2, 3)), ((0, 4), (3, 1))):
        result = dilated_conv2d(x, weight, bias, padding=padding, dilation=dilation)
        expected = F.conv2d(x, weight, bias, padding=padding, dilation=dilation)
        assert result.shape == expected.shape, f"padding {padding} and dilation {dilation} give {tuple(expected.shape)}"
        assert torch.allclose(result, expected), f"padding {padding} and dilation {dilation} give other values"
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_examples", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
check(examples)


# %% [markdown]
# Try them on PyTorch's own operator, and on one that flips the kernel:

# %%
def flipped(x: Tensor, weight: Tensor, *options: object, **more: object) -> Tensor:
    """Wrong on purpose: a convolution in the mathematical sense."""
    return F.conv2d(x, weight.flip(-2, -1), *options, **more)


for candidate in (F.conv2d, flipped):
    try:
        examples(candidate)
        print(f"{candidate.__name__} is accepted")
    except AssertionError as reason:
        print(f"{candidate.__name__} is rejected: {reason}")

# %% [markdown]
# ## Summary
#
# - A kernel of $k$ taps at dilation $d$ spans $d(k - 1) + 1$ pixels. The number of its weights does not change.
# - "Same" padding is $d(k - 1)$ in all. For a 3 × 3 that is $d$ on each side: `padding=dilation`.
# - Taps that lie apart, a kernel stuffed with zeros, and an ordinary kernel on each phase are one operator.
# - One dilated layer reads only some pixels of its square. At stride 1, each layer widens the receptive field by
#   $d(k - 1)$ pixels.
# - For each output, dilation costs no more operations. Where it replaces a stride, there are more outputs.
# - A rate that is large for its map turns a 3 × 3 into a 1 × 1.

# %% [markdown]
# ## What public material gets wrong about it
#
# - *"A 3 × 3 with dilation 2 sees 7 × 7, and with dilation 4 it sees 15 × 15."* Those are stacks of two and three layers, in the
#   first figure of [Yu and Koltun's paper](https://arxiv.org/abs/1511.07122). The single layers span 5 × 5 and 9 × 9.
# - *"A dilated 3 × 3 covers all of its receptive field."* A single layer reads nine pixels of it; you measured the shares in section 1.
# - *"Dilation makes the receptive field grow exponentially with depth."* Only if the rates grow exponentially. With a constant rate it
#   grows linearly.
# - *"Dilation enlarges the field of view without more computation."* True for each output. Where a stride was removed, there are more
#   outputs, and each following layer pays for them.
# - *"The default dilation is 0", "dilation 2 halves the output".* Dilation 1 is the ordinary convolution
#   ([documentation of Conv2d](https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html)). With "same" padding the
#   output keeps its size at every dilation.

# %% [markdown]
# ## References
#
# - Yu and Koltun, *Multi-Scale Context Aggregation by Dilated Convolutions*, 2016, [arXiv:1511.07122](https://arxiv.org/abs/1511.07122).
# - Chen et al., *DeepLab: Semantic Image Segmentation with Deep Convolutional Nets, Atrous Convolution, and Fully Connected CRFs*,
#   2016, [arXiv:1606.00915](https://arxiv.org/abs/1606.00915).
# - Chen et al., *Rethinking Atrous Convolution for Semantic Image Segmentation* (DeepLab v3), 2017,
#   [arXiv:1706.05587](https://arxiv.org/abs/1706.05587).
# - Araujo, Norris and Sim, *Computing Receptive Fields of Convolutional Neural Networks*, Distill, 2019,
#   [doi:10.23915/distill.00021](https://doi.org/10.23915/distill.00021).
# - PyTorch, [torch.nn.Conv2d](https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html) and
#   [torch.nn.functional.conv2d](https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.conv2d.html).

# %%
progress()
