"""Batches in which what a text gets does not depend on the texts beside it.

An engine pads the texts of a batch to the longest. Padding moves the last digits of a sum, and with them now
and then a word. So a text is padded to one width whoever stands beside it, the next multiple of 32 pieces,
and a filler row of just that width in each batch makes sure of it.
"""

from collections.abc import Iterator, Sequence

from models.vocabulary import Vocabulary

_STEP = 32  # of 8, 16, 32 and 64 pieces, the fastest for a trial of 20 criteria
# A batch ends with its longest answer; to this one, which dots make as wide as need be, there is a short one.
_FILLER = "exclusion: Pregnancy."
_DOT = "."


class Padding:
    """Groups texts into batches of one width.

    Args:
        vocabulary: Cuts texts into pieces.
        most: Pieces of the longest text that is taken.
    """

    def __init__(self, vocabulary: Vocabulary, most: int) -> None:
        self._vocabulary = vocabulary
        self._most = most
        *self._filler, self._end = vocabulary.pieces(_FILLER)

    def batches(self, texts: Sequence[str], budget: int) -> Iterator[tuple[list[int], list[list[str]]]]:
        """Cuts texts into pieces and groups them; those that are too long are left out.

        Args:
            texts: In any order.
            budget: Pieces in a batch, padding included; a batch has one text at least.

        Yields:
            The index of each text of a batch, and its rows of pieces: those texts, then the filler.
        """
        rows = [self._vocabulary.pieces(text) for text in texts]
        alike: dict[int, list[int]] = {}
        for i, row in enumerate(rows):
            if len(row) <= self._most:
                alike.setdefault(-(-len(row) // _STEP) * _STEP, []).append(i)
        for width, all_of_it in alike.items():
            dots = [_DOT] * (width - len(self._filler) - 1)
            filler = [*self._filler, *dots, self._end]
            most = max(budget // width - 1, 1)
            for first in range(0, len(all_of_it), most):
                some = all_of_it[first : first + most]
                yield some, [*(rows[i] for i in some), filler]
