"""The house of docs/ARCHITECTURE.md: who may import whom, and where each heavy library lives."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAY_IMPORT = {
    "api": {"translator"},
    "evaluation": {"translator"},
    "translator": {"models"},
    "models": set(),
}
HOMES = {
    "torch": "models",
    "transformers": "models",
    "ctranslate2": "models",
    "spacy": "translator",
    "fastapi": "api",
    "starlette": "api",
    "uvicorn": "api",
    "click": "api",
    "rich": "api",
    "sqlalchemy": "api",
    "alembic": "api",
    "prometheus_client": "api",
    "pyarrow": "translator",
}
MODULES = [path for package in MAY_IMPORT for path in sorted((ROOT / package).rglob("*.py"))]


def imports_of(path: Path) -> Iterator[str]:
    """The module that each import names, wherever in the file it stands."""
    package = path.relative_to(ROOT).parts[:-1]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            yield ".".join(filter(None, [base, node.module]))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_keep_to_the_arrows(path: Path) -> None:
    package = path.relative_to(ROOT).parts[0]
    forbidden = set(MAY_IMPORT) - MAY_IMPORT[package] - {package}
    wrong = [name for name in imports_of(path) if name.split(".")[0] in forbidden]
    away = [name for name in imports_of(path) if HOMES.get(name.split(".")[0], package) != package]
    assert not wrong, f"{package} must not import {wrong}"
    assert not away, f"{away} must be imported in its home alone"


def test_ray_has_one_module() -> None:
    importers = [
        path.name for path in MODULES if any(name.split(".")[0] == "ray" for name in imports_of(path))
    ]
    assert len(importers) <= 1


def test_the_rule_sees_every_way_to_import(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[__name__], "ROOT", tmp_path)
    module = tmp_path / "api" / "routes" / "x.py"
    module.parent.mkdir(parents=True)
    module.write_text(
        "from ..app import a\nfrom . import b\n"
        "def f():\n    import torch.nn as c\n    from models.x import d\n"
    )
    assert list(imports_of(module)) == ["api.app", "api.routes", "torch.nn", "models.x"]


@pytest.mark.parametrize("code", ["import api.cli", "from api.cli import run; run(['--help'])"])
def test_the_command_starts_light(code: str) -> None:
    heavy = {
        "torch",
        "transformers",
        "ctranslate2",
        "spacy",
        "numpy",
        "fastapi",
        "uvicorn",
        "httpx",
        "pydantic",
        "rich",
    }
    script = f"{code}\nimport sys\nprint('LOADED', *sys.modules)"
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    loaded = {name.split(".")[0] for name in done.stdout.split("LOADED")[1].split()}
    assert "api" in loaded
    assert not loaded & heavy
