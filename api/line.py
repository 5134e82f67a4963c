"""Who waits for a batch, and how many batches may run: the parts of ``batcher``."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import anyio

_Item = TypeVar("_Item")
_Done = TypeVar("_Done")

CRUMB = 4
"""Of a batch; a rest that is smaller than one such part comes along."""


class Turns:
    """How many batches run at the same time, of one batcher or several.

    Args:
        most: All together; of those in the background one less, unless it is the only one.
    """

    def __init__(self, most: int) -> None:
        self._all = anyio.CapacityLimiter(most)
        self._background = anyio.CapacityLimiter(max(1, most - 1))

    async def take(self, borrower: object, *, background: bool) -> None:
        """Waits for a turn, first come first served."""
        if background:
            await self._background.acquire_on_behalf_of(borrower)
        await self._all.acquire_on_behalf_of(borrower)

    def give_back(self, borrower: object, *, background: bool) -> None:
        """Ends a turn."""
        self._all.release_on_behalf_of(borrower)
        if background:
            self._background.release_on_behalf_of(borrower)


@dataclass(eq=False)
class Pending(Generic[_Item, _Done]):
    """A request on its way.

    Attributes:
        items: What is asked for.
        sizes: Characters of each.
        outcomes: What came of each, in order: what the work gave, or the error that it raised.
        background: Whether nobody waits for it.
        begun: Set when the first item has left the line.
        finished: Set when every item has its outcome.
        taken: How many items have left the line.
        left: Characters of those that have not.
    """

    items: Sequence[_Item]
    sizes: Sequence[int]
    background: bool = False
    outcomes: list[_Done | Exception | None] = field(init=False)
    begun: anyio.Event = field(default_factory=anyio.Event)
    finished: anyio.Event = field(default_factory=anyio.Event)
    taken: int = 0
    left: int = field(init=False)
    _open: int = field(init=False)

    def __post_init__(self) -> None:
        self.outcomes = [None] * len(self.items)
        self.left = sum(self.sizes)
        self._open = len(self.items)
        if not self.items:
            self.begun.set()
            self.finished.set()

    def take(self) -> int:
        """Takes the next item out of the line; gives its characters."""
        self.begun.set()
        size = self.sizes[self.taken]
        self.taken += 1
        self.left -= size
        return size

    def answer(self, place: int, outcome: _Done | Exception) -> None:
        """Puts what came of an item in its place."""
        self.outcomes[place] = outcome
        self._open -= 1
        if not self._open:
            self.finished.set()


class Line(Generic[_Item, _Done]):
    """Requests that wait; ``arrived`` is set while there are any."""

    def __init__(self) -> None:
        self.waiting: deque[Pending[_Item, _Done]] = deque()
        self.arrived = anyio.Event()

    @property
    def left(self) -> int:
        """Characters that wait."""
        return sum(one.left for one in self.waiting)

    def add(self, pending: Pending[_Item, _Done]) -> None:
        """Puts one at the end."""
        self.waiting.append(pending)
        self.arrived.set()

    def fill(self, room: int) -> list[tuple[Pending[_Item, _Done], int]]:
        """Takes the next batch of so many characters, or a little more, out of the line.

        Of whom there is more than fits, the first goes to the end; one that only filled up keeps its place.
        """
        batch: list[tuple[Pending[_Item, _Done], int]] = []
        crumb = room // CRUMB
        while self.waiting and room > 0:
            pending = self.waiting.popleft()
            whole = pending.left <= room + crumb
            while pending.left and (whole or room > 0):
                batch.append((pending, pending.taken))
                room -= pending.take()
            if pending.left and batch[0][0] is pending:
                self.waiting.append(pending)
            elif pending.left:
                self.waiting.appendleft(pending)
        if not self.waiting:
            self.arrived = anyio.Event()
        return batch
