"""Answers the checks' messages over a socket, one after another, until the socket is closed."""

import builtins
from collections.abc import Callable
from typing import Any

from .session import Session
from .wire import Closed, ProtocolError, Stream

#: Exceptions that a function on the other side may raise here. Anything else arrives as a RuntimeError.
KNOWN = ("ValueError", "TypeError", "RuntimeError", "IndexError", "ZeroDivisionError", "AssertionError", "NotImplementedError")


def serve(channel: Stream, session: Session) -> None:
    """Answer every message with the session's answer, under the message's own number."""
    try:
        while True:
            number, message = channel.receive(function=lambda name: _callback(channel, name))
            _answer(channel, number, session.handle(message))
    except Closed:
        return


def _answer(channel: Stream, number: int, answer: dict[str, Any]) -> None:
    try:
        channel.send(answer, number)
    except ProtocolError:
        channel.send({"too_large": True}, number)


def _callback(channel: Stream, name: str) -> Callable[..., Any]:
    def function(*args: Any, **kwargs: Any) -> Any:
        channel.send({"callback": name, "args": list(args), "kwargs": kwargs})
        return outcome(channel.receive()[1])

    function.__name__ = function.__qualname__ = name
    return function


def outcome(report: dict[str, Any]) -> Any:
    """The value in a report, or its error raised here under the nearest built-in name."""
    raised = report.get("raised")
    if raised is None:
        return report.get("value")
    name = next((base for base in raised["bases"] if base in KNOWN), "RuntimeError")
    raise getattr(builtins, name)(raised["message"])
