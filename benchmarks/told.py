"""What a learner is told: every wrong submission of ``data/wrong/``, checked as in the notebook, and its card. Writes ``docs/feedback.md``.

Each submission is a notebook that is right but for one cell. None is a misconception: they are slips, for which no exercise has texts.
"""

import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import torch

from autograder import course
from autograder.course import Lesson
from autograder.examination.attempt import Attempt
from autograder.examination.examine import Job, examine
from autograder.feedback.outcomes import words
from autograder.learner_side.session import Session
from autograder.sandbox import DirectChannel
from autograder.submission import Cell, Submission
from autograder.verdicts import ExerciseResult

from .mutants import cells_of

ROOT = Path(__file__).parents[1]
WRONG = ROOT / "data" / "wrong"
PAGE = ROOT / "docs" / "feedback.md"
HEAD = """# What a learner is told

`data/wrong/` holds wrong submissions of every lesson: slips and misreadings that learners make without a wrong idea behind them, nearly
none of them does what one of the course's misconceptions does. Each is a notebook that is right but for one cell. `make told` checks
them all, as `check` does in the notebook, and writes this page: the card that each learner reads. A test fails when a card isn't what
the code says now.
"""


@dataclass(frozen=True)
class Wrong:
    """One wrong submission: the exercise whose cell is replaced, the mistake in a few words, the text of the cell."""

    lesson: Lesson
    exercise: str
    mistake: str
    source: str


def main() -> int:
    """Write the page. Exit code 1 when one of the submissions is accepted."""
    torch.set_num_threads(1)
    told = told_of(wrong_submissions())
    PAGE.write_text(page(told), encoding="utf-8")
    accepted = [wrong for wrong, result in told if result.outcome == "correct"]
    for wrong in accepted:
        print(f"accepted: {wrong.lesson.name}, {wrong.exercise}: {wrong.mistake}")
    print(f"{len(told)} wrong submissions; {PAGE.relative_to(ROOT)} is written")
    return 1 if accepted else 0


def wrong_submissions() -> list[Wrong]:
    """All of them, in the order of the lessons and of the files."""
    return [wrong for lesson in course.lessons().values() for wrong in of_lesson(lesson)]


def of_lesson(lesson: Lesson) -> Iterator[Wrong]:
    """Those of one lesson: sections ``## exercise: mistake``, each with one block of Python."""
    text = (WRONG / f"{lesson.name}.md").read_text(encoding="utf-8")
    for exercise, mistake, source in re.findall(r"(?ms)^## (\w+): (.*?)\n\n```python\n(.*?)^```$", text):
        yield Wrong(lesson, exercise, mistake, source)


def told_of(wrongs: Iterable[Wrong]) -> list[tuple[Wrong, ExerciseResult]]:
    """Each submission with the result of its wrong exercise, as `check` has it. Runs in this process, without a sandbox."""
    wrongs, results = list(wrongs), list[ExerciseResult]()
    examine((_job(wrong, results.extend) for wrong in wrongs), dict.fromkeys(wrong.lesson.name for wrong in wrongs))
    return list(zip(wrongs, results, strict=True))


def _job(wrong: Wrong, done: Callable[[list[ExerciseResult]], None]) -> Job:
    sources = cells_of(wrong.lesson) | {wrong.exercise: wrong.source}
    cells = [Cell(name, source, name if name in wrong.lesson.exercises else None, notebook=True) for name, source in sources.items()]
    attempt = Attempt(Submission(tuple(cells)), lambda: DirectChannel(Session()))
    return Job(attempt, wrong.lesson, lambda: DirectChannel(Session()), exercises=(wrong.exercise,), done=done)


def page(told: list[tuple[Wrong, ExerciseResult]]) -> str:
    """The text of ``docs/feedback.md``: a table that counts, then a table of cards for each lesson."""
    parts = [HEAD, _counts(told)]
    for lesson in dict.fromkeys(wrong.lesson for wrong, _ in told):
        rows = [row(wrong, result) for wrong, result in told if wrong.lesson is lesson]
        head = [f"## Lesson {lesson.number}: {lesson.title}", "", "| exercise | mistake | told |", "| --- | --- | --- |"]
        parts.append("\n".join([*head, *rows, ""]))
    return "\n".join(parts)


def _counts(told: list[tuple[Wrong, ExerciseResult]]) -> str:
    lessons = Counter(wrong.lesson for wrong, _ in told)
    outcomes = Counter(result.outcome for _, result in told)
    ends = ", ".join(f"{count} {words(outcome)}" for outcome, count in outcomes.most_common())
    table = [f"| {lesson.number} | {lesson.title} | {count} |" for lesson, count in lessons.items()]
    return "\n".join(["| lesson | | wrong submissions |", "| ---: | --- | ---: |", *table, "", f"Their outcomes: {ends}.", ""])


def row(wrong: Wrong, result: ExerciseResult) -> str:
    """The line of the table that shows one submission's card."""
    lines = [f"`` {line.replace('|', chr(92) + '|')} ``" for line in result.message.splitlines()]
    return f"| {wrong.exercise} | {wrong.mistake} | {'<br>'.join(lines)} |"


if __name__ == "__main__":
    sys.exit(main())
