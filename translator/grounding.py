"""Holds a model to its source: it may explain by the tables only, and use no words from nowhere.

The scorer judges anybody's translation and must let a person explain a term in other words than ours. Our own
model gets no such trust: a small model invents explanations ("GVHD (a blood clot)"), and they read well.
"""

import re
from collections.abc import Iterable

from translator.annotate import meaning_of
from translator.clues.coverage import compare
from translator.lexis.equivalents import equivalents
from translator.lexis.words import words
from translator.records import NormalisedCriterion

_ASIDE = re.compile(r"\s?\(([^()]{0,400})\)")
# One to four words that stand twice in a row: "liver, liver", "a sudden a sudden".
_REPEATED = re.compile(r"\b((?:[^\W\d]\w*[ ,-]{1,2}){1,4})(?=\1)", re.IGNORECASE)
_REPEATED_WORD = re.compile(r"\b([^\W\d_]{3,40}),? (?:(?:and|or) )?\1\b", re.IGNORECASE)
_MOST_STRAY = 0.25  # surprise from which a word comes from nowhere


def ground(text: str, normalised: NormalisedCriterion) -> str | None:
    """Takes out invented explanations; None for a text that repeats itself or brings words from nowhere.

    An explanation in parentheses stays where each of its words stands in the source, or in what the tables
    say of one of its terms.
    """
    grounded = _ASIDE.sub(lambda aside: aside[0] if _known(aside, normalised) else "", text)
    if _REPEATED.search(grounded) or _REPEATED_WORD.search(grounded) or "(" in _ASIDE.sub("", grounded):
        return None
    criterion = normalised.criterion
    source = words(f"{normalised.text}. {'. '.join(_meanings(normalised))}")
    coverage = compare(source, words(criterion.context or ""), words(grounded), equivalents())
    stray = any(gap.surprise >= _MOST_STRAY for gap in coverage.added)
    return None if stray else grounded


def _known(aside: re.Match[str], normalised: NormalisedCriterion) -> bool:
    inside = _stems([aside[1]])
    criterion = normalised.criterion
    if aside.string[: aside.start()].lower().endswith(aside[1].lower()):
        return False  # "hypertension (hypertension)"
    given = [normalised.text, criterion.context or ""]
    if inside <= _stems(given):
        return True
    surfaces = (term.surface for term in normalised.terms if meaning_of(term))
    told = zip(surfaces, _meanings(normalised), strict=True)
    return any(inside <= _stems([surface, meaning]) for surface, meaning in told)


def _meanings(normalised: NormalisedCriterion) -> list[str]:
    return [meaning for term in normalised.terms if (meaning := meaning_of(term))]


def _stems(texts: Iterable[str]) -> frozenset[str]:
    return frozenset(word.stem for text in texts for word in words(text)) - equivalents().free
