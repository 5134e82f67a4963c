"""The one way to say that something given cannot be read: where it is, what is wrong, and what to do."""

from translator.records import Unreadable

_LONGEST = 300


def printable(text: str) -> str:
    r"""Makes untrusted words safe for one line of a message: ``\n``, ``\u202e`` and such are spelled out."""
    # Cut in the middle: a place is told by its end (the line) as much as by its beginning (the file).
    half = _LONGEST // 2
    cut = text if len(text) <= _LONGEST else f"{text[:half]}…{text[-half:]}"
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in cut
    )


class InputError(ValueError):
    """What was given is no good as a whole; ``str()`` is one line that a person can act on.

    Attributes:
        where: The file, line, field or address.
        what: What is wrong with it; reads on from ``where``.
        remedy: What to do about it, as a sentence without its full stop.
    """

    def __init__(self, where: str, what: str, remedy: str) -> None:
        super().__init__(where, what, remedy)
        self.where = printable(where)
        self.what = printable(what)
        self.remedy = printable(remedy)

    def __str__(self) -> str:
        return f"{self.where}: {self.what}. {self.remedy}."

    def unreadable(self) -> Unreadable:
        """The same as a record, for an item whose neighbours can still be read."""
        return Unreadable(where=self.where, what=self.what, remedy=self.remedy)
