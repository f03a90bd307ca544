"""``docs/feedback.md`` is what the code says now of the wrong submissions in ``data/wrong/``. Every second is tried here."""

import sys

import pytest
import torch

from autograder import course
from benchmarks import told

PAGE = told.PAGE.read_text(encoding="utf-8")
#: With which the page was written: what Python's own errors say differs from one version to the next.
PYTHON = (3, 11)
#: The shortest that can be said: which check, what to do.
LEAST_LINES = 2


@pytest.mark.parametrize("name", course.lessons())
def test_there_are_at_least_fifteen_and_the_page_shows_each(name: str) -> None:
    wrongs = list(told.of_lesson(course.lesson(name)))
    assert len({wrong.source for wrong in wrongs}) == len(wrongs) >= 15
    assert len(wrongs) == (told.WRONG / f"{name}.md").read_text(encoding="utf-8").count("\n## ")
    assert [wrong for wrong in wrongs if f"| {wrong.exercise} | {wrong.mistake} | " not in PAGE] == []


@pytest.mark.parametrize("name", course.lessons())
def test_the_page_is_what_the_code_says_now(name: str) -> None:
    torch.set_num_threads(1)
    lines = set(PAGE.splitlines())
    quick = [wrong for wrong in told.of_lesson(course.lesson(name)) if wrong.exercise != "train" and not _ends_by_a_limit(wrong)]
    results = told.told_of(quick[::2])
    same = [pair for pair in results if pair[1].outcome != "raised" or sys.version_info[:2] == PYTHON]
    assert [told.row(*pair) for pair in same if told.row(*pair) not in lines] == []
    assert all(result.outcome != "correct" and len(result.message.splitlines()) >= LEAST_LINES for _, result in results)


def _ends_by_a_limit(wrong: told.Wrong) -> bool:
    return f"| {wrong.exercise} | {wrong.mistake} | `` ✗ timeout" in PAGE
