import pytest
from cases import golden
from fakes import criterion
from hypothesis import given
from hypothesis import strategies as st

from models.pairs import TrainingPair
from translator.annotate import annotate, notes
from translator.checks.trust import Trust, trust
from translator.corpus import prepared
from translator.grounding import objection, strip
from translator.normalise import Normaliser
from translator.records import Draft, NormalisedCriterion, Span, Term


@pytest.fixture(scope="module")
def normaliser() -> Normaliser:
    return Normaliser()


@pytest.mark.parametrize("row", golden("grounding"), ids=lambda row: row["case"])
def test_what_speaks_against_a_draft(normaliser, row):
    (one,) = normaliser.normalise([criterion(row["source"], row["section"], context=row.get("context"))])
    # A doubt refuses a draft of which neither the model nor the scorer is sure.
    sure, score = (-0.02, 0.9) if row["objection"] is None else (-0.25, 0.7)
    finding = objection(Draft(text=row["draft"], route="model", log_probability=sure), one, score)
    assert (finding.type if finding else None) == row["objection"], finding


def test_a_term_is_explained_by_its_own_meaning(normaliser):
    (one,) = normaliser.normalise([criterion("AST and ALT below 40 U/L")])
    meaning = {term.surface: term.plain for term in one.terms}
    swapped = f"Your AST ({meaning['ALT']}) and ALT must be below 40 U/L."
    assert strip(swapped, one) == "Your AST and ALT must be below 40 U/L."
    right = f"Your AST ({meaning['AST']}) and ALT must be below 40 U/L."
    assert strip(right, one) == right


def test_a_draft_is_refused_when_doubts_come_together(normaliser):
    text = "You cannot join if you have an active hepatitis B infection."
    (one,) = normaliser.normalise([criterion("Active hepatitis B infection", "exclusion")])
    sure, unsure = (Draft(text=text, route="model", log_probability=p) for p in (-0.02, -0.9))
    assert objection(sure, one, 0.95) is None
    assert "not sure" in objection(unsure, one, 0.95).message
    lost = Draft(text="You cannot join if you have hepatitis B.", route="model", log_probability=-0.25)
    assert objection(lost, one, 0.95).type == "omission"


def test_trust_falls_with_each_doubt():
    shipped = trust()
    best = {"sure": 0.0, "words": 1.0, "score": 3.0}
    assert shipped.probability(best) > shipped.least
    for name in ("nothing_lost", "nothing_added", "terms_told"):
        assert shipped.probability({**best, name: 1.0}) < shipped.probability(best)
    assert Trust(intercept=0.0, weights={}, least=0.5).probability(best) == 0.5


@pytest.mark.parametrize(
    ("draft", "stripped"),
    [
        ("You have hypertension (a blood clot).", "You have hypertension."),
        ("You have high blood pressure (hypertension).", "You have high blood pressure (hypertension)."),
        ("You have hypertension (high blood pressure).", "You have hypertension (high blood pressure)."),
        ("You have hypertension (hypertension).", "You have hypertension."),
        ("You have hypertension (stage 2).", "You have hypertension (stage 2)."),
        ("Hypertension (stage 2) (high blood pressure)", "Hypertension (stage 2, high blood pressure)"),
        ("Hypertension (a clot) (stage 2) (hypertension)", "Hypertension (stage 2, hypertension)"),
    ],
)
def test_only_what_source_or_tables_say_may_explain(normaliser, draft, stripped):
    (one,) = normaliser.normalise([criterion("Hypertension (stage 2)")])
    assert strip(draft, one) == stripped


def test_meanings_stand_in_line_behind_their_terms(normaliser):
    (one,) = normaliser.normalise([criterion("Hypertension [any], psoriasis, and hypertension")])
    assert annotate(one.text, notes(one)) == (
        "Hypertension [high blood pressure] (any), "
        "psoriasis [: a skin disease with red, scaly patches], and hypertension"
    )


@pytest.mark.parametrize(
    ("text", "terms", "annotated"),
    [
        ("eGFR low", [("eGFR", "filter rate", "kidney work")], "eGFR [: filter rate, kidney work] low"),
        ("End-of-treatment (EOT)", [("End-of-treatment (EOT)", "end of treatment", None)], None),
        ("Top Group (TG)", [("Top Group (TG)", "Top Group", "rules")], "Top Group (TG) [: rules]"),
        ("Fits, a fit", [("Fits", "seizures", None), ("fit", "seizure", None)], "Fits [seizures], a fit"),
        (
            "Liver rate (LR), LR",
            [("Liver rate (LR)", None, "liver work"), ("LR", "liver rate", "liver work")],
            "Liver rate (LR) [: liver work], LR",
        ),
        ("Corticosteroids", [("Corticosteroids", "steroids", None)], "Corticosteroids [steroids]"),
    ],
)
def test_a_note_says_what_does_not_stand_there_yet(text, terms, annotated):
    found = tuple(
        Term(
            surface=surface,
            plain=plain,
            explanation=explanation,
            kind="other",
            span=Span(start=0, end=0),
            source="text",
        )
        for surface, plain, explanation in terms
    )
    one = NormalisedCriterion(criterion=criterion(text), text=text, terms=found)
    assert annotate(text, notes(one)) == (annotated or text)


@pytest.mark.parametrize(
    ("draft", "tidy"),
    [
        ("A infection, or a allergy. A eye", "An infection, or an allergy. An eye"),
        ("Your grade A infection", "Your grade A infection"),
        ("vitamin A in food, hepatitis A or B", "vitamin A in food, hepatitis A or B"),
        ("part a ends, groups a and b", "part a ends, groups a and b"),
        ("a in-house test, a one", "an in-house test, a one"),
    ],
)
def test_an_article_before_a_vowel(draft, tidy):
    assert strip(draft, NormalisedCriterion(criterion=criterion(draft), text=draft)) == tidy


def test_training_pairs_learn_to_copy_what_stands_in_line():
    pair = TrainingPair(
        "1",
        "exclusion",
        "Gout or zorbitis",
        "You cannot join if you have gout (painful joints) or a sore zorb (zorbitis).",
    )
    (ready,) = prepared([pair])
    assert ready.source == "Gout [: painful joints] or zorbitis [sore zorb]"
    assert ready.plain == pair.plain


def test_training_pairs_tell_a_meaning_once():
    plain = "You cannot join if you have or had high blood pressure now or high blood pressure before."
    pair = TrainingPair("1", "exclusion", "Hypertension now or hypertension before", plain)
    (ready,) = prepared([pair])
    assert ready.source == "Hypertension [high blood pressure] now or hypertension before"


def test_training_pairs_unlearn_what_has_no_term():
    pair = TrainingPair("1", "exclusion", "Zorbitis", "You cannot join if your zorb (a small organ) is sore.")
    (ready,) = prepared([pair])
    assert ready.plain == "You cannot join if your zorb is sore."


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_text_can_be_held_to_any(draft, source):
    one = NormalisedCriterion(criterion=criterion(source), text=source)
    assert isinstance(strip(draft, one), str)
    objection(Draft(text=draft, route="model"), one, 0.9)
