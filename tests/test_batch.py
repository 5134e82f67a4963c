"""Batches: what is in the folder, that its bytes never differ, and what happens when something goes wrong."""

import errno
import gzip
import json
import multiprocessing
import os
import random
import zipfile
from functools import partial
from pathlib import Path
from typing import Any, get_args

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fakes import VERSIONS, FakeTranslator
from overnight import SMALL, Dying, Waiting, batch, cannot_load, killed, lines, nct, registry, result, text
from servers import wait_until

from translator.batch import run
from translator.bulk import engines, parts, sources
from translator.bulk import folder as folders
from translator.bulk.records import Manifest, Options, PartFormat, Progress, Quarantined, Row
from translator.dialogue.endpoint import ChatError
from translator.errors import InputError
from translator.published import PublishedFidelity, PublishedFinding, PublishedTerm, publish
from translator.records import Readability, Trial

JSONL = SMALL.model_copy(update={"format": "jsonl"})
KILLS = int(os.environ.get("KILLS", "5"))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "in" / "registry.jsonl"
    path.parent.mkdir()
    path.write_text(lines(registry(10)), "utf-8")
    return path


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def manifest(folder: Path) -> Manifest:
    return Manifest.model_validate_json((folder / "manifest.json").read_bytes())


def quarantine(folder: Path) -> list[Quarantined]:
    told = (folder / "quarantine.jsonl").read_bytes().splitlines()
    return [Quarantined.model_validate_json(line) for line in told]


def written(folder: Path) -> list[Row]:
    """The rows of a result in JSON lines."""
    told = b"".join(path.read_bytes() for path in sorted((folder / "parts").iterdir()))
    return [Row.model_validate_json(line) for line in told.splitlines()]


class Failing(FakeTranslator):
    """Raises what it is given at a trial whose text holds "boom"."""

    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self._error = error

    def write(self, normalised: Any, least: Any) -> Any:
        if any("boom" in one.text for one in normalised):
            raise self._error
        return super().write(normalised, least)


# What is in the folder


def test_rows_are_what_translate_publishes(source: Path, out: Path) -> None:
    batch(source, out, JSONL)
    rows = written(out)
    expected = []
    for number, words in registry(10).items():
        done = FakeTranslator().translate_trial(Trial(id=nct(number), eligibility=words))
        expected += [publish(one, nct(number), done.versions) for one in done.translations]
    own = {"record", "text_digest", "digest"}
    assert [row.model_dump(exclude=own) for row in rows] == [one.model_dump() for one in expected]
    assert [row.record for row in rows] == [number for number in range(1, 11) for _ in range(4)]
    assert len({row.text_digest for row in rows}) == 10


def test_both_formats_have_the_same_rows(source: Path, tmp_path: Path) -> None:
    batch(source, tmp_path / "parquet")
    batch(source, tmp_path / "jsonl", JSONL)
    tables = [pq.read_table(path) for path in sorted((tmp_path / "parquet" / "parts").iterdir())]
    lines_of = [row.model_dump(mode="json") for row in written(tmp_path / "jsonl")]
    assert len(tables) == 4
    assert pa.concat_tables(tables).to_pylist() == lines_of


@pytest.mark.parametrize("form", get_args(PartFormat))
def test_a_row_with_everything_comes_back(form: PartFormat) -> None:
    finding = PublishedFinding(
        type="number", severity="major", message="≥", source_span=(0, 3), plain_span=(1, 2)
    )
    without = finding.model_copy(update={"source_span": None, "plain_span": None})
    row = Row(
        trial_id=nct(1),
        id="2",
        section="exclusion",
        role="criterion",
        parent_id="1",
        span=(4, 10),
        source="“Gout” ≥ 3 × \U0001d11e",
        plain="No\nline \u2028 end",
        route="memory",
        fidelity=PublishedFidelity(score=0.1 + 0.2, verdict="review", findings=(finding, without)),
        readability=Readability(grade=-1.3, words=4, unexplained=("Gout",)),
        terms=(PublishedTerm(surface="Gout", plain=None, kind="condition", span=(1, 5)),),
        versions=VERSIONS,
        record=7,
        text_digest="a",
        digest="b",
    )
    bare = {"trial_id": None, "parent_id": None, "terms": (), "fidelity": PublishedFidelity(
        score=1.0, verdict="faithful", findings=()
    )}  # fmt: skip
    rows = [row, row.model_copy(update=bare)]
    assert parts.rows(parts.decode(parts.encode(parts.table(rows), form), form)) == rows


