"""Wrong answers to lesson 5 that learners really give. Every one must be rejected, and named. Called ``<exercise>__<id>``.

What each is told is in ``exercises.yaml``. Needs torch only: learners' `examples` are given these functions, and they run
where the learners' code runs.
"""

import torch
import torch.nn.functional as F
from torch import Tensor


def _sensible(*sizes: int) -> None:
    if min(sizes) < 1:
        raise ValueError("sizes and strides are at least 1")


def _places(in_size: int, out_size: int, align_corners: bool, least: float = 0.0) -> Tensor:
    """The right coordinates, for the mistakes that lie elsewhere."""
    _sensible(in_size, out_size)
    out = torch.arange(out_size, dtype=torch.float64)
    if align_corners:
        return out * ((in_size - 1) / max(out_size - 1, 1))
    return ((out + 0.5) * (in_size / out_size) - 0.5).clamp(min=least)


def _weights(places: Tensor, in_size: int) -> Tensor:
    """The right matrix for coordinates, right or wrong: a tent of height 1 round each."""
    return (1 - (places.clamp(0, in_size - 1)[:, None] - torch.arange(in_size)).abs()).relu()


def source_coordinates__asymmetric(in_size: int, out_size: int, align_corners: bool) -> Tensor:
    """Without align_corners, j · in / out: the corners of the pixels, not their centres."""
    if align_corners:
        return _places(in_size, out_size, True)
    _sensible(in_size, out_size)
    return torch.arange(out_size, dtype=torch.float64) * in_size / out_size


def source_coordinates__forgets_to_go_back(in_size: int, out_size: int, align_corners: bool) -> Tensor:
    """(j + ½) · in / out: adds the half pixel and never takes it off again."""
    places = _places(in_size, out_size, align_corners, least=-1.0)
    return places if align_corners else places + 0.5


def source_coordinates__mixes_the_formulas(in_size: int, out_size: int, align_corners: bool) -> Tensor:
    """The half pixel of one convention with the step of the other."""
    if not align_corners:
        return _places(in_size, out_size, False)
    _sensible(in_size, out_size)
    out = torch.arange(out_size, dtype=torch.float64)
    return ((out + 0.5) * (in_size - 1) / max(out_size - 1, 1) - 0.5).clamp(min=0)


def source_coordinates__swaps_the_flag(in_size: int, out_size: int, align_corners: bool) -> Tensor:
    """Takes True for False."""
    return _places(in_size, out_size, not align_corners)


def source_coordinates__below_zero(in_size: int, out_size: int, align_corners: bool) -> Tensor:
    """Does not clamp."""
    return _places(in_size, out_size, align_corners, least=-1.0)


def source_coordinates__clamps_the_end_too(in_size: int, out_size: int, align_corners: bool) -> Tensor:
    """Clamps on both sides."""
    return _places(in_size, out_size, align_corners).clamp(max=in_size - 1)


def source_coordinates__corners_apart(in_size: int, out_size: int, align_corners: bool) -> Tensor:
    """With align_corners, (in − 1) / out: the last output never gets to the last pixel."""
    if not align_corners:
        return _places(in_size, out_size, False)
    _sensible(in_size, out_size)
    return torch.arange(out_size, dtype=torch.float64) * (in_size - 1) / out_size


def source_coordinates__upside_down(in_size: int, out_size: int, align_corners: bool) -> Tensor:
    """Multiplies by out / in."""
    _sensible(in_size, out_size)
    out = torch.arange(out_size, dtype=torch.float64)
    if align_corners:
        return out * (out_size - 1) / max(in_size - 1, 1)
    return ((out + 0.5) * out_size / in_size - 0.5).clamp(min=0)


def source_coordinates__not_a_number(in_size: int, out_size: int, align_corners: bool) -> Tensor:
    """0 / 0 for a single output."""
    places = _places(in_size, out_size, align_corners)
    return places * float("nan") if align_corners and out_size == 1 else places


