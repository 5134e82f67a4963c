"""Pure functions that turn scores and truths into figures."""

from collections.abc import Sequence

import numpy as np

Numbers = Sequence[float] | np.ndarray
_BINS = 10


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


def calibration_error(scores: Numbers, truths: Sequence[bool]) -> float:
    """Expected calibration error over ten bins of equal width (Naeini et al. 2015); 0 is perfect."""
    predicted, true = np.asarray(scores, dtype=float), np.asarray(truths, dtype=float)
    places = _binned(predicted)
    error = 0.0
    for place in np.unique(places):
        inside = places == place
        error += inside.mean() * abs(predicted[inside].mean() - true[inside].mean())
    return float(error)


def roc(good: Numbers, bad: Numbers, points: int = 101) -> list[tuple[float, float]]:
    """Share of the bad items caught, by the share of false alarms: ``points`` of them from 0 to 1.

    Items of one score are caught together, so between two scores the curve is a straight line.
    """
    high, low = np.sort(np.asarray(good, dtype=float)), np.sort(np.asarray(bad, dtype=float))
    thresholds = np.append(np.unique(np.r_[high, low]), np.inf)
    alarms = np.searchsorted(high, thresholds, side="left") / len(high)
    caught = np.searchsorted(low, thresholds, side="left") / len(low)
    steps = np.append(alarms[1:] != alarms[:-1], True)  # the most that is caught for so many alarms
    shares = np.linspace(0, 1, points)
    return list(zip(shares.tolist(), np.interp(shares, alarms[steps], caught[steps]).tolist(), strict=True))


def reliability(scores: Numbers, truths: Sequence[bool]) -> list[tuple[float, float]]:
    """Share of the true items by the mean score, in each of ten bins of equal width that has any."""
    predicted, true = np.asarray(scores, dtype=float), np.asarray(truths, dtype=float)
    places = _binned(predicted)
    inside = [places == place for place in np.unique(places)]
    return [(float(predicted[one].mean()), float(true[one].mean())) for one in inside]


def _binned(predicted: np.ndarray) -> np.ndarray:
    places: np.ndarray = np.minimum((predicted * _BINS).astype(int), _BINS - 1)
    return places
