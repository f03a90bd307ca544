"""The report on a class, for the instructor: one HTML file that needs no other. Decides nothing; what learners wrote is no markup in it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import mean, median

from autograder import course
from autograder.course import Exercise
from autograder.verdicts import EXERCISE_OUTCOMES, ExerciseResult, Result

from .outcomes import symbol, words
from .page import MAX_NAME, one_line, template

BINS = 10
MAX_WHO = 25
MAX_HELP = 40
#: Who earns less than this share of the points that could be earned needs help first.
HELP_BELOW = 0.5
SLOWEST = 5


@dataclass(frozen=True)
class Bar:
    """One bar of a histogram: what it stands for, how many, and its height in percent of the highest."""

    label: str
    count: int
    height: float


@dataclass(frozen=True)
class Scores:
    """The scores of one lesson, or of all: how they spread, and the same in words."""

    title: str
    bars: list[Bar]
    summary: str


@dataclass(frozen=True)
class Success:
    """How one exercise went: how many ended in which way, and the share of its points that was earned."""

    lesson: str
    exercise: str
    counts: list[int]
    earned: int


@dataclass(frozen=True)
class Held:
    """One misconception: its question, in how many hand-ins it was named, and in whose."""

    exercise: str
    question: str
    count: int
    who: str


@dataclass(frozen=True)
class Row:
    """A student, and what is said of them."""

    student: str
    lesson: str
    said: str


def report(results: Sequence[Result]) -> str:
    """The page as HTML text. Raises ``ValueError`` where there is no result."""
    if not results:
        raise ValueError("there is no result to report on")
    return template("report.html").render(
        students=len({result.student for result in results}), submissions=len(results),
        scores=[_scores(*group) for group in _groups(results)],
        outcomes=[_shown(outcome) for outcome in _met(results)], successes=_successes(results), held=_held(results), help=_help(results),
        help_below=f"{HELP_BELOW:.0%}", max_help=MAX_HELP, ungraded=_ungraded(results), time=_time(results), slowest=_slowest(results))


def _groups(results: Sequence[Result]) -> list[tuple[str, list[Result]]]:
    """All results, then those of each lesson in the order of the course; a single lesson is not shown twice."""
    lessons = {name: [result for result in results if result.lesson == name] for name in _lessons(results)}
    whole = [("All lessons", list(results))] if len(lessons) > 1 else []
    return [*whole, *((_title(name), group) for name, group in lessons.items())]


def _lessons(results: Iterable[Result]) -> list[str]:
    there, known = {result.lesson for result in results}, list(course.lessons())
    return [*(name for name in known if name in there), *sorted(there.difference(known))]


def _title(lesson: str) -> str:
    found = course.lessons().get(lesson)
    return f"Lesson {found.number}: {found.title}" if found else one_line(lesson, MAX_NAME)


def _scores(title: str, results: Sequence[Result]) -> Scores:
    shares = [_share(result) for result in results]
    counts = Counter(min(int(share * BINS), BINS - 1) for share in shares)
    labels = [f"{100 * place // BINS} to {100 * (place + 1) // BINS} %" for place in range(BINS)]
    highest = max(counts.values())
    bars = [Bar(label, counts[place], 100 * counts[place] / highest) for place, label in enumerate(labels)]
    everything = sum(share == 1 for share in shares)
    return Scores(title, bars, f"{len(results)} hand-ins; median {median(shares):.0%} of the points, mean {mean(shares):.0%}; "
                               f"all points: {everything}, none: {sum(share == 0 for share in shares)}.")


def _share(result: Result) -> float:
    return min(max(result.score / result.max_score, 0.0), 1.0) if result.max_score > 0 else 0.0


def _met(results: Sequence[Result]) -> list[str]:
    """The outcomes of exercises that the class has met, in their usual order."""
    met = {entry.outcome for result in results for entry in result.exercises if result.outcome == "graded"}
    return [outcome for outcome in EXERCISE_OUTCOMES if outcome in met]


def _successes(results: Sequence[Result]) -> list[Success]:
    """Every exercise of the graded hand-ins, in the order of the course."""
    entries: defaultdict[tuple[str, str], list[ExerciseResult]] = defaultdict(list)
    for result in results:
        for entry in result.exercises if result.outcome == "graded" else ():
            entries[result.lesson, entry.name].append(entry)
    known = [(lesson.name, name) for lesson in course.lessons().values() for name in lesson.exercises]
    keys = [*(key for key in known if key in entries), *sorted(entries.keys() - set(known))]
    outcomes = _met(results)
    return [_success(*key, entries[key], outcomes) for key in keys]


def _success(lesson: str, exercise: str, entries: Sequence[ExerciseResult], outcomes: Sequence[str]) -> Success:
    counts = Counter(entry.outcome for entry in entries)
    possible = sum(entry.max_score for entry in entries)
    earned = round(100 * sum(entry.score for entry in entries) / possible) if possible else 0
    return Success(_title(lesson), one_line(exercise, MAX_NAME), [counts[outcome] for outcome in outcomes], earned)


def _held(results: Iterable[Result]) -> list[Held]:
    """The misconceptions of the class, the most frequent first."""
    who: defaultdict[tuple[str, str, str], list[str]] = defaultdict(list)
    for result in results:
        for entry in result.exercises:
            if entry.misconception:
                who[result.lesson, entry.name, entry.misconception].append(result.student)
    ordered = sorted(who.items(), key=lambda item: (-len(item[1]), item[0]))
    return [Held(one_line(key[1], MAX_NAME), _question(*key), len(names), _names(names)) for key, names in ordered]


def _question(lesson: str, exercise: str, misconception: str) -> str:
    found = course.lessons().get(lesson)
    row: Exercise | None = found.exercises.get(exercise) if found else None
    known = row.misconceptions.get(misconception) if row else None
    return known.question if known else one_line(misconception, MAX_NAME)


def _names(students: Sequence[str]) -> str:
    listed = ", ".join(one_line(student, MAX_NAME) for student in sorted(students)[:MAX_WHO])
    return listed + (f" and {len(students) - MAX_WHO} more" if len(students) > MAX_WHO else "")


def _help(results: Iterable[Result]) -> list[Row]:
    """Who earned less than ``HELP_BELOW`` of the points of their hand-ins, the least first."""
    by_student: defaultdict[str, list[Result]] = defaultdict(list)
    for result in results:
        by_student[result.student].append(result)
    shares = {student: _share_of_all(own) for student, own in by_student.items()}
    first = sorted((share, student) for student, share in shares.items() if share < HELP_BELOW)
    return [Row(one_line(student, MAX_NAME), f"{share:.0%}", "; ".join(map(_trouble, by_student[student]))) for share, student in first]


def _share_of_all(results: Sequence[Result]) -> float:
    possible = sum(result.max_score for result in results)
    return sum(result.score for result in results) / possible if possible else 0.0


def _trouble(result: Result) -> str:
    """What went wrong in one hand-in, in a few words."""
    name = one_line(result.lesson, MAX_NAME)
    if result.outcome != "graded":
        return f"{name}: {words(one_line(result.outcome, MAX_NAME))}"
    counts = Counter(one_line(entry.outcome, MAX_NAME) for entry in result.exercises if entry.outcome != "correct")
    told = ", ".join(f"{count} {words(outcome)}" for outcome, count in counts.most_common())
    return f"{name}: {told or 'all correct'}"


def _ungraded(results: Iterable[Result]) -> list[Row]:
    return [Row(one_line(result.student, MAX_NAME), one_line(result.lesson, MAX_NAME),
                f"{_shown(one_line(result.outcome, MAX_NAME))}: {one_line(result.message, 4 * MAX_NAME)}")
            for result in results if result.outcome != "graded"]


def _time(results: Sequence[Result]) -> str:
    seconds = [result.seconds for result in results]
    return (f"{sum(seconds):.1f} seconds for {len(seconds)} hand-ins, one after another; median {median(seconds):.2f} seconds. "
            f"At this rate 10,000 hand-ins take {10_000 * mean(seconds) / 3600:.1f} core-hours.")


def _slowest(results: Sequence[Result]) -> list[Row]:
    slowest = sorted(results, key=lambda result: -result.seconds)[:SLOWEST]
    return [Row(one_line(result.student, MAX_NAME), one_line(result.lesson, MAX_NAME), f"{result.seconds:.2f} s") for result in slowest]


def _shown(outcome: str) -> str:
    """As in the feedback, but always in English, like all of the report."""
    return f"{symbol(outcome)} {words(outcome)}"
