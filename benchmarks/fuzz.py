"""Fuzzing: hostile bytes for everything here that reads what others wrote. Each surface refuses them in a sentence, or reads them soundly.

Every surface is one function of bytes that raises nothing. Hypothesis draws inputs that are almost right; atheris, where it is
installed, changes bytes and is led by what they reach. Prints a table; exit code 1 at the first traceback, hang or grade gained.
"""

import contextlib
import json
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from importlib.metadata import version
from importlib.util import find_spec
from itertools import cycle
from pathlib import Path
from types import FrameType
from typing import Any

import hypothesis
import torch
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import SearchStrategy

from autograder import config, course
from autograder.course import Lesson
from autograder.examination.attempt import Attempt
from autograder.examination.examine import Job, examine
from autograder.feedback.page import page
from autograder.feedback.report import report
from autograder.grading import store as grades
from autograder.learner_side.session import Session
from autograder.learner_side.wire import Closed, ProtocolError, Stream, frame, parse
from autograder.notebook import store as progress
from autograder.sandbox import DirectChannel, Ended
from autograder.sandbox.channel import CallBack, Prepared, SocketChannel
from autograder.sandbox.reports import FORM, checked
from autograder.submission import Submission, Unreadable, from_notebook, from_python, is_stub
from autograder.verdicts import ExerciseResult

from . import fuzz_inputs as inputs

INPUTS = 100_000
#: Seconds for one input. They take milliseconds: what takes this long hangs.
SECONDS = 20
#: Inputs that Hypothesis draws at once.
AT_ONCE = 5_000
#: Of the inputs of a surface that atheris makes, Hypothesis draws one in so many, and one in so many is graded as well.
DRAWN, GRADED_TOO = 10, 500
LESSON = course.lesson("dilated_convolution")


class Hang(BaseException):
    """One input took more than ``SECONDS``."""


@dataclass(frozen=True)
class Surface:
    """What reads bytes: ``read`` says how it ended, and raises for nothing. ``seeds`` are sound inputs."""

    name: str
    read: Callable[[bytes], str]
    drawn: SearchStrategy[bytes]
    seeds: Callable[[], list[bytes]]


def notebook(data: bytes) -> str:
    """A hand-in: its code is the file's own, behind the course's set-up, and nothing but code decides its digest."""
    submission = _submission(lambda: from_notebook(data, LESSON))
    if submission is None:
        return "refused"
    sources = [inputs.text_of(cell) for cell in json.loads(inputs.decoded(data))["cells"] if cell.get("cell_type") == "code"]
    first, *rest = submission.cells
    assert first.source == inputs.SETUP and all(cell.source in sources for cell in rest), "code from nowhere"
    own = [cell.exercise for cell in rest if cell.exercise]
    assert len(own) == len(set(own)) and set(own) <= LESSON.exercises.keys(), "two cells of one exercise"
    assert from_notebook(inputs.bare(data), LESSON).digest == submission.digest, "something else than code counts"
    return _asked(submission)


def python_file(data: bytes) -> str:
    """A hand-in as plain text: one cell, or refused."""
    submission = _submission(lambda: from_python(data))
    return _asked(submission) if submission else "refused"


def _submission(read: Callable[[], Submission]) -> Submission | None:
    try:
        return read()
    except Unreadable as reason:
        assert str(reason) and "\n" not in str(reason)
        return None


def _asked(submission: Submission) -> str:
    """Ask all that grading asks of a hand-in before it runs."""
    assert len(submission.digest) == 64
    for name in ("effective_kernel_size", "dilated_conv2d"):
        definition = submission.definition(name)
        assert isinstance(submission.uses(name), set) and isinstance(submission.source_of(name), str)
        assert definition is None or is_stub(definition) in (True, False)
    return "read"


def messages(data: bytes) -> str:
    """What a learner's process writes: every message of it can be sent again, and none is taken for an answer."""
    with _stream(data) as stream:
        reports = [_is_report(message) for message in _received(stream)]
    with _stream(data) as stream, contextlib.suppress(_Refused):
        _asked_over(stream)
        raise AssertionError("a message without the call's own number was taken for its answer")
    return "read" if any(reports) else "refused"


class _Refused(Exception):
    """The channel gave up its process."""


def _asked_over(stream: Stream) -> None:
    ending = {"code": 0, "killed": False, "cpu_seconds": 0.0, "cpu_limit": 1}
    try:
        SocketChannel(stream, lambda grace: ending, SECONDS, SECONDS, callbacks=20).request(inputs.CALL)
    except Ended as ended:
        assert ended.outcome == "crashed", ended.outcome
        raise _Refused from None


