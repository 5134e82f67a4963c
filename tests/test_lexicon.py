"""The tables: how they are read, what is refused, and how words are looked up."""

import hashlib
import re
import string
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from cases import golden
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from translator.lexis import words
from translator.lexis.lexicon import Lexicon, cue_words, fold, fold_phrase, is_said, lexicon, spoken
from translator.tables import TableError

TERMS = "term\tvariants\tplain\texplanation\tkind\tsource"
ABBREVIATIONS = "abbreviation\texpansion\tplain\texplanation\tkind\tcues\tsource"
TERM = "anemia\tlow red cell count\tlow red blood cells\t\tcondition\tours"
ABBREVIATION = "MI\tmyocardial infarction\theart attack\t\tcondition\t\tours"


def write(folder, terms=(TERM,), abbreviations=(ABBREVIATION,), header=TERMS, short_header=ABBREVIATIONS):
    (folder / "lexicon.tsv").write_text("\n".join([header, *terms, ""]), encoding="utf-8")
    (folder / "abbreviations.tsv").write_text("\n".join([short_header, *abbreviations, ""]), encoding="utf-8")
    return folder


@pytest.fixture
def tables(tmp_path):
    return Lexicon.load(
        write(
            tmp_path,
            [
                "actinic keratosis\t\trough skin patch\t\tcondition\tours",
                "actinic keratoses\t\trough skin patches\t\tcondition\tours",
                TERM,
                "Crohn's disease\t\t\tlong-term bowel inflammation\tcondition\tours",
                "metastasis\t\ttumor that has spread\t\tcondition\tours",
                "non-small cell lung cancer\t\t\ta common lung cancer\tcondition\tours",
            ],
            [
                "ALL\tacute lymphoblastic leukemia\t\ta fast blood cancer\tcondition\t\tours",
                ABBREVIATION,
                "MI\tmitral insufficiency\tleaking heart valve\t\tcondition\tvalve|mitral\tours",
                "HIV\thuman immunodeficiency virus\t\tthe virus that causes AIDS\torganism\t\tours",
                "US\tultrasound\t\timages made by sound\ttest\t\tours",
                "CSF\tcerebrospinal fluid\t\tbrain fluid\ttest\t\tours",
                "CSF\tcolony-stimulating factor\t\ta drug\tdrug\tg-csf|growth\tours",
                "RT\treverse transcriptase\t\tan enzyme\tother\tviral\tours",
            ],
        )
    )


@pytest.mark.parametrize(
    ("words", "term"),
    [
        ("anemia", "anemia"),
        ("Anaemia", "anemia"),
        ("LOW RED CELL COUNTS", "anemia"),
        ("Crohn disease", "Crohn's disease"),
        ("Crohns disease", "Crohn's disease"),
        ("metastases", "metastasis"),
        ("non small-cell lung cancers", "non-small cell lung cancer"),
        ("Actinic keratoses", "actinic keratoses"),
        ("actinic keratosis", "actinic keratosis"),
        ("lung cancer", None),
    ],
)
def test_term(tables, words, term):
    found = tables.term(words)
    assert (found and found.term) == term


@pytest.mark.parametrize(
    ("short", "contexts", "expansion"),
    [
        ("MI", ["no prior MI"], "myocardial infarction"),
        ("MIs", ["two MIs"], "myocardial infarction"),
        ("MI", ["severe MI of the valve"], "mitral insufficiency"),
        ("MI", ["severe MI", "of the valves", ""], "mitral insufficiency"),
        ("MI", ["severe MI", "", "no artificial valve"], "myocardial infarction"),
        ("MI", ["severe MI", "", "no mitral valve"], "mitral insufficiency"),
        ("CSF", ["5 g in the CSF"], "cerebrospinal fluid"),
        ("CSF", ["CSF for growth"], "colony-stimulating factor"),
        ("mi", ["mi"], None),
        ("RT", ["prior RT"], None),
        ("RT", ["viral RT"], "reverse transcriptase"),
        ("ALL", ["must meet ALL rules"], None),
        ("ALL", ["relapsed ALL", "", "leukemia in remission"], "acute lymphoblastic leukemia"),
        ("US", ["a US of the liver"], "ultrasound"),
        ("XYZ", ["XYZ"], None),
    ],
)
def test_abbreviation(tables, short, contexts, expansion):
    found = tables.abbreviation(short, *map(cue_words, contexts))
    assert (found and found.term) == expansion


def test_stressed_capitals_are_no_abbreviation(tables):
    near = cue_words("leukemia")
    assert tables.abbreviation("ALL", near)
    assert tables.abbreviation("ALL", near, stressed=True) is None
    assert tables.abbreviation("US", near, stressed=True) is None
    assert tables.abbreviation("HIV", near, stressed=True)


def test_abbreviations_are_spelled_out_but_names_stay(tables):
    assert tables.abbreviation("ALL", cue_words("leukemia")).plain == "acute lymphoblastic leukemia"
    assert tables.abbreviation("HIV").plain is None


def test_entries_do_not_change(tables):
    with pytest.raises(ValidationError):
        tables.term("anemia").plain = "tired blood"


