"""JupyterLab, as a learner sees it in Chromium: cards, pictures, hints, sliders and progress. Nothing leaves this machine."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import nbformat
import pytest

from autograder import build, course
from autograder.course import Lesson

from .browser import Notebook, chromium, missing, server

pytestmark = [pytest.mark.skipif(bool(missing()), reason=missing()), pytest.mark.xdist_group("browser")]

WRONG = """
def dilate_kernel(weight: Tensor, dilation: tuple[int, int]) -> Tensor:
    (dh, dw), (kh, kw) = dilation, weight.shape[-2:]
    repeated = weight.repeat_interleave(dh, -2).repeat_interleave(dw, -1)
    return repeated[..., :dh * (kh - 1) + 1, :dw * (kw - 1) + 1]
"""
RIGHT = """
def dilate_kernel(weight: Tensor, dilation: tuple[int, int]) -> Tensor:
    if weight.dim() < 2:
        raise ValueError("a kernel has at least two axes")
    (dh, dw), (*channels, kh, kw) = dilation, weight.shape
    if min(dh, dw, kh, kw) < 1:
        raise ValueError("there is no such kernel")
    stuffed = weight.new_zeros(*channels, dh * (kh - 1) + 1, dw * (kw - 1) + 1)
    stuffed[..., ::dh, ::dw] = weight
    return stuffed
"""
Open = Callable[[str], Notebook]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, str]]:
    """A browser, and the address of the JupyterLab that `atrous lab` starts in an empty folder. Lessons 3 and 6 are solved already."""
    folder = tmp_path_factory.mktemp("home")
    for name in ("contract_dilation", "segmentation"):
        place = folder / "my_lessons" / course.lesson(name).folder / f"{name}.ipynb"
        place.parent.mkdir(parents=True)
        place.write_text(nbformat.writes(build.source_notebook(course.lesson(name))), encoding="utf-8")
    with server(folder, "autograder", "lab", "--no-browser") as address, chromium() as browser:
        yield browser, address


@pytest.fixture
def lesson(lab: tuple[Any, str]) -> Iterator[Open]:
    """Opens a lesson, and runs its first two cells. At the end its kernel is stopped, and the page must have been quiet."""
    opened: list[Notebook] = []

    def _open(name: str) -> Notebook:
        opened.append(Notebook(*lab, course.lesson(name)))
        opened[0].begin()
        return opened[0]

    yield _open
    opened[0].stop()
    assert opened[0].is_quiet()


def test_from_a_wrong_answer_over_a_hint_to_a_right_one(lesson: Open) -> None:
    notebook = lesson("dilated_convolution")
    answer, check = notebook.cell("def dilate_kernel"), notebook.cell("check(dilate_kernel)")
    notebook.run(answer)
    notebook.write(answer, WRONG)
    notebook.run(answer)
    card = notebook.run(check)
    notebook.picture("1_wrong", card)
    assert "✗ wrong: dilate_kernel" in card.inner_text() and "expected" in card.inner_text()
    assert "The card above says what was tried and what came." in card.inner_text() and "Traceback" not in card.inner_text()
    assert _width(card.locator("img")) > 300 and "expected" in card.locator("img").get_attribute("alt")
    told = notebook.run_below(check, 'hint("dilate_kernel")')
    notebook.picture("2_hint", told)
    assert "How large is the result along each axis?" in told.inner_text()
    notebook.write(answer, RIGHT)
    notebook.run(answer)
    card = notebook.run(check)
    notebook.picture("3_right", card)
    assert "✓ correct: dilate_kernel" in card.inner_text() and card.locator("img").count() == 0
    table = notebook.run(notebook.cell("progress()"))
    notebook.picture("4_progress", table)
    assert "Done: 1 of " in table.inner_text() and "Next: effective_kernel_size" in table.inner_text()
    assert "✓ correct" in table.get_by_role("row", name="dilate_kernel").inner_text()
    assert notebook.page.get_by_text("Jupyter news").count() == notebook.page.get_by_text("Nbgrader").count() == 0


@pytest.mark.parametrize("name", course.lessons())
def test_every_slider_moves_by_keyboard_and_the_words_follow(lesson: Open, name: str) -> None:
    notebook = lesson(name)
    for call in _explorers(course.lesson(name)):
        shown = notebook.run(notebook.cell(call))
        for slider in shown.get_by_role("slider").all():
            before = _words(shown)
            slider.focus()
            notebook.page.keyboard.press("ArrowRight")
            notebook.page.wait_for_function("([words, before]) => words.innerText != before",
                                            arg=[shown.locator(".widget-html-content").first.element_handle(), before])
            assert _words(shown) == shown.locator("img").get_attribute("alt") and _width(shown.locator("img")) > 300
        notebook.picture(f"sliders_{name}", notebook.cell(call))


def test_the_block_table_of_lesson_3(lesson: Open) -> None:
    notebook = lesson("contract_dilation")
    for beginning in ("def first_dilation", "def block_dilations", "def dilation_plan"):
        notebook.run(notebook.cell(beginning))
    shown = notebook.run(notebook.cell("config = dict(type="))
    notebook.picture("block_table", shown)
    assert "first blocks: [1, 1, 2, 4]" in shown.inner_text() and _width(shown.locator("img")) > 300
    assert "2, 4, 4, 4" in shown.locator("img").get_attribute("alt")


def test_the_capstone_trains(lesson: Open) -> None:
    notebook = lesson("segmentation")
    needed = ("def read_config", "config = read_config(CONFIG)", "def build_backbone", "def build_segmenter", "images, labels",
              "def confusion_matrix", "def mean_iou", "def train")
    for beginning in needed:
        notebook.run(notebook.cell(beginning).first)
    notebook.run_below(notebook.cell("def train"), 'config["schedule"]["max_iters"] = 10')
    shown = notebook.run(notebook.cell("device = "))
    scenes = notebook.run(notebook.cell('rows = {"image": list(test_images'))
    notebook.picture("capstone", shown)
    assert "over the last 20 iterations" in shown.inner_text() and "mean IoU after 200 iterations" in shown.inner_text()
    assert _width(scenes.locator("img")) > 300


def _explorers(lesson: Lesson) -> list[str]:
    cells = json.loads(lesson.notebook.read_text(encoding="utf-8"))["cells"]
    found = [call for cell in cells for call in re.findall(r"^\w+_explorer\(.*\)", "".join(cell["source"]), re.MULTILINE)]
    assert found, f"there is nothing to play with in {lesson.name}"
    return found


def _words(shown: Any) -> str:
    return str(shown.locator(".widget-html-content").first.inner_text())


def _width(picture: Any) -> int:
    """In pixels, of a picture that could be shown; otherwise 0."""
    return int(picture.evaluate("picture => picture.naturalWidth"))
