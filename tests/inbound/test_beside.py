"""What runs beside the ticks, by the configuration; and `digest serve` with all of it."""

from __future__ import annotations

import signal
import smtplib
import socket
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from digest.app import App
from digest.errors import ConfigError
from digest.inbound import intake
from digest.inbound.beside import Listening, Polling, beside, mailbox_of
from digest.inbound.imap import ImapSettings
from digest.inbound.lmtp import Listener
from digest.mail.links import subscriber_token
from digest.mail.tokens import Purpose
from digest.mail.verp import bounce_token
from tests.acceptance.house import CONFIG, House, build
from tests.cli.calling import FIRST, command, drop
from tests.inbound.imap_server import odd
from tests.lab.dovecot import PASSWORD
from tests.lab.process import LOOPBACK, free_port, until
from tests.mail.notices import letter, per_recipient, report

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.inbound.conftest import Taker
    from tests.lab.certificates import Certificates
    from tests.lab.dovecot import Dovecot

ADA, BOB = "ada@example.test", "bob@example.test"


def house(root: Path, inbound: str) -> House:
    """An installation with this section [inbound], and two readers."""
    made = build(root, f'{CONFIG}[scheduler]\ntick = "1s"\n[inbound]\n{inbound}')
    for address in (ADA, BOB):
        made.run("subscribers", "add", address)
    return made


def leaving(house: House, subscriber_id: int) -> bytes:
    """A letter that asks to leave."""
    app = App.load(str(house.config))
    with app.store() as store:
        token = subscriber_token(app.keyring(), Purpose.UNSUBSCRIBE, store.subscriber(subscriber_id))
    return letter(to=f"unsubscribe+{token}@example.test")


def left(house: House) -> list[str]:
    """Who has left."""
    return [record["address"] for record in house.run_json("subscribers", "list") if record["status"] == "gone"]


def test_messages_are_taken_in_by_the_rules_of_the_configuration(tmp_path: Path) -> None:
    made = house(tmp_path, "[bounces]\nthreshold = 1\n")
    drop(FIRST, made.spool)
    made.tick("2026-05-21T08:00:00Z")
    app = App.load(str(made.config))
    with app.store() as store:
        to = f"bounces+{bounce_token(app.keyring(), store.deliveries()[-1])}@example.test"
        done = intake(app, store)(report(per_recipient("5.2.2"), to=to), to, "<>")
    assert (done.what, done.suppression and done.suppression.reason) == ("soft bounce, status 5.2.2", "bounces")


def test_nothing_runs_where_nothing_is_configured(tmp_path: Path) -> None:
    app = App.load(str(build(tmp_path).config))
    with app.store() as store:
        assert beside(app, store) == []
    with pytest.raises(ConfigError, match=r"inbound\.imap_host: missing"):
        mailbox_of(app)


def test_what_is_configured_runs(tmp_path: Path) -> None:
    (tmp_path / "imap-password").write_text("hush\nnot this\n")
    made = house(
        tmp_path,
        'lmtp = "127.0.0.1:2426"\nimap_host = "imap.example.test"\nimap_username = "u"\nimap_every = "10m"\n'
        'imap_password_file = "imap-password"\nimap_done = "done"\nimap_security = "starttls"\n',
    )
    app = App.load(str(made.config))
    with app.store() as store:
        listening, polling = beside(app, store)
    assert (listening.name, polling.name, polling.every) == ("lmtp", "imap", 600)
    assert mailbox_of(app) == ImapSettings("imap.example.test", 143, "u", "hush", "starttls", "INBOX", "done", None)


def test_a_place_that_is_taken_is_tried_again(taker: Taker) -> None:
    with socket.create_server((LOOPBACK, 0)) as other:
        port = other.getsockname()[1]
        listening = Listening(Listener(LOOPBACK, port, taker))
        with pytest.raises(ConfigError, match="cannot listen"):
            listening.look()
    listening.look()
    listening.look()
    with smtplib.LMTP(LOOPBACK, port) as client:
        client.sendmail("", ["a@digest.test"], b"Subject: a\r\n\r\nb")
    listening.stop()
    listening.look()
    with pytest.raises(OSError, match="refused"):
        socket.create_connection((LOOPBACK, port), timeout=5).close()
    assert taker.recipients == ["a@digest.test"]


