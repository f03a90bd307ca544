"""From a class's folder to its gradebook: every hand-in has its own end, and nothing stops the class or changes another's grade."""

import csv
import json
import os
import signal
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from autograder.config import Limits
from autograder.errors import NoSandbox
from autograder.examination.learner import Learner, Raised
from autograder.grading import Settings, batch, grade_class, store
from autograder.grading.find import Upload, find
from autograder.grading.worker import Worker
from autograder.sandbox import Warm
from autograder.verdicts import Result, result_from_json
from data.make_example_class import EXPECTED

from .conftest import EXAMPLE_CLASS, LIMITS

HEAD = "import torch\nimport torch.nn.functional as F\nfrom torch import Tensor\n"
RIGHT = HEAD + '''
def effective_kernel_size(kernel_size, dilation):
    if min(kernel_size, dilation) < 1: raise ValueError("nonsense")
    return dilation * (kernel_size - 1) + 1
'''


#: The annotations of its class are looked up in the module that the submission is.
POSTPONED = """from __future__ import annotations
from dataclasses import dataclass
from typing import ClassVar, get_type_hints
@dataclass
class Kernel:
    smallest: ClassVar[int] = 1
    size: int = 3
    dilation: int = 1
assert get_type_hints(Kernel)["size"] is int
def effective_kernel_size(kernel_size, dilation):
    kernel = Kernel(kernel_size, dilation)
    if min(kernel_size, dilation) < Kernel.smallest: raise ValueError("nonsense")
    return kernel.dilation * (kernel.size - 1) + 1
"""


def _outcomes(result: Result) -> dict[str, str]:
    return {entry.name: entry.outcome for entry in result.exercises if entry.outcome != "correct"}


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory, warm: object) -> Path:
    """The example class, graded once by two processes."""
    out = tmp_path_factory.mktemp("class")
    seen: list[Result] = []
    results = grade_class(find(EXAMPLE_CLASS), Settings(limits=LIMITS, out=out), 2, seen.append)
    assert len(results) == len(seen) == len(EXPECTED)
    return out


@pytest.mark.parametrize("student", EXPECTED)
def test_every_hand_in_of_the_example_class_has_its_own_end(out: Path, student: str) -> None:
    result = result_from_json((out / "results" / student / "dilated_convolution.json").read_text(encoding="utf-8"))
    outcome, exercises = EXPECTED[student]
    assert (result.outcome, _outcomes(result)) == (outcome, exercises)


def test_the_gradebook_names_every_student_once(out: Path) -> None:
    rows = list(csv.DictReader((out / "grades.csv").open(encoding="utf-8")))
    assert [row["student"] for row in rows] == sorted(EXPECTED)
    assert {row["student"]: float(row["score"]) for row in rows}["ada"] == 22


def test_every_student_has_a_page(out: Path) -> None:
    for student in EXPECTED:
        page = (out / "feedback" / student / "dilated_convolution.html").read_text(encoding="utf-8")
        assert student in page and "<h1" in page


def test_a_second_run_grades_nothing_again(out: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in (out / "results").rglob("*.json")}
    grade_class(find(EXAMPLE_CLASS), Settings(limits=LIMITS, out=out), 1, lambda result: None)
    assert {path: path.stat().st_mtime_ns for path in (out / "results").rglob("*.json")} == before


def test_whatever_can_change_a_verdict_is_in_its_key() -> None:
    assert _key(Settings()) == _key(Settings(out=Path("elsewhere"))) == _key(Settings(device="cpu"))
    others = [Settings(seed=1), Settings(limits=Limits(memory=2**29)), Settings(sandbox="process"), Settings(graded=False),
              Settings(exercises=("same_padding",))]
    keys = {_key(Settings()), _key(Settings(), "b"), _key(Settings(), devices=("cpu", "cuda")), *map(_key, others)}
    assert len(keys) == 3 + len(others)


def _key(settings: Settings, digest: str = "a", devices: tuple[str, ...] = ("cpu",)) -> str:
    return store.key_of(digest, settings.decisive, devices)


def test_the_result_holds_what_it_must(out: Path) -> None:
    data = json.loads((out / "results" / "dorothy" / "dilated_convolution.json").read_text(encoding="utf-8"))
    assert data.keys() >= {"schema", "student", "lesson", "outcome", "message", "score", "max_score", "devices", "seed", "seconds",
                           "exercises"}
    wrong = next(entry for entry in data["exercises"] if entry["name"] == "dilated_conv2d")
    assert wrong["misconception"] == "flips-the-kernel" and 0 <= wrong["score"] < wrong["max_score"] == 6
    outcomes = [check["outcome"] for check in wrong["checks"]]
    assert outcomes.count("failed") == 1 and set(outcomes[outcomes.index("failed") + 1:]) <= {"not_reached", "skipped"}


