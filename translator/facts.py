"""Any English on eligibility to facts: limits, units, windows, negation, logic, who, and how sure.

One reader for protocol English and for plain English, so that the facts of a criterion and of a faithful
translation come out equal whatever the wording. What it cannot read it says: digits and comparison signs
that no fact and no name covers are ``unread``.
"""

import re
from bisect import bisect_left
from functools import cache
from typing import cast

from translator.clean import Clean, clean
from translator.reading.numerals import Numerals, numerals
from translator.reading.quantities import Quantity, read_quantities
from translator.reading.units import TIME_UNITS
from translator.reading.windows import window_of
from translator.records import Direction, Fact, FactKind, Record, Span, Window
from translator.tables import alternatives, rows, variants

_BOUNDARY = re.compile(
    r"[.;:,()\[\]!?≥≤<>=]|\b(?:and|or|if|with|when|than|that|which|who|have|has|had|for|by)\b",
    re.IGNORECASE,
)
_OPENS = re.compile(r"\s?(?:(?:have|has|had|been|for|with)\s)+", re.IGNORECASE)
# Words that neither open nor close the name of what is measured.
_EDGE_WORDS = frozenset({
    "a", "an", "the", "of", "is", "are", "be", "been", "was", "were", "must", "should", "may", "will",
    "can", "not", "no", "at", "to", "in", "for", "on", "by", "your", "you", "his", "her", "their",
    "its", "least", "most", "more", "less", "level", "levels", "value", "values", "score", "count",
    "between", "from", "within", "aged", "age", "this", "these", "any", "all", "also", "only",
})  # fmt: skip
_HEAD = re.compile(r"[^\W_][\w'/-]*")
_DIGIT_OR_SIGN = re.compile(r"\d+(?:[.,]\d+)*|[≥≤]|(?<![-=>])[<>](?![->])|=(?=\s?\d)")
# A criterion is a few sentences; what runs on longer is reported as unread instead of being worked through.
_MAX_LENGTH = 20_000
_ENDS = re.compile(r"[.;](?=\s|$)")
_SENTENCE = 300
_LOOK_BACK = 60
_LOOK_AHEAD = 40


class Facts(Record):
    """All that was read from a text; spans are offsets in the text as given.

    Attributes:
        facts: In reading order.
        codes: Names with digits in them (``CD19``, ``Day -1``, ``RECIST 1.1``): they measure nothing and must
            come through literally.
        unread: Digits and comparison signs that no fact and no name covers.
    """

    facts: tuple[Fact, ...] = ()
    codes: tuple[Span, ...] = ()
    unread: tuple[Span, ...] = ()


@cache
def _cues() -> tuple[re.Pattern[str], dict[str, tuple[str, str]]]:
    meanings: dict[str, tuple[str, str]] = {}
    for row in rows("cues.tsv"):
        meanings |= dict.fromkeys(variants(row["variants"]), (row["kind"], row["name"]))
    words = alternatives(meanings, space=r"[\s-]")
    return re.compile(rf"(?<![\w-])(?:{words})(?![\w])", re.IGNORECASE | re.ASCII), meanings


def _trimmed(words: list[str]) -> str | None:
    while words and words[0] in _EDGE_WORDS:
        del words[0]
    while words and words[-1] in _EDGE_WORDS:
        del words[-1]
    return " ".join(words) or None


def _subject(text: str, start: int, end: int) -> str | None:
    """What a quantity is about: the words before it, else the words after it."""
    before = _BOUNDARY.split(text[max(0, start - _LOOK_BACK) : start].rstrip(" (:,"))[-1]
    if found := _trimmed(_HEAD.findall(before.lower())[-5:]):
        return " ".join(found.split()[-4:])
    return _head(text, end)


def _head(text: str, end: int) -> str | None:
    """The first words after ``end``, up to a boundary."""
    if opens := _OPENS.match(text, end, end + _LOOK_AHEAD):
        end = opens.end()
    ahead = text[end : end + _LOOK_AHEAD]
    ahead = ahead.rsplit(" ", 1)[0] if len(ahead) == _LOOK_AHEAD else ahead
    return _trimmed(_HEAD.findall(_BOUNDARY.split(ahead, maxsplit=1)[0].lower())[:4])


