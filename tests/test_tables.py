"""The clinical tables hold together: readers, writers and scorer all lean on the same rows."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from translator.lexis.lexicon import KEPT_KINDS
from translator.records import TermKind
from translator.tables import DATA, TableError, alternatives, digest, rows, variants

LEXICON_COLUMNS = ["term", "variants", "plain", "explanation", "kind", "source"]
ABBREVIATION_COLUMNS = ["abbreviation", "expansion", "plain", "explanation", "kind", "cues", "source"]
LONGEST_EXPLANATION = 80
LONGEST_TERM_IN_WORDS = 10
# Capitalised names whose first word is also an everyday word.
NAMES_LIKE_WORDS = {"Down syndrome", "Young mania rating scale"}
FUNCTION_WORDS = {"a", "an", "and", "for", "from", "in", "kind", "of", "on", "or", "such", "the", "to"}

Row = dict[str, str]


def lines(name: str) -> list[str]:
    return (DATA / name).read_bytes().decode("utf-8").removesuffix("\n").split("\n")


def names(row: Row) -> list[str]:
    return [row["term"], *variants(row["variants"])]


def words(text: str) -> list[str]:
    return re.findall(r"[\w'/+&-]+", text)


LEXICON = rows("lexicon.tsv")
ABBREVIATIONS = rows("abbreviations.tsv")
TABLES = pytest.mark.parametrize("table", [LEXICON, ABBREVIATIONS], ids=["lexicon", "abbreviations"])
OWNER = {name.casefold(): row for row in LEXICON for name in names(row)}


def key(row: Row) -> str:
    return row.get("term") or row["abbreviation"]


def replaceable(text: str) -> Iterator[Row]:
    """Lexicon rows in ``text`` that have everyday words; a longer term hides the shorter ones in it."""
    spoken = [word.casefold() for word in words(text)]
    start = 0
    while start < len(spoken):
        for end in range(min(start + LONGEST_TERM_IN_WORDS, len(spoken)), start, -1):
            phrase = " ".join(spoken[start:end])
            row = OWNER.get(phrase) or OWNER.get(phrase.removesuffix("s"))
            if row:
                if row["plain"]:
                    yield row
                start = end - 1
                break
        start += 1


def sentence_case(cell: str, everyday: set[str]) -> bool:
    """Whether the first word alone is capitalised though the tables know it in lower case."""
    first, *rest = words(cell) or [""]
    alone = first.istitle() and all(word.islower() or not word.isalpha() for word in rest)
    return alone and first.lower() in everyday and cell not in NAMES_LIKE_WORDS


@pytest.mark.parametrize("name", sorted(path.name for path in DATA.glob("*.tsv")))
def test_every_table_is_read(name: str) -> None:
    assert rows(name)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"word\tsense\nmole\tspy\nbat\n", "t.tsv, line 3: 1 cells where 2 are due"),
        (b"word\tsense\n\nmole\tspy\n", "t.tsv, line 2: 0 cells where 2 are due"),
        (b"word\tsense\nmole\tspy\t\n", "t.tsv, line 2: 3 cells where 2 are due"),
        (b"sense\tword\n", "t.tsv, line 1: the columns must be word, sense"),
        (b"", "t.tsv, line 1: the columns must be word, sense"),
        (b"word\tsense\nm\xf6le\tspy\n", "t.tsv: no UTF-8 at byte 12"),
        (None, "t.tsv: cannot be read: No such file or directory"),
    ],
)
def test_a_malformed_table_is_told_with_file_and_line(
    tmp_path: Path, content: bytes | None, told: str
) -> None:
    if content is not None:
        (tmp_path / "t.tsv").write_bytes(content)
    with pytest.raises(TableError) as error:
        rows("t.tsv", ("word", "sense"), tmp_path)
    assert str(error.value) == f"{tmp_path}/{told}"


def test_quotes_in_a_table_are_only_signs(tmp_path: Path) -> None:
    (tmp_path / "t.tsv").write_text('word\tsense\n"a\t|b||c"\n', encoding="utf-8")
    (row,) = rows("t.tsv", folder=tmp_path)
    assert row == {"word": '"a', "sense": '|b||c"'}
    assert variants(row["sense"]) == ["b", 'c"']


def test_the_longer_of_two_phrases_is_found_first() -> None:
    pattern = alternatives(["at", "at least", "c.m"], space=r"\s+")
    assert re.findall(pattern, "at  least at c.m cam") == ["at  least", "at", "c.m"]


def test_a_digest_tells_where_a_file_ends(tmp_path: Path) -> None:
    one, other = tmp_path / "1", tmp_path / "2"
    one.write_text("ab")
    other.write_text("c")
    before = digest(one, other)
    one.write_text("a")
    other.write_text("bc")
    assert digest(one, other) != before
    assert len(before) == 12


def test_the_tables_are_large_enough() -> None:
    assert len(LEXICON) >= 300
    assert len(ABBREVIATIONS) >= 120


@pytest.mark.parametrize(
    ("name", "columns"),
    [("lexicon.tsv", LEXICON_COLUMNS), ("abbreviations.tsv", ABBREVIATION_COLUMNS)],
)
def test_every_line_is_whole_and_clean(name: str, columns: list[str]) -> None:
    assert lines(name)[0].split("\t") == columns
    assert (DATA / name).read_bytes().endswith(b"\n")
    untidy = re.compile(r"^ | $|  |[\r\"\x00-\x08\u200b\ufeff]")
    assert not [line for line in lines(name) if line.count("\t") != len(columns) - 1]
    assert not [line for line in lines(name) if any(untidy.search(cell) for cell in line.split("\t"))]


def test_lexicon_is_sorted() -> None:
    terms = [row["term"] for row in LEXICON]
    assert terms == sorted(terms, key=lambda term: (term.casefold(), term))


def test_abbreviations_are_sorted_with_the_default_sense_first() -> None:
    order = [
        (row["abbreviation"].casefold(), row["abbreviation"], bool(row["cues"]), row["expansion"].casefold())
        for row in ABBREVIATIONS
    ]
    assert order == sorted(order)


def test_no_term_or_variant_stands_twice() -> None:
    counted = Counter(name.casefold() for row in LEXICON for name in names(row))
    assert not [name for name, times in counted.items() if times > 1]


def test_an_abbreviation_has_one_home() -> None:
    assert not [row["abbreviation"] for row in ABBREVIATIONS if row["abbreviation"].casefold() in OWNER]


def test_no_sense_stands_twice() -> None:
    # But once as the default, and once with the cues that choose it against another sense's.
    counted = Counter(
        (row["abbreviation"], row["expansion"].casefold(), bool(row["cues"])) for row in ABBREVIATIONS
    )
    assert not [sense for sense, times in counted.items() if times > 1]


@TABLES
def test_kind_is_known_and_source_is_given(table: list[Row]) -> None:
    kinds = set(get_args(TermKind))
    assert not [key(row) for row in table if row["kind"] not in kinds]
    assert not [key(row) for row in table if not row["source"]]


def test_every_term_is_explained_or_replaced() -> None:
    assert not [row["term"] for row in LEXICON if not (row["plain"] or row["explanation"])]
    assert not [row["abbreviation"] for row in ABBREVIATIONS if not row["expansion"]]
    kept = [row for row in ABBREVIATIONS if row["kind"] in KEPT_KINDS]  # their long form is not told
    assert not [row["abbreviation"] for row in kept if not (row["plain"] or row["explanation"])]


@TABLES
def test_words_are_lower_case_unless_names(table: list[Row]) -> None:
    everyday = {word for row in LEXICON for cell in row.values() for word in words(cell) if word.islower()}
    cells = [(key(row), cell) for row in table for cell in (row["plain"], row["explanation"])]
    cells += [(name, name) for row in table if "term" in row for name in names(row)]
    assert not [(owner, cell) for owner, cell in cells if sentence_case(cell, everyday)]


def test_an_abbreviation_looks_like_one() -> None:
    assert not [row["abbreviation"] for row in ABBREVIATIONS if not re.search(r"[A-Z]", row["abbreviation"])]


@TABLES
def test_explanations_are_short_phrases(table: list[Row]) -> None:
    assert not [key(row) for row in table if len(row["explanation"]) > LONGEST_EXPLANATION]
    assert not [key(row) for row in table if re.search(r"[.;()]$|^\(", row["explanation"])]


@TABLES
def test_explanations_say_more_than_the_term(table: list[Row]) -> None:
    circular = []
    for row in table:
        known = {word.casefold() for word in words(f"{key(row)} {row.get('expansion', '')}")}
        said = {word.casefold() for word in words(row["explanation"])} - FUNCTION_WORDS
        if row["explanation"] and said <= known:
            circular.append(key(row))
    assert not circular


@TABLES
def test_plain_words_are_everyday_words(table: list[Row]) -> None:
    hard = {key(row): [inner["term"] for inner in replaceable(row["plain"])] for row in table}
    assert not {term: inner for term, inner in hard.items() if inner}
    assert not [key(row) for row in table if row["plain"].casefold() == key(row).casefold()]
    assert not [key(row) for row in table if row["plain"].casefold() in OWNER]


@TABLES
def test_explanations_use_no_word_that_has_a_plainer_one(table: list[Row]) -> None:
    hard = {
        key(row): [inner["term"] for inner in replaceable(row["explanation"]) if inner["term"] != key(row)]
        for row in table
    }
    assert not {term: inner for term, inner in hard.items() if inner}


def test_an_expansion_in_the_lexicon_is_told_as_the_lexicon_tells_it() -> None:
    shared = [(row, OWNER.get(row["expansion"].casefold(), row)) for row in ABBREVIATIONS]
    columns = ("plain", "explanation", "kind")
    assert not [row["abbreviation"] for row, term in shared if any(row[c] != term[c] for c in columns)]


def test_at_most_one_sense_of_an_abbreviation_is_the_default() -> None:
    senses: defaultdict[str, list[str]] = defaultdict(list)
    for row in ABBREVIATIONS:
        senses[row["abbreviation"]].append(row["cues"])
    assert not [name for name, cues in senses.items() if cues.count("") > 1]


def test_a_cue_chooses_one_sense() -> None:
    cues: defaultdict[str, list[str]] = defaultdict(list)
    for row in ABBREVIATIONS:
        cues[row["abbreviation"]] += variants(row["cues"])
    assert not [name for name, given in cues.items() if len(given) != len(set(given))]
    assert not [name for name, given in cues.items() if any(cue != cue.strip().lower() for cue in given)]
