"""Pictures of the capstone: images beside their labels, and measurements over several seeds with bands. Computes no score."""

from collections.abc import Mapping, Sequence
from math import sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from autograder.pictures import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

IGNORED = 255
#: Student's t for a two-sided interval of 95 percent, by the number of values less 1.
STUDENT = {1: 12.71, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365, 8: 2.306, 9: 2.262}

Numbers = Any
"""A tensor, an array or nested lists of numbers."""


def scenes(rows: Mapping[str, Sequence[Numbers]], classes: Sequence[str]) -> "Figure":
    """A row for each name: grey images (H, W), or maps of labels (H, W), integers: a colour and pattern a class; 255 is left white."""
    columns = max(map(len, rows.values()))
    side = style.MAX_WIDTH / columns
    figure, panels = style.new_figure(len(rows), columns, style.MAX_WIDTH, side * len(rows) + 0.6)
    for row, (name, maps) in enumerate(rows.items()):
        for column, values in enumerate(maps):
            axes = panels[row * columns + column]
            _draw_scene(axes, np.asarray(values), len(classes))
            axes.set_ylabel(name if column == 0 else "", fontsize=style.TEXT_SIZE)
    _legend(figure, classes)
    return figure


def photo_rows(rows: Mapping[str, Mapping[str, Numbers]]) -> "Figure":
    """A row for each name, in it name → a grey image (H, W) from 0 (black) to 1 (white); all on the same scale."""
    columns = max(map(len, rows.values()))
    side = style.MAX_WIDTH / columns
    figure, panels = style.new_figure(len(rows), columns, style.MAX_WIDTH, (side + 0.25) * len(rows))
    for row, (name, images) in enumerate(rows.items()):
        for column, (title, values) in enumerate(images.items()):
            axes = panels[row * columns + column]
            axes.imshow(np.asarray(values), cmap="gray", vmin=0, vmax=1, interpolation="nearest")
            style.label(axes, title, "", name if column == 0 else "")
            axes.set(xticks=[], yticks=[])
    return figure


def photo_rows_alt(rows: Mapping[str, Mapping[str, Numbers]]) -> str:
    """What `photo_rows` draws, in words: names, and how much neighbouring pixels differ in each image."""
    parts = [f"{name}: {_roughnesses(images)}" for name, images in rows.items()]
    return f"Grey photographs. How much neighbours along a row differ, on average: {'; '.join(parts)}."


def _roughnesses(images: Mapping[str, Numbers]) -> str:
    return ", ".join(f"{title} {_roughness(values):.4f}" for title, values in images.items())


def _roughness(values: Numbers) -> float:
    return float(np.abs(np.diff(np.asarray(values), axis=1)).mean())


def _draw_scene(axes: "Axes", values: np.ndarray, classes: int) -> None:
    axes.set_xticks([])
    axes.set_yticks([])
    if values.dtype.kind == "f":
        axes.imshow(values, cmap="gray", interpolation="nearest")
        return
    axes.set_facecolor(style.PAPER)
    axes.imshow(_colours(classes)[np.minimum(values, classes)], interpolation="nearest")
    for number, pattern in enumerate(_patterns(classes)):
        hatched = axes.contourf(np.minimum(values, classes) == number, levels=(0.5, 1.5), colors="none", hatches=[pattern])
        hatched.set(edgecolor=style.HOLE_INK if number == classes else style.INK, linewidth=0)


def _patterns(classes: int) -> list[str]:
    """Of each class, and of what is ignored. They are close together: shapes are small."""
    return [2 * pattern for pattern in (*style.PATTERNS[:classes], style.IGNORED_PATTERN)]


def _colours(classes: int) -> np.ndarray:
    from matplotlib.colors import to_rgb

    return np.array([to_rgb(colour) for colour in (style.EMPTY, *style.CATEGORIES[:classes - 1], style.PAPER)])


def _legend(figure: "Figure", classes: Sequence[str]) -> None:
    from matplotlib.patches import Patch

    looks = zip([*classes, "ignored"], _colours(len(classes)), _patterns(len(classes)), strict=True)
    patches = [Patch(facecolor=colour, edgecolor=style.INK, hatch=pattern, label=name) for name, colour, pattern in looks]
    figure.legend(handles=patches, loc="outside lower center", ncols=len(patches), fontsize=style.SMALL_SIZE, frameon=False)


def scenes_alt(rows: Mapping[str, Sequence[Numbers]], classes: Sequence[str]) -> str:
    """What `scenes` draws, in words: how much of each map is which class."""
    parts = []
    for name, maps in rows.items():
        values = np.stack([np.asarray(each) for each in maps])
        if values.dtype.kind == "f":
            parts.append(f"{name}: {len(values)} grey images of {values.shape[1]} × {values.shape[2]} pixels")
        else:
            names = [*enumerate(classes), (IGNORED, "ignored")]
            parts.append(f"{name}: " + ", ".join(f"{word} {np.mean(values == number):.1%}" for number, word in names if number in values))
    return f"Images and maps of classes. {'; '.join(parts)}."


def band(values: Sequence[float]) -> tuple[float, float]:
    """The mean of a few measurements, and half of the width of its 95 percent interval (Student's t; 2 to 10 values)."""
    array = np.asarray(values, dtype=float)
    return float(array.mean()), float(STUDENT[len(array) - 1] * array.std(ddof=1) / sqrt(len(array)))


def bands(results: Mapping[str, Sequence[float]], title: str, unit: str) -> "Figure":
    """For each variant a dot for every seed, its mean, and the band in which the mean of many seeds lies with 95 percent."""
    figure, (axes,) = style.new_figure(1, 1, style.MAX_WIDTH, 1.3 + 0.5 * len(results))
    for place, values in enumerate(results.values()):
        mean, half = band(values)
        axes.plot([mean - half, mean + half], [place, place], color=style.PALE[1], linewidth=11, solid_capstyle="butt", zorder=1)
        axes.plot(values, [place] * len(values), "o", color=style.CATEGORIES[0], markersize=5, zorder=3)
        axes.plot([mean, mean], [place - 0.3, place + 0.3], color=style.INK, linewidth=2.2, zorder=2)
    axes.set_yticks(range(len(results)), list(results))
    axes.set_ylim(len(results) - 0.4, -0.6)
    axes.grid(axis="x", color=style.EMPTY)
    style.label(axes, title, unit)
    return figure


def bands_alt(results: Mapping[str, Sequence[float]], title: str) -> str:
    """What `bands` draws, in words."""
    parts = [f"{name}: mean {mean:.3f}, band from {mean - half:.3f} to {mean + half:.3f}"
             for name, (mean, half) in ((name, band(values)) for name, values in results.items())]
    return f"{title}, {len(next(iter(results.values())))} seeds each. {'; '.join(parts)}."
