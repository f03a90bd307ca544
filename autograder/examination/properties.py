"""Properties that checks of many exercises share: no traces, right gradients, any device, a cost that does not grow, tests that tell."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from autograder.languages import say
from autograder.learner_side.drive import Step
from autograder.learner_side.wire import way_of

from . import expect
from .expect import Mismatch
from .learner import Learner, Raised
from .stage import Stage

#: Operations by which two calls may differ without anything growing.
SLACK = 4


def agrees(learner: Learner, truth: Callable[..., Any], *args: Any, terms: int = 0, **kwargs: Any) -> None:
    """The learner's function of the truth's name returns what the truth returns.

    ``terms`` > 0: within rounding, for tensors whose elements are sums of so many products; 0: exactly.
    """
    got, expected = learner.call(truth.__name__, *args, **kwargs), truth(*args, **kwargs)
    expect.close(got, expected, terms) if terms else expect.equal(got, expected)


def by_name(learner: Learner, truth: Callable[..., Any], terms: int = 0, **kwargs: Any) -> None:
    """The function takes all its arguments by the names that they have in the syllabus, in any order."""
    agrees(learner, truth, terms=terms, **dict(reversed(kwargs.items())))


def leaves_no_trace(learner: Learner, name: str, *args: Any) -> None:
    """No call of the exercise so far, and not this one, has changed an argument in place or moved the global random state.

    So this is an exercise's last check.
    """
    learner.report(name, args, {})
    for call in learner.traces:
        learner.last = call
        if changed := call.report.get("changed"):
            raise argument_changed(say("argument {number} changed", number=changed[0] + 1))
        raise random_state_moved()


def argument_changed(which: str) -> Mismatch:
    """An argument is not as it was before the call; ``which``, in words."""
    return Mismatch(say("an argument was changed in place"), say("the arguments as they were"), which)


def random_state_moved() -> Mismatch:
    """A random number was drawn where none is needed."""
    return Mismatch(say("the global random state moved"), say("no random number drawn"), say("one was drawn"))


def remembers_nothing(
    learner: Learner, truth: Callable[..., Any], *args: Any, others: Sequence[tuple[Any, ...]] = (), terms: int = 0
) -> None:
    """Every call gets its own answer, also after one that differs in a single argument, and when it comes a second time.

    Each tensor is negated in turn, then its last element alone; ``others`` are more calls to alternate with.
    """
    changed = [(*args[:place], other, *args[place + 1:]) for place, arg in enumerate(args) if isinstance(arg, Tensor)
               for other in (-arg, _last_negated(arg))]
    agrees(learner, truth, *args, terms=terms)
    for other in (*changed, *others):
        agrees(learner, truth, *other, terms=terms)
        agrees(learner, truth, *args, terms=terms)


def _last_negated(tensor: Tensor) -> Tensor:
    other = tensor.detach().clone(memory_format=torch.contiguous_format)
    other.view(-1)[-1:].neg_()
    return other


def gradients_agree(learner: Learner, truth: Callable[..., Tensor], upstream: Tensor, *args: Any) -> None:
    """The gradients of all tensor arguments are those of the truth, for an upstream gradient that should not be constant."""
    inputs = [arg for arg in args if isinstance(arg, Tensor)]
    got = learner.gradients(truth.__name__, upstream, *args)
    expected = torch.autograd.grad(truth(*args), inputs, upstream)
    for mine, theirs in zip(got, expected, strict=True):
        if mine is None:
            raise Mismatch(say("the result is cut off from an argument that it is computed from"), say("a gradient"), say("none"))
        expect.close(mine, theirs, terms=upstream.numel())


def portable(learner: Learner, name: str, args: tuple[Any, ...], shape: tuple[int, ...]) -> None:
    """The call works on tensors of another device (meta: form without data), and no operation mixes devices."""
    expect.shape(_on_meta(learner.report(name, args, {}, device="meta", operations=True)), shape)  # type: ignore[arg-type]


def portable_script(learner: Learner, name: str, steps: list[Step], shape: tuple[int, ...]) -> None:
    """The same for a script whose last step reports a tensor."""
    values = _on_meta(learner.report(name, (steps,), {}, device="meta", operations=True, script=name))
    expect.shape(values[-1] if isinstance(values, list) else None, shape)  # type: ignore[arg-type]


def _on_meta(report: dict[str, Any]) -> object:
    due = say("every tensor made on the input's device")
    if error := report.get("raised"):
        where = " " + say("in line {number}: {source}", number=error["line"], source=error["source"][:60]) if error["line"] else ""
        note = f"{error['type']}{where} — {error['message']:.80}"
        raise Mismatch(note, due, say("an error on another device than the CPU"))
    if mixed := report.get("mixed"):
        raise Mismatch(say("two devices meet in {operations}", operations=", ".join(mixed[:3])), due, say("one made on the CPU"))
    value = report.get("value")
    last = value[-1] if isinstance(value, list) and value else value
    if isinstance(last, Tensor) and last.device.type != "meta":
        raise Mismatch(say("the result is on another device than the input"), say("the input's device"), say("the CPU"))
    return value


def no_more_operations(learner: Learner, name: str, small: tuple[Any, ...], *larger: tuple[Any, ...]) -> None:
    """A call on larger tensors dispatches no more operations than one on small tensors."""
    few = learner.operations(name, *small)
    for args in larger:
        if (many := learner.operations(name, *args)) > few + SLACK:
            note = say("{few} operations on the smaller input, {many} on the larger: does something loop over pixels?", few=few, many=many)
            raise Mismatch(note, say("as many operations for a larger input"), say("{count} more", count=many - few))


def tells_right_from_wrong(learner: Learner, stage: Stage, function: str, without: tuple[str, ...] = ()) -> None:
    """The learner's `examples` return for every variant of ``function``, and raise for at least three quarters of its misconceptions.

    They come mixed, in an order that the seed and the submission's text decide, so that counting calls tells nothing. Misconceptions
    in ``without`` are left out.
    """
    right, wrong, passed = *stage.lend(learner, function, without), list[str]()
    for given in sorted(right + wrong, key=lambda given: int(given.name)):
        report = learner.report("examples", (given,), {})
        if given in right and "raised" in report:
            raise Raised(report["raised"])
        if given in wrong and "raised" not in report:
            passed.append(way_of(given))
    learner.last = None  # no single call of theirs is the one that failed
    if 4 * len(passed) > len(wrong):
        raise Mismatch(say("not caught, among others: {names}", names=", ".join(passed[:5])),
                       say("at least {least} of {all} caught", least=-(-3 * len(wrong) // 4), all=len(wrong)),
                       say("{count} caught", count=len(wrong) - len(passed)))
