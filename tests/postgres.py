"""A real PostgreSQL server for a test: started by it on a private socket, as a user without rights, and gone with it."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest


@contextmanager
def server() -> Iterator[str]:
    """The URL of a new server. Skips the test where there is no PostgreSQL."""
    programs, user = _programs(), _user()
    folder = Path(tempfile.mkdtemp(prefix="atrous-", dir="/tmp"))  # a socket's path may have only 107 bytes
    try:
        if user:
            shutil.chown(folder, *user.values())
        where: dict[str, Any] = {"cwd": folder, **user, "stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
        subprocess.run([programs / "initdb", "-D", "data", "-U", "atrous", "-A", "trust", "--no-sync"], check=True, **where)
        with subprocess.Popen([programs / "postgres", "-D", "data", "-k", folder, "-c", "listen_addresses=", "-c", "fsync=off"],
                              **where) as running:
            try:
                _wait(programs, folder, running)
                yield f"postgresql://atrous@/postgres?host={folder}"
            finally:
                running.send_signal(signal.SIGINT)  # ends connections; SIGTERM would wait for them
                running.communicate()
    finally:
        shutil.rmtree(folder)


def _programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    if not found and not on_path:
        pytest.skip("no PostgreSQL server: apt-get install postgresql")
    return found[-1].parent if found else Path(str(on_path)).parent


def _user() -> dict[str, str]:
    """PostgreSQL refuses to run as root; then another user runs it."""
    if os.geteuid() != 0:
        return {}
    known = {entry.pw_name for entry in pwd.getpwall()}
    name = next((name for name in ("postgres", "nobody") if name in known), None)
    if name is None:
        pytest.skip("PostgreSQL doesn't run as root, and there is no other user")
    return {"user": name}


def _wait(programs: Path, folder: Path, running: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + 60
    while subprocess.run([programs / "pg_isready", "-q", "-h", folder], check=False).returncode:
        if running.poll() is not None or time.monotonic() > until:
            running.kill()
            raise RuntimeError(f"the server did not start: {running.communicate()[1].decode()[-500:]}")
        time.sleep(0.05)
