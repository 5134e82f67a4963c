"""What clues weigh: the calibration, and the probability that it gives to all that was noticed of a pair."""

import math
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from translator.clues.evidence import Clue, Side
from translator.records import Record
from translator.tables import DATA

_MOST_REST = 3.0


class Calibration(Record):
    """What ``data/calibration.json`` holds.

    Attributes:
        intercept: Log-odds of being faithful without any clue.
        weights: For each kind of clue, the log-odds of its largest, and of the sum of the others (at most 3).
        length: Log-odds for each natural logarithm of the number of words of the source.
        faithful: Least score of the verdict ``faithful``.
        review: Least score of the verdict ``review``.
        telling: Log-odds against, from which a minor clue is told as a finding.
        stack: Intercept, and weights of the clues' log-odds and of the consistency model's, where both speak.
    """

    intercept: float
    weights: Mapping[str, tuple[float, float]]
    length: float
    faithful: float
    review: float
    telling: float
    stack: tuple[float, float, float] = (0.0, 0.5, 0.5)

    def cost(self, kind: str, largest: float, rest: float) -> float:
        """Log-odds that the clues of a kind take away; never below 0."""
        first, more = self.weights.get(kind, (0.0, 0.0))
        return -(first * largest + more * rest)


class Evidence(NamedTuple):
    """All that was noticed of a pair, before it is weighed."""

    source: Side
    plain: Side
    clues: tuple[Clue, ...]

    @property
    def verbatim(self) -> bool:
        """Whether the plain text is the source itself."""
        return self.source.text == self.plain.text

    def features(self) -> dict[str, tuple[float, float]]:
        """For each kind of clue, the largest size and the capped sum of the others."""
        sizes: dict[str, list[float]] = {}
        for clue in self.clues:
            sizes.setdefault(clue.kind, []).append(clue.size)
        return {kind: (max(s), min(sum(s) - max(s), _MOST_REST)) for kind, s in sizes.items()}

    def length(self) -> float:
        """Natural logarithm of the number of words of the source, plus one."""
        return math.log1p(len(self.source.words))

    def odds(self, calibration: Calibration) -> float:
        """The log-odds of being faithful by the clues alone."""
        odds = calibration.intercept + calibration.length * self.length()
        return odds - sum(calibration.cost(kind, *sizes) for kind, sizes in self.features().items())

    def score(self, calibration: Calibration, judged: float | None = None) -> float:
        """The probability of being faithful.

        Args:
            calibration: What the clues weigh.
            judged: Log-odds of being faithful by the consistency model; None where it was not asked.
        """
        odds = self.odds(calibration)
        if judged is not None:
            intercept, clues, model = calibration.stack
            odds = intercept + clues * odds + model * judged
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, odds))))


@cache
def calibration() -> Calibration:
    """Reads the shipped calibration, once."""
    return Calibration.model_validate_json((DATA / "calibration.json").read_bytes())