def test_checks_on_a_missing_device_are_skipped_with_the_reason(out: Path) -> None:
    result = result_from_json((out / "results" / "ada" / "dilated_convolution.json").read_text(encoding="utf-8"))
    on_cuda = [check for entry in result.exercises for check in entry.checks if check.device == "cuda"]
    assert len(on_cuda) >= 10
    if not torch.cuda.is_available():
        assert {(check.outcome, check.message) for check in on_cuda} == {("skipped", "no CUDA device")}
        assert result.devices == ("cpu",) and result.score == result.max_score


def test_cuda_is_checked_on_only_outside_bubblewrap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert Settings().devices() == Settings(sandbox="bubblewrap").devices() == ("cpu",)
    assert Settings(sandbox="process", device="cpu").devices() == ("cpu",)
    assert Settings(sandbox="process").devices() == Settings(sandbox="none", device="cuda").devices() == ("cpu", "cuda")
    with pytest.raises(ValueError, match="--sandbox=process"):
        Settings(device="cuda").devices()


@pytest.mark.parametrize(("device", "code", "over"), [("cuda", "1 / torch.tensor([1, 2]).reshape(3)", True), ("cpu", "x.no_such", False),
                                                      ("cpu", "torch.tensor([1, 2]).reshape(3)", False), ("cuda", "x.no_such", False)])
def test_after_an_error_of_torch_on_cuda_the_process_is_given_up(warm: Warm, device: str, code: str, over: bool) -> None:
    channel = warm.open()
    channel.request({"kind": "run", "name": "f", "source": f"import torch\ndef f(x):\n    return {code}", "notebook": False})
    with pytest.raises(Raised):
        Learner(channel, device).value("f", (1.0,), device="cpu")
    assert channel.ended == over


def test_a_hidden_check_shows_no_input(grade: Callable[[str], Result]) -> None:
    source = (EXAMPLE_CLASS / "ada" / "dilated_convolution" / "dilated_convolution.ipynb").read_text(encoding="utf-8")
    cells = {cell["metadata"].get("nbgrader", {}).get("grade_id"): "".join(cell["source"]) for cell in json.loads(source)["cells"]}
    spoiled = cells["dilated_conv2d"].replace("def dilated_conv2d", "def right") + '''
def dilated_conv2d(x, weight, bias=None, padding=(0, 0), dilation=(1, 1)):
    y = right(x, weight, bias, padding, dilation)
    return y + 1 if x.shape[-1] == 61 else y
'''
    result = grade(HEAD + spoiled)
    told = next(entry for entry in result.exercises if entry.name == "dilated_conv2d")
    assert told.outcome == "wrong" and "hidden" in told.message and "61" not in told.message and told.evidence is None


@pytest.mark.parametrize(("text", "outcome", "message"), [
    ("def effective_kernel_size(k, d):\n    return k +", "raised", "SyntaxError"),
    ("def effective_kernel_size(k, d):\n  return 1\n\traise", "raised", "TabError"),
    ("def effective_kernel_size(kernel, d): return d * (kernel - 1) + 1", "wrong", "no error, but "),
    ("def effective_kernel_size(k): return k", "raised", "TypeError"),
    ("def effective_kernel_size(k, d): print('x' * 10**6)", "wrong", "`return`"),
    ("def effective_kernel_size(k, d): return float(d * (k - 1) + 1)", "wrong", "a float where an int is due"),
    ("def effective_kernel_size(k, d): return True", "wrong", "a bool where an int is due"),
    ("class Sly(int): pass\ndef effective_kernel_size(k, d): return Sly(5)", "wrong", "Sly"),
    ("class E(Exception):\n    def __str__(self): raise E\ndef effective_kernel_size(k, d): raise E", "raised", "E:"),
    ("effective_kernel_size = 5", "not_attempted", "no function"), ("", "not_attempted", "no function"),
    ("import nothing_of_that_name\ndef effective_kernel_size(k, d): return 1", "wrong", "got       1"),
    ("def effective_kernel_size(k, d): raise NotImplementedError", "not_attempted", "handed out"),
    ("def effective_kernel_size(k, d):\n    k = k\n    raise NotImplementedError", "raised", "still there"),
    ("def effective_kernel_size(k, d): exit()", "raised", "SystemExit"),
    ("def effective_kernel_size(k, d): raise KeyboardInterrupt", "raised", "KeyboardInterrupt"),
    ("import os\nos._exit(0)\ndef effective_kernel_size(k, d): return 1", "crashed", "exit code 0"),
    (RIGHT + "while True: pass", "timeout", "no answer within 3 s in file"),
    ("def effective_kernel_size(k, d): return 10 ** 10000", "wrong", "an int of 33220 bits where an int is due"),
    ("def effective_kernel_size(k, d): return [10 ** 10000] * 9", "wrong", "a list where an int is due"),
    ("def effective_kernel_size(k, d): return 'long' * 10**6", "wrong", "a str where an int is due"),
    ("import torch\ndef effective_kernel_size(k, d): return torch.zeros(2 * 10**7)", "wrong", "a value too large to be sent"),
    (POSTPONED, "correct", "correct"),
    ("import sys, warnings\nwarnings.warn('careful')\n" + RIGHT.replace("    return", "    print('oh', file=sys.stderr)\n    return"),
     "correct", "correct"),
])
def test_broken_code_gets_its_own_words(grade: Callable[[str], Result], text: str, outcome: str, message: str) -> None:
    entry = grade(text).exercises[0]
    assert entry.outcome == outcome and message in entry.message, entry.message
    assert len(entry.message.splitlines()) <= 8


