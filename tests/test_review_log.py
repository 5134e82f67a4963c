"""The log of the workbench: what is done to it is found, and where; it and the state always agree."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from reviewing import ANN, BOB, accept, bench, entry, judge, pair, reject, take_in
from sqlalchemy.exc import DBAPIError
from stores import postgres, postgres_url, store_url  # noqa: F401  fixtures

from api.review.chain import NOTHING, Row, check, digest
from api.review.records import Deed, Head
from api.review.work import Workbench
from api.store import projection
from api.store.database import open_store
from api.store.tables import STATE, events, items

ROOT = Path(__file__).parents[1]
Tamper = Callable[[sa.Connection], object]
DEED = Deed(at=datetime(2026, 3, 2, tzinfo=UTC), actor="x", kind="thresholds", item_id=None, payload={})


@pytest.fixture
def work(store_url: str) -> Iterator[Workbench]:  # noqa: F811
    """Five items; one accepted, one rejected: nine events."""
    work = filled(store_url)
    yield work
    work.store.close()


@pytest.fixture
def light(tmp_path: Path) -> Iterator[Workbench]:
    """The same on SQLite, for what is the same on any store."""
    work = filled(f"sqlite:///{tmp_path / 'store.db'}")
    yield work
    work.store.close()


def filled(url: str) -> Workbench:
    work = bench(url)
    take_in(work, *(pair(number) for number in range(1, 6)))
    judge(work, ANN, 1, accept(entry(work, 1)))
    judge(work, BOB, 2, reject(entry(work, 2)))
    return work


def engine_of(work: Workbench) -> sa.Engine:
    return work.store._engine


def bare(connection: sa.Connection) -> None:
    """Takes the guard of the log away, as somebody with the rights of an owner can."""
    if connection.dialect.name == "sqlite":
        for name in ("updated", "deleted", "replaced"):
            connection.execute(sa.text(f"DROP TRIGGER events_not_{name}"))
    else:
        connection.execute(sa.text("ALTER TABLE events DISABLE TRIGGER USER"))


def sql(statement: str) -> Tamper:
    return lambda connection: connection.execute(sa.text(statement))


def swap(connection: sa.Connection) -> None:
    """Exchanges two events, sequence numbers apart."""
    for old, new in ((4, 100), (5, 4), (100, 5)):
        connection.execute(events.update().where(events.c.sequence == old).values(sequence=new))


def rehash(connection: sa.Connection, at: int, to: int) -> None:
    """Changes an event and hashes it anew, and those behind it up to one."""
    rows = [Row(*row) for row in connection.execute(sa.select(events).order_by(events.c.sequence))]
    rows[at - 1] = rows[at - 1]._replace(actor="mallory")
    for place in range(at - 1, to):
        row = rows[place]._replace(previous=rows[place - 1].hash if place else NOTHING.hash)
        rows[place] = row._replace(hash=digest(row[:-1]))
        connection.execute(
            events.update().where(events.c.sequence == place + 1).values(rows[place]._asdict())
        )


def insert(connection: sa.Connection) -> None:
    """Puts an event in at the end that follows nothing."""
    row = connection.execute(sa.select(events).where(events.c.sequence == 9)).one()
    forged = Row(*row)._replace(sequence=10, actor="mallory")
    connection.execute(events.insert().values(forged._asdict()))


TAMPERINGS: dict[str, tuple[Tamper, list[tuple[int, str]]]] = {
    "actor": (sql("UPDATE events SET actor = 'eve' WHERE sequence = 7"), [(7, "changed")]),
    "time": (
        sql("UPDATE events SET at = '2026-01-01T00:00:00.000000Z' WHERE sequence = 1"), [(1, "changed")]
    ),
    "kind": (sql("UPDATE events SET kind = 'released' WHERE sequence = 8"), [(8, "changed")]),
    "item": (sql("UPDATE events SET item_id = 'x' WHERE sequence = 6"), [(6, "changed")]),
    "payload": (
        sql("UPDATE events SET payload = replace(payload, 'accept', 'reject') WHERE sequence = 7"),
        [(7, "changed")],
    ),
    "space in the payload": (
        sql("UPDATE events SET payload = payload || ' ' WHERE sequence = 3"), [(3, "changed")]
    ),
    "previous": (
        sql("UPDATE events SET previous = hash WHERE sequence = 5"), [(5, "detached"), (5, "changed")]
    ),
    "hash": (
        sql("UPDATE events SET hash = previous WHERE sequence = 5"), [(5, "changed"), (6, "detached")]
    ),
    "hash of the last": (sql("UPDATE events SET hash = previous WHERE sequence = 9"), [(9, "changed")]),
    "deleted within": (sql("DELETE FROM events WHERE sequence IN (4, 5)"), [(6, "missing")]),
    "deleted at the beginning": (sql("DELETE FROM events WHERE sequence = 1"), [(2, "missing")]),
    "deleted and closed up": (
        lambda connection: (
            sql("DELETE FROM events WHERE sequence = 8")(connection),
            sql("UPDATE events SET sequence = 8 WHERE sequence = 9")(connection),
        ),
        [(8, "detached"), (8, "changed")],
    ),
    "exchanged": (
        swap, [(4, "detached"), (4, "changed"), (5, "detached"), (5, "changed"), (6, "detached")]
    ),
    "put in": (insert, [(10, "detached"), (10, "changed")]),
    "hashed anew": (lambda connection: rehash(connection, 4, 4), [(5, "detached")]),
    "several": (
        sql("UPDATE events SET actor = 'eve' WHERE sequence IN (2, 6)"), [(2, "changed"), (6, "changed")]
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TAMPERINGS)
def test_each_tampering_is_found_where_it_was_done(light: Workbench, name: str) -> None:
    tamper, expected = TAMPERINGS[name]
    with engine_of(light).begin() as connection:
        bare(connection)
        tamper(connection)
    with light.store.reading() as view:
        found = view.verify()
    assert [(one.sequence, one.fault) for one in found.breaks] == expected


HEADED: dict[str, tuple[Tamper, list[tuple[int, str]]]] = {
    "cut end": (sql("DELETE FROM events WHERE sequence > 7"), [(8, "cut")]),
    "all of it cut": (sql("DELETE FROM events"), [(1, "cut")]),
    "made anew": (lambda connection: rehash(connection, 4, 9), [(9, "rewritten")]),
}


@pytest.mark.parametrize("name", HEADED)
def test_what_the_chain_cannot_see_a_remembered_head_shows(light: Workbench, name: str) -> None:
    tamper, expected = HEADED[name]
    with light.store.reading() as view:
        remembered = view.head()
        assert not view.verify(remembered).breaks
    with engine_of(light).begin() as connection:
        bare(connection)
        tamper(connection)
    with light.store.reading() as view:
        assert not view.verify().breaks
        found = view.verify(remembered).breaks
    assert [(one.sequence, one.fault) for one in found] == expected


def test_a_head_stays_good_while_the_log_grows(light: Workbench) -> None:
    with light.store.reading() as view:
        remembered = view.head()
    judge(light, ANN, 3, accept(entry(light, 3)))
    with light.store.reading() as view:
        assert not view.verify(remembered).breaks
        assert view.head().sequence == remembered.sequence + 2
    assert check([], NOTHING).breaks == ()
    assert check([], Head(sequence=3, hash="0" * 64)).breaks[0].fault == "cut"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE events SET actor = 'eve'",
        "UPDATE events SET actor = actor WHERE sequence = 1",
        "DELETE FROM events WHERE sequence = 9",
        "DELETE FROM events",
        "INSERT OR REPLACE INTO events SELECT sequence, at, 'eve', kind, item_id, payload, previous, hash "
        "FROM events WHERE sequence = 9",
        "TRUNCATE events",
    ],
)
def test_the_store_refuses_to_change_the_log(work: Workbench, statement: str) -> None:
    with pytest.raises(DBAPIError), engine_of(work).begin() as connection:
        connection.execute(sa.text(statement))
    with work.store.reading() as view:
        assert view.verify().events == 9
        assert not view.verify().breaks


STATES = {
    "state": ("UPDATE items SET state = 'accepted' WHERE position = 4", "items"),
    "wording": ("UPDATE items SET wording = 'You may do as you like.' WHERE position = 1", "items"),
    "item": ("DELETE FROM items WHERE position = 5", "items"),
    "verdict": ("UPDATE verdicts SET reviewer = 'eve' WHERE sequence = 7", "verdicts 7"),
    "verdict gone": ("DELETE FROM verdicts WHERE sequence = 9", "verdicts 9"),
    "claim": ("INSERT INTO claims VALUES ('x', 'eve', '2026', '2027')", "claims x"),
}


@pytest.mark.parametrize("name", STATES)
def test_a_state_that_is_not_its_log_is_told_and_mended_by_replay(light: Workbench, name: str) -> None:
    statement, where = STATES[name]
    with light.store.reading() as view:
        assert view.differences() == []
    with engine_of(light).begin() as connection:
        connection.execute(sa.text(statement))
    with light.store.reading() as view:
        (told,) = view.differences()
        assert told.startswith(where)
    with light.store.writing() as ledger:
        assert ledger.replay() == 9
        assert ledger.differences() == []
    assert entry(light, 1).state == "accepted"


def test_a_replay_gives_the_same_state(work: Workbench) -> None:
    before = [entry(work, number) for number in range(1, 6)]
    with work.store.writing() as ledger:
        assert ledger.replay() == 9
    assert [entry(work, number) for number in range(1, 6)] == before


def test_a_power_cut_between_event_and_state_leaves_nothing_of_both(
    work: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(*_: object) -> None:
        raise OSError("power cut")

    shown = entry(work, 3)
    work.claim(shown.item.id, ANN)
    with monkeypatch.context() as broken:
        broken.setattr(projection, "apply", cut)
        with pytest.raises(OSError, match="power cut"):
            work.decide(shown.item.id, ANN, accept(shown))
    with work.store.reading() as view:
        assert view.head().sequence == 10
        assert not view.verify().breaks
        assert view.differences() == []
    assert work.decide(shown.item.id, ANN, accept(shown)).state == "accepted"


def appending(url: str, times: int, end: str = "") -> "subprocess.Popen[bytes]":
    """Another process that appends; ``end`` is what it does within the last transaction."""
    script = f"""
