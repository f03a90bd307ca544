"""The threat list of docs/security.md, as submissions: each has its expected end, and is graded between two honest ones.

Of the two honest ones the first is right and the second is wrong: whatever happens between them must help and harm neither.
A hostile submission holds right answers too, and an attack; what is expected names the exercises that are not correct. Where an attack
looks for something, it spoils its own answer if it finds it, so that nothing to name means that nothing was found.
"""

import io
import json
import os
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from autograder import classroom
from autograder.config import Limits
from autograder.grading import Settings
from autograder.grading.find import ClassFolder, Upload, find
from autograder.grading.worker import Worker
from autograder.sandbox import Warm
from autograder.verdicts import Result

from .conftest import EXAMPLE_CLASS, LIMITS

LESSON = "dilated_convolution"
HONEST = """import torch
def effective_kernel_size(kernel_size, dilation):
    if min(kernel_size, dilation) < 1: raise ValueError("nonsense")
    return dilation * (kernel_size - 1) + 1
def same_padding(kernel_size, dilation):
    if min(kernel_size, dilation) < 1: raise ValueError("nonsense")
    total = dilation * (kernel_size - 1)
    return total // 2, total - total // 2
def valid_taps(size, dilation, kernel_size=3):
    if min(size, dilation, kernel_size) < 1 or kernel_size % 2 == 0: raise ValueError("nonsense")
    at = torch.arange(size)
    reach = torch.arange(-(kernel_size // 2), kernel_size // 2 + 1) * dilation
    inside = ((at[:, None] + reach >= 0) & (at[:, None] + reach < size)).sum(1)
    return inside[:, None] * inside[None, :]
"""
EXERCISES = ("effective_kernel_size", "same_padding", "valid_taps")
HONEST_WRONG = HONEST + "def same_padding(kernel_size, dilation): return kernel_size // 2, kernel_size // 2\n"
#: The answer that an attack wants to see passed.
LIE = "def effective_kernel_size(kernel_size, dilation): return kernel_size * dilation\n"
#: An answer that is right until ``found`` holds something.
PROBE = """
right = effective_kernel_size
def effective_kernel_size(kernel_size, dilation):
    return -1 if found else right(kernel_size, dilation)
"""
ONE = "def effective_kernel_size(kernel_size, dilation):\n    "
NOTHING: dict[str, str] = {}


def only(outcome: str) -> dict[str, str]:
    """Nothing but the exercise that is attacked."""
    return {"effective_kernel_size": outcome}


