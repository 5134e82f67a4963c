"""The criteria of a trial as a page shows them: by section, sub-heading and group, with their evidence."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Literal

from translator.explained import Explained
from translator.leaflet.grouping import GROUPS, Group, group_of
from translator.leaflet.wording import label
from translator.records import Section, TranslatedTrial, Translation

Order = Literal["groups", "protocol"]

OPENERS = ("You cannot join if ", "You must not ", "You must never ", "You must ")
_TITLES: dict[Section, str] = {
    "inclusion": "What must be true for you to join",
    "exclusion": "What keeps you from joining",
    "other": "What else the study says",
}
_DEEPEST = 5


@dataclass
class Item:
    """A sentence with its evidence, and what is nested under it.

    Attributes:
        opener: The beginning that tells whether it lets in or keeps out, if it is a usual one.
        text: The rest; the study's own words where the sentence is not faithful.
        reasons: Why it needs review; empty where it was checked.
        reviewed: Whether a reviewer approved it.
        terms: Terms with their meanings.
        unexplained: Those of a sentence in the study's own words that nothing above explains.
        group: Where it stands; None for a note.
    """

    id: str
    translation: Translation
    opener: str
    text: str
    original: str
    score: float
    reasons: tuple[str, ...]
    reviewed: bool
    terms: tuple[tuple[str, str], ...]
    unexplained: tuple[tuple[str, str], ...]
    group: Group | None
    children: list["Item"] = field(default_factory=list)


@dataclass(frozen=True)
class Grouped:
    """Items under the title of their group; no title in the protocol's order."""

    title: str | None
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Block:
    """What stands under one sub-heading of the protocol, or under none."""

    heading: str | None
    groups: tuple[Grouped, ...]


@dataclass(frozen=True)
class Part:
    """A section of the page."""

    section: Section
    title: str
    blocks: tuple[Block, ...]


def parts(translated: TranslatedTrial, order: Order, *, once: bool = True) -> tuple[Part, ...]:
    """The sections of a trial that hold anything, each in the wanted order.

    A list stays with the line that leads it in, and nothing leaves its sub-heading: what a sub-heading says
    (a cohort, a part of the study) holds for all that stands under it.

    Args:
        translated: The trial.
        order: Whether criteria stand in groups or as the protocol has them.
        once: Whether a term is explained only where it comes first, for who reads from top to bottom.
    """
    blocks: dict[Section, list[tuple[str | None, list[Item]]]] = {}
    for section, heading, items in _blocks(translated):
        blocks.setdefault(section, []).append((heading, items))
    found = tuple(
        Part(
            section,
            title,
            tuple(Block(heading, _grouped(items, order)) for heading, items in blocks[section]),
        )
        for section, title in _TITLES.items()
        if section in blocks
    )
    if once:
        _explain_once(items_of(found), Explained())
    return found


def in_own_words(items: Iterable[Item]) -> int:
    """How many items, nested ones too, stand in the study's own words."""
    return sum(bool(item.reasons) + in_own_words(item.children) for item in items)


def items_of(found: Iterable[Part]) -> Iterator[Item]:
    """Every top item of some parts."""
    return (item for part in found for block in part.blocks for group in block.groups for item in group.items)


def _blocks(translated: TranslatedTrial) -> Iterator[tuple[Section, str | None, list[Item]]]:
    conditions = (*translated.trial.conditions, translated.trial.title or "")
    heading: str | None = None
    heading_id: str | None = None
    section: Section | None = None
    tops: list[Item] = []
    inside: dict[str, tuple[Item, int]] = {}
    for translation in translated.translations:
        criterion = translation.normalised.criterion
        if criterion.section != section or criterion.role == "heading":
            if section and tops:
                yield section, heading, tops
            heading = (
                criterion.text if criterion.role == "heading" and not _is_title(criterion.text) else None
            )
            section, tops = criterion.section, []
        if criterion.role == "heading":
            heading_id = criterion.id
            continue
        item = _item(translation, conditions)
        parent, depth = inside.get(criterion.parent_id or "", (None, 0))
        if (
            heading and parent is None and criterion.parent_id != heading_id
        ):  # the sub-heading holds no longer
            if tops:
                yield section, heading, tops
            heading, tops = None, []
        inside[criterion.id] = (item, depth + 1) if depth < _DEEPEST else (parent or item, depth)
        (tops if parent is None else parent.children).append(item)
    if section and tops:
        yield section, heading, tops


def _explain_once(items: Iterable[Item], explained: Explained) -> None:
    for item in items:
        if item.reasons:
            item.unexplained = explained.first(item.terms)
        else:
            item.text = explained.once(item.translation).removeprefix(item.opener)
        _explain_once(item.children, explained)


def _is_title(text: str) -> bool:
    return (
        text.lower()
        .rstrip(": ")
        .endswith(("inclusion criteria", "exclusion criteria", "inclusion", "exclusion"))
    )


def _grouped(items: list[Item], order: Order) -> tuple[Grouped, ...]:
    if order == "protocol":
        return (Grouped(None, tuple(items)),)
    ranked = sorted(items, key=_rank)
    return tuple(
        Grouped(label("group", GROUPS[rank]) if rank < len(GROUPS) else None, tuple(same))
        for rank, same in groupby(ranked, _rank)
    )


def _rank(item: Item) -> int:
    return GROUPS.index(item.group) if item.group else len(GROUPS)


def _item(translation: Translation, conditions: tuple[str, ...]) -> Item:
    normalised, report = translation.normalised, translation.fidelity
    criterion = normalised.criterion
    faithful = report.verdict == "faithful" or translation.reviewed
    said = translation.draft.text if faithful else normalised.text or translation.draft.text
    opener = next((one for one in OPENERS if faithful and said.startswith(one)), "")
    # The page says over each such sentence that it stands in the study's own words.
    said_why = (
        finding.message.removeprefix("The study's own words stand here; ") for finding in report.findings
    )
    messages = tuple(dict.fromkeys(f"{why[:1].upper()}{why[1:]}" for why in said_why))
    meanings = {
        term.surface.lower(): (term.surface, " – ".join(filter(None, (term.plain, term.explanation))))
        for term in normalised.terms
        if term.plain or term.explanation
    }
    return Item(
        id=criterion.id,
        translation=translation,
        opener=opener,
        text=said.removeprefix(opener),
        original=criterion.text,
        score=report.score,
        reasons=() if faithful else messages or ("The check was not sure.",),
        reviewed=translation.reviewed,
        terms=tuple(meanings.values()),
        unexplained=() if faithful else tuple(meanings.values()),
        group=None if criterion.role == "note" else group_of(normalised, conditions),
    )
