"""Whether work grows no faster than its input, told by processor time: a busy machine changes nothing."""

from collections.abc import Callable
from time import process_time

TIMES = 8
SLACK = 4  # quadratic work takes TIMES times more than linear work does, which is twice the slack
LEAST = 0.001  # seconds; less cannot be told from noise
TRIES = 3


def assert_linear(work: Callable[[int], object], size: int) -> None:
    """Holds the time for ``TIMES`` the size to ``SLACK * TIMES`` the time for the size.

    Args:
        work: Does its work on an input of the given size, in whatever unit. No size is asked for twice, so
            that what is cached of one input helps with no other.
        size: The small one; eight times as much should take less than a second.
    """
    small = min(_seconds(work, size + step) for step in range(TRIES))
    allowed = SLACK * TIMES * max(small, LEAST)
    large = []
    while len(large) < TRIES and (not large or min(large) > allowed):
        large.append(_seconds(work, TIMES * size + len(large)))
    assert min(large) <= allowed, f"{small:.4f} s for {size}, {min(large):.4f} s for {TIMES} times as much"


def _seconds(work: Callable[[int], object], size: int) -> float:
    started = process_time()
    work(size)
    return process_time() - started
