"""The plural of everyday words, so that "myocardial infarctions" become "heart attacks".

The tables give everyday words in the singular; a row of its own goes before what is made here.
"""

import re

_IRREGULAR = {"woman": "women", "man": "men", "child": "children", "person": "people", "tooth": "teeth"}
_UNCOUNTED = frozenset({
    "birth", "blood", "calcium", "care", "control", "damage", "fat", "function", "health", "muscle", "oxygen",
    "pain", "potassium", "pressure", "skin", "sodium", "sugar", "tissue", "urine", "water", "work",
})  # fmt: skip
_AFTER_HEAD = frozenset({
    "after", "against", "at", "before", "between", "by", "caused", "due", "for", "from", "in", "left", "made",
    "not", "of", "on", "other", "taken", "than", "that", "to", "used", "when", "where", "which", "while",
    "who", "with", "without",
})  # fmt: skip
# "cancer that has spread": a verb that would have to change as well.
_SINGULAR_VERB = re.compile(r" (?:that|which|who) (?:is|was|has|does|[a-z]{2,}[^s\W]s) ")


def plural(plain: str) -> str:
    """Puts everyday words into the plural: the last word before "of", "that", "in" and their like.

    Words that have no plural, or whose verb would have to change too, stay as they are.
    """
    if _SINGULAR_VERB.search(plain):
        return plain
    words = plain.split(" ")
    head = next((rank for rank, word in enumerate(words) if word in _AFTER_HEAD), len(words)) - 1
    if head < 0:
        return plain
    word = words[head]
    if word in _IRREGULAR:
        words[head] = _IRREGULAR[word]
    elif word.endswith(("s", "ing", ",")) or word in _UNCOUNTED or not word[-1:].isalpha():
        return plain
    elif word.endswith(("x", "ch", "sh")):
        words[head] = word + "es"
    elif word.endswith("y") and not word.endswith(("ay", "ey", "oy")):
        words[head] = word[:-1] + "ies"
    else:
        words[head] = word + "s"
    return " ".join(words)


def is_plural(words: str) -> bool:
    """Tells whether the last word has the ending of a plural."""
    last = words.rpartition(" ")[2]
    return last.endswith("s") and not last.endswith(("ss", "us", "is"))
