"""Judges the fidelity scorer on texts whose truth is known: ``python -m evaluation fidelity``.

Beside it stand common measures of likeness, and the scorer's clues without its consistency model.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import get_args

import numpy as np

from evaluation import metrics, similarity
from evaluation.benchmark import Benchmark, Example, load
from evaluation.results import Better, Curve, Findings, Number, Table, rounded
from evaluation.sample import Sample
from translator.clues.weighing import calibration
from translator.fidelity import Scorer
from translator.lexis.equivalents import equivalents
from translator.records import FidelityReport, Verdict
from translator.scoring import scorer

OURS = "plaincriteria"
FALSE_ALARMS = 0.05
_AT = f"caught at {FALSE_ALARMS:.0%} false alarms"
_ORIGINS: Mapping[str, tuple[str, Better]] = {
    "reference": ("reference", "higher"),
    "paraphrase": ("second wording", "higher"),
    "error": ("with an error", "lower"),
}
"""Each kind of text, how it is called, and which way its share of ``faithful`` is better."""
_THRESHOLDS = np.linspace(0, 1, 101)


def measure(data: str) -> Findings:
    """Measures the shipped scorer on a set of ``evaluation.benchmark``.

    Raises:
        FileNotFoundError: The set is not there.
        InputError: The consistency model's files are missing or changed.
    """
    benchmark = load(data)
    given, reports = unfolded(benchmark), judged(data)
    pairs = [example.pair for example in given]
    scores = {
        OURS: [report.score for report in reports],
        "its clues alone": [r.score for r in Scorer(equivalents(), calibration()).score(pairs)],
        **similarity.measures(pairs),
    }
    return figures(given, reports, scores, drawn(benchmark))


@cache
def judged(data: str) -> list[FidelityReport]:
    """Scores the pairs of a set by what ships, once in a run; raises what :func:`measure` does."""
    return scorer().score([example.pair for example in unfolded(load(data))])


def unfolded(benchmark: Benchmark) -> list[Example]:
    """Gives the pairs of all items, in their order."""
    return [example for item in benchmark.items for example in item.examples()]


def drawn(benchmark: Benchmark) -> Sample:
    """Gives the draws for the pairs of :func:`unfolded`."""
    return Sample([item.group for item in benchmark.items for _ in item.examples()])


def figures(
    given: Sequence[Example],
    reports: Sequence[FidelityReport],
    scores: Mapping[str, Sequence[float]],
    sample: Sample,
) -> Findings:
    """Takes all figures of judged pairs.

    Args:
        given: The pairs, faithful ones and such with an error among them.
        reports: What the shipped scorer says of each.
        scores: What each scorer gives each, by the scorers' names; ``OURS`` among them.
        sample: The draws for the pairs.
    """
    truths = _truths(given)
    ours = np.array(scores[OURS])
    return Findings(
        tables=(
            Table.of("scorers", "Faithful texts told from planted errors", separation(scores, given, sample)),
            Table.of("calibration", "Calibration", [_calibration_error(ours, truths, sample)]),
            Table.of("verdicts", "Verdicts", _verdicts(given, reports, sample)),
            Table.of("types", "By type of the planted error", _types(given, reports, sample)),
        ),
        curves=(
            *(
                Curve(name="roc", label=name, points=rounded(metrics.roc(found[truths], found[~truths])))
                for name, found in ((name, np.array(one)) for name, one in scores.items())
            ),
            Curve(name="reliability", label=OURS, points=rounded(metrics.reliability(ours, truths.tolist()))),
            Curve(
                name="held back",
                label="planted errors held back, by the least score that is published",
                points=rounded([(float(t), float((ours[~truths] < t).mean())) for t in _THRESHOLDS]),
            ),
        ),
    )


def _truths(given: Sequence[Example]) -> np.ndarray:
    return np.array([example.planted is None for example in given])


def separation(
    scores: Mapping[str, Sequence[float]], given: Sequence[Example], sample: Sample
) -> Iterator[Number | None]:
    """How well each scorer tells faithful texts from planted errors, all together."""
    truths = _truths(given)
    for name, found in scores.items():
        yield from _separated(
            name, np.array(found), truths, sample, better="higher" if name == OURS else None
        )


def separation_by_type(
    scores: Sequence[float], given: Sequence[Example], sample: Sample
) -> Iterator[Number | None]:
    """How well a scorer tells the errors of each type from all faithful texts."""
    truths = _truths(given)
    for planted, inside in _by_type(given):
        yield from _separated(planted, np.array(scores), truths, sample, among=truths | inside)


def _separated(
    subject: str,
    scores: np.ndarray,
    truths: np.ndarray,
    sample: Sample,
    *,
    among: np.ndarray | None = None,
    better: Better | None = "higher",
) -> Iterator[Number | None]:
    def split(i: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return scores[i][truths[i]], scores[i][~truths[i]]

    yield sample.number(subject, "AUROC", lambda i: metrics.auroc(*split(i)), among=among, better=better)
    yield sample.number(
        subject, _AT, lambda i: metrics.recall_at(*split(i), FALSE_ALARMS), among=among, better=better
    )


def _by_type(given: Sequence[Example]) -> Iterator[tuple[str, np.ndarray]]:
    for planted in sorted({example.planted for example in given if example.planted}):
        yield planted, np.array([example.planted == planted for example in given])


def _calibration_error(scores: np.ndarray, truths: np.ndarray, sample: Sample) -> Number | None:
    return sample.number(
        OURS,
        "expected calibration error",
        lambda i: metrics.calibration_error(scores[i], truths[i].tolist()),
        better="lower",
    )


def _verdicts(
    given: Sequence[Example], reports: Sequence[FidelityReport], sample: Sample
) -> Iterator[Number | None]:
    """The shares of the verdicts, by what kind of text was judged."""
    for origin, (name, better) in _ORIGINS.items():
        among = [example.origin == origin for example in given]
        for verdict in get_args(Verdict):
            found = [report.verdict == verdict for report in reports]
            wanted = better if verdict == "faithful" else None
            yield sample.mean(name, verdict, found, among=among, better=wanted)


def _types(
    given: Sequence[Example], reports: Sequence[FidelityReport], sample: Sample
) -> Iterator[Number | None]:
    """For each type of error: how well it is told, how much is caught, and whether by its name.

    ``caught`` is review or unfaithful; ``right type``, of the caught, that a finding has the planted type.
    """
    scores = [report.score for report in reports]
    yield from separation_by_type(scores, given, sample)
    caught = np.array([report.verdict != "faithful" for report in reports])
    named = [
        any(finding.type == example.planted for finding in report.findings)
        for example, report in zip(given, reports, strict=True)
    ]
    errors = np.array([example.planted is not None for example in given])
    for planted, inside in [*_by_type(given), ("all", errors)]:
        yield sample.mean(planted, "caught", caught, among=inside, better="higher")
        yield sample.mean(planted, "right type", named, among=inside & caught, better="higher")
