"""A graded class in other systems' formats: every field that they ask for is there, and nothing that a student wrote changes the form."""

import csv
import io
import zipfile
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from autograder.exporting import FORMATS
from autograder.grading.store import feedback_path, result_path
from autograder.integrations.canvas import canvas_csv
from autograder.integrations.junit import junit_xml
from autograder.integrations.moodle import feedback_zip, moodle_csv
from autograder.verdicts import CheckResult, Result

from .test_cli import _atrous
from .test_feedback_page import HOSTILE, exercise
from .test_report import UNREADABLE, one

#: Attributes that pytest's schema of JUnit XML (xunit2) knows, and those that it demands.
SUITE = {"name", "errors", "failures", "skipped", "tests", "time", "timestamp", "hostname"}
CASE = {"classname", "name", "time"}
GRADEBOOK = """\ufeffStudent,ID,SIS User ID,SIS Login ID,Section,Lesson 1: dilated convolution (4711),Final Score
    Points Possible,,,,,22.00,(read only)
"Lovelace, Ada",101,,ada,A,,88
"Pascal, Blaise",102,,blaise,B,3.00,12
"Gauss, Carl",103,,cfg,A,,7
"""
WORKSHEET = """Identifier,Full name,Email address,Status,Grade,Maximum Grade,Grade can be changed,Last modified (grade),Feedback comments
Participant 1234,Ada Lovelace,ada@x.org,Submitted for grading,,22.00,Yes,-,
Participant 77,Blaise_Pas/cal,blaise@x.org,Submitted for grading,,22.00,Yes,"Monday, 2 March 2026, 9:00 AM",
Participant 5,Nobody Here,n@x.org,No submission,,22.00,Yes,-,
"""


def suites(*results: Result) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(junit_xml(results)))


def test_junit_counts_what_happened() -> None:
    (suite,) = suites(replace(one("ada", 20.0), exercises=(exercise(), exercise("same_padding", "timeout"))))
    assert set(suite.attrib) <= SUITE and suite.attrib | {"tests": "8", "failures": "1", "errors": "1", "skipped": "4"} == suite.attrib
    cases = suite.findall("testcase")
    assert all(set(case.attrib) == CASE for case in cases) and len(cases) == 8
    assert {entry.get("name"): entry.get("value") for entry in suite.iter("property")} == {
        "points": "20.0", "max_points": "22", "outcome": "graded", "seed": "0"}
    failure = next(suite.iter("failure"))
    assert failure.get("message") == "wrong" and str(failure.text).startswith("✗ wrong: valid_taps")


def test_junit_says_that_a_hand_in_could_not_be_graded() -> None:
    (suite,) = suites(UNREADABLE)
    assert (suite.get("tests"), suite.get("errors")) == ("1", "1") and next(suite.iter("error")).text == "its text is not JSON"


def test_junit_holds_only_what_xml_can_hold() -> None:
    bad = exercise(HOSTILE, checks=(CheckResult(HOSTILE, "cpu", "failed", HOSTILE),))
    (suite,) = suites(replace(one(HOSTILE, 1.0), exercises=(bad,)))
    assert "<img src=x" in str(suite.get("name")) and "\x00" not in junit_xml([replace(UNREADABLE, message=HOSTILE)])


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


def test_canvas_gets_its_own_columns_back_with_scores() -> None:
    text, missing = canvas_csv([one("ada", 22.0), one("blaise", 7.5), one("dorothy", 1.0)], GRADEBOOK)
    assert rows(text) == [["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Lesson 1: dilated convolution (4711)"],
                          ["    Points Possible", "", "", "", "", "22.00"],
                          ["Lovelace, Ada", "101", "", "ada", "A", "22.00"], ["Pascal, Blaise", "102", "", "blaise", "B", "7.50"]]
    assert missing == ["dorothy"]


def test_canvas_without_a_gradebook_has_the_columns_that_it_asks_for() -> None:
    text, missing = canvas_csv([one("=cmd()", 2.0), UNREADABLE])
    head, _, *body = rows(text)
    assert head[0] == "Student" and "ID" in head[1] and head[4] == "Section" and head[5] == "Dilated convolution" and missing == []
    assert [row[0] for row in body] == ["'=cmd()", "hypatia"] and [row[5] for row in body] == ["2.00", "0.00"]


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "Student,ID\nx,1\n"])
def test_canvas_refuses_what_is_no_gradebook(text: str) -> None:
    with pytest.raises(ValueError, match="no gradebook"):
        canvas_csv([one("ada", 2.0)], text)


