"""Words that everybody knows: ``data/known_words.tsv``. They are no jargon, and need no explanation.

Beside what patients say themselves, they are terms that the writers of the training pairs left unexplained in
seven of ten places or more.
"""

from functools import cache

from translator.lexis.lexicon import fold_phrase
from translator.tables import rows


def is_known(phrase: str) -> bool:
    """Whether everybody knows a word or phrase, whatever its case, number and spelling."""
    return fold_phrase(phrase) in _known()


@cache
def _known() -> frozenset[str]:
    return frozenset(fold_phrase(row["word"]) for row in rows("known_words.tsv"))
