"""The service under load, with its clients on the same machine.

    python -m evaluation.load [URL] [--part PART] [--workers N] [--seconds S] [--minutes M]

Prints tables in Markdown. Without a URL it starts the service itself, which the parts ``overload`` and
``kill`` need: they look at its processes. A call is one trial of 20 criteria. The criteria are of the dev
split, then of train, where these are beside the repository, and each is sent once ("cold"), so that no memory
can help; else they are invented.
"""

import argparse
import asyncio
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import nullcontext, suppress
from itertools import cycle, islice
from multiprocessing import get_context

import httpx

from evaluation.benchmark import DATA
from evaluation.clients import (
    PATIENCE,
    REFUSED,
    Body,
    Call,
    Server,
    closed_loop,
    open_loop,
    percentile,
    server,
    until_ready,
)
from evaluation.texts import shuffled
from translator.intake.listed import given_criterion
from translator.pipeline import Translator
from translator.segment import segment

CLIENTS = (1, 8, 64)
SIZE = 20
"""Criteria of a trial."""
TEXTS = ("eligibility.dev.jsonl.gz", "eligibility.train.jsonl.gz")
PARTS = ("latency", "throughput", "overload", "kill")

_SEED = 11
_KEPT = 8  # trials that are sent again and again where a memory shall help
_BUSY = 5  # clients, of each worker, that keep it at work: they do not wait for long, and so none is idle
_IMPATIENCE = 2  # seconds
_SAMPLE_SECONDS = 10
_JOBS = 6  # as many as make it likely that the killed worker has some


def bodies() -> Iterator[Body]:
    """Trials that share no criterion, for as long as there are texts; then the same again."""
    while True:
        criteria = _criteria()
        while trial := list(islice(criteria, SIZE)):
            yield {"criteria": trial}


def _criteria() -> Iterator[dict[str, str]]:
    if not all((DATA / name).is_file() for name in TEXTS):
        print(f"No texts in {DATA}: the criteria are invented.")
        yield from (_given(f"Age at least {number} years", "inclusion") for number in range(10_000))
        return
    for name in TEXTS:
        for row in shuffled(name, _SEED):
            for one in segment(row["eligibility"]):
                if one.role == "criterion":
                    yield _given(one.text, one.section)


def _given(text: str, section: str) -> dict[str, str]:
    return {"id": "1", "section": section, "text": text}


def _heading(*cells: str) -> None:
    print()
    _row(*cells)
    _row(*("---" for _ in cells))


def _row(*cells: object) -> None:
    print(
        f"| {' | '.join(f'{one:.2f}' if isinstance(one, float) else str(one) for one in cells)} |", flush=True
    )


async def latency(address: str, trials: Iterator[Body], seconds: float) -> None:
    """Prints how long a trial takes: cold, and where a memory knows it."""
    times = ("p50", "p95", "p99", "p95 with the waits before")
    _heading("one trial", "clients", "answers", "refusals", *(f"{name}, seconds" for name in times))
    kept = [next(trials) for _ in range(_KEPT)]
    async with httpx.AsyncClient(base_url=address, timeout=PATIENCE) as client:
        for trial in kept:
            (await client.post("/v1/translate", json=trial)).raise_for_status()
    for name, source in (("cold", trials), ("from memory", cycle(kept))):
        for clients in CLIENTS:
            calls = await closed_loop(address, source, clients, seconds)
            answers = sum(call.status == 200 for call in calls)
            refusals = sum(call.refusals + (call.status in REFUSED) for call in calls)
            shares = [percentile(calls, share) for share in (0.5, 0.95, 0.99)]
            _row(name, clients, answers, refusals, *shares, percentile(calls, 0.95, waits=True))
            if wrong := _wrong(calls):
                print(f"Besides: {_statuses(wrong)}.")


async def throughput(address: str, trials: Iterator[Body], seconds: float, workers: int) -> None:
    """Prints criteria a second of the service at saturation, and of the pipeline called directly."""
    same = [next(trials) for _ in range(int(seconds * 5))]  # more than are done
    served = SIZE * await _capacity(address, iter(same), seconds, workers)
    shares = [same[number::workers] for number in range(workers)]
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        direct = sum(pool.map(_direct, shares, [seconds] * workers))
    _heading("at saturation", "criteria a second")
    _row(f"the service, {_BUSY * workers} clients", served)
    _row(f"the pipeline called directly, trial by trial in {2 * workers} threads", direct)
    _row("share", f"{served / direct:.0%}")


async def _capacity(address: str, trials: Iterator[Body], seconds: float, workers: int) -> float:
    """Trials a second that the service can do."""
    began = time.monotonic()
    calls = await closed_loop(address, trials, _BUSY * workers, seconds, patience=_IMPATIENCE)
    return sum(call.status == 200 for call in calls) / (time.monotonic() - began)


def _direct(trials: Sequence[Body], seconds: float) -> float:
    """Criteria a second of one process that calls the pipeline, trial by trial, in two threads."""
    translator = Translator.load()
    translator.translate_criteria(segment("Age at least 18 years"))
    work, end = iter(trials), time.monotonic() + seconds

    def done(_: int) -> int:
        criteria = 0
        while time.monotonic() < end and (trial := next(work, None)):
            given = [
                given_criterion(one["id"], one["section"], one["text"], None) for one in trial["criteria"]
            ]
            criteria += len(translator.translate_criteria(given))
        return criteria

    began = time.monotonic()
    with ThreadPoolExecutor(2) as pool:
        criteria = sum(pool.map(done, range(2)))
    return criteria / (time.monotonic() - began)


