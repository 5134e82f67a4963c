"""Comparators in signs and words, with their strictness, and the number that each belongs to.

``no more than``, ``must not have had more than`` and ``≤`` are one comparator; the phrases are in
``data/comparators.tsv``.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple, cast

from translator.records import Comparator
from translator.tables import alternatives, rows

NEGATED: Mapping[str, Comparator] = {">": "<=", ">=": "<", "<": ">=", "<=": ">"}
"""For each comparator with a direction, what its denial says: not more than is at most."""
IN_WORDS: Mapping[str, str] = {
    ">=": "at least", ">": "more than", "<=": "at most", "<": "less than", "=": "exactly",
}  # fmt: skip
_MIRRORED: dict[str, Comparator] = {">": "<", ">=": "<=", "<": ">", "<=": ">="}
_SIGNS: dict[str, Comparator] = {"≥": ">=", ">": ">", "≤": "<=", "<": "<", "=": "="}
_BETTER: dict[str, Comparator] = {"better": ">=", "better than": ">", "worse": "<=", "worse than": "<"}
# Scales on which a higher number is the worse one: there "grade 1 or better" is at most 1.
_HIGHER_IS_WORSE = re.compile(
    r"\b(?:grades?|class|stage|ECOG|category|mRS|Rankin|NYHA|toxicit(?:y|ies))\b", re.IGNORECASE
)
_SIGN = (
    r"(?P<sign>[≥≤]|[<>](?:\s?(?:or|/)\s?(?:=|equals?(?:\sto)?))?|=)"
    r"(?:\s?(?:or|/)?\s?(?:=|equals?\sto\b)|\s\([≥≤]\))?"
)
# Between a comparator and its number stand only small words and the name of a scale.
_SMALL = (
    r"(?:a|an|the|of|age|ages|aged|is|are|to|grades?|class|stage|category|score|total|approximately|"
    r"roughly|nearly|almost|just|approx\.?|about|around|NYHA|"
    r"CTCAE|ECOG|any|another|CTC|NCI|NCI-CTCAE|functional|only|level|or|values?|by|KPS|Karnofsky|Lansky|"
    r"both|mean|average|either|"
    r"[\w-]{1,20}\s(?:grade|class|stage|score)(?:\sof)?|last|past|previous|preceding|prior|number|≥|≤|=)"
)
_FILLER = re.compile(rf"[\s(:\[~]{{0,3}}(?:{_SMALL}[\s:()]{{1,2}}){{0,4}}", re.IGNORECASE)
_AFTER_FILLER = re.compile(
    r"(?:\s?\([^()]{0,40}\))?[\s,'-]{0,2}(?:(?:years?|yrs?|months?|weeks?|"
    r"days?)'?[\s-]{0,2})?(?:(?:of\sage|old|in\sage|age|points?|inclusive|of\spregnancy|of\sgestation|"
    r"gestation|gestational\sage|in\sa\srow|tall|ago|long|wide|thick|across|apart|in\ssize|in\sdiameter)[\s,]{0,2})?\(?",
    re.IGNORECASE,
)
_NEGATION = re.compile(
    r"(?:\bno|\bnot|n't|\bnever|\bcannot)\s(?:(?:be|been|have|had|has|taken?|received?|drink|drunk|smoked?|"
    r"weigh|used?|measure|"
    r"last|of|any|a|score|it|do|gotten|got|need|needed|differ|vary|by|contain)\s){0,3}$",
    re.IGNORECASE,
)
_MIRROR = re.compile(r"\s?(?P<sign>[≥≤<>])\s?(?=[A-Za-z])")
# "2 teeth or more": only these follow the thing that is counted.
_COUNTED = frozenset({"or more", "or fewer", "or less"})
_NOUNS = re.compile(r"\s(?:(?!and\s|or\s)[a-z-]{2,15}\s){1,3}", re.IGNORECASE)
_NUMBER_AHEAD = re.compile(r"\s?[-+.]?\d")
_MAX_GAP = 48
_LOOK_BACK = 60


class Limit(NamedTuple):
    """A comparator and where its words stand."""

    comparator: Comparator
    start: int
    end: int


class _Sign(NamedTuple):
    comparator: str
    start: int
    end: int


@cache
def phrasings() -> Mapping[str, Mapping[str, str]]:
    """Reads the table: for each phrase, the comparator that it is ``before`` or ``after`` its number."""
    places: dict[str, dict[str, str]] = {}
    for row in rows("comparators.tsv"):
        places.setdefault(row["phrase"], {})[row["place"]] = row["comparator"]
    return places


@cache
def _pattern() -> re.Pattern[str]:
    words = alternatives(phrasings(), space=r"\s")
    return re.compile(
        rf"\b(?P<words>{words})(?![^\W\d]|\sthan\b)(?:\s?[(\[]\s?[<>≥≤]\s?=?\s?[)\]])?|{_SIGN}",
        re.IGNORECASE | re.ASCII,
    )


class Comparators:
    """All comparators of a clean text, asked for by the number they stand beside."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._before: list[_Sign] = []
        self._after: list[_Sign] = []
        places = phrasings()
        for match in _pattern().finditer(text):
            if match["words"]:
                phrase, start = " ".join(match["words"].lower().split()), match.start()
                conjunction, _, rest = phrase.partition(" ")
                if rest in places and _NUMBER_AHEAD.match(text, match.end()):
                    phrase, start = rest, start + len(conjunction) + 1  # "< 45 or above 100"
                for place, comparator in places[phrase].items():
                    (self._before if place == "before" else self._after).append(
                        _Sign(comparator, start, match.end())
                    )
            else:
                comparator = _SIGNS[match["sign"][0]]
                if len(match.group().strip()) > 1 and comparator in "<>":
                    comparator = ">=" if comparator == ">" else "<="
                self._before.append(_Sign(comparator, *match.span()))
        self._before_ends = [sign.end for sign in self._before]
        self._after_starts = [sign.start for sign in self._after]

    def before(self, start: int) -> Limit | None:
        """The comparator of the number (or limit of normal) that begins at ``start``, negation resolved."""
        index = bisect_right(self._before_ends, start) - 1
        if index < 0:
            return None
        sign = self._before[index]
        if start - sign.end > _MAX_GAP or not _FILLER.fullmatch(self._text, sign.end, start):
            return None
        if sign.end < start - 1 and self._text[sign.start : sign.end].lower() == "over":
            return None  # "over the past 3 weeks" is no limit
        if self._text[max(0, sign.start - 4) : sign.start].lower() == "the " and sign.comparator in "<>":
            return None  # "the above 2 findings"
        comparator, begin = self._direction(sign), sign.start
        while index and not self._text[self._before[index - 1].end : begin].strip(" ("):
            index -= 1
            begin = self._before[index].start
        if negation := _NEGATION.search(self._text, max(0, begin - _LOOK_BACK), begin):
            return Limit(NEGATED.get(comparator, comparator), negation.start(), sign.end)
        return Limit(comparator, begin, sign.end)

    def after(self, end: int) -> Limit | None:
        """The comparator that follows a number and its unit: ``or older``, ``or less``, ``≤ age``."""
        if mirrored := _MIRROR.match(self._text, end):
            return Limit(_MIRRORED[_SIGNS[mirrored["sign"]]], mirrored.start(), mirrored.end())
        index = bisect_left(self._after_starts, end)
        if index == len(self._after):
            return None
        sign = self._after[index]
        if self._text[sign.start : sign.end].lower() in _COUNTED and _NOUNS.fullmatch(
            self._text, end, sign.start
        ):
            return Limit(self._direction(sign), sign.start, sign.end)
        if sign.start - end > _MAX_GAP or not _AFTER_FILLER.fullmatch(self._text, end, sign.start):
            return None
        return Limit(self._direction(sign), sign.start, sign.end)

    def all_before(self) -> list[Limit]:
        """Every comparator that wants something after it, in reading order."""
        return [Limit(self._direction(sign), sign.start, sign.end) for sign in self._before]

    def _direction(self, sign: _Sign) -> Comparator:
        if sign.comparator not in _BETTER:
            return cast(Comparator, sign.comparator)
        comparator = _BETTER[sign.comparator]
        if _HIGHER_IS_WORSE.search(self._text, max(0, sign.start - _LOOK_BACK), sign.end + 10):
            return _MIRRORED[comparator]
        return comparator
