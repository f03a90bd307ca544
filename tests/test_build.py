"""Tests of ``autograder.build`` on a lesson of two exercises, and on the course's own lessons. Runs no lesson."""

import json
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import nbformat
import pytest
from nbgrader.utils import compute_checksum

from autograder import build
from autograder.course import PACKAGE, Exercise, Lesson, lessons
from autograder.files import write_whole

HEADER = "# ---\n# jupyter:\n#   jupytext:\n#     text_representation: {extension: .py, format_name: percent}\n# ---\n\n"
SECRET = "    secret_of_twice = x + x\n    return secret_of_twice\n"


def tagged(kind: str, grade_id: str, text: str, points: float = 0) -> str:
    """One cell of a lesson's source, with nbgrader's metadata."""
    graded = {"grade": kind == "grade"} | ({"points": points} if kind == "grade" else {})
    flags = {"grade_id": grade_id, "locked": kind != "solution", "schema_version": 3, "solution": kind == "solution", "task": False}
    return f"# %% nbgrader={json.dumps(graded | flags)}\n{text}\n\n"


def stub(name: str, solution: str) -> str:
    return f'def {name}(x):\n    """What {name} does."""\n    ### BEGIN SOLUTION\n{solution}    ### END SOLUTION'


CELLS = {
    "prose": "# %% [markdown]\n# # Tiny\n# Two exercises.\n\n",
    "setup": tagged("locked", "setup", "import torch"),
    "twice": tagged("solution", "twice", stub("twice", SECRET)),
    "check_twice": tagged("grade", "check_twice", "check(twice)", 3),
    "thrice": tagged("solution", "thrice", stub("thrice", "    return 3 * x\n")),
    "check_thrice": tagged("grade", "check_thrice", "check(thrice)\n### BEGIN HIDDEN TESTS\nhidden = 1\n### END HIDDEN TESTS", 2.5),
    "play": "# %% tags=[\"play\"] title=\"noise\"\ntwice(2)\n",
}


def exercise(name: str, points: float) -> Exercise:
    return Exercise(name, "tiny", points, 1, 1, (), "", (), {})


