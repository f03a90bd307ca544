"""The checks of lesson 2. What is right comes from ``oracle.py``; what a learner is told is each check's docstring."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from autograder.examination import exercise, expect, formal, hidden, worth
from autograder.examination.expect import Mismatch
from autograder.examination.learner import Learner
from autograder.examination.properties import (
    agrees,
    by_name,
    gradients_agree,
    leaves_no_trace,
    no_more_operations,
    portable,
    remembers_nothing,
    tells_right_from_wrong,
)
from autograder.examination.search import Search
from autograder.examination.stage import Stage
from autograder.exercises.gridding import cases, oracle
from autograder.exercises.probing import fractions, numbers, trainable
from autograder.languages import say

#: Stacks whose answers fit on a sheet of paper: one layer, none, holes in the middle, at the ends, and none.
STACKS: tuple[list[int], ...] = ([1], [2], [], [1, 2], [2, 3], [2, 2, 2], [1, 2, 3], [3, 1])
NONSENSE: tuple[tuple[list[int], int], ...] = (
    ([1, 0], 3), ([0, 1], 3), ([-2], 3), ([0], 1), ([1, 2], 2), ([1], 0), ([2], 4), ([], 0), ([], -1))
X, FILTERS = numbers((2, 3, 7, 11), 22), numbers((2, 3, 3, 5), 23)
POWERS = [3**layer for layer in range(200)]


def _ints(rates: Any) -> None:
    expect.kind(rates, list)
    expect.equal([type(rate).__name__ for rate in rates], ["int"] * len(rates))


@exercise("reachable_offsets")
class TestReachableOffsets:
    """Which input offsets one output reads, along one axis."""

    @formal
    def test_returns_a_tensor(self, learner: Learner) -> None:
        """returns a tensor"""
        expect.kind(learner.reachable_offsets([1, 2]), Tensor)

    @formal
    def test_offsets_are_int64(self, learner: Learner) -> None:
        """gives the offsets in int64"""
        expect.dtype(learner.reachable_offsets([1, 2]), torch.int64)

    def test_small_stacks(self, learner: Learner) -> None:
        """lists every sum of one tap a layer, once each, sorted"""
        for rates in STACKS:
            agrees(learner, oracle.reachable_offsets, rates)

    def test_other_kernels(self, learner: Learner) -> None:
        """knows kernels of 1, 5 and 7 taps"""
        for rates, kernel_size in (([1, 2], 1), ([2], 5), ([2, 5], 5), ([3, 4], 7)):
            agrees(learner, oracle.reachable_offsets, rates, kernel_size)

    def test_random_stacks(self, learner: Learner, search: Search) -> None:
        """holds for every stack, in any order"""
        search(cases.STACKS, lambda case: agrees(learner, oracle.reachable_offsets, *case))

    def test_deep_stacks(self, learner: Learner) -> None:
        """takes 40 layers, whose paths can't be listed one by one"""
        for rates in ([1] * 40, [2, 3] * 20):
            agrees(learner, oracle.reachable_offsets, rates)

    def test_nonsense(self, learner: Learner) -> None:
        """raises ValueError for a rate below 1 and for a kernel that is even or below 1"""
        for args in NONSENSE:
            with expect.raises(ValueError):
                learner.reachable_offsets(*args)

    def test_leaves_no_trace(self, learner: Learner) -> None:
        """takes a tuple and arguments by name, leaves the list of rates as it was, and draws no random numbers"""
        agrees(learner, oracle.reachable_offsets, (3, 1, 2))
        by_name(learner, oracle.reachable_offsets, rates=[2, 1], kernel_size=5)
        leaves_no_trace(learner, "reachable_offsets", [3, 1, 2])


