"""A user's glossary: taken whole or refused whole, and its words go before ours."""

from pathlib import Path

import pytest
from cases import golden
from fakes import ScriptedModel
from fastapi.testclient import TestClient
from growth import assert_linear
from hypothesis import given
from hypothesis import strategies as st
from servers import wait_until

from api.app import create_app
from api.cli import run
from api.settings import Settings
from translator.errors import InputError
from translator.generate import GREEDY, ModelWriter
from translator.glossary import MOST_ROWS, Glossary, GlossaryRow
from translator.normalise import Normaliser
from translator.pipeline import Translator
from translator.records import Criterion, Span

WASHOUT = Glossary([GlossaryRow(term="washout", plain="rest period")])


def criterion(text: str) -> Criterion:
    return Criterion(id="1", section="exclusion", text=text, span=Span(start=0, end=len(text)))


@pytest.mark.parametrize("row", golden("glossaries"), ids=lambda row: row["why"])
def test_a_bad_glossary_is_refused_with_the_line(row, tmp_path: Path) -> None:
    path = tmp_path / row["name"]
    path.write_text(row["content"], "utf-8")
    with pytest.raises(InputError) as refused:
        Glossary.load(path)
    assert refused.value.where == f"{path}, line {row['line']}"
    assert refused.value.what.startswith(row["what"])


@pytest.mark.parametrize("content", [b"\xff\xfe", None], ids=["no UTF-8", "no file"])
def test_a_file_that_cannot_be_read_is_told(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "g.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError):
        Glossary.load(path)


def test_there_are_at_most_so_many_rows() -> None:
    rows = [GlossaryRow(term=f"term {number}", plain="words") for number in range(MOST_ROWS + 1)]
    assert len(Glossary(rows[:-1]).entries) == MOST_ROWS
    with pytest.raises(InputError, match="one row more"):
        Glossary(rows)


def test_a_file_of_either_kind_gives_the_same_glossary(tmp_path: Path) -> None:
    for name, text in {
        "a.csv": 'term,plain,explanation\r\n"wash-out, long",rest period,\r\nPD,,"growth, by scan"\r\n',
        "b.tsv": "\ufeffterm\tplain\texplanation\nwash-out, long\trest period\t\nPD\t\tgrowth, by scan\n",
    }.items():
        (tmp_path / name).write_bytes(text.encode())
    one, other = Glossary.load(tmp_path / "a.csv"), Glossary.load(tmp_path / "b.tsv")
    assert one.entries == other.entries
    assert one.version == other.version != WASHOUT.version
    assert [(entry.term, entry.plain, entry.explanation) for entry in one.entries] == [
        ("wash-out, long", "rest period", None),
        ("PD", None, "growth, by scan"),
    ]


@given(st.text(alphabet=st.sampled_from('ab ,\t\n"=[\x00é'), max_size=60))
def test_any_text_is_a_glossary_or_refused(text: str) -> None:
    rows = [GlossaryRow(term=line[:9], plain=line[9:] or None) for line in text.split("\n")]
    try:
        entries = Glossary(rows).entries
    except InputError:
        return
    assert [entry.term for entry in entries] == [row.term for row in rows]


@pytest.mark.parametrize(
    ("text", "glossary", "expected"),
    [
        ("Washout of 14 days", ("washout", "rest period"), ("Washout", "rest period")),
        ("Recent heart attack", ("heart attack", "heart trouble"), ("heart attack", "heart trouble")),
        ("Relapsed ALL", ("ALL", "fast blood cancer"), ("ALL", "fast blood cancer")),
        ("All of them", ("ALL", "fast blood cancer"), None),
        ("Known MI", ("MI", "mitral leak"), ("MI", "mitral leak")),
        (
            "Myocardial infarction (MI)",
            ("myocardial infarction", "heart attack x"),
            ("Myocardial infarction (MI)", "heart attack x"),
        ),
    ],
)
def test_its_words_go_before_ours(
    text: str, glossary: tuple[str, str], expected: tuple[str, str] | None
) -> None:
    rows = [GlossaryRow(term=glossary[0], plain=glossary[1])]
    (read,) = Normaliser().with_glossary(Glossary(rows)).normalise([criterion(text)])
    told = [(term.surface, term.plain) for term in read.terms if term.source.startswith("glossary: ")]
    assert told == ([expected] if expected else [])


def test_the_model_is_told_them_and_the_scorer_takes_them() -> None:
    model = ScriptedModel(always=["You cannot join if your rest period was less than 14 days."])
    ours = Translator((ModelWriter(model, GREEDY),), model.version)
    theirs = ours.with_glossary(WASHOUT)
    unit = criterion("Washout of less than 14 days")
    (without,), (told,) = ours.translate_criteria([unit]), theirs.translate_criteria([unit])
    assert "Washout [rest period]" in model.asked[-1]
    assert (without.draft.route, told.draft.route) == ("source", "model")
    assert ours.versions.lexicon != theirs.versions.lexicon == f"{ours.versions.lexicon}+{WASHOUT.version}"
    assert ours.versions.scorer != theirs.versions.scorer == told.fidelity.signature
    assert ours.translate_criteria([unit]) == [without]


def test_each_request_has_its_own_words() -> None:
    model = ScriptedModel(always=["You cannot join if your rest period was less than 14 days."])
    ours = Translator((ModelWriter(model, GREEDY),), model.version)
    body = {"criteria": [{"id": "1", "section": "exclusion", "text": "Washout of less than 14 days"}]}
    words = [{"term": "washout", "plain": "rest period"}]
    settings = Settings(store="sqlite://", max_glossary=2)
    with TestClient(create_app(settings, lambda: ours)) as client:
        wait_until(lambda: client.get("/readyz").status_code == 200)
        with_words = client.post("/v1/translate", json={**body, "glossary": words}).json()
        without = client.post("/v1/translate", json=body).json()
        refused = client.post(
            "/v1/translate", json={**body, "glossary": [*words, {"term": "x", "plain": "=1"}]}
        )
        large = client.post("/v1/translate", json={**body, "glossary": words * 3})
    assert [one["translations"][0]["route"] for one in (with_words, without)] == ["model", "source"]
    assert with_words["versions"]["lexicon"] == f"{without['versions']['lexicon']}+{WASHOUT.version}"
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "#/glossary/1"
    assert (large.status_code, large.json()["limit"]["name"]) == (413, "max_glossary")


def test_the_command_takes_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "text.txt").write_text("Exclusion Criteria:\n\n* Washout of less than 14 days\n", "utf-8")
    (tmp_path / "bad.csv").write_text("term,plain\n", "utf-8")
    assert run(["translate", str(tmp_path / "text.txt"), "--glossary", str(tmp_path / "bad.csv")]) == 2
    assert "bad.csv, line 1: is no header of a glossary" in capsys.readouterr().err


def test_work_grows_with_the_number_of_rows() -> None:
    def check(size: int) -> None:
        Glossary(GlossaryRow(term=f"term {n}", plain=f"term {n + 1}") for n in range(size))

    assert_linear(check, 500)
