"""What a body must be before anybody reads it: not too large, not too late, and JSON without tricks."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from email.message import Message as Mail
from itertools import accumulate
from typing import Any, NamedTuple

import anyio
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import ClientLeftError, FieldError, Problem, pointer, response, too_large, unusable
from api.settings import Limits

UPLOADS = "/v1/jobs"
"""The path whose bodies may be files, which are larger."""

_LENGTH = re.compile(r"[0-9]{1,18}")
# To the end of the text where a string is not closed, so that no part of it is read twice.
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_BRACKETS = b"[]{}"
_ALL_BUT_BRACKETS = bytes(byte for byte in range(256) if byte not in _BRACKETS)
_STEPS = {byte: 1 if byte in b"[{" else -1 for byte in _BRACKETS}
_MOST_DIGITS = 40


class Bodies:
    """Middleware that refuses bodies; one that is JSON is read whole and looked through.

    Args:
        app: What it stands before.
        limits: Bytes and nesting.
        patience: Seconds until JSON must have come.
    """

    def __init__(self, app: ASGIApp, limits: Limits, patience: float) -> None:
        self._app = app
        self._limits = limits
        self._patience = patience

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request (ASGI)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        json_sent = _is_json(headers.get("content-type", ""))
        limit = "max_upload_bytes" if scope["path"] == UPLOADS and not json_sent else "max_body_bytes"
        try:
            announced = headers.get("content-length", "")
            if _LENGTH.fullmatch(announced):
                self._check_size(int(announced), limit)
            within = self._within(receive, limit)
            if json_sent:
                within = await self._looked_through(within)
        except Problem as problem:
            await response(problem.problem)(scope, receive, send)
            return
        await self._app(scope, within, send)

    def _within(self, receive: Receive, limit: str) -> Receive:
        received = 0

        async def receive_within() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            self._check_size(received, limit)
            return message

        return receive_within

    def _check_size(self, given: int, limit: str) -> None:
        allowed: int = getattr(self._limits, limit)
        if given > allowed:
            raise too_large(limit, allowed, given, "Bytes of the body")

    async def _looked_through(self, receive: Receive) -> Receive:
        """Gives what replays the body, and then what comes behind it."""
        body, more = bytearray(), True
        with anyio.move_on_after(self._patience):
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise ClientLeftError
                body += message.get("body", b"")
                more = message.get("more_body", False)
        if more:
            raise Problem(408, f"The body had not come after {self._patience:g} seconds.")
        if body:
            check(bytes(body), self._limits.max_nesting)
        replayed = False

        async def replay() -> Message:
            nonlocal replayed
            if replayed:
                return await receive()
            replayed = True
            return {"type": "http.request", "body": bytes(body), "more_body": False}

        return replay


def check(body: bytes, max_nesting: int) -> None:
    """Looks through JSON.

    Args:
        body: As sent.
        max_nesting: Brackets and braces that may be open at the same time.

    Raises:
        Problem: 400 for what is no JSON in UTF-8, 413 for nesting, and 422 with the places of names given
            twice, of numbers that JSON does not know (``NaN``), and of those with too many digits.
    """
    _check_nesting(body, max_nesting)
    faults = _Faults()
    try:
        value = faults.decoder.decode(body.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise Problem(400, f"The body is not JSON: byte {error.start:,} is not UTF-8.") from None
    except json.JSONDecodeError as error:
        where = f"at character {error.pos:,} (line {error.lineno:,}, column {error.colno:,})"
        raise Problem(400, f"The body is not JSON: {error.msg} {where}.") from None
    if faults.found:
        raise unusable([FieldError(pointer=pointer(at), detail=what) for at, what in _places(value, ())])


def _check_nesting(body: bytes, allowed: int) -> None:
    # The parser calls itself for each level, and a level costs a client one byte.
    brackets = _STRING.sub(b"", body).translate(None, _ALL_BUT_BRACKETS)
    depth = max(accumulate(map(_STEPS.__getitem__, brackets)), default=0)
    if depth > allowed:
        raise too_large("max_nesting", allowed, depth, "Levels of JSON")


class _Fault(NamedTuple):
    """Stands where a value cannot be used."""

    what: str


class _Twice(dict[str, Any]):
    """An object that names some of its members twice."""

    names: tuple[str, ...] = ()


class _Faults:
    """Puts marks into what is parsed, since the parser does not say where it is."""

    def __init__(self) -> None:
        self.found = False
        self.decoder = json.JSONDecoder(
            object_pairs_hook=self._object, parse_int=self._integer, parse_constant=self._constant
        )

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        members = dict(pairs)
        if len(members) == len(pairs):
            return members
        self.found = True
        twice = _Twice(members)
        counted = Counter(name for name, _ in pairs)
        twice.names = tuple(name for name, count in counted.items() if count > 1)
        return twice

    def _integer(self, digits: str) -> int | _Fault:
        if len(digits) <= _MOST_DIGITS:
            return int(digits)
        self.found = True
        return _Fault(f"has {len(digits):,} digits; {_MOST_DIGITS} are the most")

    def _constant(self, name: str) -> _Fault:
        self.found = True
        return _Fault(f"{name} is no number that JSON knows")


def _places(value: object, steps: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if isinstance(value, _Fault):
        yield steps, value.what
    elif isinstance(value, dict):
        for name in value.names if isinstance(value, _Twice) else ():
            yield (*steps, name), "is given twice"
        for name, inner in value.items():
            yield from _places(inner, (*steps, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _places(inner, (*steps, index))


def _is_json(content_type: str) -> bool:
    # Read as FastAPI reads it, so that no body passes by unseen.
    mail = Mail()
    mail["content-type"] = content_type
    kind = mail.get_content_subtype()
    return mail.get_content_maintype() == "application" and (kind == "json" or kind.endswith("+json"))
