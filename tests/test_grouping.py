"""The measure of the groups: what it reads, and what it leaves out."""

import gzip
import json
from pathlib import Path

import pytest

from evaluation import grouping
from evaluation.benchmark import OWN, read_jsonl
from translator.edits import digest
from translator.leaflet.grouping import GROUPS
from translator.segment import segment


def test_labels_are_groups_and_each_trial_is_read_once() -> None:
    labels = list(read_jsonl(OWN / "groups.jsonl"))
    assert {part: sum(one["part"] == part for one in labels) for part in ("tuning", "test")} == {
        "tuning": 900,
        "test": 300,
    }
    assert all(one["groups"] and set(one["groups"]) <= set(GROUPS) for one in labels)
    assert len({one["nct_id"] for one in labels}) == len(labels)


def test_a_criterion_that_is_worded_otherwise_by_now_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "Inclusion Criteria:\n\n* Age at least 18 years\n* Written consent\n"
    registry = tmp_path / "r.jsonl.gz"
    with gzip.open(registry, "wt", encoding="utf-8") as out:
        out.write(json.dumps({"nct_id": "NCT99000001", "title": None, "eligibility": text}) + "\n")
    label = {"nct_id": "NCT99000001", "groups": ["about"], "part": "test"}
    age, consent = (unit for unit in segment(text) if unit.role == "criterion")
    labels = [
        {**label, **age.span.model_dump(), "md5": digest(age.text)},
        {**label, **consent.span.model_dump(), "md5": digest("Oral consent")},
        {**label, "start": 1, "end": 2, "md5": ""},
    ]
    (tmp_path / "groups.jsonl").write_text("\n".join(map(json.dumps, labels)), "utf-8")
    monkeypatch.setattr(grouping, "OWN", tmp_path)
    assert grouping.placed(registry) == [("test", "NCT99000001", ("about",), "about")]
