"""What is built is whole: the wheel holds every template and sample, and works where it is installed."""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.conftest import CHECKOUT

pytestmark = pytest.mark.slow


@pytest.fixture(scope="session")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist and the wheel, built by the tools of this environment."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(CHECKOUT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def _files(folder: str, pattern: str = "**/*") -> set[str]:
    root = CHECKOUT / folder
    kept = (p for p in root.glob(pattern) if p.is_file() and not {"__pycache__", "node_modules"} & set(p.parts))
    return {str(p.relative_to(root)) for p in kept}


def test_the_wheel_holds_every_module_template_and_sample(dist: Path) -> None:
    (wheel,) = dist.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    wanted = {f"digest/{name}" for name in _files("digest")} | {
        f"digest/_templates/{name}" for name in _files("templates")
    }
    assert {n for n in names if ".dist-info/" not in n} == wanted
    assert {"METADATA", "entry_points.txt", "LICENSE"} <= {n.rpartition("/")[2] for n in names}


def test_the_sdist_holds_what_the_wheel_is_built_from(dist: Path) -> None:
    (sdist,) = dist.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    wanted = {f"{top}/{name}" for top in ("digest", "templates", "tests") for name in _files(top)}
    assert wanted | {"pyproject.toml", "README.md", "LICENSE", "config.example.toml", "Makefile"} <= names


def test_the_installed_wheel_shows_the_sample(dist: Path, tmp_path: Path) -> None:
    """In an environment that sees this one's libraries, but not the checkout."""
    (wheel,) = dist.glob("*.whl")
    venv.create(tmp_path / "venv", with_pip=False)
    (site,) = (tmp_path / "venv").glob("lib/python*/site-packages")
    libraries = next(p for p in map(Path, sys.path) if p.name == "site-packages")
    zipfile.ZipFile(wheel).extractall(site)
    # Only the libraries' folder, without its .pth files: an editable install of the checkout stays out.
    command = [tmp_path / "venv" / "bin" / "python", "-m", "digest", "preview", "--sample", "--format", "html"]
    done = subprocess.run(
        command, cwd=tmp_path, env={"PYTHONPATH": str(libraries)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "<h1" in done.stdout


def test_the_lock_has_a_version_within_the_bounds_of_everything_and_names_no_index() -> None:
    told = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
    lock = (CHECKOUT / "requirements-dev.lock").read_text(encoding="utf-8")
    pinned = dict(re.findall(r"^([\w.-]+)(?:\[[^\]]*\])?==([^ ;]+)", lock, re.MULTILINE))
    groups = [told["project"]["dependencies"], *told["project"]["optional-dependencies"].values()]
    wanted = [Requirement(text) for group in (*groups, *told["dependency-groups"].values()) for text in group]
    assert [str(one) for one in wanted if not one.specifier.contains(pinned.get(one.name.lower(), "0"))] == []
    assert "://" not in lock
    assert len(pinned) <= lock.count("--hash=sha256:")
