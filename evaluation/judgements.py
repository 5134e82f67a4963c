"""Makes the training pairs of the consistency model: ``python -m evaluation.judgements OUT [--also FOLDER]``.

Faithful pairs, faithful rewritings and planted errors, by program and written, each as the model reads it
(``translator.clues.marks``) with the word that it shall say. The signs are set out of fold, with word
equivalences learned from other pairs, as they will stand in pairs never seen.
"""

import argparse
import json
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from evaluation.benchmark import Example
from evaluation.calibrate import PAIRS, also, out_of_fold, written
from evaluation.perturb import plant, rewritten, twins
from translator.clues.marks import FAITHFUL, WORDS, marked
from translator.fidelity import Scorer
from translator.records import FindingType

_TWINS = 1
_PLANTED = 3
_REWRITTEN = 0.3  # share of all texts, right or wrong, that come again with a harmless change
_WORD_OF: Mapping[FindingType, str] = {kind: word for word, kind in WORDS.items()}


def planted(example: Example, chance: random.Random, others: Sequence[str]) -> Iterator[Example]:
    """Gives a faithful pair, a twin of it, and copies with an error planted."""
    pair = example.pair
    yield example
    yield from (Example(twin, "twin", None) for twin in twins(pair, chance, most=_TWINS))
    for error in plant(pair, chance, _PLANTED, others):
        changed = pair.model_copy(update={"source": error.source, "plain": error.plain})
        yield Example(changed, "planted", error.type)


def disturbed(given: Iterable[Example], chance: random.Random) -> Iterator[Example]:
    """Gives examples, and some of them rewritten besides: right and wrong ones, lest the change be a sign."""
    for example in given:
        yield example
        if chance.random() < _REWRITTEN:
            texts = rewritten(example.pair.plain, chance, wrong=example.planted is not None)
            yield from (
                example._replace(pair=example.pair.model_copy(update={"plain": text})) for text in texts[:1]
            )


def rows(scorer: Scorer, inside: Sequence[Example]) -> list[dict[str, str]]:
    """Gives the training pairs of a fold."""
    chance = random.Random(f"{len(inside)} {scorer.signature}")  # noqa: S311
    others = [example.pair.plain for example in chance.sample(inside, min(200, len(inside)))]
    made: list[dict[str, str]] = []
    for example in inside:
        # All texts of a source share its id, so that they are held out together.
        _, source, number = example.pair.id.split("/")
        texts = planted(example, chance, others) if example.origin == "reference" else [example]
        made += [
            _row(one, f"{source}~{number}~{rank}", scorer)
            for rank, one in enumerate(disturbed(texts, chance))
        ]
    return made


def _row(example: Example, name: str, scorer: Scorer) -> dict[str, str]:
    evidence = scorer.evidence(example.pair)
    kind, _, text = marked(example.pair, evidence.source, evidence.plain, evidence.clues).partition(": ")
    return {"id": name, "kind": kind, "source": text, "plain": _said(example)}


def _said(example: Example) -> str:
    return FAITHFUL if example.planted is None else _WORD_OF[example.planted]  # type: ignore[index]


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path)
    also(parser)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    pairs, errors = written([PAIRS, *arguments.also])
    errors = [example for example in errors if example.origin != "reference"]
    said: Counter[str] = Counter()
    with (arguments.out / "pairs.jsonl").open("w", encoding="utf-8") as out:
        for row in out_of_fold(rows, pairs, [*pairs, *errors]):
            said[row["plain"]] += 1
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
    print(f"{said.total():,} pairs: " + ", ".join(f"{word} {count:,}" for word, count in said.most_common()))


if __name__ == "__main__":
    main()
