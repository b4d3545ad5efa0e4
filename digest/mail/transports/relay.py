"""A relay and how to reach it: connect, greet, STARTTLS, AUTH; an open `Line` comes out, or an Outage.

TLS is verified and never given up silently; a password never crosses a line without it, loopback excepted.
"""

from __future__ import annotations

import contextlib
import ipaddress
import smtplib
import ssl
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from digest.errors import Outage
from digest.mail.transports.line import BROKEN, Line
from digest.mail.transports.replies import Reply, enhanced

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from digest.mail.transports.line import Watch


class Security(StrEnum):
    """How the line to the relay is protected; there is no silent step down."""

    NONE = "none"
    STARTTLS = "starttls"
    TLS = "tls"


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """A relay: where it is, how the line is protected, who we are.

    `host` is a name, an IP address, or (with `port` 0) the path of a unix socket. `ca_file` replaces the system's
    certificate authorities. `local_hostname` is what EHLO says; "" asks the system. `lmtp` speaks LMTP (RFC 2033)
    in place of SMTP. The time-outs, in seconds, are those of RFC 5321 4.5.3.2 and a bound on their sum:

    - `timeout`: each whole reply, each block of the body, and connecting (30 s at most). Giving up here is safe.
    - `dot_timeout`: the answer to the final dot. Giving up too early makes duplicates.
    - `total_timeout`: opening a line; and again one message up to its dot.
    """

    host: str
    port: int = 587
    security: str = Security.STARTTLS
    username: str = ""
    password: str = field(default="", repr=False)
    timeout: float = 300.0
    ca_file: Path | None = None
    local_hostname: str = ""
    dot_timeout: float = 600.0
    total_timeout: float = 900.0
    lmtp: bool = False

    @property
    def place(self) -> str:
        """ "host:port", or the path of the socket, for messages."""
        return f"{self.host}:{self.port}" if self.port else self.host


@dataclass(frozen=True, slots=True)
class RelayFacts:
    """What a relay told about itself.

    `greeting` is its first words; `features` its extensions (names in lower case) with their parameters; `tls`
    the version ("TLSv1.3") or ""; `certificate_until` when the certificate runs out (UTC), if there is TLS.
    """

    greeting: str
    features: dict[str, str]
    tls: str
    certificate_until: datetime | None
    logged_in: bool


def probe(settings: SmtpSettings, watch: Watch | None = None) -> RelayFacts:
    """Connect, greet, secure, log in and say goodbye, as before a message; `watch` hears it all.

    Raises:
        Outage: one of these failed, with the reason.
    """
    line = connect(settings, watch)
    try:
        features = {name: parameters.strip() for name, parameters in line.esmtp_features.items()}
        facts = RelayFacts(line.greeting, features, line.tls, line.certificate_until, bool(settings.username))
        with contextlib.suppress(*BROKEN):  # how it says goodbye is no fact of interest
            line.goodbye()
        return facts
    finally:
        line.close()


def connect(settings: SmtpSettings, watch: Watch | None = None) -> Line:
    """An open, greeted, secured and logged-in line to the relay of `settings`.

    Raises:
        Outage: there is none to be had, with the reason.
    """
    line = Line(settings.timeout, settings.total_timeout, settings.local_hostname, watch, lmtp=settings.lmtp)
    try:
        _open(line, settings)
        _secure(line, settings)
        _log_in(line, settings)
    except BaseException:
        line.close()
        raise
    return line


def _open(line: Line, settings: SmtpSettings) -> None:
    with _outage(f"{settings.place}: cannot connect"):
        if settings.security == Security.TLS:
            reply = line.connect_tls(settings.host, settings.port, _tls(settings))
        else:
            reply = line.connect(settings.host, settings.port)
    if reply.code != 220:
        raise _no(f"{settings.place}: cannot connect", reply)
    line.greeting = reply.text


def _secure(line: Line, settings: SmtpSettings) -> None:
    _greet(line, settings)
    if settings.security != Security.STARTTLS:
        return
    if not line.has_extn("starttls"):
        text = f"{settings.place} does not offer STARTTLS; set security to 'tls' or 'none' if that is right"
        raise Outage(text, step="connect")
    with _outage(f"{settings.place}: STARTTLS failed"):
        reply = Reply(*line.docmd("STARTTLS"))
        if reply.code != 220:
            raise _no(f"{settings.place}: STARTTLS failed", reply)
        line.secure(_tls(settings), settings.host)
    _greet(line, settings)


def _greet(line: Line, settings: SmtpSettings) -> None:
    """EHLO, or HELO where the server knows no better (RFC 5321 3.2); LMTP has no such step down (RFC 2033 4.1)."""
    with _outage(f"{settings.place}: no greeting"):
        reply = Reply(*line.ehlo())
        if 500 <= reply.code <= 599 and not settings.lmtp:
            reply = Reply(*line.helo())
    if not 200 <= reply.code <= 299:
        raise _no(f"{settings.place}: no greeting", reply)


def _log_in(line: Line, settings: SmtpSettings) -> None:
    if not settings.username:
        return
    if settings.security == Security.NONE and not _is_loopback(settings.host):
        text = f"{settings.place}: a password never goes over a line without TLS; set security to 'starttls'"
        raise Outage(text, step="connect")
    try:
        line.login(settings.username, settings.password)
    except smtplib.SMTPAuthenticationError as e:
        reply = Reply(e.smtp_code, _bytes(e.smtp_error))
        raise _no(f"{settings.place} refuses user name or password", reply, "auth") from e
    except (*BROKEN, ValueError) as e:  # ValueError: a challenge that is no base64
        raise Outage(f"{settings.place}: cannot log in: {e}", step="auth") from e


def _tls(settings: SmtpSettings) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(settings.ca_file) if settings.ca_file else None)


def _no(what: str, reply: Reply, step: str = "connect") -> Outage:
    """An Outage for a reply that was not the wanted one."""
    text = reply.text or "the server's answer makes no sense"
    return Outage(f"{what}: {text}", max(reply.code, 0), enhanced(text), step)


@contextlib.contextmanager
def _outage(what: str) -> Iterator[None]:
    """Whatever goes wrong inside is an Outage that says what was being done."""
    try:
        yield
    except (*BROKEN, UnicodeError) as e:
        raise Outage(f"{what}: {e}", step="connect") from e


def _bytes(reply: bytes | str) -> bytes:
    return reply if isinstance(reply, bytes) else reply.encode()


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.startswith("/")
