"""Kept trials: translated once, compared when they are old, given when the registry cannot be asked."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fakes import VERSIONS, FakeTranslator
from fastapi import FastAPI
from fastapi.testclient import TestClient
from servers import wait_until
from stores import postgres, postgres_url, store_url  # noqa: F401  fixtures
from studies import CRITERIA, record

from api.app import create_app
from api.examples import TRIAL_REQUESTS
from api.library import Library
from api.settings import Settings
from translator.client import Fetched, RegistryError

ID = "NCT99000002"
PATH = f"/v1/trials/{ID}"
UNREACHABLE = RegistryError("url", "gave up", "", "unreachable")


def dated(date: str, criteria: str = CRITERIA, **more: Any) -> Any:
    return record(criteria, statusModule={"lastUpdatePostDateStruct": {"date": date}}, **more)


class Registry:
    """Answers what a test wants, with validators, and counts who asks."""

    def __init__(self) -> None:
        self.answer: Any = dated("2025-01-01")
        self.etag: str | None = '"1"'
        self.asked: list[str | None] = []

    def study(self, nct_id: str, *, etag: str | None = None) -> Fetched:
        self.asked.append(etag)
        if isinstance(self.answer, Exception):
            raise self.answer
        same = etag is not None and etag == self.etag
        return Fetched(record=None if same else self.answer, etag=self.etag, last_modified=None)

    def close(self) -> None:
        pass


class Service:
    """A service with a clock, a registry and a translator that a test can look into."""

    def __init__(self, app: FastAPI, client: TestClient, registry: Registry, fake: FakeTranslator) -> None:
        self.client, self.registry, self.fake = client, registry, fake
        self.now = datetime(2026, 1, 5, tzinfo=UTC)
        state = app.state
        state.library = Library(state.store, state.engine, registry, state.settings, lambda: self.now)  # type: ignore[arg-type]

    def get(self, path: str = PATH, **headers: str) -> Any:
        return self.client.get(path, headers=headers)

    def translations(self) -> int:
        return len(self.fake.batches)

    def later(self, **time: float) -> None:
        self.now += timedelta(**time)


@pytest.fixture
def service(store_url: str) -> Iterator[Service]:  # noqa: F811
    registry, fake = Registry(), FakeTranslator()
    settings = Settings.model_validate({"store": store_url, "max_text_characters": 600})
    app = create_app(settings, lambda: fake, registry)  # type: ignore[arg-type, return-value]
    with TestClient(app) as client:
        wait_until(lambda: client.get("/readyz").status_code == 200)
        yield Service(app, client, registry, fake)


# What is kept


def test_a_trial_is_fetched_and_translated_once(service: Service) -> None:
    first = service.get()
    assert first.status_code == 200
    body = first.json()
    assert body["trial"]["id"] == ID
    assert body["trial"]["version"] == "2025-01-01"
    assert [one["trial_id"] for one in body["translations"]] == [ID] * 6
    assert body["versions"] == VERSIONS.model_dump()
    assert (body["source"], body["stale"]) == ("registry", False)
    assert CRITERIA[slice(*body["translations"][1]["span"])] == body["translations"][1]["source"]
    again = service.get(f"/v1/trials/{ID.lower()}")
    assert again.json() == body
    pages = [service.get(f"/trials/{ID}{end}") for end in ("", "?order=protocol", "/print")]
    assert [page.status_code for page in pages] == [200] * 3
    assert service.translations() == 1
    assert service.registry.asked == [None]


def test_of_many_who_ask_at_once_one_waits_for_the_translation(service: Service) -> None:
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: service.get(), range(6)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    assert service.translations() == 1


def test_a_posted_record_is_kept_and_shown(service: Service) -> None:
    service.registry.answer = UNREACHABLE
    posted = service.client.post("/v1/trials", json=dated("2025-01-01"))
    assert posted.status_code == 200
    assert posted.json()["source"] == "posted"
    got = service.get()
    assert (got.json(), got.headers["etag"]) == (posted.json(), posted.headers["etag"])
    assert "Imaginary Fever" in service.get(f"/trials/{ID}").text
    assert service.registry.asked == []
    for example in TRIAL_REQUESTS.values():
        assert service.client.post("/v1/trials", json=example["value"]).status_code == 200


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        ({"x": 1}, 422, "protocolSection is missing"),
        ({"protocolSection": {}}, 422, "nctId is missing"),
        (dated("2025-01-01", nct_id="NCT1"), 422, "is no NCT id"),
        (dated("2025-01-01", criteria="x" * 601), 413, "max_text_characters"),
        ([], 422, "#"),
    ],
)
def test_what_is_no_record_is_refused(body: Any, status: int, told: str, service: Service) -> None:
    answer = service.client.post("/v1/trials", json=body)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert told in answer.text
    service.registry.answer = RegistryError("url", "no such study", "", "not_found")
    assert service.get().status_code == 404


def test_what_reviewers_decided_is_told_as_data_too(service: Service) -> None:
    def decide(source: str, **decision: object) -> None:
        entries = service.get(f"/v1/reviews?trial_id={ID}").json()["entries"]
        (entry,) = (one for one in entries if one["item"]["source"] == source)
        at, digest = f"/v1/reviews/{entry['item']['id']}", entry["digest"]
        service.client.post(f"{at}/claim").raise_for_status()
        service.client.post(f"{at}/decision", json={"digest": digest, **decision}).raise_for_status()

    first = service.get()
    items = {"items": first.json()["translations"], "whole": True}
    service.client.post("/v1/reviews", json=items).raise_for_status()
    unchanged = service.get(**{"If-None-Match": first.headers["etag"]})
    assert unchanged.status_code == 304
    decide("Age ≥ 18 years", action="edit", plain="You must be 18 years or older.", reason="plainer")
    after = service.get(**{"If-None-Match": first.headers["etag"]})
    assert after.status_code == 200
    told = {one["source"]: (one["route"], one["plain"]) for one in after.json()["translations"]}
    assert told["Age ≥ 18 years"] == ("memory", "You must be 18 years or older.")


# Whether it has changed


def test_whoever_has_it_is_told_so(service: Service) -> None:
    etag = service.get().headers["etag"]
    for named in (etag, etag.removeprefix("W/"), f'"other", {etag}', "*"):
        answer = service.get(**{"If-None-Match": named})
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", etag)
    assert service.get(**{"If-None-Match": '"other"'}).status_code == 200


def test_an_old_one_is_compared_with_the_registry(service: Service) -> None:
    first = service.get()
    service.later(hours=23.9)
    service.get()
    assert len(service.registry.asked) == 1
    service.later(hours=0.2)
    confirmed = service.get()
    assert service.registry.asked[1:] == ['"1"']
    assert confirmed.headers["etag"] == first.headers["etag"]
    assert confirmed.json()["checked_at"] > first.json()["checked_at"]
    service.get()
    assert len(service.registry.asked) == 2
    service.registry.answer, service.registry.etag = dated("2025-02-02", "* Age over 17\n"), '"2"'
    service.later(hours=25)
    changed = service.get()
    assert changed.headers["etag"] != first.headers["etag"]
    assert changed.json()["trial"]["version"] == "2025-02-02"
    assert len(changed.json()["translations"]) == 1
    assert service.translations() == 2


def test_a_new_version_with_the_same_criteria_is_kept_without_work(service: Service) -> None:
    service.get()
    service.registry.answer, service.registry.etag = dated("2025-02-02"), '"2"'
    service.later(hours=25)
    answer = service.get().json()
    assert (answer["trial"]["version"], service.translations()) == ("2025-02-02", 1)
    assert answer["translated_at"] < answer["obtained_at"]


def test_other_versions_of_ours_translate_anew(service: Service) -> None:
    etag = service.get().headers["etag"]
    service.fake.versions = VERSIONS.model_copy(update={"lexicon": "1" * 12})  # type: ignore[misc]
    service.registry.answer = UNREACHABLE
    answer = service.get(**{"If-None-Match": etag})
    assert answer.status_code == 200
    assert answer.json()["versions"]["lexicon"] == "1" * 12
    assert service.translations() == 2
    assert len(service.registry.asked) == 1


@pytest.mark.parametrize("reason", ["unreachable", "refused", "unusable"])
def test_where_the_registry_cannot_be_asked_the_kept_one_is_given(reason: Any, service: Service) -> None:
    first = service.get()
    service.registry.answer = RegistryError("url", "gave up", "", reason)
    service.later(hours=25)
    for _ in range(2):
        stale = service.get()
        assert stale.status_code == 200
        assert stale.json() == first.json() | {"stale": True}
    assert "2025-01-01" in service.get(f"/trials/{ID}").text
    # Who waits in vain is one a minute.
    assert len(service.registry.asked) == (2 if reason == "unreachable" else 4)
    service.registry.answer = dated("2025-02-02")
    service.registry.etag = None
    service.later(minutes=2)
    assert service.get().json()["trial"]["version"] == "2025-02-02"


@pytest.mark.parametrize(
    "answer",
    [dated("2024-12-31", "* older"), {"protocolSection": 7}, RegistryError("url", "", "", "not_found")],
    ids=["older", "unreadable", "unknown"],
)
def test_a_posted_one_gives_way_to_a_newer_record_alone(answer: Any, service: Service) -> None:
    service.client.post("/v1/trials", json=dated("2025-01-01"))
    service.registry.answer = answer
    service.later(hours=25)
    assert service.get().json()["trial"]["version"] == "2025-01-01"
    service.registry.answer = dated("2025-01-02")
    service.later(hours=25)
    assert service.get().json()["source"] == "registry"


# What cannot be had


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (RegistryError("url", "no such study", "", "not_found"), 404),
        (UNREACHABLE, 504),
        (RegistryError("url", "answers 403", "", "refused"), 502),
        (RegistryError("url", "is HTML", "", "unusable"), 502),
        ({"unknown": 1}, 502),
        (dated("2025-01-01", "x" * 601), 413),
    ],
)
def test_problems(answer: Any, status: int, service: Service) -> None:
    service.registry.answer = answer
    got = service.get()
    assert got.status_code == status
    assert got.headers["content-type"] == "application/problem+json"
    assert ("retry-after" in got.headers) == (status == 504)
    assert json.loads(got.text)["status"] == status
    assert service.translations() == 0
    service.registry.answer = dated("2025-01-01")
    assert service.get().status_code == 200  # and nothing of the failure is kept
