"""The measure of the groups: what it reads, and what it leaves out."""

import gzip
import json
from pathlib import Path

import pytest
from fakes import criterion

from evaluation import grouping
from evaluation.benchmark import OWN, read_jsonl
from translator.edits import digest
from translator.leaflet.grouping import GROUPS, WEIGHTS
from translator.records import NormalisedCriterion
from translator.segment import segment
from translator.tables import rows


def test_labels_are_groups_and_each_trial_is_read_once() -> None:
    labels = list(read_jsonl(OWN / "groups.jsonl"))
    assert {part: sum(one["part"] == part for one in labels) for part in ("tuning", "test", "dev")} == {
        "tuning": 1609,
        "test": 300,
        "dev": 300,
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
    found = grouping.placed([registry])
    assert [(one.part, one.groups, one.criterion.criterion.text) for one in found] == [
        ("test", ("about",), "Age at least 18 years")
    ]


def read(part: str, groups: tuple[str, ...], text: str) -> grouping.Placed:
    return grouping.Placed(part, "t", groups, NormalisedCriterion(criterion=criterion(text), text=text), "")


def test_what_is_learned_is_written_as_a_table(tmp_path: Path) -> None:
    said: dict[str, tuple[str, ...]] = {f"Walrus {group}": (group,) for group in GROUPS}
    said["Zebra stripes"] = ("tests", "about")
    items = [read("tuning", groups, text) for text, groups in said.items() for _ in range(3)]
    grouping.write(grouping.learned(items), tmp_path)
    table = rows(WEIGHTS, ["feature", *GROUPS], folder=tmp_path)
    zebra = next(row for row in table if row["feature"] == "zebra stripes")
    assert max(GROUPS, key=lambda group: float(zebra[group])) == "tests"
    assert float(zebra["about"]) > float(zebra["practical"])


def test_a_feature_of_one_or_two_criteria_gets_no_weight() -> None:
    said = (("Consent given", "practical"), ("Consent given", "about"), ("Consent given", "practical"))
    items = [read("tuning", (group,), text) for text, group in (*said, ("Consent withdrawn", "about"))]
    weights = grouping.learned(items)
    assert "consent given" in weights
    assert "withdrawn" not in weights
