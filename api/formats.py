"""Translated trials as documents for programs and for people: JSON, JSON lines, Markdown, HTML.

Each writer takes the trials as they come and yields the document in chunks, so that a registry of them never
lies in memory.
"""

import json
import re
from collections.abc import Iterable, Iterator
from html import escape

from api.view import DISCLAIMER, Line, inert, lines, summary, title
from translator.published import publish
from translator.records import Criterion, TranslatedTrial

_STYLE = """
body { max-width: 42rem; margin: 2rem auto; padding: 0 1rem; font: 1.05rem/1.5 system-ui, sans-serif; }
li { margin: .4rem 0; }
.original { color: #595959; font-size: .9rem; }
.review { color: #7a4100; font-size: .9rem; }
footer { margin-top: 2rem; border-top: 1px solid #aaa; }
@media (prefers-color-scheme: dark) {
  body { background: #161616; color: #eee; }
  .original { color: #b5b5b5; }
  .review { color: #ffc27a; }
}
"""
_HTML_HEAD = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Who can join: clinical trial criteria in plain English</title>
<style>{_STYLE}</style>
</head>
<body>
"""
_HTML_TAIL = f"<footer><p>{DISCLAIMER}</p></footer>\n</body>\n</html>\n"

_MARKDOWN_SIGN = re.compile(r"[\\`*_\[\]<>#&|~$!]")
# At its start, a sentence could open a list of its own.
_MARKDOWN_BULLET = re.compile(r"^(?:[-+=]|\d{1,9}(?=[.)]))")


def json_lines(trials: Iterable[TranslatedTrial]) -> Iterator[str]:
    """A line for each unit of each trial, by the contract."""
    for trial in trials:
        yield "".join(f"{line}\n" for line in _published(trial))


def json_document(trials: Iterable[TranslatedTrial]) -> Iterator[str]:
    """One object as ``POST /v1/translate`` answers it: ``translations`` in order, and ``versions``."""
    opening, versions = '{"translations": [', "null"
    for trial in trials:
        versions = trial.versions.model_dump_json()
        for line in _published(trial):
            yield f"{opening}\n{line}"
            opening = ","
    if opening != ",":
        yield opening
    yield f'\n], "versions": {versions}}}\n'


def _published(trial: TranslatedTrial) -> Iterator[str]:
    for translation in trial.translations:
        yield inert(publish(translation, trial.trial.id, trial.versions).model_dump_json())


def segment_lines(units: Iterable[tuple[str | None, Criterion]]) -> Iterator[str]:
    """A line for each unit with the id of its trial, by the contract."""
    for trial_id, unit in units:
        line = {
            "trial_id": trial_id,
            "id": unit.id,
            "section": unit.section,
            "role": unit.role,
            "parent_id": unit.parent_id,
            "span": [unit.span.start, unit.span.end],
            "text": unit.text,
        }
        yield f"{inert(json.dumps(line, ensure_ascii=False))}\n"


def markdown(trials: Iterable[TranslatedTrial], *, originals: bool = False) -> Iterator[str]:
    """CommonMark: a heading for each trial and section, nested lists, reasons for review in bold beneath."""
    for trial in trials:
        parts = [f"# {_marked_down(title(trial))}\n"]
        listing, gap = False, "\n"
        for line in lines(trial):
            notes = [f"**Review:** {_marked_down(reason)}" for reason in line.reasons]
            notes += [f"*Original:* {_marked_down(line.original)}"] if originals and line.original else []
            if line.kind == "item":
                indent = "  " * line.depth
                rows = f"\\\n{indent}  ".join([_marked_down(line.text), *notes])
                parts.append(f"{'' if listing else gap}{indent}- {rows}\n")
            else:
                parts.append(f"\n{'##' if line.kind == 'section' else '###'} {_marked_down(line.text)}\n")
                parts += ["\n", "\\\n".join(notes), "\n"] if notes else []
            listing = line.kind == "item"
        yield "".join([*parts, f"\n{_marked_down(summary(trial.translations))}\n\n"])
    yield f"*{DISCLAIMER}*\n"


def _marked_down(text: str) -> str:
    escaped = _MARKDOWN_SIGN.sub(r"\\\g<0>", text)
    return _MARKDOWN_BULLET.sub(lambda start: _escaped_bullet(start.group()), escaped)


def _escaped_bullet(start: str) -> str:
    return f"\\{start}" if not start.isdigit() else f"{start}\\"


def html(trials: Iterable[TranslatedTrial], *, originals: bool = False) -> Iterator[str]:
    """One self-contained page: no script, nothing loaded from elsewhere, every text escaped."""
    head = _HTML_HEAD
    for trial in trials:
        body = "".join(_html_lines(trial, originals))
        yield f"{head}<article>\n<h1>{escape(title(trial))}</h1>\n{body}</article>\n"
        head = ""
    yield head + _HTML_TAIL


def _html_lines(trial: TranslatedTrial, originals: bool) -> Iterator[str]:
    open_lists = 0  # each open list but the last holds one open item, in which the next list stands
    for line in lines(trial):
        if line.kind == "item":
            wanted = line.depth + 1
            yield "<ul>\n" if wanted > open_lists else f"{_closed(open_lists - wanted)}</li>\n"
            open_lists = wanted
            yield f"<li>{escape(line.text)}{_html_notes(line, originals)}"
        else:
            yield _closed(open_lists)
            open_lists = 0
            level = "h2" if line.kind == "section" else "h3"
            yield f"<{level}>{escape(line.text)}</{level}>\n{_html_notes(line, originals)}"
    yield f"{_closed(open_lists)}<p>{escape(summary(trial.translations))}</p>\n"


def _html_notes(line: Line, originals: bool) -> str:
    notes = [
        f'<div class="review"><strong>Review:</strong> {escape(reason)}</div>\n' for reason in line.reasons
    ]
    if originals and line.original:
        notes.append(f'<div class="original"><strong>Original:</strong> {escape(line.original)}</div>\n')
    return "".join(notes)


def _closed(lists: int) -> str:
    return "</li>\n</ul>\n" * lists
