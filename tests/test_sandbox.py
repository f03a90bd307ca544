"""The sandbox: what learners' code can't do, what each end is called, and that nothing of one submission reaches the next."""

import os
import shutil
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest
import torch

from autograder import course
from autograder.config import Limits
from autograder.errors import NoSandbox
from autograder.learner_side.calls import observe
from autograder.learner_side.wire import Function, Opaque
from autograder.sandbox import Ended, SocketChannel, Warm, bubblewrap, why_not
from autograder.sandbox import filter as system_calls

CODE = '''
import ctypes, os, socket, subprocess, sys, threading, time
import torch
def double(x): return x * 2
def leave(): os._exit(0)
def quit_(): raise SystemExit(0)
def loop():
    while True: pass
def nap(): time.sleep(60)
def crash(): ctypes.string_at(0)
def abort(): os.abort()
def recurse(): return recurse()
def allocate(): return torch.ones(2**31)
def hoard():
    kept = []
    while True: kept.append(bytearray(2**24))
def fork(): return os.fork()
def run(): return subprocess.run(["/bin/true"]).returncode
def connect(): return socket.create_connection(("127.0.0.1", 9)).fileno()
def listen(): return socket.socket(socket.AF_UNIX).fileno()
def read(path): return open(path).read()
def entries(path): return os.listdir(path)
def write(path, size): return open(path, "wb").write(b"x" * size)
def exists(path): return os.path.exists(path)
def environment(): return sorted(os.environ)
def threads(): return [threading.Thread(target=time.sleep, args=(30,)).start() for _ in range(5000)] and 1
def call(number, *args): return ctypes.CDLL(None, use_errno=True).syscall(number, *args), ctypes.get_errno()
def capabilities():
    data = (ctypes.c_uint32 * 6)()
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    ctypes.CDLL(None).capget(header, data)
    return list(data)
def kill(pid): os.kill(pid, 9)
def pid(): return os.getpid()
def flood(): print("x" * 10**8); return 1
def stdin(): return sys.stdin.read()
def descriptors():
    found = []
    for number in range(3, 64):
        try: found.append(os.fstat(number).st_mode)
        except OSError: pass
    return len(found)
def streams(): return [(os.fstat(n).st_rdev == os.stat(os.devnull).st_rdev) for n in range(3)]
def forge(): 
    for number in range(3, 64):
        try: socket.socket(fileno=number).sendall(b"x" * 100)
        except OSError: pass
    return 1
def huge(): return torch.zeros(2**25)
def answer_first():
    import gc
    return 1
'''
EPERM = 1


@pytest.fixture
def channel(warm: Warm) -> Any:
    channel = _loaded(warm)
    yield channel
    channel.close()


def _loaded(warm: Warm) -> SocketChannel:
    channel = warm.open()
    assert channel.request({"kind": "run", "name": "file", "source": CODE, "notebook": False})["raised"] is None
    return channel


def _call(channel: SocketChannel, name: str, *args: Any) -> dict[str, Any]:
    return channel.request({"kind": "call", "function": name, "args": list(args), "kwargs": {}, "watch": {}})


def _raised(channel: SocketChannel, name: str, *args: Any) -> str:
    return str(_call(channel, name, *args)["raised"]["type"])


def test_a_call_is_answered(channel: SocketChannel) -> None:
    assert torch.equal(_call(channel, "double", torch.arange(3))["value"], torch.tensor([0, 2, 4]))


@pytest.mark.parametrize(("name", "outcome", "message"), [
    ("leave", "crashed", "exit code 0"), ("crash", "crashed", "signal 11"), ("abort", "crashed", "crashed the interpreter"),
    ("loop", "timeout", "within 3 s in loop"), ("nap", "timeout", "within 3 s in nap"),
    ("forge", "crashed", "channel")])
def test_every_end_has_its_name_and_stays_the_end(warm: Warm, name: str, outcome: str, message: str) -> None:
    channel = _loaded(warm)
    with pytest.raises(Ended) as first:
        _call(channel, name)
    assert (first.value.outcome, message in first.value.message) == (outcome, True), first.value.message
    with pytest.raises(Ended):
        _call(channel, "double", 1)
    assert channel.ended


