"""Small words that carry much: ever or now, or and both, only and unless, may and must.

Each nuance of ``data/nuances.tsv`` has phrases that say it, and more phrases, of either register, that are
ground enough to say it. What one side says without ground on the other is a clue.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple, cast

from translator.clues.evidence import Clue, Side
from translator.records import FindingType
from translator.tables import alternatives, rows, variants


class Nuance(NamedTuple):
    """A meaning, the phrases that say it, and all phrases that are ground for it."""

    name: str
    type: FindingType
    tells: str
    says: re.Pattern[str]
    grounds: re.Pattern[str]


@cache
def nuances() -> tuple[Nuance, ...]:
    """Reads the table, once."""
    return tuple(
        Nuance(
            row["nuance"],
            cast(FindingType, row["type"]),
            row["tells"],
            _any_of(variants(row["says"])),
            _any_of([*variants(row["says"]), *variants(row["grounds"])]),
        )
        for row in rows("nuances.tsv")
    )


def _any_of(phrases: Sequence[str]) -> re.Pattern[str]:
    words = alternatives(phrase for phrase in phrases if phrase[-1].isalnum())
    signs = alternatives(phrase for phrase in phrases if not phrase[-1].isalnum())
    return re.compile(rf"\b(?:{words})\b" + (f"|{signs}" if signs else ""))


def clues(source: Side, context: Side, plain: Side) -> Iterator[Clue]:
    """Tells what one side says without ground on the other; explanations in parentheses say nothing new.

    The lead-in above the source is ground too.
    """
    given, above, told, said = (
        t.lower() for t in (source.text, context.text, plain.text, plain.outside_asides())
    )
    for nuance in nuances():
        here = nuance.says.search(given)
        there = None if here else nuance.says.search(said)
        if here and not nuance.grounds.search(told):
            message = f'"{here.group()}" in the source tells {nuance.tells}; the translation does not say so.'
            yield Clue(f"{nuance.name} lost", nuance.type, "minor", 1.0, here.span(), None, message)
        elif there and not nuance.grounds.search(given) and not nuance.grounds.search(above):
            message = (
                f'"{there.group()}" in the translation tells {nuance.tells}; the source does not say so.'
            )
            yield Clue(f"{nuance.name} gained", nuance.type, "minor", 1.0, None, there.span(), message)
