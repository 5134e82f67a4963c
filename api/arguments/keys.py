"""``keys add | list | revoke``."""

import re
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from api.store.keys import Role

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,99}")


def _checked(_: click.Context, __: click.Parameter, name: str) -> str:
    if not _NAME.fullmatch(name):
        raise click.BadParameter("1 to 100 letters, digits, dots, dashes, underscores and @ make a name")
    return name


_name = click.argument("name", metavar="NAME", callback=_checked)


@click.group()
def keys() -> None:
    """Make, list and revoke the keys of the service; they are in the store that PLAINCRITERIA_STORE names."""


@keys.command()
@_name
@click.option(
    "--role",
    type=click.Choice(["translate", "review", "admin"]),
    default="translate",
    show_default=True,
    help="What its holder may do; each role may do what those before it may.",
)
def add(name: str, role: "Role") -> int:
    """Make a key for NAME and show it, this once."""
    from api.commands import keys as commands

    return commands.add(name, role)


@keys.command("list")
def list_() -> int:
    """List who has or had a key, and since when."""
    from api.commands import keys as commands

    return commands.listed()


@keys.command()
@_name
def revoke(name: str) -> int:
    """Revoke the key of NAME, from the next request on."""
    from api.commands import keys as commands

    return commands.revoke(name)