import os
from api.review.records import Deed
from api.store.reviews import ReviewStore
store = ReviewStore.open({url!r})
for _ in range({times}):
    with store.writing() as ledger:
        ledger.append(Deed.model_validate_json({DEED.model_dump_json()!r}))
        {end}
"""
    return subprocess.Popen([sys.executable, "-c", script], cwd=ROOT)  # noqa: S603


def test_a_process_that_dies_within_a_transaction_leaves_nothing(work: Workbench, store_url: str) -> None:  # noqa: F811
    assert appending(store_url, 1, "os._exit(9)").wait(120) == 9
    with work.store.reading() as view:
        assert view.head().sequence == 9
        assert not view.verify().breaks


def test_two_processes_that_append_at_once_keep_one_chain(work: Workbench, store_url: str) -> None:  # noqa: F811
    both = [appending(store_url, 20) for _ in range(2)]
    assert [one.wait(120) for one in both] == [0, 0]
    with work.store.reading() as view:
        found = view.verify()
    assert (found.events, found.breaks) == (49, ())


def test_the_tables_are_those_that_the_queries_name(store_url: str) -> None:  # noqa: F811
    engine = open_store(store_url)
    with engine.connect() as connection:
        ours = {"events", *(table.name for table in STATE)}

        def is_ours(found: Any, name: str, kind: str, *_: object) -> bool:
            return (name if kind == "table" else found.table.name) in ours

        options = {"compare_type": True, "include_object": is_ours}
        context = MigrationContext.configure(connection, opts=options)
        told = [one for one in compare_metadata(context, items.metadata) if one[0] != "remove_index"]
    engine.dispose()
    assert told == []
