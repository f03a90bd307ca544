"""How checks are written and run: pytest, with a `learner` to call and a `device` to call it on.

A check file imports its vocabulary from here: ``exercise``, ``formal``, ``hidden``, ``worth``, ``expect``, ``notes``.
"""

from . import expect, notes
from .marks import exercise, formal, hidden, worth

__all__ = ["exercise", "expect", "formal", "hidden", "notes", "worth"]
