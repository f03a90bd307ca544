"""What `atrous doctor` finds: each thing that the course needs or can use, and what to do where it is missing. Mends nothing."""

import os
import platform
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from rich.table import Table

from autograder import course


@dataclass(frozen=True)
class Finding:
    """One line: what was looked for, whether it is here, what was seen, and what to do about it."""

    what: str
    ok: bool
    seen: str
    remedy: str = ""
    optional: bool = False


def diagnose() -> list[Finding]:
    """Everything that the doctor looks at. Takes seconds: a sandbox is really started."""
    looks: tuple[Callable[[], Finding], ...] = (_python, _torch, _cuda, _jupyter, _nbgrader, _lessons, _sandbox)
    return [look() for look in looks]


def table(findings: list[Finding]) -> Table:
    """The findings for a terminal."""
    drawn = Table("what", "", "seen", "what to do")
    for finding in findings:
        state = "✓ here" if finding.ok else "○ missing, not needed" if finding.optional else "✗ missing"
        drawn.add_row(finding.what, state, finding.seen, finding.remedy)
    return drawn


def _python() -> Finding:
    return Finding("Python", sys.version_info >= (3, 11), f"{platform.python_version()} on {platform.system()}", "")


def _torch() -> Finding:
    try:
        import torch
    except Exception as error:  # a broken torch may raise anything
        return Finding("PyTorch", False, f"does not import: {error}"[:80], "pip install -c constraints.txt torch")
    return Finding("PyTorch", True, f"{torch.__version__}, {torch.get_num_threads()} threads")


def _cuda() -> Finding:
    import torch
    if torch.cuda.is_available():
        return Finding("CUDA", True, torch.cuda.get_device_name(), "nothing: notebooks use it, and --sandbox=process", optional=True)
    return Finding("CUDA", False, "no CUDA device", "nothing: checks run on the CPU", optional=True)


def _jupyter() -> Finding:
    return _package("JupyterLab", "jupyterlab")


def _nbgrader() -> Finding:
    return _package("nbgrader", "nbgrader")


def _package(what: str, name: str) -> Finding:
    try:
        return Finding(what, True, version(name))
    except PackageNotFoundError:
        return Finding(what, False, "not installed", f"pip install {name}")


def _lessons() -> Finding:
    missing = [lesson.name for lesson in course.lessons().values() if not lesson.notebook.is_file()]
    seen = f"{len(course.lessons()) - len(missing)} of {len(course.lessons())} in {course.lessons_folder()}"
    return Finding("lessons", not missing, seen, "atrous build" if missing else "")


def _sandbox() -> Finding:
    if not hasattr(os, "fork"):
        return Finding("sandbox", False, "needs Linux", "checking one's own work needs none", optional=True)
    from autograder.sandbox import why_not
    reason = why_not()
    seen = "bubblewrap works here" if not reason else f"no: {reason}"
    return Finding("sandbox", not reason, seen, "" if not reason or shutil.which("bwrap") else "apt-get install bubblewrap", optional=True)
