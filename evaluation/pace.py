"""How fast the parts are, each alone: ``python -m evaluation.pace``.

On the pairs of the open benchmark, each part on texts that it has not seen. The normaliser and the scorer's
clues take one thread, the scorer with its consistency model two. The figures mean something on a quiet
machine only.
"""

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import NamedTuple, TypeVar

from evaluation.benchmark import load
from evaluation.fidelity import unfolded
from translator.fidelity import Scorer
from translator.intake.listed import given_criterion
from translator.normalise import Normaliser
from translator.records import Pair
from translator.scoring import scorer

_WARM = 20
_T = TypeVar("_T")


class Rate(NamedTuple):
    """What a part does in a second.

    Attributes:
        unit: What is counted.
        value: So many a second of the clock.
    """

    part: str
    unit: str
    value: float


def rates(pairs: Sequence[Pair]) -> Iterator[Rate]:
    """Measures the parts, one after the other; the first pairs warm them up and are not counted.

    Args:
        pairs: The sources among them are what is normalised, each once.

    Raises:
        InputError: The consistency model's files are missing or changed.
    """
    normaliser, judge = Normaliser(), scorer()
    each = {pair.source: pair for pair in pairs}.values()
    criteria = [given_criterion(pair.id, pair.section, pair.source, pair.context) for pair in each]
    yield Rate("normalise", "criteria", _rate(normaliser.normalise, criteria))
    yield Rate("scorer", "pairs", _rate(judge.score, pairs))
    yield Rate("clues", "pairs", _rate(partial(_clues, judge), _reworded(pairs)))


def _rate(work: Callable[[Sequence[_T]], object], given: Sequence[_T]) -> float:
    work(given[:_WARM])
    start = time.perf_counter()
    work(given[_WARM:])
    return (len(given) - _WARM) / (time.perf_counter() - start)


def _reworded(pairs: Sequence[Pair]) -> list[Pair]:
    """The same pairs as texts that no cache has met."""
    return [
        pair.model_copy(update={"source": f"{pair.source} Zyzzyva.", "plain": f"{pair.plain} Zyzzyva."})
        for pair in pairs
    ]


def _clues(judge: Scorer, pairs: Sequence[Pair]) -> None:
    for pair in pairs:
        judge.evidence(pair)


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.parse_args()
    for rate in rates([example.pair for example in unfolded(load("open"))]):
        print(f"{rate.part:<12}{rate.value:>9,.0f} {rate.unit} a second")


if __name__ == "__main__":
    main()
