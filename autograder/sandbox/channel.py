"""The trusted end of a submission's channel: one answer a call, by a deadline, or the channel is over."""

import secrets
import socket
import time
from collections.abc import Callable
from typing import Any, Protocol

from autograder.learner_side.wire import Closed, Function, ProtocolError, receive, send

#: Calls back what a learner was given as a function: name, args, kwargs → a report with ``value`` or ``raised``.
CallBack = Callable[[str, list[Any], dict[str, Any]], dict[str, Any]]


class Ended(BaseException):
    """The learner's process is gone, or no longer believed. ``outcome`` is timeout, out_of_memory or crashed.

    Not an ``Exception``: neither a check nor Hypothesis may take it for a failed assertion and try again.
    """

    def __init__(self, outcome: str, message: str) -> None:
        super().__init__(message)
        self.outcome, self.message = outcome, message


class Channel(Protocol):
    """Asks the learner side, wherever it runs. Once ``ended``, it answers no more."""

    @property
    def ended(self) -> bool:
        """Whether the learner side is gone."""

    def request(self, message: dict[str, Any], call_back: CallBack | None = None) -> dict[str, Any]:
        """The answer to one message. Raises ``Ended``, now and at every later request, when there can be none."""

    def close(self) -> None:
        """End the learner side. May be called twice."""


class SocketChannel:
    """A channel to one fork. ``end(grace)`` kills the fork, waiting ``grace`` seconds first, and says how it ended."""

    def __init__(self, channel: socket.socket, end: Callable[[float], dict[str, Any]], seconds: float, total_seconds: float,
                 callbacks: int) -> None:
        self._socket, self._end, self._seconds, self._callbacks = channel, end, seconds, callbacks
        self._until = time.monotonic() + total_seconds
        self._ended: Ended | None = None

    @property
    def ended(self) -> bool:
        """See :class:`Channel`."""
        return self._ended is not None

    def request(self, message: dict[str, Any], call_back: CallBack | None = None) -> dict[str, Any]:
        """The answer to one message; see :class:`Channel`."""
        if self._ended:
            raise self._ended
        until = min(time.monotonic() + self._seconds, self._until)
        try:
            return self._exchange(message, until, call_back)
        except TimeoutError:
            self._finish("timeout", self._too_slow(message), 0.0)
        except Closed:
            self._finish(*self._obituary(), 0.0)
        except ProtocolError as error:
            self._finish("crashed", f"the program wrote to the grader's channel itself ({error})", 0.0)
        raise AssertionError("_finish always raises")

    def close(self) -> None:
        """Kill the fork and all that it started."""
        if not self._ended:
            self._ended = Ended("crashed", "the channel is closed")
            self._socket.close()
            self._end(0.0)

    def _exchange(self, message: dict[str, Any], until: float, call_back: CallBack | None) -> dict[str, Any]:
        number = secrets.randbits(62)
        self._socket.settimeout(max(until - time.monotonic(), 1e-3))
        send(self._socket, message | {"id": number})
        for _ in range(self._callbacks):
            answer = receive(self._socket, until, _no_function)
            if "callback" not in answer:
                return _believed(answer, number)
            send(self._socket, _called_back(answer, call_back))
        raise ProtocolError(f"more than {self._callbacks} calls of a given function")

    def _finish(self, outcome: str, message: str, grace: float) -> None:
        self.close()
        self._ended = Ended(outcome, message)
        raise self._ended

    def _too_slow(self, message: dict[str, Any]) -> str:
        if time.monotonic() >= self._until:
            return "the submission used up its time"
        return f"no answer within {self._seconds:g} s in {message.get('function') or message.get('name')}"

    def _obituary(self) -> tuple[str, str]:
        ending = self._end(1.0)
        self._end = lambda grace: ending
        return _how(ending)


def _how(ending: dict[str, Any]) -> tuple[str, str]:
    code = ending["code"]
    if code == -24 or (code == -9 and not ending["killed"] and ending["cpu_seconds"] >= ending["cpu_limit"] - 1):
        return "timeout", f"used up its {ending['cpu_limit']} s of CPU time"
    if code == -9 and not ending["killed"]:
        return "out_of_memory", "was killed for using too much memory"
    if code < 0 and not ending["killed"]:
        return "crashed", f"crashed the interpreter (signal {-code})"
    return "crashed", f"ended the program (exit code {code})" if code >= 0 else "closed the grader's channel"


def _believed(answer: dict[str, Any], number: int) -> dict[str, Any]:
    if answer.pop("id", None) != number:
        raise ProtocolError("an answer that nobody asked for")
    return answer


def _called_back(answer: dict[str, Any], call_back: CallBack | None) -> dict[str, Any]:
    name, args, kwargs = answer.get("callback"), answer.get("args"), answer.get("kwargs")
    if call_back is None or type(name) is not str or type(args) is not list or type(kwargs) is not dict:
        raise ProtocolError("a call back that nobody offered")
    return call_back(name, args, kwargs)


def _no_function(name: str) -> Function:
    raise ProtocolError("a function where data was expected")
