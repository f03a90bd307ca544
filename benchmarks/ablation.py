"""What each switch of the capstone's config does to a small net, over some seeds.

``python -m benchmarks.ablation``, from the project's folder, writes ``data/ablation.json`` after every seed. Five seeds take about 20
minutes of one core. Nothing here is graded.
"""

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from autograder.datasets import shapes
from autograder.exercises.poly_decay.oracle import poly_lr
from autograder.exercises.segmentation.variants import build_segmenter__module, confusion_matrix__bincount, mean_iou__vectors

FILE = Path(__file__).parents[1] / "data" / "ablation.json"
COMMAND = "python -m benchmarks.ablation"
SEEDS, ITERATIONS, FEW_ITERATIONS, BATCH = 5, 800, 100, 8
BASE_RATE, FLOOR, POWER = 0.05, 0.0001, 0.9
STRIDES = {8: ([1, 2, 1, 1], [1, 1, 2, 4]), 16: ([1, 2, 2, 1], [1, 1, 1, 2]), 32: ([1, 2, 2, 2], [1, 1, 1, 1])}
RING = 1
Scores = dict[str, float]


def config(output_stride: int = 8, contract: bool = True, align_corners: bool = False) -> dict[str, Any]:
    """The capstone's config with these switches; only what the net needs."""
    strides, dilations = STRIDES[output_stride]
    backbone = {"base_channels": 8, "blocks": [1, 1, 2, 2], "strides": strides, "dilations": dilations, "contract_dilation": contract}
    return {"backbone": backbone, "head": {"channels": 32, "num_classes": 4, "align_corners": align_corners}}


def net(seed: int, head: tuple[int, ...] = (1,), **switches: Any) -> nn.Module:
    """A segmenter whose head has a 3 × 3 layer for each of these rates."""
    torch.manual_seed(seed)
    made = build_segmenter__module(config(**switches))
    if head != (1,):
        made.head = _head(made.head[0].in_channels, head)  # type: ignore[union-attr, index, arg-type]
    return made


def _head(channels: int, rates: tuple[int, ...]) -> nn.Sequential:
    layers = list[nn.Module]()
    for rate in rates:
        layers += [nn.Conv2d(channels, 32, 3, padding=rate, dilation=rate, bias=False), nn.BatchNorm2d(32), nn.ReLU()]
        channels = 32
    return nn.Sequential(*layers, nn.Conv2d(channels, 4, 1))


