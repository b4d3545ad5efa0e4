"""The operator's page: who may see it, what it shows, and that it shows nobody's address."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest

from digest.model import (
    Caps,
    DeliveryStatus,
    Demand,
    Look,
    Outcome,
    SourceSpec,
    SourceState,
    Suppression,
    SuppressionReason,
    Verdict,
)
from digest.web import create_app
from digest.web.operator import ALL_GUESSES, GUESSES, Guesses
from digest.web.site import Access
from tests.factories import NOW
from tests.storage.steps import enrol, put_in_outbox, send
from tests.web.conftest import put, site_of

PASSWORD = "a long pässword"
RIGHT = ("operator", PASSWORD)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SOURCES = (SourceSpec("hf", url="https://hf.test/feed"), SourceSpec("<b>lab</b>", url="https://lab.test/feed"))


def browser(site, password="", header=""):
    return create_app(replace(site, access=Access(password, header))).test_client()


def test_without_a_password_or_a_header_there_is_no_such_page(site):
    for headers in ({}, {"X-Remote-User": "ada"}, {"": "x"}):
        assert browser(site).get("/operator", headers=headers, auth=RIGHT).status_code == 404
    assert browser(site).get("/operator", auth=("operator", "")).status_code == 404


def test_the_password_is_asked_for(site):
    answer = browser(site, PASSWORD).get("/operator")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Basic realm="operator", charset="UTF-8"'
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "auth",
    [("operator", ""), ("operator", PASSWORD + "x"), ("Operator", PASSWORD), ("", PASSWORD), (PASSWORD, "operator")],
)
def test_another_name_or_password_is_refused(site, auth):
    answer = browser(site, PASSWORD).get("/operator", auth=auth)
    assert answer.status_code == 401
    assert "Subscribers" not in answer.text


@pytest.mark.parametrize(
    "given", ["Basic", "Basic !!!", "Basic \xff\xfe", "Bearer abc", "Basic b3BlcmF0b3I=", "x" * 9000]
)
def test_what_is_no_name_and_password_is_refused(site, given):
    assert browser(site, PASSWORD).get("/operator", headers={"Authorization": given}).status_code == 401


def test_the_right_password_shows_the_page_to_nobody_else(site):
    answer = browser(site, PASSWORD).get("/operator", auth=RIGHT)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Robots-Tag"] == "noindex"


def test_the_header_of_the_web_server_in_front_opens_the_page(site):
    client = browser(site, header="X-Remote-User")
    assert client.get("/operator", headers={"X-Remote-User": "ada"}).status_code == 200
    for headers in ({}, {"X-Remote-User": " "}, {"X-Other": "ada"}):
        answer = client.get("/operator", headers=headers, auth=RIGHT)
        assert answer.status_code == 403
        assert "WWW-Authenticate" not in answer.headers


def test_either_is_enough_where_both_are_set(site):
    client = browser(site, PASSWORD, "X-Remote-User")
    assert client.get("/operator", headers={"X-Remote-User": "ada"}).status_code == 200
    assert client.get("/operator", auth=RIGHT).status_code == 200
    assert client.get("/operator").status_code == 401


def test_who_guesses_has_to_wait_and_others_have_not(site):
    client = browser(site, PASSWORD)
    for _ in range(GUESSES):
        assert client.get("/operator", auth=("operator", "guess")).status_code == 401
    refused = client.get("/operator", auth=RIGHT)
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    elsewhere = {"REMOTE_ADDR": "198.51.100.7"}
    assert client.get("/operator", auth=RIGHT, environ_overrides=elsewhere).status_code == 200


def test_guesses_are_forgotten_one_by_one_and_take_bounded_room():
    guesses = Guesses(most=2, forget=60, networks=3)
    for at in (0, 1):
        assert guesses.wait("a", at) == 0
        guesses.wrong("a", at)
    assert 55 < guesses.wait("a", 2) <= 60
    assert guesses.wait("a", 62) == 0
    for n in range(9):
        guesses.wrong(f"n{n}", 70)
    assert len(guesses) == 3
    assert guesses.wait("a", 70) == 0


def test_guesses_from_everywhere_are_too_many_together_but_do_not_keep_the_operator_out():
    guesses = Guesses()
    guesses.right("home")
    for number in range(ALL_GUESSES):
        assert guesses.wait(f"n{number}", 0) == 0
        guesses.wrong(f"n{number}", 0)
    assert guesses.wait("another", 0) > 0
    assert guesses.wait("home", 0) == 0
    assert guesses.wait("another", 60) == 0


def test_a_clock_that_goes_back_locks_nobody_out():
    guesses = Guesses(most=2, forget=60)
    guesses.wrong("a", 1000)
    assert guesses.wait("a", 0) == 0


@pytest.fixture
def busy(store, tmp_path):
    """A site with a past: what is on the page in life."""
    put(store, 1, 2, 3)
    for verdict, ago in ((Verdict.NEW, 1), (Verdict.UNREACHABLE, 0)):
        look = Look("hf", NOW - ago * DAY, verdict, 3, 3, detail="no route to <hf.test>")
        store.save_look(look, SourceState("hf", failures=5))
    person = enrol(store, address="ada@secret.test", created_at=NOW - DAY)
    put_in_outbox(store, person=person, due_at=NOW - 3 * HOUR)
    send(store, outcome=Outcome(DeliveryStatus.FAILED, 550, "no ada@secret.test here"))
    store.suppress(Suppression("f00d", SuppressionReason.COMPLAINT, NOW, "ada@secret.test"))
    store.strike("slow.test", "450 too many from ada@secret.test", NOW, lambda _: HOUR)
    for n in range(4):
        store.ask(Demand(NOW - HOUR / 2, f"hash {n}", "a.test", "block"), Caps(block_hour=3), None)
    return replace(site_of(store, tmp_path), sources=SOURCES)


def test_the_page_shows_how_the_installation_is_doing(busy):
    text = words(browser(busy, PASSWORD).get("/operator", auth=RIGHT).text)
    assert "Outbox (grave): A delivery has been due for 3 hours" in text
    assert "hf (grave): 5 looks in a row failed (unreachable): no route to <hf.test>" in text
    assert "New papers on 1 of 2 days, failed on 1." in text
    assert "<b>lab</b>" in text
    assert "1 by the cap of the network" in text
    assert "Nothing is sent to slow.test before 09:00 UTC: 450 too many from ..." in text
    assert "called it spam 1" in text
    assert "0 accepted and 0 failed in 28 days; 1 wait." in text


def test_no_address_and_no_hash_is_on_the_page(busy):
    html = browser(busy, PASSWORD).get("/operator", auth=RIGHT).text
    assert "secret.test" not in html
    assert "f00d" not in html
    assert "@" not in html


def test_the_pictures_are_told_in_words_too(busy):
    html = browser(busy, PASSWORD).get("/operator", auth=RIGHT).text
    named = re.findall(r'<svg [^>]*role="img" aria-labelledby="([^"]+)"', html)
    assert len(named) == 4
    ids = re.findall(r' id="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    assert {name for pair in named for name in pair.split()} <= set(ids)
    used = set(re.findall(r'href="#(sign-[^"]+)"', html))
    assert {"sign-new", "sign-unreachable", "sign-none"} <= used <= set(ids)
    assert html.count("<details>") == 3


def test_nothing_is_inline_that_the_policy_forbids(busy):
    html = browser(busy, PASSWORD).get("/operator", auth=RIGHT).text
    assert not re.search(r"\sstyle=|<style|\son\w+=|<script(?! src)", html)


def test_an_installation_without_anything_has_a_page_too(site):
    text = words(browser(site, PASSWORD).get("/operator", auth=RIGHT).text)
    assert "Nothing needs to be seen to." in text
    assert "Nothing waits. Nobody is due for an edition." in text


def test_the_page_only_reads(busy):
    client = browser(busy, PASSWORD)
    before = busy.store.counts(), busy.store.delivery_counts(), busy.store.demands_since(NOW - DAY)
    client.get("/operator", auth=RIGHT)
    assert client.post("/operator", auth=RIGHT).status_code == 405
    assert (busy.store.counts(), busy.store.delivery_counts(), busy.store.demands_since(NOW - DAY)) == before


def words(html):
    """The page as it is read: without tags, white space folded, none before a colon or comma."""
    return re.sub(r" (?=[:,])", "", " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split()))
