"""Pictures of curves: how the taps of a kernel get lost in the padding, and how a receptive field grows."""

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import numpy as np

from autograder.pictures import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TAP_COUNTS = (9, 6, 4, 2, 1)
"""How many taps of a 3 × 3 can lie inside a map; 3 can't: rows and columns lose theirs at the same rate."""


def tap_shares(sizes: Sequence[int] = (65, 33), rates: Sequence[int] = range(1, 67)) -> "Figure":
    """For each size × size map: the share of its positions at which 9, 6, 4, 2 or 1 taps of a 3 × 3 lie inside, by rate.

    The dashed line is the mean share of taps that lie inside. Padding is "same", and zero.
    """
    figure, panels = style.new_figure(1, len(sizes), style.MAX_WIDTH, 3.9)
    for axes, size in zip(panels, sizes, strict=True):
        _draw_shares(axes, size, rates)
    panels[0].set_ylabel("share of output positions", fontsize=style.TEXT_SIZE)
    handles, names = panels[0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=len(names), fontsize=style.SMALL_SIZE, frameon=False)
    return figure


def _draw_shares(axes: "Axes", size: int, rates: Sequence[int]) -> None:
    counts = [_valid_taps(size, rate) for rate in rates]
    floor = np.zeros(len(counts))
    for kind, taps in enumerate(TAP_COUNTS):
        share = np.array([np.mean(count == taps) for count in counts])
        look: dict[str, Any] = {"facecolor": style.PALE[kind], "edgecolor": style.INK, "linewidth": 0.4, "hatch": style.PATTERNS[kind]}
        axes.fill_between(rates, floor, floor + share, label=f"{taps} taps" if taps > 1 else "1 tap", **look)
        floor += share
    mean = [np.mean(count) / 9 for count in counts]
    axes.plot(rates, mean, color=style.PAPER, linewidth=6)
    axes.plot(rates, mean, color=style.INK, linestyle="--", linewidth=2.5, label="mean share of taps")
    axes.set_xlim(min(rates), max(rates))
    axes.set_ylim(0, 1)
    style.label(axes, f"3 × 3 on a {size} × {size} map", "dilation rate (pixels)")


def _valid_taps(size: int, rate: int) -> np.ndarray:
    places = np.arange(size)
    line = 1 + (places >= rate) + (places + rate < size)
    return np.outer(line, line)


def growth(stacks: Mapping[str, Sequence[int]], kernel_size: int = 3) -> "Figure":
    """The side of the receptive field after each layer, for stacks of stride-1 layers: name → dilation rates."""
    figure, (axes,) = style.new_figure(1, 1, 7.5, 3.9)
    for kind, (name, rates) in enumerate(stacks.items()):
        sizes = [1 + (kernel_size - 1) * total for total in accumulate(rates, initial=0)]
        line, marker = style.LINES[kind], "os^Dvx"[kind % 6]
        axes.plot(range(len(sizes)), sizes, color=style.CATEGORIES[kind], linewidth=2, linestyle=line, marker=marker)
        place: dict[str, Any] = {"xytext": (8, 0), "textcoords": "offset points", "va": "center", "fontsize": style.TEXT_SIZE}
        axes.annotate(f"{name}: {sizes[-1]}", (len(rates), sizes[-1]), **place)
    longest = max(map(len, stacks.values()))
    axes.set_xlim(0, longest * 1.45)
    axes.set_xticks(range(longest + 1))
    axes.grid(axis="y", color=style.EMPTY)
    style.label(axes, f"receptive field of stacks of {kernel_size} × {kernel_size} layers", "layers", "side (pixels)")
    return figure


def schedules(curves: Mapping[str, Sequence[float]], title: str, floor: float | None = None, first: int = 0,
              every: int = 1) -> "Figure":
    """Learning rates by step: name → the rate that each of the steps ``first``, ``first + every``, … uses; few are drawn with markers.

    ``floor``: a rate to mark with a thin line.
    """
    from matplotlib.ticker import MaxNLocator

    figure, (axes,) = style.new_figure(1, 1, 7.5, 3.9)
    for kind, (name, rates) in enumerate(curves.items()):
        line, marker = style.LINES[kind], "os^Dvx"[kind % 6] if len(rates) < 20 else ""
        look: dict[str, Any] = {"color": style.CATEGORIES[kind], "linewidth": 2.2, "linestyle": line, "marker": marker}
        axes.plot(range(first, first + every * len(rates), every), rates, label=name, **look)
    if floor is not None:
        axes.axhline(floor, color=style.INK, linewidth=0.8, label=f"floor {floor:g}")
    axes.set_ylim(bottom=0)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(axis="y", color=style.EMPTY)
    axes.legend(fontsize=style.SMALL_SIZE, frameon=False)
    style.label(axes, title, "step", "learning rate")
    return figure


def schedules_alt(curves: Mapping[str, Sequence[float]], first: int = 0, every: int = 1) -> str:
    """What `schedules` shows, in words: where every curve starts, where it is half-way, and where it ends."""
    return f"Learning rates by step. {'; '.join(f'{name}: {_course(rates, first, every)}' for name, rates in curves.items())}."


def _course(rates: Sequence[float], first: int, every: int) -> str:
    last = len(rates) - 1
    return ", ".join(f"{rates[place]:.4g} at step {first + every * place}" for place in sorted({0, last // 2, last}))


def area_left(fraction: float, power: float) -> "Figure":
    """The curve (1 − x) ** power over a run from 0 to 1, the area after ``fraction`` hatched: the share of all updates still to come."""
    figure, (axes,) = style.new_figure(1, 1, 6.5, 3.6)
    x = np.linspace(0, 1, 301)
    y = (1 - x) ** power
    axes.fill_between(x, y, where=x <= fraction, facecolor=style.PALE[1], edgecolor=style.INK, linewidth=0.4, label="made")
    axes.fill_between(x, y, where=x >= fraction, facecolor=style.PALE[2], edgecolor=style.INK, linewidth=0.4, hatch="///", label="to come")
    axes.plot(x, y, color=style.INK, linewidth=2)
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1.05)
    axes.legend(fontsize=style.SMALL_SIZE, frameon=False)
    style.label(axes, f"area under the rate, power {power:g}", "share of the run", "rate / base rate")
    return figure
