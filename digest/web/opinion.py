"""What a reader thinks of a pick: asked on a page, noted by its button, taken back by the next.

The link in the mail leads to a page with the paper and one button, so that a scanner of links says nothing in
anybody's name. The same pages take a term that is to be kept out of every edition from now on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import abort

from digest.errors import QueryError
from digest.mail.links import LESS, MORE
from digest.model import Opinion
from digest.services import managing, opinions
from digest.web import people
from digest.web.edition import shown
from digest.web.rendering import mistake, page
from digest.web.request import field

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Response

    from digest.model import Edition, Pick, Subscriber
    from digest.web.site import Site

LONGEST_TERM = 300


@dataclass(frozen=True, slots=True)
class Asked:
    """A link of an edition: whose it is, the pick it is about, and what it says (`MORE` or `LESS`)."""

    token: str
    edition: Edition
    reader: Subscriber
    pick: Pick
    opinion: str


def ask(site: Site, token: str, rank: int, opinion: str) -> Response:
    """GET: the paper and one button."""
    asked = _asked(site, token, rank, opinion)
    return _page(site, asked, "opinion.html") if asked else people.stranger(site)


def note(site: Site, token: str, rank: int, opinion: str) -> Response:
    """POST: what the link says is noted; by the field "do", it is taken back, or a term is muted or let in again."""
    asked = _asked(site, token, rank, opinion)
    if asked is None:
        return people.stranger(site)
    if people.gone(asked.reader):
        return mistake(site, 410, "Nothing is ranked for you any more.", heading="You have left")
    return _ACTS.get(field("do"), _give)(site, asked)


def _asked(site: Site, token: str, rank: int, opinion: str) -> Asked | None:
    if opinion not in (MORE, LESS):
        abort(404)
    found = people.edition_of(site, token)
    if found is None or people.erased(found[1]):
        return None
    edition, reader = found
    pick = next((pick for pick in edition.picks if pick.rank == rank), None)
    return Asked(token, edition, reader, pick, opinion) if pick else None


def _give(site: Site, asked: Asked) -> Response:
    opinions.give(site.store, site.keys, asked.token, asked.pick.rank, asked.opinion, site.clock())
    return _page(site, asked, "said.html", did="noted")


def _take_back(site: Site, asked: Asked) -> Response:
    opinions.take_back(site.store, site.keys, asked.token, asked.pick.rank)
    return _page(site, asked, "said.html", did="back")


def _mute(site: Site, asked: Asked) -> Response:
    term = field("term", LONGEST_TERM)
    try:
        muted = managing.mute(site.store, asked.reader, term, site.clock())
    except QueryError as error:
        return _page(site, asked, "opinion.html", 400, term=term, fault=f"Nothing is muted: {error.reason}.")
    return _page(site, asked, "said.html", did="muted", term=str(muted))


def _let_in(site: Site, asked: Asked) -> Response:
    term = field("term", LONGEST_TERM)
    managing.drop_interest(site.store, asked.reader, term, site.clock())
    return _page(site, asked, "said.html", did="let in", term=term)


_ACTS: dict[str, Callable[[Site, Asked], Response]] = {"back": _take_back, "mute": _mute, "let in": _let_in}


def _page(
    site: Site, asked: Asked, template: str, status: int = 200, *, did: str = "", term: str = "", fault: str = ""
) -> Response:
    said = opinions.said_of(site.store, asked.edition)
    return page(
        *(site, template, status),
        private=True,
        edition=asked.edition,
        reader=asked.reader,
        view=shown(asked.pick, said, site.summary),
        rank=asked.pick.rank,
        opinion=asked.opinion,
        wanted=Opinion.LIKED if asked.opinion == MORE else Opinion.DISLIKED,
        present=not people.gone(asked.reader),
        did=did,
        term=term,
        fault=fault,
    )
