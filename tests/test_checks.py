"""The checks are proved: nothing wrong passes, nothing right fails, and every misconception is named. Also what the lint says of faults."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn
from torch.optim.lr_scheduler import LRScheduler

from autograder import course, lint
from autograder.course import Lesson
from autograder.examination import expect
from autograder.examination.attempt import Attempt
from autograder.examination.examine import BrokenCourse, Job, examine
from autograder.examination.expect import Mismatch
from autograder.examination.learner import Learner
from autograder.examination.search import Search, drawn
from autograder.exercises.contract_dilation import oracle
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
@pytest.mark.parametrize("look", lint.LOOKS)
def test_the_course_is_in_step(look: Any, name: str) -> None:
    assert list(look(course.lesson(name))) == []


def draws(check: pytest.Item) -> bool:
    """Whether a check depends on the seed: only those that search draw their inputs."""
    return "search" in check.fixturenames  # type: ignore[attr-defined]


def _graded(lesson: Lesson, answers: list[tuple[str, Any]], seed: int, only: Any = lambda check: True) -> list[ExerciseResult]:
    results: list[ExerciseResult] = []

    def job(exercise: str, function: Any) -> Job:
        attempt = Attempt(Submission(()), lambda: DirectChannel(Session({exercise: function})), load=False)
        return Job(attempt, lesson, lambda: DirectChannel(Session()), seed, graded=True, exercises=(exercise,), only=only,
                   done=results.extend)

    examine((job(*answer) for answer in answers), [lesson.name])
    return results


def _answers(lesson: Lesson, file: str) -> list[tuple[str, Any]]:
    return [(row, function) for row in lesson.exercises if row != "examples"
            for function in implementations(lesson.name, row, file).values()]


def _accepted(lesson: Lesson, answers: list[tuple[str, Any]], seed: int, only: Any) -> list[bool]:
    return [result.outcome == "correct" for result in _graded(lesson, answers, seed, only)]


@pytest.mark.parametrize("name", LESSONS)
def test_no_seed_rejects_a_right_answer(name: str) -> None:
    lesson = course.lesson(name)
    answers = _answers(lesson, "variants")
    assert all(_accepted(lesson, answers, 0, lambda check: not draws(check)))  # that part is the same for every seed
    for seed in SEEDS:
        assert all(_accepted(lesson, answers, seed, draws)), seed


@pytest.mark.parametrize("name", LESSONS)
def test_no_seed_accepts_a_wrong_answer(name: str) -> None:
    lesson = course.lesson(name)
    answers = _answers(lesson, "misconceptions")
    passed = _accepted(lesson, answers, 0, lambda check: not draws(check))
    by_luck = [answer for answer, yes in zip(answers, passed, strict=True) if yes]  # only drawn inputs can tell these
    for seed in SEEDS:
        assert not any(_accepted(lesson, by_luck, seed, draws)), seed


def test_the_same_seed_draws_the_same_inputs_and_another_seed_others() -> None:
    first = drawn(cases.CONVOLUTIONS, 3, 24)
    drawn.cache_clear()
    assert drawn(cases.CONVOLUTIONS, 3, 24) == first != drawn(cases.CONVOLUTIONS, 4, 24)


DRAW = """
import sys
sys.path.insert(0, "")
from importlib import import_module
loaded = [import_module(name) for name in sys.argv[1:]]
from autograder.examination.search import drawn
from autograder.exercises.contract_dilation import oracle
from autograder.exercises.dilated_convolution import cases
print([drawn(getattr(cases, name), seed, 200) for name in ("KERNEL_AND_DILATION",) for seed in range(3)])
"""


def test_what_is_drawn_depends_on_nothing_but_the_seed(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("NUMBERS = 2, 3, 5, 7, 11, 13, 17")  # Hypothesis would take them up, and leave a folder behind
    environment = os.environ | {"PYTHONPATH": str(course.PACKAGE.parent)}

    def draws(*modules: str) -> str:
        return subprocess.run([sys.executable, "-c", DRAW, *modules], cwd=tmp_path, env=environment, text=True, capture_output=True,
                              check=True).stdout

    assert draws() == draws("mine", "autograder.pictures.compare") != ""
    assert not (tmp_path / ".hypothesis").exists()


def test_a_counterexample_is_the_smallest(lesson: Lesson) -> None:
    learner = Learner(DirectChannel(Session({"f": lambda k, d: k * d if d > 3 else k})))

    def check(case: tuple[int, int]) -> None:
        if learner.f(*case) != case[0]:
            raise Mismatch("differs")

    with pytest.raises(Mismatch):
        Search(0)(cases.KERNEL_AND_DILATION, check)
    assert learner.last and learner.last.args == (1, 4)


def test_numbers_that_differ_look_different() -> None:
    third = torch.tensor([1 / 3], dtype=torch.float64)
    with pytest.raises(Mismatch, match=r"at \[0\] 0.33333333333333331 is due, 0.3333333432674408 came"):
        expect.close(third.float().double(), third)
    with pytest.raises(Mismatch, match=r"at \[0\] 0.333333 is due, 0.666667 came"):
        expect.close(2 * third, third)


def test_numbers_that_are_nearly_right_are_told_why() -> None:
    for came, told in ((0.67, "rounded to 2 digits"), (0.66942142, "in float32"), (float("nan"), "it is NaN"), (0.5, "the value differs")):
        with pytest.raises(Mismatch, match=told):
            expect.close_number(came, 0.6694214876033058)


def test_items_that_differ_are_told_by_place_or_by_name() -> None:
    for came, due, told in (([[1], [2, 3]], [[1], [2]], "in item 1: one item is due, 2 came"), ([1], [1, 2], "2 items are due, 1 came"),
                            (["bn1", "odd"], ["bn1", "conv1", "conv2"], "missing: conv1, conv2; not due: odd")):
        with pytest.raises(Mismatch, match=told):
            expect.equal(came, due)


def test_a_weight_of_another_shape_is_named() -> None:
    class Bottleneck(oracle.Bottleneck):
        def __init__(self, in_channels: int, planes: int, stride: int = 1, dilation: int = 1) -> None:
            super().__init__(in_channels, planes, stride, dilation)
            self.conv2 = nn.Conv2d(planes, planes, 1, stride, bias=False)

    message = _graded(course.lesson("contract_dilation"), [("Bottleneck", Bottleneck)], 0)[0].message
    assert "net.conv2.weight.shape" in message and "so        conv2.weight has another shape" in message


def test_no_misconception_is_named_for_an_error_alone() -> None:
    class PolyLR(LRScheduler):
        def get_lr(self) -> Any:
            return [base < self.step for base in self.base_lrs]  # a TypeError, as one of the misconceptions has it, but another

    result = _graded(course.lesson("poly_decay"), [("PolyLR", lambda optimizer, *args: PolyLR(optimizer))], 0)[0]
    assert (result.outcome, result.misconception) == ("raised", None) and "a function stands where its value is due" in result.message


def test_a_function_with_a_memory_is_told_so() -> None:
    seen: list[int] = []

    def forgetful(case: tuple[int, int]) -> None:
        seen.append(1)
        if len(seen) == 5:
            raise Mismatch("differs")

    with pytest.raises(Mismatch):
        Search(0)(cases.KERNEL_AND_DILATION, forgetful)


@pytest.mark.parametrize("rates", [[2, 2], [7, 1, 1], [5, 2, 3], [10**40, 1], [4, 2] * 50 + [2]])
def test_any_counterexample_is_right(rates: list[int]) -> None:
    assert _graded(course.lesson("gridding"), [("hdc_counterexample", lambda: rates)], 0)[0].outcome == "correct"


def test_points_are_shared_by_weight_and_form_earns_nothing(lesson: Lesson) -> None:
    only_form = _graded(lesson, [("effective_kernel_size", lambda k, d: 0)], 0)[0]
    all_but_nonsense = _graded(lesson, [("effective_kernel_size", 
        lambda kernel_size, dilation: dilation * (kernel_size - 1) + 1)], 0)[0]
    assert (only_form.score, all_but_nonsense.score) == (0.0, 0.6)  # what comes after a failure is not reached


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


def test_the_lint_wants_four_variants_of_what_takes_tensors(lesson: Lesson, monkeypatch: pytest.MonkeyPatch) -> None:
    from autograder.exercises.dilated_convolution import variants
    monkeypatch.delattr(variants, next(name for name in vars(variants) if name.startswith("valid_taps__")))
    monkeypatch.setattr(lint, "_implementations", lambda *_: ())
    assert list(lint.right_answers(lesson)) == ["valid_taps: it needs at least 4 variants"]


def _with(lesson: Lesson, name: str, **changes: Any) -> Lesson:
    return replace(lesson, exercises=lesson.exercises | {name: replace(lesson.exercises[name], **changes)})


def test_the_lint_sees_other_minutes_in_the_lesson_than_in_the_table(lesson: Lesson) -> None:
    opening, heading = lint.times(_with(lesson, "dilated_conv2d", minutes=50))
    assert opening.startswith("it should say: About an hour and a half;") and opening.endswith("about two hours and a quarter.")
    assert heading == "dilated_conv2d: below its heading should stand: difficulty 4/5 · about 50 minutes · 6 points"


def test_the_lint_sees_that_what_is_further_is_needed(lesson: Lesson) -> None:
    assert any(complaint.startswith("dilate_kernel: it is further, and needed in: ")
               for complaint in lint.times(_with(lesson, "dilate_kernel", further=True)))


def test_the_lint_wants_ten_misconceptions_of_a_central_exercise(lesson: Lesson) -> None:
    row = lesson.exercises["same_padding"]
    assert list(lint._row_complaints(row)) == []
    assert list(lint._row_complaints(replace(row, central=True))) == ["it needs at least 10 misconceptions"]


def test_the_lint_sees_missing_texts(lesson: Lesson, monkeypatch: pytest.MonkeyPatch) -> None:
    from autograder.exercises.dilated_convolution import misconceptions
    monkeypatch.setattr(misconceptions, "same_padding__unheard_of", lambda k, d: (0, 0), raising=False)
    assert "same_padding: nothing is said of the misconception unheard-of" in list(lint.texts(lesson))
