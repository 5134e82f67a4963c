"""``/review``: the reviewers' pages. Every form works without scripts; a script makes them quicker."""

import json
from typing import Annotated, Any, Literal

import anyio.to_thread
import sqlalchemy as sa
from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse
from pydantic import ValidationError

from api.access import Access
from api.problems import Problem
from api.review import report
from api.review.agreement import agreement
from api.review.errors import ReviewError
from api.review.records import Filters, Head, Reviewer
from api.review.thresholds import Settlement, check_scorer, settle
from api.routes.reviews import STATUSES, Bench, QueueQuery
from api.security import REPORT
from api.web import session
from api.web.burndown import HEIGHT, WIDTH, burndown
from api.web.forms import DecisionForm, FormError, seal
from api.web.item import Notice, Sent, item_page, pair
from api.web.pages import STATIC, page, query, version
from api.web.routing import PageRoute, glossary_of, resumed, sign_in_page
from api.web.session import Submitted, Visitor, fields_of, submitted, visitor_of

router = APIRouter(prefix="/review", include_in_schema=False, route_class=PageRoute)

SignedIn = Annotated[Visitor, Depends(visitor_of)]
Form = Annotated[Submitted, Depends(submitted)]
ItemId = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]
_YEAR_SECONDS = 31_536_000
_TRIED = 5  # items that others may take while we reach for them
_PAGE = 25
_NOTICES = {
    "saved": Notice(title="Saved", text="Your verdict is in the log.", alarm=False),
    "released": Notice(title="Given back", text="The item is free for others again.", alarm=False),
    "none": Notice(title="Nothing left to take", text="No item of this queue is free for you.", alarm=False),
    "reopened": Notice(title="Open again", text="Earlier verdicts stay in the record.", alarm=False),
    "settled": Notice(title="Logged", text="What you made of the proposal is in the log.", alarm=False),
}


def queue_of(request: Request) -> QueueQuery:
    """The queue that an address names, as a FastAPI dependency.

    Raises:
        Problem: 422 for a filter that there is not.
    """
    known = QueueQuery.model_fields.keys()
    given = {name: value.strip() for name, value in request.query_params.items() if name in known}
    try:
        return QueueQuery.model_validate({name: value for name, value in given.items() if value})
    except ValidationError as error:
        wrong = ", ".join(sorted({str(one["loc"][0]) for one in error.errors()}))
        raise Problem(422, f"No such filter: {wrong}. Begin with the whole queue.") from None


Wanted = Annotated[QueueQuery, Depends(queue_of)]


def _fields(wanted: QueueQuery) -> dict[str, object]:
    """The fields of a queue's address; a page of it is none."""
    return wanted.model_dump(exclude_defaults=True, exclude={"after", "limit"})


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
        fields=_fields(wanted),
        states=progress.states,
        burndown=burndown(progress.days),
        size=(WIDTH, HEIGHT),
        at=work.clock(),
        notice=_NOTICES.get(request.query_params.get("notice", "")),
    )


@router.get("/sign-in")
def ask(request: Request, next: str = "") -> Response:  # noqa: A002  as the address has it
    """Ask who somebody is."""
    return sign_in_page(request, going=next)


