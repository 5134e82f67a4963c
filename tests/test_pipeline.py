import json
import re
from collections.abc import Mapping, Sequence
from functools import cache

import pytest
from cases import golden
from fakes import ScriptedModel
from hypothesis import given, settings
from hypothesis import strategies as st

from translator.generate import BEAMS, GREEDY, ModelWriter
from translator.ladder import LONGEST_CRITERION
from translator.normalise import Normaliser
from translator.pipeline import Translator
from translator.published import publish
from translator.records import Criterion, Pair, Role, Section, Span, Translation, Trial
from translator.scoring import audit
from translator.templates import TemplateWriter


@cache
def _translator(model: ScriptedModel) -> Translator:
    writers = (ModelWriter(model, GREEDY), ModelWriter(model, BEAMS), TemplateWriter())
    return Translator(writers, model.version)


MODEL = ScriptedModel()


def scripted(script: Mapping[str, Sequence[str]] | None = None, always: Sequence[str] = ()) -> Translator:
    """The one translator of these tests (it takes seconds to get ready), its model with another script."""
    MODEL.script, MODEL.always, MODEL.asked = script or {}, always, []
    return _translator(MODEL)


def criterion(
    text: str, section: Section = "inclusion", role: Role = "criterion", unit: str = "1"
) -> Criterion:
    return Criterion(id=unit, section=section, role=role, text=text, span=Span(start=0, end=len(text)))


@pytest.mark.parametrize("row", golden("ladder"), ids=lambda row: row["case"])
def test_ladder(row):
    unit = criterion(row["text"], row["section"], row.get("role", "criterion"))
    (answer,) = scripted({row["text"]: row["model"]}).translate_criteria([unit])
    assert (answer.draft.route, answer.fidelity.verdict) == (row["route"], row["verdict"])
    if answer.draft.route == "source":
        assert row["text"] in answer.draft.text
    if answer.fidelity.verdict != "faithful":
        assert answer.fidelity.findings


def test_a_writer_that_is_told_no_meanings_asks_without_them_and_only_where_there_are_some():
    normaliser, model = Normaliser(), ScriptedModel(always=["You must have hypertension."])
    given = [
        normaliser.normalise([criterion(text)])[0]
        for text in ("Known hypertension", "Able to walk 200 meters without rest")
    ]
    bare = ModelWriter(model, GREEDY, told=False).write(given)
    assert [len(drafts) for drafts in bare] == [1, 0]
    assert model.asked == ["inclusion: Known hypertension"]
    ModelWriter(model, GREEDY).write(given[:1])
    assert model.asked[-1] == "inclusion: Known hypertension [high blood pressure]"


def test_what_was_refused_is_told_in_the_report():
    text = "Residence in a nursing home with more than 40 beds"
    one = scripted({text: ["You cannot join if you live in a nursing home with more than 14 beds."]})
    (answer,) = one.translate_criteria([criterion(text, "exclusion")])
    assert "the closest sentence was refused" in answer.fidelity.findings[0].message
    assert "40" in answer.fidelity.findings[0].message


def test_a_higher_threshold_publishes_less():
    text = "Able to walk 200 meters without rest"
    one = scripted({text: ["You must be able to walk 200 meters without rest."]})
    assert one.translate_criteria([criterion(text)])[0].draft.route == "model"
    assert one.translate_criteria([criterion(text)], min_fidelity=1.0)[0].draft.route == "source"


def test_a_trial_without_text_says_so():
    trial = scripted().translate_trial(Trial(id="NCT99000009"))
    assert [one.draft.text for one in trial.translations] == ["This record has no eligibility text."]
    assert trial.translations[0].fidelity.verdict == "review"


def test_a_document_in_one_line_keeps_its_words_and_is_not_put_to_the_model():
    text = "word " * LONGEST_CRITERION
    one = scripted(always=["You must be well."])
    (answer,) = one.translate_criteria([criterion(text.strip(), "exclusion")])
    assert answer.draft.route == "source"
    assert answer.fidelity.verdict == "review"
    assert f"longer than {LONGEST_CRITERION:,}" in answer.fidelity.findings[0].message
    assert not MODEL.asked


def test_the_model_is_not_asked_for_headings_and_reads_the_lead_in():
    text = "Inclusion Criteria:\n\n* Adequate liver function, defined as:\n\n  * Bilirubin below 1.5 mg/dL"
    scripted().translate_trial(Trial(eligibility=text))
    assert not any("Inclusion Criteria" in prompt.split("|")[-1] for prompt in MODEL.asked)
    assert any(
        prompt.startswith("inclusion: Adequate liver function") and "| Bilirubin" in prompt
        for prompt in MODEL.asked
    )


