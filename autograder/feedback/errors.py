"""What an error of Python or PyTorch usually means, in a sentence that says what to do. Knows nothing of exercises."""

import re
from typing import Any

from autograder.languages import say, sentence

#: Kind of error, what its message looks like, what it usually means. The first that fits is told, with the named groups put into it.
MEANINGS = (
    ("IndentationError", r"", sentence("all lines of a block begin in the same column: compare this one with those above it")),
    ("SyntaxError", r"", sentence("Python can't read this line: look for what is missing in it, or at the end of the line above")),
    ("NotImplementedError", r'missing the required "forward"', sentence("the class has no method `forward`: is its name misspelt?")),
    ("UnboundLocalError", r"variable '(?P<name>\w+)'", sentence(
        "`{name}` got no value on this way through the function: which case is left out above?")),
    ("NameError", r"name '(?P<name>\w+)'", sentence("nothing is called `{name}` here: is it misspelt, or is an import missing?")),
    ("AttributeError", r"before Module.__init__\(\) call", sentence("the first line of __init__ must be super().__init__()")),
    ("AttributeError", r"'NoneType' object has no attribute", sentence(
        "something on this line is None: does a function that was called have no `return`?")),
    ("AttributeError", r"'tuple' object has no attribute '(?P<name>append|extend|insert|pop|remove|reverse|sort)'", sentence(
        "a tuple has no `{name}`, and in a list it would change the caller's: work on a copy, list(...)")),
    ("AttributeError", r"'(?P<kind>list|tuple|dict|set|int|float|bool|str|Tensor)' object has no attribute '(?P<name>\w+)'", sentence(
        "a {kind} has no `{name}`: is another name meant, or is this not what it should be?")),
    ("AttributeError", r"no attribute '(?P<name>\w+)'", sentence(
        "there is no `{name}` yet: is it misspelt, is it set after it is needed, or was super().__init__ never called?")),
    ("ZeroDivisionError", r"", sentence(
        "something is divided by 0: is a case missing before the division, or are two arguments in the wrong order?")),
    ("RecursionError", r"", sentence("the function calls itself without an end: for which input does it return without calling itself?")),
    ("KeyError", r"(?P<key>.*)", sentence(
        "there is no key {key} here: is it one level deeper, or may it be missing? `.get(key, default)` says what is due then")),
    ("IndexError", r"out of (bounds|range)", sentence(
        "an index is too large, the last one is the size minus 1: what is due at the border?")),
    ("IndexError", r"used as indices", sentence("an index is no whole number: make it one with .long() or int(...)")),
    ("ValueError", r"to unpack", sentence("as many names as values are due on the left of =: how many axes has the input here?")),
    ("ValueError", r"divisible by groups", sentence("a number of channels is no whole number: use // instead of /, or int(...)")),
    ("ValueError", r"spatial dimensions", sentence("a size has only the axes that are resized, height and width: x.shape[2:]")),
    ("TypeError", r"unexpected keyword argument '(?P<name>\w+)'", sentence(
        "there is no parameter `{name}`: are all parameters called as the stub calls them?")),
    ("TypeError", r"required (positional|keyword-only) arguments?: '(?P<name>\w+)'", sentence(
        "`{name}` is missing in this call: look up what the function takes, with help(...)")),
    ("TypeError", r"positional arguments? but", sentence(
        "more arguments come than there are parameters: compare with the stub's first line")),
    ("TypeError", r"for \^:", sentence("a power is written ** in Python; ^ is something else")),
    ("TypeError", r"'NoneType'", sentence("something on this line is None: does a function that was called have no `return`?")),
    ("TypeError", r"'(method|function|builtin_function_or_method)'", sentence(
        "a function stands where its value is due: is a pair of parentheses missing, or another name meant?")),
    ("TypeError", r"float'? object cannot be interpreted|element of type float|must be .*int.*(not|got) float", sentence(
        "a float came where a whole number is due: use // instead of /, or int(...)")),
    ("TypeError", r"can only concatenate (?P<kind>list|tuple)", sentence(
        "+ joins a {kind} and a {kind}: put the single value into one, too")),
    ("TypeError", r"does not support item assignment", sentence("this can't be written into: make a new list, and fill that")),
    ("TypeError", r"is not a Module subclass", sentence("the layers are due one by one: write nn.Sequential(*layers)")),
    ("TypeError", r"invalid combination of arguments", sentence(
        "this function of PyTorch takes other arguments: does a number stand where a tensor is due?")),
    ("RuntimeError", r"scalar type|same dtype|dtype of self|target dtype|dtype Long", sentence(
        "two dtypes meet on this line: convert one of them, with .to(x.dtype), .long() or .double()")),
    ("RuntimeError", r"Can't call numpy\(\)", sentence(
        "NumPy knows no gradients: use PyTorch's operations or, where no gradient is due, torch.no_grad()")),
    ("RuntimeError", r"Boolean value of Tensor", sentence(
        "comparing tensors gives a truth value for each element: use torch.equal, torch.allclose or .all()")),
    ("RuntimeError", r"cannot be multiplied", sentence(
        "the columns of the first matrix must be as many as the rows of the second: is one of them transposed?")),
    ("RuntimeError", r"size of tensor a|broadcast|expanded size", sentence(
        "two shapes don't go together: write both down, and line them up from the last axis")),
    ("RuntimeError", r"shape '(?P<shape>.*)' is invalid for input of size (?P<size>\d+)", sentence(
        "a view keeps all elements: there are {size} of them, and {shape} asks for another number")),
    ("RuntimeError", r"expected input.* to have (?P<due>\d+) channels, but got (?P<came>\d+)", sentence(
        "a layer for {due} channels gets {came}: follow the channels from layer to layer")),
    ("RuntimeError", r"running_mean should contain", sentence("a BatchNorm is made for another number of channels than come to it")),
    ("RuntimeError", r"in-place operation|leaf Variable", sentence(
        "a tensor is overwritten that the gradient needs: make a new one instead")),
    ("OSError", r"", sentence("no file is needed: all that the function works on is in its arguments")),
    ("AssertionError", r"", sentence("what is asserted on this line is not so: print both sides")),
)
#: Where a check's own look at an object of the learner's fails: see ``learner_side.drive``.
LOOKED_UP = ("_member", "__getattr__")


def meaning(error: dict[str, Any]) -> str:
    """What the error usually means and what to do; nothing for one that says so itself."""
    if error["near"]:
        return say("did you mean `{name}`?", name=error["near"])
    if error["type"] == "NotImplementedError" and "forward" not in error["message"]:
        return _not_implemented(error)
    if error["inside"] in LOOKED_UP and not error["line"]:
        return say("a check looks for this name: does every part have the name that the docstring gives it?")
    for kind, pattern, text in MEANINGS:
        if kind in error["bases"] and (found := re.search(pattern, error["message"])):
            return say(text, **found.groupdict())
    return ""


def _not_implemented(error: dict[str, Any]) -> str:
    if error["inside"]:
        return say("the class has no method `{name}` of its own: is it missing, or misspelt?", name=error["inside"])
    return say("a `raise NotImplementedError` of the stub is still there")
