"""What a mail program would make of an HTML part: the slips that edited templates bring in. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html.parser import HTMLParser

_LINKS = ("http://", "https://", "mailto:")
_ACTIVE = ("script", "iframe", "object", "embed", "form", "input", "video", "audio", "link", "base")
_FETCHES = re.compile(r"url\s*\(|@import", re.IGNORECASE)
_HIDES = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0|mso-hide", re.IGNORECASE)
_VOID = frozenset(("area", "br", "col", "hr", "img", "input", "link", "meta", "base", "embed", "source", "wbr"))


@dataclass(frozen=True, slots=True)
class Slip:
    """One thing wrong with an HTML part: what, what to do, and a pattern that finds the place in a template."""

    problem: str
    advice: str
    pattern: str


def slips(html: str) -> list[Slip]:
    """What is wrong with `html`, each thing once, in the order in which it is met."""
    reader = _Reader()
    try:
        reader.feed(html)
        reader.close()
    except AssertionError:  # Python 3.11's parser at a "<![" that is no section of HTML
        reader.say("a section that no program knows", "remove it", r"<!\[")
    return list(dict.fromkeys([*reader.found, *reader.missing()]))


class _Reader(HTMLParser):
    """Collects slips while it reads."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[Slip] = []
        self._languages: list[tuple[str, bool]] = []
        self._open: list[str] = []
        self._titles = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at one element."""
        values = {name: value or "" for name, value in attrs}
        if tag == "html" or self._open[-1:] == ["body"]:
            self._languages.append((tag, bool(values.get("lang"))))
        self._titles += tag == "h1"
        if tag not in _VOID:
            self._open.append(tag)
        self._look(tag, values)

    def handle_endtag(self, tag: str) -> None:
        """Close one element; what was left open inside it is a slip."""
        if tag not in self._open:
            self.say(f"</{tag}> closes nothing", "remove it, or open the element before", rf"</{re.escape(tag)}\b")
            return
        while (opened := self._open.pop()) != tag:
            self.say(f"<{opened}> is not closed", f"close it before </{tag}>", rf"<{re.escape(opened)}\b")

    def handle_data(self, data: str) -> None:
        """Look at what a style sheet says."""
        if self._open[-1:] == ["style"]:
            self._style(data)

    def missing(self) -> list[Slip]:
        """What should have been there."""
        slips = []
        if not self._languages or not all(has for _, has in self._languages):
            tag = next((tag for tag, has in self._languages if not has), "html")
            slips.append(
                Slip(
                    f"<{tag}> has no lang",
                    'say lang="en" on <html> and on what stands directly in <body>: mail programs drop the former, '
                    "and screen readers then guess how to speak",
                    rf"<{tag}\b",
                )
            )
        if self._titles != 1:
            slips.append(Slip(f"there are {self._titles} h1 headings", "have one: it names the message", "<h1"))
        return slips

    def _look(self, tag: str, values: dict[str, str]) -> None:
        if tag in _ACTIVE:
            self.say(f"<{tag}> does not work in mail", "remove it: mail programs drop it, some the message", f"<{tag}")
        if tag == "img":
            self._image(values)
        if tag == "table" and values.get("role") != "presentation":
            advice = 'say role="presentation", or screen readers announce rows and columns'
            self.say("a table for layout without its role", advice, "<table")
        if tag == "a" and not values.get("href", "").lower().startswith(_LINKS):
            advice = "links begin with https:, http: or mailto:"
            self.say(f"a link to {values.get('href', '')[:60]!r}", advice, "<a")
        if any(name.startswith("on") for name in values):
            self.say(f"a script on <{tag}>", "remove it: mail programs run none", rf"<{tag}\b[^>]*\son")
        self._style(values.get("style", ""))

    def _image(self, values: dict[str, str]) -> None:
        if values.get("src", "").lower().startswith(("http:", "https:", "//")):
            advice = "remove it: it tells its server who opens the mail, and when; the footer says that nobody does"
            self.say("an image from the web", advice, "<img")
        if "alt" not in values:
            self.say("an image without alt", 'say what it shows, or alt=""', "<img")

    def _style(self, style: str) -> None:
        if _FETCHES.search(style):
            self.say("a style that loads something", "remove it: it tells a server who reads", _FETCHES.pattern)
        if _HIDES.search(style):
            advice = "show it or leave it out: filters take hidden text for that of a swindler"
            self.say("a style that hides text", advice, _HIDES.pattern)

    def say(self, problem: str, advice: str, pattern: str) -> None:
        """Note a slip."""
        self.found.append(Slip(problem, advice, pattern))
