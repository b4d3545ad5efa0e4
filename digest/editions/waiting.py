"""Whether an edition waits for sources. Pure: values and `now` in, a decision out.

An edition that is due waits

- for polls in hand of sources that were not polled since it was due, as long as something moves there: `GRACE` after
  the last poll of that host began it goes without them, and so it does at once where the only ones in hand failed at
  their last poll while others answer;
- while every source fails, for `patience` from when it was due, or from when the last of them began to fail if that
  is later. Then it goes out, and says so; but one that would be empty and not be mailed goes on waiting, so that what
  comes late can go out on that day.

If one source answers, an edition is on time, whatever the others do.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

GRACE = timedelta(seconds=60)
"""How long editions wait for a poll in hand."""


@dataclass(frozen=True, slots=True)
class SourceStanding:
    """How a source that was polled, or is being polled, stands.

    `failing_since` is None where its last poll brought something, or none has ended; `moving_since` is when the poll in
    hand began, or the one that it waits for; None without one. `polled_at` is the last poll that ended, as far as it is
    known: what was polled since an edition is due has had its chance.
    """

    name: str
    failing_since: datetime | None = None
    moving_since: datetime | None = None
    polled_at: datetime | None = None

    def since(self, now: datetime) -> datetime | None:
        """Since when nothing has come that should have: a poll that takes longer than `GRACE` counts as failing."""
        if self.failing_since is not None or self.moving(now):
            return self.failing_since
        return self.moving_since

    def moving(self, now: datetime) -> bool:
        """Whether there is a poll in hand that may end any moment."""
        return self.moving_since is not None and abs(now - self.moving_since) < GRACE


class Wait(Enum):
    """What an edition waits for."""

    NOTHING = "nothing"
    POLLS = "polls"
    SOURCES = "sources"


def waits_for(standings: Sequence[SourceStanding], due: datetime, now: datetime, patience: timedelta) -> Wait:
    """What the edition that was due at `due` waits for at `now`."""
    moving = [s for s in standings if s.moving(now) and (s.polled_at is None or s.polled_at < due)]
    one_answers = any(s.failing_since is None and s.moving_since is None for s in standings)
    if any(s.failing_since is None or not one_answers for s in moving):
        return Wait.POLLS
    if not all_fail(standings, now):
        return Wait.NOTHING
    # A moment to come was written by a clock that was wrong.
    began = [since for _, since in unreached(standings, now) if since <= now]
    return Wait.SOURCES if now < max([due, *began]) + patience else Wait.NOTHING


def unreached(standings: Sequence[SourceStanding], now: datetime) -> tuple[tuple[str, datetime], ...]:
    """The sources that fail, and since when, the longest first."""
    found = [(standing.name, since) for standing in standings if (since := standing.since(now)) is not None]
    return tuple(sorted(found, key=lambda pair: (pair[1], pair[0])))


def all_fail(standings: Sequence[SourceStanding], now: datetime) -> bool:
    """Whether there are sources, and none of them answers."""
    return bool(standings) and all(standing.since(now) is not None for standing in standings)
