"""Browsing: the papers by their day and by their words, what was seen of one, and numbers by the day.

The day of a paper is the one on which a source listed it, or else the UTC day of the first snapshot that held it.
"""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, date, datetime, time
from itertools import islice
from typing import TYPE_CHECKING, Any

from sqlalchemy import Text, and_, cast, func, or_, select, true

from digest.model import DeliveryStatus, Sighting, VoteCount, midnight
from digest.storage.codec import searched_text
from digest.storage.engine import Room
from digest.storage.papers import chunked, paper_of, paper_row, whole_papers
from digest.storage.schema import (
    deliveries,
    editions,
    paper_records,
    papers,
    picks,
    sightings,
    snapshots,
    sources,
    votes,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement, Connection, Row, Select

    from digest.model import Paper

_C = papers.c
_IN_FIRST = papers.c.first_snapshot == snapshots.c.id
_FIRST_DAY = func.substr(snapshots.c.taken_at, 1, 10)
_PAGE = 200
_ESCAPE = "!"
_MOST_FRAGMENTS = 50
"""More than that are found sooner by reading every record."""


class Browsing(Room):
    """The store's words for those who look around."""

    def days(self, limit: int = 60, before: date | None = None) -> list[tuple[date, int]]:
        """The last `limit` days (before that one) that have papers, the newest first, and how many each has."""
        with self._db.reading() as connection:
            counted = _counted_days(connection, None, before, limit)
        return sorted(counted.items(), reverse=True)[:limit]

    def papers_by_day(self, since: date) -> list[tuple[date, int]]:
        """The days from `since` on that have papers, the oldest first, and how many each has."""
        with self._db.reading() as connection:
            return sorted(_counted_days(connection, since, None, None).items())

    def listed(self, first: date, last: date, limit: int = 500, start: int = 0) -> list[Paper]:
        """The papers of the days from `first` to `last`: those with the most upvotes first, then the latest.

        At most `limit`, without the first `start`.
        """
        taken = snapshots.c.taken_at
        silent = select(snapshots.c.id).where(taken >= midnight(first), taken <= _last_moment(last))
        which = _C.listed_on.between(first, last) | (_C.listed_on.is_(None) & _C.first_snapshot.in_(silent))
        day = func.coalesce(cast(_C.listed_on, Text), _FIRST_DAY)
        order = (_C.upvotes.desc().nulls_last(), day.desc(), _C.first_snapshot.desc(), _C.id)
        chosen = select(_C.id).join(snapshots, _IN_FIRST).where(which).order_by(*order).limit(limit).offset(start)
        with self._db.reading() as connection:
            # The long records are read for those alone that are shown, not for all that are put in order.
            ids = list(connection.scalars(chosen))
            whole = {row.id: paper_of(row) for row in chunked(connection, whole_papers(), _C.id, ids)}
        return [whole[number] for number in ids]

    def matching(self, groups: Sequence[Sequence[str]], limit: int = 1000) -> list[Paper]:
        """The last `limit` papers that hold all fragments of at least one group, the newest first.

        A fragment is looked for in the title, abstract, names of authors, categories and keywords, in any case; but
        what is one character in one case and several in another ("ß") is found in its own case alone.
        """
        if not groups:
            return []
        query = whole_papers().where(_likely(groups)).order_by(_C.id.desc())
        folded = [[fragment.casefold() for fragment in group] for group in groups]
        with (
            self._db.reading() as connection,
            connection.execute(query, execution_options={"yield_per": _PAGE}) as rows,
        ):
            found = (row for row in rows if _holds(searched_text(row.record), folded))
            return [paper_of(row) for row in islice(found, limit)]

    def sightings(self, key: str) -> list[Sighting]:
        """Where the paper with that key, or alias, was seen, the oldest sighting first."""
        its = sightings.c
        opened, closed = snapshots.alias("opened"), snapshots.alias("closed")
        query = select(sightings, sources.c.name, opened.c.taken_at.label("first"), closed.c.taken_at.label("last"))
        query = query.join(sources, sources.c.id == its.source_id)
        query = query.join(opened, opened.c.id == its.first_snapshot).join(closed, closed.c.id == its.last_snapshot)
        query = query.order_by(opened.c.taken_at, its.source_id)
        return [_sighting(row) for row in self._of_paper(key, query, its.paper_id)]

    def votes(self, key: str) -> list[VoteCount]:
        """How the upvotes of the paper with that key, or alias, grew: where a source told them, the oldest first."""
        query = select(snapshots.c.taken_at, votes.c.upvotes).join_from(votes, snapshots)
        query = query.where(votes.c.upvotes.is_not(None)).order_by(snapshots.c.taken_at, snapshots.c.id)
        return [VoteCount(row.taken_at, row.upvotes) for row in self._of_paper(key, query, votes.c.paper_id)]

    def deliveries_by_day(self, since: datetime) -> list[tuple[date, DeliveryStatus, int]]:
        """How many deliveries are in which status, by the UTC day on which they were last due; the oldest day first."""
        its = deliveries.c
        day = func.substr(its.due_at, 1, 10).label("day")
        # Named one by one, the statuses let the index on them and the due time answer alone.
        which = its.status.in_(list(DeliveryStatus)) & (its.due_at >= since)
        query = select(day, its.status, func.count().label("rows")).where(which).group_by(day, its.status)
        with self._db.reading() as connection:
            rows = connection.execute(query.order_by(day, its.status)).all()
        return [(date.fromisoformat(row.day), DeliveryStatus(row.status), row.rows) for row in rows]

    def edition_ids(self, subscriber_id: int, limit: int = 30) -> list[tuple[int, date, int]]:
        """The last editions of a subscriber, the newest first: id, date, and how many papers it has."""
        its = editions.c
        held = select(func.count()).select_from(picks).where(picks.c.edition_id == its.id).scalar_subquery()
        query = select(its.id, its.edition_date, held.label("picks")).where(its.subscriber_id == subscriber_id)
        with self._db.reading() as connection:
            rows = connection.execute(query.order_by(its.edition_date.desc()).limit(limit)).all()
        return [(row.id, row.edition_date, row.picks) for row in rows]

    def _of_paper(self, key: str, query: Select[Any], column: ColumnElement[Any]) -> Sequence[Row[Any]]:
        with self._db.reading() as connection:
            found = paper_row(connection, key)
            return [] if found is None else connection.execute(query.where(column == found.id)).all()


def _counted_days(connection: Connection, since: date | None, before: date | None, limit: int | None) -> Counter[date]:
    """Papers by day: at least the last `limit` days of those from `since` on and before `before`, in full."""
    dated = select(_C.listed_on.label("day"), func.count().label("rows")).where(_C.listed_on.is_not(None))
    first_day = _FIRST_DAY.label("day")
    silent = select(first_day, func.count().label("rows")).join_from(papers, snapshots, _IN_FIRST)
    silent = silent.where(_C.listed_on.is_(None))
    if since is not None:
        dated, silent = dated.where(_C.listed_on >= since), silent.where(snapshots.c.taken_at >= midnight(since))
    if before is not None:
        dated, silent = dated.where(_C.listed_on < before), silent.where(snapshots.c.taken_at < midnight(before))
    dated = dated.group_by(_C.listed_on).order_by(_C.listed_on.desc()).limit(limit)
    silent = silent.group_by(first_day).order_by(first_day.desc()).limit(limit)
    counted = Counter({row.day: row.rows for row in connection.execute(dated)})
    counted.update({date.fromisoformat(row.day): row.rows for row in connection.execute(silent)})
    return counted


def _last_moment(day: date) -> datetime:
    return datetime.combine(day, time.max, UTC)


def _likely(groups: Sequence[Sequence[str]]) -> ColumnElement[bool]:
    """Whether a record may hold all fragments of a group: where this is false, it does not."""
    if sum(map(len, groups)) > _MOST_FRAGMENTS:
        return true()
    return or_(*(and_(true(), *map(_may_hold, group)) for group in groups))


def _may_hold(fragment: str) -> ColumnElement[bool]:
    """A record is JSON in ASCII: any other character stands there as its escape, another one in each case."""
    patterns = {"".join(map(_escaped, form)) for form in (fragment, fragment.casefold())}
    return or_(*(paper_records.c.record.ilike(f"%{pattern}%", escape=_ESCAPE) for pattern in sorted(patterns)))


def _escaped(character: str) -> str:
    """The pattern for one character of a record."""
    escape = json.dumps(character)[1:-1]
    if character.isascii() or character.lower() == character.upper():
        return "".join(_ESCAPE + c if c in f"%_{_ESCAPE}" else c for c in escape)
    return "\\u____" if len(escape) == 6 else "%"


def _holds(words: str, groups: Sequence[Sequence[str]]) -> bool:
    return any(all(fragment in words for fragment in group) for group in groups)


def _sighting(row: Row[Any]) -> Sighting:
    return Sighting(row.name, row.first, row.last, row.listed_on, row.announcement or "", row.upvotes)
