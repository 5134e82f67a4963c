"""Training pairs as batches of pieces: which are held out, how they are grouped, in which order they come."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import md5

import torch

from models.pairs import TrainingPair
from models.vocabulary import Vocabulary

IGNORE = -100  # what cross entropy passes over
_PAD = 0
_LENGTH_STEP = 8  # widths are multiples of it: compiled code and caches meet few shapes

Example = tuple[list[int], list[int]]


@dataclass(frozen=True)
class Batch:
    """Pieces of some pairs, padded: ``source`` and ``labels`` of shape ``(pairs, pieces)``.

    ``places`` tells where ``labels``, laid out in one row, has a label. It is looked up here once: an
    accelerator that is asked for it waits for all its work to end.
    """

    source: torch.Tensor
    labels: torch.Tensor
    places: torch.Tensor

    def to(self, device: torch.device) -> "Batch":
        """Gives the batch on a device."""
        return Batch(self.source.to(device), self.labels.to(device), self.places.to(device))


def held_out(pair: TrainingPair) -> bool:
    """Whether a pair is kept from training to measure the loss on: two in a hundred, by its id.

    Varied copies of a pair, ``id~1``, go where the pair goes.
    """
    return int(md5(pair.id.partition("~")[0].encode(), usedforsecurity=False).hexdigest(), 16) % 50 == 0


def encode(pairs: Sequence[TrainingPair], vocabulary: Vocabulary, max_pieces: int) -> list[Example]:
    """Gives the ids of prompt and plain text; a pair that is too long is left out, never cut."""
    prompts = vocabulary.ids(pair.prompt for pair in pairs)
    plains = vocabulary.ids(pair.plain for pair in pairs)
    return [pair for pair in zip(prompts, plains, strict=True) if max(map(len, pair)) <= max_pieces]


def batches(examples: Sequence[Example], budget: int, chance: random.Random) -> Iterator[Batch]:
    """Groups examples of like length into batches of at most ``budget`` pieces, in random order."""
    if not examples:
        return
    order = sorted(range(len(examples)), key=lambda i: (sum(map(len, examples[i])), chance.random()))
    groups: list[list[int]] = [[]]
    widths = (0, 0)
    for i in order:
        own = (len(examples[i][0]), len(examples[i][1]))
        wider = (max(widths[0], own[0]), max(widths[1], own[1]))
        if sum(wider) * (len(groups[-1]) + 1) > budget and groups[-1]:
            groups.append([i])
            widths = own
        else:
            groups[-1].append(i)
            widths = wider
    chance.shuffle(groups)
    for group in groups:
        labels = _pad([examples[i][1] for i in group], IGNORE)
        yield Batch(
            source=_pad([examples[i][0] for i in group], _PAD),
            labels=labels,
            places=(labels.flatten() != IGNORE).nonzero().squeeze(1),
        )


def _pad(rows: Sequence[Sequence[int]], filler: int) -> torch.Tensor:
    width = -(-max(map(len, rows)) // _LENGTH_STEP) * _LENGTH_STEP
    return torch.tensor([[*row, *[filler] * (width - len(row))] for row in rows])
