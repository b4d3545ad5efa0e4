"""A whole house before real servers: a mailbox that is unknown, the DSN that Postfix makes of it, and its end.

`digest run` -> Postfix -> Dovecot (550) -> a DSN to bounces+token -> `digest receive`, over every way in -> the
address is suppressed, and the next day's edition goes to the others alone.
"""

from __future__ import annotations

import email
import re
import signal
import smtplib
import subprocess
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import pytest

from tests.acceptance.relayed import State, next_day, relayed, states, suppressed, tick
from tests.cli.calling import command, process
from tests.lab.dovecot import PASSWORD
from tests.lab.process import LOOPBACK, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.acceptance.house import House
    from tests.lab.certificates import Certificates
    from tests.lab.dovecot import Dovecot
    from tests.lab.postfix import Postfix

pytestmark = pytest.mark.xdist_group("postfix")
ALICE, BOB, NOBODY = "alice@example.test", "bob@example.test", "nobody@example.test"
READERS = (ALICE, NOBODY, BOB)


def today() -> str:
    """The moment of the first tick: now, as what comes in later is noted at the clock's time."""
    return datetime.now(UTC).isoformat()


def tomorrow() -> str:
    """The moment of the next day's tick."""
    return (datetime.now(UTC) + timedelta(days=1)).isoformat()


def mailed(house: House, now: str, dovecot: Dovecot) -> dict[str, str]:
    """recipient -> Message-ID of what a tick at `now` mailed; those with a mailbox have it in there."""
    summary = tick(house, now)
    assert summary["outage"] == ""
    rows = house.run_json("deliveries", "--status", "accepted", "--limit", str(summary["deliveries"]["accepted"]))
    for row in rows:
        if row["recipient"] != NOBODY:
            dovecot.mailbox(row["recipient"]).wait_for(row["message_id"])
    return {row["recipient"]: row["message_id"] for row in rows}


def others_get_theirs(house: House, dovecot: Dovecot) -> None:
    """The next day: everybody gets an edition but the one who is given up."""
    assert suppressed(house) == {NOBODY: "dead"}
    next_day(house)
    assert mailed(house, tomorrow(), dovecot).keys() == {ALICE, BOB}
    assert states(house)[NOBODY] == State("cancelled", 0)


def test_by_the_pipe(postfix: Postfix, dovecot: Dovecot, tmp_path: Path) -> None:
    house = relayed(tmp_path, postfix.smtp, READERS)
    message_id = mailed(house, today(), dovecot)[NOBODY]
    report = dovecot.mailbox("bounces").wait_for_text(message_id)
    returned_to = email.message_from_bytes(report)["Delivered-To"]
    assert returned_to.startswith("bounces+")
    assert suppressed(house) == {}
    for _ in range(2):  # a mail server that did not hear the answer hands it over again
        done = process("-c", str(house.config), "receive", stdin=None, input=report)
        assert done.returncode == 0
        assert done.stdout.startswith(b"bounce: hard bounce, status 5.1.1")
    checked = house.run_json("suppressions", "check", NOBODY)[0]
    assert {(b["kind"], b["status"], b["origin"]) for b in checked["bounces"]} == {("hard", "5.1.1", "dsn")}
    others_get_theirs(house, dovecot)


def test_a_report_with_a_forged_token_changes_nothing(postfix: Postfix, dovecot: Dovecot, tmp_path: Path) -> None:
    """The same report with tokens of another installation: in the address, and in the List-Unsubscribe that came back.
    Our Message-ID stays, and proves nothing."""
    house = relayed(tmp_path, postfix.smtp, READERS)
    message_id = mailed(house, today(), dovecot)[NOBODY]
    report = dovecot.mailbox("bounces").wait_for_text(message_id)
    forged = re.sub(rb"(?<![a-z0-9])[a-z2-7]{40}(?![a-z0-9])", b"a" * 40, report)
    assert forged.count(b"a" * 40) >= 2
    assert message_id.encode() in forged
    done = process("-c", str(house.config), "receive", stdin=None, input=forged)
    assert done.returncode == 0
    assert done.stdout.startswith(b"ignored: ")
    assert suppressed(house) == {}


