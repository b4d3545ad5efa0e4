"""Where a mail leads on the web, and what it says where there are no pages."""

from __future__ import annotations

from dataclasses import replace

import pytest

from digest.mail.links import Links as Pages
from digest.mail.page import page_links
from digest.mail.render import render
from digest.mail.templates import environment
from digest.mail.tokens import Keyring
from digest.model import Links
from tests.factories import NOW, edition, letterhead, paper, subscriber
from tests.mail.reading import Page

ENV = environment()
READER = subscriber(id=1, address="ada@example.test")
DAY = NOW.date()
PAGES = Pages("https://digest.test", Keyring(b"a key for tests"))


def linked(*papers, base=PAGES.base, **fields):
    day = edition(*papers, **{"id": 5, **fields})
    pages = replace(PAGES, base=base)
    return render(day, READER, letterhead(web_url=base), ENV, links=page_links(pages, day, READER))


def test_with_pages_the_mail_leads_to_its_edition_to_ones_wishes_and_to_an_opinion_on_each_paper():
    made = linked(paper(links=Links(abstract="https://x.test/1")), paper(links=Links()))
    page = Page(made.html)
    own, wishes = PAGES.edition(READER, DAY), PAGES.manage(READER)
    assert [link for link in page.links if "digest.test" in link] == [
        own,
        *[PAGES.opinion(READER, DAY, rank, say) for rank in (1, 2) for say in ("more", "less")],
        wishes,
        f"{wishes}#pause",
    ]
    assert "Paper Digest · Monday, 25 May 2026 · Read on the web" in page.text
    assert page.text.count("More like this · Less like this") == 2
    assert "Change your interests, hour or rhythm, or pause." in page.text
    assert (
        f"you want more or less of:\n{own}\nChange your interests, hour or rhythm, or pause:\n{wishes}\n" in made.text
    )
    assert "/opinion/" not in made.text


def test_what_is_said_of_tracking_is_true_with_and_without_pages():
    straight = "No pictures, no tracking: links go straight to the papers, and nobody learns which you open."
    kept = "What you say by “More like this” or “Less like this” is kept, to rank for you."
    for made, said in (
        (linked(paper()), f"{straight} {kept}"),
        (linked(), straight),
        (render(edition(paper()), READER, letterhead(), ENV), straight),
    ):
        for words in (Page(made.html).text, " ".join(made.text.split())):
            assert said in words
            assert (kept in words) == (kept in said)


@pytest.mark.parametrize(
    ("base", "led"),
    [
        ("https://digest.test", True),
        ("http://127.0.0.1:8420", False),
        ("http://[::1]:8420", False),
        ("http://localhost:8420", False),
        ("http://digest.test", False),
        ("http://127.0.0.1.evil.test", False),
        ("ftp://digest.test", False),
        ("", False),
    ],
)
def test_a_mail_leads_to_pages_at_https_alone(base, led):
    made = linked(paper(), base=base)
    assert ("Read on the web" in Page(made.html).text) == ("/edition/" in made.text) == led
    assert ("/opinion/" in made.html) == ("/manage/" in made.html) == led


def test_what_did_not_fit_is_to_be_read_on_the_editions_page(monkeypatch):
    monkeypatch.setattr("digest.mail.render.MAX_LINES", 20)
    monkeypatch.setattr("digest.mail.render.MAX_CARDS", 10)
    made = linked(*[paper() for _ in range(80)])
    assert f"50 more on the web:\n{PAGES.edition(READER, DAY)}\n" in made.text
    assert Page(made.html).links.count(PAGES.edition(READER, DAY)) == 2


COMMANDS = "digest@example.test"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (
            {"reply_to": COMMANDS},
            "answer this mail with “show”, “set”, “pause 2 weeks”, “like 3” or “unsubscribe”; “help” says more.",
        ),
        ({"reply_to": "", "sender": COMMANDS}, "answer this mail with “show”"),
        (
            {"reply_to": "owner@example.test"},
            f"write to {COMMANDS}: “show”, “set”, “pause 2 weeks” or “unsubscribe”; “help” says more.",
        ),
    ],
)
def test_without_pages_the_footer_says_which_words_are_understood(fields, said):
    made = render(edition(paper()), READER, letterhead(commands=COMMANDS, **fields), ENV)
    for words in (Page(made.html).text, " ".join(made.text.split())):
        assert f"To see or change what you get, {said}" in words


def test_with_pages_the_words_by_mail_are_left_out():
    day = edition(paper(), id=5)
    made = render(day, READER, letterhead(commands=COMMANDS), ENV, links=page_links(PAGES, day, READER))
    assert "pause 2 weeks" not in made.text + made.html
