"""A picture of what is left, day by day, as the points of a line."""

from collections.abc import Sequence
from datetime import date

from api.review.records import Day
from translator.records import Record

WIDTH, HEIGHT = 600, 120


class Burndown(Record):
    """How the number of items that wait went up and down.

    Attributes:
        line: Points of the line, ``x,y`` with spaces between, within ``WIDTH`` and ``HEIGHT``.
        days: What was left at the end of each, the first and the last among them.
        most: The highest number, which stands at the top.
    """

    line: str
    days: tuple[tuple[str, int], ...]
    most: int


def burndown(days: Sequence[Day]) -> Burndown | None:
    """The picture; None where there is less than two days to tell of.

    Args:
        days: In order; what was left stays so until the next of them.
    """
    if len(days) < 2:
        return None
    left = [(one.day, one.imported - one.closed) for one in days]
    first, last = (date.fromisoformat(left[end][0]).toordinal() for end in (0, -1))
    most = max(count for _, count in left) or 1
    points = []
    height = None
    for day, count in left:
        across = WIDTH * (date.fromisoformat(day).toordinal() - first) / (last - first)
        if height is not None:  # a step: nothing happened in between
            points.append(f"{across:.1f},{height:.1f}")
        height = HEIGHT * (1 - count / most)
        points.append(f"{across:.1f},{height:.1f}")
    return Burndown(line=" ".join(points), days=tuple(left), most=most)
