"""Joining: a stranger asks, the address confirms, and only then is somebody a subscriber (double opt-in).

Nothing here tells a stranger whether an address is known: whoever asks gets the same answer for one that is new, one
that is subscribed and one that must not be written to, after the same look-ups and one transaction that counts. What
differs is the letter: one to confirm, one that says "you get it already", or none. To an address that has not
confirmed nothing else is ever sent.

The transaction writes the request, the letter and what it counts for together, so that a process that dies leaves
all of them or nothing.
"""

from __future__ import annotations

import logging
import re
import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING, Any, Literal

from digest.errors import UsageError
from digest.mail.headers import ascii_domain
from digest.mail.message import message_id
from digest.mail.tokens import Purpose
from digest.model import (
    Confirmation,
    Delivery,
    DeliveryKind,
    DeliveryStatus,
    Demand,
    Origin,
    Subscriber,
    SubscriberStatus,
    SuppressionReason,
)
from digest.services import enrol
from digest.services.tokens import ACCOUNT_LIFE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from digest.mail.links import Links
    from digest.mail.tokens import Keyring
    from digest.model import Caps, Suppression, TurnedAway
    from digest.storage import Store

log = logging.getLogger("digest.joining")

WORDING = (
    "Send new papers, ranked by my interests, to this address at the times I chose, until I unsubscribe. "
    "My address and what I said of papers are kept for that alone, and erased when I ask."
)
"""What a person agrees to by confirming; it is kept with the proof."""
LONGEST_INTERESTS = 4_000
"""So many characters of interests a stranger may send along; more can be added once the address has confirmed."""
MOST_ACCOUNT_LINKS = 5
"""So many answers a day may have gone to an address before no more links to its account do."""
_ID_BITS = 62
_WITH_PORT = re.compile(r"^(?:\[([^\]]*)\]|([0-9.]+))(?::[0-9]{1,5})?$", re.ASCII)
HERE = (SubscriberStatus.ACTIVE, SubscriberStatus.PAUSED)
"""What those are in who subscribe."""
_UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class JoinRules:
    """How strangers become subscribers.

    `caps` bound the letters that they can cause; a link to confirm works for `life`, and its letter may take as long
    as `expires` to get away. Message-IDs stand at `domain`; `keys` sign the links. Without `open` only the operator
    adds. `defaults` are the wishes of who asks for nothing else.
    """

    caps: Caps
    life: timedelta
    domain: str
    keys: Keyring = field(repr=False)
    open: bool
    defaults: Mapping[str, Any]
    expires: timedelta


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody asks from: `shown` stands in the proof, `block` is the network to be counted, "" for mail."""

    shown: str = ""
    block: str = ""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What a click on "confirm" came to.

    "new": subscribed by this very click. "already": by an earlier one, or in another way. "over": the link has
    expired, was declined, or its subscriber has left since; then there is no `subscriber`.
    """

    kind: Literal["new", "already", "over"]
    subscriber: Subscriber | None = None


def place_of(ip: str) -> Place:
    """The network that an IP address is in: 256 addresses of IPv4, one /64 of IPv6; no whole address is kept.

    Some web servers in front write the port behind the address ("192.0.2.7:51000", "[2001:db8::7]:51000"). What is no
    IP address (a socket has none) is one network of its own.
    """
    host = _WITH_PORT.sub(r"\1\2", ip.strip())
    try:
        address: IPv4Address | IPv6Address = ip_address(host.partition("%")[0])
    except ValueError:
        return Place("", _UNKNOWN)
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    network = ip_network(f"{address}/{24 if address.version == 4 else 64}", strict=False)
    return Place(str(network), str(network))


