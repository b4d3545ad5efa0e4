"""Inputs that once stopped a reader, or could: hostile by their size, their nesting, or by one sign repeated.

Each is some 200 KB (`SIZE`) and valid enough to reach the reader it is meant for. `snapshots` are whole snapshots by
name; who adds a reader or a clean-up of text adds the place where its text comes in, and all fillings go there.
"""

from __future__ import annotations

import json
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from digest.errors import SourceError
from digest.model import Snapshot
from digest.sources.read import read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SIZE = 200_000

SPACES = {
    "blanks": " ",
    "tabs": "\t",
    "line ends": "\n",
    "returns": "\r",
    "line ends of Windows": "\r\n",
    "form feeds": "\f",
    "no-break spaces": "\u00a0",
    "ideographic spaces": "\u3000",
    "line separators": "\u2028",
    "zero-width spaces": "\u200b",
    "blank lines of blanks": " \n",
}
SIGNS = {
    "ampersands": "&",
    "less-than signs": "<",
    "greater-than signs": ">",
    "ends of CDATA": "]]>",
    "beginnings of CDATA": "<![CDATA[",
    "beginnings of comments": "<!--",
    "beginnings of declarations": "<!",
    "beginnings of instructions": "<?",
    "ends of elements": "</",
    "quotes": '"',
    "apostrophes": "'",
    "backslashes": "\\",
    "braces": "{",
    "closed braces": "}",
    "brackets": "[",
    "round brackets": "(",
    "dollars": "$",
    "double dollars": "$$",
    "carets": "^",
    "underscores": "_",
    "tildes": "~",
    "hyphens": "-",
    "commas": ",",
    "semicolons": ";",
    "full stops": ".",
    "slashes": "/",
    "colons": ":",
    "equals signs": "=",
    "hash signs": "#",
    "percent signs": "%",
    "at signs": "@",
    "escapes": "\x1b[",
    "escapes that end nowhere": "\x1b]",
    "nothing": "\x00",
    "surrogates": "\\ud800",
}
LETTERS = {
    "one letter": "a",
    "one vowel": "e",
    "capitals": "A",
    "vowels and consonants": "ab",
    "digits": "1",
    "zeros": "0",
    "accents": "\u0301",
    "accented letters": "e\u0301",
    "Korean letters": "\u1100",
    "ideographs": "\u4e2d",
    "Greek letters": "\u03b1",
    "right-to-left marks": "\u202e",
    "arXiv ids": "2605.00001 ",
    "DOIs": "10.1000/",
    "DOIs without an end": "10.1000.1",
    "URLs": "http://a.b/",
    "names": "Doe, J., ",
    "and": " and ",
    "authors": "Authors: ",
    "abstracts": "Abstract: ",
    "announcements": "arXiv:2605.00001 ",
    "doi:": "doi:",
    "mail addresses": "a@b.",
    "mail addresses without an end": "a.",
    "dates": "2026-05-25 ",
    "months": "May ",
}
MARKUP = {
    "elements": "<b>",
    "elements of blocks": "<p>",
    "closed elements": "<i></i>",
    "raised letters": "<sup>",
    "lowered numbers": "<sub>1",
    "scripts": "<script>",
    "scripts and ends of others": "<script></style>",
    "formulas": "<math><mi>x",
    "roots": "<msqrt>",
    "fractions": "<mfrac>",
    "unknown elements": "<zz>",
    "prefixed elements": "<a:b>",
    "elements without an end": "<a ",
    "elements with an open quote": '<a b="',
    "attributes without an end": "<a b=c ",
    "names of elements without an end": "<aaaaaaaaaa",
    "entities": "&amp;",
    "entities twice": "&amp;lt;",
    "entities thrice": "&amp;amp;lt;b&amp;amp;gt;",
    "entities without an end": "&am",
    "numbers": "&#1;",
    "numbers without an end": "&#1",
    "escaped elements": "&lt;b&gt;",
    "macros": "\\alpha",
    "macros with arguments": "\\frac{",
    "accents of macros": "\\'",
    "groups": "{}",
    "nested groups": "{a",
    "raised": "x^",
    "raised groups": "x^{",
    "roots of macros": "\\sqrt",
    "formulas of TeX": "$x$",
    "parentheses of formulas": "\\(",
    "environments": "\\begin{a}",
    "styles": "\\textbf{",
}
FILLINGS = SPACES | SIGNS | LETTERS | MARKUP


