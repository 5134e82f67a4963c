"""The plural of everyday words, so that "myocardial infarctions" become "heart attacks".

The tables give everyday words in the singular; a row of its own goes before what is made here. What is no
plain noun stays as it is: no plural is better than a wrong one.
"""

import re
from collections.abc import Collection

_IRREGULAR = {"woman": "women", "man": "men", "child": "children", "person": "people", "tooth": "teeth"}
# Nouns without a plural, and words that are no nouns.
_UNCOUNTED = frozenset({
    "ability", "able", "above", "acid", "alcohol", "apart", "bacteria", "birth", "blood", "calcium", "care",
    "cholesterol", "control", "creatinine", "damage", "down", "early", "energy", "fat", "flow", "fluid",
    "function", "glucose", "health", "inability", "inflammation", "iron", "lack", "like", "memory", "mood",
    "much", "muscle", "nutrition", "oneself", "or", "out", "oxygen", "pain", "potassium", "pregnant",
    "pressure", "put", "relevant", "sex", "shown", "skin", "sodium", "sugar", "suitable", "tissue",
    "tolerance", "unable", "up", "uptake", "urine", "water", "work", "worse",
})  # fmt: skip
_AFTER_HEAD = frozenset({
    "after", "against", "allowed", "around", "at", "before", "between", "born", "by", "called", "caused",
    "due", "during", "for", "from", "in", "inside", "left", "made", "not", "of", "on", "other", "outside",
    "placed", "sold", "taken", "than", "that", "through", "to", "under", "used", "when", "where", "which",
    "while", "who", "with", "without",
})  # fmt: skip
# Before the head they tell that it is one of several, or one alone: "brother or sister", "another kind".
_LINKS = (["and"], ["or"])
_DETERMINERS = frozenset({"a", "an", "another", "one", "the"})
# "cancer that has spread": a verb that would have to change as well.
_SINGULAR_VERB = re.compile(r" (?:that|which|who) (?:is|was|has|does|[a-z]{2,}[^s\W]s) ")


def inflected(plain: str, words: str, names: Collection[str]) -> str | None:
    """Puts everyday words into the number of the text's words; None where they would stand in a wrong one.

    Args:
        plain: Everyday words.
        words: The term as it stands in the text.
        names: The same words as the tables spell them, in another number or spelling.
    """
    if is_plural(words):
        return plural(plain)
    # A verb: "complies with" is "follows", but "comply with" is not.
    verb = _opens_in_s(plain) and any(map(_opens_in_s, names)) and not _opens_in_s(words)
    return None if verb else plain


def plural(plain: str) -> str:
    """Puts everyday words into the plural: the last word before "of", "that", "in" and their like.

    Words that have no plural, or whose verb would have to change too, stay as they are.
    """
    if _SINGULAR_VERB.search(plain):
        return plain
    words = plain.split(" ")
    head = next((rank for rank, word in enumerate(words) if word in _AFTER_HEAD), len(words)) - 1
    if head < 0 or words[head - 1 : head] in _LINKS or not _DETERMINERS.isdisjoint(words[:head]):
        return plain
    word = words[head]
    if word in _IRREGULAR:
        words[head] = _IRREGULAR[word]
    elif (
        word in _UNCOUNTED | {*_IRREGULAR.values()}
        or word.endswith(("s", "ed", "ing", "ly", ","))
        or not word[-1:].isalpha()
    ):
        return plain
    elif word.endswith(("x", "ch", "sh")):
        words[head] = word + "es"
    elif word.endswith("y") and not word.endswith(("ay", "ey", "oy")):
        words[head] = word[:-1] + "ies"
    else:
        words[head] = word + "s"
    return " ".join(words)


def _opens_in_s(words: str) -> bool:
    return is_plural(words.partition(" ")[0])


def is_plural(words: str) -> bool:
    """Tells whether the last word has the ending of a plural."""
    last = words.rpartition(" ")[2]
    return last.endswith("s") and not last.endswith(("ss", "us", "is", "'s"))
