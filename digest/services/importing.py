"""Importing: what somebody brings along becomes interests and liked papers of theirs.

What they said themselves holds: an interest that they have, or exclude, is left as it is, and so is their opinion of
a paper. The same file a second time changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from digest.model import Feedback, Interest, Opinion, Origin
from digest.ranking.query import MAX_INTERESTS
from digest.services.managing import present

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from typing import Any

    from digest.imports import Imported
    from digest.model import Paper, Subscriber
    from digest.storage import Store

MOST_OPINIONS = 5_000
"""No more papers are imported for somebody who has said so much."""
_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Brought:
    """What an import did: interests added, papers liked from now on, and what was left out for which reason.

    `known` is how many interests and papers were there before.
    """

    interests: tuple[Interest, ...] = ()
    liked: tuple[Feedback, ...] = ()
    skipped: tuple[tuple[str, str], ...] = ()
    known: int = 0


def bring(
    store: Store,
    subscriber: Subscriber,
    imported: Imported,
    now: datetime,
    *,
    interests: bool = True,
    papers: bool = True,
) -> Brought:
    """Give `subscriber` the interests and the liked papers of an import, or one of both.

    Raises:
        UsageError: they have left meanwhile.
    """
    subscriber = present(store, subscriber.id)  # as they are now: what is imported may have taken a while to fetch
    wanted, left_out, doubles = _new_interests(subscriber, imported.interests if interests else ())
    if wanted:
        store.update_subscriber(replace(subscriber, interests=(*subscriber.interests, *wanted)))
    liked, too_many, said = _like(store, subscriber, imported.papers if papers else (), now)
    skipped = (*imported.skipped, *left_out, *too_many)
    return Brought(tuple(wanted), tuple(liked), skipped, doubles + said)


Skipped = list[tuple[str, str]]


def _new_interests(subscriber: Subscriber, found: Iterable[Interest]) -> tuple[list[Interest], Skipped, int]:
    """The interests that somebody has not yet, why others are left out, and how many they have already."""
    theirs = {_meaning(interest): interest for interest in subscriber.interests}
    room, new, skipped, known = MAX_INTERESTS - len(theirs), list[Interest](), Skipped(), 0
    for interest in found:
        before = theirs.setdefault(_meaning(interest), interest)
        if before is not interest and before.excluded == interest.excluded:
            known += 1
        elif before is not interest:
            skipped.append((str(interest), f"the interest {before} says the opposite"))
        elif len(new) >= room:
            skipped.append((str(interest), f"there are {MAX_INTERESTS} interests already"))
        else:
            new.append(interest)
    return new, skipped, known


def _meaning(interest: Interest) -> object:
    """What two interests have in common that differ in weight, in case, or in that one of them is an exclusion."""
    return interest.kind, interest.field, interest.term.casefold()


def _like(
    store: Store, subscriber: Subscriber, papers: Iterable[Paper], now: datetime
) -> tuple[list[Feedback], Skipped, int]:
    """Like every paper of which nothing was said before; why others are left out; of how many something was said.

    Only the latest opinions count in ranking, so papers that say much are liked a little later than those that do not.
    """
    before = store.feedback([subscriber.id]).get(subscriber.id, [])
    said = {alias for one in before for alias in _names(one.paper)}
    found = {paper.key: paper for paper in (_stored(store, paper) for paper in papers)}
    new = sorted((p for p in found.values() if said.isdisjoint(_names(p))), key=_says)
    room = max(MOST_OPINIONS - len(before), 0)
    late = [(paper.title or paper.key, f"there are {MOST_OPINIONS:,} opinions already") for paper in new[room:]]
    liked = [
        Feedback(subscriber.id, paper, Opinion.LIKED, now - _TICK * (min(len(new), room) - at), Origin.IMPORT)
        for at, paper in enumerate(new[:room], 1)
    ]
    for one in liked:
        store.set_feedback(one)
    return liked, late, len(found) - len(new)


def _names(paper: Paper) -> set[str]:
    return {paper.key, *paper.aliases}


def _says(paper: Paper) -> tuple[bool, bool]:
    """How much a ranker can learn from a paper: its abstract says most."""
    return bool(paper.abstract), bool(paper.title)


def _stored(store: Store, paper: Paper) -> Paper:
    """The stored paper of one of its names, the strongest first; else `paper` as it was imported."""
    names = [paper.key, *sorted(paper.aliases - {paper.key})]
    return next(filter(None, map(store.paper, names)), paper)


def as_record(done: Brought) -> dict[str, Any]:
    """What an import did, for programs."""
    return {
        "interests": [str(interest) for interest in done.interests],
        "liked": [{"key": one.paper.key, "title": one.paper.title} for one in done.liked],
        "known": done.known,
        "skipped": [{"place": place, "reason": reason} for place, reason in done.skipped],
    }