def filled(sign: str, size: int = SIZE) -> str:
    """`sign`, as often as makes `size` characters."""
    return sign * (size // len(sign))


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


_RSS = (
    '<?xml version="1.0"?><rss version="2.0"><channel><title>F</title><item><title>T</title>{}</item></channel></rss>'
)
_ATOM = (
    '<feed xmlns="http://www.w3.org/2005/Atom"><title>F</title><entry><title>T</title><id>urn:1</id>{}</entry></feed>'
)
_RDF = (
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>cs updates on arXiv.org</title></channel>'
    '<item rdf:about="http://arxiv.org/abs/2605.00001"><title>T</title>'
    "<link>http://arxiv.org/abs/2605.00001</link>{}</item></rdf:RDF>"
)
_OAI = (
    '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><ListRecords><record><header><identifier>oai:x:1'
    '</identifier><datestamp>2026-05-25</datestamp></header><metadata><dc xmlns="http://purl.org/dc/elements/1.1/">'
    "<title>T</title>{}</dc></metadata></record></ListRecords></OAI-PMH>"
)
_PUBMED = (
    "<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>1</PMID><Article><ArticleTitle>T</ArticleTitle>{}"
    "</Article></MedlineCitation></PubmedArticle></PubmedArticleSet>"
)
_PAGE = "Get trending papers in your email inbox!\nnew\nSubscribe\n\n{}\n\n{}\n\n"


def _xml(frame: str, name: str) -> Callable[[str], bytes]:
    return lambda text: frame.format(f"<{name}>{_escaped(text)}</{name}>").encode("utf-8", "replace")


def _raw(frame: str) -> Callable[[str], bytes]:
    return lambda text: frame.format(text).encode("utf-8", "replace")


def _json(build: Callable[[str], object]) -> Callable[[str], bytes]:
    return lambda text: json.dumps(build(text)).encode()


def _paper(**fields: object) -> list[object]:
    return [{"paper": {"id": "2605.00001", "title": "T", "summary": "S", **fields}}]


def _item(**fields: object) -> dict[str, object]:
    return {"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1", "title": "T", **fields}]}


PLACES: dict[str, Callable[[str], bytes]] = {
    "nothing but it": lambda text: text.encode("utf-8", "replace"),
    "before a feed": lambda text: (text + _RSS.format("")).encode("utf-8", "replace"),
    "before a feed without a declaration": lambda text: (text + _ATOM.format("")).encode("utf-8", "replace"),
    "after the declaration": lambda text: ('<?xml version="1.0"?>' + text + _ATOM.format("")).encode(
        "utf-8", "replace"
    ),
    "in the declaration": lambda text: f"<?xml {text}?>{_RSS.format('')}".encode("utf-8", "replace"),
    "after a feed": lambda text: (_RSS.format("") + text).encode("utf-8", "replace"),
    "a feed cut short": lambda text: ("<rss><channel><item><title>T</title>" + text).encode("utf-8", "replace"),
    "between the elements of RSS": _raw(_RSS),
    "a title of RSS": _xml(_RSS, "title"),
    "a description": _xml(_RSS, "description"),
    "a description in CDATA": lambda text: _RSS.format(f"<description><![CDATA[{text}]]></description>").encode(
        "utf-8", "replace"
    ),
    "a guid": _xml(_RSS, "guid"),
    "a link of RSS": _xml(_RSS, "link"),
    "a date of RSS": _xml(_RSS, "pubDate"),
    "an author of RSS": _xml(_RSS, "author"),
    "a category of RSS": _xml(_RSS, "category"),
    "an attribute": lambda text: _RSS.format(
        '<enclosure url="{}"/>'.format(_escaped(text).replace('"', "&quot;"))
    ).encode("utf-8", "replace"),
    "a content of Atom": lambda text: _ATOM.format(f'<content type="html">{_escaped(text)}</content>').encode(
        "utf-8", "replace"
    ),
    "XHTML of Atom": lambda text: _ATOM.format(
        f'<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">{text}</div></content>'
    ).encode("utf-8", "replace"),
    "an author of Atom": lambda text: _ATOM.format(f"<author><name>{_escaped(text)}</name></author>").encode(
        "utf-8", "replace"
    ),
    "a description of arXiv's RDF": _xml(_RDF, "description"),
    "a creator of arXiv's RDF": _xml(_RDF, "dc:creator"),
    "a description of OAI": _xml(_OAI, "description"),
    "a creator of OAI": _xml(_OAI, "creator"),
    "between the elements of OAI": _raw(_OAI),
    "an abstract of PubMed": lambda text: _PUBMED.format(
        f"<Abstract><AbstractText>{_escaped(text)}</AbstractText></Abstract>"
    ).encode("utf-8", "replace"),
    "a title of Daily Papers": _json(lambda text: _paper(title=text)),
    "a summary of Daily Papers": _json(lambda text: _paper(summary=text)),
    "an author of Daily Papers": _json(lambda text: _paper(authors=[{"name": text}])),
    "a date of Daily Papers": _json(lambda text: _paper(publishedAt=text)),
    "a repr in a list": _json(lambda text: ["{'paper': {'title': '" + text]),
    "a text of JSON Feed": _json(lambda text: _item(content_text=text)),
    "HTML of JSON Feed": _json(lambda text: _item(content_html=text)),
    "a title of JSON Feed": _json(lambda text: _item(title=text)),
    "a URL of JSON Feed": _json(lambda text: _item(url=text)),
    "an abstract of Crossref": _json(
        lambda text: {"message": {"items": [{"title": ["T"], "DOI": "10.1/x", "abstract": text}]}}
    ),
    "an author of Europe PMC": _json(
        lambda text: {"resultList": {"result": [{"title": "T", "authorString": text, "doi": text}]}}
    ),
    "a body that was recorded": _json(
        lambda text: {"url": "http://a.b/", "status_code": 200, "body": _RSS.format(text)}
    ),
    "a text of feedparser's": _json(
        lambda text: {
            "feed": {"title": "F"},
            "entries": [{"title": "T", "summary": text, "link": text, "author": text}],
        }
    ),
    "a title of the page": lambda text: _PAGE.format(text, "Abstract").encode("utf-8", "replace"),
    "an abstract of the page": lambda text: _PAGE.format("Title", text).encode("utf-8", "replace"),
    "a page of HTML": lambda text: f"<!doctype html><title>P</title><body>{text}".encode("utf-8", "replace"),
    "the data of a page": lambda text: (
        f'<!doctype html><div data-props="{_escaped(text)}" data-x="dailyPapers"></div>'.encode("utf-8", "replace")
    ),
    "UTF-16": lambda text: _RSS.format(f"<description>{_escaped(text)}</description>").encode("utf-16", "replace"),
    "one bad byte": lambda text: (
        b"\xff" + _RSS.format(f"<description>{_escaped(text)}</description>").encode("utf-8", "replace")
    ),
}
"""Where a filling may stand: each makes a whole snapshot of it."""


