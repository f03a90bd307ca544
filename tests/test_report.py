"""Tests of the report on a class: what it says, what must never be in it, and that everybody can read it."""

import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from autograder import course
from autograder.feedback.report import BINS, MAX_HELP, MAX_WHO, report
from autograder.grading.store import all_results, result_path
from autograder.verdicts import ExerciseResult, Result

from .test_cli import _atrous
from .test_feedback_page import HOSTILE, Page

WRONG_ID = "half-kernel"


def one(student: str, score: float, lesson: str = "dilated_convolution", seconds: float = 0.5, **outcomes: str) -> Result:
    """A graded hand-in; exercises that aren't named are correct."""
    rows = course.lesson(lesson).exercises.values()
    exercises = tuple(_entry(row, outcomes.get(row.name, "correct")) for row in rows)
    return Result(student, lesson, "graded", "", score, course.lesson(lesson).points, ("cpu",), 0, seconds, exercises)


def _entry(row: course.Exercise, outcome: str) -> ExerciseResult:
    named = WRONG_ID if row.name == "same_padding" and outcome == "wrong" else None
    return ExerciseResult(row.name, outcome, row.points if outcome == "correct" else 0.0, row.points, named, "")


UNREADABLE = Result("hypatia", "dilated_convolution", "unreadable", "its text is not JSON", 0.0, 22.0, (), 0, 0.0, ())
CLASS = [one("ada", 22.0), one("blaise", 20.0, same_padding="wrong"),
         one("carl", 8.0, seconds=9.25, same_padding="wrong", valid_taps="timeout"), UNREADABLE,
         one("ada", 11.0, "gridding", coverage="not_attempted")]


def table(html: str, heading: str) -> list[list[str]]:
    """The rows of the first table after a heading, as texts."""
    part = html[html.index(f'id="{heading}"'):]
    rows = re.findall(r"<tr>(.*?)</tr>", part[:part.index("</table>")], re.DOTALL)
    return [[re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)] for row in rows]


def test_structure() -> None:
    html = report(CLASS)
    parsed = Page(html)
    assert not parsed.open and parsed.named("html")[0]["lang"] == "en" and len(parsed.named("h1")) == 1
    levels = [int(tag[1]) for tag, _ in parsed.tags if re.fullmatch("h[1-6]", tag)]
    assert all(after <= before + 1 for before, after in pairwise(levels))
    anchors = {str(link["href"])[1:] for link in parsed.named("a")}
    assert anchors == {str(heading["id"]) for heading in parsed.named("h2")}
    assert all(header.get("scope") for header in parsed.named("th"))
    # a narrow screen scrolls the table, not the page
    scrolled = [region for region in parsed.named("div") if region.get("class") == "wide"]
    assert len(scrolled) == len(parsed.named("table")) == len({region["aria-label"] for region in scrolled})


def test_nothing_is_fetched_and_nothing_runs() -> None:
    parsed = Page(report(CLASS))
    assert not parsed.named("script", "img", "iframe", "link", "form", "object")
    assert all(not str(value).startswith(("http", "//")) for _, attributes in parsed.tags for value in attributes.values())
    assert any("default-src 'none'" in str(meta.get("content")) for meta in parsed.named("meta"))


def test_scores_are_counted_and_the_picture_says_so_in_words() -> None:
    html = report(CLASS)
    pictures = re.findall(r'aria-label="(Hand-ins by.*?)"', html)
    assert len(pictures) == 3  # all lessons, and each of two
    counts = [int(count) for count in re.findall(r"%: (\d+)", pictures[1])]
    assert len(counts) == BINS and sum(counts) == 4 and counts[0] == 1 and counts[3] == 1 and counts[9] == 2
    assert "4 hand-ins; median 64% of the points, mean 57%; all points: 1, none: 1." in html


def test_a_single_lesson_is_not_shown_twice() -> None:
    assert "All lessons" not in report(CLASS[:3])


