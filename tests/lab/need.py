"""What a test needs that pip does not bring: a program, the Node packages, root. Skips without it, fails in CI."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
from pathlib import Path
from typing import NoReturn

import pytest

NODE = Path(__file__).resolve().parents[1] / "node"
# Daemons stand where a plain account's PATH does not lead.
_SYSTEM = "/usr/local/sbin:/usr/sbin:/sbin"


def missing(reason: str) -> NoReturn:
    """End the test: a skip that says why, or a failure where nothing may be missing (CI=true)."""
    __tracebackhide__ = True
    if os.environ.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def need(program: str, package: str) -> Path:
    """Where `program` is; without it the test ends, and says which Debian `package` brings it."""
    __tracebackhide__ = True
    found = shutil.which(program, path=f"{os.environ.get('PATH', os.defpath)}:{_SYSTEM}")
    if found is None:
        missing(f"{program} is not installed: apt-get install {package}")
    return Path(found)


def need_root() -> None:
    """The test goes on only as root: mail servers change to accounts of their own."""
    __tracebackhide__ = True
    if os.geteuid() != 0:
        missing("a mail server is started as root alone")


def need_node() -> Path:
    """The folder with the Node packages of tests/node/package.json in its node_modules, and a Node that runs them."""
    __tracebackhide__ = True
    version = _node_version(need("node", "nodejs"))
    if version < (20, 19):
        missing(f"Node {'.'.join(map(str, version))} is too old: the packages of tests/node want 20.19 or later")
    if not (NODE / "node_modules").is_dir():
        missing("the packages of tests/node are not installed: make lab")
    return NODE


@functools.cache
def _node_version(node: Path) -> tuple[int, ...]:
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    return tuple(int(number) for number in said.strip().removeprefix("v").split(".")[:2])
