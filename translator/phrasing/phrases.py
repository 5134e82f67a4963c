"""Numbers, limits, ages, scores and time windows of a criterion, said in everyday words.

Each kind is a ``Phrase``: a pattern that reads the registry's ways to write it, and a function that says
what was read by the plain-language standard. Every number and unit stays as given, and a comparator becomes
words that mean exactly the same. All patterns are bounded.
"""

import re
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

from translator.reading.comparators import IN_WORDS, NEGATED, phrasings
from translator.tables import alternatives


class Phrase(NamedTuple):
    """A kind of phrase.

    Attributes:
        pattern: Regular expression without capturing groups, to be matched without regard to case.
        say: Says words that match the pattern; raises ValueError where they contradict themselves.
    """

    pattern: str
    say: Callable[[str], str]


_SIGNS = {"≥": ">=", "≤": "<=", ">": ">", "<": "<"}
_SAID_OF_AGE = {">=": "{} or older", "<=": "{} or younger", ">": "older than {}", "<": "younger than {}"}
_FLOORS, _CEILINGS = (">=", ">"), ("<=", "<")
_ALL = (*_FLOORS, *_CEILINGS)
_CHILD = 12  # years; below, the plain text speaks to the parents


@cache
def _comparators(place: str) -> dict[str, str]:
    """Gives the ways to write a comparator with a direction before or after its number, and its sign."""
    ways = {way: places[place] for way, places in phrasings().items() if places.get(place) in NEGATED}
    if place == "after":
        return ways
    denied = {
        f"{no} {way}": str(NEGATED[sign])
        for way, sign in ways.items()
        if sign in {">", "<"}
        for no in ("no", "not")
    }
    return denied | ways | _SIGNS


_COUNTS = {
    "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8",
    "nine": "9", "ten": "10", "eleven": "11", "twelve": "12", "eighteen": "18",
}  # fmt: skip
_TIMES = {
    "hour": r"hours?|hrs?|h", "day": r"days?", "week": r"weeks?|wks?", "month": r"months?|mos?",
    "year": r"years?|yrs?",
}  # fmt: skip

_POWER = re.compile(r" ?[x×*] ?10 ?(?:\^|e)(?=\d)", re.IGNORECASE)
_NUMBER = (
    r"(?<![\d.,])(?:\d{1,3}(?:,\d{3}){1,3}|\d{1,7}(?:\.\d{1,3})?)(?![.,]?\d)"
    r"(?: ?[x×*] ?10 ?(?:\^|e)\d{1,2}(?!\d))?"
)
_NORMAL = (
    r"(?:the )?(?:institutional |laboratory |institution's )?"
    r"(?:ULN|upper (?:limits?|level) of (?:the )?(?:institutional |laboratory )?normal"
    r"(?: range)?(?: \(ULN\))?)"
)
_VOLUME = r"(?:mm\^?3|mm³|mcl|[uµ]l|microliter|cubic (?:mm|millimeter)|l)"
_UNIT = (
    rf"(?:(?:cells? ?)?(?:/|per) ?{_VOLUME}|k/(?:[uµ]l|mcl|mm\^?3)|m?g/d?l"
    r"|[uµm]mol/l|micromol(?:es)?/l|m?IU/m?l|U/l"
    r"|ml ?/ ?min(?:ute)?(?: ?/ ?1\.73 ?m(?:\^?2|²))?|%|kg/m(?:\^?2|²)|mm ?hg|msecs?|ms|milliseconds|kg)"
)
_AMOUNT = (
    rf"(?:{_NUMBER} ?(?:x|×|times|\*)? ?{_NORMAL}|{_NUMBER} ?(?:x|×|times) ?normal"
    rf"|{_NUMBER}(?: ?{_UNIT})?|{_NORMAL})"
)
_COUNT = rf"(?:(?:\d{{1,3}}|{'|'.join(_COUNTS)})(?: \((?:\d{{1,3}}|{'|'.join(_COUNTS)})\))?)"
_TIME = rf"(?:{'|'.join(_TIMES.values())})"
_LENGTH = rf"(?:{_COUNT}[ -]?{_TIME})"
_AGE_UNIT = r"(?:[ -]?(?:y/?o|(?:years?|yrs?|months?|weeks?|days?)(?:[ -](?:of age|old))?))"
_AGE = rf"(?:(?:\d{{1,3}}|eighteen)(?![.,/]?\d){_AGE_UNIT}?)"
_INCLUSIVE = r"(?:,? ?\(?inclusive\)?)?"
_TO = r"(?: ?[-–] ?| to | through )"


