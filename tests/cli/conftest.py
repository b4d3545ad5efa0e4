"""Fixtures for the command line: an empty folder to stand in, and an installation."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.house import House, build
from tests.cli.calling import FIRST, SECOND, drop

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory: empty, with no configuration anywhere near."""
    place = tmp_path / "here"
    place.mkdir()
    monkeypatch.chdir(place)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    return place


@pytest.fixture
def house(folder: Path) -> House:
    """An installation in the working directory, with nothing in it."""
    return build(folder)


@pytest.fixture(scope="session")
def _lived_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("lived-in")
    house = build(root)
    house.run("subscribers", "add", "ada@example.test", "-i", "reinforcement learning")
    house.run("subscribers", "add", "bob@example.test", "--zone", "Asia/Tokyo")
    drop(FIRST, house.spool)
    house.tick("2026-05-21T08:00:00Z")
    (house.spool / FIRST.name).unlink()
    drop(SECOND, house.spool)
    return root


@pytest.fixture
def lived_in(_lived_in: Path, folder: Path) -> House:
    """A copy of an installation after its first day: two readers, their editions; the second day waits in the spool."""
    shutil.copytree(_lived_in, folder, dirs_exist_ok=True)
    return House(folder)
