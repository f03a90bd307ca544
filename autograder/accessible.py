"""What `atrous lint` asks so that everybody can read and use a lesson: headings, alt text, contrast, nothing by colour alone, the keyboard.

Looks at text, at figures as they are drawn, at widgets as they are made, and at the pages' styles. Changes nothing.
"""

import re
import sys
from collections.abc import Callable, Iterable, Iterator
from html.parser import HTMLParser
from itertools import combinations, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder import course
from autograder.pictures.show import SHORTEST_ALT
from autograder.pictures.style import Colour, contrast

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text

#: WCAG 2.2, success criterion 1.4.3 (AA): of text against what is behind it; of large text, which has 18 points, or 14 and is bold.
CONTRAST, CONTRAST_LARGE = 4.5, 3.0
#: A colour that fills at least this share of the box round a text is a ground of it.
GROUND = 0.25
#: Widgets of ipywidgets that can be worked by keyboard, and those that only show or arrange something.
BY_KEYBOARD = {"IntSlider", "FloatSlider", "IntText", "BoundedIntText", "FloatText", "BoundedFloatText", "Checkbox", "Dropdown",
               "RadioButtons", "Select", "ToggleButton", "ToggleButtons", "Button", "Text"}
STILL = {"HTML", "HTMLMath", "Label", "VBox", "HBox", "Box", "Output", "Layout"}
#: The colours that text of a page stands on where its own rule gives it none.
SURFACES = ("--paper", "--soft")
#: The pages that this package writes.
PAGES = tuple(course.PACKAGE / "feedback" / name for name in ("page.html", "report.html"))


def headings(texts: Iterable[str]) -> Iterator[str]:
    """What is wrong with the headings of Markdown cells: there is one of level 1, it is the first, and no level is left out."""
    from markdown_it import MarkdownIt

    tokens = [token for text in texts for token in MarkdownIt().parse(text)]
    levels = [(int(token.tag[1]), words.content) for token, words in pairwise(tokens) if token.type == "heading_open"]
    if [level for level, _ in levels].count(1) != 1 or levels[0][0] != 1:
        yield "its first heading, and no other, has level 1"
    yield from (f"the heading {words!r} leaves out a level" for (above, _), (level, words) in pairwise(levels) if level > above + 1)
    yield from ("there is an empty heading" for _, words in levels if not words.strip())


def outputs(cells: Iterable[Any]) -> Iterator[str]:
    """What is wrong with what cells show: a picture without alt text, a table without headers, what only a mouse can use."""
    for cell in cells:
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            complaints = [*_bare(data), *html_complaints(data.get("text/html", ""))]
            yield from (f"{said} in the output of {cell.source[:60]!r}" for said in complaints)


def _bare(data: dict[str, Any]) -> Iterator[str]:
    if "text/html" not in data and any(kind.startswith("image/") for kind in data):
        yield "a picture without alt text"


def html_complaints(text: str) -> list[str]:
    """What is wrong with a piece of HTML."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    if reader.tables > reader.tables_with_headers:
        reader.complaints.append("a table without headers")
    return reader.complaints


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.complaints: list[str] = []
        self.tables = self.tables_with_headers = 0
        self.waits_for_header = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "img" and len((given.get("alt") or "").strip()) < SHORTEST_ALT:
            self.complaints.append(f"a picture with less than {SHORTEST_ALT} characters of alt text")
        if tag in ("svg", "canvas") and not given.get("aria-label"):
            self.complaints.append(f"a picture ({tag}) without a label")
        if any(name in given for name in ("onclick", "ondblclick", "onmousemove", "onmouseover", "ondragstart")):
            self.complaints.append(f"something that only a mouse can use ({tag})")
        self._count(tag)

    def _count(self, tag: str) -> None:
        if tag == "table":
            self.tables, self.waits_for_header = self.tables + 1, True
        if tag == "th" and self.waits_for_header:
            self.tables_with_headers, self.waits_for_header = self.tables_with_headers + 1, False


def watch() -> list[str]:
    """From now on looks at every figure that is saved in this process; what is wrong with them is added to the list that it returns."""
    from matplotlib.figure import Figure

    found: list[str] = []
    save = Figure.savefig

    def _save(figure: "Figure", *args: Any, **kwargs: Any) -> None:
        save(figure, *args, **kwargs)
        found.extend(figure_complaints(figure))

    Figure.savefig = _save  # type: ignore[method-assign, assignment]
    return found


def figure_complaints(figure: "Figure") -> list[str]:
    """What is wrong with a figure: text that is hard to read where it stands, and what is told by colour alone."""
    return [*_faint_texts(figure), *_like_keys(figure), *(said for axes in figure.axes for said in _coloured_images(axes))]


def _faint_texts(figure: "Figure") -> Iterator[str]:
    from matplotlib.colors import to_rgb

    for text, grounds in _texts_on_grounds(figure):
        size, bold = float(text.get_fontsize()), text.get_fontweight() in ("bold", "heavy", "black")
        least = CONTRAST_LARGE if size >= 18 or (bold and size >= 14) else CONTRAST
        for ground in grounds:
            if (found := contrast(to_rgb(text.get_color()), ground)) < least:
                yield f"the text {text.get_text()!r} has a contrast of {found:.1f}, less than {least}"


def _texts_on_grounds(figure: "Figure") -> list[tuple["Text", list[Colour]]]:
    """Every text that is drawn, and the colours behind it: from the figure as it is without its texts."""
    import numpy as np
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.text import Text

    canvas: Any = FigureCanvasAgg(figure)
    layout = figure.get_layout_engine()
    canvas.draw()
    texts = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
    boxes = [text.get_window_extent(canvas.get_renderer()) for text in texts]
    figure.set_layout_engine("none")
    _draw_without(texts, canvas.draw)
    figure.set_layout_engine(layout)
    pixels = np.asarray(canvas.buffer_rgba())[::-1, :, :3]
    return [(text, _grounds(pixels, box)) for text, box in zip(texts, boxes, strict=True)]


def _draw_without(texts: list["Text"], draw: Callable[[], None]) -> None:
    for text in texts:
        text.set_visible(False)
    draw()
    for text in texts:
        text.set_visible(True)


def _grounds(pixels: Any, box: Any) -> list[Colour]:
    """The colours that fill a good part of a box; pixels (rows from the bottom, columns, 3) from 0 to 255."""
    import numpy as np

    left, bottom, right, top = (max(0, round(edge)) for edge in box.extents)
    part = pixels[bottom:top, left:right].reshape(-1, 3)
    if not len(part):
        return []
    colours, counts = np.unique(part, axis=0, return_counts=True)
    return [tuple(colour / 255) for colour, count in zip(colours, counts, strict=True) if count >= GROUND * len(part)]


def _like_keys(figure: "Figure") -> Iterator[str]:
    """Entries of a legend that differ by nothing but their colour."""
    for legend in [*figure.legends, *(axes.legend_ for axes in figure.axes if axes.legend_)]:
        for one, other in combinations(legend.legend_handles, 2):
            if one is not None and other is not None and _look(one) == _look(other):
                yield f"in the legend, {one.get_label()!r} and {other.get_label()!r} differ by their colours alone"


def _look(handle: "Artist") -> tuple[Any, ...]:
    """How a legend's handle looks, apart from its colour."""
    names = ("hatch", "linestyle", "marker", "linewidth")
    dashes = getattr(handle, "_unscaled_dash_pattern", None)  # matplotlib has no public name for it
    return dashes, *(getattr(handle, f"get_{name}")() for name in names if hasattr(handle, f"get_{name}"))


