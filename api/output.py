"""Where the command writes: standard output, or a file that appears whole or not at all."""

import os
import secrets
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from api import COMMAND
from translator.errors import InputError, printable

Write = Callable[[str], None]


class OutputError(InputError):
    """The output cannot be written."""


class ReaderGoneError(Exception):
    """Whoever read standard output has had enough, and closed it."""


def complain(where: str, what: str, remedy: str) -> None:
    """One line on standard error: where, what is wrong there, and what to do."""
    line = f"{COMMAND}: {printable(where)}: {printable(what)}; {printable(remedy)}"
    print(line, file=sys.stderr, flush=True)  # standard error escapes what its encoding has not


@contextmanager
def output(path: str | None, encoding: str = "utf-8") -> Iterator[Write]:
    """A function that writes text.

    A file is written under a temporary name beside its own and takes its name at the end; where the block is
    left by an exception, it goes, and what stood under its name stays.

    Args:
        path: The file; None for standard output.
        encoding: What the text is written in; all of its characters must have a place there.

    Raises:
        OutputError: The place cannot be written.
        ReaderGoneError: Standard output was closed by its reader.
    """
    if path == "-":
        raise OutputError("--out -", "is not a file", "Leave --out away to write to standard output")
    if path is None:
        with _standard_output(encoding) as write:
            yield write
    else:
        with _file(Path(path), encoding) as write:
            yield write


@contextmanager
def _standard_output(encoding: str) -> Iterator[Write]:
    def write(text: str) -> None:
        try:
            sys.stdout.buffer.write(text.encode(encoding))
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            # The interpreter flushes once more on its way out; that must find an open end.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise ReaderGoneError from None
        except OSError as error:
            raise _refused("standard output", error) from None

    yield write


@contextmanager
def _file(path: Path, encoding: str) -> Iterator[Write]:
    target = path.resolve()
    if target.is_dir() or (target.exists() and not target.is_file()):
        raise OutputError(
            str(path), "is not a file", "Name a file that does not exist yet, or an ordinary one"
        )
    try:
        mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else 0o666 & ~_umask()
    except OSError as error:
        raise _refused(str(path), error) from None
    # Its name is known before it is made: a signal may come at any moment, and nothing shall stay.
    unfinished = target.parent / f".{target.name[:100]}.{secrets.token_hex(8)}"
    try:
        with _made(unfinished, str(path)) as stream:

            def write(text: str) -> None:
                try:
                    stream.write(text.encode(encoding))
                except OSError as error:
                    raise _refused(str(path), error) from None

            yield write
            unfinished.chmod(mode)
        unfinished.replace(target)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def _made(unfinished: Path, path: str) -> BinaryIO:
    """A new file for its owner alone; the finished one is as open as any, or as what it replaces."""
    try:
        return open(unfinished, "xb", opener=lambda name, flags: os.open(name, flags, 0o600))
    except OSError as error:
        raise _refused(path, error) from None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _refused(where: str, error: OSError) -> OutputError:
    return OutputError(
        where,
        f"cannot be written: {error.strerror or error}",
        "Choose a place with room that you may write to",
    )
