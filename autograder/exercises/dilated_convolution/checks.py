"""The checks of lesson 1. What is right comes from ``oracle.py``; what a learner is told is each check's docstring."""

import torch
from torch import Tensor

from autograder.examination import exercise, expect, formal, hidden, worth
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
from autograder.exercises.dilated_convolution import cases, oracle
from autograder.exercises.probing import fractions, numbers, trainable

WEIGHT = numbers((2, 3, 2, 3), 21)
X, FILTERS, BIAS = numbers((2, 3, 7, 11), 22), numbers((2, 3, 2, 3), 23), numbers((2,), 24)
PADDING, DILATION = (1, 3), (2, 3)
ASYMMETRIC = (1, 2, 3, 5, 7, 11)
#: Right on the CPU: asserts can't see them, so learners' examples need not catch them.
UNSEEN = ("calls-the-operator", "loops-over-pixels", "on-the-cpu")


@exercise("effective_kernel_size")
class TestEffectiveKernelSize:
    """How much of the image one dilated kernel spans."""

    @formal
    def test_returns_an_int(self, learner: Learner) -> None:
        """returns an int"""
        expect.kind(learner.effective_kernel_size(3, 2), int)

    def test_small_kernels(self, learner: Learner) -> None:
        """counts the pixels from the first tap to the last, both included"""
        for kernel_size, dilation in ((3, 2), (3, 1), (1, 7), (2, 3), (5, 4)):
            agrees(learner, oracle.effective_kernel_size, kernel_size, dilation)

    def test_random_kernels(self, learner: Learner, search: Search) -> None:
        """holds for every kernel size and dilation"""
        search(cases.KERNEL_AND_DILATION, lambda case: agrees(learner, oracle.effective_kernel_size, *case))

    def test_large_numbers(self, learner: Learner) -> None:
        """stays exact for numbers that a float can't hold"""
        expect.equal(learner.effective_kernel_size(3 * 10**9, 7 * 10**9 + 1), (7 * 10**9 + 1) * (3 * 10**9 - 1) + 1)

    def test_nonsense(self, learner: Learner) -> None:
        """raises ValueError for a dilation or a kernel size below 1"""
        for kernel_size, dilation in ((3, 0), (3, -2), (0, 1), (-1, 1), (1, 0), (0, 0)):
            with expect.raises(ValueError):
                learner.effective_kernel_size(kernel_size, dilation)

    def test_leaves_no_trace(self, learner: Learner) -> None:
        """takes its arguments by name, and draws no random numbers"""
        by_name(learner, oracle.effective_kernel_size, kernel_size=4, dilation=3)
        leaves_no_trace(learner, "effective_kernel_size", 5, 2)


@exercise("conv_output_size")
class TestConvOutputSize:
    """The size of a convolution's output along one axis."""

    @formal
    def test_returns_an_int(self, learner: Learner) -> None:
        """returns an int"""
        expect.kind(learner.conv_output_size(16, 3), int)

    def test_small_cases(self, learner: Learner) -> None:
        """is the size that PyTorch's convolution returns"""
        for args in ((16, 3), (16, 3, 1, 0, 2), (16, 3, 2, 1), (17, 4, 3, 2, 2), (9, 3, 2, 0, 4), (5, 5), (1, 1, 5)):
            agrees(learner, oracle.conv_output_size, *args)

    def test_by_name(self, learner: Learner) -> None:
        """takes its arguments by name, with PyTorch's defaults"""
        by_name(learner, oracle.conv_output_size, size=20, kernel_size=2, padding=3, dilation=5)
        by_name(learner, oracle.conv_output_size, size=23, kernel_size=3, stride=2, padding=1, dilation=4)

    def test_random_cases(self, learner: Learner, search: Search) -> None:
        """agrees with PyTorch wherever the kernel fits"""
        search(cases.AXES, lambda axis: self._check(learner, axis))

    def test_does_not_fit(self, learner: Learner) -> None:
        """raises ValueError when the dilated kernel is larger than the padded input"""
        for args in ((5, 3, 1, 0, 4), (1, 2), (4, 4, 1, 0, 2), (4, 3, 1, 0, 2), (2, 7, 1, 2), (2, 3, 5)):
            with expect.raises(ValueError):
                learner.conv_output_size(*args)

    def test_nonsense(self, learner: Learner) -> None:
        """raises ValueError for a kernel size, a stride or a dilation below 1, and for a negative size or padding"""
        for args in ((5, 3, 1, 0, 0), (5, 3, 1, 0, -1), (5, 1, 1, 0, 0), (5, 3, 0), (5, 3, -1), (5, 3, 1, -1), (9, 3, 2, -2), (5, 0),
                     (5, -1), (-5, 3, 1, 9), (-1, 1, 1, 4)):
            with expect.raises(ValueError):
                learner.conv_output_size(*args)

    def test_leaves_no_trace(self, learner: Learner) -> None:
        """draws no random numbers"""
        leaves_no_trace(learner, "conv_output_size", 16, 3)

    def _check(self, learner: Learner, axis: cases.Sizes) -> None:
        args = (axis.size, axis.kernel, axis.stride, axis.padding, axis.dilation)
        agrees(learner, oracle.conv_output_size, *args)


