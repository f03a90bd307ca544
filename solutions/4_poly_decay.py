# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Lesson 4: Poly decay
#
# Nearly every segmentation recipe lets its learning rate fall along the same curve, "poly" with a power of 0.9. In this lesson you
# write that curve, turn it into a scheduler of PyTorch's kind that survives an interruption, and find out that four libraries which
# all say poly don't agree on where it ends.
#
# About an hour; with the exercises marked *further*, which nothing else needs, about an hour and three quarters. You need: what a learning
# rate and an optimizer are; `optimizer.step()`; Python classes. Lessons 1 to 3 are not needed.
#
# Contents: the curve · one step of it · four conventions · a scheduler · warm-up · where the updates go · mmengine's list ·
# your own tests · summary.

# %% [markdown]
# ## What you will be able to do
#
# - compute the rate of any step, and say which number plays the part of $T$ in a given library;
# - write a scheduler that keeps several groups apart and goes on exactly after a restart;
# - read mmengine's `param_scheduler` list and predict the rate of every iteration;
# - say how much of a run's learning is still to come at half-time, and what the power 0.9 changes.

# %% [markdown]
# ## Why it matters
#
# This is the schedule of mmsegmentation's 40k recipe:
#
# ```python
# param_scheduler = [dict(type='PolyLR', eta_min=1e-4, power=0.9, begin=0, end=40000, by_epoch=False)]
# ```
#
# Five settings, each with a trap: `eta_min` bends the curve and does not cut it, the last iteration is 39,999 and the rate reaches
# its floor there, and without `by_epoch=False` nothing moves at all.

# %% [markdown]
# ## Setting up
#
# Run these two cells first. Everything runs on this computer; nothing is sent anywhere.

# %% nbgrader={"grade": false, "grade_id": "setup", "locked": true, "schema_version": 3, "solution": false, "task": false}
import copy
import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import SGD
from torch.optim.lr_scheduler import LRScheduler, PolynomialLR
from torch.optim.optimizer import Optimizer

# %% nbgrader={"grade": false, "grade_id": "tools", "locked": true, "schema_version": 3, "solution": false, "task": false}
from autograder import check, hint, predict, progress, reveal
from autograder.pictures import area_left, schedules, schedules_alt, show
from autograder.widgets import schedule_explorer

# %% [markdown]
# An exercise works as in the other lessons: complete the function, run its cell, run the check below it. `hint("poly_lr")`, in a cell
# of its own, gives a hint; asked again after the next attempt, it goes one step further. Where a guess is asked for, put a number in
# the place of the `...`. Every function keeps its parameters' names, leaves its arguments as they were, draws no random numbers, and
# remembers nothing from one call to the next.

# %% [markdown]
# ## 1. The curve
#
# At step $t$ of $T$ a share of $1 - t/T$ of the run is left. Poly decay lets the rate follow a power of that share, from the base
# rate $\eta_0$ down to a floor $\eta_{min}$:
#
# $$\eta(t) = (\eta_0 - \eta_{min}) \left(1 - \frac{t}{T}\right)^{p} + \eta_{min}$$
#
# Only the span above the floor shrinks. So the whole curve bends towards the floor; it isn't cut off there.

# %%
POWERS = (0.5, 0.9, 1.0, 2.0, 4.0)
curves = {f"power {power:g}": [(1 - step / 100) ** power for step in range(101)] for power in POWERS}
show(schedules(curves, "poly decay over 100 steps from a base rate of 1"), alt=schedules_alt(curves))

# %% [markdown]
# For a power below 1 the curve plunges at the end; at 1 it is a straight line; above 1 it lands softly. The power that everybody
# uses, 0.9, differs from the straight line by how much, at most, in percent of the base rate?

# %%
predict("largest gap between power 0.9 and a straight line, in percent of the base rate", ...)

# %%
gaps = [100 * abs((1 - step / 1000) ** 0.9 - (1 - step / 1000)) for step in range(1001)]
reveal("largest gap between power 0.9 and a straight line, in percent of the base rate", max(gaps))

# %% [markdown]
# Less than four percent. And it lies *above* the line: a power below 1 keeps the rate high for longer.
#
# ### Exercise: poly_lr
#
# difficulty 2/5 · about 10 minutes · 4 points
#
# Training loops often make a step more than planned. From `total_steps` on the rate is the floor; try `(-0.1) ** 0.9` in Python
# before you decide how.

