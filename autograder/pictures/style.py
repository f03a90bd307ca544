"""The one visual language of lessons and feedback: colours, patterns, sizes, and how a figure is begun and labelled.

Nothing here, or anywhere in this package, touches ``matplotlib.pyplot`` or its global settings.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SEQUENTIAL = "cividis"
"""For values that run one way: even for readers who confuse red and green, and in grey print."""

DIVERGING = "PuOr_r"
"""For errors: orange above zero, purple below, pale at zero."""

CATEGORIES = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#000000")
"""Okabe and Ito's palette, ordered so that neighbours differ in lightness too."""

PALE = ("#FFFFFF", "#BFDDF0", "#F7DCA6", "#B5E0CF", "#E9C7DA")
"""Light tints of white and the first four categories, on which a pattern and a dark line stay visible."""

PATTERNS = ("", "///", "...", "xx", "\\\\\\", "oo", "++", "**")
"""One beside each category, so that no meaning hangs on colour alone."""

LINES: "tuple[str | tuple[int, tuple[int, ...]], ...]" = ("-", "--", "-.", ":", (0, (6, 1, 1, 1, 1, 1)))
"""One beside each category, for curves."""

INK = "#222222"
PAPER = "#FFFFFF"
EMPTY = "#F2F2F2"
HOLE_PATTERN = "////"
IGNORED_PATTERN = "|||"
HOLE_INK = "#9A9A9A"

TITLE_SIZE, TEXT_SIZE, SMALL_SIZE = 11, 10, 9
MAX_WIDTH = 8.5
"""Inches: a figure at this width fits a notebook's cell without being scaled down."""

Colour = tuple[float, float, float]
"""Red, green and blue, from 0 to 1."""

COLUMN_OFFSET, ROW_OFFSET = "column offset (pixels)", "row offset (pixels)"
COLUMN, ROW = "column (pixels)", "row (pixels)"


def new_figure(rows: int, columns: int, width: float, height: float) -> "tuple[Figure, list[Axes]]":
    """A figure of width × height inches and its rows · columns axes, row by row."""
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    layout = ConstrainedLayoutEngine(w_pad=0.08, h_pad=0.08)
    figure = Figure(figsize=(min(width, MAX_WIDTH), height), layout=layout, facecolor=PAPER)
    return figure, list(figure.subplots(rows, columns, squeeze=False).flat)


def label(axes: "Axes", title: str, x: str = "", y: str = "") -> None:
    """Gives axes a title, labels with units, and tick labels of a readable size."""
    axes.set_title(title, fontsize=TITLE_SIZE, color=INK)
    axes.set_xlabel(x, fontsize=TEXT_SIZE, color=INK)
    axes.set_ylabel(y, fontsize=TEXT_SIZE, color=INK)
    axes.tick_params(labelsize=SMALL_SIZE, colors=INK)


def heading(figure: "Figure", text: str) -> None:
    """Gives the whole figure a title; an empty one leaves no gap."""
    if text:
        figure.suptitle(text, fontsize=TITLE_SIZE + 1, color=INK)


def contrast(one: Colour, other: Colour) -> float:
    """The contrast of two colours, from 1 to 21 (WCAG 2.2, "contrast ratio"). Text needs 4.5."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: Colour) -> float:
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
