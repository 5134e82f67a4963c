"""Agreement beyond chance, with intervals.

Krippendorff's alpha for nominal data (Krippendorff 2011, Computing Krippendorff's Alpha-Reliability) and
Cohen's kappa (Cohen 1960), each with a percentile interval of the bootstrap over units (Efron 1979). Both are
1 for full agreement and 0 for what chance would give; both are undefined where all say the same.
"""

from collections.abc import Callable, Hashable, Sequence

import numpy as np
import numpy.typing as npt

from translator.records import Record

ROUNDS = 1000
LEVEL = 0.95

_Floats = npt.NDArray[np.float64]
_Figure = Callable[[_Floats], float]  # of the weights of the units: how often each is drawn


class Estimate(Record):
    """A figure with its interval; None where it is undefined.

    Attributes:
        units: What it was computed from.
    """

    value: float | None
    low: float | None
    high: float | None
    units: int


def alpha(units: Sequence[Sequence[Hashable]], *, rounds: int = ROUNDS) -> Estimate:
    """Krippendorff's alpha.

    Args:
        units: For each unit the values that it was given; those with fewer than two are left out.
        rounds: Samples of the bootstrap.
    """
    units = [unit for unit in units if len(unit) > 1]
    places = _places([value for unit in units for value in unit])
    counts = np.zeros((len(units), len(places)))
    for row, unit in zip(counts, units, strict=True):
        for value in unit:
            row[places[value]] += 1
    sizes = counts.sum(axis=1)
    disagreement = (sizes**2 - (counts**2).sum(axis=1)) / (sizes - 1)

    def figure(weights: _Floats) -> float:
        values = weights @ counts
        total = values.sum()
        expected = (total**2 - (values**2).sum()) / (total - 1)
        return 1 - float(weights @ disagreement / expected) if expected else np.nan

    return _estimate(figure, len(units), rounds)


def kappa(pairs: Sequence[tuple[Hashable, Hashable]], *, rounds: int = ROUNDS) -> Estimate:
    """Cohen's kappa.

    Args:
        pairs: For each unit what the one said and what the other said.
        rounds: Samples of the bootstrap.
    """
    places = _places([value for pair in pairs for value in pair])
    size = len(places)
    cells = np.array([places[one] * size + places[other] for one, other in pairs], dtype=np.intp)

    def figure(weights: _Floats) -> float:
        table = np.bincount(cells, weights, size * size).reshape(size, size) / weights.sum()
        expected = float(table.sum(axis=1) @ table.sum(axis=0))
        return (float(np.trace(table)) - expected) / (1 - expected) if expected < 1 else np.nan

    return _estimate(figure, len(pairs), rounds)


def _places(values: Sequence[Hashable]) -> dict[Hashable, int]:
    return {value: place for place, value in enumerate(dict.fromkeys(values))}


def _estimate(figure: _Figure, units: int, rounds: int) -> Estimate:
    value = figure(np.ones(units)) if units else np.nan
    if np.isnan(value):
        return Estimate(value=None, low=None, high=None, units=units)
    random = np.random.default_rng(0)
    drawn = (random.integers(units, size=units) for _ in range(rounds))
    found = np.array([figure(np.bincount(one, minlength=units).astype(float)) for one in drawn])
    # A sample in which all say the same has no figure.
    low, high = np.nanquantile(found, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Estimate(value=round(value, 4), low=round(float(low), 4), high=round(float(high), 4), units=units)
