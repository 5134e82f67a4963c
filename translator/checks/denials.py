"""How often a text denies: ``data/denials.tsv``."""

import re
from functools import cache

from translator.checks.reading import ASIDE, SENTENCE, Reading, finding, tokens
from translator.records import Finding
from translator.tables import rows

LET_IN = re.compile(r"^(?:if [^,.]{1,200}, )?you(?:r [\w ]{1,60})? must (?!not|never)", re.I)
_EXCEPTION = re.compile(r"\b(?:this )?(?:does|do) not apply\b", re.I)
_LIMIT = re.compile(
    r"\bn(?:o|ot) (?:more|less|fewer|greater|lower|higher|later|earlier|older|younger|longer) than\b", re.I
)
_KEPT_OUT = re.compile(
    r"\b(?:cannot join|(?<!if you )(?:must|should|may|shall|will) (?:not|never)|(?:not|in)[ -]?eligible"
    r"|not (?:allowed|permitted|acceptable)|(?:is|are) excluded)\b",
    re.I,
)


def denies_as_often(reading: Reading) -> Finding | None:
    """The draft denies as often as its source, exceptions set aside."""
    section = reading.criterion.section
    # What one of them says in parentheses, the other may say outside of them.
    given, told = (
        {_denials(ASIDE.sub(" ", text), section), _denials(text, section)}
        for text in (reading.source, reading.plain)
    )
    if not given & told:
        return finding("polarity", "The sentence denies more or less often than the source.")
    return None


@cache
def denying() -> frozenset[str]:
    """The words that deny."""
    return frozenset(row["word"] for row in rows("denials.tsv"))


def _denials(text: str, section: str) -> int:
    """Counts what denies.

    A limit ("no more than") denies nothing, nor does the opener of an exclusion, since its list does so; that
    of a requirement among the exclusions does, as does a "cannot join" among the requirements.
    """
    bare = _LIMIT.sub(" ", _EXCEPTION.sub(" ", text))
    let_in = 0
    if section == "exclusion":
        let_in = sum(bool(LET_IN.match(sentence)) for sentence in SENTENCE.split(bare)[:1])
        bare = _KEPT_OUT.sub(" ", bare)
    return let_in + sum(word in denying() for word in tokens(bare))
