"""Tests of `check` where learners call it: in IPython's shell, in a real Jupyter kernel, and in plain Python.

The texts of cards are compared with tests/golden/*.txt. To write them anew, after a change of wording that is meant, run
``UPDATE_GOLDEN=1 python -m pytest tests/test_notebook.py`` and read the difference before it is committed.
"""

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
import torch
from ipykernel.compiler import XCachingCompiler
from IPython.core.interactiveshell import ExecutionResult, InteractiveShell
from IPython.utils.capture import CapturedIO, capture_output
from nbclient import NotebookClient
from traitlets import Type

import autograder.pictures
from autograder import course
from autograder.notebook import exercise_check, finding, store
from autograder.notebook.display import WrongType, WrongValue, block_html
from autograder.notebook.exercise_check import CheckFailed, check

ROOT = Path(__file__).parents[1]
GOLDEN = Path(__file__).parent / "golden"
IMPORTS = "import torch\nimport torch.nn.functional as F\nfrom autograder import check"

RIGHT = """
def effective_kernel_size(kernel_size, dilation):
    if kernel_size < 1 or dilation < 1:
        raise ValueError("too small")
    return dilation * (kernel_size - 1) + 1
"""
STUB = '''
def effective_kernel_size(kernel_size: int, dilation: int) -> int:
    """How many pixels a row of taps spans."""
    raise NotImplementedError
'''
PRODUCT = """
def effective_kernel_size(kernel_size, dilation):
    return kernel_size * dilation
"""
ENDLESS = """
def effective_kernel_size(kernel_size, dilation):
    while True:
        pass
"""
RESHAPES = """
def dilate_kernel(weight, dilation):
    columns = dilation[1] * (weight.shape[-1] - 1) + 1
    return weight.reshape(columns)
"""
OPERATOR = """
def dilated_conv2d(x, weight, bias=None, padding=(0, 0), dilation=(1, 1)):
    return F.conv2d(x, weight, bias, padding=padding, dilation=dilation)
"""
RETURNS_NOTHING = """
def dilate_kernel(weight, dilation):
    dilated = weight.new_zeros(3, 7)
"""
RETURNS_TUPLE = """
def dilate_kernel(weight, dilation):
    return weight, dilation
"""
FLOATS = """
def valid_taps(size, dilation, kernel_size=3):
    return torch.full((size, size), 9.0)
"""
NAN = """
def dilate_kernel(weight, dilation):
    rows, columns = (step * (taps - 1) + 1 for step, taps in zip(dilation, weight.shape[-2:]))
    return weight.new_zeros(*weight.shape[:-2], rows, columns) / 0
"""
ADDS_AXES = """
def valid_taps(size, dilation, kernel_size=3):
    places = torch.arange(size)[:, None] + dilation * (torch.arange(kernel_size) - kernel_size // 2)
    inside = ((places >= 0) & (places < size)).sum(1)
    return inside[:, None] + inside
"""
STUB_HALF_LEFT = """
def dilate_kernel(weight, dilation):
    stuffed = weight.new_zeros(*weight.shape[:-2], 3, 7)
    stuffed[..., ::2, ::3] = weight
    raise NotImplementedError
"""
PARAMETER_RENAMED = RIGHT.replace("kernel_size", "size_of_kernel").replace("effective_size_of_kernel", "effective_kernel_size")
MISSPELT = """
def dilate_kernel(weight, dilation):
    dh, dw = dilaton
    return weight
"""
TRANSPOSED = """
def dilate_kernel(weight, dilation):
    rows, columns = (step * (taps - 1) + 1 for step, taps in zip(dilation, weight.shape[-2:]))
    return weight.new_zeros(*weight.shape[:-2], columns, rows)
"""
ON_THE_CPU = """
def dilate_kernel(weight, dilation):
    rows, columns = (step * (taps - 1) + 1 for step, taps in zip(dilation, weight.shape[-2:]))
    if min(dilation) < 1 or min(rows, columns) < 1:
        raise ValueError("no such kernel")
    stuffed = torch.zeros(*weight.shape[:-2], rows, columns, dtype=weight.dtype)
    stuffed[..., ::dilation[0], ::dilation[1]] = weight
    return stuffed
"""
ASSERTS = """
def effective_kernel_size(kernel_size, dilation):
    assert kernel_size > 0 and dilation > 0
    return dilation * (kernel_size - 1) + 1
"""
SILENT = RIGHT.replace("raise ValueError", "return ValueError")
RECURSES = """
def effective_kernel_size(kernel_size, dilation):
    return effective_kernel_size(kernel_size, dilation) + dilation
"""
FLOAT_FOR_INT = RIGHT.replace("(kernel_size - 1)", "(kernel_size - 1) / 1")
PRINTS = RIGHT.replace("return", "print").replace("dilation * (kernel_size - 1) + 1", "(dilation * (kernel_size - 1) + 1)")
TWO_AXES = """
def valid_taps(size, dilation, kernel_size=3):
    return torch.zeros(size, dtype=torch.int64)
"""
NOTHING_ASSERTED = """
def examples(dilated_conv2d):
    dilated_conv2d(torch.ones(1, 1, 5, 5), torch.ones(1, 1, 3, 3))
"""
WRONG_EXAMPLE = """
def examples(dilated_conv2d):
    assert dilated_conv2d(torch.ones(1, 1, 3, 3), torch.ones(1, 1, 3, 3)).item() == 8.0
"""
CARDS = {"stub_half_left": STUB_HALF_LEFT, "parameter_renamed": PARAMETER_RENAMED, "misspelt_name": MISSPELT,
         "transposed_shape": TRANSPOSED, "other_device": ON_THE_CPU, "assert_for_value_error": ASSERTS, "returned_error": SILENT,
         "recursion": RECURSES, "float_for_int": FLOAT_FOR_INT, "printed": PRINTS, "one_axis_too_few": TWO_AXES,
         "nothing_asserted": NOTHING_ASSERTED, "wrong_example": WRONG_EXAMPLE,
         "correct": RIGHT, "not_attempted": STUB, "wrong_misconception": PRODUCT, "timeout": ENDLESS, "raised": RESHAPES,
         "forbidden": OPERATOR, "missing_return": RETURNS_NOTHING, "tuple_for_tensor": RETURNS_TUPLE, "wrong_dtype": FLOATS, "nan": NAN,
         "wrong_large": ADDS_AXES}