@exercise("same_padding")
class TestSamePadding:
    """The padding that keeps the size, shared between both ends."""

    @formal
    def test_returns_a_pair(self, learner: Learner) -> None:
        """returns a tuple of two ints"""
        pair = learner.same_padding(3, 2)
        expect.kind(pair, tuple)
        expect.equal([type(item).__name__ for item in pair], ["int", "int"])

    def test_odd_kernels(self, learner: Learner) -> None:
        """keeps the size for odd kernels, with the same padding on both sides"""
        for args in ((3, 1), (3, 2), (3, 4), (5, 3), (1, 9), (7, 1)):
            agrees(learner, oracle.same_padding, *args)

    def test_even_kernels(self, learner: Learner) -> None:
        """keeps the size for even kernels; where the total is odd, `after` gets the extra one"""
        for args in ((2, 1), (2, 2), (4, 3), (4, 2), (2, 5)):
            agrees(learner, oracle.same_padding, *args)

    def test_random_kernels(self, learner: Learner, search: Search) -> None:
        """holds for every kernel size and dilation"""
        search(cases.KERNEL_AND_DILATION, lambda case: agrees(learner, oracle.same_padding, *case))

    def test_nonsense(self, learner: Learner) -> None:
        """raises ValueError for a dilation or a kernel size below 1"""
        for args in ((3, 0), (0, 1), (3, -1), (-2, 1), (1, 0), (1, -3)):
            with expect.raises(ValueError):
                learner.same_padding(*args)

    def test_leaves_no_trace(self, learner: Learner) -> None:
        """takes its arguments by name, and draws no random numbers"""
        by_name(learner, oracle.same_padding, kernel_size=4, dilation=3)
        leaves_no_trace(learner, "same_padding", 5, 2)