def test_a_value_that_is_too_large_costs_one_call(channel: SocketChannel) -> None:
    assert _call(channel, "huge")["value"] == Opaque("value too large to be sent")
    assert _call(channel, "double", 2)["value"] == 4


@pytest.mark.parametrize(("name", "error"), [("quit_", "SystemExit"), ("recurse", "RecursionError"), ("allocate", "RuntimeError"),
                                             ("hoard", "MemoryError")])
def test_what_can_be_caught_costs_one_call(channel: SocketChannel, name: str, error: str) -> None:
    assert _raised(channel, name) == error
    assert _call(channel, "double", 2)["value"] == 4


@pytest.mark.parametrize("name", ["fork", "run", "connect", "listen"])
def test_no_processes_and_no_sockets(channel: SocketChannel, name: str) -> None:
    assert _raised(channel, name) == "PermissionError"


@pytest.mark.parametrize("number", [101, 165, 272, 308, 250, 321, 425, 310], ids=[
    "ptrace", "mount", "unshare", "setns", "keyctl", "bpf", "io_uring_setup", "process_vm_readv"])
@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the numbers of system calls are those of x86_64")
def test_dangerous_system_calls_are_refused(channel: SocketChannel, number: int) -> None:
    assert _call(channel, "call", number, 0, 0, 0, 0, 0)["value"] == (-1, EPERM)


def test_no_capabilities(channel: SocketChannel) -> None:
    assert _call(channel, "capabilities")["value"] == [0] * 6


def test_many_threads_are_refused_and_harmless(channel: SocketChannel) -> None:
    assert _raised(channel, "threads") in ("RuntimeError", "MemoryError")


@pytest.mark.parametrize("path", [course.EXERCISES, course.PACKAGE.parent / "solutions", course.PACKAGE.parent / "tests",
                                  course.PACKAGE.parent / "data", course.lessons_folder(), Path.home() / ".bashrc", Path("/etc/passwd"),
                                  Path("/proc/1"), Path("/proc/self"), Path("/var"), Path("/root/.ssh")], ids=str)
def test_nothing_of_the_course_or_the_machine_is_visible(channel: SocketChannel, path: Path) -> None:
    assert _call(channel, "exists", str(path))["value"] is False


def test_the_course_can_not_be_imported(warm: Warm) -> None:
    channel = warm.open()
    for module in ("autograder.exercises", "autograder.course", "autograder.examination"):
        source = f"import importlib; importlib.import_module('{module}').lessons()"
        report = channel.request({"kind": "run", "name": "file", "source": source, "notebook": False})
        assert report["raised"]
    channel.close()


def test_the_file_view_is_read_only_but_for_an_empty_tmp(channel: SocketChannel) -> None:
    assert _call(channel, "entries", "/tmp")["value"] == []
    assert _call(channel, "write", "/tmp/mine", 10)["value"] == 10
    for path in ("/usr/mine", f"{sys.prefix}/mine", "/atrous/mine", "/mine", "/etc/mine", "/dev/mine", "/home/mine",
                 "/proc/mine", "/sys/mine", str(course.PACKAGE.parent / "mine")):
        assert _raised(channel, "write", path, 1) in ("OSError", "PermissionError", "FileNotFoundError")


def test_a_file_can_not_grow_without_end(channel: SocketChannel) -> None:
    assert _raised(channel, "write", "/tmp/large", 2**26) == "OSError"


def test_output_and_tmp_are_as_large_as_the_limits_say() -> None:
    if reason := why_not():
        pytest.skip(f"no sandbox: {reason}")
    with Warm(limits=Limits(output=5, tmp_bytes=2**20)) as small:
        channel = _loaded(small)
        assert _call(channel, "flood")["output"] == "xxxxx"
        assert _call(channel, "write", "/tmp/small", 2**19)["value"] == 2**19
        assert _raised(channel, "write", "/tmp/large", 2**21) == "OSError"
        channel.close()


