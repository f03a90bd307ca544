"""`predict` and `reveal`: a guess is recorded before a measurement, and shown beside it afterwards. Neither praises nor blames."""

import math
from types import EllipsisType
from typing import Any

from . import store
from .display import WrongType, WrongValue, one_line, show_block


def predict(question: str, guess: object) -> None:
    """Record a guess: ``predict("coverage of (2, 2, 2)", 0.5)``. With ``...`` for the guess it says how to record one.

    Raises ``WrongType`` unless the guess is a number, ``WrongValue`` unless it is finite.
    """
    asked = _question(question)
    if isinstance(guess, EllipsisType):
        return show_block(f"? {asked}\nNo guess yet. Put a number in the place of the ... and run this cell again.")
    number = _number(guess, "a guess", "or ... for none yet")
    if not math.isfinite(number):
        raise WrongValue(f"a guess is a finite number, not {number}")
    after = _record_guess(asked, number)
    when = "after the measured value was shown" if after else "It will be shown beside the measured value"
    return show_block(f"? {asked}\nRecorded: {_written(number)}{', ' if after else '. '}{when}.")


def reveal(question: str, measured: object) -> None:
    """Show a measured value, and beside it the guess that was recorded for the same question, if there is one.

    Raises ``WrongType`` unless the measured value is a number.
    """
    asked, number = _question(question), _number(measured, "a measured value", "or a tensor that holds one number")
    guess, after = _record_measured(asked, number)
    show_block("\n".join([f"? {asked}", *_beside(number, guess, after)]))


def _beside(measured: float, guess: float | None, after: bool) -> list[str]:
    lines = [f"  measured  {_written(measured)}"]
    if guess is None:
        return [*lines, "  guess     none was recorded"]
    made = " (made after the measured value was shown)" if after else ""
    return [*lines, f"  guess     {_written(guess)}{made}", f"  so        {_difference(guess, measured)}"]


def _difference(guess: float, measured: float) -> str:
    if not math.isfinite(measured):
        return "there is no difference to a value that is not finite"
    if math.isclose(guess, measured, rel_tol=1e-9, abs_tol=1e-12):
        return "the two are equal"
    return f"the guess lies {_written(abs(guess - measured))} {'above' if guess > measured else 'below'} the measured value"


def _record_guess(question: str, guess: float) -> bool:
    """Whether the guess was made after the measured value was shown."""
    rows: list[dict[str, Any]] = []

    def change(progress: store.Progress) -> None:
        row = store.entry(progress, "predictions", question)
        if row.get("guess") != guess:  # the same again, as when a notebook is run from the top, changes nothing
            row |= {"guess": guess, "after": "measured" in row}
        rows.append(row)

    store.update(change)
    return bool(rows[0]["after"])


def _record_measured(question: str, measured: float) -> tuple[float | None, bool]:
    """The guess that was made, and whether it was made afterwards."""
    rows: list[dict[str, Any]] = []

    def change(progress: store.Progress) -> None:
        row = store.entry(progress, "predictions", question)
        row["measured"] = measured if math.isfinite(measured) else None
        rows.append(row)

    store.update(change)
    return rows[0].get("guess"), bool(rows[0].get("after"))


def _question(question: object) -> str:
    if not isinstance(question, str) or not question.strip():
        raise WrongType(f"a question is text, not {one_line(repr(question), 60)}")
    return one_line(question)


def _number(value: object, what: str, otherwise: str) -> float:
    """A Python, numpy or torch number as an int or a float."""
    if getattr(value, "shape", None) == () and hasattr(value, "item"):
        value = value.item()
    if isinstance(value, bool) or not hasattr(value, "__float__") or getattr(value, "shape", ()) != ():
        raise WrongType(f"{what} is a number, {otherwise}, not {one_line(repr(value), 60)}")
    return value if isinstance(value, int) else float(value)


def _written(number: float) -> str:
    return str(number) if isinstance(number, int) and abs(number) < 10**15 else f"{number:.4g}"
