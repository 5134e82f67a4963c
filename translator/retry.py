"""Trying again what may mend itself: waits between tries, and what a server asks for.

Waits follow exponential back-off with full jitter (M. Brooker, "Exponential Backoff And Jitter", AWS
Architecture Blog, 2015), unless the server says how long to wait (``Retry-After``, RFC 9110).
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from random import random
from typing import TypeVar

PASSING = frozenset({408, 429, 500, 502, 503, 504})
"""The HTTP statuses after which another try may help."""

_SECONDS = re.compile(r"[0-9]{1,9}")
_Answer = TypeVar("_Answer")


class PassingError(Exception):
    """A trouble that another try may mend; ``wait`` is what the server asked for, in seconds."""

    def __init__(self, what: str, wait: float | None = None) -> None:
        super().__init__(what)
        self.wait = wait


class GaveUpError(Exception):
    """No try was left; the last trouble is the cause."""


@dataclass(frozen=True)
class Time:
    """How time passes and chance falls; tests have their own.

    Attributes:
        sleep: Waits the given number of seconds.
        clock: Seconds of a clock that never goes back.
        now: Seconds since 1970, for a ``Retry-After`` that is a date.
        chance: Draws from [0, 1).
    """

    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    now: Callable[[], float] = time.time
    chance: Callable[[], float] = random

    def retry_after(self, value: str) -> float | None:
        """Seconds to wait by a ``Retry-After`` header; None where it says nothing."""
        if _SECONDS.fullmatch(value.strip()):
            return float(value)
        try:
            return max(parsedate_to_datetime(value).timestamp() - self.now(), 0.0)
        except (ValueError, OverflowError):
            return None


def retried(
    attempt: Callable[[], _Answer], *, tries: int, longest_wait: float, end: float, time: Time
) -> _Answer:
    """Makes an attempt until it succeeds.

    Args:
        attempt: Raises :class:`PassingError` where another try may help; all else it raises goes on.
        tries: How often, at most.
        longest_wait: Ceiling of one wait in seconds; a server that asks for longer is given up.
        end: When no further try begins, by ``time.clock``.
        time: Sleeps, and tells the time.

    Raises:
        GaveUpError: Says in its words what the last trouble was, and after how many tries.
    """
    for number in range(1, tries + 1):
        try:
            return attempt()
        except PassingError as trouble:
            last, wait = trouble, trouble.wait
        problem = str(last)
        if wait is None:
            wait = time.chance() * min(longest_wait, 2.0 ** (number - 1))
        if wait > longest_wait:
            problem += f" and asks to wait {wait:.0f} seconds"
            break
        if number == tries or time.clock() + wait > end:
            break
        time.sleep(wait)
    told = "1 try" if number == 1 else f"{number} tries"
    raise GaveUpError(f"{problem}; gave up after {told}") from last
