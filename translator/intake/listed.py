"""The two kinds of list a user may write: criteria to translate, and pairs to audit."""

from collections.abc import Mapping
from typing import Annotated, TypeVar

from pydantic import AfterValidator, StringConstraints, ValidationError

from translator.errors import InputError, printable
from translator.intake.json_items import Piece, parse
from translator.records import Criterion, Pair, Record, Section, Span, Unreadable
from translator.registry import has_words, kind_of

MAX_CRITERION_CHARACTERS = 100_000
"""The longest criterion, context or plain text of a list, in code points."""


def _worded(text: str) -> str:
    if not has_words(text):
        raise ValueError("has no words")
    return text


_Bounded = Annotated[str, StringConstraints(max_length=MAX_CRITERION_CHARACTERS)]
_Text = Annotated[_Bounded, AfterValidator(_worded)]


class _Line(Record):
    id: Annotated[str, StringConstraints(min_length=1, max_length=1000)]
    section: Section
    context: _Text | None = None


class CriterionLine(_Line):
    """A line of a criteria list."""

    text: _Text


class PairLine(_Line):
    """A line of a list of pairs; a side without words is for the scorer to judge."""

    source: _Bounded
    plain: _Bounded


REQUIRED_OF_PAIR = frozenset(name for name, field in PairLine.model_fields.items() if field.is_required())
"""Fields of a pair that a line, and columns that a table, must have."""

_L = TypeVar("_L", bound=_Line)


def given_criterion(unit_id: str, section: Section, text: str, context: str | None) -> Criterion:
    """Makes the record of a criterion that came already cut: its span is all of the text as given."""
    span = Span(start=0, end=len(text))
    return Criterion(id=unit_id, section=section, text=" ".join(text.split()), span=span, context=context)


def read_line(kind: type[_L], piece: Piece, where: str) -> _L:
    """Reads one line of a list.

    Args:
        kind: Which list it is.
        piece: The line.
        where: File and line, for messages.

    Raises:
        InputError: Not JSON, or a field is missing, unknown or wrong; it is named.
    """
    return _checked(kind, parse(piece.raw, where, piece.offset), where)


def read_pair(piece: Piece, where: str) -> Pair | Unreadable:
    """Reads one line of a list of pairs; what cannot be read keeps the id that it gives itself."""
    value: object = None
    try:
        value = parse(piece.raw, where, piece.offset)
        return Pair(**_checked(PairLine, value, where).model_dump())
    except InputError as error:
        return _unreadable(error, value.get("id") if isinstance(value, dict) else None)


def pair_of_cells(cells: Mapping[str, str], where: str) -> Pair | Unreadable:
    """Reads one row of a table of pairs; an empty cell of ``context`` is none, other columns do not count."""
    value = {
        name: cell
        for name, cell in cells.items()
        if name in PairLine.model_fields and (cell.strip() or name != "context")
    }
    try:
        return Pair(**_checked(PairLine, value, where).model_dump())
    except InputError as error:
        return _unreadable(error, value.get("id"))


def _unreadable(error: InputError, named: object) -> Unreadable:
    told = error.unreadable()
    return told.model_copy(update={"id": printable(named)}) if isinstance(named, str) and named else told


def _checked(kind: type[_L], value: object, where: str) -> _L:
    fields = ", ".join(
        name if field.is_required() else f"{name}?" for name, field in kind.model_fields.items()
    )
    remedy = f"Each line has {fields}"
    if not isinstance(value, dict):
        raise InputError(where, f"is {kind_of(value)}, not an object", remedy)
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        wrong = {
            "missing": "is missing",
            "extra_forbidden": "is not known",
            "string_type": f"must be a text, not {kind_of(problem['input'])}",
            "literal_error": f"must be inclusion, exclusion or other, not {problem['input']!r}",
            "string_too_short": "is empty",
            "string_too_long": "is too long",
            "value_error": "has no words",
        }[problem["type"]]
        raise InputError(where, f"field {problem['loc'][0]!r} {wrong}", remedy) from None
