"""When an address is given up. Pure: what an address has done so far in, the reason or None out.

A single answer is weak evidence. Mailboxes fill up and are emptied; a server that has lost its user
database says "no such user" of everybody for an hour. So only a complaint counts at once, whoever took mail
before is asked twice, and soft bounces are counted by days, since ten mails to a full mailbox on one day
say no more than one. Threshold and staleness are those of Mailman 3 (5.0 points, 7 days).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from digest.mail.meaning import DSN, OURS, Meaning, meaning
from digest.model import BounceKind, SuppressionReason

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from digest.model import Bounce


BOUNCES = {
    Meaning.DEAD: BounceKind.HARD,
    Meaning.FULL: BounceKind.SOFT,
    Meaning.PERMANENT: BounceKind.SOFT,
    Meaning.POLICY: BounceKind.POLICY,
}
"""What an answer for good says of its address; any other meaning says nothing."""

_REPORTED = BOUNCES | {Meaning.TEMPORARY: BounceKind.SOFT, Meaning.SLOW_DOWN: BounceKind.SOFT}


def reported_bounce(status: str, diagnostic: str) -> BounceKind | None:
    """What a report (RFC 3464) that gave up says of its address; None where our own side was refused.

    Args:
        status: the RFC 3463 status, or "": then never more than that this message did not get through.
        diagnostic: the words of the server that was asked, as the report repeats them.
    """
    means = meaning(0, status, diagnostic, DSN)
    if means in OURS:
        return None
    return _REPORTED.get(means, BounceKind.POLICY) if status else BounceKind.SOFT


@dataclass(frozen=True, slots=True)
class BounceRules:
    """How much bad news is enough.

    `threshold` counts days (UTC) with a soft bounce, forgotten when `stale` has passed since the last of
    them. `confirm` is the least time between two hard bounces of an address that took mail before; none
    means that the first one is enough.
    """

    threshold: int = 5
    stale: timedelta = timedelta(days=7)
    confirm: timedelta = timedelta(days=1)

    def judge(
        self, history: Sequence[Bounce], took_mail_at: datetime | None, now: datetime
    ) -> SuppressionReason | None:
        """Why this address should never be written to again, or None.

        Args:
            history: the bad news of one address, in any order; what was forgiven is not in it.
            took_mail_at: when it last took a message that did not bounce afterwards, None for never. (A relay
                accepts everything: a delivery with a bounce was not taken, though its status is ACCEPTED.)
            now: the moment of judging.
        """
        if any(bounce.kind is BounceKind.COMPLAINT for bounce in history):
            return SuppressionReason.COMPLAINT
        if self._is_dead(_moments(history, BounceKind.HARD), took_mail_at):
            return SuppressionReason.DEAD
        if self._points(_moments(history, BounceKind.SOFT), now) >= self.threshold:
            return SuppressionReason.BOUNCES
        return None

    def _is_dead(self, hard: Sequence[datetime], took_mail_at: datetime | None) -> bool:
        """Whether the hard bounces since the last mail that was taken are enough."""
        since = [moment for moment in hard if took_mail_at is None or moment > took_mail_at]
        if not since or took_mail_at is None:
            return bool(since)
        return since[-1] - since[0] >= self.confirm

    def _points(self, soft: Sequence[datetime], now: datetime) -> int:
        """The days with a soft bounce in the latest run without a gap of more than `stale`; 0 if that is past."""
        days: set[object] = set()
        previous: datetime | None = None
        for moment in soft:
            if previous is not None and moment - previous > self.stale:
                days.clear()
            days.add(moment.astimezone(UTC).date())
            previous = moment
        return 0 if previous is None or now - previous > self.stale else len(days)


def _moments(history: Iterable[Bounce], kind: BounceKind) -> list[datetime]:
    return sorted(bounce.at for bounce in history if bounce.kind is kind)
