"""The checks of lesson 3. What is right comes from ``oracle.py``; what a learner is told is each check's docstring."""

import itertools
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from autograder.examination import exercise, expect, formal, hidden, worth
from autograder.examination.expect import Mismatch
from autograder.examination.learner import Learner
from autograder.examination.properties import (
    agrees,
    by_name,
    draws_nothing,
    is_a,
    leaves_no_trace,
    nothing_changed,
    portable_script,
    same_reports,
    tells_right_from_wrong,
)
from autograder.examination.search import Search
from autograder.examination.stage import Stage
from autograder.exercises.contract_dilation import cases, oracle
from autograder.exercises.contract_dilation.nets import (
    Net,
    after_training,
    backwards,
    chain,
    form,
    one_after_the_other,
    pair,
    picture,
    scripted,
    truth,
)
from autograder.languages import say
from autograder.learner_side.drive import Step, do, get, let, see

#: Rounding of one value that has gone through a few layers, in units of the dtype's precision.
TERMS = 400


def _forward_agrees(learner: Learner, net: Net) -> None:
    (got,) = learner.drive(net.function, *net.steps())
    expect.close(got, truth(net), TERMS)


def _script_agrees(learner: Learner, function: str, steps: list[Step]) -> None:
    same_reports(learner, function, steps, scripted(function, steps), TERMS)


def _refuses(learner: Learner, function: str, *calls: tuple[Any, ...]) -> None:
    for args in calls:
        with expect.raises(ValueError):
            learner.drive(function, let("net", function, *args))


def _operations(learner: Learner, net: Net) -> int:
    return int(learner.report(net.function, (net.steps(),), {}, script=net.function, operations=True).get("operations", 0))


def _no_more_operations(learner: Learner, net: Net) -> None:
    few = _operations(learner, net)
    for height, width in ((23, 29), (41, 37)):
        if (many := _operations(learner, replace(net, height=height, width=width))) > few + 4:
            raise Mismatch(say("does something loop over pixels?"), say("{few} operations, as for a smaller image", few=few), str(many))


def _by_name(learner: Learner, net: Net, *names: str) -> None:
    """The arguments by the names that they have in the syllabus, in another order."""
    named = dict(reversed(list(zip(names, net.args, strict=True))))
    _, *rest = net.steps()
    (got,) = learner.drive(net.function, let("net", net.function, **named), *rest)
    expect.close(got, truth(net), TERMS)


def _every_call_is_new(learner: Learner, net: Net) -> None:
    """Two networks made by two calls have weights of their own, and a network answers the same image the same way twice."""
    other = replace(net, salt=net.salt + 1)
    steps = [*net.made("net"), *other.made("other"), see("net", net.image), see("net", -net.image), see("net", net.image)]
    first, _, again = learner.drive(net.function, *steps)
    for got in (first, again):
        expect.close(got, truth(net), TERMS)


def _untouched(learner: Learner, net: Net) -> None:
    """No script so far has changed an argument, and a pass draws no random number."""
    draws_nothing(learner, net.function, net.made(), net.image)
    nothing_changed(learner)


@exercise("first_dilation")
class TestFirstDilation:
    """The rate of a stage's first block."""

    @formal
    def test_returns_an_int(self, learner: Learner) -> None:
        """returns an int"""
        for contract in (False, True):
            expect.kind(learner.first_dilation(4, contract), int)

    def test_powers_of_two(self, learner: Learner) -> None:
        """halves 2, 4, 8 and 16"""
        for dilation in (2, 4, 8, 16):
            agrees(learner, oracle.first_dilation, dilation, True)

    def test_one(self, learner: Learner) -> None:
        """leaves a dilation of 1 as it is"""
        agrees(learner, oracle.first_dilation, 1, True)

    def test_without_contraction(self, learner: Learner) -> None:
        """changes nothing without contraction"""
        for dilation in (1, 2, 3, 8):
            agrees(learner, oracle.first_dilation, dilation, False)

    def test_odd(self, learner: Learner) -> None:
        """rounds half of an odd dilation down"""
        for dilation in (3, 5, 7, 9):
            agrees(learner, oracle.first_dilation, dilation, True)

    def test_random(self, learner: Learner, search: Search) -> None:
        """holds for every dilation"""
        search(cases.FIRSTS, lambda case: agrees(learner, oracle.first_dilation, *case))

    def test_nonsense(self, learner: Learner) -> None:
        """raises ValueError for a dilation below 1"""
        for args in ((0, True), (0, False), (-1, True), (-4, False)):
            with expect.raises(ValueError):
                learner.first_dilation(*args)

    def test_leaves_no_trace(self, learner: Learner) -> None:
        """takes its arguments by name, and draws no random numbers"""
        by_name(learner, oracle.first_dilation, dilation=6, contract=True)
        leaves_no_trace(learner, "first_dilation", 4, True)


