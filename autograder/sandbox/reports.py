"""Reports come from the process that ran a learner's code: here their form is checked before anything reads them."""

from typing import Any

from .channel import Ended, forged

#: What a report may hold, and of which type each part must be. Other keys are dropped.
FORM: dict[str, type] = {"missing": bool, "raised": dict, "devices": list, "gradients": list, "changed": list, "random": bool,
                         "output": str, "operations": int, "forbidden": list, "mixed": list}
ERROR_FORM: dict[str, type] = {"type": str, "bases": list, "message": str, "line": int, "source": str, "where": str, "tensors": dict}
TEXTS = ("bases", "devices", "forbidden", "mixed")
#: Characters of one text, and entries of one list of texts: what a learner is shown is shorter.
MAX_TEXT, MAX_ENTRIES = 2_000, 100


def checked(report: dict[str, Any]) -> dict[str, Any]:
    """The report with nothing in it that is not as it must be. Raises ``Ended``: such a process is no longer believed."""
    parts = _checked(report, FORM)
    if "raised" in parts:
        parts["raised"] = checked_error(parts["raised"])
    return parts | ({"value": report["value"]} if "value" in report else {})


def checked_error(error: dict[str, Any]) -> dict[str, Any]:
    """An error's description, every field present and of its type. Raises ``Ended``."""
    fields = _checked(error, ERROR_FORM)
    if missing := ERROR_FORM.keys() - fields.keys():
        raise _forged(f"an error without {min(missing)}")
    if not all(type(text) is str for text in fields["tensors"].values()):
        raise _forged("tensors")
    return fields | {"tensors": {name[:MAX_TEXT]: text[:MAX_TEXT] for name, text in list(fields["tensors"].items())[:MAX_ENTRIES]}}


def _checked(parts: dict[str, Any], form: dict[str, type]) -> dict[str, Any]:
    for name, kind in form.items():
        if name in parts and type(parts[name]) is not kind:
            raise _forged(name)
        if name in TEXTS and not all(type(text) is str for text in parts.get(name, ())):
            raise _forged(name)
    return {name: _cut(name, parts[name]) for name in form if name in parts}


def _cut(name: str, part: Any) -> Any:
    if name in TEXTS:
        return [text[:MAX_TEXT] for text in part[:MAX_ENTRIES]]
    return part[:MAX_TEXT] if type(part) is str else part


def _forged(what: str) -> Ended:
    return Ended("crashed", forged(f"odd {what}"))
