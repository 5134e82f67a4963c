"""What a request may hold, and the error that stands in the place of an item that could not be done."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from api.problems import ProblemDetails, fault, problem, too_large
from api.settings import Settings
from translator.dialogue.endpoint import ChatError
from translator.records import Record
from translator.registry import has_words

_Item = TypeVar("_Item")
_Done = TypeVar("_Done")


class ItemError(Record):
    """Stands in the place of an item that could not be done; the other items are not affected."""

    id: str
    error: ProblemDetails


def check_count(name: str, count: int, settings: Settings) -> None:
    """Raise a 413 ``Problem`` if there are too many items."""
    if count > settings.max_items:
        raise too_large("max_items", settings.max_items, count, f"Items in {name}")


def check_characters(texts: Iterable[str | None], settings: Settings) -> None:
    """Raise a 413 ``Problem`` if all texts of a request together are too long."""
    size = sum(len(text or "") for text in texts)
    if size > settings.max_text_characters:
        raise too_large("max_text_characters", settings.max_text_characters, size, "Characters of text")


def blame(item_id: str, texts: Mapping[str, str | None], settings: Settings) -> ItemError | None:
    """The error of an item whose texts are too long, or of which one has no words; None if it is good."""
    size = sum(len(text or "") for text in texts.values())
    if size > settings.max_item_characters:
        refusal = too_large(
            "max_item_characters", settings.max_item_characters, size, "Characters of the item"
        )
        return ItemError(id=item_id, error=refusal.problem)
    for name, text in texts.items():
        if text is not None and not has_words(text):
            return ItemError(id=item_id, error=problem(422, f"{name} has no words."))
    return None


def done_each(
    work: Callable[[Sequence[_Item]], Sequence[_Done]], items: Sequence[_Item]
) -> list[_Done | Exception]:
    """What the work gives for each item, in order, and the error for one that it fails at.

    All are done at once; where that fails, the items at fault are found by halving. A chat endpoint that
    cannot be used is no fault of an item, and is not asked again.
    """
    try:
        return [*work(items)] if items else []
    except ChatError as error:
        return [error] * len(items)
    except Exception as error:
        if len(items) == 1:
            return [error]
    half = len(items) // 2
    return [*done_each(work, items[:half]), *done_each(work, items[half:])]


def in_place(ids: Sequence[str], outcomes: Sequence[_Done | Exception]) -> list[_Done | ItemError]:
    """The outcomes, and an ``ItemError`` for each that is an error.

    Args:
        ids: Of the items, in the order of the outcomes.
        outcomes: As ``done_each`` gives them.

    Raises:
        Exception: That of the first item, where all have failed: then it is no fault of an item.
    """
    failed = [one for one in outcomes if isinstance(one, Exception)]
    if failed and len(failed) == len(outcomes):
        raise failed[0]
    return [
        ItemError(id=item_id, error=fault(one)) if isinstance(one, Exception) else one
        for item_id, one in zip(ids, outcomes, strict=True)
    ]
