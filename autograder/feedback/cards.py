"""The text of a card: what was checked, on which input, what was due, what came, what that usually means, where to look.

At most eight lines, plain text, about the tensor and never about the person. Indented lines begin with a label of ten columns.
Its sentences are put into the learner's language here; what the checks say comes in it already.
"""

from typing import TYPE_CHECKING, Any

from rich.cells import cell_len

from autograder.course import Exercise, Misconception
from autograder.languages import say, sentence
from autograder.verdicts import CheckResult

from .outcomes import shown
from .words import call_text, script_text, sides

if TYPE_CHECKING:
    from autograder.examination.learner import Call, Learner
    from autograder.sandbox import Ended

MAX_LINES = 8
MAX_LINE = 240
#: Columns of a label with the gap after it.
LABEL = 10
FORBIDDEN = sentence("an operation is used that this exercise does without")
#: Notes that only say again what expected and got show.
OBVIOUS = ("the value differs", "the shape differs", "the dtype differs", "no error is raised")
#: Where to look when the process was ended by a limit.
ENDINGS = {"timeout": sentence("a loop whose condition never becomes false, or one that runs over pixels"),
           "out_of_memory": sentence("the largest tensor that is built: does its size multiply two sizes that it shouldn't?")}
#: Where to look when an error is due that the text of a lesson doesn't speak of.
RAISES = sentence("the docstring: under Raises it says when which error is due")


def correct(exercise: Exercise, checks: tuple[CheckResult, ...], graded: bool) -> str:
    """Every check passed; says which device was skipped, and that more run when it is graded."""
    passed = len({check.name for check in checks if check.outcome == "passed"})
    lines = [_head("correct", exercise, say("all {count} checks passed.", count=passed) if passed > 1 else say("its one check passed."))]
    lines += sorted({say("skipped: {why}", why=check.message) for check in checks if check.outcome == "skipped"})
    return _card(lines if graded else [*lines, say("When it is graded, it may be tried on other inputs as well.")])


def not_attempted(exercise: Exercise) -> str:
    """The stub is as it was handed out."""
    todo = say("About {minutes} minutes. Replace the line that raises NotImplementedError, run the cell, then the check.",
               minutes=exercise.minutes)
    return _card([_head("not_attempted", exercise, say("the stub is still as it was handed out.")), todo])


def missing(exercise: Exercise) -> str:
    """There is no function of that name."""
    return _card([_head("not_attempted", exercise, say("there is no function of that name.")),
                  say("Was it renamed, or its cell deleted? The name is how it is found.")])


def forbidden(exercise: Exercise, names: list[str]) -> str:
    """Its text names what the exercise forbids."""
    return _card([_head("forbidden", exercise, say(FORBIDDEN)), labelled(say("used"), ", ".join(names[:5])), _look_at(exercise.look_at)])


def cell_failed(exercise: Exercise, error: dict[str, Any]) -> str:
    """The cell that should define it does not run."""
    return _card([_head("raised", exercise, say("its cell does not run, so there is no function to check.")), *_error_lines(error)])


def ended(exercise: Exercise, prop: str, end: "Ended", last: "Call | None") -> str:
    """The process was ended, by itself or by a limit."""
    return _card([_failed_check(end.outcome, exercise, prop), *_call_lines(last), labelled(say("ended"), end.message),
                  *_ending_hint(end.outcome)])


def failed(exercise: Exercise, prop: str, error: BaseException, learner: "Learner | None", found: Misconception | None) -> str:
    """A check failed. Without ``learner`` (a hidden check) only the property is told."""
    kind = type(error).__name__
    last = learner.last if learner else None
    if kind == "Ended":
        return ended(exercise, prop, error, last)  # type: ignore[arg-type]
    head = {"Mismatch": "wrong", "Raised": "raised", "Forbidden": "forbidden"}.get(kind, "wrong")
    lines = [_head(head, exercise, say(FORBIDDEN)) if head == "forbidden" else _failed_check(head, exercise, prop)]
    if learner is None:
        return _card([*lines, say("This check is hidden: its inputs are not shown."), _look_at(exercise.look_at)])
    return _card([*lines, *_call_lines(last), *_what_came(error), *_advice(exercise, error, found), *_printed(last)])


def labelled(label: str, text: str) -> str:
    """An indented line: the label, filled up to ``LABEL`` columns as a terminal shows them, and its text."""
    return f"  {label}{' ' * max(1, LABEL - cell_len(label))}{text}"


def _head(outcome: str, exercise: Exercise, text: str) -> str:
    return f"{shown(outcome)}: {exercise.name} — {text}"


def _failed_check(outcome: str, exercise: Exercise, prop: str) -> str:
    """The head. A property alone, such as "returns a tensor", would read as what is wrong."""
    return _head(outcome, exercise, say("failed check: {property}", property=say(prop)))


def _look_at(place: str) -> str:
    return labelled(say("look at"), say(place))


def _what_came(error: BaseException) -> list[str]:
    kind = type(error).__name__
    if kind == "Raised":
        return _error_lines(error.error)  # type: ignore[attr-defined]
    if kind == "Forbidden":
        return [labelled(say("used"), ", ".join(error.operations[:5]))]  # type: ignore[attr-defined]
    expected, got, note = error.expected, error.got, error.note  # type: ignore[attr-defined]
    due, came = sides(expected, got)
    lines = [] if expected is None and got is None else [labelled(say("expected"), due), labelled(say("got"), came)]
    return lines if note in ("", *map(say, OBVIOUS)) else [*lines, labelled(say("so"), note)]


def _error_lines(error: dict[str, Any]) -> list[str]:
    message = one_line(error["message"])
    lines = [labelled(say("raised"), f"{error['type']}: {message}" if message else error["type"])]
    if error["line"]:
        lines.append(labelled(say("at"), line_text(error["line"], error["source"])))
    if error["tensors"]:
        there = ", ".join(say("{name} is {form}", name=name, form=form) for name, form in error["tensors"].items())
        lines.append(labelled(say("there"), there))
    if error["type"] == "NotImplementedError":
        lines.append(labelled(say("so"), say("a `raise NotImplementedError` of the stub is still there")))
    return lines


def line_text(number: int, source: str) -> str:
    """A line of the learner's code by its number and, where it is known, its text."""
    return say("line {number}: {source}", number=number, source=source) if source else say("line {number}", number=number)


def _call_lines(last: "Call | None") -> list[str]:
    if last is None:
        return []
    return [labelled(say("call"), script_text(last.args[0]) if last.script else call_text(last.function, last.args, last.kwargs))]


def _printed(last: "Call | None") -> list[str]:
    output = str(last.report.get("output", "")).strip() if last else ""
    return [labelled(say("printed"), one_line(output)[:80])] if output else []


def _advice(exercise: Exercise, error: BaseException, found: Misconception | None) -> list[str]:
    if found:
        return [labelled(say("perhaps"), say(found.question)), labelled(say("next"), say(found.next_step))]
    return [_look_at(RAISES if getattr(error, "expected", None) == "ValueError" else exercise.look_at)]


def _ending_hint(outcome: str) -> list[str]:
    return [_look_at(ENDINGS[outcome])] if outcome in ENDINGS else []


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
