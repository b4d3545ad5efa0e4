"""Steps of strangers: what they ask for, and the letters that follow."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from digest.model import Caps, Confirmation, Delivery, DeliveryKind, Demand, Origin, Subscriber, TurnedAway
from tests.factories import NOW, delivery, subscriber
from tests.storage.steps import current, hash_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from digest.storage import Store

NO_CAPS = Caps(*[10**6] * 6)
LIFE = timedelta(days=2)
_ids = itertools.count(2**61, 12_345)


def demand(address: str = "ada@example.test", **fields: Any) -> Demand:
    """Somebody on the web wants a letter sent to `address`."""
    defaults = {"at": NOW, "address_hash": hash_of(address), "domain": address.rpartition("@")[2], "block": "block"}
    return Demand(**{**defaults, **fields})


def confirmation(**fields: Any) -> Confirmation:
    """An open request of the web, with an id of its own."""
    defaults: dict[str, Any] = {
        "id": next(_ids),
        "address": "ada@example.test",
        "wishes": {"interests": ['graphs, "rep learning"', "cat:cs.LG"], "zone": "Europe/Rome", "max_papers": None},
        "origin": Origin.WEB,
        "asked_at": NOW,
        "expires_at": NOW + LIFE,
        "asked_from": "192.0.2.0/24",
        "wording": "Yes, mail me a digest.",
    }
    return Confirmation(**{**defaults, **fields})


def letter(kind: DeliveryKind = DeliveryKind.CONFIRMATION, to: str = "ada@example.test", **fields: Any) -> Delivery:
    """A letter to be put into the outbox."""
    defaults = {"edition_id": None, "kind": kind, "recipient": to, "address_hash": hash_of(to)}
    return delivery(**{**defaults, **fields})


def ask(store: Store, address: str = "ada@example.test", **fields: Any) -> tuple[Confirmation, Delivery]:
    """A stranger's request and its letter, as the outbox has it."""
    asked = confirmation(address=address, **fields)
    wanted = letter(to=address, confirmation_id=asked.id)
    assert store.ask(demand(address, at=asked.asked_at), NO_CAPS, wanted, asked) is None
    found = store.delivery_by_message_id(wanted.message_id)
    assert found is not None
    return asked, found


def put_letter(store: Store, kind: DeliveryKind, person: Subscriber | None = None, **fields: Any) -> Delivery:
    """A letter to a subscriber, or to a stranger, as the outbox has it."""
    to = {"to": person.address, "subscriber_id": person.id} if person else {}
    wanted = letter(kind, **{**to, **fields})
    assert store.ask(demand(wanted.recipient), NO_CAPS, wanted) is None
    found = store.delivery_by_message_id(wanted.message_id)
    assert found is not None
    return current(store, found.id)


def newcomer(address: str = "ada@example.test", **fields: Any) -> Subscriber:
    """Whom a confirmation makes a subscriber."""
    return subscriber(id=0, address=address, **fields)


def asked_often(store: Store, caps: Caps, demands: int, make: Callable[[int], Demand]) -> list[TurnedAway | None]:
    """What becomes of that many demands."""
    return [store.ask(make(n), caps, None) for n in range(demands)]