def _ways(place: str, signs: tuple[str, ...]) -> str:
    return f"(?:{alternatives(way for way, sign in _comparators(place).items() if sign in signs)})"


def _before(signs: tuple[str, ...]) -> str:
    return _ways("before", signs)


def _compared(what: str, signs: tuple[str, ...]) -> str:
    return rf"(?:(?:of )?{_before(signs)} ?{what}|(?:of )?{what},? {_ways('after', signs)}(?: of age)?)"


@cache
def _comparison(what: str) -> re.Pattern[str]:
    return re.compile(
        rf"(?:of )?(?:(?P<before>{_before(_ALL)}) ?(?P<bound>{what})"
        rf"|(?P<bound_first>{what}),? (?P<after>{_ways('after', _ALL)})(?: of age)?)",
        re.IGNORECASE,
    )


def _split(words: str, what: str) -> tuple[str, str]:
    """Takes a comparison apart: its sign, and what is compared."""
    found = _comparison(what).fullmatch(words)
    if found is None:
        raise ValueError(f"no comparison: {words!r}")
    place = "before" if found["before"] else "after"
    return _comparators(place)[found[place].lower()], str(found["bound"] or found["bound_first"])


def count(words: str) -> str:
    """Says a count in digits: ``two``, ``2`` and ``two (2)`` are ``2``."""
    said: set[str] = {_COUNTS.get(part, part) for part in re.findall(r"[a-z]+|\d+", words.lower())}
    if len(said) != 1:
        raise ValueError(f"two numbers for one: {words!r}")
    return said.pop()


def length(words: str) -> str:
    """Says a length of time: ``four (4) wks`` is ``4 weeks``."""
    found = re.fullmatch(rf"({_COUNT})[ -]?({_TIME})", words, re.IGNORECASE)
    if found is None:
        raise ValueError(f"no length of time: {words!r}")
    unit = next(unit for unit, ways in _TIMES.items() if re.fullmatch(ways, found[2], re.IGNORECASE))
    number = count(found[1])
    return f"{number} {unit}" if number == "1" else f"{number} {unit}s"


def amount(words: str) -> str:
    """Says a number with its unit: ``2.5 x ULN`` is ``2.5 times the upper limit of normal``."""
    found = re.fullmatch(rf"({_NUMBER})? ?(?:x|×|times|\*)? ?({_NORMAL})", words, re.IGNORECASE)
    if times_normal := re.fullmatch(rf"({_NUMBER}) ?(?:x|×|times) ?normal", words, re.IGNORECASE):
        return f"{times_normal[1]} times normal"
    if found is None:
        return _POWER.sub(" × 10^", words)
    whose = "the lab's" if "laboratory" in words.lower() else "the"
    whose = "the hospital's" if "institution" in words.lower() else whose
    return f"{found[1]} times {whose} upper limit of normal" if found[1] else f"{whose} upper limit of normal"


def limit(words: str) -> str:
    """Says a comparison: ``≥ 9 g/dL`` is ``at least 9 g/dL``."""
    sign, bound = _split(words, _AMOUNT)
    return f"{IN_WORDS[sign]} {amount(bound)}"


def duration(words: str) -> str:
    """Says a limit of time: ``> 3 months`` is ``more than 3 months``."""
    sign, bound = _split(words, _LENGTH)
    return f"{IN_WORDS[sign]} {length(bound)}"


def between(words: str) -> str:
    """Says a range of amounts: ``18-30 kg/m2`` is ``18 to 30 kg/m2``."""
    ends = re.findall(rf"{_before(_ALL)} ?{_AMOUNT}", words, re.IGNORECASE)
    inclusive = " (inclusive)" if "inclusive" in words.lower() else ""
    if len(ends) == 2:
        return " and ".join(map(limit, ends)) + inclusive
    low, high = re.findall(_AMOUNT, words, re.IGNORECASE)
    return f"{amount(low)} to {amount(high)}{inclusive}"


def score(words: str) -> str:
    """Says the values of a score that are allowed: ``0-1`` is ``0 or 1``, ``0-2`` is ``0 to 2``."""
    values = re.findall(r"\d{1,3}%?", words)
    if len(values) == 2 and re.search(r"[-–]|to", words):
        adjacent = values[0].isdigit() and values[1].isdigit() and int(values[1]) == int(values[0]) + 1
        return f"{values[0]} {'or' if adjacent else 'to'} {values[1]}"
    return ", ".join(values[:-1]) + f" or {values[-1]}" if values[1:] else values[0]


