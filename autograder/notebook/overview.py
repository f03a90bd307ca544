"""`progress`: a table of the course: what is correct, what comes next, how many minutes are left. Runs no check."""

from dataclasses import dataclass
from html import escape
from pathlib import Path

from rich.cells import cell_len, set_cell_size

from autograder import course
from autograder.course import Exercise
from autograder.feedback import outcomes
from autograder.languages import say, sentence

from . import store
from .display import show

HEADERS = (sentence("lesson"), sentence("exercise"), sentence("state"), sentence("points"), sentence("minutes"))
UNCHECKED = sentence("○ not checked yet")
CELL = "padding: 0.2em 0.8em; text-align: left; border-bottom: 1px solid #808080"


@dataclass(frozen=True)
class Row:
    """One exercise and what is recorded of it; ``outcome`` is empty as long as it was not checked."""

    exercise: Exercise
    outcome: str
    score: float

    @property
    def cells(self) -> tuple[str, ...]:
        """The row's texts, one for each of ``HEADERS``."""
        exercise, state = self.exercise, outcomes.shown(self.outcome) if self.outcome else say(UNCHECKED)
        title = say(course.lessons()[exercise.lesson].title)
        points = say("{score} of {possible}", score=f"{self.score:g}", possible=f"{exercise.points:g}")
        return title, exercise.name, state, points, str(exercise.minutes)


def progress() -> None:
    """Show a table of the course, what is next, and how many minutes are left."""
    found = rows()
    show(text(found), html(found))


def rows(folder: Path | None = None) -> list[Row]:
    """Every exercise of the course in order, with what is recorded of it in the learner's folder."""
    recorded = store.read(folder)["exercises"]
    exercises = [exercise for lesson in course.lessons().values() for exercise in lesson.exercises.values()]
    return [_row(exercise, recorded.get(f"{exercise.lesson}.{exercise.name}", {})) for exercise in exercises]


def text(table: list[Row]) -> str:
    """The table in columns of plain text, and its summary."""
    lines = [tuple(map(say, HEADERS)), *(row.cells for row in table)]
    widths = [max(cell_len(line[column]) for line in lines) for column in range(len(HEADERS))]
    aligned = ["  ".join(set_cell_size(cell, width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]
    return "\n".join([aligned[0], "  ".join("-" * width for width in widths), *aligned[1:], "", *summary(table)])


def html(table: list[Row]) -> str:
    """The table as HTML, its header cells marked as such, and its summary."""
    done, *rest = summary(table)
    head = "".join(f'<th scope="col" style="{CELL}">{say(header)}</th>' for header in HEADERS)
    body = "".join(f"<tr>{_html_cells(row)}</tr>" for row in table)
    caption = f'<caption style="text-align: left">{escape(done)}</caption>'
    after = "".join(f"<p>{escape(sentence)}</p>" for sentence in rest)
    table_html = f"{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody>"
    return f'<table style="border-collapse: collapse; color: inherit">{table_html}</table>{after}'


def summary(table: list[Row]) -> list[str]:
    """What is done, what is next, and how long the rest takes: a sentence each."""
    left = [row.exercise for row in table if row.outcome != "correct"]
    points, possible = sum(row.score for row in table), sum(row.exercise.points for row in table)
    done = say("Done: {done} of {all} exercises, {points} of {possible} points.", done=len(table) - len(left), all=len(table),
               points=f"{points:g}", possible=f"{possible:g}")
    if not left:
        return [done, say("Nothing is left.")]
    lesson = course.lessons()[left[0].lesson]
    following = say("Next: {exercise}, in lesson {number}, {title}.", exercise=left[0].name, number=lesson.number, title=say(lesson.title))
    return [done, following, say("Left: about {minutes} minutes.", minutes=sum(exercise.minutes for exercise in left))]


def _row(exercise: Exercise, recorded: store.Progress) -> Row:
    return Row(exercise, recorded.get("outcome", ""), recorded.get("score", 0.0))


def _html_cells(row: Row) -> str:
    lesson, exercise, *others = (escape(cell) for cell in row.cells)
    plain = [f'<td style="{CELL}">{cell}</td>' for cell in (lesson, *others)]
    return "".join([plain[0], f'<th scope="row" style="{CELL}">{exercise}</th>', *plain[1:]])
