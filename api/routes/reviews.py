"""``/v1/reviews``: queue, claims, verdicts, history, agreement and export of the review workbench."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import sqlalchemy as sa
from anyio import from_thread
from fastapi import APIRouter, Body, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse, StreamingResponse

from api import examples
from api.access import Identity, requires
from api.engine import Engine, engine_of, settings_of
from api.items import check_characters, check_count
from api.problems import Problem, problem, response
from api.review import export, report
from api.review.agreement import agreement
from api.review.calls import (
    AgreementAnswer,
    EditRequest,
    ImportAnswer,
    ImportRequest,
    LogCheck,
    QueueQuery,
    ReopenRequest,
)
from api.review.errors import Refusal, ReviewError
from api.review.imports import Imported, Importer
from api.review.intake import Given, GivenPair, of_value
from api.review.records import (
    Claim,
    Decision,
    Entry,
    Event,
    Head,
    Page,
    Progress,
    Reviewer,
)
from api.review.thresholds import Settlement, check_scorer, settle
from api.review.work import Shown, Workbench
from api.routes.jobs import JSON_LINES, store_of
from api.security import REPORT
from api.settings import Settings
from api.store.reviews import ReviewStore
from translator.errors import InputError
from translator.published import AuditReport
from translator.records import Pair, Unreadable


def single(request: Request) -> None:
    """A FastAPI dependency: nothing is asked twice, of which one answer would be dropped in silence."""
    given = [name for name, _ in request.query_params.multi_items()]
    if len(set(given)) < len(given):
        raise Problem(422, "A parameter of the address is given more than once.")


router = APIRouter(prefix="/v1/reviews", tags=["reviews"], dependencies=[Depends(single)])

STATUSES: dict[Refusal, int] = {
    "not_found": 404,
    "claimed": 409,
    "unclaimed": 409,
    "lease_lost": 409,
    "stale": 409,
    "closed": 409,
    "blind": 409,
    "forbidden": 403,
    "incomplete": 422,
    "unfaithful": 422,
}


def workbench_of(
    store: Annotated[sa.Engine, Depends(store_of)],
    engine: Annotated[Engine, Depends(engine_of)],
    settings: Annotated[Settings, Depends(settings_of)],
) -> Workbench:
    """The workbench of the app that got the request, as a FastAPI dependency; it must run in a thread."""

    def audit(pairs: Sequence[Pair]) -> list[AuditReport]:
        reports = []
        for outcome in from_thread.run(engine.audit, pairs):
            if isinstance(outcome, Exception):
                raise outcome
            reports.append(outcome)
        return reports

    return Workbench.of(ReviewStore(store), settings, audit=audit)


def reviewer_of(caller: Annotated[Identity, Depends(requires("review"))]) -> Reviewer:
    """Who asks, as a FastAPI dependency."""
    return Reviewer(name=caller.name, role="admin" if caller.may("admin") else "review")


Bench = Annotated[Workbench, Depends(workbench_of)]
Caller = Annotated[Reviewer, Depends(reviewer_of)]
TrialId = Annotated[str | None, Query(description="Of one trial, or batch of pairs")]


@router.get("")
def queue(work: Bench, caller: Caller, wanted: Annotated[QueueQuery, Query()]) -> Page:
    """List what waits, the highest risk first."""
    return work.queue(wanted.filters(caller), after=wanted.after, limit=wanted.limit)


@router.post("", status_code=201)
def take_in(
    work: Bench,
    caller: Caller,
    body: Annotated[ImportRequest, Body(openapi_examples=examples.REVIEW_IMPORTS)],
    settings: Annotated[Settings, Depends(settings_of)],
) -> ImportAnswer:
    """Take translations in for review: pairs, which are scored, or lines of `translate`.

    A pair is `{"id", "section", "source", "plain", "context"?, "trial_id"?, "model"?}`. What cannot be read
    is told in `errors`, and the others are taken. Given again, only what changed counts.
    """
    check_count("items", len(body.items), settings)
    given = [_given(value, number) for number, value in enumerate(body.items, 1)]
    pairs = [one for one in given if isinstance(one, GivenPair)]
    check_characters((text for one in pairs for text in (one.source, one.plain, one.context)), settings)
    done, errors = Imported(), []
    for outcome in Importer(work, caller, body.batch, whole=body.whole).run(given):
        if isinstance(outcome, Imported):
            done += outcome
        else:
            errors.append(outcome)
    return ImportAnswer(imported=done, errors=tuple(errors))


@router.get("/progress")
def progress(work: Bench, caller: Caller, trial_id: TrialId = None) -> Progress:
    """Tell how many items are in each state, and how many came and were closed day by day."""
    return work.progress(trial_id)


@router.get("/agreement")
def agreed(work: Bench, caller: Caller, trial_id: TrialId = None) -> AgreementAnswer:
    """Tell how far reviewers agree, how long they take, and how the scorer does against them."""
    with work.store.reading() as view:
        verdicts = list(view.every_verdict(trial_id))
    return AgreementAnswer(agreement=agreement(verdicts), scorer=check_scorer(verdicts))


@router.post("/thresholds", status_code=201)
def settled(
    work: Bench,
    caller: Caller,
    body: Annotated[Settlement, Body(openapi_examples=examples.REVIEW_SETTLEMENTS)],
) -> Event:
    """Log whether an admin accepts the thresholds that are proposed now; the scorer is not changed by it."""
    return settle(work, caller, body)


@router.get("/verify")
def verify(
    work: Bench,
    caller: Caller,
    head: Annotated[str | None, Query(pattern="^[0-9]{1,15}:[0-9a-f]{64}$")] = None,
) -> LogCheck:
    """Check the log, and that the state is what it says; `head` is `NUMBER:HASH` of an earlier day."""
    number, _, digits = (head or "0:").partition(":")
    remembered = None if head is None else Head(sequence=int(number), hash=digits)
    with work.store.reading() as view:
        log = view.verify(remembered)
        return LogCheck(log=log, differences=() if log.breaks else tuple(view.differences()))


@router.get(
    "/export",
    response_class=StreamingResponse,
    responses={200: {"content": {JSON_LINES: {}, "text/csv": {}}}},
)
def exported(
    work: Bench,
    caller: Caller,
    form: Annotated[export.Form, Query(alias="format")] = "jsonl",
    trial_id: TrialId = None,
) -> StreamingResponse:
    """Give items and verdicts as JSON lines or CSV, the edits to train on, or the approved wordings."""

    def chunks() -> Iterator[str]:
        with work.store.reading() as view:
            yield from export.EXPORTS[form](view, trial_id)

    return StreamingResponse(chunks(), media_type="text/csv" if form == "csv" else JSON_LINES)


@router.get("/report", response_class=HTMLResponse)
def printed(work: Bench, caller: Caller, trial_id: str) -> HTMLResponse:
    """Give the audit report of a trial, or of a batch of pairs, as HTML that stands alone and prints."""
    with work.store.reading() as view:
        return HTMLResponse(report.report(view, trial_id, work.clock()), headers=REPORT)


@router.get("/{item_id}")
def show(item_id: str, work: Bench, caller: Caller) -> Shown:
    """Show an item with its neighbours, and the verdicts that the caller may see."""
    return work.show(item_id, caller)


@router.get("/{item_id}/history")
def history(item_id: str, work: Bench, caller: Caller) -> tuple[Event, ...]:
    """Give the events of an item; of an open one without the verdicts of others."""
    return work.history(item_id, caller)


@router.post("/{item_id}/claim")
def claim(item_id: str, work: Bench, caller: Caller) -> Claim:
    """Take an item to judge, or keep it for longer."""
    return work.claim(item_id, caller)


@router.delete("/{item_id}/claim", status_code=204)
def release(item_id: str, work: Bench, caller: Caller) -> None:
    """Give an item back."""
    work.release(item_id, caller)


@router.post("/{item_id}/score")
def score(
    item_id: str,
    work: Bench,
    caller: Caller,
    body: Annotated[EditRequest, Body(openapi_examples=examples.REVIEW_EDITS)],
) -> AuditReport:
    """Score another sentence for the item's source, before anything is decided."""
    return work.score(item_id, body.plain)


