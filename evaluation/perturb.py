"""Plants typed errors in faithful pairs: ``python -m evaluation.perturb FOLDER OUT [--seed N] [--each N]``.

Single edits by rules, in the manner of FactCC (Kryscinski et al. 2020, "Evaluating the factual consistency of
abstractive text summarization"), but on both sides of the pair, typed, and kept grammatical: a model of
consistency should find nothing to go by but the other side. Faithful rewritings stand beside them, and
twins: faithful pairs in which the words of a planted error are right.
"""

import argparse
import json
import random
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any

from evaluation.benchmark import SECTIONS, read_jsonl
from evaluation.planting import benign, names, numbers, parts, wording
from evaluation.planting.edits import Edit, Side
from translator.records import FindingType, Pair, Record, Span

# What is left out of the source is an addition of the plain text, and the other way round.
_SEEN_FROM_THE_SOURCE: Mapping[FindingType, FindingType] = {"omission": "addition", "addition": "omission"}
_LONGEST = 5000  # characters of a side; longer ones are left alone
_OPENING = 30  # characters
_OPENERS = re.compile(r"\b(?:cannot|must)\b|^(?:have|are|take|use|need)$")
_NEGATION = re.compile(
    r"\b(?:no|not|none|never|without|non|un\w+|in(?:ability|eligible|adequate)|except|unless|other than"
    r"|absen\w+|intoler\w+|exclu\w+|must|cannot|allowed|permitted|eligible|negative|free)\b",
    re.IGNORECASE,
)
_MOST_EDITS = 2000  # of a side


class Planted(Record):
    """A pair with one error.

    Attributes:
        type: What is wrong with the plain text, seen from the source, whichever side was changed.
        side: The side that was changed.
        span: Where the changed words stand in that side; empty where words were left out.
    """

    type: FindingType
    source: str
    plain: str
    side: Side
    span: Span


def plant(pair: Pair, chance: random.Random, most: int = 6, others: Sequence[str] = ()) -> list[Planted]:
    """Plants errors in a faithful pair, one in each copy, of as many types and sides as it gives room for.

    Args:
        pair: Not changed. Sides of more than 5,000 characters give nothing.
        chance: Equal states give equal errors.
        most: Of the errors.
        others: Plain texts of other pairs, out of which sentences are put in.
    """
    choices: dict[tuple[FindingType, Side], dict[str, list[Edit]]] = {}
    for side in ("source", "plain"):
        for edit in _edits(pair, side, others):
            kind = edit.type if side == "plain" else _SEEN_FROM_THE_SOURCE.get(edit.type, edit.type)
            choices.setdefault((kind, side), {}).setdefault(edit.family, []).append(edit)
    found: list[Planted] = []
    texts = {(pair.source, pair.plain)}
    while choices and len(found) < most:
        for key in chance.sample(sorted(choices), len(choices)):
            planted = _drawn(pair, *key, choices[key], chance)
            if (planted.source, planted.plain) not in texts and len(found) < most:
                texts.add((planted.source, planted.plain))
                found.append(planted)
            if not choices[key]:
                del choices[key]
    return found


def rewritten(plain: str, chance: random.Random, *, wrong: bool = False) -> list[str]:
    """Rewrites a plain text so that it stays as true as it is: one of each kind that fits, in random order.

    Args:
        plain: Of at most 5,000 characters; longer ones give nothing.
        chance: Equal states give equal texts.
        wrong: Whether it holds an error, which must not go with an explanation that is left out.
    """
    if len(plain) > _LONGEST:
        return []
    kinds: dict[str, list[str]] = {}
    for family, text in benign.rewritings(plain):
        if text != plain and not (wrong and family == benign.SHORTER):
            kinds.setdefault(family, []).append(text)
    return [chance.choice(kinds[kind]) for kind in chance.sample(sorted(kinds), len(kinds))]


def twins(pair: Pair, chance: random.Random, most: int = 2) -> list[Pair]:
    """Gives faithful pairs that say what planted errors say, but on both sides, or under the other section.

    "28" may have become "21" in source and plain text alike; a condition that kept people out may be one that
    lets them in. So no wording is a sign of an error by itself.
    """
    found: dict[tuple[str, str, str], Pair] = {}
    changes = {_change(pair.source, edit): edit for edit in _edits(pair, "source", ())}
    for edit in _edits(pair, "plain", ()):
        change = _change(pair.plain, edit)
        if change in changes and _tells_no_more(edit) and _stands_once(change[0], pair):
            source = changes[change].applied(pair.source)
            twin = pair.model_copy(update={"source": source, "plain": edit.applied(pair.plain)})
        elif edit.type == "polarity" and _turns_all(pair, edit):
            section = "inclusion" if pair.section == "exclusion" else "exclusion"
            twin = pair.model_copy(update={"section": section, "plain": edit.applied(pair.plain)})
        else:
            continue
        found[twin.section, twin.source, twin.plain] = twin
    return [found[key] for key in chance.sample(sorted(found), min(most, len(found)))]


