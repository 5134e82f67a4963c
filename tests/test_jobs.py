"""Jobs: what is taken in, what becomes of it, and that nothing of it is lost or done twice."""

import gzip
import io
import json
import signal
import threading
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa
from fakes import FakeTranslator
from fastapi.testclient import TestClient
from servers import process, wait_until
from stores import postgres, postgres_url, store_url  # noqa: F401  fixtures
from studies import record

from api.app import create_app
from api.formats import json_lines
from api.jobs.folders import Folders
from api.jobs.worker import Worker
from api.settings import Settings
from api.store import jobs, keys
from api.store.database import open_store
from api.store.jobs import JobRequest
from translator.inputs import read
from translator.pipeline import Translator
from translator.records import Trial

FAR = ("203.0.113.9", 50000)
PAIR = {"id": "a", "section": "inclusion", "source": "Age ≥ 18 years", "plain": "You must be 18 or older."}
START = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
# Serves with a translator that stops at a criterion called "stop" until a file is there.
SCRIPT = """
import pathlib, sys, time
import api.app
from api.commands.service import serve
from fakes import FakeTranslator

create_app, gate = api.app.create_app, pathlib.Path(sys.argv[1])

class Stopping(FakeTranslator):
    def write(self, normalised, least):
        while any(one.text == "stop" for one in normalised) and not gate.exists():
            time.sleep(0.01)
        return super().write(normalised, least)

api.app.create_app = lambda settings: create_app(settings, Stopping)
sys.exit(serve(None, 0, None))
"""


def criteria(count: int, **texts: str) -> list[dict[str, str]]:
    """So many, of which those named by their number have other texts."""
    return [
        {"id": str(number), "section": "inclusion", "text": texts.get(f"n{number}", f"Age over {number}")}
        for number in range(count)
    ]


def listed(given: list[dict[str, str]]) -> bytes:
    return json.dumps({"criteria": given}).encode()


def settings_of(url: str, **given: object) -> Settings:
    return Settings.model_validate({"store": url, **given})


@contextmanager
def served(settings: Settings, translator: FakeTranslator | None = None) -> Iterator[TestClient]:
    fake = translator or FakeTranslator()
    with TestClient(create_app(settings, lambda: fake), client=FAR) as client:  # type: ignore[arg-type, return-value]
        yield client


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/store.db"


@pytest.fixture
def client(url: str) -> Iterator[TestClient]:
    with served(settings_of(url, max_text_characters=600, max_item_characters=100)) as client:
        yield client


def finished(client: TestClient | httpx.Client, job: dict[str, Any], **headers: Any) -> dict[str, Any]:
    told: dict[str, Any] = {}

    def over() -> bool:
        told.update(client.get(f"/v1/jobs/{job['id']}", **headers).json())
        return told["state"] not in {"queued", "running"}

    wait_until(over)
    return told


def lines(client: TestClient | httpx.Client, job: dict[str, Any], **headers: Any) -> list[dict[str, Any]]:
    answer = client.get(f"/v1/jobs/{job['id']}/result", **headers)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    return [json.loads(line) for line in answer.text.splitlines()]


