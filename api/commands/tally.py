"""What became of the inputs of a command, item by item, and how its results are written."""

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import TypeAlias, TypeVar

from api import COMMAND
from api.output import ReaderGoneError, complain, output
from translator.errors import InputError
from translator.records import Unreadable

_T = TypeVar("_T")
Writer: TypeAlias = Callable[[Iterable[_T]], Iterator[str]]


class NothingDoneError(Exception):
    """Nothing could be done with any input, so there is nothing to write."""


@dataclass
class Tally:
    """What became of the inputs so far.

    Attributes:
        failed: Inputs that could not be read as a whole.
        set_aside: Items of an input that could not be read or translated.
        review: Sentences that need a reviewer.
        done: Pairs that were audited.
    """

    failed: int = 0
    set_aside: int = 0
    review: int = 0
    done: int = 0

    def status(self, *, strict: bool = False) -> int:
        """The exit status by the contract; what was set aside is counted on standard error."""
        counts = []
        if self.set_aside:
            counts.append(f"set aside: {self.set_aside}")
        if self.review and strict:
            counts.append(f"need review: {self.review}")
        if counts:
            print(f"{COMMAND}: {'; '.join(counts)}", file=sys.stderr)
        return 2 if self.failed else int(strict and bool(counts))


def told(
    sources: Iterable[str], read_one: Callable[[str], Iterator[_T | Unreadable]], tally: Tally
) -> Iterator[_T]:
    """Give what can be read of the sources; what cannot is told on standard error, and counted."""
    return (item for item in told_in_place(sources, read_one, tally) if not isinstance(item, Unreadable))


def told_in_place(
    sources: Iterable[str], read_one: Callable[[str], Iterator[_T | Unreadable]], tally: Tally
) -> Iterator[_T | Unreadable]:
    """The same, with each item that cannot be read in its place."""
    for source in sources:
        try:
            for item in read_one(source):
                if isinstance(item, Unreadable):
                    complain(item.where, item.what, item.remedy)
                    tally.set_aside += 1
                yield item
        except InputError as error:
            complain(error.where, error.what, error.remedy)
            tally.failed += 1


def written(
    out: str | None,
    writer: Writer[_T],
    results: Iterator[_T],
    encoding: str,
    tally: Tally,
    *,
    strict: bool = False,
) -> int:
    """Write the results as they come; where nothing could be done, nothing is written at all."""
    try:
        with output(out, encoding) as write:
            first = next(results, None)
            if first is None and (tally.failed or tally.set_aside):
                raise NothingDoneError
            for chunk in writer(results if first is None else chain([first], results)):
                write(chunk)
    except NothingDoneError:
        return 2
    except ReaderGoneError:
        return 0
    return tally.status(strict=strict)
