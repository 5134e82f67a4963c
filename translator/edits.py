"""Pairs on real criteria, kept without the registry's text.

    python -m translator.edits FOLDER OUT --registry FILE

A line of ``models/corpus/edits`` names a criterion by its trial and span, and holds what an editor wrote for
it, beside what the model had drafted (``sure``: its mean log-probability) or, in ``planted-*``, a second
wording and errors written for the scorer. ``paraphrase`` is another faithful text, or a draft that was right
or needed better words alone; ``errors`` are texts that are not faithful::

    {"nct_id": "NCT00000000", "start": 210, "end": 245, "md5": "5d41402a",
     "plain": ["You must be ", [4, 31], "."],
     "errors": [{"type": "omission", "text": ["You must …"]}]}

A text is a list of our words and of spans of the source, where it says five words or more as the source
does. The registry's text comes from FILE (gzip; ``{"nct_id", "eligibility"}`` a line). OUT receives
``edits.jsonl``, pairs as those of ``models/corpus``, with a text that was ``rejected`` where there is one,
and ``errors/edits.jsonl``, as those of its ``errors``.
"""

import argparse
import gzip
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from hashlib import md5
from pathlib import Path
from typing import Any

from translator.generate import kind_of
from translator.records import Criterion
from translator.segment import segment

Part = str | tuple[int, int]
"""Words of ours, or start and end of what is taken from the source."""

_LEAST_WORDS = 5
_TOKEN = re.compile(r"\w+|\s+|[^\w\s]")


def cut(text: str, source: str) -> list[Part]:
    """Puts spans of the source in the place of the words that a text takes over from it."""
    ours, theirs = _TOKEN.findall(text), list(_TOKEN.finditer(source))
    blocks = SequenceMatcher(None, ours, [token[0] for token in theirs], autojunk=False).get_matching_blocks()
    parts: list[Part] = []
    done = 0
    for block in blocks:
        run = ours[block.a : block.a + block.size]
        if sum(token[0].isalnum() for token in run) < _LEAST_WORDS:
            continue
        if block.a > done:
            parts.append("".join(ours[done : block.a]))
        parts.append((theirs[block.b].start(), theirs[block.b + block.size - 1].end()))
        done = block.a + block.size
    if done < len(ours):
        parts.append("".join(ours[done:]))
    return parts


def join(parts: Sequence[Part | Sequence[int]], source: str) -> str:
    """Puts the words of the source back."""
    return "".join(part if isinstance(part, str) else source[part[0] : part[1]] for part in parts)


def digest(source: str) -> str:
    """What an edit remembers of its source, so that another wording of a trial is not taken for it."""
    return md5(source.encode(), usedforsecurity=False).hexdigest()[:8]


def resolve(folder: Path, registry: Path) -> Iterator[dict[str, Any]]:
    """Gives the edits of a folder with their texts, in order.

    One whose criterion is worded or cut otherwise by now is left out.

    Returns:
        ``id``, ``kind``, ``context``, ``source``, ``plain``, and, where the edit has them, ``paraphrase``,
        ``errors`` and ``sure``.

    Raises:
        FileNotFoundError: There is no such folder or file.
    """
    edits = [
        json.loads(line)
        for path in sorted(folder.resolve(strict=True).glob("*.jsonl"))
        for line in path.read_text("utf-8").splitlines()
    ]
    wanted = {edit["nct_id"] for edit in edits}
    units = dict(_units(registry, wanted))
    for edit in edits:
        unit = units.get((edit["nct_id"], edit["start"], edit["end"]))
        if unit is None or digest(unit.text) != edit["md5"]:
            continue
        row: dict[str, Any] = {
            "id": f"{edit['nct_id']}-{edit['start']}",
            "kind": kind_of(unit),
            "context": unit.context or "",
            "source": unit.text,
            "plain": join(edit["plain"], unit.text),
        }
        if "paraphrase" in edit:
            row["paraphrase"] = join(edit["paraphrase"], unit.text)
        if "sure" in edit:
            row["sure"] = edit["sure"]
        if "errors" in edit:
            row["errors"] = [{**e, "text": join(e["text"], unit.text)} for e in edit["errors"]]
        yield row


def _units(registry: Path, wanted: set[str]) -> Iterator[tuple[tuple[str, int, int], Criterion]]:
    with gzip.open(registry, "rt", encoding="utf-8") as lines:
        for line in lines:
            trial: Mapping[str, str] = json.loads(line)
            if trial["nct_id"] in wanted:
                for unit in segment(trial["eligibility"]):
                    yield (trial["nct_id"], unit.span.start, unit.span.end), unit


def _write(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    with path.open("w", encoding="utf-8") as out:
        out.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _pairs(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Gives a training pair for each source; the first of its unfaithful texts is the rejected one."""
    pairs: dict[str, dict[str, Any]] = {}
    for row in rows:
        pair = {key: row[key] for key in ("id", "kind", "context", "source", "plain")}
        known = pairs.setdefault(row["id"], pair)
        for error in row.get("errors", ())[:1]:
            known.setdefault("rejected", error["text"])
    return list(pairs.values())


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--registry", type=Path, required=True)
    arguments = parser.parse_args()
    rows = list(resolve(arguments.folder, arguments.registry))
    if not rows:
        parser.error(f"{arguments.registry} holds none of the criteria of {arguments.folder}")
    (arguments.out / "errors").mkdir(parents=True, exist_ok=True)
    judged = [row for row in rows if {"paraphrase", "errors"} & row.keys()]
    pairs = _pairs(rows)
    _write(arguments.out / "edits.jsonl", pairs)
    _write(arguments.out / "errors" / "edits.jsonl", judged)
    print(f"{len(pairs):,} pairs; {len(judged):,} sources with other texts, faithful or not")


if __name__ == "__main__":
    main()
