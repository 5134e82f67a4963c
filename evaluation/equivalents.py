"""Learns word equivalences from translated pairs: IBM Model 1 in both directions (Brown et al. 1993).

The table is an asset of the translator, kept as plain numbers in ``translator/data/equivalents.tsv``;
``python -m evaluation.calibrate`` writes it.
"""

from collections.abc import Iterable, Sequence

import numpy as np

_ROUNDS = 6
_SMOOTHING = 1.0  # expected counts added to a source word, so that rare words stay humble
_LEAST_COUNT = 0.5
_LEAST_STRENGTH = 0.01


def learn(pairs: Sequence[tuple[Sequence[str], Sequence[str]]]) -> list[tuple[str, str, float]]:
    """Learns from pairs of stems.

    Args:
        pairs: Stems of the source (with its lead-in) and of the plain text; words without content left out.

    Returns:
        Rows ``(source stem, plain stem, strength)``, sorted; strength is the sum of the two translation
        probabilities. The empty source stem stands for words that plain texts bring along by themselves.
    """
    strengths: dict[tuple[str, str], float] = {}
    for source, plain, probability in _model_1(pairs):
        strengths[source, plain] = probability
    for plain, source, probability in _model_1([(plain, source) for source, plain in pairs]):
        strengths[source, plain] = strengths.get((source, plain), 0.0) + probability
    kept = ((s, p, round(x, 3)) for (s, p), x in strengths.items() if x >= _LEAST_STRENGTH and s != p)
    return sorted(kept)


def _model_1(pairs: Iterable[tuple[Sequence[str], Sequence[str]]]) -> list[tuple[str, str, float]]:
    given_ids: dict[str, int] = {"": 0}
    made_ids: dict[str, int] = {}
    given: list[int] = []
    made: list[int] = []
    group: list[int] = []
    groups = 0
    for source, target in pairs:
        sources = [0, *(given_ids.setdefault(w, len(given_ids)) for w in dict.fromkeys(source))]
        for word in dict.fromkeys(target):
            given.extend(sources)
            made.extend([made_ids.setdefault(word, len(made_ids))] * len(sources))
            group.extend([groups] * len(sources))
            groups += 1
    keys = np.array(given, dtype=np.int64) * len(made_ids) + np.array(made, dtype=np.int64)
    cells, cell_of = np.unique(keys, return_inverse=True)
    groups_of = np.array(group)
    row_of_cell = cells // len(made_ids)
    chances = np.ones(len(cells))
    counts = np.zeros(len(cells))
    for _ in range(_ROUNDS):
        weight = chances[cell_of]
        share = weight / np.bincount(groups_of, weight, minlength=groups)[groups_of]
        counts = np.bincount(cell_of, share, minlength=len(cells)).astype(float)
        totals = np.bincount(row_of_cell, counts, minlength=len(given_ids))
        chances = counts / (totals[row_of_cell] + _SMOOTHING)
    given_words, made_words = list(given_ids), list(made_ids)
    return [
        (given_words[cell // len(made_ids)], made_words[cell % len(made_ids)], float(chance))
        for cell, chance, count in zip(cells.tolist(), chances.tolist(), counts.tolist(), strict=True)
        if count >= _LEAST_COUNT and chance >= _LEAST_STRENGTH / 2
    ]
