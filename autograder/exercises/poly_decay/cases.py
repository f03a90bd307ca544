"""The random inputs of lesson 4's checks, as Hypothesis strategies. They shrink towards a rate of 1, short runs and a straight line."""

from typing import Any

from hypothesis import strategies as st

#: Large rates too: against them a mistake of a thousandth shows.
RATES = st.sampled_from([1.0, 8.0, 0.01, 0.5, 3.7])
POWERS = st.sampled_from([1.0, 2.0, 0.5, 0.9, 3.0, 1.7])
#: Also powers whose last step is a corner: a constant rate, and one that rises without bound.
ALL_POWERS = st.one_of(POWERS, st.sampled_from([0.0, -0.5]))
FLOORS = st.sampled_from([0.0, 0.25, 0.001, 2.0])
LENGTHS = st.integers(1, 12)
STEPS = st.integers(0, 15)

CLOSED_FORMS = st.tuples(RATES, STEPS, LENGTHS, ALL_POWERS, FLOORS)
FACTORS = st.tuples(st.integers(1, 15), LENGTHS, ALL_POWERS)
TRACES = st.tuples(st.sampled_from(["article", "mmengine", "torch", "clamp"]), RATES, LENGTHS, POWERS, FLOORS)
FRACTIONS = st.tuples(st.integers(0, 12).map(lambda twelfths: twelfths / 12), ALL_POWERS)


@st.composite
def warmups(draw: st.DrawFn) -> tuple[float, int, int, int, float, float, float]:
    """base_lr, step, warmup_steps, total_steps, start_factor, power, eta_min; each may lie on a border of the others."""
    warmup_steps = draw(st.integers(0, 6))
    total_steps = warmup_steps + draw(st.integers(1, 8))
    start_factor = draw(st.sampled_from([0.1, 0.5, 0.001, 1.0]))
    return draw(RATES), draw(STEPS), warmup_steps, total_steps, start_factor, draw(ALL_POWERS), draw(FLOORS)


@st.composite
def _range(draw: st.DrawFn) -> dict[str, Any]:
    """Where an entry begins and ends; either may be left at its default."""
    begin = draw(st.integers(0, 6))
    chosen = {"begin": begin, "end": begin + draw(st.integers(1, 9))}
    left_out = draw(st.sampled_from([(), ("begin",), ("end",), ("begin", "end")]))
    return {key: value for key, value in chosen.items() if key not in left_out}


@st.composite
def _entry(draw: st.DrawFn) -> dict[str, Any]:
    if draw(st.booleans()):
        options: dict[str, Any] = {"type": "LinearLR", "by_epoch": False}
        choices = {"start_factor": st.sampled_from([0.1, 0.5, 1.0]), "end_factor": st.sampled_from([0.5, 1.0, 0.25])}
    else:
        options = {"type": "PolyLR"} | draw(st.sampled_from([{"by_epoch": False}, {"by_epoch": False}, {"by_epoch": False}, {}]))
        choices = {"power": POWERS, "eta_min": FLOORS}
    return options | draw(_range()) | draw(st.fixed_dictionaries({}, optional=choices))


@st.composite
def schedules(draw: st.DrawFn) -> tuple[list[dict[str, Any]], float, int]:
    """A param_scheduler, base_lr, and more iterations than any entry's begin."""
    return draw(st.lists(_entry(), max_size=3)), draw(RATES), draw(st.integers(7, 16))


WARMUPS = warmups()
SCHEDULES = schedules()
#: Base rates of two or three groups, total_steps, power and eta_min.
RUNS = st.tuples(st.lists(RATES, min_size=2, max_size=3), st.integers(1, 6), POWERS, FLOORS)
