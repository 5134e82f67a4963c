import re

import pytest
from cases import golden
from hypothesis import given
from hypothesis import strategies as st

from translator.normalise import DEEPEST
from translator.phrasing.patterns import Pattern, Vocabulary
from translator.records import Criterion, NormalisedCriterion, Span, Term
from translator.templates import Template, TemplateWriter, load_templates

CASES = golden("templates")
SAID = [case for case in CASES if case["plain"]]
TEMPLATES = load_templates()
WRITER = TemplateWriter()
OPENERS = {
    "inclusion": re.compile(r"(?:You|Your|If you|It must|At least|The number)\b"),
    "exclusion": re.compile(r"(?:You|If you) "),
}


def normalised(text, section="inclusion", role="criterion", terms=(), above=(), **more):
    span = Span(start=0, end=len(text))
    criterion = Criterion(**{"id": "1", "section": section, "role": role, "text": text, "span": span} | more)
    return NormalisedCriterion(criterion=criterion, text=text, above=tuple(above), terms=tuple(terms))


def from_golden(case):
    terms = [
        Term(
            surface=surface,
            plain=plain,
            explanation=explanation,
            kind=kind,
            source="test",
            span=Span(start=0, end=1),
        )
        for surface, plain, explanation, kind in case.get("terms", ())
    ]
    above = [case["context"]] if case.get("context") else []
    return normalised(case["text"], case["section"], case["role"], terms, above)


def say(one):
    (drafts,) = WRITER.write([one])
    return drafts[0].text if drafts else None


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['section'][:3]}: {case['text'][:60]}")
def test_golden(case):
    assert say(from_golden(case)) == case["plain"]


def test_drafts_are_of_the_template_route():
    ((draft,),) = WRITER.write([normalised("Age ≥ 18 years")])
    assert draft.route == "template"
    assert draft.model is None


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.example[:60])
def test_every_template_has_an_example_that_it_says_itself(template: Template):
    (case,) = [
        case
        for case in CASES
        if case["text"] == template.example and _concerns(template, case) and "context" not in case
    ]
    one = from_golden(case)
    terms = {term.surface.lower(): term for term in one.terms}
    ends = " .,;:" if case["role"] in {"heading", "lead_in"} else " .,;"
    first = next(
        other
        for other in TEMPLATES
        if _concerns(other, case) and other.pattern.render(template.example.rstrip(ends), terms)
    )
    assert first is template


def _concerns(template, case):
    return template.concerns(case["role"], case["section"])


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.example[:60])
def test_a_plain_text_says_all_that_its_pattern_reads(template: Template):
    assert not template.pattern.unsaid()


@pytest.mark.parametrize("case", SAID, ids=lambda case: case["text"][:60])
def test_every_number_comes_through(case):
    source = re.sub(
        r"\b(?:one|four)\b", lambda word: {"one": "1", "four": "4"}[word.group().lower()], case["text"]
    )
    assert set(re.findall(r"\d+(?:[.,]\d+)*", source)) <= set(
        re.findall(r"\d+(?:[.,]\d+)*", case["plain"])
    ) | {"1"}


@pytest.mark.parametrize(
    "case",
    [case for case in SAID if case["role"] == "criterion"],
    ids=lambda case: case["text"][:60],
)
def test_polarity_stands_in_every_sentence(case):
    if case["section"] == "exclusion":
        assert "cannot join" in case["plain"] or "does not hold" in case["plain"]
    else:
        assert "cannot join" not in case["plain"]
        assert OPENERS["inclusion"].match(case["plain"])


def test_nested_items_are_read_under_the_lines_above_them():
    gout = Term(surface="gout", plain=None, kind="condition", span=Span(start=0, end=4), source="test")
    headings = "History of:", "Exclusion Criteria:"
    units = [
        normalised("Exclusion Criteria:", "exclusion", "heading"),
        normalised("History of:", "exclusion", "lead_in", above=headings[1:]),
        normalised("gout", "exclusion", terms=[gout], above=headings),
        normalised("gout", "exclusion", terms=[gout], above=[*headings, "Arm X:"]),
        normalised("Arm X:", "exclusion", "heading"),
        normalised("Pregnant women", "exclusion", above=["Arm X:"]),
    ]
    said = [drafts[0].text if drafts else None for drafts in WRITER.write(units)]
    assert said == [
        "Who cannot join (exclusion criteria)",
        "You cannot join if you have ever had any of these:",
        "You cannot join if you have ever had gout.",
        None,
        None,
        None,
    ]


def test_what_is_nested_too_deep_is_not_read():
    heading = "Inclusion Criteria:"
    assert say(normalised("Age ≥ 18 years", above=[heading] * DEEPEST))
    assert not say(normalised("Age ≥ 18 years", above=[heading] * (DEEPEST + 1)))


def test_a_long_criterion_is_no_stock_criterion():
    assert say(normalised("Age ≥ 18 years" + " " * 500 + "x")) is None


def test_an_unknown_name_in_a_table_is_told():
    pattern = Pattern("at {nowhere}", "at {nowhere}", Vocabulary([]))
    with pytest.raises(ValueError, match="nowhere"):
        pattern.render("at home", {})


@given(st.text(max_size=450), st.sampled_from(["inclusion", "exclusion", "other"]))
def test_any_text_is_survived(text, section):
    for drafts in WRITER.write([normalised(text, section)]):
        assert len(drafts) <= 1


@given(st.sampled_from([case for case in SAID if case["role"] == "criterion"]), st.data())
def test_a_word_more_keeps_a_template_from_fitting(case, data):
    words = case["text"].split()
    words.insert(data.draw(st.integers(0, len(words))), "zyzzyva")
    assert say(from_golden(case | {"text": " ".join(words)})) is None
