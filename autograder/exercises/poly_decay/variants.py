"""Correct answers to lesson 4, written in very different ways: none may be rejected. Named ``<exercise>__<way>``.

Needs torch only: learners' `examples` are given these functions, and they run where the learners' code runs.
"""

import math
from collections.abc import Callable
from decimal import Decimal
from itertools import accumulate
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.lr_scheduler import LambdaLR, LRScheduler, PolynomialLR
from torch.optim.optimizer import Optimizer


def _sensible(total_steps: int, power: float) -> None:
    if total_steps < 1 or power <= -1:
        raise ValueError("at least one step, and a power above -1")


def _from_the_start(step: int, total_steps: int, power: float) -> None:
    _sensible(total_steps, power)
    if step < 0:
        raise ValueError("no step comes before step 0")


def poly_lr__closed_form(base_lr: float, step: int, total_steps: int, power: float = 0.9, eta_min: float = 0.0) -> float:
    """The formula, and the floor from the end on."""
    _from_the_start(step, total_steps, power)
    if step >= total_steps:
        return eta_min
    return float((base_lr - eta_min) * (1 - step / total_steps) ** power + eta_min)


def poly_lr__weighted_mean(base_lr: float, step: int, total_steps: int, power: float = 0.9, eta_min: float = 0.0) -> float:
    """Base rate and floor, weighted by what is left and what is gone."""
    _from_the_start(step, total_steps, power)
    left = math.exp(power * math.log((total_steps - step) / total_steps)) if step < total_steps else 0.0
    return left * base_lr + (1 - left) * eta_min


def poly_lr__step_by_step(base_lr: float, step: int, total_steps: int, power: float = 0.9, eta_min: float = 0.0) -> float:
    """One factor after the other, as a scheduler that remembers only its rate does it."""
    _from_the_start(step, total_steps, power)
    above = base_lr - eta_min
    for left in range(total_steps, max(total_steps - step, 0), -1):
        above = above * ((left - 1) / left) ** power if left > 1 else 0.0
    return above + eta_min


def poly_lr__tensor_inside(base_lr: float, step: int, total_steps: int, power: float = 0.9, eta_min: float = 0.0) -> float:
    """A float64 tensor, clamped; the number is taken out at the end."""
    _from_the_start(step, total_steps, power)
    left = torch.tensor(1 - step / total_steps, dtype=torch.float64).clamp(min=0)
    share = left**power if step < total_steps else left
    return float(eta_min + (base_lr - eta_min) * share)


def poly_factor__one_step_less(step: int, total_steps: int, power: float = 0.9) -> float:
    """One step less of so many that are left."""
    _between_steps(step, total_steps, power)
    return (1 - 1 / (total_steps - step + 1)) ** power if step < total_steps else 0.0


def poly_factor__quotient(step: int, total_steps: int, power: float = 0.9) -> float:
    """The closed form, divided by the one of the step before."""
    _between_steps(step, total_steps, power)
    before = poly_lr__closed_form(1.0, step - 1, total_steps, power)
    return poly_lr__closed_form(1.0, step, total_steps, power) / before if before else 0.0


def _between_steps(step: int, total_steps: int, power: float) -> None:
    _sensible(total_steps, power)
    if step < 1:
        raise ValueError("step 0 has no step before it")


def lr_trace__closed_forms(convention: str, base_lr: float, num_steps: int, power: float, eta_min: float) -> Tensor:
    """The closed form, called once a step with each convention's own ending."""
    _sensible(num_steps, power)
    rate = _conventions(base_lr, num_steps, power, eta_min).get(convention)
    if rate is None:
        raise ValueError(f"unknown convention {convention!r}")
    return torch.tensor([rate(step) for step in range(num_steps)], dtype=torch.float64)


def _conventions(base_lr: float, num_steps: int, power: float, eta_min: float) -> dict[str, Callable[[int], float]]:
    last = num_steps - 1
    return {
        "article": lambda step: poly_lr__closed_form(base_lr, step, num_steps, power, eta_min),
        "mmengine": lambda step: poly_lr__closed_form(base_lr, step, last, power, eta_min) if last else base_lr,
        "torch": lambda step: poly_lr__closed_form(base_lr, step, num_steps, power),
        "clamp": lambda step: max(poly_lr__closed_form(base_lr, step, num_steps, power), eta_min),
    }


def lr_trace__one_tensor(convention: str, base_lr: float, num_steps: int, power: float, eta_min: float) -> Tensor:
    """All steps at once."""
    _sensible(num_steps, power)
    if convention not in ("article", "mmengine", "torch", "clamp"):
        raise ValueError(f"unknown convention {convention!r}")
    total = max(num_steps - (convention == "mmengine"), 1)
    shape = (1 - torch.arange(num_steps, dtype=torch.float64) / total) ** power
    floor = eta_min if convention in ("article", "mmengine") else 0.0
    trace = floor + (base_lr - floor) * shape
    return trace.clamp(min=eta_min) if convention == "clamp" else trace


