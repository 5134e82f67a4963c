"""The trials that were translated, one of an id, each with the record that it was made from."""

from datetime import datetime
from typing import Literal

import sqlalchemy as sa

from api.store.database import TABLES, Moment, reading
from translator.records import Record

Source = Literal["registry", "posted"]

trials = sa.Table(
    "trials",
    TABLES,
    sa.Column("nct_id", sa.String(11), primary_key=True),
    sa.Column("source", sa.String(20), nullable=False),
    sa.Column("record", sa.Text, nullable=False),
    sa.Column("translated", sa.Text, nullable=False),
    sa.Column("versions", sa.Text, nullable=False),
    sa.Column("etag", sa.String(64), nullable=False),
    sa.Column("validator", sa.Text),
    sa.Column("obtained_at", Moment, nullable=False),
    sa.Column("checked_at", Moment, nullable=False),
    sa.Column("translated_at", Moment, nullable=False),
)


class Obtained(Record):
    """A record of a trial, and how it came.

    Attributes:
        source: Who gave it.
        record: Its ``protocolSection``, as JSON.
        validator: What the registry calls this state of the record, where it does.
        obtained_at: When it came.
        checked_at: When the registry last confirmed it, or it came.
    """

    nct_id: str
    source: Source
    record: str
    validator: str | None
    obtained_at: datetime
    checked_at: datetime


class KeptTrial(Obtained):
    """A row: a record and its translation.

    Attributes:
        translated: A ``TranslatedTrial``, as JSON.
        versions: The ``Versions`` that it was made with, as JSON.
        etag: Tells this record under these versions from any other.
    """

    translated: str
    versions: str
    etag: str
    translated_at: datetime


def find(store: sa.Engine, nct_id: str) -> KeptTrial | None:
    """The trial of an id, in capitals."""
    with reading(store) as connection:
        row = connection.execute(sa.select(trials).where(trials.c.nct_id == nct_id)).mappings().first()
    return None if row is None else KeptTrial.model_validate(dict(row))


def keep(store: sa.Engine, trial: KeptTrial) -> None:
    """Keeps a trial in the place of the one before it."""
    with store.begin() as connection:
        connection.execute(sa.delete(trials).where(trials.c.nct_id == trial.nct_id))
        connection.execute(trials.insert().values(trial.model_dump()))
