"""What a configuration becomes: the way out, the rules of sending, the signers."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from digest.app import App
from digest.config import parse
from digest.editions.compose import Limits
from digest.errors import ConfigError
from digest.mail.dkim import make_key
from digest.mail.transports.console import ConsoleTransport
from digest.mail.transports.lmtp import LmtpTransport
from digest.mail.transports.maildir import MaildirTransport
from digest.mail.transports.sendmail import SendmailTransport
from digest.mail.transports.smtp import SmtpTransport
from digest.storage import scratch_store
from tests.factories import delivery
from tests.services.parts import enrolled, listed, publish, put


def app(folder: Path = Path("nowhere"), **tables: dict[str, Any]) -> App:
    """The installation of a configuration with these tables that stands in `folder`."""
    return App(parse(tables, folder / "config.toml"), secret=b"s" * 32)


@pytest.mark.parametrize(
    ("kind", "made"),
    [
        ("smtp", SmtpTransport),
        ("lmtp", LmtpTransport),
        ("sendmail", SendmailTransport),
        ("maildir", MaildirTransport),
        ("console", ConsoleTransport),
    ],
)
def test_each_line_has_a_transport_of_its_own(kind: str, made: type) -> None:
    wired = app(mail={"transport": kind}, sending={"per_connection": 7})
    make = wired.transports()
    first, second = make(), make()
    assert [type(first), type(second)] == [made, made]
    assert first is not second
    assert isinstance(wired.transport(), made)
    if isinstance(first, SmtpTransport):
        assert first.max_messages == 7


def test_the_rules_of_sending_are_those_of_the_configuration() -> None:
    wired = app(
        mail={"from": "papers@example.test", "envelope_from": "bounces@example.test", "unknown": "leave"},
        sending={"connections": 9, "rate": 100, "domain_connections": 3, "domain_rate": 20, "warm_up": 50},
        bounces={"threshold": 2, "stale": "3d", "confirm": "0s"},
    )
    rules = wired.delivery_rules()
    limits = rules.limits
    assert (limits.connections, limits.rate, limits.domain_connections, limits.domain_rate) == (9, 100, 3, 20)
    assert (rules.resend_unknown, rules.verp, rules.warm_up) == (False, True, 50)
    envelope = rules.envelope(delivery(id=5))
    assert envelope.sender == f"bounces+{envelope.envid}@example.test"
    assert envelope != rules.envelope(delivery(id=6))
    bounces = wired.bounce_rules()
    assert (bounces.threshold, bounces.stale, bounces.confirm) == (2, timedelta(days=3), timedelta(0))


@pytest.mark.parametrize("mail", [{}, {"envelope_from": "bounces@example.test", "verp": False}])
def test_without_verp_there_is_one_envelope_sender_and_still_a_name(mail: dict[str, Any]) -> None:
    rules = app(mail={"from": "papers@example.test", **mail}).delivery_rules()
    one, two = rules.envelope(delivery(id=5)), rules.envelope(delivery(id=6))
    assert one.sender == two.sender == mail.get("envelope_from", "papers@example.test")
    assert one.envid != two.envid


@pytest.mark.parametrize("kind", ["maildir", "console"])
def test_one_folder_and_one_stream_are_written_by_one_thread(kind: str) -> None:
    assert app(mail={"transport": kind}, sending={"connections": 9}).delivery_rules().connections == 1


def test_an_envelope_sender_without_room_for_a_token_is_a_mistake() -> None:
    with pytest.raises(ConfigError, match=r"mail\.envelope_from: has more than 23 characters before the @"):
        app(mail={"envelope_from": f"{'b' * 24}@example.test"}).delivery_rules()


def test_no_signers_unless_there_is_a_selector() -> None:
    assert app().signers() == []


def test_one_signer_for_each_key_and_every_letter_is_signed_by_them(tmp_path: Path) -> None:
    (tmp_path / "dkim.pem").write_bytes(make_key("rsa"))
    (tmp_path / "two.pem").write_bytes(make_key("ed25519"))
    dkim = {"selector": "one", "ed25519_selector": "two", "ed25519_key_file": "two.pem"}
    wired = app(tmp_path, mail={"from": "papers@example.test"}, dkim=dkim)
    assert [(s.selector, s.domain) for s in wired.signers()] == [("one", "example.test"), ("two", "example.test")]


def test_a_missing_key_says_how_to_make_one(tmp_path: Path) -> None:
    wired = app(tmp_path, dkim={"selector": "one"})
    with pytest.raises(ConfigError, match=r"dkim\.key_file: cannot read .*dkim\.pem .*run `digest dkim`"):
        wired.signers()
    with scratch_store(None) as store, pytest.raises(ConfigError, match="run `digest dkim`"):
        wired.line(store)


def test_a_line_keeps_its_pace_and_leaves_time_for_the_rest(tmp_path: Path) -> None:
    with scratch_store(None) as store:
        line = app(tmp_path, sending={"rate": 5}).line(store)
        assert line.pace is not None
        assert line.pace.limits == line.delivery_rules.limits
        assert line.deliver_for == timedelta(minutes=5)
        assert app(tmp_path).line(store, deliver_for=None).deliver_for is None


def test_editions_are_made_as_the_configuration_says() -> None:
    editions = {"max_papers": 3, "min_score": 0.2, "also_trending": 1, "max_revised": 2, "diversity": 0.75}
    assert app(editions=editions).publish_rules().limits == Limits(3, 0.2, 1, 2, 0.75)
    assert app().publish_rules().limits.diversity == 0.3


@pytest.mark.parametrize(("summary", "told"), [("source", True), ("none", False)])
def test_the_line_that_sums_a_paper_up_is_the_one_that_was_chosen(summary: str, told: bool) -> None:
    with scratch_store(None) as store:
        put(store, listed(1, ai_summary="A source told this in short."))
        enrolled(store)
        (one,) = publish(store)
        text = app(mail={"from": "papers@example.test", "summary": summary}).letters(store).rendered(one.edition).text
        assert ("A source told this in short." in " ".join(text.split())) is told
