"""Whatever a user gives: every kind of input by every way, and one clear line for each kind of bad one."""

import gzip
import io
import json
import os
import sys
import tracemalloc
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest
from cases import golden
from hypothesis import given
from hypothesis import strategies as st

from translator.client import Fetched, RegistryClient, RegistryError
from translator.errors import InputError
from translator.inputs import read, read_pairs
from translator.intake.json_items import elements
from translator.records import CriteriaList, Pair, Span, Trial, Unreadable
from translator.registry import MAX_TEXT_CHARACTERS

BAD = golden("bad_inputs")
EXAMPLES = Path(__file__).parents[1] / "examples"
TEXT = "Inclusion Criteria:\r\n\r\n* Adults \\>18\u200b\u202e \x07"


def record(number, text=TEXT):
    return {
        "protocolSection": {
            "identificationModule": {"nctId": f"NCT{99000000 + number}"},
            "eligibilityModule": {"eligibilityCriteria": text},
        }
    }


def trial(number, text=TEXT):
    return Trial(id=f"NCT{99000000 + number}", eligibility=text)


def dump(value, **options):
    return json.dumps(value, **options).encode()


RECORDS = [record(number) for number in (1, 2, 3)]
TRIALS = [trial(number) for number in (1, 2, 3)]
JSON_LINES = b"\n".join(map(dump, RECORDS))
PAGE = {"totalCount": 9, "nextPageToken": "ab", "studies": RECORDS}


@pytest.fixture
def give(tmp_path, monkeypatch):
    """Puts bytes where a source can be read from: a file, or standard input for ``-``."""

    def put(name, content):
        if name == "-":
            monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BufferedReader(Pipe(content))))
            return name
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return str(path)

    return put


class Pipe(io.RawIOBase):
    """Bytes that come in small pieces and cannot be read twice."""

    def __init__(self, content):
        self.rest = content

    def readable(self):
        return True

    def readinto(self, buffer):
        piece = self.rest[: min(len(buffer), 1000)]
        self.rest = self.rest[len(piece) :]
        buffer[: len(piece)] = piece
        return len(piece)


def packed(*members, **options):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return buffer.getvalue()


ZIPPED = packed(*((f"NCT9900000{number}.json", dump(record(number))) for number in (3, 1, 2)))


@pytest.mark.parametrize("case", BAD, ids=lambda case: case["why"])
def test_bad_input_is_one_clear_line(give, case):
    content = case["content"].encode("latin-1" if case.get("bytes") else "utf-8")
    with pytest.raises(InputError) as caught:
        list(read(give(case["name"], content), case.get("format")))
    message = str(caught.value)
    assert case["what"] in message
    assert message.isprintable()
    assert message.endswith(".")
    assert len(message) < 1000


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.json", dump(RECORDS[0]), TRIALS[:1]),
        ("a.json", dump(RECORDS[0], indent=2), TRIALS[:1]),
        ("A.JSON", b"\xef\xbb\xbf" + dump(RECORDS[0], indent=2), TRIALS[:1]),
        ("a.json", dump(RECORDS[0]) + b"\n\n", TRIALS[:1]),
        ("a", dump(RECORDS[0], indent="\t"), TRIALS[:1]),
        ("a.json", dump(RECORDS), TRIALS),
        ("a.json", dump(RECORDS, indent=2), TRIALS),
        ("a.json", dump(PAGE), TRIALS),
        ("a.json", dump(PAGE, indent=2), TRIALS),
        ("a.json", dump({"studies": RECORDS, "nextPageToken": "ab"}), TRIALS),
        ("a.jsonl", JSON_LINES, TRIALS),
        ("a.ndjson", b"\xef\xbb\xbf" + JSON_LINES.replace(b"\n", b"\r\n\r\n"), TRIALS),
        ("a.json", JSON_LINES, TRIALS),
        ("a.jsonl.gz", gzip.compress(JSON_LINES), TRIALS),
        ("a.jsonl", gzip.compress(JSON_LINES[:40]) + gzip.compress(JSON_LINES[40:]), TRIALS),
        ("a.zip", ZIPPED, TRIALS),
        ("a.zip", packed(("b/c.jsonl", JSON_LINES), ("b/readme.md", "x"), ("__MACOSX/b.json", "x")), TRIALS),
        ("a.txt", TEXT.encode(), [Trial(eligibility=TEXT)]),
        ("a.txt", b"\xef\xbb\xbf" + TEXT.encode(), [Trial(eligibility=TEXT)]),
        ("a.txt", b'{"id": "no JSON by its name"}', [Trial(eligibility='{"id": "no JSON by its name"}')]),
        ("a", "[Draft] שלום".encode(), [Trial(eligibility="[Draft] שלום")]),
        ("NCT99000001.txt", TEXT.encode(), TRIALS[:1]),
        ("a.txt.gz", gzip.compress(TEXT.encode()), [Trial(eligibility=TEXT)]),
    ],
)
def test_every_kind_is_recognised(give, name, content, expected):
    assert list(read(give(name, content))) == expected
    if not name.endswith(".txt") and not name.endswith(".txt.gz"):
        assert list(read(give("-", content))) == expected