def trained(made: nn.Module, seed: int, crop: int = 65, iterations: int = ITERATIONS, power: float = POWER) -> nn.Module:
    """The net after SGD on random crops of the training images; ``power`` 0 is a constant rate."""
    images, labels = shapes()
    generator, optimizer = torch.Generator().manual_seed(seed), torch.optim.SGD(made.parameters(), BASE_RATE, 0.9, weight_decay=0.0005)
    places = torch.cat([torch.randperm(len(images), generator=generator) for _ in range(-(-iterations * BATCH // len(images)))])
    for step in range(iterations):
        optimizer.param_groups[0]["lr"] = poly_lr(BASE_RATE, step, iterations, power, FLOOR if power else 0.0)
        chosen = places[step * BATCH:(step + 1) * BATCH]
        top, left = torch.randint(0, len(images[0, 0]) - crop + 1, (2,), generator=generator).tolist()
        window = (slice(top, top + crop), slice(left, left + crop))
        loss = F.cross_entropy(made(images[chosen][:, :, *window]), labels[chosen][:, *window], ignore_index=255)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return made.eval()


def scores(made: nn.Module, crop: int = 65) -> Scores:
    """On the test images: mean IoU, and which share of the rings' pixels is found."""
    images, labels = shapes(part="test")
    with torch.no_grad():
        predicted = made(images[:, :, :crop, :crop]).argmax(1)
    confusion = confusion_matrix__bincount(predicted, labels[:, :crop, :crop], 4)
    return {"mIoU": mean_iou__vectors(confusion), "ring recall": float(confusion[RING, RING] / confusion[RING].sum())}


def shifts(made: nn.Module, crop: int) -> Scores:
    """How far single discs are found from where they are, in pixels: down and to the right, and away from the image's middle."""
    places = [(y, x) for y in range(9, crop - 8, 4) for x in range(9, crop - 8, 4)]
    with torch.no_grad():
        maps = torch.cat([made(_disc(crop, *place)[None]).argmax(1) > 0 for place in places])
    found = [(place, moved) for place, one in zip(places, maps, strict=True) if (moved := _moved(one, place)) is not None]
    outward = [step * (1 if at > crop // 2 else -1) for place, moved in found for at, step in zip(place, moved, strict=True)
               if abs(at - crop // 2) > crop // 4]
    all_steps = [step for _, moved in found for step in moved]
    if not outward:
        return {"discs found": len(found) / len(places)}
    return {"shift": sum(all_steps) / len(all_steps), "outward shift": sum(outward) / len(outward), "discs found": len(found) / len(places)}


def _disc(side: int, y: int, x: int, radius: int = 6) -> Tensor:
    rows, columns = torch.arange(side)[:, None], torch.arange(side)
    image = torch.where((rows - y) ** 2 + (columns - x) ** 2 <= radius**2, 185, 90)
    return ((image - 100) / 40).expand(3, side, side)


def _moved(found: Tensor, place: tuple[int, int]) -> tuple[float, ...] | None:
    points = found.nonzero().double()
    return tuple(float(mean) - at for mean, at in zip(points.mean(0), place, strict=True)) if len(points) else None


def runs(seed: int) -> Iterator[tuple[str, str, Scores]]:
    """Every experiment's name, variant and scores for one seed."""
    nets = {stride: trained(net(seed, output_stride=stride), seed) for stride in STRIDES}
    for stride, made in nets.items():
        yield "output stride", f"{stride}", scores(made)
    yield from _zero_shot(nets[32])
    for rates in ((2, 2, 2), (1, 2, 3)):
        yield "rates of the head", ", ".join(map(str, rates)), scores(trained(net(seed, rates), seed))
    for iterations in (FEW_ITERATIONS, ITERATIONS):
        yield "schedule", f"constant, {iterations}", scores(trained(net(seed), seed, iterations=iterations, power=0.0))
        made = trained(net(seed), seed, iterations=iterations) if iterations != ITERATIONS else nets[8]
        yield "schedule", f"poly, {iterations}", scores(made)
    for crop in (64, 65):
        for flag in (False, True):
            made = nets[8] if (crop, flag) == (65, False) else trained(net(seed, align_corners=flag), seed, crop)
            yield "align_corners and crop", f"{flag}, {crop}", scores(made, crop) | shifts(made, crop)


def _zero_shot(strided: nn.Module) -> Iterator[tuple[str, str, Scores]]:
    """The weights that were trained with strides, in dense nets. The head's 3 × 3 gets the rate that the strides left behind, in both."""
    yield "contract_dilation, untrained", "strided", scores(strided)
    for contract in (True, False):
        dense = build_segmenter__module(config(8, contract))
        dense.load_state_dict(strided.state_dict())
        dense.head[0].dilation = dense.head[0].padding = (4, 4)  # type: ignore[union-attr, index]
        yield "contract_dilation, untrained", "contracted" if contract else "not contracted", scores(dense.eval())


def main(seeds: int) -> None:
    """Run all seeds; write what is there after each."""
    torch.set_num_threads(1)
    found: dict[str, dict[str, dict[str, list[float]]]] = {}
    started = time.monotonic()
    for seed in range(seeds):
        for experiment, variant, values in runs(seed):
            for name, value in values.items():
                found.setdefault(experiment, {}).setdefault(variant, {}).setdefault(name, []).append(round(value, 5))
            print(f"seed {seed}, {experiment}, {variant}: {values}", flush=True)
        about = {"command": COMMAND, "seeds": seed + 1, "iterations": ITERATIONS, "batch_size": BATCH, "torch": torch.__version__,
                 "device": "cpu, one thread", "minutes": round((time.monotonic() - started) / 60, 1),
                 "data": "data/segmentation.npz, 65 x 65: 192 images to train on, 64 to test on"}
        FILE.write_text(json.dumps({"about": about, "results": found}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else SEEDS)