@router.post("/sign-in")
async def sign_in(request: Request) -> Response:
    """Begin a session, and go on with what was asked for or sent before it."""
    fields = await fields_of(request)
    access: Access = request.app.state.access
    going, carried = fields.get("next", ""), fields.get("carried", "")
    key, name = fields.get("key", "").strip(), " ".join(fields.get("name", "").split())

    def again(told: str, status: int) -> Response:
        return sign_in_page(request, status, going=going, carried=carried, told=told, name=name)

    try:
        caller, _ = await access.admit(request, key)
        role: Literal["review", "admin"] = "admin" if caller.may("admin") else "review"
        if not access.required:
            # Who may do everything anyway says in which role they do it.
            role = "admin" if fields.get("role") == "admin" else "review"
        reviewer = Reviewer(name=caller.name if access.required else name, role=role)
    except Problem as problem:
        told = "This key is not known, or was revoked." if problem.status_code == 401 else ""
        return again(told or problem.problem.detail or "", problem.status_code)
    except ValidationError:
        return again("Give a name of 1 to 100 characters that can be shown.", 422)
    if access.required and not caller.may("review"):
        return again(f"This key has the role {caller.role}; reviewing needs the role review.", 403)

    def proceed() -> Response:
        answer: Response = RedirectResponse(_local(going), 303)
        visitor = session.begin(request, answer, reviewer, key if access.required else None)
        if carried:
            cookie = answer.headers["set-cookie"]
            answer = resumed(request, visitor, going, _carried(carried))
            answer.headers["set-cookie"] = cookie
        return answer

    return await anyio.to_thread.run_sync(proceed)


@router.post("/sign-out")
def sign_out(request: Request, form: Form) -> Response:
    """End the session."""
    answer = RedirectResponse("/review/sign-in", 303)
    session.end(request, answer)
    return answer


@router.post("/next")
def take_next(work: Bench, form: Form, wanted: Wanted) -> Response:
    """Claim the worst item of a queue that is free, and show it."""
    reviewer, fields = form.visitor.reviewer, _fields(wanted)
    filters = wanted.model_copy(update={"available": True}).filters(reviewer)
    for entry in work.queue(filters, limit=_TRIED).entries:
        try:
            work.claim(entry.item.id, reviewer)
        except ReviewError:
            continue  # somebody was faster, or it is not this reviewer's to judge
        return RedirectResponse(f"/review/items/{entry.item.id}{query(fields)}", 303)
    return RedirectResponse(f"/review{query({**fields, 'notice': 'none'})}", 303)


@router.get("/items/{item_id}")
def item(
    request: Request, work: Bench, visitor: SignedIn, item_id: ItemId, wanted: Wanted, take: int | None = None
) -> Response:
    """Show an item."""
    notice = _NOTICES.get(request.query_params.get("notice", ""))
    return _item(request, work, visitor, item_id, wanted, notice=notice, taken=take)


@router.post("/items/{item_id}/claim")
def claim(work: Bench, form: Form, item_id: ItemId, wanted: Wanted) -> Response:
    """Take an item, or keep it for longer."""
    work.claim(item_id, form.visitor.reviewer)
    return RedirectResponse(f"/review/items/{item_id}{query(_fields(wanted))}#decide", 303)


@router.post("/items/{item_id}/release")
def release(work: Bench, form: Form, item_id: ItemId, wanted: Wanted) -> Response:
    """Give an item back."""
    work.release(item_id, form.visitor.reviewer)
    return RedirectResponse(f"/review{query({**_fields(wanted), 'notice': 'released'})}", 303)


@router.post("/items/{item_id}/reopen")
def reopen(work: Bench, form: Form, item_id: ItemId, wanted: Wanted) -> Response:
    """Open an item again; for an admin."""
    reason = form.fields.get("reason", "").strip()
    if not reason:
        raise Problem(422, "Opening an item again needs a reason. Go back and give one.")
    work.reopen(item_id, form.visitor.reviewer, reason[:2000])
    return RedirectResponse(
        f"/review/items/{item_id}{query({**_fields(wanted), 'notice': 'reopened'})}", 303
    )


@router.post("/items/{item_id}/score")
def score(work: Bench, form: Form, item_id: ItemId) -> HTMLResponse:
    """Score a sentence for the script that shows it while it is written."""
    plain = form.fields.get("plain", "")
    sent = DecisionForm(digest="", action="edit", plain=plain)
    try:
        sentence = sent.decision().plain or ""
    except FormError as error:
        return HTMLResponse(next(iter(error.told.values())), 422, media_type="text/plain")
    shown = work.show(item_id, form.visitor.reviewer).entry.item
    scored = pair(shown.source, sentence, work.score(item_id, sentence), "edit-")
    return page("score.html", form.visitor, edited=scored, sealed=seal(plain))


