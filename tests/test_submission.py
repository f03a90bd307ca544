"""What is taken from a hand-in, and what is refused with a sentence."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from autograder import course, submission
from autograder.course import Lesson
from autograder.submission import MAX_CODE, Submission, Unreadable, absent, from_notebook, from_python, is_stub, read

LIMIT = 10**6


def _notebook(lesson: Lesson, **changed: Any) -> dict[str, Any]:
    notebook: dict[str, Any] = json.loads(lesson.notebook.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        if name in changed:
            cell["source"] = changed[name]
    return notebook


def _read(notebook: Any, lesson: Lesson) -> Submission:
    return from_notebook(json.dumps(notebook).encode(), lesson)


def _code(source: str, **metadata: Any) -> dict[str, Any]:
    return {"cell_type": "code", "source": source, "metadata": metadata, "outputs": [], "execution_count": None}


def test_exercises_and_the_courses_set_up_are_taken_and_nothing_else(lesson: Lesson) -> None:
    submission = _read(_notebook(lesson), lesson)
    assert [cell.name for cell in submission.cells] == ["setup", *lesson.exercises]


def test_added_and_changed_cells_are_taken_where_they_stand(lesson: Lesson) -> None:
    notebook = _notebook(lesson)
    place = next(i for i, cell in enumerate(notebook["cells"]) if cell.get("id") == "same_padding")
    notebook["cells"].insert(place, _code("def helper(): return 1"))
    names = [cell.name for cell in _read(notebook, lesson).cells]
    assert len(names) == 10 and names[names.index("same_padding") - 1].isdigit()


def test_a_changed_set_up_or_check_cell_is_ignored(lesson: Lesson) -> None:
    changed = _notebook(lesson, setup="import os; os._exit(0)", check_same_padding="raise SystemExit")
    assert _read(changed, lesson) == _read(_notebook(lesson), lesson)


def test_metadata_outputs_and_kernels_change_nothing(lesson: Lesson) -> None:
    notebook = _notebook(lesson)
    notebook["metadata"] = {"kernelspec": {"name": "evil"}, "tags": ["skip-execution"]}
    for cell in notebook["cells"]:
        cell["attachments"] = {"a.png": {"image/png": "AAAA"}}
        if cell["cell_type"] == "code":
            cell["outputs"] = [{"output_type": "execute_result", "data": {"text/plain": "1.0"}}]
            cell["metadata"]["tags"] = ["skip-execution"]
    assert _read(notebook, lesson).digest == _read(_notebook(lesson), lesson).digest


def test_of_a_copied_cell_the_last_copy_counts(lesson: Lesson) -> None:
    notebook = _notebook(lesson)
    copy = next(cell for cell in notebook["cells"] if cell.get("id") == "same_padding") | {"source": "def same_padding(k, d): return 1, 1"}
    notebook["cells"].append(copy)
    cells = [cell for cell in _read(notebook, lesson).cells if cell.exercise == "same_padding"]
    assert [cell.source for cell in cells] == [copy["source"]]


def test_a_function_in_a_cell_without_its_mark_is_found(lesson: Lesson) -> None:
    notebook = {"cells": [_code("def same_padding(k, d): return 1, 1")]}
    assert _read(notebook, lesson).definition("same_padding") is not None


@pytest.mark.parametrize("data", [
    b"", b"{", b"[]", b"null", b"\xff\xfe\xff", b"{" * 100_000, b'{"cells": 3}', b'{"cells": [1]}', b'{"worksheets": []}', b'{"cells": []}',
    b'{"cells": [{"cell_type": "code", "source": 3}]}', b'{"cells": [{"cell_type": "code"}]}', b"PK\x03\x04 not a notebook",
], ids=lambda data: repr(data[:20]))
def test_what_is_no_notebook_of_this_lesson_is_unreadable(data: bytes, lesson: Lesson) -> None:
    with pytest.raises(Unreadable) as reason:
        from_notebook(data, lesson)
    assert str(reason.value) and "\n" not in str(reason.value)


@pytest.mark.parametrize("metadata", [None, [], "x", {"nbgrader": []}, {"nbgrader": {"grade_id": ["same_padding"]}}], ids=str)
def test_odd_metadata_breaks_nothing(metadata: Any, lesson: Lesson) -> None:
    notebook = {"cells": [_code("def same_padding(k, d): return 1, 1") | {"metadata": metadata}]}
    assert _read(notebook, lesson).definition("same_padding") is not None


@pytest.mark.parametrize("encode", [lambda text: text.encode("utf-8-sig"), lambda text: text.encode("utf-16")], ids=["BOM", "UTF-16"])
def test_other_encodings_are_read(encode: Any, lesson: Lesson) -> None:
    text = json.dumps(_notebook(lesson))
    assert from_notebook(encode(text), lesson) == from_notebook(text.encode(), lesson)


def test_files_that_are_no_files_are_refused(tmp_path: Path, lesson: Lesson) -> None:
    real, link, pipe = tmp_path / "real.py", tmp_path / "link.py", tmp_path / "pipe.py"
    real.write_text("x = 1")
    link.symlink_to(real)
    os.mkfifo(pipe)
    for path in (link, pipe, tmp_path, tmp_path / "missing.py", Path("/dev/zero")):
        with pytest.raises(Unreadable):
            read(path, lesson, LIMIT)
    assert read(real, lesson, LIMIT).cells[0].source == "x = 1"


def test_a_file_that_is_too_large_is_refused(tmp_path: Path, lesson: Lesson) -> None:
    path = tmp_path / "large.py"
    path.write_bytes(b"#" * (LIMIT + 1))
    with pytest.raises(Unreadable, match="larger than"):
        read(path, lesson, LIMIT)


@pytest.mark.parametrize(("body", "stub"), [
    ("raise NotImplementedError()", True), ("raise NotImplementedError", True), ("'''Doc.'''\n    raise NotImplementedError('todo')", True),
    ("pass", True), ("...", True), ("'''Doc.'''", True), ("return 1", False), ("x = 1\n    raise NotImplementedError()", False),
    ("raise ValueError()", False), ("return ...", False)])
def test_a_stub_is_told_from_an_attempt(body: str, stub: bool) -> None:
    definition = from_python(f"def f():\n    {body}\n".encode()).definition("f")
    assert definition and is_stub(definition) is stub


def test_magics_do_not_hide_a_definition(lesson: Lesson) -> None:
    notebook = {"cells": [_code("%matplotlib inline\n!ls\ndef same_padding(k, d):\n    %time x = 1\n    return 1, 1")]}
    definition = _read(notebook, lesson).definition("same_padding")
    assert definition and not is_stub(definition)


IMPORTS = "import torch\nimport torch.nn as nn\nimport torch.nn.functional as F\n"


@pytest.mark.parametrize(("code", "used"), [
    ("def f(x): return F.conv2d(x)", {"torch.nn.functional.conv2d"}),
    ("def f(x): return helper(x)\nhelper = F.conv2d", {"torch.nn.functional.conv2d"}),
    ("from torch.nn.functional import conv2d as c\ndef f(x): return c(x)", {"torch.nn.functional.conv2d"}),
    ("def f(x):\n    from torch.nn.functional import conv2d\n    return conv2d(x)", {"torch.nn.functional.conv2d"}),
    ("from torch.nn.functional import *\ndef f(x): return conv2d(x)", {"torch.nn.functional.conv2d"}),
    ("if True:\n    def f(x): return nn.Conv2d(1, 1, 1)(x)", {"torch.nn.Conv2d"}),
    ("def f(x): return x.unfold(2, 3, 1)", set()),
    ("def f(x):\n    def conv1d(y): return y\n    return conv1d(x)", set()),
    ("def f(x):\n    after_conv2d = x\n    return after_conv2d", set()),
    ("def f(x): return conv2d(x)\ndef conv2d(x): return x", set()),
    ("def f(x, F): return F.conv2d(x)", set()),
    ("def f(x): return x\ndef demo(x): return F.conv2d(x)", set()),
])
def test_what_a_function_takes_from_modules_is_told_from_its_own_names(code: str, used: set[str]) -> None:
    found = from_python((IMPORTS + code).encode()).uses("f")
    assert {name for name in found if name.endswith(("onv2d", "onv1d", "unfold"))} == used


@pytest.mark.parametrize("later", ["f = lambda x: x", "if True:\n    def f(x): return x", "f: object = abs", "async def f(x): return x"])
def test_a_stub_that_is_bound_again_is_an_attempt(later: str) -> None:
    submission = from_python(f"def f(x):\n    raise NotImplementedError\n{later}\n".encode())
    definition = submission.definition("f")
    assert definition and not is_stub(definition)
    assert submission.source_of("f").strip() in later


def test_code_that_is_too_long_is_refused(lesson: Lesson) -> None:
    long = "x = 1\n" * (MAX_CODE // 6 + 1)
    with pytest.raises(Unreadable, match="characters of code"):
        from_python(long.encode())
    with pytest.raises(Unreadable, match="characters of code"):
        _read({"cells": [_code(long), _code("def same_padding(k, d): return 1, 1")]}, lesson)


def test_a_chain_of_functions_is_followed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[str] = []
    tree = submission._tree
    monkeypatch.setattr(submission, "_tree", lambda source: (parsed.append(source), tree(source))[1])
    chain = from_python("".join(f"def f{n}(x): return f{n + 1}(x)\n" for n in range(5_000)).encode())
    assert chain.uses("f0") == set() and chain.definition("f4999") is not None
    assert len(parsed) == 1


def test_what_is_odd_about_a_notebook_is_a_remark_and_decides_nothing(lesson: Lesson) -> None:
    plain = _read(_notebook(lesson), lesson)
    odd = _notebook(lesson, setup="import os")
    odd["cells"] += [cell for cell in odd["cells"] if cell.get("id") == "same_padding"]
    changed = _read(odd, lesson)
    assert plain.remarks == ()
    assert changed.remarks == ("The cell of same_padding is there 2 times; the last one was graded.",
                               "The course's own cell setup was edited; it counts as it was handed out.")
    assert sorted(cell.name for cell in changed.cells) == sorted(cell.name for cell in plain.cells)


def test_a_notebook_of_another_lesson_is_named(lesson: Lesson) -> None:
    other = course.lesson("gridding")
    with pytest.raises(Unreadable, match="it is a notebook of the lesson gridding, not of dilated_convolution"):
        _read(_notebook(other), lesson)
    with pytest.raises(Unreadable, match="it holds no exercise of the lesson dilated_convolution"):
        _read({"cells": [_code("print('somebody else')")]}, lesson)


def test_a_hand_in_that_is_not_there_is_told_with_what_is(tmp_path: Path) -> None:
    wanted = tmp_path / "ada" / "gridding.ipynb"
    assert absent(wanted) == "There is no gridding.ipynb in this submission."
    wanted.parent.mkdir()
    (wanted.parent / "gridding (1).ipynb").touch()
    assert absent(wanted) == "There is no gridding.ipynb in this submission; there is: gridding (1).ipynb."
