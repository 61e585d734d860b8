"""A model's Markdown as HTML that is safe to put on a page."""

from __future__ import annotations

from typing import Final

import nh3
from markdown_it import MarkdownIt

_MARKDOWN: Final = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(
    ["table", "strikethrough"]
)
_TEXT: Final = frozenset(("a", "blockquote", "br", "code", "em", "hr", "p", "pre", "s", "strong"))
_HEADINGS: Final = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_LISTS: Final = frozenset(("li", "ol", "ul"))
_TABLES: Final = frozenset(("table", "tbody", "td", "th", "thead", "tr"))
_ATTRIBUTES: Final = {"a": {"href", "title"}, "ol": {"start"}, "code": {"class"}}
_SCHEMES: Final = frozenset(("http", "https", "mailto"))


def render_html(text: str) -> str:
    """No images: showing one would tell another server that somebody reads this."""
    return nh3.clean(
        _MARKDOWN.render(text),
        tags=set(_TEXT | _HEADINGS | _LISTS | _TABLES),
        attributes=_ATTRIBUTES,
        url_schemes=set(_SCHEMES),
        link_rel="noopener noreferrer nofollow",
    )
