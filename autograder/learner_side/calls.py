"""One call into the learner's code, observed: what it returned or raised, and what else it touched.

The report is plain data. Nothing here knows what the right answer is.
"""

import builtins
import contextlib
import difflib
import io
import linecache
import random
import re
import traceback
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

import torch
from torch import Tensor

from .drive import driver
from .watch import Watch, devices

MAX_OUTPUT = 2_000
#: A seed that nobody sets, so that setting any other is seen.
ODD_SEED = 0x5EED_0F_A7_2045
#: The names under which cells and files of a submission are compiled.
LEARNER_FILES = ("cell ", "submission ", "<ipython-input")
#: Values that are shown as they are beside the line on which an error was raised.
PLAIN = (int, float, bool, type(None))
#: How much two names look alike, from 0 to 1, when one is offered in the place of the other.
ALIKE = 0.75


class Interrupted(BaseException):
    """Raised from outside into the code of a call, by an alarm or by Ctrl-C: it ends the call, and is no error of the code."""


class Capped(io.StringIO):
    """A text stream that keeps the first ``most`` characters and forgets the rest."""

    most = MAX_OUTPUT

    def write(self, text: str) -> int:
        """Keep what still fits."""
        super().write(text[:max(0, self.most - self.tell())])
        return len(text)


@contextlib.contextmanager
def captured() -> Iterator[Capped]:
    """Collect prints, warnings and errors of the code inside."""
    output = Capped()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
        yield output


def neutral() -> None:
    """Put back the global switches that a call may have left in another position."""
    torch.set_default_dtype(torch.float32)
    torch.set_default_device(None)
    torch.set_grad_enabled(True)


def observe(function: Callable[..., Any], args: list[Any], kwargs: dict[str, Any], watch: dict[str, Any]) -> dict[str, Any]:
    """Call ``function`` and report on it. ``watch`` says what to look at:

    ``device``: where the tensors go first; ``layout``: "transposed" for axes that lie in memory in reverse, so that no view can merge two;
    ``operations``: true to count them; ``forbidden``: patterns of operations to list when they are used;
    ``upstream``: a tensor, to report the gradients of all tensor arguments that require one;
    ``script``: the name under which the steps of a script, the only argument, speak of ``function`` (see ``drive``).
    """
    neutral()
    if script := watch.get("script"):
        function = driver(function, script, watch.get("device", "cpu"))
    args, kwargs = (_moved(given, watch.get("device", "cpu"), watch.get("layout") == "transposed") for given in (args, kwargs))
    before = _copies(args, kwargs)
    watched = watch.get("operations", False)
    counter = Watch(tuple(watch.get("forbidden", ())), mixing=watched) if watched or watch.get("forbidden") else None
    with captured() as output, _random_watched() as moved:
        report = _outcome(function, args, kwargs, counter, watch.get("upstream"))
    report["changed"] = _changed(before, args, kwargs)
    report["random"] = moved == [True]
    report["output"] = output.getvalue()
    return report | (_watched(counter) if counter else {})


def _outcome(function: Callable[..., Any], args: list[Any], kwargs: dict[str, Any], counter: Watch | None, upstream: Any) -> dict[str, Any]:
    try:
        with counter or contextlib.nullcontext():
            value = function(*args, **kwargs)
        report = {"value": value, "devices": sorted(devices(value))}
        if upstream is not None:
            report["gradients"] = _gradients(value, [*args, *kwargs.values()], upstream)
        return report
    except Interrupted:
        raise
    except BaseException as error:  # also SystemExit and KeyboardInterrupt: a report, not an end
        return {"raised": describe(error)}


def _gradients(value: Any, arguments: list[Any], upstream: Tensor) -> list[Tensor | None]:
    inputs = [argument for argument in arguments if isinstance(argument, Tensor) and argument.requires_grad]
    if isinstance(value, Tensor) and not value.requires_grad:
        return [None] * len(inputs)
    return list(torch.autograd.grad(value, inputs, upstream.to(value.device), allow_unused=True))


def _moved(values: Any, device: str, transposed: bool) -> Any:
    if isinstance(values, Tensor):
        return _placed(values, device, transposed)
    if isinstance(values, dict):
        return {key: _moved(value, device, transposed) for key, value in values.items()}
    if type(values) in (list, tuple):
        return type(values)(_moved(value, device, transposed) for value in values)
    return values


def _placed(tensor: Tensor, device: str, transposed: bool) -> Tensor:
    placed = tensor.detach() if tensor.device.type in (device, "meta") else tensor.detach().to(device)
    if transposed:
        backwards = tuple(reversed(range(placed.dim())))
        placed = placed.permute(backwards).contiguous().permute(backwards)
    return placed.requires_grad_(tensor.requires_grad)


def _copies(args: list[Any], kwargs: dict[str, Any]) -> list[Any]:
    return [_copy(value) for value in [*args, *kwargs.values()]]


def _copy(value: Any) -> Any:
    if isinstance(value, Tensor):
        return value.detach().clone()
    if type(value) in (list, tuple):
        return type(value)(_copy(item) for item in value)
    return {key: _copy(item) for key, item in value.items()} if type(value) is dict else value


def _changed(before: list[Any], args: list[Any], kwargs: dict[str, Any]) -> list[int]:
    after = [*args, *kwargs.values()]
    return [place for place, (old, new) in enumerate(zip(before, after, strict=True)) if not _same(old, new)]


