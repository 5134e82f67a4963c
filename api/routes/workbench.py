"""``/review``: the reviewers' pages. Every form works without scripts; a script makes them quicker."""

from typing import Literal

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse
from pydantic import ValidationError

from api.problems import Problem
from api.review import report
from api.review.agreement import agreement
from api.review.errors import ReviewError
from api.review.records import Head
from api.review.thresholds import Settlement, check_scorer, settle
from api.routes import judging, signing
from api.routes.reviews import Bench
from api.security import REPORT
from api.web.burndown import HEIGHT, WIDTH, burndown
from api.web.pages import STATIC, page, query, version
from api.web.queue import NOTICES, Wanted, fields
from api.web.routing import PageRoute
from api.web.session import Form, SignedIn

router = APIRouter(prefix="/review", include_in_schema=False, route_class=PageRoute)
router.include_router(signing.router)
router.include_router(judging.router)

_YEAR_SECONDS = 31_536_000
_TRIED = 5  # items that others may take while we reach for them
_PAGE = 25


@router.get("")
def queue(request: Request, work: Bench, visitor: SignedIn, wanted: Wanted) -> HTMLResponse:
    """Show what waits, the worst first."""
    found = work.queue(wanted.filters(visitor.reviewer), after=wanted.after, limit=_PAGE)
    progress = work.progress(wanted.trial_id)
    return page(
        "queue.html",
        visitor,
        entries=found.entries,
        following=found.next,
        wanted=wanted,
        fields=fields(wanted),
        states=progress.states,
        burndown=burndown(progress.days),
        size=(WIDTH, HEIGHT),
        at=work.clock(),
        notice=NOTICES.get(request.query_params.get("notice", "")),
    )


@router.post("/next")
def take_next(work: Bench, form: Form, wanted: Wanted) -> Response:
    """Claim the worst item of a queue that is free, and show it."""
    reviewer, of_queue = form.visitor.reviewer, fields(wanted)
    filters = wanted.model_copy(update={"available": True}).filters(reviewer)
    for entry in work.queue(filters, limit=_TRIED).entries:
        try:
            work.claim(entry.item.id, reviewer)
        except ReviewError:
            continue  # somebody was faster, or it is not this reviewer's to judge
        return RedirectResponse(f"/review/items/{entry.item.id}{query(of_queue)}", 303)
    return RedirectResponse(f"/review{query({**of_queue, 'notice': 'none'})}", 303)


@router.get("/agreement")
def agreed(request: Request, work: Bench, visitor: SignedIn, wanted: Wanted) -> HTMLResponse:
    """Show how far reviewers agree, and how the scorer does against them."""
    with work.store.reading() as view:
        verdicts = list(view.every_verdict(wanted.trial_id))
        settled = view.of_kind("thresholds")
    return page(
        "agreement.html",
        visitor,
        agreement=agreement(verdicts),
        scorer=check_scorer(verdicts),
        trial_id=wanted.trial_id,
        settled=settled,
        notice=NOTICES.get(request.query_params.get("notice", "")),
    )


@router.post("/agreement")
def settle_thresholds(work: Bench, form: Form) -> Response:
    """Log what an admin makes of the proposed thresholds."""
    given = {
        "thresholds": {name: form.fields.get(name) for name in ("faithful", "review")},
        "accepted": form.fields.get("do") == "accept",
        "reason": form.fields.get("reason", ""),
    }
    try:
        settlement = Settlement.model_validate(given)
    except ValidationError:
        raise Problem(422, "A reason of 1 to 2,000 characters is needed. Go back and give one.") from None
    settle(work, form.visitor.reviewer, settlement)
    return RedirectResponse("/review/agreement?notice=settled", 303)


@router.get("/log")
def log(work: Bench, visitor: SignedIn, check: bool = False, head: str = "") -> HTMLResponse:
    """Show the head of the log, and check it where that is asked."""
    number, _, digits = head.strip().partition(":")
    remembered = None
    if head.strip():
        if not (number.isascii() and number.isdigit() and len(number) < 16 and len(digits) == 64):
            raise Problem(422, "A head is NUMBER:HASH, with 64 hexadecimal digits. Copy it as it was shown.")
        remembered = Head(sequence=int(number), hash=digits.lower())
    with work.store.reading() as view:
        checked = view.verify(remembered) if check else None
        differences = tuple(view.differences()) if checked and not checked.breaks else ()
        return page(
            "log.html",
            visitor,
            head=view.head(),
            checked=checked,
            differences=differences,
            remembered=head.strip(),
            at=work.clock(),
        )


@router.get("/report")
def printed(work: Bench, visitor: SignedIn, trial_id: str) -> HTMLResponse:
    """Show the audit report of a trial, or of a batch of pairs."""
    with work.store.reading() as view:
        return HTMLResponse(report.report(view, trial_id, work.clock()), headers=REPORT)


@router.get("/static/{of}/{name}")
def static(of: str, name: Literal["icon.svg", "review.css", "review.js"]) -> FileResponse:
    """Give a static file, which a browser may keep as long as its address stays."""
    lasting = "immutable" if of == version() else "must-revalidate"
    seconds = _YEAR_SECONDS if of == version() else 0
    return FileResponse(STATIC / name, headers={"Cache-Control": f"public, max-age={seconds}, {lasting}"})


@router.get("/{rest:path}")
def nothing(visitor: SignedIn, rest: str) -> Response:
    """Say that there is nothing."""
    raise Problem(404, "There is no such page. It may have moved, or the address was cut off.")
