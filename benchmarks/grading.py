"""What a graded submission costs: `atrous grade` against stock `nbgrader autograde` and against the bare calls, as ratios of medians.

Prints; asserts nothing. Every figure is taken in this one run, on this machine, on one core.
"""

import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

from autograder import build, course
from autograder.grading.find import Upload
from autograder.grading.worker import Settings, Worker

from .bare import bare_seconds, recorded

ROOT = Path(__file__).parents[1]
STUDENTS = ("ada", "blaise", "carl", "dorothy", "maryam", "emmy")
ROUNDS = 5
LESSON = course.lesson("dilated_convolution")


@dataclass(frozen=True)
class Cost:
    """Seconds for one submission."""

    wall: float
    cpu: float


def main() -> None:
    """Measure the three, and print their ratios."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # one core, for everything that follows
    torch.set_num_threads(1)
    ours, bare = _ours(), _bare()
    whole, stock = _command(), _nbgrader()
    print(f"{LESSON.title}: {len(STUDENTS)} submissions, one core, median of {ROUNDS} rounds; seconds a submission")
    print(f"{'':44}{'wall':>9}{'CPU':>9}")
    for name, cost in (("bare calls, torch imported", bare), ("atrous, warm worker", ours), ("atrous grade, whole command", whole),
                       ("nbgrader autograde, stock", stock)):
        print(f"{name:44}{cost.wall:9.4f}{cost.cpu:9.4f}")
    print(f"atrous, warm, over bare calls: wall {ours.wall / bare.wall:.1f}, CPU {ours.cpu / bare.cpu:.1f}")
    print(f"nbgrader over atrous, warm: wall {stock.wall / ours.wall:.0f}, CPU {stock.cpu / ours.cpu:.0f}")
    print(f"nbgrader over atrous, whole command with its start: wall {stock.wall / whole.wall:.1f}, CPU {stock.cpu / whole.cpu:.1f}")


def _path(student: str) -> Path:
    return ROOT / "data" / "example_class" / student / LESSON.name / f"{LESSON.name}.ipynb"


def _median(measure: Callable[[], Cost]) -> Cost:
    costs = [measure() for _ in range(ROUNDS)]
    return Cost(statistics.median(cost.wall for cost in costs), statistics.median(cost.cpu for cost in costs))


def _ours() -> Cost:
    worker = Worker(Settings(sandbox="bubblewrap"))
    uploads = [Upload(student, LESSON.name, _path(student)) for student in STUDENTS]
    for upload in uploads:
        worker.grade(upload)
    cost = _median(lambda: _graded(worker, uploads))
    worker.close()
    return cost


def _graded(worker: Worker, uploads: list[Upload]) -> Cost:
    """CPU seconds: this process, and those of the forks, which the warm process reports as each of them ends."""
    wall, cpu, forks = time.perf_counter(), time.process_time(), worker.fork_seconds()
    for upload in uploads:
        worker.grade(upload)
    used = time.process_time() - cpu + worker.fork_seconds() - forks
    return Cost((time.perf_counter() - wall) / len(uploads), used / len(uploads))


def _bare() -> Cost:
    work = [recorded(_path(student), LESSON) for student in STUDENTS]

    def once() -> Cost:
        seconds = [bare_seconds(submission, calls, LESSON) for submission, calls in work]
        return Cost(sum(wall for wall, _ in seconds) / len(work), sum(cpu for _, cpu in seconds) / len(work))

    once()
    return _median(once)


def _command() -> Cost:
    """The whole command on twenty copies of each submission, its start included."""
    with tempfile.TemporaryDirectory() as folder:
        copies = 20
        for student in STUDENTS:
            for number in range(copies):
                shutil.copytree(_path(student).parents[1], Path(folder) / "class" / f"{student}{number}")
        words = [sys.executable, "-m", "autograder", "grade", f"{folder}/class", "--out", f"{folder}/out", "--jobs", "1"]
        return _timed(words, ROOT, copies * len(STUDENTS))


def _nbgrader() -> Cost:
    """Stock `nbgrader autograde` on the same submissions, its start shared between them."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = folder / "source" / LESSON.name / f"{LESSON.name}.ipynb"
        source.parent.mkdir(parents=True)
        _write_source(source)
        (folder / "nbgrader_config.py").write_text("c = get_config()\nc.Execute.timeout = 120\n")
        for student in STUDENTS:
            shutil.copytree(_path(student).parent, folder / "submitted" / student / LESSON.name)
        _timed([sys.executable, "-m", "nbgrader", "generate_assignment", LESSON.name], folder, 1)
        return _timed([sys.executable, "-m", "nbgrader", "autograde", LESSON.name], folder, len(STUDENTS))


def _write_source(path: Path) -> None:
    import nbformat
    nbformat.write(build.source_notebook(LESSON), path)


def _timed(words: list[str], folder: Path, submissions: int) -> Cost:
    before, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(words)} failed:\n{done.stderr[-2000:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost((time.perf_counter() - wall) / submissions, cpu / submissions)


if __name__ == "__main__":
    main()
