"""Trains the model: ``python -m models.training CONFIG OUT``; started again after a stop, it goes on.

CONFIG is a JSON file of ``TrainingConfig``. OUT receives the checkpoint (``AutoModelForSeq2SeqLM`` loads it),
``log.jsonl`` with a line for every 20 steps, and ``resume.pt``, which a finished run removes.
"""

import argparse
import json
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import md5
from pathlib import Path

import torch
from torch.nn.functional import cross_entropy
from transformers import AutoModelForSeq2SeqLM, PreTrainedModel

from models.config import TrainingConfig
from models.pairs import TrainingPair, read_pairs
from models.vocabulary import Vocabulary

_IGNORE = -100
_LOG_STEPS = 20


@dataclass(frozen=True)
class Batch:
    """Pieces of some pairs, padded: ``source`` and ``labels`` of shape ``(pairs, pieces)``."""

    source: torch.Tensor
    labels: torch.Tensor


def held_out(pair: TrainingPair) -> bool:
    """Whether a pair is kept from training to measure the loss on: two in a hundred, by its id."""
    return int(md5(pair.id.encode(), usedforsecurity=False).hexdigest(), 16) % 50 == 0


def _pad(rows: Sequence[Sequence[int]], filler: int) -> torch.Tensor:
    width = max(map(len, rows))
    return torch.tensor([[*row, *[filler] * (width - len(row))] for row in rows])


def encode(
    pairs: Sequence[TrainingPair], vocabulary: Vocabulary, max_pieces: int
) -> list[tuple[list[int], list[int]]]:
    """Gives the ids of prompt and plain text; a pair that is too long is left out, never cut."""
    prompts = vocabulary.ids(pair.prompt for pair in pairs)
    plains = vocabulary.ids(pair.plain for pair in pairs)
    return [pair for pair in zip(prompts, plains, strict=True) if max(map(len, pair)) <= max_pieces]


def batches(
    examples: Sequence[tuple[list[int], list[int]]], budget: int, chance: random.Random
) -> Iterator[Batch]:
    """Groups examples of like length into batches of at most ``budget`` pieces, in random order."""
    order = sorted(range(len(examples)), key=lambda i: (sum(map(len, examples[i])), chance.random()))
    groups: list[list[int]] = [[]]
    for i in order:
        members = [*groups[-1], i]
        width = sum(max(len(examples[j][side]) for j in members) for side in (0, 1))
        if width * len(members) > budget and groups[-1]:
            groups.append([i])
        else:
            groups[-1] = members
    chance.shuffle(groups)
    for group in groups:
        yield Batch(
            source=_pad([examples[i][0] for i in group], 0),
            labels=_pad([examples[i][1] for i in group], _IGNORE),
        )


def loss(model: PreTrainedModel, batch: Batch, smoothing: float) -> torch.Tensor:
    """Cross entropy a piece, natural logarithm; a scalar."""
    answer = model(input_ids=batch.source, attention_mask=(batch.source != 0).long(), labels=batch.labels)
    return cross_entropy(
        answer.logits.flatten(0, 1), batch.labels.flatten(), ignore_index=_IGNORE, label_smoothing=smoothing
    )


def load(start: Path, keep_decoder_layers: Sequence[int] = ()) -> PreTrainedModel:
    """Loads a T5 checkpoint, with only the named layers of its decoder where some are named."""
    model = AutoModelForSeq2SeqLM.from_pretrained(start)
    # transformers 5 sets this for every T5; the weights decide, or saving would drop the output embeddings.
    model.config.tie_word_embeddings = model.lm_head.weight is model.shared.weight
    if keep_decoder_layers:
        first = model.decoder.block[0].layer[0].SelfAttention
        kept = [model.decoder.block[i] for i in keep_decoder_layers]
        # Only the first block carries the relative position bias, which all share (Raffel et al. 2020).
        kept[0].layer[0].SelfAttention.relative_attention_bias = first.relative_attention_bias
        kept[0].layer[0].SelfAttention.has_relative_attention_bias = True
        model.decoder.block = torch.nn.ModuleList(kept)
        for position, block in enumerate(kept):
            for part in (block.layer[0].SelfAttention, block.layer[1].EncDecAttention):
                part.layer_idx = position
        model.config.num_decoder_layers = model.decoder.config.num_layers = len(kept)
    return model


