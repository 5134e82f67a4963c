import json
import struct

import pytest
from cases import golden
from hypothesis import given
from hypothesis import strategies as st

from models import consistency
from models.config import DecodingConfig
from models.engine_file import variables
from models.inference import WEIGHTS, Seq2Seq, WeightsError, load, verify
from models.padding import Padding
from models.pairs import TrainingPair, prompt, read_pairs
from models.vocabulary import Vocabulary, restore, say


@pytest.fixture(scope="module")
def engine() -> Seq2Seq:
    return Seq2Seq.load()


@pytest.mark.parametrize("row", golden("say"), ids=lambda row: row["source"])
def test_signs_are_said_and_the_spelling_of_the_source_comes_back(row):
    assert say(row["source"]) == row["said"]
    assert restore(row["plain"], row["source"]) == row["restored"]


@given(st.text(max_size=200), st.text(max_size=200))
def test_saying_and_restoring_take_any_text(source, plain):
    said = say(source)
    assert say(said) == said
    assert isinstance(restore(plain, source), str)


def test_the_engine_that_ships_answers_each_prompt_whoever_stands_beside_it(engine):
    prompts = [
        prompt("exclusion", "Pregnant or breastfeeding women"),
        prompt("inclusion", "Age at least 18 years"),
        prompt("exclusion", "Known allergy to penicillin", "Any of the following:"),
        *(prompt("exclusion", f"Stroke within the last {months} months") for months in range(2, 40)),
        *(prompt("exclusion", "asthma, " * times + "or stroke") for times in range(1, 30)),
    ]
    together = engine.generate(prompts, DecodingConfig(beams=1))
    assert together == [engine.generate([one], DecodingConfig(beams=1))[0] for one in prompts]
    assert together[0][0].text.startswith("You cannot join if")
    assert together[1][0].text.startswith("You must be")


@given(st.lists(st.integers(0, 90), max_size=20), st.integers(0, 300))
def test_a_text_is_padded_to_its_own_width_whoever_stands_beside_it(lengths, budget):
    vocabulary = Vocabulary.load(WEIGHTS / "tokenizer.json")
    texts = ["stroke " * length for length in lengths]
    pieces = [vocabulary.pieces(text) for text in texts]
    seen: list[int] = []
    for some, (*own, filler) in Padding(vocabulary, 64).batches(texts, budget):
        assert own == [pieces[i] for i in some]
        assert all(len(filler) == -(-len(row) // 32) * 32 for row in own)
        assert len(own) == 1 or len(filler) * (len(own) + 1) <= budget
        seen += some
    assert sorted(seen) == [i for i, row in enumerate(pieces) if len(row) <= 64]


def test_beams_are_candidates_best_first(engine):
    (candidates,) = engine.generate(
        [prompt("exclusion", "Active hepatitis B infection")], DecodingConfig(beams=4)
    )
    scores = [candidate.log_probability for candidate in candidates]
    assert len(candidates) == 4
    assert scores == sorted(scores, reverse=True)


def test_a_prompt_longer_than_the_model_was_trained_on_is_not_answered(engine):
    short = prompt("exclusion", "Known allergy to penicillin")
    answers = engine.generate([prompt("exclusion", "severe asthma, " * 400), short], DecodingConfig())
    assert answers[0] == []
    assert len(answers[1]) == 1


@pytest.mark.parametrize(("folder", "most"), [(WEIGHTS, 60_000_000), (consistency.WEIGHTS, 31_000_000)])
def test_the_shipped_weights_are_those_that_the_card_names(folder, most):
    digest = verify(folder)
    card = (folder / "MODEL_CARD.md").read_text("utf-8")
    sums = json.loads((folder / "checksums.json").read_text("utf-8"))
    assert digest in card
    assert sums["model.bin"] in card
    assert sum(path.stat().st_size for path in folder.iterdir() if path.is_file()) < most


def test_the_consistency_model_judges_each_pair_whoever_stands_beside_it():
    judge = consistency.Consistency.load().judge
    pairs = [
        f"exclusion: Stroke within {months} months # You cannot join if you had one in the last {told} months"
        for months, told in ((3, 3), (3, 6), (12, 12), (12, 2))
    ]
    together = judge([*pairs, "exclusion: " + "severe asthma, " * 400])
    assert together[:4] == [judge([pair])[0] for pair in pairs]
    assert together[4] is None, "longer than it was trained on"
    assert all(sum(one.probabilities.values()) == pytest.approx(1) for one in together[:4])
    same, other = together[0], together[1]
    assert same.log_odds("same") > 0 > other.log_odds("same")


def test_changed_or_missing_weights_are_refused(tmp_path):
    for name in ("model.json", "tokenizer.json"):
        (tmp_path / name).write_bytes((WEIGHTS / name).read_bytes())
    with pytest.raises(WeightsError, match=r"checksums\.json"):
        verify(tmp_path)
    sums = json.loads((WEIGHTS / "checksums.json").read_text("utf-8"))
    listed = {name: sums[name] for name in ("model.json", "tokenizer.json")}
    (tmp_path / "checksums.json").write_text(json.dumps(listed))
    verify(tmp_path)
    (tmp_path / "model.json").write_text("{}")
    with pytest.raises(WeightsError, match="SHA-256"):
        verify(tmp_path)
    (tmp_path / "model.json").unlink()
    with pytest.raises(WeightsError, match="missing"):
        verify(tmp_path)


def test_a_checkpoint_that_is_none_is_refused_in_one_line(tmp_path):
    with pytest.raises(WeightsError) as refusal:
        load(str(tmp_path))  # a name that is no folder would be asked for on the hub
    assert "\n" not in str(refusal.value)


def test_pairs_of_the_corpus_are_read_and_a_bad_line_is_named(tmp_path):
    (tmp_path / "a.jsonl").write_text(
        '{"id": "1", "kind": "note", "source": "S", "plain": "P", "context": "C:"}\n'
    )
    assert list(read_pairs(tmp_path)) == [TrainingPair("1", "note", "S", "P", "C:")]
    assert next(read_pairs(tmp_path)).prompt == "note: C: | S"
    (tmp_path / "b.jsonl").write_text('{"id": "1"}\n')
    with pytest.raises(ValueError, match=r"b\.jsonl, line 1"):
        list(read_pairs(tmp_path))


def test_an_engines_file_is_read_by_name_and_one_of_another_version_is_refused(tmp_path):
    stored = dict(variables(WEIGHTS / "model.bin"))
    assert stored["decoder/embeddings/weight"].shape == (10_679, 512)
    assert stored["decoder/embeddings/weight_scale"].shape == (10_679,)
    other = tmp_path / "model.bin"
    other.write_bytes(struct.pack("<I", 5))
    with pytest.raises(ValueError, match="version 5"):
        next(variables(other))
