"""Ours beside the real mmsegmentation 1.2.2, where the extra `atrous[mmseg]` is installed (`make test-mmseg`); skipped where it isn't."""

import importlib.machinery
import sys
import types
import warnings
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from autograder.exercises.align_corners import oracle as resizing
from autograder.exercises.contract_dilation import oracle as networks
from autograder.exercises.poly_decay import oracle as decay
from autograder.exercises.segmentation.oracle import build_backbone
from autograder.explaining import configs, network, schedule
from autograder.explaining.explain import explain
from tests.test_golden_contract_dilation import GOLDEN

pytest.importorskip("mmseg", reason="the extra atrous[mmseg] is not installed; `make test-mmseg` does that")
warnings.filterwarnings("ignore", module="mmengine|mmcv|mmseg")


class _NoExtension(types.ModuleType):
    """Stands in for mmcv's compiled operators, which mmcv-lite lacks: all can be imported, none can be called."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self._refuse

    @staticmethod
    def _refuse(*args: Any, **kwargs: Any) -> None:
        raise NotImplementedError("mmcv-lite has no compiled operators")


sys.modules["mmcv._ext"] = _NoExtension("mmcv._ext")
sys.modules["mmcv._ext"].__spec__ = importlib.machinery.ModuleSpec("mmcv._ext", None)

from mmengine.config import Config  # noqa: E402
from mmengine.optim.scheduler import ConstantLR, LinearLR, MultiStepLR, PolyLR  # noqa: E402
from mmseg.engine.schedulers import PolyLRRatio  # noqa: E402
from mmseg.models import backbones  # noqa: E402
from mmseg.models.utils import resize  # noqa: E402

FOLDER = Path(sys.modules["mmseg"].__file__ or "").parent / ".mim" / "configs"
SHIPPED = sorted(path for path in FOLDER.rglob("*.py") if "_base_" not in path.parts)
SCHEDULERS = {"PolyLR": PolyLR, "LinearLR": LinearLR, "ConstantLR": ConstantLR, "MultiStepLR": MultiStepLR, "PolyLRRatio": PolyLRRatio}


def built(backbone: dict[str, Any]) -> nn.Module:
    """The real backbone."""
    keywords = {key: value for key, value in backbone.items() if key not in ("type", "init_cfg", "norm_cfg")}
    net: nn.Module = getattr(backbones, backbone["type"])(**keywords, norm_cfg={"type": "BN"})
    return net


def dilations(net: nn.Module) -> list[list[int]]:
    """Of each block of each stage: the dilation of the 3 × 3 that takes the stage's."""
    return [[_dilated(block).dilation[0] for block in getattr(net, name)] for name in net.res_layers]  # type: ignore[union-attr]


def _dilated(block: nn.Module) -> nn.Conv2d:
    conv = block.conv1 if block.conv1.kernel_size == (3, 3) else block.conv2  # type: ignore[union-attr]
    return getattr(conv, "conv", conv)  # type: ignore[return-value]


def measured(net: nn.Module, size: tuple[int, int]) -> tuple[int, list[tuple[int, int]]]:
    """The MACs of all convolutions, and the stages' sizes, of tensors without data."""
    macs: list[int] = []

    def count(module: nn.Conv2d, _: Any, output: Tensor) -> None:
        macs.append(output.numel() * module.weight[0].numel())

    net = net.to("meta")
    hooks = [module.register_forward_hook(count) for module in net.modules() if isinstance(module, nn.Conv2d)]  # type: ignore[arg-type]
    outputs = net(torch.empty(1, 3, *size, device="meta"))
    for hook in hooks:
        hook.remove()
    return sum(macs), [tuple(output.shape[2:]) for output in outputs]


@pytest.mark.parametrize("row", GOLDEN["plans"], ids=lambda row: " ".join(map(str, row["backbone"].values())))
def test_every_block_of_every_combination(row: dict[str, Any]) -> None:
    backbone = {key: tuple(value) if isinstance(value, list) else value for key, value in row["backbone"].items()}
    with torch.device("meta"):
        net = built(backbone)
    found = network.explained(backbone, (65, 129))
    assert found.plan == dilations(net) == networks.dilation_plan(backbone)


KINDS: dict[str, dict[str, Any]] = {"ResNet": {}, "ResNetV1c": {}, "ResNetV1d": {}, "ResNeXt": {"groups": 32}}
SHAPES = [{"type": kind, "depth": depth, "style": style, **more} for kind, more in KINDS.items()
          for depth in (18, 50, 101) for style in ("pytorch", "caffe") if not (more and depth == 18)]


@pytest.mark.parametrize("form", SHAPES, ids=lambda form: "-".join(map(str, form.values())))
@pytest.mark.parametrize("strides", [(1, 2, 2, 2), (1, 2, 1, 1)])
def test_sizes_and_costs(form: dict[str, Any], strides: tuple[int, ...]) -> None:
    backbone = form | {"strides": strides, "dilations": (1, 1, 2, 4), "contract_dilation": True, "out_indices": (0, 1, 2, 3)}
    found = network.explained(backbone, (65, 130))
    assert measured(built(backbone), (65, 130)) == (found.macs, [stage.size for stage in found.stages])


