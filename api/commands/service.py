"""``plaincriteria serve``: the HTTP service on a socket, in one process or several."""

import os
import signal
import socket
import tempfile
import threading
from collections.abc import Callable
from functools import partial
from multiprocessing import connection, parent_process
from multiprocessing.reduction import DupFd
from typing import TYPE_CHECKING, Any

import uvicorn
from uvicorn.supervisors import Multiprocess

from api import COMMAND, logs
from api.settings import Settings
from api.store.database import open_store
from translator.errors import InputError

if TYPE_CHECKING:
    from fastapi import FastAPI

# A worker answers its supervisor from a thread of its own; one that loads a model on a busy machine is no
# dead one. One that dies while its answer is waited for is missed only when this time is over.
_WORKER_PATIENCE_SECONDS = 20
_LINE = 1024  # connections that wait to be taken
_METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"


class _Shared(socket.socket):
    """A socket that several workers listen on.

    A worker takes one connection at a time (uvicorn's ``backlog``), so that of many which come at once an
    idle one gets the next. For the kernel the line is long all the same.
    """

    def listen(self, backlog: int = _LINE, /) -> None:
        """Listens, with a line of the length that is right here."""
        super().listen(_LINE)

    def __reduce__(self) -> tuple[Callable[[Any], "_Shared"], tuple[object]]:
        """How a worker gets it when it is started."""
        return _shared, (DupFd(self.fileno()),)


def _shared(sent: Any) -> _Shared:
    return _Shared(fileno=sent.detach())


class ListenError(InputError):
    """The address cannot be listened on."""


def serve(host: str | None, port: int | None, workers: int | None) -> int:
    """Serve until interrupted; then what was begun is finished, within a bound.

    Args:
        host: Address to listen on; None takes the environment's.
        port: Port to listen on; 0 takes a free one, None the environment's.
        workers: Processes; None takes the environment's number. One that dies is replaced.

    Returns:
        The exit status.

    Raises:
        InputError: The settings or the address cannot be used.
    """
    given = {"host": host, "port": port, "workers": workers}
    settings = Settings.from_environment().model_copy(
        update={name: value for name, value in given.items() if value is not None}
    )
    # What is wrong with the store is told in one line, and its tables are there before the workers are.
    open_store(settings.store_url).dispose()
    # uvicorn tells of an address that it cannot have in many lines, so it gets the socket.
    listening = _listen(settings.host, settings.port)
    name = f"[{settings.host}]" if ":" in settings.host else settings.host
    print(
        f"{COMMAND}: serving on http://{name}:{listening.getsockname()[1]} (documentation at /docs)",
        flush=True,
    )
    logs.configure(settings.log_level)
    config = uvicorn.Config(
        partial(service, settings),
        factory=True,
        workers=settings.workers,
        access_log=False,
        backlog=1,
        log_config=None,
        server_header=False,
        forwarded_allow_ips=settings.trusted_proxies,
        timeout_graceful_shutdown=settings.shutdown_timeout,
        timeout_worker_healthcheck=_WORKER_PATIENCE_SECONDS,
    )
    if settings.workers == 1:
        # The server heeds it, and when it has ended well it sends it again to whoever did so before.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        uvicorn.Server(config).run(sockets=[listening])
        return 0
    with tempfile.TemporaryDirectory(prefix=f"{COMMAND}-") as folder:
        os.environ[_METRICS_FOLDER] = folder  # read by each worker when it starts
        Multiprocess(config, [listening]).run()
    return 0


def service(settings: Settings) -> "FastAPI":
    """The app of one process, which logs as the settings say."""
    from api.app import create_app  # noqa: PLC0415  (a worker's business, which its supervisor need not load)

    threading.Thread(target=_end_with_supervisor, daemon=True).start()
    logs.configure(settings.log_level)
    return create_app(settings)


def _end_with_supervisor() -> None:
    """Ends a worker in good order when its supervisor is gone, however that was ended."""
    supervisor = parent_process()
    if supervisor is not None:
        connection.wait([supervisor.sentinel])  # a pipe that closes with it
        os.kill(os.getpid(), signal.SIGTERM)


def _listen(host: str, port: int) -> _Shared:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = _Shared(family, kind, protocol)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen()  # whoever reads the address may call at once, and waits while the service starts
    except OSError as error:
        raise ListenError(
            f"{host}:{port}", f"cannot be listened on: {error.strerror}", "Choose another --host or --port"
        ) from None
    return listening
