"""The calls that tell lesson 4's misconceptions apart. The first group on which an answer goes wrong names the misconception."""

from typing import Any

import torch

from autograder.exercises.poly_decay import misconceptions, variants
from autograder.exercises.probing import lent, probe
from autograder.learner_side.drive import Step, do, get, let, see

SCRIPT = {"script": "PolyLR"}


def optimizer(*rates: float, name: str = "optimizer", **options: Any) -> list[Step]:
    """SGD over one parameter a group, each group with its own rate."""
    weights = [let(f"weight{place}", "torch.nn.Parameter", torch.zeros(place + 1)) for place in range(len(rates))]
    groups = [{"params": [f"$weight{place}"], "lr": rate} for place, rate in enumerate(rates)]
    return [*weights, let(name, "torch.optim.SGD", groups, lr=1.0, **options)]


def scheduler(*args: Any, **kwargs: Any) -> Step:
    """The learner's scheduler on that optimizer."""
    return let("scheduler", "PolyLR", "$optimizer", *args, **kwargs)


def train(steps: int, *after_each: Step) -> list[Step]:
    """Steps of training, as a training loop makes them."""
    return [do("optimizer.step"), do("scheduler.step"), *after_each] * steps


def resume(*loads: Step) -> list[Step]:
    """State dicts are saved, as a file would hold them, and loaded into a new optimizer and a new scheduler."""
    saved = [let(f"{name}_state", f"{name}.state_dict") for name in ("optimizer", "scheduler")]
    files = [let(f"{name}_file", "pickle.dumps", f"${name}_state") for name in ("optimizer", "scheduler")]
    read = [let(f"saved_{name}", "pickle.loads", f"${name}_file") for name in ("optimizer", "scheduler")]
    loaded = [do(f"{name}.load_state_dict", f"$saved_{name}") for name in ("scheduler", "optimizer")]
    return [*saved, let("pickle", "__import__", "pickle"), *files, *read, *loads, *loaded]


IS_A_SCHEDULER = see("isinstance", "$scheduler", "$torch.optim.lr_scheduler.LRScheduler")
RATES = get("optimizer.param_groups.0.lr"), get("optimizer.param_groups.1.lr")
GROUPS = optimizer(0.5, 4.0, momentum=0.9, weight_decay=0.25)
RESUMED = [*GROUPS, scheduler(6, 2.0, 0.25), *train(2), *resume(*GROUPS, scheduler(6, 2.0, 0.25)), *train(3, *RATES)]
CONTINUED = [*optimizer(0.5 * 0.75**2), *[do("optimizer.param_groups.0.setdefault", "initial_lr", 0.5)],
             scheduler(8, 2.0, last_epoch=1), RATES[0], *train(2, RATES[0])]


def _script(*steps: Step) -> dict[str, Any]:
    return probe(list(steps), watch=SCRIPT)


def _linear(**options: Any) -> dict[str, Any]:
    return {"type": "LinearLR", "by_epoch": False} | options


def _poly(**options: Any) -> dict[str, Any]:
    return {"type": "PolyLR", "by_epoch": False} | options


