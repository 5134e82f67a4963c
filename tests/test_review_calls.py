"""The workbench over HTTP and on the command line, as its users meet it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from fakes import FakeTranslator
from fastapi.testclient import TestClient
from reviewing import audit
from test_http import wait_until_ready

from api.app import create_app
from api.cli import run
from api.review.errors import Refusal
from api.routes.reviews import STATUSES
from api.settings import Settings
from api.store import keys
from translator import scoring

PAIRS = [
    {"id": "1", "section": "inclusion", "source": "Adult", "plain": "wrong"},
    {"id": "2", "section": "exclusion", "source": "Asthma", "plain": "You cannot join if you have asthma."},
]


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(scoring, "audit", audit)
    return f"sqlite:///{tmp_path / 'store.db'}"


@pytest.fixture
def client(store: str) -> Iterator[TestClient]:
    settings = Settings.model_validate({"store": store, "keys": "required", "review_double_share": 0})
    with TestClient(create_app(settings, FakeTranslator)) as client:
        wait_until_ready(client)
        yield client


@pytest.fixture
def people(client: TestClient) -> dict[str, dict[str, str]]:
    """Headers of a reviewer, another, an admin, and one who may only translate."""
    engine: sa.Engine = client.app.state.store  # type: ignore[attr-defined]
    roles = {"ann": "review", "bob": "review", "ada": "admin", "tom": "translate"}
    return {name: {"Authorization": f"Bearer {keys.add(engine, name, role)}"} for name, role in roles.items()}


def take_in(client: TestClient, headers: dict[str, str]) -> list[dict[str, Any]]:
    answer = client.post("/v1/reviews", json={"items": PAIRS}, headers=headers)
    assert answer.status_code == 201, answer.text
    assert answer.json()["imported"]["new"] == 2
    return client.get("/v1/reviews", headers=headers).json()["entries"]


def problem(answer: Any) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["type"].removeprefix("urn:plaincriteria:review:")


def test_a_review_from_import_to_verdict(client: TestClient, people: dict[str, dict[str, str]]) -> None:
    ann, bob = people["ann"], people["bob"]
    first, second = take_in(client, ann)
    assert (first["item"]["criterion_id"], second["item"]["criterion_id"]) == ("1", "2")
    at = f"/v1/reviews/{first['item']['id']}"
    assert client.get(at, headers=ann).json()["after"]["item"]["criterion_id"] == "2"
    decision = {"action": "edit", "digest": first["digest"], "plain": "wrong again"}

    assert problem(client.post(f"{at}/decision", json=decision, headers=ann)) == (409, "unclaimed")
    assert client.post(f"{at}/claim", headers=ann).json()["reviewer"] == "ann"
    assert problem(client.post(f"{at}/claim", headers=bob)) == (409, "claimed")
    assert problem(client.post(f"{at}/decision", json=decision, headers=ann)) == (422, "unfaithful")
    scored = client.post(f"{at}/score", json={"plain": "wrong again"}, headers=ann).json()
    assert scored["verdict"] == "unfaithful"
    stale = {**decision, "plain": "You must be 18.", "digest": "0"}
    assert problem(client.post(f"{at}/decision", json=stale, headers=ann)) == (409, "stale")
    mended = {**decision, "plain": "You must be 18."}
    after = client.post(f"{at}/decision", json=mended, headers=ann).json()
    assert (after["state"], after["wording"]) == ("edited", "You must be 18.")

    history = client.get(f"{at}/history", headers=bob).json()
    assert [event["kind"] for event in history] == ["imported", "claimed", "decided"]
    assert [event["actor"] for event in history] == ["ann"] * 3
    assert client.get("/v1/reviews/progress", headers=bob).json()["states"] == {"edited": 1, "open": 1}
    assert client.get("/v1/reviews/agreement", headers=bob).json()["agreement"]["pace"][0]["verdicts"] == 1


def test_the_log_can_be_checked_from_afar(client: TestClient, people: dict[str, dict[str, str]]) -> None:
    take_in(client, people["ann"])
    checked = client.get("/v1/reviews/verify", headers=people["bob"]).json()
    assert (checked["log"]["events"], checked["log"]["breaks"], checked["differences"]) == (2, [], [])
    head = f"9:{'0' * 64}"
    again = client.get("/v1/reviews/verify", params={"head": head}, headers=people["bob"]).json()
    assert [one["fault"] for one in again["log"]["breaks"]] == ["cut"]
    assert client.get("/v1/reviews/verify", params={"head": "x"}, headers=people["bob"]).status_code == 422


def test_who_may_do_what(client: TestClient, people: dict[str, dict[str, str]]) -> None:
    first, _ = take_in(client, people["ann"])
    at = f"/v1/reviews/{first['item']['id']}"
    assert client.get("/v1/reviews").status_code == 401
    assert client.get("/v1/reviews", headers=people["tom"]).status_code == 403
    assert problem(client.post(f"{at}/reopen", json={"reason": "x"}, headers=people["bob"])) == (
        403,
        "forbidden",
    )
    client.post(f"{at}/claim", headers=people["ann"])
    assert problem(client.delete(f"{at}/claim", headers=people["bob"])) == (409, "claimed")
    assert client.delete(f"{at}/claim", headers=people["ada"]).status_code == 204
    assert problem(client.get(f"/v1/reviews/{'0' * 32}", headers=people["ada"])) == (404, "not_found")


def test_exports_have_their_types(client: TestClient, people: dict[str, dict[str, str]]) -> None:
    take_in(client, people["ann"])
    for form, kind, lines in (("jsonl", "application/x-ndjson", 2), ("csv", "text/csv", 3), ("pairs", "", 0)):
        answer = client.get("/v1/reviews/export", params={"format": form}, headers=people["bob"])
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith(kind)
        assert len(answer.text.splitlines()) == lines
    page = client.get("/v1/reviews/report", params={"trial_id": "http"}, headers=people["bob"])
    assert "Review of http" in page.text
    assert page.headers["content-type"].startswith("text/html")


def test_a_bad_item_does_not_take_its_neighbours_along(
    client: TestClient, people: dict[str, dict[str, str]]
) -> None:
    body = {"items": [PAIRS[0], {"id": "x"}, PAIRS[1]], "batch": "mixed"}
    answer = client.post("/v1/reviews", json=body, headers=people["ann"]).json()
    assert answer["imported"]["new"] == 2
    assert [one["where"] for one in answer["errors"]] == ["item 2"]
    assert client.post("/v1/reviews", json={"items": []}, headers=people["ann"]).status_code == 422


def test_every_refusal_has_a_status() -> None:
    assert set(STATUSES) == set(Refusal.__args__)


def reviewed(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = run(["review", *arguments])
    told = capsys.readouterr()
    return status, told.out.strip(), told.err.strip()


@pytest.fixture
def pairs_file(tmp_path: Path) -> str:
    path = tmp_path / "pairs.jsonl"
    path.write_text("".join(f"{json.dumps(pair)}\n" for pair in PAIRS), "utf-8")
    return str(path)


def test_a_review_on_the_command_line(
    store: str, pairs_file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    on, ann = ("--store", store), ("--as", "ann")
    assert reviewed(capsys, "import", pairs_file, *on, *ann)[1].startswith("2 new, 0 changed")
    first, second = map(json.loads, reviewed(capsys, "queue", *on)[1].splitlines())
    item, digest = first["item"]["id"], first["digest"]
    assert (
        "is not claimed by you"
        in reviewed(capsys, "decide", item, "accept", "--digest", digest, *on, *ann)[2]
    )
    assert reviewed(capsys, "claim", item, *on, *ann)[1].startswith("yours until")
    rejecting = ("reject", "--digest", digest[:12], "--error", "number:critical:It says 3: not 1.5")
    assert reviewed(capsys, "decide", item, *rejecting, *on, *ann)[:2] == (0, "rejected")
    shown = json.loads(reviewed(capsys, "show", item, *on, *ann)[1])
    assert shown["verdicts"][0]["decision"]["errors"][0]["note"] == "It says 3: not 1.5"
    assert "by an admin alone" in reviewed(capsys, "reopen", item, "--reason", "x", *on, *ann)[2]
    assert reviewed(capsys, "reopen", item, "--reason", "x", "--role", "admin", *on, *ann)[1] == "open"

    status, head, _ = reviewed(capsys, "head", *on)
    assert (status, head.partition(":")[0]) == (0, "5")
    assert reviewed(capsys, "verify", "--head", head, *on)[0] == 0
    assert reviewed(capsys, "replay", *on)[1] == "5 events"
    figures = json.loads(reviewed(capsys, "agreement", *on)[1])
    assert figures["scorer"]["errors"] == 1
    assert (
        "not those that are proposed"
        in reviewed(capsys, "thresholds", "0.7", "0.2", "--reason", "x", "--role", "admin", *on, *ann)[2]
    )
    assert len(reviewed(capsys, "export", *on)[1].splitlines()) == 2
    out = tmp_path / "report.html"
    assert reviewed(capsys, "report", "--trial", "pairs.jsonl", "--out", str(out), *on)[0] == 0
    assert "Review of pairs.jsonl" in out.read_text("utf-8")
    assert second["item"]["criterion_id"] == "2"


def test_a_log_that_was_changed_is_told_with_status_1(
    store: str, pairs_file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    on = ("--store", store)
    reviewed(capsys, "import", pairs_file, *on, "--as", "ann")
    head = reviewed(capsys, "head", *on)[1]
    engine = sa.create_engine(store)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE items SET state = 'accepted' WHERE position = 1")
    status, told, _ = reviewed(capsys, "verify", *on)
    assert status == 1
    assert told.startswith("items ")
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER events_not_deleted")
        connection.exec_driver_sql("DELETE FROM events WHERE sequence = 2")
    engine.dispose()
    status, told, _ = reviewed(capsys, "verify", "--head", head, *on)
    assert (status, told) == (
        1, "event 2: the log ends before the head that was remembered: its end was cut off"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["import", "gone.jsonl", "--as", "ann"], "gone.jsonl: no such file"),
        (["import", "gone.jsonl", "--as", "a\x1bnn"], "name: must be printable"),
        (["show", "x", "--as", "ann"], "x: is no item of this store"),
        (["verify", "--head", "x"], "--head: is no head of a log"),
        (["export", "--pairs", "--wordings"], "give one of"),
        (["report", "--trial", "x"], "x: has no items"),
        (["decide", "x", "reject", "--digest", "0", "--error", "color:bad", "--as", "ann"], "errors.0.type"),
        (["queue", "--after", "x"], "after: is not what a page gave"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_told_in_one_line(
    store: str, arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, _, error = reviewed(capsys, *arguments, "--store", store)
    assert status == 2
    assert told in error
    assert "\n" not in error
