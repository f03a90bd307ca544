"""What Linux is asked for before a learner's code runs: namespaces, empty mounts, no capabilities, a system-call filter, limits.

The trusted side's part of the sandbox (bubblewrap's file view) is in ``autograder/sandbox``.
"""

import ctypes
import os
import resource
import signal
import sys
from pathlib import Path

NEW_USER, NEW_PID, NEW_MOUNT, NEW_IPC, NEW_NET, NEW_UTS = 0x10000000, 0x20000000, 0x20000, 0x8000000, 0x40000000, 0x4000000
NO_SUID, NO_DEV, NO_EXEC, READ_ONLY, REMOUNT, BIND = 2, 4, 8, 1, 32, 4096
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP = 1, 4, 24, 38, 22
SECCOMP_MODE_FILTER = 2
CAPABILITY_VERSION_3 = 0x20080522
LAST_CAPABILITY = 63

_libc = ctypes.CDLL(None, use_errno=True)


class Refused(OSError):
    """The kernel did not grant a part of the isolation. The code must not run."""


class _CapabilityHeader(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def _ask(what: str, result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise Refused(number, f"{what}: {os.strerror(number)}")


def become_warden() -> int:
    """Go on as the first process of a user and a PID namespace, in which PID namespaces can be made for children.

    Returns a descriptor of that PID namespace, for :func:`next_child_is_alone`.
    """
    user, group = os.getuid(), os.getgid()
    _ask("a user and a PID namespace", _libc.unshare(NEW_USER | NEW_PID))
    _map_ids(user, group)
    warden = os.fork()
    if warden:
        os._exit(os.waitstatus_to_exitcode(os.waitpid(warden, 0)[1]) & 0xFF)
    end_with_parent()
    return os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)


def end_with_parent() -> None:
    """Let the kernel kill this process when the one that forked it ends; where it can't, nothing happens."""
    if sys.platform == "linux":
        _ask("an end with its parent", _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0))


def next_child_is_alone(own_namespace: int) -> None:
    """Put the next forked child into a PID namespace of its own. When it ends, the kernel kills all that it started."""
    _ask("back to its own PID namespace", _libc.setns(own_namespace, NEW_PID))  # unshare works only from there
    _ask("a PID namespace", _libc.unshare(NEW_PID))


def isolate(home: str, tmp_bytes: int) -> None:
    """Give this process its own user, mount, IPC, network and UTS namespaces, empty /tmp, /dev/shm and home, and no /proc."""
    user, group = os.getuid(), os.getgid()
    _ask("namespaces", _libc.unshare(NEW_USER | NEW_MOUNT | NEW_IPC | NEW_NET | NEW_UTS))
    _map_ids(user, group)
    for folder, size in (("/tmp", str(tmp_bytes)), (home, "16m"), ("/dev/shm", "16m")):
        _mount_empty(folder, size)
    _mount_empty("/proc", "4k", READ_ONLY)
    os.chdir(home)


def _map_ids(user: int, group: int) -> None:
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1")


def _mount_empty(folder: str, size: str, flags: int = 0) -> None:
    options = f"size={size},nr_inodes=4096,mode=0700".encode()
    _ask(f"an empty {folder}", _libc.mount(b"tmpfs", folder.encode(), b"tmpfs", NO_SUID | NO_DEV | flags, options))


def drop_privileges(seccomp: bytes) -> None:
    """Give up every capability for good, forbid new privileges, and install the system-call filter (a BPF program)."""
    for capability in range(LAST_CAPABILITY + 1):
        _libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)  # fails for numbers that this kernel doesn't have
    header = _CapabilityHeader(CAPABILITY_VERSION_3, 0)
    _ask("no capabilities", _libc.capset(ctypes.byref(header), ctypes.byref((ctypes.c_uint32 * 6)())))
    _ask("no new privileges", _libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    _ask("no dumps", _libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
    program = _Program(len(seccomp) // 8, seccomp)
    _ask("a system-call filter", _libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0))


def limit(limits: dict[str, int]) -> None:
    """Set the resource limits: ``cpu_seconds``, ``file_bytes``, ``files``, ``processes``, and where it is given ``memory``.

    ``memory``: bytes on top of what is mapped now.
    """
    if "memory" in limits:
        _cap(resource.RLIMIT_AS, _mapped_bytes() + limits["memory"])
    _cap(resource.RLIMIT_CPU, limits["cpu_seconds"])
    _cap(resource.RLIMIT_FSIZE, limits["file_bytes"])
    _cap(resource.RLIMIT_NOFILE, limits["files"])
    _cap(resource.RLIMIT_NPROC, limits["processes"])
    _cap(resource.RLIMIT_CORE, 0)


def _cap(what: int, value: int) -> None:
    hard = resource.getrlimit(what)[1]
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(what, (value, value))


def _mapped_bytes() -> int:
    """Bytes of address space in use; 0 where there is no /proc (macOS has no such limit either)."""
    statm = Path("/proc/self/statm")
    return int(statm.read_text().split()[0]) * resource.getpagesize() if statm.exists() else 2**40
