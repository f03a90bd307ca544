"""The checks of lesson 5. What is right comes from ``oracle.py``; what a learner is told is each check's docstring."""

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
from autograder.exercises.align_corners import cases, oracle
from autograder.exercises.probing import fractions, numbers, trainable

X = numbers((2, 3, 5, 7), 71)
LOGITS = cases.logits((2, 4, 3, 5), 72)
FLAGS = (True, False)
#: Sizes at which the two conventions differ, and the two at which they don't.
GROWING = ((4, 8), (2, 4), (3, 7), (5, 9), (5, 6), (3, 3), (2, 3))
SHRINKING = ((8, 4), (5, 3), (9, 2), (7, 4), (16, 2), (10, 9))
EMPTY = ((0, 4), (4, 0), (-1, 3), (3, -2), (0, 1), (1, 0), (0, 0))
#: Right on the CPU: asserts can't see them, so learners' examples need not catch them.
UNSEEN = ("calls-the-operator", "calls-grid-sample", "loops-over-pixels", "on-the-cpu")


@exercise("source_coordinates")
class TestSourceCoordinates:
    """Where each output pixel reads."""

    @formal
    def test_returns_a_tensor(self, learner: Learner) -> None:
        """returns a tensor"""
        expect.kind(learner.source_coordinates(4, 8, True), Tensor)

    @formal
    def test_float64(self, learner: Learner) -> None:
        """gives the coordinates in float64"""
        for flag in FLAGS:
            expect.dtype(learner.source_coordinates(4, 8, flag), torch.float64)

    @formal
    def test_shape(self, learner: Learner) -> None:
        """has one coordinate for each output pixel"""
        for flag in FLAGS:
            expect.shape(learner.source_coordinates(3, 7, flag), (7,))

    def test_corners_aligned(self, learner: Learner) -> None:
        """goes from the first pixel to the last in even steps, with align_corners"""
        for sizes in GROWING + SHRINKING:
            self._check(learner, (*sizes, True))

    def test_half_pixels(self, learner: Learner) -> None:
        """aligns the edges of the image, without align_corners, and clamps at 0 only"""
        for sizes in GROWING + SHRINKING:
            self._check(learner, (*sizes, False))

    def test_single_pixels(self, learner: Learner) -> None:
        """knows images of one pixel, before and after"""
        for sizes in ((4, 1), (5, 1), (2, 1), (1, 1), (1, 4), (1, 7)):
            for flag in FLAGS:
                self._check(learner, (*sizes, flag))

    def test_random_sizes(self, learner: Learner, search: Search) -> None:
        """holds for every pair of sizes"""
        search(cases.LINES, lambda case: self._check(learner, case), examples=16)

    def test_usual_sizes(self, learner: Learner) -> None:
        """stays exact within rounding for images of a usual size"""
        for sizes in ((65, 513), (64, 512), (512, 64), (97, 769)):
            for flag in FLAGS:
                self._check(learner, (*sizes, flag))

    def test_nonsense(self, learner: Learner) -> None:
        """raises ValueError for a size below 1"""
        for sizes in EMPTY:
            for flag in FLAGS:
                with expect.raises(ValueError):
                    learner.source_coordinates(*sizes, flag)

    def test_leaves_no_trace(self, learner: Learner) -> None:
        """takes its arguments by name, and draws no random numbers"""
        by_name(learner, oracle.source_coordinates, 8, in_size=3, out_size=5, align_corners=False)
        leaves_no_trace(learner, "source_coordinates", 4, 8, True)

    def _check(self, learner: Learner, case: tuple[int, int, bool]) -> None:
        agrees(learner, oracle.source_coordinates, *case, terms=8)