#: Number in the threat list and name → the attack, the exercises that are not correct, what the attacked one's message holds.
ATTACKS: dict[str, tuple[str, dict[str, str], str]] = {
    "1 patched torch": ("torch.allclose = torch.equal = torch.testing.assert_close = lambda *a, **k: True\n" + LIE, only("wrong"), ""),
    "2 patched unittest": ("import unittest, doctest\nunittest.TestCase.assertEqual = doctest.run_docstring_examples = lambda *a: None\n"
                           + LIE, only("wrong"), ""),
    "3 patched pytest": ("import pytest, _pytest.reports, _pytest.runner\n_pytest.reports.TestReport.outcome = 'passed'\n"
                         "_pytest.runner.pytest_runtest_makereport = lambda *a: None\n" + LIE, only("wrong"), ""),
    "5 always equal": ("class Same:\n    def __eq__(self, other): return True\n    def __int__(self): return 5\n    __index__ = __int__\n"
                       + ONE + "return Same()", only("wrong"), "Same where an int is due"),
    "6 lazy tensor": ("class Lazy(torch.Tensor):\n    @classmethod\n    def __torch_function__(cls, *args, **kwargs): return True\n"
                      "def valid_taps(*args): return torch.ones(5, 5).as_subclass(Lazy)\n", {"valid_taps": "raised"}, "AttributeError"),
    "7 registry": ("import gc\nfor thing in gc.get_objects():\n"
                   "    if type(thing).__name__ in ('CheckResult', 'Result', 'TestReport', 'Job'):\n"
                   "        thing.outcome = 'passed'\n" + LIE, only("wrong"), ""),
    "8 frames": ("import gc, sys\nright = effective_kernel_size\n" + ONE + """frame, names = sys._getframe(), set()
    while frame: names, frame = names | set(frame.f_locals) | set(frame.f_globals), frame.f_back
    seen = {getattr(thing, '__name__', '') for thing in gc.get_objects() if callable(thing)}
    found = (names | seen) & {'expected', 'oracle', 'effective_kernel_size__gaps', 'TestEffectiveKernelSize', 'Job', 'Settings'}
    return -1 if found else right(kernel_size, dilation)""", NOTHING, ""),
    "9 overwritten tensors": ("""import gc
def valid_taps(*args):
    for thing in gc.get_objects():
        if type(thing) is torch.Tensor and thing.is_floating_point() and not thing.requires_grad: thing.fill_(float('nan'))
    return torch.full((args[0], args[0]), float('nan'))
""", {"valid_taps": "wrong"}, ""),
    "10 hooks": ("import builtins, sys\nsys.settrace(lambda *a: None)\nsys.setprofile(lambda *a: None)\nsys.addaudithook(lambda *a: None)\n"
                 "builtins.AssertionError = builtins.repr\n" + LIE, only("wrong"), ""),
    "11 IPython's hooks": ("import sys\nfrom IPython.core.interactiveshell import InteractiveShell\nInteractiveShell.showtraceback = "
                           "InteractiveShell.run_line_magic = lambda *a, **k: None\nsys.displayhook = sys.excepthook = lambda *a: None\n"
                           + LIE, only("wrong"), ""),
    "12 a forged result, then out": ("import os\n" + ONE + """for place in ('result.json', 'results.json', '/tmp/results/student.json'):
        os.makedirs(os.path.dirname(os.path.abspath(place)), exist_ok=True)
        open(place, 'w').write('{"schema": 1, "outcome": "graded", "score": 22}')
    os._exit(0)""", only("crashed"), "exit code 0"),
    "13 background process": ("import os\n" + ONE + "return os.fork() and 1", only("raised"), "PermissionError"),
    "14 late writers": ("""import atexit, os, threading, time, weakref
class Thing: pass
def late(*args):
    for number in range(3, 64):
        try: os.write(number, b'passed' * 100)
        except OSError: pass
thing = Thing()
weakref.finalize(thing, late)
atexit.register(late)
threading.Thread(target=lambda: (time.sleep(2), late())).start()
""" + LIE, only("wrong"), ""),
    "15 kill the parent": ("""import ctypes, os
found = []
for number in (os.getppid(), 1, 2, 3, -1):
    try: os.kill(number, 0) if number > 1 else None
    except OSError: continue
    found += [number] if number > 1 else []
found += [1] if ctypes.CDLL(None).ptrace(16, 1, 0, 0) == 0 else []
""" + PROBE, NOTHING, ""),
    "16 pickle": ("import os\nclass Payload:\n    def __reduce__(self): return os.system, ('touch /tmp/owned',)\n"
                  + ONE + "return Payload()", only("wrong"), "Payload where an int is due"),
    "18 odd tags": ("import sys\n" + ONE + "wire = sys.modules['learner_side.wire']\n"
                    "    wire.pack = lambda *a: {'object': 'os.system', 'args': ['true']}\n    return 1", only("crashed"), "channel"),
    "19 a second answer": ("import gc, sys\nwire = sys.modules['learner_side.wire']\n" + ONE + """
    stream = next(thing for thing in gc.get_objects() if type(thing) is wire.Stream)
    stream.send({'value': dilation * (kernel_size - 1) + 1}, 1)
    return 1""", only("crashed"), "nobody asked for"),
    "20 every descriptor": ("import os\n" + ONE + """for number in range(3, 64):
        try: os.write(os.dup(number), b'passed' * 100)
        except OSError: pass
    return 1""", only("crashed"), "channel"),
    "21 huge": (ONE + "return torch.zeros(2 * 10**7)", only("wrong"), "too large"),
    "21 deep": (ONE + "deep = []\n    for _ in range(10**5): deep = [deep]\n    return deep", only("raised"), "RecursionError"),
    "21 deep, but not so much": (ONE + "deep = []\n    for _ in range(100): deep = [deep]\n    return deep", only("wrong"),
                                 "a list where an int is due"),
    "21 slow": ("import gc, socket, sys, time\nwire = sys.modules['learner_side.wire']\n" + ONE + """
    channel = next(thing for thing in gc.get_objects() if isinstance(thing, socket.socket))
    channel.sendall(wire.HEADER.pack(1, 1000, 0))
    while True: channel.sendall(b' '); time.sleep(0.05)""", only("timeout"), "within 3 s"),
    "23 read the tests": ("""import os
found = []
for folder, folders, files in os.walk('/'):
    folders[:] = [name for name in folders if name not in ('usr', 'lib', 'proc', 'sys')
                  and ('autograder' in name or os.path.basename(folder) != 'site-packages')]
    found += [name for name in files if name.endswith(('.ipynb', '.csv')) or 'autograder' in folder or name in
              ('checks.py', 'oracle.py', 'misconceptions.py', 'variants.py', 'marking.py', 'test_threats.py')]
""" + PROBE, NOTHING, ""),
    "25 read other submissions": ("import os\nfound = [path for path in (CLASS, RESULTS, os.path.dirname(CLASS)) if os.path.exists(path)]\n"
                                  + PROBE, NOTHING, ""),
    "26 /proc and the environment": ("""import os
found = os.listdir('/proc') + [name for name in os.environ if name.startswith(('ATROUS', 'PYTEST', 'SECRET', 'AWS', 'GITHUB'))]
""" + PROBE, NOTHING, ""),
    "30 poison": ("""import os, site, sys
found = []
for folder in [*site.getsitepackages(), *sys.path, os.path.dirname(os.__file__), '/usr/lib', '/etc']:
    for name in ('evil.pth', 'sitecustomize.py', '__pycache__/torch.pyc'):
        try: open(os.path.join(folder, name), 'w'); found.append(name)
        except OSError: pass
os.makedirs(os.path.expanduser('~/.ipython/profile_default/startup'))
open(os.path.expanduser('~/.ipython/profile_default/startup/evil.py'), 'w').write('raise SystemExit')
""" + PROBE, NOTHING, ""),
    "31 overwrite sources": ("""import os, sys
found = []
for module in list(sys.modules.values()):
    if not os.path.isabs(str(getattr(module, '__file__', ''))): continue
    try: open(module.__file__, 'a'); found.append(module.__file__)
    except OSError: pass
""" + PROBE, NOTHING, ""),
    "35 loop at import": ("while True: pass\n", dict.fromkeys(EXERCISES, "timeout"), "within 3 s in file"),
    "35 loop in a function": (ONE + "while True: pass", only("timeout"), "within 3 s in effective_kernel_size"),
    "35 loop in what comes back": ("class Endless:\n    def __repr__(self):\n        while True: pass\n"
                                   "    __eq__ = __str__ = __bool__ = __len__ = __iter__ = __repr__\n" + ONE + "return Endless()",
                                   only("wrong"), "Endless where an int is due"),
    "35 loop in an error's text": ("class E(Exception):\n    def __str__(self):\n        while True: pass\n" + ONE + "raise E",
                                   only("timeout"), "within 3 s"),
    "36 sleep": ("import time\n" + ONE + "time.sleep(60)", only("timeout"), "within 3 s"),
    "36 deadlock": ("import threading\n" + ONE + "lock = threading.Lock(); lock.acquire(); lock.acquire()", only("timeout"), "within 3 s"),
    "36 read the keyboard": (ONE + "return int(input())", only("raised"), "EOFError"),
    "37 deaf to signals": ("import ctypes, signal\n" + ONE + """for number in range(1, 32):
        try: signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError): pass
    while True: ctypes.CDLL(None).pause()""", only("timeout"), "within 3 s"),
    "38 64 GB": (ONE + "return torch.ones(2**33).sum()", only("out_of_memory"), "memory"),
    "38 growth": (ONE + "kept = []\n    while True: kept.append(bytearray(2**24))", only("out_of_memory"), "MemoryError"),
    "39 fork bomb": ("import os\n" + ONE + "while True: os.fork()", only("raised"), "PermissionError"),
    "39 thread bomb": ("import threading, time\n" + ONE + "for _ in range(5000): threading.Thread(target=time.sleep, args=(30,)).start()\n"
                       "    return 1", only("raised"), "thread"),
    "39 many torch threads": ("torch.set_num_threads(64)\n", NOTHING, ""),
    "40 fill the disk": (ONE + "for number in range(100): open(f'/tmp/{number}', 'wb').write(bytes(2**23))\n    return 1", only("raised"),
                         "No space left"),
    "40 a huge file": (ONE + "return open('/tmp/huge', 'wb').write(bytes(2**26))", only("raised"), "File too large"),
    "40 no more descriptors": (ONE + "kept = [open('/tmp/x', 'w') for _ in range(1000)]", only("raised"), "Too many open files"),
    "41 200 MB of output": ("import os\nfor _ in range(20): print('x' * 10**7)\nos.write(1, bytes(range(256)) * 1000)\n", NOTHING, ""),
    "42 _exit": ("import os\n" + ONE + "os._exit(7)", only("crashed"), "exit code 7"),
    "42 sys.exit": ("import sys\n" + ONE + "sys.exit(0)", only("raised"), "SystemExit"),
    "42 quit": (ONE + "quit()", only("raised"), "SystemExit"),
    "42 exit at import": ("raise SystemExit\n", NOTHING, ""),
    "42 interrupt": (ONE + "raise KeyboardInterrupt", only("raised"), "KeyboardInterrupt"),
    "43 segmentation fault": ("import ctypes\n" + ONE + "ctypes.string_at(0)", only("crashed"), "signal 11"),
    "43 abort": ("import os\n" + ONE + "os.abort()", only("crashed"), "crashed the interpreter"),
    "43 C stack overflow": ("import faulthandler\n" + ONE + "faulthandler._stack_overflow()", only("crashed"), "signal 11"),
    "43 deep recursion": (ONE + "return effective_kernel_size(kernel_size, dilation)", only("raised"), "RecursionError"),
    "44 missing import": ("import nothing_of_that_name\n" + ONE + "return nothing_of_that_name.size", only("raised"), "NameError"),
    "46 other defaults": ("torch.set_default_dtype(torch.float64)\ntorch.set_default_device('meta')\ntorch.set_grad_enabled(False)\n"
                          "torch.use_deterministic_algorithms(True)\ntorch.manual_seed = lambda seed: None\n", NOTHING, ""),
    "46 other defaults, in a call": ("right = effective_kernel_size\n" + ONE + "torch.set_default_dtype(torch.float16)\n"
                                     "    torch.set_default_device('meta')\n    return right(kernel_size, dilation)", NOTHING, ""),
    "47 weights from the network": ("import urllib.request\n" + ONE + "return urllib.request.urlopen('http://127.0.0.1:9/')",
                                    only("raised"), "not permitted"),
    "47 torch.hub": (ONE + "return torch.hub.load('pytorch/vision', 'resnet18')", only("raised"), ""),
    "48 compile C++": ("from torch.utils.cpp_extension import load_inline\n" + ONE + "return load_inline('x', 'int f() { return 1; }')",
                       only("raised"), ""),
    "49 memory of others": ("found = [n for n in range(1, 2000) if bool((torch.empty(n) == 4711).any())]\n" + PROBE, NOTHING, ""),
}


