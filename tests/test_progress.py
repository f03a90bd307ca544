"""Tests of what is kept of a learner's work, and of `hint`, `predict`, `reveal` and `progress`, which read and write it."""

import json
import os
import re
import signal
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from autograder import course, hint, predict, progress, reveal, solution
from autograder.notebook import hints, overview, solutions, store
from autograder.notebook.display import WrongType, WrongValue

ROOT = Path(__file__).parents[1]
NAME = "dilated_conv2d"
KEY = f"dilated_convolution.{NAME}"
HINTS = course.lesson("dilated_convolution").exercises[NAME].hints


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder, nothing remembered from other tests, and no notebook: texts are printed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(store, "_remembered", {})
    monkeypatch.setattr("autograder.notebook.display.in_notebook", lambda: False)
    return tmp_path


def record(outcome: str, key: str = KEY, score: float = 0.0) -> None:
    """Put an outcome into the file, as `check` does."""
    store.update(lambda progress: store.entry(progress, "exercises", key).update(outcome=outcome, score=score))


def hinted(capsys: pytest.CaptureFixture[str], code: str = "", what: str = f"'{NAME}'") -> str:
    """What `hint` prints in a notebook whose last cells are ``code``."""
    capsys.readouterr()
    exec(f"hint({what})", {"hint": hint, "In": ["", code] if code else [""]})
    return capsys.readouterr().out


def attempt(number: int) -> str:
    """Code that differs for every number."""
    return f"def {NAME}(x):\n    return x + {number}"


# The solution

