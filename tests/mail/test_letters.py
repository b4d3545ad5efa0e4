"""The letters that are no editions: what they say, what they never carry, and that hostile wishes stay words."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import QueryError
from digest.mail.letters import (
    NAMES,
    answer_facts,
    asked_words,
    confirm_facts,
    letter,
    parts,
    shown_interests,
    subscriber_facts,
    unfit,
)
from digest.mail.links import Links
from digest.mail.proof import slips
from digest.mail.templates import environment
from digest.mail.text import WIDTH, columns
from digest.mail.tokens import Keyring, Purpose
from digest.mail.verp import unsubscribe_ways
from digest.model import Confirmation, DeliveryKind, Interest, InterestKind, Origin, SubscriberStatus
from digest.ranking.query import parse
from digest.services.joining import WORDING
from tests.factories import NOW, letterhead, subscriber

KEYS = Keyring(b"a secret of the tests")
LINKS = Links("https://digest.example.test", KEYS)
HEAD = letterhead(commands="digest@example.test", footer="Room 4.12\nThursdays")
ENV = environment()
READER = subscriber(
    id=7, address="reader@example.test", zone="Europe/Berlin", interests=parse('diffusion^2 "protein folding" -survey')
)
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=y>',
    "{{ 7 * 7 }}{% raw %}",
    "a\r\nBcc: x@example.org",
    "=?utf-8?q?a=0D=0ABcc:_x=40example.org?=",
    "\u202eturned\u2066",
    "nul\x00 bell\x07 c1\x92",
    "拡散" * 2000,
    "x" * 5000,
)


def request(**fields: Any) -> Confirmation:
    defaults = {
        "id": 2**61 + 5,
        "address": READER.address,
        "wishes": {},
        "origin": Origin.WEB,
        "asked_at": NOW,
        "expires_at": NOW + timedelta(hours=72),
        "asked_from": "192.0.2.0/24",
        "wording": WORDING,
    }
    return Confirmation(**{**defaults, **fields})


def asking(head=HEAD, links=LINKS, wishes=READER, **fields: Any) -> dict[str, Any]:
    return confirm_facts(request(**fields), wishes, head, KEYS, links)


def telling(reader=READER, head=HEAD, links=LINKS, **content: Any) -> dict[str, Any]:
    return subscriber_facts(reader, head, links, unsubscribe_ways(reader, head, KEYS, plus=True), content, NOW)


def facts_of(kind: DeliveryKind) -> dict[str, Any]:
    if kind is DeliveryKind.ANSWER:
        return answer_facts({"subject": "Re: show", "lines": ["You get the digest.", "", "https://example.test/x"]})
    return asking() if kind is DeliveryKind.CONFIRMATION else telling(origin="web", asked_from="192.0.2.0/24")


def made(kind: DeliveryKind, facts: dict[str, Any] | None = None, head=HEAD):
    return letter(kind, facts_of(kind) if facts is None else facts, head, ENV)


def hrefs(html: str) -> set[str]:
    return set(re.findall(r'href="([^"]*)"', html))


@pytest.mark.parametrize("kind", NAMES)
def test_every_letter_is_whole_and_has_no_slip(kind):
    rendered = made(kind)
    assert slips(rendered.html) == []
    assert unfit(kind, facts_of(kind), rendered) is None
    assert rendered.subject.isascii()
    assert "\n" not in rendered.subject
    assert all(columns(line) <= WIDTH or "://" in line or "mailto:" in line for line in rendered.text.splitlines())
    assert rendered.text.endswith("Thursdays\n")
    assert "<img" not in rendered.html


@pytest.mark.parametrize("kind", NAMES)
def test_every_letter_stands_without_pages_help_and_footer(kind):
    bare = letterhead(help="", footer="", web_url="", commands="")
    facts = facts_of(kind)
    if kind is DeliveryKind.CONFIRMATION:
        facts = asking(replace(bare, commands="digest@example.test"), None)
    elif kind is not DeliveryKind.ANSWER:
        facts = telling(head=bare, links=None)
    rendered = made(kind, facts, bare)
    assert slips(rendered.html) == []
    assert unfit(kind, facts, rendered) is None
    assert "http" not in rendered.text.replace("https://example.test/x", "")


def test_the_confirmation_says_who_asked_for_what_and_what_happens_without_an_answer():
    rendered = made(DeliveryKind.CONFIRMATION)
    flat = " ".join(rendered.text.split())
    assert rendered.subject == "Please confirm: Paper Digest"
    for words in (
        "be sent to reader@example.test. If that was you, please confirm.",
        "Papers on: diffusion, protein folding, but not survey",
        "When: every day at 07:00 (Europe/Berlin)",
        "on the web, from the network 192.0.2.0/24, on Monday, 25 May 2026 at 08:00 UTC",
        "Do nothing. You get no more mail from here, and the request is deleted after 72 hours.",
        WORDING,
    ):
        assert words in flat
        assert words.partition(": ")[2] in " ".join(re.sub(r"<[^>]*>", "", rendered.html).split())


def test_the_confirmation_leads_to_its_page_and_to_a_mail_and_nowhere_else():
    token = KEYS.token(Purpose.CONFIRM, request().id)
    rendered = made(DeliveryKind.CONFIRMATION)
    page, mail = f"{LINKS.base}/confirm/{token}", f"mailto:digest+{token}@example.test?subject=confirm%20{token}"
    assert hrefs(rendered.html) == {page, mail, "mailto:help@example.test?subject=help"}
    assert [line for line in rendered.text.splitlines() if token in line] == [page, mail]
    assert "/unsubscribe" not in rendered.text + rendered.html


def test_where_a_token_does_not_fit_behind_the_address_it_stands_in_the_subject():
    long = f"{'digest' * 5}@example.test"
    token = KEYS.token(Purpose.CONFIRM, request().id)
    assert asking(replace(HEAD, commands=long))["confirm_mail"] == f"mailto:{long}?subject=confirm%20{token}"


def test_a_lone_researcher_confirms_on_their_own_machine():
    facts = asking(replace(HEAD, commands=""), Links("http://127.0.0.1:8420", KEYS))
    assert facts["confirm_url"].startswith("http://127.0.0.1:8420/confirm/")
    assert facts["confirm_url"] in hrefs(made(DeliveryKind.CONFIRMATION, facts).html)


def test_nobody_advertises_through_the_form():
    wanted = parse(
        '"win now at www.evil.example", evil.example, "write x@evil.example", "http://e", diffusion, cat:cs.CL'
    )
    wishes = replace(READER, name="Buy at evil.example", interests=wanted)
    rendered = made(DeliveryKind.CONFIRMATION, asking(wishes=wishes))
    assert shown_interests(wishes) == "diffusion, cs.CL; 4 more, not shown"
    assert "evil" not in rendered.text + rendered.html
    assert shown_interests(replace(READER, interests=())) == ""
    assert "whatever is trending" in made(DeliveryKind.CONFIRMATION, asking(wishes=replace(READER, interests=()))).text


@pytest.mark.parametrize(
    "term",
    [
        "diffusion", "graph neural networks", "CRISPR/Cas9", "COVID-19", "GPT-4.1", "PM2.5", "C++", "R&D",
        "Alzheimer's disease", "Łukasz Kaiser", "强化学习", "हिन्दी", "Y. LeCun", "J.-P. Serre", "top 10", "t-SNE",
    ],
)  # fmt: skip
def test_an_ordinary_interest_is_shown(term):
    assert shown_interests(replace(READER, interests=(Interest(InterestKind.PHRASE, term),))) == term


@pytest.mark.parametrize(
    "term",
    [
        "evil.example", "evil\u2024example", "evil．example", "evil。com", "evil·com", "evil dot com", "evil (dot) com",
        "https://e", "hxxp evil[.]example", "1.2.3.4", "a@b", "call 08001234567", "call 0800 123 456", "+49 30 1234567",
        "(0800) 555 1234", "０８００１２３４５６", "t.me/evil", "😀", "12345678", "555", "evil.co",
    ],
)  # fmt: skip
def test_what_could_be_a_link_or_a_number_to_call_is_not_shown(term):
    assert shown_interests(replace(READER, interests=(Interest(InterestKind.PHRASE, term),))).endswith(
        "1 more, not shown"
    )


def test_a_number_to_call_is_not_put_together_from_several_interests():
    parts = tuple(Interest(InterestKind.PHRASE, term) for term in ("call 0800", "now 123", "win 456", "diffusion"))
    assert shown_interests(replace(READER, interests=parts)) == "call 0800, diffusion; 2 more, not shown"


def test_who_is_here_already_is_told_and_led_to_their_wishes():
    rendered = made(DeliveryKind.KNOWN)
    assert rendered.subject == "You get Paper Digest already"
    assert "It comes to you already, every day at 07:00 (Europe/Berlin)." in " ".join(rendered.text.split())
    assert {LINKS.manage(READER), LINKS.unsubscribe(READER)} <= hrefs(rendered.html)


@pytest.mark.parametrize("kind", [DeliveryKind.KNOWN, DeliveryKind.LINK])
def test_who_paused_is_told_until_when(kind):
    paused = replace(READER, status=SubscriberStatus.PAUSED, paused_until=NOW)
    assert "paused until 25 May 2026" in " ".join(made(kind, telling(paused)).text.split())
    assert "paused." in " ".join(made(kind, telling(replace(paused, paused_until=None))).text.split())
    midnight = datetime(2026, 12, 23, 23, 0, tzinfo=UTC)
    there = replace(paused, zone="Europe/Berlin", paused_until=midnight)
    assert "paused until 24 December 2026" in " ".join(made(kind, telling(there)).text.split())


def test_without_pages_wishes_are_changed_and_ended_by_mail():
    rendered = made(DeliveryKind.LINK, telling(links=None))
    assert "write to digest@example.test: “show”" in " ".join(rendered.text.split())
    assert {url.partition(":")[0] for url in hrefs(rendered.html)} == {"mailto"}


def test_a_letter_without_papers_offers_no_opinion_of_them():
    answering = replace(HEAD, reply_to=HEAD.commands)
    facts = subscriber_facts(READER, answering, None, unsubscribe_ways(READER, HEAD, KEYS, plus=True), {}, NOW)
    rendered = letter(DeliveryKind.KNOWN, facts, answering, environment())
    said = "answer this mail with “show”, “set”, “pause 2 weeks” or “unsubscribe”; “help” says more."
    assert said in " ".join(rendered.text.split())


@pytest.mark.parametrize(
    ("origin", "place", "words"),
    [
        ("web", "", "on the web, on Monday, 25 May 2026 at 08:00 UTC"),
        ("mail", "example.org", "by a mail from example.org, on Monday, 25 May 2026 at 08:00 UTC"),
        ("mail", "", "by mail, on Monday, 25 May 2026 at 08:00 UTC"),
        ("cli", "", "by whoever runs it, on Monday, 25 May 2026 at 08:00 UTC"),
        ("", "192.0.2.0/24", ""),
    ],
)
def test_where_and_when_somebody_asked(origin, place, words):
    assert asked_words(origin, place, NOW) == words


def test_an_answer_keeps_its_lines_and_links_only_what_is_a_link():
    lines = ["First  words", "  set hour 07:00", "", "", "See https://example.test/a b", "https://example.test/manage"]
    lines += ["mailto:x@example.test", "javascript:alert(1)", f"https://example.test/{'a' * 90}", "word " * 30]
    rendered = made(DeliveryKind.ANSWER, answer_facts({"subject": "Re: show", "lines": lines}))
    assert rendered.text.splitlines()[:4] == ["First words", "  set hour 07:00", "", "See https://example.test/a b"]
    assert f"https://example.test/{'a' * 90}" in rendered.text.splitlines()
    assert hrefs(rendered.html) == {
        *("https://example.test/manage", "mailto:x@example.test", f"https://example.test/{'a' * 90}"),
        "mailto:help@example.test?subject=help",
    }
    assert rendered.html.count('<p dir="auto"') == 2


def test_an_answer_that_is_too_much_is_cut():
    rendered = made(DeliveryKind.ANSWER, answer_facts({"subject": "s" * 500, "lines": ["x" * 100] * 10_000}))
    assert len(rendered.subject) <= 100
    assert unfit(DeliveryKind.ANSWER, {}, rendered) is None


def test_an_answer_without_words_is_not_sent_blank():
    assert made(DeliveryKind.ANSWER, answer_facts({})).subject == "Paper Digest"


@pytest.mark.parametrize("name", ["confirm.html", "confirm.txt", "known.html", "link.txt", "answer.subject.txt"])
def test_a_template_that_lost_what_its_letter_is_for_is_told(tmp_path, name):
    (tmp_path / "mail").mkdir()
    lost = "{# nothing #}" if "subject" in name else '<html lang="en"><h1>{{ masthead }}</h1>'
    (tmp_path / "mail" / name).write_text(lost, encoding="utf-8")
    kind = next(kind for kind, known in NAMES.items() if name.startswith(known))
    rendered = letter(kind, facts_of(kind), HEAD, environment(tmp_path))
    fault = unfit(kind, facts_of(kind), rendered)
    assert fault is not None
    assert fault[0] == f"mail/{name}"


def test_the_templates_of_each_letter_are_there():
    names = set(ENV.list_templates())
    assert [part for kind in NAMES for part in parts(kind) if part not in names] == []


TEXTS = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=80))


def interests_from(words: str) -> tuple[Interest, ...]:
    try:
        return parse(words)
    except QueryError:
        return (Interest(InterestKind.PHRASE, words[:200] or "x"),)


@given(words=TEXTS, place=TEXTS, title=TEXTS)
def test_whatever_is_wished_for_is_text(words, place, title):
    wishes = replace(READER, name=words, interests=interests_from(words), zone="UTC")
    head = replace(HEAD, title=title or "T")
    plain = made(DeliveryKind.CONFIRMATION, asking(wishes=READER)).html
    for facts, kind in (
        (asking(wishes=wishes, asked_from=place, wording=words), DeliveryKind.CONFIRMATION),
        (telling(wishes, origin="web", asked_from=place), DeliveryKind.KNOWN),
        (answer_facts({"subject": words, "lines": [words, place, title]}), DeliveryKind.ANSWER),
    ):
        rendered = letter(kind, facts, head, ENV)
        assert "\n" not in rendered.subject
        assert slips(rendered.html) == []
        if kind is DeliveryKind.CONFIRMATION:
            assert tags(rendered.html) <= tags(plain)
            assert hrefs(rendered.html) == hrefs(plain)


def tags(html: str) -> set[str]:
    return {f"{before} {after}" for before, after in pairwise(re.findall(r"</?[a-z0-9]+", html))}
