"""What measures must not teach: no criterion of the dev gold stands in corpus, tables, tests or examples."""

import re
from pathlib import Path

import pytest
from cases import needs_data

from evaluation.benchmark import DATA, read_jsonl

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


@needs_data
@pytest.mark.parametrize("pattern", TEACHING)
def test_no_gold_criterion_stands_where_something_learns(pattern):
    rows = read_jsonl(DATA / "gold" / "dev.jsonl")
    openings: dict[str, list[str]] = {}
    for row in rows:
        if len(text := folded(row["source"])) > LONG:
            openings.setdefault(text[:40], []).append(text)
    assert len(openings) > 150
    found = []
    for path in sorted(ROOT.glob(pattern)):
        body = folded(path.read_text("utf-8"))
        near = [text for opening, texts in openings.items() if opening in body for text in texts]
        found += [(path.name, text) for text in near if text in body]
    assert not found
