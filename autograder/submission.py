"""Reads what a learner hands in, a notebook or a Python file, into plain source text. Runs nothing and believes nothing.

Of a notebook only the text of some code cells is taken: those of the exercises, and those that are not the course's own.
"""

import ast
import errno
import hashlib
import json
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from autograder import course
from autograder.course import Lesson
from autograder.languages import say

MAX_CELLS = 2_000
#: Characters of code, all cells together: a syntax tree takes some hundred times as many bytes.
MAX_CODE = 250_000


class Unreadable(Exception):
    """The file is no submission of this lesson. The text is one sentence: why."""


@dataclass(frozen=True)
class Cell:
    """One piece of source text. ``exercise`` is the exercise whose cell it is, if any."""

    name: str
    source: str
    exercise: str | None
    notebook: bool


@dataclass(frozen=True)
class Submission:
    """What is run, in order, and the hash of exactly that."""

    cells: tuple[Cell, ...]

    @property
    def digest(self) -> str:
        """SHA-256 of all that decides how the submission behaves."""
        parts = [[cell.name, cell.source, cell.exercise, cell.notebook] for cell in self.cells]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    @cached_property
    def _trees(self) -> list[tuple[ast.Module, Cell]]:
        return [(_tree(cell.source), cell) for cell in self.cells]

    @cached_property
    def _bindings(self) -> dict[str, tuple[ast.stmt, Cell]]:
        """For every name that the submission binds at its top level, the last statement that does, and its cell."""
        found: dict[str, tuple[ast.stmt, Cell]] = {}
        for tree, cell in self._trees:
            for statement in tree.body:
                found |= {name: (node, cell) for name, node in _bound(statement)}
        return found

    def definition(self, name: str) -> ast.stmt | None:
        """The last top-level statement that binds ``name``; None where there is none that Python can read."""
        return self._bindings[name][0] if name in self._bindings else None

    def uses(self, name: str) -> set[str]:
        """What the definition of ``name``, and all of the submission that it reaches by name, takes from imported modules.

        Names in full, whatever they are called in the submission: ``torch.nn.functional.unfold``.
        """
        reached, found, left = {name}, set[str](), [name]
        while left:
            for used in _references(self.definition(left.pop())):
                root, _, rest = used.partition(".")
                found |= {f"{origin}.{rest}".rstrip(".") for origin in self._origins(root)}
                if root in self._bindings and root not in reached:
                    reached.add(root)
                    left.append(root)
        return found

    def _origins(self, root: str) -> set[str]:
        """What an imported name stands for; a name that nothing binds may come with any star import."""
        if root in self._imported or root in self._bindings:
            return self._imported.get(root, set())
        return {star.removesuffix("*") + root for star in self._imported.get("*", ())}

    @cached_property
    def _imported(self) -> dict[str, set[str]]:
        """What each imported name may stand for, imports inside functions included."""
        found: dict[str, set[str]] = {}
        for tree, _ in self._trees:
            for node in ast.walk(tree):
                for name, origin in _imports(node):
                    found.setdefault(name, set()).add(origin)
        return found

    def source_of(self, exercise: str) -> str:
        """The text of an exercise's own cell, or of the function of that name; empty where there is neither."""
        own = [cell.source for cell in self.cells if cell.exercise == exercise]
        if own or exercise not in self._bindings:
            return own[-1] if own else ""
        node, cell = self._bindings[exercise]
        lines = re.split(r"\r\n|\r|\n", cell.source)  # as Python counts them
        return "\n".join(lines[node.lineno - 1:node.end_lineno])


def is_stub(node: ast.stmt) -> bool:
    """Whether a definition is as it was handed out: nothing but a docstring and ``raise NotImplementedError``, ``pass`` or ``...``."""
    if not isinstance(node, ast.FunctionDef | ast.ClassDef):
        return False
    bodies = [child for child in node.body if isinstance(child, ast.FunctionDef)] if isinstance(node, ast.ClassDef) else [node]
    return bool(bodies) and all(_does_nothing(body) for body in bodies)