def test_the_environment_says_nothing_of_this_machine(channel: SocketChannel) -> None:
    names = _call(channel, "environment")["value"]
    assert set(names) <= {*bubblewrap.ENVIRONMENT, "LC_CTYPE", "PWD", "KMP_DUPLICATE_LIB_OK", "KMP_INIT_AT_FORK", "TORCHINDUCTOR_CACHE_DIR"}


def test_a_process_sees_no_other_process(channel: SocketChannel) -> None:
    assert _call(channel, "pid")["value"] == 1
    assert _raised(channel, "kill", 2) == "ProcessLookupError"


def test_only_its_own_channel_is_open(channel: SocketChannel) -> None:
    assert _call(channel, "descriptors")["value"] == 1


def test_input_output_and_errors_lead_nowhere(channel: SocketChannel) -> None:
    assert _call(channel, "streams")["value"] == [True] * 3


def test_a_fork_that_can_not_be_confined_says_why() -> None:
    said = pytest.raises(NoSandbox, match=r"could not start: OverflowError.*doctor")
    with Warm(isolated=False, limits=Limits(memory=2**70)) as warm, said:
        warm.open()


def test_a_dead_warm_process_ends_its_forks_and_says_so_each_time() -> None:
    with Warm(isolated=False, limits=Limits()) as warm:
        channel = warm.open()
        warm._process.kill()
        warm._process.wait()
        channel.close()
        for _ in range(2):
            with pytest.raises(NoSandbox, match="ended without a word"):
                warm.open()


