"""Training in the small: needs the extra ``train``."""

import json
import random
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="needs the extra train")
pytest.importorskip("transformers", reason="needs the extra train")

from tokenizers import Tokenizer, decoders, pre_tokenizers, processors  # noqa: E402
from tokenizers.models import Unigram  # noqa: E402
from transformers import T5Config, T5ForConditionalGeneration  # noqa: E402

from models import parity, training  # noqa: E402
from models.batches import batches, encode  # noqa: E402
from models.config import DecodingConfig, TrainingConfig  # noqa: E402
from models.consistency import Consistency  # noqa: E402
from models.export import export  # noqa: E402
from models.inference import Candidate, Seq2Seq  # noqa: E402
from models.network import Loss, load, set_dropout  # noqa: E402
from models.pairs import TrainingPair  # noqa: E402
from models.parity import agreement  # noqa: E402
from models.reference import Reference  # noqa: E402
from models.restart import restart  # noqa: E402
from models.training import train  # noqa: E402
from models.vocabulary import Vocabulary  # noqa: E402

WORDS = [
    "You",
    "must",
    "be",
    "cannot",
    "join",
    "if",
    "ill",
    "well",
    "old",
    "inclusion",
    "exclusion",
    ":",
    ".",
]
PAIRS = [
    {"id": f"{rank}", "kind": kind, "source": word, "plain": f"You {verb} if {word} ."}
    for rank, (kind, verb, word) in enumerate(
        (kind, verb, word)
        for kind, verb in (("inclusion", "must be"), ("exclusion", "cannot join"))
        for word in ("ill", "well", "old") * 6
    )
]


@pytest.fixture(scope="module")
def given(tmp_path_factory) -> Path:
    """A tiny T5 with four decoder layers, and a corpus of invented pairs."""
    folder = tmp_path_factory.mktemp("training")
    pieces = [
        "<pad>",
        "</s>",
        "<unk>",
        "▁",
        *(f"▁{word}" for word in WORDS),
        *"abcdefghijklmnopqrstuvwxyzYI:.",
    ]
    tokenizer = Tokenizer(Unigram([(piece, -float(rank)) for rank, piece in enumerate(pieces)], unk_id=2))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.add_special_tokens(["<pad>", "</s>", "<unk>"])
    tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    torch.manual_seed(1)
    shape = T5Config(
        vocab_size=len(pieces), d_model=32, d_kv=8, d_ff=64, num_heads=4, num_layers=2, num_decoder_layers=4,
        feed_forward_proj="gated-gelu", decoder_start_token_id=0, pad_token_id=0, eos_token_id=1,
        tie_word_embeddings=False,
    )  # fmt: skip
    shape.tie_word_embeddings = False
    model = T5ForConditionalGeneration(shape)
    model.encoder.embed_tokens = model.decoder.embed_tokens = model.shared
    model.save_pretrained(folder / "start")
    tokenizer.save(str(folder / "start" / "tokenizer.json"))
    (folder / "corpus").mkdir()
    (folder / "corpus" / "a.jsonl").write_text("".join(json.dumps(pair) + "\n" for pair in PAIRS))
    return folder


@pytest.fixture(scope="module")
def config(given) -> TrainingConfig:
    """A short training that can be resumed at each step; two of the decoder's layers are kept."""
    return TrainingConfig(
        name="tiny", start=str(given / "start"), corpus=str(given / "corpus"), passes=6,
        batch_tokens=60, warmup_steps=4, keep_decoder_layers=(0, 3), bfloat16=False, save_minutes=0,
    )  # fmt: skip


@pytest.fixture(scope="module")
def learned(config, tmp_path_factory) -> Path:
    """The result of a longer training."""
    out = tmp_path_factory.mktemp("learned")
    train(replace(config, passes=30, learning_rate=3e-3, save_minutes=60), out)
    return out


def weights(folder):
    return load(folder).state_dict()


def test_a_resumed_run_gives_the_weights_of_an_unbroken_one(config, tmp_path, monkeypatch):
    train(config, tmp_path / "whole")

    class StopError(Exception):
        pass

    learn, steps = training._Run.learn, []

    def until_stopped(run, batch):
        if len(steps) == 7:
            raise StopError
        steps.append(1)
        return learn(run, batch)

    monkeypatch.setattr(training._Run, "learn", until_stopped)
    with pytest.raises(StopError):
        train(config, tmp_path / "resumed")
    assert (tmp_path / "resumed" / "resume.pt").exists()
    monkeypatch.setattr(training._Run, "learn", learn)
    train(config, tmp_path / "resumed")
    assert not (tmp_path / "resumed" / "resume.pt").exists()
    whole, resumed = weights(tmp_path / "whole"), weights(tmp_path / "resumed")
    assert whole.keys() == resumed.keys()
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)


def test_training_lowers_the_loss_and_keeps_the_named_layers(learned):
    log = [json.loads(line) for line in (learned / "log.jsonl").read_text().splitlines()]
    assert log[-1]["loss"] < log[0]["loss"] / 2
    assert load(learned).config.num_decoder_layers == 2


def test_the_engine_writes_what_the_checkpoint_writes(learned):
    kinds, words = ("inclusion", "exclusion"), ("ill", "well", "old", "join", "you")
    sources = [" ".join(chosen) for size in (1, 2, 3) for chosen in product(words, repeat=size)]
    prompts = [f"{kind}: {source}" for kind in kinds for source in sources][:200]
    assert len(prompts) == 200
    assert all(agreement(learned, prompts, "float32"))


