"""The curves of a training as a figure: ``log.jsonl`` in, SVG out."""

import json
from pathlib import Path


def draw(log: Path, figure: Path) -> None:
    """Draws the losses of a log over its steps: while learning, and on the pairs that are held out."""
    from matplotlib.figure import Figure  # noqa: PLC0415  (half a second, paid when a figure is drawn)

    lines = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    measured = [line for line in lines if "held_out_loss" in line]
    canvas = Figure(figsize=(7, 4), layout="constrained")
    axes = canvas.subplots()
    axes.plot([line["step"] for line in lines], [line["loss"] for line in lines], label="learning")
    axes.plot(
        [line["step"] for line in measured],
        [line["held_out_loss"] for line in measured],
        marker="o",
        label="held out",
    )
    axes.set(xlabel="step", ylabel="loss a piece (natural logarithm)", title=log.parent.name)
    axes.legend()
    axes.grid(alpha=0.3)
    canvas.savefig(figure, metadata={"Date": None})
