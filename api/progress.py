"""Where a batch stands, on standard error: a bar on a terminal, elsewhere a line now and then."""

import sys
import time
from contextlib import AbstractContextManager
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, SpinnerColumn, TextColumn
from rich.progress import Progress as Bar

from api import COMMAND
from translator.bulk.records import Progress

LINE_EVERY_S = 60.0
"""Seconds between two lines where there is no terminal."""


class Display(AbstractContextManager["Display"]):
    """Shows where a run stands; is called with it."""

    def __init__(self) -> None:
        console = Console(stderr=True)
        columns = (SpinnerColumn(), BarColumn(), TextColumn("{task.percentage:3.0f} % {task.description}"))
        self._bar = Bar(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._task = self._bar.add_task("loading", total=1.0)
        self._begun = self._told = time.monotonic()

    def __call__(self, progress: Progress) -> None:
        """Shows how far it is."""
        now = time.monotonic()
        if not progress.parts:
            self._begun = self._told = now
            if progress.again:
                self._say("the earlier run has other versions; all is translated again")
        line = standing(progress, now - self._begun)
        self._bar.update(self._task, completed=progress.share, description=line)
        if self._bar.disable and now - self._told >= LINE_EVERY_S:
            self._say(f"{progress.share:.0%}, {line}")
            self._told = now

    def __enter__(self) -> "Display":
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def _say(self, line: str) -> None:
        print(f"{COMMAND}: {line}", file=sys.stderr, flush=True)


def standing(progress: Progress, seconds: float) -> str:
    """Says in a line what is done, how fast, and how long it will take.

    Args:
        progress: Where the run stands.
        seconds: Since it was started.
    """
    done = [f"{progress.records:,} records", f"{progress.rows:,} units"]
    if progress.quarantined:
        done.append(f"{progress.quarantined:,} set aside")
    if progress.translated and seconds > 0:
        done.append(f"{progress.translated / seconds:.1f} units/s")
    gained = progress.share - progress.share_before
    if progress.parts and gained > 0 and progress.share < 1:
        done.append(f"{duration(seconds * (1 - progress.share) / gained)} left")
    return ", ".join(done)


def duration(seconds: float) -> str:
    """Says a length of time in its two largest units: ``2 h 05 min``."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"
