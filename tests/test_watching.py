"""`atrous watch` checks at every save and says what is new; `atrous status` shows what was recorded."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder import course, watching
from autograder.course import Lesson
from autograder.verdicts import ExerciseResult, Result
from autograder.watching import news, saves

from .test_cli import _atrous

WRONG = "def effective_kernel_size(kernel_size, dilation):\n    return kernel_size * dilation\n"
RIGHT = """def effective_kernel_size(kernel_size, dilation):
    if kernel_size < 1 or dilation < 1:
        raise ValueError
    return dilation * (kernel_size - 1) + 1
"""


def result(lesson: Lesson, **outcomes: str) -> Result:
    exercises = tuple(ExerciseResult(name, outcomes.get(name, "not_attempted"), 0.0, 1.0, None, f"{name} is {outcomes.get(name)}")
                      for name in lesson.exercises)
    return Result("me", lesson.name, "graded", "", 3.0, 22.0, ("cpu",), 0, 0.1, exercises)


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    file = tmp_path / "dilated_convolution.py"
    file.write_text(WRONG)
    process = subprocess.Popen([sys.executable, "-m", "autograder", "watch", file.name, "--sandbox", "none"], cwd=tmp_path, text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ | {"PYTHONPATH": str(course.PACKAGE.parent)},
                               preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))  # it may be ignored where tests run
    yield process
    process.kill()
    process.wait()


def told_until(process: subprocess.Popen[str], words: str) -> str:
    """What the process says up to the line with these words."""
    told = ""
    assert process.stdout
    for line in process.stdout:
        told += line
        if words in line:
            return told
    raise AssertionError(f"it never said {words!r}, but: {told}")


def test_every_save_is_checked_and_recorded_until_ctrl_c(watched: subprocess.Popen[str], tmp_path: Path) -> None:
    file, progress = tmp_path / "dilated_convolution.py", tmp_path / "atrous_progress.json"
    first = told_until(watched, "of 22 points")
    assert "✗ wrong: effective_kernel_size" in first and "same_padding" not in first
    file.write_text("def (")
    assert "at        line 1: def (" in told_until(watched, "line 1")
    file.write_text(RIGHT)
    assert "✓ correct: effective_kernel_size" in told_until(watched, "1 of 8 correct, 1 of 22 points; next: conv_output_size")
    watched.send_signal(signal.SIGINT)
    assert watched.wait(30) == 0 and watched.stderr and watched.stderr.read() == ""
    assert list(json.loads(progress.read_text())["exercises"]) == ["dilated_convolution.effective_kernel_size"]
    assert set(tmp_path.iterdir()) == {progress, file}


def test_a_save_is_seen_and_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    steps = iter([lambda: file.write_text("1"), lambda: None, file.unlink, lambda: None, lambda: file.write_text("2"), lambda: None])
    seen: list[str] = []

    class Over(Exception):
        pass

    def pause(seconds: float) -> None:
        step = next(steps, None)
        if step is None:
            raise Over
        step()

    with pytest.raises(Over):
        for _ in saves(file, pause):
            seen.append(file.read_text())
    assert seen == ["1", "2"]


def test_only_what_is_new_is_told(lesson: Lesson) -> None:
    before = result(lesson, same_padding="wrong", examples="correct")
    assert "No card has changed." in news(lesson, before, before)
    told = news(lesson, before, result(lesson, same_padding="wrong", dilate_kernel="raised"))
    assert "dilate_kernel is raised" in told and "same_padding is" not in told
    assert "examples is None" in told  # it was correct, and is no longer there
    assert "next: effective_kernel_size, about 4 minutes" in told


def test_nothing_left_is_said(lesson: Lesson) -> None:
    done = result(lesson, **dict.fromkeys(lesson.exercises, "correct"))
    assert watching.standing(lesson, done) == f"{lesson.name}: 8 of 8 correct, 3 of 22 points; nothing is left"


def test_an_unreadable_notebook_is_told(lesson: Lesson) -> None:
    unreadable = Result("me", lesson.name, "unreadable", "it is not a notebook", 0.0, 22.0, (), 0, 0.0, ())
    assert news(lesson, None, unreadable) == "✗ unreadable: it is not a notebook"


def test_status_shows_the_progress_of_a_folder(tmp_path: Path) -> None:
    own = tmp_path / "my_lessons"
    own.mkdir()
    row = {"outcome": "correct", "score": 1, "attempts": 2}
    progress = {"schema": 1, "exercises": {"dilated_convolution.effective_kernel_size": row}, "predictions": {}}
    (own / "atrous_progress.json").write_text(json.dumps(progress))
    (own / "1_dilated_convolution").mkdir()
    for place in ([], [own], [own / "1_dilated_convolution"]):
        done = _atrous("status", *place, cwd=tmp_path)
        assert done.returncode == 0 and "✓ correct" in done.stdout and "Next: conv_output_size, in lesson 1" in done.stdout


def test_status_of_no_folder_is_one_line(tmp_path: Path) -> None:
    done = _atrous("status", tmp_path / "nowhere")
    assert (done.returncode, done.stdout) == (2, "") and done.stderr.endswith("nowhere: there is no such folder; `atrous lab` makes one\n")
