"""What a sandbox is shown of this machine's files: the interpreter and its libraries, the learner side, and nothing of the course."""

import shutil
import sys
import sysconfig
from pathlib import Path

import torch

LEARNER_SIDE = Path(__file__).parents[1] / "learner_side"
INSIDE = "/atrous"
SYSTEM = ("/usr", "/lib", "/lib64", "/lib32", "/bin", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/alternatives",
          "/etc/localtime", "/sys/devices/system/cpu")
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "HOME": "/home/learner", "LANG": "C.UTF-8", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1",
               "MPLBACKEND": "agg", "MPLCONFIGDIR": "/tmp", "IPYTHONDIR": "/tmp/ipython", "PYTHONDONTWRITEBYTECODE": "1",
               "PYTHONHASHSEED": "0", "TORCH_CPP_LOG_LEVEL": "ERROR"}
START = f"import sys; sys.path.insert(0, {INSIDE!r}); import runpy; runpy.run_module('learner_side', run_name='__main__', alter_sys=True)"


def executable() -> str | None:
    """Where bubblewrap is, if it is."""
    return shutil.which("bwrap")


def command(descriptor: int) -> list[str]:
    """The command that starts the warm process in a sandbox; ``descriptor`` is the number of its control socket."""
    words = [str(executable()), "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv",
             "--uid", "1000", "--gid", "1000"]
    words += _pairs("--setenv", ENVIRONMENT.items())
    words += _pairs("--ro-bind-try", ((path, path) for path in SYSTEM))
    words += ["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--dir", ENVIRONMENT["HOME"]]
    words += _pairs("--ro-bind", ((path, path) for path in _interpreter()))
    for path in _course():
        words += ["--tmpfs", path, "--remount-ro", path]
    words += ["--ro-bind", str(LEARNER_SIDE), f"{INSIDE}/learner_side"]
    words += ["--remount-ro", "/dev", "--remount-ro", "/"]  # what a fork could write here, the next one could read
    return [*words, "--", sys.executable, "-I", "-B", "-c", START, str(descriptor)]


def plain_command(descriptor: int) -> list[str]:
    """The command that starts the warm process without a sandbox."""
    start = START.replace(repr(INSIDE), repr(str(LEARNER_SIDE.parent)))
    return [sys.executable, "-I", "-B", "-c", start, str(descriptor)]


def _pairs(option: str, pairs: object) -> list[str]:
    return [word for first, second in pairs for word in (option, str(first), str(second))]  # type: ignore[attr-defined]


def _interpreter() -> list[str]:
    """Folders of the running interpreter, its base, and every library folder that torch may lie in; parents before children."""
    folders = {sys.prefix, sys.base_prefix, sysconfig.get_path("purelib"), sysconfig.get_path("platlib"),
               str(Path(torch.__file__).parents[1]), str(Path(sys.executable).resolve().parents[1])}
    outside = {path for path in folders if not path.startswith("/usr/") and path != "/usr"}
    return sorted(path for path in outside if not any(path.startswith(f"{other}/") for other in outside))


def _course() -> list[str]:
    """Where the course's own package lies inside what is shown: it must look empty."""
    libraries = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    return sorted(str(Path(folder) / "autograder") for folder in libraries if (Path(folder) / "autograder").is_dir())