@pytest.mark.parametrize(("security", "done"), [("tls", "digest-done"), ("starttls", ""), ("none", "")])
def test_by_imap(
    security: str, done: str, postfix: Postfix, dovecot: Dovecot, certificates: Certificates, tmp_path: Path
) -> None:
    port = dovecot.imaps if security == "tls" else dovecot.imap
    inbound = {"imap_host": LOOPBACK, "imap_username": "bounces@example.test", "imap_security": security}
    files = {"imap_password_file": "imap-password", "imap_ca_file": certificates.authority, "imap_done": done}
    table = "".join(f'{key} = "{value}"\n' for key, value in {**inbound, **files}.items() if value)
    (tmp_path / "imap-password").write_text(f"{PASSWORD}\n")
    dovecot.mailbox("bounces").clear()
    house = relayed(tmp_path, postfix.smtp, READERS, more=f"[inbound]\nimap_port = {port}\n{table}")
    message_id = mailed(house, today(), dovecot)[NOBODY]
    dovecot.mailbox("bounces").wait_for_text(message_id)
    assert house.run_json("receive", "--imap") == [{"taken": 1}]
    assert house.run_json("receive", "--imap") == [{"taken": 0}]
    assert len(dovecot.mailbox("bounces").all()) == (0 if done else 1)
    others_get_theirs(house, dovecot)


@contextmanager
def serving(house: House) -> Iterator[None]:
    """`digest serve`, ended by SIGTERM."""
    with subprocess.Popen(command("-c", str(house.config), "serve"), stderr=subprocess.PIPE) as service:
        try:
            yield
        finally:
            service.send_signal(signal.SIGTERM)
            log = service.communicate(timeout=30)[1].decode()
    assert service.returncode == 0, log


def listening(tmp_path: Path, postfix: Postfix, readers: tuple[str, ...], **options: Any) -> House:
    """A house whose bounces come in over LMTP, by way of Postfix."""
    more = f'[inbound]\nlmtp = "{LOOPBACK}:{postfix.app}"\n'
    return relayed(tmp_path, postfix.smtp, readers, bounces="bounces@app.test", more=more, **options)


def test_by_lmtp_after_an_outage(postfix: Postfix, dovecot: Dovecot, tmp_path: Path) -> None:
    """While nobody listens, Postfix keeps the report."""
    house = listening(tmp_path, postfix, READERS)
    mailed(house, today(), dovecot)
    until(lambda: f"[127.0.0.1]:{postfix.app}: Connection refused" in postfix.log, "Postfix finds nobody listening")
    assert suppressed(house) == {}
    with serving(house):
        until(lambda: suppressed(house), "the report comes in")
    others_get_theirs(house, dovecot)


def test_who_writes_to_the_unsubscribe_address_is_gone(postfix: Postfix, dovecot: Dovecot, tmp_path: Path) -> None:
    house = listening(tmp_path, postfix, (ALICE, BOB), unsubscribe="unsubscribe@app.test")
    message_id = mailed(house, today(), dovecot)[ALICE]
    ways = email.message_from_bytes(dovecot.mailbox("alice").wait_for(message_id))["List-Unsubscribe"]
    mailto = urlsplit(next(way.strip(" <>\r\n") for way in ways.split(",") if "mailto:" in way))
    to, subject = unquote(mailto.path), unquote(mailto.query.removeprefix("subject="))
    with serving(house):
        with smtplib.SMTP(LOOPBACK, postfix.smtp) as line:
            line.sendmail(ALICE, [to], f"From: {ALICE}\r\nTo: {to}\r\nSubject: {subject}\r\n\r\n")
        until(lambda: _status(house, ALICE) == "gone", "alice has left")
    assert _status(house, BOB) == "active"
    next_day(house)
    assert mailed(house, tomorrow(), dovecot).keys() == {BOB}


def _status(house: House, address: str) -> str:
    rows = house.run_json("subscribers", "list")
    return next((row["status"] for row in rows if row["address"] == address), "gone")
