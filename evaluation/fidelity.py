"""Judges the fidelity scorer on texts whose truth is known: ``python -m evaluation fidelity``."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from evaluation import metrics
from evaluation.benchmark import read_jsonl
from translator.fidelity import Scorer
from translator.records import FidelityReport, Pair, Section

GOLD = "gold/dev.jsonl"
_SECTIONS: Mapping[str, Section] = {"inclusion": "inclusion", "exclusion": "exclusion", "note": "other"}


class Example(NamedTuple):
    """A pair whose truth is known.

    Attributes:
        origin: ``reference``, ``paraphrase`` or ``error``.
        planted: The type of its error; None where it is faithful.
    """

    pair: Pair
    origin: str
    planted: str | None


def examples(files: Iterable[str | Path]) -> list[Example]:
    """Reads files of sources with their reference and, where given, a paraphrase and planted errors.

    Args:
        files: As ``evaluation.benchmark.read_jsonl`` takes them.

    Raises:
        FileNotFoundError: A file is not there.
    """
    found: list[Example] = []
    for file in files:
        for row in read_jsonl(file):
            texts: list[tuple[str, str, str | None]] = [("reference", row["plain"], None)]
            if "paraphrase" in row:
                texts.append(("paraphrase", row["paraphrase"], None))
            texts += [("error", e["text"], e["type"]) for e in row.get("errors", ())]
            for origin, plain, planted in texts:
                pair = Pair(
                    id=f"{Path(file).stem}/{row['id']}/{len(found)}",
                    section=_SECTIONS[row["kind"]],
                    source=row["source"],
                    plain=plain,
                    context=row.get("context"),
                )
                found.append(Example(pair, origin, planted))
    return found


def run(gold: str | Path = GOLD) -> dict[str, Any]:
    """Measures the shipped scorer on a gold file.

    Returns:
        The scorer's ``signature``, the ``gold`` file, and what :func:`figures` gives.

    Raises:
        FileNotFoundError: The gold file is not there.
    """
    scorer = Scorer.load()
    given = examples([gold])
    reports = scorer.score([e.pair for e in given])
    return {"signature": scorer.signature, "gold": str(gold), **figures(given, reports)}


def figures(given: Sequence[Example], reports: Sequence[FidelityReport]) -> dict[str, Any]:
    """AUROC, recall, verdicts and calibration, overall and by type of error."""
    judged = list(zip(given, reports, strict=True))
    good = [r.score for e, r in judged if e.planted is None]
    bad = [r.score for e, r in judged if e.planted is not None]
    by_source: dict[str, list[tuple[bool, float]]] = {}
    for example, report in judged:
        by_source.setdefault(example.pair.source, []).append((example.planted is None, report.score))
    sources = list(by_source.values())
    return {
        "pairs": len(given),
        "auroc": metrics.auroc(good, bad),
        "auroc_interval": metrics.bootstrap(sources, lambda s: metrics.auroc(*_split(s))),
        "recall_at_5": metrics.recall_at(good, bad),
        "recall_at_5_interval": metrics.bootstrap(sources, lambda s: metrics.recall_at(*_split(s))),
        "calibration_error": metrics.calibration_error(
            [r.score for r in reports], [e.planted is None for e in given]
        ),
        "verdicts": {
            origin: _shares([r.verdict for e, r in judged if e.origin == origin])
            for origin in ("reference", "paraphrase", "error")
        },
        "types": {
            planted: _type_figures(planted, good, [r for e, r in judged if e.planted == planted])
            for planted in sorted({e.planted for e in given if e.planted})
        },
    }


def _type_figures(planted: str, good: Sequence[float], bad: Sequence[FidelityReport]) -> dict[str, float]:
    scores = [r.score for r in bad]
    verdicts = _shares([r.verdict for r in bad])
    caught = [r for r in bad if r.verdict != "faithful"]
    typed = sum(any(f.type == planted for f in r.findings) for r in caught)
    return {
        "n": len(bad),
        "auroc": metrics.auroc(good, scores),
        "recall_at_5": metrics.recall_at(good, scores),
        "caught": 1 - verdicts["faithful"],
        "unfaithful": verdicts["unfaithful"],
        "typed": typed / max(len(caught), 1),
    }


def _split(sources: Sequence[Sequence[tuple[bool, float]]]) -> tuple[list[float], list[float]]:
    texts = [text for source in sources for text in source]
    return [score for good, score in texts if good], [score for good, score in texts if not good]


def _shares(verdicts: Sequence[str]) -> dict[str, float]:
    counts = Counter(verdicts)
    return {v: counts[v] / max(len(verdicts), 1) for v in ("faithful", "review", "unfaithful")}


def table(result: Mapping[str, Any]) -> str:
    """Renders what :func:`run` found; ``caught`` is review or unfaithful, ``typed`` is out of the caught."""
    lines = [
        f"{result['gold']}, scorer {result['signature']}, {result['pairs']} pairs",
        "AUROC {:.3f} ({:.3f} to {:.3f})".format(result["auroc"], *result["auroc_interval"]),
        "caught at 5 % false alarms {:.3f} ({:.3f} to {:.3f})".format(
            result["recall_at_5"], *result["recall_at_5_interval"]
        ),
        f"expected calibration error {result['calibration_error']:.3f}",
        *(
            f"{origin:<12}" + "  ".join(f"{verdict} {share:.3f}" for verdict, share in shares.items())
            for origin, shares in result["verdicts"].items()
        ),
        f"{'type':<12}{'n':>5}{'AUROC':>8}{'at 5 %':>8}{'caught':>8}{'unfaithful':>12}{'typed':>8}",
    ]
    for name, row in result["types"].items():
        shares = f"{row['auroc']:>8.3f}{row['recall_at_5']:>8.2f}{row['caught']:>8.2f}"
        lines.append(f"{name:<12}{row['n']:>5}{shares}{row['unfaithful']:>12.2f}{row['typed']:>8.2f}")
    return "\n".join(lines)
