"""``digest receive``: as Postfix, Exim and qmail call it, and what it answers when it cannot."""

from __future__ import annotations

import os
import sqlite3
import subprocess
from typing import TYPE_CHECKING

import pytest

from digest.app import App
from digest.mail.links import subscriber_token
from digest.mail.tokens import Purpose
from digest.mail.verp import bounce_token
from tests.cli.calling import Called, call, command
from tests.mail.notices import letter, per_recipient, report

if TYPE_CHECKING:
    from tests.acceptance.house import House

ADA = "ada@example.test"
SERVERS_WORDS = ("SENDER", "RECIPIENT", "ORIGINAL_RECIPIENT", "EXTENSION", "EXT", "LOCAL_PART_SUFFIX")
AGAIN = 75


@pytest.fixture(autouse=True)
def _no_mail_server_around(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SERVERS_WORDS:
        monkeypatch.delenv(name, raising=False)


def token(purpose: Purpose) -> str:
    """The token of the first delivery, or subscriber, of the installation in the working directory."""
    app = App.load(None)
    with app.store() as store:
        if purpose is Purpose.BOUNCE:
            return bounce_token(app.keyring(), store.deliveries()[-1])
        return subscriber_token(app.keyring(), purpose, store.subscriber(1))


def receive(message: bytes, *args: str) -> Called:
    return call("receive", *args, stdin=message)


def bounce(to: str = "", status: str = "5.1.1") -> bytes:
    """Ada's server does not know her any more."""
    return report(per_recipient(status), to=to or f"bounces+{token(Purpose.BOUNCE)}@digest.test", returned="")


def statuses() -> dict[str, str]:
    return {record["address"]: record["status"] for record in call("subscribers", "list", "--json").lines}


@pytest.mark.usefixtures("lived_in")
def test_a_bounce() -> None:
    done = receive(bounce())
    assert (done.code, done.out) == (0, "bounce: hard bounce, status 5.1.1; the address is given up: dead\n")
    again = receive(bounce(), "--json")
    assert again.json == {
        "kind": "bounce",
        "what": "hard bounce, status 5.1.1",
        "delivery": 1,
        "subscriber": 1,
        "suppressed": None,
        "size": len(bounce()),
    }


@pytest.mark.usefixtures("lived_in")
def test_unsubscribing() -> None:
    to = f"unsubscribe+{token(Purpose.UNSUBSCRIBE)}@digest.test"
    assert receive(letter(), "--recipient", to, "--sender", ADA).out == "unsubscribe: unsubscribed\n"
    assert statuses()[ADA] == "gone"
    assert receive(letter(), "--recipient", to, "--sender", ADA).out == "unsubscribe: had left before\n"


COMMANDS = '[joining]\naddress = "digest@digest.test"\n[inbound]\nauthserv_id = "mx.digest.test"\n'
PROVED = {"Authentication_Results": f"mx.digest.test; spf=pass smtp.mailfrom={ADA}", "Message_ID": "<1@example.test>"}


def written(subject: str, **fields: str) -> bytes:
    """What Ada writes to the address for commands."""
    return letter(subject, "digest@digest.test", **fields).replace(b"ada@reader.test", ADA.encode())


def test_a_command(lived_in: House) -> None:
    with lived_in.config.open("a") as config:
        config.write(COMMANDS)
    done = receive(written("set hour 9:30", **PROVED), "--recipient", "digest@digest.test", "--sender", ADA)
    assert (done.code, done.out) == (0, "command: set; answered\n")
    assert [r["send_at"] for r in call("subscribers", "list", "--json").lines if r["address"] == ADA] == ["09:30"]
    with App.load(None).store() as store:
        (answer,) = store.deliveries(limit=1)
    assert (answer.kind, answer.recipient, answer.status) == ("answer", ADA, "pending")
    again = receive(written("set hour 9:30", **PROVED), "--recipient", "digest@digest.test", "--json")
    assert (again.json["kind"], again.json["what"], again.json["delivery"]) == ("command", "answered before", None)
    unproved = receive(written("set hour 8"), "--recipient", "digest@digest.test", "--sender", ADA)
    assert unproved.out == "ignored: a command of nobody who is proved: " + (
        "mx.digest.test says nothing of it that may be believed (inbound.trusted_hops)\n"
    )


@pytest.mark.usefixtures("lived_in")
@pytest.mark.parametrize(
    "environment",
    [
        {"ORIGINAL_RECIPIENT": "bounces+{}@digest.test", "RECIPIENT": "digest@localhost", "SENDER": "MAILER-DAEMON"},
        {"RECIPIENT": "bounces+{}@digest.test", "SENDER": ""},  # Exim
        {"RECIPIENT": "digest@localhost", "EXTENSION": "{}", "SENDER": ""},  # Postfix
        {"RECIPIENT": "digest@localhost", "EXT": "{}", "SENDER": ""},  # qmail
        {"RECIPIENT": "digest@localhost", "LOCAL_PART_SUFFIX": "+{}", "SENDER": ""},  # Exim
    ],
)
def test_what_mail_servers_say_in_the_environment(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value.format(token(Purpose.BOUNCE)))
    notice = b"From: MAILER-DAEMON@qmail.test\nSubject: failure notice\n\nHi.\n"
    assert receive(notice).out == "bounce: soft bounce, status not told\n"


@pytest.mark.usefixtures("lived_in")
def test_options_go_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECIPIENT", f"bounces+{token(Purpose.BOUNCE)}@digest.test")
    monkeypatch.setenv("SENDER", "")
    done = receive(b"Subject: a\n\nb", "--recipient", "papers@digest.test", "--sender", "eve@evil.test")
    assert done.out == "ignored: neither a report nor a request with a token\n"


@pytest.mark.usefixtures("lived_in")
@pytest.mark.parametrize("message", [b"", b"\xff\x00", b"Subject: hello\n\n", b"Return-Path: <>\n\n"])
def test_anything_else_is_ignored_and_fine(message: bytes) -> None:
    done = receive(message)
    assert done.code == 0
    assert done.out.startswith("ignored: ")


@pytest.mark.usefixtures("lived_in")
def test_a_huge_message_is_read_to_its_end_and_its_start_is_looked_at() -> None:
    done = receive(bounce(status="5.2.2") + b"x" * 11_000_000)
    assert done.code == 0
    assert done.out.startswith("bounce: soft bounce, status 5.2.2 (of 11")
    assert done.out.endswith(" bytes only the first 10000000 were looked at)\n")


def _no_database(house: House) -> None:
    (house.root / "digest.db").unlink()


def _no_secret(house: House) -> None:
    (house.root / "secret").unlink()


def _no_configuration(house: House) -> None:
    house.config.unlink()


def _broken_configuration(house: House) -> None:
    house.config.write_text("[mail\n")


def _broken_database(house: House) -> None:
    (house.root / "digest.db").write_bytes(b"no database at all " * 1000)


@pytest.mark.parametrize("ruin", [_no_database, _no_secret, _no_configuration, _broken_configuration, _broken_database])
def test_whatever_is_broken_here_the_mail_server_keeps_the_message(house: House, ruin: object) -> None:
    message = letter()
    assert callable(ruin)
    ruin(house)
    done = receive(message)
    assert (done.code, done.out) == (AGAIN, "")
    assert done.err.startswith("digest: ")


@pytest.mark.usefixtures("lived_in")
def test_a_bug_is_told_in_full_and_the_message_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_args: object, **_more: object) -> None:
        raise ZeroDivisionError("nobody thought of it")

    monkeypatch.setattr("digest.services.intake.read_incoming", fails)
    assert receive(letter()).code == AGAIN