@pytest.fixture
def handed_out(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An instructor's folder of solutions beside the lessons; no checkout of the course around."""
    monkeypatch.setattr(solutions, "PACKAGE", folder / "nowhere" / "autograder")
    (folder / "solutions").mkdir()
    text = f'# %%\nimport torch\n\n# %% nbgrader={{"grade_id": "{NAME}"}}\ndef {NAME}(x):\n    ### BEGIN SOLUTION\n    return x\n'
    (folder / "solutions" / "1_dilated_convolution.py").write_text(text + "    ### END SOLUTION\n\n\n# %% [markdown]\n# And so on.\n")
    return folder


def test_a_solution_is_shown_for_comparison_once_the_exercise_is_correct(handed_out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    solution(NAME)
    assert "return x" not in (refused := capsys.readouterr().out) and f'solution("{NAME}", now=True)' in refused
    record("wrong")
    solution(NAME)
    assert "return x" not in capsys.readouterr().out
    record("correct")
    solution(NAME)
    assert capsys.readouterr().out == f"? solution: {NAME}\n\ndef {NAME}(x):\n    return x\n"


def test_a_solution_is_shown_when_it_is_asked_for_outright(handed_out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    solution(NAME, now=True)
    assert "    return x\n" in capsys.readouterr().out
    with pytest.raises(WrongValue):
        solution("dilated_conv3d", now=True)


def test_a_checkout_has_a_solution_of_every_exercise_and_a_package_has_none(folder: Path, capsys: pytest.CaptureFixture[str],
                                                                            monkeypatch: pytest.MonkeyPatch) -> None:
    for lesson in course.lessons().values():
        for row in lesson.exercises.values():
            code = solutions._code(row)
            assert re.search(rf"(?m)^(def|class) {row.name}\b", code) and "SOLUTION" not in code and "NotImplementedError" not in code
    monkeypatch.setattr(solutions, "PACKAGE", folder / "site-packages" / "autograder")
    solution(NAME, now=True)
    assert capsys.readouterr().out == f"? solution: {NAME}\n{solutions.NONE}\n"


# The file

def test_the_file_is_readable_json(folder: Path) -> None:
    record("correct", score=6.0)
    text = (folder / store.FILE).read_text(encoding="utf-8")
    assert json.loads(text)["exercises"][KEY] == {"outcome": "correct", "score": 6.0}
    assert "\n  " in text and [path.name for path in folder.iterdir()] == [store.FILE]


@pytest.mark.parametrize("name", ["1_dilated_convolution", "dilated_convolution"])
def test_in_a_lessons_own_folder_the_one_above_holds_the_file(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / name).mkdir()
    monkeypatch.chdir(folder / name)
    record("correct")
    assert (folder / store.FILE).is_file() and not list((folder / name).iterdir())


DAMAGED = {"empty": b"", "half": b'{"schema": 1, "exerc', "list": b"[]", "not_utf8": b"\xff\xfe\xff", "deep": b"[" * 100_000,
           "other_schema": b'{"schema": 99, "exercises": {}, "predictions": {}}', "no_tables": b'{"schema": 1}',
           "table_of_numbers": b'{"schema": 1, "exercises": {"a": 3}, "predictions": {}}',
           "wrong_field": b'{"schema": 1, "exercises": {"a": {"hint": "two"}}, "predictions": {}}',
           "guess_of_text": b'{"schema": 1, "exercises": {}, "predictions": {"q": {"guess": "x"}}}'}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_file_is_set_aside_in_a_sentence(name: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / store.FILE).write_bytes(DAMAGED[name])
    progress()
    predict("q", 3)
    told = capsys.readouterr().out
    assert "atrous_progress.damaged.json" in told and told.count("could not be understood") == 1
    assert (folder / "atrous_progress.damaged.json").read_bytes() == DAMAGED[name]
    assert store.read()["predictions"]["q"]["guess"] == 3


def test_a_file_that_was_set_aside_is_never_written_over(folder: Path) -> None:
    for content in (b"first", b"second"):
        (folder / store.FILE).write_bytes(content)
        store.read()
    assert sorted(path.read_bytes() for path in folder.glob("*.damaged*")) == [b"first", b"second"]


def test_a_folder_in_its_place_is_set_aside_too(folder: Path) -> None:
    (folder / store.FILE).mkdir()
    record("wrong")
    assert json.loads((folder / store.FILE).read_text())["exercises"][KEY]["outcome"] == "wrong"


def test_where_nothing_can_be_written_everything_works_and_it_is_said_once(monkeypatch: pytest.MonkeyPatch, folder: Path,
                                                                         capsys: pytest.CaptureFixture[str]) -> None:
    def refuse(*args: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(store, "_write", refuse)
    predict("q", 2)
    assert hinted(capsys, attempt(1)).endswith(f"{HINTS[0]}\n")
    assert hinted(capsys, attempt(2)).endswith(f"{HINTS[1]}\n")
    reveal("q", 5)
    told = capsys.readouterr().out
    assert "guess     2" in told and "can't be recorded" not in told
    assert not list(folder.iterdir())


def test_it_is_said_that_nothing_is_recorded(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(Path, "replace", _refuse_to_replace)
    predict("q", 2)
    predict("r", 2)
    assert capsys.readouterr().out.count("progress can't be recorded in this folder (Read-only file system)") == 1


def _refuse_to_replace(self: Path, target: Path) -> Path:
    raise OSError(30, "Read-only file system")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows doesn't delete a folder that is in use")
def test_a_working_folder_that_was_deleted(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "gone").mkdir()
    monkeypatch.chdir(folder / "gone")
    (folder / "gone").rmdir()
    predict("q", 2)
    reveal("q", 3)
    assert "guess     2" in capsys.readouterr().out


WRITER = """
import sys
from autograder.notebook import store
for number in range(int(sys.argv[2])):
    store.update(lambda progress: store.entry(progress, "predictions", f"{sys.argv[1]} {number}").update(guess=number))
    print(number, flush=True)
"""


def writer(name: str, count: int) -> "subprocess.Popen[str]":
    """A process that records ``count`` guesses and prints their numbers."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.Popen([sys.executable, "-c", WRITER, name, str(count)], env=environment, stdout=subprocess.PIPE, text=True)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no lock on Windows: the later notebook wins")
def test_two_notebooks_at_once_lose_nothing() -> None:
    both = [writer(name, 60) for name in ("one", "other")]
    assert [process.wait(60) for process in both] == [0, 0]
    assert len(store.read()["predictions"]) == 120


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_a_kill_at_any_moment_leaves_a_whole_file(folder: Path) -> None:
    for round_ in range(4):
        process = writer(f"round {round_}", 100_000)
        assert process.stdout is not None
        for _ in range(20 + 7 * round_):
            process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert len(store.read()["predictions"]) >= 20 * (round_ + 1)
    assert not list(folder.glob("*damaged*"))


def test_a_stuck_notebook_is_not_waited_for(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fcntl = pytest.importorskip("fcntl")
    monkeypatch.setattr(store, "LOCK_SECONDS", 0.02)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        record("correct")
    finally:
        os.close(descriptor)
    assert store.read()["exercises"][KEY]["outcome"] == "correct"


# Hints

def test_hints_go_on_only_when_the_code_has_changed(capsys: pytest.CaptureFixture[str]) -> None:
    for number, expected in enumerate(HINTS):
        assert hinted(capsys, attempt(number)) == f"? hint: {NAME}\n{expected}\n"
        again = hinted(capsys, attempt(number))
        assert again.splitlines()[1] == expected and len(again.splitlines()) == 3
        assert again == hinted(capsys, f"{attempt(number)}  # a comment is no attempt\n")


def test_a_line_that_moves_out_of_a_loop_is_a_change(capsys: pytest.CaptureFixture[str]) -> None:
    looped = attempt(0).replace("return", "while x: x += 1\n    return")
    moved = looped.replace("    return", "        return")
    assert [HINTS[number] in hinted(capsys, code) for number, code in enumerate([looped, moved])] == [True, True]


def test_the_first_hint_needs_no_attempt_and_the_next_one_does(capsys: pytest.CaptureFixture[str]) -> None:
    assert HINTS[0] in hinted(capsys)
    assert HINTS[0] in hinted(capsys) and hints.SAME.format(name=NAME) in hinted(capsys)
    assert HINTS[1] in hinted(capsys, attempt(1))


def test_after_the_last_hint_it_says_so_and_never_how_many_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    told = [hinted(capsys, attempt(number)) for number in range(len(HINTS) + 2)]
    assert "as far as hints go" not in "".join(told[:len(HINTS)])
    assert all(HINTS[-1] in text and "as far as hints go" in text for text in told[len(HINTS):])
    assert not any(f"{len(HINTS)}" in line for text in told for line in text.splitlines() if line not in HINTS)


def test_code_that_does_not_run_is_an_attempt(capsys: pytest.CaptureFixture[str]) -> None:
    hinted(capsys, attempt(1))
    assert HINTS[1] in hinted(capsys, f"def {NAME}(x:\n    return")
    assert HINTS[2] in hinted(capsys, f"def {NAME}(x:\n    return x")


def test_hints_of_two_exercises_and_two_kernels_go_their_own_way(capsys: pytest.CaptureFixture[str]) -> None:
    hinted(capsys, attempt(1))
    hinted(capsys, attempt(2))
    other = course.lesson("dilated_convolution").exercises["valid_taps"].hints
    assert other[0] in hinted(capsys, "def valid_taps(): pass", "'valid_taps'")
    code = f"from autograder import hint\n{attempt(3)}\nIn = ['', {attempt(3)!r}]\nhint({NAME})"
    answer = subprocess.run([sys.executable, "-c", code], env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
                            capture_output=True, encoding="utf-8", check=True)
    assert HINTS[2] in answer.stdout


def test_a_hint_for_what_is_no_exercise() -> None:
    with pytest.raises(WrongValue, match="did you mean dilated_conv2d"):
        hint("dilated_conv")
    with pytest.raises(WrongType, match="function itself"):
        hint(3)


def test_a_checked_exercise_keeps_its_hints(capsys: pytest.CaptureFixture[str]) -> None:
    hinted(capsys, attempt(1))
    record("wrong")
    assert store.read()["exercises"][KEY]["hint"] == 1 and store.read()["exercises"][KEY]["outcome"] == "wrong"


# Predictions

def test_a_guess_is_shown_beside_the_measured_value(capsys: pytest.CaptureFixture[str]) -> None:
    predict("share, in percent", 50)
    assert capsys.readouterr().out == "? share, in percent\nRecorded: 50. It will be shown beside the measured value.\n"
    reveal("share, in percent", 36.0)
    assert capsys.readouterr().out == ("? share, in percent\n  measured  36\n  guess     50\n"
                                       "  so        the guess lies 14 above the measured value\n")


def test_no_guess(capsys: pytest.CaptureFixture[str]) -> None:
    predict("share", ...)
    assert "Put a number in the place of the ..." in capsys.readouterr().out
    reveal("share", 36)
    assert capsys.readouterr().out == "? share\n  measured  36\n  guess     none was recorded\n"


def test_dots_do_not_wipe_out_a_guess(capsys: pytest.CaptureFixture[str]) -> None:
    predict("share", 4)
    predict("share", ...)
    reveal("share", 4.0)
    assert "guess     4\n  so        the two are equal" in capsys.readouterr().out


def test_a_guess_after_the_measured_value_is_marked(capsys: pytest.CaptureFixture[str]) -> None:
    reveal("share", 36)
    predict("share", 36)
    assert "after the measured value was shown" in capsys.readouterr().out
    reveal("share", 36)
    assert "guess     36 (made after the measured value was shown)" in capsys.readouterr().out


def test_running_a_notebook_again_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(3):
        predict("share", 50)
        reveal("share", 36)
    assert "after" not in capsys.readouterr().out
    predict("share", 37)
    reveal("share", 36)
    assert "made after" in capsys.readouterr().out


def test_questions_are_independent_and_layout_does_not_matter(capsys: pytest.CaptureFixture[str]) -> None:
    predict("rows  left\nof 65", 33)
    reveal("columns left of 65", 5)
    assert "none was recorded" in capsys.readouterr().out
    reveal("rows left of 65", 41)
    assert "the guess lies 8 below" in capsys.readouterr().out


@pytest.mark.parametrize("value", [torch.tensor(2.5), torch.tensor(2.5, dtype=torch.float64), np.float32(2.5), 2.5])
def test_numbers_of_any_library(value: Any, capsys: pytest.CaptureFixture[str]) -> None:
    predict("n", value)
    reveal("n", value)
    assert "the two are equal" in capsys.readouterr().out


@pytest.mark.parametrize("value", ["50", None, torch.ones(2), torch.ones(1), [1], 1 + 2j, True, print])
def test_a_guess_that_is_no_number(value: object) -> None:
    with pytest.raises(WrongType, match="a guess is a number"):
        predict("q", value)
    with pytest.raises(WrongType, match="a measured value is a number"):
        reveal("q", value)


def test_values_that_are_not_finite(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(WrongValue, match="finite"):
        predict("q", float("nan"))
    predict("q", 1)
    reveal("q", float("inf"))
    assert "there is no difference" in capsys.readouterr().out
    assert json.loads(Path(store.FILE).read_text(), parse_constant=pytest.fail)


@pytest.mark.parametrize("question", ["", "  ", 3, None])
def test_a_question_that_is_none(question: Any) -> None:
    with pytest.raises(WrongType, match="a question is text"):
        predict(question, 3)


# The table

def test_the_table_says_what_is_done_what_is_next_and_what_is_left() -> None:
    first, second = list(course.lesson("dilated_convolution").exercises.values())[:2]
    record("correct", f"dilated_convolution.{first.name}", first.points)
    record("wrong", f"dilated_convolution.{second.name}", 0.5)
    text = overview.text(overview.rows())
    lines = text.splitlines()
    assert "✓ correct" in lines[2] and "✗ wrong" in lines[3] and f"0.5 of {second.points:g}" in lines[3] and "not checked yet" in lines[4]
    assert f"Next: {second.name}, in lesson 1, Dilated convolution." in lines
    everything = [exercise for lesson in course.lessons().values() for exercise in lesson.exercises.values()]
    assert f"Left: about {sum(exercise.minutes for exercise in everything) - first.minutes} minutes." in lines
    assert len({line.index("state") if "state" in line else line.index("✓" if "✓" in line else "✗" if "✗" in line else "○")
                for line in (lines[0], *lines[2:6])}) == 1


def test_a_course_that_is_done() -> None:
    for lesson in course.lessons().values():
        for exercise in lesson.exercises.values():
            record("correct", f"{lesson.name}.{exercise.name}", exercise.points)
    assert overview.summary(overview.rows())[1:] == ["Nothing is left."]


class Table(HTMLParser):
    """Collects what a screen reader goes by."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the tag."""
        self.tags.append((tag, dict(attrs)))


def test_the_table_in_html_has_headers_and_a_caption() -> None:
    rows = overview.rows()
    table = Table()
    table.feed(overview.html(rows))
    scopes = [attributes.get("scope") for tag, attributes in table.tags if tag == "th"]
    assert scopes == ["col"] * len(overview.HEADERS) + ["row"] * len(rows)
    assert [tag for tag, _ in table.tags].count("caption") == 1


def test_progress_prints_where_there_is_no_notebook(capsys: pytest.CaptureFixture[str]) -> None:
    assert progress() is None  # type: ignore[func-returns-value]
    assert "dilated_conv2d" in capsys.readouterr().out


def test_reading_leaves_no_file(folder: Path) -> None:
    progress()
    assert not list(folder.iterdir())
