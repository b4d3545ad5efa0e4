"""Feeds: valid by an XML parser and by feedparser, and the same as long as nothing has changed."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import feedparser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.web import atom, create_app
from tests.factories import NOW, paper
from tests.web.conftest import BASE, listed, put, site_of

ATOM = "{http://www.w3.org/2005/Atom}"
FEEDS = (
    "/atom",
    "/days.atom",
    "/day/2026-05-25.atom",
    "/week/2026-W22.atom",
    "/month/2026-05.atom",
    "/trending.atom",
    "/search.atom?q=case",
    "/paper/arxiv:2605.00001.atom",
)
STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def feed(client, path):
    answer = client.get(path)
    assert (answer.status_code, answer.mimetype) == (200, "application/atom+xml")
    return answer.data


def checked(raw):
    """The root, after the rules of RFC 4287 4.1.1 and 4.1.2 were looked after."""
    root = ET.fromstring(raw)
    assert root.tag == f"{ATOM}feed"
    assert root.find(f"{ATOM}author/{ATOM}name") is not None
    for one in (root, *root.iter(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            assert len(one.findall(f"{ATOM}{name}")) == 1
            assert one.findtext(f"{ATOM}{name}")
        assert urlsplit(one.findtext(f"{ATOM}id")).scheme == "tag"
        assert STAMP.fullmatch(one.findtext(f"{ATOM}updated"))
        assert len(one.findall(f"{ATOM}link[@rel='alternate']")) <= 1
    ids = [entry.findtext(f"{ATOM}id") for entry in root.iter(f"{ATOM}entry")]
    assert len(ids) == len(set(ids))
    return root


@pytest.mark.parametrize("path", FEEDS)
def test_every_feed_is_valid_and_knows_itself(client, add, path):
    add(1, 2, 3)
    raw = feed(client, path)
    root = checked(raw)
    assert root.find(f"{ATOM}link[@rel='self']").get("href") == BASE + path
    parsed = feedparser.parse(raw)
    assert (parsed.bozo, parsed.version) == (False, "atom10")
    assert parsed.entries
    for entry in parsed.entries:
        assert entry.link.startswith(BASE)
        assert client.get(entry.link.removeprefix(BASE)).status_code == 200
    assert client.get(parsed.feed.link.removeprefix(BASE)).status_code == 200


@pytest.mark.parametrize("path", FEEDS[:-1])
def test_a_feed_without_papers_is_valid(client, path):
    assert not list(checked(feed(client, path)).iter(f"{ATOM}entry"))


@pytest.mark.parametrize("path", FEEDS)
def test_pages_name_their_feeds(client, add, path):
    add(1)
    page = {"/atom": "/", "/search.atom?q=case": "/search?q=case"}.get(path, path.removesuffix(".atom"))
    link = re.search(r'<link rel="alternate" type="application/atom\+xml"[^>]* href="([^"]+)"', client.get(page).text)
    assert link is not None
    assert link[1] == path


def test_an_entry_says_what_the_page_says(client, add):
    add(listed(1, title="Ünlü & <b>bold</b>", upvotes=3))
    (entry,) = feedparser.parse(feed(client, "/atom")).entries
    assert entry.title_detail.value == "Ünlü & <b>bold</b>" or "bold" in entry.title
    assert [author.name for author in entry.authors] == ["Ada Lovelace", "Alan Turing"]
    assert entry.summary.startswith("We study case 1")
    assert entry.id == "tag:example.test,2026:/paper/arxiv:2605.00001"
    assert (entry.published, entry.updated) == ("2026-05-24T00:00:00Z", "2026-05-25T00:00:00Z")


def test_upvotes_are_no_news(client, store, add):
    add(1)
    before = feed(client, "/atom")
    put(store, listed(1, upvotes=99), now=NOW + timedelta(hours=1))
    assert feed(client, "/atom") == before


def test_a_search_feed_begins_with_the_latest(client, add):
    add(1, now=NOW)
    add(2, now=NOW - timedelta(days=3))
    add(3, now=NOW - timedelta(days=1))
    entries = feedparser.parse(feed(client, "/search.atom?q=case")).entries
    assert [entry.updated[:10] for entry in entries] == ["2026-05-25", "2026-05-24", "2026-05-24"]
    assert entries[0].id.endswith("00001")


@pytest.mark.parametrize("path", ["/search.atom", "/search.atom?q=", "/search.atom?q=%22open"])
def test_a_feed_of_a_bad_search_is_refused(client, path):
    assert client.get(path).status_code == 400


@pytest.mark.parametrize("path", ["/day/x.atom", "/week/2026-W99.atom", "/paper/arxiv:1.atom", "/month/.atom"])
def test_a_feed_of_nothing_is_not_there(client, path):
    assert client.get(path).status_code == 404


def test_without_an_address_links_are_relative(store, tmp_path):
    site = site_of(store, tmp_path, digest={"web_url": ""}, web={"listen": "0.0.0.0:8420"})
    put(store, 1)
    root = checked(feed(create_app(site).test_client(), "/atom"))
    assert {link.get("href") for link in root.iter(f"{ATOM}link")} == {
        *("/atom", "/", "/paper/arxiv:2605.00001", "https://arxiv.org/abs/2605.00001")
    }


def test_ids_stay_when_the_pages_move(store, tmp_path):
    put(store, 1)
    ids = set()
    for base in ("https://one.example", "https://two.example/papers"):
        client = create_app(site_of(store, tmp_path, digest={"web_url": base})).test_client()
        ids.add(tuple(one.text for one in checked(feed(client, "/atom")).iter(f"{ATOM}id")))
    assert len(ids) == 1


ANY = st.text(st.characters(), max_size=40)


@given(ANY, ANY, ANY, ANY)
def test_anything_can_be_said_in_a_feed(title, name, text, category):
    entry = atom.Entry("/paper/x", title, NOW, authors=(name,), categories=(category,), text=text)
    raw = atom.document(_site(), "/atom?q=" + "x", title, [entry])
    root = ET.fromstring(raw)
    said = root.find(f"{ATOM}entry")
    for field, meant in (("title", title), ("summary", text)):
        found = said.findtext(f"{ATOM}{field}") or ""
        # An XML parser makes one line feed of every line end (XML 1.0, 2.11).
        assert found == re.sub("\r\n?", "\n", "".join(c for c in meant if _in_xml(c)))


@given(ANY)
def test_every_name_makes_an_id(name):
    made = atom.tag(_site(), name)
    assert made.startswith("tag:example.test,2026:")
    assert re.fullmatch(r"[!-~]+", made)


def test_a_thousand_authors_are_too_many(site):
    entry = atom.of_paper(site, paper(authors=tuple(f"A{n}" for n in range(1000))))
    assert len(entry.authors) == atom.MOST_AUTHORS + 1
    assert entry.authors[-1] == "and others"


def _in_xml(c):
    return c in "\t\n\r" or "\u0020" <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or c >= "\U00010000"


class _Letterhead:
    title = "Paper Digest"


class _Rules:
    domain = "example.test"


class _Links:
    base = BASE


def _site():
    class Site:
        letterhead, join_rules, links = _Letterhead, _Rules, _Links

    return Site
