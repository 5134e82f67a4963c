"""Misspelt words of the tables: what they are read as, and what is never read as another word."""

from itertools import product

import pytest
from cases import golden
from growth import assert_linear
from hypothesis import given
from hypothesis import strategies as st

from translator.lexis.lexicon import fold, lexicon
from translator.lexis.spelling import LEAST, LONGEST, Spelling
from translator.normalise import Normaliser
from translator.records import Criterion, Span
from translator.tables import rows

LETTERS = "aeinorstxz"
SPELLING = Spelling(lexicon())
WORDS = sorted({
    word
    for entry in lexicon().entries
    for name in (entry.term, *entry.variants)
    for word in name.lower().replace("-", " ").split()
})  # fmt: skip
LONG = [word for word in WORDS if word.isalpha() and LEAST < len(word) < LONGEST]


@pytest.fixture(scope="module")
def normaliser():
    return Normaliser()


def criterion(text):
    return Criterion(id="1", section="inclusion", text=text, span=Span(start=0, end=len(text)), context=None)


@pytest.mark.parametrize("case", golden("typos"), ids=lambda case: case["text"][:40])
def test_golden(normaliser, case):
    [result] = normaliser.normalise([criterion(case["text"])])
    found = [[term.surface, term.source.removeprefix("lexicon.tsv: ")] for term in result.terms]
    assert found == case["terms"]


def test_a_misspelt_term_means_what_the_right_one_means(normaliser):
    wrong, right = normaliser.normalise([criterion("prior radiohterapy"), criterion("prior radiotherapy")])
    [given_term], [meant] = wrong.terms, right.terms
    assert given_term.surface == "radiohterapy"
    assert (given_term.plain, given_term.kind, given_term.source) == (meant.plain, meant.kind, meant.source)
    assert meant.plain


def test_no_word_of_the_tables_is_taken_for_another():
    assert [word for word in WORDS if SPELLING.meant(word)] == []


@given(
    st.sampled_from(LONG),
    st.sampled_from(["drop", "add", "change", "swap"]),
    st.integers(1, LONGEST),
    st.sampled_from(LETTERS),
)
def test_a_slip_within_a_word_is_read_as_that_word_or_not_at_all(word, slip, place, letter):
    place = 1 + place % (len(word) - 3)
    before, here, after = word[:place], word[place], word[place + 1 :]
    written = {
        "drop": before + after,
        "add": before + letter + here + after,
        "change": before + letter + after,
        "swap": before + after[0] + here + after[1:],
    }[slip]
    meant = SPELLING.meant(written)
    assert meant is None or fold(meant) == fold(word)


@pytest.mark.parametrize("row", rows("lookalikes.tsv"), ids=lambda row: row["one"])
def test_lookalikes_are_parts_of_words_of_the_tables_one_letter_apart(row):
    one, other = row["one"], row["other"]
    assert one != other
    assert abs(len(one) - len(other)) <= 1
    assert any(one in word or other in word for word in WORDS)


def test_no_lookalike_of_a_word_is_read_as_that_word():
    pairs = [(row["one"], row["other"]) for row in rows("lookalikes.tsv")]
    ways = [*pairs, *((other, one) for one, other in pairs)]
    swapped = (
        (word, word.replace(one, other, 1)) for word, (one, other) in product(LONG, ways) if one in word
    )
    assert [(word, written) for word, written in swapped if SPELLING.meant(written) == word] == []


@pytest.mark.parametrize("letter", ["a", "é", "h"])
def test_a_word_without_end_costs_no_more_than_its_length(letter):
    assert_linear(lambda size: SPELLING.meant("hypertens" + letter * size), 10_000)


def test_a_text_of_misspelt_words_is_read_in_linear_time(normaliser):
    def work(size):
        words = (f"hyperte{chr(97 + rank % 26)}{chr(97 + rank // 26 % 26)}n" for rank in range(size))
        return normaliser.normalise([criterion(" ".join(words))])

    work(1)
    assert_linear(work, 700)
