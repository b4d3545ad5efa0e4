from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import NotAFeed, Throttled
from digest.model import Announcement, Entry, Links, Reading
from digest.sources import arxiv
from tests.factories import snapshot

if TYPE_CHECKING:
    from pathlib import Path

HEAD = (
    '<rss xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/" version="2.0">'
    "<channel>"
    "<title>cs.LG updates on arXiv.org</title><link>http://rss.arxiv.org/rss/cs.LG</link>"
)
API = (
    '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:arxiv="http://arxiv.org/schemas/atom">'
    "<id>https://arxiv.org/api/x</id><title>arXiv Query: x</title><updated>2026-05-25T00:00:00Z</updated>"
)
ITEM = {
    "title": "A title",
    "link": "https://arxiv.org/abs/2605.00001",
    "description": "arXiv:2605.00001v1 Announce Type: new \nAbstract: We study it.",
    "guid": "oai:arXiv.org:2605.00001v1",
}


def read(content: str | bytes, **fields: Any) -> Reading:
    content = content.encode() if isinstance(content, str) else content
    assert arxiv.sniff(content, "")
    return arxiv.read(snapshot(content=content, **fields))


def elements(**texts: str) -> str:
    """``<a:b>text</a:b>`` for ``a_b="text"``."""
    named = ((name.replace("_", ":", 1), text) for name, text in texts.items())
    return "".join(f"<{name}>{text}</{name}>" for name, text in named)


def rss(**item: str) -> str:
    return f"{HEAD}<item>{elements(**item)}</item></channel></rss>"


def one(**item: str) -> Entry:
    (entry,) = read(rss(**{**ITEM, **item})).entries
    return entry


def api(**entry: str) -> Entry:
    primary = '<arxiv:primary_category term="cs.LG"/><category term="stat.ML"/><category term="cs.LG"/>'
    (found,) = read(f"{API}<entry>{elements(**entry)}{primary}</entry></feed>").entries
    return found


def test_rss_of_a_whole_day(captures: Path) -> None:
    reading = read((captures / "arxiv_rss" / "rss_stat_2024-03-26.xml").read_bytes())
    assert (reading.kind, reading.title) == ("arxiv", "stat updates on arXiv.org")
    assert (reading.listed_on, reading.skip_days) == (date(2024, 3, 26), frozenset({5, 6}))
    kinds = [entry.announcement for entry in reading.entries]
    assert {kind: kinds.count(kind) for kind in Announcement} == {
        Announcement.NEW: 35,
        Announcement.CROSS: 27,
        Announcement.REPLACE: 41,
        Announcement.REPLACE_CROSS: 20,
    }
    first = reading.entries[0]
    assert first.abstract.startswith("Conformal prediction equips machine learning")
    assert first == Entry(
        title="Conformal online model aggregation",
        abstract=first.abstract,
        authors=("Matteo Gasparin", "Aaditya Ramdas"),
        categories=("stat.ML", "cs.LG"),
        links=Links(abstract="https://arxiv.org/abs/2403.15527", pdf="https://arxiv.org/pdf/2403.15527"),
        id="2403.15527v1",
        arxiv_id="2403.15527",
        version=1,
        published=datetime(2024, 3, 26, tzinfo=UTC),
        listed_on=date(2024, 3, 26),
        announcement=Announcement.NEW,
        place="item 1",
    )


def test_every_entry_of_every_real_feed_has_what_arxiv_always_says(captures: Path) -> None:
    whole = [*(captures / "arxiv_rss").glob("rss*.xml"), *(captures / "arxiv_rss_dump").glob("*.xml")]
    for path in whole:
        for entry in read(path.read_bytes()).entries:
            assert entry.arxiv_id, path.name
            assert entry.version, path.name
            assert entry.authors, path.name
            assert entry.listed_on, path.name
            assert entry.announcement, path.name
            assert "Announce Type" not in entry.abstract
            assert not any("(" in name or "\\" in name for name in entry.authors), (path.name, entry.authors)


def test_an_empty_weekend_feed_is_a_reading(captures: Path) -> None:
    reading = read((captures / "arxiv_rss" / "rss_cs.CL_2026-08-01_weekend_empty.xml").read_bytes())
    assert reading == Reading(
        "arxiv", listed_on=date(2026, 8, 1), title="cs.CL updates on arXiv.org", skip_days=frozenset({5, 6})
    )


def test_atom_that_breaks_off_gives_what_it_holds(captures: Path) -> None:
    reading = read((captures / "arxiv_rss" / "atom_cs.AI_2025-08-20_v2.xml").read_bytes())
    assert [entry.id for entry in reading.entries][::4] == ["2508.13426v1", "2508.13435v1"]
    assert reading.listed_on == date(2025, 8, 20)
    assert [entry.announcement for entry in reading.entries] == [*4 * [Announcement.CROSS], None]
    assert [entry.version for entry in reading.entries] == [1, 1, 1, 1, 1]


