"""What a config does that its writer may not expect. Each was measured on mmsegmentation 1.2.2 and mmengine 0.10.7. Repairs nothing."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from .logits import Head, rows
from .network import Network, is_basic, stages, strides
from .schedule import base_lr, is_by_epoch, run_of, span_of
from .schedule import rows as schedulers

#: What an even crop asks for: sides of 8k + 1.
STRIDE = 8


def of_backbone(backbone: dict[str, Any], network: Network) -> Iterator[str]:
    """Dilations, strides, contract_dilation, multi_grid, style."""
    dilations = tuple(backbone.get("dilations", (1, 1, 1, 1)))
    yield from _multi_grid(backbone, network)
    yield from _contract(backbone, [rate for rate in (dilations[:-1] if backbone.get("multi_grid") else dilations) if rate > 1])
    yield from _strides(backbone, dilations)
    yield from _gridding(network)


def _contract(backbone: dict[str, Any], dilated: list[int]) -> Iterator[str]:
    contract, style = bool(backbone.get("contract_dilation", False)), backbone.get("style", "pytorch")
    if contract and not dilated:
        yield "contract_dilation=True changes nothing: there is no stage that takes a dilation above 1 from `dilations`."
    if contract and (odd := [d for d in dilated if d % 2]):
        yield f"contract_dilation halves {', '.join(map(str, odd))} downwards, to {', '.join(str(d // 2) for d in odd)}; " \
              "that need not be the rate of the stage before."
    if contract and dilated:
        yield "contract_dilation changes the first block of each dilated stage only: the largest rate stays " \
              f"{max(dilated)}, no size, parameter or checkpoint key changes, and so no error tells when it is set wrongly."
    if dilated and is_basic(backbone):
        yield f"Depth {backbone['depth']} has BasicBlocks: only conv1 takes the dilation, conv2 stays at 1. " \
              "No setting makes this the same network as its strided twin."
    elif dilated and backbone.get("type") == "ResNetV1d":
        yield "The shortcut of ResNetV1d averages 2 × 2 before a stride; where the stride is gone, so is the average. " \
              "No setting makes this the same network as its strided twin."
    elif dilated and contract == (style == "caffe"):
        yield f"With style='{style}', weights of the strided network fit exactly with contract_dilation={not contract}, " \
              f"and not with {contract}."


def _multi_grid(backbone: dict[str, Any], network: Network) -> Iterator[str]:
    grid = backbone.get("multi_grid")
    if not grid:
        return
    last, blocks = len(network.stages), len(network.stages[-1].blocks)
    yield f"multi_grid replaces the dilations of stage {last}, block by block: {', '.join(map(str, network.plan[-1]))}. " \
          "It is not multiplied by the stage's rate, and contract_dilation does nothing there."
    if len(grid) > blocks:
        yield f"multi_grid has {len(grid)} rates and stage {last} has {blocks} blocks: the rest is ignored, silently."


def _strides(backbone: dict[str, Any], dilations: tuple[int, ...]) -> Iterator[str]:
    both = [number for number, (stride, dilation) in enumerate(zip(strides(backbone), dilations, strict=False), 1)
            if stride > 1 and dilation > 1]
    if both:
        yield f"Stage {' and '.join(map(str, both))} both strides and dilates: dilation alone makes no map larger, the stride has to go."
    if stages(backbone) < 4:
        yield f"num_stages={stages(backbone)}: only so many stages are built, and multi_grid would go to the last of these."


def _gridding(network: Network) -> Iterator[str]:
    for number, stage in enumerate(network.stages, 1):
        if stage.coverage_so_far < 1:
            yield f"Gridding: the layers since the last stride, up to stage {number}, read {stage.coverage_so_far:.1%} " \
                  "of their receptive field."
        elif stage.coverage < 1:
            yield f"Stage {number} by itself reads {stage.coverage:.1%} of its receptive field; with the layers before it, all of it."


def of_schedule(config: dict[str, Any]) -> Iterator[str]:
    """by_epoch, ends, floors, warm-up, accumulation."""
    unit, length = run_of(config)
    found = schedulers(config)
    for row in found:
        yield from _scheduler(row, unit, length)
    yield from _overlap(found, length)
    yield from _groups(config, found)
    wrapper = config.get("optim_wrapper")
    if isinstance(wrapper, dict) and wrapper.get("accumulative_counts", 1) != 1:
        yield "accumulative_counts: the scheduler counts iterations, not updates of the weights."


def _scheduler(row: dict[str, Any], unit: str, length: int) -> Iterator[str]:
    kind, (_, end) = row.get("type"), span_of(row, length)
    if is_by_epoch(row) and unit == "iteration":
        told = "" if "by_epoch" in row else " (by_epoch is True unless it is set)"
        yield f"{kind} counts epochs{told}, and this run counts iterations: its rate never moves."
    if kind != "PolyLR" or type(end) is not int:
        return
    if end > length:
        yield f"PolyLR ends at {end}, after the run's {length}: the floor is never reached."
    if end < length:
        yield f"PolyLR ends at {end} of {length}: the rest of the run stays at the floor, {row.get('eta_min', 0):g}."
    if end == length and row.get("eta_min", 0) == 0 and row.get("power", 1) > 0:
        yield "PolyLR uses its floor in the last iteration, and the floor is 0: the last update does nothing."
    if row.get("power", 1) <= 0:
        yield f"power {row['power']:g}: the rate does not fall" + (", and the last step divides by zero." if row["power"] < 0 else ".")


def _overlap(found: list[dict[str, Any]], length: int) -> Iterator[str]:
    spans = sorted(span_of(row, length) for row in found)
    if any(later[0] < earlier[1] for earlier, later in pairwise(spans)):
        yield "Two schedulers overlap: their factors multiply, so the base rate is never reached."


def _groups(config: dict[str, Any], found: list[dict[str, Any]]) -> Iterator[str]:
    """Groups with rates of their own, and one floor for all."""
    floors = [row.get("eta_min", 0) for row in found if row.get("type") == "PolyLR"]
    factors = _factors(config)
    if not factors or max(floors, default=0) == 0:
        return
    yield f"eta_min is one floor for all groups: the ratio {', '.join(f'{factor:g}' for factor in sorted(factors))} of lr_mult ends at 1."
    rate = base_lr(config)
    if rate * min(factors) < max(floors):
        yield f"A group starts at {rate * min(factors):g}, below eta_min = {max(floors):g}: its rate rises."


def _factors(config: dict[str, Any]) -> set[float]:
    """The groups' rates, as multiples of the base rate, other than 1."""
    wrapper = config.get("optim_wrapper")
    groups = wrapper.get("paramwise_cfg") if isinstance(wrapper, dict) else None
    keys = groups.get("custom_keys") if isinstance(groups, dict) else None
    rows = keys.values() if isinstance(keys, dict) else ()
    factors = {row.get("lr_mult", 1) for row in rows if isinstance(row, dict)}
    return {factor for factor in factors if isinstance(factor, int | float) and factor != 1}


