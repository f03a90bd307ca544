"""What the fuzzers send: sound notebooks, frames, settings and results, and how they are spoiled. Judges nothing."""

import copy
import json
from dataclasses import replace
from typing import Any

import torch
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from autograder import course
from autograder.grading.find import Upload
from autograder.grading.worker import unreadable
from autograder.learner_side.wire import HEADER, body, numbered
from autograder.verdicts import CheckResult, Evidence, ExerciseResult, Result

LESSON = course.lesson("dilated_convolution")
KEY = "a" * 64
#: Bytes of one input on a wire: what a socket holds although nobody reads it.
MAX_BYTES = 2**15

PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)
JSON: SearchStrategy[Any] = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3), max_leaves=5)
#: What breaks readers: numbers at the edge, words that mean something elsewhere, text that is hard to show.
ODD = st.sampled_from([
    0, -1, 1, 2**31, 2**63, 2**64, 10**400, -0.0, 1e308, float("nan"), float("inf"), "", "nan", "../..", "\ud800", "\x00", "\u202e", "=1+1",
    "<script>", "{{7*7}}", "a" * 300, "\r", [], {}, [[]], {"": {}}, True, None, "correct", "graded", "tensor", "list", "dict", "opaque"])


@st.composite
def spoiled(draw: DrawFn, tree: Any, others: SearchStrategy[Any]) -> Any:
    """The JSON tree with up to three of its parts left out, doubled, exchanged with another part, or replaced by something else."""
    tree = copy.deepcopy(tree)
    for _ in range(draw(st.integers(0, 3))):
        places = _places(tree)
        if not places:
            break
        holder, key = places[draw(st.integers(0, len(places) - 1))]
        match draw(st.integers(0, 5)):
            case 0:
                del holder[key]
            case 1 if isinstance(holder, list):
                holder.append(copy.deepcopy(holder[key]))
            case 2:
                other, place = places[draw(st.integers(0, len(places) - 1))]
                holder[key] = copy.deepcopy(other[place])
            case _:
                holder[key] = copy.deepcopy(draw(others))
    return tree


def _places(tree: Any) -> list[tuple[Any, Any]]:
    """Every part of a JSON tree, as what holds it and where."""
    found, left = list[tuple[Any, Any]](), [tree]
    while left:
        holder = left.pop()
        keys = list(holder) if isinstance(holder, dict) else range(len(holder)) if isinstance(holder, list) else ()
        for key in keys:
            found.append((holder, key))
            left.append(holder[key])
    return found


@st.composite
def garbled(draw: DrawFn, data: bytes) -> bytes:
    """The bytes cut off, or with some of them replaced."""
    start, end = sorted((draw(st.integers(0, len(data))), draw(st.integers(0, len(data)))))
    return data[:start] + draw(st.binary(max_size=6)) + (data[end:] if draw(st.booleans()) else b"")


def files(tree: Any, others: SearchStrategy[Any]) -> SearchStrategy[bytes]:
    """JSON files: nine of ten are whole, with something in them spoiled."""
    whole = spoiled(tree, others).map(encoded)
    return st.integers(0, 9).flatmap(lambda place: whole if place else garbled(encoded(tree)) | st.binary(max_size=60))


def encoded(tree: Any) -> bytes:
    """The tree as a JSON file."""
    return json.dumps(tree, ensure_ascii=False).encode("utf-8", "backslashreplace")


def decoded(data: bytes) -> str:
    """The text of a JSON file in one of the two encodings that are read."""
    return data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")


def text_of(cell: dict[str, Any]) -> str:
    """The source of a cell of a notebook."""
    source = cell.get("source", "")
    return "".join(source) if isinstance(source, list) else source


def bare(data: bytes) -> bytes:
    """The notebook with nothing in it but text, types and ids of code cells."""
    cells = [cell for cell in json.loads(decoded(data))["cells"] if cell.get("cell_type") == "code"]
    return json.dumps({"cells": [{"cell_type": "code", "source": text_of(cell), "metadata": _mark(cell)} for cell in cells]}).encode()


