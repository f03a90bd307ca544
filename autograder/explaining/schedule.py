"""The learning rate that each iteration (or epoch) of a config's run uses. The recursions are mmengine 0.10's, and tested so."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

#: Steps of the longest run that is reckoned; the longest shipped one has 320,000.
LONGEST = 2_000_000
#: What has to be a finite number, and what a whole one, in every scheduler that has it.
NUMBERS = ("power", "eta_min", "eta_min_ratio", "start_factor", "end_factor", "factor", "gamma")
STEPS = ("begin", "end")
Rate = Callable[[float, int], float]


class UnknownSchedule(ValueError):
    """The rates can't be reckoned. The text is a sentence."""


@dataclass(frozen=True)
class Schedule:
    """The rate of each step of a run; ``unit``: what a step is, iteration or epoch."""

    unit: str
    rates: tuple[float, ...]
    names: tuple[str, ...]

    def at(self, share: float) -> tuple[int, float]:
        """A step after that share of the run, and its rate."""
        step = min(round(share * (len(self.rates) - 1)), len(self.rates) - 1)
        return step, self.rates[step]


@dataclass(frozen=True)
class _Part:
    """One scheduler: from ``begin`` until ``end`` it makes each rate of the one before."""

    begin: int
    end: int
    next: Rate

    def after(self, rate: float, step: int) -> float:
        """The rate of a step, given the one that other schedulers and the step before left."""
        return self.next(rate, step - self.begin) if self.begin <= step < self.end else rate


def explained(config: dict[str, Any]) -> Schedule:
    """The rates of a run. Raises ``UnknownSchedule``."""
    unit, length = run_of(config)
    parts = [_part(row, unit, length) for row in rows(config)]
    names = tuple(str(row.get("type", "?")) for row in rows(config))
    try:
        return Schedule(unit, tuple(_rates(base_lr(config), [part for part in parts if part], length)), names)
    except ArithmeticError as error:
        raise UnknownSchedule(f"the rates can't be reckoned to the end, nor by mmengine: {error}") from None


def rows(config: dict[str, Any]) -> list[dict[str, Any]]:
    """The config's schedulers, as they stand there. Raises ``UnknownSchedule`` where a number is none."""
    listed = config.get("param_scheduler") or []
    found = [row for row in (listed if isinstance(listed, list | tuple) else [listed]) if isinstance(row, dict)]
    for row in found:
        _require_numbers(row)
    return found


def run_of(config: dict[str, Any]) -> tuple[str, int]:
    """What a step is, and how many there are. Raises ``UnknownSchedule``."""
    loop = config.get("train_cfg")
    if not isinstance(loop, dict):
        raise UnknownSchedule("there is no train_cfg, so how long the run is can't be told")
    by_epoch = "max_epochs" in loop and "max_iters" not in loop
    length = require_length(loop.get("max_epochs" if by_epoch else "max_iters"))
    return ("epoch" if by_epoch else "iteration"), length


def optimizer_of(config: dict[str, Any]) -> dict[str, Any]:
    """The optimizer's table, wherever the config keeps it."""
    wrapper = config.get("optim_wrapper")
    found = wrapper.get("optimizer") if isinstance(wrapper, dict) else config.get("optimizer")
    return found if isinstance(found, dict) else {}


def base_lr(config: dict[str, Any]) -> float:
    """The rate that the optimizer starts with. Raises ``UnknownSchedule``."""
    rate = optimizer_of(config).get("lr")
    if rate is None:
        raise UnknownSchedule("the optimizer has no learning rate")
    return _number("the optimizer's lr", rate)


def require_length(steps: object) -> int:
    """The length of a run. Raises ``UnknownSchedule`` where it is none, or too long to be told step by step."""
    if type(steps) is not int or not 0 < steps <= LONGEST:
        raise UnknownSchedule(f"a run has between 1 and {LONGEST:,} steps, not {steps!r}")
    return steps


