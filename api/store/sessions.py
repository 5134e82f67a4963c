"""Sessions of the reviewers' pages: who signed in in which browser, until when.

What the browser keeps is 256 random bits, of which only a digest stands here. A session that a key began ends
when the key is revoked.
"""

import secrets
from datetime import datetime, timedelta

import sqlalchemy as sa

from api.review.records import Reviewer
from api.store.database import TABLES, Moment, reading
from api.store.keys import digest_of, keys

_BYTES = 32

sessions = sa.Table(
    "sessions",
    TABLES,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("role", sa.String(20), nullable=False),
    sa.Column("key", sa.String(64)),
    sa.Column("expires_at", Moment, nullable=False),
)


def begin(store: sa.Engine, reviewer: Reviewer, key: str | None, now: datetime, lifetime: timedelta) -> str:
    """Begins a session; those that have expired go.

    Args:
        store: Where it is kept.
        reviewer: Whose it is.
        key: That they signed in with; None where keys are off.
        now: The time.
        lifetime: How long it lasts.

    Returns:
        The secret that names the session; it is kept nowhere.
    """
    secret = secrets.token_urlsafe(_BYTES)
    row = {
        "digest": digest_of(secret),
        **reviewer.model_dump(),
        "key": None if key is None else digest_of(key),
        "expires_at": now + lifetime,
    }
    with store.begin() as connection:
        connection.execute(sessions.delete().where(sessions.c.expires_at <= now))
        connection.execute(sessions.insert().values(row))
    return secret


def find(store: sa.Engine, secret: str, now: datetime, *, keyed: bool) -> Reviewer | None:
    """Whose session it is; None where it is unknown, has expired, or its key was revoked.

    Args:
        store: Where it is kept.
        secret: As the browser sends it.
        now: The time.
        keyed: Whether only a key may have begun it.
    """
    valid = sa.exists().where(keys.c.digest == sessions.c.key, keys.c.revoked_at.is_(None))
    began = valid if keyed else sa.or_(sessions.c.key.is_(None), valid)
    query = sa.select(sessions.c.name, sessions.c.role).where(
        sessions.c.digest == digest_of(secret), sessions.c.expires_at > now, began
    )
    with reading(store) as connection:
        row = connection.execute(query).one_or_none()
    return None if row is None else Reviewer(name=row.name, role=row.role)


def end(store: sa.Engine, secret: str) -> None:
    """Ends a session."""
    with store.begin() as connection:
        connection.execute(sessions.delete().where(sessions.c.digest == digest_of(secret)))
