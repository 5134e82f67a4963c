"""A service in a process of its own, and clients that call it: the means of ``evaluation.load``."""

import asyncio
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

Body = Mapping[str, Any]

REFUSED = frozenset({429, 503})
"""What a service answers that has too much to do."""
PATIENCE = 300
"""Seconds that a client waits."""

_SERVE = "from api.cli import main; main()"


@dataclass(frozen=True)
class Call:
    """One call as its client saw it.

    Attributes:
        began: When it was first tried, by the clock of ``time.monotonic``.
        waited: Seconds from there to the last try, as long as ``Retry-After`` asked for.
        seconds: From the last try to the end of its answer.
        status: Of the last answer; 0 where the connection broke.
        refusals: How often it was refused before.
    """

    began: float
    waited: float
    seconds: float
    status: int
    refusals: int


class Server:
    """A running ``plaincriteria serve``."""

    def __init__(self, process: subprocess.Popen[str], address: str) -> None:
        self._process = process
        self.address = address

    def processes(self) -> list[int]:
        """It, and those that it started."""
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text("utf-8")
        return [self._process.pid, *map(int, children.split())]

    def workers(self) -> list[int]:
        """The processes that serve."""
        return [one for one in self.processes()[1:] if b"spawn_main" in _command(one)]

    def memory(self) -> int:
        """Resident bytes of all its processes; what they share counts for each."""
        return sum(_resident(one) for one in self.processes())


@contextmanager
def server(workers: int, **environment: str) -> Iterator[Server]:
    """Starts a service that keeps what it keeps, a memory too, in a folder of its own, and ends it.

    Args:
        workers: Processes that serve.
        environment: Settings by their variables.
    """
    with tempfile.TemporaryDirectory(prefix="load-") as folder:
        variables = {
            "XDG_DATA_HOME": folder,
            "PLAINCRITERIA_MEMORY": str(Path(folder) / "memory.db"),
            "PLAINCRITERIA_LOG_LEVEL": "warning",
        }
        # Rates are of one address, and all clients have the same.
        rates = {"PLAINCRITERIA_ADDRESS_RATE": "0", "PLAINCRITERIA_KEY_RATE": "0"}
        process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-c", _SERVE, "serve", "--port", "0", "--workers", str(workers)],
            env=os.environ | variables | rates | environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert process.stdout is not None  # noqa: S101
            found = re.search(r"http://\S+", process.stdout.readline())
            if found is None:
                raise RuntimeError("the service did not start; see above")
            yield Server(process, found[0])
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait()


async def until_ready(address: str, times: int = 1) -> None:
    """Waits until so many calls in a row, each on a connection of its own, found a ready worker.

    Raises:
        TimeoutError: It was not so in good time.
    """
    async with asyncio.timeout(PATIENCE):
        ready = 0
        while ready < times:
            async with httpx.AsyncClient(base_url=address, timeout=PATIENCE) as client:
                try:
                    ready = ready + 1 if (await client.get("/readyz")).is_success else 0
                except httpx.TransportError:
                    ready = 0
            await asyncio.sleep(0 if ready else 0.1)


async def closed_loop(
    address: str, bodies: Iterator[Body], clients: int, seconds: float, *, patience: float = PATIENCE
) -> list[Call]:
    """Clients that each call again as soon as they are answered.

    One that is refused waits as it is told, or as long as its patience is, in seconds; where that is longer
    than the time, its refusal is the last call.
    """
    end = time.monotonic() + seconds

    async def one() -> list[Call]:
        calls: list[Call] = []
        async with httpx.AsyncClient(base_url=address, timeout=PATIENCE) as client:
            while time.monotonic() < end and (not calls or calls[-1].status not in REFUSED):
                calls.append(await _call(client, next(bodies), end, patience))
        return calls

    return [call for calls in await asyncio.gather(*(one() for _ in range(clients))) for call in calls]


async def open_loop(address: str, bodies: Iterator[Body], rate: float, seconds: float) -> list[Call]:
    """Calls that begin at a rate (a second), whatever becomes of those before; none is tried again."""
    calls = []
    limits = httpx.Limits(max_connections=None)
    async with (
        httpx.AsyncClient(base_url=address, timeout=PATIENCE, limits=limits) as client,
        asyncio.TaskGroup() as tasks,
    ):
        began = time.monotonic()
        for number in range(int(rate * seconds)):
            await asyncio.sleep(began + number / rate - time.monotonic())
            calls.append(tasks.create_task(_call(client, next(bodies))))
    return [call.result() for call in calls]


async def _call(client: httpx.AsyncClient, body: Body, until: float = 0, patience: float = PATIENCE) -> Call:
    began, refusals = time.monotonic(), 0
    while True:
        tried = time.monotonic()
        try:
            answer = await client.post("/v1/translate", json=body)
            status, told = answer.status_code, float(answer.headers.get("retry-after", 1))
        except httpx.TransportError:
            status, told = 0, 0.0
        now, wait = time.monotonic(), min(told, patience)
        if status not in REFUSED or now + wait > until:
            return Call(began, tried - began, now - tried, status, refusals)
        refusals += 1
        await asyncio.sleep(wait)


def percentile(calls: Sequence[Call], share: float, *, waits: bool = False) -> float:
    """Seconds within which this share of the answered calls were answered; NaN where there are none.

    Args:
        calls: All of them.
        share: 0 to 1.
        waits: Whether the waits before the last try count too.
    """
    seconds = sorted(call.seconds + call.waited * waits for call in calls if call.status == 200)
    return seconds[min(int(share * len(seconds)), len(seconds) - 1)] if seconds else float("nan")


def _command(process: int) -> bytes:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return b""


def _resident(process: int) -> int:
    try:
        pages = Path(f"/proc/{process}/statm").read_text("ascii").split()[1]
    except OSError:
        return 0
    return int(pages) * os.sysconf("SC_PAGESIZE")