def test_a_database_that_is_in_use_is_asked_again_later(lived_in: House, monkeypatch: pytest.MonkeyPatch) -> None:
    message = bounce()
    monkeypatch.setattr("digest.storage.engine._PRAGMAS", ("PRAGMA busy_timeout = 100",))
    with sqlite3.connect(lived_in.root / "digest.db", isolation_level=None) as holder:
        holder.execute("BEGIN IMMEDIATE")
        done = receive(message)
        holder.execute("ROLLBACK")
    holder.close()
    assert done.code == AGAIN
    assert "in use by another process" in done.err
    assert receive(message).code == 0


def test_as_a_process_of_its_own(lived_in: House) -> None:
    environment = {**os.environ, "SENDER": "", "ORIGINAL_RECIPIENT": f"bounces+{token(Purpose.BOUNCE)}@digest.test"}
    words = command("-c", str(lived_in.config), "receive")
    done = subprocess.run(words, input=bounce(), capture_output=True, env=environment, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (0, b"bounce: hard bounce, status 5.1.1; the address is given up: dead\n")
    assert b" INFO taken kind=bounce delivery=1 subscriber=1 suppressed=dead " in done.stderr
    assert ADA.encode() not in done.stderr


@pytest.mark.usefixtures("lived_in")
def test_a_mailbox_that_is_not_configured() -> None:
    done = receive(b"", "--imap")
    assert done.code == 2
    assert "inbound.imap_host: missing" in done.err


def test_a_mailbox_without_its_password(lived_in: House) -> None:
    with lived_in.config.open("a") as config:
        config.write('[inbound]\nimap_host = "127.0.0.1"\nimap_username = "u"\nimap_password_env = "NOT_SET_HERE"\n')
    done = receive(b"", "--imap")
    assert done.code == 2
    assert "NOT_SET_HERE is empty or not set" in done.err
