"""Limits on pages that cost something: so many for each network, and so many at a time."""

from __future__ import annotations

from collections import OrderedDict
from contextlib import ExitStack, contextmanager
from threading import Lock
from typing import TYPE_CHECKING

from werkzeug.exceptions import ServiceUnavailable, TooManyRequests

from digest.web.turns import Turns

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_NETWORKS = 10_000
"""So many networks are remembered; beyond that, those are forgotten that asked longest ago."""


class Buckets:
    """A bucket of tokens for each network: `burst` at once, then `rate` a second. Safe to share between threads."""

    def __init__(self, burst: float, rate: float, most: int = MOST_NETWORKS) -> None:
        self._burst, self._rate, self._most = burst, rate, most
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._left)

    def wait(self, network: str, now: float) -> float:
        """Take a token for `network` at `now` (seconds): 0.0, or how many seconds to wait where none is left."""
        with self._lock:
            left = self._filled(network, now)
            self._left.pop(network, None)
            self._left[network] = (left - (left >= 1), now)
            while len(self._left) > self._most:
                self._left.popitem(last=False)
        return self._until_one(left)

    def due(self, network: str, now: float) -> float:
        """What `wait` would say, and nothing is taken."""
        with self._lock:
            return self._until_one(self._filled(network, now))

    def _filled(self, network: str, now: float) -> float:
        left, since = self._left.get(network, (self._burst, now))
        return min(self._burst, left + max(now - since, 0.0) * self._rate)

    def _until_one(self, left: float) -> float:
        return 0.0 if left >= 1 else (1 - left) / self._rate


class Costly:
    """Both limits together, as answers of HTTP.

    Args:
        turns: see `Turns`; pages that share them are made so many at a time together.
        burst, rate: for each network, see `Buckets`.
    """

    def __init__(self, turns: Turns | None = None, burst: float = 60, rate: float = 1.5) -> None:
        self._buckets, self._turns = Buckets(burst, rate), turns or Turns()

    @contextmanager
    def page(self, network: str, now: float) -> Iterator[None]:
        """Makes a page for `network` at `now` (seconds) in the block.

        Raises:
            TooManyRequests: the network asked for too many (429).
            ServiceUnavailable: others are being served, or others of this network (503).
        """
        if wait := self._buckets.wait(network, now):
            raise TooManyRequests(retry_after=int(wait) + 1)
        with ExitStack() as stack:
            try:
                stack.enter_context(self._turns.turn(network))
            except TimeoutError:
                told = "Much is asked for at the moment. Please try again in a few seconds."
                raise ServiceUnavailable(told, retry_after=10) from None
            yield
