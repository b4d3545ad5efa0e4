"""What goes wrong with one part of a tick stops no other, and is told."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from digest.errors import StorageError, UsageError
from digest.services.guard import Guard

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(
    ("error", "told", "traceback"),
    [
        (lambda: UsageError("no such zone"), "it: no such zone", False),
        (lambda: ZeroDivisionError("oops"), "it: ZeroDivisionError: oops", True),
    ],
)
def test_a_failure_ends_its_part_alone(
    error: Callable[[], Exception], told: str, traceback: bool, caplog: pytest.LogCaptureFixture
) -> None:
    guard = Guard()
    with caplog.at_level(logging.ERROR), guard.alone("it"):
        raise error()
    assert guard.failures == [told]
    assert [bool(record.exc_info) for record in caplog.records] == [traceback]


def test_without_the_store_nothing_goes_on() -> None:
    guard = Guard()
    with pytest.raises(StorageError), guard.alone("it"):
        raise StorageError("gone")
    assert guard.failures == []
