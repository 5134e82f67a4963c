"""How often somebody may ask: token buckets (Turner, "New directions in communications", 1986), in memory.

Each worker process counts for itself, so that several together let through as many times more.
"""

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from translator.records import Record

_MINUTE = 60.0
_MOST_CALLERS = 10_000  # whose buckets are remembered; a forgotten one is full again


class Allowance(Record):
    """What became of one request.

    Attributes:
        quota: Requests a minute.
        left: Requests that would be let through now.
        wait: Seconds until the next would be; 0 where this one was let through.
    """

    quota: int
    left: int
    wait: float


class Rate:
    """A bucket for each caller: it holds a minute's requests, and fills up evenly.

    Args:
        quota: Requests a minute.
        clock: Tells seconds, and never goes back.
    """

    def __init__(self, quota: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._quota = quota
        self._interval = _MINUTE / quota
        self._clock = clock
        # When the bucket of a caller is full again, the least recently seen first.
        self._full_at: OrderedDict[str, float] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, caller: str) -> Allowance:
        """Counts a request of a caller; one that is refused costs nothing."""
        with self._lock:
            now = self._clock()
            full_at = max(self._full_at.get(caller, now), now) + self._interval
            wait = full_at - now - _MINUTE
            # Sums of fractions of seconds do not come out even.
            if wait > self._interval * 1e-6:
                return Allowance(quota=self._quota, left=0, wait=wait)
            self._full_at[caller] = full_at
            self._full_at.move_to_end(caller)
            while len(self._full_at) > _MOST_CALLERS:
                self._full_at.popitem(last=False)
            left = max(0, math.floor((_MINUTE - (full_at - now)) / self._interval + 1e-6))
            return Allowance(quota=self._quota, left=left, wait=0.0)