@exercise("resize_matrix")
class TestResizeMatrix:
    """The resize of one axis as a matrix."""

    @formal
    def test_returns_a_tensor(self, learner: Learner) -> None:
        """returns a tensor"""
        expect.kind(learner.resize_matrix(4, 8, True), Tensor)

    @formal
    def test_float64(self, learner: Learner) -> None:
        """holds float64"""
        for flag in FLAGS:
            expect.dtype(learner.resize_matrix(4, 8, flag), torch.float64)

    @formal
    def test_shape(self, learner: Learner) -> None:
        """has a row for each output pixel and a column for each input pixel"""
        for sizes in ((3, 7), (7, 3), (1, 4), (4, 1)):
            expect.shape(learner.resize_matrix(*sizes, True), sizes[::-1])

    def test_growing(self, learner: Learner) -> None:
        """gives the nearer neighbour the larger weight, and all of it to the last pixel beyond the end"""
        for sizes in GROWING:
            for flag in FLAGS:
                self._check(learner, (*sizes, flag))

    def test_shrinking(self, learner: Learner) -> None:
        """reads two neighbours and no more, also when the image shrinks"""
        for sizes in SHRINKING:
            for flag in FLAGS:
                self._check(learner, (*sizes, flag))

    def test_single_pixels(self, learner: Learner) -> None:
        """knows images of one pixel, before and after"""
        for sizes in ((4, 1), (5, 1), (1, 1), (1, 4)):
            for flag in FLAGS:
                self._check(learner, (*sizes, flag))

    def test_random_sizes(self, learner: Learner, search: Search) -> None:
        """agrees with PyTorch's resize of every unit vector"""
        search(cases.LINES, lambda case: self._check(learner, case), examples=12)

    @hidden
    def test_long_lines(self, learner: Learner) -> None:
        """holds for long lines"""
        for sizes in ((65, 97), (129, 41)):
            for flag in FLAGS:
                self._check(learner, (*sizes, flag))

    def test_nonsense(self, learner: Learner) -> None:
        """raises ValueError for a size below 1"""
        for sizes in EMPTY:
            for flag in FLAGS:
                with expect.raises(ValueError):
                    learner.resize_matrix(*sizes, flag)

    def test_leaves_no_trace(self, learner: Learner) -> None:
        """takes its arguments by name, and draws no random numbers"""
        by_name(learner, oracle.resize_matrix, 8, in_size=3, out_size=5, align_corners=False)
        leaves_no_trace(learner, "resize_matrix", 4, 8, True)

    def _check(self, learner: Learner, case: tuple[int, int, bool]) -> None:
        agrees(learner, oracle.resize_matrix, *case, terms=4 + case[0])


