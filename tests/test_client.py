"""The client against a server on this machine that speaks the API v2 and misbehaves."""

import gzip
import json
import pickle
import time
from urllib.parse import parse_qs, urlsplit

import pytest
from servers import Handler, ScriptedServer, cut, drip, hang_up, running, silent, status

from translator.client import BASE_URL, Limits, RegistryClient, RegistryError
from translator.retry import Time

RECORD = {"protocolSection": {"identificationModule": {"nctId": "NCT99000001", "briefTitle": "Café study"}}}
MODIFIED = "Wed, 12 Feb 2025 10:00:00 GMT"
EPOCH = 1_739_354_400.0  # the same moment


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self):
        self.seconds = 0.0
        self.slept = []

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.seconds += seconds

    def __call__(self):
        return self.seconds


class Registry(ScriptedServer):
    def __init__(self):
        super().__init__(Asked, study)
        self.base_url = f"http://127.0.0.1:{self.server_address[1]}/api/v2"


class Asked(Handler):
    def do_GET(self):  # noqa: N802  http.server asks for the name
        self.server.requests.append((urlsplit(self.path), self.headers))
        self.server.next_act()(self)


def study(handler):
    handler.answer(200, RECORD, ETag='"v1"', Last_Modified=MODIFIED)


@pytest.fixture
def registry(monkeypatch):
    with running(Registry(), monkeypatch) as server:
        yield server


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def client(registry, clock):
    with RegistryClient(
        registry.base_url, time=Time(sleep=clock.sleep, clock=clock, now=lambda: EPOCH, chance=lambda: 0.5)
    ) as client:
        yield client


def test_study(registry, client):
    fetched = client.study("nct99000001", fields=["NCTId", "EligibilityCriteria"])
    assert fetched.record == RECORD
    assert (fetched.etag, fetched.last_modified) == ('"v1"', MODIFIED)
    [(url, headers)] = registry.requests
    assert url.path == "/api/v2/studies/NCT99000001"
    assert parse_qs(url.query) == {"fields": ["NCTId,EligibilityCriteria"]}
    assert headers["Accept"] == "application/json"
    assert "If-None-Match" not in headers


def test_unchanged_study_is_not_sent_again(registry, client):
    registry.script = [status(304, ETag='"v1"')]
    fetched = client.study("NCT99000001", etag='"v1"', last_modified=MODIFIED)
    assert fetched.record is None
    assert fetched.etag == '"v1"'
    headers = registry.requests[0][1]
    assert headers["If-None-Match"] == '"v1"'
    assert headers["If-Modified-Since"] == MODIFIED


def test_unchanged_without_a_condition_is_no_answer(registry, client):
    registry.script = [status(304)]
    with pytest.raises(RegistryError) as caught:
        client.study("NCT99000001")
    assert caught.value.reason == "unusable"


def test_alias_leads_to_its_study(registry, client):
    registry.script = [status(301, Location="/api/v2/studies/NCT99000001"), study]
    assert client.study("NCT99000009").record == RECORD


def test_redirects_in_a_circle_end(registry, client):
    registry.script = [status(301, Location="/api/v2/studies/NCT99000001")]
    with pytest.raises(RegistryError) as caught:
        client.study("NCT99000001")
    assert caught.value.reason == "unusable"
    assert len(registry.requests) == 4


def test_packed_answer(registry, client):
    registry.script = [status(200, gzip.compress(json.dumps(RECORD).encode()), Content_Encoding="gzip")]
    assert client.study("NCT99000001").record == RECORD


@pytest.mark.parametrize(
    ("answer", "reason", "words"),
    [
        (status(404, b"NCT number NCT99000001 not found"), "not_found", "no such study"),
        (status(400, b"bad parameter"), "refused", "answers 400"),
        (status(200, b"<html>maintenance</html>"), "unusable", "the answer is not JSON"),
        (status(200, b'{"protocolSection": {"a": "\xe9"}}'), "unusable", "byte 0xE9 at offset 27"),
        (status(200, b"[" * 5000), "unusable", "the answer is not JSON"),
        (status(200, b"[]"), "unusable", "no JSON object"),
        (status(200, b""), "unusable", "not JSON"),
        (status(200, b"not gzip", Content_Encoding="gzip"), "unusable", "cannot be followed"),
    ],
)
def test_answers_that_another_try_would_not_mend(registry, client, answer, reason, words):
    registry.script = [answer]
    with pytest.raises(RegistryError, match=words) as caught:
        client.study("NCT99000001")
    assert caught.value.reason == reason
    assert str(caught.value).startswith(f"{registry.base_url}/studies/NCT99000001: ")
    assert len(registry.requests) == 1


@pytest.mark.parametrize("nct_id", ["NCT123", "NCT99000001/../x", "", "NCT9900000१"])
def test_what_is_no_nct_id_is_not_asked_for(registry, client, nct_id):
    with pytest.raises(RegistryError, match="is no NCT id"):
        client.study(nct_id)
    assert registry.requests == []


@pytest.mark.parametrize(
    "trouble", [status(500), status(503), hang_up, cut], ids=["500", "503", "hang up", "cut"]
)
def test_trouble_that_passes(registry, client, clock, trouble):
    registry.script = [trouble, trouble, study]
    assert client.study("NCT99000001").record == RECORD
    assert clock.slept == [0.5, 1.0]  # half of 1 and 2: full jitter draws from the whole


@pytest.mark.parametrize(
    ("retry_after", "slept"),
    [
        ("7", 7.0),
        ("0", 0.0),
        ("Wed, 12 Feb 2025 10:00:30 GMT", 30.0),
        ("Wed, 12 Feb 2025 09:00:00 GMT", 0.0),
        ("soon", 0.5),
        ("-5", 0.5),
        ("9" * 5000, 0.5),
        ("Wed, 12 Feb 99999 10:00:00 GMT", 0.5),
    ],
)
def test_retry_after(registry, client, clock, retry_after, slept):
    registry.script = [status(429, Retry_After=retry_after), study]
    assert client.study("NCT99000001").record == RECORD
    assert clock.slept == [slept]


