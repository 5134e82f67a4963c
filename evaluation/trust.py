"""Fits the trust in the model's drafts: ``python -m evaluation.trust FOLDER`` writes ``data/trust.json``.

FOLDER is ``models/corpus/kept``, resolved by ``translator.edits``: drafts of the model for criteria that it
never learned from, and what an editor made of them. A draft was right where the editor found it accurate and
complete, whether or not the wording was mended. Needs scikit-learn.
"""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from evaluation import metrics
from evaluation.benchmark import read_jsonl
from translator.checks.reading import Reading
from translator.checks.trust import Trust, features
from translator.grounding import doubted, vetoed
from translator.ladder import pair_of
from translator.normalise import Normaliser
from translator.records import Criterion, Draft, Span
from translator.scoring import scorer
from translator.tables import DATA

_LEAST = 0.8  # chosen on the cross-validated table that is printed: see docs/METHODOLOGY.md
_PENALTY = 0.3
_FOLDS = 10
_THRESHOLDS = (0.5, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9)


class Judged(NamedTuple):
    """A draft that an editor read.

    Attributes:
        noticed: What the program notices of it (``translator.checks.trust.features``).
        free: Whether the scorer finds it faithful and no check has a veto.
        right: Whether the editor found it accurate and complete.
    """

    noticed: Mapping[str, float]
    free: bool
    right: bool


def judged(folder: Path) -> Iterator[Judged]:
    """Reads the judged drafts of a folder; those without the model's log-probability are no drafts.

    Raises:
        FileNotFoundError: The folder is not what ``translator.edits`` writes.
    """
    normaliser = Normaliser()
    for row in read_jsonl((folder / "errors" / "edits.jsonl").resolve()):
        if "sure" not in row:
            continue
        right = "paraphrase" in row
        text = row["paraphrase"] if right else row["errors"][0]["text"]
        normalised = normaliser.normalise([_criterion(row)])[0]
        draft = Draft(text=text, route="model", log_probability=row["sure"])
        report = scorer().score([pair_of(normalised.criterion, text)])[0]
        reading = Reading(draft, normalised)
        free = report.verdict == "faithful" and vetoed(reading) is None
        yield Judged(features(reading, report.score, doubted(reading)), free, right)


def _criterion(row: Mapping[str, Any]) -> Criterion:
    note = row["kind"] == "note"
    return Criterion(
        id=row["id"],
        section="other" if note else row["kind"],
        role="note" if note else "criterion",
        text=row["source"],
        context=row["context"] or None,
        span=Span(start=0, end=len(row["source"])),
    )


def fit(drafts: Sequence[Judged]) -> list[tuple[float, float, float]]:
    """Fits and writes the weights.

    Returns:
        For each threshold, cross-validated: itself, the share of drafts that are free and above it, and
        how many of these were right.
    """
    names = sorted({name for draft in drafts for name in draft.noticed})
    values = np.array([[draft.noticed.get(name, 0.0) for name in names] for draft in drafts])
    right = np.array([draft.right for draft in drafts])
    free = np.array([draft.free for draft in drafts])
    centre, scale = values.mean(0), values.std(0) + 1e-9
    model = LogisticRegression(C=_PENALTY, max_iter=2000)
    folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=1)
    scaled = (values - centre) / scale
    chances = cross_val_predict(model, scaled, right, cv=folds, method="predict_proba")[:, 1]
    model.fit(scaled, right)
    weights = model.coef_[0] / scale
    fitted = Trust(
        intercept=round(float(model.intercept_[0] - weights @ centre), 3),
        weights={name: round(float(weight), 3) for name, weight in zip(names, weights, strict=True)},
        least=_LEAST,
    )
    (DATA / "trust.json").write_text(fitted.model_dump_json(indent=1) + "\n", encoding="utf-8")
    print(f"{len(right)} drafts, {right.mean():.3f} right; AUROC ", end="")
    print(f"{metrics.auroc(chances[right], chances[~right]):.3f}")
    kept = {least: free & (chances >= least) for least in _THRESHOLDS}
    return [(least, float(above.mean()), float(right[above].mean())) for least, above in kept.items()]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    for threshold, share, precision in fit(list(judged(parser.parse_args().folder))):
        print(f"{threshold:.2f}  share {share:.3f}  right {precision:.3f}")
