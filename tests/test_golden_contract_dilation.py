"""Lesson 3's oracle, and what the lesson says, agree with real backbones of mmsegmentation: ``data/golden/contract_dilation.json``."""

import json
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from autograder.exercises.contract_dilation import oracle

GOLDEN: dict[str, Any] = json.loads((Path(__file__).parents[1] / "data" / "golden" / "contract_dilation.json").read_text(encoding="utf-8"))


def _runs(rates: list[int]) -> list[list[int]]:
    return [[rate, len(list(run))] for rate, run in groupby(rates)]


@pytest.mark.parametrize("row", GOLDEN["plans"], ids=lambda row: " ".join(map(str, row["backbone"].values())))
def test_the_plan_of_a_real_backbone(row: dict[str, Any]) -> None:
    backbone = {key: tuple(value) if isinstance(value, list) else value for key, value in row["backbone"].items()}
    assert [_runs(stage) for stage in oracle.dilation_plan(backbone)] == row["runs"]


def test_contraction_is_what_makes_a_bottleneck_network_exact() -> None:
    rows = [row for row in GOLDEN["equivalence"] if row["depth"] >= 50 and max(row["dilations"]) > 1]
    assert {row["contract_dilation"] for row in rows} == {True, False}
    for row in rows:
        _, dilations = oracle.remove_strides((1, 2, 2, 2), _output_stride(row["strides"]))
        assert row["exact"] == (row["contract_dilation"] and dilations == row["dilations"])


def _output_stride(strides: list[int]) -> int:
    return 4 * 2 ** strides.count(2)
