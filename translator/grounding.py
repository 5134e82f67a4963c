"""Holds our own model to its source, more strictly than the scorer holds anybody.

The scorer judges anybody's translation: a person may explain a term in other words than ours, and turn a
sentence round. A small model that does so is mostly wrong, and reads well ("GVHD (a blood clot)"). So its
invented explanations are taken out; a draft is refused where a check has a veto, or where the doubts of
others, the model's own and the scorer's come together (``translator.checks.trust``).
"""

import re
from collections.abc import Callable

from translator.annotate import meaning_of
from translator.checks import denials, form, sense, wording
from translator.checks.reading import ASIDE, Reading, finding, stems
from translator.checks.trust import features, trust
from translator.records import Draft, Finding, NormalisedCriterion

# Words before an "a" that is a name and no article, as a capital one is that opens no sentence.
_NAMED = ("arm", "class", "cohort", "grade", "group", "hepatitis", "part", "stage", "type", "vitamin")
_ARTICLE = re.compile(
    "".join(rf"(?<!(?i:\b{word}) )" for word in _NAMED) + r"(?<![\w-])(a|(?:\A|(?<=[.!?] ))A) "
    r"(?=(?!one\b|once\b|(?:and|as|at|if|in|is|of|on|or)\b(?!-))[aeio][a-z])"
)

# "hemoglobin (Hb) (the protein that carries oxygen)"
_NEIGHBOURS = re.compile(r"(?<=\()([^()]+)\) \((?=[^()]+\))")

_Check = Callable[[Reading], Finding | None]

VETOES: tuple[_Check, ...] = (
    form.whole,
    form.no_stutter,
    sense.permission,
    sense.limits,
    sense.group,
    sense.one_or_both,
    sense.heading,
    sense.classes,
    wording.key_words_kept,
    wording.no_contrary,
)
"""The checks of which one is enough to refuse a draft, in their order."""

DOUBTS: tuple[_Check, ...] = (
    denials.denies_as_often,
    wording.nothing_lost,
    wording.nothing_added,
    wording.terms_told,
    form.no_repetition,
    form.openers,
)
"""The checks that weigh on the trust in a draft, and refuse it together with other things."""


def strip(text: str, normalised: NormalisedCriterion) -> str:
    """Takes out invented explanations, joins neighbours, and puts "an" where "a" stands before a vowel.

    An explanation in parentheses stays where each of its words stands in the source, or in what the tables
    say of one of its terms.
    """
    tidy = _ARTICLE.sub(r"\1n ", text.replace("( ", "("))
    known = ASIDE.sub(lambda aside: aside[0] if _known(aside, normalised) else "", tidy)
    return _NEIGHBOURS.sub(r"\1, ", known)


def objection(draft: Draft, normalised: NormalisedCriterion, score: float) -> Finding | None:
    """Tells what speaks against a draft of the model, if enough does.

    Args:
        draft: The model's.
        normalised: What it stands for.
        score: What the fidelity scorer gives it, 0 to 1.
    """
    reading = Reading(draft, normalised)
    if found := vetoed(reading):
        return found
    doubts = doubted(reading)
    if trust().probability(features(reading, score, doubts)) >= trust().least:
        return None
    return next(iter(doubts.values()), None) or finding("unread", "The model was not sure of its sentence.")


def vetoed(reading: Reading) -> Finding | None:
    """Gives the first finding that is enough to refuse a draft."""
    return next((found for check in VETOES if (found := check(reading))), None)


def doubted(reading: Reading) -> dict[str, Finding]:
    """Gives the findings that weigh on the trust in a draft, by the names of their checks."""
    return {check.__name__: found for check in DOUBTS if (found := check(reading))}


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