@exercise("block_dilations")
class TestBlockDilations:
    """The rate of each block of a stage."""

    @formal
    def test_returns_a_list(self, learner: Learner) -> None:
        """returns a list of ints"""
        for args in ((3, 4, True), (2, 4, False), (2, 4, True, (1, 2))):
            got = learner.block_dilations(*args)
            expect.kind(got, list)
            expect.equal([type(rate).__name__ for rate in got], ["int"] * len(got))

    def test_without_contraction(self, learner: Learner) -> None:
        """gives every block the stage's dilation when nothing is contracted"""
        for args in ((3, 4, False), (4, 1, False), (1, 2, False), (6, 3, False)):
            agrees(learner, oracle.block_dilations, *args)

    def test_contraction(self, learner: Learner) -> None:
        """halves the first block's dilation, and no other's"""
        for args in ((3, 4, True), (6, 2, True), (3, 8, True), (2, 16, True)):
            agrees(learner, oracle.block_dilations, *args)

    def test_corners(self, learner: Learner) -> None:
        """knows a dilation of 1, an odd one, and a stage of one block"""
        for args in ((3, 1, True), (3, 3, True), (2, 7, True), (1, 4, True), (1, 1, True), (1, 5, True), (1, 5, False)):
            agrees(learner, oracle.block_dilations, *args)

    def test_grid(self, learner: Learner) -> None:
        """takes the rates of a multi_grid as they are: not multiplied, not contracted"""
        for args in ((3, 4, True, (4, 2, 6)), (3, 2, False, (1, 2, 4)), (3, 1, True, (2, 2, 2)), (1, 4, True, (8,))):
            agrees(learner, oracle.block_dilations, *args)

    def test_long_grid(self, learner: Learner) -> None:
        """ignores the tail of a multi_grid that is longer than the stage"""
        for args in ((2, 4, True, (4, 2, 6)), (1, 4, False, (3, 5)), (3, 8, True, (6, 4, 2, 8, 9))):
            agrees(learner, oracle.block_dilations, *args)

    @worth(2)
    def test_random_stages(self, learner: Learner, search: Search) -> None:
        """holds for every stage without a multi_grid"""
        search(cases.STAGES, lambda case: agrees(learner, oracle.block_dilations, *case))

    def test_random_grids(self, learner: Learner, search: Search) -> None:
        """holds for every stage with a multi_grid"""
        search(cases.GRIDS, lambda case: agrees(learner, oracle.block_dilations, *case))

    @hidden
    def test_deep_stages(self, learner: Learner) -> None:
        """holds for stages of many blocks, and for large rates"""
        for args in ((48, 6, True), (40, 500, True), (3, 1000, False), (33, 2, True, tuple(range(70, 110)))):
            agrees(learner, oracle.block_dilations, *args)

    def test_short_grids(self, learner: Learner) -> None:
        """raises ValueError for a multi_grid that is shorter than the stage, also for an empty one"""
        for args in ((3, 4, True, (4, 2)), (2, 4, False, (4,)), (1, 2, True, ()), (3, 2, False, ())):
            with expect.raises(ValueError):
                learner.block_dilations(*args)

    def test_nonsense(self, learner: Learner) -> None:
        """raises ValueError for no blocks, and for a dilation or a rate of the multi_grid below 1"""
        for args in ((0, 4, True), (0, 4, False), (-1, 2, True), (3, 0, True), (3, 0, False), (1, -2, False), (3, 2, True, (1, 2, 0)),
                     (2, 2, False, (0, 2)), (2, 2, True, (2, -1, 2)), (0, 1, True, (1,)), (2, 0, False, (1, 2))):
            with expect.raises(ValueError):
                learner.block_dilations(*args)

    def test_leaves_no_trace(self, learner: Learner) -> None:
        """takes its arguments by name, leaves a multi_grid as it was, and draws no random numbers"""
        by_name(learner, oracle.block_dilations, num_blocks=2, dilation=6, contract=True, multi_grid=None)
        by_name(learner, oracle.block_dilations, num_blocks=2, dilation=6, contract=True, multi_grid=(5, 3, 1))
        leaves_no_trace(learner, "block_dilations", 3, 4, True, [1, 2, 4])


