"""Nothing wrong passes: every exercise's right answer, spoiled in the ways that tests usually miss, must be rejected.

The general ways are tried on every exercise of every lesson; where a spoiled call came out no different from the right one, that way
says nothing about the exercise. The particular ones are written out.
"""

import inspect
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from autograder import course
from autograder.examination.attempt import Attempt
from autograder.examination.examine import Job, examine
from autograder.feedback.diagnosis import implementations
from autograder.learner_side.session import Session
from autograder.sandbox import DirectChannel
from autograder.submission import Submission
from autograder.verdicts import ExerciseResult

Right = Callable[..., Any]
#: What is counted are the calls in which a way of spoiling made a difference.
Spoil = Callable[[Right, list[int]], Right]
#: Calls that come and go before an impostor shows itself: checks that look at one call don't see it.
PATIENCE = 6


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


def examined(lesson: str, exercise: str, function: Right, *devices: str) -> ExerciseResult:
    results: list[ExerciseResult] = []
    attempt = Attempt(Submission(()), lambda: DirectChannel(Session({exercise: function})), load=False)
    job = Job(attempt, course.lesson(lesson), lambda: DirectChannel(Session()), graded=True, devices=devices or ("cpu",),
              exercises=(exercise,), done=results.extend)
    examine([job], [lesson])
    return results[0]


def right_answer(lesson: str, exercise: str) -> Right:
    return next(iter(implementations(lesson, exercise, "variants").values()))


def functions() -> list[tuple[str, str]]:
    """Every exercise whose answer is a function, with its lesson."""
    return [(name, exercise) for name in course.lessons() for exercise in course.lesson(name).exercises
            if inspect.isfunction(right_answer(name, exercise)) and exercise != "examples"]


def renamed(right: Right, spoiled: list[int]) -> Right:
    spoiled.append(len(inspect.signature(right).parameters))
    return lambda *args: right(*args)


def returns_nothing(right: Right, spoiled: list[int]) -> Right:
    spoiled.append(1)
    return lambda *args, **kwargs: None


def moves_the_random_state(right: Right, spoiled: list[int]) -> Right:
    def answer(*args: Any, **kwargs: Any) -> Any:
        spoiled.append(1)
        if len(spoiled) > PATIENCE or not (args or kwargs):
            torch.rand(1)
        return right(*args, **kwargs)
    return answer


def changes_an_argument(right: Right, spoiled: list[int]) -> Right:
    calls: list[int] = []

    def answer(*args: Any, **kwargs: Any) -> Any:
        value = right(*args, **kwargs)
        calls.append(1)
        for arg in args:
            if len(calls) > PATIENCE and isinstance(arg, Tensor) and arg.numel() and arg.device.type == "cpu":
                with torch.no_grad():
                    arg.mul_(2)
                spoiled.append(1)
            if len(calls) > PATIENCE and isinstance(arg, list) and arg:
                arg.append(arg[0])
                spoiled.append(1)
        return value
    return answer


def accepts_nonsense(right: Right, spoiled: list[int]) -> Right:
    def answer(*args: Any, **kwargs: Any) -> Any:
        try:
            return right(*args, **kwargs)
        except ValueError:
            spoiled.append(1)
            return None
    return answer


def raises_another_error(right: Right, spoiled: list[int]) -> Right:
    def answer(*args: Any, **kwargs: Any) -> Any:
        try:
            return right(*args, **kwargs)
        except ValueError as error:
            spoiled.append(1)
            raise RuntimeError(str(error)) from None
    return answer


def remembers(key: Callable[..., Any]) -> Spoil:
    def spoil(right: Right, spoiled: list[int]) -> Right:
        memory: dict[Any, Any] = {}

        def answer(*args: Any, **kwargs: Any) -> Any:
            value = right(*args, **kwargs)
            known = memory.setdefault(str([key(arg) for arg in (*args, *sorted(kwargs.items()))]), value)
            if not same(known, value):
                spoiled.append(1)
            return known
        return answer
    return spoil


