"""The checks of lesson 4. What is right comes from ``oracle.py``; what a learner is told is each check's docstring."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from autograder.examination import exercise, expect, formal, hidden, worth
from autograder.examination.expect import Mismatch
from autograder.examination.learner import Learner
from autograder.examination.properties import agrees, by_name, leaves_no_trace, random_state_moved, tells_right_from_wrong
from autograder.examination.search import Search
from autograder.examination.stage import Stage
from autograder.exercises.poly_decay import cases, oracle
from autograder.exercises.poly_decay.probes import CONTINUED, GROUPS, IS_A_SCHEDULER, RATES, RESUMED, optimizer, resume, scheduler, train
from autograder.languages import say
from autograder.learner_side.drive import get, let, see

#: Roundings that a recursion over some dozens of steps may add up, in units of the last place.
ROUNDINGS = 64
LAST_RATES = see("scheduler.get_last_lr")


def close(learner: Learner, truth: Callable[..., float], *args: Any, **kwargs: Any) -> None:
    """The learner's function returns the truth's number, within rounding, as a float."""
    expect.close_number(learner.call(truth.__name__, *args, **kwargs), truth(*args, **kwargs))


def float_by_name(learner: Learner, truth: Callable[..., float], **kwargs: Any) -> None:
    """All arguments by their names, in another order."""
    close(learner, truth, **dict(reversed(kwargs.items())))


def each_gets_its_own(learner: Learner, truth: Callable[..., float], *calls: tuple[Any, ...]) -> None:
    """Calls that differ from the first one in a single argument, each followed by the first one again."""
    for call in calls:
        close(learner, truth, *calls[0])
        close(learner, truth, *call)


def refused(learner: Learner, name: str, calls: Sequence[tuple[Any, ...]]) -> None:
    """Every one of these calls raises ValueError."""
    for call in calls:
        with expect.raises(ValueError):
            learner.call(name, *call)


@exercise("poly_lr")
class TestPolyLr:
    """The rate of any step, in closed form."""

    @formal
    def test_returns_a_float(self, learner: Learner) -> None:
        """returns a float"""
        for call in ((8.0, 3, 10), (8.0, 10, 10), (8.0, 0, 10, 1.0)):
            expect.kind(learner.poly_lr(*call), float)

    def test_starts_at_the_base_rate(self, learner: Learner) -> None:
        """is the base rate at step 0"""
        for call in ((8.0, 0, 10), (0.01, 0, 40_000), (1.0, 0, 1), (8.0, 0, 10, 2.0, 1.0)):
            close(learner, oracle.poly_lr, *call)

    def test_power_one(self, learner: Learner) -> None:
        """is a straight line for power 1"""
        for step in (1, 3, 7, 9):
            close(learner, oracle.poly_lr, 8.0, step, 10, 1.0)

    def test_other_powers(self, learner: Learner) -> None:
        """takes what is left of the run to the power"""
        for step, power in ((5, 2.0), (3, 2.0), (9, 2.0), (5, 0.5), (8, 0.5), (3, 3.0), (5, 0.9)):
            close(learner, oracle.poly_lr, 8.0, step, 10, power)

    def test_defaults(self, learner: Learner) -> None:
        """has a power of 0.9 and no floor where nothing else is said"""
        for step in (1, 5, 9):
            close(learner, oracle.poly_lr, 8.0, step, 10)

    def test_floor(self, learner: Learner) -> None:
        """bends the whole curve towards the floor"""
        for step, power in ((3, 2.0), (5, 1.0), (9, 2.0), (9, 0.9), (1, 0.5)):
            close(learner, oracle.poly_lr, 8.0, step, 10, power, 1.0)
        close(learner, oracle.poly_lr, 0.5, 4, 10, 2.0, 1.5)

    def test_from_the_end_on(self, learner: Learner) -> None:
        """is the floor from total_steps on: a real number, and finite"""
        for step in (10, 11, 12, 25, 1000):
            for power, floor in ((0.9, 0.0), (0.9, 1.0), (2.0, 1.0), (1.0, 0.25), (0.0, 1.0), (-0.5, 1.0)):
                close(learner, oracle.poly_lr, 8.0, step, 10, power, floor)

    def test_short_runs(self, learner: Learner) -> None:
        """takes runs of one and of two steps"""
        for step, total in ((0, 1), (1, 1), (2, 1), (1, 2), (2, 2)):
            close(learner, oracle.poly_lr, 8.0, step, total, 2.0, 1.0)

    @worth(2)
    def test_random_runs(self, learner: Learner, search: Search) -> None:
        """agrees with decimal arithmetic for every rate, step, length, power above -1, and floor"""
        search(cases.CLOSED_FORMS, lambda case: close(learner, oracle.poly_lr, *case))

    def test_precision(self, learner: Learner) -> None:
        """is exact to double precision, also after 39,999 of 40,000 steps"""
        for step in (1, 20_000, 30_000):
            close(learner, oracle.poly_lr, 997 / 7, step, 40_000, 0.9, 1 / 7)

    def test_remembers_nothing(self, learner: Learner) -> None:
        """remembers nothing from one call to the next"""
        each_gets_its_own(learner, oracle.poly_lr, (8.0, 3, 10, 2.0, 1.0), (7.0, 3, 10, 2.0, 1.0), (8.0, 4, 10, 2.0, 1.0),
                          (8.0, 3, 11, 2.0, 1.0), (8.0, 3, 10, 0.5, 1.0), (8.0, 3, 10, 2.0, 0.5))

    def test_nonsense(self, learner: Learner) -> None:
        """raises ValueError for a step below 0, a run of no steps, and a power of -1 or less"""
        refused(learner, "poly_lr", [(8.0, -1, 10), (8.0, -5, 3), (8.0, 0, 0), (8.0, 3, -2), (8.0, 3, 10, -1.0), (8.0, 3, 10, -2.5),
                                     (8.0, 12, 10, -1.0), (8.0, -1, 0, -1.0)])

    @hidden
    def test_whole_runs(self, learner: Learner) -> None:
        """agrees with decimal arithmetic at every step of a run, and beyond"""
        for step in range(0, 48):
            close(learner, oracle.poly_lr, 3.25, step, 43, 0.7, 0.125)

    def test_leaves_no_trace(self, learner: Learner) -> None:
        """takes its arguments by name, and draws no random numbers"""
        float_by_name(learner, oracle.poly_lr, base_lr=8.0, step=3, total_steps=10, power=2.0, eta_min=1.0)
        leaves_no_trace(learner, "poly_lr", 8.0, 3, 10)


@exercise("poly_factor")
class TestPolyFactor:
    """One rate divided by the one before."""

    @formal
    def test_returns_a_float(self, learner: Learner) -> None:
        """returns a float"""
        for call in ((3, 10), (10, 10), (11, 10)):
            expect.kind(learner.poly_factor(*call), float)

    def test_first_steps(self, learner: Learner) -> None:
        """is the rate of a step divided by the rate before it"""
        for step, power in ((1, 1.0), (1, 2.0), (2, 2.0), (5, 0.5), (9, 2.0)):
            close(learner, oracle.poly_factor, step, 10, power)

    def test_default_power(self, learner: Learner) -> None:
        """has a power of 0.9 where nothing else is said"""
        for step in (1, 6):
            close(learner, oracle.poly_factor, step, 10)

    def test_end_and_beyond(self, learner: Learner) -> None:
        """is 0.0 at the last step and from there on"""
        for step in (10, 11, 12, 13, 50):
            for power in (0.9, 2.0, 1.0, 0.0, -0.5):
                close(learner, oracle.poly_factor, step, 10, power)
        close(learner, oracle.poly_factor, 1, 1)

    @worth(2)
    def test_random_steps(self, learner: Learner, search: Search) -> None:
        """agrees with the quotient in decimal arithmetic, for every power above -1"""
        search(cases.FACTORS, lambda case: close(learner, oracle.poly_factor, *case))

    def test_product(self, learner: Learner) -> None:
        """multiplies up to the closed form"""
        product = 1.0
        for step in range(1, 9):
            product *= learner.poly_factor(step, 11, 1.7)
        expect.close_number(product, oracle.poly_lr(1.0, 8, 11, 1.7))

    @hidden
    def test_long_runs(self, learner: Learner) -> None:
        """holds for long runs"""
        for step in (1, 20_000, 30_000):
            close(learner, oracle.poly_factor, step, 40_000, 0.9)

    def test_remembers_nothing(self, learner: Learner) -> None:
        """remembers nothing from one call to the next"""
        each_gets_its_own(learner, oracle.poly_factor, (3, 10, 2.0), (4, 10, 2.0), (3, 11, 2.0), (3, 10, 0.5))

    def test_nonsense(self, learner: Learner) -> None:
        """raises ValueError for a step below 1, a run of no steps, and a power of -1 or less"""
        refused(learner, "poly_factor", [(0, 10), (-3, 10), (1, 0), (2, -4), (3, 10, -1.0), (3, 10, -7.0), (12, 10, -1.0)])

    def test_leaves_no_trace(self, learner: Learner) -> None:
        """takes its arguments by name, and draws no random numbers"""
        float_by_name(learner, oracle.poly_factor, step=3, total_steps=10, power=2.0)
        leaves_no_trace(learner, "poly_factor", 3, 10)


@exercise("lr_trace")
class TestLrTrace:
    """What four programs make of the same formula."""

    @formal
    def test_returns_a_tensor(self, learner: Learner) -> None:
        """returns a tensor"""
        expect.kind(learner.lr_trace("article", 8.0, 5, 2.0, 1.0), Tensor)

    @formal
    def test_float64(self, learner: Learner) -> None:
        """gives the rates in float64"""
        expect.dtype(learner.lr_trace("article", 8.0, 5, 2.0, 1.0), torch.float64)

    @formal
    def test_shape(self, learner: Learner) -> None:
        """has one rate for each step"""
        for convention in ("article", "mmengine", "torch", "clamp"):
            expect.shape(learner.lr_trace(convention, 8.0, 5, 2.0, 1.0), (5,))

    def test_article(self, learner: Learner) -> None:
        """article: the formula with T = num_steps"""
        self._traced(learner, "article")

    def test_mmengine(self, learner: Learner) -> None:
        """mmengine: T = num_steps − 1, so that the last step uses the floor"""
        self._traced(learner, "mmengine")

    def test_torch(self, learner: Learner) -> None:
        """torch: what PolynomialLR(total_iters=num_steps) does, which knows no floor"""
        self._traced(learner, "torch")

    def test_clamp(self, learner: Learner) -> None:
        """clamp: a decay to 0 that is cut off at the floor"""
        self._traced(learner, "clamp")

    def test_short_runs(self, learner: Learner) -> None:
        """knows runs of one and of two steps"""
        for convention in ("article", "mmengine", "torch", "clamp"):
            for steps in (1, 2):
                agrees(learner, oracle.lr_trace, convention, 8.0, steps, 2.0, 1.0, terms=ROUNDINGS)

    @worth(2)
    def test_random_traces(self, learner: Learner, search: Search) -> None:
        """holds for every convention, rate, length, power and floor"""
        search(cases.TRACES, lambda case: agrees(learner, oracle.lr_trace, *case, terms=ROUNDINGS))

    def test_remembers_nothing(self, learner: Learner) -> None:
        """remembers nothing from one call to the next"""
        first = ("article", 8.0, 5, 2.0, 1.0)
        for other in (("mmengine", *first[1:]), ("article", 7.0, 5, 2.0, 1.0), ("article", 8.0, 6, 2.0, 1.0), ("article", 8.0, 5, 0.5, 1.0),
                      ("article", 8.0, 5, 2.0, 0.5)):
            agrees(learner, oracle.lr_trace, *first, terms=ROUNDINGS)
            agrees(learner, oracle.lr_trace, *other, terms=ROUNDINGS)

    def test_nonsense(self, learner: Learner) -> None:
        """raises ValueError for a convention that it doesn't know, a run of no steps, and a power of -1 or less"""
        refused(learner, "lr_trace", [("keras", 8.0, 5, 2.0, 1.0), ("", 8.0, 5, 2.0, 1.0), ("article", 8.0, 0, 2.0, 1.0),
                                      ("torch", 8.0, 0, 2.0, 0.0), ("mmengine", 8.0, -1, 2.0, 1.0), ("clamp", 8.0, 5, -1.0, 1.0)])

    @hidden
    def test_long_runs(self, learner: Learner) -> None:
        """agrees with all four over 97 and 1,009 steps"""
        for convention in ("article", "mmengine", "torch", "clamp"):
            for steps in (97, 1009):
                agrees(learner, oracle.lr_trace, convention, 3.25, steps, 0.9, 0.125, terms=4 * ROUNDINGS * steps // 97)

    def test_leaves_no_trace(self, learner: Learner) -> None:
        """takes its arguments by name, and draws no random numbers"""
        by_name(learner, oracle.lr_trace, ROUNDINGS, convention="mmengine", base_lr=8.0, num_steps=5, power=2.0, eta_min=1.0)
        leaves_no_trace(learner, "lr_trace", "torch", 8.0, 5, 2.0, 0.0)

    def _traced(self, learner: Learner, convention: str) -> None:
        for power, floor in ((1.0, 0.0), (2.0, 0.0), (2.0, 1.0), (0.9, 2.0)):
            agrees(learner, oracle.lr_trace, convention, 8.0, 5, power, floor, terms=ROUNDINGS)
        agrees(learner, oracle.lr_trace, convention, 0.5, 4, 2.0, 1.0, terms=ROUNDINGS)


@exercise("PolyLR")
class TestPolyLR:
    """The same as a scheduler of PyTorch's kind."""

    @formal
    def test_is_a_scheduler(self, learner: Learner) -> None:
        """is a scheduler of PyTorch: a class derived from LRScheduler"""
        (kind,) = learner.drive("PolyLR", *optimizer(0.5), scheduler(4), IS_A_SCHEDULER)
        if kind is not True:
            note = say("what it makes is no torch.optim.lr_scheduler.LRScheduler")
            raise Mismatch(note, "class PolyLR(LRScheduler)", say("another class"))

    @formal
    def test_rates_are_floats(self, learner: Learner) -> None:
        """puts floats into the optimizer's groups"""
        for rate in learner.drive("PolyLR", *optimizer(8.0), scheduler(4), RATES[0], *train(2, RATES[0])):
            expect.kind(rate, float)

    def test_one_group(self, learner: Learner) -> None:
        """uses the base rate first, and the rate of the next step after each step"""
        for power in (1.0, 2.0):
            got = learner.drive("PolyLR", *optimizer(8.0), scheduler(5, power), RATES[0], *train(4, RATES[0]))
            follows(got, [oracle.poly_lr(8.0, step, 5, power) for step in range(5)])

    def test_defaults(self, learner: Learner) -> None:
        """has a power of 0.9 and no floor where nothing else is said"""
        got = learner.drive("PolyLR", *optimizer(8.0), scheduler(4), *train(3, RATES[0]))
        follows(got, [oracle.poly_lr(8.0, step, 4) for step in range(1, 4)])

    def test_floor(self, learner: Learner) -> None:
        """bends the whole curve towards the floor"""
        got = learner.drive("PolyLR", *optimizer(8.0), scheduler(4, 2.0, 1.0), *train(3, RATES[0]))
        follows(got, [oracle.poly_lr(8.0, step, 4, 2.0, 1.0) for step in range(1, 4)])

    def test_small_powers(self, learner: Learner) -> None:
        """takes every power above -1"""
        for power in (0.0, -0.5):
            got = learner.drive("PolyLR", *optimizer(8.0), scheduler(5, power, 1.0), *train(3, RATES[0]))
            follows(got, [oracle.poly_lr(8.0, step, 5, power, 1.0) for step in range(1, 4)])

    def test_groups(self, learner: Learner) -> None:
        """leads every group from its own base rate to the same floor"""
        got = learner.drive("PolyLR", *GROUPS, scheduler(4, 2.0, 0.25), *RATES, *train(3, *RATES))
        follows(got, [oracle.poly_lr(base, step, 4, 2.0, 0.25) for step in range(4) for base in (0.5, 4.0)])

    def test_below_the_floor(self, learner: Learner) -> None:
        """lets a group rise whose base rate lies below the floor"""
        got = learner.drive("PolyLR", *optimizer(8.0, 0.5, 2.0), scheduler(3, 1.0, 1.0), *train(4, LAST_RATES))
        follows([rate for rates in got for rate in _list(rates)],
                [oracle.poly_lr(base, step, 3, 1.0, 1.0) for step in range(1, 5) for base in (8.0, 0.5, 2.0)])

    def test_from_the_end_on(self, learner: Learner) -> None:
        """stays at the floor from total_steps on"""
        for power, floor in ((0.9, 1.0), (2.0, 1.0), (0.9, 0.0), (0.5, 0.25)):
            got = learner.drive("PolyLR", *optimizer(8.0), scheduler(2, power, floor), *train(5, RATES[0]))
            follows(got, [oracle.poly_lr(8.0, step, 2, power, floor) for step in range(1, 6)])

    def test_last_rates(self, learner: Learner) -> None:
        """tells its latest rates and its step: get_last_lr, last_epoch, base_lrs"""
        *rates, step, bases = learner.drive("PolyLR", *optimizer(8.0, 2.0), scheduler(4, 2.0, 1.0), LAST_RATES, *train(2, LAST_RATES),
                                            get("scheduler.last_epoch"), get("scheduler.base_lrs"))
        follows([rate for latest in rates for rate in _list(latest)],
                [oracle.poly_lr(base, step, 4, 2.0, 1.0) for step in range(3) for base in (8.0, 2.0)])
        expect.equal(step, 2)
        expect.equal(bases, [8.0, 2.0])

    @worth(2)
    def test_random_runs(self, learner: Learner, search: Search) -> None:
        """agrees with the closed form for all groups, lengths, powers and floors"""
        search(cases.RUNS, lambda case: self._check(learner, *case), examples=8)

    def test_only_the_rate(self, learner: Learner) -> None:
        """changes no other entry of the optimizer's groups"""
        names = ("momentum", "weight_decay", "dampening", "initial_lr")
        entries = [get(f"optimizer.param_groups.1.{name}") for name in names]
        got = learner.drive("PolyLR", *GROUPS, scheduler(4), *train(3), *entries)
        for name, mine, due in zip(names, got, (0.9, 0.25, 0, 4.0), strict=True):
            if mine != due:
                raise Mismatch(say("the groups' {name} has changed", name=name), due, mine)

    @worth(2)
    def test_resumed(self, learner: Learner) -> None:
        """goes on exactly where it was when its state and the optimizer's are loaded into new ones"""
        due = [oracle.poly_lr(base, step, 6, 2.0, 0.25) for step in range(3, 6) for base in (0.5, 4.0)]
        follows(learner.drive("PolyLR", *RESUMED), due)
        uninterrupted = learner.drive("PolyLR", *GROUPS, scheduler(6, 2.0, 0.25), *train(2), *train(3, *RATES))
        expect.equal(learner.drive("PolyLR", *RESUMED), uninterrupted)

    def test_resumed_at_the_end(self, learner: Learner) -> None:
        """does so at the last step too, and stays at the floor"""
        for before in (2, 3, 5):
            steps = [*GROUPS, scheduler(3, 0.9, 0.25), *train(before), *resume(*GROUPS, scheduler(3, 0.9, 0.25)), *train(2, *RATES)]
            due = [oracle.poly_lr(base, step, 3, 0.9, 0.25) for step in (before + 1, before + 2) for base in (0.5, 4.0)]
            follows(learner.drive("PolyLR", *steps), due)

    def test_last_epoch(self, learner: Learner) -> None:
        """with last_epoch, begins at the step after that one, from the groups' initial_lr"""
        follows(learner.drive("PolyLR", *CONTINUED), [oracle.poly_lr(0.5, step, 8, 2.0) for step in range(2, 5)])

    def test_nonsense(self, learner: Learner) -> None:
        """raises ValueError for a run of no steps, and for a power of -1 or less"""
        for args in ((0,), (-3,), (4, -1.0), (4, -2.0, 0.5)):
            with expect.raises(ValueError):
                learner.drive("PolyLR", *optimizer(8.0), scheduler(*args))

    @hidden
    def test_other_optimizers(self, learner: Learner) -> None:
        """works with Adam as with SGD"""
        weights = [let("weight", "torch.nn.Parameter", torch.zeros(3)), let("optimizer", "torch.optim.Adam", ["$weight"], lr=0.5)]
        got = learner.drive("PolyLR", *weights, scheduler(5, 3.0, 0.125), *train(6, RATES[0]))
        follows(got, [oracle.poly_lr(0.5, step, 5, 3.0, 0.125) for step in range(1, 7)])

    def test_leaves_no_trace(self, learner: Learner) -> None:
        """takes its arguments by name, and draws no random numbers"""
        named = let("scheduler", "PolyLR", eta_min=1.0, power=2.0, total_steps=4, optimizer="$optimizer", last_epoch=-1)
        follows(learner.drive("PolyLR", *optimizer(8.0), named, *train(3, RATES[0])),
                [oracle.poly_lr(8.0, step, 4, 2.0, 1.0) for step in range(1, 4)])
        if learner.last and learner.last.report.get("random"):
            raise random_state_moved()

    def _check(self, learner: Learner, bases: list[float], total: int, power: float, floor: float) -> None:
        rates = [get(f"optimizer.param_groups.{group}.lr") for group in range(len(bases))]
        got = learner.drive("PolyLR", *optimizer(*bases), scheduler(total, power, floor), *rates, *train(total + 1, *rates))
        follows(got, [oracle.poly_lr(base, step, total, power, floor) for step in range(total + 2) for base in bases])


def follows(got: list[Any], expected: list[float]) -> None:
    """The rates, in the order in which they were read, within rounding; each a float."""
    if len(got) != len(expected):
        raise Mismatch(say("{due} rates are due, {came} came", due=len(expected), came=len(got)), expected, got)
    for mine, due in zip(got, expected, strict=True):
        try:
            expect.close_number(mine, due)
        except Mismatch as mismatch:
            raise Mismatch(mismatch.note, expected, got) from None


def _list(rates: Any) -> list[Any]:
    expect.kind(rates, list)
    return list(rates)


@exercise("warmup_poly_lr")
class TestWarmupPolyLr:
    """A straight line up, then the decay."""

    @formal
    def test_returns_a_float(self, learner: Learner) -> None:
        """returns a float"""
        for step in (0, 2, 4, 7, 10, 12):
            expect.kind(learner.warmup_poly_lr(8.0, step, 4, 10), float)

    def test_warmup(self, learner: Learner) -> None:
        """rises in a straight line from start_factor times the base rate, and reaches the base rate at step warmup_steps"""
        for step in (0, 1, 2, 3, 4):
            close(learner, oracle.warmup_poly_lr, 8.0, step, 4, 10, 0.25, 2.0)

    def test_decay(self, learner: Learner) -> None:
        """then decays over the steps that are left"""
        for step in (5, 7, 9, 10):
            close(learner, oracle.warmup_poly_lr, 8.0, step, 4, 10, 0.25, 2.0)

    def test_defaults(self, learner: Learner) -> None:
        """begins at a tenth, with a power of 0.9 and no floor, where nothing else is said"""
        for step in (0, 3, 6):
            close(learner, oracle.warmup_poly_lr, 8.0, step, 4, 10)

    def test_floor(self, learner: Learner) -> None:
        """has a floor that the decay ends at, and that the warm-up doesn't know"""
        for step in (0, 1, 3, 4, 6, 9):
            close(learner, oracle.warmup_poly_lr, 8.0, step, 4, 10, 0.1, 2.0, 3.0)

    def test_from_the_end_on(self, learner: Learner) -> None:
        """is the floor from total_steps on"""
        for step in (10, 11, 30):
            for floor in (0.0, 1.0):
                close(learner, oracle.warmup_poly_lr, 8.0, step, 4, 10, 0.25, 0.9, floor)

    def test_borders(self, learner: Learner) -> None:
        """takes no warm-up at all, one of a single step, and one that leaves a single step"""
        for step in (0, 1, 2, 4, 5):
            for warmup_steps in (0, 1, 4):
                close(learner, oracle.warmup_poly_lr, 8.0, step, warmup_steps, 5, 0.25, 2.0, 0.5)

    @worth(2)
    def test_random_runs(self, learner: Learner, search: Search) -> None:
        """holds for every length, start factor, power above -1, and floor"""
        search(cases.WARMUPS, lambda case: close(learner, oracle.warmup_poly_lr, *case))

    @hidden
    def test_large_numbers(self, learner: Learner) -> None:
        """holds for long runs and large rates"""
        for step in (700, 39_000):
            close(learner, oracle.warmup_poly_lr, 1536.0, step, 1500, 40_000, 0.001, 0.9, 0.25)

    def test_remembers_nothing(self, learner: Learner) -> None:
        """remembers nothing from one call to the next"""
        for step in (2, 6):
            each_gets_its_own(learner, oracle.warmup_poly_lr, (8.0, step, 4, 10, 0.25, 2.0, 1.0), (7.0, step, 4, 10, 0.25, 2.0, 1.0),
                              (8.0, step + 1, 4, 10, 0.25, 2.0, 1.0), (8.0, step, 3, 10, 0.25, 2.0, 1.0), (8.0, step, 4, 9, 0.25, 2.0, 1.0),
                              (8.0, step, 4, 10, 0.5, 2.0, 1.0), (8.0, step, 4, 10, 0.25, 3.0, 1.0), (8.0, step, 4, 10, 0.25, 2.0, 0.5))

    def test_nonsense(self, learner: Learner) -> None:
        """raises ValueError for a step below 0, a warm-up below 0 or not shorter than the run, and a power of -1 or less"""
        refused(learner, "warmup_poly_lr", [(8.0, -1, 2, 5), (8.0, 1, -1, 5), (8.0, 1, 5, 5), (8.0, 7, 6, 5), (8.0, 0, 0, 0),
                                            (8.0, 3, 2, 5, 0.1, -1.0), (8.0, 1, 2, 5, 0.1, -1.0), (8.0, 1, 2, 5, 0.1, -1.5)])

    def test_leaves_no_trace(self, learner: Learner) -> None:
        """takes its arguments by name, and draws no random numbers"""
        for step in (2, 7):
            float_by_name(learner, oracle.warmup_poly_lr, base_lr=8.0, step=step, warmup_steps=4, total_steps=10, start_factor=0.25,
                          power=2.0, eta_min=1.0)
        leaves_no_trace(learner, "warmup_poly_lr", 8.0, 2, 4, 10)


@exercise("remaining_updates")
class TestRemainingUpdates:
    """How much is still to come."""

    @formal
    def test_returns_a_float(self, learner: Learner) -> None:
        """returns a float"""
        for fraction in (0.0, 0.5, 1.0):
            expect.kind(learner.remaining_updates(fraction, 0.9), float)

    def test_both_ends(self, learner: Learner) -> None:
        """is all at the start and nothing at the end"""
        for power in (0.9, 2.0, 0.0):
            for fraction in (0.0, 1.0):
                close(learner, oracle.remaining_updates, fraction, power)

    def test_in_between(self, learner: Learner) -> None:
        """is the area under the rest of the curve, divided by the whole area"""
        for fraction, power in ((0.5, 0.0), (0.5, 1.0), (0.25, 2.0), (0.5, 0.9), (0.9, 0.9), (0.75, 0.5)):
            close(learner, oracle.remaining_updates, fraction, power)

    @worth(2)
    def test_random_fractions(self, learner: Learner, search: Search) -> None:
        """agrees with adding up thin slices of the area"""
        search(cases.FRACTIONS, lambda case: close(learner, oracle.remaining_updates, *case))

    def test_nonsense(self, learner: Learner) -> None:
        """raises ValueError for a fraction below 0 or above 1, and for a power of -1 or less"""
        refused(learner, "remaining_updates", [(-0.125, 0.9), (1.125, 0.9), (-3.0, 2.0), (0.5, -1.0), (0.5, -2.0), (1.0, -1.5)])

    def test_leaves_no_trace(self, learner: Learner) -> None:
        """takes its arguments by name, remembers nothing, and draws no random numbers"""
        each_gets_its_own(learner, oracle.remaining_updates, (0.5, 2.0), (0.25, 2.0), (0.5, 0.9))
        float_by_name(learner, oracle.remaining_updates, fraction=0.25, power=2.0)
        leaves_no_trace(learner, "remaining_updates", 0.5, 0.9)


def _linear(**options: Any) -> dict[str, Any]:
    return {"type": "LinearLR", "by_epoch": False} | options


def _poly(**options: Any) -> dict[str, Any]:
    return {"type": "PolyLR", "by_epoch": False} | options


#: The schedule that many of mmsegmentation's configs have, in small.
WARMED_UP = [_linear(start_factor=0.1, begin=0, end=3), _poly(power=0.9, eta_min=0.5, begin=3, end=9)]


@exercise("schedule_trace")
class TestScheduleTrace:
    """What mmengine makes of a config."""

    @formal
    def test_returns_a_tensor(self, learner: Learner) -> None:
        """returns a tensor"""
        expect.kind(learner.schedule_trace(WARMED_UP, 8.0, 9), Tensor)

    @formal
    def test_float64(self, learner: Learner) -> None:
        """gives the rates in float64"""
        for entries in (WARMED_UP, []):
            expect.dtype(learner.schedule_trace(entries, 8.0, 9), torch.float64)

    @formal
    def test_shape(self, learner: Learner) -> None:
        """has one rate for each iteration"""
        for iterations in (1, 4, 12):
            expect.shape(learner.schedule_trace(WARMED_UP, 8.0, iterations), (iterations,))

    def test_no_entry(self, learner: Learner) -> None:
        """stays at the base rate where nothing changes it"""
        self._check(learner, [], 8.0, 5)

    def test_poly_alone(self, learner: Learner) -> None:
        """decays to the floor, which the last iteration uses"""
        for options in ({"power": 2.0}, {"power": 0.9, "eta_min": 1.0}, {"power": 2.0, "eta_min": 1.0, "begin": 0, "end": 6}):
            self._check(learner, [_poly(**options)], 8.0, 6)

    def test_linear_alone(self, learner: Learner) -> None:
        """rises from the start factor to the end factor, which the last iteration of the range uses"""
        for start, stop, end in ((0.25, 1.0, 5), (0.25, 0.5, 5), (0.5, 1.0, 1)):
            self._check(learner, [_linear(start_factor=start, end_factor=stop, end=end)], 8.0, 7)

    def test_defaults(self, learner: Learner) -> None:
        """has mmengine's defaults where an entry leaves something out"""
        for entry in (_poly(), _linear(), _linear(end=4), _poly(begin=2)):
            self._check(learner, [entry], 8.0, 6)

    def test_ranges(self, learner: Learner) -> None:
        """changes nothing before begin, and nothing from end on"""
        for entry in (_poly(begin=2, end=6, power=2.0), _poly(begin=2, end=6, power=2.0, eta_min=1.0), _poly(end=3, power=2.0, eta_min=1.0),
                      _linear(begin=2, end=5, start_factor=0.25), _poly(begin=3, end=4), _poly(begin=3, end=5, power=2.0)):
            self._check(learner, [entry], 8.0, 8)

    def test_beyond_the_run(self, learner: Learner) -> None:
        """takes an end that the run never reaches, and a begin that it never reaches"""
        for power in (2.0, 0.0, -0.5):  # with a power of 0 or less mmengine's own last step makes no sense, and isn't reached here
            self._check(learner, [_poly(end=20, power=power, eta_min=1.0)], 8.0, 6)
        self._check(learner, [_linear(end=3, start_factor=0.25), _poly(begin=9, end=20, power=2.0)], 8.0, 6)

    def test_by_epoch(self, learner: Learner) -> None:
        """never moves the rate by a PolyLR entry that counts epochs, which is what mmengine assumes"""
        for entry in ({"type": "PolyLR", "power": 2.0, "eta_min": 1.0}, {"type": "PolyLR", "by_epoch": True}):
            self._check(learner, [entry], 8.0, 6)
        self._check(learner, [_linear(start_factor=0.25, end=3), {"type": "PolyLR", "begin": 3, "end": 6}], 8.0, 6)

    def test_one_after_the_other(self, learner: Learner) -> None:
        """goes through a warm-up and a decay that follows, in whichever order they are listed"""
        for entries in (WARMED_UP, WARMED_UP[::-1]):
            self._check(learner, entries, 8.0, 11)

    def test_overlapping(self, learner: Learner) -> None:
        """lets entries that overlap change the rate one after the other, in the order of the list"""
        for floor in (0.0, 1.0):
            entries = [_linear(start_factor=0.1, end=5), _poly(power=0.9, eta_min=floor)]
            self._check(learner, entries, 8.0, 8)
            self._check(learner, entries[::-1], 8.0, 8)

    @worth(2)
    def test_random_schedules(self, learner: Learner, search: Search) -> None:
        """agrees with mmengine's recursion for every list of up to three entries"""
        search(cases.SCHEDULES, lambda case: self._check(learner, *case))

    def test_remembers_nothing(self, learner: Learner) -> None:
        """remembers nothing from one call to the next"""
        for other in ((WARMED_UP[:1], 8.0, 9), (WARMED_UP[::-1], 8.0, 9), (WARMED_UP, 7.0, 9), (WARMED_UP, 8.0, 10),
                      ([WARMED_UP[0], WARMED_UP[1] | {"power": 2.0}], 8.0, 9)):
            self._check(learner, WARMED_UP, 8.0, 9)
            self._check(learner, *other)

    def test_nonsense(self, learner: Learner) -> None:
        """raises ValueError for a type that it doesn't know, an end that isn't after begin, a power of -1 or less, and no iterations"""
        refused(learner, "schedule_trace", [([{"type": "StepLR", "by_epoch": False}], 8.0, 6), ([_poly(begin=4, end=4)], 8.0, 6),
                                            ([_linear(begin=4, end=3)], 8.0, 6), ([_poly(end=0)], 8.0, 6),
                                            ([WARMED_UP[0], _linear(begin=5, end=5)], 8.0, 9),
                                            ([_poly(power=-1.0)], 8.0, 6), ([], 8.0, 0), ([], 8.0, -2)])

    @hidden
    def test_long_runs(self, learner: Learner) -> None:
        """agrees with mmengine's recursion over 480 iterations"""
        entries = [_linear(start_factor=1e-3, end=30), _poly(begin=30, end=470, power=0.9, eta_min=0.125)]
        agrees(learner, oracle.schedule_trace, entries, 3.25, 480, terms=16 * ROUNDINGS)

    def test_leaves_no_trace(self, learner: Learner) -> None:
        """takes its arguments by name, leaves the list and its entries as they were, and draws no random numbers"""
        by_name(learner, oracle.schedule_trace, ROUNDINGS, param_scheduler=WARMED_UP, base_lr=8.0, max_iters=9)
        leaves_no_trace(learner, "schedule_trace", WARMED_UP, 8.0, 9)

    def _check(self, learner: Learner, entries: list[dict[str, Any]], base_lr: float, max_iters: int) -> None:
        agrees(learner, oracle.schedule_trace, entries, base_lr, max_iters, terms=ROUNDINGS)


@exercise("examples")
class TestExamples:
    """The learner's own test, tested."""

    def test_tells_right_from_wrong(self, learner: Learner, stage: Stage) -> None:
        """lets every correct implementation pass, and raises an error for at least three quarters of the wrong ones"""
        tells_right_from_wrong(learner, stage, "poly_lr")
