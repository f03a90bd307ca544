"""Reads a config file, mmsegmentation's own (Python or YAML) or lesson 6's, into plain values. Runs none of it and imports nothing from it.

A Python config is taken apart statement by statement: assignments of plain values are evaluated by simpleeval, which knows no files, no
imports and no attributes with underscores. Whatever goes beyond that is refused with a sentence.
"""

import ast
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from simpleeval import EvalWithCompoundTypes, InvalidExpression

MAX_BYTES = 2**20
#: Files that a config may be built on, one upon another.
MAX_DEPTH = 20
#: Numbers in the longest range.
MAX_RANGE = 100_000


def _range(*bounds: int) -> range:
    numbers = range(*bounds)
    if len(numbers) > MAX_RANGE:
        raise ValueError(f"a range of more than {MAX_RANGE} numbers")
    return numbers


#: What a config may call: nothing that makes much out of little.
FUNCTIONS: dict[str, Callable[..., Any]] = {"range": _range} | {function.__name__: function for function in (
    dict, list, tuple, int, float, len, sum, min, max, enumerate, zip, abs, round)}
TEMPLATE = re.compile(r"\{\{\s*(_base_(?:\.\w+)+)\s*\}\}")

Config = dict[str, Any]


class _NoAliases(yaml.SafeLoader):
    """YAML without references from one place to another: with them a few lines can stand for billions of values, or for themselves."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases (*name) are not read")
        return super().compose_node(parent, index)


class UnreadableConfig(ValueError):
    """The file can't be read as a config. The text is one sentence: which file, which line, why."""


def read(path: Path, depth: int = 0) -> Config:
    """The config with everything in it that it is based on. Raises ``UnreadableConfig``, and ``OSError`` where there is no such file."""
    if depth > MAX_DEPTH:
        raise UnreadableConfig(f"{path.name}: more than {MAX_DEPTH} files are based one upon another")
    text = _text(path)
    values, bases = (_python if path.suffix == ".py" else _yaml)(path, text, depth)
    return merged(bases, values)


def merged(base: Config, changes: Config) -> Config:
    """The base with the changes in it: dicts are merged, everything else is replaced; ``_delete_`` in a dict replaces that too."""
    result = dict(base)
    for key, value in changes.items():
        before = result.get(key)
        if isinstance(value, dict):
            own = {name: part for name, part in value.items() if name != "_delete_"}
            value = merged(before, own) if isinstance(before, dict) and not value.get("_delete_") else own
        result[key] = value
    return result


def _text(path: Path) -> str:
    if path.stat().st_size > MAX_BYTES:
        raise UnreadableConfig(f"{path.name}: a config has at most {MAX_BYTES} bytes")
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise UnreadableConfig(f"{path.name}: its text is not UTF-8") from None


def _based_on(path: Path, names: object, depth: int) -> Config:
    """All that a config is based on, in one: no key may come from two of the files."""
    found: Config = {}
    for name in names if isinstance(names, list | tuple) else [names]:
        if not isinstance(name, str) or "::" in name or not (path.parent / name).is_file():
            raise UnreadableConfig(f"{path.name}: it is based on {name!r}, and there is no such file beside it")
        part = read(path.parent / name, depth + 1)
        if twice := found.keys() & part.keys():
            raise UnreadableConfig(f"{path.name}: two of the files that it is based on set {min(twice)}")
        found |= part
    return found


def _yaml(path: Path, text: str, depth: int) -> tuple[Config, Config]:
    try:
        values = yaml.load(text, _NoAliases)
    except (yaml.YAMLError, RecursionError) as error:
        raise UnreadableConfig(f"{path.name}: it is no YAML: {' '.join(str(error).split())[:120]}") from None
    if not isinstance(values, dict) or not all(isinstance(key, str) for key in values):
        raise UnreadableConfig(f"{path.name}: a config is a table of names and values")
    return _without_own(values), _based_on(path, values.get("_base_", []), depth)


def _python(path: Path, text: str, depth: int) -> tuple[Config, Config]:
    try:
        tree = ast.parse(TEMPLATE.sub(r"\1", text))
    except (SyntaxError, ValueError, RecursionError) as error:
        raise UnreadableConfig(f"{path.name}: it is no Python: {error}") from None
    names: Config = {"True": True, "False": False, "None": None}
    bases: Config = {}
    for statement in tree.body:
        _take(path, statement, names)
        if _is_base(statement):
            bases = _based_on(path, names["_base_"], depth)
            names["_base_"] = bases
    return _without_own({name: value for name, value in names.items() if name not in ("True", "False", "None")}), bases


def _is_base(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Assign) and any(isinstance(target, ast.Name) and target.id == "_base_" for target in statement.targets)


def _take(path: Path, statement: ast.stmt, names: Config) -> None:
    """One statement of a Python config: an assignment, or a call such as ``keys.update(…)``."""
    try:
        if assigned := _assigned(statement):
            targets, expression = assigned
            value = _value(expression, names)
            for target in targets:
                _assign(target, value, names)
            return None
        if isinstance(statement, ast.Expr):
            _value(statement.value, names)
            return None
    except (InvalidExpression, ArithmeticError, LookupError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise UnreadableConfig(f"{path.name}, line {statement.lineno}: {' '.join(str(error).split())[:160]}") from None
    raise UnreadableConfig(f"{path.name}, line {statement.lineno}: only assignments of plain values are read, no "
                           f"{_kind(statement)}; nothing of a config is run here")


def _assigned(statement: ast.stmt) -> tuple[list[ast.expr], ast.expr] | None:
    """What a statement assigns to, and what: ``a = b = 1``, ``a: int = 1``, ``a += 1``."""
    if isinstance(statement, ast.Assign):
        return statement.targets, statement.value
    if isinstance(statement, ast.AnnAssign) and statement.value:
        return [statement.target], statement.value
    if isinstance(statement, ast.AugAssign):
        return [statement.target], ast.BinOp(statement.target, statement.op, statement.value)
    return None


def _kind(statement: ast.stmt) -> str:
    words = {"Import": "import", "ImportFrom": "import", "FunctionDef": "function", "ClassDef": "class", "With": "with", "For": "for"}
    return words.get(type(statement).__name__, type(statement).__name__)


def _value(node: ast.expr, names: Config) -> Any:
    return EvalWithCompoundTypes(functions=FUNCTIONS, names=names).eval("", previously_parsed=node)


def _assign(target: ast.expr, value: Any, names: Config) -> None:
    if isinstance(target, ast.Name):
        names[target.id] = value
    elif isinstance(target, ast.Subscript):
        _value(target.value, names)[_value(target.slice, names)] = value
    elif isinstance(target, ast.Tuple):
        for part, item in zip(target.elts, value, strict=True):
            _assign(part, item, names)
    else:
        raise ValueError("only names and items are assigned to")


def _without_own(values: Config) -> Config:
    return {key: value for key, value in values.items() if not key.startswith("_")}
