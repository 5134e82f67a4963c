"""Options that several commands take."""

import click

out_option = click.option("--out", metavar="FILE", help="Write to FILE; it appears when it is whole.")
model_option = click.option(
    "--model",
    metavar="PATH_OR_NAME",
    help="Another model than the one that ships; http://HOST:PORT/v1#NAME asks a chat endpoint.",
)
input_format_option = click.option(
    "--input-format",
    type=click.Choice(["nct", "record", "records", "criteria", "text"]),
    help="What every INPUT is; recognised where not given.",
)
