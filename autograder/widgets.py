"""Things to play with in a lesson. Each has labels, a text read-out, and a picture where widgets are missing."""

from collections.abc import Callable
from itertools import product
from typing import TYPE_CHECKING, Any

from autograder.pictures import (
    both_reads,
    both_reads_alt,
    errors_along,
    figure_html,
    offset_rows,
    offset_rows_alt,
    schedules,
    schedules_alt,
    show,
    stack_alt,
    stack_taps,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: What a widget shows for its sliders' values: a picture, and the same in words.
Draw = Callable[..., "tuple[Figure, str]"]
LARGEST_RATE, LARGEST_STACKED_RATE = 5, 9
REACH = 2 * LARGEST_RATE + 1
SCHEDULE_STEPS = 40
LARGEST_INPUT, LARGEST_OUTPUT = 9, 17
LABEL_WIDTH, SLIDER_WIDTH = "9.5em", "32em"


def tap_explorer(first: int = 1, second: int = 2) -> None:
    """Displays which pixels two 3 × 3 layers read together, with a slider for each layer's dilation rate (1 to 5).

    Without ipywidgets, and in places that show a notebook without running it, there is the picture for the rates given here.
    """
    _explore(_draw_taps, {"dilation of layer 1": (first, 1, LARGEST_RATE, 1), "dilation of layer 2": (second, 1, LARGEST_RATE, 1)})


def stack_explorer(*rates: int) -> None:
    """Displays which pixels a stack of layers of 3 taps reads along one axis, with a slider for each layer's dilation rate (1 to 9).

    Without ipywidgets, and in places that show a notebook without running it, there is the picture for the rates given here.
    """
    _explore(_draw_stack, {f"rate of layer {place}": (rate, 1, LARGEST_STACKED_RATE, 1) for place, rate in enumerate(rates, 1)})


def _draw_stack(*rates: int) -> "tuple[Figure, str]":
    read, reach = _sums(list(rates)), sum(rates)
    rows = {f"layers {', '.join(map(str, rates[:count]))}": _sums(list(rates[:count])) for count in range(1, len(rates) + 1)}
    holes = "no hole" if len(read) == 2 * reach + 1 else f"{2 * reach + 1 - len(read)} holes"
    return offset_rows(rows), f"{offset_rows_alt(rows)} All layers together: {holes}, coverage {(len(read) / (2 * reach + 1)) ** 2:.0%}."


def schedule_explorer(power: float = 0.9, floor: float = 0.1, warmup: int = 0) -> None:
    """Displays a poly schedule of 40 steps from a base rate of 1, with sliders for its power, its floor and its warm-up.

    Without ipywidgets, and in places that show a notebook without running it, there is the picture for the numbers given here.
    """
    _explore(_draw_schedule, {"power": (power, 0.1, 4.0, 0.1), "floor": (floor, 0.0, 0.5, 0.05), "warm-up steps": (warmup, 0, 20, 1)})


def stage_explorer(num_blocks: int = 3, dilation: int = 2) -> None:
    """Displays what a stage's blocks read together along one axis, contracted and not, with sliders for its blocks and its dilation.

    Without ipywidgets, and in places that show a notebook without running it, there is the picture for the numbers given here.
    """
    _explore(_draw_stage, {"blocks": (num_blocks, 1, 4, 1), "dilation": (dilation, 1, 4, 1)})


def _draw_stage(num_blocks: int, dilation: int) -> "tuple[Figure, str]":
    rates = {"contracted": [max(dilation // 2, 1), *[dilation] * (num_blocks - 1)], "not contracted": [dilation] * num_blocks}
    rows = {f"{name}: {', '.join(map(str, stack))}": _sums(stack) for name, stack in rates.items()}
    return offset_rows(rows), offset_rows_alt(rows)


def _sums(rates: list[int]) -> list[int]:
    """The offsets that layers of 3 taps with these rates read."""
    return sorted({sum(taps) for taps in product(*((-rate, 0, rate) for rate in rates))})


def resize_explorer(in_size: int = 4, out_size: int = 8) -> None:
    """Displays where a resize reads, with and without align_corners, with sliders for the number of pixels before and after.

    Without ipywidgets, and in places that show a notebook without running it, there is the picture for the sizes given here.
    """
    _explore(_draw_reads, {"input pixels": (in_size, 1, LARGEST_INPUT, 1), "output pixels": (out_size, 1, LARGEST_OUTPUT, 1)})


def crop_explorer(crop_size: int = 65, output_stride: int = 8) -> None:
    """Displays how far off the logits of a crop are put, with and without align_corners, with sliders for its size and the output stride.

    Without ipywidgets, and in places that show a notebook without running it, there is the picture for the numbers given here.
    """
    _explore(_draw_crop, {"crop size": (crop_size, 17, 129, 1), "output stride": (output_stride, 4, 32, 4)})


def _draw_crop(size: int, stride: int) -> "tuple[Figure, str]":
    lines = {f"align_corners={flag}": [_misplaced(pixel, size, stride, flag) for pixel in range(size)] for flag in (True, False)}
    ranges = "; ".join(f"{name}: from {min(errors):.2f} to {max(errors):.2f} pixels" for name, errors in lines.items())
    words = f"{-(-size // stride)} features in {size} pixels, one every {stride}. Where logits look, minus their own pixel: {ranges}."
    return errors_along(lines, f"where the logit looks, minus its own pixel ({size} pixels, stride {stride})"), words


def _misplaced(pixel: int, size: int, stride: int, aligned: bool) -> float:
    """The centres of the features that a pixel's logit is made of, weighted, minus the pixel."""
    last = -(-size // stride) - 1
    place = pixel * last / max(size - 1, 1) if aligned else (pixel + 0.5) * (last + 1) / size - 0.5
    return stride * min(max(place, 0.0), float(last)) - pixel


def _draw_taps(*rates: int) -> "tuple[Figure, str]":
    return stack_taps([list(rates)], reach=REACH), stack_alt([list(rates)])


def _draw_reads(in_size: int, out_size: int) -> "tuple[Figure, str]":
    return both_reads(in_size, out_size), both_reads_alt(in_size, out_size)


def _draw_schedule(power: float, floor: float, warmup: int) -> "tuple[Figure, str]":
    rates = [_rate(step, power, floor, warmup) for step in range(SCHEDULE_STEPS + 1)]
    curves = {f"power {power:g}": rates}
    words = f"{schedules_alt(curves)} The mean rate is {sum(rates[:-1]) / SCHEDULE_STEPS:.3f}."
    return schedules(curves, "poly decay from a base rate of 1", floor), words


def _rate(step: int, power: float, floor: float, warmup: int) -> float:
    if step < warmup:
        return 0.1 + 0.9 * step / warmup
    return float(floor + (1 - floor) * (1 - (step - warmup) / (SCHEDULE_STEPS - warmup)) ** power)


def _explore(draw: Draw, sliders: dict[str, tuple[float, float, float, float]]) -> None:
    """Displays what ``draw`` makes of the sliders' values. A slider: its label → value, smallest, largest, step."""
    try:
        import ipywidgets  # noqa: F401
    except ImportError:
        figure, alt = draw(*(value for value, *_ in sliders.values()))
        show(figure, alt=alt)
    else:
        _display(draw, [_slider(*slider) for slider in sliders.items()])


def _display(draw: Draw, sliders: list[Any]) -> None:
    import ipywidgets
    from IPython.display import display

    picture, words = ipywidgets.HTML(), ipywidgets.HTML()

    def _redraw(_: object = None) -> None:
        figure, alt = draw(*(slider.value for slider in sliders))
        picture.value, words.value = figure_html(figure, alt=alt), alt

    for slider in sliders:
        slider.observe(_redraw, names="value")
    _redraw()
    bundle = ipywidgets.VBox([*sliders, words, picture])._repr_mimebundle_()
    display(bundle | {"text/html": picture.value, "text/plain": words.value}, raw=True)


def _slider(description: str, numbers: tuple[float, float, float, float]) -> Any:
    import ipywidgets

    value, smallest, largest, step = numbers
    kind = ipywidgets.IntSlider if type(value) is int else ipywidgets.FloatSlider
    # The number beside the slider can be typed into as well; redrawing waits until the slider rests.
    return kind(value, min=smallest, max=largest, step=step, description=description, tooltip=description, continuous_update=False,
                layout={"width": SLIDER_WIDTH}, style={"description_width": LABEL_WIDTH})