def _change(text: str, edit: Edit) -> tuple[str, str]:
    return text[edit.start : edit.end].casefold(), edit.new.casefold()


def _tells_no_more(edit: Edit) -> bool:
    """Whether all else may stay: no explanation of another disease, no "I, II or IV" for "I to IV"."""
    fits = edit.family == names.SINGLE_DRUGS if edit.type == "entity" else edit.family != numbers.ROMAN
    return fits and edit.start < edit.end


def _stands_once(words: str, pair: Pair) -> bool:
    whole = re.compile(rf"(?<!\w){re.escape(words)}(?!\w)")
    return all(len(whole.findall(text.casefold())) == 1 for text in (pair.source, pair.plain))


def _turns_all(pair: Pair, edit: Edit) -> bool:
    """Whether a change of the opening words says the opposite of the whole, as the other section does."""
    opens = edit.start < _OPENING and bool(_OPENERS.search(pair.plain[edit.start : edit.end]))
    single = ". " not in pair.plain and not _NEGATION.search(pair.source) and not pair.context
    return opens and single and pair.section != "other"


def _edits(pair: Pair, side: Side, others: Sequence[str]) -> Iterator[Edit]:
    text, other = (pair.source, pair.plain) if side == "source" else (pair.plain, pair.source)
    if max(len(text), len(other)) > _LONGEST:
        return
    proposed = chain(
        wording.edits(text, side, pair.section),
        numbers.edits(text),
        names.edits(text, side, other),
        names.additions(text, side, other),
        parts.omissions(text, side),
        parts.additions(text, others) if side == "plain" else (),
    )
    yield from (edit for edit in islice(proposed, _MOST_EDITS) if edit.is_sound(text))


def _drawn(
    pair: Pair, kind: FindingType, side: Side, families: dict[str, list[Edit]], chance: random.Random
) -> Planted:
    """Takes an edit out: of one family as likely as of another, and no family twice."""
    family = chance.choice(sorted(families))
    edit = chance.choice(families.pop(family))
    changed = edit.applied(pair.source if side == "source" else pair.plain)
    return Planted(
        type=kind,
        source=changed if side == "source" else pair.source,
        plain=changed if side == "plain" else pair.plain,
        side=side,
        span=Span(start=edit.start, end=edit.start + len(edit.new)),
    )


def read_pairs(folder: Path) -> Iterator[tuple[str, Pair]]:
    """Reads the pairs of a folder's ``*.jsonl``, each with its ``kind``, in the order of names and lines.

    Raises:
        ValueError: A line is no pair; the message names file and line.
    """
    for path in sorted(folder.glob("*.jsonl")):
        for number, row in enumerate(read_jsonl(path.resolve()), 1):
            try:
                pair = Pair(
                    id=row["id"],
                    section=SECTIONS[row["kind"]],
                    source=row["source"],
                    plain=row["plain"],
                    context=row.get("context"),
                )
            except (KeyError, TypeError, ValueError) as error:
                raise ValueError(f"{path.name}, line {number}: {error!r}") from None
            yield row["kind"], pair


def examples(pairs: Sequence[tuple[str, Pair]], seed: int, each: int) -> Iterator[dict[str, Any]]:
    """Gives each pair, a faithful rewriting and twins of it, without a type, and its copies with an error."""
    for kind, pair in pairs:
        chance = random.Random(f"{seed} {pair.id}")  # noqa: S311  (not for secrets)
        others = [chance.choice(pairs)[1].plain for _ in range(3)]
        faithful = [pair, *twins(pair, chance)]
        faithful += [pair.model_copy(update={"plain": plain}) for plain in rewritten(pair.plain, chance)[:1]]
        for one in faithful:
            told = kind if one.section == pair.section else one.section
            texts = {"source": one.source, "plain": one.plain}
            yield _line(pair, told) | texts | {"type": None, "side": None, "span": None}
        for planted in plant(pair, chance, each, others):
            span = [planted.span.start, planted.span.end]
            yield _line(pair, kind) | planted.model_dump() | {"span": span}


def _line(pair: Pair, kind: str) -> dict[str, Any]:
    return {"id": pair.id, "kind": kind, "context": pair.context}


def main(arguments: Sequence[str] | None = None) -> int:
    """Writes the examples of a folder of pairs.

    Returns:
        The exit status.
    """
    parser = argparse.ArgumentParser(prog="python -m evaluation.perturb", description=__doc__)
    parser.add_argument(
        "folder", type=Path, help="pairs as {'id', 'kind', 'context'?, 'source', 'plain'} lines"
    )
    parser.add_argument("out", type=Path, help="JSONL to write")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--each", type=int, default=6, help="errors of a pair at most")
    asked = parser.parse_args(arguments)
    try:
        pairs = list(read_pairs(asked.folder))
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    with asked.out.open("w", encoding="utf-8") as lines:
        for example in examples(pairs, asked.seed, asked.each):
            lines.write(json.dumps(example, ensure_ascii=False) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
