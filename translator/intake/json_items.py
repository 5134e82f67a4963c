"""JSON from strangers: one value from bytes, and streams of lines or list elements cut into bounded pieces.

The cutting knows brackets and strings only; each piece is then parsed by itself, so that one bad item does
not take its neighbours along, and no more than one item is in memory.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from pydantic_core import from_json

from translator.errors import InputError

MAX_ITEM_BYTES = 64 * 1024 * 1024
"""The longest line, element or document that is read; the largest of 720 real records has 0.8 MB."""

_CHUNK = 64 * 1024
_BLANK = b" \t\r\n"
_IN_STRING = re.compile(rb'["\\]')
_OUTSIDE = re.compile(rb'["{}\[\],]')
_SURROGATE_REMEDY = "Write characters outside the basic plane as both halves of their \\u pair"


@dataclass(frozen=True)
class Piece:
    """The bytes of one item.

    Attributes:
        number: From 1: the line, or the element of a list.
        offset: Of the first byte, in the stream.
        raw: The bytes; None where they are more than ``MAX_ITEM_BYTES``.
    """

    number: int
    offset: int
    raw: bytes | None


def decode(raw: bytes, where: str, offset: int = 0) -> str:
    """Decodes UTF-8.

    Args:
        raw: The bytes.
        where: Where they come from.
        offset: Of the first of them, so that the byte at fault is named by its place in the whole.

    Raises:
        InputError: A byte is not UTF-8; its offset and value are named.
    """
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(
            where,
            f"is not UTF-8: byte 0x{raw[error.start]:02X} at offset {offset + error.start}",
            "Save it as UTF-8 (for example: iconv -f WINDOWS-1252 -t UTF-8)",
        ) from None


def parse(raw: bytes | None, where: str, offset: int = 0) -> object:
    """Parses one JSON value by RFC 8259: no NaN, no lone surrogates, nesting and numbers bounded.

    Raises:
        InputError: Not UTF-8, not JSON (line and column are named), or too large to be read.
    """
    if raw is None or len(raw) > MAX_ITEM_BYTES:
        raise InputError(
            where, f"has more than {MAX_ITEM_BYTES:,} bytes", "Split it, or leave out result sections"
        )
    try:
        return from_json(decode(raw, where, offset), allow_inf_nan=False)
    except InputError:
        raise
    except ValueError as error:
        what = str(error)
        if "hex escape" in what or "surrogate" in what:
            raise InputError(
                where, f"holds half a character (lone surrogate): {what}", _SURROGATE_REMEDY
            ) from None
        raise InputError(where, f"is not JSON: {what}", "Check it with a JSON validator") from None


def lines(stream: BinaryIO, offset: int = 0) -> Iterator[Piece]:
    """Cuts a stream at line ends; blank lines are counted, and left out."""
    number = 0
    while line := stream.readline(MAX_ITEM_BYTES + 1):
        number += 1
        start, whole = offset, True
        offset += len(line)
        while len(line) > MAX_ITEM_BYTES and not line.endswith(b"\n"):
            whole, line = False, stream.readline(MAX_ITEM_BYTES + 1)
            offset += len(line)
        if not whole or line.strip(_BLANK):
            yield Piece(number, start, line if whole else None)


def elements(stream: BinaryIO, where: str, offset: int = 0) -> Iterator[Piece]:
    """Cuts the elements out of a JSON list.

    Args:
        stream: Stands behind the opening bracket.
        where: Where it comes from.
        offset: Of its first byte.

    Raises:
        InputError: The stream ends, or the brackets close, before the list does.
    """
    number, start, size = 1, offset, 0
    parts: list[bytes] = []
    depth, in_string, escaped = 0, False, False

    def piece(end: bytes) -> Piece:
        whole = size + len(end) <= MAX_ITEM_BYTES
        return Piece(number, start, b"".join([*parts, end]) if whole else None)

    while chunk := stream.read(_CHUNK):
        position, taken = int(escaped), 0
        escaped = False
        while mark := (_IN_STRING if in_string else _OUTSIDE).search(chunk, position):
            position = mark.end()
            sign = mark.group()
            if sign == b'"':
                in_string = not in_string
            elif sign == b"\\":
                escaped = position == len(chunk)
                position += 1
            elif sign in b"{[":
                depth += 1
            elif depth and sign in b"]}":
                depth -= 1
            elif not depth:
                last = piece(chunk[taken : mark.start()])
                if sign != b",":
                    if sign == b"}":
                        raise InputError(
                            where, "is not JSON: a list closed by }", "Check it with a JSON validator"
                        )
                    # An empty list has no element; a comma before the end has an empty one, an error.
                    if number > 1 or last.raw is None or last.raw.strip(_BLANK):
                        yield last
                    return
                yield last
                number, start, size, taken = number + 1, offset + position, 0, position
                parts.clear()
        size += len(chunk) - taken
        if size <= MAX_ITEM_BYTES:
            parts.append(chunk[taken:])
        else:
            parts.clear()
        offset += len(chunk)
    raise InputError(where, f"ends within item {number} of a list", "Get the whole file again")
