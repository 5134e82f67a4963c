"""Which numbers tell how old somebody is: "18 or older", "you must be 18 to 75", "aged 6-23 months"."""

import re
from decimal import Decimal
from typing import NamedTuple

from translator.reading.comparators import Limit

AGE_UNITS = {None, "year", "month", "week", "day"}
_AGE_WORD = re.compile(
    r"(?<!bearing\s)(?<!productive\s)\b(?:age|aged|ages)\b(?:\s(?!use\b|have\b|agree|had\b|with\b|who\b|"
    r"and\b|or\b|on\b|history)[a-z'()]{1,14}){0,7}[\s:,(=-]{0,3}$"
    r"|\b(?:older|younger)\sthan\s$",
    re.IGNORECASE,
)
_NO_AGE_AFTER = re.compile(
    r"\s?[-,(]?\s?(?:post|since|after|before|from|prior|history|of\s(?!age)|ago|out\s|following|without|"
    r"free|duration|on\s)",
    re.IGNORECASE,
)
_NO_AGE_BEFORE = re.compile(
    r"\b(?:for|within|past|last|previous|duration|surviv\w*|expectancy|history|menopaus\w*|amenorrh\w*|"
    r"smok\w*|diagnos\w*|diabetes|"
    r"interval|follow-up|least|therapy|treatment|remission|disease)\b[^.;,]{0,24}$",
    re.IGNORECASE,
)
_AGE_OF_WHOM = re.compile(
    r"(?:\b(?:men|women|males?|females?|adults?|child|children|patients?|pts|outpatients|mothers?|"
    r"teenagers?|subjects?|participants?|volunteers?|adolescents?|individuals?|"
    r"people|persons?|boys|girls|infants?|neonates?|newborns?|toddlers?|babies|"
    r"donor)[,:]?\s\(?(?:who\sare\s|who\sis\s|must\sbe\s|between\s|from\s|of\s|and\s)?"
    r"|\b(?:you|child|he|she|who|they|donor|partner|baby|mother|caregiver|parent|man|woman)"
    r"\s(?:must\s)?(?:also\s)?(?:be|are|is|was|were)\s(?:not\s)?(?:between\s|from\s|aged\s|"
    r"an?\s[a-z]{3,10}\s)?)$",
    re.IGNORECASE,
)
_AGE_AFTER = re.compile(
    r"[\s,'()-]{0,3}(?:(?:years?|yrs?|y\.?o\.?|months?|weeks?|days?)[\s',-]{1,3})?(?:\(?(?:and|or)\s)?"
    r"(?:old(?:er)?\b|younger\b|of\sage\b|in\sage\b|y\.?o\b)",
    re.IGNORECASE,
)
_AGE_START = re.compile(
    r"[\s\W]{0,6}(?:(?:male|female|men|women|and|or|both|subjects?|patients?|adults?|participants?|between|"
    r"from|healthy)[\s,/:]{1,2}){0,5}",
    re.IGNORECASE,
)
_AGE_ENDS = re.compile(
    r"\s?(?:$|[.,;:)]|(?:and|or|when|at|on|to|who|with|but|if|inclusive|years?|yrs?)\b|\()", re.IGNORECASE
)
# "< 16 yrs" with nothing around it is an age; "≥ 2 years" need not be.
_CHILDHOOD = 12
_LOOK_BACK = 48


class Stretch(NamedTuple):
    """The numbers that may be an age: one, or a range or list.

    Attributes:
        start: Where the first begins, its comparator included.
        numbers: Where each begins and ends, without its unit.
        end: Where the last ends, its unit included.
    """

    start: int
    numbers: tuple[tuple[int, int], ...]
    end: int
    limit: Limit | None
    value: Decimal


def is_age(text: str, stretch: Stretch, unit: str | None) -> bool:
    """Tells whether numbers are somebody's age, from the words around them.

    Args:
        text: A clean text.
        stretch: The numbers in question.
        unit: Their unit, where they have one.
    """
    start, end, limit = stretch.start, stretch.end, stretch.limit
    begin, number_start = max(0, start - _LOOK_BACK), stretch.numbers[0][0]
    if unit not in AGE_UNITS or "gestation" in text[begin:start].lower():
        return False
    if any(_AGE_AFTER.match(text, stop) for _, stop in stretch.numbers) or _AGE_AFTER.match(text, end):
        return True
    if _AGE_WORD.search(text, begin, start) or _AGE_WORD.search(text, begin, number_start):
        return True
    if _NO_AGE_AFTER.match(text, end):
        return False
    grown = stretch.value >= _CHILDHOOD
    if unit == "year" and limit and text[limit.start] in "<>≥≤" and grown:
        return not _NO_AGE_BEFORE.search(text, begin, start)
    closes = bool(_AGE_ENDS.match(text, end))
    if unit in {None, "year"} and _AGE_OF_WHOM.search(text, begin, start):
        word = limit is not None and text[limit.start : limit.end].lower() in {
            "over",
            "under",
            "above",
            "below",
        }
        return unit == "year" or (word and grown) or closes
    return unit == "year" and start < _LOOK_BACK and closes and bool(_AGE_START.fullmatch(text, 0, start))
