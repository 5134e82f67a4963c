"""What surrounds every call: its id, the headers of its answer, a line in the log, a count in the metrics."""

import logging
import re
import time
import uuid
from collections.abc import Mapping
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import logs, security
from api.metrics import Metrics
from api.problems import ClientLeftError, fault, response
from api.settings import Limits

REQUEST_ID = "X-Request-ID"

_ACCEPTED_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_LEFT = 499  # as proxies log a client that left before its answer came; it is never sent
_log = logging.getLogger(__name__)


class Exchange:
    """Middleware around all others; a fault inside becomes a problem.

    Args:
        app: What it stands before.
        limits: Told in headers.
        metrics: Are told of each answer.
    """

    def __init__(self, app: ASGIApp, limits: Limits, metrics: Metrics) -> None:
        self._app = app
        self._limits = {
            f"X-{name.replace('_', '-').title()}": str(allowed)
            for name, allowed in limits.model_dump().items()
        }
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request (ASGI)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get(REQUEST_ID, "")
        request_id = given if _ACCEPTED_ID.fullmatch(given) else uuid.uuid4().hex
        logs.REQUEST_ID.set(request_id)
        began = time.monotonic()
        status, got, sent = 0, 0, 0

        async def receive_counted() -> Message:
            nonlocal got
            message = await receive()
            got += len(message.get("body", b""))
            return message

        async def send_with_headers(message: Message) -> None:
            nonlocal status, sent
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers[REQUEST_ID] = request_id
                headers.update(self._limits)
                security.protect(headers, scope["path"])
            sent += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive_counted, send_with_headers)
        except ClientLeftError:
            status = _LEFT
        except Exception as error:
            details = fault(error)
            if status:
                raise  # half an answer is out; the server breaks the connection off
            await response(details)(scope, receive_counted, send_with_headers)
        finally:
            self._told(scope, status or _LEFT, time.monotonic() - began, got, sent)

    def _told(self, scope: Scope, status: int, seconds: float, got: int, sent: int) -> None:
        route = _template(scope)
        self._metrics.request(scope["method"], route, status, seconds)
        logs.event(
            _log, logging.INFO, "request", method=scope["method"], route=route, status=status,
            milliseconds=round(seconds * 1000, 1), bytes_in=got, bytes_out=sent,
        )  # fmt: skip


def _template(scope: Mapping[str, Any]) -> str:
    """The address as the route names it, and not as the client does."""
    path: str | None = getattr(scope.get("route"), "path", None)
    return path or "none"
