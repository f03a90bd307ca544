"""What `atrous lab` does: puts the lessons into a learner's own folder, and opens JupyterLab there."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from autograder import course

#: The settings that JupyterLab begins with here: no question about news, no tools of nbgrader's, which are for teachers. A learner's own
#: settings go before them.
SETTINGS = course.PACKAGE / "jupyter"
#: JupyterLab asks its makers for news and for updates otherwise; nothing leaves this machine.
QUIET = ("--LabApp.news_url=None", "--LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate")


def copied(folder: Path) -> dict[str, Path]:
    """Copy every lesson that is not yet in ``folder``: each lesson's notebook there, by name. Nothing there is ever written over."""
    places = {lesson.name: folder / lesson.folder / lesson.notebook.name for lesson in course.lessons().values()}
    for lesson in course.lessons().values():
        place = places[lesson.name]
        place.parent.mkdir(parents=True, exist_ok=True)
        if not place.exists():
            shutil.copyfile(lesson.notebook, place)
    return places


def open_lab(folder: Path, notebook: Path, browser: bool) -> None:
    """Replace this process by JupyterLab, in ``folder``, with ``notebook`` open."""
    words = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={folder.resolve()}",
             f"--LabApp.default_url=/lab/tree/{notebook.relative_to(folder).as_posix()}"]
    words += QUIET
    if not browser:
        words.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        words.append("--allow-root")
    paths = [*filter(None, [os.environ.get("JUPYTER_CONFIG_PATH")]), str(SETTINGS)]
    sys.exit(subprocess.call(words, env=os.environ | {"JUPYTER_CONFIG_PATH": os.pathsep.join(paths)}))
