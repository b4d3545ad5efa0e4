"""Which reader takes a snapshot: by its content, unless the source's kind names one.

`READERS` is in the order in which they are asked, the pickiest first and `feed`, which takes any RSS or Atom, last. A
reader's module is imported when it is first asked, so that a source of JSON never loads feedparser.
"""

from __future__ import annotations

import gzip
import io
import re
import zlib
from dataclasses import dataclass, replace
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, cast

from digest.errors import NotAFeed, Throttled
from digest.model.sources import LARGEST_SNAPSHOT
from digest.papers.charset import decode
from digest.sources import dates, jsontext
from digest.sources.cutting import cut
from digest.sources.huggingface import error_answer
from digest.sources.looks import describe, json_of, refusal, throttled

if TYPE_CHECKING:
    from datetime import datetime

    from digest.errors import SourceError
    from digest.model import Reading, Snapshot

_HTML = re.compile(
    r"(?:<\?xml[^>]{0,200}\?>\s*)?(?:<!--(?:[^-]|-(?!->)){0,2000}-->\s*){0,5}<(?:!doctype\s+html|html|head|body)\b",
    re.IGNORECASE,
)
_MAIL = re.compile(
    r"From \S+ +\S|"
    r"(?:Received|Return-Path|Delivered-To|X-[\w-]{1,40}|MIME-Version|Message-ID|Subject|From|To|Date): \S",
    re.IGNORECASE,
)


class Reader(Protocol):
    """What a reader's module offers."""

    def sniff(self, content: bytes, media_type: str) -> bool:
        """Whether this reader knows the content."""

    def read(self, snapshot: Snapshot) -> Reading:
        """The entries of a snapshot; raises NotAFeed or Throttled."""


@dataclass(frozen=True, slots=True)
class _Lazy:
    """A reader whose module is imported at its first use."""

    module: str

    def sniff(self, content: bytes, media_type: str) -> bool:
        return bool(self._load().sniff(content, media_type))

    def read(self, snapshot: Snapshot) -> Reading:
        return cast("Reading", self._load().read(snapshot))

    def _load(self) -> Any:
        return import_module(f"digest.sources.{self.module}")


@dataclass(frozen=True, slots=True)
class _LazyJson(_Lazy):
    """A reader of JSON, which is parsed once for all that are asked."""

    def fits(self, answer: object, content: bytes) -> bool:
        """Whether this reader knows JSON of the value `answer`."""
        return bool(self._load().fits(answer, content))

    def read_answer(self, snapshot: Snapshot, answer: object) -> Reading:
        """The entries of a snapshot whose value is `answer`; raises NotAFeed or Throttled."""
        return cast("Reading", self._load().read_answer(snapshot, answer))


READERS: dict[str, Reader] = {
    "huggingface-json": _LazyJson("huggingface"),
    "huggingface-html": _Lazy("hfpage"),
    "page-text": _Lazy("pagetext"),
    "json-feed": _LazyJson("jsonfeed"),
    "feed-dump": _LazyJson("dump"),
    "oai-pmh": _Lazy("oai"),
    "scholarly": _LazyJson("scholarly"),
    "arxiv": _Lazy("arxiv"),
    "feed": _Lazy("feed"),
}
"""The readers by kind, in the order in which they are asked."""

FAMILIES = {
    "auto": tuple(READERS),
    "huggingface": ("huggingface-json", "huggingface-html", "page-text"),
    "arxiv": ("arxiv", "oai-pmh", "feed-dump"),
}
"""Kinds that leave the choice among several readers to the content."""

KINDS = tuple(dict.fromkeys((*FAMILIES, *READERS)))
"""Every kind that a source may name."""


def read(snapshot: Snapshot, largest: int = LARGEST_SNAPSHOT) -> Reading:
    """What a snapshot holds, by the reader that its kind names or its content asks for; gzip is unpacked first.

    In this process, whatever it costs: what comes from outside is for `workers.read_within`.

    Args:
        largest: bytes, unpacked, beyond which it is not read.

    Raises:
        NotAFeed: no feed, or none that the named reader knows; the reason says what it is instead.
        Throttled: the answer asks for fewer requests.
    """
    if snapshot.kind not in KINDS:
        raise NotAFeed(snapshot.place, f"the kind {snapshot.kind!r} is not known, only {', '.join(KINDS)}")
    snapshot = _unpacked(snapshot, largest)
    if not snapshot.content.strip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n"):
        raise NotAFeed(snapshot.place, "empty: nothing but white space" if snapshot.content else "empty")
    if throttled(snapshot.content):
        raise refusal(snapshot)
    return _plausible(cut(_read(snapshot)), snapshot.taken_at)


