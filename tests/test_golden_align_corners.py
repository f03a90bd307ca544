"""Lesson 5's oracle agrees with what was measured elsewhere: ``data/golden/align_corners.json``."""

import json
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import torch

from autograder.exercises.align_corners import misconceptions, oracle

GOLDEN: dict[str, Any] = json.loads((Path(__file__).parents[1] / "data" / "golden" / "align_corners.json").read_text(encoding="utf-8"))
ROUNDED = 1e-6


@pytest.mark.parametrize("row", GOLDEN["lines"], ids=lambda row: f"{row['input']} to {row['size']}")
@pytest.mark.parametrize("flag", [True, False])
def test_lines(row: dict[str, Any], flag: bool) -> None:
    line, expected = torch.tensor(row["input"], dtype=torch.float64), row[str(flag).lower()]
    assert (oracle.resize_matrix(len(line), row["size"], flag) @ line).tolist() == pytest.approx(expected, abs=ROUNDED)
    assert oracle.resize_bilinear(line[None, None, None], (1, row["size"]), flag)[0, 0, 0].tolist() == pytest.approx(expected, abs=ROUNDED)


@pytest.mark.parametrize("row", GOLDEN["images"], ids=lambda row: f"{row['input']} to {row['size']} {row['align_corners']}")
def test_images(row: dict[str, Any]) -> None:
    image = torch.tensor(row["input"], dtype=torch.float64)[None, None]
    got = oracle.resize_bilinear(image, tuple(row["size"]), row["align_corners"])[0, 0]
    torch.testing.assert_close(got, torch.tensor(row["out"], dtype=torch.float64), atol=ROUNDED, rtol=0)


@pytest.mark.parametrize("row", GOLDEN["coordinates"], ids=lambda row: f"{row['in']} to {row['out']}")
def test_coordinates(row: dict[str, Any]) -> None:
    aligned, halves = (oracle.source_coordinates(row["in"], row["out"], flag) for flag in (True, False))
    assert aligned[1].item() == pytest.approx(row["step_true"])
    assert halves[[0, -1]].tolist() == pytest.approx([max(row["first_false"], 0.0), row["last_false"]])
    assert (halves[-1] - halves[-2]).item() == pytest.approx(row["step_false"])
    assert (aligned - halves.clamp(max=row["in"] - 1)).abs().max().item() == pytest.approx(row["largest_difference"])


@pytest.mark.parametrize("row", GOLDEN["warnings"], ids=lambda row: f"{row['in']} to {row['out']}")
def test_warnings(row: dict[str, Any]) -> None:
    sizes = tuple(row["in"]), tuple(row["out"])
    assert oracle.resize_warning(*sizes, True) == row["as_meant"] and not oracle.resize_warning(*sizes, False)
    assert misconceptions.resize_warning__as_written(*sizes, True) == row["warned"]


def test_all_small_sizes() -> None:
    pairs = list(product(product(range(2, 14), repeat=2), repeat=2))
    as_meant = [oracle.resize_warning(*pair, True) for pair in pairs]
    warned = [misconceptions.resize_warning__as_written(*pair, True) for pair in pairs]
    both = list(zip(warned, as_meant, strict=True))
    assert GOLDEN["warning_counts"] == {"pairs": len(pairs), "warned": sum(warned), "as_meant": sum(as_meant),
                                        "warned_only": both.count((True, False)), "as_meant_only": both.count((False, True))}


@pytest.mark.parametrize("row", GOLDEN["placement"], ids=lambda row: f"{row['image']} {row['align_corners']}")
def test_features_are_put_where_the_errors_say(row: dict[str, Any]) -> None:
    """Measured from the other side: on which pixel a feature is put, where the error asks which feature a pixel reads."""
    size, features, flag = row["image"], row["features"], row["align_corners"]
    steps = (size - 1) / (features - 1) if flag else size / features
    misplaced = [(index * steps if flag else (index + 0.5) * steps - 0.5) - 8 * index for index in (0, features - 1)]
    assert misplaced == pytest.approx([row["first"], row["last"]], abs=1e-4)
    errors = oracle.alignment_error(size, 8, flag)
    assert errors.abs().max().item() <= max(row["largest"] * 2, 1e-9) and bool(errors.any()) == bool(row["largest"])


@pytest.mark.parametrize("row", [row for row in GOLDEN["centres"] if row["backbone"] != "ResNetV1d"], ids=str)
def test_features_are_centred_on_multiples_of_the_stride(row: dict[str, Any]) -> None:
    assert row["centre"] == row["feature"] * row["stride"]


def test_crops_by_trying() -> None:
    for at_least, stride in product(range(1, 70), range(1, 20)):
        tried = next(size for size in range(stride + 1, at_least + 2 * stride, stride) if size >= at_least)
        assert oracle.crop_size(at_least, stride) == tried
