"""Sentences of a plain text that tell nothing of its source, such as "Ask the study team if you are unsure.".

They must not speak for a text. The consistency model learned them behind right and wrong texts alike, and is
asked without them besides; the worse of its answers counts.
"""

from translator.clues.coverage import OPEN, compare
from translator.clues.evidence import Side
from translator.lexis.equivalents import Equivalents


def without_remarks(source: Side, context: Side, plain: Side, known: Equivalents) -> str | None:
    """Leaves out the sentences of which less than half of the words stand for something in the source.

    A sentence with a digit stays, and so does one without words that count.

    Returns:
        The clean plain text without them; None where all sentences stay, or none would.
    """
    starts: dict[int, int] = {}
    for word in plain.words:
        starts.setdefault(word.sentence, word.start)
    if len(starts) < 2:
        return None
    coverage = compare(source.words, context.words, plain.words, known)
    new = {gap.word.stem for gap in (*coverage.added, *coverage.explained) if gap.size >= OPEN}
    ends = [*list(starts.values())[1:], len(plain.text)]
    kept = []
    for (sentence, start), end in zip(starts.items(), ends, strict=True):
        stems = [
            word.stem for word in plain.words if word.sentence == sentence and word.stem not in known.free
        ]
        told = [stem for stem in stems if stem not in new]
        if not stems or any(stem.isdigit() for stem in stems) or 2 * len(told) >= len(stems):
            kept.append(plain.text[start:end])
    return "".join(kept).strip() if 0 < len(kept) < len(starts) else None
