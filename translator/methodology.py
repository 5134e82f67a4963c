"""docs/METHODOLOGY.md as a page: how sentences are made and checked, with the measured figures."""

import re
import sysconfig
from collections.abc import MutableMapping, Sequence
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import Markup

from translator.page import Links, fill

# Beside the packages in a checkout; where pyproject.toml puts it in an installation.
_PLACES = (
    Path(__file__).parents[1] / "docs" / "METHODOLOGY.md",
    Path(sysconfig.get_path("data")) / "share" / "plaincriteria" / "METHODOLOGY.md",
)
_ELSEWHERE = re.compile("https?://")
_MARK = re.compile(r"^<!--[^\n]*-->$", re.MULTILINE)  # between these lines a table is made of the results


def render(links: Links | None = None) -> str:
    """Gives the page.

    Args:
        links: The pages beside this one; only ``home`` counts.

    Raises:
        FileNotFoundError: The installation lacks the text.
    """
    return fill("methodology.html", text=Markup(_html()), links=links or Links())  # noqa: S704


def source() -> Path:
    """Where the text stands.

    Raises:
        FileNotFoundError: The installation lacks it.
    """
    for place in _PLACES:
        if place.is_file():
            return place
    raise FileNotFoundError(_PLACES[-1])


@cache
def _html() -> str:
    # Markup in the text is shown, not obeyed; links within the repository lead nowhere on a site.
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = reader.parse(_MARK.sub("", source().read_text("utf-8")))
    for opening, token, closing in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if token.children:
            token.children = _without_inner_links(token.children)
        if opening.type == "th_open" and not token.content:  # an empty cell heads nothing
            opening.tag = closing.tag = "td"
    numbers = count(1)

    def table(
        _: RendererHTML, tokens: Sequence[Token], i: int, options: Any, env: MutableMapping[str, Any]
    ) -> str:
        return f'<div class="wide" role="region" tabindex="0" aria-label="Table {next(numbers)}"><table>\n'

    reader.add_render_rule("table_open", table)
    reader.add_render_rule("table_close", lambda *_: "</table></div>\n")
    html: str = reader.renderer.render(tokens, reader.options, {})
    return html


def _without_inner_links(tokens: list[Token]) -> list[Token]:
    kept, inner = [], False
    for token in tokens:
        if token.type == "link_open":
            inner = not _ELSEWHERE.match(str(token.attrGet("href")))
        if not (inner and token.type in {"link_open", "link_close"}) and token.type != "image":
            kept.append(token)
    return kept