@exercise("remove_strides")
class TestRemoveStrides:
    """Strides and dilations for a given output stride."""

    @formal
    def test_returns_two_lists(self, learner: Learner) -> None:
        """returns a tuple of two lists of ints"""
        got = learner.remove_strides([1, 2, 2, 2], 8)
        expect.kind(got, tuple)
        expect.equal([type(part).__name__ for part in got], ["list", "list"])
        expect.equal([type(value).__name__ for part in got for value in part], ["int"] * sum(map(len, got)))

    def test_resnet(self, learner: Learner) -> None:
        """knows a ResNet's stages at the output strides 32, 16, 8 and 4"""
        for output_stride in (32, 16, 8, 4):
            agrees(learner, oracle.remove_strides, [1, 2, 2, 2], output_stride)

    def test_other_strides(self, learner: Learner) -> None:
        """multiplies the dilation by the stride that is removed, whatever it is"""
        for args in (([1, 3, 2, 2], 12), ([2, 3, 2], 4), ([2, 2, 1, 2], 8), ([4, 2], 16), ([3, 1, 3, 2], 12)):
            agrees(learner, oracle.remove_strides, *args)

    def test_other_stems(self, learner: Learner) -> None:
        """counts the stride of the stem"""
        for args in (([1, 2, 2, 2], 8, 2), ([2, 2, 2], 4, 1), ([2, 2], 1, 1), ([3, 2], 15, 5), ([], 4, 4), ([], 1, 1)):
            agrees(learner, oracle.remove_strides, *args)

    @worth(2)
    def test_random_strides(self, learner: Learner, search: Search) -> None:
        """holds for all strides and output strides, and raises ValueError where none of the stages has the output stride"""
        search(cases.STRIDES, lambda case: self._check(learner, case))

    @hidden
    def test_many_stages(self, learner: Learner) -> None:
        """holds for many stages, and for large strides"""
        for args in (([1, 2, 16, 32], 8), ([2] * 9, 32), ([1, 2, 1, 2, 1, 2, 3], 16)):
            agrees(learner, oracle.remove_strides, *args)

    def test_never_reached(self, learner: Learner) -> None:
        """raises ValueError for an output stride that is jumped over, or never reached"""
        for args in (([1, 2, 2, 2], 64), ([1, 3, 2], 8), ([1, 2, 2, 2], 2), ([1, 2, 2, 2], 12), ([], 8), ([2, 2], 2, 4)):
            with expect.raises(ValueError):
                learner.remove_strides(*args)

    def test_nonsense(self, learner: Learner) -> None:
        """raises ValueError for strides below 1"""
        for args in (([1, 0, 2], 4), ([1, 2, 0], 8), ([2, -1], 8), ([1, 2], 0), ([1, 2], 0, 0), ([2, 2], -8, -4), ([1, 2], 8, -4)):
            with expect.raises(ValueError):
                learner.remove_strides(*args)

    def test_leaves_no_trace(self, learner: Learner) -> None:
        """takes a tuple and arguments by name, leaves the strides as they were, and draws no random numbers"""
        agrees(learner, oracle.remove_strides, (1, 2, 2, 2), 8)
        by_name(learner, oracle.remove_strides, strides=[2, 2, 3], output_stride=6, stem_stride=3)
        leaves_no_trace(learner, "remove_strides", [1, 2, 2, 2], 8)

    def _check(self, learner: Learner, case: tuple[Sequence[int], int, int]) -> None:
        try:
            expected = oracle.remove_strides(*case)
        except ValueError:
            with expect.raises(ValueError):
                learner.remove_strides(*case)
            return
        expect.equal(learner.remove_strides(*case), expected)


STEM = Net("deep_stem", (3, 6), 11, 14)


