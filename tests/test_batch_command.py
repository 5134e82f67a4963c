"""The command ``batch`` as a user runs it: what it says, and with which status it leaves."""

import json
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeTranslator
from overnight import lines, registry, result, text

from api.cli import run
from api.commands import batches
from api.progress import Display, duration, standing
from translator.bulk.records import Progress


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "registry.jsonl"
    path.write_text(lines(registry(3) | {7: None, 8: text("unclear")}) + "no JSON\n", "utf-8")
    return path


@pytest.fixture(autouse=True)
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeTranslator:
    translator = FakeTranslator()
    monkeypatch.setattr(batches.Translator, "load", lambda *_, **__: translator)
    return translator


def test_the_summary_tells_what_was_made(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert run(["batch", str(source), "--out", str(out)]) == 0
    said = capsys.readouterr()
    assert said.out.startswith(
        f"{out}: 6 records, 15 units of text, parts: 1\n"
        "  verdict       faithful 13 (86.7%), review 2 (13.3%)\n"
        "  written by    template 14 (93.3%), source 1 (6.7%)\n"
        "  findings      omission 2 (13.3%)\n"
        "  grade         half of the units are below 6, nine of ten below 6\n"
        "  without text  1 records\n"
        f"  quarantine    1; why is in {out}/quarantine.jsonl\n"
        "  this time     14 units translated in "
    )
    assert said.err == "plaincriteria: set aside: 1\n"


def test_a_change_run_tells_what_changed(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["batch", str(source), "--out", str(tmp_path / "earlier")])
    source.write_text(lines(registry(2) | {9: text("New")}), "utf-8")
    capsys.readouterr()
    arguments = ["batch", str(source), "--out", str(tmp_path / "out"), "--since", str(tmp_path / "earlier")]
    assert run(arguments) == 0
    said = capsys.readouterr().out
    assert "  trials        2 as they were, 0 changed, 1 new, 3 gone\n" in said
    assert "  units         8 as they were, 2 new or changed, 7 gone; what is gone is in " in said
    assert "  this time     2 units translated in " in said


@pytest.mark.parametrize(
    ("records", "arguments", "status"),
    [
        (lines(registry(2)), [], 0),
        (lines(registry(2)), ["--strict"], 0),
        (lines({1: text("unclear")}), [], 0),
        (lines({1: text("unclear")}), ["--strict"], 1),
        (lines(registry(1)) + "no JSON\n", ["--strict"], 1),
        ("no JSON\nnor this\n", ["--input-format", "records"], 2),
        (lines(registry(2)), ["--engine", "cloud"], 2),
        (lines(registry(2)), ["--workers", "0"], 2),
        (lines(registry(2)), ["--since", "nowhere"], 2),
    ],
)
def test_status(tmp_path: Path, records: str, arguments: list[str], status: int) -> None:
    source = tmp_path / "registry.jsonl"
    source.write_text(records, "utf-8")
    assert run(["batch", str(source), "--out", str(tmp_path / "out"), *arguments]) == status


def test_options_are_those_of_the_result(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLAINCRITERIA_MIN_FIDELITY", "0.7")
    out = tmp_path / "out"
    run(["batch", str(source), "--out", str(out), "--format", "jsonl", "--limit", "2"])
    options = json.loads((out / "run.json").read_bytes())["options"]
    assert (options["format"], options["limit"], options["min_fidelity"]) == ("jsonl", 2, 0.7)
    assert [path.name for path in (out / "parts").iterdir()] == ["part-000001.jsonl"]


def test_interrupted_and_run_again(
    source: Path, tmp_path: Path, fake: FakeTranslator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: Any, **__: Any) -> Any:
        raise KeyboardInterrupt

    out = tmp_path / "out"
    with monkeypatch.context() as patch:
        patch.setattr(fake, "write", interrupted)
        assert run(["batch", str(source), "--out", str(out)]) == 130
    assert not (out / "manifest.json").exists()
    assert run(["batch", str(source), "--out", str(out)]) == 0
    run(["batch", str(source), "--out", str(tmp_path / "whole")])
    assert result(out) == result(tmp_path / "whole")


def test_a_complaint_is_one_line(source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    run(["batch", str(source), "--out", str(out)])
    capsys.readouterr()
    assert run(["batch", str(source), "--out", str(out), "--limit", "1"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == (
        f"plaincriteria: {out}: holds a run with other options; "
        "Choose another folder, or write it anew with --restart\n"
    )


@pytest.mark.parametrize(
    ("progress", "seconds", "line"),
    [
        (Progress(), 0.0, "0 records, 0 units"),
        (
            Progress(share=0.25, parts=1, records=1000, rows=20_000, translated=20_000),
            100.0,
            "1,000 records, 20,000 units, 200.0 units/s, 5 min 00 s left",
        ),
        (  # a run that goes on: what stood already took no time
            Progress(share=0.75, share_before=0.5, parts=3, records=3, rows=60, translated=20, quarantined=1),
            3600.0,
            "3 records, 60 units, 1 set aside, 0.0 units/s, 1 h 00 min left",
        ),
        (Progress(share=0.5, share_before=0.5, parts=1, records=1), 5.0, "1 records, 0 units"),
        (Progress(share=1.0, parts=1, rows=4, translated=4), 2.0, "0 records, 4 units, 2.0 units/s"),
    ],
)  # fmt: skip
def test_where_it_stands(progress: Progress, seconds: float, line: str) -> None:
    assert standing(progress, seconds) == line


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.4, "0 s"), (59.6, "1 min 00 s"), (3599, "59 min 59 s"), (90_000, "25 h 00 min")]
)
def test_length_of_time(seconds: float, said: str) -> None:
    assert duration(seconds) == said


def test_without_a_terminal_a_line_now_and_then(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter([0.0, 10.0, 20.0, 75.0, 80.0])
    monkeypatch.setattr("api.progress.time.monotonic", lambda: next(clock))
    with Display() as display:
        display(Progress(again=True))
        display(Progress(share=0.1, parts=1, records=1, rows=10, translated=10))
        display(Progress(share=0.5, parts=2, records=2, rows=20, translated=20))
        display(Progress(share=0.6, parts=3, records=3, rows=30, translated=30))
    assert capsys.readouterr().err == (
        "plaincriteria: the earlier run has other versions; all is translated again\n"
        "plaincriteria: 50%, 2 records, 20 units, 0.3 units/s, 1 min 05 s left\n"
    )
