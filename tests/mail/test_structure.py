"""The two parts of every specimen: what is in them, in which order, and that they say the same."""

from __future__ import annotations

import re

import pytest

from digest.mail.links import Links
from digest.mail.page import page, page_links
from digest.mail.render import render
from digest.mail.specimens import specimens
from digest.mail.templates import environment
from digest.mail.text import columns
from digest.mail.tokens import Keyring
from tests.factories import letterhead
from tests.mail.reading import Page

ENV = environment()
LINKS = Links("https://digest.example.org", Keyring(b"a key for tests"))
CASES = pytest.mark.parametrize("specimen", specimens(letterhead(footer="Example University")), ids=lambda s: s.name)
OURS = {"html", "head", "meta", "title", "style", "body", "div", "table", "tr", "td"}
OURS |= {"h1", "h2", "h3", "p", "span", "a", "b", "ol", "li"}


def rendered(specimen):
    """As it is sent: with links to the pages where there are any."""
    links = page_links(LINKS, specimen.edition, specimen.subscriber) if specimen.letterhead.web_url else None
    return render(specimen.edition, specimen.subscriber, specimen.letterhead, ENV, specimen.unsubscribe, links=links)


def whole(specimen):
    return page(specimen.edition, specimen.subscriber, specimen.letterhead, specimen.unsubscribe)


@CASES
def test_the_html_is_well_formed_and_loads_nothing(specimen):
    html = rendered(specimen).html
    made = Page(html)
    assert made.stack == []
    assert {tag for tag, _ in made.elements} <= OURS
    assert not any("src" in attrs or any(name.startswith("on") for name in attrs) for _, attrs in made.elements)
    styles = re.findall(r"<style>.*?</style>", html, re.DOTALL) + [
        attrs.get("style") or "" for _, attrs in made.elements
    ]
    assert not re.search(r"url\(|@import|display:\s*none|visibility|opacity|expression", "".join(styles))
    assert sum(map(len, re.findall(r"<style>.*?</style>", html, re.DOTALL))) < 8_000


@CASES
def test_language_direction_and_roles_are_told(specimen):
    made = Page(rendered(specimen).html)
    places = [(tag, attrs) for tag, attrs in made.elements if tag in ("html", "div")]
    assert [(tag, attrs["lang"], attrs["dir"]) for tag, attrs in places] == [
        ("html", "en", "ltr"),
        ("div", "en", "ltr"),
    ]
    body = [tag for tag, _ in made.elements].index("body")
    assert made.elements[body + 1][0] == "div"
    assert all(attrs["role"] == "presentation" for attrs in made.named("table"))
    assert all(attrs.get("dir") == "auto" for attrs in [*made.named("h3"), *made.named("li")])


@CASES
def test_one_h1_an_h2_for_each_section_an_h3_for_each_card(specimen):
    made = Page(rendered(specimen).html)
    tags = [tag for tag, _ in made.headings]
    assert tags[0] == "h1"
    assert tags.count("h1") == 1
    shown = [words for tag, words in made.headings if tag == "h2"]
    assert shown == [section.title for section in whole(specimen).sections][: len(shown)]
    assert all(words.strip() for _, words in made.headings)


@CASES
def test_the_first_words_of_both_parts_are_the_preview_line(specimen):
    made, preview = rendered(specimen), " ".join(whole(specimen).preview.split())
    assert Page(made.html).text.startswith(clean(preview))
    assert " ".join(made.text.split()).startswith(clean(preview)[:70])


def clean(words):
    return re.sub("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", "", words)


@CASES
def test_every_link_leads_somewhere_and_stands_in_both_parts(specimen):
    made = rendered(specimen)
    links = Page(made.html).links
    assert links
    assert all(re.match(r"https?://[^\s]+$|mailto:[^\s]+$", link) for link in links)
    lines = {line.strip() for line in made.text.split("\n")}
    # The text part leads to the edition's page, where there is all that one may say of its papers.
    told = {link.removesuffix("#pause") for link in links if "/opinion/" not in link}
    assert {line for line in lines if re.match(r"(?:https?://|mailto:)\S+$", line)} == told


@CASES
def test_each_whole_card_asks_what_one_thinks_of_it_and_nothing_else_does(specimen):
    made = Page(rendered(specimen).html)
    asked = [link.partition("/opinion/")[2].split("/") for link in made.links if "/opinion/" in link]
    cards = [words.partition(".")[0] for tag, words in made.headings if tag == "h3"]
    wanted = cards if specimen.letterhead.web_url else []
    assert [(rank, opinion) for _, rank, opinion in asked] == [(n, say) for n in wanted for say in ("more", "less")]
    assert len({token for token, _, _ in asked}) <= 1


@CASES
def test_both_parts_show_the_same_picks_by_the_same_numbers(specimen):
    made = rendered(specimen)
    found = Page(made.html)
    cards = [int(words.partition(".")[0]) for tag, words in found.headings if tag == "h3"]
    lines = [int(attrs["value"] or 0) for attrs in found.named("li")]
    assert sorted(cards + lines) == [int(n) for n in re.findall(r"^ {0,2}(\d+)\. ", made.text, re.MULTILINE)]


@CASES
def test_text_is_wrapped_below_78_columns_and_urls_stand_alone(specimen):
    for line in rendered(specimen).text.split("\n"):
        assert line == line.rstrip()
        if re.search(r"https?://|mailto:", line):
            assert re.fullmatch(r" *(?:https?://|mailto:)\S+", line)
        else:
            assert columns(line) < 78
