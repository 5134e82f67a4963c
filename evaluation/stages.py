"""Where the time of a run goes: a thread looks at what is being worked on, many times a second."""

import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_EVERY_SECONDS = 0.01

STAGES = {
    ("translator/segment.py", "segment"): "segment",
    ("translator/normalise.py", "normalise"): "normalise",
    ("translator/templates.py", "write"): "template",
    ("translator/fidelity.py", "score"): "score",
    ("translator/ladder.py", "_held"): "score",
    ("translator/readability.py", "readability"): "readability",
    ("translator/memory.py", "recall"): "memory",
    ("translator/memory.py", "keep"): "memory",
    ("models/inference.py", "generate"): "generate",
}
"""The function that stands for a stage, by its file and name."""

OTHER = "other"


@contextmanager
def watched() -> Iterator[Counter[str]]:
    """Counts, while the block runs in this thread, how often each stage was seen at work."""
    seen: Counter[str] = Counter()
    thread, done = threading.get_ident(), threading.Event()

    def watch() -> None:
        while not done.wait(_EVERY_SECONDS):
            seen[_stage(sys._current_frames()[thread])] += 1

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield seen
    finally:
        done.set()
        watcher.join()


def shares(seen: Counter[str]) -> dict[str, float]:
    """The share of each stage, largest first."""
    return {stage: count / seen.total() for stage, count in seen.most_common()}


def _stage(frame: FrameType | None) -> str:
    """The innermost stage that a stack of calls is in; of the engine's writing also how wide it searches."""
    while frame is not None:
        code = frame.f_code
        place = "/".join(code.co_filename.replace("\\", "/").split("/")[-2:]), code.co_name
        if stage := STAGES.get(place):
            beams = getattr(frame.f_locals.get("decoding"), "beams", None) if stage == "generate" else None
            return f"{stage}, {beams} beams" if beams and beams > 1 else stage
        frame = frame.f_back
    return OTHER
