"""`solution`: shows how the course solves an exercise, for comparison, once it is correct or when it is asked for outright. Holds none.

Solutions are not part of the package. They are read from ``solutions/N_<lesson>.py``: in a folder ``solutions`` beside the learner's
lessons, where an instructor can put them, or in a checkout of the course.
"""

import re
import sys
from html import escape

from autograder import course
from autograder.course import PACKAGE, Exercise
from autograder.languages import say, sentence

from . import store
from .display import block_html, show, show_block
from .finding import meant

NOT_YET = sentence("It is shown for comparison, once the check is content. hint(\"{name}\") goes one step further; "
                   "solution(\"{name}\", now=True) shows it all the same.")
NONE = sentence("There is none here. Whoever gives the course can put its folder `solutions` beside the lessons.")
#: Lines that only say where a solution begins and ends.
MARKERS = re.compile(r"(?m)^\s*### (BEGIN|END) SOLUTION\n")


def solution(exercise: object, now: bool = False) -> None:
    """Show the course's solution: ``solution("dilated_conv2d")`` or ``solution(dilated_conv2d)``, after its check has passed.

    ``now``: show it without that. Raises ``WrongType`` and ``WrongValue`` for what is no exercise.
    """
    found = meant(exercise, sys._getframe(1).f_globals)
    head = say("? solution: {exercise}", exercise=found.name)
    if not (now or _is_correct(found)):
        return show_block(f"{head}\n{say(NOT_YET, name=found.name)}")
    code = _code(found)
    if not code:
        return show_block(f"{head}\n{say(NONE)}")
    return show(f"{head}\n\n{code}", f"{block_html(head)}<pre>{escape(code)}</pre>")


def _is_correct(exercise: Exercise) -> bool:
    return bool(store.read()["exercises"].get(f"{exercise.lesson}.{exercise.name}", {}).get("outcome") == "correct")


def _code(exercise: Exercise) -> str:
    """The exercise's cell of the first file that is there; empty where there is none."""
    file = f"{course.lessons()[exercise.lesson].folder}.py"
    for folder in (store.folder() / "solutions", PACKAGE.parent / "solutions"):
        if (folder / file).is_file():
            return _cell((folder / file).read_text(encoding="utf-8"), exercise.name)
    return ""


def _cell(text: str, name: str) -> str:
    """The cell of that name in a notebook written as Python text: from the line after its ``# %%`` to the next one."""
    found = re.search(rf'(?ms)^# %%[^\n]*"grade_id": "{name}"[^\n]*\n(.*?)(?=^# %%|\Z)', text)
    return MARKERS.sub("", found[1]).strip() if found else ""
