"""Who looks at a page: the session that a cookie names, and the forms that belong to it."""

import hashlib
import ipaddress
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated
from urllib.parse import urlsplit

import anyio.to_thread
import sqlalchemy as sa
from fastapi import Depends, Request, Response

from api.access import Access, Identity
from api.problems import Problem
from api.review.records import Reviewer
from api.review.work import now
from api.settings import Settings
from api.store import sessions
from translator.records import Record

COOKIE = "plaincriteria_review"

_MOST_FIELDS = 400
_PATH = "/"  # the trial pages let a reviewer in as well


class Visitor(Record):
    """Who is signed in.

    Attributes:
        token: Must come with every form of the session.
    """

    reviewer: Reviewer
    token: str


class SignedOutError(Exception):
    """Nobody is signed in; ``fields`` are those of the form that came, which must not be lost."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__()
        self.fields = dict(fields)


class StaleFormError(Exception):
    """The form is of another session of the same browser; its fields must not be lost."""

    def __init__(self, visitor: Visitor, fields: Mapping[str, str]) -> None:
        super().__init__()
        self.visitor = visitor
        self.fields = dict(fields)


class Submitted(Record):
    """A form with its sender."""

    visitor: Visitor
    fields: dict[str, str]


async def visitor_of(request: Request) -> Visitor:
    """Who is signed in, as a FastAPI dependency.

    Raises:
        SignedOutError: Nobody is.
        Problem: 429 for one request too many.
    """
    visitor = await known(request)
    if visitor is None:
        raise SignedOutError({})
    return visitor


async def submitted(request: Request) -> Submitted:
    """A form that was sent, as a FastAPI dependency.

    Raises:
        SignedOutError: Nobody is signed in any more.
        StaleFormError: The form is of an earlier session.
        Problem: 403 for a form of another site.
    """
    fields = await fields_of(request)
    visitor = await known(request)
    if visitor is None:
        raise SignedOutError(fields)
    if fields.pop("token", "") != visitor.token:
        raise StaleFormError(visitor, fields)
    return Submitted(visitor=visitor, fields=fields)


SignedIn = Annotated[Visitor, Depends(visitor_of)]
Form = Annotated[Submitted, Depends(submitted)]


async def known(request: Request) -> Visitor | None:
    """Who is signed in, if anybody is; the request is counted.

    Raises:
        Problem: 429 for one request too many.
    """
    secret = request.cookies.get(COOKIE, "")
    access: Access = request.app.state.access
    store: sa.Engine = request.app.state.store

    def find() -> Reviewer | None:
        return sessions.find(store, secret, now(), keyed=access.required) if secret else None

    reviewer = await anyio.to_thread.run_sync(find)
    access.count(request, reviewer.name if reviewer and access.required else None)
    return None if reviewer is None else Visitor(reviewer=reviewer, token=_token(secret))


async def reader_of(request: Request) -> Identity | None:
    """Who reads a page in a session, for pages that else need a key; it is not for what changes anything.

    Raises:
        Problem: 429 for one request too many.
    """
    visitor = await known(request) if request.method == "GET" and COOKIE in request.cookies else None
    return None if visitor is None else Identity(name=visitor.reviewer.name, role=visitor.reviewer.role)


async def fields_of(request: Request) -> dict[str, str]:
    """The fields of a form, each once.

    Raises:
        Problem: 403 for a form of another site.
    """
    if not _is_own(request):
        raise Problem(403, "This form was sent from another site.")
    form = await request.form(max_fields=_MOST_FIELDS, max_files=0)
    return {name: value for name, value in form.items() if isinstance(value, str)}


def begin(request: Request, response: Response, reviewer: Reviewer, key: str | None) -> Visitor:
    """Begins a session and hands the browser its cookie; it must run in a thread."""
    settings: Settings = request.app.state.settings
    lifetime = timedelta(seconds=settings.review_session)
    secret = sessions.begin(request.app.state.store, reviewer, key, now(), lifetime)
    response.set_cookie(
        COOKIE, secret, max_age=int(settings.review_session), path=_PATH, httponly=True, samesite="strict",
        secure=not _is_loopback(request),
    )  # fmt: skip
    return Visitor(reviewer=reviewer, token=_token(secret))


def end(request: Request, response: Response) -> None:
    """Ends the session, here and in the browser; it must run in a thread."""
    sessions.end(request.app.state.store, request.cookies.get(COOKIE, ""))
    response.delete_cookie(COOKIE, path=_PATH, httponly=True, samesite="strict")


def _token(secret: str) -> str:
    return hashlib.sha256(f"form {secret}".encode("utf-8", "replace")).hexdigest()[:32]


def _is_own(request: Request) -> bool:
    """Whether a form comes from a page of ours, as far as the browser tells."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    # Without referrers a browser says "null" where it says anything.
    origin = request.headers.get("origin", "null")
    return origin == "null" or urlsplit(origin).netloc == request.headers.get("host")


def _is_loopback(request: Request) -> bool:
    host = request.url.hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
