"""The learner's code as a check sees it: functions to call. Where it runs, nobody here knows."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from torch import Tensor

from autograder.learner_side.drive import REPORTED, Step
from autograder.sandbox import Channel
from autograder.sandbox.channel import CallBack
from autograder.sandbox.reports import checked


@dataclass(frozen=True)
class Call:
    """One call and the report on it (see ``learner_side.calls.observe``); ``script``: its argument are the steps of a script."""

    function: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    report: dict[str, Any]
    script: bool = False


class Raised(Exception):
    """The learner's code raised an error. ``error`` describes it as plain data; ``note`` says what it means here, if that is known."""

    def __init__(self, error: dict[str, Any], note: str = "") -> None:
        super().__init__(f"{error.get('type')}: {error.get('message')}")
        self.error, self.note = error, note

    def is_a(self, kind: type[BaseException]) -> bool:
        """Whether the error is of that built-in kind, or of one derived from it."""
        return kind.__name__ in self.error.get("bases", ())


class Missing(Exception):
    """The submission defines no function of that name."""


class Forbidden(Exception):
    """The function used operations that its exercise forbids."""

    def __init__(self, operations: list[str]) -> None:
        super().__init__(", ".join(operations))
        self.operations = operations


@dataclass
class Learner:
    """Calls functions of one submission on one device. ``learner.f(x)`` returns what ``f`` returned, as plain data.

    ``renew`` opens a fresh process. ``last`` is the latest call, for the message if it turns out wrong; ``sent`` are the messages
    of all calls; ``traces`` collects those that changed an argument or moved the global random state.
    Raises ``Raised``, ``Missing`` and ``sandbox.Ended``; ``Forbidden`` when an operation was used that the exercise forbids:
    the first call of every check is watched for them, and every call whose operations are counted. (Watching costs more than
    the call itself.)
    """

    channel: Channel
    device: str = "cpu"
    forbidden: tuple[str, ...] = ()
    renew: Callable[[], Channel] | None = None
    call_back: CallBack | None = None
    last: Call | None = None
    sent: list[dict[str, Any]] = field(default_factory=list)
    traces: list[Call] = field(default_factory=list)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *args, **kwargs: self.call(name, *args, **kwargs)

    def call(self, name: str, *args: Any, **kwargs: Any) -> Any:
        """The value that the learner's function returns for these arguments."""
        return self._answered(name, args, kwargs).get("value")

    def value(self, name: str, args: tuple[Any, ...], **watch: Any) -> Any:
        """The same, with the call made in another way: ``layout="transposed"`` passes tensors that are not contiguous."""
        return self._answered(name, args, {}, **watch).get("value")

    def drive(self, name: str, *steps: Step, **watch: Any) -> list[Any]:
        """What the steps of a script report that speaks of the learner's class or function of this name (see ``learner_side.drive``).

        Where the answer is no list of as many values, because it was too large or is not the driver's own, it stands for each of them.
        """
        value = self._answered(name, (list(steps),), {}, script=name, **watch).get("value")
        asked = sum(step[0] in REPORTED for step in steps)
        return value if type(value) is list and len(value) == asked else [value] * asked

    def report(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any], **watch: Any) -> dict[str, Any]:
        """Everything observed in one call; ``watch`` says what else to look at."""
        if self.forbidden and (self.last is None or watch.get("operations")):
            watch["forbidden"] = list(self.forbidden)
        message = {"kind": "call", "function": name, "args": list(args), "kwargs": kwargs, "watch": {"device": self.device} | watch}
        self.last = Call(name, args, kwargs, {}, "script" in watch)
        self.sent.append(message)
        report = checked(self.channel.request(message, self.call_back))
        if report.get("missing"):
            raise Missing(name)
        self.last = replace(self.last, report=report)
        if report.get("changed") or (report.get("random") and not self.last.script):  # a script may make modules, with random weights
            self.traces.append(self.last)
        if report.get("forbidden"):
            raise Forbidden(report["forbidden"])
        return report

    def gradients(self, name: str, upstream: Tensor, *args: Any, **kwargs: Any) -> list[Tensor | None]:
        """The gradients of all tensor arguments that require one, for this gradient of the output."""
        gradients: list[Tensor | None] = self._answered(name, args, kwargs, upstream=upstream).get("gradients", [])
        return gradients

    def operations(self, name: str, *args: Any, **kwargs: Any) -> int:
        """How many tensor operations one call dispatches."""
        return int(self._answered(name, args, kwargs, operations=True).get("operations", 0))

    def start_again(self) -> None:
        """Go on in a fresh process, after a failure. Raises ``sandbox.Ended`` when there can be none."""
        if self.renew:
            self.channel = self.renew()

    def _answered(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any], **watch: Any) -> dict[str, Any]:
        report = self.report(name, args, kwargs, **watch)
        if "raised" in report:
            raised = Raised(report["raised"])
            if self.device == "cuda" and raised.is_a(RuntimeError):
                self.channel.close()  # after an error of CUDA's own, nothing works there any more
            raise raised
        return report
