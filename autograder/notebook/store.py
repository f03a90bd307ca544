"""Keeps a learner's progress in one readable JSON file, read again before every change and replaced as a whole. Judges and sends nothing.

Nothing here raises into a learner's cell. Where the file can't be written, what was done is remembered until the kernel ends.
"""

import contextlib
import json
import os
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from autograder import course
from autograder.files import write_whole
from autograder.languages import say
from autograder.verdicts import ExerciseResult

FILE = "atrous_progress.json"
SCHEMA = 1
MAX_BYTES = 4 * 2**20
LOCK_SECONDS = 1.0
#: The two tables of the file: one entry for each exercise ("lesson.exercise"), one for each predicted question.
TABLES = ("exercises", "predictions")
#: What an entry may hold, and of which type. Other fields are kept and not read.
FORM: dict[str, tuple[type, ...]] = {"outcome": (str,), "score": (int, float), "attempts": (int,), "hint": (int,), "code": (str,),
                                     "guess": (int, float), "measured": (int, float, type(None)), "after": (bool,)}

Progress = dict[str, Any]

_remembered: dict[Path, Progress] = {}


class _Damaged(Exception):
    """The file is not one that this module wrote."""


def folder(start: Path | None = None) -> Path:
    """The learner's folder: the one above ``start`` (default: the working folder), where that is a lesson's own; otherwise itself."""
    try:
        here = (start or Path.cwd()).resolve()
    except OSError:  # it was deleted
        return Path()
    own = {name for lesson in course.lessons().values() for name in (lesson.name, lesson.folder)}
    return here.parent if here.name in own else here


def read(start: Path | None = None) -> Progress:
    """What is recorded so far; empty tables where nothing is. A damaged file is set aside, in a sentence."""
    place = folder(start)
    if place in _remembered:
        return _remembered[place]
    try:
        return _parsed(place / FILE)
    except FileNotFoundError:
        return _empty()
    except _Damaged:
        return _set_aside(place)
    except OSError as error:
        return _remember(place, _empty(), say("the progress file can't be read ({why})", why=error.strerror))


def record(checked: Iterable[ExerciseResult], lesson: str, start: Path | None = None) -> None:
    """Record what checks said of exercises of a lesson."""
    def change(progress: Progress) -> None:
        for result in checked:
            row = entry(progress, "exercises", f"{lesson}.{result.name}")
            row |= {"outcome": result.outcome, "score": result.score, "attempts": row.get("attempts", 0) + 1}

    update(change, start)


def update(change: Callable[[Progress], None], start: Path | None = None) -> None:
    """Read what is recorded, let ``change`` change it, and write it back; other notebooks wait meanwhile."""
    place = folder(start)
    with _alone(place):
        progress = read(start)
        change(progress)
        if place in _remembered:
            return
        try:
            _write(place / FILE, progress)
        except OSError as error:
            _remember(place, progress, say("progress can't be recorded in this folder ({why})", why=error.strerror))


def entry(progress: Progress, table: str, key: str) -> dict[str, Any]:
    """One entry, there from now on."""
    found: dict[str, Any] = progress[table].setdefault(key, {})
    return found


def _empty() -> Progress:
    return {"schema": SCHEMA, **{table: {} for table in TABLES}}


def _parsed(path: Path) -> Progress:
    if path.exists() and (not path.is_file() or path.stat().st_size > MAX_BYTES):
        raise _Damaged
    try:
        progress = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        raise _Damaged from None
    if not isinstance(progress, dict) or progress.get("schema") != SCHEMA or not all(_sound(progress.get(table)) for table in TABLES):
        raise _Damaged
    return progress


def _sound(table: Any) -> bool:
    if not isinstance(table, dict) or not all(isinstance(row, dict) for row in table.values()):
        return False
    return all(type(value) in FORM.get(name, (type(value),)) for row in table.values() for name, value in row.items())


def _write(path: Path, progress: Progress) -> None:
    write_whole(path, json.dumps(progress, indent=2, ensure_ascii=False, sort_keys=True) + "\n")


def _set_aside(place: Path) -> Progress:
    names = (f"{Path(FILE).stem}.damaged{number or ''}.json" for number in range(1000))
    aside = next(place / name for name in names if not (place / name).exists())
    try:
        (place / FILE).replace(aside)
    except OSError as error:
        return _remember(place, _empty(), say("the progress file is damaged and can't be moved ({why})", why=error.strerror))
    print(say("The progress file could not be understood. It is now called {name}, and a new one is begun.", name=aside.name))
    return _empty()


def _remember(place: Path, progress: Progress, reason: str) -> Progress:
    _remembered[place] = progress
    print(say("Note: {reason}. Everything works, but is forgotten when the kernel ends.", reason=reason))
    return progress


@contextlib.contextmanager
def _alone(place: Path) -> Iterator[None]:
    """Hold the folder's lock, where the system has one; who holds it longer than ``LOCK_SECONDS`` is not waited for."""
    try:
        descriptor = os.open(place, os.O_RDONLY)
    except OSError:  # Windows opens no folders
        yield
        return
    try:
        _lock(descriptor)
        yield
    finally:
        os.close(descriptor)  # and with it goes the lock


def _lock(descriptor: int) -> None:
    import fcntl

    give_up = time.monotonic() + LOCK_SECONDS
    while time.monotonic() < give_up:
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.005)
        except OSError:  # a network folder without locks
            return None
    return None
