"""Nothing is lost: killed at any instant, with a full disk, a read-only folder, or beside another run, the same command goes on.

Most runs here take place in a fork of a process that has everything imported, and grade broken notebooks: what counts is what is written,
and when. Killed and interrupted are real commands with real submissions too.
"""

import contextlib
import ctypes
import multiprocessing
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

import psutil
import pytest

from autograder import course
from autograder.errors import Stopped
from autograder.grading import Settings, batch, grade_class, store, worker
from autograder.grading.find import find
from autograder.learner_side import isolation

from .conftest import EXAMPLE_CLASS

LESSON = "dilated_convolution"
KILLED = 9
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="its faults are made with Linux' means")


@pytest.fixture(scope="module")
def forks() -> Any:
    """Forks of a process with one thread, in which this file is imported."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return context


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A class of three, each with half a notebook."""
    return _class(tmp_path / "class", 3)


def _class(folder: Path, students: int) -> Path:
    for number in range(students):
        path = folder / f"student{number}" / LESSON / f"{LESSON}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(f'{{"cells": [{number}')
    return folder


class Inline(Executor):
    """Does in this process, at once, what it is asked for."""

    def __init__(self, jobs: int, context: object, set_up: Callable[..., None], settings: tuple[Settings]) -> None:
        worker._settings = settings[0]

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(function(*args, **kwargs))
        except Stopped as stopped:
            future.set_exception(stopped)
        return future


def _grade(folder: Path, out: Path) -> None:
    """Grade a class in this process; each grading leaves a line in ``<out>.log``."""
    batch.ProcessPoolExecutor = Inline  # type: ignore[assignment,misc]
    worker._worker.cache_clear()
    explicit_0 = worker.unreadable

    def counted(upload: Any, *rest: Any) -> Any:
        with out.with_suffix(".log").open("a") as log:
            log.write(f"{upload.student}\n")
        return explicit_0(upload, *rest)

    worker.unreadable = counted
    try:
        grade_class(find(folder), Settings(sandbox="none", out=out), 1, lambda result: None)
    finally:
        worker.unreadable = explicit_0


def _in_fork(forks: Any, function: Callable[..., None], *args: Any) -> int:
    process = forks.Process(target=function, args=args)
    process.start()
    process.join()
    return int(process.exitcode)


