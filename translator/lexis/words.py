"""Words of either register, cut and stemmed, so that a source and its plain text can be laid side by side.

Stems are Porter's second English stemmer (snowballstem.org) over US spelling: "anaemic" and "anemia" do not
meet there, "treated" and "treatment" do.
"""

import re
from functools import lru_cache
from threading import Lock
from typing import NamedTuple

import Stemmer

_STEMMER = Stemmer.Stemmer("english")
_STEMMERS_TURN = Lock()  # it works within itself, and the service has threads
_WORD = re.compile(r"[^\W_]+(?:'[a-z]{1,2})?|[()%<>≤≥]|[.!?;](?=\s|$)")
_NUMBERS = {
    "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8",
    "nine": "9", "ten": "10", "eleven": "11", "twelve": "12", "once": "1", "twice": "2", "first": "1",
    "second": "2", "third": "3",
}  # fmt: skip
# UK to US, longest ending first; a few letters only, so that "oestrogen" and "estrogen" meet.
_SPELLINGS = (
    (re.compile(r"(?<=[a-z])aem"), "em"), (re.compile(r"^haem"), "hem"), (re.compile(r"oed"), "ed"),
    (re.compile(r"^oe"), "e"), (re.compile(r"(?<=[a-z])isation"), "ization"), (re.compile(r"paed"), "ped"),
    (re.compile(r"(?<=[a-z])ise(?=d?$)"), "ize"), (re.compile(r"(?<=[a-z]{3})our(?=s?$|ed$|al$)"), "or"),
    (re.compile(r"rrhoea"), "rrhea"), (re.compile(r"(?<=[a-z])yse(?=d?$)"), "yze"),
    (re.compile(r"tre$"), "ter"), (re.compile(r"anaes"), "anes"),
    (re.compile(r"^gynaec"), "gynec"), (re.compile(r"llin(?=g$)"), "lin"), (re.compile(r"lled$"), "led"),
)  # fmt: skip
# Most words have none of these; looking for them once is much faster than trying each.
_SPELLED = re.compile("|".join(pattern.pattern for pattern, _ in _SPELLINGS))


class Word(NamedTuple):
    """A word with its stem.

    Attributes:
        aside: Stands in parentheses, where plain texts explain.
        sentence: Number of the sentence it stands in, from 0.
    """

    text: str
    stem: str
    start: int
    end: int
    aside: bool
    sentence: int


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """Gives the stem of one word, in lower case and US spelling; number words become digits."""
    folded = word.lower().removesuffix("'s")[:40]
    if folded in _NUMBERS:
        return _NUMBERS[folded]
    if _SPELLED.search(folded):
        for pattern, spelling in _SPELLINGS:
            folded = pattern.sub(spelling, folded)
    with _STEMMERS_TURN:
        return str(_STEMMER.stemWord(folded))


def words(text: str) -> list[Word]:
    """Cuts a text into words, in order; signs and full stops are left out but end sentences and asides."""
    found: list[Word] = []
    depth = sentence = 0
    for match in _WORD.finditer(text):
        piece = match.group()
        if piece == "(":
            depth += 1
        elif piece == ")":
            depth = max(depth - 1, 0)
        elif piece in ".!?;":
            sentence += depth == 0 or piece == "."
            depth = 0 if piece == "." else depth  # an unmatched parenthesis must not swallow the rest
        else:
            found.append(Word(piece.lower(), stem(piece), match.start(), match.end(), depth > 0, sentence))
    return found
