"""How often criteria repeat, and so how often a memory of translations has the answer.

    python -m evaluation.repetition [--texts N]

Counted on texts of the train split, headings left out, by what would have to be the same: the criterion as
the translator reads it (what ``translator.memory`` does), the same with every number exchanged for a sign,
and with names of drugs, genes and scores exchanged too. A scope of n trials begins with an empty memory.
"""

import argparse
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from math import log

from evaluation.texts import shuffled, understood
from translator.memory import key_of
from translator.normalise import Normaliser
from translator.records import NormalisedCriterion

TEXTS = "eligibility.train.jsonl.gz"
REGISTRY = 577_000  # studies of ClinicalTrials.gov in mid-2026
_SEED = 7
_DIGITS = re.compile(r"\d+(?:[.,]\d+)*")
_SCOPES = (1, 10, 100, 1_000)


def exact(one: NormalisedCriterion) -> object:
    """The criterion as it is understood."""
    return key_of(one, 0.0, None, "")


def numbers_masked(one: NormalisedCriterion) -> object:
    """The criterion with a sign in the place of each number."""
    return _masked(one, names=False)


def names_masked(one: NormalisedCriterion) -> object:
    """The criterion with a sign in the place of each number and of each name that must come through."""
    return _masked(one, names=True)


WAYS: dict[str, Callable[[NormalisedCriterion], object]] = {
    "exact": exact,
    "numbers masked": numbers_masked,
    "numbers and names masked": names_masked,
}


def hit_rate(trials: Sequence[Sequence[object]], scope: int) -> float:
    """The share of criteria that came before in the same scope.

    Args:
        trials: For each trial, what must be the same of its criteria.
        scope: Trials that share a memory; as many as there are, where there are fewer.
    """
    scope = min(scope, len(trials))
    asked = distinct = 0
    for first in range(0, len(trials) - scope + 1, scope):
        seen = [one for trial in trials[first : first + scope] for one in trial]
        asked += len(seen)
        distinct += len(set(seen))
    return 1 - distinct / asked


def extrapolated(trials: Sequence[Sequence[object]], size: int) -> float:
    """The rate at another size, on the line that distinct criteria follow on doubly logarithmic paper."""
    part = len(trials) // 4
    few, all_of_them = 1 - hit_rate(trials, part), 1 - hit_rate(trials, len(trials))
    slope = log(all_of_them / few) / log(len(trials) / part)
    return 1 - all_of_them * float((size / len(trials)) ** slope)


def _masked(one: NormalisedCriterion, *, names: bool) -> object:
    criterion, text = one.criterion, one.criterion.text
    for slot in reversed(one.slots):
        number = slot.text[0].isdigit()  # "CD19" is a name
        if number or names:
            sign = _DIGITS.sub("#", slot.text) if number else "@"
            text = f"{text[: slot.span.start]}{sign}{text[slot.span.end :]}"
    return criterion.section, criterion.role, criterion.context, text


def _trials(texts: int) -> Iterator[list[NormalisedCriterion]]:
    normaliser = Normaliser()
    for row in islice(shuffled(TEXTS, _SEED), texts):
        if kept := list(understood(row["eligibility"], normaliser)):
            yield kept


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m evaluation.repetition",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--texts", type=int, default=4_000, metavar="N")
    trials = list(_trials(parser.parse_args().texts))
    units = sum(map(len, trials))
    print(f"{units:,} criteria of {len(trials):,} trials; the last column is extrapolated")
    print(f"{'trials':<26}" + "".join(f"{n:>9,}" for n in (*_SCOPES, len(trials), REGISTRY)))
    for name, way in WAYS.items():
        same = [[way(one) for one in trial] for trial in trials]
        rates = [*(hit_rate(same, scope) for scope in (*_SCOPES, len(trials))), extrapolated(same, REGISTRY)]
        print(f"{name:<26}" + "".join(f"{rate:>9.1%}" for rate in rates))


if __name__ == "__main__":
    main()
