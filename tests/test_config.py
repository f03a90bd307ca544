"""``atrous.toml``: what is set, and every file that can't be used, in one line that names it."""

from pathlib import Path

import pytest

from autograder.config import Config, Limits, load


def _loaded(folder: Path, text: str) -> Config:
    (folder / "atrous.toml").write_text(text, encoding="utf-8")
    return load(folder)


def test_what_is_set_is_taken_and_the_rest_is_as_ever(tmp_path: Path) -> None:
    assert load(tmp_path) == Config(0, Limits())
    assert _loaded(tmp_path, "seed = -3\n[limits]\nmemory = 1_000\ncall_seconds = 2\n") == Config(-3, Limits(memory=1000, call_seconds=2))


@pytest.mark.parametrize(("text", "told"), [
    ("seed = 'x'", "seed must be a whole number"), ("seed = true", "seed must be"), (f"seed = {2**63}", "at most 63 bits"),
    (f"seed = {'9' * 5000}", "atrous.toml: "), ("limits = 3", "limits must be a table, [limits], not 3"), ("[[limits]]", "must be a table"),
    ("seeds = 3", "unknown setting 'seeds'"), ("[limits]\nspeed = 1", "unknown limit 'speed'; there are: call_seconds"),
    ("[limits]\nmemory = 0", "memory must be a positive whole number"), ("[limits]\nmemory = 1.5", "whole number up to"),
    ("[limits]\nmemory = true", "not True"), (f"[limits]\nmemory = {2**50 + 1}", f"up to {2**50}, not {2**50 + 1}"),
    (f"[limits]\nmemory = {10**40}", "not so large a number"),
    ("[limits]\ncall_seconds = nan", "not nan"), ("[limits]\ncall_seconds = inf", "not inf"),
    ("[limits]\ncall_seconds = -1.0", "positive number"), ("a = " + "[" * 2000, "nested too deeply"), ("seed", "Expected '='"),
], ids=lambda text: text[:30])
def test_what_cannot_be_used_is_told_in_one_line(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ValueError) as refused:
        _loaded(tmp_path, text)
    assert told in str(refused.value) and str(tmp_path / "atrous.toml") in str(refused.value) and "\n" not in str(refused.value)


def test_another_encoding_is_told(tmp_path: Path) -> None:
    (tmp_path / "atrous.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ValueError, match=r"atrous\.toml: 'utf-8'"):
        load(tmp_path)
