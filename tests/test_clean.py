"""Clean text: what is mended, what is left alone, and the way back to the given text."""

import re
from itertools import pairwise

import pytest
from cases import golden
from growth import assert_linear
from hypothesis import given
from hypothesis import strategies as st

from translator import clean as module
from translator.clean import clean

# Words between every kind of damage, and damage upon damage.
FRAGMENTS = st.sampled_from(
    [
        *"ab 1.,()<>=&;#/\\³£½⁹²µ\n\t\u200b\u00a0\ud800\x00\x1c",
        "10", "age", "or", ">=", "=<", "\\>", "&lt;", "&amp;", "&#62;", "&#x26;", "amp;", "Â³", "â‰¥", "Ã—",
        "℃", "\ufeff", "word", "18",
    ]
)  # fmt: skip
DAMAGED = st.one_of(st.text(), st.lists(FRAGMENTS, max_size=25).map("".join))


@pytest.mark.parametrize("case", golden("clean"), ids=lambda case: ascii(case["text"][:40]))
def test_golden(case):
    assert clean(case["text"]).text == case["clean"]


@pytest.mark.parametrize(
    ("text", "found", "given_words"),
    [
        ("Age \\>= 18", "≥", "\\>="),
        ("Age \\>= 18", "≥ 18", "\\>= 18"),
        ("a &amp;lt;= b", "≤", "&amp;lt;="),
        ("10⁹/L", "^9", "⁹"),
        ("  x \n\n y ", "x y", "x \n\n y"),
        ("ze\u200bro", "zero", "ze\u200bro"),
        ("over 4½ hours", "4.5 hours", "4½ hours"),
        ("38 ℃ or less", "°C or", "℃ or"),
    ],
)
def test_span_covers_the_given_words(text, found, given_words):
    mended = clean(text)
    start = mended.text.index(found)
    span = mended.span(start, start + len(found))
    assert text[span.start : span.end] == given_words


@given(DAMAGED)
def test_a_clean_text_stays(text):
    once = clean(text).text
    assert clean(once).text == once


@given(DAMAGED)
def test_no_odd_space_and_no_invisible_character_is_left(text):
    mended = clean(text).text
    assert mended == mended.strip()
    assert not re.search(r"[^\S ]|  |[\x00-\x1f\u200b\ufeff\ud800-\udfff]", mended)


@given(DAMAGED)
def test_spans_stay_inside_and_in_order(text):
    mended = clean(text)
    spans = [mended.span(i, i + 1) for i in range(len(mended.text))]
    assert all(0 <= span.start < span.end <= len(text) for span in spans)
    assert all(a.start <= b.start and a.end <= b.end for a, b in pairwise(spans))
    whole = mended.span(0, len(mended.text))
    assert not spans or (whole.start, whole.end) == (spans[0].start, spans[-1].end)


@given(st.lists(st.sampled_from(["pain", "of", "grade", "liver"]), min_size=1), st.data())
def test_undamaged_words_map_to_themselves(words, data):
    damage = st.sampled_from([" \\>= ", " &lt; ", "\n\n", " Â³5 ", " \u200b ", " µ⁹ ", ", "])
    text = "".join(word + data.draw(damage) for word in words)
    mended = clean(text)
    found = [mended.span(*match.span()) for match in re.finditer("pain|of|grade|liver", mended.text)]
    assert [text[span.start : span.end] for span in found] == words


@pytest.mark.parametrize(
    "unit", ["\\", "\\>", "&amp;", "&#38;", " ", "\n-", "= ", "> or ", "³ 5", "1½", "â€", "\u200b", "x"]
)
def test_work_grows_with_the_length(unit):
    assert_linear(lambda repeats: clean(unit * repeats), 5_000)


@given(st.text(st.characters(max_codepoint=0x17F) | st.sampled_from("≥≤³&;#\\ =<>"), max_size=40))
def test_a_text_that_is_taken_for_sound_has_nothing_to_mend(text):
    if module._SOUND.fullmatch(text):
        assert module._mend(text).text == text
