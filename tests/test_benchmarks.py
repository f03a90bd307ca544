"""The benchmark's parts work: what they print can be measured. No time is judged here."""

from autograder.course import Lesson
from autograder.examination.stage import implementations
from autograder.learner_side.wire import Function
from benchmarks.bare import bare_seconds, recorded

from .conftest import EXAMPLE_CLASS


def test_the_bare_calls_of_a_submission_are_those_of_its_checks(lesson: Lesson) -> None:
    submission, calls = recorded(EXAMPLE_CLASS / "ada" / lesson.name / f"{lesson.name}.ipynb", lesson)
    assert {call["function"] for call in calls} == set(lesson.exercises)
    lent = [value for call in calls for value in call["args"] if isinstance(value, Function)]
    assert lent and all(f"def {value.of}(" in "".join(implementations(lesson.name).values()) for value in lent)
    assert min(bare_seconds(submission, calls, lesson)) > 0
