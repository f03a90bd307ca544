"""Wrong answers to lesson 6 that learners really give. Every one must be rejected, and named. Called ``<exercise>__<id>``.

What each is told is in ``exercises.yaml``. Needs torch and PyYAML only: it runs where the learners' code runs.
"""

import math
from collections.abc import Callable, Iterator
from typing import Any

import torch
import torch.nn.functional as F
import yaml
from torch import Tensor, nn

Config = dict[str, Any]
LISTS, IGNORED = ("blocks", "strides", "dilations"), 255
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the same as safe_load, only faster
KINDS: dict[str, dict[str, type]] = {
    "backbone": {"base_channels": int, "blocks": list, "strides": list, "dilations": list, "contract_dilation": bool},
    "head": {"channels": int, "num_classes": int, "align_corners": bool},
    "optimizer": {"lr": float, "momentum": float, "weight_decay": float},
    "schedule": {"power": float, "eta_min": float, "max_iters": int},
    "data": {"crop_size": int, "batch_size": int},
}
LEAST = {"lr": math.ulp(0.0), "momentum": 0, "weight_decay": 0, "power": math.nextafter(-1, 0), "eta_min": 0, "base_channels": 2}
DEFAULTS = {"momentum": 0.9, "eta_min": 0.0, "align_corners": False, "contract_dilation": False}


def _read(text: str, skip: str = "", kinds: Callable[[type], tuple[type, ...]] | None = None, loaded: Any = None) -> Config:
    """The right reader but for what is skipped."""
    config = loaded or _yaml(text)
    _keys("the config", config, KINDS, skip)
    for section, keys in KINDS.items():
        _keys(section, config[section], keys, skip)
        for key, kind in keys.items():
            _value(f"{section}.{key}", config[section].get(key, DEFAULTS.get(key)), kind, (kinds or _kinds)(kind), skip)
    if skip != "lengths" and len({len(config["backbone"][key]) for key in LISTS}) > 1:
        raise ValueError("blocks, strides, dilations: they have one length")
    return dict(config)


def _yaml(text: str) -> Any:
    try:
        return yaml.load(text, LOADER)
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from None


def _kinds(kind: type) -> tuple[type, ...]:
    return (int, float) if kind is float else (kind,)


def _keys(where: str, found: Any, due: Config | dict[str, dict[str, type]] | dict[str, type], skip: str) -> None:
    if not isinstance(found, dict):
        raise ValueError(f"{where}: its keys are {list(due)}")
    unknown, missing = [key for key in found if key not in due], [key for key in due if key not in found]
    missing = [key for key in missing if skip != "missing" or key not in DEFAULTS]
    if missing or (unknown and skip != "unknown"):
        raise ValueError(f"{where}: {missing or unknown}; its keys are {list(due)}")


def _value(where: str, value: Any, kind: type, allowed: tuple[type, ...], skip: str) -> None:
    key = where.partition(".")[2]
    if type(value) not in allowed:
        raise ValueError(f"{where}: {kind.__name__}, not {value!r}; 1e-4 is text in YAML 1.1")
    if kind is list:
        if any(type(item) is not int or item < 1 for item in value) or not 1 <= len(value) <= (99 if skip == "four" else 4):
            raise ValueError(f"{where}: one to four whole numbers from 1")
    elif kind is not bool and skip != "ranges":
        _range(where, float(value), key, skip)


def _range(where: str, value: float, key: str, skip: str) -> None:
    if value < LEAST.get(key, 1) or (key == "momentum" and value >= 1) or (key == "base_channels" and value % 2):
        raise ValueError(f"{where}: {value} makes no sense")
    if skip != "finite" and not math.isfinite(value):
        raise ValueError(f"{where}: finite")


def read_config__accepts_unknown_keys(text: str) -> Config:
    """Looks for what it needs, and at nothing else."""
    return _read(text, "unknown")


