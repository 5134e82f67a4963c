"""Servers on this machine: one that plays a script, with misbehaviour that clients must bear, and our own."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TypeVar

import pytest
import uvicorn
from fastapi import FastAPI

_PROXIES = ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")


class Handler(BaseHTTPRequestHandler):
    """Answers; what it is asked by is for those who inherit it."""

    protocol_version = "HTTP/1.1"
    server: "ScriptedServer"

    def answer(self, status: int, body: Any = b"", **headers: object) -> None:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in ({"Content-Length": len(raw)} | headers).items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_: object) -> None:
        """Silence."""


Act = Callable[[Any], None]


class ScriptedServer(ThreadingHTTPServer):
    """Plays its script, one entry a request, and repeats the last; an entry is a function of the handler."""

    daemon_threads = True

    def __init__(self, handler: type[Handler], first: Act) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.script = [first]
        self.requests: list[Any] = []
        self.release = threading.Event()

    def next_act(self) -> Act:
        return self.script.pop(0) if len(self.script) > 1 else self.script[0]

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is what some tests are about."""


_Server = TypeVar("_Server", bound=ScriptedServer)


@contextmanager
def running(server: _Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[_Server]:
    """Runs a server that no proxy stands before."""
    for name in _PROXIES:
        monkeypatch.delenv(name, raising=False)
    with server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.release.set()
        server.shutdown()
        thread.join()


def status(code: int, body: Any = b"", **headers: object) -> Act:
    return lambda handler: handler.answer(code, body, **headers)


def cut(handler: Handler) -> None:
    handler.answer(200, b'{"cut', Content_Length=500)
    handler.close_connection = True


def hang_up(handler: Handler) -> None:
    handler.close_connection = True


def silent(handler: Handler) -> None:
    handler.server.release.wait(10)
    handler.close_connection = True


def drip(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000000")
    handler.end_headers()
    while not handler.server.release.wait(0.01):
        handler.wfile.write(b" ")


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """Runs an app; gives its address."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(30)


@contextmanager
def process(*command: str, **environment: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server in a process of its own, and its address."""
    with subprocess.Popen(  # noqa: S603
        [sys.executable, *command],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parent)} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as started:
        try:
            assert started.stdout is not None
            yield started, re.findall(r"http://\S+", started.stdout.readline())[0]
        finally:
            with suppress(ProcessLookupError):
                os.killpg(started.pid, signal.SIGKILL)  # its workers with it


def wait_until(true: Callable[[], bool]) -> None:
    """Waits for what another thread or process does, and not for long."""
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)
