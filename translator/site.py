"""A static site of many trials: three pages each, lists by condition and status, and a search in the browser.

``journal.jsonl`` in the site's folder has a line for each trial that is finished, with a digest of all that
its pages depend on: a run that is ended goes on where it stood, and one over newer records writes anew what
changed.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from pathlib import Path

from pydantic import ValidationError

from translator import methodology, page
from translator.clean import clean
from translator.errors import InputError
from translator.files import appearing
from translator.leaflet.wording import label
from translator.page import Links
from translator.records import Record, TranslatedTrial, Trial, Versions
from translator.study import Study

JOURNAL = "journal.jsonl"
METHODOLOGY = "methodology.html"

Translate = Callable[[Trial], TranslatedTrial | None]


class Entry(Record):
    """A finished trial; ``key`` is the digest of all that its pages depend on."""

    id: str
    key: str
    title: str
    conditions: tuple[str, ...]
    status: str | None


def build(
    studies: Iterable[Study],
    folder: Path,
    translate: Translate,
    versions: Versions,
    base_url: str | None = None,
) -> Iterator[tuple[Entry, bool]]:
    """Writes the pages of each study, and the lists at the end.

    Args:
        studies: Each must have an NCT id. Of two with one id the last stands.
        folder: The site; made where it does not exist. Trials that stand there already stay listed.
        translate: Gives the translation, or None where there can be none; not called for unchanged pages.
        versions: Of the translator.
        base_url: Where the site will be published, for canonical links; the registry's page where None.

    Yields:
        Each trial when its pages stand, and whether they were written anew.

    Raises:
        InputError: The folder cannot be written.
    """
    try:
        (folder / "trials").mkdir(parents=True, exist_ok=True)
        done = _journal(folder)
        with (folder / JOURNAL).open("a", encoding="utf-8") as journal:
            for study in studies:
                entry = _entry(study, versions, base_url)
                changed = done.get(entry.id) != entry or not all(
                    p.is_file() for p in _files(folder, entry.id)
                )
                if changed:
                    _write_trial(folder, study, translate(study.trial), base_url)
                    journal.write(entry.model_dump_json() + "\n")
                    journal.flush()
                    done[entry.id] = entry
                yield entry, changed
        _write(folder / JOURNAL, "".join(f"{done[name].model_dump_json()}\n" for name in sorted(done)))
        _write_lists(folder, [done[name] for name in sorted(done)])
    except OSError as error:
        raise InputError(
            str(error.filename or folder), f"cannot be written: {error.strerror}", "Choose another --out"
        ) from error


def _entry(study: Study, versions: Versions, base_url: str | None) -> Entry:
    trial = study.trial
    if trial.id is None:
        raise InputError("record", "has no NCT id", "Give records with their identificationModule")
    parts = (study.model_dump_json(), versions.model_dump_json(), page.version(), base_url or "")
    return Entry(
        id=trial.id,
        key=hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16],
        title=clean(trial.title or trial.id).text,
        conditions=tuple(dict.fromkeys(text for one in trial.conditions if (text := clean(one).text))),
        status=trial.status,
    )


def _journal(folder: Path) -> dict[str, Entry]:
    path = folder / JOURNAL
    done: dict[str, Entry] = {}
    for line in path.read_text("utf-8", errors="replace").splitlines() if path.is_file() else ():
        try:
            entry = Entry.model_validate_json(line)
        except ValidationError:  # the last line of a run that was ended
            continue
        done[entry.id] = entry
    return done


def _files(folder: Path, name: str) -> tuple[Path, ...]:
    return tuple(folder / "trials" / f"{name}{end}.html" for end in ("", "-protocol", "-print"))


def _write_trial(
    folder: Path, study: Study, translated: TranslatedTrial | None, base_url: str | None
) -> None:
    name = study.trial.id or ""
    whole, protocol, sheet = _files(folder, name)
    links = Links(
        page=whole.name,
        protocol=protocol.name,
        print=sheet.name,
        home="../index.html",
        methodology=f"../{METHODOLOGY}",
        canonical=f"{base_url.rstrip('/')}/trials/{whole.name}" if base_url else None,
    )
    _write(whole, page.render(study, translated, links=links))
    _write(protocol, page.render(study, translated, order="protocol", links=links))
    _write(sheet, page.render(study, translated, form="print", links=links))


def _write_lists(folder: Path, entries: list[Entry]) -> None:
    (folder / "lists").mkdir(exist_ok=True)
    pairs_of = ((name, one) for one in entries for name in one.conditions)
    named = sorted(pairs_of, key=lambda pair: (_letter(pair[0]), pair[0].lower()))
    letters, statuses = [], []
    for letter, pairs in groupby(named, lambda pair: _letter(pair[0])):
        lists = [
            (same[0][0], [one for _, one in same])
            for _, group in groupby(pairs, lambda pair: pair[0].lower())
            if (same := list(group))
        ]
        address = f"lists/condition-{letter.lower() if len(letter) == 1 else 'other'}.html"
        letters.append((letter, address, len(lists)))
        _write(folder / address, page.fill("list.html", title=f"Conditions: {letter}", lists=lists))
    by_status = sorted(entries, key=lambda one: one.status or "")
    for status, group_of_status in groupby(by_status, lambda one: one.status or ""):
        same_status = list(group_of_status)
        name = label("status", status) if status else "Status not given"
        slug = (
            "".join(mark if mark.isascii() and mark.isalnum() else "-" for mark in status.lower()) or "none"
        )
        address = f"lists/status-{slug}.html"
        statuses.append((name, address, len(same_status)))
        _write(folder / address, page.fill("list.html", title=name, lists=[("Studies", same_status)]))
    _write(
        folder / "index.html",
        page.fill("index.html", count=len(entries), letters=letters, statuses=statuses),
    )
    rows = [
        [one.id, one.title, "; ".join(one.conditions), label("status", one.status) if one.status else ""]
        for one in entries
    ]
    _write(
        folder / "trials.js",
        f"const TRIALS = {json.dumps(rows, ensure_ascii=True, separators=(',', ':'))};\n",
    )
    _write(folder / "search.js", page.SEARCH.read_text("utf-8"))
    _write(folder / METHODOLOGY, methodology.render(Links(home="index.html")))


def _letter(name: str) -> str:
    first = name[:1].upper()
    return first if first.isascii() and first.isalpha() else "0–9 and others"


def _write(path: Path, text: str) -> None:
    """A file that appears whole, and keeps its date where nothing in it changes."""
    content = text.encode("utf-8")
    if path.is_file() and path.read_bytes() == content:
        return
    with appearing(path) as unfinished:
        unfinished.write_bytes(content)
