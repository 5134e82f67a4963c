"""What each rung of the ladder adds, and at what cost, by the length of the criterion.

    python -m evaluation.rungs [--criteria N]

On criteria of the train split, at most four of a text. Each rung of the model is asked for every criterion
that the first one does not answer, long ones too, so that what one would add by itself is seen, and what all
that stand above it leave to it. Processor time, of all threads, scoring included.
"""

import argparse
import random
import time
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from evaluation.texts import shuffled, understood
from translator.generate import BEAMS, GREEDY, ModelWriter, PartsWriter, Writer, load_model
from translator.ladder import climb_down
from translator.normalise import Normaliser
from translator.records import NormalisedCriterion
from translator.scoring import scorer

TEXTS = "eligibility.train.jsonl.gz"
_SEED = 23
_OF_A_TEXT = 4
_WORDS = (0, 8, 15, 25, 40, 100_000)


class Rung(NamedTuple):
    """What a rung did: the criteria that it was asked for, those it answered, and the processor's seconds."""

    asked: frozenset[int]
    answered: frozenset[int]
    seconds: float


def measured(writers: Mapping[str, Writer], criteria: Sequence[NormalisedCriterion]) -> dict[str, Rung]:
    """Asks the first writer for all criteria, and each other for those that the first does not answer."""
    rungs: dict[str, Rung] = {}
    asked = list(range(len(criteria)))
    for name, writer in writers.items():
        start = time.process_time()
        answers = climb_down([writer], scorer(), [criteria[i] for i in asked], [0.0] * len(asked))
        seconds = time.process_time() - start
        answered = frozenset(i for i, a in zip(asked, answers, strict=True) if a.draft.route == "model")
        rungs[name] = Rung(frozenset(asked), answered, seconds)
        asked = sorted(set(asked) - next(iter(rungs.values())).answered)
    return rungs


def table(rungs: Mapping[str, Rung], criteria: Sequence[NormalisedCriterion]) -> str:
    """Renders what :func:`measured` found; ``adds`` is what the rungs above leave to a rung."""
    lines = [f"{'rung':<10}{'asked':>8}{'answers':>9}{'adds':>7}{'CPU s':>9}"]
    done: frozenset[int] = frozenset()
    for name, rung in rungs.items():
        adds = len(rung.answered - done)
        lines.append(f"{name:<10}{len(rung.asked):>8}{len(rung.answered):>9}{adds:>7}{rung.seconds:>9.1f}")
        done |= rung.answered
    lengths = [len(one.text.split()) for one in criteria]
    lines += ["", f"{'words':<16}{'criteria':>9}{'answered by the model':>23}"]
    for least, most in pairwise(_WORDS):
        band = {i for i, length in enumerate(lengths) if least < length <= most}
        lines.append(f"{f'{least + 1:,} to {most:,}':<16}{len(band):>9}{len(band & done):>23}")
    return "\n".join(lines)


def _criteria(count: int) -> list[NormalisedCriterion]:
    normaliser = Normaliser()
    found: list[NormalisedCriterion] = []
    for row in shuffled(TEXTS, _SEED):
        if len(found) >= count:
            break
        kept = list(understood(row["eligibility"], normaliser))
        found += random.Random(row["nct_id"]).sample(kept, min(_OF_A_TEXT, len(kept)))  # noqa: S311
    return found[:count]


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m evaluation.rungs",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--criteria", type=int, default=400, metavar="N")
    criteria = _criteria(parser.parse_args().criteria)
    model, all_words = load_model(None), _WORDS[-1]
    greedy = ModelWriter(model, GREEDY, most_words=all_words)
    writers: dict[str, Writer] = {
        "greedy": greedy,
        "beams": ModelWriter(model, BEAMS, most_words=all_words),
        "parts": PartsWriter(greedy),
        "bare": ModelWriter(model, GREEDY, told=False, most_words=all_words),
    }
    print(table(measured(writers, criteria), criteria))


if __name__ == "__main__":
    main()
