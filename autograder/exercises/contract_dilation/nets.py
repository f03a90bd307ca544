"""Networks on both sides of the wire: scripts that build them, and weights, batch statistics and images that both sides know."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Any

import torch
from torch import Tensor

from autograder.exercises.contract_dilation import oracle
from autograder.exercises.probing import numbers
from autograder.learner_side.drive import Step, do, driver, get, let, see

Shapes = dict[str, tuple[int, ...]]


def norm_shapes(name: str, channels: int) -> Shapes:
    """What a batch norm's entries in a state dict are called, and their shapes."""
    entries: Shapes = {f"{name}.{entry}": (channels,) for entry in ("weight", "bias", "running_mean", "running_var")}
    return entries | {f"{name}.num_batches_tracked": ()}


def stem_shapes(in_channels: int, channels: int) -> Shapes:
    """The state dict of the deep stem."""
    wide, shapes = (in_channels, channels // 2, channels // 2, channels), Shapes()
    for place in range(3):
        shapes |= {f"{3 * place}.weight": (wide[place + 1], wide[place], 3, 3)} | norm_shapes(f"{3 * place + 1}", wide[place + 1])
    return shapes


def block_shapes(in_channels: int, planes: int, stride: int = 1, dilation: int = 1) -> Shapes:
    """The state dict of a bottleneck."""
    wide, shapes = 4 * planes, Shapes()
    layers = ("1", (planes, in_channels, 1, 1)), ("2", (planes, planes, 3, 3)), ("3", (wide, planes, 1, 1))
    for name, shape in layers:
        shapes |= {f"conv{name}.weight": shape} | norm_shapes(f"bn{name}", shape[0])
    if stride == 1 and in_channels == wide:
        return shapes
    return shapes | {"downsample.0.weight": (wide, in_channels, 1, 1)} | norm_shapes("downsample.1", wide)


def stage_shapes(in_channels: int, planes: int, num_blocks: int, stride: int, dilation: int, contract: bool) -> Shapes:
    """The state dict of a stage."""
    blocks = [block_shapes(4 * planes if place else in_channels, planes, 1 if place else stride) for place in range(num_blocks)]
    return {f"{place}.{name}": shape for place, block in enumerate(blocks) for name, shape in block.items()}


SHAPES: dict[str, Callable[..., Shapes]] = {"deep_stem": stem_shapes, "Bottleneck": block_shapes, "make_stage": stage_shapes}


def weights(shapes: Shapes, salt: int = 0, dtype: torch.dtype = torch.float64) -> dict[str, Tensor]:
    """Numbers for every entry: none is 0, no two channels are alike, and variances are positive. So nothing can hide."""
    return {name: _entry(name, shape, salt + 7 * place, dtype) for place, (name, shape) in enumerate(shapes.items())}


def _entry(name: str, shape: tuple[int, ...], salt: int, dtype: torch.dtype) -> Tensor:
    if name.endswith("num_batches_tracked"):
        return torch.tensor(3)
    values = numbers(shape, 500 + salt, dtype)
    return values.abs() / 4 + 0.5 if name.endswith("running_var") else values / 4


@dataclass(frozen=True)
class Net:
    """A call that makes a network, and the image that is sent through it. ``salt`` decides all numbers."""

    function: str
    args: tuple[Any, ...]
    height: int = 7
    width: int = 10
    batch: int = 2
    salt: int = 0
    dtype: torch.dtype = torch.float64
    training: bool = False

    @property
    def state(self) -> dict[str, Tensor]:
        """The weights and batch statistics."""
        return weights(SHAPES[self.function](*self.args), self.salt, self.dtype)

    @property
    def image(self) -> Tensor:
        """(batch, channels, height, width)."""
        return numbers((self.batch, self.args[0], self.height, self.width), 40 + self.salt, self.dtype)

    def made(self, name: str = "net") -> list[Step]:
        """The steps that make the network under a name, with its weights, on the device and in its mode."""
        loaded = [do(f"{name}.to", f"${self.dtype}"), do(f"{name}.to", "$device"), do(f"{name}.load_state_dict", self.state)]
        return [let(name, self.function, *self.args), *loaded, do(f"{name}.train", self.training)]

    def steps(self) -> list[Step]:
        """The steps up to its output."""
        return [*self.made(), see("net", self.image)]


def truth(net: Net) -> Tensor:
    """What the network answers."""
    answer: Tensor = _answers(net)[0]
    return answer


@lru_cache(maxsize=2048)
def _answers(net: Net) -> list[Any]:
    return [answer.detach() for answer in scripted(net.function, net.steps())]


def scripted(function: str, steps: list[Step]) -> list[Any]:
    """What a script reports when the oracle answers it."""
    return driver(getattr(oracle, function), function, "cpu")(steps)


def form(net: Net) -> list[Step]:
    """The names and the shapes of all that the network holds, its dtype, and nothing random."""
    shapes = SHAPES[net.function](*net.args)
    return [let("net", net.function, *net.args), let("state", "net.state_dict"), see("sorted", "$state"),
            *(get(f"net.{name}.shape") for name in shapes if not name.endswith("tracked")), see("str", f"$net.{next(iter(shapes))}.dtype")]


def one_after_the_other(net: Net) -> list[Step]:
    """The answers of one network to images of one shape, then to the first of them with other weights."""
    images = (net.image, -net.image, net.image)
    return [*net.made(), *(see("net", image) for image in images), do("net.load_state_dict", replace(net, salt=net.salt + 1).state),
            see("net", net.image)]


def after_training(net: Net) -> list[Step]:
    """One pass in training mode, and a running mean and variance after it."""
    norm = next(name for name in net.state if name.endswith("running_mean")).removesuffix(".running_mean")
    return [*replace(net, training=True).steps(), get(f"net.{norm}.running_mean"), get(f"net.{norm}.running_var")]


def backwards(net: Net) -> list[Step]:
    """The gradients of the image and of all convolutions, for an upstream gradient that is not constant."""
    shape = tuple(truth(net).shape)
    convolutions = [name for name, value in net.state.items() if value.dim() == 4]
    return [*net.made(), let("x", "torch.clone", net.image), do("x.requires_grad_"), let("y", "net", "$x"),
            do("y.backward", numbers(shape, 77, net.dtype)), get("x.grad"), *(get(f"net.{name}.grad") for name in convolutions)]


# Networks of torch's own layers, for what compares two of them.

def layer(name: str, kind: str, *args: Any, **kwargs: Any) -> Step:
    """A layer of ``torch.nn``, in float64."""
    return let(name, f"torch.nn.{kind}", *args, **kwargs)


def chain(name: str, layers: list[tuple[str, tuple[Any, ...], dict[str, Any]]], salt: int = 0, dtype: str = "torch.float64",
          training: bool = True) -> list[Step]:
    """A ``torch.nn.Sequential`` of layers (kind, arguments, options) with known weights, on the device and in a mode."""
    made = [layer(f"{name}_{place}", kind, *args, **options) for place, (kind, args, options) in enumerate(layers)]
    parts = [f"${name}_{place}" for place in range(len(layers))]
    state = weights(_chain_shapes(layers), salt, getattr(torch, dtype.removeprefix("torch.")))
    return [*made, let(name, "torch.nn.Sequential", *parts), do(f"{name}.to", f"${dtype}"), do(f"{name}.to", "$device"),
            do(f"{name}.load_state_dict", state), do(f"{name}.train", training)]


def _chain_shapes(layers: list[tuple[str, tuple[Any, ...], dict[str, Any]]]) -> Shapes:
    shapes = Shapes()
    for place, (kind, args, options) in enumerate(layers):
        if kind == "Conv2d":
            channels, filters, size = args
            shapes |= {f"{place}.weight": (filters, channels, size, size)}
            shapes |= {f"{place}.bias": (filters,)} if options.get("bias", True) else {}
        elif kind == "BatchNorm2d":
            shapes |= norm_shapes(str(place), args[0])
    return shapes


Layers = list[tuple[str, tuple[Any, ...], dict[str, Any]]]


def pair(step: int, rate: int, size: int = 3, middle: tuple[str, tuple[Any, ...]] = ("BatchNorm2d", (3,))) -> tuple[Layers, Layers]:
    """Layers of a strided net, and of one without the stride whose last layer has this rate. With ``rate == step`` they agree."""
    def net(stride: int, dilation: int) -> Layers:
        return [("Conv2d", (2, 3, size), {"stride": stride, "padding": size // 2}), (*middle, {}), ("ReLU", (), {}),
                ("Conv2d", (3, 4, 3), {"padding": dilation, "dilation": dilation, "bias": False})]
    return net(step, 1), net(1, rate)


@cache
def picture(height: int, width: int, salt: int = 0, batch: int = 2) -> Tensor:
    """An image for these nets."""
    return numbers((batch, 2, height, width), 60 + salt)
