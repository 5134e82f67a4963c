"""Change runs: what is taken over from an earlier run, what is translated again, what is told as gone."""

from pathlib import Path
from typing import Any

import pytest
from fakes import VERSIONS, FakeTranslator, criterion
from hypothesis import given, settings
from hypothesis import strategies as st
from overnight import SMALL, Reader, batch, lines, nct, result, text

from translator.batch import Outcome
from translator.bulk.digests import digest
from translator.bulk.folder import CHANGES, REMOVED
from translator.bulk.records import Options, Removed
from translator.errors import InputError
from translator.records import Span

NOT_OF_A_FULL_RUN = {CHANGES, REMOVED}
BEFORE: dict[int, str | None] = {
    1: text("Age 18 or older", "No gout"),
    2: text("Age 18 or older", "Asthma", "No stroke"),
    3: text("Diabetes"),
    4: text("Cough"),
    5: None,
}
AFTER: dict[int, str | None] = {
    0: text("New here"),
    1: BEFORE[1],
    2: text("Age 21 or older", "No stroke", "Asthma"),
    4: text("Cough", "Fever"),
    5: None,
}
# Criteria whose reading depends on their company, on what the trial defines, or on neither.
CRITERIA = (
    "History of ART",
    "Embryo transfer for infertility by IVF",
    "No ALL",
    "Acute lymphoblastic leukemia",
    "Liver ALT above normal",
    "Glaucoma treated by laser",
    "PES above 5",
    "Primary endpoint score (PES) above 3",
    "Platelet exchange session (PES) within 2 weeks",
    "Age 18 years or older",
    "No gout",
)
# Trials of criteria, before and after, where one criterion is what it was and yet is read otherwise.
TURNED = (
    (("No gout", "History of ART"), ("No gout", "History of ART", "Embryo transfer for infertility by IVF")),
    (("History of ART", "Embryo transfer for infertility by IVF"), ("History of ART",)),
    (("No ALL",), ("No ALL", "Acute lymphoblastic leukemia")),
    (("PES above 5",), ("PES above 5", "Primary endpoint score (PES) above 3")),
    (
        ("PES above 5", "Primary endpoint score (PES) above 3"),
        ("PES above 5", "Platelet exchange session (PES) within 2 weeks"),
    ),
    (("History of ART", "No gout"), ("Other history of ART", "No gout")),
    # The new criterion is read by words of one that is taken over.
    (
        ("Embryo transfer for infertility by IVF",),
        ("Embryo transfer for infertility by IVF", "History of ART"),
    ),
    (
        ("In vitro fertilization (ART)", "Age 18 years or older"),
        ("Infertility by embryo transfer (ART)", "Age 18 years or older", "ART"),
    ),
)


def changed(tmp_path: Path, before: Any, after: Any, translator: Any, options: Options = SMALL) -> Outcome:
    """Runs over a registry, then over a later one since then; a full run is in ``full``."""
    for name, trials in (("before", before), ("after", after)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "registry.jsonl").write_text(lines(trials), "utf-8")
    batch(tmp_path / "before" / "registry.jsonl", tmp_path / "earlier", options, load=Reader)
    source = tmp_path / "after" / "registry.jsonl"
    batch(source, tmp_path / "full", options, load=Reader)
    return batch(source, tmp_path / "out", options, load=lambda: translator, since=tmp_path / "earlier")


def is_a_full_run(tmp_path: Path) -> bool:
    found = {name: data for name, data in result(tmp_path / "out").items() if name not in NOT_OF_A_FULL_RUN}
    return found == result(tmp_path / "full")


@pytest.mark.parametrize("form", ["parquet", "jsonl"])
def test_only_what_changed_is_translated(tmp_path: Path, form: Any) -> None:
    translator = Reader()
    outcome = changed(tmp_path, BEFORE, AFTER, translator, SMALL.model_copy(update={"format": form}))
    assert is_a_full_run(tmp_path)
    assert translator.asked == ["Inclusion Criteria:", "New here", "Age 21 or older", "Fever"]
    assert outcome.progress.translated == 4
    assert outcome.changes
    assert outcome.changes.model_dump(exclude={"earlier"}) == {
        "same_versions": True,
        "trials_same": 2,
        "trials_changed": 2,
        "trials_new": 1,
        "trials_removed": 1,
        "rows_same": 3 + 1 + 3 + 2,
        "rows_new": 4,
        "rows_removed": 1 + 2,
    }
    gone = [
        Removed.model_validate_json(line).model_dump(include={"trial_id", "id", "source"})
        for line in (tmp_path / "out" / REMOVED).read_bytes().splitlines()
    ]
    assert gone == [
        {"trial_id": nct(2), "id": "2", "source": "Age 18 or older"},
        {"trial_id": nct(3), "id": None, "source": None},
    ]


