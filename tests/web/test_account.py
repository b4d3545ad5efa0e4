"""Exporting and deleting: by a link that was asked for, and came by mail."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from digest.model import DeliveryKind, Suppression, SuppressionReason
from digest.web import create_app
from tests.factories import NOW
from tests.web.readers import Page, dump, paths

if TYPE_CHECKING:
    from pathlib import Path

    from flask.testing import FlaskClient

    from digest.model import Subscriber
    from digest.web.site import Site


def account(client: FlaskClient, site: Site, place: str) -> str:
    """The path that comes by mail to whoever asks on their page."""
    (form,) = Page(client.get(f"{place}/account").text).forms
    assert "is on its way" in client.post(form.action).text
    message = max(site.store.deliveries(limit=50), key=lambda one: one.id)
    (url,) = (line for line in message.content["lines"] if line.startswith(site.links.base))
    return str(url.removeprefix(site.links.base))


def test_the_link_in_every_digest_neither_exports_nor_deletes(
    client: FlaskClient, site: Site, ada: Subscriber, place: str
) -> None:
    for rest in ("/export", "/erase"):
        assert client.get(f"{place}{rest}").status_code == 404
        assert client.post(f"{place}{rest}").status_code == 404
    token = place.rpartition("/")[2]
    for rest in ("", "/export"):
        assert client.get(f"/account/{token}{rest}").status_code == 404
    assert client.post(f"/account/{token}").status_code == 404
    assert site.store.subscriber(ada.id) == ada


def test_a_link_to_the_account_comes_by_mail_and_ends(
    client: FlaskClient, site: Site, ada: Subscriber, place: str
) -> None:
    found = account(client, site, place)
    (message,) = (one for one in site.store.deliveries(limit=50) if one.kind is DeliveryKind.ANSWER)
    assert (message.recipient, message.subscriber_id) == (ada.address, ada.id)
    assert client.get(found).status_code == 200
    late = create_app(replace(site, clock=lambda: NOW + timedelta(hours=6))).test_client()
    assert [late.get(found).status_code, late.get(f"{found}/export").status_code, late.post(found).status_code] == [
        404
    ] * 3
    for _ in range(4):
        account(client, site, place)
    assert "No more links are sent today" in client.post(f"{place}/account").text


def test_the_export_tells_everything(client: FlaskClient, site: Site, ada: Subscriber, place: str) -> None:
    answer = client.get(f"{account(client, site, place)}/export")
    told = json.loads(answer.data)
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="digest-2026-05-25.json"'
    assert told["subscriber"]["address"] == ada.address
    assert [edition["date"] for edition in told["editions"]] == ["2026-05-25"]


def test_deleting_asks_first_and_then_nothing_is_left(
    client: FlaskClient, site: Site, ada: Subscriber, place: str, tmp_path: Path
) -> None:
    asked = Page(client.get(account(client, site, place)).text)
    assert site.store.subscriber(ada.id) == ada
    (form,) = asked.forms
    done = client.post(form.action)
    assert (done.status_code, "Deleted" in done.text) == (200, True)
    assert ada.address not in dump(tmp_path / "digest.db")
    for gone in (place, f"{place}/account", f"{place}/import", form.action, f"{form.action}/export"):
        assert ada.address not in client.get(gone).text
    assert client.post(form.action).status_code == 200


def test_a_suppressed_address_leaves_its_hash_and_the_page_says_so(
    client: FlaskClient, site: Site, ada: Subscriber, place: str
) -> None:
    name = site.keys.address_hash(ada.address)
    site.store.suppress(Suppression(name, SuppressionReason.BOUNCES, NOW))
    found = paths(site).account(ada, NOW)
    assert "One thing stays: a keyed hash" in client.get(found).text
    assert "One thing stays: a keyed hash" in client.post(found).text
    assert site.store.suppression(name) is not None
