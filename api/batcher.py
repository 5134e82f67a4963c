"""Batches across requests: what many clients ask for is worked on together, in turns that are fair.

Whoever waits is served in rounds. In a round a request gives a share of a batch and, if it has more, goes to
the end of the line: a large one cannot starve the small ones behind it. What cannot be done in good time is
refused at the door, so that the line never grows long.
"""

import math
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

import anyio
import anyio.to_thread

_Item = TypeVar("_Item")
_Done = TypeVar("_Done")

_LEAST_SIZE = 40  # characters that the shortest item counts as: it is work, too
_SHARES = 4  # of a batch; one is what a request may give to it in a round
_FADING = 0.8  # of what was known of the pace before a batch, after it
_LONGEST_RETRY = 60  # seconds


class BusyError(Exception):
    """More waits than can be done in good time; ``retry_after`` is in seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"busy for {retry_after} s")
        self.retry_after = retry_after


@dataclass(frozen=True)
class Bounds:
    """How much is worked on together, and how much may wait.

    Attributes:
        characters: Size of a batch.
        pause: Seconds that a batch which is not full waits for company.
        waiting: Requests that may wait.
        wait: Seconds of work that a new request may find before it.
    """

    characters: int
    pause: float
    waiting: int
    wait: float


class Observer(Protocol):
    """Whoever is told what happens."""

    def batch(self, kind: str, items: int, characters: int, seconds: float) -> None:
        """A batch is done."""
        ...

    def backlog(self, kind: str, requests: int, items: int) -> None:
        """So much waits now."""
        ...


@dataclass(eq=False)
class Pending(Generic[_Item, _Done]):
    """A request on its way.

    Attributes:
        items: What is asked for.
        sizes: Characters of each.
        outcomes: What came of each, in order: what the work gave, or the error that it raised.
        finished: Set when every item has its outcome.
        taken: How many items have left the line.
        left: Characters of those that have not.
    """

    items: Sequence[_Item]
    sizes: Sequence[int]
    outcomes: list[_Done | Exception | None] = field(init=False)
    finished: anyio.Event = field(default_factory=anyio.Event)
    taken: int = 0
    left: int = field(init=False)
    _open: int = field(init=False)

    def __post_init__(self) -> None:
        self.outcomes = [None] * len(self.items)
        self.left = sum(self.sizes)
        self._open = len(self.items)
        if not self.items:
            self.finished.set()

    def take(self) -> int:
        """Takes the next item out of the line; gives its characters."""
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


class Batcher(Generic[_Item, _Done]):
    """Collects the items of several requests and works on them together, in threads.

    Args:
        kind: What the items are, for the observer.
        work: Gives an outcome for each item, in order, and raises nothing that is the fault of one.
        size: Characters of an item.
        bounds: Sizes and patience.
        turns: How many batches run at the same time; may be shared with other batchers.
        observer: Is told what happens.
    """

    def __init__(
        self,
        kind: str,
        work: Callable[[Sequence[_Item]], Sequence[_Done | Exception]],
        size: Callable[[_Item], int],
        bounds: Bounds,
        *,
        turns: anyio.CapacityLimiter,
        observer: Observer,
    ) -> None:
        self._kind = kind
        self._work = work
        self._size = size
        self._bounds = bounds
        self._share = max(bounds.characters // _SHARES, 1)
        self._turns = turns
        self._observer = observer
        self._line: deque[Pending[_Item, _Done]] = deque()
        self._arrived = anyio.Event()
        self._running_characters = 0
        self._last_end = 0.0
        self._pace = (0.0, 0.0)  # seconds, and the characters done in them; what is long ago has faded

    @property
    def waiting(self) -> int:
        """How many requests wait, wholly or in part."""
        return len(self._line)

    def expected_wait(self, size: int) -> float:
        """Seconds of work, at the pace of the latest batches, before a request of so many characters.

        A larger request gives no more than its share in each round, so that it holds up a smaller one for
        about the size of that.
        """
        seconds, characters = self._pace
        most = max(size, self._share)
        ahead = self._running_characters + sum(min(one.left, most) for one in self._line)
        return ahead * seconds / characters if characters else 0.0

    def submit(self, items: Sequence[_Item]) -> Pending[_Item, _Done]:
        """Puts items in the line; whoever does so waits for ``finished``, or drops them.

        Raises:
            BusyError: The line is too long.
        """
        pending: Pending[_Item, _Done] = Pending(items, [max(self._size(one), _LEAST_SIZE) for one in items])
        excess = self.expected_wait(pending.left) - self._bounds.wait
        # Where nobody waits the next may, however slow the machine is.
        if self.waiting >= self._bounds.waiting or (self.waiting and excess > 0):
            raise BusyError(min(max(math.ceil(excess), 1), _LONGEST_RETRY))
        if items:
            self._line.append(pending)
            self._arrived.set()
            self._tell()
        return pending

    def drop(self, pending: Pending[_Item, _Done]) -> None:
        """Takes out of the line what nobody waits for any more; what runs already is finished unheard."""
        if pending in self._line:
            self._line.remove(pending)
            self._tell()

    async def run(self) -> None:
        """Serves the line until it is cancelled; then what runs is finished first."""
        async with anyio.create_task_group() as tasks:
            while True:
                await self._arrived.wait()
                borrower = object()
                await self._turns.acquire_on_behalf_of(borrower)
                if sum(one.left for one in self._line) < self._bounds.characters:
                    await anyio.sleep(self._bounds.pause)
                if batch := self._next_batch():
                    tasks.start_soon(self._do, batch, borrower)
                else:  # all were dropped
                    self._turns.release_on_behalf_of(borrower)

    def _next_batch(self) -> list[tuple[Pending[_Item, _Done], int]]:
        batch: list[tuple[Pending[_Item, _Done], int]] = []
        room = self._bounds.characters
        while self._line and room > 0:
            pending = self._line.popleft()
            share = self._share
            while pending.left and min(room, share) > 0:
                batch.append((pending, pending.taken))
                size = pending.take()
                room, share = room - size, share - size
                self._running_characters += size
            if pending.left:
                self._line.append(pending)
        if not self._line:
            self._arrived = anyio.Event()
        self._tell()
        return batch

    async def _do(self, batch: list[tuple[Pending[_Item, _Done], int]], borrower: object) -> None:
        started = time.monotonic()
        size = sum(pending.sizes[place] for pending, place in batch)
        try:
            outcomes = await anyio.to_thread.run_sync(
                self._outcomes, [pending.items[place] for pending, place in batch],
                limiter=anyio.CapacityLimiter(1),  # the turns bound the threads
            )  # fmt: skip
        finally:
            self._turns.release_on_behalf_of(borrower)
            self._running_characters -= size
        for (pending, place), outcome in zip(batch, outcomes, strict=True):
            pending.answer(place, outcome)
        self._measured(len(batch), size, started)

    def _outcomes(self, items: Sequence[_Item]) -> Sequence[_Done | Exception]:
        try:
            return self._work(items)
        except Exception as error:
            return [error] * len(items)

    def _measured(self, items: int, size: int, started: float) -> None:
        """Batches run side by side, so the pace is that of their ends."""
        now = time.monotonic()
        seconds, characters = self._pace
        since = now - max(started, self._last_end)
        self._pace = (seconds * _FADING + since, characters * _FADING + size)
        self._last_end = now
        self._observer.batch(self._kind, items, size, now - started)

    def _tell(self) -> None:
        items = sum(len(pending.items) - pending.taken for pending in self._line)
        self._observer.backlog(self._kind, len(self._line), items)