def test_the_manifest_tells_what_is_there(source: Path, out: Path) -> None:
    with source.open("a", encoding="utf-8") as stream:
        stream.write(lines({20: None, 21: text("unclear"), 22: text("boom")}))
    outcome = batch(source, out)
    told = manifest(out)
    assert outcome.manifest == told
    assert told.run.source.name == source.name
    assert told.run.options == SMALL
    assert (told.counts.records, told.counts.without_text, told.counts.quarantined) == (13, 1, 1)
    assert told.counts.rows == 10 * 4 + 1 + 2 == sum(part.rows for part in told.parts)
    assert told.counts.verdict == {"faithful": 41, "review": 2}
    assert told.counts.route == {"source": 1, "template": 42}
    assert told.counts.finding == {"omission": 2}
    assert told.counts.score == {"0.40": 1, "0.95": 41}
    assert told.counts.grade == {"05": 43}
    assert told.rates.model_dump() == {
        "faithful": 0.9535,
        "review": 0.0465,
        "source": 0.0233,
        "quarantined": 0.0769,
    }
    for part in told.parts:
        assert folders.sha256(out / "parts" / part.name) == part.sha256


def test_no_time_and_no_place_is_in_the_result(source: Path, tmp_path: Path) -> None:
    other = tmp_path / "elsewhere" / source.name
    other.parent.mkdir()
    other.write_bytes(source.read_bytes() + b"no JSON\n")
    source.write_bytes(other.read_bytes())
    os.utime(other, (1, 1))
    batch(source, tmp_path / "one")
    batch(other, tmp_path / "two")
    assert result(tmp_path / "one") == result(tmp_path / "two")
    assert str(tmp_path).encode() not in b"".join(result(tmp_path / "one").values())


def test_parts_are_cut_by_records_and_by_characters(source: Path, out: Path) -> None:
    source.write_text(lines({n: text("x" * 400) for n in range(7)}), "utf-8")
    cut = [[item.number for item in work.items] for work in sources.works(str(source), SMALL)]
    assert cut == [[1, 2, 3], [4, 5, 6], [7]]
    few = SMALL.model_copy(update={"part_characters": 800})
    cut = [[item.number for item in work.items] for work in sources.works(str(source), few)]
    assert cut == [[1, 2], [3, 4], [5, 6], [7]]


def test_a_limit_reads_no_further(source: Path, out: Path) -> None:
    source.write_bytes(source.read_bytes() + b"no JSON\n")
    batch(source, out, SMALL.model_copy(update={"limit": 4}))
    assert manifest(out).counts.records == 4
    assert [part.rows for part in manifest(out).parts] == [12, 4]


def test_a_criteria_list_is_cut_into_pieces(
    out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "LIST_PIECE", 4)
    path = tmp_path / "list.jsonl"
    path.write_text("".join(f'{{"id": "c{n}", "section": "other", "text": "Gout {n}"}}\n' for n in range(10)))
    batch(path, out, JSONL)
    assert [row.id for row in written(out)] == [f"c{n}" for n in range(10)]
    assert manifest(out).counts.records == 1


