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
# # Lesson 6: the capstone
#
# A config of five lines describes a whole segmentation run: the network, its head, the optimizer, the schedule, the crops. In this lesson
# you read such a config, build what it says from the parts of the five lessons, train it, and look at what each of its switches does
# to the result, and at which differences are nothing but luck.
#
# About an hour and three quarters; with the exercises marked *further*, which nothing else needs, about two hours. You need: lessons 3 to 5; `nn.Module`; what a confusion matrix is will be explained.
#
# Contents: the config · the backbone · the segmenter · the images · counting · training · what each switch does · your own tests ·
# summary.

# %% [markdown]
# ## What you will be able to do
#
# - read a config so that a typing error in it is told at once, and not after a night of training;
# - build a dilated backbone and a segmenter from it, and prove that they are what the config says;
# - measure a segmentation with the mean IoU, ignored pixels left out;
# - train with SGD, a poly schedule and random crops, the same way every time;
# - tell a difference from noise.

# %% [markdown]
# ## Why it matters
#
# This config is in mmsegmentation's style, made small:
#
# ```yaml
# backbone:  {base_channels: 8, blocks: [1, 1, 2, 2], strides: [1, 2, 1, 1], dilations: [1, 1, 2, 4], contract_dilation: true}
# head:      {channels: 32, num_classes: 4, align_corners: false}
# optimizer: {lr: 0.05, momentum: 0.9, weight_decay: 0.0005}
# schedule:  {power: 0.9, eta_min: 0.0001, max_iters: 200}
# data:      {crop_size: 65, batch_size: 8}
# ```
#
# You know what nearly every word of it means by now, and what goes wrong in silence when it is changed: weights still load, the loss still
# falls, a number still comes out.

# %% [markdown]
# ## Setting up
#
# Run these cells first. Everything runs on this computer; nothing is sent anywhere. The first cell also holds the parts of lessons 3 and 4
# that are needed, as the course writes them, so that nothing here depends on an exercise that was left out there.

# %% nbgrader={"grade": false, "grade_id": "setup", "locked": true, "schema_version": 3, "solution": false, "task": false}
import math
from typing import Any

import torch
import torch.nn.functional as F
import yaml
from torch import Tensor, nn


def deep_stem(in_channels: int, channels: int) -> nn.Sequential:
    """Lesson 3: conv, BatchNorm, ReLU, three times; strides 2, 1, 1."""
    if channels % 2 or channels < 2:
        raise ValueError(f"a stem has an even number of channels, not {channels}")
    wide, layers = (in_channels, channels // 2, channels // 2, channels), []
    for place, stride in enumerate((2, 1, 1)):
        layers += [nn.Conv2d(wide[place], wide[place + 1], 3, stride, 1, bias=False), nn.BatchNorm2d(wide[place + 1]), nn.ReLU()]
    return nn.Sequential(*layers)


class Bottleneck(nn.Module):
    """Lesson 3: 1 x 1, 3 x 3 with stride and dilation, 1 x 1, and a shortcut."""

    def __init__(self, in_channels: int, planes: int, stride: int = 1, dilation: int = 1) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(in_channels, planes, 1, bias=False), nn.BatchNorm2d(planes)
        self.conv2, self.bn2 = nn.Conv2d(planes, planes, 3, stride, dilation, dilation, bias=False), nn.BatchNorm2d(planes)
        self.conv3, self.bn3 = nn.Conv2d(planes, 4 * planes, 1, bias=False), nn.BatchNorm2d(4 * planes)
        same = stride == 1 and in_channels == 4 * planes
        self.downsample = None if same else nn.Sequential(nn.Conv2d(in_channels, 4 * planes, 1, stride, bias=False), nn.BatchNorm2d(4 * planes))

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))))
        return F.relu(self.bn3(self.conv3(y)) + (x if self.downsample is None else self.downsample(x)))


