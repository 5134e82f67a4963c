"""``/v1/jobs``: bulk work in the background, its progress and its result."""

from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Annotated, Literal

import anyio.to_thread
import sqlalchemy as sa
from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.responses import FileResponse

from api.access import Identity, requires
from api.bodies import UPLOADS
from api.engine import settings_of
from api.examples import JOB_ANSWER
from api.jobs.folders import Folders
from api.jobs.items import JobItemError, items
from api.jobs.uploads import BODY, JobOptions, taken_in
from api.jobs.worker import Worker
from api.problems import Problem
from api.settings import Settings
from api.store import jobs
from api.store.jobs import Job, JobRequest, State, Task, TooManyJobsError
from translator.errors import InputError
from translator.records import Record

router = APIRouter(tags=["jobs"])

_RETRY_AFTER_SECONDS = 60
JSON_LINES = "application/x-ndjson"
_PARQUET = "application/vnd.apache.parquet"


class JobStatus(Record):
    """How far a job is.

    Attributes:
        state: ``queued``, ``running``, ``done``, ``failed``, ``cancelled``; or ``expired``: its result is
            gone.
        name: Of the file, as it was sent.
        expires_at: When the result goes; of a job without one, when the job does.
        total: Items of the input: records, or lines of a list; null until they are counted.
        done: Items that are finished.
        failed: Errors that stand in the result in the place of a line.
        error: Why it failed as a whole.
        result: Where the result is, when it is there.
    """

    id: str
    state: State
    task: Task
    name: str
    created_at: datetime
    finished_at: datetime | None
    expires_at: datetime | None
    total: int | None
    done: int
    failed: int
    error: str | None
    result: str | None


def store_of(request: Request) -> sa.Engine:
    """The store of the app that got the request, as a FastAPI dependency."""
    store: sa.Engine = request.app.state.store
    return store


def worker_of(request: Request) -> Worker:
    """The worker of the app that got the request, as a FastAPI dependency."""
    worker: Worker = request.app.state.worker
    return worker


def folders_of(request: Request) -> Folders:
    """The jobs' files of the app that got the request, as a FastAPI dependency."""
    folders: Folders = request.app.state.folders
    return folders


Store = Annotated[sa.Engine, Depends(store_of)]
Files = Annotated[Folders, Depends(folders_of)]
Caller = Annotated[Identity, Depends(requires("translate"))]


async def _own(job_id: str, caller: Caller, store: Store) -> Job:
    """The job of the address; one of somebody else is not there, except for an admin."""
    job = await anyio.to_thread.run_sync(jobs.find, store, job_id)
    if job is None or not (job.owner == caller.name or caller.may("admin")):
        raise Problem(404, "There is no such job.")
    return job


Own = Annotated[Job, Depends(_own)]


@router.post(
    UPLOADS,
    status_code=202,
    openapi_extra={"requestBody": BODY},
    responses={
        200: {"model": JobStatus, "description": "The job that this key and body made before"},
        202: {"content": {"application/json": {"example": JOB_ANSWER}}},
    },
)
async def create(
    *,
    request: Request,
    response: Response,
    options: Annotated[JobOptions, Query()],
    caller: Caller,
    store: Store,
    folders: Files,
    worker: Annotated[Worker, Depends(worker_of)],
    settings: Annotated[Settings, Depends(settings_of)],
    idempotency_key: Annotated[
        str | None,
        Header(
            pattern="^[!-~]{1,255}$",
            description="Your own name for this request: sent again with the same body it gives the same job",
        ),
    ] = None,
) -> JobStatus:
    """Take a file or list for translation, or for an audit, in the background.

    Send criteria or pairs as JSON (the form of `/v1/translate` and `/v1/audit`, as many as `max_body_bytes`
    allows), or a file up to `max_upload_bytes`: as the field `file` of a form, or as the bytes of the body.
    It may be whatever the command line takes: a record, many of them, a list, an eligibility text, in a ZIP
    archive or gzip file too. What is no good as a whole is refused here; a bad item among others has an
    `error` in its place in the result.
    """
    job_id, folder = await anyio.to_thread.run_sync(folders.make)
    try:
        upload = await taken_in(request, options, folder)
        asked = JobRequest(
            id=job_id,
            owner=caller.name,
            idempotency_key=idempotency_key,
            digest=upload.digest,
            name=upload.name,
            file=upload.file,
            **upload.options.model_dump(exclude={"name"}),
        )
        await anyio.to_thread.run_sync(_refuse, asked, folder / upload.file)
        keep = partial(jobs.add, store, asked, datetime.now(UTC), settings.max_jobs)
        job = await anyio.to_thread.run_sync(keep)
    except TooManyJobsError:
        await anyio.to_thread.run_sync(folders.drop, job_id)
        detail = f"{settings.max_jobs} of your jobs are not finished; max_jobs allows no more."
        raise Problem(429, detail, headers={"Retry-After": str(_RETRY_AFTER_SECONDS)}) from None
    except BaseException:
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(folders.drop, job_id)
        raise
    if job.id != job_id:
        await anyio.to_thread.run_sync(folders.drop, job_id)
        if job.digest != asked.digest:
            raise Problem(409, f"This Idempotency-Key was sent before with another body, for job {job.id}.")
        response.status_code = 200
    worker.wake()
    response.headers["Location"] = f"{UPLOADS}/{job.id}"
    return _status(job)


