"""Which group of a page a criterion stands in: you, your condition, treatment, tests, health, practical.

A linear classifier. A criterion has features: its words, pairs of words and their beginnings, those of its
lead-in, the kinds of its terms, and the classes of words in ``groups.tsv`` (phrases, each at the start of a
word; ``*`` lets the word go on). What stands early counts more, because protocols say first what a criterion
is about and afterwards what limits it. ``group_weights.tsv`` tells for each feature how much it speaks for
each group; ``evaluation.grouping`` learns it of criteria that were read.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Literal, get_args

from translator.records import NormalisedCriterion
from translator.tables import rows, variants

Group = Literal["about", "condition", "treatment", "tests", "health", "practical"]
GROUPS: tuple[Group, ...] = get_args(Group)
WEIGHTS = "group_weights.tsv"

_FIRST_CHARACTERS = 60
_FIRST_WORDS = 8
_LATER = 0.5
_BEGINNING = 5
_DENIED = re.compile(r"\b(?:no|not|non|none|never|without|free|absence|able|negative)\b")
_TOKEN = re.compile(r"[a-z0-9]+|[<>≥≤=%]")
_DIGITS = re.compile(r"\d+")
_NAME = re.compile(r"[a-z]{4,}")
_VAGUE = frozenset({"disease", "diseases", "syndrome", "disorder", "disorders", "with", "chronic", "acute"})


def group_of(normalised: NormalisedCriterion, conditions: tuple[str, ...] = ()) -> Group:
    """The group that a criterion belongs to.

    Args:
        normalised: The criterion with its terms.
        conditions: Of the trial, and its title; a criterion that wants one tells of the reader's condition.
    """
    table = _weights()
    scores = [0.0] * len(GROUPS)
    for feature, strength in features(normalised, conditions).items():
        for i, weight in enumerate(table.get(feature, ())):
            scores[i] += strength * weight
    return GROUPS[max(range(len(GROUPS)), key=scores.__getitem__)]


def features(normalised: NormalisedCriterion, conditions: tuple[str, ...] = ()) -> dict[str, float]:
    """What the classifier sees of a criterion: features by name, each with its strength (above 0, to 1.1).

    Args:
        normalised: As for :func:`group_of`.
        conditions: As for :func:`group_of`.
    """
    criterion = normalised.criterion
    text, context = criterion.text.lower(), (criterion.context or "").lower()
    wanted = criterion.section != "exclusion" and not _DENIED.search(text)
    sign = "wanted" if wanted else "unwanted"
    found = dict(_words(text))
    found |= {f"lead:{word}": _LATER for word in _tokens(context)}
    for part, place in ((text, "class"), (context, "lead-class")):
        for name, cue in _classes():
            if match := cue.search(part):
                found[f"{place}:{name}"] = found[f"{place}:{name} {sign}"] = _nearness(match.start())
    for term in normalised.terms:
        if term.span.start < _FIRST_CHARACTERS:
            found[f"term:{term.kind}"] = found[f"term:{term.kind} {sign}"] = 1.0
    traits = [
        "is:criterion",
        f"is:{criterion.section}",
        f"is:{sign}",
        "is:with digits" if _DIGITS.search(text) else "is:without digits",
    ]
    if wanted and _named(text, conditions):
        traits.append("is:condition")
    return found | dict.fromkeys(traits, 1.0)


def _words(text: str) -> Iterator[tuple[str, float]]:
    """Each word, its beginning and the pair with the next, with the strength of the first place."""
    tokens = _tokens(text)
    if tokens:
        yield f"first:{tokens[0]}", 1.0
    for i in range(len(tokens) - 1, -1, -1):  # backwards, so that the first place is the last to be said
        strength = 1.0 if i < _FIRST_WORDS else _LATER
        yield tokens[i], strength
        if i + 1 < len(tokens):
            yield f"{tokens[i]} {tokens[i + 1]}", strength
        if len(tokens[i]) > _BEGINNING:
            yield f"{tokens[i][:_BEGINNING]}*", strength


def _tokens(text: str) -> list[str]:
    return [_DIGITS.sub("0", token) for token in _TOKEN.findall(text)]


def _nearness(start: int) -> float:
    return 1.1 - start / (10 * _FIRST_CHARACTERS) if start < _FIRST_CHARACTERS else _LATER


def _named(text: str, conditions: tuple[str, ...]) -> bool:
    named = {word for one in conditions for word in _NAME.findall(one.lower())} - _VAGUE
    return not named.isdisjoint(_NAME.findall(text))


@cache
def _weights() -> dict[str, tuple[float, ...]]:
    table = rows(WEIGHTS, ["feature", *GROUPS])
    return {row["feature"]: tuple(float(row[group]) for group in GROUPS) for row in table}


@cache
def _classes() -> tuple[tuple[str, re.Pattern[str]], ...]:
    table = rows("groups.tsv", ["class", "cues"])
    return tuple((row["class"], _pattern(variants(row["cues"]))) for row in table)


def _pattern(cues: list[str]) -> re.Pattern[str]:
    words = "|".join(
        re.escape(cue.removesuffix("*")) + ("" if cue.endswith("*") else r"(?![a-z0-9])")
        for cue in sorted(cues, key=len, reverse=True)
    )
    return re.compile(rf"(?<![a-z0-9])(?:{words})")