CONV = "def dilated_conv2d(x, weight, bias=None, padding=(0, 0), dilation=(1, 1)):\n    return "


@pytest.mark.parametrize(("text", "used"), [
    (CONV + "F.conv2d(x, weight, bias, 1, padding, dilation)", "torch.nn.functional.conv2d"),
    (CONV + "helper(x, weight)\ndef helper(x, w): return torch.nn.functional.unfold(x, 2)", "torch.nn.functional.unfold"),
    ("from torch.nn.functional import conv2d as mine, conv2d\n" + CONV + "conv2d(x, weight)", "torch.nn.functional.conv2d"),
    (CONV + "torch.nn.Conv2d(1, 1, 3)(x)", "torch.nn.Conv2d"),
    (CONV + "torch.ops.aten.convolution(x, weight, bias, (1, 1), padding, dilation, False, (0, 0), 1)", "torch.ops.aten.convolution"),
    (CONV + "getattr(F, 'conv' + '2d')(x, weight, bias, 1, padding, dilation)", "convolution"),
])
def test_a_forbidden_operation_is_named(grade: Callable[[str], Result], text: str, used: str) -> None:
    entry = next(entry for entry in grade(HEAD + text).exercises if entry.name == "dilated_conv2d")
    assert entry.outcome == "forbidden" and used in entry.message and entry.score == 0


def test_what_is_allowed_is_not_taken_for_forbidden(grade: Callable[[str], Result]) -> None:
    source = (EXAMPLE_CLASS / "blaise" / "dilated_convolution" / "dilated_convolution.ipynb").read_text(encoding="utf-8")
    cells = {cell["metadata"].get("nbgrader", {}).get("grade_id"): "".join(cell["source"]) for cell in json.loads(source)["cells"]}
    helper = "def unfold(x): return x.unfold(2, 1, 1)\ndef test_mine(): return F.conv2d(torch.ones(1, 1, 3, 3), torch.ones(1, 1, 2, 2))\n"
    used = cells["dilated_conv2d"].replace("padded = ", "unfold(x); padded = ")
    entry = next(entry for entry in grade(HEAD + helper + used).exercises if entry.name == "dilated_conv2d")
    assert entry.outcome == "correct", entry.message


@pytest.mark.parametrize("number", [2, 9, 15, 19])
def test_a_signal_to_its_group_reaches_nobody_else(grade: Callable[[str], Result], number: int) -> None:
    assert grade(f"import os\nos.kill(0, {number})\n" + RIGHT).score <= 1
    assert grade(RIGHT + f"# after signal {number}\n").score == 1


@pytest.mark.parametrize("answer", ["+".join("1" * 600), "k" + ".b" * 600, "0x" + "f" * 5000, "(" + "+".join("1" * 600) + ").real"])
def test_an_odd_expression_does_not_end_the_class(worker: Worker, tmp_path: Path, answer: str) -> None:
    folder = tmp_path / "class"
    for student, text in (("a", RIGHT), ("b", f"def effective_kernel_size(k, d): return {answer}\n"), ("c", RIGHT)):
        (folder / student / "dilated_convolution").mkdir(parents=True)
        (folder / student / "dilated_convolution" / "dilated_convolution.py").write_text(text)
    results = grade_class(find(folder), Settings(limits=LIMITS, out=tmp_path / "out"), 1, lambda result: None)
    assert [(result.outcome, result.score) for result in results] == [("graded", 1.0), ("graded", 0.0), ("graded", 1.0)]


