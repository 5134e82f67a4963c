"""Whole parts left out or put in: sentences, and items of lists."""

import re
from collections.abc import Iterator, Sequence
from functools import cache

from evaluation.benchmark import OWN
from evaluation.planting.edits import Edit, Side, asides, sentences
from translator.tables import rows

# A sentence that asks something; others explain.
_ASKS = re.compile(
    r"\b(?:must|cannot|can (?:still|join|take)|may|(?:does|do) not (?:apply|count)|applies|counts|includes?"
    r"|examples?)\b|\d"
)
_EXPLAINS = re.compile(r"(?:This means|These are|This is|That is|It is an?|They are)\b")
_ASKING = ("You ", "Your ", "If you ")
_POINTS = re.compile(
    r"\b(?:it|its|these|this|they|them|those|both|one of|also|still|then|same|such|that|examples?)\b",
    re.IGNORECASE,
)
_ITEM = r"[^\W_][\w'’+/ -]{1,60}?(?: \([^()]{1,120}\))?"
# ", item" between two others of one list.
_MIDDLE = re.compile(rf"(?P<cut>, (?P<item>{_ITEM}))(?=, ?{_ITEM}(?:,| or | and )|,? (?:or|and) )")
_CLAUSE = re.compile(
    r"\b(?:you|your child|must|if|who|which|that|have|has|had|is|are|was|were|cannot|can|as|when|unless"
    r"|except|but|including|such|for example|called|join|both|either|and|or|than|not|in|it|they|then|with"
    r"|however|whether|how)\b",
    re.IGNORECASE,
)
_LEFT = re.compile(
    r"\b(?:have|had|has|take|takes|taken|use|used|are|is|be|being|any|with|other|your|an?|the|of|to|by|for|from"
    r"|severe|known|active)\s(?P<cut>(?P<item>[a-z][a-z'’-]{2,}(?:\s[a-z'’-]{3,})?) (?:or|and) )"
    r"(?P<rest>[a-z][^\s.,;()]*)(?: [^\s.,;()]{1,20}){0,3}(?=[.,;]|$| \()"
)
_RIGHT = re.compile(
    r"(?P<cut>,? (?:or|and) (?:an?|any|have|are|by|in|to|with|take|use|your|has|had|for|at)\b"
    r"[^.,;()]{3,60}(?: \([^()]{1,120}\))?)(?=[.;](?!\d)|$)"
)
_HOLDS = re.compile(
    r"\b(?:either|both|neither|whether|between|from|one of|more of|each|two)\b[^.;]*$", re.IGNORECASE
)
# What may open the second of two, where the first cannot be left out by itself.
_OPENS_ANOTHER = frozenset({
    "more", "both", "older", "not", "less", "if", "can", "cannot", "must", "is", "are", "has", "have", "be",
    "you", "your", "who", "that", "a", "an", "the", "to", "in", "by", "on", "with", "at", "for", "of", "from",
    "had", "take", "use", "need", "needs", "then", "so", "another", "other", "similar", "any",
})  # fmt: skip
_FIXED = re.compile(
    r"\b(?:allergy|signs|safe|willing|able|more|one|two|whether|head|brain|back|height|time|now|and|or|full|drug|part|food"
    r"|ears?|nose|arteries|up|on|off|over|in|out|day|days|week|weeks|month|months|year|years|all|age)$"
)


def omissions(text: str, side: Side) -> Iterator[Edit]:
    """Proposes sentences and items to leave out."""
    yield from _sentences_left_out(text)
    closed = asides(text) if side == "plain" else []
    for found, family in ((_MIDDLE, "item of a list"), (_LEFT, "first of two"), (_RIGHT, "last of two")):
        for match in found.finditer(text):
            start, end = match.span("cut")
            if any(a < start < b for a, b in closed) or _HOLDS.search(text, max(0, start - 120), start):
                continue
            if text.startswith((" or both", ", or both"), end):
                continue
            if family == "item of a list" and not _is_item(text, match):
                continue
            if family == "first of two" and (_FIXED.search(match["item"]) or _CLAUSE.search(match["item"])):
                continue
            if family == "first of two" and match["rest"] in _OPENS_ANOTHER:
                continue
            yield Edit.of(text, (start, end), "", "omission", family)


def _is_item(text: str, match: re.Match[str]) -> bool:
    """Whether what stands between two commas is an item, no explanation and no clause."""
    item, before = match["item"], text[: match.start()]
    if _CLAUSE.search(re.sub(r"\([^()]*\)", "", item)) or re.search(r"\d", item):
        return False
    previous = re.split(r"[.;,:]|\b(?:have|had|has|take|with|any|of|as|includes?|are|is) ", before)[
        -1
    ].strip()
    begins = ("a ", "an ", "the ", "your ")
    return item.startswith(begins) == previous.startswith(begins) and 0 < len(previous.split()) <= 8


def _sentences_left_out(text: str) -> Iterator[Edit]:
    bounds = list(sentences(text))
    for place, (start, end) in enumerate(bounds):
        sentence = text[start:end]
        if len(bounds) < 2 or _EXPLAINS.match(sentence) or not _ASKS.search(sentence):
            continue
        following = text[bounds[place + 1][0] : bounds[place + 1][1]] if place + 1 < len(bounds) else ""
        if place == 0 and _POINTS.search(following):
            continue
        if place == 0:
            yield Edit(start, bounds[1][0], "", "omission", "sentence")
        else:
            yield Edit(bounds[place - 1][1], end, "", "omission", "sentence")


def additions(text: str, others: Sequence[str]) -> Iterator[Edit]:
    """Proposes sentences to put in: of other plain texts, or of a table where there are none."""
    if not text or not text.endswith("."):
        return
    if others:
        strange = (other[start:end] for other in others for start, end in sentences(other))
        chosen = [
            one
            for one in strange
            if one.startswith(_ASKING) and one.endswith(".") and not _POINTS.search(one)
        ]
    else:
        chosen = list(extras())
    for sentence in chosen:
        if sentence not in text:
            yield Edit(len(text), len(text), f" {sentence}", "addition", "sentence")
            yield Edit(0, 0, f"{sentence} ", "addition", "sentence")


@cache
def extras() -> tuple[str, ...]:
    """Gives the sentences of ``data/extras.tsv``."""
    return tuple(row["sentence"] for row in rows("extras.tsv", ("sentence",), OWN))
