"""`hint`: shows the hints of an exercise, one step further each time its code has changed since the last one. Never shows a solution."""

import hashlib
import sys
import tokenize
from io import StringIO
from typing import Any

from autograder.course import Exercise
from autograder.languages import say, sentence

from . import store
from .display import WrongValue, show_block
from .finding import code_now, exercise_of, exercises_named

SAME = sentence("The next hint comes after the code of {name} has changed.")
END = sentence("This is as far as hints go. Say in one sentence why the other case comes out as it does, then look at {look_at}.")


def hint(exercise: object) -> None:
    """Show a hint: ``hint("dilated_conv2d")`` or ``hint(dilated_conv2d)``. Asked again, it goes one step further once the code has changed.

    Raises ``WrongType`` and ``WrongValue`` for what is no exercise.
    """
    namespace = sys._getframe(1).f_globals
    found = _found(exercise, namespace)
    head = say("? hint: {exercise}", exercise=found.name)
    if not found.hints:
        return show_block(f"{head}\n{say('There is none. Look at {place}.', place=say(found.look_at))}")
    before, now = _advance(found, _hash(code_now(found.name, namespace)))
    return show_block("\n".join([head, say(found.hints[now - 1]), *_remark(found, before, now)]))


def _found(exercise: object, namespace: dict[str, Any]) -> Exercise:
    if not isinstance(exercise, str):
        return exercise_of(exercise)
    candidates = exercises_named(exercise)
    if len(candidates) == 1:
        return candidates[0]
    if exercise not in namespace:
        raise WrongValue(say("{name} is an exercise of {count} lessons; run the cell that defines it first", name=exercise,
                             count=len(candidates)))
    return exercise_of(namespace[exercise])


def _advance(exercise: Exercise, code: str) -> tuple[int, int]:
    """How many hints had been shown before, and how many are now."""
    steps: list[int] = []

    def change(progress: store.Progress) -> None:
        row = store.entry(progress, "exercises", f"{exercise.lesson}.{exercise.name}")
        before = min(max(row.get("hint", 0), 0), len(exercise.hints))
        now = before if before and row.get("code") == code else min(before + 1, len(exercise.hints))
        row |= {"hint": now, "code": code}
        steps.extend((before, now))

    store.update(change)
    return steps[0], steps[1]


def _remark(exercise: Exercise, before: int, now: int) -> list[str]:
    """What is said when there is nothing new; how many hints there are is not."""
    if now > before:
        return []
    return [say(END if now == len(exercise.hints) else SAME, name=exercise.name, look_at=say(exercise.look_at))]


def _hash(code: str) -> str:
    return hashlib.sha256(_without_comments(code).encode("utf-8", "replace")).hexdigest()[:16]


def _without_comments(code: str) -> str:
    try:
        tokens = list(tokenize.generate_tokens(StringIO(code).readline))
    except (tokenize.TokenError, SyntaxError):
        return code
    kept = [token for token in tokens if token.type not in (tokenize.COMMENT, tokenize.NL)]
    return " ".join(token.string.strip() or tokenize.tok_name[token.type] for token in kept)