def test_who_needs_help_comes_first_with_the_reason() -> None:
    assert table(report(CLASS), "help")[1:] == [
        ["hypatia", "0%", "dilated_convolution: unreadable"], ["carl", "36%", "dilated_convolution: 1 wrong, 1 timeout"]]


def test_many_who_need_help_are_counted() -> None:
    html = report([one(f"s{number:03}", 0.0) for number in range(MAX_HELP + 5)])
    assert len(table(html, "help")) == 1 + MAX_HELP and f"{MAX_HELP + 5} students, the first {MAX_HELP} of them" in html


def test_misconceptions_have_their_question_and_who_holds_them() -> None:
    question = course.lesson("dilated_convolution").exercises["same_padding"].misconceptions[WRONG_ID].question
    assert table(report(CLASS), "misconceptions")[1:] == [["same_padding", question, "2", "blaise, carl"]]


def test_of_many_who_hold_a_misconception_some_are_named() -> None:
    html = report([one(f"s{number:03}", 20.0, same_padding="wrong") for number in range(MAX_WHO + 3)])
    assert table(html, "misconceptions")[1][2:] == ["28", ", ".join(f"s{number:03}" for number in range(MAX_WHO)) + " and 3 more"]


def test_every_exercise_has_its_outcomes_in_the_order_of_the_course() -> None:
    rows = [row for row in table(report(CLASS), "exercises")[1:] if len(row) > 1]
    assert [row[0] for row in rows] == [name for lesson in ("dilated_convolution", "gridding") for name in course.lesson(lesson).exercises]
    padding = next(row for row in rows if row[0] == "same_padding")
    assert padding == ["same_padding", "33 %", "1", "2", "0", "0"]  # of three that were graded
    assert table(report(CLASS), "exercises")[0] == ["Exercise", "Points earned", "✓ correct", "✗ wrong", "○ not attempted", "✗ timeout"]


def test_what_was_not_graded_and_what_took_long() -> None:
    html = report(CLASS)
    assert table(html, "ungraded")[1:] == [["hypatia", "dilated_convolution", "✗ unreadable: its text is not JSON"]]
    assert table(html, "time")[1] == ["carl", "dilated_convolution", "9.25 s"]
    assert "10.8 seconds for 5 hand-ins, one after another; median 0.50 seconds." in html


def test_a_class_without_trouble() -> None:
    html = report([one("ada", 22.0)])
    assert "Nobody." in html and "None was named." in html and "Every hand-in was graded." in html


def test_hostile_text_is_text() -> None:
    bad = replace(one(HOSTILE, 1.0), lesson=HOSTILE, exercises=(ExerciseResult(HOSTILE, HOSTILE, 0.0, 1.0, HOSTILE, HOSTILE),))
    html = report([bad, replace(UNREADABLE, student=HOSTILE, message=HOSTILE, outcome=HOSTILE)])
    assert not any(bad in html for bad in ("<img", "\x1b", "\u202e", "\x00", "}}49"))
    assert not Page(html).open and html.encode()


def test_broken_results_are_left_out_and_named(tmp_path: Path) -> None:
    for result in CLASS[:2]:
        place = result_path(tmp_path, result.student, result.lesson)
        place.parent.mkdir(parents=True)
        place.write_text(result.to_json(), encoding="utf-8")
    (tmp_path / "results" / "ada" / "gridding.json").write_text("{")
    results, broken = all_results(tmp_path)
    assert [result.student for result in results] == ["ada", "blaise"] and [path.name for path in broken] == ["gridding.json"]
    done = _atrous("report", tmp_path)
    assert done.returncode == 1 and done.stderr.count("\n") == 1 and "no result" in done.stderr and (tmp_path / "report.html").is_file()


def test_no_results_is_one_line(tmp_path: Path) -> None:
    done = _atrous("report", tmp_path / "nowhere")
    assert (done.returncode, done.stdout) == (2, "") and "there are no results in it" in done.stderr and done.stderr.count("\n") == 1
