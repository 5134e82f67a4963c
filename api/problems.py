"""Errors as problem details (RFC 9457), whatever goes wrong, and the headers that every answer carries."""

import json
import logging
import re
import traceback
import uuid
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.settings import Limits
from translator.records import Record

MEDIA_TYPE = "application/problem+json"
REQUEST_ID = "X-Request-ID"
UPLOADS = "/v1/jobs"
"""The path whose bodies may be files, which are larger."""

_ACCEPTED_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_LENGTH = re.compile(r"[0-9]{1,18}")
_MOST_ERRORS = 20
_log = logging.getLogger(__name__)
_request_id: ContextVar[str] = ContextVar("request_id", default="none")


class FieldError(Record):
    """One field at fault; ``pointer`` is its JSON Pointer (RFC 6901) in the body, as a URI fragment."""

    pointer: str
    detail: str


class Exceeded(Record):
    """The limit that was passed: its name in ``GET /v1/limits``, what it allows, and what was given."""

    name: str
    allowed: int
    given: int


class ProblemDetails(Record):
    """The members of a problem by RFC 9457, and ``errors`` and ``limit``, null or absent."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str | None = None
    errors: tuple[FieldError, ...] | None = None
    limit: Exceeded | None = None


class Problem(HTTPException):
    """An answer that is an error, raised wherever it is noticed."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        errors: Sequence[FieldError] | None = None,
        limit: Exceeded | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, detail, dict(headers or {}))
        self.problem = problem(status, detail, errors=errors, limit=limit)


def problem(
    status: int,
    detail: str | None,
    *,
    errors: Sequence[FieldError] | None = None,
    limit: Exceeded | None = None,
) -> ProblemDetails:
    """A problem whose title is the phrase of its status, as ``about:blank`` asks for."""
    return ProblemDetails(
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        errors=None if errors is None else tuple(errors),
        limit=limit,
    )


def too_large(name: str, allowed: int, given: int, what: str) -> Problem:
    """413 that says which limit, and by how much."""
    return Problem(
        413,
        f"{what}: {given:,}; {name} allows {allowed:,}. Send less at a time.",
        limit=Exceeded(name=name, allowed=allowed, given=given),
    )


def response(details: ProblemDetails, headers: Mapping[str, str] | None = None) -> Response:
    """The problem as an answer."""
    # Names of fields come from the body and may hold half a character, which ASCII can carry.
    content = json.dumps(details.model_dump(exclude_none=True))
    return Response(content, details.status, dict(headers or {}), MEDIA_TYPE)


def fault(error: Exception) -> ProblemDetails:
    """500 for what went wrong inside, which is logged with the id of the request."""
    request_id = _request_id.get()
    # The message of an exception may quote the text of a request, so only its place is logged.
    place = "".join(traceback.format_tb(error.__traceback__))
    _log.error("request %s: %s\n%s", request_id, type(error).__name__, place)
    return problem(500, f"The service failed. Please report it with request id {request_id}.")


def install(app: FastAPI, limits: Limits) -> None:
    """Make every error of the app a problem, give answers their headers, and hold bodies to their limit."""
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_middleware(_BodyLimit, limits=limits)
    app.add_middleware(_Headers, limits=limits)


def _on_http_error(request: Request, error: Exception) -> Response:
    if isinstance(error, Problem):
        return response(error.problem, error.headers)
    assert isinstance(error, HTTPException)  # noqa: S101  the handler is installed for no other
    detail = {404: "There is nothing at this address.", 405: f"{request.method} is not allowed here."}
    return response(problem(error.status_code, detail.get(error.status_code, error.detail)), error.headers)


def _on_invalid_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101  the handler is installed for no other
    found = error.errors()
    if found and found[0]["type"] == "json_invalid":
        where = f"at character {found[0]['loc'][-1]}"
        return response(problem(400, f"The body is not JSON: {found[0]['ctx']['error']} {where}."))
    in_body = any(one["loc"][0] == "body" for one in found)
    if in_body and not request.headers.get("content-type", "").split(";")[0].strip().lower().endswith("json"):
        return response(problem(415, "Send the body as Content-Type: application/json."))
    errors = [
        FieldError(pointer=_pointer(one["loc"]), detail=one["msg"].removeprefix("Value error, "))
        for one in found[:_MOST_ERRORS]
    ]
    more = f"; the first {_MOST_ERRORS} are told" if len(found) > _MOST_ERRORS else ""
    return response(problem(422, f"Fields that cannot be used: {len(found)}{more}.", errors=errors))


def _pointer(place: Sequence[str | int]) -> str:
    steps = (str(step).replace("~", "~0").replace("/", "~1") for step in place[1:])
    return "#" + "".join(f"/{step}" for step in steps)


class _Headers:
    """Gives each answer the client's id, or a new one, and the limits; turns a fault into a problem."""

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self._app = app
        self._limits = {
            f"X-{name.replace('_', '-').title()}": str(allowed)
            for name, allowed in limits.model_dump().items()
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get(REQUEST_ID, "")
        request_id = given if _ACCEPTED_ID.fullmatch(given) else uuid.uuid4().hex
        _request_id.set(request_id)
        started = False

        async def send_with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                headers[REQUEST_ID] = request_id
                headers.update(self._limits)
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        except Exception as error:
            details = fault(error)
            if started:
                raise
            await response(details)(scope, receive, send_with_headers)


class _BodyLimit:
    """Refuses a body as soon as it is known to be too large, whether its length was announced or not."""

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self._app = app
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        file = scope["path"] == UPLOADS and not headers.get("content-type", "").startswith("application/json")
        name = "max_upload_bytes" if file else "max_body_bytes"
        allowed = getattr(self._limits, name)
        announced = headers.get("content-length", "")
        if _LENGTH.fullmatch(announced) and int(announced) > allowed:
            refusal = too_large(name, allowed, int(announced), "Bytes of the body")
            await response(refusal.problem)(scope, receive, send)
            return
        received = 0

        async def receive_within() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > allowed:
                raise too_large(name, allowed, received, "Bytes of the body")
            return message

        await self._app(scope, receive_within, send)
