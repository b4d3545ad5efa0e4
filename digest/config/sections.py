"""Every option, declared once: default, help, check."""
# ruff: noqa: RUF009 - `option` makes a dataclass field

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from digest.config import addresses, values
from digest.config.options import Section, option
from digest.config.values import Mailbox, duration, integer, one_of, optional, or_empty
from digest.model import SourceSpec

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

USUAL_PORTS = {"starttls": 587, "tls": 465, "none": 25}
_POLL_URL, _POLL_FOLDER = 3600, 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest(Section):
    """[digest]"""

    about: ClassVar[str] = "This installation."

    title: str = option("Paper Digest", "The name at the top of every mail.", values.words, set=True)
    web_url: str = option(
        "",
        "The https address of this installation's pages, if it has any; links in the mail then lead there.",
        or_empty(addresses.web_url),
        sample="https://papers.example.org",
    )
    secret_file: Path = option(
        "secret",
        "The file of the key that signs links. `digest init` makes it. The environment variable DIGEST_SECRET "
        "goes before it.",
        values.path,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Database(Section):
    """[database]"""

    about: ClassVar[str] = "Where papers, subscribers and deliveries are kept."

    url: str = option(
        "sqlite:///digest.db",
        "SQLite, as sqlite:/// and a path, or PostgreSQL, as postgresql://user@host/name (leave its password to "
        "~/.pgpass or PGPASSWORD).",
        addresses.database_url,
    )
    keep_snapshots: int = option(
        "14d",
        "How long the bytes of a snapshot are kept for looking into. Papers are kept for good.",
        duration("0s", "5200w"),
    )


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
        "Where bounces go (SMTP's MAIL FROM), if not to the sender.",
        or_empty(addresses.address),
        sample="bounces@example.org",
    )
    list_id: str = option(
        "",
        "The List-Id that mail filters go by, if not digest. and the sender's domain.",
        or_empty(addresses.list_id),
        sample="digest.example.org",
    )
    unsubscribe: str = option(
        "",
        "The address for unsubscribing by mail, if not the sender.",
        or_empty(addresses.address),
        sample="unsubscribe@example.org",
    )
    help: str = option(
        "",
        "The address that readers may ask for help.",
        or_empty(addresses.address),
        sample="help@example.org",
    )
    transport: str = option(
        "smtp",
        "smtp sends, maildir puts each message into a folder, console prints it.",
        one_of("smtp", "maildir", "console"),
        set=True,
    )
    templates: Path | None = option(
        "",
        "A folder with templates of your own; those that it lacks are the built-in ones.",
        optional(values.path),
        sample="templates",
    )
    footer: str = option(
        "",
        "Lines at the end of every mail, such as the postal address that some laws ask for.",
        values.paragraph,
        sample="Example University, 1 Example Street, Exampleton",
    )
    expires: int = option(
        "20h",
        "How long a delivery is tried, counted from the moment its edition is made.",
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
    timeout: int = option("30s", "How long to wait for a connection and for each answer.", duration("1s", "10m"))
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
class Editions(Section):
    """[editions]"""

    about: ClassVar[str] = "What stands in a mail. A subscriber may have a max_papers and min_score of their own."

    max_papers: int = option(10, "The most papers that the interests bring into one mail.", integer(1, 200))
    min_score: float = option(0.1, "The least score, from 0 to 1, of a paper that is picked.", values.number(0, 1))
    also_trending: int = option(
        0, "So many papers with most upvotes besides, whatever the interests; 0 for none.", integer(0, 200), sample=3
    )
    replacements: str = option(
        "sent",
        "Which new versions of known papers are told: never any, those of papers sent to that subscriber, or always.",
        one_of("never", "sent", "always"),
    )
    max_revised: int = option(10, "The most new versions in one mail.", integer(0, 200))


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults(Section):
    """[defaults]"""

    about: ClassVar[str] = "What a new subscriber gets who asks for nothing else."

    zone: str = option("UTC", 'The time zone by its IANA name, like "Europe/Berlin".', values.words, asks="zone")
    send_at: str = option("07:00", "The local time of day.", values.words, asks="send_at")
    rhythm: str = option("daily", 'daily, weekdays, or weekly with a day: "weekly:fri".', values.words, asks="rhythm")
    empty: str = option(
        "skip", "On a day without a fitting paper: skip sends nothing, note a short note.", one_of("skip", "note")
    )
    interests: tuple[str, ...] = option(
        [],
        "Interests in the interest language; without any, a subscriber gets what is trending.",
        values.texts,
        sample=["reinforcement learning^2", '"long video"', "author:hinton", "-survey"],
        asks="interest",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking(Section):
    """[ranking]"""

    about: ClassVar[str] = "How papers are ranked."

    ranker: str = option(
        "lexical", 'lexical, or one of your own as "package.module:attribute".', values.words, asks="ranker"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheduler(Section):
    """[scheduler]"""

    about: ClassVar[str] = "For `digest serve`."

    tick: int = option("60s", "How often to see what is due.", duration("1s", "1h"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Http(Section):
    """[http]"""

    about: ClassVar[str] = "How sources are asked."

    contact: str = option(
        "",
        "A mail address or URL for the User-Agent, so that a source's operator can reach you.",
        or_empty(addresses.contact),
        sample="you@example.org",
    )
    timeout: int = option("30s", "How long to wait for a connection and for more bytes.", duration("1s", "10m"))


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceTable(Section):
    """[[sources]]: one of the places that papers come from."""

    about: ClassVar[str] = "Where papers come from: one [[sources]] table for each place."

    name: str = option("source", "A name of your own, once only: a-z, 0-9, dot, hyphen, underscore.", values.name)
    url: str = option(
        "",
        "What to fetch over http(s). {date} stands for each of the last days, {page} for 0, 1, 2 ... until a page "
        "is empty.",
        or_empty(addresses.source_url),
    )
    path: Path | None = option(
        "", 'Instead of a url: a folder of snapshots, or a file; "-" is standard input.', optional(values.path)
    )
    kind: str = option("auto", "The reader; auto finds it by looking at the content.", values.words, asks="kind")
    every: int | None = option(
        "",
        "How often to look, at least 1m: by default 1h for a url and 1m for a path.",
        optional(duration("1m", "7d")),
    )
    days: int = option(2, "How many days back {date} goes, today included.", integer(1, 31))
    headers: tuple[tuple[str, str], ...] = option({}, "More HTTP request headers.", addresses.headers)

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """Not exactly one place to look at."""
        if bool(self.url) == bool(self.path):
            yield "url", "give either url or path, not both" if self.url else "missing: give either url or path"

    def spec(self) -> SourceSpec:
        """The source in the words of the model."""
        every = self.every or (_POLL_URL if self.url else _POLL_FOLDER)
        place = str(self.path) if self.path else ""
        return SourceSpec(self.name, self.url, place, self.kind, every, self.days, dict(self.headers))


SECTIONS: dict[str, type[Section]] = {
    "digest": Digest,
    "database": Database,
    "mail": Mail,
    "smtp": Smtp,
    "maildir": Maildir,
    "editions": Editions,
    "defaults": Defaults,
    "ranking": Ranking,
    "scheduler": Scheduler,
    "http": Http,
}
"""Every table but [[sources]], by its name in the file, in the order of the example."""
