"""Streams over streams: bytes put back in front, and gzip that may not grow beyond measure."""

import gzip
import io
from abc import abstractmethod
from typing import TYPE_CHECKING, BinaryIO

from translator.errors import InputError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MAX_UNPACKED_BYTES = 4 * 1024**3
"""The most that one archive member or gzip file may unpack to; the registry packs one study a member."""
MAX_RATIO = 200
"""The most that packed bytes may grow; study records grow 4 to 12 times."""
_RATIO_FREE_BYTES = 1024 * 1024


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


class Rewound(_Source):
    """A stream with bytes that were already read put back in front of it."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head = memoryview(head)
        self._rest = rest

    def take(self, most: int) -> bytes | memoryview:
        """Gives what was put back first."""
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


class Unpacked(_Source):
    """The unpacked bytes of a gzip stream, refused where they grow beyond measure."""

    def __init__(self, packed: BinaryIO, where: str) -> None:
        self._packed = _Counted(packed)
        self._stream = gzip.GzipFile(fileobj=io.BufferedReader(self._packed), mode="rb")
        self._where = where
        self._count = 0

    def take(self, most: int) -> bytes:
        """Gives the next unpacked bytes.

        Raises:
            InputError: They grow beyond measure.
        """
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
