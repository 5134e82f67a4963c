"""Where a page puts a criterion, where a reader looks for it, and how the page learns that.

    python -m evaluation.grouping [--learn] [--texts FILE…]

``data/groups.jsonl`` names criteria by trial and span, without the registry's text, and the groups in which a
reader would look, the best first. ``group_weights.tsv`` is learned of those of the part ``tuning``; ``test``
(train split) and ``dev`` were read before anybody saw the program's answer, and are for measuring. Each part
has one criterion a trial, and one reader's judgement. The registry's texts come from the FILEs (gzip;
``{"nct_id", "title", "eligibility"}`` a line); titles stand in for the conditions of the records, which these
texts lack. ``--learn`` writes the weights anew (needs scikit-learn).
"""

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression

from evaluation.benchmark import DATA, OWN, read_jsonl
from evaluation.sample import Sample
from translator.edits import digest
from translator.leaflet.grouping import GROUPS, WEIGHTS, features, group_of
from translator.normalise import Normaliser
from translator.records import Criterion, NormalisedCriterion
from translator.segment import segment
from translator.tables import DATA as TABLES

TEXTS = (DATA / "eligibility.train.jsonl.gz", DATA / "eligibility.dev.jsonl.gz")
_LEAST = 3  # so many criteria must have a feature; no run of words of a single text is kept
_INVERSE_PENALTY = 0.5  # the best of those tried on the part "test"
_CONFUSIONS = 5  # so many are told
_SHARES = {1: (1.0,), 2: (0.7, 0.3), 3: (0.6, 0.25, 0.15)}  # of a criterion in the groups it may stand in


class Placed(NamedTuple):
    """A criterion, and where a reader looks for it, the best group first."""

    part: str
    trial: str
    groups: tuple[str, ...]
    criterion: NormalisedCriterion
    title: str


def placed(texts: Sequence[Path]) -> list[Placed]:
    """The labelled criteria as they are read by now; one that is worded or cut otherwise is left out.

    Raises:
        FileNotFoundError: There is no such file.
    """
    found = list(_units(texts, list(read_jsonl(OWN / "groups.jsonl"))))
    read = Normaliser().normalise([unit for _, unit, _ in found], {})
    return [
        Placed(label["part"], label["nct_id"], tuple(label["groups"]), one, title)
        for (label, _, title), one in zip(found, read, strict=True)
    ]


def _units(
    texts: Sequence[Path], labels: list[dict[str, Any]]
) -> Iterator[tuple[dict[str, Any], Criterion, str]]:
    wanted = {(one["nct_id"], one["start"], one["end"]): one for one in labels}
    trials = {one["nct_id"] for one in labels}
    for trial in (trial for path in texts for trial in read_jsonl(path)):
        for unit in segment(trial["eligibility"]) if trial["nct_id"] in trials else ():
            label = wanted.get((trial["nct_id"], unit.span.start, unit.span.end))
            if label and label["md5"] == digest(unit.text):
                yield label, unit, trial["title"] or ""


def learned(items: Sequence[Placed]) -> dict[str, tuple[float, ...]]:
    """Fits the weight of each feature for each group: a logistic regression with an L2 penalty.

    Args:
        items: What to learn of; a feature that fewer than three have gets no weight.
    """
    seen = [features(one.criterion, (one.title,)) for one in items]
    counts = Counter(name for one in seen for name in one)
    seen = [{name: value for name, value in one.items() if counts[name] >= _LEAST} for one in seen]
    weighed = [
        (row, GROUPS.index(group), share)
        for row, one in enumerate(items)
        for group, share in zip(one.groups, _SHARES[len(one.groups)], strict=True)
    ]
    rows, groups, shares = zip(*weighed, strict=True)
    reader = DictVectorizer()
    model = LogisticRegression(C=_INVERSE_PENALTY, fit_intercept=False, max_iter=500)
    model.fit(reader.fit_transform(seen)[list(rows)], groups, sample_weight=shares)
    return dict(zip(reader.get_feature_names_out(), map(tuple, model.coef_.T), strict=True))


def write(weights: dict[str, tuple[float, ...]], folder: Path = TABLES) -> None:
    """Writes ``group_weights.tsv``; a feature whose weights are all 0.00 is left out."""
    lines = {name: [f"{value:.2f}" for value in values] for name, values in weights.items()}
    table = [["feature", *GROUPS]] + [
        [name, *lines[name]] for name in sorted(lines) if any(float(cell) for cell in lines[name])
    ]
    (folder / WEIGHTS).write_text("".join("\t".join(row) + "\n" for row in table), "utf-8")


def report(items: Sequence[Placed]) -> Iterator[str]:
    """The figures of each part, and its most frequent confusions."""
    for part in ("tuning", "test", "dev"):
        inside = [one for one in items if one.part == part]
        found = [(one.groups, group_of(one.criterion, (one.title,))) for one in inside]
        sample = Sample([one.trial for one in inside])
        for name, hits in (
            ("in a group where a reader looks", [group in groups for groups, group in found]),
            ("in the best group", [group == groups[0] for groups, group in found]),
        ):
            yield f"{part}: {sample.mean(part, name, hits)} of {len(hits)} stand {name}"
        missed = Counter((groups[0], group) for groups, group in found if group not in groups)
        for (wanted, group), count in missed.most_common(_CONFUSIONS):
            yield f"{part}: {count} of {wanted} stand under {group}"


def main() -> None:
    """Reads the command line; learns where it is asked to, and prints the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--learn", action="store_true", help="fit group_weights.tsv anew first")
    parser.add_argument("--texts", type=Path, nargs="+", default=TEXTS)
    arguments = parser.parse_args()
    items = placed(arguments.texts)
    if arguments.learn:
        write(learned([one for one in items if one.part == "tuning"]))
    print("\n".join(report(items)))


if __name__ == "__main__":
    main()
