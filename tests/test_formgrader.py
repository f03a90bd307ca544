"""nbgrader as a class meets it, on one machine: from the release to the learner's feedback, with formgrader open in Chromium."""

import getpass
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from autograder import course
from autograder.sandbox import why_not

from .browser import PICTURES, Page, chromium, missing, server
from .conftest import EXAMPLE_CLASS

pytestmark = [pytest.mark.skipif(bool(missing()), reason=missing()), pytest.mark.xdist_group("browser")]

LESSON = "dilated_convolution"
#: All correct, but for what the test changes.
ADA = EXAMPLE_CLASS / "ada" / LESSON / f"{LESSON}.ipynb"
WRONG, QUESTION = "dilate_kernel", "Is the weight copied in a way that autograd can follow?"
ANSWER = """
def dilate_kernel(weight: Tensor, dilation: tuple[int, int]) -> Tensor:
    if weight.dim() < 2 or min(dilation) < 1 or 0 in weight.shape[-2:]:
        raise ValueError("no such kernel")
    (dh, dw), (*channels, kh, kw) = dilation, weight.shape
    stuffed = weight.new_zeros(*channels, dh * (kh - 1) + 1, dw * (kw - 1) + 1)
    stuffed[..., ::dh, ::dw] = weight.detach()
    return stuffed
"""
POINTS, FULL = course.lesson(LESSON).points, course.lesson(LESSON).exercises[WRONG].points


class Classroom:
    """A course folder with the shipped config, and a learner's folder; between them lies an exchange."""

    def __init__(self, root: Path) -> None:
        self.course, self.learner, self.exchange = root / "course", root / "learner", root / "exchange"
        for folder in (self.course, self.learner, self.exchange):
            folder.mkdir(mode=0o777)
        self.exchange.chmod(0o777)
        config = (course.PACKAGE.parent / "nbgrader_config.py").read_text(encoding="utf-8")
        sandbox = "process" if why_not() else "auto"
        (self.course / "nbgrader_config.py").write_text(
            f"{config}\nc.Exchange.root = {str(self.exchange)!r}\nc.SubmissionExporter.sandbox = {sandbox!r}\n", encoding="utf-8")
        (self.learner / "nbgrader_config.py").write_text(
            f"c.Exchange.root = {str(self.exchange)!r}\nc.CourseDirectory.course_id = 'atrous'\n", encoding="utf-8")

    def run(self, folder: Path, *words: str) -> None:
        """One of nbgrader's commands, as it is typed in this folder."""
        done = subprocess.run([sys.executable, "-m", "nbgrader", *words], cwd=folder, capture_output=True, text=True,
                              env=os.environ | {"HOME": str(folder), "PYTHONPATH": str(course.PACKAGE.parent)})
        assert done.returncode == 0 and "ERROR" not in done.stderr, done.stderr

    def solve(self) -> None:
        """The learner's notebook as Ada's, but for one answer."""
        notebook = json.loads(ADA.read_text(encoding="utf-8"))
        next(cell for cell in notebook["cells"] if cell["id"] == WRONG)["source"] = ANSWER
        (self.learner / LESSON / f"{LESSON}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")

    def grades(self) -> dict[str, tuple[float, float | None]]:
        """What the gradebook holds of each exercise: the grader's points, and a person's."""
        query = """SELECT base_cell.name, grade.auto_score, grade.manual_score FROM grade JOIN base_cell ON base_cell.id = grade.cell_id"""
        with sqlite3.connect(self.course / "class" / "gradebook.db") as database:
            return {name.removeprefix("check_"): (auto, manual) for name, auto, manual in database.execute(query)}


@pytest.fixture
def room(tmp_path: Path) -> Classroom:
    """A class whose lesson 1 is in the gradebook, and handed out to nobody yet."""
    room = Classroom(tmp_path)
    room.run(room.course, "generate_assignment", LESSON)
    return room


