"""Tests of the feedback page: what is in it, what must never be in it, and that everybody can read it."""

import re
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import pytest
import torch

from autograder import course
from autograder.feedback import page as page_module
from autograder.feedback.grids import SHADES, Picture, picture
from autograder.feedback.page import MAX_CODE, page
from autograder.verdicts import EXERCISE_OUTCOMES, SUBMISSION_OUTCOMES, CheckResult, Evidence, ExerciseResult, Result

LESSON = "dilated_convolution"
HOSTILE = '<img src=x onerror=alert(1)>"\'&{{ 7*7 }}\u202egnp.exe\x1b[31m\r\nnext\x00\ud800'
CARD = "✗ wrong: valid_taps — counts the taps\n  call      valid_taps(5, 1)\n  expected  4\n  got       9\n  so        the value differs"
CHECKS = (CheckResult("test_returns_a_tensor", "cpu", "passed"), CheckResult("test_small_maps", "cpu", "failed", CARD),
          CheckResult("test_small_maps", "cuda", "skipped", "no CUDA device"), CheckResult("test_random_maps", "cpu", "not_reached"))
EVIDENCE = Evidence([[4, 6, 4], [6, 9, 6]], [[4, 6, 4], [6, 2, 6]])


def exercise(name: str = "valid_taps", outcome: str = "wrong", **fields: Any) -> ExerciseResult:
    """An exercise's result with something in every field."""
    given: dict[str, Any] = {"score": 0.5, "max_score": 2.0, "message": CARD, "checks": CHECKS, "evidence": EVIDENCE}
    return ExerciseResult(name, outcome, **given | fields)


def result(*exercises: ExerciseResult, **fields: Any) -> Result:
    """The result of a submission."""
    given: dict[str, Any] = {
        "student": "ada", "lesson": LESSON, "outcome": "graded", "message": "", "score": 7.5, "max_score": 22.0, "devices": ("cpu",),
        "seed": 918273, "seconds": 0.2, "exercises": exercises or (exercise(),)}
    return Result(**given | fields)


class Page(HTMLParser):
    """A page's tags in order, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the tag, and remember that it is open."""
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "wbr", "br", "img", "link", "input", "hr"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Every tag closes the one that was opened last."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Keep the text and what it lies in."""
        self.texts.append((self.open[-1] if self.open else "", data))

    def named(self, *names: str) -> list[dict[str, str | None]]:
        """The attributes of every tag of these names."""
        return [attributes for tag, attributes in self.tags if tag in names]

    @property
    def text(self) -> str:
        """All that a reader reads."""
        return "".join(data for tag, data in self.texts if tag not in ("style", "title"))


def pages() -> dict[str, str]:
    """One page for every kind of submission."""
    every = result(*(exercise(outcome=outcome, checks=(), evidence=None) for outcome in EXERCISE_OUTCOMES))
    kinds = {outcome: page(result(outcome=outcome, message="the reason", exercises=()), {}) for outcome in SUBMISSION_OUTCOMES[1:]}
    hostile = exercise(HOSTILE, HOSTILE, message=HOSTILE, checks=(CheckResult(HOSTILE, HOSTILE, "skipped", HOSTILE),))
    return kinds | {"graded": page(result(), {"valid_taps": "def valid_taps(): ..."}), "every outcome": page(every, {}),
                    "hostile": page(result(hostile, student=HOSTILE, lesson=HOSTILE, devices=(HOSTILE,)), {HOSTILE: HOSTILE}),
                    "hostile and unreadable": page(result(student=HOSTILE, outcome="unreadable", message=HOSTILE), {})}


PAGES = pages()