@exercise("resize_bilinear")
class TestResizeBilinear:
    """Bilinear interpolation, by hand."""

    @formal
    def test_returns_a_tensor(self, learner: Learner) -> None:
        """returns a tensor"""
        expect.kind(learner.resize_bilinear(X, (8, 9), False), Tensor)

    @formal
    def test_keeps_dtype(self, learner: Learner) -> None:
        """keeps the dtype of x"""
        for dtype in (torch.float32, torch.float64):
            expect.dtype(learner.resize_bilinear(X.to(dtype), (8, 9), True), dtype)

    @formal
    def test_shape(self, learner: Learner) -> None:
        """has the height and width that are asked for, in this order"""
        for size in ((8, 9), (3, 11), (1, 2)):
            expect.shape(learner.resize_bilinear(X, size, False), (2, 3, *size))

    def test_same_size(self, learner: Learner, device: str) -> None:
        """leaves an image as it is when the size does not change"""
        for flag in FLAGS:
            agrees(learner, oracle.resize_bilinear, X, (5, 7), flag, terms=32)

    def test_one_row(self, learner: Learner, device: str) -> None:
        """resizes one row of four pixels, and one column"""
        row = torch.tensor([[[[0.0, 10.0, 40.0, 30.0]]]], dtype=torch.float64)
        for length in (8, 7, 3, 2):
            for flag in FLAGS:
                agrees(learner, oracle.resize_bilinear, row, (1, length), flag, terms=16)
                agrees(learner, oracle.resize_bilinear, row.mT, (length, 1), flag, terms=16)

    def test_bright_corners(self, learner: Learner, device: str) -> None:
        """keeps what is at a border at that border, and no brighter than it was"""
        x = torch.zeros(1, 2, 3, 4, dtype=torch.float64)
        x[0, 0, 0, 0], x[0, 1, 2, 3] = 8.0, 16.0
        for flag in FLAGS:
            agrees(learner, oracle.resize_bilinear, x, (6, 12), flag, terms=32)

    def test_growing(self, learner: Learner, device: str) -> None:
        """enlarges by factors that are not whole, each axis by its own"""
        for size in ((8, 9), (6, 20), (5, 15), (9, 7)):
            for flag in FLAGS:
                agrees(learner, oracle.resize_bilinear, X, size, flag, terms=32)

    def test_shrinking(self, learner: Learner, device: str) -> None:
        """shrinks without averaging: between the same neighbours as ever"""
        for size in ((3, 2), (2, 5), (4, 3)):
            for flag in FLAGS:
                agrees(learner, oracle.resize_bilinear, X, size, flag, terms=32)

    def test_single_pixels(self, learner: Learner, device: str) -> None:
        """knows images of one pixel, and one output pixel on either axis"""
        for x, size in ((X, (1, 1)), (X, (1, 6)), (X, (4, 1)), (X[..., :1, :1], (3, 4)), (X[..., :1], (2, 2))):
            for flag in FLAGS:
                agrees(learner, oracle.resize_bilinear, x, size, flag, terms=32)

    @worth(2)
    def test_random_images(self, learner: Learner, device: str, search: Search) -> None:
        """agrees with PyTorch's bilinear interpolation for all sizes"""
        search(cases.IMAGES, lambda case: self._check(learner, case, torch.float64), examples=16)

    def test_single_precision(self, learner: Learner, device: str, search: Search) -> None:
        """agrees with PyTorch's bilinear interpolation in float32, within rounding"""
        search(cases.IMAGES, lambda case: self._check(learner, case, torch.float32), examples=6)

    def test_flipped(self, learner: Learner, device: str) -> None:
        """gives the mirrored result for the mirrored image"""
        for flag in FLAGS:
            flipped = learner.resize_bilinear(X.flip(2, 3), (8, 9), flag)
            expect.close(flipped, oracle.resize_bilinear(X, (8, 9), flag).flip(2, 3), 32)

    def test_layouts(self, learner: Learner, device: str) -> None:
        """takes images that are not contiguous in memory, and an empty batch"""
        got = learner.value("resize_bilinear", (X, (8, 9), False), layout="transposed")
        expect.close(got, oracle.resize_bilinear(X, (8, 9), False), 32)
        agrees(learner, oracle.resize_bilinear, X[:0], (8, 9), True, terms=32)

    def test_precision(self, learner: Learner, device: str) -> None:
        """computes in no lower precision than the dtype of x"""
        for dtype in (torch.float64, torch.float32):
            agrees(learner, oracle.resize_bilinear, fractions((1, 2, 5, 7), 73, dtype), (8, 9), False, terms=32)

    def test_remembers_nothing(self, learner: Learner) -> None:
        """remembers nothing from one call to the next"""
        others = [(X, (8, 9), True), (X, (9, 8), False), (X[:, :, :4], (8, 9), False)]
        remembers_nothing(learner, oracle.resize_bilinear, X, (8, 9), False, others=others, terms=32)

    @worth(2)
    def test_gradients(self, learner: Learner, device: str) -> None:
        """passes the right gradient back to x, in float64 and float32"""
        for dtype, images, size, flag in ((torch.float64, 2, (8, 9), True), (torch.float32, 1, (3, 11), False)):
            upstream = numbers((images, 3, *size), 9, dtype)
            gradients_agree(learner, oracle.resize_bilinear, upstream, trainable(X[:images].to(dtype)), size, flag)

    def test_nonsense(self, learner: Learner) -> None:
        """raises ValueError for a size below 1, an image without pixels, and other than four axes"""
        for x, size in ((X, (0, 4)), (X, (4, 0)), (X, (-1, 4)), (X, (4, -3)), (X[..., :0], (4, 4)), (X[:, :, :0], (4, 4)),
                        (X[0], (8, 9)), (X[0, 0], (8, 9)), (X[None], (8, 9))):
            for flag in FLAGS:
                with expect.raises(ValueError):
                    learner.resize_bilinear(x, size, flag)

    def test_portability(self, learner: Learner) -> None:
        """works on the device of x, whichever that is"""
        for flag in FLAGS:
            portable(learner, "resize_bilinear", (X, (8, 9), flag), (2, 3, 8, 9))

    @worth(2)
    def test_cost(self, learner: Learner) -> None:
        """needs no more operations for a larger image, before or after"""
        small, large = numbers((1, 2, 5, 7), 6), numbers((1, 2, 31, 29), 6)
        for flag in FLAGS:
            calls = (small, (8, 6), flag), (large, (8, 6), flag), (small, (37, 31), flag)
            no_more_operations(learner, "resize_bilinear", *calls)

    @hidden
    def test_larger_images(self, learner: Learner, device: str) -> None:
        """agrees with PyTorch's bilinear interpolation on images of a usual size"""
        for size, flag in (((71, 67), False), ((41, 67), True), ((13, 23), False)):
            agrees(learner, oracle.resize_bilinear, numbers((1, 2, 21, 34), 74), size, flag, terms=128)

    def test_leaves_no_trace(self, learner: Learner) -> None:
        """takes its arguments by name, and leaves them and the random state as they were"""
        by_name(learner, oracle.resize_bilinear, 32, x=X, size=(8, 9), align_corners=True)
        leaves_no_trace(learner, "resize_bilinear", X, (8, 9), False)

    def _check(self, learner: Learner, case: cases.Resize, dtype: torch.dtype) -> None:
        agrees(learner, oracle.resize_bilinear, *case.args(dtype), terms=case.terms)


