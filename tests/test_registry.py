"""Study records: what is read of them, what may be missing, and what is said of a wrong one."""

import json
from pathlib import Path

import pytest
from cases import golden, needs_data
from hypothesis import given
from hypothesis import strategies as st

from evaluation.benchmark import read_jsonl
from translator.records import Trial
from translator.registry import MAX_TEXT_CHARACTERS, RecordError, read_record

EXAMPLE = Path(__file__).parents[1] / "examples" / "trial.json"


@pytest.mark.parametrize("case", golden("study_records"), ids=lambda case: case["name"])
def test_golden(case):
    if "error" in case:
        with pytest.raises(RecordError) as caught:
            read_record(case["record"], "here")
        assert case["error"] in str(caught.value)
        assert str(caught.value).startswith("here: ")
    else:
        assert read_record(case["record"], "here") == Trial(**case["trial"])


@pytest.mark.parametrize("field", ["briefTitle", "nctId"])
def test_half_a_character_is_named_by_its_path(field):
    record = {"protocolSection": {"identificationModule": {field: "a\ud800"}}}
    with pytest.raises(RecordError, match=rf"identificationModule\.{field} holds half a character"):
        read_record(record, "here")


def test_longest_eligibility_text():
    def record(length):
        return {"protocolSection": {"eligibilityModule": {"eligibilityCriteria": "a" * length}}}

    assert len(read_record(record(MAX_TEXT_CHARACTERS), "here").eligibility) == MAX_TEXT_CHARACTERS
    with pytest.raises(RecordError, match="eligibilityCriteria has more than 2,000,000 characters"):
        read_record(record(MAX_TEXT_CHARACTERS + 1), "here")


def test_eligibility_text_is_untouched():
    text = " * \\>18\r\n\u200b\u202eabc\x07 "
    record = {"protocolSection": {"eligibilityModule": {"eligibilityCriteria": text}}}
    assert read_record(record, "here").eligibility == text


PATHS = [
    ("identificationModule", "nctId"), ("identificationModule", "briefTitle"),
    ("statusModule", "overallStatus"), ("statusModule", "lastUpdatePostDateStruct"),
    ("designModule", "phases"), ("conditionsModule", "conditions"),
    ("armsInterventionsModule", "interventions"),
    ("eligibilityModule", "eligibilityCriteria"), ("eligibilityModule", "healthyVolunteers"),
    ("eligibilityModule", "sex"),
]  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["name", "date", "x"]), inner)
    ),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(PATHS), VALUES))
def test_any_value_in_any_field_is_read_or_named(values):
    sections = {}
    for (module, field), value in values.items():
        sections.setdefault(module, {})[field] = value
    problem = None
    try:
        read_record({"protocolSection": sections}, "here")
    except RecordError as error:
        problem = error.what
    assert problem is None or any(f"{module}.{field}" in problem for module, field in values)


def test_example_is_a_record_of_the_registry():
    trial = read_record(json.loads(EXAMPLE.read_text("utf-8")), str(EXAMPLE))
    assert trial.id == "NCT99000001"
    assert trial.phases == ("PHASE1",)
    assert "\\>" in trial.eligibility


@needs_data
@pytest.mark.parametrize(("split", "rows"), [("train", 660), ("dev", 60)])
def test_real_records(split, rows):
    records = list(read_jsonl(f"ctgov_v2.{split}.jsonl.gz"))
    trials = [read_record(record, f"line {number}") for number, record in enumerate(records, 1)]
    assert len(trials) == rows
    for record, trial in zip(records, trials, strict=True):
        section = record["protocolSection"]
        assert trial.id == section["identificationModule"]["nctId"]
        assert trial.eligibility == section["eligibilityModule"]["eligibilityCriteria"]
        assert trial.conditions == tuple(section["conditionsModule"]["conditions"])
