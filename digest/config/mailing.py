"""The options of the mail: who it is from, how it leaves, what comes back."""
# ruff: noqa: RUF009 - `option` makes a dataclass field

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from digest.config import addresses, values
from digest.config.options import Section, option
from digest.config.values import Mailbox, duration, integer, one_of, optional, or_empty

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

USUAL_PORTS = {"starttls": 587, "tls": 465, "none": 25}
IMAP_PORTS = {"tls": 993, "starttls": 143, "none": 143}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail(Section):
    """[mail]"""

    about: ClassVar[str] = "Who the mail is from, and how it leaves."

    sender: Mailbox = option(
        "Paper Digest <digest@example.org>",
        "The sender that readers see. Its domain should be yours: SPF, DKIM and DMARC are checked against it.",
        addresses.mailbox,
        key="from",
        set=True,
    )
    reply_to: str = option(
        "",
        "Where answers go, if not to the sender.",
        or_empty(addresses.address),
        sample="help@example.org",
    )
    envelope_from: str = option(
        "",
        "Where bounces go (SMTP's MAIL FROM), if not to the sender. `digest receive` reads them.",
        or_empty(addresses.address),
        sample="bounces@example.org",
    )
    verp: bool = option(
        True,
        "With an envelope_from: a token of the delivery behind a plus sign there (bounces+token@example.org), so that "
        "every bounce says whose it is. false for a server that takes no such addresses.",
        values.switch,
    )
    list_id: str = option(
        "",
        "The List-Id that mail filters go by, if not digest. and the sender's domain. It stays when the sender moves: "
        "the one of the first mail that was sent is kept.",
        or_empty(addresses.list_id),
        sample="digest.example.org",
    )
    unsubscribe: str = option(
        "",
        "The address for unsubscribing by mail, if not the sender. It must take addresses with a plus sign "
        "(unsubscribe+token@example.org); `digest receive` reads what comes there.",
        or_empty(addresses.address),
        sample="unsubscribe@example.org",
    )
    help: str = option(
        "",
        "The address that readers may ask for help.",
        or_empty(addresses.address),
        sample="help@example.org",
    )
    owner: str = option(
        "",
        "The address of whoever runs this (List-Owner).",
        or_empty(addresses.address),
        sample="postmaster@example.org",
    )
    transport: str = option(
        "smtp",
        "smtp sends through a mail server, lmtp and sendmail hand over to one on this machine, maildir puts each "
        "message into a folder, console prints it.",
        one_of("smtp", "lmtp", "sendmail", "maildir", "console"),
        set=True,
    )
    templates: Path | None = option(
        "",
        "A folder with templates of your own; those that it lacks are the built-in ones.",
        optional(values.path),
        sample="my-templates",
    )
    footer: str = option(
        "",
        "Lines at the end of every mail, such as the postal address that some laws ask for.",
        values.paragraph,
        sample="Example University, 1 Example Street, Exampleton",
    )
    summary: str = option(
        "sentence",
        "The line that sums up a paper above its abstract: sentence is the one of the abstract that says most about "
        "the interests, source the summary that its source brings (without one, that sentence), none leaves it out.",
        one_of("sentence", "source", "none"),
    )
    expires: int = option(
        "20h",
        "How long a delivery to a daily reader is tried, counted from the moment its edition is made; for a rarer "
        "rhythm as much longer as its editions are further apart. What is not sent by then is in the next edition.",
        duration("5m", "7d"),
    )
    unknown: str = option(
        "resend",
        "If the line breaks after a whole message went out, nobody knows whether it arrived: resend sends it once "
        "more with the same Message-ID, leave does not.",
        one_of("resend", "leave"),
    )

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """A folder of templates that is not there, which would pass for one without overrides."""
        if self.templates and not os.path.isdir(self.templates):
            yield "templates", f"there is no folder {self.templates}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Smtp(Section):
    """[smtp]"""

    about: ClassVar[str] = 'The mail server, for transport = "smtp".'
    refused: ClassVar[dict[str, str]] = {
        "password": "a password does not belong in this file; use password_file or password_env"
    }

    host: str = option("localhost", "Its name or IP address.", addresses.host, set=True)
    security: str = option(
        "starttls",
        "starttls (must be offered, is never skipped), tls from the first byte, or none.",
        one_of(*USUAL_PORTS),
        set=True,
    )
    port: int = option(0, "0 means the usual one: 587 for starttls, 465 for tls, 25 for none.", integer(0, 65535))
    username: str = option("", "The name to log in with; without it there is no login.", values.text, sample="digest")
    password_file: Path | None = option(
        "", "A file whose first line is the password.", optional(values.path), sample="smtp-password"
    )
    password_env: str = option(
        "",
        "The name of an environment variable that holds the password.",
        values.text,
        sample="DIGEST_SMTP_PASSWORD",
    )
    timeout: int = option(
        "5m", "How long to wait for each answer; for a connection 30 seconds at most.", duration("1s", "10m")
    )
    ca_file: Path | None = option(
        "",
        "Certificate authorities (PEM) to trust in place of the system's.",
        optional(values.path),
        sample="ca.pem",
    )
    hostname: str = option(
        "",
        "What this machine calls itself (EHLO), if not what the system says.",
        or_empty(addresses.host_name),
        sample="mail.example.org",
    )

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """Half a login, or one that everybody on the way could read."""
        has_password = bool(self.password_file or self.password_env)
        if self.password_file and self.password_env:
            yield "password_env", "there is a password_file already; keep one of the two"
        if self.username and not has_password:
            yield "username", "needs a password_file or password_env"
        if has_password and not self.username:
            yield "password_file" if self.password_file else "password_env", "needs a username"
        if self.username and self.security == "none" and not addresses.is_loopback(self.host):
            yield "security", f'"none" would send the password to {self.host} for all to read'
        if self.ca_file and not os.path.isfile(self.ca_file):
            yield "ca_file", f"there is no file {self.ca_file}"

    @property
    def usual_port(self) -> int:
        """The port to connect to: `port`, or the usual one of `security`."""
        return self.port or USUAL_PORTS[self.security]


