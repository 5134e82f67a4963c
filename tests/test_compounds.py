"""Compounds of abbreviations: what is opened, and what stays whole."""

import pytest
from cases import golden
from hypothesis import given
from hypothesis import strategies as st

from translator.lexis.compounds import pieces
from translator.lexis.lexicon import cue_words, lexicon


@pytest.mark.parametrize("case", golden("compounds"), ids=lambda case: case["word"])
def test_golden(case):
    assert pieces(case["word"], lexicon()) == case["pieces"]


@given(
    st.lists(st.sampled_from(["CD4", "HIV", "PET", "IV", "PD", "T", "17", "-", "/", "+", "x"])).map("".join)
)
def test_the_pieces_join_to_the_word(word):
    found = pieces(word, lexicon())
    assert "".join(found) == word
    assert all(found) or not word


@pytest.mark.parametrize(
    ("short", "text", "kind"),
    [
        ("EGFR", "prior EGFR TKI, exon 19 or 1.73 months", "biomarker"),
        ("EGFR", "an EGFR of 60 mL/min/1.73 m2", "measurement"),
        ("EGFR", "cetuximab against EGFR within 30 min", "biomarker"),
        ("eGFR", "eGFR below 60", "measurement"),
        ("eGFR", "eGFR mutation in exon 20", "biomarker"),
    ],
)
def test_the_receptor_and_the_filtration_rate_are_told_apart(short, text, kind):
    assert lexicon().abbreviation(short, cue_words(text)).kind == kind