def of_heads(model: dict[str, Any], heads: list[Head], network: Network | None, crop: tuple[int, int] | None) -> Iterator[str]:
    """align_corners against the crop, mixed settings, rates larger than the map."""
    flags = {bool(head.align_corners) for head in heads if head.align_corners is not None}
    if len(flags) > 1:
        yield "The heads disagree about align_corners: one of them puts its logits elsewhere than the other."
    if heads and any("align_corners" not in row for role in ("decode_head", "auxiliary_head") for row in rows(model, role)):
        yield "A head says nothing about align_corners: False is meant."
    if crop and True in flags and any(side % STRIDE != 1 for side in crop):
        yield f"align_corners=True wants crops of {STRIDE}k + 1 pixels; on {crop[0]} × {crop[1]} features are put up to a stride off."
    if crop and flags == {False} and all(side % STRIDE == 1 for side in crop):
        yield f"A crop of {crop[0]} × {crop[1]} pixels would fit align_corners=True exactly; " \
              "with False the features at the borders are off."
    for head in heads:
        lost = [f"{taps} of 9 at rate {rate}" for rate, taps in head.taps.items() if taps < 9]
        if lost and network:
            yield f"{head.kind}: even at the middle of the map some taps lie outside it; inside are {', '.join(lost)}."