@exercise("alignment_error")
class TestAlignmentError:
    """How far from its own place each pixel's logit looks."""

    @formal
    def test_returns_a_tensor(self, learner: Learner) -> None:
        """returns a tensor"""
        expect.kind(learner.alignment_error(16, 4, True), Tensor)

    @formal
    def test_float64(self, learner: Learner) -> None:
        """gives the errors in float64"""
        for flag in FLAGS:
            expect.dtype(learner.alignment_error(16, 4, flag), torch.float64)

    @formal
    def test_shape(self, learner: Learner) -> None:
        """has one error for each pixel of the image"""
        for flag in FLAGS:
            expect.shape(learner.alignment_error(17, 4, flag), (17,))

    def test_multiples(self, learner: Learner) -> None:
        """knows images whose size is a multiple of the stride"""
        for size, stride in ((16, 4), (6, 2), (24, 8), (8, 8), (5, 1)):
            for flag in FLAGS:
                self._check(learner, (size, stride, flag))

    def test_one_pixel_more(self, learner: Learner) -> None:
        """knows images of a multiple of the stride and one pixel more"""
        for size, stride in ((17, 4), (7, 2), (25, 8), (9, 8)):
            for flag in FLAGS:
                self._check(learner, (size, stride, flag))

    def test_other_sizes(self, learner: Learner) -> None:
        """has a feature for the rest of the image as well, and knows images smaller than the stride"""
        for size, stride in ((10, 4), (19, 8), (15, 4), (3, 8), (1, 4), (1, 1), (2, 3)):
            for flag in FLAGS:
                self._check(learner, (size, stride, flag))

    def test_random_sizes(self, learner: Learner, search: Search) -> None:
        """agrees with resizing the centres themselves"""
        search(cases.FEATURES, lambda case: self._check(learner, case), examples=12)

    def test_usual_sizes(self, learner: Learner) -> None:
        """knows the crops that networks are trained on"""
        for size, stride in ((512, 8), (513, 8), (512, 32), (769, 16)):
            for flag in FLAGS:
                self._check(learner, (size, stride, flag))

    def test_nonsense(self, learner: Learner) -> None:
        """raises ValueError for a size or a stride below 1"""
        for sizes in EMPTY:
            for flag in FLAGS:
                with expect.raises(ValueError):
                    learner.alignment_error(*sizes, flag)

    def test_leaves_no_trace(self, learner: Learner) -> None:
        """takes its arguments by name, and draws no random numbers"""
        by_name(learner, oracle.alignment_error, 32, image_size=19, stride=4, align_corners=False)
        leaves_no_trace(learner, "alignment_error", 16, 4, True)

    def _check(self, learner: Learner, case: tuple[int, int, bool]) -> None:
        agrees(learner, oracle.alignment_error, *case, terms=8 + 2 * case[0])


@exercise("crop_size")
class TestCropSize:
    """The sizes at which the corners fit."""

    @formal
    def test_returns_an_int(self, learner: Learner) -> None:
        """returns an int"""
        expect.kind(learner.crop_size(512, 8), int)

    def test_well_known_crops(self, learner: Learner) -> None:
        """finds the crops that DeepLab uses"""
        for args in ((512, 8), (513, 8), (768, 16), (1024, 32), (2048, 32), (321, 8)):
            agrees(learner, oracle.crop_size, *args)

    def test_at_the_border(self, learner: Learner) -> None:
        """takes a size that fits as it is, and goes on to the next after it"""
        for args in ((9, 4), (10, 4), (8, 4), (13, 4), (14, 4), (7, 1), (2, 1), (33, 16), (34, 16)):
            agrees(learner, oracle.crop_size, *args)

    def test_at_least_one_stride(self, learner: Learner) -> None:
        """is never smaller than one stride and one pixel"""
        for args in ((1, 8), (2, 8), (5, 8), (8, 8), (9, 8), (1, 1)):
            agrees(learner, oracle.crop_size, *args)

    def test_random_sizes(self, learner: Learner, search: Search) -> None:
        """holds for every size and stride"""
        search(cases.CROPS, lambda case: agrees(learner, oracle.crop_size, *case))

    def test_large_numbers(self, learner: Learner) -> None:
        """stays exact for numbers that a float can't hold, and answers at once"""
        for args in ((10**20, 8), (3 * 10**20 + 1, 7), (2**60 + 2, 3), (2**53 + 3, 1)):
            agrees(learner, oracle.crop_size, *args)

    def test_nonsense(self, learner: Learner) -> None:
        """raises ValueError for a size or a stride below 1"""
        for args in ((8, 0), (8, -4), (1, 0), (1, -1), (0, 4), (-1, 4), (0, 0), (-8, 1)):
            with expect.raises(ValueError):
                learner.crop_size(*args)

    def test_leaves_no_trace(self, learner: Learner) -> None:
        """takes its arguments by name, and draws no random numbers"""
        by_name(learner, oracle.crop_size, at_least=100, stride=16)
        leaves_no_trace(learner, "crop_size", 100, 16)