@pytest.mark.parametrize("pad", [1, *range(65_399, 65_441), 200_000])
def test_long_first_lines_are_recognised(give, pad):
    long = [record(number, "a" * pad) for number in (1, 2)]
    expected = [trial(number, "a" * pad) for number in (1, 2)]
    assert list(read(give("-", b"\n".join(map(dump, long))))) == expected
    assert list(read(give("-", dump(long)))) == expected
    assert list(read(give("-", dump(long[0], indent=1)))) == expected[:1]


def test_criteria_list(give):
    content = (
        '{"id": "b", "section": "exclusion", "text": " Age\\t≥ 18\\n years ", "context": "Any of:"}\n'
        '{"id": "a", "section": "other", "text": "Note", "context": null}\n'
    )
    source = give("a.jsonl", content.encode())
    [found] = read(source)
    assert isinstance(found, CriteriaList)
    assert found.name == source
    first, second = found.criteria
    assert (first.id, first.section, first.role, first.text) == (
        "b",
        "exclusion",
        "criterion",
        "Age ≥ 18 years",
    )
    assert (first.span, first.context) == (Span(start=0, end=17), "Any of:")
    assert (second.id, second.context) == ("a", None)


def test_ids_are_unique_within_a_list_only(give, tmp_path):
    line = b'{"id": "1", "section": "inclusion", "text": "Adults"}'
    give("in/a.jsonl", line)
    give("in/b.jsonl", line)
    assert [found.criteria[0].id for found in read(str(tmp_path / "in"))] == ["1", "1"]


@pytest.mark.parametrize(
    ("forced", "name", "content", "expected"),
    [
        ("text", "a.json", dump("Adults"), [Trial(eligibility='"Adults"')]),
        ("text", "a.csv", b"Adults", [Trial(eligibility="Adults")]),
        ("record", "a.txt", dump(RECORDS[0]), TRIALS[:1]),
        ("records", "a.txt", JSON_LINES, TRIALS),
        ("records", "a.txt", dump(RECORDS), TRIALS),
    ],
)
def test_forced_kind(give, forced, name, content, expected):
    assert list(read(give(name, content), forced)) == expected


def test_a_bad_line_does_not_take_the_others_along(give):
    bad = [b"{", b'{"protocolSection": {"x": "\xe9"}}', b"5", b'{"a": "\\ud800"}', b'{"protocolSection": []}']
    lines = [line for pair in zip([dump(RECORDS[0])] * 5, bad, strict=True) for line in pair]
    source = give("a.jsonl", b"\n".join(lines))
    found = list(read(source))
    assert found[::2] == [TRIALS[0]] * 5
    wrong = found[1::2]
    assert [item.where for item in wrong] == [f"{source}, line {number}" for number in (2, 4, 6, 8, 10)]
    place = b"\n".join(lines).index(b"\xe9")
    for item, what in zip(
        wrong,
        [
            "is not JSON",
            f"byte 0xE9 at offset {place}",
            "is a number",
            "half a character",
            "must be an object",
        ],
        strict=True,
    ):
        assert what in item.what


@pytest.mark.parametrize("opening", ["[", '{"totalCount": 3, "studies": ['], ids=["an array", "a page"])
def test_a_bad_element_does_not_take_the_others_along(give, opening):
    content = f'{opening} {json.dumps(RECORDS[0])}, {{"x": NaN}}, [1, "]}}"], {json.dumps(RECORDS[1])}, ]'
    source = give("a.json", content.encode())
    found = list(read(source))
    assert [item for item in found if isinstance(item, Trial)] == TRIALS[:2]
    assert [item.where for item in found if isinstance(item, Unreadable)] == [
        f"{source}, item {number}" for number in (2, 3, 5)
    ]