@router.post("/{item_id}/decision")
def decide(
    item_id: str,
    work: Bench,
    caller: Caller,
    body: Annotated[Decision, Body(openapi_examples=examples.REVIEW_DECISIONS)],
) -> Entry:
    """Give a verdict on an item that the caller has claimed; `digest` is that of what was shown."""
    return work.decide(item_id, caller, body)


@router.post("/{item_id}/reopen")
def reopen(
    item_id: str,
    work: Bench,
    caller: Caller,
    body: Annotated[ReopenRequest, Body(openapi_examples=examples.REVIEW_REOPENINGS)],
) -> Entry:
    """Open an item again that has its verdict; for an admin."""
    return work.reopen(item_id, caller, body.reason)


def on_refusal(_: Request, error: Exception) -> Response:
    """The problem of what the workbench refuses; its ``type`` tells which refusal it is."""
    assert isinstance(error, ReviewError)  # noqa: S101  the handler is installed for no other
    told: Any = problem(STATUSES[error.code], f"{error.where} {error.what}. {error.remedy}.")
    return response(told.model_copy(update={"type": f"urn:plaincriteria:review:{error.code}"}))


def _given(value: object, number: int) -> Given | Unreadable:
    try:
        return of_value(value, f"item {number}")
    except InputError as error:
        return error.unreadable()
