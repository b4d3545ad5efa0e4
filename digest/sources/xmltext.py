"""XML as it comes over the wire, made safe to parse: decoded to text, bounded, without declared entities that grow.

Two ways on from here: `decoded` gives text that feedparser can be fed without harm, `tree` a whole document as
elements (for OAI-PMH and PubMed). Neither reads an external entity or DTD, and neither expands what a document
declares: expat's own protection does not cover feedparser's lenient parser, which turns 80 KB into 400 MB.
"""

from __future__ import annotations

import html
import re
from html.entities import html5
from typing import TYPE_CHECKING
from xml.etree.ElementTree import TreeBuilder, tostring
from xml.parsers import expat

from digest.papers.charset import decode

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

LARGEST = 50 * 2**20
"""Bytes of one document beyond which it is not read."""
PROLOG = 32_768
"""Characters that may stand before the first element: feedparser searches them in quadratic time."""
LOOSE = 200
"""Characters of stray text that may stand before it (a broken prolog): more is another kind of file."""
EXPANSION = 4 * 2**20
"""Characters to which the declared entities of a document may grow at most."""
DEPTH = 200
"""Elements that may stand within each other in a `tree`."""

_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", re.ASCII)
_DECLARATION = re.compile(r"<\?xml\b[^>]{0,300}\?>")
_HEAD = 100_000
_ODD_SIGNS = re.compile(
    r"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)|<\?.*?(?:\?>|\Z)|\]\]>"
    r"|<(?![^\W\d]|[:/!])|&(?:(?P<name>[A-Za-z][A-Za-z0-9._-]{0,40});|(?!#[0-9]{1,9};|#x[0-9a-fA-F]{1,8};))",
    re.DOTALL,
)
_ENTITY_DECLARED = re.compile(r"<!ENTITY\s+([^\s%\"'<>]{1,100})\s")
_OF_XML = frozenset({"amp", "lt", "gt", "quot", "apos"})
_ELEMENT = re.compile(r"<\w")
_WORD = re.compile(r"(?<![A-Za-z0-9_.+-])[A-Za-z0-9_.+-]{1000,}")
_REFERENCE = re.compile(r"&#(?:[xX]([0-9a-fA-F]+)|([0-9]+));")
_DROPPED = {n: None for n in (*range(0x20), 0x7F, 0xFFFE, 0xFFFF) if n not in (0x09, 0x0A, 0x0D)}


def decoded(content: bytes, media_type: str = "") -> str:
    """The text of an XML document: no BOM, no XML declaration, no characters that XML 1.0 forbids.

    The encoding is told by `papers.charset`; what is no XML (a bare "&", ``&nbsp;``) is mended. Linear in time, and so
    are the parsers that get the result: runs of white space before the first element and words of over 1,000
    characters (nothing that people read) are cut.

    Raises:
        ValueError: too large, nothing like an element near its beginning, or entities that would grow; says which.
    """
    if len(content) > LARGEST:
        raise ValueError(f"{len(content):,} bytes are more than the {LARGEST:,} that are read")
    text = _REFERENCE.sub(_legal, _text(content, media_type).translate(_DROPPED))
    text = _DECLARATION.sub("", text[:_HEAD], count=1) + text[_HEAD:]
    first = _ELEMENT.search(text)
    prolog = re.sub(r"\s+", _shortened, text[: first.start()]) if first else ""
    loose = prolog.lstrip()
    if first is None or len(prolog) > PROLOG or (len(loose) > LOOSE and not loose.startswith("<")):
        raise ValueError("no XML element at its beginning")
    text = _WORD.sub(lambda found: found[0][:1000], text[first.start() :])
    text = prolog + _mended(text, prolog)
    _check_entities(prolog, text)
    return text


def tree(content: bytes) -> Element:
    """The root of an XML document, tags and attributes by their local names, as far as the document goes.

    A document that breaks off gives the elements that were complete or open by then.

    Raises:
        ValueError: no XML at all, too large or too deep, or a DTD within the document (it could declare entities).
    """
    text = decoded(content)
    builder = _Builder()
    try:
        builder.parser.Parse(text.encode("utf-8", "replace"), True)
    except expat.ExpatError as error:
        if builder.root is None:
            raise ValueError(f"XML that does not parse: {error}") from None
    return builder.finished()


