"""The figures of the report, drawn from results alone; needs matplotlib (the extra ``evaluation``)."""

import io
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING, NamedTuple

from evaluation.results import Curve, Results

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SIZE = (5.6, 4.2)  # inches
_DIAGONAL = "a score that says what it means"
# Of a colour scheme that the colour-blind can tell apart (Okabe and Ito 2008); the first is ours.
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#999999")


class Drawn(NamedTuple):
    """A figure: its title, what it shows in a sentence for who cannot see it, and the SVG."""

    title: str
    alt: str
    svg: bytes


def draw(results: Results) -> Iterator[Drawn]:
    """Draws each figure that the results have curves for; none where matplotlib is not installed."""
    if find_spec("matplotlib") is None:
        return
    for data in dict.fromkeys(one.data for one in results.measured):
        for kind in (_roc, _reliability, _trade_off, _stages):
            drawn = kind(results, data)
            if drawn:
                yield drawn


def _curves(results: Results, part: str, data: str, name: str) -> list[Curve]:
    found = (curve for one in results.of(part=part, data=data) for curve in one.curves)
    return [curve for curve in found if curve.name == name]


def _roc(results: Results, data: str) -> Drawn | None:
    curves = _curves(results, "fidelity", data, "roc")

    def onto(axes: "Axes") -> None:
        for curve, colour in zip(curves, _COLOURS, strict=False):
            first = curve is curves[0]
            x, y = zip(*curve.points, strict=True)
            axes.plot(x, y, color=colour, linewidth=2.4 if first else 1.2, label=curve.label)
        axes.plot([0, 1], [0, 1], color="#777777", linestyle=":", linewidth=1)
        axes.set(xlabel="false alarms: share of faithful texts", ylabel="share of planted errors caught")
        axes.legend(fontsize=8, loc="lower right")

    alt = "Share of errors caught by the share of false alarms: " + ", ".join(c.label for c in curves)
    return _drawn(f"ROC, {data}", alt, onto) if curves else None


def _reliability(results: Results, data: str) -> Drawn | None:
    curves = _curves(results, "fidelity", data, "reliability")

    def onto(axes: "Axes") -> None:
        for curve in curves:
            x, y = zip(*curve.points, strict=True)
            axes.plot(x, y, color=_COLOURS[0], marker="o", label=curve.label)
        axes.plot([0, 1], [0, 1], color="#777777", linestyle=":", linewidth=1, label=_DIAGONAL)
        axes.set(xlabel="mean score of a tenth", ylabel="share that is faithful")
        axes.legend(fontsize=8)

    alt = "Share of faithful texts by the scorer's score, in ten bins; on the diagonal it is calibrated"
    return _drawn(f"Reliability, {data}", alt, onto) if curves else None


def _trade_off(results: Results, data: str) -> Drawn | None:
    grades = _curves(results, "translation", data, "grade")
    answered = _curves(results, "translation", data, "answered")
    held = _curves(results, "fidelity", data, "held back")
    if not (grades and answered and held):
        return None
    safe, grade, share = (dict(curve.points) for curve in (held[0], grades[0], answered[0]))
    levels = sorted(safe.keys() & grade.keys())

    def onto(axes: "Axes") -> None:
        axes.plot([safe[t] for t in levels], [grade[t] for t in levels], color=_COLOURS[0], marker=".")
        axes.set(xlabel="planted errors held back", ylabel=grades[0].label)
        other = axes.twinx()
        other.plot([safe[t] for t in levels], [share[t] for t in levels], color=_COLOURS[1], linestyle="--")
        other.set(ylabel=f"{answered[0].label} (dashed)", ylim=(0, 1))

    alt = "Reading grade and share of drafts published against the planted errors held back, by threshold"
    return _drawn(f"Grade against fidelity, {data}", alt, onto)


def _stages(results: Results, data: str) -> Drawn | None:
    table = results.table("speed", data, "stages")
    numbers = [number for number in table.numbers if number.unit == "a second"] if table else []

    def onto(axes: "Axes") -> None:
        names = [number.subject for number in numbers][::-1]
        axes.barh(names, [number.value for number in numbers][::-1], color=_COLOURS[0])
        axes.set(xlabel="criteria a second", xscale="log")

    alt = "; ".join(f"{number.subject} {number.value:.0f} a second" for number in numbers)
    return _drawn(f"Throughput by stage, {data}", alt, onto) if numbers else None


def _drawn(title: str, alt: str, onto: Callable[["Axes"], None]) -> Drawn:
    from matplotlib import rc_context  # noqa: PLC0415  (half a second, paid when a figure is drawn)
    from matplotlib.figure import Figure  # noqa: PLC0415

    canvas = Figure(figsize=_SIZE, layout="constrained")
    axes = canvas.subplots()
    axes.grid(alpha=0.3)
    onto(axes)
    written = io.BytesIO()
    # Equal results give equal bytes: no date, and ids that are not drawn anew each time.
    with rc_context({"svg.hashsalt": title}):
        canvas.savefig(written, format="svg", metadata={"Date": None})
    return Drawn(title, alt, written.getvalue())
