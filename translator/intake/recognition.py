"""What kind of input a document is, by its name and its first bytes."""

import re
from typing import Literal

from translator.errors import InputError
from translator.intake.documents import Document
from translator.intake.json_items import MAX_ITEM_BYTES, decode

InputFormat = Literal["nct", "record", "records", "criteria", "text"]
"""The kinds, as ``translator.inputs`` tells them."""

_JSON_LINES = frozenset({".jsonl", ".ndjson"})
JSON_SUFFIXES = _JSON_LINES | {".json"}
_TEXT_SUFFIXES = frozenset({"", ".txt"})
_JSON = re.compile(rb'\s*+(?:\{\s*+["}]|\[\s*+[\[\]{"])')
_MARKUP = re.compile(rb"\s*+<(?:\?xml|!doctype|html|clinical_study)", re.IGNORECASE)
# A page: an object in which nothing but short plain members stands before its list of studies.
_LIST = re.compile(
    rb'\s*+(?:\[|\{\s*+(?:"[^"\\]{1,40}+"\s*+:\s*+(?:"[^"\\]{0,400}+"|[-+.0-9A-Za-z]{1,40}+)\s*+,\s*+){0,9}+'
    rb'"studies"\s*+:\s*+\[)'
)
_CRITERION_FIELD = re.compile(rb'"(?:section|text)"\s*+:')


def recognised(document: Document) -> tuple[Document, InputFormat]:
    """Tells the kind of a document; gives it with a whole first line, where that decides.

    Raises:
        InputError: It is of no known kind.
    """
    if is_json(document.head) and list_start(document.head) is None:
        document = document.with_first_line(MAX_ITEM_BYTES)
    return document, _kind(document)


def is_json(head: bytes) -> bool:
    """Whether a document that begins so is JSON: an object, or a list of objects, lists or texts."""
    return _JSON.match(head) is not None


def list_start(head: bytes) -> int | None:
    """Where the items of a list of records begin, in a document that is a JSON array or a page of studies."""
    opening = _LIST.match(head)
    return opening.end() if opening else None


def _kind(document: Document) -> InputFormat:
    head, where = document.head, document.where
    if document.suffix == ".txt":
        return "text"
    if not is_json(head):
        if document.suffix in JSON_SUFFIXES:
            decode(head[:1] if head[:1] >= b"\x80" else b"", where, document.offset)
            raise InputError(
                where,
                "is not JSON, or holds no object or list",
                "Give a study record, or name an eligibility text .txt",
            )
        if _MARKUP.match(head):
            raise InputError(where, "is XML or HTML", "Give the JSON record of the API v2, or the text alone")
        if document.suffix in _TEXT_SUFFIXES:
            return "text"
        raise InputError(
            where,
            "is of no known kind",
            "Name it .txt, .json or .jsonl, or force the kind with --input-format",
        )
    if list_start(head) is not None:
        return "records"
    first, newline, more = head.lstrip().partition(b"\n")
    if b'"protocolSection"' not in first + more and _CRITERION_FIELD.search(first):
        return "criteria"
    if document.suffix in _JSON_LINES:
        return "records"
    return "records" if newline and more.strip() and first.rstrip().endswith(b"}") else "record"
