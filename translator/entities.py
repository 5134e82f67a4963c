"""Trains the recogniser of clinical entities: ``python -m translator.entities CHIA OUT [--epochs N]``.

CHIA is a folder with the folders ``train`` and ``dev`` of brat files. A tenth of the trials of ``train``, by
the digest of their ids, is kept out to choose the best epoch; ``dev`` is measured once, at the end.
"""

import argparse
import hashlib
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.training import Example
from spacy.util import filter_spans, minibatch
from thinc.api import Adam, fix_random_seed

from translator.lexis.recogniser import LABELS, untrained

_SEED = 1
_BATCH = 32
_RATE = 1e-3
_DROPOUT = 0.3


class Annotated(NamedTuple):
    """A line of a trial: half-open character ranges of its entities with their labels."""

    trial: str
    text: str
    entities: tuple[tuple[int, int, str], ...]


class Agreement(NamedTuple):
    """How entities found agree with those annotated.

    Attributes:
        strict: F1 where both borders and the label agree.
        relaxed: F1 where the label agrees and the two overlap.
    """

    strict: float
    relaxed: float


def read_brat(folder: Path) -> Iterator[Annotated]:
    """Reads a folder of brat files, line by line; of an entity in pieces, all from first to last."""
    for path in sorted(folder.glob("*.txt")):
        text = path.read_bytes().decode("utf-8")  # the offsets count the carriage returns
        found = list(_entities(path.with_suffix(".ann").read_text("utf-8")))
        start = 0
        for line in text.split("\n"):
            end = start + len(line)
            within = [(a - start, b - start, label) for a, b, label in found if start <= a and b <= end]
            if line.strip():
                yield Annotated(path.stem[:11], line.rstrip("\r"), tuple(within))
            start = end + 1


def _entities(annotations: str) -> Iterator[tuple[int, int, str]]:
    for line in annotations.splitlines():
        if line.startswith("T"):
            label, _, ranges = line.split("\t")[1].partition(" ")
            places = [int(place) for part in ranges.split(";") for place in part.split()]
            if label.lower() in LABELS and min(places) < max(places):
                yield min(places), max(places), label.lower()


def agreement(annotated: Sequence[Doc], found: Sequence[Doc]) -> Agreement:
    """Compares the entities of the same texts, document by document."""
    gold = [[(span.start, span.end, span.label_) for span in doc.ents] for doc in annotated]
    told = [[(span.start, span.end, span.label_) for span in doc.ents] for doc in found]
    both = list(zip(gold, told, strict=True))
    exact = sum(len(set(one) & set(other)) for one, other in both)
    hit = sum(any(_meet(mine, theirs) for mine in one) for one, other in both for theirs in other)
    covered = sum(any(_meet(mine, theirs) for theirs in other) for one, other in both for mine in one)
    n_gold, n_told = sum(map(len, gold)) or 1, sum(map(len, told)) or 1
    return Agreement(_f1(exact / n_told, exact / n_gold), _f1(hit / n_told, covered / n_gold))


def _meet(one: tuple[int, int, str], other: tuple[int, int, str]) -> bool:
    return one[2] == other[2] and one[0] < other[1] and other[0] < one[1]


def _f1(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def train(chia: Path, out: Path, epochs: int) -> Agreement:
    """Trains, keeps the weights of the epoch that is best on the trials kept out, and measures them on dev.

    Returns:
        The agreement on ``dev``.
    """
    random.seed(_SEED)
    fix_random_seed(_SEED)
    nlp = untrained()
    lines = list(read_brat(chia / "train"))
    kept = [_gold(nlp, line) for line in lines if _is_kept_out(line.trial)]
    learned = [_gold(nlp, line) for line in lines if not _is_kept_out(line.trial)]
    nlp.initialize(lambda: [_example(nlp, doc) for doc in learned[:200]])
    optimizer = Adam(_RATE, L2=0.01, L2_is_weight_decay=True, grad_clip=1.0, use_averages=True)
    best = 0.0
    for epoch in range(epochs):
        random.shuffle(learned)
        optimizer.learn_rate = _RATE * (1 - epoch / epochs)
        losses: dict[str, float] = {}
        for batch in minibatch(learned, _BATCH):  # type: ignore[no-untyped-call]
            examples = [_example(nlp, doc) for doc in batch]
            nlp.update(examples, sgd=optimizer, drop=_DROPOUT, losses=losses)
        with nlp.use_params(optimizer.averages):
            measured = agreement(kept, _found(nlp, kept))
            print(f"epoch {epoch + 1}: loss {losses['ner']:.0f}, kept out {measured}", flush=True)
            if measured.relaxed > best:
                best = measured.relaxed
                nlp.get_pipe("ner").to_disk(out, exclude=["vocab"])  # type: ignore[attr-defined]
    nlp.get_pipe("ner").from_disk(out, exclude=["vocab"])  # type: ignore[attr-defined]
    dev = [_gold(nlp, line) for line in read_brat(chia / "dev")]
    return agreement(dev, _found(nlp, dev))


def _is_kept_out(trial: str) -> bool:
    return hashlib.md5(trial.encode(), usedforsecurity=False).digest()[-1] % 10 == 0


def _gold(nlp: Language, line: Annotated) -> Doc:
    """A text with its entities, and the tags that tell what the tables know."""
    doc = nlp.make_doc(line.text)
    for name, component in nlp.pipeline:
        if name != "ner":
            doc = component(doc)
    spans = [span for entity in line.entities if (span := _span(doc, *entity))]
    doc.set_ents(filter_spans(spans))
    return doc


def _span(doc: Doc, start: int, end: int, label: str) -> Span | None:
    tokens = [token.i for token in doc if token.idx < end and token.idx + len(token) > start]
    return Span(doc, tokens[0], tokens[-1] + 1, label=label) if tokens else None


def _bare(nlp: Language, doc: Doc) -> Doc:
    words, spaces = [token.text for token in doc], [bool(token.whitespace_) for token in doc]
    return Doc(nlp.vocab, words=words, spaces=spaces, tags=[token.tag_ for token in doc])


def _example(nlp: Language, doc: Doc) -> Example:
    return Example(_bare(nlp, doc), doc)


def _found(nlp: Language, docs: Sequence[Doc]) -> list[Doc]:
    recogniser = nlp.get_pipe("ner")
    return [recogniser(_bare(nlp, doc)) for doc in docs]


def _main() -> None:
    parser = argparse.ArgumentParser(prog="python -m translator.entities", description=__doc__)
    parser.add_argument("chia", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--epochs", type=int, default=14)
    given = parser.parse_args()
    print(f"dev: {train(given.chia, given.out, given.epochs)}")


if __name__ == "__main__":
    _main()
