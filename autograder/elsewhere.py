"""What graders on other systems share: this package as a bundle of files, and one hand-in graded where it lies. Knows none of them."""

import io
import zipfile
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

from autograder import config, course
from autograder.feedback.cards import one_line
from autograder.grading import grade_files
from autograder.grading.find import Upload
from autograder.grading.worker import unreadable
from autograder.sandbox import why_not
from autograder.verdicts import Result

#: The libraries that grading needs; Jupyter, nbgrader and the widgets are left out, so that an image stays small.
NEEDED = ("torch", "numpy", "matplotlib", "hypothesis", "pytest", "ipython", "jinja2", "PyYAML", "pyseccomp")
#: Where pip finds builds of torch without CUDA.
CPU_BUILDS = "https://download.pytorch.org/whl/cpu"
FOLDER = "atrous"


def package_files() -> dict[str, bytes]:
    """This package, the lessons and, where there is one, ``atrous.toml``: contents by path, all under ``atrous/``."""
    package, lessons = course.PACKAGE, course.lessons().values()
    code = [path for path in sorted(package.rglob("*")) if path.is_file() and not {"__pycache__", "_lessons"} & set(path.parts)]
    files = {f"{FOLDER}/autograder/{path.relative_to(package).as_posix()}": path.read_bytes() for path in code}
    files |= {f"{FOLDER}/lessons/{lesson.folder}/{lesson.name}.ipynb": lesson.notebook.read_bytes() for lesson in lessons}
    settings = Path(config.FILE)
    return files | ({f"{FOLDER}/{config.FILE}": settings.read_bytes()} if settings.is_file() else {})


def requirements() -> str:
    """What pip has to install there, in the versions that are installed here."""
    return "".join(f"{name}=={version(name).partition('+')[0]}\n" for name in NEEDED)


def zipped(files: Mapping[str, str | bytes]) -> bytes:
    """The files as a zip, the same bytes for the same files; what begins with ``#!`` is executable."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in sorted(files.items()):
            data = content.encode() if isinstance(content, str) else content
            entry = zipfile.ZipInfo(name)
            entry.external_attr = (0o100755 if data.startswith(b"#!") else 0o100644) << 16
            archive.writestr(entry, data, zipfile.ZIP_DEFLATED)
    return file.getvalue()


def graded(folder: Path, lesson: str, student: str = "student") -> tuple[Result, str]:
    """The result of the hand-in that lies in ``folder``, and a note where it was graded without bubblewrap.

    Whatever happens there is a result: a fault of the grader itself is one as well.
    """
    upload = Upload(student, lesson, hand_in(folder, course.lesson(lesson)))
    sandbox = "process" if (reason := why_not()) else "bubblewrap"
    note = f"Graded without a sandbox of its own: {one_line(reason)}" if reason else ""
    seed = 0
    try:
        seed = config.load(course.PACKAGE.parent).seed
        return next(iter(grade_files([(student, lesson, upload.path)], seed=seed, sandbox=sandbox, device="cpu"))), note
    except Exception as fault:  # there, nobody reads a traceback; a result with the reason is what is shown
        return unreadable(upload, one_line(f"the grader failed: {fault!r:.300}"), seed, "crashed"), note


def hand_in(folder: Path, lesson: course.Lesson) -> Path:
    """The file that is meant: the one named after the lesson, otherwise the only notebook, otherwise the only Python file."""
    names = [f"{stem}{suffix}" for suffix in (".ipynb", ".py") for stem in (lesson.name, lesson.folder)]
    known = [folder / name for name in names if (folder / name).is_file()]
    only = [paths[0] for suffix in (".ipynb", ".py") if len(paths := sorted(folder.glob(f"*{suffix}"))) == 1]
    return next(iter([*known, *only]), folder / names[0])
