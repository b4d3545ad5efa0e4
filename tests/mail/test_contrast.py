"""Every text is legible on its ground, by day and by night (WCAG 2.2, 1.4.3: at least 4.5 to 1)."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import chain

import pytest

from digest.mail.links import Links
from digest.mail.page import page_links
from digest.mail.render import render
from digest.mail.specimens import specimens
from digest.mail.templates import environment
from digest.mail.tokens import Keyring
from tests.factories import letterhead

SPECIMENS = specimens(letterhead(footer="Example University"))
ENV = environment()
LINKS = Links("https://digest.example.org", Keyring(b"a key for tests"))
VOID = {"meta", "br"}


def painted(specimen) -> str:
    """Its HTML part with everything that can stand in it."""
    links = page_links(LINKS, specimen.edition, specimen.subscriber) if specimen.letterhead.web_url else None
    head = (specimen.subscriber, specimen.letterhead)
    return render(specimen.edition, *head, ENV, specimen.unsubscribe, links=links).html


def luminance(colour: str) -> float:
    """Relative luminance of "#rrggbb"."""
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """From 1 to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def night(html: str) -> dict[str, dict[str, str]]:
    """What the dark style sheet says of each class, in its order."""
    sheet = re.search(r"@media \(prefers-color-scheme: dark\) \{(.*?)\n\}", html, re.DOTALL)
    assert sheet is not None
    rules: dict[str, dict[str, str]] = {}
    for selectors, body in re.findall(r"([.\w, ]+)\{([^}]*)\}", sheet.group(1)):
        for name in selectors.split(","):
            rules.setdefault(name.strip().removeprefix("."), {}).update(colours(body))
    return rules


def colours(style: str) -> dict[str, str]:
    """Its text colour and background."""
    return dict(re.findall(r"(?:^|[;\s])((?:background-)?color):\s*(#[0-9a-f]{6})", style))


class Painter(HTMLParser):
    """Collects (text colour, background) of every text, with the dark rules of `rules` where they are given."""

    def __init__(self, html: str, rules: dict[str, dict[str, str]]) -> None:
        super().__init__()
        self.rules, self.pairs = rules, {}
        self.stack = [("", {"color": "#000000", "background-color": "#ffffff"})]
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        own = [
            colours(values.get("style") or ""),
            *(self.rules.get(c, {}) for c in (values.get("class") or "").split()),
        ]
        link = {"color": "#0000ee"} if tag == "a" else {}
        if tag not in VOID:
            self.stack.append((tag, {**self.stack[-1][1], **link, **dict(chain.from_iterable(o.items() for o in own))}))

    def handle_endtag(self, tag):
        assert self.stack.pop()[0] == tag

    def handle_data(self, data):
        if data.strip() and not {"style", "title"} & {tag for tag, _ in self.stack}:
            _, paint = self.stack[-1]
            self.pairs.setdefault((paint["color"], paint["background-color"]), data.strip()[:40])


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("specimen", SPECIMENS, ids=lambda s: s.name)
def test_text_stands_out_from_its_ground(specimen, dark):
    html = painted(specimen)
    pairs = Painter(html, night(html) if dark else {}).pairs
    faint = {words: round(contrast(*pair), 2) for pair, words in pairs.items() if contrast(*pair) < 4.5}
    assert faint == {}
    assert len(pairs) >= 3


def test_the_night_has_a_colour_for_everything_that_has_one_by_day():
    for specimen in SPECIMENS:
        html = painted(specimen)
        rules = night(html)
        for attributes in re.findall(r"<(?:body|div|table|td|h\d|p|span|a|b|li)\b[^>]*>", html):
            wanted = colours("".join(re.findall(r'style="([^"]*)"', attributes)))
            classes = "".join(re.findall(r'class="([^"]*)"', attributes)).split()
            assert set(wanted) <= set().union(*(rules.get(name, {}) for name in classes)), attributes


def test_contrast_is_as_the_standard_defines_it():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert Painter('<p style="color:#777777">x</p>', {}).pairs == {("#777777", "#ffffff"): "x"}