@settings(max_examples=25)
@given(
    st.lists(
        st.dictionaries(st.integers(0, 6), st.lists(st.sampled_from(CRITERIA), max_size=5)),
        min_size=2,
        max_size=2,
    ),
)
def test_a_change_run_gives_what_a_full_run_gives(
    tmp_path_factory: pytest.TempPathFactory, registries: list[dict[int, list[str]]]
) -> None:
    before, after = ({number: text(*ones) for number, ones in one.items()} or {0: None} for one in registries)
    tmp_path = tmp_path_factory.mktemp("edited")
    changed(tmp_path, before, after, Reader())
    assert is_a_full_run(tmp_path)


@pytest.mark.parametrize(("before", "after"), TURNED)
def test_a_criterion_that_is_read_by_its_company(
    tmp_path: Path, before: tuple[str, ...], after: tuple[str, ...]
) -> None:
    changed(tmp_path, {1: text(*before)}, {1: text(*after)}, Reader())
    assert is_a_full_run(tmp_path)


def test_a_run_that_was_ended_goes_on_as_a_change_run(tmp_path: Path) -> None:
    changed(tmp_path, BEFORE, AFTER, Reader())
    whole = result(tmp_path / "out")
    for name in ("manifest.json", "journal/part-000001.json", CHANGES, REMOVED):
        (tmp_path / "out" / name).unlink()
    translator = Reader()
    source = tmp_path / "after" / "registry.jsonl"
    batch(source, tmp_path / "out", load=lambda: translator, since=tmp_path / "earlier")
    assert result(tmp_path / "out") == whole
    assert "Fever" not in translator.asked  # it stands in the second part


def test_texts_and_lists_without_an_id_are_taken_over_whole(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text(text("Gout"))
    (tmp_path / "in" / "b.txt").write_text(text("Gout"))
    (tmp_path / "in" / "list.jsonl").write_text('{"id": "1", "section": "other", "text": "Gout"}\n')
    batch(tmp_path / "in", tmp_path / "earlier")
    (tmp_path / "in" / "0.txt").write_text(text("Asthma"))
    translator = FakeTranslator()
    outcome = batch(tmp_path / "in", tmp_path / "out", load=lambda: translator, since=tmp_path / "earlier")
    assert translator.batches == [["Inclusion Criteria:", "Asthma"], []]
    batch(tmp_path / "in", tmp_path / "full")
    assert is_a_full_run(tmp_path)
    assert outcome.changes
    assert (outcome.changes.trials_new, outcome.changes.trials_removed) == (1, 0)


@pytest.mark.parametrize("differs", ["versions", "min_fidelity"])
def test_with_other_versions_all_is_translated_again(
    tmp_path: Path, differs: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "registry.jsonl"
    source.write_text(lines(BEFORE), "utf-8")
    batch(source, tmp_path / "earlier")
    options = SMALL
    if differs == "versions":
        monkeypatch.setattr(FakeTranslator, "versions", VERSIONS.model_copy(update={"scorer": "1"}))
    else:
        options = SMALL.model_copy(update={"min_fidelity": 0.5})
    told = []
    outcome = batch(source, tmp_path / "out", options, since=tmp_path / "earlier", watch=told.append)
    assert told[0].again
    assert outcome.progress.translated == outcome.manifest.counts.rows - 1  # a trial has no text
    assert outcome.changes
    assert not outcome.changes.same_versions


def test_an_earlier_run_that_is_no_good_is_refused(tmp_path: Path) -> None:
    source = tmp_path / "registry.jsonl"
    source.write_text(lines(BEFORE), "utf-8")
    earlier, out = tmp_path / "earlier", tmp_path / "out"
    batch(source, earlier)
    with pytest.raises(InputError, match="is the folder to be written"):
        batch(source, earlier, since=earlier)
    (earlier / "parts" / "part-000001.parquet").write_bytes(b"PAR1")
    with pytest.raises(InputError, match=r"is not the file that manifest\.json names"):
        batch(source, out, since=earlier)
    (earlier / "manifest.json").unlink()
    with pytest.raises(InputError, match="holds no finished run"):
        batch(source, out, since=earlier)


# What an answer depends on


def test_what_an_answer_depends_on() -> None:
    """Each change of one thing; those that matter are another digest."""
    reader = Reader()

    def digests(definitions: dict[str, str], **change: Any) -> str:
        unit = criterion("No gout (GT) of the big toe").model_copy(update=change)
        return digest(reader.read([unit], definitions)[0])

    same = digests({})
    assert digests({}, id="9", parent_id="8", span=Span(start=100, end=127)) == same
    assert digests({"HR": "heart rate"}) == same
    others = [{"section": "exclusion"}, {"role": "note"}, {"text": "No gout"}, {"context": "All of:"}]
    assert len({same, *(digests({}, **one) for one in others)}) == 5
    assert digests({"ANC": "ankle circle"}, text="ANC above 5") != digests({}, text="ANC above 5")
