"""Who is let in and who is kept out, read word by word on either side.

A word's sign is +1 where having what it names lets a person in, -1 where it keeps a person out, and 0 where
the text does not tell. The section, or the opener of a plain sentence, gives the sign to begin with;
negations and exceptions in whose scope the word stands turn it. Scopes run from the cue to the end of its
clause, after NegEx (Chapman et al. 2001).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from translator.clues.evidence import Clue, Side
from translator.lexis.equivalents import Equivalents
from translator.lexis.words import Word
from translator.records import Section, Severity

_JOIN = (
    r"(?:join|take part|participate|be in (?:the|this) (?:study|trial)|be included|enroll?|be enroll?ed"
    r"|be eligible|qualify|be admitted)"
)
# What a sentence says of joining is no negation of its own: it is set aside before negations are read.
_LETS_IN = re.compile(
    rf"\b(?:(?:can|may|could)(?: still| also| then| yet){{0,2}} {_JOIN}"
    r"|(?:is|are|be) (?:still |also |then )?(?:allowed|permitted|acceptable|eligible|accepted|ok|fine)"
    r"|(?:does|do|will|would|need|must) not (?:by (?:it|them)sel(?:f|ves) |alone |in itself )?"
    r"(?:keep|count|rule|stop|exclude|prevent|matter|apply|bar|be excluded)"
    r"(?: (?:you|them|anyone|your child))?(?: out)?"
    r"|(?:is|are) (?:no (?:problem|reason|bar)|not (?:a (?:reason|problem)|excluded|exclusionary))"
    r"|(?:is|are) (?:an |the |two |three )?exceptions?)\b",
    re.IGNORECASE,
)
_KEEPS_OUT = re.compile(
    r"\b(?:(?:cannot|can not|can't|may not|must not|could not|should not|will not|are not able to"
    r"|will not be able to)"
    rf"(?: still| also| then)? {_JOIN}"
    r"|keeps? (?:you|your child|them|someone|a person|people|anyone) (?:out|from (?:joining|taking part))"
    r"|rules? (?:you |your child )?out|out of the (?:study|trial)|exclud(?:es|ing) you"
    r"|(?:is|are|be) (?:also )?(?:excluded|ineligible|prohibited|forbidden)|exclusionary"
    r"|(?:is|are|be) not (?:be )?(?:allowed|permitted|eligible|acceptable|accepted))\b",
    re.IGNORECASE,
)
_MUST = re.compile(r"\bmust\b|\byou (?:have|need) to\b|\bto (?:join|take part),? you\b", re.IGNORECASE)
_REQUIREMENT = re.compile(r"\b(?:must|should|shall|(?:is|are) required)\b", re.IGNORECASE)
_DEMANDED = re.compile(r"\b(?:must|should|shall|may) $", re.IGNORECASE)
_JOINED = re.compile(r"[\s,/]*(?:(?:and|or|nor)\b[\s,/]*){0,2}")
_NEGATION = re.compile(
    r"(?:\b(?:not|no|never|without|none|nor|neither|cannot|unable|inability|lack(?:s|ing)?|absence|absent"
    r"|free (?:of|from)|refus(?:al|e|es|ed|ing)|unwilling|unwillingness|non|denies|instead of|rather than"
    r"|intoleran\w+|contraindicat\w+|stop(?:s|ped|ping)?|discontinu\w+|refrain\w*|abst(?:ain|inen)\w*|avoid\w*"
    r"|withhold)\b|n't\b)"
    # Limits and fixed phrases deny nothing.
    r"(?! (?:an? (?:break|prescription)|(?:be |have had |had )?(?:more|less|later|earlier|longer|older"
    r"|younger|fewer|greater|higher|lower|above|below|over|under|exceed\w*|only|limited|necessarily"
    r"|matter)) ?\b)"
    r"(?<!or not)(?<!if not)",
    re.IGNORECASE,
)
# Words that hold a denial inside, so that the other register may spell it out.
_DENIAL = re.compile(
    r"\b(?:un|in|im|ir|il|non|dis|de|mal|anti|a)[a-z]{4,}|\b[a-z]+(?:less|free)\b|\b(?:negative|fail\w*|poor\w*"
    r"|exclu\w+|except\w*|unless|other|only|low\w*|below|under|less|than|prohibit\w*|exempt\w*|denie[sd]|deny|miss\w*"
    r"|stop\w*|avoid\w*|off|out|rule\w*|loss|lost|refractory|resist\w*|naive|neither|nobody|before|hard"
    r"|difficult\w*|prevent\w*|preclud\w*|limit\w*|impair\w*|interfer\w*|delay\w*|withdr\w+|clear\w*|barrier\w*"
    r"|alone|still|just|last|remain\w*|until|healthy|normal|any|post\w*|nulliparous|bare\w*)\b|[≥>≤<]",
    re.IGNORECASE,
)
_EXCEPTION = re.compile(
    r"\b(?:unless|except(?:ing|ions?|ed)?|other than|apart from|aside from|with the exclusion of|excluding"
    r"|besides)\b",
    re.IGNORECASE,
)
_CLAUSE_END = re.compile(
    r"[;:]|,? but\b|, (?:and |or )?(?:you|your|have|has|had|are|is|with)\b"
    r"|\band (?:you|your|who|that|is|are|has|have|had)\b"
    r"|\bif\b|\bbecause\b|\bunless\b|\bexcept\w*\b|\bwho\b|\bother than\b|\bwhich\b",
    re.IGNORECASE,
)
_REACH = 600  # characters that a negation reaches at most
_MOST_TURNS = 60  # negations and exceptions of a sentence that are read
_CONDITION = re.compile(r"\b(?:if|when|for|unless)\b[^,.;]{0,200}", re.IGNORECASE)
_SENTENCE = re.compile(r"[^.;]+(?:[.;](?=\S)[^.;]*)*")
_DENIED_HEADING = re.compile(r"\s*(?:no|not)\b", re.IGNORECASE)
_HEADINGS: Mapping[Section, int] = {"inclusion": 1, "exclusion": -1, "other": 0}
_TELLS = {True: "lets people in", False: "keeps people out"}


class Reading(NamedTuple):
    """The signs of the words of a text, in their order.

    Attributes:
        bases: The signs that its sentences begin with.
        denials: Where its negations stand, those of statements on joining left out.
        contradicts: The text denies what its heading denies already ("No prior chemotherapy" under
            Exclusion), so that it can be read two ways.
        speaks: Whether any sentence says who may join.
    """

    signs: tuple[int, ...]
    bases: frozenset[int]
    denials: tuple[tuple[int, int], ...]
    contradicts: bool
    speaks: bool


class _Sentence(NamedTuple):
    start: int
    text: str
    sign: int
    masked: tuple[int, int]
    conditional: bool


def read_plain(text: str, words: Sequence[Word]) -> Reading:
    """Reads a plain text by the openers of its sentences."""
    sentences = []
    previous = 0
    for match in _SENTENCE.finditer(text):
        statement = _statement(match.group())
        sign, masked = statement or (0, (0, 0))
        if statement is None and _MUST.search(match.group()):
            sign = 1
        elif sign > 0 and previous > 0:
            sign = 0  # an exception to a requirement lets nobody in by itself
        previous = sign or previous
        sentences.append(
            _Sentence(match.start(), match.group(), sign, masked, statement is None and sign > 0)
        )
    return _reading(sentences, words, contradicts=False, speaks=any(s.sign for s in sentences))


@lru_cache(maxsize=1024)
def read_source(text: str, words: tuple[Word, ...], section: Section) -> Reading:
    """Reads a source by its section, its own statements and its negations."""
    heading = _HEADINGS[section]
    sentences = []
    contradicts = False
    for match in _SENTENCE.finditer(text):
        statement = _statement(match.group())
        sign, masked = statement or (heading, (0, 0))
        required = statement is None and _REQUIREMENT.search(match.group()) is not None
        if required and heading < 0:
            sign = 1
        elif statement is None and heading < 0 and _DENIED_HEADING.match(match.group()):
            sign, contradicts = 0, True
        sentences.append(_Sentence(match.start(), match.group(), sign, masked, required))
    return _reading(sentences, words, contradicts=contradicts, speaks=heading != 0)


def _reading(
    sentences: Sequence[_Sentence], words: Sequence[Word], *, contradicts: bool, speaks: bool
) -> Reading:
    denials = [
        (s.start + cue.start(), s.start + cue.end())
        for s in sentences
        for cue in _NEGATION.finditer(s.text)
        if not s.masked[0] <= cue.start() < s.masked[1]
    ]
    bases = frozenset(s.sign for s in sentences)
    return Reading(_signs(sentences, words), bases, tuple(denials), contradicts, speaks)


def _statement(sentence: str) -> tuple[int, tuple[int, int]] | None:
    lets_in, keeps_out = _LETS_IN.search(sentence), _KEEPS_OUT.search(sentence)
    if lets_in and not (keeps_out and keeps_out.start() <= lets_in.start()):
        return 1, lets_in.span()
    return (-1, keeps_out.span()) if keeps_out else None


def _signs(sentences: Sequence[_Sentence], words: Sequence[Word]) -> tuple[int, ...]:
    signs: list[int] = []
    for sentence in sentences:
        end = sentence.start + len(sentence.text)
        turns = _turns(sentence)
        conditions = [m.span() for m in _CONDITION.finditer(sentence.text)] if sentence.conditional else []
        while len(signs) < len(words) and words[len(signs)].start < end:
            word = words[len(signs)]
            at = word.start - sentence.start
            sign = 0 if any(a <= at < b for a, b in conditions) else sentence.sign
            for a, b, exception in turns:
                if a <= at < b:
                    sign = 0 if exception and sign > 0 else -sign
            # "cannot be removed by surgery (unresectable)": the aside already says the negation.
            told = word.aside and word.text.startswith(("un", "in", "non", "im", "a", "contra"))
            signs.append(0 if told else sign)
    return tuple(signs) + (0,) * (len(words) - len(signs))


def _turns(sentence: _Sentence) -> list[tuple[int, int, bool]]:
    turns = []
    for pattern, exception in ((_EXCEPTION, True), (_NEGATION, False)):
        last = -1
        for cue in pattern.finditer(sentence.text):
            # "unable or unwilling" turns once.
            joined = last >= 0 and _JOINED.fullmatch(sentence.text, last, cue.start())
            last = cue.end()
            if not joined and not sentence.masked[0] <= cue.start() < sentence.masked[1]:
                turns.append((cue.end(), _scope_end(sentence.text, cue, exception), exception))
    return turns[:_MOST_TURNS]


def _scope_end(text: str, cue: re.Match[str], exception: bool) -> int:
    ends = [cue.end() + _REACH]
    near = max(0, cue.start() - _REACH)
    if text.rfind("(", near, cue.start()) > text.rfind(")", near, cue.start()):
        closing = text.find(")", cue.end(), cue.end() + _REACH)
        ends.append(closing if closing >= 0 else cue.end() + _REACH)
    stop = _CLAUSE_END.search(text, cue.end() + 1, cue.end() + _REACH)
    if stop and not exception:
        ends.append(stop.start())
    return min(ends)


def clues(source: Side, plain: Side, section: Section, known: Equivalents) -> Iterator[Clue]:
    """Compares the signs of the words that both sides share."""
    if section == "other":
        return
    here, there = read_source(source.text, source.words, section), read_plain(plain.text, plain.words)
    if not there.speaks:
        message = "The translation does not say whether it lets someone in or keeps someone out."
        lead_in = plain.text.endswith(":")
        yield Clue("no opener", "polarity", "minor" if lead_in else "major", 1.0, None, None, message)
    if here.contradicts:
        message = "The source denies something under a heading of exclusions; it can be read two ways."
        yield Clue("contradicts", "ambiguous_source", "major", 1.0, (0, len(source.text)), None, message)
    yield from _openers(source, here, there, section)
    misfiled = section == "exclusion" and there.bases == {-1}
    yield from _denials(source, plain, here, there, misfiled)
    given, told = _by_stem(source, here, known), _by_stem(plain, there, known)
    shared = [s for s in given if s in told and 0 not in given[s][1] | told[s][1]]
    turned = [s for s in shared if not given[s][1] & told[s][1]]
    if turned:
        share = len(turned) / len(shared)
        first, second = given[turned[0]][0], told[turned[0]][0]
        lets_in = 1 in given[turned[0]][1]
        message = f'For "{first.text}", the source {_TELLS[lets_in]}; the translation {_TELLS[not lets_in]}.'
        spans = (first.start, first.end), (second.start, second.end)
        whole = len(shared) > 2
        kind = "reversed" if whole and share == 1 else "turned mostly" if whole and share >= 0.5 else "turned"
        yield Clue(kind, "polarity", "major" if kind == "reversed" else "minor", share, *spans, message)


def _openers(source: Side, here: Reading, there: Reading, section: Section) -> Iterator[Clue]:
    """Tells a plain text that says the contrary of a heading which nothing in the source gainsays."""
    heading = _HEADINGS[section]
    plainly = here.bases == {heading} and not here.denials and not _EXCEPTION.search(source.text)
    if plainly and -heading in there.bases and heading not in there.bases and not there.denials:
        message = f"The source {_TELLS[heading > 0]}; the translation {_TELLS[heading < 0]}."
        # A limit may be told from either side of it: at least 18, not under 18.
        kind = "opener reversed" + (" by limit" if any(w.text.isdigit() for w in source.words) else "")
        severity: Severity = "minor" if kind.endswith("limit") else "critical"
        yield Clue(kind, "polarity", severity, 1.0, None, None, message)


def _denials(source: Side, plain: Side, here: Reading, there: Reading, misfiled: bool) -> Iterator[Clue]:
    """Tells a denial on one side alone.

    The "not" of a requirement that is misfiled among the exclusions is told by "you cannot join".
    """
    for mine, yours, other, lost in ((here, there, plain, True), (there, here, source, False)):
        outside = (source if lost else plain).outside_asides()
        told_outside = [
            d
            for d in mine.denials
            if outside[slice(*d)].strip() and not (misfiled and lost and _DEMANDED.search(outside[: d[0]]))
        ]
        if not told_outside or yours.denials:
            continue
        where = told_outside[0]
        told = (source if lost else plain).text[slice(*where)]
        one, two = ("source", "translation") if lost else ("translation", "source")
        message = f'The {one} denies something ("{told}"); the {two} denies nothing.'
        reworded = _DENIAL.search(other.text) is not None or mine.bases != yours.bases
        kind = ("denial reworded " if reworded else "denial ") + ("lost" if lost else "gained")
        here_span, there_span = (where, None) if lost else (None, where)
        severity: Severity = "critical" if kind == "denial lost" else "minor"
        yield Clue(kind, "polarity", severity, 1.0, here_span, there_span, message)


def _by_stem(side: Side, reading: Reading, known: Equivalents) -> dict[str, tuple[Word, set[int]]]:
    found: dict[str, tuple[Word, set[int]]] = {}
    for word, sign in zip(side.words, reading.signs, strict=True):
        if word.stem in found:
            found[word.stem][1].add(sign)
        elif word.stem not in known.free and not word.stem.isdigit():
            found[word.stem] = (word, {sign})
    return found