def test_threads_of_the_warm_process_do_not_prevent_isolation(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As on a machine with CUDA, where the first gradient starts the driver's threads."""
    shutil.copytree(bubblewrap.LEARNER_SIDE, tmp_path / "learner_side")
    file = tmp_path / "learner_side" / "warm.py"
    begin = "    torch.set_num_threads(1)\n"
    thread = "    import threading; threading.Thread(target=threading.Event().wait, daemon=True).start()\n"
    assert begin in file.read_text()
    file.write_text(file.read_text().replace(begin, begin + thread))
    monkeypatch.setattr(bubblewrap, "LEARNER_SIDE", tmp_path / "learner_side")
    with Warm() as warm:
        assert _call(_loaded(warm), "double", 4)["value"] == 8


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_where_cuda_does_not_start_no_submission_is_blamed() -> None:
    with Warm(isolated=False, cuda=True) as warm, pytest.raises(NoSandbox, match="CUDA"):
        warm.open()


def test_output_is_capped_and_input_is_empty(channel: SocketChannel) -> None:
    assert len(_call(channel, "flood")["output"]) == 2000
    assert _call(channel, "stdin")["value"] == ""


def test_nothing_of_one_submission_reaches_the_next(warm: Warm) -> None:
    first = _loaded(warm)
    _call(first, "write", "/tmp/message", 5)
    first.request({"kind": "run", "name": "file", "source": "import torch, builtins\ntorch.allclose = torch.equal = lambda *a: True\n"
                   "builtins.abs = max\ntorch.set_default_dtype(torch.float64)\nimport sys; sys.modules['math'] = None", "notebook": False})
    first.close()
    second = _loaded(warm)
    assert _call(second, "entries", "/tmp")["value"] == []
    report = second.request({"kind": "run", "name": "file", "notebook": False, "source":
                             "import math\nassert abs(-1) == 1 and not torch.equal(torch.ones(1), torch.zeros(1))\n"
                             "assert torch.get_default_dtype() == torch.float32"})
    assert report["raised"] is None
    second.close()


def test_two_forks_live_beside_each_other(warm: Warm) -> None:
    first, second = _loaded(warm), _loaded(warm)
    assert _call(first, "double", 1)["value"] == 2 and _call(second, "double", 2)["value"] == 4
    first.close()
    assert _call(second, "double", 3)["value"] == 6
    second.close()


def test_when_it_is_closed_nothing_is_left_running(warm: Warm) -> None:
    channel = _loaded(warm)
    before = set(psutil.Process().children(recursive=True))
    channel.close()
    assert set(psutil.Process().children(recursive=True)) < before


def test_a_wrong_number_is_not_believed(warm: Warm) -> None:
    channel = warm.open()
    source = '''
import gc, socket, sys
def cheat():
    channel = next(o for o in gc.get_objects() if isinstance(o, socket.socket))
    sys.modules["learner_side.wire"].Stream(channel).send({"value": 42}, 1)
    return 42
'''
    channel.request({"kind": "run", "name": "file", "source": source, "notebook": False})
    with pytest.raises(Ended) as ended:
        _call(channel, "cheat")
    assert ended.value.outcome == "crashed" and "nobody asked for" in ended.value.message


def test_a_function_on_the_other_side_can_be_called_back(warm: Warm) -> None:
    channel = warm.open()
    channel.request({"kind": "run", "name": "file", "source": "def use(f): return f(20) + f(x=1)", "notebook": False})
    message = {"kind": "call", "function": "use", "args": [Function("add")], "kwargs": {}, "watch": {}}
    assert channel.request(message, lambda name, args, kwargs, upstream: {"value": sum(args) + kwargs.get("x", 0)})["value"] == 21
    with pytest.raises(Ended):
        channel.request(message)


def test_only_the_function_that_was_given_can_be_called_back(warm: Warm) -> None:
    channel = warm.open()
    source = """
def use(f):
    ask = f.__closure__[0].cell_contents
    channel = next(cell.cell_contents for cell in ask.__closure__ if hasattr(cell.cell_contents, "send"))
    channel.send({"callback": "other", "args": [], "kwargs": {}, "upstream": None})
    return f(1)"""
    channel.request({"kind": "run", "name": "file", "source": source, "notebook": False})
    message = {"kind": "call", "function": "use", "args": [Function("add")], "kwargs": {}, "watch": {}}
    with pytest.raises(Ended, match="nobody offered"):
        channel.request(message, lambda name, args, kwargs, upstream: {"value": name})


def test_threads_may_call_back_at_the_same_time(warm: Warm) -> None:
    channel = warm.open()
    source = """
from concurrent.futures import ThreadPoolExecutor
def use(f):
    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(f, range(200)))"""
    channel.request({"kind": "run", "name": "file", "source": source, "notebook": False})
    call = {"kind": "call", "function": "use", "args": [Function("add")], "kwargs": {}, "watch": {}}
    report = channel.request(call, lambda name, args, kwargs, upstream: {"value": args[0] + 1})
    assert report["value"] == list(range(1, 201))


def test_autograd_follows_through_a_function_on_the_other_side(warm: Warm) -> None:
    channel = warm.open()
    source = """
import torch
def use(f):
    x = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64, requires_grad=True)
    (2 * f(x)).sum().backward()
    return x.grad"""
    channel.request({"kind": "run", "name": "file", "source": source, "notebook": False})
    call = {"kind": "call", "function": "use", "args": [Function("square")], "kwargs": {}, "watch": {}}
    report = channel.request(call, lambda name, args, kwargs, upstream: observe(torch.square, args, kwargs, {"upstream": upstream}))
    assert torch.equal(report["value"], torch.tensor([4.0, 8.0, 12.0], dtype=torch.float64))


def test_without_bubblewrap_it_says_so_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bubblewrap, "executable", lambda: None)
    with pytest.raises(NoSandbox, match="apt-get install bubblewrap") as refusal:
        Warm()
    assert "\n" not in str(refusal.value)


def test_without_libseccomp_it_says_so_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> bytes:
        raise system_calls.Missing("libseccomp is missing")

    monkeypatch.setattr(system_calls, "program", missing)
    with pytest.raises(NoSandbox, match="libseccomp"):
        Warm()


def test_a_sandbox_that_does_not_start_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bubblewrap, "command", lambda *_: [sys.executable, "-c", "import sys; sys.exit('no permission to do this')"])
    with pytest.raises(NoSandbox, match="no permission to do this"):
        Warm()


def test_the_plain_process_answers_too() -> None:
    with Warm(isolated=False, limits=Limits(call_seconds=2)) as plain:
        channel = _loaded(plain)
        assert _call(channel, "double", 4)["value"] == 8
        with pytest.raises(Ended, match="within 2 s"):
            _call(channel, "loop")
        assert _call(_loaded(plain), "double", 1)["value"] == 2
