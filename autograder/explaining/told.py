"""An explanation as text for a terminal, and as pictures. Reckons nothing."""

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.table import Table

from autograder.pictures.curves import schedules, schedules_alt
from autograder.pictures.plans import block_tables, block_tables_alt
from autograder.pictures.resizing import errors_along, errors_along_alt
from autograder.pictures.show import png

from .explain import Explanation
from .logits import Head
from .network import Block, Network, Stage
from .schedule import Schedule

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from rich.console import RenderableType

#: Points of a curve that is drawn; more would lie within one another.
POINTS = 2_000
COLUMNS = ("stage", "blocks", "stride", "dilation", "output", "output stride", "receptive field", "coverage", "since last stride",
           "MACs")
SHARES = (0.0, 0.25, 0.5, 0.75)


def lines(explanation: Explanation) -> Iterator["RenderableType"]:
    """The parts of the text, in order."""
    yield f"{explanation.name}, on an image of {_size(explanation.image)} pixels"
    yield from (f"not explained: {reason}" for reason in explanation.unknown)
    if explanation.network:
        yield from _network(explanation.network)
    yield from (_head(head) for head in explanation.heads)
    if explanation.schedule:
        yield from _schedule(explanation.schedule)
    yield from (f"⚠ {trap}" for trap in explanation.traps)


def pictures(explanation: Explanation, folder: Path) -> Iterator[tuple[Path, str]]:
    """Draws what there is to draw into the folder: each file, and what it shows in words."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, figure, alt in _figures(explanation):
        path = folder / f"{name}.png"
        path.write_bytes(png(figure))
        yield path, alt


def _figures(explanation: Explanation) -> Iterator[tuple[str, "Figure", str]]:
    if explanation.network:
        plans = {"dilation of every block": explanation.network.plan}
        yield "blocks", block_tables(plans), block_tables_alt(plans)
    if explanation.schedule:
        rates, every = explanation.schedule.rates, max(1, len(explanation.schedule.rates) // POINTS)
        curve = {explanation.name: rates[::every]}
        yield "rates", schedules(curve, f"learning rate by {explanation.schedule.unit}", every=every), schedules_alt(curve, every=every)
    for head in explanation.heads[:1]:
        if head.misplaced:
            title = f"where {head.kind} puts each logit, less where its feature looks"
            yield "logits", errors_along(head.misplaced, title, "logit", "image pixels"), errors_along_alt(head.misplaced, title)


def _network(network: Network) -> Iterator["RenderableType"]:
    name = f"{network.kind}-{network.depth}" if network.depth else network.kind
    yield f"{name}; a stem with a receptive field of {network.stem_receptive_field} pixels"
    table = _table(*COLUMNS)
    for number, stage in enumerate(network.stages, 1):
        for row in _stage(number, stage):
            table.add_row(*row)
    yield table
    if network.macs is not None:
        yield f"convolutions of the backbone: {_count(network.macs)} MACs an image"


def _stage(number: int, stage: Stage) -> Iterator[tuple[str, ...]]:
    """A row for each run of blocks that are alike."""
    for _, same in groupby(stage.blocks, lambda block: (block.stride, block.dilation)):
        run = list(same)
        last = run[-1] is stage.blocks[-1]
        macs = _count(sum(block.macs or 0 for block in run)) if run[0].macs is not None else "?"
        height, width = run[-1].size
        yield (str(number), str(len(run)), str(run[0].stride), str(run[0].dilation), f"{height}×{width}", str(stage.output_stride),
               _grown(run), f"{stage.coverage:.1%}" if last else "", f"{stage.coverage_so_far:.1%}" if last else "", macs)


def _grown(run: list[Block]) -> str:
    first, last = run[0].receptive_field, run[-1].receptive_field
    return str(last) if len(run) == 1 else f"{first}…{last}"


def _table(*columns: str) -> Table:
    """A table so narrow that the network's fits into a terminal of 80 columns."""
    table = Table(box=SIMPLE_HEAD, padding=0, show_edge=False)
    for column in columns:
        table.add_column(column.replace(" ", "\n"), justify="right", vertical="bottom")
    return table


def _head(head: Head) -> str:
    """A sentence or two on where its logits lie, in pixels of the image."""
    flag = "not set" if head.align_corners is None else head.align_corners
    told = f"{head.role}, {head.kind}: align_corners {flag}"
    if head.size:
        told += f", logits {_size(head.size)}, output stride {head.output_stride}. From what they look at, the logits of a row are put " \
                f"{_off(head, bool(head.align_corners))} pixels off; with the other setting, {_off(head, not head.align_corners)}"
    if head.taps:
        told += f". Taps inside the map, at its middle: {', '.join(f'{taps} of 9 at rate {rate}' for rate, taps in head.taps.items())}"
    return f"{told}."


def _off(head: Head, aligned: bool) -> str:
    errors = head.misplaced.get(f"align_corners={aligned}")
    return f"{_signed(errors[0])} … {_signed(errors[-1])}" if errors else "?"


def _signed(number: float) -> str:
    return f"{number:+.2f}" if abs(number) > 5e-3 else "0"


def _schedule(schedule: Schedule) -> Iterator["RenderableType"]:
    yield f"{', then '.join(schedule.names)}: the rate that each {schedule.unit} uses"
    table = _table(schedule.unit, "learning rate")
    last = len(schedule.rates) - 1
    for step in sorted({*(round(share * last) for share in SHARES), max(last - 1, 0), last}):
        table.add_row(str(step), f"{schedule.rates[step]:.6g}")
    yield table


def _size(size: tuple[int, int]) -> str:
    return f"{size[0]} × {size[1]}"


def _count(macs: int) -> str:
    return f"{macs / 1e9:.2f} G" if macs >= 1e9 else f"{macs / 1e6:.2f} M"
