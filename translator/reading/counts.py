"""Which numbers count nothing of their own: "one" for "a", "one of two things", "at least one of these".

Plain English announces what it lists, and protocols number what they list; neither is an amount that the
other register must repeat.
"""

import re

from translator.reading.numerals import Number

# "at least one of the following" is logic, not an amount.
_OF_THESE = re.compile(
    r"\s?(?:or\smore\s|\(1\)\s)?(?:of\s(?:the|these|those|this|them)\b|of:|(?:or\smore\s)?following\b)",
    re.IGNORECASE,
)
_SCAFFOLD_AFTER = re.compile(
    r"\s(?:listed\s|other\s)?(?:things|kinds|ways|exceptions|conditions|types|choices|values|options|rules|"
    r"limits|"
    r"reasons|cases|situations|periods|groups|parts|possibilities|requirements|statements|points below|"
    r"signs|facts|is\sallowed)\b",
    re.IGNORECASE,
)
_SCAFFOLD_BEFORE = re.compile(
    r"\b(?:(?:one|any|either|both|all|each|none|1)\sof\s(?:the\s|these\s|those\s|your\s)?"
    r"|these\s|those\s|the\sother\s|the\s)$",
    re.IGNORECASE,
)
_MAX_SCAFFOLD = 6
_THING = re.compile(r"\s[a-z]{3,}")
_ON_SCALE = re.compile(r"\b(?:grade|class|stage|score|of|is|be|scale|status|ECOG|PS)\s$", re.IGNORECASE)
_LOOK_BACK = 48


def counts_nothing(text: str, number: Number, *, bare: bool) -> bool:
    """Tells whether a number without a unit is no amount.

    Args:
        text: A clean text.
        number: The number.
        bare: Whether no comparator belongs to it.
    """
    begin = max(0, number.start - _LOOK_BACK)
    if number.value == 1 and _OF_THESE.match(text, number.end):
        return True
    if not bare or number.value > _MAX_SCAFFOLD:
        return False
    if _SCAFFOLD_AFTER.match(text, number.end) or _SCAFFOLD_BEFORE.search(text, begin, number.start):
        return True
    if number.value != 1:
        return number.sort == "word" and text[begin : number.start].endswith(". ")
    counted = _THING.match(text, number.end) and not _ON_SCALE.search(text, begin, number.start)
    return number.sort == "word" or bool(counted)
