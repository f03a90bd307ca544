"""What can be played with in a lesson: labelled sliders, a text that says what is seen, and a picture where there are no widgets."""

import builtins
from collections.abc import Callable
from typing import Any

import IPython.display
import pytest

from autograder import widgets

EXPLORERS: dict[str, tuple[Callable[[], None], str]] = {
    "taps": (widgets.tap_explorer, "dilation of layer 2"),
    "stack": (lambda: widgets.stack_explorer(1, 2, 5), "rate of layer 3"),
    "stage": (widgets.stage_explorer, "dilation"),
    "schedule": (widgets.schedule_explorer, "power"),
    "resize": (widgets.resize_explorer, "output pixels"),
}
every = pytest.mark.parametrize("name", EXPLORERS)


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    bundles: list[dict[str, str]] = []
    monkeypatch.setattr(IPython.display, "display", lambda bundle, raw: bundles.append(bundle))
    return bundles


@pytest.fixture
def sliders(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    made: list[Any] = []
    make = widgets._slider
    monkeypatch.setattr(widgets, "_slider", lambda *args: made.append(make(*args)) or made[-1])  # type: ignore[func-returns-value]
    return made


@every
def test_sliders_have_labels_and_numbers(name: str, sliders: list[Any], shown: list[dict[str, str]],
                                         monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(widgets, "figure_html", lambda figure, alt: "")
    EXPLORERS[name][0]()
    assert len(shown) == 1 and sliders
    assert all(slider.description and slider.readout and slider.min <= slider.value <= slider.max for slider in sliders)


@every
def test_the_text_is_the_pictures_alt_and_follows_the_sliders(name: str, sliders: list[Any], monkeypatch: pytest.MonkeyPatch,
                                                             shown: list[dict[str, str]]) -> None:
    told: list[str] = []
    explore, label = EXPLORERS[name]
    html = widgets.figure_html
    monkeypatch.setattr(widgets, "figure_html", lambda figure, alt: told.append(alt) or html(figure, alt=alt))  # type: ignore
    explore()
    moved = next(slider for slider in sliders if slider.description == label)
    moved.value += moved.step
    assert len(set(told)) == 2 and shown[0]["text/plain"] == told[0] and 'alt="' in shown[0]["text/html"]


@every
def test_both_ends_of_every_slider_can_be_drawn(name: str, sliders: list[Any], monkeypatch: pytest.MonkeyPatch,
                                                shown: list[dict[str, str]]) -> None:
    told: list[str] = []
    monkeypatch.setattr(widgets, "figure_html", lambda figure, alt: told.append(alt) or "")  # type: ignore[func-returns-value]
    EXPLORERS[name][0]()
    for slider in sliders:
        before = len(told)
        for end in (slider.min, slider.max):
            slider.value = end
        assert len(told) > before and all(told)


@every
def test_without_widgets_there_is_a_picture(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    alts: list[str] = []
    find = builtins.__import__

    def without(module: str, *rest: Any) -> Any:
        if module == "ipywidgets":
            raise ImportError
        return find(module, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    monkeypatch.setattr(widgets, "show", lambda figure, alt: alts.append(alt))
    EXPLORERS[name][0]()
    assert len(alts) == 1 and len(alts[0]) > 40


def test_the_stack_says_how_many_holes_it_has() -> None:
    assert widgets._draw_stack(1, 2, 5)[1].endswith("no hole, coverage 100%.")
    assert widgets._draw_stack(2, 2)[1].endswith("4 holes, coverage 31%.")
    assert widgets._draw_stack(1, 4)[1].endswith("2 holes, coverage 67%.")