def _mark(cell: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"nbgrader": {"grade_id": cell["metadata"]["nbgrader"]["grade_id"]}}
    except (KeyError, TypeError, IndexError):
        return {}


def _cells() -> list[dict[str, Any]]:
    cells = json.loads(LESSON.notebook.read_text(encoding="utf-8"))["cells"]
    named = {cell["metadata"].get("nbgrader", {}).get("grade_id"): cell for cell in cells}
    wanted = ("setup", "effective_kernel_size", "check_same_padding", "dilated_conv2d")
    return [named[name] | {"source": text_of(named[name])} for name in wanted]


#: A lesson as it was handed out, in short: the set-up, two exercises, a check.
NOTEBOOK = {"cells": _cells(), "metadata": {"kernelspec": {"name": "python3"}}, "nbformat": 4, "nbformat_minor": 5}
SETUP = _cells()[0]["source"].strip()

#: Code that is hard to read.
HARD = st.sampled_from([
    "(" * 300 + ")" * 300, "-" * 3000 + "1", "x" + ".y" * 3000, "f" + "(0)" * 300, "def f():\n" + " if 1:\n" * 3,
    "\x00", "\ud800 = 1", "%%bash\nls",
    "!rm -rf .", "%time x", "def effective_kernel_size(*a): pass\r\rx", "class effective_kernel_size: pass", "import a.b as c, a.b",
    "from . import x", "from torch import *", "from .. import *",
    "dilated_conv2d = lambda: F.conv2d", "def dilated_conv2d(): return fold()",
    "async def dilated_conv2d(): ...", "for dilated_conv2d in (): ...", "(effective_kernel_size := 1)", "\x0cdef f(): 1", "1" * 5000,
    "if x:\n\tdef dilated_conv2d(): ...\n        y",
    "match x:\n case {**dilated_conv2d}: 1", "del dilated_conv2d", "'''", "\\", "é = 1", "ª = º"])
NAMES = st.sampled_from([*LESSON.exercises, "setup", "check_same_padding", "nothing", "code", "markdown", "raw"])
NOTEBOOKS = files(NOTEBOOK, JSON | ODD | HARD | NAMES)
PYTHON = st.lists(HARD, min_size=1, max_size=3).map(lambda parts: "\n".join(parts).encode("utf-8", "surrogatepass"))
PYTHON_FILES = PYTHON | st.text(max_size=80).map(str.encode) | st.binary(max_size=60) | garbled(_cells()[1]["source"].encode())

#: Code that earns nothing, whatever cell it stands in: nobody gains a point by moving it about.
WORTHLESS = st.sampled_from([
    "", "pass", "raise NotImplementedError", "def effective_kernel_size(*given, **named): return None", "import torch",
    "effective_kernel_size = same_padding = dilated_conv2d = lambda *given, **named: None",
    "class Sly:\n    def __eq__(self, other): return True\neffective_kernel_size = same_padding = receptive_field = lambda *given: Sly()",
    "def dilate_kernel(*given): raise KeyError('no')", "valid_taps = 3", "del torch", "%matplotlib inline", "def receptive_field(:"])
WORTHLESS_NOTEBOOKS = files(NOTEBOOK, JSON | WORTHLESS | NAMES)


def error(kind: str = "ValueError") -> dict[str, Any]:
    """What a learner's process says of an error."""
    return {"type": kind, "bases": [kind, "Exception"], "message": "no",
            "line": 1, "source": "f()", "where": "f", "tensors": {"x": "(2,) float32"}}


CALL = {"kind": "call", "function": "f", "args": [], "kwargs": {}, "watch": {}}
REPORTS: tuple[dict[str, Any], ...] = (
    {"value": 3, "devices": [], "changed": [], "random": False, "output": ""},
    {"value": (2, [1.5, True]), "devices": ["cpu"], "changed": [0], "random": True, "output": "text", "operations": 7, "forbidden": [],
     "mixed": ["aten::add"]},
    {"value": torch.arange(6.0).reshape(2, 3), "devices": ["cpu"], "gradients": [torch.ones(2), None],
     "changed": [], "random": False, "output": ""},
    {"raised": error(), "changed": [], "random": False, "output": ""}, {"missing": True},
    {"callback": "f", "args": [1], "kwargs": {}, "upstream": None})


