from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import NotAFeed, Throttled
from digest.model import Announcement, Entry, Links, Reading
from digest.sources import feed
from digest.sources.collecting import MOST
from digest.sources.feedtext import ABSTRACT, announcement, best_text, clean, labelled, opening
from digest.sources.freshness import LONGEST
from tests.factories import NOW, snapshot

if TYPE_CHECKING:
    from pathlib import Path

PLACE = "https://example.org/feeds/all.xml"
NAMESPACES = (
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:prism="http://prismstandard.org/namespaces/basic/2.0/" xmlns:media="http://search.yahoo.com/mrss/"'
)


def read(content: str | bytes, **fields: Any) -> Reading:
    content = content.encode() if isinstance(content, str) else content
    return feed.read(snapshot(content=content, **{"place": PLACE, **fields}))


def rss(inner: str, head: str = "<title>Ours</title>") -> Reading:
    return read(f'<rss version="2.0" {NAMESPACES}><channel>{head}{inner}</channel></rss>')


def item(inner: str) -> Entry:
    (entry,) = rss(f"<item>{inner}</item>").entries
    return entry


def test_an_entry_with_everything() -> None:
    reading = rss(
        "<item><title>A &amp;lt;i&amp;gt;b&amp;lt;/i&amp;gt; title</title><link>/papers/1</link>"
        "<guid isPermaLink='false'>id-1</guid>"
        "<description>&lt;p&gt;We &lt;b&gt;study&lt;/b&gt; it.&lt;/p&gt;</description>"
        "<dc:creator>Ada Lovelace, Alan Turing and Grace Hopper</dc:creator><category>Logic</category>"
        "<category>Logic</category><prism:doi>10.1000/ABC</prism:doi><pubDate>Mon, 25 May 2026 07:30:00 GMT</pubDate>"
        "<enclosure url='x.pdf' type='application/pdf' length='1'/><media:thumbnail url='/t.png'/></item>"
    )
    assert reading.title == "Ours"
    assert reading.entries == (
        Entry(
            title="A b title",
            abstract="We study it.",
            authors=("Ada Lovelace", "Alan Turing", "Grace Hopper"),
            categories=("Logic",),
            links=Links(abstract="https://example.org/papers/1", pdf="https://example.org/feeds/x.pdf"),
            id="id-1",
            doi="10.1000/abc",
            published=datetime(2026, 5, 25, 7, 30, tzinfo=UTC),
            thumbnail="https://example.org/t.png",
            place="item 1",
        ),
    )


def test_published_upvotes_and_authors_of_daily_papers_as_rss(captures: Path) -> None:
    reading = read((captures / "hf_rss_daily" / "2025-10-20_feed.xml").read_bytes())
    assert {entry.arxiv_id != "" for entry in reading.entries} == {True}
    first = reading.entries[0]
    assert first.title == "When Models Lie, We Learn: Multilingual Span-Level Hallucination Detection with PsiloQA"
    assert (first.arxiv_id, first.upvotes, len(first.authors)) == ("2510.04849", 100, 9)
    assert first.abstract.startswith("Hallucination detection remains a fundamental challenge")
    assert first.published == datetime(2025, 10, 6, 14, 36, 30, tzinfo=UTC)


def test_pubmed_pensoft_nature_and_sciencedirect(captures: Path) -> None:
    journals = captures / "journals"
    pubmed = read(next(journals.glob("2021-12-21__pubmed*")).read_bytes()).entries[0]
    assert (pubmed.id[:7], bool(pubmed.doi), len(pubmed.authors) > 1) == ("pubmed:", True, True)
    pensoft = read((journals / "2021-12-14__mycokeys.pensoft.net-rss.php.xml").read_bytes()).entries[0]
    assert pensoft.authors == ("Ming-Zhu Dou", "Min Li", "Ze-Feng Jia")
    assert (pensoft.doi, pensoft.abstract[:25]) == ("10.3897/mycokeys.85.76040", "We studied the genus Chap")
    nature = read((captures / "daily_series" / "dakesan__2024-06-01_nature.rss").read_bytes()).entries[0]
    assert (nature.doi, nature.abstract[:11]) == ("10.1038/d41586-024-01531-5", "Two species")
    elsevier = read(next(journals.glob("*rss.sciencedirect.com*")).read_bytes()).entries[0]
    assert elsevier.authors == ("David R. Bickel",)


