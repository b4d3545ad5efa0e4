"""Subscribing on the web: the form, its mistakes, its guards; strangers learn nothing of an address."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from functools import partial
from html import unescape
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from digest.mail.tokens import Keyring
from digest.model import DeliveryKind, Suppression, SuppressionReason
from digest.services import enrol
from digest.web import create_app, door
from digest.web.door import HASTY, LATE, UNPROVED, Door
from digest.web.forms import TRAP, form_token
from digest.web.work import Proofs
from tests.factories import NOW
from tests.web.conftest import site_of
from tests.web.test_work import FEW, proof_for

if TYPE_CHECKING:
    from pathlib import Path

    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from digest.model import Delivery
    from digest.storage import Store
    from digest.web.site import Site

ADDRESS = "ada@example.org"
EARLIER = NOW - timedelta(seconds=30)


def form(site: Site, **fields: str) -> dict[str, str]:
    """What a browser sends for a form shown half a minute ago."""
    usual = {
        "address": ADDRESS,
        "interests": "diffusion models\n-survey",
        "send_at": "06:30",
        "zone": "Europe/Berlin",
        "rhythm": "weekdays",
        "max_papers": "5",
        "token": form_token(site.keys, EARLIER),
        "proof": "",
        TRAP: "",
    }
    return {**usual, **fields}


def ask(client: FlaskClient, site: Site, ip: str = "192.0.2.1", **fields: str) -> TestResponse:
    """Somebody at `ip` sends the form."""
    return client.post("/subscribe", data=form(site, **fields), environ_base={"REMOTE_ADDR": ip})


def letters(store: Store) -> list[Delivery]:
    """What waits in the outbox, in order."""
    return sorted(store.deliveries(), key=lambda one: one.id)


def heading(answer: TestResponse) -> str:
    found = re.search(r"<h1>(.*?)</h1>", answer.text)
    assert found
    return unescape(found[1])


@pytest.fixture
def nudges(store: Store, tmp_path: Path) -> tuple[FlaskClient, list[int]]:
    """Somebody who asks for pages, and how often the scheduler was woken."""
    woken: list[int] = []
    site = replace(site_of(store, tmp_path), nudge=lambda: woken.append(1))
    return create_app(site).test_client(), woken


class TestAsking:
    """POST /subscribe."""

    def test_a_letter_goes_out_that_asks_for_confirmation(self, client: FlaskClient, site: Site):
        answer = ask(client, site)
        assert (answer.status_code, heading(answer)) == (200, "Look into your mailbox")
        letter = letters(site.store)[0]
        assert (letter.kind, letter.recipient) == (DeliveryKind.CONFIRMATION, ADDRESS)
        assert letter.confirmation_id is not None
        request = site.store.confirmation(letter.confirmation_id)
        assert request is not None
        wishes = {name: request.wishes[name] for name in ("interests", "send_at", "zone", "rhythm", "max_papers")}
        assert wishes == {
            "interests": ["diffusion models", "-survey"],
            "send_at": "06:30",
            "zone": "Europe/Berlin",
            "rhythm": "weekdays",
            "max_papers": 5,
        }
        assert request.asked_from == "192.0.2.0/24"
        assert site.store.subscriber_by_address(ADDRESS) is None

    def test_who_wishes_for_nothing_gets_the_defaults(self, client: FlaskClient, site: Site):
        blank = dict.fromkeys(("interests", "send_at", "zone", "rhythm", "max_papers"), "")
        assert ask(client, site, **blank).status_code == 200
        assert len(letters(site.store)) == 1

    def test_the_scheduler_is_woken_so_that_the_letter_leaves_at_once(
        self, nudges: tuple[FlaskClient, list[int]], site: Site
    ):
        client, woken = nudges
        client.get("/subscribe")
        ask(client, site, address="nonsense")
        assert woken == []
        ask(client, site)
        assert woken == [1]

    def test_the_page_is_the_same_whatever_is_known_of_an_address(self, client: FlaskClient, site: Site):
        store, addresses = site.store, [f"{name}@example.org" for name in ("new", "here", "left", "complained", "dead")]
        for address in addresses[1:3]:
            enrol.add(store, address, {}, {}, NOW)
        enrol.remove(store, addresses[2], NOW)
        for address, reason in zip(addresses[3:], (SuppressionReason.COMPLAINT, SuppressionReason.DEAD), strict=True):
            store.suppress(Suppression(site.keys.address_hash(address), reason, NOW))
        first = [ask(client, site, address=address) for address in addresses]
        again = [ask(client, site, address=address) for address in addresses]
        assert {(answer.status_code, answer.text) for answer in (*first, *again)} == {(200, first[0].text)}
        assert {tuple(answer.headers) for answer in (*first, *again)} == {tuple(first[0].headers)}
        assert [(letter.kind, letter.recipient) for letter in letters(store)] == [
            (DeliveryKind.CONFIRMATION, "new@example.org"),
            (DeliveryKind.KNOWN, "here@example.org"),
            (DeliveryKind.CONFIRMATION, "left@example.org"),
            (DeliveryKind.CONFIRMATION, "dead@example.org"),
        ]

    def test_no_page_says_the_address_back(self, client: FlaskClient, site: Site):
        assert ADDRESS not in ask(client, site).text

    def test_where_nobody_may_join_nothing_is_stored(self, store: Store, tmp_path: Path):
        site = site_of(store, tmp_path, joining={"open": False})
        client = create_app(site).test_client()
        assert "Nobody can subscribe here at the moment." in client.get("/subscribe").text
        assert ask(client, site).status_code == 403
        assert letters(store) == []


class TestMistakes:
    """What is wrong is told beside its field, with everything kept as it was typed, and nothing stored."""

    def test_each_stands_by_its_field(self, client: FlaskClient, site: Site):
        answer = ask(client, site, address="<ada>", interests='a & b, "open', zone="Mars", send_at="99", max_papers="0")
        page = answer.text
        assert answer.status_code == 400
        assert letters(site.store) == []
        for field in ("address", "interests", "zone", "send_at", "max_papers"):
            element = re.search(rf'<(?:input|select|textarea) id="{field}"[^>]*>', page)
            assert element
            assert 'aria-invalid="true"' in element[0]
            assert f"{field}-error" in element[0]
            assert f'id="{field}-error"' in page
            assert f'<a href="#{field}">' in page
        assert 'value="&lt;ada&gt;"' in page
        assert "a &amp; b, &#34;open</textarea>" in page
        assert '<option value="Mars" selected>' in page

    def test_the_summary_comes_first_and_gets_the_focus(self, client: FlaskClient, site: Site):
        page = ask(client, site, address="nobody").text
        summary = re.search(r'<div class="notice notice-bad" role="alert" tabindex="-1"[^>]* autofocus>', page)
        assert summary
        assert summary.start() < page.index("<form")
        assert "<title>Mistake: Subscribe" in page

    def test_what_was_chosen_stays_chosen(self, client: FlaskClient, site: Site):
        page = ask(client, site, address="nobody", rhythm="weekly:fri", zone="Asia/Tokyo", max_papers="33").text
        assert '<option value="weekly:fri" selected>' in page
        assert '<option value="Asia/Tokyo" selected>' in page
        assert 'value="33"' in page
        assert "data-guess" not in page

    def test_a_form_that_is_shown_first_may_have_its_zone_guessed(self, client: FlaskClient):
        assert "data-guess" in client.get("/subscribe").text

    @pytest.mark.parametrize("field", ["address", "interests", "send_at", "zone", "rhythm", "max_papers", "token"])
    def test_fields_may_be_absent_doubled_or_huge(self, client: FlaskClient, site: Site, field: str):
        data: dict[str, Any] = form(site)
        without = {name: value for name, value in data.items() if name != field}
        for sent in (without, {**data, field: ["x", "y"]}, {**data, field: "x\x00" * 5_000}):
            assert client.post("/subscribe", data=sent).status_code in (200, 400)

    def test_more_than_a_form_can_hold_is_refused(self, client: FlaskClient, site: Site):
        assert ask(client, site, interests="x" * 500_000).status_code == 413


class TestGuards:
    """What keeps robots out."""

    def test_a_form_sent_at_once_is_shown_again_and_may_be_sent_a_little_later(self, client: FlaskClient, site: Site):
        token = form_token(site.keys, NOW)
        answer = ask(client, site, token=token)
        assert answer.status_code == 400
        assert HASTY in answer.text
        assert f'name="token" value="{token}"' in answer.text
        assert f'value="{ADDRESS}"' in answer.text
        assert letters(site.store) == []

    @pytest.mark.parametrize("age", [timedelta(hours=25), timedelta(days=4000)])
    def test_an_old_form_is_shown_again_with_a_new_token(self, client: FlaskClient, site: Site, age: timedelta):
        answer = ask(client, site, token=form_token(site.keys, NOW - age))
        assert (answer.status_code, LATE in answer.text) == (400, True)
        assert f'name="token" value="{form_token(site.keys, NOW)}"' in answer.text

    def test_a_forged_form_stores_nothing(self, client: FlaskClient, site: Site):
        for token in ("", "a" * 40, form_token(Keyring(b"another"), EARLIER)):
            assert ask(client, site, token=token).status_code == 400
        assert letters(site.store) == []

    def test_a_robot_that_fills_in_everything_is_thanked_and_nothing_is_sent(self, client: FlaskClient, site: Site):
        person = ask(client, site, address="other@example.org")
        robot = ask(client, site, **{TRAP: "https://spam.example"})
        assert (robot.status_code, robot.text) == (200, person.text)
        assert len(letters(site.store)) == 1

    def test_people_do_not_see_the_field_for_robots(self, client: FlaskClient):
        page = client.get("/subscribe").text
        trap = re.search(rf'<div class="unseen" aria-hidden="true">\s*<label>[^<]*<input name="{TRAP}"[^>]*>', page)
        assert trap
        assert 'tabindex="-1"' in trap[0]
        assert 'autocomplete="off"' in trap[0]

    def test_one_network_is_turned_away_and_shown_the_way_by_mail(self, client: FlaskClient, site: Site):
        answers = [ask(client, site, address=f"a{n}@example.org") for n in range(12)]
        assert [answer.status_code for answer in answers] == [200] * 10 + [429] * 2
        assert heading(answers[-1]) == "Too many letters at the moment"
        link = re.search(r'href="(mailto:[^"]+)"', answers[-1].text)
        assert link
        parts = urlsplit(unescape(link[1]))
        assert parts.path == "digest@example.test"
        assert parse_qs(parts.query) == {"subject": ["subscribe"], "body": ["diffusion models\r\n-survey"]}
        assert ask(client, site, ip="198.51.100.1").status_code == 200

    def test_a_network_that_goes_on_costs_no_look_into_the_store(self, client: FlaskClient, site: Site):
        answers = [ask(client, site, address="nobody") for _ in range(3)]
        assert {answer.status_code for answer in answers} == {400}
        answers = [ask(client, site, address=f"a{n}@example.org") for n in range(60)]
        assert answers[-1].status_code == 429
        turned = sum(count for _, _, count in site.store.turned_away(NOW - timedelta(hours=1)))
        assert turned == 17


class TestWork:
    """Proof of work, once many letters are asked for."""

    @pytest.fixture
    def busy(self, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
        """A site where half of the letters of this hour are gone, and little work is asked for."""
        monkeypatch.setattr(door, "Proofs", partial(Proofs, FEW))
        site = site_of(store, tmp_path, joining={"hour": 4})
        client = create_app(site).test_client()
        for number in range(2):
            assert ask(client, site, ip=f"203.0.{number}.1", address=f"early{number}@example.org").status_code == 200
        return site

    def test_the_form_asks_for_it(self, busy: Site):
        page = create_app(busy).test_client().get("/subscribe").text
        assert f'data-work="{FEW}"' in page
        assert re.search(r"<noscript>.*Ask by mail</a>", page, re.DOTALL)

    def test_a_quiet_site_does_not(self, client: FlaskClient):
        page = client.get("/subscribe").text
        assert "data-work=" not in page
        assert "<noscript>" not in page

    def test_without_it_the_form_is_shown_again(self, busy: Site):
        client = create_app(busy).test_client()
        for proof in ("", "01", "999999999999999999999", "<b>"):
            answer = ask(client, busy, proof=proof)
            assert answer.status_code == 429
            assert UNPROVED in answer.text
            assert "ask by mail" in answer.text
            assert f'value="{ADDRESS}"' in answer.text
        assert len(letters(busy.store)) == 2

    def test_with_it_the_letter_goes_out_once(self, busy: Site):
        client = create_app(busy).test_client()
        fields = form(busy)
        proof = proof_for(fields["token"], ADDRESS)
        assert ask(client, busy, proof=proof).status_code == 200
        assert ask(client, busy, proof=proof).status_code == 429
        assert ask(client, busy, proof=proof, address="b@example.org").status_code == 429
        assert len(letters(busy.store)) == 3

    def test_it_is_asked_for_a_link_too(self, busy: Site):
        client = create_app(busy).test_client()
        assert f'data-work="{FEW}"' in client.get("/link").text
        assert client.post("/link", data=form(busy)).status_code == 429


def test_a_door_shows_no_address_of_a_mail_where_commands_do_not_come(store: Store, tmp_path: Path):
    site = site_of(store, tmp_path, joining={"address": ""})
    assert Door(site).form({}).by_mail == ""
