"""`pytest tests/golden --update-golden` writes the expected messages anew; what changed is for a diff to show."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option, known where this folder is named on the command line."""
    parser.addoption("--update-golden", action="store_true", help="write the golden messages anew")


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    """Whether to write rather than to compare."""
    return bool(request.config.getoption("--update-golden", default=False))
