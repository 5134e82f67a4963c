"""Intervals: what a figure might have been with other texts of the same kind."""

from collections.abc import Callable, Sequence

import numpy as np

from evaluation.results import Better, Number, Unit

ROUNDS = 1000
SEED = 0
_LEVEL = 0.95
_DECIMALS = 4


class Sample:
    """Items drawn anew by the percentile bootstrap (Efron 1979), the same draws for each figure of them.

    Args:
        groups: For each item the group that is drawn as a whole, because its items are no independent
            witnesses: for example all the texts that belong to one source.
        rounds: Number of draws.
    """

    def __init__(self, groups: Sequence[str], *, rounds: int = ROUNDS) -> None:
        places = np.unique(np.asarray(groups), return_inverse=True)[1]
        members = [np.flatnonzero(places == place) for place in range(len(set(groups)))]
        random = np.random.default_rng(SEED)
        drawn = (random.integers(len(members), size=len(members)) for _ in range(rounds if members else 0))
        self._all = np.arange(len(groups))
        self._draws = [np.concatenate([members[i] for i in row]) for row in drawn]

    def number(
        self,
        subject: str,
        measure: str,
        figure: Callable[[np.ndarray], float],
        *,
        among: Sequence[bool] | np.ndarray | None = None,
        n: int | None = None,
        unit: Unit = "share",
        better: Better | None = None,
    ) -> Number | None:
        """Takes a figure with its interval.

        Args:
            subject: As in ``Number``.
            measure: As in ``Number``.
            figure: Computes it for the items of some indices, at least one. A draw for which it raises
                ``ValueError`` (none of a kind that it needs) is left out.
            among: Of which items it is the figure; of all where None.
            n: Of how many it is the figure, if not of the items.
            unit: As in ``Number``.
            better: As in ``Number``.

        Returns:
            None where there is no item.
        """
        inside = np.ones(len(self._all), dtype=bool) if among is None else np.asarray(among, dtype=bool)
        if not inside.any():
            return None
        value = float(figure(self._all[inside]))
        found = []
        for draw in self._draws:
            items = draw[inside[draw]]
            try:
                found.append(figure(items) if len(items) else None)
            except ValueError:
                continue
        ends = np.quantile([one for one in found if one is not None], [(1 - _LEVEL) / 2, (1 + _LEVEL) / 2])
        low, high = (round(float(end), _DECIMALS) for end in ends)
        return Number(
            subject=subject,
            measure=measure,
            value=round(value, _DECIMALS),
            interval=(low, high),
            n=int(inside.sum()) if n is None else n,
            unit=unit,
            better=better,
        )

    def mean(
        self,
        subject: str,
        measure: str,
        values: Sequence[float] | np.ndarray,
        *,
        among: Sequence[bool] | np.ndarray | None = None,
        unit: Unit = "share",
        better: Better | None = None,
    ) -> Number | None:
        """Takes the mean of a value for each item, as :meth:`number` takes a figure."""
        known = np.asarray(values, dtype=float)
        return self.number(
            subject, measure, lambda i: float(known[i].mean()), among=among, unit=unit, better=better
        )