async def overload(running: Server, trials: Iterator[Body], seconds: float, minutes: float) -> None:
    """Prints what becomes of twice the load that the service can carry, and of its memory."""
    alone = percentile(await closed_loop(running.address, trials, 1, seconds), 0.95)
    rate = 2 * await _capacity(running.address, trials, seconds, len(running.workers()) or 1)
    memory: list[int] = []

    async def watch() -> None:
        while True:
            memory.append(running.memory())
            await asyncio.sleep(_SAMPLE_SECONDS)

    watching = asyncio.create_task(watch())
    calls = await open_loop(running.address, trials, rate, 60 * minutes)
    watching.cancel()
    accepted = percentile(calls, 0.95)
    half = memory[len(memory) // 2 :]
    _heading(f"twice the load that it can carry, {minutes:g} minutes", "")
    _row("trials a second", rate)
    _row("answers", _statuses(calls))
    _row("errors, other than 429 and 503", len(_wrong(calls)))
    _row("p95 of one client alone, seconds", alone)
    _row("p95 of the accepted, seconds", accepted)
    _row("that is, times", accepted / alone)
    _row(
        "memory at first, half way and at last, MiB",
        f"{memory[0] >> 20}, {half[0] >> 20}, {memory[-1] >> 20}",
    )
    _row("between its least and its most", f"{max(memory) / min(memory) - 1:.1%}")
    _row("the same in the second half", f"{max(half) / min(half) - 1:.1%}")


async def kill(trials: Iterator[Body], seconds: float) -> None:
    """Prints what becomes of calls and jobs when a worker is killed; in a service of two workers."""
    with server(2) as running:
        await until_ready(running.address, times=8)
        async with httpx.AsyncClient(base_url=running.address, timeout=PATIENCE) as client:
            jobs = [await _job(client, next(trials)["criteria"]) for _ in range(_JOBS)]
            load = asyncio.create_task(closed_loop(running.address, trials, 8, seconds, patience=_IMPATIENCE))
            await asyncio.sleep(seconds / 3)
            before = running.workers()
            os.kill(before[0], signal.SIGKILL)
            killed = time.monotonic()
            while len(set(running.workers()) - {before[0]}) < len(before):
                await asyncio.sleep(0.1)
            replaced = time.monotonic() - killed
            calls = await load
            ended = [await _ended(client, job) for job in jobs]
    _heading("kill -9 of one of two workers", "")
    _row("seconds until another stood in its place", replaced)
    _row("calls begun before", _statuses([call for call in calls if call.began <= killed]))
    _row("calls begun after", _statuses([call for call in calls if call.began > killed]))
    _row("jobs taken before", f"{len(jobs)}, of {SIZE} criteria each")
    _row("of these done", sum(state == "done" for state, _ in ended))
    _row("lines in their results", sum(lines for _, lines in ended))


async def _job(client: httpx.AsyncClient, criteria: Sequence[Body]) -> str:
    numbered = [{**one, "id": str(number)} for number, one in enumerate(criteria)]
    answer = (await client.post("/v1/jobs", json={"criteria": numbered})).raise_for_status()
    return str(answer.headers["location"])


async def _ended(client: httpx.AsyncClient, job: str) -> tuple[str, int]:
    """How a job ended, and the lines of its result."""
    while True:
        with suppress(httpx.TransportError):
            answer = await client.get(job)
            if answer.is_success and answer.json()["state"] not in {"queued", "running"}:
                break
        await asyncio.sleep(1)
    return answer.json()["state"], len((await client.get(f"{job}/result")).text.splitlines())


def _wrong(calls: Sequence[Call]) -> list[Call]:
    return [call for call in calls if call.status not in {200, *REFUSED}]


def _statuses(calls: Sequence[Call]) -> str:
    counted = Counter(call.status for call in calls)
    return ", ".join(f"{number} {status or 'broken'}" for status, number in sorted(counted.items())) or "none"


async def run(given: argparse.Namespace) -> None:
    """Measures what is asked for, and prints it."""
    parts, trials = given.part or PARTS, bodies()
    print(f"`python -m evaluation.load {' '.join(sys.argv[1:])}`")
    with nullcontext() if given.url else server(given.workers) as running:
        address = running.address if running else given.url
        await until_ready(address, times=4 * given.workers)
        if "latency" in parts:
            await latency(address, trials, given.seconds)
        if "throughput" in parts:
            await throughput(address, trials, given.seconds, given.workers)
        if running and "overload" in parts:
            await overload(running, trials, given.seconds, given.minutes)
    if not given.url and "kill" in parts:
        await kill(trials, given.seconds)


def main() -> None:
    """Reads the arguments."""
    parser = argparse.ArgumentParser(prog="python -m evaluation.load")
    parser.add_argument("url", nargs="?", help="address of a running service; none starts one")
    parser.add_argument(
        "--part", action="append", choices=PARTS, help="may be given again; all where it is not"
    )
    parser.add_argument("--workers", type=int, default=1, help="processes of the service that is started")
    parser.add_argument("--seconds", type=float, default=30, help="of each measurement")
    parser.add_argument("--minutes", type=float, default=10, help="of the overload")
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
