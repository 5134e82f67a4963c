"""Changes that keep the meaning, which nobody should take for errors."""

import re
from collections.abc import Iterator
from functools import cache

from evaluation.benchmark import OWN
from evaluation.planting.edits import Edit, sentences
from evaluation.planting.wording import pattern
from translator.lexis.lexicon import lexicon
from translator.tables import rows

_ITEM = r"[^\W_][\w'’/ -]{1,50}?(?: \([^()]{1,100}\))?"
_LIST = re.compile(
    rf"(?<=\bhave )(?P<a>{_ITEM}), (?P<b>{_ITEM})(?P<c>(?:, {_ITEM})?),? or (?P<d>{_ITEM})(?=\.)"
)
_CLAUSE = re.compile(
    r"\b(?:you|must|if|who|that|have|had|has|ever|been|is|are|not|both|older|more|other|any|no|by|such)\b"
)
_EXPLANATION = re.compile(r" \((?P<said>(?:an?|the|how) [^()\d,]{2,100})\)(?P<next>[.,;]|$| )")
_LIMITS = re.compile(
    r"\b(?:only|not|except|unless|other than|more|less|least|most|before|after|years?|months?|days?"
    r"|weeks?|older|younger)\b"
)

SHORTER = "explanation left out"
"""The kind of rewriting that takes words away."""


def rewritings(plain: str) -> Iterator[tuple[str, str]]:
    """Gives faithful rewritings of a plain text, each with the name of its kind."""
    for family, compiled, becomes in _table():
        for match in list(compiled.finditer(plain))[:3]:
            for new in becomes:
                edit = Edit.of(plain, match.span("it"), match.expand(new), "addition", family)
                yield family, edit.applied(plain)
    yield from (("order of a list", text) for text in _reordered(plain))
    for match in _EXPLANATION.finditer(plain):
        if not _LIMITS.search(match["said"]):
            head, tail = plain[: match.start()], plain[match.end("said") + 1 :]
            yield SHORTER, head + tail
            if match["next"] in ".;,":
                closing = tail if match["next"] != " " else "," + tail
                yield "commas for parentheses", f"{head}, {match['said']}{closing}"
    yield from (("explanation put in", text) for text in _explained(plain))
    if plain.endswith("."):
        for row in rows("innocuous.tsv", ("sentence",), OWN):
            yield "innocuous sentence", f"{plain} {row['sentence']}"


def _reordered(plain: str) -> Iterator[str]:
    for match in _LIST.finditer(plain):
        items = [match["a"], match["b"], *(one for one in [match["c"][2:]] if one), match["d"]]
        bare = [re.sub(r" \([^()]*\)", "", item) for item in items]
        alike = all(item.startswith(("a ", "an ")) for item in bare) or not any(" " in item for item in bare)
        if alike and not any(_CLAUSE.search(item) for item in bare):
            turned = items[::-1]
            yield f"{plain[: match.start()]}{', '.join(turned[:-1])} or {turned[-1]}{plain[match.end() :]}"


def _explained(plain: str) -> Iterator[str]:
    """Puts the lexicon's explanation behind a drug that ends a sentence."""
    for start, end in sentences(plain):
        last = re.search(r"\b(?P<word>[a-z]{6,})\.?$", plain[start:end])
        entry = lexicon().term(last["word"]) if last else None
        if last and entry and entry.kind == "drug" and entry.explanation:
            at = start + last.end("word")
            yield f"{plain[:at]} ({entry.explanation}){plain[at:]}"


@cache
def _table() -> tuple[tuple[str, re.Pattern[str], tuple[str, ...]], ...]:
    return tuple(
        (
            row["written"],
            pattern(row["before"], row["written"], row["after"], 0),
            tuple(row["becomes"].split("|")),
        )
        for row in rows("benign.tsv", ("kind", "before", "written", "after", "becomes"), OWN)
    )
