"""A memory of translations: answers that were worked out before, in one SQLite file for a whole machine.

It is a cache and nothing more. An answer is kept under a digest of all that it depends on: the criterion as
it was understood, the least score asked for, the versions. So the same bytes come out with a memory or
without one, whatever was translated before. Beside the answers stand the wordings that reviewers approved
(``translator.approved``); these do change answers, and so the versions tell of them.
"""

import logging
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import TypeVar

from pydantic import ValidationError

from translator.errors import InputError
from translator.records import Answer, ApprovedWording, NormalisedCriterion, Record

MOST_BYTES = 2_000_000_000
"""Size from which the oldest answers go."""

_MARK = 0x70636D31  # application_id of these files, "pcm1"
_BUSY_SECONDS = 60.0
_ASKED_AT_ONCE = 500  # keys in one statement
_TABLES = (
    "CREATE TABLE answers (number INTEGER PRIMARY KEY, key BLOB UNIQUE, version TEXT, answer TEXT)",
    "CREATE INDEX answers_by_version ON answers (version)",
    "CREATE TABLE wordings (section TEXT, source TEXT, context TEXT, plain TEXT)",
    f"PRAGMA application_id = {_MARK}",
)
_KEEP = (
    "INSERT INTO answers (key, version, answer) VALUES (?, ?, ?)"
    " ON CONFLICT (key) DO UPDATE SET answer = excluded.answer"
)
# Answers of other versions, which nobody reads, go before the oldest of this one.
_EVICT = (
    "DELETE FROM answers WHERE number IN (SELECT number FROM answers ORDER BY version = ?, number"
    " LIMIT (SELECT (count(*) + 9) / 10 FROM answers))"
)
_SIZE = (
    "SELECT (page_count - freelist_count) * page_size"
    " FROM pragma_page_count, pragma_freelist_count, pragma_page_size"
)
_T = TypeVar("_T")
_log = logging.getLogger(__name__)


class MemoryStatistics(Record):
    """How far a memory of translations was of use.

    Attributes:
        asked: Criteria that were looked up.
        found: Those of them whose answer was there.
        answers: Answers that the file holds.
        wordings: Approved wordings that it holds.
        bytes: Its size, free pages left out.
    """

    asked: int
    found: int
    answers: int
    wordings: int
    bytes: int


