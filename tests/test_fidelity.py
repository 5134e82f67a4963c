"""The fidelity scorer at its seams: what it catches, what it lets pass, and that no text breaks it."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from cases import golden, needs_data
from growth import assert_linear
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.benchmark import OWN, examples
from models.consistency import Consistency, Judgement
from translator import fidelity
from translator.fidelity import Scorer
from translator.records import FidelityReport, Pair, Section
from translator.tables import rows

CASES = golden("fidelity")
SCORER = Scorer.load()
GOOD = "You cannot join if you have had major surgery in the 4 weeks before your first dose."
SOURCE = "Major surgery within 4 weeks prior to the first dose"


def judge(
    source: str, plain: str, section: Section = "exclusion", context: str | None = None
) -> FidelityReport:
    pair = Pair(id="1", section=section, source=source, plain=plain, context=context)
    return SCORER.score([pair])[0]


@pytest.mark.parametrize("case", CASES, ids=[f"{c['id']}-{'bad' if c['error'] else 'good'}" for c in CASES])
def test_golden(case: dict[str, str]) -> None:
    report = judge(case["source"], case["plain"], case["section"], case.get("context"))  # type: ignore[arg-type]
    if case["error"] is None:
        assert report.verdict == "faithful", report
    else:
        assert report.verdict != "faithful", report
        assert case["error"] in {f.type for f in report.findings}, report


def test_golden_has_each_type_with_its_faithful_twin() -> None:
    errors = [c for c in CASES if c["error"]]
    twins = {c["id"] for c in CASES if c["error"] is None}
    assert len(CASES) >= 60
    assert {c["id"] for c in errors} == twins
    assert {c["error"] for c in errors} >= {
        "number", "unit", "comparator", "polarity", "time", "entity", "omission", "addition", "logic",
        "scope",
    }  # fmt: skip


def test_the_message_tells_both_limits() -> None:
    report = judge("Age ≥ 18 years", "You must be older than 18.", "inclusion")
    assert "The source says at least 18 year; the translation says more than 18 year." in {
        f.message for f in report.findings
    }
    assert report.verdict == "unfaithful"


def test_spans_are_offsets_into_the_texts_as_given() -> None:
    source, plain = "Age \\>= 18&nbsp;years", "You must be 21 or older."
    finding = next(f for f in judge(source, plain, "inclusion").findings if f.type == "number")
    assert finding.source_span is not None
    assert finding.plain_span is not None
    assert "18" in source[finding.source_span.start : finding.source_span.end]
    assert "21" in plain[finding.plain_span.start : finding.plain_span.end]


def test_findings_come_worst_first() -> None:
    findings = judge("Age ≥ 18 years and asthma", "You must be older than 18.", "inclusion").findings
    grades = [("critical", "major", "minor").index(f.severity) for f in findings]
    assert grades == sorted(grades)
    assert grades


@pytest.mark.parametrize(
    ("source", "plain"),
    [
        (
            "Washout of 2 weeks before randomization",
            "You must have a washout of 14 days before you are randomized.",
        ),
        ("More than one prior stroke", "You must have had at least 2 earlier strokes."),
        ("Heart rate ≤ 100 beats/min", "Your heart rate must be at most 100 beats per minute."),
    ],
)
def test_equal_amounts_in_other_words_are_no_error(source: str, plain: str) -> None:
    types = {f.type for f in judge(source, plain, "inclusion").findings if f.severity != "minor"}
    assert not types & {"number", "unit", "comparator"}


def test_an_explanation_is_no_addition_but_a_wrong_limit_inside_one_is() -> None:
    source = "Neutropenia (ANC < 1000/mm3)"
    plain = "You cannot join if you have too few infection-fighting white blood cells (neutropenia, {}/mm3)."
    good, bad = judge(source, plain.format("ANC below 1000")), judge(source, plain.format("ANC below 1500"))
    assert good.verdict == "faithful"
    assert bad.verdict == "unfaithful"
    assert "number" in {f.type for f in bad.findings}


def test_the_lead_in_may_supply_what_the_item_lacks() -> None:
    plain = "You cannot join if you have used ketoconazole in the 14 days before your first dose."
    alone = judge("ketoconazole", plain)
    nested = judge("ketoconazole", plain, context="Any of these within 14 days prior to the first dose:")
    assert nested.verdict == "faithful"
    assert alone.score < nested.score
    assert "number" in {f.type for f in alone.findings}


def test_a_misfiled_requirement_is_read_by_its_meaning() -> None:
    assert judge("Must not be pregnant", "You cannot join if you are pregnant.").verdict == "faithful"
    assert judge("Must not be pregnant", "You must be pregnant.").verdict == "unfaithful"


def test_a_denial_under_exclusion_can_be_read_two_ways() -> None:
    report = judge("No asthma", "You cannot join if you have no asthma.")
    assert "ambiguous_source" in {f.type for f in report.findings}
    assert report.verdict != "faithful"


def test_a_criterion_without_polarity_goes_to_review() -> None:
    report = judge("Pregnancy", "Pregnancy")
    assert report.verdict == "review"
    assert {f.type for f in report.findings} == {"polarity"}


@pytest.mark.parametrize(
    "text", ["Inclusion Criteria:", "Part B (dose expansion)", "Lab values are checked twice."]
)
def test_headings_and_notes_kept_verbatim_are_faithful(text: str) -> None:
    report = judge(text, text, "other")
    assert (report.verdict, report.score, report.findings) == ("faithful", 1.0, ())


@pytest.mark.parametrize(
    ("source", "plain"),
    [
        ("", GOOD), (SOURCE, ""), ("", ""), (SOURCE, " \n\t"), (SOURCE, "\x00\x00"), (SOURCE, "🙂🙂"),
        ("a " * 50_000, GOOD), (SOURCE, "x" * 100_000), (SOURCE, "Σχεδόν τίποτα από αυτά"),
        (SOURCE, "<p>Bonjour, ceci est une phrase.</p>"),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_is_never_faithful(source: str, plain: str) -> None:
    report = judge(source, plain)
    assert report.verdict != "faithful"
    assert report.findings


def test_zero_bytes_and_markup_do_not_hide_a_faithful_text() -> None:
    assert judge("Ma\x00jor surgery within 4 weeks prior to the first dose", GOOD).verdict == "faithful"


@given(st.text(max_size=300), st.text(max_size=300), st.sampled_from(["inclusion", "exclusion", "other"]))
@settings(max_examples=150)
def test_any_pair_has_a_verdict_with_reasons(source: str, plain: str, section: Section) -> None:
    report = judge(source, plain, section)
    assert 0 <= report.score <= 1
    assert report.verdict == "faithful" or report.findings
    for finding in report.findings:
        for span, text in ((finding.source_span, source), (finding.plain_span, plain)):
            assert span is None or 0 <= span.start <= span.end <= len(text)
    assert judge(source, plain, section) == report


@pytest.mark.parametrize(
    "appended",
    ["The study is well run.", "Thank you for reading.", "Your doctor can help you.", "(See below.)"],
)
def test_an_appended_sentence_makes_nothing_faithful(appended: str) -> None:
    bad = "You cannot join if you have had major surgery in the 6 weeks before your first dose."
    assert judge(SOURCE, f"{bad} {appended}").verdict == judge(SOURCE, bad).verdict == "unfaithful"


def test_order_and_company_do_not_matter() -> None:
    pairs = [Pair(id=c["id"], section=c["section"], source=c["source"], plain=c["plain"]) for c in CASES[:12]]
    assert SCORER.score(pairs)[::-1] == SCORER.score(pairs[::-1])


def test_equal_tables_give_equal_signatures() -> None:
    assert Scorer.load().signature == SCORER.signature
    assert judge(SOURCE, GOOD).signature == SCORER.signature


def test_a_change_of_code_changes_the_signature(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    changed = tmp_path / "polarity.py"
    changed.write_text("# another way to read a denial\n")
    sources = [changed if path.name == changed.name else path for path in fidelity.code()]
    monkeypatch.setattr(fidelity, "code", lambda: sources)
    assert Scorer.load().signature != SCORER.signature


def test_the_signature_is_of_every_module_that_the_scorer_imports() -> None:
    script = (
        "import sys, translator.fidelity\n"
        "print(*(m.__file__ for n, m in sys.modules.items() if n.startswith('translator.')), sep='\\n')"
    )
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    assert {Path(line) for line in done.stdout.splitlines()} <= set(fidelity.code())


@pytest.mark.parametrize(
    "piece", ["no ", "(", "not (", "1 ", "2 mg, ", "and or ", "unless ", "Asthma. ", "≥ 5 x ", "w", "I must "]
)
def test_work_is_linear_in_length(piece: str) -> None:
    def judged(size: int) -> FidelityReport:
        text = (piece * size)[:size]
        return judge(text, f"You cannot join. {text}"[:size])

    assert_linear(judged, 1_200)


@needs_data
def test_faithful_pairs_pass_and_planted_limits_are_caught() -> None:
    given_ = examples(["pairs_errors/05.jsonl"])
    reports = SCORER.score([e.pair for e in given_])
    passed = [(e, r.verdict == "faithful") for e, r in zip(given_, reports, strict=True)]
    assert np.mean([ok for e, ok in passed if e.origin == "reference"]) >= 0.8
    for planted in ("number", "unit", "comparator"):
        assert np.mean([not ok for e, ok in passed if e.planted == planted]) >= 0.9


def test_the_consistency_model_is_not_asked_about_a_source_and_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []
    judge = Consistency.judge

    def asking(self: Consistency, prompts: list[str]) -> list[Judgement | None]:
        asked.extend(prompts)
        return judge(self, prompts)

    monkeypatch.setattr(Consistency, "judge", asking)
    words = "Able to walk 200 meters"
    pairs = [Pair(id="1", section="other", source=words, plain=plain) for plain in (words, f"{words} now")]
    SCORER.score(pairs)
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("source", "plain"),
    [
        ("Severe renal impairment or on dialysis", "You cannot join if you have very poor kidney function."),
        ("Use of warfarin within 14 days", "You cannot join if you have used warfarin in the past 41 days."),
        ("Known allergy to penicillin", "You cannot join if you have an allergy."),
    ],
)
def test_a_sentence_that_tells_nothing_raises_no_text_to_faithful(source: str, plain: str) -> None:
    sentences = [row["sentence"] for row in rows("innocuous.tsv", ("sentence",), OWN)]
    texts = [plain, *(f"{plain} {sentence}" for sentence in sentences), f"{sentences[0]} {plain}"]
    pairs = [Pair(id="1", section="exclusion", source=source, plain=text) for text in texts]
    assert "faithful" not in {report.verdict for report in SCORER.score(pairs)}
