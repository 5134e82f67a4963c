"""README and docs hold: commands are real, links lead somewhere, and what they name exists."""

import json
import re
import shlex
import shutil
import subprocess
import tomllib
from importlib.util import find_spec
from pathlib import Path
from typing import get_args

import pytest

from api.cli import cli, run
from api.settings import PREFIX, Settings
from evaluation import docs
from evaluation.__main__ import COMMANDS, PARTS
from evaluation.results import Results
from models.config import TrainingConfig
from translator.records import FindingType, Pair
from translator.scoring import audit

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
WEIGHTS = ROOT / "translator" / "weights"  # no text
DOCUMENTS = [
    README,
    ROOT / "CHANGELOG.md",
    *sorted(ROOT.glob("docs/*.md")),
    *ROOT.glob("models/*/*.md"),
    *ROOT.glob("evaluation/data/*/*.md"),
]
PACKAGES = ("translator", "models", "evaluation", "api")

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]\n]+\]\(([^)\s]+)\)")
TEST = re.compile(r"\btests/(test_\w+\.py)::(test_\w+)")
FILE = re.compile(r"`((?:[\w.-]+/)+[\w.*-]+\.(?:py|tsv|jsonl|json|md|toml))`")
MODULE = re.compile(r"python -m ([\w.]+)(?: (\w+))?")
VARIABLE = re.compile(rf"`({PREFIX}\w+)`")
MACHINE_PATH = re.compile(r"(?<![\w.~/*-])/(?:home|root|work|workspace|Users|mnt)/\w")
AUTHORSHIP = re.compile(
    r"\b(?:co-authored-by|generated (?:by|with) (?:an? )?AI|as an AI|LLM-written)\b", re.I
)

documents = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)


def blocks(document: Path, language: str) -> list[str]:
    return [body for name, body in FENCE.findall(document.read_text("utf-8")) if name == language]


def commands(document: Path) -> list[list[str]]:
    """What a reader may type: lines after a ``$``, and those of shell blocks."""
    prompted = [line[2:] for block in blocks(document, "") for line in block.split("\n") if line[:2] == "$ "]
    scripted = [line for block in blocks(document, "sh") for line in block.replace("\\\n", " ").split("\n")]
    return [words for line in (*prompted, *scripted) if (words := shlex.split(line, comments=True))]


def of_plaincriteria(document: Path) -> list[list[str]]:
    return [words[1:] for words in commands(document) if words[0] == "plaincriteria"]


def promised(name: str) -> list[str]:
    """The arguments that the README gives a command to work on a file."""
    (words,) = [
        words for words in of_plaincriteria(README) if words[0] == name and words[-1].startswith("examples/")
    ]
    return words


@documents
def test_commands_are_taken_by_the_command_line(document: Path) -> None:
    for name, *arguments in of_plaincriteria(document):
        with cli.commands[name].make_context(name, arguments):
            assert run([name, "--help"]) == 0
        for argument in arguments:
            if argument.startswith("examples/"):
                assert (ROOT / argument).is_file(), argument


def test_the_readme_shows_every_command() -> None:
    assert {words[0] for words in of_plaincriteria(README)} == set(cli.commands)


def test_what_the_readme_shows_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    lines = {}
    for name in ("translate", "audit", "segment"):
        out = tmp_path / name
        assert run([*promised(name), "--out", str(out)]) == 0
        lines[name] = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert len(lines["audit"]) == len((ROOT / "examples" / "pairs.jsonl").read_text("utf-8").splitlines())
    assert {"faithful", "unfaithful"} <= {line["verdict"] for line in lines["audit"]}
    assert {"criterion", "heading"} <= {line["role"] for line in lines["segment"]}
    assert {line["fidelity"]["verdict"] for line in lines["translate"]} <= {"faithful", "review"}
    assert {"model", "template", "source"} >= {line["route"] for line in lines["translate"]}
    assert any(line["plain"] != line["source"] for line in lines["translate"])