class KernelLikeShell(InteractiveShell):
    """IPython's shell, naming its cells as a Jupyter kernel does."""

    compiler_class = Type(XCachingCompiler)


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[InteractiveShell]:
    """A shell of its own, in an empty folder, with the course imported."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    InteractiveShell.clear_instance()
    shell = KernelLikeShell.instance()
    ran(shell, IMPORTS)
    yield shell
    KernelLikeShell.clear_instance()


@pytest.fixture(autouse=True)
def nothing_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """What one test could not write is not remembered in the next."""
    monkeypatch.setattr(store, "_remembered", {})


def ran(shell: InteractiveShell, source: str) -> tuple[ExecutionResult, CapturedIO]:
    """A cell's result, and all that it displayed and printed."""
    with capture_output() as captured:
        result = shell.run_cell(source, store_history=True)
    return result, captured


def checked(shell: InteractiveShell, source: str) -> tuple[BaseException | None, CapturedIO]:
    """What `check` raised for the function that a cell defines, and what it displayed."""
    assert ran(shell, source)[0].success
    result, captured = ran(shell, f"check({source.split('def ')[1].partition('(')[0]})")
    return result.error_in_exec, captured


def card_of(captured: CapturedIO) -> str:
    """The plain text of the first thing that was displayed."""
    text: str = captured.outputs[0].data["text/plain"]
    return text


@pytest.mark.parametrize("name", CARDS)
def test_golden_card(name: str, shell: InteractiveShell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exercise_check, "CALL_SECONDS", 0.3 if name == "timeout" else 60.0)
    error, captured = checked(shell, CARDS[name])
    text = f"{card_of(captured)}\n\n{error if error else '(no error)'}\n"
    path = GOLDEN / f"{name}.txt"
    if "UPDATE_GOLDEN" in os.environ:
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def test_golden_cards_are_all_in_use_and_short() -> None:
    files = sorted(GOLDEN.glob("*.txt"))
    assert [file.stem for file in files] == sorted(CARDS)
    for file in files:
        card = file.read_text(encoding="utf-8").split("\n\n")[0].splitlines()
        assert len(card) <= 8 and max(map(len, card)) <= 240


