"""Where a head's logits lie: on which map, and how far `align_corners` puts them from what they look at. In pixels of the image."""

from dataclasses import dataclass
from typing import Any

from .network import Network, Size

#: Heads whose logits have the size of the first map that they are given, or of the one that they fuse in.
FIRST = ("DepthwiseSeparableASPPHead", "FPNHead", "PointHead", "SegformerHead", "UPerHead")
#: Necks that leave every map its size.
KEEPING = ("FPN",)


@dataclass(frozen=True)
class Head:
    """One head. ``size``, ``output_stride`` None: not known. ``taps``: for each dilation, how many of the 9 taps lie inside the map at its
    middle. ``misplaced``: for each setting of `align_corners`, how far right of its feature's centre each logit of a row is put."""

    role: str
    kind: str
    align_corners: bool | None
    output_stride: int | None
    size: Size | None
    taps: dict[int, int]
    misplaced: dict[str, list[float]]


def heads(model: dict[str, Any], network: Network | None) -> list[Head]:
    """The decode heads and the auxiliary ones, in the config's order."""
    return [_head(role, row, model, network) for role in ("decode_head", "auxiliary_head") for row in rows(model, role)]


def rows(model: dict[str, Any], role: str) -> list[dict[str, Any]]:
    """The tables of the heads of one role: there may be none, one or several."""
    value = model.get(role)
    return [row for row in (value if isinstance(value, list | tuple) else [value]) if isinstance(row, dict)]


def placed(count: int, side: int, aligned: bool) -> list[float]:
    """The image pixel that each of ``count`` logits is put on by a bilinear resize to ``side`` pixels."""
    if aligned:
        return [place * (side - 1) / max(count - 1, 1) for place in range(count)]
    return [(place + 0.5) * side / count - 0.5 for place in range(count)]


def taps_inside(size: Size, dilation: int) -> int:
    """How many taps of a dilated 3 × 3 lie inside a map, seen from its middle."""
    rows, columns = (1 + (side // 2 >= dilation) + (side // 2 + dilation < side) for side in size)
    return rows * columns


def _head(role: str, row: dict[str, Any], model: dict[str, Any], network: Network | None) -> Head:
    stage = _stage(row, model, network) if network else None
    flag = row.get("align_corners")
    if stage is None or network is None:
        return Head(role, str(row.get("type")), flag, None, None, {}, {})
    found = network.stages[stage]
    seen = network.stages[_last(row, model, network)].size
    taps = {dilation: taps_inside(seen, dilation) for dilation in _dilations(row) if dilation > 1}
    wrong = {f"align_corners={aligned}": _wrong(found.size[1], network.image[1], found.output_stride, aligned) for aligned in (True, False)}
    return Head(role, str(row.get("type")), flag, found.output_stride, found.size, taps, wrong)


def _wrong(count: int, side: int, stride: int, aligned: bool) -> list[float]:
    return [place - stride * number for number, place in enumerate(placed(count, side, aligned))]


def _stage(row: dict[str, Any], model: dict[str, Any], network: Network) -> int | None:
    """The stage whose map the logits have the size of; None where that can't be told."""
    neck, index = model.get("neck"), row.get("in_index", -1)
    if neck and not (isinstance(neck, dict) and neck.get("type") in KEEPING):
        return None
    if row.get("type") == "DepthwiseSeparableASPPHead" and row.get("c1_in_channels", 0):
        return _of(model, network, 0)
    if isinstance(index, list | tuple):
        return _of(model, network, index[0]) if row.get("type") in FIRST and index else _of(model, network, -1)
    return _of(model, network, index)


def _last(row: dict[str, Any], model: dict[str, Any], network: Network) -> int:
    """The stage that the head's own dilated layers look at."""
    index = row.get("in_index", -1)
    return _of(model, network, index if type(index) is int else -1) or 0


def _of(model: dict[str, Any], network: Network, index: Any) -> int | None:
    outputs = model.get("backbone", {}).get("out_indices", range(len(network.stages)))
    try:
        stage = tuple(outputs)[index]
    except (TypeError, IndexError):
        return None
    return stage if type(stage) is int and 0 <= stage < len(network.stages) else None


def _dilations(row: dict[str, Any]) -> list[int]:
    """The rates of ASPP, or the one of an FCN head."""
    rates = row.get("dilations", row.get("dilation", 1))
    return [rate for rate in (rates if isinstance(rates, list | tuple) else [rates]) if type(rate) is int]
