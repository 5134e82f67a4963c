"""What the command ``keys`` does."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from api import COMMAND
from api.settings import Settings
from api.store import keys
from api.store.database import open_store
from api.store.keys import Role


def add(name: str, role: Role) -> int:
    """Make a key and print it.

    Raises:
        InputError: The name has a key already, or the store cannot be opened.
    """
    with _store() as store:
        print(keys.add(store, name, role))
    print(f"{COMMAND}: the key of {name} ({role}); it is not shown again", file=sys.stderr)
    return 0


def listed() -> int:
    """Print a line for each key: name, role, when it was made and, where it was, revoked.

    Raises:
        InputError: The store cannot be opened.
    """
    with _store() as store:
        for one in keys.listed(store):
            revoked = f"revoked {one.revoked_at:%Y-%m-%d}" if one.revoked_at else "valid"
            print(one.name, one.role, f"{one.created_at:%Y-%m-%d}", revoked, sep="\t")
    return 0


def revoke(name: str) -> int:
    """Revoke the key of a name.

    Raises:
        InputError: The name has no key, or the store cannot be opened.
    """
    with _store() as store:
        keys.revoke(store, name)
    return 0


@contextmanager
def _store() -> Iterator[sa.Engine]:
    store = open_store(Settings.from_environment().store_url)
    try:
        yield store
    finally:
        store.dispose()
