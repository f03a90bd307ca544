"""What `atrous check` and `atrous watch` do: one file of one's own, checked where it is safest, and told in plain text."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from autograder import config
from autograder.course import Lesson
from autograder.errors import NoSandbox
from autograder.examination.examine import devices
from autograder.grading import Settings
from autograder.grading.find import Upload
from autograder.grading.worker import Worker
from autograder.languages import say
from autograder.verdicts import Result

#: In this order a sandbox is tried for one's own work, where none was named.
OWN_WORK = ("bubblewrap", "process", "none")


@contextlib.contextmanager
def checker(file: Path, lesson: Lesson, exercise: str | None, seed: int | None, device: str,
            sandbox: str) -> Iterator[Callable[[], Result]]:
    """A function that checks the file as it is now, again and again from one warm process.

    Raises ``ValueError``, ``OSError`` and ``NoSandbox`` with a sentence.
    """
    if exercise and exercise not in lesson.exercises:
        raise ValueError(say("unknown exercise {name}; {lesson} has: {exercises}", name=repr(exercise), lesson=lesson.name,
                             exercises=", ".join(lesson.exercises)))
    file.stat()
    configured = config.load()
    settings = Settings(configured.seed if seed is None else seed, device, sandbox, configured.limits,
                        exercises=(exercise,) if exercise else (), graded=False)
    worker = _first_that_works(settings) if sandbox == "auto" else Worker(settings)
    try:
        yield lambda: worker.grade(Upload(file.stem, lesson.name, file))
    finally:
        worker.close()


def lines(result: Result) -> str:
    """The cards of all exercises, and the total."""
    cards = [entry.message for entry in result.exercises] if result.outcome == "graded" else []
    total = say("{score} of {possible} points", score=f"{result.score:g}", possible=f"{result.max_score:g}")
    return "\n\n".join([*cards, f"{result.lesson}: {total}"])


def _first_that_works(settings: Settings) -> Worker:
    """In bubblewrap, unless CUDA is to be checked on, which doesn't work there."""
    cuda = "cuda" in devices(settings.device)
    for kind in OWN_WORK[1 if cuda else 0:-1]:
        with contextlib.suppress(NoSandbox):
            return _ready(Worker(replace(settings, sandbox=kind)))
    return Worker(replace(settings, sandbox=OWN_WORK[-1]))


def _ready(worker: Worker) -> Worker:
    try:
        worker.try_out()
    except NoSandbox:
        worker.close()
        raise
    return worker
