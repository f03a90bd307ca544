"""Wrong answers to lesson 4 that learners really give. Every one must be rejected, and named. Called ``<exercise>__<id>``.

What each is told is in ``exercises.yaml``. Needs torch only: learners' `examples` are given these functions, and they run
where the learners' code runs.
"""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.optim.lr_scheduler import LRScheduler
from torch.optim.optimizer import Optimizer


def _sensible(total_steps: int, power: float) -> None:
    if total_steps < 1 or power <= -1:
        raise ValueError("at least one step, and a power above -1")


def _from_the_start(step: int, total_steps: int, power: float) -> None:
    _sensible(total_steps, power)
    if step < 0:
        raise ValueError("no step comes before step 0")


def _left(step: float, total_steps: float, power: float) -> float:
    """The right share, for the mistakes that lie elsewhere: 1 at the start, 0 from the end on."""
    return float((1 - step / total_steps) ** power) if step < total_steps else 0.0


def _rate(base_lr: float, step: int, total_steps: int, power: float, eta_min: float) -> float:
    """The right rate, for the mistakes that lie elsewhere."""
    return (base_lr - eta_min) * _left(step, total_steps, power) + eta_min


def poly_lr__rising(base_lr: float, step: int, total_steps: int, power: float = 0.9, eta_min: float = 0.0) -> float:
    """Without the 1 −: small at first, large in the end."""
    _from_the_start(step, total_steps, power)
    return (base_lr - eta_min) * _power(min(step / total_steps, 1.0), power) + eta_min


def _power(share: float, power: float) -> float:
    return share**power if share else 0.0


def poly_lr__power_on_the_time(base_lr: float, step: int, total_steps: int, power: float = 0.9, eta_min: float = 0.0) -> float:
    """1 − (t/T)^p."""
    _from_the_start(step, total_steps, power)
    return (base_lr - eta_min) * (1 - _power(min(step / total_steps, 1.0), power)) + eta_min


def poly_lr__power_as_a_factor(base_lr: float, step: int, total_steps: int, power: float = 0.9, eta_min: float = 0.0) -> float:
    """Times p where to the power of p is meant."""
    _from_the_start(step, total_steps, power)
    return (base_lr - eta_min) * max(1 - step / total_steps, 0.0) * power + eta_min


def poly_lr__straight_line(base_lr: float, step: int, total_steps: int, power: float = 0.9, eta_min: float = 0.0) -> float:
    """Without the power."""
    _from_the_start(step, total_steps, power)
    return _rate(base_lr, step, total_steps, 1.0, eta_min)


def poly_lr__another_default(base_lr: float, step: int, total_steps: int, power: float = 1.0, eta_min: float = 0.0) -> float:
    """PyTorch's default power, 1."""
    _from_the_start(step, total_steps, power)
    return _rate(base_lr, step, total_steps, power, eta_min)


def poly_lr__cosine(base_lr: float, step: int, total_steps: int, power: float = 0.9, eta_min: float = 0.0) -> float:
    """Half a wave of a cosine."""
    _from_the_start(step, total_steps, power)
    return (base_lr - eta_min) * (1 + math.cos(math.pi * min(step / total_steps, 1.0))) / 2 + eta_min


def poly_lr__exponential(base_lr: float, step: int, total_steps: int, power: float = 0.9, eta_min: float = 0.0) -> float:
    """The power to the power of the step."""
    _from_the_start(step, total_steps, power)
    return (base_lr - eta_min) * power**step + eta_min if step < total_steps else eta_min


