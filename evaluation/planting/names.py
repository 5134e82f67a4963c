"""Clinical terms put for others of their kind, exchanged, added, or told with another's explanation."""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import combinations, pairwise

from evaluation.planting.edits import Edit, Side, asides
from evaluation.planting.terms import Name, apart, counted, is_another, names, near
from evaluation.planting.wording import shorthands
from translator.lexis.lexicon import Entry, cue_words, fold, fold_phrase
from translator.lexis.plural import is_plural, plural

SINGLE_DRUGS = "another drug"
"""The family of changes from drug to drug."""

_DETERMINED = re.compile(r"\b(?:an?|one|any|this|that|each|every|another)\s(?:[a-z-]+\s)?$", re.IGNORECASE)
_OPEN_PLACE = re.compile(r"(?:\b(?:your|the|no|of)|[(/-])\s?$", re.IGNORECASE)
_EXPLANATION = re.compile(r"\s\((?P<said>[^()]{2,160})\)")
_EXPLAINS = re.compile(r"(?:an?|the|how|when|very|too|not|fluid|swelling|high|low|loss|trouble|damage)\s")
# What stands on its two sides must not be exchanged.
_CONTRAST = re.compile(
    r"\b(?:unless|except|other than|apart from|caused by|due to|because of|but not|rather than|instead of"
    r"|before|after|without|does not apply|still join|secondary to|excluding)\b",
    re.IGNORECASE,
)
_TOO_WIDE = frozenset({"cancer", "disease", "tumor", "infection", "illness", "surgery", "drug", "malignancy"})
_TREATMENT = re.compile(
    r"\s(?:treatment|therapy|use|tablets?|infusions?|injections?|doses?)\b", re.IGNORECASE
)
# "lung or heart disease": the first of two shares the noun of the second.
_SHARED = re.compile(r"\b(?:or|and)\s$", re.IGNORECASE)
_SIGNS = re.compile(r"[^\w'’+/-]+")
_JOINT = re.compile(r"[.]?$|[.]\s|(?P<or> or )")


def edits(text: str, side: Side, others: str) -> Iterator[Edit]:
    """Proposes changed terms; what the text of the other side says too is no error."""
    found = list(names(text))
    said = _folded(f"{text} {others}")
    for name in found:
        if _stands_alone(name, text):
            yield from _replaced(text, name, side, said)
        if side == "plain":
            yield from _explained_wrongly(text, name, said)
    yield from _exchanged(text, found)
    if side == "plain":
        yield from _moved(text)


def _folded(text: str) -> str:
    return f" {fold_phrase(_SIGNS.sub(' ', text))} "


def _written(name: Name, other: Entry, text: str) -> str | None:
    words = other.plain if name.everyday else other.term
    if words is None:
        return None
    surface = text[name.start : name.end]
    is_name = surface.casefold() in (name.entry.term.casefold(), (name.entry.plain or "").casefold())
    one_of_many = is_plural(surface) and not is_name and (name.entry.kind != "drug" or counted(words))
    return plural(words) if one_of_many and words[-2:].islower() else words


@cache
def _neighbours() -> tuple[re.Pattern[str], re.Pattern[str]]:
    words = shorthands()["FUNCTION"]
    before = re.compile(rf"(?:^|[(:;,.]\s?|\b{words}\s)$", re.IGNORECASE)
    return before, re.compile(rf"\s?(?:$|[(),.:;]|{words}\b)", re.IGNORECASE)


def _stands_alone(name: Name, text: str) -> bool:
    """Whether the term is no part of a longer name, as in "migraine days" or "stress fracture"."""
    before, after = _neighbours()
    ends = after.match(text, name.end) or (name.entry.kind == "drug" and _TREATMENT.match(text, name.end))
    return bool(ends and before.search(text, max(0, name.start - 20), name.start))


def _fits(name: Name, words: str, text: str, side: Side) -> bool:
    if is_plural(text[name.start : name.end]):
        return is_plural(words) or name.entry.kind == "drug" or not counted(words)
    before = text[max(0, name.start - 24) : name.start]
    if _DETERMINED.search(before):
        return counted(words)
    return side == "source" or bool(_OPEN_PLACE.search(before)) or not counted(words)


