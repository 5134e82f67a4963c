"""The templates of the reviewers' pages, and what all of them share."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, get_args
from urllib.parse import urlencode

from fastapi.responses import HTMLResponse
from jinja2 import Environment
from markupsafe import Markup

from api.review.chain import stamp
from api.review.records import Action, ItemRoute, Overrule, State
from api.review.report import SEEN, why
from api.web.marks import difference, marked, shown
from api.web.session import Visitor
from translator import html
from translator.records import FindingType, Section, Severity, Verdict
from translator.tables import digest

STATIC = Path(__file__).parent / "static"

_FOLDER = Path(__file__).parent / "templates"
_WORDS: Mapping[str, str] = {
    "faithful": "faithful",
    "review": "needs a look",
    "unfaithful": "unfaithful",
    "ambiguous_source": "ambiguous source",
    "model": "the model",
    "memory": "memory",
    "template": "a template",
    "source": "the study's own words",
    "given": "given from outside",
    "scorer_misread": "the scorer misread it",
    "source_ambiguous": "the source can be read two ways",
    "told_elsewhere": "another sentence tells it",
    "other": "other",
}
_SIGNS: Mapping[Verdict, str] = {"faithful": "✓", "review": "?", "unfaithful": "✗"}
_ACTIONS: Mapping[Action, str] = {
    "accept": "The sentence is right as it stands.",
    "edit": "I have mended the sentence.",
    "reject": "It is wrong; the study's own words shall stand instead.",
    "escalate": "Somebody else must settle it.",
}
_OFFERED: Mapping[str, Sequence[str]] = {
    "all_states": list(get_args(State)),
    "verdicts": get_args(Verdict),
    "types": get_args(FindingType),
    "severities": get_args(Severity),
    "sections": get_args(Section),
    "routes": tuple(name for part in get_args(ItemRoute) for name in get_args(part) or (part,)),
    "overrules": get_args(Overrule),
}


def page(template: str, visitor: Visitor | None, status: int = 200, **values: Any) -> HTMLResponse:
    """A page as an answer, which no cache keeps.

    Args:
        template: Its name.
        visitor: Who looks at it.
        status: Of the answer.
        values: What it shows; texts are escaped.
    """
    html = _environment().get_template(template).render(visitor=visitor, **values)
    return HTMLResponse(html, status, headers={"Cache-Control": "no-store"})


@cache
def version() -> str:
    """Names the static files, so that a browser may keep them for as long as they are these."""
    return digest(*sorted(STATIC.iterdir()))


def words(name: str) -> str:
    """A name of a record in words."""
    return _WORDS.get(name, name)


def query(fields: Mapping[str, object]) -> str:
    """The query of an address, with its question mark; empty where nothing is asked."""
    given = {name: "1" if value is True else value for name, value in fields.items() if value}
    return f"?{urlencode(given)}" if given else ""


@cache
def _environment() -> Environment:
    environment = html.environment(_FOLDER, _shown)
    environment.globals |= {
        "static": f"/review/static/{version()}",
        "signs": _SIGNS,
        "actions": _ACTIONS,
        "query": query,
        "marked": marked,
        "difference": difference,
        **_OFFERED,
    }
    environment.filters |= {
        "words": words,
        "time": _time,
        "iso": stamp,
        "figure": _figure,
        "seen": SEEN.__getitem__,
        "why": why,
    }
    return environment


def _shown(value: object) -> object:
    if value is None:
        return ""
    return shown(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _time(at: datetime) -> str:
    return stamp(at)[:16].replace("T", " ")


def _figure(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.2f}".replace("-", "−")
