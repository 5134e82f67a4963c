"""Files that appear whole: whoever looks finds the old one or the new one, and never half of one."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

UNFINISHED = ".unfinished"
"""How the name of a file ends that is being written."""


@contextmanager
def appearing(path: Path) -> Iterator[Path]:
    """Gives a place beside a file to write it at; it takes the file's name at the end of the block.

    Where the block is left by an exception, it goes, and what stood under the name stays.
    """
    unfinished = path.with_name(f".{path.name}{UNFINISHED}")
    try:
        yield unfinished
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
