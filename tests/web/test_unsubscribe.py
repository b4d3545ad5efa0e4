"""Unsubscribing: the page, the one click of RFC 8058, and the way back."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from digest.mail.links import subscriber_token
from digest.mail.tokens import NOBODY, Keyring, Purpose
from digest.model import DeliveryStatus, SubscriberStatus
from digest.storage import create_store, engine
from digest.web import create_app
from tests.web.conftest import site_of
from tests.web.readers import Page, enrolled, paths, reader

if TYPE_CHECKING:
    from pathlib import Path

    from flask.testing import FlaskClient

    from digest.model import Subscriber
    from digest.web.site import Site

ONE_CLICK = "List-Unsubscribe=One-Click"
MULTIPART = '--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n'


@pytest.fixture
def ada(site: Site) -> Subscriber:
    """Somebody who is subscribed."""
    return enrolled(site)


def status(site: Site, known: Subscriber) -> SubscriberStatus:
    """What has become of somebody."""
    return site.store.subscriber(known.id).status


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (ONE_CLICK.encode(), "application/x-www-form-urlencoded"),
        (ONE_CLICK.encode(), "application/x-www-form-urlencoded; charset=iso-8859-15"),
        (ONE_CLICK.encode("utf-16"), "application/x-www-form-urlencoded; charset=UTF-16"),
        (ONE_CLICK.encode(), "application/x-www-form-urlencoded; charset=no-such-thing"),
        (MULTIPART.encode(), "multipart/form-data; boundary=b"),
        (MULTIPART.encode(), 'multipart/form-data; boundary="b"; charset=utf-8'),
        (MULTIPART.encode(), "multipart/form-data; boundary=another"),
        (MULTIPART.encode(), "multipart/form-data"),
        (b"", "multipart/form-data; boundary=b"),
        (b"", ""),
        (b"\xff\x00" * 100, "application/octet-stream"),
        (b'{"List-Unsubscribe": "One-Click"}', "application/json"),
        (b"a=b&" * 50_000, "application/x-www-form-urlencoded"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_one_click_in_every_encoding(
    client: FlaskClient, site: Site, ada: Subscriber, body: bytes, content_type: str
) -> None:
    answer = client.post(paths(site).unsubscribe(ada), data=body, content_type=content_type)
    assert (answer.status_code, status(site, ada)) == (200, SubscriberStatus.GONE)
    assert answer.location is None
    assert "Set-Cookie" not in answer.headers
    assert len(answer.data) < 8_000


def test_one_click_asks_for_no_origin_referer_or_cookie(client: FlaskClient, site: Site, ada: Subscriber) -> None:
    headers = {"Origin": "https://elsewhere.example", "Referer": "https://elsewhere.example/", "Cookie": "a=b"}
    answer = client.post(paths(site).unsubscribe(ada), data=ONE_CLICK, headers=headers)
    assert (answer.status_code, status(site, ada)) == (200, SubscriberStatus.GONE)


def test_what_waits_in_the_outbox_is_not_sent(client: FlaskClient, site: Site) -> None:
    known, _ = reader(site)
    client.post(paths(site).unsubscribe(known))
    assert [delivery.status for delivery in site.store.deliveries()] == [DeliveryStatus.CANCELLED]


def test_twice_is_as_once(client: FlaskClient, site: Site, ada: Subscriber) -> None:
    first, second = (client.post(paths(site).unsubscribe(ada), data=ONE_CLICK) for _ in range(2))
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.data == second.data


def test_the_token_in_capitals_works(client: FlaskClient, site: Site, ada: Subscriber) -> None:
    token = subscriber_token(site.keys, Purpose.UNSUBSCRIBE, ada).upper()
    assert client.post(f"/unsubscribe/{token}").status_code == 200
    assert status(site, ada) is SubscriberStatus.GONE


def forged(site: Site, known: Subscriber) -> list[str]:
    """Tokens that do not unsubscribe: for something else, by other keys, for nobody, cut off, no token at all."""
    return [
        subscriber_token(site.keys, Purpose.MANAGE, known),
        subscriber_token(Keyring(b"another secret"), Purpose.UNSUBSCRIBE, known),
        subscriber_token(site.keys, Purpose.UNSUBSCRIBE, replace(known, id=known.id + 1)),
        site.keys.token(Purpose.UNSUBSCRIBE, 2**63 - 1),
        subscriber_token(site.keys, Purpose.UNSUBSCRIBE, known)[:-1],
        "a" * 40,
        "x" * 5_000,
        "%00%0d%0aSet-Cookie:a=b",
        "%F0%9F%90%A6",
    ]


def test_a_forged_token_gets_a_neutral_page_and_does_nothing(client: FlaskClient, site: Site, ada: Subscriber) -> None:
    for token in forged(site, ada):
        for place in (f"/unsubscribe/{token}", f"/unsubscribe/{token}/undo"):
            posted = client.post(place, data=ONE_CLICK)
            assert posted.status_code == 200, token
            assert "nothing was changed" in posted.text
        assert client.get(f"/unsubscribe/{token}").status_code == 404
    assert status(site, ada) is SubscriberStatus.ACTIVE


def test_the_doctor_asks_for_nobody_by_the_same_keys(client: FlaskClient, site: Site) -> None:
    assert client.get(f"/unsubscribe/{site.keys.token(Purpose.UNSUBSCRIBE, NOBODY)}").status_code == 200
    other = Keyring(b"another secret").token(Purpose.UNSUBSCRIBE, NOBODY)
    assert client.get(f"/unsubscribe/{other}").status_code == 404


def test_the_page_has_one_button_which_unsubscribes(client: FlaskClient, site: Site, ada: Subscriber) -> None:
    shown = Page(client.get(paths(site).unsubscribe(ada)).text)
    assert [(form.method, form.fields) for form in shown.forms] == [("post", {})]
    assert status(site, ada) is SubscriberStatus.ACTIVE
    client.post(shown.forms[0].action)
    assert status(site, ada) is SubscriberStatus.GONE


def test_who_left_is_told_so_and_undo_brings_everything_back(client: FlaskClient, site: Site, ada: Subscriber) -> None:
    left = Page(client.post(paths(site).unsubscribe(ada)).text)
    again = Page(client.get(paths(site).unsubscribe(ada)).text)
    assert left.words == again.words
    assert [form.action for form in left.forms] == [f"{paths(site).unsubscribe(ada)}/undo"]
    back = client.post(left.forms[0].action)
    assert (back.status_code, back.location) == (200, None)
    assert "subscribed again" in back.text
    after = site.store.subscriber(ada.id)
    assert (after.status, after.interests, after.address) == (SubscriberStatus.ACTIVE, ada.interests, ada.address)


def test_undo_twice_is_as_once(client: FlaskClient, site: Site, ada: Subscriber) -> None:
    place = paths(site).unsubscribe(ada)
    client.post(place)
    answers = [client.post(f"{place}/undo") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].data == answers[1].data


def test_after_a_week_the_way_back_is_to_subscribe_anew(site: Site, ada: Subscriber) -> None:
    place = paths(site).unsubscribe(ada)
    create_app(site).test_client().post(place)
    later = replace(site, clock=lambda: site.clock() + timedelta(days=8))
    shown = Page(create_app(later).test_client().post(f"{place}/undo").text)
    assert status(site, ada) is SubscriberStatus.GONE
    assert (shown.forms, "/try" in shown.links) == ([], True)


def test_get_on_the_way_back_leads_to_its_button(client: FlaskClient, site: Site, ada: Subscriber) -> None:
    place = paths(site).unsubscribe(ada)
    client.post(place)
    answer = client.get(f"{place}/undo")
    assert (answer.status_code, answer.location) == (303, place)
    assert status(site, ada) is SubscriberStatus.GONE


def test_nobody_keeps_or_lists_these_pages(client: FlaskClient, site: Site, ada: Subscriber) -> None:
    place = paths(site).unsubscribe(ada)
    for answer in (client.get(place), client.post(place), client.post(f"{place}/undo"), client.get("/unsubscribe/a")):
        told = {name: answer.headers.get(name) for name in ("Cache-Control", "X-Robots-Tag", "Referrer-Policy")}
        expected = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex", "Referrer-Policy": "no-referrer"}
        assert told == expected


def test_a_locked_store_asks_for_another_try(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hasty = tuple(line.replace("10000", "50") for line in engine._PRAGMAS)
    monkeypatch.setattr(engine, "_PRAGMAS", hasty)
    with create_store(f"sqlite:///{tmp_path / 'busy.db'}") as store:
        site = site_of(store, tmp_path)
        known, client = enrolled(site), create_app(site).test_client()
        place = paths(site).unsubscribe(known)
        with closing(sqlite3.connect(tmp_path / "busy.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            busy = client.post(place, data=ONE_CLICK)
            other.execute("ROLLBACK")
        assert (busy.status_code, busy.headers["Retry-After"]) == (503, "120")
        assert status(site, known) is SubscriberStatus.ACTIVE
        assert client.post(place, data=ONE_CLICK).status_code == 200
        assert status(site, known) is SubscriberStatus.GONE