def lr_trace__running_product(convention: str, base_lr: float, num_steps: int, power: float, eta_min: float) -> Tensor:
    """A product of factors, one a step, on what lies above the floor."""
    _sensible(num_steps, power)
    if convention not in ("article", "mmengine", "torch", "clamp"):
        raise ValueError(f"unknown convention {convention!r}")
    total = num_steps - 1 if convention == "mmengine" else num_steps
    factors = [poly_factor__one_step_less(step, total, power) for step in range(1, num_steps)]
    floor = eta_min if convention in ("article", "mmengine") else 0.0
    rates = [floor + above for above in accumulate(factors, lambda above, factor: above * factor, initial=base_lr - floor)]
    return torch.tensor([max(rate, eta_min) for rate in rates] if convention == "clamp" else rates, dtype=torch.float64)


def lr_trace__driven(convention: str, base_lr: float, num_steps: int, power: float, eta_min: float) -> Tensor:
    """The rates of an optimizer that PyTorch's own scheduler leads, moved on to the floor afterwards."""
    _sensible(num_steps, power)
    if convention not in ("article", "mmengine", "torch", "clamp"):
        raise ValueError(f"unknown convention {convention!r}")
    shape = torch.tensor(_led_by_torch(max(num_steps - (convention == "mmengine"), 1), num_steps, power), dtype=torch.float64)
    if convention == "torch":
        return base_lr * shape
    return torch.maximum(base_lr * shape, torch.full_like(shape, eta_min)) if convention == "clamp" else torch.lerp(
        torch.full_like(shape, eta_min), torch.full_like(shape, base_lr), shape)


def _led_by_torch(total: int, num_steps: int, power: float) -> list[float]:
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=1.0)
    scheduler, rates = PolynomialLR(optimizer, total, power), list[float]()
    for _ in range(num_steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return rates


class PolyLR__closed_form(LRScheduler):
    """The closed form, from each group's own base rate."""

    def __init__(self, optimizer: Optimizer, total_steps: int, power: float = 0.9, eta_min: float = 0.0, last_epoch: int = -1) -> None:
        _sensible(total_steps, power)
        self.total_steps, self.power, self.eta_min = total_steps, power, eta_min
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float | Tensor]:
        """The rates of step ``last_epoch``."""
        return [poly_lr__closed_form(float(base), self.last_epoch, self.total_steps, self.power, self.eta_min) for base in self.base_lrs]


class PolyLR__factor(LRScheduler):
    """Each rate from the one before; only when it is made anew does it look at the base rates."""

    def __init__(self, optimizer: Optimizer, total_steps: int, power: float = 0.9, eta_min: float = 0.0, last_epoch: int = -1) -> None:
        _sensible(total_steps, power)
        self.total_steps, self.power, self.eta_min, self.begun = total_steps, power, eta_min, False
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float | Tensor]:
        """What lies above the floor, once more."""
        if not self.begun:
            self.begun = True
            given = self.last_epoch, self.total_steps, self.power, self.eta_min
            return [poly_lr__closed_form(float(base), *given) for base in self.base_lrs]
        factor = poly_factor__one_step_less(self.last_epoch, self.total_steps, self.power)
        return [(group["lr"] - self.eta_min) * factor + self.eta_min for group in self.optimizer.param_groups]


class PolyLR__lambdas(LambdaLR):
    """PyTorch's scheduler for multiples of the base rate."""

    def __init__(self, optimizer: Optimizer, total_steps: int, power: float = 0.9, eta_min: float = 0.0, last_epoch: int = -1) -> None:
        _sensible(total_steps, power)
        bases = [group.get("initial_lr", group["lr"]) for group in optimizer.param_groups]
        super().__init__(optimizer, [_multiple(base, total_steps, power, eta_min) for base in bases], last_epoch)


def _multiple(base: float, total_steps: int, power: float, eta_min: float) -> Callable[[int], float]:
    return lambda step: poly_lr__closed_form(base, step, total_steps, power, eta_min) / base


class PolyLR__own_step(LRScheduler):
    """Sets the rates itself, from a table that is made once."""

    def __init__(self, optimizer: Optimizer, total_steps: int, power: float = 0.9, eta_min: float = 0.0, last_epoch: int = -1) -> None:
        _sensible(total_steps, power)
        bases = [group.get("initial_lr", group["lr"]) for group in optimizer.param_groups]
        self.table = [[poly_lr__closed_form(base, step, total_steps, power, eta_min) for base in bases] for step in range(total_steps + 1)]
        super().__init__(optimizer, last_epoch)

    def step(self, epoch: int | None = None) -> None:
        """One step further in the table."""
        self.last_epoch += 1
        self._last_lr = list(self.table[min(self.last_epoch, len(self.table) - 1)])
        for group, rate in zip(self.optimizer.param_groups, self._last_lr, strict=True):
            group["lr"] = rate


