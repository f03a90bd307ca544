"""The feedback page of one submission: one HTML file that needs no other. Decides nothing; what learners wrote is never markup in it."""

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from autograder import course
from autograder.languages import language, say, sentence
from autograder.verdicts import CheckResult, ExerciseResult, Result

from . import outcomes
from .grids import Picture, picture

MAX_NAME = 120
MAX_MESSAGE = 4_000
MAX_CODE = 20_000
#: What to do about a submission that could not be graded.
ADVICE = {
    "unreadable": sentence("Open the notebook in Jupyter, save it, and hand in the .ipynb file as it was saved. "
                           "A plain Python file with the functions in it is accepted as well. Nothing of this submission was run."),
    "timeout": sentence("Restart the kernel and run all cells. The cell that does not end, or that takes minutes, is the one to look at."),
    "out_of_memory": sentence("Restart the kernel and run all cells. Look for a tensor that is much larger than it has to be."),
    "crashed": sentence("Restart the kernel and run all cells. If that works, show this page to the instructor: "
                        "the fault may lie with the grader."),
}
HIDDEN = sentence("a hidden check")


@dataclass(frozen=True)
class Line:
    """One check as the page lists it."""

    words: str
    device: str
    outcome: str
    note: str


@dataclass(frozen=True)
class Section:
    """One exercise as the page shows it."""

    name: str
    outcome: str
    score: str
    message: list[str]
    picture: Picture | None
    code: str
    cut: bool
    checks: list[Line]

    @property
    def by_device(self) -> bool:
        """Whether the checks ran, or would have, on more than one device."""
        return len({check.device for check in self.checks}) > 1


def page(result: Result, code: Mapping[str, str]) -> str:
    """The page as HTML text. ``code`` is what was handed in for each exercise, by name; an exercise without any may be missing."""
    lesson = course.lessons().get(result.lesson)
    sections = [_section(exercise, result.lesson, code.get(exercise.name, "")) for exercise in result.exercises]
    return template("page.html").render(
        lang=language().replace("_", "-"), lesson=_title(lesson) if lesson else one_line(result.lesson, MAX_NAME),
        student=one_line(result.student, MAX_NAME), score=_points(result.score, result.max_score), graded=result.outcome == "graded",
        outcome=_shown(result.outcome), reason=one_line(result.message, MAX_MESSAGE), advice=say(ADVICE.get(result.outcome, "")),
        devices=one_line(", ".join(result.devices), MAX_NAME), sections=sections if result.outcome == "graded" else [])


def _title(lesson: course.Lesson) -> str:
    return say("Lesson {number}: {title}", number=lesson.number, title=say(lesson.title))


def one_line(text: str, limit: int) -> str:
    """The text in one line: what can't be printed, or turns the direction of what follows, becomes a visible mark; cut at ``limit``."""
    start = text[:limit + 1]
    plain = start if start.isprintable() else "".join(character if character.isprintable() else _marked(character) for character in start)
    return plain if len(plain) <= limit else plain[:limit - 1] + "…"


def _block(text: str, limit: int) -> str:
    """The text with its lines and tabs; everything else that can't be printed becomes a visible mark."""
    lines = re.split(r"\r\n|\r|\n", text[:limit])
    return "\n".join(line if line.isprintable() else _visible(line) for line in lines)


def _visible(line: str) -> str:
    return "".join(character if character.isprintable() or character == "\t" else _marked(character) for character in line)


def _marked(character: str) -> str:
    return " " if character in "\n\r\t" else f"⟨U+{ord(character):04X}⟩"


def _section(exercise: ExerciseResult, lesson: str, code: str) -> Section:
    message = [one_line(line, MAX_MESSAGE) for line in exercise.message[:MAX_MESSAGE].splitlines()]
    checks = [_line(check, lesson, exercise.name) for check in exercise.checks]
    score = _points(exercise.score, exercise.max_score)
    return Section(one_line(exercise.name, MAX_NAME), _shown(exercise.outcome), score, message, picture(exercise.evidence),
                   _block(code, MAX_CODE), len(code) > MAX_CODE, checks)


def _line(check: CheckResult, lesson: str, exercise: str) -> Line:
    """Of a hidden check only the outcome. A failed check's message is the card, which is shown already."""
    words = say(_checks(lesson).get((exercise, check.name), "")) or one_line(check.name.removeprefix("test_").replace("_", " "), MAX_NAME)
    note = one_line(check.message, MAX_NAME) if check.outcome == "skipped" else ""
    return Line(words, one_line(check.device, MAX_NAME), _shown(check.outcome), note)


def _shown(outcome: str) -> str:
    return outcomes.shown(one_line(outcome, MAX_NAME))


def _breakable(name: str) -> Markup:
    """A long name that a narrow screen may break after an underscore."""
    return Markup("_<wbr>").join(name.split("_"))


def _points(score: float, possible: float) -> str:
    return say("{score} of {possible}", score=f"{score:g}", possible=f"{possible:g}")


@cache
def _checks(lesson: str) -> dict[tuple[str, str], str]:
    """What each check of a lesson is called on the page, by exercise and name: its property, unless it is hidden."""
    if lesson not in course.lessons():
        return {}
    tree = ast.parse((course.EXERCISES / lesson / "checks.py").read_text(encoding="utf-8"))
    found = {(name, check.name): check for group in tree.body if isinstance(group, ast.ClassDef) for name in _exercise_names(group)
             for check in group.body if isinstance(check, ast.FunctionDef)}
    return {key: HIDDEN if _is_hidden(check) else (ast.get_docstring(check) or "").partition("\n")[0] for key, check in found.items()}


def _exercise_names(group: ast.ClassDef) -> list[str]:
    calls = [node for node in group.decorator_list if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "exercise"]
    return [str(argument.value) for call in calls for argument in call.args if isinstance(argument, ast.Constant)]


def _is_hidden(check: ast.FunctionDef) -> bool:
    return any(isinstance(node, ast.Name) and node.id == "hidden" for node in check.decorator_list)


@cache
def template(name: str) -> Template:
    """A template of this folder, in which all that is put in is text."""
    environment = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined,
                              trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True)
    environment.globals |= {"breakable": _breakable, "say": say}
    return environment.get_template(name)
