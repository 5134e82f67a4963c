"""A pair as the consistency model reads it: both sides, with a sign before what has no counterpart."""

from collections.abc import Mapping

from models.pairs import prompt
from translator.clues.evidence import Clue, Side
from translator.records import FindingType, Pair

FAITHFUL = "same"
WORDS: Mapping[str, FindingType] = {
    "number": "number", "unit": "unit", "limit": "comparator", "opposite": "polarity", "time": "time",
    "name": "entity", "missing": "omission", "extra": "addition", "or": "logic", "who": "scope",
}  # fmt: skip
"""What the model says of an unfaithful pair, each a single piece of its vocabulary, and what it means."""

_SIGN = "*"
_BETWEEN = "#"


def marked(pair: Pair, source: Side, plain: Side, clues: tuple[Clue, ...]) -> str:
    """Puts a pair to the consistency model: ``exclusion: lead-in | * severe asthma # You cannot join …``.

    The signs tell where the detectors found something; which of it counts is for the model to learn.
    """
    kind = "note" if pair.section == "other" else pair.section
    sides = (
        _signed(source.text, {clue.source[0] for clue in clues if clue.source}),
        _signed(plain.text, {clue.plain[0] for clue in clues if clue.plain}),
    )
    return prompt(kind, f" {_BETWEEN} ".join(sides), (pair.context or "").replace(_BETWEEN, " "))


def _signed(text: str, places: set[int]) -> str:
    text = text.replace(_BETWEEN, " ").replace(_SIGN, " ")
    for place in sorted(places, reverse=True):
        text = f"{text[:place]}{_SIGN} {text[place:]}"
    return text
