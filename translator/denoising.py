"""Real criteria with holes, to learn from before the pairs: ``python -m translator.denoising TRAIN OUT``.

The model sees a criterion of which runs of words are missing, each behind one sign, and writes it whole: text
infilling, as BART learned (Lewis et al. 2020, section 2.2). TRAIN (gzip; ``{"nct_id", "eligibility"}`` a
line) holds registry texts of train trials; what is made of them is no part of this repository. OUT receives
``pairs.jsonl``, which ``models.training`` takes.
"""

import argparse
import gzip
import json
import random
from collections.abc import Iterator
from dataclasses import asdict
from itertools import islice
from pathlib import Path

from models.pairs import TrainingPair
from translator.generate import MOST_WORDS, kind_of
from translator.segment import segment

_HOLE = "_"
_MISSING = 0.3  # share of the words, about
_MORE_WORDS = 2.5  # mean of the exponential whose whole part, plus 1, is the number of words in a hole
_LEAST_WORDS = 6
_EACH = 2  # criteria of a trial


def holed(text: str, chance: random.Random) -> str:
    """Takes about three in ten words out, in runs of three on average; one hole at least."""
    words = text.split()
    wanted = max(round(_MISSING * len(words)), 1)
    while wanted > 0 and words != [_HOLE]:
        length = int(min(1 + chance.expovariate(1 / _MORE_WORDS), wanted, len(words)))
        start = chance.randrange(len(words) - length + 1)
        words[start : start + length] = [_HOLE]
        wanted -= length
    return " ".join(words)


def pairs(registry: Path, chance: random.Random) -> Iterator[TrainingPair]:
    """Gives up to two criteria of each trial, whole and with holes, in the order of the file.

    Raises:
        FileNotFoundError: There is no such file.
    """
    with gzip.open(registry, "rt", encoding="utf-8") as lines:
        for line in lines:
            trial = json.loads(line)
            units = [
                unit
                for unit in segment(trial["eligibility"])
                if unit.role != "heading" and _LEAST_WORDS <= len(unit.text.split()) <= MOST_WORDS
            ]
            for unit in chance.sample(units, min(_EACH, len(units))):
                yield TrainingPair(
                    id=f"{trial['nct_id']}-{unit.span.start}",
                    kind=kind_of(unit),
                    source=holed(unit.text, chance),
                    plain=unit.text,
                )


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("registry", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--most", type=int, help="criteria, at most")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    written = 0
    with (arguments.out / "pairs.jsonl").open("w", encoding="utf-8") as out:
        for pair in islice(pairs(arguments.registry, random.Random(17)), arguments.most):  # noqa: S311
            out.write(json.dumps(asdict(pair), ensure_ascii=False) + "\n")
            written += 1
    print(f"{written:,} criteria in {arguments.out}")


if __name__ == "__main__":
    main()
