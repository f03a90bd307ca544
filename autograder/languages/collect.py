"""``python -m autograder.languages.collect``: finds every sentence that a learner can read, and brings the language files up to date.

Sentences are what ``say`` and ``sentence`` are given, the texts of the pages, of the exercises' tables and the first lines of the checks.
Translates nothing: a sentence that is new stands in a language's file without a translation, and a test fails until it has one.
"""

import ast
import io
from collections.abc import Iterator
from pathlib import Path

import yaml
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po
from jinja2 import Environment
from jinja2.ext import extract_from_ast

from autograder.course import PACKAGE
from autograder.files import write_whole

from . import FOLDER, LANGUAGES

MARKERS = ("say", "sentence")
TEMPLATE = FOLDER / "atrous.pot"
#: Ours instead of Babel's, which holds dates and versions: the same sentences make the same file.
HEADER = r'''# The sentences of Atrous that a learner can read. `make lessons` brings this file up to date.
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\n"
"Content-Transfer-Encoding: 8bit\n"

'''


def sentences() -> dict[str, str]:
    """Every sentence once, and the file in which it stands first, in the order of the files."""
    found: dict[str, str] = {}
    for path in sorted(PACKAGE.rglob("*")):
        if path.is_file() and "_lessons" not in path.parts and FOLDER not in path.parents:
            for text in in_file(path):
                found.setdefault(text, path.relative_to(PACKAGE).as_posix())
    return found


def in_file(path: Path) -> Iterator[str]:
    """The sentences of one file of this package."""
    if path.suffix == ".py":
        tree = ast.parse(path.read_text(encoding="utf-8"))
        yield from _marked(tree)
        if path.name == "checks.py":
            yield from _properties(tree)
    elif path.suffix == ".html":
        yield from _in_page(path)
    elif path.name == "exercises.yaml":
        yield from _texts(yaml.safe_load(path.read_text(encoding="utf-8")))


def template() -> str:
    """``atrous.pot``: every sentence, in English."""
    return _written(_collected(Catalog()))


def updated(path: Path) -> str:
    """A language's file with every sentence in it and none besides; translations that are there stay."""
    with path.open("rb") as file:
        before = read_po(file)
    translations = {message.id: message.string for message in before if message.id}
    catalogue = _collected(Catalog(locale=path.stem))
    for message in catalogue:
        message.string = translations.get(message.id, "") if message.id else message.string
    return _written(catalogue)


def _collected(catalogue: Catalog) -> Catalog:
    for text, place in sentences().items():
        message = catalogue.add(text, locations=[(place, 0)])
        message.flags.clear()  # {} is filled by say, and checked by a test
    return catalogue


def _written(catalogue: Catalog) -> str:
    file = io.BytesIO()
    write_po(file, catalogue, width=0, include_lineno=False, omit_header=True)
    return HEADER + file.getvalue().decode()


def _marked(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MARKERS and node.args:
            yield from _constants(node.args[0])


def _constants(node: ast.expr) -> Iterator[str]:
    """A text, or both texts of ``one if … else other``."""
    if isinstance(node, ast.IfExp):
        yield from _constants(node.body)
        yield from _constants(node.orelse)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value


def _properties(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield (ast.get_docstring(node) or "").partition("\n")[0]


def _in_page(path: Path) -> Iterator[str]:
    for _, _, text in extract_from_ast(Environment().parse(path.read_text(encoding="utf-8")), MARKERS):
        yield str(text if isinstance(text, str) else text and text[0])


def _texts(node: object) -> Iterator[str]:
    """All texts below a node of a table, but for patterns of forbidden names."""
    if isinstance(node, str):
        yield node
    for key, value in node.items() if isinstance(node, dict) else enumerate(node if isinstance(node, list) else ()):
        if not str(key).startswith("forbidden"):
            yield from _texts(value)


def main() -> None:
    """Write the template and every language's file."""
    write_whole(TEMPLATE, template())
    for path in LANGUAGES.values():
        if path:
            write_whole(path, updated(path))


if __name__ == "__main__":
    main()