class _Builder:
    """Builds elements from expat's events; refuses an internal DTD and endless nesting (raises ValueError)."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate()  # without namespaces: prefixes that nobody declared are common
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._data
        self.root: Element | None = None
        self._builder = TreeBuilder()
        self._open: list[str] = []

    def finished(self) -> Element:
        """The root, after whatever is still open has been closed."""
        while self._open:
            self._end("")
        if self.root is None:
            raise ValueError("XML without an element")
        return self.root

    def _doctype(self, _name: str, _system: str | None, _public: str | None, internal: int) -> None:
        if internal:
            raise ValueError("XML with a DTD of its own, which is not read")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._open) >= DEPTH:
            raise ValueError(f"XML of more than {DEPTH} levels")
        tag = name.rpartition(":")[2]
        self._open.append(tag)
        told = {key.rpartition(":")[2]: value for key, value in attributes.items() if not key.startswith("xmlns")}
        element = self._builder.start(tag, told)
        self.root = element if self.root is None else self.root

    def _end(self, _name: str) -> None:
        self._builder.end(self._open.pop())

    def _data(self, text: str) -> None:
        if self._open:
            self._builder.data(text)


def _text(content: bytes, media_type: str) -> str:
    charset = _CHARSET.search(media_type[:200].lower())
    return decode(content, charset[1] if charset else "")


def _mended(text: str, prolog: str) -> str:
    """`text` with what is no XML outside CDATA sections, comments and processing instructions made text.

    That is a bare "&" or "<", "]]>" and a reference to an entity of HTML or of nobody; what a DTD declares stays.
    """
    declared = frozenset(_ENTITY_DECLARED.findall(prolog)) | _OF_XML
    return _ODD_SIGNS.sub(lambda found: _as_text(found, declared), text)


def _as_text(found: re.Match[str], declared: frozenset[str]) -> str:
    name = found["name"]
    if name is None:
        return {"&": "&amp;", "<": "&lt;", "]]>": "]]&gt;"}.get(found[0], found[0])
    if name in declared:
        return found[0]
    return html.escape(html5.get(f"{name};", found[0]), quote=False)


def _legal(reference: re.Match[str]) -> str:
    """A character reference, "" where XML 1.0 forbids its character: feedparser fails on surrogates."""
    hexadecimal, decimal = reference.groups()
    digits = (hexadecimal or decimal).lstrip("0")
    code = int(digits or "0", 16 if hexadecimal else 10) if len(digits) <= 8 else -1
    if 0x80 <= code < 0xA0:  # windows-1252, as in HTML
        return html.unescape(reference[0])
    legal = 0 < code < 0xD800 or 0xE000 <= code <= 0x10FFFF
    return reference[0] if legal and code not in _DROPPED else ""


def _shortened(space: re.Match[str]) -> str:
    return space[0] if len(space[0]) == 1 else "\n"


def _check_entities(prolog: str, text: str) -> None:
    """Refuse a document whose declared entities could grow: the longest, as often as anything is referred to."""
    if "<!ENTITY" not in prolog:
        return
    longest = max((len(value) for value in re.split("[\"']", prolog)), default=0)
    if longest * text.count("&") > EXPANSION:
        raise ValueError("XML that declares entities which would grow beyond measure")


def texts(element: Element, path: str) -> list[str]:
    """The texts of all elements at `path` below `element`, markup within them left out, empty ones too."""
    found = ("".join(child.itertext()).strip() for child in element.iterfind(path))
    return [text for text in found if text]


def markups(element: Element, path: str) -> list[str]:
    """The contents of all elements at `path`, with the markup within them as it was written; empty ones left out."""
    told = (html.escape(one.text or "", quote=False) + "".join(map(_written, one)) for one in element.iterfind(path))
    return [text for text in told if text.strip()]


def markup(element: Element, path: str) -> str:
    """The first of the `markups` at `path`, or ""."""
    return next(iter(markups(element, path)), "")


def _written(element: Element) -> str:
    return tostring(element, encoding="unicode")


def first_text(element: Element, *paths: str) -> str:
    """The first text at any of `paths`, or ""."""
    return next((text for path in paths for text in texts(element, path)[:1]), "")
