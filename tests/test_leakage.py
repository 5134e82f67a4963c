"""What measures must not teach: no criterion of a gold or of the benchmark stands where something learns."""

import json
import re
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

import pytest
from cases import needs_data

from evaluation.benchmark import DATA, load, read_jsonl

ROOT = Path(__file__).parents[1]
TEACHING = [
    "models/corpus/*.jsonl",
    "models/corpus/errors/*.jsonl",
    "translator/data/*",
    "tests/golden/*.jsonl",
    "examples/*",
]
LONG = 60  # letters, digits and spaces; shorter criteria ("age 18 years or older") are everybody's
RUN = 8  # words that the benchmark shares with nothing that is learned from


def folded(text: str) -> str:
    return re.sub(r"\W+", " ", text.lower()).strip()


@pytest.fixture(scope="module")
def openings() -> dict[str, list[str]]:
    """The longer criteria of the gold, by how they begin."""
    found: dict[str, list[str]] = {}
    for row in read_jsonl(DATA / "gold" / "dev.jsonl"):
        if len(text := folded(row["source"])) > LONG:
            found.setdefault(text[:40], []).append(text)
    assert len(found) > 150
    return found


def gold_in(body: str, openings: dict[str, list[str]]) -> list[str]:
    near = [text for opening, texts in openings.items() if opening in body for text in texts]
    return [text for text in near if text in body]


@needs_data
@pytest.mark.parametrize("pattern", TEACHING)
def test_no_gold_criterion_stands_where_something_learns(pattern, openings):
    bodies = {path.name: folded(path.read_text("utf-8")) for path in sorted(ROOT.glob(pattern))}
    assert not {name: found for name, body in bodies.items() if (found := gold_in(body, openings))}


@pytest.fixture(scope="module")
def real() -> list[str]:
    """The real criteria that something learns from: what stands at the places that the edits name."""
    places: dict[str, set[tuple[int, int]]] = {}
    for folder in ("edits", "kept"):
        for path in sorted((ROOT / "models" / "corpus" / folder).glob("*.jsonl")):
            for edit in read_jsonl(path):
                places.setdefault(edit["nct_id"], set()).add((edit["start"], edit["end"]))
    texts = [
        trial["eligibility"][start:end]
        for trial in read_jsonl("eligibility.train.jsonl.gz")
        for start, end in sorted(places.get(trial["nct_id"], ()))
    ]
    assert len(texts) > 20_000
    return texts


@needs_data
def test_no_gold_criterion_stands_in_a_real_one_that_something_learns_from(real, openings):
    assert not [text for text in real if gold_in(folded(text), openings)]


# The open benchmark was written for this project, so more can be asked of it: not a run of eight words.


def runs(text: str) -> Iterator[str]:
    words = folded(text).split()
    yield from (" ".join(words[i : i + RUN]) for i in range(len(words) - RUN + 1))


@pytest.fixture(scope="module")
def benchmark() -> frozenset[str]:
    """Its sources, and all runs of eight words in them."""
    sources = [item.source for item in load("open").items]
    found = frozenset(chain(map(folded, sources), *map(runs, sources)))
    assert len(found) > 1500
    return found


def shared(texts: Iterable[str], benchmark: frozenset[str]) -> set[str]:
    return {run for text in texts for run in chain([folded(text)], runs(text)) if run in benchmark}


@pytest.mark.parametrize("pattern", TEACHING)
def test_nothing_learns_from_the_benchmark(pattern, benchmark):
    lines = (path.read_text("utf-8").splitlines() for path in sorted(ROOT.glob(pattern)))
    sources = [read["source"] for read in _objects(chain(*lines))]
    assert not shared(sources, benchmark)


def _objects(lines: Iterable[str]) -> Iterator[dict[str, str]]:
    """The lines that are objects with a source; a table's line is its own source."""
    for line in lines:
        if line.startswith("{") and line.rstrip().endswith("}"):
            row = json.loads(line)
            yield row if isinstance(row.get("source"), str) else {"source": line}
        else:
            yield {"source": line}


@needs_data
def test_no_real_criterion_that_something_learns_from_is_of_the_benchmark(real, benchmark):
    assert not shared(real, benchmark)


@needs_data
def test_the_benchmark_holds_no_criterion_of_the_gold(benchmark):
    assert not shared((row["source"] for row in read_jsonl("gold/dev.jsonl")), benchmark)


def test_a_leak_is_seen(benchmark):
    source = max((item.source for item in load("open").items), key=len)
    assert shared([f"Patients with {source.upper()} or worse"], benchmark)
