"""What is given for review: lines of ``translate``, and pairs that anybody wrote, as JSON lines or CSV.

============ ================================================================================================
translation  A line of ``plaincriteria translate``, with its report; nothing of it is scored anew.
pair         ``{"id", "section", "source", "plain", "context"?, "trial_id"?, "model"?}``; model names the
             system or person that wrote it. As CSV: the same names in the first line, in any order; commas,
             semicolons or tabs between.
============ ================================================================================================

A bad line is told with its number, and its neighbours are read.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Annotated, get_args

from pydantic import AfterValidator, StringConstraints, ValidationError

from api.review.records import LONGEST_TEXT, Key
from translator.errors import InputError
from translator.inputs import read_each
from translator.intake.csv_rows import rows
from translator.intake.documents import Document
from translator.intake.json_items import lines, parse
from translator.published import PublishedTranslation
from translator.records import Record, Section, Unreadable
from translator.registry import has_words, kind_of

_REMEDY = "Each needs id, section, source and plain; context, trial_id and model if wanted"
_WRONG = {
    "missing": "is missing",
    "extra_forbidden": "is not known",
    "literal_error": f"must be one of {', '.join(get_args(Section))}",
    "string_too_short": "is empty",
    "string_too_long": "is too long",
}


def _worded(text: str) -> str:
    if not has_words(text):
        raise ValueError("has no words")
    return text


_Text = Annotated[str, StringConstraints(max_length=LONGEST_TEXT), AfterValidator(_worded)]


class GivenPair(Record):
    """A pair to review."""

    id: Key
    section: Section
    source: _Text
    plain: _Text
    context: _Text | None = None
    trial_id: Key | None = None
    model: Key | None = None


_REQUIRED = frozenset(name for name, field in GivenPair.model_fields.items() if field.is_required())
_OPTIONAL = frozenset(GivenPair.model_fields) - _REQUIRED
Given = PublishedTranslation | GivenPair


def read_given(source: str) -> Iterator[Given | Unreadable]:
    """Reads what is to be reviewed, line by line.

    Args:
        source: A path, gzip file or archive, or ``-`` for standard input.

    Raises:
        InputError: The source is no good as a whole.
    """
    return read_each(source, _read)


def of_value(value: object, where: str) -> Given:
    """One translation or pair from an object of JSON.

    Raises:
        InputError: It is neither.
    """
    if not isinstance(value, dict):
        raise InputError(where, f"is {kind_of(value)}, not an object", _REMEDY)
    kind: type[Given] = PublishedTranslation if "fidelity" in value else GivenPair
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        wrong = _WRONG.get(first["type"], first["msg"].removeprefix("Value error, "))
        place = ".".join(map(str, first["loc"]))
        raise InputError(where, f"field {place!r} {wrong}", _REMEDY) from None


def _read(document: Document) -> Iterator[Given | Unreadable]:
    values = _json_lines(document) if document.head.lstrip().startswith(b"{") else _csv_rows(document)
    for where, value in values:
        try:
            yield of_value(value(), where)
        except InputError as error:
            yield error.unreadable()


def _json_lines(document: Document) -> Iterator[tuple[str, Callable[[], object]]]:
    for piece in lines(document.stream, document.offset):
        where = f"{document.where}, line {piece.number}"
        yield where, partial(parse, piece.raw, where, piece.offset)


def _csv_rows(document: Document) -> Iterator[tuple[str, Callable[[], object]]]:
    table = rows(document.stream, document.where, _REQUIRED, document.offset, optional=_OPTIONAL)
    for number, cells in table:
        yield f"{document.where}, line {number}", partial(_object, cells)


def _object(cells: Mapping[str, str] | InputError) -> dict[str, str]:
    if isinstance(cells, InputError):
        raise cells
    # What may be left out is left out where its cell is empty.
    return {name: cell for name, cell in cells.items() if cell or name in _REQUIRED}