@exercise("dilate_kernel")
class TestDilateKernel:
    """The zero-stuffed kernel."""

    @formal
    def test_returns_a_tensor(self, learner: Learner) -> None:
        """returns a tensor"""
        expect.kind(learner.dilate_kernel(WEIGHT, (2, 3)), Tensor)

    @formal
    def test_keeps_dtype(self, learner: Learner) -> None:
        """keeps the dtype of the weight"""
        for dtype in (torch.float32, torch.float64):
            expect.dtype(learner.dilate_kernel(WEIGHT.to(dtype), (2, 3)), dtype)

    @formal
    def test_shape(self, learner: Learner) -> None:
        """has d(k − 1) + 1 rows and columns, and all other axes of the weight"""
        for shape in ((2, 3), (3, 2, 3), (2, 3, 1, 4)):
            weight = numbers(shape, 1)
            expect.shape(learner.dilate_kernel(weight, (2, 3)), tuple(oracle.dilate_kernel(weight, (2, 3)).shape))

    def test_small_kernels(self, learner: Learner, device: str) -> None:
        """puts zeros between the taps and keeps the taps"""
        weight = torch.tensor([ASYMMETRIC[:3], ASYMMETRIC[3:]], dtype=torch.float64)
        for dilation in ((1, 1), (2, 2), (1, 3), (3, 1), (2, 5)):
            agrees(learner, oracle.dilate_kernel, weight, dilation)

    def test_random_kernels(self, learner: Learner, device: str, search: Search) -> None:
        """holds for every shape and dilation"""
        search(cases.STUFFED, lambda case: self._check(learner, case))

    def test_other_layout(self, learner: Learner, device: str) -> None:
        """takes a weight that is not contiguous in memory, and no weight at all"""
        weight = WEIGHT.float()
        expect.equal(learner.value("dilate_kernel", (weight, (2, 3)), layout="transposed"), oracle.dilate_kernel(weight, (2, 3)))
        agrees(learner, oracle.dilate_kernel, weight[:0], (2, 3))

    def test_every_dtype(self, learner: Learner) -> None:
        """keeps every value as it is, in every dtype"""
        agrees(learner, oracle.dilate_kernel, fractions((2, 3, 2, 3), 8), (2, 3))
        for dtype in (torch.float16, torch.float32, torch.int64):
            agrees(learner, oracle.dilate_kernel, WEIGHT.to(dtype), (3, 2))

    def test_remembers_nothing(self, learner: Learner) -> None:
        """remembers nothing from one call to the next"""
        remembers_nothing(learner, oracle.dilate_kernel, WEIGHT, (2, 3), others=[(WEIGHT, (3, 2)), (WEIGHT, (1, 1))])

    def test_gradient(self, learner: Learner, device: str) -> None:
        """passes the gradient of each tap back to it"""
        for dtype, dilation, size in ((torch.float64, (2, 3), (3, 7)), (torch.float32, (1, 2), (2, 5))):
            gradients_agree(learner, oracle.dilate_kernel, numbers((2, 3, *size), 5, dtype), trainable(WEIGHT.to(dtype)), dilation)

    def test_nonsense(self, learner: Learner) -> None:
        """raises ValueError for a dilation below 1, and for a weight with fewer than two axes or without taps"""
        for weight, dilation in ((WEIGHT, (0, 1)), (WEIGHT, (1, 0)), (WEIGHT, (-1, 2)), (WEIGHT, (2, -1)), (WEIGHT[..., :1], (1, 0)),
                                 (WEIGHT[0, 0, 0], (1, 1)), (WEIGHT[..., :0], (1, 1)), (WEIGHT[..., :0, :], (2, 2))):
            with expect.raises(ValueError):
                learner.dilate_kernel(weight, dilation)

    def test_portability(self, learner: Learner) -> None:
        """works on the device of the weight, whichever that is"""
        portable(learner, "dilate_kernel", (WEIGHT, (2, 3)), (2, 3, 3, 7))

    def test_leaves_no_trace(self, learner: Learner) -> None:
        """takes its arguments by name, and leaves them and the random state as they were"""
        by_name(learner, oracle.dilate_kernel, weight=WEIGHT, dilation=(2, 3))
        leaves_no_trace(learner, "dilate_kernel", WEIGHT, (2, 3))

    def _check(self, learner: Learner, case: tuple[int, int, int, int, int]) -> None:
        agrees(learner, oracle.dilate_kernel, numbers(case[:3], 2), (case[3], case[4]))


