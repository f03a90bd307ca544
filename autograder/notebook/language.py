"""`language`: chooses the language of the cards, hints and progress of this notebook. Translates nothing itself."""

import os

from autograder.languages import SETTING, known, say

from .display import show_block


def language(name: str) -> None:
    """From now on, cards, hints and progress come in this language: ``language("zh")``, ``language("en")``.

    Raises ``UnknownLanguage``, naming those that there are.
    """
    os.environ[SETTING] = known(name)  # where programs that the notebook starts find it too
    show_block(say("Cards, hints and progress now come in English."))