class Memory:
    """A memory of translations; may be shared by threads, and its file by processes.

    Where the file fails later on (a full disk, a damaged page), that is logged once, and the work goes on as
    if there were none.

    Args:
        path: The file; made where there is none.
        most_bytes: Size that it grows to.

    Raises:
        InputError: The file is something else, or cannot be used.
    """

    def __init__(self, path: Path, most_bytes: int = MOST_BYTES) -> None:
        self._path = path
        self._most_bytes = most_bytes
        self._lock = Lock()
        self._asked = self._found = 0
        self._failed = False
        try:
            self._connection = sqlite3.connect(
                path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            known = self._begin()
        except sqlite3.Error as error:
            raise self._refusal(f"cannot be used as a memory of translations ({error})") from None
        if not known:
            raise self._refusal("is another database than a memory of translations")

    def recall(self, keys: Collection[bytes]) -> dict[bytes, Answer]:
        """Gives the answers that are kept under some of the keys."""
        nothing: dict[bytes, Answer] = {}
        found = self._tried(lambda connection: dict(_rows(connection, list(dict.fromkeys(keys)))), nothing)
        with self._lock:
            self._asked += len(keys)
            self._found += sum(key in found for key in keys)
        return found

    def keep(self, version: str, answers: Mapping[bytes, Answer]) -> None:
        """Keeps answers.

        Args:
            version: Of what gave them.
            answers: By their keys.
        """
        rows = [(key, version, answer.model_dump_json()) for key, answer in answers.items()]

        def insert(connection: sqlite3.Connection) -> None:
            with _transaction(connection):
                connection.executemany(_KEEP, rows)
                while _size(connection) > self._most_bytes and connection.execute(_EVICT, [version]).rowcount:
                    pass

        if rows:
            self._tried(insert, None)

    def approve(self, wordings: Iterable[ApprovedWording]) -> None:
        """From now on these wordings are the approved ones, and no others.

        A translator uses those that were there when it was loaded.

        Raises:
            InputError: They cannot be written.
        """
        rows = [(one.section, one.source, one.context, one.plain) for one in wordings]
        try:
            with self._lock, _transaction(self._connection):
                self._connection.execute("DELETE FROM wordings")
                self._connection.executemany("INSERT INTO wordings VALUES (?, ?, ?, ?)", rows)
        except sqlite3.Error as error:
            raise self._refusal(f"cannot take in the wordings ({error})") from None

    def wordings(self) -> list[ApprovedWording]:
        """The approved wordings, in the order in which they were given.

        Raises:
            InputError: They cannot be read.
        """
        statement = "SELECT section, source, context, plain FROM wordings ORDER BY rowid"
        try:
            with self._lock:
                rows = self._connection.execute(statement).fetchall()
            names = ("section", "source", "context", "plain")
            return [ApprovedWording.model_validate(dict(zip(names, row, strict=True))) for row in rows]
        except (sqlite3.Error, ValidationError) as error:
            what = str(error).splitlines()[0]
            raise self._refusal(f"has approved wordings that cannot be read ({what})") from None

    @property
    def statistics(self) -> MemoryStatistics:
        """What was asked and found through this object, and what the file holds now."""
        answers, wordings, size = self._tried(_counts, (0, 0, 0))
        return MemoryStatistics(
            asked=self._asked, found=self._found, answers=answers, wordings=wordings, bytes=size
        )

    def close(self) -> None:
        """Lets the file go."""
        with self._lock:
            self._connection.close()

    def _begin(self) -> bool:
        """Tells whether the file is a memory; makes an empty one into one."""
        connection = self._connection
        if _is_empty(connection):
            connection.execute("PRAGMA journal_mode = WAL")
            with _transaction(connection):
                for statement in _TABLES if _is_empty(connection) else ():  # another process may be faster
                    connection.execute(statement)
        # The answers of the last moments before a power cut may be lost; the file stays whole.
        connection.execute("PRAGMA synchronous = NORMAL")
        return _mark(connection) == _MARK

    def _tried(self, work: Callable[[sqlite3.Connection], _T], otherwise: _T) -> _T:
        """Works on the file, one thread at a time; a fault of the file ends its use, and nothing else."""
        with self._lock:
            if not self._failed:
                try:
                    return work(self._connection)
                except sqlite3.Error as error:
                    self._failed = True
                    _log.warning("%s is not used as a memory of translations any more: %s", self._path, error)
            return otherwise

    def _refusal(self, what: str) -> InputError:
        return InputError(
            str(self._path), what, "Name another file, or move this one away: a new one is made then"
        )


def key_of(one: NormalisedCriterion, least: float, approved: str | None, version: str) -> bytes:
    """A digest of all that an answer depends on.

    Args:
        one: The criterion; its id and its place in the trial do not count.
        least: Least score asked for.
        approved: What reviewers approved for it.
        version: Of what answers.
    """
    place = {"criterion": {"id", "parent_id", "span"}}
    parts = (version, repr(least), repr(approved), one.model_dump_json(exclude=place))
    return sha256("\n".join(parts).encode()).digest()[:16]


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    with connection:  # commits, or rolls back
        yield


def _rows(connection: sqlite3.Connection, keys: Sequence[bytes]) -> Iterator[tuple[bytes, Answer]]:
    for first in range(0, len(keys), _ASKED_AT_ONCE):
        some = keys[first : first + _ASKED_AT_ONCE]
        marks = ",".join("?" * len(some))
        for key, text in connection.execute(
            f"SELECT key, answer FROM answers WHERE key IN ({marks})",  # noqa: S608  (question marks)
            some,
        ):
            yield key, Answer.model_validate_json(text)


def _counts(connection: sqlite3.Connection) -> tuple[int, int, int]:
    tables = "(SELECT count(*) FROM answers), (SELECT count(*) FROM wordings)"
    answers, wordings = connection.execute(f"SELECT {tables}").fetchone()
    return answers, wordings, _size(connection)


def _is_empty(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT 1 FROM sqlite_master").fetchone() is None


def _mark(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA application_id").fetchone()[0])


def _size(connection: sqlite3.Connection) -> int:
    return int(connection.execute(_SIZE).fetchone()[0])