def _files(out: Path) -> dict[str, bytes]:
    return {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*") if path.is_file() and not path.match(store.TEMPORARY)}


def _gradings(out: Path) -> list[str]:
    log = out.with_suffix(".log")
    return log.read_text().split() if log.exists() else []


def _grade_until(instant: int, folder: Path, out: Path) -> None:
    """Grade, and die before the file operation of this number under ``out``."""
    left = [instant]

    def before(event: str, args: tuple[Any, ...]) -> None:
        if event in ("open", "os.mkdir", "os.rename", "os.chmod", "os.truncate", "os.remove") and str(args[0]).startswith(f"{out}{os.sep}"):
            left[0] -= 1
            if left[0] < 0:
                os._exit(KILLED)

    sys.addaudithook(before)
    _grade(folder, out)


def test_killed_at_any_instant_the_same_command_goes_on(forks: Any, folder: Path, tmp_path: Path) -> None:
    assert _in_fork(forks, _grade, folder, tmp_path / "undisturbed") == 0
    expected, instants = _files(tmp_path / "undisturbed"), 0
    for instant in range(1000):
        out = tmp_path / f"out{instant}"
        if _in_fork(forks, _grade_until, instant, folder, out) == 0:
            break
        instants += 1
        before = {path: path.stat().st_mtime_ns for path in out.glob("results/*/*.json")}
        assert _in_fork(forks, _grade, folder, out) == 0
        assert _files(out) == expected
        assert before.items() <= {path: path.stat().st_mtime_ns for path in out.glob("results/*/*.json")}.items()
        assert len(_gradings(out)) <= len(expected) and all(_gradings(out).count(path.parent.name) == 1 for path in before)
        shutil.rmtree(out)
    assert instants > 20, "each of three results and the class's files take several operations"


def test_two_runs_at_once_do_each_other_no_harm(forks: Any, tmp_path: Path) -> None:
    folder, out = _class(tmp_path / "class", 30), tmp_path / "out"
    runs = [forks.Process(target=_grade, args=(folder, out)) for _ in range(3)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert [run.exitcode for run in runs] == [0] * 3
    assert _in_fork(forks, _grade, folder, tmp_path / "undisturbed") == 0
    assert _files(out) == _files(tmp_path / "undisturbed") and not list(out.rglob(store.TEMPORARY))


def test_what_a_killed_run_left_half_written_is_removed_later(forks: Any, folder: Path, tmp_path: Path) -> None:
    old, young = (tmp_path / "out" / "results" / "student0" / f".{LESSON}.json.{age}.part" for age in ("old", "young"))
    old.parent.mkdir(parents=True)
    for path in (old, young):
        path.write_text("{")
    os.utime(old, (time.time() - 2 * store.SECONDS_OF_A_WRITE,) * 2)
    assert _in_fork(forks, _grade, folder, tmp_path / "out") == 0
    assert young.exists() and not old.exists()


def _expect_stop(said: str, folder: Path, out: Path) -> None:
    with pytest.raises(Stopped, match=said) as stopped:
        _grade(folder, out)
    assert "\n" not in str(stopped.value) and str(out) in str(stopped.value) and not (out / "grades.csv").exists()


def _goes_on(folder: Path, out: Path, undisturbed: Path) -> None:
    """The rest of the class, and nothing that had been finished before."""
    finished = {path.parent.name for path in out.glob("results/*/*.json")}
    before = len(_gradings(out))
    _grade(folder, out)
    assert _files(out) == _files(undisturbed) and not finished & set(_gradings(out)[before:]) and not list(out.rglob(store.TEMPORARY))


def _with_a_full_disk(folder: Path, out: Path, undisturbed: Path) -> None:
    user, group = os.getuid(), os.getgid()
    out.mkdir()
    isolation._ask("namespaces", isolation._libc.unshare(isolation.NEW_USER | isolation.NEW_MOUNT))
    isolation._map_ids(user, group)
    isolation._mount_empty(str(out), "24k")
    _expect_stop("No space left on device", folder, out)
    isolation._ask("a larger disk", isolation._libc.mount(b"tmpfs", bytes(out), b"tmpfs", isolation.REMOUNT, b"size=16m"))
    _goes_on(folder, out, undisturbed)


def _with_small_files(folder: Path, out: Path, undisturbed: Path) -> None:
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    _expect_stop("File too large", folder, out)
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    _goes_on(folder, out, undisturbed)


def _with_a_read_only_folder(folder: Path, out: Path, undisturbed: Path) -> None:
    out.mkdir()
    out.chmod(0o555)
    if os.geteuid() == 0:  # root may write all the same, but for this
        _set_capabilities(0)
    _expect_stop("Permission denied", folder, out)
    out.chmod(0o755)
    _goes_on(folder, out, undisturbed)


def _set_capabilities(value: int) -> None:
    header = isolation._CapabilityHeader(isolation.CAPABILITY_VERSION_3, 0)
    isolation._ask("capabilities", isolation._libc.capset(ctypes.byref(header), ctypes.byref((ctypes.c_uint32 * 6)(*[value] * 6))))


@pytest.mark.parametrize("fault", [_with_a_full_disk, _with_small_files, _with_a_read_only_folder])
def test_a_folder_that_takes_no_more_stops_the_run(forks: Any, folder: Path, tmp_path: Path, fault: Callable[..., None]) -> None:
    assert _in_fork(forks, _grade, folder, tmp_path / "undisturbed") == 0
    assert _in_fork(forks, fault, folder, tmp_path / "out", tmp_path / "undisturbed") == 0


def test_a_file_in_the_way_of_one_result_does_not_stop_the_class(forks: Any, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "out" / "results").mkdir(parents=True)
    (tmp_path / "out" / "results" / "student1").write_text("a file where a folder is due")
    assert _in_fork(forks, _grade, folder, tmp_path / "out") == 0
    rows = (tmp_path / "out" / "grades.csv").read_text().splitlines()
    assert len(rows) == 4 and "student1,dilated_convolution,crashed,0" in rows[2] and "unreadable" in rows[3]


@contextlib.contextmanager
def _begun(folder: Path, out: Path, jobs: int) -> Iterator[subprocess.Popen[str]]:
    """The real command, once it has finished one result and not yet the last; in a process group of its own, as a shell would have it."""
    run = subprocess.Popen(_command(folder, out, jobs), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, process_group=0,
                           preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))  # it may be ignored where tests run
    while not list(out.glob("results/*/*.json")) and run.poll() is None:
        time.sleep(0.02)
    started = psutil.Process(run.pid).children(recursive=True)
    yield run
    run.wait()
    assert started and psutil.wait_procs(started, timeout=60)[1] == [], "nothing is left running"


def _command(folder: Path, out: Path, jobs: int) -> list[str]:
    return [sys.executable, "-m", "autograder", "grade", str(folder), "--out", str(out), "--jobs", str(jobs)]


@pytest.mark.parametrize(("number", "jobs"), [(signal.SIGKILL, 1), (signal.SIGINT, 2)])
def test_a_command_that_is_ended_half_way_goes_on(tmp_path: Path, warm: object, number: int, jobs: int) -> None:
    folder, out = tmp_path / "class", tmp_path / "out"
    for student in range(8):
        shutil.copytree(EXAMPLE_CLASS / "blaise", folder / f"student{student}")
    with _begun(folder, out, jobs) as first:
        os.kill(first.pid, number) if number == signal.SIGKILL else os.killpg(first.pid, number)
    said = first.stderr.read() if first.stderr else ""
    if number == signal.SIGINT:
        assert first.returncode == 2 and said == "atrous: stopped; what is finished is kept, the same command goes on from there\n"
    before = {path: path.stat().st_mtime_ns for path in out.glob("results/*/*.json")}
    assert 0 < len(before) < 8 and not (out / "grades.csv").exists()
    again = subprocess.run(_command(folder, out, jobs), stdout=subprocess.DEVNULL, check=False)
    after = {path: path.stat().st_mtime_ns for path in out.glob("results/*/*.json")}
    assert again.returncode == 0 and len(after) == 8 and before.items() <= after.items()
    rows = (out / "grades.csv").read_text().splitlines()[1:]
    assert {row.partition(",")[2] for row in rows} == {f"{LESSON},graded,{course.lesson(LESSON).points},{course.lesson(LESSON).points},"}
