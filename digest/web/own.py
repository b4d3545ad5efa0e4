"""What is kept of a subscriber, for themselves: exported, erased, and their picks as a feed.

Exporting and erasing take a link that was asked for lately and came by mail: that to one's own page stands in every
digest, and digests are forwarded.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from flask import request

from digest.errors import TokenError
from digest.mail.reasons import reasons
from digest.mail.tokens import Purpose
from digest.model import MONTH
from digest.services import joining, leaving, tokens
from digest.web import atom, people
from digest.web.rendering import answer, mistake, page, path, prefix, redirect

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flask import Response

    from digest.model import Edition, Pick, Subscriber
    from digest.web.site import Site

_HOURS = tokens.ACCOUNT_LIFE // timedelta(hours=1)
FEED_SPAN = timedelta(days=30)
_EDITIONS = 62
"""More editions than anybody gets in `FEED_SPAN`."""


def ask_for_link(site: Site, token: str) -> Response:
    """GET: says that a link comes by mail by which everything is exported or deleted."""
    found = people.known(site, Purpose.MANAGE, token)
    if found is None or people.erased(found):
        return people.stranger(site)
    return page(site, "account.html", private=True, subscriber=found, sent=None, hours=_HOURS)


def send_link(site: Site, token: str) -> Response:
    """POST: the link is sent; a page that no mail leads to, as there is no address of the pages, opens at once."""
    found = people.known(site, Purpose.MANAGE, token)
    if found is None or people.erased(found):
        return people.stranger(site)
    if not site.links.base:
        return redirect(site, people.links(site).account(found, site.clock()).removeprefix(prefix(site)))
    sent = joining.send_account_link(site.store, site.join_rules, site.links, found, site.clock())
    site.nudge()
    return page(site, "account.html", private=True, subscriber=found, sent=sent, hours=_HOURS)


def export(site: Site, token: str) -> Response:
    """GET: everything that is kept of whom the token stands for, as a JSON file."""
    found = _account(site, token)
    if found is None or people.erased(found):
        return people.stranger(site)
    told = json.dumps(leaving.export(site.store, found, site.keys), indent=2, ensure_ascii=False)
    headers = {"Content-Disposition": f'attachment; filename="digest-{site.clock():%Y-%m-%d}.json"'}
    return answer(told + "\n", "application/json", private=True, headers=headers)


def ask_to_erase(site: Site, token: str) -> Response:
    """GET: what would be deleted, and what would be kept."""
    found = _account(site, token)
    if found is None:
        return people.stranger(site)
    return _erasing(site, found, token, suppressed=_suppressed(site, found))


def erase(site: Site, token: str) -> Response:
    """POST: everything is deleted, at once and for good."""
    found = _account(site, token)
    if found is None:
        return people.stranger(site)
    suppressed = _suppressed(site, found)
    leaving.erase(site.store, found, site.clock())
    return _erasing(site, site.store.subscriber(found.id), token, suppressed=suppressed)


def _account(site: Site, token: str) -> Subscriber | None:
    """Whose account the token opens; None for nobody's, or where its time is over."""
    try:
        return tokens.account_of(site.store, site.keys, token, site.clock())
    except TokenError:
        return None


def _suppressed(site: Site, subscriber: Subscriber) -> bool:
    """Whether a hash of their address stays behind, by which nothing is ever sent there again."""
    return bool(subscriber.address) and site.store.suppression(site.keys.address_hash(subscriber.address)) is not None


def _erasing(site: Site, subscriber: Subscriber, token: str, *, suppressed: bool) -> Response:
    return page(
        *(site, "erase.html"),
        private=True,
        subscriber=subscriber,
        here_is=path(site, f"/account/{token}"),
        suppressed=suppressed,
        done=people.erased(subscriber),
        days=MONTH.days,
    )


def feed(site: Site, token: str) -> Response:
    """GET: the picks of the last 30 days as Atom, the latest first; a cache of one's own may keep it for a while."""
    found = people.known(site, Purpose.FEED, token)
    if found is None or people.gone(found):
        return mistake(site, 410 if found else 404, "This feed has ended." if found else "")
    since = site.clock() - FEED_SPAN
    made = [edition for edition in site.store.editions(found.id, _EDITIONS) if edition.created_at >= since]
    title = f"{site.letterhead.title}: your papers"
    document = atom.document(site, f"/feed/{token}.atom", title, entries(site, made), name=f"/feed/of/{found.id}")
    response = answer(document, atom.MEDIA_TYPE, private=True, headers={"Cache-Control": "private, max-age=900"})
    response.add_etag()
    response.make_conditional(request)
    return response


def entries(site: Site, editions: Iterable[Edition]) -> list[atom.Entry]:
    """An entry for each paper of these editions, the latest first; one that came again stands where it came last."""
    found: dict[str, atom.Entry] = {}
    for edition in editions:
        for pick in edition.picks:
            found.setdefault(pick.paper.key, _entry(site, edition, pick))
    return list(found.values())


def _entry(site: Site, edition: Edition, pick: Pick) -> atom.Entry:
    """The entry of a pick: new when its edition was made, with the reasons before the abstract."""
    made = atom.of_paper(site, pick.paper)
    why = "; ".join(reason.words for reason in reasons(pick.matches))
    return replace(made, updated=edition.created_at, text=f"Why: {why}.\n\n{made.text}" if why else made.text)