@exercise("dilated_conv2d")
class TestDilatedConv2d:
    """Dilated cross-correlation, by hand."""

    @formal
    def test_returns_a_tensor(self, learner: Learner) -> None:
        """returns a tensor"""
        expect.kind(learner.dilated_conv2d(X, FILTERS, BIAS, PADDING, DILATION), Tensor)

    @formal
    def test_keeps_dtype(self, learner: Learner) -> None:
        """keeps the dtype of x"""
        for dtype in (torch.float32, torch.float64):
            expect.dtype(learner.dilated_conv2d(X.to(dtype), FILTERS.to(dtype), BIAS.to(dtype), PADDING, DILATION), dtype)

    @formal
    def test_shape(self, learner: Learner) -> None:
        """has the shape (N, O, H', W') that PyTorch's convolution returns"""
        for padding, dilation in ((PADDING, DILATION), ((0, 0), (1, 1)), ((0, 0), (3, 2)), ((4, 0), (5, 1))):
            expect.shape(learner.dilated_conv2d(X, FILTERS, None, padding, dilation),
                         tuple(oracle.dilated_conv2d(X, FILTERS, None, padding, dilation).shape))

    def test_one_bright_pixel(self, learner: Learner, device: str) -> None:
        """copies the taps, the right way round, around a single bright pixel"""
        x, weight = torch.zeros(1, 1, 5, 7, dtype=torch.float64), torch.tensor([[[ASYMMETRIC[:3], ASYMMETRIC[3:]]]], dtype=torch.float64)
        x[0, 0, 2, 3] = 1
        for padding, dilation in (((0, 0), (1, 1)), ((0, 0), (2, 2)), ((0, 0), (1, 3)), ((0, 0), (4, 1))):
            agrees(learner, oracle.dilated_conv2d, x, weight, None, padding, dilation, terms=6)

    def test_small_images(self, learner: Learner, device: str) -> None:
        """sums over taps and input channels, pads with zeros on all four sides and adds the bias once"""
        x, weight, bias = X[:1, :2, :4, :5], FILTERS[:, :2], BIAS
        for given, padding, dilation in ((None, (0, 0), (1, 1)), (None, (0, 0), (2, 2)), (None, (1, 2), (2, 1)), (bias, (0, 0), (1, 2)),
                                         (bias, (3, 1), (3, 2))):
            agrees(learner, oracle.dilated_conv2d, x, weight, given, padding, dilation, terms=13)

    def test_by_name(self, learner: Learner) -> None:
        """takes its arguments by name; without padding and dilation it is the ordinary convolution"""
        agrees(learner, oracle.dilated_conv2d, X, FILTERS, BIAS, terms=19)
        by_name(learner, oracle.dilated_conv2d, 19, x=X, weight=FILTERS, bias=BIAS, padding=PADDING, dilation=DILATION)

    @worth(2)
    def test_random_images(self, learner: Learner, device: str, search: Search) -> None:
        """agrees with PyTorch's convolution for every size, padding and dilation"""
        search(cases.CONVOLUTIONS, lambda case: self._check(learner, case, torch.float64))

    def test_single_precision(self, learner: Learner, device: str, search: Search) -> None:
        """agrees with PyTorch's convolution in float32, within rounding"""
        search(cases.CONVOLUTIONS, lambda case: self._check(learner, case, torch.float32), examples=8)

    def test_precision(self, learner: Learner, device: str) -> None:
        """computes in no lower precision than the dtype of x"""
        for dtype in (torch.float64, torch.float32):
            x, weight, bias = (fractions(tuple(tensor.shape), 41, dtype) for tensor in (X, FILTERS, BIAS))
            agrees(learner, oracle.dilated_conv2d, x, weight, bias, PADDING, DILATION, terms=19)

    def test_edges(self, learner: Learner, device: str) -> None:
        """handles an empty batch, a single output pixel, and a dilation larger than the image"""
        for x, padding, dilation in ((X[:0], PADDING, DILATION), (X[:1], PADDING, DILATION), (X[..., :3, :7], (0, 0), (2, 3)),
                                     (X[:, :, :2, :3], (5, 9), (7, 8))):
            agrees(learner, oracle.dilated_conv2d, x, FILTERS, BIAS, padding, dilation, terms=19)

    def test_other_layout(self, learner: Learner, device: str) -> None:
        """takes tensors that are not contiguous in memory"""
        got = learner.value("dilated_conv2d", (X, FILTERS, BIAS, PADDING, DILATION), layout="transposed")
        expect.close(got, oracle.dilated_conv2d(X, FILTERS, BIAS, PADDING, DILATION), 19)

    def test_remembers_nothing(self, learner: Learner) -> None:
        """remembers nothing from one call to the next"""
        others = [(X, FILTERS, None, PADDING, DILATION), (X, FILTERS, BIAS, (3, 1), DILATION), (X, FILTERS, BIAS, PADDING, (1, 2))]
        remembers_nothing(learner, oracle.dilated_conv2d, X, FILTERS, BIAS, PADDING, DILATION, others=others, terms=19)

    @worth(2)
    def test_gradients(self, learner: Learner, device: str) -> None:
        """passes the right gradients back to x, weight and bias"""
        for dtype, images, padding, dilation in ((torch.float64, 2, PADDING, DILATION), (torch.float32, 1, (0, 0), (1, 2))):
            x, weight, bias = (trainable(tensor.to(dtype)) for tensor in (X[:images], FILTERS, BIAS))
            like = oracle.dilated_conv2d(x, weight, bias, padding, dilation)
            gradients_agree(learner, oracle.dilated_conv2d, numbers(tuple(like.shape), 9, dtype), x, weight, bias, padding, dilation)

    def test_gradients_without_bias(self, learner: Learner, device: str) -> None:
        """passes the right gradients back where there is no bias"""
        inputs = trainable(X), trainable(FILTERS)
        gradients_agree(learner, oracle.dilated_conv2d, numbers((2, 2, 6, 9), 9), *inputs, None)

    def test_nonsense(self, learner: Learner) -> None:
        """raises ValueError for a kernel that does not fit, a dilation below 1, a negative padding, or shapes that don't match"""
        for x, weight, padding, dilation in (
                (X, FILTERS, (0, 0), (7, 1)), (X, FILTERS, (0, 0), (1, 6)), (X[..., :10], FILTERS, (0, 0), (1, 5)),
                (X, FILTERS, (0, 0), (0, 1)), (X, FILTERS, (0, 0), (1, 0)), (X, FILTERS, (0, 0), (-1, 1)), (X, FILTERS, (3, 3), (1, -2)),
                (X, FILTERS[..., :1], (0, 0), (1, 0)), (X, FILTERS, (2, -1), (1, 1)), (X, FILTERS, (-1, 2), (1, 1)),
                (X, FILTERS[:, :2], (0, 0), (1, 1)), (X, FILTERS[:, :1], (0, 0), (1, 1)), (X[:, :1], FILTERS, (0, 0), (1, 1)),
                (X[0], FILTERS, (0, 0), (1, 1)), (X, FILTERS[0], (0, 0), (1, 1))):
            with expect.raises(ValueError):
                learner.dilated_conv2d(x, weight, None, padding, dilation)

    def test_nonsense_bias(self, learner: Learner) -> None:
        """raises ValueError for a bias that has another shape than (O,)"""
        for bias in (numbers((3,), 1), BIAS[:1], BIAS[:, None], BIAS[0]):
            with expect.raises(ValueError):
                learner.dilated_conv2d(X, FILTERS, bias)

    def test_portability(self, learner: Learner) -> None:
        """works on the device of x, whichever that is"""
        portable(learner, "dilated_conv2d", (X, FILTERS, BIAS, PADDING, DILATION), (2, 2, 7, 11))

    @worth(4)
    def test_cost(self, learner: Learner) -> None:
        """needs no more operations for a larger image"""
        for bias, images in ((None, 1), (BIAS, 2)):
            sizes = [(numbers((images, 3, *size), 6), FILTERS, bias, PADDING, DILATION) for size in ((6, 7), (29, 31), (53, 47))]
            no_more_operations(learner, "dilated_conv2d", *sizes)

    @hidden
    def test_larger_images(self, learner: Learner, device: str) -> None:
        """agrees with PyTorch's convolution on images of a usual size"""
        x, weight = numbers((1, 4, 53, 61), 31), numbers((3, 4, 3, 3), 32)
        agrees(learner, oracle.dilated_conv2d, x, weight, None, (12, 24), (12, 24), terms=37)

    def test_leaves_no_trace(self, learner: Learner) -> None:
        """leaves its arguments and the random state as they were"""
        leaves_no_trace(learner, "dilated_conv2d", X, FILTERS, BIAS, PADDING, DILATION)

    def _check(self, learner: Learner, case: cases.Convolution, dtype: torch.dtype) -> None:
        args = case.args(dtype)
        agrees(learner, oracle.dilated_conv2d, *args, terms=case.terms)


