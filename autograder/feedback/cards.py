"""The text of a card: what was checked, on which input, what was due, what came, what that usually means, where to look.

At most eight lines, plain text, about the tensor and never about the person. Indented lines begin with a label of ten columns.
"""

import re
from typing import TYPE_CHECKING, Any

from autograder.course import Exercise, Misconception
from autograder.verdicts import CheckResult

from .outcomes import shown
from .words import call_text, script_text, sides

if TYPE_CHECKING:
    from autograder.examination.learner import Call, Learner
    from autograder.sandbox import Ended

MAX_LINES = 8
MAX_LINE = 240
FORBIDDEN = "an operation is used that this exercise does without"
#: Notes that only say again what expected and got show.
OBVIOUS = re.compile(r"(the (value|shape|dtype) differs|no error is raised)?")
#: Where to look when an error is due that the text of a lesson doesn't speak of.
RAISES = "the docstring: under Raises it says when which error is due"


def correct(exercise: Exercise, checks: tuple[CheckResult, ...], graded: bool) -> str:
    """Every check passed; says which device was skipped, and that more run when it is graded."""
    passed = len({check.name for check in checks if check.outcome == "passed"})
    lines = [f"{shown('correct')}: {exercise.name} — {f'all {passed} checks' if passed > 1 else 'its one check'} passed."]
    lines += sorted({f"skipped: {check.message}" for check in checks if check.outcome == "skipped"})
    return _card(lines if graded else [*lines, "When it is graded, it may be tried on other inputs as well."])


def not_attempted(exercise: Exercise) -> str:
    """The stub is as it was handed out."""
    return _card([f"{shown('not_attempted')}: {exercise.name} — the stub is still as it was handed out.",
                  f"About {exercise.minutes} minutes. Replace the line that raises NotImplementedError, run the cell, then the check."])


def missing(exercise: Exercise) -> str:
    """There is no function of that name."""
    return _card([f"{shown('not_attempted')}: {exercise.name} — there is no function of that name.",
                  "Was it renamed, or its cell deleted? The name is how it is found."])


def forbidden(exercise: Exercise, names: list[str]) -> str:
    """Its text names what the exercise forbids."""
    return _card([f"✗ forbidden: {exercise.name} — {FORBIDDEN}", f"  used      {', '.join(names[:5])}", f"  look at   {exercise.look_at}"])


def cell_failed(exercise: Exercise, error: dict[str, Any]) -> str:
    """The cell that should define it does not run."""
    return _card([f"{shown('raised')}: {exercise.name} — its cell does not run, so there is no function to check.", *_error_lines(error)])


def ended(exercise: Exercise, prop: str, end: "Ended", last: "Call | None") -> str:
    """The process was ended, by itself or by a limit."""
    return _card([_failed_check(shown(end.outcome), exercise, prop), *_call_lines(last), f"  ended     {end.message}",
                  *_ending_hint(end.outcome)])


def failed(exercise: Exercise, prop: str, error: BaseException, learner: "Learner | None", found: Misconception | None) -> str:
    """A check failed. Without ``learner`` (a hidden check) only the property is told."""
    kind = type(error).__name__
    last = learner.last if learner else None
    if kind == "Ended":
        return ended(exercise, prop, error, last)  # type: ignore[arg-type]
    head = {"Mismatch": "wrong", "Raised": "raised", "Forbidden": "forbidden"}.get(kind, "wrong")
    lines = [f"{shown(head)}: {exercise.name} — {FORBIDDEN}" if head == "forbidden" else _failed_check(shown(head), exercise, prop)]
    if learner is None:
        return _card([*lines, "This check is hidden: its inputs are not shown.", f"  look at   {exercise.look_at}"])
    return _card([*lines, *_call_lines(last), *_what_came(error), *_advice(exercise, error, found), *_printed(last)])


def _failed_check(outcome: str, exercise: Exercise, prop: str) -> str:
    """The head. A property alone, such as "returns a tensor", would read as what is wrong."""
    return f"{outcome}: {exercise.name} — failed check: {prop}"


def _what_came(error: BaseException) -> list[str]:
    kind = type(error).__name__
    if kind == "Raised":
        return _error_lines(error.error)  # type: ignore[attr-defined]
    if kind == "Forbidden":
        return [f"  used      {', '.join(error.operations[:5])}"]  # type: ignore[attr-defined]
    expected, got, note = error.expected, error.got, error.note  # type: ignore[attr-defined]
    due, came = sides(expected, got)
    lines = [] if expected is None and got is None else [f"  expected  {due}", f"  got       {came}"]
    return lines if OBVIOUS.fullmatch(note) else [*lines, f"  so        {note}"]


def _error_lines(error: dict[str, Any]) -> list[str]:
    message = one_line(error["message"])
    lines = [f"  raised    {error['type']}: {message}" if message else f"  raised    {error['type']}"]
    if error["line"]:
        lines.append(f"  at        line {error['line']}: {error['source']}" if error["source"] else f"  at        line {error['line']}")
    if error["tensors"]:
        lines.append("  there     " + ", ".join(f"{name} is {form}" for name, form in error["tensors"].items()))
    if error["type"] == "NotImplementedError":
        lines.append("  so        a `raise NotImplementedError` of the stub is still there")
    return lines


def _call_lines(last: "Call | None") -> list[str]:
    if last is None:
        return []
    return [f"  call      {script_text(last.args[0]) if last.script else call_text(last.function, last.args, last.kwargs)}"]


def _printed(last: "Call | None") -> list[str]:
    output = str(last.report.get("output", "")).strip() if last else ""
    return [f"  printed   {one_line(output)[:80]}"] if output else []


def _advice(exercise: Exercise, error: BaseException, found: Misconception | None) -> list[str]:
    if found:
        return [f"  perhaps   {found.question}", f"  next      {found.next_step}"]
    return [f"  look at   {RAISES if getattr(error, 'expected', None) == 'ValueError' else exercise.look_at}"]


def _ending_hint(outcome: str) -> list[str]:
    hints = {"timeout": "  look at   a loop whose condition never becomes false, or one that runs over pixels",
             "out_of_memory": "  look at   the largest tensor that is built: does its size multiply two sizes that it shouldn't?"}
    return [hints[outcome]] if outcome in hints else []


def one_line(text: str) -> str:
    """The text without line breaks and control characters."""
    return "".join(character if character.isprintable() else " " for character in text).strip()


def _card(lines: list[str]) -> str:
    return "\n".join(one_line_kept_indent(line) for line in lines[:MAX_LINES])


def one_line_kept_indent(line: str) -> str:
    """One printable line of at most ``MAX_LINE`` characters; its indent stays."""
    indent = line[:len(line) - len(line.lstrip())]
    text = one_line(line)
    return indent + (text if len(text) <= MAX_LINE else text[:MAX_LINE - 1] + "…")
