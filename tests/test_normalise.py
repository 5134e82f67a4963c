"""Criteria to normalised criteria: terms, abbreviations, slots, facts."""

import subprocess
import sys
from itertools import pairwise

import pytest
from cases import golden
from growth import assert_linear
from hypothesis import given
from hypothesis import strategies as st

from translator.clean import clean
from translator.facts import read_facts
from translator.lexis.components import _cut, _parts, pipeline
from translator.lexis.lexicon import lexicon
from translator.normalise import DEEPEST, Normaliser
from translator.records import Criterion, Span

TERMS = [
    "absolute neutrophil count||number of defense cells||measurement|ours",
    "anemia||low red blood cells||condition|ours",
    "complies with||follows||other|ours",
    "Crohn's disease|||long-term bowel inflammation|condition|ours",
    "dyskinesia||jerky movement||condition|ours",
    "electrocardiogram|||a tracing of the heart|test|ours",
    "hemorrhage||bleeding||condition|ours",
    "lung cancer|||cancer that began in the lung|condition|ours",
    "metastatic||spread||other|ours",
    "myocardial infarction||heart attack||condition|ours",
    "non-small cell lung cancer|||a common lung cancer|condition|ours",
    "pembrolizumab|Keytruda||a drug that frees the immune system|drug|ours",
]
ABBREVIATIONS = [
    "ALL|acute lymphoblastic leukemia||a fast blood cancer|condition||ours",
    "ALT|alanine aminotransferase||a liver enzyme|measurement||ours",
    "ANC|absolute neutrophil count|number of defense cells||measurement||ours",
    "CD|Crohn's disease||long-term bowel inflammation|condition||ours",
    "CVA|cerebrovascular accident|stroke||condition||ours",
    "EKG|electrocardiogram||a tracing of the heart|test||ours",
    "HER2|human epidermal growth factor receptor 2||a marker on some cancers|biomarker||ours",
    "IV|intravenous|into a vein||other||ours",
    "MI|myocardial infarction|heart attack||condition||ours",
    "MS|milliseconds|||measurement|qtc&interval|ours",
    "MS|multiple sclerosis|||condition||ours",
    "QTc|corrected QT interval|heart recharge time||measurement||ours",
    "ULN|upper limit of normal||the top of the normal range|measurement||ours",
    "WBC|white blood cell count|count of defense cells||measurement||ours",
    "WHO|World Health Organization|||other||ours",
]


