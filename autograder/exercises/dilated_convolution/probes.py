"""The calls that tell lesson 1's misconceptions apart. The first group on which an answer goes wrong names the misconception."""

from autograder.exercises.dilated_convolution import misconceptions, variants
from autograder.exercises.probing import META, lent, numbers, probe, trainable

WIDE = numbers((3, 2, 2, 3), 1)
IMAGE, FILTERS, BIAS = numbers((2, 2, 9, 7), 2), numbers((3, 2, 3, 2), 3), numbers((3,), 4)
CONV = ["*conv*", "im2col", "col2im"]


def _conv(height: int, width: int, **watch: object) -> dict[str, object]:
    return probe(numbers((1, 2, height, width), 5), FILTERS, BIAS, (1, 2), (3, 2), watch=watch)


PROBES = {
    "effective_kernel_size": {
        "values": [probe(3, 2), probe(4, 3), probe(1, 7), probe(5, 1)],
        "nonsense": [probe(3, 0), probe(0, 2), probe(3, -1)],
    },
    "conv_output_size": {
        "values": [probe(16, 3, 1, 0, 2), probe(16, 3, 2, 1, 1), probe(17, 4, 3, 2, 2), probe(9, 3, 2, 0, 4), probe(20, 2, 4, 3, 5)],
        "nonsense": [probe(5, 3, 1, 0, 4), probe(5, 3, 0), probe(5, 3, 1, -1), probe(5, 3, 1, 0, 0)],
    },
    "same_padding": {
        "values": [probe(3, 1), probe(3, 4), probe(2, 1), probe(4, 3), probe(5, 2)],
        "nonsense": [probe(3, 0), probe(0, 1)],
    },
    "dilate_kernel": {
        "values": [probe(WIDE, (2, 3)), probe(WIDE, (1, 1)), probe(WIDE.float(), (3, 1))],
        "gradient": [probe(trainable(WIDE), (2, 3), watch={"upstream": numbers((3, 2, 3, 7), 6)})],
        "nonsense": [probe(WIDE, (0, 1)), probe(WIDE, (1, 0))],
        "portability": [probe(WIDE, (2, 3), watch=META)],
    },
    "dilated_conv2d": {
        "values": [probe(IMAGE, FILTERS, BIAS, (1, 2), (3, 2)), probe(IMAGE, FILTERS, None, (0, 0), (2, 3)),
                   probe(IMAGE, FILTERS, BIAS, (2, 0), (1, 1)), probe(IMAGE.float(), FILTERS.float(), None, (1, 1), (2, 2))],
        "allowed": [probe(IMAGE, FILTERS, None, (1, 1), (2, 2), watch={"forbidden": CONV})],
        "gradient": [probe(trainable(IMAGE), trainable(FILTERS), None, (1, 2), (3, 2), watch={"upstream": numbers((2, 3, 5, 9), 7)})],
        "nonsense": [probe(IMAGE, FILTERS, None, (0, 0), (0, 1)), probe(IMAGE, FILTERS, None, (0, 0), (5, 1)),
                     probe(IMAGE, FILTERS, None, (-1, 0), (1, 1)), probe(IMAGE, FILTERS[:, :1], None)],
        "portability": [probe(IMAGE, FILTERS, BIAS, (1, 2), (3, 2), watch=META)],
        "cost": [_conv(9, 9, operations=True), _conv(19, 23, operations=True)],
    },
    "receptive_field": {
        "values": [probe([]), probe([(7, 2, 3, 1)]), probe([(3, 1, 2, 2), (3, 2, 1, 1), (3, 1, 4, 4)]),
                   probe([(2, 2, 0, 1), (4, 3, 0, 3)])],
        "nonsense": [probe([(3, 0, 1, 1)]), probe([(3, 1, 1, 0)]), probe([(0, 1, 1, 1)]), probe([(3, 1, -1, 1)])],
    },
    "valid_taps": {
        "values": [probe(7, 2), probe(5, 1, 5), probe(4, 6), probe(1, 1)],
        "nonsense": [probe(5, 1, 2), probe(5, 0), probe(-1, 1)],
    },
    "examples": {
        "implementations": lent("dilated_conv2d", variants, misconceptions),
    },
}
