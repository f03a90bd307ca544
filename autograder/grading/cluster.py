"""Many submissions on a Dask cluster: hands each one out as text, takes back its result and its page, and writes them here.

The machines of the cluster need this package in the same version, and what a sandbox needs; no shared folder. They write nothing.
"""

import os
import threading
from collections.abc import Generator, Sequence
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from autograder.errors import Stopped
from autograder.examination.examine import BrokenCourse
from autograder.languages import SETTING
from autograder.submission import Submission
from autograder.verdicts import Result

from . import store
from .find import Upload
from .worker import Settings, Worker, failed, looked_up, page_of, recorded

if TYPE_CHECKING:
    from distributed import Client, Future

    Task = Future[tuple[Result, str]]

START_SECONDS = 60.0
#: Submissions that wait at the cluster for each of its threads, so that none of them waits for this process.
AHEAD = 4
DIED = "the grading process itself died, several times, while it graded this submission"


def grade_on_cluster(uploads: Sequence[Upload], settings: Settings, scheduler: str) -> Generator[Result, None, None]:
    """Results as they come: from ``settings.out`` where they are there, otherwise from the cluster of the scheduler at this address.

    A machine that dies costs time only: its submissions go to another one.
    Raises ``Stopped`` when there is no such cluster or it can't grade, ``ValueError`` for a device that is not here.
    """
    devices = settings.devices()  # this machine decides: another one may have more
    settings = replace(settings, device="cuda" if "cuda" in devices else "cpu")
    with _client(scheduler) as client:
        yield from _spread(client, uploads, settings, devices)


def _client(scheduler: str) -> "Client":
    try:
        from distributed import Client
        from distributed.comm.addressing import get_address_host_port
    except ImportError:
        raise Stopped("--scheduler needs Dask, which is not installed: pip install 'atrous[dask]'") from None
    try:
        get_address_host_port(scheduler)  # a client of an address that is none would still wait for it when the command ends
        client = Client(scheduler, timeout=START_SECONDS, set_as_default=False)
        client.wait_for_workers(1, timeout=START_SECONDS)
    except (OSError, TimeoutError, ValueError) as error:
        raise Stopped(f"no Dask scheduler with a worker answers at {scheduler} ({' '.join(str(error).split()):.150}); "
                      f"start them: dask scheduler; dask worker {scheduler} --nthreads 1") from None
    return client


def _spread(client: "Client", uploads: Sequence[Upload], settings: Settings, devices: tuple[str, ...]) -> Generator[Result, None, None]:
    from distributed import as_completed
    waiting: dict[Task, Upload] = {}
    finished = as_completed(loop=client.loop)
    for upload in uploads:
        submission, key, known = _known(upload, settings, devices)
        if known is not None:
            yield known
            continue
        task = client.submit(grade_there, upload, submission, key, replace(settings, out=None), store.checks_version(), pure=False)
        waiting[task] = upload
        finished.add(task)
        if len(waiting) >= AHEAD * max(sum(client.nthreads().values()), 4):
            yield _collected(next(finished), waiting, settings)
    while waiting:
        yield _collected(next(finished), waiting, settings)


def _known(upload: Upload, settings: Settings, devices: tuple[str, ...]) -> tuple[Submission, str, Result | None]:
    """See ``looked_up``; a fault of ours is the result of that submission alone."""
    try:
        return looked_up(upload, settings, devices)
    except Stopped:
        raise
    except Exception as fault:
        return Submission(()), "", recorded(failed(upload, fault, settings.seed), settings.out)


def _collected(task: "Task", waiting: dict["Task", Upload], settings: Settings) -> Result:
    upload = waiting.pop(task)
    try:
        result, page = _answer(task)
        if settings.out:
            store.keep(settings.out, result, page)
        return result
    except (Stopped, BrokenCourse):
        raise
    except Exception as fault:
        return recorded(failed(upload, fault, settings.seed), settings.out)


def _answer(task: "Task") -> tuple[Result, str]:
    from distributed import CancelledError, KilledWorker
    try:
        result, page = task.result()
        return result, page
    except KilledWorker:
        raise RuntimeError(DIED) from None
    except CancelledError:
        raise Stopped("the Dask scheduler is gone; what is finished is kept, and the same command goes on from there") from None


_one_at_a_time = threading.Lock()


def grade_there(upload: Upload, submission: Submission, key: str, settings: Settings, version: str) -> tuple[Result, str]:
    """What a machine of the cluster does: one submission's result, and its page. Raises ``Stopped`` where it may not or can't grade."""
    if version != store.checks_version():
        raise Stopped("a machine of the cluster has another version of the checks or of their libraries than this one")
    with _one_at_a_time:
        os.environ[SETTING] = settings.language  # the run before may have had another one
        result = _worker(settings).grade_submission(upload, submission).named(upload.student, key)
        return result, page_of(result, submission)


@cache
def _worker(settings: Settings) -> Worker:
    return Worker(settings)
