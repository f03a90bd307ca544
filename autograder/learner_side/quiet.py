"""Stands in for the course's own package while a submission is loaded: `check(...)` and pictures in a learner's cell do nothing."""

import contextlib
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

PACKAGE = "autograder"


class Quiet(ModuleType):
    """A module in which every name exists and does nothing."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.__path__: list[str] = []

    def __getattr__(self, name: str) -> Any:
        """Any function of the course: takes everything, returns None."""
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *args, **kwargs: None


def silence_course() -> None:
    """Make ``from autograder import check`` harmless in this process, for good."""
    sys.modules.update({name: Quiet(name) for name in (PACKAGE, f"{PACKAGE}.pictures", f"{PACKAGE}.widgets")})


@contextlib.contextmanager
def course_silenced() -> Iterator[None]:
    """Make it harmless inside, and put back what was there."""
    if isinstance(sys.modules.get(PACKAGE), Quiet):
        yield
        return
    ours = {name: sys.modules.pop(name) for name in _loaded()}
    silence_course()
    try:
        yield
    finally:
        for name in _loaded():
            del sys.modules[name]
        sys.modules.update(ours)


def _loaded() -> list[str]:
    return [name for name in sys.modules if name == PACKAGE or name.startswith(f"{PACKAGE}.")]
