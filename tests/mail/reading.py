"""Reads built messages back: with the standard library's old parser, and with a second one that is strict.

The second one takes RFC 2047 and RFC 5322 to the letter and fails on whatever another reader might be kind about.
The standard library's newer parser is not asked: it puts white space between adjacent encoded words.
"""

from __future__ import annotations

import base64
import re
from email import message_from_bytes, policy
from email.header import decode_header
from html.parser import HTMLParser
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from email.message import Message


def parsed(message: bytes) -> Message:
    return message_from_bytes(message, policy=policy.compat32)


def header(message: bytes, name: str) -> str:
    """The decoded value of a field that is there once."""
    (value,) = parsed(message).get_all(name, [])
    unfolded = value.replace("\r\n", "").replace("\n", "")
    return "".join(p if isinstance(p, str) else p.decode(c or "ascii") for p, c in decode_header(unfolded))


def part(message: bytes, kind: str) -> str:
    """The decoded text of the only part of that kind, with LF line ends."""
    (found,) = [p for p in parsed(message).walk() if p.get_content_type() == kind]
    payload = found.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode("utf-8").replace("\r\n", "\n")


_ENCODED = re.compile(r"=\?utf-8\?([qb])\?([!->@-~]+)\?=")
_FIELD = re.compile(rb"([!-9;-~]+): ([^\r\n]*(?:\r\n[ \t]+[^\r\n \t][^\r\n]*)*)\r\n")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')


def fields(message: bytes) -> list[tuple[str, str]]:
    """Every field of the header as (name, unfolded value), which is all that the header holds."""
    head = message.partition(b"\r\n\r\n")[0] + b"\r\n"
    found = list(_FIELD.finditer(head))
    assert b"".join(one[0] for one in found) == head
    return [(one[1].decode("ascii"), one[2].replace(b"\r\n", b"").decode()) for one in found]


def field(message: bytes, name: str) -> str:
    """The unfolded value of the field that is there once."""
    (value,) = [value for found, value in fields(message) if found == name]
    return value


def strict(value: str) -> str:
    """Unstructured text (RFC 2047 6.1): white space between encoded words is none, all other white space is."""
    pieces = re.split(r"([ \t]+)", value)
    text = ""
    for at, piece in enumerate(pieces):
        if at % 2:
            between = all(_ENCODED.fullmatch(word) for word in (pieces[at - 1], pieces[at + 1]))
            text += "" if between else piece
        else:
            text += _word(piece) if "=?" in piece else piece
    return text


def strict_mailbox(value: str) -> tuple[str, str]:
    """(display name, address) of one mailbox (RFC 5322 3.4); the name is atoms, a quoted string or encoded words."""
    if not value.endswith(">"):
        assert re.fullmatch(r"[^\s<>\",]+@[A-Za-z0-9.-]+", value)
        return "", value
    phrase, _, address = value[:-1].rpartition("<")
    phrase = phrase.removesuffix(" ")
    assert re.fullmatch(r"[^\s<>\",]+@[A-Za-z0-9.-]+", address)
    quoted = _QUOTED.fullmatch(phrase)
    if quoted:
        return re.sub(r"\\(.)", r"\1", quoted[1]), address
    atoms = re.fullmatch(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+", phrase)
    assert atoms, phrase
    # RFC 2047 5 (3): in a phrase the text of an encoded word is held to fewer characters still.
    assert all(re.fullmatch(r"[A-Za-z0-9!*+/=_-]*", inner) for _, inner in _ENCODED.findall(phrase))
    return strict(phrase), address


def _word(word: str) -> str:
    """The text of one encoded word (RFC 2047 2): at most 75 characters, and whole characters alone (5)."""
    found = _ENCODED.fullmatch(word)
    assert found, f"looks like an encoded word and is none: {word!r}"
    assert len(word) <= 75
    if found[1] == "b":
        return base64.b64decode(found[2], validate=True).decode()
    assert re.fullmatch(r"(?:[^=_]|_|=[0-9A-F]{2})*", found[2])
    raw = re.sub(rb"=(..)", lambda m: bytes.fromhex(m[1].decode()), found[2].replace("_", "=20").encode())
    return raw.decode()


class Page(HTMLParser):
    """An HTML part as a reader meets it: elements with attributes, links, headings, text."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.headings: list[tuple[str, str]] = []
        self.stack: list[str] = []
        self.words: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in ("meta", "br"):
            self.stack.append(tag)
        if tag in ("h1", "h2", "h3"):
            self.headings.append((tag, ""))

    def handle_endtag(self, tag: str) -> None:
        assert self.stack.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" in self.stack or "title" in self.stack:
            return
        self.words.append(data)
        if any(tag in ("h1", "h2", "h3") for tag in self.stack):
            tag, text = self.headings[-1]
            self.headings[-1] = (tag, text + data)

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.elements if name == tag]

    @property
    def links(self) -> list[str]:
        return [attrs.get("href") or "" for attrs in self.named("a")]

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())
