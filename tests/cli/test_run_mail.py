"""What `digest run` says of the mail: who refused, what rests, who was given up, and that the exit code tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.calling import call
from tests.mail import peers

if TYPE_CHECKING:
    from tests.acceptance.house import House

NOON = "2026-05-22T12:00:00Z"
HALF_PAST = "2026-05-22 12:30Z"
ADA, BOB = "ada@example.test", "bob@example.test"


def through(house: House, server: peers.Relay, *, connections: int = 1, more: str = "") -> None:
    """From now on `house` sends through `server`."""
    smtp = f'[smtp]\nhost = "127.0.0.1"\nport = {server.port}\nsecurity = "none"\n'
    sending = f"[sending]\nconnections = {connections}\n"
    text = house.config.read_text().replace('transport = "maildir"', 'transport = "smtp"')
    house.config.write_text(text + smtp + sending + more)


@pytest.mark.parametrize("connections", [1, 4])
def test_a_dead_address_is_given_up_and_the_other_reader_gets_the_mail(lived_in: House, connections: int) -> None:
    with peers.Relay(RCPT=["550 5.1.1 nobody here"]) as server:
        through(lived_in, server, connections=connections, more='[bounces]\nconfirm = "0s"\n')
        done = call("run", "--now", NOON)
    assert done.code == 1
    assert "deliveries: 1 accepted, 1 failed\n" in done.out
    assert "failed: 550 5.1.1 nobody here\n" in done.err
    assert ": given up (dead); `digest suppressions` takes it back\n" in done.err


def test_a_refusal_for_policy_is_an_alarm_with_the_servers_words(lived_in: House) -> None:
    with peers.Relay(RCPT=["550 5.7.1 you are on a list"]) as server:
        through(lived_in, server)
        done = call("run", "--now", NOON)
        assert done.code == 1
        assert "deliveries: 1 deferred\n" in done.out
        assert f"example.test: paused until {HALF_PAST}: 550 5.7.1 you are on a list\n" in done.err
        assert "ALARM: example.test refuses our mail; nothing goes there before 2026-05-22T12:30:00Z" in done.err
        again = call("run", "--now", "2026-05-22T12:10:00Z")
        assert (again.code, "ALARM" in again.err, "paused until" in again.err) == (0, False, True)
        later = call("run", "--now", "2026-05-22T12:40:00Z")
    assert (later.code, later.err) == (0, "")
    assert "deliveries: 2 accepted\n" in later.out


def test_all_of_it_as_json(lived_in: House) -> None:
    with peers.Relay(RCPT=["550 5.7.1 you are on a list"]) as server:
        through(lived_in, server)
        summary: dict[str, Any] = call("run", "--now", NOON, "--json").json
    words = "550 5.7.1 you are on a list"
    assert summary["deliveries"] == {"deferred": 1}
    assert summary["paused"] == [
        {"domain": "example.test", "until": "2026-05-22T12:30:00Z", "strikes": 1, "reason": words}
    ]
    assert summary["alarms"] == [
        f"example.test refuses our mail; nothing goes there before 2026-05-22T12:30:00Z: {words}"
    ]
    assert (summary["left"], summary["outage"], summary["suppressed"]) == ("", "", [])
    assert [summary[key] for key in ("freed", "resent", "unknown", "expired")] == [0, 0, 0, 0]
    assert summary["template_faults"] == []


def test_a_server_that_refuses_us_as_a_sender_stops_everything(lived_in: House) -> None:
    with peers.Relay(MAIL="530 5.7.0 log in first") as server:
        through(lived_in, server)
        done = call("run", "--now", NOON)
    assert done.code == 1
    named = f"the mail server 127.0.0.1:{server.port}"
    assert f"ALARM: {named} refuses us as a sender: 530 5.7.0 log in first\n" in done.err
    assert "no mail could be sent: 530 5.7.0 log in first\n" in done.err
    assert call("deliveries", "--json", "--status", "pending").lines[0]["attempts"] == 0


def test_the_warm_up_says_that_more_waits(lived_in: House) -> None:
    call("subscribers", "add", "eve@example.test")
    with peers.Relay() as server:
        through(lived_in, server, more="warm_up = 1\n")
        done = call("run", "--now", NOON)
    # Mail went out for the first time the day before.
    assert "more waits for the next run: the warm-up lets 2 leave today\n" in done.err
    assert len(server.messages) == 2


def test_every_message_has_an_envelope_of_its_own(lived_in: House) -> None:
    with peers.Relay(EHLO="250-relay.test\r\n250 DSN") as server:
        through(lived_in, server)
        text = lived_in.config.read_text()
        lived_in.config.write_text(text.replace("[mail]\n", '[mail]\nenvelope_from = "bounces@example.test"\n'))
        assert call("run", "--now", NOON).code == 0
    mails = [verb for verb in server.verbs if verb.startswith("MAIL")]
    assert len(set(mails)) == 2
    for mail in mails:
        token = mail.partition("<bounces+")[2].partition("@")[0]
        assert len(token) == 40
        assert f"ENVID={token}" in mail
    assert ADA not in str(mails)
    assert BOB not in str(mails)


def test_a_mistake_in_ones_own_template_is_told_and_costs_nobody_the_mail(lived_in: House) -> None:
    templates = lived_in.root / "own"
    (templates / "mail").mkdir(parents=True)
    (templates / "mail" / "digest.txt").write_text("{{ nonsense.of.mine }}")
    text = lived_in.config.read_text()
    lived_in.config.write_text(text.replace("[mail]\n", '[mail]\ntemplates = "own"\n'))
    done = call("run", "--now", NOON)
    assert (done.code, "deliveries: 2 accepted\n" in done.out) == (1, True)
    assert "template: " in done.err
    assert "(the built-in one was used)" in done.err
