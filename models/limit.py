"""What the machine could do at best: the multiply-adds of the model, and how many a second the engine makes.

The engine's peak is taken where it works best: one forward pass over a large batch whose texts, source and
target, are all given. Writing piece by piece can only come near it.
"""

import re
import time
from typing import NamedTuple

from models.engine_file import variables
from models.inference import WEIGHTS, opened

_ROWS, _SOURCE_PIECES, _TARGET_PIECES = 128, 64, 64
_TIMES = 3
_ABOVE_SOURCE = re.compile(r"decoder/layer_\d+/attention/linear_1/")
"""Weights of the decoder that are applied to the source: once for each of its pieces."""


class Weights(NamedTuple):
    """Multiply-adds of a forward pass for each piece that goes through.

    Attributes:
        source: Of the source: the encoder, and what the decoder makes of each of its pieces.
        target: Of the target: the decoder with its choice among all pieces.
    """

    source: int
    target: int

    def multiply_adds(self, source_pieces: float, target_pieces: float) -> float:
        """Multiply-adds of the weights for one text; attention itself, which has none, is left out."""
        return self.source * source_pieces + self.target * target_pieces


def weights() -> Weights:
    """Reads the sizes of the matrices of the engine that ships."""
    source = target = 0
    for name, stored in variables(WEIGHTS / "model.bin"):
        if stored.ndim != 2 or "embeddings" in name or "bias" in name:
            continue
        if name.startswith("encoder/") or _ABOVE_SOURCE.match(name):
            source += stored.size
        else:
            target += stored.size
    return Weights(source, target)


def peak(threads: int) -> float:
    """Measures the most multiply-adds a second that the engine that ships reaches on this machine."""
    translator, vocabulary, *_ = opened(WEIGHTS, threads)
    word = vocabulary.pieces("disease")[0]
    source, target = [[word] * _SOURCE_PIECES] * _ROWS, [[word] * _TARGET_PIECES] * _ROWS
    best = float("inf")
    for _ in range(_TIMES):
        start = time.perf_counter()
        translator.score_batch(source, target, max_batch_size=_ROWS // threads)
        best = min(best, time.perf_counter() - start)
    # A piece more goes in and comes out: where a target begins, and where it ends.
    return _ROWS * weights().multiply_adds(_SOURCE_PIECES, _TARGET_PIECES + 1) / best
