"""Grades in one process: keeps a warm sandbox and one pytest session, and turns one uploaded file after another into a result."""

import math
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from queue import SimpleQueue

import torch

from autograder import course
from autograder.config import Limits
from autograder.course import Lesson
from autograder.errors import Stopped
from autograder.examination.attempt import Attempt
from autograder.examination.examine import BrokenCourse, Job, devices, examine
from autograder.feedback.page import page
from autograder.languages import SETTING, language, say
from autograder.learner_side.session import Session
from autograder.sandbox import Channel, DirectChannel, Ended, NoSandbox, Warm
from autograder.submission import Submission, Unreadable, absent, read
from autograder.verdicts import ExerciseResult, Result

from . import store
from .find import Upload

SANDBOXES = ("auto", "bubblewrap", "process", "none")


@dataclass(frozen=True)
class Settings:
    """How a run grades. ``out`` None: nothing is written. ``exercises`` empty: all.

    Raises ``ValueError`` when ``sandbox`` is none of ``SANDBOXES``.
    """

    seed: int = 0
    device: str = "auto"
    sandbox: str = "auto"
    limits: Limits = field(default_factory=Limits)
    out: Path | None = None
    exercises: tuple[str, ...] = ()
    graded: bool = True
    language: str = field(default_factory=language)

    @property
    def decisive(self) -> str:
        """All that can change a verdict, as text; which devices were checked on is known apart."""
        return repr(replace(self, out=None, device="auto"))

    def devices(self) -> tuple[str, ...]:
        """The devices to check on: in bubblewrap only the CPU. Raises ``ValueError`` when what is wanted can't be had."""
        possible = devices(self.device)
        if self.sandbox in ("process", "none"):
            return possible
        if self.device == "cuda":
            raise ValueError("CUDA can't be used inside bubblewrap; say --sandbox=process (for code that you trust) or --device=cpu")
        return ("cpu",)

    def __post_init__(self) -> None:
        if self.sandbox not in SANDBOXES:
            raise ValueError(f"unknown sandbox {self.sandbox!r}; there are: {', '.join(SANDBOXES)}")


class Worker:
    """Grades uploads with the same settings. Raises ``NoSandbox`` when there can be no sandbox, ``ValueError`` for a missing device."""

    def __init__(self, settings: Settings) -> None:
        torch.set_num_threads(1)  # a process a core: more threads would only wait for each other
        os.environ[SETTING] = settings.language
        self.settings = settings
        self.devices = settings.devices()
        self._warm = self._started()
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._answers: SimpleQueue[list[ExerciseResult] | BaseException] = SimpleQueue()
        self._session: threading.Thread | None = None

    def grade(self, upload: Upload) -> Result:
        """The result of one upload, from ``out`` where it is there already. Whatever the file holds, there is a result."""
        result = self._without_fault(upload, lambda: self._graded(upload, course.lesson(upload.lesson)))
        return result if result.key else recorded(result, self.settings.out)

    def grade_submission(self, upload: Upload, submission: Submission) -> Result:
        """The result of an upload that has been read already. Writes nothing."""
        return self._without_fault(upload, lambda: self._examined(upload, course.lesson(upload.lesson), submission))

    def _without_fault(self, upload: Upload, graded: Callable[[], Result]) -> Result:
        """A fault of ours must neither stop the class nor pass for the learner's."""
        try:
            return graded()
        except (Stopped, BrokenCourse):
            raise
        except (Exception, Ended) as fault:
            return failed(upload, fault, self.settings.seed)

    def _graded(self, upload: Upload, lesson: Lesson) -> Result:
        submission, key, known = looked_up(upload, self.settings, self.devices)
        return known or kept(self._examined(upload, lesson, submission).named(upload.student, key), submission, self.settings.out)

    def try_out(self) -> None:
        """Start a process for a submission, and end it. Raises ``NoSandbox`` when it could not be confined."""
        self._connect(math.inf).close()

    def fork_seconds(self) -> float:
        """CPU seconds that submissions have used in forks of the warm process."""
        return self._warm.fork_seconds if self._warm else 0.0

    def close(self) -> None:
        """End the sandbox and the pytest session."""
        self._jobs.put(None)
        if self._warm:
            self._warm.close()

    def _examined(self, upload: Upload, lesson: Lesson, submission: Submission) -> Result:
        start, settings = time.perf_counter(), self.settings
        until, cpu_until = start + settings.limits.submission_seconds, self.fork_seconds() + settings.limits.cpu_seconds
        attempt = Attempt(submission, lambda: self._connect(max(until - time.perf_counter(), 0.0), cpu_until - self.fork_seconds()))
        job = Job(attempt, lesson, lambda: self._connect(math.inf), settings.seed, settings.graded, self.devices, settings.exercises,
                  done=self._answers.put)
        exercises = tuple(self._answer(job))
        score, points = (round(sum(numbers), 2) for numbers in ([e.score for e in exercises], [e.max_score for e in exercises]))
        seconds = round(time.perf_counter() - start, 3)
        remarks = " ".join(submission.remarks)
        return Result(upload.student, lesson.name, "graded", remarks, score, points, self.devices, settings.seed, seconds, exercises)

    def _answer(self, job: Job) -> list[ExerciseResult]:
        """What the pytest session says of a job. In this thread where learners' code runs in this process, so that Ctrl-C reaches it."""
        if self._warm is None:
            examine([job], [job.lesson.name])
        else:
            self._queue(job)
        answer = self._answers.get()
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def _queue(self, job: Job) -> None:
        if self._session is None or not self._session.is_alive():
            self._session = threading.Thread(target=self._run, name="checks", daemon=True)
            self._session.start()
        self._jobs.put(job)

    def _run(self) -> None:
        try:
            examine(iter(self._jobs.get, None), course.lessons())
        except BaseException as fault:  # carried to the thread that waits for an answer
            self._answers.put(fault)

    def _started(self) -> Warm | None:
        wanted, cuda = self.settings.sandbox, "cuda" in self.devices
        return None if wanted == "none" else Warm(wanted != "process", self.settings.limits, cuda)

    def _connect(self, total_seconds: float, cpu_seconds: float | None = None) -> Channel:
        if self._warm is None:
            return DirectChannel(Session(), self.settings.limits.call_seconds)
        try:
            return self._warm.open(total_seconds, cpu_seconds)
        except NoSandbox:  # the warm process itself has died; a new one takes its place once
            self._warm.close()
            self._warm = self._started()
            assert self._warm
            return self._warm.open(total_seconds, cpu_seconds)


