"""The parts of the evaluation: what each finds in texts whose answer is known."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from cases import needs_data
from fakes import ScriptedModel

from evaluation import fidelity, readability, steadiness, terms, translation, unseen, whole
from evaluation.benchmark import OWN, Example, Item, load
from evaluation.kept import numbers_kept
from evaluation.results import Findings, Number
from evaluation.sample import Sample
from evaluation.sari import counts, sari
from translator.generate import GREEDY, ModelWriter
from translator.normalise import Normaliser
from translator.pipeline import Translator
from translator.records import FidelityReport, Finding, Pair, Section, Trial
from translator.tables import rows
from translator.templates import TemplateWriter

NURSING = "Residence in a nursing home with more than 40 beds"
WALKING = "Able to walk 200 meters without rest"
LONG = "Willing to keep a paper diary of 30 pages"
STOCK = "Age ≥ 18 years"

# Translation


SCRIPT = {
    WALKING: "You must be able to walk 200 meters without rest.",
    NURSING: "You cannot join if you live in a nursing home with more than 14 beds.",
}
Found = dict[tuple[str, str, str], Number]


def item(unit: str, text: str, plain: str, section: Section = "inclusion") -> Item:
    again = plain.replace("must", "need to")
    return Item(id=unit, group=unit, section=section, source=text, plain=plain, paraphrase=again)


ITEMS = [
    item("1", WALKING, SCRIPT[WALKING]),
    item("2", NURSING, "You cannot join if you live in a nursing home with over 40 beds.", "exclusion"),
    item("3", STOCK, "You must be 18 or older."),
    item("4", LONG, "You must be willing to keep a diary of 30 pages on paper."),
    item("5", "Of note, visits are monthly", "Visits are monthly.", "other"),
]


def translated(items: Sequence[Item], script: Mapping[str, str]) -> translation.Written:
    model = ScriptedModel({source: [plain] for source, plain in script.items()})
    drafter = ModelWriter(model, GREEDY)
    return translation.translated(items, Translator((drafter, TemplateWriter()), model.version), drafter)


def by_name(*all_found: Findings) -> Found:
    return {
        (table.name, number.subject, number.measure): number
        for found in all_found
        for table in found.tables
        for number in table.numbers
    }


@pytest.fixture(scope="module")
def done() -> translation.Written:
    return translated(ITEMS, SCRIPT)


@pytest.fixture(scope="module")
def numbers_found(done: translation.Written) -> Found:
    return by_name(translation.figures(done))


def test_each_route_has_its_share(numbers_found: Found) -> None:
    shares = {
        route: tuple(
            numbers_found["routes", route, measure].value for measure in ("answers", "and is faithful")
        )
        for route in ("model", "memory", "template", "source")
    }
    assert shares == {"model": (0.25, 0.25), "memory": (0, 0), "template": (0.25, 0.25), "source": (0.5, 0)}
    whoever = [numbers_found["routes", one, "and is faithful"].value
               for one in ("the model", "the model or a template")]  # fmt: skip
    assert whoever == [0.25, 0.5]
    assert numbers_found["routes", "model", "answers"].n == 4, "a note is not translated"


def test_each_system_is_measured(numbers_found: Found) -> None:
    own = {name: n.value for (_, name, measure), n in numbers_found.items() if measure == "own"}
    assert own == {
        "source": 1, "lexicon": 1, "template": 0.25, "draft": 0.5, "published": 1,
        "second wording": 1, "reference": 1,
    }  # fmt: skip
    for figure in ("SARI", "chrF"):
        assert numbers_found["systems", "reference", figure].value == pytest.approx(100)
        source = numbers_found["systems", "source", figure].value
        for name in ("template", "draft", "published"):
            assert source < numbers_found["systems", name, figure].value < 100


def test_the_lexicon_alone_puts_its_words_in_the_place_of_terms() -> None:
    (one,) = translated([item("1", "Hypertension or ANC < 1.5", "x")], {}).translations
    told = translation.told(one.normalised)
    assert told.startswith("high blood pressure or ")
    assert told.endswith(" < 1.5")
    assert "ANC" not in told


def test_a_number_lost_in_a_draft_is_seen_and_not_published(numbers_found: Found) -> None:
    assert numbers_found["systems", "draft", "numbers kept"].value == 0.5
    assert numbers_found["systems", "published", "numbers kept"].value == 1


def test_a_system_that_writes_nothing_has_no_figures_of_its_own() -> None:
    text = "Documented hypersensitivity reactions attributable to intravenous iodinated radiocontrast"
    done = translated([item("1", text, "You must have been ill after a dye.")], {})
    found = by_name(translation.figures(done)) | by_name(readability.figures(done))
    assert found["systems", "draft", "own"].value == 0
    assert ("systems", "draft", "numbers kept") not in found
    assert ("systems", "draft", "grade, median") not in found
    assert found["systems", "draft", "SARI"].value == found["systems", "source", "SARI"].value
    grades = [found["systems", name, "grade, median"].value for name in ("reference", "source")]
    assert grades == sorted(grades)


def test_the_trade_off_runs_from_plain_english_to_the_studys_own_words(done: translation.Written) -> None:
    curves = {curve.name: curve.points for curve in translation.figures(done).curves}
    shares = [share for _, share in curves["answered"]]
    assert shares == sorted(shares, reverse=True)
    assert shares[0] == 0.5, "the model writes two of four drafts"
    first, last = curves["grade"][0][1], curves["grade"][-1][1]
    assert last >= first


@needs_data
def test_a_copy_of_the_gold_has_the_sari_that_others_found() -> None:
    gold = translation.translatable(load("gold").items)
    assert len(gold) > 300
    assert {one.section for one in gold} == {"inclusion", "exclusion"}
    copied = sari([counts(one.source, one.source, one.plain) for one in gold])
    assert copied.sari == pytest.approx(18.7, abs=0.05)
    assert np.mean([numbers_kept(one.source, one.plain) for one in gold]) > 0.99


# Terms


@pytest.mark.parametrize(
    ("source", "plain", "words"),
    [
        ("Hypertension", "You must have high blood pressure (hypertension).", ["Hypertension"]),
        ("On strong CYP3A4 inhibitors, unaided", "You take X, without help (unaided).", ["unaided"]),
        ("Acute GVHD", "You must have acute GVHD (donor cells attack the body).", ["Acute GVHD"]),
        ("Age over 18", "You must be older than 18 (for example 19).", []),
        ("Asthma", "You must have asthma.", []),
    ],
)
def test_what_a_reference_explains(source: str, plain: str, words: list[str]) -> None:
    assert [source[start:end] for start, end in terms.explained_in(source, plain)] == words


def test_terms_that_the_tables_know_and_such_that_nobody_knows() -> None:
    known = item("1", "Hypertension", "You must have high blood pressure (hypertension).")
    unknown = item("2", "Grade 2 zorbliness", "You must have much dust (zorbliness).")
    normalised = Normaliser().normalise([translation.criterion(one) for one in (known, unknown)])
    found = by_name(terms.figures([known, unknown], normalised))
    number = found["known", "terms that the reference explains", "told in everyday words"]
    assert (number.value, number.n) == (0.5, 2)


# Fidelity


def judged(verdicts: Sequence[tuple[str | None, float, str, str]]) -> Found:
    """Figures of pairs given by planted type, score, verdict and the type of the finding."""
    given, reports = [], []
    for place, (planted, score, verdict, named) in enumerate(verdicts):
        pair = Pair(id=str(place), section="inclusion", source=f"s{place // 2}", plain="p")
        given.append(Example(pair, "error" if planted else "reference", planted))
        finding = Finding(type=named, severity="major", message="") if named else None  # type: ignore[arg-type]
        reports.append(
            FidelityReport(
                score=score,
                verdict=verdict,  # type: ignore[arg-type]
                findings=(finding,) if finding else (),
                signature="",
            )
        )
    scores = {fidelity.OURS: [r.score for r in reports], "coin": [0.5] * len(reports)}
    return by_name(fidelity.figures(given, reports, scores, Sample([e.pair.source for e in given])))


def test_the_scorer_is_judged_by_type_and_by_verdict() -> None:
    found = judged(
        [
            (None, 0.9, "faithful", ""),
            ("number", 0.1, "unfaithful", "number"),
            (None, 0.7, "review", "unread"),
            ("logic", 0.8, "faithful", ""),
            (None, 0.95, "faithful", ""),
            ("logic", 0.2, "review", "number"),
        ]
    )
    assert found["scorers", fidelity.OURS, "AUROC"].value == pytest.approx(8 / 9, abs=1e-4)
    assert found["scorers", "coin", "AUROC"].value == 0.5
    assert found["verdicts", "reference", "faithful"].value == pytest.approx(2 / 3, abs=1e-4)
    assert found["verdicts", "with an error", "faithful"].value == pytest.approx(1 / 3, abs=1e-4)
    assert found["types", "number", "AUROC"].value == 1
    assert found["types", "logic", "caught"].value == 0.5
    assert found["types", "logic", "right type"].value == 0
    assert found["types", "all", "right type"].value == 0.5
    assert found["scorers", "coin", "AUROC"].better is None, "others are not ours to guard"


# Steadiness


def test_a_harmless_change_is_made_of_every_error_and_of_faithful_texts_that_have_room() -> None:
    pair = Pair(
        id="1", section="inclusion", source="Age over 18", plain="You cannot join if you are under 18."
    )
    given = [Example(pair, "reference", None), Example(pair, "error", "polarity")]
    innocuous, unrelated, edited = steadiness.harmless(given).values()
    assert list(innocuous) == list(unrelated) == [1]
    assert innocuous[1].plain.startswith(pair.plain)
    assert unrelated[1].plain != innocuous[1].plain
    assert list(edited) == [0]
    assert edited[0].plain != pair.plain
    learned = {row["sentence"] for row in rows("innocuous.tsv", folder=OWN)}
    assert not learned & {row["sentence"] for row in rows("unrelated.tsv", folder=OWN)}


def test_a_text_counts_as_moved_only_the_wrong_way() -> None:
    def report(verdict: Any) -> FidelityReport:
        return FidelityReport(score=0.5, verdict=verdict, signature="")

    before = [report(verdict) for verdict in ("faithful", "review", "unfaithful")]
    after = [report(verdict) for verdict in ("review", "faithful", "faithful")]
    (kind, *_) = steadiness.harmless([])
    count, share = (n for n in steadiness.moved(kind, before, after, Sample(["a", "b", "c"])) if n)
    assert (count.value, count.n, share.value) == (2, 3, pytest.approx(2 / 3, abs=1e-4))


# Types that were not learned


def test_weights_that_never_saw_a_type_are_those_of_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    good = Pair(id="1", section="inclusion", source=STOCK, plain="You must be 18 or older.")
    bad = good.model_copy(update={"plain": "You must be 81 or older."})
    learned = [Example(good, "reference", None), Example(bad, "error", "number")] * 20
    unseen.fitted.cache_clear()
    monkeypatch.setattr(unseen, "_learned", lambda: (learned, unseen.gathered([*learned])))
    assert unseen.fitted(None).weights, "the clue of the number weighs"
    assert not unseen.fitted("number").weights, "without an error, no clue weighs"
    unseen.fitted.cache_clear()


# Whole texts


@pytest.mark.parametrize(
    ("text", "loop"),
    [
        ("You must be able to walk 200 meters without rest.", False),
        ("You cannot join if you have had a stroke. " * 2, False),
        ("You cannot join if you have had a stroke. " * 3, True),
        ("", False),
    ],
)
def test_a_loop_is_a_run_of_words_that_stands_three_times(text: str, loop: bool) -> None:
    assert bool(whole.loops(text)) is loop


@pytest.mark.parametrize(
    ("text", "is_whole"),
    [
        ("You must be 18 or older.", True),
        ("You must have one or more of these:", True),
        ("You must have asthma, as measured by:", True),
        ("You must have asthma (swollen airways).", True),
        ("You must have asthma (swollen airways.", False),
        ("You must have asthma and", False),
        ("You must have asthma and.", False),
        ("You must have", False),
        ("", False),
    ],
)
def test_a_whole_sentence_ends_and_closes_what_it_opens(text: str, is_whole: bool) -> None:
    assert whole.whole(text) is is_whole


def test_the_units_of_whole_texts_are_counted_with_their_faults() -> None:
    model = ScriptedModel({WALKING: [SCRIPT[WALKING]]})
    translator = Translator((ModelWriter(model, GREEDY), TemplateWriter()), model.version)
    trials = [Trial(id="1", eligibility=f"Inclusion Criteria:\n\n* {WALKING}\n* {LONG}"), Trial(id="2")]
    found = by_name(whole.figures(list(whole.units(translator, iter(trials)))))
    assert found["routes", "model", "answers"].n == 3, "headings aside; a trial without a text has one note"
    assert found["routes", "model", "answers"].value == pytest.approx(1 / 3, abs=1e-4)
    assert {fault: found["faults", fault, "units"].value for fault in whole.FAULTS} == dict.fromkeys(
        whole.FAULTS, 0
    )
