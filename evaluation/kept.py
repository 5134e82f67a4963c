"""What a plain text keeps of its source: numbers, comparators, units, polarity.

Checks by plain patterns that understand nothing and share no code with the scorer, so that they cannot repeat
its mistakes. They are coarse on purpose: what they find is told beside what they find in the references,
where each finding is a false alarm of theirs.
"""

import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

_WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_SPELLED = {word: str(number) for number, word in enumerate(_WORDS, 1)}
_SPELLED_WORD = re.compile(rf"\b(?:{'|'.join(_WORDS)})\b", re.IGNORECASE)
_SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_LOWERED = str.maketrans(_SUPERSCRIPTS, "0123456789")
_EXPONENT = re.compile(rf"(?<=[0-9])[{_SUPERSCRIPTS}]++")
_UNIT_OR_FONT = re.compile(rf"[{_SUPERSCRIPTS}]")  # of m² and mm³; ³ is also what an old font made of ≥
_ITEM_NUMBER = re.compile(r"\A\s*+\(?[0-9]{1,2}[.)]\s*+(?=[^\W\d_])")
_POWER = re.compile(r"(?<=[0-9])[eE](?=[0-9])")
_TIMES = re.compile(r"(?<![^\W\d_])[xX](?=[0-9])")
_THOUSANDS = re.compile(r"(?<=[0-9])[,\u00a0\u202f](?=[0-9]{3}(?![0-9]))")
_DIGITS = re.compile(r"(?<![^\W_])(?<![^\W_]\.)(?:[0-9]++(?:\.[0-9]++)?|\.[0-9]++)")
_NUMBER = r"(?P<number>[0-9]+(?:[.,][0-9]+)*)"
# Each sign or phrase with the bound that it puts on the number behind it; the longest phrases first.
_BEFORE = {
    ">=": r"≥|>=|=>|> ?or ?=|at least|no less than|not less than|no fewer than|no lower than|not below"
    r"|(?:greater|more|higher|older) than or equal to|a minimum of|minimum",
    "<=": r"≤|<=|=<|< ?or ?=|at most|no more than|not more than|no greater than|no higher than"
    r"|not exceed(?:ing)?|not above|(?:less|lower|fewer|younger) than or equal to|up to|a maximum of|maximum",
    ">": r">|more than|greater than|higher than|above|over|older than|exceed(?:s|ing)?|longer than",
    "<": r"<|less than|lower than|fewer than|below|under|younger than|shorter than",
}
_BEHIND = {
    ">=": r"or (?:more|older|greater|higher|above|over|longer)|and (?:above|older|over|up)|\+",
    "<=": r"or (?:less|fewer|younger|lower|below|under|shorter)|and (?:younger|below|under)",
}
_FRONT = [
    (sign, re.compile(rf"(?:{words}) ?(?:a |an |the )?{_NUMBER}", re.I)) for sign, words in _BEFORE.items()
]
_REAR = [
    (sign, re.compile(rf"{_NUMBER}[^.;,()]{{0,25}}? ?(?:{words})(?! ?[0-9])", re.I))
    for sign, words in _BEHIND.items()
]
_UNIT = re.compile(
    r"(?<=[0-9])[ -]?(?P<unit>%|mm ?Hg|mmol/L|mg/dL|mg/L|g/dL|g/L|ng/mL|pg/mL|IU/L|IU/mL|U/L|mL/min"
    r"|kg/m|mg/kg|mg|mcg|kg|cm|mm|mL|ms(?:ec)?|bpm|hours?|days?|weeks?|months?|years?)(?![a-z])",
    re.I,
)
_AGED = re.compile(r"\b(?:older|younger|aged?|between|adult|child)\b")
_KEEPS_OUT = re.compile(r"\b(?:cannot|can't|may not|must not|must never) (?:join|be|have|take)\b", re.I)
_LETS_IN = re.compile(r"\b(?:must(?! not| never)|can (?:still )?join|may (?:still )?join|can still)\b", re.I)
_TURNED = re.compile(
    r"\b(?:no|not|non\w*|never|without|absence|exclu\w+|free of|neither|nor|unable|negative|un\w+"
    r"|willing|must|eligible|allowed|permitted|except\w*|unless|acceptable)\b",
    re.I,
)


def numbers(text: str) -> Counter[Decimal]:
    """Counts the numbers of a text.

    Thousands separators are folded (``1,500`` is 1500), and so are trailing zeros (``2.0`` is 2), the ways to
    write a power (``10⁹``, ``10^9`` and ``10e9`` are 10 and 9) and the numbers one to twelve in words. Digits
    right behind a letter belong to a name or a unit (``CD19``, ``m2``), digits before the first word number
    the item (``3. Pregnancy``); neither are counted.
    """
    folded = _EXPONENT.sub(lambda digits: "^" + digits.group().translate(_LOWERED), text)
    folded = _ITEM_NUMBER.sub("", _UNIT_OR_FONT.sub(" ", folded))
    folded = _TIMES.sub(" ", _POWER.sub("^", _THOUSANDS.sub("", folded)))
    folded = _SPELLED_WORD.sub(lambda word: _SPELLED[word.group().lower()], folded)
    return Counter(Decimal(number) for number in _DIGITS.findall(folded))


def numbers_kept(source: str, plain: str) -> bool:
    """Tells whether the plain text has every number of the source, at least as often as the source.

    Numbers that the plain text has besides are no matter: it may explain a word by one.
    """
    return numbers(source) <= numbers(plain)


def comparators(text: str) -> Counter[tuple[str, str]]:
    """Counts the bounds of a text, each with its number in digits."""
    found: Counter[tuple[str, str]] = Counter()
    taken: set[int] = set()
    for sign, pattern in (*_REAR, *_FRONT):
        for match in pattern.finditer(text):
            if match.start("number") not in taken:
                taken.add(match.start("number"))
                found[sign, match["number"].replace(",", "")] += 1
    return found


def comparators_kept(source: str, plain: str) -> bool:
    """Whether each bound of the source stands in the plain text as well."""
    return set(comparators(source)) <= set(comparators(plain))


def units(text: str) -> frozenset[str]:
    """The units right behind numbers, in lower case and the singular."""
    return frozenset(_folded(match["unit"]) for match in _UNIT.finditer(text))


def units_kept(source: str, plain: str) -> bool:
    """Whether each unit of the source stands in the plain text as well; "18 or older" says "years"."""
    said = plain.lower()
    return all(unit in said or (unit == "year" and bool(_AGED.search(said))) for unit in units(source))


def polarity_kept(section: str, source: str, plain: str) -> bool:
    """Whether the first sentence lets in or keeps out as its section says.

    A source that denies, allows or demands may do either, and is not judged.
    """
    if _TURNED.search(source):
        return True
    first = next(_sentences(plain), "")
    return bool((_KEEPS_OUT if section == "exclusion" else _LETS_IN).search(first))


def _sentences(text: str) -> Iterator[str]:
    return iter(re.split(r"(?<=[.:]) ", text))


def _folded(unit: str) -> str:
    lower = unit.lower().replace("mm hg", "mmhg")
    lower = "ms" if lower == "msec" else lower
    return lower.removesuffix("s") if lower[-1:] == "s" and len(lower) > 3 else lower