def test_preprints_of_one_version_each_share_a_doi(captures: Path) -> None:
    entries = read((captures / "daily_series" / "wduverger__2025-11-10_biorxiv.xml").read_bytes()).entries
    assert {entry.doi.startswith("10.1101/") for entry in entries} == {True}
    assert entries[0].id.endswith("v1")
    assert entries[0].doi == "10.1101/2025.06.06.658404"


def test_atom_with_a_base_and_authors_in_elements() -> None:
    reading = read(
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://base.test/a/"><title>Ours</title>'
        '<entry><title type="html">x &amp;lt; y</title><link href="b"/><id>tag:1</id>'
        "<updated>2026-05-25T07:30:00Z</updated>"
        "<author><name>Ada Lovelace</name></author><author><name>Turing, Alan</name></author>"
        "<summary>Short.</summary><content type='html'>&lt;p&gt;A longer text&lt;/p&gt;</content></entry></feed>"
    )
    (entry,) = reading.entries
    assert (entry.title, entry.abstract, entry.id) == ("x < y", "A longer text", "tag:1")
    assert entry.links == Links(abstract="https://base.test/a/b")
    assert entry.authors == ("Ada Lovelace", "Alan Turing")
    assert entry.published == entry.updated == datetime(2026, 5, 25, 7, 30, tzinfo=UTC)


ATOM = '<feed xmlns="http://www.w3.org/2005/Atom"><title>Ants</title>{}</feed>'


def test_authors_of_the_source_or_the_feed_are_those_of_entries_without_any() -> None:
    entry = "<entry><title>T</title>{}</entry>"
    ann = "<author><name>Ann Lee</name></author>"
    source = "<source><title>S</title><author><name>Bo Chen</name></author></source>"
    entries = read(ATOM.format(ann + entry.format("") + entry.format(source))).entries
    assert [e.authors for e in entries] == [("Ann Lee",), ("Bo Chen",)]
    own = entry.format(source + "<author><name>Linus</name></author>")
    assert read(ATOM.format(ann + own)).entries[0].authors == ("Linus",)


@pytest.mark.parametrize("name", ["webmaster@example.test", "Admin", "Journal of Ants", "Big Press Ltd"])
def test_publishers_are_no_authors_of_what_their_feed_holds(name: str) -> None:
    author = f"<author><name>{name}</name></author>"
    assert read(ATOM.format(author + "<entry><title>T</title></entry>")).entries[0].authors == ()
    editor = "<managingEditor>ann@example.test (Ann Lee)</managingEditor>"
    assert rss("<item><title>T</title></item>", head=f"<title>Ours</title>{editor}").entries[0].authors == ()


def test_an_entry_with_several_author_elements_has_one_name_in_each() -> None:
    entry = item("<title>T</title><dc:creator>de Melo, Rita M.</dc:creator><dc:creator>Ann Lee</dc:creator>")
    assert entry.authors == ("Rita M. de Melo", "Ann Lee")


def test_dates_are_in_the_order_of_the_whole_feed_and_never_guessed() -> None:
    told = ("05/06/2026", "25/06/2026", "2026 Spring", "5 Uhr", "2026 May-Jun")
    items = "".join(f"<item><title>T</title><pubDate>{date}</pubDate></item>" for date in told)
    days = [e.published and e.published.date().isoformat() for e in rss(items).entries]
    assert days == ["2026-06-05", "2026-06-25", None, None, "2026-05-01"]


