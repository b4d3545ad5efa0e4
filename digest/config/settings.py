"""`Config`: the options together, and what follows from several of them."""

from __future__ import annotations

import codecs
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.config.addresses import is_loopback, split_listener
from digest.errors import ConfigError
from digest.model import Letterhead

if TYPE_CHECKING:
    from pathlib import Path

    from digest.config import joining, mailing, sections
    from digest.model import SourceSpec

SECRET_VARIABLE = "DIGEST_SECRET"  # noqa: S105 - the name of a variable
LEAST_SECRET = 16
_MISSING = "bring the file back from a backup or from where digest ran before; for a new installation run `digest init`"
LEAST_PASSWORD = 12
"""Characters of the operator's password; it opens a page to the whole world."""
_EXAMPLE_DOMAINS = (".example.org", ".example.com", ".example.net")
"""Nobody's domains (RFC 2606), each with the dot before it."""
_SQLITE = "sqlite:///"


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """A configuration without mistakes. `place` is the absolute path of its file."""

    place: Path
    digest: sections.Digest
    database: sections.Database
    mail: mailing.Mail
    smtp: mailing.Smtp
    lmtp: mailing.Lmtp
    sendmail: mailing.Sendmail
    maildir: mailing.Maildir
    dkim: mailing.Dkim
    sending: mailing.Sending
    bounces: mailing.Bounces
    inbound: mailing.Inbound
    web: joining.Web
    joining: joining.Joining
    editions: sections.Editions
    defaults: sections.Defaults
    ranking: sections.Ranking
    scheduler: sections.Scheduler
    http: sections.Http
    sources: tuple[SourceSpec, ...] = ()

    @property
    def database_url(self) -> str:
        """The database's URL; an SQLite file by its absolute path."""
        url = self.database.url
        if not url.startswith(_SQLITE):
            return url
        file, mark, query = url.removeprefix(_SQLITE).partition("?")
        return f"{_SQLITE}{self.place.parent / os.path.expanduser(file)}{mark}{query}"

    @property
    def shown_database(self) -> str:
        """The database for messages: an SQLite file's path, or the URL without password and query."""
        url = self.database_url.partition("?")[0]
        if url.startswith(_SQLITE):
            return url.removeprefix(_SQLITE)
        login, at, rest = url.partition("://")[2].rpartition("@")
        return f"postgresql://{login.partition(':')[0]}{at}{rest}"

    @property
    def pages_url(self) -> str:
        """Where the pages are found: digest.web_url; without one, where they answer if that is this machine; or ""."""
        if self.digest.web_url or not self.web.listen or self.web.listen.startswith("/"):
            return self.digest.web_url
        host, port = split_listener(self.web.listen)
        return f"http://{f'[{host}]' if ':' in host else host}:{port}" if is_loopback(host) else ""

    @property
    def secret_path(self) -> Path:
        """The file of the key that signs links."""
        return self.digest.secret_file

    @property
    def envelope_sender(self) -> str:
        """The bare address for MAIL FROM."""
        return self.mail.envelope_from or self.mail.sender.address

    @property
    def verp(self) -> bool:
        """Whether each delivery has an envelope sender of its own."""
        return bool(self.mail.envelope_from) and self.mail.verp

    @property
    def dkim_domain(self) -> str:
        """The domain that signs."""
        return self.dkim.domain or self.mail.sender.domain

    def has_secret(self) -> bool:
        """Whether there is a secret that we may read, fit for use or not."""
        return bool(os.environ.get(SECRET_VARIABLE, "").strip()) or os.access(self.secret_path, os.R_OK)

    def secret(self) -> bytes:
        """The keys that sign links, one a line: DIGEST_SECRET, else the content of `secret_path`.

        Raises:
            ConfigError: there is none, or one is too short to keep anything secret.
        """
        given = os.environ.get(SECRET_VARIABLE, "").strip()
        key = os.fsencode(given) or self._read("digest.secret_file", self.secret_path, _MISSING).strip()
        if not key or min(len(line.strip()) for line in key.splitlines() if line.strip()) < LEAST_SECRET:
            raise self._error(f"digest.secret_file: the secret must have at least {LEAST_SECRET} bytes")
        return key

    def smtp_password(self) -> str:
        """The password for the mail server, "" where no login is wanted.

        Raises:
            ConfigError: the file or the variable that should hold it does not.
        """
        return self._password("smtp.password", self.smtp.password_env, self.smtp.password_file)

    def imap_password(self) -> str:
        """The password for the mailbox of `inbound`, "" where there is none.

        Raises:
            ConfigError: the file or the variable that should hold it does not.
        """
        return self._password("inbound.imap_password", self.inbound.imap_password_env, self.inbound.imap_password_file)

    def operator_password(self) -> str:
        """The password for the operator's page, "" where none is wanted.

        Raises:
            ConfigError: the file or the variable that should hold it does not, or it is too short.
        """
        web, name = self.web, "web.operator_password"
        found = self._password(name, web.operator_password_env, web.operator_password_file)
        if found and len(found) < LEAST_PASSWORD:
            raise self._error(
                f"{name}: {len(found)} characters can be guessed: take {LEAST_PASSWORD} or more at random"
            )
        return found

    def letterhead(self) -> Letterhead:
        """What every message says of its sender."""
        sender = self.mail.sender
        return Letterhead(
            title=self.digest.title,
            sender=sender.address,
            sender_name=sender.name,
            reply_to=self.mail.reply_to or self.joining.address,
            list_id=self.mail.list_id or f"digest.{sender.domain}",
            unsubscribe=self.mail.unsubscribe or sender.address,
            help=self.mail.help,
            owner=self.mail.owner,
            web_url=self.digest.web_url,
            footer=self.mail.footer,
            commands=self.joining.address,
        )

    def sending_mistakes(self) -> tuple[str, ...]:
        """Why no mail should be sent yet, though the file as such is right: it still has the example's sender.

        A server on this very machine gets it all the same, so that one can try things out.
        """
        example = f".{self.mail.sender.domain}".endswith(_EXAMPLE_DOMAINS)
        if self.mail.transport not in ("smtp", "sendmail") or self._local() or not example:
            return ()
        return (f"mail.from: {self.mail.sender.address} is the example's sender; put in your own",)

    def _local(self) -> bool:
        return self.mail.transport == "smtp" and is_loopback(self.smtp.host)

    def _password(self, key: str, variable: str, file: Path | None) -> str:
        if variable:
            password = os.environ.get(variable, "")
            where = f"{key}_env: {variable}"
        elif file:
            lines = _utf8(self._read(f"{key}_file", file, "it should hold the password")).splitlines()
            password = lines[0].decode("utf-8", "surrogateescape") if lines else ""
            where = f"{key}_file: {file}"
        else:
            return ""
        if not password:
            raise self._error(f"{where} is empty or not set")
        return password

    def _read(self, key: str, file: Path, hint: str) -> bytes:
        try:
            return file.read_bytes()
        except OSError as error:
            raise self._error(f"{key}: cannot read {file} ({error.strerror}); {hint}") from error

    def _error(self, mistake: str) -> ConfigError:
        return ConfigError([mistake], str(self.place))


def _utf8(content: bytes) -> bytes:
    """The bytes of a text file without the byte order mark of an editor; what is UTF-16 by its mark, in UTF-8."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", "replace").encode()
    return content.removeprefix(codecs.BOM_UTF8)