@pytest.mark.parametrize("name", PAGES)
def test_structure(name: str) -> None:
    html = PAGES[name]
    parsed = Page(html)
    assert not parsed.open and html.startswith("<!DOCTYPE html>")
    assert parsed.named("html")[0]["lang"] == "en" and len(parsed.named("main")) == len(parsed.named("title")) == 1
    levels = [int(tag[1]) for tag, _ in parsed.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(later <= earlier + 1 for earlier, later in pairwise(levels))
    ids = [attributes["id"] for _, attributes in parsed.tags if "id" in attributes]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_fetched_and_nothing_runs(name: str) -> None:
    parsed = Page(PAGES[name])
    assert not parsed.named("script", "img", "link", "iframe", "object", "form", "base", "svg")
    assert not [key for _, attributes in parsed.tags for key in attributes if key.startswith("on") or key in ("src", "srcset", "style")]
    assert all(str(attributes["href"]).startswith("#exercise-") for attributes in parsed.named("a"))
    assert "url(" not in PAGES[name] and "@import" not in PAGES[name] and "://" not in PAGES[name]


@pytest.mark.parametrize("name", PAGES)
def test_every_table_can_be_read_aloud(name: str) -> None:
    parsed = Page(PAGES[name])
    tags = [tag for tag, _ in parsed.tags]
    assert tags.count("caption") == tags.count("table")
    assert all(attributes.get("scope") in ("row", "col") for attributes in parsed.named("th"))
    regions = [attributes for _, attributes in parsed.tags if attributes.get("tabindex")]
    assert all(attributes["role"] == "region" and attributes["aria-label"] for attributes in regions)


def test_hostile_text_is_text() -> None:
    parsed = Page(PAGES["hostile"])
    assert "<img src=x onerror=alert(1)>" in parsed.text and "{{ 7*7 }}" in parsed.text
    for character in "\u202e\x1b\x00\r\ud800":
        assert character not in PAGES["hostile"] and character not in PAGES["hostile and unreadable"]
    assert "⟨U+202E⟩" in parsed.text and "⟨U+D800⟩" in parsed.text
    PAGES["hostile"].encode("utf-8")


def test_long_text_is_cut() -> None:
    long = exercise("x" * 10_000, message="y" * 10_000, checks=(CheckResult("z" * 10_000, "cpu", "skipped", "w" * 10_000),), evidence=None)
    html = page(result(long, student="s" * 10_000), {"x" * 10_000: "c" * (MAX_CODE + 1)})
    assert "x" * 121 not in html and "y" * 4_001 not in html and "z" * 121 not in html and "w" * 121 not in html and "s" * 121 not in html
    assert "c" * MAX_CODE in html and "c" * (MAX_CODE + 1) not in html and "Only the beginning" in html
    assert "Only the beginning" not in page(result(), {"valid_taps": "c" * MAX_CODE})


def test_what_a_graded_page_says() -> None:
    text = Page(PAGES["graded"]).text
    for words in ("Lesson 1: Dilated convolution", "ada", "7.5 of 22 points", "✗ wrong", "0.5 of 2", "counts the taps",
                  "def valid_taps(): ...", "✓ passed", "✗ failed", "– skipped", "no CUDA device", "○ not reached", "returns a tensor"):
        assert words in text
    assert "918273" not in PAGES["graded"]  # the seed is the instructor's


def test_every_outcome_has_its_words() -> None:
    text = Page(PAGES["every outcome"]).text
    for words in ("✓ correct", "✗ wrong", "✗ raised", "○ not attempted", "✗ timeout", "✗ out of memory", "✗ crashed", "✗ forbidden"):
        assert words in text
    assert text.count("There is no code for this exercise") == len(EXERCISE_OUTCOMES)


@pytest.mark.parametrize("outcome", SUBMISSION_OUTCOMES[1:])
def test_a_page_for_what_could_not_be_graded(outcome: str) -> None:
    text = Page(PAGES[outcome]).text
    assert f"✗ {outcome.replace('_', ' ')}" in text and "the reason" in text and page_module.ADVICE[outcome] in text
    assert "counts 0 points" in text


def test_code_keeps_its_lines_and_tabs() -> None:
    html = page(result(), {"valid_taps": "def f():\r\n\tif 1 < 2:\r    pass\n"})
    assert "<code>def f():\n\tif 1 &lt; 2:\n    pass\n</code>" in html


def test_a_hidden_check_is_not_named() -> None:
    failed = CheckResult("test_larger_images", "cpu", "failed", "secret input 53 61")
    checks = (CheckResult("test_returns_a_tensor", "cpu", "passed"), failed)
    html = page(result(exercise("dilated_conv2d", message="the card", checks=checks, evidence=None)), {})
    text = Page(html).text
    assert "a hidden check" in text and "secret" not in html
    assert "larger images" not in text and "usual size" not in text and "returns a tensor" in text


def test_check_names_become_words_where_nothing_is_known() -> None:
    assert "small maps" in page(result(lesson="no_such_lesson"), {}) and "small maps" in page(result(exercise("no_such_exercise")), {})


def test_every_visible_check_of_the_course_has_its_sentence() -> None:
    for lesson in course.lessons():
        names = page_module._checks(lesson)
        assert {exercise for exercise, _ in names} == set(course.lessons()[lesson].exercises)
        assert all(words for (_, name), words in names.items() if name.startswith("test_"))


def test_the_same_result_gives_the_same_page() -> None:
    assert page(result(), {"valid_taps": "x"}) == page(result(), {"valid_taps": "x"})


# The grids

def shown(expected: Any, got: Any) -> Picture:
    """The picture of two values that can be drawn."""
    found = picture(Evidence(expected, got))
    assert found is not None
    return found


def texts(drawn: Picture, grid: int) -> list[list[str]]:
    """The numbers of one grid as they are printed."""
    return [[cell.text for cell in cells] for _, cells in drawn.grids[grid].rows]


def test_expected_got_and_the_signed_difference() -> None:
    drawn = shown(EVIDENCE.expected, EVIDENCE.got)
    assert texts(drawn, 0) == [["4", "6", "4"], ["6", "9", "6"]] and texts(drawn, 1)[1] == ["6", "2", "6"]
    assert texts(drawn, 2) == [["0", "0", "0"], ["0", "−7", "0"]]
    assert "1 of 6 differ, the first at index 1, 1: expected 9, got 2" in drawn.text
    firsts = [(row, column) for row, cells in drawn.grids[2].rows for column, cell in enumerate(cells) if cell.first]
    assert firsts == [(1, 1)]


def test_shades_run_from_small_to_large_and_the_middle_means_equal() -> None:
    drawn = shown([0.0, 1.0, 2.0, 3.0], [0.0, 1.001, 1.0, 8.0])
    assert [cell.shade for cell in drawn.grids[0].rows[0][1]] == ["0", "1", "2", "3"]
    assert [cell.shade for cell in drawn.grids[2].rows[0][1]] == ["4", "5", "3", str(SHADES)]


def test_of_more_axes_the_first_slice_that_differs() -> None:
    expected = torch.arange(2 * 3 * 2 * 4).reshape(2, 3, 2, 4)
    got = expected.clone()
    got[1, 2, 0, 3] = -1
    drawn = shown(expected.tolist(), got.tolist())
    assert "Shown is the slice [1, 2, :, :]." in drawn.text
    assert texts(drawn, 0) == [[str(number) for number in row] for row in expected[1, 2].tolist()]


def test_of_a_large_matrix_the_part_with_the_first_difference() -> None:
    expected = torch.zeros(4, 90)
    got = expected.clone()
    got[2, 80] = 1
    drawn = shown(expected.tolist(), got.tolist())
    assert drawn.grids[0].columns == range(74, 87) and "Of its 4 × 90 values, 4 × 13 are shown." in drawn.text
    assert [(row, 74 + place) for row, cells in drawn.grids[1].rows for place, cell in enumerate(cells) if cell.first] == [(2, 80)]


def test_rounding_is_not_the_first_difference() -> None:
    drawn = shown([[1.0, 2.0]], [[1.0 + 1e-13, 3.0]])
    assert [cell.first for cell in drawn.grids[0].rows[0][1]] == [False, True]


@pytest.mark.parametrize(("expected", "got"), [(3, 4), (2.5, float("nan")), ([True, False], [True, True]), ([1, 2], [1, 2])])
def test_numbers_booleans_lines_and_equal_values(expected: Any, got: Any) -> None:
    assert len(shown(expected, got).grids) == 3


def test_what_is_not_finite_has_words_and_no_shade() -> None:
    drawn = shown([[1.0, 2.0]], [[float("nan"), float("inf")]])
    assert texts(drawn, 1) == [["nan", "inf"]] and [cell.shade for cell in drawn.grids[1].rows[0][1]] == ["", ""]


def test_different_shapes_have_no_difference() -> None:
    drawn = shown([[1, 2]], [[1], [2]])
    assert [grid.caption for grid in drawn.grids] == ["expected, shape (1, 2)", "got, shape (2, 1)"] and "The shapes differ" in drawn.text


@pytest.mark.parametrize(("expected", "got"), [(None, 3), (3, None), ([[1], [1, 2]], 3), ("x", 3), ([], []), ({}, 1), (1, [10**400])])
def test_what_can_not_be_drawn_is_left_out(expected: Any, got: Any) -> None:
    assert picture(Evidence(expected, got)) is None
    assert "<h3>Expected and got</h3>" not in page(result(exercise(evidence=Evidence(expected, got))), {})


# Colours

CSS = PAGES["graded"]


def contrast(one: str, other: str) -> float:
    """WCAG's contrast ratio of two colours."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    """WCAG's relative luminance of a colour such as ``#16181b`` or ``#fff``."""
    digits = "".join(2 * digit for digit in colour[1:]) if len(colour) == 4 else colour[1:]
    parts = [int(digits[place:place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_text_has_contrast_on_light_dark_and_paper() -> None:
    themes = [dict(re.findall(r"--(\w+): (#\w+)", block)) for block in re.findall(r":root \{([^}]*)\}", CSS)]
    assert len(themes) == 3
    for theme in themes:
        for text in ("ink", "quiet", "link"):
            assert min(contrast(theme[text], theme["paper"]), contrast(theme[text], theme["soft"])) >= 4.5


def test_numbers_have_contrast_on_every_shade() -> None:
    shades = re.findall(r"\.(value|difference)(\d) \{ background: (#\w+); color: (#\w+); \}", CSS)
    expected = [(kind, str(level)) for kind in ("value", "difference") for level in range(SHADES + 1)]
    assert [(kind, level) for kind, level, _, _ in shades] == expected
    assert all(contrast(background, text) >= 4.5 for _, _, background, text in shades)
