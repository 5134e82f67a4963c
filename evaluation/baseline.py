"""Has anything become worse? ``python -m evaluation baseline OLD.json NEW.json``."""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from evaluation.results import Number, Results


class Change(NamedTuple):
    """A number that moved out of its old interval, or that cannot be compared.

    Attributes:
        path: As :meth:`Results.numbers` has it, or ``part/data`` of what cannot be compared.
        kind: ``worse`` and ``better``; ``moved`` where neither way is better; ``missing`` where the newer
            run measured the part and has not the number; ``not measured`` where it did not measure the part
            on that set; ``other data`` where the files measured on are not the same.
    """

    path: str
    kind: Literal["worse", "better", "moved", "missing", "not measured", "other data"]
    old: Number | None = None
    new: Number | None = None

    @property
    def fails(self) -> bool:
        """Whether the newer results must not take the place of the older."""
        return self.kind in ("worse", "missing", "other data")

    def __str__(self) -> str:
        numbers = f": {self.old} became {self.new}" if self.old and self.new else ""
        return f"{self.kind:<14}{self.path}{numbers}"


def compare(old: Results, new: Results) -> Iterator[Change]:
    """Compares the numbers of two runs; a number within its old interval has not changed.

    What only the newer has is new, and no change; nor is it one that the newer lacks a number of which no way
    is better, such as another system's that is not installed. A number without an interval is a count, and
    any step the wrong way is a change for the worse.
    """
    newer = new.numbers()
    for one in old.measured:
        other = next(new.of(part=one.part, data=one.data), None)
        if other is None:
            yield Change(f"{one.part}/{one.data}", "not measured")
        elif other.signature.data != one.signature.data:
            yield Change(f"{one.part}/{one.data}", "other data")
        else:
            for path, number in Results(measured=(one,)).numbers().items():
                if path not in newer and number.better:
                    yield Change(path, "missing")
                elif path in newer and (kind := _kind(number, newer[path])):
                    yield Change(path, kind, number, newer[path])


def _kind(old: Number, new: Number) -> Literal["worse", "better", "moved"] | None:
    low, high = old.interval or (old.value, old.value)
    if low <= new.value <= high:
        return None
    if old.better is None:
        return "moved"
    return "better" if (new.value > high) == (old.better == "higher") else "worse"


def main(arguments: Sequence[str]) -> int:
    """Prints what changed.

    Returns:
        The exit status: 1 where anything is worse, missing, or measured on other data.

    Raises:
        InputError: A file holds no results.
    """
    parser = argparse.ArgumentParser(prog="python -m evaluation baseline", description=__doc__)
    parser.add_argument("old", type=Path, help="a results.json")
    parser.add_argument("new", type=Path, help="a later one")
    asked = parser.parse_args(arguments)
    changes = list(compare(Results.read(asked.old), Results.read(asked.new)))
    for change in sorted(changes, key=lambda one: not one.fails):
        print(change)
    bad = sum(change.fails for change in changes)
    print(f"{bad} worse, missing or on other data; {len(changes) - bad} others told")
    return int(bad > 0)
