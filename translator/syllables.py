"""Syllables of an English word, by its runs of vowels.

The rule of Lingua::EN::Syllable (Greg Fast, 1999), with the endings ``-le``, ``-re``, ``-ed`` and ``-es``
added: every run of vowels is a syllable, a silent ``e`` is none, and the vowels that are said apart, or not
at all, are put right. A pronouncing dictionary does better on rare words, and is under a licence or of a
size that this package cannot carry.
"""

import re
from functools import lru_cache

_LONGEST = 60  # letters; what is longer is no word, and is counted by its beginning
_RUN = re.compile(r"[aeiouy]+")
_SILENT_END = re.compile(
    r"(?<![aeiouy])(?<![^aeiouylr][lr])e$|(?<![aeiouytd])(?<![^aeiouylr][lr])ed$"
    r"|(?<![aeiouyscgxz])(?<![sc]h)(?<![^aeiouylr][lr])es$"
)
_TOGETHER = (
    r"[cgt]ia[ln]?(?!te|t)", r"[cgt]ious", r"[^aeioum]ion", r"iou", r"sia$", r"[gq]ues?$", r"geo",
    r"[^aeiouylr]e(?:ly|less|ness|ments?|ful)$", r"[aeiouy][lr]e(?:ly|less|ness|ments?|ful)$",
)  # fmt: skip
_APART = (
    r"ia", r"riet", r"diet", r"dien", r"iu", r"io", r"ii", r"[aeiou]{3}", r"^mc", r"isms?$", r"[^l]lien",
    r"^coa[dglx].", r"[^gq]ua[^auieo]", r"dnt$", r"eo[nlsi]", r"eo$", r"[aeiouy][^aeiouy]+ea$", r"oe[mt]",
    r"uou", r"creat", r"^reac[^h]", r"uid$|uids$", r"^sci[eo]", r"[aeiouy]ing",
)  # fmt: skip
_TOGETHER_PATTERNS, _APART_PATTERNS = (tuple(map(re.compile, rules)) for rules in (_TOGETHER, _APART))
_EXCEPTIONS = {"platelet": 2, "platelets": 2, "diabetes": 4, "something": 2, "someone": 2}


@lru_cache(maxsize=65536)
def syllables(word: str) -> int:
    """Counts the syllables of one word; at least 1.

    Args:
        word: Letters; a hyphen or an apostrophe ends a run of vowels.
    """
    letters = word.lower()[:_LONGEST].removesuffix("'s")
    if letters in _EXCEPTIONS:
        return _EXCEPTIONS[letters]
    stem = _SILENT_END.sub("", letters)
    apart = sum(rule.search(stem) is not None for rule in _APART_PATTERNS)
    together = sum(rule.search(letters) is not None for rule in _TOGETHER_PATTERNS)
    return max(len(_RUN.findall(stem)) + apart - together, 1)