def looked_up(upload: Upload, settings: Settings, devices: tuple[str, ...]) -> tuple[Submission, str, Result | None]:
    """What was handed in, its key, and its result where that is known without running anything: from ``out``, or it can't be read."""
    submission, reason = read_upload(upload, settings)
    key = store.key_of(reason or submission.identity, settings.decisive, devices)
    known = store.stored(settings.out, upload.student, upload.lesson, key) if settings.out else None
    if known is None and reason:
        known = kept(unreadable(upload, reason, settings.seed).named(upload.student, key), submission, settings.out)
    return submission, key, known


def read_upload(upload: Upload, settings: Settings) -> tuple[Submission, str]:
    """What was handed in, and why it can't be read; one of the two is empty."""
    if not os.path.lexists(upload.path):
        return Submission(()), absent(upload.path)
    try:
        return read(upload.path, course.lesson(upload.lesson), settings.limits.submission_bytes), ""
    except Unreadable as reason:
        return Submission(()), str(reason)


def kept(result: Result, submission: Submission, out: Path | None) -> Result:
    """The result, once it and its page are written where there is an ``out``."""
    if out:
        store.keep(out, result, page_of(result, submission))
    return result


def page_of(result: Result, submission: Submission) -> str:
    """The feedback page of a result, as HTML."""
    return page(result, {name: submission.source_of(name) for name in course.lesson(result.lesson).exercises})


def recorded(result: Result, out: Path | None) -> Result:
    """The result of a submission that could not be examined, written if that can be: the reason may be the page itself."""
    try:
        return kept(result, Submission(()), out)
    except Stopped:
        raise
    except Exception:
        return result


def unreadable(upload: Upload, reason: str, seed: int, outcome: str = "unreadable") -> Result:
    """The explicit 0 of a submission that can't be graded, with the reason."""
    lesson = course.lesson(upload.lesson)
    exercises = tuple(ExerciseResult(row.name, "not_attempted", 0.0, row.points, None, reason) for row in lesson.exercises.values())
    return Result(upload.student, lesson.name, outcome, reason, 0.0, lesson.points, (), seed, 0.0, exercises)


def failed(upload: Upload, fault: BaseException, seed: int) -> Result:
    """The explicit 0 of a submission on which this grader itself failed. It has no key, so that the next run tries again."""
    reason = say("the grader failed on this submission: {fault}", fault=repr(fault)[:300])
    return unreadable(upload, " ".join(reason.split()), seed, "crashed")


_settings = Settings()


def set_up(settings: Settings) -> None:
    """What an executor calls once in each of its processes. Starts nothing yet: an error here could not be told."""
    global _settings
    _settings = settings
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that gave the order; what is being graded is finished
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A run that is killed takes its processes with it: the sandbox ends when this process does."""
    if parent := multiprocessing.parent_process():
        parent.join()
        os._exit(1)


@cache
def _worker() -> Worker:
    return Worker(_settings)


def grade_in_process(upload: Upload) -> Result:
    """Grade in one of an executor's processes. Raises ``NoSandbox`` when there can be none."""
    return _worker().grade(upload)