@dataclass(frozen=True, slots=True, kw_only=True)
class Maildir(Section):
    """[maildir]"""

    about: ClassVar[str] = 'The folder, for transport = "maildir".'

    path: Path = option("maildir", "It is made if it is not there.", values.path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lmtp(Section):
    """[lmtp]"""

    about: ClassVar[str] = 'The local delivery server, for transport = "lmtp".'

    address: str = option(
        "localhost:24", "host:port, or the path of a socket.", addresses.listener, sample="/run/dovecot/lmtp"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sendmail(Section):
    """[sendmail]"""

    about: ClassVar[str] = 'The program of a mail server on this machine, for transport = "sendmail".'

    path: Path = option(
        "/usr/sbin/sendmail", "Postfix, Exim, OpenSMTPD, msmtp and others bring one along.", values.path
    )


@dataclass(frozen=True, slots=True)
class DkimKey:
    """A key to sign with: its `algorithm` ("rsa", "ed25519"), its name in the DNS, its file, and the option of that."""

    algorithm: str
    selector: str
    file: Path
    option: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dkim(Section):
    """[dkim]"""

    about: ClassVar[str] = (
        "Signing (DKIM). Without a selector it is left to the mail server. `digest dkim` makes the keys and says "
        "what to publish."
    )

    selector: str = option(
        "",
        "The name of the RSA key in the DNS: selector._domainkey.domain.",
        or_empty(addresses.selector),
        sample="digest2026",
    )
    key_file: Path = option("dkim.pem", "The private RSA key (PEM, at least 1024 bits, 2048 advised).", values.path)
    ed25519_selector: str = option(
        "",
        "The name of a second key, Ed25519 (RFC 8463); without it there is one signature.",
        or_empty(addresses.selector),
        sample="digest2026e",
    )
    ed25519_key_file: Path = option("dkim-ed25519.pem", "The private Ed25519 key (PEM).", values.path)
    domain: str = option(
        "",
        "The signing domain, if not the sender's; DMARC wants it aligned with the sender's.",
        or_empty(addresses.host_name),
        sample="example.org",
    )

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """A second signature without a first."""
        if self.ed25519_selector and not self.selector:
            yield "ed25519_selector", "needs a selector as well: many receivers know RSA alone"
        if self.selector and self.selector == self.ed25519_selector:
            yield "ed25519_selector", "must be another name than selector: each key has a record of its own"

    @property
    def keys(self) -> tuple[DkimKey, ...]:
        """The keys that have a name, the RSA key first."""
        named = (
            DkimKey("rsa", self.selector, self.key_file, "dkim.key_file"),
            DkimKey("ed25519", self.ed25519_selector, self.ed25519_key_file, "dkim.ed25519_key_file"),
        )
        return tuple(key for key in named if key.selector)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending(Section):
    """[sending]"""

    about: ClassVar[str] = "How fast mail leaves. Receivers slow down whoever is faster than they are used to."

    connections: int = option(4, "So many connections to the mail server at a time.", integer(1, 50))
    per_connection: int = option(100, "So many messages over one connection, then a new one.", integer(1, 10_000))
    rate: int = option(0, "So many messages a minute in all; 0 for no limit.", integer(0, 1_000_000))
    domain_connections: int = option(
        2, "So many messages at a time to one recipient domain; less while it asks to slow down.", integer(1, 50)
    )
    domain_rate: int = option(
        0, "So many messages a minute to one recipient domain; 0 for no limit.", integer(0, 1_000_000)
    )
    warm_up: int = option(
        0,
        "For a new sender: so many messages on the first day, and twice as many on each day after it; 0 for no limit.",
        integer(0, 1_000_000),
        sample=50,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounces(Section):
    """[bounces]"""

    about: ClassVar[str] = "When an address is given up. `digest suppressions` lists those, and lifts them."

    threshold: int = option(5, "So many days with a soft bounce (mailbox full and the like).", integer(1, 100))
    stale: int = option("7d", "So long after its last soft bounce an address starts anew.", duration("1d", "25w"))
    confirm: int = option(
        "1d",
        "An address that took mail before is given up at the second hard bounce (no such mailbox), so long after "
        "the first or later; 0s means at the first.",
        duration("0s", "30d"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound(Section):
    """[inbound]"""

    about: ClassVar[str] = (
        "How bounces, complaints, commands and mail to the unsubscribe address come in, if not through a pipe to "
        "`digest receive`. `digest serve` looks after both."
    )
    refused: ClassVar[dict[str, str]] = {
        "imap_password": "a password does not belong in this file; use imap_password_file or imap_password_env"
    }

    authserv_id: str = option(
        "",
        "The name that your mail server signs its Authentication-Results fields with (RFC 8601): what they say of SPF, "
        "DKIM and DMARC decides whose commands are followed and answered. Without it, none are.",
        or_empty(addresses.host_name),
        sample="mx.example.org",
    )
    trusted_hops: int = option(
        0,
        "So many Received fields of your own servers stand above those results. 0 suits Postfix with OpenDKIM that "
        "hands mail on to digest; 1 a mailbox that Dovecot's LMTP fills behind them. With too high a number anybody "
        "can pretend to be a reader.",
        integer(0, 10),
    )
    reporters: tuple[str, ...] = option(
        [],
        "Domains whose bounces and complaints are believed by a Message-ID and an address, if your mail server proves "
        "who sent them: your relay's, and those of feedback loops. Others need a token out of our own message, or come "
        "from the reader's own domain.",
        addresses.host_names,
        sample=["amazonses.com"],
    )
    lmtp: str = option(
        "",
        "Listen for LMTP here: a socket for the group of the mail server alone (mode 0660), or host:port on this "
        "machine, where every account could hand over mail in any name.",
        or_empty(addresses.listener),
        sample="unix:/run/digest/lmtp.sock",
    )
    imap_host: str = option("", "A mailbox to look into by IMAP.", or_empty(addresses.host), sample="imap.example.org")
    imap_security: str = option("tls", "tls, starttls, or none (this machine only).", one_of(*IMAP_PORTS))
    imap_port: int = option(0, "0 means the usual one: 993 for tls, else 143.", integer(0, 65535))
    imap_username: str = option("", "The name to log in with.", values.text, sample="bounces@example.org")
    imap_password_file: Path | None = option(
        "", "A file whose first line is the password.", optional(values.path), sample="imap-password"
    )
    imap_password_env: str = option(
        "",
        "The name of an environment variable that holds the password.",
        values.text,
        sample="DIGEST_IMAP_PASSWORD",
    )
    imap_folder: str = option("INBOX", "The folder to look into.", values.text)
    imap_done: str = option(
        "",
        "The folder that messages go to which were acted on; without it they are marked as read and stay.",
        values.text,
        sample="digest-done",
    )
    imap_every: int = option("5m", "How often to look.", duration("30s", "1d"))
    imap_ca_file: Path | None = option(
        "", "Certificate authorities (PEM) to trust in place of the system's.", optional(values.path), sample="ca.pem"
    )

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """A mailbox without a login, or a login that everybody on the way could read."""
        if self.imap_password_file and self.imap_password_env:
            yield "imap_password_env", "there is an imap_password_file already; keep one of the two"
        if self.imap_host and not self.imap_username:
            yield "imap_username", "missing: a mailbox needs a login"
        if self.imap_host and not (self.imap_password_file or self.imap_password_env):
            yield "imap_password_file", "missing: a mailbox needs a login"
        if self.imap_host and self.imap_security == "none" and not addresses.is_loopback(self.imap_host):
            yield "imap_security", f'"none" would send the password to {self.imap_host} for all to read'

    @property
    def usual_imap_port(self) -> int:
        """The port to connect to: `imap_port`, or the usual one of `imap_security`."""
        return self.imap_port or IMAP_PORTS[self.imap_security]
