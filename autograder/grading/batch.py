"""Many submissions: spreads them over worker processes, survives the death of any of them, and reports each result as it comes."""

import contextlib
import multiprocessing
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from autograder import config, course
from autograder.errors import Stopped
from autograder.examination.examine import BrokenCourse
from autograder.feedback.report import report
from autograder.files import write_whole
from autograder.verdicts import Result

from . import store
from .cluster import grade_on_cluster
from .find import ClassFolder, Upload
from .worker import Settings, failed, grade_in_process, recorded, set_up, unreadable


def grade_files(files: Sequence[tuple[str, str, Path]], *, jobs: int = 1, seed: int = 0, sandbox: str = "auto",
                device: str = "auto") -> Generator[Result, None, None]:
    """The results of (student, lesson, path) as they come, in any order, within the limits of ``atrous.toml``. Writes nothing.

    Raises ``NoSandbox`` when there can be none, ``ValueError`` for an unknown lesson, sandbox or device.
    """
    return grade_uploads([Upload(*file) for file in files], Settings(seed, device, sandbox, config.load().limits), jobs)


def grade_class(folder: ClassFolder, settings: Settings, jobs: int, seen: Callable[[Result], None],
                scheduler: str | None = None) -> list[Result]:
    """Grade a class into ``settings.out``, calling ``seen`` for each result: all results, in the order of the class.

    Results that are there already, under the same key, are not made again. ``grades.csv`` and the report are written at the end.
    With a ``scheduler``'s address the class is graded on that Dask cluster, otherwise by so many processes here.
    """
    results: dict[tuple[str, str], Result] = {}
    graded = grade_on_cluster(folder.uploads, settings, scheduler) if scheduler else grade_uploads(folder.uploads, settings, jobs)
    with contextlib.closing(graded):  # Ctrl-C may come here as well: then nothing more is begun
        for result in graded:
            results[result.student, result.lesson] = result
            seen(result)
    ordered = [results[upload.student, upload.lesson] for upload in folder.uploads]
    if settings.out:
        with store.writing(settings.out):
            write_whole(settings.out / "grades.csv", store.grades_csv(ordered))
            write_whole(store.report_path(settings.out), report(ordered))
        store.sweep(settings.out)
    return ordered


def grade_uploads(uploads: Sequence[Upload], settings: Settings, jobs: int) -> Generator[Result, None, None]:
    """Results as they come. When a worker dies, a new pool goes on with what is left; who takes it down alone is recorded as crashed."""
    _possible(uploads, settings)
    left, culprit_first = list(uploads), False
    while left:
        done = set()
        for upload, result in _one_pool(left, settings, 1 if culprit_first else min(jobs, len(left))):
            if result is not None:
                done.add(upload)
                yield result
        left = [upload for upload in left if upload not in done]
        if culprit_first and left and not done:
            died = "the grading process itself died while it graded this submission"
            yield recorded(unreadable(left.pop(0), died, settings.seed, "crashed"), settings.out)
        culprit_first = not done


def _possible(uploads: Sequence[Upload], settings: Settings) -> None:
    """Raise ``ValueError`` for what would stop every worker: later, an error is that of one submission."""
    settings.devices()
    for lesson in {upload.lesson for upload in uploads}:
        course.lesson(lesson)


def _one_pool(uploads: Sequence[Upload], settings: Settings, jobs: int) -> Generator[tuple[Upload, Result | None], None, None]:
    """Each upload with its result, or with None where the pool broke before there was one."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, spawn, set_up, (settings,)) as pool:
        yield from _results(pool, uploads, settings)


def _results(pool: Executor, uploads: Sequence[Upload], settings: Settings) -> Generator[tuple[Upload, Result | None], None, None]:
    waiting: dict[Future[Result], Upload] = {pool.submit(grade_in_process, upload): upload for upload in uploads}
    try:
        for future in as_completed(waiting):
            yield waiting[future], _result(future, waiting[future], settings)
    except BaseException:
        pool.shutdown(cancel_futures=True)  # and wait: a second call that didn't cancel would take this one back
        raise


def _result(future: Future[Result], upload: Upload, settings: Settings) -> Result | None:
    try:
        return future.result()
    except BrokenProcessPool:
        return None
    except (Stopped, BrokenCourse):
        raise
    except Exception as fault:  # one that could not be sent back, for example: it must not stop the class
        return recorded(failed(upload, fault, settings.seed), settings.out)
