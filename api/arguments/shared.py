"""Options that several commands take."""

from pathlib import Path

import click

out_option = click.option("--out", metavar="FILE", help="Write to FILE; it appears when it is whole.")
model_option = click.option(
    "--model",
    metavar="PATH_OR_NAME",
    help="Another model than the one that ships; http://HOST:PORT/v1#NAME asks a chat endpoint.",
)
glossary_option = click.option(
    "--glossary",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Your own words for terms (.csv or .tsv: term, plain, explanation); they go before ours.",
)
memory_option = click.option(
    "--memory",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Keep answers in FILE, and take from it what is there; made where there is none.",
)
input_format_option = click.option(
    "--input-format",
    type=click.Choice(["nct", "record", "records", "criteria", "text"]),
    help="What every INPUT is; recognised where not given.",
)
