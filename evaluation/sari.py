"""SARI: how well a text keeps, adds and deletes words, by its source and a reference (Xu et al. 2016).

Xu, Napoles, Pavlick, Chen and Callison-Burch, Optimizing Statistical Machine Translation for Text
Simplification, TACL 4. The figures are those of EASSE (Alva-Manchego et al. 2019) by ``corpus_sari(...,
use_paper_version=True, use_f1_for_deletion=False)`` with one reference:

1. Texts are put in lower case and cut into tokens by sacrebleu's ``13a``.
2. For each order n from 1 to 4 the n-grams of all texts together give three comparisons of the system with
   the reference. Added: n-grams that the source has not, each counted once a text. Kept: n-grams that the
   source has too, counted as often as both have them. Deleted: n-grams of the source, counted as often as the
   source has them more often.
3. Precision (what system and reference both did, of what the system did) and recall (of what the reference
   did) are averaged over the orders; nothing of nothing is 0.
4. Add and keep are the F1 of these averages; delete is the precision alone, since to delete too much hurts
   more than to delete too little. SARI is the mean of the three, 0 to 100.

It is a figure of a whole corpus; the mean of its sentences' own figures is another number, and so are EASSE's
defaults (F1 averaged over the orders, and F1 for deletions too).
"""

from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from sacrebleu.tokenizers.tokenizer_13a import Tokenizer13a

_ORDERS = range(1, 5)
_tokenize = Tokenizer13a()  # type: ignore[no-untyped-call]
Ngrams = Counter[tuple[str, ...]]


class Sari(NamedTuple):
    """SARI and the three figures that it is the mean of, 0 to 100."""

    sari: float
    add: float
    keep: float
    delete: float


def counts(source: str, output: str, reference: str) -> np.ndarray:
    """Compares one text with its source and reference.

    Returns:
        Whole numbers by order (1 to 4), operation (add, keep, delete) and who did it (both, the system, the
        reference). The counts of a corpus are the sum of those of its texts.
    """
    return np.array([
        [_tally(a, b) for a, b in zip(_operations(s, o), _operations(s, r), strict=True)]
        for s, o, r in zip(_ngrams(source), _ngrams(output), _ngrams(reference), strict=True)
    ])  # fmt: skip


def sari(texts: Iterable[np.ndarray]) -> Sari:
    """Gives the figures of a corpus from the counts of its texts.

    Raises:
        ValueError: There is no text.
    """
    summed = sum(texts)
    if not isinstance(summed, np.ndarray):
        raise ValueError("SARI needs at least one text")
    both, done = summed[:, :, :1], summed[:, :, 1:]
    ratios = np.divide(both, done, out=np.zeros(done.shape), where=done > 0)
    add, keep, delete = ratios.mean(axis=0)
    parts = 100 * _f1(*add), 100 * _f1(*keep), 100 * float(delete[0])
    return Sari(sum(parts) / 3, *parts)


def _operations(source: Ngrams, text: Ngrams) -> tuple[Ngrams, Ngrams, Ngrams]:
    return Counter(text.keys() - source.keys()), source & text, source - text


def _tally(system: Ngrams, reference: Ngrams) -> tuple[int, int, int]:
    return (system & reference).total(), system.total(), reference.total()


def _f1(precision: float, recall: float) -> float:
    return float(2 * precision * recall / (precision + recall)) if precision + recall else 0.0


@lru_cache(maxsize=4096)
def _ngrams(text: str) -> list[Ngrams]:
    tokens = _tokenize(text.lower()).split()
    return [Counter(zip(*(tokens[i:] for i in range(n)), strict=False)) for n in _ORDERS]
