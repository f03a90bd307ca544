"""Puts text before the learner: as HTML where there is a notebook, printed where there is none. Says nothing of its own."""

import sys
from html import escape

#: Mid-tones that stand out from white and from black; the meaning is in the words.
EDGES = {"✓": "#009E73", "✗": "#D55E00"}
EDGE = "#808080"
BLOCK = "border-left: 4px solid {edge}; padding: 0.3em 0 0.3em 0.8em; margin: 0.3em 0"
LABELLED = "font-family: monospace; white-space: pre-wrap; overflow-wrap: anywhere; padding-left: 12ch; text-indent: -12ch"
SENTENCE = "margin: 0.3em 0 0"


class OneLine:
    """Mixed into an exception: a notebook shows its text alone, not the way through this package that led to it."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


class WrongValue(OneLine, ValueError):
    """An argument with a value that there is no use for."""


class WrongType(OneLine, TypeError):
    """An argument of a type that there is no use for."""


def show(text: str, html: str) -> None:
    """Display the text, and the same as HTML for a front end that can show it."""
    if not in_notebook():
        print(text)
        return
    from IPython.display import display

    display({"text/plain": text, "text/html": html}, raw=True)


def show_block(text: str) -> None:
    """Display lines of text as one block: the first is its head; indented ones begin with a label of ten columns, others are sentences."""
    show(text, block_html(text))


def block_html(text: str) -> str:
    """The block as HTML: the same words in the same order, readable on a light and on a dark page."""
    head, *lines = text.splitlines() or [""]
    mark, gap, words = head.partition(" ")
    if len(mark) != 1 or mark.isalnum() or not gap:
        mark, words = "", head
    symbol = f'<span aria-hidden="true">{escape(mark)}</span> ' if mark else ""
    edge = BLOCK.format(edge=EDGES.get(mark, EDGE))
    rest = "".join(f'<div style="{LABELLED if line.startswith("  ") else SENTENCE}">{escape(line)}</div>' for line in lines)
    return f'<div style="{edge}"><p style="margin: 0"><strong>{symbol}{escape(words)}</strong></p>{rest}</div>'


def one_line(text: str, limit: int = 200) -> str:
    """The text in one line of printable characters, cut at ``limit``."""
    plain = " ".join("".join(character if character.isprintable() else " " for character in text).split())
    return plain if len(plain) <= limit else plain[:limit - 1] + "…"


def in_notebook() -> bool:
    """Whether IPython runs this, so that there is something to display to. Doesn't import IPython."""
    if "IPython" not in sys.modules:
        return False
    from IPython import get_ipython

    return get_ipython() is not None
