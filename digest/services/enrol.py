"""Enrol: subscribers join, change, leave, and are carried in and out of an installation.

What the operator adds is active at once: he answers for their consent. An address that left, and one that is
suppressed, is never revived by an import, only by naming it again with `again`; and one whose owner complained
not even by that.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from digest.editions.timetable import (
    check_zone,
    edition_date,
    first_due,
    next_due,
    parse_rhythm,
    parse_send_at,
)
from digest.errors import DigestError, MessageError, UsageError
from digest.mail.headers import normal_address, wire_address
from digest.model import EmptyPolicy, Subscriber, SubscriberStatus, SuppressionReason, iso
from digest.papers.text import plain
from digest.ranking.query import parse_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import date

    from digest.mail.tokens import Keyring
    from digest.model import Interest, Suppression
    from digest.storage import Store

# A first edition holds what came in the day before, so that a newcomer does not begin with nothing.
FIRST_WINDOW = timedelta(days=1)
_SCHEDULE = ("zone", "send_at", "rhythm")
_TEXTS = ("name", *_SCHEDULE)
_IMPORTED = (SubscriberStatus.ACTIVE.value, SubscriberStatus.PAUSED.value)

REASONS = {
    SuppressionReason.DEAD: "there is no such mailbox",
    SuppressionReason.BOUNCES: "its mail kept coming back",
    SuppressionReason.COMPLAINT: "its owner called the mail unwanted",
    SuppressionReason.OPERATOR: "by the operator",
}
"""What the reasons for a suppression mean, for people."""


@dataclass(slots=True)
class Imported:
    """What an import did: addresses added and changed, and why each other line was not."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)


def check_address(address: str) -> str:
    """`address` in its normal spelling, if mail can be sent to it.

    Raises:
        UsageError: it cannot, and why.
    """
    address = normal_address(address)
    if len(address) > 254:
        raise UsageError(f"{address[:40]!r}... is too long for a mail address: {len(address)} characters")
    try:
        wire_address(address)
    except MessageError as error:
        raise UsageError(str(error)) from None
    return address


def wishes(raw: Mapping[str, Any]) -> dict[str, Any]:
    """A subscriber's wishes as people write them, turned into fields of `Subscriber`.

    Keys are any of name, zone, send_at, rhythm, max_papers, min_score, empty, interests (a list of texts
    in the interest language); a value of None is no wish.

    Raises:
        UsageError, QueryError: a wish that cannot be fulfilled, naming it.
    """
    read: dict[str, Callable[[Any], Any]] = {
        "name": _name,
        "zone": check_zone,
        "send_at": parse_send_at,
        "rhythm": parse_rhythm,
        "max_papers": _count,
        "min_score": _share,
        "empty": _empty,
        "interests": _interests,
    }
    unknown = sorted(set(raw) - set(read))
    if unknown:
        raise UsageError(f"unknown wish {unknown[0]!r}; there are {', '.join(read)}")
    for key in _TEXTS:
        if not isinstance(raw.get(key), str | None):
            raise UsageError(f"{key} must be a text, not {raw[key]!r:.60}")
    return {key: read[key](value) for key, value in raw.items() if value is not None}


def _name(value: str) -> str:
    return plain(value, tex=False, limit=200)


def _interests(value: Any) -> tuple[Interest, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(text, str) for text in value):
        raise UsageError(f"interests must be a list of texts, not {value!r:.60}")
    return parse_all(value)


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 100:
        raise UsageError(f"max_papers must be a whole number from 1 to 100, not {value!r:.60}")
    return value


