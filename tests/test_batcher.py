"""Batches across requests: everybody gets their own answer, in fair turns, or is refused at the door."""

import threading
from collections.abc import Sequence

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.batcher import Batcher, Bounds, BusyError, Pending

BOUNDS = Bounds(characters=400, pause=0, waiting=8, wait=1e9)
LETTERS = "abcdefgh"


class Observer:
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.batches: list[tuple[str, int, int]] = []
        self.backlogs: list[tuple[int, int]] = []

    def batch(self, kind: str, items: int, characters: int, seconds: float) -> None:
        assert seconds >= 0
        self.batches.append((kind, items, characters))

    def backlog(self, kind: str, requests: int, items: int) -> None:
        self.backlogs.append((requests, items))


class Work:
    """Doubles each item; one that is "boom" fails at its place, one that is "crash" brings down the batch.

    Args:
        gate: No batch is finished before it is set.
    """

    def __init__(self, gate: threading.Event | None = None) -> None:
        self.batches: list[list[str]] = []
        self.begun = threading.Semaphore(0)
        self._gate = gate

    def __call__(self, items: Sequence[str]) -> list[str | Exception]:
        self.batches.append(list(items))
        self.begun.release()
        assert self._gate is None or self._gate.wait(30)
        if "crash" in items:
            raise RuntimeError("crash")
        return [ValueError(one) if one == "boom" else one * 2 for one in items]


def batcher_of(
    work: Work, bounds: Bounds = BOUNDS, running: int = 1, observer: Observer | None = None
) -> Batcher[str, str]:
    turns = anyio.CapacityLimiter(running)
    return Batcher("test", work, len, bounds, turns=turns, observer=observer or Observer())


async def served(batcher: Batcher[str, str], requests: Sequence[Sequence[str]]) -> list[Pending[str, str]]:
    """All requests, submitted in order and at once, when they are finished."""
    async with anyio.create_task_group() as tasks:
        pending = [batcher.submit(items) for items in requests]
        tasks.start_soon(batcher.run)
        for one in pending:
            await one.finished.wait()
        tasks.cancel_scope.cancel()
    return pending


@given(
    st.lists(st.lists(st.text(LETTERS, max_size=120), max_size=12), max_size=8),
    st.integers(1, 600),
    st.integers(1, 3),
)
def test_each_request_gets_its_own_answers_in_order(
    requests: list[list[str]], characters: int, running: int
) -> None:
    bounds = Bounds(characters=characters, pause=0, waiting=8, wait=1e9)
    work, observer = Work(), Observer()
    pending = anyio.run(served, batcher_of(work, bounds, running, observer), requests)
    assert [one.outcomes for one in pending] == [[item * 2 for item in items] for items in requests]
    assert all(items and size < characters + 120 for _, items, size in observer.batches)
    assert sum(items for _, items, _ in observer.batches) == sum(map(len, requests))
    assert not observer.backlogs or observer.backlogs[-1] == (0, 0)


def test_requests_share_a_batch() -> None:
    work = Work()
    anyio.run(served, batcher_of(work), [["a", "b"], ["c"], ["d"]])
    assert work.batches == [["a", "b", "c", "d"]]


def test_a_large_request_does_not_starve_small_ones() -> None:
    work = Work()
    large = [f"l{number}" for number in range(100)]
    anyio.run(served, batcher_of(work), [large, ["s1"], ["s2"]])
    done = [sum(map(len, work.batches[: n + 1])) for n in range(len(work.batches))]
    first = next(n for n, batch in enumerate(work.batches) if "s2" in batch)
    assert first == 0
    assert len(done) == 11  # 102 items of 40 characters each, 10 in a batch
    assert [one for batch in work.batches for one in batch if one[0] == "l"] == large


def test_an_error_of_an_item_stands_in_its_place_and_a_crash_in_all() -> None:
    (first, second) = anyio.run(served, batcher_of(Work()), [["a", "boom"], ["b"]])
    assert isinstance(first.outcomes[1], ValueError)
    assert (first.outcomes[0], second.outcomes[0]) == ("aa", "bb")
    (crashed,) = anyio.run(served, batcher_of(Work()), [["a", "crash"]])
    assert all(isinstance(one, RuntimeError) for one in crashed.outcomes)


def test_too_many_are_refused_and_told_when_to_come_again() -> None:
    async def scene() -> None:
        batcher = batcher_of(Work())
        for _ in range(BOUNDS.waiting):
            batcher.submit(["a"])
        with pytest.raises(BusyError) as refusal:
            batcher.submit(["a"])
        assert refusal.value.retry_after >= 1

    anyio.run(scene)


def test_what_cannot_be_done_in_good_time_is_refused_but_a_large_request_holds_up_no_small_one() -> None:
    async def scene() -> None:
        bounds = Bounds(characters=400, pause=0, waiting=8, wait=10)
        batcher = batcher_of(Work(), bounds)
        batcher._pace = (1.0, 40.0)  # a second for each of the items below
        large = batcher.submit(["x"] * 100)
        batcher.submit(["s"])
        assert batcher.expected_wait(40) == 3.5  # the large one gives a share of 100 characters, 40 wait
        with pytest.raises(BusyError) as refusal:
            batcher.submit(["x"] * 100)
        assert refusal.value.retry_after == 60
        batcher.drop(large)
        batcher.submit(["x"] * 100)

    anyio.run(scene)


def test_what_nobody_waits_for_is_not_begun() -> None:
    async def scene() -> None:
        gate = threading.Event()
        work, observer = Work(gate), Observer()
        batcher = batcher_of(work, observer=observer)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(batcher.run)
            first = batcher.submit(["first"])
            await anyio.to_thread.run_sync(work.begun.acquire)
            left = batcher.submit(["left"] * 100)
            last = batcher.submit(["last"])
            batcher.drop(left)
            gate.set()
            await first.finished.wait()
            await last.finished.wait()
            assert not left.finished.is_set()
            batcher.drop(left)
            tasks.cancel_scope.cancel()
        assert work.batches == [["first"], ["last"]]
        assert observer.backlogs[-1] == (0, 0)

    anyio.run(scene)


def test_what_runs_when_it_is_cancelled_is_finished() -> None:
    async def scene() -> None:
        gate = threading.Event()
        work = Work(gate)
        batcher = batcher_of(work)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(batcher.run)
            batcher.submit(["a"])
            await anyio.to_thread.run_sync(work.begun.acquire)
            tasks.cancel_scope.cancel()
            gate.set()
        assert work.batches == [["a"]]

    anyio.run(scene)
