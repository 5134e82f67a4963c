"""Explanations given once in a document: a term that was explained above stands alone below.

Only what is certain is cut: one of the tables' meanings, in parentheses, directly behind the term that it
explains, where the same term was explained in the same words before, and the parentheses are not the study's
own. What remains is the sentence as it was scored, without an aside that the reader has seen.
"""

import re
from functools import partial

from translator.records import Translation


class Explained:
    """What a document has explained so far; a document has its own, and asks in the order of reading."""

    def __init__(self) -> None:
        self._given: set[tuple[str, str]] = set()

    def once(self, translation: Translation) -> str:
        """The plain text of a translation without the explanations that were given before.

        Words of the study and sentences that are not ``faithful`` are left as they are.
        """
        text, normalised = translation.draft.text, translation.normalised
        if translation.draft.route == "source" or translation.fidelity.verdict != "faithful":
            return text
        own = normalised.text.lower()
        meanings = {
            (term.surface.lower(), meaning.lower())
            for term in normalised.terms
            for meaning in (term.plain, term.explanation)
            if meaning and f"({meaning.lower()})" not in own
        }
        for key in sorted(meanings):
            surface, meaning = map(re.escape, key)
            aside = rf"(?<!\w)({surface}) \({meaning}\)"
            text = re.sub(aside, partial(self._shown, key), text, flags=re.IGNORECASE)
        return text

    def first(self, meanings: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
        """Of terms with their meanings, those that were not explained in these words before."""
        keys = [(surface.lower(), meaning.lower()) for surface, meaning in meanings]
        new = tuple(one for one, key in zip(meanings, keys, strict=True) if key not in self._given)
        self._given.update(keys)
        return new

    def _shown(self, key: tuple[str, str], found: re.Match[str]) -> str:
        if key in self._given:
            return found[1]
        self._given.add(key)
        return found[0]
