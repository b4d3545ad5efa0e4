"""How fast our own mail server takes mail, felt out as TCP does (RFC 5681, CUBIC in RFC 9438): one lane for all mail.

Without a word of the server there is no limit. When it says that we are too fast, the rate becomes a part of what it
took in the last second; from there it grows slowly up to the rate that was too much, and ever faster beyond it, until
it is told again or the limit is forgotten. So the rate stays just below what the server allows, whatever that is: a
limit in a second, in a minute, or one that moves. It is kept as long as the process lives and not in the database: to
find it again costs a message or two that are told to wait, and a rate of yesterday is wrong when the contract changes.
"""

from __future__ import annotations

import math
from collections import deque

_DECREASE, _DECREASE_AGAIN = 0.7, 0.5
_BELOW, _BEYOND = 0.03, 0.1  # growth a second: of the rate that was too much, and of the rate itself
_FORGOTTEN = 4.0  # times the rate that was too much
_SLOWEST = 1 / 300
_FIRST_GUESS = 4.0
_REGAIN = 300.0  # seconds until one connection more is tried
_SETTLE = 0.5  # seconds for a connection to be gone after it was closed
_RESTS = (120.0, 300.0, 600.0, 1800.0)  # seconds after so many refusals in a row


class RelayRate:
    """The rate and the connections that one mail server bears. Moments are seconds of a clock that never goes back.

    Args:
        connections: the most that are ever open.
    """

    def __init__(self, connections: int) -> None:
        self._most = self._allowed = connections
        self.rate, self._ceiling = math.inf, math.inf
        self._next = self._slowed_at = self._fewer_at = self._grown_at = -math.inf
        self._fruitless = True
        self._taken: deque[float] = deque()
        self._refusals = 0

    def wait(self, now: float) -> float:
        """Seconds until a message may begin."""
        return max(0.0, self._next - now)

    def begin(self, now: float) -> None:
        """Note that a message begins."""
        if not math.isinf(self.rate):
            self._next = max(now, self._next) + 1 / self.rate

    def connections(self, now: float) -> int:
        """How many connections may be open."""
        return min(self._most, self._allowed + int(min((now - self._fewer_at) / _REGAIN, self._most)))

    def taken(self, now: float) -> None:
        """Note that a message was taken: the rate grows with the time since the last one."""
        self._refusals, self._fruitless = 0, False
        self._taken.append(now)
        self._recent(now)
        if math.isinf(self.rate):
            return
        span, self._grown_at = now - self._grown_at, now
        if self.rate < self._ceiling:
            self.rate = min(self.rate + _BELOW * span * self._ceiling, 2 * self.rate)
        else:
            self.rate *= 1 + min(_BEYOND * span, 1.0)
        if self.rate > _FORGOTTEN * self._ceiling:
            self.rate = self._ceiling = math.inf

    def throttled(self, started: float, now: float, pause: float = 0.0, *, crowded: bool = False) -> bool:
        """Note that a message, begun at `started`, was told to wait, for `pause` seconds if it was said for how long.

        Those under way together are answered together: that is one request, not many, and False is for the others.

        Args:
            crowded: it is the connections that are too many, and not the messages.
        """
        if started <= self._slowed_at:
            return False
        if crowded and self.connections(now) > 1:
            self._allowed, self._fewer_at, pause = self.connections(now) - 1, now, max(pause, _SETTLE)
        else:
            seen = self._recent(now) if math.isinf(self.rate) else self.rate
            self._ceiling = seen or _FIRST_GUESS
            factor = _DECREASE_AGAIN if self._fruitless else _DECREASE
            self.rate = max(_SLOWEST, self._ceiling * factor)
            pause = max(pause, 1 / self.rate)
        self._slowed_at = self._grown_at = now
        self._fruitless = True
        self._next = now + pause
        return True

    def refused(self, now: float) -> None:
        """Note that the server refuses us altogether: it is left alone, longer with each time in a row."""
        self._next = now + _RESTS[min(self._refusals, len(_RESTS) - 1)]
        self._refusals += 1

    def _recent(self, now: float) -> int:
        """How many messages were taken in the last second."""
        while self._taken and self._taken[0] <= now - 1:
            self._taken.popleft()
        return len(self._taken)
