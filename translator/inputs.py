r"""The way in: whatever a user gives, as trials and criteria lists, one at a time.

============  ================================================================================================
``nct``       An NCT id, for example ``NCT01234567``; its record is fetched from the registry.
``record``    One API v2 study record, full or field-limited: a JSON object with ``protocolSection``.
``records``   Many: one a line (``.jsonl``, ``.ndjson``), a JSON array, or a page ``{"studies": [...]}``.
``criteria``  A criteria list: one a line, ``{"id", "section", "text", "context"?}``; section is
              ``inclusion``, ``exclusion`` or ``other``; context is the lead-in above. Ids are unique.
``text``      One eligibility text as the registry or a protocol has it, UTF-8.
============  ================================================================================================

All but the first come from a file, from each file of a folder or of a ZIP archive, from a gzip file or from
standard input (``-``). The kind of each is recognised by its name and its first bytes, unless it is forced.

Two things can go wrong. An input that is no good as a whole raises ``InputError``; a criteria list is checked
whole before anything of it is given. An item that is bad among others, a line of ``records`` or a file of a
folder, is given as ``Unreadable`` in its place, and the rest goes on.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeAlias, TypeVar, get_args

from translator.client import RegistryClient
from translator.errors import InputError
from translator.intake.csv_rows import rows
from translator.intake.documents import Document, documents, reading
from translator.intake.json_items import MAX_ITEM_BYTES, Piece, decode, elements, lines, parse
from translator.intake.listed import (
    REQUIRED_OF_PAIR,
    CriterionLine,
    given_criterion,
    pair_of_cells,
    read_line,
    read_pair,
)
from translator.intake.recognition import JSON_SUFFIXES, InputFormat, is_json, list_start, recognised
from translator.records import CriteriaList, Criterion, Pair, Trial, Unreadable
from translator.registry import MAX_TEXT_CHARACTERS, has_words, is_nct_id, kind_of, read_record
from translator.study import Study, read_study

_T = TypeVar("_T")
_Reader: TypeAlias = Callable[[Mapping[str, object], str], _T]


def read(
    source: str,
    input_format: InputFormat | None = None,
    client: RegistryClient | None = None,
    watch: Callable[[float], None] | None = None,
) -> Iterator[Trial | CriteriaList | Unreadable]:
    """Reads one input, whatever it is; see the module's text for the kinds.

    Args:
        source: An NCT id, a path, or ``-`` for standard input.
        input_format: The kind, where it is not to be recognised.
        client: Fetches records by NCT id; the public registry where None.
        watch: Is told before each item how much of the source has been read, 0 to 1 (``Document.share``).

    Yields:
        Trials and criteria lists in their order, one in memory at a time; ``Unreadable`` for a bad item among
        others. A trial without eligibility text is no error. A text file named by an NCT id has that id.

    Raises:
        InputError: The input is no good as a whole, and nothing was given before; what turns bad later ends
            in an ``Unreadable``. ``RegistryError`` and ``RecordError`` are of this kind.
    """
    if input_format not in {None, *get_args(InputFormat)}:
        raise InputError(
            str(input_format), "is no input format", f"The formats are {', '.join(get_args(InputFormat))}"
        )
    nct_id = source.strip().upper()
    if input_format == "nct" or (input_format is None and _is_nct_id(source)):
        yield _fetch(nct_id, client, read_record)
    else:
        yield from read_each(source, lambda document: _read_document(document, input_format), watch)


def read_studies(source: str) -> Iterator[Study | Unreadable]:
    """Reads the records of one input whole, as the trial page needs them.

    Args:
        source: As for ``read``; an eligibility text or a criteria list is no good here.

    Raises:
        InputError: As for ``read``, and where the input holds no records.
    """
    if _is_nct_id(source):
        yield _fetch(source.strip().upper(), None, read_study)
    else:
        yield from read_each(source, _read_studies)


def read_pairs(source: str) -> Iterator[Pair | Unreadable]:
    """Reads pairs to audit: ``{"id", "section", "source", "plain", "context"?}`` a line, or the same as CSV.

    Args:
        source: A path (a gzip file, folder or archive will do too), or ``-`` for standard input.

    Yields:
        A pair, or ``Unreadable``, for each line or row that is not blank, in order.

    Raises:
        InputError: The input is no good as a whole.
    """
    return read_each(source, _read_pairs)


def _is_nct_id(source: str) -> bool:
    """Whether a source is an NCT id; a file of that name goes first."""
    return is_nct_id(source.strip().upper()) and not Path(source).exists()


def _fetch(nct_id: str, client: RegistryClient | None, read_one: _Reader[_T]) -> _T:
    if client is None:
        with RegistryClient() as public:
            return _fetch(nct_id, public, read_one)
    record = client.study(nct_id).record
    if record is None:
        raise InputError(nct_id, "the registry sent no record", "Try again later")
    return read_one(record, nct_id)


def read_each(
    source: str,
    read_one: Callable[[Document], Iterator[_T]],
    watch: Callable[[float], None] | None = None,
) -> Iterator[_T | Unreadable]:
    """Reads every document of a source.

    Args:
        source: A path, or ``-`` for standard input.
        read_one: Gives the items of one document; what it raises ends that document.
        watch: As for ``read``.

    Yields:
        The items, and ``Unreadable`` for a document, or the rest of one, that is no good.

    Raises:
        InputError: The source cannot be read, or its one document is no good and nothing of it was given.
    """
    for document in documents(source):
        if isinstance(document, InputError):
            yield document.unreadable()
            continue
        started = False
        try:
            if not document.head.strip():
                raise InputError(document.where, "is empty", "Check that it is the right file")
            with reading(document.where):
                for item in read_one(document):
                    started = True
                    if watch:
                        watch(document.share())
                    yield item
        except InputError as error:
            if document.alone and not started:
                raise
            yield error.unreadable()


def _read_document(
    document: Document, forced: InputFormat | None
) -> Iterator[Trial | CriteriaList | Unreadable]:
    document, kind = (document, forced) if forced else recognised(document)
    if kind == "text":
        yield _read_text(document)
    elif kind == "criteria":
        yield _read_criteria(document)
    else:
        yield from _read_records(document, kind, read_record)


def _read_studies(document: Document) -> Iterator[Study | Unreadable]:
    document, kind = recognised(document)
    if kind in {"text", "criteria"}:
        raise InputError(document.where, "holds no study records", "Give records of the API v2")
    yield from _read_records(document, kind, read_study)


def _read_text(document: Document) -> Trial:
    # A code point has at most four bytes.
    raw = document.stream.read(4 * MAX_TEXT_CHARACTERS + 1)
    too_long = len(raw) > 4 * MAX_TEXT_CHARACTERS
    text = "" if too_long else decode(raw, document.where, document.offset)
    if too_long or len(text) > MAX_TEXT_CHARACTERS:
        raise InputError(
            document.where,
            f"has more than {MAX_TEXT_CHARACTERS:,} characters, too many for one eligibility text",
            "Give one trial a file",
        )
    if not has_words(text):
        raise InputError(document.where, "has no words", "Give a file with an eligibility text")
    return Trial(id=document.stem if is_nct_id(document.stem) else None, eligibility=text)


def _read_criteria(document: Document) -> CriteriaList:
    criteria: list[Criterion] = []
    line_of: dict[str, int] = {}
    size = 0
    for piece, where in _lines(document):
        size += len(piece.raw or b"")
        if size > MAX_ITEM_BYTES:
            raise InputError(document.where, f"has more than {MAX_ITEM_BYTES:,} bytes", "Split the list")
        line = read_line(CriterionLine, piece, where)
        if line.id in line_of:
            raise InputError(
                where, f"has the id {line.id!r} of line {line_of[line.id]}", "Give each its own id"
            )
        line_of[line.id] = piece.number
        criteria.append(given_criterion(line.id, line.section, line.text, line.context))
    return CriteriaList(name=document.where, criteria=tuple(criteria))


def _read_records(document: Document, kind: str, read_one: _Reader[_T]) -> Iterator[_T | Unreadable]:
    if kind != "records":
        raw = document.stream.read(MAX_ITEM_BYTES + 1)
        yield _record(parse(raw, document.where, document.offset), document.where, read_one)
        return
    empty = True
    for piece, where in _lines(document) if list_start(document.head) is None else _elements(document):
        empty = False
        try:
            yield _record(parse(piece.raw, where, piece.offset), where, read_one)
        except InputError as error:
            yield error.unreadable()
    if empty:
        raise InputError(document.where, "is a list without study records", "Check that it is the right file")


def _read_pairs(document: Document) -> Iterator[Pair | Unreadable]:
    if document.head.lstrip().startswith(b"{"):
        yield from (read_pair(piece, where) for piece, where in _lines(document))
        return
    if is_json(document.head) or document.suffix in JSON_SUFFIXES:
        raise InputError(
            document.where, "is not JSON lines", 'Give one pair a line: {"id", "section", "source", "plain"}'
        )
    for number, cells in rows(document.stream, document.where, REQUIRED_OF_PAIR, document.offset):
        where = f"{document.where}, line {number}"
        yield cells.unreadable() if isinstance(cells, InputError) else pair_of_cells(cells, where)


def _lines(document: Document) -> Iterator[tuple[Piece, str]]:
    return (
        (piece, f"{document.where}, line {piece.number}") for piece in lines(document.stream, document.offset)
    )


def _elements(document: Document) -> Iterator[tuple[Piece, str]]:
    start = list_start(document.head) or 0
    document.stream.read(start)
    found = elements(document.stream, document.where, document.offset + start)
    return ((piece, f"{document.where}, item {piece.number}") for piece in found)


def _record(value: object, where: str, read_one: _Reader[_T]) -> _T:
    if not isinstance(value, dict):
        raise InputError(
            where, f"is {kind_of(value)}, not a study record", "Give an object with protocolSection"
        )
    if "protocolSection" not in value and CriterionLine.model_fields.keys() >= value.keys() > {"section"}:
        raise InputError(where, "is a criterion, not a study record", "Put one a line, without the list")
    return read_one(value, where)
