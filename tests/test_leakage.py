"""What measures must not teach: no criterion of the dev gold stands in corpus, tables, tests or examples."""

import re
from pathlib import Path

import pytest
from cases import needs_data

from evaluation.benchmark import DATA, read_jsonl
from translator.edits import resolve

ROOT = Path(__file__).parents[1]
TEACHING = [
    "models/corpus/*.jsonl",
    "models/corpus/errors/*.jsonl",
    "translator/data/*",
    "tests/golden/*.jsonl",
    "examples/*",
]
LONG = 60  # letters, digits and spaces; shorter criteria ("age 18 years or older") are everybody's


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


@needs_data
@pytest.mark.parametrize("folder", ["edits", "kept"])
def test_no_gold_criterion_stands_in_a_real_one_that_something_learns_from(folder, openings):
    rows = list(resolve(ROOT / "models" / "corpus" / folder, DATA / "eligibility.train.jsonl.gz"))
    assert len(rows) > 1000
    assert not [row["id"] for row in rows if gold_in(folded(row["source"]), openings)]