@pytest.fixture
def formgrader(room: Classroom) -> Iterator[tuple[Any, str]]:
    """A browser that has logged in to the course's Jupyter server, and formgrader's address there."""
    words = ["jupyter_server", "--no-browser", f"--ServerApp.root_dir={room.course}"]
    words += ["--allow-root"] if os.geteuid() == 0 else []
    with server(room.course, *words) as address, chromium() as browser:
        context = browser.new_context()
        Page(context, address)
        yield context, address.split("?")[0] + "formgrader"


def test_from_the_release_to_the_learners_feedback(room: Classroom, formgrader: tuple[Any, str]) -> None:
    _hand_in(*formgrader, room)
    page, row = _submissions(*formgrader)
    _press(page, row.locator(".autograde a"))
    given, by_hand = room.grades()[WRONG]
    assert 0 < given < FULL and by_hand is None
    row.get_by_text(f"{POINTS - FULL + given:.2f} / {POINTS:g}").wait_for()
    page.picture("formgrader_submissions")

    check = _work(*formgrader)
    told = check.inner_text()
    assert f"{given:g} of {FULL:g} points" in told and QUESTION in told
    _give(check, 2.5)
    assert room.grades()[WRONG] == (given, 2.5)

    for button in ("autograde", "generate-feedback", "release-feedback"):
        _press(page, row.locator(f".{button} a"))
    row.get_by_text(f"{POINTS - FULL + 2.5:g} / {POINTS:g}").wait_for()
    page.picture("formgrader_again")
    assert room.grades()[WRONG] == (given, 2.5) and page.is_quiet()
    told = _feedback(formgrader[0], room)
    assert f"(Score: {POINTS - FULL + 2.5:.1f} / {POINTS:.1f})" in told and QUESTION in told


def _hand_in(browser: Any, root: str, room: Classroom) -> None:
    """The lesson is released, fetched, solved, submitted and collected."""
    page = Page(browser, f"{root}/manage_assignments")
    row = page.page.get_by_role("row", name=LESSON)
    _press(page, row.locator(".release a"))
    room.run(room.learner, "fetch_assignment", LESSON)
    room.solve()
    room.run(room.learner, "submit", LESSON)
    _press(page, row.locator(".collect a"))
    page.picture("formgrader_assignments")
    assert page.is_quiet()


def _submissions(browser: Any, root: str) -> tuple[Page, Any]:
    """The page of all submissions, and the row of the only one."""
    page = Page(browser, f"{root}/manage_submissions/{LESSON}")
    return page, page.page.get_by_role("row", name=getpass.getuser())


def _work(browser: Any, root: str) -> Any:
    """The check's cell in the only submission, found by way of the table of submissions."""
    work = Page(browser, f"{root}/gradebook/{LESSON}/{LESSON}")
    work.page.get_by_role("link", name="Submission #1").click()
    check = work.page.locator(".cell", has=work.page.locator(f"input#check_{WRONG}"))
    check.wait_for()
    work.picture("formgrader_partial_credit", work.page.locator(f"#{WRONG}-comment"))  # what stands above the cell's points
    return check


def _give(check: Any, points: float) -> None:
    """Type the points into the cell's field; formgrader saves them when the field is left."""
    score = check.locator("input.score")
    score.fill(f"{points}")
    with check.page.expect_response(lambda response: "/api/grade/" in response.url and response.ok):
        score.press("Tab")
    check.page.screenshot(path=PICTURES / "formgrader_by_hand.png")


def _press(page: Page, button: Any) -> None:
    """Press a button of formgrader's, and close the note that says that it went well."""
    button.click()
    note = page.page.locator(".modal-dialog")
    note.get_by_text("Successfully").wait_for()
    note.get_by_role("button", name="Close").last.click()
    note.wait_for(state="hidden")
    page.page.locator(".modal-backdrop").wait_for(state="hidden")


def _feedback(browser: Any, room: Classroom) -> str:
    """What the learner reads on the page that comes back."""
    room.run(room.learner, "fetch_feedback", LESSON)
    (feedback,) = (room.learner / LESSON / "feedback").rglob("*.html")
    page = Page(browser, feedback.as_uri())
    page.picture("formgrader_feedback")
    return str(page.page.locator("body").inner_text())
