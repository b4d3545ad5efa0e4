"""OPML 1 and 2 (opml.org/spec2.opml): a list of feeds, as feed readers export it.

The file is read by expat as it goes by, no tree is built, and a document type of its own (which could declare
entities that grow) is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.parsers import expat

from digest.errors import UsageError
from digest.imports.feeds import wanted
from digest.imports.gathering import Gathering, entry_of

if TYPE_CHECKING:
    from digest.imports.gathering import Imported


def read_opml(text: str) -> Imported:
    """The interests that the feeds of an OPML document tell of.

    Raises:
        UsageError: no OPML, or broken XML; says where.
    """
    reader = _Reader()
    try:
        reader.parser.Parse(text.lstrip().encode("utf-8", "replace"), True)
    except expat.ExpatError as error:
        message = expat.errors.messages[error.code]
        raise UsageError(f"OPML expected, but {message} (line {error.lineno}, column {error.offset + 1})") from None
    return reader.gathering.done("opml")


class _Reader:
    """Takes what expat tells of."""

    def __init__(self) -> None:
        self.gathering = Gathering()
        self.parser = expat.ParserCreate("utf-8")
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.StartElementHandler = self._start
        self._root, self._ended = "", False

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
