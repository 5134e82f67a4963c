"""Terms in a sentence: everyday words first, then the clinical term in parentheses."""

import re
from collections.abc import Mapping

from translator.lexis.lexicon import lexicon
from translator.records import Term

_SEPARATOR = re.compile(r",? or |, ", re.IGNORECASE)
# Nouns that take an article; other heads of plain terms (cancer, disease, failure, pressure) take none.
_COUNTED = re.compile(
    r"(?!bipolar)(?:[\w'-]+ ){0,4}?(?:attack|stroke|mini-stroke|disorder|ulcer|transplant|clot|injury|tumor"
    r"|seizure|problem|abscess"
    r"|fracture|rash|reaction|hernia|episode|defect|condition|tear|stone|cyst|polyp|rhythm|heartbeat|blockage"
    r"|count|tendency|sore|bowel|build-up|disease(?= (?:that|in which)\b))"
    r"(?= (?:in|of|from|on|that|with|between|to|after)\b|$)"
)
# Before a list, these may hold for its first item or for all.
_QUALIFIED = re.compile(
    r"(?:un\w+|severe|serious|significant|moderate|mild|active|acute|chronic|primary|secondary|symptomatic|recurrent"
    r"|poorly|current|prior|previous|other|known|suspected|major|advanced|metastatic|congenital)\b",
    re.IGNORECASE,
)
TERMS = frozenset({"term", "condition", "one_condition", "bare_condition"})
"""Names that stand for terms in a pattern."""


def say_terms(words: str, terms: Mapping[str, Term], kind: str) -> str | None:
    """Says a list of terms; None unless each of the words belongs to a term of the kind.

    Args:
        words: One term, or several with commas and "or".
        terms: The terms of the criterion by their surface, in lower case.
        kind: One of ``TERMS``: ``term`` for any, ``condition`` for conditions, ``one_condition`` for one,
            ``bare_condition`` for one alone that needs no article, so that an adjective can stand before it.
    """
    found = [terms.get(part.lower()) for part in _SEPARATOR.split(words)]
    said = [
        say_term(term) for term in found if term is not None and (kind == "term" or term.kind == "condition")
    ]
    if len(said) < len(found):
        return None
    if said[1:] and (kind in {"one_condition", "bare_condition"} or _QUALIFIED.match(words)):
        return None
    if kind == "bare_condition" and said[0].startswith(("a ", "an ")):
        return None
    return ", ".join(said[:-1]) + f" or {said[-1]}" if said[1:] else said[0]


def say_term(term: Term) -> str:
    """Says a term by the plain-language standard: ``heart attack (myocardial infarction)``."""
    surface = _lowered(term)
    if term.plain is None or term.plain.lower() == surface.lower():
        said = f"{surface} ({term.explanation})" if term.explanation else surface
    else:
        said = f"{term.plain} ({surface})"
    if term.kind == "condition" and _COUNTED.match(said.split(" (")[0]):
        return f"{'an' if said[0].lower() in 'aeiou' else 'a'} {said}"
    return said


def _lowered(term: Term) -> str:
    """Takes away the capitals of a line's beginning or a title; a name's own capitals stay."""
    entry = lexicon().term(term.surface)
    if entry is None:
        return term.surface
    own = {word for name in (entry.term, *entry.variants) for word in name.split()}
    words = term.surface.split(" ")
    return " ".join(
        word.lower() if word not in own and (word[1:].islower() or word.lower() in own) else word
        for word in words
    )
