"""Finds out which exercise is meant, and what its code is now. Runs none of it."""

import inspect
import linecache
import re
import sys
from collections.abc import Mapping
from difflib import get_close_matches
from types import CodeType, ModuleType
from typing import Any

from autograder import course
from autograder.course import Exercise
from autograder.languages import say
from autograder.submission import Cell, Submission

from .display import WrongType, WrongValue, one_line


def exercise_of(function: object) -> Exercise:
    """The exercise that a learner's function or class solves: by its name and, where lessons share the name, by its parameter's name.

    Raises ``WrongType`` for anything else than a function or a class, ``WrongValue`` for one that is no exercise.
    """
    name = getattr(function, "__name__", None)
    if not callable(function) or not isinstance(name, str):
        raise WrongType(_not_a_function(function))
    candidates = exercises_named(name)
    return candidates[0] if len(candidates) == 1 else _by_parameter(function, name, candidates)


def exercises_named(name: str) -> list[Exercise]:
    """The exercises of that name, one for each lesson that has one. Raises ``WrongValue``, naming near misses, where none has."""
    found = [lesson.exercises[name] for lesson in course.lessons().values() if name in lesson.exercises]
    if not found:
        raise WrongValue(_unknown(name))
    return found


def submission_of(function: object) -> Submission:
    """The text that the function was defined by (its cell, or its file), after the imports that it sees; empty where there is none."""
    code = _code(function)
    if code is None:
        return Submission(())
    linecache.checkcache(code.co_filename)
    texts = {"imports": _imports(namespace_of(function)), "cell": "".join(linecache.getlines(code.co_filename))}
    return Submission(tuple(Cell(name, text, None, notebook=True) for name, text in texts.items()))


def namespace_of(function: object) -> dict[str, Any]:
    """The names that the function's code sees."""
    inner = inspect.unwrap(function) if callable(function) else function
    module = sys.modules.get(getattr(inner, "__module__", None) or "")
    return getattr(inner, "__globals__", None) or (vars(module) if module else {})


def code_now(name: str, namespace: Mapping[str, Any]) -> str:
    """The latest code of an exercise, whether it runs or not; empty where there is none."""
    definition = re.compile(rf"(?m)^(async def|def|class) {re.escape(name)}\b")
    cells = namespace.get("In")  # IPython's own list of what was run
    attempts = [cell for cell in cells if isinstance(cell, str) and definition.search(cell)] if isinstance(cells, list) else []
    if attempts:
        cell = Submission((Cell("cell", attempts[-1], None, notebook=True),))
        return cell.source_of(name) or attempts[-1]
    return submission_of(namespace[name]).source_of(name) if name in namespace else ""


def _imports(namespace: Mapping[str, Any]) -> str:
    modules = {name: value.__name__ for name, value in namespace.items() if isinstance(value, ModuleType)}
    return "\n".join(f"import {module} as {name}" for name, module in modules.items())


def _by_parameter(function: object, name: str, candidates: list[Exercise]) -> Exercise:
    """Of the exercises of one name, the one whose lesson has an exercise that is named like the function's first parameter."""
    parameter = next(iter(_parameters(function)), "")
    fitting = [exercise for exercise in candidates if parameter in course.lessons()[exercise.lesson].exercises]
    if len(fitting) != 1:
        raise WrongValue(say("{name} is an exercise of {count} lessons; its parameter's name tells which, "
                             "so it has to be as it was handed out", name=name, count=len(candidates)))
    return fitting[0]


def _parameters(function: object) -> list[str]:
    try:
        return list(inspect.signature(function).parameters)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return []


def _code(function: object) -> CodeType | None:
    inner = inspect.unwrap(function) if callable(function) else function
    if isinstance(inner, type):
        inner = next((member for member in vars(inner).values() if inspect.isfunction(member)), None)
    code = getattr(inner, "__code__", None)
    return code if isinstance(code, CodeType) else None


def _not_a_function(given: object) -> str:
    kind = type(given).__name__
    if isinstance(given, str):
        return say("this takes the function itself, without quotes: {name}, not {given}", name=one_line(given, 60),
                   given=one_line(repr(given), 60))
    if any(kind in lesson.exercises for lesson in course.lessons().values()):
        return say("this takes the class itself, not an object made from it: {name}", name=kind)
    return say("this takes the function itself, not what it returns; it was given something of type {type}", type=one_line(kind, 60))


def _unknown(name: str) -> str:
    known = [exercise for lesson in course.lessons().values() for exercise in lesson.exercises]
    near = get_close_matches(name, dict.fromkeys(known), n=3)
    advice = say("did you mean {names}?", names=f" {say('or')} ".join(near)) if near else say("progress() lists them all")
    return say("there is no exercise called {name}; {advice}", name=one_line(name, 60), advice=advice)
