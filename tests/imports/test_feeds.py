"""Feeds and searches: what their URLs tell of, alone and in an OPML file."""

from __future__ import annotations

from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import UsageError
from digest.imports.feeds import arxiv_wanted, wanted
from digest.imports.searches import read_search
from digest.ranking.query import parse
from tests.imports.reading import interests, keys, read

API = "http://export.arxiv.org/api/query?search_query="


def told(url: str) -> list[str]:
    return [str(interest) for interest in wanted(url).interests]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://rss.arxiv.org/rss/cs.CL", ["cat:cs.CL"]),
        ("http://export.arxiv.org/rss/cs.CL+math.PR+q-bio.NC", ["cat:cs.CL", "cat:math.PR", "cat:q-bio.NC"]),
        ("https://rss.arxiv.org/atom/cond-mat.mtrl-sci", ["cat:cond-mat.mtrl-sci"]),
        ("https://rss.arxiv.org/rss/hep-th?version=2.0", ["cat:hep-th"]),
        ("https://arxiv.org/list/stat/recent", ["cat:stat"]),
        ("feed://rss.arxiv.org/rss/cs.AI", ["cat:cs.AI"]),
        ("feed:https://rss.arxiv.org/rss/cs.AI", ["cat:cs.AI"]),
        ("https://RSS.ARXIV.ORG/rss/cs.AI", ["cat:cs.AI"]),
        ("https://scholar.google.com/scholar?q=%22state+space%22+-survey&hl=en", ['"state space"', "-survey"]),
        ("https://www.semanticscholar.org/search?q=graph%20neural%20networks", ['"graph neural networks"']),
        ("https://pubmed.ncbi.nlm.nih.gov/?term=crispr%5BTitle%2FAbstract%5D+AND+cas9", ["crispr", "cas9"]),
        ("https://search.test/?query=how+do+large+models+learn+to+count", ["how do large models learn to count"]),
        ("https://search.test/?q=author:%22Yann+LeCun%22+OR+intitle:energy", ['author:"Yann LeCun"', "title:energy"]),
        ("https://blog.test/feed?format=rss", []),
        ("https://blog.test/?q=", []),
        ("https://rss.arxiv.org/rss/%22%3E", []),
        ("https://notarxiv.org/rss/cs.CL", []),
        ("https://arxiv.org.evil.test/rss/cs.CL", []),
        ("ftp://rss.arxiv.org/rss/cs.CL", []),
        ("https://[::1/rss/cs.CL", []),
        ("https://blog.test/?q=" + "a" * 3000, []),
        ("", []),
    ],
)
def test_urls(url: str, expected: list[str]) -> None:
    assert told(url) == expected


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        ("cat:cs.CL", ["cat:cs.CL"]),
        ('ti:"large language" AND abs:agents', ['title:"large language"', "abstract:agents"]),
        ("au:del_maestro", ['author:"del maestro"']),
        ("au:LeCun_Y", ['author:"LeCun, Y"']),
        ("all:electron OR all:proton", ["electron", "proton"]),
        ("cat:cs.LG ANDNOT ti:survey", ["cat:cs.LG", "-title:survey"]),
        ("cat:cs.LG ANDNOT (ti:survey OR ti:review) AND all:a", ["cat:cs.LG", "-title:survey", "-title:review", "a"]),
        ("all:x ANDNOT one two three four five six", ["x", '-"one two three four five six"']),
        ("cat:cs.LG AND submittedDate:[202301010600 TO 202401010600]", ["cat:cs.LG"]),
    ],
)
def test_searches_of_arxiv(search: str, expected: list[str]) -> None:
    found = told(API + quote_plus(search) + "&sortBy=lastUpdatedDate&max_results=50")
    assert found == expected
    assert [str(one) for text in found for one in parse(text)] == expected


def test_what_has_no_interest_is_named() -> None:
    found, left_out = read_search('cat:cs.CL AND jr:Nature AND co:"10 pages"')
    assert ([str(one) for one in found], left_out) == (["cat:cs.CL"], ("jr:Nature", 'co:"10 pages"'))


def test_ids_in_a_query_of_arxiv() -> None:
    assert wanted("https://export.arxiv.org/api/query?id_list=2403.15527v2,hep-th/9901001").papers == (
        "2403.15527v2",
        "hep-th/9901001",
    )


def test_another_search_may_be_a_paper() -> None:
    assert not arxiv_wanted("https://journal.test/read?q=12")
    assert arxiv_wanted("https://rss.arxiv.org/rss/cs.CL")


def outline(url: str, **more: str) -> str:
    said = {"text": "Some feed", "xmlUrl": url.replace("&", "&amp;"), **more}
    attributes = " ".join(f'{name}="{value}"' for name, value in said.items())
    return f"<outline {attributes}/>"


