"""What people bring along: feeds, references, lists of ids; read into interests and papers. Pure.

::

    read_import(bytes) -> Imported
        decoding  bytes -> text
        opml      OPML: feeds, by their URLs (feeds, searches)          -> interests
        bibtex    BibTeX                                                -> papers, and interests from their keywords
        tagged    RIS, PubMed, Web of Science, EndNote                  -> the same
        lists     ids, DOIs, URLs, names, an ORCID iD: people           -> papers or interests

Everything is gathered by `gathering`, within bounds. Nothing here asks the web: who an ORCID iD stands for is found
by `sources.orcid`, and what is stored of a paper by `services.importing`.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from digest.errors import UsageError
from digest.imports.bibtex import HEAD, read_bibtex
from digest.imports.decoding import text_of
from digest.imports.gathering import MOST_BYTES, MOST_ENTRIES, MOST_INTERESTS, Imported
from digest.imports.lists import read_list
from digest.imports.opml import read_opml
from digest.imports.tagged import FORMATS, read_tagged, tagged_kind

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["MOST_BYTES", "MOST_ENTRIES", "MOST_INTERESTS", "Imported", "read_import"]

_READERS: dict[str, Callable[[str], Imported]] = {
    "opml": read_opml,
    "bibtex": read_bibtex,
    "list": read_list,
    **{kind: partial(read_tagged, kind=kind) for kind in FORMATS},
}
_SUFFIXES = {
    **{".opml": "opml", ".xml": "opml", ".bib": "bibtex", ".bibtex": "bibtex", ".ris": "ris", ".nbib": "nbib"},
    **{".enw": "endnote", ".ciw": "wos"},
}


def read_import(content: bytes, name: str = "") -> Imported:
    """What a file holds that `digest` can use, at most 2 MB, 2,000 entries and 200 interests of it.

    Args:
        content: the bytes of the file, or what somebody typed.
        name: the name of the file, which decides where the content does not.

    Raises:
        UsageError: it is nothing that is known, or too large; says what was expected, and where it was not found.
    """
    if len(content) > MOST_BYTES:
        raise UsageError(f"{len(content):,} bytes are more than the {MOST_BYTES:,} that are read")
    text = text_of(content)
    return _READERS[_kind(text, name)](text)


def _kind(text: str, name: str) -> str:
    """Which reader is meant: by how the text begins, what stands in it, or the end of the file's name."""
    if text.lstrip()[:1] == "<":
        return "opml"
    if kind := tagged_kind(text):
        return kind
    if HEAD.search(text):
        return "bibtex"
    return _SUFFIXES.get(name[name.rfind(".") :].lower() if "." in name else "", "list")