def warmup_poly_lr__two_parts(base_lr: float, step: int, warmup_steps: int, total_steps: int, start_factor: float = 0.1,
                              power: float = 0.9, eta_min: float = 0.0) -> float:
    """A straight line, then the closed form over what is left."""
    _warms_up(step, warmup_steps, total_steps, power)
    if step < warmup_steps:
        return base_lr * (start_factor + (1 - start_factor) * step / warmup_steps)
    return poly_lr__closed_form(base_lr, step - warmup_steps, total_steps - warmup_steps, power, eta_min)


def warmup_poly_lr__interpolated(base_lr: float, step: int, warmup_steps: int, total_steps: int, start_factor: float = 0.1,
                                 power: float = 0.9, eta_min: float = 0.0) -> float:
    """Both parts as what is left of a span between two rates."""
    _warms_up(step, warmup_steps, total_steps, power)
    if step < warmup_steps:
        return poly_lr__closed_form(start_factor * base_lr, step, warmup_steps, 1.0, base_lr)
    left = max(total_steps - step, 0) / (total_steps - warmup_steps)
    return eta_min + (base_lr - eta_min) * (left**power if left else 0.0)


def _warms_up(step: int, warmup_steps: int, total_steps: int, power: float) -> None:
    _from_the_start(step, total_steps, power)
    if not 0 <= warmup_steps < total_steps:
        raise ValueError("the warm-up ends before the run does")


def remaining_updates__power(fraction: float, power: float) -> float:
    """The closed form."""
    _of_the_run(fraction, power)
    return float((1 - fraction) ** (power + 1))


def remaining_updates__what_is_done(fraction: float, power: float) -> float:
    """One minus the area so far, by its antiderivative, divided by the whole area."""
    _of_the_run(fraction, power)
    whole = 1 / (power + 1)
    done = whole - (1 - fraction) ** (power + 1) / (power + 1)
    return float(1 - done / whole)


def _of_the_run(fraction: float, power: float) -> None:
    _sensible(1, power)
    if fraction < 0 or fraction > 1:
        raise ValueError("a fraction of the run lies between 0 and 1")


def schedule_trace__recursion(param_scheduler: list[dict[str, Any]], base_lr: float, max_iters: int) -> Tensor:
    """Iteration by iteration, entry by entry."""
    _all_sensible(param_scheduler, max_iters)
    rate, rates = base_lr, []
    for iteration in range(max_iters):
        for entry in param_scheduler:
            rate = _changed(rate, entry, iteration, max_iters)
        rates.append(rate)
    return torch.tensor(rates, dtype=torch.float64)


def _all_sensible(param_scheduler: list[dict[str, Any]], max_iters: int) -> None:
    for entry in param_scheduler:
        if entry["type"] not in ("PolyLR", "LinearLR") or entry.get("end", max_iters) <= entry.get("begin", 0):
            raise ValueError(f"no such entry: {entry}")
        _sensible(max_iters, entry.get("power", 1.0))
    _sensible(max_iters, 1.0)


def _changed(rate: float, entry: dict[str, Any], iteration: int, max_iters: int) -> float:
    """The rate after one entry has had its turn, as mmengine writes it down."""
    begin, end = entry.get("begin", 0), entry.get("end", max_iters)
    if not begin <= iteration < end:
        return rate
    if entry["type"] == "LinearLR":
        return _line(rate, iteration - begin, end - begin - 1, entry.get("start_factor", 1 / 3), entry.get("end_factor", 1.0))
    if entry.get("by_epoch", True) or iteration == begin:
        return rate
    floor = entry.get("eta_min", 0.0)
    return float((rate - floor) * (1 - 1 / (end - iteration)) ** entry.get("power", 1.0) + floor)


def _line(rate: float, step: int, last: int, start: float, stop: float) -> float:
    return rate * (start + (stop - start) * step / last) / (start + (stop - start) * (step - 1) / last) if step else rate * start


def schedule_trace__affine_maps(param_scheduler: list[dict[str, Any]], base_lr: float, max_iters: int) -> Tensor:
    """Every entry at every iteration as a slope and an intercept; the rates are what the maps make of the base rate."""
    _all_sensible(param_scheduler, max_iters)
    slope, intercept, rates = 1.0, 0.0, []
    for iteration in range(max_iters):
        for entry in param_scheduler:
            at_nought = _changed(0.0, entry, iteration, max_iters)
            steep = _changed(1.0, entry, iteration, max_iters) - at_nought
            slope, intercept = slope * steep, intercept * steep + at_nought
        rates.append(slope * base_lr + intercept)
    return torch.tensor(rates, dtype=torch.float64)


