"""Mistakes that only show on another device than the CPU: without one, the checks on `meta` must catch them; with CUDA, its own as well.

Every mistake here gives the right answer on the CPU. All right and wrong answers of the course on every device: benchmarks/devices.py.
"""

from typing import Any

import pytest
import torch

from autograder.verdicts import CheckResult

from .test_impostors import Right, examined, right_answer, with_body

#: What is done with the right answer ``y`` to ``x``, and whether the checks on CUDA forgive it, as CUDA does where a value is only read.
#: (A result on the CPU too: they see the values, and `meta` the place.)
MISTAKES: dict[str, tuple[str, bool]] = {
    "zeros": ("return y + torch.zeros(y.shape, dtype=y.dtype)", False),
    "range": ("return y + 0 * torch.arange(y.shape[-1], dtype=y.dtype)", False),
    "mask": ("return torch.where(torch.ones(y.shape, dtype=torch.bool), y, 0)", False),
    "matrix product": ("return y @ torch.eye(y.shape[-1], dtype=y.dtype)", False),
    "einsum": ("return torch.einsum('nchw,wv->nchv', y, torch.eye(y.shape[-1], dtype=y.dtype))", False),
    "linear map": ("return F.linear(y, torch.eye(y.shape[-1], dtype=y.dtype))", False),
    "batched product": ("return torch.bmm(y.flatten(0, 1), torch.eye(y.shape[-1], dtype=y.dtype).expand(len(y) * y.shape[1], -1, -1)"
                        ").view(y.shape)", False),
    "index": ("return y.index_select(-1, torch.arange(y.shape[-1]))", False),
    "joined": ("return torch.cat([y, torch.zeros(*y.shape[:-1], 1, dtype=y.dtype)], -1)[..., :-1]", False),
    "written into": ("out = torch.zeros(y.shape, dtype=y.dtype)\n    return out.add(y)", False),
    "result on the CPU": ("return y.cpu()", True),
    "numpy": ("x.detach().numpy()\n    return y", False),
    "copied by numpy": ("return y + torch.from_numpy(0 * y.detach().numpy())", False),
    "number": ("x.sum().item()\n    return y", True),
    "decision": ("return y if x.sum() < 1e9 else 0 * y", True),
    "list": ("x.tolist()\n    return y", True),
}
EXERCISES = [("dilated_convolution", "dilated_conv2d"), ("gridding", "phase_conv2d"), ("align_corners", "resize_bilinear")]

cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
every = pytest.mark.parametrize(("lesson", "exercise"), EXERCISES)


def answer(lesson: str, exercise: str, body: str) -> Right:
    return with_body(right_answer(lesson, exercise), body)


def first_failure(lesson: str, exercise: str, function: Any, *devices: str) -> CheckResult:
    return next(check for check in examined(lesson, exercise, function, *devices).checks if check.outcome == "failed")


@every
@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_that_the_cpu_forgives_is_caught_without_another_device(lesson: str, exercise: str, mistake: str) -> None:
    assert first_failure(lesson, exercise, answer(lesson, exercise, MISTAKES[mistake][0]), "cpu").name == "test_portability"


@cuda
@every
@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_that_the_cpu_forgives_is_caught_on_cuda(lesson: str, exercise: str, mistake: str) -> None:
    body, forgiven = MISTAKES[mistake]
    failure = first_failure(lesson, exercise, answer(lesson, exercise, body), "cpu", "cuda")
    assert (failure.name, failure.device) == ("test_portability", "cpu") if forgiven else failure.device == "cuda"


@every
def test_what_works_on_every_device_is_accepted(lesson: str, exercise: str) -> None:
    body = "return y[..., torch.arange(y.shape[-1])] + torch.zeros((), dtype=y.dtype)"  # CUDA takes an index and a number from the CPU
    assert examined(lesson, exercise, answer(lesson, exercise, body), "cpu").outcome == "correct"


@pytest.mark.parametrize("exercise", ["deep_stem", "Bottleneck", "make_stage"])
def test_a_tensor_that_a_module_does_not_take_along_is_caught(exercise: str) -> None:
    right = right_answer("contract_dilation", exercise)

    def stays(*args: Any, **kwargs: Any) -> Any:
        module = right(*args, **kwargs)
        zero = torch.zeros(1)
        module.register_forward_hook(lambda module, args, value: value + zero.to(value.dtype))
        return module

    assert first_failure("contract_dilation", exercise, stays, "cpu").name == "test_portability"
