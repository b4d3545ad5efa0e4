"""The house keeps its shape: imports point downwards, pure rooms touch nothing, nothing heavy loads early."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.conftest import CHECKOUT

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = CHECKOUT / "digest"
MODULES = sorted(PACKAGE.rglob("*.py"))
PURE = ("model", "errors.py", "papers", "ranking", "editions")
# What decides nothing and touches the world: files, sockets, processes, clocks, logs, databases.
EFFECTS = {
    *("socket", "ssl", "subprocess", "threading", "logging", "time", "shutil", "tempfile", "os", "sqlite3", "smtplib"),
    *("httpx", "sqlalchemy", "jinja2", "rich", "click", "urllib.request", "pathlib"),
}
HEAVY = {
    "sqlalchemy",
    "httpx",
    "flask",
    "waitress",
    "numpy",
    "feedparser",
    "rich",
    "jinja2",
    "pylatexenc",
    "smtplib",
    "ssl",
}


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def _of(*rooms: str) -> list[Path]:
    return [m for m in MODULES if m.relative_to(PACKAGE).parts[0] in rooms]


def test_imports_point_downwards() -> None:
    command = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([command, "--no-cache"], cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("module", _of(*PURE), ids=lambda m: str(m.relative_to(PACKAGE)))
def test_pure_rooms_touch_nothing(module: Path) -> None:
    touched = {name for name in _imports(module) if name in EFFECTS or name.partition(".")[0] in EFFECTS - {"urllib"}}
    assert touched == set()


def test_the_database_is_named_in_storage_alone() -> None:
    elsewhere = [
        m for m in MODULES if "storage" not in m.parts and any(n.startswith("sqlalchemy") for n in _imports(m))
    ]
    assert elsewhere == []


def test_no_module_is_over_400_lines() -> None:
    long = {str(m): lines for m in MODULES if (lines := len(m.read_text(encoding="utf-8").splitlines())) > 400}
    assert long == {}


def _loaded(statement: str) -> set[str]:
    code = f"import sys; {statement}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    return set(done.stdout.split()) & HEAVY


@pytest.mark.parametrize(
    "statement",
    [
        "import digest.cli",
        "import digest.model, digest.config",
        "from digest.cli import digest; digest(['--help'], standalone_mode=False)",
    ],
)
def test_nothing_heavy_is_loaded_before_it_is_needed(statement: str) -> None:
    assert _loaded(statement) == set()


def test_every_public_name_has_a_docstring() -> None:
    bare = []
    for module in MODULES:
        tree = ast.parse(module.read_text(encoding="utf-8"))
        if module.stat().st_size and ast.get_docstring(tree) is None:
            bare.append(str(module.relative_to(PACKAGE)))
        for node in tree.body:
            named = isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
            if named and ast.get_docstring(node) is None:
                bare.append(f"{module.relative_to(PACKAGE)}:{node.name}")
    assert bare == []