@exercise("path_counts")
class TestPathCounts:
    """In how many ways each input pixel reaches the output."""

    @formal
    def test_returns_a_tensor(self, learner: Learner) -> None:
        """returns a tensor"""
        expect.kind(learner.path_counts([1, 2]), Tensor)

    @formal
    def test_counts_are_int64(self, learner: Learner) -> None:
        """counts in int64"""
        expect.dtype(learner.path_counts([1, 2]), torch.int64)

    @formal
    def test_shape(self, learner: Learner) -> None:
        """has as many rows and columns as the receptive field has pixels"""
        for rates, kernel_size in (([1, 2], 3), ([2, 2], 5), ([], 3)):
            expect.shape(learner.path_counts(rates, kernel_size), tuple(oracle.path_counts(rates, kernel_size).shape))

    def test_small_stacks(self, learner: Learner) -> None:
        """counts the paths to every pixel, zeros where there is none"""
        for rates in STACKS:
            agrees(learner, oracle.path_counts, rates)

    def test_other_kernels(self, learner: Learner) -> None:
        """knows kernels of 1, 5 and 7 taps"""
        for rates, kernel_size in (([1, 2], 1), ([2], 5), ([1, 2], 5), ([3, 1], 7)):
            agrees(learner, oracle.path_counts, rates, kernel_size)

    def test_random_stacks(self, learner: Learner, search: Search) -> None:
        """holds for every stack, in any order"""
        search(cases.STACKS, lambda case: agrees(learner, oracle.path_counts, *case))

    def test_exact(self, learner: Learner) -> None:
        """stays exact up to the largest int64, where floats have long been rounded"""
        for rates, kernel_size in (([1] * 18, 3), ([1] * 21, 3), ([2] * 21, 3), ([1] * 15, 5)):
            agrees(learner, oracle.path_counts, rates, kernel_size)

    def test_nonsense(self, learner: Learner) -> None:
        """raises ValueError for a rate below 1 and for a kernel that is even or below 1"""
        for args in NONSENSE:
            with expect.raises(ValueError):
                learner.path_counts(*args)

    def test_leaves_no_trace(self, learner: Learner) -> None:
        """takes a tuple and arguments by name, leaves the list of rates as it was, and draws no random numbers"""
        agrees(learner, oracle.path_counts, (3, 1, 2))
        by_name(learner, oracle.path_counts, rates=[2, 1], kernel_size=5)
        leaves_no_trace(learner, "path_counts", [3, 1, 2])


@exercise("coverage")
class TestCoverage:
    """The share of the receptive field that is read."""

    @formal
    def test_returns_a_float(self, learner: Learner) -> None:
        """returns a float"""
        expect.kind(learner.coverage([1, 2]), float)

    def test_small_stacks(self, learner: Learner) -> None:
        """is the share of the pixels of the square box, not of one axis"""
        for rates in STACKS:
            self._check(learner, (rates, 3))

    def test_random_stacks(self, learner: Learner, search: Search) -> None:
        """holds for every stack and kernel"""
        search(cases.STACKS, lambda case: self._check(learner, case))

    def test_large_boxes(self, learner: Learner) -> None:
        """takes 40 layers, and a box of millions of pixels"""
        for rates in ([1] * 40, [2, 3] * 20, [500, 250]):
            self._check(learner, (rates, 3))

    def test_nonsense(self, learner: Learner) -> None:
        """raises ValueError for a rate below 1 and for a kernel that is even or below 1"""
        for args in NONSENSE:
            with expect.raises(ValueError):
                learner.coverage(*args)

    def test_leaves_no_trace(self, learner: Learner) -> None:
        """takes a tuple and arguments by name, leaves the list of rates as it was, and draws no random numbers"""
        self._check(learner, ((3, 1, 2), 3))
        expect.close_number(learner.coverage(kernel_size=5, rates=[2, 1]), oracle.coverage([2, 1], 5))
        leaves_no_trace(learner, "coverage", [3, 1, 2])

    def _check(self, learner: Learner, case: tuple[Sequence[int], int]) -> None:
        expect.close_number(learner.coverage(*case), oracle.coverage(*case))


