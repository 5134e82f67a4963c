"""Who does the work of a run: this process, or several beside it; parts come in the order of their work."""

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from multiprocessing.connection import Connection
from typing import TypeAlias, TypeVar

from translator.bulk.making import make
from translator.bulk.records import Part, PartFormat, Work
from translator.errors import InputError
from translator.pipeline import Translator
from translator.records import Versions

Load: TypeAlias = Callable[[], Translator]
"""Loads a translator; can be sent to another process, and is called once in each."""

AHEAD = 2
"""Parts for each worker that may be under way or wait: no more of them lie in memory."""

_T = TypeVar("_T")


@dataclass(frozen=True)
class Engine:
    """Makes parts.

    Attributes:
        versions: Of its translators.
        make: Takes work, and gives its parts in the same order.
    """

    versions: Versions
    make: Callable[[Iterable[Work]], Iterator[Part]]


@contextmanager
def here(load: Load, form: PartFormat) -> Iterator[Engine]:
    """This process; the engine of the model that ships has two threads by itself."""
    translator = load()
    yield Engine(translator.versions, lambda works: (make(translator, work, form) for work in works))


@contextmanager
def processes(load: Load, form: PartFormat, workers: int) -> Iterator[Engine]:
    """Several processes of this machine, each with a translator of its own.

    Raises:
        InputError: One of them was ended from outside.
    """
    context = multiprocessing.get_context("spawn")
    theirs, ours = context.Pipe(duplex=False)
    with ours, theirs:
        pool = ProcessPoolExecutor(workers, context, _begin, (load, theirs))
        try:
            versions = pool.submit(_versions).result()

            def submit(work: Work) -> Future[Part]:
                return pool.submit(_make, work, form)

            yield Engine(
                versions,
                lambda works: in_order(works, submit, lambda future: future.result(), AHEAD * workers),
            )
        except BrokenProcessPool:
            raise InputError(
                "worker",
                "was ended from outside, as happens where memory runs out",
                "Run the same command again with fewer --workers: it goes on where it stood",
            ) from None
        finally:
            # Their end of the pipe tells them: what they have under way is not waited for.
            ours.close()
            pool.shutdown(cancel_futures=True)


def in_order(
    works: Iterable[Work], submit: Callable[[Work], _T], wait: Callable[[_T], Part], ahead: int
) -> Iterator[Part]:
    """Keeps so many pieces of work under way, and gives their parts in order."""
    running: deque[_T] = deque()
    for work in works:
        running.append(submit(work))
        if len(running) >= ahead:
            yield wait(running.popleft())
    while running:
        yield wait(running.popleft())


class _Worker:
    """What a worker process has."""

    load: Load


def _begin(load: Load, parent: Connection) -> None:
    # Ctrl-C goes to the whole group; the parent alone says what becomes of it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    _Worker.load = load


@cache
def _translator() -> Translator:
    # Not when the process begins: the pool would keep what goes wrong here to itself.
    return _Worker.load()


def _end_with(parent: Connection) -> None:
    """Ends this process when the other end of the pipe is closed, be it by the parent's death."""
    try:
        parent.recv_bytes()
    finally:
        os._exit(1)


def _versions() -> Versions:
    return _translator().versions


def _make(work: Work, form: PartFormat) -> Part:
    return make(_translator(), work, form)
