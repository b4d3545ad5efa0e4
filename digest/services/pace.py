"""Pace: how fast mail may leave, in all and to each domain.

What a receiver bears is not known beforehand, so it is felt out as TCP does (RFC 5681): a domain that asks
to slow down gets half of what it got, and after every ten messages that it took a little more again. What our
own mail server bears, whoever the mail is for, stands in `relay_rate.py`. Time comes from a clock in seconds
that never goes back, because rounds of `digest run --now` stand still.
"""

from __future__ import annotations

import math
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from digest.services.relay_rate import RelayRate

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

RECOVERY = 10
"""So many messages taken give a slowed domain one step back."""

# A domain without a limit, once it asks to slow down, counts as one that got two a second.
_USUAL = 2.0
_SLOWEST = 1 / 300
_FIRST_GUESS = 1.0
_WEIGHT = 0.2
_NOTHING = 1e-6  # of a token: a rounding error


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that is sent at a time, and in a minute (0: no limit), in all and to one domain."""

    connections: int = 1
    rate: int = 0
    domain_connections: int = 2
    domain_rate: int = 0


@dataclass(frozen=True, slots=True)
class Permit:
    """The leave to send one message to `domain`, given at `started` (seconds of the clock)."""

    domain: str
    started: float


@dataclass(slots=True)
class _Bucket:
    """A token bucket: `rate` tokens a second, one second's worth of them and at least one at most."""

    rate: float
    filled_at: float
    tokens: float = 1.0

    def wait(self, now: float) -> float:
        """Seconds until there is a token."""
        if math.isinf(self.rate):
            return 0.0
        self.tokens = min(max(1.0, self.rate), self.tokens + (now - self.filled_at) * self.rate)
        self.filled_at = now
        missing = 1 - self.tokens
        return missing / self.rate if missing > _NOTHING else 0.0

    def take(self) -> None:
        """Use a token up."""
        if not math.isinf(self.rate):
            self.tokens -= 1

    def change(self, rate: float, now: float) -> None:
        """From now on another rate; the next token comes after its full time."""
        self.rate, self.filled_at, self.tokens = rate, now, min(self.tokens, 0.0)


@dataclass(slots=True)
class _Domain:
    allowed: int
    bucket: _Bucket
    active: int = 0
    taken: int = 0
    slowed_at: float = field(default=-math.inf)

    def wait(self, now: float) -> float:
        """Seconds until a message may begin; infinite where another one must end first."""
        return math.inf if self.active >= self.allowed else self.bucket.wait(now)


class Pace:
    """Says when the next message may begin. Safe to share between threads; keep it from round to round.

    Args:
        limits: the most that is ever sent.
        clock: tells the time in seconds.
    """

    def __init__(self, limits: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        self.limits, self._clock = limits, clock
        self._lock = threading.Lock()
        self._all = _Bucket(_a_second(limits.rate), clock())
        self._relay = RelayRate(limits.connections)
        self._domains: dict[str, _Domain] = {}
        self._mean = _FIRST_GUESS

    def begin(self, domain: str) -> Permit | None:
        """The leave to send one message to `domain` now, or None. Each is given back by `end`."""
        with self._lock:
            now = self._clock()
            state = self._domains.get(domain) or self._new(now)
            if self._all.wait(now) > 0 or self._relay.wait(now) > 0 or state.wait(now) > 0:
                return None
            self._all.take()
            self._relay.begin(now)
            state.bucket.take()
            state.active += 1
            self._domains[domain] = state
            return Permit(domain, now)

    def end(self, permit: Permit, *, taken: bool = False, slow_down: bool = False) -> None:
        """Note that a message is over: whether it was `taken`, and whether the receiver asks to `slow_down`."""
        with self._lock:
            now, state = self._clock(), self._domains[permit.domain]
            state.active -= 1
            self._mean += _WEIGHT * (now - permit.started - self._mean)
            if taken:
                self._relay.taken(now)
            # Those under way together are answered together: that is one request, not many.
            if slow_down and permit.started > state.slowed_at:
                self._slow(state, now)
            elif taken:
                self._recover(state, now)

    def throttled(self, permit: Permit, pause: float = 0.0, *, crowded: bool = False) -> bool:
        """Note what our mail server bears (see `RelayRate.throttled`); False where it had just been noted."""
        with self._lock:
            return self._relay.throttled(permit.started, self._clock(), pause, crowded=crowded)

    def refused(self) -> None:
        """Note that our mail server refuses us, whoever the mail is for."""
        with self._lock:
            self._relay.refused(self._clock())

    def connections(self) -> int:
        """How many connections to our mail server may be open."""
        with self._lock:
            return self._relay.connections(self._clock())

    def wait(self) -> float:
        """Seconds until any message may begin, as far as the rates for all go."""
        with self._lock:
            now = self._clock()
            return max(self._all.wait(now), self._relay.wait(now))

    def blocked(self) -> dict[str, float]:
        """The domains to which nothing may begin now, and the seconds until that changes by itself."""
        with self._lock:
            now = self._clock()
            waits = {domain: state.wait(now) for domain, state in self._domains.items()}
            self._domains = {d: state for d, state in self._domains.items() if not self._as_new(state, now)}
            return {domain: wait for domain, wait in waits.items() if wait > 0}

    def capacity(self, seconds: float) -> int:
        """How many messages can be sent in that time, by the rate and by how long the last ones took; at least 1."""
        with self._lock:
            by_time = self.limits.connections * seconds / max(self._mean, 1e-3)
            return max(1, int(min(by_time, self._all.rate * seconds, self._relay.rate * seconds)))

    def _new(self, now: float) -> _Domain:
        return _Domain(self.limits.domain_connections, _Bucket(_a_second(self.limits.domain_rate), now))

    def _as_new(self, state: _Domain, now: float) -> bool:
        """Whether forgetting the domain makes no difference."""
        rested = state.bucket.wait(now) == 0 and state.bucket.rate == _a_second(self.limits.domain_rate)
        return rested and state.active == 0 and state.allowed == self.limits.domain_connections

    def _slow(self, state: _Domain, now: float) -> None:
        state.slowed_at, state.taken = now, 0
        state.allowed = max(1, state.allowed // 2)
        state.bucket.change(max(_SLOWEST, min(state.bucket.rate, _USUAL) / 2), now)

    def _recover(self, state: _Domain, now: float) -> None:
        state.taken += 1
        if state.taken % RECOVERY:
            return
        state.allowed = min(self.limits.domain_connections, state.allowed + 1)
        full = _a_second(self.limits.domain_rate)
        usual = min(full, _USUAL)
        if state.bucket.rate < usual:
            state.bucket.wait(now)
            state.bucket.rate = min(usual, state.bucket.rate + usual / 10)
        if state.bucket.rate >= usual:
            state.bucket.rate = full


def warm_up_cap(warm_up: int, first_accepted: datetime | None, now: datetime) -> int | None:
    """How many messages may leave on the day (UTC) of `now`: `warm_up` on the first, twice as many each day after.

    None for no limit: `warm_up` is 0, or more have been doubled than any list has readers. A domain or
    address that nobody knows and that sends much at once looks like a spammer's.
    """
    if warm_up <= 0:
        return None
    days = (now.date() - first_accepted.date()).days if first_accepted else 0
    return None if days > 30 else warm_up << max(days, 0)


def _a_second(a_minute: int) -> float:
    return a_minute / 60 if a_minute else math.inf
