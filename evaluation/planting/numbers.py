"""Numbers that are near the right one: other digits, other words, other grades, two limits exchanged."""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import pairwise

from evaluation.planting.edits import Edit, told_twice
from translator.reading.numerals import Number, numerals

ROMAN = "Roman numerals"
"""The family of changed grades and stages."""

_MANTISSA = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")
_UNIT = re.compile(r"[\s-]?(?:[x×*]\s?)?((?!(?:or|and|to|in|of|for|at|on)\b)[^\W\d_]+|[%/])")
_JOINED = re.compile(
    r"\s?(?:[-–—,/]|,? ?(?:to|and|or|through)|years? to|% to|%? ?[-–])\s?(?:grade |class |stage )?"
)
_STAYS_SINGULAR = re.compile(r"\s?(?:$|[^\w\s]|\d|(?:or|to|and|of|in|mg|g|mL|L|mm|cm|kg|ULN|x)\b)")
_TIME_AFTER_ONE = re.compile(
    r"(?P<unit> (?:day|week|month|year|hour|time|dose|point|episode|attack|visit))(?!\w)"
)
_FAR = 160  # characters
_ROMANS = ("I", "II", "III", "IV", "V")
_WORDS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
)  # fmt: skip
_BODY_SURFACE = "1.73"  # square meters, to which kidney function is scaled: a constant
_TIMES_A_DAY = {"qd": "BID", "od": "BID", "bid": "TID", "tid": "BID", "qid": "BID"}
_ORDINALS = {
    "first": "second",
    "second": "third",
    "third": "second",
    "1st": "2nd",
    "2nd": "3rd",
    "3rd": "2nd",
}
_COUNTS = {"once": "twice", "twice": "three times"}


def edits(text: str) -> Iterator[Edit]:
    """Proposes other values, in keeping with the order of their ranges, and exchanged limits."""
    found = [number for number in numerals(text).numbers if number.start < number.end]
    for place, number in enumerate(found):
        written = text[number.start : number.end]
        if number.sort == "digits":
            yield from _digits(text, found, place)
        elif number.sort == "roman" and written in _ROMANS:
            rank = _ROMANS.index(written)
            for other in _ROMANS[max(0, rank - 1) : rank + 2]:
                value = Decimal(_ROMANS.index(other) + 1)
                if other not in (written, "V") and _keeps_order(text, found, place, value):
                    yield Edit(number.start, number.end, other, "number", ROMAN)
        elif not told_twice(text, number.start, number.end):
            for other in _in_words(written, number, text):
                yield Edit(number.start, number.end, other, "number", "numbers in words")
    yield from _exchanged(text, found)


def _digits(text: str, found: Sequence[Number], place: int) -> Iterator[Edit]:
    number = found[place]
    mantissa = _MANTISSA.search(text, number.start, number.end)
    if not mantissa or mantissa[0] == _BODY_SURFACE or text[mantissa.end() : mantissa.end() + 1] in "^*E":
        return
    if told_twice(text, number.start, number.end):
        return
    start, end, written = *mantissa.span(), mantissa[0]
    value = Decimal(written.replace(",", ""))
    for near in _near(value):
        other = f"{near:,}" if "," in written else str(near)
        tail = ""
        if value == 1 and not _STAYS_SINGULAR.match(text, end):
            if not (unit := _TIME_AFTER_ONE.match(text, end)):
                continue
            tail = unit["unit"] + "s"
        if near == 0 and not _is_joined(text, found, place):
            continue
        if near == 1 and not _STAYS_SINGULAR.match(text, end):
            continue
        if near > 100 >= value and text[end : end + 2].lstrip().startswith("%"):
            continue
        if _keeps_order(text, found, place, near):
            yield Edit(start, end + max(0, len(tail) - 1), other + tail, "number", "numbers in digits")


def _near(value: Decimal) -> list[Decimal]:
    """Other values, near enough to be overlooked."""
    step = Decimal(1).scaleb(int(value.as_tuple().exponent))
    if step < 1:
        found = [value + 1, value - 1, value + step, value - step, value + 5 * step, value * 2]
    elif value < 10:
        found = [value + 1, value - 1, value + 2, value - 2, value * 2]
    elif value < 100:
        turned = Decimal(str(value)[::-1])
        found = [value + by for by in (1, -1, 2, -2, 3, 10, -10)] + ([turned] if turned > 9 else [])
        if value % 10 == 0:
            found = [value + by for by in (5, -5, 10, -10, 20)]
        elif value % 7 == 0:
            found += [value + 7, value - 7]
    else:
        digits = str(value)
        zeros = len(digits) - len(digits.rstrip("0"))
        unit = Decimal(10) ** zeros
        found = [value + unit, value - unit, value + 2 * unit, value / 10 if zeros else value + 5]
    fitting = [one.quantize(step) for one in found if one >= step or (one == 0 and value <= 2)]
    return list(dict.fromkeys(one for one in fitting if one != value))


def _is_joined(text: str, found: Sequence[Number], place: int) -> bool:
    before = place > 0 and _JOINED.fullmatch(text, found[place - 1].end, found[place].start)
    after = place + 1 < len(found) and _JOINED.fullmatch(text, found[place].end, found[place + 1].start)
    return bool(before or after)


def _keeps_order(text: str, found: Sequence[Number], place: int, value: Decimal) -> bool:
    """Whether a value fits between its neighbours, where it is one of a range or a list."""
    number = found[place]
    if place and _JOINED.fullmatch(text, found[place - 1].end, number.start):
        before = found[place - 1].value
        if value == before or (before < number.value) != (before < value):
            return False
    if place + 1 < len(found) and _JOINED.fullmatch(text, number.end, found[place + 1].start):
        after = found[place + 1].value
        return value != after and (number.value < after) == (value < after)
    return True


def _in_words(written: str, number: Number, text: str) -> Iterator[str]:
    low = written.lower()
    if other := (_TIMES_A_DAY.get(low) or _ORDINALS.get(low) or _COUNTS.get(low)):
        yield other.capitalize() if written[0].isupper() and low not in _TIMES_A_DAY else other
    word, _, digits = low.partition(" (")
    if word not in _WORDS[2:] or number.value != _WORDS.index(word):
        return
    for value in (_WORDS.index(word) + by for by in (-1, 1, 2)):
        if 2 <= value < len(_WORDS):
            other = _WORDS[value].capitalize() if written[0].isupper() else _WORDS[value]
            yield f"{other} ({value})" if digits else other


def _exchanged(text: str, found: Sequence[Number]) -> Iterator[Edit]:
    for one, other in pairwise(found):
        first, second = (_MANTISSA.search(text, number.start, number.end) for number in (one, other))
        if not first or not second or one.value == other.value or other.start - one.end > _FAR:
            continue
        units = [_UNIT.match(text, number.end) for number in (one, other)]
        same = units[0] and units[1] and units[0][1].rstrip("s") == units[1][1].rstrip("s")
        between = text[first.end() : second.start()]
        if same and first[0] != second[0] and len(between.split()) > 3:
            new = second[0] + between + first[0]
            yield Edit(first.start(), second.end(), new, "number", "limits exchanged")
