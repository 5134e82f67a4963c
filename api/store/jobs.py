"""The jobs of the service: who gave them, how far they are, and which worker has them.

A job is lent to one worker at a time, for a while that the worker has to renew. Each loan has a number, the
attempt; whatever a worker writes names the attempt that it has, and counts only while that is the last one.
So a worker that was taken for dead, and is not, changes nothing any more.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa

from api.store.database import TABLES, Moment, reading
from translator.records import Record

Task = Literal["translate", "audit"]
ListFormat = Literal["record", "records", "criteria", "text"]
State = Literal["queued", "running", "done", "failed", "cancelled", "expired"]

UNFINISHED: tuple[State, ...] = ("queued", "running")
_WITH_FILES: tuple[State, ...] = (*UNFINISHED, "done")
_MOST_CRASHES = 4  # of the workers that had a job, one after the other, without any progress between

jobs = sa.Table(
    "jobs",
    TABLES,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("owner", sa.String(100), nullable=False),
    sa.Column("idempotency_key", sa.String(255)),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("task", sa.String(20), nullable=False),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("file", sa.String(40), nullable=False),
    sa.Column("input_format", sa.String(20)),
    sa.Column("min_fidelity", sa.Float),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("finished_at", Moment),
    sa.Column("expires_at", Moment),
    sa.Column("lent_until", Moment),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("crashes", sa.Integer, nullable=False),
    sa.Column("total", sa.Integer),
    sa.Column("done", sa.Integer, nullable=False),
    sa.Column("failed", sa.Integer, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("error", sa.Text),
)


class JobRequest(Record):
    """What is asked for.

    Attributes:
        id: Of the job, chosen by whoever made its folder.
        idempotency_key: The client's name for the request, unique among the owner's.
        digest: SHA-256 of all that was asked, to tell the same request from another.
        name: Of the file, as the client calls it.
        file: What it is called in the job's folder.
        input_format: What the input is; None recognises it.
        min_fidelity: Least score that counts as faithful; None takes the service's.
    """

    id: str
    owner: str
    idempotency_key: str | None = None
    digest: str
    task: Task
    name: str
    file: str
    input_format: ListFormat | None = None
    min_fidelity: float | None = None


class Job(JobRequest):
    """A job as it stands.

    Attributes:
        finished_at: When it came to its end, whichever.
        expires_at: When its result goes, or, where there is none any more, the job itself.
        attempt: Number of the last loan to a worker.
        crashes: Workers that were lost with it since it last made progress.
        total: Items of its input; None until they are counted.
        done: Items that are finished, those that failed among them.
        failed: Items that have an error in their place.
        size: Bytes of the result that are good.
        error: Why it failed.
    """

    state: State = "queued"
    created_at: datetime
    finished_at: datetime | None = None
    expires_at: datetime | None = None
    lent_until: datetime | None = None
    attempt: int = 0
    crashes: int = 0
    total: int | None = None
    done: int = 0
    failed: int = 0
    size: int = 0
    error: str | None = None


class TooManyJobsError(Exception):
    """The owner has as many unfinished jobs as one may have."""


def add(store: sa.Engine, request: JobRequest, now: datetime, most: int) -> Job:
    """Keeps a job, or finds the one that was made by the same idempotency key.

    Args:
        store: Where.
        request: The job that is asked for.
        now: When.
        most: Unfinished jobs that its owner may have, this one included.

    Returns:
        The job; one of another id was there before, and its ``digest`` tells whether it is the same.

    Raises:
        TooManyJobsError: The owner has more.
    """
    job = Job(**request.model_dump(), created_at=now)
    waiting = (
        sa.select(sa.func.count())
        .select_from(jobs)
        .where(jobs.c.owner == job.owner, jobs.c.state.in_(UNFINISHED))
    )
    try:
        with store.begin() as connection:
            before = _same_key(connection, request)
            if before is not None:
                return before
            if connection.execute(waiting).scalar_one() >= most:
                raise TooManyJobsError
            connection.execute(jobs.insert().values(job.model_dump()))
    except sa.exc.IntegrityError:  # another request of this key came in between
        with reading(store) as connection:
            first = _same_key(connection, request)
        if first is None:
            raise
        return first
    return job


def _same_key(connection: sa.Connection, request: JobRequest) -> Job | None:
    if request.idempotency_key is None:
        return None
    query = sa.select(jobs).where(
        jobs.c.owner == request.owner, jobs.c.idempotency_key == request.idempotency_key
    )
    row = connection.execute(query).mappings().first()
    return None if row is None else _job(row)


def find(store: sa.Engine, job_id: str) -> Job | None:
    """The job of an id."""
    with reading(store) as connection:
        row = connection.execute(sa.select(jobs).where(jobs.c.id == job_id)).mappings().first()
    return None if row is None else _job(row)


def take(store: sa.Engine, now: datetime, lease: timedelta, keep: timedelta) -> Job | None:
    """Lends the oldest job that nobody has, to whoever calls, until ``now + lease``.

    A job whose workers were lost again and again is given back with the state ``failed``; it goes after
    ``keep``.
    """
    free = sa.or_(jobs.c.lent_until.is_(None), jobs.c.lent_until <= now)
    oldest = (
        sa.select(jobs)
        .where(jobs.c.state.in_(UNFINISHED), free)
        .order_by(jobs.c.created_at, jobs.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    with store.begin() as connection:
        row = connection.execute(oldest).mappings().first()
        if row is None:
            return None
        job = _job(row)
        crashes = job.crashes + (job.lent_until is not None)
        change: dict[str, Any] = {"attempt": job.attempt + 1, "crashes": crashes}
        if crashes > _MOST_CRASHES:
            change |= {"state": "failed", "lent_until": None, "finished_at": now, "expires_at": now + keep}
            change["error"] = f"The service was lost {crashes} times while it worked at this place."
        else:
            change |= {"state": "running", "lent_until": now + lease}
        connection.execute(jobs.update().where(jobs.c.id == job.id).values(change))
    return job.model_copy(update=change)


def change(store: sa.Engine, job: Job, **values: object) -> bool:
    """Writes how far a job is, or how it ended, for the worker that has it.

    Returns:
        Whether the worker still has it; if not, nothing is written.
    """
    mine = (jobs.c.id == job.id, jobs.c.attempt == job.attempt, jobs.c.state == "running")
    with store.begin() as connection:
        return connection.execute(jobs.update().where(*mine).values(values)).rowcount == 1


def end(store: sa.Engine, job_id: str, now: datetime, expires_at: datetime) -> None:
    """Ends a job for its owner: cancelled where it is not finished; its result gone where it is."""
    ended = {"finished_at": now, "expires_at": expires_at, "lent_until": None}
    own = jobs.c.id == job_id
    with store.begin() as connection:
        connection.execute(
            jobs.update().where(own, jobs.c.state.in_(UNFINISHED)).values(state="cancelled", **ended)
        )
        connection.execute(
            jobs.update().where(own, jobs.c.state == "done").values(state="expired", expires_at=expires_at)
        )


def expire(store: sa.Engine, now: datetime, keep: timedelta) -> None:
    """Lets results go whose time is over, and after as long a time again the jobs themselves."""
    over = jobs.c.expires_at <= now
    with store.begin() as connection:
        connection.execute(sa.delete(jobs).where(jobs.c.state.in_(("expired", "cancelled", "failed")), over))
        connection.execute(
            jobs.update().where(jobs.c.state == "done", over).values(state="expired", expires_at=now + keep)
        )


def need_files(store: sa.Engine) -> dict[str, bool]:
    """The ids of all jobs, and whether each still needs its files."""
    with reading(store) as connection:
        rows = connection.execute(sa.select(jobs.c.id, jobs.c.state)).all()
    return {row.id: row.state in _WITH_FILES for row in rows}


def _job(row: Mapping[Any, Any]) -> Job:
    return Job.model_validate(dict(row))
