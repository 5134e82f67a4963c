"""How fast criteria are translated, in one run beside the obvious ways and beside the machine's limit.

    python -m evaluation.speed [--criteria N] [--checkpoint FOLDER] [--gguf FILE] [--out FILE]

Each system has a process of its own, for its peak of memory, and translates the same texts of dev; the slow
ones the first few of them. Loading is not counted. The figures mean something on a quiet machine only.
"""

import argparse
import json
import multiprocessing
import os
import platform
import resource
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from evaluation.stages import shares, watched
from evaluation.texts import shuffled, understood
from translator.dialogue.endpoint import ChatEndpoint
from translator.errors import InputError
from translator.generate import BEAMS, ModelWriter
from translator.ladder import pair_of
from translator.normalise import Normaliser
from translator.pipeline import Translator
from translator.published import publish
from translator.records import Draft, Trial
from translator.scoring import scorer
from translator.segment import segment
from translator.workshop import at_best, pieces, reference

TEXTS = "eligibility.dev.jsonl.gz"
_SEED = 41
_TOGETHER = 100  # trials that are translated as one batch
_THREADS = 2  # as in the engine that ships
_PAGE_KB = 1024 if sys.platform != "darwin" else 1  # unit of ru_maxrss, in bytes
_COLUMNS = {
    "criteria": "criteria",
    "criteria_per_second": "criteria a second",
    "published_pieces_per_second": "published pieces/s",
    "peak_megabytes": "peak MB",
    "faithful": "share faithful",
}
# No writer can say it, so all of them are tried.
_WARM = "Inclusion Criteria:\n\n* Zyzzyva at 7%\n\nExclusion Criteria:\n\n* Zyzzyva"


class Done(NamedTuple):
    """What a system did: seconds of the clock, and for each criterion what it wrote and whether it passed.

    Attributes:
        drafts: In reading order, headings left out; None where it wrote nothing.
        faithful: Whether the scorer passed it.
        stages: Share of the time by stage, where that was watched.
    """

    seconds: float
    drafts: list[Draft | None]
    faithful: list[bool]
    stages: Mapping[str, float] = {}


def ours(trials: Sequence[Trial], endpoint: ChatEndpoint | None = None) -> Done:
    """The translator end to end: texts in, JSON lines out."""
    translator = Translator.load(endpoint)
    translator.translate_trial(Trial(eligibility=_WARM))
    drafts: list[Draft | None] = []
    faithful = []
    start = time.perf_counter()
    with watched() as seen:
        for first in range(0, len(trials), _TOGETHER):
            for trial in translator.translate_trials(trials[first : first + _TOGETHER]):
                for one in trial.translations:
                    publish(one, trial.trial.id, trial.versions).model_dump_json()
                    if one.normalised.criterion.role != "heading":
                        drafts.append(one.draft if one.draft.route == "model" else None)
                        faithful.append(one.fidelity.verdict == "faithful")
    return Done(time.perf_counter() - start, drafts, faithful, shares(seen))


def obvious(trials: Sequence[Trial], checkpoint: Path) -> Done:
    """The checkpoint under ``generate``: beams for every criterion, and one pass of the scorer."""
    writer, judge, normaliser = ModelWriter(reference(checkpoint), BEAMS), scorer(), Normaliser()
    list(understood(_WARM, normaliser))
    start = time.perf_counter()
    units = [one for trial in trials for one in understood(trial.eligibility or "", normaliser)]
    drafts = [row[0] if row else None for row in writer.write(units)]
    pairs = [pair_of(one.criterion, draft.text) for one, draft in zip(units, drafts, strict=True) if draft]
    reports = iter(judge.score(pairs))
    faithful = [draft is not None and next(reports).verdict == "faithful" for draft in drafts]
    return Done(time.perf_counter() - start, drafts, faithful)


def small_chat_model(trials: Sequence[Trial], gguf: Path) -> Done:
    """A small chat model under llama.cpp in the place of ours, with the same scoring."""
    import xllamacpp  # noqa: PLC0415  (an extra)

    settings = xllamacpp.CommonParams()
    settings.model.path = str(gguf)
    settings.n_parallel = _THREADS
    settings.cpuparams.n_threads = _THREADS
    server = xllamacpp.Server(settings)
    return ours(trials, ChatEndpoint(f"{server.listening_address}/v1", gguf.stem, timeout_s=600))


