"""One graded lesson as a CSV for Canvas' gradebook import: the students that Canvas exported, and one column of scores.

Format: Canvas' gradebook_importer and gradebook_exporter. A blank where Canvas has a score would be taken for a change, so students without
a result, and all other columns, are left out.
"""

import csv
import io
from collections.abc import Sequence

from autograder import course
from autograder.grading.store import harmless
from autograder.verdicts import Result

INFORMATION = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
#: The columns by which a student's folder name is looked up, the surest first.
KEYS = ("SIS Login ID", "SIS User ID", "ID", "Student")
POINTS = "Points Possible"


def canvas_csv(results: Sequence[Result], gradebook: str | None = None) -> tuple[str, list[str]]:
    """The CSV of one lesson's results, and the students that are not in the gradebook.

    Without a ``gradebook`` (the text that Canvas exports) Canvas will create a new assignment, and find students by their login alone.
    Raises ``ValueError`` where the gradebook is none.
    """
    lesson, scores = course.lesson(results[0].lesson), {result.student: result.score for result in results}
    head, *rows = _rows(gradebook) if gradebook is not None else _own_rows(scores)
    information = head.index("Section") + 1
    title = next((name for name in head[information:] if lesson.title.lower() in name.lower()), lesson.title)
    found = {student: row for row in rows if (student := _student(head, row, scores))}
    points = [f"    {POINTS}", *[""] * (information - 1), f"{lesson.points:.2f}"]
    body = [[*row[:information], f"{scores[student]:.2f}"] for student, row in found.items()]
    file = io.StringIO()
    csv.writer(file, lineterminator="\r\n").writerows([[*head[:information], title], points, *body])
    return file.getvalue(), sorted(scores.keys() - found.keys())


def _rows(gradebook: str) -> list[list[str]]:
    """What Canvas exported, without its rows of points and of posting policies."""
    text = gradebook.removeprefix("\ufeff")
    first = text.partition("\n")[0]
    rows = [row for row in csv.reader(io.StringIO(text), delimiter=";" if first.count(";") > first.count(",") else ",") if any(row)]
    if not rows or not {"Student", "ID", "Section"} <= set(rows[0]):
        raise ValueError("this is no gradebook that Canvas exported: its first line needs Student, ID and Section")
    width = len(rows[0])
    return [rows[0], *(row + [""] * (width - len(row)) for row in rows[1:] if POINTS not in row[0] and "Manual Posting" not in row)]


def _own_rows(students: dict[str, float]) -> list[list[str]]:
    return [list(INFORMATION), *([harmless(student), "", "", harmless(student), ""] for student in sorted(students))]


def _student(head: Sequence[str], row: Sequence[str], students: dict[str, float]) -> str:
    """Which of the class a row belongs to, if any."""
    names = {harmless(student): student for student in students}
    values = [row[head.index(key)].strip() for key in KEYS if key in head]
    return next((names[value] for value in values if value in names), "")