@pytest.fixture(scope="module")
def three(warm: object) -> Iterator[Worker]:
    """A worker for three exercises of lesson 1."""
    worker = Worker(Settings(sandbox="bubblewrap", limits=LIMITS, exercises=EXERCISES))
    yield worker
    worker.close()


@pytest.fixture(scope="module")
def grade_text(three: Worker, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Result]:
    """Grades a Python file's text. All that it took is in the result but the time."""
    folder = tmp_path_factory.mktemp("class")

    def graded(text: str) -> Result:
        path = folder / f"{LESSON}.py"
        path.write_text(text.replace("CLASS", repr(str(folder))).replace("RESULTS", repr(str(EXAMPLE_CLASS))), encoding="utf-8")
        return replace(three.grade(Upload("student", LESSON, path)), seconds=0.0)

    return graded


@pytest.fixture(scope="module")
def honest(grade_text: Callable[[str], Result]) -> tuple[Result, Result]:
    """What a right and a wrong honest submission get when nobody hostile is about."""
    right, wrong = grade_text(HONEST), grade_text(HONEST_WRONG)
    assert (_wrong(right), _wrong(wrong)) == (NOTHING, {"same_padding": "wrong"})
    return right, wrong


def _wrong(result: Result) -> dict[str, str]:
    return {entry.name: entry.outcome for entry in result.exercises if entry.outcome != "correct"}


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_between_two_honest_ones(grade_text: Callable[[str], Result], honest: tuple[Result, Result], name: str) -> None:
    attack, expected, told = ATTACKS[name]
    before, hostile, after = grade_text(HONEST), grade_text(HONEST + attack), grade_text(HONEST_WRONG)
    assert (_wrong(hostile), hostile.outcome) == (expected, "graded"), [entry.message for entry in hostile.exercises]
    assert told in "".join(entry.message for entry in hostile.exercises if entry.name in expected)
    assert (before, after) == honest