def test_our_network_is_the_real_one_with_the_same_weights() -> None:
    same = {"base_channels": 8, "strides": [1, 2, 1, 1], "dilations": [1, 1, 2, 4], "contract_dilation": True}
    real = built({"type": "ResNetV1c", "depth": 50, "stem_channels": 8, **same}).double()
    ours = build_backbone({"backbone": {"blocks": [3, 4, 6, 3], **same}}).double()
    generator = torch.Generator().manual_seed(0)
    state = {name: _drawn(value, name, generator) for name, value in real.state_dict().items()}
    real.load_state_dict(state)
    ours.load_state_dict(state)  # by name: they have the same names
    image = torch.randn(1, 3, 65, 97, dtype=torch.float64, generator=generator)
    real.eval()  # returns None in mmsegmentation
    with torch.no_grad():
        assert torch.allclose(real(image)[-1], ours.eval()(image), rtol=1e-6, atol=1e-6)


def _drawn(value: Tensor, name: str, generator: torch.Generator) -> Tensor:
    if not value.dtype.is_floating_point:
        return value
    drawn = torch.randn(value.shape, dtype=value.dtype, generator=generator) / 4
    return drawn.abs() + 0.5 if name.endswith("running_var") else drawn


@pytest.mark.parametrize(("power", "floor", "steps"), [(0.9, 1e-4, 20), (0.9, 1e-4, 40_000), (1.0, 0.0, 100), (2.0, 1e-3, 7)])
def test_every_iteration_of_the_schedule(power: float, floor: float, steps: int) -> None:
    rows = [{"type": "PolyLR", "power": power, "eta_min": floor, "by_epoch": False, "begin": 0, "end": steps}]
    real = real_rates(rows, 0.01, steps)
    assert list(schedule.explained(run(rows, 0.01, steps)).rates) == pytest.approx(real, rel=1e-9, abs=1e-15)
    assert decay.lr_trace("mmengine", 0.01, steps, power, floor).tolist() == pytest.approx(real, rel=1e-9, abs=1e-15)


def run(rows: list[dict[str, Any]], rate: float, steps: int) -> dict[str, Any]:
    return {"param_scheduler": rows, "train_cfg": {"max_iters": steps}, "optimizer": {"lr": rate}}


def real_rates(rows: list[dict[str, Any]], rate: float, steps: int) -> list[float]:
    """The rate of every iteration with mmengine's own schedulers."""
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=rate)
    made = [SCHEDULERS[row["type"]](optimizer=optimizer, **{key: value for key, value in row.items() if key != "type"}) for row in rows]
    rates = []
    for _ in range(steps):
        rates.append(float(optimizer.param_groups[0]["lr"]))
        for scheduler in made:
            scheduler.step()
    return rates


@pytest.mark.parametrize("sizes", [((5, 6), (9, 11)), ((9, 9), (65, 65)), ((3, 4), (3, 4)), ((7, 5), (4, 3)), ((1, 2), (5, 1))], ids=str)
@pytest.mark.parametrize("aligned", [True, False])
def test_every_resize(sizes: tuple[tuple[int, int], tuple[int, int]], aligned: bool) -> None:
    x = torch.randn(2, 3, *sizes[0], dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    real = resize(x, size=sizes[1], mode="bilinear", align_corners=aligned, warning=False)
    assert torch.allclose(resizing.resize_bilinear(x, sizes[1], aligned), real, rtol=0, atol=1e-12)


def shipped() -> Iterator[tuple[Path, dict[str, Any]]]:
    for path in SHIPPED:
        yield path, Config.fromfile(path, import_custom_modules=False).to_dict()


def test_all_shipped_configs_are_read_as_mmengine_reads_them() -> None:
    assert len(SHIPPED) == 681
    assert [path.name for path, config in islice(shipped(), None, None, 5) if configs.read(path) != config] == []


def test_all_shipped_configs_are_explained_or_say_why_not() -> None:
    whole, reasons = 0, Counter[str]()
    for path in SHIPPED:
        found = explain(path)
        whole += not found.unknown
        reasons.update(found.unknown)
        assert found.network or any("no ResNet" in reason or "no backbone" in reason for reason in found.unknown), path
        assert found.schedule or found.unknown, path
    print(f"\n{len(SHIPPED)} configs: {whole} explained whole; of the rest it is said:")
    print("\n".join(f"{count:4} {reason}" for reason, count in reasons.most_common()))
    assert whole > 400 and all(reason.endswith(".") and "\n" not in reason for reason in reasons)


def test_rates_of_all_shipped_schedules() -> None:
    """Each set of schedulers once, every iteration of a run that is a hundred times shorter."""
    seen: dict[str, tuple[list[dict[str, Any]], float, int]] = {}
    for path in SHIPPED:
        config = configs.read(path)
        rows, rate = schedule.rows(config), schedule.base_lr(config)
        _, steps = schedule.run_of(config)
        short = [{key: _shorter(key, value) for key, value in row.items()} for row in rows]
        seen[repr((short, rate, steps // 100))] = short, rate, steps // 100
    assert len(seen) > 20
    for rows, rate, steps in seen.values():
        assert list(schedule.explained(run(rows, rate, steps)).rates) == pytest.approx(real_rates(rows, rate, steps), rel=1e-9, abs=1e-18)


def _shorter(key: str, value: Any) -> Any:
    if key in ("begin", "end"):
        return value // 100
    return [step // 100 for step in value] if key == "milestones" else value


def test_dilations_of_all_shipped_resnets() -> None:
    seen = {}
    for path in SHIPPED:
        model = configs.read(path)["model"]
        try:
            backbone = network.backbone_of(model)
        except network.UnknownNetwork:
            continue
        seen[repr(backbone)] = backbone
    for backbone in seen.values():
        with torch.device("meta"):
            net = built({key: value for key, value in backbone.items() if key not in ("frozen_stages",)})
        assert network.explained(backbone, (64, 64)).plan == dilations(net)
    assert len(seen) > 30
