"""The chat writer against a server on this machine that speaks the protocol and misbehaves."""

import json
import logging
import threading
import time

import pytest
from fakes import FakeTranslator
from fastapi.testclient import TestClient
from servers import Handler, ScriptedServer, cut, drip, hang_up, running, silent, status

from api.app import create_app
from api.cli import run
from api.settings import Settings
from translator.chat import ChatWriter
from translator.dialogue.endpoint import ChatEndpoint, ChatError, Usage, address
from translator.dialogue.words import bare, messages
from translator.pipeline import Translator
from translator.records import Criterion, NormalisedCriterion, Span, Term
from translator.retry import Time

KEY = "sk-invented-0123456789"
TEXT = "Able to walk 200 meters without rest"
PLAIN = "You must be able to walk 200 meters without rest."


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self):
        self.slept = []

    def sleep(self, seconds):
        self.slept.append(seconds)

    @property
    def time(self):
        return Time(sleep=self.sleep, chance=lambda: 0.5)


class Endpoint(ScriptedServer):
    """Counts who asks at the same time."""

    def __init__(self):
        super().__init__(Asked, says(PLAIN))
        self.lock = threading.Lock()
        self.running = self.most = 0
        self.host = f"127.0.0.1:{self.server_address[1]}"
        self.url = f"http://{self.host}/v1"


class Asked(Handler):
    def do_POST(self):  # noqa: N802  http.server asks for the name
        server = self.server
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with server.lock:
            server.requests.append((self.path, self.headers, body))
            act = server.next_act()
            server.running += 1
            server.most = max(server.most, server.running)
        self.asked = body["messages"][-1]["content"]
        act(self)
        with server.lock:
            server.running -= 1


def completion(text, finish="stop", used=(100, 20)):
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": finish}
    return {"choices": [choice], "usage": {"prompt_tokens": used[0], "completion_tokens": used[1]}}


def says(text, **more):
    return status(200, completion(text, **more))


def error(code, message):
    return status(code, {"error": {"message": message, "code": code}})


def linger(handler):
    time.sleep(0.1)
    says(PLAIN)(handler)


@pytest.fixture
def endpoint(monkeypatch):
    with running(Endpoint(), monkeypatch) as server:
        yield server


@pytest.fixture
def clock():
    return Clock()


def normalised(text=TEXT, section="inclusion", role="criterion", context=None, terms=()):
    span = Span(start=0, end=len(text))
    unit = Criterion(id="1", section=section, role=role, text=text, span=span, context=context)
    return NormalisedCriterion(criterion=unit, text=text, terms=terms)


def writer(endpoint, clock=None, **settings):
    settings = {"timeout_s": 5.0, "concurrency": 1} | settings
    return ChatWriter(ChatEndpoint(endpoint.url, "tiny", **settings), time=clock.time if clock else None)


def test_a_draft_is_the_answer_of_the_endpoint(endpoint):
    asked = writer(endpoint, key=KEY, max_tokens=99)
    (drafts,) = asked.write([normalised()])
    assert [(one.text, one.route, one.model, one.log_probability) for one in drafts] == [
        (PLAIN, "model", f"tiny@{endpoint.host}", None)
    ]
    [(path, headers, body)] = endpoint.requests
    assert path == "/v1/chat/completions"
    assert headers["Authorization"] == f"Bearer {KEY}"
    assert (body["model"], body["temperature"], body["max_tokens"]) == ("tiny", 0, 99)
    assert body["messages"] == messages(normalised())


def test_without_a_key_none_is_sent(endpoint):
    writer(endpoint).write([normalised()])
    assert "Authorization" not in endpoint.requests[0][1]


