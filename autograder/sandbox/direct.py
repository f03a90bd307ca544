"""The channel without a sandbox: the learner's code runs in this very process. For one's own work only, never for grading others."""

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

from autograder.learner_side.calls import Interrupted
from autograder.learner_side.lent import lent
from autograder.learner_side.session import Session
from autograder.learner_side.wire import copied

from .channel import CallBack, Ended, Prepared, too_slow


class DirectChannel:
    """Answers from a session in this process. Values are packed and unpacked all the same: what can't cross the wire doesn't here."""

    def __init__(self, session: Session, seconds: float = 10.0) -> None:
        self._session, self._seconds = session, seconds
        self.ended = False

    def ahead(self, messages: list[Prepared]) -> None:
        """Nothing to gain: nobody waits here."""

    def request(self, message: dict[str, Any], call_back: CallBack | None = None) -> dict[str, Any]:
        """The answer to one message; see :class:`Channel`. A call is interrupted at its limit where the system can do that."""
        given = copied(message, _offered(call_back))
        try:
            with _interruptible(self._seconds):
                return copied(self._session.handle(given), lambda name: None)
        except _TooLong:
            raise Ended("timeout", too_slow(self._seconds, message)) from None
        except _Stopped:
            raise KeyboardInterrupt from None

    def close(self) -> None:
        """Nothing to end."""


class _TooLong(Interrupted):
    """The alarm rang."""


class _Stopped(Interrupted):
    """Ctrl-C was pressed."""


def _offered(call_back: CallBack | None) -> Callable[[str], Any]:
    return lambda name: lent(lambda *asked: call_back(name, *asked) if call_back else {})


@contextlib.contextmanager
def _interruptible(seconds: float) -> Iterator[None]:
    """Let an alarm after ``seconds`` and Ctrl-C reach through the code inside, even where it catches every exception once.

    Works in the main thread of a system that has interval timers; elsewhere nothing happens.
    """
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGALRM, _raising(_TooLong)), signal.signal(signal.SIGINT, _raising(_Stopped))
    signal.setitimer(signal.ITIMER_REAL, seconds, 1.0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before[0])
        signal.signal(signal.SIGINT, before[1])


def _raising(error: type[Interrupted]) -> Callable[[int, FrameType | None], None]:
    def ring(number: int, frame: FrameType | None) -> None:
        raise error

    return ring