def _coloured_images(axes: "Axes") -> Iterator[str]:
    """Images in which only colour says what is where: no numbers, no colour bar, no hatching above them."""
    import numpy as np

    hatched = any(getattr(collection, "hatches", None) or collection.get_hatch() for collection in axes.collections)
    for image in axes.images:
        array: Any = np.ma.asarray(image.get_array())
        grey = image.cmap.name in ("gray", "Greys") if array.ndim == 2 else bool(np.ptp(array[..., :3], axis=-1).max() < 0.02)
        if not grey and not hatched and not axes.texts and image.colorbar is None and len(np.unique(array.compressed())) > 1:
            yield f"the image {axes.get_title() or axes.get_ylabel()!r} has no numbers, colour bar or hatching beside its colours"


def widgets() -> list[str]:
    """What is wrong with the widgets that are alive in this process: each can be worked by keyboard, and says what it sets."""
    if "ipywidgets" not in sys.modules:
        return []
    import ipywidgets

    alive = ipywidgets.Widget.get_manager_state()["state"].values()
    return [said for widget in alive for said in _widget_complaints(widget["model_name"].removesuffix("Model"), widget["state"])]


def _widget_complaints(kind: str, state: dict[str, Any]) -> Iterator[str]:
    if kind in BY_KEYBOARD:
        if not state.get("description", "").strip():
            yield f"a widget ({kind}) without a description"
    elif kind not in STILL and not kind.endswith("Style"):
        yield f"a widget ({kind}) that is not known to be worked by keyboard"


def page_complaints(pages: Iterable[Path] = PAGES) -> Iterator[str]:
    """What is wrong with the styles of pages: text that is faint on its ground, on light, on dark and on paper."""
    for page in pages:
        style = _style(page)
        for scheme, names in _schemes(style).items():
            yield from (f"{page.name}, {scheme}: {said}" for said in _faint_styles(style, names))


def _style(page: Path) -> str:
    """All of a page's CSS."""
    css = "\n".join(re.findall(r"<style>(.*?)</style>", page.read_text(encoding="utf-8"), re.DOTALL))
    return re.sub(r'{% include "([\w.]+)" %}', lambda found: (page.parent / found[1]).read_text(encoding="utf-8"), css)


def _schemes(css: str) -> dict[str, dict[str, str]]:
    """The colours by name: as they are at first, and as each media query changes them."""
    first: dict[str, str] = {}
    changed: dict[str, dict[str, str]] = {}
    for query, body in re.findall(r"(?:@media ([^{]*){\s*)?:root\s*{([^}]*)}", css):
        names = dict(re.findall(r"(--[\w-]+):\s*(#\w+)", body))
        if query:
            changed[query.strip()] = first | names
        else:
            first = names
    return {"at first": first} | changed


def _faint_styles(css: str, names: dict[str, str]) -> Iterator[str]:
    from matplotlib.colors import to_rgb

    plain = re.sub(r":root\s*{[^}]*}", "", css)
    rules = [(selector.strip(), body) for selector, body in re.findall(r"([^{}]+){([^{}]*)}", plain)]
    surfaces = [names[name] for name in SURFACES]
    for selector, body in rules:
        for ink in _named(body, "color", names) + _named(body, "fill", names) * selector.endswith("text"):
            for ground in _named(body, "background", names) or surfaces:
                if (found := contrast(to_rgb(ink), to_rgb(ground))) < CONTRAST:
                    yield f"{selector} has a contrast of {found:.1f} ({ink} on {ground}), less than {CONTRAST}"


def _named(body: str, what: str, names: dict[str, str]) -> list[str]:
    """The colours that a rule's body gives to ``color`` or ``background``."""
    value = " ".join(re.findall(rf"(?<![-\w]){what}:([^;]*)", body))
    return [names.get(colour, colour) for colour in re.findall(r"--[\w-]+|#\w+", value)]

