"""Makes ``data/example_class``: a dozen hand-ins of lesson 1, each with its own fate. Run from the project's folder after `atrous build`.

What each must end as is in ``EXPECTED``, which the tests read too.
"""

import ast
import json
from pathlib import Path
from typing import Any

from autograder import course

HERE = Path(__file__).parent
LESSON = course.lesson("dilated_convolution")
FILES = course.EXERCISES / LESSON.name

#: Correct answers by style: the variant of each exercise.
PLAIN = {"effective_kernel_size": "gaps", "conv_output_size": "positions", "same_padding": "halves", "dilate_kernel": "strided_write",
         "dilated_conv2d": "shifted_slices", "receptive_field": "forward", "valid_taps": "axes", "examples": "against_loops"}
VIEWS = PLAIN | {"effective_kernel_size": "range", "dilate_kernel": "padded_cells", "dilated_conv2d": "as_strided",
                 "valid_taps": "shifted_masks", "examples": "against_pytorch"}
SPECTRA = PLAIN | {"same_padding": "rounded", "dilate_kernel": "kronecker", "dilated_conv2d": "fft", "receptive_field": "recursion",
                   "valid_taps": "convolution"}
MATRICES = PLAIN | {"conv_output_size": "meta", "dilate_kernel": "matrices", "dilated_conv2d": "matrices", "valid_taps": "loops"}

#: Student → outcome of the submission, and outcome of the exercises that are not correct.
EXPECTED: dict[str, tuple[str, dict[str, str]]] = {
    "ada": ("graded", {}),
    "blaise": ("graded", {}),
    "carl": ("graded", {}),
    "dorothy": ("graded", {"dilated_conv2d": "wrong", "same_padding": "wrong"}),
    "emmy": ("graded", dict.fromkeys(LESSON.exercises, "not_attempted")),
    "felix": ("graded", {"dilate_kernel": "wrong", "dilated_conv2d": "raised"}),
    "grace": ("graded", {"conv_output_size": "timeout"}),
    "hypatia": ("unreadable", dict.fromkeys(LESSON.exercises, "not_attempted")),
    "isaac": ("graded", {"dilated_conv2d": "crashed"}),
    "joan": ("graded", {"dilated_conv2d": "raised"}),
    "kurt": ("graded", {"examples": "wrong"}),
    "leonhard": ("graded", {"valid_taps": "out_of_memory"}),
    "maryam": ("graded", {"dilated_conv2d": "wrong"}),
    "niels": ("graded", {"dilated_conv2d": "forbidden"}),
}


def main() -> None:
    """Write every hand-in."""
    correct = {name: _answers("variants", PLAIN) for name in EXPECTED}
    _notebook("ada", correct["ada"])
    _notebook("blaise", _answers("variants", VIEWS))
    _notebook("carl", _answers("variants", SPECTRA))
    wrong = _answers("misconceptions", {"dilated_conv2d": "flips_the_kernel", "same_padding": "half_kernel"})
    _notebook("dorothy", correct["dorothy"] | wrong)
    _notebook("emmy", {})
    _notebook("felix", correct["felix"] | {"dilate_kernel": FELIX_KERNEL, "dilated_conv2d": FELIX_CONV})
    _notebook("grace", correct["grace"] | {"conv_output_size": GRACE})
    _file("hypatia", ".ipynb", _text(correct["hypatia"])[:20_000])
    _notebook("isaac", correct["isaac"] | {"dilated_conv2d": ISAAC})
    _notebook("joan", correct["joan"] | {"dilated_conv2d": JOAN})
    _python("kurt", _answers("variants", MATRICES) | _answers("misconceptions", {"examples": "only_shapes"}))
    _notebook("leonhard", correct["leonhard"] | {"valid_taps": LEONHARD})
    _notebook("maryam", correct["maryam"] | _answers("misconceptions", {"dilated_conv2d": "loops_over_pixels"}))
    _notebook("niels", correct["niels"] | {"dilated_conv2d": NIELS})


