"""Every option, declared once: default, help, check. Those of the mail stand in `mailing.py`."""
# ruff: noqa: RUF009 - `option` makes a dataclass field

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from digest.config import addresses, values
from digest.config.joining import Joining, Web
from digest.config.mailing import Bounces, Dkim, Inbound, Lmtp, Mail, Maildir, Sending, Sendmail, Smtp
from digest.config.options import Section, option
from digest.config.values import duration, integer, one_of, optional, or_empty
from digest.model import SourceSpec

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

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
        "The file of the key that signs links. `digest init` makes it. To change it, put the new key on a line before "
        "the old one, which keeps the links in old mail alive. The environment variable DIGEST_SECRET goes before "
        "the file.",
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
class Editions(Section):
    """[editions]"""

    about: ClassVar[str] = "What stands in a mail. A subscriber may have a max_papers and min_score of their own."

    max_papers: int = option(10, "The most papers that the interests bring into one mail.", integer(1, 200))
    min_score: float = option(0.1, "The least score, from 0 to 1, of a paper that is picked.", values.number(0, 1))
    diversity: float = option(
        0.3,
        "How much is done so that no single interest fills the mail: 0 is nothing, 1 the most.",
        values.number(0, 1),
    )
    also_trending: int = option(
        0, "So many papers with most upvotes besides, whatever the interests; 0 for none.", integer(0, 200), sample=3
    )
    replacements: str = option(
        "sent",
        "Which new versions of known papers are told: never any, those of papers sent to that subscriber, or always.",
        one_of("never", "sent", "always"),
    )
    max_revised: int = option(10, "The most new versions in one mail.", integer(0, 200))
    wait: int = option(
        "1h",
        "How long an edition waits while no source at all can be reached; then it goes out and says so. 0s: never.",
        duration("0s", "12h"),
    )


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
        "lexical",
        "lexical goes by words; semantic also by meaning, with the model of the [semantic] extra; or one of your own as"
        ' "package.module:attribute".',
        values.words,
        asks="ranker",
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
    deadline: int = option(
        "2m",
        "How long a poll of one source may take in all, with every request, redirection, page and pause.",
        duration("1s", "1h"),
    )


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
    private: bool = option(
        False,
        "Whether the url's host may have an address of this machine or of a private network. It is meant for that host "
        "and port alone: no redirection leads to another one inside.",
        values.switch,
    )

    max_size: int = option(
        "10MB",
        "The largest snapshot that is read, unpacked; what reading may cost in time and memory grows with it.",
        values.size("100kB", "50MB"),
    )
    max_new: int = option(
        5_000, "The most new papers that a url may bring in a day (UTC); more are left out.", integer(1, 1_000_000)
    )

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """Not exactly one place to look at."""
        if bool(self.url) == bool(self.path):
            yield "url", "give either url or path, not both" if self.url else "missing: give either url or path"

    def spec(self) -> SourceSpec:
        """The source in the words of the model."""
        every = self.every or (_POLL_URL if self.url else _POLL_FOLDER)
        place = str(self.path) if self.path else ""
        limits = {"max_size": self.max_size, "max_new": self.max_new}
        headers = dict(self.headers)
        return SourceSpec(self.name, self.url, place, self.kind, every, self.days, headers, self.private, **limits)


SECTIONS: dict[str, type[Section]] = {
    "digest": Digest,
    "database": Database,
    "mail": Mail,
    "smtp": Smtp,
    "lmtp": Lmtp,
    "sendmail": Sendmail,
    "maildir": Maildir,
    "dkim": Dkim,
    "sending": Sending,
    "bounces": Bounces,
    "inbound": Inbound,
    "web": Web,
    "joining": Joining,
    "editions": Editions,
    "defaults": Defaults,
    "ranking": Ranking,
    "scheduler": Scheduler,
    "http": Http,
}
"""Every table but [[sources]], by its name in the file, in the order of the example."""
