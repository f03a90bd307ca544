"""For instructors who know pytest: ``pytest autograder/exercises --submission FILE`` runs the checks on one file of their own."""

from pathlib import Path

import pytest

from autograder import course
from autograder.examination.attempt import Attempt
from autograder.examination.fixtures import Fixtures, device_of
from autograder.learner_side.session import Session
from autograder.sandbox import DirectChannel
from autograder.submission import read

MAX_BYTES = 2**24


def pytest_addoption(parser: pytest.Parser) -> None:
    """The file to check, and the seed of the random inputs."""
    parser.addoption("--submission", type=Path, help="a notebook or Python file; it runs in this process, without a sandbox")
    parser.addoption("--check-seed", type=int, default=0, help="decides the random inputs of the checks")


def pytest_configure(config: pytest.Config) -> None:
    """Put the submission under the checks' fixtures."""
    path = config.getoption("--submission", default=None)
    if path is None:
        return
    fixtures = Fixtures()
    submission = read(path, _lesson(path), MAX_BYTES)
    fixtures.connect = lambda: DirectChannel(Session())
    fixtures.attempt, fixtures.seed = Attempt(submission, fixtures.connect), config.getoption("--check-seed")
    config.pluginmanager.register(fixtures, "atrous submission")


def _lesson(path: Path) -> course.Lesson:
    try:
        return course.lesson(path.stem)
    except ValueError as error:
        raise pytest.UsageError(f"{path}: name the file after its lesson; {error}") from None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without a submission there is nothing to check; a lesson's file is checked by its own checks; CUDA checks need CUDA."""
    import torch
    path = config.getoption("--submission", default=None)
    if path is None:
        raise pytest.UsageError("say which file to check: --submission FILE")
    lesson = _lesson(path).name
    config.hook.pytest_deselected(items=[item for item in items if item.path.parent.name != lesson])
    items[:] = [item for item in items if item.path.parent.name == lesson]
    for item in items:
        if device_of(item) == "cuda" and not torch.cuda.is_available():
            item.add_marker(pytest.mark.skip(reason="no CUDA device"))
