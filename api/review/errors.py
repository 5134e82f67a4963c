"""What the workbench refuses, and why."""

from typing import Literal

from translator.errors import InputError

Refusal = Literal[
    "not_found", "claimed", "unclaimed", "lease_lost", "stale", "closed", "blind", "forbidden", "incomplete",
    "unfaithful",
]  # fmt: skip
"""
============== ===============================================================================
``claimed``    Somebody else has the item.
``unclaimed``  The reviewer has not claimed it.
``lease_lost`` The reviewer's claim has expired.
``stale``      What was shown is no longer what is there.
``closed``     The item has its final verdict, or is gone.
``blind``      It waits for the verdict of another reviewer.
``incomplete`` The decision lacks something, or says two things.
``unfaithful`` The scorer calls the sentence unfaithful, and no reason says why it is right.
============== ===============================================================================
"""


class ReviewError(InputError):
    """The workbench will not do that; nothing was changed.

    Attributes:
        code: Which refusal it is.
    """

    def __init__(self, code: Refusal, where: str, what: str, remedy: str) -> None:
        super().__init__(where, what, remedy)
        self.code = code
