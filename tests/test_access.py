"""Keys, roles and rates: who is let in, who is not, and how often."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import anyio
import pytest
import sqlalchemy as sa
from fakes import FakeTranslator
from fastapi import Request
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from stores import postgres, postgres_url, store_url  # noqa: F401  fixtures

from api.access import Access, Identity
from api.app import create_app
from api.cli import run
from api.problems import Problem
from api.rates import Rate
from api.settings import Settings
from api.store import keys
from api.store.database import open_store
from translator.errors import InputError

BODY = {"criteria": [{"id": "1", "section": "inclusion", "text": "Age over 17"}]}
FAR = ("203.0.113.9", 50000)


@contextmanager
def opened(url: str) -> Iterator[sa.Engine]:
    store = open_store(url)
    yield store
    store.dispose()


@pytest.fixture
def store(store_url: str) -> Iterator[sa.Engine]:  # noqa: F811
    with opened(store_url) as store:
        yield store


@contextmanager
def served(url: str, client: tuple[str, int] = FAR, **more: object) -> Iterator[TestClient]:
    settings = Settings.model_validate({"store": url, "host": "0.0.0.0", **more})  # noqa: S104
    with TestClient(create_app(settings, FakeTranslator), client=client) as client_:  # type: ignore[arg-type]
        while client_.get("/readyz").status_code != 200:
            pass
        yield client_


# Keys


def test_a_key_is_known_until_it_is_revoked_and_kept_nowhere(store: sa.Engine) -> None:
    key = keys.add(store, "web", "review")
    assert re.fullmatch(r"pc_[A-Za-z0-9_-]{43}", key)
    found = keys.find(store, key)
    assert found is not None
    assert (found.name, found.role) == ("web", "review")
    with store.connect() as connection:
        kept = [str(row) for row in connection.execute(sa.text("SELECT * FROM keys"))]
    assert key not in kept[0]
    assert key[3:] not in kept[0]
    for wrong in (key[:-1], key + "x", key.lower(), "", "pc_", "\ud800", "%", "é" * 5000):
        assert keys.find(store, wrong) is None
    keys.revoke(store, "web")
    assert keys.find(store, key) is None
    assert [one.revoked_at is None for one in keys.listed(store)] == [False]


def test_a_name_has_one_key_at_a_time(store: sa.Engine) -> None:
    first = keys.add(store, "web", "translate")
    with pytest.raises(InputError, match="has a key already"):
        keys.add(store, "web", "admin")
    keys.revoke(store, "web")
    second = keys.add(store, "web", "admin")
    assert first != second
    assert keys.find(store, first) is None
    with pytest.raises(InputError, match="has no key"):
        keys.revoke(store, "nobody")
    assert [(one.name, one.role) for one in keys.listed(store)] == [("web", "translate"), ("web", "admin")]


def test_the_command_shows_a_key_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PLAINCRITERIA_STORE", f"sqlite:///{tmp_path}/below/store.db")
    assert run(["keys", "add", "web", "--role", "review"]) == 0
    key = capsys.readouterr().out.strip()
    assert run(["keys", "add", "web"]) == 2
    assert run(["keys", "add", "a\tb"]) == 2
    assert run(["keys", "list"]) == 0
    told = capsys.readouterr()
    assert told.out.split("\t")[:2] == ["web", "review"]
    assert key not in told.out + told.err
    assert run(["keys", "revoke", "web"]) == 0
    assert run(["keys", "revoke", "web"]) == 2
    monkeypatch.setenv("PLAINCRITERIA_STORE", "sqlite:////proc/none/store.db")
    assert run(["keys", "list"]) == 2


# Requests


@pytest.mark.parametrize("given_headers", [{}, {"Authorization": "Basic eA=="}, {"X-API-Key": " "}])
def test_without_a_key_nobody_is_let_in(store_url: str, given_headers: dict[str, str]) -> None:  # noqa: F811
    with served(store_url) as client:
        for path in ("/v1/translate", "/v1/audit"):
            answer = client.post(path, json=BODY, headers=given_headers)
            assert answer.status_code == 401
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.headers["www-authenticate"] == 'Bearer realm="plaincriteria"'
        assert client.get("/trials/NCT99000002", headers=given_headers).status_code == 401
        assert client.get("/healthz").status_code == 200


def test_either_header_will_do_until_the_key_is_revoked(store_url: str) -> None:  # noqa: F811
    with opened(store_url) as store:
        key = keys.add(store, "web", "translate")
        with served(store_url) as client:
            for headers in ({"Authorization": f"bearer  {key}"}, {"X-API-Key": key}):
                assert client.post("/v1/translate", json=BODY, headers=headers).status_code == 200
            wrong = client.post("/v1/translate", json=BODY, headers={"X-API-Key": f"{key[:-1]}!"})
            assert wrong.status_code == 401
            assert 'error="invalid_token"' in wrong.headers["www-authenticate"]
            assert key[:-1] not in wrong.text
            keys.revoke(store, "web")
            assert client.post("/v1/translate", json=BODY, headers=headers).status_code == 401


@pytest.mark.parametrize(
    ("host", "said", "required"),
    [
        ("127.0.0.1", "auto", False), ("::1", "auto", False), ("localhost", "auto", False),
        ("127.0.0.1", "required", True), ("0.0.0.0", "auto", True), ("::", "auto", True),  # noqa: S104
        ("example.org", "auto", True), ("0.0.0.0", "off", False),  # noqa: S104
    ],
)  # fmt: skip
def test_when_a_key_is_required(host: str, said: str, required: bool) -> None:
    given_settings = {"PLAINCRITERIA_HOST": host, "PLAINCRITERIA_KEYS": said}
    assert Settings.from_environment(given_settings).keys_required is required


def test_each_role_may_do_what_those_before_it_may() -> None:
    roles: list[keys.Role] = ["translate", "review", "admin"]
    table = [[Identity(name="x", role=one).may(other) for other in roles] for one in roles]
    assert table == [[True, False, False], [True, True, False], [True, True, True]]


def test_a_store_that_is_gone_is_told(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/store.db"
    with served(url) as client:
        with client.app.state.store.begin() as connection:  # type: ignore[attr-defined]
            connection.execute(sa.text("DROP TABLE keys"))
        answer = client.post("/v1/translate", json=BODY, headers={"X-API-Key": "pc_x"})
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) > 0
        assert "no such table" not in answer.text


# Rates


def test_a_key_that_asks_too_often_is_told_to_wait(store_url: str) -> None:  # noqa: F811
    with opened(store_url) as store:
        web, other = (keys.add(store, name, "translate") for name in ("web", "other"))
    with served(store_url, key_rate=3) as client:
        answers = [
            client.post("/v1/translate", json=BODY, headers={"X-API-Key": key}) for key in (*[web] * 4, other)
        ]
        assert [one.status_code for one in answers] == [200, 200, 200, 429, 200]
        assert [one.headers["ratelimit"].split(";")[1] for one in answers] == [
            "r=2",
            "r=1",
            "r=0",
            "r=0",
            "r=2",
        ]
        assert answers[0].headers["ratelimit-policy"] == '"key";q=3;w=60'
        assert 1 <= int(answers[3].headers["retry-after"]) <= 20
        assert json.loads(answers[3].text)["status"] == 429
        assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize(
    ("addresses", "statuses"),
    [
        (["203.0.113.9", "203.0.113.9", "203.0.113.10"], [200, 429, 200]),
        (["2001:db8::a", "2001:db8::2", "2001:db8:0:1::a"], [200, 429, 200]),
        (["::ffff:203.0.113.9", "203.0.113.9"], [200, 429]),
        (["127.0.0.1", "127.0.0.1", "::1", "::ffff:127.0.0.1"], [200] * 4),
    ],
)
def test_an_address_that_asks_too_often_is_told_to_wait(
    addresses: list[str], statuses: list[int], tmp_path: Path
) -> None:
    async def asked(access: Access, address: str) -> int:
        request = Request({"type": "http", "client": (address, 1), "headers": []})
        try:
            _, headers = await access.admit(request, None)
        except Problem as problem:
            return problem.status_code
        assert ("RateLimit" in headers) == (address[-3:] != "::1" and "127.0.0.1" not in address)
        return 200

    with opened(f"sqlite:///{tmp_path}/store.db") as store:
        access = Access(Settings(keys="off", address_rate=1), store)
        assert [anyio.run(asked, access, address) for address in addresses] == statuses


@given(
    quota=st.integers(1, 300),
    waits=st.lists(st.floats(0, 90, allow_nan=False), min_size=1, max_size=80),
)
def test_a_bucket_lets_through_its_quota_and_no_more(quota: int, waits: list[float]) -> None:
    now = 0.0
    rate = Rate(quota, lambda: now)
    passed: list[float] = []
    for wait in waits:
        now += wait
        before = rate.take("a")
        if before.wait == 0:
            passed.append(now)
        else:
            assert 0 < before.wait <= 60 / quota + 1e-6  # the next drop, and no longer
    for first, start in enumerate(passed):
        for last in range(first, len(passed)):
            # A full bucket, and what drips in meanwhile.
            assert last - first + 1 <= quota + (passed[last] - start) * quota / 60 + 1e-3


@given(quota=st.integers(1, 300))
def test_a_full_bucket_holds_a_minute_and_whoever_waits_is_let_through(quota: int) -> None:
    now = 0.0
    rate = Rate(quota, lambda: now)
    assert [rate.take("a").left for _ in range(quota)] == list(range(quota))[::-1]
    refused = rate.take("a")
    assert refused.wait > 0
    assert rate.take("b").wait == 0
    now += refused.wait
    assert rate.take("a").wait == 0
    assert rate.take("a").wait > 0
    now += 60
    assert rate.take("a").left == quota - 1


def test_only_so_many_callers_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.rates._MOST_CALLERS", 2)
    rate = Rate(1, lambda: 0.0)
    assert [rate.take(caller).wait > 0 for caller in "aabcb"] == [False, True, False, False, True]
    assert rate.take("a").wait == 0