def _share(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise UsageError(f"min_score must be a number from 0 to 1, not {value!r:.60}")
    return float(value)


def _empty(value: Any) -> EmptyPolicy:
    try:
        return EmptyPolicy(value)
    except ValueError:
        raise UsageError(f"empty must be 'skip' or 'note', not {value!r:.60}") from None


def add(
    store: Store,
    address: str,
    wanted: Mapping[str, Any],
    defaults: Mapping[str, Any],
    now: datetime,
    again: bool = False,
    keys: Keyring | None = None,
    pause: Mapping[str, Any] | None = None,
) -> Subscriber:
    """Enrol `address`, active at once, from the papers of the last day on.

    Args:
        wanted, defaults: wishes as `wishes` reads them; `wanted` wins.
        again: whether an address that left or is suppressed may come back; not one that is for a complaint.
        keys: by which suppressions are found; without them none is looked for.
        pause: the fields of somebody who is paused, if that is so.

    Raises:
        UsageError: no address, a bad wish, or an address that is enrolled, has left or is suppressed.
    """
    address = check_address(address)
    known = store.subscriber_by_address(address)
    if known is not None and known.status is not SubscriberStatus.GONE:
        raise UsageError(f"{address} is enrolled already: change it with `digest subscribers set {address} ...`")
    suppressed = _suppressed(store, address, keys, again)
    if known is not None and not again:
        raise UsageError(f"{address} has left; with --again it is enrolled anew")
    fields = {**wishes(defaults), **wishes(wanted), **(pause or {})}
    added = store.add_subscriber(newcomer(store, address, fields, now))
    if suppressed is not None:
        store.lift(suppressed.address_hash)
    return added


def newcomer(store: Store, address: str, fields: Mapping[str, Any], now: datetime) -> Subscriber:
    """Somebody who subscribes at `now` with these `fields` (see `wishes`), not stored yet."""
    cutoff = store.snapshot_before(now - FIRST_WINDOW)
    return Subscriber(id=0, address=address, created_at=now, cutoff=cutoff, **fields)


def _suppressed(store: Store, address: str, keys: Keyring | None, again: bool) -> Suppression | None:
    """The suppression that is to be lifted when `address` is enrolled, if there is one.

    Raises:
        UsageError: there is one that is not to be lifted.
    """
    found = store.suppression(keys.address_hash(address)) if keys is not None else None
    if found is None or (again and found.reason is not SuppressionReason.COMPLAINT):
        return found
    advice = f"`digest subscribers add {address} --again` lifts that and enrols it"
    if found.reason is SuppressionReason.COMPLAINT:
        advice = f"only if its owner asks for mail again: `digest suppressions lift {address}` first"
    raise UsageError(f"{address} is suppressed since {found.since:%Y-%m-%d} ({REASONS[found.reason]}): {advice}")


def change(store: Store, address: str, wanted: Mapping[str, Any], now: datetime) -> Subscriber:
    """Change the wishes of `address`; a new hour, zone or rhythm moves the next due time with it.

    Raises:
        UsageError: no such subscriber, or a bad wish.
    """
    before = find(store, address)
    after = replace(before, **wishes(wanted))
    if any(getattr(before, key) != getattr(after, key) for key in _SCHEDULE):
        after = replace(after, next_due_at=due_anew(store, before, after, now))
    store.update_subscriber(after)
    return after


def due_anew(store: Store, before: Subscriber, after: Subscriber, now: datetime) -> datetime | None:
    """When the next edition is due for somebody whose wishes or status change from `before` to `after` at `now`.

    That is today while today's edition is to come, even if its hour is past; and not before the end of a pause.
    None where `before` has no due time yet.
    """
    if before.next_due_at is not None and after.status is SubscriberStatus.PAUSED and after.paused_until:
        return next_due(after.rhythm, after.send_at, after.zone, after.paused_until - timedelta.resolution)
    last = next((edition.edition_date for edition in store.editions(before.id, 1)), None)
    return _moved(before, after, last, now)


def _moved(before: Subscriber, after: Subscriber, last: date | None, now: datetime) -> datetime | None:
    """The due time by the new wishes: today's while today's edition is to come, even if that hour is past; else the
    next. `last` is the date of the last edition made.
    """
    if before.next_due_at is None:
        return None
    when = (after.rhythm, after.send_at, after.zone)
    today = first_due(*when, now)
    if last is not None and edition_date(today, after.zone) <= last:
        return next_due(*when, max(today, now))
    to_come = edition_date(before.next_due_at, after.zone) <= edition_date(now, after.zone)
    return today if today > now or to_come else next_due(*when, now)


def find(store: Store, address: str) -> Subscriber:
    """The subscriber with that address who has not left.

    Raises:
        UsageError: there is none.
    """
    found = store.subscriber_by_address(address)
    if found is None or found.status is SubscriberStatus.GONE:
        raise UsageError(f"no subscriber {address}: `digest subscribers list` shows who there is")
    return found


def remove(store: Store, address: str, now: datetime) -> Subscriber:
    """Let `address` go: nothing more is mailed, not even what waits in the outbox.

    Raises:
        UsageError: there is no such subscriber.
    """
    found = find(store, address)
    store.remove_subscriber(found.id, now)
    return found


def as_record(subscriber: Subscriber) -> dict[str, Any]:
    """A subscriber for programs: what `import_all` reads back, and what only the store decides."""
    return {
        "address": subscriber.address,
        "status": subscriber.status.value,
        **as_wishes(subscriber),
        "paused_until": iso(subscriber.paused_until),
        "next_due_at": iso(subscriber.next_due_at),
        "created_at": iso(subscriber.created_at),
    }


def as_wishes(subscriber: Subscriber) -> dict[str, Any]:
    """A subscriber's wishes as JSON values: what `wishes` reads back."""
    return {
        "name": subscriber.name,
        "zone": subscriber.zone,
        "send_at": subscriber.send_at.strftime("%H:%M"),
        "rhythm": str(subscriber.rhythm),
        "max_papers": subscriber.max_papers,
        "min_score": subscriber.min_score,
        "empty": subscriber.empty.value,
        "interests": [str(interest) for interest in subscriber.interests],
    }


def import_all(
    store: Store, lines: Iterable[str], defaults: Mapping[str, Any], now: datetime, keys: Keyring | None = None
) -> Imported:
    """Enrol or change one subscriber a line: a JSON object as `as_record` gives it, or a bare address.

    A bad line is skipped with its reason and stops no other. An address that has left stays away, and so does
    one that is suppressed, if there are `keys` to find that by. Who is paused there is paused here, unless they are
    known here: whether those are paused is not changed.
    """
    done = Imported()
    for number, record in _records(lines, done):
        try:
            _import_one(store, dict(record), defaults, now, keys, done)
        except DigestError as error:
            done.skipped.append((f"line {number}", str(error)))
    return done


def _records(lines: Iterable[str], done: Imported) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(lines, 1):
        text = line.strip().lstrip("\ufeff")
        if not text or text.startswith("#"):
            continue
        if not text.startswith("{"):
            yield number, {"address": text}
            continue
        try:
            record = json.loads(text)
        except (ValueError, RecursionError) as error:
            done.skipped.append((f"line {number}", f"no valid JSON: {error}"))
            continue
        yield number, record


def _import_one(
    store: Store,
    record: dict[str, Any],
    defaults: Mapping[str, Any],
    now: datetime,
    keys: Keyring | None,
    done: Imported,
) -> None:
    address = record.pop("address", None)
    if not isinstance(address, str):
        raise UsageError("the object has no address")
    pause = _pause(record, now)
    for decided_here in ("next_due_at", "created_at"):
        record.pop(decided_here, None)
    known = store.subscriber_by_address(check_address(address))
    if known is not None and known.status is not SubscriberStatus.GONE:
        change(store, address, record, now)
        done.changed.append(address)
    else:
        add(store, address, record, defaults, now, keys=keys, pause=pause)
        done.added.append(address)


def _pause(record: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Take the status out of an imported record; the fields of a pause that lasts.

    Raises:
        UsageError: they have left, or the pause ends at no moment.
    """
    status, until = record.pop("status", SubscriberStatus.ACTIVE.value), record.pop("paused_until", None)
    if status not in _IMPORTED:
        raise UsageError(f"the status is {status!r:.60}: only who is active or paused is imported")
    end = _moment(until) if until is not None else None
    if status == SubscriberStatus.ACTIVE or (end is not None and end <= now):
        return {}
    return {"status": SubscriberStatus.PAUSED, "paused_until": end}


def _moment(written: Any) -> datetime:
    """What `iso` wrote: midnight as a bare date."""
    try:
        read = datetime.fromisoformat(written)
        return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        raise UsageError(f"paused_until must be a moment as `export` writes it, not {written!r:.60}") from None
