"""The random inputs of lesson 6's checks, as Hypothesis strategies. They shrink towards small configs, and small maps of class 0."""

from typing import Any

import torch
from hypothesis import strategies as st
from torch import Tensor

from autograder.exercises.segmentation.nets import changed

COUNTS = st.integers(1, 9)
NUMBERS = st.one_of(st.sampled_from([0.5, 0.01, 1]), st.floats(0.001, 3.0, allow_nan=False))


@st.composite
def configs(draw: st.DrawFn) -> dict[str, Any]:
    """Any config that makes sense."""
    rows = st.lists(COUNTS, min_size=(stages := draw(st.integers(1, 4))), max_size=stages)
    whole = {key: draw(COUNTS) for key in ("channels", "num_classes", "max_iters", "crop_size", "batch_size")}
    return changed(base_channels=2 * draw(COUNTS), blocks=draw(rows), strides=draw(rows), dilations=draw(rows), lr=draw(NUMBERS),
                   contract_dilation=draw(st.booleans()), align_corners=draw(st.booleans()), momentum=draw(st.sampled_from([0, 0.9])),
                   weight_decay=draw(st.sampled_from([0, 0.0, 0.1])), power=draw(st.sampled_from([-0.5, 0, 1, 0.9])), **whole)


@st.composite
def maps(draw: st.DrawFn) -> tuple[Tensor, Tensor, int, int]:
    """Predictions, labels, the number of classes, and the label that is ignored."""
    number, ignored = draw(st.integers(1, 5)), draw(st.sampled_from([255, -1, 9, 0]))
    size = draw(st.integers(0, 12))
    labels = st.one_of(st.integers(0, number - 1), st.integers(0, number - 1), st.just(ignored))
    target = torch.tensor(draw(st.lists(labels, min_size=size, max_size=size)), dtype=torch.int64)
    predicted = torch.tensor(draw(st.lists(st.integers(0, number - 1), min_size=size, max_size=size)), dtype=torch.int64)
    return predicted.view(1, 1, -1), target.view(1, 1, -1), number, ignored


@st.composite
def tables(draw: st.DrawFn) -> Tensor:
    """Confusion matrices in which at least one pixel was counted, and some classes may be absent."""
    size = draw(st.integers(1, 4))
    cells = draw(st.lists(st.sampled_from([0, 0, 1, 2, 7]), min_size=size**2, max_size=size**2))
    table = torch.tensor(cells, dtype=torch.int64).view(size, size)
    table[-1, 0] += 1
    return table


TEXTS, MAPS, TABLES = configs(), maps(), tables()
