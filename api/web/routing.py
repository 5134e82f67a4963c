"""What surrounds every page: whatever goes wrong is told on a page, and no text that was sent is lost."""

import json
import re
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from typing import Any

import anyio.to_thread
from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute
from sqlalchemy.exc import SQLAlchemyError

from api.problems import Problem, fault
from api.review.errors import ReviewError
from api.review.records import Filters, Item
from api.review.work import Workbench
from api.routes.reviews import STATUSES, workbench_of
from api.web.forms import DecisionForm
from api.web.item import Notice, Sent, item_page
from api.web.pages import page, query
from api.web.session import SignedOutError, StaleFormError, Visitor, known
from translator.records import Criterion, Span, Term

SIGN_IN = "/review/sign-in"

_ITEM = re.compile(r"/review/items/([0-9a-f]{32})")
_TITLES = {403: "Not allowed", 404: "Nothing here", 409: "Not possible now", 422: "Not understood",
           429: "Too many requests", 500: "Something broke", 503: "Not ready yet"}  # fmt: skip
_AGAIN = Notice(
    title="You are signed in again",
    text="What you wrote is here, and is not saved yet. Look at it, claim the item if it is not yours any "
    "more, and send it again.",
)


class PageRoute(APIRoute):
    """A route whose errors are pages."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler of the route, within ours."""
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                return await handler(request)
            except SignedOutError as error:
                return _sign_in(request, error.fields)
            except StaleFormError as error:
                return await anyio.to_thread.run_sync(
                    resumed, request, error.visitor, request.url.path, error.fields
                )
            except ReviewError as error:
                told, status = f"{error.where} {error.what}. {error.remedy}.", STATUSES[error.code]
            except Problem as error:
                told, status = error.problem.detail or "", error.status_code
            except RequestValidationError:
                told, status = "The address, or what was sent, names something that there is not.", 422
            except Exception as error:
                told, status = fault(error).detail or "", 500
            return await _trouble(request, told, status)

        return handle


def resumed(request: Request, visitor: Visitor, path: str, fields: Mapping[str, str]) -> Response:
    """Takes up a form that a session before this one sent: nothing is saved, and nothing is lost.

    It must run in a thread.

    Args:
        request: With the app.
        visitor: Who is signed in now.
        path: Where the form was sent to.
        fields: Of the form.
    """
    place = _ITEM.match(path)
    if place is None or "digest" not in fields:
        return RedirectResponse("/review", 303)
    work = bench_of(request)
    sent = Sent(form=DecisionForm.of(fields), notice=_AGAIN)
    return item_page(work, glossary_of(request), place[1], visitor, queue={}, filters=Filters(), sent=sent)


def bench_of(request: Request) -> Workbench:
    """The workbench of the app that got the request; it must be used in a thread."""
    state = request.app.state
    return workbench_of(state.store, state.engine, state.settings)


def glossary_of(request: Request) -> Callable[[Item], tuple[Term, ...]]:
    """Gives the terms of an item's source as the translator understands them."""

    def terms(item: Item) -> tuple[Term, ...]:
        unit = Criterion(
            id=item.criterion_id,
            section=item.section,
            role=item.role,
            text=item.source,
            span=Span(start=0, end=len(item.source)),
            context=item.context,
        )
        found: tuple[Term, ...] = request.app.state.engine.translator.read([unit])[0].terms
        return tuple({term.surface.lower(): term for term in found}.values())

    return terms


def _sign_in(request: Request, fields: Mapping[str, str]) -> Response:
    if request.method == "GET":
        target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(SIGN_IN + query({"next": target if target != "/review" else None}), 303)
    carried = json.dumps({name: text for name, text in fields.items() if name != "token"})
    return sign_in_page(request, 401, going=request.url.path, carried=carried, expired=True)


def sign_in_page(
    request: Request, status: int = 200, *, going: str = "", carried: str = "", told: str = "",
    name: str = "", expired: bool = False,
) -> Response:  # fmt: skip
    """The page that asks who somebody is.

    Args:
        request: With the app.
        status: Of the answer.
        going: Where to go from there.
        carried: Fields of a form that was sent when the session had ended, as JSON.
        told: What was wrong with an earlier try.
        name: As typed then.
        expired: Whether a session has ended.
    """
    return page(
        "sign_in.html",
        None,
        status,
        keyed=request.app.state.access.required,
        going=going,
        carried=carried,
        told=told,
        name=name,
        expired=expired,
    )


async def _trouble(request: Request, told: str, status: int) -> Response:
    try:
        visitor = await known(request)
    except (Problem, SQLAlchemyError):
        visitor = None
    make = partial(
        page, "trouble.html", visitor, status, told=told, title=_TITLES.get(status, "Not possible")
    )
    return await anyio.to_thread.run_sync(make)
