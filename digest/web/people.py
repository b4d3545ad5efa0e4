"""Who a link stands for, and the pages for those who have left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.errors import TokenError
from digest.mail.links import Links
from digest.mail.tokens import Purpose
from digest.model import SubscriberStatus
from digest.services import tokens
from digest.services.leaving import UNDO
from digest.web.rendering import page, prefix

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Response

    from digest.model import Edition, Subscriber
    from digest.web.site import Site


def links(site: Site) -> Links:
    """Links from page to page: paths alone, whatever the host is under which somebody came."""
    return Links(prefix(site), site.keys)


def known(site: Site, purpose: Purpose, token: str) -> Subscriber | None:
    """The subscriber that `token` stands for, also one who has left; None where it stands for nobody.

    Raises:
        StorageError: the store is not to be reached.
    """
    try:
        return tokens.subscriber_of(site.store, site.keys, purpose, token)
    except TokenError:
        return None


def edition_of(site: Site, token: str) -> tuple[Edition, Subscriber] | None:
    """The edition that `token` stands for and whose it is; None where there is no such edition (any more).

    Raises:
        StorageError: the store is not to be reached.
    """
    try:
        reader, day = tokens.edition_of(site.store, site.keys, token)
    except TokenError:
        return None
    edition = site.store.edition_on(reader.id, day)
    return None if edition is None else (edition, reader)


def gone(subscriber: Subscriber) -> bool:
    """Whether nothing is sent to them any more."""
    return subscriber.status is SubscriberStatus.GONE


def erased(subscriber: Subscriber) -> bool:
    """Whether nothing is known of them any more."""
    return gone(subscriber) and not subscriber.address


def managing(site: Site, token: str, show: Callable[[Subscriber], Response]) -> Response:
    """What `show` makes for whom a token to one's own page stands for, if they are still here."""
    found = known(site, Purpose.MANAGE, token)
    if found is None:
        return stranger(site)
    return goodbye(site, found, may_manage=True) if gone(found) else show(found)


def goodbye(site: Site, subscriber: Subscriber, *, too_late: bool = False, may_manage: bool = False) -> Response:
    """The page for one who has left: what happens to what is known of them, and the way back.

    Args:
        too_late: whether the way back was tried after its time.
        may_manage: whether they came by the link that lets them delete everything; a link to unsubscribe does not.
    """
    way_back = not (too_late or erased(subscriber))
    return page(
        *(site, "left.html"),
        private=True,
        undo=f"{links(site).unsubscribe(subscriber)}/undo" if way_back else "",
        manage=links(site).manage(subscriber) if may_manage else "",
        days=UNDO.days,
        too_late=too_late,
        erased=erased(subscriber),
        owner=site.letterhead.owner or site.letterhead.help,
    )


def stranger(site: Site, status: int = 404) -> Response:
    """The page behind a link that stands for nobody: cut off on its way, or not from here."""
    owner = site.letterhead.owner or site.letterhead.help
    return page(site, "stranger.html", status, private=True, owner=owner)