def _same(old: Any, new: Any) -> bool:
    if type(old) in (list, tuple):
        return type(new) is type(old) and len(new) == len(old) and all(map(_same, old, new))
    if type(old) is dict:
        return type(new) is dict and new.keys() == old.keys() and all(_same(item, new[key]) for key, item in old.items())
    if not isinstance(old, Tensor):
        return old is new or (type(new) is type(old) and bool(old == new))
    if not isinstance(new, Tensor) or new.shape != old.shape or new.dtype != old.dtype:
        return False
    return old.device.type == "meta" or torch.equal(old, new) or bool(((old == new) | (old.isnan() & new.isnan())).all())


@contextlib.contextmanager
def _random_watched() -> Iterator[list[bool]]:
    """Start PyTorch's and Python's global generators from an odd state, see whether it is the same afterwards, and put the old one back."""
    generators, python = _generators(), random.getstate()
    old = [generator.get_state() for generator in generators]
    random.seed(ODD_SEED)
    for generator in generators:
        generator.manual_seed(ODD_SEED)
    odd, moved = _random_state(generators), list[bool]()
    yield moved
    moved.append(_random_state(generators) != odd)
    random.setstate(python)
    for generator, state in zip(generators, old, strict=True):
        generator.set_state(state)


def _random_state(generators: list[torch.Generator]) -> list[Any]:
    return [random.getstate(), *(bytes(generator.get_state().numpy()) for generator in generators)]


def _generators() -> list[torch.Generator]:
    """PyTorch's global generators: the CPU's, and those of CUDA devices once something is there."""
    return [torch.default_generator, *(torch.cuda.default_generators if torch.cuda.is_initialized() else ())]


def _watched(counter: Watch) -> dict[str, Any]:
    return {"operations": counter.count, "forbidden": sorted(counter.forbidden), "mixed": sorted(counter.mixed)}


def describe(error: BaseException) -> dict[str, Any]:
    """The error as plain data: type, message, and the learner's own line with the values on it. Other frames are left out.

    ``near`` is a name that is there and looks like one that isn't; ``inside`` the function of somebody else's in which it was raised.
    """
    frame, line = _learners_frame(error)
    source = linecache.getline(frame.f_code.co_filename, line).strip() if frame else ""
    if isinstance(error, SyntaxError):
        line, source = error.lineno or 0, (error.text or "").strip()
    return {
        "type": type(error).__name__[:100],
        "bases": [base.__name__[:100] for base in type(error).__mro__][:20],
        "message": _text(error)[:500],
        "line": line,
        "source": source[:200],
        "where": _function(frame).f_code.co_name[:100] if frame else "",
        "inside": _inside(error, frame),
        "near": _near(error, frame)[:100],
        "tensors": _values_on(frame, source) if frame else {},
    }


def _text(error: BaseException) -> str:
    try:
        return str(error)[:MAX_OUTPUT]
    except Exception:  # a learner's own exception class may break here
        return "(its message can't be read)"


def _learners_frame(error: BaseException) -> tuple[FrameType | None, int]:
    found: tuple[FrameType | None, int] = (None, 0)
    for frame, line in traceback.walk_tb(error.__traceback__):
        if frame.f_code.co_filename.startswith(LEARNER_FILES) or "ipykernel" in frame.f_code.co_filename:
            found = frame, line
    return found


def _inside(error: BaseException, frame: FrameType | None) -> str:
    innermost = [caller for caller, _ in traceback.walk_tb(error.__traceback__)][-1:]
    return innermost[0].f_code.co_name[:100] if innermost and innermost[0] is not frame else ""


def _near(error: BaseException, frame: FrameType | None) -> str:
    """A name for one that isn't there: an attribute of ``self``, or what looks most like it where it was looked for."""
    name = getattr(error, "name", None)
    if type(name) is not str or frame is None or not isinstance(error, NameError | AttributeError):
        return ""
    try:
        return _own_attribute(name, frame) or next(iter(difflib.get_close_matches(name, _names_there(error, frame), 1, ALIKE)), "")
    except Exception:  # a learner's own object may break here
        return ""


def _own_attribute(name: str, frame: FrameType) -> str:
    own = frame.f_locals.get("self")
    return f"self.{name}" if own is not None and hasattr(own, name) else ""


def _names_there(error: NameError | AttributeError, frame: FrameType) -> list[str]:
    there = dir(error.obj) if isinstance(error, AttributeError) else [*frame.f_locals, *frame.f_globals, *dir(builtins)]
    return [name for name in there if len(name) > 2]  # np is not meant to be n


def _function(frame: FrameType) -> FrameType:
    """The frame itself, or that of the function in which a comprehension or a lambda stands that is its own frame."""
    while frame.f_code.co_name.startswith("<") and frame.f_code.co_name != "<module>" and frame.f_back:
        frame = frame.f_back
    return frame


def _values_on(frame: FrameType, source: str) -> dict[str, str]:
    """What the names on a line stand for: the form of tensors, and small plain values; all tensors of the function where it names none."""
    known = _function(frame).f_locals | frame.f_locals
    there = {name: _form(known[name]) for name in re.findall(r"\w+", source) if name in known and _form(known[name])}
    there = there or {name: _form(value) for name, value in list(known.items())[:50] if isinstance(value, Tensor)}
    return {name[:40]: form[:80] for name, form in list(there.items())[:6]}


def _form(value: Any) -> str:
    """``(2, 3) float64`` for a tensor, the value itself for plain ones, nothing for the rest."""
    if isinstance(value, Tensor):
        return f"{tuple(value.shape)} {str(value.dtype).removeprefix('torch.')}"
    plain = type(value) in PLAIN or (type(value) in (tuple, list) and len(value) <= 6 and all(type(item) in PLAIN for item in value))
    return repr(value) if plain else ""
