"""The trusted end of a submission's channel: one answer a call, by a deadline, or the channel is over."""

import contextlib
import secrets
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

import torch
from torch import Tensor

from autograder.languages import say
from autograder.learner_side.wire import Closed, Function, ProtocolError, Stream, body, numbered

#: Calls back what a learner was given as a function: name, args, kwargs → a report with ``value`` or ``raised``; with a gradient of the
#: value, ``gradients`` as well.
CallBack = Callable[[str, list[Any], dict[str, Any], Tensor | None], dict[str, Any]]


class Ended(BaseException):
    """The learner's process is gone, or no longer believed. ``outcome`` is timeout, out_of_memory or crashed.

    Not an ``Exception``: neither a check nor Hypothesis may take it for a failed assertion and try again.
    """

    def __init__(self, outcome: str, message: str) -> None:
        super().__init__(message)
        self.outcome, self.message = outcome, message


class Prepared:
    """A message that is packed once and sent many times."""

    def __init__(self, message: dict[str, Any]) -> None:
        self._message, self.parts = message, body(message)

    @property
    def size(self) -> int:
        """Its bytes on the wire."""
        return len(self.parts[0]) + len(self.parts[1])

    def is_for(self, message: dict[str, Any]) -> bool:
        """Whether this is the very message."""
        return _same(self._message, message)


def _same(one: Any, other: Any) -> bool:
    if one is other:
        return True
    if type(one) is not type(other):
        return False
    if isinstance(one, Tensor):
        return (one.dtype, one.shape, one.requires_grad) == (other.dtype, other.shape, other.requires_grad) and torch.equal(one, other)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_same(value, other[key]) for key, value in one.items())
    return bool(one == other)


class Channel(Protocol):
    """Asks the learner side, wherever it runs. Once ``ended``, it answers no more."""

    @property
    def ended(self) -> bool:
        """Whether the learner side is gone."""

    def ahead(self, messages: list["Prepared"]) -> None:
        """Announce messages that will probably be requested next, in this order, so that nobody waits. Raises ``Ended``."""

    def request(self, message: dict[str, Any], call_back: CallBack | None = None) -> dict[str, Any]:
        """The answer to one message. Raises ``Ended``, now and at every later request, when there can be none."""

    def close(self) -> None:
        """End the learner side. May be called twice."""


class SocketChannel:
    """A channel to one fork. ``end(grace)`` kills the fork, waiting ``grace`` seconds first, and says how it ended.

    Every message has a number that nobody can guess; an answer under any other number is not believed.
    """

    def __init__(self, stream: Stream, end: Callable[[float], dict[str, Any]], seconds: float, total_seconds: float,
                 callbacks: int) -> None:
        self._stream, self._end, self._seconds, self._callbacks = stream, end, seconds, callbacks
        self._until = time.monotonic() + total_seconds
        self._ended: Ended | None = None
        self._ahead: deque[tuple[int, Prepared]] = deque()

    @property
    def ended(self) -> bool:
        """See :class:`Channel`."""
        return self._ended is not None

    def ahead(self, messages: list[Prepared]) -> None:
        """See :class:`Channel`."""
        if self._ended:
            return
        with self._told({"function": say("a call")}):
            self._drain()
            self._ahead.extend((secrets.randbits(62), message) for message in messages)
            self._stream.limit(self._deadline())
            self._stream.post(b"".join(numbered(message.parts, number) for number, message in self._ahead))

    def request(self, message: dict[str, Any], call_back: CallBack | None = None) -> dict[str, Any]:
        """The answer to one message; see :class:`Channel`."""
        if self._ended:
            raise self._ended
        with self._told(message):
            if self._ahead and call_back is None and self._ahead[0][1].is_for(message):
                return self._awaited(self._ahead.popleft()[0], None)
            self._drain()
            number = secrets.randbits(62)
            self._stream.limit(self._deadline())
            self._stream.send(message, number)
            return self._awaited(number, call_back, [arg.name for arg in message.get("args", ()) if isinstance(arg, Function)])

    def close(self) -> None:
        """Kill the fork and all that it started."""
        if not self._ended:
            self._ended = Ended("crashed", say("the channel is closed"))
            self._stream.close()
            self._end(0.0)

    def _deadline(self) -> float:
        return min(time.monotonic() + self._seconds, self._until)

    def _drain(self) -> None:
        """Wait for the answers that nobody will ask for any more."""
        while self._ahead:
            self._awaited(self._ahead.popleft()[0], None)

    def _awaited(self, number: int, call_back: CallBack | None, offered: Sequence[str] = ()) -> dict[str, Any]:
        until = self._deadline()
        for _ in range(self._callbacks):
            answered, answer = self._stream.receive(until, _no_function)
            if "callback" not in answer:
                if answered != number:
                    raise ProtocolError("an answer that nobody asked for")
                return answer
            self._stream.limit(until)
            self._stream.send(_called_back(answer, call_back, offered))
        raise ProtocolError(f"more than {self._callbacks} calls of a given function")

    @contextlib.contextmanager
    def _told(self, message: dict[str, Any]) -> Iterator[None]:
        """Turn whatever goes wrong with the other side into its end."""
        try:
            yield
        except TimeoutError:
            self._finish("timeout", self._too_slow(message))
        except Closed:
            self._finish(*self._obituary())
        except ProtocolError as error:
            self._finish("crashed", forged(str(error)))

    def _finish(self, outcome: str, message: str) -> None:
        self.close()
        self._ended = Ended(outcome, message)
        raise self._ended

    def _too_slow(self, message: dict[str, Any]) -> str:
        if time.monotonic() >= self._until:
            return say("the submission used up its time")
        return too_slow(self._seconds, message)

    def _obituary(self) -> tuple[str, str]:
        ending = self._end(1.0)
        self._end = lambda grace: ending
        return _how(ending)


def _how(ending: dict[str, Any]) -> tuple[str, str]:
    if "lost" in ending:
        return "crashed", say("ended together with the process that had started it")
    code = ending["code"]
    if code == -24 or (code == -9 and not ending["killed"] and ending["cpu_seconds"] >= ending["cpu_limit"] - 1):
        return "timeout", say("used up its {seconds} s of CPU time", seconds=ending["cpu_limit"])
    if code == -9 and not ending["killed"]:
        return "out_of_memory", say("was killed for using too much memory")
    if code < 0 and not ending["killed"]:
        return "crashed", say("crashed the interpreter (signal {number})", number=-code)
    return "crashed", say("ended the program (exit code {code})", code=code) if code >= 0 else say("closed the grader's channel")


def too_slow(seconds: float, message: dict[str, Any]) -> str:
    """What is said of a message that was not answered in time."""
    asked = message.get("function") or message.get("name")
    return say("no answer within {seconds} s in {function}", seconds=f"{seconds:g}", function=asked)


def forged(what: str) -> str:
    """What is said of an answer that the learner side's own program would not give."""
    return say("the program wrote to the grader's channel itself ({what})", what=what)


def _called_back(answer: dict[str, Any], call_back: CallBack | None, offered: Sequence[str]) -> dict[str, Any]:
    name, args, kwargs, upstream = (answer.get(key) for key in ("callback", "args", "kwargs", "upstream"))
    if call_back is None or type(name) is not str or name not in offered or type(args) is not list or type(kwargs) is not dict \
            or not (upstream is None or isinstance(upstream, Tensor)):
        raise ProtocolError("a call back that nobody offered")
    return call_back(name, args, kwargs, upstream)


def _no_function(name: str) -> Function:
    raise ProtocolError("a function where data was expected")