@exercise("shared_inputs")
class TestSharedInputs:
    """What two outputs have in common."""

    @formal
    def test_returns_a_float(self, learner: Learner) -> None:
        """returns a float"""
        expect.kind(learner.shared_inputs([1, 2], 1), float)

    def test_small_stacks(self, learner: Learner) -> None:
        """is the share of an output's offsets that the shifted output reads as well"""
        for rates in STACKS:
            for shift in (0, 1, 2, -1, 4, 50):
                self._check(learner, (rates, shift, 3))

    def test_random_stacks(self, learner: Learner, search: Search) -> None:
        """holds for every stack, shift and kernel"""
        search(cases.SHIFTED, lambda case: self._check(learner, case))

    def test_nonsense(self, learner: Learner) -> None:
        """raises ValueError for a rate below 1 and for a kernel that is even or below 1"""
        for rates, kernel_size in NONSENSE:
            with expect.raises(ValueError):
                learner.shared_inputs(rates, 1, kernel_size)

    def test_leaves_no_trace(self, learner: Learner) -> None:
        """takes a tuple and arguments by name, leaves the list of rates as it was, and draws no random numbers"""
        self._check(learner, ((3, 1, 2), 1, 3))
        expect.close_number(learner.shared_inputs(kernel_size=5, shift=2, rates=[2, 3]), oracle.shared_inputs([2, 3], 2, 5))
        leaves_no_trace(learner, "shared_inputs", [3, 1, 2], 1)

    def _check(self, learner: Learner, case: tuple[Sequence[int], int, int]) -> None:
        expect.close_number(learner.shared_inputs(*case), oracle.shared_inputs(*case))


