"""Graders for other systems: each runs in a folder laid out as it is there, and what it writes has that system's fields."""

import io
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from autograder import course, elsewhere
from autograder.grading.find import Upload
from autograder.grading.worker import unreadable
from autograder.integrations import classroom50, gradescope, prairielearn
from autograder.verdicts import Result

from .conftest import EXAMPLE_CLASS
from .test_feedback_page import HOSTILE
from .test_report import one

LESSON = "dilated_convolution"
POINTS = {"dorothy": 14.0, "ada": 22.0}
#: Gradescope, Specifications: every field that it knows, and its type.
GRADESCOPE: dict[str, Any] = {
    "score": (int, float), "execution_time": (int, float), "output": str, "output_format": str, "test_output_format": str,
    "test_name_format": str, "visibility": str, "stdout_visibility": str, "extra_data": dict, "tests": list, "leaderboard": list}
GRADESCOPE_TEST: dict[str, Any] = {
    "score": (int, float), "max_score": (int, float), "status": str, "name": str, "name_format": str, "number": str, "output": str,
    "output_format": str, "tags": list, "visibility": str, "extra_data": dict}
VISIBILITIES = {"hidden", "after_due_date", "after_published", "visible"}
#: PrairieLearn, External grading.
PRAIRIELEARN: dict[str, Any] = {"score": float, "gradable": bool, "format_errors": (str, list), "message": str, "output": str,
                                "images": list, "tests": list}
PRAIRIELEARN_TEST: dict[str, Any] = {"name": str, "description": str, "points": (int, float), "max_points": (int, float), "message": str,
                                     "output": str, "images": list}
INFO = {"uuid", "type", "title", "topic", "tags", "gradingMethod", "singleVariant", "externalGradingOptions"}
OPTIONS = {"enabled", "image", "entrypoint", "serverFilesCourse", "timeout", "enableNetworking", "environment"}
#: classroom50/result/v1: no other field may be there.
TIME = r"\d{4}-\d{2}-\d{2}T([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ"
CLASSROOM50 = {"schema", "classroom", "assignment", "assignment_type", "owner", "submission", "commit", "release", "review", "datetime",
               "score", "max-score", "tests"}
RUNNER = {"CLASSROOM": "vision", "ASSIGNMENT": LESSON, "SUBMISSION_TAG": "submit/2026-06-01T14-32-05Z-a1b2c3d", "COMMIT_URL": "https://x/c",
          "RELEASE_URL": "https://x/r", "REVIEW_URL": "", "USERNAME": "ada", "OWNER": "ada", "ASSIGNMENT_TYPE": "individual"}


def unpacked(data: bytes, folder: Path) -> Path:
    """The files of a zip in a folder, with their permissions."""
    archive = zipfile.ZipFile(io.BytesIO(data))
    archive.extractall(folder)
    for entry in archive.infolist():
        (folder / entry.filename).chmod(entry.external_attr >> 16 & 0o777)
    return folder