def _says_no_more(comparator: str, window: Window) -> bool:
    """Whether the window alone says it: "up to 6 months before" is "in the 6 months before"."""
    return comparator == "=" or (comparator == "<=" and window.direction in {"before", "within"})


def _is_past(window: Window | None) -> bool:
    return window is not None and window.direction in {"before", "within"}


class _Reader:
    def __init__(self, given: str) -> None:
        self._clean: Clean = clean(given)
        self._text = self._clean.text[:_MAX_LENGTH]
        self._covered = bytearray(len(self._text))

    def read(self) -> Facts:
        found: Numerals = numerals(self._text)
        facts: list[tuple[int, Fact]] = []
        for start, end in (*found.codes, *found.labels):
            self._cover(start, end)
        for number in found.numbers:
            self._cover(number.start, number.end)
        for quantity in read_quantities(self._text, found.numbers):
            facts.append((quantity.start, self._of_quantity(quantity)))
        facts += self._of_cues([start for start, fact in facts if _is_past(fact.window)])
        facts.sort(key=lambda item: item[0])
        return Facts(
            facts=tuple(fact for _, fact in facts),
            codes=tuple(self._clean.span(start, end) for start, end in found.codes),
            unread=self._unread(),
        )

    def _cover(self, start: int, end: int) -> None:
        self._covered[start:end] = b"\x01" * (end - start)

    def _of_quantity(self, quantity: Quantity) -> Fact:
        start, end, window = quantity.start, quantity.end, None
        self._cover(start, end)
        comparator = quantity.comparator
        if quantity.unit in TIME_UNITS and not quantity.is_age:
            window, end = window_of(self._text, quantity)
        return Fact(
            kind="window" if window else "quantity",
            subject="age" if quantity.is_age else _subject(self._text, *quantity.phrase),
            comparator=None if window and _says_no_more(comparator, window) else comparator,
            value=quantity.value,
            unit=quantity.unit,
            window=window,
            span=self._clean.span(start, end),
        )

    def _of_cues(self, past: list[int]) -> list[tuple[int, Fact]]:
        pattern, meanings = _cues()
        facts = []
        for match in pattern.finditer(self._text):
            if self._covered.find(1, *match.span()) >= 0:
                continue  # the "no" of "no more than" is part of the comparator
            kind, name = meanings[re.sub(r"[\s-]", " ", match.group().lower())]
            for part in name.split("+"):
                if part == "ever" and self._has_length(match.end(), past):
                    continue  # "history of stroke within 6 months" is not "ever"
                fact = Fact(
                    kind=cast(FactKind, kind),
                    subject=_head(self._text, match.end()) if kind in {"polarity", "window"} else name,
                    window=Window(direction=cast(Direction, part)) if kind == "window" else None,
                    negated=kind == "polarity",
                    span=self._clean.span(*match.span()),
                )
                facts.append((match.start(), fact))
        return facts

    def _has_length(self, start: int, past: list[int]) -> bool:
        """Whether a window into the past stands later in the sentence."""
        index = bisect_left(past, start)
        return (
            index < len(past)
            and past[index] - start < _SENTENCE
            and not _ENDS.search(self._text, start, past[index])
        )

    def _unread(self) -> tuple[Span, ...]:
        spans = [
            match.span()
            for match in _DIGIT_OR_SIGN.finditer(self._text)
            if self._covered.find(0, *match.span()) >= 0
        ]
        if len(self._clean.text) > _MAX_LENGTH:
            spans.append((_MAX_LENGTH, len(self._clean.text)))
        return tuple(self._clean.span(start, end) for start, end in spans)


def read_facts(text: str) -> Facts:
    """Reads every checkable statement of a text, protocol English or plain.

    Args:
        text: Any text; never raises, and the work is linear in its length.
    """
    return _Reader(text).read()
