"""What batches are made of: the criteria of requests, each read beside its own, written beside any others."""

from collections.abc import Mapping, Sequence
from functools import partial
from threading import Lock
from typing import NamedTuple

from api.items import done_each
from translator import scoring
from translator.pipeline import Translator
from translator.published import AuditReport
from translator.records import Criterion, NormalisedCriterion, Pair, Translation


class Reading:
    """The criteria of one request: read all together, when the first of them has its turn.

    How a criterion is understood depends on the others of its trial, and on no one else's.

    Args:
        criteria: All of them.
        definitions: Abbreviations that their trial defines, with the long forms.
        min_fidelity: Overrides that of the translator.
        translator: Reads and writes.
    """

    def __init__(
        self,
        criteria: Sequence[Criterion],
        definitions: Mapping[str, str],
        min_fidelity: float | None,
        translator: Translator,
    ) -> None:
        self.criteria = criteria
        self.min_fidelity = min_fidelity
        self.translator = translator
        self._definitions = definitions
        self._read: list[NormalisedCriterion | Exception] | None = None
        self._lock = Lock()

    def read(self) -> list[NormalisedCriterion | Exception]:
        """What was understood of each, in order, or the error that it raised; may be called by threads."""
        with self._lock:
            if self._read is None:
                work = partial(self.translator.read, definitions=self._definitions)
                self._read = done_each(work, self.criteria)
            return self._read


class Unit(NamedTuple):
    """One criterion of a request."""

    reading: Reading
    place: int


def recalled(reading: Reading) -> list[Translation | None]:
    """What the memory knows of what was read; nothing of what could not be read."""
    read = [(place, one) for place, one in enumerate(reading.read()) if isinstance(one, NormalisedCriterion)]
    found = reading.translator.recall([one for _, one in read], [reading.min_fidelity] * len(read))
    known = {place: one for (place, _), one in zip(read, found, strict=True)}
    return [known.get(place) for place in range(len(reading.criteria))]


def write(units: Sequence[Unit]) -> list[Translation | Exception]:
    """Writes what was read; criteria of one translator together, those of each glossary by themselves."""
    read = [unit.reading.read()[unit.place] for unit in units]
    done: dict[int, Translation | Exception] = {}
    groups: dict[Translator, list[tuple[int, NormalisedCriterion]]] = {}
    for place, one in enumerate(read):
        if isinstance(one, Exception):
            done[place] = one
        else:
            groups.setdefault(units[place].reading.translator, []).append((place, one))
    for translator, members in groups.items():
        asked = [(one, units[place].reading.min_fidelity) for place, one in members]
        written = done_each(partial(_written, translator), asked)
        done |= {place: outcome for (place, _), outcome in zip(members, written, strict=True)}
    return [done[place] for place in range(len(units))]


def _written(
    translator: Translator, asked: Sequence[tuple[NormalisedCriterion, float | None]]
) -> list[Translation]:
    return translator.write([one for one, _ in asked], [least for _, least in asked])


def audited(pairs: Sequence[Pair]) -> list[AuditReport | Exception]:
    """What came of each pair, in order."""
    return done_each(scoring.audit, pairs)


def unit_size(unit: Unit) -> int:
    """Characters of a criterion and its lead-in."""
    criterion = unit.reading.criteria[unit.place]
    return len(criterion.text) + len(criterion.context or "")


def pair_size(pair: Pair) -> int:
    """Characters of a pair and its lead-in."""
    return len(pair.source) + len(pair.plain) + len(pair.context or "")