#: What `valid_taps` may say of a tensor, and what is said to that.
TENSORS = {
    "answer.double() * float('nan')": "float64", "answer.float()": "float32", "answer.int()": "int32", "answer[:, :1]": "shape",
    "answer.tolist()": "list", "answer.numpy()": "numpy.ndarray", "answer.to('meta')": "has no values", "answer.to_sparse()": "Tensor",
    "answer.bool()": "bool", "-answer": "differ",
    "answer.double() * float('inf')": "float64",
}


@pytest.mark.parametrize("value", TENSORS)
def test_a_value_that_is_not_what_is_due_is_named(grade_text: Callable[[str], Result], value: str) -> None:
    text = f"answer_of = valid_taps\ndef valid_taps(*args, **names):\n    answer = answer_of(*args, **names)\n    return {value}\n"
    entry = grade_text(HONEST + text).exercises[2]
    assert entry.outcome == "wrong" and TENSORS[value] in entry.message, entry.message


@pytest.mark.parametrize("value", [
    "answer.T.contiguous().T", "answer.clone()[None].expand(2, -1, -1)[1]", "answer.repeat(2, 2)[:len(answer), :len(answer)]"])
def test_how_a_right_answer_lies_in_memory_does_not_matter(grade_text: Callable[[str], Result], value: str) -> None:
    text = f"answer_of = valid_taps\ndef valid_taps(*args, **names):\n    answer = answer_of(*args, **names)\n    return {value}\n"
    assert _wrong(grade_text(HONEST + text)) == NOTHING