def source_coordinates__default_dtype(in_size: int, out_size: int, align_corners: bool) -> Tensor:
    """torch.arange without a dtype, times a float."""
    return _places(in_size, out_size, align_corners).float()


def source_coordinates__accepts_nonsense(in_size: int, out_size: int, align_corners: bool) -> Tensor:
    """Has coordinates for images of no pixels."""
    return _places(max(in_size, 1), max(out_size, 1), align_corners)


def resize_matrix__transposed(in_size: int, out_size: int, align_corners: bool) -> Tensor:
    """A row for each input."""
    return _weights(_places(in_size, out_size, align_corners), in_size).T


def resize_matrix__swaps_the_weights(in_size: int, out_size: int, align_corners: bool) -> Tensor:
    """Gives the nearer neighbour the smaller weight."""
    places = _places(in_size, out_size, align_corners).clamp(max=in_size - 1)
    left = places.floor()
    return _weights((left + 1 - (places - left)).where(places > left, left), in_size)


def resize_matrix__nearest(in_size: int, out_size: int, align_corners: bool) -> Tensor:
    """All weight on the nearest pixel."""
    return _weights(_places(in_size, out_size, align_corners).round(), in_size)


def resize_matrix__loses_the_end(in_size: int, out_size: int, align_corners: bool) -> Tensor:
    """Leaves out a neighbour beyond the last pixel, with its weight."""
    places = _places(in_size, out_size, align_corners)
    return (1 - (places[:, None] - torch.arange(in_size)).abs()).relu()


def resize_matrix__overwrites(in_size: int, out_size: int, align_corners: bool) -> Tensor:
    """Where both neighbours are the last pixel, the second weight is written over the first."""
    places = _places(in_size, out_size, align_corners)
    left = places.long().clamp(max=in_size - 1)
    rows, matrix = torch.arange(out_size), torch.zeros(out_size, in_size, dtype=torch.float64)
    matrix[rows, left] = 1 - (places - left)
    matrix[rows, (left + 1).clamp(max=in_size - 1)] = places - left
    return matrix


def resize_matrix__extrapolates(in_size: int, out_size: int, align_corners: bool) -> Tensor:
    """Goes on along the straight line beyond the first and the last centre, with a negative weight."""
    places = _places(in_size, out_size, align_corners, least=-1.0)
    left = places.floor().long().clamp(0, max(in_size - 2, 0))
    weight, right = (places - left)[:, None], (left + 1).clamp(max=in_size - 1)
    return torch.lerp(F.one_hot(left, in_size).double(), F.one_hot(right, in_size).double(), weight)


def resize_matrix__wraps_around(in_size: int, out_size: int, align_corners: bool) -> Tensor:
    """Index −1, which is the last pixel, gets a weight."""
    places = _places(in_size, out_size, align_corners, least=-1.0)
    left = places.floor().long()
    right = (left + 1).clamp(max=in_size - 1)
    return torch.lerp(F.one_hot(left % in_size, in_size).double(), F.one_hot(right, in_size).double(), (places - left)[:, None])


def resize_matrix__swaps_the_flag(in_size: int, out_size: int, align_corners: bool) -> Tensor:
    """Takes True for False."""
    return _weights(_places(in_size, out_size, not align_corners), in_size)


def resize_matrix__default_dtype(in_size: int, out_size: int, align_corners: bool) -> Tensor:
    """Collects the weights in a torch.zeros."""
    return _weights(_places(in_size, out_size, align_corners), in_size).float()


def resize_matrix__accepts_nonsense(in_size: int, out_size: int, align_corners: bool) -> Tensor:
    """Has a matrix for images of no pixels."""
    return _weights(_places(max(in_size, 1), max(out_size, 1), align_corners), max(in_size, 1))


def _resizes(x: Tensor, size: tuple[int, int]) -> None:
    if x.dim() != 4:
        raise ValueError("an image has four axes")
    _sensible(*x.shape[2:], *size)


