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

_WORD = re.compile(r"\w+")


class Phrases:
    """Phrases of words or signs, found at their borders in a text in lower case."""

    def __init__(self, phrases: Sequence[str]) -> None:
        words = alternatives(phrase for phrase in phrases if phrase[-1].isalnum())
        signs = alternatives(phrase for phrase in phrases if not phrase[-1].isalnum())
        self._pattern = re.compile(rf"\b(?:{words})\b" + (f"|{signs}" if signs else ""))
        self._firsts = frozenset(_WORD.findall(phrase)[0] for phrase in phrases if phrase[-1].isalnum())
        self._signs = bool(signs)

    def search(self, text: str, words: frozenset[str]) -> re.Match[str] | None:
        """Finds the first phrase of a text.

        Args:
            text: In lower case.
            words: All of its words; most texts lack even the first of each phrase, which a set tells sooner.
        """
        if not self._signs and self._firsts.isdisjoint(words):
            return None
        return self._pattern.search(text)


class Nuance(NamedTuple):
    """A meaning, the phrases that say it, and all phrases that are ground for it."""

    name: str
    type: FindingType
    tells: str
    says: Phrases
    grounds: Phrases


@cache
def nuances() -> tuple[Nuance, ...]:
    """Reads the table, once."""
    return tuple(
        Nuance(
            row["nuance"],
            cast(FindingType, row["type"]),
            row["tells"],
            Phrases(variants(row["says"])),
            Phrases([*variants(row["says"]), *variants(row["grounds"])]),
        )
        for row in rows("nuances.tsv")
    )


def clues(source: Side, context: Side, plain: Side) -> Iterator[Clue]:
    """Tells what one side says without ground on the other; explanations in parentheses say nothing new.

    The lead-in above the source is ground too.
    """
    given, above, told, said = (
        (text := t.lower(), frozenset(_WORD.findall(text)))
        for t in (source.text, context.text, plain.text, plain.outside_asides())
    )
    for nuance in nuances():
        here = nuance.says.search(*given)
        there = None if here else nuance.says.search(*said)
        if here and not nuance.grounds.search(*told):
            message = f'"{here.group()}" in the source tells {nuance.tells}; the translation does not say so.'
            yield Clue(f"{nuance.name} lost", nuance.type, "minor", 1.0, here.span(), None, message)
        elif there and not nuance.grounds.search(*given) and not nuance.grounds.search(*above):
            message = (
                f'"{there.group()}" in the translation tells {nuance.tells}; the source does not say so.'
            )
            yield Clue(f"{nuance.name} gained", nuance.type, "minor", 1.0, None, there.span(), message)