def same(one: Any, other: Any) -> bool:
    if isinstance(one, Tensor) and isinstance(other, Tensor):
        return one.shape == other.shape and (one.is_meta or other.is_meta or torch.equal(one, other))
    return bool(one == other)


def shape_or_value(value: Any) -> Any:
    return (tuple(value.shape), value.dtype) if isinstance(value, Tensor) else value


def first_element(value: Any) -> Any:
    known = isinstance(value, Tensor) and not value.is_meta
    return (shape_or_value(value), value.flatten()[:1].tolist() if known else None)


def in_single_precision(right: Right, spoiled: list[int]) -> Right:
    def low(value: Any) -> Any:
        return value.float() if isinstance(value, Tensor) and value.dtype == torch.float64 else value

    def answer(*args: Any, **kwargs: Any) -> Any:
        value = right(*args, **kwargs)
        if not isinstance(value, Tensor) or value.dtype != torch.float64:
            return value
        rough = right(*map(low, args), **{name: low(arg) for name, arg in kwargs.items()}).double()
        spoiled.append(not same(rough, value))
        return rough
    return answer


def in_half_precision(right: Right, spoiled: list[int]) -> Right:
    def answer(*args: Any, **kwargs: Any) -> Any:
        value = right(*args, **kwargs)
        if not isinstance(value, Tensor) or not value.dtype.is_floating_point:
            return value
        spoiled.append(1)
        return value.to(torch.bfloat16).to(value.dtype)
    return answer


def of_another_type(right: Right, spoiled: list[int]) -> Right:
    other: dict[type, Callable[[Any], Any]] = {
        int: float, bool: int, float: torch.tensor, tuple: list, list: tuple, Tensor: lambda tensor: tensor.tolist()}

    def answer(*args: Any, **kwargs: Any) -> Any:
        value = right(*args, **kwargs)
        if type(value) in other:
            spoiled.append(1)
        return other.get(type(value), lambda same: same)(value)
    return answer


def cut_off(right: Right, spoiled: list[int]) -> Right:
    def answer(*args: Any, **kwargs: Any) -> Any:
        value = right(*args, **kwargs)
        if isinstance(value, Tensor) and value.requires_grad:
            spoiled.append(1)
            return value.detach().requires_grad_()
        return value
    return answer


class OnesBack(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, value: Tensor) -> Tensor:
        return value.clone()

    @staticmethod
    def backward(ctx: Any, upstream: Tensor) -> Tensor:
        return torch.ones_like(upstream)


def gradient_of_ones(right: Right, spoiled: list[int]) -> Right:
    def answer(*args: Any, **kwargs: Any) -> Any:
        value = right(*args, **kwargs)
        if isinstance(value, Tensor) and value.requires_grad:
            spoiled.append(1)
            return OnesBack.apply(value)
        return value
    return answer


def through_numpy(right: Right, spoiled: list[int]) -> Right:
    def answer(*args: Any, **kwargs: Any) -> Any:
        for arg in args:
            if isinstance(arg, Tensor):
                spoiled.append(1)
                arg.detach().numpy()
        return right(*args, **kwargs)
    return answer


def contiguous_only(right: Right, spoiled: list[int]) -> Right:
    def answer(*args: Any, **kwargs: Any) -> Any:
        for arg in args:
            if isinstance(arg, Tensor):
                spoiled.append(1)
                arg.view(-1)
        return right(*args, **kwargs)
    return answer


SPOILS: dict[str, Spoil] = {
    "renamed parameters": renamed,
    "returns nothing": returns_nothing,
    "moves the random state, later": moves_the_random_state,
    "changes an argument, later": changes_an_argument,
    "accepts nonsense": accepts_nonsense,
    "raises another error": raises_another_error,
    "remembers by shape": remembers(shape_or_value),
    "remembers by the first element": remembers(first_element),
    "remembers by type": remembers(lambda value: type(value) if not isinstance(value, Tensor) else tuple(value.shape)),
    "single precision inside": in_single_precision,
    "bfloat16 inside": in_half_precision,
    "another type": of_another_type,
    "cut off": cut_off,
    "gradient of ones": gradient_of_ones,
    "through numpy": through_numpy,
    "contiguous only": contiguous_only,
}


