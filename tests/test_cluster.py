"""A class graded on a Dask cluster: a real scheduler and two real worker processes on this machine, one of which is killed half-way."""

import json
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from autograder.errors import Stopped
from autograder.grading import Settings, cluster, grade_class
from autograder.grading.find import Upload, find
from autograder.submission import Submission
from autograder.verdicts import Result

from .conftest import EXAMPLE_CLASS, LIMITS
from .test_cli import _atrous

pytest.importorskip("distributed", reason="the extra atrous[dask] is not installed")
SETTINGS = Settings(limits=LIMITS, exercises=("effective_kernel_size", "same_padding"))
DASK = [sys.executable, "-m", "dask"]


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def scheduler(warm: object) -> Iterator[str]:
    """The address of a scheduler on the loopback."""
    address = f"tcp://127.0.0.1:{_free_port()}"
    words = ["scheduler", "--host", address, "--no-dashboard", "--no-show"]
    process = subprocess.Popen([*DASK, *words], stderr=subprocess.DEVNULL)
    yield address
    process.terminate()
    process.wait()


def _worker(scheduler: str, folder: Path) -> subprocess.Popen[bytes]:
    words = ["worker", scheduler, "--nthreads", "1", "--no-nanny", "--no-dashboard", "--local-directory", str(folder)]
    return subprocess.Popen([*DASK, *words], stderr=subprocess.DEVNULL)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Eighteen hand-ins: right, wrong, empty, endless, broken and unreadable ones."""
    folder = tmp_path / "class"
    for number in range(2):
        for student in ("ada", "blaise", "dorothy", "emmy", "felix", "grace", "hypatia", "isaac", "kurt"):
            shutil.copytree(EXAMPLE_CLASS / student, folder / f"{student}{number}")
    return folder


def _untimed(out: Path) -> dict[str, object]:
    """All that was written, without the seconds that it took."""
    results = {path.parent.name: json.loads(path.read_text()) | {"seconds": 0} for path in out.glob("results/*/*.json")}
    pages = sorted(path.parent.name for path in out.glob("feedback/*/*.html"))
    return results | {"grades": (out / "grades.csv").read_text(), "pages": pages}


def test_one_of_two_workers_is_killed_and_the_class_is_graded_as_ever(scheduler: str, folder: Path, tmp_path: Path) -> None:
    workers = [_worker(scheduler, tmp_path / name) for name in ("first", "second")]
    started: list[psutil.Process] = []

    def seen(result: Result) -> None:
        gradings.append(result.student)
        if len(gradings) == 5:
            started.extend(psutil.Process(workers[0].pid).children(recursive=True))
            workers[0].kill()

    gradings: list[str] = []
    try:
        there = grade_class(find(folder), replace(SETTINGS, out=tmp_path / "there"), 1, seen, scheduler)
        assert workers[0].wait(60) == -9 and started and psutil.wait_procs(started, timeout=60)[1] == []
        here = grade_class(find(folder), replace(SETTINGS, out=tmp_path / "here"), 2, lambda result: None)
        assert [replace(result, seconds=0.0) for result in there] == [replace(result, seconds=0.0) for result in here]
        assert _untimed(tmp_path / "there") == _untimed(tmp_path / "here") and len(gradings) == len(set(gradings)) == 18
        before = {path: path.stat().st_mtime_ns for path in (tmp_path / "there").glob("results/*/*.json")}
        grade_class(find(folder), replace(SETTINGS, out=tmp_path / "there"), 1, lambda result: None, scheduler)
        assert before == {path: path.stat().st_mtime_ns for path in (tmp_path / "there").glob("results/*/*.json")}
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()


def test_where_nobody_answers_it_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(EXAMPLE_CLASS / "ada", tmp_path / "class" / "ada")
    monkeypatch.setattr(cluster, "START_SECONDS", 0.5)
    with pytest.raises(Stopped, match=r"no Dask scheduler with a worker answers at tcp://127\.0\.0\.1.*dask worker") as stopped:
        list(cluster.grade_on_cluster(find(tmp_path / "class").uploads, SETTINGS, f"tcp://127.0.0.1:{_free_port()}"))
    assert "\n" not in str(stopped.value)


def test_an_address_that_is_none_is_one_line_on_the_command_line(tmp_path: Path) -> None:
    done = _atrous("grade", EXAMPLE_CLASS, "--out", tmp_path / "out", "--scheduler", "nonsense://here")
    assert done.returncode == 2 and done.stderr.startswith("atrous: no Dask scheduler") and done.stderr.count("\n") == 1


def test_without_dask_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(Stopped, match=r"pip install 'atrous\[dask\]'"):
        cluster._client("tcp://127.0.0.1:1")


def test_a_machine_with_other_checks_grades_nothing() -> None:
    upload = Upload("ada", "dilated_convolution", EXAMPLE_CLASS / "ada")
    with pytest.raises(Stopped, match="another version"):
        cluster.grade_there(upload, Submission(()), "key", SETTINGS, "another")