def test_the_obvious_way_writes_what_the_engine_writes_in_batches_of_mixed_lengths(learned, tmp_path):
    export(learned, tmp_path / "engine", "float32")
    prompts = [f"inclusion: {' '.join(['ill', 'old', 'well'][: 1 + n % 3])}" for n in range(70)]
    engine, obvious = Seq2Seq.load(tmp_path / "engine"), Reference(learned)
    for decoding in (DecodingConfig(beams=1), DecodingConfig(beams=2)):
        written = [row[0].text for row in engine.generate(prompts, decoding)]
        assert [row[0].text for row in obvious.generate(prompts, decoding)] == written


def test_the_parity_check_sees_a_difference(learned, monkeypatch):
    class Other:
        def __init__(self, checkpoint, batch):
            pass

        def generate(self, prompts, decoding):
            return [[Candidate("else", 0.0)] for _ in prompts]

    monkeypatch.setattr(parity, "Reference", Other)
    assert not any(agreement(learned, ["exclusion: ill"], "float32"))


def test_the_log_becomes_a_figure(learned):
    figure = (learned / "curves.svg").read_text("utf-8")
    assert figure.startswith("<?xml")
    assert "held out" in figure


def test_a_model_of_few_words_is_exported_with_these_alone_and_is_no_start(config, tmp_path):
    words = ("ill", "well")
    train(replace(config, keep_encoder_layers=(1,), words=words), tmp_path / "out")
    assert load(tmp_path / "out").config.num_layers == 1
    export(tmp_path / "out", tmp_path / "engine")
    (judgement,) = Consistency.load(tmp_path / "engine").judge(["exclusion: old"])
    assert set(judgement.probabilities) == set(words)
    assert sum(judgement.probabilities.values()) == pytest.approx(1)
    with pytest.raises(ValueError, match="few words"):
        restart(tmp_path / "engine")


@pytest.mark.parametrize("quantization", ["float32", "int8"])
def test_an_engine_becomes_the_checkpoint_that_it_was_made_of(learned, tmp_path, quantization):
    export(learned, tmp_path / "engine", quantization)
    again = restart(tmp_path / "engine")
    again.save_pretrained(tmp_path / "again")
    for name in ("tokenizer.json", "training.json"):
        (tmp_path / "again" / name).write_bytes((learned / name).read_bytes())
    export(tmp_path / "again", tmp_path / "engine_again", quantization)
    files = [tmp_path / folder / "model.bin" for folder in ("engine", "engine_again")]
    assert files[0].read_bytes() == files[1].read_bytes()
    if quantization == "float32":
        before, after = weights(learned), again.state_dict()
        assert all(torch.equal(before[name], after[name]) for name in before)


def test_a_rejected_text_becomes_less_likely(config, tmp_path):
    rejecting = [
        {**pair, "rejected": pair["plain"].replace("if", "well")} for pair in PAIRS[: len(PAIRS) // 2]
    ]
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "a.jsonl").write_text(
        "".join(json.dumps(pair) + "\n" for pair in [*rejecting, *PAIRS[len(rejecting) :]])
    )
    vocabulary = Vocabulary.load(Path(config.start) / "tokenizer.json")
    examples = encode(
        [TrainingPair(**pair) for pair in rejecting], vocabulary, config.max_pieces, preferring=True
    )
    (batch,) = batches(examples, 10_000, random.Random(1))
    margins = []
    longer = replace(config, corpus=str(corpus), passes=20, learning_rate=3e-3, save_minutes=60)
    for preference in (0.0, 5.0):
        out = tmp_path / f"out{preference}"
        train(replace(longer, preference=preference), out)
        model = load(out).train()
        set_dropout(model, 0.0)
        with torch.no_grad():
            margins.append(float(Loss(model, preference=1.0)(batch) - Loss(model)(batch)))
    assert 0 < margins[1] < margins[0] / 2


def test_a_corpus_without_held_out_pairs_is_learned_from_and_an_empty_one_refused(
    config, tmp_path, monkeypatch
):
    monkeypatch.setattr(training, "held_out", lambda pair: False)
    train(config, tmp_path / "out")
    assert "held_out_loss" not in (tmp_path / "out" / "log.jsonl").read_text()
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="no pair"):
        train(replace(config, corpus=str(tmp_path / "empty")), tmp_path / "none")


def test_time_before_a_stop_counts(config, tmp_path, monkeypatch):
    class StopError(Exception):
        pass

    clock, learn = iter(range(10_000)), training._Run.learn

    def stopped(run, batch):
        if run.step == 5:
            raise StopError
        return learn(run, batch)

    monkeypatch.setattr(training.time, "monotonic", lambda: next(clock))
    monkeypatch.setattr(training._Run, "learn", stopped)
    with pytest.raises(StopError):
        train(replace(config, passes=50, minutes=1), tmp_path / "out")
    monkeypatch.setattr(training._Run, "learn", learn)
    train(replace(config, passes=50, minutes=1), tmp_path / "out")
    log = [json.loads(line) for line in (tmp_path / "out" / "log.jsonl").read_text().splitlines()]
    assert 60 <= log[-1]["seconds"] < 70
    assert log[-1]["step"] < 30


def test_training_ends_when_its_minutes_are_over(config, tmp_path, monkeypatch):
    clock = iter(range(10_000))
    monkeypatch.setattr(training.time, "monotonic", lambda: next(clock))
    train(replace(config, passes=50, minutes=1), tmp_path / "out")
    log = [json.loads(line) for line in (tmp_path / "out" / "log.jsonl").read_text().splitlines()]
    assert 60 <= log[-1]["seconds"] < 70
    assert log[-1]["step"] < 60
    assert log[-1]["minutes_left"] == 0
    assert "held_out_loss" in log[-1]