def test_the_old_rdf(captures: Path) -> None:
    reading = read((captures / "arxiv_rdf_old" / "rdf_hep-ex_2018-05-23.xml").read_bytes())
    told = [(e.title, e.id, e.categories, e.announcement) for e in reading.entries]
    assert told == [
        ("Measurement of Transverse Single Spin Asymmetries", "1805.08875v1", ("hep-ex",), Announcement.NEW),
        ("Recent Top quark results from the Tevatron", "1805.09166v1", ("hep-ex",), Announcement.CROSS),
        ("New Perspective on Hybrid Mesons", "1805.06430v2", ("nucl-th",), Announcement.REPLACE),
    ]
    assert reading.entries[0].authors == ("Christopher Dilks",)
    assert reading.entries[2].authors[::5] == ("Shu-Sheng Xu", "Hong-Shi Zong")
    assert {entry.listed_on for entry in reading.entries} == {date(2018, 5, 23)}
    assert reading.entries[2].abstract.startswith("It is thought that strong interactions")


def test_what_a_third_party_puts_before_an_abstract_is_its_summary(captures: Path) -> None:
    reading = read((captures / "arxiv_rss_dump" / "2025-04-07_feed.xml").read_bytes())
    first = reading.entries[0]
    assert (first.id, first.categories) == ("2504.02866v1", ())
    assert first.summary.startswith("背景：建筑属性数据")
    assert first.abstract.startswith("Building properties, such as height")


def test_api_atom(captures: Path) -> None:
    first, second = read((captures / "arxiv_api" / "ThomPijnenburg__arxiv.xml").read_bytes()).entries[:2]
    assert (first.id, first.categories, first.authors) == ("1801.05533v1", ("math.DG",), ("Xiaomin Chen",))
    assert first.links.abstract == "https://arxiv.org/abs/1801.05533"
    assert (second.version, second.published) == (3, datetime(2008, 2, 15, 4, 40, 56, tzinfo=UTC))
    assert second.updated == datetime(2008, 4, 1, 4, 36, 21, tzinfo=UTC)
    assert (second.announcement, second.listed_on) == (None, None)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_api_fields(scheme: str) -> None:
    entry = api(
        id=f"{scheme}://arxiv.org/abs/hep-th/9901001v2",
        title="A\n  title",
        summary="  One $a<b$.\n Two.",
        published="1999-01-01T00:00:00Z",
        arxiv_comment="9 pages. Code: https://github.com/a/b.git.",
        arxiv_doi="10.1000/ABC",
        author="<name>Smith, Jr</name></author><author><name>CMS and ATLAS Collaborations</name>",
    )
    assert (entry.arxiv_id, entry.version, entry.doi) == ("hep-th/9901001", 2, "10.1000/abc")
    assert (entry.title, entry.categories) == ("A title", ("cs.LG", "stat.ML"))
    assert entry.links.code == "https://github.com/a/b"
    assert entry.authors == ("Smith, Jr", "CMS and ATLAS Collaborations")
    assert entry.published == datetime(1999, 1, 1, tzinfo=UTC)


def test_an_api_answer_without_entries_is_a_reading() -> None:
    assert read(f"{API}</feed>") == Reading("arxiv", title="arXiv Query: x")


@pytest.mark.parametrize(
    ("creator", "authors"),
    [
        ("A. One, B. Two", ("A. One", "B. Two")),
        ("A. One (X, Y), B. Two (Z (nested, too)), C. Three", ("A. One", "B. Two", "C. Three")),
        ("A. One (X, never closed, B. Two", ("A. One",)),
        (r"Paulo Andr\'e Lima de Castro, P. L\'evy", ("Paulo André Lima de Castro", "P. Lévy")),
        ("Martin Luther King, Jr., Ada Lovelace", ("Martin Luther King Jr.", "Ada Lovelace")),
        ("The XENON Collaboration: E. Aprile, J. Aalbers", ("The XENON Collaboration", "E. Aprile", "J. Aalbers")),
        ("One and Two Collaborations, A. Three", ("One and Two Collaborations", "A. Three")),
        ("A. One, A. One, , (x)", ("A. One",)),
        ("A. One</dc:creator><dc:creator>B. Two (X)", ("A. One", "B. Two")),
    ],
)
def test_authors_of_one_string(creator: str, authors: tuple[str, ...]) -> None:
    assert one(dc_creator=creator).authors == authors


