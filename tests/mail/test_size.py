"""Whatever comes in, the message stays small enough for no mail program to hide its end."""

from __future__ import annotations

import re
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.mail import render as rendering
from digest.mail.dkim import load_signer, make_key
from digest.mail.links import Links as Pages
from digest.mail.message import build
from digest.mail.page import page_links
from digest.mail.render import AROUND, MAX_MESSAGE, render, size
from digest.mail.templates import environment
from digest.mail.tokens import Keyring
from digest.model import Block, Interest, InterestKind, Links, Match, Pick, Unsubscribe
from tests.factories import delivery, edition, letterhead, paper, subscriber
from tests.mail.reading import Page

ENV = environment()
LEAVE = Unsubscribe("https://digest.example.test/unsubscribe/" + "a2" * 20, "unsubscribe@example.test")
PAGES = Pages("https://digest.example.test", Keyring(b"a key for tests"))
WORDS = {
    "English": "We train a model on the shapes of things, and ask it for those that nobody has measured. ",
    "Chinese": "我们研究扩散模型在蛋白质折叠中的应用，并与模拟结果进行比较。",
    "Cyrillic": "Мы обучаем модель на формах белков и спрашиваем её о тех, которых никто не измерил. ",
    "maths": "Let ∑ᵢ αᵢ ≤ ∫ ψ(x) dx ⊂ ℝⁿ with ε → 0, and 𝔼[X²] ≠ 𝔼[X]² “almost surely”. ",
    "markup": "&<>\"'",
    "emoji": "\U0001f600",
}


def picks(words, count=100, abstract=2000, title=120, url="https://arxiv.org/abs/", authors=664, marks=3):
    spans = tuple((n, n + 1) for n in range(0, marks * 2, 2))
    found = (Match("agent", "abstract", 1, spans), Match("agent", "title", 1, spans))
    names = tuple(f"Author {n} {words[:40]}" for n in range(authors))
    return tuple(
        Pick(
            n,
            paper(
                title=(words * 50)[:title],
                abstract=(words * 2000)[:abstract],
                authors=names,
                categories=("cs.LG", "cs.CV"),
                links=Links(f"{url}{n}", pdf=f"{url}{n}.pdf", code=url),
            ),
            matches=found,
            block=Block.RANKED if n <= count * 9 // 10 else Block.REVISED,
        )
        for n in range(1, count + 1)
    )


def rendered(found, env=ENV, pages=PAGES, **fields):
    head = letterhead(web_url=PAGES.base, **fields)
    day = edition(id=1, picks=found, looked_at=len(found))
    return render(day, subscriber(), head, env, LEAVE, links=page_links(pages, day, subscriber()))


def assert_whole(made, count):
    """Small, with the way out, and every pick shown or counted, in both parts alike."""
    assert size(made.html, made.text) < MAX_MESSAGE
    page = Page(made.html)
    assert page.stack == []
    assert LEAVE.web in page.links
    assert f"\n{LEAVE.web}\n" in made.text
    cards, lines = len([1 for tag, _ in page.headings if tag == "h3"]), len(page.named("li"))
    more = re.search(r"(\d+) more on the web", page.text)
    assert cards + lines + (int(more.group(1)) if more else 0) == count
    assert [int(n) for n in re.findall(r"^ ?(\d+)\. ", made.text, re.MULTILINE)] == list(range(1, cards + lines + 1))
    assert (more is None) == ("more on the web" not in made.text)
    return cards, lines


@pytest.mark.parametrize(
    ("language", "least_cards", "least_lines"),
    [("English", 10, 60), ("Chinese", 5, 20), ("Cyrillic", 5, 20), ("maths", 5, 20), ("markup", 1, 5), ("emoji", 1, 5)],
)
def test_a_hundred_long_papers_of_664_authors_fit(language, least_cards, least_lines):
    cards, lines = assert_whole(rendered(picks(WORDS[language])), 100)
    assert cards >= least_cards
    assert lines >= least_lines


@pytest.mark.parametrize("count", [300, 1000])
def test_floods_beyond_all_limits_fit(count):
    found = picks("&<'\U0001f600", count, 5000, 5000, "https://x.test/" + "&'" * 240, 20, 300)
    assert_whole(rendered(found), count)


def test_an_ordinary_day_is_shown_whole():
    assert assert_whole(rendered(picks(WORDS["English"], 10)), 10) == (9, 1)
    assert assert_whole(rendered(picks(WORDS["English"], 25)), 25)[0] >= 16


