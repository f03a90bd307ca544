"""The calls that tell lesson 6's misconceptions apart. The first group on which an answer goes wrong names the misconception.

Where a run begins with random weights, only what doesn't depend on them is reported.
"""

from typing import Any

import torch

from autograder.exercises.probing import lent, probe
from autograder.exercises.segmentation import misconceptions, variants
from autograder.exercises.segmentation.nets import (
    CONFIG,
    SMALL,
    STILL,
    TINY,
    Net,
    as_text,
    changed,
    classes,
    entry,
    ignored,
    pictures,
    run,
)
from autograder.learner_side.drive import Step, get, let, see

WRONG_VALUES: dict[str, tuple[Any, ...]] = {
    "base_channels": (0, 3, -2), "blocks": ([1, 0, 1, 1],), "strides": ([1, -2, 1, 1],), "dilations": ([0, 1, 1, 1],), "channels": (0, -1),
    "num_classes": (0,), "lr": (-0.1, 0, float("nan"), float("inf")), "momentum": (-0.1, 1.5), "weight_decay": (-1, float("inf")),
    "power": (-1, -2.5), "eta_min": (-0.1, float("nan")), "max_iters": (0, -5), "crop_size": (0,), "batch_size": (0, -8)}
WRONG_TEXTS = ("", "[1, 2", "backbone: {", "just words", "- a\n- list", "5", "null", "!!python/object:os.system {}",
               *(as_text(changed() | {section: wrong}) for section in ("backbone", "data") for wrong in (None, 3, [1, 2], "words")))


def _texts(*configs: dict[str, Any]) -> list[dict[str, Any]]:
    return [probe(as_text(config)) for config in configs]


def _without(section: str, key: str) -> dict[str, Any]:
    config = changed()
    del config[section][key]
    return config


def _with(section: str) -> dict[str, Any]:
    config = changed()
    config[section]["colour"] = 1
    return config


def script(name: str, *steps: Step) -> dict[str, Any]:
    """One script as a call."""
    return probe(list(steps), watch={"script": name})


def _form(function: str, *configs: str) -> list[dict[str, Any]]:
    return [script(function, *Net(function, config).form()) for config in configs]


def _nets(function: str, *nets: Net) -> list[dict[str, Any]]:
    return [script(function, *net.steps()) for net in nets]


def _refused(function: str, **values: Any) -> dict[str, Any]:
    return script(function, let("net", function, changed(SMALL, **values)))


def _train(*steps: Step) -> dict[str, Any]:
    return script("train", *steps)


def _any(name: str) -> list[Step]:
    """Whether any loss of a result isn't 0."""
    return [let("total", "sum", f"${name}.loss"), see("bool", "$total")]


def _ratio(name: str, one: str, other: str, key: str = "head.3.weight") -> list[Step]:
    """One result's weight divided by another's: the same for all first weights where only decay has moved them."""
    return [entry("a", one, key), entry("b", other, key), let(name, "torch.div", "$a", "$b"), see(f"{name}.mean")]


def _growth() -> list[Step]:
    """How much further two steps at a tiny rate go than one: twice as far."""
    tiny = changed(STILL, lr=1e-6, max_iters=2, momentum=0.0, weight_decay=0.0)
    runs = [run("still", changed(STILL, max_iters=2), pictures(), classes()), run("two", tiny, pictures(), classes()),
            run("one", changed(tiny, max_iters=1), pictures(), classes())]
    moved = [step for name in ("one", "two") for step in (
        entry("a", name, "head.3.bias"), entry("b", "still", "head.3.bias"), let(name, "torch.dist", "$a", "$b"))]
    return [*runs, *moved, let("times", "torch.div", "$two", "$one"), see("torch.round", "$times")]


def _seeds() -> list[Step]:
    runs = [run(name, TINY, pictures(4), classes(4), seed) for name, seed in (("a", 3), ("b", 3), ("c", 4))]
    losses = [let(f"{name}s", "torch.as_tensor", f"${name}.loss") for name in "abc"]
    return [*runs, *losses, see("torch.equal", "$as", "$bs"), see("torch.equal", "$as", "$cs")]


def _share() -> list[Step]:
    """How the first loss changes when most labels are ignored, on a black image: all logits are the same, and so is the mean."""
    black, few = torch.zeros(1, 3, 9, 9, dtype=torch.float64), ignored()
    few[:, :3] = 0
    losses = [step for name, labels in (("all", torch.zeros_like(few)), ("few", few)) for step in (
        run(name, STILL, black, labels), let(name, "torch.as_tensor", f"${name}.loss"))]
    return [*losses, let("ratio", "torch.div", "$few", "$all"), see("ratio.mean")]