TINY = Lesson("tiny", 1, "Tiny", {"twice": exercise("twice", 3.0), "thrice": exercise("thrice", 2.5)})


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A course of one lesson; returns the file that it is written in."""
    path = tmp_path / "solutions" / "1_tiny.py"
    path.parent.mkdir()
    path.write_text(HEADER + "".join(CELLS.values()))
    monkeypatch.setattr(build, "SOLUTIONS", path.parent)
    monkeypatch.setattr(build, "lessons", lambda: {"tiny": TINY})
    return path


def rewrite(source: Path, **cells: str) -> None:
    source.write_text(HEADER + "".join((CELLS | cells).values()))


def test_a_rebuild_is_the_same_byte_for_byte_also_in_a_bare_environment(source: Path, tmp_path: Path) -> None:
    once, again = build.build(TINY, tmp_path / "a"), build.build(TINY, tmp_path / "b")
    elsewhere, script = tmp_path / "elsewhere", f"""
        import sys, pathlib
        sys.path[:0] = [{str(PACKAGE.parent)!r}, {str(Path(__file__).parent)!r}]
        from autograder import build
        import test_build
        build.SOLUTIONS = pathlib.Path({str(source.parent)!r})
        build.build(test_build.TINY, pathlib.Path({str(tmp_path / "c")!r}))
    """
    elsewhere.mkdir()
    # No activated environment, another home, another order of sets.
    bare = {"PATH": "/nowhere", "HOME": str(elsewhere), "PYTHONHASHSEED": "7", "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run([sys.executable, "-c", textwrap.dedent(script)], cwd=elsewhere, env=bare, check=True)
    third = tmp_path / "c" / once.relative_to(tmp_path / "a")
    assert once.read_bytes() == again.read_bytes() == third.read_bytes()
    assert not [path for path in elsewhere.rglob("*") if path.is_file()], "building left something behind"


def test_the_lesson_lies_where_learners_find_it_and_is_plain(source: Path, tmp_path: Path) -> None:
    path = build.build(TINY, tmp_path / "lessons")
    text = path.read_text()
    notebook = json.loads(text)
    assert path == tmp_path / "lessons" / "1_tiny" / "tiny.ipynb"
    assert [each.name for each in path.parent.iterdir()] == ["tiny.ipynb"]
    assert text == json.dumps(notebook, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    assert set(notebook["metadata"]) == {"kernelspec", "language_info"}
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"
    assert [cell["id"] for cell in notebook["cells"]] == [
        "000-markdown", "setup", "twice", "check_twice", "thrice", "check_thrice", "006-code"]
    assert notebook["cells"][-1]["metadata"] == {"tags": ["play"]}
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in notebook["cells"] if cell["cell_type"] == "code")


def test_solutions_and_hidden_tests_are_out_and_stubs_stay(source: Path) -> None:
    text = build.lesson_text(TINY)
    assert "secret_of_twice" not in text and "3 * x" not in text and "hidden" not in text
    cells = {cell.id: cell.source for cell in nbformat.reads(text, as_version=4).cells}
    assert cells["twice"] == 'def twice(x):\n    """What twice does."""\n    # YOUR CODE HERE\n    raise NotImplementedError()'
    assert cells["check_thrice"] == "check(thrice)"


def test_locks_and_checksums_are_in(source: Path) -> None:
    cells = {cell.id: cell for cell in nbformat.reads(build.lesson_text(TINY), as_version=4).cells}
    for name in ("setup", "twice", "check_twice", "thrice", "check_thrice"):
        assert cells[name].metadata.nbgrader.checksum == compute_checksum(cells[name])
        assert cells[name].metadata.deletable is False
        assert cells[name].metadata.get("editable", True) is (name in TINY.exercises)
    assert cells["check_thrice"].metadata.nbgrader.points == 2.5


@pytest.mark.parametrize(("cells", "sentence"), [
    ({"twice": tagged("solution", "twice", "def twice(x):\n    return x + x")}, "would not see how twice begins"),
    ({"twice": tagged("solution", "twice", "# YOUR CODE HERE\nraise NotImplementedError()")}, "nothing of twice was cleared"),
    ({"twice": tagged("solution", "twice", "def twice(x):\n    ### BEGIN SOLUTION\n    return x + x")}, "no end solution"),
    ({"play": "# %%\n### BEGIN SOLUTION\ntwice(2)\n### END SOLUTION\n"}, "non-solution cell"),
    ({"twice": tagged("locked", "twice", stub("twice", SECRET))}, "no solution cell with the grade_id 'twice'"),
    ({"check_twice": ""}, "no locked grade cell with the grade_id 'check_twice'"),
    ({"check_twice": tagged("grade", "check_twice", "check(twice)", 4)}, "check_twice gives 4 points, the exercises' table 3"),
    ({"play": tagged("grade", "check_more", "check(more)", 1)}, "the grade cell check_more belongs to no exercise"),
    ({"play": tagged("locked", "setup", "import math")}, "Duplicate grade id"),
])
@pytest.mark.filterwarnings("ignore::nbformat.warnings.DuplicateCellId")
def test_what_is_not_fit_to_be_handed_out_is_refused(source: Path, tmp_path: Path, cells: dict[str, str], sentence: str) -> None:
    rewrite(source, **cells)
    with pytest.raises(ValueError, match=sentence) as refusal:
        build.build(TINY, tmp_path / "lessons")
    assert str(refusal.value).startswith("solutions/1_tiny.py: ")
    assert not (tmp_path / "lessons").exists()


def test_a_marker_that_is_left_is_refused(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    released = build.lesson_text(TINY).replace("import torch", "import torch  # END SOLUTION")
    monkeypatch.setattr(build, "_released", lambda *_: released)
    with pytest.raises(ValueError, match="a marker of nbgrader's is left in the cell setup"):
        build.lesson_text(TINY)


def test_a_lesson_without_a_source_is_refused(source: Path, tmp_path: Path) -> None:
    source.unlink()
    with pytest.raises(ValueError, match=r"tiny: there is no solutions/1_tiny\.py"):
        build.build(TINY, tmp_path)


def test_what_a_learner_put_there_is_kept(source: Path, tmp_path: Path) -> None:
    path = build.build(TINY, tmp_path)
    mine = path.with_name("mine.ipynb")
    mine.write_text("my own")
    worked_in = path.read_text().replace("raise NotImplementedError()", "return x + x", 1)
    path.write_text(worked_in)
    with pytest.raises(ValueError, match=r"holds somebody's work \(twice\)"):
        build.build(TINY, tmp_path)
    assert path.read_text() == worked_in and mine.read_text() == "my own"


@pytest.mark.parametrize("there", ["not a notebook", "{}", '{"cells": [{}]}'])
def test_what_we_did_not_build_is_not_overwritten(source: Path, tmp_path: Path, there: str) -> None:
    path = tmp_path / "1_tiny" / "tiny.ipynb"
    path.parent.mkdir()
    path.write_text(there)
    with pytest.raises(ValueError, match="move it away"):
        build.build(TINY, tmp_path)
    assert path.read_text() == there


def test_an_older_build_is_replaced(source: Path, tmp_path: Path) -> None:
    path = build.build(TINY, tmp_path)
    rewrite(source, prose="# %% [markdown]\n# # Tiny, improved\n\n", setup=tagged("locked", "setup", "import math"))
    assert build.build(TINY, tmp_path) == path
    assert "improved" in path.read_text() and "import math" in path.read_text()


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    monkeypatch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        write_whole(path, "new")
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


def test_differences_are_told_in_sentences(source: Path, tmp_path: Path) -> None:
    folder = tmp_path / "lessons"
    assert build.differences(folder) == ["lessons/1_tiny/tiny.ipynb is missing; `atrous build` makes it from solutions/1_tiny.py"]
    build.build(TINY, folder)
    (folder / "1_tiny" / "mine.ipynb").write_text("a learner's own, none of our business")
    assert build.differences(folder) == []
    rewrite(source, prose="# %% [markdown]\n# # Tiny, improved\n\n")
    assert build.differences(folder) == ["lessons/1_tiny/tiny.ipynb differs from what solutions/1_tiny.py builds; run `atrous build`"]
    rewrite(source, check_twice="")
    assert len(build.differences(folder)) == 1 and "can't be built: solutions/1_tiny.py: " in build.differences(folder)[0]


def test_extra_lessons_and_sources_are_told(source: Path, tmp_path: Path) -> None:
    old = tmp_path / "lessons" / "9_old" / "old.ipynb"
    old.parent.mkdir(parents=True)
    old.write_text("{}")
    build.build(TINY, tmp_path / "lessons")
    source.with_name("2_new.py").write_text("")
    extra, orphan = build.differences(tmp_path / "lessons")
    assert extra.startswith("lessons/9_old/old.ipynb belongs to no lesson")
    assert orphan.startswith("solutions/2_new.py belongs to no lesson")


@pytest.mark.parametrize("name", list(lessons()))
def test_no_line_of_a_solution_of_the_course_is_in_its_lesson(name: str) -> None:
    lesson = lessons()[name]
    regions = re.findall(r"### BEGIN SOLUTION\n(.*?)\s*### END SOLUTION", build.source_file(lesson).read_text(), re.DOTALL)
    text = "\n".join("".join(cell["source"]) for cell in json.loads(build.lesson_text(lesson))["cells"])
    assert len(regions) >= len(lesson.exercises)
    assert not [region for region in regions if region in text]
