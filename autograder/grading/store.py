"""Results as files: written to a temporary name and renamed, so that a file is there whole or not at all. Also the cache."""

import contextlib
import csv
import errno
import hashlib
import io
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path

from autograder import course
from autograder.errors import Stopped
from autograder.files import TEMPORARY, write_whole
from autograder.verdicts import Result, result_from_json

#: The libraries whose version can change a verdict: they compute, or decide what is drawn.
DECISIVE = ("torch", "numpy", "hypothesis", "pytest", "ipython")
#: The kinds of file that are part of the checks and of the pages.
CODE = (".py", ".yaml", ".html", ".css", ".po")
#: Faults of a disk, not of one file.
FATAL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO, errno.EFBIG)
#: No write lasts so long.
SECONDS_OF_A_WRITE = 60.0
COLUMNS = ("student", "lesson", "outcome", "score", "max_score", "message")


def key_of(digest: str, settings: str, devices: Sequence[str]) -> str:
    """What decides a verdict, as one hash: the submission, the checks, the settings (seed, limits, sandbox, exercises), the devices."""
    return hashlib.sha256("\n".join([digest, checks_version(), settings, *devices]).encode()).hexdigest()


@cache
def checks_version() -> str:
    """A hash of everything here that can change a verdict: this package, the lessons, and the versions of what they run on."""
    files = [path for path in course.PACKAGE.rglob("*") if path.suffix in CODE and "__pycache__" not in path.parts]
    files += [lesson.notebook for lesson in course.lessons().values()]
    digest = hashlib.sha256(" ".join([sys.version, *(version(name) for name in DECISIVE)]).encode())
    for path in sorted(files):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def result_path(out: Path, student: str, lesson: str) -> Path:
    """Where the result of one submission lies."""
    return out / "results" / student / f"{lesson}.json"


def feedback_path(out: Path, student: str, lesson: str) -> Path:
    """Where the feedback page of one submission lies."""
    return out / "feedback" / student / f"{lesson}.html"


def report_path(out: Path) -> Path:
    """Where the report on the class lies."""
    return out / "report.html"


def all_results(out: Path) -> tuple[list[Result], list[Path]]:
    """Every result that is there, by student and lesson, and the files that are none. Raises ``ValueError`` where there is no result."""
    results, broken = list[Result](), list[Path]()
    for path in sorted((out / "results").glob("*/*.json")):
        try:
            results.append(result_from_json(path.read_text(encoding="utf-8")))
        except (OSError, ValueError):
            broken.append(path)
    if not results:
        raise ValueError(f"{out}: there are no results in it; `atrous grade` makes them")
    return results, broken


def keep(out: Path, result: Result, page: str) -> None:
    """Write a page and its result, in this order: where there is a result, all is there. Raises as :func:`writing`."""
    with writing(out):
        write_whole(feedback_path(out, result.student, result.lesson), page)
        write_whole(result_path(out, result.student, result.lesson), result.to_json())


@contextlib.contextmanager
def writing(out: Path) -> Iterator[None]:
    """Raises ``Stopped`` where nothing else could be written either; ``OSError`` where it is the fault of one file."""
    try:
        yield
    except OSError as error:
        if error.errno in FATAL:
            raise Stopped(f"{out}: nothing can be written there: {error.strerror}; what is finished is kept, "
                          "and the same command goes on from there") from None
        raise


def sweep(out: Path) -> None:
    """Remove the temporary files that a killed run has left; those of a run beside this one are younger."""
    for leftover in [*out.glob(TEMPORARY), *out.glob(f"*/*/{TEMPORARY}")]:
        with contextlib.suppress(OSError):
            if leftover.stat().st_mtime < time.time() - SECONDS_OF_A_WRITE:
                leftover.unlink()


def stored(out: Path, student: str, lesson: str, key: str) -> Result | None:
    """The result that is there already, if it was made under the same key and its page is there too."""
    if not feedback_path(out, student, lesson).is_file():
        return None
    try:
        result = result_from_json(result_path(out, student, lesson).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return result if result.key == key else None


def grades_csv(results: Iterable[Result]) -> str:
    """The class as CSV, one row a submission. Nothing in it is taken for a formula by a spreadsheet."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    for result in results:
        row = (result.student, result.lesson, result.outcome, result.score, result.max_score, result.message)
        writer.writerow([harmless(value) if isinstance(value, str) else value for value in row])
    return file.getvalue()


def harmless(text: str) -> str:
    """Text for a spreadsheet cell: no control characters, and a quote before what would start a formula."""
    plain = "".join(character if character.isprintable() else " " for character in text)
    return f"'{plain}" if plain[:1] in ("=", "+", "-", "@") else plain
