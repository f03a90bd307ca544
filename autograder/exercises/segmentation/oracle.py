"""The truth about lesson 6, found another way than the solutions find it: rules by path, slices for layers, loops for counts."""

from collections.abc import Callable
from fractions import Fraction
from math import isfinite
from typing import Any

import torch
import torch.nn.functional as F
import yaml
from torch import Tensor, nn

from autograder.exercises.align_corners.oracle import resize_bilinear
from autograder.exercises.contract_dilation.oracle import Taps, deep_stem, make_stage
from autograder.exercises.poly_decay.oracle import poly_lr

Rule = Callable[[Any], bool]


def _whole(least: int) -> Rule:
    return lambda value: type(value) is int and value >= least


def _number(fine: Rule) -> Rule:
    return lambda value: type(value) in (int, float) and isfinite(value) and fine(value)


def _flag(value: Any) -> bool:
    return value is True or value is False


def _stages(value: Any) -> bool:
    return type(value) is list and len(value) in (1, 2, 3, 4) and all(map(_whole(1), value))


RULES: dict[str, Rule] = {
    "backbone base_channels": lambda value: _whole(2)(value) and value % 2 == 0,
    "backbone blocks": _stages, "backbone strides": _stages, "backbone dilations": _stages, "backbone contract_dilation": _flag,
    "head channels": _whole(1), "head num_classes": _whole(1), "head align_corners": _flag,
    "optimizer lr": _number(lambda value: value > 0), "optimizer momentum": _number(lambda value: 0 <= value < 1),
    "optimizer weight_decay": _number(lambda value: value >= 0),
    "schedule power": _number(lambda value: value > -1), "schedule eta_min": _number(lambda value: value >= 0),
    "schedule max_iters": _whole(1), "data crop_size": _whole(1), "data batch_size": _whole(1),
}


def read_config(text: str) -> dict[str, Any]:
    """Takes every path that has a rule out of a copy; whatever is left is unknown."""
    try:
        config, left = (yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader)) for _ in range(2))
        for path, rule in RULES.items():
            section, key = path.split()
            if not rule(left[section].pop(key)):
                raise ValueError(f"{section}.{key} has a value that makes no sense")
    except (yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"it is no config: {error}") from None
    if any(left.pop(path.split()[0], None) for path in RULES) or left:
        raise ValueError(f"unknown: {left}")
    if len({len(config["backbone"][key]) for key in ("blocks", "strides", "dilations")}) > 1:
        raise ValueError("blocks, strides and dilations have different lengths")
    return dict(config)


class _Pool(nn.Module):
    """The largest of nine shifted slices, every second of them."""

    def forward(self, x: Tensor) -> Tensor:
        (height, width), padded = x.shape[2:], F.pad(x, (1, 1, 1, 1), value=float("-inf"))
        slices = [padded[..., row:row + height:2, column:column + width:2] for row in range(3) for column in range(3)]
        return torch.stack(slices).amax(0)


def build_backbone(config: dict[str, Any]) -> nn.Module:
    """A row of children, each made by lesson 3's oracle."""
    backbone = config["backbone"]
    if len({len(backbone[key]) for key in ("blocks", "strides", "dilations")}) > 1:
        raise ValueError("different lengths")
    net, channels = nn.Sequential(), backbone["base_channels"]
    net.add_module("stem", deep_stem(3, channels))
    net.add_module("maxpool", _Pool())
    for place, blocks in enumerate(backbone["blocks"]):
        planes, stride, dilation = backbone["base_channels"] << place, backbone["strides"][place], backbone["dilations"][place]
        net.add_module(f"layer{place + 1}", make_stage(channels, planes, blocks, stride, dilation, backbone["contract_dilation"]))
        channels = 4 * planes
    return net


class _Segmenter(nn.Module):
    def __init__(self, config: dict[str, Any]) -> None:
        super().__init__()
        head, backbone = config["head"], config["backbone"]
        self.backbone, self.aligned = build_backbone(config), head["align_corners"]
        channels = backbone["base_channels"] * 2 ** (len(backbone["blocks"]) + 1)
        self.head = nn.Sequential(Taps(channels, head["channels"], 3), nn.BatchNorm2d(head["channels"]), nn.ReLU(),
                                  nn.Conv2d(head["channels"], head["num_classes"], 1))

    def forward(self, x: Tensor) -> Tensor:
        height, width = x.shape[2:]
        return resize_bilinear(self.head(self.backbone(x)), (height, width), self.aligned)


def build_segmenter(config: dict[str, Any]) -> nn.Module:
    """Resized by lesson 5's oracle."""
    return _Segmenter(config)


