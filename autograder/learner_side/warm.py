"""The warm process: imports torch once, then forks a fresh child for each submission that the trusted side announces.

It never runs a line of a submission, and keeps no channel of one: a fork's channel is closed here as soon as the fork holds it.
"""

import gc
import os
import signal
import socket
import time
from typing import Any

import torch

from . import isolation
from .calls import Capped, observe
from .quiet import silence_course
from .serve import serve
from .session import Session, notebook_shell
from .wire import Closed, Stream, frame

HOME = "/home/learner"


def main(control: Stream) -> None:
    """Serve the control socket: ``fork`` (with the channel's descriptor) and ``end``; leave when it is closed."""
    _, settings = control.receive()
    settings["namespace"] = isolation.become_warden() if settings["isolate"] else None  # before threads start: they would prevent it
    warm_up(settings["cuda"])
    control.send({"ready": True})
    try:
        while True:
            _, order = control.receive()
            control.send(_start(control, settings, order) if order["order"] == "fork" else _end(order["job"], order["grace"]))
    except Closed:
        return


def warm_up(cuda: bool) -> None:
    """Do once, before any fork, what torch and IPython do lazily at the first use.

    ``cuda``: forks will use CUDA. Then no gradient is computed here: that wakes the CUDA driver, and a driver that was awake
    before a fork does not work in it.
    """
    torch.set_num_threads(1)
    silence_course()
    notebook_shell()
    x = torch.ones(1, 1, 5, 5, dtype=torch.float64, requires_grad=True)
    watches: list[dict[str, Any]] = [{"operations": True, "random": True}, {"device": "meta", "operations": True}]
    for watch in watches if cuda else [{"upstream": torch.ones(1, 1, 5, 5).double()}, *watches]:
        frame(observe(_usual_operations, [x], {}, watch))
    Session().run({"name": "warm-up", "source": "import math\n%time math.pi", "notebook": True})
    gc.collect()
    gc.freeze()  # objects that live for ever needn't be copied into every child by the garbage collector


def _usual_operations(x: torch.Tensor) -> torch.Tensor:
    """A little of everything that lessons use."""
    padded = torch.nn.functional.pad(x, (1, 1, 1, 1))
    y = torch.nn.functional.conv2d(padded, x[..., :3, :3]) + torch.einsum("nchw,ncwk->nchk", x, x) @ x
    y = y + torch.stack([padded[..., i:i + 5, :5] for i in range(2)]).sum(0) + torch.cat([x, x], 1).mean(1, keepdim=True)
    y = y + torch.fft.irfft2(torch.fft.rfft2(x), s=(5, 5)) + x[..., torch.arange(5, device=x.device)]
    y = y + padded.unfold(2, 5, 1)[..., 0, :, :].flip(-1)[..., :1, :5].expand_as(x) + x.new_zeros(5) + torch.zeros_like(x)
    spread = x.new_zeros(1, 1, 5, 5)
    spread[..., ::2, ::2] = x[..., :3, :3]
    y = y + spread + torch.where(x > 0, x, -x).clamp(min=0).reshape(1, 1, 5, 5).contiguous()
    resized: torch.Tensor = torch.nn.functional.interpolate(y, size=(5, 5), mode="bilinear", align_corners=False)
    return resized


def _start(control: Stream, settings: dict[str, Any], order: dict[str, Any]) -> dict[str, Any]:
    descriptor = control.descriptors.pop()
    if settings["isolate"]:
        isolation.next_child_is_alone(settings["namespace"])
    job = os.fork()
    if job == 0:
        settings["limits"]["cpu_seconds"] = order["cpu_seconds"]
        _child(control, socket.socket(fileno=descriptor), settings)
    os.close(descriptor)
    return {"job": job}


def _child(control: Stream, channel: socket.socket, settings: dict[str, Any]) -> None:
    """What the fork does. The first message over its channel, before any code of a submission runs, says whether it could start."""
    try:
        stream = Stream(channel)
        stream.send(_ready(control, settings))
        serve(stream, Session())
        os._exit(0)
    except BaseException:  # a child must never fall back into the parent's loop
        os._exit(70)


def _ready(control: Stream, settings: dict[str, Any]) -> dict[str, Any]:
    try:
        control.close()
        if settings["isolate"]:
            os.close(settings["namespace"])
        _silence_streams()
        _confine(settings)
    except BaseException as error:
        return {"refused": f"{error!r:.300}"}
    return {"ready": True}


def _silence_streams() -> None:
    """Put a fresh /dev/null in the place of input, output and errors: nothing that the warm process or the next fork holds as well."""
    null = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(null, stream)
    os.close(null)


def _confine(settings: dict[str, Any]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.setsid()  # kill(0, …) reaches the whole process group, across PID namespaces: it must hold nobody else
    isolation.limit(settings["limits"])
    Capped.most = settings["limits"]["output"]
    isolation.end_with_parent()
    if settings["isolate"]:
        isolation.isolate(HOME, settings["limits"]["tmp_bytes"])
        isolation.drop_privileges(settings["seccomp"].numpy().tobytes())
    if settings["cuda"]:
        torch.zeros(1, device="cuda")  # where CUDA can't be used, no submission is to blame


def _end(job: int, grace: float) -> dict[str, Any]:
    """Wait ``grace`` seconds for a fork to end, then kill it: how it ended, and the CPU seconds it used."""
    give_up = time.monotonic() + grace
    done, status, usage = os.wait4(job, os.WNOHANG)
    while not done and time.monotonic() < give_up:
        time.sleep(0.002)
        done, status, usage = os.wait4(job, os.WNOHANG)
    killed = not done
    if killed:
        _kill(job)
        _, status, usage = os.wait4(job, 0)
    return {"killed": killed, "code": os.waitstatus_to_exitcode(status), "cpu_seconds": usage.ru_utime + usage.ru_stime}


def _kill(job: int) -> None:
    try:
        os.killpg(job, signal.SIGKILL)
    except ProcessLookupError:  # it made no group of its own
        os.kill(job, signal.SIGKILL)
