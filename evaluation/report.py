"""Results as a page for a reader: tables, figures and signatures in one HTML file (Jinja2)."""

from base64 import b64encode
from functools import cache
from pathlib import Path

from jinja2 import Template

from evaluation.benchmark import OWN
from evaluation.figures import Drawn, draw
from evaluation.results import Results
from translator import html

_LEARNING = Path(__file__).parents[1] / "docs" / "learning_curve.svg"


def render(results: Results) -> str:
    """Renders a self-contained page: no script, and nothing is fetched."""
    figures = list(draw(results))
    if _LEARNING.is_file():
        alt = "SARI on the dev gold against the number of training pairs"
        figures.append(Drawn("Learning curve of the model", alt, _LEARNING.read_bytes()))
    pictures = [(one.title, one.alt, b64encode(one.svg).decode("ascii")) for one in figures]
    return _template().render(results=results, figures=pictures)


@cache
def _template() -> Template:
    return html.environment(OWN).get_template("report.html")
