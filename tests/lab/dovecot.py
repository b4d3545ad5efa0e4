"""Dovecot: takes mail by LMTP, shows it by IMAP, knows who may log in."""

from __future__ import annotations

import contextlib
import imaplib
import re
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.lab.need import missing, need, need_root
from tests.lab.process import LOOPBACK, folder, free_port, running, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

USERS = ("alice", "bob", "carol", "bounces", "requests")
PASSWORD = "secret"
DOMAINS = ("example.test", "xn--bcher-kva.test")
# Any account of a Debian system that owns nothing.
_OWNER, _GROUP = "mail", "mail"

_CONFIG = """
base_dir = {place}/run
state_dir = {place}
log_path = {place}/log
listen = 127.0.0.1
protocols = imap lmtp
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{key}
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
auth_username_format = %Lu
recipient_delimiter = +
first_valid_uid = 1
mail_uid = {owner}
mail_gid = {group}
mail_location = maildir:{place}/mail/%d/%n
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {place}/users
}}
userdb {{
  driver = passwd-file
  args = username_format=%u {place}/users
  default_fields = uid={owner} gid={group} home={place}/home/%d/%n
}}
namespace inbox {{
  inbox = yes
}}
service imap-login {{
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp}
  }}
}}
service auth {{
  unix_listener {place}/auth {{
    mode = 0666
  }}
}}
"""


@dataclass(frozen=True)
class Dovecot:
    """A running Dovecot: its ports (`imap` also offers STARTTLS), and the socket that checks passwords (`auth`)."""

    imap: int
    imaps: int
    lmtp: int
    auth: Path
    log: Path

    def mailbox(self, user: str) -> Mailbox:
        """The INBOX of `user`, a name of `USERS` or an address."""
        return Mailbox(user if "@" in user else f"{user}@{DOMAINS[0]}", self.imap)


@dataclass(frozen=True)
class Mailbox:
    """One INBOX, looked into over IMAP."""

    address: str
    port: int

    def wait_for(self, message_id: str) -> bytes:
        """The message with that Message-ID, byte for byte, as soon as it is there.

        Raises:
            TimeoutError: it does not come.
        """
        return self.wait_for_copies(message_id, 1)[0]

    def wait_for_copies(self, message_id: str, count: int) -> list[bytes]:
        """The same, where there must be `count` of them in the end."""

        def copies() -> list[bytes]:
            found = self.holding("Message-ID", message_id)
            return found if len(found) >= count else []

        return until(copies, f"{count} of {message_id} for {self.address}")

    def wait_for_text(self, text: str) -> bytes:
        """The newest message in which `text` stands, header or body, as soon as there is one."""
        return until(lambda: self._found("TEXT", f'"{text}"'), f"{text} for {self.address}")[-1]

    def holding(self, field: str, value: str) -> list[bytes]:
        """The messages whose header `field` holds `value`, in the order in which they came."""
        return self._found("HEADER", field, f'"{value}"')

    def all(self) -> list[bytes]:
        """Every message, in the order in which they came."""
        return self._found("ALL")

    def clear(self) -> None:
        """Throw every message away."""
        with self._session() as session:
            _, (numbers,) = session.search(None, "ALL")
            if numbers:
                session.store("1:*", "+FLAGS", "\\Deleted")
                session.expunge()

    def _found(self, *criteria: str) -> list[bytes]:
        with self._session() as session:
            _, (numbers,) = session.search(None, *criteria)
            return [_fetched(session, number.decode()) for number in numbers.split()]

    @contextlib.contextmanager
    def _session(self) -> Iterator[imaplib.IMAP4]:
        with imaplib.IMAP4(LOOPBACK, self.port, timeout=20) as session:
            session.login(self.address, PASSWORD)
            session.select("INBOX")
            yield session


def _fetched(session: imaplib.IMAP4, number: str) -> bytes:
    _, parts = session.fetch(number, "(BODY.PEEK[])")
    (message,) = (part[1] for part in parts if isinstance(part, tuple))
    return message


@contextlib.contextmanager
def dovecot(certificate: Path, key: Path) -> Iterator[Dovecot]:
    """A Dovecot with the mailboxes of `USERS` at each of `DOMAINS`; anybody else is unknown (550 5.1.1)."""
    need_root()
    program = need("dovecot", "dovecot-imapd dovecot-lmtpd")
    _check_version(program)
    with folder("dovecot") as place:
        made = Dovecot(free_port(), free_port(), free_port(), place / "auth", place / "log")
        _furnish(place)
        config = place / "dovecot.conf"
        ports = {"imap": made.imap, "imaps": made.imaps, "lmtp": made.lmtp}
        names = {"place": place, "certificate": certificate, "key": key, "owner": _OWNER, "group": _GROUP}
        config.write_text(_CONFIG.format(**ports, **names))
        with running([program, "-F", "-c", config], place / "log", list(ports.values())):
            yield made


def _check_version(program: Path) -> None:
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    found = re.match(r"(\d+)\.(\d+)", said)
    if not found or (int(found[1]), int(found[2])) != (2, 3):
        missing(f"this configuration is for Dovecot 2.3, not for {said.strip()}")


def _furnish(place: Path) -> None:
    import shutil

    for name in ("mail", "home"):
        (place / name).mkdir()
        shutil.chown(place / name, _OWNER, _GROUP)
    lines = (f"{user}@{domain}:{{PLAIN}}{PASSWORD}::::::\n" for domain in DOMAINS for user in USERS)
    (place / "users").write_text("".join(lines))


def without_trace(message: bytes) -> bytes:
    """`message` without what the servers on its way have put on top."""
    trace = re.compile(rb"(?:(?:Return-Path|Delivered-To|Received|Authentication-Results):[^\n]*\n(?:[ \t][^\n]*\n)*)*")
    found = trace.match(message)
    return message[found.end() :] if found else message
