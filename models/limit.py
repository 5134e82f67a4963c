"""What the machine could do at best: the multiply-adds of the model, and how many a second the engine makes.

The engine's peak is taken where it works best: one forward pass over a large batch whose texts, source and
target, are all given. Writing piece by piece can only come near it.
"""

import re
import struct
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

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


def weights(engine: Path = WEIGHTS) -> Weights:
    """Reads the sizes of an engine's matrices."""
    source = target = 0
    with (engine / "model.bin").open("rb") as file:
        for name, shape in _variables(file):
            if len(shape) != 2 or "embeddings" in name or "bias" in name:
                continue
            if name.startswith("encoder/") or _ABOVE_SOURCE.match(name):
                source += shape[0] * shape[1]
            else:
                target += shape[0] * shape[1]
    return Weights(source, target)


def peak(threads: int, engine: Path = WEIGHTS) -> float:
    """Measures the most multiply-adds a second that the engine reaches on this machine."""
    translator, vocabulary, *_ = opened(engine, threads)
    word = vocabulary.pieces("disease")[0]
    source, target = [[word] * _SOURCE_PIECES] * _ROWS, [[word] * _TARGET_PIECES] * _ROWS
    best = float("inf")
    for _ in range(_TIMES):
        start = time.perf_counter()
        translator.score_batch(source, target, max_batch_size=_ROWS // threads)
        best = min(best, time.perf_counter() - start)
    # A piece more goes in and comes out: where a target begins, and where it ends.
    return _ROWS * weights(engine).multiply_adds(_SOURCE_PIECES, _TARGET_PIECES + 1) / best


def _variables(file: BinaryIO) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Names and shapes of the variables in a model file of CTranslate2 (binary version 6)."""
    _number(file, "<I")
    _text(file)
    _number(file, "<I")
    for _ in range(_number(file, "<I")):
        name = _text(file)
        rank = _number(file, "<B")
        shape = struct.unpack(f"<{rank}I", file.read(4 * rank))
        _number(file, "<B")
        file.seek(_number(file, "<I"), 1)
        yield name, shape


def _number(file: BinaryIO, form: str) -> int:
    return int(struct.unpack(form, file.read(struct.calcsize(form)))[0])


def _text(file: BinaryIO) -> str:
    return file.read(_number(file, "<H")).rstrip(b"\0").decode()
