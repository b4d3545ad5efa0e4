"""Polling: sources beside each other, those of one host one after the other, and nobody waits for them.

Each host has a lane of sources, and up to `AT_ONCE` lanes are worked through at a time, each in a thread. What a poll
came to is stored by `look.look_at`; here it is kept until a tick asks for it.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from digest.editions.waiting import SourceStanding
from digest.services.look import look_at
from digest.sources.address import host_of
from digest.sources.polite import group

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from digest.model import SourceSpec
    from digest.services.look import LookResult
    from digest.sources import Source
    from digest.storage import Store

AT_ONCE = 8
"""So many hosts are asked at a time."""


@dataclass(slots=True)
class _Lane:
    """The sources of one host that wait for their poll, and since when the one in hand has been polled."""

    since: datetime
    waiting: deque[Source] = field(default_factory=deque)


@dataclass(frozen=True, slots=True)
class Ended:
    """The polls that ended since the last time: their results, and (source, error) of those that left none."""

    looks: tuple[LookResult, ...] = ()
    failures: tuple[tuple[str, Exception], ...] = ()


class SourcePolling:
    """Polls in hand, in threads that do not keep the process alive.

    Args:
        clock: tells the time, aware and in UTC.
        progress: hears of each poll as it begins.
        stop: true ends what has not begun.
        ended: called when a poll has ended for which somebody waits (see `call_back`).
    """

    def __init__(
        self,
        clock: Callable[[], datetime],
        progress: Callable[[str], None] = lambda _step: None,
        stop: Callable[[], bool] = lambda: False,
        ended: Callable[[], object] = lambda: None,
    ) -> None:
        self._clock, self._progress, self._stop, self._told = clock, progress, stop, ended
        self._changed = threading.Condition()
        self._lanes: dict[str, _Lane] = {}
        self._ready: deque[str] = deque()
        self._in_hand: dict[str, str] = {}
        self._last: dict[str, datetime] = {}
        self._awaited = False
        self._workers = 0
        self._looks: list[LookResult] = []
        self._failures: list[tuple[str, Exception]] = []

    def start(self, store: Store, sources: Iterable[Source]) -> None:
        """Poll `sources`, but for those in hand already; returns at once."""
        with self._changed:
            for source in sources:
                if source.spec.name not in self._in_hand:
                    self._queue(source)
            for _ in range(min(AT_ONCE - self._workers, len(self._ready))):
                self._workers += 1
                threading.Thread(target=self._work, args=(store,), name="poll", daemon=True).start()

    def in_hand(self) -> Mapping[str, datetime]:
        """The sources whose poll has not ended, and since when something moved: when their host's last one began."""
        with self._changed:
            return {name: self._lanes[lane].since for name, lane in self._in_hand.items()}

    def last(self) -> Mapping[str, datetime]:
        """When the last poll of each source began that ended."""
        with self._changed:
            return dict(self._last)

    def call_back(self, wanted: bool) -> None:
        """Say whether to call `ended` when a poll ends; at once where none is in hand."""
        with self._changed:
            self._awaited = wanted
            late = wanted and not self._in_hand
        if late:
            self._told()

    def wait(self, seconds: float) -> bool:
        """Wait for a poll to end, at most so long; whether any is in hand."""
        with self._changed:
            if self._in_hand:
                self._changed.wait(seconds)
            return bool(self._in_hand)

    def ended(self) -> Ended:
        """What ended since the last time this was asked."""
        with self._changed:
            found = Ended(tuple(self._looks), tuple(self._failures))
            self._looks, self._failures = [], []
            return found

    def _queue(self, source: Source) -> None:
        name, key = source.spec.name, lane_of(source.spec)
        if key not in self._lanes:
            self._lanes[key] = _Lane(self._clock())
            self._ready.append(key)
        self._lanes[key].waiting.append(source)
        self._in_hand[name] = key

    def _work(self, store: Store) -> None:
        """Take lanes, each to its end, until there is none."""
        key = ""
        while (source := self._next(key)) is not None:
            key = lane_of(source.spec)
            self._poll(store, source)

    def _next(self, key: str) -> Source | None:
        """The next source of the lane that this thread is at, or of the next lane; None ends the thread."""
        with self._changed:
            if key and not self._lanes[key].waiting:
                del self._lanes[key]
                key = ""
            if not key and self._ready:
                key = self._ready.popleft()
            if key:
                lane = self._lanes[key]
                lane.since = self._clock()
                return lane.waiting.popleft()
            self._workers -= 1
            return None

    def _poll(self, store: Store, source: Source) -> None:
        name = source.spec.name
        try:
            if not self._stop():
                self._progress(f"looking at {name}")
                result = look_at(store, source, self._clock())
                with self._changed:
                    self._looks.append(result)
                    self._last[name] = result.look.at
        except Exception as error:
            with self._changed:
                self._failures.append((name, error))
        finally:
            with self._changed:
                del self._in_hand[name]
                self._changed.notify_all()
                awaited = self._awaited
            if awaited:
                self._told()


def lane_of(spec: SourceSpec) -> str:
    """What the sources have in common that are polled one after the other: their host, or that they are files."""
    return group(host_of(spec.url))[0] if spec.url else " files"


def standings(store: Store, names: Iterable[str], polls: SourcePolling | None = None) -> list[SourceStanding]:
    """How each of the sources stands that was polled, or is being polled."""
    in_hand, last = (polls.in_hand(), polls.last()) if polls else ({}, {})
    found = []
    for name in names:
        state = store.source_state(name)
        begun = None if name in in_hand else state.begun_at
        if name in in_hand or begun or state.last_verdict:
            found.append(SourceStanding(name, state.failing_since or begun, in_hand.get(name), last.get(name)))
    return found