#: Ways that are no fault there: a new module draws its first weights, and what returns a number has to read tensors.
ALLOWED = {("deep_stem", "moves the random state, later"), ("make_stage", "moves the random state, later"),
           ("build_backbone", "moves the random state, later"), ("build_segmenter", "moves the random state, later"),
           *((name, "through numpy") for name in ("equivalence_error", "confusion_matrix", "mean_iou", "train"))}


@pytest.mark.parametrize("way", SPOILS)
@pytest.mark.parametrize(("lesson", "exercise"), functions())
def test_a_right_answer_spoiled_is_rejected(lesson: str, exercise: str, way: str) -> None:
    spoiled: list[int] = []
    result = examined(lesson, exercise, SPOILS[way](right_answer(lesson, exercise), spoiled))
    assert (result.outcome == "correct") == ((exercise, way) in ALLOWED) or not any(spoiled)


@pytest.mark.parametrize(("lesson", "exercise"), functions())
def test_a_right_answer_is_accepted(lesson: str, exercise: str) -> None:
    assert examined(lesson, exercise, right_answer(lesson, exercise)).outcome == "correct"

#: lesson, exercise → what is done with the right answer ``y``; whether the exercise forbids it.
PARTICULAR: dict[tuple[str, str], dict[str, tuple[str, bool]]] = {
    ("dilated_convolution", "dilated_conv2d"): {
        "only small images": ("return y if x.shape[-1] < 60 else y * 1.001", False),
        "no empty batch": ("return torch.stack([right(image[None], *rest)[0] for image in x])", False),
        "operator under another name": (
            "return torch.ops.aten.convolution(x, x[:1, :, :1, :1], None, (1, 1), (0, 0), (1, 1), False, (0, 0), 1)", True),
        "operator without dilation": ("F.conv2d(x, x[:1]); return y", True),
        "module": ("torch.nn.Conv2d(1, 1, 1)(x.new_ones(1, 1, 4, 4, dtype=torch.float32)); return y", True),
        "transposed": ("F.conv_transpose2d(x.new_ones(1, 1, 4, 4), x.new_ones(1, 1, 2, 2)); return y", True),
        "unfold": ("F.unfold(x.new_ones(1, 1, 4, 4), 2); return y", True),
        "one axis": ("F.conv1d(x.new_ones(1, 1, 4), x.new_ones(1, 1, 2)); return y", True),
    },
    ("gridding", "phase_conv2d"): {
        "only small images": ("return y if x.shape[-1] < 60 else y * 1.001", False),
        "operator with a dilation": ("F.conv2d(x, x[:1, :, :1, :1], dilation=2); return y", True),
        "module with a dilation": (
            "torch.nn.Conv2d(2, 2, 1, dilation=(1, 2), dtype=x.dtype)(x.new_ones(1, 2, 4, 4)); return y", True),
        "unfold with a dilation": ("F.unfold(x.new_ones(1, 1, 9, 9), 2, dilation=2); return y", True),
        "ATen's own name": (
            "torch.ops.aten.slow_conv_dilated2d(x, x[:1, :, :1, :1], (1, 1), None, (1, 1), (4, 4), (2, 2)); return y", True),
    },
    ("contract_dilation", "first_dilation"): {"only small rates": ("return min(y, 64)", False)},
    ("contract_dilation", "block_dilations"): {
        "only few blocks": ("return y[:30]", False),
        "only small rates": ("return [min(rate, 64) for rate in y]", False),
    },
    ("contract_dilation", "remove_strides"): {
        "only four stages": ("return y[0][:4], y[1][:4]", False),
        "only small strides": ("return y[0], [min(rate, 64) for rate in y[1]]", False),
    },
    ("contract_dilation", "dilation_plan"): {
        "no deep network": ("return [stage[:23] for stage in y]", False),
        "takes the config apart": ("x.pop('multi_grid', None); return y", False),
    },
    ("contract_dilation", "equivalence_error"): {
        "rounded": ("return round(y, 6)", False),
        "never large": ("return min(y, 10.0)", False),
        "leaves the mode": ("x.eval(); return y", False),
        "leaves the mode of a child": ("next(iter(x.children())).train(not next(iter(x.children())).training); return y", False),
        "leaves no gradients": ("torch.set_grad_enabled(False); return y", False),
    },
    ("poly_decay", "poly_lr"): {
        "rounded": ("return round(y, 9)", False),
        "only usual rates": ("return y if abs(x) < 100 else y * 1.001", False),
    },
    ("poly_decay", "lr_trace"): {
        "only short runs": ("return y if len(y) < 300 else y * 1.001", False),
        "in single precision": ("return y.float().double()", False),
    },
    ("poly_decay", "schedule_trace"): {
        "only two entries": ("return y if len(x) < 3 else y * 1.001", False),
        "takes an entry apart": ("[entry.pop('begin', None) for entry in x]; return y", False),
        "only short runs": ("return y if len(y) < 200 else y * 1.001", False),
    },
    ("poly_decay", "warmup_poly_lr"): {
        "rounded": ("return round(y, 9)", False),
        "only usual rates": ("return y if abs(x) < 100 else y * 1.001", False),
    },
    ("poly_decay", "remaining_updates"): {"rounded": ("return round(y, 6)", False)},
    ("poly_decay", "poly_factor"): {"only short runs": ("return y if x < 1000 else y * 1.001", False)},
    ("align_corners", "source_coordinates"): {"only small results": ("return y if len(y) < 300 else y * 1.001", False)},
    ("align_corners", "resize_matrix"): {"only small results": ("return y if y.numel() < 3000 else y * 1.001", False)},
    ("align_corners", "alignment_error"): {"only small images": ("return y if len(y) < 500 else y * 1.001", False)},
    ("align_corners", "crop_size"): {"only usual sizes": ("return y if y < 5000 else y + 1", False)},
    ("align_corners", "upsample_labels"): {
        "few classes": ("return y.clamp(max=20)", False),
        "only small images": ("return y if y.shape[-1] < 60 else y.clamp(max=1)", False),
    },
    ("align_corners", "resize_bilinear"): {
        "only small images": ("return y if x.shape[-1] < 30 else y * 1.001", False),
        "only small results": ("return y if y.shape[-1] < 60 else y * 1.001", False),
        "no empty batch": ("return torch.stack([right(image[None], *rest)[0] for image in x])", False),
        "merges axes by a view": ("x.view(x.shape[0] * x.shape[1], *x.shape[2:]); return y", False),
        "operator": ("F.interpolate(x, size=(2, 2), mode='bilinear'); return y", True),
        "anti-aliased operator": ("F.interpolate(x, size=(2, 2), mode='bilinear', antialias=True); return y", True),
        "nearest": ("F.interpolate(x, scale_factor=2); return y", True),
        "one axis": ("F.interpolate(x[:, :, 0], size=4, mode='linear'); return y", True),
        "module": ("torch.nn.UpsamplingBilinear2d(scale_factor=2)(x); return y", True),
        "grid_sample": ("F.grid_sample(x, x.new_zeros(x.shape[0], 2, 2, 2), align_corners=False); return y", True),
        "ATen's own name": ("torch.ops.aten.upsample_bilinear2d(x, (2, 2), False); return y", True),
    },
}


