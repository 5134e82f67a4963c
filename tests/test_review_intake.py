"""What is given for review: both kinds of lines, CSV of strangers, and what is told of a bad line."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from cases import golden
from reviewing import ADMIN, ANN, bench, entry, pair, summed, take_in

from api.review.imports import Imported, Importer
from api.review.intake import read_given
from translator.errors import InputError
from translator.intake.csv_rows import MAX_ROW_BYTES
from translator.records import Unreadable
from translator.segment import segment

CASES = golden("review_files")
by_reason = {"ids": lambda case: case["why"]}


def taken(path: Path, tmp_path: Path) -> tuple[list[str], list[Unreadable]]:
    """The ids of what was imported, by trial and reading order, and what was told."""
    work = bench(f"sqlite:///{tmp_path / 'store.db'}")
    outcomes = list(Importer(work, ADMIN, "batch").run(read_given(str(path))))
    with work.store.reading() as view:
        ids = [one.item.criterion_id for one in view.entries()]
    work.store.close()
    assert sum(one.new for one in outcomes if isinstance(one, Imported)) == len(ids)
    return ids, [one for one in outcomes if isinstance(one, Unreadable)]


def first_told(path: Path) -> str:
    """The line and the fault told first of a file in which nothing is good."""
    told = next(iter(read_given(str(path))))
    assert isinstance(told, Unreadable)
    return f"{told.where.rpartition(', ')[2]} {told.what}"


@pytest.mark.parametrize("case", [one for one in CASES if "ids" in one], **by_reason)
def test_what_can_be_read_is_taken_and_the_rest_told(case: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / case["name"]
    path.write_bytes(case["content"].encode())
    ids, told = taken(path, tmp_path)
    assert ids == case["ids"]
    assert len(told) == len(case["told"])
    for one, (where, what) in zip(told, case["told"], strict=True):
        assert where in one.where
        assert what in one.what


@pytest.mark.parametrize("case", [one for one in CASES if "refused" in one], **by_reason)
def test_what_is_no_list_of_pairs_is_refused(case: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / case["name"]
    path.write_bytes(case["content"].encode())
    with pytest.raises(InputError) as refused:
        list(read_given(str(path)))
    assert case["refused"] in refused.value.what


def test_a_compressed_file_is_read_and_text_of_another_encoding_told(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"id,section,source,plain\n1,inclusion,Adult,You must be 18.\n"))
    assert [one.id for one in read_given(str(path)) if not isinstance(one, Unreadable)] == ["1"]
    path = tmp_path / "latin.csv"
    path.write_bytes("id,section,source,plain\n1,inclusion,Fièvre,You must be 18.\n".encode("latin-1"))
    assert first_told(path).startswith("line 2 is not UTF-8")


def test_a_line_or_cell_without_end_is_not_read_into_memory(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_text("id,section,source,plain\n1,inclusion,Adult," + "x" * (MAX_ROW_BYTES + 1), "utf-8")
    assert first_told(path).startswith("line 2 has more than")
    path.write_text('id,section,source,plain\n1,inclusion,Adult,"' + "word\n" * 50_000, "utf-8")
    assert first_told(path).startswith("line 2 is not CSV: field larger than field limit")


def test_a_translation_keeps_its_report_and_is_read_under_its_lead_in(tmp_path: Path) -> None:
    text = "Exclusion Criteria:\n\n* Any of the following:\n  * hepatitis B\n  * hepatitis C\n"
    units = segment(text)
    lines = [
        {
            "trial_id": "NCT01234567", "id": unit.id, "section": unit.section, "role": unit.role,
            "parent_id": unit.parent_id, "span": [unit.span.start, unit.span.end], "source": unit.text,
            "plain": f"wrong: {unit.text}", "route": "model",
            "fidelity": {"score": 0.61, "verdict": "review", "findings": []},
            "readability": {"grade": 1.0, "words": 2, "unexplained": []}, "terms": [],
            "versions": {"model": "m", "lexicon": "l", "scorer": "s", "code": "c"},
        }
        for unit in units
    ]  # fmt: skip
    path = tmp_path / "translated.jsonl"
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines), "utf-8")
    work = bench(f"sqlite:///{tmp_path / 'store.db'}")
    assert summed(Importer(work, ANN, "x").run(read_given(str(path)))).new == len(units) == 4
    for unit in units:
        item = entry(work, int(unit.id)).item
        assert (item.context, item.parent_id) == (unit.context, unit.parent_id)
        assert (item.fidelity.score, item.fidelity.verdict, item.versions.scorer) == (0.61, "review", "s")
    shown = work.show(entry(work, 4).item.id, ANN)
    assert shown.parent is not None
    assert shown.parent.item.source == "Any of the following:"
    work.store.close()


def test_an_import_that_was_ended_goes_on_where_it_stood(tmp_path: Path) -> None:
    work = bench(f"sqlite:///{tmp_path / 'store.db'}")
    pairs = [pair(number) for number in range(150)]
    outcomes = Importer(work, ADMIN, "batch").run(iter(pairs))
    next(outcomes)
    done = take_in(work, *pairs, batch="batch")
    assert (done.unchanged, done.new) == (64, 86)
    work.store.close()
