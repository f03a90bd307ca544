"""`check`: runs one exercise's visible checks on the function that is in the notebook now, and shows the card. Gives no grade."""

import ast
import contextlib
import io
import random
import threading
from collections.abc import Iterator

import torch
from IPython import get_ipython

from autograder import course
from autograder.config import Limits
from autograder.course import Exercise
from autograder.examination.attempt import Attempt
from autograder.examination.examine import Job, devices, examine
from autograder.feedback import outcomes
from autograder.languages import say, sentence
from autograder.learner_side.session import Session
from autograder.sandbox import DirectChannel
from autograder.verdicts import Evidence, ExerciseResult

from . import store
from .display import OneLine, show_block
from .finding import code_now, exercise_of, namespace_of, submission_of

#: Seconds for one call of the learner's function: as many as when it is graded.
CALL_SECONDS = Limits().call_seconds
NAMES = ("expected", "got")
BEFORE = sentence("Note: the cell that defines it was run again since, and is no valid Python. This is about the version before.")


class CheckFailed(OneLine, Exception):
    """An exercise is not correct yet. In a notebook it shows as one line below the card, which says the rest."""

    def __init__(self, result: ExerciseResult) -> None:
        where = say("The card above says how to start." if result.outcome == "not_attempted" else
                    "The card above says what was tried and what came.")
        super().__init__(f"{outcomes.shown(result.outcome)}: {result.name}. {where}")
        self.outcome = result.outcome


class Stopped(OneLine, KeyboardInterrupt):
    """The check was interrupted."""


def check(function: object) -> None:
    """Check an exercise: ``check(dilated_conv2d)`` below the cell that defines it. Shows a card and, where it helps, a picture.

    Raises ``CheckFailed`` unless every check passes, ``WrongType`` and ``WrongValue`` for what is no exercise.
    """
    exercise = exercise_of(function)
    try:
        result = examined(function, exercise)
    except KeyboardInterrupt:
        raise Stopped(say("The check was stopped. Nothing was recorded.")) from None
    store.record([result], exercise.lesson)
    show_block(result.message + (f"\n{say(BEFORE)}" if _is_from_before(function, exercise) else ""))
    if result.evidence:
        _picture(result.evidence)
    if result.outcome != "correct":
        raise CheckFailed(result)


def examined(function: object, exercise: Exercise) -> ExerciseResult:
    """The result of one exercise's visible checks, run in this process. What the checks touch on their way is put back."""
    namespace = namespace_of(function) | {exercise.name: function}
    attempt = Attempt(submission_of(function), lambda: DirectChannel(Session(namespace), CALL_SECONDS), load=False)
    results: list[ExerciseResult] = []
    job = Job(attempt, course.lessons()[exercise.lesson], lambda: DirectChannel(Session()), devices=devices(),
              exercises=(exercise.name,), done=results.extend)
    with _undisturbed(), contextlib.redirect_stderr(io.StringIO()):  # nbgrader takes anything on stderr for a failure
        examine([job], [exercise.lesson])
    return results[0]


def _is_from_before(function: object, exercise: Exercise) -> bool:
    # A cell with a syntax error defines nothing: the function is the one that an earlier run of it made.
    shell = get_ipython()
    if shell is None:
        return False
    try:
        ast.parse(shell.transform_cell(code_now(exercise.name, namespace_of(function))))
    except SyntaxError:
        return True
    return False


def _prepare() -> None:
    """Use a tensor without data once: torch then imports what it needs for that, about a second's worth."""
    x = torch.empty(1, 2, 2, device="meta")
    with contextlib.suppress(Exception):
        torch.stack([torch.einsum("nij,njk->nik", x, x)])


if getattr(get_ipython(), "kernel", None):  # in a notebook, do so while the learner reads, not at the first check
    threading.Thread(target=_prepare).start()  # no daemon: a thread inside torch must not be cut off when the kernel ends


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Put back the global switches and random states as they were: a check leaves no trace in a notebook.

    Meanwhile there is one thread: the tensors are tiny, and on a busy machine threads that wait for each other take ten times as long.
    """
    switches = torch.get_default_dtype(), torch.get_default_device(), torch.is_grad_enabled(), torch.get_num_threads()
    states = torch.get_rng_state(), random.getstate()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_default_dtype(switches[0])
        torch.set_default_device(None if switches[1].type == "cpu" else switches[1])
        torch.set_grad_enabled(switches[2])
        torch.set_num_threads(switches[3])
        torch.set_rng_state(states[0])
        random.setstate(states[1])


def _picture(evidence: Evidence) -> None:
    """Draw both sides and their difference. A picture that can't be drawn is left out: the card has said all of it."""
    with contextlib.suppress(Exception):
        from autograder.pictures import compare, compare_alt, show

        alt = compare_alt(evidence.expected, evidence.got, (say("expected"), say("got")))
        show(compare(evidence.expected, evidence.got, names=NAMES), alt=alt)
