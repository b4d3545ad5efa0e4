"""XML that means harm, or is in no order: decoded, bounded, refused; never an exception of another kind."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.errors import NotAFeed, Throttled
from digest.sources import arxiv, dump, feed, oai, scholarly
from digest.sources.looks import describe, refusal, throttled
from digest.sources.xmltext import DEPTH, LARGEST, decoded, first_text, texts, tree
from tests.factories import snapshot

if TYPE_CHECKING:
    from pathlib import Path

READERS = (arxiv, feed, oai, scholarly, dump)
LAUGHS = (
    "<!DOCTYPE lolz [\n<!ENTITY lol0 'lol'>\n"
    + "\n".join(f"<!ENTITY lol{n} '{f'&lol{n - 1};' * 10}'>" for n in range(1, 10))
    + "\n]>\n"
)
QUADRATIC = f'<!DOCTYPE a [\n<!ENTITY a "{"a" * 20_000}">\n]>\n'
EXTERNAL = '<!DOCTYPE a [\n<!ENTITY a SYSTEM "file://{}">\n<!ENTITY % b SYSTEM "file://{}"> %b;\n]>\n'


def rss(title: str, prolog: str = "") -> bytes:
    return f'{prolog}<rss version="2.0"><channel><item><title>{title}</title></item></channel></rss>'.encode()


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("root", ["rss", "OAI-PMH", "PubmedArticleSet"])
def test_entities_do_not_expand(reader: object, root: str) -> None:
    inside = f"<{root}><channel><item><title>x&lol9;</title></item></channel></{root}>"
    for content in ((LAUGHS + inside).encode(), (QUADRATIC + inside.replace("&lol9;", "&a;" * 20_000)).encode()):
        started = time.process_time()
        try:
            reading = reader.read(snapshot(content=content))  # type: ignore[attr-defined]
        except NotAFeed:
            continue
        assert all(len(entry.title) <= 500 for entry in reading.entries)
        assert time.process_time() - started < 2


def test_small_entities_that_feeds_do_declare_are_read() -> None:
    (entry,) = feed.read(snapshot(content=rss("a&d;b", '<!DOCTYPE rss [\n<!ENTITY d "-">\n]>\n'))).entries
    assert entry.title == "a-b"


def test_external_entities_are_never_opened(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("<x>the secret</x>")
    prolog = EXTERNAL.format(secret, secret)
    content = rss("about &a;", prolog)
    assert "the secret" not in str(feed.read(snapshot(content=content)))
    for reader in (oai, scholarly):
        with pytest.raises(NotAFeed):
            reader.read(snapshot(content=f"{prolog}<OAI-PMH>&a;</OAI-PMH>".encode()))
    assert "secret" not in first_text(tree(b"<!DOCTYPE a SYSTEM 'file:///secret'><a>b</a>"), ".")


@pytest.mark.parametrize(
    "content",
    [
        b'<?xml version="1.0"?>' + b"\n" * 200_000 + rss("T"),
        rss("T").replace(b"<title>", b"<author>" + b"a." * 50_000 + b"@</author><title>"),
        b"<!DOCTYPE " * 3_000 + rss("T"),
        rss("{$\\" * 30_000),
        rss("&lt;a " * 50_000),
        rss("T").replace(b"<item>", b"<skipDays><day>" * 900 + b"<item>"),
        rss("T").replace(b"<title>", b"<author>" + b"(A and B, " * 50_000 + b"</author><title>"),
    ],
    ids=["newlines", "address", "doctypes", "tex", "tags", "skip-days", "authors"],
)
def test_nothing_takes_more_than_linear_time(content: bytes) -> None:
    started = time.process_time()
    assert len(feed.read(snapshot(content=content)).entries) <= 1
    assert time.process_time() - started < 5


def test_a_feed_whose_elements_nobody_closes_is_refused_beyond_a_depth() -> None:
    with pytest.raises(NotAFeed, match="more than 2,000 elements within each other"):
        feed.read(snapshot(content=rss("T").replace(b"<item>", b"<skipDays><day>" * 20_000 + b"<item>")))


def test_documents_that_are_too_large_too_deep_or_no_xml_are_refused() -> None:
    with pytest.raises(ValueError, match="are more than"):
        decoded(b" " * (LARGEST + 1))
    with pytest.raises(ValueError, match=f"more than {DEPTH} levels"):
        tree(b"<a>" * (DEPTH + 1))
    for content in (b"", b"no element", b"x" * 500 + b"<a/>", b"<!-- " + b"x" * 50_000 + b" --><a/>"):
        with pytest.raises(ValueError, match="no XML element at its beginning"):
            decoded(content)


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "windows-1251"]
)
def test_encodings(encoding: str) -> None:
    declared = encoding.removesuffix("-sig")
    content = f'<?xml version="1.0" encoding="{declared}"?>\n<a>Ключ</a>'.encode(encoding)
    assert decoded(content).strip() == "<a>Ключ</a>"
    assert decoded("<a>Ключ</a>".encode("koi8-r"), "text/xml; charset=KOI8-R") == "<a>Ключ</a>"


@pytest.mark.parametrize("encoding", ["punycode", "unicode_escape", "hex", "nonsense", "utf-8"])
def test_encodings_that_are_none_of_documents_are_not_used(encoding: str) -> None:
    content = f'<?xml version="1.0" encoding="{encoding}"?><a>\\d é</a>'.encode()
    assert decoded(content) == "<a>\\d é</a>"
    assert decoded(b"<a>\xe9\x81</a>") == "<a>é\ufffd</a>"


def test_characters_that_xml_forbids_are_left_out() -> None:
    assert decoded("<a>\x00\x08b\x1f\ufffe\t</a>".encode()) == "<a>b\t</a>"
    for reference in ("&#0;", "&#xD800;", "&#x1F;", f"&#{'9' * 9_000};", "&#x110000;"):
        assert decoded(f"<a>b{reference}</a>".encode()) == "<a>b</a>"
    assert decoded(b"<a>&#233;&#x10FFFF;&#0010;</a>") == "<a>&#233;&#x10FFFF;&#0010;</a>"


def test_what_feedparser_fails_on_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise IndexError("of its own")

    monkeypatch.setattr("feedparser.parse", fail)
    with pytest.raises(NotAFeed, match="feedparser cannot read it: IndexError: of its own"):
        feed.read(snapshot(content=rss("T")))


def test_a_tree_has_local_names_and_ends_where_the_document_does() -> None:
    root = tree(b"<?xml version='1.0'?><x:a xmlns:x='u' x:k='v'><b>one <i>two</i></b><c>three")
    assert (root.tag, root.attrib, [child.tag for child in root]) == ("a", {"k": "v"}, ["b", "c"])
    assert (texts(root, "b"), first_text(root, "d", "c")) == (["one two"], "three")


@pytest.mark.parametrize(
    ("content", "look"),
    [
        (b"", "an empty answer"),
        (b" \n", "nothing but white space"),
        (b"\x1f\x8b\x08", "gzip-compressed data"),
        (b"\x00\x01\x02", "binary data"),
        (b"<HTML><head><TITLE>A &amp; B</TITLE>", "an HTML page titled 'A & B'"),
        (b"\n\n<!-- x --><!DOCTYPE html><p>", "XML whose first element is <p>"),
        (b"Busy <html><title>x</title>", "an HTML page titled 'x'"),
        ("<a>".encode("utf-16"), "XML whose first element is <a>"),
        (b"<!-- -->", "XML without an element"),
        (b'{"a": 1}', "JSON that begins '{\"a\": 1}'"),
        (b"interactions:\n- request:", "a YAML file (recorded HTTP exchanges)"),
        (b"---\na: 1", "a YAML file"),
        (b"Received: by x\nSubject: Hello\n\n", "a mail titled 'Hello'"),
        (b"Forbidden", "text that begins 'Forbidden'"),
    ],
)
def test_what_bytes_look_like(content: bytes, look: str) -> None:
    assert describe(content) == look


def test_refusals() -> None:
    assert str(refusal(snapshot(content=b"", place="p"))) == "p: not a feed but an empty answer"
    assert str(refusal(snapshot(content=b"", place="p"), "why")) == "p: why (an empty answer)"
    assert isinstance(refusal(snapshot(content=b"Rate exceeded.")), Throttled)
    assert not throttled(b"Rate exceeded " + b"x" * 3000)


WHOLE = (
    '<?xml version="1.0" encoding="utf-8"?><rss xmlns:arxiv="http://arxiv.org/schemas/atom" version="2.0"><channel>'
    "<title>cs.LG updates on arXiv.org</title><skipDays><day>Sunday</day></skipDays><item><title>A &amp; B</title>"
    "<link>https://arxiv.org/abs/2605.00001</link><guid>oai:arXiv.org:2605.00001v1</guid><category>cs.LG</category>"
    "<description>arXiv:2605.00001v1 Announce Type: new \nAbstract: $x$</description></item></channel></rss>",
    '<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>tag:1</id><title type="html">T</title><link href="x"/>'
    "<updated>2026-05-25T00:00:00Z</updated><author><name>A B</name></author><content>C</content></entry></feed>",
    "<OAI-PMH><ListRecords><record><header><identifier>oai:arXiv.org:2605.00001</identifier></header><metadata><arXiv>"
    "<id>2605.00001</id><title>T</title><authors><author><keyname>A</keyname></author></authors></arXiv></metadata>"
    "</record></ListRecords></OAI-PMH>",
    "<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>1</PMID><Article><ArticleTitle>T</ArticleTitle>"
    "</Article></MedlineCitation></PubmedArticle></PubmedArticleSet>",
)
PIECES = [piece for whole in WHOLE for piece in re.findall(r"<[^>]*>|[^<]+", whole)]
PIECES += [
    "<![CDATA[",
    "]]>",
    "<!--",
    "-->",
    "&",
    "&#0;",
    "&#xD800;",
    "<",
    ">",
    '"',
    "<!DOCTYPE x [",
    "]>",
    "\x00",
    "\ud800",
]


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A document with pieces taken out, doubled, swapped in from others, or cut off."""
    pieces = re.findall(r"<[^>]*>|[^<]+", draw(st.sampled_from(WHOLE)))
    for _ in range(draw(st.integers(1, 6))):
        place = draw(st.integers(0, len(pieces)))
        pieces[place : place + draw(st.integers(0, 2))] = draw(st.lists(st.sampled_from(PIECES), max_size=2))
    content = "".join(pieces).encode("utf-8", "surrogatepass")
    return content[: draw(st.integers(0, len(content)))] if draw(st.booleans()) else content