#: Leaves a mark wherever it can, and looks for the mark of another.
MESSENGER = """
import ctypes, glob, os, socket
found = []
for place in ("/tmp/mark", "/dev/shm/mark", os.path.expanduser("~/mark"), "/var/tmp/mark", "/run/mark", "/atrous/mark", "/dev/mark"):
    found += [place] if os.path.exists(place) else []
    try: open(place, "w").write("mark")
    except OSError: pass
try:
    abstract = socket.socket(socket.AF_UNIX)
    abstract.bind("\\0mark")
except OSError as error: found += [] if error.errno == 1 else ["an abstract socket"]
try: socket.socket(40, socket.SOCK_STREAM); found.append("vsock")
except OSError: pass
system = ctypes.CDLL(None, use_errno=True)
found += [f"system call {number}" for number in (248, 249, 250, 29, 68, 64, 240, 319, 425) if system.syscall(number, 0, 0, 0, 0, 0) != -1]
"""


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the numbers of system calls are those of x86_64")
def test_two_submissions_can_not_pass_a_note(grade_text: Callable[[str], Result]) -> None:
    for number in range(3):
        result = grade_text(HONEST + MESSENGER + PROBE + f"# {number}\n")
        assert _wrong(result) == NOTHING


OLD_SYSTEM_CALL = ONE + """import ctypes, mmap
    code = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    code.write(b"\\xb8\\x14\\x00\\x00\\x00\\xcd\\x80\\xc3")  # eax = 20 (getpid, in 32 bits); int 0x80; return
    return ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(code)))()
"""


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="an instruction of x86_64")
def test_a_32_bit_system_call_ends_the_process(grade_text: Callable[[str], Result]) -> None:
    result = grade_text(HONEST + OLD_SYSTEM_CALL)
    assert _wrong(result) == only("crashed") and "signal" in result.exercises[0].message