def with_body(right: Right, body: str) -> Right:
    """The right answer ``y``, and what ``body`` does with it; ``x`` is the first argument, however it was passed."""
    names: dict[str, Any] = {"torch": torch, "F": torch.nn.functional, "right": right, "bind": inspect.signature(right).bind}
    exec(f"def answer(*args, **options):\n    x, *rest = bind(*args, **options).args\n    y = right(*args, **options)\n    {body}", names)
    answer: Right = names["answer"]
    return answer


@pytest.mark.parametrize(("lesson", "exercise", "way"), [(*where, way) for where, ways in PARTICULAR.items() for way in ways])
def test_what_an_exercise_must_not_do_is_caught(lesson: str, exercise: str, way: str) -> None:
    body, forbidden = PARTICULAR[lesson, exercise][way]
    result = examined(lesson, exercise, with_body(right_answer(lesson, exercise), body))
    assert result.outcome in ("forbidden" if forbidden else "wrong", "raised"), result.message


def shares_its_layers(right: type) -> type:
    kept: dict[str, Any] = {}

    class Answer(right):  # type: ignore[misc]
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.conv2 = kept.setdefault(str(self.conv2), self.conv2)
    return Answer


def hides_a_layer(right: type) -> type:
    class Answer(right):  # type: ignore[misc]
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            hidden = self._modules.pop("bn3")
            object.__setattr__(self, "bn3", hidden)
    return Answer


