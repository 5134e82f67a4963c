"""What a source holds: the documents of a file, folder, ZIP archive, gzip file or standard input, as streams.

Nothing is unpacked to disk, and a document is read only as fast as it is asked for. Archives are not trusted:
a member or stream that unpacks to far more than it holds is refused, and archives do not nest.
"""

import gzip
import io
import os
import re
import shutil
import sys
import tempfile
import zipfile
import zlib
from abc import abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, BinaryIO, cast

from translator.errors import InputError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

STANDARD_INPUT = "-"
MAX_UNPACKED_BYTES = 4 * 1024**3
"""The most that one archive member or gzip file may unpack to; the registry packs one study a member."""
MAX_RATIO = 200
"""The most that packed bytes may grow; study records grow 4 to 12 times."""

HEAD_BYTES = 64 * 1024
_RATIO_FREE_BYTES = 1024 * 1024
_SPOOL_BYTES = 64 * 1024**2
_SUFFIXES = frozenset({".json", ".jsonl", ".ndjson", ".txt"})
_PACKED = frozenset({".gz", ".zip"})
_GZIP, _ZIP = b"\x1f\x8b", (b"PK\x03\x04", b"PK\x05\x06")
_UTF8_BOM = b"\xef\xbb\xbf"
_BOM_BYTES = len(_UTF8_BOM)
_OTHER_BOMS = {
    b"\xff\xfe\x00\x00": "UTF-32",
    b"\x00\x00\xfe\xff": "UTF-32",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}
# UTF-16 without a mark: every other byte of the first Latin words is nil.
_BARE_UTF16 = re.compile(rb"(?:[\x09-\x7e]\x00){4}|(?:\x00[\x09-\x7e]){4}")


@dataclass(frozen=True)
class Document:
    """One stream of bytes, as yet of no kind.

    Attributes:
        where: What to call it in a message.
        suffix: Of its name, lower case, ``.gz`` taken off; empty for standard input.
        stem: Its name without suffixes.
        head: Its first bytes, byte order mark taken off.
        offset: Of the first byte of ``head``: 3 where there was a mark, else 0.
        stream: All of it, ``head`` included.
        alone: Whether it is all that its source holds; False in a folder or archive.
    """

    where: str
    suffix: str
    stem: str
    head: bytes
    offset: int
    stream: BinaryIO
    alone: bool

    def with_first_line(self, longest: int) -> "Document":
        """The same document with a head that holds the first line and the beginning of the second.

        Args:
            longest: Where to stop in a first line without an end, in bytes.
        """
        _, newline, more = self.head.partition(b"\n")
        if len(self.head) < HEAD_BYTES - _BOM_BYTES or (newline and more.strip()):
            return self
        head = self.stream.readline(longest) + self.stream.read(HEAD_BYTES)
        return replace(self, head=head, stream=cast(BinaryIO, io.BufferedReader(_Rewound(head, self.stream))))


class _Source(io.RawIOBase):
    """A stream of the bytes that its ``take`` gives."""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        room = memoryview(buffer).cast("B")
        found = self.take(len(room))
        room[: len(found)] = found
        return len(found)

    @abstractmethod
    def take(self, most: int) -> bytes | memoryview:
        """Gives the next bytes, at most so many; none at the end."""


class _Rewound(_Source):
    """A stream with bytes that were already read put back in front of it."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head = memoryview(head)
        self._rest = rest

    def take(self, most: int) -> bytes | memoryview:
        if not self._head:
            return self._rest.read(most)
        found, self._head = self._head[:most], self._head[most:]
        return found


class _Counted(_Source):
    """A stream that knows how many bytes were read from it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.count = 0

    def take(self, most: int) -> bytes:
        found = self._stream.read(most)
        self.count += len(found)
        return found


class _Unpacked(_Source):
    """The unpacked bytes of a gzip stream, refused where they grow beyond measure."""

    def __init__(self, packed: BinaryIO, where: str) -> None:
        self._packed = _Counted(packed)
        self._stream = gzip.GzipFile(fileobj=io.BufferedReader(self._packed), mode="rb")
        self._where = where
        self._count = 0

    def take(self, most: int) -> bytes:
        found = self._stream.read(most)
        self._count += len(found)
        refuse_bomb(self._where, self._packed.count, self._count)
        return found


def refuse_bomb(where: str, packed: int, unpacked: int) -> None:
    """Refuses packed data that grows beyond measure.

    Raises:
        InputError: More than ``MAX_UNPACKED_BYTES``, or more than ``MAX_RATIO`` times what is packed.
    """
    if unpacked > MAX_UNPACKED_BYTES or unpacked > max(_RATIO_FREE_BYTES, MAX_RATIO * packed):
        raise InputError(
            where,
            "unpacks to far more than it holds, as a ZIP bomb does",
            "Unpack it yourself if you trust it",
        )


@contextmanager
def reading(where: str) -> Iterator[None]:
    """Turns what goes wrong while a stream is read into an ``InputError``."""
    try:
        yield
    except (EOFError, gzip.BadGzipFile, zipfile.BadZipFile, zlib.error) as error:
        raise InputError(where, f"is damaged: {error}", "Get the whole file again") from error
    except OSError as error:
        raise InputError(
            where, f"cannot be read: {error.strerror or error}", "Check the path and its rights"
        ) from error


