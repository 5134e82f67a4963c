"""``plaincriteria memory``: what a memory of translations holds, and the wordings that reviewers approved."""

from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from translator.errors import InputError
from translator.memory import Memory
from translator.records import ApprovedWording


def memory(file: Path, wordings: Path | None) -> int:
    """Tell what a memory holds; where wordings are given, they become the approved ones before.

    Args:
        file: Of the memory; made where there is none.
        wordings: JSON lines of ``ApprovedWording``, as ``review export --wordings`` writes them.

    Returns:
        The exit status.

    Raises:
        InputError: The memory cannot be used, or a line is no approved wording; then nothing is changed.
    """
    approved = None if wordings is None else list(_read(wordings))
    store = Memory(file)
    if approved is not None:
        store.approve(approved)
    held = store.statistics
    print(
        f"{file}: {held.answers:,} answers, {held.wordings:,} approved wordings, {held.bytes / 1e6:,.1f} MB"
    )
    return 0


def remembered(store: Memory) -> str:
    """Tells in a line how far a memory was of use."""
    found = store.statistics
    share = found.found / max(found.asked, 1)
    return f"memory: {found.found:,} of {found.asked:,} answers were there ({share:.0%})"


def _read(path: Path) -> Iterator[ApprovedWording]:
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(str(path), f"cannot be read ({error})", "Give a file of JSON lines") from None
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield ApprovedWording.model_validate_json(line)
            except ValidationError as error:
                where = f"{path}, line {number}"
                what = f"is no approved wording: {error.errors()[0]['msg']}"
                raise InputError(where, what, "Write section, source, context and plain") from None
