"""The language that a learner reads: ``say`` puts a sentence of this package into it. English stands in the code, others in ``*.po``.

Lesson notebooks, pictures' labels and what instructors read are not part of it.
"""

import os
import re
from functools import cache
from pathlib import Path

#: The environment variable that names the language.
SETTING = "ATROUS_LANG"
FOLDER = Path(__file__).parent
#: The languages there are, and the file that holds each; English needs none.
LANGUAGES: dict[str, Path | None] = {"en": None, "zh_CN": FOLDER / "zh_CN.po"}


class UnknownLanguage(ValueError):
    """There is no such language. The text is one line."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


def say(sentence: str, **values: object) -> str:
    """The sentence in the learner's language, with ``values`` in the places that it names; in English where it is not translated.

    Raises ``UnknownLanguage`` when the environment names a language that isn't there.
    """
    text = _catalogue(language()).get(sentence) or sentence
    return text.format(**values) if values else text


def sentence(text: str) -> str:
    """The text as it is. Marks a sentence that ``say`` is given elsewhere, so that it is collected."""
    return text


def language() -> str:
    """The language that is set: one of ``LANGUAGES``. Raises ``UnknownLanguage``."""
    return known(os.environ.get(SETTING, ""))


@cache
def known(name: str) -> str:
    """The language meant by a name as people and systems write it: ``zh``, ``zh-cn``, ``zh_CN.UTF-8``; English for none.

    Raises ``UnknownLanguage``, naming those that there are.
    """
    wanted = re.split(r"[-_.@]", name.strip())[0].lower()
    for there in LANGUAGES:
        if wanted == there.split("_")[0]:
            return there
    if wanted in ("", "c", "posix"):
        return "en"
    raise UnknownLanguage(f"there is no language {name[:40]!r}; there are: {', '.join(LANGUAGES)} ({SETTING} or language(…) sets it)")


@cache
def _catalogue(name: str) -> dict[str, str]:
    path = LANGUAGES[name]
    if path is None:
        return {}
    from babel.messages.pofile import read_po

    with path.open("rb") as file:
        return {str(message.id): str(message.string) for message in read_po(file) if message.id and not message.fuzzy}