def documents(source: str) -> Iterator[Document | InputError]:
    """Opens a source and gives its documents one by one; each is good until the next is asked for.

    Args:
        source: Path of a file, folder, ZIP archive or gzip file, or ``-`` for standard input.

    Yields:
        The documents; folders and archives in the order of their names. An ``InputError`` stands in the place
        of one that cannot be opened.

    Raises:
        InputError: The source cannot be opened, or holds nothing to read.
    """
    if source == STANDARD_INPUT:
        with reading("standard input"):
            yield from _unpack("standard input", "", sys.stdin.buffer, alone=True)
        return
    path = Path(source)
    with reading(source):
        if not source or "\0" in source or not path.exists():
            raise InputError(
                source or "''", "no such file", "Give a file, a folder, an NCT id (NCT and eight digits) or -"
            )
        if path.is_dir():
            yield from _folder(path)
        else:
            with path.open("rb") as stream:
                yield from _unpack(source, path.name, stream, alone=True)


def _folder(folder: Path) -> Iterator[Document | InputError]:
    empty = True
    closed: list[OSError] = []
    for directory, below, names in os.walk(folder, onerror=closed.append):
        below[:] = sorted(name for name in below if not name.startswith("."))
        for name in sorted(names):
            if name.startswith(".") or PurePosixPath(name.lower()).suffix not in _SUFFIXES | _PACKED:
                continue
            empty = False
            path = Path(directory, name)
            try:
                with reading(str(path)), path.open("rb") as stream:
                    yield from _unpack(str(path), name, stream, alone=False)
            except InputError as error:
                yield error
    for problem in closed:
        empty = False
        yield InputError(str(problem.filename), "cannot be read", "Check its rights")
    if empty:
        raise _nothing(str(folder))


def _unpack(where: str, name: str, stream: BinaryIO, *, alone: bool) -> Iterator[Document | InputError]:
    head = stream.read(HEAD_BYTES)
    whole = cast(BinaryIO, io.BufferedReader(_Rewound(head, stream)))
    if head.startswith(_ZIP):
        yield from _members(where, stream if stream.seekable() else whole)
    elif head.startswith(_GZIP):
        unpacked = cast(BinaryIO, io.BufferedReader(_Unpacked(whole, where)))
        yield _document(where, name.removesuffix(".gz").removesuffix(".GZ"), unpacked, alone=alone)
    else:
        yield _document(where, name, whole, alone=alone)


def _members(where: str, stream: BinaryIO) -> Iterator[Document | InputError]:
    with tempfile.SpooledTemporaryFile(max_size=_SPOOL_BYTES) as spool:
        # The list of members stands at the end of an archive: a pipe has to be read to there first.
        if not stream.seekable():
            shutil.copyfileobj(stream, spool)
        with zipfile.ZipFile(stream if stream.seekable() else cast(BinaryIO, spool)) as archive:
            empty = True
            for member in sorted(archive.infolist(), key=lambda info: info.filename):
                path = PurePosixPath(member.filename)
                hidden = any(part.startswith((".", "__MACOSX")) for part in path.parts)
                if member.is_dir() or hidden or path.suffix.lower() not in _SUFFIXES | _PACKED:
                    continue
                empty = False
                place = f"{where}: {member.filename}"
                try:
                    refuse_bomb(place, member.compress_size, member.file_size)
                    with reading(place), _opened(archive, member, place) as stream_of_member:
                        yield _document(place, path.name, stream_of_member, alone=False)
                except InputError as error:
                    yield error
            if empty:
                raise _nothing(where)


def _opened(archive: zipfile.ZipFile, member: zipfile.ZipInfo, where: str) -> BinaryIO:
    try:
        return cast(BinaryIO, archive.open(member))
    except (NotImplementedError, RuntimeError) as error:
        # A password, or a way of packing that this Python does not know.
        raise InputError(where, f"cannot be unpacked: {error}", "Unpack it yourself") from error


def _document(where: str, name: str, stream: BinaryIO, *, alone: bool) -> Document:
    head = stream.read(HEAD_BYTES)
    if head.startswith((_GZIP, *_ZIP)):
        raise InputError(where, "is an archive inside an archive", "Unpack the outer one first")
    encoding = next((found for bom, found in _OTHER_BOMS.items() if head.startswith(bom)), None)
    if encoding is None and _BARE_UTF16.match(head):
        encoding = "UTF-16"
    if encoding is not None:
        raise InputError(
            where,
            f"is {encoding}, not UTF-8: byte 0x{head[0]:02X} at offset 0",
            f"Save it as UTF-8 (for example: iconv -f {encoding} -t UTF-8)",
        )
    offset = _BOM_BYTES if head.startswith(_UTF8_BOM) else 0
    head = head[offset:]
    path = PurePosixPath(name)
    whole = cast(BinaryIO, io.BufferedReader(_Rewound(head, stream), HEAD_BYTES))
    return Document(where, path.suffix.lower(), path.stem, head, offset, whole, alone)


def _nothing(where: str) -> InputError:
    return InputError(
        where, "holds no file to read", f"Files end in {', '.join(sorted(_SUFFIXES))}, .gz or .zip"
    )
