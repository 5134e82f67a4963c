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
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from translator.errors import InputError
from translator.intake.streams import Rewound, Unpacked, refuse_bomb

STANDARD_INPUT = "-"
HEAD_BYTES = 64 * 1024
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
        share: Tells how much of the source has been read, 0 to 1: by bytes where the document is alone, else
            by documents; 0 where that is not known.
    """

    where: str
    suffix: str
    stem: str
    head: bytes
    offset: int
    stream: BinaryIO
    alone: bool
    share: Callable[[], float]

    def with_first_line(self, longest: int) -> "Document":
        """The same document with a head that holds the first line and the beginning of the second.

        Args:
            longest: Where to stop in a first line without an end, in bytes.
        """
        _, newline, more = self.head.partition(b"\n")
        if len(self.head) < HEAD_BYTES - _BOM_BYTES or (newline and more.strip()):
            return self
        head = self.stream.readline(longest) + self.stream.read(HEAD_BYTES)
        return replace(self, head=head, stream=cast(BinaryIO, io.BufferedReader(Rewound(head, self.stream))))


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
            yield from _unpack("standard input", "", sys.stdin.buffer, alone=True, share=lambda: 0.0)
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
            size = max(path.stat().st_size, 1)
            with path.open("rb") as stream:
                yield from _unpack(source, path.name, stream, alone=True, share=lambda: stream.tell() / size)


def files(folder: Path, closed: list[OSError] | None = None) -> Iterator[Path]:
    """Gives the files of a folder that are read, in the order of their names.

    Args:
        folder: Where to look; hidden files and folders are passed over.
        closed: Takes the faults of folders below that cannot be looked into.
    """
    for directory, below, names in os.walk(folder, onerror=None if closed is None else closed.append):
        below[:] = sorted(name for name in below if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith(".") and PurePosixPath(name.lower()).suffix in _SUFFIXES | _PACKED:
                yield Path(directory, name)


def _folder(folder: Path) -> Iterator[Document | InputError]:
    count = sum(1 for _ in files(folder))
    closed: list[OSError] = []
    for index, path in enumerate(files(folder, closed)):
        share = partial(float, index / max(count, 1))
        try:
            with reading(str(path)), path.open("rb") as stream:
                yield from _unpack(str(path), path.name, stream, alone=False, share=share)
        except InputError as error:
            yield error
    for problem in closed:
        yield InputError(str(problem.filename), "cannot be read", "Check its rights")
    if not count and not closed:
        raise _nothing(str(folder))


def _unpack(
    where: str, name: str, stream: BinaryIO, *, alone: bool, share: Callable[[], float]
) -> Iterator[Document | InputError]:
    head = stream.read(HEAD_BYTES)
    whole = cast(BinaryIO, io.BufferedReader(Rewound(head, stream)))
    if head.startswith(_ZIP):
        yield from _members(where, stream if stream.seekable() else whole, None if alone else share)
    elif head.startswith(_GZIP):
        unpacked = cast(BinaryIO, io.BufferedReader(Unpacked(whole, where)))
        name = name.removesuffix(".gz").removesuffix(".GZ")
        yield _document(where, name, unpacked, alone=alone, share=share)
    else:
        yield _document(where, name, whole, alone=alone, share=share)


def _members(
    where: str, stream: BinaryIO, share: Callable[[], float] | None
) -> Iterator[Document | InputError]:
    with tempfile.SpooledTemporaryFile(max_size=_SPOOL_BYTES) as spool:
        # The list of members stands at the end of an archive: a pipe has to be read to there first.
        if not stream.seekable():
            shutil.copyfileobj(stream, spool)
        with zipfile.ZipFile(stream if stream.seekable() else cast(BinaryIO, spool)) as archive:
            empty = True
            members = sorted(archive.infolist(), key=lambda info: info.filename)
            for index, member in enumerate(members):
                path = PurePosixPath(member.filename)
                hidden = any(part.startswith((".", "__MACOSX")) for part in path.parts)
                if member.is_dir() or hidden or path.suffix.lower() not in _SUFFIXES | _PACKED:
                    continue
                empty = False
                place = f"{where}: {member.filename}"
                # An archive in a folder is one document of many there.
                known = share or partial(float, index / len(members))
                try:
                    refuse_bomb(place, member.compress_size, member.file_size)
                    with reading(place), _opened(archive, member, place) as stream_of_member:
                        yield _document(place, path.name, stream_of_member, alone=False, share=known)
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


def _document(
    where: str, name: str, stream: BinaryIO, *, alone: bool, share: Callable[[], float]
) -> Document:
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
    whole = cast(BinaryIO, io.BufferedReader(Rewound(head, stream), HEAD_BYTES))
    return Document(where, path.suffix.lower(), path.stem, head, offset, whole, alone, share)


def _nothing(where: str) -> InputError:
    return InputError(
        where, "holds no file to read", f"Files end in {', '.join(sorted(_SUFFIXES))}, .gz or .zip"
    )
