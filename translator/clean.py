r"""Registry text to clean text: same meaning, mended typography, and the way back to the original offsets.

Registry texts carry Markdown escapes (``\>``), HTML entities, the Symbol font's ``³`` and ``£`` for ``≥``
and ``≤``, UTF-8 read as Windows-1252, and a dozen kinds of space. One pass mends them all, so that every later
stage reads one spelling, and every offset can be told in the text as it was given.
"""

import re
from bisect import bisect_right
from html import unescape

from pydantic import Field

from translator.records import Record, Span

# Seen in train texts: UTF-8 bytes of ≥ ≤ ± × µ ° – — ' ' " " … read as Windows-1252.
_MOJIBAKE = {
    "â‰¥": "≥", "â‰¤": "≤", "Â±": "±", "Ã—": "×", "Âµ": "µ", "Â°": "°", "â€“": "–", "â€”": "—",
    "â€™": "'", "â€˜": "'", "â€œ": '"', "â€�": '"', "â€¦": "…", "Â²": "²", "Â³": "³", "Â\u00a0": " ",
}  # fmt: skip
_SIGNS = {
    "‘": "'", "’": "'", "‚": "'", "“": '"', "”": '"', "„": '"', "≧": "≥", "≦": "≤", "⩾": "≥", "⩽": "≤",
    "＞": ">", "＜": "<", "＝": "=", "﹥": ">", "﹤": "<", "％": "%", "～": "~", "，": ",", "（": "(", "）": ")",
    "：": ":", "；": ";", "∕": "/", "⁄": "/", "‐": "-", "‑": "-", "−": "-", "⁃": "-", "μ": "µ", "✕": "×",
    "╳": "×", "∗": "*", "℃": "°C", "℉": "°F", "ﬁ": "fi", "ﬂ": "fl", "¹²": "^12", "⁹": "^9", "⁸": "^8",
    "⁶": "^6", "⁵": "^5", "≥ =": "≥", "≤ =": "≤",
}  # fmt: skip

_TOKEN = re.compile(
    "|".join(
        [
            r"(?P<mojibake>" + "|".join(map(re.escape, sorted(_MOJIBAKE, key=len, reverse=True))) + r")",
            r"(?P<entity>&(?:[A-Za-z]{2,8}|\#[0-9]{1,7}|\#x[0-9A-Fa-f]{1,6});)",
            # Markdown escapes and signs come doubled and mixed: \>= , > = , =\> , =<.
            r"(?P<at_least>\\?>\s?\\?=|=\s?\\?>|\\?>\s?/\s?\\?=)",
            r"(?P<at_most>\\?<\s?\\?=|=\s?\\?<|\\?<\s?/\s?\\?=)",
            # The Symbol font: a superscript three or a pound sign that opens a number.
            r"\\(?P<escaped>[!-/:-@\[-`{-~])",
            r"(?P<symbol>(?:(?<=^)|(?<=[\s(]))[³£](?=\s?\d))",
            r"(?P<nothing>[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff\ud800-\udfff]+)",
            r"(?P<space>\s+)",
            r"(?P<sign>" + "|".join(map(re.escape, sorted(_SIGNS, key=len, reverse=True))) + r")",
        ]
    )
)


class Clean(Record):
    """A clean text and the way back.

    Attributes:
        text: The clean text.
        starts: Offsets in ``text`` at which a run begins, ascending; the first is 0.
        origins: For each run ``(start, end, literal)`` in the given text: a literal run maps one to one, any
            other run stands as a whole for what it replaced.
    """

    text: str
    starts: tuple[int, ...] = Field(repr=False)
    origins: tuple[tuple[int, int, bool], ...] = Field(repr=False)

    def span(self, start: int, end: int) -> Span:
        """Tells where ``text[start:end]`` stands in the given text."""
        first = self._origin(start)
        begin = first[0] + (start - first[3] if first[2] else 0)
        if end <= start:
            return Span(start=begin, end=begin)
        last = self._origin(end - 1)
        stop = last[0] + (end - last[3]) if last[2] else last[1]
        return Span(start=begin, end=stop)

    def _origin(self, offset: int) -> tuple[int, int, bool, int]:
        run = max(bisect_right(self.starts, offset) - 1, 0)
        if not self.origins:
            return 0, 0, True, 0
        return (*self.origins[run], self.starts[run])


def _replacement(match: re.Match[str], at_start: bool) -> str:
    kind, found = match.lastgroup, match.group()
    if kind == "mojibake":
        return _MOJIBAKE[found]
    if kind == "escaped":
        return match["escaped"]
    if kind == "entity":
        return unescape(found)
    if kind == "at_least":
        return "≥"
    if kind == "at_most":
        return "≤"
    if kind == "symbol":
        return "≥" if found == "³" else "≤"
    if kind == "nothing":
        return ""
    if kind == "space":
        return "" if at_start else " "
    return _SIGNS[found]


def clean(text: str) -> Clean:
    """Mends the typography of registry text; white space is folded, meaning stays.

    Args:
        text: Any text, of any length; the work is linear in it.
    """
    pieces: list[str] = []
    starts: list[int] = []
    origins: list[tuple[int, int, bool]] = []
    length = position = 0

    def add(piece: str, start: int, end: int, literal: bool) -> None:
        nonlocal length
        if piece:
            pieces.append(piece)
            starts.append(length)
            origins.append((start, end, literal))
            length += len(piece)

    for match in _TOKEN.finditer(text):
        add(text[position : match.start()], position, match.start(), literal=True)
        ends_in_space = not pieces or pieces[-1].endswith(" ")
        add(_replacement(match, ends_in_space), match.start(), match.end(), literal=False)
        position = match.end()
    add(text[position:], position, len(text), literal=True)
    if pieces and pieces[-1] == " ":
        del pieces[-1], starts[-1], origins[-1]
    return Clean(text="".join(pieces), starts=tuple(starts), origins=tuple(origins))