@contextlib.contextmanager
def _stream(data: bytes) -> Iterator[Stream]:
    """A stream on which the data has arrived, and then nothing more."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(data[:inputs.MAX_BYTES])
        theirs.shutdown(socket.SHUT_WR)
        yield Stream(ours)


def _received(stream: Stream) -> Iterator[dict[str, Any]]:
    with contextlib.suppress(ProtocolError, Closed):
        while True:
            yield stream.receive(time.monotonic() + SECONDS)[1]


def _is_report(message: dict[str, Any]) -> bool:
    """Whether a message is a report; then all its parts are of their types."""
    assert frame(message), "what was received can't be sent"
    try:
        parts = checked(message)
    except Ended:
        return False
    assert all(type(parts[name]) is kind for name, kind in FORM.items() if name in parts), "a report of another form"
    return True


def settings_file(data: bytes) -> str:
    """``atrous.toml``: settings that the system can be told, or one line that names the file."""
    (_place() / config.FILE).write_bytes(data)
    try:
        read = config.load(_place())
    except ValueError as error:
        assert str(error).startswith(str(_place())) and "\n" not in str(error) and len(str(error)) < 1_000, str(error)
        return "refused"
    assert all(0 < value <= 2**50 for value in vars(read.limits).values()) and abs(read.seed) < 2**63
    return "read"


def result_file(data: bytes) -> str:
    """A result: everything in it adds up and can be shown, or it is not believed and graded again."""
    path = grades.result_path(_place(), "ada", LESSON.name)
    path.write_bytes(data)
    result = grades.stored(_place(), "ada", LESSON.name, inputs.KEY)
    try:
        everything, _ = grades.all_results(_place())
    except ValueError:
        assert result is None
        return "refused"
    for there in everything:
        earned = sum(entry.score for entry in there.exercises)
        assert there.score <= min(there.max_score, earned) + 0.01, "points from nowhere"
        assert page(there, {}) and grades.grades_csv([there]).count("\n") == 2
    assert report(everything)
    assert result is None or (result.student, result.lesson, result.key) == ("ada", LESSON.name, inputs.KEY), "somebody else's result"
    return "read" if result else "read, but graded again"


def progress_file(data: bytes) -> str:
    """A learner's progress: added to, or set aside as it is, in a sentence."""
    (_place() / progress.FILE).write_bytes(data)
    with contextlib.redirect_stdout(None):
        progress.record([inputs.CORRECT], LESSON.name, _place())
    now = progress.read(_place())["exercises"][f"{LESSON.name}.{inputs.CORRECT.name}"]
    aside = [path for path in _place().glob("*.damaged*.json") if path.read_bytes() == data]
    for path in aside:
        path.unlink()
    assert now["outcome"] == "correct" and (now["attempts"] == 1 or not aside)
    return "refused" if aside else "read"


@cache
def _place() -> Path:
    """A folder for the files, of this process alone."""
    folder = Path(tempfile.mkdtemp(prefix="fuzz"))
    for path in (grades.result_path(folder, "ada", LESSON.name), grades.feedback_path(folder, "ada", LESSON.name)):
        path.parent.mkdir(parents=True)
        path.touch()
    return folder


def worthless_notebooks(trees: list[bytes]) -> Counter[str]:
    """Hand-ins with nothing in them that earns a point, graded in this process: they earn none."""
    def job(data: bytes, submission: Submission) -> Job:
        return Job(Attempt(submission, lambda: DirectChannel(Session())), LESSON, lambda: DirectChannel(Session()), graded=True,
                   done=lambda results: earned.update({f"{_nothing(results, data)}": 1}))

    earned, read = Counter[str](), [(data, _submission(partial(from_notebook, data, LESSON))) for data in trees]
    examine((job(data, submission) for data, submission in read if submission), [LESSON.name])
    return earned + Counter({"refused": len(trees) - earned.total()})


def _nothing(results: list[ExerciseResult], data: Any) -> str:
    assert sum(result.score for result in results) == 0, f"points for nothing: {data!r}"
    return "graded 0"


class Forged:
    """A channel whose other side says the same to every question."""

    ended = False

    def __init__(self, answer: tuple[bytes, bytes]) -> None:
        self._answer = answer

    def ahead(self, messages: list[Prepared]) -> None:
        """Nobody answers ahead."""

    def request(self, message: dict[str, Any], call_back: CallBack | None = None) -> dict[str, Any]:
        """What is always said."""
        try:
            return parse(self._answer[0], memoryview(self._answer[1]))
        except ProtocolError as error:
            raise Ended("crashed", str(error)) from None

    def close(self) -> None:
        """Nothing to end."""


def forged_answers(answers: list[tuple[bytes, bytes]]) -> Counter[str]:
    """Spoiled reports as the answer to everything that the checks of all exercises ask, one exercise after another: none is correct."""
    rows = cycle([(lesson, name) for lesson in course.lessons().values() for name in lesson.exercises])
    ends, asked = Counter[str](), list(zip(answers, rows, strict=False))

    def job(answer: tuple[bytes, bytes], lesson: Lesson, name: str) -> Job:
        return Job(Attempt(Submission(()), lambda: Forged(answer), load=False), lesson, lambda: DirectChannel(Session()), graded=True,
                   exercises=(name,), done=lambda results: ends.update([_wrong(results[0], answer)]))

    examine((job(answer, *row) for answer, row in asked), course.lessons())
    return ends


