"""Makes ``data/segmentation.npz``, the capstone's images and labels, from a seed. Run from the project's folder.

Whole numbers only, so that every machine draws the same pixels. What is in it, and where it is read: ``autograder/datasets.py``.
"""

from pathlib import Path

import numpy as np

from autograder.datasets import IGNORED, checksum

HERE = Path(__file__).parent
SEED = 20261127
#: Part of the file → how many images, and their side in pixels.
PARTS = {"train_65": (192, 65), "test_65": (64, 65), "train_129": (16, 129), "test_129": (16, 129)}
RING, DISC, SQUARE = 1, 2, 3
SHAPES_PER_65 = 7


def made() -> dict[str, np.ndarray]:
    """The arrays of the file: for each part ``images_…`` (N, H, W) and ``labels_…`` (N, H, W), uint8."""
    generator, arrays = np.random.default_rng(SEED), {}
    for part, (count, side) in PARTS.items():
        pairs = [_scene(generator, side) for _ in range(count)]
        arrays[f"images_{part}"] = np.stack([image for image, _ in pairs])
        arrays[f"labels_{part}"] = np.stack([label for _, label in pairs])
    return arrays


def _scene(generator: np.random.Generator, side: int) -> tuple[np.ndarray, np.ndarray]:
    """A noisy image with rings, discs, squares and gratings, the later ones in front, and its labels."""
    image, label = np.full((side, side), generator.integers(70, 110)), np.zeros((side, side), dtype=np.int64)
    for _ in range(SHAPES_PER_65 * (side // 64) ** 2):
        _draw(generator, image, label)
    noise = generator.integers(-12, 13, (side, side))
    return (image + noise).clip(0, 255).astype(np.uint8), label.astype(np.uint8)


def _draw(generator: np.random.Generator, image: np.ndarray, label: np.ndarray) -> None:
    """One shape, with a border of one pixel around it that belongs to no class; a grating is background, and ends other shapes."""
    kind, bright = int(generator.choice((0, RING, RING, DISC, SQUARE))), int(generator.integers(150, 220))
    inside, around = _masks(generator, kind, len(image))
    if kind == 0:
        inside, around = inside & _stripes(generator, len(image)), inside
        label[around], image[around] = 0, image.min()  # no shape is as dark as the background
    else:
        label[around] = IGNORED
        label[inside] = kind
    image[inside] = bright


def _masks(generator: np.random.Generator, kind: int, side: int) -> tuple[np.ndarray, np.ndarray]:
    """The pixels of a shape, and those together with the pixels around it."""
    rows, columns = np.ogrid[:side, :side]
    y, x = (int(place) for place in generator.integers(4, side - 4, 2))
    radius = int(generator.integers(4, 11))
    if kind in (0, SQUARE):
        far = np.maximum(abs(rows - y), abs(columns - x))
        return far <= radius, far <= radius + (kind == SQUARE)
    square = (rows - y) ** 2 + (columns - x) ** 2
    disc, wider = square <= radius**2, square <= (radius + 1) ** 2
    if kind == DISC:
        return disc, wider
    return disc & (square > (radius - 2) ** 2), wider & (square > (radius - 3) ** 2)


def _stripes(generator: np.random.Generator, side: int) -> np.ndarray:
    """Every second, third or fourth row or column. A layer that reads every second pixel only can't tell the first from a square."""
    rows, columns = np.ogrid[:side, :side]
    period = int(generator.integers(2, 5))
    lines: np.ndarray = (rows if generator.integers(0, 2) else columns) % period == 0
    return np.broadcast_to(lines, (side, side))


if __name__ == "__main__":
    arrays = made()
    np.savez_compressed(HERE / "segmentation.npz", **arrays)  # type: ignore[arg-type]
    (HERE / "segmentation.sha256").write_text(f"{checksum(arrays)}\n", encoding="utf-8")