PROBES = {
    "poly_lr": {
        "type": [probe(8.0, 3, 10, 2.0)],
        "values": [probe(8.0, 0, 10, 2.0), probe(8.0, 3, 10, 2.0), probe(8.0, 5, 10, 0.5), probe(7.0, 8, 9, 1.0)],
        "default": [probe(8.0, 3, 10)],
        "floor": [probe(8.0, 3, 10, 2.0, 1.0), probe(8.0, 9, 10, 2.0, 1.0), probe(8.0, 10, 10, 2.0, 1.0)],
        "end": [probe(8.0, 10, 10), probe(8.0, 11, 10, 0.9, 1.0), probe(8.0, 17, 10), probe(8.0, 11, 10, 2.0)],
        "power 0": [probe(8.0, 4, 10, 0.0, 1.0), probe(8.0, 10, 10, 0.0, 1.0)],
        "nonsense": [probe(8.0, -1, 10), probe(8.0, 0, 0), probe(8.0, 1, 10, -1.0)],
    },
    "poly_factor": {
        "values": [probe(1, 10, 2.0), probe(4, 10, 2.0), probe(9, 10, 0.5), probe(4, 10), probe(10, 10)],
        "beyond": [probe(11, 10, 2.0), probe(12, 10, 2.0), probe(15, 10, 2.0)],
        "power 0": [probe(4, 10, 0.0), probe(10, 10, 0.0)],
        "nonsense": [probe(0, 10), probe(1, 0), probe(1, 10, -1.0)],
    },
    "lr_trace": {
        "values": [probe(name, 8.0, 5, 2.0, 1.0) for name in ("article", "mmengine", "torch", "clamp")],
        "one step": [probe(name, 8.0, 1, 2.0, 1.0) for name in ("article", "mmengine", "torch", "clamp")],
        "nonsense": [probe("keras", 8.0, 5, 2.0, 1.0), probe("article", 8.0, 0, 2.0, 1.0), probe("article", 8.0, 5, -1.0, 1.0)],
    },
    "PolyLR": {
        "a scheduler": [_script(*optimizer(0.5), scheduler(4, 2.0), IS_A_SCHEDULER)],
        "one group": [_script(*optimizer(8.0), scheduler(4, 2.0), RATES[0], *train(3, RATES[0], see("scheduler.get_last_lr")))],
        "default": [_script(*optimizer(8.0), scheduler(4), *train(2, RATES[0]))],
        "floor": [_script(*optimizer(8.0), scheduler(4, 2.0, 1.0), *train(3, RATES[0]))],
        "groups": [_script(*GROUPS, scheduler(4, 2.0, 0.25), *RATES, *train(3, *RATES))],
        "end": [_script(*optimizer(8.0), scheduler(2, 0.9, 1.0), *train(4, RATES[0]))],
        "other entries": [_script(*GROUPS, scheduler(4), *train(2), get("optimizer.param_groups.1.weight_decay"))],
        "resumed": [_script(*RESUMED)],
        "continued": [_script(*CONTINUED)],
        "nonsense": [_script(*optimizer(8.0), scheduler(0)), _script(*optimizer(8.0), scheduler(4, -1.0))],
    },
    "warmup_poly_lr": {
        "values": [*(probe(8.0, step, 4, 10, 0.25, 2.0) for step in (0, 1, 3, 4, 7, 9, 10)), probe(8.0, 0, 4, 10, 0.25, 2.0, 3.0),
                   probe(8.0, 5, 4, 10, 0.25, 2.0, 3.0)],
        "no warm-up": [probe(8.0, step, 0, 5, 0.25, 2.0) for step in (0, 2)],
        "nonsense": [probe(8.0, 1, 5, 5), probe(8.0, 1, 6, 5), probe(8.0, 1, -1, 5), probe(8.0, -1, 2, 5)],
    },
    "remaining_updates": {
        "values": [probe(0.0, 2.0), probe(0.25, 2.0), probe(0.5, 0.9), probe(1.0, 2.0)],
        "nonsense": [probe(-0.25, 0.9), probe(1.25, 0.9), probe(0.5, -1.0)],
    },
    "schedule_trace": {
        "one entry": [probe([_poly(power=2.0, eta_min=1.0)], 8.0, 5), probe([_linear(start_factor=0.25)], 8.0, 5)],
        "defaults": [probe([_poly()], 8.0, 5), probe([_linear()], 8.0, 5), probe([_linear(end_factor=0.5)], 8.0, 5), probe([], 8.0, 3)],
        "ranges": [probe([_poly(begin=2, end=6, power=2.0)], 8.0, 8), probe([_linear(start_factor=0.25, end=3)], 8.0, 5),
                   probe([_poly(end=3, power=2.0, eta_min=1.0)], 8.0, 5)],
        "by epoch": [probe([{"type": "PolyLR", "power": 2.0, "eta_min": 1.0}], 8.0, 5)],
        "both": [probe([_linear(start_factor=0.25, end=3), _poly(begin=3, end=8, power=2.0, eta_min=1.0)], 8.0, 8),
                 probe([_linear(start_factor=0.25, end=4), _poly(power=2.0, eta_min=1.0)], 8.0, 7),
                 probe([_poly(power=2.0, eta_min=1.0), _linear(start_factor=0.25, end=4)], 8.0, 7)],
        "nonsense": [probe([_poly(begin=4, end=4)], 8.0, 6), probe([{"type": "StepLR", "by_epoch": False}], 8.0, 6), probe([], 8.0, 0)],
    },
    "examples": {
        "implementations": lent("poly_lr", variants, misconceptions),
    },
}
