"""The oracles agree with what was measured elsewhere: ``data/golden/``."""

import json
from pathlib import Path
from typing import Any

import pytest

from autograder.exercises.gridding import oracle

GRIDDING: dict[str, Any] = json.loads((Path(__file__).parents[1] / "data" / "golden" / "gridding.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("row", GRIDDING["stacks"], ids=lambda row: f"{row['rates']} k{row['kernel']}")
def test_stacks(row: dict[str, Any]) -> None:
    rates, kernel = row["rates"], row["kernel"]
    assert oracle.reachable_offsets(rates, kernel).tolist() == row["offsets_1d"]
    assert oracle.path_counts(rates, kernel).shape == (row["rf"], row["rf"])
    assert oracle.path_counts(rates, kernel)[0].tolist() == row["count_1d"]
    assert oracle.coverage(rates, kernel) == pytest.approx(row["coverage_2d"])
    assert oracle.shared_inputs(rates, 1, kernel) == pytest.approx(row["adjacent_output_overlap_1d"])
    assert oracle.is_hole_free(rates, kernel) == row["full_coverage"]


@pytest.mark.parametrize("row", GRIDDING["networks"], ids=lambda row: f"{row['net']} {row['part']}")
def test_real_networks(row: dict[str, Any]) -> None:
    assert oracle.reachable_offsets(row["rates"]).tolist() == row["offsets_1d"]
    assert oracle.coverage(row["rates"]) == pytest.approx(row["coverage"])


def test_the_hdc_rule() -> None:
    rows = [(row["rates"], row["hdc_M2"]) for row in GRIDDING["stacks"] if row["kernel"] == 3 and row["hdc_M2"] is not None]
    rows += [(row["rates"], row["M2"]) for row in GRIDDING["hdc_M2_by_order"]]
    assert len(rows) > 30 and [oracle.hdc_max_gap(rates) for rates, _ in rows] == [gap for _, gap in rows]