# %% nbgrader={"grade": false, "grade_id": "poly_lr", "locked": false, "schema_version": 3, "solution": true, "task": false}
def poly_lr(base_lr: float, step: int, total_steps: int, power: float = 0.9, eta_min: float = 0.0) -> float:
    """The learning rate that step ``step`` uses, of ``total_steps``.

    poly_lr(8.0, 5, 10, 2.0) is 2.0: half of the run is left, squared a quarter.

    Args:
        base_lr: the rate of step 0.
        step: counted from 0; may be total_steps or more.
        total_steps: T, the step from which on the rate is eta_min.
        power: above -1.
        eta_min: the floor.

    Returns:
        The rate, a float.

    Raises:
        ValueError: step < 0, total_steps < 1, or power <= -1.
    """
    ### BEGIN SOLUTION
    if step < 0 or total_steps < 1 or power <= -1:
        raise ValueError(f"no rate for step {step} of {total_steps} with power {power}")
    if step >= total_steps:
        return float(eta_min)
    return float((base_lr - eta_min) * (1 - step / total_steps) ** power + eta_min)
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_poly_lr", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
check(poly_lr)

# %% [markdown]
# The recipe from the beginning at half-time, with a floor of $10^{-4}$: bending and cutting give different rates.

# %%
bent = poly_lr(0.01, 20_000, 40_000, 0.9, 1e-4)
cut = max(poly_lr(0.01, 20_000, 40_000, 0.9), 1e-4)
print(f"bent towards the floor: {bent:.7f}, cut at the floor: {cut:.7f}")
flat = sum(poly_lr(0.01, step, 40_000, 0.9) < 1e-4 for step in range(40_000))
print(f"where it is cut, the curve is flat for the last {flat} of 40000 steps")

# %% [markdown]
# Now play with the three numbers. The text below the sliders says what the picture shows.

# %%
schedule_explorer(power=0.9, floor=0.1, warmup=5)

# %% [markdown]
# ## 2. One step of it
#
# A scheduler that only knows the rate as it is now can't use the formula. It needs the *factor* that leads from one step's rate to the
# next. With a floor of 0, this is what is left of a run of four steps before and after each of them:
#
# | step $t$ | left before it, at $t - 1$ | left after it, at $t$ | quotient |
# | --- | --- | --- | --- |
# | 1 | 4/4 | 3/4 | 3/4 |
# | 2 | 3/4 | 2/4 | 2/3 |
# | 3 | 2/4 | 1/4 | 1/2 |
# | 4 | 1/4 | 0 | 0 |
#
# The factor is this quotient to the power $p$. It isn't the same for all steps: a constant factor would make an exponential decay.
# Of 40,000 steps with power 0.9, the first factor is almost 1. What is the one that leads to the last rate above the floor, at step 39,999?

# %%
predict("factor of step 39999 of 40000, power 0.9", ...)

# %% [markdown]
#
# ### Exercise: poly_factor
#
# difficulty 2/5 · about 6 minutes · 2 points

# %% nbgrader={"grade": false, "grade_id": "poly_factor", "locked": false, "schema_version": 3, "solution": true, "task": false}
def poly_factor(step: int, total_steps: int, power: float = 0.9) -> float:
    """What the rate of step ``step - 1`` is multiplied by to get that of ``step``, where the floor is 0.

    poly_factor(2, 4, 1.0) is 2/3. Beyond total_steps it is 0.0.

    Raises:
        ValueError: step < 1, total_steps < 1, or power <= -1.
    """
    ### BEGIN SOLUTION
    if step < 1 or total_steps < 1 or power <= -1:
        raise ValueError(f"no factor for step {step} of {total_steps} with power {power}")
    if step >= total_steps:
        return 0.0
    return float(((total_steps - step) / (total_steps - step + 1)) ** power)
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_poly_factor", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check(poly_factor)

# %% [markdown]
# The factors of many steps, multiplied, give the closed form back. Rounding adds up, but how much is lost in 40,000 steps?

# %%
rate, worst = 0.01, 0.0
for step in range(1, 40_000):
    rate *= poly_factor(step, 40_000)
    worst = max(worst, abs(rate / poly_lr(0.01, step, 40_000) - 1))
