"""The output folder of a run: every file appears whole or not at all, and what stands is told by its digest.

=====================  =======================================================================================
``run.json``           what the result depends on (``Run``); written first
``parts/``             the rows, ``part-000001.parquet`` and on
``journal/``           a record of each part that stands (``PartRecord``); written after its part
``quarantine.jsonl``   records that could not be translated (``Quarantined``)
``manifest.json``      counts, rates and digests (``Manifest``); written last
``changes.json``       of a change run: what became of the earlier result (``Changes``),
``removed.jsonl``      and what is no longer there (``Removed``)
``log.jsonl``          when what was done; the one file that is no part of the result
=====================  =======================================================================================
"""

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Self, TypeVar

from filelock import FileLock, Timeout
from pydantic import ValidationError

from translator.bulk.records import Manifest, Part, PartRecord, Run
from translator.errors import InputError
from translator.files import UNFINISHED, appearing
from translator.records import Record

RUN, MANIFEST, QUARANTINE = "run.json", "manifest.json", "quarantine.jsonl"
CHANGES, REMOVED, LOG = "changes.json", "removed.jsonl", "log.jsonl"
PARTS, JOURNAL = "parts", "journal"

_LOCK = ".lock"
_OURS = re.compile(
    r"(?:\.?(?:run|manifest|changes)\.json|\.?(?:quarantine|removed|log)\.jsonl"
    rf"|(?:{PARTS}|{JOURNAL})/\.?part-\d{{6,}}\.(?:parquet|jsonl|json))(?:{re.escape(UNFINISHED)})?"
)
_ANOTHER = "Choose another folder, or write it anew with --restart"
_R = TypeVar("_R", bound=Record)


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Makes a folder where there is none, and keeps other runs out of it while the block lasts.

    Raises:
        InputError: It cannot be made, or another run writes there.
    """
    with _writing(path):
        path.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path / _LOCK)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            raise InputError(
                str(path), "is being written by another run", "Wait for it, or choose another folder"
            ) from None
    try:
        yield
    finally:
        lock.release()


class Folder:
    """The output of one run, which no other process writes meanwhile.

    Attributes:
        path: Where it is.
    """

    def __init__(self, path: Path, run: Run) -> None:
        self.path = path
        self._run = run
        self._id = _digest(as_json(run))[:32]

    @classmethod
    def begun(cls, path: Path, run: Run, *, restart: bool) -> Self:
        """Takes up a run where it stands, or begins it; half-written files go.

        Args:
            path: A folder that exists and is held (see ``held``).
            run: What is to be in it.
            restart: Whether what stands there goes first.

        Raises:
            InputError: It holds something else, or cannot be written.
        """
        _refuse_strangers(path)
        folder = cls(path, run)
        with _writing(path):
            for file in list(_files(path)):
                if restart or file.name.endswith(UNFINISHED):
                    file.unlink()
            for name in (PARTS, JOURNAL):
                (path / name).mkdir(exist_ok=True)
        standing = path / RUN
        if standing.exists():
            _refuse_other(path, _read(Run, standing), run)
        else:
            folder.write(RUN, as_json(run))
        return folder

    def standing(self) -> dict[int, PartRecord]:
        """Tells which parts stand, by their number; what stands only half goes.

        Raises:
            InputError: A part belongs to another run.
        """
        found: dict[int, PartRecord] = {}
        for journal in sorted((self.path / JOURNAL).iterdir()):
            record = _read(PartRecord, journal)
            if record.run != self._id:
                raise _other(self.path, f"a part of another run ({journal.name})")
            file = self.path / PARTS / record.name
            if file.is_file() and sha256(file) == record.sha256:
                found[int(journal.stem.removeprefix("part-"))] = record
            else:
                with _writing(journal):
                    journal.unlink()
        return found

    def finished(self, standing: Mapping[int, PartRecord]) -> bool:
        """Whether the run was finished, and all of its parts stand."""
        if not (self.path / MANIFEST).is_file():
            return False
        named = {(one.name, one.sha256) for one in manifest_of(self.path).parts}
        return named == {(one.name, one.sha256) for one in standing.values()}

    def keep(self, part: Part) -> PartRecord:
        """Writes a part, and then that it stands.

        Raises:
            InputError: It cannot be written, or was made by other versions than the run's.
        """
        if part.versions != self._run.versions:
            raise InputError(
                "worker", "has other versions than this run", "Install the same on every machine"
            )
        name = f"part-{part.number:06}"
        record = PartRecord(
            run=self._id,
            name=f"{name}.{self._run.options.format}",
            sha256=_digest(part.data),
            counts=part.counts,
            quarantined=part.quarantined,
        )
        self.write(f"{PARTS}/{record.name}", part.data)
        self.write(f"{JOURNAL}/{name}.json", as_json(record))
        return record

    def write(self, name: str, data: bytes) -> None:
        """Writes a file that appears whole, and is there after a loss of power.

        Raises:
            InputError: It cannot be written.
        """
        with self.writing(name) as write:
            write(data)

    @contextmanager
    def writing(self, name: str) -> Iterator[Callable[[bytes], object]]:
        """The same for a file that is written in pieces; gives the function that takes them."""
        path = self.path / name
        with _writing(path):
            with appearing(path) as unfinished, unfinished.open("wb") as stream:
                yield stream.write
                stream.flush()
                os.fsync(stream.fileno())
            _sync(path.parent)

    def log(self, event: Mapping[str, object]) -> None:
        """Adds a line to the log."""
        path = self.path / LOG
        with _writing(path), path.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(event) + "\n")


def as_json(record: Record) -> bytes:
    """Gives a record as an indented JSON document."""
    return f"{record.model_dump_json(indent=2)}\n".encode()


def as_line(record: Record) -> bytes:
    """Gives a record as a line of JSON lines."""
    return f"{record.model_dump_json()}\n".encode()


def sha256(file: Path) -> str:
    """Gives the SHA-256 of a file's bytes, in hexadecimal digits."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def manifest_of(path: Path) -> Manifest:
    """Reads the manifest of a finished run.

    Raises:
        InputError: There is none, or it is of another layout.
    """
    file = path / MANIFEST
    if not file.is_file():
        raise InputError(str(path), "holds no finished run", "Finish it with the command that began it")
    return _read(Manifest, file)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _read(kind: type[_R], file: Path) -> _R:
    try:
        return kind.model_validate_json(file.read_bytes())
    except OSError as error:
        raise InputError(
            str(file), f"cannot be read: {error.strerror or error}", "Check its rights"
        ) from None
    except ValidationError:
        raise InputError(str(file), "is of another version of plaincriteria, or damaged", _ANOTHER) from None


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InputError(
            str(error.filename or path),
            f"cannot be written: {error.strerror or error}",
            "Mend that and run the same command again: it goes on where it stood",
        ) from error


def _sync(folder: Path) -> None:
    """Makes a new name in a folder outlast a loss of power."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _files(path: Path) -> Iterator[Path]:
    """Gives the files in a folder that a run has written."""
    for file in path.rglob("*"):
        if _OURS.fullmatch(file.relative_to(path).as_posix()):
            yield file


def _refuse_strangers(path: Path) -> None:
    if (path / RUN).exists():
        return
    ours = {_LOCK, PARTS, JOURNAL}
    for file in path.iterdir():
        if file.name not in ours and not _OURS.fullmatch(file.name):
            raise InputError(
                str(path), f"holds other files ({file.name})", "Choose an empty folder, or a new one"
            )


def _refuse_other(path: Path, standing: Run, run: Run) -> None:
    differing = [
        name for name in ("source", "options", "versions") if getattr(standing, name) != getattr(run, name)
    ]
    if differing:
        raise _other(path, f"a run with other {' and '.join(differing)}")


def _other(path: Path, what: str) -> InputError:
    return InputError(str(path), f"holds {what}", _ANOTHER)
