"""How far a draft of the model is trusted: one probability out of what was noticed of it.

A logistic regression over how sure the model was, the scorer's odds, the length of the source, the asides of
the draft, and which checks object. Its weights, in ``data/trust.json``, were fitted on drafts for criteria of
train trials that readers judged right or wrong (``python -m evaluation.trust``).
"""

import math
from collections.abc import Iterable, Mapping
from functools import cache

from translator.checks.reading import Reading
from translator.records import Record
from translator.tables import DATA

_TYPICAL = -0.12  # mean log-probability of a piece, for writers that tell none


class Trust(Record):
    """What ``data/trust.json`` holds.

    Attributes:
        intercept: Log-odds of being right.
        weights: Log-odds for each unit of a feature.
        least: Least probability of a draft that may be published.
    """

    intercept: float
    weights: Mapping[str, float]
    least: float

    def probability(self, noticed: Mapping[str, float]) -> float:
        """The probability that a draft is accurate and complete."""
        odds = self.intercept + sum(self.weights.get(name, 0.0) * size for name, size in noticed.items())
        return 1 / (1 + math.exp(-odds))


def features(reading: Reading, score: float, doubts: Iterable[str]) -> dict[str, float]:
    """What is noticed of a draft.

    Args:
        reading: The draft beside its source.
        score: Of the fidelity scorer, 0 to 1.
        doubts: Names of the checks that object.
    """
    sure = reading.draft.log_probability
    bounded = min(max(score, 0.001), 0.999)
    return {
        "sure": _TYPICAL if sure is None else sure,
        "words": math.log(max(len(reading.source.split()), 1)),
        "score": math.log(bounded / (1 - bounded)),
        "asides": float(reading.plain.count("(")),
        **dict.fromkeys(doubts, 1.0),
    }


@cache
def trust() -> Trust:
    """Reads the shipped weights, once."""
    return Trust.model_validate_json((DATA / "trust.json").read_bytes())
