"""The links of one installation: every page that a mail or a feed may lead to. Pure.

Nothing of a person stands in them but a token, which says nothing to anybody else.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote

from digest.mail.tokens import Purpose

if TYPE_CHECKING:
    from datetime import date

    from digest.mail.tokens import Keyring

MORE, LESS = "more", "less"
"""What one can say of a paper by a link: more like this, less like this."""


@dataclass(frozen=True, slots=True)
class Links:
    """URLs under `base` (no final slash); with a `base` of "" they are paths, for pages that link to each other."""

    base: str
    keys: Keyring = field(repr=False)

    def confirm(self, confirmation_id: int) -> str:
        """The page that asks once more before somebody subscribes."""
        return f"{self.base}/confirm/{self.keys.token(Purpose.CONFIRM, confirmation_id)}"

    def manage(self, subscriber_id: int) -> str:
        """The page on which a subscriber changes their wishes."""
        return f"{self.base}/manage/{self.keys.token(Purpose.MANAGE, subscriber_id)}"

    def unsubscribe(self, subscriber_id: int) -> str:
        """The page to leave by, also in one click (RFC 8058)."""
        return f"{self.base}/unsubscribe/{self.keys.token(Purpose.UNSUBSCRIBE, subscriber_id)}"

    def edition(self, edition_id: int) -> str:
        """One's own edition on the web."""
        return f"{self.base}/edition/{self.keys.token(Purpose.EDITION, edition_id)}"

    def opinion(self, edition_id: int, rank: int, opinion: str) -> str:
        """The page that takes what a subscriber thinks of a pick; `opinion` is `MORE` or `LESS`."""
        return f"{self.base}/opinion/{self.keys.token(Purpose.EDITION, edition_id)}/{rank}/{opinion}"

    def feed(self, subscriber_id: int) -> str:
        """A subscriber's own selection as an Atom feed."""
        return f"{self.base}/feed/{self.keys.token(Purpose.FEED, subscriber_id)}.atom"

    def paper(self, key: str) -> str:
        """A paper's page."""
        return f"{self.base}/paper/{quote(key, safe=':')}"

    def day(self, day: date) -> str:
        """The papers of one day."""
        return f"{self.base}/day/{day.isoformat()}"
