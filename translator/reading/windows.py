"""Time windows: how long, on which side of what, whatever the wording.

``within 4 weeks prior to the first dose`` and ``in the 4 weeks before your first dose`` read the same. The
events that windows are measured from fold to the names in ``data/anchors.tsv`` where they are stock.
"""

import re
from functools import cache
from typing import NamedTuple

from translator.reading.quantities import Quantity
from translator.records import Direction, Window
from translator.tables import alternatives, rows, variants

_PAST_BEFORE = re.compile(
    r"\b(?:past|last|previous|preceding|prior|latest|recent)[\s-](?:the\s|approximately\s|about\s|\(|~){0,2}$",
    re.IGNORECASE,
)
_WITHIN_BEFORE = re.compile(
    r"\b(?:within|in|inside|during)\s(?:(?:a|an|the|about|approximately|first|period\sof)\s){0,3}$",
    re.IGNORECASE,
)
_AGO = re.compile(
    r"[\s,]{0,2}(?:ago|earlier|previously|beforehand|(?:before|prior)(?=[.,;)]|$))(?!\w)", re.IGNORECASE
)
# "(28 days)", ", whichever is longer," may stand between a window and its preposition.
_ASIDE = r"(?:\s?\([^()]{0,80}\))?(?:,?\s(?:whichever|inclusive)(?:\s\w{1,10}){0,3},?)?"
_BEFORE = (
    r"(?P<before>prior\sto|previous\sto|before|preceding|in\sadvance\sof|leading\sup\sto|ahead\sof|pre(?=-))"
)
_AFTER = r"(?P<after>after|following|post|since|past|from|beyond)"
_DIRECT = re.compile(
    rf"{_ASIDE}\s?(?:(?:immediately|directly|just|period|window)\s){{0,2}}(?:{_BEFORE}|{_AFTER}|"
    rf"(?P<of>of))(?:\s|-|$)",
    re.IGNORECASE,
)
_DISTANT = re.compile(
    rf"{_ASIDE}[\s,)'-]{{1,3}}(?:(?!and\s|or\s|if\s|with\s)[a-z][\w-]{{0,14}}\s){{1,4}}?(?:{_BEFORE}|"
    rf"(?P<after>after|following|since))\s",
    re.IGNORECASE,
)
_SKIP = re.compile(
    r"(?:the|your|you|are|is|their|a|an|any|his|her|of|to|date|time|day|planned|scheduled|expected|"
    r"anticipated|were|being|they|have|had|last|prior|previous|child|patient|subject|participant|getting|"
    r"get|receiving|receive|receipt|estimated|"
    r"time\spoint)(?:'s)?\s",
    re.IGNORECASE,
)
_WORDS = re.compile(
    r"[A-Za-z][\w/-]*(?:\s(?!(?:and|or|if|with|without|unless|except|in|for|that|which|but|as|by|"
    r"is|are|was|were|must|may|will|at)\b)"
    r"[A-Za-z][\w/-]*){0,3}"
)
_STOP = frozenset(
    {"the", "your", "you", "a", "an", "any", "of", "to", "their", "his", "her", "are", "is", "be"}
)
_LOOK_BACK = 40
_MAX_SKIPPED = 7


class Anchored(NamedTuple):
    """A window and where its words end."""

    window: Window
    end: int


@cache
def _anchors() -> tuple[re.Pattern[str], dict[str, str]]:
    names: dict[str, str] = {}
    for row in rows("anchors.tsv"):
        names |= dict.fromkeys([row["anchor"], *variants(row["variants"])], row["anchor"])
    words = alternatives(names, space=r"[\s-]")
    return re.compile(rf"(?:{words})(?!\w)", re.IGNORECASE | re.ASCII), names


def anchor_at(text: str, start: int) -> tuple[str | None, int]:
    """Reads the event that begins at ``start``: its stock name, else up to four of its words."""
    pattern, names = _anchors()
    position = start
    for _ in range(_MAX_SKIPPED):
        if found := pattern.match(text, position):
            return names[re.sub(r"[\s-]", " ", found.group().lower())], found.end()
        skipped = _SKIP.match(text, position)
        if skipped is None:
            break
        position = skipped.end()
    if raw := _WORDS.match(text, position):
        words = [word for word in raw.group().lower().split() if word not in _STOP]
        return " ".join(words) or None, raw.end()
    return None, start


def window_of(text: str, quantity: Quantity) -> Anchored:
    """Reads direction and anchor of a duration from the words around it.

    Args:
        text: The clean text that the quantity was read from.
        quantity: A duration: its unit is one of time.
    """
    value, unit = quantity.value, quantity.unit

    def anchored(direction: Direction, at: int | None = None) -> Anchored:
        anchor, end = anchor_at(text, at) if at is not None else (None, quantity.end)
        return Anchored(Window(value=value, unit=unit, direction=direction, anchor=anchor), end)

    begin = max(0, quantity.start - _LOOK_BACK)
    within = bool(_WITHIN_BEFORE.search(text, begin, quantity.start))
    if ago := _AGO.match(text, quantity.end):
        return Anchored(Window(value=value, unit=unit, direction="before"), ago.end())
    found = _DIRECT.match(text, quantity.end)
    if found is None and _PAST_BEFORE.search(text, begin, quantity.start):
        return anchored("before")
    found = found or _DISTANT.match(text, quantity.end)
    if found and found["before"]:
        return anchored("before", found.end())
    if found and (found["after"] or within):
        near = not found["after"] or found["after"].lower() == "from"
        return anchored("within" if near else "after", found.end())
    return anchored("within" if within else "during")
