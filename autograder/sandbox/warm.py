"""The trusted side's handle on a warm process: start it, fork it for a submission, end it."""

import contextlib
import math
import os
import socket
import subprocess
import threading
import time
from functools import cache, cached_property
from typing import Any

import torch

from autograder.config import Limits
from autograder.errors import NoSandbox
from autograder.learner_side.wire import Closed, ProtocolError, Stream, frame

from . import bubblewrap
from . import filter as system_calls
from .channel import SocketChannel

START_SECONDS = 120.0
LOST = {"lost": True}


class Warm:
    """A process with torch imported, waiting to be forked. ``isolated``: in bubblewrap; otherwise a plain process, without protection.

    ``cuda``: its forks use CUDA; only where it is not isolated, since CUDA doesn't start in a PID namespace that /proc doesn't show.
    Raises ``NoSandbox`` when it does not start.
    """

    def __init__(self, isolated: bool = True, limits: Limits | None = None, cuda: bool = False) -> None:
        if not hasattr(os, "fork"):
            raise NoSandbox("this system can't fork a process; use --sandbox=none for your own work")
        self._limits = limits or Limits()
        self.fork_seconds = 0.0
        """CPU seconds of all forks that have ended."""
        ours, theirs = socket.socketpair()
        self._control = Stream(ours)
        with theirs:
            self._process = _started(theirs, isolated)
        try:
            self._greet(isolated, cuda)
        except (Closed, TimeoutError, ProtocolError):
            raise NoSandbox(self._last_words) from None

    def _greet(self, isolated: bool, cuda: bool) -> None:
        seccomp = torch.frombuffer(bytearray(_filter()), dtype=torch.uint8) if isolated else None
        names = ["cpu_seconds", "file_bytes", "files", "processes", "tmp_bytes", "output"]
        names += [] if cuda else ["memory"]  # CUDA reserves far more than it uses
        kernel_limits = {name: getattr(self._limits, name) for name in names}
        self._order({"isolate": isolated, "cuda": cuda, "limits": kernel_limits, "seccomp": seccomp})

    def _order(self, order: dict[str, Any], descriptor: int | None = None) -> dict[str, Any]:
        """What the warm process answers to an order."""
        self._control.post(frame(order), descriptor)
        return self._control.receive(time.monotonic() + START_SECONDS)[1]

    def open(self, total_seconds: float | None = None, cpu_seconds: float | None = None) -> SocketChannel:
        """Fork the process: the channel to the fork, which ends after so many seconds (default: the limits of one submission).

        Raises ``NoSandbox`` when the warm process has died, or the fork could not be confined.
        """
        ours, theirs = socket.socketpair()
        stream = Stream(ours)
        cpu_limit = self._limits.cpu_seconds if cpu_seconds is None else math.ceil(max(cpu_seconds, 1.0))
        try:
            job = self._order({"order": "fork", "cpu_seconds": cpu_limit}, theirs.fileno())["job"]
        except (Closed, TimeoutError):
            raise NoSandbox(self._last_words) from None
        finally:
            theirs.close()
        self._begun(stream, job)
        limits = self._limits
        total = limits.submission_seconds if total_seconds is None else total_seconds
        return SocketChannel(stream, lambda grace: self._end(job, grace) | {"cpu_limit": cpu_limit}, limits.call_seconds, total,
                             limits.callbacks)

    def _begun(self, stream: Stream, job: int) -> None:
        """Wait until the fork is confined; it has not seen a line of a submission yet, so its word counts."""
        try:
            refused = stream.receive(time.monotonic() + START_SECONDS)[1].get("refused")
        except (Closed, TimeoutError, ProtocolError):
            refused = "it ended without a word"
        if refused is not None:
            stream.close()
            self._end(job, 0.0)
            raise NoSandbox(f"the learner's process could not start: {refused!s:.300}; `atrous doctor` says more")

    def _end(self, job: int, grace: float) -> dict[str, Any]:
        try:
            ending = self._order({"order": "end", "job": job, "grace": grace})
        except (Closed, TimeoutError):  # the warm process has died: that ends this fork; the next one to be opened says why
            return LOST
        self.fork_seconds += ending["cpu_seconds"]
        return ending

    def close(self) -> None:
        """End the warm process and every fork of it."""
        self._control.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(1.0)
        self._process.kill()
        self._process.wait()

    def __enter__(self) -> "Warm":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @cached_property
    def _last_words(self) -> str:
        """Why the warm process has died; where it only hangs, it is killed first. Its words can be read once."""
        self._process.kill()
        _, errors = self._process.communicate()
        lines = errors.decode(errors="replace").strip().splitlines() or ["it ended without a word"]
        return f"the sandbox did not start: {lines[-1][:300]}; `atrous doctor` says more"


def _started(theirs: socket.socket, isolated: bool) -> subprocess.Popen[bytes]:
    if isolated and not bubblewrap.executable():
        raise NoSandbox("bubblewrap is missing; on Debian or Ubuntu: apt-get install bubblewrap; "
                        "or, for submissions that you trust: --sandbox=process")
    words = bubblewrap.command(theirs.fileno()) if isolated else bubblewrap.plain_command(theirs.fileno())
    return subprocess.Popen(words, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                            stderr=subprocess.PIPE, start_new_session=True,  # out of reach of Ctrl-C, which is for the grader
                            env=None if isolated else os.environ | {"OMP_NUM_THREADS": "1"})


def _filter() -> bytes:
    try:
        return system_calls.program()
    except system_calls.Missing as missing:
        raise NoSandbox(str(missing)) from None


_lock = threading.Lock()


@cache
def why_not() -> str:
    """Why there is no bubblewrap sandbox on this machine, found out by starting one; empty when there is."""
    with _lock:
        try:
            with Warm() as warm:
                warm.open().close()
            return ""
        except NoSandbox as reason:
            return str(reason)