def run(criteria: int, slow: int, checkpoint: Path | None, gguf: Path | None) -> dict[str, Any]:
    """Measures every system that there is something for.

    Args:
        criteria: Of the dev texts, headings left out; a text is taken whole.
        slow: Of these, for the slow systems.
        checkpoint: Folder of the float checkpoint of the model that ships.
        gguf: A chat model for llama.cpp.
    """
    trials = list(_texts(criteria))
    few = list(_texts(slow))
    systems = {"ours": _alone(ours, trials)}
    if checkpoint:
        systems["transformers"] = _alone(obvious, few, checkpoint)
    if gguf:
        systems["llama.cpp"] = _alone(small_chat_model, few, gguf)
    rate = systems["ours"]["criteria_per_second"]
    return {
        "machine": {"processor": platform.processor() or platform.machine(), "cores": os.cpu_count()},
        "load_before": os.getloadavg()[0],
        "systems": systems,
        "ours_over": {name: rate / other["criteria_per_second"] for name, other in systems.items()},
        "limit": _limit(trials, systems["ours"]),
    }


def table(result: Mapping[str, Any]) -> str:
    """Renders what :func:`run` found."""
    lines = [f"{'system':<14}" + "".join(f"{name:>21}" for name in (*_COLUMNS.values(), "ours over it"))]
    for name, figures in result["systems"].items():
        cells = [*(figures[column] for column in _COLUMNS), result["ours_over"][name]]
        lines.append(f"{name:<14}" + "".join(f"{cell:>21,.2f}" for cell in cells))
    lines += [
        f"{name:<14} not measured: needs {option}"
        for name, option in (("transformers", "--checkpoint"), ("llama.cpp", "--gguf"))
        if name not in result["systems"]
    ]
    stages = result["systems"]["ours"]["stages"].items()
    limit = result["limit"]
    lines += [
        "",
        "time by stage: " + ", ".join(f"{stage} {share:.1%}" for stage, share in stages),
        f"limit: {limit['multiply_adds_per_criterion'] / 1e9:.2f} G multiply-adds a criterion, "
        f"{limit['peak_multiply_adds_per_second'] / 1e9:.0f} G a second at best: "
        f"{limit['criteria_per_second']:.1f} criteria a second; ours is {limit['share_reached']:.1%} of it",
        f"load of the machine before the run: {result['load_before']:.1f}",
    ]
    return "\n".join(lines)


def _texts(criteria: int) -> Iterator[Trial]:
    for row in shuffled(TEXTS, _SEED):
        if criteria <= 0:
            return
        criteria -= sum(unit.role != "heading" for unit in segment(row["eligibility"]))
        yield Trial(id=row["nct_id"], eligibility=row["eligibility"])


def _alone(system: Callable[..., Done], trials: Sequence[Trial], *more: object) -> dict[str, Any]:
    """Runs a system in a process of its own."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, context) as pool:
        done, peak_bytes = pool.submit(_measured, system, trials, more).result()
    written = pieces(draft.text for draft in done.drafts if draft)
    return {
        "criteria": len(done.drafts),
        "seconds": done.seconds,
        "criteria_per_second": len(done.drafts) / done.seconds,
        "published_pieces_per_second": sum(written) / done.seconds,
        "peak_megabytes": peak_bytes / 1e6,
        "faithful": sum(done.faithful) / len(done.faithful),
        "stages": dict(done.stages),
        "mean_pieces": sum(written) / max(len(written), 1),
    }


def _measured(
    system: Callable[..., Done], trials: Sequence[Trial], more: Sequence[object]
) -> tuple[Done, int]:
    done = system(trials, *more)
    return done, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _PAGE_KB


def _limit(trials: Sequence[Trial], figures: Mapping[str, Any]) -> dict[str, float]:
    """What the engine could do if it wrote each criterion once, all at its peak, and nothing else were done.

    The texts that were published are taken to be as long as those that were not.
    """
    normaliser = Normaliser()
    lengths = pieces(one.text for trial in trials for one in understood(trial.eligibility or "", normaliser))
    each, best = at_best(sum(lengths) / len(lengths), figures["mean_pieces"], _THREADS)
    return {
        "multiply_adds_per_criterion": each,
        "peak_multiply_adds_per_second": best,
        "criteria_per_second": best / each,
        "share_reached": figures["criteria_per_second"] / (best / each),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Reads the command line, prints the table, and writes the results where asked to.

    Returns:
        The exit status.
    """
    parser = argparse.ArgumentParser(
        prog="python -m evaluation.speed",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--criteria", type=int, default=2_000, metavar="N", help="of the dev texts; 2,000")
    parser.add_argument("--slow", type=int, default=64, metavar="N", help="for the slow systems; 64")
    parser.add_argument("--checkpoint", type=Path, metavar="FOLDER", help="float checkpoint of the model")
    parser.add_argument("--gguf", type=Path, metavar="FILE", help="a chat model for llama.cpp")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the results as JSON")
    asked = parser.parse_args(arguments)
    try:
        result = run(asked.criteria, asked.slow, asked.checkpoint, asked.gguf)
    except (InputError, OSError, ImportError) as error:
        print(f"speed: {error}", file=sys.stderr)
        return 1
    print(table(result))
    if asked.out:
        asked.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