@exercise("upsample_labels")
class TestUpsampleLabels:
    """From small maps of logits to a map of labels."""

    @formal
    def test_returns_a_tensor(self, learner: Learner) -> None:
        """returns a tensor"""
        expect.kind(learner.upsample_labels(LOGITS, (7, 9), False), Tensor)

    @formal
    def test_int64(self, learner: Learner) -> None:
        """gives the labels in int64"""
        expect.dtype(learner.upsample_labels(LOGITS, (7, 9), False), torch.int64)

    @formal
    def test_shape(self, learner: Learner) -> None:
        """has one label for each pixel: (N, H, W)"""
        expect.shape(learner.upsample_labels(LOGITS, (7, 9), True), (2, 7, 9))

    def test_two_classes(self, learner: Learner, device: str) -> None:
        """draws the border where the classes are equal, not where a feature ends"""
        row = torch.tensor([[[[9.0, -1.0, -3.0]], [[1.0, 2.0, -4.0]]]], dtype=torch.float64)
        for flag in FLAGS:
            agrees(learner, oracle.upsample_labels, row, (1, 9), flag)

    def test_many_classes(self, learner: Learner, device: str) -> None:
        """resizes every class, and chooses afterwards"""
        for size in ((7, 9), (12, 20), (2, 3), (1, 1)):
            for flag in FLAGS:
                agrees(learner, oracle.upsample_labels, LOGITS, size, flag)

    def test_random_logits(self, learner: Learner, device: str, search: Search) -> None:
        """holds for all sizes and numbers of classes"""
        search(cases.IMAGES, lambda case: agrees(learner, oracle.upsample_labels, *case.logits()), examples=12)

    def test_other_forms(self, learner: Learner, device: str) -> None:
        """takes float32, logits that are not contiguous in memory, a single class, and an empty batch"""
        for logits in (LOGITS.float(), LOGITS[:, :1], LOGITS[:0]):
            agrees(learner, oracle.upsample_labels, logits, (7, 9), False)
        got = learner.value("upsample_labels", (LOGITS, (7, 9), True), layout="transposed")
        expect.equal(got, oracle.upsample_labels(LOGITS, (7, 9), True))

    def test_precision(self, learner: Learner, device: str) -> None:
        """decides in no lower precision than the dtype of the logits"""
        pair = torch.stack([LOGITS[:, 0], LOGITS[:, 0] + 1e-9 * LOGITS[:, 1]], 1)
        agrees(learner, oracle.upsample_labels, pair, (7, 9), False)

    @hidden
    def test_large_images(self, learner: Learner, device: str) -> None:
        """holds for many classes, and for large images"""
        logits = torch.randn((1, 31, 9, 11), generator=torch.Generator().manual_seed(5), dtype=torch.float64)
        for flag in FLAGS:
            agrees(learner, oracle.upsample_labels, logits, (71, 83), flag)

    def test_remembers_nothing(self, learner: Learner) -> None:
        """remembers nothing from one call to the next"""
        others = [(LOGITS, (7, 9), True), (LOGITS, (9, 7), False)]
        remembers_nothing(learner, oracle.upsample_labels, LOGITS, (7, 9), False, others=others)

    def test_nonsense(self, learner: Learner) -> None:
        """raises ValueError for a size below 1, logits without pixels or classes, and other than four axes"""
        for logits, size in ((LOGITS, (0, 4)), (LOGITS, (4, 0)), (LOGITS, (-1, 4)), (LOGITS[..., :0], (4, 4)), (LOGITS[:, :, :0], (4, 4)),
                             (LOGITS[:, :0], (4, 4)), (LOGITS[0], (7, 9)), (LOGITS[None], (7, 9))):
            with expect.raises(ValueError):
                learner.upsample_labels(logits, size, False)

    def test_portability(self, learner: Learner) -> None:
        """works on the device of the logits, whichever that is"""
        portable(learner, "upsample_labels", (LOGITS, (7, 9), False), (2, 7, 9))

    def test_leaves_no_trace(self, learner: Learner) -> None:
        """takes its arguments by name, and leaves them and the random state as they were"""
        by_name(learner, oracle.upsample_labels, logits=LOGITS, size=(7, 9), align_corners=True)
        leaves_no_trace(learner, "upsample_labels", LOGITS, (7, 9), False)


