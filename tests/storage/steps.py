"""Steps that many tests of the store take."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from digest.model import (
    Change,
    Delivery,
    DeliveryStatus,
    Edition,
    Freshness,
    Outcome,
    Paper,
    Snapshot,
    Subscriber,
)
from tests.factories import NOW, delivery, edition, entry, reading, snapshot, subscriber

if TYPE_CHECKING:
    from digest.storage import Store

LEASE = timedelta(minutes=5)
TOMORROW = NOW + timedelta(days=1)
ACCEPTED = Outcome(DeliveryStatus.ACCEPTED, 250, "2.0.0 queued", "4FzX1")


def change(paper: Paper, freshness: Freshness = Freshness.NEW, **fields: Any) -> Change:
    """A change that makes `paper` of one entry without a mind of its own."""
    return Change(freshness=freshness, paper=paper, known=False, entries=(entry(**fields),))


def ingest(store: Store, *changes: Change, taken: Snapshot | None = None) -> int:
    """Store a snapshot that brings these changes; its id."""
    with store.ingesting() as work:
        return work.add(taken or snapshot(), reading(*(e for c in changes for e in c.entries)), changes)


def ingest_new(store: Store, *papers: Paper) -> int:
    """Store a snapshot in which all of these are new; its id."""
    return ingest(store, *map(change, papers))


def enrol(store: Store, **fields: Any) -> Subscriber:
    """A stored subscriber."""
    return store.add_subscriber(subscriber(**{"id": 0, **fields}))


def publish(store: Store, person: Subscriber, *papers: Paper, **fields: Any) -> Edition:
    """An edition of `person` with these papers, without anything to send."""
    defaults: dict[str, Any] = {"from_snapshot": person.cutoff, "through_snapshot": store.last_snapshot()}
    drafted = edition(*papers, **{"id": 0, "subscriber_id": person.id, **defaults, **fields})
    stored = store.publish(drafted, TOMORROW, None)
    assert stored is not None
    return stored


def put_in_outbox(store: Store, *papers: Paper, person: Subscriber | None = None, **fields: Any) -> Delivery:
    """A delivery to a subscriber of its own, or to `person` on a date of its own, as the outbox has it."""
    person = person or enrol(store)
    day = NOW.date() + timedelta(days=len(store.editions(person.id)))
    drafted = edition(*papers, id=0, subscriber_id=person.id, edition_date=day, from_snapshot=0, through_snapshot=0)
    hashed = {"recipient": person.address, "address_hash": hash_of(person.address)}
    assert store.publish(drafted, TOMORROW, delivery(**{**hashed, **fields}))
    return store.deliveries(limit=1)[0]


def hash_of(address: str) -> str:
    """Something like the keyed hash of an address."""
    return f"hash of {address.lower()}"


def send(store: Store, *papers: Paper, now: datetime = NOW, outcome: Outcome = ACCEPTED, **fields: Any) -> Delivery:
    """A new delivery that went all the way to that outcome, at `now`."""
    number = put_in_outbox(store, *papers, due_at=now - timedelta(days=99), expires_at=now + LEASE, **fields).id
    [claimed] = store.claim(now, LEASE, 1, "sender")
    assert claimed.id == number
    assert store.step(number, "sender", DeliveryStatus.SENDING)
    assert store.step(number, "sender", DeliveryStatus.DOT_SENT)
    assert store.settle(number, "sender", outcome, now)
    return current(store, number)


def current(store: Store, delivery_id: int) -> Delivery:
    """The delivery as it is now."""
    found = store.delivery(delivery_id)
    assert found is not None
    return found
