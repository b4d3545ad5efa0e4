"""``digest subscribers`` pause, resume, consents, erase; and what `digest status` says of strangers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from digest.app import App
from digest.app.pages import join_rules
from digest.mail.tokens import Purpose
from digest.model import Origin
from digest.services import joining
from tests.cli.calling import call

if TYPE_CHECKING:
    from tests.acceptance.house import House

ADA, EVE = "ada@example.test", "eve@example.test"
NETWORK = joining.place_of("192.0.2.7")


def status_of(address: str) -> str:
    return call("subscribers", "show", address, "--json").json["status"]


@pytest.mark.usefixtures("lived_in")
def test_a_pause_ends_by_hand() -> None:
    assert call("subscribers", "pause", ADA).out == f"{ADA}: paused\n"
    assert status_of(ADA) == "paused"
    assert call("subscribers", "resume", ADA).out == f"{ADA}: active\n"
    assert call("subscribers", "resume", ADA).out == f"{ADA}: active\n"


@pytest.mark.usefixtures("lived_in")
def test_a_pause_ends_on_a_day_of_their_own_zone() -> None:
    day = datetime.now(UTC).date() + timedelta(days=9)
    done = call("subscribers", "pause", "bob@example.test", "--until", day.isoformat(), "--json").json
    assert (done["status"], done["paused_until"]) == ("paused", f"{day - timedelta(days=1)}T15:00:00Z")  # Tokyo
    assert call("subscribers", "pause", ADA, "--until", "2020-01-01").code == 2
    assert status_of(ADA) == "active"


@pytest.mark.usefixtures("lived_in")
def test_erased_is_forgotten() -> None:
    assert call("subscribers", "erase", ADA).out == f"erased {ADA}\n"
    for listing in (("list", "--json"), ("export",)):
        assert [record["address"] for record in call("subscribers", *listing).lines] == ["bob@example.test"]
    assert ADA not in call("deliveries", "list", "--json").out
    for args in (("erase", ADA), ("show", ADA), ("consents", ADA)):
        done = call("subscribers", *args)
        assert (done.code, f"no subscriber {ADA}" in done.err) == (2, True)


def test_who_left_can_be_erased(lived_in: House) -> None:
    lived_in.run("subscribers", "remove", ADA)
    assert call("subscribers", "erase", ADA, "--json").json == {"erased": ADA}


def test_consents_and_strangers(lived_in: House) -> None:
    assert call("subscribers", "consents", ADA).out == f"none is stored: whoever added {ADA} answers for it\n"
    app = App.load(str(lived_in.config))
    rules, now = join_rules(app), app.clock()
    with app.store() as store:
        assert joining.ask_to_join(store, rules, EVE, {"interests": ["robots"]}, Origin.WEB, NETWORK, now) is None
        assert joining.ask_to_join(store, rules, EVE, {}, Origin.WEB, NETWORK, now) is not None
        asked = store.deliveries()[0].confirmation_id
    record = call("status", "--json").json
    assert (record["open_confirmations"], record["turned_away_last_day"]) == (1, {"address": 1})
    shown = call("status").out.splitlines()
    assert "open confirmations: 1" in shown
    assert "turned away within a day: 1 address (see [joining])" in shown
    with app.store() as store:
        joining.confirm(store, rules, app.keyring().token(Purpose.CONFIRM, asked), "198.51.100.0/24", now)
    (proof,) = call("subscribers", "consents", EVE, "--json").lines
    assert (proof["asked_from"], proof["confirmed_from"]) == ("192.0.2.0/24", "198.51.100.0/24")
    assert (proof["origin"], proof["wording"], proof["wishes"]["interests"]) == ("web", joining.WORDING, ["robots"])
    assert "192.0.2.0/24" in call("subscribers", "consents", EVE).out
    assert call("status", "--json").json["open_confirmations"] == 0


def test_a_wrong_place_for_the_pages(lived_in: House) -> None:
    done = call("web", "--listen", "nowhere")
    assert (done.code, "--listen: " in done.err, "Traceback" in done.err) == (2, True, False)
    assert 'listen = ""' in lived_in.config.read_text()
    assert 'web.listen is ""' in call("web").err
    assert call("status", "--json").json["pages"] is None


@pytest.mark.usefixtures("lived_in")
def test_a_new_link() -> None:
    done = call("subscribers", "new-link", "ada@example.test")
    assert (done.code, done.out) == (0, "the links of ada@example.test have ended\n")
    with App.load(None).store() as store:
        assert sorted(one.link_generation for one in store.subscribers()) == [0, 1]
    assert call("subscribers", "new-link", "nobody@example.test").code == 2