def test_too_long_a_retry_after_is_not_waited_for(registry, client, clock):
    registry.script = [status(429, Retry_After=86_400)]
    with pytest.raises(
        RegistryError, match=r"answers 429 and asks to wait 86400 seconds; gave up after 1 try"
    ):
        client.study("NCT99000001")
    assert clock.slept == []


def test_gives_up_after_so_many_tries(registry, client, clock):
    registry.script = [status(502)]
    with pytest.raises(RegistryError, match="answers 502; gave up after 5 tries") as caught:
        client.study("NCT99000001")
    assert caught.value.reason == "unreachable"
    assert len(registry.requests) == 5
    assert clock.slept == [0.5, 1.0, 2.0, 4.0]


def test_waits_do_not_pass_the_deadline(registry, client, clock):
    registry.script = [status(429, Retry_After=50)]
    with pytest.raises(RegistryError, match="gave up after 4 tries"):
        client.study("NCT99000001")
    assert clock.seconds <= Limits().deadline


def test_nobody_listens(clock):
    with Registry() as server:
        address = server.base_url
    with (
        RegistryClient(address, limits=Limits(tries=2), time=Time(sleep=clock.sleep)) as client,
        pytest.raises(RegistryError, match="cannot be reached") as caught,
    ):
        client.study("NCT99000001")
    assert caught.value.reason == "unreachable"


def test_address_of_another_kind(clock):
    with (
        RegistryClient("ftp://127.0.0.1", time=Time(sleep=clock.sleep)) as client,
        pytest.raises(RegistryError, match="is no address"),
    ):
        client.study("NCT99000001")
    assert clock.slept == []


def test_silent_server(registry, clock):
    registry.script = [silent, study]
    with RegistryClient(registry.base_url, limits=Limits(read=0.1), time=Time(sleep=clock.sleep)) as client:
        assert client.study("NCT99000001").record == RECORD
    assert len(clock.slept) == 1


def test_body_that_drips_ends_at_the_deadline(registry, clock):
    registry.script = [drip]
    began = time.monotonic()
    with (
        RegistryClient(
            registry.base_url, limits=Limits(deadline=0.3), time=Time(sleep=clock.sleep)
        ) as client,
        pytest.raises(RegistryError, match=r"not complete after 0\.3 seconds; gave up after 1 try"),
    ):
        client.study("NCT99000001")
    assert time.monotonic() - began < 10


def test_bound_on_the_body(registry):
    registry.script = [status(200, gzip.compress(b" " * 1_000_000), Content_Encoding="gzip")]
    with (
        RegistryClient(registry.base_url, limits=Limits(body=1000)) as client,
        pytest.raises(RegistryError, match="more than 1,000 bytes") as caught,
    ):
        client.study("NCT99000001")
    assert caught.value.reason == "unusable"


def page(*titles, leads_to=None):
    body = {"totalCount": 5, "studies": [{"title": title} for title in titles]}
    return status(200, body | ({"nextPageToken": leads_to} if leads_to else {}))


def test_pages(registry, client, clock):
    registry.script = [page("a", "b", leads_to="t1"), status(500), page("c", "d", leads_to="t2"), page("e")]
    found = client.studies({"query.cond": "gout", "countTotal": "true"}, page_size=2)
    assert [study["title"] for study in found] == ["a", "b", "c", "d", "e"]
    asked = [parse_qs(url.query) for url, _ in registry.requests]
    assert all(query["query.cond"] == ["gout"] and query["pageSize"] == ["2"] for query in asked)
    assert [query.get("pageToken") for query in asked] == [None, ["t1"], ["t1"], ["t2"]]
    assert clock.slept == [0.5]


def test_the_next_page_is_fetched_when_it_is_needed(registry, client):
    registry.script = [page("a", "b", leads_to="t1"), page("c")]
    found = client.studies()
    assert [next(found), next(found)] == [{"title": "a"}, {"title": "b"}]
    assert len(registry.requests) == 1


@pytest.mark.parametrize(
    ("script", "given"),
    [
        ([page("a", leads_to="t1"), page("b", leads_to="t1")], 2),
        ([page("a", leads_to="t1"), page("b", leads_to="t2"), page("c", leads_to="t1")], 3),
        ([page("a", leads_to="t1"), page(leads_to="t2")], 1),
        ([status(200, {"studies": [{}], "nextPageToken": 5})], 1),
    ],
    ids=["the same token", "a circle", "an empty page", "a number"],
)
def test_pages_without_end(registry, client, script, given):
    registry.script = script[:]
    found = []
    with pytest.raises(RegistryError, match="do not come to an end") as caught:
        found.extend(client.studies())
    assert caught.value.reason == "unusable"
    assert len(registry.requests) == len(script)
    assert len(found) == given


@pytest.mark.parametrize("body", [{}, {"studies": {}}, {"studies": ["NCT99000001"]}])
def test_page_of_another_shape(registry, client, body):
    registry.script = [status(200, body)]
    with pytest.raises(RegistryError, match="no list of studies"):
        next(client.studies())


def test_errors_travel_between_processes():
    error = RegistryError("here", "is wrong", "Mend it", "not_found")
    again = pickle.loads(pickle.dumps(error))  # noqa: S301
    assert (str(again), again.reason) == ("here: is wrong. Mend it.", "not_found")


def test_the_live_registry_is_the_default():
    assert BASE_URL == "https://clinicaltrials.gov/api/v2"
