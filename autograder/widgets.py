"""Things to play with in a lesson. Each has labels, a text read-out, and a picture where widgets are missing."""

from typing import TYPE_CHECKING

from autograder.pictures import figure_html, show, stack_alt, stack_taps

if TYPE_CHECKING:
    from ipywidgets import IntSlider

LARGEST_RATE = 5
REACH = 2 * LARGEST_RATE + 1


def tap_explorer(first: int = 1, second: int = 2) -> None:
    """Displays which pixels two 3 × 3 layers read together, with a slider for each layer's dilation rate (1 to 5).

    Without ipywidgets, and in places that show a notebook without running it, there is the picture for the rates given here.
    """
    try:
        import ipywidgets  # noqa: F401
    except ImportError:
        show(stack_taps([[first, second]], reach=REACH), alt=stack_alt([[first, second]]))
    else:
        _display_sliders(first, second)


def _display_sliders(first: int, second: int) -> None:
    import ipywidgets
    from IPython.display import display

    sliders = [_slider(f"dilation of layer {layer}", rate) for layer, rate in enumerate((first, second), start=1)]
    picture, words = ipywidgets.HTML(), ipywidgets.HTML()

    def _redraw(_: object = None) -> None:
        rates = [slider.value for slider in sliders]
        picture.value, words.value = _picture(rates), stack_alt([rates])

    for slider in sliders:
        slider.observe(_redraw, names="value")
    _redraw()
    bundle = ipywidgets.VBox([*sliders, words, picture])._repr_mimebundle_()
    display(bundle | {"text/html": picture.value, "text/plain": words.value}, raw=True)


def _slider(description: str, value: int) -> "IntSlider":
    import ipywidgets

    # The number beside the slider can be typed into as well; redrawing waits until the slider rests.
    return ipywidgets.IntSlider(
        value, min=1, max=LARGEST_RATE, description=description, continuous_update=False, style={"description_width": "initial"}
    )


def _picture(rates: list[int]) -> str:
    return figure_html(stack_taps([rates], reach=REACH), alt=stack_alt([rates]))
