"""How far reviewers agree, and how long they take."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import combinations
from statistics import median
from typing import get_args

from api.review.records import ReviewVerdict
from api.review.statistics import Estimate, alpha, kappa
from translator.records import FindingType, Record


class OfType(Record):
    """Agreement on whether a translation has an error of a type; ``named`` counts verdicts that say so."""

    type: FindingType
    named: int
    alpha: Estimate


class OfPair(Record):
    """Cohen's kappa of two reviewers on accept, edit, reject and escalate."""

    reviewers: tuple[str, str]
    kappa: Estimate


class Pace(Record):
    """Time from claim to verdict; the median, in seconds."""

    reviewer: str
    verdicts: int
    seconds: float


class Agreement(Record):
    """Agreement of those who judged an item without seeing each other's verdict.

    Attributes:
        alpha: Krippendorff's, on accept, edit, reject and escalate, of all reviewers.
        types: The same on each type of error that anybody named.
        pairs: Of two reviewers at a time.
        pace: Of every reviewer, over all verdicts.
    """

    alpha: Estimate
    types: tuple[OfType, ...]
    pairs: tuple[OfPair, ...]
    pace: tuple[Pace, ...]


def agreement(verdicts: Iterable[ReviewVerdict]) -> Agreement:
    """Computes the agreement of all verdicts of a store or a trial."""
    seconds: dict[str, list[float]] = defaultdict(list)
    judged: dict[tuple[str, int], list[ReviewVerdict]] = defaultdict(list)
    for verdict in verdicts:
        seconds[verdict.reviewer].append((verdict.at - verdict.claimed_at).total_seconds())
        if verdict.stage != "adjudication":  # who adjudicates has seen the others
            judged[verdict.item_id, verdict.round].append(verdict)
    units = [unit for unit in judged.values() if len(unit) > 1]
    return Agreement(
        alpha=alpha([[one.decision.action for one in unit] for unit in units]),
        types=tuple(found for kind in get_args(FindingType) if (found := _of_type(kind, units)).named),
        pairs=_pairs(units),
        pace=tuple(
            Pace(reviewer=name, verdicts=len(taken), seconds=round(median(taken), 1))
            for name, taken in sorted(seconds.items())
        ),
    )


def _of_type(kind: FindingType, units: Sequence[Sequence[ReviewVerdict]]) -> OfType:
    named = [[any(error.type == kind for error in one.decision.errors) for one in unit] for unit in units]
    return OfType(type=kind, named=sum(map(sum, named)), alpha=alpha(named))


def _pairs(units: Sequence[Sequence[ReviewVerdict]]) -> tuple[OfPair, ...]:
    both: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for unit in units:
        by_name = sorted(unit, key=lambda one: one.reviewer)
        for one, other in combinations(by_name, 2):
            both[one.reviewer, other.reviewer].append((one.decision.action, other.decision.action))
    return tuple(OfPair(reviewers=names, kappa=kappa(said)) for names, said in sorted(both.items()))