@settings(max_examples=25, deadline=None)
@given(
    words=st.sampled_from(list(WORDS.values())) | st.text(min_size=1, max_size=30),
    count=st.integers(1, 120),
    abstract=st.integers(0, 3000),
    title=st.integers(0, 400),
    url=st.integers(0, 470),
)
def test_whatever_comes_in_fits(words, count, abstract, title, url):
    found = picks(words, count, abstract, title, "https://x.test/" + "a&" * (url // 2), 9)
    assert_whole(rendered(found), count)


@cache
def signers():
    rsa, ed25519 = make_key("rsa"), make_key("ed25519")
    return load_signer(rsa, "example.test", "r" * 60), load_signer(ed25519, "example.test", "e" * 60)


@pytest.mark.parametrize("language", WORDS)
def test_the_raw_message_fits_with_every_field_at_its_longest_and_two_signatures(language):
    words, host = WORDS[language], "d" * 60 + ".test"
    address = "a" * 64 + "@" + ".".join(["b" * 60] * 3)
    reader = subscriber(
        address=address,
        interests=tuple(Interest(InterestKind.PHRASE, (words * 9)[:200]) for _ in range(50)),
        zone="America/Argentina/ComodRivadavia",
    )
    head = letterhead(
        title=words * 3,
        sender_name=words[:60].strip(),
        footer=words * 100,
        help=f"help@{host}",
        owner=f"owner@{host}",
        web_url="https://" + host,
    )
    ways = Unsubscribe(f"https://{host}/unsubscribe/{'a' * 40}", f"unsubscribe+{'a' * 40}@{host}")
    day = edition(picks=picks(words, marks=300), looked_at=100)
    made = render(day, reader, head, ENV, ways)
    sent = delivery(recipient=address)
    message = build(made, letterhead=head, delivery=sent, edition=day, unsubscribe=ways, signers=signers())
    assert len(message) < MAX_MESSAGE
    assert message.count(b"DKIM-Signature:") == 2
    assert len(message) - (size(made.html, made.text) - AROUND) < AROUND
    assert ways.web in Page(made.html).links


def wordy(folder, html="", text=""):
    (folder / "mail").mkdir()
    for name, words in (("digest.html", html), ("digest.txt", text)):
        source = '{% extends "default:mail/NAME" %}{% block header %}WORDS{{ super() }}{% endblock %}'
        (folder / "mail" / name).write_text(source.replace("NAME", name).replace("WORDS", words), encoding="utf-8")
    return environment(folder)


@pytest.mark.parametrize(("html", "text"), [(20_000, 0), (0, 20_000), (30_000, 20_000)])
def test_wordy_templates_leave_less_room_for_papers_and_the_rest_whole(tmp_path, html, text):
    env = wordy(tmp_path, "words " * (html // 6), "words\n" * (text // 6))
    assert_whole(rendered(picks(WORDS["English"]), env), 100)


def test_templates_that_are_too_long_by_themselves_get_no_papers_at_all(tmp_path):
    made = rendered(picks(WORDS["English"]), wordy(tmp_path, "words " * 20_000))
    assert size(made.html, made.text) > MAX_MESSAGE
    assert "100 more on the web" in made.text


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize("count", [10, 40, 100, 400])
def test_few_renderings_find_what_fits(monkeypatch, language, count):
    made, drafted = [], rendering._drafted
    monkeypatch.setattr(rendering, "_drafted", lambda *args: made.append(1) or drafted(*args))
    rendered(picks(WORDS[language], count, authors=9))
    assert len(made) <= 5


@given(st.lists(st.integers(0, 400_000), min_size=1, max_size=40), st.data())
def test_the_search_ends_at_what_fits_whatever_the_sizes(sizes, data):
    sizes = sorted(sizes, reverse=True)
    weights = sorted(data.draw(st.sets(st.integers(0, 10_000), min_size=len(sizes), max_size=len(sizes))), reverse=True)
    asked = []
    found = rendering._first_small(weights, lambda at: asked.append(at) or sizes[at])
    assert found in asked
    assert sizes[found] < MAX_MESSAGE or sizes[-1] >= MAX_MESSAGE
    assert len(asked) == len(set(asked)) <= 14
    near = [at for at, taken in enumerate(sizes) if taken < MAX_MESSAGE]
    assert not near or found == near[0] or sizes[found] > MAX_MESSAGE - 3_000