def zipped(**members: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(f"{name}.json", text)
    return packed.getvalue()


# What is taken in


def test_a_list_is_done_in_order_with_errors_in_place(store_url: str) -> None:  # noqa: F811
    texts = {"n3": "x" * 101, "n7": "boom", "n39": "it is unclear"}
    with served(settings_of(store_url, max_item_characters=100)) as client:
        answer = client.post("/v1/jobs", json={"criteria": criteria(40, **texts)})
        assert answer.status_code == 202
        job = answer.json()
        assert answer.headers["location"] == f"/v1/jobs/{job['id']}"
        told = finished(client, job)
        assert (told["state"], told["total"], told["done"], told["failed"]) == ("done", 40, 40, 2)
        assert told["result"] == f"/v1/jobs/{job['id']}/result"
        found = lines(client, job)
    assert [one["id"] for one in found] == [str(number) for number in range(40)]
    assert {one["id"]: one["error"]["status"] for one in found if "error" in one} == {"3": 413, "7": 500}
    assert found[39]["fidelity"]["verdict"] == "review"
    assert "boom" not in json.dumps(found[7])


@pytest.mark.parametrize(
    ("body", "media", "query", "count"),
    [
        (json.dumps(record()).encode(), "application/json", "", 6),
        (json.dumps(record()).encode(), "application/octet-stream", "", 6),
        (json.dumps([record(), record(None)]).encode(), "application/json", "", 7),
        (gzip.compress(f"{json.dumps(record())}\n".encode() * 3), "application/gzip", "", 18),
        (zipped(a=json.dumps(record()), b="{", c=json.dumps(record())), "application/zip", "", 13),
        (b"Inclusion Criteria:\n\n* Age over 17\n", "text/plain", "", 2),
        (b"* Age over 17\n", "application/octet-stream", "?name=a.txt", 1),
        (b'{"id": "1", "section": "other", "text": "x"}\n', "application/x-ndjson", "", 1),
        (json.dumps(PAIR).encode(), "application/x-ndjson", "?task=audit", 1),
    ],
)
def test_any_input_will_do(body: bytes, media: str, query: str, count: int, client: TestClient) -> None:
    raw = client.post(f"/v1/jobs{query}", content=body, headers={"content-type": media})
    assert raw.status_code == 202, raw.text
    told = finished(client, raw.json())
    assert told["state"] == "done"
    found = lines(client, told)
    assert len(found) == count
    assert sum("error" in one for one in found) == told["failed"] == (1 if media[12:] == "zip" else 0)


def test_a_file_may_come_in_a_form(client: TestClient) -> None:
    packed = zipped(good=json.dumps(record()), bad="{", long=json.dumps(record("x" * 601)))
    given = {"file": ("../../etc/my \u202estudies.ZIP", packed)}
    answer = client.post("/v1/jobs?min_fidelity=0.5", files=given)
    assert answer.status_code == 202, answer.text
    assert answer.json()["name"] == "my studies.ZIP"
    found = lines(client, finished(client, answer.json()))
    errors = [(one["id"], one["error"]["status"]) for one in found if "error" in one]
    assert errors == [("my studies.ZIP: bad.json", 422), ("NCT99000002", 413)]
    assert {one["trial_id"] for one in found if "error" not in one} == {"NCT99000002"}


def test_an_eligibility_text_is_of_the_trial_that_its_name_tells(client: TestClient) -> None:
    answer = client.post("/v1/jobs", files={"file": ("nct99000002.txt", b"* Age over 17\n")})
    assert lines(client, finished(client, answer.json()))[0]["trial_id"] == "NCT99000002"


def test_an_audit_is_done_in_order(client: TestClient) -> None:
    pairs = [PAIR | {"id": str(number)} for number in range(3)]
    pairs[1] |= {"plain": "x" * 101}
    job = client.post("/v1/jobs", json={"pairs": pairs}).json()
    assert job["task"] == "audit"
    found = lines(client, finished(client, job))
    assert [one.get("verdict") for one in found] == ["faithful", None, "faithful"]
    assert found[1]["error"]["limit"]["name"] == "max_item_characters"


@pytest.mark.parametrize(
    ("body", "media", "status", "told"),
    [
        (b"", "application/octet-stream", 422, "is empty"),
        (b"\xff\xfe", "text/plain", 422, "UTF-16"),
        (b"{", "application/json", 400, "not JSON"),
        (b'{"criteria": [], "x": 1}', "application/json", 422, "#/criteria"),
        (b'{"criteria": [], "pairs": []}', "application/json", 422, "#/criteria"),
        (b'{"pairs": [{"id": "1"}]}', "application/json", 422, "#/pairs/0/section"),
        (
            json.dumps({"criteria": criteria(2, n1=" ")}).encode(),
            "application/json",
            422,
            "#/criteria/1/text",
        ),
        (json.dumps({"criteria": criteria(1) * 2}).encode(), "application/json", 422, "has the id '0'"),
        (b"7", "application/json", 422, "is not JSON, or holds no object"),
        (b"<html>", "text/html", 422, "XML or HTML"),
        (gzip.compress(b"a" * 30_000_000), "application/gzip", 422, "ZIP bomb"),
        (zipped(a=" " * 30_000_000), "application/zip", 422, "ZIP bomb"),
        (gzip.compress(gzip.compress(b"a")), "application/gzip", 422, "archive inside an archive"),
        (b"no boundary", "multipart/form-data", 400, "boundary"),
        (b"--x\r\n\r\n", "multipart/form-data; boundary=x", 400, ""),
    ],
)
def test_what_is_no_good_as_a_whole_is_refused(
    *, body: bytes, media: str, status: int, told: str, client: TestClient, tmp_path: Path
) -> None:
    answer = client.post("/v1/jobs", content=body, headers={"content-type": media})
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert told in answer.text
    assert str(tmp_path) not in answer.text
    assert not list(tmp_path.glob("jobs/*"))


@pytest.mark.parametrize("query", ["task=guess", "input_format=nct", "min_fidelity=2", f"name={'x' * 201}"])
def test_options_that_cannot_be_used_are_refused(query: str, client: TestClient) -> None:
    answer = client.post(f"/v1/jobs?{query}", content=b"* Age", headers={"content-type": "text/plain"})
    assert answer.status_code == 422


@pytest.mark.parametrize("announced", [True, False])
@pytest.mark.parametrize(
    ("media", "limit"), [("text/plain", "max_upload_bytes"), ("application/json", "max_body_bytes")]
)
def test_a_body_that_is_too_large_is_cut_off(
    announced: bool, media: str, limit: str, url: str, tmp_path: Path
) -> None:
    with served(settings_of(url, max_upload_bytes=50_000, max_body_bytes=1000)) as client:
        parts = [b"x" * 1000] * 60
        content = b"".join(parts) if announced else iter(parts)
        answer = client.post("/v1/jobs", content=content, headers={"content-type": media})
        assert answer.status_code == 413
        assert answer.json()["limit"]["name"] == limit
    assert not list(tmp_path.glob("jobs/*"))


def test_only_so_many_jobs_may_wait(url: str) -> None:
    gate = threading.Event()
    with served(settings_of(url, max_jobs=2), FakeTranslator(gate)) as client:
        try:
            posts = [client.post("/v1/jobs", json={"criteria": criteria(1)}) for _ in range(3)]
        finally:
            gate.set()
        assert [one.status_code for one in posts] == [202, 202, 429]
        assert int(posts[2].headers["retry-after"]) > 0
        finished(client, posts[1].json())
        assert client.post("/v1/jobs", json={"criteria": criteria(1)}).status_code == 202


@pytest.mark.parametrize("task", ["translate", "audit"])
def test_a_result_is_had_as_parquet_too(task: str, client: TestClient) -> None:
    pairs = [
        PAIR | {"id": "0"},
        PAIR | {"id": "1", "plain": "x" * 101},
        PAIR | {"id": "2", "plain": "Age 81"},
    ]
    body = {"pairs": pairs} if task == "audit" else {"criteria": criteria(3, n1="x" * 101)}
    job = finished(client, client.post("/v1/jobs", json=body).json())
    path, media = f"/v1/jobs/{job['id']}/result", "application/vnd.apache.parquet"
    answers = [client.get(f"{path}?format=parquet"), client.get(path, headers={"Accept": media})]
    assert [one.headers["content-type"] for one in answers] == [media] * 2
    assert answers[0].content == answers[1].content
    rows = pq.read_table(io.BytesIO(answers[0].content)).to_pylist()
    for row, line in zip(rows, lines(client, job), strict=True):
        error = line.pop("error", None)
        assert (row.pop("error") or {}).get("detail") == (error or {}).get("detail")
        assert {name: value for name, value in row.items() if error is None or value is not None} == (
            json.loads(json.dumps(line))
        )
    preferred = client.get(f"{path}?format=jsonl", headers={"Accept": media})
    assert preferred.headers["content-type"].startswith("application/x-ndjson")
    assert client.get(f"{path}?format=xml").status_code == 422


# Whose it is


def test_a_key_sees_its_own_jobs_and_an_admin_all(store_url: str) -> None:  # noqa: F811
    store = open_store(store_url)
    one, other, admin = (
        {"headers": {"X-API-Key": keys.add(store, name, role)}}
        for name, role in (("one", "translate"), ("other", "review"), ("boss", "admin"))
    )
    with served(settings_of(store_url, keys="required")) as client:
        assert client.post("/v1/jobs", json={"criteria": criteria(1)}).status_code == 401
        job = client.post("/v1/jobs", json={"criteria": criteria(1)}, **one).json()
        path = f"/v1/jobs/{job['id']}"
        finished(client, job, **one)
        for call in (client.get, client.delete):
            assert call(path).status_code == 401
            assert call(path, **other).status_code == 404
        assert client.get(f"{path}/result", **other).status_code == 404
        assert lines(client, job, **admin) == lines(client, job, **one)
        assert client.get("/v1/jobs/no-such-job", **admin).status_code == 404
    store.dispose()


# The same request again


def test_the_same_key_and_body_give_the_same_job(client: TestClient, tmp_path: Path) -> None:
    headers = {"Idempotency-Key": "order-66"}
    first, again, other = (
        client.post("/v1/jobs", json={"criteria": criteria(count)}, headers=headers) for count in (2, 2, 3)
    )
    assert [one.status_code for one in (first, again, other)] == [202, 200, 409]
    assert again.json()["id"] == first.json()["id"]
    assert first.json()["id"] in other.json()["detail"]
    assert [path.name for path in (tmp_path / "jobs").iterdir()] == [first.json()["id"]]
    upload = {"file": ("a.txt", b"* Age")}
    forms = [client.post("/v1/jobs", files=upload, headers={"Idempotency-Key": "form"}) for _ in range(2)]
    assert [one.status_code for one in forms] == [202, 200]  # each form has another boundary
    options = client.post("/v1/jobs?min_fidelity=0.9", files=upload, headers={"Idempotency-Key": "form"})
    assert options.status_code == 409
    for bad in ("", "x" * 256, "a b"):
        refused = client.post("/v1/jobs", json={"criteria": criteria(1)}, headers={"Idempotency-Key": bad})
        assert refused.status_code == 422


def test_of_many_posts_at_once_one_makes_the_job(store_url: str) -> None:  # noqa: F811
    headers = {"Idempotency-Key": "race"}
    with served(settings_of(store_url)) as client, ThreadPoolExecutor(8) as pool:
        posts = list(
            pool.map(
                lambda count: client.post("/v1/jobs", json={"criteria": criteria(count)}, headers=headers),
                [1, 1, 1, 1, 2, 2, 2, 2],
            )
        )
        made = [one for one in posts if one.status_code == 202]
        assert len(made) == 1
        assert sorted(one.status_code for one in posts) == [200, 200, 200, 202, 409, 409, 409, 409]
        assert {one.json()["id"] for one in posts if one.is_success} == {made[0].json()["id"]}


# Its end


def test_a_job_can_be_cancelled_at_any_time(url: str, tmp_path: Path) -> None:
    gate = threading.Event()
    translator = FakeTranslator(gate)
    with served(settings_of(url, jobs_running=1), translator) as client:
        try:
            running, queued = (
                client.post("/v1/jobs", json={"criteria": criteria(count)}).json() for count in (40, 1)
            )
            assert translator.running.acquire(timeout=30)
            pending = client.get(f"/v1/jobs/{running['id']}/result")
            assert pending.status_code == 409
            assert "0 of 40" in pending.json()["detail"]
            for job in (queued, running):
                answer = client.delete(f"/v1/jobs/{job['id']}")
                assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")
                assert client.get(f"/v1/jobs/{job['id']}/result").status_code == 410
        finally:
            gate.set()
        done = finished(client, client.post("/v1/jobs", json={"criteria": criteria(3)}).json())
        assert len(lines(client, done)) == 3
        assert client.delete(f"/v1/jobs/{done['id']}").json()["state"] == "expired"
        assert client.get(f"/v1/jobs/{done['id']}/result").status_code == 410
        for job in (queued, running):
            assert client.get(f"/v1/jobs/{job['id']}").json()["state"] == "cancelled"
            assert client.delete(f"/v1/jobs/{job['id']}").json()["state"] == "cancelled"
    assert not list(tmp_path.glob("jobs/*"))
    assert len(translator.asked) == 16 + 3


def kept(store: sa.Engine, folders: Folders, owner: str = "me") -> jobs.Job:
    job_id, folder = folders.make()
    (folder / "input.txt").write_text("* Age over 17")
    asked = JobRequest(id=job_id, owner=owner, digest="0", task="translate", name="a.txt", file="input.txt")
    return jobs.add(store, asked, START, 9)


def test_a_result_expires_and_then_the_job(store_url: str, tmp_path: Path) -> None:  # noqa: F811
    store, folders, clock = open_store(store_url), Folders(tmp_path), [START]
    worker = Worker(store, folders, None, Settings(job_hours=2), lambda: clock[0])  # type: ignore[arg-type]
    waiting = kept(store, folders)
    job = jobs.take(store, START, HOUR, HOUR)
    assert job is not None
    assert job.id == waiting.id
    assert jobs.change(store, job, state="done", expires_at=START + 2 * HOUR, lent_until=None)
    (stray, _), queued = folders.make(), kept(store, folders)
    seen = []
    for hours in (0, 1, 2, 3, 4):
        clock[0] = START + hours * HOUR
        worker.sweep()
        found = jobs.find(store, job.id)
        seen.append((found and found.state, job.id in folders.ages()))
    assert seen == [("done", True), ("done", True), ("expired", False), ("expired", False), (None, False)]
    assert set(folders.ages()) == {stray, queued.id}  # one may still be coming, the other waits
    store.dispose()


# Workers that come and go


def test_a_loan_that_is_over_counts_no_more(store_url: str) -> None:  # noqa: F811
    store = open_store(store_url)
    asked = JobRequest(id="1", owner="me", digest="0", task="translate", name="a", file="a")
    jobs.add(store, asked, START, 9)
    first = jobs.take(store, START, HOUR, HOUR)
    assert first is not None
    assert jobs.take(store, START + HOUR / 2, HOUR, HOUR) is None
    assert jobs.change(store, first, lent_until=START + 2 * HOUR)
    assert jobs.take(store, START + HOUR, HOUR, HOUR) is None
    second = jobs.take(store, START + 2 * HOUR, HOUR, HOUR)
    assert second is not None
    assert not jobs.change(store, first, done=7)
    assert jobs.change(store, second, done=1)
    jobs.end(store, "1", START, START + HOUR)
    assert not jobs.change(store, second, done=2)
    found = jobs.find(store, "1")
    assert found is not None
    assert (found.done, found.state) == (1, "cancelled")
    store.dispose()


def test_a_job_that_ends_every_worker_is_given_up(store_url: str) -> None:  # noqa: F811
    store = open_store(store_url)
    asked = JobRequest(id="1", owner="me", digest="0", task="translate", name="a", file="a")
    jobs.add(store, asked, START, 9)
    states = []
    for hours in range(12):
        job = jobs.take(store, START + hours * HOUR, HOUR, HOUR)
        states.append(job and job.state)
        if job and hours == 3:  # progress was made, and all is forgiven
            jobs.change(store, job, crashes=0)
    assert states == ["running"] * 8 + ["failed"] + [None] * 3
    found = jobs.find(store, "1")
    assert found is not None
    assert found.error == "The service was lost 5 times while it worked at this place."
    store.dispose()


def test_many_workers_never_have_the_same_job(store_url: str) -> None:  # noqa: F811
    store = open_store(store_url)
    for number in range(20):
        asked = JobRequest(id=str(number), owner="me", digest="0", task="audit", name="a", file="a")
        jobs.add(store, asked, START, 99)
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda _: jobs.take(store, START, HOUR, HOUR), range(24)))
    ids = [job.id for job in taken if job is not None]
    assert sorted(ids) == sorted(str(number) for number in range(20))
    store.dispose()