def poly_lr__whole_number_division(base_lr: float, step: int, total_steps: int, power: float = 0.9, eta_min: float = 0.0) -> float:
    """Divides without a remainder."""
    _from_the_start(step, total_steps, power)
    return (base_lr - eta_min) * float(1 - min(step // total_steps, 1)) + eta_min


def poly_lr__one_step_fewer(base_lr: float, step: int, total_steps: int, power: float = 0.9, eta_min: float = 0.0) -> float:
    """Reaches the floor at the last step, not after it."""
    _from_the_start(step, total_steps, power)
    return _rate(base_lr, step, max(total_steps - 1, 1), power, eta_min)


def poly_lr__one_step_more(base_lr: float, step: int, total_steps: int, power: float = 0.9, eta_min: float = 0.0) -> float:
    """Counts step 0 on top of the others."""
    _from_the_start(step, total_steps, power)
    return _rate(base_lr, step, total_steps + 1, power, eta_min)


def poly_lr__counts_from_one(base_lr: float, step: int, total_steps: int, power: float = 0.9, eta_min: float = 0.0) -> float:
    """Gives each step the rate of the next one."""
    _from_the_start(step, total_steps, power)
    return _rate(base_lr, step + 1, total_steps, power, eta_min)


def poly_lr__no_guard(base_lr: float, step: int, total_steps: int, power: float = 0.9, eta_min: float = 0.0) -> float:
    """A negative number to the power of 0.9 after the end: complex."""
    _from_the_start(step, total_steps, power)
    left = 1 - step / total_steps
    return (base_lr - eta_min) * (left**power if left else 0.0) + eta_min


def poly_lr__rises_again(base_lr: float, step: int, total_steps: int, power: float = 0.9, eta_min: float = 0.0) -> float:
    """Takes the absolute value, against the complex numbers after the end."""
    _from_the_start(step, total_steps, power)
    return (base_lr - eta_min) * _power(abs(1 - step / total_steps), power) + eta_min


def poly_lr__zero_after_the_end(base_lr: float, step: int, total_steps: int, power: float = 0.9, eta_min: float = 0.0) -> float:
    """Switches the rate off, floor and all."""
    _from_the_start(step, total_steps, power)
    return _rate(base_lr, step, total_steps, power, eta_min) if step <= total_steps else 0.0


def poly_lr__zero_at_the_end(base_lr: float, step: int, total_steps: int, power: float = 0.9, eta_min: float = 0.0) -> float:
    """0 from the last step on, where the floor is due."""
    _from_the_start(step, total_steps, power)
    return _rate(base_lr, step, total_steps, power, eta_min) if step < total_steps else 0.0


def poly_lr__int_at_the_end(base_lr: float, step: int, total_steps: int, power: float = 0.9, eta_min: float = 0.0) -> float:
    """The whole number 0 where there is no floor."""
    _from_the_start(step, total_steps, power)
    return _rate(base_lr, step, total_steps, power, eta_min) if step < total_steps else eta_min or 0


def poly_lr__refuses_the_end(base_lr: float, step: int, total_steps: int, power: float = 0.9, eta_min: float = 0.0) -> float:
    """An error after the end, where a training loop may well go on."""
    _from_the_start(step, total_steps, power)
    if step > total_steps:
        raise ValueError("the run is over")
    return _rate(base_lr, step, total_steps, power, eta_min)


def poly_lr__power_of_zero(base_lr: float, step: int, total_steps: int, power: float = 0.9, eta_min: float = 0.0) -> float:
    """Cuts the share off at 0 before the power is taken: 0 to the power of 0 is 1."""
    _from_the_start(step, total_steps, power)
    left = max(1 - step / total_steps, 0.0)
    return (base_lr - eta_min) * (left**power if left or power >= 0 else 0.0) + eta_min


def poly_lr__floor_added(base_lr: float, step: int, total_steps: int, power: float = 0.9, eta_min: float = 0.0) -> float:
    """The floor on top of a curve that starts at the base rate."""
    _from_the_start(step, total_steps, power)
    return base_lr * _left(step, total_steps, power) + eta_min


def poly_lr__floor_cuts(base_lr: float, step: int, total_steps: int, power: float = 0.9, eta_min: float = 0.0) -> float:
    """The larger of curve and floor."""
    _from_the_start(step, total_steps, power)
    return max(base_lr * _left(step, total_steps, power), eta_min)


def poly_lr__floor_left_out(base_lr: float, step: int, total_steps: int, power: float = 0.9, eta_min: float = 0.0) -> float:
    """Decays to 0."""
    _from_the_start(step, total_steps, power)
    return base_lr * _left(step, total_steps, power)


def poly_lr__a_tensor(base_lr: float, step: int, total_steps: int, power: float = 0.9, eta_min: float = 0.0) -> float:
    """Right, but a tensor."""
    _from_the_start(step, total_steps, power)
    return torch.tensor(_rate(base_lr, step, total_steps, power, eta_min), dtype=torch.float64)  # type: ignore[return-value]


def poly_lr__rounded(base_lr: float, step: int, total_steps: int, power: float = 0.9, eta_min: float = 0.0) -> float:
    """To six decimal places, as a log shows it."""
    _from_the_start(step, total_steps, power)
    return round(_rate(base_lr, step, total_steps, power, eta_min), 6)


def poly_lr__single_precision(base_lr: float, step: int, total_steps: int, power: float = 0.9, eta_min: float = 0.0) -> float:
    """By way of a tensor of the default dtype."""
    _from_the_start(step, total_steps, power)
    return torch.tensor(_rate(base_lr, step, total_steps, power, eta_min)).item()


def poly_lr__accepts_nonsense(base_lr: float, step: int, total_steps: int, power: float = 0.9, eta_min: float = 0.0) -> float:
    """Right, but silent about a step before the first, a run without steps and a power that ends at infinity."""
    return _rate(base_lr, max(step, 0), max(total_steps, 1), power, eta_min)


def _between_steps(step: int, total_steps: int, power: float) -> None:
    _sensible(total_steps, power)
    if step < 1:
        raise ValueError("step 0 has no step before it")


def _factor(step: int, total_steps: int, power: float) -> float:
    """The right factor, for the mistakes that lie elsewhere."""
    return ((total_steps - step) / (total_steps - step + 1)) ** power if step < total_steps else 0.0


def poly_factor__from_the_start(step: int, total_steps: int, power: float = 0.9) -> float:
    """The closed form: relative to the base rate, not to the rate before."""
    _between_steps(step, total_steps, power)
    return _left(step, total_steps, power)


def poly_factor__next_step(step: int, total_steps: int, power: float = 0.9) -> float:
    """From this step to the next one."""
    _between_steps(step, total_steps, power)
    return _factor(step + 1, total_steps, power)


def poly_factor__upside_down(step: int, total_steps: int, power: float = 0.9) -> float:
    """The rate before, divided by this one."""
    _between_steps(step, total_steps, power)
    return 1 / _factor(step, total_steps, power) if step < total_steps else 0.0


def poly_factor__a_difference(step: int, total_steps: int, power: float = 0.9) -> float:
    """This rate minus the one before."""
    _between_steps(step, total_steps, power)
    return _left(step, total_steps, power) - _left(step - 1, total_steps, power) if step <= total_steps else 0.0


def poly_factor__without_the_power(step: int, total_steps: int, power: float = 0.9) -> float:
    """The quotient of a straight line."""
    _between_steps(step, total_steps, power)
    return _factor(step, total_steps, 1.0)


def poly_factor__stays_beyond(step: int, total_steps: int, power: float = 0.9) -> float:
    """1 after the end: the rate does not change any more."""
    _between_steps(step, total_steps, power)
    return _factor(step, total_steps, power) if step <= total_steps else 1.0


def poly_factor__no_guard(step: int, total_steps: int, power: float = 0.9) -> float:
    """Divides by 0 right after the end, and counts backwards later."""
    _between_steps(step, total_steps, power)
    return _factor(step, total_steps, power) if step == total_steps else float(((total_steps - step) / (total_steps - step + 1)) ** power)


def poly_factor__power_of_zero(step: int, total_steps: int, power: float = 0.9) -> float:
    """0 to the power of 0 at the end is 1."""
    _between_steps(step, total_steps, power)
    return 1.0 if step == total_steps and power == 0 else _factor(step, total_steps, power)


def poly_factor__accepts_nonsense(step: int, total_steps: int, power: float = 0.9) -> float:
    """Right, but silent about step 0, which nothing comes before."""
    return _factor(max(step, 1), max(total_steps, 1), power)


def _known(convention: str, num_steps: int, power: float) -> None:
    _sensible(num_steps, power)
    if convention not in ("article", "mmengine", "torch", "clamp"):
        raise ValueError("unknown convention")


def _trace(convention: str, base_lr: float, num_steps: int, power: float, eta_min: float) -> Tensor:
    """The right trace, for the mistakes that lie elsewhere."""
    _known(convention, num_steps, power)
    total = max(num_steps - (convention == "mmengine"), 1)
    floor = eta_min if convention in ("article", "mmengine") else 0.0
    rates = torch.tensor([_rate(base_lr, step, total, power, floor) for step in range(num_steps)], dtype=torch.float64)
    return rates.clamp(min=eta_min) if convention == "clamp" else rates


def lr_trace__one_ending(convention: str, base_lr: float, num_steps: int, power: float, eta_min: float) -> Tensor:
    """mmengine as the article: the floor comes after the last step."""
    return _trace("article" if convention == "mmengine" else convention, base_lr, num_steps, power, eta_min)


def lr_trace__all_end_at_the_floor(convention: str, base_lr: float, num_steps: int, power: float, eta_min: float) -> Tensor:
    """The article as mmengine: the floor at the last step."""
    return _trace("mmengine" if convention == "article" else convention, base_lr, num_steps, power, eta_min)


def lr_trace__torch_with_a_floor(convention: str, base_lr: float, num_steps: int, power: float, eta_min: float) -> Tensor:
    """Gives PyTorch's scheduler a floor that it doesn't have."""
    return _trace("article" if convention == "torch" else convention, base_lr, num_steps, power, eta_min)


def lr_trace__torch_ends_early(convention: str, base_lr: float, num_steps: int, power: float, eta_min: float) -> Tensor:
    """PyTorch's scheduler with one step less."""
    return _trace("mmengine", base_lr, num_steps, power, 0.0) if convention == "torch" else _trace(
        convention, base_lr, num_steps, power, eta_min)


def lr_trace__clamp_bends(convention: str, base_lr: float, num_steps: int, power: float, eta_min: float) -> Tensor:
    """The clamp as the article's floor, which bends the whole curve."""
    return _trace("article" if convention == "clamp" else convention, base_lr, num_steps, power, eta_min)


def lr_trace__after_the_step(convention: str, base_lr: float, num_steps: int, power: float, eta_min: float) -> Tensor:
    """The rates that are set after each step, which the next step uses."""
    trace = _trace(convention, base_lr, num_steps, power, eta_min)
    floor = 0.0 if convention == "torch" else eta_min
    return torch.cat([trace[1:], torch.tensor([floor], dtype=torch.float64)])


def lr_trace__end_included(convention: str, base_lr: float, num_steps: int, power: float, eta_min: float) -> Tensor:
    """One rate more than there are steps."""
    floor = 0.0 if convention == "torch" else eta_min
    return torch.cat([_trace(convention, base_lr, num_steps, power, eta_min), torch.tensor([floor], dtype=torch.float64)])


def lr_trace__divides_by_nought(convention: str, base_lr: float, num_steps: int, power: float, eta_min: float) -> Tensor:
    """mmengine's run of a single step, divided by one step less."""
    if convention == "mmengine":
        _ = 1 / (num_steps - 1)
    return _trace(convention, base_lr, num_steps, power, eta_min)


def lr_trace__one_step_at_the_floor(convention: str, base_lr: float, num_steps: int, power: float, eta_min: float) -> Tensor:
    """mmengine's run of a single step, at the floor already."""
    trace = _trace(convention, base_lr, num_steps, power, eta_min)
    return torch.full_like(trace, eta_min) if convention == "mmengine" and num_steps == 1 else trace


def lr_trace__single_precision(convention: str, base_lr: float, num_steps: int, power: float, eta_min: float) -> Tensor:
    """In the default dtype."""
    return _trace(convention, base_lr, num_steps, power, eta_min).float()


def lr_trace__accepts_nonsense(convention: str, base_lr: float, num_steps: int, power: float, eta_min: float) -> Tensor:
    """Takes a convention that it doesn't know for the article's, and no step for one."""
    known = convention if convention in ("article", "mmengine", "torch", "clamp") else "article"
    return _trace(known, base_lr, max(num_steps, 1), max(power, 0.0), eta_min)


class _Poly(LRScheduler):
    """The right scheduler, for the mistakes that lie elsewhere."""

    def __init__(self, optimizer: Optimizer, total_steps: int, power: float = 0.9, eta_min: float = 0.0, last_epoch: int = -1) -> None:
        _sensible(total_steps, power)
        self.total_steps, self.power, self.eta_min = total_steps, power, eta_min
        super().__init__(optimizer, last_epoch)

    def rate(self, base: float, step: int) -> float:
        """The rate of a group at a step."""
        return _rate(base, step, self.total_steps, self.power, self.eta_min)

    def get_lr(self) -> list[float | Tensor]:
        """The rates of step ``last_epoch``."""
        return [self.rate(float(base), self.last_epoch) for base in self.base_lrs]


class PolyLR__one_base_rate(_Poly):
    """All groups follow the first one."""

    def get_lr(self) -> list[float | Tensor]:
        """The first group's rate for all."""
        return [self.rate(float(self.base_lrs[0]), self.last_epoch)] * len(self.base_lrs)


class PolyLR__first_group_only(_Poly):
    """The other groups keep their rates."""

    def get_lr(self) -> list[float | Tensor]:
        """The first group's rate, and the base rates of the others."""
        return [*super().get_lr()[:1], *self.base_lrs[1:]]


class PolyLR__compounds(_Poly):
    """The closed form, applied to the rate that is there now."""

    def get_lr(self) -> list[float | Tensor]:
        """What is above the floor, times the share that belongs to the base rate."""
        left = _left(self.last_epoch, self.total_steps, self.power)
        return [(group["lr"] - self.eta_min) * left + self.eta_min for group in self.optimizer.param_groups]


class PolyLR__one_step_ahead(_Poly):
    """The first step already uses the rate of the second."""

    def rate(self, base: float, step: int) -> float:
        """The next step's."""
        return super().rate(base, step + 1)


class PolyLR__one_step_fewer(_Poly):
    """Reaches the floor at the last step, not after it."""

    def rate(self, base: float, step: int) -> float:
        """The rate over one step less."""
        return _rate(base, step, max(self.total_steps - 1, 1), self.power, self.eta_min)


class PolyLR__another_default(_Poly):
    """PyTorch's default power, 1."""

    def __init__(self, optimizer: Optimizer, total_steps: int, power: float = 1.0, eta_min: float = 0.0, last_epoch: int = -1) -> None:
        super().__init__(optimizer, total_steps, power, eta_min, last_epoch)


class PolyLR__no_guard(_Poly):
    """A negative number to the power of 0.9 after the end: complex."""

    def rate(self, base: float, step: int) -> float:
        """The closed form, whatever the step."""
        left: Any = 1 - step / self.total_steps
        rate: float = self.eta_min + (base - self.eta_min) * left**self.power
        return rate


class PolyLR__stops_moving(_Poly):
    """Stays at the last rate before the end, and never reaches the floor."""

    def rate(self, base: float, step: int) -> float:
        """The rate of the last step, from there on."""
        return super().rate(base, min(step, self.total_steps - 1))


class PolyLR__floor_cuts(_Poly):
    """The larger of curve and floor."""

    def rate(self, base: float, step: int) -> float:
        """Cut off below."""
        return max(_rate(base, step, self.total_steps, self.power, 0.0), self.eta_min)


class PolyLR__floor_left_out(_Poly):
    """Decays to 0."""

    def rate(self, base: float, step: int) -> float:
        """Without a floor."""
        return _rate(base, step, self.total_steps, self.power, 0.0)


class PolyLR__floor_in_proportion(_Poly):
    """A floor for each group, in proportion to its base rate."""

    def rate(self, base: float, step: int) -> float:
        """The floor is a share of the base rate, which the first group sets."""
        return _rate(base, step, self.total_steps, self.power, self.eta_min * base / float(self.base_lrs[0]))


class PolyLR__moves_the_decay(_Poly):
    """Scales the weight decay along with the rate."""

    def get_lr(self) -> list[float | Tensor]:
        """The right rates, and another entry of the groups changed."""
        for group in self.optimizer.param_groups:
            group["weight_decay"] = group["weight_decay"] * (1.0 if self.last_epoch == 0 else 0.5)
        return super().get_lr()


class PolyLR__forgets_its_place(_Poly):
    """A state without the step."""

    def state_dict(self) -> dict[str, Any]:
        """Only what it was made with."""
        return {"total_steps": self.total_steps, "power": self.power, "eta_min": self.eta_min}


class PolyLR__decayed_base(_Poly):
    """When it goes on, takes the rate that was reached for the base rate."""

    def __init__(self, optimizer: Optimizer, total_steps: int, power: float = 0.9, eta_min: float = 0.0, last_epoch: int = -1) -> None:
        for group in optimizer.param_groups:
            group["initial_lr"] = group["lr"]
        super().__init__(optimizer, total_steps, power, eta_min, last_epoch)


class PolyLR__ignores_last_epoch(_Poly):
    """Always begins at step 0."""

    def __init__(self, optimizer: Optimizer, total_steps: int, power: float = 0.9, eta_min: float = 0.0, last_epoch: int = -1) -> None:
        super().__init__(optimizer, total_steps, power, eta_min)


class PolyLR__compounds_on_resuming(_Poly):
    """Multiplies the rate by a step's factor when it is made, whether that step was made before or not."""

    def get_lr(self) -> list[float | Tensor]:
        """From the rate that is there now."""
        if self.last_epoch == 0:
            return list(self.base_lrs)
        factor = _factor(self.last_epoch, self.total_steps, self.power)
        return [(group["lr"] - self.eta_min) * factor + self.eta_min for group in self.optimizer.param_groups]


class PolyLR__one_number(_Poly):
    """Returns a rate where a list of rates is due."""

    def get_lr(self) -> list[float | Tensor]:
        """The first group's rate."""
        return self.rate(float(self.base_lrs[0]), self.last_epoch)  # type: ignore[return-value]


class PolyLR__tensors(_Poly):
    """Puts tensors into the groups."""

    def get_lr(self) -> list[float | Tensor]:
        """The right rates, as tensors."""
        return [torch.tensor(rate, dtype=torch.float64) for rate in super().get_lr()]


class PolyLR__no_scheduler:
    """A class of its own, which PyTorch doesn't take for a scheduler."""

    def __init__(self, optimizer: Optimizer, total_steps: int, power: float = 0.9, eta_min: float = 0.0, last_epoch: int = -1) -> None:
        _sensible(total_steps, power)
        self.optimizer, self.last_epoch, self.rate = optimizer, last_epoch, _rate
        self.total_steps, self.power, self.eta_min = total_steps, power, eta_min
        self.base_lrs = [group.setdefault("initial_lr", group["lr"]) for group in optimizer.param_groups]
        self.step()

    def step(self) -> None:
        """The next rates."""
        self.last_epoch += 1
        for group, base in zip(self.optimizer.param_groups, self.base_lrs, strict=True):
            group["lr"] = _rate(base, self.last_epoch, self.total_steps, self.power, self.eta_min)

    def get_last_lr(self) -> list[float]:
        """The rates that are set."""
        return [group["lr"] for group in self.optimizer.param_groups]


class PolyLR__accepts_nonsense(_Poly):
    """Silent about a run without steps and a power that ends at infinity."""

    def __init__(self, optimizer: Optimizer, total_steps: int, power: float = 0.9, eta_min: float = 0.0, last_epoch: int = -1) -> None:
        super().__init__(optimizer, max(total_steps, 1), max(power, -0.99), eta_min, last_epoch)


def _warms_up(step: int, warmup_steps: int, total_steps: int, power: float) -> None:
    _from_the_start(step, total_steps, power)
    if not 0 <= warmup_steps < total_steps:
        raise ValueError("the warm-up ends before the run does")


def _line(base_lr: float, step: int, warmup_steps: int, start_factor: float) -> float:
    return base_lr * (start_factor + (1 - start_factor) * step / warmup_steps)


def warmup_poly_lr__counts_from_zero(base_lr: float, step: int, warmup_steps: int, total_steps: int, start_factor: float = 0.1,
                                     power: float = 0.9, eta_min: float = 0.0) -> float:
    """The decay is where it would be without a warm-up: the rate jumps when the warm-up ends."""
    _warms_up(step, warmup_steps, total_steps, power)
    return _line(base_lr, step, warmup_steps, start_factor) if step < warmup_steps else _rate(base_lr, step, total_steps, power, eta_min)


def warmup_poly_lr__whole_length(base_lr: float, step: int, warmup_steps: int, total_steps: int, start_factor: float = 0.1,
                                 power: float = 0.9, eta_min: float = 0.0) -> float:
    """The decay takes as long as the whole run, and is not done when the run is."""
    _warms_up(step, warmup_steps, total_steps, power)
    if step < warmup_steps:
        return _line(base_lr, step, warmup_steps, start_factor)
    return _rate(base_lr, step - warmup_steps, total_steps, power, eta_min)


def warmup_poly_lr__from_nought(base_lr: float, step: int, warmup_steps: int, total_steps: int, start_factor: float = 0.1,
                                power: float = 0.9, eta_min: float = 0.0) -> float:
    """Starts at 0, whatever the start factor."""
    _warms_up(step, warmup_steps, total_steps, power)
    if step < warmup_steps:
        return _line(base_lr, step, warmup_steps, 0.0)
    return _rate(base_lr, step - warmup_steps, total_steps - warmup_steps, power, eta_min)


def warmup_poly_lr__base_rate_twice(base_lr: float, step: int, warmup_steps: int, total_steps: int, start_factor: float = 0.1,
                                    power: float = 0.9, eta_min: float = 0.0) -> float:
    """The warm-up is over one step early, as mmengine's is."""
    _warms_up(step, warmup_steps, total_steps, power)
    if step < warmup_steps:
        return _line(base_lr, step, warmup_steps - 1, start_factor) if warmup_steps > 1 else base_lr * start_factor
    return _rate(base_lr, step - warmup_steps, total_steps - warmup_steps, power, eta_min)


def warmup_poly_lr__starts_above_the_floor(base_lr: float, step: int, warmup_steps: int, total_steps: int, start_factor: float = 0.1,
                                           power: float = 0.9, eta_min: float = 0.0) -> float:
    """The warm-up is never below the floor."""
    _warms_up(step, warmup_steps, total_steps, power)
    if step < warmup_steps:
        return max(_line(base_lr, step, warmup_steps, start_factor), eta_min)
    return _rate(base_lr, step - warmup_steps, total_steps - warmup_steps, power, eta_min)


def warmup_poly_lr__both_at_once(base_lr: float, step: int, warmup_steps: int, total_steps: int, start_factor: float = 0.1,
                                 power: float = 0.9, eta_min: float = 0.0) -> float:
    """The warm-up's factor on a decay that has begun already."""
    _warms_up(step, warmup_steps, total_steps, power)
    factor = _line(1.0, step, warmup_steps, start_factor) if step < warmup_steps else 1.0
    return factor * _rate(base_lr, step, total_steps, power, eta_min)


def warmup_poly_lr__needs_a_warmup(base_lr: float, step: int, warmup_steps: int, total_steps: int, start_factor: float = 0.1,
                                   power: float = 0.9, eta_min: float = 0.0) -> float:
    """Divides by the warm-up's length, also where there is none."""
    _warms_up(step, warmup_steps, total_steps, power)
    line = _line(base_lr, step, warmup_steps, start_factor)
    return line if step < warmup_steps else _rate(base_lr, step - warmup_steps, total_steps - warmup_steps, power, eta_min)


def warmup_poly_lr__accepts_nonsense(base_lr: float, step: int, warmup_steps: int, total_steps: int, start_factor: float = 0.1,
                                     power: float = 0.9, eta_min: float = 0.0) -> float:
    """Silent about a warm-up that is longer than the run."""
    if step < warmup_steps:
        return _line(base_lr, step, warmup_steps, start_factor)
    return _rate(base_lr, max(step - warmup_steps, 0), max(total_steps - warmup_steps, 1), max(power, -0.99), eta_min)


def _of_the_run(fraction: float, power: float) -> None:
    _sensible(1, power)
    if not 0 <= fraction <= 1:
        raise ValueError("a fraction of the run lies between 0 and 1")


def remaining_updates__the_rate(fraction: float, power: float) -> float:
    """How large the rate is, not how much of it is to come."""
    _of_the_run(fraction, power)
    return _left(fraction, 1, power)


def remaining_updates__the_time(fraction: float, power: float) -> float:
    """The share of the steps that is left."""
    _of_the_run(fraction, power)
    return 1.0 - fraction


def remaining_updates__what_is_done(fraction: float, power: float) -> float:
    """The share of the updates that is over."""
    _of_the_run(fraction, power)
    return float(1 - (1 - fraction) ** (power + 1))


def remaining_updates__power_on_the_time(fraction: float, power: float) -> float:
    """1 − f^(p + 1)."""
    _of_the_run(fraction, power)
    return float(1 - fraction ** (power + 1))


def remaining_updates__an_area(fraction: float, power: float) -> float:
    """The area that is left, not divided by the whole."""
    _of_the_run(fraction, power)
    return float((1 - fraction) ** (power + 1)) / (power + 1)


def remaining_updates__percent(fraction: float, power: float) -> float:
    """Percent, not a share."""
    _of_the_run(fraction, power)
    return 100 * float((1 - fraction) ** (power + 1))


def remaining_updates__accepts_nonsense(fraction: float, power: float) -> float:
    """Silent about a fraction that is none."""
    return float((1 - min(max(fraction, 0.0), 1.0)) ** (max(power, -0.99) + 1))


def _checked(param_scheduler: list[dict[str, Any]], max_iters: int) -> None:
    for entry in param_scheduler:
        if entry["type"] not in ("PolyLR", "LinearLR") or entry.get("end", max_iters) <= entry.get("begin", 0):
            raise ValueError("no such entry")
        _sensible(max_iters, entry.get("power", 1.0))
    _sensible(max_iters, 1.0)


Change = Callable[[float, dict[str, Any], int, int, int], float]


def _moved(rate: float, entry: dict[str, Any], step: int, last: int, iteration: int) -> float:
    """The right change of a rate at an entry's own step, the last of which is ``last``."""
    if entry["type"] == "LinearLR":
        start, stop = entry.get("start_factor", 1 / 3), entry.get("end_factor", 1.0)
        return float(rate * (_between(start, stop, step, last) / _between(start, stop, step - 1, last) if step else start))
    if entry.get("by_epoch", True) or step == 0:
        return rate
    floor = entry.get("eta_min", 0.0)
    return float((rate - floor) * _factor(step, last, entry.get("power", 1.0)) + floor)


def _between(start: float, stop: float, step: int, last: int) -> float:
    return start + (stop - start) * step / max(last, 1)


def _run(param_scheduler: list[dict[str, Any]], base_lr: float, max_iters: int, change: Change = _moved, longer: int = 0) -> Tensor:
    """The right trace, but for how an entry changes the rate and by how much longer it takes."""
    rate, rates = base_lr, []
    for iteration in range(max_iters):
        for entry in param_scheduler:
            begin, end = entry.get("begin", 0), entry.get("end", max_iters)
            if begin <= iteration < end:
                rate = change(rate, entry, iteration - begin, end - begin - 1 + longer, iteration)
        rates.append(rate)
    return torch.tensor(rates, dtype=torch.float64)


def schedule_trace__articles_length(param_scheduler: list[dict[str, Any]], base_lr: float, max_iters: int) -> Tensor:
    """Every entry takes end − begin steps, as the article's formula has it."""
    _checked(param_scheduler, max_iters)
    return _run(param_scheduler, base_lr, max_iters, longer=1)


def schedule_trace__moves_by_epoch(param_scheduler: list[dict[str, Any]], base_lr: float, max_iters: int) -> Tensor:
    """Takes an entry that says nothing of by_epoch for one that counts iterations."""
    _checked(param_scheduler, max_iters)
    return _run([entry | {"by_epoch": False} for entry in param_scheduler], base_lr, max_iters)


def schedule_trace__begins_at_once(param_scheduler: list[dict[str, Any]], base_lr: float, max_iters: int) -> Tensor:
    """Every entry begins with the run."""
    _checked(param_scheduler, max_iters)
    return _run([entry | {"begin": 0} for entry in param_scheduler], base_lr, max_iters)


def schedule_trace__goes_on_to_the_end(param_scheduler: list[dict[str, Any]], base_lr: float, max_iters: int) -> Tensor:
    """Every entry lasts as long as the run."""
    _checked(param_scheduler, max_iters)
    return _run([entry | {"end": max(max_iters, entry.get("begin", 0) + 1)} for entry in param_scheduler], base_lr, max_iters)


def schedule_trace__another_power(param_scheduler: list[dict[str, Any]], base_lr: float, max_iters: int) -> Tensor:
    """0.9 where no power is given."""
    _checked(param_scheduler, max_iters)
    return _run([{"power": 0.9} | entry for entry in param_scheduler], base_lr, max_iters)


def schedule_trace__another_start(param_scheduler: list[dict[str, Any]], base_lr: float, max_iters: int) -> Tensor:
    """A tenth where no start factor is given."""
    _checked(param_scheduler, max_iters)
    return _run([{"start_factor": 0.1} | entry for entry in param_scheduler], base_lr, max_iters)


def schedule_trace__from_the_base_rate(param_scheduler: list[dict[str, Any]], base_lr: float, max_iters: int) -> Tensor:
    """Each entry's closed form, from the base rate: what another entry has done is forgotten."""
    _checked(param_scheduler, max_iters)
    return _run(param_scheduler, base_lr, max_iters,
                lambda rate, entry, step, last, iteration: _closed(base_lr, entry, step, last) if _moves(entry) else rate)


def _moves(entry: dict[str, Any]) -> bool:
    return entry["type"] == "LinearLR" or not entry.get("by_epoch", True)


def _closed(base_lr: float, entry: dict[str, Any], step: int, last: int) -> float:
    if entry["type"] == "LinearLR":
        return base_lr * _between(entry.get("start_factor", 1 / 3), entry.get("end_factor", 1.0), step, last)
    floor = entry.get("eta_min", 0.0)
    return _rate(base_lr, step, last, entry.get("power", 1.0), floor) if last else base_lr


def schedule_trace__back_to_the_base(param_scheduler: list[dict[str, Any]], base_lr: float, max_iters: int) -> Tensor:
    """Where no entry works, the base rate."""
    _checked(param_scheduler, max_iters)
    trace = _run(param_scheduler, base_lr, max_iters)
    for iteration in range(max_iters):
        if not any(entry.get("begin", 0) <= iteration < entry.get("end", max_iters) for entry in param_scheduler):
            trace[iteration] = base_lr
    return trace


def schedule_trace__first_come(param_scheduler: list[dict[str, Any]], base_lr: float, max_iters: int) -> Tensor:
    """Where two entries overlap, only the first one in the list works."""
    _checked(param_scheduler, max_iters)
    rate, rates = base_lr, []
    for iteration in range(max_iters):
        for entry in param_scheduler:
            begin, end = entry.get("begin", 0), entry.get("end", max_iters)
            if begin <= iteration < end:
                rate = _moved(rate, entry, iteration - begin, end - begin - 1, iteration)
                break
        rates.append(rate)
    return torch.tensor(rates, dtype=torch.float64)


def schedule_trace__sorts_by_begin(param_scheduler: list[dict[str, Any]], base_lr: float, max_iters: int) -> Tensor:
    """In the order in which they begin; the warm-up before a decay that begins with it."""
    _checked(param_scheduler, max_iters)
    ordered = sorted(param_scheduler, key=lambda entry: (entry.get("begin", 0), entry["type"]))
    return _run(ordered, base_lr, max_iters)


def schedule_trace__floor_cuts(param_scheduler: list[dict[str, Any]], base_lr: float, max_iters: int) -> Tensor:
    """A decay to 0 that is cut off at the floor."""
    _checked(param_scheduler, max_iters)

    def change(rate: float, entry: dict[str, Any], step: int, last: int, iteration: int) -> float:
        plain = _moved(rate, entry | {"eta_min": 0.0}, step, last, iteration)
        return max(plain, entry.get("eta_min", 0.0)) if entry["type"] == "PolyLR" and _moves(entry) and step else plain

    return _run(param_scheduler, base_lr, max_iters, change)


def schedule_trace__after_the_step(param_scheduler: list[dict[str, Any]], base_lr: float, max_iters: int) -> Tensor:
    """The rates that are set after each iteration, which the next one uses."""
    _checked(param_scheduler, max_iters)
    with_ends = [{"end": max_iters} | entry for entry in param_scheduler]
    return _run(with_ends, base_lr, max_iters + 1)[1:]


def schedule_trace__single_precision(param_scheduler: list[dict[str, Any]], base_lr: float, max_iters: int) -> Tensor:
    """In the default dtype."""
    _checked(param_scheduler, max_iters)
    return _run(param_scheduler, base_lr, max_iters).float()


def schedule_trace__takes_entries_apart(param_scheduler: list[dict[str, Any]], base_lr: float, max_iters: int) -> Tensor:
    """Takes the entries' values out of them for good."""
    _checked(param_scheduler, max_iters)
    trace = _run(param_scheduler, base_lr, max_iters)
    for entry in param_scheduler:
        entry.pop("type")
    return trace


def schedule_trace__accepts_nonsense(param_scheduler: list[dict[str, Any]], base_lr: float, max_iters: int) -> Tensor:
    """Passes over entries that it doesn't know, and over ranges without an iteration."""
    known = [entry for entry in param_scheduler if entry["type"] in ("PolyLR", "LinearLR")]
    return _run(known, base_lr, max(max_iters, 1))


def examples__asserts_nothing(poly_lr: Callable[..., float]) -> None:
    """Calls it, and is content."""
    poly_lr(0.01, 0, 100)
    poly_lr(0.01, 50, 100)


def examples__both_ends_only(poly_lr: Callable[..., float]) -> None:
    """The base rate at the start, 0 at the end."""
    assert poly_lr(0.01, 0, 100) == 0.01
    assert poly_lr(0.01, 100, 100) == 0.0


def examples__power_one_only(poly_lr: Callable[..., float]) -> None:
    """A straight line, on which most mistakes can't be seen."""
    for step in range(11):
        assert abs(poly_lr(1.0, step, 10, 1.0) - (1 - step / 10)) < 1e-9


def examples__ends_early(poly_lr: Callable[..., float]) -> None:
    """Takes the last step for the one that uses the floor."""
    assert poly_lr(0.01, 19, 20, 0.9, 1e-4) == 1e-4
    assert poly_lr(0.01, 0, 20) == 0.01


def examples__to_the_last_bit(poly_lr: Callable[..., float]) -> None:
    """Compares floats that were computed in two ways with ==."""
    for step in range(20):
        assert poly_lr(0.01, step, 20, 0.9, 1e-4) == (0.01 - 1e-4) * (1 - step / 20) ** 0.9 + 1e-4
    assert poly_lr(0.01, 23, 20, 0.9, 1e-4) == 1e-4
