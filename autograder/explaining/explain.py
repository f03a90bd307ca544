"""One config, explained: what its backbone comes to, its learning rates, its heads, its traps; as plain data. Prints and draws nothing."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml

from autograder.exercises.segmentation.oracle import rates, read_config

from . import configs, logits, network, schedule, traps
from .configs import Config, UnreadableConfig
from .logits import Head
from .network import Network, Size, UnknownNetwork
from .schedule import Schedule, UnknownSchedule

T = TypeVar("T")
#: The image where neither the config nor the caller says a size.
DEFAULT = (512, 512)
#: The longest side of an image, in pixels.
LONGEST_SIDE = 2**15
#: The sections of lesson 6's configs.
LESSON = ("backbone", "head", "optimizer", "schedule", "data")


@dataclass(frozen=True)
class Explanation:
    """All that is known of a config. ``unknown``: why a part is missing, a sentence each; ``traps``: what may surprise."""

    name: str
    image: Size
    network: Network | None
    schedule: Schedule | None
    heads: tuple[Head, ...]
    traps: tuple[str, ...]
    unknown: tuple[str, ...]

    def as_data(self) -> dict[str, Any]:
        """The same for JSON; of the rates only eleven, from the first to the last."""
        found = asdict(self)
        if self.schedule:
            found["schedule"]["rates"] = dict(self.schedule.at(share / 10) for share in range(11))
        return found


def explain(path: Path, image: Size | None = None) -> Explanation:
    """Explain a config file. ``image``: (height, width) in pixels; default: the config's crop, or 512 × 512.

    Raises ``UnreadableConfig`` with a sentence for a file that is no config, ``OSError`` where there is none.
    """
    config = configs.read(path)
    if all(isinstance(config.get(section), dict) for section in LESSON):
        config = as_mmseg(_checked(path, config))
    if not isinstance(config.get("model"), dict):
        sections = ", ".join(LESSON)
        raise UnreadableConfig(f"{path.name}: it has neither a `model`, as mmsegmentation's configs, nor all of {sections}, as lesson 6's")
    return _explained(path.name, config, image or crop_of(config) or DEFAULT)


def crop_of(config: Config) -> Size | None:
    """The size of the training images, (height, width), where the config says it."""
    preprocessor = config["model"].get("data_preprocessor") or config.get("data_preprocessor") or {}
    for size in (config.get("crop_size"), preprocessor.get("size") if isinstance(preprocessor, dict) else None):
        if isinstance(size, list | tuple) and len(size) == 2 and all(type(side) is int and 0 < side <= LONGEST_SIDE for side in size):
            return size[0], size[1]
    return None


def _checked(path: Path, config: Config) -> Config:
    """Lesson 6's config, with everything in it that lesson 6 asks for, and nothing else."""
    try:
        return read_config(yaml.safe_dump(config))
    except ValueError as error:
        raise UnreadableConfig(f"{path.name}: {' '.join(str(error).split())[:200]}") from None


def as_mmseg(config: Config) -> Config:
    """Lesson 6's config in mmsegmentation's words. Its rates are lesson 4's, see ``_rates``."""
    backbone, head, data = (config[section] for section in ("backbone", "head", "data"))
    told = backbone | {"type": "ResNetV1c", "stem_channels": backbone.get("base_channels")}
    fcn = {"type": "FCNHead", "in_index": -1, "align_corners": head.get("align_corners")}
    return {"model": {"backbone": told, "decode_head": fcn}, "crop_size": (data.get("crop_size"),) * 2, "lesson": config}


def _explained(name: str, config: Config, image: Size) -> Explanation:
    unknown: list[str] = []
    model = config["model"]
    backbone = _known(lambda: network.backbone_of(model), unknown)
    net = _known(lambda: network.explained(backbone, image), unknown) if backbone else None
    inside = backbone is not None and backbone is not model.get("backbone")
    if inside:
        unknown.append(f"The network below is the one inside {model['backbone'].get('type')}; which maps the heads get is not explained.")
    heads = logits.heads(model, None if inside else net)
    rates = _known(lambda: _rates(config), unknown)
    found = [*_traps(backbone, net), *(_known(lambda: list(_of_schedule(config)), []) or ()),
             *traps.of_heads(model, heads, net, crop_of(config))]
    return Explanation(name, image, net, rates, tuple(heads), tuple(found), tuple(unknown))


def _rates(config: Config) -> Schedule:
    if "lesson" in config:
        schedule.require_length(config["lesson"]["schedule"]["max_iters"])
        return Schedule("iteration", tuple(rates(config["lesson"])), ("lesson 4's poly_lr",))
    return schedule.explained(config)


def _of_schedule(config: Config) -> Iterator[str]:
    return iter(()) if "lesson" in config else traps.of_schedule(config)


def _traps(backbone: dict[str, Any] | None, net: Network | None) -> Iterator[str]:
    return traps.of_backbone(backbone, net) if backbone and net else iter(())


def _known(reckon: Callable[[], T], unknown: list[str]) -> T | None:
    """What is reckoned; where that can't be, None, and why."""
    try:
        return reckon()
    except (UnknownNetwork, UnknownSchedule) as reason:
        unknown.append(f"{str(reason)[0].upper()}{str(reason)[1:]}.")
        return None