def test_the_model_is_told_the_standard_the_place_and_the_meanings():
    term = Term(surface="CVA", plain="stroke", kind="condition", span=Span(start=3, end=6), source="text")
    one = normalised("No CVA ever", context="All of:", terms=(term,))
    standard, *examples, asked = messages(one)
    assert standard["role"] == "system"
    assert "You cannot join if" in standard["content"]
    assert [turn["role"] for turn in examples] == ["user", "assistant"] * (len(examples) // 2)
    assert all(turn["content"].startswith("Kind: ") for turn in examples[::2])
    assert asked == {
        "role": "user",
        "content": "Kind: inclusion\nLine above: All of:\nCriterion: No CVA ever\nMeanings:\n- CVA: stroke",
    }


def test_headings_are_not_asked_for_and_the_order_is_kept(endpoint):
    endpoint.script = [says("You must one."), says("You must two.")]
    drafts = writer(endpoint).write(
        [normalised("a"), normalised("Inclusion", role="heading"), normalised("b")]
    )
    assert [[one.text for one in row] for row in drafts] == [["You must one."], [], ["You must two."]]


def test_so_many_requests_at_a_time(endpoint):
    endpoint.script = [linger]
    drafts = writer(endpoint, concurrency=3).write([normalised()] * 7)
    assert [len(row) for row in drafts] == [1] * 7
    assert endpoint.most == 3


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (PLAIN, PLAIN),
        (f'"{PLAIN}"', PLAIN),
        (f"“{PLAIN}”", PLAIN),
        (f"Here is the plain version:\n\n{PLAIN}", PLAIN),
        (f"Sure! Here's the plain-English sentence: {PLAIN}", PLAIN),
        (f"Certainly.\n{PLAIN}", PLAIN),
        (f"Plain English: {PLAIN}", PLAIN),
        (f"**Answer:** {PLAIN}", PLAIN),
        (f"```text\n{PLAIN}\n```", PLAIN),
        (f"<think>Is it \"must\"?</think>\n\n{PLAIN}", PLAIN),
        (f"no opening tag</think>{PLAIN}", PLAIN),
        ("<think>I wonder whether", ""),
        ("You must be well.\n\nYou must  be 18 or older.", "You must be well. You must be 18 or older."),
        ("You must know the words \"heart\" and \"lung\".", 'You must know the words "heart" and "lung".'),
        ("", ""),
        ('"', '"'),
    ],
)  # fmt: skip
def test_trimmings_are_taken_off(answer, text):
    assert bare(answer) == text


@pytest.mark.parametrize(
    "answer",
    [
        status(200, b"<html><body>Welcome</body></html>", Content_Type="text/html"),
        status(200, b""),
        status(200, b"\xff\xfe"),
        status(200, b"[" * 5000),
        status(200, b"not gzip", Content_Encoding="gzip"),
        status(200, {"choices": []}),
        status(200, {"choices": [{"message": {"content": None}}]}),
        status(200, {"choices": [{"message": {"content": ["a"]}}]}),
        status(200, {"choices": [{"text": PLAIN}]}),
        status(200, {"choices": {"message": PLAIN}}),
        status(200, [PLAIN]),
        says("  \n"),
        says(PLAIN, finish="length"),
        says(PLAIN, finish="content_filter"),
        says(PLAIN * 200),
        says("<think>" + "hm " * 50),
        says("x" * 10_000_000),
        error(400, "This model's maximum context length is 2048 tokens"),
        error(400, "The response was filtered: content_filter"),
        error(413, "The prompt is too long"),
    ],
    ids=[
        "HTML", "nothing", "no UTF-8", "brackets", "no gzip", "no choice", "null", "a list", "a completion",
        "choices no list", "no object", "blank", "length", "filter", "too long", "only thoughts", "10 MB",
        "400 context", "400 filter", "413",
    ],
)  # fmt: skip
def test_an_unusable_answer_gives_no_draft_and_is_not_asked_for_again(endpoint, clock, answer):
    endpoint.script = [answer, says(PLAIN)]
    asked = writer(endpoint, clock)
    first, second = asked.write([normalised("First"), normalised("Second")])
    assert (first, [one.text for one in second]) == ([], [PLAIN])
    assert len(endpoint.requests) == 2
    assert clock.slept == []
    assert (asked.usage.asked, asked.usage.unanswered) == (2, 1)


@pytest.mark.parametrize(
    ("trouble", "slept"),
    [
        (status(500), 0.5),
        (status(503, b"<html>busy</html>"), 0.5),
        (status(429, Retry_After="7"), 7.0),
        (hang_up, 0.5),
        (cut, 0.5),
    ],
    ids=["500", "503", "429", "hang up", "cut"],
)
def test_trouble_that_passes(endpoint, clock, trouble, slept):
    endpoint.script = [trouble, says(PLAIN)]
    ((draft,),) = writer(endpoint, clock).write([normalised()])
    assert draft.text == PLAIN
    assert clock.slept == [slept]


@pytest.mark.parametrize("slow", [silent, drip])
def test_a_slow_answer_is_asked_for_again(endpoint, clock, slow):
    endpoint.script = [slow, says(PLAIN)]
    ((draft,),) = writer(endpoint, clock, timeout_s=0.2).write([normalised()])
    assert draft.text == PLAIN