def test_a_list_cut_short_gives_what_is_whole_and_says_so(give):
    source = give("a.json", dump(RECORDS)[:-40])
    *whole, last = read(source)
    assert whole == TRIALS[:2]
    assert (last.where, last.what) == (source, "ends within item 3 of a list")


def test_gzip_cut_short_gives_what_is_whole_and_says_so(give):
    rows = [record(number, os.urandom(200).hex()) for number in range(1, 1000)]
    source = give("a.jsonl.gz", gzip.compress(b"\n".join(map(dump, rows)))[:-2000])
    *whole, last = read(source)
    assert len(whole) > 100
    assert isinstance(last, Unreadable)
    assert last.what.startswith("is damaged")


def test_folder(give, tmp_path):
    give("in/b.json", dump(RECORDS[1]))
    give("in/a.json", dump(RECORDS[0]))
    give("in/c/d.zip", packed(("e.json", dump(RECORDS[2])), ("f.txt", "Adults")))
    for number in (5, 8, 6, 4, 7):
        give(f"in/{number}/a.json", dump(record(number)))
    give("in/bad.json", b"{")
    give("in/bad.txt", b"\xff")
    give("in/empty.txt", b"")
    give("in/README.md", b"not for us")
    give("in/.hidden.json", b"{")
    found = list(read(str(tmp_path / "in")))
    assert [item for item in found if isinstance(item, Trial)] == [
        *TRIALS[:2],
        *(trial(number) for number in (4, 5, 6, 7, 8)),
        TRIALS[2],
        Trial(eligibility="Adults"),
    ]
    wrong = [item for item in found if isinstance(item, Unreadable)]
    assert [Path(item.where).name for item in wrong] == ["bad.json", "bad.txt", "empty.txt"]


@pytest.mark.parametrize("name", ["in/readme.md", "in/.hidden/a.json"])
def test_folder_without_anything_to_read(give, tmp_path, name):
    give(name, b"{}")
    with pytest.raises(InputError, match=r"in: holds no file to read\. Files end in \.json"):
        list(read(str(tmp_path / "in")))


def test_zip_without_anything_to_read(give):
    with pytest.raises(InputError, match="holds no file to read"):
        list(read(give("a.zip", packed(("a.pdf", "x")))))


def test_bad_members_do_not_take_the_others_along(give):
    bomb = b" " * 5_000_000
    content = packed(
        ("a.json", dump(RECORDS[0])),
        ("b.json", bomb),
        ("c.json", "{"),
        ("d.zip", ZIPPED),
        ("e.json.gz", gzip.compress(b"{}")),
        ("f.json", dump(RECORDS[1])),
    )
    source = give("a.zip", content)
    found = list(read(source))
    assert [item for item in found if isinstance(item, Trial)] == TRIALS[:2]
    assert [(item.where, item.what.split(",")[0]) for item in found if isinstance(item, Unreadable)] == [
        (f"{source}: b.json", "unpacks to far more than it holds"),
        (f"{source}: c.json", "is not JSON"),
        (f"{source}: d.zip", "is an archive inside an archive"),
        (f"{source}: e.json.gz", "is an archive inside an archive"),
    ]


def test_gzip_bomb(give):
    with pytest.raises(InputError, match="unpacks to far more than it holds"):
        list(read(give("a.json.gz", gzip.compress(b'{"a": "' + b"a" * 50_000_000))))


def test_damaged_and_locked_members(give):
    content = bytearray(packed(("a.json", dump(RECORDS[0])), ("b.json", dump(record(2, "b" * 50)))))
    content[40] ^= 0xFF
    second = content.index(b"PK\x03\x04", 10)
    for header, flags in ((second, 6), (content.rindex(b"PK\x01\x02"), 8)):
        content[header + flags] |= 1
    source = give("a.zip", bytes(content))
    damaged, locked = read(source)
    assert damaged.where == f"{source}: a.json"
    assert damaged.what.startswith("is damaged")
    assert locked.what.startswith("cannot be unpacked")
    assert "password" in locked.what


def test_damaged_archive(give):
    with pytest.raises(InputError, match="is damaged"):
        list(read(give("a.zip", ZIPPED[:60])))


