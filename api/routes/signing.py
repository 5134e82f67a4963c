"""``/review/sign-in`` and ``/sign-out``: who somebody is, for as long as a session lasts."""

import json
from typing import Literal

import anyio.to_thread
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from api.access import Access
from api.problems import Problem
from api.review.records import Reviewer
from api.web import session
from api.web.routing import PageRoute, resumed, sign_in_page
from api.web.session import Form, fields_of

router = APIRouter(route_class=PageRoute)

_OURS = ("/review/items/", "/review?", "/review/agreement", "/review/log")


@router.get("/sign-in")
def ask(request: Request, next: str = "") -> Response:
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


def _local(going: str) -> str:
    """Where to go, if it is one of our pages."""
    return (
        going
        if going.startswith(("/review/items/", "/review?", "/review/agreement", "/review/log"))
        else "/review"
    )


def _carried(text: str) -> dict[str, str]:
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(fields, dict):
        return {}
    return {str(name): value for name, value in fields.items() if isinstance(value, str)}