@exercise("phase_conv2d")
class TestPhaseConv2d:
    """A dilated convolution as ordinary ones, a phase each."""

    @formal
    def test_returns_a_tensor(self, learner: Learner) -> None:
        """returns a tensor"""
        expect.kind(learner.phase_conv2d(X, FILTERS, 2), Tensor)

    @formal
    def test_keeps_dtype(self, learner: Learner) -> None:
        """keeps the dtype of x"""
        for dtype in (torch.float32, torch.float64):
            expect.dtype(learner.phase_conv2d(X.to(dtype), FILTERS.to(dtype), 2), dtype)

    @formal
    def test_shape(self, learner: Learner) -> None:
        """has the height and width of x, whatever the dilation"""
        for dilation in (1, 2, 3, 4):
            expect.shape(learner.phase_conv2d(X, FILTERS, dilation), (2, 2, 7, 11))

    def test_one_bright_pixel(self, learner: Learner, device: str) -> None:
        """answers one bright pixel with the taps, d pixels apart"""
        x, weight = torch.zeros(1, 1, 6, 8, dtype=torch.float64), torch.arange(1, 10, dtype=torch.float64).reshape(1, 1, 3, 3)
        x[0, 0, 3, 4] = 1
        for dilation in (1, 2, 3):
            agrees(learner, oracle.phase_conv2d, x, weight, dilation, terms=9)

    def test_sizes_that_divide(self, learner: Learner, device: str) -> None:
        """puts every phase back where it came from"""
        for height, width, dilation in ((4, 6, 2), (6, 3, 3), (8, 4, 4)):
            agrees(learner, oracle.phase_conv2d, numbers((2, 3, height, width), 7), FILTERS, dilation, terms=45)

    def test_sizes_that_do_not_divide(self, learner: Learner, device: str) -> None:
        """loses no row or column when the dilation does not divide the size"""
        for dilation in (2, 3, 4, 5):
            agrees(learner, oracle.phase_conv2d, X, FILTERS, dilation, terms=45)

    def test_small_images(self, learner: Learner, device: str) -> None:
        """takes images smaller than the dilation, where some phases are empty"""
        for height, width, dilation in ((1, 1, 3), (2, 9, 4), (7, 3, 5), (3, 2, 13)):
            agrees(learner, oracle.phase_conv2d, X[..., :height, :width], FILTERS, dilation, terms=45)

    @worth(2)
    def test_random_images(self, learner: Learner, device: str, search: Search) -> None:
        """agrees with PyTorch's dilated convolution for every size, odd kernel and dilation"""
        search(cases.CONVOLUTIONS, lambda case: self._check(learner, case, torch.float64))

    def test_single_precision(self, learner: Learner, device: str, search: Search) -> None:
        """agrees with PyTorch's dilated convolution in float32, within rounding"""
        search(cases.CONVOLUTIONS, lambda case: self._check(learner, case, torch.float32), examples=8)

    def test_layouts(self, learner: Learner, device: str) -> None:
        """takes tensors that are not contiguous in memory, and an empty batch"""
        got = learner.value("phase_conv2d", (X, FILTERS, 3), layout="transposed")
        expect.close(got, oracle.phase_conv2d(X, FILTERS, 3), 45)
        agrees(learner, oracle.phase_conv2d, X[:0], FILTERS, 2, terms=45)

    def test_precision(self, learner: Learner, device: str) -> None:
        """computes in no lower precision than the dtype of x"""
        for dtype in (torch.float64, torch.float32):
            x, weight = (fractions(tuple(tensor.shape), 41, dtype) for tensor in (X, FILTERS))
            agrees(learner, oracle.phase_conv2d, x, weight, 2, terms=45)

    def test_remembers_nothing(self, learner: Learner) -> None:
        """remembers nothing from one call to the next"""
        remembers_nothing(learner, oracle.phase_conv2d, X, FILTERS, 2, others=[(X, FILTERS, 3), (X, FILTERS, 1)], terms=45)

    @worth(2)
    def test_gradients(self, learner: Learner, device: str) -> None:
        """passes the right gradients back to x and weight, in float64 and float32"""
        for dtype, images, dilation in ((torch.float64, 2, 3), (torch.float32, 1, 2)):
            inputs = trainable(X[:images].to(dtype)), trainable(FILTERS.to(dtype))
            gradients_agree(learner, oracle.phase_conv2d, numbers((images, 2, 7, 11), 9, dtype), *inputs, dilation)

    def test_nonsense(self, learner: Learner) -> None:
        """raises ValueError for a dilation below 1, an even kernel, other than four axes, or channels that don't match"""
        for x, weight, dilation in ((X, FILTERS, 0), (X, FILTERS, -1), (X, FILTERS[..., :1, :1], 0), (X, FILTERS[..., :2, :], 2),
                                    (X, FILTERS[..., :4], 2), (X, FILTERS[:, :2], 2), (X, FILTERS[:, :1], 2), (X[:, :1], FILTERS, 2),
                                    (X[0], FILTERS, 2), (X, FILTERS[0], 2)):
            with expect.raises(ValueError):
                learner.phase_conv2d(x, weight, dilation)

    def test_portability(self, learner: Learner) -> None:
        """works on the device of x, whichever that is"""
        portable(learner, "phase_conv2d", (X, FILTERS, 3), (2, 2, 7, 11))

    @worth(2)
    def test_cost(self, learner: Learner) -> None:
        """needs no more operations for a larger image"""
        sizes = [(numbers((2, 3, *size), 6), FILTERS, 3) for size in ((7, 8), (37, 41), (61, 53))]
        no_more_operations(learner, "phase_conv2d", *sizes)

    @hidden
    def test_larger_images(self, learner: Learner, device: str) -> None:
        """agrees with PyTorch's dilated convolution on images of a usual size"""
        agrees(learner, oracle.phase_conv2d, numbers((1, 4, 53, 61), 31), numbers((3, 4, 3, 3), 32), 12, terms=36)

    def test_leaves_no_trace(self, learner: Learner) -> None:
        """takes its arguments by name, and leaves them and the random state as they were"""
        by_name(learner, oracle.phase_conv2d, 45, x=X, weight=FILTERS, dilation=2)
        leaves_no_trace(learner, "phase_conv2d", X, FILTERS, 2)

    def _check(self, learner: Learner, case: cases.Phases, dtype: torch.dtype) -> None:
        agrees(learner, oracle.phase_conv2d, *case.args(dtype), terms=case.terms)


