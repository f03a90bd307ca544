"""Answers the checks' messages over a socket, one after another, until the socket is closed."""

import builtins
import socket
from collections.abc import Callable
from typing import Any

from .session import Session
from .wire import Closed, ProtocolError, receive, send

#: Exceptions that a function on the other side may raise here. Anything else arrives as a RuntimeError.
KNOWN = ("ValueError", "TypeError", "RuntimeError", "IndexError", "ZeroDivisionError", "AssertionError", "NotImplementedError")


def serve(channel: socket.socket, session: Session) -> None:
    """Answer every message with the session's answer and the message's own id."""
    try:
        while True:
            message = receive(channel, function=lambda name: _callback(channel, name))
            _answer(channel, message.get("id"), session.handle(message))
    except Closed:
        return


def _answer(channel: socket.socket, number: Any, answer: dict[str, Any]) -> None:
    try:
        send(channel, answer | {"id": number})
    except ProtocolError:
        send(channel, {"too_large": True, "id": number})


def _callback(channel: socket.socket, name: str) -> Callable[..., Any]:
    def function(*args: Any, **kwargs: Any) -> Any:
        send(channel, {"callback": name, "args": list(args), "kwargs": kwargs})
        return outcome(receive(channel))

    function.__name__ = function.__qualname__ = name
    return function


def outcome(report: dict[str, Any]) -> Any:
    """The value in a report, or its error raised here under the nearest built-in name."""
    raised = report.get("raised")
    if raised is None:
        return report.get("value")
    name = next((base for base in raised["bases"] if base in KNOWN), "RuntimeError")
    raise getattr(builtins, name)(raised["message"])
