"""The pytest fixtures of check files: `learner`, `device`, `search`, `stage`. They serve whatever attempt is current."""

from collections import defaultdict
from collections.abc import Callable

import pytest

from autograder import course
from autograder.sandbox import Channel

from .attempt import Attempt
from .learner import Call, Learner
from .scripts import Scripts
from .search import Search
from .stage import Stage

DEVICES = ("cpu", "cuda")


class Fixtures:
    """A pytest plugin. Set ``attempt``, ``seed`` and ``connect`` (which opens a process for a stage) before running checks."""

    def __init__(self) -> None:
        self.attempt: Attempt
        self.connect: Callable[[], Channel]
        self.seed = 0
        self.current: Learner
        self.stages: dict[str, Stage] = {}
        self.scripts = Scripts()
        self.traces: defaultdict[str, list[Call]] = defaultdict(list)

    @pytest.fixture(params=DEVICES)
    def device(self, request: pytest.FixtureRequest) -> str:
        """The device that tensors go to: ``cpu``, and ``cuda`` where there is one."""
        return str(request.param)

    @pytest.fixture
    def learner(self, request: pytest.FixtureRequest) -> Learner:
        """The submission's functions, called on the check's device."""
        row = course.lesson(lesson_of(request.node)).exercises[exercise_of(request.node)]
        channel = self.attempt.channel()
        channel.ahead(self.scripts.of(request.node.nodeid, self.seed))
        self.current = Learner(channel, device_of(request.node), row.forbidden, self.attempt.fresh, traces=self.traces[row.name])
        return self.current

    @pytest.fixture
    def search(self) -> Search:
        """Looks for the smallest failing input, with the run's seed."""
        return Search(self.seed, lambda: self.current.start_again())

    @pytest.fixture
    def stage(self, request: pytest.FixtureRequest) -> Stage:
        """Runs the implementations that an ``examples`` exercise hands to the learner's code; one process for a whole class."""
        lesson = lesson_of(request.node)
        if lesson not in self.stages:
            self.stages[lesson] = Stage(lesson, self.connect)
        self.stages[lesson].order = f"{self.seed} {self.attempt.submission.digest}"
        return self.stages[lesson]

    def close(self) -> None:
        """End the stages."""
        for stage in self.stages.values():
            stage.close()


def lesson_of(item: pytest.Item) -> str:
    """The lesson that a check belongs to: the folder of its file."""
    return item.path.parent.name


def exercise_of(item: pytest.Item) -> str:
    """The exercise that a check belongs to."""
    marker = item.get_closest_marker("exercise")
    assert marker, f"{item.nodeid} belongs to no exercise"
    return str(marker.args[0])


def device_of(item: pytest.Item) -> str:
    """The device that a check runs on."""
    callspec = getattr(item, "callspec", None)
    return str(callspec.params.get("device", "cpu")) if callspec else "cpu"


def name_of(item: pytest.Item) -> str:
    """A check's name without its device."""
    return str(getattr(item, "originalname", None) or item.name)
