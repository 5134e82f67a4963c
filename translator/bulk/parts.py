"""A part as a file: Parquet by a fixed schema, or JSON lines; the same rows, field by field, in both."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from math import floor

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from translator.bulk.records import Counts, PartFormat, Row

_TEXT, _COUNT = pa.string(), pa.int32()
_SPAN = pa.list_(_COUNT)
_FINDING = pa.struct({
    "type": _TEXT, "severity": _TEXT, "message": _TEXT, "source_span": _SPAN, "plain_span": _SPAN,
})  # fmt: skip
SCHEMA = pa.schema({
    "trial_id": _TEXT,
    "id": _TEXT,
    "section": _TEXT,
    "role": _TEXT,
    "parent_id": _TEXT,
    "span": _SPAN,
    "source": _TEXT,
    "plain": _TEXT,
    "route": _TEXT,
    "fidelity": pa.struct({"score": pa.float64(), "verdict": _TEXT, "findings": pa.list_(_FINDING)}),
    "readability": pa.struct({"grade": pa.float64(), "words": _COUNT, "unexplained": pa.list_(_TEXT)}),
    "terms": pa.list_(pa.struct({"surface": _TEXT, "plain": _TEXT, "kind": _TEXT, "span": _SPAN})),
    "versions": pa.struct({"model": _TEXT, "lexicon": _TEXT, "scorer": _TEXT, "code": _TEXT}),
    "record": pa.int64(),
    "text_digest": _TEXT,
    "digest": _TEXT,
})  # fmt: skip
"""The columns of a part, in the order of ``Row``'s fields."""

_SCORE_STEPS = 20
_COLUMNS = {"section", "role", "route", "verdict", "finding", "score", "grade"}


def table(rows: Iterable[Row]) -> pa.Table:
    """Puts rows into a table."""
    return pa.Table.from_pylist([row.model_dump() for row in rows], schema=SCHEMA)


def rows(of: pa.Table) -> list[Row]:
    """Takes the rows out of a table."""
    return [Row.model_validate(row) for row in of.to_pylist()]


def stretches(of: pa.Table) -> Iterator[tuple[str, int, int]]:
    """Tells where the rows of each text stand: its key, the first row, and how many.

    The key of a text is its NCT id or, without one, its digest.
    """
    keys = pc.coalesce(of.column("trial_id"), of.column("text_digest")).to_pylist()
    first = 0
    # The record too: two texts without an id may be the same.
    for (key, _), same in groupby(zip(keys, of.column("record").to_pylist(), strict=True)):
        length = sum(1 for _ in same)
        yield key, first, length
        first += length


def join(tables: Sequence[pa.Table]) -> pa.Table:
    """Joins tables to one laid out as if it had been made at once, so that equal rows give equal bytes."""
    return pa.concat_tables([SCHEMA.empty_table(), *tables]).combine_chunks()


def encode(of: pa.Table, form: PartFormat) -> bytes:
    """Gives the bytes of a part's file."""
    if form == "jsonl":
        return "".join(f"{row.model_dump_json()}\n" for row in rows(of)).encode()
    sink = pa.BufferOutputStream()
    pq.write_table(of, sink, compression="zstd")
    return bytes(sink.getvalue())


def decode(data: bytes, form: PartFormat) -> pa.Table:
    """Reads the bytes of a part's file.

    Raises:
        ValueError: They are no such file (``pyarrow.ArrowInvalid`` is of this kind).
    """
    if form == "jsonl":
        return pa.Table.from_pylist([json.loads(line) for line in data.splitlines()], schema=SCHEMA)
    return pq.read_table(pa.BufferReader(data), schema=SCHEMA)


def to_stream(of: pa.Table) -> bytes:
    """Packs a table for another process."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, of.schema) as stream:
        stream.write_table(of)
    return bytes(sink.getvalue())


def from_stream(data: bytes) -> pa.Table:
    """Unpacks what ``to_stream`` packed; no bytes are an empty table."""
    return pa.ipc.open_stream(data).read_all() if data else SCHEMA.empty_table()


def count(of: pa.Table, *, records: int, without_text: int, quarantined: int) -> Counts:
    """Counts the rows of a part by what they are."""
    fidelity, readability = of.column("fidelity"), of.column("readability")
    verdicts = pc.struct_field(fidelity, "verdict").to_pylist()
    findings = pc.struct_field(fidelity, "findings").to_pylist()
    routes = of.column("route").to_pylist()
    scores = pc.struct_field(fidelity, "score").to_pylist()
    grades = pc.struct_field(readability, "grade").to_pylist()
    written = (score for score, route in zip(scores, routes, strict=True) if route != "source")
    return Counts(
        records=records,
        without_text=without_text,
        quarantined=quarantined,
        rows=of.num_rows,
        section=_counted(of.column("section").to_pylist()),
        role=_counted(of.column("role").to_pylist()),
        route=_counted(routes),
        verdict=_counted(verdicts),
        finding=_counted(kind for row in findings for kind in {finding["type"] for finding in row}),
        score=_counted(
            f"{min(floor(s * _SCORE_STEPS), _SCORE_STEPS - 1) / _SCORE_STEPS:.2f}" for s in written
        ),
        grade=_counted(f"{floor(grade):02}" if grade >= 0 else str(floor(grade)) for grade in grades),
    )


def total(counts: Iterable[Counts]) -> Counts:
    """Adds the counts of parts up."""
    numbers: Counter[str] = Counter()
    kinds: dict[str, Counter[str]] = {name: Counter() for name in _COLUMNS}
    for one in counts:
        for name, value in one:
            if name in kinds:
                kinds[name].update(value)
            else:
                numbers[name] += value
    return Counts(**numbers, **{name: _sorted(found) for name, found in kinds.items()})


def _counted(keys: Iterable[str]) -> dict[str, int]:
    return _sorted(Counter(keys))


def _sorted(found: "Counter[str]") -> dict[str, int]:
    return {key: found[key] for key in sorted(found)}
