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

Example = tuple[list[int], list[int], list[int]]
"""The pieces of a prompt, of its plain text, and of the rejected text, which is empty where there is none."""


@dataclass(frozen=True)
class Batch:
    """Pieces of some pairs, padded: ``source`` and ``labels`` of shape ``(pairs, pieces)``.

    ``places`` tells where ``labels``, laid out in one row, has a label. It is looked up here once: an
    accelerator that is asked for it waits for all its work to end. ``rejected`` has the shape of ``labels``,
    but for its width, in a batch whose pairs all have a rejected text; in others it has no pieces.
    """

    source: torch.Tensor
    labels: torch.Tensor
    places: torch.Tensor
    rejected: torch.Tensor

    def to(self, device: torch.device) -> "Batch":
        """Gives the batch on a device."""
        parts = (self.source, self.labels, self.places, self.rejected)
        return Batch(*(part.to(device) for part in parts))


def held_out(pair: TrainingPair) -> bool:
    """Whether a pair is kept from training to measure the loss on: two in a hundred, by its id.

    Varied copies of a pair, ``id~1``, go where the pair goes.
    """
    return int(md5(pair.id.partition("~")[0].encode(), usedforsecurity=False).hexdigest(), 16) % 50 == 0


def encode(
    pairs: Sequence[TrainingPair], vocabulary: Vocabulary, max_pieces: int, *, preferring: bool = False
) -> list[Example]:
    """Gives the ids of prompt and plain text; a pair that is too long is left out, never cut.

    Args:
        pairs: In any order.
        vocabulary: Of the model.
        max_pieces: Most pieces of a text.
        preferring: Whether rejected texts come along.
    """
    prompts = vocabulary.ids(pair.prompt for pair in pairs)
    plains = vocabulary.ids(pair.plain for pair in pairs)
    rejected = vocabulary.ids(pair.rejected if preferring else "" for pair in pairs)
    kept = [ids if preferring and pair.rejected else [] for pair, ids in zip(pairs, rejected, strict=True)]
    return [one for one in zip(prompts, plains, kept, strict=True) if max(map(len, one)) <= max_pieces]


def batches(examples: Sequence[Example], budget: int, chance: random.Random) -> Iterator[Batch]:
    """Groups examples of like length into batches of at most ``budget`` pieces, in random order.

    Those with a rejected text and those without share no batch.
    """
    if not examples:
        return
    order = sorted(
        range(len(examples)),
        key=lambda i: (bool(examples[i][2]), sum(map(len, examples[i])), chance.random()),
    )
    groups: list[list[int]] = [[]]
    widths = (0, 0, 0)
    for i in order:
        one, two, three = (len(part) for part in examples[i])
        wider = (max(widths[0], one), max(widths[1], two), max(widths[2], three))
        apart = bool(three) != bool(widths[2])
        if groups[-1] and (apart or sum(wider) * (len(groups[-1]) + 1) > budget):
            groups.append([i])
            widths = (one, two, three)
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
            rejected=_pad([examples[i][2] for i in group], IGNORE),
        )


def _pad(rows: Sequence[Sequence[int]], filler: int) -> torch.Tensor:
    width = -(-max(map(len, rows)) // _LENGTH_STEP) * _LENGTH_STEP
    return torch.tensor([[*row, *[filler] * (width - len(row))] for row in rows])
