"""The composition root: a configuration becomes a wired line. The only place that names adapters.

The way out (transports, the rules of sending, signers) stands in `outgoing.py`.
"""

from __future__ import annotations

import os
import secrets
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from digest import config as configuration
from digest.errors import ConfigError, UsageError
from digest.model import SourceSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from digest.config import Config
    from digest.mail.dkim import Signer
    from digest.mail.scoring import BounceRules
    from digest.mail.tokens import Keyring
    from digest.mail.transports import Transport
    from digest.model import Letterhead
    from digest.ranking import Ranker
    from digest.services.letters import LetterWriter
    from digest.services.publish import PublishRules
    from digest.services.round import DeliveryRules
    from digest.services.tick import Line
    from digest.sources import Source
    from digest.sources.polite import Politeness
    from digest.storage import Store

SAMPLE_INTERESTS = ("reinforcement learning^2", '"long video"', "attention", "agents", "-survey")
_SAMPLES = Path(__file__).parent.parent / "samples"
# A preview without a configuration has no secret, and sends nothing for which one would be needed.
_NO_SECRET = bytes(32)
DELIVER_FOR = timedelta(minutes=5)


def system_clock() -> datetime:
    """The time, aware and in UTC: the one clock of the program."""
    return datetime.now(UTC)


def sample_paths() -> tuple[str, str]:
    """The bundled snapshots of two consecutive days, written for this project."""
    first, second = sorted(str(path) for path in _SAMPLES.glob("*.json"))
    return first, second


def make_secret(place: Path) -> bool:
    """Write 32 random bytes as hexadecimal, readable by the owner alone; False where there is a file already.

    Raises:
        UsageError: it cannot be written there.
    """
    return make_private(place, lambda: f"{secrets.token_hex(32)}\n".encode("ascii"))


def make_private(place: Path, content: Callable[[], bytes], option: str = "") -> bool:
    """Write a file that its owner alone can read; False, and `content` is not asked for, where there is one already.

    Raises:
        UsageError: it cannot be written there; the text begins with the `option` that names it, if given.
    """
    if os.path.lexists(place):
        return False
    made = content()
    try:
        handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:  # somebody else has just made it
        return False
    except OSError as error:
        raise UsageError(f"{option and f'{option}: '}cannot write {place}: {error.strerror}") from error
    with os.fdopen(handle, "wb") as file:
        file.write(made)
    return True


def _checks() -> dict[str, Callable[[str], object]]:
    """The checks of options whose meaning stands in other rooms; each is imported when it is asked."""

    def later(module: str, name: str) -> Callable[[str], object]:
        def check(text: str) -> object:
            from importlib import import_module

            return getattr(import_module(module), name)(text)

        return check

    return {
        "zone": later("digest.editions.timetable", "check_zone"),
        "send_at": later("digest.editions.timetable", "parse_send_at"),
        "rhythm": later("digest.editions.timetable", "parse_rhythm"),
        "interest": later("digest.ranking.query", "parse"),
        "ranker": later("digest.ranking", "ranker"),
        "kind": _check_kind,
    }


def _check_kind(kind: str) -> None:
    from digest.sources.read import KINDS

    if kind not in KINDS:
        raise UsageError(f"no reader {kind!r}: there are {', '.join(KINDS)}")


