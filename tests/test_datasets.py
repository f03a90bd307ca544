"""The capstone's images are those that the script makes from its seed, small, and hold what the text says."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograder import datasets
from data import make_segmentation

DATA = Path(__file__).parents[1] / "data"


def test_the_script_reproduces_the_file() -> None:
    arrays = make_segmentation.made()
    with np.load(DATA / "segmentation.npz") as kept:
        assert sorted(kept) == sorted(arrays)
        assert all(np.array_equal(kept[name], arrays[name]) for name in arrays)
    assert datasets.checksum(arrays) == (DATA / "segmentation.sha256").read_text(encoding="utf-8").strip()


def test_the_checksum_sees_a_single_pixel_and_a_name() -> None:
    one = {"a": np.zeros((2, 3), np.uint8), "b": np.zeros(4, np.uint8)}
    other = {name: array.copy() for name, array in one.items()}
    assert datasets.checksum(one) == datasets.checksum(other)
    other["a"][1, 2] = 1
    assert datasets.checksum(one) != datasets.checksum(other)
    assert datasets.checksum(one) != datasets.checksum({"a": one["a"], "c": one["b"]})


def test_the_file_is_small() -> None:
    assert (DATA / "segmentation.npz").stat().st_size < 2_000_000


@pytest.mark.parametrize("side", datasets.SIDES)
@pytest.mark.parametrize("part", datasets.PARTS)
def test_every_class_and_the_border_occur(side: int, part: str) -> None:
    images, labels = datasets.shapes(side, part)
    assert images.shape == (len(labels), 3, side, side) and labels.shape[1:] == (side, side)
    assert sorted(labels.unique().tolist()) == [0, 1, 2, 3, datasets.IGNORED]
    assert (labels == 1).float().mean() > 0.01
    assert abs(float(images.mean())) < 0.5 < float(images.std()) < 2


@pytest.mark.parametrize("wrong", [(64, "train"), (65, "validation")])
def test_what_there_is_not_is_refused(wrong: Any) -> None:
    with pytest.raises(ValueError, match="there is no"):
        datasets.shapes(*wrong)