def test_abstracts_keep_signs_of_less_and_greater() -> None:
    told = "arXiv:2605.00001v1 Announce Type: new \nAbstract: If a&lt;b and c&gt;d, &lt;think&gt; about $5 to $10."
    assert one(description=told).abstract == "If a<b and c>d, <think> about $5 to $10."


def test_dates_are_of_eastern_days() -> None:
    entry = one(pubDate="Mon, 25 May 2026 03:30:00 +0000", arxiv_announce_type="new")
    assert (entry.listed_on, entry.published) == (date(2026, 5, 24), datetime(2026, 5, 24, tzinfo=UTC))
    assert one(pubDate="Mon, 25 May 2026 00:00:00 -0400").listed_on == date(2026, 5, 25)


def test_a_replacement_was_published_before() -> None:
    entry = one(arxiv_announce_type="replace-cross", pubDate="Mon, 25 May 2026 00:00:00 -0400")
    assert (entry.announcement, entry.published) == (Announcement.REPLACE_CROSS, None)
    assert entry.updated == datetime(2026, 5, 25, tzinfo=UTC)


def test_the_type_is_read_from_the_text_where_the_element_is_missing_or_odd() -> None:
    told = "arXiv:2605.00001v3 Announce Type: replace \nAbstract: We study it."
    assert one(description=told).announcement is Announcement.REPLACE
    assert one(description=told, arxiv_announce_type="brand-new").announcement is Announcement.REPLACE
    assert one(description="Just an abstract.").announcement is None


def test_doi_categories_and_html_page() -> None:
    entry = one(arxiv_DOI="10.1103/PhysRevD.93.016005", category="cs.LG</category><category>53D10, 53D15")
    assert (entry.doi, entry.categories) == ("10.1103/physrevd.93.016005", ("cs.LG",))
    link = '<link rel="alternate" href="https://arxiv.org/html/2605.00001v1"/>'
    atom = f"{API}<entry><id>oai:arXiv.org:2605.00001v1</id><title>T</title>{link}</entry></feed>"
    assert read(atom).entries[0].links.html == "https://arxiv.org/html/2605.00001v1"


def test_an_item_that_is_no_paper_of_arxiv_is_read_as_any_feeds() -> None:
    reading = read(rss(title="Elsewhere", link="/x", guid="77"), place="https://example.org/feed")
    assert [(e.title, e.id, e.links.abstract) for e in reading.entries] == [
        ("Elsewhere", "77", "https://example.org/x")
    ]


def test_a_bad_item_is_a_reject_and_sinks_no_other() -> None:
    content = rss(**ITEM).replace("<item>", "<item><guid>1</guid></item><item>", 1)
    reading = read(content)
    assert [entry.place for entry in reading.entries] == ["item 2"]
    assert [(r.place, r.reason) for r in reading.rejects] == [("item 1", "neither title, text nor link")]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (
            "<rss version='2.0'><channel><title>Feed error for query: cs.XX</title>"
            "<description>Bad archive 'cs.XX'.</description></channel></rss>",
            "Feed error for query: cs.XX (Bad archive 'cs.XX'.)",
        ),
        (
            f"{API}<entry><id>https://arxiv.org/api/errors#x</id><title>Error</title>"
            "<summary>incorrect id format for abc</summary></entry></feed>",
            "incorrect id format for abc",
        ),
    ],
)
def test_arxivs_errors_are_told_in_its_words(content: str, words: str) -> None:
    with pytest.raises(NotAFeed) as refused:
        read(content, place="https://rss.arxiv.org/rss/cs.XX")
    assert refused.value.reason == f"arXiv answered with an error: {words}"
    assert refused.value.place == "https://rss.arxiv.org/rss/cs.XX"


def test_too_many_requests() -> None:
    with pytest.raises(Throttled, match=r"Rate exceeded\."):
        read(b"Rate exceeded.")


@pytest.mark.parametrize("content", [b"", b"{}", b"<rss version='2.0'><channel/></rss>", b"arxiv.org/schemas/atom"])
def test_other_content_is_not_sniffed(content: bytes) -> None:
    assert not arxiv.sniff(content, "")


@given(st.text(max_size=200), st.text(max_size=200), st.text(max_size=60))
def test_any_texts_make_an_entry_or_a_reject(title: str, text: str, creator: str) -> None:
    def escaped(raw: str) -> str:
        return raw.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

    content = rss(title=escaped(title), description=escaped(text), dc_creator=escaped(creator), guid=ITEM["guid"])
    reading = arxiv.read(snapshot(content=content.encode("utf-8", "replace")))
    assert len(reading.entries) + len(reading.rejects) == 1


def test_entities_that_were_escaped_twice_are_read() -> None:
    assert one(description="We ask Q&amp;amp;A of H&amp;amp;E where x&lt;y.").abstract == "We ask Q&A of H&E where x<y."