@exercise("is_hole_free")
class TestIsHoleFree:
    """Whether a stack reads all of its receptive field."""

    @formal
    def test_returns_a_bool(self, learner: Learner) -> None:
        """returns a bool"""
        expect.kind(learner.is_hole_free([1, 2]), bool)

    def test_small_stacks(self, learner: Learner) -> None:
        """knows small stacks"""
        for rates in STACKS:
            agrees(learner, oracle.is_hole_free, rates)

    def test_well_known_stacks(self, learner: Learner) -> None:
        """knows the stacks that papers and networks use"""
        for rates in ([1, 2, 5], [1, 2, 9], [2, 4, 8], [1, 2, 4, 8], [1, 3, 9], [3, 4, 5], [5, 9, 17], [2, 4, 4], [1, 4, 4], [1, 2, 2, 2]):
            agrees(learner, oracle.is_hole_free, rates)

    def test_unsorted(self, learner: Learner) -> None:
        """does not depend on the order of the layers"""
        for rates in ([5, 1, 2], [1, 5, 2], [9, 3, 1], [7, 1, 1], [4, 4, 4, 1, 1], [1, 2, 5, 1, 2, 5], [3, 1, 8, 2], [2, 2, 1, 7, 1]):
            agrees(learner, oracle.is_hole_free, rates)

    def test_other_kernels(self, learner: Learner) -> None:
        """knows kernels of 1, 5 and 7 taps"""
        for rates, kernel_size in (([1, 5], 5), ([1, 6], 5), ([2, 1, 12], 5), ([1, 5, 25], 5), ([1, 7, 48], 7), ([50, 1, 7], 7), ([2], 1)):
            agrees(learner, oracle.is_hole_free, rates, kernel_size)

    @worth(2)
    def test_random_stacks(self, learner: Learner, search: Search) -> None:
        """agrees with looking at every pixel, for stacks in any order"""
        search(cases.STACKS, lambda case: agrees(learner, oracle.is_hole_free, *case))

    @worth(2)
    def test_at_the_limit(self, learner: Learner, search: Search) -> None:
        """tells a rate that just fits from one that is 1 too large"""
        search(cases.LIMITS, lambda case: agrees(learner, oracle.is_hole_free, *case))

    def test_many_layers(self, learner: Learner) -> None:
        """answers for 200 layers at once"""
        for rates, expected in (([1] * 200, True), ([2] * 200, False), ([2, 3] * 100, False), ([*range(2, 201), 1], True)):
            expect.equal(learner.is_hole_free(rates), expected)

    @worth(2)
    def test_huge_rates(self, learner: Learner) -> None:
        """answers exactly for rates up to 3 to the power of 199"""
        for rates, expected in ((POWERS, True), (POWERS[::-1], True), ([*POWERS[:-1], POWERS[-1] + 1], False),
                                ([*POWERS[:-1], POWERS[-1] - 1], True), ([POWERS[40] + 1, *POWERS[:40]], False)):
            expect.equal(learner.is_hole_free(rates), expected)

    def test_nonsense(self, learner: Learner) -> None:
        """raises ValueError for a rate below 1 and for a kernel that is even or below 1"""
        for args in NONSENSE:
            with expect.raises(ValueError):
                learner.is_hole_free(*args)

    def test_leaves_no_trace(self, learner: Learner) -> None:
        """takes a tuple and arguments by name, leaves the list of rates as it was, and draws no random numbers"""
        agrees(learner, oracle.is_hole_free, (3, 1, 2))
        by_name(learner, oracle.is_hole_free, rates=[2, 1], kernel_size=5)
        leaves_no_trace(learner, "is_hole_free", [3, 1, 2])


@exercise("hdc_max_gap")
class TestHdcMaxGap:
    """The number that the HDC rule looks at."""

    @formal
    def test_returns_an_int(self, learner: Learner) -> None:
        """returns an int"""
        expect.kind(learner.hdc_max_gap([1, 2, 5]), int)

    def test_from_the_paper(self, learner: Learner) -> None:
        """gives the paper's own two examples, 2 for (1, 2, 5) and 5 for (1, 2, 9)"""
        for rates in ([1, 2, 5], [1, 2, 9]):
            agrees(learner, oracle.hdc_max_gap, rates)

    def test_in_the_order_given(self, learner: Learner) -> None:
        """takes the layers in the order in which they are given"""
        for rates in ([1, 5, 2], [2, 1, 5], [2, 5, 1], [5, 1, 2], [5, 2, 1], [1, 3, 1], [4, 4, 4, 1, 1], [1, 2, 5, 1, 2, 5], [9, 1, 7, 30]):
            agrees(learner, oracle.hdc_max_gap, rates)

    def test_few_layers(self, learner: Learner) -> None:
        """knows stacks of one and of two layers"""
        for rates in ([4], [1], [2, 3], [7, 1]):
            agrees(learner, oracle.hdc_max_gap, rates)

    def test_random_stacks(self, learner: Learner, search: Search) -> None:
        """holds for every stack"""
        search(cases.ORDERED, lambda rates: agrees(learner, oracle.hdc_max_gap, rates))

    def test_nonsense(self, learner: Learner) -> None:
        """raises ValueError for an empty stack and for a rate below 1"""
        for rates in ([], [0], [1, 0], [0, 1, 2], [1, 0, 2], [1, 2, -1], [-1]):
            with expect.raises(ValueError):
                learner.hdc_max_gap(rates)

    def test_leaves_no_trace(self, learner: Learner) -> None:
        """takes a tuple and its argument by name, leaves the list of rates as it was, and draws no random numbers"""
        agrees(learner, oracle.hdc_max_gap, (5, 1, 2))
        by_name(learner, oracle.hdc_max_gap, rates=[2, 7, 3])
        leaves_no_trace(learner, "hdc_max_gap", [5, 1, 2])


