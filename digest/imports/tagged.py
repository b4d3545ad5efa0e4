"""References in lines of a tag and a value: RIS, PubMed's .nbib, Web of Science, EndNote.

They differ in how a tag is written, where a reference begins and ends, and what the fields are called; `FORMATS` says
so. A line without a tag goes on with the value before it. What stands between references is passed over.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.errors import UsageError
from digest.imports.decoding import start
from digest.imports.gathering import Gathering, entry_of, named_arxiv_id
from digest.papers.ids import doi

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from digest.imports.gathering import Imported

_LONGEST = 20_000

Record = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Format:
    """One way to write references.

    Attributes:
        sign: what its text must hold to be taken for it.
        tag: a line with a tag (group 1) and the value behind it (group 2, or none).
        begin, end: the tags that begin a reference, and end it.
        example: how one begins, for people.
        title, abstract, url, doi, authors, keywords: the tags of each field, those first that say it best.
        prefix: what makes a URL of the value of `begin`, or "".
    """

    sign: re.Pattern[str]
    tag: re.Pattern[str]
    begin: str
    end: str
    example: str
    title: tuple[str, ...]
    abstract: tuple[str, ...]
    url: tuple[str, ...]
    doi: tuple[str, ...]
    authors: tuple[str, ...]
    keywords: tuple[str, ...]
    prefix: str = ""


FORMATS = {
    "ris": Format(
        re.compile(r"^[ \t]{0,4}TY[ \t]{1,4}- ?[A-Z]", re.MULTILINE),
        re.compile(r"[ \t]{0,4}([A-Z][A-Z0-9])[ \t]{1,4}-(?:[ \t](.*)|$)"),
        *("TY", "ER", "TY  - JOUR"),
        *(
            ("TI", "T1", "CT", "BT"),
            ("AB", "N2"),
            ("UR", "L1", "L2", "LK"),
            ("DO", "DI", "M3", "N1"),
            ("AU", "A1"),
            ("KW",),
        ),
    ),
    "nbib": Format(
        re.compile(r"^PMID ?- ?\d", re.MULTILINE),
        re.compile(r"([A-Z]{2,4}) {0,3}- (.*)"),
        *("PMID", "", "PMID- 12345678"),
        *(("TI", "BTI", "TT"), ("AB", "OAB"), (), ("LID", "AID", "SO"), ("FAU", "AU"), ("OT",)),
        prefix="https://pubmed.ncbi.nlm.nih.gov/",
    ),
    "wos": Format(
        re.compile(r"^(?:FN (?:Clarivate|Thomson|ISI)|PT [BJPS]$)", re.MULTILINE),
        re.compile(r"([A-Z][A-Z0-9])(?: (.*)|$)"),
        *("PT", "ER", "PT J"),
        *(("TI",), ("AB",), (), ("DI",), ("AF", "AU"), ("DE",)),
    ),
    "endnote": Format(
        re.compile(r"^%0 [A-Z]", re.MULTILINE),
        re.compile(r"%([0-9A-Z@!#$^&+~?*(<>|=)\[\]]) (.*)"),
        *("0", "", "%0 Journal Article"),
        *(("T",), ("X",), ("U",), ("R",), ("A",), ("K",)),
    ),
}
"""RIS; PubMed's "Send to: Citation manager" (MEDLINE tags); the plain text of Web of Science; EndNote (refer)."""


def tagged_kind(text: str) -> str:
    """Which of `FORMATS` a text is written in, or ""."""
    return next((kind for kind, one in FORMATS.items() if one.sign.search(text)), "")


def read_tagged(text: str, kind: str) -> Imported:
    """The papers of a file in one of `FORMATS`, and their keywords as interests.

    Raises:
        UsageError: there is no reference in it.
    """
    gathering, found, form = Gathering(), False, FORMATS[kind]
    for line, record in _records(text, form):
        found = True
        if not gathering.room():
            break
        values = [value for tag in form.keywords for value in record.get(tag, ())]
        gathering.keywords(word.strip().lstrip("*") for value in values for word in re.split("[;\n]", value))
        number = _first(record, form.begin).strip()
        gathering.paper(
            entry_of(
                _first(record, *form.title),
                _first(record, *form.abstract),
                url=_first(record, *form.url) or (form.prefix + number if form.prefix and number.isdigit() else ""),
                doi=next((said for tag in form.doi for value in record.get(tag, ()) if (said := doi(value))), ""),
                arxiv_id=named_arxiv_id(value for tag, values in record.items() for value in values if tag != form.end),
                authors=next((record[tag] for tag in form.authors if tag in record), ()),
            ),
            f"line {line}",
        )
    if not found:
        name = "RIS" if kind == "ris" else kind
        raise UsageError(f'{name} expected, a reference that begins with "{form.example}" ({start(text)})')
    return gathering.done(kind)


def _records(text: str, form: Format) -> Iterator[tuple[int, Record]]:
    """Each reference, with the number of its first line. One that nothing ends is ended by the next, or by the file."""
    record, begun = Record(), 0
    for number, tag, value in _fields(text, form):
        if tag in (form.begin, form.end) and record:
            yield begun, record
            record, begun = Record(), 0
        if tag == form.begin:
            begun = number
        if begun and tag != form.end:
            record.setdefault(tag, []).append(value)
    if record:
        yield begun, record


def _fields(text: str, form: Format) -> Iterator[tuple[int, str, str]]:
    """(line, tag, value) of each field."""
    number, tag, parts = 0, "", list[str]()
    for here, line in enumerate(text.split("\n"), 1):
        found = form.tag.match(line)
        if found is None:
            parts.append(line)
            continue
        if tag:
            yield number, tag, _value(parts)
        number, tag, parts = here, found[1], [found[2] or ""]
    if tag:
        yield number, tag, _value(parts)


def _value(parts: list[str]) -> str:
    return "\n".join(part.strip() for part in parts)[:_LONGEST].strip()


def _first(record: Mapping[str, list[str]], *tags: str) -> str:
    return next((" ".join(value.split()) for tag in tags for value in record.get(tag, ()) if value), "")