@st.composite
def frames(draw: DrawFn) -> bytes:
    """One to three frames of spoiled reports; the lengths in their headers are nearly always right."""
    return b"".join(_framed(draw) for _ in range(draw(st.integers(1, 3))))[:MAX_BYTES]


def _framed(draw: DrawFn) -> bytes:
    text, blob = draw(answers())
    off = draw(st.sampled_from([0] * 20 + [1, -1, 2**31]))
    return HEADER.pack(draw(st.integers(0, 2**64 - 1)), max(len(text) + off, 0), len(blob)) + text + blob


@st.composite
def answers(draw: DrawFn) -> tuple[bytes, bytes]:
    """The JSON text and the bytes of one spoiled report."""
    text, blob = body(draw(st.sampled_from(REPORTS)))
    tagged = st.sampled_from([{"list": []}, {"tuple": [1, 2]}, {"dict": {}}, {"opaque": "x"}, {"function": "f"}])
    others = JSON | ODD | st.integers(-3, 40) | tagged
    return encoded(draw(spoiled(json.loads(text), others))), blob


def frame_seeds() -> list[bytes]:
    """Sound frames."""
    return [numbered(body(report), number) for number, report in enumerate(REPORTS)]


SETTINGS = b"seed = 7\n[limits]\ncall_seconds = 2.5\nmemory = 1_000_000\nfiles = 0x40\n"
_VALUES = st.sampled_from(["1", "0", "-1", "nan", "inf", "1e400", "9" * 30, "9" * 5000, "true", "'x'", "[]", "{}", "[" * 400,
                           "1979-05-27", '"""a\n"""',
                           "{a.b = 1}", "2.5", "0x7fffffffffffffff", "1_0"])
_KEYS = st.sampled_from(["seed", "limits", "memory", "call_seconds", "files", "cpu_seconds",
                         "limits.memory", "'a\\nb'", "submission_bytes", '""'])
_LINES = st.sampled_from(["[limits]", "[[limits]]", "[seed]", "", "# é", "[limits.memory]"]) | st.builds("{} = {}".format, _KEYS, _VALUES)
SETTINGS_FILES = st.lists(_LINES, max_size=6).map(lambda lines: "\n".join(lines).encode()) | garbled(SETTINGS) | st.binary(max_size=60)


def _result() -> Result:
    base = unreadable(Upload("ada", LESSON.name, LESSON.notebook), "", 0)
    first, second, *rest = base.exercises
    checks = (CheckResult("test_formula", "cpu", "passed"), CheckResult("test_formula", "cuda", "skipped", "no CUDA device"))
    right = replace(first, outcome="correct", score=first.max_score, message="all checks pass", checks=checks)
    wrong = replace(second, outcome="wrong", score=0.5, misconception="x", evidence=Evidence([[1.0, 2.0]], [[1.0, 3.0]]),
                    checks=(CheckResult("test_values", "cpu", "failed", "wrong"),))
    return replace(base, outcome="graded", message="", score=right.score + 0.5, devices=("cpu",), seconds=0.2, key=KEY,
                   exercises=(right, wrong, *rest[:2]), max_score=sum(row.max_score for row in base.exercises[:4]))


RESULT = json.loads(_result().to_json())
RESULT_FILES = files(RESULT, JSON | ODD | st.floats(0, 9))

CORRECT = ExerciseResult("same_padding", "correct", 2.0, 2.0)
TRIED = {"outcome": "wrong", "score": 0.5, "attempts": 2, "hint": 1, "code": "x"}
PROGRESS = {"schema": 1, "exercises": {"dilated_convolution.same_padding": TRIED},
            "predictions": {"coverage": {"guess": 0.5, "measured": None, "after": False}}}
PROGRESS_FILES = files(PROGRESS, JSON | ODD)
