"""Joins clues and consistency model to one probability: ``python -m evaluation.stacking FOLDER``.

FOLDER holds ``errors/*.jsonl``: sources with texts, faithful or not, that neither the clues' weights nor the
consistency model has learned from (``models/corpus/kept``, resolved by ``translator.edits``); the sources of
most of its ``planted-*`` were learned from, with other texts. The model's own drafts, which are wrong more
often and in other ways, stand aside: how far they are trusted is for ``evaluation.trust``. A logistic
regression over the two log-odds gives ``stack``; the thresholds are those of least cost. Each type of error
weighs as much as any other, however many were written, and all of them as much as the faithful texts. Writes
both into ``translator/data/calibration.json``. Needs scikit-learn.
"""

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict

from evaluation import metrics
from evaluation.benchmark import Example, examples
from translator.clues.weighing import calibration
from translator.scoring import scorer
from translator.tables import DATA

_COST = 2.0  # of an error that passes as faithful, where a faithful text held back costs 1
_SPARED = 0.96  # share of the faithful texts above the threshold of the verdict unfaithful
_FOLDS = 10
_SUREST = 12.0  # log-odds


def fit(given: Sequence[Example]) -> dict[str, float]:
    """Fits and writes the stack and the thresholds; gives what was found across folds of sources."""
    voices = scorer().voices([example.pair for example in given])
    read = [(e, *voice) for e, voice in zip(given, voices, strict=True) if voice[1] is not None]
    values = np.clip(np.array([odds for _, *odds in read], dtype=float), -_SUREST, _SUREST)
    truths = np.array([example.planted is None for example, *_ in read])
    sources = np.array([example.pair.source for example, *_ in read])
    weights = _weights([example.planted for example, *_ in read])
    regression = LogisticRegression()
    folds = GroupKFold(_FOLDS)
    scores = cross_val_predict(
        regression, values, truths, groups=sources, cv=folds, method="predict_proba",
        params={"sample_weight": weights},
    )[:, 1]  # fmt: skip
    regression.fit(values, truths, sample_weight=weights)
    faithful = _cheapest(scores, truths, weights)
    review = min(float(np.quantile(scores[truths], 1 - _SPARED)), faithful)
    stack = [round(float(w), 3) for w in (*regression.intercept_, *regression.coef_[0])]
    table = calibration().model_dump(mode="json")
    table |= {"stack": stack, "faithful": round(faithful, 3), "review": round(review, 3)}
    (DATA / "calibration.json").write_text(json.dumps(table, indent=1, sort_keys=True) + "\n", "utf-8")
    return {
        "texts": len(read),
        "auroc": metrics.auroc(scores[truths], scores[~truths]),
        "auroc of the clues": metrics.auroc(values[truths, 0], values[~truths, 0]),
        "auroc of the model": metrics.auroc(values[truths, 1], values[~truths, 1]),
        "faithful": faithful,
        "review": review,
        "errors above faithful": float((scores[~truths] >= faithful).mean()),
        "faithful texts above it": float((scores[truths] >= faithful).mean()),
    }


def _weights(planted: Sequence[str | None]) -> np.ndarray:
    """One weight a text, 1 on average: types of error weigh alike, and faithful texts as much as errors."""
    counts = Counter(planted)
    kinds = len(counts) - (None in counts)
    return len(planted) / 2 / np.array([counts[one] * (kinds if one else 1) for one in planted])


def _cheapest(scores: np.ndarray, truths: np.ndarray, weights: np.ndarray) -> float:
    """The threshold at which errors that pass and faithful texts held back cost least, as shares of each."""
    candidates = np.unique(np.round(scores, 3))
    costs = [
        _COST * np.average(scores[~truths] >= least, weights=weights[~truths])
        + np.average(scores[truths] < least, weights=weights[truths])
        for least in candidates
    ]
    return float(candidates[int(np.argmin(costs))])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder.resolve(strict=True)
    # The references of most of these sources were learned from; these texts of theirs were not.
    texts = examples(sorted(folder.glob("errors/*.jsonl")))
    unseen = [e for e in texts if e.origin in ("paraphrase", "error")]
    for name, value in fit(unseen).items():
        print(f"{name:<26}{value:.3f}")
