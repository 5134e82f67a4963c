"""Which group of a page a criterion stands in: you, your condition, treatment, tests, health, practical.

The cues are those of ``groups.tsv``: phrases, each at the start of a word (``*`` lets the word go on), with
the weight of their row. A group counts each of its rows once. What stands early weighs more, because
protocols say first what a criterion is about and afterwards what limits it. A disease that a person must have
is their condition; one that they must not have, by the section or by a denial, is another health problem.
"""

import re
from functools import cache
from typing import Literal, get_args

from translator.records import NormalisedCriterion, TermKind
from translator.tables import rows, variants

Group = Literal["about", "condition", "treatment", "tests", "health", "practical"]
GROUPS: tuple[Group, ...] = get_args(Group)

_KINDS: dict[TermKind, Group | None] = {
    "other": None,
    "anatomy": None,
    "drug": "treatment",
    "procedure": "treatment",
    "device": "treatment",
    "measurement": "tests",
    "test": "tests",
    "score": "tests",
}
_TERM_WEIGHT = 2.0
_CONDITION_WEIGHT = 3.0
_FIRST_CHARACTERS = 60
_LATER = 0.5
_DENIED = re.compile(r"\b(?:no|not|non|none|never|without|free|absence|able|negative)\b")
_WORD = re.compile(r"[a-z]{4,}")
_VAGUE = frozenset({"disease", "diseases", "syndrome", "disorder", "disorders", "with", "chronic", "acute"})


def group_of(normalised: NormalisedCriterion, conditions: tuple[str, ...] = ()) -> Group:
    """The group that a criterion belongs to.

    Args:
        normalised: Its own words count, those of its lead-in half as much, and the kinds of its terms.
        conditions: Of the trial, and its title; a criterion that wants one tells of the reader's condition.
    """
    criterion = normalised.criterion
    wanted = criterion.section != "exclusion" and not _DENIED.search(criterion.text.lower())
    usual: Group = "condition" if wanted else "health"
    scores = dict.fromkeys(GROUPS, 0.0)
    scores[usual] += 1.0
    for text, share in ((criterion.text, 1.0), (criterion.context or "", 0.5)):
        lower = text.lower()
        for group, weight, cue in _cues():
            if found := cue.search(lower):
                scores["condition" if wanted and group == "health" else group] += (
                    share * weight * _nearness(found.start())
                )
        if wanted and _named(lower, conditions):
            scores["condition"] += share * _CONDITION_WEIGHT
    early = (term for term in normalised.terms if term.span.start < _FIRST_CHARACTERS)
    for named in {_KINDS.get(term.kind, usual) for term in early}:
        if named:
            scores[named] += _TERM_WEIGHT
    return max(GROUPS, key=lambda group: scores[group])


def _nearness(start: int) -> float:
    return 1.1 - start / (10 * _FIRST_CHARACTERS) if start < _FIRST_CHARACTERS else _LATER


def _named(text: str, conditions: tuple[str, ...]) -> bool:
    named = {word for one in conditions for word in _WORD.findall(one.lower())} - _VAGUE
    return not named.isdisjoint(_WORD.findall(text))


@cache
def _cues() -> tuple[tuple[Group, float, re.Pattern[str]], ...]:
    named: dict[str, Group] = {group: group for group in GROUPS}
    return tuple(
        (named[row["group"]], float(row["weight"]), _pattern(variants(row["cues"])))
        for row in rows("groups.tsv", ["group", "weight", "cues"])
    )


def _pattern(cues: list[str]) -> re.Pattern[str]:
    words = "|".join(
        re.escape(cue.removesuffix("*")) + ("" if cue.endswith("*") else r"(?![a-z0-9])")
        for cue in sorted(cues, key=len, reverse=True)
    )
    return re.compile(rf"(?<![a-z0-9])(?:{words})")
