"""OPML 1 and 2 (opml.org/spec2.opml): a list of feeds, as feed readers export it.

The file is read by expat as it goes by, no tree is built, and a document type of its own (which could declare
entities that grow) is refused. Exporters forget to escape: a bare "&" is one, the entities of HTML are signs, and where
the whole is no XML all the same, each outline is read by itself.
"""

from __future__ import annotations

import re
from html import unescape
from html.entities import html5
from typing import TYPE_CHECKING
from xml.parsers import expat

from digest.errors import UsageError
from digest.imports.decoding import Lines
from digest.imports.feeds import wanted
from digest.imports.gathering import Gathering, entry_of

if TYPE_CHECKING:
    from digest.imports.gathering import Imported


_OPML = re.compile(r"<opml\b", re.IGNORECASE)
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_REFERENCE = re.compile(r"&(?:(#[0-9]{1,7}|#x[0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});)?")
_OUTLINE = re.compile(r"<outline\s[^<>]{0,5000}>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([A-Za-z]{1,20})\s{0,9}=\s{0,9}"([^"]*)\"""")


def read_opml(text: str) -> Imported:
    """The interests that the feeds of an OPML document tell of.

    Raises:
        UsageError: no OPML, or broken XML; says where.
    """
    text = _mended(text.lstrip())
    reader = _Reader()
    try:
        reader.parser.Parse(text.encode("utf-8", "replace"), True)
    except expat.ExpatError as error:
        reader = _Reader(opml=_OPML.search(text) is not None)
        if not reader.outlines(text):
            message = expat.errors.messages[error.code]
            raise UsageError(f"OPML expected, but {message} (line {error.lineno}, column {error.offset + 1})") from None
    return reader.gathering.done("opml")


def _mended(text: str) -> str:
    """`text` with what XML takes for "&" and for signs of HTML, and without characters that it forbids."""
    return _REFERENCE.sub(lambda found: _sign(found[0], found[1]), _FORBIDDEN.sub("", text))


def _sign(found: str, name: str | None) -> str:
    if name is None:
        return f"&amp;{found[1:]}"
    if name.startswith("#") or name in ("amp", "lt", "gt", "quot", "apos"):
        return found
    return html5.get(f"{name};", f"&amp;{name};")


class _Reader:
    """Takes what expat tells of."""

    def __init__(self, *, opml: bool = False) -> None:
        self.gathering = Gathering()
        self.parser = expat.ParserCreate("utf-8")
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.StartElementHandler = self._start
        self._root, self._ended = "opml" if opml else "", False

    def outlines(self, text: str) -> int:
        """Read each outline by itself, whatever is between them; how many there are."""
        lines, count = Lines(text), 0
        for tag in _OUTLINE.finditer(text) if self._root else ():
            count += 1
            said = {name.lower(): unescape(value) for name, value in _ATTRIBUTE.findall(tag[0])}
            if tag[0].count('"') % 2 or len(_ATTRIBUTE.sub("", tag[0]).split("=")) > 1:
                self.gathering.skip(lines.place(tag.start()), "the line is no XML; what could be read of it is used")
            self._outline(said)
        return count

    def _doctype(self, _name: str, _system: str | None, _public: str | None, internal: int) -> None:
        if internal:
            raise UsageError(f"OPML without a document type of its own expected ({self._place()})")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if not self._root:
            self._root = name
            if name.lower() != "opml":
                raise UsageError(f"<opml> expected, but this is <{name[:40]}> ({self._place()})")
        elif name.lower() == "outline":
            self._outline({key.lower(): value for key, value in attributes.items()})

    def _place(self) -> str:
        return f"line {self.parser.CurrentLineNumber}, column {self.parser.CurrentColumnNumber + 1}"

    def _outline(self, said: dict[str, str]) -> None:
        """One feed; an outline without an address is a folder."""
        url = said.get("xmlurl") or said.get("url") or ""
        self._ended = self._ended or bool(url and not self.gathering.room())
        if url and not self._ended:
            self._feed(said.get("title") or said.get("text") or url, url, said.get("htmlurl", ""))

    def _feed(self, title: str, url: str, page: str) -> None:
        found = wanted(url) or wanted(page)
        self.gathering.want(*found.interests)
        for name in found.papers:
            self.gathering.paper(entry_of(arxiv_id=name), title)
        for part in found.left_out:
            self.gathering.skip(title, f"there is no interest for {part[:60]!r}")
        if not found and not found.left_out:
            self.gathering.skip(title, "a feed, not an interest")
