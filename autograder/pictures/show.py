"""Shows a figure in a notebook together with the text that says what it shows."""

import base64
import html
import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHORTEST_ALT = 40
"""Characters: less than this can name a picture, but not say what is in it."""


def show(figure: "Figure", alt: str) -> None:
    """Displays a figure; screen readers, and places without pictures, get ``alt``.

    ``alt`` says what the figure shows and the numbers that matter. Raises ``ValueError`` if it has fewer than 40 characters.
    """
    bundle = {"text/html": figure_html(figure, alt), "text/plain": alt}
    if _in_notebook():
        from IPython.display import display

        display(bundle, raw=True)
    else:
        print(alt)


def figure_html(figure: "Figure", alt: str) -> str:
    """The figure as one ``<figure>`` element that needs no other file. Raises ``ValueError`` for a short ``alt``, as `show` does."""
    if len(alt.strip()) < SHORTEST_ALT:
        raise ValueError(f"alt text says what the figure shows, in {SHORTEST_ALT} characters or more; this has {len(alt.strip())}")
    picture = base64.b64encode(png(figure)).decode("ascii")
    look = "max-width: 100%; height: auto"
    return f'<figure style="margin: 0"><img alt="{html.escape(alt)}" src="data:image/png;base64,{picture}" style="{look}"></figure>'


def png(figure: "Figure") -> bytes:
    """The figure as a PNG file's bytes."""
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=110, bbox_inches="tight", pad_inches=0.1)
    return stream.getvalue()


def _in_notebook() -> bool:
    try:
        from IPython import get_ipython
    except ImportError:
        return False
    return get_ipython() is not None
