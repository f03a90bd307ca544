"""One submission while it is examined: opens a process for it, loads its cells, and starts again after an end."""

from collections.abc import Callable
from typing import Any

from autograder.sandbox import Channel, Ended
from autograder.sandbox.reports import checked_error
from autograder.submission import Cell, Submission


class Attempt:
    """Holds the channel to one submission. ``connect`` opens a process; ``load`` is false where the code is there already."""

    def __init__(self, submission: Submission, connect: Callable[[], Channel], load: bool = True) -> None:
        self.submission, self._connect, self._load = submission, connect, load
        self._channel: Channel | None = None
        self.errors: dict[str, dict[str, Any]] = {}
        self.deadly: dict[str, Ended] = {}

    def channel(self) -> Channel:
        """A channel to a process in which every cell that lets it live has run; a new process where the last one has ended."""
        if self._channel and self._channel.ended:
            self.restart()
        while self._channel is None:
            self._channel = self._connect()
            if self._load and not self._loaded():
                self.restart()
        return self._channel

    def restart(self) -> None:
        """Forget the process; whoever asks next gets a new one."""
        self.close()
        self._channel = None

    def fresh(self) -> Channel:
        """A channel to a process in which nothing has been called yet, where code is loaded; otherwise the only one there is.

        After a failure, further questions go there: what has been asked in the meantime must not change the answer.
        """
        if self._load:
            self.restart()
        return self.channel()

    def close(self) -> None:
        """End the process."""
        if self._channel:
            self._channel.close()

    def _loaded(self) -> bool:
        for cell in self.submission.cells:
            if cell.name in self.deadly:
                continue
            try:
                self._run(cell)
            except Ended as ended:
                self.deadly[cell.name] = ended
                return False
        return True

    def _run(self, cell: Cell) -> None:
        assert self._channel is not None
        message = {"kind": "run", "name": cell.name, "source": cell.source, "notebook": cell.notebook}
        error = self._channel.request(message).get("raised")
        if isinstance(error, dict):
            self.errors[cell.name] = checked_error(error)