def test_a_fault_costs_only_its_own_exercise(grade: Callable[[str], Result]) -> None:
    result = grade(RIGHT + "import os\ndef same_padding(k, d): os._exit(3)\n"
                   "def conv_output_size(size, kernel_size, stride=1, padding=0, dilation=1):\n    while True: pass\n")
    assert [(entry.outcome, entry.score) for entry in result.exercises[:3]] == [("correct", 1), ("timeout", 0), ("crashed", 0)]


LATER = RIGHT + """
def receptive_field(layers):
    while layers == [(3, 1, 0, 4)]: pass
    size, jump, centre = 1, 1, 0.0
    for kernel, stride, padding, dilation in layers:
        if min(kernel, stride, dilation) < 1 or padding < 0: raise ValueError
        reach = dilation * (kernel - 1)
        size, centre, jump = size + reach * jump, centre + reach / 2 * jump, jump * stride
    return size, jump, centre
"""


def test_a_warm_process_that_dies_is_replaced_and_changes_no_grade() -> None:
    worker = Worker(Settings(sandbox="bubblewrap", limits=LIMITS))
    path = EXAMPLE_CLASS / "ada" / "dilated_convolution" / "dilated_convolution.ipynb"
    try:
        before, *after = [_graded_after_a_death(worker, path, dies) for dies in (False, True, True)]
    finally:
        worker.close()
    assert before[0] == 22 and after == [before, before]


def _graded_after_a_death(worker: Worker, path: Path, dies: bool) -> tuple[float, list[str]]:
    if dies and worker._warm:
        worker._warm._process.kill()
        worker._warm._process.wait()
    result = worker.grade(Upload("student", "dilated_convolution", path))
    return result.score, [exercise.outcome for exercise in result.exercises]


def test_the_first_of_a_class_is_told_the_same_as_the_last(worker: Worker, grade: Callable[[str], Result]) -> None:
    """A check that has passed before is asked all at once: that must not let a later call spoil what an earlier one has shown."""
    fresh = Worker(Settings(sandbox="bubblewrap", limits=LIMITS))
    upload = Upload("ada", "dilated_convolution", EXAMPLE_CLASS / "ada" / "dilated_convolution" / "dilated_convolution.ipynb")
    told = []
    for each in (fresh, worker):
        if each is worker:
            worker.grade(upload)
        told.append(_graded_text(each, LATER).exercises[5])
    fresh.close()
    assert told[0] == told[1] and told[0].outcome == "wrong"


def _graded_text(worker: Worker, text: str) -> Result:
    with tempfile.NamedTemporaryFile("w", suffix=".py") as file:
        file.write(text)
        file.flush()
        return worker.grade(Upload("student", "dilated_convolution", Path(file.name)))


def test_the_time_of_a_submission_is_one_for_all_its_processes(tmp_path: Path, warm: object) -> None:
    limits = Limits(call_seconds=2.0, submission_seconds=5.0)
    worker = Worker(Settings(sandbox="bubblewrap", limits=limits))
    result = _graded_text(worker, "import time\ntime.sleep(1)\n" + "".join(
        f"def {name}(*args, **options): time.sleep(60)\n" for name in ("effective_kernel_size", "conv_output_size", "same_padding",
                                                                      "dilate_kernel", "receptive_field", "valid_taps")))
    worker.close()
    assert {entry.outcome for entry in result.exercises} <= {"timeout", "not_attempted"} and result.score == 0


