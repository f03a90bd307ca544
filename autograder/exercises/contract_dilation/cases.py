"""The random inputs of lesson 3's checks, as Hypothesis strategies. They shrink towards small stages and no contraction."""

from typing import Any

from hypothesis import strategies as st

from autograder.exercises.contract_dilation.nets import Net

RATES = st.integers(1, 17)
FIRSTS = st.tuples(st.integers(1, 200), st.booleans())
STAGES = st.tuples(st.integers(1, 9), RATES, st.booleans())


@st.composite
def gridded(draw: st.DrawFn) -> tuple[int, int, bool, tuple[int, ...]]:
    """A stage with a grid of its length or longer."""
    blocks, rate, contract = draw(STAGES)
    return blocks, rate, contract, tuple(draw(st.lists(RATES, min_size=blocks, max_size=blocks + 3)))


@st.composite
def strided(draw: st.DrawFn) -> tuple[list[int], int, int]:
    """Strides, and an output stride that one of the stages reaches, or none."""
    strides, stem = draw(st.lists(st.integers(1, 3), min_size=1, max_size=5)), draw(st.integers(1, 4))
    output, kept = stem, draw(st.integers(0, len(strides)))
    for stride in strides[:kept]:
        output *= stride
    return strides, draw(st.sampled_from([output] * 5 + [output + 1, 2 * output])), stem


@st.composite
def backbones(draw: st.DrawFn) -> dict[str, Any]:
    """A backbone's dict, with any of its optional keys."""
    stages = draw(st.integers(1, 4))
    rows = st.lists(st.integers(1, 9), min_size=stages, max_size=stages)
    optional: dict[str, Any] = {"contract_dilation": st.booleans(), "multi_grid": st.one_of(st.none(), st.just((1, 2, 4) * 12))}
    more = {"style": "pytorch", "in_channels": 3}
    found = draw(st.fixed_dictionaries({"type": st.sampled_from(["ResNet", "ResNetV1c", "ResNetV1d"]), "strides": rows, "dilations": rows,
                                        "depth": st.sampled_from([18, 34, 50, 101, 152])}, optional=optional))
    return found | {"num_stages": stages} | draw(st.sampled_from([{}, more]))


GRIDS, STRIDES, BACKBONES = gridded(), strided(), backbones()
PLACES = {"height": st.integers(1, 8), "width": st.integers(1, 9), "batch": st.integers(1, 2), "salt": st.integers(0, 3)}
BLOCKS = st.builds(Net, st.just("Bottleneck"),
                   st.tuples(st.sampled_from([3, 4, 8]), st.integers(1, 2), st.integers(1, 3), st.integers(1, 5)), **PLACES)
MADE = st.builds(Net, st.just("make_stage"), st.tuples(st.sampled_from([3, 4, 8]), st.integers(1, 2), st.integers(1, 3), st.integers(1, 2),
                                                        st.integers(1, 5), st.booleans()), **PLACES)
STEMS = st.builds(Net, st.just("deep_stem"), st.tuples(st.integers(1, 3), st.sampled_from([2, 4, 6])), **PLACES)