class _Run:
    """What a stopped training needs to go on: model, optimizer, schedule, random state and step."""

    def __init__(self, config: TrainingConfig, steps: int, out: Path) -> None:
        self.model = load(Path(config.start), config.keep_decoder_layers)
        self.optimizer = torch.optim.AdamW(
            self.model.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay, fused=True
        )
        falling = max(steps - config.warmup_steps, 1)
        self.schedule = torch.optim.lr_scheduler.LambdaLR(
            self.optimizer, lambda step: min((step + 1) / config.warmup_steps, (steps - step) / falling)
        )
        self.step = 0
        self._config = config
        self._file = out / "resume.pt"
        if self._file.exists():
            state = torch.load(self._file, weights_only=True)
            self.model.load_state_dict(state["model"])
            self.optimizer.load_state_dict(state["optimizer"])
            self.schedule.load_state_dict(state["schedule"])
            torch.set_rng_state(state["random"])
            self.step = state["step"]

    def learn(self, batch: Batch) -> float:
        """Takes one step; gives the loss before it."""
        with torch.autocast("cpu", torch.bfloat16, enabled=self._config.bfloat16):
            value = loss(self.model, batch, self._config.label_smoothing)
        value.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), self._config.clip_norm)
        self.optimizer.step()
        self.schedule.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.step += 1
        return float(value.item())

    def save(self) -> None:
        """Writes everything to ``resume.pt``, whole or not at all."""
        state = {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "schedule": self.schedule.state_dict(),
            "random": torch.get_rng_state(),
            "step": self.step,
        }
        torch.save(state, self._file.with_suffix(".part"))
        self._file.with_suffix(".part").replace(self._file)

    def finish(self) -> None:
        """Removes ``resume.pt``."""
        self._file.unlink(missing_ok=True)


def train(config: TrainingConfig, out: Path) -> None:
    """Runs the training to its end, or on from ``out/resume.pt``."""
    torch.manual_seed(config.seed)
    out.mkdir(parents=True, exist_ok=True)
    vocabulary = Vocabulary.load(Path(config.start) / "tokenizer.json")
    pairs = list(read_pairs(Path(config.corpus)))
    examples = encode([pair for pair in pairs if not held_out(pair)], vocabulary, config.max_pieces)
    unseen = encode([pair for pair in pairs if held_out(pair)], vocabulary, config.max_pieces)
    # The order of all batches is fixed by the seed, so that a resumed run sees what an unbroken one sees.
    chance = random.Random(config.seed)  # noqa: S311
    plan = [b for _ in range(config.passes) for b in batches(examples, config.batch_tokens, chance)]
    check = list(batches(unseen, config.batch_tokens, random.Random(config.seed)))  # noqa: S311

    run = _Run(config, len(plan), out)
    print(f"{len(examples):,} pairs, {len(plan):,} steps, {run.model.num_parameters():,} parameters")
    saved = started = time.monotonic()
    window: list[float] = []
    run.model.train()
    while run.step < len(plan):
        window.append(run.learn(plan[run.step]))
        if run.step % _LOG_STEPS == 0 or run.step == len(plan):
            line = {"step": run.step, "loss": sum(window) / len(window)}
            line["seconds"] = round(time.monotonic() - started, 1)
            window.clear()
            if run.step % (_LOG_STEPS * 10) == 0 or run.step == len(plan):
                line["held_out_loss"] = _measure(run.model, check)
            with (out / "log.jsonl").open("a", encoding="utf-8") as log:
                log.write(json.dumps(line) + "\n")
            print(line, flush=True)
        if time.monotonic() - saved > config.save_minutes * 60:
            run.save()
            saved = time.monotonic()
    run.model.save_pretrained(out)
    (out / "tokenizer.json").write_bytes((Path(config.start) / "tokenizer.json").read_bytes())
    config.write(out / "training.json")
    run.finish()


def _measure(model: PreTrainedModel, check: Sequence[Batch]) -> float:
    model.eval()
    with torch.inference_mode():
        total = sum(float(loss(model, batch, 0.0)) * int((batch.labels != _IGNORE).sum()) for batch in check)
    model.train()
    return total / sum(int((batch.labels != _IGNORE).sum()) for batch in check)


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("config", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    train(TrainingConfig.read(arguments.config), arguments.out)


if __name__ == "__main__":
    main()
