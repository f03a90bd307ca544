"""What `atrous export` does: writes a graded class, or a grader of one lesson, in one of the formats of `integrations`."""

from collections.abc import Iterator
from pathlib import Path

from autograder import course
from autograder.files import write_whole
from autograder.grading.store import all_results, feedback_path
from autograder.integrations.canvas import canvas_csv
from autograder.integrations.classroom50 import bundle_zip
from autograder.integrations.gradescope import autograder_zip
from autograder.integrations.junit import junit_xml
from autograder.integrations.moodle import feedback_zip, moodle_csv
from autograder.integrations.prairielearn import question_zip
from autograder.verdicts import Result

#: What takes a lesson to a system that grades there; these need no results.
GRADERS = {"gradescope": autograder_zip, "prairielearn": question_zip, "classroom50": bundle_zip}
FORMATS = ("junit", "canvas", "moodle", *GRADERS)


def export(kind: str, out: Path, lesson: str | None, into: Path | None) -> list[str]:
    """Write what ``kind`` asks for into ``out``: a line for each file, and for each student who couldn't be placed.

    Raises ``ValueError`` and ``OSError`` with a sentence.
    """
    if kind not in FORMATS:
        raise ValueError(f"unknown format {kind!r}; there are: {', '.join(FORMATS)}")
    if kind in GRADERS:
        return list(_grader(kind, out, lesson))
    results, broken = all_results(out)
    lines = [f"left out, because it is no result: {path}" for path in broken]
    if kind == "junit":
        return [*lines, *_written(out / "junit.xml", junit_xml(result for result in results if lesson in (None, result.lesson)))]
    chosen = _of_one_lesson(results, lesson)
    given = into.read_text(encoding="utf-8-sig") if into else None
    return [*lines, *(_canvas(out, chosen, given) if kind == "canvas" else _moodle(out, chosen, given))]


def _grader(kind: str, out: Path, lesson: str | None) -> Iterator[str]:
    if lesson is None:
        raise ValueError(f"which lesson? Say --lesson and one of: {', '.join(course.lessons())}")
    out.mkdir(parents=True, exist_ok=True)
    place = out / f"{kind}_{lesson}.zip"
    place.write_bytes(GRADERS[kind](lesson))
    yield f"written: {place}"


def _of_one_lesson(results: list[Result], lesson: str | None) -> list[Result]:
    there = [name for name in course.lessons() if name in {result.lesson for result in results}]
    if lesson is None and len(there) > 1:
        raise ValueError(f"results of several lessons; say --lesson and one of: {', '.join(there)}")
    chosen = [result for result in results if result.lesson == (lesson or there[0])]
    if not chosen:
        raise ValueError(f"there is no result of {lesson}; there are: {', '.join(there)}")
    return chosen


def _canvas(out: Path, results: list[Result], gradebook: str | None) -> Iterator[str]:
    text, missing = canvas_csv(results, gradebook)
    yield from _written(out / f"canvas_{results[0].lesson}.csv", text)
    yield from (f"not in the gradebook: {student}" for student in missing)


def _moodle(out: Path, results: list[Result], worksheet: str | None) -> Iterator[str]:
    if worksheet is None:
        raise ValueError("Moodle takes back its own worksheet only: download it (Download grading worksheet) and say --into FILE")
    text, taken, missing = moodle_csv(results, worksheet)
    yield from _written(out / f"moodle_{results[0].lesson}.csv", text)
    pages = {student: feedback_path(out, student, results[0].lesson).read_bytes() for student in taken}
    place = out / f"moodle_{results[0].lesson}_feedback.zip"
    place.write_bytes(feedback_zip(pages, taken))
    yield f"written: {place}"
    yield from (f"not in the worksheet: {student}" for student in missing)


def _written(path: Path, text: str) -> Iterator[str]:
    write_whole(path, text)
    yield f"written: {path}"
