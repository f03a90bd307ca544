"""Every right and wrong answer that the course knows, checked on every device there is: a table of exercise × device × dtype.

Prints a Markdown table; exit code 1 when a right answer is rejected or a wrong one accepted. Says nothing of the sandbox.
"""

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from autograder import course
from autograder.course import Exercise, Lesson
from autograder.examination.attempt import Attempt
from autograder.examination.examine import Job, devices, examine
from autograder.feedback.diagnosis import implementations
from autograder.learner_side.session import Session
from autograder.sandbox import DirectChannel
from autograder.sandbox.channel import CallBack
from autograder.submission import Submission
from autograder.verdicts import ExerciseResult

#: What a call brings along.
KINDS = ("float32", "float64", "no tensor")


@dataclass
class Tally:
    """What happened to one exercise's answers. ``calls`` counts the calls to right answers by device and dtype of their tensors."""

    rejected: list[str] = field(default_factory=list)
    accepted: list[str] = field(default_factory=list)
    right: int = 0
    wrong: int = 0
    only: Counter[str] = field(default_factory=Counter)
    calls: Counter[tuple[str, str]] = field(default_factory=Counter)


class Counted(DirectChannel):
    """A channel that counts the calls it carries, by device and dtype."""

    def __init__(self, session: Session, calls: Counter[tuple[str, str]]) -> None:
        super().__init__(session)
        self.calls = calls

    def request(self, message: dict[str, Any], call_back: CallBack | None = None) -> dict[str, Any]:
        """Count the message, and answer it."""
        if message["kind"] == "call":
            for kind in _dtypes([*message["args"], *message["kwargs"].values()]) or {"no tensor"}:
                self.calls[message["watch"].get("device", "cpu"), kind] += 1
        return super().request(message, call_back)


def main() -> int:
    """Examine all answers and print the table."""
    torch.set_num_threads(1)
    here = devices()
    print(f"torch {torch.__version__}, Python {sys.version.split()[0]}, devices: {', '.join(map(_device_name, here))}\n")
    where = (*here, "meta")
    columns = [f"{device} {kind}" for device in where for kind in KINDS]
    _print_row(["exercise", "right accepted", "wrong rejected", *(f"of them only on {device}" for device in here[1:]), *columns])
    _print_row(["---", *["---:"] * (len(columns) + len(here) + 1)])
    faults = [fault for lesson in course.lessons().values() for fault in _lesson(lesson, here, where)]
    print("", *(faults or ["Every right answer was accepted, every wrong one rejected."]), sep="\n")
    return 1 if faults else 0


def _lesson(lesson: Lesson, here: tuple[str, ...], where: tuple[str, ...]) -> Iterator[str]:
    for row in lesson.exercises.values():
        tally = _tally(lesson, row, here)
        _print_row([row.name, f"{tally.right - len(tally.rejected)}/{tally.right}", f"{tally.wrong - len(tally.accepted)}/{tally.wrong}",
                    *(str(tally.only[device]) for device in here[1:]), *(str(tally.calls[at, kind]) for at in where for kind in KINDS)])
        yield from (f"{row.name}: {name} is right and was rejected" for name in tally.rejected)
        yield from (f"{row.name}: {name} is wrong and was accepted" for name in tally.accepted)


def _tally(lesson: Lesson, row: Exercise, here: tuple[str, ...]) -> Tally:
    tally = Tally()

    def right(name: str, result: ExerciseResult) -> None:
        tally.right += 1
        tally.rejected += [name] * (result.outcome != "correct")

    def wrong(name: str, result: ExerciseResult) -> None:
        tally.wrong += 1
        tally.accepted += [name] * (result.outcome == "correct")
        tally.only.update(check.device for check in result.checks if check.outcome == "failed")

    jobs = [_job(lesson, row, here, tally.calls if told is right else Counter(), name, function, told)
            for file, told in (("variants", right), ("misconceptions", wrong))
            for name, function in implementations(lesson.name, row.name, file).items()]
    examine(jobs, [lesson.name])
    return tally


def _job(lesson: Lesson, row: Exercise, here: tuple[str, ...], calls: Counter[tuple[str, str]], name: str, function: Any,
         told: Callable[[str, ExerciseResult], None]) -> Job:
    attempt = Attempt(Submission(()), lambda: Counted(Session({row.name: function}), calls), load=False)
    return Job(attempt, lesson, lambda: DirectChannel(Session()), graded=True, devices=here, exercises=(row.name,),
               done=lambda results: told(name, results[0]))


def _dtypes(value: Any) -> set[str]:
    """The dtypes of all tensors of floats in an argument."""
    match value:
        case Tensor():
            return {str(value.dtype).removeprefix("torch.")} if value.dtype.is_floating_point else set()
        case dict():
            return _dtypes(list(value.values()))
        case list() | tuple():
            return {kind for part in value for kind in _dtypes(part)}
    return set()


def _device_name(device: str) -> str:
    return f"cuda ({torch.cuda.get_device_name()})" if device == "cuda" else device


def _print_row(cells: list[str]) -> None:
    print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