def test_a_criterion_that_is_always_slow_gets_no_draft(endpoint, clock):
    endpoint.script = [lambda handler: (silent if "First" in handler.asked else says(PLAIN))(handler)]
    asked = writer(endpoint, clock, timeout_s=0.2, retries=1)
    first, second = asked.write([normalised("First"), normalised("Second")])
    assert (first, len(second)) == ([], 1)
    assert asked.usage.unanswered == 1


@pytest.mark.parametrize(
    ("trouble", "told"),
    [
        (status(503), "answers 503; gave up after 4 tries"),
        (status(429, Retry_After="86400"), "answers 429 and asks to wait 86400 seconds; gave up after 1 try"),
        (cut, "cannot be reached"),
    ],
)
def test_trouble_that_stays_ends_the_run(endpoint, clock, trouble, told):
    endpoint.script = [trouble]
    with pytest.raises(ChatError, match=told) as caught:
        writer(endpoint, clock).write([normalised()])
    assert caught.value.where == endpoint.url
    assert caught.value.remedy


def test_nobody_listens(clock):
    with Endpoint() as server:
        pass
    with pytest.raises(ChatError, match="cannot be reached"):
        writer(server, clock, retries=1).write([normalised()])


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (error(401, f"Incorrect API key provided: {KEY}"), r"refuses the key \(401\)"),
        (status(403), r"refuses the key \(403\)"),
        (error(400, f"unknown parameter, and by the way {KEY}"), "answers 400: unknown parameter"),
        (error(404, "no model 'tiny'"), "answers 404: no model 'tiny'"),
        (status(301, Location="http://127.0.0.1:1/"), "answers 301"),
        (status(500, KEY.encode()), "answers 500"),
        (cut, "cannot be reached"),
    ],
    ids=["401", "403", "400", "404", "301", "500", "cut"],
)
def test_a_refusal_is_told_at_once_and_never_with_the_key(endpoint, clock, caplog, answer, told):
    caplog.set_level(logging.DEBUG)
    endpoint.script = [answer]
    asked = writer(endpoint, clock, key=KEY, retries=0)
    with pytest.raises(ChatError, match=told) as caught:
        asked.write([normalised()])
    assert len(endpoint.requests) == 1
    assert clock.slept == []
    links, link = [], caught.value
    while link is not None:
        links.append(repr(link))
        link = link.__cause__ or link.__context__
    shown = [str(caught.value), *links, caplog.text, *map(repr, (asked, asked._endpoint, vars(asked)))]
    assert len(caplog.records) > 0
    assert not [text for text in shown if KEY in text]


@pytest.mark.parametrize("key", ["two words", "line\n", "schlüssel", ""])
def test_a_key_that_no_header_takes_is_refused_without_being_shown(key):
    with pytest.raises(ChatError, match="holds a sign that no key has") as caught:
        ChatEndpoint("http://127.0.0.1/v1", "tiny", key=key)
    assert not key or key not in str(caught.value)


def test_without_a_key_the_remedy_is_to_set_one(endpoint):
    endpoint.script = [status(401)]
    with pytest.raises(ChatError, match=r"wants a key \(401\)\. Set PLAINCRITERIA_CHAT_KEY"):
        writer(endpoint).write([normalised()])


def test_tokens_are_counted_and_priced(endpoint):
    endpoint.script = [
        says(PLAIN), says("", used=(300, 5)), status(200, {**completion(PLAIN), "usage": None}),
        says(PLAIN, finish="length", used=(7, 1024)),
    ]  # fmt: skip
    asked = writer(endpoint, price_in=0.5, price_out=2.0)
    asked.write([normalised()] * 4)
    assert asked.usage == Usage(4, 2, 407, 1049, pytest.approx((407 * 0.5 + 1049 * 2.0) / 1e6))
    assert str(asked.usage) == (
        "asked for 4 criteria, 2 without a usable answer; 407 tokens in, 1,049 out; cost 0.0023"
    )
    assert writer(endpoint, price_in=0.5).usage == Usage()


@pytest.mark.parametrize(
    ("given", "url", "model"),
    [
        ("http://127.0.0.1:8080/v1#tiny", "http://127.0.0.1:8080/v1", "tiny"),
        ("https://models.example/v1/#Maker/Tiny-3B:free", "https://models.example/v1/", "Maker/Tiny-3B:free"),
    ],
)
def test_an_address_names_endpoint_and_model(given, url, model):
    assert address(given) == (url, model)


