"""The consistency model at work: a marked pair in, the probability of each kind of error out.

It is a T5 whose decoder says one word, out of a vocabulary of a dozen: ``same`` for a faithful pair, or the
word for what is wrong. It was trained like the generator (``models.training``); ``models.export``
keeps of its output vocabulary only those words.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import ctranslate2
import numpy as np

from models.config import ModelConfig
from models.inference import opened
from models.padding import Padding
from models.vocabulary import Vocabulary

WEIGHTS = Path(__file__).parent / "weights" / "consistency"
_BATCH_PIECES = 2_048
_SMALLEST = 1e-6  # probability


@dataclass(frozen=True)
class Judgement:
    """What the model makes of a pair.

    Attributes:
        probabilities: Of each word that it can say; they add up to 1.
    """

    probabilities: dict[str, float]

    def log_odds(self, word: str) -> float:
        """Log-odds (natural logarithm) of a word."""
        share = min(max(self.probabilities[word], _SMALLEST), 1 - _SMALLEST)
        return math.log(share / (1 - share))


class Consistency:
    """The int8 engine (CTranslate2) of the consistency model."""

    def __init__(
        self, engine: ctranslate2.Translator, vocabulary: Vocabulary, config: ModelConfig, digest: str
    ) -> None:
        self._engine = engine
        self._padding = Padding(vocabulary, config.max_source_pieces)
        self._words = tuple(config.words)
        self.version = f"{config.name}@{digest[:12]}"

    @classmethod
    def load(cls, folder: Path = WEIGHTS, threads: int = 2) -> Self:
        """Loads the engine after its files have been checked against ``checksums.json``.

        Raises:
            WeightsError: A file is missing or has another SHA-256.
        """
        return cls(*opened(folder, threads))

    def judge(self, prompts: Sequence[str]) -> list[Judgement | None]:
        """Judges marked pairs, in order; None where a pair is longer than the model was trained on.

        The judgement of a pair does not depend on the others in the call.
        """
        judged: list[Judgement | None] = [None] * len(prompts)
        jobs = [(some, self._begin(rows)) for some, rows in self._padding.batches(prompts, _BATCH_PIECES)]
        for some, begun in jobs:
            for i, job in zip(some, begun[: len(some)], strict=True):
                judged[i] = self._judgement(np.asarray(job.result().logits[0][0], dtype=np.float64))
        return judged

    def _begin(self, rows: list[list[str]]) -> list[ctranslate2.AsyncTranslationResult]:
        begun: list[ctranslate2.AsyncTranslationResult] = self._engine.translate_batch(
            rows, beam_size=1, max_decoding_length=1, return_logits_vocab=True, asynchronous=True
        )
        return begun

    def _judgement(self, logits: np.ndarray) -> Judgement:
        """Takes the logits of the first piece, of shape ``(pieces of the output,)``."""
        said = logits[-len(self._words) :]
        odds = np.exp(said - said.max())
        return Judgement(dict(zip(self._words, (odds / odds.sum()).tolist(), strict=True)))