def test_what_lies_beside_a_hand_in_is_not_read(three: Worker, tmp_path: Path, honest: tuple[Result, Result]) -> None:
    (tmp_path / "numpy").mkdir()
    for name in ("conftest.py", "sitecustomize.py", "torch.py", "numpy/__init__.py", "checks.py", "usercustomize.py"):
        (tmp_path / name).write_text("import os; os._exit(9)\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --collect-only\n")
    (tmp_path / ".OTTER_LOG").write_bytes(b"\x80\x04cposix\nsystem\n")
    (tmp_path / f"{LESSON}.py").write_text(HONEST)
    result = three.grade(Upload("student", LESSON, tmp_path / f"{LESSON}.py"))
    assert replace(result, seconds=0.0, key=honest[0].key) == honest[0]


LOUD = """
def dilated_conv2d(x, weight, bias=None, padding=(0, 0), dilation=(1, 1)):
    print("LEAK", tuple(x.shape))
    if x.shape[-1] == 61: raise RuntimeError(f"LEAK {tuple(x.shape)}")
    return right_conv2d(x, weight, bias, padding, dilation)
"""


def test_a_hidden_check_repeats_nothing_that_the_submission_says(grade: Callable[[str], Result]) -> None:
    source = (EXAMPLE_CLASS / "ada" / LESSON / f"{LESSON}.ipynb").read_text(encoding="utf-8")
    cells = {cell["metadata"].get("nbgrader", {}).get("grade_id"): "".join(cell["source"]) for cell in json.loads(source)["cells"]}
    result = grade(HONEST + "from torch import Tensor\nimport torch.nn.functional as F\n"
                   + cells["dilated_conv2d"].replace("def dilated_conv2d", "def right_conv2d") + LOUD)
    told = next(entry for entry in result.exercises if entry.name == "dilated_conv2d")
    assert told.outcome == "raised" and "hidden" in told.message and "LEAK" not in told.message and "61" not in told.message


#: Says all that a process can see of how it is run.
SPY = """
import os, platform, socket, sys
def effective_kernel_size(kernel_size, dilation):
    seen = [sys.argv, sys.orig_argv, sorted(os.environ.items()), os.getcwd(), socket.gethostname(), os.getpid(), os.getppid(), os.getuid(),
            sorted(sys.modules), sorted(os.listdir("/")), sorted(os.listdir("/dev")), sys.flags, sys.gettrace(), sorted(globals())]
    raise RuntimeError(__import__("hashlib").sha256(repr(seen).encode()).hexdigest())
"""


def test_checking_and_grading_look_the_same_from_inside(three: Worker, tmp_path: Path) -> None:
    own = Worker(Settings(sandbox="bubblewrap", limits=LIMITS, exercises=EXERCISES[:1], graded=False))
    (tmp_path / "spy.py").write_text(SPY)
    told = [worker.grade(Upload(student, LESSON, tmp_path / "spy.py")).exercises[0].message for student, worker in
            (("ada", three), ("ada", own), ("blaise", three))]
    own.close()
    assert told[0] == told[1] == told[2] and "RuntimeError" in told[0]


