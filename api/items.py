"""What a request may hold, and the error that stands in the place of an item that holds something else."""

from collections.abc import Mapping

from api.problems import ProblemDetails, problem, too_large
from api.settings import Settings
from translator.records import Record
from translator.registry import has_words


class ItemError(Record):
    """Stands in the place of an item that could not be done; the other items are not affected."""

    id: str
    error: ProblemDetails


def check_count(name: str, count: int, settings: Settings) -> None:
    """Raise a 413 ``Problem`` if there are too many items."""
    if count > settings.max_items:
        raise too_large("max_items", settings.max_items, count, f"Items in {name}")


def check_text(text: str, settings: Settings) -> None:
    """Raise a 413 ``Problem`` if an eligibility text is too long."""
    if len(text) > settings.max_text_characters:
        raise too_large("max_text_characters", settings.max_text_characters, len(text), "Characters of text")


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
