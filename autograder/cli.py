"""The command `atrous`: a thin face over the rooms of this package. Decides nothing; turns outcomes into exit codes and lines.

Exit codes: 0 all correct (check) or all graded (grade); 1 something is not; 2 the command could not do its work.
"""

import contextlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from autograder import course
from autograder.errors import Stopped
from autograder.languages import language, say

if TYPE_CHECKING:
    from rich.console import Console

    from autograder.verdicts import Result

T = TypeVar("T")

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False,
                  help="A course on dilated convolution and its neighbours, and the autograder under it.")

Sandbox = Annotated[str, typer.Option(help="auto, bubblewrap, process or none.")]
Device = Annotated[str, typer.Option(help="auto, cpu or cuda.")]
Seed = Annotated[int | None, typer.Option(help="Decides the random inputs; default: the course's atrous.toml, otherwise 0.")]


class CannotWork(Exception):
    """The command can't do its work. The text is one line: why, and what to do."""


def main() -> None:
    """The entry point: runs a command and turns what it raises into one line and an exit code."""
    try:
        _work(language)  # before anything is said in it
        app()
    except CannotWork as reason:
        print(f"atrous: {reason}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print(f"atrous: {_stopped()}", file=sys.stderr)
        sys.exit(2)


@app.command()
def doctor() -> None:
    """Say what is here (torch, CUDA, bubblewrap, Jupyter), and what to do about what is not."""
    from autograder.doctor import diagnose, table
    findings = diagnose()
    _console().print(table(findings))
    raise typer.Exit(0 if all(finding.ok or finding.optional for finding in findings) else 1)


@app.command()
def lab(lesson: Annotated[str, typer.Argument(help="The lesson to open.")] = "dilated_convolution",
        folder: Annotated[Path, typer.Option(help="Your own folder.")] = Path("my_lessons"),
        browser: Annotated[bool, typer.Option(help="Open a browser.")] = True) -> None:
    """Copy the lessons into your own folder, never over anything there, and open JupyterLab."""
    from autograder.lab import copied, open_lab
    chosen = _lesson(lesson)
    open_lab(folder, copied(folder)[chosen.name], browser)


@app.command()
def check(file: Path, lesson: Annotated[str | None, typer.Option(help="The file's lesson; default: by its name.")] = None,
          exercise: Annotated[str | None, typer.Option(help="Only this exercise.")] = None,
          json: Annotated[Path | None, typer.Option(help="Write the result to this file.")] = None,
          seed: Seed = None, device: Device = "auto", sandbox: Sandbox = "auto") -> None:
    """Check one notebook or Python file, and say what is right and what is not yet."""
    from autograder.checking import checker, lines

    def checked() -> "Result":
        with checker(file, _lesson_of(file, lesson), exercise, seed, device, sandbox) as check_now:
            return check_now()

    result = _work(checked)
    if json:
        _work(lambda: json.write_text(result.to_json(), encoding="utf-8"))
    _console().print(lines(result), highlight=False, markup=False, soft_wrap=True)
    if result.outcome != "graded":
        raise CannotWork(f"{file}: {result.message}")
    raise typer.Exit(0 if all(entry.outcome == "correct" for entry in result.exercises) else 1)


@app.command()
def watch(file: Path, lesson: Annotated[str | None, typer.Option(help="The file's lesson; default: by its name.")] = None,
          exercise: Annotated[str | None, typer.Option(help="Only this exercise.")] = None,
          device: Device = "auto", sandbox: Sandbox = "auto") -> None:
    """Check a notebook or Python file at every save, show what is new, and record progress. Ctrl-C ends it."""
    from autograder import watching
    from autograder.checking import checker
    chosen, console = _lesson_of(file, lesson), _console()

    def watched() -> None:
        with contextlib.suppress(KeyboardInterrupt), checker(file, chosen, exercise, None, device, sandbox) as checked:
            watching.watch(file, chosen, checked, lambda text: console.print(text, highlight=False, markup=False, soft_wrap=True))

    _work(watched)


@app.command()
def status(folder: Annotated[Path | None, typer.Argument(help="Your own folder; default: this one, or my_lessons in it.")] = None) -> None:
    """Show your progress: done, next, minutes left."""
    from autograder.notebook import overview, store
    own = Path("my_lessons")
    place = folder or (own if own.is_dir() and not (store.folder() / store.FILE).exists() else Path())
    if not place.is_dir():
        raise CannotWork(say("{place}: there is no such folder; `atrous lab` makes one", place=place))
    _console().print(overview.text(overview.rows(place)), highlight=False, markup=False, soft_wrap=True)


@app.command()
def grade(folder: Annotated[Path, typer.Argument(metavar="DIR", help="DIR/<student>/<lesson>/<lesson>.ipynb (or .py)")],
          out: Annotated[Path, typer.Option(help="Where results, feedback and grades.csv go.")] = Path("out"),
          jobs: Annotated[int | None, typer.Option(min=1, help="Processes; default: one for each core.")] = None,
          scheduler: Annotated[str | None, typer.Option(metavar="ADDRESS", help="Grade on this Dask cluster: tcp://host:8786.")] = None,
          seed: Seed = None, device: Device = "auto", sandbox: Sandbox = "auto") -> None:
    """Grade a class in the sandbox: gradebook, results and feedback. Run again, it goes on where it was."""
    from autograder.classroom import run
    raise typer.Exit(_work(lambda: run(_console(), folder, out, jobs, seed, device, sandbox, scheduler)))


@app.command()
def report(out: Annotated[Path, typer.Argument(metavar="OUT", help="What `atrous grade` wrote.")] = Path("out")) -> None:
    """Write the report on a class again, from its results."""
    from autograder.feedback.report import report as page
    from autograder.files import write_whole
    from autograder.grading.store import all_results, report_path
    results, broken = _work(lambda: all_results(out))
    _work(lambda: write_whole(report_path(out), page(results)))
    for path in broken:
        typer.echo(f"left out, because it is no result: {path}", err=True)
    typer.echo(f"report on the class: {report_path(out)}")
    raise typer.Exit(1 if broken else 0)


@app.command()
def export(kind: Annotated[str, typer.Argument(metavar="FORMAT", help="junit, canvas, moodle, gradescope, prairielearn or classroom50.")],
           out: Annotated[Path, typer.Argument(metavar="OUT", help="What `atrous grade` wrote.")] = Path("out"),
           lesson: Annotated[str | None, typer.Option(help="The lesson; needed where OUT has several.")] = None,
           into: Annotated[Path | None, typer.Option(help="Canvas' exported gradebook, or Moodle's grading worksheet.")] = None) -> None:
    """Write a graded class, or a lesson's grader, in another system's format, into OUT."""
    from autograder.exporting import export as write
    for line in _work(lambda: write(kind, out, _lesson(lesson).name if lesson else None, into)):
        typer.echo(line)


@app.command()
def build(check: Annotated[bool, typer.Option("--check", help="Only say whether lessons/ is what solutions/ builds.")] = False) -> None:
    """Build lessons/ from solutions/."""
    from autograder import build as building
    if not check:
        for path in _work(lambda: [building.build(lesson) for lesson in course.lessons().values()]):
            typer.echo(f"built {path}")
        return
    found = _work(building.differences)
    for difference in found:
        typer.echo(difference)
    raise typer.Exit(1 if found else 0)


@app.command()
def lint() -> None:
    """Check the course both ways: stubs, solutions, misconceptions, texts, notebooks."""
    from autograder.lint import complaints
    count = 0
    for complaint in _work(lambda: complaints(typer.echo)):
        count += 1
        typer.echo(f"✗ {complaint}")
    typer.echo(f"{count} complaints" if count else "✓ the course is in step")
    raise typer.Exit(1 if count else 0)


def _stopped() -> str:
    return say("stopped; what is finished is kept, the same command goes on from there")


def _console() -> "Console":
    from rich.console import Console
    return Console()


def _lesson(name: str) -> course.Lesson:
    return _work(lambda: course.lesson(name))


def _lesson_of(file: Path, lesson: str | None) -> course.Lesson:
    """The lesson that was named, or the one that the file or its folder is named after."""
    if lesson:
        return _lesson(lesson)
    for name in (file.stem, file.resolve().parent.name):
        try:
            return course.lesson(name)
        except ValueError:
            continue
    raise CannotWork(say("{file}: which lesson is it? Say --lesson and one of: {lessons}", file=file, lessons=", ".join(course.lessons())))


def _work(action: Callable[[], T]) -> T:
    """Do it; what can go wrong with files, settings and sandboxes becomes one line."""
    try:
        return action()
    except KeyboardInterrupt:  # here, since typer would end the command with a word of its own
        raise CannotWork(_stopped()) from None
    except Stopped as reason:
        raise CannotWork(str(reason)) from None
    except (ValueError, UnicodeError) as error:
        raise CannotWork(" ".join(str(error).split())) from None
    except OSError as error:
        raise CannotWork(f"{error.filename or 'a file'}: {error.strerror or error}") from None
