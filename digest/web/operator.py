"""The operator's page: how the installation is doing. It changes nothing, and names no subscriber.

Who may see it knows the password (HTTP Basic, RFC 7617, user name "operator"), or was let in by the web server in
front, which says so in a header. Without either there is no such page.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, abort, request

from digest.mail.text import without_addresses
from digest.model import SuppressionReason, TurnedAway
from digest.services.alarms import alarms
from digest.services.overview import overview
from digest.web import charts
from digest.web.limits import MOST_NETWORKS, Buckets
from digest.web.rendering import mistake, page
from digest.web.request import network

if TYPE_CHECKING:
    from digest.services.overview import Overview, SourceReport
    from digest.web.site import Site

USER = "operator"
CHALLENGE = {"WWW-Authenticate": 'Basic realm="operator", charset="UTF-8"'}
GUESSES, FORGET = 10, 600.0
"""So many wrong passwords may come from one network before it has to wait; one is forgotten in so many seconds."""
ALL_GUESSES, ALL_FORGET = 100, 36.0
"""The same for all networks together, but for those from which the right one came before: they are not kept out."""
MAX_CREDENTIALS = 1_000

CAPS = {
    TurnedAway.ADDRESS: "the address",
    TurnedAway.BLOCK: "the network",
    TurnedAway.DOMAIN: "the domain",
    TurnedAway.HOUR: "the hour",
}
REASONS = {
    SuppressionReason.DEAD: "no such address",
    SuppressionReason.BOUNCES: "bounced too often",
    SuppressionReason.COMPLAINT: "called it spam",
    SuppressionReason.OPERATOR: "by the operator",
}


class Guesses:
    """Wrong passwords by network and in all; safe to share between threads.

    Each one counts for `forget` seconds less and less.
    """

    def __init__(self, most: int = GUESSES, forget: float = FORGET, networks: int = MOST_NETWORKS) -> None:
        self._left = Buckets(most, 1 / forget, networks)
        self._in_all = Buckets(ALL_GUESSES, 1 / ALL_FORGET, 1)
        self._known: set[str] = set()

    def __len__(self) -> int:
        return len(self._left)

    def wait(self, network: str, now: float) -> float:
        """How many seconds `network` has to wait at `now` (seconds) before it may try again; 0.0 for none."""
        return max(self._left.due(network, now), 0.0 if network in self._known else self._in_all.due("", now))

    def wrong(self, network: str, now: float) -> None:
        """Count a wrong password; the networks that tried longest ago are forgotten beyond the most."""
        self._left.wait(network, now)
        self._in_all.wait("", now)

    def right(self, network: str) -> None:
        """The right one came from `network`, which guesses from elsewhere are not to keep out from now on."""
        if len(self._known) < MOST_NETWORKS:
            self._known.add(network)


def blueprint(site: Site) -> Blueprint:
    """/operator"""
    made, guesses = Blueprint("operator", __name__), Guesses()

    @made.get("/operator")
    def show() -> Response:
        """The page, for whoever may see it."""
        return refused(site, guesses) or _page(site)

    return made


def refused(site: Site, guesses: Guesses) -> Response | None:
    """The answer to a request that may not see the page; None for one that may."""
    access = site.access
    if not access.password and not access.header:
        abort(404)
    if access.header and request.headers.get(access.header, "").strip():
        return None
    if not access.password:
        return mistake(site, 403)
    return _asked(site, guesses)


def _asked(site: Site, guesses: Guesses) -> Response | None:
    """What is said to whoever has to know the password."""
    given, now = _given(request.headers.get("Authorization", "")), site.clock().timestamp()
    who = network().block
    if given is None:
        return mistake(site, 401, headers=CHALLENGE)
    if wait := guesses.wait(who, now):
        return mistake(site, 429, headers={"Retry-After": str(int(wait) + 1)})
    if _same(given[0], USER) & _same(given[1], site.access.password):
        guesses.right(who)
        return None
    guesses.wrong(who, now)
    return mistake(site, 401, "That is not the operator’s name and password.", headers=CHALLENGE)


def _given(header: str) -> tuple[str, str] | None:
    """Name and password as RFC 7617 has them; None for anything else, on which Flask's own reader can fail."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic" or len(encoded) > MAX_CREDENTIALS:
        return None
    try:
        name, colon, password = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except ValueError:  # no base64, or no UTF-8
        return None
    return (name, password) if colon else None


def _same(given: str, wanted: str) -> bool:
    """Compared as hashes, so that the time it takes tells neither content nor length."""
    return hmac.compare_digest(_hashed(given), _hashed(wanted))


def _hashed(words: str) -> bytes:
    return hashlib.sha256(words.encode("utf-8", "surrogatepass")).digest()


def _page(site: Site) -> Response:
    found = overview(site.store, site.sources, site.clock())
    return page(
        site,
        "operator.html",
        private=True,
        overview=found,
        alarms=alarms(found, site.letters.faults),
        words=charts.WORDS,
        verdicts=[(verdict.value, words) for verdict, words in charts.VERDICTS],
        caps=CAPS,
        suppressed=[(REASONS[reason], number) for reason, number in sorted(found.suppressions.items())],
        sources=[_source(source, found) for source in found.sources],
        pauses=[replace(pause, reason=without_addresses(pause.reason)) for pause in found.pauses],
        members=charts.members(found.members),
        volume=charts.volume(found.volume),
        day_words=charts.day_words,
        **_tables(found),
    )


def _source(source: SourceReport, found: Overview) -> dict[str, Any]:
    """A source as the template shows it."""
    runs = charts.runs(source.days)
    return {
        "name": source.name,
        "last": source.last,
        "state": source.state,
        "calendar": charts.calendar(source.days, found.at.date()),
        "rows": [(run.when, run.words, run.looks, run.failures, run.new) for run in runs],
    }


def _tables(found: Overview) -> dict[str, Any]:
    """What the pictures show in numbers, the last day first; the last snapshots."""
    volume = [(charts.day_words(day.day), day.accepted, day.failed, day.waiting) for day in reversed(found.volume)]
    members = [(charts.day_words(day.day), day.came, day.left, day.total) for day in reversed(found.members)]
    taken = [
        (row.source, f"{charts.day_words(row.taken_at.date())}, {row.taken_at:%H:%M}", row.entries, row.rejects)
        for row in found.snapshots
    ]
    return {"volume_table": volume, "members_table": members, "snapshots": taken}