def test_a_line_is_named_however_long_the_path(give):
    folder = "/".join(["d" * 100] * 6)
    [item] = read(give(f"{folder}/a.jsonl", b'{"protocolSection": 5}'))
    assert item.where.endswith("ddd/a.jsonl, line 1")
    assert len(item.where) < 310


@pytest.mark.parametrize("source", ["no/such/file.json", "NCT123", "a\0b", "", "x" * 5000])
def test_no_such_file(source):
    with pytest.raises(InputError) as caught:
        list(read(source))
    assert str(caught.value).isprintable()


def test_file_that_may_not_be_read(give, monkeypatch):
    source = give("a.json", b"{}")

    def forbidden(*_args, **_options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", forbidden)
    with pytest.raises(InputError, match="cannot be read: Permission denied"):
        list(read(source))


@pytest.mark.parametrize("name", ["a.txt", "a.json", "a.jsonl", "-"])
def test_fifty_megabytes_of_one_line_are_refused_in_little_memory(tmp_path, monkeypatch, name):
    path = tmp_path / "long"
    opening = b"[" if name.startswith("a.json") else b""
    path.write_bytes(opening + b"a" * 50_000_000)
    with path.open("rb") as stream:
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=stream))
        path.rename(tmp_path / name)
        tracemalloc.start()
        with pytest.raises(InputError, match=r"more than 2,000,000 characters|is not JSON"):
            list(read("-" if name == "-" else str(tmp_path / name)))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 40_000_000


def test_longest_text(give):
    longest = "≥" * (MAX_TEXT_CHARACTERS - 1) + "a"
    assert list(read(give("a.txt", longest.encode()))) == [Trial(eligibility=longest)]
    with pytest.raises(InputError, match="more than 2,000,000 characters"):
        list(read(give("a.txt", (longest + "a").encode())))


@pytest.mark.parametrize("name", ["a.jsonl", "a.json"])
def test_memory_does_not_grow_with_the_number_of_records(tmp_path, name):
    row = dump(record(1, "a" * 10_000))

    def peak(rows):
        path = tmp_path / name
        path.write_bytes(
            b"\n".join([row] * rows) if name == "a.jsonl" else b"[" + b",".join([row] * rows) + b"]"
        )
        tracemalloc.start()
        count = sum(isinstance(item, Trial) for item in read(str(path)))
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert count == rows
        return most

    assert peak(800) < 2 * peak(80)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=20,
)


@given(st.lists(JSON_VALUES, max_size=6), st.booleans(), st.sampled_from([None, 1]), st.data())
def test_elements_are_cut_wherever_the_chunks_end(values, plain, indent, data):
    raw = json.dumps(values, ensure_ascii=plain, indent=indent).encode()[1:]
    cuts = sorted(
        data.draw(st.sets(st.integers(1, len(raw) - 1), max_size=8) if len(raw) > 1 else st.just(set()))
    )
    chunks = [raw[start:end] for start, end in zip([0, *cuts], [*cuts, len(raw)], strict=True)]
    stream = SimpleNamespace(read=lambda _size: chunks.pop(0) if chunks else b"")
    pieces = list(elements(stream, "here"))
    assert [json.loads(piece.raw) for piece in pieces] == values
    assert all(raw[piece.offset :].startswith(piece.raw) for piece in pieces)


NASTY = r"""["\\", "\"],", {"a\\\"}": ["[", {}]}, "]", -1.5e3, "\u00e9\\"]"""


@pytest.mark.parametrize("cut", range(1, len(NASTY) - 1))
def test_elements_are_cut_right_wherever_a_chunk_ends(cut):
    raw = NASTY[1:].encode()
    chunks = [raw[:cut], raw[cut:]]
    stream = SimpleNamespace(read=lambda _size: chunks.pop(0) if chunks else b"")
    assert [json.loads(piece.raw) for piece in elements(stream, "here")] == json.loads(NASTY)


