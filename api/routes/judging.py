"""``/review/items``: an item, and what a reviewer does with it."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api.problems import Problem
from api.review.calls import QueueQuery
from api.review.errors import ReviewError
from api.review.records import Filters
from api.routes.reviews import STATUSES, Bench
from api.web.forms import DecisionForm, FormError, seal
from api.web.item import Notice, Sent, item_page, pair
from api.web.pages import page, query
from api.web.queue import NOTICES, Wanted, fields
from api.web.routing import PageRoute, glossary_of
from api.web.session import Form, SignedIn, Visitor

router = APIRouter(prefix="/items", route_class=PageRoute)

ItemId = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]


@router.get("/{item_id}")
def item(request: Request, work: Bench, visitor: SignedIn, item_id: ItemId, wanted: Wanted) -> Response:
    """Show an item; ``take`` in the address names the verdict that the form begins with."""
    asked = request.query_params
    place = asked.get("take", "")
    taken = int(place) if place.isascii() and place.isdigit() and len(place) < 4 else None
    notice = NOTICES.get(asked.get("notice", ""))
    return _item(request, work, visitor, item_id, wanted, notice=notice, taken=taken)


@router.post("/{item_id}/claim")
def claim(work: Bench, form: Form, item_id: ItemId, wanted: Wanted) -> Response:
    """Take an item, or keep it for longer."""
    work.claim(item_id, form.visitor.reviewer)
    return RedirectResponse(f"/review/items/{item_id}{query(fields(wanted))}#decide", 303)


@router.post("/{item_id}/release")
def release(work: Bench, form: Form, item_id: ItemId, wanted: Wanted) -> Response:
    """Give an item back."""
    work.release(item_id, form.visitor.reviewer)
    return RedirectResponse(f"/review{query({**fields(wanted), 'notice': 'released'})}", 303)


@router.post("/{item_id}/reopen")
def reopen(work: Bench, form: Form, item_id: ItemId, wanted: Wanted) -> Response:
    """Open an item again; for an admin."""
    reason = form.fields.get("reason", "").strip()
    if not reason:
        raise Problem(422, "Opening an item again needs a reason. Go back and give one.")
    work.reopen(item_id, form.visitor.reviewer, reason[:2000])
    return RedirectResponse(f"/review/items/{item_id}{query({**fields(wanted), 'notice': 'reopened'})}", 303)


@router.post("/{item_id}/score")
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


@router.post("/{item_id}/decision")
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
        told = (
            {"overrule": "Say why it is right, here and in your words."} if error.code == "unfaithful" else {}
        )
        text = f"This item {error.what}. {error.remedy}. Your text is kept below."
        notice = Notice(title="Not saved", text=text)
        if error.code == "stale":
            typed = typed.model_copy(update={"digest": work.show(item_id, reviewer).entry.digest})
        return again(told=told, notice=notice, report=scored, status=STATUSES[error.code])
    return RedirectResponse(f"/review/items/{item_id}{query({**fields(wanted), 'notice': 'saved'})}", 303)


def _item(
    request: Request, work: Bench, visitor: Visitor, item_id: str, wanted: QueueQuery, **more: Any
) -> HTMLResponse:
    filters: Filters = wanted.filters(visitor.reviewer)
    return item_page(
        work, glossary_of(request), item_id, visitor, queue=fields(wanted), filters=filters, **more
    )
