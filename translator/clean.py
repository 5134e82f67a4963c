r"""Registry text to clean text: same meaning, mended typography, and the way back to the original offsets.

Registry texts carry Markdown escapes (``\>``), HTML entities, the Symbol font's ``³`` and ``£`` for ``≥``
and ``≤``, UTF-8 read as Windows-1252, and a dozen kinds of space. All are mended here, so that every later
stage reads one spelling, and every offset can be told in the text as it was given.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from html import unescape

from translator.records import Span

# UTF-8 bytes of ≥ ≤ ± × µ ° – — ' ' " " … read as Windows-1252.
_MOJIBAKE = {
    "â‰¥": "≥", "â‰¤": "≤", "Â±": "±", "Ã—": "×", "Âµ": "µ", "Â°": "°", "â€“": "–", "â€”": "—",
    "â€™": "'", "â€˜": "'", "â€œ": '"', "â€�": '"', "â€\x9d": '"', "â€¦": "…", "Â²": "²", "Â³": "³",
    "Â\u00a0": " ",
}  # fmt: skip
_SIGNS = {
    "‘": "'", "’": "'", "‚": "'", "´": "'", "“": '"', "”": '"', "„": '"', "≧": "≥", "≦": "≤", "⩾": "≥",
    "⩽": "≤", "\uf0b3": "≥", "\uf0a3": "≤", "˃": ">", "˂": "<", "＞": ">", "＜": "<", "＝": "=", "﹥": ">",
    "﹤": "<", "％": "%", "＋": "+", "～": "~", "，": ",", "（": "(", "）": ")", "：": ":", "；": ";",
    "∕": "/", "⁄": "/", "／": "/", "‐": "-", "‑": "-", "−": "-", "˗": "-", "⁃": "-", "μ": "µ", "✕": "×",
    "╳": "×", "∗": "*", "℃": "°C", "℉": "°F", "ﬁ": "fi", "ﬂ": "fl", "Ⅰ": "I", "Ⅱ": "II", "Ⅲ": "III",
    "Ⅳ": "IV",
}  # fmt: skip
_POWERS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")

_DAMAGE = re.compile(
    "|".join(
        [
            r"(?P<mojibake>" + "|".join(map(re.escape, _MOJIBAKE)) + r")",
            # An ampersand escaped again and again (&amp;amp;lt;) is one entity: the chain goes in one step.
            r"(?P<entity>&(?:(?:amp|\#38|\#x26);)*+"
            r"(?P<name>(?:[A-Za-z][A-Za-z0-9]{1,9}|\#[0-9]{1,7}|\#[xX][0-9A-Fa-f]{1,6});)?+)",
            r"(?P<backslash>\\++(?P<escaped>[!-/:-@\[\]-`{-~])?+)",
            r"(?P<at_least>[>≥]\s*+(?:/\s*+|or\s*+)?+=++|=\s*+>)",
            r"(?P<at_most>[<≤]\s*+(?:/\s*+|or\s*+)?+=++|=\s*+<)",
            # The Symbol font: a superscript three or a pound sign that opens a number.
            r"(?P<symbol>(?<![^\s(])[³£](?=\s?\d))",
            r"(?P<power>(?<=10)[⁻⁰¹²³⁴-⁹]{1,4}|[⁰⁴-⁹])",
            r"(?P<half>(?<=\d)\s?½)",
            # Control characters, and what shows no mark: zero width, direction, variation, lone surrogates.
            r"(?P<nothing>[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e"
            r"\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]++)",
            r"(?P<space>\s{2,}+|[^\S ]|\A\s|\s\Z)",
            r"(?P<sign>[" + "".join(map(re.escape, _SIGNS)) + r"])",
        ]
    )
)
# Signs that are never damage, in words with one space between: most texts that come here are clean already.
_SOUND = re.compile(r"(?:[!-%'-;?-\[\]-~]++(?: (?=[^ ]))?+)*+")
# Damage upon damage (an entity inside an entity) deeper than this is an attack, and may stay as it is.
_MAX_PASSES = 8


@dataclass(frozen=True, slots=True)
class _Pass:
    """One pass of mending: for each run, where it starts in the new text and where it stood in the old.

    A literal run maps one to one; any other run stands as a whole for what it replaced.
    """

    text: str
    starts: tuple[int, ...]
    origins: tuple[tuple[int, int, bool], ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        if not self.starts:
            return 0, 0
        first = max(bisect_right(self.starts, start) - 1, 0)
        begin, stop, literal = self.origins[first]
        if literal:
            begin = min(begin + start - self.starts[first], stop)
        if end <= start:
            return begin, begin
        last = bisect_right(self.starts, end - 1) - 1
        last_begin, stop, literal = self.origins[last]
        return begin, min(last_begin + end - self.starts[last], stop) if literal else stop


@dataclass(frozen=True, slots=True)
class Clean:
    """A clean text and the way back to the text it was made from."""

    text: str
    _passes: tuple[_Pass, ...] = field(default=(), repr=False)

    def span(self, start: int, end: int) -> Span:
        """Tells where ``text[start:end]`` stands in the given text.

        What was replaced is told as a whole: the span of ``≥`` covers both signs of ``>=``.
        """
        for step in reversed(self._passes):
            start, end = step.span(start, end)
        return Span(start=start, end=end)


def _replacement(match: re.Match[str]) -> str:
    found = match.group()
    match match.lastgroup:
        case "mojibake":
            return _MOJIBAKE[found]
        case "entity":
            return unescape("&" + match["name"]) if match["name"] else "&"
        case "backslash":
            return match["escaped"] or "\\"
        case "at_least":
            return "≥"
        case "at_most":
            return "≤"
        case "symbol":
            return "≥" if found == "³" else "≤"
        case "power":
            return "^" + found.translate(_POWERS)
        case "half":
            return ".5"
        case "space":
            return "" if match.start() == 0 or match.end() == len(match.string) else " "
        case "sign":
            return _SIGNS[found]
    return ""


def _mend(text: str) -> _Pass:
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

    for match in _DAMAGE.finditer(text):
        add(text[position : match.start()], position, match.start(), literal=True)
        add(_replacement(match), match.start(), match.end(), literal=False)
        position = match.end()
    add(text[position:], position, len(text), literal=True)
    return _Pass("".join(pieces), tuple(starts), tuple(origins))


def clean(text: str) -> Clean:
    r"""Mends the typography of registry text; white space is folded, meaning stays.

    Mending may lay bare more damage (``\>=`` is first ``>=``, then ``≥``), so passes follow until one changes
    nothing: a clean text stays as it is.

    Args:
        text: Any text, of any length; the work is linear in it.
    """
    if _SOUND.fullmatch(text):
        return Clean(text)
    passes: list[_Pass] = []
    for _ in range(_MAX_PASSES):
        step = _mend(text)
        if step.text == text:
            break
        passes.append(step)
        text = step.text
    return Clean(text, tuple(passes))