def test_names_and_links_are_only_data(tmp_path: Path, worker: Worker) -> None:
    folder = tmp_path / "class"
    for student in ("--help", "=cmd()", "<b>bob", "a\nb", "ü", "u\u0308", "x" * 200, "\u202eevil"):
        (folder / student / "dilated_convolution").mkdir(parents=True)
        (folder / student / "1_dilated_convolution").mkdir()
        (folder / student / "dilated_convolution" / "dilated_convolution.py").write_text(RIGHT)
    (folder / os.fsdecode(b"bad\xff") / "dilated_convolution").mkdir(parents=True)
    (folder / "linked").symlink_to(EXAMPLE_CLASS / "ada")
    (folder / "stray").mkdir()
    (folder / "file.txt").write_text("not a student")
    (folder / "stray" / "other_course").mkdir()
    (folder / ".git" / "objects").mkdir(parents=True)
    (folder / ".dot" / "dilated_convolution").mkdir(parents=True)
    (folder / ".dot" / "1_dilated_convolution").mkdir()
    (folder / ".dot" / "1_dilated_convolution" / "dilated_convolution.py").write_text(RIGHT)
    found = find(folder)
    assert len(found.uploads) == 12 and [path.name for path in found.ignored] == ["other_course"]
    out = tmp_path / "out"
    results = grade_class(found, Settings(sandbox="bubblewrap", limits=LIMITS, out=out), 1, lambda result: None)
    scores = {result.student: (result.outcome, result.score) for result in results}
    assert scores["linked"][0] == scores["stray"][0] == scores[os.fsdecode(b"bad\xff")][0] == "unreadable"
    assert scores["--help"] == scores["a\nb"] == scores["\u202eevil"] == scores[".dot"] == ("graded", 1.0)
    text = (out / "grades.csv").read_text(encoding="utf-8")
    assert "'=cmd()" in text and "\u202e" not in text and "'--help" in text
    assert "<b>bob" not in (out / "feedback" / "<b>bob" / "dilated_convolution.html").read_text(encoding="utf-8")


def test_a_worker_that_dies_is_replaced_and_the_class_goes_on(tmp_path: Path, warm: object, monkeypatch: pytest.MonkeyPatch) -> None:
    uploads = [Upload(name, "dilated_convolution", EXAMPLE_CLASS / "emmy" / "dilated_convolution" / "dilated_convolution.ipynb")
               for name in ("a", "deadly", "c")]
    monkeypatch.setattr(batch, "grade_in_process", _dies_on_deadly)
    settings = Settings(limits=LIMITS, out=tmp_path)
    results = {result.student: result.outcome for result in batch.grade_uploads(uploads, settings, 2)}
    assert results == {"a": "graded", "deadly": "crashed", "c": "graded"} == {student: _stored(tmp_path, student) for student in results}


def _stored(out: Path, student: str) -> str:
    return result_from_json(store.result_path(out, student, "dilated_convolution").read_text(encoding="utf-8")).outcome


def _dies_on_deadly(upload: Upload) -> Result:
    from autograder.grading.worker import grade_in_process
    if upload.student == "deadly":
        os.kill(os.getpid(), signal.SIGKILL)
    return grade_in_process(upload)


def test_a_fault_of_ours_is_an_explicit_0_and_is_tried_again(tmp_path: Path, worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh, path = Worker(Settings(sandbox="bubblewrap", limits=LIMITS, out=tmp_path / "out")), tmp_path / "a.py"
    path.write_text(RIGHT)
    upload = Upload("a", "dilated_convolution", path)
    for name in ("read", "page"):
        with monkeypatch.context() as patch:
            patch.setattr(f"autograder.grading.worker.{name}", _breaks)
            result = fresh.grade(upload)
        assert (result.outcome, result.score, result.message.count("\n")) == ("crashed", 0, 0) and "a fault of ours" in result.message
    assert fresh.grade(upload).score == 1
    fresh.close()


def _breaks(*args: object) -> Result:
    raise RuntimeError("a fault of ours\nin two lines")


def test_a_fault_in_a_worker_does_not_stop_the_class(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "grade_in_process", _breaks)
    uploads = [Upload(name, "dilated_convolution", Path(name)) for name in "ab"]
    assert [result.outcome for result in batch.grade_uploads(uploads, Settings(limits=LIMITS), 1)] == ["crashed", "crashed"]
    with pytest.raises(ValueError, match="unknown sandbox"):
        list(batch.grade_uploads(uploads, Settings(sandbox="sand"), 1))


def test_a_damaged_result_is_made_again(worker: Worker, tmp_path: Path) -> None:
    upload = Upload("emmy", "dilated_convolution", EXAMPLE_CLASS / "emmy" / "dilated_convolution" / "dilated_convolution.ipynb")
    path = store.result_path(tmp_path, "emmy", "dilated_convolution")
    for text in ("", "{", '{"schema": 1}', "[]", "null"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        assert store.stored(tmp_path, upload.student, upload.lesson, "key") is None


def test_without_a_sandbox_a_class_is_not_graded(monkeypatch: pytest.MonkeyPatch) -> None:
    from autograder.sandbox import bubblewrap
    monkeypatch.setattr(bubblewrap, "executable", lambda: None)
    with pytest.raises(NoSandbox):
        Worker(Settings())