def test_a_job_waits_for_a_translator_that_is_not_loaded(url: str) -> None:
    gate = threading.Event()

    def load() -> Translator:
        assert gate.wait(30)
        return FakeTranslator()  # type: ignore[return-value]

    with TestClient(create_app(settings_of(url), load)) as client:
        job = client.post("/v1/jobs", json={"criteria": criteria(2)}).json()
        try:
            wait_until(lambda: client.get(f"/v1/jobs/{job['id']}").json()["total"] == 2)
            assert client.get(f"/v1/jobs/{job['id']}").json()["done"] == 0
        finally:
            gate.set()
        assert finished(client, job)["state"] == "done"


def test_a_service_that_ends_lets_go_of_its_jobs(store_url: str, tmp_path: Path) -> None:  # noqa: F811
    settings = settings_of(store_url, data=tmp_path)
    gate = threading.Event()
    translator = FakeTranslator(gate)
    with served(settings, translator) as client:
        job = client.post("/v1/jobs", json={"criteria": criteria(40)}).json()
        assert translator.running.acquire(timeout=30)
        threading.Timer(0.3, gate.set).start()  # what is at work is finished while the service ends
    store = open_store(store_url)
    left = jobs.find(store, job["id"])
    store.dispose()
    assert left is not None
    assert left.state == "done" or left.lent_until is None
    with served(settings) as client:
        finished(client, job)
        assert [one["id"] for one in lines(client, job)] == [str(number) for number in range(40)]