def _nested(opener: str, closer: str = "", size: int = SIZE) -> str:
    count = size // len(opener + closer)
    return opener * count + closer * count


_ATTRIBUTES = " ".join(f'a{n}="{n}"' for n in range(10_000))
_BASES = _nested('<a xml:base="b/">', "</a>")

SHAPES: dict[str, bytes] = {
    "10,000 attributes of an item": _RSS.format(f"<x {_ATTRIBUTES}/>").encode(),
    "10,000 attributes of the feed": f"<rss {_ATTRIBUTES}><channel><item><title>T</title></item></channel>".encode(),
    "10,000 attributes in XHTML": _ATOM.format(
        f'<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p {_ATTRIBUTES}>T</p></div></content>'
    ).encode(),
    "10,000 attributes in HTML": _RSS.format(f"<description>&lt;p {_escaped(_ATTRIBUTES)}&gt;T</description>").encode(),
    "10,000 attributes of the same name": _RSS.format(f"<x {'a=1 ' * 10_000}/>").encode(),
    "10,000 attributes of OAI": _OAI.format(f"<x {_ATTRIBUTES}/>").encode(),
    "10,000 attributes, not well-formed": _RSS.format(f"<x {_ATTRIBUTES} a&b>").encode(),
    "10,000 namespaces": _RSS.format(
        "<x " + " ".join(f'xmlns:n{n}="http://a.b/{n}"' for n in range(5_000)) + "/>"
    ).encode(),
    "nested elements": _RSS.format(_nested("<a>", "</a>")).encode(),
    "nested elements without an end": _RSS.format(_nested("<a>")).encode(),
    "nested elements of one's own": _RSS.format("".join(f"<a{n}>" for n in range(20_000))).encode(),
    "nested bases": _RSS.format(_BASES).encode(),
    "nested bases of Atom": _ATOM.format(
        f'<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">{_BASES}</div></content>'
    ).encode(),
    "nested bases without an end": _RSS.format(_nested('<a xml:base="b/">')).encode(),
    "nested bases that grow": _RSS.format('<a xml:base="http://a.b/c/">' + _BASES).encode(),
    "a long base of many elements": _RSS.format(
        f'<a xml:base="http://a.b/{"c/" * 40_000}">' + "<b></b>" * 15_000 + "</a>"
    ).encode(),
    "a long base, not well-formed": _RSS.format(
        f'<a xml:base="http://a.b/{"c/" * 40_000}">' + "<b>" * 1_500 + "<b></b>" * 15_000
    ).encode(),
    "25,000 short attributes": _RSS.format(
        "<x "
        + " ".join(
            f'{a}{b}{c}=""'
            for a in "abcdefghijklmnopqrstuvwxyzABCD"
            for b in "abcdefghijklmnopqrstuvwxyzABCD"
            for c in "abcdefghijklmnopqrstuvwxyzABCD"
        )
        + "/>"
    ).encode(),
    "nested descriptions": _RSS.format(_nested("<description>", "</description>")).encode(),
    "nested items": _RSS.format(_nested("<item>", "</item>")).encode(),
    "nested feeds": (_nested("<feed>", "</feed>") + _RSS).encode(),
    "nested namespaces": _RSS.format(_nested('<a xmlns="b">', "</a>")).encode(),
    "nested elements of OAI": _OAI.format(_nested("<a>", "</a>")).encode(),
    "nested elements of PubMed": _PUBMED.format(_nested("<a>", "</a>")).encode(),
    "nested lists of JSON": _nested("[", "]").encode(),
    "nested lists of JSON without an end": _nested("[").encode(),
    "nested objects of JSON": _nested('{"a":', "").encode() + b"1" + b"}" * (SIZE // 5),
    "nested lists in a paper": b'[{"paper": {"title": "T", "authors": ' + _nested("[", "]").encode() + b"}}]",
    "many items": _RSS.format("</item><item><title>x</title>" * 7_000).encode(),
    "many empty items": _RSS.format("</item><item>" * 15_000).encode(),
    "many authors": _RSS.format("<author>A B</author>" * 10_000).encode(),
    "many links": _ATOM.format('<link href="http://a.b/"/>' * 7_000).encode(),
    "many categories": _RSS.format("<category>x</category>" * 8_000).encode(),
    "many contents": _ATOM.format('<content type="html">x</content>' * 6_000).encode(),
    "many fields of Dublin Core": _OAI.format("<description>x</description>" * 7_000).encode(),
    "many papers of JSON": json.dumps([{"paper": {"title": "T", "id": str(n)}} for n in range(5_000)]).encode(),
    "many names in a paper": json.dumps(_paper(authors=["a b"] * 30_000)).encode(),
    "many keys in an object": json.dumps({"entries": 1, **{f"k{n}": {} for n in range(15_000)}}).encode(),
    "many objects in a feed of feedparser's": json.dumps({"feed": {}, "entries": [{}] * 50_000}).encode(),
    "a number of 200,000 digits": b'[{"paper": {"title": "T", "upvotes": ' + b"9" * SIZE + b"}}]",
    "lines of a page": ("Get trending papers in your email inbox!\n" + "T\n\n" * 60_000).encode(),
    "pairs of a page": ("Get trending papers in your email inbox!\n\n" + "a\n·\nMay 1 1\n\n" * 15_000).encode(),
    "entities that are declared": (
        '<?xml version="1.0"?><!DOCTYPE rss ['
        + "".join(f'<!ENTITY e{n} "x">' for n in range(2_000))
        + "]>"
        + _RSS.format("&e1;" * 20_000)
    ).encode(),
    "entities that grow": (
        b'<!DOCTYPE rss [<!ENTITY a "'
        + b"x" * 4_000
        + b'">]>'
        + _RSS.format("<title>" + "&a;" * 40_000 + "</title>").encode()
    ),
    "declarations of a type": ("<!DOCTYPE a " * 15_000 + _RSS.format("")).encode(),
    "comments": _RSS.format("<!-- a -->" * 20_000).encode(),
    "instructions": _RSS.format("<?a b?>" * 25_000).encode(),
    "sections of CDATA": _RSS.format("<description>" + "<![CDATA[a]]>" * 15_000 + "</description>").encode(),
    "positions of words": json.dumps(
        {"results": [{"title": "T", "doi": "10.1/x", "abstract_inverted_index": {f"w{n}": [n] for n in range(12_000)}}]}
    ).encode(),
    "pages within a page": ('<!doctype html><div data-props="{}" class="dailyPapers">' * 4_000).encode(),
    "quotes within a page": ("<!doctype html dailyPapers>" + " data-props='" * 15_000).encode(),
}
"""Snapshots that are hostile by their shape."""


def snapshots() -> Iterator[tuple[str, bytes]]:
    """Each attack by name: every filling at every place, and every shape."""
    for place, build in PLACES.items():
        for name, sign in FILLINGS.items():
            yield f"{place}: {name}", build(filled(sign))
    yield from SHAPES.items()


def main() -> int:
    """Read all, and name the slow ones."""
    asked, number, slow = " ".join(sys.argv[1:]), 0, 0
    for name, content in snapshots():
        if asked not in name:
            continue
        started = time.process_time()
        with suppress(SourceError):
            read(Snapshot("attack", datetime.now(UTC), content, "http://a.example/feed"))
        spent = time.process_time() - started
        number, slow = number + 1, slow + (spent > 1)
        if spent > 1:
            sys.stdout.write(f"{spent:.2f} s: {name}\n")
    sys.stdout.write(f"{number:,} attacks, {slow} of them over a second\n")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
