"""Turns: who makes something costly waits until there is room, but never so many that nobody else is served."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from threading import Lock, Semaphore
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

AT_ONCE, WAITING, EACH = 2, 3, 3
PATIENCE = 5.0


class Turns:
    """Lets `most` callers in at a time, while `waiting` more wait their turn, `patience` seconds at most.

    Whoever waits keeps a thread that makes no other page. So the numbers are small, and no network may have more than
    `each` callers inside or waiting: one visitor with a hundred requests takes nothing from those who want to leave.
    Safe to share between threads.
    """

    def __init__(
        self, most: int = AT_ONCE, patience: float = PATIENCE, *, waiting: int = WAITING, each: int = EACH
    ) -> None:
        self._places, self._patience = Semaphore(most), patience
        self._room, self._each = most + waiting, each
        self._here: Counter[str] = Counter()
        self._lock = Lock()

    @contextmanager
    def turn(self, network: str = "") -> Iterator[None]:
        """A turn for the block.

        Raises:
            TimeoutError: too many wait already, also of this network alone; or none came up in time.
        """
        self._come(network)
        try:
            if not self._places.acquire(timeout=self._patience):
                raise TimeoutError("too many at a time")
            try:
                yield
            finally:
                self._places.release()
        finally:
            self._go(network)

    def _come(self, network: str) -> None:
        with self._lock:
            if self._here.total() >= self._room or self._here[network] >= self._each:
                raise TimeoutError("too many wait")
            self._here[network] += 1

    def _go(self, network: str) -> None:
        with self._lock:
            self._here[network] -= 1
            self._here += Counter()  # drops those of whom nobody is here any more
