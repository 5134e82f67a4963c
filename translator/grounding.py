"""Holds our own model to its source, more strictly than the scorer holds anybody.

The scorer judges anybody's translation: a person may explain a term in other words than ours, and turn a
sentence round. A small model that does so is mostly wrong, and reads well ("GVHD (a blood clot)"). So its
invented explanations are taken out, and a draft is refused that says a word from nowhere, leaves one out,
says the contrary of one, denies more or less often than its source, drops a class, or repeats itself.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from functools import cache

from translator.annotate import meaning_of
from translator.clues.coverage import Gap, compare, contraries
from translator.facts import read_facts
from translator.lexis.equivalents import equivalents
from translator.lexis.words import words
from translator.records import Comparator, Draft, Finding, FindingType, NormalisedCriterion
from translator.tables import rows

_ASIDE = re.compile(r"\s?\(([^()]{0,400})\)")
# One to four words that stand twice in a row: "liver, liver", "a sudden a sudden".
_REPEATED = re.compile(
    r"\b((?:[^\W\d]\w*[ ,-]{1,2}){1,4})(?=\1)|\b([^\W\d_]{3,40}),? (?:and |or )?\2\b", re.I
)
_ROMAN = re.compile(r"\b(?:II|III|IV|VI{1,3}|IX)[A-Ca-c]?\b")
_ARTICLE = re.compile(r"\b([Aa]) (?=(?!one\b|once\b)[aeio][a-z])")
_EXCEPTION = re.compile(r"\b(?:this )?(?:does|do) not apply\b", re.I)
_KEPT_OUT = re.compile(
    r"\b(?:cannot join|(?<!if you )(?:must|should|may|shall|will) (?:not|never)|(?:not|in)[ -]?eligible"
    r"|not (?:allowed|permitted|acceptable)|(?:is|are) excluded)\b",
    re.I,
)
_LET_IN = re.compile(r"^(?:if [^,.]{1,200}, )?you(?:r [\w ]{1,60})? must (?!not|never)", re.I)
_PERMITTING = re.compile(r"\b(?:allowed|permitted|acceptable|may (?:be|have|participate|enroll))\b", re.I)
_DEMANDING = re.compile(r"\b(?:must|required|requires|should|not (?:allowed|permitted|acceptable))\b", re.I)
_REQUIRING = re.compile(r"\b(?:required|allowed|permitted|eligible|must)\b", re.I)
# How the sentences of the standard begin; what begins otherwise has mostly come apart.
_OPENER = re.compile(
    r"(?:You (?:must|cannot|can|may|also)\b|If \w|Your \w.*\b(?:must|cannot|can)\b"
    r"|(?:This|These|It|They|That|One|Both|All|Each|Examples?|At least|At most|Here)\b)",
    re.I,
)
_GROUP = re.compile(r"(?:Part|Cohort|Arm|Phase|Group|Stage) ?[0-9A-Z]+\b", re.I)
_SENTENCE = re.compile(r"(?<=[.:]) ")
# A condition without what follows from it: "If you have at least 2 lesions."
_BROKEN = re.compile(r"(?!.*\b(?:must|can|cannot|may|should|will|need|apply)\b)if you", re.I)
_RUN = 4  # content words in a row that may not stand more often than in the source
_KEPT = frozenset({"positive", "negative", "only"})  # no other word may stand for these
_LIMIT = frozenset({"upper", "lower", "limit", "normal"})  # what ULN and LLN become, however often
# Set on 160 published sentences of train trials that were read: 0.69 of all were right, 0.78 within these.
LEAST_SURE = -0.2  # mean log-probability of a piece
MOST_WORDS = 25  # of the source
_STRAY = 0.25  # surprise from which a word of the draft comes from nowhere
_LOST = 0.3  # surprise from which a word of the source is lost by itself
_ALL_LOST = 0.45  # and from which several are together
_MOST_OF = 0.5  # share of a meaning's content words from which it is told
_BEFORE = 16  # words before a term in parentheses that may tell what it means
_NOT_AT_ONCE = 3  # words before a contrary among which a "not" mends it


def strip(text: str, normalised: NormalisedCriterion) -> str:
    """Takes out invented explanations, and puts "an" where "a" stands before a vowel.

    An explanation in parentheses stays where each of its words stands in the source, or in what the tables
    say of one of its terms.
    """
    tidy = _ARTICLE.sub(r"\1n ", text.replace("( ", "("))
    return _ASIDE.sub(lambda aside: aside[0] if _known(aside, normalised) else "", tidy)


def objection(draft: Draft, normalised: NormalisedCriterion) -> Finding | None:
    """Tells what speaks against a draft of the model, if anything does."""
    source, context, plain = normalised.text, normalised.criterion.context or "", draft.text
    if draft.log_probability is not None and draft.log_probability < LEAST_SURE:
        return _finding("unread", "The model was not sure enough of its sentence.")
    if len(source.split()) > MOST_WORDS:
        return _finding("unread", f"Criteria of more than {MOST_WORDS} words are told wrongly too often.")
    meanings = ". ".join(dict.fromkeys(_meanings(normalised)))
    if _REPEATED.search(plain) or _runs(plain) - _runs(f"{source}. {meanings}. {context}"):
        return _finding("addition", "The sentence repeats itself.")
    if "(" in _ASIDE.sub("", plain) or any(map(_BROKEN.match, _SENTENCE.split(plain))):
        return _finding("omission", "The sentence breaks off.")
    told, given, above = words(plain), words(source), words(context)
    explained = compare([*given, *words(meanings)], above, told, equivalents())
    added = [gap for gap in explained.added if gap.word.text != "x"]  # the sign of 1.5 × 10^9
    if stray := _widest(added, _STRAY):
        return _finding("addition", f'Nothing in the source stands for "{stray.word.text}".')
    omitted = [gap for gap in compare(given, above, told, equivalents()).omitted if gap.word.text.isalnum()]
    together = sum(gap.surprise for gap in omitted) >= _ALL_LOST
    if lost := _widest(omitted, 0.0 if together else _LOST):
        return _finding("omission", f'Nothing in the sentence stands for "{lost.word.text}".')
    if dropped := (_KEPT & set(_tokens(source))) - set(_tokens(plain)):
        return _finding("omission", f'Nothing in the sentence stands for "{min(dropped)}".')
    if _PERMITTING.search(source) and not _DEMANDING.search(source) and _LET_IN.match(plain):
        return _finding("logic", "The source allows something; the sentence demands it.")
    if limits := _limits(source) - _limits(plain):
        return _finding("comparator", f"The sentence does not say the limit {min(limits)[1]} of the source.")
    criterion = normalised.criterion
    section = criterion.section
    if criterion.role == "criterion" and not all(map(_OPENER.match, _SENTENCE.split(plain))):
        return _finding("scope", "A sentence does not say whom it lets in or keeps out.")
    if (group := _GROUP.match(context)) and group[0].lower() not in plain.lower():
        return _finding("scope", f'The sentence does not say that it is about "{group[0]}" only.')
    if re.search(r"\bchild(?:ren)?\b(?!-| ?bearing)", source, re.I) and "child" not in plain.lower():
        return _finding("scope", "The sentence does not say that it is about children.")
    if "and/or" in source.lower() and not re.search(r"\bboth\b|\bone or more\b|and/or", plain, re.I):
        return _finding("logic", 'The sentence does not say "and/or".')
    if section == "exclusion" and _REQUIRING.search(context):
        return _finding("ambiguous_source", "The line above requires what stands among the exclusions.")
    if mistold := next(_mistold_terms(plain, normalised), None):
        return _finding("entity", f'What stands before "({mistold})" does not tell what it means.')
    if missing := next(_missing_terms(plain, normalised), None):
        return _finding("entity", f'Nothing in the sentence stands for the term "{missing}".')
    for against, word in contraries([*given, *words(meanings), *above], told, equivalents()):
        nearby = list(_tokens(plain[: word.start]))[-_NOT_AT_ONCE:]
        if against.text not in _denying() and not _denying() & set(nearby):
            return _finding("polarity", f'The source says "{against.text}"; the sentence says "{word.text}".')
    # What the source says in parentheses, the sentence may say outside of them.
    allowed = {_denials(_ASIDE.sub(" ", source), section), _denials(source, section)}
    if _denials(_ASIDE.sub(" ", plain), section) not in allowed:
        return _finding("polarity", "The sentence denies more or less often than the source.")
    given_asides = _ASIDE.sub(lambda aside: aside[0] if aside[1] in source else "", plain)
    if set(_ROMAN.findall(source)) - set(_ROMAN.findall(given_asides)):
        return _finding("number", "The sentence leaves out a class, grade or stage.")
    return None


def _known(aside: re.Match[str], normalised: NormalisedCriterion) -> bool:
    inside = _stems([aside[1]])
    if aside.string[: aside.start()].lower().endswith(aside[1].lower()):
        return False  # "hypertension (hypertension)"
    if inside <= _stems([normalised.text, normalised.criterion.context or ""]):
        return True
    meanings = {term.surface.lower(): m for term in normalised.terms if (m := meaning_of(term))}
    before = aside.string[: aside.start()].lower()
    # Right behind a term its own meaning must stand: "AST (alanine aminotransferase)" is wrong.
    owner = max((surface for surface in meanings if before.endswith(surface)), key=len, default=None)
    allowed = {owner: meanings[owner]} if owner else meanings
    return any(inside <= _stems([surface, meaning]) for surface, meaning in allowed.items())


def _meanings(normalised: NormalisedCriterion) -> list[str]:
    return [meaning for term in normalised.terms if (meaning := meaning_of(term))]


def _mistold_terms(plain: str, normalised: NormalisedCriterion) -> Iterator[str]:
    """Gives the terms in parentheses behind other words than the tables have for them."""
    meanings = {term.surface.lower(): meaning_of(term) or "" for term in normalised.terms}
    for aside in _ASIDE.finditer(plain):
        meaning = _stems([meanings.get(aside[1].lower(), "")])
        before = _stems([" ".join(plain[: aside.start()].split()[-_BEFORE:])])
        if len(meaning & before) < _MOST_OF * len(meaning):
            yield aside[1]


def _limits(text: str) -> frozenset[tuple[Comparator, Decimal]]:
    """Comparators with their values; bare numbers are none."""
    return frozenset(
        (fact.comparator, fact.value)
        for fact in read_facts(text).facts
        if fact.kind == "quantity" and fact.value is not None
        if fact.comparator is not None and fact.comparator != "="
    )


def _missing_terms(plain: str, normalised: NormalisedCriterion) -> Iterator[str]:
    """Gives the terms of which neither the words nor most of the meaning stand in a draft."""
    told = _stems([plain])
    for term in normalised.terms:
        if term.kind == "other":
            continue
        surface, meanings = _stems([term.surface]), [_stems([m]) for m in (term.plain, term.explanation) if m]
        if not surface <= told and not any(len(m & told) >= _MOST_OF * len(m) for m in meanings):
            yield term.surface


def _stems(texts: Iterable[str]) -> frozenset[str]:
    return frozenset(word.stem for text in texts for word in words(text)) - equivalents().free


def _runs(text: str) -> Counter[tuple[str, ...]]:
    """Runs of content words that stand more than once, with how often beyond the first."""
    stems = [word.stem for word in words(text) if word.stem not in equivalents().free]
    counts = Counter(tuple(stems[i : i + _RUN]) for i in range(len(stems) - _RUN + 1))
    return Counter({run: n - 1 for run, n in counts.items() if n > 1 and not _LIMIT & set(run)})


def _widest(gaps: Sequence[Gap], least: float) -> Gap | None:
    return next((gap for gap in gaps if gap.surprise > 0 and gap.surprise >= least), None)


def _denials(text: str, section: str) -> int:
    """Counts what denies, exceptions set aside.

    The opener of an exclusion denies nothing, since its list does so; that of a requirement among the
    exclusions does, as does a "cannot join" among the requirements.
    """
    bare = _EXCEPTION.sub(" ", text)
    let_in = 0
    if section == "exclusion":
        let_in = sum(bool(_LET_IN.match(sentence)) for sentence in _SENTENCE.split(bare)[:1])
        bare = _KEPT_OUT.sub(" ", bare)
    return let_in + sum(word in _denying() for word in _tokens(bare))


def _tokens(text: str) -> Iterator[str]:
    return (match.group().lower() for match in re.finditer(r"[^\W\d_]+(?:'[a-z]{1,2})?", text))


@cache
def _denying() -> frozenset[str]:
    return frozenset(row["word"] for row in rows("denials.tsv"))


def _finding(kind: FindingType, message: str) -> Finding:
    return Finding(type=kind, severity="major", message=message)
