"""Numbers as protocols and people write them, and the numbers that are only part of a name.

``1,500``, ``1 500``, ``1.5 x 10^9``, the lost superscript of ``1.5x109/L``, ``two and a half``, ``twice``
and the Roman numerals of classes and grades are numbers. ``CD19``, ``Day -1``, ``RECIST 1.1``, ``type 2``,
dates and NCT ids are codes: digits that name something and measure nothing.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from translator.reading.codes import code_spans

_ONES = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fourty": 40, "fifty": 50, "sixty": 60, "seventy": 70,
    "eighty": 80, "ninety": 90,
}  # fmt: skip
_WORDS = {word: value for value, word in enumerate(_ONES)} | _TENS | {"once": 1, "twice": 2, "thrice": 3}
# Latin of prescriptions, all a day.
_A_DAY = {"qd": 1, "od": 1, "bid": 2, "b.i.d": 2, "tid": 3, "t.i.d": 3, "qid": 4}
_SCALES = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9, "k": 1000}
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "1st": 1, "2nd": 2, "3rd": 3, "4th": 4}
_ROMANS = {"I": 1, "II": 2, "III": 3, "IV": 4, "V": 5, "VI": 6, "VII": 7, "VIII": 8, "IX": 9}

# Labels of lists and citations carry no meaning: "1) …", "(2) …", "[12, 13]".
_LABEL = re.compile(
    r"(?:(?:^|(?<=[\s(;:.,]))\(?\d{1,2}\)|(?:^|(?<=[.;:]\s))\d{1,2}\.)(?=\s?[A-Za-z])|"
    r"\[\d{1,3}(?:[,–-]\s?\d{1,3}){0,8}\]"
)
_DIGITS = re.compile(
    r"(?<!\d)(?<!\d\.)(?<!\d\d,)(?P<sign>(?<![\w)%])[-+±](?=[\d.])|\b(?:plus\sor\s)?minus\s)?"
    r"(?P<number>\d{1,3}+(?:,\d{3})++(?!\d)(?:\.\d++)?"
    r"|\d{1,3}+(?:\s\d{3})++(?!\d)(?=\s?(?:/|cells|per|mm|µ|IU|copies|platelets))"
    r"|\d++,\d{1,2}(?!\d)(?=\s?(?:[x×*]|[mgµnk]?(?:g|mol|L|M|m)/|%|mg|mm|cm|g/|ULN))"
    r"|\d++(?:[.·]\d++)?|\.\d++)"
    # A power of ten, also with its superscript lost: x 10^9, ×109/L, x10E9, x 10(9), 10*9.
    r"(?:\s?\(?[x×*·•X]\s?10\s?(?:\^\s?|\*\*?|E|e|exp|\()?(?P<power>[3-9]|1[0-2])\)?"
    r"(?=\s?(?:/|per|cells?|[,.;)\s]|$|[a-zA-Zµ]))"
    r"|\s?(?P<scale>hundred|thousand|million|billion|[kK](?=\s?/|\b))(?![a-z]))?"
)
_BARE_POWER = re.compile(r"10\s?(?:\^\s?|\*\*|E)(?P<power>[3-9]|1[0-2])(?!\d)")
_FACTOR_BEFORE = re.compile(r"[x×*X·•]\s?$")
_SPELLED_WORD = "(?:" + "|".join(sorted(_WORDS, key=len, reverse=True)) + ")"
# ASCII: elsewhere, "ſ" counts as an "s" that the tables do not know.
_SPELLED = re.compile(
    rf"\b(?:(?P<first>{_SPELLED_WORD})(?:[\s-](?P<second>{_SPELLED_WORD}|hundred|thousand|"
    rf"million))?(?:(?<=hundred)\s(?:and\s)?(?P<third>{_SPELLED_WORD}))?(?P<half>\sand\s(?:a|one)[\s-]half)?"
    r"|a\s(?P<scale>hundred|thousand|million|dozen)|(?P<part>half)(?![\s-]{0,2}(?:li|time|sib|bro|sis)))\b"
    # "six (6) months" is one number.
    r"(?:\s?\(\s?\d{1,4}(?:\.\d+)?\s?\))?",
    re.IGNORECASE | re.ASCII,
)
_PRESCRIBED = re.compile(r"(?<=[\sgL])(?P<latin>QD|OD|BID|b\.?i\.?d|TID|t\.?i\.?d|QID)(?!\w)\.?")
# "the past year" is the past 1 year.
_SINGLE = re.compile(
    r"\b(?:past|last|previous|preceding|prior|within\sa|for\sa)[\s-]"
    r"(?=(?:year|yr|month|week|wk|day|decade)\b(?!\sof\b|'))",
    re.IGNORECASE,
)
_ORDINAL = re.compile(
    r"\b(?P<rank>first|second|third|fourth|1st|2nd|3rd|4th)"
    r"(?=[\s-](?:lines?|trimester|remission|relapse|degree|generation|(?:or|and)\s(?:second|third|2nd|3rd)|"
    r"to\s|/))",
    re.IGNORECASE | re.ASCII,
)
_ROMAN = re.compile(r"(?<![\w.])(?P<roman>VI{1,3}|I[VX]|I{1,3}|V)(?P<suffix>[ABCabc][1-3]?)?(?![\w'])")
_CLASS_BEFORE = re.compile(
    r"(?:class(?:es|ification)?|grades?|stages?|NYHA|ASA|Fitzpatrick|skin types?|Mallampati|Killip|"
    r"categor(?:y|ies)|"
    r"FIGO|CCS|WHO|Association|score|status|scale|Hoehn|Yahr|system|Rutherford|Clark|Tanner|"
    r"PS)\b[^.;]{0,100}$",
    re.IGNORECASE,
)
_TYPE_BEFORE = re.compile(
    r"(?:(?<!skin )types?|phases?|factors?|angiotensin|bipolar|Rome|collagen|Mobitz|DSM|interferon|"
    r"nerves?)[\s-]{0,2}$",
    re.IGNORECASE,
)
_CHAIN_BEFORE = re.compile(r"(?:\s?[-–/,]\s?|\s(?:or|to|and|through)\s|,\sor\s)$", re.IGNORECASE)
_CHAIN_AFTER = re.compile(r"\s?(?:[-–/,]|to\s|or\s|and\s|through\s)\s?(?:or\s)?[IV]{1,3}\b")
# "one" as a pronoun counts nothing, nor does "once" for "as soon as".
_PRONOUN_AFTER = re.compile(
    r"\s?(?:[.,;:)!?]|$|(?:is|are|was|that|who|which|whose|another|has|had|can|may|must|should|cannot|"
    r"more(?!\sthan)|with|for|you|they|in|if|"
    r"when|where|to)\b)",
    re.IGNORECASE,
)
_PRONOUN_BEFORE = re.compile(
    r"\b(?:the|this|that|these|those|each|every|any|no|some|which|other|a|your|another)\s$", re.IGNORECASE
)
_OFTEN_AFTER = re.compile(
    r"\s?(?:daily|weekly|monthly|yearly|nightly|a\s(?:day|week|month|year)|per\s|every|each|or\smore)",
    re.IGNORECASE,
)
_COMPARED_BEFORE = re.compile(r"(?:than|least|only|exactly|[<>≥≤=])\s$", re.IGNORECASE)
_POWER_OF_LENGTH = re.compile(r"(?<![A-Za-z])[mcdkµ]?m\^?$")
_LOOK_BACK = 120
_NEAR = 40


class Number(NamedTuple):
    """A number that measures, counts or ranks: its value and where it stands.

    Attributes:
        sort: ``digits``, ``word``, ``roman``, ``ordinal`` or ``daily`` (BID is 2 a day).
    """

    value: Decimal
    start: int
    end: int
    sort: str = "digits"


class Numerals(NamedTuple):
    """All the numerals of a text, each in reading order; codes and labels are half-open ranges of offsets."""

    numbers: tuple[Number, ...]
    codes: tuple[tuple[int, int], ...]
    labels: tuple[tuple[int, int], ...]


class _Taken:
    """Ranges in use; asked in any order, bounded to the ranges near."""

    def __init__(self, length: int) -> None:
        self._marks = bytearray(length)

    def claim(self, start: int, end: int) -> bool:
        if self._marks.find(1, start, end) >= 0:
            return False
        self._marks[start:end] = b"\x01" * (end - start)
        return True


def _digits(text: str, match: re.Match[str]) -> tuple[Decimal, int]:
    written = match["number"].replace("·", ".").replace(" ", "")
    if "," in written:
        written = (
            written.replace(",", "")
            if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", written)
            else written.replace(",", ".")
        )
    value, start = Decimal(written), match.start()
    if match["power"]:
        value = value.scaleb(int(match["power"]))
    elif match["scale"]:
        value *= _SCALES[match["scale"].lower()]
    sign = match["sign"]
    if sign:
        before = text[max(0, start - 2) : start].rstrip()
        if sign.startswith("-") and before[-1:].isdigit():
            start += 1
        elif sign[0] in "-mM":
            value = -value
    return value, start


def _spelled(match: re.Match[str]) -> Decimal:
    if match["part"]:
        return Decimal("0.5")
    if match["scale"]:
        return Decimal(_SCALES.get(match["scale"].lower(), 12))
    value = Decimal(_WORDS[match["first"].lower()])
    second, third = (match["second"] or "").lower(), (match["third"] or "").lower()
    value = value * _SCALES[second] if second in _SCALES else value + _WORDS.get(second, 0)
    value += _WORDS.get(third, 0)
    return value + Decimal("0.5") if match["half"] else value


def _counts(text: str, match: re.Match[str]) -> bool:
    """Whether a spelled number counts something here: "one kidney", but not "the one" or "once you agree"."""
    word = match.group().lower()
    before = text[max(0, match.start() - 10) : match.start()]
    if word == "one":
        return not (_PRONOUN_AFTER.match(text, match.end()) or _PRONOUN_BEFORE.search(before))
    if word in {"once", "half"}:
        return bool(_OFTEN_AFTER.match(text, match.end()) or _COMPARED_BEFORE.search(before))
    second = (match["second"] or "").lower()
    return not second or second in _SCALES or (match["first"].lower() in _TENS and 0 < _WORDS[second] < 10)


def _opens(text: str, match: re.Match[str]) -> bool:
    """Whether a label opens an item: the bracket of "(grade 3) gait" only closes."""
    before = text[max(0, match.start() - _LOOK_BACK) : match.start()]
    return (
        not match.group().endswith(")")
        or match.group().startswith("(")
        or before.count("(") <= before.count(")")
    )


def _roman_numbers(text: str, taken: _Taken) -> Iterator[Number | tuple[int, int]]:
    last_end, last_counts = -1, False
    for match in _ROMAN.finditer(text):
        before = text[max(0, match.start() - _LOOK_BACK) : match.start()]
        chained = last_end >= match.start() - 7 and bool(
            _CHAIN_BEFORE.fullmatch(text, last_end, match.start())
        )
        if match["roman"] in {"I", "IV", "V"} and not _CHAIN_AFTER.match(text, match.end()):
            before = before[-_NEAR:]  # a lone letter is a numeral only beside its scale
        counts = (
            last_counts if chained else bool(_CLASS_BEFORE.search(before)) and not _TYPE_BEFORE.search(before)
        )
        known = counts or chained or (len(match["roman"]) > 1 and match["roman"] != "IV")
        if not known or not taken.claim(*match.span()):
            continue
        last_end, last_counts = match.end(), counts
        if counts and not match["suffix"]:
            yield Number(Decimal(_ROMANS[match["roman"]]), match.start(), match.end(), "roman")
        else:
            yield match.span()


def _words(text: str) -> Iterator[Number]:
    for match in _SPELLED.finditer(text):
        if _counts(text, match):
            yield Number(_spelled(match), match.start(), match.end(), "word")
    for match in _SINGLE.finditer(text):
        yield Number(Decimal(1), match.end(), match.end(), "word")
    for match in _PRESCRIBED.finditer(text):
        yield Number(Decimal(_A_DAY[match["latin"].lower()]), match.start(), match.end(), "daily")


def _figures(text: str) -> Iterator[Number]:
    for match in _ORDINAL.finditer(text):
        yield Number(Decimal(_ORDINALS[match["rank"].lower()]), match.start(), match.end(), "ordinal")
    for match in _BARE_POWER.finditer(text):
        if not _FACTOR_BEFORE.search(text, max(0, match.start() - 3), match.start()):
            yield Number(Decimal(10).scaleb(int(match["power"]) - 1), match.start(), match.end())
    for match in _DIGITS.finditer(text):
        value, start = _digits(text, match)
        yield Number(value, start, match.end())


def numerals(text: str) -> Numerals:
    """Finds every numeral of a clean text and tells the numbers from the names.

    What is found first keeps its place: a name before a number, a word before its digits ("six (6)").

    Args:
        text: Text as ``clean`` leaves it. The work is linear in its length.
    """
    taken = _Taken(len(text))
    codes = [span for span in code_spans(text) if taken.claim(*span)]
    numbers = [number for number in _words(text) if taken.claim(number.start, number.end)]
    labels = [
        match.span() for match in _LABEL.finditer(text) if _opens(text, match) and taken.claim(*match.span())
    ]
    for found in _roman_numbers(text, taken):
        if isinstance(found, Number):
            numbers.append(found)
        else:
            codes.append(found)
    for number in _figures(text):
        if not taken.claim(number.start, number.end):
            continue
        if _POWER_OF_LENGTH.search(text, max(0, number.start - 4), number.start):
            labels.append((number.start, number.end))
        else:
            numbers.append(number)
    return Numerals(
        tuple(sorted(numbers, key=lambda number: number.start)), tuple(sorted(codes)), tuple(sorted(labels))
    )