def ask_to_join(
    store: Store,
    rules: JoinRules,
    address: str,
    wishes: Mapping[str, Any],
    origin: Origin,
    place: Place,
    now: datetime,
) -> TurnedAway | None:
    """Note that somebody wants `address` to get the digest, and let the address say whether that is so.

    Args:
        wishes: as `enrol.wishes` reads them; the defaults of `rules` fill in the rest.

    Returns:
        The cap that was met, or None. Strangers are not to be told of `ADDRESS`: it says that somebody asked before.

    Raises:
        UsageError, QueryError: nobody may join, or no such address or wish can be; the same for every address.
    """
    if not rules.open:
        raise UsageError("nobody can subscribe here: ask whoever runs it to add you")
    address = enrol.check_address(address)
    asked = _request(rules, address, wishes, origin, place, now)
    met = store.subscriber_by_address(address)
    known = met if met is not None and met.status in HERE else None
    suppressed = store.suppression(rules.keys.address_hash(address))
    about = {"origin": origin.value, "asked_from": place.shown}
    letter: Delivery | None = _delivery(rules, DeliveryKind.CONFIRMATION, address, now, confirmation=asked)
    if known is not None and suppressed is None:
        letter = _delivery(rules, DeliveryKind.KNOWN, address, now, subscriber=known, content=about)
    elif suppressed is not None and not _may_ask_again(suppressed, met is not None or origin is Origin.MAIL, now):
        letter = None
    request = asked if letter is not None and letter.kind is DeliveryKind.CONFIRMATION else None
    return _asked(store, rules, address, place, now, letter, request)


def _may_ask_again(suppressed: Suppression, asked_themselves: bool, now: datetime) -> bool:
    """Whether a suppressed address gets a letter to confirm.

    Args:
        asked_themselves: whether its owner ever did, by subscribing or in a mail that is proved. Who did not, and
            called the very letter unwanted, gets no other because a stranger fills in a form.
    """
    return suppressed.may_be_undone(now) and (asked_themselves or suppressed.reason is not SuppressionReason.COMPLAINT)


def ask_for_link(store: Store, rules: JoinRules, address: str, place: Place, now: datetime) -> TurnedAway | None:
    """Send the link to change one's wishes to `address`, if there is such a subscriber; see `ask_to_join`.

    Raises:
        UsageError: it is no address.
    """
    address = enrol.check_address(address)
    known = subscribed(store, address)
    store.suppression(rules.keys.address_hash(address))  # as much work as for somebody who joins
    about = {"origin": (Origin.WEB if place.block else Origin.MAIL).value, "asked_from": place.shown}
    letter = _delivery(rules, DeliveryKind.LINK, address, now, subscriber=known, content=about) if known else None
    return _asked(store, rules, address, place, now, letter, None)


def send_account_link(store: Store, rules: JoinRules, links: Links, who: Subscriber, now: datetime) -> bool:
    """Send the link by which `who` exports or deletes what is kept of them; False where several were sent today.

    The link to one's own page stands in every digest, and digests are forwarded: it must not be enough for that.
    """
    lines = [
        "Somebody who has the link to your subscription asked to export or delete what is kept of you. "
        "Both is done here:",
        links.account(who, now),
        "",
        f"The link works for {ACCOUNT_LIFE // timedelta(hours=1)} hours. If that was not you, do nothing: without it "
        "nobody can do either. You can then make a new link to your subscription on its page, which ends the old one.",
    ]
    content = {"subject": "Export or delete what is kept of you", "lines": lines}
    message = _delivery(rules, DeliveryKind.ANSWER, who.address, now, subscriber=who, content=content)
    return store.post(message, MOST_ACCOUNT_LINKS, now - timedelta(days=1))


def looked_up(store: Store, keys: Keyring, token: str) -> Confirmation | None:
    """The request that a token to confirm stands for, whatever became of it; None where it is kept no more.

    Raises:
        TokenError: it is no such token of ours.
    """
    return store.confirmation(keys.number(Purpose.CONFIRM, token))


def confirm(store: Store, rules: JoinRules, token: str, place: str, now: datetime) -> Confirmed:
    """Make whoever holds `token` a subscriber, once.

    An address that was suppressed because its mail came back is written to again: it just took a letter; one whose
    owner complained, from a day after that on. One that the operator suppressed stays so.

    Args:
        place: where the click came from (`Place.shown`), for the proof.

    Raises:
        TokenError: it is no token to confirm of ours.
    """
    asked = looked_up(store, rules.keys, token)
    if asked is None or asked.confirmed_at is not None:
        return _confirmed_before(store, asked)
    here = subscribed(store, asked.address)
    newcomer = enrol.newcomer(store, asked.address, enrol.wishes(asked.wishes), now)
    made = store.confirm(asked.id, newcomer, now, place, rules.keys.address_hash(asked.address))
    if made is None:
        return _confirmed_before(store, store.confirmation(asked.id))
    log.info("confirmed subscriber=%d origin=%s new=%s", made.id, asked.origin, here is None)
    return Confirmed("new" if here is None else "already", made)


