"""Runs checks with pytest, one submission after another in one session: the check files are imported once."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import groupby

import pytest
import torch

from autograder import course
from autograder.course import Lesson
from autograder.sandbox import Channel
from autograder.verdicts import ExerciseResult

from .attempt import Attempt
from .fixtures import Fixtures, device_of, exercise_of, lesson_of
from .marking import Marking

#: Everything that pytest offers and a check doesn't need; it would only cost time.
OPTIONS = ("--noconftest", "--rootdir", str(course.EXERCISES), "-c", str(course.EXERCISES / "pytest.ini"), "--import-mode=importlib",
           *(word for name in ("cacheprovider", "terminal", "capture", "logging", "warnings", "faulthandler", "unraisableexception",
                               "threadexception", "doctest", "junitxml", "stepwise", "hypothesispytest", "setuponly", "debugging")
             for word in ("-p", f"no:{name}")), "--disable-plugin-autoload")


@dataclass(frozen=True)
class Job:
    """One submission to examine, and how. ``connect`` opens a process for a stage, which may outlive the job.

    ``exercises`` empty: all of the lesson. ``graded``: hidden checks run as well. ``only`` says which of the checks count.
    """

    attempt: Attempt
    lesson: Lesson
    connect: Callable[[], Channel]
    seed: int = 0
    graded: bool = False
    devices: tuple[str, ...] = ("cpu",)
    exercises: tuple[str, ...] = ()
    only: Callable[[pytest.Item], bool] = field(default=lambda item: True)
    done: Callable[[list[ExerciseResult]], None] = field(default=lambda results: None)


class BrokenCourse(Exception):
    """A check file can't be collected: the course's own fault, never the learner's."""


def examine(jobs: Iterable[Job], lessons: Iterable[str]) -> None:
    """Run the checks of ``lessons`` over every job; each job's ``done`` gets its exercises' results. Raises ``BrokenCourse``."""
    files = [str(course.EXERCISES / lesson / "checks.py") for lesson in lessons]
    examination = Examination(jobs)
    try:
        code = pytest.main([*OPTIONS, *files], plugins=[examination])
    finally:
        examination.close()
    if examination.fault:
        raise examination.fault
    if examination.complaints or code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):  # failed checks are a result
        raise BrokenCourse(f"the checks can't be run: {' '.join(examination.complaints)[-2000:] or code}")


def devices(wanted: str = "auto") -> tuple[str, ...]:
    """The devices to check on: ``auto`` takes CUDA where there is one. Raises ``ValueError`` when what is wanted isn't there."""
    if wanted not in ("auto", "cpu", "cuda"):
        raise ValueError(f"unknown device {wanted!r}; there are: auto, cpu, cuda")
    if wanted == "cuda" and not torch.cuda.is_available():
        raise ValueError("no CUDA device; use --device=cpu or auto")
    return ("cpu",) if wanted == "cpu" or not torch.cuda.is_available() else ("cpu", "cuda")


class Examination(Fixtures):
    """The pytest plugin that replaces the run loop: all checks of one job, then of the next."""

    def __init__(self, jobs: Iterable[Job]) -> None:
        super().__init__()
        self.jobs = jobs
        self.fault: BaseException | None = None
        self.complaints: list[str] = []
        self._error: BaseException | None = None

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep what is wrong with a check file."""
        if report.failed:
            self.complaints.append(str(report.longrepr))

    def pytest_keyboard_interrupt(self) -> None:
        """Ctrl-C while pytest was at work: raised again by ``examine``, not turned into an exit code."""
        self.fault = self.fault or KeyboardInterrupt()

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Examine every job with the checks that were collected once."""
        checks = {name: list(items) for name, items in groupby(session.items, lesson_of)}
        try:
            for job in self.jobs:
                job.done(self._job(job, checks[job.lesson.name]))
        except BaseException as fault:  # pytest would turn it into an exit code; `examine` raises it again
            self.fault = fault
        return True

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, call: pytest.CallInfo[None]) -> None:
        """Keep what a check raised."""
        if call.excinfo is not None:
            self._error = self._error or call.excinfo.value

    def _job(self, job: Job, items: list[pytest.Item]) -> list[ExerciseResult]:
        self.attempt, self.connect, self.seed = job.attempt, job.connect, job.seed
        self.traces.clear()
        try:
            groups = [(name, list(filter(job.only, group))) for name, group in groupby(items, exercise_of)]
            return [self._exercise(job, name, group) for name, group in groups if not job.exercises or name in job.exercises]
        finally:
            job.attempt.close()

    def _exercise(self, job: Job, name: str, items: list[pytest.Item]) -> ExerciseResult:
        marking = Marking(job.lesson.exercises[name], job.attempt, job.graded)
        if early := marking.before():
            return early
        for item in items:
            if getattr(item.function, "hidden", False) and not job.graded:  # type: ignore[attr-defined]
                continue
            if device_of(item) not in job.devices:
                marking.skipped(item)
            elif marking.over:
                marking.not_reached(item)
            else:
                marking.ran(item, self._run(item), self.current)
        return marking.result()

    def _run(self, item: pytest.Item) -> BaseException | None:
        self._error = None
        item.ihook.pytest_runtest_protocol(item=item, nextitem=None)
        if self._error is None and self.current.call_back is None:
            self.scripts.passed(item.nodeid, self.seed, self.current.sent)
        return self._error
