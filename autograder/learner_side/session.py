"""A submission while it runs: its namespace, and the few messages that it answers (run a cell, call a function).

The same session serves a sandboxed process, a plain process and the learner's own notebook.
"""

import ast
import codeop
import linecache
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

from IPython.core.display_functions import display
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from .calls import Interrupted, captured, describe, neutral, observe
from .quiet import course_silenced


class Session:
    """Answers messages about one submission. ``namespace`` holds the names that its code has defined."""

    def __init__(self, namespace: dict[str, Any] | None = None) -> None:
        self.module = ModuleType("submission")
        self.module.display = display  # type: ignore[attr-defined]
        self.namespace = vars(self.module) if namespace is None else namespace
        self.compile = codeop.Compile()  # remembers `from __future__ import ...` from statement to statement

    def handle(self, message: dict[str, Any]) -> dict[str, Any]:
        """The answer to one message. A message of an unknown kind gets an empty answer."""
        sys.modules[self.module.__name__] = self.module  # dataclasses and typing look there for the names in annotations
        answers: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {"run": self.run, "call": self.call}
        answer = answers.get(message.get("kind", ""))
        return answer(message) if answer else {}

    def run(self, message: dict[str, Any]) -> dict[str, Any]:
        """Run one cell or file: ``source``, ``name`` for messages, ``notebook`` (true: magics work)."""
        name, source = f"{'cell' if message['notebook'] else 'submission'} {message['name']}", message["source"]
        neutral()
        with captured(), course_silenced():
            error = self._run_cell(source, name) if message["notebook"] else self._run_text(source, name)
        return {"raised": describe(error) if error else None}

    def call(self, message: dict[str, Any]) -> dict[str, Any]:
        """Call one function: ``function``, ``args``, ``kwargs``, ``watch`` (see :func:`calls.observe`)."""
        function = self.namespace.get(message["function"])
        if not callable(function):
            return {"missing": True}
        return observe(function, message["args"], message["kwargs"], message["watch"])

    def _run_cell(self, source: str, name: str) -> BaseException | None:
        try:
            return self._run_text(source if _is_python(source) else self._shell().transform_cell(source), name)
        except SyntaxError as error:
            return error

    def _run_text(self, source: str, name: str) -> BaseException | None:
        linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
        try:
            tree = ast.parse(source, name)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            return error
        first: BaseException | None = None
        for statement in tree.body:
            first = self._run_statement(statement, name) or first
        return first

    def _shell(self) -> InteractiveShell:
        """IPython's shell, working in this session's namespace."""
        shell = notebook_shell()
        shell.user_ns = self.namespace
        self.namespace["get_ipython"] = shell.get_ipython
        return shell

    def _run_statement(self, statement: ast.stmt, name: str) -> BaseException | None:
        try:
            exec(self.compile(ast.Module([statement], []), name, "exec"), self.namespace)  # type: ignore[arg-type]
        except Interrupted:
            raise
        except BaseException as error:  # also SystemExit: reported, and the other statements still run
            return error
        return None


def _is_python(source: str) -> bool:
    """Whether a cell needs no help from IPython: no magics, no shell commands."""
    try:
        ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def notebook_shell() -> InteractiveShell:
    """IPython's shell of this process, without history: it gives cells their magics, ``display`` and ``get_ipython``."""
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    return InteractiveShell.instance(config=config)
