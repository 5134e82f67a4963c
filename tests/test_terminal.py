"""What a person sees: the view in a terminal, in Markdown and in HTML, from texts that cannot be trusted."""

import html.parser
import re

import pytest
from fakes import criterion, translation, trial
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from api.formats import html as html_document
from api.formats import json_lines, markdown
from api.terminal import Screen, spelled, translation_text
from api.view import DISCLAIMER, lines, summary
from translator.records import TranslatedTrial

HOSTILE = (
    "\x1b[31mred\x1b[0m \u202eevil\u202c \x9b2J \x07 \u200bzero \x00 a\r\nb <script>x</script> [bold]x[/]"
)
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def shown(given_trial: TranslatedTrial, screen: Screen | None = None, *, originals: bool = False) -> str:
    return "".join(translation_text([given_trial], screen or Screen(), originals=originals))


@pytest.fixture
def example() -> TranslatedTrial:
    return trial(
        translation(
            criterion("Inclusion Criteria:", role="heading", unit_id="1"), "Who can join (inclusion criteria)"
        ),
        translation(criterion("Cohort A", role="heading", unit_id="2"), "Cohort A"),
        translation(
            criterion("Any of:", role="lead_in", unit_id="3", parent_id="2"),
            "You must have 1 of these:",
            "model",
        ),
        translation(
            criterion("ANC ≥ 1.5 × 10⁹/L", unit_id="4", parent_id="3"), "Your count must be at least 1.5."
        ),
        translation(
            criterion("No unclear thing", "exclusion", unit_id="5"),
            "The protocol says: no unclear thing.",
            "source",
            "It can be read two ways.",
        ),
        title="Cell therapy in liver metastases",
        trial_id="NCT01234567",
    )


def test_view_reads_from_title_to_disclaimer(example: TranslatedTrial) -> None:
    assert shown(example, Screen(width=120)).splitlines() == [
        "Cell therapy in liver metastases (NCT01234567)",
        "",
        "Who can join",
        "",
        "Cohort A",
        "• You must have 1 of these:",
        "  • Your count must be at least 1.5.",
        "",
        "Who cannot join",
        "• The protocol says: no unclear thing.",
        "  review: It can be read two ways.",
        "",
        "3 sentences: 1 written by the model, 1 from templates, 1 in the source's own words; 1 needs review.",
        "",
        DISCLAIMER,
    ]


def test_originals_stand_beneath_on_request(example: TranslatedTrial) -> None:
    assert "ANC ≥" not in shown(example)
    text = shown(example, originals=True)
    assert "  • Your count must be at least 1.5.\n    original: ANC ≥ 1.5 × 10⁹/L\n\n" in text
    # Where the sentence holds them already, they are not said again.
    assert text.count("Cohort A") == 1


def test_review_is_told_by_a_word_where_colour_is_off(
    example: TranslatedTrial, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("NO_COLOR", "1")
    text = shown(example, Screen(colour=True))
    assert not re.search(r"\x1b\[(?:[0-9;]*;)?(?:3|9)[0-7]", text)
    assert "review: It can be read two ways." in COLOUR.sub("", text)
    monkeypatch.delenv("NO_COLOR")
    assert "\x1b[1;33mreview" in shown(example, Screen(colour=True))


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [("ascii", "ANC >= 1.5 x 10^9/L"), ("cp1252", "ANC >= 1.5 × 10^9/L"), ("utf-8", "ANC ≥ 1.5 × 10⁹/L")],
)
def test_signs_are_spelled_where_the_terminal_has_none(
    encoding: str, expected: str, example: TranslatedTrial
) -> None:
    text = shown(example, Screen(encoding=encoding), originals=True)
    assert expected in text
    text.encode(encoding)


def test_spelling_keeps_what_cannot_be_spelled_apart() -> None:
    assert spelled("Sjögren Ж 10⁻⁹", "ascii") == "Sjogren \\u0416 10^-9"


