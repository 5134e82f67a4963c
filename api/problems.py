"""Errors as problem details (RFC 9457), whatever goes wrong."""

import json
import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException

from api import logs
from translator.records import Record

MEDIA_TYPE = "application/problem+json"

_MOST_ERRORS = 20
_STORE_PATIENCE_SECONDS = 5
_log = logging.getLogger(__name__)


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


PROBLEM_CONTENT = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}}
"""How the OpenAPI description tells of an answer that is a problem."""


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


class ClientLeftError(Exception):
    """Nobody waits for the answer any more."""


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


def later(detail: str, seconds: int) -> Problem:
    """503 that says after how many seconds to try again."""
    return Problem(503, detail, headers={"Retry-After": str(seconds)})


def unusable(errors: Sequence[FieldError]) -> Problem:
    """422 that counts the fields at fault and tells the first of them."""
    more = f"; the first {_MOST_ERRORS} are told" if len(errors) > _MOST_ERRORS else ""
    return Problem(422, f"Fields that cannot be used: {len(errors):,}{more}.", errors=errors[:_MOST_ERRORS])


def pointer(steps: Sequence[str | int]) -> str:
    """A place in a body: JSON Pointer (RFC 6901) as a URI fragment."""
    escaped = (str(step).replace("~", "~0").replace("/", "~1") for step in steps)
    return "#" + "".join(f"/{step}" for step in escaped)


def response(details: ProblemDetails, headers: Mapping[str, str] | None = None) -> Response:
    """The problem as an answer."""
    # Names of fields come from the body and may hold half a character, which ASCII can carry.
    content = json.dumps(details.model_dump(exclude_none=True))
    return Response(content, details.status, dict(headers or {}), MEDIA_TYPE)


def fault(error: Exception) -> ProblemDetails:
    """500 for what went wrong inside, which is logged with the id of the request."""
    # The message of an exception may quote the text of a request, so only its places are logged.
    name = type(error).__name__
    logs.event(_log, logging.ERROR, "fault", error=name, places=logs.places(error))
    return problem(500, f"The service failed. Please report it with request id {logs.REQUEST_ID.get()}.")


def install(app: FastAPI) -> None:
    """Make every error that the app's routes raise a problem."""
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(OperationalError, _on_lost_store)


def _on_http_error(request: Request, error: Exception) -> Response:
    if isinstance(error, Problem):
        return response(error.problem, error.headers)
    assert isinstance(error, HTTPException)  # noqa: S101  the handler is installed for no other
    detail = {404: "There is nothing at this address.", 405: f"{request.method} is not allowed here."}
    return response(problem(error.status_code, detail.get(error.status_code, error.detail)), error.headers)


def _on_lost_store(request: Request, error: Exception) -> Response:
    _log.error("the store cannot be reached: %s", type(error).__name__)
    refusal = later("The store cannot be reached.", _STORE_PATIENCE_SECONDS)
    return response(refusal.problem, refusal.headers)


def _on_invalid_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101  the handler is installed for no other
    found = error.errors()
    in_body = any(one["loc"][0] == "body" for one in found)
    if in_body and not request.headers.get("content-type", "").split(";")[0].strip().lower().endswith("json"):
        return response(problem(415, "Send the body as Content-Type: application/json."))
    errors = [
        FieldError(pointer=pointer(one["loc"][1:]), detail=one["msg"].removeprefix("Value error, "))
        for one in found
    ]
    return response(unusable(errors).problem)