def test_a_job_outlives_the_process_that_has_it(store_url: str, tmp_path: Path) -> None:  # noqa: F811
    environment = {
        "PLAINCRITERIA_STORE": store_url,
        "PLAINCRITERIA_DATA": str(tmp_path / "data"),
        "PLAINCRITERIA_JOB_LEASE": "1",
    }
    gate = tmp_path / "gate"
    command = ("-c", SCRIPT, str(gate))
    with process(*command, **environment) as (server, address), httpx.Client(base_url=address) as client:
        job = client.post("/v1/jobs", json={"criteria": criteria(60, n40="stop")}, timeout=60).json()
        wait_until(lambda: client.get(f"/v1/jobs/{job['id']}").json()["done"] == 32)
        server.send_signal(signal.SIGKILL)
        server.wait()
    result = next((tmp_path / "data" / "jobs" / job["id"]).glob("result-*.jsonl"))
    with result.open("ab") as torn:
        torn.write(b'{"id": "half a line')
    gate.touch()
    with process(*command, **environment) as (_, address), httpx.Client(base_url=address) as client:
        told = finished(client, job)
        assert (told["state"], told["done"], told["failed"]) == ("done", 60, 0)
        assert [one["id"] for one in lines(client, job)] == [str(number) for number in range(60)]


def test_a_job_gives_what_the_command_gives(url: str, tmp_path: Path) -> None:
    translator = Translator.load()
    source = tmp_path / "record.json"
    source.write_text(json.dumps(record()), "utf-8")
    with TestClient(create_app(settings_of(url), lambda: translator)) as client:
        job = client.post("/v1/jobs", files={"file": (source.name, source.read_bytes())}).json()
        finished(client, job)
        given = client.get(f"/v1/jobs/{job['id']}/result").text
    (trial,) = read(str(source))
    assert isinstance(trial, Trial)
    assert given == "".join(json_lines([translator.translate_trial(trial)]))
