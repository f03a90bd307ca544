"""The command line as a person meets it: what it prints, its exit codes, and one clear line where it can't work."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from autograder import course, lint
from autograder.cli import app
from autograder.verdicts import result_from_json

from .conftest import EXAMPLE_CLASS

ADA = EXAMPLE_CLASS / "ada" / "dilated_convolution" / "dilated_convolution.ipynb"
DOROTHY = EXAMPLE_CLASS / "dorothy" / "dilated_convolution" / "dilated_convolution.ipynb"


def _atrous(*words: object, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "autograder", *map(str, words)], capture_output=True, text=True, cwd=cwd, check=False,
                          env=os.environ | {"COLUMNS": "200", "PYTHONPATH": str(course.PACKAGE.parent)} | environment)


def test_check_is_0_when_all_is_correct_and_writes_the_result(tmp_path: Path, warm: object) -> None:
    done = _atrous("check", ADA, "--json", tmp_path / "result.json")
    assert done.returncode == 0 and "22 of 22 points" in done.stdout and done.stderr == ""
    assert result_from_json((tmp_path / "result.json").read_text(encoding="utf-8")).score == 22


def test_check_is_1_when_something_is_not_and_tells_what(warm: object) -> None:
    done = _atrous("check", DOROTHY, "--exercise", "dilated_conv2d")
    assert done.returncode == 1 and done.stderr == ""
    assert "Is the kernel flipped" in done.stdout and "same_padding" not in done.stdout


@pytest.mark.parametrize("sandbox", ["process", "none"])
def test_check_works_without_a_sandbox_too(tmp_path: Path, sandbox: str) -> None:
    path = tmp_path / "dilated_convolution.py"
    path.write_text("def effective_kernel_size(kernel_size, dilation):\n    return kernel_size * dilation\n")
    done = _atrous("check", path, "--sandbox", sandbox, "--exercise", "effective_kernel_size")
    assert done.returncode == 1 and "Does the last tap have a gap behind it as well?" in done.stdout


def test_a_python_file_can_have_any_name_when_its_lesson_is_said(tmp_path: Path) -> None:
    path = tmp_path / "work.py"
    path.write_text("def same_padding(k, d): return 0, 0\n")
    assert _atrous("check", path, "--sandbox", "none", "--lesson", "1_dilated_convolution").returncode == 1
    refused = _atrous("check", path)
    assert refused.returncode == 2 and "--lesson" in refused.stderr


def _files(folder: Path) -> dict[str, Path]:
    (folder / "empty").mkdir()
    (folder / "broken.ipynb").write_text("{")
    (folder / "atrous.toml").write_text("seeds = 3")
    return {"missing": folder / "missing.ipynb", "broken": folder / "broken.ipynb", "empty": folder / "empty"}


REFUSALS = {
    "unreadable notebook": (["check", "{broken}", "--lesson", "dilated_convolution", "--sandbox", "none"], "not JSON"),
    "missing file": (["check", "{missing}", "--lesson", "dilated_convolution"], "No such file"),
    "unknown lesson": (["check", "{broken}", "--lesson", "knitting"], "the lessons are: dilated_convolution"),
    "unknown exercise": (["check", ADA, "--exercise", "knit"], "dilated_conv2d"),
    "unknown sandbox": (["check", ADA, "--sandbox", "tent"], "bubblewrap, process, none"),
    "unknown device": (["check", ADA, "--device", "abacus"], "auto, cpu, cuda"),
    "missing folder": (["grade", "{missing}"], "No such file"),
    "empty folder": (["grade", "{empty}"], "<student>/<lesson>/<lesson>.ipynb"),
    "no sandbox for others": (["grade", EXAMPLE_CLASS, "--sandbox", "none"], "never run without a sandbox"),
    "unknown lesson to open": (["lab", "knitting"], "the lessons are"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_what_can_not_work_is_told_in_one_line(tmp_path: Path, name: str) -> None:
    words, told = REFUSALS[name]
    files = _files(tmp_path)
    done = _atrous(*(str(word).format(**files) for word in words))
    assert done.returncode == 2 and told in done.stderr, done.stderr
    assert len(done.stderr.strip().splitlines()) == 1 and done.stderr.startswith("atrous: ")


def test_a_setting_that_is_unknown_is_told_by_name(tmp_path: Path) -> None:
    (tmp_path / "atrous.toml").write_text("seeds = 3")
    done = _atrous("grade", EXAMPLE_CLASS, cwd=tmp_path)
    assert done.returncode == 2 and "unknown setting 'seeds'" in done.stderr


def test_missing_bubblewrap_is_told_with_the_remedy(tmp_path: Path) -> None:
    done = _atrous("grade", EXAMPLE_CLASS, "--out", tmp_path / "out", PATH=str(tmp_path))
    assert done.returncode == 2 and "apt-get install bubblewrap" in done.stderr and "--sandbox=process" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.skipif(os.name == "nt", reason="permissions are those of POSIX")
def test_an_output_folder_that_is_a_file_is_told(tmp_path: Path, warm: object) -> None:
    (tmp_path / "out").write_text("in the way")
    done = _atrous("grade", EXAMPLE_CLASS, "--out", tmp_path / "out")
    assert done.returncode == 2 and len(done.stderr.strip().splitlines()) == 1, done.stderr


def test_grade_prints_the_gradebook_and_where_all_lies(tmp_path: Path, warm: object) -> None:
    for student in ("ada", "emmy"):
        shutil.copytree(EXAMPLE_CLASS / student, tmp_path / "class" / student)
    done = _atrous("grade", tmp_path / "class", "--out", tmp_path / "out", "--jobs", "1")
    assert done.returncode == 0, done.stderr
    assert "22/22" in done.stdout and "0/22" in done.stdout and "2/2" in done.stdout and str(tmp_path / "out" / "feedback") in done.stdout


def test_doctor_says_what_is_here() -> None:
    done = _atrous("doctor")
    assert done.returncode == 0 and "PyTorch" in done.stdout and "sandbox" in done.stdout


def test_build_check_is_0_on_the_course() -> None:
    assert _atrous("build", "--check").returncode == 0


def test_lint_is_0_when_no_look_complains_and_1_when_one_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lint, "LOOKS", (lint.texts, lint.pictures))  # test_checks takes every look at every lesson
    done = CliRunner().invoke(app, ["lint"])
    assert done.exit_code == 0 and "✓ the course is in step" in done.stdout, done.stdout
    monkeypatch.setattr(lint, "LOOKS", (lint.texts, lambda lesson: [f"nothing is right in lesson {lesson.number}"]))
    done = CliRunner().invoke(app, ["lint"])
    assert done.exit_code == 1 and "✗ gridding: nothing is right in lesson 2" in done.stdout
    assert f"{len(course.lessons())} complaints" in done.stdout


def test_lab_copies_lessons_and_never_over_anything(tmp_path: Path) -> None:
    from autograder.lab import copied
    notebook = copied(tmp_path)["dilated_convolution"]
    assert json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    notebook.write_text("my work")
    copied(tmp_path)
    assert notebook.read_text() == "my work"


def _pytest(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(course.EXERCISES), *map(str, words)],
                          capture_output=True, text=True, check=False, cwd=course.PACKAGE.parent)


def test_the_checks_are_plain_pytest_tests() -> None:
    right, wrong, nothing = _pytest("--submission", ADA), _pytest("--submission", DOROTHY, "-k", "SamePadding"), _pytest()
    assert right.returncode == 0 and "passed" in right.stdout
    assert wrong.returncode == 1 and "Mismatch" in wrong.stdout
    assert nothing.returncode == 4 and "--submission FILE" in nothing.stderr