def opml(*outlines: str, head: str = "") -> str:
    return (
        f'{head}<opml version="2.0"><head/><body><outline text="A folder">{"".join(outlines)}</outline></body></opml>'
    )


def test_opml() -> None:
    told = read(
        opml(
            outline("https://rss.arxiv.org/rss/cs.CL"),
            outline(API + "ti:agents+AND+jr:x&start=0", title="Agents &amp; co"),
            outline("https://blog.test/feed", title="A blog"),
            outline("https://alerts.test/1.xml", text="An alert", htmlUrl="https://alerts.test/?q=robots"),
            outline("https://export.arxiv.org/api/query?id_list=2403.15527"),
        )
    )
    assert (told.kind, [str(one) for one in told.interests]) == ("opml", ["cat:cs.CL", "title:agents", "robots"])
    assert told.skipped == (
        ("Agents & co", "there is no interest for 'jr:x'"),
        ("A blog", "a feed, not an interest"),
    )
    assert [paper.key for paper in told.papers] == ["arxiv:2403.15527"]


def test_opml_of_old_and_in_other_encodings() -> None:
    old = opml(outline("https://s.test/?q=%C3%A9tale", text="Étale"), head='<?xml version="1.0" encoding="{}"?>')
    old = old.replace("xmlUrl", "xmlurl").replace("outline", "OUTLINE")
    for encoding in ("ISO-8859-1", "utf-8", "utf-16", "windows-1252", "UTF-8", "nonsense"):
        real = "utf-8" if encoding == "nonsense" else encoding
        assert interests(old.replace("{}", encoding).encode(real)) == ["étale"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("<rss><channel/></rss>", "<opml> expected, but this is <rss> (line 1, column 1)"),
        ("\n <!doctype html><html></html>", "OPML expected, but syntax error (line 1, column 1)"),
        ("<opml>\n<outline</opml>", "OPML expected, but not well-formed (invalid token) (line 2, column 9)"),
        ("<opml><body>", "OPML expected, but no element found (line 1, column 13)"),
        (
            '<!DOCTYPE a [<!ENTITY b "c">]><opml/>',
            "OPML without a document type of its own expected (line 1, column 13)",
        ),
    ],
)
def test_what_is_no_opml_says_where(content: str, said: str) -> None:
    with pytest.raises(UsageError) as raised:
        read(content)
    assert str(raised.value) == said


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('<outline text="A & B" xmlUrl="https://s.test/rss?limit=15&utm_x=y&section=2"/>', "A & B"),
        ('<outline text="A&nbsp;B &eacute; &nosuch;" xmlUrl="https://s.test/rss"/>', "A B é &nosuch;"),
        ('<outline text="A\x08B" xmlUrl="https://s.test/rss"/>', "AB"),
        ('<outline text="A "quoted" feed" xmlUrl="https://s.test/rss"/>', "A"),
        ('<outline text="A <b> B" xmlUrl="https://s.test/rss"/>', None),
        ('<outline text="A" xmlUrl="https://s.test/rss">', "A"),
    ],
)
def test_a_line_that_is_no_xml_costs_none_of_the_others(line: str, told: str | None) -> None:
    good = [outline("https://rss.arxiv.org/rss/cs.CL"), outline("https://rss.arxiv.org/rss/math.PR")]
    found = read(opml(good[0], line, good[1]))
    assert list(map(str, found.interests)) == ["cat:cs.CL", "cat:math.PR"]
    assert [place for place, reason in found.skipped if reason == "a feed, not an interest"] == ([told] if told else [])


def test_a_document_type_elsewhere_is_not_looked_at() -> None:
    assert keys('<!DOCTYPE opml SYSTEM "http://127.0.0.1:1/a.dtd"><opml/>') == []


def test_one_interest_however_many_feeds() -> None:
    assert interests(opml(*[outline("https://rss.arxiv.org/rss/cs.CL")] * 3)) == ["cat:cs.CL"]
    many = read(opml(*(outline(f"https://s.test/?q=word{n}") for n in range(300))))
    assert (len(many.interests), many.skipped) == (200, (("100 more", "more than 200 interests"),))
    more = read(opml(*[outline("https://rss.arxiv.org/rss/cs.CL")] * 2_100))
    assert more.skipped == (("the rest", "only 2,000 entries of a file are read"),)
    assert keys(opml()) == []


@given(st.text(max_size=300))
def test_any_search_gives_interests_of_the_language(text: str) -> None:
    found, _ = read_search(text)
    for interest in found:
        assert parse(str(interest)) == (interest,)


@given(st.text(alphabet='ab:"()-_ ANDORT', max_size=60))
def test_any_arxiv_query(text: str) -> None:
    for interest in wanted(API + quote_plus(text)).interests:
        assert parse(str(interest)) == (interest,)
