"""The plural of everyday words, so that "myocardial infarctions" become "heart attacks".

The tables give everyday words in the singular; a row of its own goes before what is made here. What is no
plain noun stays as it is: no plural is better than a wrong one.
"""

import re
from collections.abc import Collection

_IRREGULAR = {"woman": "women", "man": "men", "child": "children", "person": "people", "tooth": "teeth"}
# Nouns without a plural, and words that are no nouns.
_UNCOUNTED = frozenset({
    "ability", "able", "above", "acid", "alcohol", "also", "apart", "bacteria", "birth", "blood", "broken",
    "calcium", "care", "caught", "cholesterol", "chosen", "control", "creatinine", "damage", "deep",
    "deeper", "down", "early", "energy", "fat", "flow", "fluid", "function", "glucose", "hard", "health",
    "inability", "inflammation", "iron", "lack", "later", "like", "longer", "memory", "milder", "mood",
    "much", "muscle", "nutrition", "once", "oneself", "or", "out", "oxygen", "pain", "potassium",
    "pregnant", "pressure", "put", "relevant", "said", "sex", "shown", "skin", "slow", "so", "sodium",
    "speed", "spread", "stop", "sugar", "suitable", "tissue", "told", "tolerance", "unable", "up", "uptake",
    "urine", "water", "weak", "work", "worse", "young",
})  # fmt: skip
_AFTER_HEAD = frozenset({
    "about", "after", "against", "allowed", "around", "as", "at", "because", "before", "behind", "between",
    "born", "by", "called", "caused", "due", "during", "for", "found", "from", "given", "in", "inside",
    "into", "left", "like", "made", "meant", "near", "not", "of", "often", "on", "other", "outside", "over",
    "placed", "seen", "sold", "such", "taken", "than", "that", "through", "to", "under", "used", "when",
    "where", "which", "while", "who", "whom", "whose", "with", "without", "worn",
})  # fmt: skip
_ARTICLE = re.compile(r"an? ")
# Before the head they tell that it is one of several, or one alone: "brother or sister", "another kind".
_LINKS = (["and"], ["or"])
_DETERMINERS = frozenset({"a", "an", "another", "one", "the"})
# "cancer that has spread": a verb that has to change as well.
_RELATIVE = re.compile(
    r"(?<= )(?P<opening>(?:that|which|who) (?:(?:[a-z]+ly|also|often|only|still) )?)"
    r"(?P<verb>is|was|has|does|[a-z]{2,}[^s\W]s)\b"
)
_IRREGULAR_VERBS = {"is": "are", "was": "were", "has": "have", "does": "do", "dies": "die", "lies": "lie"}
_NO_VERBS = frozenset({
    "always", "antibodies", "cancers", "cells", "diabetes", "doctors", "drugs", "hepatitis", "nerves",
    "particles", "sometimes", "this",
})  # fmt: skip
# A second verb, or a noun: "that paces and shocks", "that kills cells or germs".
_SECOND_VERB = re.compile(r"(?:,| and| or) [a-z]+s\b")


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

    A verb behind "that" follows: "drug that kills germs" becomes "drugs that kill germs". Words that have no
    plural stay as they are, and so do those with a second verb.
    """
    relative = _RELATIVE.search(plain)
    if relative and (relative["verb"] in _NO_VERBS or _SECOND_VERB.search(plain, relative.end())):
        return plain
    head = _heads(plain)
    if relative is None or head == plain:
        return head
    return _RELATIVE.sub(lambda found: found["opening"] + _plural_verb(found["verb"]), head, count=1)


def counted(explanation: str | None, words: str) -> str | None:
    """Puts an explanation into the number of the text's words: "a drug for gout" becomes "drugs for gout".

    Args:
        explanation: As the tables have it, often with an article.
        words: The term as it stands in the text.
    """
    article = _ARTICLE.match(explanation or "")
    if explanation is None or article is None or not is_plural(words):
        return explanation
    bare = explanation[article.end() :]
    many = plural(bare)
    return explanation if many == bare else many


def _plural_verb(verb: str) -> str:
    if verb in _IRREGULAR_VERBS:
        return _IRREGULAR_VERBS[verb]
    if verb.endswith("ies"):
        return verb[:-3] + "y"
    return verb.removesuffix("es" if verb.endswith(("ches", "oes", "shes", "sses", "xes")) else "s")


def _heads(plain: str) -> str:
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
