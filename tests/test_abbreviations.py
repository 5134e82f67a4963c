"""Abbreviations that a text defines itself."""

import pytest
from cases import golden
from growth import assert_linear
from hypothesis import given
from hypothesis import strategies as st

from translator.clean import clean
from translator.lexis.abbreviations import abbreviations_defined_in, find_definitions


@pytest.mark.parametrize("case", golden("abbreviations"), ids=lambda case: case["text"][:40])
def test_golden(case):
    assert abbreviations_defined_in(case["text"]) == case["defined"]


@given(
    st.lists(
        st.sampled_from(["liver ", "Function ", "test ", "(", ")", "LFT", "FT", "[", "]", ". ", ";"])
    ).map("".join)
)
def test_a_definition_stands_where_it_says(text):
    text = clean(text).text
    end = 0
    for found in find_definitions(text):
        both = text[found.start : found.end]
        assert text[found.long_start : found.long_end] == found.long
        assert found.short in both
        assert found.start >= end
        end = found.end


@given(st.text(alphabet="aAbB ()[]:.", max_size=60))
def test_the_first_letter_opens_a_word_of_the_long_form(text):
    for short, long in abbreviations_defined_in(text).items():
        assert long[0].casefold() == short[0].casefold()
        assert len(long) > len(short)


@pytest.mark.parametrize("unit", ["(", "(A", "AB (a b) ", "a b (AB) ", "a", "\n- ", "(AB", ") ("])
def test_work_grows_with_the_length(unit):
    assert_linear(lambda repeats: abbreviations_defined_in(unit * repeats), 1_000)
