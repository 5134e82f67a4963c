"""Criteria with holes: what is missing, what stays, and which criteria come."""

import gzip
import json
import random

from hypothesis import given
from hypothesis import strategies as st

from models.pairs import read_pairs
from translator.denoising import holed, main

ELIGIBILITY = """Inclusion Criteria:

* Adults who keep bees in the hills of the north
* Any dogs

Exclusion Criteria:

* Stings by more than twelve bees within the last two years
* A house without any room for a hive of bees
"""
WORDS = st.lists(st.text("abcdef", min_size=1, max_size=4), min_size=1, max_size=40)


@given(WORDS, st.randoms(use_true_random=False))
def test_what_stays_stands_in_its_order_and_something_is_missing(words, chance):
    left = holed(" ".join(words), chance).split()
    assert "_" in left
    remaining = iter(words)
    assert all(word in remaining for word in left if word != "_")
    missing = len(words) - sum(word != "_" for word in left)
    assert 1 <= missing <= max(round(0.3 * len(words)), 1)


def test_up_to_two_criteria_of_a_trial_long_enough_to_have_holes(tmp_path, monkeypatch, capsys):
    registry = tmp_path / "train.jsonl.gz"
    with gzip.open(registry, "wt", encoding="utf-8") as out:
        out.write(json.dumps({"nct_id": "NCT00000001", "eligibility": ELIGIBILITY}) + "\n")
        out.write(json.dumps({"nct_id": "NCT00000002", "eligibility": ELIGIBILITY}) + "\n")
    monkeypatch.setattr("sys.argv", ["denoising", str(registry), str(tmp_path / "out"), "--most", "3"])
    main()
    pairs = list(read_pairs(tmp_path / "out"))
    assert "3 criteria" in capsys.readouterr().out
    assert [pair.id.partition("-")[0] for pair in pairs] == ["NCT00000001", "NCT00000001", "NCT00000002"]
    for pair in pairs:
        assert pair.plain in ELIGIBILITY
        assert "dogs" not in pair.plain
        assert pair.kind == ("inclusion" if "hills" in pair.plain else "exclusion")
        assert pair.source != pair.plain


def test_the_holes_are_drawn_by_the_seed():
    text = "Adults who keep bees in the hills of the north"
    assert holed(text, random.Random(1)) == holed(text, random.Random(1))
