"""Batches across requests: what many clients ask for is worked on together, in turns that are fair.

Whoever waits is served in rounds. In a round a request gives a batch at most and, if it has more, goes to the
end of the line: a large one cannot starve the small ones behind it. What cannot be done in good time is
refused at the door, so that the line never grows long.

What nobody waits for has a line of its own, in the background. It never has the last turn, and where others
wait its batches are small.
"""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import anyio
import anyio.to_thread
from anyio.abc import TaskGroup

from api.line import Line, Pending, Turns

_Item = TypeVar("_Item")
_Done = TypeVar("_Done")

_LEAST_SIZE = 40  # characters that the shortest item counts as: it is work, too
_SMALL = 4  # of a batch: what one in the background is where others wait
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
        wait: Seconds of work that a new request may find before it, and that it may wait to be begun.
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
        turns: Turns,
        observer: Observer,
    ) -> None:
        self._kind = kind
        self._work = work
        self._size = size
        self._bounds = bounds
        self._turns = turns
        self._observer = observer
        self._line: Line[_Item, _Done] = Line()
        self._background: Line[_Item, _Done] = Line()
        self._running_characters = 0
        self._since = 0.0  # when a batch last ended, or began where none ran
        self._pace = (0.0, 0.0)  # seconds, and the characters done in them; what is long ago has faded
        self._promised = 0.0  # until when those who were refused will keep us busy

    @property
    def waiting(self) -> int:
        """How many requests wait, wholly or in part."""
        return len(self._line.waiting)

    def expected_wait(self, size: int) -> float:
        """Seconds of work, at the pace of the latest batches, before a request of so many characters.

        A larger request gives no more than a batch in each round, so that it holds up a smaller one for
        about the size of that.
        """
        most = max(size, self._bounds.characters)
        line = sum(min(one.left, most) for one in self._line.waiting)
        running = self._seconds(self._running_characters) - (time.monotonic() - self._since)
        return max(running, 0) + self._seconds(line)

    def _seconds(self, characters: int) -> float:
        seconds, done = self._pace
        return characters * seconds / done if done else 0.0

    def submit(self, items: Sequence[_Item], *, background: bool = False) -> Pending[_Item, _Done]:
        """Puts items in the line; whoever does so waits for ``finished``, or drops them.

        Args:
            items: What is asked for.
            background: Whether nobody waits for it; it is never refused then.

        Raises:
            BusyError: The line is too long.
        """
        sizes = [max(self._size(one), _LEAST_SIZE) for one in items]
        pending: Pending[_Item, _Done] = Pending(items, sizes, background)
        if not background:
            excess = self.expected_wait(pending.left) - self._bounds.wait
            # Where nobody waits the next may, however slow the machine is.
            if self.waiting >= self._bounds.waiting or (self.waiting and excess > 0):
                raise self.refusal(pending)
        if items:
            self._line_of(pending).add(pending)
            self._tell()
        return pending

    def refusal(self, pending: Pending[_Item, _Done]) -> BusyError:
        """Tells when to come again: not all at once, but as if those who are sent away stood in a line."""
        now = time.monotonic()
        first = now + max(self.expected_wait(pending.left) - self._bounds.wait, 0)
        self._promised = min(max(self._promised, first), now + _LONGEST_RETRY)
        retry_after = max(math.ceil(self._promised - now), 1)
        self._promised += self._seconds(pending.left)
        return BusyError(min(retry_after, _LONGEST_RETRY))

    def is_late(self, pending: Pending[_Item, _Done]) -> bool:
        """Whether one that was not begun in good time is to be refused; the first in the line stays."""
        return not pending.begun.is_set() and self._line.waiting[0] is not pending

    def drop(self, pending: Pending[_Item, _Done]) -> None:
        """Takes out of the line what nobody waits for any more; what runs already is finished unheard."""
        line = self._line_of(pending).waiting
        if pending in line:
            line.remove(pending)
            self._tell()

    def _line_of(self, pending: Pending[_Item, _Done]) -> Line[_Item, _Done]:
        return self._background if pending.background else self._line

    async def run(self) -> None:
        """Serves both lines until it is cancelled; then what runs is finished first."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._serve, tasks, False)
            tasks.start_soon(self._serve, tasks, True)

    async def _serve(self, tasks: TaskGroup, background: bool) -> None:
        line = self._background if background else self._line
        while True:
            await line.arrived.wait()
            borrower = object()
            await self._turns.take(borrower, background=background)
            if line.left < self._bounds.characters:
                await anyio.sleep(self._bounds.pause)
            small = background and self.waiting
            if batch := line.fill(max(self._bounds.characters // (_SMALL if small else 1), 1)):
                self._tell()
                tasks.start_soon(self._do, batch, borrower, background)
            else:  # all were dropped
                self._turns.give_back(borrower, background=background)

    async def _do(
        self, batch: list[tuple[Pending[_Item, _Done], int]], borrower: object, background: bool
    ) -> None:
        started = time.monotonic()
        size = sum(pending.sizes[place] for pending, place in batch)
        if not self._running_characters:
            self._since = started
        self._running_characters += size
        try:
            outcomes = await anyio.to_thread.run_sync(
                self._outcomes, [pending.items[place] for pending, place in batch],
                limiter=anyio.CapacityLimiter(1),  # the turns bound the threads
            )  # fmt: skip
        finally:
            self._turns.give_back(borrower, background=background)
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
        since = now - max(started, self._since)
        self._pace = (seconds * _FADING + since, characters * _FADING + size)
        self._since = now
        self._observer.batch(self._kind, items, size, now - started)

    def _tell(self) -> None:
        waiting = [*self._line.waiting, *self._background.waiting]
        self._observer.backlog(self._kind, len(waiting), sum(len(one.items) - one.taken for one in waiting))
