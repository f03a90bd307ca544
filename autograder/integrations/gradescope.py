"""A lesson as an autograder for Gradescope: the zip that is uploaded, and what runs there once for each hand-in.

Format: gradescope-autograders.readthedocs.io, Specifications. Nothing is ever shown as HTML; a result file is written whatever happens.
"""

import json
import sys
from pathlib import Path
from typing import Any

from autograder import course, elsewhere
from autograder.feedback.cards import one_line
from autograder.feedback.outcomes import words
from autograder.files import write_whole
from autograder.verdicts import ExerciseResult, Result

SETUP = f"""\
#!/bin/sh
# Gradescope runs this once, as root, when it builds the image.
set -e
cd "$(dirname "$0")"
apt-get update -qq
apt-get install -y -qq python3-venv bubblewrap libseccomp2
python3 -c 'import sys; assert sys.version_info >= (3, 11), "Python 3.11 is needed: choose a newer Ubuntu as base image"'
python3 -m venv venv
venv/bin/pip install --quiet --extra-index-url {elsewhere.CPU_BUILDS} -r requirements.txt
"""
RUN = """\
#!/bin/sh
# Gradescope runs this, as root, once for each hand-in. It is /autograder/run_autograder; the zip's files are in /autograder/source.
root=$(cd "$(dirname "$0")" && pwd)
python="$root/source/venv/bin/python"
[ -x "$python" ] || python=python3
mkdir -p "$root/results"
rm -f "$root/results/results.json"
cd "$root/source/atrous" && PYTHONPATH="$PWD" "$python" -m autograder.integrations.gradescope "$root" LESSON
cd "$root/results"
[ -s results.json ] || echo '{"score": 0, "output": "The grader ended without a result. Please tell the instructor."}' >results.json
"""


def autograder_zip(lesson: str) -> bytes:
    """All that Gradescope asks for, for one lesson."""
    package = elsewhere.package_files()
    return elsewhere.zipped({**package, "setup.sh": SETUP, "run_autograder": RUN.replace("LESSON", lesson),
                             "requirements.txt": elsewhere.requirements()})


def results(result: Result, note: str) -> dict[str, Any]:
    """The content of ``results.json``: a test for each exercise. The total is their sum."""
    number = course.lesson(result.lesson).number
    tests = [_test(entry, f"{number}.{place}") for place, entry in enumerate(result.exercises, 1)]
    said = [] if result.outcome == "graded" else [f"{words(result.outcome)}: {one_line(result.message)}"]
    return {"execution_time": result.seconds, "output": "\n".join([*said, *([note] if note else [])]), "output_format": "text",
            "test_output_format": "text", "test_name_format": "text", "visibility": "visible", "stdout_visibility": "hidden",
            "tests": tests}


def _test(entry: ExerciseResult, number: str) -> dict[str, Any]:
    return {"name": entry.name, "number": number, "score": entry.score, "max_score": entry.max_score,
            "status": "passed" if entry.outcome == "correct" else "failed", "output": entry.message, "visibility": "visible"}


def main(root: Path, lesson: str) -> None:
    """Grade what lies in ``root/submission`` and write ``root/results/results.json``."""
    content = results(*elsewhere.graded(root / "submission", lesson))
    write_whole(root / "results" / "results.json", json.dumps(content, indent=2))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
