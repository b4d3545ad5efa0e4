"""Strangers for tests: how they ask, and the letters that wait for them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from digest.mail.links import Links
from digest.mail.templates import environment
from digest.mail.tokens import Purpose
from digest.model import Caps, DeliveryKind, Origin
from digest.services import joining
from digest.services.joining import JoinRules, Place, place_of
from digest.services.letters import LetterWriter
from tests.factories import NOW, letterhead
from tests.services.parts import KEYS

if TYPE_CHECKING:
    from datetime import datetime

    from digest.model import Delivery, Letterhead, Subscriber, TurnedAway
    from digest.storage import Store

ADDRESS = "guest@example.test"
WEB = place_of("192.0.2.7")
MAIL = Place("example.test")
RULES = JoinRules(
    caps=Caps(address_day=100, address_month=100, block_hour=100, block_day=100),
    life=timedelta(hours=72),
    domain="digest.test",
    keys=KEYS,
    open=True,
    defaults={"zone": "UTC", "send_at": "07:00", "rhythm": "daily", "empty": "skip", "interests": ("agents",)},
    expires=timedelta(hours=20),
)
LINKS = Links("https://digest.example.test", KEYS)
WISHES = {"interests": ["diffusion", "-survey"], "zone": "Europe/Berlin", "send_at": "06:30"}


def ask(
    store: Store,
    address: str = ADDRESS,
    wishes: dict[str, Any] = WISHES,
    now: datetime = NOW,
    place: Place = WEB,
    rules: JoinRules = RULES,
) -> TurnedAway | None:
    """Somebody asks at `place` that `address` get the digest."""
    origin = Origin.WEB if place.block else Origin.MAIL
    return joining.ask_to_join(store, rules, address, wishes, origin, place, now)


def letters_to(store: Store, address: str = ADDRESS) -> list[Delivery]:
    """What waits or was sent, the oldest first."""
    found = [delivery for delivery in store.deliveries(limit=1000) if delivery.recipient == address]
    return sorted(found, key=lambda delivery: delivery.id)


def kinds(store: Store, address: str = ADDRESS) -> list[str]:
    """The kinds of the letters to an address, the oldest first."""
    return [delivery.kind.value for delivery in letters_to(store, address)]


def token(store: Store, address: str = ADDRESS) -> str:
    """The token in the last letter that asks to confirm."""
    asking = [one for one in letters_to(store, address) if one.kind is DeliveryKind.CONFIRMATION]
    number = asking[-1].confirmation_id
    assert number is not None
    return KEYS.token(Purpose.CONFIRM, number)


def joined(store: Store, address: str = ADDRESS, now: datetime = NOW, **wishes: Any) -> Subscriber:
    """A subscriber who came by asking and confirming."""
    assert ask(store, address, {**WISHES, **wishes}, now) is None
    made = joining.confirm(store, RULES, token(store, address), WEB.shown, now).subscriber
    assert made is not None
    return made


def writer(store: Store, head: Letterhead | None = None, **fields: Any) -> LetterWriter:
    """What makes the letters of a house with pages."""
    head = head or replace(letterhead(), web_url=LINKS.base, commands="digest@example.test")
    return LetterWriter(store, head, environment(), **{"keys": KEYS, "plus": True, "links": LINKS, **fields})
