"""The trial page and its print version: HTML from a study and its translation, and from nothing else.

Each page stands alone: it loads nothing, runs no script, and its one style sheet is named by its digest in
the page's content security policy. Every text of the record is escaped by the templates.
"""

import hashlib
import re
from base64 import b64encode
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Literal

from jinja2 import Environment
from markupsafe import Markup

from translator import html
from translator.clean import clean
from translator.leaflet import criteria, metadata, talk, wording
from translator.records import TranslatedTrial
from translator.study import Location, Study
from translator.tables import digest

Form = Literal["page", "print"]
Order = criteria.Order

_FOLDER = Path(__file__).parent / "leaflet" / "html"
_STYLE = _FOLDER / "style.css"
SEARCH = _FOLDER / "search.js"
"""The script of a site's index."""

_PARAGRAPH = re.compile(r"\n[ \t]*\n")
# Controls that HTML forbids, and marks that turn the direction of the text around them.
_UNSHOWN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True)
class Links:
    """Addresses of the pages beside this one, each None where there is none.

    Attributes:
        page: The trial page, by groups.
        protocol: The same in the protocol's order.
        print: The print version.
        home: The index of the site.
        methodology: How the pages are made.
        canonical: Where the trial page is published, in full.
    """

    page: str | None = None
    protocol: str | None = None
    print: str | None = None
    home: str | None = None
    methodology: str | None = None
    canonical: str | None = None


def render(
    study: Study,
    translated: TranslatedTrial | None,
    *,
    form: Form = "page",
    order: Order = "groups",
    links: Links | None = None,
) -> str:
    """Gives the page of a trial.

    Args:
        study: What the record tells.
        translated: Its criteria; None where they could not be translated, which the page then says.
        form: ``page`` for the screen, ``print`` for the checklist to take along.
        order: Whether the criteria are in groups or in the protocol's own order.
        links: The pages beside this one.
    """
    # The checklist puts test results last, so that who reads it meets terms in another order.
    once = form == "page"
    parts = criteria.parts(translated, order, once=once) if translated and study.trial.eligibility else ()
    held = talk.traits(study, parts)
    canonical = (links and links.canonical) or (
        f"https://clinicaltrials.gov/study/{study.trial.id}" if study.trial.id else None
    )
    return fill(
        f"{form}.html",
        study=study,
        trial=study.trial,
        parts=parts,
        order=order,
        translated=translated,
        versions=translated.versions if translated else None,
        review=criteria.in_own_words(criteria.items_of(parts)),
        phase=wording.phase_of(study),
        kind=wording.wording("study_type", study.trial.study_type) if study.trial.study_type else None,
        status=wording.wording("status", study.trial.status) if study.trial.status else None,
        size=wording.size_of(study.enrollment) if study.enrollment is not None else None,
        ages=wording.age_range(study),
        masked=wording.joined([wording.label("masked", who) for who in study.who_masked]),
        countries=_by_country(study.locations),
        questions=talk.questions(study, held),
        faq=talk.faq(study, held),
        sources=talk.sources(study, held),
        data=metadata.metadata(study, canonical),
        canonical=canonical,
        links=links or Links(),
    )


def fill(template: str, **values: object) -> str:
    """Fills a template of the leaflet's folder with values, each escaped."""
    return _templates().get_template(template).render(**values)


@cache
def version() -> str:
    """Digest of the templates and the style sheet."""
    return digest(*sorted(_FOLDER.iterdir()))


@cache
def style_digest() -> str:
    """SHA-256 of the style sheet in base64, as a content security policy names what a page may use."""
    return b64encode(hashlib.sha256(_STYLE.read_bytes()).digest()).decode()


def _by_country(locations: tuple[Location, ...]) -> list[tuple[str, list[Location]]]:
    def country(place: Location) -> str:
        return place.country or "Country not given"

    return [(name, list(same)) for name, same in groupby(sorted(locations, key=country), country)]


@cache
def _templates() -> Environment:
    environment = html.environment(_FOLDER, _shown)
    # A closing tag cannot stand in a style sheet of ours, so that it may stand in the page as it is.
    environment.globals["style"] = Markup(_STYLE.read_text("utf-8"))  # noqa: S704
    environment.globals["style_digest"] = style_digest()
    environment.globals["label"] = wording.label
    environment.filters["paragraphs"] = _paragraphs
    environment.filters["joined"] = wording.joined
    environment.filters["tidy"] = lambda text: clean(text).text
    return environment


def _shown(value: object) -> object:
    if isinstance(value, str) and not value.isprintable():
        shown = _TURNING.sub("", _UNSHOWN.sub("\ufffd", value))
        return Markup(shown) if isinstance(value, Markup) else shown  # noqa: S704
    return "" if value is None else value


def _paragraphs(text: str) -> Markup:
    cleaned = (clean(part).text for part in _PARAGRAPH.split(text))
    return Markup("\n").join(Markup("<p>{}</p>").format(_shown(part)) for part in cleaned if part)
