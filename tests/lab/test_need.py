"""What is missing is a skip that says what to install, and a failure in CI, which installs just what tests ask for."""

from __future__ import annotations

import ast
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.conftest import CHECKOUT
from tests.lab import need as needing
from tests.lab.need import NODE, need, need_node, need_root

if TYPE_CHECKING:
    from collections.abc import Iterator

REASON = "no-such-program is not installed: apt-get install no-such-package"


def test_what_is_there_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))
    assert need(Path(sys.executable).name, "python3") == Path(sys.executable)


@pytest.mark.parametrize("ci", ["", "false", "1"])
def test_what_is_missing_is_a_skip_that_says_what_to_install(ci: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", ci)
    with pytest.raises(pytest.skip.Exception) as skipped:
        need("no-such-program", "no-such-package")
    assert str(skipped.value) == REASON


def test_in_ci_nothing_may_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception) as failed:
        need("no-such-program", "no-such-package")
    assert str(failed.value) == REASON


def test_root_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    need_root()
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="as root alone"):
        need_root()


def test_node_must_be_new_enough_and_have_its_packages(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setattr(needing, "need", lambda program, package: tmp_path / program)
    monkeypatch.setattr(needing, "NODE", tmp_path)
    for version, reason in (((18, 19), r"Node 18\.19 is too old"), ((20, 19), "not installed: make ")):
        monkeypatch.setattr(needing, "_node_version", lambda node, version=version: version)
        with pytest.raises(pytest.skip.Exception, match=reason):
            need_node()
    (tmp_path / "node_modules").mkdir()
    assert need_node() == tmp_path


def test_node_packages_are_pinned() -> None:
    described = json.loads((NODE / "package.json").read_text())
    assert described["private"] is True
    assert all(version.replace(".", "").isdigit() for version in described["dependencies"].values())


def _asked_for() -> Iterator[tuple[str, str]]:
    """(program, packages) of every call of `need` in the tests, but for those above."""
    for module in (CHECKOUT / "tests").rglob("*.py"):
        if module == Path(__file__):
            continue
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "need":
                program, packages = map(ast.literal_eval, node.args)
                yield program, packages


def test_ci_installs_what_tests_ask_for() -> None:
    lines = (CHECKOUT / ".ci" / "packages").read_text().splitlines()
    listed = dict(line.split(maxsplit=1) for line in lines if not line.startswith("#"))
    assert listed == {**dict(_asked_for()), "npm": "npm"}
