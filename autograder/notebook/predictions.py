"""`predict` and `reveal`: a guess is recorded before a measurement, and shown beside it afterwards. Neither praises nor blames."""

import math
from types import EllipsisType
from typing import Any

from autograder.feedback.cards import labelled
from autograder.languages import say, sentence

from . import store
from .display import WrongType, WrongValue, one_line, show_block

NO_MEASURE = sentence("a measured value is a number, or a tensor that holds one number, not {value}")


def predict(question: str, guess: object) -> None:
    """Record a guess: ``predict("coverage of (2, 2, 2)", 0.5)``. With ``...`` for the guess it says how to record one.

    Raises ``WrongType`` unless the guess is a number, ``WrongValue`` unless it is finite.
    """
    asked = _question(question)
    if isinstance(guess, EllipsisType):
        return show_block(f"? {asked}\n{say('No guess yet. Put a number in the place of the ... and run this cell again.')}")
    number = _number(guess, sentence("a guess is a number, or ... for none yet, not {value}"))
    if not math.isfinite(number):
        raise WrongValue(say("a guess is a finite number, not {number}", number=number))
    recorded = say("Recorded: {number}, after the measured value was shown." if _record_guess(asked, number) else
                   "Recorded: {number}. It will be shown beside the measured value.", number=_written(number))
    return show_block(f"? {asked}\n{recorded}")


def reveal(question: str, measured: object) -> None:
    """Show a measured value, and beside it the guess that was recorded for the same question, if there is one.

    Raises ``WrongType`` unless the measured value is a number.
    """
    asked, number = _question(question), _number(measured, NO_MEASURE)
    guess, after = _record_measured(asked, number)
    show_block("\n".join([f"? {asked}", *_beside(number, guess, after)]))


def _beside(measured: float, guess: float | None, after: bool) -> list[str]:
    lines = [labelled(say("measured"), _written(measured))]
    if guess is None:
        return [*lines, labelled(say("guess"), say("none was recorded"))]
    made = say("{number} (made after the measured value was shown)", number=_written(guess)) if after else _written(guess)
    return [*lines, labelled(say("guess"), made), labelled(say("so"), _difference(guess, measured))]


def _difference(guess: float, measured: float) -> str:
    if not math.isfinite(measured):
        return say("there is no difference to a value that is not finite")
    if math.isclose(guess, measured, rel_tol=1e-9, abs_tol=1e-12):
        return say("the two are equal")
    return say("the guess lies {distance} above the measured value" if guess > measured else
               "the guess lies {distance} below the measured value", distance=_written(abs(guess - measured)))


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
        raise WrongType(say("a question is text, not {value}", value=one_line(repr(question), 60)))
    return one_line(question)


def _number(value: object, refusal: str) -> float:
    """A Python, numpy or torch number as an int or a float; anything else is refused with that sentence."""
    if getattr(value, "shape", None) == () and hasattr(value, "item"):
        value = value.item()
    if isinstance(value, bool) or not hasattr(value, "__float__") or getattr(value, "shape", ()) != ():
        raise WrongType(say(refusal, value=one_line(repr(value), 60)))
    return value if isinstance(value, int) else float(value)


def _written(number: float) -> str:
    return str(number) if isinstance(number, int) and abs(number) < 10**15 else f"{number:.4g}"
