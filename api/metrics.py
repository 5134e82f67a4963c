"""What the service counts, in the format of Prometheus."""

import os
from pathlib import Path

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""Variable that names the folder where several workers share what they count."""

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_SIZES = (1, 2, 5, 10, 20, 50, 100, 200, 500)
_CHARACTERS = (100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000)


class Metrics:
    """Counts and tells.

    Where several workers share a folder, each writes its own numbers there and any of them tells all.
    """

    def __init__(self) -> None:
        own = CollectorRegistry()
        self._own = own
        ProcessCollector(registry=own)
        self._requests = Counter(
            "plaincriteria_requests", "Answers", ["method", "route", "status"], registry=own
        )
        self._seconds = Histogram(
            "plaincriteria_request_seconds", "Time to the end of an answer", ["route"],
            buckets=_SECONDS, registry=own,
        )  # fmt: skip
        self._waiting = Gauge(
            "plaincriteria_waiting_requests", "Requests that wait, wholly or in part", ["kind"],
            multiprocess_mode="livesum", registry=own,
        )  # fmt: skip
        self._waiting_items = Gauge(
            "plaincriteria_waiting_items", "Criteria or pairs that wait", ["kind"],
            multiprocess_mode="livesum", registry=own,
        )  # fmt: skip
        self._batch_items = Histogram(
            "plaincriteria_batch_items", "Criteria or pairs of a batch", ["kind"],
            buckets=_SIZES, registry=own,
        )  # fmt: skip
        self._batch_characters = Histogram(
            "plaincriteria_batch_characters", "Characters of a batch", ["kind"],
            buckets=_CHARACTERS, registry=own,
        )  # fmt: skip
        self._batch_seconds = Histogram(
            "plaincriteria_batch_seconds", "Time that a batch takes", ["kind"],
            buckets=_SECONDS, registry=own,
        )  # fmt: skip
        self._translations = Counter(
            "plaincriteria_translations", "Translated units; route memory is a wording of reviewers",
            ["route", "verdict"], registry=own,
        )  # fmt: skip
        self._remembered = Counter(
            "plaincriteria_remembered", "Units that the memory of translations knew", registry=own
        )
        self._audits = Counter("plaincriteria_audits", "Audited pairs", ["verdict"], registry=own)
        self._failures = Counter("plaincriteria_failures", "Items that failed", ["kind"], registry=own)

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """A request has been answered; ``route`` is a template, so that there are few."""
        name = method if method in _METHODS else "other"
        self._requests.labels(name, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def batch(self, kind: str, items: int, characters: int, seconds: float) -> None:
        """A batch is done."""
        self._batch_items.labels(kind).observe(items)
        self._batch_characters.labels(kind).observe(characters)
        self._batch_seconds.labels(kind).observe(seconds)

    def backlog(self, kind: str, requests: int, items: int) -> None:
        """So much waits now."""
        self._waiting.labels(kind).set(requests)
        self._waiting_items.labels(kind).set(items)

    def translation(self, route: str, verdict: str) -> None:
        """A unit has been translated."""
        self._translations.labels(route, verdict).inc()

    def remembered(self, units: int) -> None:
        """So many units need not be translated anew."""
        self._remembered.inc(units)

    def audit(self, verdict: str) -> None:
        """A pair has been audited."""
        self._audits.labels(verdict).inc()

    def failure(self, kind: str) -> None:
        """An item has failed."""
        self._failures.labels(kind).inc()

    def told(self) -> bytes:
        """All of it as ``MEDIA_TYPE``."""
        folder = os.environ.get(FOLDER)
        if not folder:
            return generate_latest(self._own)
        _forget_the_dead(Path(folder))
        shared = CollectorRegistry()
        MultiProcessCollector(shared)  # type: ignore[no-untyped-call]
        return generate_latest(shared)


def _forget_the_dead(folder: Path) -> None:
    """A worker that was killed has left behind what it had waiting."""
    for path in folder.glob("gauge_live*_*.db"):
        process = int(path.stem.rpartition("_")[2])
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            mark_process_dead(process, str(folder))  # type: ignore[no-untyped-call]
