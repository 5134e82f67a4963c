"""Changes by table: a phrase in its surroundings, and what may stand in its place.

``data/rewrites.tsv`` holds directed ones, ``data/swaps.tsv`` phrases each of which may stand for any other.
Their cells ``before``, ``written`` and ``after`` are patterns, in which ``<NAME>`` is a row of
``data/shorthands.tsv``.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple, cast

from evaluation.benchmark import OWN
from evaluation.planting.edits import Edit, Side, asides, told_twice
from translator.records import FindingType, Section
from translator.tables import rows, variants

# What an explanation may say wrongly; all else that stands in parentheses of a plain text explains only.
_IN_ASIDES = frozenset({"number", "unit", "comparator", "entity"})
# Of examples, "and" and "or" say the same, after "not" nearly so; "either" and "whether" take an "or".
_LEVELS = re.compile(
    r"\b(?:such as|includ\w+|examples?|like|e\.?g\b|for instance|either|whether|between|both|neither"
    r"|one or more|at least|any|a mix|not|no|never|without|nor)\b[^.;]*$",
    re.IGNORECASE,
)
_LOOK_BACK = 200


class Rule(NamedTuple):
    """A row: the pattern with its group ``it``, and the texts that may replace it."""

    type: FindingType
    pattern: re.Pattern[str]
    becomes: tuple[str, ...]
    family: str


def pattern(before: str, written: str, after: str, flags: int = re.IGNORECASE) -> re.Pattern[str]:
    """Compiles the cells of a row; words at the edges are matched whole."""
    for name, meaning in shorthands().items():
        before, written, after = (cell.replace(f"<{name}>", meaning) for cell in (before, written, after))
    starts_a_word = re.match(r"\w|\(\?", written) and not before.endswith(("?", "*"))
    opens = before + (r"(?<![\w-])" if starts_a_word else "")
    closes = r"(?![\w-])" if written[-1:].isalnum() or written.endswith(")") else ""
    closes += rf"(?={after})" if after else ""
    return re.compile(rf"{opens}(?P<it>{written}){closes}", flags)


def edits(text: str, side: Side, section: Section) -> Iterator[Edit]:
    """Proposes every change of the tables that the text has room for."""
    closed = asides(text)
    for rule in rules(side):
        for match in rule.pattern.finditer(text):
            start, end = match.span("it")
            aside = any(a <= start and end <= b for a, b in closed)
            if aside and side == "plain" and rule.type not in _IN_ASIDES:
                continue
            # "History of A and B" keeps out whoever has one of them, as registries write
            says_alike = aside or (side == "source" and section == "exclusion") or _levels(text, start)
            if rule.type == "unit" and told_twice(text, start, end):
                continue
            if rule.type == "logic" and match["it"].lower() in ("or", "and") and says_alike:
                continue
            for new in _others(rule, match):
                yield Edit.of(text, (start, end), _cased(match["it"], new), rule.type, rule.family)


def _levels(text: str, start: int) -> bool:
    return bool(_LEVELS.search(text, max(0, start - _LOOK_BACK), start))


def _others(rule: Rule, match: re.Match[str]) -> Iterator[str]:
    for new in rule.becomes:
        said = match.expand(new)
        if said.casefold() != match["it"].casefold():
            yield said


def _cased(old: str, new: str) -> str:
    if not (old[:1].isupper() and old[1:2].islower()):
        return new
    new = new.replace(old, old[0].lower() + old[1:])
    return new[:1].upper() + new[1:]


@cache
def rules(side: Side) -> tuple[Rule, ...]:
    """Reads the tables for a side, once."""
    found = []
    for row in rows("rewrites.tsv", ("type", "side", "before", "written", "after", "becomes"), OWN):
        if row["side"] in ("any", side):
            compiled = pattern(row["before"], row["written"], row["after"])
            becomes = tuple(row["becomes"].split("|"))
            found.append(Rule(cast(FindingType, row["type"]), compiled, becomes, row["written"]))
    for row in rows("swaps.tsv", ("type", "side", "before", "members", "after"), OWN):
        if row["side"] in ("any", side):
            members = variants(row["members"])
            written = f"(?:{'|'.join(re.escape(one) for one in members)})"
            # mm is no MM, and a capital would make another unit of it
            flags = 0 if row["type"] == "unit" or members[0].isupper() else re.IGNORECASE
            compiled = pattern(row["before"], written, row["after"], flags)
            becomes = tuple(one.replace("\\", r"\\") for one in members)
            found.append(Rule(cast(FindingType, row["type"]), compiled, becomes, row["members"]))
    return tuple(found)


@cache
def shorthands() -> dict[str, str]:
    """Reads the patterns that cells name, once."""
    return {row["name"]: row["pattern"] for row in rows("shorthands.tsv", ("name", "pattern"), OWN)}
