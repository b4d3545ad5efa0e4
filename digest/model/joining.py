"""How strangers become subscribers: what they ask for, the proof that they did, and how much of that is let through."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


class Origin(StrEnum):
    """Where somebody asked, or said what they think."""

    WEB = "web"
    MAIL = "mail"
    CLI = "cli"
    IMPORT = "import"


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A request to subscribe that waits for its address to say yes (double opt-in); afterwards the proof that it did.

    `id` is a random number of 62 bits, so that no link ever stands for another request. `wishes` are what
    `services.enrol.wishes` reads. `asked_from` and `confirmed_from` tell the network (a cut IP address like
    "192.0.2.0/24") or the domain that a mail came from, never a whole IP address; `wording` is the sentence that the
    person agreed to. `subscriber_id` is whom it made a subscriber, None while `confirmed_at` is None.
    """

    id: int
    address: str
    wishes: Mapping[str, Any]
    origin: Origin
    asked_at: datetime
    expires_at: datetime
    asked_from: str = ""
    wording: str = ""
    confirmed_at: datetime | None = None
    confirmed_from: str = ""
    subscriber_id: int | None = None


@dataclass(frozen=True, slots=True)
class Demand:
    """Somebody unproved wants a letter sent to an address: what it is counted by.

    `address_hash` is `Keyring.address_hash`, `domain` the address's domain in lower case, `block` a keyed hash of the
    network that asked; "" where an authenticated mail asked.
    """

    at: datetime
    address_hash: str
    domain: str
    block: str = ""


@dataclass(frozen=True, slots=True)
class Caps:
    """The most messages that strangers can cause: to one address, from one network, to one domain, and in all.

    Those to one address are counted for each network that asks, so that nobody uses them up for its owner; from all
    networks together there are at most `SHARES` times as many.
    """

    address_day: int = 1
    address_month: int = 3
    block_hour: int = 10
    block_day: int = 30
    domain_hour: int = 60
    hour: int = 200


SHARES = 3
"""From so many networks an address can be asked for at the most that one network may."""


class TurnedAway(StrEnum):
    """Which cap a demand met."""

    ADDRESS = "address"
    BLOCK = "block"
    DOMAIN = "domain"
    HOUR = "hour"


MONTH = timedelta(days=30)
"""So long a demand is remembered, and counts for `Caps.address_month`."""
