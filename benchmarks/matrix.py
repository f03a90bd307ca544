"""The tests with every Python that the course promises, and with the oldest libraries it declares: an environment each, a table at the end.

Each environment lies in .matrix/ and gets the libraries that pyproject.toml asks for. An interpreter is looked for on this machine,
then with uv, which downloads one. One that can't be had is a row of the table, too. Exit code 1 when a test fails, or none ran.
Says nothing of other systems than this one.
"""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / ".matrix"
#: The Pythons that torch 2.13.0 has builds for, from the oldest that the course takes.
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
PINNED = ("--constraint", str(ROOT / "constraints.txt"))
LOWEST = ("--resolution", "lowest-direct")
#: What can't hold with other versions: it compares what is installed with the pins.
PINS_ONLY = "tests/test_constraints.py"
#: Where pyenv and uv keep interpreters that are not on the path.
ELSEWHERE = (".pyenv/versions/{}.*/bin/python", ".local/share/uv/python/cpython-{}.*/bin/python")


class NotHere(Exception):
    """An environment can't be made on this machine. The text says why."""


@dataclass(frozen=True)
class Row:
    """One environment: a Python, how versions are chosen, and what became of it."""

    python: str
    versions: str
    torch: str
    outcome: str
    failed: bool = False


def main(words: list[str]) -> int:
    """Run the tests named by ``words`` (default: all) in every environment, and print the table."""
    rows = [_row(python, PINNED, words) for python in PYTHONS] + [_row(PYTHONS[0], LOWEST, words)]
    print("\n| Python | versions | torch | outcome |\n| --- | --- | --- | --- |")
    for row in rows:
        print(f"| {row.python} | {row.versions} | {row.torch} | {row.outcome} |")
    return 0 if any(row.torch for row in rows) and not any(row.failed for row in rows) else 1


def _row(python: str, choice: tuple[str, ...], words: list[str]) -> Row:
    versions = "pinned" if choice is PINNED else "lowest declared"
    print(f"\nPython {python}, {versions} versions", flush=True)
    try:
        own = _environment(python, choice, versions)
    except NotHere as reason:
        return Row(python, versions, "", f"not to be had here: {reason}")
    told = _out(own, "-c", "import platform, torch; print(platform.python_version(), torch.__version__)").split()
    ended, last = _tests(own, words, ("--ignore", PINS_ONLY) if choice is LOWEST else ())
    return Row(told[0], versions, told[1], last, failed=ended != 0)


def _environment(python: str, choice: tuple[str, ...], versions: str) -> Path:
    """The interpreter of a fresh environment with the course's libraries and those of its tests."""
    folder = FOLDER / f"{python}-{versions.split()[0]}"
    _uv("venv", "--quiet", "--clear", "--python", _interpreter(python), str(folder))
    own = folder / "bin" / "python"
    _uv("pip", "install", "--quiet", "--python", str(own), *choice, "--editable", f"{ROOT}[dev]")
    return own


def _interpreter(python: str) -> str:
    """A Python of that version which really starts (pyenv's stand-ins may not), otherwise its number, for uv to download."""
    found = [path for path in (shutil.which(f"python{python}"),) if path]
    found += sorted((str(path) for pattern in ELSEWHERE for path in Path.home().glob(pattern.format(python))), key=_numbers)[::-1]
    return next((path for path in found if subprocess.run([path, "-c", ""], capture_output=True, check=False).returncode == 0), python)


def _numbers(path: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", path)]


def _uv(*words: str) -> None:
    done = subprocess.run([sys.executable, "-m", "uv", *words], capture_output=True, text=True, check=False)
    _require(done.returncode, done.stderr)


def _require(code: int, told: str) -> None:
    """Raise ``NotHere``, with the last cause that uv names, when it ended with an error."""
    lines = [line.strip(" ×│├╰─▶") for line in told.splitlines()]
    if code:
        raise NotHere(next((line.removeprefix("cause: ") for line in reversed(lines) if line), "uv says nothing"))


def _out(python: Path, *words: str) -> str:
    return subprocess.run([python, *words], capture_output=True, text=True, check=True).stdout


def _tests(python: Path, words: list[str], options: tuple[str, ...]) -> tuple[int, str]:
    """The tests' exit code and their last line. They run from the checkout, with the environment's libraries and programs."""
    paths = f"{python.parent}{os.pathsep}{os.environ['PATH']}"
    command = [str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider", *options, *words]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=os.environ | {"PATH": paths}) as tests:
        assert tests.stdout
        last = ""
        for line in tests.stdout:
            print(line, end="", flush=True)
            last = line.strip(" =\n") or last
    return tests.returncode, last


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
