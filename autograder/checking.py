"""What `atrous check` does: one file of one's own, checked where it is safest, and told in plain text."""

from dataclasses import replace
from pathlib import Path

from autograder import config
from autograder.course import Lesson
from autograder.errors import NoSandbox
from autograder.examination.examine import devices
from autograder.grading import Settings, grade_one_file
from autograder.verdicts import Result

#: In this order a sandbox is tried for one's own work, where none was named.
OWN_WORK = ("bubblewrap", "process", "none")


def check_file(file: Path, lesson: Lesson, exercise: str | None, seed: int | None, device: str, sandbox: str) -> Result:
    """The result of one file. Raises ``ValueError``, ``OSError`` and ``NoSandbox`` with a sentence."""
    if exercise and exercise not in lesson.exercises:
        raise ValueError(f"unknown exercise {exercise!r}; {lesson.name} has: {', '.join(lesson.exercises)}")
    file.stat()
    configured = config.load()
    settings = Settings(configured.seed if seed is None else seed, device, sandbox, configured.limits,
                        exercises=(exercise,) if exercise else (), graded=False)
    return _first_that_works(file, lesson, settings) if sandbox == "auto" else grade_one_file(file, lesson.name, settings)


def lines(result: Result) -> str:
    """The cards of all exercises, and the total."""
    cards = [entry.message for entry in result.exercises] if result.outcome == "graded" else []
    return "\n\n".join([*cards, f"{result.lesson}: {result.score:g} of {result.max_score:g} points"])


def _first_that_works(file: Path, lesson: Lesson, settings: Settings) -> Result:
    """In bubblewrap, unless CUDA is to be checked on, which doesn't work there."""
    cuda = "cuda" in devices(settings.device)
    for kind in OWN_WORK[1 if cuda else 0:-1]:
        try:
            return grade_one_file(file, lesson.name, replace(settings, sandbox=kind))
        except NoSandbox:
            continue
    return grade_one_file(file, lesson.name, replace(settings, sandbox=OWN_WORK[-1]))
