"""``plaincriteria serve``: the HTTP service on a socket."""

import socket

import uvicorn

from api import COMMAND
from api.app import create_app
from api.settings import Settings
from api.store.database import open_store
from translator.errors import InputError


class ListenError(InputError):
    """The address cannot be listened on."""


def serve(host: str | None, port: int | None) -> int:
    """Serve until interrupted.

    Args:
        host: Address to listen on; None takes the environment's.
        port: Port to listen on; 0 takes a free one, None the environment's.

    Returns:
        The exit status.

    Raises:
        InputError: The settings or the address cannot be used.
    """
    settings = Settings.from_environment()
    # Whether keys are required depends on where it listens.
    settings = settings.model_copy(update={"host": host or settings.host})
    host, port = settings.host, settings.port if port is None else port
    open_store(settings.store.get_secret_value()).dispose()  # what is wrong with it is told in one line
    # uvicorn tells of an address that it cannot have in many lines, so it gets the socket.
    listening = _listen(host, port)
    name = f"[{host}]" if ":" in host else host
    print(
        f"{COMMAND}: serving on http://{name}:{listening.getsockname()[1]} (documentation at /docs)",
        flush=True,
    )
    config = uvicorn.Config(
        create_app(settings), log_level="warning", forwarded_allow_ips=settings.trusted_proxies
    )
    uvicorn.Server(config).run(sockets=[listening])
    return 0


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, kind, protocol)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen()  # whoever reads the address may call at once, and waits while the service starts
    except OSError as error:
        raise ListenError(
            f"{host}:{port}", f"cannot be listened on: {error.strerror}", "Choose another --host or --port"
        ) from None
    return listening
