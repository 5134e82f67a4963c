"""Holds our own model to its source, more strictly than the scorer holds anybody.

The scorer judges anybody's translation: a person may explain a term in other words than ours, and turn a
sentence round. A small model that does so is mostly wrong, and reads well ("GVHD (a blood clot)"). So its
invented explanations are taken out, and a draft is refused to which one of the checks below objects.
"""

import re
from collections.abc import Callable

from translator.annotate import meaning_of
from translator.records import Draft, Finding, NormalisedCriterion
from translator.scruples import denials, form, sense, wording
from translator.scruples.reading import ASIDE, Reading, stems

_ARTICLE = re.compile(r"\b([Aa]) (?=(?!one\b|once\b)[aeio][a-z])")

CHECKS: tuple[Callable[[Reading], Finding | None], ...] = (
    form.sure,
    form.short,
    form.no_repetition,
    form.whole,
    wording.nothing_added,
    wording.nothing_lost,
    sense.permission,
    sense.limits,
    form.openers,
    sense.group,
    sense.one_or_both,
    sense.heading,
    wording.terms_told,
    wording.no_contrary,
    denials.denies_as_often,
    sense.classes,
)
"""The checks in their order: each gives what it objects to, or None."""


def strip(text: str, normalised: NormalisedCriterion) -> str:
    """Takes out invented explanations, and puts "an" where "a" stands before a vowel.

    An explanation in parentheses stays where each of its words stands in the source, or in what the tables
    say of one of its terms.
    """
    tidy = _ARTICLE.sub(r"\1n ", text.replace("( ", "("))
    return ASIDE.sub(lambda aside: aside[0] if _known(aside, normalised) else "", tidy)


def objection(draft: Draft, normalised: NormalisedCriterion) -> Finding | None:
    """Tells what speaks against a draft of the model, if anything does."""
    reading = Reading(draft, normalised)
    return next((found for check in CHECKS if (found := check(reading))), None)


def _known(aside: re.Match[str], normalised: NormalisedCriterion) -> bool:
    inside = stems([aside[1]])
    if aside.string[: aside.start()].lower().endswith(aside[1].lower()):
        return False  # "hypertension (hypertension)"
    if inside <= stems([normalised.text, normalised.criterion.context or ""]):
        return True
    meanings = {term.surface.lower(): m for term in normalised.terms if (m := meaning_of(term))}
    before = aside.string[: aside.start()].lower()
    # Right behind a term its own meaning must stand: "AST (alanine aminotransferase)" is wrong.
    owner = max((surface for surface in meanings if before.endswith(surface)), key=len, default=None)
    allowed = {owner: meanings[owner]} if owner else meanings
    return any(inside <= stems([surface, meaning]) for surface, meaning in allowed.items())
