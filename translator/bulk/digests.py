"""What an answer depends on besides the versions, as digests: of a whole text, of a unit as it is read."""

import hashlib
import json

from translator.bulk.records import Item
from translator.records import NormalisedCriterion

_DIGITS = 32
# Where a unit stands is no part of what it says.
_PLACE = {"criterion": {"id", "span", "parent_id"}}


def text_digest(item: Item) -> str:
    """Gives the digest of the whole text of a record, or of a piece of a criteria list."""
    if item.criteria is None:
        return _digest(item.eligibility)
    return _digest([one.model_dump(mode="json") for one in item.criteria])


def digest(unit: NormalisedCriterion) -> str:
    """Gives the digest of a unit as it was read.

    Answers are written and scored by that alone: what else its text says, a definition or words that choose
    the sense of an abbreviation, has become part of it.
    """
    return _digest(unit.model_dump(mode="json", exclude=_PLACE))


def key(item: Item) -> str:
    """Gives what the rows of a text are looked up by: its NCT id or, without one, its digest."""
    return item.trial_id or text_digest(item)


def _digest(value: object) -> str:
    text = json.dumps(value, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]
