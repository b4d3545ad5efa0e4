"""Reads built messages back with code that is not ours: the standard library's old parser."""

from __future__ import annotations

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