print(f"largest relative difference from the closed form: {worst:.1e}")
print(f"factors: {poly_factor(1, 40_000):.6f} at step 1, {poly_factor(20_000, 40_000):.6f} half-way")
reveal("factor of step 39999 of 40000, power 0.9", poly_factor(39_999, 40_000))

# %% [markdown]
# ## 3. Four conventions
#
# All of these call themselves poly. They agree on the curve and disagree on its end:
#
# | convention | $T$ for a run of $N$ steps | floor | the last step, $N - 1$, uses |
# | --- | --- | --- | --- |
# | `"article"`: the formula above, mmcv 1.x, Keras | $N$ | bends the curve | a little more than the floor |
# | `"mmengine"`: `PolyLR` | $N - 1$ | bends the curve | exactly the floor |
# | `"torch"`: `PolynomialLR` | $N$ | there is none | a little more than 0 |
# | `"clamp"`: many scripts | $N$ | cuts the curve | a little more than 0, or the floor |
#
# ### Exercise: lr_trace
#
# difficulty 2/5 · about 8 minutes · 2 points

# %% nbgrader={"grade": false, "grade_id": "lr_trace", "locked": false, "schema_version": 3, "solution": true, "task": false}
def lr_trace(convention: str, base_lr: float, num_steps: int, power: float, eta_min: float) -> Tensor:
    """The rate that each step of a run uses.

    lr_trace("article", 4.0, 4, 1.0, 0.0) is [4, 3, 2, 1]; "mmengine" gives [4, 2.67, 1.33, 0].

    Args:
        convention: "article", "mmengine", "torch" (which ignores eta_min) or "clamp".
        num_steps: how many steps are made. With a single one, "mmengine" uses base_lr.

    Returns:
        (num_steps,), float64.

    Raises:
        ValueError: another convention, num_steps < 1, or power <= -1.
    """
    ### BEGIN SOLUTION
    total_steps = max(num_steps - 1, 1) if convention == "mmengine" else num_steps
    floor = eta_min if convention in ("article", "mmengine") else 0.0
    if convention not in ("article", "mmengine", "torch", "clamp") or num_steps < 1:
        raise ValueError(f"no trace of {num_steps} steps after the convention {convention!r}")
    rates = [poly_lr(base_lr, step, total_steps, power, floor) for step in range(num_steps)]
    trace = torch.tensor(rates, dtype=torch.float64)
    return trace.clamp(min=eta_min) if convention == "clamp" else trace
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_lr_trace", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check(lr_trace)

# %%
curves = {name: lr_trace(name, 0.01, 20, 0.9, 1e-3).tolist()[12:] for name in ("article", "mmengine", "torch", "clamp")}
show(schedules(curves, "the last 8 of 20 steps, floor 0.001", floor=1e-3, first=12), alt=schedules_alt(curves, first=12))

# %% [markdown]
# mmcv's documentation of the change to mmengine maps one `PolyLR` to the other. With the recipe of 40,000 iterations, how large is the
# largest difference between "article" and "mmengine" in the whole run, in millionths of the base rate?

# %%
predict("largest difference between article and mmengine over 40000 steps, in millionths of the base rate", ...)

# %%
traces = {name: lr_trace(name, 0.01, 40_000, 0.9, 1e-4) for name in ("article", "mmengine")}
difference = (traces["article"] - traces["mmengine"]).abs().max().item()
print(f"last rates: {traces['article'][-1]:.4e} and {traces['mmengine'][-1]:.4e}")
reveal("largest difference between article and mmengine over 40000 steps, in millionths of the base rate", difference / 0.01 * 1e6)

# %% [markdown]
# No training will notice that. A test that compares rates exactly will, and so will a run in which the schedule counts *epochs*: with
# 30 epochs and a floor of 0, mmengine trains the whole last epoch at a rate of 0.

# %%
for name in ("article", "mmengine"):
    print(f"{name}, last of 30 epochs: {lr_trace(name, 0.01, 30, 0.9, 0.0)[-1]:.5f}")

