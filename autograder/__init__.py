"""What a lesson imports: ``check``, ``hint``, ``predict``, ``reveal``, ``progress``, ``language``. Loads each at its first use."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autograder.notebook.exercise_check import check
    from autograder.notebook.hints import hint
    from autograder.notebook.language import language
    from autograder.notebook.overview import progress
    from autograder.notebook.predictions import predict, reveal

__all__ = ["check", "hint", "language", "predict", "progress", "reveal"]

_HOMES = {"check": "exercise_check", "hint": "hints", "language": "language", "predict": "predictions", "progress": "overview",
          "reveal": "predictions"}


def __getattr__(name: str) -> Any:
    """One of the names in ``__all__``, imported now."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"autograder.notebook.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