def _wrong(result: ExerciseResult, answer: tuple[bytes, bytes]) -> str:
    assert result.outcome != "correct" and result.score < result.max_score, f"{result.name} is correct with {answer!r}"
    return result.outcome


SURFACES = {surface.name: surface for surface in (
    Surface("notebooks", notebook, inputs.NOTEBOOKS, lambda: [inputs.encoded(inputs.NOTEBOOK)]),
    Surface("Python files", python_file, inputs.PYTHON_FILES, lambda: [inputs.NOTEBOOK["cells"][1]["source"].encode()]),
    Surface("wire messages", messages, inputs.frames(), inputs.frame_seeds),
    Surface("settings (atrous.toml)", settings_file, inputs.SETTINGS_FILES, lambda: [inputs.SETTINGS]),
    Surface("result files", result_file, inputs.RESULT_FILES, lambda: [inputs.encoded(inputs.RESULT)]),
    Surface("progress files", progress_file, inputs.PROGRESS_FILES, lambda: [inputs.encoded(inputs.PROGRESS)]))}
#: What is graded: so many inputs, drawn how, and judged all together.
GRADED: dict[str, tuple[SearchStrategy[Any], Callable[[list[Any]], Counter[str]]]] = {
    "worthless notebooks, graded": (inputs.WORTHLESS_NOTEBOOKS, worthless_notebooks),
    "forged answers, graded": (inputs.answers(), forged_answers)}


def main(wanted: list[str]) -> int:
    """Fuzz every surface with ``INPUTS`` inputs (or as many as the argument says), and print the table.

    Atheris makes that many, and Hypothesis a tenth of them, which are nearer to right; without atheris Hypothesis makes them all.
    """
    torch.set_num_threads(1)
    number = int(wanted[0]) if wanted else INPUTS
    seed, quick = secrets.randbits(32), find_spec("atheris") is not None
    print(f"seed {seed}; {'atheris ' + version('atheris') if quick else 'atheris is not installed: Hypothesis alone'}\n")
    print("| what is read | engine | inputs | how they ended | seconds |\n| --- | --- | ---: | --- | ---: |")
    for name, surface in SURFACES.items():
        _row(name, "Hypothesis", lambda surface=surface: drawn(surface.drawn, number // DRAWN if quick else number, seed, surface.read))
        if quick:
            _row(name, "atheris", lambda surface=surface: guided(surface, number))
    for name, (strategy, judge) in GRADED.items():
        _row(name, "Hypothesis", lambda strategy=strategy, judge=judge: graded(strategy, judge, max(number // GRADED_TOO, 1), seed))
    return 0


def _row(name: str, engine: str, work: Callable[[], Counter[str]]) -> None:
    start, ends = time.perf_counter(), work()
    told = ", ".join(f"{count:,} {end}" for end, count in sorted(ends.items()))
    print(f"| {name} | {engine} | {ends.total():,} | {told} | {time.perf_counter() - start:.0f} |", flush=True)


def drawn(strategy: SearchStrategy[Any], number: int, seed: int, read: Callable[[Any], str]) -> Counter[str]:
    """How ``number`` inputs drawn by Hypothesis ended, a bounded number at a time: it remembers all that it has drawn."""
    ends, rounds = Counter[str](), 0
    while ends.total() < number:
        @hypothesis.seed(seed + rounds)
        @settings(max_examples=min(AT_ONCE, number - ends.total()), deadline=None, database=None, suppress_health_check=list(HealthCheck),
                  phases=(Phase.generate,))
        @given(strategy)
        def one(data: Any) -> None:
            with _no_hang():
                ends[read(data)] += 1

        one()
        rounds += 1
    return ends


def guided(surface: Surface, number: int) -> Counter[str]:
    """How inputs ended that atheris made in a process of its own. Raises ``SystemExit`` with its report at the first failure."""
    with tempfile.TemporaryDirectory() as folder:
        for place, data in enumerate(surface.seeds()):
            (Path(folder) / str(place)).write_bytes(data)
        words = [sys.executable, "-m", "benchmarks.fuzz_guided", surface.name, str(number), folder, f"-timeout={SECONDS}",
                 f"-artifact_prefix={folder}/", "-max_len=20000"]
        done = subprocess.run(words, capture_output=True, text=True, check=False, errors="replace")
    if done.returncode:
        raise SystemExit(f"{surface.name}: atheris found something\n{done.stdout[-3000:]}{done.stderr[-6000:]}")
    return Counter(json.loads(done.stdout.splitlines()[-1]))


def graded(strategy: SearchStrategy[Any], judge: Callable[[list[Any]], Counter[str]], number: int, seed: int) -> Counter[str]:
    """How ``number`` drawn inputs ended that are graded."""
    collected: list[Any] = []
    drawn(strategy, number, seed, lambda data: collected.append(data) or "drawn")
    return judge(collected)


@contextlib.contextmanager
def _no_hang() -> Iterator[None]:
    """Raise ``Hang`` in what takes longer than ``SECONDS``."""
    before = signal.signal(signal.SIGALRM, _hangs)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def _hangs(number: int, frame: FrameType | None) -> None:
    raise Hang


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
