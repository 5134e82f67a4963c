"""Opens a store: SQLite by default, PostgreSQL by URL, brought to the newest tables first."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from translator.errors import InputError

_PATIENCE_SECONDS = 30  # for a lock that another process holds
_MIGRATIONS = Path(__file__).parent / "migrations"
_READS = "plaincriteria_reads"  # option of a connection that will not write
_LOCK = 0x706C6169  # PostgreSQL's advisory lock while tables are changed; any number that others do not use


TABLES = sa.MetaData()


class StoreError(InputError):
    """The store cannot be opened."""


class Moment(sa.types.TypeDecorator[datetime]):
    """A time with its zone, kept as UTC; SQLite by itself forgets the zone."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """To UTC on the way in."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """With its zone on the way out."""
        if value is None or value.tzinfo is not None:
            return value
        return value.replace(tzinfo=UTC)


def open_store(url: str) -> sa.Engine:
    """Opens the store and makes or changes its tables as this version of the code needs them.

    The folder of a SQLite file is made where it is missing, for its owner alone.

    Args:
        url: SQLAlchemy's, such as ``sqlite:///plaincriteria.db`` or ``postgresql+psycopg://host/name``.

    Raises:
        StoreError: It cannot be opened, or was made by a newer version.
    """
    try:
        engine = sa.create_engine(url, **_options(url))
        if engine.dialect.name == "sqlite":
            Path(engine.url.database or "").parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _prepare_sqlite(engine)
        with engine.begin() as connection:
            if engine.dialect.name == "postgresql":
                connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            _upgrade(connection)
    except (SQLAlchemyError, ImportError, ValueError, OSError) as error:
        raise StoreError(
            _without_password(url), f"cannot be opened: {_cause(error)}", "Name another store"
        ) from None
    except Exception as error:  # Alembic's own, for tables of a version that it does not know
        raise StoreError(
            _without_password(url), f"has tables of another version: {error}", "Update plaincriteria"
        ) from None
    return engine


def _options(url: str) -> dict[str, Any]:
    if sa.make_url(url).get_backend_name() == "sqlite":
        return {"connect_args": {"timeout": _PATIENCE_SECONDS}}
    return {"pool_pre_ping": True}


def _prepare_sqlite(engine: sa.Engine) -> None:
    """Readers do not wait for writers, and what was committed outlasts a power cut."""

    @sa.event.listens_for(engine, "connect")
    def on_connect(connection: Any, _: object) -> None:
        connection.isolation_level = None  # begin is said by us, below
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
            connection.execute(f"PRAGMA {pragma}")

    @sa.event.listens_for(engine, "begin")
    def on_begin(connection: sa.Connection) -> None:
        # A transaction that reads first and writes then would fail where another wrote in between.
        reads = connection.get_execution_options().get(_READS, False)
        connection.exec_driver_sql("BEGIN DEFERRED" if reads else "BEGIN IMMEDIATE")


@contextmanager
def reading(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A transaction that only reads: it waits for no writer, and none waits for it."""
    with engine.connect().execution_options(**{_READS: True}) as connection:
        yield connection


def _upgrade(connection: sa.Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _without_password(url: str) -> str:
    try:
        return sa.make_url(url).render_as_string(hide_password=True)
    except SQLAlchemyError:
        return "store"


def _cause(error: Exception) -> str:
    return str(error.orig if isinstance(error, OperationalError) else error).strip().split("\n")[0]
