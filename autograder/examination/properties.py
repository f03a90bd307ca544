"""Properties that checks of many exercises share: no traces, right gradients, any device, a cost that does not grow, tests that tell."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from autograder.languages import say
from autograder.learner_side.drive import Step, do, get, let, reported, see
from autograder.learner_side.wire import way_of

from . import expect, notes
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


def nothing_changed(learner: Learner) -> None:
    """No script of the exercise so far has changed an argument in place."""
    for call in learner.traces:
        learner.last = call
        raise argument_changed(say("one that changed"))


def is_a(learner: Learner, function: str, args: tuple[Any, ...], kind: str) -> None:
    """The call returns a module of this kind of ``torch.nn``."""
    right, name = learner.drive(function, let("net", function, *args), see("isinstance", "$net", f"$torch.nn.{kind}"),
                                get("net.__class__.__name__"))
    if right is not True:
        raise Mismatch(notes.another_kind(f"nn.{kind}", name), f"nn.{kind}", name, notes.TYPES)


def draws_nothing(learner: Learner, function: str, made: list[Step], image: Tensor) -> None:
    """A pass of the image through the network ``net``, which the steps make, draws no random number."""
    (same,) = learner.drive(function, *made, let("before", "torch.get_rng_state"), do("net", image), let("after", "torch.get_rng_state"),
                            see("torch.equal", "$before", "$after"))
    if same is not True:
        raise random_state_moved()


def argument_changed(which: str) -> Mismatch:
    """An argument is not as it was before the call; ``which``, in words."""
    note = say("an argument was changed in place: work on a copy; +=, .sort(), .pop() and names that end in _ write into what they get")
    return Mismatch(note, say("the arguments as they were"), which)


def random_state_moved() -> Mismatch:
    """A random number was drawn where none is needed."""
    note = say("the global random state moved: where random numbers are needed, a torch.Generator of its own draws them")
    return Mismatch(note, say("no random number drawn"), say("one was drawn"))


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


def same_reports(learner: Learner, function: str, steps: list[Step], truths: Sequence[Any], terms: int) -> None:
    """A script that makes an object of the learner's reports what it reports of the truth's; the first step that differs is told alone."""
    places = [place for place, step in enumerate(steps) if reported(step)]
    for place, got, expected in zip(places, learner.drive(function, *steps), truths, strict=True):
        try:
            _same_report(got, expected, terms)
        except Mismatch as mismatch:
            told = _way_to(steps[:place], steps[place])
            learner.last = replace(learner.last, args=(told,)) if learner.last else None
            note = say("{name} has another shape", name=_subject(told)) if steps[place][2].endswith(".shape") else mismatch.note
            raise Mismatch(note, mismatch.expected, mismatch.got, mismatch.look_at) from None


def _way_to(before: list[Step], step: Step) -> list[Step]:
    """The step that makes the object, the one that made what the last step looks at, and this step."""
    made, *others = [each for each in before if each[0] == "let"]
    return [made, *[each for each in others if each[1] == step[2].partition(".")[0]][-1:], step]


def _subject(told: list[Step]) -> str:
    """The name of the parameter whose shape was asked for: from ``state.get(name)``, or from ``net.name.shape``."""
    kept, step = told[-2], told[-1]
    return str(kept[3][0]) if len(told) > 2 else step[2].partition(".")[2].removesuffix(".shape")


def _same_report(got: Any, expected: Any, terms: int) -> None:
    if isinstance(expected, Tensor) and expected.is_floating_point():
        expect.close(got, expected.detach(), terms)
    else:
        expect.equal(got, expected)


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
        raise Mismatch(_on_another_device(error), due, say("an error on another device than the CPU"), notes.DEVICES)
    if mixed := report.get("mixed"):
        note = say("two devices meet in {operations}", operations=", ".join(mixed[:3]))
        raise Mismatch(note, due, say("one made on the CPU"), notes.DEVICES)
    value = report.get("value")
    last = value[-1] if isinstance(value, list) and value else value
    if isinstance(last, Tensor) and last.device.type != "meta":
        raise Mismatch(say("the result is on another device than the input"), say("the input's device"), say("the CPU"), notes.DEVICES)
    return value


def _on_another_device(error: dict[str, Any]) -> str:
    """What an error on a device without data says: of torch's own words only those that a learner can use."""
    where = say("in line {number}: {source}", number=error["line"], source=error["source"][:60]) if error["line"] else ""
    if "meta" in error["message"]:
        return say("two devices meet, or numbers are taken out of a tensor, {where}", where=where) if where else \
            say("two devices meet, or numbers are taken out of a tensor")
    return f"{error['type']} {where} — {error['message']:.80}"


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
            learner.last = replace(learner.last, args=(say("a correct implementation"),)) if learner.last else None
            raise Raised(report["raised"], _rejected(report["raised"]))
        if given in wrong and "raised" not in report:
            passed.append(way_of(given))
    learner.last = None  # no single call of theirs is the one that failed
    if 4 * len(passed) > len(wrong):
        raise Mismatch(_too_few(len(wrong) - len(passed), passed),
                       say("at least {least} of {all} caught", least=-(-3 * len(wrong) // 4), all=len(wrong)),
                       say("{count} caught", count=len(wrong) - len(passed)))


def _too_few(caught: int, passed: list[str]) -> str:
    """Why too few wrong implementations are caught, or which are not."""
    if not caught:
        return say("nothing is asserted of what the given function returns: does each example call it, and `assert` its result?")
    if 4 * caught < len(passed):
        return say("hardly any is caught: does an `assert` compare the whole result with what is due, for each example?")
    return say("not caught, among others: {names}", names=", ".join(passed[:5]))


def _rejected(error: dict[str, Any]) -> str:
    """What it means that a correct implementation does not get through."""
    if error["type"] != "AssertionError":
        return ""
    return say("a correct implementation fails this example: is what it expects right, and does it allow for rounding?")