def _age(words: str) -> tuple[str, str]:
    """Takes an age apart: the number, and its unit (``years`` where none is written)."""
    number = re.match(r"[a-z]+|\d+", words.lower())
    unit = re.search(r"month|week|day", words.lower())
    return count(number.group() if number else words), f"{unit.group()}s" if unit else "years"


def age(words: str) -> str:
    """Says one limit of age, to stand after ``be``: ``≥ 18 years`` is ``18 or older``."""
    sign, bound = _split(words, _AGE)
    number, unit = _age(bound)
    return _SAID_OF_AGE[sign].format(number if unit == "years" else f"{number} {unit}")


def ages(words: str) -> str:
    """Says two limits of age: ``18-65`` is ``18 to 65 years old``; ``> 18 and < 70`` keeps both signs."""
    inclusive = " (inclusive)" if "inclusive" in words.lower() else ""
    limits = re.findall(_compared(_AGE, _ALL), words, re.IGNORECASE)
    if len(limits) == 2:
        outside = re.search(
            r" or (?:[<>≥≤]|over|above|under|below|older|younger|greater than|more than|less than)",
            words,
            re.I,
        )
        return f"{age(limits[0])} {'or' if outside else 'and'} {age(limits[1])}{inclusive}"
    (low, low_unit), (high, high_unit) = (_age(found) for found in re.findall(_AGE, words, re.IGNORECASE))
    if high_unit != "years" or int(high) < _CHILD:
        raise ValueError(f"the age of a child, who is not the reader: {words!r}")
    written = re.search(r"[a-z]", re.findall(_AGE, words, re.IGNORECASE)[0], re.IGNORECASE)
    low_unit = "" if not written or low_unit == high_unit else f" {low_unit}"
    return f"{low}{low_unit} to {high} {high_unit} old{inclusive}"


def past(words: str) -> str:
    """Says how long ago, without an anchor: ``within the last two wks`` is ``in the past 2 weeks``."""
    found = re.search(_LENGTH, words, re.IGNORECASE)
    if found is None:
        return f"in the past {words.rsplit(maxsplit=1)[-1].lower()}"
    said = length(found.group())
    return f"in the past {said.removeprefix('1 ')}"


_STATED = r"(?=.{0,60}(?:of age|old|younger|ages|y/?o\b))"  # "more than 6 months" alone may be no age
_VALUE = r"\d{1,3}%?"
PHRASES = {
    "floor": Phrase(_compared(_AMOUNT, _FLOORS), limit),
    "ceiling": Phrase(_compared(_AMOUNT, _CEILINGS), limit),
    "range": Phrase(
        rf"(?:(?:between |of )?{_AMOUNT}{_TO}{_AMOUNT}|between {_AMOUNT} and {_AMOUNT}"
        rf"|{_before(_FLOORS)} ?{_AMOUNT},? (?:and|to|but) {_before(_CEILINGS)} ?{_AMOUNT}){_INCLUSIVE}",
        between,
    ),
    "values": Phrase(
        rf"(?:{_VALUE}{_TO}{_VALUE}|\d(?:, ?\d){{0,3}}(?:,? (?:or|and) | ?/ ?)\d|(?:between )?\d and \d|0)",
        score,
    ),
    "older": Phrase(_compared(_AGE, _FLOORS), age),
    "younger": Phrase(_compared(_AGE, _CEILINGS), age),
    "ages": Phrase(
        rf"(?:(?:from )?{_AGE}{_TO}{_AGE}|between (?:the ages of )?{_AGE} (?:and|to) {_AGE}"
        rf"|{_before(_FLOORS)} ?{_AGE},? (?:and|to|but|through) {_before(_CEILINGS)} ?{_AGE}){_INCLUSIVE}",
        ages,
    ),
    "outside_ages": Phrase(
        rf"{_compared(_AGE, ('<',))},? (?:or|and) {_compared(_AGE, ('>',))}", ages
    ),
    "longer": Phrase(_compared(_LENGTH, _FLOORS), duration),
    "shorter": Phrase(_compared(_LENGTH, _CEILINGS), duration),
    "past": Phrase(
        r"(?:(?:with)?in|during|over|for) the (?:past|last|previous|preceding|prior) "
        rf"(?:{_LENGTH}|{_TIME})|within {_LENGTH}",
        past,
    ),
    "length": Phrase(_LENGTH, length),
    "count": Phrase(_COUNT, count),
}  # fmt: skip
PHRASES |= {
    f"stated_{name}": Phrase(_STATED + PHRASES[name].pattern, PHRASES[name].say)
    for name in ("older", "younger", "ages")
}
