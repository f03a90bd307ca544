"""The checks are proved: nothing wrong passes, nothing right fails, and every misconception is named. Also what the lint says of faults."""

from pathlib import Path
from typing import Any

import pytest
import torch

from autograder import course, lint
from autograder.course import Lesson
from autograder.examination.attempt import Attempt
from autograder.examination.examine import BrokenCourse, Job, examine
from autograder.examination.expect import Mismatch
from autograder.examination.learner import Learner
from autograder.examination.search import Search, drawn
from autograder.exercises.dilated_convolution import cases
from autograder.feedback.diagnosis import implementations
from autograder.learner_side.session import Session
from autograder.sandbox import DirectChannel
from autograder.submission import Submission
from autograder.verdicts import ExerciseResult

LESSONS = list(course.lessons())
SEEDS = range(50)


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.mark.parametrize("name", LESSONS)
@pytest.mark.parametrize("look", [lint.texts, lint.stubs, lint.solutions, lint.wrong_answers, lint.right_answers, lint.pictures])
def test_the_course_is_in_step(look: Any, name: str) -> None:
    assert list(look(course.lesson(name))) == []


@pytest.mark.parametrize("name", LESSONS)
def test_the_lesson_runs_with_its_solutions_without_a_warning(name: str) -> None:
    assert list(lint.execution(course.lesson(name))) == []


def _graded(lesson: Lesson, answers: list[tuple[str, Any]], seed: int) -> list[ExerciseResult]:
    results: list[ExerciseResult] = []

    def job(exercise: str, function: Any) -> Job:
        attempt = Attempt(Submission(()), lambda: DirectChannel(Session({exercise: function})), load=False)
        return Job(attempt, lesson, lambda: DirectChannel(Session()), seed, graded=True, exercises=(exercise,), done=results.extend)

    examine((job(*answer) for answer in answers), [lesson.name])
    return results


@pytest.mark.parametrize("name", LESSONS)
@pytest.mark.parametrize("file", ["variants", "misconceptions"])
def test_no_seed_changes_a_verdict(name: str, file: str) -> None:
    lesson = course.lesson(name)
    answers = [(row, function) for row in lesson.exercises if row != "examples"
               for function in implementations(lesson.name, row, file).values()]
    expected = [file == "variants"] * len(answers)
    for seed in SEEDS if file == "variants" else SEEDS[::10]:
        assert [result.outcome == "correct" for result in _graded(lesson, answers, seed)] == expected, seed


def test_the_same_seed_draws_the_same_inputs_and_another_seed_others() -> None:
    first = drawn(cases.CONVOLUTIONS, 3, 24)
    drawn.cache_clear()
    assert drawn(cases.CONVOLUTIONS, 3, 24) == first != drawn(cases.CONVOLUTIONS, 4, 24)


def test_a_counterexample_is_the_smallest(lesson: Lesson) -> None:
    learner = Learner(DirectChannel(Session({"f": lambda k, d: k * d if d > 3 else k})))

    def check(case: tuple[int, int]) -> None:
        if learner.f(*case) != case[0]:
            raise Mismatch("differs")

    with pytest.raises(Mismatch):
        Search(0)(cases.KERNEL_AND_DILATION, check)
    assert learner.last and learner.last.args == (1, 4)


def test_a_function_with_a_memory_is_told_so() -> None:
    seen: list[int] = []

    def forgetful(case: tuple[int, int]) -> None:
        seen.append(1)
        if len(seen) == 5:
            raise Mismatch("differs")

    with pytest.raises(Mismatch):
        Search(0)(cases.KERNEL_AND_DILATION, forgetful)


MISTAKES = {
    "cache keyed by shape": '''
memory = {}
def answer(x, weight, bias=None, padding=(0, 0), dilation=(1, 1)):
    key = x.shape, weight.shape, padding, dilation
    if key not in memory: memory[key] = right(x, weight, bias, padding, dilation)
    return memory[key]''',
    "random state": '''
def answer(x, *rest, **options):
    torch.manual_seed(0)
    return right(x, *rest, **options)''',
    "only small images": '''
def answer(x, *rest, **options):
    return right(x, *rest, **options) if x.shape[-1] < 60 else right(x, *rest, **options) * 1.001''',
    "contiguous only": '''
def answer(x, *rest, **options):
    x.view(-1)
    return right(x, *rest, **options)''',
    "no empty batch": '''
def answer(x, *rest, **options):
    return torch.stack([right(image[None], *rest, **options)[0] for image in x])''',
    "numpy inside": '''
def answer(x, *rest, **options):
    x.detach().numpy()
    return right(x, *rest, **options)''',
    "half precision inside": '''
def answer(x, weight, bias=None, padding=(0, 0), dilation=(1, 1)):
    return right(x.float(), weight.float(), None if bias is None else bias.float(), padding, dilation).to(x.dtype) + 1e-6''',
    "operator under another name": '''
def answer(x, weight, bias=None, padding=(0, 0), dilation=(1, 1)):
    right(x, weight, bias, padding, dilation)
    return torch.ops.aten.convolution(x, weight, bias, (1, 1), padding, dilation, False, (0, 0), 1)''',
    "unfold": '''
def answer(x, weight, bias=None, padding=(0, 0), dilation=(1, 1)):
    y = right(x, weight, bias, padding, dilation)
    torch.nn.functional.unfold(x.new_ones(1, 1, 4, 4), 2)
    return y''',
    "gradient of ones only": '''
class Sly(torch.autograd.Function):
    @staticmethod
    def forward(ctx, y): return y.clone()
    @staticmethod
    def backward(ctx, g): return torch.ones_like(g)
def answer(*args, **options):
    return Sly.apply(right(*args, **options))''',
}