def read(path: Path, lesson: Lesson, max_bytes: int) -> Submission:
    """The submission in a file. Raises ``Unreadable``; never follows a link, and reads at most ``max_bytes`` bytes, once."""
    data = read_bytes(path, max_bytes)
    return from_notebook(data, lesson) if path.suffix == ".ipynb" else from_python(data)


def _of_fair_length(cells: list[Cell]) -> list[Cell]:
    if sum(len(cell.source) for cell in cells) > MAX_CODE:
        raise Unreadable(say("it holds more than {count} characters of code", count=MAX_CODE))
    return cells


def read_bytes(path: Path, max_bytes: int) -> bytes:
    """The bytes of a regular file. Raises ``Unreadable`` for anything else."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except OSError as error:
        reason = say("it is a link, and links are not followed") if error.errno == errno.ELOOP else \
            say("it can't be opened: {why}", why=error.strerror)
        raise Unreadable(reason) from None
    try:
        about = os.fstat(descriptor)
        if not stat.S_ISREG(about.st_mode):
            raise Unreadable(say("it is not a regular file"))
        if about.st_nlink > 1:  # an archive that was unpacked can hold one of a file that its owner may not read
            raise Unreadable(say("it is a hard link: another file has the same content and changes with it; hand in a copy"))
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            data = file.read(max_bytes + 1)
    finally:
        os.close(descriptor)
    if len(data) > max_bytes:
        raise Unreadable(say("the file is larger than {count} bytes", count=max_bytes))
    return data


def from_python(data: bytes) -> Submission:
    """A plain Python file: one cell."""
    return Submission(tuple(_of_fair_length([Cell("file", _text(data), None, notebook=False)])))


def from_notebook(data: bytes, lesson: Lesson) -> Submission:
    """A notebook: the course's set-up cell, then the learner's text in the order of the notebook. Raises ``Unreadable``."""
    cells = [cell for cell in _notebook_cells(data) if cell.get("cell_type") == "code"]
    if other := _other_lesson(cells, lesson):
        raise Unreadable(say("it is the notebook of another lesson, {other}, not of {name}", other=other, name=lesson.name))
    ours = _course_cells(lesson)
    taken = _of_fair_length([cell for number, raw in enumerate(cells, 1) if (cell := _taken(raw, number, lesson, ours))])
    if not any(cell.exercise for cell in taken) and not any(_defines(cell, lesson) for cell in taken):
        raise Unreadable(say("it holds no exercise of the lesson {name}", name=lesson.name))
    return Submission((Cell("setup", ours["setup"], None, notebook=True), *_last_of_each(taken)))


def _other_lesson(cells: list[dict[str, Any]], lesson: Lesson) -> str | None:
    """The lesson whose own exercises a notebook has, where it has none of this one's; names that both have say nothing."""
    names, ours = {_grade_id(cell) for cell in cells}, lesson.exercises.keys()
    others = [(other.name, other.exercises.keys()) for other in course.lessons().values()]
    return next((name for name, theirs in others if names & (theirs - ours) and not names & (ours - theirs)), None)


def _last_of_each(cells: list[Cell]) -> list[Cell]:
    """Where an exercise's cell was copied, the last copy counts, as in the notebook itself."""
    last = {cell.exercise: cell for cell in cells if cell.exercise}
    return [cell for cell in cells if not cell.exercise or last[cell.exercise] is cell]


def _defines(cell: Cell, lesson: Lesson) -> bool:
    return any(name in lesson.exercises for statement in _tree(cell.source).body for name, _ in _bound(statement))


def _taken(raw: dict[str, Any], number: int, lesson: Lesson, ours: dict[str, str]) -> Cell | None:
    source, grade_id = _source(raw), _grade_id(raw)
    if grade_id in lesson.exercises:
        return Cell(grade_id, source, grade_id, notebook=True)
    if grade_id in ours or source.strip() in ours.values() or not source.strip():
        return None
    return Cell(str(number), source, None, notebook=True)


