"""Guard: what goes wrong with one source, subscriber or message is told in full, and stops no other."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING

from digest.errors import DigestError, StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator

log = logging.getLogger("digest.guard")


class Guard:
    """Keeps the parts of a tick apart, and remembers in `failures` which of them failed and why."""

    def __init__(self) -> None:
        self.failures: list[str] = []

    @contextmanager
    def alone(self, what: str) -> Iterator[None]:
        """Ends the block, and nothing else, at any error but that of the store, which everything stands on.

        An error that is no DigestError is a bug: it is logged with its traceback.
        """
        try:
            yield
        except StorageError:
            raise
        except Exception as error:
            self.note(what, error)

    def note(self, what: str, error: Exception) -> None:
        """Remember that a part failed, and log it."""
        told = str(error) if isinstance(error, DigestError) else f"{type(error).__name__}: {error}"
        log.error("failed part=%r error=%r", what, told, exc_info=None if isinstance(error, DigestError) else error)
        self.failures.append(f"{what}: {told}")