@pytest.fixture(scope="module")
def normaliser(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tables")
    terms = ["term|variants|plain|explanation|kind|source", *TERMS]
    short = ["abbreviation|expansion|plain|explanation|kind|cues|source", *ABBREVIATIONS]
    (folder / "lexicon.tsv").write_text("\n".join(terms).replace("|", "\t"), encoding="utf-8")
    senses = "\n".join(short).replace("|", "\t").replace("&", "|")
    (folder / "abbreviations.tsv").write_text(senses, encoding="utf-8")
    return Normaliser(folder)


def criterion(text, context=None):
    return Criterion(
        id="1", section="inclusion", text=text, span=Span(start=0, end=len(text)), context=context
    )


def terms_of(result):
    return [[term.surface, term.plain] for term in result.terms]


@pytest.mark.parametrize("case", golden("terms"), ids=lambda case: case["text"][:40])
def test_golden(normaliser, case):
    [result] = normaliser.normalise([criterion(case["text"])])
    assert terms_of(result) == case["terms"]


def test_what_the_trial_defines_goes_before_the_table(normaliser):
    [result] = normaliser.normalise([criterion("MI or SOFIA within a year")], {"MI": "mitral insufficiency"})
    assert [(term.surface, term.plain, term.source) for term in result.terms] == [
        ("MI", "mitral insufficiency", "text")
    ]


def test_a_criterion_that_defines_an_abbreviation_itself_goes_first(normaliser):
    text = "Mitral insufficiency (MI), any MI"
    own, other = normaliser.normalise([criterion(text), criterion("No MI")], {"MI": "myocardial infarction"})
    assert [term.plain for term in own.terms] == ["Mitral insufficiency"]
    assert [term.plain for term in other.terms] == ["heart attack"]


@pytest.mark.parametrize(
    ("criteria", "plain"),
    [
        ([criterion("Severe MS")], "multiple sclerosis"),
        ([criterion("Above 450", context="QTc in MS:"), criterion("MS", context="QTc:")], "milliseconds"),
        ([criterion("The QTc is long"), criterion("Severe MS")], "multiple sclerosis"),
        ([criterion("The QTc interval is long"), criterion("Severe MS")], "milliseconds"),
    ],
)
def test_the_sense_is_chosen_by_criterion_context_and_trial(normaliser, criteria, plain):
    *_, result = normaliser.normalise(criteria)
    assert result.terms[-1].plain == plain


def test_text_facts_and_unread_are_those_of_the_stages_before(normaliser):
    given_text = "Platelets  \\>= 100 x 10⁹/L\nwithin 14 days"
    [result] = normaliser.normalise([criterion(given_text)])
    assert result.text == clean(given_text).text == "Platelets ≥ 100 x 10^9/L within 14 days"
    assert result.facts == read_facts(given_text).facts
    assert result.facts
    assert result.unread == read_facts(given_text).unread


def test_slots_hold_numbers_with_units_names_and_codes(normaliser):
    [result] = normaliser.normalise([criterion("Pembrolizumab 200 mg, CD19 cells, MI, HER2 2+ for two days")])
    assert [slot.text for slot in result.slots][:4] == ["Pembrolizumab", "200 mg", "CD19", "HER2"]
    assert [slot.name for slot in result.slots] == [f"<{rank}>" for rank in range(len(result.slots))]
    assert "two" not in "".join(slot.text for slot in result.slots)


def test_order_and_identity_are_kept(normaliser):
    criteria = [criterion(text) for text in ("anemia", "", "MI", "anemia and MI")]
    assert [result.criterion for result in normaliser.normalise(criteria)] == criteria
    assert normaliser.normalise([]) == []


def test_a_criterion_of_many_pages_is_read_to_its_end(normaliser):
    text = "no anemia, " * 9_000
    [result] = normaliser.normalise([criterion(text)])
    assert len(result.terms) == 9_000


PARTS = st.sampled_from(
    ["MI", "anemia", "ANC", "(", ")", " ", "  ", "\\>", "3 mg", "-", "/", "®", "\u200b", "ALL", "&lt;", "\n",
     "absolute neutrophil count", "(ANC)", "pembrolizumab", "1.5", ","]
)  # fmt: skip


@given(st.one_of(st.lists(PARTS, max_size=20).map("".join), st.text(max_size=40)))
def test_spans_hold_their_words_in_order(normaliser, text):
    [result] = normaliser.normalise([criterion(text)])
    for found in (result.terms, result.slots):
        spans = [one.span for one in found]
        assert all(one.end <= other.start for one, other in pairwise(spans))
    assert all(text[term.span.start : term.span.end] == term.surface for term in result.terms)
    assert all(text[slot.span.start : slot.span.end] == slot.text for slot in result.slots)
    assert all(term.surface for term in result.terms)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("age ≥18 years", ["age", "≥", "18", "years"]),
        ("ANC≥1500/mm3", ["ANC", "≥", "1500/mm3"]),
        ("50 mg/m2 q3w, 10^9/L", ["50", "mg/m2", "q3w", ",", "10^9/L"]),
        ("CD4+ COVID-19 (PD-L1)", ["CD4", "+", "COVID-19", "(", "PD-L1", ")"]),
        ("ER+, PR+/HER2+", ["ER", "+", ",", "PR", "+", "/", "HER2", "+"]),
        ("HER2-positive, anti-PD-1", ["HER2", "-", "positive", ",", "anti", "-", "PD-1"]),
        ("AST/ALT and nausea/vomiting", ["AST", "/", "ALT", "and", "nausea", "/", "vomiting"]),
        ("Crohn's disease. 1.5 mL/min", ["Crohn's", "disease", ".", "1.5", "mL/min"]),
        ("18-75 years; Herceptin®", ["18-75", "years", ";", "Herceptin", "®"]),
    ],
)
def test_tokens(tokenizer, text, tokens):
    assert [token.text for token in tokenizer(text)] == tokens


@pytest.fixture(scope="module")
def tokenizer():
    return pipeline().tokenizer


@pytest.mark.parametrize(
    "unit", ["(", "≥(", ".)", "a-", "aaa/", "a,", "AB (ab) ", "MI (", "anemia ", "1 ", ")a"]
)
def test_work_grows_with_the_length(normaliser, unit):
    assert_linear(lambda repeats: normaliser.normalise([criterion(unit * repeats)]), 500)


def test_importing_the_module_does_not_import_spacy():
    code = "import sys, translator.normalise; sys.exit('spacy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0  # noqa: S603


def nested(text: str, unit: str, parent: str | None = None, context: str | None = None) -> Criterion:
    span = Span(start=0, end=len(text))
    return Criterion(id=unit, section="exclusion", text=text, span=span, parent_id=parent, context=context)


def test_the_lines_above_stand_nearest_first():
    units = [
        nested("Exclusion\u00a0Criteria:", "1"),
        nested("History of:", "2", "1"),
        nested("gout", "3", "2", "History of:"),
        nested("gout", "4", "9", "Any  of:"),
        nested("gout", "5", "9"),
    ]
    above = [one.above for one in Normaliser().normalise(units)]
    assert above == [(), ("Exclusion Criteria:",), ("History of:", "Exclusion Criteria:"), ("Any of:",), ()]


def test_parents_in_a_circle_are_survived():
    (one, _) = Normaliser().normalise([nested("gout", "1", "2"), nested("History of:", "2", "2")])
    assert one.above == ("History of:",) * (DEEPEST + 1)


def test_names_of_mere_letters_are_cut_as_the_tokenizer_cuts_them():
    nlp = pipeline()
    names = [name for entry in lexicon().entries for name in (entry.term, *entry.variants)]
    assert not [name for name in names if _cut(name, nlp) != _parts(nlp.make_doc(name))[0]]
