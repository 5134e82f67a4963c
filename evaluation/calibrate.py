"""Fits what the fidelity scorer learns from pairs: ``python -m evaluation.calibrate [--also FOLDER]``.

Learns the word equivalences and the weights of the clues from the pairs of ``models/corpus`` and of FOLDER,
writes ``equivalents.tsv``, ``loose.tsv`` and ``calibration.json`` into ``translator/data``, and prints the
figures of the cross-validation. ``evaluation.stacking`` comes after it: what that wrote is reset. Needs
SciPy.
"""

import argparse
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
from scipy.optimize import minimize

from evaluation import equivalents, metrics
from evaluation.benchmark import Example, examples
from translator.clues import coverage
from translator.clues.evidence import side
from translator.clues.weighing import Calibration, Evidence
from translator.fidelity import Scorer
from translator.lexis.equivalents import SIDES, Equivalents
from translator.tables import DATA as TABLES

PAIRS = Path(__file__).parents[1] / "models" / "corpus"
_FOLDS = 5
_PENALTY = 1.0
_PRIOR = 4.0  # how many sightings the usual rate of rare words weighs
_FAITHFUL_KEPT = 0.85  # share of faithful texts above the threshold of the verdict faithful
_FAITHFUL_SPARED = 0.96  # share of faithful texts above the threshold of the verdict unfaithful
_BLANK = Calibration(intercept=0.0, weights={}, length=0.0, faithful=0.5, review=0.5, telling=0.8)

Row = tuple[str, str, float]
Made = TypeVar("Made")


def written(folders: Sequence[Path]) -> tuple[list[Example], list[Example]]:
    """Reads the pairs of some folders, and those of their ``errors``: sources with several texts.

    Raises:
        FileNotFoundError: There is no such folder.
    """
    folders = [folder.resolve(strict=True) for folder in folders]
    pairs = examples(path for folder in folders for path in sorted(folder.glob("*.jsonl")))
    errors = examples(path for folder in folders for path in sorted(folder.glob("errors/*.jsonl")))
    return pairs, errors


def fit(folders: Sequence[Path]) -> dict[str, float]:
    """Learns from the pairs of some folders, writes the tables, and gives the out-of-fold figures.

    Evidence is gathered out of fold: with equivalences learned from the pairs of other sources, so that the
    weights are those for texts never seen.
    """
    faithful, given = written(folders)
    faithful += [e for e in given if e.origin == "paraphrase"]
    gathered = list(out_of_fold(_gathered, faithful, given))
    order, evidence = [example for example, _ in gathered], [found for _, found in gathered]
    truths = np.array([e.planted is None for e in order])
    folds = np.array([_fold(e, _FOLDS) for e in order])
    scores = np.zeros(len(order))
    for fold in range(_FOLDS):
        rest = weigh([g for g, f in zip(evidence, folds, strict=True) if f != fold], truths[folds != fold])
        scores[folds == fold] = [g.score(rest) for g, f in zip(evidence, folds, strict=True) if f == fold]
    # Weights fitted on all clues are a little too sure of themselves: one factor for all log-odds mends that.
    odds = np.log(scores / (1 - scores))
    slope, shift = minimize(
        lambda x: _loss(x, np.c_[odds, np.ones(len(odds))], truths), [1.0, 0.0]
    ).x.tolist()
    scores = 1 / (1 + np.exp(-(slope * odds + shift)))
    good = scores[truths]
    low, high = np.quantile(good, [1 - _FAITHFUL_SPARED, 1 - _FAITHFUL_KEPT]).tolist()
    thresholds = {"review": round(low, 3), "faithful": round(high, 3)}
    calibration = _rescaled(weigh(evidence, truths), slope, shift)
    _write(*learn(faithful), calibration.model_copy(update=thresholds))
    planted = np.array([e.planted or "" for e in order])
    return {
        "auroc": metrics.auroc(good, scores[~truths]),
        "recall_at_5": metrics.recall_at(good, scores[~truths]),
        "calibration_error": metrics.calibration_error(scores, truths.tolist()),
        **{t: metrics.auroc(good, scores[planted == t]) for t in sorted(set(planted) - {""})},
    }


def out_of_fold(
    work: Callable[[Scorer, list[Example]], list[Made]], faithful: Sequence[Example], given: Sequence[Example]
) -> Iterator[Made]:
    """Puts the examples of each fold to work with a scorer whose equivalences come from the other folds.

    Folds are worked on side by side, in processes of their own; what they made comes fold by fold.
    """
    with ProcessPoolExecutor() as pool:
        for made in pool.map(partial(_worked, work, faithful, given), range(_FOLDS)):
            yield from made


def _worked(
    work: Callable[[Scorer, list[Example]], list[Made]],
    faithful: Sequence[Example],
    given: Sequence[Example],
    fold: int,
) -> list[Made]:
    known = Equivalents.learned(*learn([e for e in faithful if _fold(e, _FOLDS) != fold]))
    return work(Scorer(known, _BLANK), [e for e in given if _fold(e, _FOLDS) == fold])


def _gathered(scorer: Scorer, inside: list[Example]) -> list[tuple[Example, Evidence]]:
    return [(example, scorer.evidence(example.pair)) for example in inside]


