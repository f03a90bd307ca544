"""The settings of a course run: the seed, and the one table of limits. Read from ``atrous.toml`` where there is one."""

import tomllib
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

FILE = "atrous.toml"
#: The largest limit that the system can still be told, by type: seconds, and everything that is counted.
MOST: dict[type, int] = {float: 10**8, int: 2**50}


@dataclass(frozen=True)
class Limits:
    """What one submission may use. Every number can be set under ``[limits]`` in ``atrous.toml``; docs/security.md explains them."""

    call_seconds: float = 10.0
    """Wall-clock seconds for one call of a learner's function, or for one of its cells."""
    submission_seconds: float = 120.0
    """Wall-clock seconds for one submission of one lesson, loading included."""
    cpu_seconds: int = 120
    """CPU seconds of one submission, all its processes and threads together."""
    memory: int = 2 * 2**30
    """Bytes of address space that a fork may map on top of what the warm process has; no limit where it uses CUDA."""
    processes: int = 64
    """Threads and processes at once (forking is refused altogether under bubblewrap)."""
    files: int = 64
    """Open files at once."""
    file_bytes: int = 16 * 2**20
    """Bytes of one file that it writes (to its private /tmp)."""
    tmp_bytes: int = 64 * 2**20
    """Bytes of its private /tmp, which are memory."""
    output: int = 2_000
    """Characters kept of what one call prints; never more than 2,000."""
    submission_bytes: int = 16 * 2**20
    """Bytes of the uploaded file; a larger one is unreadable."""
    callbacks: int = 2_000
    """How often one call may call back an implementation that it was given."""


@dataclass(frozen=True)
class Config:
    """The settings of one run. ``seed`` decides the random inputs of graded checks."""

    seed: int = 0
    limits: Limits = field(default_factory=Limits)


def load(folder: Path | None = None) -> Config:
    """The settings in ``folder/atrous.toml``, or the defaults. Raises ``ValueError`` naming what is wrong in the file."""
    path = (folder or Path()) / FILE
    if not path.is_file():
        return Config()
    try:
        return _config(tomllib.loads(path.read_text(encoding="utf-8")))
    except RecursionError:
        raise ValueError(f"{path}: it is nested too deeply") from None
    except (ValueError, OSError) as error:
        raise ValueError(f"{path}: {error}") from None


def _config(table: dict[str, Any]) -> Config:
    seed = table.pop("seed", 0)
    if type(seed) is not int or seed.bit_length() > 63:
        raise ValueError(f"seed must be a whole number of at most 63 bits, not {_short(seed)}")
    limits = table.pop("limits", {})
    if type(limits) is not dict:
        raise ValueError(f"limits must be a table, [limits], not {_short(limits)}")
    if table:
        raise ValueError(f"unknown setting {_short(next(iter(table)))}; there are: seed, [limits]")
    return Config(seed, _limits(limits))


def _limits(table: dict[str, Any]) -> Limits:
    known = {entry.name: type(entry.default) for entry in fields(Limits)}
    for name, value in table.items():
        if name not in known:
            raise ValueError(f"unknown limit {_short(name)}; there are: {', '.join(known)}")
        kind = known[name]
        if type(value) not in (int, kind) or not 0 < value <= MOST[kind]:  # nan is neither
            raise ValueError(f"{name} must be a positive {'whole ' if kind is int else ''}number up to {MOST[kind]}, not {_short(value)}")
    return replace(Limits(), **table)


def _short(value: Any) -> str:
    return f"{value!r:.60}" if type(value) is not int or value.bit_length() <= 64 else "so large a number"
