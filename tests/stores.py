"""Stores for a test: SQLite in a folder, and PostgreSQL as a cluster of its own on this machine.

``store_url`` runs a test once with each; import the three fixtures where they are needed.
"""

import os
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

_SERVER = ("postgres", "initdb", "pg_ctl")
_UNPRIVILEGED = "postgres"  # PostgreSQL refuses to run as root


def _command(*words: str) -> list[str]:
    return ["runuser", "-u", _UNPRIVILEGED, "--", *words] if os.geteuid() == 0 else [*words]


def _run(*words: str) -> None:
    subprocess.run(_command(*words), check=True, stdout=subprocess.DEVNULL, timeout=60)  # noqa: S603


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a fresh PostgreSQL server on loopback, without a database's name."""
    pytest.importorskip("psycopg", reason="the extra postgres is not installed")
    if not all(map(shutil.which, _SERVER)):
        pytest.skip("there is no PostgreSQL server on this machine")
    with tempfile.TemporaryDirectory(prefix="postgres-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        if os.geteuid() == 0:
            shutil.chown(folder, _UNPRIVILEGED)
        data = str(folder / "data")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        _run("initdb", "--no-sync", "--auth=trust", "--username=tester", "--pgdata", data)
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off"
        _run("pg_ctl", "start", "--wait", "--pgdata", data, "--log", f"{data}/log", "--options", options)
        try:
            yield f"postgresql+psycopg://tester@127.0.0.1:{port}"
        finally:
            _run("pg_ctl", "stop", "--mode=immediate", "--pgdata", data)


@pytest.fixture
def postgres_url(postgres: str) -> str:
    """The URL of an empty database."""
    name = f"t{uuid.uuid4().hex}"
    engine = sa.create_engine(f"{postgres}/postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return f"{postgres}/{name}"


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty store of either kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url