@given(st.sampled_from(["a.txt", "a.json", "a.jsonl", "a"]), st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(tmp_path_factory, name, content):
    path = tmp_path_factory.getbasetemp() / name
    path.write_bytes(content)
    try:
        found = list(read(str(path)))
    except InputError as error:
        found = [error.unreadable()]
    assert all(isinstance(item, Trial | CriteriaList | Unreadable) for item in found)


class FakeClient(RegistryClient):
    """Knows one study."""

    def study(self, nct_id, **_):
        if nct_id != "NCT99000001":
            raise RegistryError(nct_id, "the registry has no such study", "Check the NCT id", "not_found")
        return Fetched(RECORDS[0], None, None)


@pytest.mark.parametrize(("source", "forced"), [("NCT99000001", None), (" nct99000001 ", "nct")])
def test_nct_id_is_fetched(source, forced):
    with FakeClient() as client:
        assert list(read(source, forced, client)) == TRIALS[:1]


def test_nct_id_that_the_registry_does_not_have():
    with (
        FakeClient() as client,
        pytest.raises(InputError, match="NCT99000002: the registry has no such study"),
    ):
        list(read("NCT99000002", client=client))


def test_file_named_by_an_nct_id_is_not_fetched(give, tmp_path, monkeypatch):
    give("NCT99000001", TEXT.encode())
    monkeypatch.chdir(tmp_path)
    with FakeClient() as client:
        assert list(read("NCT99000001", client=client)) == TRIALS[:1]


def test_pairs(give):
    lines = [
        {"id": "1", "section": "inclusion", "source": "Age ≥ 18", "plain": "You must be 18 or older."},
        {"id": "1", "section": "exclusion", "source": "gout", "plain": "No gout.", "context": "Any of:"},
        {"id": "3", "section": "inclusion", "source": "Age ≥ 18"},
        {"id": "4", "section": "inclusion", "source": "Age ≥ 18", "plain": "x" * 100_001},
    ]
    source = give("a.jsonl", b"\n".join(map(dump, lines)) + b"\n\n{\n")
    first, second, *wrong = read_pairs(source)
    assert (first, second) == (Pair(**lines[0]), Pair(**lines[1]))
    assert [(item.id, item.where, item.what.split(":")[0]) for item in wrong] == [
        ("3", f"{source}, line 3", "field 'plain' is missing"),
        ("4", f"{source}, line 4", "field 'plain' is too long"),
        (None, f"{source}, line 6", "is not JSON"),
    ]


@pytest.mark.parametrize("case", golden("pair_tables"), ids=lambda case: case["why"])
def test_tables_of_pairs(give, case):
    source = give("a.csv", case["csv"].encode("utf-8", "surrogateescape"))
    found = [
        [one.id, one.section, one.source, one.plain, one.context]
        if isinstance(one, Pair)
        else [one.where.removeprefix(f"{source}, "), one.what.split(":")[0]]
        for one in read_pairs(source)
    ]
    assert found == case["pairs"]


@pytest.mark.parametrize(
    "content",
    [b"a,b\n1,2\n", b"id,section,source\n", b"id,section,source,plain,plain\n", b"\xffid,section\n"],
)
def test_a_table_without_its_columns_is_refused_whole(give, content):
    with pytest.raises(InputError, match=r"line 1|not UTF-8"):
        list(read_pairs(give("a.csv", content)))


def test_a_row_without_an_end_is_bounded(give):
    rows = b"id,section,source,plain\n1,other,a,b\n2,other," + b"x" * (5 * 2**20) + b",c\n3,other,d,e\n"
    quoted = b"id,section,source,plain\n" + b'1,other,"' + b"x\n" * 150_000
    first, long, last = read_pairs(give("a.csv", rows))
    assert (first.id, last.id) == ("1", "3")
    assert "4,194,304 bytes" in long.what
    assert "is not CSV" in next(iter(read_pairs(give("b.csv", quoted)))).what


@pytest.mark.parametrize("content", [b"", b"Age", b"[]", b"\xff\xfe{\x00"])
def test_pairs_that_are_none(give, content):
    with pytest.raises(InputError):
        list(read_pairs(give("a.jsonl", content)))


def test_examples():
    kinds = {
        name: [type(item) for item in read(str(EXAMPLES / name))]
        for name in ("trial.json", "eligibility.txt")
    }
    assert kinds == {"trial.json": [Trial], "eligibility.txt": [Trial]}
    [criteria] = read(str(EXAMPLES / "criteria.jsonl"))
    assert len(criteria.criteria) == 10
    pairs = list(read_pairs(str(EXAMPLES / "pairs.jsonl")))
    assert [type(pair) for pair in pairs] == [Pair] * 8
