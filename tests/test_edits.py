"""Edits of real criteria: what the repository keeps of them, and that the texts come back."""

import gzip
import json
from hashlib import md5
from pathlib import Path

import pytest
from cases import needs_data
from hypothesis import given
from hypothesis import strategies as st

from evaluation.benchmark import DATA
from models.pairs import read_pairs
from translator.edits import cut, digest, join, main, resolve

WORDS = st.lists(
    st.sampled_from(["age", "you", "must", "at least", "18", "or", ",", ".", "(ANC)"]), max_size=40
)
TEXTS = WORDS.map(" ".join) | st.text(max_size=60)
ELIGIBILITY = "Inclusion Criteria:\n\n* Adults who keep bees in the hills of the north\n* Any dogs\n"


@given(TEXTS, TEXTS)
def test_a_text_comes_back_from_its_parts(text, source):
    assert join(cut(text, source), source) == text


def test_words_taken_over_are_kept_as_a_span():
    source = "Adults who keep bees in the hills of the north"
    assert cut("You must keep bees in the hills of the north.", source) == ["You must", (10, 46), "."]
    assert cut("You must keep bees.", source) == ["You must keep bees."]


@pytest.fixture
def registry(tmp_path):
    path = tmp_path / "registry.jsonl.gz"
    with gzip.open(path, "wt", encoding="utf-8") as out:
        out.write(json.dumps({"nct_id": "NCT00000001", "eligibility": ELIGIBILITY}) + "\n")
    return path


@pytest.fixture
def edits(tmp_path):
    folder = tmp_path / "edits"
    folder.mkdir()
    start = ELIGIBILITY.index("Adults")
    line = {
        "nct_id": "NCT00000001",
        "start": start,
        "end": start + 46,
        "md5": digest("Adults who keep bees in the hills of the north"),
        "plain": ["You must be an adult who can ", [11, 46], "."],
        "errors": [{"type": "omission", "text": ["You must be an adult."]}],
    }
    moved, reworded = {**line, "start": start + 1}, {**line, "md5": digest("Adults who keep wasps")}
    lines = (line, moved, reworded)
    (folder / "00.jsonl").write_text("".join(json.dumps(one) + "\n" for one in lines), "utf-8")
    return folder


def test_texts_come_from_the_registry_and_a_moved_or_reworded_criterion_is_left_out(edits, registry):
    (row,) = resolve(edits, registry)
    assert row["source"] == "Adults who keep bees in the hills of the north"
    assert row["plain"] == "You must be an adult who can keep bees in the hills of the north."
    assert row["kind"] == "inclusion"
    assert row["errors"] == [{"type": "omission", "text": "You must be an adult."}]


def test_the_command_writes_what_training_and_calibration_read(edits, registry, tmp_path, monkeypatch):
    out = tmp_path / "out"
    monkeypatch.setattr("sys.argv", ["edits", str(edits), str(out), "--registry", str(registry)])
    main()
    (pair,) = read_pairs(out)
    assert pair.plain.startswith("You must be an adult who")
    assert pair.rejected == "You must be an adult."
    assert json.loads((out / "errors" / "edits.jsonl").read_text("utf-8"))["errors"]


def test_another_registry_is_refused(edits, tmp_path, monkeypatch, capsys):
    other = tmp_path / "other.jsonl.gz"
    with gzip.open(other, "wt", encoding="utf-8") as out:
        out.write(json.dumps({"nct_id": "NCT00000002", "eligibility": ELIGIBILITY}) + "\n")
    monkeypatch.setattr("sys.argv", ["edits", str(edits), str(tmp_path / "out"), "--registry", str(other)])
    with pytest.raises(SystemExit):
        main()
    assert "holds none of the criteria" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@needs_data
@pytest.mark.parametrize("name", ["edits", "kept"])
def test_the_edits_of_the_repository_are_of_train_trials_and_nearly_all_resolve(name):
    folder = Path(__file__).parents[1] / "models" / "corpus" / name
    lines = [json.loads(x) for path in folder.glob("*.jsonl") for x in path.read_text("utf-8").splitlines()]
    assert all(int(md5(x["nct_id"].encode(), usedforsecurity=False).hexdigest(), 16) % 10 >= 2 for x in lines)
    rows = list(resolve(folder, DATA / "eligibility.train.jsonl.gz"))
    assert len(rows) > 0.99 * len(lines)
