"""Configs and networks on both sides of the wire: scripts that build and train them, and what they must come to."""

from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from typing import Any

import torch
import yaml
from torch import Tensor

from autograder.exercises.contract_dilation.nets import weights
from autograder.exercises.probing import numbers
from autograder.exercises.segmentation import oracle
from autograder.learner_side.drive import Step, do, driver, get, let, see

CONFIG = """
backbone:  {base_channels: 8, blocks: [1, 1, 2, 2], strides: [1, 2, 1, 1], dilations: [1, 1, 2, 4], contract_dilation: true}
head:      {channels: 32, num_classes: 4, align_corners: false}
optimizer: {lr: 0.05, momentum: 0.9, weight_decay: 0.0005}
schedule:  {power: 0.9, eta_min: 0.0001, max_iters: 200}
data:      {crop_size: 65, batch_size: 8}
"""


_CONFIG: dict[str, Any] = yaml.safe_load(CONFIG)


def changed(config: dict[str, Any] | None = None, /, **values: Any) -> dict[str, Any]:
    """A config with other values, named by their keys; a key belongs to one section only."""
    new = deepcopy(config or _CONFIG)
    for key, value in values.items():
        section = next(section for section, keys in new.items() if key in keys)
        new[section][key] = value
    return new


def as_text(config: Any) -> str:
    """A config as YAML."""
    return str(yaml.dump(config, Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper)))


SMALL = changed(base_channels=2, blocks=[1, 2, 1, 2], channels=3, num_classes=3)
#: Networks small enough to be computed slowly, by name.
CONFIGS = {
    "dense": SMALL,
    "plain": changed(SMALL, contract_dilation=False),
    "strided": changed(SMALL, strides=[1, 2, 2, 2], dilations=[1, 1, 1, 1]),
    "aligned": changed(SMALL, align_corners=True),
    "two stages": changed(SMALL, blocks=[2, 1], strides=[1, 1], dilations=[3, 2], base_channels=4),
    "one stage": changed(SMALL, blocks=[1], strides=[2], dilations=[1], channels=5, num_classes=2, align_corners=True),
}


@dataclass(frozen=True)
class Net:
    """A function that makes a network, the config's name, and the image that is sent through. ``salt`` decides all numbers."""

    function: str
    config: str = "dense"
    height: int = 33
    width: int = 41
    salt: int = 0
    dtype: torch.dtype = torch.float64
    training: bool = False

    @property
    def state(self) -> dict[str, Tensor]:
        """Weights and batch statistics."""
        return weights(_shapes(self.function, self.config), self.salt, self.dtype)

    @property
    def image(self) -> Tensor:
        """(2, 3, height, width)."""
        return numbers((2, 3, self.height, self.width), 40 + self.salt, self.dtype)

    def made(self, name: str = "net") -> list[Step]:
        """The steps that make the network, with its weights, on the device and in its mode."""
        return [let(name, self.function, CONFIGS[self.config]), do(f"{name}.to", f"${self.dtype}"), do(f"{name}.to", "$device"),
                do(f"{name}.load_state_dict", self.state), do(f"{name}.train", self.training)]

    def steps(self) -> list[Step]:
        """The steps up to its output."""
        return [*self.made(), see("net", self.image)]

    def names(self) -> list[Step]:
        """The names of all that it holds."""
        return [let("net", self.function, CONFIGS[self.config]), let("state", "net.state_dict"), see("sorted", "$state")]

    def shapes(self) -> list[Step]:
        """The shapes of all that it should hold."""
        named = _shapes(self.function, self.config)
        return [let("net", self.function, CONFIGS[self.config]), let("state", "net.state_dict"),
                *(step for name in named for step in (let("entry", "state.get", name), get("entry.shape")))]

    def form(self) -> list[Step]:
        """The names, and how many numbers its parameters are, for nets that may lack some."""
        count = [let("weights", "net.parameters"), let("all", "torch.nn.utils.parameters_to_vector", "$weights"), get("all.shape")]
        return [*self.names(), *count]

    def backwards(self) -> list[Step]:
        """The gradients of the image and of some weights, for an upstream gradient that is not constant."""
        names = [name for name, value in self.state.items() if value.dim() == 4]
        upstream = numbers(tuple(truth(self).shape), 77, self.dtype)
        return [*self.made(), let("x", "torch.clone", self.image), do("x.requires_grad_"), let("y", "net", "$x"),
                do("y.backward", upstream), get("x.grad"),
                *(step for name in (names[0], names[-1]) for step in (let("weight", "net.get_parameter", name), get("weight.grad")))]


@cache
def _shapes(function: str, config: str) -> dict[str, tuple[int, ...]]:
    net = getattr(oracle, function)(CONFIGS[config])
    return {name: tuple(value.shape) for name, value in net.state_dict().items()}


@cache
def truth(net: Net) -> Tensor:
    """What the network answers."""
    answer: Tensor = scripted(net.function, net.steps())[0]
    return answer.detach()


def scripted(function: str, steps: list[Step]) -> list[Any]:
    """What a script reports when the oracle answers it."""
    return driver(getattr(oracle, function), function, "cpu")(steps)


# Training: a net of one stage, one image of the crop's size, so that the whole run follows from the first weights.

TINY = changed(base_channels=2, blocks=[1], strides=[1], dilations=[1], channels=3, num_classes=3, crop_size=9, batch_size=1,
               lr=0.5, momentum=0.5, weight_decay=0.1, power=2.0, eta_min=0.05, max_iters=4)
#: So small a rate that no weight changes.
STILL = changed(TINY, lr=1e-300, eta_min=0.0, power=0.0)


def pictures(count: int = 1, side: int = 9, salt: int = 0, dtype: torch.dtype = torch.float64) -> Tensor:
    """Images to train on."""
    return numbers((count, 3, side, side), 300 + salt, dtype) / 4


def classes(count: int = 1, side: int = 9, salt: int = 0) -> Tensor:
    """Labels of three classes, some pixels ignored."""
    values = numbers((count, side, side), 400 + salt).long() % 4
    return torch.where(values == 3, 255, values)


def ignored(count: int = 1, side: int = 9) -> Tensor:
    """Labels that are all ignored."""
    return torch.full((count, side, side), 255)


def run(name: str, config: dict[str, Any], images: Tensor, labels: Tensor, seed: int = 0) -> Step:
    """The step that trains, and keeps the result."""
    return let(name, "train", config, images, labels, seed)


def entry(name: str, kept: str, key: str = "head.3.weight") -> Step:
    """The step that takes a weight out of a result."""
    return let(name, f"{kept}.state_dict.get", key)
