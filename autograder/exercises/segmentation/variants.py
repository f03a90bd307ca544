"""Correct answers to lesson 6, written in very different ways: none may be rejected. Named ``<exercise>__<way>``.

Needs torch and PyYAML only: it runs where the learners' code runs.
"""

import math
import random
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial, reduce
from itertools import chain, islice
from typing import Any

import torch
import torch.nn.functional as F
import yaml
from torch import Tensor, nn

SECTIONS: dict[str, dict[str, type]] = {
    "backbone": {"base_channels": int, "blocks": list, "strides": list, "dilations": list, "contract_dilation": bool},
    "head": {"channels": int, "num_classes": int, "align_corners": bool},
    "optimizer": {"lr": float, "momentum": float, "weight_decay": float},
    "schedule": {"power": float, "eta_min": float, "max_iters": int},
    "data": {"crop_size": int, "batch_size": int},
}
IGNORED = 255
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the same as safe_load, only faster


# The parts that earlier lessons made.

def _deep_stem(in_channels: int, channels: int) -> nn.Sequential:
    if channels < 2 or channels % 2:
        raise ValueError("the stem has an even number of channels")
    wide, layers = (in_channels, channels // 2, channels // 2, channels), list[nn.Module]()
    for place, stride in enumerate((2, 1, 1)):
        convolution = nn.Conv2d(wide[place], wide[place + 1], 3, stride, padding=1, bias=False)
        layers += [convolution, nn.BatchNorm2d(wide[place + 1]), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers)


class _Block(nn.Module):
    def __init__(self, in_channels: int, planes: int, stride: int, dilation: int) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(in_channels, planes, 1, bias=False), nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, stride, padding=dilation, dilation=dilation, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.conv3, self.bn3 = nn.Conv2d(planes, 4 * planes, 1, bias=False), nn.BatchNorm2d(4 * planes)
        self.downsample: nn.Module | None = None
        if stride != 1 or in_channels != 4 * planes:
            self.downsample = nn.Sequential(nn.Conv2d(in_channels, 4 * planes, 1, stride, bias=False), nn.BatchNorm2d(4 * planes))

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))))
        return F.relu(self.bn3(self.conv3(y)) + (x if self.downsample is None else self.downsample(x)))


