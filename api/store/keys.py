"""The keys of the service: made, listed, revoked, recognised.

A key is 256 random bits. Nobody can guess it or look it up in a list, so its plain SHA-256 tells nothing of
it; a slow or keyed digest would only guard secrets that people think of.
"""

import hashlib
import hmac
import secrets
from datetime import UTC, datetime
from typing import Literal

import sqlalchemy as sa

from api.store.database import TABLES, Moment, reading
from translator.errors import InputError
from translator.records import Record

Role = Literal["translate", "review", "admin"]

PREFIX = "pc_"
"""What every key begins with, so that a scanner for leaked secrets can tell one."""
_BYTES = 32
# The database looks for these first digits in whatever time it takes, which tells no more than they do.
_INDEXED_DIGITS = 4

keys = sa.Table(
    "keys",
    TABLES,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("role", sa.String(20), nullable=False),
    sa.Column("digest", sa.String(64), nullable=False, unique=True),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("revoked_at", Moment),
)


class KeyHolder(Record):
    """What is known of a key: everything but the key."""

    name: str
    role: Role
    created_at: datetime
    revoked_at: datetime | None = None


def add(store: sa.Engine, name: str, role: Role) -> str:
    """Makes a key.

    Returns:
        The key, which is kept nowhere.

    Raises:
        InputError: The name has a key already.
    """
    key = PREFIX + secrets.token_urlsafe(_BYTES)
    row = {"name": name, "role": role, "digest": digest_of(key), "created_at": datetime.now(UTC)}
    try:
        with store.begin() as connection:
            connection.execute(keys.insert().values(row))
    except sa.exc.IntegrityError:  # of those that are not revoked, each has its own name
        raise InputError(name, "has a key already", "Revoke it first, or choose another name") from None
    return key


def revoke(store: sa.Engine, name: str) -> None:
    """Revokes the key of a name, from the next request on.

    Raises:
        InputError: The name has no key.
    """
    valid = keys.c.revoked_at.is_(None)
    with store.begin() as connection:
        found = connection.execute(
            keys.update().where(keys.c.name == name, valid).values(revoked_at=datetime.now(UTC))
        ).rowcount
    if not found:
        raise InputError(name, "has no key", "See plaincriteria keys list")


def listed(store: sa.Engine) -> list[KeyHolder]:
    """All that ever had a key, the revoked among them, oldest first."""
    query = sa.select(keys.c.name, keys.c.role, keys.c.created_at, keys.c.revoked_at).order_by(keys.c.id)
    with reading(store) as connection:
        return [KeyHolder.model_validate(dict(row)) for row in connection.execute(query).mappings()]


def find(store: sa.Engine, key: str) -> KeyHolder | None:
    """Who holds a key; None for one that is unknown or revoked."""
    digest = digest_of(key)
    query = sa.select(keys).where(
        keys.c.digest.startswith(digest[:_INDEXED_DIGITS]), keys.c.revoked_at.is_(None)
    )
    with reading(store) as connection:
        rows = connection.execute(query).all()
    for row in rows:
        if hmac.compare_digest(row.digest, digest):
            return KeyHolder(name=row.name, role=row.role, created_at=row.created_at)
    return None


def digest_of(key: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()