@pytest.mark.skipif(shutil.which("make") is None, reason="there is no make")
def test_make_targets_do_what_they_say(tmp_path: Path) -> None:
    targets = {words[1] for document in DOCUMENTS for words in commands(document) if words[0] == "make"}
    assert targets == {"demo", "test"}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    developing = {re.split(r"[^\w-]", need)[0] for need in project["optional-dependencies"]["dev"]}
    tools = {"python", *project["scripts"], *developing}
    for target in targets:
        told = subprocess.run(  # noqa: S603
            ["make", "--dry-run", target, f"VENV={tmp_path}"],  # noqa: S607
            cwd=ROOT, capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
        used = set(re.findall(rf"^{tmp_path}/bin/(\w+)", told, re.MULTILINE))
        assert used
        assert used <= tools
        assert all((ROOT / file).is_file() for file in re.findall(r"\bexamples/[\w.]+", told))
        assert all(extra in project["optional-dependencies"] for extra in re.findall(r"'\.\[(\w+)\]'", told))


@documents
def test_links_lead_somewhere(document: Path) -> None:
    links = [link.partition("#")[0] for link in LINK.findall(document.read_text("utf-8"))]
    assert not [
        link for link in links if "://" not in link and link and not (document.parent / link).exists()
    ]


def test_every_document_can_be_reached_from_the_readme() -> None:
    reached, waiting = set(), [README]
    while waiting:
        document = waiting.pop()
        reached.add(document)
        links = (document.parent / link for link in LINK.findall(document.read_text("utf-8")))
        waiting += [
            path.resolve() for path in links if path.suffix == ".md" and path.resolve() not in reached
        ]
    assert set(ROOT.glob("docs/*.md")) <= reached


@documents
def test_what_is_named_exists(document: Path) -> None:
    text = document.read_text("utf-8")
    for module, word in MODULE.findall(text):
        assert find_spec(module), module
        if module == "evaluation" and word:
            assert word in PARTS or word in COMMANDS
    for name, test in TEST.findall(text):
        assert f"def {test}(" in (ROOT / "tests" / name).read_text("utf-8"), test
    for name in FILE.findall(text):
        assert list(ROOT.glob(name)) or list(ROOT.glob(f"{document.parent.relative_to(ROOT)}/{name}")), name


def test_the_picture_of_the_house_shows_every_module() -> None:
    (picture,) = [
        block for block in blocks(ROOT / "docs" / "ARCHITECTURE.md", "") if block.startswith("translator/")
    ]
    shown, folders = [], [""]
    for line in picture.splitlines():
        name, depth = line.split()[0], (len(line) - len(line.lstrip())) // 2
        folders[depth + 1 :] = [folders[depth] + name]
        shown.append(folders[depth] + name)
    modules = {
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if path.name != "__init__.py"
    }
    assert sorted(name for name in shown if name.endswith(".py")) == sorted(modules)
    assert all((ROOT / name).is_dir() for name in shown if name.endswith("/"))


@pytest.mark.parametrize("name", ["OPERATIONS.md", "API.md"])
def test_every_setting_is_told_with_its_default(name: str) -> None:
    text = (ROOT / "docs" / name).read_text("utf-8")
    assert set(VARIABLE.findall(text)) == {PREFIX + field.upper() for field in Settings.model_fields}
    for field, about in Settings.model_fields.items():
        default = f"{about.default:,}" if field.startswith("max_") else str(about.default or "")
        row = next(line for line in text.splitlines() if line[:1] == "|" and PREFIX + field.upper() in line)
        assert default in row, row


@pytest.mark.parametrize("document", docs.DOCUMENTS, ids=lambda path: path.name)
def test_the_numbers_are_those_of_the_committed_results(document: Path) -> None:
    text, committed = document.read_text("utf-8"), Results.read(docs.COMMITTED)
    assert not docs.differing(text, committed)
    # What a run has yet to measure must at least be something that one can.
    for part, data, _ in (path.split("/") for path in docs.unmeasured(text, committed)):
        assert data in PARTS[part].files


def test_each_type_of_finding_is_shown_to_reviewers() -> None:
    text = (ROOT / "docs" / "REVIEWING.md").read_text("utf-8")
    (examples,) = blocks(ROOT / "docs" / "REVIEWING.md", "jsonl")
    pairs = [Pair.model_validate_json(line) for line in examples.splitlines()]
    assert {pair.id for pair in pairs} == set(get_args(FindingType))
    assert all(f"| `{pair.id}` |" in text for pair in pairs)
    for pair, report in zip(pairs, audit(pairs), strict=True):
        assert report.verdict != "faithful", pair.id
        assert pair.id in {finding.type for finding in report.findings}, pair.id


def test_the_settings_of_the_training_are_settings() -> None:
    given = [json.loads(block) for block in blocks(ROOT / "docs" / "METHODOLOGY.md", "json")]
    generator, consistency = (TrainingConfig(**settings) for settings in given)
    trained = [
        words[-1] for words in commands(ROOT / "docs" / "METHODOLOGY.md") if "models.training" in words
    ]
    assert trained == ["runs/generator", "runs/consistency"]
    assert (generator.start, consistency.start) == ("runs/start", "runs/generator")
    assert len(consistency.keep_decoder_layers) == 1


def test_no_file_names_a_machine_or_speaks_of_its_making() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],  # noqa: S607
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if listed.returncode:
        pytest.skip("this is no git checkout")
    for name in listed.stdout.splitlines():
        path = ROOT / name
        if path.is_file() and path.suffix != ".bin" and path != Path(__file__) and path.parent != WEIGHTS:
            text = path.read_text("utf-8")
            assert not MACHINE_PATH.search(text), name
            assert not AUTHORSHIP.search(text), name