@exercise("receptive_field")
class TestReceptiveField:
    """Size, jump and first centre of a stack of layers."""

    @formal
    def test_returns_three_numbers(self, learner: Learner) -> None:
        """returns a tuple (int, int, float)"""
        triple = learner.receptive_field([(3, 2, 1, 1)])
        expect.kind(triple, tuple)
        expect.equal([type(item).__name__ for item in triple], ["int", "int", "float"])

    def test_no_layers(self, learner: Learner) -> None:
        """is one pixel, itself, without any layer"""
        expect.equal(learner.receptive_field([]), (1, 1, 0.0))

    def test_one_layer(self, learner: Learner) -> None:
        """knows one layer: its extent, its stride, and where its first window lies"""
        for layer in ((3, 1, 1, 1), (3, 1, 2, 2), (7, 2, 3, 1), (3, 1, 0, 4), (2, 2, 0, 1), (1, 1, 0, 9)):
            agrees(learner, oracle.receptive_field, [layer])

    def test_stacks(self, learner: Learner) -> None:
        """spaces a layer's taps by the step of its input"""
        for layers in ([(7, 2, 3, 1), (3, 2, 1, 1)], [(3, 1, 1, 1), (3, 1, 2, 2), (3, 1, 4, 4)],
                       [(3, 2, 1, 1), (3, 1, 2, 2), (2, 2, 0, 1), (3, 1, 0, 3)]):
            agrees(learner, oracle.receptive_field, layers)

    def test_random_stacks(self, learner: Learner, search: Search) -> None:
        """agrees with following the outermost taps back to the input"""
        search(cases.LAYERS, lambda layers: agrees(learner, oracle.receptive_field, layers))

    def test_nonsense(self, learner: Learner) -> None:
        """raises ValueError for a kernel size, stride or dilation below 1 and for a negative padding, in any layer"""
        for layer in ((0, 1, 0, 1), (-1, 1, 0, 1), (3, 0, 1, 1), (3, -1, 1, 1), (3, 1, 1, 0), (3, 1, 1, -1), (1, 1, 0, 0), (3, 1, -1, 1)):
            for layers in ([(3, 1, 1, 1), layer], [layer, (3, 1, 1, 1)]):
                with expect.raises(ValueError):
                    learner.receptive_field(layers)

    def test_leaves_no_trace(self, learner: Learner) -> None:
        """takes the list by name, and leaves it and the random state as they were"""
        by_name(learner, oracle.receptive_field, layers=[(3, 2, 1, 2)])
        leaves_no_trace(learner, "receptive_field", [(7, 2, 3, 1), (3, 2, 1, 2)])


