"""Units of measure in all their spellings to one canonical spelling; nothing is converted.

The table ``data/units.tsv`` names the atoms (``mg``, ``day``, ``µL``) with their variants, their UCUM code
(Unified Code for Units of Measure, https://ucum.org) and their dimension. What stands for the same thing
folds (``mm3`` and ``µL``, ``mg%`` and ``mg/dL``); what would need arithmetic does not (``mg/dL`` and
``mmol/L``).
"""

import re
from functools import cache
from typing import NamedTuple

from translator.tables import rows, variants

_MAX_WORDS = 4
_LIMIT_WORDS = (
    r"(?:(?:the|of|institutional|institution|institution's|institute's|laboratory|laboratory's|"
    r"laboratories|lab|lab's|"
    r"local|site|site's|hospital's|hospital|central|reference|normal|age-adjusted|age|specific|adjusted|"
    r"for|its|your|a|an)\s){0,4}"
)
_NORMAL = r"(?:\s?(?:the\s)?(?:limits?|level|range|value)){0,2}"
_TIMES = r"(?:\s?(?:[x×*]|(?:times|-?\s?fold)(?![a-z]))\s?(?:above\s|greater than\s|over\s)?)?"
_LIMIT = re.compile(
    rf"{_TIMES}\s?\(?{_LIMIT_WORDS}(?:"
    r"(?P<upper>ULN|IULN|UNL|ULRR|ULNR|(?:upper|top|high)\s(?:(?:normal|institutional|laboratory|reference|"
    r"lab|limits?)\s){0,2}"
    r"(?:limits?|end|bound|range|level|normal)(?:\sof)?(?:\s(?:the|institutional|laboratory|local|"
    r"reference|lab|a|age|normal)){0,3}"
    rf"(?:\s(?:normal|reference|range)){{0,2}}{_NORMAL}|normal\supper\slimits?)"
    r"|(?P<lower>LLN|ILLN|(?:lower|bottom|low)\s(?:(?:normal|institutional|laboratory|reference|lab|"
    r"limits?)\s){0,2}"
    r"(?:limits?|end|bound|range|level|normal)(?:\sof)?(?:\s(?:the|institutional|laboratory|local|"
    r"reference|lab|a|age|normal)){0,3}"
    rf"(?:\s(?:normal|reference|range)){{0,2}}{_NORMAL}|normal\slower\slimits?)"
    r")(?:\s?\((?:I?ULN|UNL|LLN)\))?(?![\w])",
    re.IGNORECASE,
)
# What each of them has in it.
_LIMIT_HINT = re.compile(r"ULN|UNL|ULRR|LLN|limit|\bend\b|bound|range|level|normal", re.IGNORECASE)
_TIMES_NORMAL = re.compile(
    rf"\s?(?:[x×*]|times|-?\s?fold)(?![a-z])\s?(?:above\s)?{_LIMIT_WORDS}(?P<what>normal|baseline|"
    rf"reference)(?![\w])"
    r"(?:\s(?:range|limits?|levels?|values?)){0,2}",
    re.IGNORECASE,
)
_BODY_SURFACE = re.compile(
    r"\(?1[.,]73\s?(?:m\s?\^?[23²]|mq|sqm|sq\.?\sm|m\ssq(?:uared)?|(?:meters?|metres?)\s?(?:squared|\^?2)|"
    r"square\s(?:met(?:er|re)s?|m))\)?",
    re.IGNORECASE,
)
_DAY_OF_HOURS = re.compile(r"24[\s-]?(?:hours?|hrs?|h)(?![\w])", re.IGNORECASE)
_HUNDRED_ML = re.compile(r"100\s?(?:mL|cc)(?![\w])", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+(?:\^?[23²³](?!\d))?|[%°º](?:\s?[CF](?![\w]))?|[x×](?!\s?\d)")
_SPACE = re.compile(r"[\s-]{0,2}")
_PER = re.compile(
    r"\s?/\s?|\s?[·•]\s?(?=\d)|\s(?:per|a|an|each|every)\s|\sin\s(?=24)|\sin\s(?:a|an|one|1)\s", re.IGNORECASE
)
_OFTEN = re.compile(
    r"\s?(daily|weekly|monthly|yearly|annually|hourly|nightly)(?![\w])", re.IGNORECASE | re.ASCII
)
# "40 mg of omeprazole a day": what is counted may stand between the amount and the time.
_RATE = re.compile(
    r"(?P<what>(?:\s(?!(?:and|or|if|for|in|within|at|to|is|are|was|were|once|twice|times|"
    r"than)\s)\(?[\w'%+-]+\)?){1,8}?)"
    r"(?:(?:\s(?:per|a|an|each|every)\s|\s?/\s?|\sin\s(?=24))(?P<unit>24\shours|day|week|month|year|hour|"
    r"minute|night|sitting|occasion|mL|µL|uL|mm\s?\^?[3³]|cubic\smillimet(?:er|re)|hpf|hr?(?![\w])|wk|min)|"
    r"\s(?P<often>daily|weekly|monthly))"
    r"(?![\w])",
    re.IGNORECASE | re.ASCII,
)
_OFTEN_UNIT = {
    "daily": "day", "weekly": "week", "monthly": "month", "yearly": "year", "annually": "year",
    "hourly": "hour", "nightly": "night",
}  # fmt: skip
_BEFORE_UNIT = re.compile(
    r"\s(?:consecutive|calendar|full|complete|completed|continuous|successive|elimination|plasma|"
    r"terminal|biological|serum|drug|more|further|additional|business|working|straight|entire|whole|"
    r"gestational|known|weekly|or more)\s",
    re.IGNORECASE,
)
TIME_UNITS = frozenset({"minute", "hour", "day", "night", "week", "month", "year", "decade", "half-life"})


class Unit(NamedTuple):
    """A unit as read: its canonical name and where it ends in the text."""

    name: str
    end: int


class _Atom(NamedTuple):
    name: str
    dimension: str


def _fold(word: str) -> str:
    return re.sub(r"[\s-]+", " ", word.lower().replace("²", "2").replace("³", "3").replace("^", ""))


@cache
def _atoms() -> tuple[dict[str, _Atom], dict[str, _Atom]]:
    exact: dict[str, _Atom] = {}
    folded: dict[str, _Atom] = {}
    for row in rows("units.tsv"):
        atom = _Atom(row["unit"], row["dimension"])
        for spelling in (row["unit"], *variants(row["variants"])):
            exact[spelling] = atom
            folded.setdefault(_fold(spelling), atom)
    return exact, folded


def _look_up(words: str) -> _Atom | None:
    exact, folded = _atoms()
    found = exact.get(words) or folded.get(_fold(words))
    if found is None and words.endswith(("s", "S", "s'")) and len(words) > 2:
        found = folded.get(_fold(words.rstrip("'")[:-1]))
    return found


def _atom_at(text: str, start: int) -> tuple[_Atom, int] | None:
    """The longest variant that begins here, of up to four words."""
    ends: list[int] = []
    position = start
    while len(ends) < _MAX_WORDS and (word := _WORD.match(text, position)):
        ends.append(word.end())
        gap = _SPACE.match(text, word.end())
        position = gap.end() if gap else word.end()
    for end in reversed(ends):
        if atom := _look_up(text[start:end]):
            return atom, end
    return None


def _denominator_at(text: str, start: int) -> tuple[str, str, int] | None:
    for pattern, name in ((_BODY_SURFACE, "1.73m2"), (_DAY_OF_HOURS, "24h"), (_HUNDRED_ML, "dL")):
        if special := pattern.match(text, start):
            return name, "", special.end()
    if atom := _atom_at(text, start):
        return atom[0].name, atom[0].dimension, atom[1]
    return None


def dimension_of(unit: str) -> str:
    """The dimension of a canonical unit without denominator, empty where the table has none."""
    atom = _atoms()[0].get(unit)
    return atom.dimension if atom else ""


def limit_at(text: str, start: int) -> Unit | None:
    """Reads a limit of normal (``× ULN``, ``times the upper limit of normal``) that begins at ``start``."""
    if found := _LIMIT.match(text, start):
        return Unit("ULN" if found["upper"] else "LLN", found.end())
    if found := _TIMES_NORMAL.match(text, start):
        return Unit("baseline" if found["what"].lower() == "baseline" else "normal", found.end())
    return None


def names_limit(text: str) -> bool:
    """Whether a text may name a limit of normal at all, told fast; False is sure."""
    return _LIMIT_HINT.search(text) is not None


def rate_at(text: str, start: int) -> str | None:
    """Reads what an amount refers to, a few words after it: "of omeprazole a day" is ``day``."""
    rate = _RATE.match(text, start)
    if rate is None:
        return None
    below = _denominator_at(text, rate.start("unit")) if rate["unit"] else None
    return below[0] if below else _OFTEN_UNIT.get((rate["often"] or "").lower(), "occasion")


def unit_at(text: str, start: int) -> Unit | None:
    """Reads the unit that follows a number ending at ``start``.

    Returns:
        The canonical name, ``atom`` or ``atom/atom``, and the end of the unit; None where no unit follows.
    """
    if limit := limit_at(text, start):
        return limit
    position = start
    if gap := _SPACE.match(text, position):
        position = gap.end()
    name, dimension, end = "", "", start
    atom = _atom_at(text, position)
    if atom is None and (filler := _BEFORE_UNIT.match(text, start)):
        atom = _atom_at(text, filler.end())
        if atom is not None and atom[0].dimension != "time" and "more" not in filler.group():
            atom = None
    if atom is not None:
        name, dimension, end = atom[0].name, atom[0].dimension, atom[1]
    parts = [name]
    while len(parts) < _MAX_WORDS and (per := _PER.match(text, end)):
        below = _denominator_at(text, per.end())
        if below is None:
            break
        parts.append(below[0])
        end = below[2]
    if len(parts) == 1 and dimension != "time":
        if often := _OFTEN.match(text, end):
            parts.append(_OFTEN_UNIT[often[1].lower()])
            end = often.end()
        elif rate := rate_at(text, end):
            parts.append(rate)
    if parts == [""] or (len(parts) == 1 and dimension in {"count", "course"}):
        return None  # "2 copies", "6 cycles": a number of things has no unit
    if parts[0] == "cell" and len(parts) > 1 and dimension_of(parts[1]) == "volume":
        parts[0] = ""
    name = "/".join(parts)
    return Unit("bpm" if name in {"beat/minute", "times/minute"} else name, end)