def test_canvas_reads_a_gradebook_with_semicolons_and_a_posting_row() -> None:
    text = "Student;ID;SIS Login ID;Section;x\n    Manual Posting;;;;\n    Points Possible;;;;\nAda;1;ada;A;\n"
    assert rows(canvas_csv([one("ada", 2.0)], text)[0])[2:] == [["Ada", "1", "ada", "A", "2.00"]]


def test_moodle_gets_its_worksheet_back() -> None:
    text, taken, missing = moodle_csv([one("1234", 22.0), one("Blaise_Pas/cal", 7.5, same_padding="wrong"), one("zoe", 1.0)], WORKSHEET)
    head, ada, blaise = rows(text)
    assert head == rows(WORKSHEET)[0] and ada[4] == "22.00" and blaise[4] == "7.50" and blaise[7] == "Monday, 2 March 2026, 9:00 AM"
    assert "same_padding: wrong, 0 of 2" in blaise[8]
    assert taken == {"1234": ("1234", "Ada Lovelace"), "Blaise_Pas/cal": ("77", "Blaise_Pas/cal")} and missing == ["zoe"]


def test_moodle_finds_every_page_by_the_name_of_its_folder() -> None:
    archive = zipfile.ZipFile(io.BytesIO(feedback_zip({"a": b"1", "b": b"2"}, {"a": ("7", "A_/b.c"), "b": ("8", "../..")})))
    names = archive.namelist()
    assert names == ["A b c_7_assignsubmission_file/feedback.html", "student_8_assignsubmission_file/feedback.html"]
    assert all(name.split("_")[1].isdigit() for name in names) and archive.read(names[1]) == b"2"


@pytest.mark.parametrize("text", ["", "a,b\n", "Identifier,Grade\nx,1\n"])
def test_moodle_refuses_what_is_no_worksheet(text: str) -> None:
    with pytest.raises(ValueError, match="no grading worksheet"):
        moodle_csv([one("ada", 2.0)], text)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    for result in (one("ada", 22.0), one("1234", 20.0, same_padding="wrong"), one("ada", 24.0, "gridding", coverage="not_attempted")):
        for place, text in ((result_path, result.to_json()), (feedback_path, "<p>page</p>")):
            path = place(tmp_path, result.student, result.lesson)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    (tmp_path / "worksheet.csv").write_text(WORKSHEET, encoding="utf-8")
    (tmp_path / "gradebook.csv").write_text(GRADEBOOK, encoding="utf-8")
    return tmp_path


def test_the_command_writes_files_and_says_who_is_missing(out: Path) -> None:
    assert _atrous("export", "junit", out).stdout == f"written: {out / 'junit.xml'}\n"
    assert len(ElementTree.parse(out / "junit.xml").getroot()) == 3
    canvas = _atrous("export", "canvas", out, "--lesson", "1_dilated_convolution", "--into", out / "gradebook.csv")
    assert canvas.stdout == f"written: {out / 'canvas_dilated_convolution.csv'}\nnot in the gradebook: 1234\n" and canvas.returncode == 0
    moodle = _atrous("export", "moodle", out, "--lesson", "dilated_convolution", "--into", out / "worksheet.csv")
    assert moodle.returncode == 0 and moodle.stdout.endswith("not in the worksheet: ada\n")
    archive = zipfile.ZipFile(out / "moodle_dilated_convolution_feedback.zip")
    assert archive.namelist() == ["Ada Lovelace_1234_assignsubmission_file/feedback.html"]


@pytest.mark.parametrize(("words", "said"), [
    (["pdf"], "unknown format 'pdf'; there are: junit, canvas, moodle, gradescope, prairielearn, classroom50"),
    (["gradescope"], "which lesson? Say --lesson and one of: dilated_convolution, gridding"),
    (["canvas"], "say --lesson and one of: dilated_convolution, gridding"),
    (["canvas", "--lesson", "poly_decay"], "there is no result of poly_decay"),
    (["moodle", "--lesson", "gridding"], "download it"),
    (["canvas", "--lesson", "gridding", "--into", "nowhere.csv"], "nowhere.csv: No such file")])
def test_the_command_refuses_with_one_line(out: Path, words: list[str], said: str) -> None:
    done = _atrous("export", words[0], out, *words[1:])
    assert done.returncode == 2 and done.stdout == "" and said in done.stderr and done.stderr.count("\n") == 1


def test_every_command_of_the_document_works(out: Path) -> None:
    document = (Path(__file__).parents[1] / "docs" / "lms.md").read_text("utf-8")
    commands = [line.split()[1:] for line in document.splitlines() if line.startswith("    atrous ")]
    assert {words[1] for words in commands} == set(FORMATS)
    (out / "out").symlink_to(out)
    assert [_atrous(*words, cwd=out).returncode for words in commands] == [0] * len(FORMATS)
