"""The calls that tell lesson 5's misconceptions apart. The first group on which an answer goes wrong names the misconception."""

from autograder.exercises.align_corners import misconceptions, variants
from autograder.exercises.align_corners.cases import logits
from autograder.exercises.probing import META, lent, numbers, probe, trainable

RESIZING = ["*upsample*", "*grid_sampler*"]
IMAGE = numbers((2, 2, 5, 7), 61)
LOGITS = logits((1, 3, 4, 3), 62)
EMPTY = [probe(0, 4, True), probe(4, 0, False), probe(-2, 3, False)]
LINES = [probe(4, 8, False), probe(4, 8, True), probe(5, 3, False), probe(5, 3, True), probe(2, 4, False), probe(3, 3, True)]


def _resize(height: int, width: int, rows: int, columns: int) -> dict[str, object]:
    return probe(numbers((1, 2, height, width), 63), (rows, columns), False, watch={"operations": True})


PROBES = {
    "source_coordinates": {
        "values": LINES,
        "one output": [probe(4, 1, True), probe(4, 1, False)],
        "nonsense": EMPTY,
    },
    "resize_matrix": {
        "values": LINES,
        "nonsense": EMPTY,
    },
    "resize_bilinear": {
        "values": [probe(IMAGE, (8, 9), False), probe(IMAGE, (8, 9), True), probe(IMAGE, (3, 2), False), probe(IMAGE, (3, 2), True),
                   probe(IMAGE.float(), (10, 14), False)],
        "one output": [probe(IMAGE, (1, 4), True), probe(IMAGE, (1, 1), False)],
        "allowed": [probe(IMAGE, (8, 9), False, watch={"forbidden": RESIZING})],
        "gradient": [probe(trainable(IMAGE), (8, 9), True, watch={"upstream": numbers((2, 2, 8, 9), 64)})],
        "nonsense": [probe(IMAGE, (0, 4), True), probe(IMAGE[0], (4, 4), False)],
        "portability": [probe(IMAGE, (8, 9), False, watch=META)],
        "cost": [_resize(5, 6, 7, 8), _resize(17, 19, 31, 29)],
    },
    "alignment_error": {
        "values": [probe(16, 4, False), probe(16, 4, True), probe(17, 4, False), probe(17, 4, True), probe(10, 4, True)],
        "nonsense": [probe(16, 0, True), probe(0, 4, False), probe(-3, 2, True)],
    },
    "crop_size": {
        "values": [probe(512, 8), probe(513, 8), probe(514, 8), probe(100, 16), probe(33, 32)],
        "single pixel": [probe(1, 8)],
        "huge": [probe(3 * 10**20, 7)],
        "nonsense": [probe(8, 0), probe(8, -2)],
    },
    "upsample_labels": {
        "values": [probe(LOGITS, (11, 8), True), probe(LOGITS, (11, 8), False), probe(LOGITS.float(), (9, 5), False)],
        "nonsense": [probe(LOGITS, (0, 3), True), probe(LOGITS[0], (5, 5), True), probe(LOGITS[:, :0], (5, 5), False)],
    },
    "resize_warning": {
        "values": [probe((64, 64), (512, 512), True), probe((65, 65), (513, 513), True), probe((65, 64), (513, 512), True),
                   probe((512, 1024), (64, 128), True), probe((200, 50), (150, 100), True), probe((3, 3), (5, 6), True),
                   probe((64, 64), (512, 512), False), probe((5, 7), (15, 21), True)],
        "single pixels": [probe((1, 5), (4, 7), True), probe((5, 1), (7, 4), True)],
        "nonsense": [probe((0, 4), (8, 8), True), probe((4, 4), (8, 0), True)],
    },
    "examples": {
        "implementations": lent("resize_bilinear", variants, misconceptions),
    },
}
