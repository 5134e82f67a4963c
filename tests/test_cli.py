"""The command as a user runs it: what it prints, what it writes, and with which status it leaves."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from fakes import NO_TEXT, FakeTranslator

from api.cli import run
from api.commands import texts
from translator.inputs import read
from translator.published import AuditReport, PublishedTranslation

ROOT = Path(__file__).parents[1]
TEXT = "Inclusion Criteria:\n\n* Age ≥ 18 years\n\nExclusion Criteria:\n\n* Liver transplant\n"
RECORD = {
    "protocolSection": {
        "identificationModule": {"nctId": "NCT01234567", "briefTitle": "An invented trial"},
        "eligibilityModule": {"eligibilityCriteria": TEXT},
    }
}
NO_CRITERIA = {"protocolSection": {"identificationModule": {"nctId": "NCT07654321", "briefTitle": "Another"}}}


def command(*arguments: str | Path, **options: object) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(  # noqa: S603
        [*COMMAND, *map(str, arguments)],
        check=False,
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        **options,
    )


COMMAND = [sys.executable, "-c", "from api.cli import main; main()"]


@pytest.fixture
def text_file(tmp_path: Path) -> Path:
    path = tmp_path / "trial.txt"
    path.write_text(TEXT, "utf-8")
    return path


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeTranslator:
    """The command in this process, with a translator that loads at once."""
    translator = FakeTranslator()
    monkeypatch.setattr(texts.Translator, "load", lambda *_, **__: translator)
    return translator


def one_line(error: str) -> str:
    """The complaint, which must be one line and no traceback."""
    assert error.startswith("plaincriteria: ")
    assert error.count("\n") == 1
    assert "; " in error
    return error


# As a user runs it


def test_help_offers_what_exists_and_no_more() -> None:
    done = command()
    assert done.returncode == 0
    listed = [line.split()[0] for line in done.stdout.split("Commands:\n")[1].splitlines()]
    expected = "audit batch keys memory model page review segment serve site terms translate"
    assert listed == expected.split()


def test_version_is_one_line() -> None:
    done = command("--version")
    assert (done.returncode, done.stdout.split()[0], done.stdout.count("\n")) == (0, "plaincriteria", 1)


def test_translate_writes_json_lines_by_the_contract(text_file: Path) -> None:
    done = command("translate", text_file)
    assert done.returncode == 0, done.stderr
    lines = [PublishedTranslation.model_validate_json(line) for line in done.stdout.splitlines()]
    assert [(line.section, line.role) for line in lines] == [
        ("inclusion", "heading"),
        ("inclusion", "criterion"),
        ("exclusion", "heading"),
        ("exclusion", "criterion"),
    ]
    assert [TEXT[slice(*line.span)] for line in lines][1] == "Age ≥ 18 years"
    assert all(line.plain and line.trial_id is None for line in lines)
    assert all(line.fidelity.verdict != "unfaithful" for line in lines)


def test_audit_gives_a_line_for_each_pair_in_order(tmp_path: Path) -> None:
    path = tmp_path / "pairs.jsonl"
    source = {"section": "inclusion", "source": "Age ≥ 18 years"}
    pairs = [
        {"id": "b", **source, "plain": "You must be 18 or older."},
        {"id": "a", **source, "plain": "You must be 81 or older."},
    ]
    path.write_text("".join(json.dumps(pair) + "\n" for pair in pairs), "utf-8")
    done = command("audit", path)
    assert done.returncode == 0, done.stderr
    reports = [AuditReport.model_validate_json(line) for line in done.stdout.splitlines()]
    assert [report.id for report in reports] == ["b", "a"]
    assert reports[0].score > reports[1].score
    assert reports[1].verdict == "unfaithful"


def test_segment_reads_standard_input() -> None:
    done = command("segment", "-", "--input-format", "text", input=TEXT)
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert list(lines[1]) == ["trial_id", "id", "section", "role", "parent_id", "span", "text"]
    assert [line["text"] for line in lines if line["role"] == "criterion"] == [
        "Age ≥ 18 years",
        "Liver transplant",
    ]


def test_a_closed_pipe_ends_quietly(tmp_path: Path) -> None:
    path = tmp_path / "long.txt"
    path.write_text("Inclusion Criteria:\n\n" + "* Age at least 18 years\n\n" * 5000, "utf-8")
    with subprocess.Popen(  # noqa: S603
        [*COMMAND, "segment", str(path)], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline()
        process.stdout.close()
        assert process.wait(60) == 0
        assert process.stderr.read() == b""


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="the system has no device that is always full")
def test_a_full_disk_is_told_in_one_line(text_file: Path) -> None:
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run(  # noqa: S603
            [*COMMAND, "segment", str(text_file)],
            check=False,
            cwd=ROOT,
            stdout=full,
            stderr=subprocess.PIPE,
            timeout=60,
        )
    assert done.returncode == 2
    assert "standard output" in one_line(done.stderr.decode())


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_ended_from_outside_leaves_nothing_half_written(
    number: signal.Signals, status: int, tmp_path: Path
) -> None:
    out = tmp_path / "out.jsonl"
    with subprocess.Popen(  # noqa: S603
        [*COMMAND, "segment", "-", "--out", str(out)], cwd=ROOT, stdin=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        deadline = time.monotonic() + 60
        while not list(tmp_path.iterdir()) and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(number)
        assert process.wait(60) == status
        assert process.stderr is not None
        complaint = process.stderr.read().decode()
        if number is signal.SIGINT:
            one_line(complaint.lstrip("\n"))
    assert list(tmp_path.iterdir()) == []


def test_serve_tells_its_address_and_stops_when_interrupted() -> None:
    with subprocess.Popen(  # noqa: S603
        [*COMMAND, "serve", "--port", "0"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            address = process.stdout.readline().split()[3]
            assert httpx.get(f"{address}/healthz", timeout=60).json() == {"status": "alive"}
            process.send_signal(signal.SIGINT)
            assert process.wait(60) == 130
        finally:
            process.kill()


# Bad input and bad usage

BAD_FILES = {
    "missing.txt": (None, "missing.txt"),
    "empty.txt": (b"", "empty"),
    "latin.txt": ("Age \xb3 18 years".encode("latin-1"), "byte 0xB3 at offset 4"),
    "broken.json": (b"{nonsense", "not JSON"),
    "list.jsonl": (
        b'{"id": "1", "section": "inclusion", "text": "Age over 17"}\n{"id": "2", "section": "other"}\n',
        "line 2: field 'text' is missing",
    ),
    "steering\x1b[31m\u202e.txt": (None, "steering\\x1b[31m\\u202e.txt"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_bad_input_is_one_line_and_writes_nothing(
    name: str, tmp_path: Path, fake: FakeTranslator, capfd: pytest.CaptureFixture[str]
) -> None:
    content, told = BAD_FILES[name]
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    for output in ([], ["--out", str(tmp_path / "out.json")]):
        assert run(["translate", str(path), "--format", "json", *output]) == 2
        captured = capfd.readouterr()
        assert captured.out == ""
        assert told in one_line(captured.err)
    assert not (tmp_path / "out.json").exists()
    assert fake.asked == []


def test_the_good_inputs_are_finished(
    text_file: Path, tmp_path: Path, fake: FakeTranslator, capfd: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.jsonl"
    assert run(["translate", str(tmp_path / "no.txt"), str(text_file), "--out", str(out)]) == 2
    assert len(out.read_text("utf-8").splitlines()) == 4
    assert "no.txt" in one_line(capfd.readouterr().err)


@pytest.mark.parametrize(("strict", "status"), [([], 0), (["--strict"], 1)])
def test_unreadable_items_are_told_and_counted(
    strict: list[str], status: int, tmp_path: Path, fake: FakeTranslator, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "many.jsonl"
    path.write_text("\n".join([json.dumps(RECORD), "[1]", json.dumps(RECORD)]), "utf-8")
    assert run(["translate", str(path), *strict]) == status
    captured = capfd.readouterr()
    assert len(captured.out.splitlines()) == 8
    told, counted = captured.err.splitlines()
    assert "many.jsonl, line 2: " in told
    assert counted == "plaincriteria: set aside: 1"


def test_nothing_that_can_be_read_is_no_success(
    tmp_path: Path, fake: FakeTranslator, capfd: pytest.CaptureFixture[str]
) -> None:
    path, out = tmp_path / "criteria.json", tmp_path / "out.html"
    path.write_text('[{"id": "1", "section": "inclusion", "text": "Age over 17"}]', "utf-8")
    assert run(["translate", str(path), "--format", "html", "--out", str(out)]) == 2
    assert "item 1: is a criterion, not a study record; Put one a line" in one_line(capfd.readouterr().err)
    assert not out.exists()


def test_a_fault_at_one_item_leaves_its_neighbours(
    tmp_path: Path, fake: FakeTranslator, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "many.jsonl"
    boom = json.loads(json.dumps(RECORD).replace("Liver", "boom"))
    path.write_text("\n".join(map(json.dumps, [RECORD, boom, RECORD])), "utf-8")
    assert run(["translate", str(path), "--strict"]) == 1
    captured = capfd.readouterr()
    assert len(captured.out.splitlines()) == 8
    told, counted = captured.err.splitlines()
    assert "NCT01234567: cannot be translated" in told
    assert "RuntimeError" in told
    assert counted == "plaincriteria: set aside: 1"


def test_strict_counts_what_needs_review(
    tmp_path: Path, fake: FakeTranslator, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "unclear.txt"
    path.write_text("Inclusion Criteria:\n\n* Age unclear\n* Weight unclear\n", "utf-8")
    assert run(["translate", str(path)]) == 0
    assert capfd.readouterr().err == ""
    assert run(["translate", str(path), "--strict"]) == 1
    assert capfd.readouterr().err == "plaincriteria: need review: 2\n"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["translate"], "INPUT"),
        (["translate", "x.txt", "--format", "pdf"], "--format"),
        (["translate", "x.txt", "--min-fidelity", "nan"], "--min-fidelity"),
        (["translate", "x.txt", "--min-fidelity", "1.1"], "--min-fidelity"),
        (["translate", "x.txt", "--out", "-"], "--out -"),
        (["translate", "x.txt", "--out", "/no/such/folder/x"], "/no/such/folder/x"),
        (["translate", "x.txt", "--out", "/"], "is not a file"),
        (["translate", "x.txt", "--out", os.devnull], "is not a file"),
        (["segment", "x.txt", "--colour\x1b[31m"], "--colour\\x1b[31m"),
        (["page"], "page"),
        (["serve", "--port", "70000"], "--port"),
        (["serve", "--host", "no.such.host.invalid", "--port", "0"], "no.such.host.invalid"),
    ],
)
def test_bad_usage_is_one_line(
    arguments: list[str], told: str, fake: FakeTranslator, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    captured = capfd.readouterr()
    assert captured.out == ""
    assert told in one_line(captured.err)


@pytest.mark.parametrize(("name", "value"), [("MIN_FIDELITY", "2"), ("MAX_ITEMS", "many"), ("PORT", "-1")])
def test_a_bad_setting_is_named(
    name: str, value: str, text_file: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(f"PLAINCRITERIA_{name}", value)
    assert run(["translate", str(text_file)]) == 2
    assert f"PLAINCRITERIA_{name}" in one_line(capfd.readouterr().err)


def test_a_fault_of_the_program_is_one_line(
    tmp_path: Path, fake: FakeTranslator, capfd: pytest.CaptureFixture[str]
) -> None:
    path, out = tmp_path / "boom.txt", tmp_path / "out.jsonl"
    path.write_text("Inclusion Criteria:\n\n* boom\n", "utf-8")
    assert run(["translate", str(path), "--out", str(out)]) == 2
    assert "RuntimeError" in one_line(capfd.readouterr().err)
    assert [item.name for item in tmp_path.iterdir()] == ["boom.txt"]


# What is written


def test_a_file_appears_whole_with_the_usual_mode(
    text_file: Path, tmp_path: Path, fake: FakeTranslator
) -> None:
    fresh, old = tmp_path / "fresh.jsonl", tmp_path / "old.jsonl"
    old.write_text("before", "utf-8")
    old.chmod(0o640)
    link = tmp_path / "link.jsonl"
    link.symlink_to(old)
    mask = os.umask(0o022)
    try:
        assert run(["translate", str(text_file), "--out", str(fresh)]) == 0
        assert run(["translate", str(text_file), "--out", str(link)]) == 0
    finally:
        os.umask(mask)
    assert fresh.stat().st_mode & 0o777 == 0o644
    assert old.stat().st_mode & 0o777 == 0o640
    assert old.read_bytes() == fresh.read_bytes()
    assert link.is_symlink()


def test_formats_hold_the_same_translations(
    text_file: Path, fake: FakeTranslator, capfd: pytest.CaptureFixture[str]
) -> None:
    def output(form: str) -> str:
        assert run(["translate", str(text_file), str(text_file), "--format", form]) == 0
        return capfd.readouterr().out

    lines = [json.loads(line) for line in output("jsonl").splitlines()]
    document = json.loads(output("json"))
    assert document["translations"] == lines
    assert document["versions"] == lines[0]["versions"]
    for form in ("text", "html", "markdown"):
        assert output(form).count("Plain: Age ≥ 18 years") == 2


def test_a_terminal_gets_text(
    text_file: Path, fake: FakeTranslator, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert run(["translate", str(text_file)]) == 0
    assert "Who cannot join" in capfd.readouterr().out


def test_a_trial_without_criteria_says_so(
    tmp_path: Path, fake: FakeTranslator, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "record.json"
    path.write_text(json.dumps(NO_CRITERIA), "utf-8")
    assert run(["translate", str(path), "--format", "jsonl"]) == 0
    (line,) = capfd.readouterr().out.splitlines()
    assert json.loads(line)["plain"] == NO_TEXT
    assert run(["translate", str(path), "--format", "text"]) == 0
    shown = capfd.readouterr().out
    assert "Another (NCT07654321)" in shown
    assert NO_TEXT in shown
    assert run(["segment", str(path)]) == 0
    captured = capfd.readouterr()
    assert captured.out == ""
    assert "has no eligibility text" in one_line(captured.err)


def test_a_criteria_list_keeps_its_ids(
    tmp_path: Path, fake: FakeTranslator, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "list.jsonl"
    items = [{"id": name, "section": "other", "text": "Age over 17"} for name in ("z-9", "ä", "1")]
    path.write_text("".join(json.dumps(item) + "\n" for item in items), "utf-8")
    assert run(["translate", str(path)]) == 0
    assert [json.loads(line)["id"] for line in capfd.readouterr().out.splitlines()] == ["z-9", "ä", "1"]


def test_audit_text_shows_both_sides(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "pairs.jsonl"
    pair = {
        "id": "p",
        "section": "inclusion",
        "source": "Age ≥ 18 years",
        "plain": "You must be 81 or older.",
    }
    path.write_text(json.dumps(pair) + "\nnonsense\n", "utf-8")
    assert run(["audit", str(path), "--format", "text"]) == 0
    captured = capfd.readouterr()
    assert "p  unfaithful 0." in captured.out
    assert "Age ≥ 18 years" in captured.out
    assert "Pairs: 1 (0 faithful, 0 review, 1 unfaithful)." in captured.out
    assert "line 2" in captured.err


def test_every_input_format_is_offered(text_file: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for form in ("nct", "record", "records", "criteria", "text"):
        assert f"{form}" in command("segment", "--help").stdout
    assert list(read(str(text_file), "text"))


def test_the_model_that_ships_is_whole_and_tells_what_it_is(capsys) -> None:
    assert run(["model", "verify"]) == 0
    versions = [line.split(":")[0] for line in capsys.readouterr().out.splitlines()]
    assert [version.split("@")[0] for version in versions] == [
        "plaincriteria-small-3",
        "plaincriteria-consistency-2",
    ]
    assert run(["model", "info"]) == 0
    told = capsys.readouterr().out
    assert all(version in told for version in versions)
    assert told.count("Model card") == told.count("  model.bin") == len(versions)


def test_a_changed_engine_is_refused(tmp_path: Path, capsys) -> None:
    (tmp_path / "checksums.json").write_text('{"model.json": "0"}')
    (tmp_path / "model.json").write_text('{"name": "other"}')
    assert run(["model", "verify", str(tmp_path)]) == 2
    assert "SHA-256" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["{", "[]", '{"name": "x", "colour": "red"}'])
def test_a_training_configuration_that_is_none_is_refused(tmp_path: Path, capsys, text: str) -> None:
    config = tmp_path / "config.json"
    config.write_text(text)
    assert run(["model", "train", str(config), "--out", str(tmp_path / "out")]) == 2
    assert "no training configuration" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_memory_answers_the_second_time(text_file: Path, tmp_path: Path) -> None:
    memory = tmp_path / "answers.sqlite"
    first, second = (command("translate", text_file, "--memory", memory) for _ in range(2))
    assert first.returncode == second.returncode == 0
    assert first.stdout == second.stdout
    assert first.stderr == "plaincriteria: memory: 0 of 4 answers were there (0%)\n"
    assert second.stderr == "plaincriteria: memory: 4 of 4 answers were there (100%)\n"


def test_approved_wordings_are_taken_in_or_refused_as_a_whole(tmp_path: Path, capsys) -> None:
    memory, wordings = tmp_path / "answers.sqlite", tmp_path / "wordings.jsonl"
    line = {
        "section": "exclusion",
        "source": "Liver transplant",
        "context": None,
        "plain": "You cannot join.",
    }
    wordings.write_text(f"{json.dumps(line)}\n\n{json.dumps(line | {'source': 'Gout'})}\n", "utf-8")
    assert run(["memory", str(memory), "--approve", str(wordings)]) == 0
    told = f"{memory}: 0 answers, 2 approved wordings, 0.0 MB\n"
    assert capsys.readouterr().out == told
    wordings.write_text(f"{json.dumps(line)}\n{{}}\n", "utf-8")
    assert run(["memory", str(memory), "--approve", str(wordings)]) == 2
    assert f"{wordings}, line 2: is no approved wording" in one_line(capsys.readouterr().err)
    assert run(["memory", str(memory)]) == 0
    assert capsys.readouterr().out == told
    assert run(["memory", str(memory), "--approve", str(tmp_path / "no.jsonl")]) == 2
    assert run(["memory", str(wordings)]) == 2
