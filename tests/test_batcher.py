"""Batches across requests: everybody gets their own answer, in fair turns, or is refused at the door."""

import threading
from collections.abc import Sequence

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.batcher import Batcher, Bounds, BusyError
from api.line import Pending, Turns

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
    return Batcher("test", work, len, bounds, turns=Turns(running), observer=observer or Observer())


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
    # A batch ends with the item that fills it, and with what is left of its request if that is a crumb.
    assert all(items and size < characters + 120 + characters // 4 for _, items, size in observer.batches)
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
    assert work.batches[0] == large[:10]  # 10 items of 40 characters each
    assert work.batches[1][:2] == ["s1", "s2"]
    assert [one for batch in work.batches for one in batch if one[0] == "l"] == large


def test_who_only_fills_up_a_batch_keeps_their_place() -> None:
    work = Work()
    anyio.run(served, batcher_of(work), [["a"] * 8, ["b"] * 9, ["c"] * 9])
    assert work.batches == [["a"] * 8 + ["b"] * 2, ["b"] * 7 + ["c"] * 3, ["c"] * 6]


def test_a_request_is_not_cut_for_a_crumb() -> None:
    work = Work()
    anyio.run(served, batcher_of(work), [["a"] * 12, ["b"] * 13])
    assert [len(batch) for batch in work.batches] == [12, 10, 3]


def test_what_nobody_waits_for_leaves_a_turn_to_others() -> None:
    async def scene() -> None:
        gate = threading.Event()
        work = Work(gate)
        batcher = batcher_of(work, running=2)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(batcher.run)
            batcher.submit(["j"] * 30, background=True)
            await anyio.to_thread.run_sync(work.begun.acquire)
            await anyio.wait_all_tasks_blocked()
            batcher.submit(["r"])
            await anyio.to_thread.run_sync(work.begun.acquire)
            assert work.batches == [["j"] * 10, ["r"]]
            tasks.cancel_scope.cancel()
            gate.set()

    anyio.run(scene)


def test_where_others_wait_the_batches_of_what_nobody_waits_for_are_small() -> None:
    async def scene() -> None:
        gate = threading.Event()
        work = Work(gate)
        batcher = batcher_of(work)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(batcher.run)
            batcher.submit(["first"])
            await anyio.to_thread.run_sync(work.begun.acquire)
            job = batcher.submit(["j"] * 20, background=True)
            for _ in range(2):
                batcher.submit(["r"] * 10)
            await anyio.wait_all_tasks_blocked()
            gate.set()
            await job.finished.wait()
            tasks.cancel_scope.cancel()
        sizes = [len(batch) for batch in work.batches if batch[0] == "j"]
        assert (sizes[0], max(sizes), sum(sizes)) == (3, 10, 20)

    anyio.run(scene)


def test_the_background_is_never_refused_and_dropped_like_others() -> None:
    async def scene() -> None:
        work, observer = Work(), Observer()
        batcher = batcher_of(work, observer=observer)
        kept = [batcher.submit(["j"], background=True) for _ in range(2 * BOUNDS.waiting)]
        batcher.submit(["r"])
        assert batcher.waiting == 1
        for one in kept:
            batcher.drop(one)
        assert observer.backlogs[-1] == (1, 1)

    anyio.run(scene)


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
        bounds = Bounds(characters=400, pause=0, waiting=8, wait=12)
        batcher = batcher_of(Work(), bounds)
        batcher._pace = (1.0, 40.0)  # a second for each of the items below
        large = batcher.submit(["x"] * 100)
        batcher.submit(["s"])
        assert batcher.expected_wait(40) == 11  # the large one gives a batch of 10 items, another waits
        batcher.submit(["s"])
        with pytest.raises(BusyError) as refusal:
            batcher.submit(["x"] * 100)
        assert refusal.value.retry_after == 60
        batcher.drop(large)
        batcher.submit(["x"] * 100)

    anyio.run(scene)


def test_who_is_sent_away_is_told_to_come_one_after_the_other() -> None:
    async def scene() -> None:
        batcher = batcher_of(Work(), Bounds(characters=400, pause=0, waiting=2, wait=10))
        batcher._pace = (1.0, 40.0)
        for _ in range(2):
            batcher.submit(["x"] * 5)
        told = []
        for _ in range(20):
            with pytest.raises(BusyError) as refusal:
                batcher.submit(["x"] * 5)
            told.append(refusal.value.retry_after)
        assert told == [*(max(5 * place, 1) for place in range(13)), *[60] * 7]

    anyio.run(scene)


def test_the_first_in_the_line_is_not_late() -> None:
    async def scene() -> None:
        batcher = batcher_of(Work())
        first, second = batcher.submit(["a"]), batcher.submit(["b"])
        assert [batcher.is_late(one) for one in (first, second)] == [False, True]
        batcher.drop(first)
        assert not batcher.is_late(second)

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
