"""The looks of the lint that everybody can read and use a lesson: each sees a bad example, and says nothing of a good one."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import ipywidgets
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from nbformat.v4 import new_code_cell, new_output

from autograder import accessible, lint
from autograder.notebook import display
from autograder.pictures import cells, scenes, style

LONG = "A picture of nothing in particular, described at some length."


@pytest.mark.parametrize(("texts", "complaints"), [
    (["# One", "text", "## Two\n### Three", "## Four"], []),
    (["```python\n# a comment\n```\n# One"], []),
    (["# One", "# Two"], ["its first heading, and no other, has level 1"]),
    (["## Two", "# One"], ["its first heading, and no other, has level 1"]),
    (["text"], ["its first heading, and no other, has level 1"]),
    (["# One", "### Three"], ["the heading 'Three' leaves out a level"]),
    (["# One\n## "], ["there is an empty heading"]),
])
def test_headings(texts: list[str], complaints: list[str]) -> None:
    assert list(accessible.headings(texts)) == complaints


@pytest.mark.parametrize(("html", "complaint"), [
    (f'<img alt="{LONG}"><table><tr><th>a</th></tr></table><svg aria-label="a"></svg>', ""),
    ("<img>", "less than 40 characters"),
    ('<img alt="short">', "less than 40 characters"),
    ("<svg></svg>", "without a label"),
    ("<canvas></canvas>", "without a label"),
    ("<table><tr><td>1</td></tr></table>", "a table without headers"),
    ('<div onclick="go()">go</div>', "only a mouse can use"),
])
def test_what_cells_show(html: str, complaint: str) -> None:
    cell = new_code_cell("show()", outputs=[new_output("display_data", {"text/html": html})])
    told = "\n".join(accessible.outputs([cell]))
    assert complaint in told if complaint else not told


def test_a_picture_that_matplotlib_shows_by_itself_has_no_alt_text() -> None:
    cell = new_code_cell("plt.plot()", outputs=[new_output("display_data", {"image/png": "…", "text/plain": "<Figure>"})])
    assert list(accessible.outputs([cell])) == ["a picture without alt text in the output of 'plt.plot()'"]


def drawn(draw: Callable[[Axes], object]) -> str:
    """What is said of a figure with one panel."""
    figure, (axes,) = style.new_figure(1, 1, 4, 3)
    draw(axes)
    return "\n".join(accessible.figure_complaints(figure))


def _text(colour: str, ground: str, size: float = 10) -> Callable[[Axes], object]:
    def draw(axes: Axes) -> None:
        axes.set_facecolor(ground)
        axes.text(0.5, 0.5, "seven", color=colour, fontsize=size)
    return draw


@pytest.mark.parametrize(("draw", "complaint"), [
    (_text("#222222", "white"), ""),
    (_text("#949494", "white"), "the text 'seven' has a contrast of 3.0, less than 4.5"),
    (_text("#949494", "black"), ""),
    (_text("white", "#0072B2"), ""),
    (_text("#222222", "#0072B2"), "less than 4.5"),
    (_text("#8a8a8a", "white", size=24), ""),
    (lambda axes: axes.set_title("faint", color="#bbbbbb"), "the text 'faint'"),
])
def test_text_on_what_is_behind_it(draw: Callable[[Axes], object], complaint: str) -> None:
    told = drawn(draw)
    assert complaint in told if complaint else not told


def _lines(*styles: str) -> Callable[[Axes], object]:
    def draw(axes: Axes) -> None:
        for place, line in enumerate(styles):
            axes.plot([0, 1], [place, 1], line, label=f"line {place}")
        axes.legend()
    return draw


def _dashes(axes: Axes) -> None:
    for place, line in enumerate(style.LINES):
        axes.plot([0, 1], [place, 1], linestyle=line, label=f"line {place}")
    axes.legend()


def _areas(*patterns: str) -> Callable[[Axes], object]:
    return lambda axes: axes.legend(handles=[Patch(facecolor=style.CATEGORIES[place], hatch=pattern, label=f"area {place}")
                                             for place, pattern in enumerate(patterns)])


def _hatched(axes: Axes) -> None:
    axes.imshow(MAP)
    axes.contourf(MAP[..., 0] > 0, levels=(0.5, 1.5), colors="none", hatches=["//"])


MAP = np.array([[[1, 0, 0], [0, 1, 0]], [[0, 0, 1], [1, 0, 0]]], dtype=float)


@pytest.mark.parametrize(("draw", "complaint"), [
    (_lines("-", "--"), ""),
    (_lines("o-", "s-"), ""),
    (_lines("-", "-"), "'line 0' and 'line 1' differ by their colours alone"),
    (_dashes, ""),
    (_areas("", "//"), ""),
    (_areas("//", "//"), "'area 0' and 'area 1' differ by their colours alone"),
    (lambda axes: axes.imshow(MAP), "no numbers, colour bar or hatching"),
    (lambda axes: axes.imshow(np.arange(4).reshape(2, 2)), "no numbers, colour bar or hatching"),
    (lambda axes: axes.imshow(np.arange(4).reshape(2, 2), cmap="gray"), ""),
    (lambda axes: axes.imshow(np.ones((2, 2))), ""),
    (lambda axes: axes.figure.colorbar(axes.imshow(np.arange(4).reshape(2, 2)), ax=axes), ""),
    (_hatched, ""),
])
def test_nothing_is_told_by_colour_alone(draw: Callable[[Axes], object], complaint: str) -> None:
    told = drawn(draw)
    assert complaint in told if complaint else not told


def test_maps_of_classes_have_patterns() -> None:
    labels = np.arange(400).reshape(20, 20) // 100
    assert accessible.figure_complaints(scenes({"labels": [labels], "image": [labels / 4.0]}, ["nothing", "ring", "disc", "square"])) == []


def test_looking_at_a_figure_leaves_it_as_it_was() -> None:
    figure, (axes,) = style.new_figure(1, 1, 4, 3)
    title, layout = axes.set_title("here"), figure.get_layout_engine()
    accessible.figure_complaints(figure)
    assert title.get_visible() and figure.get_layout_engine() is layout


def test_every_figure_that_is_saved_is_looked_at(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(Figure, "savefig", Figure.savefig)  # put back what `watch` replaces
    found = accessible.watch()
    figure, (axes,) = style.new_figure(1, 1, 4, 3)
    axes.set_title("faint", color="#bbbbbb")
    figure.savefig(tmp_path / "figure.png")
    assert len(found) == 1 and (tmp_path / "figure.png").is_file()


@pytest.mark.parametrize(("make", "complaint"), [
    (lambda: ipywidgets.VBox([ipywidgets.IntSlider(description="rate"), ipywidgets.HTML("3")]), ""),
    (lambda: ipywidgets.IntSlider(), "a widget (IntSlider) without a description"),
    (lambda: ipywidgets.ColorPicker(description="ink"), "a widget (ColorPicker) that is not known to be worked by keyboard"),
])
def test_widgets(make: Callable[[], Any], complaint: str) -> None:
    ipywidgets.Widget.close_all()
    made = make()
    told = "\n".join(accessible.widgets())
    made.close_all()
    assert complaint in told if complaint else not told


def test_our_pages_can_be_read() -> None:
    assert list(accessible.page_complaints()) == []


@pytest.mark.parametrize(("change", "complaint"), [
    (("--quiet: #595959", "--quiet: #8a8a8a"), "at first: .quiet has a contrast of 3.5 (#8a8a8a on #ffffff)"),
    (("--ink: #e8e8e8", "--ink: #444444"), "(prefers-color-scheme: dark): body has a contrast of"),
    (("--link: #000000", "--link: #dddddd"), "print: a has a contrast of"),
    (("#7d7c78; color: #000", "#7d7c78; color: #fff"), "at first: .value4 has a contrast of 4.2"),
])
def test_faint_styles(change: tuple[str, str], complaint: str, tmp_path: Path) -> None:
    changed = 0
    for name in ("base.css", "page.html"):
        text = (accessible.PAGES[0].parent / name).read_text(encoding="utf-8")
        changed += change[0] in text
        (tmp_path / name).write_text(text.replace(*change), encoding="utf-8")
    told = list(accessible.page_complaints([tmp_path / "page.html"]))
    assert changed == 1 and any(f"page.html, {complaint}" in said for said in told), told


@pytest.mark.parametrize("colour", [*display.EDGES.values(), display.EDGE])
@pytest.mark.parametrize("ground", ["#ffffff", "#111111"])
def test_the_edges_of_cards_stand_out_from_a_light_and_a_dark_page(colour: str, ground: str) -> None:
    assert style.contrast(to_rgb(colour), to_rgb(ground)) >= 3  # WCAG 2.2, 1.4.11: what is not text


def test_contrast_is_that_of_wcag() -> None:
    assert style.contrast((0, 0, 0), (1, 1, 1)) == pytest.approx(21) and style.contrast((1, 0, 0), (1, 0, 0)) == 1
    assert style.contrast(to_rgb("#767676"), (1, 1, 1)) == pytest.approx(4.54, abs=0.01)  # WCAG's best known grey


def test_numbers_in_cells_can_be_read_on_every_colour() -> None:
    from matplotlib import colormaps
    for name in (style.SEQUENTIAL, style.DIVERGING):
        for colour in colormaps[name](np.linspace(0, 1, 256)):
            assert style.contrast(to_rgb(cells._readable_on(colour)), tuple(colour[:3])) >= accessible.CONTRAST


def test_the_lint_tells_what_is_wrong_when_a_lesson_runs(monkeypatch: pytest.MonkeyPatch, lesson: Any) -> None:
    source = ("import ipywidgets\nfrom autograder.pictures import show, style\nslider = ipywidgets.IntSlider()\n"
              "figure, (axes,) = style.new_figure(1, 1, 4, 3)\naxes.set_title('faint', color='#bbbbbb')\n"
              f"show(figure, alt={LONG!r})\nfrom IPython.display import HTML\nHTML('<img>')")
    notebook = lint.build.source_notebook(lesson)
    notebook.cells = [new_code_cell(source)]
    monkeypatch.setattr(lint.build, "source_notebook", lambda _: notebook)
    told = "\n".join(lint.execution(lesson))
    assert all(part in told for part in ("'faint' has a contrast", "without a description", "less than 40 characters")), told


def test_the_lint_reads_the_headings_of_a_lesson(monkeypatch: pytest.MonkeyPatch, lesson: Any) -> None:
    notebook = lint.build.source_notebook(lesson)
    next(cell for cell in notebook.cells if cell.cell_type == "markdown").source = "text"
    monkeypatch.setattr(lint.build, "source_notebook", lambda _: notebook)
    assert list(lint.headings(lesson)) == ["its first heading, and no other, has level 1"]
