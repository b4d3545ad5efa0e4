"""What every test may rely on: a clean environment, the shared captures, a fixed now."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

from tests.factories import NOW

pytest_plugins = ["tests.lab.fixtures"]

# How long an example takes tells of the machine's other work, not of the code.
settings.register_profile("tests", deadline=None)
settings.load_profile("tests")

CHECKOUT = Path(__file__).resolve().parent.parent
SHARED = CHECKOUT.parent / "shared" / "data"


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [n for n in os.environ if n.startswith("DIGEST_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("NO_COLOR", "1")


@pytest.fixture
def now():
    """The moment at which tests take place."""
    return NOW


@pytest.fixture(scope="session")
def captures() -> Path:
    """The folder of real captures beside the project, or a skip where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("the real captures (shared/data beside the checkout) are not here")
    return SHARED