@pytest.mark.parametrize(
    ("head", "link", "url"),
    [
        ("<link>https://ants.test/feed/</link>", "/papers/1", "https://ants.test/papers/1"),
        ("<link>https://ants.test/feed/</link>", "1?a=b", "https://ants.test/feed/1?a=b"),
        ("", "//ants.test/1", "https://ants.test/1"),
    ],
)
def test_an_item_with_nothing_but_a_relative_link(head: str, link: str, url: str) -> None:
    content = f"<rss version='2.0'><channel>{head}<item><link>{link}</link></item></channel></rss>"
    (entry,) = read(content, place="spool/feed.xml").entries
    assert (entry.title, entry.links.abstract) == (url.removeprefix("https://"), url)


def test_relative_links_of_atom_are_relative_to_its_base_or_itself() -> None:
    own = "<link rel='self' href='https://ants.test/a/feed'/>"
    entry = "<entry><link href='b'/></entry>"
    assert read(ATOM.format(own + entry), place="feed.xml").entries[0].links.abstract == "https://ants.test/a/b"
    based = ATOM.replace("<feed", "<feed xml:base='https://ants.test/x/'").format(entry)
    assert read(based, place="feed.xml").entries[0].links.abstract == "https://ants.test/x/b"


def test_a_caption_is_no_text_of_its_item_unless_the_item_is_a_film() -> None:
    caption = (
        "<media:content url='a.{}' medium='{}'><media:description>A long caption.</media:description></media:content>"
    )
    assert item(f"<title>T</title><description>Ants.</description>{caption.format('jpg', 'image')}").abstract == "Ants."
    assert item(f"<title>T</title>{caption.format('jpg', 'image')}").abstract == ""
    assert item(f"<title>T</title>{caption.format('mp4', 'video')}").abstract == "A long caption."


def test_labels_of_a_text_give_date_keywords_and_authors() -> None:
    told = "Publication date: May 2026 Source: J. Ants, Volume 1 Keywords: ants, nests Author(s): Ann Lee, Bo Chen"
    entry = item(f"<title>T</title><description>{told}</description>")
    assert (entry.abstract, entry.authors, entry.keywords) == ("", ("Ann Lee", "Bo Chen"), ("ants", "nests"))
    assert entry.published == datetime(2026, 5, 1, tzinfo=UTC)


def test_a_guid_that_is_no_url_is_no_link() -> None:
    assert [r.reason for r in rss("<item><guid>17</guid></item>").rejects] == ["neither title, text nor link"]


def test_a_title_is_made_of_the_beginning_of_the_text_or_of_the_link() -> None:
    assert item("<description>First. Second.</description>").title == "First."
    assert item("<link>https://example.org/x</link>").title == "example.org/x"
    long = item(f"<description>{'word ' * 100}</description>").title
    assert (len(long) <= 121, long[-5:]) == (True, "word…")


def test_an_entry_with_nothing_to_show_is_a_reject() -> None:
    reading = rss("<item><guid isPermaLink='false'>1</guid></item><item><title>Two</title></item>")
    assert [(r.place, r.reason) for r in reading.rejects] == [("item 1", "neither title, text nor link")]
    assert [(e.title, e.place) for e in reading.entries] == [("Two", "item 2")]


@pytest.mark.parametrize("link", ["javascript:alert(1)", "data:text/html,x", "ftp://x.test/", "mailto:a@b.test"])
def test_links_that_are_not_of_the_web_are_dropped(link: str) -> None:
    assert item(f"<title>T</title><link>{link}</link>").links == Links()


def test_a_guid_that_is_a_url_stands_for_a_missing_link() -> None:
    assert item("<title>T</title><guid isPermaLink='false'>https://example.org/1</guid>").links.abstract.endswith("/1")


def test_repeated_guids_and_links_are_no_reason_to_drop_an_entry() -> None:
    same = "<item><title>T</title><guid>https://example.org/1</guid><link>https://example.org/1</link></item>"
    assert len(rss(3 * same).entries) == 3


