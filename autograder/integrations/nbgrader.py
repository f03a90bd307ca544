"""nbgrader with Atrous's verdicts: its commands and its gradebook stay, its execution of notebooks goes. Runs no learner's code.

``nbgrader autograde`` asks our sandboxed grader for results and takes its points from them; whatever else a submission holds
(outputs, metadata, other files) is not read. ``nbgrader_config.py`` says which of these classes nbgrader is to use.
"""

import glob
import itertools
import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Enum, Integer

from autograder import build, config
from autograder.course import Lesson, lessons
from autograder.files import write_whole
from autograder.submission import Cell, Submission, Unreadable, absent, read
from autograder.verdicts import ExerciseResult, Result

from .gradebook import COURSE, course_cells, find_alembic, opened, save, zero

v4: Any = nbformat.v4
SECRET = "submission_secret.txt"
MAX_TEXT = 20_000
WHITE = "\n\t\N{NO-BREAK SPACE}\N{IDEOGRAPHIC SPACE}"


class SubmissionExporter(NotebookExporter):
    """Reads submissions for ``nbgrader autograde``: takes their source text, and the grader's verdict on it.

    nbgrader makes one of these for each command, after it looked for notebooks and before it grades the first: the only moment
    at which all submissions can be graded together, and those that nbgrader would pass over be put on its list.
    """

    parent: Any
    jobs = Integer(0, help="How many submissions are graded at once; 0: one a core.").tag(config=True)
    seed = Integer(None, allow_none=True, help="The seed of the graded checks; None: the one in atrous.toml.").tag(config=True)
    sandbox = Enum(("auto", "bubblewrap", "process"), "auto", help="As for `atrous grade --sandbox`.").tag(config=True)
    device = Enum(("auto", "cpu", "cuda"), "auto", help="As for `atrous grade --device`.").tag(config=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[no-untyped-call]
        try:
            self._begin()
        except ValueError as error:
            self.log.error("%s", error)
            raise NbGraderException(str(error)) from error

    def result(self, student: str) -> Result:
        """The grader's result for a student of this command. Waits for it."""
        while student not in self._results:
            if (result := next(self._graded, None)) is None:
                raise RuntimeError(f"the grader stopped before it came to {student!a}")
            self._results[result.student] = result
            if result.message:
                self.log.warning("%s: %s", result.student, _clean(result.message))
        return self._results[student]

    def from_filename(self, filename: str, resources: Any = None, **kwargs: Any) -> Any:
        """nbgrader calls this twice: first for the submitted file, of which only text is taken, then for what we made of it."""
        student = resources["nbgrader"]["student"]
        if Path(os.path.normpath(filename)).parent == self._folder(converted=True, student=student):
            return super().from_filename(filename, resources=resources, **kwargs)
        return self.from_notebook_node(self._notebook(student), resources=resources)  # type: ignore[no-untyped-call]

    def _begin(self) -> None:
        find_alembic()
        converter, course = self.parent, self.parent.coursedir
        _refuse_no_execute(converter.config)
        self._settings, self._lesson = config.load(Path(course.root)), _known_lesson(course.assignment_id)
        with opened(course.db_url) as gradebook:
            self._cells = course_cells(gradebook, self._lesson)
        converter.coursedir = _Submissions.like(course)
        self._hook, converter.pre_convert_hook = converter.pre_convert_hook, self._before
        self._files = self._find()
        self._results: dict[str, Result] = {}
        self._graded = self._start([student for student in self._files if self._is_due(student)])

    def _find(self) -> dict[str, Path | None]:
        """Every student's file; None where there is none. All go on nbgrader's list, which leaves out folders without a notebook."""
        converter, course = self.parent, self.parent.coursedir
        pattern = course.format_path(course.submitted_directory, course.student_id, course.assignment_id)
        folders = sorted(glob.glob(pattern))  # noqa: PTH207  as nbgrader does it: its paths are text that it parses again
        converter.assignments = {folder: [f"{folder}{os.sep}{self._lesson.name}.ipynb"] for folder in folders}
        return {self._student(notebook): _submitted(Path(notebook), self._lesson) for [notebook] in converter.assignments.values()}

    def _is_due(self, student: str) -> bool:
        """Whether nbgrader will come to this student. A submission that changed since it was graded is made new to it."""
        converter, done = self.parent, self._folder(converted=True, student=student)
        if student in converter.coursedir.student_id_exclude.split(","):
            return False
        if done.exists() and _digest_in(done / f"{self._lesson.name}.ipynb") != self._digest(student):
            self.log.warning("The submission of %s has changed since it was graded", student)
            shutil.rmtree(done)
        return converter.force or not done.exists()

    def _start(self, students: list[str]) -> Iterator[Result]:
        """Start to grade all of them. Without a sandbox a ``ValueError`` ends the command, not one submission after another."""
        files = [(student, self._lesson.name, path) for student in students if (path := self._files[student])]
        for student in students:
            if not self._files[student]:
                self._results[student] = _missing(student, self._lesson, self._folder(converted=False, student=student), self._seed)
        jobs = self.jobs or os.cpu_count() or 1
        return _graded(files, jobs=jobs, seed=self._seed, sandbox=self.sandbox, device=self.device) if files else iter(())

    def _before(self, assignment: str, student: str, notebooks: list[str]) -> None:
        """nbgrader's hook before each submission: no older score may outlive what goes wrong from here on."""
        course, learner = self.parent.coursedir, self._student(notebooks[0])
        with opened(course.db_url) as gradebook:
            zero(gradebook, self._lesson.name, learner)
        course.leave_files_of(Path(notebooks[0]).parent, self._folder(converted=True, student=learner))
        if self._hook:
            self._hook(assignment=assignment, student=student, notebooks=notebooks)

    def _notebook(self, student: str) -> Any:
        submission = self._read(student)
        cells = submission.cells if isinstance(submission, Submission) else ()
        notebook = v4.new_notebook(cells=_with_verdicts(cells, self._cells, self.result(student)), metadata=build.METADATA)
        notebook.metadata[COURSE] = {"digest": self._digest(student)}
        return notebook

    def _digest(self, student: str) -> str:
        """What a grade depends on: the submission's text and the time it was handed in."""
        submission = self._read(student)
        handed_in = self.parent.coursedir.get_existing_timestamp(self._folder(converted=False, student=student))
        return f"{submission.digest if isinstance(submission, Submission) else submission} {handed_in or ''}"

    def _read(self, student: str) -> Submission | str:
        """The submission, or a sentence why there is none."""
        if (path := self._files[student]) is None:
            return "there is no file"
        try:
            return read(path, self._lesson, self._settings.limits.submission_bytes)
        except Unreadable as error:
            return str(error)

    @property
    def _seed(self) -> int:
        return self._settings.seed if self.seed is None else self.seed

    def _student(self, notebook: str) -> str:
        return str(self.parent.init_single_notebook_resources(notebook)["nbgrader"]["student"])

    def _folder(self, *, converted: bool, student: str) -> Path:
        course = self.parent.coursedir
        step = course.autograded_directory if converted else course.submitted_directory
        return Path(os.path.normpath(course.format_path(step, student, course.assignment_id)))


class SaveVerdicts(NbGraderPreprocessor):  # type: ignore[misc]
    """In the place of nbgrader's SaveAutoGrades: writes the result's points, as they are, into the gradebook."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Save the result of this submission; the notebook is not looked at."""
        with opened(resources["nbgrader"]["db_url"]) as gradebook:
            save(gradebook, self.parent.result(resources["nbgrader"]["student"]))
        return nb, resources


class _Submissions(CourseDirectory):  # type: ignore[misc]
    """The course's folders as ``autograde`` sees them: of a submission's folder it uses the notebook, a timestamp and a secret."""

    @classmethod
    def like(cls, other: CourseDirectory) -> "_Submissions":
        return cls(parent=other.parent, **{name: getattr(other, name) for name in other.trait_names(config=True)})

    def leave_files_of(self, folder: Path, graded: Path) -> None:
        """Keep nbgrader from copying a submission's other files (links, pipes, films) beside the graded notebook."""
        self.ignore = [f"{glob.escape(str(folder))}{os.sep}{name}" for name in ("*", ".*")]
        if self.get_existing_timestamp(folder):
            graded.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(folder / "timestamp.txt", graded / "timestamp.txt")
        if secret := _secret(folder / SECRET):
            write_whole(graded / SECRET, secret)

    def get_existing_timestamp(self, dest_path: str | Path) -> Any:
        """As nbgrader's, but a timestamp that can't be read is none, and stops nobody's grading."""
        path = Path(dest_path, "timestamp.txt")
        if path.is_symlink() or not path.is_file():
            return None
        try:
            return super().get_existing_timestamp(str(dest_path))
        except (AttributeError, ValueError, OverflowError, OSError):
            self.log.warning("%s holds no timestamp", path)
            return None


def _secret(path: Path) -> str:
    """What ``nbgrader submit`` wrote into a submission, and its feedback is later fetched by; empty where there is no such thing."""
    if path.parent.is_symlink() or path.is_symlink() or not path.is_file():
        return ""
    with path.open("rb") as file:
        found = re.fullmatch(rb"[0-9a-f]{128}", file.read(129))
    return found[0].decode() if found else ""


def prepare(source: Path) -> None:
    """Bring nbgrader's source folder up to date: ``source/<lesson>/<lesson>.ipynb``, solutions included, for every lesson.

    Costs nothing when no source has changed. A lesson that can't be built leaves no notebook, so that no old one is handed out;
    raises ``ValueError`` for the first of them.
    """
    for each in lessons().values():
        written, target = build.source_file(each), source / each.name / f"{each.name}.ipynb"
        if written.is_file() and not (target.is_file() and target.stat().st_mtime_ns == written.stat().st_mtime_ns):
            _renew(each, target)
            os.utime(target, ns=(written.stat().st_atime_ns, written.stat().st_mtime_ns))


def _renew(each: Lesson, target: Path) -> None:
    target.unlink(missing_ok=True)
    write_whole(target, v4.writes(build.source_notebook(each)) + "\n")


def _refuse_no_execute(settings: Any) -> None:
    if settings.get("Execute", {}).get("enabled", True) is not True:
        raise ValueError("--no-execute would give points for what a notebook says of itself; this course never does: leave it out")


def _known_lesson(name: str) -> Lesson:
    if name not in lessons():
        raise ValueError(f"this course has no lesson {name!r}; nbgrader_config.py of this folder grades: {', '.join(lessons())}")
    return lessons()[name]


def _graded(files: list[tuple[str, str, Path]], **settings: Any) -> Iterator[Result]:
    """The grader's results as they come; the first is waited for."""
    from autograder.grading import grade_files
    from autograder.sandbox import NoSandbox

    results = iter(grade_files(files, **settings))
    try:
        return itertools.chain(list(itertools.islice(results, 1)), results)
    except NoSandbox as error:
        raise ValueError(str(error)) from error


def _submitted(notebook: Path, of: Lesson) -> Path | None:
    """The one file of a submission that counts: the notebook, or else a Python file. A link is what counts, and will be refused."""
    links = [path for path in (notebook.parent.parent, notebook.parent) if path.is_symlink()]
    named = [notebook.with_name(f"{stem}{suffix}") for suffix in (".ipynb", ".py") for stem in (of.name, of.folder)]
    return next((path for path in [*links, *named] if os.path.lexists(path)), None)


def _missing(student: str, of: Lesson, folder: Path, seed: int) -> Result:
    message = absent(folder / f"{of.name}.ipynb")
    exercises = tuple(ExerciseResult(name, "not_attempted", 0.0, entry.points, message=message) for name, entry in of.exercises.items())
    return Result(student, of.name, "unreadable", message, 0.0, of.points, (), seed, 0.0, exercises)


def _digest_in(graded: Path) -> str:
    """The digest of the submission that a graded notebook was made of; empty if it doesn't say."""
    try:
        return str(json.loads(graded.read_bytes())["metadata"][COURSE]["digest"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _with_verdicts(cells: Iterable[Cell], ours: dict[str, Any], result: Result) -> list[Any]:
    """A submission's text, each exercise followed by its check cell, which shows the verdict."""
    checks = {entry.name: _told(ours[build.CHECK + entry.name], _verdict(entry, result)) for entry in result.exercises}
    shown: list[Any] = []
    for cell in cells:
        metadata = ours[cell.exercise].metadata if cell.exercise else {}
        shown.append(v4.new_code_cell(_clean(cell.source), metadata=metadata))
        shown += [checks.pop(cell.exercise)] if cell.exercise else []
    return [_numbered(cell, number) for number, cell in enumerate([*shown, *checks.values()])]


def _told(cell: Any, text: str) -> Any:
    # Plain text on stdout: every page that shows it escapes it, and nbgrader reads no score in it.
    return v4.new_code_cell(cell.source, metadata=cell.metadata, outputs=[v4.new_output("stream", name="stdout", text=text)])


def _numbered(cell: Any, number: int) -> Any:
    cell.id = build.cell_id(cell.metadata.get("nbgrader", {}).get("grade_id"), number, cell.cell_type)
    return cell


def _verdict(exercise: ExerciseResult, result: Result) -> str:
    said = exercise.message or result.message or f"{exercise.name}: {exercise.outcome.replace('_', ' ')}."
    return _clean(f"{exercise.score:g} of {exercise.max_score:g} points\n{said}") + "\n"


def _clean(text: str) -> str:
    """Learners' text without what a terminal or a page might obey: control, direction and half characters."""
    kept = text if len(text) <= MAX_TEXT else text[:MAX_TEXT] + "\n… (the rest is not shown)"
    return "".join(letter for letter in kept if letter in WHITE or letter.isprintable())
