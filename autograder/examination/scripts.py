"""What a check asks of a right answer, remembered from the first time it passed, so that the next submission can be asked all at once.

A check that goes another way than its script simply asks by itself: a script changes the time that a check takes, never its verdict.
"""

from typing import Any

from autograder.sandbox.channel import Prepared

#: A script must fit into a socket's buffer: whoever sends it must not have to wait for a reader who waits for a reader.
MAX_BYTES = 96 * 2**10


class Scripts:
    """The messages of each check, by its name, device and seed."""

    def __init__(self) -> None:
        self._scripts: dict[tuple[str, int], list[Prepared]] = {}

    def of(self, check: str, seed: int) -> list[Prepared]:
        """What the check will probably ask; empty when that isn't known."""
        return self._scripts.get((check, seed), [])

    def passed(self, check: str, seed: int, messages: list[dict[str, Any]]) -> None:
        """A check has passed, having sent these messages."""
        if (check, seed) not in self._scripts:
            script = [Prepared(message) for message in messages]
            self._scripts[check, seed] = script if sum(message.size for message in script) <= MAX_BYTES else []
