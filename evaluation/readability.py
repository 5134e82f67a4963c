"""How hard the texts are, each system's beside the source's and the reference's.

By ``translator.readability``: the grade of Flesch and Kincaid, names, numbers and parentheses set aside, and
the clinical terms that stand there without everyday words.
"""

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np

from evaluation.results import Findings, Number, Table
from evaluation.sample import Sample
from evaluation.translation import Texts, Written, written
from translator.readability import readability
from translator.records import NormalisedCriterion

_EASY = 8.0  # grade
_QUANTILES = {"grade, median": 0.5, "grade, 90th percentile": 0.9}


def measure(data: str) -> Findings:
    """Measures what each system of ``evaluation.translation`` wrote for a set; raises what that raises."""
    return figures(written(data))


def figures(done: Written) -> Findings:
    """Takes all figures of what was written; each system's are of the texts that it wrote itself."""
    sample = done.sample
    normalised = [translation.normalised for translation in done.translations]
    numbers = [n for name, texts in done.systems.items() for n in hardness(name, texts, normalised, sample)]
    return Findings(tables=(Table.of("systems", "How hard the texts are", numbers),))


def hardness(
    system: str, texts: Texts, normalised: Sequence[NormalisedCriterion], sample: Sample
) -> Iterator[Number | None]:
    """Measures the texts of a system; those that it did not write are left out."""
    read = [readability(text or "", one.terms) for text, one in zip(texts, normalised, strict=True)]
    own = np.array([bool(text) for text in texts])
    grades = np.array([one.grade for one in read])
    for name, share in _QUANTILES.items():
        figure = partial(_quantile, grades, share)
        yield sample.number(system, name, figure, among=own, unit="grade", better="lower")
    yield sample.mean(system, f"at grade {_EASY:.0f} or below", grades <= _EASY, among=own, better="higher")
    unexplained = [len(one.unexplained) for one in read]
    yield sample.mean(system, "unexplained terms", unexplained, among=own, unit="a text", better="lower")
    yield sample.mean(system, "words", [one.words for one in read], among=own, unit="a text")


def _quantile(grades: np.ndarray, share: float, i: np.ndarray) -> float:
    return float(np.quantile(grades[i], share))
