"""How well the segmenter finds the units of real eligibility texts.

``python -m evaluation segmentation`` measures it, ``python -m evaluation.segmentation`` lists its errors.

A unit is found if a gold unit has the same words, white space folded, and the same section; two units with
the same words count twice. Precision, recall and F1 are micro-averages over all texts.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from evaluation.benchmark import read_jsonl
from translator.segment import segment

GOLD = "gold/segmentation.dev.jsonl"
CRITERIA = ("criterion", "lead_in")


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit, gold or found; ``parent`` holds the words of the unit it is nested under."""

    section: str
    role: str
    text: str
    parent: str | None

    @property
    def key(self) -> tuple[str, str]:
        """What two units must share to be the same."""
        return self.text, self.section


@dataclass(slots=True)
class Counts:
    """Gold units, found units and those that are both."""

    gold: int = 0
    found: int = 0
    matched: int = 0

    def add(self, gold: Iterable[Unit], found: Iterable[Unit]) -> None:
        """Counts the units of one text."""
        wanted, given = Counter(unit.key for unit in gold), Counter(unit.key for unit in found)
        self.gold += wanted.total()
        self.found += given.total()
        self.matched += (wanted & given).total()

    def scores(self) -> dict[str, float]:
        """Returns precision, recall and F1, 0 to 1; nothing to find and nothing found is 1."""
        total = self.gold + self.found
        return {
            "precision": self.matched / self.found if self.found else 1.0,
            "recall": self.matched / self.gold if self.gold else 1.0,
            "f1": 2 * self.matched / total if total else 1.0,
        }


def run() -> dict[str, Any]:
    """Measures the segmenter on the gold texts.

    Returns:
        ``units`` and ``criteria`` (criteria and lead-ins alone) with precision, recall and F1; ``styles``
        with the same two for each style of text; ``role_accuracy`` and ``parent_accuracy`` over the units
        that are in both.

    Raises:
        FileNotFoundError: If the data are not beside the repository.
    """
    units: defaultdict[str, Counts] = defaultdict(Counts)
    criteria: defaultdict[str, Counts] = defaultdict(Counts)
    matched = roles = parents = texts = 0
    for style, gold, found in _read():
        texts += 1
        for name in ("all", style):
            units[name].add(gold, found)
            criteria[name].add(_criteria(gold), _criteria(found))
        for wanted, given in _matches(gold, found):
            matched += 1
            roles += wanted.role == given.role
            parents += wanted.parent == given.parent
    return {
        "texts": texts,
        "gold_units": units["all"].gold,
        "units": units["all"].scores(),
        "criteria": criteria["all"].scores(),
        "role_accuracy": roles / matched if matched else 1.0,
        "parent_accuracy": parents / matched if matched else 1.0,
        "styles": {
            style: {"units": units[style].scores(), "criteria": criteria[style].scores()}
            for style in sorted(units)
            if style != "all"
        },
    }


def errors() -> Iterator[str]:
    """Yields a line for each missed or spurious unit, wrong role and wrong parent, text by text."""
    for row in read_jsonl(GOLD):
        gold, found = _gold(row), _found(row["eligibility"])
        wanted, given = Counter(unit.key for unit in gold), Counter(unit.key for unit in found)
        where = f"{row['nct_id']} {row['style']}"
        for text, section in wanted - given:
            yield f"{where} missed {section}: {text}"
        for text, section in given - wanted:
            yield f"{where} spurious {section}: {text}"
        for left, right in _matches(gold, found):
            if left.role != right.role:
                yield f"{where} role {right.role}, not {left.role}: {left.text}"
            if left.parent != right.parent:
                yield f"{where} parent {right.parent!r}, not {left.parent!r}: {left.text}"


def table(results: dict[str, Any]) -> str:
    """Returns the results of ``run`` as lines for people."""
    lines = [f"{'':10}{'precision':>10}{'recall':>10}{'F1':>10}"]
    rows = [("units", results["units"]), ("criteria", results["criteria"])]
    for style, scores in results["styles"].items():
        rows += [(f"{style} u", scores["units"]), (f"{style} c", scores["criteria"])]
    for name, scores in rows:
        lines.append(f"{name:10}" + "".join(f"{scores[key]:10.4f}" for key in ("precision", "recall", "f1")))
    lines.append(
        f"role accuracy {results['role_accuracy']:.4f}, parent accuracy {results['parent_accuracy']:.4f}"
    )
    lines.append(f"{results['texts']} texts, {results['gold_units']} gold units")
    return "\n".join(lines)


def _read() -> Iterator[tuple[str, list[Unit], list[Unit]]]:
    for row in read_jsonl(GOLD):
        yield row["style"], _gold(row), _found(row["eligibility"])


def _criteria(units: Iterable[Unit]) -> list[Unit]:
    return [unit for unit in units if unit.role in CRITERIA]


def _matches(gold: list[Unit], found: list[Unit]) -> Iterator[tuple[Unit, Unit]]:
    """Pairs units with the same key, in reading order."""
    waiting: defaultdict[tuple[str, str], list[Unit]] = defaultdict(list)
    for unit in reversed(found):
        waiting[unit.key].append(unit)
    for unit in gold:
        if waiting[unit.key]:
            yield unit, waiting[unit.key].pop()


def _gold(row: dict[str, Any]) -> list[Unit]:
    rows = row["criteria"]
    return [
        Unit(
            unit["section"],
            unit["role"],
            " ".join(unit["text"].split()),
            None if unit["parent"] is None else " ".join(rows[unit["parent"]]["text"].split()),
        )
        for unit in rows
    ]


def _found(text: str) -> list[Unit]:
    criteria = segment(text)
    words = {criterion.id: criterion.text for criterion in criteria}
    return [
        Unit(unit.section, unit.role, unit.text, words[unit.parent_id] if unit.parent_id else None)
        for unit in criteria
    ]


if __name__ == "__main__":
    for line in errors():
        print(line)
