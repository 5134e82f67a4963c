"""What the checks look at: a draft beside its source, each read once."""

import re
from collections.abc import Iterable, Iterator
from functools import cached_property

from translator.annotate import meaning_of
from translator.lexis.equivalents import equivalents
from translator.lexis.words import Word, words
from translator.records import Draft, Finding, FindingType, NormalisedCriterion

ASIDE = re.compile(r"\s?\(([^()]{0,400})\)")
SENTENCE = re.compile(r"(?<=[.:]) ")
_LETTERS = re.compile(r"[^\W\d_]+(?:'[a-z]{1,2})?")


class Reading:
    """A draft and the criterion that it stands for.

    Attributes:
        source: Clean text of the criterion.
        context: The lead-in above it, or an empty text.
        plain: The draft's text.
    """

    def __init__(self, draft: Draft, normalised: NormalisedCriterion) -> None:
        self.draft, self.normalised = draft, normalised
        self.criterion = normalised.criterion
        self.source = normalised.text
        self.context = normalised.criterion.context or ""
        self.plain = draft.text

    @cached_property
    def told(self) -> list[Word]:
        """The words of the draft."""
        return words(self.plain)

    @cached_property
    def given(self) -> list[Word]:
        """The words of the source."""
        return words(self.source)

    @cached_property
    def above(self) -> list[Word]:
        """The words of the lead-in."""
        return words(self.context)

    @cached_property
    def meanings(self) -> str:
        """What the tables say of the criterion's terms, each meaning once."""
        found = (meaning_of(term) for term in self.normalised.terms)
        return ". ".join(dict.fromkeys(meaning for meaning in found if meaning))

    @cached_property
    def sentences(self) -> list[str]:
        """The sentences of the draft."""
        return SENTENCE.split(self.plain)


def tokens(text: str) -> Iterator[str]:
    """Gives the words of a text in lower case, without digits."""
    return (match.group().lower() for match in _LETTERS.finditer(text))


def stems(texts: Iterable[str]) -> frozenset[str]:
    """Gives the stems of the words that say something."""
    return frozenset(word.stem for text in texts for word in words(text)) - equivalents().free


def finding(kind: FindingType, message: str) -> Finding:
    """What a check answers when it objects."""
    return Finding(type=kind, severity="major", message=message)
