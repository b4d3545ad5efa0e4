"""The parts of a line for tests: small snapshots, a clock to turn, a relay that answers as it is told."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from digest.editions.compose import Limits
from digest.errors import Outage, TemplateError
from digest.mail.templates import environment
from digest.mail.tokens import Keyring
from digest.model import Edition, Feedback, Opinion, Receipt, Snapshot, SourceSpec, Subscriber
from digest.ranking import ranker
from digest.services import look
from digest.services.deliver import deliver_due
from digest.services.guard import Guard
from digest.services.letters import LetterWriter
from digest.services.publish import Published, PublishRules, publish_due
from digest.services.round import Delivered, DeliveryRules
from digest.services.tick import Line
from digest.sources.spool import SpoolSource
from tests.factories import NOW, letterhead, subscriber

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from digest.mail.transports import Transport
    from digest.model import Delivery, Envelope
    from digest.ranking import Ranker
    from digest.services.pace import Pace
    from digest.services.round import Letters
    from digest.storage import Store

KEYS = Keyring(b"a secret of the tests")
WORKER = "worker-1"
RANKER = ranker("lexical")
RULES = PublishRules(Limits(max_papers=100, also_trending=0), "sent", timedelta(hours=20), "digest.test", KEYS)
SENDING = DeliveryRules("bounces@example.test", WORKER)
DAY = timedelta(days=1)
BOTH = ("memory", "postgresql")
"""The `DATABASES` of a module whose tests are run on each of them."""


def at(text: str) -> datetime:
    """The instant "05-26 07:00" of 2026, UTC."""
    return datetime.strptime(f"2026-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=UTC)


def listed(number: int, *, version: int | None = None, **fields: Any) -> dict[str, Any]:
    """A paper as Hugging Face lists it; the same number is the same paper."""
    suffix = "" if version is None else f"v{version}"
    paper = {
        "id": f"2605.{number:05d}{suffix}",
        "title": f"Paper number {number}",
        "summary": f"We study case {number} of the matter at hand.",
        "authors": [{"name": "Ada Lovelace"}],
        "upvotes": number,
    }
    return {"paper": {**paper, **fields}}


def key(number: int) -> str:
    """The key of the paper with that number."""
    return f"arxiv:2605.{number:05d}"


def drop(folder: Path, name: str, *papers: dict[str, Any] | int) -> Path:
    """Write a day's list into a folder."""
    place = folder / name
    place.write_bytes(as_json(papers))
    return place


def put(store: Store, *papers: dict[str, Any] | int, now: datetime = NOW) -> int:
    """Ingest a snapshot of these papers, taken at `now`; its id."""
    return look.ingest(store, Snapshot("hf", now, as_json(papers), "day.json")).snapshot_id


def as_json(papers: Iterable[dict[str, Any] | int]) -> bytes:
    """The bytes of a day's list."""
    return json.dumps([listed(p) if isinstance(p, int) else p for p in papers]).encode()


def spool(folder: Path, name: str = "hf", **fields: Any) -> SpoolSource:
    """A source on that folder that does not wait for files to settle."""
    return SpoolSource(SourceSpec(name=name, path=str(folder), **fields), settle=0.0)


def enrolled(store: Store, **fields: Any) -> Subscriber:
    """A subscriber who is in the store."""
    return store.add_subscriber(subscriber(**fields))


def publish(
    store: Store,
    now: datetime = NOW,
    rules: PublishRules = RULES,
    ranker: Ranker = RANKER,
    guard: Guard | None = None,
) -> list[Published]:
    """Everything that is due at `now`; nothing may fail, unless a guard is given."""
    watch = guard or Guard()
    made = list(publish_due(store, ranker, rules, now, watch))
    assert guard or watch.failures == []
    return made


def say(store: Store, subscriber: Subscriber, *numbers: int, opinion: Opinion = Opinion.LIKED) -> None:
    """What somebody thinks of the stored papers with these numbers, one a minute."""
    for minute, number in enumerate(numbers):
        paper = store.paper(key(number))
        assert paper is not None
        store.set_feedback(Feedback(subscriber.id, paper, opinion, NOW + timedelta(minutes=minute), "cli"))


def keys(edition: Edition) -> list[str]:
    """The papers of an edition, in order."""
    return [pick.paper.key for pick in edition.picks]


@dataclass
class Clock:
    """A clock that stands until it is turned."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def turn(self, **spans: float) -> datetime:
        """Move on by days, hours, minutes, ..."""
        self.now += timedelta(**spans)
        return self.now


@dataclass
class Relay:
    """A transport that keeps what it takes, and answers each recipient by a script, one word a try.

    An Outage and what names an earlier step come before the final dot, all other words after it; without a
    word left it accepts.
    """

    script: dict[str, list[Exception]] = field(default_factory=dict)
    taken: list[tuple[str, bytes]] = field(default_factory=list)
    tried: list[tuple[str, bytes]] = field(default_factory=list)
    before_dot: Callable[[Envelope], None] = lambda _envelope: None
    open: int = 0

    def __enter__(self) -> Relay:
        self.open += 1
        return self

    def __exit__(self, *error: object) -> None:
        self.open -= 1

    def send(self, message: bytes, envelope: Envelope, at_dot: Callable[[], None]) -> Receipt:
        """One conversation, by the script."""
        assert self.open == 1
        self.tried.append((envelope.recipient, message))
        words = self.script.get(envelope.recipient, [])
        word = words.pop(0) if words else None
        if isinstance(word, Outage) or getattr(word, "step", "") in ("mail", "rcpt", "data", "body"):
            raise word
        self.before_dot(envelope)
        at_dot()
        if word is not None:
            raise word
        self.taken.append((envelope.recipient, message))
        return Receipt(250, "2.0.0 queued", f"Q{len(self.taken)}")

    @property
    def recipients(self) -> list[str]:
        """Who got something, in order."""
        return [recipient for recipient, _ in self.taken]


@dataclass
class Spoiled:
    """Letters that cannot be built for some recipients, as with a mistake in an edited template."""

    letters: Letters
    recipients: set[str]

    def __call__(self, delivery: Delivery) -> bytes:
        if delivery.recipient in self.recipients:
            raise TemplateError("mail/digest.txt:3: 'colour' is undefined")
        return self.letters(delivery)


def letters(store: Store) -> LetterWriter:
    """The letters of the house."""
    return LetterWriter(store, letterhead(), environment())


def deliver(
    store: Store,
    transport: Transport,
    clock: Callable[[], datetime],
    rules: DeliveryRules = SENDING,
    stop: Callable[[], bool] = lambda: False,
    pace: Pace | None = None,
) -> Delivered:
    """One round of deliveries with the letters of the house."""
    return deliver_due(store, lambda: transport, letters(store), rules, clock, stop, pace)


def line(store: Store, folder: Path, **fields: Any) -> Line:
    """A whole line from that folder to `transport`, by default a relay that accepts everything."""
    transport = fields.pop("transport", None) or Relay()
    defaults: dict[str, Any] = {
        "store": store,
        "sources": [spool(folder)],
        "ranker": RANKER,
        "publish_rules": RULES,
        "transports": lambda: transport,
        "letters": letters(store),
        "delivery_rules": SENDING,
        "keep_snapshots": 30 * DAY,
    }
    return Line(**{**defaults, **fields})