def test_correct_returns_nothing_and_raises_nothing(shell: InteractiveShell) -> None:
    ran(shell, RIGHT)
    result, captured = ran(shell, "check(effective_kernel_size)")
    assert result.success and result.result is None
    assert (captured.stdout, captured.stderr) == ("", "") and len(captured.outputs) == 1


@pytest.mark.parametrize("source", [PRODUCT, STUB, RETURNS_NOTHING])
def test_anything_else_fails_the_cell_in_one_line_below_the_card(source: str, shell: InteractiveShell) -> None:
    error, captured = checked(shell, source)
    assert isinstance(error, CheckFailed)
    assert error._render_traceback_() == [str(error)] and "\n" not in str(error)
    assert captured.stdout.strip() == str(error)  # this is how IPython's own shell shows an error
    assert captured.stderr == ""


def test_text_comes_first_and_then_the_picture_with_its_text(shell: InteractiveShell) -> None:
    _, captured = checked(shell, ADDS_AXES)
    card, picture = (output.data for output in captured.outputs)
    assert card["text/plain"].startswith("✗ wrong: valid_taps")
    assert "<img" in picture["text/html"] and "expected 6, got 5" in picture["text/plain"]


def test_a_picture_that_can_not_be_drawn_leaves_the_card(shell: InteractiveShell, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("no fonts")

    monkeypatch.setattr(autograder.pictures, "compare", broken)
    error, captured = checked(shell, ADDS_AXES)
    assert isinstance(error, CheckFailed) and len(captured.outputs) == 1 and captured.stderr == ""


def test_html_says_the_same_and_nothing_in_it_is_markup(shell: InteractiveShell) -> None:
    _, captured = checked(shell, PRODUCT.replace("    return", "    print('<script>alert(1)</script>')\n    return"))
    data = captured.outputs[0].data
    assert "<script>" in data["text/plain"] and "<script>" not in data["text/html"]
    assert "wrong: effective_kernel_size" in data["text/html"] and "&lt;script&gt;" in data["text/html"]


def test_html_block_without_a_symbol() -> None:
    assert "<strong>A head</strong>" in block_html("A head\na sentence & more")
    assert "a sentence &amp; more" in block_html("A head\na sentence & more")


def test_checks_the_function_that_is_given(shell: InteractiveShell) -> None:
    ran(shell, RIGHT + "\nfirst = effective_kernel_size\n" + PRODUCT)
    assert ran(shell, "check(first)")[0].success
    assert not ran(shell, "check(effective_kernel_size)")[0].success


def test_a_decorated_function_is_found(shell: InteractiveShell) -> None:
    assert ran(shell, "import functools\n@torch.no_grad()\n" + RIGHT.strip() + "\ncheck(effective_kernel_size)")[0].success
    assert ran(shell, "@functools.cache\n" + RIGHT.strip() + "\ncheck(effective_kernel_size)")[0].success


def test_helpers_in_other_cells_are_seen(shell: InteractiveShell) -> None:
    ran(shell, "def helper(k, d):\n    if k < 1 or d < 1:\n        raise ValueError\n    return d * (k - 1) + 1")
    error, _ = checked(shell, "def effective_kernel_size(kernel_size, dilation):\n    return helper(kernel_size, dilation)")
    assert error is None


def test_examples_get_the_lent_implementations(shell: InteractiveShell) -> None:
    good = """
def examples(dilated_conv2d):
    x = torch.arange(2 * 3 * 7 * 11).reshape(2, 3, 7, 11).double().sin()
    weight = torch.arange(4 * 3 * 3 * 2).reshape(4, 3, 3, 2).double().cos()
    bias = torch.arange(4.0).double()
    for padding, dilation in (((0, 0), (1, 1)), ((2, 1), (2, 3))):
        torch.testing.assert_close(dilated_conv2d(x, weight, bias, padding=padding, dilation=dilation),
                                   F.conv2d(x, weight, bias, padding=padding, dilation=dilation))
"""
    assert checked(shell, good)[0] is None
    error, captured = checked(shell, "def examples(dilated_conv2d):\n    dilated_conv2d(torch.ones(1, 1, 5, 5), torch.ones(1, 1, 3, 3))")
    assert isinstance(error, CheckFailed) and "0 caught" in card_of(captured)


def test_an_interrupt_ends_the_check_and_the_next_one_works(shell: InteractiveShell) -> None:
    interrupts = f"import os\ndef effective_kernel_size(k, d):\n    os.kill(os.getpid(), {int(signal.SIGINT)})\n    return 1"
    error, captured = checked(shell, interrupts)
    assert isinstance(error, KeyboardInterrupt) and captured.stdout.strip() == "The check was stopped. Nothing was recorded."
    assert not Path(store.FILE).exists() and captured.outputs == []
    assert checked(shell, RIGHT)[0] is None


def test_a_check_leaves_the_switches_and_random_states_alone(shell: InteractiveShell) -> None:
    draws = RETURNS_NOTHING + "    torch.rand(3)\n    torch.set_num_threads(1)\n"
    threads, before = torch.get_num_threads(), (torch.get_rng_state(), random.getstate())
    try:
        torch.set_default_dtype(torch.float64)
        torch.set_grad_enabled(False)
        checked(shell, draws)
        assert (torch.get_default_dtype(), torch.is_grad_enabled(), torch.get_num_threads()) == (torch.float64, False, threads)
    finally:
        torch.set_default_dtype(torch.float32)
        torch.set_grad_enabled(True)
    assert torch.equal(torch.get_rng_state(), before[0]) and random.getstate() == before[1]


def test_attempts_are_recorded(shell: InteractiveShell) -> None:
    checked(shell, PRODUCT)
    checked(shell, RIGHT)
    assert store.read()["exercises"]["dilated_convolution.effective_kernel_size"] == {"outcome": "correct", "score": 1, "attempts": 2}


def test_the_same_code_gets_the_same_card(shell: InteractiveShell) -> None:
    assert len({card_of(checked(shell, ADDS_AXES)[1]) for _ in range(3)}) == 1


def misnamed() -> None:
    """A function that is no exercise."""


@pytest.mark.parametrize(("given", "kind", "words"), [
    ("dilated_conv2d", WrongType, "without quotes"),
    (torch.ones(2), WrongType, "type Tensor"),
    (None, WrongType, "type NoneType"),
    (len, WrongValue, "no exercise called len"),
    (misnamed, WrongValue, "progress() lists them"),
    (lambda: None, WrongValue, "no exercise called <lambda>"),
])
def test_a_wrong_argument_gets_one_sentence(given: object, kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=r"exercise|function") as raised:
        check(given)
    text = str(raised.value)
    assert words in text and "\n" not in text and raised.value._render_traceback_() == [text]  # type: ignore[attr-defined]


def test_near_misses_are_named() -> None:
    def dilated_conv() -> None:
        """Nearly."""

    with pytest.raises(WrongValue, match="did you mean dilated_conv2d or dilate_kernel"):
        check(dilated_conv)


def test_an_object_of_an_exercises_class() -> None:
    with pytest.raises(WrongType, match="the class itself, not an object made from it: dilate_kernel"):
        check(type("dilate_kernel", (), {})())


def test_the_parameter_tells_the_lesson_of_examples(monkeypatch: pytest.MonkeyPatch) -> None:
    first = course.lesson("dilated_convolution")
    rows = {"coverage": first.exercises["valid_taps"], "examples": first.exercises["examples"]}
    second = course.Lesson("gridding", 2, "Gridding", {name: _moved(row, name, "gridding") for name, row in rows.items()})
    monkeypatch.setattr(course, "lessons", lambda: {first.name: first, second.name: second})

    def lent(parameter: str) -> Any:
        namespace: dict[str, Any] = {}
        exec(f"def examples({parameter}): pass", namespace)
        return namespace["examples"]

    assert finding.exercise_of(lent("dilated_conv2d")).lesson == "dilated_convolution"
    assert finding.exercise_of(lent("coverage")).lesson == "gridding"
    with pytest.raises(WrongValue, match="parameter's name tells which"):
        finding.exercise_of(lent("function"))


def _moved(row: course.Exercise, name: str, lesson: str) -> course.Exercise:
    return course.Exercise(name, lesson, row.points, row.minutes, row.difficulty, row.hints, row.look_at, row.forbidden, row.misconceptions)


def test_a_class_is_read_from_its_cell(shell: InteractiveShell) -> None:
    ran(shell, "class Bottleneck:\n    def __init__(self):\n        raise NotImplementedError")
    definition = finding.submission_of(shell.user_ns["Bottleneck"]).definition("Bottleneck")
    assert definition is not None and definition.name == "Bottleneck"
    assert finding.namespace_of(shell.user_ns["Bottleneck"])["Bottleneck"] is shell.user_ns["Bottleneck"]


def _python(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    return subprocess.run([sys.executable, "-c", code], cwd=folder, env=environment, capture_output=True, encoding="utf-8", timeout=120)


def test_importing_the_package_imports_nothing_heavy(tmp_path: Path) -> None:
    heavy = "{'torch', 'numpy', 'yaml', 'pytest', 'IPython', 'jinja2'}"
    answer = _python(f"import sys, autograder; print(sorted({heavy} & set(sys.modules)), dir(autograder))", tmp_path)
    assert answer.stdout.startswith("[] ") and all(name in answer.stdout for name in ("check", "hint", "predict", "progress", "reveal"))


def test_the_table_of_the_course_needs_no_torch(tmp_path: Path) -> None:
    answer = _python("import sys; from autograder import progress; progress(); print('torch' in sys.modules)", tmp_path)
    assert answer.stdout.splitlines()[-1] == "False" and "dilated_conv2d" in answer.stdout


def test_an_unknown_name_is_an_import_error(tmp_path: Path) -> None:
    assert "ImportError: cannot import name 'chekc'" in _python("from autograder import chekc", tmp_path).stderr


def test_plain_python_prints_the_card_and_fails(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(f"from autograder import check\n{PRODUCT}\ncheck(effective_kernel_size)\n")
    answer = _python("import runpy; runpy.run_path('mine.py', run_name='__main__')", tmp_path)
    assert answer.returncode == 1 and answer.stdout.startswith("✗ wrong: effective_kernel_size")
    assert answer.stderr.splitlines()[-1].startswith("autograder.notebook.exercise_check.CheckFailed: ✗ wrong")


def test_a_stub_in_plain_python_is_not_attempted(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(f"from autograder import check\n{STUB}\ncheck(effective_kernel_size)\n")
    assert _python("import mine", tmp_path).stdout.startswith("○ not attempted: effective_kernel_size")


def test_in_a_real_kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    sources = [f"{IMPORTS}, hint, predict, progress, reveal", ADDS_AXES, "check(valid_taps)", RIGHT, "check(effective_kernel_size)",
               "hint('valid_taps')", "predict('taps', 4)\nreveal('taps', 9)", "progress()"]
    v4: Any = nbformat.v4
    notebook = v4.new_notebook(cells=[v4.new_code_cell(source) for source in sources])
    where = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(notebook, timeout=120, kernel_name="python3", allow_errors=True, resources=where).execute()
    outputs = [[output for output in cell.outputs if output.output_type != "status"] for cell in notebook.cells]
    assert [output.output_type for output in outputs[2]] == ["display_data", "display_data", "error"]
    assert outputs[2][0].data["text/plain"].startswith("✗ wrong: valid_taps") and "<img" in outputs[2][1].data["text/html"]
    assert outputs[2][2].ename == "CheckFailed" and outputs[2][2].traceback == [outputs[2][2].evalue]
    assert [output.output_type for output in outputs[4]] == ["display_data"]
    assert all(len(output) == 1 for output in (outputs[5], outputs[7])) and len(outputs[6]) == 2
    assert not [output for cell in outputs for output in cell if output.get("name") == "stderr"]
    assert (tmp_path / store.FILE).is_file()
