"""A translated trial in the order and the words in which a person reads it."""

import json
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from translator.explained import Explained
from translator.records import Route, Section, TranslatedTrial, Translation

SECTIONS: dict[Section, str] = {
    "inclusion": "Who can join",
    "exclusion": "Who cannot join",
    "other": "Other",
}
DISCLAIMER = "This is information, not medical advice. Ask the study team whether you can join."

_ROUTES: dict[Route, str] = {
    "model": "written by the model",
    "memory": "from the translation memory",
    "template": "from templates",
    "source": "in the source's own words",
}
_DEEPEST = 6


@dataclass(frozen=True)
class Line:
    """One line of the view.

    Attributes:
        kind: ``section`` for the title of a section, ``heading`` for a heading of the trial, else ``item``.
        depth: How many lead-ins or criteria it is nested under: at most 6, and at most one more than the item
            above, so that lists nest in every format.
        original: The protocol's own words, where the text does not hold them already.
        reasons: Why the item needs a reviewer; empty where it does not.
    """

    kind: Literal["section", "heading", "item"]
    text: str
    depth: int = 0
    original: str = ""
    reasons: tuple[str, ...] = ()


def readable(text: str) -> str:
    """Untrusted text made safe for a terminal or a line of a log: one line, no controls, no overrides.

    White space of any kind and length becomes one space; format characters (zero-width, right-to-left
    overrides) go; what else cannot be shown (escapes, lone surrogates) becomes U+FFFD, so that it is seen.
    """
    return " ".join(visible(text).split())


def visible(text: str) -> str:
    """A part of an untrusted text with its white space kept, else as safe to show as by ``readable``."""
    return text if text.isprintable() else "".join(map(_shown, text))


def inert(line: str) -> str:
    """The same JSON with an escape for each character that a terminal might obey instead of show."""
    if line.isprintable():
        return line
    return "".join(mark if mark.isprintable() else json.dumps(mark)[1:-1] for mark in line)


def _shown(mark: str) -> str:
    if mark.isprintable():
        return mark
    if mark.isspace():
        return " "
    return "" if unicodedata.category(mark) == "Cf" else "\ufffd"


def title(trial: TranslatedTrial) -> str:
    """Title and id of the trial, whichever it has."""
    name, number = trial.trial.title, trial.trial.id
    if name and number:
        return readable(f"{name} ({number})")
    return readable(name or number or "Eligibility criteria")


def lines(trial: TranslatedTrial) -> Iterator[Line]:
    """The trial in reading order; a section is titled wherever it begins or begins again.

    A term is explained where it comes first.
    """
    explained = Explained()
    section: Section | None = None
    inside: dict[str, int] = {}  # id of a unit -> depth of what is nested under it
    deepest = 0
    for translation in trial.translations:
        criterion = translation.normalised.criterion
        if criterion.section != section:
            section, deepest = criterion.section, 0
            yield Line("section", SECTIONS[section])
        depth = min(inside.get(criterion.parent_id or "", 0), deepest)
        text, original = readable(explained.once(translation)), readable(criterion.text)
        why = reasons(translation)
        original = "" if original in text else original
        if criterion.role == "heading":
            inside[criterion.id] = deepest = 0
            if why or text.partition(" (")[0] != SECTIONS[section]:  # else the title says it
                yield Line("heading", text, 0, original, why)
        else:
            inside[criterion.id] = deepest = min(depth + 1, _DEEPEST)
            yield Line("item", text, depth, original, why)


def needs_review(translation: Translation) -> bool:
    """Whether a person should read it before it is relied upon."""
    return translation.fidelity.verdict != "faithful" and not translation.reviewed


def reasons(translation: Translation) -> tuple[str, ...]:
    """Why it needs a reviewer, each reason once; empty where it does not."""
    if not needs_review(translation):
        return ()
    messages = dict.fromkeys(readable(finding.message) for finding in translation.fidelity.findings)
    return tuple(messages) or (f"fidelity score {translation.fidelity.score:.2f}",)


def summary(translations: Iterable[Translation]) -> str:
    """How many sentences, headings left out, came by which way; and how many of all need a reviewer."""
    translations = tuple(translations)
    sentences = [one for one in translations if one.normalised.criterion.role != "heading"]
    routes = Counter(one.draft.route for one in sentences)
    ways = ", ".join(f"{routes[route]} {words}" for route, words in _ROUTES.items() if routes[route])
    review = sum(map(needs_review, translations))
    needs = "none needs" if not review else "1 needs" if review == 1 else f"{review} need"
    count = "1 sentence" if len(sentences) == 1 else f"{len(sentences)} sentences"
    return f"{count}{': ' if ways else ''}{ways}; {needs} review."
