"""Pure functions that turn scores and truths into figures."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np

Item = TypeVar("Item")
Numbers = Sequence[float] | np.ndarray


def auroc(good: Numbers, bad: Numbers) -> float:
    """Chance that a good item scores above a bad one, ties counted half (Mann and Whitney 1947).

    Raises:
        ValueError: If either list is empty.
    """
    high, low = np.asarray(good, dtype=float), np.sort(np.asarray(bad, dtype=float))
    if not len(high) or not len(low):
        raise ValueError("auroc needs at least one good and one bad item")
    below = np.searchsorted(low, high, side="left")
    ties = np.searchsorted(low, high, side="right") - below
    return float((below + ties / 2).sum() / (len(high) * len(low)))


def recall_at(good: Numbers, bad: Numbers, false_alarms: float = 0.05) -> float:
    """Share of the bad items caught by the threshold that raises at most this share of false alarms.

    An item is caught, or is a false alarm, where its score lies below the threshold.

    Raises:
        ValueError: If either list is empty.
    """
    high, low = np.sort(np.asarray(good, dtype=float)), np.asarray(bad, dtype=float)
    if not len(high) or not len(low):
        raise ValueError("recall_at needs at least one good and one bad item")
    threshold = high[int(np.floor(false_alarms * len(high)))]
    return float((low < threshold).mean())


def calibration_error(scores: Numbers, truths: Sequence[bool], bins: int = 10) -> float:
    """Expected calibration error over bins of equal width (Naeini et al. 2015); 0 is perfect."""
    predicted, true = np.asarray(scores, dtype=float), np.asarray(truths, dtype=float)
    places = np.minimum((predicted * bins).astype(int), bins - 1)
    error = 0.0
    for place in np.unique(places):
        inside = places == place
        error += inside.mean() * abs(predicted[inside].mean() - true[inside].mean())
    return float(error)


def bootstrap(
    items: Sequence[Item],
    figure: Callable[[Sequence[Item]], float],
    *,
    rounds: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> tuple[float, float]:
    """Percentile bootstrap interval of a figure (Efron 1979).

    Args:
        items: What is drawn anew in each round; one item for each independent unit, for example all the texts
            that belong to one source.
        figure: Computes the figure of a sample.
        rounds: Number of samples.
        level: Share of the samples inside the interval.
        seed: Of the random numbers.
    """
    random = np.random.default_rng(seed)
    found = [figure([items[i] for i in random.integers(len(items), size=len(items))]) for _ in range(rounds)]
    low, high = np.quantile(found, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
