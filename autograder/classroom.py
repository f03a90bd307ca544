"""What `atrous grade` shows: a progress bar, the gradebook as a table, and where everything lies."""

import os
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from autograder import config, course
from autograder.examination.examine import devices
from autograder.feedback.cards import one_line
from autograder.grading import Settings, grade_class
from autograder.grading.find import ClassFolder, find
from autograder.grading.store import report_path
from autograder.verdicts import ExerciseResult, Result

MAX_ROWS = 60
SYMBOLS = {"correct": "✓", "not_attempted": "○"}
UNTROUBLED: dict[tuple[str, ...], str] = {("correct",): "all correct", ("not_attempted",): "nothing attempted"}


def run(console: Console, folder: Path, out: Path, jobs: int | None, seed: int | None, device: str, sandbox: str,
        gradebook: str | None = None, scheduler: str | None = None) -> int:
    """Grade a class's folder and print its gradebook. Returns the exit code; raises with a sentence when it can't work.

    ``gradebook``: the URL of nbgrader's gradebook, which is filled as well.
    """
    if sandbox == "none":
        raise ValueError("other people's code is never run without a sandbox; use bubblewrap or process")
    found = find(folder)
    if not found.uploads:
        raise ValueError(f"{folder}: no submission in it; expected {folder}/<student>/<lesson>/<lesson>.ipynb (or .py)")
    if gradebook:  # what is wrong with it is told before an hour of grading, not after
        _prepare(gradebook, found)
    configured = config.load()
    out.mkdir(parents=True, exist_ok=True)
    settings = Settings(configured.seed if seed is None else seed, device, sandbox, configured.limits, out)
    if sandbox == "process":
        console.print("without a sandbox: submissions can read this user's files, use the network and start programs", style="yellow")
    elif device == "auto" and "cuda" in devices():
        console.print("CUDA can't be used inside bubblewrap: checks on it are skipped", style="yellow")
    results = _graded(console, found, settings, jobs or os.cpu_count() or 1, scheduler)
    _show(console, found, results, out)
    if gradebook:
        _fill(console, gradebook, found, results)
    return 1 if any(result.outcome == "crashed" for result in results) else 0


def _prepare(gradebook: str, found: ClassFolder) -> None:
    from autograder.integrations.gradebook import prepare_gradebook  # nbgrader takes seconds to import
    prepare_gradebook(gradebook, dict.fromkeys(upload.lesson for upload in found.uploads))


def _fill(console: Console, gradebook: str, found: ClassFolder, results: list[Result]) -> None:
    from autograder.integrations.gradebook import fill_gradebook
    folders = {(upload.student, upload.lesson): upload.path.parent for upload in found.uploads}
    fill_gradebook(results, gradebook, folders, lambda sentence: console.print(escape(shown(sentence, 200)), soft_wrap=True))
    console.print(f"nbgrader's gradebook has all {len(results)} results")


def _graded(console: Console, found: ClassFolder, settings: Settings, jobs: int, scheduler: str | None) -> list[Result]:
    columns = (TextColumn("grading"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("{task.fields[latest]}"))
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task("grading", total=len(found.uploads), latest="")
        return grade_class(found, settings, jobs,
                           lambda result: progress.update(bar, advance=1, latest=escape(shown(result.student, 30))), scheduler)


def _show(console: Console, found: ClassFolder, results: list[Result], out: Path) -> None:
    for lesson in {result.lesson: None for result in results}:
        console.print(_table(lesson, [result for result in results if result.lesson == lesson]))
    if len(results) > MAX_ROWS:
        console.print(f"The table shows the first {MAX_ROWS} of {len(results)}; all are in {out / 'grades.csv'}.")
    for result in [result for result in results if result.outcome == "graded" and result.message][:MAX_ROWS]:
        console.print(escape(shown(f"{result.student}, {result.lesson}: {result.message}", 200)), soft_wrap=True)
    for path in found.ignored[:5]:
        console.print(escape(f"ignored: {shown(str(path.relative_to(path.parents[1])), 80)} is the name of no lesson"))
    console.print(f"gradebook: {escape(str(out / 'grades.csv'))}    results: {escape(str(out / 'results'))}", soft_wrap=True)
    console.print(f"feedback for every student, as HTML: {escape(str(out / 'feedback'))}", soft_wrap=True)
    console.print(f"report on the class: {escape(str(report_path(out)))}", soft_wrap=True)


def _table(lesson: str, results: list[Result]) -> Table:
    table = Table(title=course.lesson(lesson).title, title_justify="left", caption_justify="left",
                  caption="✓ correct · ○ not attempted · a number: points of an exercise that is not correct yet")
    table.add_column("student")
    table.add_column("points", justify="right")
    for number in range(1, len(course.lesson(lesson).exercises) + 1):
        table.add_column(f"{number}", justify="right", header_style="dim")
    table.add_column("outcome")
    for result in results[:MAX_ROWS]:
        table.add_row(*_row(result))
    return table


def _row(result: Result) -> list[str]:
    cells = [_cell(entry) if result.outcome == "graded" else "" for entry in result.exercises]
    return [escape(shown(result.student, 24)), f"{result.score:g}/{result.max_score:g}", *cells, escape(_outcome(result))]


def _cell(entry: ExerciseResult) -> str:
    return SYMBOLS.get(entry.outcome, f"{entry.score:g}")


def _outcome(result: Result) -> str:
    if result.outcome != "graded":
        return shown(f"{result.outcome.replace('_', ' ')}: {result.message}", 60)
    wrong = [entry for entry in result.exercises if entry.outcome not in SYMBOLS]
    if not wrong:
        return UNTROUBLED.get(tuple({entry.outcome for entry in result.exercises}), "not all attempted")
    told = ", ".join(f"{entry.outcome.replace('_', ' ')}: {entry.name}" for entry in wrong[:2])
    return shown(told + (" …" if len(wrong) > 2 else ""), 70)


def shown(text: str, width: int) -> str:
    """Text from a student for a terminal: printable, one line, at most ``width`` characters."""
    plain = one_line(text.encode("utf-8", "replace").decode())
    return plain if len(plain) <= width else plain[:width - 1] + "…"
