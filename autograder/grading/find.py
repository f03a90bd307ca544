"""Finds what a class handed in: ``DIR/<student>/<lesson>/<lesson>.ipynb`` (or ``.py``). Opens no file and follows no link."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from autograder import course
from autograder.course import Lesson


@dataclass(frozen=True)
class Upload:
    """One student's hand-in for one lesson. ``path`` may not exist: then there is nothing to grade, and that is a result too."""

    student: str
    lesson: str
    path: Path


@dataclass(frozen=True)
class ClassFolder:
    """All uploads of a class, and the folders that mean nothing to us."""

    uploads: tuple[Upload, ...]
    ignored: tuple[Path, ...]


def find(folder: Path) -> ClassFolder:
    """All uploads in a class's folder, every student with every lesson that anybody handed in.

    A folder whose name begins with a dot is a student's only if there is a lesson in it.

    Raises ``OSError`` when the folder can't be read.
    """
    folders = sorted(path for path in folder.iterdir() if path.is_dir() or path.is_symlink())
    found = {student: handed_in for student in folders if (handed_in := dict(_lessons_of(student))) or not student.name.startswith(".")}
    lessons = [lesson for lesson in course.lessons().values() if any(lesson.name in theirs for theirs in found.values())]
    uploads = [Upload(student.name, lesson.name, theirs.get(lesson.name, _nothing(student, lesson)))
               for student, theirs in found.items() for lesson in lessons]
    return ClassFolder(tuple(uploads), tuple(path for student in found for path in _strangers(student)))


def _nothing(student: Path, lesson: Lesson) -> Path:
    """Where a hand-in would be that isn't there; a student's folder that is a link is left for the reader to refuse."""
    return student if student.is_symlink() else student / lesson.name / f"{lesson.name}.ipynb"


def _lessons_of(student: Path) -> Iterator[tuple[str, Path]]:
    """The hand-ins; where there are two folders for one lesson, one that holds something comes last."""
    files = [(lesson.name, _file(path, lesson)) for path in _subfolders(student) if (lesson := _known(path.name))]
    yield from sorted(files, key=lambda file: file[1].exists() or file[1].is_symlink())


def _file(folder: Path, lesson: Lesson) -> Path:
    """The hand-in in a lesson's folder; a link in its way is left for the reader to refuse."""
    if folder.is_symlink():
        return folder
    names = [f"{stem}{suffix}" for suffix in (".ipynb", ".py") for stem in (lesson.name, lesson.folder)]
    return next((folder / name for name in names if (folder / name).exists() or (folder / name).is_symlink()), folder / names[0])


def _strangers(student: Path) -> list[Path]:
    return [path for path in _subfolders(student) if not _known(path.name)]


def _subfolders(student: Path) -> list[Path]:
    """What lies in a student's folder; nothing where the folder is a link or can't be read."""
    if student.is_symlink():
        return []
    try:
        return sorted(path for path in student.iterdir() if not path.name.startswith(".") and (path.is_dir() or path.is_symlink()))
    except OSError:
        return []


def _known(name: str) -> Lesson | None:
    try:
        return course.lesson(name)
    except ValueError:
        return None
