"""``digest suppressions``, what it does to enrolling and sending, and how ``digest status`` shows it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from digest.app import App, system_clock
from digest.model import Bounce, BounceKind
from tests.acceptance.house import build
from tests.cli.calling import call
from tests.storage.steps import put_in_outbox

if TYPE_CHECKING:
    from tests.acceptance.house import House

ADA, BOB = "ada@example.test", "bob@example.test"


@pytest.fixture
def app(house: House) -> App:
    """The installation, from the inside."""
    return App.load(str(house.config))


def hash_of(app: App, address: str) -> str:
    return app.keyring().address_hash(address)


@pytest.mark.usefixtures("house")
def test_add_check_and_lift() -> None:
    assert call("suppressions", "check", ADA).out == f"{ADA} is not suppressed\n"
    done = call("suppressions", "add", ADA, "--note", "asked on the phone")
    assert (done.code, done.out) == (0, f"{ADA} is suppressed\n")
    checked = call("suppressions", "check", "ADA@example.TEST")
    assert checked.out.startswith("ADA@example.TEST is suppressed since 20")
    assert checked.out.endswith("Z: by the operator: asked on the phone\n")
    again = call("suppressions", "add", ADA, "--reason", "dead")
    assert (again.code, again.out) == (0, checked.out.replace("ADA@example.TEST", ADA).rstrip() + " already\n")
    assert call("suppressions", "lift", ADA).out == f"{ADA} may get mail again\n"
    assert call("suppressions", "check", ADA, "--json").json["suppressed"] is False
    lifted = call("suppressions", "lift", ADA)
    assert (lifted.code, lifted.err) == (2, f"digest: {ADA} is not suppressed\n")


def test_add_as_json(app: App) -> None:
    added = call("suppressions", "add", ADA, "--reason", "complaint", "--json").json
    assert added.pop("since").startswith("20")
    told = {"address_hash": hash_of(app, ADA), "address": ADA, "reason": "complaint", "detail": ""}
    assert added == {**told, "added": True}
    assert call("suppressions", "add", ADA, "--json").json["added"] is False


@pytest.mark.usefixtures("house")
@pytest.mark.parametrize("args", [("add", "no address"), ("add", ADA, "--reason", "spite"), ("add",), ("lift",)])
def test_called_wrongly(args: tuple[str, ...]) -> None:
    done = call("suppressions", *args)
    assert (done.code, done.out) == (2, "")
    assert call("suppressions", "list").out == "no suppressed addresses\n"


def test_list_names_present_subscribers_and_the_hashes_of_others(app: App) -> None:
    for address in (ADA, BOB):
        call("subscribers", "add", address)
        call("suppressions", "add", address)
    call("subscribers", "remove", BOB)
    call("suppressions", "add", "stranger@example.test", "--reason", "bounces", "--note", "mailbox full")
    listed = {record["address_hash"]: record for record in call("suppressions", "list", "--json").lines}
    assert {h: r["address"] for h, r in listed.items()} == {
        hash_of(app, ADA): ADA,
        hash_of(app, BOB): None,
        hash_of(app, "stranger@example.test"): None,
    }
    header, *lines = (line.split("\t") for line in call("suppressions", "list").out.splitlines())
    assert header == ["address", "reason", "since", "detail"]
    stranger = hash_of(app, "stranger@example.test")[:12] + "..."
    assert (lines[0][0], lines[0][1], lines[0][3]) == (stranger, "bounces", "mailbox full")
    assert sorted(line[0] for line in lines) == sorted([ADA, hash_of(app, BOB)[:12] + "...", stranger])
    assert len(call("suppressions", "list", "--limit", "2", "--json").lines) == 2


def test_check_tells_the_bounces(app: App) -> None:
    now = system_clock()
    with app.store() as store:
        number = put_in_outbox(store).id
        news = Bounce(hash_of(app, ADA), BounceKind.SOFT, now, "4.2.2", "dsn", "mailbox\x1b[31m full", number)
        store.bounced(news, now, lambda *_: None)
    told = call("suppressions", "check", ADA)
    assert told.out.splitlines()[0] == f"{ADA} is not suppressed"
    assert told.out.splitlines()[1].endswith(r"Z soft 4.2.2 mailbox\x1b[31m full")
    record = call("suppressions", "check", ADA, "--json").json
    assert [(b["kind"], b["status"], b["origin"], b["delivery_id"]) for b in record["bounces"]] == [
        ("soft", "4.2.2", "dsn", number)
    ]


@pytest.mark.usefixtures("house")
def test_enrolling_the_suppressed() -> None:
    call("suppressions", "add", ADA, "--reason", "bounces")
    refused = call("subscribers", "add", ADA)
    assert refused.code == 2
    assert "is suppressed since" in refused.err
    assert "its mail kept coming back" in refused.err
    imported = call("subscribers", "import", "-", stdin=f"{ADA}\n{BOB}\n".encode())
    assert (imported.code, imported.out) == (1, "added 1, changed 0, skipped 1\n")
    assert f"line 1: {ADA} is suppressed since" in imported.err
    assert call("subscribers", "add", ADA, "--again").code == 0
    assert call("suppressions", "list").out == "no suppressed addresses\n"
    call("suppressions", "add", "eve@example.test", "--reason", "complaint")
    assert "suppressions lift" in call("subscribers", "add", "eve@example.test", "--again").err


@pytest.mark.usefixtures("house")
def test_a_subscriber_who_is_suppressed_is_shown_as_such() -> None:
    call("subscribers", "add", ADA)
    assert call("subscribers", "show", ADA, "--json").json["suppressed"] is None
    call("suppressions", "add", ADA, "--reason", "dead")
    assert call("subscribers", "show", ADA, "--json").json["suppressed"] == "dead"
    assert "suppressed   dead\n" in call("subscribers", "show", ADA).out


def test_another_installation_knows_other_hashes(app: App, house: House) -> None:
    call("suppressions", "add", ADA)
    other = house.root / "other"
    other.mkdir()
    build(other)
    assert hash_of(App.load(str(other / "config.toml")), ADA) != hash_of(app, ADA)


def test_status_shows_what_keeps_mail_from_leaving(app: App) -> None:
    now = system_clock()
    with app.store() as store:
        store.strike("refusing.test", "550 5.7.1 blocked", now, lambda _: timedelta(hours=2))
        store.strike("past.test", "no", now - timedelta(hours=3), lambda _: timedelta(hours=2))
    call("suppressions", "add", ADA)
    record = call("status", "--json").json
    assert record["counts"]["suppressions"] == 1
    assert record["failed_last_day"] == 0
    (paused,) = record["paused_domains"]
    assert (paused["domain"], paused["strikes"], paused["reason"]) == ("refusing.test", 1, "550 5.7.1 blocked")
    shown = call("status").out.splitlines()
    assert "suppressed addresses: 1" in shown
    until = f"{paused['until'][:10]} {paused['until'][11:16]}Z"
    assert f"paused domain refusing.test: until {until}: 550 5.7.1 blocked" in shown
    assert not any("past.test" in line for line in shown)
