"""One surface under atheris: bytes changed at random, those kept that reach new lines. Started by ``fuzz``; prints how the inputs ended."""

import json
import os
import sys
from collections import Counter

import atheris

with atheris.instrument_imports(include=["autograder", "tomllib"]):
    from benchmarks import fuzz


def main(name: str, number: int, options: list[str]) -> None:
    """Read ``number`` inputs, and end the process: atheris itself never returns."""
    read, ends = fuzz.SURFACES[name].read, Counter[str]()

    def one(data: bytes) -> None:
        ends[read(data)] += 1
        if ends.total() == number:
            print(json.dumps(ends), flush=True)
            os._exit(0)

    atheris.Setup([sys.argv[0], *options], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3:])
