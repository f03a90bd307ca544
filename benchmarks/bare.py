"""The bare time of a submission: the very calls that the checks make, on the same inputs, in a process that already has torch.

No check, no comparison, no wire, no sandbox: what is left when everything of the grader is taken away.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from autograder.course import Lesson
from autograder.examination.attempt import Attempt
from autograder.examination.examine import Job, examine
from autograder.examination.stage import implementations
from autograder.learner_side.session import Session
from autograder.learner_side.wire import Function
from autograder.sandbox import DirectChannel
from autograder.sandbox.channel import CallBack
from autograder.submission import Submission, read

MAX_BYTES = 2**24


class Recorder(DirectChannel):
    """A channel that keeps every message that it carries."""

    def __init__(self, messages: list[dict[str, Any]]) -> None:
        super().__init__(Session())
        self.messages = messages

    def request(self, message: dict[str, Any], call_back: CallBack | None = None) -> dict[str, Any]:
        """Keep the message, and answer it."""
        self.messages.append(message)
        return super().request(message, call_back)


def recorded(path: Path, lesson: Lesson) -> tuple[Submission, list[dict[str, Any]]]:
    """The submission in a file, and all calls that the checks make to it."""
    submission, messages = read(path, lesson, MAX_BYTES), list[dict[str, Any]]()
    attempt = Attempt(submission, lambda: Recorder(messages))
    examine([Job(attempt, lesson, lambda: DirectChannel(Session()), graded=True)], [lesson.name])
    return submission, [message for message in messages if message["kind"] == "call"]


def bare_seconds(submission: Submission, calls: list[dict[str, Any]], lesson: Lesson) -> tuple[float, float]:
    """Wall and CPU seconds to load the submission and make the calls, nothing else."""
    lent = _loaded(implementations(lesson.name).values())
    wall, cpu = time.perf_counter(), time.process_time()
    names = _loaded(cell.source for cell in submission.cells)
    for call in calls:
        _call(names[call["function"]], [_argument(value, lent) for value in call["args"]], call["kwargs"], call["watch"])
    return time.perf_counter() - wall, time.process_time() - cpu


def _loaded(sources: Any) -> dict[str, Any]:
    names: dict[str, Any] = {}
    for source in sources:
        exec(source, names)
    return names


def _argument(value: Any, lent: dict[str, Any]) -> Any:
    return lent[value.of] if isinstance(value, Function) else value


def _call(function: Callable[..., Any], args: list[Any], kwargs: dict[str, Any], watch: dict[str, Any]) -> None:
    if "upstream" in watch:
        function(*args, **kwargs).backward(watch["upstream"])
        return
    try:
        function(*args, **kwargs)
    except Exception:  # the checks ask for errors as well
        return
