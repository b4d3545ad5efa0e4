"""Confirming on the web, and asking for the link to one's page: POST acts, GET only shows."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from digest.mail.links import subscriber_token
from digest.mail.tokens import Keyring, Purpose
from digest.model import DeliveryKind, DeliveryStatus, SubscriberStatus
from digest.services import enrol
from digest.services.joining import WORDING
from digest.web import create_app
from tests.factories import NOW
from tests.services.test_trial import dump
from tests.web.test_joining import ADDRESS, ask, form, heading, letters

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from digest.web.site import Site

YES, NO = {"do": "confirm"}, {"do": "decline"}


@pytest.fixture
def place(client: FlaskClient, site: Site) -> str:
    """The page of a request that is open."""
    assert ask(client, site).status_code == 200
    return place_of(site)


def place_of(site: Site) -> str:
    """The page of the last request."""
    found = letters(site.store)[-1].confirmation_id
    assert found is not None
    return f"/confirm/{site.keys.token(Purpose.CONFIRM, found)}"


def later(site: Site, **span: float) -> FlaskClient:
    """Somebody who asks for pages after a time."""
    return create_app(replace(site, clock=lambda: NOW + timedelta(**span))).test_client()


def status(site: Site, address: str = ADDRESS) -> SubscriberStatus | None:
    found = site.store.subscriber_by_address(address)
    return found and found.status


class TestLooking:
    """GET /confirm/<token>."""

    def test_it_shows_what_was_asked_for_and_two_buttons(self, client: FlaskClient, place: str):
        answer = client.get(place)
        assert (answer.status_code, heading(answer)) == (200, "Subscribe to Paper Digest?")
        said = dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", answer.text))
        assert said == {
            "Address": ADDRESS,
            "Interests": "diffusion models, but not survey",
            "When": "on weekdays at 06:30 (Europe/Berlin)",
            "How much": "at most 5 papers in a mail",
        }
        assert WORDING in answer.text
        assert re.findall(r'name="do" value="(\w+)"', answer.text) == ["confirm", "decline"]

    def test_a_scanner_that_follows_every_link_confirms_nothing(self, client: FlaskClient, site: Site, place: str):
        before = dump(site.store)
        for _ in range(3):
            for look in (client.get, client.head, client.options):
                assert look(place).status_code == 200
        assert client.get(f"{place}?do=confirm").status_code == 200
        assert dump(site.store) == before
        assert status(site) is None

    def test_the_page_is_kept_by_nobody_and_names_nobody_outside(self, client: FlaskClient, place: str):
        answer = client.get(place)
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Robots-Tag"] == "noindex"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert not answer.headers.getlist("Set-Cookie")
        assert "http" not in re.sub(r"xmlns=.http://www.w3.org/2000/svg.", "", answer.text)

    @pytest.mark.parametrize("purpose", [Purpose.MANAGE, Purpose.UNSUBSCRIBE, Purpose.FORM])
    def test_a_token_for_something_else_is_none_of_ours(self, client: FlaskClient, site: Site, purpose: Purpose):
        for method in (client.get, client.post):
            answer = method(f"/confirm/{site.keys.token(purpose, 1)}")
            assert (answer.status_code, heading(answer)) == (404, "This link is not one of ours")

    @pytest.mark.parametrize("token", ["x", "a" * 40, Keyring(b"else").token(Purpose.CONFIRM, 1), "%00", "ä" * 99])
    def test_a_forged_token_is_none_of_ours(self, client: FlaskClient, token: str):
        assert client.get(f"/confirm/{token}").status_code == 404
        assert client.post(f"/confirm/{token}", data=YES).status_code == 404


class TestSayingYes:
    """POST /confirm/<token>."""

    def test_it_makes_a_subscriber_with_the_proof(self, client: FlaskClient, site: Site, place: str):
        answer = client.post(place, data=YES, environ_base={"REMOTE_ADDR": "198.51.100.9"})
        assert (answer.status_code, heading(answer)) == (200, "You are subscribed")
        made = site.store.subscriber_by_address(ADDRESS)
        assert made is not None
        assert (made.status, str(made.rhythm), made.zone) == (SubscriberStatus.ACTIVE, "weekdays", "Europe/Berlin")
        proof = site.store.consents(made.id)[0]
        assert (proof.asked_from, proof.confirmed_from, proof.wording) == ("192.0.2.0/24", "198.51.100.0/24", WORDING)
        assert f'href="/manage/{subscriber_token(site.keys, Purpose.MANAGE, made)}"' in answer.text

    @pytest.mark.parametrize(
        ("fields", "told"),
        [
            ({"send_at": "23:15", "zone": "UTC", "rhythm": "daily"}, "comes on Monday, 25 May 2026, at 23:15 (UTC)."),
            ({"send_at": "07:00", "zone": "UTC", "rhythm": "weekly:fri"}, "on Friday, 29 May 2026, at 07:00 (UTC)."),
            ({"send_at": "18:00", "zone": "Asia/Tokyo"}, "on Monday, 25 May 2026, at 18:00 (Asia/Tokyo)."),
            ({"send_at": "07:00", "zone": "UTC", "rhythm": "daily"}, "leaves within minutes."),
        ],
    )
    def test_it_tells_when_the_first_mail_comes(
        self, client: FlaskClient, site: Site, fields: dict[str, str], told: str
    ):
        ask(client, site, **fields)
        assert told in client.post(place_of(site), data=YES).text

    def test_a_second_click_says_that_it_is_done(self, client: FlaskClient, site: Site, place: str):
        client.post(place, data=YES)
        before = dump(site.store)
        for answer in (client.post(place, data=YES), client.get(place), client.post(place, data=NO)):
            assert answer.status_code == 200
        assert heading(client.post(place, data=YES)) == heading(client.get(place)) == "You are subscribed already"
        assert dump(site.store) == before

    def test_it_was_not_me_forgets_the_request_and_its_letter(self, client: FlaskClient, site: Site, place: str):
        answer = client.post(place, data=NO)
        assert (answer.status_code, heading(answer)) == (200, "Thank you, nothing will be sent")
        assert [letter.status for letter in letters(site.store)] == [DeliveryStatus.CANCELLED]
        assert heading(client.post(place, data=YES)) == "This link is over"
        assert status(site) is None

    def test_after_its_life_a_link_is_over_and_one_may_ask_again(self, site: Site, place: str):
        tomorrow, much_later = later(site, hours=71), later(site, hours=73)
        assert heading(tomorrow.get(place)) == "Subscribe to Paper Digest?"
        for answer in (much_later.get(place), much_later.post(place, data=YES)):
            assert (answer.status_code, heading(answer)) == (200, "This link is over")
            assert 'href="/subscribe"' in answer.text
        assert status(site) is None

    def test_a_link_to_a_request_that_is_forgotten_is_over(self, client: FlaskClient, site: Site):
        place = f"/confirm/{site.keys.token(Purpose.CONFIRM, 12345)}"
        assert heading(client.get(place)) == heading(client.post(place, data=YES)) == "This link is over"

    def test_who_left_since_is_not_brought_back_by_the_old_link(self, client: FlaskClient, site: Site, place: str):
        client.post(place, data=YES)
        enrol.remove(site.store, ADDRESS, NOW)
        assert heading(client.post(place, data=YES)) == heading(client.get(place)) == "This link is over"
        assert status(site) is SubscriberStatus.GONE

    def test_the_scheduler_is_woken_by_the_first_yes(self, site: Site, place: str):
        woken: list[int] = []
        client = create_app(replace(site, nudge=lambda: woken.append(1))).test_client()
        client.get(place)
        assert woken == []
        client.post(place, data=YES)
        client.post(place, data=YES)
        assert woken == [1]

    def test_what_was_asked_for_is_text_and_no_markup(self, client: FlaskClient, site: Site):
        ask(client, site, interests='"<script>alert(1)</script>"', address="o'hara+<b@example.org")
        ask(client, site, interests='"<script>alert(1)</script>"', address="o'hara@example.org")
        page = client.get(place_of(site)).text
        assert "<script>alert" not in page
        assert "o&#39;hara@example.org" in page


class TestLink:
    """/link: the way back to one's own page."""

    def send(self, client: FlaskClient, site: Site, address: str, **fields: str) -> TestResponse:
        return client.post("/link", data={**form(site), "address": address, **fields})

    def test_it_goes_to_a_subscriber_alone_and_the_page_is_the_same(self, client: FlaskClient, site: Site):
        enrol.add(site.store, ADDRESS, {}, {}, NOW)
        answers = [self.send(client, site, address) for address in (ADDRESS, "other@example.org")]
        assert {(answer.status_code, answer.text) for answer in answers} == {(200, answers[0].text)}
        assert heading(answers[0]) == "Look into your mailbox"
        assert [(one.kind, one.recipient) for one in letters(site.store)] == [(DeliveryKind.LINK, ADDRESS)]

    def test_a_mistake_stands_by_the_field(self, client: FlaskClient, site: Site):
        answer = self.send(client, site, "nobody")
        assert answer.status_code == 400
        assert 'aria-describedby="address-error"' in answer.text
        assert 'value="nobody"' in answer.text

    def test_it_has_the_same_guards(self, client: FlaskClient, site: Site):
        enrol.add(site.store, ADDRESS, {}, {}, NOW)
        assert self.send(client, site, ADDRESS, token="a" * 40).status_code == 400
        assert self.send(client, site, ADDRESS, homepage="spam").status_code == 200
        assert letters(site.store) == []

    def test_it_can_be_asked_for_by_mail(self, client: FlaskClient):
        assert 'href="mailto:digest@example.test?subject=show"' in client.get("/link").text

    def test_the_address_fills_itself_in(self, client: FlaskClient):
        assert 'autocomplete="email"' in client.get("/link").text


def test_labels_stand_by_all_fields_that_people_see(client: FlaskClient):
    for place in ("/try", "/subscribe", "/link"):
        page = client.get(place).text
        fields = re.findall(r'<(?:input|select|textarea) id="(\w+)"(?! name="\w+" type="hidden")', page)
        labelled = re.findall(r'<label for="(\w+)"', page)
        assert sorted(fields) == sorted(labelled)
        assert len(set(re.findall(r' id="([^"]+)"', page))) == len(re.findall(r' id="([^"]+)"', page))


def test_pages_need_nothing_inline_and_nothing_from_elsewhere(client: FlaskClient, place: str):
    for where in ("/try?interests=graphs", "/subscribe", "/link", place):
        page = client.get(where).text
        assert not re.search(r'<[^>]+ (?:style|on\w+)="', page)
        assert not re.search(r"<(?:script|style)(?![^>]* src=)[^>]*>", page)
