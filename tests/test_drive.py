"""A script drives a learner's object: every step does what its line of Python says, and nothing but plain data comes back."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from autograder.examination.learner import Learner, Raised
from autograder.feedback.words import script_text
from autograder.learner_side.drive import do, get, let, see
from autograder.learner_side.session import Session
from autograder.learner_side.wire import Opaque
from autograder.sandbox import DirectChannel

X = torch.arange(6, dtype=torch.float64).reshape(2, 3)


class Scale(nn.Module):
    def __init__(self, size: int, by: float = 2.0) -> None:
        super().__init__()
        self.inner = nn.Sequential(nn.Linear(size, 2, bias=False))
        self.by, self.seen = by, [0]

    def forward(self, x: Tensor) -> Tensor:
        self.seen[0] += 1
        return self.inner(x) * self.by


class Spoils(Scale):
    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.mul_(2))


def learner(kind: Any = Scale) -> Learner:
    return Learner(DirectChannel(Session({"Scale": kind})))


def test_a_module_is_made_loaded_called_and_read() -> None:
    weight = torch.eye(2, 3, dtype=torch.float64)
    steps = [let("net", "Scale", 3, by=5.0), do("net.double"), do("net.load_state_dict", {"inner.0.weight": weight}), do("net.eval"),
             see("net", X), get("net.training"), get("net.inner.0.in_features"), get("net.seen.0")]
    output, *others = learner().drive("Scale", *steps)
    assert torch.equal(output, 5 * X @ weight.T) and others == [False, 3, 1]


def test_gradients_are_read_after_a_backward_pass() -> None:
    x = X.clone().requires_grad_()
    steps = [let("net", "Scale", 3), do("net.double"), let("x", "torch.Tensor.requires_grad_", X), let("y", "net", "$x"),
             do("y.backward", torch.ones(2, 2, dtype=torch.float64)), get("x.grad"), get("net.inner.0.weight.grad"),
             get("net.inner.0.weight")]
    to_x, to_weight, weight = learner().drive("Scale", *steps)
    assert torch.allclose(to_x, 2 * weight.sum(0).expand(2, 3)) and torch.allclose(to_weight, 2 * x.sum(0).detach().expand(2, 3))


def test_a_scheduler_works_on_an_optimizer_of_torch() -> None:
    steps = [let("weight", "torch.nn.Parameter", torch.zeros(2)), let("optimizer", "torch.optim.SGD", ["$weight"], lr=8.0),
             let("scheduler", "Halves", "$optimizer", step_size=1, gamma=0.5), get("optimizer.param_groups.0.lr"),
             do("optimizer.step"), do("scheduler.step"), get("optimizer.param_groups.0.lr"), see("scheduler.get_last_lr")]
    given = Learner(DirectChannel(Session({"Halves": torch.optim.lr_scheduler.StepLR})))
    assert given.drive("Halves", *steps) == [8.0, 4.0, [4.0]]


def test_what_was_reported_is_not_changed_by_later_steps() -> None:
    steps = [let("net", "Scale", 3), do("net.load_state_dict", {"inner.0.weight": torch.ones(2, 3)}), see("net.state_dict"),
             get("net.seen"), do("torch.nn.init.zeros_", "$net.inner.0.weight"), do("net.float"), do("net", X.float())]
    state, seen = learner().drive("Scale", *steps)
    assert state.keys() == {"inner.0.weight"} and bool((state["inner.0.weight"] == 1).all()) and seen == [0]


def test_only_plain_data_comes_back() -> None:
    children, module, alike = learner().drive("Scale", let("net", "Scale", 3), see("net.named_children"), see("net.train"),
                                              see("isinstance", "$net", "$torch.nn.Module"))
    assert children == [("inner", Opaque("torch.nn.modules.container.Sequential"))]
    assert isinstance(module, Opaque) and module.type_name.endswith("Scale") and alike is True


def test_an_argument_deep_in_a_script_that_is_changed_is_told() -> None:
    steps = [let("net", "Scale", 3), do("net.double"), do("net", X)]
    assert [learner(kind).report("Scale", (steps,), {}, script="Scale").get("changed") for kind in (Scale, Spoils)] == [[], [0]]


def test_a_script_runs_on_another_device_and_is_counted() -> None:
    steps = [let("net", "Scale", 3), do("net.double"), do("net.to", "$device"), see("net", X)]
    report = learner().report("Scale", (steps,), {}, script="Scale", device="meta", operations=True)
    assert report["value"][0].device.type == "meta" and report["mixed"] == [] and report["operations"] > 2
    mixed = learner().report("Scale", ([*steps[:2], see("net", X)],), {}, script="Scale", device="meta", operations=True)
    assert mixed.get("mixed") or "raised" in mixed


def test_an_error_in_a_step_is_the_learners() -> None:
    with pytest.raises(Raised, match="missing 1 required positional argument"):
        learner().drive("Scale", let("net", "Scale"))
    with pytest.raises(Raised, match="conv9"):
        learner().drive("Scale", let("net", "Scale", 3), get("net.conv9.weight"))


def test_a_script_reads_as_python() -> None:
    steps = [let("net", "Scale", 3, by=5.0), do("net.to", "$device"), get("net.training"), see("net", X[:1, :2])]
    assert script_text(steps) == "net = Scale(3, by=5.0); net.training; net([[0, 1]] float64)"