EDITS: dict[str, Callable[[dict[str, Any]], None]] = {
    "kernel": lambda notebook: notebook["metadata"].update(kernelspec={"name": "../../evil", "language": "bash"}),
    "no metadata": lambda notebook: notebook.pop("metadata"),
    "format": lambda notebook: notebook.update(nbformat=99, nbformat_minor="x"),
    "cell ids": lambda notebook: [cell.update(id="same") for cell in notebook["cells"]],
    "no check cells": lambda notebook: notebook.update(
        cells=[cell for cell in notebook["cells"] if not str(cell["metadata"].get("nbgrader", {}).get("grade_id")).startswith("check_")]),
    "all locked cells changed": lambda notebook: [
        cell.update(source="raise SystemExit") for cell in notebook["cells"] if cell["metadata"].get("nbgrader", {}).get("locked")],
    "every cell twice": lambda notebook: notebook.update(cells=notebook["cells"] * 2),
    "retagged": lambda notebook: [cell["metadata"].get("nbgrader", {}).update(points=1000, grade=True, solution=False, schema_version=-1)
                                  for cell in notebook["cells"]],
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edited_notebook_is_graded_by_its_answers(three: Worker, tmp_path: Path, edit: str) -> None:
    notebook = json.loads((EXAMPLE_CLASS / "ada" / LESSON / f"{LESSON}.ipynb").read_text(encoding="utf-8"))
    EDITS[edit](notebook)
    path = tmp_path / f"{LESSON}.ipynb"
    path.write_text(json.dumps(notebook))
    assert _wrong(three.grade(Upload("ada", LESSON, path))) == NOTHING


@pytest.mark.parametrize(("cell", "said"), [("def same_padding(k, d):\n    return (", "SyntaxError"),
                                            ("def same_padding(k, d):\nreturn 1, 1", "IndentationError"),
                                            ("%%bash\nrm -rf /", ""), ("!curl evil.example", ""), ("%run evil.py", ""), ("", "")])
def test_a_broken_cell_costs_only_its_own_exercise(three: Worker, tmp_path: Path, cell: str, said: str) -> None:
    notebook = json.loads((EXAMPLE_CLASS / "ada" / LESSON / f"{LESSON}.ipynb").read_text(encoding="utf-8"))
    for each in notebook["cells"]:
        if each["metadata"].get("nbgrader", {}).get("grade_id") == "same_padding":
            each["source"] = cell
    path = tmp_path / f"{LESSON}.ipynb"
    path.write_text(json.dumps(notebook))
    result = three.grade(Upload("ada", LESSON, path))
    assert list(_wrong(result)) == ["same_padding"] and said in result.exercises[1].message


def _zip_slip(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../../escaped.py", HONEST)
        archive.writestr("bomb", bytes(2**27))


def _many_files(path: Path) -> None:
    for number in range(3000):
        (path.parent / f"{number}.py").touch()


UPLOADS: dict[str, tuple[Callable[[Path], object], str]] = {
    "a zip": (_zip_slip, "UTF-8"),
    "a link": (lambda path: path.symlink_to("/etc/passwd"), "links are not followed"),
    "a hard link": (lambda path: path.hardlink_to(path.parents[3] / "secret"), "hard link"),
    "a device": (lambda path: path.symlink_to("/dev/zero"), "links are not followed"),
    "a pipe": (lambda path: os.mkfifo(path), "not a regular file"),
    "a folder": (lambda path: path.mkdir(), "not a regular file"),
    "too many bytes": (lambda path: os.truncate(os.open(path, os.O_CREAT | os.O_WRONLY), 2**40), "larger than"),
    "many files": (_many_files, "there is: 0.py, 1.py, 10.py"),
    "empty": (lambda path: path.touch(), "not JSON"),
    "cut off": (lambda path: path.write_text('{"cells": ['), "not JSON"),
    "nbformat 3": (lambda path: path.write_text('{"worksheets": [{"cells": []}], "nbformat": 3}'), "format 4"),
    "another lesson's": (lambda path: path.write_bytes((EXAMPLE_CLASS.parents[1] / "lessons/2_gridding/gridding.ipynb").read_bytes()),
                         "a notebook of the lesson gridding"),
    "UTF-16": (lambda path: path.write_bytes("{}".encode("utf-16")), "no list of cells"),
    "100 MB of outputs": (lambda path: path.write_text('{"cells": [], "x": "' + "y" * 2**24 + '"}'), "larger than"),
}


@pytest.mark.parametrize("kind", UPLOADS)
def test_an_odd_upload_is_an_explicit_0_with_the_reason(three: Worker, tmp_path: Path, kind: str, honest: tuple[Result, Result]) -> None:
    make, reason = UPLOADS[kind]
    (tmp_path / "secret").write_text(HONEST)
    for student in ("a", "mallory", "z"):
        (tmp_path / "class" / student / LESSON).mkdir(parents=True)
        (tmp_path / "class" / student / LESSON / f"{LESSON}.py").write_text(HONEST)
    odd = tmp_path / "class" / "mallory" / LESSON
    (odd / f"{LESSON}.py").unlink()
    make(odd / f"{LESSON}.ipynb")
    results = {upload.student: three.grade(upload) for upload in find(tmp_path / "class").uploads}
    assert results.keys() == {"a", "mallory", "z"} and results["a"].score == results["z"].score == honest[0].score
    assert (results["mallory"].outcome, results["mallory"].score) == ("unreadable", 0) and reason in results["mallory"].message
    assert sorted(path.name for path in tmp_path.iterdir()) == ["class", "secret"]


def test_the_cpu_time_of_a_submission_is_one_for_all_its_processes(tmp_path: Path, warm: object) -> None:
    limits = Limits(call_seconds=60.0, cpu_seconds=2)
    worker = Worker(Settings(sandbox="bubblewrap", limits=limits, exercises=EXERCISES))
    path = tmp_path / f"{LESSON}.py"
    path.write_text("".join(f"def {name}(*args, **names):\n    while True: pass\n" for name in EXERCISES))
    result = worker.grade(Upload("student", LESSON, path))
    used = worker.fork_seconds()
    worker.close()
    assert [entry.outcome for entry in result.exercises] == ["timeout"] * 3 and used < limits.cpu_seconds * len(EXERCISES)
    assert all("of CPU time" in entry.message for entry in result.exercises)


def test_a_name_can_not_write_to_a_terminal(tmp_path: Path) -> None:
    name = "\x1b[2J\x9b[red]eve[/red]\u202e\r"
    hostile = Result(name, LESSON, "unreadable", f"it can't be opened: {name}", 0.0, 22.0, (), 0, 0.0, ())
    text = io.StringIO()
    found = ClassFolder((), (tmp_path / name / "strange\x1b[2J",))
    classroom._show(Console(file=text, width=200), found, [hostile], tmp_path)
    assert "[red]eve[/red]" in text.getvalue() and "strange" in text.getvalue()
    assert not [character for character in text.getvalue() if not character.isprintable() and character != "\n"]


#: Looks for byte patterns in the memory of its own process, in what is private and can be written: all that a fork inherits but code.
SEARCH = r'''
import re
def search(patterns):
    found = []
    with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
        for start, end in [[int(word, 16) for word in line.split()[0].split("-")] for line in maps if " rw-p " in line]:
            memory.seek(start)
            try: data = memory.read(end - start)
            except OSError: continue
            found += [pattern for pattern in patterns if re.search(pattern.encode(), data)]
    return found
'''


def test_no_secret_is_in_the_memory_that_is_forked() -> None:
    """Without bubblewrap, which would hide /proc: the warm process is the same. A pattern doesn't match its own text."""
    secrets = ["[e]ffective_kernel_size__gaps", "[f]lips_the_kernel", "[T]estDilatedConv2d", "[o]racle.dilated_conv2d"]
    with Warm(isolated=False) as plain:
        channel = plain.open()
        channel.request({"kind": "run", "name": "file", "source": SEARCH, "notebook": False})
        call = {"kind": "call", "function": "search", "args": [[*secrets, "[d]rop_privileges"]], "kwargs": {}, "watch": {}}
        found = channel.request(call).get("value")
        channel.close()
    assert found and set(found) == {"[d]rop_privileges"}
