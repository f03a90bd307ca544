"""The calls that tell lesson 3's misconceptions apart. The first group on which an answer goes wrong names the misconception."""

from dataclasses import replace
from typing import Any

from autograder.exercises.contract_dilation import misconceptions, variants
from autograder.exercises.contract_dilation.nets import Net, backwards, chain, form, pair, picture
from autograder.exercises.probing import lent, probe
from autograder.learner_side.drive import Step, do, get, let, see


def script(name: str, steps: list[Step]) -> dict[str, Any]:
    """One script as a call."""
    return probe(steps, watch={"script": name})


def _nets(net: Net, *others: tuple[Any, ...]) -> list[dict[str, Any]]:
    return [script(net.function, other.steps()) for other in (net, *(replace(net, args=args) for args in others))]


def _form(net: Net, *others: tuple[Any, ...]) -> list[dict[str, Any]]:
    nets = [net, *(replace(net, args=args) for args in others)]
    return [script(net.function, [*form(other), see("isinstance", "$net", "$torch.nn.Sequential")]) for other in nets]


def _output_size(net: Net) -> list[Step]:
    return [let("net", net.function, *net.args), let("y", "net", net.image.float()), get("y.shape")]


def _refused(name: str, *args: Any) -> dict[str, Any]:
    return script(name, [let("net", name, *args)])


def compared(height: int, width: int, step: int = 2, rate: int = 2, training: bool = True, after: tuple[Step, ...] = ()) -> list[Step]:
    """A script that compares two small nets: which strides by ``step``, and which has dilation ``rate`` in its place."""
    strided, dense = pair(step, rate)
    return [*chain("strided", strided, training=training), *chain("dense", dense, 3, training=training), *after,
            see("equivalence_error", "$strided", "$dense", picture(height, width))]


MODES = [get(f"{net}.{place}training") for net in ("strided", "dense") for place in ("", "1.")]
STEM, BLOCK, STAGE = Net("deep_stem", (3, 4)), Net("Bottleneck", (3, 2, 2, 2)), Net("make_stage", (3, 1, 3, 2, 3, True))
R50 = {"type": "ResNetV1c", "depth": 50, "strides": (1, 2, 1, 1), "dilations": (1, 1, 2, 4)}
GRID = R50 | {"contract_dilation": True, "multi_grid": (1, 2, 4)}

PROBES = {
    "first_dilation": {
        "values": [probe(4, True), probe(3, True), probe(1, True), probe(4, False), probe(7, True), probe(8, True)],
        "nonsense": [probe(0, True), probe(0, False), probe(-2, True)],
    },
    "block_dilations": {
        "values": [probe(3, 4, True), probe(3, 4, False), probe(3, 1, True), probe(3, 3, True), probe(2, 7, True), probe(1, 8, True)],
        "grid": [probe(3, 4, True, (4, 2, 6)), probe(3, 4, True, (4, 2, 6, 8)), probe(2, 4, False, (6, 2, 4))],
        "short grid": [probe(3, 4, True, (4, 2)), probe(3, 4, True, ())],
        "nonsense": [probe(0, 4, True), probe(3, 0, False), probe(2, 2, True, (1, 0))],
    },
    "remove_strides": {
        "values": [probe([1, 2, 2, 2], 8), probe([1, 2, 2, 2], 4), probe([1, 3, 2, 2], 12, 4), probe([2, 3, 2, 1], 2, 1)],
        "never": [probe([1, 2, 2, 2], 64), probe([1, 3, 2], 8)],
        "nonsense": [probe([1, 0, 2], 8), probe([1, 2], 0), probe([1, 2], 8, 0)],
    },
    "deep_stem": {
        "form": _form(STEM, (1, 6)),
        "values": _nets(STEM),
        "nonsense": [_refused("deep_stem", 3, 5), _refused("deep_stem", 3, 1)],
    },
    "Bottleneck": {
        "form": [script("Bottleneck", form(replace(BLOCK, args=args))) for args in ((3, 2, 2, 2), (8, 2), (3, 2, 1), (8, 2, 2))],
        "values": _nets(BLOCK, (8, 2), (8, 2, 1, 3), (8, 2, 2, 1)),
        "gradient": [script("Bottleneck", backwards(replace(BLOCK, args=(8, 2, 1, 2))))],
        "nonsense": [_refused("Bottleneck", 4, 2, 0), _refused("Bottleneck", 4, 2, 1, 0), _refused("Bottleneck", 4, 0)],
    },
    "make_stage": {
        "form": [*_form(STAGE), script("make_stage", _output_size(STAGE))],
        "values": _nets(STAGE, (3, 2, 3, 1, 4, True), (3, 1, 3, 1, 7, True), (3, 1, 3, 1, 4, False), (3, 1, 4, 2, 1, True)),
        "nonsense": [_refused("make_stage", 3, 1, 0, 1, 1, False), _refused("make_stage", 3, 1, 2, 1, 0, True),
                     _refused("make_stage", 3, 1, 2, 0, 1, True)],
    },
    "equivalence_error": {
        "values": [script("equivalence_error", [*compared(9, 13), *MODES]),
                   script("equivalence_error", [*compared(9, 13, 4, 1), *MODES]),
                   script("equivalence_error", [*compared(8, 10, 2, 2, after=(do("dense.eval"),)), *MODES]),
                   script("equivalence_error", [*compared(1, 9), *MODES]),
                   script("equivalence_error", [*compared(8, 8, after=(do("dense.1.eval"),)), *MODES])],
        "nonsense": [script("equivalence_error", compared(10, 13, 3))],
    },
    "dilation_plan": {
        "values": [probe(R50), probe(R50 | {"contract_dilation": True}), probe(R50 | {"type": "ResNet", "contract_dilation": True}),
                   probe({"type": "ResNet", "depth": 34}),
                   probe({"type": "ResNet", "depth": 18, "dilations": (1, 3, 5, 7), "contract_dilation": True}), probe(GRID),
                   probe(GRID | {"num_stages": 3, "strides": (1, 2, 1), "dilations": (1, 1, 2), "multi_grid": (1, 2, 4) * 4})],
        "lengths": [probe(R50 | {"strides": (1, 2, 1)}), probe(R50 | {"num_stages": 3})],
        "nonsense": [probe(R50 | {"depth": 26}), probe(R50 | {"type": "VGG"}), probe(R50 | {"dilations": (1, 1, 2, 0)})],
    },
    "examples": {
        "implementations": lent("block_dilations", variants, misconceptions),
    },
}
