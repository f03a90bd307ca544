"""Pictures of a backbone's plan: the dilation of every block, stage by stage."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from autograder.pictures import cells, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Plan = Sequence[Sequence[int]]
"""For each stage, the dilation of each of its blocks."""


def block_tables(plans: Mapping[str, Plan]) -> "Figure":
    """Name → plan, one below the other: a row for each stage, a cell for each block. Cells that differ from the first plan are framed."""
    stages, blocks = max(map(len, plans.values())), max(len(stage) for plan in plans.values() for stage in plan)
    cell = min(0.5, (style.MAX_WIDTH - 1.2) / blocks)
    figure, panels = style.new_figure(len(plans), 1, max(cell * blocks + 1.2, 6.0), len(plans) * (cell * stages + 0.9) + 0.3)
    largest = max(rate for plan in plans.values() for stage in plan for rate in stage)
    for axes, (name, plan) in zip(panels, plans.items(), strict=True):
        _draw_plan(axes, plan, (stages, blocks), cell, largest)
        for place in changes(next(iter(plans.values())), plan):
            cells.outline(axes, place)
        style.label(axes, name, "block" if axes is panels[-1] else "", "stage")
    return figure


def block_tables_alt(plans: Mapping[str, Plan]) -> str:
    """What `block_tables` draws, in words."""
    first = next(iter(plans.values()))
    parts = [f"{name}: {_stages(plan)}{_changed(len(changes(first, plan)))}." for name, plan in plans.items()]
    return "The dilation of every block. " + " ".join(parts)


def changes(one: Plan, other: Plan) -> list[tuple[int, int]]:
    """The (stage, block) places, counted from 0, that both plans have and at which they differ."""
    return [(row, column) for row, stages in enumerate(zip(one, other, strict=False))
            for column, (before, after) in enumerate(zip(*stages, strict=False)) if before != after]


def _draw_plan(axes: "Axes", plan: Plan, shape: tuple[int, int], cell: float, largest: int) -> None:
    rates = np.full(shape, np.nan)
    for row, stage in enumerate(plan):
        rates[row, :len(stage)] = stage
    image = cells.paint(axes, rates, (0, largest))
    cells.write_numbers(axes, image, np.ma.masked_invalid(rates), cell, largest_side=max(shape))
    axes.set_yticks(range(shape[0]), [str(row + 1) for row in range(shape[0])])
    axes.set_xticks(range(shape[1]), [str(column + 1) for column in range(shape[1])])


def _stages(plan: Plan) -> str:
    return "; ".join(f"stage {row} has {', '.join(map(str, stage))}" for row, stage in enumerate(plan, 1))


def _changed(count: int) -> str:
    return f"; framed, because they differ from the first table: {count}" if count else ""