@exercise("valid_taps")
class TestValidTaps:
    """How many taps meet a pixel and not the padding."""

    @formal
    def test_returns_a_tensor(self, learner: Learner) -> None:
        """returns a tensor"""
        expect.kind(learner.valid_taps(5, 1), Tensor)

    @formal
    def test_counts_are_int64(self, learner: Learner) -> None:
        """counts in int64"""
        expect.dtype(learner.valid_taps(5, 1), torch.int64)

    @formal
    def test_shape(self, learner: Learner) -> None:
        """is a map of size × size"""
        expect.shape(learner.valid_taps(7, 2), (7, 7))

    def test_small_maps(self, learner: Learner) -> None:
        """counts the taps inside the map at every position"""
        for args in ((5, 1), (5, 2), (7, 3), (5, 1, 5), (4, 2, 1)):
            agrees(learner, oracle.valid_taps, *args)

    def test_large_dilation(self, learner: Learner) -> None:
        """leaves one tap everywhere when the dilation is as large as the map"""
        for args in ((3, 3), (4, 9), (1, 1), (5, 4)):
            agrees(learner, oracle.valid_taps, *args)

    def test_random_maps(self, learner: Learner, search: Search) -> None:
        """holds for every size, dilation and odd kernel"""
        search(cases.MAPS, lambda case: agrees(learner, oracle.valid_taps, *case))

    def test_nonsense(self, learner: Learner) -> None:
        """raises ValueError for a kernel that is even or below 1, a dilation below 1 and a negative size"""
        for args in ((5, 1, 2), (5, 1, 4), (5, 1, 0), (5, 1, -1), (5, 0), (5, -1), (5, 0, 1), (-1, 1)):
            with expect.raises(ValueError):
                learner.valid_taps(*args)

    def test_leaves_no_trace(self, learner: Learner) -> None:
        """takes its arguments by name, and draws no random numbers"""
        by_name(learner, oracle.valid_taps, size=7, dilation=2, kernel_size=5)
        leaves_no_trace(learner, "valid_taps", 5, 1)


@exercise("examples")
class TestExamples:
    """The learner's own test, tested."""

    def test_tells_right_from_wrong(self, learner: Learner, stage: Stage) -> None:
        """lets every correct implementation pass, and raises an error for at least three quarters of the wrong ones"""
        tells_right_from_wrong(learner, stage, "dilated_conv2d", without=UNSEEN)