@given(st.text(max_size=60), st.booleans(), st.integers(min_value=20, max_value=90))
def test_untrusted_text_never_steers_the_terminal(text: str, colour: bool, width: int) -> None:
    hostile = trial(
        translation(criterion(text, role="heading", unit_id="1"), text),
        translation(criterion(text, unit_id="2"), text, "source", review=text or "x"),
        title=text,
    )
    output = COLOUR.sub("", shown(hostile, Screen(width, colour), originals=True))
    assert all(mark.isprintable() or mark == "\n" for mark in output)
    assert all(cell_len(line) <= width for line in output.splitlines())


@given(st.lists(st.integers(min_value=1, max_value=150), min_size=1, max_size=4), st.integers(20, 90))
def test_wrapping_loses_nothing(lengths: list[int], width: int) -> None:
    words = " ".join("x" * length for length in lengths)
    text = shown(
        trial(translation(criterion(f"{words} z"), words, review=words)), Screen(width), originals=True
    )
    assert text.count("x") == 3 * sum(lengths)


def test_hostile_text_is_inert_everywhere() -> None:
    hostile = trial(translation(criterion(HOSTILE), HOSTILE, "source", review=HOSTILE), title=HOSTILE)
    for document in (
        shown(hostile, originals=True),
        "".join(markdown([hostile], originals=True)),
        "".join(html_document([hostile], originals=True)),
        "".join(json_lines([hostile])),
    ):
        assert all(mark.isprintable() or mark == "\n" for mark in document)
    assert "<script>" not in "".join(html_document([hostile], originals=True))
    assert "[bold]x[/]" in shown(hostile, Screen(width=200))


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_a_heading_that_needs_review_says_why(form: str) -> None:
    unit = criterion("Exclusion Criteria (all must apply)", "inclusion", "heading")
    given_trial = trial(translation(unit, "Who can join", review="Its section is not sure."))
    write = {"text": lambda: shown(given_trial), "markdown": lambda: "".join(markdown([given_trial]))}
    text = write.get(form, lambda: "".join(html_document([given_trial])))()
    assert "Its section is not sure." in text
    assert "1 needs review" in text


def test_lists_nest_at_most_one_deeper_than_the_item_above() -> None:
    units = [
        criterion("a", unit_id="1"),
        criterion("b", unit_id="2", parent_id="1"),
        criterion("c", unit_id="3", parent_id="2"),
        criterion("H", role="heading", unit_id="4", parent_id="3"),
        criterion("d", unit_id="5", parent_id="3"),
        criterion("e", unit_id="6", parent_id="unknown"),
    ]
    view = list(lines(trial(*map(translation, units))))
    assert [(line.text, line.depth) for line in view if line.kind == "item"] == [
        ("Plain: a", 0),
        ("Plain: b", 1),
        ("Plain: c", 2),
        ("Plain: d", 0),
        ("Plain: e", 0),
    ]


class Balance(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in {"meta", "br"}:
            if tag == "ul" and "ul" in self.open:
                assert self.open[-1] == "li"
            if tag == "li":
                assert self.open[-1] == "ul"
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@given(st.lists(st.tuples(st.sampled_from(["criterion", "heading", "note"]), st.integers(0, 9)), max_size=12))
def test_html_is_balanced_however_units_nest(shape: list[tuple[str, int]]) -> None:
    units = [
        criterion("x", role=role, unit_id=str(number), parent_id=str(number - back))
        for number, (role, back) in enumerate(shape)
    ]
    parser = Balance()
    parser.feed("".join(html_document([trial(*map(translation, units))])))
    parser.close()
    assert parser.open == []


def test_markdown_says_the_same_and_escapes(example: TranslatedTrial) -> None:
    text = "".join(markdown([example, trial(translation(criterion("x"), "1. *A* <b> & [c](d)"))]))
    assert (
        "# Cell therapy in liver metastases (NCT01234567)\n\n## Who can join\n\n### Cohort A\n\n- You must"
        in text
    )
    assert "\n  - Your count must be at least 1.5.\n" in text
    assert "- The protocol says: no unclear thing.\\\n  **Review:** It can be read two ways.\n" in text
    assert r"- 1\. \*A\* \<b\> \& \[c\](d)" in text


def test_summary_counts_sentences_and_no_headings(example: TranslatedTrial) -> None:
    assert summary(example.translations).startswith("3 sentences: 1 written by the model")
    assert summary([]) == "0 sentences; none needs review."
