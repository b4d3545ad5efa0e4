"""The web of these tests: a server on loopback, and manners without waiting."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from digest.sources.polite import Politeness
from tests.factories import NOW
from tests.sources.server import WebServer, serving

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def web() -> Iterator[WebServer]:
    """A server that answers as a test tells it to."""
    with serving() as server:
        yield server


@pytest.fixture
def polite() -> Politeness:
    """Manners at the fixed time of the tests; loopback is asked without a pause."""
    return Politeness(clock=lambda: NOW)