@router.post("/items/{item_id}/decision")
def decide(request: Request, work: Bench, form: Form, item_id: ItemId, wanted: Wanted) -> Response:
    """Take a decision down; or claim again, score, or give another row, as the button says."""
    typed, reviewer = DecisionForm.of(form.fields), form.visitor.reviewer

    def again(**more: Any) -> Response:
        return _item(request, work, form.visitor, item_id, wanted, sent=Sent(form=typed, **more))

    doing = form.fields.get("do", "save")
    try:
        if doing == "claim":
            work.claim(item_id, reviewer)
            text = "What you wrote is here, and is not saved yet."
            typed = typed.model_copy(update={"digest": work.show(item_id, reviewer).entry.digest})
            return again(notice=Notice(title="The item is yours", text=text, alarm=False))
        if doing == "more":
            return again()
        decision = typed.decision()
        if decision.plain is not None and (doing == "score" or typed.scored != seal(typed.plain)):
            scored = work.score(item_id, decision.plain)
            typed = typed.model_copy(update={"scored": seal(typed.plain)})
            text = "Nothing is saved yet. Read what the scorer says of your sentence, then save."
            asked = Notice(title="Your sentence is scored", text=text, alarm=False)
            return again(report=scored, notice=asked if doing == "save" else None)
        work.decide(item_id, reviewer, decision)
    except FormError as error:
        return again(told=error.told, status=422)
    except ReviewError as error:
        if error.code == "not_found":
            raise
        scored = None
        if error.code == "unfaithful" and typed.action == "edit":
            scored = work.score(item_id, typed.plain)
        told = {"overrule": "Say why it is right, here and in your words."} if error.code == "unfaithful" else {}
        text = f"This item {error.what}. {error.remedy}. Your text is kept below."
        notice = Notice(title="Not saved", text=text)
        if error.code == "stale":
            typed = typed.model_copy(update={"digest": work.show(item_id, reviewer).entry.digest})
        return again(told=told, notice=notice, report=scored, status=STATUSES[error.code])
    return RedirectResponse(f"/review/items/{item_id}{query({**_fields(wanted), 'notice': 'saved'})}", 303)


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
        notice=_NOTICES.get(request.query_params.get("notice", "")),
    )


@router.post("/agreement")
def settle_thresholds(work: Bench, form: Form) -> Response:
    """Log what an admin makes of the proposed thresholds."""
    fields = form.fields
    given = {
        "thresholds": {name: fields.get(name) for name in ("faithful", "review")},
        "accepted": fields.get("do") == "accept",
        "reason": fields.get("reason", ""),
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
def static(of: str, name: Literal["review.css", "review.js"]) -> FileResponse:
    """Give a static file, which a browser may keep as long as its address stays."""
    lasting = "immutable" if of == version() else "must-revalidate"
    seconds = _YEAR_SECONDS if of == version() else 0
    return FileResponse(STATIC / name, headers={"Cache-Control": f"public, max-age={seconds}, {lasting}"})


@router.get("/{rest:path}")
def nothing(visitor: SignedIn, rest: str) -> Response:
    """Say that there is nothing."""
    raise Problem(404, "There is no such page. It may have moved, or the address was cut off.")


def _item(
    request: Request, work: Bench, visitor: Visitor, item_id: str, wanted: QueueQuery, **more: Any
) -> HTMLResponse:
    filters: Filters = wanted.filters(visitor.reviewer)
    return item_page(
        work, glossary_of(request), item_id, visitor, queue=_fields(wanted), filters=filters, **more
    )


def _local(going: str) -> str:
    """Where to go, if it is one of our pages."""
    return going if going.startswith(("/review/items/", "/review?", "/review/agreement", "/review/log")) else "/review"


def _carried(text: str) -> dict[str, str]:
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(fields, dict):
        return {}
    return {str(name): value for name, value in fields.items() if isinstance(value, str)}
