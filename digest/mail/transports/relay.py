"""A relay and how to reach it: connect, greet, STARTTLS, AUTH; an open `smtplib.SMTP` comes out, or an Outage.

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
from digest.mail.transports.replies import words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BROKEN = (OSError, smtplib.SMTPException)


class Security(StrEnum):
    """How the line to the relay is protected; there is no silent step down."""

    NONE = "none"
    STARTTLS = "starttls"
    TLS = "tls"


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """A relay: where it is, how the line is protected, who we are.

    `timeout` is in seconds, for connecting and for each command; `dot_timeout` for the answer to the final
    dot (RFC 5321 4.5.3.2.6: ten minutes, as giving up too early makes duplicates). `ca_file` replaces the
    system's certificate authorities. `local_hostname` is what EHLO says; "" asks the system.
    """

    host: str
    port: int = 587
    security: str = Security.STARTTLS
    username: str = ""
    password: str = field(default="", repr=False)
    timeout: float = 60.0
    ca_file: Path | None = None
    local_hostname: str = ""
    dot_timeout: float = 600.0

    @property
    def place(self) -> str:
        """ "host:port", for messages."""
        return f"{self.host}:{self.port}"


def connect(settings: SmtpSettings) -> smtplib.SMTP:
    """An open, greeted, secured and logged-in line to the relay of `settings`.

    Raises:
        Outage: there is none to be had, with the reason.
    """
    line = _connected(settings)
    try:
        _secure(line, settings)
        _log_in(line, settings)
    except BaseException:
        line.close()
        raise
    return line


def _secure(line: smtplib.SMTP, settings: SmtpSettings) -> None:
    _greet(line, settings)
    if settings.security != Security.STARTTLS:
        return
    if not line.has_extn("starttls"):
        raise Outage(f"{settings.place} does not offer STARTTLS; set security to 'tls' or 'none' if that is right")
    with _outage(f"{settings.place}: STARTTLS failed"):
        line.starttls(context=_tls(settings))
    _greet(line, settings)


def _greet(line: smtplib.SMTP, settings: SmtpSettings) -> None:
    """EHLO, or HELO where the server knows no better (RFC 5321 3.2)."""
    with _outage(f"{settings.place}: no greeting"):
        code, reply = line.ehlo()
        if 500 <= code <= 599:
            code, reply = line.helo()
    if not 200 <= code <= 299:
        raise Outage(f"{settings.place}: no greeting: {words(reply)}", max(code, 0))


def _log_in(line: smtplib.SMTP, settings: SmtpSettings) -> None:
    if not settings.username:
        return
    if settings.security == Security.NONE and not _is_loopback(settings.host):
        raise Outage(f"{settings.place}: a password never goes over a line without TLS; set security to 'starttls'")
    try:
        line.login(settings.username, settings.password)
    except smtplib.SMTPAuthenticationError as e:
        text = f"{settings.place} refuses user name or password: {words(_bytes(e.smtp_error))}"
        raise Outage(text, e.smtp_code) from e
    except UnicodeError as e:
        raise Outage(f"{settings.place}: user name and password must be ASCII") from e
    except BROKEN as e:
        raise Outage(f"{settings.place}: cannot log in: {e}") from e


def _connected(settings: SmtpSettings) -> smtplib.SMTP:
    name = settings.local_hostname or None
    with _outage(f"{settings.place}: cannot connect"):
        if settings.security == Security.TLS:
            context = _tls(settings)
            return smtplib.SMTP_SSL(settings.host, settings.port, name, timeout=settings.timeout, context=context)
        return smtplib.SMTP(settings.host, settings.port, name, timeout=settings.timeout)


def _tls(settings: SmtpSettings) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(settings.ca_file) if settings.ca_file else None)


@contextlib.contextmanager
def _outage(what: str) -> Iterator[None]:
    """Whatever goes wrong inside is an Outage that says what was being done."""
    try:
        yield
    except smtplib.SMTPResponseException as e:
        raise Outage(f"{what}: {words(_bytes(e.smtp_error))}", e.smtp_code) from e
    except (*BROKEN, UnicodeError) as e:
        raise Outage(f"{what}: {e}") from e


def _bytes(reply: bytes | str) -> bytes:
    return reply if isinstance(reply, bytes) else reply.encode()


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
