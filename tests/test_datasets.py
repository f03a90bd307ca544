"""The capstone's images are those that the script makes from its seed, small, and hold what the text says."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograder import datasets
from autograder.pictures import band
from data import make_photographs, make_segmentation

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


def test_the_ablation_says_how_it_was_made_and_has_five_seeds_for_each_score() -> None:
    kept = datasets.ablation()
    assert kept["about"]["command"] == "python -m benchmarks.ablation" and kept["about"]["seeds"] >= 5
    scores = [values for variants in kept["results"].values() for each in variants.values() for values in each.values()]
    assert len(scores) > 20 and all(len(values) == kept["about"]["seeds"] for values in scores)


def test_a_band_is_students_interval() -> None:
    mean, half = band([1.0, 2.0, 3.0, 4.0, 5.0])
    assert mean == 3.0 and half == pytest.approx(2.776 * np.sqrt(2.5 / 5), rel=1e-3)


#: experiment, one variant, another, score → what the lesson says of their difference: its sign, or 0 for noise.
SAID = {
    ("output stride", "8", "16", "mIoU"): 1,
    ("output stride", "8", "32", "mIoU"): 1,
    ("contract_dilation, untrained", "contracted", "not contracted", "mIoU"): 1,
    ("contract_dilation, untrained", "contracted", "strided", "mIoU"): 1,
    ("rates of the head", "1, 2, 3", "2, 2, 2", "ring recall"): 0,
    ("schedule", "poly, 100", "constant, 100", "mIoU"): 0,
    ("schedule", "poly, 800", "constant, 800", "mIoU"): 0,
    ("align_corners and crop", "True, 64", "False, 64", "mIoU"): -1,
    ("align_corners and crop", "True, 65", "False, 65", "mIoU"): 0,
    ("align_corners and crop", "True, 65", "False, 65", "outward shift"): 1,
}


@pytest.mark.parametrize("case", SAID, ids=str)
def test_what_the_lesson_says_of_a_difference_is_what_was_measured(case: tuple[str, str, str, str]) -> None:
    experiment, one, other, score = case
    results = datasets.ablation()["results"][experiment]
    mean, half = band([a - b for a, b in zip(results[one][score], results[other][score], strict=True)])
    assert SAID[case] == (0 if abs(mean) < half else np.sign(mean))


def test_the_photographs_are_those_that_were_cut_out() -> None:
    with np.load(DATA / "photographs.npz") as kept:
        arrays = dict(kept)
    assert datasets.checksum(arrays) == (DATA / "photographs.sha256").read_text(encoding="utf-8").strip()
    assert sorted(arrays) == sorted(make_photographs.CUTS) and all(array.shape == (129, 129) for array in arrays.values())
    assert all(0 <= float(photo.min()) < 0.3 < 0.7 < float(photo.max()) <= 1 for photo in datasets.photographs().values())


def test_the_script_reproduces_the_photographs() -> None:
    pytest.importorskip("skimage", reason="scikit-image, from which the photographs are cut out, is not installed")
    assert datasets.checksum(make_photographs.made()) == (DATA / "photographs.sha256").read_text(encoding="utf-8").strip()
