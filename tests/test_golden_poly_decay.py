"""Lesson 4's oracle agrees with what mmengine and PyTorch were measured to do: ``data/golden/poly_decay.json``."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from autograder.exercises.poly_decay import oracle

GOLDEN: dict[str, Any] = json.loads((Path(__file__).parents[1] / "data" / "golden" / "poly_decay.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("row", GOLDEN["schedules"], ids=lambda row: row["name"])
def test_mmengines_schedules(row: dict[str, Any]) -> None:
    steps = min(len(row["lr_used"]), 20)
    trace = oracle.schedule_trace(row["param_scheduler"], row["base_lr"], steps)
    assert trace.tolist() == pytest.approx(row["lr_used"][:steps], rel=1e-12)


@pytest.mark.parametrize("row", GOLDEN["closed"], ids=lambda row: f"end {row['end']}")
def test_both_closed_forms(row: dict[str, Any]) -> None:
    base, end, power, floor = row["base_lr"], row["end"], row["power"], row["eta_min"]
    for step, mmengine, article in zip(row["k"], row["mmengine"], row["article"], strict=True):
        assert oracle.poly_lr(base, step, end - 1, power, floor) == pytest.approx(mmengine, rel=1e-9)
        assert oracle.poly_lr(base, step, end, power, floor) == pytest.approx(article, rel=1e-12)


@pytest.mark.parametrize("row", [GOLDEN["torch"], GOLDEN["docstring"]], ids=["20 steps", "the documentation's example"])
def test_pytorchs_scheduler(row: dict[str, Any]) -> None:
    measured = torch.tensor(row["lr_used"][:row["num_steps"]], dtype=torch.float64)
    trace = oracle.lr_trace("torch", row["base_lr"], row["num_steps"], row["power"], 0.5)
    assert torch.allclose(trace[:len(measured)], measured, rtol=1e-12, atol=0)
    assert "claimed" not in row or not torch.allclose(trace[:3], torch.tensor(row["claimed"]).double(), rtol=1e-3)
