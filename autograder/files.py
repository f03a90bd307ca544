"""Writes files whole: under a temporary name first, then renamed, so that a reader sees the old file or the new one, never a half."""

import os
import tempfile
from pathlib import Path

#: What temporary files are called, as a pattern.
TEMPORARY = ".*.part"


def write_whole(path: Path, text: str) -> None:
    """Write a file and make its folder. What UTF-8 can't hold is written as an escape. Raises ``OSError``, leaving nothing behind."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}.", suffix=".part")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(text.encode("utf-8", "backslashreplace"))
            file.flush()
            os.fsync(descriptor)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