def test_arxiv_papers_in_other_feeds_are_known_by_their_id_and_type() -> None:
    text = "arXiv:2605.00001v2 Announce Type: replace Abstract: We study it."
    entry = item(
        f"<title>T</title><link>https://www.alphaxiv.org/abs/2605.00001</link><description>{text}</description>"
    )
    assert (entry.arxiv_id, entry.version, entry.announcement) == ("2605.00001", 2, Announcement.REPLACE)
    assert entry.abstract == "We study it."
    assert item("<title>T</title><guid isPermaLink='false'>2605.00001</guid>").arxiv_id == ""


def test_a_feed_without_entries_is_a_reading() -> None:
    assert rss("<skipDays><day>Sunday</day><day>monday</day><day>x</day></skipDays>") == Reading(
        "feed", title="Ours", skip_days=frozenset({0, 6}), quiet_until=NOW + LONGEST
    )


def test_entries_beyond_the_bound_are_counted() -> None:
    reading = rss("<item><title>T</title></item>" * (MOST + 3))
    assert len(reading.entries) == MOST
    assert [(r.place, r.reason) for r in reading.rejects] == [
        (f"item {MOST + 1}", f"3 entries beyond the first {MOST:,} were not read")
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not a feed but an empty answer"),
        (b"  \n", "not a feed but nothing but white space"),
        (b"<!doctype html><title>Sign in</title>", "not a feed but an HTML page titled 'Sign in'"),
        (b"<opml><body/></opml>", "not a feed but XML whose first element is <opml>"),
        (b"%PDF-1.7 <a>", "a PDF file"),
        (b'{"a": 1}', "JSON that begins"),
    ],
)
def test_what_is_no_feed_is_refused_with_what_it_looks_like(content: bytes, words: str) -> None:
    with pytest.raises(NotAFeed) as refused:
        read(content)
    assert words in refused.value.reason
    assert refused.value.place == PLACE


def test_an_answer_that_asks_for_fewer_requests() -> None:
    with pytest.raises(Throttled):
        read(b"Too many requests, slow down")


@pytest.mark.parametrize(
    ("content", "media_type", "known"),
    [
        (b'<?xml version="1.0"?><rss version="2.0">', "", True),
        (b'<a:feed xmlns:a="http://www.w3.org/2005/Atom">', "", True),
        (b"<rdf:RDF xmlns:rdf='x'>", "", True),
        ("<rss>".encode("utf-16"), "", True),
        (b"<x/>", "application/rss+xml; charset=utf-8", True),
        (b"<html>", "text/html", False),
    ],
)
def test_sniff(content: bytes, media_type: str, known: bool) -> None:
    assert feed.sniff(content, media_type) is known


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("x<y and z>w", "x<y and z>w"),
        ("Let's <think> about it", "Let's <think> about it"),
        ("<p>a<br/>b</p>", "a b"),
        ("AT&amp;T", "AT&T"),
        ("<jats:p>One</jats:p>", "One"),
    ],
)
def test_text_is_read_as_html_only_where_it_is_some(raw: str, text: str) -> None:
    assert clean(raw) == text


def test_the_longest_text_of_a_reasonable_length_is_taken() -> None:
    assert best_text(["short", "a longer text", ""]) == "a longer text"
    assert best_text(["an abstract", "x " * ABSTRACT]) == "an abstract"
    assert len(best_text(["x " * ABSTRACT, "y " * ABSTRACT * 2])) <= ABSTRACT
    assert best_text([]) == ""


def test_openings_announcements_and_labels() -> None:
    assert opening("Is it? Yes.") == "Is it?"
    assert opening("x" * 200) == "x" * 120 + "…"
    assert (announcement(" NEW "), announcement("absonly")) == (Announcement.NEW, None)
    assert labelled("In summary: nothing").text == "In summary: nothing"


@given(st.text(max_size=300))
def test_texts_of_any_kind_are_taken(text: str) -> None:
    labelled(text)
    assert clean(clean(text)) is not None
    assert len(opening(text)) <= 121
