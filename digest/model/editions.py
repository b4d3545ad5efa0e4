"""What one subscriber gets on one date, and how it reads."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date, datetime

    from digest.model.interests import Match
    from digest.model.papers import Paper


class Block(StrEnum):
    """The part of an edition that a pick stands in."""

    RANKED = "ranked"
    TRENDING = "trending"
    REVISED = "revised"


@dataclass(frozen=True, slots=True)
class Pick:
    """One paper in an edition, frozen: its place (from 1 within the whole edition), block and reasons."""

    rank: int
    paper: Paper
    score: float = 0.0
    matches: tuple[Match, ...] = ()
    block: Block = Block.RANKED


@dataclass(frozen=True, slots=True)
class Edition:
    """What one subscriber gets on one (local) date: an ordered list of picks, frozen once made.

    `looked_at` counts the new papers that were ranked for it, `left_out` those of them not picked.
    It covers the snapshots in (`from_snapshot`, `through_snapshot`]. `unreached` are the sources that could not be
    reached when it was made, each with the moment since when. `id` is 0 before it is stored.
    """

    subscriber_id: int
    edition_date: date
    picks: tuple[Pick, ...]
    looked_at: int
    left_out: int
    from_snapshot: int
    through_snapshot: int
    created_at: datetime
    id: int = 0
    unreached: tuple[tuple[str, datetime], ...] = ()

    def block(self, block: Block) -> tuple[Pick, ...]:
        """The picks of one block, in order."""
        return tuple(p for p in self.picks if p.block is block)


@dataclass(frozen=True, slots=True)
class Rendered:
    """A rendered edition: subject, complete text part, complete HTML part (str, LF line ends)."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What a message says of its sender, the same for all messages of an installation.

    `sender` and `reply_to` are bare addresses; `list_id` is a domain-like id (RFC 2919) without
    brackets; `unsubscribe`, `help` and `owner` are mail addresses or "", `web_url` an https base URL or "".
    `commands` is the address that takes commands by mail (subscribe, show, pause ...), or "". Gmail's Feedback-ID is
    made of `feedback_domain`, or of the sender's domain where that is "".
    """

    title: str
    sender: str
    sender_name: str = ""
    reply_to: str = ""
    list_id: str = ""
    unsubscribe: str = ""
    help: str = ""
    owner: str = ""
    web_url: str = ""
    footer: str = ""
    commands: str = ""
    feedback_domain: str = ""


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """How one subscriber leaves: `web` is an https URL or "", `mail` a mail address, `subject` what to write there."""

    web: str = ""
    mail: str = ""
    subject: str = "unsubscribe"