# %% [markdown]
# ## 4. A scheduler
#
# PyTorch's schedulers derive from `LRScheduler`, and this is what it does by itself:
#
# - when it is made, it stores each group's base rate: in the optimizer's groups as `initial_lr`, and in its own list `base_lrs`;
# - then it makes one step, from `last_epoch` −1 to 0, and from then on one with every call of `step()`;
# - in each step it calls `get_lr()`, which you write, and puts the rates that this returns into the groups, in their order;
# - `last_epoch` is the step whose rate is asked for; `state_dict()` saves everything in the object but the optimizer.
#
# In a training loop, `optimizer.step()` comes first, then `scheduler.step()`.
#
# A slow and obvious one, which has no floor and isn't saved, shows the frame:

# %%
class HalvesEveryTen(LRScheduler):
    """Halves each group's rate every ten steps."""

    def get_lr(self) -> list[float]:
        return [base * 0.5 ** (self.last_epoch // 10) for base in self.base_lrs]


weight = nn.Parameter(torch.zeros(1))
optimizer = SGD([weight], lr=8.0)
scheduler, rates = HalvesEveryTen(optimizer), []
for _ in range(25):
    rates.append(optimizer.param_groups[0]["lr"])
    optimizer.step()
    scheduler.step()
print(rates[0], rates[9], rates[10], rates[24])

# %% [markdown]
# ### Exercise: PolyLR
#
# difficulty 3/5 · about 15 minutes · 5 points
#
# An optimizer often has two groups: the backbone, and the head with ten times its rate. Each group decays from its own base rate. The
# floor is the same for all. Compute a rate from `base_lrs` and `last_epoch` alone, and nothing can be lost in a restart.

# %% nbgrader={"grade": false, "grade_id": "PolyLR", "locked": false, "schema_version": 3, "solution": true, "task": false}
class PolyLR(LRScheduler):
    """Lets the rate of every group follow `poly_lr` from its own base rate, and stay at eta_min from total_steps on.

    Args:
        optimizer: the optimizer whose groups' rates are set.
        total_steps: T, counted in calls of step().
        power: above -1.
        eta_min: the floor of all groups.
        last_epoch: the last step that was made, to go on from there; -1 for a new run.

    Raises:
        ValueError: total_steps < 1, or power <= -1.
    """

    def __init__(
        self, optimizer: Optimizer, total_steps: int, power: float = 0.9, eta_min: float = 0.0, last_epoch: int = -1
    ) -> None:
        ### BEGIN SOLUTION
        if total_steps < 1 or power <= -1:
            raise ValueError(f"no schedule of {total_steps} steps with power {power}")
        self.total_steps, self.power, self.eta_min = total_steps, power, eta_min
        super().__init__(optimizer, last_epoch)
        ### END SOLUTION

    def get_lr(self) -> list[float]:
        """The rates of step ``last_epoch``, one for each group."""
        ### BEGIN SOLUTION
        return [poly_lr(base, self.last_epoch, self.total_steps, self.power, self.eta_min) for base in self.base_lrs]
        ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_PolyLR", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
check(PolyLR)

# %% [markdown]
# A backbone at 0.01 and a head at 0.1, with a floor of $10^{-4}$. Before the first step the head's rate is ten times the backbone's.
# How many times is it at the last of 20 steps, in mmengine's way (`total_steps=19`)?

# %%
predict("head's rate divided by the backbone's at the last step", ...)

# %%
groups = [{"params": [nn.Parameter(torch.zeros(1))], "lr": lr} for lr in (0.01, 0.1)]
optimizer = SGD(groups)
scheduler, ratios = PolyLR(optimizer, total_steps=19, eta_min=1e-4), []
for _ in range(20):
    backbone, head = (group["lr"] for group in optimizer.param_groups)
    ratios.append(head / backbone)
    optimizer.step()
    scheduler.step()
print(", ".join(f"step {step}: {ratios[step]:.2f}" for step in (0, 10, 18, 19)))
reveal("head's rate divided by the backbone's at the last step", ratios[-1])

# %% [markdown]
# Both end at the floor. If the ratio matters to the end, the floor has to be a share of the base rate; mmsegmentation has `PolyLRRatio`
# for that.
#
# PyTorch's own `PolynomialLR` follows the same curve without a floor. Its documentation has an example with a base rate of 0.05,
# 50 steps and a power of 0.9, and says that the epochs 0, 1 and 2 use 0.0490, 0.0481 and 0.0472. What does epoch 0 really use?

# %%
predict("first rate of PolynomialLR with base rate 0.05", ...)

# %%
optimizer = SGD([nn.Parameter(torch.zeros(1))], lr=0.05)
scheduler, rates = PolynomialLR(optimizer, total_iters=50, power=0.9), []
for _ in range(3):
    rates.append(optimizer.param_groups[0]["lr"])
    optimizer.step()
    scheduler.step()
print(", ".join(f"{rate:.4f}" for rate in rates))
reveal("first rate of PolynomialLR with base rate 0.05", rates[0])

# %% [markdown]
# ## 5. Warm-up
#
# At the start of a run the gradients are large and the statistics of momentum and BatchNorm are young, so many recipes raise the rate
# in a straight line first. Below, 10 steps of warm-up from a tenth of the base rate, then decay; one of the two curves counts the steps of
# the decay from step 0. Which share of the base rate does that curve reach at most?

# %%
predict("highest rate when the decay is counted from step 0, warm-up 10 of 40, base rate 1", ...)

# %%
def slow_warmup(step: int, warmup_steps: int, total_steps: int) -> float:
    """From a tenth of a base rate of 1 to all of it, then a straight line to 0. Wrong on purpose: look at the end of the warm-up."""
    if step < warmup_steps:
        return 0.1 + 0.9 * step / warmup_steps
    return 1 - step / total_steps


right = [0.1 + 0.9 * step / 10 if step < 10 else 1 - (step - 10) / 30 for step in range(41)]
curves = {"decay counted from the end of the warm-up": right, "decay counted from step 0": [slow_warmup(step, 10, 40) for step in range(41)]}
peaks = {name: max(rates) for name, rates in curves.items()}
alt = schedules_alt(curves) + f" The highest rates are {', '.join(f'{peak:.2f}' for peak in peaks.values())}."
show(schedules(curves, "10 steps of warm-up and 30 of decay"), alt=alt)
reveal("highest rate when the decay is counted from step 0, warm-up 10 of 40, base rate 1", peaks["decay counted from step 0"])

# %% [markdown]
# Counted from step 0, the decay has used up a quarter of its way before it begins, and the base rate is never reached. Counted from the
# end of the warm-up, both pieces meet at the base rate.
#
# ### Exercise: warmup_poly_lr
#
# difficulty 2/5 · about 8 minutes · 2 points · further

# %% nbgrader={"grade": false, "grade_id": "warmup_poly_lr", "locked": false, "schema_version": 3, "solution": true, "task": false}
def warmup_poly_lr(base_lr: float, step: int, warmup_steps: int, total_steps: int, start_factor: float = 0.1, power: float = 0.9,
                   eta_min: float = 0.0) -> float:
    """The rate of a step, with a straight warm-up before the poly decay.

    From start_factor * base_lr at step 0 to base_lr at step warmup_steps; then `poly_lr` over the remaining steps.

    Args:
        warmup_steps: 0 for none; fewer than total_steps.

    Raises:
        ValueError: step < 0, warmup_steps < 0, warmup_steps >= total_steps, or power <= -1.
    """
    ### BEGIN SOLUTION
    if step < 0 or warmup_steps < 0 or warmup_steps >= total_steps or power <= -1:
        raise ValueError(f"no rate for step {step} with {warmup_steps} of {total_steps} steps of warm-up")
    if step >= warmup_steps:
        return poly_lr(base_lr, step - warmup_steps, total_steps - warmup_steps, power, eta_min)
    return base_lr * (start_factor + (1 - start_factor) * step / warmup_steps)
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_warmup_poly_lr", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check(warmup_poly_lr)

# %% [markdown]
# ## 6. Where the updates go
#
# With plain SGD, a step moves the weights by the rate times the gradient. So the share of the *rates* that is still to come says more
# about how much can still change than the share of the steps. At half-time with power 0.9, which percentage of the sum of all rates is
# still to come?

# %%
predict("percent of the updates still to come at half-time, power 0.9", ...)

# %% [markdown]
# For a long run the sum is an area: that under the curve, to the right of the moment.

# %%
picture_alt = "The curve (1 - x) to the power of 0.9 falls from 1 to 0. The area under it to the right of x = 0.5 is hatched: about a quarter."
show(area_left(0.5, 0.9), alt=picture_alt)

# %% [markdown]
# ### Exercise: remaining_updates
#
# difficulty 2/5 · about 5 minutes · 1 point

# %% nbgrader={"grade": false, "grade_id": "remaining_updates", "locked": false, "schema_version": 3, "solution": true, "task": false}
def remaining_updates(fraction: float, power: float) -> float:
    """The share of the area under (1 - x) ** power that lies after ``fraction`` of the run, from 1.0 at 0 to 0.0 at 1.

    remaining_updates(0.5, 1.0) is 0.25.

    Raises:
        ValueError: a fraction outside [0, 1], or power <= -1.
    """
    ### BEGIN SOLUTION
    if not 0 <= fraction <= 1 or power <= -1:
        raise ValueError(f"no share after {fraction} of a run with power {power}")
    return float((1 - fraction) ** (power + 1))
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_remaining_updates", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
check(remaining_updates)

# %%
rates = [poly_lr(1.0, step, 1000) for step in range(1000)]
print(f"summed over 1000 steps: {100 * sum(rates[500:]) / sum(rates):.2f} %")
for power in POWERS:
    shares = ", ".join(f"{100 * remaining_updates(fraction, power):.2f} % after {fraction}" for fraction in (0.5, 0.9))
    print(f"power {power}: {shares}; mean rate {1 / (power + 1):.3f} of the base rate")
reveal("percent of the updates still to come at half-time, power 0.9", 100 * remaining_updates(0.5, 0.9))

# %% [markdown]
# The last tenth of a run has hardly more than one percent of the updates. That is where the noise of the gradients dies down, and where
# an unplanned change of length hurts: a run that is stopped at half-time has not "lost half".

# %% [markdown]
# ## 7. mmengine's list
#
# In mmengine a schedule is a list of entries, and each changes the rate that it *finds*. These are its rules, for entries with
# `by_epoch=False`:
#
# 1. An entry works in the iterations `begin` ≤ i < `end`. In its range it counts its own steps $k = i - \text{begin}$, and its last one is
#    $K = \text{end} - \text{begin} - 1$. An `end` that isn't after `begin` is a `ValueError`.
# 2. `LinearLR` multiplies the rate by `start_factor` at $k = 0$. At each later step it multiplies by the quotient of its line at $k$ and
#    at $k - 1$; the line goes from `start_factor` at 0 to `end_factor` at $K$.
# 3. `PolyLR` changes nothing at $k = 0$. At each later step it multiplies *what lies above `eta_min`* by
#    $\left(\frac{K - k}{K - k + 1}\right)^{p}$.
# 4. Entries are applied in the order of the list. Outside of its range an entry does nothing.
# 5. Defaults: `begin` 0, `end` the length of the run; `LinearLR` from 1/3 to 1.0; `PolyLR` with power 1.0 and `eta_min` 0.
# 6. A `PolyLR` whose `by_epoch` is left at its default, True, never moves the rate in a loop over iterations.
#
# ### Exercise: schedule_trace
#
# difficulty 4/5 · about 20 minutes · 5 points · further

# %% nbgrader={"grade": false, "grade_id": "schedule_trace", "locked": false, "schema_version": 3, "solution": true, "task": false}
def schedule_trace(param_scheduler: list[dict[str, Any]], base_lr: float, max_iters: int) -> Tensor:
    """The rate that each iteration of a run uses, as mmengine computes it from a list of LinearLR and PolyLR entries.

    schedule_trace([dict(type="PolyLR", by_epoch=False)], 4.0, 5) is [4, 3, 2, 1, 0].

    Args:
        param_scheduler: dicts with `type` and, where they differ from the defaults, `begin`, `end`, `by_epoch`, and `power`, `eta_min`
            or `start_factor`, `end_factor`.
        max_iters: how many iterations the run has.

    Returns:
        (max_iters,), float64.

    Raises:
        ValueError: another type, end <= begin, power <= -1, or max_iters < 1.
    """
    ### BEGIN SOLUTION
    if max_iters < 1:
        raise ValueError(f"a run has at least one iteration, not {max_iters}")
    steps = [one_entry(entry, max_iters) for entry in param_scheduler]
    rate, rates = base_lr, []
    for iteration in range(max_iters):
        for begin, end, change in steps:
            if begin <= iteration < end:
                rate = change(rate, iteration - begin, end - begin - 1)
        rates.append(rate)
    return torch.tensor(rates, dtype=torch.float64)


def one_entry(entry: dict[str, Any], max_iters: int) -> tuple[int, int, Any]:
    """Where an entry begins and ends, and what it makes of a rate at its own step k of K."""
    begin, end = entry.get("begin", 0), entry.get("end", max_iters)
    power, floor = entry.get("power", 1.0), entry.get("eta_min", 0.0)
    start, stop = entry.get("start_factor", 1 / 3), entry.get("end_factor", 1.0)
    if entry["type"] not in ("PolyLR", "LinearLR") or end <= begin or power <= -1:
        raise ValueError(f"this entry makes no sense: {entry}")

    def poly(rate: float, k: int, last: int) -> float:
        moves = k > 0 and not entry.get("by_epoch", True)
        return (rate - floor) * ((last - k) / (last - k + 1)) ** power + floor if moves else rate

    def linear(rate: float, k: int, last: int) -> float:
        line = [start + (stop - start) * step / max(last, 1) for step in (k - 1, k)]
        return rate * line[1] / line[0] if k else rate * start

    return begin, end, poly if entry["type"] == "PolyLR" else linear
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_schedule_trace", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
check(schedule_trace)

# %% [markdown]
# A warm-up of 5 iterations and a decay until 20, as recipes write it. How many iterations use exactly the base rate?

# %%
predict("iterations at the base rate, warm-up 0 to 5 and decay 5 to 20", ...)

# %%
warm = [dict(type="LinearLR", start_factor=0.1, by_epoch=False, begin=0, end=5),
        dict(type="PolyLR", power=0.9, eta_min=1e-4, by_epoch=False, begin=5, end=20)]
trace = schedule_trace(warm, 0.01, 20)
print([f"{rate:.5f}" for rate in trace[:8].tolist()])
curves = {"LinearLR 0 to 5, PolyLR 5 to 20": trace.tolist(), "PolyLR 0 to 20": schedule_trace([warm[1] | {"begin": 0}], 0.01, 20).tolist()}
show(schedules(curves, "a list of two entries, and its second entry alone"), alt=schedules_alt(curves))
reveal("iterations at the base rate, warm-up 0 to 5 and decay 5 to 20", int(torch.isclose(trace, torch.tensor(0.01).double()).sum()))

# %% [markdown]
# Both entries count one step less than their range is long, so the warm-up arrives in iteration 4 and the decay leaves in iteration 6.
#
# And the trap of the default:

# %%
forgotten = schedule_trace([dict(type="PolyLR", power=0.9, eta_min=1e-4, end=20)], 0.01, 20)
print(f"by_epoch forgotten: from {forgotten[0]:.4f} to {forgotten[-1]:.4f}")

# %% [markdown]
# ## 8. Your own tests
#
# `examples` gets a function with the signature of `poly_lr`. It must return for a correct one, and raise an `AssertionError` for a wrong
# one. These are the mistakes:
#
# - *the curve*: rising; the power on $t/T$ instead of on what is left; the power as a factor, left out, or with another default; a
#   cosine, an exponential; whole-number division;
# - *the end*: $T - 1$ or $T + 1$ in the place of $T$; counting from 1; no guard, so that the rate becomes complex or rises again; 0
#   instead of the floor; an `int` 0; an error; and with power 0, a rate that never reaches the floor;
# - *the floor*: added, cutting, or left out;
# - *the form*: a tensor, rounded, or computed in float32; a missing `ValueError`.
#
# Correct implementations may differ from each other in the last digits: compare with `math.isclose`.
#
# ### Exercise: examples
#
# difficulty 3/5 · about 12 minutes · 3 points · further

# %% nbgrader={"grade": false, "grade_id": "examples", "locked": false, "schema_version": 3, "solution": true, "task": false}
def examples(poly_lr) -> None:
    """Returns if the given implementation of `poly_lr` is correct, as far as a few examples can tell.

    Raises:
        AssertionError: an example does not come out as it should.
    """
    ### BEGIN SOLUTION
    due = {(8.0, 0, 10, 2.0): 8.0, (8.0, 5, 10, 2.0): 2.0, (8.0, 3, 10, 2.0): 3.92, (8.0, 9, 10, 2.0): 0.08, (7.0, 1, 3, 1.0): 14 / 3,
           (8.0, 5, 10, 2.0, 4.0): 5.0, (8.0, 9, 10, 2.0, 1.0): 1.07, (8.0, 10, 10, 2.0, 1.0): 1.0, (8.0, 12, 10, 0.9, 1.0): 1.0,
           (8.0, 10, 10): 0.0, (8.0, 17, 10): 0.0, (8.0, 10, 10, 0.0, 1.0): 1.0, (8.0, 5, 10): 8 * 0.5**0.9}
    for args, expected in due.items():
        rate = poly_lr(*args)
        assert type(rate) is float, f"poly_lr{args} is no float"
        assert math.isclose(rate, expected, rel_tol=1e-12, abs_tol=1e-12), f"poly_lr{args} is {rate}, not {expected}"
    for args in ((8.0, -1, 10), (8.0, 0, 0), (8.0, 1, 10, -1.0)):
        try:
            poly_lr(*args)
        except ValueError:
            continue
        raise AssertionError(f"poly_lr{args} makes no sense")
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_examples", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
check(examples)

# %% [markdown]
# Try them on your own function, and on one without a guard:

# %%
def no_guard(base_lr: float, step: int, total_steps: int, power: float = 0.9, eta_min: float = 0.0) -> float:
    """Wrong on purpose."""
    return (base_lr - eta_min) * (1 - step / total_steps) ** power + eta_min


print(no_guard(8.0, 12, 10, 0.9, 1.0))
for candidate in (poly_lr, no_guard):
    try:
        examples(candidate)
        print(f"{candidate.__name__} is accepted")
    except AssertionError as reason:
        print(f"{candidate.__name__} is rejected: {reason}")

# %% [markdown]
# ## Summary
#
# - Poly decay lets the span above the floor follow a power of the share of the run that is left. With power 0.9 it is a straight line to
#   within four percent of the base rate.
# - A step multiplies what lies above the floor by $((T - t)/(T - t + 1))^p$.
# - mmengine reaches the floor in the last step ($T = N - 1$), mmcv 1.x and Keras one step later, PyTorch has no floor.
# - A scheduler that computes each rate from `base_lrs` and `last_epoch` goes on exactly after a restart. Past the end the share is
#   negative, and its power complex: guard it.
# - The share of the updates still to come is $(1 - f)^{p + 1}$: about 27 percent at half-time.
# - An entry of mmengine's list changes the rate that it finds, and counts one step less than its range is long.

# %% [markdown]
# ## What public material gets wrong about it
#
# - *"`eta_min` is the minimum that the rate is clipped to."* In mmcv, mmengine and Keras it bends the whole curve.
# - *"Power 0.9 decays faster than linear."* It lies above the line all the way: raising a share below 1 to 0.9 makes it larger.
# - *"mmcv's and mmengine's PolyLR are the same."* They differ by one in $T$. Over 40,000 iterations that is invisible; over a few epochs
#   it is an epoch at the floor.
# - *"PolynomialLR starts at 0.0490"*, in PyTorch's own documentation. The first rate is the base rate.
# - *"Poly is better than steps by 3.6 points."* In DeepLab v2's table 2 the schedule by itself gives 1.17 points of mean IoU (62.25 to
#   63.42); the rest comes from more iterations and smaller batches. One network, one seed.
# - *"The head keeps its tenfold rate."* With an absolute floor both end at the same rate.

# %% [markdown]
# ## References
#
# - Chen et al., *DeepLab: Semantic Image Segmentation with Deep Convolutional Nets, Atrous Convolution, and Fully Connected CRFs*, 2018,
#   [arXiv:1606.00915](https://arxiv.org/abs/1606.00915), section 4.1.2 and table 2.
# - Zhao et al., *Pyramid Scene Parsing Network*, 2017, [arXiv:1612.01105](https://arxiv.org/abs/1612.01105), section 5.1.
# - Li, Yumer and Ramanan, *Budgeted Training: Rethinking Deep Neural Network Training Under Resource Constraints*, 2020,
#   [arXiv:1905.04753](https://arxiv.org/abs/1905.04753).
# - mmengine, [param_scheduler.py](https://github.com/open-mmlab/mmengine/blob/main/mmengine/optim/scheduler/param_scheduler.py).
# - PyTorch, [PolynomialLR](https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.PolynomialLR.html).

# %%
progress()
