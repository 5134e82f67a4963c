"""The settings of a model, of its training and of its decoding: one frozen dataclass each."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self


class _Json:
    """Reads and writes a dataclass as a JSON object; an unknown key is an error."""

    @classmethod
    def read(cls, path: Path) -> Self:
        """Reads the settings from a JSON file.

        Raises:
            TypeError: A key is unknown or missing.
        """
        return cls(**json.loads(path.read_text(encoding="utf-8")))

    def write(self, path: Path) -> None:
        """Writes the settings to a JSON file."""
        path.write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")  # type: ignore[call-overload]


@dataclass(frozen=True)
class ModelConfig(_Json):
    """What ships beside the weights.

    Attributes:
        name: Name of the model, part of every version string.
        max_source_pieces: Longest prompt that the model was trained on; a longer one is not given to it.
        words: All that the model can say, where it says one word out of a few.
    """

    name: str
    max_source_pieces: int = 256
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class TrainingConfig(_Json):
    """One training run, complete: same settings and same corpus give the same weights on one machine.

    Attributes:
        name: Name of the model that comes out.
        start: Folder of the checkpoint to start from.
        corpus: Folder of ``*.jsonl`` training pairs.
        passes: Times that each pair is seen, at most.
        minutes: Time after which the training ends, if its passes have not ended before; the rate falls with
            whichever of the two is nearer to its end. None: no bound.
        batch_tokens: Pieces in a batch, source and target, padding included.
        learning_rate: Rate of AdamW at the start of a line that falls to zero with the steps or minutes left;
            over the first ``warmup_steps`` it rises up to that line.
        keep_encoder_layers: Layers of the start checkpoint's encoder to keep, by index; all where empty.
        keep_decoder_layers: Layers of its decoder to keep.
        words: All that the model shall say, one piece each, where it shall say one word out of a few.
        preference: Weight of the preference for plain texts over rejected ones, where pairs have them.
        dropout: Share of features dropped, those of all positions of a sequence together.
        bfloat16: Whether matrix products are taken in bfloat16 (weights stay float32); about twice as fast on
            processors with AVX-512 BF16.
        compiled: Whether torch.compile makes the passes faster; worth its two minutes in long runs.
        save_minutes: Time between checkpoints to resume from.
    """

    name: str
    start: str
    corpus: str
    passes: int = 5
    minutes: float | None = None
    batch_tokens: int = 2_400
    learning_rate: float = 6e-4
    warmup_steps: int = 100
    weight_decay: float = 0.01
    label_smoothing: float = 0.1
    clip_norm: float = 1.0
    max_pieces: int = 256
    keep_encoder_layers: tuple[int, ...] = ()
    keep_decoder_layers: tuple[int, ...] = ()
    words: tuple[str, ...] = ()
    preference: float = 0.0
    dropout: float = 0.1
    bfloat16: bool = True
    compiled: bool = False
    save_minutes: float = 5.0
    seed: int = 17


@dataclass(frozen=True)
class DecodingConfig:
    """How the engine writes.

    Attributes:
        beams: Beam width; as many candidates come back.
        max_ratio: Longest answer, in pieces for each piece of the longest prompt.
        no_repeat: Length of the piece sequences that may not stand twice; it stops loops, and is longer than
            the openers that sentences share.
        batch_pieces: Pieces in a batch of the engine, padding included.
    """

    beams: int = 1
    max_ratio: float = 1.25
    no_repeat: int = 14
    batch_pieces: int = 2_048

    def limit(self, source_pieces: int) -> int:
        """Longest answer, in pieces, for prompts of at most so many pieces."""
        return int(source_pieces * self.max_ratio)
