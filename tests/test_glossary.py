"""A user's glossary: taken whole or refused whole, and its words go before ours."""

from pathlib import Path

import pytest
from cases import golden
from fakes import ScriptedModel
from growth import assert_linear
from hypothesis import given
from hypothesis import strategies as st

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


def test_work_grows_with_the_number_of_rows() -> None:
    def check(size: int) -> None:
        Glossary(GlossaryRow(term=f"term {n}", plain=f"term {n + 1}") for n in range(size))

    assert_linear(check, 500)
