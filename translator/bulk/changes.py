"""Change runs: what an earlier run has is found by trial, and what is no longer there is told.

Where the rows of each text stand is kept in an SQLite file that is gone when it is closed, so that a registry
of any size takes little memory; parts are read one at a time, and the last few are kept.
"""

import sqlite3
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from translator.bulk import parts
from translator.bulk.folder import MANIFEST, PARTS, manifest_of, sha256
from translator.bulk.records import Changes, Manifest, PartEntry, Removed, Run
from translator.errors import InputError

_KEPT_PARTS = 4
_ABOUT = ["trial_id", "text_digest"]
_TRIAL = {"id": None, "source": None}


class Place(NamedTuple):
    """Where the rows of a text stand."""

    part: int
    first: int
    length: int


class Result:
    """The rows of a finished run, looked up by text.

    Attributes:
        path: The run's folder.
        manifest: What it holds.
    """

    def __init__(self, path: Path, manifest: Manifest) -> None:
        """Looks where the rows of each text stand.

        Args:
            path: The run's folder.
            manifest: Of that run.

        Raises:
            InputError: A part is not what the manifest says.
        """
        self.path = path
        self.manifest = manifest
        self._open: OrderedDict[int, pa.Table] = OrderedDict()
        # An empty name is a file of SQLite's own, which goes when it is closed.
        self._index = sqlite3.connect("")
        self._index.execute(
            "CREATE TABLE places (key TEXT PRIMARY KEY, part INT, first INT, length INT) WITHOUT ROWID"
        )
        for number in range(len(manifest.parts)):
            stretches = parts.stretches(self.table(number))
            self._index.executemany(
                "INSERT OR IGNORE INTO places VALUES (?, ?, ?, ?)",
                ((key, number, first, length) for key, first, length in stretches),
            )

    @classmethod
    def of(cls, path: Path) -> "Result":
        """Opens the folder of a finished run.

        Raises:
            InputError: It holds none, or one that is damaged.
        """
        return cls(path, manifest_of(path))

    def close(self) -> None:
        """Drops the index."""
        self._index.close()

    def table(self, number: int) -> pa.Table:
        """Gives the rows of a part, by its place in the manifest."""
        if number in self._open:
            self._open.move_to_end(number)
            return self._open[number]
        entry = self.manifest.parts[number]
        self._open[number] = self._read(entry)
        if len(self._open) > _KEPT_PARTS:
            self._open.popitem(last=False)
        return self._open[number]

    def find(self, key: str) -> pa.Table | None:
        """Gives the rows of a text, by ``digests.key``."""
        row = self._index.execute("SELECT part, first, length FROM places WHERE key = ?", (key,)).fetchone()
        if row is None:
            return None
        place = Place(*row)
        return self.table(place.part).slice(place.first, place.length)

    def stream(self, keys: Iterable[str]) -> bytes:
        """Gives the rows of some texts as an Arrow stream; nothing where there are none."""
        found = [rows for key in dict.fromkeys(keys) if (rows := self.find(key)) is not None]
        return parts.to_stream(parts.join(found)) if found else b""

    def texts(self) -> Iterator[tuple[str, pa.Table]]:
        """Gives each text's key and rows, in order, and of equal texts without an id the first alone."""
        for number in range(len(self.manifest.parts)):
            table = self.table(number)
            for key, first, length in parts.stretches(table):
                place = self._index.execute("SELECT part, first FROM places WHERE key = ?", (key,)).fetchone()
                if place == (number, first):
                    yield key, table.slice(first, length)

    def _read(self, entry: PartEntry) -> pa.Table:
        file = self.path / PARTS / entry.name
        if not file.is_file() or sha256(file) != entry.sha256:
            raise InputError(
                str(file),
                f"is not the file that {MANIFEST} names",
                "Run the batch that wrote it again, which mends it",
            )
        return parts.decode(file.read_bytes(), self.manifest.run.options.format)


def compare(earlier: Result, now: Result, tell: Callable[[Removed], object]) -> Changes:
    """Tells what became of an earlier result.

    Args:
        earlier: The earlier result.
        now: The later one.
        tell: Takes what is no longer there, in the order of the earlier result.
    """
    count: Counter[str] = Counter()
    for key, before in earlier.texts():
        after = now.find(key)
        if after is None:
            count.update(trials_removed=1, rows_removed=before.num_rows)
            tell(Removed.model_validate(_TRIAL | before.select(_ABOUT).slice(0, 1).to_pylist()[0]))
        elif _text(after) == _text(before):
            count.update(trials_same=1, rows_same=after.num_rows)
        else:
            gone, new = _without(before, after), _without(after, before)
            count.update(trials_changed=1, rows_removed=gone.num_rows, rows_new=new.num_rows)
            count.update(rows_same=after.num_rows - new.num_rows)
            for row in gone.select(["id", "source", *_ABOUT]).to_pylist():
                tell(Removed.model_validate(row))
    for key, after in now.texts():
        if earlier.find(key) is None:
            count.update(trials_new=1, rows_new=after.num_rows)
    return Changes(
        earlier=sha256(earlier.path / MANIFEST),
        same_versions=may_take_over(earlier.manifest.run, now.manifest.run),
        **count,
    )


def _text(rows: pa.Table) -> object:
    return rows.column("text_digest")[0].as_py()


def _without(rows: pa.Table, others: pa.Table) -> pa.Table:
    """Leaves out the rows that are among the others."""
    found = pc.is_in(rows.column("digest"), others.column("digest").combine_chunks())
    return rows.filter(pc.invert(found))


def may_take_over(earlier: Run, now: Run) -> bool:
    """Whether answers of one run hold in another: its versions and its least score are the same."""
    return (earlier.versions, earlier.options.min_fidelity) == (now.versions, now.options.min_fidelity)
