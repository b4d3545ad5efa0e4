"""Preview: the line from snapshot to message on a store that is thrown away.

It is `look`, `learning`, `publish` and `letters` themselves that run, on a copy: what is shown is what `digest run`
would send, and nothing anywhere is changed by showing it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from digest.editions.timetable import edition_date, first_due, last_due
from digest.editions.waiting import unreached
from digest.errors import UsageError
from digest.model import EmptyPolicy, Subscriber, SubscriberStatus
from digest.services import feedback, learning
from digest.services.enrol import FIRST_WINDOW, find
from digest.services.guard import Guard
from digest.services.look import LookResult, look_at
from digest.services.polling import standings
from digest.services.publish import Batches, draft, left_out, new_delivery, unseen

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from digest.model import Delivery, Edition, Interest, Rendered, Scored
    from digest.ranking import Ranker
    from digest.services.letters import LetterWriter
    from digest.services.publish import PublishRules
    from digest.sources import Source
    from digest.storage import Store

NOBODY = "reader@localhost"


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be previewed.

    `address` names a subscriber of the store ("" = somebody without a past); `interests` and `max_papers`
    replace theirs where given; `liked` names papers (see `feedback`) that count as liked besides; `on` asks for the
    edition of that (local) date.
    """

    address: str = ""
    interests: tuple[Interest, ...] | None = None
    max_papers: int | None = None
    liked: tuple[str, ...] = ()
    on: date | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """The message that would be sent, and how it came about.

    `looks` are those at the sources shown, `seen` those that made papers known before. `would_send` is False
    for an empty edition of a subscriber who wants no note on such days. `faults` are those of templates of one's own,
    `unlearned` tells what could not be learned for the ranking.
    """

    subscriber: Subscriber
    edition: Edition
    delivery: Delivery
    rendered: Rendered
    message: bytes
    looks: tuple[LookResult, ...]
    seen: tuple[LookResult, ...]
    left_out: tuple[Scored, ...]
    would_send: bool
    faults: tuple[str, ...] = ()
    unlearned: tuple[str, ...] = ()

    @property
    def problems(self) -> list[str]:
        """What could not be read or learned, and what is wrong with templates of one's own."""
        read = [str(problem) for result in (*self.seen, *self.looks) for problem in result.problems]
        return [*read, *self.unlearned, *(f"{fault}; the built-in templates are shown" for fault in self.faults)]


def preview(
    store: Store,
    sources: Sequence[Source],
    ranker: Ranker,
    rules: PublishRules,
    letters: LetterWriter,
    request: Request,
    now: datetime,
    seen: Sequence[Source] = (),
) -> Preview:
    """Run the line on `store` (a scratch copy) and return the message that comes out of it.

    Args:
        seen: sources whose papers count as known: they are ingested first and not in the edition.

    Raises:
        UsageError: no such subscriber, no such paper to like, or no edition is due on the date asked for.
        TemplateError, MessageError: the message cannot be made.
    """
    person = _person(store, request, now)
    looks_before = [_look(store, source, now) for source in seen]
    cutoff = store.last_snapshot() if seen else person.cutoff
    looks = [_look(store, source, now) for source in sources]
    subscriber = _as_asked(store, person, request, cutoff)
    _like(store, subscriber, request, now)
    guard = Guard()
    scored: Sequence[Scored] = []
    edition = _stored(store, subscriber, request)
    if edition is None:
        moment = _moment(subscriber, request, now)
        stand = standings(store, [source.spec.name for source in sources])
        edition, scored = _published(store, ranker, rules, subscriber, moment, unreached(stand, now), guard)
    delivery = replace(new_delivery(subscriber, edition, rules), edition_id=edition.id)
    return Preview(
        subscriber=subscriber,
        edition=edition,
        delivery=delivery,
        rendered=letters.rendered(edition),
        message=letters(delivery),
        faults=tuple(letters.faults),
        unlearned=tuple(guard.failures),
        looks=tuple(looks),
        seen=tuple(looks_before),
        left_out=tuple(left_out(scored, edition)),
        would_send=bool(edition.picks) or subscriber.empty is EmptyPolicy.NOTE,
    )


def _look(store: Store, source: Source, now: datetime) -> LookResult:
    store.sync_sources([source.spec.name])
    return look_at(store, source, now)


def _person(store: Store, request: Request, now: datetime) -> Subscriber:
    """The subscriber of the request, or somebody who has just joined; before anything is fetched for them."""
    if request.address:
        return find(store, request.address)
    return store.add_subscriber(
        Subscriber(id=0, address=NOBODY, created_at=now, cutoff=_start(store, now), salt=NOBODY)
    )


def _as_asked(store: Store, person: Subscriber, request: Request, cutoff: int) -> Subscriber:
    """`person`, active and with the wishes of the request, also in the scratch store."""
    changed = replace(
        person,
        status=SubscriberStatus.ACTIVE,
        interests=person.interests if request.interests is None else request.interests,
        max_papers=person.max_papers if request.max_papers is None else request.max_papers,
        cutoff=cutoff,
    )
    store.update_subscriber(changed)
    store.set_cutoff(changed.id, cutoff)
    return changed


def _like(store: Store, subscriber: Subscriber, request: Request, now: datetime) -> None:
    said = feedback.like(store, subscriber, request.liked, now)
    if said.skipped:
        raise UsageError("; ".join(f"{name}: {reason}" for name, reason in said.skipped))


def _start(store: Store, now: datetime) -> int:
    return store.snapshot_before(now - FIRST_WINDOW)


def _moment(subscriber: Subscriber, request: Request, now: datetime) -> datetime:
    """When the edition would be made: when it is due, for a newcomer as at their first tick; now if that is past.

    Raises:
        UsageError: the date asked for is no day of the subscriber's rhythm.
    """
    when = (subscriber.rhythm, subscriber.send_at, subscriber.zone)
    if request.on is None:
        return max(now, subscriber.next_due_at or first_due(*when, now))
    local = datetime.combine(request.on, subscriber.send_at, ZoneInfo(subscriber.zone))
    due = last_due(*when, local.astimezone(UTC))
    if edition_date(due, subscriber.zone) != request.on:
        raise UsageError(f"no edition is due on {request.on}, a {request.on:%A}: the rhythm is {subscriber.rhythm}")
    return due


def _stored(store: Store, subscriber: Subscriber, request: Request) -> Edition | None:
    """The edition already made for the date asked for, if there is one: it is frozen."""
    if request.on is None:
        return None
    made = (e for e in store.editions(subscriber.id, 400) if e.edition_date == request.on)
    return next(made, None)


def _published(
    store: Store,
    ranker: Ranker,
    rules: PublishRules,
    subscriber: Subscriber,
    moment: datetime,
    failing: tuple[tuple[str, datetime], ...],
    guard: Guard,
) -> tuple[Edition, Sequence[Scored]]:
    profile = learning.profiles(store, [subscriber])[subscriber.id]
    batches = Batches(store, ranker, learning.known(store, ranker, [profile], guard), guard)
    drafted = draft(store, batches, rules, subscriber, profile, store.last_snapshot(), moment)
    scored = unseen(store, batches, subscriber, profile, (drafted.from_snapshot, drafted.through_snapshot))
    drafted = replace(drafted, unreached=failing)
    stored = store.publish(drafted, moment + timedelta(days=1), new_delivery(subscriber, drafted, rules))
    if stored is None:
        raise UsageError(f"the edition of {drafted.edition_date} is made already: ask for it with --date")
    return stored, scored
