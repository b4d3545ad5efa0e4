"""Opinions: what a reader says of a pick of their edition by the links in its mail, and takes back.

A link names an edition and the rank of a pick in it; its token proves whose edition that is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.errors import UsageError
from digest.mail.links import LESS, MORE
from digest.model import Feedback, Opinion, Origin
from digest.services.managing import present
from digest.services.tokens import edition_of

if TYPE_CHECKING:
    from datetime import datetime

    from digest.mail.tokens import Keyring
    from digest.model import Edition, Pick
    from digest.storage import Store

OPINIONS = {MORE: Opinion.LIKED, LESS: Opinion.DISLIKED}
"""What the words of the links mean."""


def give(
    store: Store,
    keys: Keyring,
    token: str,
    rank: int,
    opinion: str,
    now: datetime,
    origin: str = Origin.WEB,
) -> Feedback:
    """Note what a reader thinks of the pick at `rank`; the last word on a paper holds.

    Args:
        token: that of the edition.
        opinion: "more" or "less".

    Raises:
        TokenError: it is no token to an edition of ours.
        UsageError: no such opinion or pick, or the reader has left.
    """
    return note(store, _edition(store, keys, token), rank, opinion, now, origin)


def note(store: Store, edition: Edition, rank: int, opinion: str, now: datetime, origin: str) -> Feedback:
    """The same for an edition that is at hand; the arguments are those of `give`.

    Raises:
        UsageError: no such opinion or pick, or the reader has left.
    """
    if opinion not in OPINIONS:
        raise UsageError(f"{opinion[:40]!r} is no opinion: there are {', '.join(OPINIONS)}")
    pick = _pick(store, edition, rank)
    said = Feedback(edition.subscriber_id, pick.paper, OPINIONS[opinion], now, str(origin))
    store.set_feedback(said)
    return said


def take_back(store: Store, keys: Keyring, token: str, rank: int) -> bool:
    """Forget what the reader said of the pick at `rank`; False where that was nothing.

    Raises:
        TokenError: it is no token to an edition of ours.
        UsageError: no such pick, or the reader has left.
    """
    edition = _edition(store, keys, token)
    return store.drop_feedback(edition.subscriber_id, _pick(store, edition, rank).paper.key)


def said_of(store: Store, edition: Edition) -> dict[str, Opinion]:
    """What the reader of `edition` said of its papers, by their keys; those they said nothing of are absent."""
    said = store.feedback([edition.subscriber_id]).get(edition.subscriber_id, [])
    known = {name: one.opinion for one in said for name in (one.paper.key, *one.paper.aliases)}
    return {pick.paper.key: known[pick.paper.key] for pick in edition.picks if pick.paper.key in known}


def _edition(store: Store, keys: Keyring, token: str) -> Edition:
    reader, day = edition_of(store, keys, token)
    edition = store.edition_on(reader.id, day)
    if edition is None:
        raise UsageError("this edition is not kept any more")
    return edition


def _pick(store: Store, edition: Edition, rank: int) -> Pick:
    """The pick at `rank` (from 1), if the reader of `edition` is still here."""
    present(store, edition.subscriber_id)
    for pick in edition.picks:
        if pick.rank == rank:
            return pick
    raise UsageError(f"this edition has no paper number {rank}")