@exercise("resize_warning")
class TestResizeWarning:
    """When mmsegmentation means to warn."""

    @formal
    def test_returns_a_bool(self, learner: Learner) -> None:
        """returns a bool"""
        for flag in FLAGS:
            expect.kind(learner.resize_warning((64, 64), (512, 512), flag), bool)

    def test_usual_sizes(self, learner: Learner) -> None:
        """warns of 512, and is content with 513"""
        for before, after in ((64, 512), (65, 513), (97, 769), (80, 320), (8, 64), (33, 513)):
            agrees(learner, oracle.resize_warning, (before, before), (after, after), True)

    def test_without_align_corners(self, learner: Learner) -> None:
        """never warns without align_corners"""
        for before, after in (((64, 64), (512, 512)), ((64, 128), (512, 1024)), ((3, 3), (6, 6))):
            agrees(learner, oracle.resize_warning, before, after, False)

    def test_one_axis(self, learner: Learner) -> None:
        """is content when one axis fits, whichever that is"""
        for before, after in (((65, 64), (513, 512)), ((64, 65), (512, 513)), ((3, 4), (6, 7)), ((4, 3), (7, 6)), ((5, 7), (15, 21))):
            agrees(learner, oracle.resize_warning, before, after, True)

    def test_growing_and_shrinking(self, learner: Learner) -> None:
        """warns when either axis grows, and never when both shrink or stay"""
        for before, after in (((512, 1024), (64, 128)), ((1024, 512), (128, 64)), ((200, 50), (150, 100)), ((50, 200), (100, 150)),
                              ((64, 64), (64, 64)), ((5, 5), (4, 9)), ((5, 5), (4, 8)), ((5, 5), (8, 4)), ((7, 9), (6, 9))):
            agrees(learner, oracle.resize_warning, before, after, True)

    def test_single_pixels(self, learner: Learner) -> None:
        """never warns of sizes of one pixel, before or after"""
        for before, after in (((1, 1), (33, 33)), ((33, 33), (1, 1)), ((1, 4), (6, 6)), ((4, 1), (6, 6)),
                              ((4, 4), (1, 6)), ((4, 4), (6, 1))):
            agrees(learner, oracle.resize_warning, before, after, True)

    def test_random_sizes(self, learner: Learner, search: Search) -> None:
        """holds for all sizes"""
        search(cases.PAIRS, lambda case: agrees(learner, oracle.resize_warning, *case))

    def test_nonsense(self, learner: Learner) -> None:
        """raises ValueError for a size below 1, with and without align_corners"""
        for sizes in ((0, 4, 8, 8), (4, 0, 8, 8), (4, 4, 0, 8), (4, 4, 8, 0), (-1, 4, 8, 8), (4, 4, 8, -1), (1, 0, 8, 8), (0, 0, 0, 0)):
            for flag in FLAGS:
                with expect.raises(ValueError):
                    learner.resize_warning(sizes[:2], sizes[2:], flag)

    def test_leaves_no_trace(self, learner: Learner) -> None:
        """takes its arguments by name, and draws no random numbers"""
        by_name(learner, oracle.resize_warning, in_size=(5, 4), out_size=(6, 6), align_corners=True)
        leaves_no_trace(learner, "resize_warning", (4, 4), (6, 6), True)


@exercise("examples")
class TestExamples:
    """The learner's own test, tested."""

    def test_tells_right_from_wrong(self, learner: Learner, stage: Stage) -> None:
        """lets every correct implementation pass, and raises an error for at least three quarters of the wrong ones"""
        tells_right_from_wrong(learner, stage, "resize_bilinear", without=UNSEEN)
