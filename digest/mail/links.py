"""The links of one installation: every page that a mail or a feed may lead to. Pure.

Nothing of a person stands in them but a token, which says nothing to anybody else.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

from digest.errors import TokenError
from digest.mail.tokens import Purpose, claim, subscriber_bond

if TYPE_CHECKING:
    from digest.mail.tokens import Keyring
    from digest.model import Subscriber

MORE, LESS = "more", "less"
"""What one can say of a paper by a link: more like this, less like this."""

_DAY_BITS, _MINUTE_BITS = 24, 26
"""Room for every day that `datetime` knows, and for every minute until 2097."""


@dataclass(frozen=True, slots=True)
class Links:
    """URLs under `base` (no final slash); with a `base` of "" they are paths, for pages that link to each other."""

    base: str
    keys: Keyring = field(repr=False)

    def confirm(self, confirmation_id: int) -> str:
        """The page that asks once more before somebody subscribes."""
        return f"{self.base}/confirm/{self.keys.token(Purpose.CONFIRM, confirmation_id)}"

    def manage(self, who: Subscriber) -> str:
        """The page on which a subscriber changes their wishes."""
        return f"{self.base}/manage/{subscriber_token(self.keys, Purpose.MANAGE, who)}"

    def unsubscribe(self, who: Subscriber) -> str:
        """The page to leave by, also in one click (RFC 8058)."""
        return f"{self.base}/unsubscribe/{subscriber_token(self.keys, Purpose.UNSUBSCRIBE, who)}"

    def edition(self, who: Subscriber, day: date) -> str:
        """One's own edition of `day` on the web."""
        return f"{self.base}/edition/{edition_token(self.keys, who, day)}"

    def opinion(self, who: Subscriber, day: date, rank: int, opinion: str) -> str:
        """The page that takes what a subscriber thinks of a pick; `opinion` is `MORE` or `LESS`."""
        return f"{self.base}/opinion/{edition_token(self.keys, who, day)}/{rank}/{opinion}"

    def account(self, who: Subscriber, at: datetime) -> str:
        """The page on which a subscriber exports or deletes what is kept of them; it works for a while from `at` on."""
        return f"{self.base}/account/{account_token(self.keys, who, at)}"

    def feed(self, who: Subscriber) -> str:
        """A subscriber's own selection as an Atom feed."""
        return f"{self.base}/feed/{subscriber_token(self.keys, Purpose.FEED, who)}.atom"

    def paper(self, key: str) -> str:
        """A paper's page."""
        return f"{self.base}{paper_path(key)}"

    def day(self, day: date) -> str:
        """The papers of one day."""
        return f"{self.base}/day/{day.isoformat()}"


def paper_path(key: str) -> str:
    """The path of a paper's page.

    A slash of the key stays one: web servers in front refuse `%2F` (Apache httpd's AllowEncodedSlashes).
    """
    return f"/paper/{quote(key, safe=':/')}"


def subscriber_token(keys: Keyring, purpose: Purpose, who: Subscriber) -> str:
    """The token by which `who` unsubscribes, changes wishes or reads a feed, as `purpose` says."""
    return keys.token(purpose, who.id, subscriber_bond(purpose, who))


def edition_token(keys: Keyring, who: Subscriber, day: date) -> str:
    """The token of a subscriber's edition of `day`.

    It does not hold the number of a row of its own: a preview, whose rows are thrown away, makes the same one.
    """
    return keys.token(Purpose.EDITION, who.id << _DAY_BITS | day.toordinal(), subscriber_bond(Purpose.EDITION, who))


def account_token(keys: Keyring, who: Subscriber, at: datetime) -> str:
    """The token to the account of `who`, asked for at `at`."""
    minutes = int(at.timestamp()) // 60
    return keys.token(Purpose.ACCOUNT, who.id << _MINUTE_BITS | minutes, subscriber_bond(Purpose.ACCOUNT, who))


def account_claim(token: str) -> tuple[int, datetime]:
    """The subscriber's id and the minute at which `token` says it was asked for. It proves nothing.

    Raises:
        TokenError: it has not the form of a token.
    """
    number = claim(token)
    return number >> _MINUTE_BITS, datetime.fromtimestamp((number & (1 << _MINUTE_BITS) - 1) * 60, UTC)


def edition_claim(token: str) -> tuple[int, date]:
    """The subscriber's id and the day of the edition that `token` says it was made for. It proves nothing.

    Raises:
        TokenError: there can be no such edition.
    """
    number = claim(token)
    try:
        return number >> _DAY_BITS, date.fromordinal(number & (1 << _DAY_BITS) - 1)
    except (ValueError, OverflowError):
        raise TokenError("not the token of any day's edition") from None