def test_a_look_that_is_stopped_takes_nothing_more_in(taker: Taker) -> None:
    found = ["* SEARCH 1 2 3", "*tag* OK done"]
    with odd("", UID_SEARCH=found) as server:
        settings = ImapSettings(LOOPBACK, server.port, "u", "p", security="none")
        polling = Polling(settings, taker, 60)
        polling.stop()
        polling.look()
    assert taker.taken == []
    assert not any("FETCH" in line for line in server.asked)


@contextmanager
def serving(made: House) -> Iterator[subprocess.Popen[str]]:
    """`digest serve` as a process of its own; killed at the end if it has not ended by then."""
    with subprocess.Popen(command("-c", str(made.config), "serve"), stderr=subprocess.PIPE, text=True) as service:
        try:
            yield service
        finally:
            if service.poll() is None:
                service.kill()


def ended(service: subprocess.Popen[str]) -> list[str]:
    """The log of the service, which is told to end, and does."""
    service.send_signal(signal.SIGTERM)
    _, log = service.communicate(timeout=20)
    assert service.returncode == 0, log
    return [line.split(" ", 2)[2] for line in log.splitlines()]


@pytest.mark.slow
@pytest.mark.xdist_group("postfix")
def test_serve_takes_in_what_comes_both_ways(tmp_path: Path, dovecot: Dovecot, certificates: Certificates) -> None:
    port = free_port()
    (tmp_path / "imap-password").write_text(PASSWORD)
    made = house(
        tmp_path,
        f'lmtp = "{LOOPBACK}:{port}"\nimap_host = "{LOOPBACK}"\nimap_port = {dovecot.imaps}\nimap_every = "30s"\n'
        f'imap_username = "requests@example.test"\nimap_password_file = "imap-password"\n'
        f'imap_ca_file = "{certificates.authority}"\n',
    )
    by_mailbox, by_lmtp = leaving(made, 1), leaving(made, 2)
    with smtplib.LMTP(LOOPBACK, dovecot.lmtp) as client:
        client.sendmail("ada@reader.test", ["requests@example.test"], by_mailbox)
    with serving(made) as service:
        until(lambda: left(made) == [ADA], "the mailbox is looked into")
        with smtplib.LMTP(LOOPBACK, port) as client:
            client.sendmail("bob@reader.test", ["unsubscribe@example.test"], by_lmtp)
        assert left(made) == [ADA, BOB]
        log = ended(service)
    assert [line for line in log if "ERROR" in line or "Traceback" in line] == []
    assert f"INFO listening place={LOOPBACK}:{port}" in log
    assert f"INFO mailbox place={LOOPBACK}:{dovecot.imaps} taken=1" in log
    assert log[-1] == "INFO stopped"


@pytest.mark.slow
def test_what_goes_wrong_beside_the_ticks_does_not_stop_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMAP_SECRET", "p")
    with socket.create_server((LOOPBACK, 0)) as taken:
        port = taken.getsockname()[1]
        made = house(
            tmp_path,
            f'lmtp = "{LOOPBACK}:{port}"\nimap_host = "{LOOPBACK}"\nimap_port = {free_port()}\n'
            'imap_username = "u"\nimap_password_env = "IMAP_SECRET"\n',
        )
        with serving(made) as service:
            time.sleep(3)
            log = ended(service)
    failures = [line for line in log if line.startswith("ERROR")]
    assert len(failures) == 2
    assert any("lmtp failed: 1 mistake" in line for line in failures)
    assert any("imap failed: " in line and "refused" in line for line in failures)
    assert sum(line.startswith("INFO tick ") for line in log) >= 2
    assert log[-1] == "INFO stopped"