def make_stage(in_channels: int, planes: int, num_blocks: int, stride: int, dilation: int, contract: bool) -> nn.Sequential:
    """Lesson 3: blocks in a row; the first has the stride, and half of the dilation where it is contracted."""
    if min(planes, num_blocks, stride, dilation) < 1:
        raise ValueError(f"no stage with {num_blocks} blocks, {planes} planes, stride {stride} and dilation {dilation}")
    first = Bottleneck(in_channels, planes, stride, max(dilation // 2, 1) if contract else dilation)
    return nn.Sequential(first, *(Bottleneck(4 * planes, planes, dilation=dilation) for _ in range(num_blocks - 1)))


def poly_lr(base_lr: float, step: int, total_steps: int, power: float = 0.9, eta_min: float = 0.0) -> float:
    """Lesson 4: the rate of a step, bent towards a floor."""
    return float((base_lr - eta_min) * (1 - step / total_steps) ** power + eta_min) if step < total_steps else float(eta_min)

# %% nbgrader={"grade": false, "grade_id": "tools", "locked": true, "schema_version": 3, "solution": false, "task": false}
from autograder import check, hint, predict, progress, reveal
from autograder.datasets import CLASSES, ablation, photographs, shapes
from autograder.pictures import band, bands, bands_alt, block_tables, block_tables_alt, photo_rows, photo_rows_alt, scenes, scenes_alt
from autograder.pictures import schedules, schedules_alt, show
from autograder.widgets import crop_explorer

CONFIG = """
backbone:  {base_channels: 8, blocks: [1, 1, 2, 2], strides: [1, 2, 1, 1], dilations: [1, 1, 2, 4], contract_dilation: true}
head:      {channels: 32, num_classes: 4, align_corners: false}
optimizer: {lr: 0.05, momentum: 0.9, weight_decay: 0.0005}
schedule:  {power: 0.9, eta_min: 0.0001, max_iters: 200}
data:      {crop_size: 65, batch_size: 8}
"""

# %%
# Put your own deep_stem, Bottleneck, make_stage and poly_lr here if you like: they take the place of those above, here and in the checks.

# %% [markdown]
# An exercise works as in the other lessons: complete the function, run its cell, run the check below it. `hint("read_config")`, in a cell
# of its own, gives a hint; asked again after the next attempt, it goes one step further. Where a guess is asked for, put a number in the
# place of the `...`. Functions keep their parameters' names, leave their arguments and the global random state as they were, and remember
# nothing; only making a module draws its first weights.
#
# ## 1. The config
#
# PyYAML turns the text into a dict of dicts. It does not know which keys there are. A key with a typing error is a key like any other, and
# the program that asks for the right one never sees it, or takes a default. So all keys are required here, and no others are allowed.
#
# | section | key | type | allowed |
# | --- | --- | --- | --- |
# | backbone | base_channels | int | even, at least 2 |
# | | blocks, strides, dilations | lists of int | one length, 1 to 4; every entry at least 1 |
# | | contract_dilation | bool | |
# | head | channels, num_classes | int | at least 1 |
# | | align_corners | bool | |
# | optimizer | lr | float | above 0 |
# | | momentum | float | from 0 to below 1 |
# | | weight_decay | float | at least 0 |
# | schedule | power | float | above −1 |
# | | eta_min | float | at least 0 |
# | | max_iters | int | at least 1 |
# | data | crop_size, batch_size | int | at least 1 |
#
# An int may stand for a float; floats are finite. A bool stands for no number, though `True == 1` in Python. And one trap is YAML's own:
# how many of these five does PyYAML read as numbers?

# %%
NUMBERS = ["1e-4", "1.0e-4", "0.0001", "1.e+4", "1e4"]
predict("of 1e-4, 1.0e-4, 0.0001, 1.e+4 and 1e4, how many are numbers for PyYAML", ...)

# %%
for text in NUMBERS:
    print(f"{text}: {yaml.safe_load(text)!r}")
numbers_read = sum(not isinstance(yaml.safe_load(text), str) for text in NUMBERS)
reveal("of 1e-4, 1.0e-4, 0.0001, 1.e+4 and 1e4, how many are numbers for PyYAML", numbers_read)

# %% [markdown]
# YAML 1.1 wants a point in a float, and a sign in its exponent. `lr: 1e-4` is text, and the message should say so.
#
# ### Exercise: read_config
#
# difficulty 3/5 · about 20 minutes · 4 points

# %% nbgrader={"grade": false, "grade_id": "read_config", "locked": false, "schema_version": 3, "solution": true, "task": false}
def read_config(text: str) -> dict:
    """The config that a YAML text describes, as a dict of the five sections' dicts, in which everything is as in the table above.

    Raises:
        ValueError: the text is no YAML, or no mapping of these sections; a key is missing or unknown; a value has the wrong type or makes
            no sense. Its sentence names the key, and says what is allowed.
    """
    ### BEGIN SOLUTION
    try:
        config = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(f"the config is no YAML: {error}") from None
    whole, number, flag = (int, math.isfinite, "a whole number"), (float, math.isfinite, "a finite number"), (bool, bool, "true or false")
    stages = (list, lambda value: 1 <= len(value) <= 4 and all(type(entry) is int and entry >= 1 for entry in value), "1 to 4 whole numbers")
    table = {
        "backbone": {"base_channels": whole, "blocks": stages, "strides": stages, "dilations": stages, "contract_dilation": flag},
        "head": {"channels": whole, "num_classes": whole, "align_corners": flag},
        "optimizer": {"lr": number, "momentum": number, "weight_decay": number},
        "schedule": {"power": number, "eta_min": number, "max_iters": whole},
        "data": {"crop_size": whole, "batch_size": whole},
    }
    least = {"base_channels": 2, "momentum": 0, "weight_decay": 0, "eta_min": 0, "lr": math.ulp(0), "power": math.nextafter(-1, 0)}

    def require_keys(where: str, found: Any, due: dict) -> None:
        if not isinstance(found, dict) or found.keys() != due.keys():
            wrong = list(found.keys() ^ due.keys()) if isinstance(found, dict) else found
            raise ValueError(f"{where} has the keys {list(due)}, each of them and no others; look at {wrong}")

    require_keys("the config", config, table)
    for section, rows in table.items():
        require_keys(section, config[section], rows)
        for key, (kind, fine, words) in rows.items():
            value, advice = config[section][key], "; YAML 1.1 takes 1e-4 for text, write 1.0e-4" if kind is float else ""
            if type(value) is not kind and not (kind is float and type(value) is int) or kind is not bool and not fine(value):
                raise ValueError(f"{section}.{key} is {words}, not {value!r}{advice}")
            if kind in (int, float) and value < least.get(key, 1):
                raise ValueError(f"{section}.{key} is {words} from {least.get(key, 1)}, not {value!r}")
    if config["backbone"]["base_channels"] % 2 or config["optimizer"]["momentum"] >= 1:
        raise ValueError("backbone.base_channels is even, and optimizer.momentum below 1")
    if len({len(config["backbone"][key]) for key in ("blocks", "strides", "dilations")}) > 1:
        raise ValueError("backbone.blocks, strides and dilations have one length")
    return config
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_read_config", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
check(read_config)

# %% [markdown]
# What the first line says, block by block: the dilation of each, with contraction and without.

# %%
config = read_config(CONFIG)
stages = list(zip(config["backbone"]["blocks"], config["backbone"]["dilations"], strict=True))
plans = {f"contract_dilation: {str(contract).lower()}": [[max(rate // 2, 1) if contract and not block else rate for block in range(count)]
                                                         for count, rate in stages] for contract in (True, False)}
show(block_tables(plans), alt=block_tables_alt(plans))

# %%
config = read_config(CONFIG)
for wrong in (CONFIG.replace("0.0005", "5e-4"), CONFIG.replace("dilations", "dilation"), CONFIG.replace("max_iters: 200", "max_iters: true")):
    try:
        read_config(wrong)
    except ValueError as error:
        print(error)

# %% [markdown]
# ## 2. The backbone
#
# Stem, a 3 × 3 max pool with stride 2 and padding 1, then the stages. Stage $i$ (counted from 0) has base_channels · $2^i$ planes, and gives
# four times as many channels. Its blocks, stride and dilation are the entries of the three lists.
#
# With strides (1, 2, 1, 1) the output stride is 8. How many features does an image of 65 × 65 pixels give along one axis?

# %%
predict("features along 65 pixels at output stride 8", ...)

# %% [markdown]
# ### Exercise: build_backbone
#
# difficulty 3/5 · about 15 minutes · 4 points

# %% nbgrader={"grade": false, "grade_id": "build_backbone", "locked": false, "schema_version": 3, "solution": true, "task": false}
def build_backbone(config: dict) -> nn.Module:
    """The backbone of a whole config: (N, 3, H, W) becomes the last stage's features, (N, C, ceil(H / s), ceil(W / s)).

    Children: stem, which is deep_stem(3, base_channels); maxpool; layer1, layer2 and so on, one stage for each entry of the lists.

    Raises:
        ValueError: blocks, strides and dilations differ in length, or what deep_stem and make_stage refuse.
    """
    ### BEGIN SOLUTION
    found = config["backbone"]
    net, channels = nn.Sequential(), found["base_channels"]
    net.add_module("stem", deep_stem(3, channels))
    net.add_module("maxpool", nn.MaxPool2d(3, stride=2, padding=1))
    for place, (blocks, stride, dilation) in enumerate(zip(found["blocks"], found["strides"], found["dilations"], strict=True)):
        planes = found["base_channels"] * 2**place
        net.add_module(f"layer{place + 1}", make_stage(channels, planes, blocks, stride, dilation, found["contract_dilation"]))
        channels = 4 * planes
    return net
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_build_backbone", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
check(build_backbone)

# %%
backbone = build_backbone(config).eval()
with torch.no_grad():
    features = backbone(torch.zeros(1, 3, 65, 65))
print(tuple(features.shape), sum(weight.numel() for weight in backbone.parameters()), "weights")
reveal("features along 65 pixels at output stride 8", features.shape[-1])

# %% [markdown]
# Lesson 3's proof, for the whole backbone: the same weights, once with all strides and once with dilations, contracted and not. The dense
# features are compared at every fourth place.

# %%
def with_strides(config: dict, strides: list[int], dilations: list[int], contract: bool) -> dict:
    """The config with another backbone of the same weights."""
    return config | {"backbone": config["backbone"] | {"strides": strides, "dilations": dilations, "contract_dilation": contract}}


image = torch.randn(1, 3, 65, 65, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
strided = build_backbone(with_strides(config, [1, 2, 2, 2], [1, 1, 1, 1], True)).double()
with torch.no_grad():
    strided(image)  # one pass in train mode, for batch statistics that are not all 0 and 1
    few = strided.eval()(image)
    for contract in (True, False):
        dense = build_backbone(with_strides(config, [1, 2, 1, 1], [1, 1, 2, 4], contract)).double().eval()
        dense.load_state_dict(strided.state_dict())
        off = (dense(image)[..., ::4, ::4] - few).abs().max() / few.abs().max()
        print(f"contract_dilation={contract}: off by {off:.1e} of the largest feature")

# %% [markdown]
# ## 3. The segmenter
#
# The head is an `nn.Sequential` of four layers: a 3 × 3 convolution with padding 1 and without a bias, a BatchNorm, a ReLU, and a 1 × 1
# convolution, with a bias, to one channel for each class. Its logits are resized to the image, bilinearly, with the config's
# `align_corners`. Which percentage of the segmenter's weights is in the head?

# %%
predict("percent of the segmenter's weights that are in its head", ...)

# %% [markdown]
# ### Exercise: build_segmenter
#
# difficulty 2/5 · about 12 minutes · 3 points

# %% nbgrader={"grade": false, "grade_id": "build_segmenter", "locked": false, "schema_version": 3, "solution": true, "task": false}
def build_segmenter(config: dict) -> nn.Module:
    """The network of a whole config: (N, 3, H, W) becomes logits (N, num_classes, H, W), for any H and W.

    Children: backbone, which is build_backbone(config), and head, the four layers above as an nn.Sequential.

    Raises:
        ValueError: what build_backbone refuses.
    """
    ### BEGIN SOLUTION
    return Segmenter(config)


class Segmenter(nn.Module):
    def __init__(self, config: dict) -> None:
        super().__init__()
        wide, found = config["head"]["channels"], config["backbone"]
        channels = 4 * found["base_channels"] * 2 ** (len(found["blocks"]) - 1)
        self.backbone, self.align_corners = build_backbone(config), config["head"]["align_corners"]
        layers = [nn.Conv2d(channels, wide, 3, padding=1, bias=False), nn.BatchNorm2d(wide), nn.ReLU()]
        self.head = nn.Sequential(*layers, nn.Conv2d(wide, config["head"]["num_classes"], 1))

    def forward(self, images: Tensor) -> Tensor:
        logits = self.head(self.backbone(images))
        return F.interpolate(logits, size=images.shape[2:], mode="bilinear", align_corners=self.align_corners)
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_build_segmenter", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
check(build_segmenter)

# %%
weights = {name: sum(weight.numel() for weight in child.parameters()) for name, child in build_segmenter(config).named_children()}
print(weights)
reveal("percent of the segmenter's weights that are in its head", 100 * weights["head"] / sum(weights.values()))

# %% [markdown]
# Where do the logits of a crop lie? The picture shows it for both conventions (lesson 5). Find a crop size at which one of them is exact, and
# look at what becomes of it one pixel further.

# %%
crop_explorer(crop_size=65, output_stride=8)

# %% [markdown]
# ## 4. The images
#
# The images are drawn by a program, from a seed (`data/make_segmentation.py`): thin rings, discs and squares on a dark background, with
# patches of gratings, which belong to the background. They are made to be hard in the ways that this course is about. A layer that reads
# every second pixel only can't tell a grating of period 2 from a square. A ring of two pixels is gone on a grid of 32. Around each shape
# lies a border of one pixel with the label 255, which counts nowhere.

# %%
images, labels = shapes(65, "train")
test_images, test_labels = shapes(65, "test")
rows = {"image": list(images[:5, 0]), "labels": list(labels[:5])}
show(scenes(rows, CLASSES), alt=scenes_alt(rows, CLASSES))
print(tuple(images.shape), images.dtype, tuple(labels.shape), labels.dtype)

# %% [markdown]
# What dilation does can be seen on photographs too. Each of these goes through two stacks of three 3 × 3 layers that take the plain mean of
# their taps. The receptive field is 25 pixels wide in both. With rates (4, 4, 4), those of stage 4 without contraction, an output and its
# right neighbour share no pixel, and lines of a period of four appear that are in no photograph. With (1, 3, 8) there are no holes, and none
# of these lines.

# %%
def smoothed(image, rates):
    for rate in rates:
        image = F.conv2d(F.pad(image[None, None], (rate,) * 4, "replicate"), torch.full((1, 1, 3, 3), 1 / 9), dilation=rate)[0, 0]
    return image[32:97, 32:97]

rows = {"photograph": {name: photo[32:97, 32:97] for name, photo in photographs().items()}}
for rates in ((4, 4, 4), (1, 3, 8)):
    rows[f"rates {rates}"] = {name: smoothed(photo, rates) for name, photo in photographs().items()}
show(photo_rows(rows), alt=photo_rows_alt(rows))

# %% [markdown]
# ## 5. Counting
#
# A confusion matrix counts pixels: the row is the class that a pixel has, the column the class that was predicted. Two images' matrices can
# be added. With three classes:
#
# | | predicted 0 | predicted 1 | predicted 2 |
# | --- | --- | --- | --- |
# | is 0 | 6 | 2 | 0 |
# | is 1 | 1 | 3 | 0 |
# | is 2 | 0 | 0 | 0 |
#
# ### Exercise: confusion_matrix
#
# difficulty 2/5 · about 12 minutes · 3 points

# %% nbgrader={"grade": false, "grade_id": "confusion_matrix", "locked": false, "schema_version": 3, "solution": true, "task": false}
def confusion_matrix(predicted: Tensor, target: Tensor, num_classes: int, ignore_index: int = 255) -> Tensor:
    """How many pixels of each class were taken for which.

    Args:
        predicted: (N, H, W), integers from 0 to num_classes - 1 where they count.
        target: (N, H, W), the same, or ignore_index: such pixels count nowhere, whatever is predicted there.

    Returns:
        (num_classes, num_classes), int64; rows are the target, columns the prediction.

    Raises:
        ValueError: a label or a prediction outside the classes where it counts; maps of different sizes; no class.
    """
    ### BEGIN SOLUTION
    if predicted.shape != target.shape or num_classes < 1:
        raise ValueError(f"maps of one size and at least one class are due, not {tuple(predicted.shape)} and {tuple(target.shape)}")
    counted = target != ignore_index
    guess, truth = predicted[counted].long(), target[counted].long()
    for values in (guess, truth):
        if ((values < 0) | (values >= num_classes)).any():
            raise ValueError(f"there are the classes 0 to {num_classes - 1}, and {values.min()} to {values.max()} came")
    pairs = torch.bincount(num_classes * truth + guess, minlength=num_classes**2)
    return pairs.view(num_classes, num_classes)
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_confusion_matrix", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
check(confusion_matrix)

# %% [markdown]
# The intersection over union of a class is a fraction: above the line the pixels that are of this class and were taken for it; below the line
# those that are of this class *or* were taken for it. In the table above, class 0 has 6 of 6 + 2 + 1, class 1 has 3 of 3 + 1 + 2. Class 2
# occurs nowhere: it has no value, and is left out. The mean over the others is the mean IoU.
#
# A net that says background everywhere is right for most pixels. What is its mean IoU on the test images?

# %%
predict("mean IoU of background everywhere", ...)

# %% [markdown]
# ### Exercise: mean_iou
#
# difficulty 2/5 · about 8 minutes · 2 points

# %% nbgrader={"grade": false, "grade_id": "mean_iou", "locked": false, "schema_version": 3, "solution": true, "task": false}
def mean_iou(confusion: Tensor) -> float:
    """The mean of the classes' intersections over unions; classes that occur in neither are left out.

    Args:
        confusion: (C, C), integers, as from confusion_matrix.

    Raises:
        ValueError: nothing was counted; a count is negative; it is no square.
    """
    ### BEGIN SOLUTION
    if confusion.dim() != 2 or confusion.shape[0] != confusion.shape[1] or (confusion < 0).any() or not confusion.any():
        raise ValueError("a square of counts is due, not all of them 0")
    hits = confusion.diag().double()
    union = confusion.sum(0) + confusion.sum(1) - confusion.diag()
    return float((hits / union)[union > 0].mean())
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_mean_iou", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check(mean_iou)

# %%
everywhere = confusion_matrix(torch.zeros_like(test_labels), test_labels, 4)
print(f"{everywhere[0, 0] / everywhere.sum():.1%} of the pixels are right")
reveal("mean IoU of background everywhere", mean_iou(everywhere))

# %% [markdown]
# ## 6. Training
#
# One iteration:
#
# 1. the rate of `poly_lr`, with T = max_iters, is written into every group of the optimizer;
# 2. a batch of images is chosen, and a random crop is cut out of each, the same from the image and from its labels;
# 3. the logits;
# 4. the loss: the mean cross entropy over the pixels of the batch that are not 255; 0 where all are;
# 5. the gradients, after the old ones are cleared;
# 6. the step of SGD, with the config's momentum and weight decay.
#
# Two things need care. `F.cross_entropy` returns NaN for a batch in which everything is ignored. And making a module draws from PyTorch's
# *global* random state: to get the same weights from the same seed, the state has to be set, and put back afterwards.
#
# How much of what the optimizer still has to do is left after half of the iterations? You computed it in lesson 4.

# %%
rates = {"this config": [poly_lr(0.05, step, 200, 0.9, 0.0001) for step in range(200)]}
show(schedules(rates, "the rate of each iteration", floor=0.0001), alt=schedules_alt(rates))

# %% [markdown]
# ### Exercise: train
#
# difficulty 4/5 · about 25 minutes · 6 points

# %% nbgrader={"grade": false, "grade_id": "train", "locked": false, "schema_version": 3, "solution": true, "task": false}
def train(config: dict, images: Tensor, labels: Tensor, seed: int = 0) -> dict:
    """Trains the config's segmenter with SGD on random crops. The same seed gives the same result.

    Args:
        images: (N, 3, H, W), H and W at least crop_size. The network is trained in their dtype, on their device.
        labels: (N, H, W), int64; 255 is ignored.
        seed: decides the first weights, the order of the images and the crops; the global random state stays as it was.

    Returns:
        "loss": the loss of each iteration, floats; "lr": the rate that each used, floats; "state_dict": the trained network's.
        A batch larger than the set takes images more than once.

    Raises:
        ValueError: images smaller than the crop, no images, labels of another number or size.
    """
    ### BEGIN SOLUTION
    crop, schedule = config["data"]["crop_size"], config["schedule"]
    if not len(images) or labels.shape != images[:, 0].shape or min(images.shape[2:]) < crop:
        raise ValueError(f"images of {crop} x {crop} pixels or more, and a label for each of their pixels, are due")
    generator = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        net = build_segmenter(config).to(images)
    optimizer = torch.optim.SGD(net.parameters(), **config["optimizer"])
    losses, rates, order = [], [], []
    for iteration in range(schedule["max_iters"]):
        rates.append(poly_lr(config["optimizer"]["lr"], iteration, schedule["max_iters"], schedule["power"], schedule["eta_min"]))
        for group in optimizer.param_groups:
            group["lr"] = rates[-1]
        crops = []
        for _ in range(config["data"]["batch_size"]):
            order = order or torch.randperm(len(images), generator=generator).tolist()
            place = order.pop()
            top, left = (int(torch.randint(0, size - crop + 1, (), generator=generator)) for size in images.shape[2:])
            crops.append((images[place, :, top:top + crop, left:left + crop], labels[place, top:top + crop, left:left + crop]))
        batch, target = (torch.stack(part) for part in zip(*crops, strict=True))
        loss = F.cross_entropy(net(batch), target, ignore_index=255, reduction="sum") / (target != 255).sum().clamp(min=1)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return {"loss": losses, "lr": rates, "state_dict": net.state_dict()}
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_train", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
check(train)

# %% [markdown]
# Now the whole config. It takes half a minute or less on two cores, and less on a GPU, which is used if there is one. Before you run it: which mean IoU
# will the net reach on the test images after 200 iterations?

# %%
predict("mean IoU after 200 iterations", ...)

# %%
device = "cuda" if torch.cuda.is_available() else "cpu"
run = train(config, images.to(device), labels.to(device), seed=0)
net = build_segmenter(config).to(device)
net.load_state_dict(run["state_dict"])
net.eval()
with torch.no_grad():
    predicted = net(test_images.to(device)).argmax(1).cpu()
confusion = confusion_matrix(predicted, test_labels, 4)
print(f"loss {run['loss'][0]:.2f} at first, {sum(run['loss'][-20:]) / 20:.2f} over the last 20 iterations")
for place, name in enumerate(CLASSES):
    print(f"{name}: {confusion[place, place] / confusion[place].sum():.0%} of its pixels found")
reveal("mean IoU after 200 iterations", mean_iou(confusion))

# %%
rows = {"image": list(test_images[:5, 0]), "labels": list(test_labels[:5]), "predicted": list(predicted[:5])}
show(scenes(rows, CLASSES), alt=scenes_alt(rows, CLASSES))

# %% [markdown]
# The large shapes are found first; thin rings come late, if at all. The mean IoU weighs each class alike, so the rings cost a quarter of it.
# Look at each class before you believe a mean.
#
# ## 7. What each switch does
#
# One run proves nothing. The same config with another seed gives another number, and the difference between two seeds can be larger than
# what a switch does. So every variant below was trained from five seeds, for 800 iterations, and the results were kept:
# `python -m benchmarks.ablation` computes them again in about twenty minutes. Guess first. By how much does output stride 8 beat
# output stride 32, in mean IoU?

# %%
predict("mean IoU at output stride 8 minus that at 32", ...)
predict("ring recall of the head with rates (1, 2, 3) minus that with (2, 2, 2)", ...)
predict("mean IoU of poly minus constant after 800 iterations", ...)

# %%
measured = ablation()
results = measured["results"]
print(measured["about"])


def picture(experiment: str, score: str) -> None:
    """A variant a row: a dot for each seed, the mean, and its band."""
    rows = {name: scores[score] for name, scores in results[experiment].items() if score in scores}
    title = f"{experiment}: {score}"
    show(bands(rows, title, f"{score} (pixels)" if "shift" in score else score), alt=bands_alt(rows, title))


picture("output stride", "mIoU")
picture("output stride", "ring recall")

# %% [markdown]
# A dot is a seed. The thick line is the mean, and the band says where the mean of very many seeds would lie, in 19 of 20 such experiments.
# For two variants with the same seeds, the differences seed by seed say more than two bands do: a band around the mean difference that
# contains 0 means that five seeds can't tell the two apart.

# %%
def compared(experiment: str, one: str, other: str, score: str) -> float:
    """The mean difference between two variants, seed by seed, and whether it can be told from noise."""
    pairs = zip(results[experiment][one][score], results[experiment][other][score], strict=True)
    mean, half = band([first - second for first, second in pairs])
    verdict = "noise, as far as five seeds can tell" if abs(mean) < half else "more than noise"
    print(f"{experiment}: {one} minus {other}, {score}: {mean:+.3f} ± {half:.3f}: {verdict}")
    return mean


stride_gain = compared("output stride", "8", "32", "mIoU")
compared("output stride", "8", "16", "mIoU")
reveal("mean IoU at output stride 8 minus that at 32", stride_gain)

# %% [markdown]
# ### contract_dilation, without any training
#
# The weights of the nets with output stride 32 were put into dense nets, contracted and not, as it happens when somebody uses
# pretrained weights. The head's 3 × 3 got rate 4 in both, since it too was trained on the coarse grid. Nothing was trained afterwards.

# %%
picture("contract_dilation, untrained", "mIoU")
compared("contract_dilation, untrained", "contracted", "not contracted", "mIoU");

# %% [markdown]
# ### The head's rates, the schedule, and the crops

# %%
picture("rates of the head", "mIoU")
picture("rates of the head", "ring recall")
compared("rates of the head", "1, 2, 3", "2, 2, 2", "mIoU")
rings = compared("rates of the head", "1, 2, 3", "2, 2, 2", "ring recall")
reveal("ring recall of the head with rates (1, 2, 3) minus that with (2, 2, 2)", rings)

# %%
picture("schedule", "mIoU")
compared("schedule", "poly, 100", "constant, 100", "mIoU")
poly_gain = compared("schedule", "poly, 800", "constant, 800", "mIoU")
reveal("mean IoU of poly minus constant after 800 iterations", poly_gain)

# %%
picture("align_corners and crop", "mIoU")
picture("align_corners and crop", "shift")
picture("align_corners and crop", "outward shift")
for crop in (64, 65):
    compared("align_corners and crop", f"True, {crop}", f"False, {crop}", "mIoU")
    compared("align_corners and crop", f"True, {crop}", f"False, {crop}", "outward shift")

# %% [markdown]
# The shift is measured with single discs at known places: by how much their centres are found too far down and to the right, and, for discs
# near the border, away from the middle of the image.
#
# ### What five seeds can tell, and what they can't
#
# *More than noise.* The output stride: 8 beats 16 by 0.22 and 32 by 0.30 in mean IoU, and nearly all of the rings' pixels that are found are
# found at 8. Contraction, nothing trained: 0.33 with it, 0.31 without. (The contracted net even beats the strided one that it came from,
# 0.28: it computes the same features, and more of them, so that less is interpolated.) Crops of 64 with align_corners: 0.07 behind crops of 64
# without. And where discs are found: at 65 pixels they lie within a tenth of a pixel with align_corners, and a third of a pixel too far
# inside without.
#
# *Noise.* Poly against constant, at both budgets, in mean IoU: the means even lean to the constant rate. The rings with either head.
# align_corners at 65 pixels in mean IoU: lesson 5's geometry says that True is exact and False is off by up to 3 pixels, but a net that
# is trained with a flag gets used to it, and what is left is a third of a pixel.
#
# *At the edge.* The head (1, 2, 3) is ahead by 0.022 ± 0.017 in mean IoU. There are eleven comparisons above, with bands of 95 percent. Even if
# nothing made any difference, one of eleven would look real about two times in five. So don't bet on this one.
#
# All this holds for one small net on one kind of image at one learning rate. It says how to look, not what you will see elsewhere.

# %% [markdown]
# ## 8. Your own tests
#
# `examples` gets a function with the signature of `confusion_matrix`. It must return for a correct one, and raise an `AssertionError` for a
# wrong one. These are the mistakes:
#
# - *which cell*: rows and columns exchanged, the diagonal alone;
# - *how many*: each pair once, shares instead of counts, only the classes that occur;
# - *what is ignored*: always 255, as if it were class 0; predictions refused that nobody counts;
# - *strangers*: labels or predictions outside the classes, dropped without a word.
#
# ### Exercise: examples
#
# difficulty 2/5 · about 10 minutes · 2 points · further

# %% nbgrader={"grade": false, "grade_id": "examples", "locked": false, "schema_version": 3, "solution": true, "task": false}
def examples(confusion_matrix) -> None:
    """Returns if the given implementation of `confusion_matrix` is correct, as far as a few examples can tell.

    Raises:
        AssertionError: an example does not come out as it should.
    """
    ### BEGIN SOLUTION
    predicted, target = torch.tensor([[[0, 1, 1, 2, 0], [2, 2, 2, 1, 0]]]), torch.tensor([[[0, 0, 0, 1, 255], [2, 2, 1, 1, 0]]])
    under_the_border = torch.where(target == 255, 99, predicted)
    due = [[2, 2, 0, 0], [0, 1, 2, 0], [0, 0, 2, 0], [0, 0, 0, 0]]
    for maps in ((predicted, target), (under_the_border, target)):
        counts = confusion_matrix(*maps, 4)
        assert counts.dtype == torch.int64 and counts.tolist() == due, f"{counts.tolist()}, not {due}"
    without_ones = confusion_matrix(predicted, target.clamp(max=2), 3, 1).tolist()
    assert without_ones == [[2, 2, 0], [0, 0, 0], [1, 0, 2]], "ignore_index=1 is not obeyed"
    for strangers in ((predicted, target, 2), (predicted + 3, target, 4), (predicted, target + 3, 4)):
        try:
            confusion_matrix(*strangers)
        except ValueError:
            continue
        raise AssertionError("a class that there isn't goes through")
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_examples", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check(examples)

# %% [markdown]
# ## Summary
#
# - A config is checked against a table, both ways: every key is known, and every key is there.
# - The backbone is a stem, a pool, and stages; with contracted dilations it computes what the strided one computes, at more places.
# - Logits are resized to the image, never by a factor; the flag and the crop size belong together.
# - The mean IoU takes each class alike and leaves out what occurs nowhere. Ignored pixels count in neither the loss nor the measure.
# - A run follows from its seed: weights, order, crops. The schedule is one number per iteration, written into the optimizer before the step.
# - A difference between two settings is a mean over seeds with a band. Without the band it is a story.

# %% [markdown]
# ## What public material gets wrong about it
#
# - *"Setting B is better: 78.5 against 77.9."* With one run each, nobody can tell. Few papers give a spread, and differences between seeds
#   are often as large as what is claimed.
# - *"The loss is NaN, so the rate is too high."* Or a batch had nothing but ignored pixels: the mean over none.
# - *"`lr: 1e-4` is a number."* Not in YAML 1.1 as PyYAML reads it.
# - *"align_corners=True is the better setting."* It is exact at crops of n · stride + 1 pixels. A net that is trained gets used to either.
# - *"Seeds make a run reproducible."* On one machine, with one version of everything. Other devices add up in another order.

# %% [markdown]
# ## References
#
# - Chen et al., *DeepLab: Semantic Image Segmentation with Deep Convolutional Nets, Atrous Convolution, and Fully Connected CRFs*, 2018,
#   [arXiv:1606.00915](https://arxiv.org/abs/1606.00915).
# - Everingham et al., *The Pascal Visual Object Classes Challenge: A Retrospective*, 2015,
#   [doi:10.1007/s11263-014-0733-5](https://doi.org/10.1007/s11263-014-0733-5): the mean IoU, and borders that are left out.
# - Bouthillier et al., *Accounting for Variance in Machine Learning Benchmarks*, 2021,
#   [arXiv:2103.03098](https://arxiv.org/abs/2103.03098).
# - [PyYAML's documentation](https://pyyaml.org/wiki/PyYAMLDocumentation), and YAML 1.1's [float](https://yaml.org/type/float.html).
# - The photographs are CC0, by Lav Varshney, Stefan van der Walt, Rachel Michetti and CC0Textures; they come from
#   [scikit-image](https://scikit-image.org/docs/stable/api/skimage.data.html).

# %%
progress()