def confusion_matrix(predicted: Tensor, target: Tensor, num_classes: int, ignore_index: int = 255) -> Tensor:
    """Pixel by pixel."""
    if predicted.shape != target.shape or num_classes < 1:
        raise ValueError("two maps of one size, and a class at least")
    table = [[0] * num_classes for _ in range(num_classes)]
    for guess, truth in zip(predicted.flatten().tolist(), target.flatten().tolist(), strict=True):
        if truth == ignore_index:
            continue
        if not (0 <= truth < num_classes and 0 <= guess < num_classes):
            raise ValueError("no such class")
        table[truth][guess] += 1
    return torch.tensor(table, device=target.device)


def mean_iou(confusion: Tensor) -> float:
    """In fractions."""
    table = confusion.tolist()
    if any(type(row) is not list or len(row) != len(table) or min(row) < 0 for row in table):
        raise ValueError("no square of counts")
    shares = []
    for place, row in enumerate(table):
        union = sum(row) + sum(other[place] for other in table) - row[place]
        shares += [Fraction(row[place], union)] if union else []
    if not shares:
        raise ValueError("no class occurs")
    return float(sum(shares) / len(shares))


def train(config: dict[str, Any], images: Tensor, labels: Tensor, seed: int = 0) -> dict[str, Any]:
    """Crops and images at random, each step by `followed`."""
    crop, batch, steps = config["data"]["crop_size"], config["data"]["batch_size"], config["schedule"]["max_iters"]
    if not len(images) or tuple(labels.shape) != (len(images), *images.shape[2:]) or min(images.shape[2:]) < crop:
        raise ValueError("images larger than the crop, each with its labels")
    generator = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        net = build_segmenter(config).to(images)
    crops = [[_crop(images, labels, crop, generator) for _ in range(batch)] for _ in range(steps)]
    batches = [(torch.stack([image for image, _ in row]), torch.stack([label for _, label in row])) for row in crops]
    losses = followed(config, net, batches)
    return {"loss": losses, "lr": rates(config), "state_dict": dict(net.state_dict())}


def _crop(images: Tensor, labels: Tensor, crop: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    sizes = (len(images), images.shape[2] - crop + 1, images.shape[3] - crop + 1)
    place, top, left = (int(torch.randint(0, size, (), generator=generator)) for size in sizes)
    window = (slice(top, top + crop), slice(left, left + crop))
    return images[place][:, *window], labels[place][window]


def rates(config: dict[str, Any]) -> list[float]:
    """The rate of every iteration."""
    schedule = config["schedule"]
    return [poly_lr(config["optimizer"]["lr"], step, schedule["max_iters"], schedule["power"], schedule["eta_min"])
            for step in range(schedule["max_iters"])]


def followed(config: dict[str, Any], net: nn.Module, batches: list[tuple[Tensor, Tensor]]) -> list[float]:
    """The loss of each batch, while the net's weights follow SGD with momentum and decay, written out."""
    net.train()
    weights, losses = list(net.parameters()), list[float]()
    speeds = [torch.zeros_like(weight) for weight in weights]
    for rate, (images, labels) in zip(rates(config), batches, strict=True):
        loss = cross_entropy(net(images), labels)
        losses.append(float(loss.detach()))
        with torch.no_grad():
            for place, slope in enumerate(torch.autograd.grad(loss, weights)):
                decayed = slope + config["optimizer"]["weight_decay"] * weights[place]
                speeds[place] = config["optimizer"]["momentum"] * speeds[place] + decayed
                weights[place].sub_(rate * speeds[place])
    return losses


def cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    """The mean over the pixels that count; 0 where there are none."""
    logs = logits - logits.logsumexp(1, keepdim=True)
    chosen = [-logs[:, place][labels == place] for place in range(logits.shape[1])]
    return torch.cat(chosen).sum() / max(sum(map(len, chosen)), 1)


def examples(confusion_matrix: Callable[..., Tensor]) -> None:
    """One small pair of maps, counted by hand in several ways, and a stranger in each."""
    guess, truth = torch.tensor([[[0, 1, 1, 0, 0]]]), torch.tensor([[[0, 0, 0, 1, 255]]])
    table = confusion_matrix(guess, truth, 3)
    assert table.dtype == torch.int64 and table.tolist() == [[1, 2, 0], [1, 0, 0], [0, 0, 0]]
    assert confusion_matrix(guess + 7 * (truth == 255), truth, 2).tolist() == [[1, 2], [1, 0]]
    assert confusion_matrix(guess, truth.clamp(max=1), 2, 1).tolist() == [[1, 2], [0, 0]]
    for wrong in ((guess + 2, truth, 2), (guess, truth + 5, 2)):
        try:
            confusion_matrix(*wrong)
        except ValueError:
            continue
        raise AssertionError("a stranger is let in")
