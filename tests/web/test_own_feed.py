"""A subscriber's own picks as Atom."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from digest.mail.links import subscriber_token
from digest.mail.tokens import Purpose
from tests.factories import NOW
from tests.web.conftest import listed, put
from tests.web.readers import enrolled, paths, published, reader

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from digest.model import Edition, Subscriber
    from digest.web.site import Site

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def read(site: Site) -> tuple[Subscriber, Edition]:
    """Somebody with an edition."""
    return reader(site)


def titles(content: bytes) -> list[str]:
    """The titles of the entries."""
    return [title.text or "" for title in ET.fromstring(content).iterfind(f"{ATOM}entry/{ATOM}title")]


def test_it_holds_the_picks_with_their_reasons(
    client: FlaskClient, site: Site, read: tuple[Subscriber, Edition]
) -> None:
    known, edition = read
    answer = client.get(paths(site).feed(known))
    assert (answer.status_code, answer.mimetype) == (200, "application/atom+xml")
    assert titles(answer.data) == [pick.paper.title for pick in edition.picks]
    first = ET.fromstring(answer.data).find(f"{ATOM}entry/{ATOM}summary")
    assert first is not None
    assert (first.text or "").startswith("Why: diffusion models in title and abstract.\n\n")


def test_the_latest_come_first_and_each_once(client: FlaskClient, site: Site) -> None:
    known, first = reader(site)
    later = NOW + timedelta(days=1)
    put(site.store, listed(20, title="Diffusion models of today"), now=later - timedelta(hours=2))
    published(site, later)
    found = titles(client.get(paths(site).feed(known)).data)
    assert found == ["Diffusion models of today", *(pick.paper.title for pick in first.picks)]


def test_what_is_older_than_a_month_is_not_in_it(client: FlaskClient, site: Site) -> None:
    put(site.store, listed(1, title="Diffusion models of old"), now=NOW - timedelta(days=40))
    known = enrolled(site, next_due_at=NOW - timedelta(days=39))
    published(site, NOW - timedelta(days=39))
    put(site.store, listed(2, title="Diffusion models of now"), now=NOW - timedelta(hours=2))
    published(site)
    assert titles(client.get(paths(site).feed(known)).data) == ["Diffusion models of now"]


def test_only_ones_own_reader_keeps_it(client: FlaskClient, site: Site, read: tuple[Subscriber, Edition]) -> None:
    place = paths(site).feed(read[0])
    answer = client.get(place)
    assert (answer.headers["Cache-Control"], answer.headers["X-Robots-Tag"]) == ("private, max-age=900", "noindex")
    again = client.get(place, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_it_says_nothing_of_who_reads_it(client: FlaskClient, site: Site, read: tuple[Subscriber, Edition]) -> None:
    known, _ = read
    content = client.get(paths(site).feed(known)).text
    assert known.address not in content
    assert subscriber_token(site.keys, Purpose.MANAGE, known) not in content


def test_it_ends_when_its_reader_leaves(client: FlaskClient, site: Site, read: tuple[Subscriber, Edition]) -> None:
    known, _ = read
    site.store.remove_subscriber(known.id, NOW)
    assert client.get(paths(site).feed(known)).status_code == 410


def test_a_link_that_is_not_ours(client: FlaskClient, site: Site, read: tuple[Subscriber, Edition]) -> None:
    for token in ("a" * 40, subscriber_token(site.keys, Purpose.MANAGE, read[0]), site.keys.token(Purpose.FEED, 10**9)):
        assert client.get(f"/feed/{token}.atom").status_code == 404


def test_somebody_new_has_an_empty_one(client: FlaskClient, site: Site) -> None:
    answer = client.get(paths(site).feed(enrolled(site)))
    assert (answer.status_code, titles(answer.data)) == (200, [])
