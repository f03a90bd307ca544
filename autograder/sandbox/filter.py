"""The system calls that a learner's process may not make, as a BPF program for the kernel's seccomp filter."""

import errno
import tempfile
from functools import cache

CLONE_THREAD = 0x10000
#: Answered with EPERM. New processes and programs, sockets, and every call that reaches into another process or the kernel.
DENIED = (
    "fork", "vfork", "execve", "execveat", "socket", "connect", "bind", "listen", "accept", "accept4",
    "ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "pidfd_open", "pidfd_getfd", "kcmp",
    "mount", "umount2", "pivot_root", "chroot", "move_mount", "open_tree", "fsopen", "fsmount", "fsconfig", "fspick", "mount_setattr",
    "unshare", "setns", "keyctl", "add_key", "request_key", "bpf", "perf_event_open", "userfaultfd",
    "io_uring_setup", "io_uring_enter", "io_uring_register", "io_setup", "kexec_load", "kexec_file_load",
    "init_module", "finit_module", "delete_module", "reboot", "swapon", "swapoff", "acct", "quotactl", "syslog",
    "settimeofday", "clock_settime", "adjtimex", "name_to_handle_at", "open_by_handle_at", "personality",
    "iopl", "ioperm", "modify_ldt", "uselib", "vhangup", "lookup_dcookie", "quotactl_fd", "fanotify_init", "process_mrelease",
    "pidfd_send_signal", "statmount", "listmount", "open_tree_attr", "splice", "tee", "vmsplice",
    "shmget", "msgget", "semget", "mq_open", "memfd_create", "memfd_secret", "seccomp", "setrlimit", "prlimit64",
)


class Missing(Exception):
    """libseccomp or its Python binding is not here."""


@cache
def program() -> bytes:
    """The filter, compiled for this machine. Raises ``Missing`` where libseccomp can't be loaded."""
    try:
        import pyseccomp
    except (ImportError, RuntimeError, OSError) as error:
        raise Missing(f"libseccomp is missing ({error}); on Debian or Ubuntu: apt-get install libseccomp2") from None
    rules = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
    for name in DENIED:
        _deny(rules, pyseccomp, name)
    rules.add_rule(pyseccomp.ERRNO(errno.ENOSYS), "clone3")  # the C library then asks for clone, whose flags a filter can see
    rules.add_rule(pyseccomp.ERRNO(errno.EPERM), "clone", pyseccomp.Arg(0, pyseccomp.MASKED_EQ, CLONE_THREAD, 0))
    with tempfile.TemporaryFile() as file:
        rules.export_bpf(file)
        file.seek(0)
        return file.read()


def _deny(rules: object, pyseccomp: object, name: str) -> None:
    try:
        rules.add_rule(pyseccomp.ERRNO(errno.EPERM), name)  # type: ignore[attr-defined]
    except (OSError, ValueError, RuntimeError):
        return  # this machine's kernel headers don't know the call, so it can't be made by that name
