"""Works on jobs in the background, a portion at a time, so that whoever waits for an answer goes first."""

import contextlib
import logging
import os
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from typing import BinaryIO, TypeVar

import anyio
import anyio.to_thread
import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from api import logs
from api.engine import Engine
from api.jobs.folders import Folders
from api.jobs.items import Item, JobItemError, Line, after, items, lines, portions
from api.problems import Problem
from api.settings import Settings
from api.store import jobs
from api.store.jobs import Job
from translator.errors import InputError

_POLL_SECONDS = 2.0
_PATIENCE_SECONDS = 1.0  # before the engine, or the store, is asked again
_SWEEP_SECONDS = 60.0
_ORPHAN_SECONDS = 24 * 3600.0  # a folder that no job knows may belong to an upload that is still coming
_COUNTED_AT_ONCE = 200
_T = TypeVar("_T")
_log = logging.getLogger(__name__)


class _LostError(Exception):
    """The job is cancelled, or another worker has it."""


class Worker:
    """Takes jobs out of the store and works on some of them in turn.

    Args:
        store: Where the jobs are.
        folders: Their files.
        engine: Does the work.
        settings: How many, for how long.
        now: Tells the time.
    """

    def __init__(
        self,
        store: sa.Engine,
        folders: Folders,
        engine: Engine,
        settings: Settings,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._folders = folders
        self._engine = engine
        self._settings = settings
        self._now = now
        self._lease = timedelta(seconds=settings.job_lease)
        self._keep = timedelta(hours=settings.job_hours)
        self._places = anyio.Semaphore(settings.jobs_running)
        self._woken = anyio.Event()

    def wake(self) -> None:
        """Tells that there is a new job."""
        self._woken.set()

    async def run(self) -> None:
        """Works until it is cancelled; what is at work then is finished to the end of its portion."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._sweep)
            while True:
                await self._places.acquire()
                job = await self._taken()
                if job is None:
                    self._places.release()
                    with anyio.move_on_after(_POLL_SECONDS):
                        await self._woken.wait()
                    self._woken = anyio.Event()
                else:
                    tasks.start_soon(self._work, job)

    async def _taken(self) -> Job | None:
        try:
            job = await self._stored(jobs.take, self._now(), self._lease, self._keep)
        except SQLAlchemyError as error:
            _log.error("the store cannot be asked for jobs: %s", type(error).__name__)
            return None
        return job if job is not None and job.state == "running" else None

    async def _work(self, job: Job) -> None:
        logs.REQUEST_ID.set(job.id)
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._hold, job, tasks.cancel_scope)
                await self._through(job)
                tasks.cancel_scope.cancel()
        except Exception as error:
            # Whoever takes the job when its lease ends may have more luck; `take` counts how often.
            _log.error("job %s was left: %s", job.id, _cause(error))
        finally:
            self._places.release()

    async def _hold(self, job: Job, scope: anyio.CancelScope) -> None:
        """Renews the lease; where the job is lost, the work on it ends."""
        while True:
            await anyio.sleep(self._settings.job_lease / 3)
            try:
                held = await self._stored(jobs.change, job, lent_until=self._now() + self._lease)
            except SQLAlchemyError:
                continue  # the lease may last until the store is there again
            if not held:
                scope.cancel()

    async def _through(self, job: Job) -> None:
        try:
            await self._items(job)
        except _LostError:
            pass
        except InputError as error:
            values = {"state": "failed", "error": str(error), "finished_at": self._now()}
            await self._stored(jobs.change, job, **values, expires_at=self._now() + self._keep)
        except anyio.get_cancelled_exc_class():
            with anyio.CancelScope(shield=True), contextlib.suppress(SQLAlchemyError):
                await self._stored(jobs.change, job, lent_until=None)  # another may take it at once
            raise

    async def _items(self, job: Job) -> None:
        path = self._folders.input(job)
        if job.total is None:
            await self._count(job)
        with (await _threaded(self._folders.continued, job)).open("ab") as result:
            found = portions(after(items(job, path), job.done))
            try:
                while portion := await _threaded(next, found, None):
                    made = await self._patiently(partial(lines, portion, job, self._engine, self._settings))
                    job = await _threaded(self._keep_lines, job, result, portion, made)
            finally:
                found.close()
        ended = {"state": "done", "finished_at": self._now(), "expires_at": self._now() + self._keep}
        await self._stored(jobs.change, job, **ended, lent_until=None)

    async def _count(self, job: Job) -> None:
        found, total = items(job, self._folders.input(job)), 0
        while count := await _threaded(_counted, found):
            total += count
        await self._stored(jobs.change, job, total=total)

    async def _patiently(self, work: Callable[[], Awaitable[list[Line]]]) -> list[Line]:
        while True:
            try:
                return await work()
            except Problem as refusal:
                if refusal.status_code != 503:
                    raise
            await anyio.sleep(_PATIENCE_SECONDS)

    def _keep_lines(self, job: Job, result: BinaryIO, portion: list[Item], made: list[Line]) -> Job:
        text = "".join(f"{_json(line)}\n" for line in made).encode()
        result.write(text)
        result.flush()
        os.fsync(result.fileno())
        values = {
            "done": job.done + len(portion),
            "failed": job.failed + sum(isinstance(line, JobItemError) for line in made),
            "size": job.size + len(text),
        }
        until = self._now() + self._lease
        if not jobs.change(self._store, job, **values, crashes=0, lent_until=until):
            raise _LostError
        return job.model_copy(update=values)

    async def _sweep(self) -> None:
        """Removes what is over, now and then."""
        while True:
            try:
                await _threaded(self.sweep)
            except (SQLAlchemyError, OSError) as error:
                _log.error("what is over cannot be removed: %s", type(error).__name__)
            await anyio.sleep(_SWEEP_SECONDS)

    def sweep(self) -> None:
        """Removes results whose time is over, and files that no job needs."""
        ages = self._folders.ages()
        jobs.expire(self._store, self._now(), self._keep)
        needed = jobs.need_files(self._store)
        for job_id, age in ages.items():
            if not needed.get(job_id, age < _ORPHAN_SECONDS):
                self._folders.drop(job_id)

    async def _stored(self, work: Callable[..., _T], *arguments: object, **values: object) -> _T:
        return await _threaded(partial(work, self._store, *arguments, **values))


async def _threaded(work: Callable[..., _T], *arguments: object) -> _T:
    return await anyio.to_thread.run_sync(work, *arguments)


def _counted(found: Iterator[Item]) -> int:
    return sum(1 for _ in islice(found, _COUNTED_AT_ONCE))


def _json(line: Line) -> str:
    return line.model_dump_json(exclude_none=isinstance(line, JobItemError))


def _cause(error: Exception) -> str:
    """The types alone: a message may quote a text."""
    inner = error.exceptions if isinstance(error, ExceptionGroup) else [error]
    return ", ".join(type(one).__name__ for one in inner)