def read_config__fills_in_defaults(text: str) -> Config:
    """A missing key gets a default."""
    config = _read(text, "missing")
    return {section: {key: config[section].get(key, DEFAULTS.get(key)) for key in keys} for section, keys in KINDS.items()}


def read_config__true_is_a_number(text: str) -> Config:
    """isinstance(True, int) holds."""
    return _read(text, kinds=lambda kind: (*_kinds(kind), bool) if kind in (int, float) else (kind,))


def read_config__whole_numbers_refused(text: str) -> Config:
    """A float has to have a point."""
    return _read(text, kinds=lambda kind: (kind,))


def read_config__text_as_a_number(text: str) -> Config:
    """float("1e-4") works, so it is taken."""
    config = _yaml(text)
    if isinstance(config, dict) and isinstance(config.get("optimizer"), dict):
        config["optimizer"] = {key: _as_float(value) for key, value in config["optimizer"].items()}
    return _read(text, loaded=config)


def _as_float(value: Any) -> Any:
    try:
        return float(value) if isinstance(value, str) else value
    except ValueError:
        return value


def read_config__lengths_differ(text: str) -> Config:
    """Each list is looked at by itself."""
    return _read(text, "lengths")


def read_config__any_number_of_stages(text: str) -> Config:
    """Five stages too."""
    return _read(text, "four")


def read_config__any_value(text: str) -> Config:
    """Types, but no ranges."""
    return _read(text, "ranges")


def read_config__infinite(text: str) -> Config:
    """Infinity is above 0."""
    return _read(text, "finite")


def read_config__another_error(text: str) -> Config:
    """What is no YAML raises PyYAML's own error."""
    return _read(text, loaded=yaml.load(text, LOADER))


def read_config__assumes_sections(text: str) -> Config:
    """A section that is no mapping raises TypeError."""
    config = _yaml(text)
    for section in KINDS:
        if isinstance(config, dict) and section in config:
            dict(config[section])
    return _read(text, loaded=config)


# Networks.

def _stem(channels: int) -> nn.Sequential:
    if channels < 2 or channels % 2:
        raise ValueError("an even number of channels")
    wide, layers = (3, channels // 2, channels // 2, channels), list[nn.Module]()
    for place, stride in enumerate((2, 1, 1)):
        layers += [nn.Conv2d(wide[place], wide[place + 1], 3, stride, 1, bias=False), nn.BatchNorm2d(wide[place + 1]), nn.ReLU()]
    return nn.Sequential(*layers)


class _Block(nn.Module):
    def __init__(self, in_channels: int, planes: int, stride: int, rate: int) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(in_channels, planes, 1, bias=False), nn.BatchNorm2d(planes)
        self.conv2, self.bn2 = nn.Conv2d(planes, planes, 3, stride, rate, rate, bias=False), nn.BatchNorm2d(planes)
        self.conv3, self.bn3 = nn.Conv2d(planes, 4 * planes, 1, bias=False), nn.BatchNorm2d(4 * planes)
        self.downsample: nn.Module | None = None
        if stride != 1 or in_channels != 4 * planes:
            self.downsample = nn.Sequential(nn.Conv2d(in_channels, 4 * planes, 1, stride, bias=False), nn.BatchNorm2d(4 * planes))

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))))
        return F.relu(self.bn3(self.conv3(y)) + (x if self.downsample is None else self.downsample(x)))


