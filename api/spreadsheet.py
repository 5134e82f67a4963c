"""Cells of CSV that no spreadsheet takes for a formula (OWASP, CSV injection)."""

_BEGINS = frozenset("=+-@\t\r\n＝＋－＠")


def as_text(cell: str) -> str:
    """The cell, behind a single quote where a spreadsheet would run it; spaces in front do not hide that."""
    return f"'{cell}" if cell.lstrip(" ")[:1] in _BEGINS else cell
