"""How well the segmenter finds the units of eligibility texts: ``python -m evaluation segmentation``.

Measured on real texts with every unit marked, where they are beside the repository, and on texts put together
from the open benchmark's criteria (``evaluation.assembly``). ``python -m evaluation.segmentation [DATA]``
lists the errors.

A unit is found if a unit of the truth has the same words, white space folded, and the same section; two units
with the same words count twice. Precision, recall and F1 are micro-averages over all texts.
"""

import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from evaluation.assembly import Text, Unit, assembled
from evaluation.benchmark import DATA, load, read_jsonl
from evaluation.benchmark import FILES as SETS
from evaluation.results import Findings, Number, Table
from evaluation.sample import Sample
from translator.segment import segment

FILES: Mapping[str, tuple[Path, ...]] = dict(SETS) | {"gold": (DATA / "gold" / "segmentation.dev.jsonl",)}
CRITERIA = ("criterion", "lead_in")


def measure(data: str) -> Findings:
    """Measures the segmenter on a set of texts.

    Raises:
        FileNotFoundError: The set is not there.
    """
    texts = read(data)
    return figures(texts, [found(text.eligibility) for text in texts])


def read(data: str) -> list[Text]:
    """Reads the texts of a set, with their units; raises as :func:`measure` does."""
    if data != "gold":
        return list(assembled(load(data).items))
    return [
        Text(row["nct_id"], row["style"], row["eligibility"], tuple(_gold(row["criteria"])))
        for file in FILES[data]
        for row in read_jsonl(file)
    ]


def figures(texts: Sequence[Text], given: Sequence[Sequence[Unit]]) -> Findings:
    """Compares the units found in texts with the true ones.

    Args:
        texts: At least one.
        given: What was found in each.
    """
    sample = Sample([text.id for text in texts])
    pairs = list(zip((text.units for text in texts), given, strict=True))
    units = np.array([counts(truth, found) for truth, found in pairs])
    criteria = np.array([counts(_criteria(truth), _criteria(found)) for truth, found in pairs])
    agreed = np.array([_agreement(truth, found) for truth, found in pairs])
    styles = np.array([text.style for text in texts])
    rows = [("all units", units, units[:, 0] >= 0), ("criteria and lead-ins", criteria, criteria[:, 0] > 0)]
    rows += [(f"all units, {style}", units, styles == style) for style in sorted(set(styles))]
    return Findings(
        tables=(
            Table.of("units", "Units found", [number for row in rows for number in _found(*row, sample)]),
            Table.of("places", "Of the units found, those in their place", _placed(agreed, sample)),
        )
    )


def counts(truth: Iterable[Unit], found: Iterable[Unit]) -> tuple[int, int, int]:
    """Counts true units, found units, and those that are both."""
    wanted, given = Counter(unit.key for unit in truth), Counter(unit.key for unit in found)
    return wanted.total(), given.total(), (wanted & given).total()


def _precision(truth: float, found: float, both: float) -> float:
    return both / found if found else 1.0


def _recall(truth: float, found: float, both: float) -> float:
    return both / truth if truth else 1.0


def f1(truth: float, found: float, both: float) -> float:
    """Gives the harmonic mean of precision and recall; nothing to find and nothing found is 1."""
    return 2 * both / (truth + found) if truth + found else 1.0


_MEASURES: Mapping[str, Callable[[float, float, float], float]] = {
    "precision": _precision,
    "recall": _recall,
    "F1": f1,
}


def _found(subject: str, compared: np.ndarray, among: np.ndarray, sample: Sample) -> Iterator[Number | None]:
    """Takes the measures of counts of shape ``(texts, 3)``."""
    for name, measure in _MEASURES.items():
        figure = partial(_summed, measure, compared)
        yield sample.number(
            subject, name, figure, among=among, n=int(compared[among, 0].sum()), better="higher"
        )


def _summed(measure: Callable[..., float], compared: np.ndarray, i: np.ndarray) -> float:
    return float(measure(*compared[i].sum(axis=0)))


def _placed(agreed: np.ndarray, sample: Sample) -> Iterator[Number | None]:
    """Takes the shares of counts of shape ``(texts, 3)``: units in both, role right, parent right."""
    for name, at in (("role", 1), ("parent", 2)):
        figure = partial(_summed, _recall, np.c_[agreed[:, 0], agreed[:, 0], agreed[:, at]])
        yield sample.number(name, "right", figure, n=int(agreed[:, 0].sum()), better="higher")


def _criteria(units: Iterable[Unit]) -> list[Unit]:
    return [unit for unit in units if unit.role in CRITERIA]


def _agreement(truth: Sequence[Unit], found: Sequence[Unit]) -> tuple[int, int, int]:
    both = list(_matches(truth, found))
    return len(both), sum(a.role == b.role for a, b in both), sum(a.parent == b.parent for a, b in both)


def _matches(truth: Sequence[Unit], found: Sequence[Unit]) -> Iterator[tuple[Unit, Unit]]:
    """Pairs units with the same key, in reading order."""
    waiting: defaultdict[tuple[str, str], list[Unit]] = defaultdict(list)
    for unit in reversed(found):
        waiting[unit.key].append(unit)
    for unit in truth:
        if waiting[unit.key]:
            yield unit, waiting[unit.key].pop()


def found(eligibility: str) -> list[Unit]:
    """Gives the units that the segmenter finds."""
    criteria = segment(eligibility)
    words = {criterion.id: criterion.text for criterion in criteria}
    return [
        Unit(unit.section, unit.role, unit.text, words[unit.parent_id] if unit.parent_id else None)
        for unit in criteria
    ]


def _gold(rows: Sequence[Mapping[str, Any]]) -> Iterator[Unit]:
    texts = [" ".join(row["text"].split()) for row in rows]
    for row, text in zip(rows, texts, strict=True):
        parent = None if row["parent"] is None else texts[row["parent"]]
        yield Unit(row["section"], row["role"], text, parent)


def errors(data: str) -> Iterator[str]:
    """Yields a line for each missed or spurious unit, wrong role and wrong parent, text by text."""
    for text in read(data):
        units = found(text.eligibility)
        wanted, given = Counter(unit.key for unit in text.units), Counter(unit.key for unit in units)
        where = f"{text.id} {text.style}"
        for words, section in wanted - given:
            yield f"{where} missed {section}: {words}"
        for words, section in given - wanted:
            yield f"{where} spurious {section}: {words}"
        for left, right in _matches(text.units, units):
            if left.role != right.role:
                yield f"{where} role {right.role}, not {left.role}: {left.text}"
            if left.parent != right.parent:
                yield f"{where} parent {right.parent!r}, not {left.parent!r}: {left.text}"


if __name__ == "__main__":
    for line in errors(*(sys.argv[1:] or ["gold"])):
        print(line)