def run(program: Path, folder: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a program in a folder, with this Python as ``python3`` and nothing of this checkout on Python's path."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"} | variables
    environment["PATH"] = f"{Path(sys.executable).parent}:{environment['PATH']}"
    return subprocess.run([*words, str(program)], cwd=folder, env=environment, capture_output=True, text=True, check=False)


def handed_in(student: str, folder: Path, name: str = f"{LESSON}.ipynb") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(EXAMPLE_CLASS / student / LESSON / f"{LESSON}.ipynb", folder / name)


def typed(data: dict[str, Any], fields: dict[str, Any]) -> bool:
    return all(key in fields and isinstance(value, fields[key]) for key, value in data.items())


# Gradescope

def test_gradescope_grades_where_it_lays_things_out(tmp_path: Path) -> None:
    source = unpacked(gradescope.autograder_zip(LESSON), tmp_path / "source")
    assert os.access(source / "setup.sh", os.X_OK) and (source / "run_autograder").read_text().startswith("#!")
    shutil.copy(source / "run_autograder", tmp_path / "run_autograder")
    handed_in("dorothy", tmp_path / "submission", "my work.ipynb")
    done = run(tmp_path / "run_autograder", tmp_path)
    assert done.returncode == 0, done.stderr
    written = json.loads((tmp_path / "results" / "results.json").read_text("utf-8"))
    assert fits_gradescope(written) and sum(test["score"] for test in written["tests"]) == POINTS["dorothy"]
    assert any("failed check" in test["output"] for test in written["tests"])


def fits_gradescope(data: dict[str, Any]) -> bool:
    assert typed(data, GRADESCOPE) and ("score" in data or data["tests"])
    assert all(typed(test, GRADESCOPE_TEST) and {"score", "max_score"} <= set(test) for test in data["tests"])
    assert {data["visibility"], data["stdout_visibility"], *(test["visibility"] for test in data["tests"])} <= VISIBILITIES
    assert all(test["status"] in ("passed", "failed") for test in data["tests"])
    return all("html" not in str(value) for key, value in data.items() if key.endswith("format"))


def test_gradescope_gets_a_result_where_the_grader_can_not_start(tmp_path: Path) -> None:
    shutil.copy(unpacked(gradescope.autograder_zip(LESSON), tmp_path / "source") / "run_autograder", tmp_path)
    shutil.rmtree(tmp_path / "source" / "atrous")
    run(tmp_path / "run_autograder", tmp_path)
    written = json.loads((tmp_path / "results" / "results.json").read_text("utf-8"))
    assert typed(written, GRADESCOPE) and written["score"] == 0 and "without a result" in written["output"]


def test_gradescope_says_why_a_hand_in_was_not_graded() -> None:
    data = gradescope.results(replace(not_json(), message=HOSTILE), "a note")
    assert fits_gradescope(data) and data["output"].startswith("unreadable: <img src=x") and data["output"].endswith("\na note")
    assert not any(character in data["output"] for character in "\x00\x1b\u202e")


def not_json() -> Result:
    return unreadable(Upload("hypatia", LESSON, Path("x")), "its text is not JSON", 0)


# PrairieLearn

def few_programs(folder: Path) -> str:
    """A folder with what the scripts need, and without bubblewrap."""
    folder.mkdir()
    for name in ("sh", "dirname", "mkdir", "rm"):
        (folder / name).symlink_to(str(shutil.which(name)))
    return str(folder)


def test_prairielearn_grades_where_it_lays_things_out_even_without_bubblewrap(tmp_path: Path) -> None:
    question = unpacked(prairielearn.question_zip(LESSON), tmp_path / "course") / "questions" / LESSON
    grade = tmp_path / "grade"
    shutil.copytree(question / "tests", grade / "tests")
    handed_in("ada", grade / "student")
    done = run(grade / "tests" / "run.sh", tmp_path, PATH=few_programs(tmp_path / "bin"))
    assert done.returncode == 0
    text = (grade / "results" / "results.json").read_text("utf-8")
    written = json.loads(text)
    assert fits_prairielearn(written) and written["score"] == 1.0 and len(text.encode()) < 1024 * 1024, done.stderr
    assert sum(test["points"] for test in written["tests"]) == POINTS["ada"]
    assert written["output"].startswith("Graded without a sandbox of its own: bubblewrap is missing")


def fits_prairielearn(data: dict[str, Any]) -> bool:
    assert typed(data, PRAIRIELEARN) and all(typed(test, PRAIRIELEARN_TEST) for test in data.get("tests", []))
    assert all({"points", "max_points"} <= set(test) for test in data.get("tests", []))
    return data["gradable"] is False or 0.0 <= data["score"] <= 1.0


def test_prairielearn_takes_no_attempt_for_what_can_not_be_read_and_ends_with_0(tmp_path: Path) -> None:
    data = prairielearn.results(not_json(), "")
    assert fits_prairielearn(data) and not data["gradable"] and data["format_errors"] == ["unreadable: its text is not JSON"]
    timeout = prairielearn.results(replace(not_json(), outcome="timeout"), "")
    assert fits_prairielearn(timeout) and timeout["score"] == 0.0 and timeout["message"].startswith("timeout: ")
    script = tmp_path / "tests" / "run.sh"
    script.parent.mkdir()
    script.write_text(prairielearn.RUN)
    assert run(script, tmp_path, "sh").returncode == 0
    assert fits_prairielearn(json.loads((tmp_path / "results" / "results.json").read_text("utf-8")))


@pytest.mark.parametrize("lesson", course.lessons())
def test_prairielearn_takes_the_question(lesson: str) -> None:
    info = prairielearn.info(course.lesson(lesson))
    assert set(info) <= INFO and info["type"] == "v3" and info == prairielearn.info(course.lesson(lesson))
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", info["uuid"])
    options = info["externalGradingOptions"]
    assert set(options) <= OPTIONS and {"image", "entrypoint"} <= set(options) and 0 < options["timeout"] <= 600


# Classroom 50

def test_classroom50_grades_in_a_checkout_and_imports_nothing_of_it(tmp_path: Path) -> None:
    bundle = unpacked(classroom50.bundle_zip(LESSON), tmp_path / "bundle") / "autograders" / LESSON
    checkout = tmp_path / "checkout"
    handed_in("dorothy", checkout)
    for name in ("torch", "autograder", "json", "sitecustomize"):
        (checkout / f"{name}.py").write_text("open('result.json', 'w').write('forged')\nraise SystemExit\n")
    (checkout / "result.json").symlink_to(tmp_path / "elsewhere")
    done = run(bundle / "autograder.py", checkout, sys.executable, **RUNNER)
    assert done.returncode == 0, done.stderr
    assert not (checkout / "result.json").is_symlink() and not (tmp_path / "elsewhere").exists()
    written = json.loads((checkout / "result.json").read_text("utf-8"))
    assert fits_classroom50(written) and written["score"] == 100 * POINTS["dorothy"] and written["max-score"] == 2200
    assert written["review"] == "https://x/c" and written["owner"] == "ada"


def fits_classroom50(data: dict[str, Any]) -> bool:
    assert set(data) == CLASSROOM50 and data["schema"] == "classroom50/result/v1" and re.fullmatch(TIME, data["datetime"])
    assert data["submission"].startswith("submit/") and data["assignment_type"] in ("individual", "group")
    assert all(isinstance(data[key], str) and data[key] for key in CLASSROOM50 - {"score", "max-score", "tests"})
    assert all(type(entry[key]) is int and entry[key] >= 0 for entry in [data, *data["tests"]] for key in ("score", "max-score"))
    assert all(test["test-name"] and type(test["passed"]) is bool for test in data["tests"])
    return all(entry["score"] <= entry["max-score"] for entry in [data, *data["tests"]])


def test_classroom50_counts_in_whole_numbers_and_says_what_went_wrong() -> None:
    third = replace(one("x", 0.0).exercises[0], score=0.67, max_score=1.0, outcome="wrong")
    data = classroom50.results(replace(one("x", 0.67), exercises=(third,)), "a note", RUNNER, datetime(2026, 6, 1, tzinfo=UTC))
    assert fits_classroom50(data) and (data["score"], data["max-score"]) == (67, 100) and data["tests"][-1]["message"] == "a note"
    data = classroom50.results(not_json(), "", RUNNER, datetime(2026, 6, 1, tzinfo=UTC))
    assert fits_classroom50(data) and data["score"] == 0 and data["tests"][-1]["message"] == "unreadable: its text is not JSON"
    with pytest.raises(KeyError):
        classroom50.results(not_json(), "", {}, datetime(2026, 6, 1, tzinfo=UTC))


# What they share

def test_a_bundle_is_whole_small_and_always_the_same() -> None:
    data = elsewhere.zipped(elsewhere.package_files())
    names = zipfile.ZipFile(io.BytesIO(data)).namelist()
    assert data == elsewhere.zipped(elsewhere.package_files()) and len(data) < 10 * 2**20
    assert not [name for name in names if name.endswith(".pyc") or not name.startswith("atrous/")]
    assert {f"atrous/lessons/{lesson.folder}/{lesson.name}.ipynb" for lesson in course.lessons().values()} <= set(names)
    assert all(re.fullmatch(r"[\w-]+==[\w.]+", line) for line in elsewhere.requirements().splitlines())


def test_what_is_needed_there_is_needed_by_the_package() -> None:
    listed = {re.split(r"[><=;]", line)[0] for line in pyproject()}
    assert set(elsewhere.NEEDED) <= listed


def pyproject() -> list[str]:
    import tomllib
    return list(tomllib.loads((course.PACKAGE.parent / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"])


def test_which_file_is_meant(tmp_path: Path) -> None:
    lesson = course.lesson(LESSON)
    assert elsewhere.hand_in(tmp_path, lesson).name == f"{LESSON}.ipynb"
    for name in ("z.py", "y.ipynb", f"{LESSON}.py"):  # each is preferred to those before it
        (tmp_path / name).touch()
        assert elsewhere.hand_in(tmp_path, lesson).name == name
    (tmp_path / f"{LESSON}.py").unlink()
    (tmp_path / "x.ipynb").touch()
    assert elsewhere.hand_in(tmp_path, lesson).name == "z.py"


def test_a_fault_of_the_grader_is_a_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*args: object, **settings: object) -> None:
        raise OSError("no space\nleft")

    monkeypatch.setattr(elsewhere, "grade_files", breaks)
    monkeypatch.setattr(elsewhere, "why_not", lambda: "no\nbubblewrap")
    result, note = elsewhere.graded(tmp_path, LESSON)
    assert (result.outcome, result.score, result.message) == ("crashed", 0.0, "the grader failed: OSError('no space\\nleft')")
    assert note == "Graded without a sandbox of its own: no bubblewrap"
