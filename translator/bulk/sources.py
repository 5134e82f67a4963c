"""What a run reads: its fingerprint, and its records cut into parts of bounded size, always the same way."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from translator.bulk.records import Item, Options, Quarantined, Source, Work
from translator.errors import InputError
from translator.inputs import read
from translator.intake.documents import files, reading
from translator.records import CriteriaList, Criterion, Trial, Unreadable

LIST_PIECE = 500
"""Criteria of a list that are translated in one go, as those of one trial are."""

_BLOCK = 1024 * 1024
_REMEDY = "Save it to a file, or name a file or folder: a run that was ended reads its source again"


def fingerprint(source: str) -> Source:
    """Reads all bytes of a source.

    Args:
        source: Path of a file, folder or archive.

    Raises:
        InputError: It is none that can be read twice, or cannot be read.
    """
    path = _path(source)
    sha256, count, size = hashlib.sha256(), 0, 0
    with reading(source):
        for file in _files(path):
            if path.is_dir():
                sha256.update(f"{file.relative_to(path).as_posix()}\0{file.stat().st_size}\0".encode())
            with file.open("rb") as stream:
                while block := stream.read(_BLOCK):
                    sha256.update(block)
                    size += len(block)
            count += 1
    return Source(name=path.resolve().name, files=count, bytes=size, sha256=sha256.hexdigest())


def stamp(source: str) -> str:
    """Tells by size and time of its files whether a source may have changed, without reading it.

    Raises:
        InputError: It is none that can be read twice, or cannot be looked at.
    """
    path = _path(source)
    seen = hashlib.sha256()
    with reading(source):
        for file in _files(path):
            about = file.stat()
            seen.update(f"{file}\0{about.st_size}\0{about.st_mtime_ns}\0{about.st_ino}\0".encode())
    return seen.hexdigest()


def works(source: str, options: Options) -> Iterator[Work]:
    """Reads a source, and cuts it into parts: the same ones whenever source and options are the same.

    What cannot be read is in quarantine, and so is a record with the NCT id of an earlier one.

    Raises:
        InputError: The source is no good as a whole.
    """
    part, number = _Part(), 1
    for entries, share in _records(str(Path(source)), options):
        part.records += 1
        for entry in entries:
            part.add(entry)
            if part.characters >= options.part_characters:
                yield part.work(number, share)
                part, number = _Part(), number + 1
        if part.records >= options.part_records:
            yield part.work(number, share)
            part, number = _Part(), number + 1
    if part.records or part.items:
        yield part.work(number, 1.0)


@dataclass
class _Part:
    """A part that is being filled."""

    records: int = 0
    characters: int = 0
    items: list[Item] = field(default_factory=list)
    quarantined: list[Quarantined] = field(default_factory=list)

    def add(self, entry: Item | Quarantined) -> None:
        if isinstance(entry, Quarantined):
            self.quarantined.append(entry)
        else:
            self.items.append(entry)
            self.characters += len(entry.eligibility or "")
            self.characters += sum(len(one.text) for one in entry.criteria or ())

    def work(self, number: int, share: float) -> Work:
        return Work(
            number=number,
            records=self.records,
            items=tuple(self.items),
            quarantined=tuple(self.quarantined),
            share=share,
        )


def _records(source: str, options: Options) -> Iterator[tuple[Sequence[Item | Quarantined], float]]:
    """Gives what each record holds, and how much of the source has been read."""
    share = [0.0]

    def watch(now: float) -> None:
        share[0] = now

    seen = _Seen()
    found = islice(read(source, options.input_format, watch=watch), options.limit)
    for record, one in enumerate(found, 1):
        read_so_far = max(share[0], record / options.limit) if options.limit else share[0]
        yield _entries(source, record, one, seen, options), read_so_far


def _entries(
    source: str, record: int, found: Trial | CriteriaList | Unreadable, seen: "_Seen", options: Options
) -> list[Item | Quarantined]:
    if isinstance(found, Unreadable):
        # The same source has the same name wherever it lies.
        where = Path(source).resolve().name + found.where.removeprefix(source)
        return [Quarantined(record=record, trial_id=None, where=where, what=found.what, remedy=found.remedy)]
    if isinstance(found, CriteriaList):
        pieces = _pieces(found.criteria, options.part_characters)
        return [Item(number=record, criteria=piece) for piece in pieces]
    if found.id is not None and seen.before(found.id):
        return [
            Quarantined(
                record=record,
                trial_id=found.id,
                where=f"record {record}",
                what=f"has the id {found.id} of an earlier record, which stands",
                remedy="Give each trial once",
            )
        ]
    return [Item(number=record, trial_id=found.id, eligibility=found.eligibility)]


class _Seen:
    """The NCT ids so far: a bit for each that there can be takes 12.5 MB, however many there are."""

    def __init__(self) -> None:
        self._bits = bytearray()

    def before(self, trial_id: str) -> bool:
        """Tells whether an id was there before, and marks it."""
        place, bit = divmod(int(trial_id.removeprefix("NCT")), 8)
        if place >= len(self._bits):
            self._bits.extend(bytes(place + 1 - len(self._bits)))
        before = bool(self._bits[place] >> bit & 1)
        self._bits[place] |= 1 << bit
        return before


def _path(source: str) -> Path:
    if source in {"", "-"} or "\0" in source or not Path(source).exists():
        raise InputError(source or "''", "is no file or folder, as a batch needs", _REMEDY)
    return Path(source)


def _files(path: Path) -> Iterator[Path]:
    return files(path) if path.is_dir() else iter((path,))


def _pieces(criteria: Sequence[Criterion], characters: int) -> Iterator[tuple[Criterion, ...]]:
    piece: list[Criterion] = []
    size = 0
    for criterion in criteria:
        piece.append(criterion)
        size += len(criterion.text)
        if len(piece) >= LIST_PIECE or size >= characters:
            yield tuple(piece)
            piece, size = [], 0
    if piece:
        yield tuple(piece)