@exercise("hdc_counterexample")
class TestHdcCounterexample:
    """A stack on which the rule is wrong."""

    @formal
    def test_returns_a_list(self, learner: Learner) -> None:
        """returns a list of ints"""
        _ints(learner.hdc_counterexample())

    @formal
    def test_is_a_stack(self, learner: Learner) -> None:
        """holds two rates or more, each at least 1"""
        rates = learner.hdc_counterexample()
        if len(rates) < 2 or min(rates) < 1:
            raise Mismatch(say("it is no stack of two layers or more"), say("two rates or more, each at least 1"), rates)

    def test_passes_the_rule(self, learner: Learner) -> None:
        """passes the rule: its M_2 is at most 3"""
        rates = learner.hdc_counterexample()
        if (gap := oracle.hdc_max_gap(rates)) > 3:
            raise Mismatch(say("the rule rejects this stack: its M_2 is {gap}", gap=gap), "M_2 ≤ 3", rates)

    def test_has_holes(self, learner: Learner) -> None:
        """has holes nevertheless"""
        rates = learner.hdc_counterexample()
        if oracle.is_hole_free(rates):
            note = say("this stack reads every pixel of its receptive field: the rule is right about it")
            raise Mismatch(note, say("a stack with holes"), rates)

    def test_leaves_no_trace(self, learner: Learner) -> None:
        """draws no random numbers"""
        leaves_no_trace(learner, "hdc_counterexample")


@exercise("widest_hole_free")
class TestWidestHoleFree:
    """The largest receptive field without a hole."""

    @formal
    def test_returns_a_list(self, learner: Learner) -> None:
        """returns a list of ints"""
        _ints(learner.widest_hole_free(3))

    def test_few_layers(self, learner: Learner) -> None:
        """has as many rates as layers, ascending, and can't be made any wider"""
        for layers in (1, 2, 3, 4, 0):
            agrees(learner, oracle.widest_hole_free, layers)

    def test_other_kernels(self, learner: Learner) -> None:
        """knows kernels of 5 and 7 taps"""
        for layers, kernel_size in ((3, 5), (2, 7), (0, 5)):
            agrees(learner, oracle.widest_hole_free, layers, kernel_size)

    def test_random_depths(self, learner: Learner, search: Search) -> None:
        """agrees with raising each rate until a hole opens"""
        search(cases.DEPTHS, lambda case: agrees(learner, oracle.widest_hole_free, *case))

    def test_many_layers(self, learner: Learner) -> None:
        """stays exact for 200 layers"""
        expect.equal(learner.widest_hole_free(200), POWERS)

    def test_nonsense(self, learner: Learner) -> None:
        """raises ValueError for a negative number of layers and for a kernel that is even or below 3"""
        for args in ((-1, 3), (-7, 5), (2, 4), (2, 2), (2, 1), (2, 0), (2, -3), (0, 1), (0, 4)):
            with expect.raises(ValueError):
                learner.widest_hole_free(*args)

    def test_leaves_no_trace(self, learner: Learner) -> None:
        """takes its arguments by name, and draws no random numbers"""
        by_name(learner, oracle.widest_hole_free, layers=2, kernel_size=5)
        leaves_no_trace(learner, "widest_hole_free", 3)


@exercise("examples")
class TestExamples:
    """The learner's own test, tested."""

    def test_tells_right_from_wrong(self, learner: Learner, stage: Stage) -> None:
        """lets every correct implementation pass, and raises an error for at least three quarters of the wrong ones"""
        tells_right_from_wrong(learner, stage, "is_hole_free")