class App:
    """One configuration and what is made of it; every part is made when it is asked for.

    Args:
        config: the configuration.
        clock: tells the time, aware and in UTC.
        secret: used in place of the configuration's, if given.
    """

    def __init__(
        self, config: Config, clock: Callable[[], datetime] = system_clock, secret: bytes | None = None
    ) -> None:
        self.config, self.clock, self._secret = config, clock, secret

    @classmethod
    def load(cls, explicit: str | None) -> App:
        """The installation of the configuration at `explicit`, or where one is looked for.

        Raises:
            ConfigError: it is not there, or has mistakes.
        """
        return cls(configuration.load(configuration.find_config(explicit), _checks()))

    @classmethod
    def for_preview(cls, explicit: str | None, required: bool) -> App:
        """The same; the defaults where there is no configuration and none is `required`.

        Raises:
            UsageError: one is required.
        """
        if explicit or configuration.find_config().is_file():
            return cls.load(explicit)
        if required:
            raise UsageError(
                "config.toml: there is no such file; `digest init` writes one to start from. "
                "A preview can also stand on files (--snapshot PATH) or on the bundled sample (--sample)"
            )
        return cls(configuration.parse({}, Path("config.toml"), _checks()), secret=_NO_SECRET)

    def for_nobody(self) -> App:
        """The same installation with a key that opens nothing: for a mail to somebody who is no subscriber, whose
        links would else be those of whoever gets that number one day."""
        return App(self.config, self.clock, secret=_NO_SECRET)

    @property
    def letterhead(self) -> Letterhead:
        """What each message says of its sender."""
        return self.config.letterhead()

    def keyring(self) -> Keyring:
        """The keys that sign what leaves this installation.

        Raises:
            ConfigError: there are none.
        """
        from digest.mail.tokens import Keyring

        return Keyring(self._secret or self.config.secret())

    def store(self) -> Store:
        """The store.

        Raises:
            StorageError: `digest init` has not made one.
            ConfigError: it was used with another secret than the one that is here.
        """
        from digest.storage import open_store

        store = open_store(self.config.database_url)
        try:
            self._prove_keys(store)
        except BaseException:
            store.close()
            raise
        return store

    def _prove_keys(self, store: Store) -> None:
        """See that the keys, where there are any, belong to the database: what needs them asks for them itself."""
        from digest.services.keys import prove

        if self._secret is not None or not self.config.has_secret():
            return
        if wrong := prove(store, self.keyring(), self.clock()):
            raise ConfigError([f"digest.secret_file: {wrong}"], str(self.config.place))

    def scratch(self, with_past: bool = True) -> Store:
        """A throw-away copy of the store, or an empty one."""
        from digest.storage import scratch_store

        return scratch_store(self.config.database_url if with_past else None)

    def sources(self, names: Sequence[str] = ()) -> list[Source]:
        """The configured sources, or those of them that are named.

        Raises:
            UsageError: a name that no source has.
        """
        known = [spec.name for spec in self.config.sources]
        for name in names:
            if name not in known:
                raise UsageError(f"no source {name!r}: there are {', '.join(known) or 'none'}")
        polite = self._politeness()
        return [self._source(spec, polite) for spec in self.config.sources if not names or spec.name in names]

    def preview_sources(self, fetch: bool) -> list[Source]:
        """What a preview looks at: the spool folders, and with `fetch` the web as well."""
        polite = self._politeness()
        return [self._source(spec, polite) for spec in self.config.sources if spec.path or fetch]

    def _politeness(self) -> Politeness:
        from digest.sources.polite import Politeness

        return Politeness()

    def _source(self, spec: SourceSpec, polite: Politeness) -> Source:
        from digest.sources.bounds import Bounds
        from digest.sources.http import HttpSource
        from digest.sources.spool import SpoolSource

        if spec.path:
            return SpoolSource(spec)
        timeout = float(self.config.http.timeout)
        bounds = Bounds(spec.max_size, connect=timeout, read=timeout, deadline=float(self.config.http.deadline))
        return HttpSource(spec, polite, contact=self.config.http.contact, bounds=bounds)

    def ranker(self) -> Ranker:
        """The ranker that the configuration names."""
        from digest.ranking import ranker

        return ranker(self.config.ranking.ranker)

    def publish_rules(self) -> PublishRules:
        """How editions are made."""
        from digest.editions.compose import Limits
        from digest.services.publish import PublishRules

        editions = self.config.editions
        return PublishRules(
            limits=Limits(
                max_papers=editions.max_papers,
                min_score=editions.min_score,
                also_trending=editions.also_trending,
                max_revised=editions.max_revised,
                diversity=editions.diversity,
            ),
            replacements=editions.replacements,
            life=timedelta(seconds=self.config.mail.expires),
            domain=self.letterhead.sender.rpartition("@")[2],
            keys=self.keyring(),
            patience=timedelta(seconds=editions.wait),
        )

    def delivery_rules(self) -> DeliveryRules:
        """How deliveries are tried.

        Raises:
            ConfigError: the envelope sender leaves no room for a token.
        """
        from digest.app.outgoing import delivery_rules

        return delivery_rules(self.config, self.keyring(), self.bounce_rules().judge)

    def bounce_rules(self) -> BounceRules:
        """When an address is given up."""
        from digest.mail.scoring import BounceRules

        bounces = self.config.bounces
        return BounceRules(bounces.threshold, timedelta(seconds=bounces.stale), timedelta(seconds=bounces.confirm))

    def letters(self, store: Store) -> LetterWriter:
        """What turns deliveries into messages.

        Raises:
            ConfigError: a key to sign with is missing.
        """
        from digest.app.pages import links
        from digest.mail.templates import environment
        from digest.services.letters import LetterWriter
        from digest.services.list_identity import lasting, noted_by

        own = self.config.mail.templates
        return LetterWriter(
            store,
            lasting(self.letterhead, noted_by(store), self.config.mail.list_id),
            environment(own),
            keys=self.keyring(),
            plus=bool(self.config.mail.unsubscribe),
            signers=self.signers(),
            spare=environment() if own else None,
            summary=self.config.mail.summary,
            links=links(self),
        )

    def signers(self) -> list[Signer]:
        """What signs each message (DKIM), the RSA key first; none where that is left to the mail server.

        Raises:
            ConfigError: there is no such key, or none that can sign.
        """
        from digest.app.outgoing import signers

        return signers(self.config)

    def transports(self) -> Callable[[], Transport]:
        """What makes the carriers of messages away, one for each connection, by `mail.transport`.

        Raises:
            ConfigError: the password for the mail server is missing.
        """
        from digest.app.outgoing import transports

        return transports(self.config)

    def transport(self) -> Transport:
        """One carrier, as `transports` makes them."""
        return self.transports()()

    def line(self, store: Store, *, deliver_for: timedelta | None = DELIVER_FOR) -> Line:
        """Everything that a tick works with.

        Args:
            deliver_for: how long a tick delivers at most before the sources have their turn again; None: to the end.

        Raises:
            ConfigError: mail must not be sent like this.
        """
        from digest.services.pace import Pace
        from digest.services.tick import Line

        if mistakes := self.config.sending_mistakes():
            raise ConfigError(list(mistakes), str(self.config.place))
        rules = self.delivery_rules()
        self._note_list(store)
        return Line(
            store=store,
            sources=self.sources(),
            ranker=self.ranker(),
            publish_rules=self.publish_rules(),
            transports=self.transports(),
            letters=self.letters(store),
            delivery_rules=rules,
            keep_snapshots=timedelta(seconds=self.config.database.keep_snapshots),
            pace=Pace(rules.limits),
            deliver_for=deliver_for,
        )

    def _note_list(self, store: Store) -> None:
        """Keep what the list is known by, once its mail leaves this machine."""
        from digest.services.list_identity import lasting, note, noted_by

        if self.config.mail.transport not in ("maildir", "console"):
            note(store, lasting(self.letterhead, noted_by(store), self.config.mail.list_id))

    def default_wishes(self) -> dict[str, Any]:
        """What a new subscriber gets who does not say otherwise."""
        defaults = self.config.defaults
        return {name: getattr(defaults, name) for name in ("zone", "send_at", "rhythm", "empty", "interests")}

    def default_interests(self) -> tuple[str, ...]:
        """The interests of somebody who names none, in the interest language."""
        return self.config.defaults.interests

    def snapshot_sources(self, paths: Sequence[str]) -> list[Source]:
        """Files, folders or standard input ("-") named on the command line, as sources."""
        from digest.services.reading import GivenSource, label

        return [GivenSource(SourceSpec(name=label(path), path=path)) for path in paths]

    def preview_moment(self, paths: Sequence[str] = ()) -> datetime:
        """The moment for which a preview is made: now, or noon of the day in the last of the files' names."""
        from digest.sources.spool import day_in

        days = [day for path in paths if (day := day_in(Path(path).name))]
        return datetime.combine(max(days), time(12), UTC) if days else self.clock()
