"""``page`` and ``site``."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.arguments.shared import model_option, out_option

if TYPE_CHECKING:
    from translator.page import Order


@click.command()
@click.argument("record", metavar="RECORD")
@out_option
@click.option("--print", "sheet", is_flag=True, help="The checklist to print and take along.")
@click.option(
    "--order",
    type=click.Choice(["groups", "protocol"]),
    default="groups",
    help="Rules in groups, or in the protocol's own order.",
)
@model_option
def page(*, record: str, out: str | None, sheet: bool, order: "Order", model: str | None) -> int:
    """Make the page of one trial, HTML that stands alone.

    RECORD is an NCT id, a ClinicalTrials.gov API v2 record (.json), or - for standard input.
    """
    from api.commands import pages

    return pages.page(record, out, form="print" if sheet else "page", order=order, model=model)


@click.command()
@click.argument("records", metavar="RECORDS...", nargs=-1, required=True)
@click.option(
    "--out", metavar="DIR", type=click.Path(path_type=Path), required=True, help="Folder of the site."
)
@click.option("--base-url", metavar="URL", help="Where the site will be, for canonical links.")
@model_option
def site(*, records: tuple[str, ...], out: Path, base_url: str | None, model: str | None) -> int:
    """Make a static site of many trials; run again, it writes only what changed.

    RECORDS are API v2 records as for translate: files, lists, folders, archives, or NCT ids.
    """
    from api.commands import pages

    return pages.site(records, out, base_url=base_url, model=model)
