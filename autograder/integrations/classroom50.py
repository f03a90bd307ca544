"""A lesson as an autograder for Classroom 50: the files of its bundle, and what runs in a hand-in's checkout.

Format: classroom50/result/v1 (schemas/result-v1.schema.json of foundation50/classroom50). Points there are whole numbers: ours times 100.
"""

import json
import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from autograder import elsewhere
from autograder.feedback.cards import one_line
from autograder.feedback.outcomes import words
from autograder.files import write_whole
from autograder.verdicts import Result

SCHEMA = "classroom50/result/v1"
#: Points are kept to two decimals.
SCALE = 100
RUNTIME = {"runs-on": "ubuntu-latest", "python": "3.13", "apt": ["bubblewrap", "libseccomp2"]}
AUTOGRADER = f'''\
"""Classroom 50 runs this in a hand-in's checkout. It installs what is missing, grades, and writes result.json there."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

HERE, CHECKOUT = Path(__file__).resolve().parent, Path.cwd()
PIP = [sys.executable, "-m", "pip", "install", "--quiet", "--extra-index-url", "{elsewhere.CPU_BUILDS}", "-r", "requirements.txt"]
GRADER = [sys.executable, "-m", "autograder.integrations.classroom50", str(CHECKOUT), "LESSON"]

# Both start in folders of this bundle: whatever lies in the checkout is never imported.
if any(importlib.util.find_spec(name) is None for name in ("torch", "hypothesis", "pyseccomp")):
    subprocess.run(PIP, cwd=HERE, check=True)
sys.exit(subprocess.run(GRADER, cwd=HERE / "atrous", env=os.environ | {{"PYTHONPATH": str(HERE / "atrous")}}, check=False).returncode)
'''


def bundle_zip(lesson: str) -> bytes:
    """The folder ``autograders/ASSIGNMENT``, with the lesson's name as assignment, and the ``runtime`` for its entry."""
    files: dict[str, str | bytes] = {**elsewhere.package_files(), "requirements.txt": elsewhere.requirements(),
                                     "autograder.py": AUTOGRADER.replace("LESSON", lesson)}
    runtime = {"runtime.json": json.dumps(RUNTIME, indent=2)}
    return elsewhere.zipped({f"autograders/{lesson}/{path}": data for path, data in files.items()} | runtime)


def results(result: Result, note: str, environment: Mapping[str, str], now: datetime) -> dict[str, Any]:
    """The content of ``result.json``. Raises ``KeyError`` where the runner's variables are missing."""
    tests: list[dict[str, Any]] = [{"test-name": entry.name, "passed": entry.outcome == "correct", "score": round(SCALE * entry.score),
                                    "max-score": round(SCALE * entry.max_score), "message": entry.message} for entry in result.exercises]
    if result.outcome != "graded":
        tests.append({"test-name": "the hand-in can be graded", "passed": False, "score": 0, "max-score": 0,
                      "message": f"{words(result.outcome)}: {one_line(result.message)}"})
    if note:
        tests.append({"test-name": "sandbox", "passed": True, "score": 0, "max-score": 0, "message": note})
    return _identity(environment) | {
        "schema": SCHEMA, "datetime": now.strftime("%Y-%m-%dT%H:%M:%SZ"), "score": sum(test["score"] for test in tests),
        "max-score": sum(test["max-score"] for test in tests), "tests": tests}


def _identity(environment: Mapping[str, str]) -> dict[str, str]:
    """Whose hand-in of what it is, as the runner says; it stamps owner and type again by itself."""
    commit = environment["COMMIT_URL"]
    return {"classroom": environment["CLASSROOM"], "assignment": environment["ASSIGNMENT"],
            "assignment_type": environment.get("ASSIGNMENT_TYPE") or "individual",
            "owner": environment.get("OWNER") or environment["USERNAME"], "submission": environment["SUBMISSION_TAG"],
            "commit": commit, "release": environment["RELEASE_URL"], "review": environment.get("REVIEW_URL") or commit}


def main(checkout: Path, lesson: str) -> None:
    """Grade what lies in the checkout and write ``result.json`` into it."""
    content = results(*elsewhere.graded(checkout, lesson), os.environ, datetime.now(UTC))
    write_whole(checkout / "result.json", json.dumps(content, indent=2))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