DECAY = changed(TINY, power=0, eta_min=0, weight_decay=0.1, momentum=0.5, lr=0.5, max_iters=3)
CORNER = ignored(1, 10)
CORNER[0, -1, -1] = 1
GUESS, LABEL = torch.tensor([[[0, 1, 2, 2], [1, 1, 0, 1]]]), torch.tensor([[[0, 1, 1, 2], [255, 0, 0, 255]]])
TABLE = torch.tensor([[6, 2, 0, 0], [1, 3, 0, 0], [0, 0, 0, 0], [4, 0, 0, 5]])
ALARM = torch.tensor([[4, 1, 0], [0, 0, 0], [0, 0, 3]])

PROBES = {
    "read_config": {
        "values": [probe(CONFIG), *_texts(changed(lr=1), changed(weight_decay=0, momentum=0))],
        "keys": _texts(_without("schedule", "eta_min"), _without("head", "align_corners"), _with("data")),
        "types": [*_texts(changed(batch_size=True), changed(lr=True)), probe(as_text(changed(lr="@")).replace("'@'", "1e-4"))],
        "lists": _texts(changed(blocks=[1, 1, 1]), changed(blocks=[1] * 5, strides=[1] * 5, dilations=[1] * 5)),
        "ranges": _texts(changed(lr=float("inf")), changed(momentum=1.5), changed(max_iters=0)),
        "no config": [probe("[1, 2"), probe("backbone: {"), *_texts(changed() | {"data": 3}, changed() | {"data": None})],
    },
    "build_backbone": {
        "form": _form("build_backbone", "dense", "two stages"),
        "values": _nets("build_backbone", *(Net("build_backbone", name, 17, 22) for name in ("strided", "plain", "dense", "two stages"))),
        "nonsense": [_refused("build_backbone", blocks=[1, 1, 1]), _refused("build_backbone", base_channels=3)],
    },
    "build_segmenter": {
        "form": _form("build_segmenter", "dense"),
        "values": _nets("build_segmenter", Net("build_segmenter"), Net("build_segmenter", "aligned"),
                        Net("build_segmenter", "dense", 24, 17)),
    },
    "confusion_matrix": {
        "values": [probe(GUESS, torch.where(LABEL == 255, 0, LABEL), 3), probe(GUESS, LABEL, 4)],
        "ignored": [probe(GUESS, LABEL.clamp(max=2), 3, 0), probe(torch.where(LABEL == 255, 77, GUESS), LABEL, 3)],
        "strangers": [probe(GUESS, LABEL.clamp(max=1), 2), probe(GUESS.clamp(max=1), torch.where(LABEL == 2, 7, LABEL), 2)],
    },
    "mean_iou": {
        "values": [probe(torch.tensor([[6, 2], [1, 3]])), probe(TABLE), probe(ALARM)],
        "nothing": [probe(torch.zeros(2, 2, dtype=torch.int64))],
    },
    "train": {
        "form": [_train(run("found", TINY, pictures(), classes()), get("found.loss.0.__class__.__name__"))],
        "refusals": [_train(run("found", TINY, pictures(1, 8), classes(1, 8))),
                     _train(run("found", changed(TINY, batch_size=3), pictures(), ignored()), see("len", "$found.loss"))],
        "rates": [_train(run("found", TINY, pictures(), classes()), get("found.lr"))],
        "ignored": [_train(run("found", TINY, pictures(), ignored()), let("total", "sum", "$found.loss"),
                           let("one", "torch.as_tensor", "$total"), see("torch.isnan", "$one"), see("bool", "$total"))],
        "optimizer": [_train(run("moved", DECAY, pictures(), ignored()), run("still", changed(DECAY, lr=1e-300), pictures(), ignored()),
                             *_ratio("ratio", "moved", "still"))],
        "schedule": [_train(run("moved", changed(DECAY, power=1.0), pictures(), ignored()),
                            run("still", changed(DECAY, lr=1e-300), pictures(), ignored()), *_ratio("ratio", "moved", "still"))],
        "statistics": [_train(run("found", TINY, pictures(), classes()), entry("count", "found", "backbone.stem.1.num_batches_tracked"),
                              see("int", "$count"))],
        "gradients": [_train(*_growth())],
        "crops": [_train(run("found", changed(STILL, max_iters=24), pictures(1, 10), CORNER), *_any("found"))],
        "seeds": [_train(*_seeds()), _train(let("before", "torch.get_rng_state"), run("found", TINY, pictures(), classes(), 5),
                                            let("after", "torch.get_rng_state"), see("torch.equal", "$before", "$after"))],
        "the mean": [_train(*_share())],
    },
    "examples": {
        "implementations": lent("confusion_matrix", variants, misconceptions),
    },
}