def _stage(channels: int, planes: int, blocks: int, stride: int, rate: int, contract: bool) -> nn.Sequential:
    if min(blocks, stride, rate) < 1:
        raise ValueError("at least 1")
    first = _Block(channels, planes, stride, max(rate // 2, 1) if contract else rate)
    return nn.Sequential(first, *(_Block(4 * planes, planes, 1, rate) for _ in range(blocks - 1)))


def _backbone(config: Config, pool: nn.Module | None = None, growth: int = 2, **changes: Any) -> nn.Sequential:
    """The right backbone but for what is changed."""
    found = config["backbone"] | changes
    base, channels = found["base_channels"], found["base_channels"]
    net = nn.Sequential()
    net.add_module("stem", _stem(base))
    net.add_module("maxpool", pool or nn.MaxPool2d(3, 2, 1))
    for place, (blocks, stride, rate) in enumerate(zip(*(found[key] for key in LISTS), strict=True)):
        planes = base * growth**place
        net.add_module(f"layer{place + 1}", _stage(channels, planes, blocks, stride, rate, found["contract_dilation"]))
        channels = 4 * planes
    return net


def build_backbone__no_pool(config: Config) -> nn.Module:
    """The stem alone before the stages."""
    return _backbone(config, nn.Identity())


def build_backbone__pool_without_padding(config: Config) -> nn.Module:
    """MaxPool2d(3, 2)."""
    return _backbone(config, nn.MaxPool2d(3, 2))


def build_backbone__small_pool(config: Config) -> nn.Module:
    """MaxPool2d(2)."""
    return _backbone(config, nn.MaxPool2d(2))


def build_backbone__average_pool(config: Config) -> nn.Module:
    """A mean where the maximum is due."""
    return _backbone(config, nn.AvgPool2d(3, 2, 1))


def build_backbone__no_growth(config: Config) -> nn.Module:
    """As many planes in each stage."""
    return _backbone(config, growth=1)


def build_backbone__no_strides(config: Config) -> nn.Module:
    """Stride 1 in all stages."""
    _backbone(config)
    return _backbone(config, strides=[1] * len(config["backbone"]["strides"]))


def build_backbone__no_dilation(config: Config) -> nn.Module:
    """Rate 1 in all stages."""
    _backbone(config)
    return _backbone(config, dilations=[1] * len(config["backbone"]["dilations"]))


def build_backbone__never_contracts(config: Config) -> nn.Module:
    """As if the switch were off."""
    return _backbone(config, contract_dilation=False)


def build_backbone__always_contracts(config: Config) -> nn.Module:
    """As if the switch were on."""
    return _backbone(config, contract_dilation=True)


def build_backbone__one_block(config: Config) -> nn.Module:
    """A block for each stage."""
    _backbone(config)
    return _backbone(config, blocks=[1] * len(config["backbone"]["blocks"]))


class _AllStages(nn.Sequential):
    def forward(self, x: Tensor) -> Any:
        found = []
        for name, module in self.named_children():
            x = module(x)
            found += [x] if name.startswith("layer") else []
        return tuple(found)


def build_backbone__all_stages(config: Config) -> nn.Module:
    """A tuple of every stage's features, as mmsegmentation has it."""
    net = _AllStages()
    for name, module in _backbone(config).named_children():
        net.add_module(name, module)
    return net


def build_backbone__cuts_lists(config: Config) -> nn.Module:
    """zip ends with the shortest list."""
    shortest = min(len(config["backbone"][key]) for key in LISTS)
    return _backbone(config, **{key: config["backbone"][key][:shortest] for key in LISTS})


class _Net(nn.Module):
    """The right segmenter, its last step by a function."""

    def __init__(self, config: Config, resize: Callable[[Tensor, Any], Tensor] | None = None, first: Any = None, bias: bool = True) -> None:
        super().__init__()
        head = config["head"]
        channels = 4 * config["backbone"]["base_channels"] * 2 ** (len(config["backbone"]["blocks"]) - 1)
        first = first or nn.Conv2d(channels, head["channels"], 3, padding=1, bias=False)
        self.backbone = _backbone(config)
        last = nn.Conv2d(head["channels"], head["num_classes"], 1, bias=bias)
        self.head = nn.Sequential(first, nn.BatchNorm2d(head["channels"]), nn.ReLU(), last)
        self.resize = resize or (lambda logits, size: _resized(logits, size, head["align_corners"]))

    def forward(self, x: Tensor) -> Tensor:
        return self.resize(self.head(self.backbone(x)), x.shape[2:])


def _resized(logits: Tensor, size: Any, aligned: bool) -> Tensor:
    return F.interpolate(logits, size=tuple(size), mode="bilinear", align_corners=aligned)


def build_segmenter__never_aligned(config: Config) -> nn.Module:
    """F.interpolate's default."""
    return _Net(config, lambda logits, size: _resized(logits, size, False))


def build_segmenter__always_aligned(config: Config) -> nn.Module:
    """True whatever the config says."""
    return _Net(config, lambda logits, size: _resized(logits, size, True))


def build_segmenter__not_resized(config: Config) -> nn.Module:
    """The small logits."""
    return _Net(config, lambda logits, size: logits)


def build_segmenter__by_a_factor(config: Config) -> nn.Module:
    """Eight times as large, whatever the image is."""
    aligned = config["head"]["align_corners"]
    return _Net(config, lambda logits, size: F.interpolate(logits, scale_factor=8, mode="bilinear", align_corners=aligned))


def build_segmenter__crop_size(config: Config) -> nn.Module:
    """Always as large as the training crops."""
    crop, aligned = config["data"]["crop_size"], config["head"]["align_corners"]
    return _Net(config, lambda logits, size: _resized(logits, (crop, crop), aligned))


def build_segmenter__nearest(config: Config) -> nn.Module:
    """Copies the nearest logit."""
    return _Net(config, lambda logits, size: F.interpolate(logits, size=tuple(size)))


def build_segmenter__labels(config: Config) -> nn.Module:
    """The largest class, where all logits are due."""
    aligned = config["head"]["align_corners"]
    return _Net(config, lambda logits, size: _resized(logits, size, aligned).argmax(1))


def build_segmenter__probabilities(config: Config) -> nn.Module:
    """A softmax at the end; cross entropy takes another one."""
    aligned = config["head"]["align_corners"]
    return _Net(config, lambda logits, size: _resized(logits, size, aligned).softmax(1))


def build_segmenter__transposed_size(config: Config) -> nn.Module:
    """Width before height."""
    aligned = config["head"]["align_corners"]
    return _Net(config, lambda logits, size: _resized(logits, tuple(size)[::-1], aligned))


def build_segmenter__biased_head(config: Config) -> nn.Module:
    """A bias in front of the batch norm."""
    channels = 4 * config["backbone"]["base_channels"] * 2 ** (len(config["backbone"]["blocks"]) - 1)
    return _Net(config, first=nn.Conv2d(channels, config["head"]["channels"], 3, padding=1))


def build_segmenter__unbiased_classes(config: Config) -> nn.Module:
    """No bias in the last layer."""
    return _Net(config, bias=False)


# Counting.

def _counts(predicted: Tensor, target: Tensor, num_classes: int, ignore_index: int) -> tuple[Tensor, Tensor]:
    if predicted.shape != target.shape or num_classes < 1:
        raise ValueError("maps of one size, and a class")
    counted = target != ignore_index
    return predicted[counted].long(), target[counted].long()


def _within(num_classes: int, *maps: Tensor) -> None:
    if any(bool(((values < 0) | (values >= num_classes)).any()) for values in maps):
        raise ValueError("no such class")


def _table(guesses: Tensor, truths: Tensor, num_classes: int) -> Tensor:
    _within(num_classes, guesses, truths)
    return torch.bincount(truths * num_classes + guesses, minlength=num_classes**2).view(num_classes, num_classes)


def confusion_matrix__transposed(predicted: Tensor, target: Tensor, num_classes: int, ignore_index: int = 255) -> Tensor:
    """Rows predicted, columns target."""
    return _table(*_counts(predicted, target, num_classes, ignore_index), num_classes).T


def confusion_matrix__always_255(predicted: Tensor, target: Tensor, num_classes: int, ignore_index: int = 255) -> Tensor:
    """Another ignore_index has no effect."""
    return _table(*_counts(predicted, target, num_classes, 255), num_classes)


def confusion_matrix__ignored_as_background(predicted: Tensor, target: Tensor, num_classes: int, ignore_index: int = 255) -> Tensor:
    """Ignored pixels are class 0."""
    if predicted.shape != target.shape or num_classes < 1:
        raise ValueError("maps of one size, and a class")
    target = torch.where(target == ignore_index, 0, target)
    return _table(predicted.flatten().long(), target.flatten().long(), num_classes)


def confusion_matrix__shares(predicted: Tensor, target: Tensor, num_classes: int, ignore_index: int = 255) -> Tensor:
    """Each row divided by its sum."""
    table = _table(*_counts(predicted, target, num_classes, ignore_index), num_classes)
    return table.double() / table.sum(1, keepdim=True).clamp(min=1)


def confusion_matrix__drops_strangers(predicted: Tensor, target: Tensor, num_classes: int, ignore_index: int = 255) -> Tensor:
    """Pixels outside the classes are left out without a word."""
    guesses, truths = _counts(predicted, target, num_classes, ignore_index)
    fine = (guesses >= 0) & (guesses < num_classes) & (truths >= 0) & (truths < num_classes)
    return _table(guesses[fine], truths[fine], num_classes)


def confusion_matrix__looks_under_the_border(predicted: Tensor, target: Tensor, num_classes: int, ignore_index: int = 255) -> Tensor:
    """Raises for predictions where nothing counts."""
    guesses, truths = _counts(predicted, target, num_classes, ignore_index)
    _within(num_classes, predicted)
    return _table(guesses, truths, num_classes)


def confusion_matrix__classes_that_occur(predicted: Tensor, target: Tensor, num_classes: int, ignore_index: int = 255) -> Tensor:
    """No rows and columns for classes beyond the last that occurs."""
    guesses, truths = _counts(predicted, target, num_classes, ignore_index)
    _within(num_classes, guesses, truths)
    last = max([-1, *guesses.tolist(), *truths.tolist()])
    return _table(guesses, truths, num_classes)[:last + 1, :last + 1]


def confusion_matrix__once_per_image(predicted: Tensor, target: Tensor, num_classes: int, ignore_index: int = 255) -> Tensor:
    """Written with an index, which counts a pair of classes once only."""
    guesses, truths = _counts(predicted, target, num_classes, ignore_index)
    _within(num_classes, guesses, truths)
    table = torch.zeros(num_classes, num_classes, dtype=torch.int64, device=target.device)
    table[truths, guesses] += 1
    return table


def confusion_matrix__hits_only(predicted: Tensor, target: Tensor, num_classes: int, ignore_index: int = 255) -> Tensor:
    """The diagonal."""
    return _table(*_counts(predicted, target, num_classes, ignore_index), num_classes).diag().diag()


def _square(confusion: Tensor) -> Tensor:
    if confusion.dim() != 2 or confusion.shape[0] != confusion.shape[1] or bool((confusion < 0).any()) or not bool(confusion.any()):
        raise ValueError("a square of counts")
    return confusion.double()


def _mean(shares: Tensor) -> float:
    return float(shares[shares.isfinite()].mean())


def mean_iou__absent_is_nought(confusion: Tensor) -> float:
    """A class that doesn't occur counts as 0."""
    counts = _square(confusion)
    return float((counts.diag() / (counts.sum(0) + counts.sum(1) - counts.diag()).clamp(min=1)).mean())


def mean_iou__absent_is_perfect(confusion: Tensor) -> float:
    """A class that doesn't occur counts as 1."""
    counts = _square(confusion)
    return float((counts.diag() / (counts.sum(0) + counts.sum(1) - counts.diag())).nan_to_num(1.0).mean())


def mean_iou__recall(confusion: Tensor) -> float:
    """Divides by the pixels of the class."""
    counts = _square(confusion)
    return _mean(counts.diag() / counts.sum(1))


def mean_iou__precision(confusion: Tensor) -> float:
    """Divides by the pixels that were predicted."""
    counts = _square(confusion)
    return _mean(counts.diag() / counts.sum(0))


def mean_iou__dice(confusion: Tensor) -> float:
    """Twice the intersection, by the sum."""
    counts = _square(confusion)
    return _mean(2 * counts.diag() / (counts.sum(0) + counts.sum(1)))


def mean_iou__hits_counted_twice(confusion: Tensor) -> float:
    """The union as the sum of both."""
    counts = _square(confusion)
    return _mean(counts.diag() / (counts.sum(0) + counts.sum(1)))


def mean_iou__accuracy(confusion: Tensor) -> float:
    """The share of right pixels."""
    counts = _square(confusion)
    return float(counts.diag().sum() / counts.sum())


def mean_iou__weighted(confusion: Tensor) -> float:
    """Each class by its number of pixels."""
    counts = _square(confusion)
    shares = (counts.diag() / (counts.sum(0) + counts.sum(1) - counts.diag())).nan_to_num(0.0)
    return float((shares * counts.sum(1)).sum() / counts.sum())


def mean_iou__without_background(confusion: Tensor) -> float:
    """Leaves class 0 out."""
    counts = _square(confusion)
    return _mean((counts.diag() / (counts.sum(0) + counts.sum(1) - counts.diag()))[1:]) if len(counts) > 1 else 1.0


def mean_iou__only_what_is_there(confusion: Tensor) -> float:
    """Leaves out classes without a pixel of their own, though they were predicted."""
    counts = _square(confusion)
    shares = counts.diag() / (counts.sum(0) + counts.sum(1) - counts.diag())
    return _mean(shares[counts.sum(1) > 0]) if bool((counts.sum(1) > 0).any()) else 0.0


def mean_iou__nothing_is_nan(confusion: Tensor) -> float:
    """Not a number where nothing was counted."""
    return _mean(torch.tensor([])) if not bool(confusion.any()) and confusion.dim() == 2 else _mean(_shares(_square(confusion)))


def _shares(counts: Tensor) -> Tensor:
    return counts.diag() / (counts.sum(0) + counts.sum(1) - counts.diag())


# Training.

def _poly(step: int, total: int, lr: float, power: float, floor: float) -> float:
    return float((lr - floor) * (1 - step / total) ** power + floor) if step < total else floor


def _rate(step: int, config: Config) -> float:
    schedule = config["schedule"]
    return _poly(step, schedule["max_iters"], config["optimizer"]["lr"], schedule["power"], schedule["eta_min"])


def _loss(logits: Tensor, target: Tensor) -> Tensor:
    return F.cross_entropy(logits, target, ignore_index=IGNORED, reduction="sum") / (target != IGNORED).sum().clamp(min=1)


class _Run:
    """A right run; each mistake changes one of its parts."""

    def __init__(self, config: Config, images: Tensor, labels: Tensor, seed: int, smaller: bool = False, **options: float) -> None:
        self.config, self.images, self.labels = config, images, labels
        self.crop, self.batch = config["data"]["crop_size"], config["data"]["batch_size"]
        shortest = min(images.shape[2:]) if len(images) else 0
        if not shortest or labels.shape != images[:, 0].shape or (shortest < self.crop and not smaller):
            raise ValueError("images of the crop's size at least")
        self.generator, state = torch.Generator().manual_seed(seed), torch.get_rng_state()
        torch.default_generator.manual_seed(seed)
        self.net = _Net(config).to(images)
        torch.set_rng_state(state)
        self.optimizer: Any = torch.optim.SGD(self.net.parameters(), **(config["optimizer"] | options))

    def batches(self, random: bool = True) -> Iterator[tuple[Tensor, Tensor]]:
        """Without an end."""
        while True:
            crops = [self._crop(random) for _ in range(self.batch)]
            yield torch.stack([image for image, _ in crops]), torch.stack([label for _, label in crops])

    def _crop(self, random: bool) -> tuple[Tensor, Tensor]:
        sizes = (len(self.images), *(max(size - self.crop, 0) + 1 for size in self.images.shape[2:]))
        place, top, left = (int(torch.randint(0, size, (), generator=self.generator)) for size in sizes)
        window = (slice(top, top + self.crop), slice(left, left + self.crop)) if random else (slice(self.crop), slice(self.crop))
        return self.images[place][:, *window], self.labels[place][window]

    def go(self, rate: Callable[[int], float] | None = None, loss: Callable[[Tensor, Tensor], Tensor] = _loss, clear: bool = True,
           random: bool = True) -> Config:
        """All iterations."""
        losses, rates = [], []
        for step, (images, labels) in zip(range(self.config["schedule"]["max_iters"]), self.batches(random), strict=False):
            rates.append(rate(step) if rate else _rate(step, self.config))
            self.optimizer.param_groups[0]["lr"] = rates[-1]
            value = loss(self.net(images), labels)
            if clear:
                self.optimizer.zero_grad()
            value.backward()
            self.optimizer.step()
            losses.append(value.item())
        return {"loss": losses, "lr": rates, "state_dict": self.net.state_dict()}


def train__constant_rate(config: Config, images: Tensor, labels: Tensor, seed: int = 0) -> Config:
    """No schedule."""
    return _Run(config, images, labels, seed).go(lambda step: float(config["optimizer"]["lr"]))


def train__one_step_ahead(config: Config, images: Tensor, labels: Tensor, seed: int = 0) -> Config:
    """The rate is moved before the step."""
    return _Run(config, images, labels, seed).go(lambda step: _rate(step + 1, config))


def train__ends_at_the_floor(config: Config, images: Tensor, labels: Tensor, seed: int = 0) -> Config:
    """T is max_iters − 1, as mmengine has it."""
    schedule, last = config["schedule"], max(config["schedule"]["max_iters"] - 1, 1)
    return _Run(config, images, labels, seed).go(
        lambda step: _poly(step, last, config["optimizer"]["lr"], schedule["power"], schedule["eta_min"]))


def train__without_a_floor(config: Config, images: Tensor, labels: Tensor, seed: int = 0) -> Config:
    """eta_min is left out."""
    schedule = config["schedule"]
    return _Run(config, images, labels, seed).go(
        lambda step: _poly(step, schedule["max_iters"], config["optimizer"]["lr"], schedule["power"], 0.0))


def train__straight_line(config: Config, images: Tensor, labels: Tensor, seed: int = 0) -> Config:
    """The power is left out."""
    schedule = config["schedule"]
    return _Run(config, images, labels, seed).go(
        lambda step: _poly(step, schedule["max_iters"], config["optimizer"]["lr"], 1.0, schedule["eta_min"]))


def train__rate_only_written_down(config: Config, images: Tensor, labels: Tensor, seed: int = 0) -> Config:
    """The rates are listed; the optimizer never hears of them."""
    base, run = float(config["optimizer"]["lr"]), _Run(config, images, labels, seed)
    found = run.go(lambda step: base)
    return found | {"lr": [_rate(step, config) for step in range(config["schedule"]["max_iters"])]}


def train__no_momentum(config: Config, images: Tensor, labels: Tensor, seed: int = 0) -> Config:
    """SGD without it."""
    return _Run(config, images, labels, seed, momentum=0.0).go()


def train__no_decay(config: Config, images: Tensor, labels: Tensor, seed: int = 0) -> Config:
    """SGD without weight decay."""
    return _Run(config, images, labels, seed, weight_decay=0.0).go()


def train__nesterov(config: Config, images: Tensor, labels: Tensor, seed: int = 0) -> Config:
    """Another momentum."""
    return _Run(config, images, labels, seed, nesterov=True).go()


def train__adam(config: Config, images: Tensor, labels: Tensor, seed: int = 0) -> Config:
    """Another optimizer."""
    run = _Run(config, images, labels, seed)
    run.optimizer = torch.optim.Adam(run.net.parameters(), weight_decay=config["optimizer"]["weight_decay"])
    return run.go()


def train__ignored_as_background(config: Config, images: Tensor, labels: Tensor, seed: int = 0) -> Config:
    """Ignored pixels are class 0."""
    return _Run(config, images, torch.where(labels == IGNORED, 0, labels), seed).go()


def train__nan(config: Config, images: Tensor, labels: Tensor, seed: int = 0) -> Config:
    """The mean over no pixel."""
    return _Run(config, images, labels, seed).go(loss=lambda logits, target: F.cross_entropy(logits, target, ignore_index=IGNORED))


def train__divides_by_all_pixels(config: Config, images: Tensor, labels: Tensor, seed: int = 0) -> Config:
    """Ignored pixels have no loss, but count in the mean."""
    return _Run(config, images, labels, seed).go(
        loss=lambda logits, target: F.cross_entropy(logits, target, ignore_index=IGNORED, reduction="none").mean())


def train__gradients_pile_up(config: Config, images: Tensor, labels: Tensor, seed: int = 0) -> Config:
    """zero_grad is forgotten."""
    return _Run(config, images, labels, seed).go(clear=False)


def train__eval_mode(config: Config, images: Tensor, labels: Tensor, seed: int = 0) -> Config:
    """The batch norms keep their first statistics."""
    run = _Run(config, images, labels, seed)
    run.net.eval()
    return run.go()


def train__same_corner(config: Config, images: Tensor, labels: Tensor, seed: int = 0) -> Config:
    """Every crop is the top left one."""
    return _Run(config, images, labels, seed).go(random=False)


def train__ignores_the_seed(config: Config, images: Tensor, labels: Tensor, seed: int = 0) -> Config:
    """Always the same."""
    return _Run(config, images, labels, 0).go()


def train__seeds_everything(config: Config, images: Tensor, labels: Tensor, seed: int = 0) -> Config:
    """torch.manual_seed, for all that comes after."""
    found = _Run(config, images, labels, seed).go()
    torch.manual_seed(seed)
    return found


def train__needs_a_full_set(config: Config, images: Tensor, labels: Tensor, seed: int = 0) -> Config:
    """A batch larger than the set is refused."""
    if config["data"]["batch_size"] > len(images) > 0:
        raise ValueError("too few images")
    return _Run(config, images, labels, seed).go()


def train__small_images(config: Config, images: Tensor, labels: Tensor, seed: int = 0) -> Config:
    """Images smaller than the crop are taken as they are."""
    return _Run(config, images, labels, seed, smaller=True).go()


def train__tensors(config: Config, images: Tensor, labels: Tensor, seed: int = 0) -> Config:
    """Losses as tensors."""
    found = _Run(config, images, labels, seed).go()
    return found | {"loss": [torch.tensor(loss) for loss in found["loss"]]}


# Tests.

def examples__asserts_nothing(confusion_matrix: Callable[..., Tensor]) -> None:
    """Calls it, and is content."""
    confusion_matrix(torch.zeros(1, 2, 2).long(), torch.ones(1, 2, 2).long(), 2)


def examples__all_right(confusion_matrix: Callable[..., Tensor]) -> None:
    """Predictions without a mistake: a diagonal."""
    maps = torch.tensor([[[0, 1, 2, 2]]])
    assert confusion_matrix(maps, maps, 3).tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 2]]


def examples__columns_are_targets(confusion_matrix: Callable[..., Tensor]) -> None:
    """Believes that rows are the prediction."""
    guess, truth = torch.tensor([[[0, 1, 1]]]), torch.tensor([[[0, 0, 0]]])
    assert confusion_matrix(guess, truth, 2).tolist() == [[1, 0], [2, 0]]


def examples__sums_only(confusion_matrix: Callable[..., Tensor]) -> None:
    """How many pixels, and not which."""
    guess, truth = torch.tensor([[[0, 1, 1, 0]]]), torch.tensor([[[0, 0, 1, 255]]])
    table = confusion_matrix(guess, truth, 2)
    assert table.shape == (2, 2) and table.sum() == 3
