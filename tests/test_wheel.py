"""The wheel, as a learner or an instructor gets it: what is in it, and what its commands do away from the repository."""

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import time
import urllib.request
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from autograder import course, datasets

from .conftest import EXAMPLE_CLASS

ROOT = course.PACKAGE.parent
#: The way back to the libraries that the tests run with: the wheel's environment borrows them, so that nothing is downloaded.
LIBRARIES = Path(sysconfig.get_path("purelib"))
#: The commands that work on solutions.
FOR_AUTHORS = ("build", "lint")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built as the documents say."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run([sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT], check=True, capture_output=True)
    (path,) = folder.glob("atrous-*-py3-none-any.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command ``atrous`` of an environment in which the wheel is installed, and the repository is not to be found."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, symlinks=True)
    libraries = Path(sysconfig.get_path("purelib", vars={"base": str(folder)}))
    (libraries / "libraries.pth").write_text(f"{LIBRARIES}\n")
    python = folder / "bin" / "python"
    subprocess.run([sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", "--no-index", wheel], check=True)
    return folder / "bin" / "atrous"


def _run(command: Path, *words: object, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([command, *map(str, words)], capture_output=True, text=True, cwd=folder, env=_environment(), check=False)


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | {"COLUMNS": "200"}


def test_the_wheel_holds_everything_but_the_solutions(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    inside = {name for name in archive.namelist() if ".dist-info/" not in name}
    files = [path for path in course.PACKAGE.rglob("*") if path.is_file() and "__pycache__" not in path.parts and path.name[0] != "."]
    lessons = {f"autograder/_lessons/{lesson.folder}/{lesson.name}.ipynb": lesson.notebook for lesson in course.lessons().values()}
    data = {f"autograder/_data/{name}" for name in ("segmentation.npz", "ablation.json", "photographs.npz")}
    assert inside == {path.relative_to(ROOT).as_posix() for path in files} | lessons.keys() | data
    assert all(archive.read(name) == notebook.read_bytes() for name, notebook in lessons.items())
    assert not [name for name in inside if "solutions" in name and name != "autograder/notebook/solutions.py"]
    assert {path.suffix for path in files} >= {".py", ".yaml", ".css", ".html", ".ini"}


def test_what_is_run_is_the_wheel(installed: Path, tmp_path: Path) -> None:
    words = "import autograder, autograder.datasets as d; print(autograder.__file__, d._file('segmentation.npz'), len(d.shapes()[0]))"
    done = _run(installed.parent / "python", "-c", words, folder=tmp_path)
    package, data, images = done.stdout.split()
    assert package.startswith(str(installed.parents[1])) and data.startswith(str(installed.parents[1])), done.stderr
    assert int(images) == len(datasets.shapes(65)[0])


def test_grade_works(installed: Path, tmp_path: Path, warm: object) -> None:
    for student in ("ada", "dorothy"):
        shutil.copytree(EXAMPLE_CLASS / student, tmp_path / "class" / student)
    done = _run(installed, "grade", "class", "--jobs=1", folder=tmp_path)
    assert done.returncode == 0 and "22/22" in done.stdout and "14/22" in done.stdout, done.stderr
    page = (tmp_path / "out/feedback/dorothy/dilated_convolution.html").read_text("utf-8")
    assert "Is the kernel flipped" in page and "<style" in page and (tmp_path / "out/report.html").is_file()


def test_the_doctor_finds_all_lessons(installed: Path, tmp_path: Path) -> None:
    done = _run(installed, "doctor", folder=tmp_path)
    assert done.returncode == 0 and "6 of 6" in done.stdout


@pytest.mark.parametrize("command", FOR_AUTHORS)
def test_without_solutions_authors_are_told_in_one_line(installed: Path, tmp_path: Path, command: str) -> None:
    done = _run(installed, command, folder=tmp_path)
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1, done.stderr
    assert "only the course's repository has them" in done.stderr


def _said(runtime: Path) -> dict[str, Any]:
    """What a server has written about itself, or nothing as long as that isn't there and whole."""
    for path in runtime.glob("jpserver-*.json"):
        with contextlib.suppress(ValueError):
            return dict(json.loads(path.read_text("utf-8")))
    return {}


@pytest.fixture
def lab(installed: Path, tmp_path: Path) -> Iterator[dict[str, Any]]:
    """What JupyterLab says of the server that ``atrous lab`` starts in an empty folder."""
    (folder := tmp_path / "empty").mkdir()
    places = {"JUPYTER_RUNTIME_DIR": tmp_path / "runtime", "JUPYTER_CONFIG_DIR": tmp_path / "config",
              "JUPYTERLAB_DIR": Path(sys.prefix) / "share/jupyter/lab"}
    server = subprocess.Popen([installed, "lab", "--no-browser"], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                              env=_environment() | {name: str(path) for name, path in places.items()})
    while not (about := _said(tmp_path / "runtime")):
        assert server.poll() is None
        time.sleep(0.1)
    yield about
    urllib.request.urlopen(urllib.request.Request(f"{about['url']}api/shutdown?token={about['token']}", method="POST")).close()
    server.wait()


def test_lab_starts_lesson_1_in_an_empty_folder(lab: dict[str, Any]) -> None:
    path = "1_dilated_convolution/dilated_convolution.ipynb"
    with urllib.request.urlopen(f"{lab['url']}lab/tree/{path}?token={lab['token']}") as page:
        assert page.status == 200 and re.search(r"jupyter-config-data", page.read().decode())
    with urllib.request.urlopen(f"{lab['url']}api/contents/{path}?token={lab['token']}") as answer:
        cells = json.load(answer)["content"]["cells"]
    assert "from autograder import" in str(cells) and Path(lab["root_dir"]).name == "my_lessons"
