"""Errors of a type that the scorer never learned from: ``python -m evaluation unseen``.

The weights of the clues are fitted anew on every third source of ``models/corpus/errors``, once on errors of
all types and once for each type without it; each time the clues alone judge the errors of that type. Where
the two figures are alike, a clue finds the error by what it is, and not because its like was learned. The
consistency model is no part of this: to train it ten times more takes an accelerator. The word equivalences
are the shipped ones, which are learned from faithful pairs alone.
"""

from collections.abc import Sequence
from functools import cache

import numpy as np

from evaluation.benchmark import Example, examples, load
from evaluation.calibrate import PAIRS, weigh
from evaluation.fidelity import drawn, separation_by_type, unfolded
from evaluation.results import Findings, Number, Table
from translator.clues.weighing import Calibration, Evidence, calibration
from translator.fidelity import Scorer
from translator.lexis.equivalents import equivalents

_EVERY = 3  # of so many sources, one is learned from
_ALL, _WITHOUT = "all types learned", "this type left out"


def measure(data: str) -> Findings:
    """Measures the clues alone on a set of ``evaluation.benchmark``.

    Raises:
        FileNotFoundError: The set is not there.
    """
    benchmark = load(data)
    given = unfolded(benchmark)
    sample = drawn(benchmark)
    evidence = gathered(given)
    numbers: list[Number | None] = []
    for name, left_out in [(_ALL, None), *((_WITHOUT, planted) for planted in _types(given))]:
        weights = fitted(left_out)
        scores = [found.score(weights) for found in evidence]
        for number in separation_by_type(scores, given, sample):
            if number and number.measure == "AUROC" and left_out in (None, number.subject):
                numbers.append(number.model_copy(update={"measure": f"AUROC, {name}"}))
    return Findings(tables=(Table.of("types", "The clues alone, by type of the planted error", numbers),))


def _types(given: Sequence[Example]) -> list[str]:
    return sorted({example.planted for example in given if example.planted})


def gathered(given: Sequence[Example]) -> list[Evidence]:
    """Gives what the detectors find in pairs."""
    scorer = Scorer(equivalents(), calibration())
    return [scorer.evidence(example.pair) for example in given]


@cache
def _learned() -> tuple[list[Example], list[Evidence]]:
    given = examples(sorted(PAIRS.glob("errors/*.jsonl")))
    sources = set(list(dict.fromkeys(example.pair.source for example in given))[::_EVERY])
    kept = [example for example in given if example.pair.source in sources]
    return kept, gathered(kept)


@cache
def fitted(left_out: str | None) -> Calibration:
    """Fits the weights of the clues without the errors of a type."""
    given, evidence = _learned()
    rows = [
        row for row in zip(given, evidence, strict=True) if left_out is None or row[0].planted != left_out
    ]
    truths = np.array([example.planted is None for example, _ in rows])
    return weigh([found for _, found in rows], truths)