def holds_one_parameter_more(right: type) -> type:
    class Answer(right):  # type: ignore[misc]
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.gain = torch.nn.Parameter(torch.ones(1))
    return Answer


def stays_in_train_mode(right: type) -> type:
    class Answer(right):  # type: ignore[misc]
        def train(self, mode: bool = True) -> Any:
            return super().train()
    return Answer


def stays_in_eval_mode(right: type) -> type:
    class Answer(right):  # type: ignore[misc]
        def train(self, mode: bool = True) -> Any:
            return super().train(False)
    return Answer


def forward(spoil: Callable[[Any, Callable[[Tensor], Tensor], Tensor], Tensor]) -> Callable[[type], type]:
    """The class with another forward, which is given the right one."""
    def spoiled(right: type) -> type:
        class Answer(right):  # type: ignore[misc]
            def forward(self, x: Tensor) -> Tensor:
                return spoil(self, super().forward, x)
        return Answer
    return spoiled


def remembered(module: Any, right: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    known: Tensor = module.__dict__.setdefault("known", {}).setdefault((x.shape, x.dtype, x.device), right(x))
    return known


def moves_the_running_mean(module: Any, right: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    result = right(x)
    with torch.no_grad():
        module.bn1.running_mean.add_(0.01)
    return result


def clamps_the_input(module: Any, right: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    result = right(x)
    if not x.requires_grad:
        x.clamp_(max=0.5)
    return result


def one_length_for_all(right: type) -> type:
    class Answer(right):  # type: ignore[misc]
        """``total_steps`` is kept by the class: the schedule that was made last decides."""

        def __init__(self, optimizer: Any, total_steps: int, *args: Any, **kwargs: Any) -> None:
            super().__init__(optimizer, total_steps, *args, **kwargs)
            type(self).length = total_steps

        def get_lr(self) -> Any:
            self.total_steps = getattr(type(self), "length", self.total_steps)
            return super().get_lr()
    return Answer


def first_rates_for_all(right: type) -> type:
    kept: list[Any] = []

    class Answer(right):  # type: ignore[misc]
        """The base rates of the first schedule are those of all."""

        def get_lr(self) -> Any:
            kept.extend([list(self.base_lrs)] * (not kept))
            self.base_lrs = (kept[0] * len(self.base_lrs))[:len(self.base_lrs)]
            return super().get_lr()
    return Answer


def counts_all_calls(right: type) -> type:
    class Answer(right):  # type: ignore[misc]
        """Counts its own calls in the place of ``last_epoch``: not with the rest of what is restored."""

        def get_lr(self) -> Any:
            self.__dict__["calls"] = self.__dict__.get("calls", -1) + 1
            before, self.last_epoch = self.last_epoch, self.__dict__["calls"]
            rates = super().get_lr()
            self.last_epoch = before
            return rates

        def state_dict(self) -> Any:
            return {name: value for name, value in super().state_dict().items() if name != "calls"}
    return Answer


def rates(change: Callable[[float], Any]) -> Callable[[type], type]:
    """The class with other rates."""
    def spoiled(right: type) -> type:
        class Answer(right):  # type: ignore[misc]
            def get_lr(self) -> Any:
                return [change(rate) for rate in super().get_lr()]
        return Answer
    return spoiled


def stops_the_momentum(right: type) -> type:
    class Answer(right):  # type: ignore[misc]
        def step(self, *args: Any) -> None:
            super().step(*args)
            for group in self.optimizer.param_groups:
                group["momentum"] = 0.0
    return Answer


def keeps_what_fits_no_file(right: type) -> type:
    class Answer(right):  # type: ignore[misc]
        def get_lr(self) -> Any:
            self.rate = lambda: None
            return super().get_lr()
    return Answer


CLASSES: dict[tuple[str, str], dict[str, Callable[[type], type]]] = {
    ("contract_dilation", "Bottleneck"): {
        "one layer for all blocks": shares_its_layers,
        "a layer that isn't registered": hides_a_layer,
        "one parameter more": holds_one_parameter_more,
        "always in train mode": stays_in_train_mode,
        "always in eval mode": stays_in_eval_mode,
        "remembers by shape": forward(remembered),
        "single precision inside": forward(lambda module, right, x: right(x.float().to(x.dtype))),
        "cut off": forward(lambda module, right, x: right(x.detach())),
        "moves its statistics": forward(moves_the_running_mean),
        "changes its input": forward(clamps_the_input),
        "through numpy": forward(lambda module, right, x: right(x) + x.detach().numpy().size * 0),
        "a tensor on the CPU": forward(lambda module, right, x: right(x) + torch.zeros(1, dtype=x.dtype)),
        "only small images": forward(lambda module, right, x: right(x) if x.shape[-1] < 24 else right(x) * 1.001),
    },
    ("poly_decay", "PolyLR"): {
        "one length for all": one_length_for_all,
        "the first rates for all": first_rates_for_all,
        "counts its calls": counts_all_calls,
        "in single precision": rates(lambda rate: torch.tensor(rate).item()),
        "rounded": rates(lambda rate: round(rate, 6)),
        "tensors": rates(torch.tensor),
        "stops the momentum": stops_the_momentum,
        "a state that fits no file": keeps_what_fits_no_file,
    },
}


@pytest.mark.parametrize(("lesson", "exercise", "way"), [(*where, way) for where, ways in CLASSES.items() for way in ways])
def test_a_right_class_spoiled_is_rejected(lesson: str, exercise: str, way: str) -> None:
    assert examined(lesson, exercise, CLASSES[lesson, exercise][way](right_answer(lesson, exercise))).outcome != "correct"  # type: ignore[arg-type]


EXAMPLES = {
    "returns": "return",
    "raises": "raise AssertionError('no')",
    "fails on any error only": '''
    try: call(given)
    except Exception: raise AssertionError("an error")''',
    "counts calls": '''
    memory.append(1)
    assert len(memory) <= known''',
    "asks for the name": "assert 'right' in given.__name__",
    "alternates": '''
    memory.append(1)
    assert len(memory) % 2''',
}
#: How `examples` of each lesson might call what they are given.
CALLS: dict[str, Callable[[Right], Any]] = {
    "dilated_convolution": lambda given: given(torch.ones(1, 1, 5, 5), torch.ones(1, 1, 3, 3)),
    "gridding": lambda given: given([1, 2, 5]),
    "align_corners": lambda given: given(torch.ones(1, 1, 3, 4), (5, 7), True),
    "contract_dilation": lambda given: given(3, 4, True),
    "poly_decay": lambda given: given(8.0, 3, 10),
    "segmentation": lambda given: given(torch.zeros(1, 2, 2).long(), torch.ones(1, 2, 2).long(), 2),
}


@pytest.mark.parametrize("way", EXAMPLES)
@pytest.mark.parametrize("lesson", CALLS)
def test_examples_that_test_nothing_are_rejected(lesson: str, way: str) -> None:
    names = {"memory": [], "call": CALLS[lesson], "known": 6}
    exec(f"def examples(given):\n    {EXAMPLES[way].strip()}", names)
    assert examined(lesson, "examples", names["examples"]).outcome != "correct"  # type: ignore[arg-type]
