"""How HTML is made of templates, wherever it is made: everything escaped, and nothing missing in silence."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined


def environment(folder: Path, finalize: Callable[[Any], Any] | None = None) -> Environment:
    """Gives a Jinja2 environment whose templates escape what they are given, and fail at an unknown name.

    Args:
        folder: Where the templates are.
        finalize: What is done to each value before it is escaped.
    """
    return Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        finalize=finalize,
    )
