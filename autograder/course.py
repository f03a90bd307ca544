"""What the course consists of: its lessons, each lesson's exercises, and where their files lie. Runs nothing."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

PACKAGE = Path(__file__).parent
EXERCISES = PACKAGE / "exercises"


@dataclass(frozen=True)
class Misconception:
    """A wrong answer that we can name: the question that points at it, and what to do next."""

    id: str
    question: str
    next_step: str


@dataclass(frozen=True, eq=False)
class Exercise:
    """One row of a lesson's table. ``minutes`` is a learner's time; ``difficulty`` runs from 1 to 5.

    ``forbidden`` are patterns of ATen operations, ``forbidden_names`` of what the source text takes from
    imported modules, names in full: ``torch.nn.functional.unfold``. ``central``: the lesson turns on it;
    ``further``: it can be left out, nothing else needs it.
    """

    name: str
    lesson: str
    points: float
    minutes: int
    difficulty: int
    hints: tuple[str, ...]
    look_at: str
    forbidden: tuple[str, ...]
    misconceptions: dict[str, Misconception]
    forbidden_names: tuple[str, ...] = ()
    central: bool = False
    further: bool = False

    @property
    def heading(self) -> str:
        """The line below its heading in the lesson."""
        points = f"{self.points:g} point{'' if self.points == 1 else 's'}"
        return f"difficulty {self.difficulty}/5 · about {self.minutes} minutes · {points}{' · further' if self.further else ''}"


@dataclass(frozen=True, eq=False)
class Lesson:
    """One lesson: its plain name, its number in the course, and its exercises in order."""

    name: str
    number: int
    title: str
    exercises: dict[str, Exercise]

    @property
    def folder(self) -> str:
        """Its folder's name under ``lessons/``: ``1_dilated_convolution``."""
        return f"{self.number}_{self.name}"

    @property
    def points(self) -> float:
        """All that can be earned in it."""
        return sum(exercise.points for exercise in self.exercises.values())

    @property
    def notebook(self) -> Path:
        """The notebook that learners get."""
        return lessons_folder() / self.folder / f"{self.name}.ipynb"


@cache
def lessons() -> dict[str, Lesson]:
    """Every lesson by its plain name, in the order of the course."""
    tables = [_read(path) for path in EXERCISES.glob("*/exercises.yaml")]
    return {lesson.name: lesson for lesson in sorted(tables, key=lambda lesson: lesson.number)}


def lesson(name: str) -> Lesson:
    """The lesson of that name, with or without its number (``1_dilated_convolution``). Raises ``ValueError`` if there is none."""
    plain = re.sub(r"^\d+_", "", name)
    if plain not in lessons():
        raise ValueError(f"unknown lesson {name!r}; the lessons are: {', '.join(lessons())}")
    return lessons()[plain]


def lessons_folder() -> Path:
    """The folder of the learners' notebooks: beside the package in a checkout, inside it once installed."""
    inside = PACKAGE / "_lessons"
    return inside if inside.is_dir() else PACKAGE.parent / "lessons"


def _read(path: Path) -> Lesson:
    table = yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    name = path.parent.name
    exercises = {key: _exercise(key, name, row) for key, row in table["exercises"].items()}
    return Lesson(name, table["number"], table["title"], exercises)


def _exercise(name: str, lesson_name: str, row: dict[str, Any]) -> Exercise:
    known = {key: Misconception(key, texts["question"], texts["next"]) for key, texts in row["misconceptions"].items()}
    return Exercise(name, lesson_name, row["points"], row["minutes"], row["difficulty"], tuple(row["hints"]), row["look_at"],
                    tuple(row.get("forbidden", ())), known, tuple(row.get("forbidden_names", ())), row.get("central", False),
                    row.get("further", False))
