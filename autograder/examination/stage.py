"""Where implementations that a learner's `examples` is given run: in a process of their own, so that they can't be read there."""

import hashlib
import re
from collections.abc import Callable
from functools import cache
from typing import Any

from torch import Tensor

from autograder.course import EXERCISES
from autograder.learner_side.wire import Function, way_of
from autograder.sandbox import Channel, Ended
from autograder.submission import Cell, Submission

from .attempt import Attempt
from .learner import Learner

REFUSAL = {"type": "RuntimeError", "bases": ["RuntimeError"], "message": "this input is too much for the implementation that was given"}


class Stage:
    """Runs a lesson's correct variants and misconceptions on inputs that a learner's code made up.

    ``order``: a text that decides in which order they are lent.
    """

    order = ""

    def __init__(self, lesson: str, connect: Callable[[], Channel]) -> None:
        cells = [Cell(name, source, None, notebook=False) for name, source in implementations(lesson).items()]
        self._lesson, self._attempt = lesson, Attempt(Submission(tuple(cells)), connect)
        self._lent: dict[str, str] = {}

    def call_back(self, name: str, args: list[Any], kwargs: dict[str, Any], upstream: Tensor | None = None) -> dict[str, Any]:
        """The report on one call of what was lent under that name; an input that ends two processes is refused with an error.

        Two, since the first has served others before: what it used up of its limits, and its end, may not be this input's doing.
        """
        watch = {} if upstream is None else {"upstream": upstream}
        message = {"kind": "call", "function": self._lent.get(name, name), "args": args, "kwargs": kwargs, "watch": watch}
        for _ in range(2):
            try:
                report = self._attempt.channel().request(message)
                return {key: report[key] for key in ("value", "raised", "gradients") if key in report}
            except Ended:
                self._attempt.restart()
        return {"raised": REFUSAL}

    def lend(self, learner: Learner, function: str, without: tuple[str, ...] = ()) -> tuple[list[Function], list[Function]]:
        """Let a learner's code call back the variants and the misconceptions of ``function``: right ones, wrong ones.

        What crosses the wire is a number, which says nothing; the numbers are dealt out by ``order``.
        """
        right, wrong = (_named(function, text, without) for text in implementations(self._lesson).values())
        shuffled = sorted(right + wrong, key=lambda name: hashlib.sha256(f"{self.order} {name}".encode()).digest())
        self._lent = {str(number): name for number, name in enumerate(shuffled)}
        learner.call_back = self.call_back
        given = [Function(number, name) for number, name in self._lent.items()]
        return [each for each in given if each.of in right], [each for each in given if each.of in wrong]

    def close(self) -> None:
        """End the process."""
        self._attempt.close()


def _named(function: str, text: str, without: tuple[str, ...]) -> list[str]:
    names = re.findall(rf"(?m)^(?:def|class) ({function}__\w+)", text)
    return [name for name in names if way_of(Function(name)) not in without]


@cache
def implementations(lesson: str) -> dict[str, str]:
    """The text of a lesson's variants and misconceptions, by the name of the file."""
    return {name: (EXERCISES / lesson / f"{name}.py").read_text(encoding="utf-8") for name in ("variants", "misconceptions")}
