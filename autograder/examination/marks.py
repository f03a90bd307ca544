"""What a check file says about its checks: which exercise they belong to, which earn nothing, which stay hidden."""

from collections.abc import Callable
from typing import TypeVar

import pytest

Class = TypeVar("Class", bound=type)
Check = TypeVar("Check", bound=Callable[..., None])


def exercise(name: str) -> Callable[[Class], Class]:
    """The checks of one exercise, in the order in which a learner is told about them. Points and texts are in the lesson's table."""

    def mark(cls: Class) -> Class:
        cls.exercise = name  # type: ignore[attr-defined]
        return pytest.mark.exercise(name)(cls)

    return mark


def worth(weight: int) -> Callable[[Check], Check]:
    """A check that counts ``weight`` times as much as one without this mark, when the points of an exercise are shared out."""

    def mark(check: Check) -> Check:
        check.weight = weight  # type: ignore[attr-defined]
        return check

    return mark


def formal(check: Check) -> Check:
    """A check of form (it returns, type, dtype, shape): it must pass, and earns nothing by itself."""
    return worth(0)(check)


def hidden(check: Check) -> Check:
    """A check that only runs when graded; what is told of it is its property, never an input or an expected value."""
    check.hidden = True  # type: ignore[attr-defined]
    return check