def _apply(x: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    return rows.to(x) @ x @ columns.to(x).T


def _axes(x: Tensor, size: tuple[int, int]) -> list[tuple[int, int]]:
    _resizes(x, size)
    return [*zip(x.shape[2:], size, strict=True)]


def _resized(x: Tensor, size: tuple[int, int], align_corners: bool) -> Tensor:
    """The right answer, for the mistakes that lie elsewhere."""
    return _apply(x, *(_weights(_places(*axis, align_corners), axis[0]) for axis in _axes(x, size)))


def resize_bilinear__asymmetric(x: Tensor, size: tuple[int, int], align_corners: bool) -> Tensor:
    """Without align_corners, j · in / out."""
    return _apply(x, *(_weights(source_coordinates__asymmetric(*axis, align_corners), axis[0]) for axis in _axes(x, size)))


def resize_bilinear__always_aligned(x: Tensor, size: tuple[int, int], align_corners: bool) -> Tensor:
    """Ignores the flag: the corners are always aligned."""
    return _resized(x, size, True)


def resize_bilinear__never_aligned(x: Tensor, size: tuple[int, int], align_corners: bool) -> Tensor:
    """Ignores the flag: half pixels always."""
    return _resized(x, size, False)


def resize_bilinear__swaps_the_flag(x: Tensor, size: tuple[int, int], align_corners: bool) -> Tensor:
    """Takes True for False."""
    return _resized(x, size, not align_corners)


def resize_bilinear__swaps_the_sizes(x: Tensor, size: tuple[int, int], align_corners: bool) -> Tensor:
    """Takes the size for (width, height)."""
    return _resized(x, (size[1], size[0]), align_corners)


def resize_bilinear__one_step(x: Tensor, size: tuple[int, int], align_corners: bool) -> Tensor:
    """Steps along the columns as along the rows."""
    (height, rows), (width, columns) = _axes(x, size)
    across = torch.arange(columns, dtype=torch.float64)
    step = (height - 1) / max(rows - 1, 1) if align_corners else height / rows
    across = across * step if align_corners else ((across + 0.5) * step - 0.5).clamp(min=0)
    return _apply(x, _weights(_places(height, rows, align_corners), height), _weights(across, width))


def resize_bilinear__whole_factor(x: Tensor, size: tuple[int, int], align_corners: bool) -> Tensor:
    """Takes the ratio of the sizes for a whole number."""
    return _apply(x, *(_whole_steps(*axis, align_corners) for axis in _axes(x, size)))


def _whole_steps(in_size: int, out_size: int, align_corners: bool) -> Tensor:
    if align_corners:
        return _weights(_places(in_size, out_size, True), in_size)
    step = 1 / (out_size // in_size) if out_size >= in_size else float(in_size // out_size)
    return _weights((torch.arange(out_size) + 0.5) * step - 0.5, in_size)


def resize_bilinear__nearest(x: Tensor, size: tuple[int, int], align_corners: bool) -> Tensor:
    """Takes the nearest pixel."""
    return _apply(x, *(resize_matrix__nearest(*axis, align_corners) for axis in _axes(x, size)))


def resize_bilinear__swaps_the_weights(x: Tensor, size: tuple[int, int], align_corners: bool) -> Tensor:
    """Gives the nearer neighbour the smaller weight."""
    return _apply(x, *(resize_matrix__swaps_the_weights(*axis, align_corners) for axis in _axes(x, size)))


def resize_bilinear__wraps_around(x: Tensor, size: tuple[int, int], align_corners: bool) -> Tensor:
    """Reads pixel −1, which is the last one."""
    return _apply(x, *(resize_matrix__wraps_around(*axis, align_corners) for axis in _axes(x, size)))


def resize_bilinear__extrapolates(x: Tensor, size: tuple[int, int], align_corners: bool) -> Tensor:
    """Goes on along the straight line at the borders."""
    return _apply(x, *(resize_matrix__extrapolates(*axis, align_corners) for axis in _axes(x, size)))


def resize_bilinear__darkens_the_end(x: Tensor, size: tuple[int, int], align_corners: bool) -> Tensor:
    """Takes what lies beyond the last pixel for 0."""
    return _apply(x, *(resize_matrix__loses_the_end(*axis, align_corners) for axis in _axes(x, size)))


def resize_bilinear__anti_aliases(x: Tensor, size: tuple[int, int], align_corners: bool) -> Tensor:
    """Makes the tents wider where the image shrinks, so that they average."""
    return _apply(x, *(_wide_tents(*axis, align_corners) for axis in _axes(x, size)))


def _wide_tents(in_size: int, out_size: int, align_corners: bool) -> Tensor:
    if out_size >= in_size or in_size == 1:
        return _weights(_places(in_size, out_size, align_corners), in_size)
    places = _places(in_size, out_size, align_corners, least=-1.0)[:, None]
    tents = (1 - (places - torch.arange(in_size)).abs() * out_size / in_size).relu()
    return tents / tents.sum(1, keepdim=True)


def resize_bilinear__not_a_number(x: Tensor, size: tuple[int, int], align_corners: bool) -> Tensor:
    """0 / 0 along an axis with a single output."""
    y = _resized(x, size, align_corners)
    return y * float("nan") if align_corners and min(size) == 1 else y


def resize_bilinear__calls_the_operator(x: Tensor, size: tuple[int, int], align_corners: bool) -> Tensor:
    """F.interpolate."""
    _resizes(x, size)
    return F.interpolate(x, size=size, mode="bilinear", align_corners=align_corners)


def resize_bilinear__calls_grid_sample(x: Tensor, size: tuple[int, int], align_corners: bool) -> Tensor:
    """The same sampling by another operator."""
    down, across = ((2 * _places(*axis, align_corners) + 1) / axis[0] - 1 for axis in _axes(x, size))
    grid = torch.stack(torch.meshgrid(across, down, indexing="xy"), -1).to(x).expand(x.shape[0], -1, -1, -1)
    return F.grid_sample(x, grid, padding_mode="border", align_corners=False)


def resize_bilinear__loses_the_gradient(x: Tensor, size: tuple[int, int], align_corners: bool) -> Tensor:
    """The values are right; the graph is cut."""
    return _resized(x.detach(), size, align_corners)


def resize_bilinear__default_dtype(x: Tensor, size: tuple[int, int], align_corners: bool) -> Tensor:
    """Computes in a torch.zeros of the default dtype."""
    return _resized(x.float(), size, align_corners)


def resize_bilinear__on_the_cpu(x: Tensor, size: tuple[int, int], align_corners: bool) -> Tensor:
    """Multiplies by matrices that were made on the default device."""
    rows, columns = (_weights(_places(*axis, align_corners), axis[0]).to(x.dtype) for axis in _axes(x, size))
    return rows @ x @ columns.T


def resize_bilinear__loops_over_pixels(x: Tensor, size: tuple[int, int], align_corners: bool) -> Tensor:
    """Row by row."""
    rows, columns = (_weights(_places(*axis, align_corners), axis[0]).to(x) for axis in _axes(x, size))
    return torch.stack([(x * row[:, None]).sum(2) @ columns.T for row in rows], 2)


def resize_bilinear__accepts_nonsense(x: Tensor, size: tuple[int, int], align_corners: bool) -> Tensor:
    """Has an answer for a size of 0 and for a single image."""
    return _resized(x.reshape(-1, *x.shape[-3:]), (max(size[0], 1), max(size[1], 1)), align_corners)


def _errors(features: int, image_size: int, stride: float, align_corners: bool, first: float = 0.0) -> Tensor:
    """The right answer when there are ⌈image_size / stride⌉ features and the first is centred on pixel 0."""
    centres = first + stride * torch.arange(features, dtype=torch.float64)
    return _weights(_places(features, image_size, align_corners), features) @ centres - torch.arange(image_size)


def _features(image_size: int, stride: int) -> int:
    _sensible(image_size, stride)
    return -(-image_size // stride)


def alignment_error__no_borders(image_size: int, stride: int, align_corners: bool) -> Tensor:
    """stride · coordinate − pixel, as if there were features beyond the borders."""
    places = _places(_features(image_size, stride), image_size, align_corners, least=-1.0)
    return places * stride - torch.arange(image_size)


def alignment_error__first_border_only(image_size: int, stride: int, align_corners: bool) -> Tensor:
    """The coordinates are clamped at 0 only; at the other end, the weights do it."""
    return _places(_features(image_size, stride), image_size, align_corners) * stride - torch.arange(image_size)


def alignment_error__centres_of_cells(image_size: int, stride: int, align_corners: bool) -> Tensor:
    """Puts feature i into the middle of its cell of stride pixels."""
    return _errors(_features(image_size, stride), image_size, stride, align_corners, first=(stride - 1) / 2)


def alignment_error__the_other_way_round(image_size: int, stride: int, align_corners: bool) -> Tensor:
    """The pixel minus the centre."""
    return -_errors(_features(image_size, stride), image_size, stride, align_corners)


def alignment_error__rounds_down(image_size: int, stride: int, align_corners: bool) -> Tensor:
    """⌊image_size / stride⌋ features."""
    return _errors(max(_features(image_size + 1, stride) - 1, 1), image_size, stride, align_corners)


def alignment_error__exact_with_corners(image_size: int, stride: int, align_corners: bool) -> Tensor:
    """Believes that align_corners is always exact."""
    errors = _errors(_features(image_size, stride), image_size, stride, align_corners)
    return errors * 0 if align_corners else errors


def alignment_error__in_features(image_size: int, stride: int, align_corners: bool) -> Tensor:
    """Measures in features, not in pixels."""
    return _errors(_features(image_size, stride), image_size, stride, align_corners) / stride


def alignment_error__without_sign(image_size: int, stride: int, align_corners: bool) -> Tensor:
    """The distance."""
    return _errors(_features(image_size, stride), image_size, stride, align_corners).abs()


def alignment_error__swaps_the_flag(image_size: int, stride: int, align_corners: bool) -> Tensor:
    """Takes True for False."""
    return _errors(_features(image_size, stride), image_size, stride, not align_corners)


def alignment_error__accepts_nonsense(image_size: int, stride: int, align_corners: bool) -> Tensor:
    """Has an answer for a stride of 0."""
    image_size, stride = max(image_size, 1), max(stride, 1)
    return _errors(_features(image_size, stride), image_size, stride, align_corners)


def crop_size__no_extra_pixel(at_least: int, stride: int) -> int:
    """The next multiple."""
    return _features(at_least, stride) * stride


def crop_size__one_more_than_a_multiple(at_least: int, stride: int) -> int:
    """The next multiple, and one more: too large where at_least fits already."""
    return _features(at_least, stride) * stride + 1


def crop_size__rounds_down(at_least: int, stride: int) -> int:
    """The largest that is not larger."""
    _sensible(at_least, stride)
    return max((at_least - 1) // stride, 1) * stride + 1


def crop_size__single_pixel(at_least: int, stride: int) -> int:
    """n = 0 for a single pixel."""
    _sensible(at_least, stride)
    return -(-(at_least - 1) // stride) * stride + 1


def crop_size__floats(at_least: int, stride: int) -> int:
    """Divides floats, which round."""
    _sensible(at_least, stride)
    steps = (at_least - 1) / stride
    return max(int(steps) + (steps > int(steps)), 1) * stride + 1


def crop_size__accepts_nonsense(at_least: int, stride: int) -> int:
    """Has an answer for a stride of 0."""
    stride = max(stride, 1)
    return max(-(-(at_least - 1) // stride), 1) * stride + 1


def _has_classes(logits: Tensor) -> None:
    if logits.dim() != 4 or logits.shape[1] == 0:
        raise ValueError("no class to choose")


def upsample_labels__decides_first(logits: Tensor, size: tuple[int, int], align_corners: bool) -> Tensor:
    """argmax of the small map, then the nearest label."""
    _has_classes(logits)
    rows, columns = (_places(*axis, align_corners).round().long().clamp(max=axis[0] - 1) for axis in _axes(logits, size))
    return logits.argmax(1)[:, rows[:, None], columns]


def upsample_labels__mixes_labels(logits: Tensor, size: tuple[int, int], align_corners: bool) -> Tensor:
    """argmax of the small map, and between two labels their mean."""
    _has_classes(logits)
    return _resized(logits.argmax(1, keepdim=True).double(), size, align_corners)[:, 0].round().long()


def upsample_labels__softmax_first(logits: Tensor, size: tuple[int, int], align_corners: bool) -> Tensor:
    """Resizes probabilities."""
    _has_classes(logits)
    return _resized(logits.softmax(1), size, align_corners).argmax(1)


def upsample_labels__last_axis(logits: Tensor, size: tuple[int, int], align_corners: bool) -> Tensor:
    """argmax over the columns."""
    _has_classes(logits)
    return _resized(logits, size, align_corners).argmax(-1)


def upsample_labels__keeps_the_axis(logits: Tensor, size: tuple[int, int], align_corners: bool) -> Tensor:
    """(N, 1, H, W)."""
    _has_classes(logits)
    return _resized(logits, size, align_corners).argmax(1, keepdim=True)


def upsample_labels__largest_logit(logits: Tensor, size: tuple[int, int], align_corners: bool) -> Tensor:
    """The largest logit, not its class."""
    _has_classes(logits)
    return _resized(logits, size, align_corners).amax(1)


def upsample_labels__swaps_the_flag(logits: Tensor, size: tuple[int, int], align_corners: bool) -> Tensor:
    """Takes True for False."""
    _has_classes(logits)
    return _resized(logits, size, not align_corners).argmax(1)


def upsample_labels__accepts_nonsense(logits: Tensor, size: tuple[int, int], align_corners: bool) -> Tensor:
    """Has an answer for a size of 0 and for a single image."""
    images = logits.reshape(-1, *logits.shape[-3:])
    images = images if images.shape[1] else images.new_zeros(images.shape[0], 1, *images.shape[2:])
    return _resized(images, (max(size[0], 1), max(size[1], 1)), align_corners).argmax(1)


def _fits(before: int, after: int) -> bool:
    return (after - 1) % (before - 1) == 0


def _warns(in_size: tuple[int, int], out_size: tuple[int, int], align_corners: bool) -> bool:
    """What comes before the question of multiples: False if there is nothing to warn of in any case."""
    _sensible(*in_size, *out_size)
    return align_corners and min(*in_size, *out_size) > 1


def _grows(in_size: tuple[int, int], out_size: tuple[int, int]) -> bool:
    return out_size[0] > in_size[0] or out_size[1] > in_size[1]


def _misfits(in_size: tuple[int, int], out_size: tuple[int, int]) -> list[bool]:
    return [not _fits(before, after) for before, after in zip(in_size, out_size, strict=True)]


def resize_warning__as_written(in_size: tuple[int, int], out_size: tuple[int, int], align_corners: bool) -> bool:
    """As mmseg has it: compares the width of the output with the height of the output."""
    grows = out_size[0] > in_size[0] or out_size[1] > out_size[0]
    return _warns(in_size, out_size, align_corners) and grows and all(_misfits(in_size, out_size))


def resize_warning__one_axis_is_enough(in_size: tuple[int, int], out_size: tuple[int, int], align_corners: bool) -> bool:
    """Warns when either axis does not fit."""
    return _warns(in_size, out_size, align_corners) and _grows(in_size, out_size) and any(_misfits(in_size, out_size))


def resize_warning__both_axes_grow(in_size: tuple[int, int], out_size: tuple[int, int], align_corners: bool) -> bool:
    """Asks both axes to grow."""
    grows = out_size[0] > in_size[0] and out_size[1] > in_size[1]
    return _warns(in_size, out_size, align_corners) and grows and all(_misfits(in_size, out_size))


def resize_warning__shrinking_too(in_size: tuple[int, int], out_size: tuple[int, int], align_corners: bool) -> bool:
    """Warns of images that shrink, too."""
    return _warns(in_size, out_size, align_corners) and all(_misfits(in_size, out_size))


def resize_warning__whatever_the_flag(in_size: tuple[int, int], out_size: tuple[int, int], align_corners: bool) -> bool:
    """Warns without align_corners, too."""
    return _warns(in_size, out_size, True) and _grows(in_size, out_size) and all(_misfits(in_size, out_size))


def resize_warning__multiples_of_the_size(in_size: tuple[int, int], out_size: tuple[int, int], align_corners: bool) -> bool:
    """out % in, without the −1 of both."""
    misfits = [after % before != 0 for before, after in zip(in_size, out_size, strict=True) if before]
    return _warns(in_size, out_size, align_corners) and _grows(in_size, out_size) and all(misfits)


def resize_warning__single_pixels(in_size: tuple[int, int], out_size: tuple[int, int], align_corners: bool) -> bool:
    """Divides by 0 for a single pixel."""
    _sensible(*in_size, *out_size)
    return align_corners and _grows(in_size, out_size) and all(_misfits(in_size, out_size))


def resize_warning__accepts_nonsense(in_size: tuple[int, int], out_size: tuple[int, int], align_corners: bool) -> bool:
    """Has an answer for a size of 0."""
    before, after = (max(in_size[0], 1), max(in_size[1], 1)), (max(out_size[0], 1), max(out_size[1], 1))
    return _warns(before, after, align_corners) and _grows(before, after) and all(_misfits(before, after))


def _image() -> Tensor:
    return torch.randn(1, 2, 3, 4, generator=torch.Generator().manual_seed(8), dtype=torch.float64)


def examples__asserts_nothing(resize_bilinear: object) -> None:
    """Calls it, and is content."""
    resize_bilinear(_image(), (6, 8), True)  # type: ignore[operator]
    resize_bilinear(_image(), (6, 8), False)  # type: ignore[operator]


def examples__shape_only(resize_bilinear: object) -> None:
    """Looks at the shape."""
    assert resize_bilinear(_image(), (5, 9), True).shape == (1, 2, 5, 9)  # type: ignore[operator]


def examples__where_both_agree(resize_bilinear: object) -> None:
    """Sizes at which the conventions don't differ: the same size, and a square from 2 to 3."""
    square = torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]])
    for flag in (True, False):
        assert torch.equal(resize_bilinear(square, (2, 2), flag), square)  # type: ignore[operator]
        assert resize_bilinear(square, (3, 3), flag)[0, 0, 1, 1] == 2.5  # type: ignore[operator]


def examples__constant_image(resize_bilinear: object) -> None:
    """A grey image stays grey."""
    grey = torch.full((1, 1, 4, 5), 7.0)
    for flag in (True, False):
        torch.testing.assert_close(resize_bilinear(grey, (7, 3), flag), torch.full((1, 1, 7, 3), 7.0))  # type: ignore[operator]


def examples__one_flag(resize_bilinear: object) -> None:
    """Looks at one convention only, and one size."""
    x = torch.arange(4.0).reshape(1, 1, 1, 4)
    got = resize_bilinear(x, (1, 7), True)[0, 0, 0]  # type: ignore[operator]
    torch.testing.assert_close(got, torch.tensor([0, 0.5, 1, 1.5, 2, 2.5, 3]))


def examples__trusts_the_corner(resize_bilinear: object) -> None:
    """Asserts the wrong convention: j · in / out."""
    x = torch.arange(2.0).reshape(1, 1, 1, 2)
    got = resize_bilinear(x, (1, 4), False)[0, 0, 0]  # type: ignore[operator]
    torch.testing.assert_close(got, torch.tensor([0, 0.5, 1, 1]))


def examples__to_the_last_bit(resize_bilinear: object) -> None:
    """Asks for equality, where right answers round differently."""
    for flag in (True, False):
        expected = F.interpolate(_image(), size=(7, 11), mode="bilinear", align_corners=flag)
        assert torch.equal(resize_bilinear(_image(), (7, 11), flag), expected)  # type: ignore[operator]
