"""What several test files share: a sandbox, where there can be one, and submissions made of text."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from autograder import course
from autograder.config import Limits
from autograder.course import Lesson
from autograder.grading.find import Upload
from autograder.grading.worker import Settings, Worker
from autograder.sandbox import Warm, why_not
from autograder.verdicts import Result

LIMITS = Limits(call_seconds=3.0, memory=2**30)
EXAMPLE_CLASS = Path(__file__).parents[1] / "data" / "example_class"


@pytest.fixture(scope="session")
def lesson() -> Lesson:
    """Lesson 1."""
    return course.lesson("dilated_convolution")


@pytest.fixture(scope="session")
def warm() -> Iterator[Warm]:
    """A warm process in bubblewrap, with short limits."""
    _require_sandbox()
    with Warm(limits=LIMITS) as warm:
        yield warm


@pytest.fixture(scope="session")
def worker() -> Iterator[Worker]:
    """A worker that grades in bubblewrap, with short limits."""
    _require_sandbox()
    worker = Worker(Settings(sandbox="bubblewrap", limits=LIMITS))
    yield worker
    worker.close()


@pytest.fixture
def grade(worker: Worker, tmp_path: Path) -> Callable[[str], Result]:
    """Grades the text of a Python file as a submission of lesson 1."""

    def graded(text: str) -> Result:
        path = tmp_path / "dilated_convolution.py"
        path.write_text(text, encoding="utf-8")
        return worker.grade(Upload("student", "dilated_convolution", path))

    return graded


def _require_sandbox() -> None:
    if reason := why_not():
        pytest.skip(f"no sandbox: {reason}")
