"""The log: a JSON object a line on standard error, with the id of the request, and no text of anybody's."""

import json
import logging
import sys
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

REQUEST_ID: ContextVar[str | None] = ContextVar("request_id", default=None)
"""The id of the request that is answered, for whatever is logged meanwhile."""

_FIELDS = "fields"


class JsonLines(logging.Formatter):
    """Writes a record as ``time``, ``level``, ``logger``, ``message``, ``request_id``, and its own fields.

    Of an exception only its type and its places in the code are told: its message may quote a request.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line of JSON."""
        told: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": REQUEST_ID.get(),
            **getattr(record, _FIELDS, {}),
        }
        if record.exc_info and record.exc_info[1]:
            told["error"] = type(record.exc_info[1]).__name__
            told["places"] = places(record.exc_info[1])
        return json.dumps({name: value for name, value in told.items() if value is not None})


def places(error: BaseException) -> list[str]:
    """Where in the code an exception came through, outermost first."""
    return [
        f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)
    ]


def event(logger: logging.Logger, level: int, message: str, **fields: object) -> None:
    """Logs something with fields of its own; those that are None are left out."""
    logger.log(level, message, extra={_FIELDS: fields})


def configure(level: str) -> None:
    """Sends the log of the process, that of the libraries too, to standard error.

    Args:
        level: ``debug``, ``info``, ``warning`` or ``error``.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    if level != "debug":
        # Each tells of every request that it sends or gets, which is told here once, and without addresses.
        for name in ("httpx", "uvicorn.access"):
            logging.getLogger(name).setLevel(logging.WARNING)
