"""The truth about lesson 4, found another way than the solutions: decimal arithmetic, areas, PyTorch's and mmengine's recursions."""

import math
from collections.abc import Callable
from decimal import Decimal, localcontext
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.lr_scheduler import LambdaLR, LRScheduler, PolynomialLR
from torch.optim.optimizer import Optimizer

#: Decimal places of the exact values; a float64 has 16.
DIGITS = 30
#: The nodes of an area, from the left end of the interval to the right one.
NODES = [node / 16 for node in range(-96, 65)]


def poly_lr(base_lr: float, step: int, total_steps: int, power: float = 0.9, eta_min: float = 0.0) -> float:
    """The closed form in decimal arithmetic."""
    _sensible(total_steps, power)
    if step < 0:
        raise ValueError("no step comes before step 0")
    with localcontext(prec=DIGITS):
        span = Decimal(base_lr) - Decimal(eta_min)
        return float(span * _left(step, total_steps, power) + Decimal(eta_min))


def _left(step: int, total_steps: int, power: float) -> Decimal:
    """What is left of the span between both ends at one step: 1 at step 0, 0 from the last on."""
    return (Decimal(total_steps - step) / Decimal(total_steps)) ** Decimal(power) if step < total_steps else Decimal(0)


def poly_factor(step: int, total_steps: int, power: float = 0.9) -> float:
    """One rate divided by the rate before it."""
    if step < 1:
        raise ValueError("step 0 has no step before it")
    _sensible(total_steps, power)
    if step > total_steps:
        return 0.0
    with localcontext(prec=DIGITS):
        return float(_left(step, total_steps, power) / _left(step - 1, total_steps, power))


def lr_trace(convention: str, base_lr: float, num_steps: int, power: float, eta_min: float) -> Tensor:
    """Each convention by what it is known for: the closed form, mmengine's and PyTorch's recursions, the larger of two."""
    _sensible(num_steps, power)
    traces: dict[str, Callable[[], list[float]]] = {
        "article": lambda: [poly_lr(base_lr, step, num_steps, power, eta_min) for step in range(num_steps)],
        "mmengine": lambda: _recursion([_PolyEntry(0, num_steps, power, eta_min)], base_lr, num_steps),
        "torch": lambda: _torch_rates(base_lr, num_steps, power),
        "clamp": lambda: [max(poly_lr(base_lr, step, num_steps, power), eta_min) for step in range(num_steps)],
    }
    if convention not in traces:
        raise ValueError(f"unknown convention {convention!r}")
    return torch.tensor(traces[convention](), dtype=torch.float64)