def _stage(in_channels: int, planes: int, blocks: int, stride: int, dilation: int, contract: bool) -> nn.Sequential:
    if min(planes, blocks, stride, dilation) < 1:
        raise ValueError("these numbers are at least 1")
    first = _Block(in_channels, planes, stride, max(dilation // 2, 1) if contract else dilation)
    return nn.Sequential(first, *(_Block(4 * planes, planes, 1, dilation) for _ in range(blocks - 1)))


def _poly(step: int, total: int, lr: float, power: float, floor: float) -> float:
    return float((lr - floor) * (1 - step / total) ** power + floor) if step < total else floor


# read_config

def _refuse(where: str, allowed: str) -> ValueError:
    return ValueError(f"{where}: {allowed}")


def read_config__walk(text: str) -> dict[str, Any]:
    """Section by section, key by key."""
    config = _loaded(text)
    _same_keys("the config", config, SECTIONS)
    for section, kinds in SECTIONS.items():
        _same_keys(section, config[section], kinds)
        for key, kind in kinds.items():
            _of_kind(f"{section}.{key}", config[section][key], kind)
    _sensible(config)
    return config


def _loaded(text: str) -> dict[str, Any]:
    try:
        config: dict[str, Any] = yaml.load(text, LOADER)
    except yaml.YAMLError as error:
        raise ValueError(f"this is no YAML: {error}") from None
    return config


def _same_keys(where: str, found: Any, due: Mapping[str, Any]) -> None:
    if not isinstance(found, dict):
        raise _refuse(where, f"it has the keys {list(due)}")
    for key in [*found, *due]:
        if key not in found or key not in due:
            raise _refuse(f"{where}, {key}", f"its keys are {list(due)}, all of them")


def _of_kind(where: str, value: Any, kind: type) -> None:
    kinds = {float: (int, float), list: (list,), int: (int,), bool: (bool,)}[kind]
    if type(value) not in kinds:
        hint = "; YAML 1.1 reads 1e-4 as text, write 1.0e-4" if isinstance(value, str) else ""
        raise _refuse(where, f"{kind.__name__} is due, not {value!r}{hint}")
    if kind is float and not math.isfinite(value):
        raise _refuse(where, "a finite number is due")
    if kind is list and (not 1 <= len(value) <= 4 or any(type(item) is not int or item < 1 for item in value)):
        raise _refuse(where, "one to four whole numbers of at least 1 are due")


def _sensible(config: dict[str, Any]) -> None:
    """Every range, and the lists' lengths."""
    backbone, head, schedule, data = (config[name] for name in ("backbone", "head", "schedule", "data"))
    rules = {
        "base_channels": (backbone["base_channels"] >= 2 and backbone["base_channels"] % 2 == 0, "even, at least 2"),
        "blocks, strides, dilations": (len({len(backbone[key]) for key in ("blocks", "strides", "dilations")}) == 1, "of one length"),
        "channels": (head["channels"] >= 1, "at least 1"), "num_classes": (head["num_classes"] >= 1, "at least 1"),
        "lr": (config["optimizer"]["lr"] > 0, "above 0"), "momentum": (0 <= config["optimizer"]["momentum"] < 1, "from 0 to below 1"),
        "weight_decay": (config["optimizer"]["weight_decay"] >= 0, "at least 0"), "power": (schedule["power"] > -1, "above -1"),
        "eta_min": (schedule["eta_min"] >= 0, "at least 0"), "max_iters": (schedule["max_iters"] >= 1, "at least 1"),
        "crop_size": (data["crop_size"] >= 1, "at least 1"), "batch_size": (data["batch_size"] >= 1, "at least 1"),
    }
    for key, (fine, allowed) in rules.items():
        if not fine:
            raise _refuse(key, allowed)


def read_config__flat(text: str) -> dict[str, Any]:
    """All keys as dotted paths in one flat table, compared as sets."""
    config = _loaded(text)
    paths = {f"{section}.{key}" for section, kinds in SECTIONS.items() for key in kinds}
    found = {f"{section}.{key}" for section, values in config.items() for key in (values if isinstance(values, dict) else [""])} \
        if isinstance(config, dict) else {"the config"}
    if isinstance(config, dict):
        found |= {str(section) for section in config.keys() - SECTIONS.keys()}
    if paths != found:
        raise ValueError(f"{sorted(map(str, paths ^ found))}: these are unknown or missing; due are {sorted(paths)}")
    for path in sorted(paths):
        section, _, key = path.partition(".")
        _of_kind(path, config[section][key], SECTIONS[section][key])
    _sensible(config)
    return config


def read_config__copied(text: str) -> dict[str, Any]:
    """Builds a new dict, numbers as the kinds that are due."""
    given = read_config__walk(text)
    return {section: {key: kind(given[section][key]) for key, kind in kinds.items()} for section, kinds in SECTIONS.items()}


def read_config__collected(text: str) -> dict[str, Any]:
    """Collects all complaints before it raises one error with all of them."""
    config, complaints = _loaded(text), list[str]()
    for check in _all_checks(config):
        try:
            check()
        except ValueError as error:
            complaints.append(str(error))
        except (KeyError, TypeError, AttributeError):
            continue  # what it looked for is missing, which another check says
    if complaints:
        raise ValueError("; ".join(complaints))
    return config


def _all_checks(config: Any) -> Iterator[Callable[[], None]]:
    yield lambda: _same_keys("the config", config, SECTIONS)
    for section, kinds in SECTIONS.items():
        yield partial(lambda section, kinds: _same_keys(section, config[section], kinds), section, kinds)
        for key, kind in kinds.items():
            yield partial(lambda section, key, kind: _of_kind(f"{section}.{key}", config[section][key], kind), section, key, kind)
    yield lambda: _sensible(config)


# build_backbone and build_segmenter

def _parts(config: dict[str, Any]) -> Iterator[tuple[str, nn.Module]]:
    backbone = config["backbone"]
    channels = backbone["base_channels"]
    yield "stem", _deep_stem(3, channels)
    yield "maxpool", nn.MaxPool2d(3, 2, 1)
    rows = zip(backbone["blocks"], backbone["strides"], backbone["dilations"], strict=True)
    for place, (blocks, stride, dilation) in enumerate(rows):
        planes = backbone["base_channels"] * 2**place
        yield f"layer{place + 1}", _stage(channels, planes, blocks, stride, dilation, backbone["contract_dilation"])
        channels = 4 * planes


def build_backbone__sequential(config: dict[str, Any]) -> nn.Module:
    """The children by name, in a row."""
    return nn.Sequential(OrderedDict(_parts(config)))


class _Backbone(nn.Module):
    def __init__(self, config: dict[str, Any]) -> None:
        super().__init__()
        for name, module in _parts(config):
            self.add_module(name, module)

    def forward(self, x: Tensor) -> Tensor:
        for module in self.children():
            x = module(x)
        return x


def build_backbone__module(config: dict[str, Any]) -> nn.Module:
    """A class of its own."""
    return _Backbone(config)


def build_backbone__pool_first(config: dict[str, Any]) -> nn.Module:
    """The same children registered in another order than they run."""
    net, parts = _Named(), dict(_parts(config))
    for name in sorted(parts):
        net.add_module(name, parts[name])
    return net


class _Named(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        x = self.get_submodule("maxpool")(self.get_submodule("stem")(x))
        names = (name for name, _ in self.named_children() if name.startswith("layer"))
        for name in sorted(names):
            x = self.get_submodule(name)(x)
        return x


class _Listed(nn.Module):
    def __init__(self, config: dict[str, Any]) -> None:
        super().__init__()
        self.order = [name for name, module in _parts(config) if setattr(self, name, module) is None]  # type: ignore[func-returns-value]

    def forward(self, x: Tensor) -> Tensor:
        return reduce(lambda features, name: getattr(self, name)(features), self.order, x)


def build_backbone__listed(config: dict[str, Any]) -> nn.Module:
    """Attributes, and a list of their names."""
    return _Listed(config)


def _head(config: dict[str, Any]) -> nn.Sequential:
    channels = 4 * config["backbone"]["base_channels"] * 2 ** (len(config["backbone"]["blocks"]) - 1)
    wide, classes = config["head"]["channels"], config["head"]["num_classes"]
    first = nn.Conv2d(channels, wide, 3, padding=1, bias=False)
    return nn.Sequential(first, nn.BatchNorm2d(wide), nn.ReLU(), nn.Conv2d(wide, classes, 1))


class _Segmenter(nn.Module):
    def __init__(self, config: dict[str, Any]) -> None:
        super().__init__()
        self.backbone, self.head, self.aligned = _Backbone(config), _head(config), config["head"]["align_corners"]

    def forward(self, x: Tensor) -> Tensor:
        logits = self.head(self.backbone(x))
        return F.interpolate(logits, size=x.shape[2:], mode="bilinear", align_corners=self.aligned)


def build_segmenter__module(config: dict[str, Any]) -> nn.Module:
    """Backbone, head and a resize."""
    return _Segmenter(config)


class _ByMatrices(_Segmenter):
    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.head(self.backbone(x))
        rows, columns = (self._matrix(before, after).to(logits) for before, after in zip(logits.shape[2:], x.shape[2:], strict=True))
        return rows @ logits @ columns.T

    def _matrix(self, before: int, after: int) -> Tensor:
        bright = torch.eye(before, dtype=torch.float64)[None]
        return F.interpolate(bright, size=after, mode="linear", align_corners=self.aligned)[0].T


def build_segmenter__matrices(config: dict[str, Any]) -> nn.Module:
    """The resize as two products."""
    return _ByMatrices(config)


class _Row(nn.Sequential):
    aligned = False

    def forward(self, x: Tensor) -> Tensor:
        logits = self.get_submodule("head")(self.get_submodule("backbone")(x))
        return F.interpolate(logits, size=(x.shape[-2], x.shape[-1]), mode="bilinear", align_corners=self.aligned)


def build_segmenter__row(config: dict[str, Any]) -> nn.Module:
    """A row of two, whose result is resized."""
    net = _Row(OrderedDict(backbone=_Backbone(config), head=_head(config)))
    net.aligned = config["head"]["align_corners"]
    return net


def build_segmenter__hook(config: dict[str, Any]) -> nn.Module:
    """An ordinary row, with a hook that resizes what comes out."""
    net, aligned = nn.Sequential(OrderedDict(backbone=_Backbone(config), head=_head(config))), config["head"]["align_corners"]
    net.register_forward_hook(lambda module, given, logits: F.interpolate(
        logits, size=given[0].shape[2:], mode="bilinear", align_corners=aligned))
    return net


# confusion_matrix

def _counted(predicted: Tensor, target: Tensor, num_classes: int, ignore_index: int) -> tuple[Tensor, Tensor]:
    """The pixels that count, in a row; raises where one is outside the classes."""
    if predicted.shape != target.shape or num_classes < 1:
        raise ValueError("two maps of one size, and at least one class")
    counts = target != ignore_index
    predicted, target = predicted[counts].long(), target[counts].long()
    for values in (predicted, target):
        if values.numel() and (values.min() < 0 or values.max() >= num_classes):
            raise ValueError(f"a class outside 0 to {num_classes - 1}")
    return predicted, target


def confusion_matrix__bincount(predicted: Tensor, target: Tensor, num_classes: int, ignore_index: int = 255) -> Tensor:
    """Every pair of classes as one number, counted."""
    guesses, truths = _counted(predicted, target, num_classes, ignore_index)
    return torch.bincount(truths * num_classes + guesses, minlength=num_classes**2).view(num_classes, num_classes)


def confusion_matrix__one_hot(predicted: Tensor, target: Tensor, num_classes: int, ignore_index: int = 255) -> Tensor:
    """A product of two one-hot matrices."""
    guesses, truths = _counted(predicted, target, num_classes, ignore_index)
    classes = torch.arange(num_classes, device=target.device)
    hits = [(values[:, None] == classes).double() for values in (truths, guesses)]
    return (hits[0].T @ hits[1]).long()


def confusion_matrix__pair_by_pair(predicted: Tensor, target: Tensor, num_classes: int, ignore_index: int = 255) -> Tensor:
    """Each cell by itself."""
    guesses, truths = _counted(predicted, target, num_classes, ignore_index)
    cells = [((truths == row) & (guesses == column)).sum() for row in range(num_classes) for column in range(num_classes)]
    return torch.stack(cells).view(num_classes, num_classes)


def confusion_matrix__counter(predicted: Tensor, target: Tensor, num_classes: int, ignore_index: int = 255) -> Tensor:
    """Counts pairs in a dict."""
    guesses, truths = _counted(predicted, target, num_classes, ignore_index)
    pairs = Counter(zip(truths.tolist(), guesses.tolist(), strict=True))
    return torch.tensor([[pairs[row, column] for column in range(num_classes)] for row in range(num_classes)], device=target.device)


def confusion_matrix__added_up(predicted: Tensor, target: Tensor, num_classes: int, ignore_index: int = 255) -> Tensor:
    """Adds 1 at the place of every pixel."""
    guesses, truths = _counted(predicted, target, num_classes, ignore_index)
    matrix = torch.zeros(num_classes, num_classes, dtype=torch.int64, device=target.device)
    return matrix.index_put((truths, guesses), torch.ones_like(truths), accumulate=True)


# mean_iou

def _valid(confusion: Tensor) -> None:
    if confusion.dim() != 2 or confusion.shape[0] != confusion.shape[1] or bool((confusion < 0).any()) or not bool(confusion.any()):
        raise ValueError("a square matrix of counts, not all 0")


def mean_iou__vectors(confusion: Tensor) -> float:
    """Rows and columns as vectors."""
    _valid(confusion)
    hits = confusion.diagonal().double()
    union = confusion.sum(0) + confusion.sum(1) - confusion.diagonal()
    return float((hits[union > 0] / union[union > 0]).mean())


def mean_iou__loop(confusion: Tensor) -> float:
    """Class by class, in Python's own numbers."""
    _valid(confusion)
    table = confusion.tolist()
    shares = []
    for place, row in enumerate(table):
        hits, misses, false = row[place], sum(row) - row[place], sum(other[place] for other in table) - row[place]
        if hits + misses + false:
            shares.append(hits / (hits + misses + false))
    return float(sum(shares) / len(shares))


def mean_iou__nanmean(confusion: Tensor) -> float:
    """0 / 0 is no number, and left out of the mean."""
    _valid(confusion)
    counts = confusion.double()
    return float((counts.diag() / (counts.sum(0) + counts.sum(1) - counts.diag())).nanmean())


def mean_iou__without_the_class(confusion: Tensor) -> float:
    """The union is everything but the pixels of other classes that were taken for other classes."""
    _valid(confusion)
    total, shares = int(confusion.sum()), []
    for place in range(len(confusion)):
        others = torch.arange(len(confusion), device=confusion.device) != place
        union = total - int(confusion[others][:, others].sum())
        shares += [int(confusion[place, place]) / union] if union else []
    return float(math.fsum(shares) / len(shares))


# train

def _trainable(config: dict[str, Any], images: Tensor, labels: Tensor) -> None:
    crop = config["data"]["crop_size"]
    if not len(images) or labels.shape != images[:, 0].shape or min(images.shape[2:]) < crop:
        raise ValueError(f"images of at least {crop} x {crop} pixels, and a label for each pixel")


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Module initialisation from the seed; the global state is as before afterwards."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        yield


def _loss(logits: Tensor, target: Tensor) -> Tensor:
    total = F.cross_entropy(logits, target, ignore_index=IGNORED, reduction="sum")
    return total / (target != IGNORED).sum().clamp(min=1)


def train__loop(config: dict[str, Any], images: Tensor, labels: Tensor, seed: int = 0) -> dict[str, Any]:
    """Sets the rate by hand before each step; images in a new order whenever all have been used."""
    _trainable(config, images, labels)
    with _seeded(seed):
        net = _Segmenter(config).to(images)
    optimizer, generator = torch.optim.SGD(net.parameters(), **config["optimizer"]), torch.Generator().manual_seed(seed)
    losses, rates = [], []
    for iteration, places in zip(range(config["schedule"]["max_iters"]), _places(len(images), config, generator), strict=False):
        rate = _rate(iteration, config)
        optimizer.param_groups[0]["lr"] = rate
        optimizer.zero_grad()
        loss = _loss(*_forward(net, images, labels, places, config["data"]["crop_size"], generator))
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        rates.append(rate)
    return {"loss": losses, "lr": rates, "state_dict": net.state_dict()}


def _rate(iteration: int, config: dict[str, Any]) -> float:
    schedule = config["schedule"]
    return _poly(iteration, schedule["max_iters"], config["optimizer"]["lr"], schedule["power"], schedule["eta_min"])


def _places(count: int, config: dict[str, Any], generator: torch.Generator) -> Iterator[list[int]]:
    """The images of each batch: one order after another, without an end."""
    orders = chain.from_iterable(torch.randperm(count, generator=generator).tolist() for _ in iter(int, 1))
    while True:
        yield list(islice(orders, config["data"]["batch_size"]))


def _forward(net: nn.Module, images: Tensor, labels: Tensor, places: list[int], crop: int, generator: torch.Generator
             ) -> tuple[Tensor, Tensor]:
    batch, target = _stacked(images, labels, [_window(place, images, crop, generator) for place in places])
    return net(batch), target


def _window(place: int, images: Tensor, crop: int, generator: torch.Generator) -> tuple[int, slice, slice]:
    top, left = (int(torch.randint(0, size - crop + 1, (), generator=generator)) for size in images.shape[2:])
    return place, slice(top, top + crop), slice(left, left + crop)


def _stacked(images: Tensor, labels: Tensor, windows: list[tuple[int, slice, slice]]) -> tuple[Tensor, Tensor]:
    crops = [(images[place, :, rows, columns], labels[place, rows, columns]) for place, rows, columns in windows]
    return torch.stack([image for image, _ in crops]), torch.stack([label for _, label in crops])


def train__scheduler(config: dict[str, Any], images: Tensor, labels: Tensor, seed: int = 0) -> dict[str, Any]:
    """PyTorch's own scheduler, drawing with replacement, and the loss of the counted pixels only."""
    _trainable(config, images, labels)
    generator = torch.Generator().manual_seed(seed + 1)
    with _seeded(seed + 7):
        net = _ByMatrices(config).to(images)
    optimizer, base = torch.optim.SGD(net.parameters(), **config["optimizer"]), config["optimizer"]["lr"]
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _rate(step, config) / base)
    found: dict[str, Any] = {"loss": [], "lr": []}
    for _ in range(config["schedule"]["max_iters"]):
        places = torch.randint(0, len(images), (config["data"]["batch_size"],), generator=generator).tolist()
        found["lr"].append(float(optimizer.param_groups[0]["lr"]))
        logits, target = _forward(net, images, labels, places, config["data"]["crop_size"], generator)
        found["loss"].append(_one_step(optimizer, logits, target))
        scheduler.step()
    return found | {"state_dict": {name: value.detach().clone() for name, value in net.state_dict().items()}}


def _one_step(optimizer: torch.optim.Optimizer, logits: Tensor, target: Tensor) -> float:
    counted = target != IGNORED
    chosen = F.log_softmax(logits.movedim(1, -1)[counted], 1).gather(1, target[counted][:, None])
    loss = -chosen.mean() if bool(counted.any()) else 0 * logits.sum()
    optimizer.zero_grad(set_to_none=False)
    loss.backward()
    optimizer.step()
    return float(loss.detach())


def train__crops_first(config: dict[str, Any], images: Tensor, labels: Tensor, seed: int = 0) -> dict[str, Any]:
    """All crops and rates are decided before anything is trained, by Python's own generator."""
    _trainable(config, images, labels)
    dice, crop, batch = random.Random(seed), config["data"]["crop_size"], config["data"]["batch_size"]
    starts = [[(dice.randrange(len(images)), *(dice.randrange(size - crop + 1) for size in images.shape[2:])) for _ in range(batch)]
              for _ in range(config["schedule"]["max_iters"])]
    rates = [_rate(step, config) for step in range(len(starts))]
    with _seeded(seed + 3):
        net = _Segmenter(config).to(images)
    optimizer, losses = torch.optim.SGD(net.parameters(), **config["optimizer"]), []
    for rate, chosen in zip(rates, starts, strict=True):
        optimizer.param_groups[0].update(lr=rate)
        windows = [(place, slice(top, top + crop), slice(left, left + crop)) for place, top, left in chosen]
        crops, target = _stacked(images, labels, windows)
        losses.append(_one_step(optimizer, net(crops), target))
    return {"loss": losses, "lr": rates, "state_dict": net.state_dict()}


def train__by_hand(config: dict[str, Any], images: Tensor, labels: Tensor, seed: int = 0) -> dict[str, Any]:
    """Momentum, decay and step written out."""
    _trainable(config, images, labels)
    generator = torch.Generator().manual_seed(seed)
    with _seeded(seed):
        net = _Segmenter(config).to(images)
    speeds = [torch.zeros_like(weight) for weight in net.parameters()]
    losses, rates = [], [_rate(iteration, config) for iteration in range(config["schedule"]["max_iters"])]
    for rate, places in zip(rates, _places(len(images), config, generator), strict=False):
        loss = _loss(*_forward(net, images, labels, places, config["data"]["crop_size"], generator))
        _move(list(net.parameters()), torch.autograd.grad(loss, list(net.parameters())), speeds, rate, config["optimizer"])
        losses.append(float(loss.detach()))
    return {"state_dict": net.state_dict(), "lr": rates, "loss": losses}


def _move(weights: list[Any], gradients: tuple[Tensor, ...], speeds: list[Tensor], rate: float, options: dict[str, float]) -> None:
    with torch.no_grad():
        for weight, gradient, speed in zip(weights, gradients, speeds, strict=True):
            speed.mul_(options["momentum"]).add_(gradient + options["weight_decay"] * weight)
            weight.sub_(rate * speed)


# examples

def examples__by_hand(confusion_matrix: Callable[..., Tensor]) -> None:
    """Small maps, and what has to come out of them."""
    guess, truth = torch.tensor([[[0, 1, 1, 0, 0]]]), torch.tensor([[[0, 0, 0, 1, 255]]])
    for args, due in (((guess, truth, 3), [[1, 2, 0], [1, 0, 0], [0, 0, 0]]), ((guess, truth.clamp(max=1), 2, 1), [[1, 2], [0, 0]]),
                      ((guess + 7 * (truth == 255), truth, 2), [[1, 2], [1, 0]]), ((guess[:0], truth[:0], 1), [[0]])):
        table = confusion_matrix(*args)
        assert table.dtype == torch.int64 and table.tolist() == due, f"{table.tolist()}, not {due}"
    assert all(_refuses(confusion_matrix, *wrong) for wrong in ((guess + 2, truth, 2), (guess, truth + 5, 2), (guess - 1, truth, 2)))


def _refuses(function: Callable[..., Tensor], *args: Any) -> bool:
    try:
        function(*args)
    except ValueError:
        return True
    return False


def examples__by_counting(confusion_matrix: Callable[..., Tensor]) -> None:
    """Random maps, counted in a loop."""
    generator = torch.Generator().manual_seed(3)
    for number, ignored in ((4, 255), (3, 0), (5, -1)):
        guess, truth = (torch.randint(0, number - 1, (2, 5, 6), generator=generator) for _ in range(2))
        truth[0, 0], guess[0, 0, 0] = ignored, 99
        due = [[0] * number for _ in range(number)]
        for row, column in zip(truth.flatten().tolist(), guess.flatten().tolist(), strict=True):
            if row != ignored:
                due[row][column] += 1
        table = confusion_matrix(guess, truth, number, ignored)
        assert table.dtype == torch.int64 and table.tolist() == due
        assert _refuses(confusion_matrix, guess + number, truth, number, ignored)