@exercise("deep_stem")
class TestDeepStem:
    """The stem of ResNetV1c."""

    @formal
    def test_returns_a_sequential(self, learner: Learner) -> None:
        """returns an nn.Sequential"""
        is_a(learner, STEM.function, STEM.args, "Sequential")

    @formal
    def test_nine_children(self, learner: Learner) -> None:
        """has nine children in a row"""
        _script_agrees(learner, "deep_stem", [let("net", "deep_stem", 3, 6), see("len", "$net")])

    def test_form(self, learner: Learner) -> None:
        """has the right parameters: c/2, c/2 and c channels, 3 × 3 kernels, batch norms, no biases"""
        for net in (STEM, replace(STEM, args=(1, 2)), replace(STEM, args=(4, 10))):
            _script_agrees(learner, "deep_stem", form(net))

    def test_shape(self, learner: Learner, device: str) -> None:
        """halves the size once, rounding up"""
        for height, width in ((8, 8), (9, 7), (1, 2), (13, 10)):
            net = replace(STEM, height=height, width=width)
            expect.shape(learner.drive("deep_stem", *net.steps())[0], (2, 6, -(-height // 2), -(-width // 2)))

    def test_values(self, learner: Learner, device: str) -> None:
        """convolves, normalises and cuts off, three times"""
        _forward_agrees(learner, STEM)

    @worth(2)
    def test_random_stems(self, learner: Learner, device: str, search: Search) -> None:
        """holds for all channels and image sizes"""
        search(cases.STEMS, lambda net: _forward_agrees(learner, net), examples=12)

    def test_single_precision(self, learner: Learner, device: str) -> None:
        """works in float32, and in float64 after .double()"""
        _forward_agrees(learner, replace(STEM, dtype=torch.float32))

    def test_training(self, learner: Learner, device: str) -> None:
        """uses and updates the batch norms' statistics in training"""
        _script_agrees(learner, "deep_stem", after_training(STEM))

    def test_gradients(self, learner: Learner, device: str) -> None:
        """passes the right gradients back to the image and to all weights"""
        _script_agrees(learner, "deep_stem", backwards(STEM))

    def test_remembers_nothing(self, learner: Learner) -> None:
        """answers every image by itself, also after another of the same shape, and with the weights that it has then"""
        _script_agrees(learner, "deep_stem", one_after_the_other(STEM))

    def test_portability(self, learner: Learner) -> None:
        """works on the device of the image, whichever that is"""
        portable_script(learner, "deep_stem", STEM.steps(), (2, 6, 6, 7))

    def test_nonsense(self, learner: Learner) -> None:
        """raises ValueError for odd channels, and for channels below 1"""
        _refuses(learner, "deep_stem", (3, 5), (3, 1), (3, 0), (0, 4), (3, -2))

    def test_leaves_no_trace(self, learner: Learner) -> None:
        """takes its arguments by name, makes new weights in every call, and leaves images and the random state as they were"""
        _by_name(learner, STEM, "in_channels", "channels")
        _every_call_is_new(learner, STEM)
        _untouched(learner, STEM)


BLOCK = Net("Bottleneck", (3, 2, 2, 2), 7, 10)
#: With a stride and new channels, new channels only, a stride only, and neither.
BLOCKS = [replace(BLOCK, args=args) for args in ((3, 2, 2, 2), (3, 2, 1, 1), (8, 2, 2, 1), (8, 2, 1, 3))]


@exercise("Bottleneck")
class TestBottleneck:
    """The block of the larger ResNets."""

    @formal
    def test_is_a_module(self, learner: Learner) -> None:
        """is an nn.Module"""
        is_a(learner, BLOCK.function, BLOCK.args, "Module")

    def test_form(self, learner: Learner) -> None:
        """has the right parameters under the right names, no biases, and a downsample only where shape or stride changes"""
        for net in (*BLOCKS, replace(BLOCK, args=(8, 2))):
            _script_agrees(learner, "Bottleneck", form(net))

    def test_shape(self, learner: Learner, device: str) -> None:
        """keeps the size for every dilation, and divides it by the stride, rounding up"""
        for args, size in (((3, 2, 1, 1), (7, 10)), ((3, 2, 1, 4), (7, 10)), ((8, 2, 2, 1), (4, 5)), ((3, 2, 3, 5), (3, 4))):
            expect.shape(learner.drive("Bottleneck", *replace(BLOCK, args=args).steps())[0], (2, 8, *size))

    def test_values(self, learner: Learner, device: str) -> None:
        """answers as the block should, with and without a stride, dilation or new channels"""
        for net in (*BLOCKS, replace(BLOCK, args=(8, 2))):
            _forward_agrees(learner, net)

    def test_small_images(self, learner: Learner, device: str) -> None:
        """takes images smaller than the dilation, and an empty batch"""
        for height, width, batch in ((1, 1, 1), (2, 3, 2), (3, 2, 0)):
            _forward_agrees(learner, replace(BLOCK, args=(8, 2, 1, 5), height=height, width=width, batch=batch))

    @worth(2)
    def test_random_blocks(self, learner: Learner, device: str, search: Search) -> None:
        """holds for all channels, strides, dilations and image sizes"""
        search(cases.BLOCKS, lambda net: _forward_agrees(learner, net), examples=16)

    def test_single_precision(self, learner: Learner, device: str) -> None:
        """works in float32, and in float64 after .double()"""
        for net in BLOCKS[2:]:
            _forward_agrees(learner, replace(net, dtype=torch.float32))

    def test_layouts(self, learner: Learner, device: str) -> None:
        """takes images that are not contiguous in memory"""
        for net in BLOCKS[:2]:
            (got,) = learner.drive("Bottleneck", *net.steps(), layout="transposed")
            expect.close(got, truth(net), TERMS)

    def test_training(self, learner: Learner, device: str) -> None:
        """uses and updates the batch norms' statistics in training"""
        for net in BLOCKS[1:3]:
            _script_agrees(learner, "Bottleneck", after_training(net))

    @worth(2)
    def test_gradients(self, learner: Learner, device: str) -> None:
        """passes the right gradients back to the image and to all weights, through the branch and through the shortcut"""
        for net in BLOCKS:
            _script_agrees(learner, "Bottleneck", backwards(net))

    def test_remembers_nothing(self, learner: Learner) -> None:
        """answers every image by itself, also after another of the same shape, and with the weights that it has then"""
        _script_agrees(learner, "Bottleneck", one_after_the_other(BLOCK))

    def test_portability(self, learner: Learner) -> None:
        """works on the device of the image, whichever that is"""
        portable_script(learner, "Bottleneck", BLOCK.steps(), (2, 8, 4, 5))

    def test_cost(self, learner: Learner) -> None:
        """needs no more operations for a larger image"""
        _no_more_operations(learner, BLOCK)

    def test_nonsense(self, learner: Learner) -> None:
        """raises ValueError for channels, planes, a stride or a dilation below 1"""
        _refuses(learner, "Bottleneck", (4, 2, 0), (4, 2, 1, 0), (0, 2), (4, 0), (4, 2, -1, 1), (4, 1, 1, -2))

    @hidden
    def test_larger_images(self, learner: Learner, device: str) -> None:
        """answers as the block should on larger images, with more channels"""
        _forward_agrees(learner, Net("Bottleneck", (12, 5, 2, 6), 31, 37))
        _forward_agrees(learner, Net("Bottleneck", (20, 5, 1, 7), 29, 23))

    def test_leaves_no_trace(self, learner: Learner) -> None:
        """takes its arguments by name, makes new weights in every call, and leaves images and the random state as they were"""
        _by_name(learner, BLOCK, "in_channels", "planes", "stride", "dilation")
        _every_call_is_new(learner, BLOCKS[3])
        _untouched(learner, BLOCKS[3])


STAGE = Net("make_stage", (3, 1, 3, 2, 4, True), 9, 11)


@exercise("make_stage")
class TestMakeStage:
    """A stage of bottlenecks."""

    @formal
    def test_returns_a_sequential(self, learner: Learner) -> None:
        """returns an nn.Sequential"""
        is_a(learner, STAGE.function, STAGE.args, "Sequential")

    @formal
    def test_number_of_blocks(self, learner: Learner) -> None:
        """has as many children as blocks"""
        for blocks in (1, 2, 3, 6):
            _script_agrees(learner, "make_stage", [let("net", "make_stage", 3, 1, blocks, 2, 1, False), see("len", "$net")])

    def test_form(self, learner: Learner) -> None:
        """has the right parameters under the right names: a downsample in the first block, and no other"""
        for args in ((3, 2, 3, 2, 1, False), (8, 2, 2, 1, 2, True), (8, 2, 2, 2, 1, False), (5, 1, 1, 1, 1, False)):
            _script_agrees(learner, "make_stage", form(replace(STAGE, args=args)))

    def test_shape(self, learner: Learner, device: str) -> None:
        """divides the size by the stride once, rounding up"""
        for stride, size in ((1, (9, 11)), (2, (5, 6)), (3, (3, 4))):
            net = replace(STAGE, args=(3, 1, 3, stride, 2, True))
            expect.shape(learner.drive("make_stage", *net.steps())[0], (2, 4, *size))

    def test_without_contraction(self, learner: Learner, device: str) -> None:
        """gives every block the stage's dilation when nothing is contracted"""
        for args in ((3, 1, 3, 1, 1, False), (3, 1, 3, 1, 4, False), (4, 1, 2, 2, 3, False)):
            _forward_agrees(learner, replace(STAGE, args=args))

    def test_contraction(self, learner: Learner, device: str) -> None:
        """halves the first block's dilation, and no other's, with a stride and without"""
        for args in ((3, 1, 3, 1, 4, True), (3, 1, 3, 1, 2, True), (3, 1, 3, 2, 4, True), (4, 1, 2, 2, 2, True)):
            _forward_agrees(learner, replace(STAGE, args=args))

    def test_corners(self, learner: Learner, device: str) -> None:
        """knows a dilation of 1, an odd one, and a stage of one block"""
        for args in ((3, 1, 2, 1, 1, True), (3, 1, 2, 1, 3, True), (4, 1, 2, 1, 5, True), (3, 1, 1, 1, 4, True), (3, 1, 1, 2, 8, True)):
            _forward_agrees(learner, replace(STAGE, args=args))

    @worth(2)
    def test_random_stages(self, learner: Learner, device: str, search: Search) -> None:
        """holds for all channels, strides, dilations and image sizes"""
        search(cases.MADE, lambda net: _forward_agrees(learner, net), examples=16)

    def test_equivalence(self, learner: Learner, device: str) -> None:
        """agrees, without its stride and contracted, with the strided stage of the same weights, on every second pixel"""
        strided = replace(STAGE, args=(3, 1, 3, 2, 1, False), height=10, width=13)
        dense = replace(strided, args=(3, 1, 3, 1, 2, True))
        (few,), (many,) = (learner.drive("make_stage", *net.steps()) for net in (strided, dense))
        expect.shape(many, (2, 4, 10, 13))
        expect.close(many[..., ::2, ::2], few.detach(), TERMS)

    def test_single_precision(self, learner: Learner, device: str) -> None:
        """works in float32, and in float64 after .double()"""
        _forward_agrees(learner, replace(STAGE, dtype=torch.float32))

    def test_training(self, learner: Learner, device: str) -> None:
        """uses and updates the batch norms' statistics in training"""
        _script_agrees(learner, "make_stage", after_training(replace(STAGE, args=(3, 1, 2, 1, 2, True))))

    def test_gradients(self, learner: Learner, device: str) -> None:
        """passes the right gradients back to the image and to all weights"""
        _script_agrees(learner, "make_stage", backwards(STAGE))

    def test_remembers_nothing(self, learner: Learner) -> None:
        """answers every image by itself, also after another of the same shape, and with the weights that it has then"""
        _script_agrees(learner, "make_stage", one_after_the_other(STAGE))

    def test_portability(self, learner: Learner) -> None:
        """works on the device of the image, whichever that is"""
        portable_script(learner, "make_stage", STAGE.steps(), (2, 4, 5, 6))

    def test_nonsense(self, learner: Learner) -> None:
        """raises ValueError for no blocks, and for channels, planes, a stride or a dilation below 1"""
        _refuses(learner, "make_stage", (3, 1, 0, 1, 1, False), (3, 1, 2, 0, 1, False), (3, 1, 2, 1, 0, True), (0, 1, 2, 1, 1, False),
                 (3, 0, 2, 1, 1, False), (3, 1, -1, 1, 1, True), (3, 1, 1, 1, 0, False), (3, 1, 2, 1, -2, True))

    @hidden
    def test_deeper_stages(self, learner: Learner, device: str) -> None:
        """knows a deeper stage with more channels, on a larger image"""
        _forward_agrees(learner, Net("make_stage", (6, 3, 5, 1, 6, True), 19, 23))

    def test_leaves_no_trace(self, learner: Learner) -> None:
        """takes its arguments by name, makes new weights in every call, and leaves images and the random state as they were"""
        _by_name(learner, STAGE, "in_channels", "planes", "num_blocks", "stride", "dilation", "contract")
        _every_call_is_new(learner, STAGE)
        _untouched(learner, replace(STAGE, args=(4, 1, 2, 1, 2, True)))


def _compared(height: int = 9, width: int = 13, step: int = 2, rate: int = 2, *, same: bool = False, dtype: str = "torch.float64",
              training: bool = True, batch: int = 2, before: tuple[Step, ...] = (), after: tuple[Step, ...] = ()) -> list[Step]:
    """A script that compares two small nets: one strides by ``step``, the other has dilation ``rate`` instead. ``same``: equal weights."""
    strided, dense = pair(step, rate)
    x = picture(height, width, batch=batch).to(getattr(torch, dtype.removeprefix("torch.")))
    return [*chain("strided", strided, 0, dtype, training), *chain("dense", dense, 0 if same else 3, dtype, training), *before,
            let("error", "equivalence_error", "$strided", "$dense", x), get("error"), *after]


MODES = tuple(get(f"{net}.{place}training") for net in ("strided", "dense") for place in ("", "0.", "1.", "2.", "3."))


@exercise("equivalence_error")
class TestEquivalenceError:
    """How far a dense network is from a strided one."""

    @formal
    def test_returns_a_float(self, learner: Learner) -> None:
        """returns a float"""
        expect.kind(learner.drive("equivalence_error", *_compared())[0], float)

    def test_equal_nets(self, learner: Learner, device: str) -> None:
        """is 0, within rounding, for a net whose stride became a dilation"""
        for height, width, step in ((9, 13, 2), (8, 10, 2), (9, 14, 4), (6, 7, 1)):
            for layout in ("plain", "transposed"):
                (error,) = learner.drive("equivalence_error", *_compared(height, width, step, step, same=True), layout=layout)
                expect.close_number(error, 0.0, 1e-9)

    def test_different_nets(self, learner: Learner, device: str) -> None:
        """is the largest difference on the strided grid, of either sign"""
        for height, width, step, rate in ((9, 13, 2, 1), (8, 10, 2, 2), (8, 10, 2, 3), (12, 9, 1, 1)):
            self._check(learner, _compared(height, width, step, rate))

    def test_steps(self, learner: Learner, device: str) -> None:
        """finds the step: the smallest power of two that gives the strided size on both axes"""
        for height, width, step in ((9, 13, 4), (16, 12, 4), (17, 20, 8), (33, 35, 16), (1, 9, 2), (9, 1, 2), (2, 9, 4), (1, 1, 2),
                                    (5, 2, 8)):
            self._check(learner, _compared(height, width, step))

    def test_evaluates(self, learner: Learner, device: str) -> None:
        """runs both nets in eval mode, whatever mode they are in"""
        for training in (True, False):
            self._check(learner, _compared(training=training))

    def test_restores_modes(self, learner: Learner) -> None:
        """restores the mode of every module that it changed, also where a net's modules are in different modes"""
        for steps in ((), (do("dense.eval"),), (do("strided.1.eval"),), (do("dense.eval"), do("dense.3.train"), do("strided.0.eval"))):
            self._check(learner, _compared(before=steps, after=MODES))

    def test_gradients_stay_on(self, learner: Learner) -> None:
        """leaves gradients switched on for what comes after it"""
        _, enabled = learner.drive("equivalence_error", *_compared(after=(see("torch.is_grad_enabled"),)))
        expect.equal(enabled, True)

    def test_leaves_the_nets(self, learner: Learner) -> None:
        """leaves weights and batch statistics as they are, and copies none of them"""
        state = tuple(get(f"{net}.{name}") for net in ("strided", "dense") for name in ("0.weight", "1.running_mean", "1.weight"))
        self._check(learner, _compared(after=state))

    def test_dropout(self, learner: Learner) -> None:
        """switches off dropout too"""
        strided, dense = pair(2, 2, middle=("Dropout", (0.5,)))
        self._check(learner, [*chain("strided", strided), *chain("dense", dense, 3),
                              see("equivalence_error", "$strided", "$dense", picture(9, 13))])

    def test_no_gradients(self, learner: Learner) -> None:
        """runs without gradients: the nets have none afterwards, and gradients are on again for what comes next"""
        self._check(learner, _compared(after=(get("strided.0.weight.grad"), see("torch.is_grad_enabled"))))

    def test_single_precision(self, learner: Learner, device: str) -> None:
        """works in float32"""
        steps = _compared(dtype="torch.float32")
        (got,), (expected,) = learner.drive("equivalence_error", *steps), scripted("equivalence_error", steps)
        expect.close_number(got, expected, 1e-3)

    def test_no_common_grid(self, learner: Learner) -> None:
        """raises ValueError where no power of two leads from one output's size to the other's, or channels differ"""
        nets = [chain("strided", pair(2, 2)[0]), chain("dense", pair(2, 2)[1]), chain("few", [("Conv2d", (2, 3, 1), {})])]
        compare = [("dense", "strided"), ("few", "dense"), ("strided", "few")]
        made = list(itertools.chain.from_iterable(nets))
        calls = [[*made, see("equivalence_error", f"${one}", f"${other}", picture(9, 13))] for one, other in compare]
        for steps in (_compared(10, 13, 3), _compared(13, 10, 3), *calls):
            with expect.raises(ValueError):
                learner.drive("equivalence_error", *steps)

    def test_leaves_no_trace(self, learner: Learner) -> None:
        """takes its arguments by name, remembers nothing, draws no random numbers and leaves its arguments as they were"""
        nets = [*chain("strided", pair(2, 2)[0]), *chain("dense", pair(2, 1)[1], 3), *chain("other", pair(2, 2)[1], 5)]
        calls = [see("equivalence_error", x=picture(9, 13), dense=f"${dense}", strided="$strided") for dense in ("dense", "other", "dense")]
        self._check(learner, [*nets, *calls, let("before", "torch.get_rng_state"), do("equivalence_error", "$strided", "$dense",
                    picture(8, 6)), let("after", "torch.get_rng_state"), see("torch.equal", "$before", "$after")])
        nothing_changed(learner)

    def _check(self, learner: Learner, steps: list[Step]) -> None:
        for got, expected in zip(learner.drive("equivalence_error", *steps), scripted("equivalence_error", steps), strict=True):
            if isinstance(expected, float):
                expect.close_number(got, expected, 1e-9)
            elif isinstance(expected, Tensor):
                expect.close(got, expected.detach(), TERMS)
            else:
                expect.equal(got, expected)


R50 = {"type": "ResNetV1c", "depth": 50, "num_stages": 4, "strides": (1, 2, 1, 1), "dilations": (1, 1, 2, 4), "contract_dilation": True}


def _but(**other: Any) -> dict[str, Any]:
    """The usual backbone with other entries; what is None is left out."""
    return {key: value for key, value in (R50 | other).items() if value is not None}


@exercise("dilation_plan")
class TestDilationPlan:
    """Every dilation of a backbone."""

    @formal
    def test_returns_lists(self, learner: Learner) -> None:
        """returns a list of lists of ints"""
        got = learner.dilation_plan(_but())
        expect.kind(got, list)
        expect.equal([type(stage).__name__ for stage in got], ["list"] * len(got))
        expect.equal({type(rate).__name__ for stage in got for rate in stage} - {"int"}, set())

    def test_usual_backbone(self, learner: Learner) -> None:
        """knows the backbone of mmseg's base configs, with contraction and without"""
        for contract in (True, False):
            agrees(learner, oracle.dilation_plan, _but(contract_dilation=contract))

    def test_depths(self, learner: Learner) -> None:
        """knows the blocks of the depths 18, 34, 50, 101 and 152"""
        for depth in (18, 34, 50, 101, 152):
            agrees(learner, oracle.dilation_plan, _but(depth=depth))

    def test_types(self, learner: Learner) -> None:
        """does the same for ResNet, ResNetV1c and ResNetV1d"""
        for kind in ("ResNet", "ResNetV1c", "ResNetV1d"):
            for contract in (True, False):
                agrees(learner, oracle.dilation_plan, _but(type=kind, contract_dilation=contract))

    def test_defaults(self, learner: Learner) -> None:
        """knows the defaults of what the dict leaves out"""
        for backbone in ({"type": "ResNet", "depth": 50}, {"type": "ResNetV1c", "depth": 18, "dilations": (1, 1, 2, 4)},
                         {"type": "ResNetV1c", "depth": 34, "contract_dilation": True}, _but(contract_dilation=None),
                         _but(strides=None), _but(num_stages=None), _but(dilations=None)):
            agrees(learner, oracle.dilation_plan, backbone)

    def test_other_dilations(self, learner: Learner) -> None:
        """takes the dilations that are given, whatever the strides are"""
        for dilations in ((1, 2, 4, 8), (2, 4, 8, 16), (1, 3, 5, 7), (1, 1, 3, 6), [1, 1, 1, 2]):
            for strides in ((1, 2, 1, 1), (1, 2, 2, 2)):
                agrees(learner, oracle.dilation_plan, _but(dilations=dilations, strides=strides))

    def test_multi_grid(self, learner: Learner) -> None:
        """gives a multi_grid to the last stage, and only to it"""
        for more in ({}, {"contract_dilation": False}, {"depth": 101}, {"multi_grid": (1, 2, 4, 8)}, {"multi_grid": [4, 8, 16]}):
            agrees(learner, oracle.dilation_plan, _but(**({"multi_grid": (1, 2, 4)} | more)))

    def test_fewer_stages(self, learner: Learner) -> None:
        """knows networks of fewer stages, where another stage is the last"""
        for stages in (1, 2, 3):
            fewer = {"num_stages": stages, "strides": (1, 2, 1)[:stages], "dilations": (1, 2, 4)[:stages]}
            agrees(learner, oracle.dilation_plan, _but(**fewer))
            agrees(learner, oracle.dilation_plan, _but(**fewer, multi_grid=(1, 2, 4, 4, 2, 6)))

    def test_other_keys(self, learner: Learner) -> None:
        """ignores all other keys"""
        agrees(learner, oracle.dilation_plan, _but(in_channels=3, style="pytorch", norm_cfg={"type": "BN"}, out_indices=(2, 3)))

    @worth(2)
    def test_random_backbones(self, learner: Learner, search: Search) -> None:
        """holds for all backbones"""
        search(cases.BACKBONES, lambda backbone: agrees(learner, oracle.dilation_plan, backbone))

    def test_lengths(self, learner: Learner) -> None:
        """raises ValueError where strides or dilations have not num_stages entries, or multi_grid is too short"""
        for more in ({"strides": (1, 2, 1)}, {"dilations": (1, 1, 2)}, {"num_stages": 3}, {"num_stages": 2, "strides": (1, 2)},
                     {"strides": (1, 2, 1, 1, 1)}, {"multi_grid": (1, 2)}, {"multi_grid": ()}, {"num_stages": 3, "dilations": None,
                     "strides": None}):
            with expect.raises(ValueError):
                learner.dilation_plan(_but(**more))

    def test_nonsense(self, learner: Learner) -> None:
        """raises ValueError for an unknown or missing type or depth, another number of stages, and numbers below 1"""
        none: dict[str, Any] = {"num_stages": 0, "strides": (), "dilations": ()}
        five: dict[str, Any] = {"num_stages": 5, "strides": (1,) * 5, "dilations": (1,) * 5}
        for more in ({"depth": 26}, {"type": "MobileNetV2"}, {"type": None}, {"depth": None}, {"dilations": (1, 1, 2, 0)}, none, five,
                     {"dilations": (0, 1, 2, 4), "contract_dilation": False}, {"strides": (1, 0, 1, 1)}, {"multi_grid": (1, 0, 4)}):
            with expect.raises(ValueError):
                learner.dilation_plan(_but(**more))

    def test_leaves_no_trace(self, learner: Learner) -> None:
        """takes its argument by name, leaves the dict as it was, and draws no random numbers"""
        by_name(learner, oracle.dilation_plan, backbone=_but(depth=18, dilations=[1, 1, 2, 4]))
        leaves_no_trace(learner, "dilation_plan", _but(depth=18, multi_grid=[1, 2, 4]))


@exercise("examples")
class TestExamples:
    """The learner's own test, tested."""

    def test_tells_right_from_wrong(self, learner: Learner, stage: Stage) -> None:
        """lets every correct implementation pass, and raises an error for at least three quarters of the wrong ones"""
        tells_right_from_wrong(learner, stage, "block_dilations")
