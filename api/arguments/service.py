"""``serve``."""

import click


@click.command()
@click.option("--host", metavar="H", help="Address to listen on; default 127.0.0.1.")
@click.option(
    "--port", type=click.IntRange(0, 65535), metavar="N", help="Port; default 8000, 0 takes a free one."
)
def serve(host: str | None, port: int | None) -> int:
    """Serve translate and audit over HTTP; the documentation is at /docs."""
    from api.commands import service

    return service.serve(host, port)