def learn(faithful: Sequence[Example]) -> tuple[list[Row], list[Row]]:
    """Learns equivalences, and how often each word has none in faithful texts of sources not learned from."""
    seen: dict[str, Counter[str]] = {name: Counter() for name in SIDES}
    bare: dict[str, Counter[str]] = {name: Counter() for name in SIDES}
    for half in (0, 1):
        known = Equivalents.learned(_equivalences([e for e in faithful if _fold(e, 2) != half]), ())
        for example in (e for e in faithful if _fold(e, 2) == half):
            source, plain = side(example.pair.source).words, side(example.pair.plain).words
            found = coverage.compare(source, side(example.pair.context or "").words, plain, known)
            parts = (source, *coverage.split_asides(plain))
            for name, words, gaps in zip(SIDES, parts, found, strict=True):
                seen[name].update({w.stem for w in words} - known.free)
                bare[name].update({g.word.stem for g in gaps if g.size >= coverage.OPEN})
    return _equivalences(faithful), [row for name in seen for row in _rates(name, seen[name], bare[name])]


def weigh(gathered: Sequence[Evidence], truths: np.ndarray) -> Calibration:
    """Logistic regression in which no clue can speak for a text: all weights of clues are at most 0."""
    features = [g.features() for g in gathered]
    place = {kind: 2 + 2 * i for i, kind in enumerate(sorted({k for f in features for k in f}))}
    matrix = np.zeros((len(gathered), 2 + 2 * len(place)))
    matrix[:, 0] = 1
    matrix[:, 1] = [g.length() for g in gathered]
    for row, found in zip(matrix, features, strict=True):
        for kind, sizes in found.items():
            row[place[kind] : place[kind] + 2] = sizes
    signs = np.where(truths, 1.0, -1.0)

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        margins = signs * (matrix @ weights)
        slope = -signs / (1 + np.exp(np.clip(margins, -30, 30)))
        penalty = np.r_[0, 0, weights[2:]]
        return (
            float(np.logaddexp(0, -margins).sum() + _PENALTY * (penalty**2).sum() / 2),
            matrix.T @ slope + _PENALTY * penalty,
        )

    bounds = [(None, None)] * 2 + [(None, 0.0)] * (2 * len(place))
    solution = minimize(loss, np.zeros(matrix.shape[1]), jac=True, bounds=bounds, method="L-BFGS-B").x
    rounded = [round(float(w), 3) + 0.0 for w in solution]
    weights = {k: (rounded[at], rounded[at + 1]) for k, at in place.items() if any(rounded[at : at + 2])}
    return _BLANK.model_copy(update={"intercept": rounded[0], "length": rounded[1], "weights": weights})


def _loss(weights: np.ndarray, matrix: np.ndarray, truths: np.ndarray) -> float:
    return float(np.logaddexp(0, -np.where(truths, 1.0, -1.0) * (matrix @ weights)).sum())


def _rescaled(calibration: Calibration, slope: float, shift: float) -> Calibration:
    return calibration.model_copy(
        update={
            "intercept": round(slope * calibration.intercept + shift, 3),
            "length": round(slope * calibration.length, 3),
            "weights": {
                k: (round(slope * a, 3), round(slope * b, 3)) for k, (a, b) in calibration.weights.items()
            },
        }
    )


def _equivalences(faithful: Iterable[Example]) -> list[Row]:
    free = Equivalents.learned((), ()).free

    def stems(text: str) -> list[str]:
        return [w.stem for w in side(text).words if w.stem not in free and not w.stem.isdigit()]

    return equivalents.learn(
        [(stems(f"{e.pair.context or ''} {e.pair.source}"), stems(e.pair.plain)) for e in faithful]
    )


def _rates(name: str, seen: Counter[str], bare: Counter[str]) -> list[Row]:
    rare = [w for w in seen if seen[w] <= 2]
    usual = sum(bare[w] for w in rare) / max(sum(seen[w] for w in rare), 1)
    rates = {w: (bare[w] + _PRIOR * usual) / (n + _PRIOR) for w, n in seen.items() if n > 2}
    rows = sorted((w, name, round(max(r, 0.001), 4)) for w, r in rates.items() if not w.isdigit())
    return [("", name, round(usual, 4)), *rows]


def _fold(example: Example, folds: int) -> int:
    """Draws a fold by the source; the halves of a training fold are drawn by other digits than the folds."""
    digest = hashlib.md5(example.pair.source.encode(), usedforsecurity=False).hexdigest()
    return int(digest[:8] if folds == _FOLDS else digest[8:], 16) % folds


def _write(strengths: Sequence[Row], loose: Sequence[Row], calibration: Calibration) -> None:
    tables = {
        "equivalents.tsv": ("source\tplain\tstrength", strengths),
        "loose.tsv": ("word\tside\trate", loose),
    }
    for name, (header, rows) in tables.items():
        lines = [header, *(f"{one}\t{other}\t{figure:g}" for one, other, figure in rows)]
        (TABLES / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    text = json.dumps(calibration.model_dump(mode="json"), indent=1, sort_keys=True)
    (TABLES / "calibration.json").write_text(text + "\n", encoding="utf-8")


def also(parser: argparse.ArgumentParser) -> None:
    """Adds the option that names further folders of pairs."""
    parser.add_argument(
        "--also", type=Path, action="append", default=[], metavar="FOLDER",
        help="more pairs, with their errors in FOLDER/errors, as translator.edits writes them",
    )  # fmt: skip


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    also(options)
    for figure, value in fit([PAIRS, *options.parse_args().also]).items():
        print(f"{figure:<20}{value:.3f}")
