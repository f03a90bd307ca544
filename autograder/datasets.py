"""The capstone's data: small images with labels, four photographs, the measurements of the ablation. Reads files of the course; makes none.

The images show thin rings (class 1), discs (2) and squares (3) on a background (0) with patches of gratings, which belong to the
background. Around each shape lies a border of one pixel, and inside a ring another, labelled 255: it counts nowhere.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from autograder.course import PACKAGE

IGNORED = 255
CLASSES = ("background", "ring", "disc", "square")
SIDES, PARTS = (65, 129), ("train", "test")


def shapes(side: int = 65, part: str = "train") -> tuple[Tensor, Tensor]:
    """Images (N, 3, side, side), float32, about 0 with a standard deviation of about 1, and labels (N, side, side), int64.

    There are 192 images for training and 64 for testing with a side of 65 pixels, and 16 and 16 with a side of 129. All three
    channels are the same grey. Raises ``ValueError`` for any other side or part.
    """
    if side not in SIDES or part not in PARTS:
        raise ValueError(f"the sides are {SIDES} and the parts {PARTS}; there is no {part!r} of {side!r} pixels")
    with np.load(_file("segmentation.npz")) as arrays:
        images, labels = (torch.from_numpy(arrays[f"{kind}_{part}_{side}"]) for kind in ("images", "labels"))
    grey = (images.float() - 100) / 40
    return grey[:, None].repeat(1, 3, 1, 1), labels.long()


def photographs() -> dict[str, Tensor]:
    """Name → a grey photograph (129, 129), float32, from 0 (black) to 1 (white). Where they come from: ``data/make_photographs.py``."""
    with np.load(_file("photographs.npz")) as arrays:
        return {name: torch.from_numpy(arrays[name]).float() / 255 for name in arrays}


def ablation() -> dict[str, Any]:
    """What ``python -m benchmarks.ablation`` measured: see there, and the file's own ``about``."""
    found: dict[str, Any] = json.loads(_file("ablation.json").read_text(encoding="utf-8"))
    return found


def checksum(arrays: Mapping[str, np.ndarray]) -> str:
    """SHA-256 of the arrays' names, shapes and pixels: of what is in a file, not of how it is compressed."""
    total = hashlib.sha256()
    for name in sorted(arrays):
        total.update(f"{name} {arrays[name].dtype} {arrays[name].shape}".encode() + np.ascontiguousarray(arrays[name]).tobytes())
    return total.hexdigest()


def _file(name: str) -> Path:
    """Beside the package in a checkout, inside it once installed."""
    inside = PACKAGE / "_data" / name
    return inside if inside.is_file() else PACKAGE.parent / "data" / name
