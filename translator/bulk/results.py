"""The result of a job as Parquet: its JSON lines, field by field, in the columns that parts have."""

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pyarrow.parquet as pq

from translator.bulk.parts import SCHEMA
from translator.files import appearing
from translator.published import PublishedTranslation

_ERROR = pa.field("error", pa.struct({"status": pa.int32(), "title": pa.string(), "detail": pa.string()}))
_FINDINGS = SCHEMA.field("fidelity").type.field("findings").type
COLUMNS = {
    "translate": pa.schema([
        *(one for one in SCHEMA if one.name in PublishedTranslation.model_fields), _ERROR,
    ]),
    "audit": pa.schema([
        ("id", pa.string()), ("score", pa.float64()), ("verdict", pa.string()), ("findings", _FINDINGS),
        SCHEMA.field("readability"), _ERROR,
    ]),
}  # fmt: skip
"""By what was done; ``error`` is null but in the place of a line that could not be made."""

_GROUP_ROWS = 5_000


def to_parquet(lines: Path, out: Path, task: Literal["translate", "audit"]) -> None:
    """Writes the lines of a result as Parquet, some thousand in memory at a time; the file appears whole.

    Args:
        lines: JSON lines of translations or reports, or of ``{"id", "error"}``.
        out: The file to write.
        task: Which they are.
    """
    with (
        appearing(out) as unfinished,
        lines.open("rb") as stream,
        pq.ParquetWriter(unfinished, COLUMNS[task], compression="zstd") as writer,
    ):
        for group in _groups(json.loads(line) for line in stream):
            writer.write_table(pa.Table.from_pylist(group, schema=COLUMNS[task]))


def _groups(rows: Iterator[dict[str, object]]) -> Iterator[list[dict[str, object]]]:
    while group := list(islice(rows, _GROUP_ROWS)):
        yield group
