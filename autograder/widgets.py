"""Things to play with in a lesson. Each has labels, a text read-out, and a picture where widgets are missing."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from autograder.pictures import both_reads, both_reads_alt, figure_html, show, stack_alt, stack_taps

if TYPE_CHECKING:
    from ipywidgets import IntSlider
    from matplotlib.figure import Figure

LARGEST_RATE = 5
REACH = 2 * LARGEST_RATE + 1
LARGEST_INPUT, LARGEST_OUTPUT = 9, 17

#: What a widget draws for the numbers that its sliders show, and the same in words.
Draw = Callable[[list[int]], "tuple[Figure, str]"]


def tap_explorer(first: int = 1, second: int = 2) -> None:
    """Displays which pixels two 3 × 3 layers read together, with a slider for each layer's dilation rate (1 to 5).

    Without ipywidgets, and in places that show a notebook without running it, there is the picture for the rates given here.
    """
    names = {f"dilation of layer {layer}": LARGEST_RATE for layer in (1, 2)}
    _explore(names, [first, second], lambda rates: (stack_taps([rates], reach=REACH), stack_alt([rates])))


def resize_explorer(in_size: int = 4, out_size: int = 8) -> None:
    """Displays where a resize reads, with and without align_corners, with a slider for the number of pixels before and after.

    Without ipywidgets, and in places that show a notebook without running it, there is the picture for the sizes given here.
    """
    names = {"input pixels": LARGEST_INPUT, "output pixels": LARGEST_OUTPUT}
    _explore(names, [in_size, out_size], lambda sizes: (both_reads(*sizes), both_reads_alt(*sizes)))


def _explore(largest: dict[str, int], values: list[int], draw: Draw) -> None:
    """``largest``: how far the slider of each name goes."""
    try:
        import ipywidgets  # noqa: F401
    except ImportError:
        figure, words = draw(values)
        show(figure, alt=words)
    else:
        _display_sliders([_slider(name, value, largest[name]) for name, value in zip(largest, values, strict=True)], draw)


def _display_sliders(sliders: "list[IntSlider]", draw: Draw) -> None:
    import ipywidgets
    from IPython.display import display

    picture, words = ipywidgets.HTML(), ipywidgets.HTML()

    def _redraw(_: object = None) -> None:
        figure, words.value = draw([slider.value for slider in sliders])
        picture.value = figure_html(figure, alt=words.value)

    for slider in sliders:
        slider.observe(_redraw, names="value")
    _redraw()
    bundle = ipywidgets.VBox([*sliders, words, picture])._repr_mimebundle_()
    display(bundle | {"text/html": picture.value, "text/plain": words.value}, raw=True)


def _slider(description: str, value: int, largest: int) -> "IntSlider":
    import ipywidgets

    # The number beside the slider can be typed into as well; redrawing waits until the slider rests.
    return ipywidgets.IntSlider(
        value, min=1, max=largest, description=description, continuous_update=False, style={"description_width": "initial"}
    )