@settings(max_examples=200)
@given(mutated() | st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    for reader in READERS:
        reader.sniff(content, "")
        try:
            reading = reader.read(snapshot(content=content, place="https://example.org/feed"))
        except (NotAFeed, Throttled) as refused:
            assert refused.reason  # noqa: PT017 - every outcome but these two is the failure
            continue
        assert all(entry.title and entry.place for entry in reading.entries)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("R&D in A & B by AT&T and Q&A", "R&D in A & B by AT&T and Q&A"),
        ("Smith&Wesson study; a&b; see ?x=1&y=2&copy=3", "Smith&Wesson study; a&b; see ?x=1&y=2&copy=3"),
        ("caf&eacute;&nbsp;&rarr; &Alpha;&unknown; &#146;", "café → Α&unknown; ’"),
        ("p < 0.05 and n <3, x<=y", "p < 0.05 and n <3, x<=y"),
        ("<![CDATA[R&D of a ]]>&amp; b ]]> c", "R&D of a & b ]]> c"),
        ("a <!-- x & y < z --> b & c", "a b & c"),
        ("&lt;i&gt;a&lt;/i&gt; &amp;amp; b", "a & b"),
    ],
)
@pytest.mark.parametrize("reader", [feed, scholarly])
def test_what_is_no_xml_is_text(reader: object, written: str, read: str) -> None:
    content = rss(written)
    if reader is scholarly:
        inside = f"<ArticleTitle>{written}</ArticleTitle></Article></MedlineCitation></PubmedArticle>"
        content = f"<PubmedArticleSet><PubmedArticle><MedlineCitation><Article>{inside}</PubmedArticleSet>".encode()
    (entry,) = reader.read(snapshot(content=content)).entries  # type: ignore[attr-defined]
    assert entry.title == read


@pytest.mark.parametrize(
    ("root", "namespace", "item"),
    [
        ("r:rss", "http://feeds.test/own", "r:item"),
        ("rss20:rss", "http://backend.userland.com/rss2", "rss20:item"),
        ("atom:feed", "http://www.w3.org/2005/Atom", "atom:entry"),
    ],
)
def test_a_root_with_a_prefix(root: str, namespace: str, item: str) -> None:
    prefix, name = root.split(":")
    channel = ("", "") if name == "feed" else (f"<{prefix}:channel>", f"</{prefix}:channel>")
    inside = f"<{item}><{prefix}:title>Ants &amp; bees</{prefix}:title></{item}>".join(channel)
    content = f'<?xml version="1.0"?><{root} xmlns:{prefix}="{namespace}" version="2.0">{inside}</{root}>'.encode()
    assert feed.sniff(content, "")
    assert [entry.title for entry in feed.read(snapshot(content=content)).entries] == ["Ants & bees"]


def test_a_prefix_that_nobody_declared_costs_nothing() -> None:
    assert texts(tree(b"<a><x:b y:k='v'>one</x:b><c>two</c></a>"), "*") == ["one", "two"]
