"""What makes an item the same: its place, its words, and all that a verdict on it is bound to."""

from api.review.chain import digest
from api.review.records import Item

_ID_DIGITS = 32


def item_id(trial_id: str, criterion_id: str) -> str:
    """The id of the item at a place."""
    return digest([trial_id, criterion_id])[:_ID_DIGITS]


def content_digest(item: Item) -> str:
    """The digest that a verdict is bound to: texts, report and versions; a place is no part of it."""
    return digest(
        item.model_dump(mode="json", exclude={"id", "trial_id", "criterion_id", "position", "parent_id"})
    )


def words_key(item: Item, plain: str | None = None) -> str:
    """The digest of the words alone: equal for a pair that reads the same, whoever wrote or scored it.

    Args:
        item: Whose source, lead-in and section.
        plain: In the place of its own.
    """
    return digest(
        [item.section, item.role, item.source, item.context, item.plain if plain is None else plain]
    )


def drawn(of_item: str, share: float) -> bool:
    """Whether an item belongs to a sample; always the same answer for the same item.

    Args:
        of_item: Its id.
        share: Of all items, 0 to 1.
    """
    return int(digest(["sample", of_item])[:13], 16) < share * 16**13
