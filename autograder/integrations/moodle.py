"""A graded lesson for Moodle: the offline grading worksheet filled in, and a zip of feedback pages.

Format: Moodle's assignfeedback_offline (importgradeslib) and assignfeedback_file (importziplib). The headers are localised strings, so the
worksheet that Moodle gave out is filled; nothing in it is renamed.
"""

import csv
import io
import re
import zipfile
from collections.abc import Mapping, Sequence

from autograder.feedback.outcomes import words
from autograder.grading.store import harmless
from autograder.verdicts import Result

#: In Moodle's English; columns are found by these, or by their place in a worksheet in another language.
IDENTIFIER, NAME, GRADE, COMMENTS = "Identifier", "Full name", "Grade", "Feedback comments"


def moodle_csv(results: Sequence[Result], worksheet: str) -> tuple[str, dict[str, tuple[str, str]], list[str]]:
    """The worksheet with grades and comments, (participant, full name) by student, and the students that are not in it.

    A student is found by folder name: the participant's number, ``Participant 1234``, or the full name. Raises ``ValueError`` where the
    worksheet is none.
    """
    head, *rows = _read(worksheet)
    by_student = {result.student: result for result in results}
    taken: dict[str, tuple[str, str]] = {}
    for row in rows:
        participant, name = row[head.index(IDENTIFIER)], row[head.index(NAME)]
        number = "".join(re.findall(r"\d+", participant)[:1])
        if student := next((key for key in (number, participant, name) if key in by_student), ""):
            taken[student] = number, name
            row[head.index(GRADE)] = f"{by_student[student].score:.2f}"
            row[head.index(COMMENTS)] = harmless(_comment(by_student[student]))
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows([head, *(row for row in rows if row[head.index(GRADE)])])
    return file.getvalue(), taken, sorted(by_student.keys() - taken.keys())


def feedback_zip(pages: Mapping[str, bytes], taken: Mapping[str, tuple[str, str]]) -> bytes:
    """A zip of the students' pages under the names by which Moodle hands them out. ``pages``: HTML by student."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for student, (number, name) in sorted(taken.items()):
            folder = f"{_plain(name)}_{number}_assignsubmission_file"
            archive.writestr(zipfile.ZipInfo(f"{folder}/feedback.html"), pages[student])
    return file.getvalue()


def _read(worksheet: str) -> list[list[str]]:
    text = worksheet.removeprefix("\ufeff")
    rows = [row for row in csv.reader(io.StringIO(text)) if row]
    wanted = {IDENTIFIER, NAME, GRADE, COMMENTS}
    if not rows or not wanted <= set(rows[0]):
        raise ValueError(f"this is no grading worksheet of Moodle's: its first line needs {', '.join(sorted(wanted))}")
    return [rows[0], *(row + [""] * (len(rows[0]) - len(row)) for row in rows[1:])]


def _comment(result: Result) -> str:
    if result.outcome != "graded":
        return f"{result.outcome}: {result.message}"
    return "; ".join(f"{entry.name}: {words(entry.outcome)}, {entry.score:g} of {entry.max_score:g}" for entry in result.exercises)


def _plain(name: str) -> str:
    """A name without what Moodle splits at, and without what a path can't hold."""
    return re.sub(r"[_/\\:\0.]+", " ", name).strip() or "student"