def _refuse(asked: JobRequest, path: Path) -> None:
    """Raises a 422 ``Problem`` for an input that is no good as a whole; its beginning is read."""
    job = Job(**asked.model_dump(), created_at=datetime.now(UTC))
    try:
        first = list(islice(items(job, path), 2))
    except InputError as error:
        raise Problem(422, str(error)) from None
    if len(first) == 1 and isinstance(first[0], JobItemError):
        raise Problem(422, f"{first[0].id}: {first[0].error.detail}")


@router.get(
    f"{UPLOADS}/{{job_id}}", responses={200: {"content": {"application/json": {"example": JOB_ANSWER}}}}
)
async def progress(job: Own) -> JobStatus:
    """Tell how far a job is; a key sees its own jobs alone, an admin all."""
    return _status(job)


@router.delete(f"{UPLOADS}/{{job_id}}")
async def cancel(
    job: Own, store: Store, folders: Files, settings: Annotated[Settings, Depends(settings_of)]
) -> JobStatus:
    """Cancel a job, or, where it is done, remove its result; its files go at once."""
    now = datetime.now(UTC)
    await anyio.to_thread.run_sync(jobs.end, store, job.id, now, now + timedelta(hours=settings.job_hours))
    await anyio.to_thread.run_sync(folders.drop, job.id)
    ended = await anyio.to_thread.run_sync(jobs.find, store, job.id)
    return _status(ended or job)


@router.get(
    f"{UPLOADS}/{{job_id}}/result",
    response_class=FileResponse,
    responses={
        200: {
            "content": {
                JSON_LINES: {"schema": {"type": "string"}},
                _PARQUET: {"schema": {"type": "string", "format": "binary"}},
            },
            "description": "The lines",
        }
    },
)
async def result(
    job: Own,
    folders: Files,
    form: Annotated[
        Literal["jsonl", "parquet"] | None, Query(alias="format", description="In the place of `Accept`")
    ] = None,
    accept: Annotated[str, Header()] = JSON_LINES,
) -> FileResponse:
    """Give the result of a finished job, in the order of its input, as JSON lines or as Parquet.

    A line is an item of `/v1/translate` or `/v1/audit`, or `{"id", "error"}` in the place of one.
    """
    if job.state in jobs.UNFINISHED:
        raise Problem(409, f"The job is {job.state}: {job.done} of {job.total or 'its'} items are done.")
    path = folders.result(job)
    if job.state != "done" or not path.is_file():
        raise Problem(410, job.error or f"The job is {job.state}, and its result is gone.")
    if form == "jsonl" or (form is None and _PARQUET not in accept):
        return FileResponse(path, media_type=JSON_LINES, filename=f"{job.id}.jsonl")
    table = path.with_suffix(".parquet")
    if not table.is_file():
        from translator.bulk.results import to_parquet  # noqa: PLC0415  (pyarrow need not delay the start)

        await anyio.to_thread.run_sync(to_parquet, path, table, job.task)
    return FileResponse(table, media_type=_PARQUET, filename=f"{job.id}.parquet")


def _status(job: Job) -> JobStatus:
    told = job.model_dump(include=set(JobStatus.model_fields))
    return JobStatus(**told, result=f"{UPLOADS}/{job.id}/result" if job.state == "done" else None)
