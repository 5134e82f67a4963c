"""Items into the store: what is new, what has changed, and which verdicts that touches."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from pydantic import ValidationError

from api.review.identity import content_digest, drawn, item_id, words_key
from api.review.intake import Given, GivenPair
from api.review.records import Deed, Entry, EventKind, Item, Reviewer, Settled
from api.review.risk import risk
from api.review.work import Workbench, fidelity_of
from api.store import queues
from api.store.reviews import Ledger
from translator.published import PublishedFidelity, PublishedTranslation
from translator.records import Pair, Record, Unreadable, Verdict

AT_ONCE = 64
"""Items that are scored, and then written in one transaction."""

_UNKNOWN = "not told"  # the model of a pair that names none
_WORDS = ("section", "role", "source", "context")
_GRAVITY: dict[Verdict, int] = {"faithful": 0, "review": 1, "unfaithful": 2}


class Imported(Record):
    """What became of the items of an import.

    Attributes:
        new: Came for the first time.
        changed: Have other words, report or versions than before.
        unchanged: Were there already, just so.
        reopened: Had a verdict that the change touches.
        carried: Took over the verdict on the same words elsewhere in their trial.
        withdrawn: Are no longer in their trial.
    """

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    reopened: int = 0
    carried: int = 0
    withdrawn: int = 0

    def __add__(self, other: "Imported") -> "Imported":
        return Imported(
            **{name: getattr(self, name) + getattr(other, name) for name in Imported.model_fields}
        )


class Importer:
    """Takes one import in, part by part; a part is written whole or not at all.

    Run again after it was ended, it finds what is there already unchanged.

    Args:
        bench: The workbench.
        actor: Who imports.
        batch: Name that pairs and translations of no trial are kept under.
        whole: Whether each trial is given with all its units, so that what is not given is withdrawn.
    """

    def __init__(self, bench: Workbench, actor: Reviewer, batch: str, *, whole: bool = False) -> None:
        self._bench = bench
        self._actor = actor
        self._batch = batch
        self._whole = whole
        self._units: dict[tuple[str, str], Item] = {}  # those that others may be nested under
        self._seen: dict[str, set[str]] = {}  # ids of items, for each trial
        self._settled: dict[str, dict[str, Settled]] = {}

    def run(self, given: Iterable[Given | Unreadable]) -> Iterator[Imported | Unreadable]:
        """Imports; tells after each part what became of it, and before that what could not be read."""
        stream = iter(given)
        while part := list(islice(stream, AT_ONCE)):
            items: list[Item] = []
            for one, report in self._scored(part):
                made = one if isinstance(one, Unreadable) else self._item(one, report)
                if isinstance(made, Unreadable):
                    yield made
                else:
                    items.append(made)
            if items:
                yield self._written(items)
        if self._whole:
            yield self._withdrawn()

    def _scored(
        self, part: Sequence[Given | Unreadable]
    ) -> list[tuple[Given | Unreadable, PublishedFidelity | None]]:
        """Each with its report: a translation brings its own, pairs are scored here."""
        pairs = [
            Pair(id=one.id, section=one.section, source=one.source, plain=one.plain, context=one.context)
            for one in part
            if isinstance(one, GivenPair)
        ]
        reports = iter(self._bench.audit(pairs) if pairs else ())
        return [
            (one, fidelity_of(next(reports)))
            if isinstance(one, GivenPair)
            else (one, one.fidelity if isinstance(one, PublishedTranslation) else None)
            for one in part
        ]

    def _item(self, one: Given, report: PublishedFidelity | None) -> Item | Unreadable:
        trial_id = one.trial_id or self._batch
        place = item_id(trial_id, one.id)
        of_trial = self._seen.setdefault(trial_id, set())
        where = f"{trial_id}, id {one.id}"
        if place in of_trial:
            return Unreadable(where=where, what="was given before", remedy="Give each its own id")
        fields = {"id": place, "trial_id": trial_id, "criterion_id": one.id, "position": 0}
        shared = one.model_dump(include={"section", "source", "plain"})
        if isinstance(one, GivenPair):
            versions = self._bench.versions(one.model or _UNKNOWN)
            more = {"route": "given", "context": one.context, "versions": versions}
        else:
            more = {
                "route": one.route,
                "role": one.role,
                "parent_id": one.parent_id,
                "context": self._context(trial_id, one.parent_id),
                "versions": one.versions,
            }
        try:
            item = Item.model_validate({**fields, **shared, **more, "fidelity": report})
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            what = f"field {first['loc'][0]!r}: {first['msg']}"
            return Unreadable(where=where, what=what, remedy="Give it a short, printable one")
        of_trial.add(place)
        self._units[trial_id, one.id] = item
        return item

    def _context(self, trial_id: str, parent_id: str | None) -> str | None:
        """The words above a nested unit, as the cutting of the text put them together."""
        parent = self._units.get((trial_id, parent_id or ""))
        if parent is None:
            return None
        return f"{parent.context} {parent.source}" if parent.context else parent.source

    def _written(self, items: Sequence[Item]) -> Imported:
        done = Imported()
        with self._bench.store.writing() as ledger:
            keys = {item.id: words_key(item) for item in items}
            reach = queues.reach(ledger, set(keys.values())) + Counter(keys.values())
            approved = queues.approved(ledger, set(keys.values()))
            for item in items:
                key = keys[item.id]
                points = risk(item, approved_before=key in approved, reach=reach[key])
                done += self._one(ledger, item, key, points)
        return done

    def _one(self, ledger: Ledger, item: Item, key: str, points: int) -> Imported:
        entry = ledger.entry(item.id)
        settled = self._verdicts_of(ledger, item.trial_id).get(key)
        if entry is None:
            item = item.model_copy(update={"position": queues.last_position(ledger, item.trial_id) + 1})
            needed = 2 if drawn(item.id, self._bench.double_share) else 1
            self._append(ledger, "imported", item, {**_content(item, points), "needed": needed})
            return Imported(new=1, carried=self._carry(ledger, item, settled))
        item = item.model_copy(update={"position": entry.item.position})
        back = entry.state == "withdrawn"
        if content_digest(item) == entry.digest and not back:
            return Imported(unchanged=1)
        why = ("it is in its trial again",) if back else touched(entry, item)
        self._append(ledger, "changed", item, {**_content(item, points), "why": list(why)})
        if not why:
            return Imported(changed=1)
        judged = entry.state != "open" or ledger.verdicts(item.id, entry.round)
        if judged:
            payload = {"round": entry.round + 1, "why": "; ".join(why)}
            self._append(ledger, "reopened", item, payload)
        carried = self._carry(ledger, item, settled)
        return Imported(changed=1, carried=carried, reopened=int(bool(judged) and not carried))

    def _carry(self, ledger: Ledger, item: Item, settled: Settled | None) -> int:
        if settled is None or settled.item_id == item.id or _worse(item, settled.verdict):
            return 0
        self._append(ledger, "carried", item, settled.model_dump())
        return 1

    def _verdicts_of(self, ledger: Ledger, trial_id: str) -> dict[str, Settled]:
        """The verdicts of a trial by their words, as they stood before this import."""
        if trial_id not in self._settled:
            self._settled[trial_id] = queues.settled(ledger, trial_id)
        return self._settled[trial_id]

    def _withdrawn(self) -> Imported:
        done = Imported()
        for trial_id, seen in self._seen.items():
            with self._bench.store.writing() as ledger:
                gone = [one.item for one in ledger.entries(trial_id) if one.state != "withdrawn"]
                for item in gone:
                    if item.id not in seen:
                        self._append(ledger, "withdrawn", item, {})
                        done += Imported(withdrawn=1)
        return done

    def _append(self, ledger: Ledger, kind: EventKind, item: Item, payload: dict[str, Any]) -> None:
        at, actor = self._bench.clock(), self._actor.name
        ledger.append(Deed(at=at, actor=actor, kind=kind, item_id=item.id, payload=payload))


def touched(entry: Entry, item: Item) -> tuple[str, ...]:
    """Why a new content of an item touches the verdicts on the old one; empty where they stand.

    A verdict is on words: it stands where they are the same, or the new sentence is the one it approved.
    Other versions alone do not touch it, but a worse verdict of the scorer does.
    """
    old = entry.item
    why = [f"the {name} has changed" for name in _WORDS if getattr(old, name) != getattr(item, name)]
    if item.plain not in (old.plain, entry.wording):
        why.append("the translation has changed")
    if item.plain == old.plain and _worse(item, old.fidelity.verdict):
        why.append(f"the scorer says {item.fidelity.verdict}, no longer {old.fidelity.verdict}")
    return tuple(why)


def _worse(item: Item, before: Verdict | None) -> bool:
    """Whether the scorer thinks worse of an item than it did of the same words before."""
    return before is not None and _GRAVITY[item.fidelity.verdict] > _GRAVITY[before]


def _content(item: Item, points: int) -> dict[str, Any]:
    return {"item": item.model_dump(mode="json"), "digest": content_digest(item), "risk": points}
