"""Managing: a subscriber, by a link that only they have, pauses, mutes a term, and sees what was learned of them.

A change of wishes itself is `enrol.change`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from digest.errors import QueryError, StorageError, UsageError
from digest.model import Opinion, SubscriberStatus
from digest.ranking.archive import can_expand
from digest.ranking.query import parse, parse_all
from digest.services import enrol, feedback
from digest.services.joining import ask_for_link
from digest.services.learning import OPINIONS, embedder_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from digest.model import Feedback, Interest, Subscriber, TurnedAway
    from digest.ranking import Ranker
    from digest.services.joining import JoinRules, Place
    from digest.storage import Store

LONGEST_PAUSE = timedelta(days=366)
_GONE = "this subscription has ended: subscribe again to get the digest"
_WORD = re.compile(r"\w[\w'’.-]*")


@dataclass(frozen=True, slots=True)
class Learned:
    """What ranks for a subscriber besides their own words, the latest opinion first.

    `liked` and `disliked` are the papers that count (`learning.OPINIONS` of each at most): new papers like the former
    rise, those like the latter sink, and taking one back undoes that. `by_meaning` tells whether likeness goes by
    meaning besides words. `words` are, by each interest as it is written, the words that were learned from all papers
    to go with it, strongest first with their weights: they lend a paper some score, and go with the interest.
    """

    liked: tuple[Feedback, ...]
    disliked: tuple[Feedback, ...]
    words: Mapping[str, tuple[tuple[str, float], ...]]
    by_meaning: bool = False


def present(store: Store, subscriber_id: int) -> Subscriber:
    """The subscriber with that id, as they are now.

    Raises:
        UsageError: there is none (any more).
    """
    try:
        found = store.subscriber(subscriber_id)
    except StorageError as error:
        if error.__cause__ is not None:  # the database itself failed
            raise
        raise UsageError(_GONE) from None
    if found.status is SubscriberStatus.GONE:
        raise UsageError(_GONE)
    return found


def pause(store: Store, subscriber: Subscriber, until: datetime | None, now: datetime) -> Subscriber:
    """Send nothing before `until` (aware); with None, until they resume. The edition after it covers the time between.

    Raises:
        UsageError: `until` is past, or more than a year ahead; or they have left.
    """
    if until is not None and until <= now:
        raise UsageError("a pause ends in the future: that moment is past")
    if until is not None and until > now + LONGEST_PAUSE:
        raise UsageError("a pause lasts a year at most: pause without an end, or unsubscribe")
    before = present(store, subscriber.id)
    after = replace(before, status=SubscriberStatus.PAUSED, paused_until=until)
    return _changed(store, before, after, now)


def unpause(store: Store, subscriber: Subscriber, now: datetime) -> Subscriber:
    """Go on as before a pause; today's edition comes today, late where its hour is past.

    Raises:
        UsageError: they have left.
    """
    before = present(store, subscriber.id)
    if before.status is not SubscriberStatus.PAUSED:
        return before
    return _changed(store, before, replace(before, status=SubscriberStatus.ACTIVE, paused_until=None), now)


def renew_link(
    store: Store, rules: JoinRules, subscriber: Subscriber, place: Place, now: datetime
) -> TurnedAway | None:
    """End all links to what is a subscriber's own, but those to unsubscribe, and send the new one to their address.

    Not to whoever asks: they may have come by a mail that was passed on.

    Returns:
        The cap that keeps it from being sent now, or None; the next edition brings it anyway.

    Raises:
        UsageError: they have left.
    """
    store.new_link(present(store, subscriber.id).id)
    return ask_for_link(store, rules, subscriber.address, place, now)


def mute(store: Store, subscriber: Subscriber, term: str, now: datetime) -> Interest:
    """Hide papers that hold `term` from now on: the exclusion for it, which was there before or is new.

    Several words are muted as a phrase; with a prefix of the interest language (author:, cat:, title:) what it says.
    An interest in the same term stays, and is hidden for as long as the exclusion is there.

    Raises:
        QueryError: nothing to look for in `term`, or there are too many interests.
        UsageError: they have left.
    """
    muted = _exclusion(term)
    before = present(store, subscriber.id)
    after = parse_all([*map(str, before.interests), str(muted)])
    if after != before.interests:
        store.update_subscriber(replace(before, interests=after))
    return next(one for one in after if _same(one, muted))


def drop_interest(store: Store, subscriber: Subscriber, interest: str, now: datetime) -> bool:
    """Remove one interest or exclusion, given as it is written; False where there is no such.

    Raises:
        UsageError: they have left.
    """
    before = present(store, subscriber.id)
    kept = tuple(one for one in before.interests if str(one) != interest.strip())
    if len(kept) < len(before.interests):
        store.update_subscriber(replace(before, interests=kept))
    return len(kept) < len(before.interests)


def learned(store: Store, ranker: Ranker, subscriber: Subscriber) -> Learned:
    """What was learned for `subscriber`, as `ranker` will go by it."""
    said = feedback.listed(store, subscriber)
    liked, disliked = (tuple(one for one in said if one.opinion is opinion) for opinion in Opinion)
    by_meaning = embedder_of(ranker) is not None
    return Learned(liked[:OPINIONS], disliked[:OPINIONS], _words(store, subscriber), by_meaning)


def _words(store: Store, subscriber: Subscriber) -> dict[str, tuple[tuple[str, float], ...]]:
    wanted = [one for one in subscriber.profile.wanted if can_expand(one)]
    found = store.expansions({one.term for one in wanted})
    return {str(one): tuple(found[one.term].words.items()) for one in wanted if one.term in found}


def _changed(store: Store, before: Subscriber, after: Subscriber, now: datetime) -> Subscriber:
    """Store `after` with the due time that follows from it."""
    after = replace(after, next_due_at=enrol.due_anew(store, before, after, now))
    store.update_subscriber(after)
    return after


def _exclusion(term: str) -> Interest:
    """The exclusion that mutes `term`: as it is written where that is one, else its words as a phrase.

    Raises:
        QueryError: there is nothing to look for in it.
    """
    bare = " ".join(term.split()).lstrip("-").strip()
    try:
        found = parse(f"-{bare}")
    except QueryError:
        found = ()
    if len(found) != 1 or not found[0].excluded:
        found = parse('-"{}"'.format(bare.replace('"', " ")))
    return replace(found[0], weight=1.0)


def _same(one: Interest, other: Interest) -> bool:
    return (one.kind, one.field, one.excluded, one.term.casefold()) == (
        *(other.kind, other.field, other.excluded),
        other.term.casefold(),
    )
