"""Where implementations that a learner's `examples` is given run: in a process of their own, so that they can't be read there."""

import re
from collections.abc import Callable
from functools import cache
from typing import Any

from autograder.course import EXERCISES
from autograder.learner_side.wire import Function, way_of
from autograder.sandbox import Channel, Ended
from autograder.submission import Cell, Submission

from .attempt import Attempt
from .learner import Learner

REFUSAL = {"type": "RuntimeError", "bases": ["RuntimeError"], "message": "this input is too much for the implementation that was given"}


class Stage:
    """Runs a lesson's correct variants and misconceptions on inputs that a learner's code made up."""

    def __init__(self, lesson: str, connect: Callable[[], Channel]) -> None:
        cells = [Cell(name, source, None, notebook=False) for name, source in implementations(lesson).items()]
        self._lesson, self._attempt = lesson, Attempt(Submission(tuple(cells)), connect)

    def call_back(self, name: str, args: list[Any], kwargs: dict[str, Any]) -> dict[str, Any]:
        """The report on one call; an input that ends two processes is refused with an error.

        Two, since the first has served others before: what it used up of its limits, and its end, may not be this input's doing.
        """
        message = {"kind": "call", "function": name, "args": args, "kwargs": kwargs, "watch": {}}
        for _ in range(2):
            try:
                report = self._attempt.channel().request(message)
                return {key: report[key] for key in ("value", "raised") if key in report}
            except Ended:
                self._attempt.restart()
        return {"raised": REFUSAL}

    def lend(self, learner: Learner, file: str, function: str, without: tuple[str, ...] = ()) -> list[Function]:
        """Let a learner's code call back the implementations of ``function`` in ``variants`` or ``misconceptions``: these, by name."""
        learner.call_back = self.call_back
        names = re.findall(rf"(?m)^(?:def|class) ({function}__\w+)", implementations(self._lesson)[file])
        return [lent for name in names if way_of(lent := Function(name)) not in without]

    def close(self) -> None:
        """End the process."""
        self._attempt.close()


@cache
def implementations(lesson: str) -> dict[str, str]:
    """The text of a lesson's variants and misconceptions, by the name of the file."""
    return {name: (EXERCISES / lesson / f"{name}.py").read_text(encoding="utf-8") for name in ("variants", "misconceptions")}