def _read(snapshot: Snapshot) -> Reading:
    name, answer = _chosen(snapshot)
    reader = READERS[name]
    if isinstance(reader, _LazyJson) and answer is not None:
        return reader.read_answer(snapshot, answer)
    return reader.read(snapshot)


def _plausible(reading: Reading, taken_at: datetime) -> Reading:
    """`reading` without the dates of its entries that lie absurdly far in the future."""
    if all(dates.plausible(moment, taken_at) == moment for e in reading.entries for moment in (e.published, e.updated)):
        return reading
    entries = (
        replace(e, published=dates.plausible(e.published, taken_at), updated=dates.plausible(e.updated, taken_at))
        for e in reading.entries
    )
    return replace(reading, entries=tuple(entries))


def kind_of(snapshot: Snapshot, largest: int = LARGEST_SNAPSHOT) -> str:
    """The kind of the reader that would take a snapshot, a key of `READERS`; see `read`.

    Raises:
        NotAFeed, Throttled: none would.
    """
    return _chosen(_unpacked(snapshot, largest))[0]


def _chosen(snapshot: Snapshot) -> tuple[str, object]:
    """The kind of the reader that takes a snapshot, and the value of its content if that was parsed to find it."""
    names = FAMILIES.get(snapshot.kind, (snapshot.kind,))
    if len(names) == 1:
        return names[0], None
    answer = json_of(snapshot) if jsontext.looks_like_json(snapshot.content) else None
    for name in _candidates(names, snapshot.content):
        if _knows(READERS[name], snapshot, answer):
            return name, answer
    if snapshot.kind in READERS:  # "arxiv" is a reader as well as a family
        return snapshot.kind, answer
    raise _unknown(snapshot, answer)


def _candidates(names: tuple[str, ...], content: bytes) -> tuple[str, ...]:
    """The readers to ask: pages of HTML and mails are no feeds, even where feedparser finds something in them."""
    head = decode(content[:8192]).lstrip()
    page = _HTML.match(head) or _MAIL.match(head)
    return tuple(name for name in names if name in ("huggingface-html", "page-text") or not page)


def _knows(reader: Reader, snapshot: Snapshot, answer: object) -> bool:
    if isinstance(reader, _LazyJson) and answer is not None:
        return reader.fits(answer, snapshot.content)
    return reader.sniff(snapshot.content, snapshot.media_type)


def _unknown(snapshot: Snapshot, answer: object) -> SourceError:
    """The error for content that no reader takes, with what is known of it; `answer` is its value if it is JSON."""
    if answer is not None:
        return error_answer(snapshot, answer) or refusal(snapshot, "JSON, but no feed that is known")
    look = describe(snapshot.content)
    if look.startswith("an HTML page") and jsontext.says_throttled(look):
        return Throttled(snapshot.place, f"the source answered with {look}")
    mail = _MAIL.match(decode(snapshot.content[:8192]).lstrip())
    return refusal(snapshot, "a mail, not a feed" if mail else "")


def _unpacked(snapshot: Snapshot, largest: int) -> Snapshot:
    """The snapshot, decompressed where its content is gzip (RFC 1952); NotAFeed where it is broken or too large."""
    if snapshot.content.startswith(b"\x1f\x8b"):
        try:
            with gzip.open(io.BytesIO(snapshot.content)) as packed:
                snapshot = replace(snapshot, content=packed.read(largest + 1))
        except (OSError, EOFError, zlib.error) as error:
            raise NotAFeed(snapshot.place, f"a gzip file that is broken: {error}") from None
    if len(snapshot.content) > largest:
        raise NotAFeed(snapshot.place, f"more than the {largest / 2**20:.3g} MB that are read (max_size of the source)")
    return snapshot