def schedule_trace__generators(param_scheduler: list[dict[str, Any]], base_lr: float, max_iters: int) -> Tensor:
    """An object for each entry that remembers how often it has been asked."""
    _all_sensible(param_scheduler, max_iters)
    asked, rates, rate = [0] * len(param_scheduler), torch.empty(max_iters, dtype=torch.float64), base_lr
    for iteration in range(max_iters):
        for place, entry in enumerate(param_scheduler):
            if entry.get("begin", 0) <= iteration < entry.get("end", max_iters):
                rate = _changed(rate, entry, entry.get("begin", 0) + asked[place], max_iters)
                asked[place] += 1
        rates[iteration] = rate
    return rates


def schedule_trace__decimals(param_scheduler: list[dict[str, Any]], base_lr: float, max_iters: int) -> Tensor:
    """Closed forms of each entry, whose quotient of neighbours moves the rate, in decimal arithmetic."""
    _all_sensible(param_scheduler, max_iters)
    rate, rates = Decimal(base_lr), []
    for iteration in range(max_iters):
        for entry in param_scheduler:
            begin, end = entry.get("begin", 0), entry.get("end", max_iters)
            if begin <= iteration < end and (entry["type"] == "LinearLR" or not entry.get("by_epoch", True)):
                floor = Decimal(entry.get("eta_min", 0.0))
                rate = floor + (rate - floor) * _quotient(entry, iteration - begin, end - begin - 1)
        rates.append(float(rate))
    return torch.tensor(rates, dtype=torch.float64)


def _quotient(entry: dict[str, Any], step: int, last: int) -> Decimal:
    if entry["type"] == "PolyLR":
        return (Decimal(last - step) / Decimal(last - step + 1)) ** Decimal(entry.get("power", 1.0)) if step else Decimal(1)
    start, stop = Decimal(entry.get("start_factor", 1 / 3)), Decimal(entry.get("end_factor", 1.0))
    return (start * (last - step) + stop * step) / (start * (last - step + 1) + stop * (step - 1)) if step else start


def examples__table(poly_lr: Callable[..., float]) -> None:
    """Values worked out by hand, each against a few mistakes."""
    table = {(8.0, 0, 10): 8.0, (8.0, 5, 10, 2.0): 2.0, (8.0, 5, 10, 2.0, 4.0): 5.0, (8.0, 3, 4, 0.5): 4.0, (1.0, 9, 10, 1.0, 0.5): 0.55,
             (8.0, 10, 10, 0.9, 1.0): 1.0, (8.0, 11, 10, 0.9, 1.0): 1.0, (8.0, 25, 10, 0.9): 0.0, (8.0, 4, 4, 0.0, 1.0): 1.0,
             (3.0, 7, 10): 3.0 * 0.3**0.9, (0.01, 1, 3, 2.0): 0.01 * 4 / 9, (2.0, 99, 100, 1.0): 0.02}
    for call, expected in table.items():
        rate = poly_lr(*call)
        assert type(rate) is float and abs(rate - expected) < 1e-12, f"{call}: {rate}, not {expected}"
    for call in ((8.0, -1, 10), (8.0, 0, 0), (8.0, 1, 10, -1.0)):
        try:
            poly_lr(*call)
        except ValueError:
            continue
        raise AssertionError(f"{call} makes no sense")


def examples__properties(poly_lr: Callable[..., float]) -> None:
    """Ends, monotony, scale, and PyTorch's own scheduler."""
    for total, power, floor in ((7, 0.9, 0.0), (10, 2.0, 0.25), (4, 0.5, 0.1), (5, 1.0, 0.5)):
        rates = [poly_lr(3.0, step, total, power, floor) for step in range(total + 3)]
        assert all(isinstance(rate, float) and floor <= rate <= 3.0 for rate in rates)
        assert rates[0] == 3.0 and rates[-3:] == [floor] * 3 and rates[-4] > floor
        shape = _led_by_torch(total, total, power)
        assert all(abs((rate - floor) / (3.0 - floor) - expected) < 1e-12 for rate, expected in zip(rates, shape, strict=False))
    assert poly_lr(2.0, 3, 9) == poly_lr(2.0, 3, 9, 0.9, 0.0), "the default power is 0.9"
    for call in ((1.0, -1, 5), (1.0, 2, 0), (1.0, 2, 5, -1.5)):
        try:
            poly_lr(*call)
        except ValueError:
            continue
        raise AssertionError(f"{call} makes no sense")