def decline(store: Store, keys: Keyring, token: str, now: datetime) -> bool:
    """ "It was not me": forget an open request, and do not send its letter if that still waits; False if none is open.

    Raises:
        TokenError: it is no token to confirm of ours.
    """
    return store.decline(keys.number(Purpose.CONFIRM, token), now)


def _confirmed_before(store: Store, asked: Confirmation | None) -> Confirmed:
    """What a click comes to that changes nothing."""
    if asked is None or asked.subscriber_id is None:
        return Confirmed("over")
    subscriber = store.subscriber(asked.subscriber_id)
    return Confirmed("already", subscriber) if subscriber.status in HERE else Confirmed("over")


def _request(
    rules: JoinRules, address: str, wishes: Mapping[str, Any], origin: Origin, place: Place, now: datetime
) -> Confirmation:
    """The request in full, as it will be shown and confirmed.

    Raises:
        UsageError, QueryError: a wish that cannot be fulfilled.
    """
    fields = {**enrol.wishes(rules.defaults), **enrol.wishes(wishes)}
    whole = enrol.as_wishes(Subscriber(id=0, address=address, **fields))
    if sum(map(len, whole["interests"])) > LONGEST_INTERESTS:
        raise UsageError(f"more than {LONGEST_INTERESTS:,} characters of interests: begin with fewer and add to them")
    return Confirmation(
        id=secrets.randbits(_ID_BITS),
        address=address,
        wishes=whole,
        origin=origin,
        asked_at=now,
        expires_at=now + rules.life,
        asked_from=place.shown,
        wording=WORDING,
    )


def subscribed(store: Store, address: str) -> Subscriber | None:
    """Who gets the digest at that address, or paused it."""
    known = store.subscriber_by_address(address)
    return known if known is not None and known.status in HERE else None


def _delivery(
    rules: JoinRules,
    kind: DeliveryKind,
    address: str,
    now: datetime,
    *,
    confirmation: Confirmation | None = None,
    subscriber: Subscriber | None = None,
    content: Mapping[str, Any] | None = None,
) -> Delivery:
    """A letter for the outbox; a confirmation does not outlive its request."""
    expires, name = now + rules.expires, secrets.randbits(_ID_BITS)
    if confirmation is not None:
        expires, name = min(expires, confirmation.expires_at), confirmation.id
    return Delivery(
        id=0,
        edition_id=None,
        # Spelled as they spelled it who proved that they read there.
        recipient=subscriber.address if subscriber is not None else address,
        message_id=message_id(rules.keys.keys[0], rules.domain, kind.value, name),
        status=DeliveryStatus.PENDING,
        due_at=now,
        expires_at=expires,
        created_at=now,
        kind=kind,
        address_hash=rules.keys.address_hash(address),
        subscriber_id=subscriber.id if subscriber is not None else None,
        confirmation_id=confirmation.id if confirmation is not None else None,
        content=content or {},
    )


def _asked(
    store: Store,
    rules: JoinRules,
    address: str,
    place: Place,
    now: datetime,
    letter: Delivery | None,
    request: Confirmation | None,
) -> TurnedAway | None:
    """Count the demand and, if it is within the caps, put its letter into the outbox: one transaction."""
    demand = Demand(
        at=now,
        address_hash=rules.keys.address_hash(address),
        domain=ascii_domain(address.rpartition("@")[2]).lower(),
        block=rules.keys.network_hash(place.block) if place.block else "",
    )
    turned_away = store.ask(demand, rules.caps, letter, request)
    log.info(
        "asked way=%s letter=%s turned_away=%s",
        "web" if place.block else "mail",
        letter.kind.value if letter is not None else "-",
        turned_away.value if turned_away is not None else "-",
    )
    return turned_away
