"""Trains the model: ``python -m models.training CONFIG OUT``; started again after a stop, it goes on.

CONFIG is a JSON file of ``TrainingConfig``. OUT receives the checkpoint (``AutoModelForSeq2SeqLM`` loads it),
``log.jsonl`` with a line for every 20 steps, ``curves.svg`` drawn from it, and ``resume.pt``, which a
finished run removes. It runs on an accelerator where torch finds one.
"""

import argparse
import json
import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch

from models.batches import Batch, batches, encode, held_out
from models.config import TrainingConfig
from models.curves import draw
from models.network import Loss, load, set_dropout
from models.pairs import read_pairs
from models.vocabulary import Vocabulary

_LOG_STEPS = 20
_MEASURE_STEPS = 200


class _Run:
    """What a stopped training needs to go on: model, optimizer, schedule, random state and step."""

    def __init__(self, config: TrainingConfig, steps: int, out: Path) -> None:
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.model = load(Path(config.start), config.keep_encoder_layers, config.keep_decoder_layers).to(
            self.device
        )
        set_dropout(self.model, config.dropout)
        self.loss = Loss(
            self.model,
            smoothing=config.label_smoothing,
            preference=config.preference,
            compiled=config.compiled,
        )
        self.optimizer = torch.optim.AdamW(
            self.model.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay, fused=True
        )
        self.step = 0
        self._steps = steps
        self._spent = 0.0
        self._started = self._saved = time.monotonic()
        self._config = config
        self.schedule = torch.optim.lr_scheduler.LambdaLR(
            self.optimizer, lambda step: min((step + 1) / config.warmup_steps, self.left)
        )
        self._file = out / "resume.pt"
        if self._file.exists():
            state = torch.load(self._file, weights_only=True, map_location="cpu")
            self.model.load_state_dict(state["model"])
            self.optimizer.load_state_dict(state["optimizer"])
            self.schedule.load_state_dict(state["schedule"])
            torch.set_rng_state(state["random"])
            if self.device.type == "cuda" and state["random_cuda"]:
                torch.cuda.set_rng_state_all(state["random_cuda"])
            self.step = state["step"]
            self._spent = state["seconds"]

    @property
    def seconds(self) -> float:
        """Time that the training took, with what it took before it was stopped."""
        return self._spent + time.monotonic() - self._started

    @property
    def left(self) -> float:
        """Share of the training that is left, by its steps or by its minutes, whichever is less."""
        steps = 1 - self.step / self._steps
        minutes = 1 - self.seconds / 60 / self._config.minutes if self._config.minutes else 1.0
        return max(min(steps, minutes), 0.0)

    def learn(self, batch: Batch) -> torch.Tensor:
        """Takes one step; gives the loss before it, where it was computed."""
        with self._precision():
            value = self.loss(batch.to(self.device))
        value.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), self._config.clip_norm)
        self.optimizer.step()
        self.step += 1
        self.schedule.step()
        self.optimizer.zero_grad(set_to_none=True)
        return value.detach()

    def measure(self, check: Sequence[Batch]) -> float:
        """Gives the loss a piece over batches that are never learned from."""
        self.model.eval()
        with torch.inference_mode(), self._precision():
            pieces = [len(batch.places) for batch in check]
            total = sum(
                float(self.loss(batch.to(self.device))) * count
                for batch, count in zip(check, pieces, strict=True)
            )
        self.model.train()
        return total / sum(pieces)

    def save(self) -> None:
        """Writes everything to ``resume.pt``, whole or not at all, when enough minutes have passed."""
        if time.monotonic() - self._saved <= self._config.save_minutes * 60:
            return
        state = {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "schedule": self.schedule.state_dict(),
            "random": torch.get_rng_state(),
            "random_cuda": torch.cuda.get_rng_state_all() if self.device.type == "cuda" else [],
            "step": self.step,
            "seconds": self.seconds,
        }
        torch.save(state, self._file.with_suffix(".part"))
        self._file.with_suffix(".part").replace(self._file)
        self._saved = time.monotonic()

    def finish(self) -> None:
        """Removes ``resume.pt``."""
        self._file.unlink(missing_ok=True)

    def _precision(self) -> torch.autocast:
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self._config.bfloat16)


def train(config: TrainingConfig, out: Path) -> None:
    """Runs the training to its end, or on from ``out/resume.pt``.

    Raises:
        ValueError: The corpus has no pair to learn from.
    """
    torch.manual_seed(config.seed)
    # cuDNN's attention is planned anew for every shape of a batch, and there are hundreds.
    torch.backends.cuda.enable_cudnn_sdp(False)
    out.mkdir(parents=True, exist_ok=True)
    vocabulary = Vocabulary.load(Path(config.start) / "tokenizer.json")
    pairs = list(read_pairs(Path(config.corpus)))
    learned = [pair for pair in pairs if not held_out(pair)]
    examples = encode(learned, vocabulary, config.max_pieces, preferring=config.preference > 0)
    unseen = encode([pair for pair in pairs if held_out(pair)], vocabulary, config.max_pieces)
    # The order of all batches is fixed by the seed, so that a resumed run sees what an unbroken one sees.
    chance = random.Random(config.seed)  # noqa: S311
    plan = [b for _ in range(config.passes) for b in batches(examples, config.batch_tokens, chance)]
    check = list(batches(unseen, config.batch_tokens, random.Random(config.seed)))  # noqa: S311

    if not plan:
        raise ValueError(f"{config.corpus}: no pair to learn from")
    run = _Run(config, len(plan), out)
    print(f"{len(examples):,} pairs, {len(plan):,} steps, {run.model.num_parameters():,} parameters")
    run.model.train()
    for line in _lines(run, plan, check):
        with (out / "log.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps(line) + "\n")
        print(line, flush=True)
    run.model.save_pretrained(out)
    (out / "tokenizer.json").write_bytes((Path(config.start) / "tokenizer.json").read_bytes())
    config.write(out / "training.json")
    draw(out / "log.jsonl", out / "curves.svg")
    run.finish()


def _lines(run: _Run, plan: Sequence[Batch], check: Sequence[Batch]) -> Iterator[dict[str, float]]:
    """Takes the steps that are left; gives a line of the log for every few."""
    before = run.seconds
    window: list[torch.Tensor] = []
    seen = 0
    left = run.left
    while left:
        batch = plan[run.step]
        window.append(run.learn(batch))
        seen += len(batch.source)
        run.save()
        left = run.left
        if run.step % _LOG_STEPS == 0 or not left:
            # A loss is fetched only here: fetching makes an accelerator wait for all its work to end.
            line = {"step": run.step, "loss": float(torch.stack(window).mean())}
            line["seconds"] = round(run.seconds, 1)
            line["pairs_per_second"] = round(seen / (run.seconds - before), 1)
            line["minutes_left"] = round(run.seconds * left / (1 - left) / 60, 1)
            window.clear()
            if check and (run.step % _MEASURE_STEPS == 0 or not left):
                line["held_out_loss"] = run.measure(check)
            yield line


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
