"""Link scanners open whatever they find: no GET and no HEAD of a subscriber's pages changes anything."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urldefrag, urlsplit

from digest.model import Feedback, Opinion
from tests.factories import NOW
from tests.web.conftest import BASE
from tests.web.readers import Page, dump, enrolled, named, paths, reader

if TYPE_CHECKING:
    from pathlib import Path

    from flask.testing import FlaskClient

    from digest.web.site import Site

MOST = 400


def crawl(client: FlaskClient, *places: str) -> dict[str, int]:
    """GET and HEAD of everything that can be reached from `places` on this site: the status of each address."""
    seen: dict[str, int] = {}
    waiting = list(places)
    while waiting and len(seen) < MOST:
        place = waiting.pop()
        if place in seen:
            continue
        client.head(place)
        answer = client.get(place, headers={"User-Agent": "SafeLinks scanner"})
        seen[place] = answer.status_code
        if answer.mimetype == "text/html":
            waiting += [found for link in _addresses(answer.text) if (found := _here(link))]
    return seen


def _addresses(html: str) -> list[str]:
    """Every address on a page: where its links lead, and its forms."""
    page = Page(html)
    return [*page.links, *(form.action for form in page.forms)]


def _here(link: str) -> str:
    """The path of a link on this site, "" for another."""
    bare = urldefrag(link.removeprefix(BASE)).url
    return bare if bare.startswith("/") and not urlsplit(bare).netloc else ""


def test_a_crawler_changes_nothing(client: FlaskClient, site: Site, tmp_path: Path) -> None:
    known, edition = reader(site, interests="diffusion models, -survey")
    gone = enrolled(site, address="left@example.test")
    site.store.remove_subscriber(gone.id, NOW)
    for pick, opinion in zip(edition.picks, Opinion, strict=False):
        site.store.set_feedback(Feedback(known.id, pick.paper, opinion, NOW, "web"))
    links = paths(site)
    every = [
        *(f"{links.manage(known)}{rest}" for rest in ("", "?said=saved", "/account", "/import")),
        *(f"{links.account(known, NOW)}{rest}" for rest in ("", "/export")),
        *(links.manage(gone), links.unsubscribe(gone), f"{links.unsubscribe(gone)}/undo"),
        *(links.unsubscribe(known), f"{links.unsubscribe(known)}/undo"),
        *(links.edition(*named(edition)), links.feed(known), links.feed(gone)),
        *(links.opinion(*named(edition), pick.rank, word) for pick in edition.picks for word in ("more", "less")),
    ]
    before = dump(tmp_path / "digest.db")
    seen = crawl(client, *every)
    assert dump(tmp_path / "digest.db") == before
    assert set(every) <= set(seen)
    assert {place: status for place, status in seen.items() if status >= 500} == {}


def test_a_query_does_not_make_a_get_act(client: FlaskClient, site: Site, tmp_path: Path) -> None:
    known, edition = reader(site)
    query = "?do=save&interests=&do=pause&for=ever&do=resume&term=a&do=mute&List-Unsubscribe=One-Click&_method=POST"
    before = dump(tmp_path / "digest.db")
    links = paths(site)
    for place in (
        *(links.manage(known), f"{links.manage(known)}/account", f"{links.manage(known)}/import"),
        links.account(known, NOW),
        *(links.unsubscribe(known), links.edition(*named(edition)), links.opinion(*named(edition), 1, "more")),
    ):
        for method in ("GET", "HEAD", "OPTIONS"):
            headers = {"X-HTTP-Method-Override": "POST"}
            assert client.open(place + query, method=method, headers=headers).status_code < 500
    assert dump(tmp_path / "digest.db") == before


def test_other_methods_are_refused(client: FlaskClient, site: Site, tmp_path: Path) -> None:
    known, _ = reader(site)
    before = dump(tmp_path / "digest.db")
    for method in ("PUT", "DELETE", "PATCH"):
        for place in (paths(site).manage(known), paths(site).unsubscribe(known)):
            assert client.open(place, method=method).status_code == 405
    assert dump(tmp_path / "digest.db") == before
