"""What bytes that are no feed look like, in words for the person who configured the source."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from digest.errors import NotAFeed, SourceError, Throttled
from digest.papers.charset import decode
from digest.papers.text import plain
from digest.sources import jsontext

if TYPE_CHECKING:
    from digest.model import Snapshot

HEAD = 65_536
"""Bytes of the content that are looked at."""

_MAGIC = (
    (b"%PDF", "a PDF file"),
    (b"\x1f\x8b", "gzip-compressed data"),
    (b"PK\x03\x04", "a ZIP file"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"SQLite format 3", "an SQLite database"),
)
_TITLE = re.compile(r"<title[^<>]{0,200}>([^<]{0,300})", re.IGNORECASE)
_HTML = re.compile(r"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_DOCTYPE = re.compile(r"<!doctype\s+html\b", re.IGNORECASE)
_MAIL = re.compile(r"[A-Z][A-Za-z-]{1,40}: \S")
_SUBJECT = re.compile(r"^Subject: (.{1,200})", re.MULTILINE)
_ROOT = re.compile(r"<([A-Za-z_][\w.:-]{0,60})")
_YAML = re.compile(r"(?:---\s|[\w-]{1,40}:\s*\n\s*-?\s)")


def refusal(snapshot: Snapshot, reason: str = "") -> SourceError:
    """The error to raise for content that gave no reading: `Throttled` where it says so itself, else `NotAFeed`.

    `reason` is why, where more is known than what the bytes look like.
    """
    if throttled(snapshot.content):
        return Throttled(snapshot.place, "the source answered: " + _start(decode(snapshot.content[:HEAD])))
    look = describe(snapshot.content)
    return NotAFeed(snapshot.place, f"{reason} ({look})" if reason else f"not a feed but {look}")


def json_of(snapshot: Snapshot) -> object:
    """The value of a snapshot that is JSON.

    Raises:
        NotAFeed, Throttled: it is not, or broken.
    """
    try:
        return jsontext.load(snapshot.content)
    except ValueError as error:
        raise refusal(snapshot, str(error)) from None


def throttled(content: bytes) -> bool:
    """Whether the content is arXiv's ``Rate exceeded.``, which comes with status 200 at times, or its like."""
    words = content[:200].strip().lower()
    return len(content) < 2000 and words.startswith((b"rate exceeded", b"rate limit exceeded", b"too many requests"))


def describe(content: bytes) -> str:
    """What `content` looks like, as a noun phrase: "an HTML page titled 'Sign in'"."""
    if not content.strip():
        return "an empty answer" if not content else "nothing but white space"
    for magic, name in _MAGIC:
        if content.startswith(magic):
            return name
    if content[:200].count(0) and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "binary data"
    return _text_look(decode(content[:HEAD]).strip("\ufeff\0 \t\r\n"))


def _text_look(text: str) -> str:
    if text.startswith("<"):
        return _markup_look(text)
    if text.startswith(("{", "[")):
        return f"JSON that begins {_start(text)}"
    if text.startswith("%YAML") or _YAML.match(text):
        return "a YAML file" + (" (recorded HTTP exchanges)" if text.startswith("interactions:") else "")
    if _MAIL.match(text) and (subject := _SUBJECT.search(text)):
        return "a mail" + _titled(subject)
    return "an HTML page" + _titled(_TITLE.search(text)) if _HTML.search(text) else f"text that begins {_start(text)}"


def _markup_look(text: str) -> str:
    root = _ROOT.search(text)
    if root is None:
        return "XML without an element"
    if root[1].lower() in ("html", "head", "body") or _DOCTYPE.match(text):
        return "an HTML page" + _titled(_TITLE.search(text))
    return f"XML whose first element is <{root[1]}>"


def _titled(found: re.Match[str] | None) -> str:
    title = plain(found[1], html=True, limit=80) if found else ""
    return f" titled {title!r}" if title else ""


def _start(text: str) -> str:
    return repr(plain(text[:200], tex=False, limit=60))
