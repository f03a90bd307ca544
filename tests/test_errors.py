"""What a learner is told of Python's and PyTorch's errors: real ones, raised by real code, as their cards have it."""

import re
from functools import cache

import pytest

from autograder.feedback.errors import MEANINGS, meaning
from autograder.learner_side.session import Session

HEAD = "import torch\nimport torch.nn as nn\nimport torch.nn.functional as F\n"
#: What a function `f` does, and what its author is told.
RAISES = {
    "return dilatoin": "nothing is called `dilatoin` here",
    "dilation = 2\n return dilaton": "did you mean `dilation`?",
    "return np.zeros(3)": "an import missing?",
    "if 0: a = 1\n return a": "`a` got no value on this way",
    "raise NotImplementedError": "a `raise NotImplementedError` of the stub is still there",
    "return 1 / 0": "something is divided by 0",
    "return f()": "calls itself without an end",
    "return {}['a']": "there is no key 'a' here",
    "return torch.zeros(2)[2]": "the last one is the size minus 1",
    "return [1][1]": "the last one is the size minus 1",
    "return torch.zeros(2)[torch.zeros(1)]": "an index is no whole number",
    "a, b, c = torch.zeros(2, 3).shape": "as many names as values",
    "return torch.zeros(2) + torch.zeros(3)": "two shapes don't go together",
    "torch.zeros(2, 3)[:] = torch.zeros(4)": "two shapes don't go together",
    "return torch.zeros(2, 3) @ torch.zeros(2, 3)": "as many as the rows of the second",
    "return torch.zeros(2, 3).double() @ torch.zeros(3, 2)": "two dtypes meet",
    "return F.cross_entropy(torch.zeros(1, 2), torch.zeros(1))": "two dtypes meet",
    "return torch.zeros(6).view(4, 2)": "there are 6 of them",
    "return bool(torch.zeros(2) == torch.zeros(2))": "a truth value for each element",
    "return torch.zeros(2, requires_grad=True).numpy()": "NumPy knows no gradients",
    "return nn.Conv2d(3, 4, 1)(torch.zeros(1, 2, 5, 5))": "a layer for 3 channels gets 2",
    "return nn.BatchNorm2d(3)(torch.zeros(1, 2, 5, 5))": "for another number of channels",
    "return nn.Conv2d(3, 3 / 2, 1)": "a number of channels is no whole number",
    "return nn.BatchNorm2d(3 / 2)": "a float came where a whole number is due",
    "return range(2.0)": "use // instead of /",
    "return nn.Sequential([nn.ReLU()])": "nn.Sequential(*layers)",
    "return torch.max(0, torch.zeros(2))": "does a number stand where a tensor is due?",
    "return 2.0 ^ 2.0": "a power is written **",
    "return [1] + 2": "+ joins a list and a list",
    "return (1,) + 2": "+ joins a tuple and a tuple",
    "a = 1, 2\n a[0] = 3": "this can't be written into",
    "return print(1) + 1": "something on this line is None",
    "return None.shape": "something on this line is None",
    "return len < 1": "a function stands where its value is due",
    "return torch.zeros(2).backwards()": "did you mean `backward`?",
    "return (1, 2).append(3)": "work on a copy, list(...)",
    "return [1].item()": "a list has no `item`",
    "return F.interpolate()": "`input` is missing in this call",
    "return F.relu(1, 2, 3, 4)": "more arguments come than there are parameters",
    "return F.interpolate(torch.zeros(1, 1, 2, 2), size=(1, 1, 4, 4), mode='bilinear')": "height and width",
    "return open('nothing.txt')": "no file is needed",
    "assert 1 == 2": "print both sides",
    "a = torch.zeros(2, requires_grad=True)\n a += 1": "that the gradient needs",
}
CLASSES = {
    "def __init__(self): self.conv1 = nn.ReLU()": "must be super().__init__()",
    "def foward(self, x): return x": "no method `forward`",
    "def forward(self, x): return conv1(x)\n def conv1(self, x): return x": "did you mean `self.conv1`?",
    "def forward(self, x): return self.head(x)": "there is no `head` yet",
}
#: The one sentence that needs an argument to be told; see the test below.
WITH_AN_ARGUMENT = re.escape("there is no parameter `") + ".*" + re.escape("`: are all parameters called as the stub calls them?")


@cache
def told(source: str, name: str, *args: object) -> str:
    """The meaning of the error that a call raises, or that the cell itself does."""
    session = Session()
    error = session.run({"name": "f", "source": HEAD + source, "notebook": True})["raised"]
    return meaning(error or session.call({"function": name, "args": args, "kwargs": {}, "watch": {}})["raised"])


@pytest.mark.parametrize("body", RAISES)
def test_an_error_is_told_with_what_to_do(body: str) -> None:
    assert RAISES[body] in told(f"def f():\n {body}\n", "f")


@pytest.mark.parametrize("body", CLASSES)
def test_an_error_in_a_module_is_told_with_what_to_do(body: str) -> None:
    assert CLASSES[body] in told(f"class Net(nn.Module):\n {body}\ndef f(): return Net()(torch.zeros(1))\n", "f")


@pytest.mark.parametrize(("source", "due"), [
    ("def f()\n return 1", "Python can't read this line"), ("def f(:\n return 1", "Python can't read this line"),
    ("def f():\nreturn 1", "in the same column")])
def test_a_cell_that_can_not_be_read(source: str, due: str) -> None:
    assert due in told(source, "f")


def test_arguments_that_have_other_names_or_are_too_many() -> None:
    assert "more arguments come" in told("def f(a):\n return a", "f", 1, 2)
    session = Session()
    session.run({"name": "f", "source": "def f(a):\n return a", "notebook": True})
    assert "there is no parameter `b`" in meaning(session.call({"function": "f", "args": [], "kwargs": {"b": 1}, "watch": {}})["raised"])


def test_a_method_that_the_base_class_asks_for() -> None:
    source = "class f(torch.optim.lr_scheduler.LRScheduler):\n def get_rate(self): return [1.0]\n"
    source += "def g(): return f(torch.optim.SGD([torch.zeros(1)], lr=1.0))"
    assert told(source, "g") == "the class has no method `get_lr` of its own: is it missing, or misspelt?"


def test_an_error_of_the_authors_own_is_told_as_it_is() -> None:
    assert told("def f():\n raise ValueError('no such step')", "f") == ""


def test_every_sentence_is_met_here() -> None:
    met = [told(f"def f():\n {body}\n", "f") for body in RAISES]
    met += [told(f"class Net(nn.Module):\n {body}\ndef f(): return Net()(torch.zeros(1))\n", "f") for body in CLASSES]
    met += [told(source, "f") for source in ("def f()\n return 1", "def f():\nreturn 1")]
    templates = [re.sub(r"\\{\w+\\}", ".*", re.escape(text)) for _, _, text in MEANINGS]
    assert [template for template in templates if not any(re.fullmatch(template, text) for text in met)] == [WITH_AN_ARGUMENT]
