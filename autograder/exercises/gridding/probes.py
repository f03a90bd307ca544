"""The calls that tell lesson 2's misconceptions apart. The first group on which an answer goes wrong names the misconception."""

from autograder.exercises.gridding import misconceptions, variants
from autograder.exercises.probing import META, lent, numbers, probe, trainable

DILATED = {"forbidden": ["dilated *"]}
IMAGE, FILTERS = numbers((2, 2, 7, 10), 2), numbers((3, 2, 3, 5), 3)
NONSENSE = [probe([1, 0]), probe([2], 4), probe([1], 0)]


def _phases(height: int, width: int) -> dict[str, object]:
    return probe(numbers((1, 2, height, width), 5), FILTERS, 3, watch={"operations": True})


def _powers(layers: int, more: int = 0) -> list[int]:
    return [3 ** (layers - 1) + more, *(3**layer for layer in range(layers - 1))]


PROBES = {
    "reachable_offsets": {
        "values": [probe([1, 2]), probe([2, 3]), probe([2], 5), probe([2, 2]), probe([])],
        "nonsense": NONSENSE,
    },
    "path_counts": {
        "values": [probe([1, 2]), probe([2, 2]), probe([1], 5), probe([])],
        "precision": [probe([1] * 12)],
        "exactness": [probe([1] * 21)],
        "nonsense": NONSENSE,
    },
    "coverage": {
        "values": [probe([1, 2]), probe([2, 2, 2]), probe([2, 3]), probe([2], 5)],
        "nonsense": NONSENSE,
    },
    "shared_inputs": {
        "values": [probe([1, 2], 1), probe([2, 2, 2], 1), probe([2, 3], 2), probe([2, 3], 0), probe([1, 2], -4, 5)],
        "nonsense": [probe([1, 0], 1), probe([2], 1, 4), probe([1], 1, 0)],
    },
    "phase_conv2d": {
        "values": [probe(IMAGE, FILTERS, 2), probe(IMAGE, FILTERS, 3), probe(IMAGE.float(), FILTERS.float(), 2)],
        "small images": [probe(IMAGE[..., :2, :], FILTERS, 4), probe(IMAGE[..., :2, :3], FILTERS, 5)],
        "allowed": [probe(IMAGE, FILTERS, 2, watch=DILATED)],
        "gradient": [probe(trainable(IMAGE), trainable(FILTERS), 3, watch={"upstream": numbers((2, 3, 7, 10), 7)})],
        "nonsense": [probe(IMAGE, FILTERS, 0), probe(IMAGE, FILTERS[..., :4], 2), probe(IMAGE, FILTERS[:, :1], 2)],
        "portability": [probe(IMAGE, FILTERS, 3, watch=META)],
        "cost": [_phases(9, 9), _phases(19, 23)],
    },
    "is_hole_free": {
        "values": [probe([2, 2, 2]), probe([1, 2, 9]), probe([2, 4, 8]), probe([1, 5, 2]), probe([1, 3, 9]), probe([3, 4, 5]),
                   probe([1, 2, 4]), probe([4, 4, 4, 1, 1]), probe([7, 1, 1]), probe([1, 1, 2, 9]), probe([1, 2, 2, 9, 27]),
                   probe([1, 1, 4, 13]), probe([1, 5, 9], 5), probe([1, 6], 5), probe([2], 3), probe([1, 1]), probe([1, 2, 7])],
        "no layer": [probe([])],
        "one tap": [probe([2, 9], 1)],
        "huge": [probe([2, 3]), probe([1, 9]), probe([1, 3, 9]), probe([1, 5, 2]),
                 probe(_powers(60)), probe(_powers(60, 1)), probe(_powers(38)), probe(_powers(38, 1))],
        "nonsense": NONSENSE,
    },
    "hdc_max_gap": {
        "values": [probe([1, 2, 5]), probe([1, 2, 9]), probe([5, 2, 1]), probe([1, 5, 2]), probe([9, 1, 7, 30]), probe([4]), probe([2, 3])],
        "nonsense": [probe([]), probe([1, 0]), probe([0, 1, 2])],
    },
    "hdc_counterexample": {"value": [probe()]},
    "widest_hole_free": {
        "values": [probe(3), probe(4), probe(3, 5), probe(1), probe(0)],
        "many": [probe(45)],
        "nonsense": [probe(-1), probe(2, 4), probe(2, 1)],
    },
    "examples": {
        "implementations": lent("is_hole_free", variants, misconceptions),
    },
}