@pytest.mark.parametrize(
    "given",
    [
        "http://127.0.0.1:8080/v1",
        "http://#tiny",
        "ftp://host/v1#tiny",
        "http://host:port/v1#tiny",
        f"http://me:{KEY}@host/v1#tiny",
        f"http://host/v1?api-key={KEY}#tiny",
    ],
)
def test_what_is_no_such_address_is_refused(given):
    with pytest.raises(ChatError, match="address of the model: ") as caught:
        address(given)
    assert KEY not in str(caught.value)


# In the ladder, the command and the service


@pytest.fixture
def environment(endpoint, monkeypatch, tmp_path):
    (tmp_path / "list.jsonl").write_text(
        json.dumps({"id": "1", "section": "inclusion", "text": TEXT}) + "\n", encoding="utf-8"
    )
    monkeypatch.setenv("PLAINCRITERIA_CHAT_KEY", KEY)
    monkeypatch.setenv("PLAINCRITERIA_CHAT_PRICE_IN", "10")
    monkeypatch.setenv("PLAINCRITERIA_CHAT_PRICE_OUT", "100")
    return tmp_path


def test_the_command_asks_scores_and_tells_what_it_used(endpoint, environment, capfd):
    arguments = ["translate", str(environment / "list.jsonl"), "--model", f"{endpoint.url}#tiny"]
    assert run(arguments) == 0
    out, err = capfd.readouterr()
    line = json.loads(out)
    assert (line["plain"], line["route"]) == (PLAIN, "model")
    assert line["versions"]["model"] == f"tiny@{endpoint.host}"
    assert err == (
        f"plaincriteria: tiny@{endpoint.host}: asked for 1 criteria, 0 without a usable answer;"
        " 100 tokens in, 20 out; cost 0.0030\n"
    )
    assert endpoint.requests[0][1]["Authorization"] == f"Bearer {KEY}"


def test_whatever_it_answers_is_held_to_the_scorer(endpoint, environment, capfd):
    endpoint.script = [says("You must be able to walk 20 meters without rest.")]
    assert run(["translate", str(environment / "list.jsonl"), "--model", f"{endpoint.url}#tiny"]) == 0
    line = json.loads(capfd.readouterr().out)
    assert (line["route"], line["fidelity"]["verdict"]) == ("source", "review")
    assert "200" in line["fidelity"]["findings"][0]["message"]


def test_a_refusal_ends_the_command_in_one_line_and_nothing_is_written(endpoint, environment, capfd):
    endpoint.script = [error(401, f"wrong key {KEY}")]
    out = environment / "out.jsonl"
    arguments = [str(environment / "list.jsonl"), "--model", f"{endpoint.url}#tiny", "--out", str(out)]
    assert run(["translate", *arguments]) == 2
    told = capfd.readouterr().err.splitlines()
    assert told[-1].startswith(f"plaincriteria: {endpoint.url}: refuses the key (401); ")
    assert not out.exists()
    assert KEY not in "".join(told)


def test_settings_make_the_endpoint_and_hide_the_key():
    given = {"MODEL": "http://host/v1#tiny", "CHAT_KEY": KEY, "CHAT_TIMEOUT": "9", "CHAT_CONCURRENCY": "2"}
    settings = Settings.from_environment({f"PLAINCRITERIA_{name}": value for name, value in given.items()})
    assert settings.writer() == ChatEndpoint("http://host/v1", "tiny", key=KEY, timeout_s=9, concurrency=2)
    assert KEY not in repr((settings, settings.writer(), settings.model_dump()))
    assert settings.writer("folder") == "folder"
    assert Settings().writer() is None


def test_the_service_says_that_the_model_cannot_be_asked(caplog):
    class Refused(FakeTranslator):
        calls = 0

        def write(self, *_):
            self.calls += 1
            raise ChatError("http://host/v1", "refuses the key (401)", "Set it")

    fake = Refused()
    with TestClient(create_app(Settings(), lambda: fake)) as client:
        deadline = time.monotonic() + 30
        while client.get("/readyz").status_code != 200 and time.monotonic() < deadline:
            time.sleep(0.01)
        answer = client.post("/v1/translate", json={"text": "Inclusion Criteria:\n\n* One\n* Two"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert answer.json()["detail"] == "The model cannot be asked; see the log."
    assert "refuses the key" in caplog.text
    assert fake.calls == 1


def test_the_translator_asks_an_endpoint_instead_of_a_model(endpoint):
    one = Translator.load(ChatEndpoint(endpoint.url, "tiny", timeout_s=5.0))
    (answer,) = one.translate_criteria([normalised().criterion])
    assert (answer.draft.text, answer.draft.route, one.usage.asked) == (PLAIN, "model", 1)
