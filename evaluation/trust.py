"""Fits the trust in the model's drafts: ``python -m evaluation.trust`` writes ``data/trust.json``.

``evaluation/data/judged.tsv`` holds, for drafts of the model on criteria of train trials, what the program
noticed and what a reader found: 1 where the draft was accurate and complete. The texts are the registry's and
are not in the repository. Needs scikit-learn.
"""

import json
from collections.abc import Sequence

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from evaluation import metrics
from evaluation.benchmark import OWN
from translator.tables import DATA, rows

_LEAST = 0.75  # chosen on the cross-validated table that is printed: see docs/METHODOLOGY.md
_PENALTY = 0.3
_FOLDS = 10
_THRESHOLDS = (0.5, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9)


def fit() -> list[tuple[float, float, float]]:
    """Fits and writes the weights.

    Returns:
        For each threshold, cross-validated: the threshold, the share of drafts above it that no check vetoed,
        and how many of these were right.
    """
    table = rows("judged.tsv", folder=OWN)
    names = [name for name in table[0] if name not in {"right", "vetoed"}]
    values = np.array([[float(row[name]) for name in names] for row in table])
    right = np.array([row["right"] == "1" for row in table])
    free = np.array([row["vetoed"] == "0" for row in table])
    centre, scale = values.mean(0), values.std(0) + 1e-9
    model = LogisticRegression(C=_PENALTY, max_iter=2000)
    folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=1)
    scaled = (values - centre) / scale
    chances = cross_val_predict(model, scaled, right, cv=folds, method="predict_proba")[:, 1]
    model.fit(scaled, right)
    weights = model.coef_[0] / scale
    _write(names, weights, float(model.intercept_[0] - weights @ centre))
    print(f"AUROC {metrics.auroc(chances[right], chances[~right]):.3f} of {len(right)} drafts")
    kept = {least: free & (chances >= least) for least in _THRESHOLDS}
    return [(least, float(above.mean()), float(right[above].mean())) for least, above in kept.items()]


def _write(names: Sequence[str], weights: np.ndarray, intercept: float) -> None:
    fitted = {
        "intercept": round(intercept, 3),
        "least": _LEAST,
        "weights": {name: round(float(weight), 3) for name, weight in zip(names, weights, strict=True)},
    }
    (DATA / "trust.json").write_text(json.dumps(fitted, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    for threshold, share, precision in fit():
        print(f"{threshold:.2f}  share {share:.3f}  right {precision:.3f}")
