"""The clinical words of criteria, known and missing, and the recogniser behind them."""

import json
from pathlib import Path

import pytest
from fakes import criterion
from spacy.tokens import Doc, Span
from spacy.vocab import Vocab

from api.cli import run
from translator.entities import Agreement, agreement, read_brat
from translator.lexis.recogniser import Recogniser
from translator.records import CriteriaList, Trial
from translator.terms import Reader

TEXTS = (
    "History of hypertension or myocardial infarction",
    "Uncontrolled hypertension while on amlodipine",
    "Prior blorbinectomy for stage IV disease, per NFR criteria; ANC ≥ 1,500/mm3",
    "DISEASE CHARACTERISTICS: prior treatment with XYZ-123456 AND a negative pulmonary function test (PFT)",
)


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader()


def listed(*texts: str) -> CriteriaList:
    return CriteriaList(name="list", criteria=tuple(criterion(text) for text in texts))


def test_known_terms_are_counted_by_what_they_mean(reader: Reader) -> None:
    known = {one.term.lower(): one for one in reader.known([listed(*TEXTS[:2]), listed(TEXTS[1])])}
    assert (known["amlodipine"].count, known["amlodipine"].trials) == (2, 2)
    assert known["myocardial infarction"].plain == "heart attack"


def test_missing_are_words_that_nobody_explains(reader: Reader) -> None:
    unexplained = reader.missing([listed(*TEXTS)])
    missing = {one.term: one for one in unexplained.terms}
    assert missing["NFR"].kind == "abbreviation"
    assert missing["NFR"].example == TEXTS[2]
    # What the tables, the text itself or everybody knows; what shouts, a code, a numeral and a unit.
    assert missing.keys().isdisjoint({"ANC", "PFT", "DISEASE", "AND", "XYZ", "IV", "hypertension"})
    assert unexplained.found["abbreviation"] == 3  # ANC, NFR, PFT
    assert unexplained.explained["abbreviation"] == 2


def test_names_of_products_and_changes_of_genes_are_no_abbreviations(reader: Reader) -> None:
    found = reader.missing([listed("QWFR or I47V on OctreoScan, SERETIQA® or anti-HIV drugs")])
    assert [one.term for one in found.terms if one.kind == "abbreviation"] == ["QWFR"]
    assert found.found["abbreviation"] == 2  # QWFR, HIV


def test_a_trial_without_a_text_has_no_words(reader: Reader) -> None:
    assert reader.missing([Trial(id="NCT01234567")]).terms == ()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Known hypersensitivity to metformin", "drug"),
        ("Severe renal insufficiency", "condition"),
        ("Hemoglobin below 9 g/dL", "measurement"),
        ("Planned knee replacement surgery", "procedure"),
    ],
)
def test_the_recogniser_that_ships_tells_one_kind_from_another(text: str, kind: str) -> None:
    (found,) = Recogniser().find([text])
    assert kind in {entity.kind for entity in found}


def test_agreement_by_hand() -> None:
    words = ["a", "b", "c", "d"]

    def doc(*spans: tuple[int, int, str]) -> Doc:
        made = Doc(Vocab(), words=words)
        made.set_ents([Span(made, start, end, label=label) for start, end, label in spans])
        return made

    gold = doc((0, 2, "drug"), (3, 4, "condition"))
    assert agreement([gold], [gold]) == Agreement(strict=1, relaxed=1)
    assert agreement([gold], [doc()]) == Agreement(strict=0, relaxed=0)
    # One of two overlaps with its label, the other has another label.
    assert agreement([gold], [doc((1, 2, "drug"), (3, 4, "drug"))]) == Agreement(strict=0, relaxed=0.5)


def test_brat_offsets_count_carriage_returns(tmp_path: Path) -> None:
    (tmp_path / "NCT00000001_inc.txt").write_bytes(b"Age over 18\r\nTaking aspirin \r\n")
    (tmp_path / "NCT00000001_inc.ann").write_text(
        "T1\tDrug 20 27\taspirin\nT2\tPerson 0 3\tAge\nR1\tAND Arg1:T1 Arg2:T2\t\n", "utf-8"
    )
    first, second = read_brat(tmp_path)
    assert (first.trial, first.text, first.entities) == ("NCT00000001", "Age over 18", ())
    assert [second.text[start:end] for start, end, _ in second.entities] == ["aspirin"]


def test_the_command_lists_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "list.jsonl"
    lines = ({"id": str(i), "section": "exclusion", "text": text} for i, text in enumerate(TEXTS))
    path.write_text("\n".join(map(json.dumps, lines)), "utf-8")
    assert run(["terms", str(path), "--limit", "2"]) == 0
    known = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(known) == 2
    assert {one["count"] for one in known} == {1}
    assert run(["terms", str(path), "--missing", "--format", "text"]) == 0
    told = capsys.readouterr()
    assert "NFR" in told.out
    assert "abbreviation: 2 of 3 explained or kept (66.7%)" in told.err
