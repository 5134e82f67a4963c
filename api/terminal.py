"""The view that a person reads in a terminal: wrapped, in colour where there is any, safe to show."""

import io
import re
import shutil
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from api.reports import Audited
from api.view import DISCLAIMER, Line, lines, readable, summary, title
from translator.records import TranslatedTrial, Unreadable

_WIDEST = 100
_INDENT = 2
# Losing a sign would change the meaning of a limit, so a terminal without it gets it spelled.
_SPELLED = {
    "≥": ">=", "≤": "<=", "≠": "!=", "≈": "~", "×": "x", "±": "+/-", "÷": "/", "µ": "u", "μ": "u",
    "°": " deg ", "–": "-", "—": "-", "−": "-", "‐": "-", "‑": "-", "’": "'", "‘": "'", "“": '"', "”": '"',
    "•": "*", "…": "...", "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "κ": "kappa", "λ": "lambda",
    "\ufffd": "?",
}  # fmt: skip
_RAISED = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻]+")
_PADDING = re.compile(r" +((?:\x1b\[[0-9;]*m)*)$", re.MULTILINE)
_LOWERED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
_VERDICT_STYLES = {"faithful": "green", "review": "yellow", "unfaithful": "red"}


@dataclass(frozen=True)
class Screen:
    """What the text is written for.

    Attributes:
        width: Columns.
        colour: Whether escape sequences are understood; NO_COLOR and TERM are heeded besides.
        encoding: What the characters must be written in.
    """

    width: int = 80
    colour: bool = False
    encoding: str = "utf-8"

    @classmethod
    def of_terminal(cls, encoding: str, *, colour: bool) -> "Screen":
        """The terminal of this process, no wider than a line reads well."""
        return cls(min(shutil.get_terminal_size().columns, _WIDEST), colour, encoding)

    def text(self, text: str, style: str = "") -> Text:
        """Text for this screen; markup in it is no markup."""
        return Text(spelled(text, self.encoding), style)

    def rendered(self, parts: Iterable[RenderableType]) -> str:
        """The parts as the characters that the screen gets."""
        # The characters are spelled by now, so rich may write them into a string as they are.
        console = Console(
            file=io.StringIO(),
            width=self.width,
            force_terminal=self.colour,
            highlight=False,
            markup=False,
            emoji=False,
            legacy_windows=False,
        )
        with console.capture() as capture:
            for part in parts:
                console.print(part)
        # Grids pad their last column with spaces, which would wrap in a terminal made narrower.
        return _PADDING.sub(r"\1", capture.get())


def spelled(text: str, encoding: str) -> str:
    """The text in characters that the encoding has: signs spelled, accents dropped, else an escape."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        text = _RAISED.sub(lambda raised: "^" + raised.group().translate(_LOWERED), text)
        return "".join(_spelled_mark(mark, encoding) for mark in text)
    return text


def _spelled_mark(mark: str, encoding: str) -> str:
    plain = unicodedata.normalize("NFKD", mark)
    for candidate in (mark, _SPELLED.get(mark), "".join(c for c in plain if not unicodedata.combining(c))):
        if candidate:
            try:
                candidate.encode(encoding)
            except UnicodeEncodeError:
                continue
            return candidate
    return mark.encode("ascii", "backslashreplace").decode("ascii")


def translation_text(
    trials: Iterable[TranslatedTrial], screen: Screen, *, originals: bool = False
) -> Iterator[str]:
    """The reading view, a chunk for each trial and the disclaimer at the end.

    Args:
        trials: As they come.
        screen: Where the text is shown.
        originals: Whether the protocol's own words stand beneath each sentence.
    """
    for trial in trials:
        yield screen.rendered(_trial(trial, screen, originals))
    yield screen.rendered([screen.text(DISCLAIMER, "italic")])


def _trial(trial: TranslatedTrial, screen: Screen, originals: bool) -> Iterator[RenderableType]:
    yield screen.text(title(trial), "bold")
    for line in lines(trial):
        if line.kind == "section":
            yield Text()
            yield screen.text(line.text, "bold underline")
        elif line.kind == "heading":
            yield Text()
            yield screen.text(line.text, "bold")
            yield from _notes(line, screen, originals)
        else:
            grid = _grid()
            grid.add_row(screen.text("•"), screen.text(line.text))
            for note in _notes(line, screen, originals):
                grid.add_row("", note)
            yield Padding(grid, (0, 0, int(originals), _INDENT * line.depth))
    yield Text()
    yield screen.text(summary(trial.translations), "dim")
    yield Text()


def _grid() -> Table:
    """Two columns; a word wider than its column goes on in the next line, where rich would cut it off."""
    grid = Table.grid(padding=(0, 1))
    grid.add_column()
    grid.add_column(overflow="fold")
    return grid


def _notes(line: Line, screen: Screen, originals: bool) -> Iterator[Text]:
    for reason in line.reasons:
        yield Text.assemble(screen.text("review", "bold yellow"), ": ", screen.text(reason, "yellow"))
    if originals and line.original:
        yield Text.assemble(screen.text("original", "bold dim"), ": ", screen.text(line.original, "dim"))


def audit_text(audited: Iterable[Audited], screen: Screen) -> Iterator[str]:
    """A chunk for each pair: verdict, score, both texts, and what was found; a summary line at the end."""
    verdicts: dict[str, int] = dict.fromkeys(_VERDICT_STYLES, 0)
    for one in audited:
        if isinstance(one, Unreadable):
            told = screen.text(readable(f"{one.where}: {one.what}. {one.remedy}."))
            yield screen.rendered(
                [Padding(Text.assemble(screen.text("not read", "bold red"), "  ", told), (0, 0, 1, 0))]
            )
            continue
        pair, report = one
        verdicts[report.verdict] += 1
        grid = _grid()
        grid.add_row("source", screen.text(readable(pair.source), "dim"))
        grid.add_row("plain", screen.text(readable(pair.plain)))
        for finding in report.findings:
            grid.add_row(finding.severity, screen.text(f"{finding.type}: {readable(finding.message)}"))
        style = f"bold {_VERDICT_STYLES[report.verdict]}"
        head = Text.assemble(
            screen.text(readable(pair.id), "bold"),
            "  ",
            screen.text(report.verdict, style),
            f" {report.score:.2f}",
        )
        yield screen.rendered([head, Padding(grid, (0, 0, 1, _INDENT))])
    counts = ", ".join(f"{count} {verdict}" for verdict, count in verdicts.items())
    yield screen.rendered([screen.text(f"Pairs: {sum(verdicts.values())} ({counts}).", "dim")])
