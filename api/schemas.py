"""What the calls take. What they give back are the translator's own records."""

from typing import Annotated, Self, TypeVar

from pydantic import AfterValidator, ConfigDict, Field, model_validator
from pydantic.config import JsonDict

from api.settings import Probability
from translator.glossary import GlossaryRow
from translator.records import Record, Section
from translator.registry import has_words

_T = TypeVar("_T")

# What the validators below ask for, in the description's own terms.
_TEXT_OR_CRITERIA: JsonDict = {
    "oneOf": [
        {"required": ["text"], "properties": {"text": {"type": "string"}}},
        {"required": ["criteria"], "properties": {"criteria": {"type": "array"}}},
    ]
}
_CRITERIA_OR_PAIRS: JsonDict = {
    "oneOf": [
        {"required": ["criteria"], "properties": {"criteria": {"type": "array"}}},
        {"required": ["pairs"], "properties": {"pairs": {"type": "array"}}},
    ]
}


def _whole(text: str) -> str:
    # JSON can escape half of a surrogate pair, which is no character and cannot be sent back.
    if any("\ud800" <= mark <= "\udfff" for mark in text):
        raise ValueError("holds half a character (a lone surrogate)")
    return text


def _worded(text: str) -> str:
    if not has_words(text):
        raise ValueError("has no words")
    return text


def _some(items: tuple[_T, ...]) -> tuple[_T, ...]:
    if not items:
        raise ValueError("is empty")
    return items


Text = Annotated[str, AfterValidator(_whole)]
Words = Annotated[Text, AfterValidator(_worded), Field(description="With a letter or digit in it")]
Some = Annotated[tuple[_T, ...], AfterValidator(_some), Field(json_schema_extra={"minItems": 1})]
Id = Annotated[Text, Field(min_length=1, max_length=200)]


class CriterionIn(Record):
    """One criterion to translate; ``context`` is the lead-in that it stands under."""

    id: Id
    section: Section
    text: Text
    context: Text | None = None


class TranslateRequest(Record):
    """An eligibility text, or criteria already cut: exactly one of both."""

    model_config = ConfigDict(json_schema_extra=_TEXT_OR_CRITERIA)

    text: Words | None = None
    criteria: Some[CriterionIn] | None = None
    glossary: Annotated[
        tuple[GlossaryRow, ...], Field(description="Your own words for terms, which go before ours")
    ] = ()
    min_fidelity: Annotated[Probability | None, Field(description="Least score that counts as faithful")] = (
        None
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.text is None) == (self.criteria is None):
            raise ValueError("give exactly one of text and criteria")
        return self


class PairIn(Record):
    """A source and a plain text that somebody wrote for it."""

    id: Id
    section: Section
    source: Text
    plain: Text
    context: Text | None = None


class AuditRequest(Record):
    """Pairs to audit, in order."""

    pairs: Some[PairIn]


class ListedCriterion(CriterionIn):
    """A criterion that has words."""

    text: Words
    context: Words | None = None


class ListedPair(PairIn):
    """A pair of which each has words."""

    source: Words
    plain: Words
    context: Words | None = None


class ListRequest(Record):
    """Criteria to translate, or pairs to audit: exactly one of both."""

    model_config = ConfigDict(json_schema_extra=_CRITERIA_OR_PAIRS)

    criteria: Some[ListedCriterion] | None = None
    pairs: Some[ListedPair] | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.criteria is None) == (self.pairs is None):
            raise ValueError("give exactly one of criteria and pairs")
        return self