def _replaced(text: str, name: Name, side: Side, said: str) -> Iterator[Edit]:
    surface = text[name.start : name.end]
    if name.entry.kind == "anatomy" and fold_phrase(surface) != fold_phrase(name.entry.term):
        return  # "pancreatic" stands for the pancreas, but not where a noun may stand
    if "normal" in name.entry.term:
        return  # the limits and the range of normal are units
    if " " in surface and _SHARED.search(text, max(0, name.start - 5), name.start):
        return
    for other in near(name.entry):
        words = _written(name, other, text)
        if words is None or not _fits(name, words, text, side):
            continue
        if any(f" {fold_phrase(each)} " in said for each in (other.term, other.plain or other.term)):
            continue
        end = name.end
        if side == "plain" and (told := _EXPLANATION.match(text, end)):
            about = other.term if name.everyday else other.explanation
            if about is None or any(sign.isdigit() for sign in told["said"]):
                continue
            words, end = f"{words} ({about})", told.end()
        yield Edit.of(text, (name.start, end), words, "entity", f"another {name.entry.kind}")


def _explained_wrongly(text: str, name: Name, said: str) -> Iterator[Edit]:
    told = _EXPLANATION.match(text, name.end)
    if not told or name.everyday or name.entry.kind == "drug" or not _EXPLAINS.match(told["said"]):
        return
    for other in near(name.entry):
        about = other.explanation
        if not about or not _EXPLAINS.match(about) or cue_words(about) <= cue_words(said):
            continue
        if len(cue_words(about) ^ cue_words(told["said"])) > 3:
            yield Edit.of(text, told.span("said"), about, "entity", "another's explanation")


def _moved(text: str) -> Iterator[Edit]:
    told = [match for match in _EXPLANATION.finditer(text) if _EXPLAINS.match(match["said"])]
    for one, other in pairwise(told):
        common = cue_words(one["said"]) & cue_words(other["said"])
        if "drug" in common or len(cue_words(one["said"]) ^ cue_words(other["said"])) < 4:
            continue
        between = text[one.end("said") : other.start("said")]
        new = other["said"] + between + one["said"]
        yield Edit.of(text, (one.start("said"), other.end("said")), new, "entity", "explanations exchanged")


def _exchanged(text: str, found: Sequence[Name]) -> Iterator[Edit]:
    for one, other in combinations(found[:12], 2):
        between = text[one.end : other.start]
        same = one.entry.kind == other.entry.kind and one.entry.row != other.entry.row
        if not same or len(between) > 160 or not _CONTRAST.search(between):
            continue
        first, second = text[one.start : one.end], text[other.start : other.end]
        alike = counted(first) == counted(second) and is_plural(first) == is_plural(second)
        if alike and is_another(one.entry, other.entry):
            first, second = _lowered(first), _lowered(second)
            yield Edit.of(text, (one.start, other.end), second + between + first, "entity", "terms exchanged")


def _lowered(words: str) -> str:
    return words[:1].lower() + words[1:] if words[:1].isupper() and words[1:2].islower() else words


def additions(text: str, side: Side, others: str) -> Iterator[Edit]:
    """Proposes one term more beside one that ends a sentence or stands before an "or"."""
    said = _folded(f"{text} {others}")
    closed = asides(text)
    for name in names(text):
        kind, wide = name.entry.kind, fold(name.entry.term) in _TOO_WIDE
        if kind not in {"condition", "drug", "procedure"} or wide or not _stands_alone(name, text):
            continue
        end = name.end
        if side == "plain" and (told := _EXPLANATION.match(text, end)):
            end = told.end()
        joint = _JOINT.match(text, end)
        if not joint or any(a < name.start < b for a, b in closed):
            continue
        for other in apart(name.entry):
            words = _written(name, other, text)
            if words is None or f" {fold_phrase(words)} " in said or not _fits(name, words, text, side):
                continue
            article = re.search(r"\b(an?) $", text[max(0, name.start - 3) : name.start])
            if article:
                words = ("an " if words[0] in "aeio" else "a ") + words
            new = f" or {words}" if joint["or"] is None else f", {words}"
            yield Edit(end, end, new, "addition", f"one {name.entry.kind} more")
