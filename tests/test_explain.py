"""`atrous explain` without mmsegmentation: what is read and refused, what a network comes to, which traps are told. See test_mmseg.py."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from autograder.course import PACKAGE
from autograder.explaining import configs, logits, network, schedule, told
from autograder.explaining.configs import UnreadableConfig
from autograder.explaining.explain import Explanation, explain

CONFIGS = Path(__file__).parent / "configs"
GOLDEN = PACKAGE.parent / "data" / "golden"
FIELDS: list[dict[str, Any]] = json.loads((GOLDEN / "receptive_fields.json").read_text(encoding="utf-8"))["rows"]
POLY: dict[str, Any] = json.loads((GOLDEN / "poly_decay.json").read_text(encoding="utf-8"))
BASE = (CONFIGS / "base.py").read_text(encoding="utf-8")


def written(folder: Path, text: str, name: str = "config.py") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def changed(folder: Path, text: str) -> Explanation:
    """The base config with a few lines after it."""
    written(folder, BASE, "base.py")
    return explain(written(folder, f"_base_ = 'base.py'\n{text}\n"))


def test_a_config_with_its_base_is_read() -> None:
    config = configs.read(CONFIGS / "aligned.py")
    backbone = config["model"]["backbone"]
    assert (backbone["depth"], backbone["strides"], backbone["multi_grid"]) == (50, (1, 2, 2, 1), (1, 2, 4))
    assert backbone["norm_cfg"] == {"type": "BN"} and config["crop_size"] == (65, 65) and config["model"]["auxiliary_head"] is None
    assert config["model"]["decode_head"]["dilations"] == (1, 6, 12, 18) and not any(key.startswith("_") for key in config)


def test_the_base_can_be_named(tmp_path: Path) -> None:
    written(tmp_path, "a = dict(b=dict(c=3))", "base.py")
    text = "_base_ = ['base.py']\nx = _base_.a.b.c\ny = {{_base_.a.b}}\nz = f'{x}-{x + 1}'\nkeys = dict()\n" \
           "keys.update({n: n * 2 for n in range(2)})"
    assert configs.read(written(tmp_path, text)) == {"a": {"b": {"c": 3}}, "x": 3, "y": {"c": 3}, "z": "3-4", "keys": {0: 0, 1: 2}}


REFUSED = {
    "import os\nmodel = dict(type=os.name)": "line 1: only assignments of plain values are read, no import",
    "model = open('/etc/passwd').read()": "line 1",
    "model = ().__class__.__bases__": "line 1",
    "x = 1\nmodel = unknown": "line 2",
    "for x in (1, 2):\n    y = x": "no for",
    "with read_base():\n    from a import *": "no with",
    "model = [0] * 10 ** 12": "line 1",
    "model = 9 ** 9 ** 9": "line 1",
    "model = list(range(10 ** 9))": "line 1: a range of more than 100000 numbers",
    "x = ['a' * 99999] * 99999\ny = str(x)": "line 2",
    "model = dict(": "it is no Python",
    "_base_ = 'nowhere.py'": "there is no such file beside it",
    "_base_ = 'mmseg::fcn/fcn.py'": "there is no such file beside it",
    "_base_ = 'config.py'": "based one upon another",
    "_base_ = ['one.py', 'one.py']": "two of the files that it is based on set a",
    "x = 3": "neither a `model`",
    "\x00": "it is no Python",
    "model = " + "[" * 5000: "it is no Python",
}


@pytest.mark.parametrize(("text", "why"), REFUSED.items(), ids=range(len(REFUSED)))
def test_what_is_no_config_is_refused_in_a_sentence(text: str, why: str, tmp_path: Path) -> None:
    written(tmp_path, "a = 1", "one.py")
    with pytest.raises(UnreadableConfig) as refused:
        explain(written(tmp_path, text))
    assert why in str(refused.value) and "\n" not in str(refused.value) and len(str(refused.value)) < 300


def test_other_assignments_are_read(tmp_path: Path) -> None:
    text = "a = b = 2\nc: int = 3\na += c\nd = dict(e=[1])\nd['e'] += [a]"
    assert configs.read(written(tmp_path, text)) == {"a": 5, "b": 2, "c": 3, "d": {"e": [1, 5]}}


NO_CONFIGS = {"- 1": "a table of names", "a: [": "no YAML", "model: &x {a: *x}": "aliases", "model: 3": "neither"}


@pytest.mark.parametrize(("text", "why"), NO_CONFIGS.items())
def test_yaml_that_is_no_config_is_refused(text: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(UnreadableConfig, match=why):
        explain(written(tmp_path, text, "config.yaml"))


def test_nothing_of_a_config_is_run(tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    with pytest.raises(UnreadableConfig):
        configs.read(written(tmp_path, f"model = dict(x=[c for c in ().__class__.__base__.__subclasses__()], y=open({str(mark)!r}, 'w'))"))
    assert not mark.exists()


@pytest.mark.parametrize("row", FIELDS, ids=lambda row: " ".join(map(str, row["backbone"].values())))
def test_receptive_fields_strides_and_coverage_of_real_backbones(row: dict[str, Any]) -> None:
    found = network.explained(row["backbone"], (512, 512))
    assert [stage.blocks[-1].receptive_field for stage in found.stages] == row["receptive_field"]
    assert [stage.output_stride for stage in found.stages] == row["output_stride"]
    if row["coverage_stage_4"] and row["output_stride"][2] == row["output_stride"][3]:
        assert found.stages[3].coverage == pytest.approx(row["coverage_stage_4"], abs=1e-6)


@pytest.mark.parametrize(("strides", "giga"), [((1, 2, 2, 2), 22.6), ((1, 2, 2, 1), 33.7), ((1, 2, 1, 1), 100.9), ((1, 1, 1, 1), 386)])
def test_what_a_stride_that_is_left_out_costs(strides: tuple[int, ...], giga: float) -> None:
    found = network.explained({"type": "ResNetV1c", "depth": 50, "strides": strides}, (512, 512))
    assert found.macs == pytest.approx(giga * 1e9, rel=2e-3)
    dilated = network.explained({"type": "ResNetV1c", "depth": 50, "strides": strides, "dilations": (1, 2, 4, 8)}, (512, 512))
    assert dilated.macs == found.macs, "dilation costs nothing"


@pytest.mark.parametrize("row", POLY["schedules"], ids=lambda row: row["name"])
def test_rates_are_those_that_were_measured(row: dict[str, Any]) -> None:
    steps = len(row["lr_used"])
    config = {"param_scheduler": row["param_scheduler"], "train_cfg": {"max_iters": steps}, "optimizer": {"lr": row["base_lr"]}}
    assert schedule.explained(config).rates == pytest.approx(row["lr_used"], rel=1e-12)


def test_where_logits_are_put() -> None:
    assert logits.placed(9, 65, True) == [8 * place for place in range(9)]
    assert logits.placed(9, 65, False)[0] == pytest.approx(3.11, abs=5e-3)
    assert [place - 8 * number for number, place in enumerate(logits.placed(64, 512, False))] == [3.5] * 64
    assert logits.placed(64, 512, True)[-1] - 8 * 63 == 7
    assert [logits.taps_inside((65, 65), rate) for rate in (12, 32, 33)] == [9, 9, 1]


def test_lesson_6_s_own_configs_are_explained() -> None:
    found = explain(CONFIGS / "lesson.yaml")
    assert found.network and found.network.plan == [[1], [1], [1, 2], [2, 4]] and found.image == (65, 65) and found.unknown == ()
    assert found.schedule and found.schedule.rates[0] == 0.05 and len(found.schedule.rates) == 60
    assert found.heads[0].misplaced["align_corners=True"] == [0] * 9


LESSON = (CONFIGS / "lesson.yaml").read_text(encoding="utf-8")
NO_LESSONS = {LESSON.replace("0.05", "5e-2"): "optimizer.lr", LESSON.replace("[1, 2, 1, 1]", "[1, 2, 1]"): "different lengths",
              LESSON.replace("max_iters", "max_iter"): "max_iters"}


@pytest.mark.parametrize(("text", "why"), NO_LESSONS.items(), ids=NO_LESSONS.values())
def test_lesson_6_s_configs_have_to_be_whole(text: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(UnreadableConfig, match=why):
        explain(written(tmp_path, text, "config.yaml"))


def test_a_text_for_a_number_hides_no_trap_of_the_network(tmp_path: Path) -> None:
    found = changed(tmp_path, "param_scheduler = [dict(type='PolyLR', power='0.9')]\nmodel = dict(backbone=dict(depth=18))")
    assert found.schedule is None and found.network and any("only conv1" in trap for trap in found.traps)


TRAPS = {
    "model = dict(backbone=dict(dilations=(1, 1, 3, 6)))": "halves 3 downwards, to 1",
    "model = dict(backbone=dict(multi_grid=(1, 2, 4)))": "multi_grid replaces the dilations of stage 4, block by block: 1, 2, 4",
    "model = dict(backbone=dict(multi_grid=(1, 2, 4, 8)))": "the rest is ignored, silently",
    "model = dict(backbone=dict(depth=18))": "only conv1 takes the dilation",
    "model = dict(backbone=dict(style='caffe'))": "fit exactly with contract_dilation=False, and not with True",
    "model = dict(backbone=dict(contract_dilation=False))": "fit exactly with contract_dilation=True, and not with False",
    "model = dict(backbone=dict(type='ResNetV1d'))": "averages 2 × 2 before a stride",
    "model = dict(backbone=dict(strides=(1, 2, 2, 2)))": "Stage 3 and 4 both strides and dilates",
    "model = dict(backbone=dict(dilations=(1, 1, 1, 1)))": "contract_dilation=True changes nothing",
    "model = dict(backbone=dict(num_stages=3, strides=(1, 2, 1), dilations=(1, 1, 2), out_indices=(0, 1, 2)))": "only so many stages",
    "model = dict(backbone=dict(strides=(1, 1, 1, 1), dilations=(8, 8, 8, 8)))": "Gridding: the layers since the last stride",
    "param_scheduler = [dict(type='PolyLR')]": "(by_epoch is True unless it is set), and this run counts iterations: its rate never",
    "param_scheduler = [dict(type='PolyLR', end=40, by_epoch=False)]": "the floor is never reached",
    "param_scheduler = [dict(type='PolyLR', end=10, by_epoch=False)]": "the rest of the run stays at the floor, 0",
    "param_scheduler = [dict(type='PolyLR', by_epoch=False)]": "the last update does nothing",
    "param_scheduler = [dict(type='PolyLR', power=0, by_epoch=False)]": "power 0: the rate does not fall.",
    "param_scheduler = [dict(type='LinearLR', end=5, by_epoch=False), dict(type='PolyLR', by_epoch=False)]": "Two schedulers overlap",
    "optim_wrapper = dict(paramwise_cfg=dict(custom_keys=dict(head=dict(lr_mult=10.0))))": "the ratio 10 of lr_mult ends at 1",
    "optim_wrapper = dict(paramwise_cfg=dict(custom_keys=dict(norm=dict(lr_mult=0.001))))": "below eta_min = 0.0001: its rate rises",
    "optim_wrapper = dict(accumulative_counts=4)": "counts iterations, not updates",
    "model = dict(auxiliary_head=dict(align_corners=True))": "The heads disagree about align_corners",
    "model = dict(decode_head=dict(_delete_=True, type='FCNHead'))": "A head says nothing about align_corners",
    "crop_size = (512, 512)\nmodel = dict(decode_head=dict(align_corners=True))": "wants crops of 8k + 1 pixels; on 512 × 512",
    "crop_size = (769, 769)": "would fit align_corners=True exactly",
    "crop_size = (256, 256)": "some taps lie outside it; inside are 1 of 9 at rate 24, 1 of 9 at rate 36",
}


@pytest.mark.parametrize(("text", "trap"), TRAPS.items(), ids=TRAPS.values())
def test_a_trap_is_told_where_it_is(text: str, trap: str, tmp_path: Path) -> None:
    assert any(trap in found for found in changed(tmp_path, text).traps)


def test_a_trap_is_not_told_where_it_is_not(tmp_path: Path) -> None:
    found = changed(tmp_path, "crop_size = (512, 1024)").traps
    assert [trap for trap in TRAPS.values() if any(trap in sentence for sentence in found)] == []


UNKNOWN = {
    "model = dict(backbone=dict(type='SwinTransformer'))": "SwinTransformer is no ResNet",
    "model = dict(backbone=dict(dilations=(1, 1, 2, 4.0)))": "fails at the first image",
    "model = dict(backbone=dict(dilations=(1, 1, 2)))": "can't be built",
    "model = dict(backbone=dict(_delete_=True, type='BiSeNetV1', backbone_cfg=dict(type='ResNet', depth=18)))": "the one inside BiSeNetV1",
    "param_scheduler = [dict(type='CosineAnnealingLR')]": "the rates of CosineAnnealingLR are not reckoned",
    "train_cfg = dict(_delete_=True, max_epochs=3)": "counts iterations, and how many an epoch has depends on the data",
    "train_cfg = dict(_delete_=True)": "between 1 and 2,000,000 steps, not None",
    "train_cfg = dict(max_iters=10**9)": "between 1 and 2,000,000 steps, not 1000000000",
    "optim_wrapper = dict(optimizer=dict(_delete_=True))": "no learning rate",
    "param_scheduler = [dict(type='PolyLR', begin=9, end=3, by_epoch=False)]": "begins at 9 and ends at 3",
    "param_scheduler = [dict(type='PolyLR', begin='0', by_epoch=False)]": "begin has to be a whole number, not '0'",
    "param_scheduler = [dict(type='PolyLR', eta_min='1e-4', by_epoch=False)]": "PolyLR's eta_min is the text '1e-4', and no number",
    "param_scheduler = [dict(type='PolyLR', power=-1, by_epoch=False)]": "can't be reckoned to the end, nor by mmengine",
    "param_scheduler = [dict(type='LinearLR', start_factor=0, by_epoch=False)]": "can't be reckoned to the end, nor by mmengine",
    "param_scheduler = [dict(type='MultiStepLR', milestones=3, by_epoch=False)]": "milestones have to be a list, not 3",
    "optim_wrapper = dict(optimizer=dict(lr='1e-2'))": "the optimizer's lr is the text '1e-2', and no number",
    "optim_wrapper = dict(optimizer=dict(lr=float('nan')))": "lr has to be a finite number, not nan",
    "model = dict(backbone=dict(stem_channels=None))": "stem_channels has to be a whole number from 1",
    "model = dict(backbone=dict(base_channels='64'))": "base_channels has to be a whole number from 1",
    "model = dict(backbone=dict(strides=(1, 2, 10**9, 1)))": "strides has numbers up to 65536",
}


@pytest.mark.parametrize(("text", "why"), UNKNOWN.items(), ids=UNKNOWN.values())
def test_what_can_t_be_told_is_said_and_the_rest_explained(text: str, why: str, tmp_path: Path) -> None:
    found = changed(tmp_path, text)
    assert any(why.lower() in sentence.lower() for sentence in found.unknown)
    assert found.heads and (found.network or found.schedule)


def atrous(*words: str, columns: int = 160) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "autograder", "explain", *words], capture_output=True, text=True, check=False, timeout=120,
                          env=os.environ | {"PYTHONPATH": str(PACKAGE.parent), "COLUMNS": str(columns)})


def test_every_command_of_the_document_works(tmp_path: Path) -> None:
    document = (PACKAGE.parent / "docs" / "explain.md").read_text(encoding="utf-8")
    commands = [line.split()[2:] for line in document.splitlines() if line.startswith("    atrous explain ")]
    assert len(commands) == 3
    for words in commands:
        real = {"CONFIG": str(CONFIGS / "base.py"), "pictures": str(tmp_path / "pictures")}
        run = atrous(*(real.get(word, word) for word in words))
        assert run.returncode == 0 and "ResNetV1c" in run.stdout


def test_the_command_prints_and_draws(tmp_path: Path) -> None:
    run = atrous(str(CONFIGS / "aligned.py"), "--pictures", str(tmp_path / "pictures"))
    assert run.returncode == 0 and run.stderr == ""
    for text in ("ResNetV1c-50", "65 × 65 pixels", "303", "0.00079945", "put 0 … 0 pixels off", "⚠ multi_grid", "blocks.png: The"):
        assert text in run.stdout, text
    assert {path.name for path in (tmp_path / "pictures").iterdir()} == {"blocks.png", "rates.png", "logits.png"}


def test_the_text_fits_into_80_columns() -> None:
    run = atrous(str(CONFIGS / "base.py"), "--size", "1024x2048", columns=80)
    assert "256×512" in run.stdout and "receptive" in run.stdout and "…%" not in run.stdout
    assert max(map(len, run.stdout.splitlines())) <= 80 and "… " not in run.stdout.partition("MACs an image")[0]


def test_the_command_prints_data() -> None:
    found = json.loads(atrous(str(CONFIGS / "base.py"), "--json", "--size", "65x129").stdout)
    assert found["image"] == [65, 129] and found["network"]["stages"][3]["blocks"][0]["dilation"] == 2
    assert found["schedule"]["rates"]["19"] == pytest.approx(1e-4)


@pytest.mark.parametrize("words", [["nowhere.py"], [str(CONFIGS / "base.py"), "--size", "big"], [str(Path(__file__))]])
def test_the_command_refuses_in_one_line(words: list[str]) -> None:
    run = atrous(*words)
    assert run.returncode == 2 and run.stderr.startswith("atrous: ") and run.stderr.count("\n") == 1


def test_every_part_of_an_explanation_has_its_place_in_the_text(tmp_path: Path) -> None:
    bare = changed(tmp_path, "model = dict(_delete_=True, backbone=dict(type='X'))\ntrain_cfg = None")
    assert [line for line in map(str, told.lines(bare)) if not line.startswith(("config.py, on", "not explained: "))] == []