@pytest.mark.parametrize(
    ("broken", "where", "what"),
    [
        ({"terms": [TERM, "asthma\t\tasthma"]}, "lexicon.tsv, line 3", "3 cells"),
        ({"terms": [TERM, "asthma\t\t\t\tillness\tours"]}, "lexicon.tsv, line 3", "illness"),
        ({"terms": [TERM, TERM]}, "lexicon.tsv, line 3", "line 2"),
        ({"terms": ["a\tb|B\t\t\tother\tours"]}, "lexicon.tsv, line 2", "'B'"),
        ({"terms": [" asthma\t\t\t\tcondition\tours"]}, "lexicon.tsv, line 2", "white space"),
        ({"terms": ["asthma\t\t\t\tcondition\t"]}, "lexicon.tsv, line 2", "source"),
        ({"terms": ["\t\t\t\tcondition\tours"]}, "lexicon.tsv, line 2", "term"),
        ({"terms": ['"asthma\t\t\t\tcondition']}, "lexicon.tsv, line 2", "5 cells"),
        ({"header": "term\tplain"}, "lexicon.tsv, line 1", "columns"),
        ({"abbreviations": ["MI\t\t\t\tcondition\t\tours"]}, "abbreviations.tsv, line 2", "expansion"),
        ({"abbreviations": [ABBREVIATION, ABBREVIATION]}, "abbreviations.tsv, line 3", "MI"),
        ({"abbreviations": ["CSF\tfluid\t\t\ttest\tg-csf\tours"]}, "abbreviations.tsv, line 2", "no cue"),
        ({"short_header": ""}, "abbreviations.tsv, line 1", "columns"),
    ],
)
def test_a_malformed_table_is_told_with_file_and_line(tmp_path, broken, where, what):
    with pytest.raises(TableError) as error:
        Lexicon.load(write(tmp_path, **broken))
    assert where in str(error.value)
    assert what in str(error.value)


def test_a_table_that_is_missing_or_no_utf8(tmp_path):
    with pytest.raises(TableError, match=r"lexicon\.tsv: cannot be read"):
        Lexicon.load(tmp_path)
    write(tmp_path)
    (tmp_path / "lexicon.tsv").write_bytes(b"term\xff")
    with pytest.raises(TableError, match=r"no UTF-8 at byte 4"):
        Lexicon.load(tmp_path)


def test_version_is_that_of_the_bytes(tmp_path):
    version = Lexicon.load(write(tmp_path)).version
    data = [(tmp_path / name).read_bytes() for name in ("lexicon.tsv", "abbreviations.tsv")]
    assert version == hashlib.sha256(b"\0".join(data)).hexdigest()[:12]
    assert Lexicon.load(write(tmp_path, [TERM.replace("low", "few")])).version != version


def test_the_tables_of_the_package():
    tables = lexicon()
    assert tables is lexicon()
    assert len(tables.entries) >= 300
    for entry in tables.entries:
        assert tables.term(entry.term) is entry
        assert entry.plain or entry.explanation, f"{entry.term} says nothing"


@given(st.text(alphabet=string.ascii_letters + "- ", max_size=30))
def test_case_hyphens_and_possessives_fold_away(words):
    folded = fold_phrase(words)
    assert folded == fold_phrase(words.upper()) == fold_phrase(words.replace("-", " "))
    assert folded == fold_phrase(re.sub(r"(?<=[A-RT-Za-rt-z])(?=[ -]|$)", "'s", words))


@pytest.mark.parametrize(
    ("one", "other"),
    [("biopsy", "biopsies"), ("mass", "masses"), ("virus", "viruses"), ("diagnosis", "diagnoses"),
     ("dose", "doses"), ("tumour", "tumors"), ("haemorrhage", "hemorrhages"), ("patient's", "patients"),
     ("crisis", "crises")],
)  # fmt: skip
def test_folded_words_meet(one, other):
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), [("past", "paste"), ("us", "use"), ("gas", "ga"), ("care", "car")])
def test_folded_words_do_not_meet(one, other):
    assert fold(one) != fold(other)


@pytest.mark.parametrize("case", golden("said"), ids=lambda case: case["phrase"])
def test_what_is_said_is_said_in_whole_words(case):
    assert is_said(case["phrase"], spoken(case["text"])) is case["said"]


def test_one_thread_at_a_time_is_in_the_stemmer(monkeypatch):
    """It works within itself: two at once would give each other's endings, which would then be kept."""
    inside: list[str] = []
    crowded: list[list[str]] = []
    real = words._STEMMER

    class Watched:
        def stemWord(self, word):  # noqa: N802  as the library has it
            inside.append(word)
            time.sleep(0.0005)  # lets the others in, if anything does
            if len(inside) > 1:
                crowded.append([*inside])
            inside.remove(word)
            return real.stemWord(word)

    monkeypatch.setattr(words, "_STEMMER", Watched())
    with ThreadPoolExecutor(8) as pool:
        stems = list(pool.map(words.stem.__wrapped__, ["treatments", "running"] * 20))
    assert stems == ["treatment", "run"] * 20
    assert not crowded