def test_every_kind_of_source(source: Path, tmp_path: Path) -> None:
    """One registry, however it is packed: the same rows."""
    records = [json.loads(line) for line in source.read_text("utf-8").splitlines()]
    (tmp_path / "r.json").write_text(json.dumps({"studies": records}), "utf-8")
    (tmp_path / "r.jsonl.gz").write_bytes(gzip.compress(source.read_bytes()))
    (tmp_path / "many").mkdir()
    with zipfile.ZipFile(tmp_path / "r.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for number, one in enumerate(records):
            archive.writestr(f"{nct(number)}.json", json.dumps(one))
            (tmp_path / "many" / f"{nct(number)}.json").write_text(json.dumps(one), "utf-8")
    batch(source, tmp_path / "out")
    expected = {name: data for name, data in result(tmp_path / "out").items() if name.startswith("parts")}
    for name in ("r.json", "r.jsonl.gz", "r.zip", "many"):
        shares = []
        batch(tmp_path / name, tmp_path / f"out-{name}", watch=lambda one: shares.append(one.share))  # noqa: B023
        found = result(tmp_path / f"out-{name}")
        assert {key: found[key] for key in found if key.startswith("parts")} == expected
        assert shares == sorted(shares)
        assert (shares[0], shares[-1]) == (0.0, 1.0)


# The same bytes, whatever happens


def test_several_processes_write_the_same_bytes(source: Path, tmp_path: Path) -> None:
    batch(source, tmp_path / "one")
    batch(source, tmp_path / "two", workers=2)
    assert result(tmp_path / "one") == result(tmp_path / "two")


def test_killed_at_any_moment_and_started_again(source: Path, tmp_path: Path) -> None:
    whole, out = tmp_path / "whole", tmp_path / "out"
    batch(source, whole)
    chance = random.Random(os.environ.get("KILLS"))
    for _ in range(KILLS):
        if not killed(source, out, at=chance.randrange(30)):
            for path in out.rglob("part-*2.*"):
                path.unlink()
    batch(source, out)
    assert result(out) == result(whole)


def test_what_was_lost_with_the_power_is_made_again(source: Path, tmp_path: Path) -> None:
    whole, out = tmp_path / "whole", tmp_path / "out"
    batch(source, whole)
    batch(source, out)
    (out / "parts" / "part-000001.parquet").write_bytes(b"PAR1 half")
    (out / "parts" / "part-000002.parquet").rename(out / "parts" / ".part-000002.parquet.unfinished")
    (out / "journal" / "part-000003.json").rename(out / "journal" / ".part-000003.json.unfinished")
    (out / ".manifest.json.unfinished").write_bytes(b"{")
    translator = FakeTranslator()
    batch(source, out, load=lambda: translator)
    assert result(out) == result(whole)
    assert len(translator.asked) == 9 * 4  # the fourth part, of one record, stood


def test_a_file_is_safe_before_it_has_its_name(
    source: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    sync, replace = os.fsync, Path.replace

    def fsync(handle: int) -> None:
        name = Path(f"/proc/self/fd/{handle}").resolve().name
        done.append(f"sync {name}")
        sync(handle)

    def rename(path: Path, target: Path) -> Path:
        done.append(f"name {target.name}")
        return replace(path, target)

    monkeypatch.setattr(folders.os, "fsync", fsync)
    monkeypatch.setattr(Path, "replace", rename)
    batch(source, out)
    whole = [line.split(" ", 1) for line in done]
    assert len(whole) == 3 * (1 + 2 * 4 + 2)
    for (first, unfinished), (second, name), (third, folder) in zip(*[iter(whole)] * 3, strict=True):
        assert (first, second, third) == ("sync", "name", "sync")
        assert unfinished == f".{name}.unfinished"
        assert folder in {out.name, "parts", "journal"}
    order = [name for kind, name in whole if kind == "name"]
    assert order.index("part-000001.parquet") + 1 == order.index("part-000001.json")
    assert order[-1] == "manifest.json"


@pytest.mark.parametrize("at", [0, 3, 6, 9, 20])
def test_a_full_disk_is_told_and_the_run_goes_on_later(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    whole, out = tmp_path / "whole", tmp_path / "out"
    batch(source, whole)
    sync, calls = os.fsync, iter(range(1000))

    def full(handle: int) -> None:
        if next(calls) >= at:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        sync(handle)

    with monkeypatch.context() as patch:
        patch.setattr(folders.os, "fsync", full)
        with pytest.raises(InputError, match=r"No space left on device.*goes on"):
            batch(source, out)
    assert not (out / "manifest.json").exists()
    batch(source, out)
    assert result(out) == result(whole)


def test_a_finished_run_is_not_done_again(source: Path, out: Path) -> None:
    batch(source, out)
    before = result(out)
    translator = FakeTranslator()
    outcome = batch(source, out, load=lambda: translator)
    assert not translator.asked
    assert outcome.progress.rows == 40
    assert result(out) == before


# What is no good


def test_what_fails_is_in_quarantine_and_the_rest_is_done(source: Path, out: Path) -> None:
    good = lines(registry(3))
    huge = lines({4: "x" * 5_000_000})
    bad = lines({5: text("boom")})
    source.write_text(f"{good}{{no JSON\n{bad}{huge}{lines({1: text('Second')})}{lines({6: text('Last')})}")
    batch(source, out)
    counts = manifest(out).counts
    assert (counts.records, counts.quarantined, counts.rows) == (8, 4, 14)
    unreadable, failed, long, twice = quarantine(out)
    assert (unreadable.record, unreadable.where) == (4, f"{source.name}, line 4")
    assert (failed.record, failed.trial_id) == (5, nct(5))
    assert "RuntimeError: Inclusion Criteria:" in failed.what
    assert (long.record, "more than 2,000,000 characters" in long.what) == (6, True)
    assert (twice.record, twice.trial_id, "earlier record" in twice.what) == (7, nct(1), True)


@pytest.mark.parametrize(
    "error", [MemoryError(), OSError(errno.EIO, "bad disk"), ChatError("there", "is", "gone")]
)
def test_what_no_record_is_at_fault_of_ends_the_run(source: Path, out: Path, error: BaseException) -> None:
    source.write_text(lines(registry(4)) + lines({8: text("boom")}), "utf-8")
    with pytest.raises(type(error)):
        batch(source, out, load=lambda: Failing(error))
    assert not (out / "manifest.json").exists()
    batch(source, out, load=FakeTranslator)
    assert manifest(out).counts.quarantined == 1


def test_ten_thousand_empty_records_are_counted(source: Path, out: Path) -> None:
    source.write_text(lines(dict.fromkeys(range(10_000))), "utf-8")
    batch(source, out, Options(part_records=2500))
    counts = manifest(out).counts
    assert (counts.records, counts.without_text, counts.quarantined) == (10_000, 10_000, 0)
    assert counts.role == {"note": 10_000}


def test_archives_cut_short(source: Path, out: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "r.zip", "w") as archive:
        archive.write(source, "r.jsonl")
    packed = (tmp_path / "r.zip").read_bytes()
    (tmp_path / "r.zip").write_bytes(packed[: len(packed) // 2])
    with pytest.raises(InputError, match="is damaged"):
        batch(tmp_path / "r.zip", out)
    (tmp_path / "r.jsonl.gz").write_bytes(gzip.compress(source.read_bytes() * 20)[:-200])
    batch(tmp_path / "r.jsonl.gz", tmp_path / "out2")
    assert "is damaged" in quarantine(tmp_path / "out2")[-1].what


@pytest.mark.parametrize("source", ["-", "NCT01234567", "missing.jsonl", ""])
def test_a_source_that_cannot_be_read_twice_is_refused(source: str, out: Path) -> None:
    with pytest.raises(InputError, match="is no file or folder"):
        run(source, out, FakeTranslator, SMALL)
    assert not out.exists()


@pytest.mark.parametrize("packed", ["file", "folder"])
def test_a_source_that_changes_meanwhile_is_noticed(source: Path, out: Path, packed: str) -> None:
    given = source if packed == "file" else source.parent

    def change(progress: Progress) -> None:
        if progress.parts == 1:
            with source.open("a") as stream:
                stream.write("\n")

    with pytest.raises(InputError, match=r"has changed while it was read.*--restart"):
        batch(given, out, watch=change)
    assert not (out / "manifest.json").exists()
    with pytest.raises(InputError, match="other source"):
        batch(given, out)
    batch(given, out, restart=True)
    assert manifest(out).counts.rows == 40


# Folders of others


@pytest.mark.parametrize(
    ("change", "told"),
    [("source", "other source"), ("options", "other options"), ("versions", "other versions")],
)
def test_the_folder_of_another_run_is_refused(
    source: Path, out: Path, change: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch(source, out)
    before = result(out)
    options = SMALL
    if change == "source":
        source.write_text(lines(registry(4)), "utf-8")
    elif change == "options":
        options = SMALL.model_copy(update={"limit": 5})
    else:
        monkeypatch.setattr(FakeTranslator, "versions", VERSIONS.model_copy(update={"code": "1"}))
    with pytest.raises(InputError, match=f"{told}.*--restart"):
        batch(source, out, options)
    assert result(out) == before
    batch(source, out, options, restart=True)
    batch(source, out.parent / "fresh", options)
    assert result(out) == result(out.parent / "fresh")


@pytest.mark.parametrize("name", ["run.json", "journal/part-000002.json"])
def test_files_of_another_layout_are_refused(source: Path, out: Path, name: str) -> None:
    batch(source, out)
    (out / "manifest.json").unlink()
    (out / name).write_text('{"layout": 2}')
    with pytest.raises(InputError, match=r"another version of plaincriteria.*--restart"):
        batch(source, out)


def test_a_part_of_another_run_is_refused(source: Path, out: Path) -> None:
    batch(source, out)
    batch(source, out.parent / "jsonl", JSONL)
    other = out.parent / "jsonl" / "journal" / "part-000002.json"
    (out / "journal" / "part-000002.json").write_bytes(other.read_bytes())
    with pytest.raises(InputError, match="a part of another run"):
        batch(source, out)


def test_a_part_of_other_versions_is_not_taken(source: Path, out: Path) -> None:
    class Changing(FakeTranslator):
        def write(self, *arguments: Any) -> Any:
            self.versions = VERSIONS.model_copy(update={"code": "1"})
            return super().write(*arguments)

    with pytest.raises(InputError, match="has other versions than this run"):
        batch(source, out, load=Changing)


def test_other_files_are_left_alone(source: Path, out: Path) -> None:
    out.mkdir()
    (out / "thesis.txt").write_text("mine")
    for restart in (False, True):
        with pytest.raises(InputError, match=r"holds other files \(thesis\.txt\)"):
            batch(source, out, restart=restart)
    (out / "thesis.txt").unlink()
    batch(source, out)
    (out / "parts" / "note.txt").write_text("mine")
    (out / "note.txt").write_text("mine")
    batch(source, out, restart=True)
    assert (out / "parts" / "note.txt").read_text() == (out / "note.txt").read_text() == "mine"


def test_two_runs_at_once_are_refused(source: Path, out: Path) -> None:
    def second(progress: Progress) -> None:
        if progress.parts == 1:
            with pytest.raises(InputError, match="is being written by another run"):
                batch(source, out)

    batch(source, out, watch=second)
    assert manifest(out).counts.rows == 40


# Several workers


def test_no_more_work_is_under_way_than_there_is_room_for(source: Path) -> None:
    read, given = [], []

    def works() -> Any:
        for work in sources.works(str(source), Options(part_records=1)):
            read.append(work.number)
            yield work

    for number in engines.in_order(works(), lambda work: work.number, lambda number: number, 3):
        given.append(number)
        assert len(read) - len(given) <= 2
    assert given == list(range(1, 11))


def test_a_worker_that_is_ended_is_told(source: Path, out: Path) -> None:
    source.write_text(lines(registry(4)) + lines({8: text("boom")}), "utf-8")
    with pytest.raises(InputError, match=r"was ended from outside.*goes on"):
        batch(source, out, load=Dying, workers=2)
    batch(source, out)
    assert manifest(out).counts.rows == 16


def test_workers_end_with_the_run_that_started_them(source: Path, out: Path, tmp_path: Path) -> None:
    place = tmp_path / "processes"
    place.mkdir()
    load = partial(Waiting, place)
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=batch, args=(source, out), kwargs={"load": load, "workers": 2})
    process.start()
    wait_until(lambda: len(list(place.iterdir())) == 2)
    process.kill()
    process.join()
    wait_until(lambda: not any(Path("/proc", one.name).exists() for one in place.iterdir()))


def test_what_a_worker_cannot_load_is_told(source: Path, out: Path) -> None:
    with pytest.raises(InputError, match="model: is gone"):
        batch(source, out, load=cannot_load, workers=2)
