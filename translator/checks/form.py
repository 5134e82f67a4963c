"""Checks of form: is the draft whole, without repetition, and does each sentence open as it should?"""

import re
from collections import Counter

from translator.checks.reading import ASIDE, Reading, finding
from translator.lexis.equivalents import equivalents
from translator.lexis.words import words
from translator.records import Finding

_RUN = 4  # content words in a row that may not stand more often than in the source
_LIMIT = frozenset({"upper", "lower", "limit", "normal"})  # what ULN and LLN become, however often
# One to four words that stand twice in a row: "liver, liver", "a sudden a sudden".
_REPEATED = re.compile(
    r"\b((?:[^\W\d]\w*[ ,-]{1,2}){1,4})(?=\1)|\b([^\W\d_]{3,40}),? (?:and |or )?\2\b", re.I
)
# A condition without what follows from it: "If you have at least 2 lesions."
_BROKEN = re.compile(r"(?!.*\b(?:must|can|cannot|may|should|will|need|apply)\b)if you", re.I)
# What a sentence ends with, and no word before it that asks for another; behind a colon a list follows.
_ENDED = re.compile(r"[.!?:;”)\]]['\"”]?\Z")
_DANGLING = re.compile(r"\b(?:an?|and|because|if|nor|of|or|than|that|the|unless)[^\w:]*\Z", re.I)
# How the sentences of the standard begin; what begins otherwise has mostly come apart.
_OPENER = re.compile(
    r"(?:You (?:must|cannot|can|may|also)\b|If \w|Your \w.*\b(?:must|cannot|can)\b"
    r"|(?:This|These|It|They|That|One|Both|All|Each|(?:Some )?Examples?|At least|At most|Here)\b"
    r"|\w.* (?:is|are) (?:not )?allowed\b"
    r"|(?:The|There|Or|For|In|By) .*\b(?:must|cannot)\b)",
    re.I,
)


def no_stutter(reading: Reading) -> Finding | None:
    """No words stand twice in a row."""
    if _REPEATED.search(reading.plain):
        return finding("addition", "The sentence says words twice in a row.")
    return None


def no_repetition(reading: Reading) -> Finding | None:
    """No run of words stands more often than in the source and its terms' meanings."""
    allowed = _runs(f"{reading.source}. {reading.meanings}. {reading.context}")
    if _runs(reading.plain) - allowed:
        return finding("addition", "The sentence repeats itself.")
    return None


def whole(reading: Reading) -> Finding | None:
    """Parentheses open and close, each condition has its consequence, and the last sentence ends."""
    plain = reading.plain.rstrip()
    ended = _ENDED.search(plain) and not _DANGLING.search(plain) and plain.count("(") == plain.count(")")
    if not ended or "(" in ASIDE.sub("", plain) or any(map(_BROKEN.match, reading.sentences)):
        return finding("omission", "The sentence breaks off.")
    return None


def openers(reading: Reading) -> Finding | None:
    """Each sentence of a criterion says by itself whom it lets in or keeps out."""
    if reading.criterion.role == "criterion" and not all(map(_OPENER.match, reading.sentences)):
        return finding("scope", "A sentence does not say whom it lets in or keeps out.")
    return None


def _runs(text: str) -> Counter[tuple[str, ...]]:
    """Runs of content words that stand more than once, with how often beyond the first."""
    stems = [word.stem for word in words(text) if word.stem not in equivalents().free]
    counts = Counter(tuple(stems[i : i + _RUN]) for i in range(len(stems) - _RUN + 1))
    return Counter({run: n - 1 for run, n in counts.items() if n > 1 and not _LIMIT & set(run)})