def _answers(file: str, ways: dict[str, str]) -> dict[str, str]:
    """The text of each exercise's answer, with the helpers that it calls."""
    tree = ast.parse((FILES / f"{file}.py").read_text(encoding="utf-8"))
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    return {exercise: _with_helpers(functions, f"{exercise}__{way}", exercise) for exercise, way in ways.items()}


def _with_helpers(functions: dict[str, ast.FunctionDef], name: str, exercise: str) -> str:
    needed = _needed(functions, name, [])
    text = "\n\n\n".join(ast.unparse(functions[helper]) for helper in reversed(needed))
    return text.replace(name, exercise).replace("Pair", "tuple[int, int]")


def _needed(functions: dict[str, ast.FunctionDef], name: str, found: list[str]) -> list[str]:
    """The function and all that it calls, callers first."""
    found = [other for other in found if other != name] + [name]
    called = {node.id for node in ast.walk(functions[name]) if isinstance(node, ast.Name)} & functions.keys()
    for helper in sorted(called - {name}):
        found = _needed(functions, helper, found)
    return found


def _text(answers: dict[str, str]) -> str:
    notebook: dict[str, Any] = json.loads(LESSON.notebook.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        if name in answers:
            cell["source"] = answers[name].splitlines(keepends=True)
    return json.dumps(notebook, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _notebook(student: str, answers: dict[str, str]) -> None:
    _file(student, ".ipynb", _text(answers))


def _python(student: str, answers: dict[str, str]) -> None:
    head = "import torch\nimport torch.nn.functional as F\nfrom torch import Tensor\n\n\n"
    _file(student, ".py", head + "\n\n\n".join(answers.values()) + "\n")


def _file(student: str, suffix: str, text: str) -> None:
    folder = HERE / "example_class" / student / LESSON.name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{LESSON.name}{suffix}").write_text(text, encoding="utf-8")


SIGNATURE = '''def dilated_conv2d(x: Tensor, weight: Tensor, bias: Tensor | None = None,
                   padding: tuple[int, int] = (0, 0), dilation: tuple[int, int] = (1, 1)) -> Tensor:
'''
FELIX_KERNEL = '''def dilate_kernel(weight: Tensor, dilation: tuple[int, int]) -> Tensor:
    kh, kw = weight.shape[-2:]
    stuffed = weight.new_zeros(*weight.shape[:-2], dilation[0] * kh - 1, dilation[1] * kw - 1)
    stuffed[..., ::dilation[0], ::dilation[1]] = weight
    return stuffed
'''
FELIX_CONV = SIGNATURE + '''    height = x.shape[2] + 2 * padding[0] - dilation[0] * (weight.shape[2] - 1)
    padded = F.pad(x, padding)
    raise NotImplementedError()
'''
GRACE = '''def conv_output_size(size: int, kernel_size: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    positions, start = 0, 0
    while start + dilation * (kernel_size - 1) < size + 2 * padding:
        positions += 1
    return positions
'''
ISAAC = SIGNATURE + '''    import os
    os._exit(0)
'''
JOAN = SIGNATURE + '''    source = open("../../../solutions/1_dilated_convolution.py").read()
    names = {}
    exec(source, names)
    return names["dilated_conv2d"](x, weight, bias, padding, dilation)
'''
LEONHARD = '''def valid_taps(size: int, dilation: int, kernel_size: int = 3) -> Tensor:
    everything = torch.ones(size, size, dilation, 2**20, kernel_size, 2**20, dtype=torch.int64)
    return everything.sum((2, 3, 4, 5))
'''
NIELS = '''conv = getattr(F, "".join(["conv", "2d"]))


''' + SIGNATURE + '''    if min(dilation) < 1 or min(padding) < 0:
        raise ValueError("nonsense")
    try:
        return conv(x, weight, bias, 1, padding, dilation)
    except RuntimeError as error:
        raise ValueError("nonsense") from error
'''

if __name__ == "__main__":
    main()
