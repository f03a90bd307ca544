"""Sphinx's settings for the site that ``make site`` builds. Formulas become MathML, so that no page loads anything from elsewhere."""

import re
from typing import Any

from docutils import nodes
from latex2mathml.converter import convert

project = "Atrous"
author = "the authors of Atrous"
language = "en"
extensions = ["myst_nb"]
nb_execution_mode = "off"  # tools/website.py has run them
nb_ipywidgets_js: dict[str, Any] = {}
nb_code_prompt_show, nb_code_prompt_hide = "Show what was measured", "Hide what was measured"
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3
highlight_language = "none"  # an indented block is a command, or what one prints
suppress_warnings = ["mystnb.unknown_mime_type"]

html_theme = "furo"
html_title = "Atrous"
html_static_path = ["_static"]
html_css_files = ["atrous.css"]
html_copy_source = False
html_show_search_summary = False  # excerpts would be fetched, which a browser refuses for pages that no server sends
html_show_copyright = False
html_math_renderer = "mathml"
html_theme_options = {"navigation_with_keys": True}
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"


def _inline(page: Any, node: nodes.math) -> None:
    page.body.append(convert(node.astext()))
    raise nodes.SkipNode


def _block(page: Any, node: nodes.math_block) -> None:
    page.body.append(f'<div class="formula" tabindex="0">{convert(node.astext(), display="block")}</div>')
    raise nodes.SkipNode


def _reachable(app: Any, name: str, template: str, context: dict[str, Any], document: Any) -> None:
    """Blocks that scroll can be scrolled by keyboard, what opens is called what it says, headings of the navigation have a level."""
    if "body" in context:
        body = context["body"].replace('<summary aria-label="Toggle hidden content">', "<summary>")
        context["body"] = re.sub(r'<(pre|div class="(?:table-wrapper|output text_html)[^>]*)>', r'<\1 tabindex="0">', body)
    tree = context.get("furo_navigation_tree", "")
    context["furo_navigation_tree"] = tree.replace('role="heading"', 'role="heading" aria-level="2"')


def setup(app: Any) -> None:
    """Put formulas on pages as MathML, which browsers draw and screen readers read, and mend what the theme leaves out of reach."""
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))
    app.connect("html-page-context", _reachable, priority=900)
