"""The static site: what it holds, and that a second run writes only what changed."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from fakes import VERSIONS, FakeTranslator
from studies import MARKUP, planted, record

from api.cli import run
from api.commands import pages
from translator.errors import InputError
from translator.records import TranslatedTrial, Trial
from translator.site import JOURNAL, build
from translator.study import Study, read_study


def studies(*titles: str) -> list[Study]:
    return [
        read_study(
            record(
                nct_id=f"NCT9900001{i}", identificationModule={"briefTitle": title, "nctId": f"NCT9900001{i}"}
            ),
            "t",
        )
        for i, title in enumerate(titles)
    ]


def built(folder: Path, given: list[Study]) -> list[str]:
    """Builds the site; which trials were translated."""
    asked: list[str] = []

    def translate(trial: Trial) -> TranslatedTrial:
        asked.append(trial.id or "")
        return FakeTranslator().translate_trial(trial)

    for _ in build(given, folder, translate, VERSIONS):
        pass
    return asked


def snapshot(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {
        str(p.relative_to(folder)): (p.read_bytes(), p.stat().st_mtime_ns)
        for p in folder.rglob("*")
        if p.is_file()
    }


def test_every_link_within_the_site_leads_somewhere(tmp_path: Path) -> None:
    built(tmp_path, studies("One", "Two"))
    for path in tmp_path.rglob("*.html"):
        for address in re.findall(r'(?:href|src)="([^"#]+)"', path.read_text("utf-8")):
            assert "://" in address or (path.parent / address).is_file(), (path, address)
    index = (tmp_path / "index.html").read_text("utf-8")
    assert "Recruiting (2)" in index
    assert "I (1)" in index
    assert "C (1)" in index


def test_a_second_run_writes_nothing(tmp_path: Path) -> None:
    assert len(built(tmp_path, studies("One", "Two"))) == 2
    before = snapshot(tmp_path)
    assert built(tmp_path, studies("One", "Two")) == []
    assert snapshot(tmp_path) == before


def test_only_what_changed_is_written(tmp_path: Path) -> None:
    built(tmp_path, studies("One", "Two"))
    before = snapshot(tmp_path)
    assert built(tmp_path, studies("One", "Other")) == ["NCT99000011"]
    after = snapshot(tmp_path)
    assert {name for name in after if name.startswith("trials/") and after[name] != before[name]} == {
        f"trials/NCT99000011{end}.html" for end in ("", "-print", "-protocol")
    }
    assert "Other" in (tmp_path / "trials.js").read_text()


def test_an_ended_run_goes_on(tmp_path: Path) -> None:
    run_of_one = build(studies("One", "Two"), tmp_path, FakeTranslator().translate_trial, VERSIONS)
    next(run_of_one)
    run_of_one.close()
    with (tmp_path / JOURNAL).open("a") as journal:
        journal.write('{"id": "NCT9')  # cut off within a line
    assert built(tmp_path, studies("One", "Two")) == ["NCT99000011"]


def test_a_page_that_went_missing_comes_back(tmp_path: Path) -> None:
    built(tmp_path, studies("One"))
    (tmp_path / "trials" / "NCT99000010-print.html").unlink()
    assert built(tmp_path, studies("One")) == ["NCT99000010"]


def test_markup_is_not_obeyed_in_lists_and_search(tmp_path: Path) -> None:
    built(tmp_path, [read_study(planted(record()), "t")])
    lists = [path.read_text("utf-8") for path in (tmp_path / "lists").iterdir()]
    assert lists
    assert all("<script" not in text and "<img" not in text for text in lists)
    rows = json.loads(
        (tmp_path / "trials.js").read_text("utf-8").removeprefix("const TRIALS = ").rstrip(";\n")
    )
    assert MARKUP in rows[0][1]


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be written"):
        built(tmp_path / "file", studies("One"))


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeTranslator:
    translator = FakeTranslator()
    monkeypatch.setattr(pages.Translator, "load", lambda *_, **__: translator)
    return translator


def written(path: Path, *records: Any) -> str:
    path.write_text("".join(f"{json.dumps(one)}\n" for one in records), "utf-8")
    return str(path)


@pytest.mark.usefixtures("fake")
def test_the_commands(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    one, many = (
        written(tmp_path / "r.json", record()),
        written(tmp_path / "rs.jsonl", record(), {"no": 1}, record(nct_id="NCT99000009")),
    )
    assert run(["page", one, "--out", str(tmp_path / "p.html")]) == 0
    assert "Who may join" in (tmp_path / "p.html").read_text("utf-8")
    assert run(["page", one, "--print", "--order", "protocol"]) == 0
    assert "To ask the doctor" in capfd.readouterr().out
    assert run(["page", many]) == 2
    assert run(["site", many, "--out", str(tmp_path / "site")]) == 0
    told = capfd.readouterr()
    assert "2 written, 0 unchanged" in told.out
    assert "rs.jsonl, line 2" in told.err


@pytest.mark.usefixtures("fake")
def test_a_fault_of_the_translator_leaves_a_page_that_says_so(tmp_path: Path) -> None:
    one = written(tmp_path / "r.json", record("Inclusion Criteria:\n\n* boom\n"))
    assert run(["page", one, "--out", str(tmp_path / "p.html")]) == 2
    assert "could not be put in plain words" in (tmp_path / "p.html").read_text("utf-8")


@pytest.mark.usefixtures("fake")
def test_a_text_has_no_page(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "t.txt").write_text("Age at least 18", "utf-8")
    assert run(["page", str(tmp_path / "t.txt")]) == 2
    assert "holds no study records" in capfd.readouterr().err