def _torch_rates(base_lr: float, num_steps: int, power: float) -> list[float]:
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=base_lr)
    scheduler, rates = PolynomialLR(optimizer, num_steps, power), list[float]()
    for _ in range(num_steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return rates


def PolyLR(
    optimizer: Optimizer, total_steps: int, power: float = 0.9, eta_min: float = 0.0, last_epoch: int = -1
) -> LRScheduler:
    """PyTorch's own scheduler for rates that are a multiple of the base rate, one multiple a group."""
    _sensible(total_steps, power)
    bases = [group.get("initial_lr", group["lr"]) for group in optimizer.param_groups]
    return LambdaLR(optimizer, [_multiple(base, total_steps, power, eta_min) for base in bases], last_epoch)


def _multiple(base: float, total_steps: int, power: float, eta_min: float) -> Callable[[int], float]:
    return lambda step: poly_lr(base, step, total_steps, power, eta_min) / base


def warmup_poly_lr(base_lr: float, step: int, warmup_steps: int, total_steps: int, start_factor: float = 0.1, power: float = 0.9,
                   eta_min: float = 0.0) -> float:
    """The mean of both ends of the warm-up, weighted by how far each is away; then the closed form."""
    if warmup_steps < 0 or warmup_steps >= total_steps or step < 0:
        raise ValueError("the warm-up ends before the run does, and both begin at step 0")
    rest = total_steps - warmup_steps
    _sensible(rest, power)
    if step >= warmup_steps:
        return poly_lr(base_lr, step - warmup_steps, rest, power, eta_min)
    with localcontext(prec=DIGITS):
        start = Decimal(start_factor) * Decimal(base_lr)
        return float((start * (warmup_steps - step) + Decimal(base_lr) * step) / warmup_steps)


def remaining_updates(fraction: float, power: float) -> float:
    """An area divided by an area, each measured slice by slice."""
    _sensible(1, power)
    if not 0 <= fraction <= 1:
        raise ValueError("a fraction of the run lies between 0 and 1")
    return _area(fraction, power) / _area(0.0, power)


def _area(start: float, power: float) -> float:
    """The integral of (1 - t) ** power from ``start`` to 1; its slices get thinner towards both ends, fast enough for any power > -1."""
    width = 1 - start
    slices = ((width / (1 + math.exp(-math.pi * math.sinh(node))), math.cosh(node)) for node in NODES)
    return math.fsum(left ** (power + 1) * (1 - left / width) * breadth for left, breadth in slices) if width else 0.0


def schedule_trace(param_scheduler: list[dict[str, Any]], base_lr: float, max_iters: int) -> Tensor:
    """mmengine's recursion: each entry changes the rate that it finds, while its range lasts."""
    if max_iters < 1:
        raise ValueError("a run has at least one iteration")
    entries = [_entry(entry, max_iters) for entry in param_scheduler]
    return torch.tensor(_recursion([entry for entry in entries if entry], base_lr, max_iters), dtype=torch.float64)


class _Entry:
    """The range of iterations in which an entry works."""

    def __init__(self, begin: int, end: int) -> None:
        if end <= begin:
            raise ValueError("an entry ends after it has begun")
        self.begin, self.end, self.last = begin, end, end - begin - 1

    def next(self, rate: float, step: int) -> float:
        """The rate that follows ``rate`` at the entry's own step."""
        raise NotImplementedError


class _PolyEntry(_Entry):
    def __init__(self, begin: int, end: int, power: float, eta_min: float) -> None:
        super().__init__(begin, end)
        self.power, self.eta_min = power, eta_min
        _sensible(1, power)

    def next(self, rate: float, step: int) -> float:
        """The same share of what is above the floor, whatever the rate has become."""
        return float((rate - self.eta_min) * (1 - 1 / (self.last - step + 1)) ** self.power + self.eta_min) if step else rate


class _LinearEntry(_Entry):
    def __init__(self, begin: int, end: int, start: float, stop: float) -> None:
        super().__init__(begin, end)
        self.start, self.stop = start, stop

    def next(self, rate: float, step: int) -> float:
        """A multiple of whatever the rate has become."""
        rise = self.stop - self.start
        return rate * (1 + rise / (self.last * self.start + (step - 1) * rise)) if step else rate * self.start


def _entry(entry: dict[str, Any], max_iters: int) -> _Entry | None:
    begin, end = entry.get("begin", 0), entry.get("end", max_iters)
    if entry["type"] == "LinearLR":
        return _LinearEntry(begin, end, entry.get("start_factor", 1 / 3), entry.get("end_factor", 1.0))
    if entry["type"] != "PolyLR":
        raise ValueError(f"unknown type {entry['type']!r}")
    poly = _PolyEntry(begin, end, entry.get("power", 1.0), entry.get("eta_min", 0.0))
    return None if entry.get("by_epoch", True) else poly


def _recursion(entries: list[_Entry], rate: float, max_iters: int) -> list[float]:
    rates = []
    for iteration in range(max_iters):
        for entry in entries:
            if entry.begin <= iteration < entry.end:
                rate = entry.next(rate, iteration - entry.begin)
        rates.append(rate)
    return rates


def examples(poly_lr: Callable[..., float]) -> None:
    """Compares with the decimals on a few steps of each kind, and asks for the errors."""
    calls = (8.0, 0, 10), (8.0, 3, 10, 2.0), (8.0, 3, 10, 0.5, 1.0), (8.0, 10, 10, 0.9, 1.0), (8.0, 13, 10, 0.9, 1.0), (1.0, 12, 10)
    for call in calls:
        assert abs(poly_lr(*call) - globals()["poly_lr"](*call)) < 1e-12


def _sensible(total_steps: int, power: float) -> None:
    if total_steps < 1 or power <= -1:
        raise ValueError("at least one step, and a power above -1")
