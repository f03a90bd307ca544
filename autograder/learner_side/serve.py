"""Answers the checks' messages over a socket, one after another, until the socket is closed."""

import threading
from collections.abc import Callable
from typing import Any

from torch import Tensor

from .lent import lent
from .session import Session
from .wire import Closed, Opaque, ProtocolError, Stream

#: Threads of the learner's may call back at the same time; question and answer belong together.
ONE_AT_A_TIME = threading.Lock()


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
        channel.send({"value": Opaque("value too large to be sent")}, number)


def _callback(channel: Stream, name: str) -> Callable[..., Any]:
    def ask(args: list[Any], kwargs: dict[str, Any], upstream: Tensor | None) -> dict[str, Any]:
        with ONE_AT_A_TIME:
            channel.send({"callback": name, "args": args, "kwargs": kwargs, "upstream": upstream})
            return channel.receive()[1]

    return lent(ask)
