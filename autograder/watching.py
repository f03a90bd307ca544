"""What `atrous watch` does: checks a file at every save, tells what is new, and records progress. Learns of a save by looking."""

import ast
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from autograder.course import Lesson
from autograder.feedback import outcomes
from autograder.feedback.cards import labelled, line_text
from autograder.languages import say
from autograder.notebook import store
from autograder.verdicts import ExerciseResult, Result

#: How often the file's time stamp is looked at. That works on every file system, unlike the system's own messages of changes.
LOOK_SECONDS = 0.2


def watch(file: Path, lesson: Lesson, checked: Callable[[], Result], tell: Callable[[str], None]) -> None:
    """Check now and after every save, until Ctrl-C. ``tell`` gets what is to be shown."""
    before: Result | None = None
    tell(say("watching {file}; Ctrl-C ends it", file=file))
    for _ in saves(file):
        tell(f"\n{time.strftime('%H:%M:%S')}\n")
        if broken := _not_python(file):
            tell(broken)  # nothing in it can be checked; what is recorded stays
            continue
        now = checked()
        tell(news(lesson, before, now))
        store.record(_new(before, now), lesson.name, file.parent)
        before = now


def saves(file: Path, pause: Callable[[float], None] = time.sleep) -> Iterator[None]:
    """Now, and after every save: whenever the file is there and another than it was. Never ends by itself."""
    seen = None
    while True:
        now = _stamp(file)
        if now and now != seen:
            seen = now
            yield
        pause(LOOK_SECONDS)


def news(lesson: Lesson, before: Result | None, now: Result) -> str:
    """The cards that are other than before, those of untouched stubs left out, and how it stands."""
    if now.outcome != "graded":
        return f"{outcomes.shown(now.outcome)}: {now.message}"
    cards = [result.message for result in _new(before, now)]
    return "\n\n".join([*(cards or [say("No card has changed.")]), standing(lesson, now)])


def standing(lesson: Lesson, now: Result) -> str:
    """One line: how many are correct, the points, and what comes next."""
    left = [result.name for result in now.exercises if result.outcome != "correct"]
    done = say("{right} of {all} correct, {score} of {possible} points", right=len(now.exercises) - len(left), all=len(now.exercises),
               score=f"{now.score:g}", possible=f"{now.max_score:g}")
    following = say("next: {exercise}, about {minutes} minutes", exercise=left[0], minutes=lesson.exercises[left[0]].minutes) if left else \
        say("nothing is left")
    return f"{lesson.name}: {done}; {following}"


def _new(before: Result | None, now: Result) -> list[ExerciseResult]:
    """The exercises of which something else is said than before."""
    said = {result.name: _said(result) for result in before.exercises} if before else {}
    return [result for result in now.exercises if _said(result) != said.get(result.name, "")]


def _said(result: ExerciseResult) -> str:
    return "" if result.outcome == "not_attempted" else result.message


def _not_python(file: Path) -> str:
    """What is wrong with a Python file that can't be parsed; nothing for a notebook, of which each cell stands alone."""
    if file.suffix != ".py":
        return ""
    try:
        ast.parse(file.read_bytes())
    except SyntaxError as error:
        where = line_text(error.lineno or 0, (error.text or "").strip()[:160])
        return f"{say('✗ not valid Python: {why}', why=error.msg)}\n{labelled(say('at'), where)}"
    except (ValueError, OSError):  # the check itself says what is wrong
        return ""
    return ""


def _stamp(file: Path) -> tuple[int, int, int] | None:
    """What changes with every save; None for a file that isn't there, as between an editor's two steps of saving."""
    try:
        stat = file.stat()
    except FileNotFoundError:
        return None
    return stat.st_ino, stat.st_mtime_ns, stat.st_size
