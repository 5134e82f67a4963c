"""Takes in what a job is to work on: a list in JSON, a form with a file, or the bytes of a file, to disk."""

import hashlib
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path, PurePath
from typing import Annotated, Any

import anyio
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import Field, ValidationError
from pydantic_core import from_json
from starlette.datastructures import UploadFile

from api.examples import JOB_REQUESTS
from api.problems import Problem
from api.schemas import ListRequest
from api.settings import Probability
from api.store.jobs import ListFormat, Task
from translator.records import Record
from translator.registry import is_nct_id

_CHUNK = 256 * 1024
_FIELD = "file"
_LIST_FORM = "application/json"
_FILE_FORM = "multipart/form-data"
_SUFFIX_OF = {"text/plain": ".txt", "application/x-ndjson": ".jsonl", "application/jsonl": ".jsonl"}
_SUFFIX = re.compile(r"(?:\.[A-Za-z0-9]{1,8}){0,2}\Z")
_LONGEST_NAME = 200


class JobOptions(Record):
    """How a file is to be understood, and what is to be done with it; in the query of the address."""

    task: Annotated[Task, Field(description="What to do; a JSON list says so itself")] = "translate"
    input_format: Annotated[
        ListFormat | None, Field(description="What the file is, where it is not to be recognised")
    ] = None
    min_fidelity: Annotated[Probability | None, Field(description="Least score that counts as faithful")] = (
        None
    )
    name: Annotated[
        str | None, Field(max_length=200, description="What to call the file, where a form does not say so")
    ] = None


class Upload(Record):
    """What was taken in.

    Attributes:
        file: Its name in the job's folder.
        digest: SHA-256 of it and of all that was asked for it.
    """

    name: str
    file: str
    digest: str
    options: JobOptions


def _inlined(schema: Any, definitions: dict[str, Any]) -> Any:
    """A schema that refers to nothing outside it."""
    if isinstance(schema, list):
        return [_inlined(one, definitions) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _inlined(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    return {name: _inlined(one, definitions) for name, one in schema.items() if name != "$defs"}


_LIST = ListRequest.model_json_schema()
BODY = {
    "required": True,
    "content": {
        _LIST_FORM: {"schema": _inlined(_LIST, _LIST["$defs"]), "examples": JOB_REQUESTS},
        _FILE_FORM: {
            "schema": {
                "type": "object",
                "properties": {_FIELD: {"type": "string", "format": "binary"}},
                "required": [_FIELD],
            }
        },
        "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
    },
}
"""The body of ``POST /v1/jobs`` as the OpenAPI description tells it."""


async def taken_in(request: Request, options: JobOptions, folder: Path) -> Upload:
    """Writes what a request holds into a folder.

    Raises:
        Problem: 400 or 422 for a body that cannot be used.
    """
    media = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if media == _LIST_FORM:
        return await _list(await request.body(), options, folder)
    if media != _FILE_FORM:
        return await _file(
            options.name or "file" + _SUFFIX_OF.get(media, ""), request.stream(), options, folder
        )
    async with request.form(max_files=1, max_fields=0) as form:
        part = form.get(_FIELD)
        if not isinstance(part, UploadFile):
            raise Problem(422, f"The form has no file in the field {_FIELD}.")
        return await _file(options.name or part.filename or "file", _chunks(part), options, folder)


async def _list(body: bytes, options: JobOptions, folder: Path) -> Upload:
    try:
        value = from_json(body)
    except ValueError as error:
        raise Problem(400, f"The body is not JSON: {error}.") from None
    if not isinstance(value, dict) or not ListRequest.model_fields.keys() & value.keys():
        # One record of the API v2, or a list of them, as a file would hold it.
        return await _file(options.name or "file.json", _once(body), options, folder)
    try:
        given = ListRequest.model_validate_json(body)
    except ValidationError as error:
        found = error.errors(include_url=False)
        raise RequestValidationError([{**one, "loc": ("body", *one["loc"])} for one in found]) from None
    task: Task = "audit" if given.pairs else "translate"
    lines = (
        f"{one.model_dump_json(exclude_none=True)}\n".encode() for one in given.criteria or given.pairs or ()
    )
    meant = options.model_copy(update={"task": task, "input_format": "criteria"})
    return await _file(options.name or f"{task}.jsonl", _once(b"".join(lines)), meant, folder)


async def _file(name: str, chunks: AsyncIterator[bytes], options: JobOptions, folder: Path) -> Upload:
    shown = "".join(mark for mark in PurePath(name.replace("\\", "/")).name if mark.isprintable())
    name = shown[-_LONGEST_NAME:] or "file"
    found = _SUFFIX.search(name)
    suffix = found.group() if found else ""
    # An eligibility text has the id of its trial in its name.
    stem = name.removesuffix(suffix).upper()
    file = (stem if is_nct_id(stem) else "input") + suffix.lower()
    read = hashlib.sha256()
    async with await anyio.open_file(folder / file, "wb") as stream:
        async for chunk in chunks:
            read.update(chunk)
            await stream.write(chunk)
    asked = [file, options.task, options.input_format, options.min_fidelity, read.hexdigest()]
    digest = hashlib.sha256(json.dumps(asked).encode()).hexdigest()
    return Upload(name=name, file=file, digest=digest, options=options)


async def _chunks(part: UploadFile) -> AsyncIterator[bytes]:
    while chunk := await part.read(_CHUNK):
        yield chunk


async def _once(body: bytes) -> AsyncIterator[bytes]:
    yield body