def test_explanations_stand_behind_the_words_of_the_study():
    text = "Prior frobnication for hypertension"
    (answer,) = scripted().translate_criteria([criterion(text, "exclusion")])
    assert answer.draft.text.startswith("On the list of reasons you cannot join, in the study's own words: ")
    assert f"“{text}”" in answer.draft.text
    assert "high blood pressure" in answer.draft.text


def test_a_meaning_is_told_once():
    text = "Prior frobnication of carcinoembryonic antigen (CEA), or CEA above 10 ng/mL"
    (answer,) = scripted({}).translate_criteria([criterion(text, "exclusion")])
    assert answer.draft.text.count("a blood protein that some cancers raise") == 1


def test_published_line_has_the_fields_of_the_contract():
    text = "Age ≥ 18 years"
    one = scripted()
    (answer,) = one.translate_criteria([criterion(text)])
    line = json.loads(publish(answer, "NCT99000001", one.versions).model_dump_json())
    assert list(line) == [
        "trial_id", "id", "section", "role", "parent_id", "span", "source", "plain", "route", "fidelity",
        "readability", "terms", "versions",
    ]  # fmt: skip
    assert line["span"] == [0, len(text)]
    assert list(line["fidelity"]) == ["score", "verdict", "findings"]


def test_versions_name_the_code_down_to_its_bytes():
    assert re.fullmatch(r"\d+\.\d+\.\d+\+[0-9a-f]{12}", scripted({}).versions.code)


def test_audit_keeps_order_and_ids():
    pairs = [
        Pair(id="b", section="inclusion", source="Age ≥ 18 years", plain="You must be older than 18."),
        Pair(id="a", section="inclusion", source="Age ≥ 18 years", plain="You must be 18 or older."),
        Pair(id="c", section="inclusion", source="Age ≥ 18 years", plain=""),
    ]
    reports = audit(pairs)
    assert [report.id for report in reports] == ["b", "a", "c"]
    assert [report.verdict for report in reports] == ["unfaithful", "faithful", "unfaithful"]
    assert all(report.findings for report in reports if report.verdict != "faithful")


SENTENCES = st.one_of(
    st.text(max_size=80),
    st.sampled_from(
        [
            "You must be 18 or older.",
            "You cannot join if you have had a heart attack in the past 6 months.",
            "You must have an ANC of at least 1.5 × 10^9/L.",
            "If you are a woman, you must not be pregnant.",
            "You can still join if you take aspirin.",
        ]
    ),
)
SOURCES = st.sampled_from(
    [
        "Age ≥ 18 years", "MI within 6 months", "ANC ≥ 1.5 x 10^9/L", "Pregnant women", "No aspirin",
        "Age > 18 years", "Any of the following:", "\u202e\u0000 7 < x ≤ 9", "…", "不",
    ]
)  # fmt: skip
SECTIONS: st.SearchStrategy[Section] = st.sampled_from(["inclusion", "exclusion", "other"])
ROLES: st.SearchStrategy[Role] = st.sampled_from(["criterion", "lead_in", "note", "heading"])
UNITS = st.lists(st.builds(criterion, SOURCES, SECTIONS, ROLES), min_size=1, max_size=5)


@settings(max_examples=150)
@given(UNITS, st.lists(SENTENCES, max_size=4))
def test_nothing_unfaithful_is_published_whatever_the_model_writes(units, sentences):
    numbered = [unit.model_copy(update={"id": str(rank)}) for rank, unit in enumerate(units)]
    answers = scripted(always=sentences).translate_criteria(numbered)
    assert [answer.normalised.criterion for answer in answers] == numbered
    for answer in answers:
        assert answer.fidelity.verdict != "unfaithful"
        assert answer.draft.text
        if answer.draft.route in ("model", "template"):
            assert answer.fidelity.verdict == "faithful"


@settings(max_examples=40)
@given(UNITS, st.lists(SENTENCES, max_size=4))
def test_same_input_gives_the_same_bytes(units, sentences):
    def once() -> list[bytes]:
        answers: list[Translation] = scripted(always=sentences).translate_criteria(units)
        return [answer.model_dump_json().encode("utf-8", "surrogatepass") for answer in answers]

    assert once() == once()
