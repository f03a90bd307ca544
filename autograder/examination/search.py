"""Looks for the smallest input on which a check fails, the same way every time: Hypothesis draws and shrinks, a seed decides.

Inputs are drawn once for each strategy and seed, and used again for every submission; Hypothesis works again only when one fails.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

import hypothesis
from hypothesis import HealthCheck, Phase, Verbosity
from hypothesis.errors import Flaky, HypothesisException
from hypothesis.internal.conjecture.providers import HypothesisProvider
from hypothesis.internal.constants_ast import Constants
from hypothesis.strategies import SearchStrategy

from .expect import Mismatch
from .learner import Raised

# Hypothesis also draws constants that it finds in the source of whatever is imported and not installed. Then what is drawn would depend on
# who else is in the process, and on how the course was installed; and it would leave a folder `.hypothesis` behind.
HypothesisProvider._local_constants = Constants()  # type: ignore[assignment]

EXAMPLES = 24
Case = TypeVar("Case")


@dataclass(frozen=True)
class Search:
    """Calls a check with inputs drawn from a strategy; ``seed`` decides which. ``failed`` is called before the search for a smaller one."""

    seed: int
    failed: Callable[[], None] = lambda: None

    def __call__(self, cases: SearchStrategy[Case], check: Callable[[Case], None], examples: int = EXAMPLES) -> None:
        """Raise what ``check`` raises on the smallest input that fails; return when none of the inputs does."""
        try:
            for case in drawn(cases, self.seed, examples):
                check(case)
        except (Mismatch, Raised):
            self.failed()
            self._shrink(cases, check, examples)
            raise  # it failed once and not again

    def _shrink(self, cases: SearchStrategy[Case], check: Callable[[Case], None], examples: int) -> None:
        try:
            _hypothesis(check, cases, self.seed, examples, (Phase.generate, Phase.shrink))
        except (Flaky, HypothesisException):
            raise Mismatch("the same input gives different answers at different times: does the function remember something?") from None


@lru_cache(maxsize=512)
def drawn(cases: SearchStrategy[Any], seed: int, examples: int) -> tuple[Any, ...]:
    """The inputs that a strategy gives for this seed."""
    collected: list[Any] = []
    _hypothesis(collected.append, cases, seed, examples, (Phase.generate,))
    return tuple(collected)


def _hypothesis(check: Callable[[Any], None], cases: SearchStrategy[Any], seed: int, examples: int, phases: tuple[Phase, ...]) -> None:
    settings = hypothesis.settings(max_examples=examples, phases=phases, database=None, deadline=None, print_blob=False,
                                   report_multiple_bugs=False, verbosity=Verbosity.quiet, suppress_health_check=list(HealthCheck))

    def test(case: Any) -> None:
        check(case)

    hypothesis.seed(seed)(settings(hypothesis.given(cases)(test)))()
