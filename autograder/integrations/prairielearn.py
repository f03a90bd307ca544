"""A lesson as a question for PrairieLearn with an external grader: its files as a zip, and what runs in the container for each hand-in.

Format: docs.prairielearn.com, External grading, and the schema of a question's info.json. It ends with exit code 0 whatever it finds.
"""

import hashlib
import json
import sys
import uuid
from pathlib import Path
from typing import Any

from autograder import course, elsewhere
from autograder.course import Lesson
from autograder.feedback.cards import one_line
from autograder.feedback.outcomes import words
from autograder.files import write_whole
from autograder.verdicts import Result

IMAGE = "atrous-grader"
TIMEOUT = 300
ENTRY = "/grade/tests/run.sh"
RUN = """\
#!/bin/sh
# PrairieLearn runs this in a container, once for each hand-in. It is /grade/tests/run.sh.
root=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$root/results"
rm -f "$root/results/results.json"
cd "$root/tests/atrous" && PYTHONPATH="$PWD" python3 -m autograder.integrations.prairielearn "$root" LESSON
cd "$root/results"
[ -s results.json ] || echo '{"gradable": false, "format_errors": "The grader ended without a result."}' >results.json
exit 0
"""
DOCKERFILE = f"""\
FROM python:3.13-slim
RUN apt-get update -qq && apt-get install -y -qq bubblewrap libseccomp2 && rm -rf /var/lib/apt/lists/*
COPY requirements.txt .
RUN pip install --no-cache-dir --extra-index-url {elsewhere.CPU_BUILDS} -r requirements.txt
"""
QUESTION = """\
<pl-question-panel>
  <p>Complete the notebook, save it, and upload it.</p>
  <pl-file-download file-name="NAME.ipynb"></pl-file-download>
</pl-question-panel>
<pl-file-upload file-names="NAME.ipynb"></pl-file-upload>
<pl-submission-panel>
  <pl-external-grader-results></pl-external-grader-results>
</pl-submission-panel>
"""


def question_zip(name: str) -> bytes:
    """The question's folder, and beside it the recipe of the image in which it is graded."""
    lesson = course.lesson(name)
    files: dict[str, str | bytes] = {f"tests/{path}": data for path, data in elsewhere.package_files().items()}
    files |= {"info.json": json.dumps(info(lesson), indent=2), "question.html": QUESTION.replace("NAME", lesson.name),
              f"clientFilesQuestion/{lesson.name}.ipynb": lesson.notebook.read_bytes(), "tests/run.sh": RUN.replace("LESSON", lesson.name)}
    image = {"image/Dockerfile": DOCKERFILE, "image/requirements.txt": elsewhere.requirements()}
    return elsewhere.zipped({f"questions/{lesson.name}/{path}": data for path, data in files.items()} | image)


def info(lesson: Lesson) -> dict[str, Any]:
    """The question's ``info.json``; its identifier is the same at every export."""
    identifier = uuid.UUID(bytes=hashlib.sha256(f"atrous {lesson.name}".encode()).digest()[:16], version=4)
    return {"uuid": str(identifier), "type": "v3", "title": lesson.title, "topic": "Convolution", "gradingMethod": "External",
            "singleVariant": True, "externalGradingOptions": {"enabled": True, "image": IMAGE, "entrypoint": ENTRY, "timeout": TIMEOUT}}


def results(result: Result, note: str) -> dict[str, Any]:
    """The content of ``results.json``. What can't be read is not gradable: it costs no attempt."""
    if result.outcome in ("unreadable", "crashed"):
        return {"gradable": False, "format_errors": [f"{words(result.outcome)}: {one_line(result.message)}"], "output": note}
    tests = [{"name": entry.name, "description": words(entry.outcome), "points": entry.score, "max_points": entry.max_score,
              "message": "", "output": entry.message} for entry in result.exercises]
    said = "" if result.outcome == "graded" else f"{words(result.outcome)}: {one_line(result.message)}"
    score = min(max(result.score / result.max_score, 0.0), 1.0)
    return {"gradable": True, "score": score, "message": said, "output": note, "tests": tests}


def main(root: Path, lesson: str) -> None:
    """Grade what lies in ``root/student`` and write ``root/results/results.json``."""
    content = results(*elsewhere.graded(root / "student", lesson))
    write_whole(root / "results" / "results.json", json.dumps(content))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
