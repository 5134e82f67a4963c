"""What an answer depends on besides the versions, as digests: of a whole text, and of each criterion.

The same criterion is told the same wherever it stands, but for the senses of abbreviations: the text may
define them, and the words of all its criteria may choose among those of the table (see ``normalise``).
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from translator.bulk.records import Item
from translator.clean import clean
from translator.lexis.lexicon import cue_words, lexicon
from translator.records import Criterion

_DIGITS = 32


class Dependence(NamedTuple):
    """What the answer to a criterion depends on.

    Attributes:
        digest: Of all of it.
        on_others: Whether the words of the other criteria of its text are part of it.
    """

    digest: str
    on_others: bool


def text_digest(item: Item) -> str:
    """Gives the digest of the whole text of a record, or of a piece of a criteria list."""
    if item.criteria is None:
        return _digest(item.eligibility)
    return _digest([one.model_dump(mode="json") for one in item.criteria])


def key(item: Item) -> str:
    """Gives what the rows of a text are looked up by: its NCT id or, without one, its digest."""
    return item.trial_id or text_digest(item)


def dependences(criteria: Sequence[Criterion], definitions: Mapping[str, str]) -> list[Dependence]:
    """Tells what the answers to the criteria of one text depend on, in order.

    Args:
        criteria: All of the text.
        definitions: Abbreviations that the text defines, with their long forms.
    """
    texts = [clean(criterion.text).text for criterion in criteria]
    deciding = [lexicon().deciding(text) for text in texts]
    said = cue_words(*texts) if any(deciding) else frozenset()
    found = []
    for criterion, text, words in zip(criteria, texts, deciding, strict=True):
        # The long forms that the text gives are among the words that choose.
        told = {short: long for short, long in definitions.items() if words or short in text}
        own = [criterion.section, criterion.role, criterion.text, criterion.context]
        found.append(Dependence(_digest([own, told, sorted(words & said)]), bool(words)))
    return found


def _digest(value: object) -> str:
    text = json.dumps(value, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]
