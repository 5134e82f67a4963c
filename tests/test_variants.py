import random

from hypothesis import given
from hypothesis import strategies as st

from evaluation.kept import numbers_kept
from models.pairs import TrainingPair
from translator.variants import vary

SEEDS = st.integers(0, 2**32).map(random.Random)
PAIR = TrainingPair(
    id="1",
    kind="exclusion",
    source="Use of ibuprofen [: a pain drug] at more than 400 mg within 14 days prior to the first dose, "
    "or a platelet count between 75 and 90 x 10^9/L",
    plain="You cannot join if you have used ibuprofen (a pain drug) at more than 400 mg in the 14 days "
    "before your first dose, or if your platelet count is between 75 and 90 x 10^9/L.",
)


def variants(count: int = 200) -> list[TrainingPair]:
    return [vary(PAIR, random.Random(seed)) for seed in range(count)]


@given(SEEDS)
def test_a_variant_keeps_its_numbers_on_both_sides_and_its_notes(chance):
    variant = vary(PAIR, chance)
    assert numbers_kept(variant.source, variant.plain)
    assert "[: a pain drug]" in variant.source
    assert (variant.id, variant.kind, variant.context) == (PAIR.id, PAIR.kind, PAIR.context)


@given(SEEDS, st.text(max_size=200), st.text(max_size=200))
def test_any_pair_can_be_varied(chance, source, plain):
    vary(TrainingPair("1", "note", source, plain), chance)


def test_numbers_drugs_and_spellings_change_and_limits_keep_their_order():
    found = variants()
    drugs = {one.plain.partition("used ")[2].partition(" (")[0] for one in found}
    assert len(drugs) > 20
    assert all(
        one.plain.partition("used ")[2].partition(" (")[0].lower() in one.source.lower() for one in found
    )
    limits = {
        tuple(map(int, one.plain.partition("between ")[2].split(" x")[0].split(" and "))) for one in found
    }
    assert len(limits) > 5
    assert all(low < high for low, high in limits)
    assert len({one.source for one in found}) > 100
    assert any(one.source.isupper() or "WITHIN" in one.source for one in found)


def test_same_seed_same_variant():
    assert vary(PAIR, random.Random(3)) == vary(PAIR, random.Random(3))
