"""Steps that many tests of the store take."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from digest.model import Change, Delivery, Edition, Freshness, Paper, Snapshot, Subscriber
from tests.factories import NOW, delivery, edition, entry, reading, snapshot, subscriber

if TYPE_CHECKING:
    from digest.storage import Store

LEASE = timedelta(minutes=5)
TOMORROW = NOW + timedelta(days=1)


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


def put_in_outbox(store: Store, **fields: Any) -> Delivery:
    """A delivery to a subscriber of its own, as the outbox has it."""
    person = enrol(store)
    drafted = edition(id=0, subscriber_id=person.id, from_snapshot=0, through_snapshot=0)
    assert store.publish(drafted, TOMORROW, delivery(**{"recipient": person.address, **fields}))
    return store.deliveries(limit=1)[0]
