"""Manners towards the hosts that are asked: one request at a time, a pause after each, and patience when told.

One `Politeness` serves all sources of a process, whatever thread they are looked at in.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from digest.errors import Throttled, Unreachable
from digest.model import iso
from digest.sources.address import host_of, is_loopback, normal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

GROUPS = {"arxiv.org": 3.0}
"""Domains whose hosts count as one, and their pause in seconds.

arXiv allows one request every three seconds, over one connection, to all of its feeds and APIs together
(terms of use for its APIs).
"""

PAUSE = 1.0
"""Seconds between two requests to any other host; this machine itself is asked without a pause."""

UNTOLD = timedelta(minutes=5)
"""How long a host is left alone that asked for fewer requests without saying until when."""


@dataclass(slots=True)
class _Lane:
    """A group of hosts: who holds `lock` may ask one of them."""

    pause: float
    lock: threading.Lock = field(default_factory=threading.Lock)
    last: datetime | None = None
    held_until: datetime | None = None


class Politeness:
    """Who may ask which host, and when.

    Args:
        clock: the time, aware.
        sleep: waits for so many seconds.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self.clock = clock
        self._sleep = sleep
        self._lanes: dict[str, _Lane] = {}
        self._lock = threading.Lock()

    @contextmanager
    def turn(self, url: str, patience: float = threading.TIMEOUT_MAX) -> Iterator[None]:
        """Hold the turn to send one request to the host of `url`, after waiting for it for `patience` seconds at most.

        The pause counts from the end of the request before.

        Raises:
            Throttled: the host asked for patience, and that time is not over; it is not asked.
            Unreachable: others asked it all the time.
        """
        lane = self._lane(url)
        self._check(lane, url)
        if not lane.lock.acquire(timeout=min(patience, threading.TIMEOUT_MAX)):
            raise Unreachable(url, f"not asked: for {patience:.0f} seconds others were asking the same host")
        try:
            self._check(lane, url)  # it may have been throttled while this thread waited
            self._wait(lane)
            try:
                yield
            finally:
                lane.last = self.clock()
        finally:
            lane.lock.release()

    def hold(self, url: str, until: datetime | None) -> None:
        """Leave the host of `url`, and those that count as one with it, alone `until` then (None: for `UNTOLD`)."""
        lane = self._lane(url)
        until = until or self.clock() + UNTOLD
        lane.held_until = max(until, lane.held_until or until)

    def _lane(self, url: str) -> _Lane:
        name, pause = group(host_of(url))
        with self._lock:
            return self._lanes.setdefault(name, _Lane(pause))

    def _check(self, lane: _Lane, url: str) -> None:
        until = lane.held_until
        if until is not None and self.clock() < until:
            raise Throttled(url, f"not asked: the host wants to be left alone until {iso(until)}", until)

    def _wait(self, lane: _Lane) -> None:
        if lane.last is None:
            return
        gone = (self.clock() - lane.last).total_seconds()
        # Never longer than the pause, even if the clock was set back meanwhile.
        wait = min(lane.pause, lane.pause - gone)
        if wait > 0:
            self._sleep(wait)


def group(host: str) -> tuple[str, float]:
    """The name of the group that `host` belongs to, and the group's pause in seconds."""
    host = normal(host)
    for domain, pause in GROUPS.items():
        if host == domain or host.endswith(f".{domain}"):
            return domain, pause
    return host, 0.0 if is_loopback(host) else PAUSE