PHASES = {
    "operator with a dilation": "return F.conv2d(x, weight, padding=dilation, dilation=dilation)",
    "module with a dilation": "m = torch.nn.Conv2d(2, 2, 1, dilation=(1, 2), dtype=x.dtype); m(x.new_ones(1, 2, 4, 4)); return y",
    "unfold with a dilation": "F.unfold(x.new_ones(1, 1, 9, 9), 2, dilation=2); return y",
    "ATen's own name": "torch.ops.aten.slow_conv_dilated2d(x, weight, weight.shape[2:], None, (1, 1), (4, 4), (2, 2)); return y",
    "numpy inside": "x.detach().numpy(); return y",
    "random state": "torch.manual_seed(0); return y",
    "only small images": "return y if x.shape[-1] < 60 else y * 1.001",
}


@pytest.mark.parametrize("name", PHASES)
def test_what_phases_must_not_do_is_caught(name: str) -> None:
    lesson = course.lesson("gridding")
    right = implementations(lesson.name, "phase_conv2d", "variants")["strided-slices"]
    names: dict[str, Any] = {"torch": torch, "F": torch.nn.functional, "right": right}
    exec(f"def answer(x, weight, dilation):\n    y = right(x, weight, dilation)\n    {PHASES[name]}", names)
    result = _graded(lesson, [("phase_conv2d", names["answer"])], 0)[0]
    assert result.outcome in (("forbidden",) if "dilation" in name or "ATen" in name else ("wrong", "raised"))


@pytest.mark.parametrize("rates", [[2, 2], [7, 1, 1], [5, 2, 3], [10**40, 1], [4, 2] * 50 + [2]])
def test_any_counterexample_is_right(rates: list[int]) -> None:
    assert _graded(course.lesson("gridding"), [("hdc_counterexample", lambda: rates)], 0)[0].outcome == "correct"


@pytest.mark.parametrize("name", MISTAKES)
def test_what_tests_usually_miss_is_caught(lesson: Lesson, name: str) -> None:
    names: dict[str, Any] = {"torch": torch, "right": implementations(lesson.name, "dilated_conv2d", "variants")["shifted-slices"]}
    assert _graded(lesson, [("dilated_conv2d", names["right"])], 0)[0].outcome == "correct"
    exec(MISTAKES[name], names)
    assert _graded(lesson, [("dilated_conv2d", names["answer"])], 0)[0].outcome != "correct"


def test_points_are_shared_by_weight_and_form_earns_nothing(lesson: Lesson) -> None:
    only_form = _graded(lesson, [("effective_kernel_size", lambda k, d: 0)], 0)[0]
    all_but_nonsense = _graded(lesson, [("effective_kernel_size", lambda k, d: d * (k - 1) + 1)], 0)[0]
    assert (only_form.score, all_but_nonsense.score) == (0.0, 0.75)


def test_a_broken_check_file_is_the_courses_fault(tmp_path: Path, lesson: Lesson, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / lesson.name).mkdir()
    (tmp_path / lesson.name / "checks.py").write_text("import nothing_of_that_name")
    monkeypatch.setattr(course, "EXERCISES", tmp_path)
    with pytest.raises(BrokenCourse, match="nothing_of_that_name"):
        examine([], [lesson.name])


def test_the_lint_sees_a_check_that_lets_a_mistake_through(lesson: Lesson, monkeypatch: pytest.MonkeyPatch) -> None:
    from autograder.exercises.dilated_convolution import misconceptions
    monkeypatch.setattr(misconceptions, "same_padding__half_kernel", implementations(lesson.name, "same_padding", "variants")["halves"])
    assert any("the misconception half-kernel is correct" in complaint for complaint in lint.wrong_answers(lesson))


def test_the_lint_sees_a_right_answer_rejected(lesson: Lesson, monkeypatch: pytest.MonkeyPatch) -> None:
    from autograder.exercises.dilated_convolution import misconceptions, variants
    monkeypatch.setattr(variants, "same_padding__halves", misconceptions.same_padding__half_kernel)
    assert any("the variant halves is wrong" in complaint for complaint in lint.right_answers(lesson))


def test_the_lint_sees_missing_texts(lesson: Lesson, monkeypatch: pytest.MonkeyPatch) -> None:
    from autograder.exercises.dilated_convolution import misconceptions
    monkeypatch.setattr(misconceptions, "same_padding__unheard_of", lambda k, d: (0, 0), raising=False)
    assert "same_padding: nothing is said of the misconception unheard-of" in list(lint.texts(lesson))