def _grade_id(raw: dict[str, Any]) -> str:
    metadata = raw.get("metadata")
    ours = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    grade_id = ours.get("grade_id") if isinstance(ours, dict) else None
    return grade_id if isinstance(grade_id, str) else ""


def _source(raw: dict[str, Any]) -> str:
    source = raw.get("source", "")
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    if not isinstance(source, str):
        raise Unreadable(say("a cell's source is not text"))
    return source


def _notebook_cells(data: bytes) -> list[dict[str, Any]]:
    try:
        notebook = json.loads(_text(data))
    except (ValueError, RecursionError):
        raise Unreadable(say("it is not a notebook: its text is not JSON")) from None
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        raise Unreadable(say("it is not a notebook of format 4: it has no list of cells"))
    cells: list[dict[str, Any]] = notebook["cells"]
    if len(cells) > MAX_CELLS or not all(isinstance(cell, dict) for cell in cells):
        raise Unreadable(say("its cells are not a list of at most {count} cells", count=MAX_CELLS))
    return cells


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable(say("its text is not UTF-8")) from None


@cache
def _course_cells(lesson: Lesson) -> dict[str, str]:
    """The course's own code cells that a learner doesn't fill in, by grade_id where they have one, otherwise by position."""
    cells = [cell for cell in _notebook_cells(lesson.notebook.read_bytes()) if cell.get("cell_type") == "code"]
    named = {_grade_id(cell) or f"cell {number}": _source(cell).strip() for number, cell in enumerate(cells)}
    return {name: source for name, source in named.items() if name not in lesson.exercises}


def _tree(source: str) -> ast.Module:
    plain = re.sub(r"(?m)^([ \t]*)[%!].*$", r"\1pass", source)  # IPython's magics, which a syntax tree can't hold
    try:
        return ast.parse(plain)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.Module([], [])


def _bound(statement: ast.stmt) -> Iterator[tuple[str, ast.stmt]]:
    """The names that a top-level statement binds, each with what binds it. Doesn't look into functions and classes."""
    left: list[tuple[ast.AST, ast.stmt]] = [(statement, statement)]
    while left:
        node, holder = left.pop()
        holder = node if isinstance(node, ast.stmt) else holder
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name, node
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id, holder
        elif not isinstance(node, ast.Lambda):
            left.extend((child, holder) for child in reversed(list(ast.iter_child_nodes(node))))


def _imports(node: ast.AST) -> Iterator[tuple[str, str]]:
    """The names that an import binds, each with what it stands for in full."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield (alias.asname, alias.name) if alias.asname else (alias.name.partition(".")[0],) * 2
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
        for alias in node.names:
            yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def _references(node: ast.AST | None) -> set[str]:
    """Every name in a definition, dotted ones in full, but those that are its own parameters and inner functions."""
    nodes = list(ast.walk(node)) if node else []
    own = {part.arg for part in nodes if isinstance(part, ast.arg)}
    own |= {part.name for part in nodes if isinstance(part, ast.FunctionDef) and part is not node}
    names = {_dotted(part) for part in nodes if isinstance(part, ast.Name | ast.Attribute)}
    return {name for name in names if name and name.partition(".")[0] not in own}


def _dotted(node: ast.expr) -> str:
    """``F.conv2d`` as it is written; empty for an attribute of anything but a name. No recursion: a learner decides how long it is."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else ""


def _does_nothing(function: ast.FunctionDef) -> bool:
    body = function.body[1:] if ast.get_docstring(function, clean=False) is not None else function.body
    return all(_is_placeholder(statement) for statement in body)


def _is_placeholder(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Raise):
        raised = statement.exc.func if isinstance(statement.exc, ast.Call) else statement.exc
        return isinstance(raised, ast.Name) and raised.id == "NotImplementedError"
    if isinstance(statement, ast.Expr):
        return isinstance(statement.value, ast.Constant) and statement.value.value is ...
    return isinstance(statement, ast.Pass)
