"""The texts whose truth is known: the open benchmark, its quick part, and the gold beside the repository."""

import gzip
import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from translator.errors import InputError
from translator.records import FindingType, Pair, Record, Section

DATA = Path(__file__).parents[2] / "shared" / "data"
OWN = Path(__file__).parent / "data"
"""What the evaluation brings along itself."""

_OPEN = tuple(sorted((OWN / "benchmark").glob("*.jsonl")))
FILES: Mapping[str, tuple[Path, ...]] = {
    "open": _OPEN,
    "quick": _OPEN,
    "gold": (DATA / "gold" / "dev.jsonl",),
}
"""The sets of sources with references and planted errors, and the files of each."""
_QUICK = 6  # of so many items of the open benchmark, one is in its quick part
SECTIONS: Mapping[str, Section] = {"inclusion": "inclusion", "exclusion": "exclusion", "note": "other"}
"""What the kinds of ``models/corpus`` are as sections."""


class Example(NamedTuple):
    """A pair whose truth is known.

    Attributes:
        origin: ``reference``, ``paraphrase``, ``error``, or ``draft`` of the model, right or wrong.
        planted: The type of its error; None where it is faithful.
    """

    pair: Pair
    origin: str
    planted: str | None


class PlantedError(Record):
    """A text that differs from its source in one thing, of that type."""

    type: FindingType
    plain: str


class Item(Record):
    """A criterion with its reference, a second faithful wording, and planted errors.

    Attributes:
        group: What is drawn as a whole for intervals: the trial, or the item itself.
        context: The lead-in above a nested item.
        drafted: Whether its other texts are what the model wrote and an editor judged.
    """

    id: str
    group: str
    section: Section
    source: str
    plain: str
    context: str | None = None
    paraphrase: str | None = None
    errors: tuple[PlantedError, ...] = ()
    drafted: bool = False

    def examples(self) -> Iterator[Example]:
        """Gives its pairs: ids are those of the item with ``/reference``, ``/paraphrase``, ``/error-1``."""
        yield self._example("reference", self.plain)
        if self.paraphrase is not None:
            yield self._example("paraphrase", self.paraphrase)
        for number, error in enumerate(self.errors, 1):
            yield self._example(f"error-{number}", error.plain, error.type)

    def _example(self, name: str, plain: str, planted: str | None = None) -> Example:
        pair = Pair(
            id=f"{self.id}/{name}",
            section=self.section,
            source=self.source,
            plain=plain,
            context=self.context,
        )
        origin = "draft" if self.drafted and name != "reference" else name.partition("-")[0]
        return Example(pair, origin, planted)


class Benchmark(NamedTuple):
    """A set of items by its name."""

    name: str
    items: tuple[Item, ...]


@cache
def load(name: str) -> Benchmark:
    """Loads a set that ``FILES`` names, once.

    Raises:
        FileNotFoundError: The gold is not beside the repository.
        InputError: A line of the open benchmark is no item.
    """
    read = _of_pairs if name == "gold" else _of_benchmark
    items = tuple(item for file in FILES[name] for item in read(file))
    return Benchmark(name, items[::_QUICK] if name == "quick" else items)


def examples(files: Iterable[str | Path]) -> list[Example]:
    """Reads files of pairs, as ``models/corpus/errors`` has them: all their texts, with ids of three parts.

    Args:
        files: As :func:`read_jsonl` takes them.

    Raises:
        FileNotFoundError: A file is not there.
    """
    found: list[Example] = []
    for file in files:
        for item in _of_pairs(file):
            for one in item.examples():
                name = f"{Path(file).stem}/{item.id}/{len(found)}"
                found.append(one._replace(pair=one.pair.model_copy(update={"id": name})))
    return found


def read_jsonl(name: str | Path) -> Iterator[dict[str, Any]]:
    """Yields the rows of a file, plain or gzip.

    Args:
        name: Path below the data folder, for example ``gold/dev.jsonl``, or an absolute one.

    Raises:
        FileNotFoundError: The file is not there; the data folder may not be beside the repository.
    """
    path = DATA / name
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def _of_benchmark(file: Path) -> Iterator[Item]:
    for number, row in enumerate(read_jsonl(file), 1):
        try:
            yield Item(group=row["id"], **row)
        except (KeyError, TypeError, ValidationError):
            remedy = "See evaluation/data/benchmark/README.md"
            raise InputError(f"{file}, line {number}", "is no item of the benchmark", remedy) from None


def _of_pairs(file: str | Path) -> Iterator[Item]:
    for row in read_jsonl(file):
        yield Item(
            id=str(row["id"]),
            group=row.get("nct_id", str(row["id"])),
            section=SECTIONS[row["kind"]],
            source=row["source"],
            plain=row["plain"],
            context=row.get("context"),
            paraphrase=row.get("paraphrase"),
            errors=tuple(PlantedError(type=e["type"], plain=e["text"]) for e in row.get("errors", ())),
            drafted="sure" in row,
        )