def _require_numbers(row: dict[str, Any]) -> None:
    for key in row.keys() & {*NUMBERS}:
        _number(f"{row.get('type')}'s {key}", row[key])
    for key in row.keys() & {*STEPS}:
        if type(row[key]) is not int:
            raise UnknownSchedule(f"{row.get('type')}'s {key} has to be a whole number, not {row[key]!r}")


def _number(what: str, value: object) -> float:
    if isinstance(value, str):
        raise UnknownSchedule(f"{what} is the text {value!r}, and no number; in YAML, write 1.0e-4, for 1e-4 is text")
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise UnknownSchedule(f"{what} has to be a finite number, not {value!r}")
    return float(value)


def is_by_epoch(row: dict[str, Any]) -> bool:
    """Whether a scheduler counts epochs, as mmengine's all do unless told otherwise."""
    return bool(row.get("by_epoch", True))


def span_of(row: dict[str, Any], length: int) -> tuple[int, int]:
    """A scheduler's begin and end; an end that is not given is that of the run."""
    return row.get("begin", 0), row.get("end", length)


def _part(row: dict[str, Any], unit: str, length: int) -> _Part | None:
    """None for one that never comes to a second step: it counts epochs in a run that has none."""
    kind = row.get("type")
    if kind not in PARTS:
        raise UnknownSchedule(f"the rates of {kind} are not reckoned here")
    if is_by_epoch(row) != (unit == "epoch"):
        if unit == "epoch":
            raise UnknownSchedule(f"{kind} counts iterations, and how many an epoch has depends on the data")
        return None
    begin, end = span_of(row, length)
    if end <= begin:
        raise UnknownSchedule(f"{kind} begins at {begin} and ends at {end}")
    return _Part(begin, end, PARTS[kind](row, end - begin - 1))


def _rates(rate: float, parts: list[_Part], length: int) -> list[float]:
    found = []
    for step in range(length):
        for part in parts:
            rate = part.after(rate, step)
        found.append(rate)
    return found


def _poly(row: dict[str, Any], total: int) -> Rate:
    power, floor = row.get("power", 1), row.get("eta_min", 0)
    return lambda rate, step: rate if step == 0 else (rate - floor) * (1 - 1 / (total - step + 1)) ** power + floor


def _poly_ratio(row: dict[str, Any], total: int) -> Rate:
    """mmsegmentation's own: the floor is a share of the rate that it began with."""
    share, started = row.get("eta_min_ratio", 0), list[float]()

    def following(rate: float, step: int) -> float:
        if step == 0:
            started.append(rate)
            return rate
        return _poly({"power": row.get("power", 1), "eta_min": started[0] * share}, total)(rate, step)

    return following


def _linear(row: dict[str, Any], total: int) -> Rate:
    start, end = row.get("start_factor", 1 / 3), row.get("end_factor", 1.0)

    def following(rate: float, step: int) -> float:
        if step == 0:
            return rate * float(start)
        return float(rate * (1 + (end - start) / (total * start + (step - 1) * (end - start))))

    return following


def _constant(row: dict[str, Any], total: int) -> Rate:
    factor = row.get("factor", 1 / 3)
    return lambda rate, step: rate * factor if step == 0 else rate / factor if step == total else rate


def _multi_step(row: dict[str, Any], total: int) -> Rate:
    milestones, gamma = row.get("milestones", ()), float(row.get("gamma", 0.1))
    if not isinstance(milestones, list | tuple):
        raise UnknownSchedule(f"MultiStepLR's milestones have to be a list, not {milestones!r}")
    return lambda rate, step: rate * math.pow(gamma, milestones.count(step))


PARTS: dict[str, Callable[[dict[str, Any], int], Rate]] = {
    "PolyLR": _poly, "PolyLRRatio": _poly_ratio, "LinearLR": _linear, "ConstantLR": _constant, "MultiStepLR": _multi_step}
