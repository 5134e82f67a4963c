"""``serve``."""

import click


class _WithSettings(click.Command):
    """A command whose help tells the settings, which are read from the environment."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """A row for each setting, from the model itself."""
        from api.settings import rows

        with formatter.section("Settings, from the environment"):
            formatter.write_dl(
                [(name, f"{about}  [{default}]") for name, about, default in rows()], col_max=36
            )


@click.command(cls=_WithSettings)
@click.option("--host", metavar="H", help="Address to listen on; default 127.0.0.1.")
@click.option(
    "--port", type=click.IntRange(0, 65535), metavar="N", help="Port; default 8000, 0 takes a free one."
)
@click.option("--workers", type=click.IntRange(min=1), metavar="N", help="Processes; default 1.")
def serve(host: str | None, port: int | None, workers: int | None) -> int:
    """Serve the calls over HTTP; the documentation is at /docs."""
    from api.commands import service

    return service.serve(host, port, workers)
