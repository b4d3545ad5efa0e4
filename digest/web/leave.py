"""Unsubscribing: a page with one button, the one click of RFC 8058, and the way back.

A POST acts at once on the token alone. Its body is never read: `List-Unsubscribe=One-Click` may come in either
encoding of forms, in any character set, or not at all (RFC 8058 3.1, 3.2). The answer is 200 and no redirect, also
for a token that nobody here made: it tells nothing, and no provider tries again. Who opens such a link by GET is told
that it leads nowhere (404).
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import quote

from digest.errors import StorageError, TokenError
from digest.mail import phrases
from digest.mail.tokens import NOBODY, Purpose
from digest.services import leaving
from digest.web import owned, people
from digest.web.rendering import mistake, page, redirect

if TYPE_CHECKING:
    from flask import Response

    from digest.web.site import Site

RETRY_AFTER = 120
"""Seconds after which whoever unsubscribes for a reader may knock again, where the store cannot be reached."""


def ask(site: Site, token: str) -> Response:
    """GET: one button. Who has left already is told so, and offered the way back."""
    found = people.known(site, Purpose.UNSUBSCRIBE, token)
    if found is None:
        return people.stranger(site, 200 if _is_trial(site, token) else 404)
    if people.gone(found):
        return people.goodbye(site, found)
    rhythm = phrases.rhythm(found)
    return page(site, "unsubscribe.html", private=True, subscriber=found, rhythm=rhythm, days=leaving.UNDO.days)


def leave(site: Site, token: str) -> Response:
    """POST: from now on nothing is sent to whom the token stands for, not even what waits in the outbox."""
    try:
        leaving.unsubscribe(site.store, site.keys, token, site.clock())
        found = people.known(site, Purpose.UNSUBSCRIBE, token)
    except TokenError:
        found = None
    except StorageError:
        return _later(site)
    return people.stranger(site, 200) if found is None else people.goodbye(site, found)


def back(site: Site, token: str) -> Response:
    """GET on the way back: to the page that has the button."""
    return redirect(site, f"/unsubscribe/{quote(token, safe='')}")


def undo(site: Site, token: str) -> Response:
    """POST: subscribed again with the same wishes, as long as they are kept."""
    try:
        found = people.known(site, Purpose.UNSUBSCRIBE, token)
        if found is None:
            return people.stranger(site, 200)
        returned = leaving.undo(site.store, site.keys, token, site.clock())
        found = site.store.subscriber(found.id)
    except StorageError:
        return _later(site)
    if not returned and people.gone(found):
        return people.goodbye(site, found, too_late=True)
    rhythm, due = phrases.rhythm(found), owned.due(found, site.clock())
    return page(site, "back.html", private=True, subscriber=found, rhythm=rhythm, due=due)


def _is_trial(site: Site, token: str) -> bool:
    """Whether the doctor asks, for nobody, if the pages answer by the keys that it knows."""
    with suppress(TokenError):
        return site.keys.number(Purpose.UNSUBSCRIBE, token) == NOBODY
    return False


def _later(site: Site) -> Response:
    told = "The database is busy or cannot be reached, and so nothing was changed. Please try again in two minutes."
    return mistake(site, 503, told, headers={"Retry-After": str(RETRY_AFTER)})
